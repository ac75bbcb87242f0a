//! Match-merge of two inputs in key order: the balanced line of a JOINKEYS step.
//!
//! ```text
//!   left   A1 B1 B2 D1          paired      B1+Bx B1+By B2+Bx B2+By      (every pair of equal keys, left order first)
//!   right  Bx By Cx             left-only   A1 D1
//!                               right-only  Cx
//! ```

use std::cmp::Ordering;

use crate::diag::{Code, DataPlace, Diagnostic, Result, codes};
use crate::key::{KeyedBlock, Keys};
use crate::record::Block;

/// How many partners a key may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cardinality {
    /// Any number on both sides; duplicates on both sides give the full product.
    #[default]
    ManyToMany,
    /// A key occurs at most once on the right.
    ManyToOne,
    /// A key occurs at most once on the left.
    OneToMany,
    /// A key occurs at most once on either side.
    OneToOne,
}

/// Where the records go; `None` drops them.
#[derive(Default)]
pub struct MatchSinks<'a> {
    /// Pairs: the left record, then the right one.
    pub paired: Option<Sink<'a>>,
    /// Left records without a partner.
    pub left_only: Option<Sink<'a>>,
    /// Right records without a partner.
    pub right_only: Option<Sink<'a>>,
    /// Left records with a partner, each once.
    pub left_paired: Option<Sink<'a>>,
    /// Right records with a partner, each once.
    pub right_paired: Option<Sink<'a>>,
}

type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// What a match did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatchReport {
    /// Left records read.
    pub left: u64,
    /// Right records read.
    pub right: u64,
    /// Pairs made.
    pub pairs: u64,
    /// Left records without a partner.
    pub left_only: u64,
    /// Right records without a partner.
    pub right_only: u64,
}

/// A source of keyed blocks in order; `None` at the end.
pub type Source<'a> = Box<dyn FnMut() -> Result<Option<KeyedBlock>> + 'a>;

/// Matches two sources.
pub struct Matcher<'a> {
    left: Cursor<'a>,
    right: Cursor<'a>,
}

impl<'a> Matcher<'a> {
    /// A matcher over two sources, each with the name of its dataset.
    pub fn new(left: (&'a str, Source<'a>), right: (&'a str, Source<'a>), cardinality: Cardinality) -> Self {
        use Cardinality::{ManyToOne, OneToMany, OneToOne};
        Matcher {
            left: Cursor::new("left", matches!(cardinality, OneToMany | OneToOne), left),
            right: Cursor::new("right", matches!(cardinality, ManyToOne | OneToOne), right),
        }
    }

    /// Runs to the end of both inputs.
    pub fn run(mut self, sinks: &mut MatchSinks<'_>) -> Result<MatchReport> {
        let mut report = MatchReport::default();
        self.left.advance()?;
        self.right.advance()?;
        loop {
            let order = match (self.left.current(), self.right.current()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(left), Some(right)) => left.keys.compare(left.index, right.keys, right.index),
            };
            match order {
                Ordering::Less => {
                    report.left_only += 1;
                    pass(&mut sinks.left_only, self.left.current())?;
                    self.left.advance()?;
                }
                Ordering::Greater => {
                    report.right_only += 1;
                    pass(&mut sinks.right_only, self.right.current())?;
                    self.right.advance()?;
                }
                Ordering::Equal => report.pairs += self.group(sinks)?,
            }
        }
        report.left = self.left.records;
        report.right = self.right.records;
        Ok(report)
    }

    /// All records of one key: the right ones are held, the left ones stream by.
    fn group(&mut self, sinks: &mut MatchSinks<'_>) -> Result<u64> {
        let mut held = Block::empty(None);
        let key = self.right.current().map(|right| right.own_key()).unwrap_or_default();
        while let Some(right) = self.right.current()
            && right.has(&key)
        {
            pass(&mut sinks.right_paired, Some(right))?;
            held.push(right.record);
            self.right.advance()?;
        }
        let mut pairs = 0;
        let mut pair = Vec::new();
        while let Some(left) = self.left.current()
            && left.has(&key)
        {
            pass(&mut sinks.left_paired, Some(left))?;
            pairs += held.len() as u64;
            if let Some(paired) = &mut sinks.paired {
                for right in held.records() {
                    pair.clear();
                    pair.extend_from_slice(left.record);
                    pair.extend_from_slice(right);
                    paired(&pair)?;
                }
            }
            self.left.advance()?;
        }
        Ok(pairs)
    }
}

fn pass(sink: &mut Option<Sink<'_>>, at: Option<At<'_>>) -> Result<()> {
    match (sink, at) {
        (Some(sink), Some(at)) => sink(at.record),
        _ => Ok(()),
    }
}

/// The current record of an input.
#[derive(Clone, Copy)]
struct At<'c> {
    record: &'c [u8],
    keys: &'c Keys,
    index: usize,
}

impl At<'_> {
    /// The record's key on its own.
    fn own_key(&self) -> Keys {
        let mut key = self.keys.empty_alike();
        key.push_from(self.keys, self.index);
        key
    }

    /// True if the record has this key.
    #[inline]
    fn has(&self, key: &Keys) -> bool {
        self.keys.compare(self.index, key, 0).is_eq()
    }
}

struct Cursor<'a> {
    side: &'static str,
    /// True if no key may occur twice.
    unique: bool,
    dataset: &'a str,
    source: Source<'a>,
    block: Option<KeyedBlock>,
    /// Index of the record after the current one.
    next: usize,
    records: u64,
    /// Key of the last record of the block before.
    last_key: Option<Keys>,
}

impl<'a> Cursor<'a> {
    fn new(side: &'static str, unique: bool, (dataset, source): (&'a str, Source<'a>)) -> Self {
        Cursor { side, unique, dataset, source, block: None, next: 0, records: 0, last_key: None }
    }

    #[inline]
    fn current(&self) -> Option<At<'_>> {
        let keyed = self.block.as_ref()?;
        let index = self.next.checked_sub(1)?;
        Some(At { record: keyed.block.record(index), keys: &keyed.keys, index })
    }

    /// Moves to the next record and checks that the input is in order.
    fn advance(&mut self) -> Result<()> {
        while self.block.as_ref().is_none_or(|keyed| self.next >= keyed.block.len()) {
            self.last_key = self.current().map(|at| at.own_key());
            self.next = 0;
            self.block = (self.source)()?;
            if self.block.is_none() {
                return Ok(());
            }
        }
        self.next += 1;
        self.records += 1;
        let order = match self.current() {
            Some(at) => match (at.index.checked_sub(1), &self.last_key) {
                (Some(before), _) => at.keys.compare(before, at.keys, at.index),
                (None, Some(last)) => last.compare(0, at.keys, at.index),
                (None, None) => Ordering::Less,
            },
            None => Ordering::Less,
        };
        match order {
            Ordering::Less => Ok(()),
            Ordering::Equal if self.unique => Err(self.too_many()),
            Ordering::Equal => Ok(()),
            Ordering::Greater => Err(self.out_of_order()),
        }
    }

    fn place(&self) -> (u64, u64) {
        self.block.as_ref().map_or((0, 0), |keyed| {
            let slot = keyed.block.slot(self.next.saturating_sub(1));
            (keyed.block.number(slot), keyed.block.offset(slot))
        })
    }

    fn out_of_order(&self) -> Box<Diagnostic> {
        let message = format!("dataset {} is not in the order of its match keys", self.dataset);
        self.complain(
            codes::DAT007,
            message,
            "remove sorted: true from the match, so that its inputs are sorted first",
        )
    }

    fn too_many(&self) -> Box<Diagnostic> {
        let message = format!("a key occurs more than once on the {} side, in {}", self.side, self.dataset);
        self.complain(codes::DAT011, message, "remove the duplicate, or declare another cardinality")
    }

    fn complain(&self, code: Code, message: String, hint: &str) -> Box<Diagnostic> {
        let (record, offset) = self.place();
        Diagnostic::error(code, message)
            .in_data(DataPlace {
                dataset: self.dataset.to_owned(),
                record: Some(record),
                offset: Some(offset),
                bytes: self.current().map(|at| at.record.to_vec()).unwrap_or_default(),
                ..DataPlace::default()
            })
            .hint(hint)
    }
}
