//! `offhost restart`: go on with a run.

use super::run::{Telling, perform};
use crate::cli::args::Restart;
use crate::cli::exit::CommandResult;
use crate::cli::progress::Progress;
use crate::cli::ui::Ui;
use crate::job::{Request, load_as_of};
use crate::run::{Start, begun, settle};
use crate::sys::{RealFs, Root, stop_on_signals};

pub(in crate::cli) fn execute(arguments: &Restart, ui: &Ui) -> CommandResult {
    let root = Root::new(&arguments.root)?;
    // What cannot be settled is told by the run, if it matters to it.
    let _ = settle(&RealFs, &root, &Progress::new(ui));
    let begun = begun(&RealFs, &root, &arguments.run)?;
    let request = Request {
        job: begun.plan.job_path.to_string_lossy().into_owned(),
        root: root.clone(),
        settings: begun.plan.settings(),
        explained: false,
    };
    let (plan, warnings) = load_as_of(&RealFs, &request, &begun.as_of(arguments.start.accept_changes))?;
    ui.diagnostics(&warnings);
    let start = Start {
        run: Some(begun.run.clone()),
        from: arguments.from.clone(),
        ..arguments.start.start(stop_on_signals()?)
    };
    let telling = Telling { collector: arguments.start.metrics.as_deref(), json: arguments.json };
    perform(&plan, &root, &start, telling, ui)
}
