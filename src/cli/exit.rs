//! Results to exit statuses.

use std::process::ExitCode;

use super::ui::Ui;
use crate::diag::{Class, Diagnostic, Diagnostics, codes};

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

/// Help and version are answers; everything else clap says is a usage error, told as every other one where programs read.
pub(super) fn usage(error: &clap::Error, ui: &Ui) -> ExitCode {
    if ui.events && error.use_stderr() {
        ui.diagnostic(&usage_error(&error.to_string()));
    } else {
        // Nobody is left to tell if the stream is closed.
        let _ = error.print();
    }
    if error.use_stderr() { ExitCode::from(Class::Usage.exit_status()) } else { ExitCode::SUCCESS }
}

/// What clap says, which begins with its sentence and ends with the usage, as a diagnostic.
fn usage_error(text: &str) -> Box<Diagnostic> {
    let mut parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    let said = parts.next().unwrap_or_default();
    let error = Diagnostic::error(codes::RUN013, said.strip_prefix("error: ").unwrap_or(said));
    parts.fold(error, |error, part| match part.strip_prefix("For more information, ") {
        Some(hint) => error.hint(hint.trim_end_matches('.')),
        None => error.note(part),
    })
}

#[cfg(test)]
mod tests {
    use super::usage_error;

    #[test]
    fn what_clap_says_is_a_message_like_others() {
        let text = "error: unexpected argument '--nix' found\n\n  tip: a similar argument exists: '--nil'\n\nUsage: offhost run\n\n\
                    For more information, try '--help'.\n";
        let error = usage_error(text);
        assert_eq!(error.message, "unexpected argument '--nix' found");
        assert_eq!(error.notes, ["tip: a similar argument exists: '--nil'", "Usage: offhost run"]);
        assert_eq!(error.hint.as_deref(), Some("try '--help'"));
    }
}
