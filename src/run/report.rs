//! What a run did, step by step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::history::{InputEntry, OutputEntry};
use super::holds::as_json;
use super::known::InputHash;
use super::sorts::KeptRuns;
use crate::archive::Pruned;
use crate::diag::from_hex;
use crate::ops::{Total, Totals};
use crate::sort::SortReport;
use crate::sys::Root;
use crate::sys::clock::Stopwatch;

/// What became of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepStatus {
    /// It ran to its end.
    #[default]
    Ended,
    /// It ran to its end in an earlier attempt of the run.
    Kept,
    /// It was passed over.
    Bypassed,
    /// Its return code was above its `max-rc`.
    Failed,
    /// It ended abnormally.
    Abended,
}

impl StepStatus {
    /// As reports write it.
    pub fn name(self) -> &'static str {
        match self {
            StepStatus::Ended => "ended",
            StepStatus::Kept => "kept",
            StepStatus::Bypassed => "bypassed",
            StepStatus::Failed => "failed",
            StepStatus::Abended => "abended",
        }
    }

    /// The status of that name; `Ended` if there is none.
    pub fn of(name: &str) -> StepStatus {
        let all = [StepStatus::Kept, StepStatus::Bypassed, StepStatus::Failed, StepStatus::Abended];
        all.into_iter().find(|status| status.name() == name).unwrap_or_default()
    }
}

/// Accounting of one step.
#[derive(Clone, Debug, Default)]
pub struct StepReport {
    /// Name of the step.
    pub step: String,
    /// Its operator.
    pub operator: String,
    /// Records read of each input, in order.
    pub inputs: Vec<(String, u64)>,
    /// Records written to each output, in order.
    pub outputs: Vec<(String, u64)>,
    /// Transactions rejected.
    pub rejected: u64,
    /// Records left out by conditions or as duplicates.
    pub dropped: u64,
    /// Bytes read and written.
    pub bytes: u64,
    /// Control totals.
    pub totals: Vec<TotalReport>,
    /// Sorts that the step did, by dataset.
    pub sorts: Vec<(String, SortReport)>,
    /// How it had its masters, if it was a balanced line.
    pub masters: Option<String>,
    /// Temporary datasets written, and the way they took.
    pub temporaries: Vec<(String, Way)>,
    /// Further counts: rules applied, reject codes, pairs.
    pub details: Vec<(String, u64)>,
    /// The first rejected transactions of each reason.
    pub reject_samples: Vec<RejectSample>,
    /// What a step of control cards says of itself, as SYSOUT has it.
    pub listing: String,
    /// What became of it.
    pub status: StepStatus,
    /// Completion code of an abnormal end, as z/OS writes it: `S0C7`.
    pub abend: Option<String>,
    /// Why it was passed over, or what stopped it.
    pub reason: Option<String>,
    /// Return code.
    pub rc: u8,
    /// When it began, from the beginning of the run.
    pub start: Duration,
    /// How long it took.
    pub elapsed: Duration,
}

/// A rejected transaction as reports show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RejectSample {
    /// Code and text of the reason, as among the details of the step.
    pub reason: String,
    /// The input it comes from.
    pub dataset: String,
    /// Its number in there, from 1.
    pub record: u64,
    /// Bytes that it has.
    pub length: usize,
    /// The first of them as characters; dots for those that cannot be seen.
    pub text: String,
    /// The same bytes.
    pub bytes: Vec<u8>,
}

impl RejectSample {
    /// Bytes that are shown of one.
    pub const BYTES: usize = 160;

    fn to_json(&self) -> Value {
        json!({
            "reason": self.reason,
            "dataset": self.dataset,
            "record": self.record,
            "length": self.length,
            "text": self.text,
            "bytes": self.bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>(),
        })
    }
}

/// A control total as reported.
#[derive(Clone, Debug)]
pub struct TotalReport {
    /// Name.
    pub name: String,
    /// Dataset.
    pub over: String,
    /// What was added up, if anything.
    pub sum_of: Option<String>,
    /// Count and sum of each group.
    pub totals: Totals,
}

/// A file that the run made visible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedFile {
    /// Name of the dataset.
    pub dataset: String,
    /// Its path, as the root shows it.
    pub path: String,
    /// Records in it.
    pub records: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Hash of its bytes (XXH3, 128 bits, hexadecimal).
    pub hash: String,
}

impl PublishedFile {
    /// What a step wrote to a dataset whose file is at this path.
    pub(super) fn of(root: &Root, output: &OutputEntry, path: &Path) -> PublishedFile {
        PublishedFile {
            dataset: output.dataset.clone(),
            path: root.display(path),
            records: output.records,
            bytes: output.bytes,
            hash: output.hash.clone(),
        }
    }
}

/// Accounting of a run.
#[derive(Clone, Debug, Default)]
pub struct RunReport {
    /// Name of the run.
    pub run: String,
    /// Name of the job.
    pub job: String,
    /// When it began, UTC.
    pub started: String,
    /// Runs since it began.
    pub clock: Stopwatch,
    /// Business date.
    pub business_date: Option<String>,
    /// Steps in the order they ran.
    pub steps: Vec<StepReport>,
    /// Highest return code.
    pub rc: u8,
    /// Attempts of this run, this one included.
    pub attempt: u64,
    /// What sorts of an attempt that failed have kept for the next one, by step.
    pub kept_sorts: BTreeMap<String, KeptRuns>,
    /// True if it went on after the time by which the job wants to have ended.
    pub late: bool,
    /// True while outputs are on their way to their targets: a run that ends so is finished by the next one.
    pub committing: bool,
    /// True if it was not begun because generations have been entered since it was planned: it is to be planned again.
    pub outdated: bool,
    /// Files that finished steps read.
    pub inputs: Vec<InputFile>,
    /// Published datasets.
    pub published: Vec<PublishedFile>,
    /// What the archive of the root let go of behind it, by the policy of the root.
    pub archive: Pruned,
    /// How long it took.
    pub elapsed: Duration,
    /// Highest memory use in bytes.
    pub peak_memory: Option<u64>,
    /// What all threads together spent, of this process: on everything, on hashing, and on the journal.
    pub processor: Duration,
    /// Hashing, by the clock of each thread.
    pub hashing: Duration,
    /// Writing the journal and waiting for the disk.
    pub journal: Duration,
}

/// A file that a run read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// Dataset.
    pub dataset: String,
    /// Its file, below the root if it is there.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
    /// Hash of its content (XXH3, 128 bits, hexadecimal); none if it was not read to its end.
    pub hash: Option<String>,
    /// What was known of its content before it was read.
    pub known: Option<InputHash>,
}

impl StepReport {
    /// Records read, all inputs together.
    pub fn records_in(&self) -> u64 {
        self.inputs.iter().map(|(_, records)| records).sum()
    }

    /// Records written, all outputs together.
    pub fn records_out(&self) -> u64 {
        self.outputs.iter().map(|(_, records)| records).sum()
    }

    /// The step as JSON.
    pub fn to_json(&self) -> Value {
        let counts = |list: &[(String, u64)]| -> Vec<Value> {
            list.iter().map(|(name, records)| json!({ "dataset": name, "records": records })).collect()
        };
        json!({
            "step": self.step,
            "operator": self.operator,
            "status": self.status.name(),
            "abend": self.abend,
            "reason": self.reason,
            "rc": self.rc,
            "inputs": counts(&self.inputs),
            "outputs": counts(&self.outputs),
            "records_in": self.records_in(),
            "records_out": self.records_out(),
            "rejected": self.rejected,
            "dropped": self.dropped,
            "bytes": self.bytes,
            "start": self.start.as_secs_f64(),
            "seconds": self.elapsed.as_secs_f64(),
            "sorts": self.sorts.iter().map(|(dataset, sort)| sort_json(dataset, sort)).collect::<Vec<_>>(),
            "masters": self.masters,
            "temporaries": self.temporaries.iter().map(|(name, way)| {
                json!({ "dataset": name, "in": way.name() })
            }).collect::<Vec<_>>(),
            "totals": self.totals.iter().map(TotalReport::to_json).collect::<Vec<_>>(),
            "reject_samples": self.reject_samples.iter().map(RejectSample::to_json).collect::<Vec<_>>(),
            "listing": self.listing,
            "details": self.details.iter().map(|(name, count)| json!({ "name": name, "count": count })).collect::<Vec<_>>(),
        })
    }
}

fn sort_json(dataset: &str, sort: &SortReport) -> Value {
    json!({
        "dataset": dataset,
        "records": sort.records,
        "bytes": sort.bytes,
        "presorted": sort.presorted,
        "passed": sort.passed,
        "taken_over": sort.taken_over,
        "taken_bytes": sort.taken_bytes,
        "runs": sort.runs,
        "spilled_bytes": sort.spilled,
        "merges": sort.merges,
        "fan_in": sort.fan_in,
        "seconds_reading": sort.reading.as_secs_f64(),
        "seconds_spilling": sort.spilling.as_secs_f64(),
        "seconds_emitting": sort.emitting.as_secs_f64(),
    })
}

/// The way of a temporary dataset to the steps that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It stayed in memory.
    Memory,
    /// It was written to a file.
    File,
    /// The reader took it in while it was written.
    Pipe,
}

impl Way {
    /// The way of that name, if there is one.
    pub fn of(name: &str) -> Option<Way> {
        [Way::Memory, Way::File, Way::Pipe].into_iter().find(|way| way.name() == name)
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Way::Memory => "passed on in memory",
            Way::File => "was written to a work file",
            Way::Pipe => "was taken in while it was written",
        }
    }

    /// As reports for machines have it.
    pub fn name(self) -> &'static str {
        match self {
            Way::Memory => "memory",
            Way::File => "work file",
            Way::Pipe => "pipe",
        }
    }
}

/// A temporary dataset and its way, as they were written to the journal.
fn temporary_of(value: &Value) -> Option<(String, Way)> {
    Some((value["dataset"].as_str()?.to_owned(), Way::of(value["in"].as_str()?)?))
}

/// A sort as it was written to the journal.
fn sort_of(value: &Value) -> (String, SortReport) {
    let number = |name: &str| value[name].as_u64().unwrap_or_default();
    let seconds = |name: &str| Duration::try_from_secs_f64(value[name].as_f64().unwrap_or_default());
    let report = SortReport {
        records: number("records"),
        bytes: number("bytes"),
        presorted: value["presorted"].as_bool().unwrap_or_default(),
        passed: value["passed"].as_bool().unwrap_or_default(),
        taken_over: number("taken_over"),
        taken_bytes: number("taken_bytes"),
        runs: number("runs"),
        spilled: number("spilled_bytes"),
        merges: number("merges"),
        fan_in: number("fan_in"),
        reading: seconds("seconds_reading").unwrap_or_default(),
        spilling: seconds("seconds_spilling").unwrap_or_default(),
        emitting: seconds("seconds_emitting").unwrap_or_default(),
        ..SortReport::default()
    };
    (value["dataset"].as_str().unwrap_or_default().to_owned(), report)
}

impl From<&Value> for RejectSample {
    fn from(value: &Value) -> RejectSample {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        RejectSample {
            reason: text("reason"),
            dataset: text("dataset"),
            record: value["record"].as_u64().unwrap_or_default(),
            length: value["length"]
                .as_u64()
                .and_then(|length| usize::try_from(length).ok())
                .unwrap_or_default(),
            text: text("text"),
            bytes: from_hex(&text("bytes")).unwrap_or_default(),
        }
    }
}

/// What a journal says of a step, as a report again: the figures that tables show and later steps need.
impl From<&Value> for StepReport {
    fn from(value: &Value) -> StepReport {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| value[name].as_u64().unwrap_or_default();
        let seconds = |name: &str| Duration::try_from_secs_f64(value[name].as_f64().unwrap_or_default());
        let list = |name: &str| value[name].as_array().map(Vec::as_slice).unwrap_or_default();
        let counts = |of: &str, name: &str, count: &str| -> Vec<(String, u64)> {
            let pairs = list(of).iter();
            pairs
                .map(|v| {
                    (v[name].as_str().unwrap_or_default().to_owned(), v[count].as_u64().unwrap_or_default())
                })
                .collect()
        };
        StepReport {
            step: text("step"),
            operator: text("operator"),
            inputs: counts("inputs", "dataset", "records"),
            outputs: counts("outputs", "dataset", "records"),
            rejected: number("rejected"),
            dropped: number("dropped"),
            bytes: number("bytes"),
            totals: list("totals").iter().map(TotalReport::from).collect(),
            details: counts("details", "name", "count"),
            sorts: list("sorts").iter().map(sort_of).collect(),
            reject_samples: list("reject_samples").iter().map(RejectSample::from).collect(),
            masters: value["masters"].as_str().map(str::to_owned),
            temporaries: list("temporaries").iter().filter_map(temporary_of).collect(),
            listing: text("listing"),
            status: StepStatus::of(&text("status")),
            abend: value["abend"].as_str().map(str::to_owned),
            reason: value["reason"].as_str().map(str::to_owned),
            rc: u8::try_from(number("rc")).unwrap_or(u8::MAX),
            start: seconds("start").unwrap_or_default(),
            elapsed: seconds("seconds").unwrap_or_default(),
        }
    }
}

impl From<&Value> for TotalReport {
    fn from(value: &Value) -> TotalReport {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let groups = value["groups"].as_array().into_iter().flatten().map(|group| {
            let sum = group["sum"].as_str().and_then(|sum| sum.parse().ok()).unwrap_or_default();
            (text(&group["group"]), Total { count: group["count"].as_u64().unwrap_or_default(), sum })
        });
        TotalReport {
            name: text(&value["name"]),
            over: text(&value["over"]),
            sum_of: value["sum_of"].as_str().map(str::to_owned),
            totals: groups.collect(),
        }
    }
}

impl TotalReport {
    fn to_json(&self) -> Value {
        let groups: Vec<Value> = self
            .totals
            .groups()
            .map(|(group, total)| json!({ "group": group, "count": total.count, "sum": total.sum.to_string() }))
            .collect();
        json!({ "name": self.name, "over": self.over, "sum_of": self.sum_of, "groups": groups })
    }
}

impl RunReport {
    /// Adds files that a step read, each once.
    pub(super) fn note_inputs(&mut self, root: &Root, inputs: &[InputEntry]) {
        for input in inputs {
            let (bytes, hash) = (input.found.bytes, input.hash.clone());
            let path = root.display(&input.path);
            match self.inputs.iter_mut().find(|known| known.dataset == input.dataset && known.path == path) {
                Some(known) => known.hash = known.hash.take().or(hash),
                None => self.inputs.push(InputFile {
                    dataset: input.dataset.clone(),
                    path,
                    bytes,
                    hash,
                    known: None,
                }),
            }
        }
    }

    /// Adds what was known of those files before they were read.
    pub(super) fn note_known(&mut self, root: &Root, hashes: &BTreeMap<PathBuf, InputHash>) {
        let known: BTreeMap<String, &InputHash> =
            hashes.iter().map(|(path, hash)| (root.display(path), hash)).collect();
        for input in &mut self.inputs {
            input.known = known.get(&input.path).map(|hash| (*hash).clone());
        }
    }

    /// The run as JSON.
    pub fn to_json(&self) -> Value {
        let published = self.published.iter().map(|file| {
            json!({ "dataset": file.dataset, "path": file.path, "records": file.records, "bytes": file.bytes, "hash": file.hash })
        });
        let inputs = self.inputs.iter().map(|file| {
            let known = file.known.as_ref().map(InputHash::words);
            json!({ "dataset": file.dataset, "path": file.path, "bytes": file.bytes, "hash": file.hash, "known": known })
        });
        json!({
            "run": self.run,
            "job": self.job,
            "started": self.started,
            "business_date": self.business_date,
            "attempt": self.attempt,
            "kept_sorts": self.kept_sorts,
            "late": self.late,
            "rc": self.rc,
            "seconds": self.elapsed.as_secs_f64(),
            "peak_memory": self.peak_memory,
            "processor_seconds": self.processor.as_secs_f64(),
            "hashing_seconds": self.hashing.as_secs_f64(),
            "journal_seconds": self.journal.as_secs_f64(),
            "steps": self.steps.iter().map(StepReport::to_json).collect::<Vec<_>>(),
            "inputs": inputs.collect::<Vec<_>>(),
            "published": published.collect::<Vec<_>>(),
            "archive_pruned": (!self.archive.is_empty()).then(|| as_json(&self.archive)),
        })
    }
}
