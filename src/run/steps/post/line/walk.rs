//! The walk along the line: rows of a hash into tables, its transactions against them, on to the next hash.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::divided::Divided;
use super::outcomes::{Leaving, Outcomes};
use super::{Range, ranges, transactions};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::PostPlan;
use crate::post::{Engine, Left, Lookout, Outcome, Place};
use crate::record::Block;
use crate::run::guard::Guard;
use crate::run::observe::Observer;
use crate::run::steps::balances::{Balancing, FirstWrong};
use crate::run::steps::post::Changes;
use crate::run::steps::post::new_masters::NewMaster;
use crate::run::store::Store;
use crate::sort::{MEMORY_MIN, SortedFile, SortedReader, WorkSpace};

/// Bytes of transactions that are posted at a time.
const BATCH: usize = 128 << 10;

/// What ends the run at a transaction, unless something ends it sooner.
pub(super) struct Failure {
    /// Transactions before it.
    pub ordinal: u64,
    pub error: Box<Diagnostic>,
}

/// What all threads share.
pub(super) struct Line<'a, 'w> {
    plan: &'a PostPlan,
    guard: &'a Guard,
    observer: &'a dyn Observer,
    lookout: &'a Lookout,
    masters: &'a [Option<Divided>],
    transactions: &'a SortedFile,
    outcomes: Outcomes<'w>,
    drain: Mutex<Drain<'w>>,
    posted: AtomicU64,
    /// Transactions from here on need not be posted.
    limit: AtomicU64,
    failure: Mutex<Option<Failure>>,
    /// Bytes that the tables of a thread may take.
    window: usize,
}

/// Where rows go that are done with.
pub(super) struct Drain<'w> {
    pub balancing: Balancing,
    /// For each master its new rows, if it is divided and has a new one.
    pub news: Vec<Option<NewMaster<'w>>>,
    pub changes: Vec<Changes>,
    /// For each master the first row that a balance cannot count.
    pub wrong: Vec<FirstWrong>,
    /// For each master the rows that were left.
    pub rows: Vec<u64>,
}

impl<'w> Drain<'w> {
    pub fn new(
        store: &Store<'_>,
        (plan, masters): (&PostPlan, &[Option<Divided>]),
        engines: &[Engine],
        balancing: Balancing,
        (work, memory): (&'w WorkSpace<'w>, usize),
    ) -> Result<Self> {
        let new = |number: usize| masters[number].is_some() && plan.masters[number].new.is_some();
        let count = (0..masters.len()).filter(|number| new(*number)).count();
        let memory = (memory / count.max(1)).max(MEMORY_MIN);
        let mut news = Vec::new();
        for number in 0..masters.len() {
            let made = engines.first().filter(|_| new(number)).map(|engine| {
                let dataset = &plan.masters[number].dataset;
                NewMaster::new(store, dataset, &engine.masters()[number], (memory, None), work)
            });
            news.push(made.transpose()?);
        }
        let changes = vec![Changes::default(); masters.len()];
        let wrong = masters.iter().map(|_| None).collect();
        Ok(Drain { balancing, news, changes, wrong, rows: vec![0; masters.len()] })
    }

    /// Takes the rows of an engine's tables, which are empty then.
    fn take(&mut self, engine: &mut Engine, masters: &[Option<Divided>]) -> Result<()> {
        for number in (0..masters.len()).filter(|number| masters[*number].is_some()) {
            let master = &engine.masters()[number];
            self.changes[number].add(master.table());
            self.rows[number] += master.table().rows();
            if self.balancing.counts(number) {
                for row in master.rows() {
                    self.balancing.row((number, false), row, &mut self.wrong[number]);
                }
            }
            if let Some(new) = &mut self.news[number] {
                new.take(master)?;
            }
            if let Some(table) = engine.table_mut(number) {
                table.clear();
            }
        }
        Ok(())
    }
}

impl<'a, 'w> Line<'a, 'w> {
    pub fn new(
        (plan, guard, observer): (&'a PostPlan, &'a Guard, &'a dyn Observer),
        lookout: &'a Lookout,
        (masters, transactions): (&'a [Option<Divided>], &'a SortedFile),
        (outcomes, drain): (Outcomes<'w>, Drain<'w>),
        window: usize,
        failure: Option<Failure>,
    ) -> Self {
        let limit = AtomicU64::new(failure.as_ref().map_or(u64::MAX, |failure| failure.ordinal));
        let (drain, failure) = (Mutex::new(drain), Mutex::new(failure));
        let posted = AtomicU64::new(0);
        Line {
            plan,
            guard,
            observer,
            lookout,
            masters,
            transactions,
            outcomes,
            drain,
            posted,
            limit,
            failure,
            window,
        }
    }

    /// Walks the line, each engine in a range of its own.
    pub fn walk(&self, engines: &mut [Engine]) -> Result<()> {
        let ranges = ranges(engines.len());
        std::thread::scope(|scope| {
            let walks = engines.iter_mut().zip(ranges);
            let walks: Vec<_> =
                walks.map(|(engine, range)| scope.spawn(move || Walk::along(self, engine, range))).collect();
            let walked: Vec<_> =
                walks.into_iter().map(|walk| walk.join().unwrap_or_else(|_| Err(died()))).collect();
            walked.into_iter().collect()
        })
    }

    /// What the walk left: outcomes, rows, and what ended it; transactions that were posted.
    pub fn into_parts(self) -> (Outcomes<'w>, Drain<'w>, Option<Failure>, u64) {
        let drain = self.drain.into_inner().unwrap_or_else(PoisonError::into_inner);
        let failure = self.failure.into_inner().unwrap_or_else(PoisonError::into_inner);
        (self.outcomes, drain, failure, self.posted.into_inner())
    }

    fn drain(&self) -> MutexGuard<'_, Drain<'w>> {
        self.drain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a failure; the first by the order of transactions stays.
    fn note(&self, failure: Failure) {
        self.limit.fetch_min(failure.ordinal, Ordering::Relaxed);
        let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if first.as_ref().is_none_or(|first| failure.ordinal < first.ordinal) {
            *first = Some(failure);
        }
    }
}

/// A thread on its way.
struct Walk<'l, 'a, 'w> {
    line: &'l Line<'a, 'w>,
    engine: &'l mut Engine,
    leaving: Leaving<'l, 'w>,
    outcome: Outcome,
    /// Transactions that have their rows in the tables, all of one input.
    pending: Block,
    places: Vec<Place>,
    input: usize,
}

impl<'l, 'a, 'w> Walk<'l, 'a, 'w> {
    fn along(line: &'l Line<'a, 'w>, engine: &'l mut Engine, (low, high): Range) -> Result<()> {
        let mut masters = Vec::new();
        for (number, master) in line.masters.iter().enumerate() {
            if let Some(master) = master {
                masters.push((number, master, master.file.read(low, high)?));
            }
        }
        let mut transactions = line.transactions.read(low, high)?;
        let (leaving, pending) = (line.outcomes.leaving(), Block::empty(None));
        let (outcome, places) = (Outcome::default(), Vec::new());
        let mut walk = Walk { line, engine, leaving, outcome, pending, places, input: 0 };
        loop {
            let rows = masters.iter().filter_map(|(.., reader)| hash_of(reader));
            let Some(hash) = rows.chain(hash_of(&transactions)).min() else { break };
            if walk.is_full() {
                walk.empty()?;
            }
            for (number, master, reader) in &mut masters {
                while hash_of(reader) == Some(hash) {
                    let (key, row) = master.row(reader.record());
                    if let Some(table) = walk.engine.table_mut(*number) {
                        table.load_row(key, row);
                    }
                    reader.advance()?;
                }
            }
            while hash_of(&transactions) == Some(hash) {
                walk.take(transactions.record())?;
                transactions.advance()?;
            }
        }
        walk.empty()?;
        walk.leaving.pass_on()?;
        line.posted.fetch_add(walk.leaving.posted, Ordering::Relaxed);
        Ok(())
    }

    /// True if the tables have no room for the rows of another hash.
    fn is_full(&self) -> bool {
        let divided = self.line.masters.iter().zip(self.engine.masters()).filter(|(it, _)| it.is_some());
        divided.map(|(_, master)| master.table().memory()).sum::<usize>() > self.line.window
    }

    /// Posts what is pending and gives the rows of the tables away.
    fn empty(&mut self) -> Result<()> {
        self.post()?;
        self.line.drain().take(self.engine, self.line.masters)
    }

    /// Takes the next transaction.
    fn take(&mut self, record: &[u8]) -> Result<()> {
        let (place, input, transaction) = transactions::parts(record);
        if input != self.input || self.pending.size() >= BATCH {
            self.post()?;
            self.input = input;
        }
        self.pending.push(transaction);
        self.places.push(place);
        Ok(())
    }

    /// Posts what is pending. A transaction that fails ends none that comes before it.
    fn post(&mut self) -> Result<()> {
        self.line.guard.check()?;
        let mut block = std::mem::replace(&mut self.pending, Block::empty(None));
        let mut places = std::mem::take(&mut self.places);
        let dataset = &self.line.plan.inputs[self.input];
        self.line.observer.stage_progress(places.len() as u64);
        loop {
            let limit = self.line.limit.load(Ordering::Relaxed);
            if places.iter().any(|place| place.ordinal >= limit) {
                (block, places) = before(&block, &places, limit);
            }
            if places.is_empty() {
                return Ok(());
            }
            let batch = self.line.lookout.look(block, self.input, dataset).placed(places);
            self.engine.post_batch(&batch, 0, dataset, &mut self.outcome);
            (block, places) = batch.into_parts();
            self.leave(&block, &places)?;
            let Some((index, error)) = self.outcome.take_failure() else { return Ok(()) };
            self.line.note(Failure { ordinal: places[index].ordinal, error });
            let mut rest = Block::empty(None);
            rest.push_range(&block, index + 1..block.len());
            (block, places) = (rest, places.split_off(index + 1));
        }
    }

    /// Passes on what transactions left.
    fn leave(&mut self, block: &Block, places: &[Place]) -> Result<()> {
        let (leaving, input) = (&mut self.leaving, self.input);
        self.outcome.each(&mut |index, left| {
            let place = &places[index];
            match left {
                Left::Record(output, record) => leaving.record(place.ordinal, output, record),
                Left::Posted => {
                    leaving.posted += 1;
                    Ok(())
                }
                Left::Rejected(reason) => {
                    leaving.rejected(place.ordinal, reason, (input, place.record), block.record(index))
                }
            }
        })
    }
}

/// The hash that a reader stands at: the beginning of its key.
#[inline]
fn hash_of(reader: &SortedReader<'_>) -> Option<u64> {
    reader.prefix().map(|prefix| (prefix >> 64) as u64)
}

/// Those transactions that come before another.
fn before(block: &Block, places: &[Place], limit: u64) -> (Block, Vec<Place>) {
    let mut kept = Block::empty(None);
    let of = places.iter().enumerate().filter(|(_, place)| place.ordinal < limit);
    let places = of.map(|(index, place)| {
        kept.push(block.record(index));
        *place
    });
    let places = places.collect();
    (kept, places)
}

fn died() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "a posting thread died")
        .hint("this is a defect of offhost; please report it")
}
