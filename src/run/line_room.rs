//! What a balanced line takes: how its sorts lay themselves out, and the work files that it has at a time.
//!
//! ```text
//!   masters       the runs of a sort beside the file that they are merged into; the files stay
//!   transactions  likewise, beside the files of the masters
//!   walk          all files, what transactions left, and the rows of new masters, as far as these do not fit into memory
//! ```

use super::resources::Resources;
use crate::dataset::DatasetFormat;
use crate::job::{Plan, PostPlan};
use crate::post::Partition;
use crate::sort::{MEMORY_MIN, Sizing};

/// Bytes of the hash of a value, which every record of a line's work files begins with.
pub(super) const HASH: usize = 8;
/// Bytes that say where a row comes from.
pub(super) const PLACE: usize = 16;
/// Bytes before a transaction.
pub(super) const TRANSACTION: usize = HASH + 26;
/// Bytes that say to which transaction a record belongs that it left.
pub(super) const LEFT_KEY: usize = 12;
/// Bytes before such a record.
pub(super) const LEFT: usize = LEFT_KEY + 4;

/// Bytes that say how long a record is, where not all are as long.
const WORD: usize = 4;

/// A record of which nothing is known; of variable records many are short.
const RECORD: usize = 64;

/// The part of the memory that each of the things has which are there during the walk: rows, what transactions left, new masters.
pub(super) fn share(memory: usize) -> usize {
    (memory / 4).max(MEMORY_MIN)
}

/// The sort of records of which nothing is known beforehand.
pub(super) fn unknown(resources: &Resources, memory: usize, key: usize) -> Sizing {
    let (threads, fan_in) = (resources.threads, resources.fan_in);
    Sizing { memory, threads, expected: None, record: RECORD, key, fan_in }
}

/// The sort of a master of so many bytes, whose keys have so many.
pub(super) fn of_master(
    resources: &Resources,
    memory: usize,
    format: &DatasetFormat,
    (key, bytes): (usize, Option<u64>),
) -> Sizing {
    let head = HASH + key + PLACE;
    let record = format.fixed_length().map_or(RECORD, |length| length + head);
    let expected = bytes.map(|bytes| with_heads(bytes, format, head));
    Sizing { expected, record, ..unknown(resources, memory, HASH + key) }
}

/// The sort of the transactions of datasets of these formats and sizes.
pub(super) fn of_transactions(
    resources: &Resources,
    memory: usize,
    inputs: &[(&DatasetFormat, Option<u64>)],
) -> Sizing {
    let sizes = inputs.iter().map(|(format, bytes)| Some(with_heads((*bytes)?, format, TRANSACTION)));
    let expected = sizes.sum();
    let record = common_length(inputs.iter().map(|(format, _)| *format));
    let record = record.map_or(RECORD, |length| length + TRANSACTION);
    Sizing { expected, record, ..unknown(resources, memory, 2 * HASH) }
}

/// The length that all records have, if it is one.
pub(super) fn common_length<'f>(mut formats: impl Iterator<Item = &'f DatasetFormat>) -> Option<usize> {
    let first = formats.next()?.fixed_length()?;
    formats.all(|format| format.fixed_length() == Some(first)).then_some(first)
}

/// Bytes of work files that the line of a step has at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineWork {
    /// What masters and transactions take, as far as their sizes are known: no run does with less.
    pub least: u64,
    /// What it takes if transactions leave a record in every output, and new masters are as large as the old ones.
    pub expected: u64,
}

impl LineWork {
    /// That of the line of a step which has so much memory.
    pub(super) fn of(
        plan: &Plan,
        (post, partition): (&PostPlan, &Partition),
        (resources, memory): (&Resources, usize),
        size: &dyn Fn(&str) -> Option<u64>,
    ) -> LineWork {
        let format = |name: &str| plan.datasets.get(name).map(|dataset| &dataset.format);
        let mut work = Files::default();
        let masters = post.masters.iter().zip(&post.program.masters).zip(&partition.masters);
        let divided: Vec<_> = masters.filter(|(_, by)| by.is_some()).map(|(master, _)| master).collect();
        for (master, spec) in &divided {
            if let Some(format) = format(&master.dataset) {
                let of = (spec.key.length(), size(&master.dataset));
                work.sorted(of_master(resources, memory, format, of));
            }
        }
        let inputs: Vec<_> =
            post.inputs.iter().filter_map(|name| Some((format(name)?, size(name)))).collect();
        work.sorted(of_transactions(resources, memory, &inputs));

        let share = share(memory);
        let transactions = inputs.iter().map(|(format, bytes)| records(bytes.unwrap_or_default(), format));
        let transactions: u64 = transactions.sum();
        let outputs = post.outputs.iter().filter_map(|name| format(name));
        let posted: u64 = outputs.map(|format| (LEFT + WORD + format.lrecl) as u64).sum();
        let left = transactions.saturating_mul(posted);
        let left = spilled(Sizing { expected: Some(left), ..unknown(resources, share, LEFT_KEY) });
        let news = || divided.iter().filter(|(master, _)| master.new.is_some());
        let memory = (share / news().count().max(1)).max(MEMORY_MIN);
        let news = news().filter_map(|(master, spec)| {
            let (bytes, format) = (size(&master.dataset), format(&master.dataset)?);
            Some(spilled(resources.sort(memory, bytes, &spec.key, format)))
        });
        let walk = work.files.saturating_add(left).saturating_add(news.sum());
        LineWork { least: work.most, expected: walk.max(work.most) }
    }
}

/// Work files as one sort after the other leaves them.
#[derive(Default)]
struct Files {
    /// Those that there are.
    files: u64,
    /// What they took at most, with the runs of the sort that was under way.
    most: u64,
}

impl Files {
    fn sorted(&mut self, sizing: Sizing) {
        self.files = self.files.saturating_add(sizing.expected.unwrap_or_default());
        self.most = self.most.max(self.files.saturating_add(spilled(sizing)));
    }
}

fn spilled(sizing: Sizing) -> u64 {
    sizing.forecast().map_or(0, |forecast| forecast.spill_bytes)
}

/// Records of so many bytes; of variable ones about.
fn records(bytes: u64, format: &DatasetFormat) -> u64 {
    bytes / format.fixed_length().unwrap_or(format.lrecl.min(RECORD)).max(1) as u64
}

fn with_heads(bytes: u64, format: &DatasetFormat, head: usize) -> u64 {
    bytes.saturating_add(records(bytes, format).saturating_mul(head as u64))
}
