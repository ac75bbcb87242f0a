//! JOINKEYS: two inputs, each with a deck of its own, ordered by keys and matched.
//!
//! ```text
//!   F1 -> JNF1CNTL -> sort by key --+
//!                                   +-- match -- REFORMAT --> input of the main pass
//!   F2 -> JNF2CNTL -> sort by key --+
//! ```
//!
//! Each side and the matching have a thread. An error travels with the blocks, so that the pass ends with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use super::entering::{Entering, Side};
use super::held::Held;
use super::joined::Joining;
use super::keys::Keying;
use super::names::Names;
use super::summing::Summing;
use super::{Datasets, How, Input, Shape, missing};
use crate::control::operate::Setting;
use crate::control::parse::{self, DeckKind, ParseContext};
use crate::control::syntax::{Application, Deck, Join, JoinKey, JoinSide, SortField};
use crate::diag::{Diagnostic, Diagnostics, Result, codes};
use crate::key::{KeyedBlock, Keys, SortFormat};
use crate::record::Block;

/// Blocks that may wait on their way.
const QUEUE: usize = 2;

/// Records of F1, of F2, and joined ones.
pub(super) type Counts = Arc<[AtomicU64; 3]>;

/// A block, or why there are no more.
type Sent<T> = Result<T>;

/// What sends the blocks of a side, once it is started.
struct Sided<'a> {
    entering: Entering<'a>,
    summing: Option<Summing>,
    shape: Shape,
}

/// Starts a join whose records are the input that is answered.
pub(super) fn start<'scope, 'env>(
    (deck, join): (&Deck, &Join),
    names: &Names,
    datasets: &mut dyn Datasets,
    how: &'env How<'env>,
    scope: &'scope Scope<'scope, 'env>,
) -> std::result::Result<(Input, Counts), Diagnostics> {
    check_keys(join)?;
    let share = if matches!(deck.application, Application::Copy) { 2 } else { 3 };
    let [first, second] = &join.sides;
    let sides = [
        open((first, ["JNF1", "F1"]), names, datasets, (how, share))?,
        open((second, ["JNF2", "F2"]), names, datasets, (how, share))?,
    ];
    let shapes = [sides[0].shape, sides[1].shape];
    let joining = Joining::compile(join, shapes, how.page)?;
    let shape = joining.output();
    let counts = Counts::default();
    let lanes = sides.map(|side| {
        let (sender, blocks) = sync_channel::<Sent<KeyedBlock>>(QUEUE);
        scope.spawn(move || send_side(side, &sender));
        Lane { blocks, current: None, at: 0 }
    });
    let (sender, joined) = sync_channel::<Sent<Block>>(QUEUE);
    let matching = Matching {
        unpaired: join.unpaired,
        only: join.only,
        joining,
        out: Block::empty((!shape.variable).then_some(shape.length)),
        block_bytes: how.resources.block_bytes(),
        sender,
        counts: Arc::clone(&counts),
    };
    scope.spawn(move || matching.run(lanes, how));
    let blocks = Box::new(move || joined.recv().ok().transpose());
    Ok((Input { dd: "JOIN".to_owned(), shape, blocks, size: None }, counts))
}

/// Corresponding keys have one length and direction.
fn check_keys(join: &Join) -> Result<()> {
    let [first, second] = &join.sides;
    let alike = |a: &JoinKey, b: &JoinKey| a.length == b.length && a.descending == b.descending;
    let same = first.keys.iter().zip(&second.keys).find(|(a, b)| !alike(a, b));
    if first.keys.len() == second.keys.len() && same.is_none() {
        return Ok(());
    }
    let span = same.map_or(&second.span, |(_, key)| &key.span);
    Err(Diagnostic::error(codes::CTL010, "the keys of F1 and F2 are not alike")
        .at(span, "")
        .note("ICE404A JOINKEYS FIELDS DO NOT MATCH")
        .hint("corresponding keys have one length and one order, A or D"))
}

/// Opens one side.
fn open<'a>(
    (side, [usual, name]): (&JoinSide, [&'static str; 2]),
    names: &Names,
    datasets: &mut dyn Datasets,
    (how, share): (&'a How<'a>, usize),
) -> std::result::Result<Sided<'a>, Diagnostics> {
    let dd = if side.dd == format!("SORT{usual}") { names.named(usual) } else { side.dd.clone() };
    let input = datasets.open(&dd, None)?.ok_or_else(|| missing(&dd))?;
    let deck = task_deck(side, datasets, how)?;
    let fields: Vec<SortField> = side.keys.iter().map(control_field).collect();
    let more = Side {
        filters: side.filter.iter().cloned().collect(),
        stop_after: side.stop_after,
        sorted: side.sorted,
        checked: !side.unchecked,
        name,
    };
    let keying = |setting: &Setting, shape: Shape| Keying::new(&fields, false, Some(0), setting, shape);
    let entering = Entering::side(&deck, input, (&more, &keying), how, share)?;
    let shape = entering.shape();
    let summing = Summing::open(&deck, true, shape, &how.setting(&deck), datasets, &names.named("XSUM"))?;
    Ok(Sided { entering, summing, shape })
}

/// What the side's own statements say.
fn task_deck(
    side: &JoinSide,
    datasets: &mut dyn Datasets,
    how: &How<'_>,
) -> std::result::Result<Deck, Diagnostics> {
    let Some(source) = datasets.text(&format!("{}CNTL", side.task))? else { return Ok(Deck::default()) };
    let context = ParseContext { page: how.page, dialect: how.dialect, kind: DeckKind::JoinTask };
    parse::deck(&[source], how.symbols, &context)
}

fn control_field(key: &JoinKey) -> SortField {
    SortField {
        position: key.position,
        bit: 0,
        length: key.length,
        bits: 0,
        format: SortFormat::Binary,
        descending: key.descending,
        span: key.span.clone(),
    }
}

/// Sends the ordered blocks of a side, and at last what was wrong with it, if anything was.
fn send_side(side: Sided<'_>, sender: &SyncSender<Sent<KeyedBlock>>) {
    let Sided { entering, mut summing, .. } = side;
    let mut send = |keyed: KeyedBlock| sender.send(Ok(keyed)).map_err(|_| unheard());
    let sent = entering.run(&mut |keyed| match &mut summing {
        Some(summing) => summing.put(keyed, &mut send),
        None => send(keyed),
    });
    let sent = sent.and_then(|_| summing.as_mut().map_or(Ok(()), |summing| summing.finish(&mut send)));
    if let Err(error) = sent {
        // Nobody may be left to hear it: then the pass has ended for a reason of its own.
        let _ = sender.send(Err(error));
    }
}

fn unheard() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "a join ended before its inputs")
        .hint("this is a defect of offhost; please report it")
}

/// The records of a side, one by one.
struct Lane {
    blocks: Receiver<Sent<KeyedBlock>>,
    current: Option<KeyedBlock>,
    at: usize,
}

impl Lane {
    /// True if there is a record.
    fn has(&mut self) -> Result<bool> {
        loop {
            match &self.current {
                Some(keyed) if self.at < keyed.block.len() => return Ok(true),
                _ => {}
            }
            match self.blocks.recv() {
                Err(_) => return Ok(false),
                Ok(sent) => (self.current, self.at) = (Some(sent?), 0),
            }
        }
    }

    fn record(&self) -> &[u8] {
        self.current.as_ref().map_or(&[], |keyed| keyed.block.record(self.at))
    }

    fn key(&self) -> Option<(&Keys, usize)> {
        self.current.as_ref().map(|keyed| (&keyed.keys, self.at))
    }

    /// The key of the record, apart from its block.
    fn own_key(&self) -> Keys {
        self.key().map_or_else(Keys::default, |(keys, at)| {
            let mut own = keys.empty_alike();
            own.push_from(keys, at);
            own
        })
    }

    /// True if there is a record and it has this key.
    fn has_key(&mut self, key: &Keys) -> Result<bool> {
        Ok(self.has()? && self.key().is_some_and(|(keys, at)| key.compare(0, keys, at).is_eq()))
    }
}

/// Matches two sides.
struct Matching {
    unpaired: [bool; 2],
    only: bool,
    joining: Joining,
    out: Block,
    block_bytes: usize,
    sender: SyncSender<Sent<Block>>,
    counts: Counts,
}

impl Matching {
    fn run(mut self, mut lanes: [Lane; 2], how: &How<'_>) {
        let done = self.all(&mut lanes, how).and_then(|()| self.flush());
        if let Err(error) = done {
            let _ = self.sender.send(Err(error));
        }
    }

    fn all(&mut self, lanes: &mut [Lane; 2], how: &How<'_>) -> Result<()> {
        let mut held = Held::new(how);
        loop {
            let [first, second] = &mut *lanes;
            let order = match (first.has()?, second.has()?) {
                (false, false) => return Ok(()),
                (true, false) => std::cmp::Ordering::Less,
                (false, true) => std::cmp::Ordering::Greater,
                (true, true) => match (first.key(), second.key()) {
                    (Some((a, i)), Some((b, j))) => a.compare(i, b, j),
                    _ => return Ok(()),
                },
            };
            match order {
                std::cmp::Ordering::Less => self.alone(lanes, 0)?,
                std::cmp::Ordering::Greater => self.alone(lanes, 1)?,
                std::cmp::Ordering::Equal => self.pairs(lanes, &mut held)?,
            }
        }
    }

    /// A record without a partner.
    fn alone(&mut self, lanes: &mut [Lane; 2], side: usize) -> Result<()> {
        self.count(side);
        if self.unpaired[side] {
            let record = lanes[side].record();
            let pair = if side == 0 { (Some(record), None) } else { (None, Some(record)) };
            self.put(pair)?;
        }
        lanes[side].at += 1;
        Ok(())
    }

    /// All records of both sides with the key that both have.
    fn pairs(&mut self, lanes: &mut [Lane; 2], held: &mut Held) -> Result<()> {
        let [first, second] = lanes;
        let key = first.own_key();
        held.clear();
        while second.has_key(&key)? {
            self.count(1);
            if !self.only {
                held.push(second.record())?;
            }
            second.at += 1;
        }
        while first.has_key(&key)? {
            self.count(0);
            if !self.only {
                held.each(&mut |partner| self.put((Some(first.record()), Some(partner))))?;
            }
            first.at += 1;
        }
        Ok(())
    }

    fn count(&self, which: usize) {
        self.counts[which].fetch_add(1, Ordering::Relaxed);
    }

    fn put(&mut self, pair: (Option<&[u8]>, Option<&[u8]>)) -> Result<()> {
        let record = self.joining.record(pair)?;
        self.out.push(record);
        self.count(2);
        if self.out.size() >= self.block_bytes { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let fixed = self.out.fixed_length();
        let next = Block::with_capacity(fixed, self.block_bytes + fixed.unwrap_or(0));
        let block = std::mem::replace(&mut self.out, next);
        self.sender.send(Ok(block)).map_err(|_| unheard())
    }
}
