//! Work on a stream in parallel, with the results in order.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::diag::Result;

/// Takes items from `next` one by one, works on them on several threads, and gives the results to `put` in the order of the
/// items. At most one item a thread is under way, so memory is bounded. The first error (in the order of the items) ends it.
pub fn ordered<I: Send, O: Send>(
    threads: usize,
    next: impl FnMut() -> Result<Option<I>> + Send,
    work: impl Fn(I) -> Result<O> + Sync,
    put: impl FnMut(O) -> Result<()> + Send,
) -> Result<()> {
    let source = Mutex::new((0u64, next));
    let target = Mutex::new(Target { turn: 0, put, failed: None });
    let turned = Condvar::new();
    let stopped = AtomicBool::new(false);
    let worker = || {
        while !stopped.load(Ordering::Relaxed) {
            let (number, item) = {
                let mut source = lock(&source);
                // An item taken after the end or an error would never get its turn.
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let number = source.0;
                source.0 += 1;
                let item = (source.1)();
                if !matches!(item, Ok(Some(_))) {
                    stopped.store(true, Ordering::Relaxed);
                }
                (number, item)
            };
            let result = match item {
                Ok(Some(item)) => work(item).map(Some),
                Ok(None) => Ok(None),
                Err(error) => Err(error),
            };
            let mut target = lock(&target);
            while target.turn != number {
                target = turned.wait(target).unwrap_or_else(PoisonError::into_inner);
            }
            target.turn += 1;
            if target.failed.is_none() {
                let done = result.and_then(|result| result.map_or(Ok(()), |result| (target.put)(result)));
                if let Err(error) = done {
                    target.failed = Some(error);
                    stopped.store(true, Ordering::Relaxed);
                }
            }
            turned.notify_all();
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.max(1) {
            scope.spawn(worker);
        }
        worker();
    });
    let target = target.into_inner().unwrap_or_else(PoisonError::into_inner);
    target.failed.map_or(Ok(()), Err)
}

struct Target<P> {
    turn: u64,
    put: P,
    failed: Option<Box<crate::diag::Diagnostic>>,
}

/// A lock that another thread died with is still good: the scope passes its panic on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Diagnostic, codes};

    #[test]
    fn results_come_in_order() {
        for threads in [1, 2, 7] {
            let (mut given, mut got) = (0u64, Vec::new());
            let next = || {
                given += 1;
                Ok((given <= 500).then_some(given))
            };
            let work = |item: u64| {
                std::thread::sleep(std::time::Duration::from_micros(item * 7 % 13));
                Ok(item * 2)
            };
            ordered(threads, next, work, |result| {
                got.push(result);
                Ok(())
            })
            .unwrap();
            assert_eq!(got, (1..=500).map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_error_in_order_wins() {
        let fail = |text: &str| Err(Diagnostic::error(codes::DAT001, text));
        for threads in [1, 2, 5] {
            let (mut given, mut got) = (0u64, 0);
            let next = || {
                given += 1;
                Ok(Some(given))
            };
            let work = |item: u64| if item >= 20 { fail(&item.to_string()) } else { Ok(item) };
            let result = ordered(threads, next, work, |_| {
                got += 1;
                Ok(())
            });
            assert_eq!((result.unwrap_err().message.as_str(), got), ("20", 19));
        }
    }
}
