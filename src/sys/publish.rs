//! Crash-safe publishing of files.
//!
//! ```text
//!   1 stage    write .NAME.RUN.part beside the target, fsync it
//!   2 prepare  the journal lists every part and its target, fsync          <- the commit point
//!   3 commit   rename every part over its target, fsync the directories
//!   4 done     the journal says so, fsync
//! ```
//!
//! A crash before 2 leaves parts that are deleted; a crash after 2 is rolled forward: a part that is still there is
//! renamed, a part that is gone has been. Every target is therefore the old file or the complete new one.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::cost::HASHING;
use super::error::{PathError, io_diagnostic};
use super::fs::{Fs, ReadFile, WriteFile};
use super::hash::Xxh3;
use crate::diag::{Diagnostic, Result, codes};

/// What may be at the target's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Nothing may be there.
    New,
    /// What is there is replaced.
    Replace,
}

/// A complete, synced part and the name it will get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The part, in the directory of the target.
    pub part: PathBuf,
    /// The final name.
    pub target: PathBuf,
    /// What may be there.
    pub disposition: Target,
    /// Size and hash (XXH3, 128 bits, hexadecimal) of the part, by which a repeated commit knows it again.
    pub content: (u64, String),
}

/// The hash of a file's content as publications keep it.
pub fn content_hash(hash: u128) -> String {
    format!("{hash:032x}")
}

/// Size and hash of bytes at hand.
pub fn content_of(bytes: &[u8]) -> (u64, String) {
    (bytes.len() as u64, content_hash(super::hash::xxh3_128(bytes)))
}

/// Opens the part for a target: `.NAME.RUN.part` in the same directory, which is made if need be. It has the mode of the file
/// that it will replace, if there is one.
pub fn stage(fs: &dyn Fs, target: &Path, run: &str) -> Result<(PathBuf, Box<dyn WriteFile>)> {
    let directory = directory_of(target);
    fs.create_dir_all(directory).path_error("make the folder", directory)?;
    let part = part_of(target, run);
    let file = fs.create_large(&part).path_error("make", &part)?;
    // Before anything is in it: what only few may read is never there for others.
    fs.take_after(&part, target).path_error("set the mode of", &part)?;
    Ok((part, file))
}

/// The part of a target: `.NAME.RUN.part` in the same directory.
pub fn part_of(target: &Path, run: &str) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    directory_of(target).join(format!(".{name}.{run}.part"))
}

/// Refuses targets that cannot be published, before any work is done: a `new` one that exists, a directory.
pub fn check_target(fs: &dyn Fs, dataset: &str, target: &Path, disposition: Target) -> Result<()> {
    let Ok(meta) = fs.meta(target) else { return check_folder(fs, dataset, target) };
    if !meta.is_file {
        return Err(Diagnostic::error(
            codes::RUN015,
            format!("output {dataset} cannot be a folder or device"),
        )
        .in_file(target.display().to_string())
        .hint("choose another path for this dataset"));
    }
    match disposition {
        Target::Replace => Ok(()),
        Target::New => Err(Diagnostic::error(codes::RUN002, format!("output {dataset} exists already"))
            .in_file(target.display().to_string())
            .hint("remove or archive it, or declare the dataset with disp: replace")),
    }
}

/// The nearest folder that exists must be one, so that the others can be made in it.
fn check_folder(fs: &dyn Fs, dataset: &str, target: &Path) -> Result<()> {
    let nearest = target.ancestors().skip(1).find_map(|path| fs.meta(path).ok().map(|meta| (path, meta)));
    match nearest {
        Some((path, meta)) if meta.is_file => Err(Diagnostic::error(
            codes::RUN015,
            format!("output {dataset} cannot be made: {} is a file", path.display()),
        )
        .in_file(target.display().to_string())
        .hint("choose another path for this dataset")),
        _ => Ok(()),
    }
}

/// Renames every part over its target and forces the names to the disk. May be repeated after a failure.
pub fn commit(fs: &dyn Fs, files: &[Publication]) -> Result<()> {
    for file in files {
        let renamed = match file.disposition {
            Target::New => fs.rename_new(&file.part, &file.target),
            Target::Replace => fs.rename(&file.part, &file.target),
        };
        if let Err(error) = renamed {
            // Gone, and the target has the content: an earlier attempt got this far.
            let moved =
                matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::AlreadyExists);
            if !moved || !is_at_target(fs, file) {
                return Err(io_diagnostic("publish", &file.target, &error));
            }
            // Where a name cannot be taken in one step, a crash may have left the part beside the finished target.
            let _ = fs.remove(&file.part);
        }
    }
    let directories: BTreeSet<&Path> = files.iter().map(|file| directory_of(&file.target)).collect();
    directories
        .into_iter()
        .try_for_each(|directory| fs.sync_dir(directory).path_error("sync the folder", directory))
}

/// True if the target is what the part was.
pub fn is_at_target(fs: &dyn Fs, file: &Publication) -> bool {
    has_content(fs, &file.target, file.content.0, &file.content.1)
}

/// True if a file has this size and hash.
pub fn has_content(fs: &dyn Fs, path: &Path, bytes: u64, hash: &str) -> bool {
    fs.meta(path).is_ok_and(|meta| meta.is_file && meta.length == bytes)
        && hash_of(fs, path).is_ok_and(|found| found == hash)
}

/// The hash of a whole file, as publications keep it.
pub fn hash_of(fs: &dyn Fs, path: &Path) -> io::Result<String> {
    content_at(fs, path).map(|(_, hash)| hash)
}

/// Bytes and hash of a whole file, as publications keep them.
pub fn content_at(fs: &dyn Fs, path: &Path) -> io::Result<(u64, String)> {
    content_read(fs.open(path)?.as_mut())
}

/// Bytes and hash of what is still to be read of a file, as publications keep them.
pub fn content_read(file: &mut dyn ReadFile) -> io::Result<(u64, String)> {
    let (mut hasher, mut bytes, mut buffer) = (Xxh3::new(), 0, Vec::with_capacity(1 << 20));
    loop {
        buffer.clear();
        match file.read_into(&mut buffer, 1 << 20)? {
            0 => return Ok((bytes, content_hash(hasher.digest128()))),
            count => bytes += count as u64,
        }
        HASHING.of(|| hasher.update(&buffer));
    }
}

/// Deletes the parts of a run that will not be published; one that is gone already is fine.
pub fn discard<'a>(fs: &dyn Fs, parts: impl IntoIterator<Item = &'a Path>) {
    for part in parts {
        // Nothing depends on it: a leftover part is ignored by everybody and removed by the next run.
        let _ = fs.remove(part);
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::sys::RealFs;
    use crate::sys::fault::{Fault, FaultFs};

    #[test]
    fn a_target_with_other_content_is_not_taken_for_done() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        std::fs::write(&target, "old").unwrap();
        let part = part_of(&target, "R1");
        let file = Publication {
            part,
            target: target.clone(),
            disposition: Target::Replace,
            content: content_of(b"new"),
        };
        assert!(commit(&RealFs, std::slice::from_ref(&file)).is_err());
        std::fs::write(&target, "new").unwrap();
        commit(&RealFs, &[file]).unwrap();
    }

    fn publish(fs: &dyn Fs, targets: &[PathBuf], disposition: Target) -> Result<()> {
        let mut files = Vec::new();
        for target in targets {
            let (part, mut file) = stage(fs, target, "R1")?;
            file.write_all(b"new").path_error("write", &part)?;
            file.sync().path_error("sync", &part)?;
            let content = content_of(b"new");
            files.push(Publication { part, target: target.clone(), disposition, content });
        }
        commit(fs, &files).or_else(|_| commit(&RealFs, &files))
    }

    #[test]
    fn each_target_is_old_or_new_whatever_fails() {
        for fault in [Fault::Once, Fault::Forever, Fault::NoSpace] {
            for fail_at in 1.. {
                let dir = tempfile::tempdir().unwrap();
                let targets = [dir.path().join("a"), dir.path().join("deep/b")];
                std::fs::write(&targets[0], "old").unwrap();
                let fs = FaultFs::new(RealFs, fault, fail_at);
                let result = publish(&fs, &targets, Target::Replace);
                let a = std::fs::read_to_string(&targets[0]).unwrap();
                let b = std::fs::read_to_string(&targets[1]).ok();
                assert!(a == "old" || a == "new", "{fault:?} at {fail_at}: {a}");
                assert!(b.is_none() || b.as_deref() == Some("new"));
                assert_eq!(result.is_ok(), a == "new" && b.is_some());
                if fs.operations() < fail_at {
                    break;
                }
            }
        }
    }

    #[test]
    fn new_never_replaces() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        publish(&RealFs, std::slice::from_ref(&target), Target::New).unwrap();
        assert!(check_target(&RealFs, "A", &target, Target::New).is_err());
        assert!(check_target(&RealFs, "A", dir.path(), Target::Replace).is_err());
        std::fs::write(&target, "kept").unwrap();
        let (part, _) = stage(&RealFs, &target, "R2").unwrap();
        let content = content_of(b"");
        let again = Publication { part, target: target.clone(), disposition: Target::New, content };
        assert_eq!(commit(&RealFs, &[again]).unwrap_err().code, codes::RUN002);
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "kept");
    }
}
