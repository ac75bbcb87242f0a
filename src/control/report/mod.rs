//! Headers, trailers, sections and totals of an OUTFIL, and IFTRAIL.
//!
//! | file | what |
//! |---|---|
//! | [`outfil`] | what an OUTFIL statement makes of a report |
//! | [`band`] | the lines of one header or trailer |
//! | [`statistics`] | counts and totals of the records that a trailer is about |
//! | [`trailing`] | IFTRAIL |
//!
//! Pages and the order of things on them are those of [`crate::report`].

mod band;
mod outfil;
mod statistics;
mod trailing;

pub use outfil::Report;
pub use trailing::Trailing;

#[cfg(test)]
mod tests;
