//! Dates as jobs write them: `business-date`, `previous-business-day`, `business-date - 1 month, last-business-day`.
//!
//! ```text
//!   date  = start { step }
//!   start = 2026-03-13 | today | name of a date parameter | (nothing: the business date)
//!   step  = ("+" | "-") number ("day" | "week" | "month" | "year" | "business-day")   each also with an s
//!         | month-start | month-end | previous-business-day | next-business-day | this-or-previous-business-day
//!         | this-or-next-business-day | first-business-day | last-business-day         of the month
//! ```
//! Steps are taken from left to right; commas between them are for the reader.

use jiff::Span;
use jiff::civil::Date;

use crate::calendar::SharedCalendar;
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::clock;

/// Words that change a date.
pub(super) const STEPS: [&str; 8] = [
    "month-start",
    "month-end",
    "previous-business-day",
    "next-business-day",
    "this-or-previous-business-day",
    "this-or-next-business-day",
    "first-business-day",
    "last-business-day",
];

/// Where a date begins and which days are worked.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub date: Date,
    pub calendar: SharedCalendar,
}

/// What a text may begin with.
pub(super) struct Starts<'a> {
    /// A date parameter by its name.
    pub named: &'a dyn Fn(&str) -> Option<Start>,
    /// Where a text begins that begins with a step.
    pub default: Option<Start>,
    /// The calendar of dates that are written out, and of today.
    pub calendar: &'a SharedCalendar,
}

/// The date that a text means.
///
/// # Errors
/// `JOB011` if it is no date; `CAL002` if the calendar does not cover what is asked.
pub(super) fn evaluate(text: &str, starts: &Starts<'_>) -> Result<Date> {
    let spaced = text.replace(',', " ");
    let mut words = spaced.split_whitespace();
    let mut at: Option<Start> = None;
    while let Some(word) = words.next() {
        if word == "+" || word == "-" {
            let start = at.take().or_else(|| starts.default.clone()).ok_or_else(|| no_start(word))?;
            at = Some(moved(start, word == "-", words.next(), words.next())?);
        } else if STEPS.contains(&word) {
            let start = at.take().or_else(|| starts.default.clone()).ok_or_else(|| no_start(word))?;
            at = Some(stepped(start, word)?);
        } else if at.is_none() {
            at = Some(begin(word, starts)?);
        } else {
            return Err(unknown(word));
        }
    }
    at.map(|start| start.date).ok_or_else(|| refuse("a date is missing".to_owned()))
}

fn begin(word: &str, starts: &Starts<'_>) -> Result<Start> {
    let written = || word.parse::<Date>().ok().filter(|date| date.year() > 0 && word.len() == 10);
    let date = if word == "today" { Some(clock::today()) } else { written() };
    match date {
        Some(date) => Ok(Start { date, calendar: starts.calendar.clone() }),
        None => (starts.named)(word).ok_or_else(|| unknown(word)),
    }
}

fn moved(start: Start, back: bool, count: Option<&str>, unit: Option<&str>) -> Result<Start> {
    let Some(count) = count.and_then(|text| text.parse::<u32>().ok()).filter(|count| *count <= 100_000)
    else {
        return Err(refuse(format!("a number must follow the {}", if back { "-" } else { "+" })));
    };
    let signed = if back { -i64::from(count) } else { i64::from(count) };
    let unit = unit.unwrap_or_default();
    let span = match unit.strip_suffix('s').unwrap_or(unit) {
        "business-day" => {
            let date = start.calendar.add(start.date, signed)?;
            return Ok(Start { date, ..start });
        }
        "day" => Span::new().try_days(signed),
        "week" => Span::new().try_weeks(signed),
        "month" => Span::new().try_months(signed),
        "year" => Span::new().try_years(signed),
        _ => return Err(refuse(format!("'{unit}' is no unit of time"))),
    };
    match span.and_then(|span| start.date.checked_add(span)) {
        Ok(date) if date.year() > 0 => Ok(Start { date, ..start }),
        _ => Err(refuse(format!("{signed} {unit} from {} is no date", start.date))),
    }
}

fn stepped(start: Start, word: &str) -> Result<Start> {
    let (calendar, date) = (&start.calendar, start.date);
    let date = match word {
        "month-start" => date.first_of_month(),
        "month-end" => date.last_of_month(),
        "previous-business-day" => calendar.previous(date)?,
        "next-business-day" => calendar.next(date)?,
        "this-or-previous-business-day" => calendar.on_or_before(date)?,
        "this-or-next-business-day" => calendar.on_or_after(date)?,
        "first-business-day" => calendar.first_of_month(date)?,
        _ => calendar.last_of_month(date)?,
    };
    Ok(Start { date, ..start })
}

fn unknown(word: &str) -> Box<Diagnostic> {
    let error = Diagnostic::error(codes::JOB011, format!("'{word}' is no date"));
    match crate::diag::nearest(word, STEPS) {
        Some(nearest) => error.hint(format!("did you mean {nearest}?")),
        None => error.hint("write a date such as 2026-03-13, a date parameter, or a step such as month-end"),
    }
}

fn no_start(word: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::JOB011, format!("there is no date that {word} could begin with")).hint(
        "begin with a date parameter or with today; without one, it begins with the parameter business-date",
    )
}

fn refuse(message: String) -> Box<Diagnostic> {
    Diagnostic::error(codes::JOB011, message)
        .hint("for example: business-date - 1 month, last-business-day, or business-date + 3 business-days")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;

    use super::*;
    use crate::calendar::Calendar;
    use crate::diag::Source;

    fn value(text: &str) -> std::result::Result<String, &'static str> {
        let source = Source::new("h", "covers 2025 2027\n2026-12-25\n2026-12-28\n");
        let calendar = Arc::new(Calendar::parse(&source).unwrap());
        let start = Start { date: date(2026, 12, 24), calendar: calendar.clone() };
        let named = |name: &str| (name == "business-date").then(|| start.clone());
        let starts = Starts { named: &named, default: Some(start.clone()), calendar: &calendar };
        evaluate(text, &starts).map(|date| date.to_string()).map_err(|error| error.code.id())
    }

    #[test]
    fn steps_are_taken_from_left_to_right() {
        for (text, expected) in [
            ("business-date", "2026-12-24"),
            ("next-business-day", "2026-12-29"),
            ("business-date + 1 day", "2026-12-25"),
            ("business-date + 1 day, this-or-next-business-day", "2026-12-29"),
            ("business-date + 1 day, this-or-previous-business-day", "2026-12-24"),
            ("business-date - 1 month, month-end", "2026-11-30"),
            ("business-date, last-business-day", "2026-12-31"),
            ("month-start, first-business-day", "2026-12-01"),
            ("business-date + 2 business-days - 1 week", "2026-12-23"),
            ("2026-01-31 + 1 month", "2026-02-28"),
            ("+ 1 year", "2027-12-24"),
            ("2026-12-29 - 1 business-day", "2026-12-24"),
        ] {
            assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "tomorow",
            "business-date +",
            "business-date + x days",
            "business-date + 1 moon",
            "26-01-01",
            "business-date 2026-01-01",
            "business-date - 9999 years",
            "2026-02-30",
        ] {
            assert_eq!(value(text), Err("JOB011"), "{text}");
        }
        assert_eq!(value("2028-01-01, next-business-day"), Err("CAL002"));
    }
}
