//! Failures of the operating system as diagnostics.

use std::io;
use std::path::Path;

use crate::diag::{Diagnostic, Result, codes};

/// What went wrong with which path, as a user should read it. `doing` completes "cannot ...", such as "read".
pub fn io_diagnostic(doing: &str, path: &Path, error: &io::Error) -> Box<Diagnostic> {
    let shown = path.display();
    let (code, hint) = match error.kind() {
        io::ErrorKind::NotFound => (codes::RUN001, "check the path; relative paths of a job begin at --root"),
        io::ErrorKind::PermissionDenied => {
            (codes::RUN011, "check owner and mode of the file and its folders")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => (
            codes::RUN005,
            "free space on this file system and run again; no output is ever left half written",
        ),
        io::ErrorKind::ReadOnlyFilesystem => (codes::RUN011, "choose an output folder that can be written"),
        io::ErrorKind::AlreadyExists => {
            (codes::RUN002, "remove it, or declare the dataset with disp: replace")
        }
        _ => (codes::RUN004, "see the system's message; the run can be repeated once the cause is gone"),
    };
    Diagnostic::error(code, format!("cannot {doing} {shown}: {error}")).in_file(shown.to_string()).hint(hint)
}

/// Adds a path to the result of a file operation.
pub trait PathError<T> {
    /// Turns an I/O error into a diagnostic; `doing` completes "cannot ...".
    fn path_error(self, doing: &str, path: &Path) -> Result<T>;
}

impl<T> PathError<T> for io::Result<T> {
    fn path_error(self, doing: &str, path: &Path) -> Result<T> {
        self.map_err(|error| io_diagnostic(doing, path, &error))
    }
}
