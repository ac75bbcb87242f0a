//! A record's bytes to its values, in the order of the copybook.

use std::ops::Range;

use super::coding::{BadClass, BadNumberPolicy, Policy, Seen};
use super::leaf::Leaf;
use super::note::Notes;
use super::tree::{Content, Node, Table, Tree};
use crate::copybook::FieldId;
use crate::diag::{Diagnostic, Result, codes};
use crate::encoding::BadNumber;
use crate::expr::SingleFrame;
use crate::record::{LocateError, Origin, locate};

/// Takes the values of a record.
pub trait Sink {
    /// A group begins.
    fn open(&mut self, node: &Node);
    /// A group ends.
    fn close(&mut self, node: &Node);
    /// A table begins.
    fn open_table(&mut self, node: &Node);
    /// A table ends that had so many occurrences.
    fn close_table(&mut self, node: &Node, count: usize);
    /// A field. A sink that finds no value in the bytes says so and gets [`Sink::bad`] next.
    fn value(&mut self, node: &Node, leaf: &Leaf, bytes: &[u8]) -> Seen;
    /// What stands for a field without a value: never [`Policy::Error`].
    fn bad(&mut self, node: &Node, leaf: &Leaf, bytes: &[u8], instead: Policy);
    /// An item that this record does not have: so many occurrences of it.
    fn absent(&mut self, node: &Node, occurrences: usize);
}

/// How often something was found that a careful reader wants to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Fields that held no number, by field and class.
    pub bad: Vec<(FieldId, [u64; 4])>,
    /// Fields of redefinitions whose bytes were those of another view.
    pub other_view: u64,
    /// Values in other bytes than storing them gives.
    pub odd: u64,
}

impl Findings {
    fn count(&mut self, field: FieldId, class: BadClass) {
        match self.bad.iter_mut().find(|(id, _)| *id == field) {
            Some((_, counts)) => counts[class.index()] += 1,
            None => {
                let mut counts = [0; 4];
                counts[class.index()] = 1;
                self.bad.push((field, counts));
            }
        }
    }

    /// Adds what another part of the file had.
    pub fn add(&mut self, other: &Findings) {
        self.other_view += other.other_view;
        self.odd += other.odd;
        for (field, counts) in &other.bad {
            match self.bad.iter_mut().find(|(id, _)| id == field) {
                Some((_, mine)) => mine.iter_mut().zip(counts).for_each(|(mine, more)| *mine += more),
                None => self.bad.push((*field, *counts)),
            }
        }
    }
}

/// Decodes one record after another with the same tree.
pub struct Decoder<'t> {
    tree: &'t Tree,
    policy: BadNumberPolicy,
    /// The length that every record of the file has, if they all have one.
    natural: Option<usize>,
    /// Where each counter was last seen.
    counters: Vec<Option<Range<usize>>>,
    /// What was found so far.
    pub findings: Findings,
    /// Bytes of the last record that its values do not give back.
    pub notes: Notes,
}

impl<'t> Decoder<'t> {
    /// A decoder. `policy` says what bytes that are no number become; `natural` is the length that all records have.
    pub fn new(tree: &'t Tree, policy: BadNumberPolicy, natural: Option<usize>) -> Self {
        Decoder {
            tree,
            policy,
            natural,
            counters: vec![None; tree.counters.len()],
            findings: Findings::default(),
            notes: Notes::default(),
        }
    }

    /// Decodes a record as the 01 level at this position of the tree.
    pub fn record<S: Sink>(
        &mut self,
        kind: usize,
        record: &[u8],
        origin: Origin<'_>,
        sink: &mut S,
    ) -> Result<()> {
        let (reach, natural) = (self.measure(kind, record, origin, sink)?, self.natural);
        self.notes.length = Some(record.len()).filter(|length| *length != reach && Some(*length) != natural);
        Ok(())
    }

    /// As [`Decoder::record`], for bytes that may go on behind the record: where its last field ends, even if that is behind
    /// the bytes there are.
    pub fn measure<S: Sink>(
        &mut self,
        kind: usize,
        record: &[u8],
        origin: Origin<'_>,
        sink: &mut S,
    ) -> Result<usize> {
        self.counters.fill(None);
        self.notes.clear();
        let tree = self.tree;
        let Some(root) = tree.records.get(kind) else { return Ok(0) };
        let head = tree.format.layout.head();
        let mut walk = Walk { decoder: self, record, origin, sink, reach: 0, covered: 0 };
        walk.hidden(0, head, &[], true);
        match &root.content {
            Content::Group(members, _) if root.table.is_none() => walk.members(members, head, true)?,
            _ => walk.item(root, head, true)?,
        };
        let (reach, covered) = (walk.reach, walk.covered.max(walk.reach));
        walk.remember(covered, record.len().saturating_sub(covered), &[]);
        Ok(reach)
    }
}

/// The walk over one record.
struct Walk<'w, 't, 'r, S> {
    decoder: &'w mut Decoder<'t>,
    record: &'r [u8],
    origin: Origin<'r>,
    sink: &'w mut S,
    /// End of the last byte that has a field which is written back.
    reach: usize,
    /// End of the bytes that only a longer view of their storage covers.
    covered: usize,
}

impl<S: Sink> Walk<'_, '_, '_, S> {
    /// Members of a group that begins at `start`; where the last one ends. `carries` says whether these values are what
    /// the bytes are rebuilt from.
    fn members(&mut self, nodes: &[Node], start: usize, carries: bool) -> Result<usize> {
        let mut at = start;
        for (index, node) in nodes.iter().enumerate() {
            if node.redefines {
                continue;
            }
            if node.slack > 0 {
                self.hidden(at, node.slack, &[], carries);
                at += node.slack;
            }
            at += if node.redefinitions.is_empty() {
                self.item(node, at, carries)?
            } else {
                self.storage(nodes, index, at, carries)?
            };
        }
        Ok(at)
    }

    /// An item and its redefinitions, which share storage. The first view whose condition holds gives the bytes back, or
    /// the item itself; views without a condition are read beside it.
    fn storage(&mut self, nodes: &[Node], object: usize, at: usize, carries: bool) -> Result<usize> {
        let views = || std::iter::once(object).chain(nodes[object].redefinitions.iter().copied());
        let mut chosen = None;
        for view in views() {
            let Some(when) = nodes[view].when.as_ref().filter(|_| chosen.is_none()) else { continue };
            if when.holds(&SingleFrame { record: self.record, origin: self.origin })? {
                chosen = Some(view);
            }
        }
        let carrier = chosen.unwrap_or_else(|| carrier_without_choice(nodes, object));
        let (mut longest, mut carried) = (0, 0);
        for view in views() {
            let node = &nodes[view];
            let shown = match (&node.when, chosen) {
                (Some(_), chosen) => chosen == Some(view),
                (None, Some(_)) => view != object,
                (None, None) => true,
            };
            if shown && (view == carrier || !node.hidden) {
                let size = self.item(node, at, carries && view == carrier)?;
                longest = longest.max(size);
                carried = if view == carrier { size } else { carried };
            } else {
                self.sink_absent(node);
                longest = longest.max(node.fixed_size().unwrap_or(0));
            }
        }
        if carried < longest {
            self.rest(at + carried, longest - carried, carries);
        }
        // A view chosen by its condition is all there is: such records may end with it.
        if carries && chosen.is_none() {
            self.reach = self.reach.max(at + longest);
        }
        Ok(longest)
    }

    /// An item with all its occurrences; the bytes it takes.
    fn item(&mut self, node: &Node, at: usize, carries: bool) -> Result<usize> {
        let Some(table) = &node.table else { return self.occurrence(node, at, carries) };
        let count = self.count(node, table)?;
        if !node.hidden {
            self.sink.open_table(node);
        }
        let mut end = at;
        let mut present = 0;
        while present < count && (end < self.record.len() || present == 0) {
            end += self.occurrence(node, end, carries)?;
            present += 1;
        }
        if !node.hidden {
            self.sink.close_table(node, present);
        }
        if carries && present < count {
            // The record ends early, which has to be noted even if it ends just behind an occurrence.
            self.reach = self.reach.max(end + (count - present) * node.length);
        }
        let size = end - at;
        if !self.decoder.tree.maximum {
            return Ok(size + (count - present) * node.length);
        }
        let room = node.length * table.max;
        if size < room {
            self.hidden(end, room - size, &[], carries);
        }
        Ok(room.max(size))
    }

    fn occurrence(&mut self, node: &Node, at: usize, carries: bool) -> Result<usize> {
        match &node.content {
            Content::Leaf(leaf) => self.field(node, leaf, at, carries).map(|()| leaf.length),
            Content::Group(members, lifted) => {
                let shown = !lifted && !node.hidden;
                if shown {
                    self.sink.open(node);
                }
                let end = self.members(members, at, carries)?;
                if shown {
                    self.sink.close(node);
                }
                Ok(end - at)
            }
        }
    }

    fn field(&mut self, node: &Node, leaf: &Leaf, at: usize, carries: bool) -> Result<()> {
        let end = at + leaf.length;
        if let Some(slot) = node.counter {
            self.decoder.counters[slot] = Some(at..end);
        }
        if carries {
            self.reach = self.reach.max(end);
        }
        if node.hidden {
            self.hidden(at, leaf.length, &leaf.initial, carries);
            return Ok(());
        }
        match self.record.get(at..end) {
            Some(bytes) => self.whole_field(node, leaf, at, bytes, carries),
            None => {
                self.cut_field(node, leaf, at, carries);
                Ok(())
            }
        }
    }

    fn whole_field(
        &mut self,
        node: &Node,
        leaf: &Leaf,
        at: usize,
        bytes: &[u8],
        carries: bool,
    ) -> Result<()> {
        match self.sink.value(node, leaf, bytes) {
            Seen::Canonical => Ok(()),
            Seen::Odd => {
                if carries {
                    self.decoder.findings.odd += 1;
                    self.decoder.notes.patch(at, bytes);
                }
                Ok(())
            }
            Seen::Bad(class, fault) => self.bad_number(node, leaf, at, bytes, (class, fault), carries),
        }
    }

    #[cold]
    fn bad_number(
        &mut self,
        node: &Node,
        leaf: &Leaf,
        at: usize,
        bytes: &[u8],
        (class, fault): (BadClass, BadNumber),
        carries: bool,
    ) -> Result<()> {
        if !carries {
            self.decoder.findings.other_view += 1;
            self.sink.bad(node, leaf, bytes, Policy::Null);
            return Ok(());
        }
        let policy = self.decoder.policy.of(class);
        if policy == Policy::Error {
            let format = &self.decoder.tree.format;
            let hint = "declare what such bytes become (--bad-numbers null, zero or raw), or choose the view or kind that \
                        this record is (--view, --record)";
            return Err(self.origin.bad_number(format, node.id, at, bytes, fault).hint(hint));
        }
        self.decoder.findings.count(node.id, class);
        self.decoder.notes.patch(at, bytes);
        self.sink.bad(node, leaf, bytes, policy);
        Ok(())
    }

    /// A field that the end of the record cuts off or through. Of a text what is there counts.
    #[cold]
    fn cut_field(&mut self, node: &Node, leaf: &Leaf, at: usize, carries: bool) {
        let rest = self.record.get(at..).unwrap_or_default();
        if !rest.is_empty() && leaf.is_cuttable() {
            self.sink.value(node, leaf, rest);
        } else {
            self.sink.absent(node, 1);
        }
        if carries && !rest.is_empty() {
            self.decoder.notes.patch(at, rest);
        }
    }

    /// Bytes without a value: remembered if they are not what an empty record has (blanks, unless given).
    fn hidden(&mut self, at: usize, length: usize, initial: &[u8], carries: bool) {
        if !carries {
            return;
        }
        self.reach = self.reach.max(at + length);
        self.remember(at, length, initial);
    }

    /// Bytes that only a longer view of the storage covers.
    fn rest(&mut self, at: usize, length: usize, carries: bool) {
        if carries {
            self.covered = self.covered.max(at + length);
            self.remember(at, length, &[]);
        }
    }

    fn remember(&mut self, at: usize, length: usize, initial: &[u8]) {
        let Some(bytes) = self.record.get(at..(at + length).min(self.record.len())) else { return };
        let blank = self.decoder.tree.format.page.space();
        let as_expected = match initial.get(..bytes.len()) {
            Some(initial) if !initial.is_empty() => bytes == initial,
            _ => bytes.iter().all(|&byte| byte == blank),
        };
        if !as_expected {
            self.decoder.notes.patch(at, bytes);
        }
    }

    fn sink_absent(&mut self, node: &Node) {
        if !node.hidden {
            self.sink.absent(node, node.most());
        }
    }

    /// Occurrences that a table has in this record.
    fn count(&self, node: &Node, table: &Table) -> Result<usize> {
        let Some((counter, slot)) = table.counter else { return Ok(table.max) };
        let seen = self.decoder.counters.get(slot).cloned().flatten();
        let range = match seen {
            Some(range) => range,
            None => self.locate(counter)?,
        };
        count_of(self.decoder.tree, node, table, self.record, range, self.origin)
    }

    /// A counter that the walk has not passed: in another view, or behind its table.
    fn locate(&self, counter: FieldId) -> Result<Range<usize>> {
        let format = &self.decoder.tree.format;
        locate(&format.layout, format.page, self.record, counter, &[])
            .map_err(|error| self.origin.not_located(format, error, self.record))
    }
}

/// The view that gives the bytes of shared storage back if no condition chooses one: the item itself, or if it has nothing to
/// show the first view that has.
pub(super) fn carrier_without_choice(nodes: &[Node], object: usize) -> usize {
    let views = || std::iter::once(object).chain(nodes[object].redefinitions.iter().copied());
    views().find(|&view| !nodes[view].hidden).unwrap_or(object)
}

/// What a counter in `range` of the record says about a table.
pub(super) fn count_of(
    tree: &Tree,
    node: &Node,
    table: &Table,
    record: &[u8],
    range: Range<usize>,
    origin: Origin<'_>,
) -> Result<usize> {
    let Some((counter, slot)) = table.counter else { return Ok(table.max) };
    let format = &tree.format;
    let Some(bytes) = record.get(range.clone()) else {
        let error = LocateError::BeyondRecord { field: counter, end: range.end };
        return Err(origin.not_located(format, error, record));
    };
    let value = match tree.counters[slot].count(bytes, &table.texts) {
        Ok(value) => value,
        Err(fault) => {
            let error = LocateError::BadCounter { counter, offset: range.start, length: bytes.len(), fault };
            return Err(origin.not_located(format, error, record));
        }
    };
    match usize::try_from(value).ok().filter(|count| *count <= table.max) {
        Some(count) => Ok(count),
        None => {
            let max = u32::try_from(table.max).unwrap_or(u32::MAX);
            let error = LocateError::CounterRange { counter, value, max };
            let mut diagnostic = origin.not_located(format, error, record);
            if let Diagnostic { code: codes::DAT006, .. } = *diagnostic {
                diagnostic = diagnostic.note(format!("the table is {}", node.name));
            }
            Err(diagnostic)
        }
    }
}
