//! The production file system.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::direct::{DirectScratch, DirectWriter, prefetch};
use super::fs::{Fs, Meta, ReadFile, ScratchFile, WriteFile};

/// Files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFs;

struct Reading(File);
struct Writing(File);
struct Scratch(File);

/// A file whose lock ends with this. Closing it would not do: a process that another thread has just forked has the file open too until
/// its program begins, and the lock lasts as long as anybody has it open (flock(2)).
struct Locked(File);

impl Drop for Locked {
    fn drop(&mut self) {
        let _ = rustix::fs::flock(&self.0, rustix::fs::FlockOperation::Unlock);
    }
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl ReadFile for Reading {
    fn read_into(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<usize> {
        Read::by_ref(&mut self.0).take(limit as u64).read_to_end(buffer)
    }

    fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(offset)).map(|_| ())
    }

    fn meta(&self) -> io::Result<Meta> {
        self.0.metadata().map(|meta| to_meta(&meta))
    }
}

impl Write for Writing {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.write(buffer)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl WriteFile for Writing {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}

impl ScratchFile for Scratch {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset)
    }
    fn prefetch(&self, offset: u64, length: usize) {
        prefetch(&self.0, offset, length);
    }
    fn hand_over(&self, end: u64) -> io::Result<u64> {
        Ok(end)
    }
}

impl Fs for RealFs {
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        // A pipe would block for ever on open; only regular files are datasets.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = File::open(path)?;
        // Advice only; a file system that does not know it changes nothing.
        let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Sequential);
        Ok(Box::new(Reading(file)))
    }

    fn open_stream(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        Ok(Box::new(Reading(File::open(path)?)))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(Writing(OpenOptions::new().write(true).create_new(true).open(path)?)))
    }

    fn create_large(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(DirectWriter::create(path)?))
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(Writing(OpenOptions::new().append(true).create(true).open(path)?)))
    }

    fn scratch(&self, folder: &Path, large: bool) -> io::Result<Box<dyn ScratchFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let unnamed =
            options.clone().custom_flags(rustix::fs::OFlags::TMPFILE.bits() as i32).mode(0o600).open(folder);
        let file = match unnamed {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
            // File systems that only know files with names: it loses its name as soon as it is open.
            Err(_) => {
                let path = scratch_name(folder);
                let file = options.create_new(true).mode(0o600).open(&path)?;
                fs::remove_file(&path)?;
                file
            }
        };
        Ok(to_scratch(file, large))
    }

    fn scratch_named(&self, path: &Path, large: bool) -> io::Result<Box<dyn ScratchFile>> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).mode(0o600).open(path)?;
        Ok(to_scratch(file, large))
    }

    fn scratch_again(&self, path: &Path) -> io::Result<Box<dyn ScratchFile>> {
        let flags = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?;
        Ok(Box::new(Scratch(file)))
    }

    fn space(&self, folder: &Path) -> io::Result<Option<u64>> {
        let found = rustix::fs::statvfs(folder)?;
        Ok(found.f_bavail.checked_mul(found.f_frsize))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            // File systems without the flag: a hard link refuses an existing name just as well.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                fs::hard_link(from, to)?;
                fs::remove_file(from)
            }
            Err(errno) => Err(errno.into()),
        }
    }

    fn take_after(&self, path: &Path, model: &Path) -> io::Result<()> {
        let wanted = match fs::metadata(model) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        let own = fs::metadata(path)?;
        if own.uid() != wanted.uid() {
            // Only root may; whoever wrote the file has it otherwise.
            let _ = chown(path, Some(wanted.uid()), None);
        }
        let same_group = own.gid() == wanted.gid() || chown(path, None, Some(wanted.gid())).is_ok();
        let mode = mode_after(wanted.mode(), same_group);
        if own.mode() & 0o7777 == mode {
            return Ok(());
        }
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let missing: Vec<&Path> =
            path.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).collect();
        fs::create_dir_all(path)?;
        missing.iter().filter_map(|made| made.parent()).try_for_each(|parent| self.sync_dir(parent))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        File::open(path)?.sync_all()
    }

    fn meta(&self, path: &Path) -> io::Result<Meta> {
        fs::metadata(path).map(|meta| to_meta(&meta))
    }

    fn lock(&self, path: &Path, wait: bool) -> io::Result<Option<Box<dyn Send>>> {
        use rustix::fs::{FlockOperation, flock};
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let operation =
            if wait { FlockOperation::LockExclusive } else { FlockOperation::NonBlockingLockExclusive };
        match flock(&file, operation) {
            Ok(()) => Ok(Some(Box::new(Locked(file)))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    fn lock_as(&self, path: &Path, shared: bool, owner: &str) -> io::Result<Option<Box<dyn Send>>> {
        use rustix::fs::{FlockOperation, flock};
        // Unlocked on every way out.
        let mut file = Locked(OpenOptions::new().append(true).create(true).open(path)?);
        let taken = |operation| match flock(&file.0, operation) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
            Err(errno) => Err(io::Error::from(errno)),
        };
        // Whoever has it alone for a moment clears away what former owners left.
        let alone = taken(FlockOperation::NonBlockingLockExclusive)?;
        if alone {
            file.0.set_len(0)?;
        }
        if shared && !taken(FlockOperation::NonBlockingLockShared)? || !shared && !alone {
            return Ok(None);
        }
        file.0.write_all(format!("{owner}\n").as_bytes())?;
        Ok(Some(Box::new(file)))
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let mut names = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }
}

fn to_scratch(file: File, large: bool) -> Box<dyn ScratchFile> {
    if large { Box::new(DirectScratch::new(file)) } else { Box::new(Scratch(file)) }
}

/// The mode of a file that takes after one with this mode. Another group gets no more than everybody had.
fn mode_after(mode: u32, same_group: bool) -> u32 {
    let mode = mode & 0o777;
    if same_group { mode } else { mode & (0o707 | (mode & 0o7) << 3) }
}

/// A name that no other scratch file of this machine has.
fn scratch_name(folder: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!(".offhost-{}-{count}.scratch", std::process::id()))
}

fn to_meta(meta: &fs::Metadata) -> Meta {
    Meta {
        length: meta.len(),
        is_file: meta.is_file(),
        modified: i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec()),
        changed: i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec()),
        identity: (meta.dev(), meta.ino()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn another_group_gets_no_more_than_everybody_had() {
        for (mode, same_group, wanted) in
            [(0o100640, true, 0o640), (0o640, false, 0o600), (0o664, false, 0o644), (0o4755, true, 0o755)]
        {
            assert_eq!(mode_after(mode, same_group), wanted, "{mode:o}");
        }
    }

    /// As under tests side by side, and in a process that runs programs: others fork all the time.
    #[test]
    fn a_lock_ends_when_it_is_dropped_whoever_forks_meanwhile() {
        let dir = tempfile::tempdir().unwrap();
        let (path, done) = (dir.path().join("lock"), AtomicBool::new(false));
        let mut taken = 0;
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let _ = std::process::Command::new("true").status();
                    }
                });
            }
            for round in 0..4000 {
                drop(RealFs.lock_as(&path, round % 2 == 0, "test").unwrap());
                drop(RealFs.lock(&path, false).unwrap());
                let mut second = RealFs.lock_as(&path, false, "test").unwrap();
                taken += usize::from(second.take().is_none());
            }
            done.store(true, Ordering::Relaxed);
        });
        assert_eq!(taken, 0, "times a lock that nobody has was taken");
    }
}
