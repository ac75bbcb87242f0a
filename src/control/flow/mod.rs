//! One pass from the inputs over the sorter to all outputs.
//!
//! ```text
//!   Entering   inputs -> SKIPREC -> INCLUDE/OMIT -> STOPAFT -> INREC -> SORT | MERGE | COPY
//!   Summing    SUM, XSUM
//!   Leaving    OUTREC -> SORTOUT, and each OUTFIL
//! ```
//!
//! [`run`] is all of it for a deck. ICETOOL puts operators of its own between the halves: it opens [`Entering`] and
//! [`Leaving`], and passes on what it likes; or it writes a DD itself through a [`Sink`].

mod convert;
mod datasets;
mod dd;
mod ending;
mod entering;
mod files;
mod front;
mod group;
mod held;
mod hexfloat;
mod how;
mod join;
mod joined;
mod keys;
mod leaving;
mod names;
mod outcome;
mod pass;
mod places;
mod sink;
mod spool;
mod summing;
mod words;

pub use super::operate::Shape;
pub use datasets::{Blocks, Datasets, Input};
pub use dd::{Dd, Disposition};
pub use entering::{Entered, Entering, PutKeyed};
pub use files::{Files, missing};
pub use how::{How, Resources, Sorts};
pub(in crate::control) use keys::key_of;
pub use leaving::{Leaving, Left};
pub use outcome::{FileCount, Outcome};
pub use pass::{Routes, run, run_routed};
pub use sink::{Finished, Fit, Pieces, Sink, Target};
pub(in crate::control) use summing::Summing;
pub use words::{with_words, word};
