//! Two records, field by field.

use std::ops::Range;

use super::batch::Numbered;
use super::cause::{self, Cause, Pair};
use super::fields::{Cell, Fields, Mode};
use super::rules::{Differing, Rules};
use super::side::{Side, Which};
use super::value::{Value, delta};
use crate::decimal::Decimal;
use crate::diag::Result;
use crate::expr::Standing;
use crate::record::Origin;

/// The column that stands for the record as a whole.
pub const RECORD: u32 = u32::MAX;
/// The column that stands for bytes that no field describes.
pub const OUTSIDE: u32 = u32::MAX - 1;

/// A field that differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// The column, [`RECORD`] or [`OUTSIDE`].
    pub column: u32,
    /// Its subscripts.
    pub path: u64,
    /// Its bytes on the left.
    pub left: (u32, u32),
    /// Its bytes on the right.
    pub right: (u32, u32),
    /// Why.
    pub cause: Cause,
    /// The rule under which it does not count.
    pub rule: Option<u32>,
    /// An accepted difference that would have excused it, had it not expired.
    pub expired: Option<u32>,
    /// Left less right, if both are numbers.
    pub delta: Option<Decimal>,
    /// True if it only follows from another one of the record, which is in its cluster for both.
    pub follows: bool,
}

impl Found {
    /// The record as a whole.
    pub fn record(cause: Cause, left: Option<Numbered<'_>>, right: Option<Numbered<'_>>) -> Self {
        let range = |record: Option<Numbered<'_>>| (0, record.map_or(0, |record| record.bytes.len() as u32));
        Found {
            column: RECORD,
            path: 0,
            left: range(left),
            right: range(right),
            cause,
            rule: None,
            expired: None,
            delta: None,
            follows: false,
        }
    }
}

/// Compares pairs of records.
#[derive(Debug)]
pub struct Comparer<'a> {
    /// The fields of both sides.
    pub fields: &'a Fields,
    /// Ours.
    pub left: &'a Side,
    /// Theirs.
    pub right: &'a Side,
    /// What may differ.
    pub rules: &'a Rules,
    /// By rule: bytes that it masks in every record.
    masks: Vec<Vec<Range<usize>>>,
    /// Bytes that no such mask covers, in order.
    kept: Vec<Range<usize>>,
}

impl<'a> Comparer<'a> {
    /// A comparer of these sides under these rules.
    pub fn new(fields: &'a Fields, left: &'a Side, right: &'a Side, rules: &'a Rules) -> Self {
        let masks: Vec<Vec<Range<usize>>> = match (fields.mode, left.format.fixed_length()) {
            (Mode::Bytes, Some(_)) => {
                let moving = left.form.tree.format.layout.is_variable();
                rules
                    .list
                    .iter()
                    .map(|rule| if moving { Vec::new() } else { rule.always_masks(&fields.columns) })
                    .collect()
            }
            _ => Vec::new(),
        };
        let mut covered: Vec<Range<usize>> = masks.iter().flatten().cloned().collect();
        covered.sort_by_key(|range| range.start);
        let mut kept = Vec::new();
        let mut at = 0;
        for range in covered {
            if range.start > at {
                kept.push(at..range.start);
            }
            at = at.max(range.end);
        }
        kept.push(at..usize::MAX);
        Comparer { fields, left, right, rules, masks, kept }
    }

    /// One of the sides.
    pub fn side(&self, which: Which) -> &'a Side {
        match which {
            Which::Left => self.left,
            Which::Right => self.right,
        }
    }

    /// Where a record comes from, for messages and conditions.
    pub fn origin(&self, which: Which, number: u64) -> Origin<'_> {
        Origin { dataset: &self.side(which).name, record: Some(number), offset: None, above: None }
    }

    /// The kind of a record.
    pub fn kind(&self, which: Which, record: Numbered<'_>) -> Result<usize> {
        let kinds = &self.side(which).form.kinds;
        if kinds.is_single() {
            return Ok(0);
        }
        let standing = Standing { first: record.number == 1, last: false };
        kinds.of(record.bytes, standing, self.origin(which, record.number))
    }

    /// The cells of a record.
    pub fn cells(&self, which: Which, record: Numbered<'_>) -> Result<Vec<Cell>> {
        let kind = self.kind(which, record)?;
        self.fields.cells(self.side(which), which, kind, record.bytes, self.origin(which, record.number))
    }

    /// What differs between two records; nothing if they are equal. What rules excuse is among it.
    pub fn pair(&self, left: Numbered<'_>, right: Numbered<'_>) -> Vec<Found> {
        if self.fields.mode == Mode::Bytes {
            if left.bytes == right.bytes {
                return Vec::new();
            }
            if let Some(found) = self.only_masked(left.bytes, right.bytes) {
                return found;
            }
        }
        let kinds = (self.kind(Which::Left, left), self.kind(Which::Right, right));
        let (Ok(a), Ok(b)) = kinds else { return self.unreadable(left, right) };
        if self.fields.kinds.get(a).copied().flatten() != Some(b) {
            return vec![self.judged(Found::record(Cause::Kind, Some(left), Some(right)), left)];
        }
        let mut found = Vec::new();
        match (self.fields.still(Which::Left, a, left.bytes), self.fields.still(Which::Right, b, right.bytes))
        {
            (Some(ours), Some(theirs)) => self.all_cells(left, right, ours, theirs, &mut found),
            _ => match (self.cells(Which::Left, left), self.cells(Which::Right, right)) {
                (Ok(ours), Ok(theirs)) => self.all_cells(left, right, &ours, &theirs, &mut found),
                _ => return self.unreadable(left, right),
            },
        }
        if found.iter().filter(|found| found.rule.is_none()).count() > 1 {
            self.look_for_shift(left.bytes, right.bytes, &mut found);
        }
        found
    }

    /// The answer for records that differ in masked bytes alone.
    fn only_masked(&self, left: &[u8], right: &[u8]) -> Option<Vec<Found>> {
        if self.kept.len() <= 1 && self.masks.iter().all(Vec::is_empty) || left.len() != right.len() {
            return None;
        }
        fn within<'b>(bytes: &'b [u8], range: &Range<usize>) -> &'b [u8] {
            &bytes[range.start.min(bytes.len())..range.end.min(bytes.len())]
        }
        let same = |range: &Range<usize>| within(left, range) == within(right, range);
        if !self.kept.iter().all(same) {
            return None;
        }
        let mut found = Vec::new();
        for (rule, masks) in self.masks.iter().enumerate() {
            for mask in masks.iter().filter(|mask| !same(mask)) {
                let range = (mask.start as u32, mask.end as u32);
                let column = self.fields.columns.iter().position(|column| {
                    column.places[0]
                        .is_some_and(|(start, length)| start <= mask.start && mask.start < start + length)
                });
                found.push(Found {
                    column: column.map_or(OUTSIDE, |column| column as u32),
                    path: 0,
                    left: range,
                    right: range,
                    cause: Cause::Value,
                    rule: Some(rule as u32),
                    expired: None,
                    delta: None,
                    follows: false,
                });
            }
        }
        Some(found)
    }

    /// Records that the copybook does not fit: all that can be said is that their bytes differ.
    fn unreadable(&self, left: Numbered<'_>, right: Numbered<'_>) -> Vec<Found> {
        vec![self.judged(Found::record(Cause::Unreadable, Some(left), Some(right)), left)]
    }

    /// A difference of records as a whole, with the rule that accepts it.
    pub fn judged(&self, found: Found, record: Numbered<'_>) -> Found {
        let origin = self.origin(Which::Left, record.number);
        let (rule, expired) = self.rules.excuse_record(found.cause, record.bytes, origin);
        Found { rule: rule.map(|rule| rule as u32), expired: expired.map(|rule| rule as u32), ..found }
    }

    fn all_cells(
        &self,
        left: Numbered<'_>,
        right: Numbered<'_>,
        ours: &[Cell],
        theirs: &[Cell],
        found: &mut Vec<Found>,
    ) {
        let same_row = ours.len() == theirs.len()
            && ours.iter().zip(theirs).all(|(a, b)| (a.column, a.path) == (b.column, b.path));
        if same_row {
            ours.iter().zip(theirs).for_each(|(a, b)| self.cell(left, right, *a, *b, found));
        } else {
            let mut rest: std::collections::HashMap<(u32, u64), Vec<Cell>> = std::collections::HashMap::new();
            theirs
                .iter()
                .rev()
                .for_each(|cell| rest.entry((cell.column, cell.path)).or_default().push(*cell));
            let mut lonely = Vec::new();
            for cell in ours {
                match rest.get_mut(&(cell.column, cell.path)).and_then(Vec::pop) {
                    Some(other) => self.cell(left, right, *cell, other, found),
                    None => lonely.push((*cell, Which::Left)),
                }
            }
            for cell in theirs {
                let waiting = rest.get_mut(&(cell.column, cell.path));
                if waiting.is_some_and(|cells| cells.contains(cell)) {
                    lonely.push((*cell, Which::Right));
                }
            }
            lonely.iter().for_each(|(cell, which)| self.absent(left, right, *cell, *which, found));
        }
        if self.fields.mode == Mode::Bytes {
            self.uncovered(left, right, ours, found);
        }
    }

    /// A field that is on one side only, although both sides know it.
    fn absent(
        &self,
        left: Numbered<'_>,
        right: Numbered<'_>,
        cell: Cell,
        which: Which,
        found: &mut Vec<Found>,
    ) {
        let column = &self.fields.columns[cell.column as usize];
        if !column.compared {
            return;
        }
        let record = if which == Which::Left { left } else { right };
        let Some(leaf) = &column.leaves[which.index()] else { return };
        let value = Value::of(leaf, cell.of(record.bytes));
        let (bytes, nothing) = (cell.of(record.bytes), Value::Text(String::new()));
        let pair = match which {
            Which::Left => Pair {
                leaves: (leaf, leaf),
                bytes: (bytes, &[]),
                values: (&value, &nothing),
                unnamed: column.unnamed,
            },
            Which::Right => Pair {
                leaves: (leaf, leaf),
                bytes: (&[], bytes),
                values: (&nothing, &value),
                unnamed: column.unnamed,
            },
        };
        let ranges = match which {
            Which::Left => ((cell.start, cell.end), (right.bytes.len() as u32, right.bytes.len() as u32)),
            Which::Right => ((left.bytes.len() as u32, left.bytes.len() as u32), (cell.start, cell.end)),
        };
        found.push(self.differing(left, cell, ranges, pair, Cause::Absent));
    }

    #[inline]
    fn cell(&self, left: Numbered<'_>, right: Numbered<'_>, a: Cell, b: Cell, found: &mut Vec<Found>) {
        let (ours, theirs) = (a.of(left.bytes), b.of(right.bytes));
        if self.fields.mode == Mode::Bytes && ours == theirs {
            return;
        }
        let column = &self.fields.columns[a.column as usize];
        let [Some(x), Some(y)] = &column.leaves else { return };
        if !column.compared {
            return;
        }
        let values = (Value::of(x, ours), Value::of(y, theirs));
        if self.fields.mode == Mode::Values && values.0.is(&values.1) {
            return;
        }
        let pair = Pair {
            leaves: (x, y),
            bytes: (ours, theirs),
            values: (&values.0, &values.1),
            unnamed: column.unnamed,
        };
        let cause = cause::of_pair(&pair);
        let ranges = ((a.start, a.end), (b.start, b.end));
        found.push(self.differing(left, a, ranges, pair, cause));
    }

    fn differing(
        &self,
        left: Numbered<'_>,
        cell: Cell,
        ranges: ((u32, u32), (u32, u32)),
        pair: Pair<'_>,
        cause: Cause,
    ) -> Found {
        let origin = self.origin(Which::Left, left.number);
        let delta = delta(pair.values.0, pair.values.1);
        let differing = Differing { column: cell.column, cell, pair, cause, record: left.bytes, origin };
        let rule = self.rules.excuse(&differing);
        let expired = if rule.is_none() { self.rules.expired(&differing) } else { None };
        Found {
            column: cell.column,
            path: cell.path,
            left: ranges.0,
            right: ranges.1,
            cause,
            rule: rule.map(|rule| rule as u32),
            expired: expired.map(|rule| rule as u32),
            delta,
            follows: false,
        }
    }

    /// Bytes that differ and belong to no field: nothing may get lost.
    fn uncovered(&self, left: Numbered<'_>, right: Numbered<'_>, cells: &[Cell], found: &mut Vec<Found>) {
        let (a, b) = (left.bytes, right.bytes);
        let end = a.len().min(b.len());
        let mut at = 0;
        let gap = |from: usize, to: usize, found: &mut Vec<Found>| {
            let (from, to) = (from.min(end), to.min(end));
            if from < to && a[from..to] != b[from..to] {
                let range = (from as u32, to as u32);
                let cell = Cell { column: OUTSIDE, path: 0, start: range.0, end: range.1 };
                let Some(leaf) = self.fields.columns.first().and_then(|column| column.leaves[0].as_ref())
                else {
                    return;
                };
                let nothing = Value::Text(String::new());
                let pair = Pair {
                    leaves: (leaf, leaf),
                    bytes: (&a[from..to], &b[from..to]),
                    values: (&nothing, &nothing),
                    unnamed: true,
                };
                let cause = cause::of_pair(&pair);
                found.push(self.differing(left, cell, (range, range), pair, cause));
            }
        };
        for cell in cells {
            gap(at, cell.start as usize, found);
            at = at.max(cell.end as usize);
        }
        gap(at, end, found);
        let tail = a.len().max(b.len());
        let is_in_fields = found.iter().any(|found| found.cause == Cause::Absent);
        if a.len() != b.len() && !is_in_fields {
            let whole = Found::record(Cause::Length, Some(left), Some(right));
            let rest = if a.len() > b.len() { &a[end..tail] } else { &b[end..tail] };
            let blank = self.left.form.tree.format.page.space();
            let rule = self.rules.excuse_tail(rest.iter().all(|byte| *byte == blank));
            let judged = self.judged(whole, left);
            found.push(Found { rule: judged.rule.or(rule.map(|rule| rule as u32)), ..judged });
        }
    }

    /// Finds out whether the rest of a record has moved by some bytes: then everything behind has one cause.
    fn look_for_shift(&self, left: &[u8], right: &[u8], found: &mut [Found]) {
        if self.fields.mode != Mode::Bytes {
            return;
        }
        let Some(first) = left.iter().zip(right).position(|(a, b)| a != b) else { return };
        let last = left.iter().zip(right).rposition(|(a, b)| a != b).map_or(first, |at| at + 1);
        if !is_shifted(&left[first..last], &right[first..last]) {
            return;
        }
        let mut leads = false;
        for found in found.iter_mut().filter(|found| found.rule.is_none()) {
            found.cause = Cause::Shifted;
            found.follows = std::mem::replace(&mut leads, true);
        }
    }
}

/// Most bytes that a layout is looked for to have moved.
const SHIFT_MOST: usize = 32;

/// True if one stretch of bytes is the other, moved by some bytes.
fn is_shifted(a: &[u8], b: &[u8]) -> bool {
    let length = a.len();
    let mut seen = [false; 256];
    a.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let distinct = seen.iter().filter(|seen| **seen).count();
    let equal = a.iter().zip(b).filter(|(x, y)| x == y).count();
    // Bytes that are alike everywhere fit at any distance.
    if length < 12 || distinct < 5 || equal * 10 > length * 6 {
        return false;
    }
    let fits = |x: &[u8], y: &[u8]| {
        let same = x.iter().zip(y).filter(|(x, y)| x == y).count();
        same * 20 >= x.len() * 19
    };
    (1..=SHIFT_MOST.min(length / 2))
        .any(|by| fits(&a[..length - by], &b[by..]) || fits(&a[by..], &b[..length - by]))
}

#[cfg(test)]
mod tests {
    use super::is_shifted;

    #[test]
    fn shifts() {
        let text = b"CUSTOMER 00042 SMITH JOHN     2022-07-01 0000123.45";
        let mut moved = b"XY".to_vec();
        moved.extend_from_slice(&text[..text.len() - 2]);
        assert!(is_shifted(text, &moved) && is_shifted(&moved, text));
        assert!(!is_shifted(text, b"ANOTHER  11142 JONES MARY     2021-01-09 9993123.00"));
        assert!(!is_shifted(&[b' '; 40], &[b'0'; 40]));
    }
}
