//! Dates in fields: read with a century window, converted, moved, compared.
//!
//! | file | what |
//! |---|---|
//! | [`reading`] | bytes to a date, a special indicator, or neither |
//! | [`writing`] | a date to the bytes of an item |
//! | [`program`] | TOGREG, TOJUL, WEEKDAY, ADDDAYS and the others |
//! | [`year`] | years of two digits shown with four, and compared |

mod program;
mod reading;
mod writing;
mod year;

pub use program::DateProgram;
pub use year::{YearProgram, date_digits, date_number, year_constant_key, year_key, year_moment_key};

#[cfg(test)]
mod tests;
