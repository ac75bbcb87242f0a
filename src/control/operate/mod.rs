//! The tree compiled once to operators on record bytes.

mod calculation;
pub mod editing;
pub mod number;
mod parsed;
mod part;
mod program;
mod setting;
mod spot;
mod test;

pub use calculation::Calculation;
pub use parsed::Parsed;
pub use part::{Part, PartState};
pub use program::{Program, ProgramState, Usage};
pub use setting::{Setting, Shape, Short};
pub use spot::Spot;
pub use test::RecordTest;
