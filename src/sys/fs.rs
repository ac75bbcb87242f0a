//! The file system as the rest of offhost sees it.
//!
//! Inputs can only be read: nothing here opens an existing file for writing but [`Fs::append`], which the journal uses.

use std::io;
use std::path::{Path, PathBuf};

/// What is known about a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Bytes.
    pub length: u64,
    /// True for a regular file (not a directory, pipe or device).
    pub is_file: bool,
    /// Time of last change in nanoseconds; only compared for equality.
    pub modified: i128,
    /// Time of the last change of anything about the file, in nanoseconds. Nobody can set it back, so that it tells of a file
    /// whose `modified` was.
    pub changed: i128,
    /// Device and inode: two names of one file have the same.
    pub identity: (u64, u64),
}

/// A file open for reading.
pub trait ReadFile: io::Read + Send {
    /// Appends up to `limit` bytes to a buffer, without clearing its spare room first; 0 at the end of the file.
    fn read_into(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<usize>;
    /// Goes to an offset from the start of the file; the next bytes read are those there.
    fn seek(&mut self, offset: u64) -> io::Result<()>;
    /// What is known about the open file now.
    fn meta(&self) -> io::Result<Meta>;
}

/// A file open for sequential writing.
pub trait WriteFile: io::Write + Send {
    /// Forces the data to the disk. After a failure the file must be discarded: its pages may be gone.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file for what does not fit into memory. One without a name is gone when it is dropped, also if the process dies.
pub trait ScratchFile: Send + Sync {
    /// Writes all bytes at an offset.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Fills a buffer from an offset. Fewer bytes than that are the error `UnexpectedEof`.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
    /// Says what is going to be read soon, so that it may be fetched meanwhile.
    fn prefetch(&self, offset: u64, length: usize);
    /// Hands all that was written over to the system, so that it outlives this process, though not a crash of the machine.
    /// `end` is where it ends; answers where the next write is best begun.
    fn hand_over(&self, end: u64) -> io::Result<u64>;
}

/// The verbs offhost needs of a file system.
pub trait Fs: Send + Sync {
    /// Opens a file for reading.
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>>;
    /// Opens a pipe or device for reading from front to back. It may wait for whoever writes it.
    fn open_stream(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        self.open(path)
    }
    /// Makes a file that must not exist and opens it for writing.
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
    /// As `create_new`, for a file that may become large: as much of it as possible goes past the system's cache, which
    /// saves copying it there and waiting for it later. What was written can be read back after a flush.
    fn create_large(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
    /// Opens a file for appending, making it if need be.
    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
    /// Makes a file without a name in a folder. A large one is written from its start to its end before it is read, past the
    /// system's cache, which would hold up whoever writes more than it can pass on to the disk.
    fn scratch(&self, folder: &Path, large: bool) -> io::Result<Box<dyn ScratchFile>>;
    /// As `scratch`, under a name, which must not exist: the file stays when it is dropped.
    fn scratch_named(&self, path: &Path, large: bool) -> io::Result<Box<dyn ScratchFile>>;
    /// Opens a scratch file that has a name again.
    fn scratch_again(&self, path: &Path) -> io::Result<Box<dyn ScratchFile>>;
    /// Bytes that may still be written to the file system of a folder; `None` where it does not say.
    fn space(&self, folder: &Path) -> io::Result<Option<u64>>;
    /// Renames, replacing an existing target.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames; an existing target is the error `AlreadyExists`.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file that was just made the mode of `model`, the file that it is going to replace, and its owner and group where
    /// this process may. Nobody gets a permission that `model` does not give. Does nothing if there is no such file.
    fn take_after(&self, path: &Path, model: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a directory and those above it; the ones made are forced to the disk.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Forces the names in a directory to the disk.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// What is known about a path, symbolic links followed.
    fn meta(&self, path: &Path) -> io::Result<Meta>;
    /// Takes the exclusive lock of a file, which is made if need be, for as long as the returned guard lives. If another
    /// process has it, waits for it or returns `None`.
    fn lock(&self, path: &Path, wait: bool) -> io::Result<Option<Box<dyn Send>>>;
    /// Takes the lock of a file, which is made if need be, without waiting: alone, or shared with others who share it.
    /// `owner`, one line, is left in the file for those who find it taken. `None` if somebody has it who lets nobody in.
    fn lock_as(&self, path: &Path, shared: bool, owner: &str) -> io::Result<Option<Box<dyn Send>>>;
    /// Removes a directory and all in it.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Names in a directory, sorted.
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>>;
}
