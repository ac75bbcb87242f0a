//! Reports: lines on pages, with headers and footers, groups that break, and totals.
//!
//! | file | what |
//! |---|---|
//! | [`pages`] | lines as they are written: control characters, spacing, length, how full a page is |
//! | [`course`] | the order of things: cover, pages, sections, details, end |
//! | [`sums`] | what a total adds up |
//!
//! The course serves whoever has lines: OUTFIL statements bring bands made of card items, report steps those of a job. What a
//! band shows is its own affair; the course only asks how many lines it has.

mod course;
mod pages;
mod sums;

pub use course::{At, Band, Course, Section, Skip};
pub use pages::{Frame, LINES, Pages};
pub use sums::{Statistic, Sums};

use crate::diag::Result;

/// Where lines go.
pub type Put<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;
