//! `offhost completions`: a completion script for a shell.

use clap::CommandFactory;

use crate::cli::args::{Arguments, Completions};
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;

pub(in crate::cli) fn execute(arguments: &Completions, ui: &Ui) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "offhost", &mut script);
    ui.answer(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
