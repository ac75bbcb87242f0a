//! `offhost archive`: what runs kept.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::archive::{Archive, Kept};
use crate::cli::args::{self, ArchiveVerb};
use crate::cli::exit::CommandResult;
use crate::cli::table::{grouped, size, table, text as as_text};
use crate::cli::ui::Ui;
use crate::diag::{Class, Result};
use crate::sys::{RealFs, Root, clock};

pub(in crate::cli) fn execute(arguments: &args::Archive, ui: &Ui) -> CommandResult {
    let root = Root::new(&arguments.root)?;
    let archive = Archive::new(&RealFs, &root);
    let mut status = 0;
    let (document, text) = match &arguments.verb {
        ArchiveVerb::List { run: None } => runs(&archive)?,
        ArchiveVerb::List { run: Some(run) } => files(&archive.kept(run)?),
        ArchiveVerb::Verify => {
            let (well, troubles) = archive.verify()?;
            if !troubles.is_empty() {
                status = Class::AttributeMismatch.exit_status();
            }
            let named =
                |run: &Option<String>| run.as_ref().map(|run| format!(" of {run}")).unwrap_or_default();
            let lines = troubles.iter().map(|one| format!("{}{}: {}\n", one.name, named(&one.run), one.what));
            let text = format!(
                "{}{well} contents are well, {} things are not\n",
                lines.collect::<String>(),
                troubles.len()
            );
            let list =
                troubles.iter().map(|one| json!({ "run": one.run, "name": one.name, "what": one.what }));
            (json!({ "well": well, "troubles": list.collect::<Vec<_>>() }), text)
        }
        ArchiveVerb::Prune { older_than, keep, confirm } => {
            super::catalog::confirmed_unless_dry(confirm, "removes what runs kept")?;
            prune(&archive, *older_than, *keep, confirm.dry_run)?
        }
    };
    if arguments.json {
        ui.answer(&format!("{document:#}\n"))?;
    } else {
        ui.answer(&text)?;
    }
    Ok(status)
}

fn runs(archive: &Archive<'_>) -> Result<(Value, String)> {
    let mut rows = table(&["run", "files", "bytes", "kept"], &[1, 2]);
    let mut list = Vec::new();
    for run in archive.runs() {
        let kept = archive.kept(&run)?;
        let bytes: u64 = kept.iter().map(|one| one.bytes).sum();
        let time = kept.last().map(|one| one.time.clone()).unwrap_or_default();
        rows.add_row([run.clone(), kept.len().to_string(), grouped(bytes), time.clone()]);
        list.push(json!({ "run": run, "files": kept.len(), "bytes": bytes, "kept": time }));
    }
    let (contents, stored) = archive.size();
    let table = if list.is_empty() { String::new() } else { as_text(&rows) };
    let text = format!("{table}{} runs, {contents} contents that take {}\n", list.len(), size(stored));
    Ok((json!({ "runs": list, "contents": contents, "stored_bytes": stored }), text))
}

fn files(kept: &[Kept]) -> (Value, String) {
    let mut rows = table(&["as", "name", "bytes", "SHA-256", "file"], &[2]);
    for one in kept {
        let role = serde_json::to_value(one.role).ok();
        rows.add_row([
            role.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
            one.name.clone(),
            grouped(one.bytes),
            one.sha256.clone(),
            one.path.display().to_string(),
        ]);
    }
    let text = if kept.is_empty() { "nothing was kept\n".to_owned() } else { as_text(&rows) };
    (json!(kept), text)
}

fn prune(
    archive: &Archive<'_>,
    older_than: Option<u32>,
    keep: Option<usize>,
    dry_run: bool,
) -> Result<(Value, String)> {
    let before = older_than.map(clock::days_ago);
    let newest = keep.map(|keep| newest(archive, keep)).transpose()?;
    let leaves = |run: &str, kept: &[Kept]| {
        let last = kept.last().map(|one| one.time.as_str()).unwrap_or_default();
        before.as_ref().is_none_or(|before| last < before.as_str())
            && newest.as_ref().is_none_or(|newest| !newest.iter().any(|name| name == run))
    };
    let pruned = archive.prune(&leaves, clock::nanoseconds(), dry_run)?;
    let would = if dry_run { "would be removed" } else { "removed" };
    let text = format!(
        "{} runs and {} contents ({}) {would}\n",
        pruned.runs.len(),
        pruned.objects,
        size(pruned.bytes)
    );
    let document =
        json!({ "dry_run": dry_run, "runs": pruned.runs, "contents": pruned.objects, "bytes": pruned.bytes });
    Ok((document, text))
}

/// The newest runs of each job, by when they kept something.
fn newest(archive: &Archive<'_>, keep: usize) -> Result<Vec<String>> {
    let mut jobs: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for run in archive.runs() {
        let time = archive.kept(&run)?.last().map(|one| one.time.clone()).unwrap_or_default();
        let job = run.split('.').next().unwrap_or(&run).to_owned();
        jobs.entry(job).or_default().push((time, run));
    }
    let of_job = |mut runs: Vec<(String, String)>| {
        runs.sort();
        runs.into_iter().rev().take(keep).map(|(_, run)| run).collect::<Vec<_>>()
    };
    Ok(jobs.into_values().flat_map(of_job).collect())
}
