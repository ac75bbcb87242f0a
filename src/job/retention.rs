//! How long what runs left is kept, in the archive of a root and beside it, as the policy of the root says.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;
use serde_saphyr::Spanned;

use super::policy::Policy;
use super::run_file::{KeepShape, RetentionShape};
use super::text::Texts;
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::{Fs, Root};

/// Most days, runs, months or years that a policy may name.
const MOST: u32 = 100_000;

/// What a root says of its archive, or of its runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Of jobs that are not named; everything is kept if nothing is said.
    pub all: Option<Keep>,
    /// Of single jobs.
    pub jobs: BTreeMap<String, Keep>,
}

/// Which runs of a job keep what they have: those of which any of these is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// They are among the latest so many that ended well; at least 1.
    pub runs: usize,
    /// They are no older than so many days.
    pub days: Option<u32>,
    /// They are of the last date of a month, and no older than this.
    pub month_ends: Option<Period>,
    /// They are of the last date of a year, and no older than this.
    pub year_ends: Option<Period>,
}

/// A length of time by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Days.
    Days(u32),
    /// Months.
    Months(u32),
    /// No end.
    Forever,
}

impl Retention {
    /// What the policy of a root says; `None` if it says nothing of the archive.
    ///
    /// # Errors
    /// `PGM002` if the policy is not valid.
    pub fn of(fs: &dyn Fs, root: &Root) -> Result<Option<Retention>> {
        Ok(Policy::read(fs, root)?.retention)
    }

    /// What the policy of a root says of the runs themselves, for whoever removes what they left; `None` if it says nothing of them.
    ///
    /// # Errors
    /// `PGM002` if the policy is not valid.
    pub fn of_runs(fs: &dyn Fs, root: &Root) -> Result<Option<Retention>> {
        Ok(Policy::read(fs, root)?.runs)
    }

    /// What holds for a job.
    pub fn of_job(&self, job: &str) -> Option<&Keep> {
        self.jobs.get(job).or(self.all.as_ref())
    }

    pub(super) fn read(shape: &RetentionShape, texts: &Texts) -> Result<Retention> {
        let all = shape.keep.as_ref().map(|keep| Keep::read(keep, texts)).transpose()?;
        let jobs = shape.jobs.iter().map(|(job, keep)| Ok((job.clone(), Keep::read(keep, texts)?)));
        Ok(Retention { all, jobs: jobs.collect::<Result<_>>()? })
    }
}

impl Keep {
    fn read(shape: &Spanned<KeepShape>, texts: &Texts) -> Result<Keep> {
        let KeepShape { runs, days, month_ends, year_ends } = &shape.value;
        let number = |value: &Option<Spanned<u32>>, least: u32| match value {
            Some(value) if value.value < least || value.value > MOST => {
                let message = format!("{} is not between {least} and {MOST}", value.value);
                Err(Diagnostic::error(codes::PGM002, message).at(&texts.span_of(value), ""))
            }
            value => Ok(value.as_ref().map(|value| value.value)),
        };
        let period = |text: &Option<super::file::Str>| {
            let read = text.as_ref().map(|text| {
                let text = texts.text(text);
                Period::read(&text.value).ok_or_else(|| {
                    Diagnostic::error(codes::PGM002, format!("'{}' is no length of time", text.value))
                        .at(&text.span, "")
                        .hint("write days, months or years, such as 400d, 84m or 7y, or forever")
                })
            });
            read.transpose()
        };
        if runs.is_none() && days.is_none() && month_ends.is_none() && year_ends.is_none() {
            let error = Diagnostic::error(codes::PGM002, "it is not said what is kept");
            return Err(error
                .at(&texts.span_of(shape), "")
                .hint("write at least one of runs:, days:, month-ends: and year-ends:"));
        }
        Ok(Keep {
            runs: number(runs, 1)?.unwrap_or(1) as usize,
            days: number(days, 0)?,
            month_ends: period(month_ends)?,
            year_ends: period(year_ends)?,
        })
    }
}

impl Period {
    fn read(text: &str) -> Option<Period> {
        if text == "forever" {
            return Some(Period::Forever);
        }
        let number = |ending: char| -> Option<u32> {
            text.strip_suffix(ending)?.parse().ok().filter(|number| *number <= MOST)
        };
        let years = || number('y').and_then(|years| years.checked_mul(12)).map(Period::Months);
        number('d').map(Period::Days).or_else(|| number('m').map(Period::Months)).or_else(years)
    }

    /// True if a date is no further back than this.
    pub fn holds(self, date: Date, today: Date) -> bool {
        let begin = match self {
            Period::Forever => return true,
            Period::Days(days) => Span::new().try_days(days),
            Period::Months(months) => Span::new().try_months(months),
        };
        // What lies before all dates is before this one too.
        begin.and_then(|back| today.checked_sub(back)).map_or(true, |begin| date >= begin)
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Period::Days(days) => write!(f, "{days} days"),
            Period::Months(months) if months % 12 == 0 => write!(f, "{} years", months / 12),
            Period::Months(months) => write!(f, "{months} months"),
            Period::Forever => write!(f, "ever"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn periods_are_counted_by_the_calendar() {
        let today = date(2026, 3, 31);
        for (text, begin) in [
            ("0d", today),
            ("400d", date(2025, 2, 24)),
            ("1m", date(2026, 2, 28)),
            ("84m", date(2019, 3, 31)),
            ("7y", date(2019, 3, 31)),
        ] {
            let period = Period::read(text).unwrap();
            assert!(period.holds(begin, today) && period.holds(today.tomorrow().unwrap(), today), "{text}");
            assert!(!period.holds(begin.yesterday().unwrap(), today), "{text}");
        }
        assert!(Period::read("forever").unwrap().holds(date(1, 1, 1), today));
        assert!(Period::read("90000y").is_none_or(|period| period.holds(date(1, 1, 1), today)));
        for bad in ["", "y", "7", "7w", "-1d", "7 y", "1.5y", "100001d", "99999999999y"] {
            assert_eq!(Period::read(bad), None, "{bad}");
        }
    }
}
