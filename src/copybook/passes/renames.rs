//! RENAMES: other names for stretches of a record.

use crate::copybook::entry::{QualifiedName, RenamesClause, shown};
use crate::copybook::layout::Shape;
use crate::copybook::names::Miss;
use crate::copybook::tree::Draft;
use crate::diag::{Diagnostic, codes};

type Outcome<T> = Result<T, Box<Diagnostic>>;

/// Gives every level 66 item its place and shape.
pub(super) fn settle(draft: &mut Draft) {
    let varying = varying_before(draft);
    for index in 0..draft.items.len() {
        if draft.items[index].entry.broken {
            continue;
        }
        let Some(clause) = draft.items[index].entry.renames.clone() else { continue };
        if let Err(error) = settle_one(draft, index, &clause.value, &varying) {
            draft.report(error);
        }
    }
}

/// For every item, how many tables with a counter stand before it.
fn varying_before(draft: &Draft) -> Vec<usize> {
    let mut counts = vec![0];
    let mut count = 0;
    for item in &draft.items {
        count += usize::from(item.occurs.as_ref().is_some_and(|occurs| occurs.depending_on.is_some()));
        counts.push(count);
    }
    counts
}

fn settle_one(draft: &mut Draft, index: usize, clause: &RenamesClause, varying: &[usize]) -> Outcome<()> {
    let root = draft.items[index].root;
    let from = find(draft, root, &clause.from)?;
    let thru = match &clause.thru {
        Some(name) => find(draft, root, name)?,
        None => from,
    };
    if let Some(name) = &clause.thru {
        check_order(draft, from, thru, name)?;
    }
    let end = draft.items[thru].end;
    if varying[end] > varying[from] {
        let name = clause.thru.as_ref().unwrap_or(&clause.from);
        let hint = "rename items before or after the table only";
        return Err(fail(name, "there is a DEPENDING ON table among the renamed items".to_owned(), hint));
    }
    let (first, last) = (&draft.items[from], &draft.items[thru]);
    let (offset, offset_min, moving, usage) = (first.offset, first.offset_min, first.moving, first.usage);
    let length = last.offset.saturating_add(last.length).saturating_sub(offset);
    // A single item keeps its description; a range is text, like a group.
    let (shape, picture) = match clause.thru {
        None => (first.shape, first.entry.picture.clone()),
        Some(_) => (Shape::Group, None),
    };
    let usage = if clause.thru.is_none() { usage } else { "" };
    let item = &mut draft.items[index];
    (item.offset, item.length, item.length_min, item.moving) = (offset, length, length, moving);
    (item.offset_min, item.usage) = (offset_min, usage);
    item.shape = shape;
    item.entry.picture = picture;
    Ok(())
}

fn fail(name: &QualifiedName, message: String, hint: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::CPY018, message).at(&name.name.span, "").hint(hint)
}

fn find(draft: &Draft, root: usize, name: &QualifiedName) -> Outcome<usize> {
    let text = shown(&name.name.value);
    let found = match draft.names.find(&draft.items, name, root) {
        Ok(found) => found,
        Err(Miss::Ambiguous) => {
            return Err(fail(name, format!("`{text}` could be any of several items"), "qualify it with OF"));
        }
        Err(Miss::Unknown) => {
            let hint = draft.names.hint(&name.name.value, "name an item of the record before");
            return Err(fail(name, format!("`{text}` is not defined"), &hint));
        }
    };
    if draft.items[found].root != root {
        return Err(fail(
            name,
            format!("`{text}` is in another record"),
            "name an item of the record before",
        ));
    }
    if found == root {
        let hint = "name items inside the record";
        return Err(fail(name, format!("`{text}` is a whole record and cannot be renamed"), hint));
    }
    if !draft.items[found].dims.is_empty() {
        let hint = "name the group around the table";
        return Err(fail(name, format!("`{text}` is a table or in one and cannot be renamed"), hint));
    }
    Ok(found)
}

/// The second item must end behind the first and not be a part of it.
fn check_order(draft: &Draft, from: usize, thru: usize, name: &QualifiedName) -> Outcome<()> {
    let (first, last) = (&draft.items[from], &draft.items[thru]);
    let text = shown(&name.name.value);
    let hint = "name the first item first and the last one after THRU";
    if from == thru || draft.is_within(thru, from) {
        let message = format!("`{text}` is `{}` or a part of it", draft.shown(from));
        return Err(fail(name, message, hint));
    }
    let end = |offset: u64, length: u64| offset.saturating_add(length);
    if last.offset < first.offset
        || end(last.offset, last.length) <= end(first.offset, first.length)
        || thru < from
    {
        return Err(fail(name, format!("`{text}` does not end after `{}`", draft.shown(from)), hint));
    }
    Ok(())
}
