//! The sorter: records in, records out in key order, equal keys in input order.
//!
//! ```text
//!   prepare(block)  any thread: encode the keys          -> Prepared
//!   push(prepared)  in input order                       -> one more run of entries
//!   finish(sinks)   order the entries, gather the records, block by block
//! ```
//!
//! Only small entries are sorted: a key of one to four words and the place of the record. The caller sees blocks go in
//! and blocks come out, so that spilling runs to disk changes nothing outside this folder.

mod entry;
mod sorter;

pub use sorter::{Duplicates, Prepared, SortReport, Sorter};
