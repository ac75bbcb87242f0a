//! What came of a comparison, in words and numbers that no longer depend on how it was made.

use super::cause::Cause;
use super::compare::RECORD;
use super::engine::{Pairing, Request};
use super::history::Night;
use super::predict::{Prediction, predict};
use super::rules::Action;
use super::side::Which;
use super::tally::{Tally, column_name};
use super::totals::{SideTotals, Sum};
use crate::decimal::Decimal;
use crate::show::grouped;

/// The three answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// The same bytes in every record.
    Equal,
    /// The same values, after the rules that were declared.
    Equivalent,
    /// Neither.
    Different,
}

impl Answer {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Answer::Equal => "equal",
            Answer::Equivalent => "equivalent",
            Answer::Different => "different",
        }
    }
}

/// What came of a comparison.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// Names of both sides.
    pub names: [String; 2],
    /// What records were paired by: `key CUST-NO, INV-NO`, `position`, `multiset`.
    pub pairing: String,
    /// The counts.
    pub tally: Tally,
    /// True if the records of both sides stand in the same order, as far as they are the same.
    pub same_order: bool,
    /// True for a side that had to be sorted.
    pub sorted: [bool; 2],
    /// Pairs in which a field differs, by its name, most first.
    pub fields: Vec<(String, u64)>,
    /// Differences by field and cause, those with most records first.
    pub clusters: Vec<ClusterReport>,
    /// What the rules did.
    pub rules: Vec<RuleReport>,
    /// Records, bytes and hash totals of both sides.
    pub totals: [SideTotals; 2],
    /// Sums of the number fields.
    pub sums: Vec<TotalReport>,
    /// Fields that are on one side only.
    pub not_compared: [Vec<String>; 2],
    /// The answers up to this night, if there is a history.
    pub nights: Vec<Night>,
    /// How to ask why ours is what it is, if a run made it: a command to which the number of a record is added.
    pub why: Option<String>,
}

/// A cluster: one field, one cause.
#[derive(Clone, Debug)]
pub struct ClusterReport {
    /// Its number, which stays the same in all reports of the comparison.
    pub number: usize,
    /// The column, or what stands for one.
    pub column: u32,
    /// The field.
    pub field: String,
    /// The cause.
    pub cause: Cause,
    /// Records.
    pub records: u64,
    /// Of those, records without partners that are taken for one that was changed.
    pub likely: u64,
    /// Numbers of the first records, left and right.
    pub first: (Option<u64>, Option<u64>),
    /// Least and largest difference, left less right.
    pub deltas: Option<(Decimal, Decimal)>,
    /// Sum of the differences.
    pub sum: Option<Decimal>,
    /// What its records have in common.
    pub prediction: Option<Prediction>,
    /// The first night on which it was there, if there is a history.
    pub first_night: Option<String>,
    /// Nights on which it was there, this one among them.
    pub nights: u64,
}

impl ClusterReport {
    /// The differences as people say them: `all by 0.01`, `by -3.00 to 12.50`.
    pub fn by(&self) -> Option<String> {
        let (low, high) = self.deltas?;
        Some(match low == high {
            true if self.records == 1 => format!("by {low}"),
            true => format!("all by {low}"),
            false => format!("by {low} to {high}"),
        })
    }
}

/// What a rule did.
#[derive(Clone, Debug)]
pub struct RuleReport {
    /// Its name.
    pub name: String,
    /// Why it is right.
    pub why: Option<String>,
    /// Of an accepted difference: its owner and the last day on which it counts.
    pub accepted: Option<(String, String)>,
    /// Records for which it made a difference.
    pub records: u64,
    /// Records that it would have excused, had it not expired.
    pub expired: u64,
    /// What it excused: field, cause, records.
    pub excused: Vec<(String, Cause, u64)>,
}

/// The sums of a field on both sides.
#[derive(Clone, Debug)]
pub struct TotalReport {
    /// The field.
    pub field: String,
    /// Its sums.
    pub sums: [Sum; 2],
    /// Left less right, if both are known.
    pub difference: Option<Decimal>,
}

impl Outcome {
    /// What the counts of a comparison come to.
    pub(super) fn new(
        request: &Request<'_>,
        tally: Tally,
        totals: [SideTotals; 2],
        sorted: [bool; 2],
    ) -> Self {
        let fields = request.fields;
        let same_order = totals[0].ordered_hash == totals[1].ordered_hash
            || tally.moved + tally.out_of_order == 0 && matches!(request.pairing, Pairing::Position)
            || tally.out_of_order == 0 && sorted == [false, false];
        let lonely = [tally.left_only, tally.right_only] != tally.accepted_only;
        let answer = if tally.different > 0 || lonely {
            Answer::Different
        } else if tally.identical == tally.paired && tally.left_only + tally.right_only + tally.moved == 0 {
            Answer::Equal
        } else {
            Answer::Equivalent
        };
        let mut by_field: Vec<(u32, u64)> =
            tally.fields.iter().map(|(column, count)| (*column, *count)).collect();
        by_field.sort_by_key(|(column, count)| (std::cmp::Reverse(*count), *column));
        let name = |column: u32| column_name(fields, column).to_owned();
        let missing = |which: Which| {
            let only = fields.columns.iter().filter(|column| {
                !column.unnamed && column.leaves[which.index()].is_some() && !column.compared
            });
            only.map(|column| column.name.clone()).collect()
        };
        Outcome {
            answer,
            names: [request.left.name.clone(), request.right.name.clone()],
            pairing: match request.pairing {
                Pairing::Position => "position".to_owned(),
                Pairing::Multiset => "multiset".to_owned(),
                Pairing::Key(_, columns) => {
                    let names: Vec<String> = columns.iter().map(|column| name(*column)).collect();
                    format!("key {}", names.join(", "))
                }
            },
            same_order,
            sorted,
            fields: by_field.into_iter().map(|(column, count)| (name(column), count)).collect(),
            clusters: clusters(request, &tally, &totals),
            rules: rules(request, &tally),
            sums: sums(request, &totals),
            not_compared: [missing(Which::Left), missing(Which::Right)],
            nights: Vec::new(),
            why: None,
            tally,
            totals,
        }
    }

    /// What makes one doubt that a side was read as what it is: a field that is no number in most of its records, where it is one
    /// on the other side.
    pub fn doubts(&self) -> Vec<String> {
        let is_bad = |sum: &Sum| sum.bad * 2 > sum.numbers + sum.bad;
        let doubt = |total: &TotalReport| {
            let at = match total.sums.each_ref().map(is_bad) {
                [true, false] => 0,
                [false, true] => 1,
                _ => return None,
            };
            let sum = &total.sums[at];
            Some(format!(
                "{} is no number in {} of {} records of {}: are code page, record format and copybook those of this side? \
                 offhost inspect says what a file is",
                total.field,
                grouped(sum.bad),
                grouped(sum.numbers + sum.bad),
                self.names[at]
            ))
        };
        self.sums.iter().find_map(doubt).into_iter().collect()
    }

    /// Pairs in which nothing that counts differs.
    pub fn equal_pairs(&self) -> u64 {
        self.tally.paired - self.tally.different
    }

    /// True if the answer is no worse than this one. Equal means the same bytes in the same order.
    pub fn is_as_good_as(&self, good: Answer) -> bool {
        match good {
            Answer::Equal => self.is_identical(),
            Answer::Equivalent => self.answer != Answer::Different,
            Answer::Different => true,
        }
    }

    /// True if both files hold the same records, byte for byte, in the same order.
    pub fn is_identical(&self) -> bool {
        self.answer == Answer::Equal && self.same_order
    }
}

fn clusters(request: &Request<'_>, tally: &Tally, totals: &[SideTotals; 2]) -> Vec<ClusterReport> {
    let mut list: Vec<_> = tally.clusters.iter().collect();
    list.sort_by_key(|((column, cause), cluster)| (std::cmp::Reverse(cluster.records), *column, *cause));
    let report = |(index, ((column, cause), cluster)): (usize, (&(u32, Cause), &super::tally::Cluster))| {
        let is_missing = matches!(cause, Cause::Missing | Cause::MissingDuplicate) && *column == RECORD;
        let which = if is_missing { Which::Right } else { Which::Left };
        let all = &totals[which.index()].sample;
        ClusterReport {
            number: index + 1,
            column: *column,
            field: column_name(request.fields, *column).to_owned(),
            cause: *cause,
            records: cluster.records,
            likely: cluster.likely,
            first: cluster.first,
            deltas: cluster.deltas,
            sum: cluster.sum,
            prediction: predict(request.fields, which, &cluster.common, all),
            first_night: None,
            nights: 0,
        }
    };
    list.into_iter().enumerate().map(report).collect()
}

fn rules(request: &Request<'_>, tally: &Tally) -> Vec<RuleReport> {
    let report = |(index, rule): (usize, &super::rules::Rule)| {
        let index = index as u32;
        let of_rule = tally.excused.iter().filter(|((_, _, rule), _)| *rule == index);
        let mut excused: Vec<_> =
            of_rule.map(|((column, cause, _), count)| (*column, *cause, *count)).collect();
        excused.sort_by_key(|(column, cause, count)| (std::cmp::Reverse(*count), *column, *cause));
        let name = |column: u32| column_name(request.fields, column).to_owned();
        RuleReport {
            name: rule.name.clone(),
            why: rule.why.clone(),
            accepted: match &rule.action {
                Action::Accepted(accepted) => Some((accepted.owner.clone(), accepted.expires.to_string())),
                _ => None,
            },
            records: tally.used.get(&index).copied().unwrap_or(0),
            expired: tally.expired.get(&index).copied().unwrap_or(0),
            excused: excused.into_iter().map(|(column, cause, count)| (name(column), cause, count)).collect(),
        }
    };
    request.rules.list.iter().enumerate().map(report).collect()
}

fn sums(request: &Request<'_>, totals: &[SideTotals; 2]) -> Vec<TotalReport> {
    let columns = request.fields.columns.iter().enumerate();
    let report = |(at, column): (usize, &super::fields::Column)| {
        let of = |side: &SideTotals| side.sums.get(&(at as u32)).copied();
        if of(&totals[0]).is_none() && of(&totals[1]).is_none() {
            return None;
        }
        let zero = Sum { sum: Some(Decimal::ZERO), ..Sum::default() };
        let sums = totals.each_ref().map(|side| of(side).unwrap_or(zero));
        let difference =
            sums[0].sum.zip(sums[1].sum).and_then(|(a, b)| a.checked_add(b.checked_neg().ok()?).ok());
        Some(TotalReport { field: column.name.clone(), sums, difference })
    };
    columns.filter(|(_, column)| column.summed).filter_map(report).collect()
}
