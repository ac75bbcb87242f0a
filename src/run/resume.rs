//! Going on with a run: which finished steps need not be done again, and what has changed since it began.
//!
//! A step that ended well is kept if its outputs are still there with their hashes, or nobody needs them any more. What is
//! not visible yet can always be made again; what is, and is no longer what was written, is for a person to look after.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::frozen::{FrozenDataset, FrozenPlan};
use super::history::{History, OutputEntry, StepEntry};
use super::paths::Paths;
use super::settle::whereabouts;
use super::start::Start;
use super::twice::{check_once, with_deeds};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{Plan, Role};
use crate::sys::Fs;
use crate::sys::publish::has_content;

/// What of a run is done.
#[derive(Default)]
pub(super) struct Resumption {
    /// Steps that are not run again.
    pub kept: BTreeMap<String, StepEntry>,
    /// Steps that somebody wants done anew, or that must be because of what has changed.
    pub again: BTreeSet<String>,
    /// Where their outputs are, those that somebody needs.
    pub places: BTreeMap<String, PathBuf>,
    /// Changes that were accepted.
    pub accepted: Vec<String>,
    /// What a user should know: finished steps that run again, and why.
    pub notes: Vec<String>,
}

/// Something that is not as it was when the run began.
struct Change {
    error: Box<Diagnostic>,
    /// Steps that have to be done again with it.
    steps: Vec<String>,
}

/// Decides what is done again. `then` is the plan as it was frozen, `now` what would be frozen today.
pub(super) fn resume(
    (fs, paths, run): (&dyn Fs, &Paths, &str),
    plan: &Plan,
    history: &History,
    (then, now): (&FrozenPlan, &FrozenPlan),
    start: &Start,
) -> Result<Resumption> {
    let mut found = Resumption::default();
    let mut again: BTreeSet<String> = from(plan, start)?;
    // Nothing that is kept depends on what nobody has read yet.
    if !history.is_blank() {
        let changes = changes(fs, plan, history, then, now);
        let (mut errors, mut steps): (Vec<Diagnostic>, Vec<String>) = (Vec::new(), Vec::new());
        for change in changes {
            found.accepted.push(change.error.message.clone());
            steps.extend(change.steps);
            errors.push(*change.error);
        }
        if let Some(error) = (!start.accept_changes).then(|| all_in_one(errors)).flatten() {
            return Err(with_deeds(error, plan, history));
        }
        again.extend(steps);
    }
    spread(plan, &mut again);
    for step in plan.steps.iter().rev() {
        let Some(entry) = history.steps.get(&step.name).filter(|entry| !entry.after_failure) else {
            continue;
        };
        if again.contains(&step.name) {
            continue;
        }
        match keeps((fs, paths, run), plan, history, entry, &found)? {
            Ok(places) => {
                found.places.extend(places);
                found.kept.insert(step.name.clone(), entry.clone());
            }
            Err(why) => found.notes.push(format!("step {} runs again: {why}", step.name)),
        }
    }
    found.again = again;
    let published = history.published.iter().map(String::as_str);
    check_once(plan, history, |step| found.kept.contains_key(step), published)?;
    Ok(found)
}

/// The steps that somebody wants done again.
fn from(plan: &Plan, start: &Start) -> Result<BTreeSet<String>> {
    let Some(from) = &start.from else { return Ok(BTreeSet::new()) };
    let names = || plan.steps.iter().map(|step| step.name.as_str());
    match names().position(|name| name == from) {
        Some(at) => Ok(names().skip(at).map(str::to_owned).collect()),
        None => {
            let error = Diagnostic::error(codes::RUN040, format!("the job has no step {from}"));
            Err(match crate::diag::nearest(from, names()) {
                Some(nearest) => error.hint(format!("did you mean --from {nearest}?")),
                None => error.hint(format!("its steps are {}", names().collect::<Vec<_>>().join(", "))),
            })
        }
    }
}

/// Whoever reads what is written again is done again too.
fn spread(plan: &Plan, again: &mut BTreeSet<String>) {
    let mut written: BTreeSet<&str> = BTreeSet::new();
    for step in &plan.steps {
        let reads = step.kind.inputs().into_iter().any(|input| written.contains(input));
        let waits = step
            .flow
            .after
            .iter()
            .filter_map(|at| plan.steps.get(*at))
            .any(|step| again.contains(&step.name));
        if reads || waits {
            again.insert(step.name.clone());
        }
        if again.contains(&step.name) {
            written.extend(step.kind.outputs());
        }
    }
}

/// Where the outputs of a finished step are, or why it has to be done again. Later steps have been decided on.
fn keeps(
    (fs, paths, run): (&dyn Fs, &Paths, &str),
    plan: &Plan,
    history: &History,
    entry: &StepEntry,
    found: &Resumption,
) -> Result<std::result::Result<Vec<(String, PathBuf)>, String>> {
    let mut places = Vec::new();
    for output in &entry.outputs {
        let name = &output.dataset;
        let Some(dataset) = plan.datasets.get(name) else {
            return Ok(Err(format!("{name} is gone from the job")));
        };
        let is_it = |path: &Path| has_content(fs, path, output.bytes, &output.hash);
        if history.visible.contains(name) {
            let Some(target) = &dataset.path else { continue };
            if !is_it(target) {
                return Err(with_deeds(altered(output, target), plan, history));
            }
            places.push((name.clone(), target.clone()));
            continue;
        }
        let readers = plan.steps.iter().filter(|step| step.kind.inputs().contains(&name.as_str()));
        let needed =
            dataset.role != Role::Temporary || readers.into_iter().any(|s| !found.kept.contains_key(&s.name));
        if !needed {
            continue;
        }
        if output.held {
            return Ok(Err(format!("{name} was in memory only")));
        }
        match whereabouts(fs, paths, run, output) {
            None => return Ok(Err(format!("{name} is gone"))),
            Some(path) if !is_it(&path) => {
                return Ok(Err(format!("{name} is not what it wrote")));
            }
            Some(path) => places.push((name.clone(), path)),
        }
    }
    Ok(Ok(places))
}

/// Everything that is not as it was.
fn changes(fs: &dyn Fs, plan: &Plan, history: &History, then: &FrozenPlan, now: &FrozenPlan) -> Vec<Change> {
    let change = |code, message: String, steps| Change { error: Diagnostic::error(code, message), steps };
    let texts = then.changed_texts(now).into_iter().map(|text| {
        change(codes::RUN032, format!("the job has changed since the run began: {text}"), Vec::new())
    });
    // A step of another shape is another step.
    let reshaped = now.steps.iter().filter(|step| then.steps.iter().all(|old| old != *step));
    let done = reshaped.filter(|step| history.steps.contains_key(&step.step)).map(|step| {
        let message = format!("step {} has changed since the run began", step.step);
        change(codes::RUN032, message, vec![step.step.clone()])
    });
    let files = now.datasets.iter().filter_map(|(name, dataset)| {
        let old = then.datasets.get(name)?;
        match dataset.role.as_str() {
            "input" => changed_input(fs, plan, history, name, (old, dataset)),
            "output" => changed_output(plan, history, name, (old, dataset)),
            _ => None,
        }
    });
    texts.chain(done).chain(files).collect()
}

/// An input that is not what it was when the run began.
fn changed_input(
    fs: &dyn Fs,
    plan: &Plan,
    history: &History,
    name: &str,
    (old, now): (&FrozenDataset, &FrozenDataset),
) -> Option<Change> {
    let users = plan.steps.iter().filter(|step| step.kind.inputs().contains(&name));
    let steps = users.map(|step| step.name.clone()).collect();
    if old.files != now.files {
        // That it is another file has been told; whoever read the old one has to read this one.
        let error = Diagnostic::error(codes::RUN031, format!("input {name} is another file"));
        return Some(Change { error, steps });
    }
    // One that is missing is told of by whoever looks for what a run needs.
    let mut there = now.files.iter().filter_map(|path| Some((path, now.found.get(path)?)));
    let (path, _) = there.find(|(path, found)| {
        let (same, known) = (old.found.get(*path) == Some(*found), known(history, name, path, old));
        // Where something else was read than was known, size and times tell nothing.
        let is_suspect = !same || history.contradicted() && !known.is_empty();
        is_suspect && !known.iter().any(|hash| has_content(fs, path, found.bytes, hash))
    })?;
    let error = Diagnostic::error(codes::RUN031, format!("input {name} has changed since the run began"))
        .in_file(path.display().to_string());
    Some(Change { error, steps })
}

/// An output that is not visible yet, and whose old file is not what it was when the run began.
fn changed_output(
    plan: &Plan,
    history: &History,
    name: &str,
    (old, now): (&FrozenDataset, &FrozenDataset),
) -> Option<Change> {
    if old.files != now.files || old.found == now.found || history.visible.contains(name) {
        return None;
    }
    let path = now.path.clone().unwrap_or_default();
    let message = format!("output {name} was changed by somebody else since the run began");
    let error = Diagnostic::error(codes::RUN034, message).in_file(path.display().to_string());
    // What was to be added to is in what they wrote.
    let is_added_to = plan.datasets.get(name).is_some_and(|dataset| dataset.append);
    Some(Change { error, steps: if is_added_to { writers(plan, name) } else { Vec::new() } })
}

/// The steps that write a dataset.
fn writers(plan: &Plan, dataset: &str) -> Vec<String> {
    let writers = plan.steps.iter().filter(|step| step.kind.outputs().contains(&dataset));
    writers.map(|step| step.name.clone()).collect()
}

/// The hash that a file must have that was copied or touched: that of what finished steps have read, else of what the plan says.
fn known<'h>(history: &'h History, dataset: &str, path: &Path, plan: &'h FrozenDataset) -> Vec<&'h str> {
    let read = history.steps.values().flat_map(|step| &step.inputs);
    let read = read.filter(|entry| entry.dataset == dataset && entry.path == path);
    let read: Vec<&str> = read.filter_map(|entry| entry.hash.as_deref()).collect();
    let planned = plan.hashes.get(path).and_then(|hash| hash.xxh3.as_deref());
    if read.is_empty() { planned.into_iter().collect() } else { read }
}

/// One error that tells of all changes; `None` if there are none.
fn all_in_one(errors: Vec<Diagnostic>) -> Option<Box<Diagnostic>> {
    let mut errors = errors.into_iter();
    let first = Box::new(errors.next()?);
    let told = errors.fold(first, |first, other| first.note(other.message));
    Some(told.hint(
        "add --accept-changes to go on with it as it is now (the journal will say so), or --rerun to begin anew",
    ))
}

fn altered(output: &OutputEntry, target: &Path) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::RUN033,
        format!("output {} is not what a finished step published", output.dataset),
    )
    .in_file(target.display().to_string())
    .note("it was changed or removed since then, perhaps by a step that used it")
    .hint("put back what was published, or begin anew with --rerun")
}
