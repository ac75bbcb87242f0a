//! Saying that a run is late while it is at work.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

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
    let Some(after) = plan.flow.late_after else { return work() };
    let end = End::default();
    thread::scope(|scope| {
        scope.spawn(|| {
            if !end.came_within(clock::time_until(after, clock::local())) {
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

    #[test]
    fn the_end_is_waited_for_and_noticed() {
        let end = End::default();
        assert!(!end.came_within(Duration::from_millis(1)));
        drop(Tell(&end));
        assert!(end.came_within(Duration::MAX));
    }
}
