//! Keys: what records are ordered, matched and looked up by.
//!
//! A [`Key`] turns a record into bytes whose plain order is the order of the key, so that sorting, matching and looking
//! up are comparisons of bytes. Each part takes a whole number of bytes:
//!
//! ```text
//!   CUST-NO 9(10)          0000001234           -> 00 00 00 04 D2            (the value, 10 digits in 5 bytes)
//!   AMOUNT S9(5)V99 COMP-3 -1.50                -> 98 96 69                  (value + 10^7)
//!   NAME X(4)              'AB  '               -> C1 C2 40 40               (EBCDIC order is byte order)
//!   descending                                     all bits of the part inverted
//! ```
//!
//! [`compare`] is the slow, obvious comparator; tests hold the encoding to it.

mod compare;
mod encode;

pub use compare::compare;
pub use encode::{Key, KeyPart, KeySource, LookupKey, Order};
