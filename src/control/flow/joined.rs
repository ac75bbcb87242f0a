//! REFORMAT: one record of two.

use super::Shape;
use super::words::{LENGTH_MAX, word};
use crate::control::syntax::{Join, JoinItem, Place};
use crate::dataset::WORD;
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::CodePage;

/// A piece of a joined record.
#[derive(Clone, Copy, Debug)]
enum Piece {
    Field { side: usize, start: usize, length: usize },
    Rest { side: usize, start: usize },
    Indicator,
}

/// Makes joined records.
pub(super) struct Joining {
    /// None if the records of a side are taken as they are.
    pieces: Option<Vec<Piece>>,
    output: Shape,
    fill: u8,
    /// B, 1 and 2.
    marks: [u8; 3],
    record: Vec<u8>,
}

impl Joining {
    /// What the statements say of records of two shapes.
    pub fn compile(join: &Join, shapes: [Shape; 2], page: CodePage) -> Result<Self> {
        let marks = ['B', '1', '2'].map(|mark| page.byte(mark).unwrap_or(mark as u8));
        let fill = join.fill.unwrap_or(page.space());
        let (pieces, output) = match &join.items {
            None => (None, as_they_are(join, shapes)?),
            Some(items) => {
                let pieces = items.iter().map(|item| piece(item, shapes)).collect::<Result<Vec<_>>>()?;
                let output = built(&pieces, items, join, shapes)?;
                (Some(pieces), output)
            }
        };
        Ok(Joining { pieces, output, fill, marks, record: Vec::new() })
    }

    /// What joined records are like.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// The record of a pair, of which one may be missing.
    pub fn record(&mut self, pair: (Option<&[u8]>, Option<&[u8]>)) -> Result<&[u8]> {
        let sides = [pair.0, pair.1];
        let mark = match pair {
            (Some(_), None) => self.marks[1],
            (None, Some(_)) => self.marks[2],
            _ => self.marks[0],
        };
        self.record.clear();
        let Some(pieces) = &self.pieces else {
            self.record.extend_from_slice(pair.0.or(pair.1).unwrap_or_default());
            if !self.output.variable {
                self.record.resize(self.output.length, self.fill);
            }
            return Ok(&self.record);
        };
        for piece in pieces {
            match *piece {
                Piece::Indicator => self.record.push(mark),
                Piece::Rest { side, start } => {
                    let rest = sides[side].and_then(|record| record.get(start..)).unwrap_or_default();
                    self.record.extend_from_slice(rest);
                }
                Piece::Field { side, start, length } => {
                    let record = sides[side].unwrap_or_default();
                    let there = &record[start.min(record.len())..(start + length).min(record.len())];
                    self.record.extend_from_slice(there);
                    self.record.resize(self.record.len() + length - there.len(), self.fill);
                }
            }
        }
        if self.output.variable {
            if self.record.len() > LENGTH_MAX {
                return Err(too_long(self.record.len()));
            }
            let length = word(self.record.len());
            self.record[..WORD].copy_from_slice(&length);
        }
        Ok(&self.record)
    }
}

fn piece(item: &JoinItem, shapes: [Shape; 2]) -> Result<Piece> {
    let (side, position, length, span) = match item {
        JoinItem::Indicator => return Ok(Piece::Indicator),
        JoinItem::Field { side, place: Place::Record { position, length }, span } => {
            (*side, *position, *length, span)
        }
        JoinItem::Field { span, .. } => return Err(wrong(span, "it is no field of a record")),
        JoinItem::Rest { side, position, span } => {
            if !shapes[*side].variable {
                return Err(wrong(
                    span,
                    "without a length it must be from a file of variable-length records",
                ));
            }
            return Ok(Piece::Rest { side: *side, start: (*position as usize).saturating_sub(1) });
        }
    };
    let start = (position as usize).saturating_sub(1);
    if start + length as usize > shapes[side].length {
        return Err(wrong(span, "it reaches beyond the record"));
    }
    Ok(Piece::Field { side, start, length: length as usize })
}

/// The shape of records made of pieces.
fn built(pieces: &[Piece], items: &[JoinItem], join: &Join, shapes: [Shape; 2]) -> Result<Shape> {
    let mut length = 0;
    let mut variable = false;
    for piece in pieces {
        length += match piece {
            Piece::Indicator => 1,
            Piece::Field { length, .. } => *length,
            Piece::Rest { side, start } => {
                variable = true;
                shapes[*side].length.saturating_sub(*start)
            }
        };
    }
    let span = match items.first() {
        Some(JoinItem::Field { span, .. } | JoinItem::Rest { span, .. }) => span,
        _ => &join.span,
    };
    let word_first = matches!(pieces.first(), Some(Piece::Field { side, start: 0, length })
        if *length >= WORD && shapes[*side].variable);
    if variable && !word_first {
        return Err(wrong(
            span,
            "records of variable length begin with their RDW: 1,4 or more of such a file",
        ));
    }
    Ok(Shape { variable, length: if variable { length.min(LENGTH_MAX) } else { length } })
}

/// The shape of records that are those of the sides.
fn as_they_are(join: &Join, shapes: [Shape; 2]) -> Result<Shape> {
    let [first, second] = shapes;
    match join.unpaired {
        [true, false] => Ok(first),
        [false, true] => Ok(second),
        _ if first.variable == second.variable => {
            Ok(Shape { length: first.length.max(second.length), ..first })
        }
        _ => Err(wrong(&join.span, "F1 and F2 have records of different forms, so that REFORMAT is needed")),
    }
}

fn wrong(span: &Span, why: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::CTL103, format!("this cannot be part of a joined record: {why}"))
        .at(span, "")
        .note("ICE406A INVALID REFORMAT FIELD")
        .hint("positions count from 1; of variable-length records the data begin at 5")
}

fn too_long(length: usize) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::CTL102,
        format!("a joined record would have {length} bytes, more than {LENGTH_MAX}"),
    )
    .hint("take fewer bytes of one side")
}
