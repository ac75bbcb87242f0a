//! What a replay published against what the run published then.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::archive::{Archive, KeptAs};
use crate::catalog::Catalog;
use crate::dataset::Reader;
use crate::diag::Result;
use crate::job::{DatasetPlan, Plan};
use crate::run::PublishedFile;
use crate::run::why::past::Past;
use crate::sys::publish::{Publication, is_at_target};
use crate::sys::{Fs, Root, limits};

/// A dataset of then and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The dataset.
    pub dataset: String,
    /// Its file of now, relative to the new root; of then if there is none now.
    pub file: String,
    /// What was found.
    pub verdict: Verdict,
}

/// What was found of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every byte is the same.
    Equal,
    /// This record, from 1, is the first that differs or that only one of them has; this is its offset in the record, if both
    /// have it.
    Record(u64, Option<usize>),
    /// They differ, and the bytes of then are not to be had.
    Gone,
    /// They differ in bytes that are in no record, or that cannot be read as records: why.
    Bytes(String),
    /// It was published then and is not now.
    Missing,
    /// It is published now and was not then.
    New,
}

/// Compares all that was published.
pub(super) fn all(
    (fs, old): (&dyn Fs, &Root),
    past: &Past,
    plan: &Plan,
    root: &Root,
    published: &[PublishedFile],
) -> Vec<Compared> {
    let now: BTreeMap<&str, &str> =
        published.iter().map(|file| (file.dataset.as_str(), file.path.as_str())).collect();
    let mut compared = Vec::new();
    for (name, then) in &past.published {
        let Some(file) = now.get(name.as_str()) else {
            let file = old.display(&then.target);
            compared.push(Compared { dataset: name.clone(), file, verdict: Verdict::Missing });
            continue;
        };
        let verdict = match Catalog::new(fs, root).content(file) {
            Ok(found) if found == then.content => Verdict::Equal,
            Ok(_) => differs((fs, old, root), past, then, plan.datasets.get(name), file),
            Err(error) => Verdict::Bytes(error.message),
        };
        compared.push(Compared { dataset: name.clone(), file: (*file).to_owned(), verdict });
    }
    for (name, file) in now.into_iter().filter(|(name, _)| !past.published.contains_key(*name)) {
        compared.push(Compared { dataset: name.to_owned(), file: file.to_owned(), verdict: Verdict::New });
    }
    compared
}

/// Where two files that are not the same differ.
fn differs(
    (fs, old, root): (&dyn Fs, &Root, &Root),
    past: &Past,
    then: &Publication,
    dataset: Option<&DatasetPlan>,
    file: &str,
) -> Verdict {
    let scratch = root.path().join(format!(".then-{}", limits::process_id()));
    let Some(before) = bytes_of_then((fs, old), past, then, &scratch) else { return Verdict::Gone };
    let found = match dataset {
        Some(dataset) => first_difference(fs, dataset, &before, &root.path().join(file)),
        None => Ok(None),
    };
    // Only made if they came out of the archive.
    let _ = fs.remove(&scratch);
    match found {
        Ok(Some((record, offset))) => Verdict::Record(record, offset),
        Ok(None) => Verdict::Bytes("all records are the same, what is around them is not".to_owned()),
        Err(error) => Verdict::Bytes(error.message),
    }
}

/// The file of then: where it was published if it still is, or else out of the archive.
fn bytes_of_then(
    (fs, old): (&dyn Fs, &Root),
    past: &Past,
    then: &Publication,
    scratch: &Path,
) -> Option<PathBuf> {
    if is_at_target(fs, then) {
        return Some(then.target.clone());
    }
    let archive = Archive::new(fs, old);
    let kept = archive.kept(&past.run).ok()?;
    let of_then = kept.iter().find(|kept| {
        kept.role == KeptAs::Output && (kept.bytes, &kept.hash) == (then.content.0, &then.content.1)
    })?;
    archive.take_out(&of_then.sha256, scratch).ok()?;
    Some(scratch.to_owned())
}

/// Number of the first record that differs, from 1, and where in it.
fn first_difference(
    fs: &dyn Fs,
    dataset: &DatasetPlan,
    then: &Path,
    now: &Path,
) -> Result<Option<(u64, Option<usize>)>> {
    let mut one = Records::open(fs, dataset, then)?;
    let mut other = Records::open(fs, dataset, now)?;
    for number in 1.. {
        match (one.next()?, other.next()?) {
            (None, None) => break,
            (Some(then), Some(now)) if then == now => {}
            (Some(then), Some(now)) => {
                let same = then.iter().zip(&now).take_while(|(then, now)| then == now).count();
                return Ok(Some((number, Some(same))));
            }
            _ => return Ok(Some((number, None))),
        }
    }
    Ok(None)
}

/// The records of a file, one by one.
struct Records {
    reader: Reader,
    block: Option<crate::record::Block>,
    at: usize,
}

impl Records {
    fn open(fs: &dyn Fs, dataset: &DatasetPlan, path: &Path) -> Result<Records> {
        let reader = Reader::open(fs, &dataset.name, path, dataset.format.clone())?;
        Ok(Records { reader, block: None, at: 0 })
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(block) = self.block.as_ref().filter(|block| self.at < block.len()) {
                self.at += 1;
                return Ok(Some(block.record(self.at - 1).to_vec()));
            }
            match self.reader.next_block()? {
                Some(block) => (self.block, self.at) = (Some(block), 0),
                None => return Ok(None),
            }
        }
    }
}
