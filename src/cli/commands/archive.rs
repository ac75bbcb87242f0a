//! `offhost archive`: what runs kept.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::archive::{Archive, Kept, Pruned, Trouble};
use crate::cli::args::{self, ArchiveVerb};
use crate::cli::exit::CommandResult;
use crate::cli::table::{grouped, size, table, text as as_text};
use crate::cli::ui::Ui;
use crate::diag::{Class, Diagnostic, Result, codes};
use crate::job::POLICY_FILE;
use crate::run::{Choice, hold, holds, named, prune_archive, prune_by_policy, pruned_json, release};
use crate::sys::{RealFs, Root};

pub(in crate::cli) fn execute(arguments: &args::Archive, ui: &Ui) -> CommandResult {
    let root = Root::new(&arguments.root)?;
    let archive = Archive::new(&RealFs, &root);
    let mut status = 0;
    let (document, text) = match &arguments.verb {
        ArchiveVerb::List { run: None } => runs(&archive, &holds(&RealFs, &root)?)?,
        ArchiveVerb::List { run: Some(run) } => files(&archive.kept(&that_kept(&archive, &root, run)?)?),
        ArchiveVerb::Verify => {
            let (well, mut troubles) = archive.verify()?;
            if let Err(error) = holds(&RealFs, &root) {
                troubles.push(Trouble { run: None, name: "journal.jsonl".to_owned(), what: error.message });
            }
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
        ArchiveVerb::Prune { older_than: None, keep: None, confirm } => {
            super::catalog::confirmed_unless_dry(confirm, "removes what runs kept")?;
            by_policy(&root, confirm.dry_run)?
        }
        ArchiveVerb::Prune { older_than, keep, confirm } => {
            super::catalog::confirmed_unless_dry(confirm, "removes what runs kept")?;
            let choice = Choice { older_than: *older_than, keep: *keep };
            let removed = prune_archive(&RealFs, &root, &choice, confirm.dry_run)?;
            let stays: Vec<(&str, &str)> =
                removed.spared.iter().map(|(run, why)| (run.as_str(), why.as_str())).collect();
            pruned(&removed.archive, &stays, confirm.dry_run)
        }
        ArchiveVerb::Hold { run, reason } => {
            let run = that_kept(&archive, &root, run)?;
            hold(&RealFs, &root, &run, reason)?;
            (json!({ "run": run, "held": reason }), format!("{run} keeps what it has: {reason}\n"))
        }
        ArchiveVerb::Release { run, reason } => {
            let is_held = holds(&RealFs, &root)?.contains_key(run);
            let run = if is_held { run.clone() } else { named(&RealFs, &root, run)? };
            release(&RealFs, &root, &run, reason)?;
            (json!({ "run": run, "released": reason }), format!("{run} is not held any more\n"))
        }
    };
    if arguments.json {
        ui.answer(&format!("{document:#}\n"))?;
    } else {
        ui.answer(&text)?;
    }
    Ok(status)
}

/// The run that is meant: one that kept something by its name, even if nothing else is known of it, or as runs are named elsewhere.
fn that_kept(archive: &Archive<'_>, root: &Root, name: &str) -> Result<String> {
    if archive.runs().iter().any(|run| run == name) {
        Ok(name.to_owned())
    } else {
        named(&RealFs, root, name)
    }
}

fn runs(archive: &Archive<'_>, held: &BTreeMap<String, String>) -> Result<(Value, String)> {
    let mut rows = table(&["run", "files", "bytes", "kept", "held"], &[1, 2]);
    let mut list = Vec::new();
    for run in archive.runs() {
        let kept = archive.kept(&run)?;
        let bytes: u64 = kept.iter().map(|one| one.bytes).sum();
        let time = kept.last().map(|one| one.time.clone()).unwrap_or_default();
        let why = held.get(&run).map(String::as_str).unwrap_or_default();
        rows.add_row([run.clone(), kept.len().to_string(), grouped(bytes), time.clone(), why.to_owned()]);
        list.push(
            json!({ "run": run, "files": kept.len(), "bytes": bytes, "kept": time, "held": held.get(&run) }),
        );
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

fn by_policy(root: &Root, dry_run: bool) -> Result<(Value, String)> {
    let Some(done) = prune_by_policy(&RealFs, root, None, dry_run)? else {
        let message =
            format!("{POLICY_FILE} at the root says nothing of the archive, so that everything is kept");
        return Err(Diagnostic::error(codes::PGM002, message)
            .hint("write archive: { keep: ... } there, or say what goes with --older-than or --keep"));
    };
    let stays = done.verdicts.iter().filter_map(|one| Some((one.run.as_str(), one.stays.as_deref()?)));
    Ok(pruned(&done.pruned, &stays.collect::<Vec<_>>(), dry_run))
}

/// What went, and why the others stay.
fn pruned(pruned: &Pruned, stays: &[(&str, &str)], dry_run: bool) -> (Value, String) {
    let mut rows = table(&["run", "in the archive", "why"], &[]);
    let goes = if dry_run { "would go" } else { "is gone" };
    for run in &pruned.runs {
        rows.add_row([run.as_str(), goes, ""]);
    }
    for (run, why) in stays {
        rows.add_row([run, "stays", why]);
    }
    let would = if dry_run { "would be removed" } else { "removed" };
    let (runs, contents, bytes) = (pruned.runs.len(), pruned.contents.len(), size(pruned.bytes));
    let listed = if runs + stays.len() == 0 { String::new() } else { as_text(&rows) };
    let text = format!("{listed}{runs} runs and {contents} contents ({bytes}) {would}\n");
    let mut document = pruned_json(pruned);
    document["dry_run"] = json!(dry_run);
    document["stays"] = stays.iter().map(|(run, why)| json!({ "run": run, "why": why })).collect();
    (document, text)
}
