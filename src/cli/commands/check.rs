//! `offhost check`: check a job without touching data.

use serde_json::{Value, json};

use crate::cli::args::Check;
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;
use crate::diag::{Class, Diagnostics, to_json};
use crate::job::AsOf;
use crate::run::Resources;

pub(in crate::cli) fn execute(arguments: &Check, ui: &Ui) -> CommandResult {
    let loaded = super::load_as_of(&arguments.job, &AsOf { lenient: true, ..AsOf::default() });
    // A run refuses a job that allows itself too little memory, whatever the machine has.
    let loaded = loaded.and_then(|(root, plan, warnings)| {
        Resources::default().within(&plan)?;
        Ok((root, plan, warnings))
    });
    if arguments.json {
        let (found, status) = match &loaded {
            Ok((_, _, warnings)) => (warnings, 0),
            Err(errors) => (errors, errors.class().unwrap_or(Class::Bug).exit_status()),
        };
        ui.answer(&format!("{:#}\n", document(found)))?;
        return Ok(status);
    }
    let (_, plan, warnings) = loaded?;
    ui.diagnostics(&warnings);
    if !ui.quiet {
        let (steps, datasets) = (plan.steps.len(), plan.datasets.len());
        ui.answer(&format!("{}: {steps} steps, {datasets} datasets, no errors\n", plan.job))?;
    }
    Ok(0)
}

fn document(found: &Diagnostics) -> Value {
    let messages: Vec<Value> = found.list().iter().map(to_json).collect();
    json!({ "ok": !found.has_errors(), "messages": messages, "suppressed": found.suppressed() })
}
