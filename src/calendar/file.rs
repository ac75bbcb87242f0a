//! The holiday file: one day a line.
//!
//! ```text
//! # comment
//! covers 2024 2027              years it answers for; else those of the dates listed
//! week Mon Tue Wed Thu Fri      worked days; this is the default
//! 2026-01-01 New Year's Day     a holiday; 20260101 is the same
//! 2026-12-24..2026-12-26 Xmas   several; blanks may stand around the dots
//! every 12-25 Christmas Day     in every year
//! open 2026-10-31 Stocktaking   worked, whatever the week or an `every` says
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, Weekday};

use super::Calendar;
use crate::diag::{Diagnostic, Diagnostics, Source, Span, codes};

/// Worked days if the file does not say.
pub(super) const WEEK: [bool; 7] = [true, true, true, true, true, false, false];

/// What a calendar without a date of its own covers.
pub(super) const COVERS: (Date, Date) = (Date::constant(1900, 1, 1), Date::constant(2199, 12, 31));

/// Most days in one line.
const RANGE_MAX: i64 = 366;

/// A day that a calendar names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The day.
    pub date: Date,
    /// True if it is worked.
    pub open: bool,
    /// Its name; may be empty.
    pub name: Arc<str>,
}

/// What has been read of a file.
struct Reading {
    source: Arc<Source>,
    found: Diagnostics,
    week: Option<[bool; 7]>,
    covers: Option<(Date, Date)>,
    days: BTreeMap<Date, (Marked, Span)>,
    /// Month, day, name and place.
    yearly: Vec<(i8, i8, Arc<str>, Span)>,
}

impl Calendar {
    /// Reads a holiday file. All mistakes are reported at once.
    ///
    /// # Errors
    /// `CAL001` for each line that is no day of a calendar, and for a file that names neither a day nor years.
    pub fn parse(source: &Arc<Source>) -> std::result::Result<Calendar, Diagnostics> {
        let mut reading = Reading {
            source: Arc::clone(source),
            found: Diagnostics::new(),
            week: None,
            covers: None,
            days: BTreeMap::new(),
            yearly: Vec::new(),
        };
        let mut start = 0;
        for line in source.text().split_inclusive('\n') {
            let text = line.split('#').next().unwrap_or_default();
            let trimmed = text.trim();
            if !trimmed.is_empty() {
                let at = start + (text.len() - text.trim_start().len());
                reading.line(&Span::new(source, at..at + trimmed.len()));
            }
            start += line.len();
        }
        reading.calendar(source.name())
    }
}

impl Reading {
    fn line(&mut self, line: &Span) {
        let (word, rest) = split(line);
        match word.text().to_ascii_lowercase().as_str() {
            "covers" => self.covers(&rest, &word),
            "week" => self.week(&rest, &word),
            "every" => self.every(&rest),
            "open" => self.days(&rest, true),
            _ => self.days(line, false),
        }
    }

    fn covers(&mut self, rest: &Span, word: &Span) {
        if self.covers.is_some() {
            return self.refuse(word, "there is a covers line already", "write one");
        }
        let (first, second) = split(rest);
        let (from, to) = (whole_year(first.text()), whole_year(second.text()));
        match (from, to) {
            (Some((from, _)), Some((_, to))) if from <= to => self.covers = Some((from, to)),
            _ => self.refuse(rest, "this is not a first and a last year", "for example: covers 2024 2027"),
        }
    }

    fn week(&mut self, rest: &Span, word: &Span) {
        if self.week.is_some() {
            return self.refuse(word, "there is a week line already", "write one");
        }
        let mut week = [false; 7];
        let mut rest = rest.clone();
        while !rest.text().is_empty() {
            let (name, after) = split(&rest);
            match weekday(name.text()).and_then(|at| week.get_mut(at)) {
                Some(day) => *day = true,
                None => {
                    return self.refuse(
                        &name,
                        "this is no day of the week",
                        "for example: week Mon Tue Wed Thu Fri",
                    );
                }
            }
            rest = after;
        }
        if week == [false; 7] {
            return self.refuse(word, "a week without a worked day", "for example: week Mon Tue Wed Thu Fri");
        }
        self.week = Some(week);
    }

    fn every(&mut self, rest: &Span) {
        let (day, name) = split(rest);
        let parts = day.text().split_once('-').map(|(month, day)| (month.parse::<i8>(), day.parse::<i8>()));
        // A leap year has every day that a year can have.
        match parts {
            Some((Ok(month), Ok(number))) if Date::new(2000, month, number).is_ok() => {
                self.yearly.push((month, number, name.text().into(), day));
            }
            _ => self.refuse(&day, "this is not a month and a day", "for example: every 12-25 Christmas Day"),
        }
    }

    fn days(&mut self, rest: &Span, open: bool) {
        let (days, name) = split_range(rest);
        let (first, last) = days.text().split_once("..").unwrap_or((days.text(), days.text()));
        let (Some(first), Some(last)) = (date(first.trim()), date(last.trim())) else {
            let hint = "a line begins with a date such as 2026-12-25, a range of dates, or with open, every, week or covers";
            return self.refuse(&days, "this is no date", hint);
        };
        if last < first {
            return self.refuse(&days, "the last day is before the first", "write the earlier date first");
        }
        if first.checked_add(jiff::Span::new().days(RANGE_MAX)).is_ok_and(|end| last > end) {
            return self.refuse(&days, "these are more days than a year has", "check the year");
        }
        for date in first.series(jiff::Span::new().days(1)).take_while(|date| *date <= last) {
            let marked = Marked { date, open, name: name.text().into() };
            if let Some((_, before)) = self.days.insert(date, (marked, days.clone())) {
                let (line, _) = before.position();
                return self.refuse(
                    &days,
                    &format!("{date} is in line {line} already"),
                    "write each day once",
                );
            }
        }
    }

    fn calendar(mut self, name: &str) -> std::result::Result<Calendar, Diagnostics> {
        // What is left of a file that was cut off would make every holiday a business day.
        if self.covers.is_none() && self.days.is_empty() && self.yearly.is_empty() && !self.found.has_errors()
        {
            let error = Diagnostic::error(codes::CAL001, "the calendar names no day and no years");
            let hint = "see whether the file is complete; one without holidays says which years it answers for: covers 2024 2027";
            self.found.push(error.in_file(name).hint(hint));
        }
        let listed = self.days.first_key_value().zip(self.days.last_key_value());
        let of_days = listed.and_then(|((first, _), (last, _))| {
            Some((Date::new(first.year(), 1, 1).ok()?, Date::new(last.year(), 12, 31).ok()?))
        });
        let covers = self.covers.or(of_days).unwrap_or(COVERS);
        let mut outside: Vec<(Date, Span)> = self
            .days
            .iter()
            .filter(|(date, _)| **date < covers.0 || **date > covers.1)
            .map(|(date, (_, span))| (*date, span.clone()))
            .collect();
        outside.dedup_by_key(|(_, span)| span.range().start);
        for (date, span) in outside {
            let message = format!("{date} is outside the years that the covers line says");
            self.refuse(&span, &message, "correct one of the two");
        }
        for (month, number, name, _) in &self.yearly {
            let dates =
                (covers.0.year()..=covers.1.year()).filter_map(|year| Date::new(year, *month, *number).ok());
            for date in dates {
                // A day that is listed says more than one of every year.
                self.days.entry(date).or_insert_with(|| {
                    (Marked { date, open: false, name: Arc::clone(name) }, Span::new(&self.source, 0..0))
                });
            }
        }
        let marked = self.days.into_values().map(|(marked, _)| marked).collect();
        let calendar = Calendar::new(name, self.week.unwrap_or(WEEK), marked, covers);
        self.found.into_result(calendar)
    }

    fn refuse(&mut self, span: &Span, message: &str, hint: &str) {
        self.found.push(Diagnostic::error(codes::CAL001, message).at(span, "").hint(hint));
    }
}

/// The first word and what follows it.
fn split(span: &Span) -> (Span, Span) {
    let text = span.text();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let rest = text.get(end..).unwrap_or_default();
    let gap = rest.len() - rest.trim_start().len();
    (span.slice(0..end), span.slice(end + gap..text.len()))
}

/// As `split`, for a line that may begin with a range of dates, with blanks around its dots or without.
fn split_range(span: &Span) -> (Span, Span) {
    let (mut days, mut rest) = split(span);
    while !rest.text().is_empty() && (days.text().ends_with("..") || rest.text().starts_with("..")) {
        let (word, after) = split(&rest);
        days = span.slice(0..word.range().end - span.range().start);
        rest = after;
    }
    (days, rest)
}

/// A date as 2026-12-25 or 20261225.
fn date(text: &str) -> Option<Date> {
    let digits: String = match text.len() {
        10 if text.split('-').map(str::len).eq([4, 2, 2]) => text.replace('-', ""),
        8 => text.to_owned(),
        _ => return None,
    };
    let number = |range: std::ops::Range<usize>| {
        digits
            .get(range)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?
            .parse::<i16>()
            .ok()
    };
    let small = |number: i16| i8::try_from(number).ok();
    Date::new(number(0..4).filter(|year| *year > 0)?, small(number(4..6)?)?, small(number(6..8)?)?).ok()
}

/// First and last day of a year of four digits.
fn whole_year(text: &str) -> Option<(Date, Date)> {
    let year = text.parse().ok().filter(|year| text.len() == 4 && *year > 0)?;
    Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?))
}

/// Number of a day from Monday, by the first three letters of its English name or by all.
fn weekday(text: &str) -> Option<usize> {
    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let text = text.to_ascii_lowercase();
    let same = |name: &str| text == name || text.len() == 3 && name.starts_with(&text);
    let (_, day) = NAMES.into_iter().find(|(name, _)| same(name))?;
    usize::try_from(day.to_monday_zero_offset()).ok()
}
