//! The answers of many nights: a file of one line a night, so that one sees whether differences become fewer, and since when a
//! cluster has been there.

use std::io::Write;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::hash::xxh3_128;
use crate::sys::publish::{self, Publication, Target};
use crate::sys::{Fs, PathError, limits};

/// Bytes that a history may have.
const SIZE_MAX: u64 = 256 << 20;

/// The answers so far, in the order of their nights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// One a night.
    pub nights: Vec<Night>,
}

/// The answer of a night.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Night {
    /// The day, as yyyy-mm-dd.
    pub night: String,
    /// `equal`, `equivalent` or `different`.
    pub answer: String,
    /// Pairs.
    pub paired: u64,
    /// Pairs that differ.
    pub different: u64,
    /// Records without a partner in ours.
    pub left_only: u64,
    /// Records without a partner in theirs.
    pub right_only: u64,
    /// What differed.
    pub clusters: Vec<Seen>,
}

/// A cluster of a night.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Seen {
    /// The field.
    pub field: String,
    /// The name of the cause.
    pub cause: String,
    /// Records.
    pub records: u64,
}

impl History {
    /// Reads a history; one that is not there yet is empty.
    pub fn read(fs: &dyn Fs, path: &Path) -> Result<History> {
        let Ok(meta) = fs.meta(path) else { return Ok(History::default()) };
        let unreadable = |line: usize, why: &str| {
            Diagnostic::error(
                codes::DIF003,
                format!("line {line} of the history is no answer of a night: {why}"),
            )
            .in_file(path.display().to_string())
            .hint("name the file that earlier comparisons wrote, or a new one")
        };
        if meta.length > SIZE_MAX {
            return Err(unreadable(1, "the file is too large for a history"));
        }
        let mut bytes = Vec::new();
        let mut file = fs.open(path).path_error("read", path)?;
        std::io::Read::read_to_end(&mut file, &mut bytes).path_error("read", path)?;
        let mut nights = Vec::new();
        let lines = bytes.split(|byte| *byte == b'\n').enumerate();
        for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
            nights
                .push(serde_json::from_slice(line).map_err(|error| unreadable(at + 1, &error.to_string()))?);
        }
        Ok(History { nights })
    }

    /// Adds the answer of a night, in the place of an earlier one of the same night, and tells the outcome what was before it.
    pub fn add(&mut self, night: Date, outcome: &mut Outcome) {
        let night = night.to_string();
        self.nights.retain(|other| other.night != night);
        self.nights.push(Night::of(&night, outcome));
        self.nights.sort_by(|a, b| a.night.cmp(&b.night));
        for cluster in &mut outcome.clusters {
            let is_it = |seen: &Seen| seen.field == cluster.field && seen.cause == cluster.cause.name();
            let mut of_it = self.nights.iter().filter(|other| other.clusters.iter().any(is_it));
            cluster.first_night = of_it.clone().map(|other| other.night.clone()).next();
            cluster.nights = of_it.by_ref().count() as u64;
        }
        outcome.nights = self.nights.iter().filter(|other| other.night <= night).cloned().collect();
    }

    /// Writes the history; after a crash the file is the old or the new one.
    pub fn save(&self, fs: &dyn Fs, path: &Path) -> Result<()> {
        let mut bytes = Vec::new();
        for night in &self.nights {
            let written = serde_json::to_writer(&mut bytes, night).map_err(std::io::Error::from);
            written.path_error("write", path)?;
            bytes.push(b'\n');
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs.create_dir_all(folder).path_error("make the folder", folder)?;
        }
        let (part, mut file) = publish::stage(fs, path, &format!("p{}", limits::process_id()))?;
        let content = (bytes.len() as u64, publish::content_hash(xxh3_128(&bytes)));
        let written = file.write_all(&bytes).and_then(|()| file.sync()).path_error("write", &part);
        let publication = Publication {
            part: part.clone(),
            target: path.to_owned(),
            disposition: Target::Replace,
            content,
        };
        written.and_then(|()| publish::commit(fs, &[publication])).inspect_err(|_| {
            // The error says more than a second one about what is left of the attempt.
            let _ = fs.remove(&part);
        })
    }
}

impl Night {
    fn of(night: &str, outcome: &Outcome) -> Night {
        let seen = outcome.clusters.iter().map(|cluster| Seen {
            field: cluster.field.clone(),
            cause: cluster.cause.name().to_owned(),
            records: cluster.records,
        });
        Night {
            night: night.to_owned(),
            answer: outcome.answer.name().to_owned(),
            paired: outcome.tally.paired,
            different: outcome.tally.different,
            left_only: outcome.tally.left_only,
            right_only: outcome.tally.right_only,
            clusters: seen.collect(),
        }
    }
}

impl Outcome {
    /// Clusters of the night before that are there no more.
    pub fn gone(&self) -> Vec<&Seen> {
        let [.., before, _] = self.nights.as_slice() else { return Vec::new() };
        let is_here = |seen: &Seen| {
            self.clusters
                .iter()
                .any(|cluster| cluster.field == seen.field && cluster.cause.name() == seen.cause)
        };
        before.clusters.iter().filter(|seen| !is_here(seen)).collect()
    }
}
