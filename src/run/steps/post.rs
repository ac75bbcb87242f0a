//! Post: load the masters, run every transaction through the engine, write what it emits and the new masters.

use std::sync::Arc;

use super::StepContext;
use super::balances::Balancing;
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{PostPlan, RejectPlan};
use crate::key::KeyedBlock;
use crate::post::{Engine, Fate, Master, PostReport};
use crate::record::Block;
use crate::run::intake::Intake;
use crate::run::observe::Observer;
use crate::run::output::Output;
use crate::run::store::Store;
use crate::sort::{Duplicates, GroupSinks, Groups, MEMORY_MIN, SortReport, Sorter, WorkSpace};

/// The return code of a step that rejected transactions or warned.
const RC_REJECTS: u8 = 4;

pub(super) fn run(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &PostPlan,
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
    let masters = load_masters(store, context, plan, observer)?;
    let mut engine = Engine::new(Arc::clone(&plan.program), masters)?;
    let mut balancing = Balancing::begin(&plan.program, engine.masters())?;

    engine.start(&mut |output, bytes| outputs[output].record(bytes))?;
    let mut transactions = 0;
    for (number, intake) in intakes.into_iter().enumerate() {
        let mut post = |block: Block| post_block(&mut engine, (number, &block), plan, &mut outputs);
        let taken = intake.read(&|block: Block| Ok(block), &mut post)?;
        transactions += taken.records;
        context.taken(store, taken);
    }
    engine.end(&mut |output, bytes| outputs[output].record(bytes))?;
    balancing.end(std::slice::from_ref(&engine))?;
    // The transactions come first in the report, whatever was read before them.
    context.report.inputs.rotate_right(plan.inputs.len());

    for output in outputs {
        context.finish(store, output)?;
    }
    write_masters(store, context, plan, &engine)?;
    let posted = engine.report();
    context.check_identity("transactions", transactions, posted.posted + posted.rejected)?;
    check_share(plan.rejects.as_ref(), transactions, posted.rejected)?;
    account(context, posted, &engine);
    context.report.totals.extend(balancing.totals());
    Ok(())
}

fn post_block(
    engine: &mut Engine,
    (input, block): (usize, &Block),
    plan: &PostPlan,
    outputs: &mut [Output],
) -> Result<()> {
    for (slot, record) in block.slots() {
        let mut emit = |output: usize, bytes: &[u8]| outputs[output].record(bytes);
        let fate = engine.post(input, record, block.origin(&plan.inputs[input], slot), &mut emit)?;
        if fate == Fate::Rejected {
            check_rejects(plan.rejects.as_ref(), engine.report())?;
        }
    }
    Ok(())
}

/// A reject must have somewhere to go, and there must not be too many.
fn check_rejects(rejects: Option<&RejectPlan>, report: &PostReport) -> Result<()> {
    let reasons = || {
        let each =
            report.reasons.iter().map(|(reason, count)| format!("{} {} ({count})", reason.code, reason.text));
        each.collect::<Vec<_>>().join(", ")
    };
    match rejects {
        Some(RejectPlan { max_count: Some(max), to, .. }) if report.rejected > *max => Err(
            Diagnostic::error(codes::RUN008, format!("more than {max} transactions were rejected into {to}"))
                .note(format!("so far: {}", reasons()))
                .hint("nothing was published; correct the input or the rules, or raise max-count"),
        ),
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
            Err(Diagnostic::error(codes::RUN008, message)
                .hint("nothing was published; correct the input or the rules, or raise max-percent"))
        }
        _ => Ok(()),
    }
}

pub(super) fn load_masters(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &PostPlan,
    observer: &dyn Observer,
) -> Result<Vec<Master>> {
    let mut masters = Vec::new();
    for (spec, datasets) in plan.program.masters.iter().zip(&plan.masters) {
        let format = plan.program.scope.slot(spec.slot).format.clone();
        let mut master = Master::new(spec.clone(), format);
        let intake = Intake::open(store, &datasets.dataset, &context.step.totals, observer)?;
        let taken = intake.read(&|block: Block| Ok(block), &mut |block| master.load(&block))?;
        context.taken(store, taken);
        masters.push(master);
    }
    Ok(masters)
}

fn write_masters(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &PostPlan,
    engine: &Engine,
) -> Result<()> {
    for (master, datasets) in engine.masters().iter().zip(&plan.masters) {
        let Some(new) = &datasets.new else { continue };
        let mut output = store.create(new, &context.step.totals)?;
        let sorted = write_in_order(store, context, &datasets.dataset, master, &mut output)?;
        let written = context.finish(store, output)?;
        context.check_identity("master rows", master.rows(), written.records)?;
        context.check_identity("master row fingerprints", sorted.fingerprint, written.fingerprint)?;
        context.report.sorts.push((new.clone(), sorted));
    }
    Ok(())
}

/// Writes the rows of a master in the order of their keys, which no two may share.
pub(super) fn write_in_order(
    store: &Store<'_>,
    context: &StepContext<'_>,
    dataset: &str,
    master: &Master,
    output: &mut Output,
) -> Result<SortReport> {
    let format = &store.dataset(dataset)?.format;
    let memory = store.resources.memory_bytes().saturating_sub(context.masters).max(MEMORY_MIN);
    let sizing = store.resources.sort(memory, Some(master.size() as u64), master.sort_key(), format);
    let work = WorkSpace::new(store.fs, store.work_folders(), store.resources.compress);
    let mut sorter = Sorter::new(master.sort_key().clone(), sizing, &work)?;
    let prepare = sorter.preparer(dataset);
    let mut push = |block: Block| {
        if let Some(deal) = sorter.push(prepare(block)?)? {
            deal.run();
        }
        Ok(())
    };
    let (fixed_length, block_bytes) = (format.fixed_length(), sizing.block_bytes());
    let mut block = Block::with_capacity(fixed_length, block_bytes);
    master.drain(&mut |row| {
        block.push(row);
        if block.size() < block_bytes {
            return Ok(());
        }
        push(std::mem::replace(&mut block, Block::with_capacity(fixed_length, block_bytes)))
    })?;
    push(block)?;
    let rule = if master.may_repeat_keys() { Duplicates::All } else { Duplicates::KeepFirst };
    let mut groups = Groups::new(rule, None);
    let mut out = |keyed: KeyedBlock| output.block(keyed.block);
    let mut twice =
        |keyed: KeyedBlock| Err(master.not_unique(keyed.block.records().next().unwrap_or_default()));
    let mut sinks = GroupSinks { out: &mut out, aside: &mut twice };
    let report = sorter.finish(&mut |keyed| groups.push(keyed, &mut sinks))?;
    groups.finish(fixed_length, &mut sinks)?;
    Ok(report)
}

fn account(context: &mut StepContext<'_>, posted: &PostReport, engine: &Engine) {
    context.report.rejected = posted.rejected;
    let warned = !engine.warnings().is_empty();
    context.report.rc = if posted.rejected > 0 || warned { RC_REJECTS } else { 0 };
    let details = &mut context.report.details;
    details.push(("posted".to_owned(), posted.posted));
    details.extend(posted.rules.iter().map(|(rule, count)| (format!("rule {rule}"), *count)));
    details.extend(
        posted
            .reasons
            .iter()
            .map(|(reason, count)| (format!("reject {} {}", reason.code, reason.text), *count)),
    );
    let mut warnings: Vec<_> = engine.warnings().iter().collect();
    warnings.sort_by_key(|(reason, _)| (reason.code.clone(), reason.text.clone()));
    details.extend(
        warnings.iter().map(|(reason, count)| (format!("warning {} {}", reason.code, reason.text), *count)),
    );
    let created = engine.masters().iter().filter(|master| master.created() > 0);
    details.extend(created.map(|master| (format!("rows created in {}", master.name()), master.created())));
    let deleted = engine.masters().iter().filter(|master| master.deleted() > 0);
    details.extend(deleted.map(|master| (format!("rows deleted from {}", master.name()), master.deleted())));
}
