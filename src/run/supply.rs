//! Where the blocks of an input come from: a file, memory in which an earlier step left them, or a step that is writing them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::pipe::Source;
use crate::dataset::{Reader, Written};
use crate::diag::Result;
use crate::record::Block;

/// The blocks of a dataset, one by one.
pub(super) enum Supply {
    /// Read from a file.
    File(Box<Reader>),
    /// Left in memory, and needed no more behind this.
    Last(std::vec::IntoIter<Block>),
    /// Left in memory for several steps.
    Shared(Arc<Vec<Block>>, usize),
    /// A concatenation.
    Pieces(Pieces),
    /// Comes while it is written.
    Pipe(Source),
}

impl Supply {
    /// The next block with records; `None` at the end.
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        match self {
            Supply::File(reader) => reader.next_block(),
            Supply::Last(blocks) => Ok(blocks.next()),
            Supply::Shared(blocks, next) => {
                *next += 1;
                Ok(blocks.get(*next - 1).cloned())
            }
            Supply::Pieces(pieces) => pieces.next_block(),
            Supply::Pipe(source) => source.next_block(),
        }
    }

    /// What was written of it, if that is only known at its end.
    pub fn written_at_end(&self) -> Option<Written> {
        match self {
            Supply::Pipe(source) => source.written(),
            _ => None,
        }
    }
}

/// The pieces of a concatenation that are still to be read, and how many records there were before them. Records are
/// numbered through, as a program sees them.
pub(super) struct Pieces {
    left: VecDeque<Supply>,
    records: u64,
}

impl Pieces {
    pub fn new(pieces: impl IntoIterator<Item = Supply>) -> Self {
        Pieces { left: pieces.into_iter().collect(), records: 0 }
    }

    fn next_block(&mut self) -> Result<Option<Block>> {
        while let Some(piece) = self.left.front_mut() {
            match piece.next_block()? {
                Some(block) => {
                    let block = block.numbered_from(self.records + 1);
                    self.records += block.len() as u64;
                    return Ok(Some(block));
                }
                // The file is closed as soon as it has been read.
                None => self.left.pop_front(),
            };
        }
        Ok(None)
    }
}

/// A temporary dataset in memory.
pub(super) struct HeldDataset {
    /// Its blocks; numbered as in one dataset.
    pub blocks: Arc<Vec<Block>>,
    /// Bytes of memory they take.
    pub memory: usize,
}

impl HeldDataset {
    /// The blocks, for the last step that reads them.
    pub fn take(self) -> Supply {
        match Arc::try_unwrap(self.blocks) {
            Ok(blocks) => Supply::Last(blocks.into_iter()),
            Err(shared) => Supply::Shared(shared, 0),
        }
    }
}
