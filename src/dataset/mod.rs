//! Where records live: record formats (RECFM), readers and writers.
//!
//! [`FormatOptions`] is what a user writes, [`DatasetFormat`] what has been checked. A [`Reader`] finds the records of a
//! file and keeps what is around them ([`Block::frame`](crate::record::Block::frame)), so that a [`Writer`] can put
//! the file together again byte for byte; a [`Framer`] says which frames need no keeping because they are what is
//! written anyway.

mod fault;
mod format;
mod framer;
mod lines;
mod options;
mod reader;
mod split;
mod word;
mod writer;

#[cfg(test)]
mod tests;

pub use format::{
    BLOCK_MAX, BLOCK_SIZE, DatasetFormat, Framing, Header, HeaderSize, LineEnd, Lines, RECORD_MAX, Recfm,
};
pub use framer::Framer;
pub use options::{FormatOptions, HeaderOptions, OptionError};
pub use reader::Reader;
pub use word::{Order, Segment, WORD, Word};
pub use writer::{Writer, Written};
