//! The only code that talks to the operating system: files behind one trait, crash-safe publishing, the root that no
//! path leaves, the clock, what the machine allows us, and work on several threads with results in order.

#[cfg(test)]
pub mod chance;
pub mod clock;
pub mod cost;
mod digest;
mod direct;
mod error;
mod expanse;
pub mod fault;
mod fs;
pub mod hash;
pub mod limits;
mod ordered;
pub mod process;
pub mod publish;
mod real;
mod root;
pub mod stop;
mod whole;

pub use digest::{hexadecimal, sha256, sha256_of_file};
pub use error::{PathError, io_diagnostic};
pub use expanse::Expanse;
pub use fs::{Fs, Meta, ReadFile, ScratchFile, WriteFile};
pub use ordered::{Turn, ordered, ordered_all, ordered_streams, ordered_then};
pub use real::RealFs;
pub use root::{Root, STATE_FOLDER, absolute, real};
pub use stop::{Stop, stop_on_signals};
pub use whole::{read_whole, replace_unsynced, replace_whole};
