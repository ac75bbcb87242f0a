//! What a sort leaves in a work file, to be read from front to back when it is needed, and from several places at a time.

use std::sync::Arc;

use super::sorter::{SortReport, Sorter};
use super::spill::Run;
use crate::diag::Result;
use crate::key::{Key, KeyedBlock, Keys};

/// Records in order, in a work file without a name.
pub struct SortedFile {
    run: Run,
    key: Arc<Key>,
}

impl Sorter<'_> {
    /// As [`finish`](Sorter::finish), into a work file. `see` is shown what goes there.
    pub fn finish_into_file(
        self,
        see: &mut (dyn FnMut(&KeyedBlock) -> Result<()> + Send),
    ) -> Result<(SortReport, SortedFile)> {
        let key = self.key();
        let (report, run) = self.finish_as_run(see)?;
        Ok((report, SortedFile { run, key }))
    }
}

impl SortedFile {
    /// Bytes that it takes on disk.
    pub fn stored(&self) -> u64 {
        self.run.stored()
    }

    /// The records whose keys begin with 128 bits of a range: from `low` on, and below `high`.
    pub fn read(&self, low: Option<u128>, high: Option<u128>) -> Result<SortedReader<'_>> {
        let (block, keys) = (crate::record::Block::empty(None), Keys::default());
        let pieces = self.run.pieces(low, high);
        let mut reader =
            SortedReader { file: self, pieces, current: KeyedBlock { block, keys }, at: 0, high };
        reader.fill()?;
        while low.is_some_and(|low| reader.prefix().is_some_and(|prefix| prefix < low)) {
            reader.advance()?;
        }
        Ok(reader)
    }
}

/// Stands at a record of a file, or behind the last.
pub struct SortedReader<'f> {
    file: &'f SortedFile,
    /// Pieces that are not read yet.
    pieces: std::ops::Range<usize>,
    current: KeyedBlock,
    at: usize,
    high: Option<u128>,
}

impl SortedReader<'_> {
    /// The first 128 bits of the key of the record that it stands at.
    #[inline]
    pub fn prefix(&self) -> Option<u128> {
        let prefix = *self.current.keys.prefixes().get(self.at)?;
        self.high.is_none_or(|high| prefix < high).then_some(prefix)
    }

    /// The record that it stands at; there must be one.
    #[inline]
    pub fn record(&self) -> &[u8] {
        self.current.block.record(self.at)
    }

    /// Goes on to the next record.
    #[inline]
    pub fn advance(&mut self) -> Result<()> {
        self.at += 1;
        self.fill()
    }

    #[inline]
    fn fill(&mut self) -> Result<()> {
        while self.at >= self.current.keys.len() {
            let Some(piece) = self.pieces.next() else { return Ok(()) };
            (self.current, self.at) = (self.file.run.read(piece, &self.file.key)?, 0);
        }
        Ok(())
    }
}
