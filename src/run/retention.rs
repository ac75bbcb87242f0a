//! Which runs keep what they have in the archive, as the policy of the root says. Nothing is removed here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::job::{Keep, Retention};

/// A run that has something in the archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Archived {
    /// The date in its name.
    pub date: Date,
    /// When it last kept something, in nanoseconds.
    pub kept_at: i128,
    /// Its name.
    pub run: String,
    /// Its job.
    pub job: String,
}

/// What the policy says of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The run.
    pub run: String,
    /// Why it keeps what it has; `None` if nothing speaks for it.
    pub stays: Option<String>,
}

impl Archived {
    /// A run by its name, `JOB.DATE.HASH` or `JOB.DATE.HASH.rN`; one with another name is of the day on which it kept something.
    pub fn of(run: &str, kept_at: i128) -> Archived {
        let day = crate::sys::clock::date_of(kept_at);
        let mut parts = run.split('.');
        let job = parts.next().unwrap_or_default().to_owned();
        let date = parts.next().and_then(|date| date.parse().ok()).unwrap_or(day);
        Archived { date, kept_at, run: run.to_owned(), job }
    }
}

/// What the policy says of each run. `ended_well` is asked of as few of them as possible.
pub(super) fn judge(
    retention: &Retention,
    runs: Vec<Archived>,
    today: Date,
    ended_well: &dyn Fn(&str) -> bool,
) -> Vec<Judged> {
    let mut jobs: BTreeMap<String, Vec<Archived>> = BTreeMap::new();
    runs.into_iter().for_each(|run| jobs.entry(run.job.clone()).or_default().push(run));
    let mut verdicts = Vec::new();
    for (job, mut runs) in jobs {
        runs.sort_by(|one, other| other.cmp(one));
        match retention.of_job(&job) {
            Some(keep) => verdicts.extend(Judge::of(keep, today, ended_well).all(&runs)),
            None => verdicts.extend(runs.into_iter().map(|run| Judged {
                run: run.run,
                stays: Some("the policy says nothing of its job".to_owned()),
            })),
        }
    }
    verdicts
}

/// Goes through the runs of one job, the latest first.
struct Judge<'a> {
    keep: &'a Keep,
    today: Date,
    ended_well: &'a dyn Fn(&str) -> bool,
    /// Runs so far that ended well.
    latest: usize,
    /// Months and years with the last date in each on which a run ended well.
    months: BTreeMap<(i16, i8), Date>,
    years: BTreeMap<i16, Date>,
}

impl<'a> Judge<'a> {
    fn of(keep: &'a Keep, today: Date, ended_well: &'a dyn Fn(&str) -> bool) -> Self {
        Judge { keep, today, ended_well, latest: 0, months: BTreeMap::new(), years: BTreeMap::new() }
    }

    fn all(mut self, runs: &[Archived]) -> Vec<Judged> {
        runs.iter().map(|run| Judged { run: run.run.clone(), stays: self.reason(run) }).collect()
    }

    fn reason(&mut self, run: &Archived) -> Option<String> {
        let Keep { runs, days, month_ends, year_ends } = *self.keep;
        let (date, month) = (run.date, (run.date.year(), run.date.month()));
        let counts = self.latest < runs;
        let month_end = month_ends.filter(|period| period.holds(date, self.today));
        let year_end = year_ends.filter(|period| period.holds(date, self.today));
        // Who is behind a later date of its month and year has no claim by them.
        let last_of_month = month_end.filter(|_| self.months.get(&month).is_none_or(|last| *last == date));
        let last_of_year = year_end.filter(|_| self.years.get(&date.year()).is_none_or(|last| *last == date));
        // A night of long ago that was done today is young.
        let day = date.max(crate::sys::clock::date_of(run.kept_at));
        let first = days.map(|days| self.today.checked_sub(i64::from(days).days()).unwrap_or(Date::MIN));
        let young = first.is_some_and(|first| day >= first);
        let opens = last_of_month.is_some() && !self.months.contains_key(&month)
            || last_of_year.is_some() && !self.years.contains_key(&date.year());
        // A journal is read only where the answer changes something for this run or for those behind it.
        let asked = counts || opens || !young && (last_of_month.is_some() || last_of_year.is_some());
        let well = asked && (self.ended_well)(&run.run);
        if well {
            self.latest += 1;
            self.months.entry(month).or_insert(date);
            self.years.entry(date.year()).or_insert(date);
        }
        match () {
            () if young => Some(format!("it is of the last {} days", days.unwrap_or_default())),
            () if well && counts => Some(format!("it is one of the {runs} latest that ended well")),
            () if well && let Some(period) = last_of_month => {
                Some(format!("it is of the last date of its month, kept for {period}"))
            }
            () if well && let Some(period) = last_of_year => {
                Some(format!("it is of the last date of its year, kept for {period}"))
            }
            () => None,
        }
    }
}

/// The runs of which nothing speaks.
pub(super) fn going(verdicts: &[Judged]) -> BTreeSet<String> {
    verdicts.iter().filter(|verdict| verdict.stays.is_none()).map(|verdict| verdict.run.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Period;
    use jiff::civil::date;

    /// The rules as their text has them, each by itself, looking at all runs.
    fn plain(keep: &Keep, all: &[(Archived, bool)], run: &(Archived, bool), today: Date) -> bool {
        let (own, well) = run;
        let later = |other: &&(Archived, bool)| other.1 && other.0 > *own;
        let of_month = |date: Date| (date.year(), date.month());
        let after = |same: &dyn Fn(Date) -> bool| {
            all.iter().any(|(other, well)| *well && same(other.date) && other.date > own.date)
        };
        let young = |date: Date| {
            keep.days.is_some_and(|days| date >= today.checked_sub(i64::from(days).days()).unwrap())
        };
        young(own.date)
            || young(crate::sys::clock::date_of(own.kept_at))
            || *well && all.iter().filter(later).count() < keep.runs
            || *well
                && keep.month_ends.is_some_and(|period| period.holds(own.date, today))
                && !after(&|other| of_month(other) == of_month(own.date))
            || *well
                && keep.year_ends.is_some_and(|period| period.holds(own.date, today))
                && !after(&|other| other.year() == own.date.year())
    }

    fn some_of<T>(chance: u64, value: T) -> Option<T> {
        (chance == 0).then_some(value)
    }

    #[test]
    fn each_run_is_judged_as_the_rules_say() {
        let mut state = 7_u64;
        let mut below = |most: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % most
        };
        let today = date(2026, 3, 31);
        let (mut gone, mut stayed) = (0, 0);
        for _ in 0..2000 {
            let keep = Keep {
                runs: 1 + below(4) as usize,
                days: some_of(below(2), below(90) as u32),
                month_ends: some_of(below(2), Period::Months(below(14) as u32)),
                year_ends: some_of(
                    below(2),
                    if below(4) == 0 { Period::Forever } else { Period::Months(36) },
                ),
            };
            let all: Vec<(Archived, bool)> = (0..below(30))
                .map(|at| {
                    let date = today.checked_sub((below(900) as i64).days()).unwrap();
                    let ago = (below(900) * 86_400) as i128 * 1_000_000_000;
                    let name = format!("J.{date}.00000000.r{at}");
                    (
                        Archived::of(&name, 1_774_915_200_000_000_000 - ago.min(900 * 86_400_000_000_000)),
                        below(4) > 0,
                    )
                })
                .collect();
            let well = |run: &str| all.iter().any(|(other, well)| other.run == run && *well);
            let retention = Retention { all: Some(keep), jobs: BTreeMap::new() };
            let runs = all.iter().map(|(run, _)| run.clone()).collect();
            let verdicts = judge(&retention, runs, today, &well);
            assert_eq!(verdicts.len(), all.len());
            for run in &all {
                let verdict = verdicts.iter().find(|verdict| verdict.run == run.0.run).unwrap();
                let wanted = plain(&keep, &all, run, today);
                assert_eq!(verdict.stays.is_some(), wanted, "{keep:?} {run:?} {all:#?}");
                if wanted { stayed += 1 } else { gone += 1 }
            }
        }
        assert!(gone > 1000 && stayed > 1000, "{gone} {stayed}");
    }

    #[test]
    fn a_job_has_rules_of_its_own_and_without_any_everything_stays() {
        let days = |days| Keep { runs: 1, days: Some(days), month_ends: None, year_ends: None };
        let mut retention = Retention { all: None, jobs: [("A".to_owned(), days(10))].into() };
        let runs = || {
            ["A.2025-01-01.x", "A.2025-01-02.x", "B.2025-01-01.x"].map(|run| Archived::of(run, 0)).to_vec()
        };
        let gone = |retention: &Retention| going(&judge(retention, runs(), date(2026, 1, 1), &|_| true));
        assert_eq!(gone(&retention), ["A.2025-01-01.x".to_owned()].into());
        retention.all = Some(days(20));
        retention.jobs.insert("A".to_owned(), days(9000));
        assert_eq!(gone(&retention), BTreeSet::new(), "the latest of B stays");
    }
}
