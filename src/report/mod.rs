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
//!
//! A report of a job is a [`Report`], which says nothing of how it is written. [`Report::prepare`] makes on any thread what can
//! be said of a block of records alone; [`Maker`] takes the blocks in order, finds the breaks, adds up and tells every output.
//!
//! | file | what |
//! |---|---|
//! | [`spec`] | what a report is: columns, levels, lines |
//! | [`value`], [`picture`], [`glyphs`] | what is shown of a record, and how |
//! | [`line`] | lines of headers and footers |
//! | [`tally`] | what has been added up of a group |
//! | [`prepare`], [`maker`] | the making |
//! | [`form`] | the forms of output: [`text`], [`csv`], [`html`], [`json`] |

mod course;
mod csv;
mod form;
mod glyphs;
mod html;
mod json;
mod line;
mod maker;
mod pages;
mod picture;
mod prepare;
mod spec;
mod sums;
mod tally;
mod text;
mod value;

pub use course::{At, Band, Course, Section, Skip};
pub use form::{Carriage, Form, Rows, TextForm};
pub use glyphs::Glyphs;
pub use line::{Facts, Item, Line, Of, What};
pub use maker::{Lines, Made, Maker};
pub use pages::{Frame, LINES, Pages};
pub use picture::Picture;
pub use prepare::Prepared;
pub use spec::{Align, Column, Disorder, Level, Report};
pub use sums::{Statistic, Sums};
pub use text::TextSink;
pub use value::{Number, Text, Value};

use crate::diag::Result;

/// Where lines go.
pub type Put<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;
