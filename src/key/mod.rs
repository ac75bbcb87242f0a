//! Keys: what records are ordered, matched and looked up by.
//!
//! A [`Key`] turns a record into bits whose plain order is the order of the key, so that sorting, matching and looking up
//! are comparisons of numbers or bytes. Each part takes as few bits as its format allows, and the parts stand one behind
//! the other:
//!
//! ```text
//!   BRANCH 9(3)            001           10 bits    the value
//!   AMOUNT S9(5)V99 COMP-3 -1.50         25 bits    value + 10^7
//!   NAME X(4)              'AB  '        32 bits    EBCDIC order is byte order; AC and AQ go through a table
//!   SHORT COMP-1           -0.5          33 bits    sign, exponent, fraction, so turned that values ascend
//!   descending                                      all bits of the part inverted
//!   bytes without a value, unless they stop the step: a bit before the part, then the bytes as they are
//! ```
//!
//! A key of branch, account, date and sequence, 22 bytes in the record, has 107 bits: comparisons of such keys never look
//! at the record. [`Keys`] holds those of a block. [`compare()`] is the slow, obvious comparator; tests hold the encoding to
//! it.

mod bits;
mod compare;
mod encode;
mod format;
mod keys;
mod lookup;
mod part;
mod special;

pub use compare::compare;
pub use encode::Key;
pub use format::{DateDigits, DateForm, SortFormat};
pub use keys::{KeyedBlock, Keys, Sequence, parts_of};
pub use lookup::LookupKey;
pub use part::{FormatContext, InvalidKeys, KeyPart, Order, latin_order};
