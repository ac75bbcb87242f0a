//! The file system as the steps of a run see it: what is read of inputs is hashed on the way, what is written is counted
//! against the limits, and every operation on data asks whether the run should stop.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::diag::{Diagnostic, Result, codes};
use crate::sys::clock::Stopwatch;
use crate::sys::cost::HASHING;
use crate::sys::hash::{HASHED_AT_ONCE, Xxh3};
use crate::sys::publish::{content_hash, content_read};
use crate::sys::{Fs, Meta, ReadFile, ScratchFile, Stop, WriteFile, stop};

/// Reasons to stop that limits give; those of signals are in [`stop`].
const TIME: usize = 1;
const TEMPORARY: usize = 2;
const OUTPUT: usize = 3;

/// What a run may use up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// From the start of the attempt.
    pub time: Option<std::time::Duration>,
    /// Bytes of work files and temporary datasets at any moment.
    pub temporary: Option<u64>,
    /// Bytes of all outputs together.
    pub output: Option<u64>,
}

/// What is known of a run while it works. Shared by all threads.
pub(super) struct Guard {
    stop: Stop,
    clock: Stopwatch,
    limits: Limits,
    /// Files whose content is hashed when it is read.
    inputs: BTreeSet<PathBuf>,
    hashes: Mutex<BTreeMap<PathBuf, String>>,
    /// Where temporary datasets are written; all else that is written is an output.
    temporaries: PathBuf,
    temporary: AtomicU64,
    output: AtomicU64,
}

impl Guard {
    /// A guard over an attempt that begins now.
    pub fn new(stop: Stop, limits: Limits, inputs: BTreeSet<PathBuf>, temporaries: PathBuf) -> Arc<Guard> {
        Arc::new(Guard {
            stop,
            clock: Stopwatch::start(),
            limits,
            inputs,
            hashes: Mutex::default(),
            temporaries,
            temporary: AtomicU64::new(0),
            output: AtomicU64::new(0),
        })
    }

    /// An error once the run should stop.
    pub fn check(&self) -> Result<()> {
        if self.limits.time.is_some_and(|limit| self.clock.elapsed() > limit) {
            self.stop.ask(TIME);
        }
        self.stopped().map_or(Ok(()), Err)
    }

    /// Why the run should stop, if it should.
    pub fn stopped(&self) -> Option<Box<Diagnostic>> {
        let reason = self.stop.reason()?;
        let seconds = self.limits.time.unwrap_or_default().as_secs();
        let (temporary, output) =
            (self.limits.temporary.unwrap_or_default(), self.limits.output.unwrap_or_default());
        Some(match reason {
            signal if is_signal(signal) => of_signal(signal),
            TIME => Diagnostic::error(codes::RUN037, format!("the run took longer than its limit of {seconds} s"))
                .hint("find out what took so long, or raise limits: time; running again goes on with the steps that are left"),
            TEMPORARY => Diagnostic::error(codes::RUN039, format!("temporary data exceed their limit of {temporary} bytes"))
                .hint("raise limits: temp, or give the run more memory"),
            _ => Diagnostic::error(codes::RUN039, format!("outputs exceed their limit of {output} bytes"))
                .hint("an output is larger than anybody expected; check the inputs, or raise limits: output"),
        })
    }

    /// True if whoever started the run wants it to end.
    pub fn cancelled(&self) -> bool {
        self.stop.reason().is_some_and(is_signal)
    }

    /// The hash of an input that was read to its end.
    pub fn hash_of(&self, path: &Path) -> Option<String> {
        self.hashes.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    fn tick(&self) -> io::Result<()> {
        self.check().map_err(|error| io::Error::other(error.message))
    }

    /// Counts what is written; the first byte too many stops the run.
    fn count(&self, (sum, limit, reason): (&AtomicU64, Option<u64>, usize), bytes: u64) {
        let all = sum.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if limit.is_some_and(|limit| all > limit) {
            self.stop.ask(reason);
        }
    }

    fn count_temporary(&self, bytes: u64) {
        self.count((&self.temporary, self.limits.temporary, TEMPORARY), bytes);
    }

    fn count_written(&self, temporary: bool, bytes: u64) {
        if temporary {
            self.count_temporary(bytes);
        } else {
            self.count((&self.output, self.limits.output, OUTPUT), bytes);
        }
    }
}

/// A file system under guard.
pub(super) struct GuardedFs<'a> {
    inner: &'a dyn Fs,
    guard: Arc<Guard>,
}

impl<'a> GuardedFs<'a> {
    /// Another file system, with somebody who watches.
    pub fn new(inner: &'a dyn Fs, guard: &Arc<Guard>) -> Self {
        GuardedFs { inner, guard: Arc::clone(guard) }
    }

    /// Who watches.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// The file system without anybody who watches, for what is not to be interrupted.
    pub fn unguarded(&self) -> &'a dyn Fs {
        self.inner
    }

    /// Bytes and hash of a file. It is not what a step has read: whoever reads it later is held against it.
    pub fn content_of(&self, path: &Path) -> io::Result<(u64, String)> {
        let inner = self.inner.open(path)?;
        content_read(&mut Reading { inner, guard: Arc::clone(&self.guard), hash: None })
    }

    fn writing(&self, path: &Path, inner: Box<dyn WriteFile>) -> Box<dyn WriteFile> {
        let temporary = path.starts_with(&self.guard.temporaries);
        Box::new(Writing { inner, guard: Arc::clone(&self.guard), temporary })
    }

    /// A work file in which there are so many bytes already.
    fn scratch_of(&self, inner: Box<dyn ScratchFile>, length: u64) -> Box<dyn ScratchFile> {
        self.guard.count_temporary(length);
        Box::new(Scratch { inner, guard: Arc::clone(&self.guard), end: AtomicU64::new(length) })
    }
}

/// A file being read. Of an input everything is hashed in the order in which it is read; who reads it otherwise gets no hash.
struct Reading {
    inner: Box<dyn ReadFile>,
    guard: Arc<Guard>,
    hash: Option<(PathBuf, Xxh3, u64)>,
}

impl Reading {
    fn hash(&mut self, bytes: &[u8]) {
        if let Some((_, hash, length)) = &mut self.hash {
            HASHING.of(|| hash.update(bytes));
            *length += bytes.len() as u64;
        }
    }
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.guard.tick()?;
        let count = self.inner.read(buffer)?;
        self.hash(&buffer[..count]);
        Ok(count)
    }
}

impl ReadFile for Reading {
    fn read_into(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<usize> {
        self.guard.tick()?;
        let at_once = if self.hash.is_some() { HASHED_AT_ONCE } else { limit };
        let mut count = 0;
        while count < limit {
            let before = buffer.len();
            let came = self.inner.read_into(buffer, at_once.min(limit - count))?;
            self.hash(&buffer[before..]);
            count += came;
            if came == 0 {
                break;
            }
        }
        Ok(count)
    }

    fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.hash = None;
        self.inner.seek(offset)
    }

    fn meta(&self) -> io::Result<Meta> {
        self.inner.meta()
    }
}

impl Drop for Reading {
    /// Only a file that was read to its end has a hash.
    fn drop(&mut self) {
        let Some((path, hash, length)) = self.hash.take() else { return };
        if self.inner.meta().is_ok_and(|meta| meta.length == length) {
            let text = content_hash(hash.digest128());
            self.guard.hashes.lock().unwrap_or_else(PoisonError::into_inner).insert(path, text);
        }
    }
}

struct Writing {
    inner: Box<dyn WriteFile>,
    guard: Arc<Guard>,
    temporary: bool,
}

impl Write for Writing {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.guard.tick()?;
        let count = self.inner.write(buffer)?;
        self.guard.count_written(self.temporary, count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl WriteFile for Writing {
    fn sync(&mut self) -> io::Result<()> {
        self.inner.sync()
    }
}

struct Scratch {
    inner: Box<dyn ScratchFile>,
    guard: Arc<Guard>,
    /// Bytes up to the end of what was written.
    end: AtomicU64,
}

impl ScratchFile for Scratch {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.guard.tick()?;
        let end = offset + bytes.len() as u64;
        let before = self.end.fetch_max(end, Ordering::Relaxed);
        self.guard.count_temporary(end.saturating_sub(before));
        self.inner.write_at(bytes, offset)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.guard.tick()?;
        self.inner.read_at(buffer, offset)
    }

    fn prefetch(&self, offset: u64, length: usize) {
        self.inner.prefetch(offset, length);
    }

    fn hand_over(&self, end: u64) -> io::Result<u64> {
        self.inner.hand_over(end)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.guard.temporary.fetch_sub(self.end.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

impl Fs for GuardedFs<'_> {
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        let inner = self.inner.open(path)?;
        let wanted = self.guard.inputs.contains(path) && self.guard.hash_of(path).is_none();
        let hash = wanted.then(|| (path.to_owned(), Xxh3::new(), 0));
        Ok(Box::new(Reading { inner, guard: Arc::clone(&self.guard), hash }))
    }
    fn open_stream(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        self.inner.open_stream(path)
    }
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(self.writing(path, self.inner.create_new(path)?))
    }
    fn create_large(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(self.writing(path, self.inner.create_large(path)?))
    }
    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        self.inner.append(path)
    }
    fn scratch(&self, folder: &Path, large: bool) -> io::Result<Box<dyn ScratchFile>> {
        Ok(self.scratch_of(self.inner.scratch(folder, large)?, 0))
    }
    fn scratch_named(&self, path: &Path, large: bool) -> io::Result<Box<dyn ScratchFile>> {
        Ok(self.scratch_of(self.inner.scratch_named(path, large)?, 0))
    }
    fn scratch_again(&self, path: &Path) -> io::Result<Box<dyn ScratchFile>> {
        let file = self.inner.scratch_again(path)?;
        Ok(self.scratch_of(file, self.inner.meta(path)?.length))
    }
    fn space(&self, folder: &Path) -> io::Result<Option<u64>> {
        self.inner.space(folder)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)
    }
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename_new(from, to)
    }
    fn take_after(&self, path: &Path, model: &Path) -> io::Result<()> {
        self.inner.take_after(path, model)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.inner.remove(path)
    }
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.inner.create_dir_all(path)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
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
        self.inner.remove_dir_all(path)
    }
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        self.inner.list(path)
    }
}

/// An error once somebody wants the run to end, before it has begun.
pub(super) fn check_signals(stop: &Stop) -> Result<()> {
    stop.reason().filter(|reason| is_signal(*reason)).map_or(Ok(()), |reason| Err(of_signal(reason)))
}

fn is_signal(reason: usize) -> bool {
    [stop::INTERRUPTED, stop::TERMINATED].contains(&reason)
}

fn of_signal(reason: usize) -> Box<Diagnostic> {
    let (code, message) = match reason {
        stop::INTERRUPTED => (codes::RUN041, "the run was interrupted"),
        _ => (codes::RUN042, "the run was told to end"),
    };
    Diagnostic::error(code, message).hint("run it again; it goes on where it can")
}
