//! The only clock. Data never depends on it unless a job asks for today's date; runs use it for names and durations.

use std::time::{Duration, Instant};

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};

/// A running stopwatch.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Default for Stopwatch {
    fn default() -> Self {
        Self::start()
    }
}

impl Stopwatch {
    /// Starts it.
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Now, in UTC, as `2026-03-13T22:15:00.123Z`, for journals.
pub fn timestamp() -> String {
    format!("{:.3}", Timestamp::now())
}

/// Now, in UTC, as `20260313T221500`, for names.
pub fn compact_timestamp() -> String {
    Timestamp::now().to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S").to_string()
}

/// Seconds since the beginning of 1970, for programs that watch runs.
pub fn unix_seconds() -> i64 {
    Timestamp::now().as_second()
}

/// Today's date in UTC. A job that means another time zone passes its business date.
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// The date and time of this place. Only what an operator runs by hand asks for it, and can be told another.
pub fn local() -> DateTime {
    Timestamp::now().to_zoned(TimeZone::system()).datetime()
}

/// The moment that many days ago, as [`timestamp`] has it.
pub fn days_ago(days: u32) -> String {
    let ago = jiff::SignedDuration::from_hours(24 * i64::from(days));
    format!("{:.3}", Timestamp::now().checked_sub(ago).unwrap_or(Timestamp::MIN))
}

/// Now in nanoseconds, as files have the time of their last change.
pub fn nanoseconds() -> i128 {
    Timestamp::now().as_nanosecond()
}

/// Processor time that this thread has used: how long work takes however busy the machine is.
#[cfg(test)]
pub(crate) fn thread_time() -> std::time::Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    std::time::Duration::try_from(time).unwrap()
}
