//! A wish to stop, as a signal or whoever watches a limit leaves it for those who work.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};

use super::limits;

/// Set once from anywhere, asked between pieces of work. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// Asks everybody to stop, for a reason other than 0. The first reason stays.
    pub fn ask(&self, reason: usize) {
        let _ = self.0.compare_exchange(0, reason, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// The reason, once somebody has asked.
    pub fn reason(&self) -> Option<usize> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            reason => Some(reason),
        }
    }
}

/// Reasons that signals give: what a shell shows as the exit status of a process that they end.
pub const INTERRUPTED: usize = 130;
/// As [`INTERRUPTED`], for SIGTERM, and for SIGHUP, which is treated as one.
pub const TERMINATED: usize = 143;

/// A wish that SIGINT, SIGTERM and SIGHUP express; a SIGHUP that is ignored, as nohup has it, stays ignored. The second of the same
/// kind ends the process at once: what is left then is found by the next run.
pub fn stop_on_signals() -> io::Result<Stop> {
    let stop = Stop::default();
    let hang_up = (!limits::ignores(SIGHUP)).then_some((SIGHUP, TERMINATED));
    for (signal, reason) in [(SIGINT, INTERRUPTED), (SIGTERM, TERMINATED)].into_iter().chain(hang_up) {
        let again = Arc::new(AtomicBool::new(false));
        // In this order: the first signal passes the exit, and then opens it.
        let status = i32::try_from(reason).unwrap_or(1);
        signal_hook::flag::register_conditional_shutdown(signal, status, Arc::clone(&again))?;
        signal_hook::flag::register(signal, again)?;
        signal_hook::flag::register_usize(signal, Arc::clone(&stop.0), reason)?;
    }
    // A file beyond the limit of the shell is an error of the write then, as a full disk is, and does not end the process.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    Ok(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_stays() {
        let stop = Stop::default();
        assert_eq!(stop.reason(), None);
        stop.clone().ask(7);
        stop.ask(8);
        assert_eq!(stop.reason(), Some(7));
    }
}
