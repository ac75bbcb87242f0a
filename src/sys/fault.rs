//! A file system that fails on command, for tests: operation number N and, if asked, all that follow.
//!
//! The tests run a job with N = 1, 2, 3 ... until it succeeds and check after each failure that every published
//! dataset is the old one or the complete new one.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::fs::{Fs, Meta, ReadFile, ScratchFile, WriteFile};

/// What happens when the countdown ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This operation fails, the next ones work.
    Once,
    /// This operation and all later ones fail, as if the process had been killed.
    Forever,
    /// As `Forever`, with "no space left on device".
    NoSpace,
    /// Nothing fails, but what is read back from scratch files has these bits of its first byte turned over.
    Corrupt(u8),
}

/// A countdown in front of another file system.
#[derive(Clone)]
pub struct FaultFs<F> {
    inner: F,
    state: Arc<State>,
}

struct State {
    fault: Fault,
    fail_at: u64,
    count: AtomicU64,
}

impl<F> FaultFs<F> {
    /// Fails at operation `fail_at`, counted from 1; 0 never fails.
    pub fn new(inner: F, fault: Fault, fail_at: u64) -> Self {
        FaultFs { inner, state: Arc::new(State { fault, fail_at, count: AtomicU64::new(0) }) }
    }

    /// Operations so far.
    pub fn operations(&self) -> u64 {
        self.state.count.load(Ordering::SeqCst)
    }
}

impl State {
    fn tick(&self) -> io::Result<()> {
        let now = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let hit = match self.fault {
            Fault::Once => now == self.fail_at,
            Fault::Forever | Fault::NoSpace => self.fail_at != 0 && now >= self.fail_at,
            Fault::Corrupt(_) => false,
        };
        match (hit, self.fault) {
            (false, _) => Ok(()),
            (true, Fault::NoSpace) => Err(io::Error::from(io::ErrorKind::StorageFull)),
            (true, _) => Err(io::Error::other("injected fault")),
        }
    }
}

struct Reading {
    inner: Box<dyn ReadFile>,
    state: Arc<State>,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.state.tick()?;
        // Short reads are legal at any time.
        let part = buffer.len().min(1000.max(buffer.len() / 2));
        self.inner.read(&mut buffer[..part])
    }
}

impl ReadFile for Reading {
    fn read_into(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<usize> {
        self.state.tick()?;
        self.inner.read_into(buffer, limit.min(1000.max(limit / 2)))
    }

    fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.state.tick()?;
        self.inner.seek(offset)
    }

    fn meta(&self) -> io::Result<Meta> {
        self.inner.meta()
    }
}

struct Writing {
    inner: Box<dyn WriteFile>,
    state: Arc<State>,
}

impl Write for Writing {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.state.tick() {
            // A torn write: some bytes arrive before the failure.
            self.inner.write_all(&buffer[..buffer.len() / 3])?;
            return Err(error);
        }
        self.inner.write(buffer)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl WriteFile for Writing {
    fn sync(&mut self) -> io::Result<()> {
        self.state.tick()?;
        self.inner.sync()
    }
}

struct Scratch {
    inner: Box<dyn ScratchFile>,
    state: Arc<State>,
}

impl ScratchFile for Scratch {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.state.tick()?;
        self.inner.write_at(bytes, offset)
    }
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.state.tick()?;
        self.inner.read_at(buffer, offset)?;
        // A bad disk: the bytes come back, but not as they were.
        if let (Fault::Corrupt(byte), Some(first)) = (self.state.fault, buffer.first_mut()) {
            *first ^= byte;
        }
        Ok(())
    }
    fn prefetch(&self, offset: u64, length: usize) {
        self.inner.prefetch(offset, length);
    }
    fn hand_over(&self, end: u64) -> io::Result<u64> {
        self.state.tick()?;
        self.inner.hand_over(end)
    }
}

impl<F: Fs> Fs for FaultFs<F> {
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        self.state.tick()?;
        Ok(Box::new(Reading { inner: self.inner.open(path)?, state: Arc::clone(&self.state) }))
    }
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        self.state.tick()?;
        Ok(Box::new(Writing { inner: self.inner.create_new(path)?, state: Arc::clone(&self.state) }))
    }
    fn create_large(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        self.state.tick()?;
        Ok(Box::new(Writing { inner: self.inner.create_large(path)?, state: Arc::clone(&self.state) }))
    }
    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        self.state.tick()?;
        Ok(Box::new(Writing { inner: self.inner.append(path)?, state: Arc::clone(&self.state) }))
    }
    fn scratch(&self, folder: &Path, large: bool) -> io::Result<Box<dyn ScratchFile>> {
        self.state.tick()?;
        Ok(Box::new(Scratch { inner: self.inner.scratch(folder, large)?, state: Arc::clone(&self.state) }))
    }
    fn scratch_named(&self, path: &Path, large: bool) -> io::Result<Box<dyn ScratchFile>> {
        self.state.tick()?;
        let inner = self.inner.scratch_named(path, large)?;
        Ok(Box::new(Scratch { inner, state: Arc::clone(&self.state) }))
    }
    fn scratch_again(&self, path: &Path) -> io::Result<Box<dyn ScratchFile>> {
        self.state.tick()?;
        Ok(Box::new(Scratch { inner: self.inner.scratch_again(path)?, state: Arc::clone(&self.state) }))
    }
    fn space(&self, folder: &Path) -> io::Result<Option<u64>> {
        self.inner.space(folder)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state.tick()?;
        self.inner.rename(from, to)
    }
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state.tick()?;
        self.inner.rename_new(from, to)
    }
    fn take_after(&self, path: &Path, model: &Path) -> io::Result<()> {
        self.state.tick()?;
        self.inner.take_after(path, model)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.state.tick()?;
        self.inner.remove(path)
    }
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.state.tick()?;
        self.inner.create_dir_all(path)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.state.tick()?;
        self.inner.sync_dir(path)
    }
    fn meta(&self, path: &Path) -> io::Result<Meta> {
        self.inner.meta(path)
    }
    fn lock(&self, path: &Path, wait: bool) -> io::Result<Option<Box<dyn Send>>> {
        self.inner.lock(path, wait)
    }
    fn lock_as(&self, path: &Path, shared: bool, owner: &str) -> io::Result<Option<Box<dyn Send>>> {
        self.inner.lock_as(path, shared, owner)
    }
    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.state.tick()?;
        self.inner.remove_dir_all(path)
    }
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        self.inner.list(path)
    }
}
