//! REDEFINES: which item each redefinition shares its storage with.

use std::collections::HashMap;

use crate::copybook::entry::{Name, shown};
use crate::copybook::options::Area;
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
                Ok(base) => {
                    draft.items[index].redefines = Some(base);
                    warn_of_odd_object(draft, base, &name, seen.bases.get(&parent) != Some(&base));
                }
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
    let found = seen.named.get(&(*parent, name.value.clone())).copied();
    let Some(found) = found else {
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
    Ok(draft.items[found].redefines.unwrap_or(found))
}

/// Objects that IBM does not allow, but of which the storage is known.
fn warn_of_odd_object(draft: &mut Draft, base: usize, name: &Name, apart: bool) {
    let object = draft.shown(base);
    if apart && draft.items[base].parent.is_some() {
        let message = format!("other items stand between `{object}` and its redefinition");
        let warning = Diagnostic::warning(codes::CPY023, message).at(&name.span, "");
        draft.report(warning.hint(format!("put the redefinition right after `{object}`")));
    }
    if draft.items[base].entry.occurs.is_some() {
        let message = format!("`{object}` is a table; its redefinition begins at the first occurrence");
        let warning = Diagnostic::warning(codes::CPY023, message).at(&name.span, "");
        draft.report(
            warning.hint("IBM compilers refuse this; put the table into a group and redefine the group"),
        );
    }
}

/// The records of a file share their storage without being told to.
fn warn_in_file(draft: &mut Draft, index: usize, name: &Name) {
    if draft.items[index].parent.is_some() || draft.options.area != Area::File {
        return;
    }
    let message = "REDEFINES at level 01 has no effect in a file, where all records share one area";
    let warning = Diagnostic::warning(codes::CPY023, message).at(&name.span, "");
    draft.report(warning.hint("take REDEFINES away, or read the copybook as WORKING-STORAGE"));
}

/// What can be judged only when all lengths are known.
pub(super) fn check_sizes(draft: &mut Draft) {
    let mut last_base: HashMap<Option<usize>, usize> = HashMap::new();
    for index in 0..draft.items.len() {
        let item = &draft.items[index];
        if item.redefines.is_none() && !item.is_renames() {
            last_base.insert(item.parent, index);
        }
        let (Some(base), Some(name)) = (item.redefines, &item.entry.redefines) else { continue };
        let span = name.span.clone();
        let apart = item.parent.is_some() && last_base.get(&item.parent) != Some(&base);
        let varying = [base, index].into_iter().find(|&i| draft.items[i].takes_varying_room());
        let (own, first) = (super::offsets::room(item), super::offsets::room(&draft.items[base]));
        let (name, object) = (draft.shown(index), draft.shown(base));
        if apart && (own > first || varying.is_some()) {
            let message =
                format!("`{name}` does not fit into `{object}`, and other items stand between them");
            let error = Diagnostic::error(codes::CPY014, message).at(&span, "");
            draft.report(error.hint(format!("put the redefinition right after `{object}`")));
        } else if let Some(varying) = varying {
            let message =
                format!("`{}` has a DEPENDING ON table and is in a REDEFINES", draft.shown(varying));
            let warning = Diagnostic::warning(codes::CPY023, message).at(&span, "");
            draft.report(
                warning.hint("IBM compilers refuse this; what follows moves with the longer of the two"),
            );
        } else if own > first && item.parent.is_some() {
            let message =
                format!("`{name}` has {own} bytes and redefines `{object}` of {first}, so the group grows");
            let warning = Diagnostic::warning(codes::CPY023, message).at(&span, "");
            draft.report(warning.hint("lengthen the first item if the record is not to change its length"));
        }
    }
}
