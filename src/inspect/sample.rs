//! The parts of a file that are looked at, and walks over them with the reader itself.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dataset::{DatasetFormat, Reader};
use crate::diag::{Diagnostic, Place, Result, codes};
use crate::record::Block;
use crate::sys::{Fs, Meta, PathError, ReadFile, ScratchFile, WriteFile};

/// Bytes of a file that are read in any case; a file up to this size is read in full.
const WHOLE: usize = 4 << 20;
/// Bytes of each part of a longer file.
const PART: usize = 1 << 20;

/// Parts of a file.
pub(super) struct Sample {
    /// Name for messages.
    pub dataset: String,
    /// Bytes of the file.
    pub size: u64,
    /// The first bytes; all of them if the file is small.
    pub head: Arc<[u8]>,
    /// Bytes from the middle of a longer file, and where they begin.
    pub middle: (u64, Vec<u8>),
    /// The last bytes of a longer file, and where they begin.
    pub tail: (u64, Vec<u8>),
}

/// What a record format makes of the first bytes.
pub(super) struct Walk {
    /// The records, in blocks.
    pub blocks: Vec<Block>,
    /// How many there are.
    pub records: u64,
    /// Bytes up to the first that do not fit.
    pub framed: u64,
    /// Bytes that there were.
    pub body: u64,
    /// Why the walk ended early.
    pub fault: Option<Box<Diagnostic>>,
}

impl Sample {
    /// Reads the parts.
    pub fn read(fs: &dyn Fs, path: &Path, dataset: &str) -> Result<Sample> {
        let mut file = fs.open(path).path_error("read", path)?;
        let size = file.meta().path_error("read", path)?.length;
        let mut part = |offset: u64, limit: usize| -> Result<Vec<u8>> {
            file.seek(offset).path_error("read", path)?;
            let mut bytes = Vec::new();
            while bytes.len() < limit {
                let left = limit - bytes.len();
                if file.read_into(&mut bytes, left).path_error("read", path)? == 0 {
                    break;
                }
            }
            Ok(bytes)
        };
        let is_whole = size <= WHOLE as u64;
        let head: Arc<[u8]> = part(0, if is_whole { WHOLE } else { PART })?.into();
        let (middle, last) = (size / 2, size.saturating_sub(PART as u64));
        let rest = |wanted: bool, bytes: Result<Vec<u8>>| if wanted { bytes } else { Ok(Vec::new()) };
        let middle = (middle, rest(!is_whole, part(middle, PART))?);
        let tail = (last, rest(!is_whole, part(last, PART))?);
        Ok(Sample { dataset: dataset.to_owned(), size, head, middle, tail })
    }

    /// True if the first bytes are all there are.
    pub fn is_whole(&self) -> bool {
        self.head.len() as u64 == self.size
    }

    /// Walks over the first bytes.
    pub fn walk(&self, format: &DatasetFormat) -> Walk {
        self.walk_limited(format, usize::MAX)
    }

    /// Walks over at most so many of the first bytes.
    pub fn walk_limited(&self, format: &DatasetFormat, limit: usize) -> Walk {
        let mut format = format.clone();
        let mut bytes = &self.head[..self.head.len().min(limit)];
        let is_whole = bytes.len() as u64 == self.size;
        let cut = if is_whole { usize::try_from(format.framing.skip_tail).unwrap_or(usize::MAX) } else { 0 };
        bytes = &bytes[..bytes.len().saturating_sub(cut)];
        format.framing.skip_tail = 0;
        let head = format.framing.skip_head;
        let body = (bytes.len() as u64).saturating_sub(head);
        let mut walk = Walk { blocks: Vec::new(), records: 0, framed: 0, body, fault: None };
        if format.is_plain_fixed() && !is_whole {
            // Where the part of the file ends says nothing.
            let whole = usize::try_from(body).unwrap_or(0) / format.lrecl * format.lrecl;
            bytes = &bytes[..bytes.len().min(head as usize + whole)];
            walk.body = whole as u64;
        }
        match self.blocks(bytes, &format) {
            Ok(blocks) => {
                walk.blocks = blocks;
                walk.framed = walk.body;
            }
            Err(fault) => {
                let end = offset_of(&fault).unwrap_or(0);
                let torn = fault.code == codes::DAT004 && !is_whole && end + (1 << 17) > bytes.len() as u64;
                if end > head {
                    walk.blocks =
                        self.blocks(&bytes[..(end as usize).min(bytes.len())], &format).unwrap_or_default();
                }
                walk.framed = if walk.blocks.is_empty() { 0 } else { end.saturating_sub(head) };
                if torn {
                    walk.body = walk.framed;
                } else {
                    walk.fault = Some(fault);
                }
            }
        }
        walk.records = walk.blocks.iter().map(|block| block.len() as u64).sum();
        walk
    }

    fn blocks(&self, bytes: &[u8], format: &DatasetFormat) -> Result<Vec<Block>> {
        let fs = Memory(bytes.into());
        let mut reader = Reader::open(&fs, &self.dataset, Path::new(""), format.clone())?;
        std::iter::from_fn(|| reader.next_block().transpose()).collect()
    }

    /// Records of one length from the middle and the end of a longer file.
    pub fn far_blocks(&self, format: &DatasetFormat) -> Vec<Block> {
        let Some(length) = format.fixed_length().filter(|_| format.is_plain_fixed()) else {
            return Vec::new();
        };
        let (head, end) = (format.framing.skip_head, self.size.saturating_sub(format.framing.skip_tail));
        let block = |(start, bytes): &(u64, Vec<u8>)| {
            let number = start.saturating_sub(head).div_ceil(length as u64);
            let first = head + number * length as u64;
            let from = usize::try_from(first.checked_sub(*start)?).ok()?;
            let most = usize::try_from(end.checked_sub(first)?).ok()?;
            let bytes = bytes.get(from..)?;
            let whole = bytes.len().min(most) / length * length;
            (whole > 0).then(|| Block::fixed(bytes[..whole].to_vec(), length, number + 1, first))
        };
        [&self.middle, &self.tail].into_iter().filter_map(block).collect()
    }
}

/// Where in the file a message points.
pub(super) fn offset_of(fault: &Diagnostic) -> Option<u64> {
    match &fault.place {
        Place::Data(place) => place.offset,
        _ => None,
    }
}

/// Bytes in memory as the one file there is.
struct Memory(Arc<[u8]>);

struct Cursor {
    bytes: Arc<[u8]>,
    at: usize,
}

impl Memory {
    fn meta_of(length: usize) -> Meta {
        Meta { length: length as u64, is_file: true, modified: 0, changed: 0, identity: (0, 0) }
    }
}

fn refused<T>() -> io::Result<T> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(self.bytes.len() - self.at);
        buffer[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl ReadFile for Cursor {
    fn read_into(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<usize> {
        let count = limit.min(self.bytes.len() - self.at);
        buffer.extend_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }

    fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.at = usize::try_from(offset).unwrap_or(usize::MAX).min(self.bytes.len());
        Ok(())
    }

    fn meta(&self) -> io::Result<Meta> {
        Ok(Memory::meta_of(self.bytes.len()))
    }
}

/// A reader needs to open and to know the size; nothing else can be asked of memory.
impl Fs for Memory {
    fn open(&self, _: &Path) -> io::Result<Box<dyn ReadFile>> {
        Ok(Box::new(Cursor { bytes: Arc::clone(&self.0), at: 0 }))
    }
    fn meta(&self, _: &Path) -> io::Result<Meta> {
        Ok(Memory::meta_of(self.0.len()))
    }
    fn create_new(&self, _: &Path) -> io::Result<Box<dyn WriteFile>> {
        refused()
    }
    fn create_large(&self, _: &Path) -> io::Result<Box<dyn WriteFile>> {
        refused()
    }
    fn append(&self, _: &Path) -> io::Result<Box<dyn WriteFile>> {
        refused()
    }
    fn scratch(&self, _: &Path, _: bool) -> io::Result<Box<dyn ScratchFile>> {
        refused()
    }
    fn scratch_named(&self, _: &Path, _: bool) -> io::Result<Box<dyn ScratchFile>> {
        refused()
    }
    fn scratch_again(&self, _: &Path) -> io::Result<Box<dyn ScratchFile>> {
        refused()
    }
    fn space(&self, _: &Path) -> io::Result<Option<u64>> {
        Ok(None)
    }
    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        refused()
    }
    fn rename_new(&self, _: &Path, _: &Path) -> io::Result<()> {
        refused()
    }
    fn take_after(&self, _: &Path, _: &Path) -> io::Result<()> {
        refused()
    }
    fn remove(&self, _: &Path) -> io::Result<()> {
        refused()
    }
    fn create_dir_all(&self, _: &Path) -> io::Result<()> {
        refused()
    }
    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        refused()
    }
    fn lock(&self, _: &Path, _: bool) -> io::Result<Option<Box<dyn Send>>> {
        refused()
    }
    fn lock_as(&self, _: &Path, _: bool, _: &str) -> io::Result<Option<Box<dyn Send>>> {
        refused()
    }
    fn remove_dir_all(&self, _: &Path) -> io::Result<()> {
        refused()
    }
    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        refused()
    }
}
