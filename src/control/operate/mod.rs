//! The tree compiled once to operators on record bytes.

mod date;
mod find;
mod justify;
pub mod machine_date;
mod moment;
mod parsed;
mod parsing;
mod setting;

pub use date::{DateProgram, YearProgram, year_constant_key, year_key, year_moment_key};
pub use find::Find;
pub use justify::JustifyProgram;
pub use moment::MomentBytes;
pub use parsed::Parsed;
pub use parsing::ParseProgram;
pub use setting::{Setting, Shape, Short};
