//! A comparison from the first record to the last: two sides are read, paired and compared on threads of their own.
//!
//! ```text
//!   left  -> Intake (keys, totals, sort) -> Feed \
//!                                                 ByKey / ByPosition -> Batch -> Comparer (all threads) -> Tally, sinks
//!   right -> Intake (keys, totals, sort) -> Feed /
//! ```
//!
//! Inputs are taken to be in order until a record says otherwise; then everything begins anew with a sort.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

use super::batch::{Batch, Entry, Numbered, Tag};
use super::by_key::ByKey;
use super::by_position::ByPosition;
use super::canon::Canon;
use super::cause::Cause;
use super::compare::{Comparer, Found};
use super::fields::{Fields, Mode};
use super::intake::{Feed, Intake, Seen};
use super::keyer::Keyer;
use super::orphans::Kinship;
use super::outcome::Outcome;
use super::rules::Rules;
use super::side::{Side, Which};
use super::tally::{Noted, Tally};
use super::totals::{SideTotals, Totaller};
use crate::diag::{Diagnostic, Result, codes};
use crate::key::Key;
use crate::sort::{MEMORY_MIN, Sizing, WorkSpace};
use crate::sys::{Fs, ordered};

/// Blocks that may wait to be paired.
const QUEUE: usize = 4;

/// What records are paired by.
#[derive(Clone, Debug)]
pub enum Pairing {
    /// Fields: keys of both sides that can be compared with each other, and the columns they are made of.
    Key(Box<(Key, Key)>, Vec<u32>),
    /// Their places in the files.
    Position,
    /// All that counts of them, in any order.
    Multiset,
}

impl Pairing {
    /// The columns of the key.
    pub fn columns(&self) -> &[u32] {
        match self {
            Pairing::Key(_, columns) => columns,
            Pairing::Position | Pairing::Multiset => &[],
        }
    }
}

/// What a comparison may use.
#[derive(Clone, Debug)]
pub struct Means {
    /// Threads.
    pub threads: usize,
    /// Bytes of memory for sorts.
    pub memory: usize,
    /// Folders for what does not fit into memory.
    pub work_folders: Vec<PathBuf>,
    /// True if work files are compressed.
    pub compress: bool,
}

/// A comparison to be made.
pub struct Request<'a> {
    /// The file system, for work files.
    pub fs: &'a dyn Fs,
    /// Ours.
    pub left: &'a Side,
    /// Theirs.
    pub right: &'a Side,
    /// The fields of both.
    pub fields: &'a Fields,
    /// What may differ.
    pub rules: &'a Rules,
    /// What records are paired by.
    pub pairing: &'a Pairing,
    /// What may be used.
    pub means: &'a Means,
}

/// One difference: the records of both sides, as far as there are any, and what differs.
#[derive(Clone, Copy, Debug)]
pub struct Difference<'d> {
    /// Ours.
    pub left: Option<Numbered<'d>>,
    /// Theirs.
    pub right: Option<Numbered<'d>>,
    /// What differs, with what rules excuse.
    pub found: &'d [Found],
    /// True for records without partners that are taken for one that was changed.
    pub likely: bool,
}

impl Difference<'_> {
    /// True if something of it counts.
    pub fn counts(&self) -> bool {
        self.found.iter().any(|found| found.rule.is_none())
    }
}

/// Takes the differences of a comparison in their order.
pub trait Sink: Send {
    /// Takes one.
    fn put(&mut self, difference: Difference<'_>, comparer: &Comparer<'_>) -> Result<()>;
}

/// Makes a comparison. `sink` is asked for a sink each time it begins anew; the one that took the differences is given back with what
/// came of it.
pub fn compare<S: Sink>(
    request: &Request<'_>,
    sink: &mut dyn FnMut() -> Result<S>,
    seen: Seen<'_>,
) -> Result<(Outcome, S)> {
    let comparer = Comparer::new(request.fields, request.left, request.right, request.rules);
    let multiset = matches!(request.pairing, Pairing::Multiset);
    let mut sorting = [multiset; 2];
    loop {
        let mut taken = sink()?;
        let attempt = Attempt { request, comparer: &comparer, sorting, seen };
        match attempt.run(&mut taken)? {
            Done::Compared(tally, totals) => {
                return Ok((Outcome::new(request, *tally, *totals, sorting), taken));
            }
            Done::Unsorted(which) => sorting = [sorting[0] || which[0], sorting[1] || which[1]],
        }
    }
}

enum Done {
    Compared(Box<Tally>, Box<[SideTotals; 2]>),
    /// Sides that have to be sorted first.
    Unsorted([bool; 2]),
}

struct Attempt<'a> {
    request: &'a Request<'a>,
    comparer: &'a Comparer<'a>,
    sorting: [bool; 2],
    seen: Seen<'a>,
}

/// What one thread found out about a batch.
struct Judged {
    batch: Batch,
    tally: Tally,
    /// By entry.
    found: Vec<Vec<Found>>,
}

impl<'a> Attempt<'a> {
    fn run(&self, sink: &mut dyn Sink) -> Result<Done> {
        let means = self.request.means;
        let work = WorkSpace::new(self.request.fs, means.work_folders.clone(), means.compress);
        let unsorted = [AtomicBool::new(false), AtomicBool::new(false)];
        let intakes =
            [self.intake(Which::Left, &work, &unsorted[0]), self.intake(Which::Right, &work, &unsorted[1])];
        let carried = intakes.each_ref().map(|intake| intake.sort.is_some().then(|| intake.keyer.length()));
        let (compared, totals) = std::thread::scope(|scope| {
            let (left_sender, left_blocks) = sync_channel(QUEUE);
            let (right_sender, right_blocks) = sync_channel(QUEUE);
            let [left, right] = &intakes;
            let left = scope.spawn(move || left.produce(&left_sender));
            let right = scope.spawn(move || right.produce(&right_sender));
            let feeds = (Feed::new(left_blocks, carried[0]), Feed::new(right_blocks, carried[1]));
            let compared = self.pair(feeds, sink);
            (compared, [left.join(), right.join()])
        });
        let unsorted = unsorted.map(|flag| flag.load(Ordering::Relaxed));
        let mut read = Vec::new();
        for side in totals {
            let side = side.unwrap_or_else(|_| Err(died()))?;
            read.extend(side);
        }
        if unsorted.contains(&true) {
            return Ok(Done::Unsorted(unsorted));
        }
        let tally = compared?;
        let totals: [SideTotals; 2] = read.try_into().map_err(|_| died())?;
        self.account(&tally, &totals)?;
        Ok(Done::Compared(Box::new(tally), Box::new(totals)))
    }

    fn intake<'i>(&self, which: Which, work: &'i WorkSpace<'a>, unsorted: &'i AtomicBool) -> Intake<'i>
    where
        'a: 'i,
    {
        let side = self.comparer.side(which);
        let keyer = self.keyer(which);
        let means = self.request.means;
        let sort = self.sorting[which.index()].then(|| {
            let both = self.sorting == [true, true];
            // Blocks that wait take memory too.
            let memory = means.memory.saturating_sub(16 << 20) / if both { 2 } else { 1 };
            let head = keyer.length() + 8;
            let record = side.format.fixed_length().unwrap_or(side.format.lrecl.min(64));
            let expected = side.bytes.filter(|_| !side.from_text).map(|bytes| {
                bytes.saturating_add((bytes / record.max(1) as u64).saturating_mul(head as u64))
            });
            let sizing = Sizing {
                memory: memory.max(MEMORY_MIN),
                threads: means.threads,
                expected: expected.filter(|_| side.format.fixed_length().is_some()),
                record: record + head,
                key: keyer.length(),
                fan_in: None,
            };
            (sizing, work)
        });
        let threads = means.threads.div_ceil(2);
        let totaller = Totaller::new(self.comparer, which);
        Intake { side, keyer, sort, totaller, threads, seen: self.seen, unsorted }
    }

    fn keyer(&self, which: Which) -> Keyer<'a> {
        match self.request.pairing {
            Pairing::Position => Keyer::None,
            Pairing::Multiset => Keyer::Content(self.comparer, which),
            Pairing::Key(keys, _) => {
                let sides = [self.request.left, self.request.right];
                let surely =
                    |side: &&Side| side.form.kinds.is_single() && side.format.fixed_length().is_some();
                let lenient = !sides.iter().all(surely);
                Keyer::Fields(if which == Which::Left { &keys.0 } else { &keys.1 }, lenient)
            }
        }
    }

    fn pair(&self, feeds: (Feed, Feed), sink: &mut dyn Sink) -> Result<Tally> {
        let canons = [Canon::new(self.comparer, Which::Left), Canon::new(self.comparer, Which::Right)];
        let bytes_decide = self.request.fields.mode == Mode::Bytes;
        match self.request.pairing {
            Pairing::Position => {
                let mut pairs = ByPosition::new(feeds, canons, bytes_decide);
                self.compare(&mut || pairs.next_batch(), sink)
            }
            Pairing::Multiset => {
                let mut pairs = ByKey::new(feeds, canons, Kinship::Alike, bytes_decide, true);
                self.compare(&mut || pairs.next_batch(), sink)
            }
            Pairing::Key(_, columns) => {
                let kinship = Kinship::SameButKey(columns.iter().copied().collect::<HashSet<u32>>());
                let mut pairs = ByKey::new(feeds, canons, kinship, bytes_decide, false);
                self.compare(&mut || pairs.next_batch(), sink)
            }
        }
    }

    fn compare(
        &self,
        next: &mut (dyn FnMut() -> Option<Batch> + Send),
        sink: &mut dyn Sink,
    ) -> Result<Tally> {
        let mut tally = Tally::default();
        let put = |judged: Judged| {
            for (entry, found) in judged.batch.entries().iter().zip(&judged.found) {
                if found.is_empty() {
                    continue;
                }
                let (left, right) = judged.batch.records(entry);
                let difference = Difference { left, right, found, likely: entry.tag == Tag::Likely };
                sink.put(difference, self.comparer)?;
            }
            tally.merge(judged.tally);
            Ok(())
        };
        ordered(self.request.means.threads, || Ok(next()), |batch| Ok(self.judge(batch)), put)?;
        Ok(tally)
    }

    /// Compares what is in a batch.
    fn judge(&self, batch: Batch) -> Judged {
        let mut tally = Tally { paired: batch.equal, identical: batch.equal, ..Tally::default() };
        let found = batch.entries().iter().map(|entry| self.entry(&batch, entry, &mut tally)).collect();
        Judged { batch, tally, found }
    }

    fn entry(&self, batch: &Batch, entry: &Entry, tally: &mut Tally) -> Vec<Found> {
        let (left, right) = batch.records(entry);
        let found = match (left, right) {
            (Some(left), Some(right)) => self.both(left, right, entry.tag, tally),
            (Some(record), None) => {
                let cause = if entry.tag == Tag::Duplicate { Cause::ExtraDuplicate } else { Cause::Extra };
                self.alone(Which::Left, record, cause, tally)
            }
            (None, Some(record)) => {
                let cause =
                    if entry.tag == Tag::Duplicate { Cause::MissingDuplicate } else { Cause::Missing };
                self.alone(Which::Right, record, cause, tally)
            }
            (None, None) => Vec::new(),
        };
        if !found.is_empty() {
            let (which, record) = match (left, right) {
                (Some(record), _) => (Which::Left, record),
                (None, Some(record)) => (Which::Right, record),
                (None, None) => return found,
            };
            let cells = self.comparer.cells(which, record).unwrap_or_default();
            let likely = entry.tag == Tag::Likely;
            tally.note(&Noted { fields: self.comparer.fields, left, right, cells: &cells, likely }, &found);
        }
        found
    }

    fn both(&self, left: Numbered<'_>, right: Numbered<'_>, tag: Tag, tally: &mut Tally) -> Vec<Found> {
        let mut found = self.comparer.pair(left, right);
        let cause = match tag {
            Tag::Moved => Some(Cause::Moved),
            Tag::OrderOfEqualKeys => Some(Cause::OrderOfEqualKeys),
            Tag::Plain | Tag::Duplicate | Tag::Likely => None,
        };
        if let Some(cause) = cause {
            found.push(self.comparer.judged(Found::record(cause, Some(left), Some(right)), left));
        }
        tally.moved += u64::from(cause == Some(Cause::Moved));
        tally.out_of_order += u64::from(cause == Some(Cause::OrderOfEqualKeys));
        let counts = found.iter().any(|found| found.rule.is_none());
        if tag == Tag::Likely {
            // Two records that are not one: they count as unpaired whatever rules say of their fields.
            (tally.left_only, tally.right_only) = (tally.left_only + 1, tally.right_only + 1);
            if !counts {
                tally.accepted_only[0] += 1;
                tally.accepted_only[1] += 1;
            }
            return found;
        }
        tally.paired += 1;
        tally.identical += u64::from(left.bytes == right.bytes && self.comparer.fields.bytes_mean_the_same);
        tally.different += u64::from(counts);
        tally.excused_pairs += u64::from(!counts && !found.is_empty());
        found
    }

    fn alone(&self, which: Which, record: Numbered<'_>, cause: Cause, tally: &mut Tally) -> Vec<Found> {
        let sides = if which == Which::Left { (Some(record), None) } else { (None, Some(record)) };
        let found = self.comparer.judged(Found::record(cause, sides.0, sides.1), record);
        match which {
            Which::Left => tally.left_only += 1,
            Which::Right => tally.right_only += 1,
        }
        tally.accepted_only[which.index()] += u64::from(found.rule.is_some());
        vec![found]
    }

    /// Every record that was read is in a pair or alone, once.
    fn account(&self, tally: &Tally, totals: &[SideTotals; 2]) -> Result<()> {
        let seen = [tally.paired + tally.left_only, tally.paired + tally.right_only];
        for (which, (seen, read)) in
            seen.into_iter().zip(totals.each_ref().map(|side| side.records)).enumerate()
        {
            if seen != read {
                let name = &[self.request.left, self.request.right][which].name;
                let message = format!("{read} records of {name} were read, but {seen} were compared");
                return Err(Diagnostic::error(codes::RUN012, message)
                    .hint("this is a defect of offhost; please report it"));
            }
        }
        Ok(())
    }
}

fn died() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "a reading thread died")
        .hint("this is a defect of offhost; please report it")
}
