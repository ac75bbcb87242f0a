//! The finished tree to a [`Layout`].

use crate::diag::Diagnostics;

use super::entry::Entry;
use super::layout::{Condition, Field, FieldId, Layout};
use super::names::NameIndex;
use super::passes;
use super::tree::{Draft, Item};

/// The layout, if nothing was wrong.
pub(super) fn finish(draft: Draft, conditions: Vec<Condition>) -> (Option<Layout>, Diagnostics) {
    if draft.diagnostics.has_errors() {
        return (None, draft.diagnostics);
    }
    let (length, length_min) = passes::record_lengths(&draft);
    let fields: Vec<Field> = draft.items.into_iter().map(field).collect();
    let index = NameIndex::new(&fields, &conditions);
    let compiler = draft.options.compiler;
    let (length, length_min) = (size(length), size(length_min));
    let layout = Layout { fields, conditions, length, length_min, head: 0, tail: 0, compiler, index };
    (Some(layout), draft.diagnostics)
}

fn field(item: Item) -> Field {
    let Entry { level, name, span, picture, value, justified, blank_when_zero, .. } = item.entry;
    Field {
        name,
        level,
        parent: item.parent.map(id),
        children: item.children.into_iter().map(id).collect(),
        offset: size(item.offset),
        length: size(item.length),
        offset_min: size(item.offset_min),
        length_min: size(item.length_min),
        slack: size(item.slack),
        padding: size(item.padding),
        shape: item.shape,
        usage: item.usage,
        occurs: item.occurs,
        dims: item.dims,
        redefines: item.redefines.map(id),
        moving: item.moving,
        edit: item.edit,
        picture: picture.map(|picture| picture.value.text),
        value: value.and_then(|value| value.value.into_iter().next()).map(|range| range.low.value),
        justified: justified.is_some(),
        blank_when_zero: blank_when_zero.is_some(),
        span,
    }
}

fn id(index: usize) -> FieldId {
    FieldId(u32::try_from(index).unwrap_or(u32::MAX))
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
