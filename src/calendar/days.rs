//! Questions to a calendar.

use jiff::civil::Date;

use super::Calendar;
use crate::diag::{Diagnostic, Result, codes};

/// A Monday, from which weeks are counted.
const MONDAY: Date = Date::constant(1900, 1, 1);

impl Calendar {
    /// True if a date is worked.
    ///
    /// # Errors
    /// `CAL002` if the calendar does not cover it. So it is with all questions.
    pub fn is_business_day(&self, date: Date) -> Result<bool> {
        self.check(date)?;
        Ok(self.is_open(date))
    }

    /// The first business day after a date.
    pub fn next(&self, date: Date) -> Result<Date> {
        self.check(date)?;
        self.nth(self.count_to(date) + 1, date)
    }

    /// The last business day before a date.
    pub fn previous(&self, date: Date) -> Result<Date> {
        self.check(date)?;
        self.nth(self.count_to(date) - i64::from(self.is_open(date)), date)
    }

    /// The date itself if it is a business day, else the next one ("following").
    pub fn on_or_after(&self, date: Date) -> Result<Date> {
        if self.is_business_day(date)? { Ok(date) } else { self.next(date) }
    }

    /// The date itself if it is a business day, else the one before ("preceding").
    pub fn on_or_before(&self, date: Date) -> Result<Date> {
        if self.is_business_day(date)? { Ok(date) } else { self.previous(date) }
    }

    /// The business day that is `count` business days after a date, or before it if `count` is negative; with 0 the date
    /// itself, whatever day it is. From a day that is not worked, one business day on is the next one.
    pub fn add(&self, date: Date, count: i64) -> Result<Date> {
        self.check(date)?;
        let here = self.count_to(date);
        match count {
            0 => Ok(date),
            1.. => self.nth(here.saturating_add(count), date),
            // Backwards from a day that is not worked, the first step leads to the day that is counted last.
            _ => self.nth(here.saturating_add(count).saturating_add(i64::from(!self.is_open(date))), date),
        }
    }

    /// Business days after `from`, up to and with `to`; negative if `to` is the earlier one, so that
    /// `add(from, between(from, to))` is `to` for business days.
    pub fn between(&self, from: Date, to: Date) -> Result<i64> {
        self.check(from)?;
        self.check(to)?;
        let before = |date| self.count_to(date) - i64::from(self.is_open(date));
        Ok(if to >= from { self.count_to(to) - self.count_to(from) } else { before(to) - before(from) })
    }

    /// The first business day of the month of a date.
    pub fn first_of_month(&self, date: Date) -> Result<Date> {
        self.on_or_after(date.first_of_month())
    }

    /// The last business day of the month of a date.
    pub fn last_of_month(&self, date: Date) -> Result<Date> {
        self.on_or_before(date.last_of_month())
    }

    fn check(&self, date: Date) -> Result<()> {
        let (from, to) = self.covers;
        if (from..=to).contains(&date) { Ok(()) } else { Err(self.not_covered(&date.to_string())) }
    }

    fn not_covered(&self, what: &str) -> Box<Diagnostic> {
        let (from, to) = self.covers;
        Diagnostic::error(codes::CAL002, format!("the calendar {} does not cover {what}", self.name))
            .note(format!("it covers {from} to {to}"))
            .hint("add the holidays of that year to the calendar, or a line such as: covers 2020 2030")
    }

    fn is_open(&self, date: Date) -> bool {
        match self.marked.binary_search_by_key(&date, |marked| marked.date) {
            Ok(at) => self.marked.get(at).is_some_and(|marked| marked.open),
            Err(_) => is_worked(&self.week, date),
        }
    }

    /// Business days from [`MONDAY`] up to and with a date; negative before.
    fn count_to(&self, date: Date) -> i64 {
        let days = days_after(MONDAY, date) + 1;
        let in_week = |days: i64| {
            self.week.iter().take(usize::try_from(days).unwrap_or(7)).filter(|open| **open).count() as i64
        };
        let of_weeks = days.div_euclid(7) * in_week(7) + in_week(days.rem_euclid(7));
        let marked = self.marked.partition_point(|marked| marked.date <= date);
        of_weeks + self.added.get(marked).copied().map_or(0, i64::from)
    }

    /// The business day up to which there are `wanted`: the earliest date with that count.
    fn nth(&self, wanted: i64, from: Date) -> Result<Date> {
        let (first, last) = (days_after(MONDAY, self.covers.0), days_after(MONDAY, self.covers.1));
        let (mut low, mut high) = (first, last + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let enough = plus_days(MONDAY, middle).is_some_and(|date| self.count_to(date) >= wanted);
            (low, high) = if enough { (low, middle) } else { (middle + 1, high) };
        }
        match plus_days(MONDAY, low) {
            Some(date) if low <= last && self.is_open(date) && self.count_to(date) == wanted => Ok(date),
            _ => Err(self.not_covered(&format!("the business day asked for from {from}"))),
        }
    }
}

/// True if the week has this day.
pub(super) fn is_worked(week: &[bool; 7], date: Date) -> bool {
    week.get(usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())).copied().unwrap_or(false)
}

/// Days from one date to another; negative if that is the earlier one.
pub fn days_after(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// The date so many days after another, or before it; none outside the years -9999 to 9999.
pub fn plus_days(date: Date, days: i64) -> Option<Date> {
    date.checked_add(jiff::SignedDuration::from_hours(days.checked_mul(24)?)).ok()
}
