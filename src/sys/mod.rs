//! The only code that talks to the operating system: files behind one trait, crash-safe publishing, the root that no
//! path leaves, the clock, and what the machine allows us.

pub mod clock;
mod error;
pub mod fault;
mod fs;
pub mod limits;
pub mod publish;
mod real;
mod root;

pub use error::{PathError, io_diagnostic};
pub use fs::{Fs, Meta, ReadFile, WriteFile};
pub use real::RealFs;
pub use root::{Root, STATE_FOLDER};
