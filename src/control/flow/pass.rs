//! A whole pass.

use std::sync::atomic::Ordering;
use std::sync::mpsc::sync_channel;

use super::entering::{Entered, Entering, joined};
use super::join;
use super::leaving::Leaving;
use super::names::Names;
use super::summing::Summing;
use super::{Datasets, How, Outcome};
use crate::control::message::Listing;
use crate::control::syntax::{Application, Deck};
use crate::diag::{Diagnostic, Diagnostics, Result, codes};
use crate::key::KeyedBlock;
use crate::record::Block;
use crate::sys::ordered;

/// Blocks that may wait between the halves.
const QUEUE: usize = 4;

/// Sorts that share the memory of a join: of each side, and of what they make.
const JOIN_SHARE: usize = 3;

/// Names of the DDs of a pass where they are not SORTIN and SORTOUT, as an ICETOOL operator says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// Inputs in place of SORTIN (of a merge: SORTIN01 to SORTIN99); none if the usual names count.
    pub from: Vec<String>,
    /// Outputs in place of SORTOUT; none if the usual name counts.
    pub to: Vec<String>,
}

/// Runs a deck: reads, orders, writes. Nothing is published here; whoever owns the datasets does that.
pub fn run(
    deck: &Deck,
    datasets: &mut dyn Datasets,
    how: &How<'_>,
    listing: &mut Listing,
) -> std::result::Result<Outcome, Diagnostics> {
    run_routed(deck, &Routes::default(), datasets, how, listing)
}

/// As [`run`], between other DDs.
pub fn run_routed(
    deck: &Deck,
    routes: &Routes,
    datasets: &mut dyn Datasets,
    how: &How<'_>,
    listing: &mut Listing,
) -> std::result::Result<Outcome, Diagnostics> {
    let names = Names::new(deck, routes, datasets);
    let Some(join) = &deck.join else {
        let entering = Entering::open(deck, &names.from, datasets, how)?;
        let outcome = through(deck, entering, &names, datasets, how, listing)?;
        super::ending::tell(&outcome, listing);
        return Ok(outcome);
    };
    std::thread::scope(|scope| {
        let (input, counts) = join::start((deck, join), &names, datasets, how, scope)?;
        super::ending::join([&join.sides[0].dd, &join.sides[1].dd], input.shape, listing);
        let entering = Entering::over(deck, vec![input], how)?.sharing(JOIN_SHARE);
        let outcome = through(deck, entering, &names, datasets, how, listing)?;
        let joined = [0, 1, 2].map(|which| counts[which].load(Ordering::Relaxed));
        let outcome = Outcome { joined: Some(joined), ..outcome };
        super::ending::tell(&outcome, listing);
        Ok(outcome)
    })
}

/// Both halves, and SUM between them.
fn through(
    deck: &Deck,
    entering: Entering<'_>,
    names: &Names,
    datasets: &mut dyn Datasets,
    how: &How<'_>,
    listing: &mut Listing,
) -> Result<Outcome> {
    let (read, shape) = (entering.read_shape(), entering.shape());
    super::ending::begin(deck, read, listing);
    let summing = Summing::open(
        deck,
        !matches!(deck.application, Application::Copy),
        shape,
        &how.setting(deck),
        datasets,
        &names.named("XSUM"),
    )?;
    let mut leaving = Leaving::named(deck, shape, read, names, datasets, how, listing)?;
    let plain = summing.is_none() && entering.is_plain_copy() && !leaving.split().0.counts();
    let (entered, summing) = if plain {
        let (course, mut taking) = leaving.split();
        let prepare = |block| course.prepare(block, None);
        (entering.copy(&prepare, &mut |prepared| taking.take(prepared))?, None)
    } else {
        in_two(entering, summing, &mut leaving, how)?
    };
    let (overflows, sum_code) = match summing {
        Some(summing) => summing.complete(datasets)?,
        None => (0, 0),
    };
    let left = leaving.finish(datasets, listing)?;
    Ok(Outcome {
        return_code: left.return_code.max(sum_code),
        records_in: entered.records_in,
        inserted: 0,
        deleted: entered.records_in - left.records.min(entered.records_in),
        out: left.records,
        files: left.files,
        joined: None,
        overflow_code: sum_code,
        overflows,
    })
}

/// The halves side by side: while the first orders records, the second works on what has left it, on all threads.
fn in_two(
    entering: Entering<'_>,
    mut summing: Option<Summing>,
    leaving: &mut Leaving,
    how: &How<'_>,
) -> Result<(Entered, Option<Summing>)> {
    let (course, mut taking) = leaving.split();
    std::thread::scope(|scope| {
        let (sender, blocks) = sync_channel::<KeyedBlock>(QUEUE);
        let first = scope.spawn(move || {
            // Whoever does not listen any more has failed, and says why.
            let mut send = |keyed| sender.send(keyed).map_err(|_| unheard());
            let entered = entering.run(&mut |keyed| match &mut summing {
                Some(summing) => summing.put(keyed, &mut send),
                None => send(keyed),
            })?;
            if let Some(summing) = &mut summing {
                summing.finish(&mut send)?;
            }
            Ok((entered, summing))
        });
        let mut before = 0;
        let next = move || {
            Ok(blocks.recv().ok().map(|keyed| {
                let numbered = (keyed.block, before);
                before += numbered.0.len() as u64;
                numbered
            }))
        };
        let work = |(block, before): (Block, u64)| course.prepare(block, Some(before));
        let second = ordered(how.resources.threads, next, work, |prepared| taking.take(prepared));
        let first = joined(first);
        second.and(first)
    })
}

fn unheard() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "the second half of a pass ended before the first")
        .hint("this is a defect of offhost; please report it")
}
