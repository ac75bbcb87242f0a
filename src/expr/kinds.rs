//! Which kind a record is of, when a file has several kinds of records; which view of its storage is there; and the parents
//! that children know.
//!
//! The words are those of `records:` and `views:` of a job and of `--record`, `--view` and `--parent`: both end here.

use super::compile::Compiler;
use super::condition::Condition;
use super::meaning::Meaning;
use super::scope::{Scope, SingleFrame};
use crate::copybook::{FieldId, Layout, NameError};
use crate::diag::{DataPlace, Diagnostic, Result, Span, codes, nearest};
use crate::record::{Origin, RecordFormat};

/// When a record is of a kind.
#[derive(Clone, Debug)]
pub enum When {
    /// Always: the kind of those that no other condition takes.
    Otherwise,
    /// The first record of the file.
    First,
    /// The last record of the file.
    Last,
    /// A condition on its fields.
    Holds(Condition),
}

/// A kind of record.
#[derive(Clone, Debug)]
pub struct RecordKind {
    /// Its name: that of the 01 level, or of the view that makes the difference.
    pub name: String,
    /// The item of that name; `None` for the only record of a file.
    pub item: Option<FieldId>,
    /// Position of the 01 level among those of the copybook.
    pub record: usize,
    /// When a record is of this kind.
    pub when: When,
    /// The kind it is a child of (a segment of a hierarchy).
    pub parent: Option<usize>,
    /// Fields that its children know it by.
    pub key: Vec<FieldId>,
}

/// Where a record stands in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// It is the first one.
    pub first: bool,
    /// It is the last one.
    pub last: bool,
}

/// The kinds of records of a file; the first whose condition holds counts.
#[derive(Clone, Debug)]
pub struct Kinds(Vec<RecordKind>);

impl Kinds {
    /// All records are the one 01 level.
    pub fn single(name: &str, record: usize) -> Self {
        let name = name.to_owned();
        let when = When::Otherwise;
        Kinds(vec![RecordKind { name, item: None, record, when, parent: None, key: Vec::new() }])
    }

    /// All of them.
    pub fn list(&self) -> &[RecordKind] {
        &self.0
    }

    /// True if every record is of the one kind there is.
    pub fn is_single(&self) -> bool {
        matches!(self.0.as_slice(), [RecordKind { when: When::Otherwise, .. }])
    }

    /// True if a kind depends on which record is the last one.
    pub fn looks_ahead(&self) -> bool {
        self.0.iter().any(|kind| matches!(kind.when, When::Last))
    }

    /// True if records need to know records before them.
    pub fn has_parents(&self) -> bool {
        self.0.iter().any(|kind| kind.parent.is_some())
    }

    /// The position of the kind with this name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|kind| kind.name.eq_ignore_ascii_case(name))
    }

    /// The kinds above a kind, the nearest first.
    pub fn ancestors(&self, kind: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.0[kind].parent, |at| self.0[*at].parent).take(self.0.len())
    }

    /// The kinds below a kind: a new record of it makes those of them forgotten that came before.
    pub fn below(&self, kind: usize) -> impl Iterator<Item = usize> {
        (0..self.0.len()).filter(move |other| self.ancestors(*other).any(|at| at == kind))
    }

    /// True if a kind depends on where its record stands in the file.
    pub fn depend_on_place(&self) -> bool {
        self.0.iter().any(|kind| matches!(kind.when, When::First | When::Last))
    }

    /// The same kinds, no one's child.
    pub fn without_parents(&self) -> Self {
        let orphaned = |kind: &RecordKind| RecordKind { parent: None, key: Vec::new(), ..kind.clone() };
        Kinds(self.0.iter().map(orphaned).collect())
    }

    /// The kind of a record.
    pub fn of(&self, record: &[u8], standing: Standing, origin: Origin<'_>) -> Result<usize> {
        for (index, kind) in self.0.iter().enumerate() {
            let is_it = match &kind.when {
                When::Otherwise => true,
                When::First => standing.first,
                When::Last => standing.last,
                When::Holds(condition) => condition.holds(&SingleFrame { record, origin })?,
            };
            if is_it {
                return Ok(index);
            }
        }
        Err(Diagnostic::error(codes::DAT019, "the record is of no kind: none of the conditions holds")
            .in_data(place(origin, record))
            .hint("add a kind for such records; one without a condition takes all that are left"))
    }
}

/// The place of a record as a whole, with as many bytes as a message should hold.
pub(super) fn place(origin: Origin<'_>, record: &[u8]) -> DataPlace {
    DataPlace {
        dataset: origin.dataset.to_owned(),
        record: origin.record,
        offset: origin.offset,
        bytes: record[..record.len().min(64)].to_vec(),
        ..DataPlace::default()
    }
}

/// Kinds and views as a user writes them: names and conditions with their places, nothing checked.
#[derive(Clone, Debug, Default)]
pub struct KindTexts {
    /// The name of a 01 level or of a view in one; a condition, or `first`, `last`, `otherwise`. Without a condition it takes
    /// all records that are left.
    pub records: Vec<(Span, Option<Span>)>,
    /// A child, and `PARENT(KEY, KEY)`.
    pub parents: Vec<(Span, Span)>,
    /// A redefinition or the item redefined, and when it is there.
    pub views: Vec<(Span, Span)>,
}

/// Why kinds or views cannot be used.
#[derive(Debug)]
pub enum KindFault {
    /// A condition that is none; the message has its place.
    Condition(Box<Diagnostic>),
    /// A word that means nothing here: its place, a sentence, and what to do.
    Word(Span, String, String),
}

type Checked<T> = std::result::Result<T, KindFault>;

fn fault<T>(span: &Span, message: impl Into<String>, hint: impl Into<String>) -> Checked<T> {
    Err(KindFault::Word(span.clone(), message.into(), hint.into()))
}

impl KindTexts {
    /// The kinds of records; `None` if none were written. `float` says how COMP-1 and COMP-2 are stored.
    pub fn kinds(&self, format: &RecordFormat, meaning: &Meaning) -> Checked<Option<Kinds>> {
        let mut kinds: Vec<RecordKind> = Vec::new();
        for (name, when) in &self.records {
            if let Some(before) = kinds.iter().find(|kind| matches!(kind.when, When::Otherwise)) {
                let message =
                    format!("no record is left for {}: {} takes all", name.text().trim(), before.name);
                return fault(name, message, "write the kind without a condition last");
            }
            kinds.push(kind(name, when.as_ref(), format, meaning)?);
        }
        if let (Some((child, _)), true) = (self.parents.first(), kinds.is_empty()) {
            return fault(child, "there are no kinds of records", "say which records are which");
        }
        for (child, parent) in &self.parents {
            let at = position(child, &kinds)?;
            let (parent, key) = parent_and_key(parent, &kinds, &format.layout)?;
            kinds[at].parent = Some(parent);
            kinds[parent].key = key;
        }
        for (child, _) in &self.parents {
            let start = position(child, &kinds)?;
            let ancestors = std::iter::successors(kinds[start].parent, |at| kinds[*at].parent);
            if ancestors.take(kinds.len() + 1).any(|at| at == start) {
                let message = format!("{} would be its own ancestor", kinds[start].name);
                return fault(child, message, "name the kind above it");
            }
        }
        Ok((!kinds.is_empty()).then_some(Kinds(kinds)))
    }

    /// The views that are there only if a condition holds.
    pub fn views(&self, format: &RecordFormat, meaning: &Meaning) -> Checked<Vec<(FieldId, Condition)>> {
        let view = |(name, when): &(Span, Span)| {
            let id = field_named(&format.layout, name)?;
            Ok((id, condition(when, format, meaning, format.layout.root_of(id))?))
        };
        self.views.iter().map(view).collect()
    }
}

fn kind(name: &Span, when: Option<&Span>, format: &RecordFormat, meaning: &Meaning) -> Checked<RecordKind> {
    let id = field_named(&format.layout, name)?;
    let root = format.layout.root_of(id);
    let record = format.layout.roots().position(|(other, _)| other == root).unwrap_or(0);
    let when = match when.map(|when| (when.text().trim(), when)) {
        None | Some(("otherwise", _)) => When::Otherwise,
        Some(("first", _)) => When::First,
        Some(("last", _)) => When::Last,
        Some((_, when)) => When::Holds(condition(when, format, meaning, root)?),
    };
    let name = format.layout.field(id).display_name().to_owned();
    Ok(RecordKind { name, item: Some(id), record, when, parent: None, key: Vec::new() })
}

/// A condition that tells kinds or views apart: names mean the fields of its own 01 level if that has them.
fn condition(text: &Span, format: &RecordFormat, meaning: &Meaning, root: FieldId) -> Checked<Condition> {
    let mut scope = Scope::new();
    scope.add_with("RECORD", format.clone(), meaning.clone());
    Compiler::new(&scope).within(root).condition(text).map_err(KindFault::Condition)
}

fn position(name: &Span, kinds: &[RecordKind]) -> Checked<usize> {
    let wanted = name.text().trim();
    let found = kinds.iter().position(|kind| kind.name.eq_ignore_ascii_case(wanted));
    found.map_or_else(
        || {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
            let near = nearest(wanted, names.iter().copied());
            let hint = near.map_or_else(
                || format!("use one of {}", names.join(", ")),
                |near| format!("did you mean {near}?"),
            );
            fault(name, format!("there is no kind of record {wanted}"), hint)
        },
        Ok,
    )
}

/// `PARENT(KEY, KEY)`.
fn parent_and_key(text: &Span, kinds: &[RecordKind], layout: &Layout) -> Checked<(usize, Vec<FieldId>)> {
    let whole = text.text();
    let parts = whole.trim_end().strip_suffix(')').and_then(|rest| rest.split_once('('));
    let Some((parent, keys)) = parts else {
        let message = format!("`{}` does not say a parent and its key", whole.trim());
        return fault(text, message, "write PARENT(KEY-FIELD)");
    };
    let parent = position(&text.slice(0..parent.len()), kinds)?;
    let mut key = Vec::new();
    let mut at = whole.len() - whole.trim_end().len();
    at = whole.len() - at - 1 - keys.len();
    for name in keys.split(',') {
        let span = text.slice(at..at + name.len());
        at += name.len() + 1;
        let id = field_named(layout, &span)?;
        let (field, root) = (layout.field(id), layout.root_of(id));
        if layout.roots().position(|(other, _)| other == root) != Some(kinds[parent].record) {
            let message = format!("{} is no field of {}", field.display_name(), kinds[parent].name);
            return fault(&span, message, "name a field of the parent");
        }
        if !field.dims.is_empty() {
            let message = format!("{} is part of a table", field.display_name());
            return fault(&span, message, "name a field that the parent has once");
        }
        key.push(id);
    }
    Ok((parent, key))
}

/// A field by its name, `NAME OF GROUP` if need be.
pub fn field_named(layout: &Layout, span: &Span) -> Checked<FieldId> {
    let text = span.text();
    let words: Vec<&str> = text.split_whitespace().collect();
    let (name, rest) = words.split_first().map_or(("", &[][..]), |(name, rest)| (*name, rest));
    let qualifiers: Vec<&str> = rest.iter().skip(1).step_by(2).copied().collect();
    let linked = rest.iter().step_by(2).all(|word| matches!(word.to_ascii_uppercase().as_str(), "OF" | "IN"));
    if !linked || rest.len() != 2 * qualifiers.len() {
        return fault(span, format!("`{text}` is not a field"), "write NAME or NAME OF GROUP");
    }
    let upper = name.to_ascii_uppercase();
    match layout.find(name, &qualifiers) {
        Ok(id) => Ok(id),
        Err(NameError::Unknown) => {
            let hint =
                layout.nearest_name(name).map_or("see offhost layout for the fields".to_owned(), |near| {
                    format!("did you mean {near}?")
                });
            fault(span, format!("the copybook has no field {upper}"), hint)
        }
        Err(NameError::Ambiguous { paths }) => fault(
            span,
            format!("{upper} is the name of several fields"),
            format!("say which: {}", paths.join(", or ")),
        ),
    }
}
