//! Differences that are kept for a page: of every cluster the first so many, and no more than fit; of the others, that they are.

use std::collections::HashMap;

use super::batch::Numbered;
use super::compare::{Comparer, Found};
use super::engine::{Difference, Sink};
use super::index::Index;
use super::tally::ClusterKey;
use crate::diag::{Diagnostic, Result, codes};

/// Records of a cluster that are kept.
pub const PER_CLUSTER: u64 = 2000;
/// Bytes of records that are kept in all.
const BYTES: usize = 48 << 20;
/// Records in which rules excuse all that differs, kept beside the clusters.
const EXCUSED: u64 = 500;

/// A record and its number.
type Kept = Option<(u64, Box<[u8]>)>;

/// A difference that is kept.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// Ours.
    pub left: Kept,
    /// Theirs.
    pub right: Kept,
    /// True for records without partners that are taken for one that was changed.
    pub likely: bool,
    /// What differs.
    pub found: Vec<Found>,
    /// Which of the differences that count this is, from 0; nothing if rules excuse it.
    pub place: Option<u64>,
}

/// Keeps the first differences of every cluster.
#[derive(Debug)]
pub struct Sample {
    /// The differences in their order.
    pub list: Vec<Sampled>,
    /// Differences that count: of all records, and of those that are kept.
    pub counts: (u64, u64),
    /// All that count.
    pub index: Index,
    kept: HashMap<ClusterKey, u64>,
    excused: u64,
    bytes: usize,
}

impl Sample {
    /// An empty one of records that are known by these columns.
    pub fn new(key: &[u32]) -> Self {
        let index = Index::new(key.to_vec());
        Sample { list: Vec::new(), counts: (0, 0), index, kept: HashMap::new(), excused: 0, bytes: 0 }
    }

    /// The records of a difference, borrowed again.
    pub fn numbered(kept: &Kept) -> Option<Numbered<'_>> {
        kept.as_ref().map(|(number, bytes)| Numbered { bytes, number: *number })
    }
}

impl Sink for Sample {
    fn put(&mut self, difference: Difference<'_>, comparer: &Comparer<'_>) -> Result<()> {
        if difference.counts() {
            self.index.add(&difference, comparer).map_err(unpackable)?;
        }
        let counting = || difference.found.iter().filter(|found| found.rule.is_none() && !found.follows);
        let wanted = match difference.counts() {
            true => counting()
                .any(|found| self.kept.get(&(found.column, found.cause)).copied().unwrap_or(0) < PER_CLUSTER),
            false => self.excused < EXCUSED,
        };
        let counts = u64::from(difference.counts());
        let place = difference.counts().then_some(self.counts.0);
        self.counts.0 += counts;
        let size = |record: Option<Numbered<'_>>| record.map_or(0, |record| record.bytes.len());
        let size = size(difference.left) + size(difference.right) + size_of_val(difference.found);
        if !wanted || self.bytes + size > BYTES {
            return Ok(());
        }
        let mut seen: Vec<ClusterKey> = Vec::new();
        for found in counting() {
            let key = (found.column, found.cause);
            if !seen.contains(&key) {
                seen.push(key);
                *self.kept.entry(key).or_default() += 1;
            }
        }
        self.counts.1 += counts;
        self.excused += 1 - counts;
        self.bytes += size;
        let keep = |record: Option<Numbered<'_>>| record.map(|record| (record.number, record.bytes.into()));
        self.list.push(Sampled {
            left: keep(difference.left),
            right: keep(difference.right),
            likely: difference.likely,
            found: difference.found.to_vec(),
            place,
        });
        Ok(())
    }
}

/// What is compressed in memory cannot fail to be written.
pub(super) fn unpackable(error: std::io::Error) -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, format!("the page cannot be made: {error}")).hint("please report it")
}

impl<A: Sink, B: Sink> Sink for (A, B) {
    fn put(&mut self, difference: Difference<'_>, comparer: &Comparer<'_>) -> Result<()> {
        self.0.put(difference, comparer)?;
        self.1.put(difference, comparer)
    }
}

impl<A: Sink> Sink for Option<A> {
    fn put(&mut self, difference: Difference<'_>, comparer: &Comparer<'_>) -> Result<()> {
        self.as_mut().map_or(Ok(()), |sink| sink.put(difference, comparer))
    }
}
