//! `offhost replay`: a run of the past once more.

use serde_json::{Value, json};

use crate::cli::args::Replay;
use crate::cli::exit::CommandResult;
use crate::cli::progress::Progress;
use crate::cli::table::{table, text as as_text};
use crate::cli::ui::Ui;
use crate::diag::{Class, Diagnostic, Diagnostics, codes, to_json};
use crate::run::{Again, Compared, Replayed, Verdict, replay, replays_of};
use crate::sys::{RealFs, Root};

/// Exit status if something differs, as of `diff`.
const DIFFERENT: u8 = 1;

pub(in crate::cli) fn execute(arguments: &Replay, ui: &Ui) -> CommandResult {
    let root = Root::new(&arguments.root)?;
    let runs = wanted(arguments, &root)?;
    let several = runs.len() > 1;
    let (mut status, mut documents) = (0, Vec::new());
    for run in runs {
        let again = Again {
            into: arguments.into.as_ref().map(|into| if several { into.join(&run) } else { into.clone() }),
            run,
            job: arguments.job.clone(),
            accept_inputs: arguments.accept_inputs,
        };
        let progress = Progress::new(ui);
        let done = replay(&RealFs, &root, &again, &arguments.resources.resources(), &progress);
        progress.abandon();
        let done = done?;
        status = status.max(status_of(&done));
        if arguments.json {
            documents.push(document(&done));
        } else {
            ui.answer(&describe(&done))?;
        }
        if let Some(error) = &done.outcome.error {
            ui.diagnostic(error);
        }
    }
    if arguments.json {
        ui.answer(&format!("{:#}\n", Value::Array(documents)))?;
    }
    Ok(status)
}

/// The runs that are meant.
fn wanted(arguments: &Replay, root: &Root) -> Result<Vec<String>, Diagnostics> {
    let Some(date) = &arguments.date else { return Ok(arguments.run.iter().cloned().collect()) };
    let runs = replays_of(&RealFs, root, date, arguments.run.as_deref());
    if runs.is_empty() {
        let of = arguments.run.as_ref().map(|job| format!(" of {job}")).unwrap_or_default();
        let message = format!("no run{of} with the business date {date} committed below this root");
        return Err(Diagnostic::error(codes::WHY001, message)
            .hint("a date is written 2026-03-13; a run without a business date is named")
            .into());
    }
    Ok(runs)
}

fn status_of(done: &Replayed) -> u8 {
    match &done.outcome.error {
        Some(error) if error.code.class() == Class::ReturnCode => done.outcome.report.rc.clamp(1, 63),
        Some(error) => error.code.class().exit_status(),
        None if done.is_equal() => 0,
        None => DIFFERENT,
    }
}

fn describe(done: &Replayed) -> String {
    let date = done.business_date.as_ref().map(|date| format!(" of {date}")).unwrap_or_default();
    let mut text = format!("run {}{date}, done again in {}\n", done.run, done.place.display());
    done.notes.iter().for_each(|note| text.push_str(&format!("note: {note}\n")));
    let then = done.rc_then.map_or_else(|| "none".to_owned(), |rc| rc.to_string());
    text.push_str(&format!("return code then {then}, now {}\n", done.outcome.report.rc));
    if !done.compared.is_empty() {
        let mut rows = table(&["dataset", "file", "against then"], &[]);
        for one in &done.compared {
            rows.add_row([one.dataset.clone(), one.file.clone(), words(&one.verdict)]);
        }
        text.push_str(&as_text(&rows));
        done.compared.iter().for_each(|one| text.push_str(&by_field(one)));
    }
    let verdict =
        if done.is_equal() { "everything is as it was then" } else { "not everything is as it was then" };
    text.push_str(&format!("{verdict}\n"));
    text
}

/// Clusters of a dataset that are shown; the page has all.
const CLUSTERS: usize = 5;

/// What differs, field by field; nothing if that is not known.
fn by_field(one: &Compared) -> String {
    let Some(told) = &one.told else { return String::new() };
    let mut text = format!("\n{}, now and then: {}\n", one.dataset, told.headline);
    if told.clusters.len() > 1 {
        told.clusters.iter().take(CLUSTERS).for_each(|cluster| text.push_str(&format!("  {cluster}\n")));
    }
    let more = told.clusters.len().saturating_sub(CLUSTERS);
    if more > 0 {
        text.push_str(&format!("  and {more} more clusters\n"));
    }
    text.push_str(&format!("  page: {}\n", told.page.display()));
    text
}

fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Equal => "equal".to_owned(),
        Verdict::Record(number, Some(offset)) => {
            format!("differs: first in record {number}, at position {}", offset + 1)
        }
        Verdict::Record(number, None) => format!("differs: only one of them has record {number}"),
        Verdict::Gone => "differs; the bytes of then are gone".to_owned(),
        Verdict::Bytes(why) => format!("differs: {why}"),
        Verdict::Missing => "not published now".to_owned(),
        Verdict::New => "not published then".to_owned(),
    }
}

fn document(done: &Replayed) -> Value {
    let compared = done.compared.iter().map(|one| {
        json!({
            "dataset": one.dataset,
            "file": one.file,
            "equal": one.verdict == Verdict::Equal,
            "verdict": words(&one.verdict),
            "diff": one.told.as_ref().map(|told| &told.document),
            "page": one.told.as_ref().map(|told| &told.page),
        })
    });
    json!({
        "run": done.run,
        "business_date": done.business_date,
        "root": done.place,
        "notes": done.notes,
        "rc_then": done.rc_then,
        "rc": done.outcome.report.rc,
        "error": done.outcome.error.as_ref().map(|error| to_json(error)),
        "equal": done.is_equal(),
        "datasets": compared.collect::<Vec<_>>(),
        "report": done.outcome.report.to_json(),
    })
}
