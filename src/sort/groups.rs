//! Records with equal keys: kept, set aside, or made one.

use super::sorter::Put;
use crate::diag::Result;
use crate::key::{KeyedBlock, Keys};
use crate::record::Block;

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

/// Makes one record of two with equal keys.
pub trait Combine: Send {
    /// Adds the second record to the first; `false` if that cannot be, so that both stay.
    fn combine(&mut self, first: &mut [u8], second: &[u8]) -> Result<bool>;
}

/// Where grouped records go.
pub struct GroupSinks<'s> {
    /// Records that stay.
    pub out: Put<'s>,
    /// Records set aside.
    pub aside: Put<'s>,
}

/// Sees sorted blocks and decides on records with equal keys. The groups may lie in several blocks.
pub struct Groups {
    duplicates: Duplicates,
    combine: Option<Box<dyn Combine>>,
    /// The record that would stay if its group ended here, and its key.
    kept: Option<(Vec<u8>, Keys)>,
    dropped: u64,
}

impl Groups {
    /// Groups under a rule. With `combine`, records that stay take in the others of their group.
    pub fn new(duplicates: Duplicates, combine: Option<Box<dyn Combine>>) -> Self {
        Groups { duplicates, combine, kept: None, dropped: 0 }
    }

    /// True if blocks pass as they are.
    pub fn is_idle(&self) -> bool {
        self.duplicates == Duplicates::All && self.combine.is_none()
    }

    /// Records set aside or taken in by others so far.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Takes the next block.
    pub fn push(&mut self, keyed: KeyedBlock, sinks: &mut GroupSinks<'_>) -> Result<()> {
        if self.is_idle() {
            return (sinks.out)(keyed);
        }
        let (mut out, mut aside) = (Collected::like(&keyed), Collected::like(&keyed));
        for (index, record) in keyed.block.records().enumerate() {
            match &mut self.kept {
                Some((kept, key)) if key.compare(0, &keyed.keys, index).is_eq() => {
                    if let Some(combine) = &mut self.combine {
                        if combine.combine(kept, record)? {
                            self.dropped += 1;
                            aside.push(record, &keyed.keys, index);
                            continue;
                        }
                        // Neither is dropped; later records may still be added to the second.
                        out.push(kept, key, 0);
                        replace(kept, record);
                        continue;
                    }
                    self.dropped += 1;
                    if self.duplicates == Duplicates::KeepLast {
                        aside.push(kept, key, 0);
                        replace(kept, record);
                    } else {
                        aside.push(record, &keyed.keys, index);
                    }
                }
                kept => {
                    if let Some((record, key)) = kept {
                        out.push(record, key, 0);
                    }
                    let mut key = keyed.keys.empty_alike();
                    key.push_from(&keyed.keys, index);
                    match kept {
                        Some((old, old_key)) => {
                            replace(old, record);
                            *old_key = key;
                        }
                        None => *kept = Some((record.to_vec(), key)),
                    }
                }
            }
        }
        out.give(sinks.out)?;
        aside.give(sinks.aside)
    }

    /// Ends the last group.
    pub fn finish(&mut self, fixed_length: Option<usize>, sinks: &mut GroupSinks<'_>) -> Result<()> {
        let Some((record, keys)) = self.kept.take() else { return Ok(()) };
        let mut block = Block::with_capacity(fixed_length, record.len());
        block.push(&record);
        (sinks.out)(KeyedBlock { block, keys })
    }
}

fn replace(kept: &mut Vec<u8>, record: &[u8]) {
    kept.clear();
    kept.extend_from_slice(record);
}

/// Records for one sink.
struct Collected(KeyedBlock);

impl Collected {
    fn like(keyed: &KeyedBlock) -> Self {
        let block = Block::empty(keyed.block.fixed_length());
        Collected(KeyedBlock { block, keys: keyed.keys.empty_alike() })
    }

    fn push(&mut self, record: &[u8], keys: &Keys, index: usize) {
        self.0.block.push(record);
        self.0.keys.push_from(keys, index);
    }

    fn give(self, put: &mut dyn FnMut(KeyedBlock) -> Result<()>) -> Result<()> {
        if self.0.block.is_empty() { Ok(()) } else { put(self.0) }
    }
}
