//! What safety costs: the time that a process spends on hashing and on its journals.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Processor time of hashing: records, what is read and what is written, on all threads. Not among it is the hash of a single
/// record that is written on its own, which takes less time than reading a clock.
pub static HASHING: Cost = Cost::by(ClockId::ThreadCPUTime);

/// Time of writing to journals and of waiting until the disk has it.
pub static JOURNAL: Cost = Cost::by(ClockId::Monotonic);

/// Time that has been spent on something, by all threads together.
#[derive(Debug)]
pub struct Cost {
    nanoseconds: AtomicU64,
    clock: ClockId,
}

impl Cost {
    /// None yet, by this clock.
    const fn by(clock: ClockId) -> Self {
        Cost { nanoseconds: AtomicU64::new(0), clock }
    }

    /// Does something whose time counts. It costs two calls of the system, so work in blocks.
    #[inline]
    pub fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        let start = now(self.clock);
        let done = work();
        let spent = u64::try_from(now(self.clock).saturating_sub(start).as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(spent, Ordering::Relaxed);
        done
    }

    /// All of it so far.
    pub fn so_far(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }
}

/// Processor time of all threads of this process so far.
pub fn processor_time() -> Duration {
    now(ClockId::ProcessCPUTime)
}

fn now(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}
