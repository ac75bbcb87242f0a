//! The external sorter: records in, records out in key order, equal keys in input order, inside any memory.
//!
//! ```text
//!   prepare(block)  any thread: encode the keys                         -> KeyedBlock
//!   push(keyed)     in input order: held while there is room, else the blocks held longest become a sorted run on disk
//!   finish(put)     all held:  order and gather buckets of keys side by side                      (chunk)
//!                   runs:      merge them with what is held, ranges of keys side by side          (merge)
//! ```
//!
//! | file | what |
//! |---|---|
//! | [`sizing`](Sizing) | how memory is divided, how many runs and merges that makes; printable before a byte is read |
//! | `chunk`, `dealing`, `bucket`, `segment` | records in memory, dealt out to ranges of keys |
//! | `splitters`, `partition`, `order`, `gather` | ranges of keys, places in order, records copied in that order |
//! | `spill`, `piece`, `merge`, `loser_tree` | runs on disk, and many lanes made one |
//! | `kept`, `manifest`, `covered` | runs that another attempt goes on with: their names, and the input that they hold |
//! | `sorter`, `proof` | when to do what; the checks that stay on: order, count, fingerprint |
//! | `sorted` | what a sort leaves in a work file, for those who read it bit by bit |
//! | `groups` | records with equal keys |
//! | `merger` | inputs that are in order already |
//!
//! The bytes that leave depend on the records and the key alone: never on threads, memory, runs or timing.

mod bucket;
mod chunk;
mod covered;
mod dealing;
mod gather;
mod groups;
mod kept;
mod loser_tree;
mod manifest;
mod merge;
mod merger;
mod order;
mod partition;
mod passing;
mod piece;
mod proof;
mod segment;
mod sizing;
mod sorted;
mod sorter;
mod spill;
mod splitters;

pub use dealing::Deal;
pub use groups::{Combine, Duplicates, GroupSinks, Groups};
pub use manifest::{give_up, kept_runs};
pub use merger::{MergeInput, merge_inputs};
pub use passing::Passing;
pub use sizing::{Forecast, MEMORY_MIN, Sizing, block_bytes};
pub use sorted::{SortedFile, SortedReader};
pub use sorter::{Put, SortReport, Sorter};
pub use spill::WorkSpace;
