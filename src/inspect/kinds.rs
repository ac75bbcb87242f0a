//! Which field tells the kinds of records apart.

use std::collections::BTreeMap;

use crate::convert::Readable;
use crate::copybook::{FieldId, Shape};
use crate::encoding::is_escape;
use crate::record::read_integer;

/// Most values that a field which tells kinds apart may have.
const VALUES: usize = 24;

/// Finds an elementary field whose value says the label, and gives for each label the COBOL condition of its records.
/// `records` are the records with a label; those without one are left out by the caller.
pub(super) fn telling(
    readable: &Readable,
    records: &[(Vec<u8>, usize)],
    outside: Option<FieldId>,
) -> Option<BTreeMap<usize, String>> {
    let layout = &readable.form.tree.format.layout;
    let mut best: Option<(usize, usize, BTreeMap<usize, String>)> = None;
    for (id, field) in layout.fields() {
        let fits = field.is_elementary() && field.name.is_some() && !field.moving && field.dims.is_empty();
        let inside = outside.is_some_and(|storage| is_within_storage(readable, id, storage));
        if !fits || inside || field.length > 8 || layout.find(field.display_name(), &[]) != Ok(id) {
            continue;
        }
        let Some(found) = conditions(readable, records, id) else { continue };
        // Of fields that tell as much, the one with fewer values, and the first of them.
        let rank = (found.0, field.offset);
        if best.as_ref().is_none_or(|(values, offset, _)| rank < (*values, *offset)) {
            best = Some((rank.0, rank.1, found.1));
        }
    }
    best.map(|(_, _, conditions)| conditions)
}

/// The conditions of each label if the field's values tell them, and how many values there are.
fn conditions(
    readable: &Readable,
    records: &[(Vec<u8>, usize)],
    id: FieldId,
) -> Option<(usize, BTreeMap<usize, String>)> {
    let layout = &readable.form.tree.format.layout;
    let field = layout.field(id);
    let mut labels: BTreeMap<&[u8], BTreeMap<usize, u64>> = BTreeMap::new();
    for (record, label) in records {
        let bytes = record.get(field.offset..field.offset + field.length)?;
        *labels.entry(bytes).or_default().entry(*label).or_default() += 1;
        if labels.len() > VALUES {
            return None;
        }
    }
    if labels.len() < 2 {
        return None;
    }
    let mut wrong = 0;
    let mut of_label: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (bytes, counts) in &labels {
        let (label, most) = counts.iter().max_by_key(|(_, count)| **count)?;
        wrong += counts.values().sum::<u64>() - most;
        of_label.entry(*label).or_default().push(literal(readable, id, bytes)?);
    }
    let enough = wrong * 100 <= records.len() as u64 && of_label.len() > 1;
    let name = field.display_name();
    let condition = |values: &Vec<String>| {
        values.iter().map(|value| format!("{name} = {value}")).collect::<Vec<_>>().join(" OR ")
    };
    enough
        .then(|| (labels.len(), of_label.iter().map(|(label, values)| (*label, condition(values))).collect()))
}

/// The bytes of a field as a COBOL literal.
fn literal(readable: &Readable, id: FieldId, bytes: &[u8]) -> Option<String> {
    let format = &readable.form.tree.format;
    match format.layout.field(id).shape {
        Shape::Number(shape) if shape.scale == 0 => {
            read_integer(shape, bytes, format.page).ok().map(|value| value.to_string())
        }
        Shape::Text => {
            let text = format.page.decode(bytes);
            let text = text.trim_end();
            let plain = text.chars().all(|c| !c.is_control() && !is_escape(c) && c != '\'');
            match (plain, text.is_empty()) {
                (true, true) => Some("SPACES".to_owned()),
                (true, false) => Some(format!("'{text}'")),
                (false, _) => {
                    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
                    Some(format!("X'{digits}'"))
                }
            }
        }
        _ => None,
    }
}

/// True if a field is in an item or in one of its redefinitions.
fn is_within_storage(readable: &Readable, id: FieldId, storage: FieldId) -> bool {
    let layout = &readable.form.tree.format.layout;
    let parent = |id: &FieldId| layout.field(*id).parent;
    std::iter::successors(Some(id), parent)
        .any(|id| id == storage || layout.field(id).redefines == Some(storage))
}
