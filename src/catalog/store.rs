//! The catalog on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::base::Base;
use super::history::{self, HistoryLine};
use super::view::View;
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::hash::xxh3_128;
use crate::sys::{Fs, PathError, Root, STATE_FOLDER, read_whole, replace_whole};

/// Largest catalog that is read.
const SIZE_MAX: u64 = 1 << 30;
/// Version of the file's form.
const VERSION: u32 = 1;

/// What the catalog holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CatalogFile {
    /// Number of the last change.
    pub serial: u64,
    /// Generation data groups by name.
    pub bases: BTreeMap<String, Base>,
    /// Names of datasets and their paths relative to the root.
    pub datasets: BTreeMap<String, String>,
    /// The line that the last change has in the history.
    #[serde(default)]
    pub(super) line: Option<String>,
}

impl CatalogFile {
    /// A catalog that holds what a view does.
    pub fn of_view(view: &View) -> CatalogFile {
        CatalogFile { bases: view.bases.clone(), datasets: view.datasets.clone(), ..CatalogFile::default() }
    }
}

/// The file as it is on disk: the catalog and the hash of its JSON, by which damage is found.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    version: u32,
    xxh3: String,
    catalog: Value,
}

/// The catalog below a root.
#[derive(Clone, Copy)]
pub struct Catalog<'a> {
    pub(super) fs: &'a dyn Fs,
    pub(super) root: &'a Root,
}

impl<'a> Catalog<'a> {
    /// The catalog of this root; nothing is read or made yet.
    pub fn new(fs: &'a dyn Fs, root: &'a Root) -> Self {
        Catalog { fs, root }
    }

    /// The folder where it is kept.
    pub fn folder(&self) -> PathBuf {
        self.root.path().join(STATE_FOLDER).join("catalog")
    }

    fn path(&self) -> PathBuf {
        self.folder().join("catalog.json")
    }

    fn history_path(&self) -> PathBuf {
        self.folder().join("history.jsonl")
    }

    /// What it holds now; empty if nothing was ever defined.
    ///
    /// # Errors
    /// `CAT001`, if it cannot be understood, or is gone although its history tells of changes.
    pub fn read(&self) -> Result<CatalogFile> {
        let path = self.path();
        match read_whole(self.fs, &path, SIZE_MAX)? {
            // The history is only ever written after the catalog itself.
            None if self.has_history() => Err(broken(&path, "the catalog is gone".to_owned())),
            None => Ok(CatalogFile::default()),
            Some(bytes) => unsealed(&bytes)
                .map_err(|why| broken(&path, format!("the catalog cannot be understood: {why}"))),
        }
    }

    fn has_history(&self) -> bool {
        self.fs.meta(&self.history_path()).is_ok_and(|meta| meta.length > 0)
    }

    /// Every change that was made, after the chain of hashes has been verified.
    pub fn history(&self) -> Result<Vec<HistoryLine>> {
        history::read(self.fs, &self.history_path())
    }

    /// True if the bases of a view are still as the view has them.
    ///
    /// # Errors
    /// `CAT004`, if they are not.
    pub fn check_current(&self, view: &View) -> Result<()> {
        if view.bases.is_empty() {
            return Ok(());
        }
        match view.differs_from(&self.read()?.bases) {
            None => Ok(()),
            Some(base) => {
                let message = format!("the generations of {base} changed since this run's plan was made");
                Err(Diagnostic::error(codes::CAT004, message)
                    .note("another run, or offhost catalog, entered or dropped one meanwhile")
                    .hint("run again; the plan is made anew"))
            }
        }
    }

    /// Makes one change: under the lock, as a whole, with its line in the history. If `change` returns no description there
    /// was nothing to do and nothing is written.
    pub(super) fn update<T>(
        &self,
        change: impl FnOnce(&mut CatalogFile) -> Result<(T, Option<Value>)>,
    ) -> Result<T> {
        let folder = self.folder();
        self.fs.create_dir_all(&folder).path_error("make the folder", &folder)?;
        let lock = folder.join("lock");
        let _locked = self.fs.lock(&lock, true).path_error("lock", &lock)?;
        let mut file = self.read()?;
        // The last change may have been cut off before its line was written.
        if let Some(line) = &file.line {
            history::append(self.fs, &self.history_path(), line)?;
        }
        let (result, description) = change(&mut file)?;
        if let Some(description) = description {
            file.serial += 1;
            let line = history::line(file.serial, &description, file.line.as_deref());
            file.line = Some(line.clone());
            replace_whole(self.fs, &self.path(), &sealed(&file)?)?;
            history::append(self.fs, &self.history_path(), &line)?;
        }
        Ok(result)
    }
}

fn sealed(file: &CatalogFile) -> Result<Vec<u8>> {
    let catalog = serde_json::to_value(file).map_err(|error| internal(&error))?;
    let xxh3 = hash_of(&catalog);
    let mut bytes = serde_json::to_vec_pretty(&Sealed { version: VERSION, xxh3, catalog })
        .map_err(|error| internal(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn unsealed(bytes: &[u8]) -> std::result::Result<CatalogFile, String> {
    let sealed: Sealed = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if sealed.version != VERSION {
        return Err(format!("it has version {} and this program knows version {VERSION}", sealed.version));
    }
    if hash_of(&sealed.catalog) != sealed.xxh3 {
        return Err("its content is not what was written: the hash differs".to_owned());
    }
    let file: CatalogFile = serde_json::from_value(sealed.catalog).map_err(|error| error.to_string())?;
    check_names(&file)?;
    Ok(file)
}

/// A name twice in one base would make two generations of one file.
fn check_names(file: &CatalogFile) -> std::result::Result<(), String> {
    for (name, base) in &file.bases {
        for (index, generation) in base.generations.iter().enumerate() {
            if base.generations[..index].iter().any(|other| other.name == generation.name) {
                return Err(format!("{name} has the generation {} twice", generation.name));
            }
        }
    }
    Ok(())
}

/// `Value` keeps its keys in order, so that equal catalogs have equal texts.
fn hash_of(catalog: &Value) -> String {
    format!("{:032x}", xxh3_128(catalog.to_string().as_bytes()))
}

fn broken(path: &Path, message: String) -> Box<Diagnostic> {
    Diagnostic::error(codes::CAT001, message)
        .in_file(path.display().to_string())
        .note("nothing was changed; history.jsonl beside it tells every change that was made")
        .hint(
            "put back a copy of catalog.json; to begin a new catalog, move both files away and enter the generations anew \
             with offhost catalog define BASE --adopt",
        )
}

fn internal(error: &serde_json::Error) -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, format!("the catalog cannot be written: {error}"))
        .hint("this is a defect of offhost; please report it")
}
