//! Items by name.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;

use crate::diag::nearest;

use super::entry::QualifiedName;
use super::layout::{Condition, Field, FieldId};
use super::tree::Item;

/// Items of one name looked at before the name counts as ambiguous.
const MAX_CANDIDATES: usize = 64;
/// Names compared for a suggestion, and suggestions made: each comparison costs, and hostile text has many errors.
const MAX_COMPARED: usize = 4096;
const MAX_SUGGESTIONS: u32 = 20;

/// Why a name leads to no item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// There is none.
    Unknown,
    /// There are several.
    Ambiguous,
}

/// The index of names.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_name: HashMap<String, Vec<usize>>,
    ordered: Vec<String>,
    suggestions: Cell<u32>,
}

impl Names {
    pub(super) fn new(items: &[Item]) -> Self {
        let mut names = Names::default();
        for (index, item) in items.iter().enumerate() {
            let Some(name) = item.entry.name.as_ref().filter(|_| !item.is_renames()) else { continue };
            names.by_name.entry(name.clone()).or_default().push(index);
            if names.ordered.len() < MAX_COMPARED {
                names.ordered.push(name.clone());
            }
        }
        names
    }

    /// The item a name means, those of the record `root` before all others.
    pub(super) fn find(&self, items: &[Item], name: &QualifiedName, root: usize) -> Result<usize, Miss> {
        let all = self.by_name.get(&name.name.value).map_or(&[][..], Vec::as_slice);
        let record = &all[all.partition_point(|&i| i < root)..all.partition_point(|&i| i < items[root].end)];
        match one(items, record, &name.qualifiers) {
            Err(Miss::Unknown) => one(items, all, &name.qualifiers),
            found => found,
        }
    }

    /// The first of these items that has a name.
    pub(super) fn first_within(&self, name: &str, within: &Range<usize>) -> Option<usize> {
        let all = self.by_name.get(name)?;
        let first = *all.get(all.partition_point(|item| *item < within.start))?;
        within.contains(&first).then_some(first)
    }

    /// True if any item has this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// A sentence about what to do with an unknown name.
    pub(super) fn hint(&self, name: &str, otherwise: &str) -> String {
        self.suggestions.set(self.suggestions.get().saturating_add(1));
        if self.suggestions.get() > MAX_SUGGESTIONS {
            return otherwise.to_owned();
        }
        match nearest(name, self.ordered.iter().map(String::as_str)) {
            Some(known) if known != name => format!("did you mean {known}?"),
            _ => otherwise.to_owned(),
        }
    }
}

fn one(items: &[Item], candidates: &[usize], qualifiers: &[String]) -> Result<usize, Miss> {
    let mut found = None;
    for (tried, &index) in candidates.iter().enumerate() {
        if tried == MAX_CANDIDATES {
            return Err(Miss::Ambiguous);
        }
        if is_within(items, items[index].parent, qualifiers) && found.replace(index).is_some() {
            return Err(Miss::Ambiguous);
        }
    }
    found.ok_or(Miss::Unknown)
}

/// True if the qualifiers name groups at or above `at`, from the inside outward.
fn is_within(items: &[Item], mut at: Option<usize>, qualifiers: &[String]) -> bool {
    for qualifier in qualifiers {
        loop {
            let Some(index) = at else { return false };
            at = items[index].parent;
            if items[index].entry.name.as_ref() == Some(qualifier) {
                break;
            }
        }
    }
    true
}

/// The fields and conditions of a layout in the order of their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct NameIndex {
    fields: Vec<FieldId>,
    conditions: Vec<u32>,
}

impl NameIndex {
    pub(super) fn new(fields: &[Field], conditions: &[Condition]) -> Self {
        let ids = (0..fields.len() as u32).map(FieldId);
        let mut named: Vec<FieldId> = ids.filter(|id| fields[id.0 as usize].name.is_some()).collect();
        named.sort_by_key(|id| (fields[id.0 as usize].name.as_deref(), *id));
        let mut called: Vec<u32> = (0..conditions.len() as u32).collect();
        called.sort_by_key(|at| (conditions[*at as usize].name.as_str(), *at));
        NameIndex { fields: named, conditions: called }
    }

    /// The fields of a name, in the order of the copybook.
    pub(super) fn fields(&self, fields: &[Field], name: &str) -> &[FieldId] {
        let name = name.to_ascii_uppercase();
        let key = |id: &FieldId| fields[id.0 as usize].name.as_deref().unwrap_or_default();
        let from = self.fields.partition_point(|id| key(id) < name.as_str());
        let to = self.fields.partition_point(|id| key(id) <= name.as_str());
        &self.fields[from..to]
    }

    /// The conditions of a name, by their places in the list.
    pub(super) fn conditions(&self, conditions: &[Condition], name: &str) -> &[u32] {
        let name = name.to_ascii_uppercase();
        let key = |at: &u32| conditions[*at as usize].name.as_str();
        let from = self.conditions.partition_point(|at| key(at) < name.as_str());
        let to = self.conditions.partition_point(|at| key(at) <= name.as_str());
        &self.conditions[from..to]
    }
}
