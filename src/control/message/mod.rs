//! Familiar message numbers, and the listing an operator knows.

mod listing;

pub use listing::Listing;
