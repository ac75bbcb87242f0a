//! Writing past the system's cache.
//!
//! A file that is written once and forced to the disk gains nothing from the cache: its pages are taken, filled and
//! written back, which costs more than the sort that made them. Direct output (O_DIRECT) hands our buffer to the disk. It
//! wants buffers, offsets and lengths that are multiples of a page; what is left at the end goes through the cache.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::fs::{ScratchFile, WriteFile};

/// What buffers, offsets and lengths are multiples of: no device asks for more.
const PAGE: usize = 4096;

/// Bytes handed over at once. Files that never have so many are not written directly at all.
const BUFFER: usize = 512 << 10;

/// A file that is written from its start to its end.
pub(super) struct DirectWriter(Stream);

impl DirectWriter {
    /// Makes a file that must not exist.
    pub fn create(path: &Path) -> io::Result<DirectWriter> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let direct = options.clone().custom_flags(OFlags::DIRECT.bits() as i32).open(path);
        match direct {
            Ok(file) => Ok(DirectWriter(Stream::new(file, true))),
            // File systems without it say so only after they have made the file.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                let file = options.create_new(false).create(true).truncate(true).open(path)?;
                Ok(DirectWriter(Stream::new(file, false)))
            }
            Err(error) => Err(error),
        }
    }
}

impl Write for DirectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.0.buffer.filled().len().is_multiple_of(PAGE) {
            self.0.leave_direct()?;
        }
        self.0.write_out()
    }
}

impl WriteFile for DirectWriter {
    fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.0.file.sync_all()
    }
}

/// A scratch file that is written from its start to its end past the cache, and then read.
pub(super) struct DirectScratch {
    file: Arc<File>,
    end: Mutex<Stream>,
}

impl DirectScratch {
    /// Of an empty file.
    pub fn new(file: File) -> Self {
        let direct = set_direct(&file, true).is_ok();
        let end = Stream::new(file, direct);
        DirectScratch { file: Arc::clone(&end.file), end: Mutex::new(end) }
    }

    fn lock(&self) -> MutexGuard<'_, Stream> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ScratchFile for DirectScratch {
    fn write_at(&self, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
        let mut end = self.lock();
        if offset != end.end() {
            end.write_through_cache()?;
        }
        while end.direct && !bytes.is_empty() {
            let count = end.push(bytes)?;
            (bytes, offset) = (&bytes[count..], offset + count as u64);
        }
        self.file.write_all_at(bytes, offset)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.lock().write_through_cache()?;
        self.file.read_exact_at(buffer, offset)
    }

    fn prefetch(&self, offset: u64, length: usize) {
        prefetch(&self.file, offset, length);
    }

    /// What is in the buffer goes to the disk with zeros up to the end of its page, so that the next write is direct again.
    fn hand_over(&self, offset: u64) -> io::Result<u64> {
        let mut end = self.lock();
        if !end.direct {
            return Ok(offset);
        }
        end.fill_up_page();
        end.write_out()?;
        Ok(end.end())
    }
}

/// The end of a file that grows: one buffer is filled while the one before it is written.
struct Stream {
    file: Arc<File>,
    direct: bool,
    /// Where the buffer goes.
    offset: u64,
    buffer: AlignedBuffer,
    /// From the first full buffer on.
    disk: Option<Disk>,
    /// True once something could not be written: what follows would leave a hole.
    failed: bool,
}

impl Stream {
    fn new(file: File, direct: bool) -> Self {
        let (file, buffer) = (Arc::new(file), AlignedBuffer::new());
        Stream { file, direct, offset: 0, buffer, disk: None, failed: false }
    }

    /// Takes as many bytes as fit, and says how many.
    fn push(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.is_full() {
            self.begin_to_write()?;
        }
        Ok(self.buffer.push(bytes))
    }

    /// Where the next bytes go.
    fn end(&self) -> u64 {
        self.offset + self.buffer.filled().len() as u64
    }

    /// Lets the buffer be written while the next one is filled.
    fn begin_to_write(&mut self) -> io::Result<()> {
        let empty = self.settle()?.unwrap_or_else(AlignedBuffer::new);
        let disk = match &mut self.disk {
            Some(disk) => disk,
            none => match Disk::start(Arc::clone(&self.file)) {
                Ok(disk) => none.insert(disk),
                // Without another thread it is written here.
                Err(_) => return self.write_out(),
            },
        };
        let full = std::mem::replace(&mut self.buffer, empty);
        let next = self.offset + full.filled().len() as u64;
        disk.begin(full, self.offset)?;
        self.offset = next;
        Ok(())
    }

    /// Writes all that is in the buffer, and waits until it is written.
    fn write_out(&mut self) -> io::Result<()> {
        self.settle()?;
        let written = write_all(&self.file, self.buffer.filled(), self.offset);
        self.failed = written.is_err();
        written?;
        self.offset = self.end();
        self.buffer.clear();
        Ok(())
    }

    /// Waits for what is under way; answers its buffer, to be filled again.
    fn settle(&mut self) -> io::Result<Option<AlignedBuffer>> {
        if self.failed {
            return Err(io::Error::other("an earlier part of the file could not be written"));
        }
        let settled = self.disk.as_mut().map_or(Ok(None), Disk::settle);
        self.failed = settled.is_err();
        settled
    }

    /// Goes on through the cache.
    fn leave_direct(&mut self) -> io::Result<()> {
        if self.direct {
            self.settle()?;
            self.direct = false;
            set_direct(&self.file, false)?;
        }
        Ok(())
    }

    /// Writes what is in the buffer, and leaves it to others to write the rest, wherever they like.
    fn write_through_cache(&mut self) -> io::Result<()> {
        if self.direct {
            self.leave_direct()?;
            self.write_out()?;
            (self.buffer, self.disk) = (AlignedBuffer::new(), None);
        }
        Ok(())
    }

    /// Appends zeros up to the end of the page.
    fn fill_up_page(&mut self) {
        self.buffer.fill_up(self.buffer.filled().len().next_multiple_of(PAGE));
    }
}

/// A thread that writes one buffer at a time.
struct Disk {
    full: SyncSender<(AlignedBuffer, u64)>,
    written: Receiver<io::Result<AlignedBuffer>>,
    busy: bool,
}

impl Disk {
    /// It ends when this is dropped.
    fn start(file: Arc<File>) -> io::Result<Disk> {
        let (full, buffers) = sync_channel::<(AlignedBuffer, u64)>(1);
        let (sender, written) = sync_channel(1);
        let write = move || {
            for (mut buffer, offset) in buffers {
                let done = write_all(&file, buffer.filled(), offset);
                buffer.clear();
                if sender.send(done.map(|()| buffer)).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("disk".to_owned()).spawn(write)?;
        Ok(Disk { full, written, busy: false })
    }

    /// Writes a buffer at an offset; the one before it must have been settled.
    fn begin(&mut self, buffer: AlignedBuffer, offset: u64) -> io::Result<()> {
        self.busy = true;
        self.full.send((buffer, offset)).map_err(|_| gone())
    }

    /// Waits until the buffer is written.
    fn settle(&mut self) -> io::Result<Option<AlignedBuffer>> {
        if !std::mem::take(&mut self.busy) {
            return Ok(None);
        }
        self.written.recv().map_err(|_| gone())?.map(Some)
    }
}

impl Drop for Disk {
    /// Whoever opens the file next must not meet what was still on its way.
    fn drop(&mut self) {
        let _ = self.settle();
    }
}

fn gone() -> io::Error {
    io::Error::other("the thread that writes the file has ended")
}

/// Writes all bytes at an offset: directly if the file does and the device takes them so.
fn write_all(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    match file.write_all_at(bytes, offset) {
        // A device that wants more than a page refuses before it writes anything.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            set_direct(file, false)?;
            file.write_all_at(bytes, offset)
        }
        done => done,
    }
}

/// Advice only; a file system that does not know it changes nothing.
pub(super) fn prefetch(file: &File, offset: u64, length: usize) {
    let _ = rustix::fs::fadvise(file, offset, NonZeroU64::new(length as u64), rustix::fs::Advice::WillNeed);
}

fn set_direct(file: &File, direct: bool) -> io::Result<()> {
    let flags = fcntl_getfl(file)?;
    fcntl_setfl(file, if direct { flags | OFlags::DIRECT } else { flags - OFlags::DIRECT })?;
    Ok(())
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

    /// Appends zeros up to this length, which is no more than fits.
    fn fill_up(&mut self, length: usize) {
        self.bytes.resize(self.start + length, 0);
    }

    fn clear(&mut self) {
        self.bytes.truncate(self.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error of a buffer that was written meanwhile comes with the next one, and nothing is written behind the hole.
    #[test]
    fn what_could_not_be_written_is_told_and_ends_the_file() {
        let mut file =
            DirectWriter(Stream::new(OpenOptions::new().write(true).open("/dev/full").unwrap(), false));
        let full = |error: io::Error| error.kind() == io::ErrorKind::StorageFull;
        assert!(file.write_all(&vec![1; BUFFER * 3]).is_err_and(full));
        assert!(file.write_all(&vec![1; BUFFER]).is_err());
        assert!(file.flush().is_err() && file.sync().is_err());
        assert_eq!(file.0.offset, BUFFER as u64);
        let mut file =
            DirectWriter(Stream::new(OpenOptions::new().write(true).open("/dev/full").unwrap(), false));
        file.write_all(&[1; 100]).unwrap();
        assert!(file.flush().is_err_and(full));
        assert!(file.sync().is_err());
    }

    #[test]
    fn scratch_files_are_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let all: Vec<u8> = (0..3 * BUFFER + 5000).map(|at| (at / 7 % 251) as u8).collect();
        for step in [100_001, BUFFER, BUFFER * 2 + 1] {
            let path = dir.path().join(step.to_string());
            let file = File::options().read(true).write(true).create_new(true).open(path).unwrap();
            let scratch = DirectScratch::new(file);
            for (number, part) in all.chunks(step).enumerate() {
                scratch.write_at(part, (number * step) as u64).unwrap();
            }
            let mut read = vec![0; all.len() - 17];
            scratch.prefetch(17, 5000);
            scratch.read_at(&mut read, 17).unwrap();
            assert!(read == all[17..], "in steps of {step}");
            scratch.write_at(b"more", all.len() as u64).unwrap();
            scratch.read_at(&mut read[..4], all.len() as u64).unwrap();
            assert_eq!(&read[..4], b"more");
            assert!(scratch.read_at(&mut read[..5], all.len() as u64).is_err());
        }
    }

    /// What another process would read of the file then is all that was written, and what follows is written directly again.
    #[test]
    fn what_was_handed_over_is_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let all: Vec<u8> = (0..2 * BUFFER + 5000).map(|at| (at / 7 % 251) as u8).collect();
        for length in [0, 1, PAGE, PAGE + 1, BUFFER - 1, BUFFER, all.len()] {
            let path = dir.path().join(length.to_string());
            let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
            let scratch = DirectScratch::new(file);
            let mut at = 0;
            for round in 0..3 {
                let start = at;
                for part in all[..length].chunks(100_001) {
                    scratch.write_at(part, at).unwrap();
                    at += part.len() as u64;
                }
                at = scratch.hand_over(at).unwrap();
                let found = std::fs::read(&path).unwrap();
                assert!(found[start as usize..].starts_with(&all[..length]), "{length}, round {round}");
                assert!(at >= start + length as u64 && found.len() as u64 <= at);
            }
            let mut read = vec![0; length];
            scratch.read_at(&mut read, 0).unwrap();
            assert!(read == all[..length]);
            scratch.write_at(b"more", at).unwrap();
            assert_eq!(scratch.hand_over(at + 4).unwrap(), at + 4);
        }
    }

    #[test]
    fn files_of_every_length_are_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let all: Vec<u8> = (0..3 * BUFFER + 5000).map(|at| (at / 7 % 251) as u8).collect();
        let lengths = [0, 1, PAGE - 1, PAGE, BUFFER - 1, BUFFER, BUFFER + 1, 2 * BUFFER + PAGE, all.len()];
        for (number, length) in lengths.into_iter().enumerate() {
            for step in [BUFFER, 100_001, BUFFER * 2] {
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
            DirectWriter::create(&dir.path().join("0-100001")).err().map(|error| error.kind()),
            Some(io::ErrorKind::AlreadyExists)
        );
    }
}
