//! Operators that go by the numbers of records: DATASORT and SUBSET.

use std::sync::Arc;

use super::session::{Done, Run, Session, names};
use crate::control::flow::{Datasets, Entered, Entering, Fit, Input, Leaving, Shape, Sink, Summing};
use crate::control::syntax::{Application, Deck};
use crate::control::tool::familiar;
use crate::control::tool::syntax::{DataSort, Dd, Rows, Subset};
use crate::dataset::Written;
use crate::diag::{Result, Source};
use crate::record::Block;

/// True for the number (from 1) of a record that is wanted.
type Wanted = Arc<dyn Fn(u64) -> bool + Send + Sync>;

/// DATASORT. The first and the last records go around the deck as exits E15 and E35 would take them: only OUTFIL sees
/// them.
pub(super) fn data_sort(sort: &DataSort, session: &mut Session<'_>) -> Run<Done> {
    let deck = session.deck(Some(&sort.using))?;
    session.needs(&sort.using, &["SORT"], familiar::NO_SORT)?;
    session.call("SORT", &sort.from.name, "E35 EXIT", Some(&sort.using));
    let total = if sort.last > 0 { count(&sort.from, session)? } else { u64::MAX };
    let first = sort.first.min(total);
    let last = total.saturating_sub(sort.last).max(first);
    let shape = open(&deck, &sort.from, session.datasets, session.how)?.shape();
    let to = names(&sort.to);
    let mut leaving = Leaving::open(&deck, shape, &to, session.datasets, session.how, session.listing)?;
    let headers = around(&sort.from, &mut leaving, session, Arc::new(move |number| number <= first))?;
    let between: Wanted = Arc::new(move |number| number > first && number <= last);
    let (mut entered, mut code) = sorted_between(&deck, &sort.from, &mut leaving, session, between)?;
    let trailers = around(&sort.from, &mut leaving, session, Arc::new(move |number| number > last))?;
    entered.accepted += headers + trailers;
    session.call_completed(true);
    session.say_records(&entered);
    code = code.max(leaving.finish(session.datasets, session.listing)?.return_code);
    Ok(Done { code, ..Done::default() })
}

/// Writes records of a DD as they are.
fn around(from: &Dd, leaving: &mut Leaving, session: &mut Session<'_>, wanted: Wanted) -> Result<u64> {
    let mut picked = Picked { inner: session.datasets, dd: &from.name, wanted };
    let entering = open(&Deck::default(), from, &mut picked, session.how)?;
    let entered = entering.run(&mut |keyed| leaving.insert(&keyed.block))?;
    Ok(entered.accepted)
}

/// Sorts and sums some records of a DD; also gives the return code.
fn sorted_between(
    deck: &Deck,
    from: &Dd,
    leaving: &mut Leaving,
    session: &mut Session<'_>,
    wanted: Wanted,
) -> Result<(Entered, u8)> {
    let mut picked = Picked { inner: session.datasets, dd: &from.name, wanted };
    let entering = open(deck, from, &mut picked, session.how)?;
    let (shape, setting) = (entering.shape(), session.how.setting(deck));
    let mut summing = Summing::open(deck, true, shape, &setting, session.datasets, "SORTXSUM")?;
    let entered = entering.run(&mut |keyed| match &mut summing {
        Some(summing) => summing.put(keyed, &mut |keyed| leaving.put(keyed.block)),
        None => leaving.put(keyed.block),
    })?;
    let mut code = 0;
    if let Some(mut summing) = summing {
        summing.finish(&mut |keyed| leaving.put(keyed.block))?;
        code = summing.complete(session.datasets)?.1;
    }
    Ok((entered, code))
}

fn open<'a>(
    deck: &Deck,
    from: &Dd,
    datasets: &mut dyn Datasets,
    how: &'a crate::control::flow::How<'a>,
) -> Result<Entering<'a>> {
    Entering::open(deck, std::slice::from_ref(&from.name), datasets, how)
}

/// Records of a DD.
fn count(from: &Dd, session: &mut Session<'_>) -> Result<u64> {
    session.exists(from)?;
    let Some(mut input) = session.datasets.open(&from.name, None)? else { return Ok(0) };
    let mut total = 0;
    while let Some(block) = (input.blocks)()? {
        total += block.len() as u64;
    }
    Ok(total)
}

/// SUBSET.
pub(super) fn subset(subset: &Subset, session: &mut Session<'_>) -> Run<Done> {
    let mut deck = session.deck(subset.input.using.as_ref())?;
    if subset.input.using.is_none() {
        deck.application = Application::Copy;
    }
    session.exists(&subset.input.from)?;
    let word = if matches!(deck.application, Application::Sort(_)) { "SORT" } else { "COPY" };
    session.call(word, &subset.input.from.name, "E35 EXIT", subset.input.using.as_ref());
    if subset.output { by_output(subset, &deck, session) } else { by_input(subset, &deck, session) }
}

/// Records are counted as they are read.
fn by_input(subset: &Subset, deck: &Deck, session: &mut Session<'_>) -> Run<Done> {
    let from = &subset.input.from;
    let total = if needs_total(&subset.rows) { count(from, session)? } else { u64::MAX };
    let named = named_rows(&subset.rows, total);
    let keep = subset.keep;
    let kept = Arc::clone(&named);
    let wanted: Wanted = Arc::new(move |number| kept(number) == keep);
    let mut picked = Picked { inner: session.datasets, dd: &from.name, wanted };
    let entering = open(deck, from, &mut picked, session.how)?;
    // What DISCARD gets is raw, so it is written on its own below.
    let only_discard = subset.to.is_empty() && deck.outfils.is_empty() && subset.discard.is_some();
    let (entered, code) = if only_discard {
        (entering.run(&mut |_| Ok(()))?, 0)
    } else {
        let mut outputs = session.leave(deck, entering.shape(), &subset.to, None)?;
        (entering.run(&mut |keyed| outputs.put(keyed.block, None))?, session.left(outputs)?)
    };
    if let Some(dd) = &subset.discard {
        let wanted: Wanted = Arc::new(move |number| named(number) != keep);
        let mut picked = Picked { inner: session.datasets, dd: &from.name, wanted };
        if let Some(mut input) = picked.open(&from.name, None)? {
            let mut sink = session.sink(dd, input.shape)?;
            while let Some(block) = (input.blocks)()? {
                sink.block(block)?;
            }
            session.complete(sink)?;
        }
    }
    finish(&entered, entered.accepted, session);
    Ok(Done { code, ..Done::default() })
}

/// Records are counted as they leave the deck.
fn by_output(subset: &Subset, deck: &Deck, session: &mut Session<'_>) -> Run<Done> {
    let from = &subset.input.from;
    let total = if needs_total(&subset.rows) {
        let mut total = 0;
        session.enter(deck, from)?.run(&mut |keyed| {
            total += keyed.block.len() as u64;
            Ok(())
        })?;
        total
    } else {
        u64::MAX
    };
    let named = named_rows(&subset.rows, total);
    let entering = session.enter(deck, from)?;
    let shape = entering.shape();
    let mut outputs = session.leave(deck, shape, &subset.to, subset.discard.as_ref())?;
    let (mut number, mut taken) = (0, 0);
    let fixed = (!shape.variable).then_some(shape.length);
    let entered = entering.run(&mut |keyed| {
        let (mut kept, mut left) = (Block::empty(fixed), Block::empty(fixed));
        for record in keyed.block.records() {
            number += 1;
            if named(number) == subset.keep { kept.push(record) } else { left.push(record) }
        }
        taken += kept.len() as u64;
        outputs.put(kept, Some(left))
    })?;
    let code = session.left(outputs)?;
    finish(&entered, taken, session);
    Ok(Done { code, ..Done::default() })
}

fn finish(entered: &Entered, taken: u64, session: &mut Session<'_>) {
    session.call_completed(true);
    session.say_records(entered);
    session.say("ICE638I", &format!("NUMBER OF RECORDS RESULTING FROM CRITERIA:  {taken:015}"));
}

/// True if it matters how many records there are.
fn needs_total(rows: &[Rows]) -> bool {
    rows.iter().any(|rows| match rows {
        Rows::First(_) => false,
        Rows::Last(_) => true,
        // From a number to the last one needs no total.
        Rows::Range(first, _) => first.is_none(),
    })
}

/// Which of so many records are named.
fn named_rows(rows: &[Rows], total: u64) -> Wanted {
    let ranges: Vec<(u64, u64)> = rows
        .iter()
        .map(|rows| match *rows {
            Rows::First(count) => (1, count),
            Rows::Last(count) => (total.saturating_sub(count) + 1, u64::MAX),
            Rows::Range(first, last) => (first.unwrap_or(total), last.unwrap_or(u64::MAX)),
        })
        .collect();
    Arc::new(move |number| ranges.iter().any(|(first, last)| (*first..=*last).contains(&number)))
}

/// Datasets of which one DD gives only some of its records.
struct Picked<'d> {
    inner: &'d mut dyn Datasets,
    dd: &'d str,
    wanted: Wanted,
}

impl Datasets for Picked<'_> {
    fn open(&mut self, dd: &str, told: Option<Shape>) -> Result<Option<Input>> {
        let Some(mut input) = self.inner.open(dd, told)? else { return Ok(None) };
        if dd != self.dd {
            return Ok(Some(input));
        }
        let wanted = Arc::clone(&self.wanted);
        let mut number = 0;
        let mut blocks = input.blocks;
        let name = dd.to_owned();
        input.blocks = Box::new(move || {
            let Some(mut block) = blocks()? else { return Ok(None) };
            block.retain(&name, |_, _| -> Result<bool> {
                number += 1;
                Ok(wanted(number))
            })?;
            Ok(Some(block))
        });
        Ok(Some(input))
    }

    fn attributes(&self, dd: &str, made: Shape) -> Result<Option<Shape>> {
        self.inner.attributes(dd, made)
    }

    fn create(&mut self, dd: &str, shape: Shape, fit: Fit) -> Result<Sink> {
        self.inner.create(dd, shape, fit)
    }

    fn complete(&mut self, sink: Sink) -> Result<Written> {
        self.inner.complete(sink)
    }

    fn text(&mut self, dd: &str) -> Result<Option<Arc<Source>>> {
        self.inner.text(dd)
    }

    fn stated_length(&self, dd: &str) -> Option<usize> {
        self.inner.stated_length(dd)
    }

    fn has(&self, dd: &str) -> bool {
        self.inner.has(dd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(rows: &[Rows], total: u64) -> Vec<u64> {
        let named = named_rows(rows, if needs_total(rows) { total } else { u64::MAX });
        (1..=total).filter(|number| named(*number)).collect()
    }

    #[test]
    fn rows_are_named_from_both_ends_and_by_number() {
        assert_eq!(numbers(&[Rows::First(2)], 5), [1, 2]);
        assert_eq!(numbers(&[Rows::Last(2)], 5), [4, 5]);
        assert_eq!(numbers(&[Rows::Last(9)], 3), [1, 2, 3]);
        assert_eq!(numbers(&[Rows::Range(Some(3), Some(3)), Rows::Range(Some(5), None)], 6), [3, 5, 6]);
        assert_eq!(numbers(&[Rows::Range(None, None)], 6), [6]);
        assert_eq!(numbers(&[Rows::First(1), Rows::Last(1)], 1), [1]);
        assert_eq!(numbers(&[Rows::Range(None, None)], 0), [] as [u64; 0]);
    }
}
