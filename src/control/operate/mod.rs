//! The tree compiled once to operators on record bytes.

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
