//! The first half of a pass: inputs, SKIPREC, INCLUDE or OMIT, STOPAFT, INREC, and the sort.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::front::{Front, Half, Numbered};
use super::keys::Keying;
use super::{Datasets, How, Input, Shape, missing};
use crate::control::operate::Setting;
use crate::control::syntax::{Application, Condition, Deck, RecordType};
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::key::{KeyedBlock, Keys, Sequence};
use crate::record::Block;
use crate::sort::{MergeInput, Sorter, merge_inputs};
use crate::sys::ordered_then;

/// Blocks of an input that may wait for a merge.
const QUEUE: usize = 2;

/// Takes blocks in order, with their keys.
pub type PutKeyed<'p> = &'p mut (dyn FnMut(KeyedBlock) -> Result<()> + Send);

/// The first half of a pass, ready to run.
pub struct Entering<'a> {
    inputs: Vec<Input>,
    course: Course<'a>,
}

/// What is done with the records of inputs; threads share it.
struct Course<'a> {
    how: &'a How<'a>,
    front: Front,
    keying: Keying,
    merge: bool,
    /// Stops at a record that is lower than the one before (a join of sorted inputs).
    checked: bool,
    shape: Shape,
    /// How many sorts share the memory.
    share: usize,
    /// What its sort is called.
    name: &'static str,
}

/// Makes the keys of records of a shape.
pub(super) type KeyingOf<'k> = &'k dyn Fn(&Setting, Shape) -> Result<Keying>;

/// What the first half did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// Records read.
    pub records_in: u64,
    /// Records that went on.
    pub accepted: u64,
}

/// What a side of a join does beside what its deck says.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// Conditions of the JOINKEYS statement.
    pub filters: Vec<(bool, Condition)>,
    /// Its STOPAFT.
    pub stop_after: Option<u64>,
    /// True if its records are in order already.
    pub sorted: bool,
    /// True if that is checked.
    pub checked: bool,
    /// What its sort is called.
    pub name: &'static str,
}

impl<'a> Entering<'a> {
    /// Opens inputs, one behind the other, and compiles what the deck says of records up to and with the sort. Of a MERGE
    /// the inputs are merged.
    pub fn open(
        deck: &Deck,
        from: &[String],
        datasets: &mut dyn Datasets,
        how: &'a How<'a>,
    ) -> Result<Entering<'a>> {
        let told = told(deck);
        let mut inputs = Vec::new();
        for dd in from {
            inputs.push(datasets.open(dd, told)?.ok_or_else(|| missing(dd))?);
        }
        Self::over(deck, inputs, how)
    }

    /// As `open`, over inputs that are open.
    pub fn over(deck: &Deck, inputs: Vec<Input>, how: &'a How<'a>) -> Result<Entering<'a>> {
        let setting = how.setting(deck);
        let shape = common_shape(&inputs, deck)?;
        let merge = matches!(deck.application, Application::Merge(_));
        // A merge reads all of its inputs, whatever SKIPREC and STOPAFT say.
        let stop_after = deck.options.stop_after.filter(|_| !merge);
        let front = Front::compile(deck, &[], stop_after, &setting, shape)?;
        let front = if merge { front.skipping_none() } else { front };
        let keying = keying(deck, &setting, front.output())?;
        let shape = front.output();
        Ok(Entering {
            inputs,
            course: Course { how, front, keying, merge, checked: merge, shape, share: 1, name: "sort" },
        })
    }

    /// One side of a join.
    pub(super) fn side(
        deck: &Deck,
        input: Input,
        (side, keying): (&Side, KeyingOf<'_>),
        how: &'a How<'a>,
        share: usize,
    ) -> Result<Entering<'a>> {
        let setting = how.setting(deck);
        let stop_after = match (side.stop_after, deck.options.stop_after) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let front = Front::compile(deck, &side.filters, stop_after, &setting, input.shape)?;
        let (shape, inputs) = (front.output(), vec![input]);
        let keying = keying(&setting, shape)?;
        let merge = side.sorted;
        let course =
            Course { how, front, keying, merge, checked: side.checked, shape, share, name: side.name };
        Ok(Entering { inputs, course })
    }

    /// As part of a pass in which so many sorts share the memory.
    #[must_use]
    pub(super) fn sharing(mut self, share: usize) -> Self {
        self.course.share = share;
        self
    }

    /// What the records are like that `run` gives away.
    pub fn shape(&self) -> Shape {
        self.course.shape
    }

    /// What they are like when they are read.
    pub fn read_shape(&self) -> Shape {
        self.inputs
            .iter()
            .map(|input| input.shape)
            .max_by_key(|shape| shape.length)
            .unwrap_or(self.course.shape)
    }

    /// True if records pass in the order in which they are read, and nothing depends on those before them.
    pub(super) fn is_plain_copy(&self) -> bool {
        let course = &self.course;
        !course.merge && course.keying.key.bits() == 0 && !course.front.is_in_order()
    }

    /// Gives all records away in the order of the deck, block by block and with their keys (none after COPY); equal keys in
    /// input order. Records of variable length have their RDW.
    pub fn run(self, put: PutKeyed<'_>) -> Result<Entered> {
        let Entering { inputs, course } = self;
        if course.merge {
            return course.merge(inputs, put);
        }
        if course.keying.key.bits() > 0 {
            return course.sort(inputs, put);
        }
        let keyless = |_: &str, block| Ok(KeyedBlock { block, keys: Keys::default() });
        course.read(inputs, &keyless, put, &|()| ())
    }

    /// A plain copy whose blocks are prepared on all threads and taken in order.
    pub(super) fn copy<T: Send>(
        self,
        prepare: &(dyn Fn(Block) -> Result<T> + Sync),
        take: &mut (dyn FnMut(T) -> Result<()> + Send),
    ) -> Result<Entered> {
        self.course.read(self.inputs, &|_, block| prepare(block), take, &|()| ())
    }
}

impl Course<'_> {
    fn sort(&self, inputs: Vec<Input>, put: PutKeyed<'_>) -> Result<Entered> {
        let expected = inputs.iter().map(|input| input.size).sum::<Option<u64>>();
        let expected = expected.map(|bytes| self.expected(bytes, &inputs));
        let dd = inputs.first().map(|input| input.dd.clone()).unwrap_or_default();
        let work = self.how.work_space(self.name);
        let sizing = self.how.sizing(self.share, self.shape, expected, &self.keying.key);
        let mut sorter = Sorter::new(self.keying.key.clone(), sizing, &work)?;
        let noting = sorter.noting();
        let keyed = |dd: &str, mut block: Block| {
            noting(&mut block);
            self.keying.keyed(block, dd)
        };
        let entered = self.read(inputs, &keyed, &mut |keyed| sorter.push(keyed), &|deal| {
            deal.into_iter().for_each(crate::sort::Deal::run)
        })?;
        let report = sorter.finish(put)?;
        self.how.sorts.iter().for_each(|sorts| sorts.done(&dd, report.clone()));
        Ok(entered)
    }

    /// Bytes that will be sorted at most, if as many records as are read are built.
    fn expected(&self, bytes: u64, inputs: &[Input]) -> u64 {
        let Some(input) = inputs.first() else { return bytes };
        if self.shape.variable || input.shape.variable || self.shape == input.shape {
            return bytes;
        }
        (u128::from(bytes) * self.shape.length as u128 / input.shape.length.max(1) as u128) as u64
    }

    /// Reads to the end: `prepare` gets blocks behind INREC on any thread, `put` what it made of them in order, `after` what
    /// that leaves to be done.
    fn read<T: Send, A: Send>(
        &self,
        mut inputs: Vec<Input>,
        prepare: &(dyn Fn(&str, Block) -> Result<T> + Sync),
        put: &mut (dyn FnMut(T) -> Result<A> + Send),
        after: &(dyn Fn(A) + Sync),
    ) -> Result<Entered> {
        let dd = inputs.first().map(|input| input.dd.clone()).unwrap_or_default();
        let (mut before, mut accepted) = (0u64, 0u64);
        let stopped = AtomicBool::new(false);
        let mut state = self.front.state();
        let next = || {
            while !stopped.load(Ordering::Relaxed) && !inputs.is_empty() {
                if let Some(block) = (inputs[0].blocks)()? {
                    let numbered = Numbered { block, before };
                    before += numbered.block.len() as u64;
                    return Ok(Some(numbered));
                }
                inputs.remove(0);
            }
            Ok(None)
        };
        let work = |numbered: Numbered| match self.front.side_by_side(numbered, &dd)? {
            Half::Done(block) => Ok(Step::Done(block.len() as u64, prepare(&dd, block)?)),
            Half::Left(numbered) => Ok(Step::Left(numbered)),
        };
        let turn = |step: Step<T>| {
            let (records, prepared) = match step {
                Step::Done(records, prepared) => (records, prepared),
                Step::Left(_) if state.stopped => return Ok(None),
                Step::Left(numbered) => {
                    let block = self.front.in_order(&mut state, Half::Left(numbered), &dd)?;
                    stopped.fetch_or(state.stopped, Ordering::Relaxed);
                    (block.len() as u64, prepare(&dd, block)?)
                }
            };
            accepted += records;
            put(prepared).map(Some)
        };
        ordered_then(self.how.resources.threads, next, work, turn, |left: Option<A>| {
            left.into_iter().for_each(after);
            Ok(())
        })?;
        Ok(Entered { records_in: if self.front.stops() { state.read } else { before }, accepted })
    }

    /// Merges inputs that are in order, each read on a thread of its own.
    fn merge(&self, inputs: Vec<Input>, put: PutKeyed<'_>) -> Result<Entered> {
        let fixed_length = (!self.shape.variable).then_some(self.shape.length);
        let block_bytes = self.how.resources.block_bytes();
        let (merged, read) = std::thread::scope(|scope| {
            let (mut lanes, mut threads): (Vec<MergeInput<'_>>, Vec<_>) = (Vec::new(), Vec::new());
            for input in inputs {
                let (sender, blocks): (SyncSender<KeyedBlock>, Receiver<KeyedBlock>) = sync_channel(QUEUE);
                threads.push(scope.spawn(move || self.produce(input, &sender)));
                lanes.push(Box::new(move || Ok(blocks.recv().ok())));
            }
            let merged = merge_inputs(lanes, block_bytes, fixed_length, put);
            let read: Vec<_> = threads.into_iter().map(joined).collect();
            (merged, read)
        });
        let mut entered = Entered::default();
        for end in read {
            // An input that failed ended its blocks early, so its error explains whatever the merge made of them.
            let end = end?;
            entered.records_in += end.records_in;
            entered.accepted += end.accepted;
        }
        merged.map(|()| entered)
    }

    /// Sends the blocks of an input with their keys, until nobody listens any more.
    fn produce(&self, mut input: Input, sender: &SyncSender<KeyedBlock>) -> Result<Entered> {
        let (mut entered, mut state) = (Entered::default(), self.front.state());
        let mut order = Order::new(input.dd.clone(), self.checked);
        while let Some(block) = (input.blocks)()? {
            if state.stopped {
                break;
            }
            let (dd, before) = (&input.dd, entered.records_in);
            entered.records_in += block.len() as u64;
            let half = self.front.side_by_side(Numbered { block, before }, dd)?;
            let block = self.front.in_order(&mut state, half, dd)?;
            entered.accepted += block.len() as u64;
            if block.is_empty() {
                continue;
            }
            let keyed = self.keying.keyed(block, dd)?;
            order.check(&keyed)?;
            if sender.send(keyed).is_err() {
                break;
            }
        }
        Ok(entered)
    }
}

/// A block whose turn is to come.
enum Step<T> {
    /// What was made of a block, and its records.
    Done(u64, T),
    /// A block that has to wait for those before it.
    Left(Numbered),
}

/// What the deck itself says of the input.
fn told(deck: &Deck) -> Option<Shape> {
    let length = deck.record.lengths.first().copied().flatten();
    match (deck.record.kind, length) {
        (kind, Some(length)) => {
            Some(Shape { variable: kind == Some(RecordType::Variable), length: length as usize })
        }
        _ => None,
    }
}

/// The shape of all inputs: of one form, fixed ones of one length.
fn common_shape(inputs: &[Input], deck: &Deck) -> Result<Shape> {
    let Some(first) = inputs.first() else {
        return Err(Diagnostic::error(codes::CTL101, "there is no input").hint("give SORTIN"));
    };
    let mut shape = first.shape;
    for input in inputs {
        if input.shape.variable != shape.variable || !shape.variable && input.shape.length != shape.length {
            return Err(Diagnostic::error(
                codes::CTL103,
                format!("the records of {} are not like those of {}", input.dd, first.dd),
            )
            .note(format!("ICE043A INVALID DATA SET ATTRIBUTES: {} RECFM OR LRECL", input.dd))
            .hint("inputs of one sort or merge have one record format and length"));
        }
        shape.length = shape.length.max(input.shape.length);
    }
    match deck.record.kind {
        Some(kind) if (kind == RecordType::Variable) != shape.variable => Err(Diagnostic::error(
            codes::CTL103,
            format!(
                "RECORD says that records are of {} length, but those of {} are not",
                if shape.variable { "fixed" } else { "variable" },
                first.dd
            ),
        )
        .note(format!("ICE043A INVALID DATA SET ATTRIBUTES: {} RECFM", first.dd))
        .hint("correct TYPE, or recfm of the DD")),
        _ => Ok(shape),
    }
}

fn keying(deck: &Deck, setting: &Setting, shape: Shape) -> Result<Keying> {
    match &deck.application {
        Application::Copy => Ok(Keying::none()),
        Application::Sort(fields) | Application::Merge(fields) => {
            let fill = deck.options.vlshrt.then_some(0);
            Keying::new(fields, deck.options.chalt, fill, setting, shape)
        }
    }
}

/// Sees that the records of an input are in order.
struct Order {
    dd: String,
    sequence: Sequence,
    records: u64,
    checked: bool,
}

impl Order {
    fn new(dd: String, checked: bool) -> Self {
        Order { dd, sequence: Sequence::default(), records: 0, checked }
    }

    fn check(&mut self, keyed: &KeyedBlock) -> Result<()> {
        let continues = self.sequence.continues(&keyed.keys);
        if !self.checked || continues && keyed.keys.are_in_order() {
            self.records += keyed.block.len() as u64;
            return Ok(());
        }
        let keys = &keyed.keys;
        let within = (1..keys.len()).find(|&index| keys.compare(index - 1, keys, index).is_gt());
        let index = if continues { within.unwrap_or(0) } else { 0 };
        let place = DataPlace {
            dataset: self.dd.clone(),
            record: Some(self.records + index as u64 + 1),
            bytes: keyed.block.record(index).to_vec(),
            ..DataPlace::default()
        };
        Err(Diagnostic::error(
            codes::CTL105,
            format!("{} is not in the order of its control fields", self.dd),
        )
        .in_data(place)
        .note(format!("ICE068A OUT OF SEQUENCE {}", self.dd))
        .hint("sort it first, or use SORT instead of MERGE"))
    }
}

/// What a thread returned.
pub(super) fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|_| {
        Err(Diagnostic::error(codes::RUN010, "a reading thread died")
            .hint("this is a defect of offhost; please report it"))
    })
}
