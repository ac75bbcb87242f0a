//! What the bytes of a record mean beyond its layout: how floats are stored, which kind of record it is, which views of its
//! storage are there. A field that only some records have carries a guard, so that reading it anywhere (in a filter, a
//! key, a total, a rule) in another record is an error and never the bytes of something else.

use std::sync::Arc;

use super::condition::Condition;
use super::kinds::{Kinds, RecordKind, Standing, place};
use super::scope::SingleFrame;
use crate::copybook::{Field, FieldId, Layout, Shape};
use crate::diag::{Diagnostic, Result, codes};
use crate::encoding::FloatFormat;
use crate::record::{Above, Block, Origin, RecordFormat};

/// Rules for the records of one dataset.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// How COMP-1 and COMP-2 are stored.
    pub float: FloatFormat,
    /// The kinds of records, if there are several.
    pub kinds: Option<Kinds>,
    /// Views that are there only if a condition holds.
    pub views: Vec<(FieldId, Condition)>,
}

/// The rules of a record; those of each part, if it is a pair.
#[derive(Clone, Debug, Default)]
pub struct Meaning(Vec<Part>);

/// Fields that lie in one record of a dataset.
#[derive(Clone, Debug)]
struct Part {
    /// The first field, and how many there are.
    fields: (u32, u32),
    /// Where that record lies in the pair; to the end if it is the last one.
    start: usize,
    end: Option<usize>,
    /// True if any of its fields is a float.
    has_floats: bool,
    rules: Arc<Rules>,
}

impl Meaning {
    /// The rules for records of a layout.
    pub fn new(layout: &Layout, rules: Rules) -> Self {
        let count = layout.fields().count() as u32;
        let is_float = |field: &Field| matches!(field.shape, Shape::Float(_));
        let has_floats = layout.fields().any(|(_, field)| is_float(field));
        Meaning(vec![Part { fields: (0, count), start: 0, end: None, has_floats, rules: Arc::new(rules) }])
    }

    /// The rules for pairs whose layout is [`Layout::joined`] of these.
    pub fn joined(left: (&Meaning, &Layout), right: (&Meaning, &Layout)) -> Self {
        let (length, fields) = (left.1.length(), left.1.fields().count() as u32);
        // Each record becomes a group of its own before its fields.
        let moved = |meaning: &Meaning, by: u32, start: usize, end: Option<usize>| -> Vec<Part> {
            let part = |part: &Part| Part {
                fields: (part.fields.0 + by, part.fields.1),
                start: part.start + start,
                end: part.end.map(|end| end + start).or(end),
                has_floats: part.has_floats,
                rules: Arc::clone(&part.rules),
            };
            meaning.0.iter().map(part).collect()
        };
        let mut parts = moved(left.0, 1, 0, Some(length));
        parts.extend(moved(right.0, fields + 2, length, None));
        Meaning(parts)
    }

    /// The kinds of records, if it is not a pair.
    pub fn kinds(&self) -> Option<&Kinds> {
        match self.0.as_slice() {
            [part] => part.rules.kinds.as_ref(),
            _ => None,
        }
    }

    /// Views of storage that are there only if a condition holds, if it is not a pair.
    pub fn views(&self) -> &[(FieldId, Condition)] {
        match self.0.as_slice() {
            [part] => &part.rules.views,
            _ => &[],
        }
    }

    /// The same rules without what children know of their parents: a step that writes records may have reordered them.
    #[must_use]
    pub fn without_parents(&self) -> Self {
        let orphaned = |part: &Part| {
            let mut rules = (*part.rules).clone();
            rules.kinds = rules.kinds.as_ref().map(Kinds::without_parents);
            Part { rules: Arc::new(rules), ..part.clone() }
        };
        if self.kinds().is_some_and(Kinds::has_parents) {
            Meaning(self.0.iter().map(orphaned).collect())
        } else {
            self.clone()
        }
    }

    /// The same rules without kinds and views, for records that are being built.
    #[must_use]
    pub fn without_kinds(&self) -> Self {
        let plain = |part: &Part| {
            let rules = Rules { float: part.rules.float, ..Rules::default() };
            Part { rules: Arc::new(rules), ..part.clone() }
        };
        Meaning(self.0.iter().map(plain).collect())
    }

    /// True if both store their floats in the same forms, or one of them knows of no floats.
    pub fn has_floats_of(&self, other: &Meaning) -> bool {
        let forms = |meaning: &Meaning| {
            let parts = meaning.0.iter().filter(|part| part.has_floats);
            let mut forms: Vec<FloatFormat> = parts.map(|part| part.rules.float).collect();
            forms.dedup();
            forms
        };
        let (own, theirs) = (forms(self), forms(other));
        own.is_empty() || theirs.is_empty() || own == theirs
    }

    /// How the first record stores floats.
    pub fn first_float(&self) -> FloatFormat {
        self.0.first().map_or(FloatFormat::default(), |part| part.rules.float)
    }

    /// An error if a record of the block is of no kind.
    pub fn check_block(&self, block: &Block, dataset: &str) -> Result<()> {
        if self.kinds().is_none() {
            return Ok(());
        }
        block
            .slots()
            .try_for_each(|(slot, record)| self.record_of(record, block.origin(dataset, slot)).map(|_| ()))
    }

    /// The 01 level of a record, by its position, if there are kinds; an error if it is of none.
    pub fn record_of(&self, record: &[u8], origin: Origin<'_>) -> Result<Option<usize>> {
        let Some(kinds) = self.kinds() else { return Ok(None) };
        kinds.of(record, standing(origin), origin).map(|kind| Some(kinds.list()[kind].record))
    }

    /// How the floats of a field's record are stored.
    pub(super) fn float(&self, id: FieldId) -> FloatFormat {
        self.part(id).map_or(FloatFormat::default(), |part| part.rules.float)
    }

    /// What has to hold for a field to be there; `None` if every record has it.
    pub(super) fn guard(&self, layout: &Layout, id: FieldId) -> Option<Guard> {
        let part = self.part(id)?;
        let own = |id: FieldId| FieldId(id.0 - part.fields.0);
        let (mut views, mut at) = (Vec::new(), Some(id));
        while let Some(group) = at.filter(|group| part.holds(*group)) {
            views.extend(part.rules.views.iter().position(|(view, _)| *view == own(group)));
            at = layout.field(group).parent;
        }
        let kinds = part.rules.kinds.as_ref().filter(|kinds| !kinds.looks_ahead());
        let having = kinds.map(|kinds| {
            let roots = part.roots(layout);
            let twins: Vec<FieldId> = twins(layout, id).map(|id| part.root_of(layout, id)).collect();
            let has = |kind: &RecordKind| roots.get(kind.record).is_some_and(|root| twins.contains(root));
            kinds.list().iter().map(has).collect::<Vec<bool>>()
        });
        let having = having.filter(|having| having.contains(&false));
        let key_of = kinds.and_then(|kinds| kinds.list().iter().position(|kind| kind.key.contains(&own(id))));
        if views.is_empty() && having.is_none() {
            return None;
        }
        let window = (part.start, part.end);
        Some(Guard { rules: Arc::clone(&part.rules), having, views, window, key_of })
    }

    /// The test whether a record is of the kind, or one of the kinds, that an item names.
    pub(super) fn kind_test(&self, layout: &Layout, id: FieldId) -> Option<Guard> {
        let part = self.part(id)?;
        let kinds = part.rules.kinds.as_ref().filter(|kinds| !kinds.looks_ahead())?;
        let own = FieldId(id.0 - part.fields.0);
        let root = part.roots(layout).iter().position(|root| *root == id);
        let named = |kind: &RecordKind| kind.item == Some(own) || Some(kind.record) == root;
        let having: Vec<bool> = kinds.list().iter().map(named).collect();
        let window = (part.start, part.end);
        having.contains(&true).then(|| Guard {
            rules: Arc::clone(&part.rules),
            having: Some(having),
            views: Vec::new(),
            window,
            key_of: None,
        })
    }

    fn part(&self, id: FieldId) -> Option<&Part> {
        self.0.iter().find(|part| part.holds(id))
    }
}

impl Part {
    fn holds(&self, id: FieldId) -> bool {
        (self.fields.0..self.fields.0 + self.fields.1).contains(&id.0)
    }

    /// The 01 levels of this record, by their ids in the whole.
    fn roots(&self, layout: &Layout) -> Vec<FieldId> {
        let is_root = |(id, field): &(FieldId, &Field)| {
            self.holds(*id) && field.level != 66 && field.parent.is_none_or(|parent| !self.holds(parent))
        };
        layout.fields().filter(is_root).map(|(id, _)| id).collect()
    }

    fn root_of(&self, layout: &Layout, id: FieldId) -> FieldId {
        let inside = |id: &FieldId| layout.field(*id).parent.filter(|parent| self.holds(*parent));
        std::iter::successors(Some(id), inside).last().unwrap_or(id)
    }
}

/// The field and those of other 01 levels that are the same field: same name, same place, same picture.
fn twins(layout: &Layout, id: FieldId) -> impl Iterator<Item = FieldId> {
    let field = layout.field(id);
    let same = move |(other, twin): &(FieldId, &Field)| *other == id || field.is_twin(twin);
    layout.fields().filter(same).map(|(other, _)| other)
}

/// What must hold of a record for a field of it to be there.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    rules: Arc<Rules>,
    /// For each kind whether its records have the field; `None` if all have.
    having: Option<Vec<bool>>,
    /// Views that the field is in.
    views: Vec<usize>,
    window: (usize, Option<usize>),
    /// The kind whose children know the field.
    pub(super) key_of: Option<usize>,
}

impl Guard {
    /// The record that has the field: this one, or the parent that it is a key of.
    pub(super) fn holder<'f>(
        &self,
        record: &'f [u8],
        origin: Origin<'f>,
        describe: impl Fn() -> (RecordFormat, FieldId),
    ) -> Result<&'f [u8]> {
        let own = self.window(record);
        if let (Some(having), Some(kinds)) = (&self.having, &self.rules.kinds) {
            let kind = kinds.of(own, standing(origin), origin)?;
            if !having[kind] {
                let parent = self.key_of.filter(|parent| kinds.ancestors(kind).any(|at| at == *parent));
                return match (parent, origin.above) {
                    (Some(parent), Some(above)) => {
                        above.record(parent).ok_or_else(|| orphan(kinds, (kind, parent), record, origin))
                    }
                    _ => Err(another_kind((kinds, having), kind, record, origin, &describe())),
                };
            }
        }
        for view in &self.views {
            if !self.rules.views[*view].1.holds(&SingleFrame { record: own, origin })? {
                return Err(another_view(self.rules.views[*view].0, record, origin, &describe()));
            }
        }
        Ok(record)
    }

    /// True if the record is of one of the kinds.
    pub(super) fn is_kind(&self, record: &[u8], origin: Origin<'_>) -> Result<bool> {
        match (&self.having, &self.rules.kinds) {
            (Some(having), Some(kinds)) => {
                Ok(having[kinds.of(self.window(record), standing(origin), origin)?])
            }
            _ => Ok(true),
        }
    }

    fn window<'f>(&self, record: &'f [u8]) -> &'f [u8] {
        let end = self.window.1.unwrap_or(record.len()).min(record.len());
        record.get(self.window.0..end).unwrap_or_default()
    }
}

/// The first record is known by its number; kinds that ask for the last one have no guards.
fn standing(origin: Origin<'_>) -> Standing {
    Standing { first: origin.record == Some(1), last: false }
}

#[cold]
fn another_kind(
    (kinds, having): (&Kinds, &[bool]),
    kind: usize,
    record: &[u8],
    origin: Origin<'_>,
    (format, id): &(RecordFormat, FieldId),
) -> Box<Diagnostic> {
    let name = format.layout.path(*id);
    let of_kind = &kinds.list()[kind].name;
    let having = kinds.list().iter().zip(having).filter(|(_, has)| **has).map(|(kind, _)| kind.name.as_str());
    let having: Vec<&str> = having.collect();
    let mut error =
        Diagnostic::error(codes::DAT022, format!("the record is a {of_kind}, which has no {name}"))
            .in_data(place(origin, record));
    if kinds.ancestors(kind).any(|above| kinds.list()[above].key.contains(id)) {
        error = error.note(
            "a key that sorts, matches or looks up is made of each record's own bytes, not of its parent's",
        );
    }
    match having.as_slice() {
        [] => error.hint("no kind of records has the field: add one of its 01 level, or use another field"),
        [only] => {
            error.hint(format!("ask for the kind before the field: {only} AND .., or choose records by it"))
        }
        several => {
            let any = several.join(" OR ");
            error.hint(format!("ask for the kind before the field: ({any}) AND .., or choose records by it"))
        }
    }
}

#[cold]
fn another_view(
    view: FieldId,
    record: &[u8],
    origin: Origin<'_>,
    (format, id): &(RecordFormat, FieldId),
) -> Box<Diagnostic> {
    let layout = &format.layout;
    let (name, view) = (layout.field(*id).display_name(), layout.field(view).display_name());
    let what = if name == view { "the condition of the view" } else { "the condition of its view" };
    Diagnostic::error(codes::DAT022, format!("the record has no {name}: {what} {view} does not hold"))
        .in_data(place(origin, record))
        .hint("test for the view before its fields are used")
}

#[cold]
fn orphan(
    kinds: &Kinds,
    (kind, parent): (usize, usize),
    record: &[u8],
    origin: Origin<'_>,
) -> Box<Diagnostic> {
    let (kind, parent) = (&kinds.list()[kind].name, &kinds.list()[parent].name);
    Diagnostic::error(codes::DAT023, format!("the record is a {kind} without a {parent} before it"))
        .in_data(place(origin, record))
        .hint("the file is not in the order of its hierarchy, or its start is missing")
}

/// The last record of each kind that others are children of, while a file is read in its order.
#[derive(Clone, Debug, Default)]
pub struct Lineage(Arc<Above>);

impl Meaning {
    /// What the records of a block know of those above them, if they have parents. Blocks come in the order of the file. An
    /// error if a record is of no kind.
    pub fn follow(&self, lineage: &mut Lineage, block: &mut Block, dataset: &str) -> Result<()> {
        let Some(kinds) = self.kinds().filter(|kinds| kinds.has_parents()) else { return Ok(()) };
        let mut above = Vec::with_capacity(block.len());
        for (slot, record) in block.slots() {
            let origin = block.origin(dataset, slot);
            let kind = kinds.of(record, standing(origin), origin)?;
            above.push(Arc::clone(&lineage.0));
            let known = kinds.below(kind).any(|below| lineage.0.record(below).is_some());
            if known || !kinds.list()[kind].key.is_empty() {
                let mut next = (*lineage.0).clone();
                kinds.below(kind).for_each(|below| next.forget(below));
                next.remember(kind, record);
                lineage.0 = Arc::new(next);
            }
        }
        block.set_above(above);
        Ok(())
    }
}
