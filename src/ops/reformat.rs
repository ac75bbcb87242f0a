//! Records made of pieces of others and constants, as BUILD makes them.

use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::expr::{FieldRef, SingleFrame};
use crate::record::Block;

/// A piece of the new record.
#[derive(Clone, Debug)]
pub enum Piece {
    /// The bytes of a field.
    Field(Box<FieldRef>),
    /// These bytes.
    Constant(Vec<u8>),
}

/// What new records are made of.
#[derive(Clone, Debug, Default)]
pub struct Reformat {
    steps: Vec<Step>,
    /// Bytes of every new record, if all have as many.
    length: Option<usize>,
}

/// Pieces put together as far as their places are known.
#[derive(Clone, Debug)]
enum Step {
    /// Bytes at a fixed place.
    Copy(std::ops::Range<usize>),
    /// Bytes whose place depends on the record.
    Locate(Box<FieldRef>),
    Constant(Vec<u8>),
}

impl Reformat {
    /// Records of these pieces, one behind the other.
    pub fn new(pieces: Vec<Piece>) -> Self {
        let length = pieces.iter().map(Piece::length).sum();
        let mut steps: Vec<Step> = Vec::new();
        for piece in pieces {
            match (piece, steps.last_mut()) {
                (Piece::Constant(bytes), Some(Step::Constant(before))) => before.extend(bytes),
                (Piece::Constant(bytes), _) => steps.push(Step::Constant(bytes)),
                (Piece::Field(field), last) => {
                    match (field.fixed_range().filter(|_| field.is_in_every_record()), last) {
                        (Some(range), Some(Step::Copy(before))) if before.end == range.start => {
                            before.end = range.end;
                        }
                        (Some(range), _) => steps.push(Step::Copy(range)),
                        (None, _) => steps.push(Step::Locate(field)),
                    }
                }
            }
        }
        Reformat { steps, length }
    }

    /// Bytes of every new record, if all have as many.
    pub fn length(&self) -> Option<usize> {
        self.length
    }

    /// The new records of a block of a dataset.
    pub fn apply(&self, block: &Block, dataset: &str) -> Result<Block> {
        let capacity = self.length.map_or(block.size(), |length| length * block.len());
        let mut built = Block::with_capacity(self.length, capacity);
        let mut new = Vec::with_capacity(self.length.unwrap_or(0));
        for (slot, record) in block.slots() {
            new.clear();
            for step in &self.steps {
                match step {
                    Step::Copy(range) => match record.get(range.clone()) {
                        Some(bytes) => new.extend_from_slice(bytes),
                        None => return Err(too_short(block, slot, record, range, dataset)),
                    },
                    Step::Locate(field) => {
                        let frame = SingleFrame { record, origin: block.origin(dataset, slot) };
                        new.extend_from_slice(field.bytes(&frame)?);
                    }
                    Step::Constant(bytes) => new.extend_from_slice(bytes),
                }
            }
            built.push(&new);
        }
        Ok(built)
    }
}

impl Piece {
    fn length(&self) -> Option<usize> {
        match self {
            Piece::Field(field) => field.fixed_range().map(|range| range.len()),
            Piece::Constant(bytes) => Some(bytes.len()),
        }
    }
}

fn too_short(
    block: &Block,
    slot: u32,
    record: &[u8],
    range: &std::ops::Range<usize>,
    dataset: &str,
) -> Box<Diagnostic> {
    let (length, from, to) = (record.len(), range.start + 1, range.end);
    let origin = block.origin(dataset, slot);
    Diagnostic::error(
        codes::DAT005,
        format!(
            "the record has {length} bytes, too few for bytes {from} to {to}, which the new record takes"
        ),
    )
    .in_data(DataPlace {
        dataset: dataset.to_owned(),
        record: origin.record,
        offset: origin.offset,
        bytes: record.to_vec(),
        ..DataPlace::default()
    })
    .hint("keep short records out with include/omit")
}
