//! Familiar message numbers, and the listing an operator knows.

mod familiar;
mod listing;

pub use familiar::*;
pub use listing::Listing;

use crate::diag::{Code, Diagnostic};

/// An error in cards with the number an operator knows it by.
pub fn error(code: Code, familiar: Familiar, message: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::error(code, message).note(familiar.shown())
}
