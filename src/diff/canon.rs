//! What of a record counts, as one hash: records with the same hash are equal under the rules that do not depend on a partner.

use super::batch::Numbered;
use super::compare::Comparer;
use super::fields::{Cell, Mode};
use super::rules::{Action, Rule};
use super::side::Which;
use super::value::Value;
use crate::expr::SingleFrame;
use crate::sys::hash::{xxh3_64, xxh3_128};

/// Makes hashes of the records of one side.
#[derive(Debug)]
pub struct Canon<'a> {
    comparer: &'a Comparer<'a>,
    which: Which,
    plain: bool,
    values: bool,
    buffer: Vec<u8>,
}

impl<'a> Canon<'a> {
    /// For records of a side.
    pub fn new(comparer: &'a Comparer<'a>, which: Which) -> Self {
        let is_masking = |rule: &Rule| matches!(rule.action, Action::Ignore | Action::Mask);
        let is_equating = |rule: &Rule| matches!(rule.action, Action::Equivalent(_));
        let rules = &comparer.rules.list;
        let values = comparer.fields.mode == Mode::Values || rules.iter().any(is_equating);
        let plain = !values && !rules.iter().any(is_masking);
        Canon { comparer, which, plain, values, buffer: Vec::new() }
    }

    /// The hash of a record.
    pub fn hash(&mut self, record: Numbered<'_>) -> u128 {
        if self.plain {
            return xxh3_128(record.bytes);
        }
        self.buffer.clear();
        self.buffer.extend_from_slice(record.bytes);
        let Ok(cells) = self.comparer.cells(self.which, record) else { return xxh3_128(record.bytes) };
        self.mask(record, &cells);
        if !self.values {
            return xxh3_128(&self.buffer);
        }
        let masked = std::mem::take(&mut self.buffer);
        let mut parts = self.parts(&masked, &cells);
        parts.sort_unstable();
        let mut bytes = Vec::with_capacity(parts.len() * 24);
        for (column, path, hash) in parts {
            bytes.extend_from_slice(&column.to_be_bytes());
            bytes.extend_from_slice(&path.to_be_bytes());
            bytes.extend_from_slice(&hash.to_be_bytes());
        }
        self.buffer = masked;
        xxh3_128(&bytes)
    }

    /// Blanks what is not compared. A condition is asked of this record, whichever side it is of.
    fn mask(&mut self, record: Numbered<'_>, cells: &[Cell]) {
        let origin = self.comparer.origin(self.which, record.number);
        for rule in &self.comparer.rules.list {
            if !matches!(rule.action, Action::Ignore | Action::Mask) {
                continue;
            }
            let frame = SingleFrame { record: record.bytes, origin };
            if !rule.when.as_ref().is_none_or(|when| when.holds(&frame).unwrap_or(false)) {
                continue;
            }
            let of_fields = cells.iter().filter(|cell| rule.columns.contains(&cell.column));
            let ranges = of_fields.map(|cell| cell.start as usize..cell.end as usize);
            for range in ranges.chain(rule.bytes.iter().cloned()) {
                let end = range.end.min(self.buffer.len());
                if let Some(bytes) = self.buffer.get_mut(range.start..end) {
                    bytes.fill(0);
                }
            }
        }
    }

    /// The hash of every field: of its value, where values are compared.
    fn parts(&self, record: &[u8], cells: &[Cell]) -> Vec<(u32, u64, u64)> {
        let part = |cell: &Cell| {
            let column = &self.comparer.fields.columns[cell.column as usize];
            let leaf = column.leaves[self.which.index()].as_ref().filter(|_| column.compared)?;
            let bytes = cell.of(record);
            let text = match Value::of(leaf, bytes) {
                Value::Number(number) => {
                    let (mut digits, mut scale) = (number.coefficient(), number.scale());
                    while scale > 0 && digits % 10 == 0 {
                        (digits, scale) = (digits / 10, scale - 1);
                    }
                    format!("{digits}/{scale}")
                }
                Value::Text(text) => text.replace('\0', " ").trim_end().to_lowercase(),
                other => other.shown(bytes),
            };
            Some((cell.column, cell.path, xxh3_64(text.as_bytes())))
        };
        cells.iter().filter_map(part).collect()
    }

    /// Hashes of the fields of a record, in the order of their columns, to see how alike two records are.
    pub fn signature(&self, record: Numbered<'_>) -> Vec<(u32, u64, u64)> {
        let Ok(cells) = self.comparer.cells(self.which, record) else {
            return vec![(0, 0, xxh3_64(record.bytes))];
        };
        let mut parts = match self.comparer.fields.mode {
            Mode::Values => self.parts(record.bytes, &cells),
            Mode::Bytes => {
                cells.iter().map(|cell| (cell.column, cell.path, xxh3_64(cell.of(record.bytes)))).collect()
            }
        };
        parts.sort_unstable();
        parts
    }
}

/// The share of fields that are equal, from 0 to 1.
pub fn likeness(a: &[(u32, u64, u64)], b: &[(u32, u64, u64)]) -> f32 {
    let most = a.len().max(b.len()).max(1);
    let (mut at, mut same) = (0, 0);
    for part in a {
        while at < b.len() && b[at] < *part {
            at += 1;
        }
        same += usize::from(b.get(at) == Some(part));
    }
    same as f32 / most as f32
}
