//! The only clock. Data never depends on it unless a job asks for today's date; runs use it for names and durations.

use std::time::{Duration, Instant, SystemTime};

use jiff::civil::{Date, DateTime, Time};
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

/// Now; a clock beyond the moments that have a date in every time zone, which end on 9999-12-30, stands still at the last of them.
fn now() -> Timestamp {
    moment(SystemTime::now())
}

fn moment(time: SystemTime) -> Timestamp {
    let beyond = if time < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::try_from(time).unwrap_or(beyond)
}

/// Now, in UTC, as `2026-03-13T22:15:00.123Z`, for journals.
pub fn timestamp() -> String {
    format!("{:.3}", now())
}

/// Now, in UTC, as `20260313T221500`, for names.
pub fn compact_timestamp() -> String {
    now().to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S").to_string()
}

/// Seconds since the beginning of 1970, for programs that watch runs.
pub fn unix_seconds() -> i64 {
    now().as_second()
}

/// A time of [`timestamp`] in nanoseconds, as files have it; `None` if the text is none.
pub fn nanoseconds_of(text: &str) -> Option<i128> {
    text.parse().ok().map(Timestamp::as_nanosecond)
}

/// How long ago a time of [`timestamp`] was; `None` if the text is none, or the clock went back.
pub fn age_of(text: &str) -> Option<Duration> {
    Duration::try_from(now().duration_since(text.parse().ok()?)).ok()
}

/// Who begins so long after a time of the day is past it; who begins longer after it is before that of the next day.
const STILL_PAST: Duration = Duration::from_secs(6 * 3600);

/// How long it is from `now` to a time of the day, by the clocks of this place: nothing if that has just passed.
pub fn time_until(time: Time, now: DateTime) -> Duration {
    let today = now.date().to_datetime(time);
    let since = |begin: DateTime, end: DateTime| Duration::try_from(end.duration_since(begin)).ok();
    let passed = since(today, now).or_else(|| since(now.date().yesterday().ok()?.to_datetime(time), now));
    if passed.is_some_and(|passed| passed <= STILL_PAST) {
        return Duration::ZERO;
    }
    let due =
        if today > now { Some(today) } else { now.date().tomorrow().ok().map(|date| date.to_datetime(time)) };
    due.and_then(|due| since(now, due)).unwrap_or(Duration::MAX)
}

/// Today's date in UTC. A job that means another time zone passes its business date.
pub fn today() -> Date {
    date_at(SystemTime::now())
}

/// The date (UTC) of a time of the system; counted in days, since the last of the year 9999 has a date and no moment.
fn date_at(time: SystemTime) -> Date {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => jiff::civil::date(1970, 1, 1).checked_add(since).unwrap_or(Date::MAX),
        Err(_) => moment(time).to_zoned(TimeZone::UTC).date(),
    }
}

/// The date and time of this place. Only what an operator runs by hand asks for it, and can be told another.
pub fn local() -> DateTime {
    now().to_zoned(TimeZone::system()).datetime()
}

/// The moment that many days ago, as [`timestamp`] has it.
pub fn days_ago(days: u32) -> String {
    let ago = jiff::SignedDuration::from_hours(24 * i64::from(days));
    format!("{:.3}", now().checked_sub(ago).unwrap_or(Timestamp::MIN))
}

/// The date (UTC) of a time in nanoseconds, as files have it.
pub fn date_of(nanoseconds: i128) -> Date {
    of_nanoseconds(nanoseconds).to_zoned(TimeZone::UTC).date()
}

/// A time in nanoseconds, as files have it, as [`timestamp`] has it.
pub fn timestamp_of(nanoseconds: i128) -> String {
    format!("{:.3}", of_nanoseconds(nanoseconds))
}

fn of_nanoseconds(nanoseconds: i128) -> Timestamp {
    Timestamp::from_nanosecond(nanoseconds).unwrap_or(Timestamp::MAX)
}

/// Now in nanoseconds, as files have the time of their last change.
pub fn nanoseconds() -> i128 {
    now().as_nanosecond()
}

/// Processor time that this thread has used: how long work takes however busy the machine is.
#[cfg(test)]
pub(crate) fn thread_time() -> std::time::Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    std::time::Duration::try_from(time).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    #[test]
    fn a_clock_at_the_end_of_all_dates_tells_a_date_and_a_moment() {
        let at = |text: &str, seconds: u64| {
            let begin: Timestamp = text.parse().unwrap();
            SystemTime::UNIX_EPOCH + Duration::from_secs(begin.as_second() as u64 + seconds)
        };
        let last_second = at("9999-12-30T00:00:00Z", 2 * 86_400 - 1);
        assert_eq!((date_at(last_second), moment(last_second)), (date(9999, 12, 31), Timestamp::MAX));
        assert_eq!(date_at(at("9999-12-30T00:00:00Z", 800 * 86_400)), Date::MAX);
        assert_eq!(date_at(at("2026-03-13T23:59:59Z", 0)), date(2026, 3, 13));
        assert_eq!(date_at(at("2026-03-13T23:59:59Z", 1)), date(2026, 3, 14));
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!((date_at(before), moment(before).as_second()), (date(1969, 12, 31), -1));
        assert_eq!(time_until(time(5, 0, 0, 0), date(9999, 12, 31).at(22, 0, 0, 0)), Duration::MAX);
    }

    #[test]
    fn a_time_of_the_day_is_the_next_one_or_has_just_passed() {
        let night = date(2026, 3, 31);
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let until = |hour, minute, from: DateTime| time_until(time(hour, minute, 0, 0), from);
        assert_eq!(until(5, 30, night.at(5, 0, 0, 0)), hours(1) / 2);
        assert_eq!(until(5, 0, night.at(22, 0, 0, 0)), hours(7), "over midnight");
        assert_eq!(until(5, 0, night.at(18, 0, 0, 0)), hours(11), "13 hours after it is before the next");
        assert_eq!(until(5, 0, night.at(5, 10, 0, 0)), hours(0), "just passed");
        assert_eq!(until(23, 0, night.at(1, 0, 0, 0)), hours(0), "passed yesterday");
    }
}
