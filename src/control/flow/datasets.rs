//! Where a pass finds its data: names of DDs, and what stands behind them.

use std::sync::Arc;

use super::sink::{Fit, Sink};
use crate::control::operate::Shape;
use crate::dataset::Written;
use crate::diag::{Result, Source};
use crate::record::Block;

/// Gives the blocks of an input one by one; `None` at its end.
pub type Blocks = Box<dyn FnMut() -> Result<Option<Block>> + Send>;

/// An input that is open. Records of variable length have their RDW in front.
pub struct Input {
    /// The name of the DD.
    pub dd: String,
    /// What its records are like.
    pub shape: Shape,
    /// Its blocks.
    pub blocks: Blocks,
    /// Bytes that come at most, as far as known.
    pub size: Option<u64>,
}

/// What stands behind the names of DDs: files of a command line, or datasets of a job.
pub trait Datasets {
    /// Opens a DD for reading, from the start each time; all datasets of a concatenation one behind the other. `None` if
    /// there is no such DD. `told` is what the statements say of records whose attributes nobody else knows.
    fn open(&mut self, dd: &str, told: Option<Shape>) -> Result<Option<Input>>;

    /// Attributes of the records of an output for which records of shape `made` are made: those that the DD states, `made`
    /// for what it does not. `None` if there is no such DD.
    fn attributes(&self, dd: &str, made: Shape) -> Result<Option<Shape>>;

    /// Begins to write a DD with records of a shape. What it held is replaced, or added to if the DD says so; nobody sees
    /// that until all is published.
    fn create(&mut self, dd: &str, shape: Shape, fit: Fit) -> Result<Sink>;

    /// Ends an output. From now on whoever opens the DD reads what was written.
    fn complete(&mut self, sink: Sink) -> Result<Written>;

    /// The text of a DD of card images, as SYMNAMES and the CNTL DDs are.
    fn text(&mut self, dd: &str) -> Result<Option<Arc<Source>>>;

    /// The record length that an output DD states, if it does.
    fn stated_length(&self, dd: &str) -> Option<usize> {
        let _ = dd;
        None
    }

    /// True if there is such a DD.
    fn has(&self, dd: &str) -> bool;
}
