//! Which 01 level a record is, when a file has several kinds of records; and the keys that children have from their parents.

use super::tree::Tree;
use crate::copybook::FieldId;
use crate::diag::{Diagnostic, Result, codes};
use crate::expr::{Condition, SingleFrame};
use crate::record::Origin;

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
    /// Position of the 01 level in [`Tree::records`].
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
        Kinds(vec![RecordKind { name, record, when: When::Otherwise, parent: None, key: Vec::new() }])
    }

    /// Several kinds, in the order in which they are asked.
    pub fn new(kinds: Vec<RecordKind>) -> Self {
        Kinds(kinds)
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

    /// The kind of a record.
    pub fn of(&self, tree: &Tree, record: &[u8], standing: Standing, origin: Origin<'_>) -> Result<usize> {
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
            .in_data(origin.place(&tree.format, None, 0, &record[..record.len().min(64)]))
            .hint("add a kind for such records; one without a condition takes all that are left"))
    }
}
