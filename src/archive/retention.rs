//! How long things stay in the archive, and whether they are what they were.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::shelf::{Archive, Kept};
use crate::diag::Result;
use crate::sys::PathError;

/// A part older than this belongs to a process that died.
const PART_AGE: i128 = 24 * 3600 * 1_000_000_000;

/// What a pruning removed, or would remove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Runs that cannot be done again from the archive any more.
    pub runs: Vec<String>,
    /// SHA-256 of the contents that no other run refers to.
    pub contents: Vec<String>,
    /// Bytes that they took on the disk.
    pub bytes: u64,
}

/// Is told of a pruning before it happens.
pub type Record<'a> = &'a dyn Fn(&Pruned) -> Result<()>;

impl Pruned {
    /// True if nothing goes.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.contents.is_empty()
    }
}

/// Something wrong in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The run that kept it; none for an object that nobody refers to.
    pub run: Option<String>,
    /// The file it was, or the object.
    pub name: String,
    /// What is wrong.
    pub what: String,
}

impl Archive<'_> {
    /// Removes what was kept by runs that `leaves` says of, with the contents that no other run refers to. `now` is the time in
    /// nanoseconds, as files have it. `record` is told of everything before the first of it goes; if it fails, nothing does.
    pub fn prune(
        &self,
        leaves: &dyn Fn(&str, &[Kept]) -> bool,
        now: i128,
        record: Option<Record<'_>>,
    ) -> Result<Pruned> {
        let _locked = self.locked()?;
        let (mut pruned, mut wanted) = (Pruned::default(), BTreeSet::new());
        // What cannot be read must not make objects look like nobody's.
        for run in self.runs_or_error()? {
            let kept = self.kept(&run)?;
            if leaves(&run, &kept) {
                pruned.runs.push(run);
            } else {
                wanted.extend(kept.into_iter().map(|kept| kept.sha256));
            }
        }
        let unwanted = |object: &PathBuf| !wanted.contains(&sha256_of(object));
        let objects: Vec<PathBuf> = self.stored().into_iter().filter(unwanted).collect();
        pruned.contents = objects.iter().map(|object| sha256_of(object)).collect();
        pruned.bytes =
            objects.iter().filter_map(|object| self.fs.meta(object).ok()).map(|meta| meta.length).sum();
        let Some(record) = record else { return Ok(pruned) };
        if !pruned.is_empty() {
            record(&pruned)?;
        }
        // Lists go first, and are gone for good: an object without a list is removed later, a list without its object would
        // promise too much.
        pruned.runs.iter().try_for_each(|run| self.remove(&self.list(run)))?;
        if !pruned.runs.is_empty() {
            let lists = self.lists();
            self.fs.sync_dir(&lists).path_error("sync the folder", &lists)?;
        }
        objects.iter().try_for_each(|object| self.remove(object))?;
        for part in self.parts() {
            if self.fs.meta(&part).is_ok_and(|meta| now - meta.modified > PART_AGE) {
                self.remove(&part)?;
            }
        }
        Ok(pruned)
    }

    /// Takes out every content, to nowhere, and looks whether every file of every list has one. Returns how many are well, and
    /// what is not.
    pub fn verify(&self) -> Result<(usize, Vec<Trouble>)> {
        let mut troubles = Vec::new();
        let mut wanted = BTreeSet::new();
        for run in self.runs() {
            match self.kept(&run) {
                Ok(kept) => {
                    for one in kept {
                        if !self.has(&one.sha256) {
                            let what = "its content is gone".to_owned();
                            troubles.push(Trouble { run: Some(run.clone()), name: one.name, what });
                        }
                        wanted.insert(one.sha256);
                    }
                }
                Err(error) => {
                    troubles.push(Trouble { run: Some(run.clone()), name: run, what: error.message })
                }
            }
        }
        let mut well = 0;
        for object in self.stored() {
            match self.write_out(&sha256_of(&object), &mut io::sink(), &object) {
                Ok(()) => well += 1,
                Err(error) => {
                    let name = self.root.display(&object);
                    troubles.push(Trouble { run: None, name, what: error.message });
                }
            }
        }
        Ok((well, troubles))
    }

    /// How many contents there are, and what they take on the disk.
    pub fn size(&self) -> (usize, u64) {
        let sizes = self.stored().into_iter().filter_map(|object| self.fs.meta(&object).ok());
        sizes.fold((0, 0), |(count, bytes), meta| (count + 1, bytes + meta.length))
    }

    fn stored(&self) -> Vec<PathBuf> {
        let folders = self.fs.list(&self.objects()).unwrap_or_default();
        let files = folders.iter().flat_map(|folder| self.fs.list(folder).unwrap_or_default());
        files.filter(|path| path.extension().is_some_and(|ending| ending == "lz4")).collect()
    }

    fn parts(&self) -> Vec<PathBuf> {
        let listed = self.fs.list(&self.objects()).unwrap_or_default();
        listed.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "part")).collect()
    }

    fn remove(&self, path: &Path) -> Result<()> {
        match self.fs.remove(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.path_error("remove", path),
        }
    }
}

/// The content that an object holds, by its name.
fn sha256_of(object: &Path) -> String {
    object.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
