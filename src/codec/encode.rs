//! Values to a record's bytes, in the order of the copybook.

use std::ops::Range;
use std::sync::Arc;

use super::coding::{BadNumberPolicy, Policy, Seen};
use super::decode::{carrier_without_choice, count_of};
use super::leaf::{Leaf, Scalar, StoreFault};
use super::note::Notes;
use super::straight::{Part, Placed, Straight};
use super::tree::{Content, Node, Table, Tree};
use crate::copybook::FieldId;
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::record::{Origin, locate};

/// Where values come from. A place is whatever the input likes: a position in a parsed text, a column.
pub trait Input {
    /// The place of a member in a group, if it is there.
    fn member(&self, group: usize, node: &Node) -> Option<usize>;
    /// True if a member has any value there.
    fn has_value(&self, group: usize, node: &Node) -> bool {
        self.member(group, node).is_some()
    }
    /// Occurrences there are of a table at this place, if the input knows.
    fn count(&self, table: usize, node: &Node) -> Option<usize>;
    /// The place of an occurrence, from 0.
    fn element(&self, table: usize, node: &Node, index: usize) -> Option<usize>;
    /// The value at a place.
    fn scalar(&self, place: usize) -> Scalar<'_>;
    /// Called at the end of a group with the number of its members that the layout has: what else is there is an error.
    fn check_group(
        &self,
        group: usize,
        nodes: &[Node],
        known: usize,
    ) -> std::result::Result<(), UnknownMember>;
}

/// A member that the layout does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMember {
    /// Its name.
    pub name: String,
    /// A name that was perhaps meant.
    pub nearest: Option<String>,
}

/// Encodes one record after another with the same tree.
#[derive(Clone, Debug)]
pub struct Encoder<'t> {
    draft: Draft<'t>,
    counters: Vec<Option<Range<usize>>>,
    /// Each 01 level whose fields all stand in the same places.
    straights: Arc<Vec<Option<Straight<'t>>>>,
}

/// The record in work.
#[derive(Clone, Debug)]
struct Draft<'t> {
    tree: &'t Tree,
    policy: BadNumberPolicy,
    /// The length that every record of the file has, if they all have one.
    natural: Option<usize>,
    record: Vec<u8>,
    /// The patches that a field with a value has looked at, by position.
    settled: Vec<bool>,
    scratch: Vec<u8>,
}

impl<'t> Encoder<'t> {
    /// An encoder. `policy` is the one that the values were decoded with; `natural` is the length that all records have.
    pub fn new(tree: &'t Tree, policy: BadNumberPolicy, natural: Option<usize>) -> Self {
        let draft =
            Draft { tree, policy, natural, record: Vec::new(), settled: Vec::new(), scratch: Vec::new() };
        let counters = vec![None; tree.counters.len()];
        let mut encoder = Encoder { draft, counters, straights: Arc::default() };
        let straights = (0..tree.records.len()).map(|kind| encoder.straighten(kind)).collect();
        encoder.straights = Arc::new(straights);
        encoder
    }

    fn straighten(&mut self, kind: usize) -> Option<Straight<'t>> {
        let mut straight = Straight::new(self.draft.tree, kind)?;
        let bytes = self.record(kind, &NoValues, 0, &Notes::default(), Origin::default());
        straight.template = bytes.ok()?.to_vec();
        Some(straight)
    }

    /// The parts of the 01 level at this position of the tree, if its fields stand in the same places in every record, so
    /// that [`Encoder::straight`] can encode it.
    pub fn outline(&self, kind: usize) -> Option<&[Part<'t>]> {
        self.straights.get(kind)?.as_ref().map(|straight| straight.parts.as_slice())
    }

    /// Encodes every record by a walk over the tree.
    #[cfg(test)]
    pub(crate) fn without_outlines(mut self) -> Self {
        self.straights = Arc::default();
        self
    }

    /// As [`Encoder::record`], for a record that has an outline and whose length is the usual one. `value` gives the value
    /// of each field by its position in the outline.
    #[inline]
    pub fn straight<'v>(
        &mut self,
        kind: usize,
        value: impl Fn(usize) -> Scalar<'v>,
        notes: &Notes,
        origin: Origin<'_>,
    ) -> Result<&[u8]> {
        let draft = &mut self.draft;
        draft.begin(notes);
        let Some(straight) = self.straights.get(kind).and_then(Option::as_ref) else {
            return Ok(&draft.record);
        };
        draft.record.extend_from_slice(&straight.template);
        let unnoted = notes.is_empty();
        for (index, field) in straight.fields.iter().enumerate() {
            let Placed { node, leaf, at } = *field;
            let value = value(index);
            // What nearly every value is, without a look at what else it could be.
            if let Scalar::Text(text) | Scalar::Number(text) = value
                && unnoted
                && (!text.is_empty() || leaf.is_text())
                && let Some(room) = draft.record.get_mut(at..at + leaf.length)
                && leaf.store_value(text, room).is_ok()
            {
                continue;
            }
            draft.put(node, leaf, at, value, notes, origin)?;
        }
        draft.finish(notes);
        Ok(&draft.record)
    }

    /// Encodes a record as the 01 level at this position of the tree, with the notes that came with it.
    pub fn record<I: Input>(
        &mut self,
        kind: usize,
        input: &I,
        place: usize,
        notes: &Notes,
        origin: Origin<'_>,
    ) -> Result<&[u8]> {
        self.counters.fill(None);
        self.draft.begin(notes);
        let tree = self.draft.tree;
        let Some(root) = tree.records.get(kind) else { return Ok(&self.draft.record) };
        let head = tree.format.layout.head();
        let mut walk = Walk { encoder: self, input, notes, origin };
        walk.fill(0, head, &[]);
        let is_group = matches!(root.content, Content::Group(..)) && root.table.is_none();
        // A record that is no group is itself the one member.
        let place = if is_group { Some(place) } else { input.member(place, root) };
        if is_group {
            walk.occurrence(root, head, place)?
        } else {
            walk.item(root, head, place)?
        };
        self.draft.finish(notes);
        Ok(&self.draft.record)
    }
}

impl Draft<'_> {
    fn begin(&mut self, notes: &Notes) {
        self.record.clear();
        self.settled.clear();
        self.settled.resize(notes.len(), false);
    }

    /// The length, and bytes that no field has.
    fn finish(&mut self, notes: &Notes) {
        let blank = self.tree.format.page.space();
        match (notes.length, self.natural) {
            (Some(length), _) => self.record.resize(length, blank),
            (None, Some(length)) if self.record.len() < length => self.record.resize(length, blank),
            _ => {}
        }
        for ((offset, bytes), settled) in notes.patches().zip(&self.settled) {
            let end = offset + bytes.len();
            if !settled && self.record.len() < end {
                self.record.resize(end, blank);
            }
            if let Some(room) = self.record.get_mut(offset..end).filter(|_| !settled) {
                room.copy_from_slice(bytes);
            }
        }
    }

    /// Stores the value of a field, unless a note has its bytes.
    fn put(
        &mut self,
        node: &Node,
        leaf: &Leaf,
        at: usize,
        value: Scalar<'_>,
        notes: &Notes,
        origin: Origin<'_>,
    ) -> Result<()> {
        let value = match value {
            // A cell without text is no number.
            Scalar::Text("") if !leaf.is_text() => Scalar::Null,
            value => value,
        };
        if (!notes.is_empty() && self.is_noted(leaf, at, value, notes)) || value == Scalar::Null {
            return Ok(());
        }
        let Some(room) = self.record.get_mut(at..at + leaf.length) else { return Ok(()) };
        leaf.store(value, room).map_err(|fault| self.not_stored(node, value, &fault, origin))
    }

    /// True if the field has a note with bytes that mean the very value given: then these are its bytes. A note on a value
    /// that was changed since no longer counts.
    fn is_noted(&mut self, leaf: &Leaf, at: usize, value: Scalar<'_>, notes: &Notes) -> bool {
        let cut = notes.length.map_or(leaf.length, |length| leaf.length.min(length.saturating_sub(at)));
        let Some(index) = notes.find(at, cut) else { return false };
        let (_, bytes) = notes.patch_at(index);
        self.scratch.clear();
        let seen = leaf.append(bytes, &mut self.scratch);
        let same = match (seen, value) {
            (_, Scalar::Null) => true,
            // The rest of a field that the end of the record cuts through has no value.
            (_, Scalar::Text("")) if cut < leaf.length && !leaf.is_cuttable() => true,
            (Seen::Bad(class, _), Scalar::Number(text) | Scalar::Text(text)) => {
                self.policy.of(class) == Policy::Zero && text.bytes().all(|byte| matches!(byte, b'0' | b'.'))
            }
            (_, Scalar::Number(text) | Scalar::Text(text)) => self.scratch == text.as_bytes(),
            (_, Scalar::Bool | Scalar::Composite) => false,
        };
        let whole = cut == leaf.length;
        // What is left of a field that is cut goes in place with the bytes that no field has.
        self.settled[index] = whole || !same;
        if same
            && whole
            && let Some(room) = self.record.get_mut(at..at + cut)
        {
            room.copy_from_slice(bytes);
        }
        same && whole
    }

    fn place(&self, node: &Node, origin: Origin<'_>) -> DataPlace {
        let format = &self.tree.format;
        DataPlace {
            dataset: origin.dataset.to_owned(),
            record: origin.record,
            offset: origin.offset,
            field: Some(format.layout.path(node.id)),
            shape: Some(format.layout.field(node.id).shape_text()),
            ..DataPlace::default()
        }
    }

    #[cold]
    fn not_stored(
        &self,
        node: &Node,
        value: Scalar<'_>,
        fault: &StoreFault,
        origin: Origin<'_>,
    ) -> Box<Diagnostic> {
        let shown = match value {
            Scalar::Text(text) => format!("'{}'", text.escape_debug()),
            Scalar::Number(text) => text.to_owned(),
            Scalar::Null => "null".to_owned(),
            Scalar::Bool => "a truth value".to_owned(),
            Scalar::Composite => "a list or an object".to_owned(),
        };
        Diagnostic::error(codes::DAT018, format!("{shown} cannot be stored in {}: {fault}", node.name))
            .in_data(self.place(node, origin))
            .hint("correct the value, or the copybook if the field should hold it")
    }
}

/// An input without values.
struct NoValues;

impl Input for NoValues {
    fn member(&self, _group: usize, _node: &Node) -> Option<usize> {
        None
    }
    fn count(&self, _table: usize, _node: &Node) -> Option<usize> {
        None
    }
    fn element(&self, _table: usize, _node: &Node, _index: usize) -> Option<usize> {
        None
    }
    fn scalar(&self, _place: usize) -> Scalar<'_> {
        Scalar::Null
    }
    fn check_group(
        &self,
        _group: usize,
        _nodes: &[Node],
        _known: usize,
    ) -> std::result::Result<(), UnknownMember> {
        Ok(())
    }
}

struct Walk<'w, 't, 'n, I> {
    encoder: &'w mut Encoder<'t>,
    input: &'w I,
    notes: &'n Notes,
    origin: Origin<'n>,
}

impl<I: Input> Walk<'_, '_, '_, I> {
    /// Members of a group that begins at `start`, from the values at `place`; where the last one ends, and how many of
    /// them have a value there.
    fn members(&mut self, nodes: &[Node], start: usize, place: Option<usize>) -> Result<(usize, usize)> {
        let mut at = start;
        let mut known = 0;
        for (index, node) in nodes.iter().enumerate() {
            if node.redefines {
                continue;
            }
            if node.slack > 0 {
                self.fill(at, node.slack, &[]);
                at += node.slack;
            }
            let (size, found) = if node.redefinitions.is_empty() {
                self.member(node, at, place)?
            } else {
                self.storage(nodes, index, at, place)?
            };
            at += size;
            known += found;
        }
        Ok((at, known))
    }

    /// A member with all its occurrences: the bytes it takes, and how many values of the group it used.
    fn member(&mut self, node: &Node, at: usize, place: Option<usize>) -> Result<(usize, usize)> {
        if node.hidden {
            return Ok((self.item(node, at, None)?, 0));
        }
        if let Content::Group(members, true) = &node.content {
            let (end, known) = self.members(members, at, place)?;
            return Ok((end - at, known));
        }
        let member = place.and_then(|place| self.input.member(place, node));
        Ok((self.item(node, at, member)?, usize::from(member.is_some())))
    }

    /// An item and its redefinitions. The bytes come from the first view with a condition that has values, else from the
    /// item itself, else from any view that has some; the values of the other views are only for reading.
    fn storage(
        &mut self,
        nodes: &[Node],
        object: usize,
        at: usize,
        place: Option<usize>,
    ) -> Result<(usize, usize)> {
        let views = || std::iter::once(object).chain(nodes[object].redefinitions.iter().copied());
        let present: Vec<(usize, usize)> =
            views().map(|view| (view, self.values_of(&nodes[view], place))).collect();
        let known = present.iter().map(|(_, values)| values).sum();
        let mut candidates = present.iter().filter(|(_, values)| *values > 0).map(|(view, _)| *view);
        let carrier = present
            .iter()
            .find(|(view, values)| *values > 0 && nodes[*view].when.is_some())
            .map(|(view, _)| *view)
            .or_else(|| candidates.clone().find(|view| *view == object))
            .or_else(|| candidates.next())
            .unwrap_or_else(|| carrier_without_choice(nodes, object));
        let size = match self.absent_everywhere(nodes, object, &present) {
            true => 0,
            false => self.member(&nodes[carrier], at, place)?.0,
        };
        let fixed =
            |view: usize| if nodes[view].varying { 0 } else { nodes[view].length * nodes[view].most() };
        let longest = views().map(fixed).fold(size, usize::max);
        if nodes[carrier].when.is_none() {
            self.fill(at + size, longest - size, &[]);
        }
        Ok((longest, known))
    }

    /// True if every view has a condition and none has values: the decoder found that none held.
    fn absent_everywhere(&self, nodes: &[Node], object: usize, present: &[(usize, usize)]) -> bool {
        nodes[object].when.is_some() && present.iter().all(|(_, values)| *values == 0)
    }

    /// How many values of a group belong to a node: one, or those of its members if it has no place of its own.
    fn values_of(&self, node: &Node, place: Option<usize>) -> usize {
        let Some(group) = place.filter(|_| !node.hidden) else { return 0 };
        match &node.content {
            Content::Group(members, true) => members.iter().map(|member| self.values_of(member, place)).sum(),
            _ => usize::from(self.input.has_value(group, node)),
        }
    }

    fn item(&mut self, node: &Node, at: usize, place: Option<usize>) -> Result<usize> {
        let Some(table) = &node.table else { return self.occurrence(node, at, place) };
        let given = place.and_then(|place| self.input.count(place, node));
        let count = self.count(node, table, given)?;
        let mut end = at;
        for index in 0..count {
            if self.notes.length.is_some_and(|length| end >= length && index > 0) {
                break;
            }
            let element = place.and_then(|place| self.input.element(place, node, index));
            end += self.occurrence(node, end, element)?;
        }
        let room = node.length * table.max;
        if self.encoder.draft.tree.maximum && end - at < room {
            self.fill(end, room - (end - at), &[]);
            end = at + room;
        }
        Ok(end - at)
    }

    /// Occurrences to write: what the counter says, and the input must have as many (fewer only if the record is known to
    /// end early).
    fn count(&self, node: &Node, table: &Table, given: Option<usize>) -> Result<usize> {
        let count = match table.counter {
            None => table.max,
            Some((counter, slot)) => {
                let range = match self.encoder.counters.get(slot).cloned().flatten() {
                    Some(range) => range,
                    None => self.locate(counter)?,
                };
                count_of(
                    self.encoder.draft.tree,
                    node,
                    table,
                    &self.encoder.draft.record,
                    range,
                    self.origin,
                )?
            }
        };
        let short = |given: usize| given < count && (self.notes.length.is_some() || table.counter.is_none());
        match given {
            Some(given) if given != count && !short(given) => {
                Err(self.wrong_count(node, table, given, count))
            }
            _ => Ok(count),
        }
    }

    fn locate(&self, counter: FieldId) -> Result<Range<usize>> {
        let (format, record) = (&self.encoder.draft.tree.format, &self.encoder.draft.record);
        locate(&format.layout, format.page, record, counter, &[])
            .map_err(|error| self.origin.not_located(format, error, record))
    }

    fn occurrence(&mut self, node: &Node, at: usize, place: Option<usize>) -> Result<usize> {
        match &node.content {
            Content::Leaf(leaf) => self.field(node, leaf, at, place).map(|()| leaf.length),
            Content::Group(members, _) => {
                let (end, known) = self.members(members, at, place)?;
                if let Some(group) = place.filter(|_| !node.hidden) {
                    self.input
                        .check_group(group, members, known)
                        .map_err(|unknown| self.unknown_member(node, unknown))?;
                }
                Ok(end - at)
            }
        }
    }

    fn field(&mut self, node: &Node, leaf: &Leaf, at: usize, place: Option<usize>) -> Result<()> {
        let end = at + leaf.length;
        if let Some(slot) = node.counter {
            self.encoder.counters[slot] = Some(at..end);
        }
        self.fill(at, leaf.length, &leaf.initial);
        let Some(place) = place else { return Ok(()) };
        self.encoder.draft.put(node, leaf, at, self.input.scalar(place), self.notes, self.origin)
    }

    /// Makes room and puts there what an empty record has: blanks unless given.
    fn fill(&mut self, at: usize, length: usize, initial: &[u8]) {
        let blank = self.encoder.draft.tree.format.page.space();
        let record = &mut self.encoder.draft.record;
        if record.len() < at + length {
            record.resize(at + length, blank);
        }
        if initial.len() == length {
            record[at..at + length].copy_from_slice(initial);
        }
    }

    #[cold]
    fn wrong_count(&self, node: &Node, table: &Table, given: usize, count: usize) -> Box<Diagnostic> {
        let layout = &self.encoder.draft.tree.format.layout;
        let counter = table.counter.map(|(id, _)| layout.field(id).display_name().to_owned());
        let wanted = match counter {
            Some(counter) => format!("its counter {counter} says {count}"),
            None => format!("the copybook has {count}"),
        };
        Diagnostic::error(codes::DAT018, format!("table {} has {given} occurrences, but {wanted}", node.name))
            .in_data(self.encoder.draft.place(node, self.origin))
            .hint("make the counter and the list agree")
    }

    #[cold]
    fn unknown_member(&self, node: &Node, unknown: UnknownMember) -> Box<Diagnostic> {
        let message = format!("{} has no member {}", node.name, unknown.name);
        let hint = match unknown.nearest {
            Some(near) => format!("did you mean {near}?"),
            None => "take it away, or add it to the copybook".to_owned(),
        };
        Diagnostic::error(codes::DAT018, message)
            .in_data(self.encoder.draft.place(node, self.origin))
            .hint(hint)
    }
}
