//! Finding and reading the texts a job refers to: copybooks and rules files.
//!
//! They are part of the job, not of its data. They are looked up below the root first, and then beside the job file and
//! in the folders above it, so that a job can be pointed at any root and still finds its copybooks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::plan::SourceHash;
use super::text::Text;
use crate::diag::{Diagnostic, Result, Source, codes};
use crate::sys::{Fs, PathError, Root};

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
        let job_folder = job.parent().map(Path::to_owned).unwrap_or_default();
        Sources { fs, root, job_folder, read: BTreeMap::new(), hashes: Vec::new() }
    }

    /// Reads the source that a string of the job names.
    pub fn find(&mut self, name: &Text, what: &str) -> Result<Arc<Source>> {
        let path = self.locate(name, what).map_err(|error| error.at(&name.span, ""))?;
        self.read(&path, &name.value).map_err(|error| error.at(&name.span, ""))
    }

    /// Reads a file; the same file is read once.
    pub fn read(&mut self, path: &Path, shown: &str) -> Result<Arc<Source>> {
        if let Some(source) = self.read.get(path) {
            return Ok(Arc::clone(source));
        }
        let mut file = self.fs.open(path).path_error("read", path)?;
        let length = file.meta().path_error("read", path)?.length;
        if length > SIZE_MAX {
            return Err(Diagnostic::error(
                codes::JOB017,
                format!("{shown} has {length} bytes, too many for a source text"),
            )
            .hint("check that this is the right file"));
        }
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).path_error("read", path)?;
        self.hashes.push(SourceHash { name: shown.to_owned(), sha256: hex_of(&Sha256::digest(&bytes)) });
        let source = Source::from_bytes(shown, bytes)?;
        self.read.insert(path.to_owned(), Arc::clone(&source));
        Ok(source)
    }

    /// True if this file is one of the sources, whatever its name was.
    pub fn has_read(&self, path: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.read.keys().any(|source| real(source) == real(path))
    }

    /// Name and hash of everything read.
    pub fn into_hashes(self) -> Vec<SourceHash> {
        self.hashes
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

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
