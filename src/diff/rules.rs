//! What may differ: rules as they are applied to a field of two records.

use std::ops::Range;

use jiff::civil::Date;

use super::cause::{Cause, Pair};
use super::date;
use super::fields::{Cell, Column};
use super::value::{Value, delta};
use crate::decimal::Decimal;
use crate::expr::{Condition, SingleFrame};
use crate::record::Origin;

/// The rules of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// In the order in which they were written.
    pub list: Vec<Rule>,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What reports call it: `ignore RUN-TIME`, `accepted last account without interest`.
    pub name: String,
    /// Why it is right, as its author says.
    pub why: Option<String>,
    /// What it does.
    pub action: Action,
    /// Fields it is for, as positions of columns; all if there are neither fields nor bytes.
    pub columns: Vec<u32>,
    /// Bytes of the left record it is for, from 0.
    pub bytes: Vec<Range<usize>>,
    /// Only where this holds of the left record (of the right one, where there is no left one).
    pub when: Option<Condition>,
}

/// What a rule does.
#[derive(Clone, Debug)]
pub enum Action {
    /// The field is not compared.
    Ignore,
    /// The bytes are not compared; the rest of their field is.
    Mask,
    /// Numbers or dates may be so far apart.
    Tolerance(Tolerance),
    /// Bytes that mean the same.
    Equivalent(Vec<Equivalence>),
    /// A difference that somebody has accepted.
    Accepted(Accepted),
}

/// How far apart values may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// So much.
    Absolute(Decimal),
    /// So much of the larger of the two magnitudes.
    Relative(Decimal),
    /// So many days.
    Days(u32),
}

/// Bytes that mean the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equivalence {
    /// Signs of packed and zoned numbers that mean the same (C and F, and the others that the hardware knows), and
    /// numbers in other bytes generally.
    SignNibbles,
    /// Plus zero and minus zero.
    SignedZeros,
    /// X'C0' and X'F0', the zoned zeros of two compilers.
    ZonedZeros,
    /// Blanks and X'00'.
    BlankLowValue,
    /// Blanks at the end, and the end of the record.
    TrailingBlanks,
    /// Upper and lower case.
    Case,
    /// Records with one key in another order.
    EqualKeyOrder,
    /// Records at another place.
    Moved,
}

impl Equivalence {
    /// The words of a rules file.
    pub const WORDS: [(&'static str, Equivalence); 8] = [
        ("sign-nibbles", Equivalence::SignNibbles),
        ("signed-zeros", Equivalence::SignedZeros),
        ("zoned-zeros", Equivalence::ZonedZeros),
        ("blank-low-value", Equivalence::BlankLowValue),
        ("trailing-blanks", Equivalence::TrailingBlanks),
        ("case", Equivalence::Case),
        ("equal-key-order", Equivalence::EqualKeyOrder),
        ("moved", Equivalence::Moved),
    ];
}

/// A difference that somebody has accepted, for a time.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub expires: Date,
    /// True if that day is over.
    pub expired: bool,
    /// Only differences with this cause.
    pub cause: Option<Cause>,
}

/// A field that differs, and the records around it.
pub(super) struct Differing<'a> {
    pub column: u32,
    pub cell: Cell,
    pub pair: Pair<'a>,
    pub cause: Cause,
    /// The left record, or the right one if there is no left one.
    pub record: &'a [u8],
    pub origin: Origin<'a>,
}

impl Rules {
    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The first rule under which the difference does not count. Accepted differences come last: they are the ones to report.
    pub(super) fn excuse(&self, differing: &Differing<'_>) -> Option<usize> {
        let rules = || self.list.iter().enumerate();
        let accepted = |rule: &Rule| matches!(rule.action, Action::Accepted(_));
        let excuses = |(_, rule): &(usize, &Rule)| rule.excuses(differing);
        rules()
            .filter(|(_, rule)| !accepted(rule))
            .find(excuses)
            .or_else(|| rules().filter(|(_, rule)| accepted(rule)).find(excuses))
            .map(|(index, _)| index)
    }

    /// The first accepted difference that would excuse it, had it not expired.
    pub(super) fn expired(&self, differing: &Differing<'_>) -> Option<usize> {
        self.list.iter().position(|rule| {
            let Action::Accepted(accepted) = &rule.action else { return false };
            accepted.expired
                && rule.is_for(differing)
                && accepted.cause.is_none_or(|cause| cause == differing.cause)
                && rule.holds(differing.record, differing.origin)
        })
    }

    /// The rule that excuses records of different lengths, if what one has more is blank.
    pub(super) fn excuse_tail(&self, blank: bool) -> Option<usize> {
        let allows = |rule: &Rule| match &rule.action {
            Action::Equivalent(list) => list.contains(&Equivalence::TrailingBlanks),
            _ => false,
        };
        let everywhere =
            |rule: &Rule| rule.columns.is_empty() && rule.bytes.is_empty() && rule.when.is_none();
        self.list.iter().position(|rule| blank && allows(rule) && everywhere(rule))
    }

    /// The rule that accepts a difference of records as a whole (missing, extra, moved), or else the one that did until it expired.
    pub(super) fn excuse_record(
        &self,
        cause: Cause,
        record: &[u8],
        origin: Origin<'_>,
    ) -> (Option<usize>, Option<usize>) {
        let (mut rule, mut expired) = (None, None);
        for (index, candidate) in self.list.iter().enumerate() {
            let (allows, over) = match &candidate.action {
                Action::Accepted(accepted) => (accepted.cause == Some(cause), accepted.expired),
                Action::Equivalent(list) => match cause {
                    Cause::OrderOfEqualKeys => (list.contains(&Equivalence::EqualKeyOrder), false),
                    Cause::Moved => (list.contains(&Equivalence::Moved), false),
                    _ => (false, false),
                },
                _ => (false, false),
            };
            if allows && candidate.holds(record, origin) {
                let place = if over { &mut expired } else { &mut rule };
                *place = place.or(Some(index));
            }
        }
        (rule, expired.filter(|_| rule.is_none()))
    }
}

impl Rule {
    fn excuses(&self, differing: &Differing<'_>) -> bool {
        self.is_for(differing) && self.allows(differing) && self.holds(differing.record, differing.origin)
    }

    /// A condition that cannot be asked of the record (its field is no number, say) does not hold.
    fn holds(&self, record: &[u8], origin: Origin<'_>) -> bool {
        let frame = SingleFrame { record, origin };
        self.when.as_ref().is_none_or(|when| when.holds(&frame).unwrap_or(false))
    }

    fn is_for(&self, differing: &Differing<'_>) -> bool {
        if self.columns.is_empty() && self.bytes.is_empty() {
            return true;
        }
        self.columns.contains(&differing.column) || self.covers(differing)
    }

    /// All bytes of the field that differ are among those of the rule.
    fn covers(&self, differing: &Differing<'_>) -> bool {
        let start = differing.cell.start as usize;
        let (left, right) = differing.pair.bytes;
        let masked = |at: usize| self.bytes.iter().any(|range| range.contains(&(start + at)));
        if left.len() != right.len() {
            return !self.bytes.is_empty() && (0..left.len().max(right.len())).all(masked);
        }
        !self.bytes.is_empty() && (0..left.len()).filter(|at| left[*at] != right[*at]).all(masked)
    }

    fn allows(&self, differing: &Differing<'_>) -> bool {
        match &self.action {
            Action::Ignore | Action::Mask => true,
            Action::Tolerance(tolerance) => tolerance.allows(differing.pair.values),
            Action::Equivalent(list) => list.iter().any(|equivalence| equivalence.allows(&differing.pair)),
            Action::Accepted(accepted) => {
                !accepted.expired && accepted.cause.is_none_or(|cause| cause == differing.cause)
            }
        }
    }

    /// The range of bytes that a rule masks whatever the record holds.
    pub(super) fn always_masks(&self, columns: &[Column]) -> Vec<Range<usize>> {
        if self.when.is_some() || !matches!(self.action, Action::Ignore | Action::Mask) {
            return Vec::new();
        }
        let of_column = |column: &u32| {
            let (start, length) = columns.get(*column as usize)?.places[0]?;
            Some(start..start + length)
        };
        self.columns.iter().filter_map(of_column).chain(self.bytes.iter().cloned()).collect()
    }
}

impl Tolerance {
    fn allows(self, (left, right): (&Value, &Value)) -> bool {
        match self {
            Tolerance::Days(days) => {
                let dated = |value: &Value| match value {
                    Value::Text(text) => date::of_text(text),
                    Value::Number(number) if number.scale() == 0 => date::of_text(&number.to_string()),
                    _ => None,
                };
                let (Some(left), Some(right)) = (dated(left), dated(right)) else { return false };
                left.rest == right.rest
                    && date::days_between(left.date, right.date)
                        .is_some_and(|between| between.unsigned_abs() <= u64::from(days))
            }
            Tolerance::Absolute(limit) => match delta(left, right) {
                Some(delta) => magnitude(delta) <= limit,
                None => floats(left, right).is_some_and(|(a, b)| (a - b).abs() <= as_float(limit)),
            },
            Tolerance::Relative(share) => match (delta(left, right), left.number(), right.number()) {
                (Some(delta), Some(left), Some(right)) => {
                    let larger = magnitude(left).max(magnitude(right));
                    let product = larger.coefficient().checked_mul(share.coefficient());
                    product.is_some_and(|product| {
                        magnitude(delta) <= Decimal::new(product, larger.scale() + share.scale())
                    })
                }
                _ => floats(left, right)
                    .is_some_and(|(a, b)| (a - b).abs() <= as_float(share) * a.abs().max(b.abs())),
            },
        }
    }
}

fn magnitude(number: Decimal) -> Decimal {
    Decimal::new(number.coefficient().checked_abs().unwrap_or(i128::MAX), number.scale())
}

fn floats(left: &Value, right: &Value) -> Option<(f64, f64)> {
    let float = |value: &Value| match value {
        Value::Float(float) => Some(*float),
        Value::Number(number) => Some(as_float(*number)),
        _ => None,
    };
    Some((float(left)?, float(right)?))
}

fn as_float(number: Decimal) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

impl Equivalence {
    fn allows(self, pair: &Pair<'_>) -> bool {
        let (left, right) = pair.bytes;
        let pages = (pair.leaves.0.page, pair.leaves.1.page);
        let same_number = match pair.values {
            (Value::Number(a), Value::Number(b)) if a == b => Some(*a),
            _ => None,
        };
        let is_negative_zero = || super::cause::of_pair(pair) == Cause::NegativeZero;
        match self {
            Equivalence::SignNibbles => same_number.is_some() && !is_negative_zero(),
            Equivalence::SignedZeros => same_number.is_some_and(Decimal::is_zero),
            Equivalence::ZonedZeros => same_number.is_some_and(Decimal::is_zero) && !is_negative_zero(),
            Equivalence::BlankLowValue => {
                let plain = |bytes: &[u8], blank: u8| -> Vec<u8> {
                    bytes.iter().map(|byte| if *byte == 0 { blank } else { *byte }).collect()
                };
                pages.0.decode(&plain(left, pages.0.space()))
                    == pages.1.decode(&plain(right, pages.1.space()))
            }
            Equivalence::TrailingBlanks => {
                pages.0.decode(left).trim_end_matches(' ') == pages.1.decode(right).trim_end_matches(' ')
            }
            Equivalence::EqualKeyOrder | Equivalence::Moved => false,
            Equivalence::Case => pages.0.decode(left).to_lowercase() == pages.1.decode(right).to_lowercase(),
        }
    }
}
