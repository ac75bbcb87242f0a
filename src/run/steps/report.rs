//! A report: blocks are prepared on all threads, and put together in order.

use super::StepContext;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::ReportPlan;
use crate::record::Block;
use crate::report::{Maker, Prepared};
use crate::run::intake::Intake;
use crate::run::observe::Observer;
use crate::run::output::Output;
use crate::run::store::Store;

/// Return code of a report whose records were not in order.
const RC_DISORDER: u8 = 4;

pub(super) fn run(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &ReportPlan,
    observer: &dyn Observer,
) -> Result<()> {
    let totals = &context.step.totals;
    let mut outputs: Vec<Output> = Vec::with_capacity(plan.outputs.len());
    for name in &plan.outputs {
        outputs.push(store.create(name, totals)?);
    }
    let intake = Intake::open(store, &plan.input, totals, observer)?;
    let mut maker = Maker::new(&plan.report, &plan.forms);
    let mut dropped = 0;
    let prepare = |block: Block| plan.report.prepare(block, &plan.forms);
    let mut put = |output: usize, line: &[u8]| match outputs.get_mut(output) {
        Some(output) => output.record(line),
        None => Err(Diagnostic::error(codes::RUN010, "a report has an output more").hint("please report it")),
    };
    let taken = intake.read(&prepare, &mut |prepared: Prepared| {
        dropped += prepared.dropped;
        maker.push(prepared, &mut put)
    })?;
    let made = maker.finish(&mut put)?;
    context.report.dropped += dropped;
    context.check_identity("records of the report", taken.records, made.records + dropped)?;
    context.taken(store, taken);
    for output in outputs {
        context.finish(store, output)?;
    }
    let details = &mut context.report.details;
    if !plan.report.levels.is_empty() {
        details.push(("groups".to_owned(), made.groups));
    }
    if made.lost > 0 {
        details.push(("characters shown as dots".to_owned(), made.lost));
    }
    if made.disordered > 0 {
        details.push(("groups out of order".to_owned(), made.disordered));
        context.report.rc = RC_DISORDER;
    }
    Ok(())
}
