//! Functions on dates `YYYYMMDD` that COBOL does not have: steps of days and months, and business days by a calendar.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;

use super::dates;
use super::{Fault, field_of, place_of, undefined};
use crate::calendar::SharedCalendar;
use crate::decimal::{Decimal, Rounding};
use crate::expr::arithmetic::Arithmetic;
use crate::expr::scope::Frame;

/// The calendars that business days are asked of.
#[derive(Clone, Debug, Default)]
pub struct Calendars {
    /// The one that is meant where none is named.
    pub default: Option<SharedCalendar>,
    /// Those that have a name, in upper case.
    pub named: BTreeMap<String, SharedCalendar>,
}

/// What is asked of dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayKind {
    AddDays,
    AddMonths,
    DaysBetween,
    DayOfWeek,
    MonthStart,
    MonthEnd,
    Business(BusinessKind),
}

/// What is asked of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BusinessKind {
    Is,
    Next,
    Previous,
    ThisOrNext,
    ThisOrPrevious,
    /// The next one, unless that lies in another month: then the one before.
    Modified,
    First,
    Last,
    Add,
    Between,
}

/// A call of such a function.
#[derive(Clone, Debug)]
pub(super) struct DayCall {
    pub kind: DayKind,
    pub arguments: Vec<Arithmetic>,
    /// The calendar, for those that need one.
    pub calendar: Option<SharedCalendar>,
}

impl DayKind {
    /// Dates and numbers that it takes; a calendar may follow.
    pub const fn arguments(self) -> usize {
        match self {
            DayKind::AddDays | DayKind::AddMonths | DayKind::DaysBetween => 2,
            DayKind::Business(BusinessKind::Add | BusinessKind::Between) => 2,
            _ => 1,
        }
    }
}

impl DayCall {
    pub fn value<F: Frame + ?Sized>(&self, name: &'static str, frame: &F) -> Result<Decimal, Fault> {
        let call = Asked { name, call: self, frame };
        let date = call.date(0)?;
        let found = match self.kind {
            DayKind::AddDays => call.moved(date, |count| Span::new().try_days(count))?,
            DayKind::AddMonths => call.moved(date, |count| Span::new().try_months(count))?,
            DayKind::DaysBetween => {
                return Ok(Decimal::from(dates::day_number(call.date(1)?) - dates::day_number(date)));
            }
            DayKind::DayOfWeek => {
                return Ok(Decimal::from(i128::from(date.weekday().to_monday_one_offset())));
            }
            DayKind::MonthStart => date.first_of_month(),
            DayKind::MonthEnd => date.last_of_month(),
            DayKind::Business(kind) => return call.business(kind, date),
        };
        Ok(Decimal::from(dates::yyyymmdd(found)))
    }
}

/// A call with the records at hand.
struct Asked<'a, F: ?Sized> {
    name: &'static str,
    call: &'a DayCall,
    frame: &'a F,
}

impl<F: Frame + ?Sized> Asked<'_, F> {
    fn undefined(&self, at: usize, what: String, hint: &str) -> Fault {
        undefined((self.name, hint), what, self.call.arguments.get(at).and_then(field_of), self.frame)
    }

    fn integer(&self, at: usize) -> Result<i128, Fault> {
        let Some(argument) = self.call.arguments.get(at) else { return Ok(0) };
        let value = argument.value(self.frame)?;
        match value.rescale(0, Rounding::Prohibited) {
            Ok(whole) => Ok(whole.coefficient()),
            Err(_) => {
                Err(self.undefined(at, format!("{value} is no whole number"), "give it a whole number"))
            }
        }
    }

    fn date(&self, at: usize) -> Result<Date, Fault> {
        let number = self.integer(at)?;
        dates::of_yyyymmdd(number).ok_or_else(|| {
            let what = format!("{number} is no date YYYYMMDD of 1601 to 9999");
            self.undefined(at, what, "test it before, with FUNCTION TEST-DATE-YYYYMMDD")
        })
    }

    /// The date so many steps on; a day that a month does not have becomes its last one.
    fn moved(&self, date: Date, step: fn(i64) -> Result<Span, jiff::Error>) -> Result<Date, Fault> {
        let count = self.integer(1)?;
        let moved = i64::try_from(count).ok().and_then(|count| date.checked_add(step(count).ok()?).ok());
        let possible = moved.filter(|date| dates::YEARS.contains(&i128::from(date.year())));
        possible.ok_or_else(|| {
            let what = format!("{count} from {date} on there is no date of 1601 to 9999");
            self.undefined(1, what, "test the argument before")
        })
    }

    fn business(&self, kind: BusinessKind, date: Date) -> Result<Decimal, Fault> {
        let Some(calendar) = &self.call.calendar else { return Ok(Decimal::ZERO) };
        let answered = match kind {
            BusinessKind::Is => {
                return self
                    .placed(calendar.is_business_day(date).map(|open| Decimal::from(i128::from(open))));
            }
            BusinessKind::Between => {
                let to = self.date(1)?;
                return self.placed(calendar.between(date, to).map(|days| Decimal::from(i128::from(days))));
            }
            BusinessKind::Add => {
                let count = self.integer(1)?;
                let count = i64::try_from(count).unwrap_or(if count < 0 { i64::MIN } else { i64::MAX });
                calendar.add(date, count)
            }
            BusinessKind::Next => calendar.next(date),
            BusinessKind::Previous => calendar.previous(date),
            BusinessKind::ThisOrNext => calendar.on_or_after(date),
            BusinessKind::ThisOrPrevious => calendar.on_or_before(date),
            BusinessKind::Modified => match calendar.on_or_after(date) {
                Ok(next) if next.first_of_month() != date.first_of_month() => calendar.on_or_before(date),
                next => next,
            },
            BusinessKind::First => calendar.first_of_month(date),
            BusinessKind::Last => calendar.last_of_month(date),
        };
        self.placed(answered.map(|date| Decimal::from(dates::yyyymmdd(date))))
    }

    /// An answer; what a calendar cannot answer is blamed on the field with the date.
    fn placed(&self, answer: crate::diag::Result<Decimal>) -> Result<Decimal, Fault> {
        answer.map_err(|error| {
            let field = self.call.arguments.first().and_then(field_of);
            Fault::Data(match field.and_then(|field| place_of(field, self.frame)) {
                Some(place) => error.in_data(place),
                None => error,
            })
        })
    }
}
