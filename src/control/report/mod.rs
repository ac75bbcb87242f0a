//! Headers, trailers, sections and totals of an OUTFIL, and IFTRAIL.
//!
//! | file | what |
//! |---|---|
//! | [`course`] | the order of things: records, sections, pages, beginning and end |
//! | [`band`] | the lines of one header or trailer |
//! | [`statistics`] | counts and totals of the records that a trailer is about |
//! | [`pages`] | lines as they are written: control characters, length, where a page ends |
//! | [`trailing`] | IFTRAIL |

mod band;
mod course;
mod pages;
mod statistics;
mod trailing;

pub use course::Report;
pub use trailing::Trailing;

use crate::diag::Result;

/// Where lines go.
pub type Put<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

#[cfg(test)]
mod tests;
