//! What a record looks like where there is no FILLER: named members in groups and tables. Conversions of data
//! (`codec::Tree`) go by the same two rules, [`Field::is_lifted`] and [`unique_member`].

use std::collections::HashSet;

use crate::copybook::layout::{Condition, Field, FieldId, Layout, NumberShape, Occurs, Usage};

/// A named item with its named members; none for an elementary item.
pub(super) struct Member<'a> {
    /// The data name; made different if the group has the name already.
    pub name: String,
    /// The item.
    pub id: FieldId,
    /// The same.
    pub field: &'a Field,
    /// The items below.
    pub members: Vec<Member<'a>>,
}

impl Field {
    /// True for an unnamed group that is no table: its members belong to the group around.
    pub fn is_lifted(&self) -> bool {
        self.name.is_none() && self.occurs.is_none() && !self.children.is_empty()
    }
}

/// A name in a group that has these already: a second one of the same name gets `~2`, which no data name can hold.
pub fn unique_member(name: &str, names: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2_u32;
    while !names.insert(candidate.clone()) {
        candidate = format!("{name}~{number}");
        number += 1;
    }
    candidate
}

impl Member<'_> {
    /// The table the item is.
    pub(super) fn occurs(&self) -> Option<&Occurs> {
        self.field.occurs.as_ref()
    }
}

/// The 01 and 77 levels. Unnamed items are left out and their members stand in their place; an unnamed table with named
/// members keeps the name FILLER, and so does an unnamed record. Groups without named members are left out too.
pub(super) fn records(layout: &Layout) -> Vec<Member<'_>> {
    let mut names = HashSet::new();
    let roots = layout.roots();
    roots
        .map(|(id, field)| member(layout, id, field, unique_member(field.display_name(), &mut names)))
        .collect()
}

/// The condition names of an item.
pub(super) fn conditions(layout: &Layout, id: FieldId) -> &[Condition] {
    // They are in the order of their items.
    let all = layout.conditions();
    let from = all.partition_point(|condition| condition.field < id);
    let to = all.partition_point(|condition| condition.field <= id);
    &all[from..to]
}

/// Precision and scale of a decimal that holds every number of the shape; the scale is never negative.
pub(super) fn precision(shape: NumberShape) -> (u32, u32) {
    let digits = match shape.usage {
        Usage::Binary(form) if form.native => {
            let bits = u32::from(form.length) * 8 - u32::from(shape.signed);
            1_u128.checked_shl(bits).map_or(39, |top| (top - 1).to_string().len() as u32)
        }
        _ => u32::from(shape.digits),
    };
    let scale = i32::from(shape.scale);
    let beyond = scale.min(0).unsigned_abs();
    let scale = scale.max(0).unsigned_abs();
    ((digits + beyond).max(scale), scale)
}

fn member<'a>(layout: &'a Layout, id: FieldId, field: &'a Field, name: String) -> Member<'a> {
    let mut members = Vec::new();
    gather(layout, field, &mut members, &mut HashSet::new());
    Member { name, id, field, members }
}

fn gather<'a>(layout: &'a Layout, group: &'a Field, into: &mut Vec<Member<'a>>, names: &mut HashSet<String>) {
    for &child in &group.children {
        let field = layout.field(child);
        if field.is_lifted() {
            gather(layout, field, into, names);
            continue;
        }
        let inner = member(layout, child, field, String::new());
        let shown = if field.children.is_empty() { field.name.is_some() } else { !inner.members.is_empty() };
        if shown {
            into.push(Member { name: unique_member(field.display_name(), names), ..inner });
        }
    }
}
