//! The sorter in memory.

use std::cmp::Ordering;
use std::sync::Arc;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::entry::{Entry, Place, order_by, words};
use crate::diag::Result;
use crate::expr::{Frame, SingleFrame};
use crate::key::Key;
use crate::record::{Block, Origin};
use crate::sys::limits;

/// What to do with records whose keys are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// Keep them all, in input order.
    #[default]
    All,
    /// Keep the first of each group, set the others aside.
    KeepFirst,
    /// Keep the last of each group, set the others aside.
    KeepLast,
}

/// What a sort did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SortReport {
    /// Records that came in.
    pub records_in: u64,
    /// Records that went out in order.
    pub records_out: u64,
    /// Records set aside as duplicates.
    pub duplicates: u64,
    /// Sum of the hashes of the records that came in.
    pub fingerprint: u64,
    /// True if the input was in order already.
    pub presorted: bool,
}

/// A block with its keys encoded, ready to be pushed.
pub struct Prepared {
    block: Block,
    keys: Vec<u8>,
    fingerprint: u64,
}

/// Sorts records by a key; without one it passes them through in input order.
pub struct Sorter {
    key: Arc<Key>,
    blocks: Vec<Block>,
    entries: Entries,
    report: SortReport,
}

/// Entries as narrow as the key allows.
enum Entries {
    One(Vec<Entry<1>>),
    Two(Vec<Entry<2>>),
    Three(Vec<Entry<3>>),
    Four(Vec<Entry<4>>),
}

impl Sorter {
    /// A sorter that orders by this key.
    pub fn new(key: Key) -> Self {
        let entries = match key.length() {
            0..=8 => Entries::One(Vec::new()),
            9..=16 => Entries::Two(Vec::new()),
            17..=24 => Entries::Three(Vec::new()),
            _ => Entries::Four(Vec::new()),
        };
        Sorter { key: Arc::new(key), blocks: Vec::new(), entries, report: SortReport::default() }
    }

    /// A function that prepares blocks of a dataset, whose name appears in messages; it may run on any thread.
    pub fn preparer(&self, dataset: &str) -> impl Fn(Block) -> Result<Prepared> + Send + Sync + 'static {
        let (key, dataset) = (Arc::clone(&self.key), Arc::<str>::from(dataset));
        move |block| prepare(&key, &dataset, block)
    }

    /// Takes a prepared block; blocks must come in input order.
    pub fn push(&mut self, prepared: Prepared) {
        let Prepared { block, keys, fingerprint } = prepared;
        self.report.records_in += block.len() as u64;
        self.report.fingerprint = self.report.fingerprint.wrapping_add(fingerprint);
        let number = self.blocks.len();
        let stride = self.key.length();
        match &mut self.entries {
            Entries::One(list) => append(list, &block, &keys, stride, number),
            Entries::Two(list) => append(list, &block, &keys, stride, number),
            Entries::Three(list) => append(list, &block, &keys, stride, number),
            Entries::Four(list) => append(list, &block, &keys, stride, number),
        }
        self.blocks.push(block);
    }

    /// Orders what was pushed and hands it out, block by block; records set aside as duplicates go to `aside`.
    pub fn finish(
        self,
        duplicates: Duplicates,
        out: &mut dyn FnMut(Block) -> Result<()>,
        aside: &mut dyn FnMut(Block) -> Result<()>,
    ) -> Result<SortReport> {
        let Sorter { key, blocks, entries, report } = self;
        let store = Store { key, blocks, duplicates, report };
        match entries {
            Entries::One(list) => store.finish(list, out, aside),
            Entries::Two(list) => store.finish(list, out, aside),
            Entries::Three(list) => store.finish(list, out, aside),
            Entries::Four(list) => store.finish(list, out, aside),
        }
    }
}

fn prepare(key: &Key, dataset: &str, block: Block) -> Result<Prepared> {
    let mut keys = Vec::with_capacity(block.len() * key.length());
    let mut fingerprint = 0u64;
    for (slot, record) in block.slots() {
        let frame = SingleFrame { record, origin: block.origin(dataset, slot) };
        key.encode(&frame, &mut keys)?;
        fingerprint = fingerprint.wrapping_add(xxh3_64(record));
    }
    Ok(Prepared { block, keys, fingerprint })
}

fn append<const N: usize>(
    list: &mut Vec<Entry<N>>,
    block: &Block,
    keys: &[u8],
    stride: usize,
    number: usize,
) {
    if stride == 0 {
        list.extend(block.slots().map(|(slot, _)| Entry { key: [0; N], at: Place::new(number, slot) }));
        return;
    }
    let entries = block.slots().zip(keys.chunks_exact(stride));
    list.extend(entries.map(|((slot, _), key)| Entry { key: words(key), at: Place::new(number, slot) }));
}

/// The records to be ordered.
struct Store {
    key: Arc<Key>,
    blocks: Vec<Block>,
    duplicates: Duplicates,
    report: SortReport,
}

impl Store {
    fn finish<const N: usize>(
        mut self,
        mut entries: Vec<Entry<N>>,
        out: &mut dyn FnMut(Block) -> Result<()>,
        aside: &mut dyn FnMut(Block) -> Result<()>,
    ) -> Result<SortReport> {
        let in_words = self.key.length() <= 8 * N;
        let rest = |a: Place, b: Place| if in_words { Ordering::Equal } else { self.compare_whole(a, b) };
        let presorted = entries.is_sorted_by(|a, b| order_by(a, b, &rest).is_le());
        if !presorted && in_words {
            entries.par_sort_unstable();
        } else if !presorted {
            entries.par_sort_unstable_by(|a, b| order_by(a, b, &rest));
        }
        let same = |a: &Entry<N>, b: &Entry<N>| a.key == b.key && rest(a.at, b.at).is_eq();
        let (kept, dropped) = split_duplicates(entries, self.duplicates, same);
        self.report.presorted = presorted;
        self.report.records_out = kept.len() as u64;
        self.report.duplicates = dropped.len() as u64;
        self.emit(&kept, out)?;
        self.emit(&dropped, aside)?;
        Ok(self.report)
    }

    /// Gathers records in the order of the entries, a few blocks at a time in parallel.
    fn emit<const N: usize>(
        &self,
        entries: &[Entry<N>],
        sink: &mut dyn FnMut(Block) -> Result<()>,
    ) -> Result<()> {
        let Some(first) = entries.first() else { return Ok(()) };
        let typical = self.record(first.at).len().max(1);
        let per_block = (Block::SIZE / typical).clamp(1, 1 << 16);
        for batch in entries.chunks(per_block * limits::threads() * 4) {
            let blocks: Vec<Block> = batch.par_chunks(per_block).map(|part| self.gather(part)).collect();
            blocks.into_iter().try_for_each(&mut *sink)?;
        }
        Ok(())
    }

    fn gather<const N: usize>(&self, entries: &[Entry<N>]) -> Block {
        let length = entries.first().map_or(0, |entry| self.record(entry.at).len());
        let all_equal = entries.iter().all(|entry| self.record(entry.at).len() == length);
        let mut block = Block::with_capacity(all_equal.then_some(length), entries.len() * length);
        entries.iter().for_each(|entry| block.push(self.record(entry.at)));
        block
    }

    fn record(&self, at: Place) -> &[u8] {
        self.blocks[at.block()].at(at.slot())
    }

    /// Decides between keys whose leading words are equal.
    fn compare_whole(&self, a: Place, b: Place) -> Ordering {
        let encode = |at: Place| {
            let mut key = Vec::with_capacity(self.key.length());
            let frame = SingleFrame { record: self.record(at), origin: Origin::default() };
            // Every part was read when the block was prepared, so it can be read now.
            let _ = self.key.encode(&frame as &dyn Frame, &mut key);
            key
        };
        encode(a).cmp(&encode(b))
    }
}

/// Splits sorted entries into those kept and those set aside.
fn split_duplicates<const N: usize>(
    entries: Vec<Entry<N>>,
    duplicates: Duplicates,
    same: impl Fn(&Entry<N>, &Entry<N>) -> bool,
) -> (Vec<Entry<N>>, Vec<Entry<N>>) {
    if duplicates == Duplicates::All {
        return (entries, Vec::new());
    }
    let (mut kept, mut dropped): (Vec<Entry<N>>, Vec<Entry<N>>) =
        (Vec::with_capacity(entries.len()), Vec::new());
    for entry in entries {
        match kept.last_mut() {
            Some(last) if same(last, &entry) => match duplicates {
                Duplicates::KeepLast => dropped.push(std::mem::replace(last, entry)),
                _ => dropped.push(entry),
            },
            _ => kept.push(entry),
        }
    }
    (kept, dropped)
}
