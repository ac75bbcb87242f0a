//! The root in which a run is done again: its texts and inputs, under the names that they had.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::archive::{Archive, Kept, KeptAs};
use crate::catalog::Catalog;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{POLICY_FILE, Plan, Role};
use crate::run::history::InputEntry;
use crate::run::paths::Paths;
use crate::run::why::past::Past;
use crate::sys::{Fs, PathError, Root, sha256};

/// Bytes copied at a time.
const PIECE: usize = 1 << 20;
/// Largest text.
const TEXT_MAX: u64 = 8 << 20;

pub(super) struct Place<'a> {
    fs: &'a dyn Fs,
    old: &'a Root,
    pub past: &'a Past,
    /// The new root.
    pub root: Root,
    kept: Vec<Kept>,
    pub notes: Vec<String>,
}

impl<'a> Place<'a> {
    /// Makes the folder, and a catalog in it that says what the run's plan saw.
    pub fn make(fs: &'a dyn Fs, old: &'a Root, past: &'a Past, into: Option<&Path>) -> Result<Self> {
        let folder = match into {
            Some(into) => into.to_owned(),
            None => {
                let replays = Paths::of(old).replays();
                let free = (1_u32..).map(|number| replays.join(format!("{}-{number}", past.run)));
                free.into_iter().find(|path| fs.meta(path).is_err()).unwrap_or(replays)
            }
        };
        if fs.meta(&folder).is_ok() && fs.list(&folder).map_or(true, |inside| !inside.is_empty()) {
            let message = format!("the folder {} is not empty", folder.display());
            return Err(Diagnostic::error(codes::ARC005, message).hint("name a folder that is not there yet"));
        }
        fs.create_dir_all(&folder).path_error("make the folder", &folder)?;
        let root = Root::new(&folder)?;
        if let Some(view) = past.view() {
            Catalog::new(fs, &root).begin_with(&view)?;
        }
        let kept = Archive::new(fs, old).kept(&past.run)?;
        let mut place = Place { fs, old, past, root, kept, notes: Vec::new() };
        let policy = old.path().join(POLICY_FILE);
        if fs.meta(&policy).is_ok() {
            let bytes = crate::sys::read_whole(fs, &policy, TEXT_MAX)?.unwrap_or_default();
            place.write(Path::new(POLICY_FILE), &bytes)?;
        }
        Ok(place)
    }

    /// Lays down the texts of the run; returns the name of the job file. They come from the archive, or from where they were if
    /// they are still the same.
    pub fn lay_texts(&mut self) -> Result<String> {
        let sources = self.past.sources();
        let job = self.past.started["job_file"].as_str().unwrap_or_default().to_owned();
        let mut folders: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
        let (mut gone, mut laid) = (Vec::new(), String::new());
        for (name, path, hash) in &sources {
            let Some(bytes) = self.text(path, hash) else {
                gone.push(name.clone());
                continue;
            };
            let folder = path.parent().map(Path::to_owned).unwrap_or_default();
            let inside = inside(name).or_else(|| {
                let file = path.file_name().map(PathBuf::from)?;
                Some(folders.get(&folder).map_or(file.clone(), |known| known.join(&file)))
            });
            let Some(inside) = inside else { continue };
            folders.insert(folder, inside.parent().map(Path::to_owned).unwrap_or_default());
            if *name == job {
                laid = inside.display().to_string();
            }
            self.write(&inside, &bytes)?;
        }
        if gone.is_empty() && !laid.is_empty() {
            return Ok(laid);
        }
        let message = format!("texts of the run {} are gone or changed: {}", self.past.run, gone.join(", "));
        Err(Diagnostic::error(codes::ARC004, message)
            .note("they are not in the archive either; a job says archive: inputs to keep them")
            .hint("put them back, or name the job of today with --job"))
    }

    fn text(&self, path: &Path, hash: &str) -> Option<Vec<u8>> {
        if let Ok(bytes) = Archive::new(self.fs, self.old).bytes_of(hash) {
            return Some(bytes);
        }
        let bytes = crate::sys::read_whole(self.fs, path, TEXT_MAX).ok()??;
        (sha256(&bytes) == hash).then_some(bytes)
    }

    /// Lays down every file that the plan reads. An error names all that cannot be had.
    pub fn lay_inputs(&mut self, plan: &Plan, accept: bool) -> Result<()> {
        let mut gone = Vec::new();
        let mut seen = Vec::new();
        for dataset in plan.datasets.values() {
            if dataset.role != Role::Input && !dataset.append && !dataset.must_exist {
                continue;
            }
            for path in dataset.files() {
                let shown = self.root.display(path);
                if seen.contains(&shown) {
                    continue;
                }
                seen.push(shown.clone());
                // An output that is added to or replaced may not have been there.
                if !self.lay(&dataset.name, &shown, accept)? && dataset.role == Role::Input {
                    gone.push(format!("{} ({shown})", dataset.name));
                }
            }
        }
        if gone.is_empty() {
            return Ok(());
        }
        let message = format!("inputs of the run {} cannot be had: {}", self.past.run, gone.join(", "));
        Err(Diagnostic::error(codes::ARC004, message)
            .note("they are not in the archive, and no hash shows that the files of today are those of then")
            .hint("a job says archive: inputs to keep them; --accept-inputs takes the files of today"))
    }

    /// Lays down one file; false if it cannot be had.
    fn lay(&mut self, dataset: &str, inside: &str, accept: bool) -> Result<bool> {
        let (was, to) = (self.old.path().join(inside), self.root.path().join(inside));
        let read = |kept: &&Kept| kept.role == KeptAs::Input && kept.path == was;
        let archive = Archive::new(self.fs, self.old);
        let kept = self.kept.iter().find(read).cloned();
        if let Some(kept) = kept.filter(|kept| archive.has(&kept.sha256)) {
            archive.take_out(&kept.sha256, &to)?;
            return Ok(true);
        }
        if self.fs.meta(&was).is_err() {
            return Ok(false);
        }
        let wanted = self.known_hash(&was);
        if wanted.is_none() && !accept {
            return Ok(false);
        }
        let found = self.copy(&was, &to)?;
        match wanted {
            Some(wanted) if found != wanted => {
                self.fs.remove(&to).path_error("remove", &to)?;
                Ok(false)
            }
            Some(_) => Ok(true),
            None => {
                self.notes.push(format!("{dataset} is as it is today: no hash of then is known ({inside})"));
                Ok(true)
            }
        }
    }

    /// Size and hash that a file had, if the archive, the journal or the catalog of then says so.
    fn known_hash(&self, path: &Path) -> Option<(u64, String)> {
        if let Some(kept) = self.kept.iter().find(|kept| kept.role == KeptAs::Input && kept.path == path) {
            return Some((kept.bytes, kept.hash.clone()));
        }
        let mut read = self.past.read.iter().rev().filter(|read| read.path == path);
        if let Some((bytes, hash)) = read.find_map(InputEntry::content) {
            return Some((bytes, hash.to_owned()));
        }
        let view = self.past.view()?;
        let bases = view.bases.values();
        let mut all =
            bases.flat_map(|base| base.generations.iter().map(move |one| (base.file(one.name), one)));
        all.find(|(file, _)| self.old.path().join(file) == path).map(|(_, one)| (one.bytes, one.hash.clone()))
    }

    /// Copies a file and returns its size and hash.
    fn copy(&self, from: &Path, to: &Path) -> Result<(u64, String)> {
        let folder = to.parent().unwrap_or(to);
        self.fs.create_dir_all(folder).path_error("make the folder", folder)?;
        let mut source = self.fs.open(from).path_error("read", from)?;
        let mut file = self.fs.create_new(to).path_error("make", to)?;
        let (mut hash, mut bytes) = (crate::sys::hash::Xxh3::new(), 0);
        let mut piece = Vec::with_capacity(PIECE);
        loop {
            piece.clear();
            match source.read_into(&mut piece, PIECE).path_error("read", from)? {
                0 => break,
                count => bytes += count as u64,
            }
            hash.update(&piece);
            file.write_all(&piece).path_error("write", to)?;
        }
        file.flush().path_error("write", to)?;
        Ok((bytes, crate::sys::publish::content_hash(hash.digest128())))
    }

    fn write(&mut self, inside: &Path, bytes: &[u8]) -> Result<()> {
        let path = self.root.path().join(inside);
        let folder = path.parent().unwrap_or(&path);
        self.fs.create_dir_all(folder).path_error("make the folder", folder)?;
        crate::sys::replace_whole(self.fs, &path, bytes)
    }
}

/// A name as a path below a root; `None` if it leads elsewhere.
fn inside(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    (!name.is_empty() && path.components().all(plain)).then(|| path.to_owned())
}
