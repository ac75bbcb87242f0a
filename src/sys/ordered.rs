//! Work on a stream in parallel, with the results in order.
//!
//! ```text
//!   next   1 2 3 4 ...      one thread at a time takes the next item
//!   work   [2] [3] [1]      every thread works on an item of its own
//!   put    1 2 3 ...        results leave in the order of the items, from whichever thread has the turn
//! ```

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::diag::{Diagnostic, Result, codes};

/// Takes items from `next` one by one, works on them on several threads, and gives the results to `put` in the order of the
/// items. At most one item a thread is under way, so memory is bounded. The first error (in the order of the items) ends it.
pub fn ordered<I: Send, O: Send>(
    threads: usize,
    next: impl FnMut() -> Result<Option<I>> + Send,
    work: impl Fn(I) -> Result<O> + Sync,
    put: impl FnMut(O) -> Result<()> + Send,
) -> Result<()> {
    ordered_streams(threads, 1, next, |item, out| out.put(work(item)?), put)
}

/// Works on items on several threads: the results, in the order of the items, or the first error in that order.
pub fn ordered_all<I: Send, O: Send>(
    threads: usize,
    items: impl IntoIterator<Item = I, IntoIter: Send>,
    work: impl Fn(I) -> Result<O> + Sync,
) -> Result<Vec<O>> {
    let (mut items, mut results) = (items.into_iter(), Vec::new());
    let put = |result| {
        results.push(result);
        Ok(())
    };
    ordered(threads, || Ok(items.next()), work, put)?;
    Ok(results)
}

/// As [`ordered`], where something is left to be done with an item once it has had its turn: `put` answers with it, and
/// `after` does it while the turns of later items go on.
pub fn ordered_then<I: Send, O: Send, A: Send>(
    threads: usize,
    next: impl FnMut() -> Result<Option<I>> + Send,
    work: impl Fn(I) -> Result<O> + Sync,
    mut put: impl FnMut(O) -> Result<A> + Send,
    after: impl Fn(A) -> Result<()> + Sync,
) -> Result<()> {
    // Only who has the turn puts something here, and takes it before passing the turn on.
    let answer = Mutex::new(None);
    let put = |result| {
        let left = put(result)?;
        *lock(&answer) = Some(left);
        Ok(())
    };
    let work = |item, turn: &mut Turn<'_, O, _>| {
        turn.put(work(item)?)?;
        let left = lock(&answer).take();
        turn.pass_on(Ok(()));
        left.map_or(Ok(()), &after)
    };
    ordered_streams(threads, 1, next, work, put)
}

/// As [`ordered`], where an item may have any number of results. Those of an item whose turn has come go straight to `put`;
/// of others up to `ahead` are held back, then their thread waits.
pub fn ordered_streams<I: Send, O: Send, N, P>(
    threads: usize,
    ahead: usize,
    next: N,
    work: impl Fn(I, &mut Turn<'_, O, P>) -> Result<()> + Sync,
    put: P,
) -> Result<()>
where
    N: FnMut() -> Result<Option<I>> + Send,
    P: FnMut(O) -> Result<()> + Send,
{
    let source = Mutex::new((0u64, next));
    let shared = Shared {
        target: Mutex::new(Target { turn: 0, put, failed: None, results: std::marker::PhantomData }),
        turned: Condvar::new(),
        stopped: AtomicBool::new(false),
    };
    let worker = || {
        while let Some((number, item)) = take(&source, &shared) {
            let mut turn = Turn { shared: &shared, number, ahead, held: Vec::new(), ended: false };
            let done = item.and_then(|item| work(item, &mut turn)).and_then(|()| turn.release());
            turn.end(done);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.max(1) {
            scope.spawn(worker);
        }
        worker();
    });
    let target = shared.target.into_inner().unwrap_or_else(PoisonError::into_inner);
    target.failed.map_or(Ok(()), Err)
}

/// The next item and its number, or the error in its place.
fn take<I, O, N, P>(source: &Mutex<(u64, N)>, shared: &Shared<O, P>) -> Option<(u64, Result<I>)>
where
    N: FnMut() -> Result<Option<I>>,
    Shared<O, P>: Sized,
{
    let mut source = lock(source);
    // An item taken after the end or an error would never get its turn.
    if shared.stopped.load(Ordering::Relaxed) {
        return None;
    }
    let item = (source.1)().transpose();
    if !matches!(item, Some(Ok(_))) {
        shared.stopped.store(true, Ordering::Relaxed);
    }
    let number = source.0;
    source.0 += 1;
    Some((number, item?))
}

/// The place of one item in the order of results.
pub struct Turn<'a, O, P: FnMut(O) -> Result<()>> {
    shared: &'a Shared<O, P>,
    number: u64,
    ahead: usize,
    held: Vec<O>,
    ended: bool,
}

impl<O, P: FnMut(O) -> Result<()>> Turn<'_, O, P> {
    /// Gives a result away: at once if it is this item's turn, else when it comes.
    pub fn put(&mut self, result: O) -> Result<()> {
        self.held.push(result);
        let ours = lock(&self.shared.target).turn == self.number;
        if ours || self.held.len() >= self.ahead { self.release() } else { Ok(()) }
    }

    /// Waits for the turn and gives away what was held back.
    fn release(&mut self) -> Result<()> {
        if self.ended {
            return Ok(());
        }
        let mut target = self.shared.wait_for(self.number);
        for result in self.held.drain(..) {
            if target.failed.is_some() {
                return Err(superseded());
            }
            (target.put)(result)?;
        }
        Ok(())
    }

    /// Passes the turn on if that has not been done. An error behind the turn counts as one of the item that has it now.
    fn end(mut self, done: Result<()>) {
        if !self.ended {
            return self.pass_on(done);
        }
        if let Err(error) = done {
            self.shared.fail(&mut lock(&self.shared.target), error);
        }
    }

    fn pass_on(&mut self, done: Result<()>) {
        self.ended = true;
        let mut target = self.shared.wait_for(self.number);
        target.turn += 1;
        if let Err(error) = done {
            self.shared.fail(&mut target, error);
        }
        self.shared.turned.notify_all();
    }
}

impl<O, P: FnMut(O) -> Result<()>> Drop for Turn<'_, O, P> {
    fn drop(&mut self) {
        // Only a panic gets here; the others must not wait for ever for a turn that nobody passes on.
        if !self.ended {
            self.pass_on(Err(superseded()));
        }
    }
}

/// An error that never reaches anybody: an earlier one, or a panic, is what ended the work.
fn superseded() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "a thread of this work died")
        .hint("this is a defect of offhost; please report it")
}

struct Shared<O, P> {
    target: Mutex<Target<O, P>>,
    turned: Condvar,
    stopped: AtomicBool,
}

struct Target<O, P> {
    turn: u64,
    put: P,
    failed: Option<Box<Diagnostic>>,
    /// Ties the results to what takes them.
    results: std::marker::PhantomData<fn(O)>,
}

impl<O, P> Shared<O, P> {
    /// Notes an error, unless there was one before it.
    fn fail(&self, target: &mut Target<O, P>, error: Box<Diagnostic>) {
        target.failed.get_or_insert(error);
        self.stopped.store(true, Ordering::Relaxed);
    }

    fn wait_for(&self, number: u64) -> MutexGuard<'_, Target<O, P>> {
        let mut target = lock(&self.target);
        while target.turn != number {
            target = self.turned.wait(target).unwrap_or_else(PoisonError::into_inner);
        }
        target
    }
}

/// A lock that another thread died with is still good: the scope passes its panic on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::codes;

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
    fn an_item_may_have_many_results_or_none() {
        for (threads, ahead) in [(1, 1), (2, 1), (3, 4), (7, 1000)] {
            let (mut given, mut got) = (0u64, Vec::new());
            let next = || {
                given += 1;
                Ok((given <= 50).then_some(given))
            };
            ordered_streams(
                threads,
                ahead,
                next,
                |item, out| (0..item % 7).try_for_each(|part| out.put((item, part))),
                |result| {
                    got.push(result);
                    Ok(())
                },
            )
            .unwrap();
            let expected: Vec<_> =
                (1..=50u64).flat_map(|item| (0..item % 7).map(move |part| (item, part))).collect();
            assert_eq!(got, expected);
        }
    }

    #[test]
    fn what_is_left_is_done_for_each_and_out_of_turn() {
        for threads in [1, 2, 5] {
            let (mut given, mut put) = (0u64, Vec::new());
            let done = Mutex::new(Vec::new());
            let next = || {
                given += 1;
                Ok((given <= 200).then_some(given))
            };
            let record = |item: u64| {
                put.push(item);
                Ok(item)
            };
            let after = |item: u64| {
                lock(&done).push(item);
                Ok(())
            };
            ordered_then(threads, next, Ok, record, after).unwrap();
            let mut done = done.into_inner().unwrap();
            done.sort_unstable();
            assert_eq!((put, done), ((1..=200).collect(), (1..=200).collect()));
        }
        let mut given = 0u64;
        let next = || {
            given += 1;
            Ok(Some(given))
        };
        let fail = |item: u64| {
            if item < 9 { Ok(()) } else { Err(Diagnostic::error(codes::DAT001, "late")) }
        };
        assert_eq!(ordered_then(3, next, Ok, Ok, fail).unwrap_err().message, "late");
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

    #[test]
    fn a_refused_result_and_a_failed_source_end_it() {
        for threads in [1, 3] {
            let put = |number: u64| match number {
                10 => Err(Diagnostic::error(codes::DAT001, "full")),
                _ => Ok(()),
            };
            let mut given = 0u64;
            let next = || {
                given += 1;
                Ok(Some(given))
            };
            assert_eq!(ordered(threads, next, Ok, put).unwrap_err().message, "full");
            let mut given = 0u64;
            let next = || {
                given += 1;
                if given > 5 { Err(Diagnostic::error(codes::DAT001, "torn")) } else { Ok(Some(given)) }
            };
            assert_eq!(ordered(threads, next, Ok, |_: u64| Ok(())).unwrap_err().message, "torn");
        }
    }

    #[test]
    fn a_panic_is_passed_on_and_nobody_waits_for_ever() {
        let mut given = 0u64;
        let next = || {
            given += 1;
            Ok((given < 100).then_some(given))
        };
        let work = |item: u64| if item == 7 { panic!("seven") } else { Ok(item) };
        let caught =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ordered(3, next, work, |_| Ok(()))));
        assert!(caught.is_err());
    }
}
