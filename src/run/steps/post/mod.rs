//! Post: load the masters, run every transaction through the engine, write what it emits and the new masters.
//!
//! ```text
//!   intake (any thread)   blocks of transactions, looked at ahead
//!   lanes                 an engine for each part of the transactions that never meets another, on a thread of its own
//!   settle (in order)     records to the outputs, rejects counted
//! ```
//!
//! Masters that do not fit into the memory are posted against in a [balanced line](line).

mod lanes;
mod line;
mod masters;
mod new_masters;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::StepContext;
use super::balances::Balancing;
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, codes};
use crate::encoding::CodePage;
use crate::job::{PostPlan, RejectPlan};
use crate::post::{Batch, Engine, Lookout, Outcome, Parting, Reason, Sample, Scout, Table, Tally};
use crate::record::Block;
use crate::run::holding::Holding;
use crate::run::intake::Intake;
use crate::run::observe::Observer;
use crate::run::output::Output;
use crate::run::report::RejectSample;
use crate::run::store::Store;
use lanes::Lanes;
pub(super) use masters::{Division, load as load_masters};
pub(super) use new_masters::{room, write_in_order};

/// The return code of a step that rejected transactions or warned.
const RC_REJECTS: u8 = 4;

pub(super) fn run(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &PostPlan,
    holding: &Holding,
    observer: &dyn Observer,
) -> Result<()> {
    let mut outputs = Vec::new();
    for dataset in plan.emitted() {
        outputs.push(store.create(dataset, &context.step.totals)?);
    }
    let mut intakes = Vec::new();
    for input in &plan.inputs {
        intakes.push(Intake::open(store, input, &context.step.totals, observer)?);
    }
    if let Some(partition) = holding.line() {
        return line::run(store, context, (plan, partition), (outputs, intakes), observer);
    }
    let division = Division::of(&plan.program, store.resources.threads);
    let loaded = load_masters(store, context, plan, &division, observer)?;
    let scout = Scout::new(Arc::clone(&plan.program), loaded.shared());
    let parting = division.partition.as_ref().map(|it| Parting::of_transactions(it, division.parts));
    let lookout = Lookout::new(scout, parting);
    let mut engines = loaded.engines(plan)?;
    let mut balancing = Balancing::begin(&plan.program, &engines)?;

    start(&mut engines, &mut outputs)?;
    let mut posting = Posting { plan, outputs: &mut outputs, tally: Tally::default(), begun: 0 };
    let mut transactions = 0;
    for (number, intake) in intakes.into_iter().enumerate() {
        let look = |block: Block| Ok(lookout.look(block, number, &plan.inputs[number]));
        let taken = match engines.as_mut_slice() {
            [engine] => {
                let mut outcomes = [Outcome::default()];
                intake.read(&look, &mut |mut batch: Batch| {
                    posting.begin(&mut batch);
                    engine.post_batch(&batch, 0, &plan.inputs[number], &mut outcomes[0]);
                    posting.settle(&batch, &mut outcomes)
                })?
            }
            engines => Lanes::read(intake, &look, engines, &plan.inputs[number], &mut posting)?,
        };
        transactions += taken.records;
        context.taken(store, taken);
    }
    let tally = posting.tally;
    if let Some(first) = engines.first_mut() {
        first.end(transactions, &mut |output, bytes| outputs[output].record(bytes))?;
    }
    balancing.end(&engines, Vec::new())?;
    // The transactions come first in the report, whatever was read before them.
    context.report.inputs.rotate_right(plan.inputs.len());

    for output in outputs {
        context.finish(store, output)?;
    }
    new_masters::write(store, context, plan, &engines)?;
    let rows = (0..plan.masters.len()).map(|number| Changes::of(&engines, number)).collect::<Vec<_>>();
    settled(store, context, (plan, transactions), &tally, &engines, &rows)?;
    context.report.totals.extend(balancing.totals());
    Ok(())
}

/// Accounts for what became of the transactions.
fn settled(
    store: &Store<'_>,
    context: &mut StepContext<'_>,
    (plan, transactions): (&PostPlan, u64),
    tally: &Tally,
    engines: &[Engine],
    rows: &[Changes],
) -> Result<()> {
    context.check_identity("transactions", transactions, tally.posted + tally.rejected)?;
    check_share(plan.rejects.as_ref(), transactions, tally.rejected)?;
    account(context, tally, engines, rows);
    for sample in &tally.samples {
        let dataset = &plan.inputs[sample.input];
        context.report.reject_samples.push(shown(sample, dataset, &store.dataset(dataset)?.format.page));
    }
    Ok(())
}

/// Rows of a master that were made and that went.
#[derive(Clone, Copy, Debug, Default)]
struct Changes {
    created: u64,
    deleted: u64,
}

impl Changes {
    /// What all engines did.
    fn of(engines: &[Engine], number: usize) -> Changes {
        let mut changes = Changes::default();
        engines.iter().for_each(|engine| changes.add(engine.masters()[number].table()));
        changes
    }

    fn add(&mut self, table: &Table) {
        self.created += table.created();
        self.deleted += table.deleted();
    }
}

/// Does what comes before the first transaction: in every engine, since its transactions build on it, but seen once.
fn start(engines: &mut [Engine], outputs: &mut [Output]) -> Result<()> {
    let Some((first, others)) = engines.split_first_mut() else { return Ok(()) };
    first.start(&mut |output, bytes| outputs[output].record(bytes))?;
    others.iter_mut().try_for_each(Engine::start_unseen)
}

/// Where transactions end that were posted.
struct Posting<'a> {
    plan: &'a PostPlan,
    outputs: &'a mut [Output],
    tally: Tally,
    /// Transactions whose batches have begun.
    begun: u64,
}

impl Posting<'_> {
    fn begin(&mut self, batch: &mut Batch) {
        batch.before = self.begun;
        self.begun += batch.len() as u64;
    }

    fn settle(&mut self, batch: &Batch, outcomes: &mut [Outcome]) -> Result<()> {
        let Posting { plan, outputs, tally, .. } = self;
        let mut emit = |output: usize, bytes: &[u8]| outputs[output].record(bytes);
        tally.settle(batch, outcomes, &mut emit, &mut |tally| check_rejects(plan.rejects.as_ref(), tally))
    }
}

/// A reject must have somewhere to go, and there must not be too many.
fn check_rejects(rejects: Option<&RejectPlan>, tally: &Tally) -> Result<()> {
    let reasons = || {
        let each =
            tally.reasons.iter().map(|(reason, count)| format!("{} {} ({count})", reason.code, reason.text));
        each.collect::<Vec<_>>().join(", ")
    };
    match rejects {
        Some(RejectPlan { max_count: Some(max), to, .. }) if tally.rejected > *max => Err(Diagnostic::error(
            codes::RUN008,
            format!("more than {max} transactions were rejected into {to}"),
        )
        .note(format!("so far: {}", reasons()))
        .hint("nothing of this step was published; correct the input or the rules, or raise max-count")),
        Some(_) => Ok(()),
        None => Err(Diagnostic::error(
            codes::RUN008,
            "a transaction was rejected, but the step has no dataset for rejects",
        )
        .note(reasons())
        .hint("name one under rejects: in the step")),
    }
}

/// Not more than so many of a hundred transactions may be rejected.
fn check_share(rejects: Option<&RejectPlan>, transactions: u64, rejected: u64) -> Result<()> {
    let Some(RejectPlan { max_percent: Some(max), to, .. }) = rejects else { return Ok(()) };
    let share = |of: u64, percent: Decimal| {
        let factor = percent.coefficient().checked_mul(i128::from(of))?;
        Some(Decimal::new(factor, percent.scale()))
    };
    match (share(rejected, Decimal::from(100)), share(transactions, *max)) {
        (Some(found), Some(allowed)) if found > allowed => {
            let message = format!(
                "{rejected} of {transactions} transactions were rejected into {to}, more than {max} percent"
            );
            Err(Diagnostic::error(codes::RUN008, message).hint(
                "nothing of this step was published; correct the input or the rules, or raise max-percent",
            ))
        }
        _ => Ok(()),
    }
}

/// A rejected transaction as reports show it.
fn shown(sample: &Sample, dataset: &str, page: &CodePage) -> RejectSample {
    let bytes = &sample.bytes[..sample.bytes.len().min(RejectSample::BYTES)];
    let character = |byte: &u8| match page.char(*byte) {
        c if c.is_control() || c == '\u{FFFD}' => '\u{B7}',
        c => c,
    };
    RejectSample {
        reason: format!("{} {}", sample.reason.code, sample.reason.text),
        dataset: dataset.to_owned(),
        record: sample.number,
        length: sample.bytes.len(),
        text: bytes.iter().map(character).collect(),
        bytes: bytes.to_vec(),
    }
}

fn account(context: &mut StepContext<'_>, tally: &Tally, engines: &[Engine], rows: &[Changes]) {
    context.report.rejected = tally.rejected;
    let warnings = warnings(engines);
    context.report.rc = if tally.rejected > 0 || !warnings.is_empty() { RC_REJECTS } else { 0 };
    let details = &mut context.report.details;
    details.push(("posted".to_owned(), tally.posted));
    let Some(first) = engines.first() else { return };
    for (number, (rule, _)) in first.rules().iter().enumerate() {
        let applied = engines.iter().map(|engine| engine.rules()[number].1).sum();
        details.push((format!("rule {rule}"), applied));
    }
    let reasons = tally.reasons.iter();
    details
        .extend(reasons.map(|(reason, count)| (format!("reject {} {}", reason.code, reason.text), *count)));
    details.extend(
        warnings.iter().map(|(reason, count)| (format!("warning {} {}", reason.code, reason.text), *count)),
    );
    for what in ["created in", "deleted from"] {
        for (master, rows) in first.masters().iter().zip(rows) {
            let rows = if what == "created in" { rows.created } else { rows.deleted };
            if rows > 0 {
                details.push((format!("rows {what} {}", master.name()), rows));
            }
        }
    }
}

/// Warnings of all engines in the order of their codes.
fn warnings(engines: &[Engine]) -> BTreeMap<&Reason, u64> {
    let mut warnings = BTreeMap::new();
    for (reason, count) in engines.iter().flat_map(Engine::warnings) {
        *warnings.entry(reason).or_default() += *count;
    }
    warnings
}
