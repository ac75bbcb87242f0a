//! Places and lengths: one walk from the record down, because the slack bytes of SYNCHRONIZED depend on where an item
//! begins.

use crate::copybook::layout::{Dim, FieldId};
use crate::copybook::options::{Area, Dialect};
use crate::copybook::tree::{Draft, Item};
use crate::diag::{Diagnostic, codes};

/// Longest record.
const MAX_LENGTH: u64 = 2_147_483_647;

/// Computes lengths, offsets and dimensions.
pub(super) fn settle(draft: &mut Draft) {
    let boundaries = Boundaries::of(draft);
    let mut row = Row::default();
    for index in 0..draft.items.len() {
        if draft.items[index].parent.is_some() {
            continue;
        }
        let begin = row.begin(draft, index);
        let varying = row.varying;
        place(draft, &boundaries, index, (0, 0));
        shift(draft, index, begin);
        // A record stays where it is as long as none before it varies.
        draft.items[index].moving = draft.options.area == Area::WorkingStorage && varying;
        let end = row.end;
        row.put(&draft.items[index], begin);
        if draft.options.area == Area::WorkingStorage && row.end > MAX_LENGTH && end <= MAX_LENGTH {
            too_long(draft, index);
        }
    }
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

/// What SYNCHRONIZED asks of each item.
struct Boundaries {
    /// That of the first elementary item in it.
    first: Vec<u8>,
    /// The largest in it.
    largest: Vec<u8>,
}

impl Boundaries {
    fn of(draft: &Draft) -> Self {
        let own: Vec<u8> = draft.items.iter().map(|item| item.boundary).collect();
        let (mut first, mut largest) = (own.clone(), own);
        // GnuCOBOL puts the slack into the group, right before the aligned item.
        let outside = draft.options.compiler.dialect != Dialect::GnuCobol;
        for (index, item) in draft.items.iter().enumerate().rev() {
            if let Some(&child) = item.children.first() {
                first[index] = if outside { first[child] } else { 1 };
                largest[index] = item.children.iter().map(|child| largest[*child]).max().unwrap_or(1);
            }
        }
        Boundaries { first, largest }
    }
}

/// Bytes from `at` to the next multiple of the boundary.
fn slack(at: u64, boundary: u8) -> u64 {
    let boundary = u64::from(boundary.max(1));
    (boundary - at % boundary) % boundary
}

/// Items side by side, redefinitions on top of what they redefine; ends at most and at least.
#[derive(Default)]
struct Row {
    end: u64,
    end_min: u64,
    varying: bool,
}

impl Row {
    /// Where the next item begins, slack left aside.
    fn begin(&self, draft: &Draft, index: usize) -> (u64, u64) {
        match draft.items[index].redefines {
            Some(base) => (draft.items[base].offset, draft.items[base].offset_min),
            None if draft.items[index].parent.is_none() && draft.options.area == Area::File => (0, 0),
            None => (self.end, self.end_min),
        }
    }

    fn put(&mut self, item: &Item, (start, start_min): (u64, u64)) {
        self.end = self.end.max(start.saturating_add(room(item)));
        self.end_min = self.end_min.max(start_min.saturating_add(room_min(item)));
        self.varying |= item.takes_varying_room();
    }
}

/// Gives an item that begins at `at` (at most and at least, from the start of its record) its length, and all below it
/// their places.
fn place(draft: &mut Draft, boundaries: &Boundaries, index: usize, at: (u64, u64)) {
    (draft.items[index].offset, draft.items[index].offset_min) = at;
    let children = std::mem::take(&mut draft.items[index].children);
    if children.is_empty() {
        draft.items[index].length_min = draft.items[index].length;
    } else {
        let mut row = Row { end: at.0, end_min: at.1, varying: false };
        let mut last = None;
        for &child in &children {
            let mut begin = row.begin(draft, child);
            if draft.items[child].redefines.is_some() {
                last = None;
            } else {
                let gap = slack(begin.0, boundaries.first[child]);
                begin = (begin.0.saturating_add(gap), begin.1.saturating_add(gap));
                give_slack(draft, last, child, gap);
                last = Some(child);
            }
            place(draft, boundaries, child, begin);
            warn_of_misplaced(draft, boundaries, child);
            row.put(&draft.items[child], begin);
        }
        let item = &mut draft.items[index];
        (item.length, item.length_min) = (row.end.saturating_sub(at.0), row.end_min.saturating_sub(at.1));
        item.varying = row.varying;
    }
    draft.items[index].children = children;
    pad_occurrence(draft, boundaries, index);
    if room(&draft.items[index]) > MAX_LENGTH {
        too_long(draft, index);
    }
}

/// Slack bytes belong to the group of the elementary item before them (Language Reference, "Slack bytes within
/// records"), unless they would repeat with a table.
fn give_slack(draft: &mut Draft, before: Option<usize>, item: usize, gap: u64) {
    if gap == 0 {
        return;
    }
    let mut chain = Vec::new();
    let mut at = before;
    while let Some(group) = at.filter(|&group| takes_slack(draft, group)) {
        chain.push(group);
        at = draft.items[group].children.last().copied();
    }
    for &group in &chain {
        let group = &mut draft.items[group];
        group.length = group.length.saturating_add(gap);
        group.length_min = group.length_min.saturating_add(gap);
    }
    match chain.last() {
        Some(&innermost) => draft.items[innermost].padding += gap,
        None => draft.items[item].slack = gap,
    }
}

/// A group that occurs once and shares its storage with nothing.
fn takes_slack(draft: &Draft, index: usize) -> bool {
    let item = &draft.items[index];
    let inside = draft.options.compiler.dialect == Dialect::Ibm;
    inside && !item.children.is_empty() && item.occurs.is_none() && item.redefines.is_none()
}

/// Every occurrence must be aligned like the first (Language Reference, "Slack bytes within records").
fn pad_occurrence(draft: &mut Draft, boundaries: &Boundaries, index: usize) {
    let item = &mut draft.items[index];
    if item.occurs.is_none() || item.children.is_empty() {
        return;
    }
    let gap = slack(item.length, boundaries.largest[index]);
    item.padding += gap;
    item.length = item.length.saturating_add(gap);
    item.length_min = item.length_min.saturating_add(gap);
}

/// A redefinition stays where its object is, even if SYNCHRONIZED wants it elsewhere.
fn warn_of_misplaced(draft: &mut Draft, boundaries: &Boundaries, index: usize) {
    let item = &draft.items[index];
    let Some(name) = &item.entry.redefines else { return };
    if item.redefines.is_none() || slack(item.offset, boundaries.first[index]) == 0 {
        return;
    }
    let message =
        format!("`{}` is SYNCHRONIZED, but the item it redefines is not aligned", item.entry.shown());
    let warning = Diagnostic::warning(codes::CPY023, message).at(&name.span, "");
    draft.report(warning.hint("it begins where that item begins; put a FILLER before both"));
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

/// Moves a record of WORKING-STORAGE behind those before it; alignment counts from its own start.
fn shift(draft: &mut Draft, record: usize, by: (u64, u64)) {
    if by == (0, 0) {
        return;
    }
    for item in &mut draft.items[record..].iter_mut().take_while(|item| item.root == record) {
        item.offset = item.offset.saturating_add(by.0);
        item.offset_min = item.offset_min.saturating_add(by.1);
    }
}

/// Dimensions, and whether members move. The item's own are known already.
fn settle_in_group(draft: &mut Draft, index: usize) {
    let item = &mut draft.items[index];
    let max = item.occurs.as_ref().map(|occurs| occurs.max);
    if let Some(max) = max {
        let stride = usize::try_from(item.length).unwrap_or(usize::MAX);
        item.dims.push(Dim { table: FieldId(u32::try_from(index).unwrap_or(u32::MAX)), stride, max });
    }
    let dims = item.dims.clone();
    // Until here `moving` says only that the item begins at a varying place. Occurrences of varying length move all
    // that is in them.
    let mut shifted = item.moving || (max.is_some() && item.varying);
    item.moving |= item.varying;
    let children = std::mem::take(&mut item.children);
    let mut base_shifted = shifted;
    for &child in &children {
        let child = &mut draft.items[child];
        if child.redefines.is_none() {
            base_shifted = shifted;
        }
        child.dims.clone_from(&dims);
        child.moving = base_shifted;
        shifted |= child.takes_varying_room();
    }
    draft.items[index].children = children;
}

/// Longest and shortest record.
pub(in crate::copybook) fn record_lengths(draft: &Draft) -> (u64, u64) {
    let records = || draft.items.iter().filter(|item| item.parent.is_none());
    let end = |item: &Item| item.offset.saturating_add(room(item));
    let end_min = |item: &Item| item.offset_min.saturating_add(room_min(item));
    let longest = records().map(end).max().unwrap_or(0);
    let shortest = match draft.options.area {
        Area::File => records().map(end_min).min(),
        Area::WorkingStorage => records().map(end_min).max(),
    };
    (longest, shortest.unwrap_or(0))
}
