//! Where the answer of a verb goes: stdout, or a file that appears complete or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::diag::Result;
use crate::sys::publish::{self, Publication, Target};
use crate::sys::{Fs, PathError, RealFs, WriteFile, limits};

/// An open destination.
pub(super) struct Destination {
    file: Option<Staged>,
    written: u64,
    closed: bool,
}

struct Staged {
    part: PathBuf,
    target: PathBuf,
    disposition: Target,
    file: Box<dyn WriteFile>,
    hash: Xxh3,
}

impl Destination {
    /// A file if there is a path, else stdout. A file that exists is replaced only if `replace` says so.
    pub fn open(path: Option<&Path>, replace: bool) -> Result<Self> {
        let Some(target) = path else { return Ok(Destination { file: None, written: 0, closed: false }) };
        let disposition = if replace { Target::Replace } else { Target::New };
        publish::check_target(&RealFs, "of the conversion", target, disposition)?;
        let (part, file) = publish::stage(&RealFs, target, &format!("p{}", limits::process_id()))?;
        let target = target.to_owned();
        let staged = Staged { part, target, disposition, file, hash: Xxh3::new() };
        Ok(Destination { file: Some(staged), written: 0, closed: false })
    }

    /// Appends bytes. A closed pipe ends the interest in the answer; it is no error.
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        match &mut self.file {
            Some(staged) => {
                staged.hash.update(bytes);
                staged.file.write_all(bytes).path_error("write", &staged.part)
            }
            None if self.closed => Ok(()),
            None => match std::io::stdout().lock().write_all(bytes) {
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                    self.closed = true;
                    Ok(())
                }
                result => result.path_error("write", Path::new("stdout")),
            },
        }
    }

    /// True if nobody reads what is written.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Makes the file visible under its name.
    pub fn finish(mut self) -> Result<()> {
        let Some(mut staged) = self.file.take() else {
            return match std::io::stdout().lock().flush() {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    Err(error).path_error("write", Path::new("stdout"))
                }
                _ => Ok(()),
            };
        };
        staged.file.sync().path_error("sync", &staged.part)?;
        let content = (self.written, publish::content_hash(staged.hash.digest128()));
        let Staged { part, target, disposition, .. } = staged;
        let result = publish::commit(&RealFs, &[Publication { part: part.clone(), target, disposition, content }]);
        if result.is_err() {
            let _ = RealFs.remove(&part);
        }
        result
    }
}

/// A conversion that did not end well leaves nothing behind.
impl Drop for Destination {
    fn drop(&mut self) {
        if let Some(staged) = &self.file {
            let _ = RealFs.remove(&staged.part);
        }
    }
}
