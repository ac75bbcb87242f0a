//! What a run keeps in the archive: before its first step what it is made of and what it reads, after its commit what it wrote.

use std::path::{Path, PathBuf};

use super::frozen::Stamp;
use super::known::{InputHash, Known};
use super::observe::Observer;
use super::paths::Paths;
use super::prune::{ByPolicy, prune_by_policy};
use super::publish::MANIFEST;
use super::report::PublishedFile;
use crate::archive::{Archive, KeptAs, Pruned};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{Archiving, Plan, Role};
use crate::sys::{Fs, Meta, PathError, Root};

/// The inputs that were kept, as they were then.
#[derive(Debug, Default)]
pub(super) struct KeptInputs(Vec<KeptInput>);

/// One of them.
#[derive(Debug)]
struct KeptInput {
    dataset: String,
    path: PathBuf,
    meta: Meta,
    hash: InputHash,
}

impl KeptInputs {
    /// What was kept must be what was read; who reads the archive cannot find out any more.
    pub fn check_unchanged(&self, fs: &dyn Fs, published: &[PathBuf]) -> Result<()> {
        // What this run itself has replaced since, step by step, was added to what was kept.
        let mut read = self.0.iter().filter(|file| !published.contains(&file.path));
        let changed = read.find(|file| fs.meta(&file.path).ok().as_ref() != Some(&file.meta));
        changed.map_or(Ok(()), |file| Err(changed_meanwhile(&file.path)))
    }

    /// What is in them: dataset, file and hash of each.
    pub fn hashes(&self) -> impl Iterator<Item = (&str, &Path, &InputHash)> {
        self.0.iter().map(|file| (file.dataset.as_str(), file.path.as_path(), &file.hash))
    }
}

/// Keeps texts and inputs, if the job asks for it. A run that cannot keep them does not begin.
pub(super) fn keep_inputs(
    (fs, root, paths): (&dyn Fs, &Root, &Paths),
    plan: &Plan,
    run: &str,
) -> Result<KeptInputs> {
    let mut kept = KeptInputs::default();
    if plan.archive == Archiving::None {
        return Ok(kept);
    }
    let shelf = Archive::new(fs, root).shelf(run);
    for source in &plan.sources {
        if shelf.keep(KeptAs::Text, &source.name, &source.path)?.sha256 != source.sha256 {
            return Err(changed_meanwhile(&source.path));
        }
    }
    for dataset in plan.datasets.values() {
        // What is added to is read too.
        let read = dataset.role == Role::Input || dataset.append;
        for path in dataset.files().filter(|path| read && fs.meta(path).is_ok()) {
            let meta = fs.meta(path).path_error("read", path)?;
            let content = shelf.keep(KeptAs::Input, &dataset.name, path)?;
            let hash = Known::new(fs, paths).archived(run, path, &Stamp::from(meta), &content.hash);
            kept.0.push(KeptInput { dataset: dataset.name.clone(), path: path.to_owned(), meta, hash });
        }
    }
    kept.check_unchanged(fs, &[])?;
    Ok(kept)
}

/// Keeps what was published. The run has committed; what cannot be kept is told and takes nothing back.
pub(super) fn keep_outputs(
    (fs, root): (&dyn Fs, &Root),
    plan: &Plan,
    run: &str,
    published: &[PublishedFile],
    observer: &dyn Observer,
) {
    if plan.archive != Archiving::All {
        return;
    }
    let shelf = Archive::new(fs, root).shelf(run);
    for file in published.iter().filter(|file| file.dataset != MANIFEST) {
        // Paths of files outside the root are absolute.
        if let Err(error) = shelf.keep(KeptAs::Output, &file.dataset, &root.path().join(&file.path)) {
            let message = &error.message;
            observer.note(&format!("{} was published and could not be archived: {message}", file.dataset));
        }
    }
}

/// Removes from the archive what the policy of the root has no reason to keep any more of the job's runs, once it is enough. The run has committed;
/// what cannot be removed is told, and is removed behind a later one.
pub(super) fn let_go(fs: &dyn Fs, root: &Root, plan: &Plan, observer: &dyn Observer) -> Pruned {
    match prune_by_policy(fs, root, Some(&plan.job), false) {
        Ok(Some(ByPolicy { pruned, .. })) if !pruned.is_empty() => {
            let (runs, contents, bytes) = (pruned.runs.join(", "), pruned.contents.len(), pruned.bytes);
            observer.note(&format!(
                "the archive let go of {runs}: {contents} contents, {bytes} bytes, by the policy of the root"
            ));
            pruned
        }
        Ok(_) => Pruned::default(),
        Err(error) => {
            observer.note(&format!("the policy of the archive could not be applied: {}", error.message));
            Pruned::default()
        }
    }
}

fn changed_meanwhile(path: &Path) -> Box<Diagnostic> {
    Diagnostic::error(codes::ARC003, "a file changed while it was archived and read")
        .in_file(path.display().to_string())
        .hint("let the program that writes it finish first, and run again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::RealFs;

    #[test]
    fn an_input_that_changes_meanwhile_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("in.dat");
        std::fs::write(&path, "before").unwrap();
        let meta = RealFs.meta(&path).unwrap();
        let hash = InputHash::default();
        let kept = KeptInputs(vec![KeptInput { dataset: "in".to_owned(), path: path.clone(), meta, hash }]);
        kept.check_unchanged(&RealFs, &[]).unwrap();
        std::fs::write(&path, "behind it").unwrap();
        assert_eq!(kept.check_unchanged(&RealFs, &[]).unwrap_err().code, codes::ARC003);
    }
}
