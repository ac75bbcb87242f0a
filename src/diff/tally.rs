//! What a comparison has found so far: counts, and clusters of differences with one field and one cause.

use std::collections::HashMap;

use super::batch::Numbered;
use super::cause::Cause;
use super::compare::{Found, OUTSIDE, RECORD};
use super::fields::{Cell, Fields};
use super::side::Which;
use crate::decimal::Decimal;

/// Values of a field that are counted one by one; others are counted together.
const DISTINCT: usize = 64;
/// Records of a cluster whose fields are looked at for what they have in common; of more the first so many.
pub const LOOKED_AT: u64 = 1 << 18;
/// Clusters that are looked at in that way.
const CLUSTERS_LOOKED_AT: usize = 256;

/// The field and the cause of a cluster.
pub type ClusterKey = (u32, Cause);

/// Counts of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Pairs.
    pub paired: u64,
    /// Pairs with equal bytes.
    pub identical: u64,
    /// Pairs that differ, after rules.
    pub different: u64,
    /// Pairs in which rules excuse all that differs.
    pub excused_pairs: u64,
    /// Left records without a partner.
    pub left_only: u64,
    /// Right records without a partner.
    pub right_only: u64,
    /// Unpaired records on each side for which a rule accepts that.
    pub accepted_only: [u64; 2],
    /// Records at another place than their partner, which position or multiset pairing found.
    pub moved: u64,
    /// Records at another place among those of their key.
    pub out_of_order: u64,
    /// By column: pairs in which it differs.
    pub fields: HashMap<u32, u64>,
    /// Clusters of what counts.
    pub clusters: HashMap<ClusterKey, Cluster>,
    /// What rules have excused: pairs, by field, cause and rule.
    pub excused: HashMap<(u32, Cause, u32), u64>,
    /// By rule: records for which it made a difference.
    pub used: HashMap<u32, u64>,
    /// By rule: records that it would have excused, had it not expired.
    pub expired: HashMap<u32, u64>,
}

/// Differences of one field with one cause.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// Records.
    pub records: u64,
    /// Of those, records without partners that are taken for one changed record.
    pub likely: u64,
    /// Numbers of the first records, left and right.
    pub first: (Option<u64>, Option<u64>),
    /// Least and largest difference of the values, left less right.
    pub deltas: Option<(Decimal, Decimal)>,
    /// Sum of the differences; `None` once it has too many digits, or if there is none.
    pub sum: Option<Decimal>,
    /// What the records have in common.
    pub common: Common,
}

/// What the records of a cluster have in common.
#[derive(Clone, Debug, Default)]
pub struct Common {
    /// Records that were looked at.
    pub records: u64,
    /// By column.
    pub columns: HashMap<u32, ColumnValues>,
}

/// The values of a field in some records.
#[derive(Clone, Debug, Default)]
pub struct ColumnValues {
    /// Records by the bytes of the field, for the values that came first.
    pub counts: HashMap<Box<[u8]>, u64>,
    /// Records with other values.
    pub others: u64,
}

impl ColumnValues {
    fn note(&mut self, bytes: &[u8]) {
        if let Some(count) = self.counts.get_mut(bytes) {
            *count += 1;
        } else if self.counts.len() < DISTINCT {
            self.counts.insert(bytes.into(), 1);
        } else {
            self.others += 1;
        }
    }

    fn merge(&mut self, other: ColumnValues) {
        self.others += other.others;
        for (value, count) in other.counts {
            if let Some(own) = self.counts.get_mut(&value) {
                *own += count;
            } else if self.counts.len() < DISTINCT {
                self.counts.insert(value, count);
            } else {
                self.others += count;
            }
        }
    }
}

impl Common {
    pub(super) fn note(&mut self, fields: &Fields, which: Which, record: Numbered<'_>, cells: &[Cell]) {
        if self.records >= LOOKED_AT {
            return;
        }
        self.records += 1;
        for cell in cells.iter().filter(|cell| cell.path == 0) {
            let column = &fields.columns[cell.column as usize];
            if !column.unnamed && column.leaves[which.index()].is_some() {
                self.columns.entry(cell.column).or_default().note(cell.of(record.bytes));
            }
        }
    }

    pub(super) fn merge(&mut self, other: Common) {
        if self.records == 0 {
            *self = other;
            return;
        }
        if self.records >= LOOKED_AT {
            return;
        }
        self.records += other.records;
        for (column, values) in other.columns {
            match self.columns.get_mut(&column) {
                Some(own) => own.merge(values),
                None => {
                    self.columns.insert(column, values);
                }
            }
        }
    }
}

impl Cluster {
    fn note(&mut self, delta: Option<Decimal>, numbers: (Option<u64>, Option<u64>)) {
        if self.records == 0 {
            self.first = numbers;
            self.sum = delta;
            self.deltas = delta.map(|delta| (delta, delta));
        } else {
            self.sum = self.sum.zip(delta).and_then(|(sum, delta)| sum.checked_add(delta).ok());
            self.deltas =
                self.deltas.zip(delta).map(|((low, high), delta)| (low.min(delta), high.max(delta)));
        }
        self.records += 1;
    }

    fn merge(&mut self, other: Cluster) {
        if self.records == 0 {
            *self = other;
            return;
        }
        self.records += other.records;
        self.likely += other.likely;
        self.sum = self.sum.zip(other.sum).and_then(|(a, b)| a.checked_add(b).ok());
        self.deltas = self.deltas.zip(other.deltas).map(|((a, b), (c, d))| (a.min(c), b.max(d)));
        self.common.merge(other.common);
    }
}

/// One finding about records, on its way into the tally.
pub(super) struct Noted<'n> {
    pub fields: &'n Fields,
    pub left: Option<Numbered<'n>>,
    pub right: Option<Numbered<'n>>,
    /// Cells of the left record, or of the right one if there is no left one; empty if nobody knows.
    pub cells: &'n [Cell],
    /// True for records without partners that are taken for one changed record.
    pub likely: bool,
}

impl Tally {
    /// Notes what differs between two records, or of a record alone.
    pub(super) fn note(&mut self, noted: &Noted<'_>, found: &[Found]) {
        let mut clusters: Vec<ClusterKey> = Vec::new();
        let mut fields: Vec<u32> = Vec::new();
        let (mut rules, mut excused, mut expired) = (Vec::new(), Vec::new(), Vec::new());
        for found in found {
            if let Some(rule) = found.expired.filter(|rule| !expired.contains(rule)) {
                expired.push(rule);
                *self.expired.entry(rule).or_default() += 1;
            }
            if let Some(rule) = found.rule {
                if !rules.contains(&rule) {
                    rules.push(rule);
                    *self.used.entry(rule).or_default() += 1;
                }
                let key = (found.column, found.cause, rule);
                if !excused.contains(&key) {
                    excused.push(key);
                    *self.excused.entry(key).or_default() += 1;
                }
                continue;
            }
            if !fields.contains(&found.column) && found.column != RECORD {
                fields.push(found.column);
                *self.fields.entry(found.column).or_default() += 1;
            }
            let key = (found.column, found.cause);
            if !found.follows && !clusters.contains(&key) {
                clusters.push(key);
                self.note_cluster(noted, key, found.delta);
            }
        }
    }

    fn note_cluster(&mut self, noted: &Noted<'_>, key: ClusterKey, delta: Option<Decimal>) {
        let looked_at = self.clusters.len() < CLUSTERS_LOOKED_AT || self.clusters.contains_key(&key);
        let cluster = self.clusters.entry(key).or_default();
        cluster.note(delta, (noted.left.map(|left| left.number), noted.right.map(|right| right.number)));
        cluster.likely += u64::from(noted.likely);
        if looked_at && !noted.cells.is_empty() {
            let record = noted.left.map(|left| (Which::Left, left));
            if let Some((which, record)) = record.or(noted.right.map(|right| (Which::Right, right))) {
                cluster.common.note(noted.fields, which, record, noted.cells);
            }
        }
    }

    /// Adds what a later part of the comparison found.
    pub fn merge(&mut self, other: Tally) {
        self.paired += other.paired;
        self.identical += other.identical;
        self.different += other.different;
        self.excused_pairs += other.excused_pairs;
        self.left_only += other.left_only;
        self.right_only += other.right_only;
        self.accepted_only[0] += other.accepted_only[0];
        self.accepted_only[1] += other.accepted_only[1];
        self.moved += other.moved;
        self.out_of_order += other.out_of_order;
        other.fields.into_iter().for_each(|(column, count)| *self.fields.entry(column).or_default() += count);
        other.excused.into_iter().for_each(|(key, count)| *self.excused.entry(key).or_default() += count);
        other.used.into_iter().for_each(|(rule, count)| *self.used.entry(rule).or_default() += count);
        other.expired.into_iter().for_each(|(rule, count)| *self.expired.entry(rule).or_default() += count);
        for (key, cluster) in other.clusters {
            self.clusters.entry(key).or_default().merge(cluster);
        }
    }
}

/// The name of a column, or of what stands for one.
pub fn column_name(fields: &Fields, column: u32) -> &str {
    match column {
        RECORD => "(record)",
        OUTSIDE => "(no field)",
        column => fields.columns.get(column as usize).map_or("?", |column| &column.name),
    }
}
