//! Finding and reading the texts a job refers to: copybooks and rules files.
//!
//! They are part of the job, not of its data. They are looked up below the root first, and then beside the job file and
//! in the folders above it, so that a job can be pointed at any root and still finds its copybooks. A member that a
//! copybook copies is looked up beside that copybook.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::bodies::Named;
use super::copylib::{self, Folders};
use super::plan::SourceHash;
use super::text::Text;
use crate::copybook::{self, CopyLibrary};
use crate::diag::{Diagnostic, Result, Source, codes};
use crate::sys::{Fs, Root, real, sha256};

/// Largest source text.
const SIZE_MAX: u64 = 8 << 20;

/// The sources of one job.
pub(super) struct Sources<'a> {
    fs: &'a dyn Fs,
    root: &'a Root,
    job_folder: PathBuf,
    read: BTreeMap<PathBuf, Arc<Source>>,
    hashes: Vec<SourceHash>,
}

impl<'a> Sources<'a> {
    pub fn new(fs: &'a dyn Fs, root: &'a Root, job: &Path) -> Self {
        let job_folder = folder_of(job, root);
        Sources { fs, root, job_folder, read: BTreeMap::new(), hashes: Vec::new() }
    }

    /// The file system that they are read from.
    pub fn fs(&self) -> &'a dyn Fs {
        self.fs
    }

    /// Reads the source that a string of the job names.
    pub fn find(&mut self, name: &Text, what: &str) -> Result<Arc<Source>> {
        let path = self.locate(name, what).map_err(|error| error.at(&name.span, ""))?;
        self.read(&path, &name.value).map_err(|error| error.at(&name.span, ""))
    }

    /// Reads the copybook that a string of the job names, and with it the library of the members beside it.
    pub fn copybook(&mut self, name: &Text) -> Result<(Arc<Source>, impl CopyLibrary)> {
        let path = self.locate(name, "copybook").map_err(|error| error.at(&name.span, ""))?;
        let source = self.read_as(&path, &name.value, copybook::source_from_bytes);
        let source = source.map_err(|error| error.at(&name.span, ""))?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let folders = Folders::new(self.fs, vec![folder]).confined();
        Ok((source, Members { sources: self, folders }))
    }

    /// Reads a file; the same file is read once.
    pub fn read(&mut self, path: &Path, shown: &str) -> Result<Arc<Source>> {
        self.read_as(path, shown, Source::from_bytes)
    }

    fn read_as(
        &mut self,
        path: &Path,
        shown: &str,
        decode: fn(&str, Vec<u8>) -> Result<Arc<Source>>,
    ) -> Result<Arc<Source>> {
        if let Some(source) = self.read.get(path) {
            return Ok(Arc::clone(source));
        }
        let bytes = copylib::read_file(self.fs, path, shown, SIZE_MAX)?;
        self.hashes.push(SourceHash {
            name: shown.to_owned(),
            path: path.to_owned(),
            sha256: sha256(&bytes),
        });
        let source = decode(shown, bytes)?;
        self.read.insert(path.to_owned(), Arc::clone(&source));
        Ok(source)
    }

    /// True if this file is one of the sources, whatever its name was.
    pub fn has_read(&self, path: &Path) -> bool {
        self.read.keys().any(|source| real(source) == real(path))
    }

    /// Every text but that of the job, by the name of its file without its extension, as other texts write it.
    pub fn texts(&self, job: &Path) -> Vec<Named> {
        let others = self.read.iter().filter(|(path, _)| *path != job);
        let named = others.map(|(path, source)| Named {
            name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            text: source.text().to_owned(),
        });
        named.collect()
    }

    /// Name and hash of everything read.
    pub fn into_hashes(self) -> Vec<SourceHash> {
        self.hashes
    }

    /// A path as the job would write it.
    fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.job_folder) {
            Ok(inside) if !path.starts_with(self.root.path()) => inside.display().to_string(),
            _ => self.root.display(path),
        }
    }

    fn locate(&self, name: &Text, what: &str) -> Result<PathBuf> {
        let below_root = self.root.resolve(&name.value)?;
        if self.fs.meta(&below_root).is_ok() {
            return Ok(below_root);
        }
        let relative = Path::new(&name.value).is_relative();
        let beside = self.job_folder.ancestors().map(|folder| folder.join(&name.value));
        match beside.into_iter().find(|path| relative && self.fs.meta(path).is_ok()) {
            Some(path) => Ok(path),
            None => Err(Diagnostic::error(codes::JOB016, format!("there is no {what} {}", name.value))
                .note(format!("looked in {} and in the folders of the job file", self.root.path().display()))
                .hint("check the path; it begins at the root or beside the job file")),
        }
    }
}

/// The folder of the job file. Names of texts are part of what a run is held against: they must not depend on how the job file
/// was named.
fn folder_of(job: &Path, root: &Root) -> PathBuf {
    let folder = job.parent().unwrap_or(job);
    let plain =
        folder.starts_with(root.path()) && !folder.components().any(|part| part == Component::ParentDir);
    // The folder of a bare name has none.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if plain { folder.to_owned() } else { real(folder) }
}

/// The members beside a copybook of the job.
struct Members<'s, 'a> {
    sources: &'s mut Sources<'a>,
    folders: Folders<'a>,
}

impl CopyLibrary for Members<'_, '_> {
    fn find(&mut self, member: &str, library: Option<&str>) -> Result<Option<Arc<Source>>> {
        let Some(path) = self.folders.locate(member, library)? else { return Ok(None) };
        let shown = self.sources.shown(&path);
        self.sources.read_as(&path, &shown, copybook::source_from_bytes).map(Some)
    }

    fn places(&self) -> Vec<String> {
        self.folders.places()
    }
}
