//! Records to values and back: what every conversion, listing and comparison is made of.
//!
//! ```text
//!   Layout + Coding + Selection -> Tree
//!   bytes -> Decoder -> Sink (JSON, CSV, Parquet, a terminal)      and Notes on bytes that the values do not give back
//!   Input (JSON, CSV) -> Encoder -> bytes
//! ```
//!
//! Decoding and encoding again is the identity on bytes: what a value does not say (another sign nibble, bytes of a FILLER,
//! of slack, behind the last field) is a note.

mod coding;
mod decode;
mod digits;
mod encode;
mod leaf;
mod note;
mod straight;
mod tree;

pub use coding::{BadClass, BadNumberPolicy, Coding, Edited, Odo, Policy, Seen, UnsignedSign};
pub use decode::{Decoder, Findings, Sink};
pub use digits::{ParseFault, append_decimal, parse_decimal};
pub use encode::{Encoder, Input, UnknownMember};
pub use leaf::{FixedPoint, Leaf, Scalar, StoreFault, append_hex, append_hex_digits, hex_digits};
pub use note::{Notes, append_patch, parse_patch};
pub use straight::Part;
pub use tree::{Content, Node, Selection, Table, Tree};
