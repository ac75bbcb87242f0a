//! A layout laid over bytes: blocks of records, where a field lies in a record, reading and storing its value.
//!
//! A record stays bytes. A field is a window on them; only the expression that needs a number decodes it, and what no
//! rule touches is never rewritten.

mod block;
mod buffer;
mod frame;
mod initial;
mod length;
mod locate;
mod number;
mod ordered;
mod view;

pub use block::{Apart, Block, fingerprint_of};
pub use buffer::buffer;
pub use frame::{Frame, FrameNote};
pub use initial::{initial_bytes, initial_level, initial_record, initialize_field};
pub use length::{ComputedLength, FieldLength, FieldMap, Length, PositionLength, RecordLength, RecordStart};
pub use locate::{LocateError, actual_length, actual_length_of, locate};
pub use number::{
    Overflow, fits, is_numeric, read_exact, read_integer, read_number, read_word, sign_nibble, store_integer,
    store_number, window, zoned_sign,
};
pub use ordered::OrderedHash;
pub use view::{Above, Origin, RecordFormat};
