//! Results to exit statuses.

use std::process::ExitCode;

use super::ui::Ui;
use crate::diag::{Class, Diagnostic, Diagnostics};

/// What a verb returns: the status of a job, or what went wrong.
pub(super) type CommandResult = anyhow::Result<u8>;

/// The exit status of a verb; errors are shown here and nowhere else.
pub(super) fn status(result: CommandResult, ui: &Ui) -> ExitCode {
    let error = match result {
        Ok(status) => return ExitCode::from(status),
        Err(error) => error,
    };
    if let Some(all) = error.downcast_ref::<Diagnostics>() {
        ui.diagnostics(all);
        return ExitCode::from(all.class().unwrap_or(Class::Bug).exit_status());
    }
    if let Some(one) = error.downcast_ref::<Box<Diagnostic>>() {
        ui.diagnostic(one);
        return ExitCode::from(one.code.class().exit_status());
    }
    ui.message(&format!("error: {error:#}"));
    ExitCode::from(Class::Io.exit_status())
}

/// Help and version are answers; everything else clap says is a usage error.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to tell if the stream is closed.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(Class::Usage.exit_status()) } else { ExitCode::SUCCESS }
}
