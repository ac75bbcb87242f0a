//! Where the answer of a verb goes: stdout, or a file that appears complete or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::convert::Output;
use crate::dataset::Written;
use crate::diag::{Result, codes};
use crate::sys::publish::{self, Publication, Target};
use crate::sys::{Fs, PathError, RealFs, WriteFile, limits};

/// A destination, and what has to be done when all is written.
pub(super) struct Destination {
    staged: Option<(PathBuf, PathBuf, Target)>,
    closed: Arc<AtomicBool>,
}

impl Destination {
    /// A file if there is a path, else stdout. A file that exists is replaced only if `replace` says so.
    pub fn open(path: Option<&Path>, replace: bool) -> Result<(Self, Output)> {
        let closed = Arc::new(AtomicBool::new(false));
        let Some(target) = path else {
            let file = Box::new(Stdout { closed: Arc::clone(&closed) });
            return Ok((Destination { staged: None, closed }, Output { path: "stdout".into(), file }));
        };
        let disposition = if replace { Target::Replace } else { Target::New };
        publish::check_target(&RealFs, &target.display().to_string(), target, disposition).map_err(
            |error| {
                // There is no dataset here that could be declared otherwise.
                if error.code == codes::RUN002 {
                    error.hint("remove it, name another file, or say --replace")
                } else {
                    error
                }
            },
        )?;
        let (part, file) = publish::stage(&RealFs, target, &format!("p{}", limits::process_id()))?;
        let output = Output { path: part.clone(), file };
        Ok((Destination { staged: Some((part, target.to_owned(), disposition)), closed }, output))
    }

    /// True if nobody reads stdout any more.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Makes a file visible under its name.
    pub fn finish(mut self, mut file: Box<dyn WriteFile>, written: &Written) -> Result<()> {
        let Some((part, target, disposition)) = self.staged.clone() else {
            return file.flush().path_error("write", Path::new("stdout"));
        };
        file.sync().path_error("sync", &part)?;
        let content = (written.bytes, publish::content_hash(written.hash));
        publish::commit(&RealFs, &[Publication { part, target, disposition, content }])?;
        self.staged = None;
        Ok(())
    }
}

/// A conversion that did not end well leaves nothing behind.
impl Drop for Destination {
    fn drop(&mut self) {
        if let Some((part, ..)) = &self.staged {
            let _ = RealFs.remove(part);
        }
    }
}

/// Standard output. A reader that has seen enough (a closed pipe) is no error; the rest goes nowhere.
struct Stdout {
    closed: Arc<AtomicBool>,
}

impl Stdout {
    fn tolerate(&self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed.store(true, Ordering::Relaxed);
                Ok(())
            }
            result => result,
        }
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.closed.load(Ordering::Relaxed) {
            // Bytes with line ends go out as they are given; stdout would look for the last line end first.
            self.tolerate(io::stdout().lock().write_all(bytes))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tolerate(io::stdout().lock().flush())
    }
}

impl WriteFile for Stdout {
    fn sync(&mut self) -> io::Result<()> {
        self.flush()
    }
}
