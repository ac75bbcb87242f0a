//! REDEFINES: which item each redefinition shares its storage with.

use std::collections::HashMap;

use crate::copybook::entry::{Name, shown};
use crate::copybook::layout::Area;
use crate::copybook::tree::{Draft, Item};
use crate::diag::{Diagnostic, codes};

/// What a group has seen so far.
#[derive(Default)]
struct Seen {
    /// The last item of each group (or of no group) that redefines nothing.
    bases: HashMap<Option<usize>, usize>,
    /// The last item of each name in each group.
    named: HashMap<(Option<usize>, String), usize>,
}

/// Finds the first item of each chain.
pub(super) fn settle(draft: &mut Draft) {
    let mut seen = Seen::default();
    for index in 0..draft.items.len() {
        if draft.items[index].is_renames() {
            continue;
        }
        let parent = draft.items[index].parent;
        if let Some(name) = draft.items[index].entry.redefines.clone() {
            match target(draft, &seen, index, &name) {
                Ok(base) => draft.items[index].redefines = Some(base),
                Err(error) => {
                    draft.items[index].entry.broken = true;
                    draft.report(error);
                }
            }
            warn_in_file(draft, index, &name);
        }
        if draft.items[index].redefines.is_none() {
            seen.bases.insert(parent, index);
        }
        if let Some(name) = draft.items[index].entry.name.clone() {
            seen.named.insert((parent, name), index);
        }
    }
}

fn target(draft: &Draft, seen: &Seen, index: usize, name: &Name) -> Result<usize, Box<Diagnostic>> {
    let Item { entry, parent, .. } = &draft.items[index];
    let wanted = shown(&name.value);
    let fail = |message: String, hint: String| {
        Err(Diagnostic::error(codes::CPY014, message).at(&name.span, "").hint(hint))
    };
    let base = seen.bases.get(parent).copied();
    let found = seen.named.get(&(*parent, name.value.clone())).copied();
    let (Some(base), Some(found)) = (base, found) else {
        if entry.name.as_deref() == Some(name.value.as_str()) {
            return fail(format!("`{wanted}` cannot redefine itself"), "name the item before it".to_owned());
        }
        let otherwise = "name the item right before, of the same level and in the same group";
        let problem = if draft.names.knows(&name.value) {
            format!("`{wanted}` is not an item of this group before the redefinition")
        } else {
            format!("`{wanted}` is not defined")
        };
        return fail(problem, draft.names.hint(&name.value, otherwise));
    };
    if draft.items[found].entry.level != entry.level {
        let level = draft.items[found].entry.level;
        let message =
            format!("`{wanted}` has level {level:02}, but its redefinition has level {:02}", entry.level);
        return fail(message, "give both the same level number".to_owned());
    }
    if found != base && draft.items[found].redefines != Some(base) {
        let message = format!("other items stand between `{wanted}` and its redefinition");
        return fail(message, format!("put the redefinition right after `{wanted}`"));
    }
    if draft.items[base].entry.occurs.is_some() {
        let message = format!("`{}` is a table and cannot be redefined", draft.shown(base));
        return fail(message, "put the table into a group and redefine the group".to_owned());
    }
    Ok(base)
}

/// The records of a file share their storage without being told to.
fn warn_in_file(draft: &mut Draft, index: usize, name: &Name) {
    if draft.items[index].parent.is_some() || draft.area != Area::File {
        return;
    }
    let message = "REDEFINES at level 01 has no effect in a file, where all records share one area";
    let warning = Diagnostic::warning(codes::CPY023, message).at(&name.span, "");
    draft.report(warning.hint("take REDEFINES away, or read the copybook as WORKING-STORAGE"));
}

/// What can be judged only when all lengths are known.
pub(super) fn check_sizes(draft: &mut Draft) {
    for index in 0..draft.items.len() {
        let item = &draft.items[index];
        let (Some(base), Some(name)) = (item.redefines, &item.entry.redefines) else { continue };
        let span = name.span.clone();
        let varying = [base, index].into_iter().find(|&i| draft.items[i].takes_varying_room());
        if let Some(varying) = varying {
            let message =
                format!("`{}` has a DEPENDING ON table and cannot be in a REDEFINES", draft.shown(varying));
            let error = Diagnostic::error(codes::CPY014, message).at(&span, "");
            draft.report(
                error.hint("describe the record twice with level 01, or give the table a fixed size"),
            );
            continue;
        }
        let (own, first) = (super::offsets::room(item), super::offsets::room(&draft.items[base]));
        if own > first && item.parent.is_some() {
            let message = format!(
                "`{}` has {own} bytes and redefines `{}` of {first}, so the group grows",
                draft.shown(index),
                draft.shown(base)
            );
            let warning = Diagnostic::warning(codes::CPY023, message).at(&span, "");
            draft.report(warning.hint("lengthen the first item if the record is not to change its length"));
        }
    }
}
