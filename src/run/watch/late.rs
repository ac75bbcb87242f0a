//! Saying that a run is late while it is at work.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::civil::{DateTime, Time};
use serde_json::json;

use super::alerts::{Event, payload, send, trial};
use crate::job::Plan;
use crate::run::Observer;
use crate::sys::{Fs, Root, clock};

/// Does `work` and, if the job wants that, tells that it is late when the clocks of this place show the job's hour before it
/// has ended.
pub fn watch_clock<T>(
    fs: &dyn Fs,
    root: &Root,
    plan: &Plan,
    observer: &dyn Observer,
    work: impl FnOnce() -> T,
) -> T {
    let Some((after, _)) = plan.alerts.late.as_ref() else { return work() };
    let end = End::default();
    thread::scope(|scope| {
        scope.spawn(|| {
            if !end.came_within(remaining(*after, clock::local())) {
                tell(fs, root, plan, observer);
            }
        });
        // Dropped when the work ends, however it ends: the thread above is waited for.
        let _told = Tell(&end);
        work()
    })
}

fn tell(fs: &dyn Fs, root: &Root, plan: &Plan, observer: &dyn Observer) {
    observer.note(&format!("{} is late", plan.job));
    let document = json!({ "job": plan.job, "business_date": plan.business_date });
    for alert in trial(&plan.alerts, Event::Late) {
        if let Some(error) = send(fs, root, &alert, &payload(Event::Late, &document)).error {
            observer.note(&error.message);
        }
    }
}

/// A run that starts so long after the hour is a late one; a run that starts longer after it is an early one of the next day.
const STARTED_LATE: Duration = Duration::from_secs(6 * 3600);

/// How long a run that starts `now` has until it is late.
fn remaining(after: Time, now: DateTime) -> Duration {
    let today = now.date().to_datetime(after);
    let since = |begin: DateTime, end: DateTime| Duration::try_from(end.duration_since(begin)).ok();
    let passed = since(today, now).or_else(|| since(now.date().yesterday().ok()?.to_datetime(after), now));
    if passed.is_some_and(|passed| passed <= STARTED_LATE) {
        return Duration::ZERO;
    }
    let due = if today > now {
        Some(today)
    } else {
        now.date().tomorrow().ok().map(|date| date.to_datetime(after))
    };
    due.and_then(|due| since(now, due)).unwrap_or(Duration::MAX)
}

/// Whether the work has ended.
#[derive(Default)]
struct End {
    ended: Mutex<bool>,
    news: Condvar,
}

impl End {
    fn came_within(&self, time: Duration) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.news.wait_timeout_while(ended, time, |ended| !*ended);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

struct Tell<'a>(&'a End);

impl Drop for Tell<'_> {
    fn drop(&mut self) {
        *self.0.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.news.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn late_is_the_next_time_that_clocks_show_the_hour() {
        let night = date(2026, 3, 31);
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        assert_eq!(remaining(time(5, 30, 0, 0), night.at(5, 0, 0, 0)), hours(1) / 2);
        assert_eq!(remaining(time(5, 0, 0, 0), night.at(22, 0, 0, 0)), hours(7), "over midnight");
        assert_eq!(
            remaining(time(5, 0, 0, 0), night.at(18, 0, 0, 0)),
            hours(11),
            "13 hours after it is before the next"
        );
        assert_eq!(remaining(time(5, 0, 0, 0), night.at(5, 10, 0, 0)), hours(0), "it started late");
        assert_eq!(remaining(time(23, 0, 0, 0), night.at(1, 0, 0, 0)), hours(0), "late since yesterday");
    }

    #[test]
    fn the_end_is_waited_for_and_noticed() {
        let end = End::default();
        assert!(!end.came_within(Duration::from_millis(1)));
        drop(Tell(&end));
        assert!(end.came_within(Duration::MAX));
    }
}
