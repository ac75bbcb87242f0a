//! Places of a record, ready to be taken.

use super::{Parsed, Shape};
use crate::control::message::{self, REFORMATTING_FIELD};
use crate::control::syntax::Place;
use crate::diag::{Result, Span, codes};

/// Bytes of the longest record.
pub(super) const RECORD_MOST: usize = 32_767;

/// A place whose bytes can be taken without further thought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// Bytes of the record, from 0.
    Record {
        /// First.
        start: usize,
        /// One past the last.
        end: usize,
    },
    /// A parsed value.
    Parsed {
        /// Its number.
        number: u16,
        /// Bytes.
        length: usize,
    },
}

impl Spot {
    /// A place in records of a shape. A field that fixed-length records cannot have is an error at the span; whether a
    /// variable-length one has it is seen when it comes.
    pub fn compile(place: &Place, shape: Shape, span: &Span) -> Result<Self> {
        let spot = Spot::anywhere(place, span)?;
        match spot {
            Spot::Record { start, end } if end > shape.length && !shape.variable => Err(message::error(
                codes::CTL005,
                REFORMATTING_FIELD,
                format!("bytes {} to {end} are not in the record, which has {}", start + 1, shape.length),
            )
            .at(span, "")
            .hint("positions count from 1, of variable-length records from the RDW")),
            _ => Ok(spot),
        }
    }

    /// A place that may lie behind the end of the record.
    pub fn anywhere(place: &Place, span: &Span) -> Result<Self> {
        match *place {
            Place::Record { position, length } => {
                let start = (position as usize).checked_sub(1);
                match start.map(|start| Spot::Record { start, end: start + length as usize }) {
                    Some(spot) if spot.reach() <= RECORD_MOST => Ok(spot),
                    _ => Err(message::error(
                        codes::CTL005,
                        REFORMATTING_FIELD,
                        format!("positions count from 1 to {RECORD_MOST}"),
                    )
                    .at(span, "")),
                }
            }
            Place::Parsed { number, length } => Ok(Spot::Parsed { number, length: length as usize }),
        }
    }

    /// Bytes.
    #[inline]
    pub fn length(&self) -> usize {
        match self {
            Spot::Record { start, end } => end - start,
            Spot::Parsed { length, .. } => *length,
        }
    }

    /// One past the last byte of the record that it needs; 0 for a parsed value.
    pub fn reach(&self) -> usize {
        match self {
            Spot::Record { end, .. } => *end,
            Spot::Parsed { .. } => 0,
        }
    }

    /// The bytes, or none if the record is too short for all of them.
    #[inline]
    pub fn bytes<'a>(&self, record: &'a [u8], parsed: &'a Parsed) -> Option<&'a [u8]> {
        match self {
            Spot::Record { start, end } => record.get(*start..*end),
            Spot::Parsed { number, length } => parsed.get(*number).get(..*length),
        }
    }

    /// Those of the bytes that the record has.
    #[inline]
    pub fn present<'a>(&self, record: &'a [u8], parsed: &'a Parsed) -> &'a [u8] {
        match self {
            Spot::Record { start, end } => {
                let end = (*end).min(record.len());
                record.get(*start..end).unwrap_or_default()
            }
            Spot::Parsed { number, .. } => parsed.get(*number),
        }
    }

    /// How the cards write it.
    pub fn shown(&self) -> String {
        match self {
            Spot::Record { start, end } => format!("{},{}", start + 1, end - start),
            Spot::Parsed { number, .. } => format!("%{number:02}"),
        }
    }
}
