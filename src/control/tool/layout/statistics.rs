//! Totals and the like of columns.

use crate::control::tool::syntax::StatisticOf;

/// Totals have up to 31 digits.
const LIMIT: i128 = 10i128.pow(31);

/// Statistics of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::control::tool) struct Statistics {
    count: u64,
    total: i128,
    least: Option<i128>,
    greatest: Option<i128>,
    overflow: bool,
    invalid: bool,
}

impl Statistics {
    /// Takes a number; `None` for bytes that are none.
    pub(in crate::control::tool) fn add(&mut self, value: Option<i128>) {
        let Some(value) = value else {
            self.invalid = true;
            return;
        };
        self.count += 1;
        self.total = self.total.saturating_add(value);
        self.overflow |= self.total.abs() >= LIMIT;
        self.least = Some(self.least.map_or(value, |least| least.min(value)));
        self.greatest = Some(self.greatest.map_or(value, |greatest| greatest.max(value)));
    }

    /// Takes all numbers of others.
    pub(in crate::control::tool) fn join(&mut self, other: &Statistics) {
        self.count += other.count;
        self.total = self.total.saturating_add(other.total);
        self.overflow |= other.overflow || self.total.abs() >= LIMIT;
        self.invalid |= other.invalid;
        self.least = self.least.into_iter().chain(other.least).min();
        self.greatest = self.greatest.into_iter().chain(other.greatest).max();
    }

    /// A statistic; `None` if there is none to show: asterisks. An average is cut to a whole number.
    pub(in crate::control::tool) fn get(&self, of: StatisticOf) -> Option<i128> {
        if self.invalid {
            return None;
        }
        match of {
            StatisticOf::Count => Some(self.count.into()),
            StatisticOf::Minimum => Some(self.least.unwrap_or(0)),
            StatisticOf::Maximum => Some(self.greatest.unwrap_or(0)),
            StatisticOf::Total => (!self.overflow).then_some(self.total),
            StatisticOf::Average => (!self.overflow).then(|| self.total / i128::from(self.count.max(1))),
        }
    }
}
