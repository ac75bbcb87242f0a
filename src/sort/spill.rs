//! Sorted runs on disk.
//!
//! A run is a row of pieces in a scratch file that has no name. What a piece is, stands in memory alone: its place, its
//! checksum, and the first key in it, by which a merge finds the piece where a range of keys begins.
//!
//! ```text
//!   fixed length     records end to end
//!   variable length  the length of each record (4 bytes), then the records end to end
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use xxhash_rust::xxh3::xxh3_64;

use crate::diag::{Diagnostic, Result, codes};
use crate::key::{Key, KeyedBlock};
use crate::record::{Block, buffer};
use crate::sys::{Fs, PathError, ScratchFile, limits};

/// Writers wait once a tenth or so of the free memory is full of what the disk has not yet got.
const CACHED: u64 = 8;

/// Where runs go: folders used in turn.
pub struct WorkSpace<'a> {
    fs: &'a dyn Fs,
    folders: Vec<PathBuf>,
    compress: bool,
    next: AtomicUsize,
    /// Bytes that the system's cache may take in without making writers wait.
    cached: u64,
}

impl<'a> WorkSpace<'a> {
    /// Scratch files in these folders, which are made when they are needed.
    pub fn new(fs: &'a dyn Fs, folders: Vec<PathBuf>, compress: bool) -> Self {
        WorkSpace { fs, folders, compress, next: AtomicUsize::new(0), cached: limits::memory() / CACHED }
    }

    /// Stops if the folders together have no room for so many bytes. With compression nobody can tell.
    pub fn check_space(&self, bytes: u64) -> Result<()> {
        let mut free = 0u64;
        for folder in &self.folders {
            self.fs.create_dir_all(folder).path_error("make the work folder", folder)?;
            match self.fs.space(folder).path_error("ask for the free space of", folder)? {
                Some(space) => free = free.saturating_add(space),
                None => return Ok(()),
            }
        }
        if self.compress || bytes <= free {
            return Ok(());
        }
        let names: Vec<String> = self.folders.iter().map(|folder| folder.display().to_string()).collect();
        Err(Diagnostic::error(
            codes::RUN005,
            format!("the sort needs {bytes} bytes of work space, but {free} are free in {}", names.join(" and ")),
        )
        .hint("free space there, name other folders with --work-dir, or give the sort more memory with --memory"))
    }

    /// A file for runs, when so many bytes are going to be spilled in all, as far as known.
    pub fn file(&self, spill_bytes: Option<u64>) -> Result<SpillFile> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let folder = self.folders.get(turn % self.folders.len().max(1)).cloned().unwrap_or_default();
        self.fs.create_dir_all(&folder).path_error("make the work folder", &folder)?;
        let file = self
            .fs
            .scratch(&folder, spill_bytes.is_some_and(|bytes| bytes > self.cached))
            .path_error("make a work file in", &folder)?;
        Ok(SpillFile { file: Arc::from(file), folder: Arc::from(folder), end: 0 })
    }
}

/// A scratch file and how much of it is taken.
pub struct SpillFile {
    file: Arc<dyn ScratchFile>,
    folder: Arc<Path>,
    end: u64,
}

/// A sorted run on disk.
pub(super) struct Run {
    file: Arc<dyn ScratchFile>,
    folder: Arc<Path>,
    pieces: Vec<Piece>,
    fixed_length: Option<usize>,
    pub records: u64,
}

/// A piece of a run.
struct Piece {
    offset: u64,
    stored: u32,
    /// Bytes when not compressed; equal to `stored` if it is not.
    size: u32,
    records: u32,
    checksum: u64,
    first: u128,
}

/// Writes a run.
pub(super) struct RunWriter<'a> {
    work: &'a WorkSpace<'a>,
    file: &'a mut SpillFile,
    piece_bytes: usize,
    run: Run,
    buffer: Vec<u8>,
    first: u128,
    lengths: Vec<u32>,
}

impl<'a> RunWriter<'a> {
    /// A run of pieces of about so many bytes, at the end of a file.
    pub fn new(
        work: &'a WorkSpace<'a>,
        file: &'a mut SpillFile,
        piece_bytes: usize,
        fixed_length: Option<usize>,
    ) -> Self {
        let run = Run {
            file: Arc::clone(&file.file),
            folder: Arc::clone(&file.folder),
            pieces: Vec::new(),
            fixed_length,
            records: 0,
        };
        RunWriter { work, file, piece_bytes, run, buffer: Vec::new(), first: 0, lengths: Vec::new() }
    }

    /// Appends records, which must not be lower than those before.
    pub fn put(&mut self, keyed: &KeyedBlock) -> Result<()> {
        match (keyed.block.contiguous(), self.run.fixed_length) {
            (Some(bytes), Some(length)) if !self.work.compress => self.put_whole(keyed, bytes, length),
            _ => self.put_each(keyed),
        }
    }

    /// Records that lie as they are written, without copying them once more.
    fn put_whole(&mut self, keyed: &KeyedBlock, bytes: &[u8], length: usize) -> Result<()> {
        self.flush()?;
        let per_piece = (self.piece_bytes / length).max(1);
        for (number, piece) in bytes.chunks(per_piece * length).enumerate() {
            self.write(piece, piece.len(), piece.len() / length, keyed.keys.prefixes()[number * per_piece])?;
        }
        Ok(())
    }

    fn put_each(&mut self, keyed: &KeyedBlock) -> Result<()> {
        for (index, record) in keyed.block.records().enumerate() {
            if self.lengths.is_empty() {
                self.first = keyed.keys.prefixes()[index];
            } else if self.buffer.len() + record.len() > self.piece_bytes {
                self.flush()?;
                self.first = keyed.keys.prefixes()[index];
            }
            self.buffer.extend_from_slice(record);
            self.lengths.push(record.len() as u32);
        }
        Ok(())
    }

    /// Ends the run.
    pub fn finish(mut self) -> Result<Run> {
        self.flush()?;
        Ok(self.run)
    }

    fn flush(&mut self) -> Result<()> {
        if self.lengths.is_empty() {
            return Ok(());
        }
        if self.run.fixed_length.is_none() {
            let lengths = self.lengths.iter().flat_map(|length| length.to_le_bytes());
            self.buffer = lengths.chain(self.buffer.iter().copied()).collect();
        }
        let packed = self.work.compress.then(|| lz4_flex::block::compress(&self.buffer));
        // What does not get smaller is stored as it is.
        let packed = packed.filter(|packed| packed.len() < self.buffer.len());
        let stored = packed.unwrap_or_else(|| std::mem::take(&mut self.buffer));
        let size = self.buffer.len().max(stored.len());
        self.write(&stored, size, self.lengths.len(), self.first)?;
        if self.buffer.is_empty() {
            self.buffer = stored;
        }
        self.buffer.clear();
        self.lengths.clear();
        Ok(())
    }

    /// Writes a piece whose first key is given.
    fn write(&mut self, stored: &[u8], size: usize, records: usize, first: u128) -> Result<()> {
        let at = self.file.end;
        self.file.file.write_at(stored, at).path_error("write to a work file in", &self.file.folder)?;
        self.file.end += stored.len() as u64;
        self.run.records += records as u64;
        self.run.pieces.push(Piece {
            offset: at,
            stored: stored.len() as u32,
            size: size as u32,
            records: records as u32,
            checksum: xxh3_64(stored),
            first,
        });
        Ok(())
    }
}

impl Run {
    /// The pieces in which keys of a range can be: from `low` on, and below `high`.
    pub fn pieces(&self, low: Option<u128>, high: Option<u128>) -> std::ops::Range<usize> {
        // Keys equal to `low` can stand at the end of the piece before the first one that begins with it.
        let start =
            low.map_or(0, |low| self.pieces.partition_point(|piece| piece.first < low).saturating_sub(1));
        let end =
            high.map_or(self.pieces.len(), |high| self.pieces.partition_point(|piece| piece.first < high));
        start..end.max(start)
    }

    /// Has the pieces in which keys of a range can be fetched, for who is going to read them soon.
    pub fn prefetch(&self, low: Option<u128>, high: Option<u128>) {
        let pieces = &self.pieces[self.pieces(low, high)];
        if let (Some(first), Some(last)) = (pieces.first(), pieces.last()) {
            // The pieces of a run lie one behind the other.
            let end = last.offset + u64::from(last.stored);
            self.file.prefetch(first.offset, (end - first.offset) as usize);
        }
    }

    /// The first key of each piece.
    pub fn firsts(&self) -> impl Iterator<Item = u128> {
        self.pieces.iter().map(|piece| piece.first)
    }

    /// Bytes that the run takes on disk.
    pub fn stored(&self) -> u64 {
        self.pieces.iter().map(|piece| u64::from(piece.stored)).sum()
    }

    /// Bytes of memory that describe the run.
    pub fn memory(&self) -> usize {
        self.pieces.capacity() * size_of::<Piece>()
    }

    /// Reads a piece back.
    pub fn read(&self, number: usize, key: &Key) -> Result<KeyedBlock> {
        let piece = &self.pieces[number];
        let mut buffer = buffer(piece.stored as usize);
        buffer.resize(piece.stored as usize, 0);
        self.file.read_at(&mut buffer, piece.offset).path_error("read back a work file in", &self.folder)?;
        if let Some(next) = self.pieces.get(number + 1) {
            self.file.prefetch(next.offset, next.stored as usize);
        }
        if xxh3_64(&buffer) != piece.checksum {
            return Err(self.damaged(piece));
        }
        if piece.size != piece.stored {
            buffer =
                lz4_flex::block::decompress(&buffer, piece.size as usize).map_err(|_| self.damaged(piece))?;
        }
        let block = match self.fixed_length {
            Some(length) => Block::fixed(buffer, length, 1, 0),
            None => {
                let spans = spans(&buffer, piece.records as usize).ok_or_else(|| self.damaged(piece))?;
                Block::spans(buffer, spans, 1, 0)
            }
        };
        if block.len() != piece.records as usize {
            return Err(self.damaged(piece));
        }
        KeyedBlock::new(block, key, "")
    }

    fn damaged(&self, piece: &Piece) -> Box<Diagnostic> {
        let (folder, offset, stored) = (self.folder.display(), piece.offset, piece.stored);
        Diagnostic::error(
            codes::RUN016,
            format!("a work file in {folder} is not what was written: {stored} bytes at {offset} differ"),
        )
        .in_file(folder.to_string())
        .hint("the disk or something between it and us is damaged; run again with another --work-dir")
    }
}

/// The places of records whose lengths stand before them.
fn spans(buffer: &[u8], records: usize) -> Option<Vec<(u32, u32)>> {
    let (lengths, _) = buffer.get(..records * 4)?.as_chunks::<4>();
    let mut at = records as u32 * 4;
    let spans: Vec<(u32, u32)> = lengths
        .iter()
        .map(|length| {
            let start = at;
            at = at.saturating_add(u32::from_le_bytes(*length));
            (start, at)
        })
        .collect();
    (at as usize == buffer.len()).then_some(spans)
}
