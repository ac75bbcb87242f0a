//! Streaming operators on blocks of records. An operator does not know who feeds it.

mod filter;
mod identity;
mod matcher;
mod reformat;
mod sum;
mod totals;
mod trailer;

pub use filter::Filter;
pub use identity::Identity;
pub use matcher::{Cardinality, MatchReport, MatchSinks, Matcher, Source};
pub use reformat::{Piece, Reformat};
pub use sum::Sum;
pub use totals::{Total, TotalSpec, Totals};
pub use trailer::{Segment, TrailerCheck, TrailerSpec};
