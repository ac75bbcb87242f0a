//! Merging inputs that are in order already.

use super::merge::{Merge, Source};
use super::proof::Proof;
use super::sorter::Put;
use crate::diag::Result;
use crate::key::KeyedBlock;

/// Gives the blocks of an input in order; `None` at its end.
pub type MergeInput<'a> = Box<dyn FnMut() -> Result<Option<KeyedBlock>> + Send + 'a>;

/// Merges inputs; of equal keys those of the first input leave first. Each input must be in order: whoever reads it checks
/// that, since only there is known which record it was.
pub fn merge_inputs(
    inputs: Vec<MergeInput<'_>>,
    block_bytes: usize,
    fixed_length: Option<usize>,
    put: Put<'_>,
) -> Result<()> {
    let sources = inputs.into_iter().map(whole_blocks).collect();
    Merge::new(sources, block_bytes, fixed_length, Proof::Here).run(put)
}

/// An input as a lane: every record of a block counts.
fn whole_blocks(mut input: MergeInput<'_>) -> Source<'_> {
    Box::new(move || {
        let keyed = input()?;
        Ok(keyed.map(|keyed| {
            let records = keyed.block.len();
            (keyed, 0..records)
        }))
    })
}
