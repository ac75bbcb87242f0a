//! Sorted runs on disk.
//!
//! A run is a row of pieces in a scratch file that has no name. What a piece is, stands in memory alone: its place, its
//! checksum, and the first key in it, by which a merge finds the piece where a range of keys begins. If runs are kept for
//! another attempt, the file has a name, the list of pieces lies behind them, and a manifest says where.
//!
//! ```text
//!   fixed length     records end to end
//!   variable length  the length of each record (4 bytes), then the records end to end
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::kept::{Keep, Kept};
use super::piece::{Piece, to_directory};
use crate::diag::{Diagnostic, Result, codes};
use crate::key::{Key, KeyedBlock};
use crate::record::{Block, OrderedHash, buffer};
use crate::sys::hash::xxh3_64;
use crate::sys::{Fs, PathError, ScratchFile, absolute, limits, ordered};

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
    keep: Option<Keep>,
}

impl<'a> WorkSpace<'a> {
    /// Scratch files in these folders, which are made when they are needed.
    pub fn new(fs: &'a dyn Fs, folders: Vec<PathBuf>, compress: bool) -> Self {
        let cached = limits::memory() / CACHED;
        WorkSpace { fs, folders, compress, next: AtomicUsize::new(0), cached, keep: None }
    }

    /// For one sort, whose finished runs stay when it does not come to its end: another attempt at the same sort (`of` says
    /// which it is) goes on with them if it is given the same manifest. Whoever owns the manifest must
    /// [give it up](super::give_up) once nobody will.
    #[must_use]
    pub fn keeping(self, manifest: PathBuf, of: String) -> Self {
        let folders = self.folders.iter().map(|folder| absolute(folder)).collect();
        WorkSpace { folders, keep: Some(Keep { manifest: absolute(&manifest), of }), ..self }
    }

    pub(super) fn keep(&self) -> Option<&Keep> {
        self.keep.as_ref()
    }

    pub(super) fn fs(&self) -> &'a dyn Fs {
        self.fs
    }

    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
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

    /// A file for runs, when so many bytes are going to be spilled in all, as far as known. It has a name if they are kept.
    pub(super) fn file(&self, spill_bytes: Option<u64>, kept: Option<&mut Kept<'_>>) -> Result<SpillFile> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let folder = self.folders.get(turn % self.folders.len().max(1)).cloned().unwrap_or_default();
        self.fs.create_dir_all(&folder).path_error("make the work folder", &folder)?;
        let large = spill_bytes.is_some_and(|bytes| bytes > self.cached);
        let name = kept.map(|kept| kept.name(&folder)).transpose()?;
        let file = match &name {
            Some(name) => self.fs.scratch_named(name, large),
            None => self.fs.scratch(&folder, large),
        };
        let file = file.path_error("make a work file in", &folder)?;
        Ok(SpillFile { file: Arc::from(file), folder: Arc::from(folder), name, end: 0 })
    }
}

/// A scratch file and how much of it is taken.
pub(super) struct SpillFile {
    file: Arc<dyn ScratchFile>,
    folder: Arc<Path>,
    name: Option<Arc<Path>>,
    end: u64,
}

impl SpillFile {
    /// A file of an earlier attempt, of so many bytes.
    pub fn reopened(file: Box<dyn ScratchFile>, name: &Path, end: u64) -> Self {
        let folder = Arc::from(name.parent().unwrap_or(name));
        SpillFile { file: Arc::from(file), folder, name: Some(Arc::from(name)), end }
    }

    /// Its name, if it has one.
    pub fn name(&self) -> Option<Arc<Path>> {
        self.name.clone()
    }

    pub fn scratch(&self) -> &dyn ScratchFile {
        &*self.file
    }

    /// Bytes that are taken.
    pub fn end(&self) -> u64 {
        self.end
    }
}

/// A sorted run on disk.
pub(super) struct Run {
    file: Arc<dyn ScratchFile>,
    folder: Arc<Path>,
    name: Option<Arc<Path>>,
    pieces: Vec<Piece>,
    fixed_length: Option<usize>,
    /// Bytes that pieces have about, or at most.
    pub piece_bytes: usize,
    pub records: u64,
    /// Of one that is kept.
    pub directory: Option<Directory>,
    pub checkpoint: Checkpoint,
}

/// Where the pieces of a run are listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directory {
    pub offset: u64,
    pub length: u64,
    pub checksum: u64,
}

/// The input when a run had been finished.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Checkpoint {
    /// What had been read.
    pub read: OrderedHash,
    /// True if that was in order.
    pub presorted: bool,
}

/// Writes a run.
pub(super) struct RunWriter<'a> {
    work: &'a WorkSpace<'a>,
    file: &'a mut SpillFile,
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
            name: file.name(),
            pieces: Vec::new(),
            fixed_length,
            piece_bytes,
            records: 0,
            directory: None,
            checkpoint: Checkpoint::default(),
        };
        RunWriter { work, file, run, buffer: Vec::new(), first: 0, lengths: Vec::new() }
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
        let per_piece = (self.run.piece_bytes / length).max(1);
        for (number, piece) in bytes.chunks(per_piece * length).enumerate() {
            self.write(piece, piece.len(), piece.len() / length, keyed.keys.prefixes()[number * per_piece])?;
        }
        Ok(())
    }

    fn put_each(&mut self, keyed: &KeyedBlock) -> Result<()> {
        for (index, record) in keyed.block.records().enumerate() {
            if self.lengths.is_empty() {
                self.first = keyed.keys.prefixes()[index];
            } else if self.buffer.len() + record.len() > self.run.piece_bytes {
                self.flush()?;
                self.first = keyed.keys.prefixes()[index];
            }
            self.buffer.extend_from_slice(record);
            self.lengths.push(record.len() as u32);
        }
        Ok(())
    }

    /// Ends the run. One that is kept outlives the process from now on.
    pub fn finish(mut self) -> Result<Run> {
        self.flush()?;
        if self.run.name.is_some() {
            self.list_pieces().path_error("write to a work file in", &self.run.folder)?;
        }
        Ok(self.run)
    }

    fn list_pieces(&mut self) -> std::io::Result<()> {
        let (bytes, offset) = (to_directory(&self.run.pieces), self.file.end);
        let length = bytes.len() as u64;
        self.file.file.write_at(&bytes, offset)?;
        self.file.end = self.file.file.hand_over(offset + length)?;
        self.run.directory = Some(Directory { offset, length, checksum: xxh3_64(&bytes) });
        Ok(())
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
    /// A run of an earlier attempt.
    pub fn reopened(
        file: &SpillFile,
        pieces: Vec<Piece>,
        fixed_length: Option<usize>,
        checkpoint: Checkpoint,
        directory: Directory,
    ) -> Run {
        let records = pieces.iter().map(|piece| u64::from(piece.records)).sum();
        let (folder, name) = (Arc::clone(&file.folder), file.name());
        let piece_bytes = pieces.iter().map(|piece| piece.size as usize).max().unwrap_or_default();
        let (file, directory) = (Arc::clone(&file.file), Some(directory));
        Run { file, folder, name, pieces, fixed_length, piece_bytes, records, directory, checkpoint }
    }

    /// The name of its file, if it has one.
    pub fn name(&self) -> Option<Arc<Path>> {
        self.name.clone()
    }

    /// The length of every record, if they all have one.
    pub fn fixed_length(&self) -> Option<usize> {
        self.fixed_length
    }

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

    /// True if every piece can be read and is what was written.
    pub fn is_whole(&self, threads: usize) -> bool {
        let mut numbers = 0..self.pieces.len();
        ordered(threads, || Ok(numbers.next()), |number| self.stored_bytes(number).map(drop), Ok).is_ok()
    }

    /// The bytes of a piece as they are in the file.
    fn stored_bytes(&self, number: usize) -> Result<Vec<u8>> {
        let piece = &self.pieces[number];
        let mut buffer = buffer(piece.stored as usize);
        buffer.resize(piece.stored as usize, 0);
        self.file.read_at(&mut buffer, piece.offset).path_error("read back a work file in", &self.folder)?;
        if let Some(next) = self.pieces.get(number + 1) {
            self.file.prefetch(next.offset, next.stored as usize);
        }
        if xxh3_64(&buffer) == piece.checksum { Ok(buffer) } else { Err(self.damaged(piece)) }
    }

    /// Reads a piece back.
    pub fn read(&self, number: usize, key: &Key) -> Result<KeyedBlock> {
        let (piece, mut buffer) = (&self.pieces[number], self.stored_bytes(number)?);
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
