//! What safety costs: the time that a process spends on hashing and on its journals.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::clock::Stopwatch;

/// Hashing of records, of what is read and of what is written, on all threads. Not among it is the hash of a single record that is
/// written on its own, which takes less time than reading a clock.
pub static HASHING: Cost = Cost::new();

/// Writing to journals, and waiting until the disk has it.
pub static JOURNAL: Cost = Cost::new();

/// Time that has been spent on something, by all threads together.
#[derive(Debug)]
pub struct Cost(AtomicU64);

impl Cost {
    /// None yet.
    const fn new() -> Self {
        Cost(AtomicU64::new(0))
    }

    /// Does something whose time counts.
    #[inline]
    pub fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        let clock = Stopwatch::start();
        let done = work();
        let spent = u64::try_from(clock.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(spent, Ordering::Relaxed);
        done
    }

    /// All of it so far.
    pub fn so_far(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// Processor time of all threads of this process so far.
pub fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
