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
    /// The key of the last record, where the first of a group stays and has left already.
    last: Option<Keys>,
    dropped: u64,
}

impl Groups {
    /// Groups under a rule. With `combine`, records that stay take in the others of their group.
    pub fn new(duplicates: Duplicates, combine: Option<Box<dyn Combine>>) -> Self {
        Groups { duplicates, combine, kept: None, last: None, dropped: 0 }
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
        if self.duplicates == Duplicates::KeepFirst && self.combine.is_none() {
            return self.keep_first(keyed, sinks);
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
                    aside.push(kept, key, 0);
                    replace(kept, record);
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

    /// The first of a group stays whatever follows, so that a block in which no key comes again passes as it is.
    fn keep_first(&mut self, keyed: KeyedBlock, sinks: &mut GroupSinks<'_>) -> Result<()> {
        let keys = &keyed.keys;
        let Some(end) = keys.len().checked_sub(1) else { return Ok(()) };
        let mut last = keys.empty_alike();
        last.push_from(keys, end);
        let before = self.last.replace(last);
        let comes_again = |index: usize| match index.checked_sub(1) {
            Some(previous) => keys.compare(previous, keys, index).is_eq(),
            None => before.as_ref().is_some_and(|before| before.compare(0, keys, 0).is_eq()),
        };
        if !(0..=end).any(comes_again) {
            return (sinks.out)(keyed);
        }
        let (mut out, mut aside) = (Collected::like(&keyed), Collected::like(&keyed));
        for (index, record) in keyed.block.records().enumerate() {
            if comes_again(index) {
                self.dropped += 1;
                aside.push(record, keys, index);
            } else {
                out.push(record, keys, index);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::chance;

    /// Ascending keys with repeats, in blocks of all sizes: groups that end with a block, begin with one, or reach over several.
    #[test]
    fn what_stays_and_what_is_set_aside_does_not_depend_on_the_blocks() {
        let mut below = chance::below(11);
        for round in 0..400 {
            let (steps, sizes) = (1 + below(4), 1 + below(7));
            let mut key = 0;
            let records: Vec<(u64, u8)> = (0..below(40) as u8)
                .map(|number| {
                    key += below(steps + 1) / 2;
                    (key, number)
                })
                .collect();
            for duplicates in [Duplicates::KeepFirst, Duplicates::KeepLast] {
                let (mut stays, mut aside) = (Vec::new(), Vec::new());
                for group in records.chunk_by(|a, b| a.0 == b.0) {
                    let chosen = if duplicates == Duplicates::KeepFirst { 0 } else { group.len() - 1 };
                    group.iter().enumerate().for_each(|(index, record)| match index == chosen {
                        true => stays.push(*record),
                        false => aside.push(*record),
                    });
                }
                let mut groups = Groups::new(duplicates, None);
                let (mut out, mut others) = (Vec::new(), Vec::new());
                let mut take_out = |keyed: KeyedBlock| take(&keyed, &mut out);
                let mut take_other = |keyed: KeyedBlock| take(&keyed, &mut others);
                let mut sinks = GroupSinks { out: &mut take_out, aside: &mut take_other };
                let mut rest = records.as_slice();
                while !rest.is_empty() {
                    let (front, back) = rest.split_at((below(sizes + 1) as usize).min(rest.len()));
                    groups.push(block_of(front), &mut sinks).unwrap();
                    rest = back;
                }
                groups.finish(Some(1), &mut sinks).unwrap();
                assert_eq!(groups.dropped(), aside.len() as u64, "round {round}, {duplicates:?}");
                assert_eq!((out, others), (stays, aside), "round {round}, {duplicates:?}");
            }
        }
    }

    fn block_of(records: &[(u64, u8)]) -> KeyedBlock {
        let mut block = Block::with_capacity(Some(1), records.len());
        records.iter().for_each(|(_, number)| block.push(&[*number]));
        KeyedBlock { block, keys: Keys::narrow(records.iter().map(|(key, _)| u128::from(*key)).collect()) }
    }

    fn take(keyed: &KeyedBlock, into: &mut Vec<(u64, u8)>) -> Result<()> {
        let keys = keyed.keys.prefixes().iter().map(|key| *key as u64);
        into.extend(keys.zip(keyed.block.records().map(|record| record[0])));
        Ok(())
    }
}
