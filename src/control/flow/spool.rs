//! What can be read only once, such as a pipe, put aside so that it can be read again.

use std::io::{Read, Result};
use std::path::Path;
use std::sync::Arc;

use crate::diag;
use crate::sys::{Fs, Meta, PathError, ReadFile, ScratchFile};

/// Bytes moved at a time.
const PIECE: usize = 1 << 20;

/// The content of a pipe or device.
#[derive(Clone)]
pub(super) struct Spool {
    file: Arc<dyn ScratchFile>,
    length: u64,
}

impl Spool {
    /// Reads everything.
    pub fn of(fs: &dyn Fs, path: &Path, folder: &Path) -> diag::Result<Spool> {
        let mut from = fs.open_stream(path).path_error("read", path)?;
        fs.create_dir_all(folder).path_error("make the work folder", folder)?;
        let file = fs.scratch(folder, false).path_error("make a work file in", folder)?;
        let (mut length, mut piece) = (0, Vec::with_capacity(PIECE));
        while from.read_into(&mut piece, PIECE).path_error("read", path)? > 0 {
            file.write_at(&piece, length).path_error("write a work file in", folder)?;
            length += piece.len() as u64;
            piece.clear();
        }
        Ok(Spool { file: Arc::from(file), length })
    }

    /// The content from its start.
    pub fn open(&self) -> Box<dyn ReadFile> {
        Box::new(SpoolReader { spool: self.clone(), at: 0 })
    }
}

struct SpoolReader {
    spool: Spool,
    at: u64,
}

impl Read for SpoolReader {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let left = usize::try_from(self.spool.length - self.at).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        self.spool.file.read_at(&mut buffer[..count], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl ReadFile for SpoolReader {
    fn read_into(&mut self, buffer: &mut Vec<u8>, limit: usize) -> Result<usize> {
        let start = buffer.len();
        let left = usize::try_from(self.spool.length - self.at).unwrap_or(usize::MAX);
        buffer.resize(start + limit.min(left), 0);
        let read = self.read(&mut buffer[start..])?;
        buffer.truncate(start + read);
        Ok(read)
    }

    fn seek(&mut self, offset: u64) -> Result<()> {
        self.at = offset.min(self.spool.length);
        Ok(())
    }

    fn meta(&self) -> Result<Meta> {
        Ok(Meta { length: self.spool.length, is_file: true, modified: 0, changed: 0, identity: (0, 0) })
    }
}
