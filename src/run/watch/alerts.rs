//! Alerts: what the job wants to be told, to whom, and what is said.

use std::time::Duration;

use serde_json::{Value, json};

use crate::diag::{Diagnostic, Result, codes};
use crate::job::{AlertPlan, AlertsPlan, Secret};
use crate::sys::{Fs, PathError, Root, limits};

/// What can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The run ended well.
    Finished,
    /// The run failed, or its return code is above max-rc.
    Failed,
    /// More transactions were rejected than the job says.
    Rejects,
    /// The run had not ended at the time the job says.
    Late,
}

/// Something to be told.
#[derive(Clone, Copy, Debug)]
pub struct Alert<'a> {
    /// What happened.
    pub event: Event,
    /// Who is told.
    pub to: &'a AlertPlan,
}

/// What became of an alert.
#[derive(Debug)]
pub struct Sent {
    /// What was told.
    pub event: Event,
    /// Who was told: where the address stands, never the address.
    pub to: String,
    /// What went wrong.
    pub error: Option<Box<Diagnostic>>,
}

impl Event {
    /// All of them.
    pub const ALL: [Event; 4] = [Event::Finished, Event::Failed, Event::Rejects, Event::Late];

    /// Its name in the job file and in the payload.
    pub fn name(self) -> &'static str {
        match self {
            Event::Finished => "finished",
            Event::Failed => "failed",
            Event::Rejects => "rejects",
            Event::Late => "late",
        }
    }
}

/// The alerts that a run which has ended gives cause for.
pub fn due<'a>(alerts: &'a AlertsPlan, document: &Value) -> Vec<Alert<'a>> {
    let rejected: u64 = steps(document).filter_map(|step| step["rejected"].as_u64()).sum();
    let failed = document["exit_status"] != 0;
    let mut due = Vec::new();
    let mut tell = |event, to: &'a [AlertPlan]| due.extend(to.iter().map(|to| Alert { event, to }));
    if failed {
        tell(Event::Failed, &alerts.failed);
    } else {
        tell(Event::Finished, &alerts.finished);
    }
    if let Some((more_than, to)) = &alerts.rejects
        && rejected > *more_than
    {
        tell(Event::Rejects, to);
    }
    due
}

/// All alerts of a job that tell of `event`, whether it happened or not.
pub fn trial(alerts: &AlertsPlan, event: Event) -> Vec<Alert<'_>> {
    let to: &[AlertPlan] = match event {
        Event::Finished => &alerts.finished,
        Event::Failed => &alerts.failed,
        Event::Rejects => alerts.rejects.as_ref().map_or(&[], |(_, to)| to),
        Event::Late => &alerts.late,
    };
    to.iter().map(|to| Alert { event, to }).collect()
}

/// What is said. `text` is a sentence for people, as chat programs expect it under that name.
pub fn payload(event: Event, document: &Value) -> Value {
    let rejected: u64 = steps(document).filter_map(|step| step["rejected"].as_u64()).sum();
    let job = document["job"].as_str().unwrap_or_default();
    let run = document["run"].as_str().unwrap_or_default();
    let error = &document["error"];
    let said = match event {
        Event::Finished => format!("{job} ended well with return code {}", document["rc"]),
        Event::Failed if error.is_null() => format!("{job} ended with return code {}", document["rc"]),
        Event::Failed => format!("{job} failed: {}", error["message"].as_str().unwrap_or_default()),
        Event::Rejects => format!("{job} rejected {rejected} transactions"),
        Event::Late => format!("{job} is late: it has not ended"),
    };
    json!({
        "event": event.name(),
        "text": format!("{said} (run {run}, host {})", limits::host_name()),
        "job": job,
        "run": run,
        "business_date": document["business_date"],
        "host": limits::host_name(),
        "rc": document["rc"],
        "exit_status": document["exit_status"],
        "rejected": rejected,
        "seconds": document["seconds"],
        "error": if error.is_null() { Value::Null } else { json!({ "code": error["code"], "message": error["message"] }) },
    })
}

fn steps(document: &Value) -> impl Iterator<Item = &Value> {
    document["steps"].as_array().into_iter().flatten()
}

/// Sends an alert: three attempts, ten seconds each.
pub fn send(fs: &dyn Fs, root: &Root, alert: &Alert<'_>, payload: &Value) -> Sent {
    let sent = address(fs, root, &alert.to.webhook).and_then(|url| post(&url, payload));
    let error = sent.err().map(|error| error.note(format!("alert {}", alert.event.name())));
    Sent { event: alert.event, to: alert.to.webhook.to_string(), error }
}

/// The address that a reference stands for. Neither it nor a part of it is ever shown.
fn address(fs: &dyn Fs, root: &Root, secret: &Secret) -> Result<String> {
    let missing = |why: &str| {
        Diagnostic::warning(codes::RUN050, format!("the address of the webhook in {secret} {why}"))
            .hint("set it where offhost is started; its value is never written anywhere")
    };
    let text = match secret {
        Secret::Env(name) => limits::environment(name).ok_or_else(|| missing("is not set"))?,
        Secret::File(path) => {
            let path = root.resolve(path)?;
            read_text(fs, &path).map_err(|_| missing("cannot be read"))?
        }
    };
    let text = text.trim();
    if !(text.starts_with("https://") || text.starts_with("http://")) || text.contains(char::is_whitespace) {
        return Err(missing("is no address"));
    }
    Ok(text.to_owned())
}

fn read_text(fs: &dyn Fs, path: &std::path::Path) -> Result<String> {
    let mut text = String::new();
    let mut file = fs.open(path).path_error("read", path)?;
    std::io::Read::read_to_string(&mut file, &mut text).path_error("read", path)?;
    Ok(text)
}

#[cfg(feature = "webhooks")]
fn post(url: &str, payload: &Value) -> Result<()> {
    const ATTEMPTS: u32 = 3;
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(10))).build().into();
    let body = payload.to_string();
    let mut attempt = 1;
    loop {
        let why = match agent.post(url).header("content-type", "application/json").send(body.as_str()) {
            Ok(_) => return Ok(()),
            // The text of an error may hold the address.
            Err(ureq::Error::StatusCode(status)) if (400..500).contains(&status) && status != 429 => {
                return Err(not_delivered(&format!("the answer was {status}"), attempt));
            }
            Err(ureq::Error::StatusCode(status)) => format!("the answer was {status}"),
            Err(ureq::Error::Timeout(_)) => "there was no answer in ten seconds".to_owned(),
            Err(ureq::Error::HostNotFound) => "the host is not known".to_owned(),
            Err(_) => "the connection failed".to_owned(),
        };
        if attempt == ATTEMPTS {
            return Err(not_delivered(&why, attempt));
        }
        std::thread::sleep(Duration::from_millis(300) * attempt);
        attempt += 1;
    }
}

#[cfg(feature = "webhooks")]
fn not_delivered(why: &str, attempts: u32) -> Box<Diagnostic> {
    Diagnostic::warning(codes::RUN050, format!("an alert was not delivered: {why}"))
        .note(format!("{attempts} attempts"))
        .hint("the run itself is not affected; `offhost alerts JOB` sends a trial alert")
}

#[cfg(not(feature = "webhooks"))]
fn post(_url: &str, _payload: &Value) -> Result<()> {
    Err(Diagnostic::warning(codes::RUN050, "this offhost was built without webhooks")
        .hint("build it with the feature webhooks"))
}
