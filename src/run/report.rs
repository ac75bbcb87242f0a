//! What a run did, step by step.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ops::Totals;
use crate::sort::SortReport;
use crate::sys::clock::Stopwatch;

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
    /// Temporary datasets written, and whether they stayed in memory.
    pub temporaries: Vec<(String, bool)>,
    /// Further counts: rules applied, reject codes, pairs.
    pub details: Vec<(String, u64)>,
    /// What a step of control cards says of itself, as SYSOUT has it.
    pub listing: String,
    /// Return code.
    pub rc: u8,
    /// When it began, from the beginning of the run.
    pub start: Duration,
    /// How long it took.
    pub elapsed: Duration,
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
    /// Published datasets.
    pub published: Vec<PublishedFile>,
    /// How long it took.
    pub elapsed: Duration,
    /// Highest memory use in bytes.
    pub peak_memory: Option<u64>,
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
            "temporaries": self.temporaries.iter().map(|(name, held)| {
                json!({ "dataset": name, "in": if *held { "memory" } else { "work file" } })
            }).collect::<Vec<_>>(),
            "totals": self.totals.iter().map(TotalReport::to_json).collect::<Vec<_>>(),
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
        "runs": sort.runs,
        "spilled_bytes": sort.spilled,
        "merges": sort.merges,
        "fan_in": sort.fan_in,
        "seconds_reading": sort.reading.as_secs_f64(),
        "seconds_spilling": sort.spilling.as_secs_f64(),
        "seconds_emitting": sort.emitting.as_secs_f64(),
    })
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
    /// The run as JSON.
    pub fn to_json(&self) -> Value {
        let published = self.published.iter().map(|file| {
            json!({ "dataset": file.dataset, "path": file.path, "records": file.records, "bytes": file.bytes, "hash": file.hash })
        });
        json!({
            "run": self.run,
            "job": self.job,
            "started": self.started,
            "business_date": self.business_date,
            "rc": self.rc,
            "seconds": self.elapsed.as_secs_f64(),
            "peak_memory": self.peak_memory,
            "steps": self.steps.iter().map(StepReport::to_json).collect::<Vec<_>>(),
            "published": published.collect::<Vec<_>>(),
        })
    }
}
