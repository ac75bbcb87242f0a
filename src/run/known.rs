//! What is known of the contents of files before a run reads them. Whoever has hashed a file leaves a note of its hash with what
//! tells the file from a changed one; a plan that finds the file like that has the hash in it, and what is read must have it too.
//!
//! ```text
//!   .offhost/known/NAME   a file, its stamp, its hash, and who found that
//! ```
//!
//! Notes are written when a run ends, when it publishes or archives, and when a generation is adopted. They are hints and nothing
//! depends on them: where one is missing, torn or stale, a hash is not known before its file is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::frozen::{FrozenPlan, Stamp};
use super::guard::GuardedFs;
use super::history::InputEntry;
use super::locks::file_name;
use super::observe::Observer;
use super::paths::Paths;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::Plan;
use crate::sys::publish::Publication;
use crate::sys::{Fs, PathError, Root, clock, read_whole, replace_unsynced};

/// Largest note that is read.
const SIZE_MAX: u64 = 1 << 16;

/// The hash of a file of an input, as a plan has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputHash {
    /// XXH3 (128 bits, hexadecimal); none if it is not known before the file is read.
    pub xxh3: Option<String>,
    /// Where it is from.
    pub source: HashSource,
    /// The run that found it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

/// Where the hash of an input is from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HashSource {
    /// Nobody knows it yet; the journal has it as soon as the file was read.
    #[default]
    NotKnown,
    /// A run published the file.
    Published,
    /// A run read the file from its start to its end.
    Read,
    /// A run archived the file.
    Archived,
    /// The catalog, which adopted the file as a generation.
    Catalog,
    /// The run itself, before its first step.
    HashedFirst,
}

impl InputHash {
    fn of(xxh3: &str, source: HashSource, run: Option<&str>) -> InputHash {
        InputHash { xxh3: Some(xxh3.to_owned()), source, run: run.map(str::to_owned) }
    }

    /// One that a step of a run has read.
    pub(super) fn read_by(run: &str, xxh3: &str) -> InputHash {
        InputHash::of(xxh3, HashSource::Read, Some(run))
    }

    /// Where it is from, for people.
    pub fn words(&self) -> String {
        let run = self.run.as_deref().unwrap_or("a run");
        match self.source {
            HashSource::NotKnown => "not known before it is read".to_owned(),
            HashSource::Published => format!("published by {run}"),
            HashSource::Read => format!("read by {run}"),
            HashSource::Archived => format!("archived by {run}"),
            HashSource::Catalog => "the catalog".to_owned(),
            HashSource::HashedFirst => "hashed before the first step".to_owned(),
        }
    }
}

/// A note.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    file: PathBuf,
    found: Stamp,
    #[serde(flatten)]
    hash: InputHash,
    time: String,
}

/// The notes of a root.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    fs: &'a dyn Fs,
    paths: &'a Paths,
}

impl<'a> Known<'a> {
    /// The notes below these paths; nothing is read yet.
    pub fn new(fs: &'a dyn Fs, paths: &'a Paths) -> Self {
        Known { fs, paths }
    }

    /// The hash of a file that has this stamp now.
    pub fn of(&self, file: &Path, now: &Stamp) -> Option<InputHash> {
        let note = self.note_of(file)?;
        (note.found == *now).then_some(note.hash)
    }

    /// Notes what a run has published.
    pub fn published<'p>(&self, run: &str, files: impl IntoIterator<Item = &'p Publication>) {
        for file in files {
            let (bytes, hash) = &file.content;
            let Some(now) = Stamp::of(self.fs, &file.target).filter(|now| now.bytes == *bytes) else {
                continue;
            };
            self.note(&file.target, &now, InputHash::of(hash, HashSource::Published, Some(run)));
        }
    }

    /// Notes what steps of a run have read to its end.
    pub fn read(&self, run: &str, files: &[InputEntry]) {
        for file in files {
            let Some((_, hash)) = file.content() else { continue };
            // Who published or archived a file says more of it than who read it.
            if self.of(&file.path, &file.found).is_none_or(|known| known.xxh3.as_deref() != Some(hash)) {
                self.note_if_same(&file.path, &file.found, InputHash::read_by(run, hash));
            }
        }
    }

    /// Notes what a run has archived.
    pub fn archived(&self, run: &str, file: &Path, found: &Stamp, hash: &str) -> InputHash {
        let hash = InputHash::of(hash, HashSource::Archived, Some(run));
        self.note_if_same(file, found, hash.clone());
        hash
    }

    /// Removes notes of files that are gone.
    pub fn sweep(&self) {
        for path in self.fs.list(&self.paths.known()).unwrap_or_default() {
            let gone = |note: Note| self.fs.meta(&note.file).is_err();
            if read_note(self.fs, &path).is_none_or(gone) {
                let _ = self.fs.remove(&path);
            }
        }
    }

    fn note_of(&self, file: &Path) -> Option<Note> {
        read_note(self.fs, &self.place(file)).filter(|note| note.file == file)
    }

    /// Notes what was in a file that had this stamp when it was read, if it has it still.
    fn note_if_same(&self, file: &Path, found: &Stamp, hash: InputHash) {
        if Stamp::of(self.fs, file).as_ref() == Some(found) {
            self.note(file, found, hash);
        }
    }

    /// A run is what it is, whether this can be noted or not.
    fn note(&self, file: &Path, found: &Stamp, hash: InputHash) {
        let note = Note { file: file.to_owned(), found: found.clone(), hash, time: clock::timestamp() };
        let Ok(text) = serde_json::to_string(&note) else { return };
        if self.fs.create_dir_all(&self.paths.known()).is_ok() {
            let _ = replace_unsynced(self.fs, &self.place(file), format!("{text}\n").as_bytes());
        }
    }

    fn place(&self, file: &Path) -> PathBuf {
        self.paths.known().join(file_name(&self.paths.root().display(file)))
    }
}

fn read_note(fs: &dyn Fs, path: &Path) -> Option<Note> {
    serde_json::from_slice(&read_whole(fs, path, SIZE_MAX).ok()??).ok()
}

/// Puts into a plan what is known of its inputs. What `then`, the plan of an earlier attempt, says of a file that is as it was
/// stays, so that a restart has what the run was begun with. Without notes and without `then` nothing is known.
pub(super) fn plan_hashes(known: Option<Known<'_>>, plan: &mut FrozenPlan, then: Option<&FrozenPlan>) {
    for (name, dataset) in plan.datasets.iter_mut().filter(|(_, dataset)| dataset.role == "input") {
        let old = then.and_then(|then| then.datasets.get(name));
        let hash = |(file, now): (&PathBuf, &Stamp)| {
            let old = old.filter(|old| old.found.get(file) == Some(now));
            let hash = match old {
                Some(old) => old.hashes.get(file).cloned(),
                None => known.and_then(|known| known.of(file, now)),
            };
            (file.clone(), hash.unwrap_or_default())
        };
        dataset.hashes = dataset.found.iter().map(hash).collect();
    }
}

/// What a plan would know of the files of its inputs, if it were frozen now; `then` is that of the run that it goes on with.
pub fn known_hashes(
    fs: &dyn Fs,
    plan: &Plan,
    root: &Root,
    then: Option<&FrozenPlan>,
) -> BTreeMap<PathBuf, InputHash> {
    let paths = Paths::of(root);
    let mut frozen = FrozenPlan::of(fs, plan, root, "", "");
    plan_hashes(Some(Known::new(fs, &paths)), &mut frozen, then);
    frozen.datasets.into_values().flat_map(|dataset| dataset.hashes).collect()
}

/// Notes the generations that the catalog has adopted: it has just hashed them.
///
/// # Errors
/// If the catalog cannot be read.
pub fn note_adopted(fs: &dyn Fs, root: &Root, base: &str) -> Result<()> {
    let paths = Paths::of(root);
    let catalog = crate::catalog::Catalog::new(fs, root).read()?;
    let Some(base) = catalog.bases.get(base) else { return Ok(()) };
    for generation in &base.generations {
        let file = root.path().join(base.file(generation.name));
        if let Some(now) = Stamp::of(fs, &file).filter(|now| now.bytes == generation.bytes) {
            let hash = InputHash::of(&generation.hash, HashSource::Catalog, generation.run.as_deref());
            Known::new(fs, &paths).note(&file, &now, hash);
        }
    }
    Ok(())
}

/// Puts into a plan the hashes of inputs that it does not have yet, by reading those files. Returns how many there were.
///
/// # Errors
/// Of reading; `RUN031` if a file changes meanwhile; those of the guard if the run is to end.
pub(super) fn hash_first(
    fs: &GuardedFs<'_>,
    plan: &mut FrozenPlan,
    observer: &dyn Observer,
) -> Result<usize> {
    let mut done: BTreeMap<PathBuf, InputHash> = BTreeMap::new();
    for (name, dataset) in &mut plan.datasets {
        for (file, hash) in dataset.hashes.iter_mut().filter(|(_, hash)| hash.xxh3.is_none()) {
            // What flows through a pipe could not be read again.
            let is_file = fs.meta(file).is_ok_and(|meta| meta.is_file);
            let Some(found) = dataset.found.get(file).filter(|_| is_file) else { continue };
            if !done.contains_key(file) {
                observer.note(&format!("hashing {name} first, {} bytes", found.bytes));
                done.insert(file.clone(), hash_now(fs, name, file, found)?);
            }
            hash.clone_from(&done[file]);
        }
    }
    Ok(done.len())
}

fn hash_now(fs: &GuardedFs<'_>, name: &str, file: &Path, found: &Stamp) -> Result<InputHash> {
    let content = fs.content_of(file);
    fs.guard().check()?;
    let (_, hash) = content.path_error("read", file)?;
    if Stamp::of(fs, file).as_ref() != Some(found) {
        return Err(Diagnostic::error(
            codes::RUN031,
            format!("input {name} was changed while it was hashed"),
        )
        .in_file(file.display().to_string())
        .hint("let the program that writes it finish first, and run again"));
    }
    Ok(InputHash::of(&hash, HashSource::HashedFirst, None))
}

/// The error of an input in which there is something else than its hash says.
pub(super) fn contradicted(name: &str, file: &Path, planned: &InputHash, read: &str) -> Box<Diagnostic> {
    let known = planned.xxh3.as_deref().unwrap_or("none");
    Diagnostic::error(codes::RUN048, format!("input {name} is not what was known of it before it was read"))
        .in_file(file.display().to_string())
        .note(format!("known: {known}, {}", planned.words()))
        .note(format!("read:  {read}"))
        .note(match planned.source {
            HashSource::HashedFirst => "it was changed since then",
            _ => "its size and times are those of then: somebody set them back, or the disk altered it",
        })
        .hint("put back the file as it was and run again; if it is meant as it is now, add --accept-changes")
}
