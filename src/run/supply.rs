//! Where the blocks of an input come from: a file, or memory in which an earlier step left them.

use std::sync::Arc;

use crate::dataset::Reader;
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
        }
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
