//! What a replay published against what the run published then.

use std::collections::BTreeMap;
use std::path::Path;

use super::fields::{ByField, Files, told};
use crate::catalog::Catalog;
use crate::dataset::Reader;
use crate::diag::Result;
use crate::job::{DatasetPlan, Plan};
use crate::run::PublishedFile;
use crate::run::beside::known_key;
use crate::run::resources::Resources;
use crate::run::taken::TakenOut;
use crate::run::why::past::Past;
use crate::sys::{Fs, Root, STATE_FOLDER};

/// A dataset of then and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The dataset.
    pub dataset: String,
    /// Its file of now, relative to the new root; of then if there is none now.
    pub file: String,
    /// What was found.
    pub verdict: Verdict,
    /// If records differ: what a comparison through the copybook says of them. `None` if they cannot be read through one.
    pub told: Option<ByField>,
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

/// Where files of then and now are, and what comparing them may use.
pub(super) struct Beside<'a> {
    pub fs: &'static dyn Fs,
    pub old: &'a Root,
    pub root: &'a Root,
    pub past: &'a Past,
    pub plan: &'a Plan,
    pub resources: &'a Resources,
}

/// Compares all that was published.
pub(super) fn all(beside: &Beside<'_>, published: &[PublishedFile]) -> Vec<Compared> {
    let past = beside.past;
    let now: BTreeMap<&str, &str> =
        published.iter().map(|file| (file.dataset.as_str(), file.path.as_str())).collect();
    let compared = |dataset: &str, file: String, verdict: Verdict| Compared {
        dataset: dataset.to_owned(),
        file,
        verdict,
        told: None,
    };
    let mut all = Vec::new();
    for (name, then) in &past.published {
        let Some(file) = now.get(name.as_str()) else {
            all.push(compared(name, beside.old.display(&then.target), Verdict::Missing));
            continue;
        };
        let mut one = compared(name, (*file).to_owned(), Verdict::Equal);
        match Catalog::new(beside.fs, beside.root).content(file) {
            Ok(found) if found == then.content => {}
            Ok(_) => (one.verdict, one.told) = beside.differs(name, file),
            Err(error) => one.verdict = Verdict::Bytes(error.message),
        }
        all.push(one);
    }
    for (name, file) in now.into_iter().filter(|(name, _)| !past.published.contains_key(*name)) {
        all.push(compared(name, file.to_owned(), Verdict::New));
    }
    all
}

impl Beside<'_> {
    /// Where two files that are not the same differ.
    fn differs(&self, name: &str, file: &str) -> (Verdict, Option<ByField>) {
        let taken = TakenOut::new(self.fs, self.old, self.root);
        let Some(before) = taken.published_by(self.past, name) else { return (Verdict::Gone, None) };
        let now = self.root.path().join(file);
        let dataset = self.plan.datasets.get(name);
        let found = dataset.map_or(Ok(None), |dataset| first_difference(self.fs, dataset, &before, &now));
        let told = dataset.filter(|_| matches!(found, Ok(Some(_)))).and_then(|dataset| {
            let files = Files {
                dataset,
                key: &known_key(self.plan, name),
                now: &now,
                then: &before,
                folder: &self.root.path().join(STATE_FOLDER).join("diff"),
            };
            // What has no fields is told by its bytes alone.
            told(self.fs, &files, self.resources).ok()
        });
        let verdict = match found {
            Ok(Some((record, offset))) => Verdict::Record(record, offset),
            Ok(None) => Verdict::Bytes("all records are the same, what is around them is not".to_owned()),
            Err(error) => Verdict::Bytes(error.message),
        };
        (verdict, told)
    }
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
