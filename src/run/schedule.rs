//! The steps of a run: which of them run, when, and side by side with which others.
//!
//! A step is looked at when those it depends on have ended: the writers of its data, and the steps that its conditions ask
//! for. Conditions see those steps and what came before them, nothing else, so that the answers are the same however many
//! steps run at a time.
//!
//! A step that reads through a [pipe](super::pipe) begins ahead of its turn. Its turn comes when it would have come without: only then
//! it is decided whether it runs, and only from then on it counts as running.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread::Scope;
use std::time::Duration;

use serde_json::{Value, json};

use super::abend::abend_of;
use super::attempt::Attempt;
use super::history::{Before, InputEntry, OutputEntry};
use super::observe::Observer;
use super::pipe::{Joint, joint};
use super::publish::publish_step;
use super::report::{RunReport, StepReport, StepStatus};
use super::sorts;
use super::steps;
use super::store::{PipeEnd, Store};
use crate::diag::{Class, Diagnostic, Result, codes, to_json};
use crate::job::conditions::{Abend, StepOutcome};
use crate::job::{Plan, Publish, RunIf, StepKind, StepPlan};
use crate::sort::MEMORY_MIN;
use crate::sys::clock::Stopwatch;

/// The steps of a run on their way.
struct Schedule<'a, 'r> {
    store: &'r Store<'a>,
    plan: &'a Plan,
    attempt: &'r mut Attempt,
    report: &'r mut RunReport,
    observer: &'r dyn Observer,
    /// What became of each step; `None` while it has not ended.
    outcomes: Vec<Option<StepOutcome>>,
    begun: Vec<bool>,
    running: usize,
    /// Steps that were begun ahead of their turn, until it is clear what becomes of them.
    ahead: BTreeMap<usize, Ahead>,
    /// Bytes of memory that running steps may use.
    lent: u64,
    /// The first failure.
    failure: Option<Box<Diagnostic>>,
    /// The step after which COND of the job was true.
    ended_by: Option<String>,
}

/// A step on its way.
#[derive(Clone, Copy)]
struct Begun {
    at: usize,
    /// True if the run had failed by then: such a step is no part of the work, and the next attempt does it again.
    after_failure: bool,
    memory: u64,
    /// The clock of the run, and what it said.
    clock: Stopwatch,
    start: Duration,
}

/// A step that was begun ahead of its turn.
struct Ahead {
    pipe: Joint,
    /// If it has ended before its turn came.
    ended: Option<Ended>,
    /// Why it was not to run, if its turn has come and it is to be dropped once it has ended.
    dropped: Option<String>,
}

/// A step that has ended, well or not.
struct Ended {
    begun: Begun,
    elapsed: Duration,
    report: StepReport,
    error: Option<Box<Diagnostic>>,
}

/// What is to be done with a step whose turn it is.
enum Decision {
    Run,
    /// It is passed over, for this reason.
    Pass(String),
    /// Its condition cannot be answered.
    Fail(Box<Diagnostic>),
}

/// Runs all steps that are not done yet, up to `jobs` of them at the same time. The error is that of the first step that
/// failed; steps that look after failures have run then too.
pub(super) fn run_steps<'a>(
    store: &Store<'a>,
    plan: &'a Plan,
    jobs: usize,
    attempt: &mut Attempt,
    report: &mut RunReport,
    observer: &dyn Observer,
) -> Result<()> {
    let outcomes: Vec<Option<StepOutcome>> = plan
        .steps
        .iter()
        .map(|step| attempt.kept.get(&step.name).map(|entry| entry.outcome.clone()))
        .collect();
    let begun = outcomes.iter().map(Option::is_some).collect();
    let mut schedule = Schedule {
        store,
        plan,
        attempt,
        report,
        observer,
        outcomes,
        begun,
        running: 0,
        ahead: BTreeMap::new(),
        lent: 0,
        failure: None,
        ended_by: None,
    };
    schedule.replay();
    // COND of the job is asked after each step, so that there must be an order.
    let jobs = if plan.flow.cond.is_some() { 1 } else { jobs.max(1) };
    std::thread::scope(|scope| {
        let _closing = ClosingPipes(store);
        schedule.all(scope, jobs)
    })?;
    schedule.failure.map_or(Ok(()), Err)
}

/// However the schedule ends, nobody must wait for a step that has never begun to write.
struct ClosingPipes<'s, 'a>(&'s Store<'a>);

impl Drop for ClosingPipes<'_, '_> {
    fn drop(&mut self) {
        self.0.close_pipes();
    }
}

impl<'a, 'r> Schedule<'a, 'r> {
    /// What steps of earlier attempts have decided for the job.
    fn replay(&mut self) {
        for (step, outcome) in self.plan.steps.iter().zip(&self.outcomes) {
            let rc = outcome.as_ref().and_then(StepOutcome::rc);
            if rc.is_some_and(|rc| self.plan.flow.cond.as_ref().is_some_and(|cond| cond.ends_job(rc))) {
                self.ended_by.get_or_insert_with(|| step.name.clone());
            }
            if outcome.is_some() {
                let inputs = step.kind.inputs();
                self.store.release(&inputs, false);
            }
        }
    }

    fn all<'s, 'env>(&mut self, scope: &'s Scope<'s, 'env>, jobs: usize) -> Result<()>
    where
        'a: 'env,
        'r: 'env,
    {
        let (sender, ended) = channel();
        loop {
            while self.running < jobs
                && let Some(at) = self.next()
            {
                self.begin(scope, at, jobs, &sender)?;
            }
            if self.running == 0 && self.ahead.is_empty() {
                return Ok(());
            }
            // A step always says how it ended, even if it dies.
            match ended.recv() {
                Ok(ended) => self.take(ended)?,
                Err(_) => return Ok(()),
            }
        }
    }

    /// Takes a step that has ended, before its turn or in it.
    fn take(&mut self, ended: Ended) -> Result<()> {
        let at = ended.begun.at;
        match self.ahead.get_mut(&at) {
            None => {
                self.end(ended)?;
                self.close_pipes_of(at);
                Ok(())
            }
            Some(Ahead { dropped: None, ended: before, .. }) => {
                *before = Some(ended);
                Ok(())
            }
            Some(Ahead { dropped: Some(reason), .. }) => {
                let reason = std::mem::take(reason);
                self.drop_ahead(at, reason)
            }
        }
    }

    /// A writer has ended: its readers come to the end of their input, and from now on have their memory by themselves.
    fn close_pipes_of(&mut self, writer: usize) {
        for ahead in self.ahead.values().filter(|ahead| ahead.pipe.writer == writer) {
            self.store.close_pipe(&ahead.pipe.dataset, PipeEnd::Writer);
            self.lent += ahead.pipe.memory as u64;
        }
    }

    /// The turn has come of a step that was begun ahead of it.
    fn take_turn(&mut self, at: usize) -> Result<()> {
        self.notice_stop();
        let decision = self.decide(at);
        let Some(ahead) = self.ahead.get_mut(&at) else { return Ok(()) };
        match (decision, ahead.ended.take()) {
            (Decision::Run, ended) => {
                self.running += 1;
                self.ahead.remove(&at);
                ended.map_or(Ok(()), |ended| self.end(ended))
            }
            (Decision::Pass(reason), Some(_)) => self.drop_ahead(at, reason),
            (Decision::Pass(reason), None) => {
                ahead.dropped = Some(reason);
                Ok(())
            }
            (Decision::Fail(error), _) => Err(error),
        }
    }

    /// Forgets what a step did that was not to run.
    fn drop_ahead(&mut self, at: usize, reason: String) -> Result<()> {
        let memory = self.ahead.remove(&at).map_or(0, |ahead| ahead.pipe.memory as u64);
        self.lent -= memory;
        self.store.drop_outputs(&self.plan.steps[at]);
        self.pass(at, reason)
    }

    /// The first step whose turn it is.
    fn next(&self) -> Option<usize> {
        (0..self.plan.steps.len()).find(|at| self.is_ready(*at))
    }

    fn is_ready(&self, at: usize) -> bool {
        let waits = self.ahead.get(&at).is_some_and(|ahead| ahead.dropped.is_none());
        (!self.begun[at] || waits)
            && self.plan.steps[at].flow.after.iter().all(|other| self.outcomes[*other].is_some())
    }

    /// A run that is to end has failed, even if no step has noticed.
    fn notice_stop(&mut self) {
        if self.failure.is_none() {
            self.failure = self.store.guard().stopped();
        }
    }

    /// Begins a step, or passes it over.
    fn begin<'s, 'env>(
        &mut self,
        scope: &'s Scope<'s, 'env>,
        at: usize,
        jobs: usize,
        sender: &Sender<Ended>,
    ) -> Result<()>
    where
        'a: 'env,
        'r: 'env,
    {
        let plan: &'a Plan = self.plan;
        let step = &plan.steps[at];
        if self.ahead.contains_key(&at) {
            return self.take_turn(at);
        }
        self.begun[at] = true;
        self.notice_stop();
        let mut begun = Begun {
            at,
            after_failure: self.failure.is_some(),
            memory: 0,
            clock: self.report.clock,
            start: self.report.clock.elapsed(),
        };
        match self.decide(at) {
            Decision::Run => {}
            Decision::Pass(reason) => return self.pass(at, reason),
            Decision::Fail(error) => {
                let elapsed = Duration::ZERO;
                return self.end_as(Ended { begun, elapsed, report: blank(step), error: Some(error) });
            }
        }
        begun.memory = self.share(jobs);
        self.running += 1;
        self.lent += begun.memory;
        let (mut store, observer) = (self.store.for_step(begun.memory), self.observer);
        if let Some(pipe) = self.pipe_of(at, &store) {
            store.piped = pipe.memory;
            self.begin_reader(scope, pipe, sender);
        }
        let sender = sender.clone();
        // One at a time needs no thread of its own.
        if jobs == 1 {
            let _ = sender.send(run_step(&mut store, (begun, step), observer));
        } else {
            scope.spawn(move || {
                let _ = sender.send(run_step(&mut store, (begun, step), observer));
            });
        }
        Ok(())
    }

    /// The pipe to lay for a step that begins with this store.
    fn pipe_of(&self, writer: usize, store: &Store<'_>) -> Option<Joint> {
        if self.failure.is_some() {
            return None;
        }
        let left = || steps::room(store, &self.plan.steps[writer]).left;
        let pipe = joint(self.plan, writer, &store.resources, &left, &|name| store.size(name))?;
        let reader = &self.plan.steps[pipe.reader];
        let ended = |other: &usize| *other == writer || self.outcomes[*other].is_some();
        // What an earlier attempt has sorted is of more use.
        let kept = sorts::kept_by(self.store.fs.unguarded(), &self.attempt.paths, &self.attempt.run);
        let fresh = !self.begun[pipe.reader] && !kept.contains_key(&reader.name);
        (fresh && reader.flow.after.iter().all(ended)).then_some(pipe)
    }

    /// Begins the reader of a pipe with its writer, on a thread of its own.
    fn begin_reader<'s, 'env>(&mut self, scope: &'s Scope<'s, 'env>, pipe: Joint, sender: &Sender<Ended>)
    where
        'a: 'env,
        'r: 'env,
    {
        let plan: &'a Plan = self.plan;
        let (at, memory) = (pipe.reader, pipe.memory as u64);
        let clock = self.report.clock;
        let begun = Begun { at, after_failure: false, memory, clock, start: clock.elapsed() };
        let (mut store, observer) = (self.store.for_step(memory), self.observer);
        store.lay_pipe(&pipe.dataset, pipe.bytes);
        self.begun[at] = true;
        let dataset = pipe.dataset.clone();
        self.ahead.insert(at, Ahead { pipe, ended: None, dropped: None });
        let sender = sender.clone();
        scope.spawn(move || {
            let ended = run_step(&mut store, (begun, &plan.steps[at]), observer);
            // It may have failed before it opened its input, and the writer must not wait for it.
            store.close_pipe(&dataset, PipeEnd::Reader);
            let _ = sender.send(ended);
        });
    }

    /// The memory of a step that begins now: what is free, shared with those that could begin beside it.
    fn share(&self, jobs: usize) -> u64 {
        let all = self.store.resources.memory_bytes() as u64;
        let free = all.saturating_sub(self.lent).saturating_sub(self.store.held_memory() as u64);
        let others = (0..self.plan.steps.len()).filter(|at| self.is_ready(*at)).count();
        let sharing = (others + 1).min(jobs - self.running).max(1) as u64;
        (free / sharing).max(MEMORY_MIN as u64)
    }

    fn decide(&self, at: usize) -> Decision {
        let flow = &self.plan.steps[at].flow;
        if self.store.guard().stopped().is_some() {
            return Decision::Pass("the run is to end".to_owned());
        }
        if let Some(step) = &self.ended_by {
            return Decision::Pass(format!("COND of the job ended it after {step}"));
        }
        if self.failure.is_some() && !flow.survives_failure() {
            return Decision::Pass("an earlier step failed".to_owned());
        }
        if self.failure.is_none() && flow.run_if == RunIf::Failed {
            return Decision::Pass("no step has failed".to_owned());
        }
        let earlier = self.earlier(at);
        if flow.if_test.as_ref().is_some_and(|test| !test.holds(&earlier)) {
            return Decision::Pass("its IF is false".to_owned());
        }
        if flow.cond.as_ref().is_some_and(|cond| cond.bypasses(&earlier)) {
            return Decision::Pass("its COND is true".to_owned());
        }
        match flow.when.as_ref().map(|when| (when, when.holds(&earlier))) {
            Some((_, Err(error))) => return Decision::Fail(error),
            Some((when, Ok(false))) => return Decision::Pass(format!("when: {} is false", when.text())),
            _ => {}
        }
        match self.missing(at) {
            Some((name, writer)) => {
                Decision::Pass(format!("{name} was not written: step {writer} did not end well"))
            }
            None => Decision::Run,
        }
    }

    /// How the steps ended that this one comes after, and those that they came after.
    fn earlier(&self, at: usize) -> Vec<(String, StepOutcome)> {
        let mut before = BTreeSet::new();
        let mut open = self.plan.steps[at].flow.after.clone();
        while let Some(next) = open.pop() {
            if before.insert(next) {
                open.extend(&self.plan.steps[next].flow.after);
            }
        }
        let ended =
            before.into_iter().filter_map(|at| Some((&self.plan.steps[at], self.outcomes[at].clone()?)));
        ended.map(|(step, outcome)| (step.name.clone(), outcome)).collect()
    }

    /// An input that its writer has not written, and that writer.
    fn missing(&self, at: usize) -> Option<(&'a str, &'a str)> {
        let plan: &'a Plan = self.plan;
        plan.steps[at].kind.inputs().into_iter().find_map(|name| {
            let writer = plan.steps.iter().position(|step| step.kind.outputs().contains(&name))?;
            let written = matches!(self.outcomes[writer], Some(StepOutcome::Ended(_)));
            (!written).then(|| (name, plan.steps[writer].name.as_str()))
        })
    }

    fn pass(&mut self, at: usize, reason: String) -> Result<()> {
        let step = &self.plan.steps[at];
        let mut report = blank(step);
        (report.status, report.reason) = (StepStatus::Bypassed, Some(reason));
        report.start = self.report.clock.elapsed();
        // After a failure the data are kept for the next attempt.
        if self.failure.is_none() {
            self.store.release(&step.kind.inputs(), false);
        }
        self.note(at, self.failure.is_some(), report, StepOutcome::Bypassed)
    }

    fn end(&mut self, ended: Ended) -> Result<()> {
        self.running -= 1;
        self.lent -= ended.begun.memory;
        self.end_as(ended)
    }

    fn end_as(&mut self, ended: Ended) -> Result<()> {
        let Ended { begun: Begun { at, after_failure, start, .. }, elapsed, mut report, error } = ended;
        let step = &self.plan.steps[at];
        (report.start, report.elapsed) = (start, elapsed);
        // What a file operation said of a run that is to end is only how it noticed.
        let error = error.map(|error| match self.store.guard().stopped() {
            Some(stopped) if stopped.code != error.code => stopped,
            _ => error,
        });
        let error = error.or_else(|| self.contradiction(step));
        let error = error.or_else(|| above_max_rc(self.store, step, &report));
        let outcome = match &error {
            None => StepOutcome::Ended(u16::from(report.rc)),
            Some(error) if error.code.class() == Class::ReturnCode => {
                StepOutcome::Failed(u16::from(report.rc))
            }
            Some(error) => StepOutcome::Abended(abend_of(error)),
        };
        match &outcome {
            StepOutcome::Abended(Abend(code)) => {
                (report.status, report.abend) = (StepStatus::Abended, Some(code.clone()));
            }
            outcome if outcome.failed() => report.status = StepStatus::Failed,
            _ => self.store.release(&step.kind.inputs(), true),
        }
        report.reason = error.as_ref().map(|error| error.message.clone());
        self.report.rc = self.report.rc.max(report.rc);
        if self.plan.flow.cond.as_ref().is_some_and(|cond| outcome.rc().is_some_and(|rc| cond.ends_job(rc))) {
            self.ended_by.get_or_insert_with(|| step.name.clone());
        }
        let well = error.is_none();
        if let Some(error) = error {
            self.failure.get_or_insert(error);
        }
        self.note(at, after_failure, report, outcome)?;
        if well {
            let attempt = &self.attempt;
            sorts::drop_step(self.store.fs.unguarded(), &attempt.paths, &attempt.run, &step.name);
        }
        if well && self.plan.flow.publish == Publish::PerStep {
            publish_step(self.store, self.attempt, self.report, step)?;
        }
        Ok(())
    }

    /// The error of a step that has read something else than was known of one of its inputs.
    fn contradiction(&self, step: &StepPlan) -> Option<Box<Diagnostic>> {
        let inputs = step.kind.inputs().into_iter().filter(|name| self.store.written(name).is_none());
        let mut inputs = inputs.filter_map(|name| self.plan.datasets.get(name));
        let read = |file: &std::path::Path| self.store.guard().hash_of(file);
        inputs.find_map(|dataset| self.attempt.contradiction(dataset, self.plan, &read))
    }

    /// Writes down how a step ended.
    fn note(
        &mut self,
        at: usize,
        after_failure: bool,
        report: StepReport,
        outcome: StepOutcome,
    ) -> Result<()> {
        let mut entry = report.to_json();
        entry["after_failure"] = json!(after_failure);
        if matches!(outcome, StepOutcome::Ended(_)) {
            let (inputs, outputs) = self.files(&self.plan.steps[at]);
            self.report.note_inputs(&self.attempt.root, &inputs);
            self.attempt.inputs.extend(inputs.iter().cloned());
            entry["files"] = json!({ "inputs": inputs, "outputs": outputs });
        }
        self.attempt.journal.append("step", &entry, false)?;
        self.outcomes[at] = Some(outcome);
        self.observer.step_finished(&report);
        self.report.steps.push(report);
        Ok(())
    }

    /// The files that a step read and wrote.
    fn files(&self, step: &StepPlan) -> (Vec<InputEntry>, Vec<OutputEntry>) {
        let inputs = step.kind.inputs().into_iter().filter(|name| self.store.written(name).is_none());
        let files = inputs.filter_map(|name| Some((name, self.plan.datasets.get(name)?)));
        let files = files.flat_map(|(name, dataset)| dataset.files().map(move |path| (name, path)));
        let inputs = files.filter_map(|(name, path)| {
            let (path, found) = (path.to_owned(), self.attempt.found.get(path)?.clone());
            let hash = self.store.guard().hash_of(&path);
            Some(InputEntry { dataset: name.to_owned(), path, found, hash })
        });
        let outputs = step.kind.outputs().into_iter().filter_map(|name| {
            let (path, written, held) = self.store.place(name)?;
            let before = self.store.before(name).map(Before::from);
            Some(OutputEntry { before, ..OutputEntry::of(name, path, &written, held) })
        });
        (inputs.collect(), outputs.collect())
    }
}

fn run_step(store: &mut Store<'_>, (begun, step): (Begun, &StepPlan), observer: &dyn Observer) -> Ended {
    let done = catch_unwind(AssertUnwindSafe(|| steps::run(store, step, observer))).unwrap_or_else(|_| {
        Err(Diagnostic::error(codes::RUN010, format!("step {} died", step.name))
            .hint("this is a defect of offhost; please report it"))
    });
    let elapsed = begun.clock.elapsed().saturating_sub(begun.start);
    match done {
        Ok(report) => Ended { begun, elapsed, report, error: None },
        Err(error) => Ended { begun, elapsed, report: blank(step), error: Some(error) },
    }
}

/// The report of a step that has done nothing.
fn blank(step: &StepPlan) -> StepReport {
    StepReport { step: step.name.clone(), operator: step.kind.operator().to_owned(), ..StepReport::default() }
}

fn above_max_rc(store: &Store<'_>, step: &StepPlan, report: &StepReport) -> Option<Box<Diagnostic>> {
    if let StepKind::Run(program) = &step.kind {
        return steps::above_max_rc(store, step, program, report.rc);
    }
    let max = step.flow.max_rc.filter(|max| report.rc > *max)?;
    Some(
        Diagnostic::error(
            codes::RUN043,
            format!("step {} ended with rc {}, above its max-rc {max}", step.name, report.rc),
        )
        .hint("see what the step says; correct its input, or raise its max-rc"),
    )
}

/// An error as the journal keeps it.
pub(super) fn as_entry(error: &Diagnostic, report: &RunReport) -> Value {
    json!({ "error": to_json(error), "rc": report.rc })
}
