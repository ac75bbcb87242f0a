//! Comparing the catalog with what is on disk.

use std::path::PathBuf;

use super::base::{Base, Generation};
use super::generation::GenerationName;
use super::store::Catalog;
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::PathError;
use crate::sys::publish::content_at;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is as cataloged.
    Good,
    /// It is cataloged and not there.
    Missing,
    /// Its size or hash is another.
    Changed,
    /// It is in the folder of a base and not cataloged.
    Stray,
    /// It was taken back; `prune` removes it.
    TakenBack,
    /// It cannot be read, or is no file.
    Unreadable,
}

impl Kind {
    /// As shown.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Good => "good",
            Kind::Missing => "missing",
            Kind::Changed => "changed",
            Kind::Stray => "stray",
            Kind::TakenBack => "taken back",
            Kind::Unreadable => "unreadable",
        }
    }

    /// True for what somebody must look after.
    pub fn is_trouble(self) -> bool {
        !matches!(self, Kind::Good | Kind::TakenBack)
    }
}

/// A file and what was found of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The base or dataset it belongs to.
    pub name: String,
    /// The generation, if it is one.
    pub generation: Option<GenerationName>,
    /// The file, relative to the root.
    pub file: String,
    /// What was found.
    pub kind: Kind,
    /// The particulars; may be empty.
    pub detail: String,
}

impl Catalog<'_> {
    /// Looks at every file of the catalog, or of one name, and at every file in the folders of bases. With `hashes` the
    /// files are read.
    pub fn verify(&self, only: Option<&str>, hashes: bool) -> Result<Vec<Finding>> {
        let file = self.read()?;
        let wanted = |name: &str| only.is_none_or(|only| only == name);
        if let Some(name) = only
            && !file.bases.contains_key(name)
            && !file.datasets.contains_key(name)
        {
            return Err(super::change::unknown(name));
        }
        let mut found = Vec::new();
        for (name, base) in file.bases.iter().filter(|(name, _)| wanted(name)) {
            found.extend(base.generations.iter().map(|one| self.judge(name, base, one, hashes)));
            found.extend(self.strays(name, base)?);
        }
        for (name, path) in file.datasets.iter().filter(|(name, _)| wanted(name)) {
            let resolved = self.root.resolve(path).ok().and_then(|path| self.fs.meta(&path).ok());
            let kind = if resolved.is_some_and(|meta| meta.is_file) { Kind::Good } else { Kind::Missing };
            let detail = String::new();
            found.push(Finding { name: name.clone(), generation: None, file: path.clone(), kind, detail });
        }
        Ok(found)
    }

    /// Removes files in the folder of a base: those that were taken back, and generations that are not cataloged.
    pub fn prune_files(
        &self,
        name: &str,
        taken_back: bool,
        strays: bool,
        dry_run: bool,
    ) -> Result<Vec<Finding>> {
        let base = self.read()?.bases.get(name).cloned().ok_or_else(|| super::change::unknown(name))?;
        let mut found = self.strays(name, &base)?;
        found.retain(|finding| {
            taken_back && finding.kind == Kind::TakenBack || strays && finding.generation.is_some()
        });
        for finding in found.iter().filter(|_| !dry_run) {
            let path = self.root.resolve(&finding.file)?;
            self.fs.remove(&path).path_error("remove", &path)?;
        }
        Ok(found)
    }

    /// Generations among the files of a base that are not cataloged, in the order of their numbers.
    pub fn uncataloged(&self, name: &str) -> Result<Vec<GenerationName>> {
        let base = self.read()?.bases.get(name).cloned().ok_or_else(|| super::change::unknown(name))?;
        let mut names: Vec<GenerationName> =
            self.strays(name, &base)?.into_iter().filter_map(|finding| finding.generation).collect();
        names.sort_by_key(|name| (name.number(), name.version()));
        Ok(names)
    }

    /// Size and hash of a file below the root.
    pub fn content(&self, file: &str) -> Result<(u64, String)> {
        let path = self.root.resolve(file)?;
        content_at(self.fs, &path).path_error("read", &path)
    }

    /// Refuses a generation whose file has another size than was cataloged. That costs nothing, so every run does it.
    pub fn check_size(&self, base: &str, file: &str, generation: &Generation) -> Result<()> {
        let path = self.root.resolve(file)?;
        let Ok(meta) = self.fs.meta(&path) else { return Ok(()) };
        if meta.length == generation.bytes {
            return Ok(());
        }
        let message = format!("{base} {} is not what was cataloged", generation.name);
        Err(Diagnostic::error(codes::CAT006, message)
            .in_file(file.to_owned())
            .note(format!(
                "it has {} bytes; {} were entered at {}",
                meta.length, generation.bytes, generation.entered
            ))
            .hint("put the right file back, or take the generation back: offhost catalog rollback"))
    }

    fn judge(&self, name: &str, base: &Base, generation: &Generation, hashes: bool) -> Finding {
        let file = base.file(generation.name);
        let (kind, detail) = self.judge_file(&file, generation, hashes);
        Finding { name: name.to_owned(), generation: Some(generation.name), file, kind, detail }
    }

    fn judge_file(&self, file: &str, generation: &Generation, hashes: bool) -> (Kind, String) {
        let path = match self.root.resolve(file) {
            Ok(path) => path,
            Err(error) => return (Kind::Unreadable, error.message),
        };
        let meta = match self.fs.meta(&path) {
            Ok(meta) => meta,
            Err(_) => return (Kind::Missing, String::new()),
        };
        if !meta.is_file {
            return (Kind::Unreadable, "it is no file".to_owned());
        }
        if meta.length != generation.bytes {
            return (Kind::Changed, format!("{} bytes, {} cataloged", meta.length, generation.bytes));
        }
        match hashes.then(|| self.content(file)) {
            Some(Err(error)) => (Kind::Unreadable, error.message),
            Some(Ok((_, hash))) if hash != generation.hash => (Kind::Changed, "its hash differs".to_owned()),
            _ => (Kind::Good, String::new()),
        }
    }

    /// Files in the folder of a base that are no generations of it.
    fn strays(&self, name: &str, base: &Base) -> Result<Vec<Finding>> {
        let folder = self.root.resolve(if base.folder.is_empty() { "." } else { &base.folder })?;
        let listed: Vec<PathBuf> = self.fs.list(&folder).unwrap_or_default();
        let mut found = Vec::new();
        for path in listed {
            let Some(file) = path.file_name().map(|file| file.to_string_lossy().into_owned()) else {
                continue;
            };
            let generation: Option<GenerationName> = file.parse().ok();
            let taken_back = file.starts_with('.') && file.ends_with(".taken-back");
            let part = file.starts_with('.') && file.ends_with(".part");
            let known = generation.is_some_and(|one| {
                base.find(one).is_some() || base.leaving.iter().any(|leaving| leaving.name == one)
            });
            // A base may share its folder with other things; only what looks like ours is judged.
            if known || generation.is_none() && !taken_back && !part {
                continue;
            }
            let kind = if taken_back { Kind::TakenBack } else { Kind::Stray };
            let detail = if part { "part of a run that lives or died".to_owned() } else { String::new() };
            found.push(Finding {
                name: name.to_owned(),
                generation,
                file: self.root.display(&path),
                kind,
                detail,
            });
        }
        Ok(found)
    }
}
