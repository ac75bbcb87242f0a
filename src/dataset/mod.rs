//! Where records live: record formats (RECFM), readers and writers.

mod format;
mod reader;
mod writer;

pub use format::{DatasetFormat, Recfm};
pub use reader::Reader;
pub use writer::{Writer, Written};
