//! Diagnostics: what went wrong, where, why, and what to do about it.
//!
//! Every message a user can see is a [`Diagnostic`] with a stable [`Code`]. Its [`Place`] is either a stretch of
//! source text (copybook, job, rules: shown with a caret) or a spot in data (dataset, record, offset, field, hex).
//! The code decides the exit status, so no other table maps errors to statuses.

mod code;
mod diagnostic;
mod json;
mod nearest;
mod render;
mod source;

pub use code::{ALL as ALL_CODES, Class, Code};
pub use diagnostic::{DataPlace, Diagnostic, Diagnostics, Place, Severity};
pub use json::{details, to_json};
pub use nearest::nearest;
pub use render::{Style, from_hex, hex, printable, render};
pub use source::{Source, Span};

/// The result of an operation that stops at its first problem.
pub type Result<T> = std::result::Result<T, Box<Diagnostic>>;

pub mod codes {
    //! Every diagnostic code, by name.
    pub use super::code::constants::*;
}
