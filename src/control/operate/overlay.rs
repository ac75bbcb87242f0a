//! OVERLAY and PUSH: bytes of a record changed where they are.

use super::build::{RDW, set_rdw};
use super::fault;
use super::part::{Part, PartKind, PartState, Slots, misplaced};
use super::spot::RECORD_MOST;
use super::{Parsed, Setting, Shape, Spot};
use crate::control::message;
use crate::control::syntax::{Item, Value};
use crate::diag::{Result, Span, codes};

/// OVERLAY, compiled. Items see what those before them have done.
#[derive(Clone, Debug)]
pub(super) struct Overlay {
    steps: Vec<Step>,
    /// One past the last byte that is written.
    end: usize,
    /// Bytes that a record must have to be read.
    reach: usize,
    variable: bool,
    blank: u8,
}

#[derive(Clone, Debug)]
enum Step {
    Copy { start: usize, end: usize, to: usize },
    Bytes { bytes: Vec<u8>, to: usize },
    Part { part: Box<Part>, to: usize },
}

/// One past the last byte that items write, as far as their lengths are known.
pub(super) fn end_of(items: &[Item], setting: &Setting, shape: Shape) -> usize {
    // Fields may lie in what the items add: their places do not matter for lengths.
    let anywhere = Shape { length: usize::MAX / 2, ..shape };
    let (mut at, mut end) = (0, 0);
    for item in items {
        let Ok(part) = Part::compile(&item.value, &item.span, setting, anywhere) else { continue };
        let (start, length) = (start_of(item, at), part.length().unwrap_or(0));
        at = start + length;
        end = at.max(end);
    }
    end
}

/// First byte of an item behind one that ends at `at`.
fn start_of(item: &Item, at: usize) -> usize {
    let start = item.column.map_or(at, |column| (column as usize).saturating_sub(1));
    match item.align.map(usize::from).filter(|align| *align > 0) {
        Some(align) => start.next_multiple_of(align),
        None => start,
    }
}

impl Overlay {
    /// Compiles items for records of a shape, which says how far fields may lie.
    pub fn compile(items: &[Item], setting: &Setting, shape: Shape, slots: &mut Slots) -> Result<Self> {
        let blank = setting.page.space();
        let mut overlay = Overlay { steps: Vec::new(), end: 0, reach: 0, variable: shape.variable, blank };
        let mut at = 0;
        for item in items {
            if matches!(item.value, Value::Rest { .. } | Value::TranslateRest { .. }) {
                return Err(misplaced("the rest of a record cannot be an item of OVERLAY", &item.span));
            }
            let to = start_of(item, at);
            check_column(to, shape, &item.span)?;
            if to > RECORD_MOST {
                return Err(misplaced("the column is behind the end of the longest record", &item.span));
            }
            let part = Part::numbered(&item.value, &item.span, setting, shape, slots)?;
            let length = part.length().unwrap_or(0);
            at = to + length;
            overlay.end = overlay.end.max(at);
            overlay.reach = overlay.reach.max(part.reach());
            overlay.steps.push(match part.kind() {
                PartKind::Copy(Spot::Record { start, end }) => Step::Copy { start: *start, end: *end, to },
                PartKind::Constant(bytes) => Step::Bytes { bytes: bytes.to_vec(), to },
                _ => Step::Part { part: Box::new(part), to },
            });
        }
        Ok(overlay)
    }

    /// One past the last byte that is written.
    pub fn end(&self) -> usize {
        self.end
    }

    /// Changes a record; `piece` is a buffer.
    #[inline]
    pub fn apply(
        &self,
        record: &mut Vec<u8>,
        state: &mut PartState,
        parsed: &Parsed,
        piece: &mut Vec<u8>,
    ) -> Result<()> {
        let length = record.len().max(self.end);
        let needed = length.max(self.reach);
        if needed > record.len() {
            record.resize(needed, self.blank);
        }
        for step in &self.steps {
            match step {
                Step::Copy { start, end, to } => record.copy_within(*start..*end, *to),
                Step::Bytes { bytes, to } => record[*to..*to + bytes.len()].copy_from_slice(bytes),
                Step::Part { part, to } => {
                    piece.clear();
                    part.put_whole(state, record, parsed, piece)?;
                    record[*to..*to + piece.len()].copy_from_slice(piece);
                }
            }
        }
        record.truncate(length);
        if self.variable {
            set_rdw(record);
        }
        Ok(())
    }
}

/// Neither OVERLAY nor PUSH writes into the RDW.
pub(super) fn check_column(start: usize, shape: Shape, span: &Span) -> Result<()> {
    if !shape.variable || start >= RDW {
        return Ok(());
    }
    Err(message::error(
        codes::CTL010,
        fault::INCONSISTENT,
        format!("column {} is in the RDW, which is in bytes 1 to 4 of variable-length records", start + 1),
    )
    .at(span, "")
    .hint("give a column from 5 on: the data begin there"))
}
