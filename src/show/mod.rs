//! Records for people: each becomes lines of cells (label, value, bytes, marks), which are then laid out down the page or
//! across it.
//!
//! ```text
//!   dataset::Reader -> read -> codec::Decoder -> LineSink -> Lines -> Down, Across -> text
//!                         \--> bytes without a copybook ------------> dump
//! ```
//!
//! What is shown is fit for a terminal: a byte that is no printable character never gets there as it is.

mod across;
mod down;
mod dump;
mod figures;
mod ink;
mod line;
mod names;
mod plain;
mod read;
mod sink;

pub use across::Across;
pub use down::{Down, Look};
pub use dump::dump;
pub use figures::{duration, grouped, grouped_decimal, rate, size, speed};
pub use ink::{Ink, Screen};
pub use line::{Line, Shown, Value};
pub use plain::{cut, printable, width};
pub use read::{Seen, Shower, Tally, read, read_bytes};
