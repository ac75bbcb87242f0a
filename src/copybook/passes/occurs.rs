//! OCCURS: sizes of tables and their counters.

use crate::copybook::entry::{QualifiedName, shown};
use crate::copybook::layout::{FieldId, Occurs, Shape, TableKey};
use crate::copybook::names::Miss;
use crate::copybook::options::Area;
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
        let mut occurs = Occurs {
            min: table.min,
            max: table.max,
            depending_on: None,
            keys: find_keys(draft, index, &table.keys),
        };
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

/// The items that KEY phrases name. One that is not in the table says nothing about its order.
fn find_keys(draft: &mut Draft, table: usize, names: &[(QualifiedName, bool)]) -> Vec<TableKey> {
    let mut keys = Vec::with_capacity(names.len());
    for (name, descending) in names {
        let found = draft.names.first_within(&name.name.value, &(table..draft.items[table].end));
        match found.and_then(|item| u32::try_from(item).ok()) {
            Some(id) => keys.push(TableKey { field: FieldId(id), descending: *descending }),
            None => {
                let shown = shown(&name.name.value);
                let message = format!("the key `{shown}` is not an item of the table");
                let warning = Diagnostic::warning(codes::CPY023, message).at(&name.name.span, "");
                draft.report(warning.hint("name the table, or an item in it"));
            }
        }
    }
    keys
}

fn check_place(draft: &mut Draft, index: usize, outer: u8) {
    let entry = &draft.items[index].entry;
    let Some(span) = entry.occurs.as_ref().map(|occurs| occurs.span.clone()) else { return };
    if outer == MAX_DIMENSIONS {
        let message = format!("`{}` is a table of more than {MAX_DIMENSIONS} dimensions", entry.shown());
        let error = Diagnostic::error(codes::CPY015, message).at(&span, "");
        draft.report(error.hint("take one OCCURS away"));
    } else if matches!(entry.level, 1 | 77) {
        let message = format!("OCCURS at level {:02} makes the whole record a table", entry.level);
        let warning = Diagnostic::warning(codes::CPY023, message).at(&span, "");
        draft.report(warning.hint("IBM compilers refuse this; put the table one level below the record"));
    }
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
    let inside = draft.is_within(found, table);
    if inside && draft.items[table].entry.occurs.as_ref().is_some_and(|occurs| occurs.value.min == 0) {
        let message = format!("the counter `{name}` is inside its own table, which may be empty");
        return fail(message, "move it before the table");
    }
    if !is_whole_number(draft, found) {
        let hint = "give it a PICTURE of 9s without V or P";
        return fail(format!("the counter `{name}` is not a whole number"), hint);
    }
    let mut around = Some(found);
    while let Some(at) = around {
        if draft.items[at].entry.occurs.is_some() && !draft.is_within(table, at) && at != table {
            let hint = "name a counter that needs no subscript";
            return fail(format!("the counter `{name}` is in a table of its own"), hint);
        }
        around = draft.items[at].parent;
    }
    Ok(found)
}

/// Text is taken for the digits in it. An item with an error of its own is given the benefit of the doubt.
fn is_whole_number(draft: &Draft, index: usize) -> bool {
    match draft.items[index].shape {
        Shape::Number(number) => number.scale == 0,
        Shape::Text => true,
        Shape::Edited(edited) => edited.scale == 0 && !edited.exponent,
        _ => draft.items[index].entry.broken,
    }
}

/// Counters that IBM does not allow where they stand or as they are, but whose meaning is clear.
pub(super) fn check_counters_in_place(draft: &mut Draft) {
    for table in 0..draft.items.len() {
        let item = &draft.items[table];
        let counter = item.occurs.as_ref().and_then(|occurs| occurs.depending_on);
        let clause = item.entry.occurs.as_ref().and_then(|clause| clause.value.depending_on.as_ref());
        let (Some(counter), Some(clause)) = (counter, clause) else { continue };
        let span = clause.name.span.clone();
        let counter = counter.0 as usize;
        let name = draft.shown(counter);
        if draft.items[counter].moving && (counter > table || draft.is_within(counter, table)) {
            let message = format!("the place of the counter `{name}` depends on the table that it counts");
            let error = Diagnostic::error(codes::CPY016, message).at(&span, "");
            draft.report(error.hint("move it before the table"));
            continue;
        }
        for problem in oddities(draft, table, counter) {
            let message = format!("the counter `{name}` {problem}");
            let warning = Diagnostic::warning(codes::CPY023, message).at(&span, "");
            draft.report(warning.hint("IBM compilers refuse this; it is read where it stands"));
        }
    }
}

fn oddities(draft: &Draft, table: usize, counter: usize) -> Vec<&'static str> {
    let (item, owner) = (&draft.items[counter], &draft.items[table]);
    let own = draft.is_within(counter, table);
    let alien = item.root != owner.root && draft.options.area == Area::File;
    let all = [
        (own, "is inside its own table; the first occurrence counts"),
        (!own && !item.dims.is_empty(), "is inside a table, one for each occurrence"),
        (item.dims.is_empty() && item.moving, "stands behind a table of varying size"),
        (counter > table && !own && !alien, "stands after its table"),
        (alien, "is in another record, which shares the storage of this one"),
        (!matches!(item.shape, Shape::Number(_)), "is not a number; the digits in it count"),
    ];
    all.into_iter().filter(|(applies, _)| *applies).map(|(_, problem)| problem).collect()
}
