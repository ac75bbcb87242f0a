//! `offhost status` and `offhost runs`: how runs stand.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::cli::args::{Runs, RunsAbandon, RunsPrune, RunsVerb, Status};
use crate::cli::exit::CommandResult;
use crate::cli::table::{grouped, size, table, text as as_text};
use crate::cli::ui::Ui;
use crate::diag::{self, Diagnostic, codes};
use crate::job::{POLICY_FILE, Retention};
use crate::run::{
    By, Choice, Removed, RunDetails, RunState, RunSummary, Size, give_up, list_runs, named, prune_runs,
    show_run,
};
use crate::sys::{RealFs, Root};

pub(in crate::cli) fn status(arguments: &Status, ui: &Ui) -> CommandResult {
    let root = Root::new(&arguments.root)?;
    let all = list_runs(&RealFs, &root);
    if let Some(run) = &arguments.run
        && all.iter().all(|summary| summary.history.job != *run)
    {
        return show(&root, run, arguments.json, ui);
    }
    let wanted = |summary: &RunSummary| match &arguments.run {
        Some(job) => summary.history.job == *job,
        None => summary.state.is_open(),
    };
    let found: Vec<RunSummary> = all.into_iter().filter(wanted).collect();
    if found.is_empty() && !arguments.json {
        ui.answer("every run has ended well\n")?;
        return Ok(0);
    }
    answer(&found, arguments.json, ui)
}

pub(in crate::cli) fn execute(arguments: &Runs, ui: &Ui) -> CommandResult {
    match &arguments.verb {
        Some(RunsVerb::Show(verb)) => return show(&Root::new(&verb.root)?, &verb.run, verb.json, ui),
        Some(RunsVerb::Abandon(verb)) => return abandon(verb, ui),
        Some(RunsVerb::Prune(verb)) => return prune(verb, ui),
        None => {}
    }
    let list = &arguments.list;
    let mut found = list_runs(&RealFs, &Root::new(&list.root)?);
    found.retain(|summary| list.job.as_ref().is_none_or(|job| summary.history.job == *job));
    answer(&found, list.json, ui)
}

fn answer(runs: &[RunSummary], json: bool, ui: &Ui) -> CommandResult {
    if json {
        let all: Value = runs.iter().map(RunSummary::to_json).collect();
        ui.answer(&format!("{all:#}\n"))?;
        return Ok(0);
    }
    let mut rows = table(&["run", "state", "attempts", "rc", "began", "last heard of"], &[2, 3]);
    for summary in runs {
        let history = &summary.history;
        rows.add_row([
            summary.run.clone(),
            summary.state.name().to_owned(),
            history.attempts.to_string(),
            summary.rc().map_or_else(|| "-".to_owned(), |rc| rc.to_string()),
            history.started.clone(),
            history.last.clone(),
        ]);
    }
    let mut text = as_text(&rows);
    for summary in runs {
        remark(summary, false, &mut text);
    }
    ui.answer(&text)?;
    Ok(0)
}

/// Who works on a run, or what stopped it, and where more stands; that is said of complete runs only if they are looked at one by one.
fn remark(summary: &RunSummary, always: bool, text: &mut String) {
    let remark = match (&summary.state, &summary.message) {
        (RunState::Running(owner), _) => Some(owner.clone()),
        (RunState::Waiting(owner, what), _) => Some(format!("{what}; it is {owner}")),
        (RunState::Died, _) => Some("its process is gone; run the job again, or offhost restart".to_owned()),
        (_, message) => message.clone(),
    };
    if let Some(remark) = remark {
        let _ = writeln!(text, "{}: {}", summary.run, diag::printable(&remark));
    }
    if let Some(error) = &summary.error {
        diag::details(error).iter().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    let name = ["page", "report"];
    let files = name.iter().zip(&summary.files).filter_map(|(name, file)| Some((name, file.as_ref()?)));
    let files: Vec<String> = files.map(|(name, file)| format!("{name} {file}")).collect();
    if summary.state != RunState::Complete && !files.is_empty() || always {
        let _ = writeln!(text, "    {}", files.join(", "));
    }
}

/// Gives a run up, or says what that would leave.
fn abandon(verb: &RunsAbandon, ui: &Ui) -> CommandResult {
    super::catalog::confirmed_unless_dry(&verb.confirm, "gives a run up for good")?;
    let root = Root::new(&verb.root)?;
    let reason = (!verb.confirm.dry_run).then_some(verb.reason.as_str());
    let run = named(&RealFs, &root, &verb.run)?;
    let left = give_up(&RealFs, &root, &run, reason)?;
    let mut text = String::new();
    for name in &left.published {
        let _ = writeln!(text, "{name} is published and stays");
    }
    for (target, is_new) in &left.targets {
        let how = if *is_new { "has what the run wrote" } else { "is as it was before" };
        let _ = writeln!(text, "{} {how}", root.display(target));
    }
    if !left.once_more.is_empty() {
        let _ = writeln!(
            text,
            "the run in its place does once more, unless what was there before is put back: {}",
            left.once_more.join(", ")
        );
    }
    let (would, begins) = match verb.confirm.dry_run {
        true => ("would be given up", "would begin"),
        false => ("is given up", "begins"),
    };
    let _ = writeln!(text, "{run} {would}; the next start of its job {begins} another run in its place");
    ui.answer(&text)?;
    Ok(0)
}

fn show(root: &Root, run: &str, json: bool, ui: &Ui) -> CommandResult {
    let details = show_run(&RealFs, root, run)?;
    let text = if json { format!("{:#}\n", details.to_json()) } else { describe(&details) };
    ui.answer(&text)?;
    Ok(0)
}

fn prune(verb: &RunsPrune, ui: &Ui) -> CommandResult {
    super::catalog::confirmed_unless_dry(&verb.confirm, "removes what runs left")?;
    let (root, dry_run) = (Root::new(&verb.root)?, verb.confirm.dry_run);
    let by = match (verb.older_than, verb.keep, Retention::of_runs(&RealFs, &root)?) {
        (None, None, Some(policy)) => By::Policy(policy),
        (None, None, None) => return Err(no_policy().into()),
        (older_than, keep, _) => By::Choice(Choice { older_than, keep }),
    };
    let removed = prune_runs(&RealFs, &root, &by, dry_run)?;
    if verb.json {
        ui.answer(&format!("{:#}\n", removed_document(&removed, dry_run)))?;
        return Ok(0);
    }
    ui.answer(&removed_text(&removed, dry_run))?;
    Ok(0)
}

fn no_policy() -> Box<Diagnostic> {
    let message = format!("{POLICY_FILE} at the root says nothing of runs, so that they keep what they have");
    Diagnostic::error(codes::PGM002, message)
        .hint("write runs: { keep: ... } there, or say what goes with --older-than or --keep")
}

/// What goes and what stays, each with its size or the reason, and the sums.
fn removed_text(removed: &Removed, dry_run: bool) -> String {
    let goes = if dry_run { "would go" } else { "is gone" };
    let mut rows = table(&["what", "", "files", "bytes", "why"], &[2, 3]);
    for (what, Size { files, bytes }) in removed.runs.iter().chain(&removed.replays) {
        rows.add_row([what.as_str(), goes, &files.to_string(), &grouped(*bytes), ""]);
    }
    for (what, why) in &removed.spared {
        rows.add_row([what.as_str(), "keeps what it has", "", "", why]);
    }
    let listed = removed.runs.len() + removed.replays.len() + removed.spared.len();
    let listed = if listed == 0 { String::new() } else { as_text(&rows) };
    let Size { files, bytes } = sum(&removed.runs);
    let replays = sum(&removed.replays);
    format!(
        "{listed}{} runs: {files} files ({}), {} of the archive ({}), and {} replays: {} files ({}) {}; journals of runs stay\n",
        removed.runs.len(),
        size(bytes),
        removed.archive.contents.len(),
        size(removed.archive.bytes),
        removed.replays.len(),
        replays.files,
        size(replays.bytes),
        if dry_run { "would be removed" } else { "removed" },
    )
}

fn sum(list: &[(String, Size)]) -> Size {
    list.iter().map(|(_, size)| *size).sum()
}

fn removed_document(removed: &Removed, dry_run: bool) -> Value {
    let spared = removed.spared.iter().map(|(run, why)| json!({ "run": run, "why": why }));
    let names = |list: &[(String, Size)]| list.iter().map(|(name, _)| json!(name)).collect::<Value>();
    let (files, replays) = (sum(&removed.runs), sum(&removed.replays));
    json!({
        "dry_run": dry_run,
        "runs": names(&removed.runs),
        "files": files.files,
        "bytes": files.bytes,
        "contents": removed.archive.contents.len(),
        "archive_bytes": removed.archive.bytes,
        "replays": names(&removed.replays),
        "replay_files": replays.files,
        "replay_bytes": replays.bytes,
        "spared": spared.collect::<Vec<_>>(),
    })
}

fn describe(details: &RunDetails) -> String {
    let (summary, history) = (&details.summary, &details.summary.history);
    let mut text = format!(
        "{}: {}, attempt {}, {}began {}, last heard of {}\n",
        summary.run,
        summary.state.name(),
        history.attempts,
        summary.rc().map_or(String::new(), |rc| format!("rc {rc}, ")),
        history.started,
        history.last
    );
    remark(summary, true, &mut text);
    text.push_str(&super::run::steps(&details.steps));
    if !details.left.is_empty() {
        let _ = writeln!(text, "still to be done: {}", details.left.join(", "));
    }
    text.push_str(&super::run::taken_over(&details.steps));
    text.push_str(&super::run::kept(&details.kept_sorts));
    text
}
