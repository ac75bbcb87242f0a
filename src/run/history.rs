//! What the journal of a run says: which attempts there were, which steps have ended and with what, how far publishing got.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::frozen::Stamp;
use super::generations;
use super::journal::JournalEntry;
use crate::catalog::Entry;
use crate::dataset::Written;
use crate::diag::codes;
use crate::job::conditions::{Abend, StepOutcome};
use crate::sys::publish::Publication;

/// The state of a run, read from its journal.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Attempts so far.
    pub attempts: u64,
    /// SHA-256 of the frozen plan in force.
    pub plan: Option<String>,
    /// Name of the job.
    pub job: String,
    /// The date that identifies the run.
    pub date: String,
    /// True if that date was given, and not worked out from the clock.
    pub date_given: bool,
    /// Where its job file was.
    pub job_path: String,
    /// When it began.
    pub started: String,
    /// When something was last written.
    pub last: String,
    /// Steps that ended well, and steps passed over, by name.
    pub steps: BTreeMap<String, StepEntry>,
    /// What was prepared and is not known to be published.
    pub prepared: Option<Prepared>,
    /// True if something was prepared that this version of offhost does not understand.
    pub unclear: bool,
    /// Steps whose outputs are published.
    pub published: Vec<String>,
    /// Datasets that are.
    pub visible: BTreeSet<String>,
    /// Bases in which the run has entered generations.
    pub entered: BTreeSet<String>,
    /// Parts that the last attempt may have left.
    pub parts: Vec<PathBuf>,
    /// True if it was finished by a run that came later, and whoever started it has not been told.
    pub untold: bool,
    /// True if it was begun while the clock was wrong, and runs of earlier days have been begun in spite of it.
    pub misdated: bool,
    /// How the last attempt ended, if it said so.
    pub end: Option<End>,
    /// Highest return code.
    pub rc: u8,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Well; everything is published.
    Committed,
    /// With an error, whose code and message these are.
    Failed(String, String),
    /// By a signal.
    Cancelled,
    /// Without a word; a later run noticed.
    Died,
    /// It is not gone on with: a new run was begun in its place.
    Abandoned,
}

/// A step that has ended.
#[derive(Clone, Debug)]
pub struct StepEntry {
    /// How.
    pub outcome: StepOutcome,
    /// True if it ran, or was passed over, because another step had failed.
    pub after_failure: bool,
    /// Its report.
    pub report: Value,
    /// The files it read.
    pub inputs: Vec<InputEntry>,
    /// The datasets it wrote.
    pub outputs: Vec<OutputEntry>,
}

/// A set of files at its commit point.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The step, if its outputs are published on their own.
    pub step: Option<String>,
    /// Parts and targets.
    pub files: Vec<Publication>,
    /// Names of the datasets, in the order of the files.
    pub datasets: Vec<String>,
    /// What the catalog gets.
    pub generations: Vec<Entry>,
}

/// An input as a step read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputEntry {
    /// Dataset.
    pub dataset: String,
    /// Its file.
    pub path: PathBuf,
    /// The file when the run began.
    pub found: Stamp,
    /// Hash of its content (XXH3, 128 bits, hexadecimal); none if it was not read from its start to its end.
    pub hash: Option<String>,
}

impl InputEntry {
    /// Bytes and hash of what was read, if it was read to its end.
    pub fn content(&self) -> Option<(u64, &str)> {
        Some((self.found.bytes, self.hash.as_deref()?))
    }
}

/// A dataset as a step wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputEntry {
    /// Dataset.
    pub dataset: String,
    /// Where it was written: a part or a work file. Nothing is there if it is `held`.
    pub path: PathBuf,
    /// True for a temporary dataset that stayed in memory, and so went with the process.
    pub held: bool,
    /// Records.
    pub records: u64,
    /// Bytes.
    pub bytes: u64,
    /// XXH3 (128 bits, hexadecimal) of its bytes; of one in memory nothing is known.
    pub hash: String,
    /// Sum of the hashes of its records.
    pub fingerprint: u64,
    /// What was in the old file, if it was added to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
}

/// What was in a file before it was added to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Bytes.
    pub bytes: u64,
    /// XXH3 (128 bits, hexadecimal) of them.
    pub hash: String,
}

impl From<Written> for Before {
    fn from(written: Written) -> Before {
        Before { bytes: written.bytes, hash: crate::sys::publish::content_hash(written.hash) }
    }
}

impl OutputEntry {
    /// What was written to a dataset.
    pub(super) fn of(dataset: &str, path: PathBuf, written: &Written, held: bool) -> OutputEntry {
        OutputEntry {
            dataset: dataset.to_owned(),
            path,
            held,
            records: written.records,
            bytes: written.bytes,
            hash: crate::sys::publish::content_hash(written.hash),
            fingerprint: written.fingerprint,
            before: None,
        }
    }

    /// What a store keeps of it.
    pub fn written(&self) -> Written {
        Written {
            records: self.records,
            bytes: self.bytes,
            hash: u128::from_str_radix(&self.hash, 16).unwrap_or_default(),
            fingerprint: self.fingerprint,
        }
    }
}

impl History {
    /// Reads a journal.
    pub fn of(entries: &[JournalEntry]) -> History {
        let mut history = History::default();
        entries.iter().for_each(|entry| history.take(entry));
        history
    }

    /// True if nothing has been done that a new attempt could build on or must respect.
    pub fn is_blank(&self) -> bool {
        self.steps.values().all(|entry| entry.after_failure || !entry.outcome.ran())
            && self.published.is_empty()
    }

    /// True if the last attempt has read something else than was known of an input.
    pub fn contradicted(&self) -> bool {
        matches!(&self.end, Some(End::Failed(code, _)) if code == codes::RUN048.id())
    }

    fn take(&mut self, entry: &JournalEntry) {
        let data = &entry.data;
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        self.last.clone_from(&entry.time);
        match entry.event.as_str() {
            "started" => {
                (self.job, self.date, self.started) = (text("job"), text("date"), entry.time.clone());
                self.date_given = data["date_given"].as_bool().unwrap_or(false);
                self.job_path = text("job_path");
                self.begin(data);
            }
            "attempt" => self.begin(data),
            "step" => {
                if let Some(ended) = StepEntry::of(data) {
                    self.rc = self.rc.max(ended.rc());
                    if !ended.outcome.failed() {
                        self.steps.insert(text("step"), ended);
                    }
                }
            }
            "prepared" => {
                self.prepared = Prepared::of(data);
                self.unclear = self.prepared.is_none();
            }
            "published" => {
                let prepared = self.prepared.take();
                let entries = prepared.iter().flat_map(|prepared| &prepared.generations);
                self.entered.extend(entries.map(|entry| entry.base.clone()));
                self.published.push(text("step"));
                let files = data["published"].as_array().into_iter().flatten();
                self.visible.extend(files.map(|file| text_in(file, "dataset")));
            }
            "committed" => {
                self.prepared = None;
                self.end = Some(End::Committed);
                self.untold = data["recovered"].as_bool().unwrap_or(false);
            }
            "told" => self.untold = false,
            "misdated" => self.misdated = true,
            "kept" => {
                let kept: Vec<OutputEntry> =
                    serde_json::from_value(data["outputs"].clone()).unwrap_or_default();
                kept.into_iter().for_each(|output| self.keep(output));
            }
            "failed" => {
                self.fail(End::Failed(text_in(&data["error"], "code"), text_in(&data["error"], "message")))
            }
            "cancelled" => self.fail(End::Cancelled),
            "died" => self.fail(End::Died),
            "abandoned" => self.fail(End::Abandoned),
            _ => {}
        }
    }

    /// An attempt that ended otherwise than well had not come to its commit point, whatever a journal on a bad disk says.
    fn fail(&mut self, end: End) {
        self.prepared = None;
        self.end = Some(end);
    }

    /// A dataset is somewhere else by now.
    fn keep(&mut self, output: OutputEntry) {
        let outputs = self.steps.values_mut().flat_map(|step| &mut step.outputs);
        outputs.filter(|other| other.dataset == output.dataset).for_each(|other| *other = output.clone());
    }

    /// A new attempt. Steps that it does not keep are as if they had never been.
    fn begin(&mut self, data: &Value) {
        self.attempts += 1;
        self.end = None;
        if let Some(plan) = data["plan"].as_str() {
            self.plan = Some(plan.to_owned());
        }
        let kept: Vec<&str> =
            data["kept"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        self.parts = serde_json::from_value(data["parts"].clone()).unwrap_or_default();
        self.steps.retain(|name, _| kept.contains(&name.as_str()));
        self.published.retain(|name| kept.contains(&name.as_str()));
        let outputs: BTreeSet<&str> = self
            .steps
            .values()
            .flat_map(|step| &step.outputs)
            .map(|output| output.dataset.as_str())
            .collect();
        self.visible.retain(|name| outputs.contains(name.as_str()));
        self.rc = self.steps.values().map(StepEntry::rc).max().unwrap_or_default();
    }
}

impl StepEntry {
    /// Its return code; 0 if it has none.
    fn rc(&self) -> u8 {
        self.outcome.rc().map_or(0, |rc| u8::try_from(rc).unwrap_or(u8::MAX))
    }

    fn of(data: &Value) -> Option<StepEntry> {
        let rc = u16::try_from(data["rc"].as_u64().unwrap_or_default()).unwrap_or(u16::MAX);
        let outcome = match data["status"].as_str()? {
            "bypassed" => StepOutcome::Bypassed,
            "failed" => StepOutcome::Failed(rc),
            "abended" => StepOutcome::Abended(Abend(text_in(data, "abend"))),
            _ => StepOutcome::Ended(rc),
        };
        Some(StepEntry {
            outcome,
            after_failure: data["after_failure"].as_bool().unwrap_or(false),
            inputs: serde_json::from_value(data["files"]["inputs"].clone()).unwrap_or_default(),
            outputs: serde_json::from_value(data["files"]["outputs"].clone()).unwrap_or_default(),
            report: data.clone(),
        })
    }
}

impl Prepared {
    /// `None` if the entry cannot be understood, which only another version of offhost could have written.
    fn of(data: &Value) -> Option<Prepared> {
        let datasets = data["datasets"].as_array()?.iter();
        Some(Prepared {
            step: data["step"].as_str().map(str::to_owned),
            files: serde_json::from_value(data["files"].clone()).ok()?,
            datasets: datasets.map(|dataset| text_in(dataset, "dataset")).collect(),
            generations: generations::of_journal(data),
        })
    }
}

fn text_in(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
