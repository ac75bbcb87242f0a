//! Small files that are read and replaced as a whole.

use std::io::{self, Read};
use std::path::Path;

use super::error::PathError;
use super::fs::Fs;
use crate::diag::{Diagnostic, Result, codes};

/// The bytes of a file of state; `None` if there is none. One with more than `most` bytes is refused.
pub fn read_whole(fs: &dyn Fs, path: &Path, most: u64) -> Result<Option<Vec<u8>>> {
    let mut file = match fs.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.path_error("read", path)?,
    };
    let length = file.meta().path_error("read", path)?.length;
    if length > most {
        let message = format!("{} has {length} bytes, more than the {most} it may have", path.display());
        return Err(Diagnostic::error(codes::RUN004, message).hint("check what this file is"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).path_error("read", path)?;
    Ok(Some(bytes))
}

/// Replaces a file: after any crash it is the old one or the new one. Only one process may do so at a time.
pub fn replace_whole(fs: &dyn Fs, path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let part = folder.join(format!(".{name}.part"));
    match fs.remove(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(super::io_diagnostic("remove", &part, &error));
        }
        // A part that a crash left behind is worth nothing.
        _ => {}
    }
    let mut file = fs.create_new(&part).path_error("make", &part)?;
    io::Write::write_all(&mut file, bytes).path_error("write", &part)?;
    file.sync().path_error("sync", &part)?;
    drop(file);
    fs.rename(&part, path).path_error("replace", path)?;
    fs.sync_dir(folder).path_error("sync the folder", folder)
}

/// Writes a file that readers see whole: the old one or the new one. It is not forced to the disk, because it can be made
/// again, or done without.
pub fn replace_unsynced(fs: &dyn Fs, path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.{}.part", super::limits::process_id()));
    let written = fs.create_new(&part).and_then(|mut file| {
        io::Write::write_all(&mut file, bytes).and_then(|()| io::Write::flush(&mut file))
    });
    let done =
        written.path_error("write", &part).and_then(|()| fs.rename(&part, path).path_error("replace", path));
    if done.is_err() {
        let _ = fs.remove(&part);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::RealFs;
    use crate::sys::fault::{Fault, FaultFs};

    #[test]
    fn the_file_is_the_old_one_or_the_new_one() {
        for fault in [Fault::Once, Fault::Forever, Fault::NoSpace] {
            for fail_at in 1.. {
                let dir = tempfile::tempdir().unwrap();
                let path = dir.path().join("state");
                replace_whole(&RealFs, &path, b"old").unwrap();
                let fs = FaultFs::new(RealFs, fault, fail_at);
                let done = replace_whole(&fs, &path, b"newer");
                let found = read_whole(&RealFs, &path, 100).unwrap().unwrap();
                assert!(found == b"old" || found == b"newer", "{fault:?} at {fail_at}");
                assert!(done.is_err() || found == b"newer");
                if fs.operations() < fail_at {
                    break;
                }
                replace_whole(&RealFs, &path, b"newest").unwrap();
                assert_eq!(read_whole(&RealFs, &path, 100).unwrap().unwrap(), b"newest");
            }
        }
        assert_eq!(read_whole(&RealFs, Path::new("/nowhere/x"), 1).unwrap(), None);
    }

    #[test]
    fn too_large_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        std::fs::write(&path, "12345").unwrap();
        assert!(read_whole(&RealFs, &path, 4).is_err());
    }
}
