//! `offhost run`: run a job.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::args::Run;
use crate::cli::exit::CommandResult;
use crate::cli::progress::Progress;
use crate::cli::table::{duration, grouped, grouped_decimal, rate, size, table, text as as_text};
use crate::cli::ui::Ui;
use crate::diag::{Class, Diagnostic, Diagnostics, codes, to_json};
use crate::job::{Plan, Request, load_as_of};
use crate::run::{KeptRuns, Observer, Outcome, RunReport, Start, StepReport, StepStatus, unfinished, watch};
use crate::sys::{RealFs, Root, stop_on_signals};

/// How often a job is planned again because generations were entered while it waited for datasets.
const PLANS_MAX: usize = 20;

pub(in crate::cli) fn execute(arguments: &Run, ui: &Ui) -> CommandResult {
    let stop = stop_on_signals()?;
    let mut plans = 0;
    loop {
        plans += 1;
        let (root, plan, warnings) = match planned(arguments, ui) {
            Ok(planned) => planned,
            Err(errors) => {
                if arguments.json {
                    answer(ui, &format!("{:#}\n", not_loaded(&errors)));
                }
                return Err(errors.into());
            }
        };
        let start = Start {
            rerun: arguments.rerun,
            date_given: arguments.job.date_given(),
            ..arguments.start.start(stop.clone())
        };
        let (plan, warnings) =
            if start.rerun { (plan, warnings) } else { as_begun(arguments, &root, (plan, warnings), ui)? };
        if plans == 1 {
            ui.diagnostics(&warnings);
        }
        let outcome = carry_out(&plan, &root, &start, ui);
        if outcome.report.outdated && plans < PLANS_MAX {
            Progress::new(ui)
                .note("generations have been entered since the job was planned; it is planned again");
            continue;
        }
        let telling = Telling { collector: arguments.start.metrics.as_deref(), json: arguments.json };
        return conclude((&plan, &root), outcome, telling, ui);
    }
}

/// The job as it is now, after runs that died have been settled.
fn planned(arguments: &Run, ui: &Ui) -> Result<(Root, Plan, Diagnostics), Diagnostics> {
    // What cannot be settled is told by the run, if it matters to it.
    let _ = Root::new(&arguments.job.root)
        .and_then(|root| crate::run::settle(&RealFs, &root, &Progress::new(ui)));
    super::load(&arguments.job)
}

/// The plan with the parameters of the unfinished run that it goes on with, if there is one: a date that is a default
/// does not move with the clock.
fn as_begun(
    arguments: &Run,
    root: &Root,
    (plan, warnings): (Plan, Diagnostics),
    ui: &Ui,
) -> anyhow::Result<(Plan, Diagnostics)> {
    let given = arguments.job.date_given();
    let Some(unfinished) = unfinished(&RealFs, &plan, root, given)? else { return Ok((plan, warnings)) };
    // What is given now counts, and is held against what was given then.
    let mut settings = unfinished.plan.settings();
    settings.extend(arguments.job.all_settings());
    let declared = |name: &String| plan.params.iter().any(|(known, _)| known == name);
    settings.retain(|(name, _)| declared(name));
    let request = Request { job: arguments.job.job.clone(), root: root.clone(), settings, explained: false };
    let as_of = unfinished.as_of(arguments.start.accept_changes);
    let (begun, warnings) = load_as_of(&RealFs, &request, &as_of)?;
    if let Some(date) = begun.business_date.as_ref().filter(|date| Some(*date) != plan.business_date.as_ref())
    {
        Progress::new(ui).note(&format!("goes on with run {}, which was begun for {date}", unfinished.run));
    }
    Ok((begun, warnings))
}

/// How it is told how a run ended.
pub(super) struct Telling<'a> {
    /// Folder for figures, if they are wanted.
    pub collector: Option<&'a Path>,
    /// True for a document on stdout.
    pub json: bool,
}

/// Runs a plan and tells how it ended.
pub(super) fn perform(
    plan: &Plan,
    root: &Root,
    start: &Start,
    telling: Telling<'_>,
    ui: &Ui,
) -> CommandResult {
    conclude((plan, root), carry_out(plan, root, start, ui), telling, ui)
}

fn carry_out(plan: &Plan, root: &Root, start: &Start, ui: &Ui) -> Outcome {
    let progress = Progress::new(ui);
    ui.event("run.started", || json!({ "job": plan.job, "business_date": plan.business_date }));
    let outcome = watch::watch_clock(&RealFs, root, plan, &progress, || {
        crate::run::start(&RealFs, plan, root, start, &progress)
    });
    progress.abandon();
    outcome
}

/// Tells how a run ended.
fn conclude((plan, root): (&Plan, &Root), outcome: Outcome, telling: Telling<'_>, ui: &Ui) -> CommandResult {
    let document = watch::document(plan, &outcome);
    ui.event("run.finished", || ended(&document));
    if !is_anothers(&outcome) {
        ui.diagnostics(&watch::tell(&RealFs, root, plan, &document, telling.collector));
    }
    let Outcome { report, error, status } = outcome;
    if telling.json {
        answer(ui, &format!("{document:#}\n"));
    } else if !ui.quiet && !report.run.is_empty() {
        answer(ui, &describe(&report, error.is_none(), ui.verbose));
    }
    match error {
        // The return code of a step is the status, whatever the error of that name is called.
        Some(error) if error.code.class() == Class::ReturnCode => {
            ui.diagnostic(&error);
            Ok(status)
        }
        Some(error) => Err(error.into()),
        None => Ok(status),
    }
}

/// Tells on stdout how it went. That nobody can be told there changes nothing about what was done.
fn answer(ui: &Ui, text: &str) {
    if let Err(error) = ui.answer(text) {
        let message = format!("what a run has to say cannot be written to stdout: {error}");
        let hint = "its exit status stands; its report is in its folder below .offhost/runs";
        ui.diagnostic(&Diagnostic::warning(codes::RUN004, message).hint(hint));
    }
}

/// True if another start of the same run has told of it, or will.
fn is_anothers(outcome: &Outcome) -> bool {
    outcome.error.as_ref().is_some_and(|error| [codes::RUN014, codes::RUN030].contains(&error.code))
}

/// What a log says of a run that has ended; the whole document is in the run's folder.
fn ended(document: &Value) -> Value {
    let wanted =
        ["run", "job", "business_date", "rc", "exit_status", "seconds", "peak_memory", "error", "published"];
    wanted.into_iter().map(|name| (name.to_owned(), document[name].clone())).collect()
}

/// The document of a job that could not be loaded.
fn not_loaded(errors: &Diagnostics) -> serde_json::Value {
    let status = errors.class().unwrap_or(Class::Bug).exit_status();
    let messages: Vec<_> = errors.list().iter().map(to_json).collect();
    json!({ "exit_status": status, "error": messages.first(), "messages": messages, "steps": [], "published": [] })
}

/// The tables at the end of a run.
fn describe(report: &RunReport, ended_well: bool, verbose: bool) -> String {
    let mut text = String::new();
    text.push_str(&steps(&report.steps));
    sorts(report, &mut text);
    totals(report, &mut text);
    details(report, verbose, &mut text);
    if verbose {
        for step in report.steps.iter().filter(|step| !step.listing.is_empty()) {
            text.push_str(&format!("{} SYSOUT\n{}", step.step, crate::diag::printable(&step.listing)));
        }
    }
    if ended_well {
        published(report, &mut text);
    }
    text.push_str(&kept(&report.kept_sorts));
    let memory = report.peak_memory.map_or(String::new(), |bytes| format!(", peak memory {}", size(bytes)));
    let result = match (ended_well, report.published.is_empty()) {
        (true, _) => format!("rc {}", report.rc),
        (false, true) => "failed, nothing published".to_owned(),
        (false, false) if report.committing => "failed while publishing; the next run finishes it".to_owned(),
        (false, false) => "failed; what its finished steps published stays".to_owned(),
    };
    let _ = writeln!(text, "{}: {result}, {}{memory}", report.run, duration(report.elapsed));
    text
}

/// The step table.
pub(super) fn steps(steps: &[StepReport]) -> String {
    let mut rows = table(
        &["step", "operator", "in", "out", "rejected", "dropped", "rc", "time", "records/s"],
        &[2, 3, 4, 5, 6, 7, 8],
    );
    for step in steps {
        let rc = match (step.status, &step.abend) {
            (StepStatus::Bypassed, _) => "passed".to_owned(),
            (_, Some(abend)) => abend.clone(),
            _ => step.rc.to_string(),
        };
        let speed = if step.status == StepStatus::Kept {
            "done before".to_owned()
        } else {
            rate(step.records_in(), step.elapsed)
        };
        rows.add_row([
            step.step.clone(),
            step.operator.clone(),
            grouped(step.records_in()),
            grouped(step.records_out()),
            grouped(step.rejected),
            grouped(step.dropped),
            rc,
            duration(step.elapsed),
            speed,
        ]);
    }
    let mut text = as_text(&rows);
    for step in steps {
        if let Some(reason) = &step.reason {
            let what = if step.status == StepStatus::Bypassed { "passed over: " } else { "" };
            let _ = writeln!(text, "{}: {what}{}", step.step, crate::diag::printable(reason));
        }
    }
    text
}

/// Runs of sorts that were taken over from earlier attempts.
pub(super) fn taken_over(steps: &[StepReport]) -> String {
    let sorts = steps.iter().flat_map(|step| step.sorts.iter().map(move |sort| (step, sort)));
    let taken = sorts.filter(|(_, (_, sort))| sort.taken_over > 0).map(|(step, (dataset, sort))| {
        let (count, bytes) = (grouped(sort.taken_over), size(sort.taken_bytes));
        format!(
            "{} took over {count} sorted runs ({bytes}) of {dataset} from an earlier attempt\n",
            step.step
        )
    });
    taken.collect()
}

/// Runs of sorts that the next attempt goes on with.
pub(super) fn kept(sorts: &BTreeMap<String, KeptRuns>) -> String {
    let kept = sorts.iter().map(|(step, kept)| {
        format!("{step} goes on with {} of sorted records in {} runs\n", size(kept.bytes), grouped(kept.runs))
    });
    kept.collect()
}

/// How the sorts went: those that needed work files always, so that an operator sees what more memory would save, the
/// others with their times too.
fn sorts(report: &RunReport, text: &mut String) {
    let mut sorts = table(
        &["step", "sorted", "records", "how", "work files", "reading", "runs", "writing"],
        &[2, 4, 5, 6, 7],
    );
    let all = report.steps.iter().flat_map(|step| step.sorts.iter().map(move |sort| (step, sort)));
    let mut any = false;
    for (step, (dataset, sort)) in all {
        any = true;
        let order = if sort.presorted { ", was in order" } else { "" };
        let runs = match (sort.runs, sort.taken_over) {
            (runs, 0) => format!("{runs} runs"),
            (runs, taken) => {
                format!("{runs} runs and {taken} ({}) of an earlier attempt", size(sort.taken_bytes))
            }
        };
        let how = match (sort.runs + sort.taken_over, sort.merges) {
            _ if sort.passed => "passed on as it came, in order".to_owned(),
            (0, _) => format!("in memory{order}"),
            (_, 1) => format!("{runs}, one merge of {}{order}", sort.fan_in),
            (_, merges) => format!("{runs}, {merges} levels of merges{order}"),
        };
        sorts.add_row([
            step.step.clone(),
            dataset.clone(),
            grouped(sort.records),
            how,
            if sort.spilled > 0 { size(sort.spilled) } else { String::new() },
            duration(sort.reading),
            if sort.runs > 0 { duration(sort.spilling) } else { String::new() },
            duration(sort.emitting),
        ]);
    }
    if any {
        text.push_str(&as_text(&sorts));
    }
    for step in &report.steps {
        if let Some(masters) = &step.masters {
            let _ = writeln!(text, "{}: {masters}", step.step);
        }
    }
    for (name, way) in report.steps.iter().flat_map(|step| &step.temporaries) {
        let _ = writeln!(text, "{name} {}", way.words());
    }
}

fn totals(report: &RunReport, text: &mut String) {
    let mut totals = table(&["total", "over", "group", "count", "sum"], &[3, 4]);
    let mut any = false;
    for total in report.steps.iter().flat_map(|step| &step.totals) {
        for (group, figures) in total.totals.groups() {
            any = true;
            let sum =
                total.sum_of.as_ref().map(|_| grouped_decimal(&figures.sum.to_string())).unwrap_or_default();
            totals.add_row([
                total.name.clone(),
                total.over.clone(),
                group.to_owned(),
                grouped(figures.count),
                sum,
            ]);
        }
    }
    if any {
        text.push_str(&as_text(&totals));
    }
}

/// Rules applied, reject reasons, pairs: the interesting ones always, all of them if asked.
fn details(report: &RunReport, verbose: bool, text: &mut String) {
    let mut details = table(&["step", "what", "count"], &[2]);
    let mut any = false;
    let interesting = |step: &StepReport, name: &str| {
        verbose || step.operator == "diff" || (step.operator == "post" && !name.starts_with("rule "))
    };
    for step in &report.steps {
        for (name, count) in
            step.details.iter().filter(|(name, _)| interesting(step, name) || step.operator == "match")
        {
            any = true;
            details.add_row([step.step.clone(), name.clone(), grouped(*count)]);
        }
    }
    if any {
        text.push_str(&as_text(&details));
    }
}

fn published(report: &RunReport, text: &mut String) {
    if report.published.is_empty() {
        return;
    }
    let mut files = table(&["published", "file"], &[]);
    for file in &report.published {
        files.add_row([&file.dataset, &file.path]);
    }
    text.push_str(&as_text(&files));
}
