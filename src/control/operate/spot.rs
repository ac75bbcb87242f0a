//! Places of a record, ready to be taken.

use super::{Parsed, Shape};
use crate::control::message::{self, REFORMATTING_FIELD};
use crate::control::syntax::Place;
use crate::diag::{Result, Span, codes};

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
    /// A place in records of a shape. A field that no record can have is an error at the span.
    pub fn compile(place: &Place, shape: Shape, span: &Span) -> Result<Self> {
        let spot = Spot::anywhere(place, span)?;
        match spot {
            Spot::Record { start, end } if end > shape.length => Err(message::error(
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
            Place::Record { position, length } if position > 0 => {
                let start = position as usize - 1;
                Ok(Spot::Record { start, end: start + length as usize })
            }
            Place::Record { .. } => {
                Err(message::error(codes::CTL005, REFORMATTING_FIELD, "positions count from 1").at(span, ""))
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
