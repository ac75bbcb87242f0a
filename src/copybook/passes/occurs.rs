//! OCCURS: sizes of tables and their counters.

use crate::copybook::entry::{QualifiedName, shown};
use crate::copybook::layout::{Area, FieldId, Occurs, Shape};
use crate::copybook::names::Miss;
use crate::copybook::tree::Draft;
use crate::diag::{Diagnostic, codes};

/// Most subscripts.
const MAX_DIMENSIONS: u8 = 7;

/// Gives tables their sizes and finds their counters.
pub(super) fn settle(draft: &mut Draft) {
    let mut dimensions: Vec<u8> = Vec::with_capacity(draft.items.len());
    for index in 0..draft.items.len() {
        let item = &draft.items[index];
        let outer = item.parent.map_or(0, |parent| dimensions[parent]);
        let Some(clause) = item.entry.occurs.clone() else {
            dimensions.push(outer);
            continue;
        };
        dimensions.push(outer.saturating_add(1));
        check_place(draft, index, outer);
        let table = clause.value;
        let mut occurs = Occurs { min: table.min, max: table.max, depending_on: None };
        if let Some(counter) = &table.depending_on {
            match find_counter(draft, index, counter) {
                Ok(found) => occurs.depending_on = Some(FieldId(u32::try_from(found).unwrap_or(u32::MAX))),
                Err(error) => {
                    draft.items[index].entry.broken = true;
                    draft.report(error);
                }
            }
        }
        draft.items[index].occurs = Some(occurs);
    }
}

fn check_place(draft: &mut Draft, index: usize, outer: u8) {
    let entry = &draft.items[index].entry;
    let Some(span) = entry.occurs.as_ref().map(|occurs| occurs.span.clone()) else { return };
    let (message, hint) = if matches!(entry.level, 1 | 77) {
        let message = format!("OCCURS cannot stand at level {:02}", entry.level);
        (message, "put the table one level below the record")
    } else if outer == MAX_DIMENSIONS {
        (
            format!("`{}` is a table of more than {MAX_DIMENSIONS} dimensions", entry.shown()),
            "take one OCCURS away",
        )
    } else {
        return;
    };
    draft.report(Diagnostic::error(codes::CPY015, message).at(&span, "").hint(hint));
}

fn find_counter(draft: &Draft, table: usize, counter: &QualifiedName) -> Result<usize, Box<Diagnostic>> {
    let name = shown(&counter.name.value);
    let fail = |message: String, hint: &str| {
        Err(Diagnostic::error(codes::CPY016, message).at(&counter.name.span, "").hint(hint))
    };
    let root = draft.items[table].root;
    let found = match draft.names.find(&draft.items, counter, root) {
        Ok(found) => found,
        Err(Miss::Ambiguous) => {
            return fail(format!("the counter `{name}` could be any of several items"), "qualify it with OF");
        }
        Err(Miss::Unknown) => {
            let otherwise = "define it as a whole number before the table";
            let hint = draft.names.hint(&counter.name.value, otherwise);
            return fail(format!("the counter `{name}` is not defined"), &hint);
        }
    };
    if draft.is_within(found, table) {
        return fail(format!("the counter `{name}` is inside its own table"), "move it before the table");
    }
    if found > table {
        return fail(format!("the counter `{name}` stands after its table"), "move it before the table");
    }
    if draft.items[found].root != root && draft.area == Area::File {
        let hint = "name a counter of the same record";
        return fail(format!("the counter `{name}` is in another record"), hint);
    }
    if !is_whole_number(draft, found) {
        let hint = "give it a PICTURE of 9s without V or P";
        return fail(format!("the counter `{name}` is not a whole number"), hint);
    }
    let mut around = Some(found);
    while let Some(at) = around {
        if draft.items[at].entry.occurs.is_some() && !draft.is_within(table, at) {
            let hint = "name a counter that needs no subscript";
            return fail(format!("the counter `{name}` is in a table of its own"), hint);
        }
        around = draft.items[at].parent;
    }
    Ok(found)
}

/// An item with an error of its own is given the benefit of the doubt.
fn is_whole_number(draft: &Draft, index: usize) -> bool {
    match draft.items[index].shape {
        Shape::Number(number) => number.scale == 0,
        _ => draft.items[index].entry.broken,
    }
}

/// Counters that IBM does not allow where they stand, but whose meaning is clear.
pub(super) fn check_counters_in_place(draft: &mut Draft) {
    for index in 0..draft.items.len() {
        let item = &draft.items[index];
        let counter = item.occurs.as_ref().and_then(|occurs| occurs.depending_on);
        let clause = item.entry.occurs.as_ref().and_then(|clause| clause.value.depending_on.as_ref());
        let (Some(counter), Some(clause)) = (counter, clause) else { continue };
        let counter = &draft.items[counter.0 as usize];
        let problem = if !counter.dims.is_empty() {
            "is inside a table, one for each occurrence"
        } else if counter.moving {
            "stands behind a table of varying size"
        } else {
            continue;
        };
        let message = format!("the counter `{}` {problem}", counter.entry.shown());
        let warning = Diagnostic::warning(codes::CPY023, message).at(&clause.name.span, "");
        draft.report(warning.hint("IBM compilers refuse this; it is read in the order of the record"));
    }
}
