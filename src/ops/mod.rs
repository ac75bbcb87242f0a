//! Streaming operators on blocks of records. An operator does not know who feeds it.

mod filter;
mod identity;
mod matcher;
mod totals;
mod trailer;

pub use filter::Filter;
pub use identity::Identity;
pub use matcher::{Cardinality, KeyedBlock, MatchReport, MatchSinks, Matcher, Source};
pub use totals::{Total, TotalSpec, Totals};
pub use trailer::{Segment, TrailerCheck, TrailerSpec};
