//! The archive: what runs read, wrote and were made of, kept by its content, so that a night can be done again.
//!
//! ```text
//!   .offhost/archive/objects/ab/SHA256.lz4   a content: an LZ4 frame, named by the SHA-256 of what is in it
//!   .offhost/archive/runs/RUN.jsonl          what a run kept: a line for each file, with its name and its content
//!   .offhost/archive/journal.jsonl   what was removed, why, and what must not be: written by `run`
//!   .offhost/archive/lock                    held for the moments in which an object gets its name or is removed
//! ```
//!
//! A content is kept once, whoever has it. An object appears under its name when it is complete and on the disk; the line that
//! refers to it is written under the same lock, so that nothing is removed between the two. A content is verified
//! whenever it is taken out.

mod object;
mod retention;
mod shelf;
#[cfg(test)]
mod tests;

pub use retention::{Pruned, Record, Trouble};
pub use shelf::{Archive, Kept, KeptAs, Shelf};
