//! Writing past the system's cache.
//!
//! A file that is written once and forced to the disk gains nothing from the cache: its pages are taken, filled and
//! written back, which costs more than the sort that made them. Direct output (O_DIRECT) hands our buffer to the disk. It
//! wants buffers, offsets and lengths that are multiples of a page; what is left at the end goes through the cache.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::fs::WriteFile;

/// What buffers, offsets and lengths are multiples of: no device asks for more.
const PAGE: usize = 4096;

/// Bytes handed over at once. Files that never have so many are not written directly at all.
const BUFFER: usize = 1 << 20;

/// A file that is written from its start to its end.
pub(super) struct DirectWriter {
    file: File,
    direct: bool,
    buffer: AlignedBuffer,
}

impl DirectWriter {
    /// Makes a file that must not exist.
    pub fn create(path: &Path) -> io::Result<DirectWriter> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let direct = options.clone().custom_flags(OFlags::DIRECT.bits() as i32).open(path);
        match direct {
            Ok(file) => Ok(DirectWriter { file, direct: true, buffer: AlignedBuffer::new() }),
            // File systems without it say so only after they have made the file.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                let file = options.create_new(false).create(true).truncate(true).open(path)?;
                Ok(DirectWriter { file, direct: false, buffer: AlignedBuffer::new() })
            }
            Err(error) => Err(error),
        }
    }

    /// Hands the buffer over, which is full or the last of the file.
    fn write_buffer(&mut self) -> io::Result<()> {
        if !self.buffer.filled().len().is_multiple_of(PAGE) {
            self.leave_direct()?;
        }
        match self.file.write_all(self.buffer.filled()) {
            // A device that wants more than a page refuses before it writes anything.
            Err(error) if self.direct && error.kind() == io::ErrorKind::InvalidInput => {
                self.leave_direct()?;
                self.file.write_all(self.buffer.filled())?;
            }
            done => done?,
        }
        self.buffer.clear();
        Ok(())
    }

    /// Goes on through the cache.
    fn leave_direct(&mut self) -> io::Result<()> {
        if self.direct {
            let flags = fcntl_getfl(&self.file)?;
            fcntl_setfl(&self.file, flags - OFlags::DIRECT)?;
            self.direct = false;
        }
        Ok(())
    }
}

impl Write for DirectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.is_full() {
            self.write_buffer()?;
        }
        Ok(self.buffer.push(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.filled().is_empty() { Ok(()) } else { self.write_buffer() }
    }
}

impl WriteFile for DirectWriter {
    fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.file.sync_all()
    }
}

/// A buffer that begins at a multiple of a page.
struct AlignedBuffer {
    bytes: Vec<u8>,
    start: usize,
}

impl AlignedBuffer {
    fn new() -> Self {
        AlignedBuffer { bytes: Vec::new(), start: 0 }
    }

    /// Takes as many bytes as fit, and says how many.
    fn push(&mut self, bytes: &[u8]) -> usize {
        if self.bytes.is_empty() {
            // Only now, so that small files cost little: most of the buffer is never touched.
            self.bytes.reserve_exact(BUFFER + PAGE);
            self.start = self.bytes.as_ptr().align_offset(PAGE).min(PAGE);
            self.bytes.resize(self.start, 0);
        }
        let count = bytes.len().min(self.start + BUFFER - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..count]);
        count
    }

    fn filled(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    fn is_full(&self) -> bool {
        self.filled().len() == BUFFER
    }

    fn clear(&mut self) {
        self.bytes.truncate(self.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_every_length_are_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let all: Vec<u8> = (0..3 * BUFFER + 5000).map(|at| (at / 7 % 251) as u8).collect();
        let lengths = [0, 1, PAGE - 1, PAGE, BUFFER - 1, BUFFER, BUFFER + 1, 2 * BUFFER + PAGE, all.len()];
        for (number, length) in lengths.into_iter().enumerate() {
            for step in [1 << 20, 100_001, BUFFER * 2] {
                let path = dir.path().join(format!("{number}-{step}"));
                let mut file = DirectWriter::create(&path).unwrap();
                all[..length].chunks(step).for_each(|part| file.write_all(part).unwrap());
                file.flush().unwrap();
                assert!(std::fs::read(&path).unwrap() == all[..length], "{length} in steps of {step}");
                file.write_all(b"more").unwrap();
                file.sync().unwrap();
                assert_eq!(std::fs::metadata(&path).unwrap().len(), length as u64 + 4);
            }
        }
        assert_eq!(
            DirectWriter::create(&dir.path().join("0-1048576")).err().map(|error| error.kind()),
            Some(io::ErrorKind::AlreadyExists)
        );
    }
}
