//! One step: open its inputs and outputs, run its operator, account for every record.

mod balance;
mod matching;
mod post;
mod sort;

use super::intake::Taken;
use super::observe::Observer;
use super::output::Output;
use super::report::{StepReport, TotalReport};
use super::store::Store;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{StepKind, StepPlan};
use crate::ops::{TotalSpec, Totals};

/// Runs a step.
pub(super) fn run(store: &mut Store<'_>, step: &StepPlan, observer: &dyn Observer) -> Result<StepReport> {
    let bytes =
        step.kind.inputs().into_iter().filter_map(|name| store.open(name).ok()).map(|r| r.file_size()).sum();
    observer.step_started(&step.name, step.kind.operator(), bytes);
    let mut context = StepContext {
        report: StepReport {
            step: step.name.clone(),
            operator: step.kind.operator().to_owned(),
            ..StepReport::default()
        },
        step,
    };
    match &step.kind {
        StepKind::Sort(plan) => sort::run(store, &mut context, plan, observer)?,
        StepKind::Match(plan) => matching::run(store, &mut context, plan, observer)?,
        StepKind::Post(plan) => post::run(store, &mut context, plan, observer)?,
        StepKind::Balance(plan) => balance::run(store, &mut context, plan)?,
    }
    Ok(context.report)
}

/// A step while it runs.
pub(super) struct StepContext<'a> {
    pub report: StepReport,
    pub step: &'a StepPlan,
}

impl StepContext<'_> {
    /// Accounts for an input that was read.
    pub fn taken(&mut self, store: &mut Store<'_>, taken: Taken) {
        self.report.inputs.push((taken.dataset.clone(), taken.records));
        self.report.bytes += taken.bytes;
        self.keep_totals(store, &taken.dataset, taken.totals.into_iter());
    }

    /// Completes an output and accounts for it; returns its records.
    pub fn finish(&mut self, store: &mut Store<'_>, output: Output) -> Result<crate::dataset::Written> {
        let dataset = output.dataset.clone();
        let (path, finished) = output.finish()?;
        self.report.outputs.push((dataset.clone(), finished.written.records));
        self.report.bytes += finished.written.bytes;
        store.complete(&dataset, path, finished.written, finished.file);
        self.keep_totals(store, &dataset, finished.totals.into_iter());
        Ok(finished.written)
    }

    fn keep_totals(
        &mut self,
        store: &mut Store<'_>,
        over: &str,
        totals: impl Iterator<Item = (std::sync::Arc<TotalSpec>, Totals)>,
    ) {
        for (spec, totals) in totals {
            store.totals.insert(spec.name.clone(), totals.clone());
            let sum_of = spec.sum_text.clone();
            self.report.totals.push(TotalReport {
                name: spec.name.clone(),
                over: over.to_owned(),
                sum_of,
                totals,
            });
        }
    }

    /// Stops the run if records were lost, doubled or altered inside the step.
    pub fn check_identity(&self, what: &str, came_in: u64, went_out: u64) -> Result<()> {
        if came_in == went_out {
            return Ok(());
        }
        Err(Diagnostic::error(
            codes::RUN012,
            format!("step {}: {what} differ: {came_in} in, {went_out} out", self.step.name),
        )
        .hint("this is a defect of offhost; nothing was published, please report it"))
    }
}
