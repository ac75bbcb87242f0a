//! What runs kept.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::object::{Content, is_there, pack, unpack};
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::{Fs, PathError, Root, STATE_FOLDER, WriteFile, clock, limits, read_whole};

/// Largest list of what a run kept.
const LIST_MAX: u64 = 1 << 28;

/// The archive below a root.
#[derive(Clone, Copy)]
pub struct Archive<'a> {
    pub(super) fs: &'a dyn Fs,
    pub(super) root: &'a Root,
}

/// What a file was to the run that kept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptAs {
    /// The job file, rules, a copybook, a calendar.
    Text,
    /// A dataset that was read.
    Input,
    /// A dataset that was published.
    Output,
}

/// A file that a run kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What it was.
    pub role: KeptAs,
    /// The dataset, or the text as the job names it.
    pub name: String,
    /// Where it was.
    pub path: PathBuf,
    /// Bytes.
    pub bytes: u64,
    /// XXH3 (128 bits, hexadecimal), as journals have it.
    pub hash: String,
    /// SHA-256, by which the content is kept.
    pub sha256: String,
    /// When, UTC.
    pub time: String,
}

/// Takes what one run keeps.
pub struct Shelf<'a> {
    archive: Archive<'a>,
    run: String,
}

/// Parts that this process made.
static PARTS: AtomicU64 = AtomicU64::new(0);

impl<'a> Archive<'a> {
    /// The archive of this root; nothing is read or made yet.
    pub fn new(fs: &'a dyn Fs, root: &'a Root) -> Self {
        Archive { fs, root }
    }

    /// The folder where it is kept.
    pub fn folder(&self) -> PathBuf {
        self.root.path().join(STATE_FOLDER).join("archive")
    }

    pub(super) fn objects(&self) -> PathBuf {
        self.folder().join("objects")
    }

    pub(super) fn lists(&self) -> PathBuf {
        self.folder().join("runs")
    }

    /// Where the object of a content is.
    pub fn object(&self, sha256: &str) -> PathBuf {
        self.objects().join(sha256.get(..2).unwrap_or("__")).join(format!("{sha256}.lz4"))
    }

    /// True if a content is kept.
    pub fn has(&self, sha256: &str) -> bool {
        is_there(self.fs, &self.object(sha256))
    }

    /// Runs that kept something, by name.
    pub fn runs(&self) -> Vec<String> {
        self.runs_or_error().unwrap_or_default()
    }

    pub(super) fn runs_or_error(&self) -> Result<Vec<String>> {
        let lists = self.lists();
        match self.fs.list(&lists) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(crate::sys::io_diagnostic("list", &lists, &error))
            }
            listed => {
                let name =
                    |path: &PathBuf| Some(path.file_name()?.to_str()?.strip_suffix(".jsonl")?.to_owned());
                Ok(listed.unwrap_or_default().iter().filter_map(name).collect())
            }
        }
    }

    /// What a run kept; nothing if it kept nothing. A line that a crash tore is left out: its file was not kept.
    pub fn kept(&self, run: &str) -> Result<Vec<Kept>> {
        let path = self.list(run);
        let bytes = read_whole(self.fs, &path, LIST_MAX)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let mut kept: Vec<Kept> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            match serde_json::from_str::<Kept>(line) {
                Ok(one) => {
                    // A run that was gone on with has read what was there then.
                    let same = |other: &Kept| {
                        (other.role, &other.name, &other.path) == (one.role, &one.name, &one.path)
                    };
                    kept.retain(|other| !same(other));
                    kept.push(one);
                }
                Err(_) if !line.ends_with('}') => {}
                Err(error) => {
                    let message =
                        format!("line {} of what a run kept cannot be understood: {error}", index + 1);
                    return Err(Diagnostic::error(codes::ARC001, message)
                        .in_file(path.display().to_string())
                        .hint("put back a copy of it, or remove it if the run need not be done again"));
                }
            }
        }
        Ok(kept)
    }

    /// When a run last kept something, in nanoseconds, as files have it.
    pub fn kept_at(&self, run: &str) -> Option<i128> {
        self.fs.meta(&self.list(run)).ok().map(|meta| meta.modified)
    }

    pub(super) fn list(&self, run: &str) -> PathBuf {
        self.lists().join(format!("{run}.jsonl"))
    }

    /// Writes a content to a file that must not exist.
    ///
    /// # Errors
    /// `ARC002` if it is not kept, `ARC001` if it is damaged.
    pub fn take_out(&self, sha256: &str, to: &Path) -> Result<()> {
        let folder = to.parent().unwrap_or(to);
        self.fs.create_dir_all(folder).path_error("make the folder", folder)?;
        let mut file = self.fs.create_new(to).path_error("make", to)?;
        self.write_out(sha256, &mut file, to)?;
        file.flush().path_error("write", to)?;
        file.sync().path_error("sync", to)
    }

    /// As [`Archive::take_out`], into memory: for texts.
    pub fn bytes_of(&self, sha256: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write_out(sha256, &mut bytes, Path::new(sha256))?;
        Ok(bytes)
    }

    pub(super) fn write_out(&self, sha256: &str, to: &mut dyn Write, shown: &Path) -> Result<()> {
        let path = self.object(sha256);
        let object = match self.fs.open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(gone(sha256)),
            opened => opened.path_error("read", &path)?,
        };
        unpack(object, &path, sha256, to, shown).map(|_| ())
    }

    /// The shelf of a run.
    pub fn shelf(&self, run: &str) -> Shelf<'a> {
        Shelf { archive: *self, run: run.to_owned() }
    }

    /// Sees to it that nobody keeps or removes anything as long as the answer lives.
    pub fn locked(&self) -> Result<Option<Box<dyn Send>>> {
        let folder = self.folder();
        self.fs.create_dir_all(&folder).path_error("make the folder", &folder)?;
        let lock = folder.join("lock");
        self.fs.lock(&lock, true).path_error("lock", &lock)
    }
}

impl Shelf<'_> {
    /// Keeps a file as it is now. Returns what was found in it.
    pub fn keep(&self, role: KeptAs, name: &str, path: &Path) -> Result<Kept> {
        let mut file = self.archive.fs.open(path).path_error("read", path)?;
        self.keep_read(role, name, path, &mut file)
    }

    fn keep_read(&self, role: KeptAs, name: &str, path: &Path, from: &mut dyn std::io::Read) -> Result<Kept> {
        let Archive { fs, .. } = self.archive;
        let objects = self.archive.objects();
        fs.create_dir_all(&objects).path_error("make the folder", &objects)?;
        let number = PARTS.fetch_add(1, Ordering::Relaxed);
        let part = objects.join(format!(".{}-{number}.part", limits::process_id()));
        let file = fs.create_large(&part).path_error("make", &part)?;
        let stored = pack(from, path, &part, file).and_then(|content| {
            let kept = self.entry(role, name, path, &content);
            self.place(&part, &kept)?;
            Ok(kept)
        });
        if stored.is_err() {
            // What is left of it is removed by the next pruning if it resists now.
            let _ = fs.remove(&part);
        }
        stored
    }

    fn entry(&self, role: KeptAs, name: &str, path: &Path, content: &Content) -> Kept {
        Kept {
            role,
            name: name.to_owned(),
            path: path.to_owned(),
            bytes: content.bytes,
            hash: content.hash.clone(),
            sha256: content.sha256.clone(),
            time: clock::timestamp(),
        }
    }

    /// Gives a part its name, unless its content is there, and writes the line that refers to it.
    fn place(&self, part: &Path, kept: &Kept) -> Result<()> {
        let Archive { fs, .. } = self.archive;
        let _locked = self.archive.locked()?;
        let object = self.archive.object(&kept.sha256);
        if is_there(fs, &object) {
            fs.remove(part).path_error("remove", part)?;
        } else {
            let folder = object.parent().unwrap_or(&object);
            fs.create_dir_all(folder).path_error("make the folder", folder)?;
            fs.rename(part, &object).path_error("name", &object)?;
            fs.sync_dir(folder).path_error("sync the folder", folder)?;
        }
        self.note(kept)
    }

    fn note(&self, kept: &Kept) -> Result<()> {
        let Archive { fs, .. } = self.archive;
        let (lists, path) = (self.archive.lists(), self.archive.list(&self.run));
        fs.create_dir_all(&lists).path_error("make the folder", &lists)?;
        let line = serde_json::to_string(kept).map_err(|error| {
            Diagnostic::error(codes::RUN010, format!("what a run kept cannot be written: {error}"))
                .hint("this is a defect of offhost; please report it")
        })?;
        let mut file: Box<dyn WriteFile> = fs.append(&path).path_error("open", &path)?;
        // The line feed before it ends a line that a crash tore.
        file.write_all(format!("\n{line}\n").as_bytes()).path_error("write", &path)?;
        file.sync().path_error("sync", &path)
    }
}

fn gone(sha256: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::ARC002, format!("the archive has no content {sha256}"))
        .hint("it was pruned, or never kept: see archive: in the job")
}
