//! Lengths from the inside outward, then offsets from the outside inward.

use crate::copybook::layout::{Area, Dim, FieldId};
use crate::copybook::tree::{Draft, Item};
use crate::diag::{Diagnostic, codes};

/// Longest record.
const MAX_LENGTH: u64 = 2_147_483_647;

/// Computes lengths, offsets and dimensions.
pub(super) fn settle(draft: &mut Draft) {
    for index in (0..draft.items.len()).rev() {
        if !draft.items[index].is_renames() {
            measure(draft, index);
        }
    }
    place_records(draft);
    for index in 0..draft.items.len() {
        if !draft.items[index].is_renames() {
            settle_in_group(draft, index);
        }
    }
}

/// Bytes an item takes in its group, all occurrences, at most.
pub(super) fn room(item: &Item) -> u64 {
    item.length.saturating_mul(item.occurs.as_ref().map_or(1, |occurs| u64::from(occurs.max)))
}

/// The same, at least.
fn room_min(item: &Item) -> u64 {
    item.length_min.saturating_mul(item.occurs.as_ref().map_or(1, |occurs| u64::from(occurs.min)))
}

/// Items side by side, redefinitions on top of what they redefine.
#[derive(Default)]
struct Row {
    start: u64,
    end: u64,
    start_min: u64,
    end_min: u64,
    varying: bool,
}

impl Row {
    /// The offset of the next item.
    fn put(&mut self, item: &Item) -> u64 {
        if item.redefines.is_none() {
            (self.start, self.start_min) = (self.end, self.end_min);
        }
        self.end = self.end.max(self.start.saturating_add(room(item)));
        self.end_min = self.end_min.max(self.start_min.saturating_add(room_min(item)));
        self.varying |= item.takes_varying_room();
        self.start
    }
}

/// Length of an item whose members have theirs, and the members' offsets in it.
fn measure(draft: &mut Draft, index: usize) {
    let children = std::mem::take(&mut draft.items[index].children);
    if children.is_empty() {
        draft.items[index].length_min = draft.items[index].length;
    } else {
        let mut row = Row::default();
        for &child in &children {
            draft.items[child].offset = row.put(&draft.items[child]);
        }
        let item = &mut draft.items[index];
        (item.length, item.length_min, item.varying) = (row.end, row.end_min, row.varying);
    }
    draft.items[index].children = children;
    if room(&draft.items[index]) > MAX_LENGTH {
        too_long(draft, index);
    }
}

/// Reports once and goes on with nothing, lest every group around complain too.
fn too_long(draft: &mut Draft, index: usize) {
    let item = &mut draft.items[index];
    let message =
        format!("`{}` takes {} bytes, but {MAX_LENGTH} is the most", item.entry.shown(), room(item));
    let entry = &item.entry;
    let span = entry
        .occurs
        .as_ref()
        .map(|occurs| &occurs.span)
        .or(entry.picture.as_ref().map(|picture| &picture.span))
        .unwrap_or(&entry.span)
        .clone();
    (item.length, item.length_min) = (0, 0);
    let error = Diagnostic::error(codes::CPY017, message).at(&span, "");
    draft.report(error.hint("check the counts of PICTURE and OCCURS"));
}

/// Records of a file all begin at 0; those of WORKING-STORAGE lie end to end.
fn place_records(draft: &mut Draft) {
    if draft.area == Area::File {
        return;
    }
    let mut row = Row::default();
    for index in 0..draft.items.len() {
        if draft.items[index].parent.is_some() {
            continue;
        }
        // A record stays where it is as long as none before it varies.
        draft.items[index].moving = row.varying;
        let end = row.end;
        draft.items[index].offset = row.put(&draft.items[index]);
        if row.end > MAX_LENGTH && end <= MAX_LENGTH {
            too_long(draft, index);
        }
    }
}

/// Offsets from the start of the record, dimensions, and whether members move. The item's own are known already.
fn settle_in_group(draft: &mut Draft, index: usize) {
    let item = &mut draft.items[index];
    let max = item.occurs.as_ref().map(|occurs| occurs.max);
    if let Some(max) = max {
        let stride = usize::try_from(item.length).unwrap_or(usize::MAX);
        item.dims.push(Dim { table: FieldId(u32::try_from(index).unwrap_or(u32::MAX)), stride, max });
    }
    let (offset, dims) = (item.offset, item.dims.clone());
    // Until here `moving` says only that the item begins at a varying place. Occurrences of varying length move all
    // that is in them.
    let mut shifted = item.moving || (max.is_some() && item.varying);
    item.moving |= item.varying;
    let children = std::mem::take(&mut item.children);
    for &child in &children {
        let child = &mut draft.items[child];
        child.offset = child.offset.saturating_add(offset);
        child.dims.clone_from(&dims);
        child.moving = shifted;
        shifted |= child.takes_varying_room();
    }
    draft.items[index].children = children;
}

/// Longest and shortest record.
pub(in crate::copybook) fn record_lengths(draft: &Draft) -> (u64, u64) {
    let records = || draft.items.iter().filter(|item| item.parent.is_none());
    match draft.area {
        Area::File => {
            let longest = records().map(|item| item.length).max().unwrap_or(0);
            (longest, records().map(|item| item.length_min).min().unwrap_or(0))
        }
        Area::WorkingStorage => {
            let mut row = Row::default();
            records().for_each(|item| {
                row.put(item);
            });
            (row.end, row.end_min)
        }
    }
}
