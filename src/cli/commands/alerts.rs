//! `offhost alerts`: whom a job tells of what, and trial alerts.

use serde_json::{Value, json};

use crate::cli::args::{AlertEvent, Alerts};
use crate::cli::exit::CommandResult;
use crate::cli::table::{table, text};
use crate::cli::ui::Ui;
use crate::diag::Class;
use crate::job::Plan;
use crate::run::watch::{Event, payload, send, trial};
use crate::sys::RealFs;

pub(in crate::cli) fn execute(arguments: &Alerts, ui: &Ui) -> CommandResult {
    let (root, plan, warnings) = super::load(&arguments.job)?;
    ui.diagnostics(&warnings);
    let Some(event) = arguments.event.map(event_of) else {
        ui.answer(&listed(&plan))?;
        return Ok(0);
    };
    let payload = payload(event, &example(&plan, event));
    if arguments.dry_run {
        ui.answer(&format!("{payload:#}\n"))?;
        return Ok(0);
    }
    let mut failed = false;
    for alert in trial(&plan.alerts, event) {
        let sent = send(&RealFs, &root, &alert, &payload);
        match sent.error {
            None => ui.answer(&format!("{} was told of {}\n", sent.to, event.name()))?,
            Some(error) => {
                failed = true;
                ui.diagnostic(&error);
            }
        }
    }
    Ok(if failed { Class::Io.exit_status() } else { 0 })
}

fn event_of(event: AlertEvent) -> Event {
    match event {
        AlertEvent::Finished => Event::Finished,
        AlertEvent::Failed => Event::Failed,
        AlertEvent::Rejects => Event::Rejects,
        AlertEvent::Late => Event::Late,
    }
}

/// Who is told of what, and when.
fn listed(plan: &Plan) -> String {
    let mut rows = table(&["event", "when", "who is told"], &[]);
    for event in Event::ALL {
        let when = match event {
            Event::Finished => "the run ended well".to_owned(),
            Event::Failed => "the run failed or ended above max-rc".to_owned(),
            Event::Rejects => {
                format!("more than {} rejects", plan.alerts.rejects.as_ref().map_or(0, |(limit, _)| *limit))
            }
            Event::Late => {
                plan.flow.late_after.map_or(String::new(), |after| format!("at work after {after:.0}"))
            }
        };
        for alert in trial(&plan.alerts, event) {
            rows.add_row([event.name().to_owned(), when.clone(), alert.to.webhook.to_string()]);
        }
    }
    if rows.is_empty() { "the job tells nobody of anything\n".to_owned() } else { text(&rows) }
}

/// A run that never was, so that what is told in a trial looks like the real thing.
fn example(plan: &Plan, event: Event) -> Value {
    let failed = event == Event::Failed;
    json!({
        "job": plan.job,
        "run": format!("{}.TRIAL", plan.job),
        "business_date": plan.business_date,
        "rc": 0,
        "exit_status": if failed { 87 } else { 0 },
        "seconds": 0.0,
        "steps": [{ "rejected": if event == Event::Rejects { 1 } else { 0 } }],
        "error": if failed { json!({ "code": "TRIAL", "message": "this is a trial" }) } else { Value::Null },
    })
}
