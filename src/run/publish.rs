//! Making outputs visible: those of a whole run or of one step, together, and the manifest that lists them behind them.
//!
//! ```text
//!   parts forced to disk -> "prepared" -> renames, folders forced to disk -> "committed" or "published"
//! ```

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::addition::changed;
use super::attempt::Attempt;
use super::frozen::Stamp;
use super::generations;
use super::known::Known;
use super::report::{PublishedFile, RunReport};
use super::settle::publishing_lock;
use super::store::Store;
use crate::catalog::Catalog;
use crate::dataset::Written;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{Plan, Publish, StepPlan};
use crate::sys::hash::xxh3_128;
use crate::sys::publish::{self, Publication, Target, content_hash};
use crate::sys::{Fs, PathError};

/// What the manifest is called among datasets; none can have that name.
pub(super) const MANIFEST: &str = "(manifest)";

/// A part with its dataset and what is in it.
pub(super) type Part = (String, Publication, Written);

/// Publishes what is not visible yet, and says that the run is complete.
pub(super) fn publish_all(
    fs: &dyn Fs,
    store: &Store<'_>,
    attempt: &mut Attempt,
    report: &mut RunReport,
) -> Result<()> {
    let plan = store.plan;
    let order: Vec<&str> = plan.steps.iter().flat_map(|step| step.kind.outputs()).collect();
    let place = |name: &str| order.iter().position(|other| *other == name);
    let mut parts = store.publications(&order.iter().copied().collect());
    // However the steps ran, and whichever attempt published what: the order is that of the plan.
    parts.sort_by_key(|(name, ..)| place(name));
    store.sync_parts()?;
    if let Some(path) = &plan.flow.manifest {
        let own = parts.iter().map(|part| published_file(attempt, part));
        let mut all: Vec<PublishedFile> = report.published.iter().cloned().chain(own).collect();
        all.sort_by_key(|file| place(&file.dataset));
        parts.push(stage_text(fs, path, &attempt.run, &manifest(plan, &attempt.run, &all))?);
    }
    set_visible(fs, store, attempt, report, (None, parts))
}

/// Publishes what a step has written.
pub(super) fn publish_step(
    store: &Store<'_>,
    attempt: &mut Attempt,
    report: &mut RunReport,
    step: &StepPlan,
) -> Result<()> {
    let parts = store.publications(&step.kind.outputs().into_iter().collect());
    if parts.is_empty() {
        return Ok(());
    }
    // A step that ended well is published even if the run was told to end meanwhile; a limit that is passed holds.
    if let Some(error) = store.guard().stopped().filter(|_| !store.guard().cancelled()) {
        return Err(error);
    }
    store.sync_parts()?;
    // From here on nobody interrupts it.
    set_visible(store.fs.unguarded(), store, attempt, report, (Some(&step.name), parts))
}

fn set_visible(
    fs: &dyn Fs,
    store: &Store<'_>,
    attempt: &mut Attempt,
    report: &mut RunReport,
    (step, parts): (Option<&str>, Vec<Part>),
) -> Result<()> {
    let (plan, rc) = (store.plan, report.rc);
    let _publishing = publishing_lock(fs, &attempt.paths)?;
    let root = attempt.root.clone();
    let catalog = Catalog::new(fs, &root);
    generations::check_current(catalog, plan, &attempt.entered)?;
    if parts.is_empty() {
        return attempt.journal.append("committed", &json!({ "rc": rc }), true);
    }
    store.check_targets(&parts)?;
    check_parts(fs, &parts)?;
    // Somebody may have changed the old file's mode since its part was begun.
    for (_, file, _) in parts.iter().filter(|(_, file, _)| file.disposition == Target::Replace) {
        fs.take_after(&file.part, &file.target).path_error("set the mode of", &file.part)?;
    }
    check_copied(fs, plan, attempt, &parts)?;
    check_read(fs, plan, attempt)?;
    let entries = generations::entries(plan, &attempt.run, &parts);
    let files: Vec<&Publication> = parts.iter().map(|(_, publication, _)| publication).collect();
    let datasets: Vec<Value> = parts
        .iter()
        .map(|(name, file, written)| {
            json!({ "dataset": name, "records": written.records, "new": file.disposition == Target::New })
        })
        .collect();
    attempt.journal.check_in_place(fs)?;
    attempt.publishing = true;
    let prepared = json!({
        "step": step, "files": files, "datasets": datasets, "generations": entries, "rc": rc
    });
    attempt.journal.append("prepared", &prepared, true)?;
    report.published.extend(parts.iter().map(|part| published_file(attempt, part)));
    report.committing = true;
    let files: Vec<Publication> = files.into_iter().cloned().collect();
    publish::commit(fs, &files)?;
    catalog.enter(&entries)?;
    attempt.entered.extend(entries.into_iter().map(|entry| entry.base));
    match step {
        None => attempt.journal.append("committed", &json!({ "rc": rc }), true)?,
        Some(step) => {
            let data = json!({ "step": step, "published": datasets });
            attempt.journal.append("published", &data, true)?;
        }
    }
    (attempt.publishing, report.committing) = (false, false);
    Known::new(fs, &attempt.paths).published(&attempt.run, &files);
    let names: Vec<String> = parts.into_iter().map(|(name, ..)| name).collect();
    store.published(&names);
    attempt.visible.extend(names);
    Ok(())
}

/// Every part is still where it was written: behind the commit point a run can only go forward, which it could not without them.
fn check_parts(fs: &dyn Fs, parts: &[Part]) -> Result<()> {
    let is_there = |file: &Publication| fs.meta(&file.part).is_ok_and(|meta| meta.length == file.content.0);
    match parts.iter().find(|(_, file, _)| !is_there(file)) {
        None => Ok(()),
        Some((name, file, _)) => Err(Diagnostic::error(
            codes::RUN016,
            format!("what was written of output {name} was removed or changed before it was published"),
        )
        .in_file(file.part.display().to_string())
        .note("nothing was published with it")
        .hint("find out what removes files there, and run again; what is left of the run is gone on with")),
    }
}

/// An output that is added to is a copy of what was there when the run began, in whichever attempt the copy was made.
fn check_copied(fs: &dyn Fs, plan: &Plan, attempt: &Attempt, parts: &[Part]) -> Result<()> {
    parts
        .iter()
        .filter(|(name, ..)| plan.datasets.get(name).is_some_and(|dataset| dataset.append))
        .try_for_each(|(name, publication, _)| {
            let target = &publication.target;
            if Stamp::of(fs, target).as_ref() == attempt.found.get(target) {
                return Ok(());
            }
            Err(changed(name, target))
        })
}

/// What was read is still what was there when the run began: two steps that read one file have read the same. A file that was
/// only touched, or replaced by itself, is known by its hash; one that this run has replaced is no input any more.
fn check_read(fs: &dyn Fs, plan: &Plan, attempt: &Attempt) -> Result<()> {
    let own: BTreeSet<&Path> =
        attempt.visible.iter().filter_map(|name| plan.datasets.get(name)?.path.as_deref()).collect();
    let inputs = attempt.inputs.iter().filter(|input| !own.contains(input.path.as_path()));
    for input in inputs {
        let (now, then) = (Stamp::of(fs, &input.path), attempt.found.get(&input.path));
        if now.is_some() && now.as_ref() == then {
            continue;
        }
        let same = input
            .hash
            .as_ref()
            .is_some_and(|hash| publish::has_content(fs, &input.path, input.found.bytes, hash));
        if !same {
            return Err(Diagnostic::error(
                codes::RUN031,
                format!("input {} was changed or removed while the run was at work", input.dataset),
            )
            .in_file(input.path.display().to_string())
            .note("steps may have read different contents; nothing more is published")
            .hint("let the program that writes it finish first, and run again with --accept-changes"));
        }
    }
    Ok(())
}

fn published_file(attempt: &Attempt, (name, file, written): &Part) -> PublishedFile {
    PublishedFile {
        dataset: name.clone(),
        path: attempt.root.display(&file.target),
        records: written.records,
        bytes: file.content.0,
        hash: file.content.1.clone(),
    }
}

/// The text of the manifest: the set of outputs, each with its size and hash.
fn manifest(plan: &Plan, run: &str, all: &[PublishedFile]) -> String {
    let outputs: Vec<Value> = all
        .iter()
        .map(|file| {
            json!({ "dataset": file.dataset, "path": file.path, "records": file.records, "bytes": file.bytes, "xxh3": file.hash })
        })
        .collect();
    let manifest = json!({
        "job": plan.job,
        "run": run,
        "business_date": plan.business_date,
        "complete": plan.flow.publish == Publish::AtEnd || !outputs.is_empty(),
        "outputs": outputs,
    });
    format!("{manifest:#}\n")
}

fn stage_text(fs: &dyn Fs, target: &Path, run: &str, text: &str) -> Result<Part> {
    let _ = fs.remove(&publish::part_of(target, run));
    let (part, mut file) = publish::stage(fs, target, run)?;
    file.write_all(text.as_bytes()).path_error("write", &part)?;
    file.sync().path_error("sync", &part)?;
    let hash = xxh3_128(text.as_bytes());
    let written = Written { records: 0, bytes: text.len() as u64, hash, fingerprint: 0 };
    let content = (written.bytes, content_hash(hash));
    let publication = Publication { part, target: target.to_owned(), disposition: Target::Replace, content };
    Ok((MANIFEST.to_owned(), publication, written))
}
