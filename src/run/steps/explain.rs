//! A post step done again, with somebody who writes down what it does. What it would write goes nowhere, and only its hash is
//! kept, so that it can be held against what the run wrote. One thread posts.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::StepContext;
use super::post::{self, Division};
use crate::dataset::Written;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{PostPlan, StepPlan};
use crate::post::{Engine, Trace};
use crate::record::Block;
use crate::run::holding::Holding;
use crate::run::intake::Intake;
use crate::run::observe::Silent;
use crate::run::output::{Output, Target};
use crate::run::report::StepReport;
use crate::run::store::Store;
use crate::sys::WriteFile;

/// What came of a step that was done again.
pub(in crate::run) struct Explained {
    /// What was written down.
    pub trace: Box<Trace>,
    /// What stopped it.
    pub stopped: Option<Box<Diagnostic>>,
    /// What it would have written, by dataset; nothing if it was stopped.
    pub written: Vec<(String, Written)>,
    /// Bytes of memory that masters took and bytes that there were for them, if they took more: they are held whole, also where
    /// the run had a balanced line.
    pub beyond: Option<(u64, u64)>,
}

/// Posts again.
pub(in crate::run) fn explain(
    store: &mut Store<'_>,
    step: &StepPlan,
    plan: &PostPlan,
    trace: Box<Trace>,
) -> Result<Explained> {
    let mut context = StepContext {
        report: StepReport::default(),
        step,
        sorts: Vec::new(),
        masters: 0,
        memory: store.resources.memory_bytes(),
    };
    let holding = Holding::of(store.plan, step, &store.resources, context.memory, &|name| store.size(name));
    let beyond = (holding.bytes > holding.budget).then_some((holding.bytes, holding.budget));
    let mut intakes = Vec::new();
    for input in &plan.inputs {
        intakes.push(Intake::open(store, input, &[], &Silent)?);
    }
    let masters = post::load_masters(store, &mut context, plan, &Division::whole(), &Silent)?.first();
    let mut engine = Engine::new(Arc::clone(&plan.program), masters)?.traced(trace);
    let mut outputs = Vec::new();
    for dataset in plan.emitted() {
        outputs.push(nowhere(store, dataset)?);
    }
    let stopped = all(&mut engine, intakes, plan, &mut outputs).err();
    let Some(trace) = engine.take_trace() else {
        return Err(Diagnostic::error(codes::RUN010, "the trace was lost").hint("please report it"));
    };
    let mut written = Vec::new();
    if stopped.is_none() {
        for mut output in outputs {
            let dataset = output.dataset.clone();
            written.push((dataset, output.finish()?.1.written));
        }
        for (master, datasets) in engine.masters().iter().zip(&plan.masters) {
            let Some(new) = &datasets.new else { continue };
            let mut output = nowhere(store, new)?;
            post::write_in_order(
                store,
                post::room(store, &context),
                &datasets.dataset,
                &[master],
                &mut output,
            )?;
            written.push((new.clone(), output.finish()?.1.written));
        }
    }
    Ok(Explained { trace, stopped, written, beyond })
}

fn all(engine: &mut Engine, intakes: Vec<Intake<'_>>, plan: &PostPlan, outputs: &mut [Output]) -> Result<()> {
    engine.start(&mut |output, bytes| outputs[output].record(bytes))?;
    let mut transactions = 0;
    for (input, intake) in intakes.into_iter().enumerate() {
        let mut post = |block: Block| {
            block.slots().try_for_each(|(slot, record)| {
                let origin = block.origin(&plan.inputs[input], slot);
                let mut emit = |output: usize, bytes: &[u8]| outputs[output].record(bytes);
                engine.post(input, record, origin, &mut emit).map(|_| ())
            })
        };
        transactions += intake.read(&|block: Block| Ok(block), &mut post)?.records;
    }
    engine.end(transactions, &mut |output, bytes| outputs[output].record(bytes))
}

/// An output of which only the hash remains.
fn nowhere(store: &Store<'_>, dataset: &str) -> Result<Output> {
    let target = Target {
        dataset: dataset.to_owned(),
        path: PathBuf::from(dataset),
        format: store.dataset(dataset)?.format.clone(),
        file: Box::new(Nowhere),
        allowance: 0,
        pipe: None,
        block_bytes: store.block_bytes(),
    };
    Output::start(target, &[])
}

/// A file that keeps nothing.
struct Nowhere;

impl io::Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WriteFile for Nowhere {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}
