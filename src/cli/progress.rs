//! Progress of a run: a bar per step on a terminal, plain lines otherwise.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::table::{duration, grouped, rate};
use super::ui::Ui;
use crate::run::{Observer, StepReport, StepStatus};

/// How often a run without a terminal says that it lives.
const INTERVAL: Duration = Duration::from_secs(30);

/// Shows a run on stderr.
pub(super) struct Progress {
    ui: Ui,
    records: AtomicU64,
    state: Mutex<State>,
}

struct State {
    bar: Option<ProgressBar>,
    step: String,
    /// The stage that a step is in that has read its input.
    stage: Option<Stage>,
    last_line: Instant,
}

struct Stage {
    name: String,
    /// Records that it has gone through, and all of them.
    done: u64,
    all: u64,
}

impl Stage {
    /// How far it has come.
    fn told(&self) -> String {
        format!("{}: {} of {} records", self.name, grouped(self.done), grouped(self.all))
    }
}

impl Progress {
    pub fn new(ui: &Ui) -> Self {
        let state = State { bar: None, step: String::new(), stage: None, last_line: Instant::now() };
        Progress { ui: *ui, records: AtomicU64::new(0), state: Mutex::new(state) }
    }

    fn with_state(&self, change: impl FnOnce(&mut State)) {
        // A poisoned lock only means that another thread died while drawing.
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut state);
    }

    /// Ends the bar of a step that did not end well.
    pub fn abandon(&self) {
        self.with_state(|state| {
            if let Some(bar) = state.bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}

impl Observer for Progress {
    fn step_started(&self, step: &str, operator: &str, bytes: u64) {
        self.records.store(0, Ordering::Relaxed);
        self.ui.event("step.started", || json!({ "step": step, "operator": operator, "bytes": bytes }));
        if self.ui.quiet {
            return;
        }
        self.with_state(|state| {
            state.step = step.to_owned();
            state.stage = None;
            state.last_line = Instant::now();
            if self.ui.live {
                let bar = ProgressBar::new(bytes);
                let style =
                    ProgressStyle::with_template("{prefix:>12} [{bar:30}] {bytes}/{total_bytes} {msg} {eta}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
                bar.set_prefix(step.to_owned());
                bar.set_message(operator.to_owned());
                state.bar = Some(bar);
            } else if !self.ui.events {
                self.ui.message(&format!("{step}: {operator} started"));
            }
        });
    }

    fn progress(&self, records: u64, bytes: u64) {
        let records = self.records.fetch_add(records, Ordering::Relaxed) + records;
        if self.ui.quiet {
            return;
        }
        self.with_state(|state| match &state.bar {
            // What another step reads meanwhile does not move the bar.
            Some(_) if state.stage.is_some() => {}
            Some(bar) => {
                bar.inc(bytes);
                bar.set_message(format!("{} records", grouped(records)));
            }
            None if state.last_line.elapsed() >= INTERVAL => {
                state.last_line = Instant::now();
                if self.ui.events {
                    self.ui.event("step.progress", || json!({ "step": state.step, "records": records }));
                } else {
                    self.ui.message(&format!("{}: {} records so far", state.step, grouped(records)));
                }
            }
            None => {}
        });
    }

    fn stage_started(&self, step: &str, stage: &str, records: u64) {
        self.ui.event("step.stage", || json!({ "step": step, "stage": stage, "records": records }));
        self.with_state(|state| {
            let stage = Stage { name: stage.to_owned(), done: 0, all: records };
            if let Some(bar) = &state.bar {
                let style = ProgressStyle::with_template("{prefix:>12} [{bar:30}] {msg} {eta}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
                bar.reset();
                bar.set_length(records);
                bar.set_prefix(step.to_owned());
                bar.set_message(stage.told());
            }
            state.step = step.to_owned();
            state.stage = Some(stage);
        });
    }

    fn stage_progress(&self, records: u64) {
        if self.ui.quiet {
            return;
        }
        self.with_state(|state| {
            let Some(stage) = &mut state.stage else { return };
            stage.done += records;
            if let Some(bar) = &state.bar {
                bar.inc(records);
                bar.set_message(stage.told());
            } else if state.last_line.elapsed() >= INTERVAL {
                state.last_line = Instant::now();
                if self.ui.events {
                    self.ui.event("step.progress", || {
                        json!({ "step": state.step, "stage": stage.name, "records": stage.done, "of": stage.all })
                    });
                } else {
                    self.ui.message(&format!("{}: {}", state.step, stage.told()));
                }
            }
        });
    }

    fn step_finished(&self, report: &StepReport) {
        self.ui.event("step.finished", || finished(report));
        if self.ui.quiet || self.ui.events {
            return;
        }
        self.abandon();
        let speed = rate(report.records_in(), report.elapsed);
        let speed = if speed.is_empty() { String::new() } else { format!(", {speed} records/s") };
        let ended = match (report.status, &report.abend, &report.reason) {
            (StepStatus::Bypassed, _, reason) => {
                let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                self.ui.message(&format!("{}: passed over{reason}", report.step));
                return;
            }
            (_, Some(abend), _) => format!("abended {abend}"),
            _ => format!("rc {}", report.rc),
        };
        self.ui.message(&format!(
            "{}: {} records in, {} out, {} rejected, {ended}, {}{speed}",
            report.step,
            grouped(report.records_in()),
            grouped(report.records_out()),
            grouped(report.rejected),
            duration(report.elapsed),
        ));
    }

    fn note(&self, text: &str) {
        let prefix = if self.ui.events { "" } else { "note: " };
        self.ui.message(&format!("{prefix}{text}"));
    }
}

/// What a log says of a step that has ended.
fn finished(report: &StepReport) -> Value {
    let has_rc = report.status != StepStatus::Bypassed && report.abend.is_none();
    let mut event = json!({
        "step": report.step,
        "operator": report.operator,
        "status": report.status.name(),
        "records_in": report.records_in(),
        "records_out": report.records_out(),
        "rejected": report.rejected,
        "dropped": report.dropped,
        "bytes": report.bytes,
        "seconds": report.elapsed.as_secs_f64(),
    });
    if has_rc {
        event["rc"] = json!(report.rc);
    }
    for (name, text) in [("abend", &report.abend), ("reason", &report.reason)] {
        if let Some(text) = text {
            event[name] = json!(text);
        }
    }
    event
}

/// Shows how far one long piece of work has come: a bar on a terminal.
pub(super) struct Meter {
    bar: Option<ProgressBar>,
    records: AtomicU64,
}

impl Meter {
    /// A meter for so many bytes. `shown` is false while an answer goes to the same terminal.
    pub fn new(ui: &Ui, what: &str, bytes: u64, shown: bool) -> Self {
        let bar = (ui.live && !ui.quiet && shown).then(|| {
            let bar = ProgressBar::new(bytes);
            let template = "{prefix:>12} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {msg} {eta}";
            let style = ProgressStyle::with_template(template);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar.set_prefix(what.to_owned());
            bar
        });
        Meter { bar, records: AtomicU64::new(0) }
    }

    /// So many more records and bytes are done.
    pub fn progress(&self, records: u64, bytes: u64) {
        let records = self.records.fetch_add(records, Ordering::Relaxed) + records;
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
            bar.set_message(format!("{} records", grouped(records)));
        }
    }

    /// The work begins, or begins anew.
    pub fn begin(&self) {
        self.records.store(0, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.reset();
        }
    }

    /// The work is over.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
