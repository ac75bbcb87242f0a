//! The rows of a master in the order of their keys, from wherever its parts have them.
//!
//! ```text
//!   part 1   as it was read   A C F       in order already        \
//!            made             D B         sorted                   >  merged: A B C D E F
//!   part 2   as it was read   E           in order already        /
//! ```

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::hint::black_box;
use std::ops::Range;
use std::vec::IntoIter;

use super::batch::AHEAD;
use super::master::Master;
use super::table::{Table, touch};
use crate::diag::Result;
use crate::key::parts_of;
use crate::sys::ordered_all;

/// Hands out the rows that are left of a master in the order of the keys that they were read or made with; those of one key, if
/// several may have it, in the order in which they were read and made. Parts are sorted on so many threads. Answers the
/// fingerprint of the rows as they lie in the parts, which whoever takes them can hold against that of what came.
///
/// # Errors
/// Two rows of one key; a row that is not as long as its counters say; whatever `out` says.
pub fn in_order(parts: &[&Master], threads: usize, out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<u64> {
    let parts = ordered_all(threads, parts.iter(), |part| Ok((Run::of(part), part.table().fingerprint())))?;
    let fingerprint = parts.iter().fold(0u64, |sum, (_, fingerprint)| sum.wrapping_add(*fingerprint));
    let mut runs: Vec<Run<'_>> = parts.into_iter().flat_map(|(runs, _)| runs).collect();
    let mut heads: BinaryHeap<_> =
        (0..runs.len()).filter_map(|run| runs[run].next(run)).map(Reverse).collect();
    let mut last = None;
    while let Some(mut first) = heads.peek_mut() {
        let Head { key, run, row } = first.0;
        let master = runs[run].master;
        if last.replace(key) == Some(key) && !master.may_repeat_keys() {
            return Err(master.not_unique(master.table().row(row)));
        }
        match runs[run].next(run) {
            Some(next) => *first = Reverse(next),
            None => drop(PeekMut::pop(first)),
        }
        master.hand_out(row, out)?;
    }
    Ok(fingerprint)
}

/// Bytes of memory that it takes to hand out rows in order.
pub fn memory_in_order(parts: &[&Master]) -> usize {
    parts.iter().map(|part| part.table().made().len() * size_of::<Sorted>()).sum()
}

/// The next row of a run.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Head<'m> {
    key: (u128, &'m [u8]),
    run: usize,
    row: u32,
}

/// Rows of a part that are in order.
struct Run<'m> {
    master: &'m Master,
    rows: Rows,
}

enum Rows {
    AsRead(Range<u32>),
    Sorted(IntoIter<Sorted>),
}

/// The first part of a row's key, so that the row itself is seldom looked at, and the row.
type Sorted = (u128, u32);

impl<'m> Run<'m> {
    /// The rows that were read in order, and the others, sorted.
    fn of(master: &'m Master) -> [Run<'m>; 2] {
        let read = Rows::AsRead(0..master.table().made().start);
        let made = Rows::Sorted(sorted(master.table()).into_iter());
        [read, made].map(|rows| Run { master, rows })
    }

    fn next(&mut self, run: usize) -> Option<Head<'m>> {
        let table = self.master.table();
        let row = match &mut self.rows {
            Rows::AsRead(rows) => rows.find(|row| table.is_left(*row))?,
            Rows::Sorted(rows) => {
                if rows.len().is_multiple_of(AHEAD) {
                    let ahead = rows.as_slice().iter().take(AHEAD);
                    black_box(ahead.fold(0, |sum, (_, row)| sum ^ touch(table.keyed(*row))));
                }
                rows.next()?.1
            }
        };
        Some(Head { key: parts_of(table.key(row)), run, row })
    }
}

fn sorted(table: &Table) -> Vec<Sorted> {
    let mut rows = Vec::with_capacity(table.made().len());
    let made = table.made().filter(|row| table.is_left(*row));
    rows.extend(made.map(|row| (parts_of(table.key(row)).0, row)));
    let rest = |row: u32| parts_of(table.key(row)).1;
    rows.sort_unstable_by(|(prefix, row), (other_prefix, other)| {
        prefix.cmp(other_prefix).then_with(|| rest(*row).cmp(rest(*other))).then(row.cmp(other))
    });
    rows
}
