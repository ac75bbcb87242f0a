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

use super::batch::AHEAD;
use super::master::Master;
use super::table::{Table, touch};
use crate::diag::Result;
use crate::sys::ordered_all;

/// Hands out the rows that are left of a master in the order of the keys that they were read or made with; those of one key, if
/// several may have it, in the order in which they were read and made. Parts are sorted on so many threads.
///
/// # Errors
/// Two rows of one key; a row that is not as long as its counters say; whatever `out` says.
pub fn in_order(parts: &[&Master], threads: usize, out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let runs = ordered_all(threads, parts.iter(), |part| Ok(Run::of(part)))?;
    let mut runs: Vec<Run<'_>> = runs.into_iter().flatten().collect();
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
    Ok(())
}

/// Bytes of memory that it takes to hand out rows in order.
pub fn memory_in_order(parts: &[&Master]) -> usize {
    parts.iter().map(|part| part.table().made().len() * size_of::<(u128, u32)>()).sum()
}

/// The key of a row: its first bytes as a number of the same order, so that the row itself is seldom looked at, and the others.
type RowKey<'m> = (u128, &'m [u8]);

fn key(table: &Table, row: u32) -> RowKey<'_> {
    let key = table.key(row);
    (prefix(key), rest(key))
}

/// All keys of a master are of one length.
fn prefix(key: &[u8]) -> u128 {
    let mut bytes = [0; size_of::<u128>()];
    let length = key.len().min(bytes.len());
    bytes[..length].copy_from_slice(&key[..length]);
    u128::from_be_bytes(bytes)
}

fn rest(key: &[u8]) -> &[u8] {
    key.get(size_of::<u128>()..).unwrap_or_default()
}

/// The next row of a run.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Head<'m> {
    key: RowKey<'m>,
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
    /// Rows, and the first bytes of their keys; how many of them were given away.
    Sorted(Vec<(u128, u32)>, usize),
}

impl<'m> Run<'m> {
    /// The rows that were read in order, and the others, sorted.
    fn of(master: &'m Master) -> [Run<'m>; 2] {
        let read = Rows::AsRead(0..master.table().made().start);
        let made = Rows::Sorted(sorted(master.table()), 0);
        [read, made].map(|rows| Run { master, rows })
    }

    fn next(&mut self, run: usize) -> Option<Head<'m>> {
        let table = self.master.table();
        match &mut self.rows {
            Rows::AsRead(rows) => {
                let row = rows.find(|row| table.is_left(*row))?;
                Some(Head { key: key(table, row), run, row })
            }
            Rows::Sorted(rows, at) => {
                let (prefix, row) = *rows.get(*at)?;
                if at.is_multiple_of(AHEAD) {
                    let ahead = rows[*at..].iter().take(AHEAD);
                    black_box(ahead.fold(0, |sum, (_, row)| sum ^ touch(table.row(*row))));
                }
                *at += 1;
                Some(Head { key: (prefix, rest(table.key(row))), run, row })
            }
        }
    }
}

fn sorted(table: &Table) -> Vec<(u128, u32)> {
    let made = table.made().filter(|row| table.is_left(*row));
    let mut rows: Vec<_> = made.map(|row| (prefix(table.key(row)), row)).collect();
    let rest = |row: u32| rest(table.key(row));
    rows.sort_unstable_by(|(prefix, row), (other_prefix, other)| {
        prefix.cmp(other_prefix).then_with(|| rest(*row).cmp(rest(*other))).then(row.cmp(other))
    });
    rows
}
