//! Sort, copy, concatenate.

use super::StepContext;
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::job::{SortInput, SortPlan};
use crate::record::Block;
use crate::run::intake::Intake;
use crate::run::observe::Observer;
use crate::run::output::Output;
use crate::run::store::Store;
use crate::sort::Sorter;

pub(super) fn run(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &SortPlan,
    observer: &dyn Observer,
) -> Result<()> {
    let mut out = store.create(&plan.out, &context.step.totals)?;
    let mut aside = match &plan.duplicates_to {
        Some(to) => Some(store.create(to, &context.step.totals)?),
        None => None,
    };
    let mut sorter = Sorter::new(plan.key.clone());
    for input in &plan.inputs {
        read(store, context, input, &mut sorter, observer)?;
    }
    let mut dropped_fingerprint = 0u64;
    let sorted = {
        let mut write_out = |block: Block| out.block(block);
        let mut write_aside = |block: Block| match &mut aside {
            _ if plan.unique => Err(not_unique(&plan.inputs[0].dataset, &block)),
            Some(aside) => aside.block(block),
            None => {
                dropped_fingerprint = dropped_fingerprint.wrapping_add(block.fingerprint());
                Ok(())
            }
        };
        sorter.finish(plan.duplicates, &mut write_out, &mut write_aside)?
    };
    let written = context.finish(store, out)?;
    let set_aside = aside.map(|output: Output| context.finish(store, output)).transpose()?;
    if set_aside.is_none() {
        context.report.dropped += sorted.duplicates;
    }
    let out_records = written.records + set_aside.map_or(sorted.duplicates, |aside| aside.records);
    context.check_identity("record counts", sorted.records_in, out_records)?;
    let out_fingerprint =
        written.fingerprint.wrapping_add(set_aside.map_or(dropped_fingerprint, |aside| aside.fingerprint));
    context.check_identity("record fingerprints", sorted.fingerprint, out_fingerprint)
}

/// Reads one input through its filter into the sorter.
fn read(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    input: &SortInput,
    sorter: &mut Sorter,
    observer: &dyn Observer,
) -> Result<()> {
    let intake = Intake::open(store, &input.dataset, &context.step.totals, observer)?;
    let prepare = sorter.preparer(&input.dataset);
    let filter_and_prepare = |mut block: Block| {
        let omitted = input.filter.apply(&mut block, &input.dataset)?;
        Ok((omitted, prepare(block)?))
    };
    let mut omitted_in_all = 0;
    let taken = intake.read(&filter_and_prepare, &mut |(omitted, prepared)| {
        omitted_in_all += omitted;
        sorter.push(prepared);
        Ok(())
    })?;
    context.report.dropped += omitted_in_all;
    context.taken(store, taken);
    Ok(())
}

fn not_unique(dataset: &str, block: &Block) -> Box<Diagnostic> {
    let bytes = block.records().next().map(<[u8]>::to_vec).unwrap_or_default();
    Diagnostic::error(
        codes::DAT008,
        format!("{dataset} has more than one record with the same key, which must be unique"),
    )
    .in_data(DataPlace { dataset: dataset.to_owned(), bytes, ..DataPlace::default() })
    .note("shown is the second record of the first such key")
    .hint("remove the duplicate from the input, or keep first or last")
}
