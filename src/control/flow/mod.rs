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

mod datasets;
mod entering;
mod how;
mod leaving;
mod outcome;
mod pass;
mod sink;

pub use super::operate::Shape;
pub use datasets::{Blocks, Datasets, Input};
pub use entering::{Entered, Entering};
pub use how::{How, Resources};
pub use leaving::{Leaving, Left};
pub use outcome::{FileCount, Outcome};
pub use pass::{Routes, run, run_routed};
pub use sink::{Finished, Fit, Sink, Target};
