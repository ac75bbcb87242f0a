//! The catalog: names of datasets and what they stand for, and generation data groups.
//!
//! ```text
//!   .offhost/catalog/catalog.json    all of it, replaced as a whole
//!   .offhost/catalog/history.jsonl   every change that was ever made, one line each, hash-chained
//!   .offhost/catalog/lock            held for the moments of a change
//! ```
//!
//! A *base* is a name or a folder below the root; its generations are files `GnnnnVyy` in its folder. Which file is
//! generation `(0)` is said by the catalog alone: a folder is never listed to find out. A job fixes what it means by `(0)`,
//! `(-n)` and `(+n)` when its plan is made ([`View`]), enters its new generations when it commits ([`Catalog::enter`]), and
//! what is over the limit leaves in the same change; files of those are removed after it. Every step can be repeated.

mod base;
mod change;
mod generation;
mod history;
mod store;
mod verify;
mod view;

pub use base::{Base, Generation, LIMIT_MAX, Leaving, OnLimit, Policy};
pub use change::{Entry, RolledBack, unknown};
pub use generation::{GenerationName, Relative};
pub use history::HistoryLine;
pub use store::{Catalog, CatalogFile};
pub use verify::{Finding, Kind};
pub use view::View;
