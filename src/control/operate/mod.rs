//! The tree compiled once to operators on record bytes.
//!
//! | what | from | to |
//! |---|---|---|
//! | [`RecordTest`] | a condition | comparisons with jumps |
//! | [`Program`] | INREC, OUTREC, OUTFIL's BUILD and the like | BUILD: pieces in order; OVERLAY: pieces with columns; IFTHEN: a chain of both |
//! | [`Part`] | one item | what it appends |
//! | [`Calculation`] | arithmetic | a number of a record |
//! | [`Shown`] | masks, patterns, TO= | how a number is shown or stored |
//! | [`Spot`] | `p,m` or `%nn` | bytes |
//!
//! Whether a record has all the bytes that are needed is asked once for everything that is done together: each of these
//! knows its reach, the end of the last field. A shorter record is refused, padded, or fails the condition as the manual
//! says for the place; after that no field is asked for twice, and records of usual length cost one comparison.
//!
//! Nothing is allocated for a record: what is made goes into buffers of the state, which lives as long as the pass.

mod action;
mod build;
mod calculation;
mod change;
mod compare;
mod comparing;
mod convert;
mod date;
pub mod editing;
mod fault;
mod find;
mod group;
mod ifthen;
mod justify;
pub mod machine_date;
mod moment;
pub mod number;
mod overlay;
mod parsed;
mod parsing;
mod part;
mod program;
mod sequence;
mod setting;
mod spot;
mod test;
#[cfg(test)]
mod tests;
mod translate;

pub use calculation::Calculation;
pub use date::{
    DateProgram, YearProgram, date_digits, date_number, year_constant_key, year_key, year_moment_key,
};
pub use editing::Shown;
pub use find::Find;
pub use justify::JustifyProgram;
pub use moment::MomentBytes;
pub use parsed::Parsed;
pub use parsing::ParseProgram;
pub use part::{Part, PartState};
pub use program::{Program, ProgramState, Usage};
pub use setting::{Setting, Shape, Short};
pub use spot::Spot;
pub use test::RecordTest;
