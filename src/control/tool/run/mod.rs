//! The operators, between the two halves of a pass.

mod copying;
mod defaults;
mod groups;
mod printing;
mod rows;
mod select;
mod session;
mod splice;
mod value;
mod values;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::parse::{self, Found};
use super::syntax::{Mode, Operator};
use super::{Outcome, familiar};
use crate::control::deck::{Reading, Symbols, SystemSymbols};
use crate::control::flow::{Datasets, How};
use crate::control::message::{self, Listing};
use crate::diag::{Diagnostics, Source, codes};
use session::{Done, Session};

/// The return code of an operator whose statement is wrong.
const RC_WRONG: u8 = 12;
/// The return code of an operator whose sort failed.
const RC_FAILED: u8 = 16;

/// Runs all statements of TOOLIN. Nothing is published here; whoever owns the datasets does that. What went wrong is in the
/// outcome, since operators that ran before keep what they wrote.
pub fn run(
    source: &Arc<Source>,
    datasets: &mut dyn Datasets,
    how: &How<'_>,
    listing: &mut Listing,
) -> Outcome {
    listing.message("ICE600I", "0 DFSORT ICETOOL UTILITY RUN STARTED");
    listing.line("");
    listing.message("ICE632I", "0 SOURCE FOR ICETOOL STATEMENTS:  TOOLIN");
    listing.line("");
    listing.line("");
    let mut outcome = Outcome::default();
    match symbols(datasets, how) {
        Ok(symbols) => statements(source, symbols.as_ref(), datasets, how, listing, &mut outcome),
        Err(problems) => outcome.add(RC_FAILED, problems),
    }
    let text = format!("0 DFSORT ICETOOL UTILITY RUN ENDED - RETURN CODE:  {:02}", outcome.return_code);
    listing.message("ICE601I", &text);
    outcome
}

/// Names of the DDs that the statements write, those of USING decks aside; or all that is wrong with the statements.
pub fn outputs(
    source: &Arc<Source>,
    reading: Reading<'_>,
) -> std::result::Result<BTreeSet<String>, Diagnostics> {
    let (mut written, mut problems) = (BTreeSet::new(), Diagnostics::new());
    for found in parse::statements(source, reading) {
        match found.read {
            Ok(statement) => {
                written.extend(statement.operator.outputs().into_iter().map(|dd| dd.name.clone()))
            }
            Err(wrong) => problems.extend(wrong),
        }
    }
    problems.into_result(written)
}

/// The symbols of the run.
fn symbols(datasets: &mut dyn Datasets, how: &How<'_>) -> std::result::Result<Option<Symbols>, Diagnostics> {
    let Some(source) = datasets.text("SYMNAMES")? else { return Ok(None) };
    Symbols::read(&source, how.page, &SystemSymbols::of(how.clock)).map(Some)
}

fn statements(
    source: &Arc<Source>,
    symbols: Option<&Symbols>,
    datasets: &mut dyn Datasets,
    how: &How<'_>,
    listing: &mut Listing,
    outcome: &mut Outcome,
) {
    let reading = Reading { page: how.page, dialect: how.dialect, symbols };
    let all = parse::statements(source, reading);
    if all.is_empty() {
        let error = message::error(codes::CTL009, familiar::NOTHING, "there is no operator of ICETOOL")
            .in_file(source.name())
            .hint("write, for example, COPY FROM(IN) TO(OUT)");
        listing.line(&familiar::NOTHING.shown());
        outcome.add(RC_WRONG, error.into());
        return;
    }
    let mut mode = Mode::Stop;
    let mut scanning = false;
    let mut calls = 0;
    for found in all {
        if let Ok(statement) = &found.read
            && let Operator::Mode(new) = statement.operator
        {
            mode = new;
            scanning = new == Mode::Scan;
        }
        let shown = if scanning { Mode::Scan } else { mode };
        listing.message("ICE630I", &format!("0 MODE IN EFFECT:  {}", shown.word()));
        listing.line("");
        found.cards.iter().for_each(|card| listing.line(&format!("          {card}")));
        let mut session = Session::new(datasets, how, listing, symbols, calls);
        let done = one(found, scanning, &mut session);
        calls = session.calls();
        listing.message("ICE602I", &format!("0 OPERATION RETURN CODE:  {:02}", done.code));
        listing.line("");
        listing.line("");
        scanning |= done.code >= RC_WRONG && mode == Mode::Stop;
        outcome.add(done.code, done.problems);
    }
}

/// Runs or checks one statement.
fn one(found: Found, scanning: bool, session: &mut Session<'_>) -> Done {
    let done = match found.read {
        Err(problems) => Done { code: RC_WRONG, problems, said: false },
        Ok(_) if scanning => return Done::default(),
        Ok(statement) => match execute(&statement.operator, session) {
            Ok(done) => done,
            Err(problems) => {
                session.call_failed();
                // A value that is no number is the operator's own affair, all else is the sort's.
                let value = problems.list().first().is_some_and(|problem| problem.code == codes::CTL107);
                let code = if value && !is_sort(&statement.operator) { RC_WRONG } else { RC_FAILED };
                Done { code, problems, said: false }
            }
        },
    };
    if !done.said {
        done.problems.list().iter().for_each(|problem| session.say_problem(problem));
    }
    done
}

/// True for operators that only pass records through the sort.
fn is_sort(operator: &Operator) -> bool {
    matches!(operator, Operator::Copy(_) | Operator::Merge(_) | Operator::DataSort(_))
}

fn execute(operator: &Operator, session: &mut Session<'_>) -> std::result::Result<Done, Diagnostics> {
    match operator {
        Operator::Mode(_) => Ok(Done::default()),
        Operator::Defaults { list } => defaults::run(list, session),
        Operator::Copy(copy) => copying::copy(copy, session),
        Operator::Merge(merge) => copying::merge(merge, session),
        Operator::Resize(resize) => copying::resize(resize, session),
        Operator::DataSort(sort) => rows::data_sort(sort, session),
        Operator::Subset(subset) => rows::subset(subset, session),
        Operator::Select(select) => select::run(select, session),
        Operator::Splice(splice) => splice::run(splice, session),
        Operator::Count(count) => values::count(count, session),
        Operator::Range(range) => values::range(range, session),
        Operator::Stats(stats) => values::stats(stats, session),
        Operator::Unique(unique) => values::unique(unique, session),
        Operator::Verify(verify) => values::verify(verify, session),
        Operator::Display(display) => printing::display(display, session),
        Operator::Occur(occur) => printing::occur(occur, session),
    }
}
