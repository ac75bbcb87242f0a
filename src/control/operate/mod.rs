//! The tree compiled once to operators on record bytes.

mod calculation;
mod date;
pub mod editing;
mod find;
mod justify;
pub mod machine_date;
mod moment;
pub mod number;
mod parsed;
mod parsing;
mod part;
mod program;
mod setting;
mod spot;
mod test;

pub use calculation::Calculation;
pub use date::{
    DateProgram, YearProgram, date_digits, date_number, year_constant_key, year_key, year_moment_key,
};
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
