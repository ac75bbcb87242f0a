//! The command line: one verb per file, all of the same shape. stdout is the answer, stderr is progress and messages.

mod args;
mod commands;
mod copybooks;
mod destination;
mod exit;
mod pager;
mod progress;
mod table;
mod ui;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use ui::Ui;

/// Parses the arguments, runs the verb, and turns its result into the exit status.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::usage(&error, &Ui::untold(std::env::args_os().skip(1))),
    };
    let ui = Ui::new(&arguments.display);
    let result = match arguments.command {
        Command::Run(verb) => commands::run::execute(&verb, &ui),
        Command::Restart(verb) => commands::restart::execute(&verb, &ui),
        Command::Status(verb) => commands::runs::status(&verb, &ui),
        Command::Runs(verb) => commands::runs::execute(&verb, &ui),
        Command::Alerts(verb) => commands::alerts::execute(&verb, &ui),
        Command::Check(verb) => commands::check::execute(&verb, &ui),
        Command::Plan(verb) => commands::plan::execute(&verb, &ui),
        Command::Graph(verb) => commands::graph::execute(&verb, &ui),
        Command::Layout(verb) => commands::layout::execute(&verb, &ui),
        Command::Inspect(verb) => commands::inspect::execute(&verb, &ui),
        Command::Cat(verb) => commands::cat::execute(&verb, &ui),
        Command::Sort(verb) => commands::sort::execute(&verb, &ui),
        Command::Tool(verb) => commands::tool::execute(&verb, &ui),
        Command::Convert(verb) => commands::convert::execute(&verb, &ui),
        Command::Replay(verb) => commands::replay::execute(&verb, &ui),
        Command::Verify(verb) => commands::verify::execute(&verb, &ui),
        Command::Archive(verb) => commands::archive::execute(&verb, &ui),
        Command::Diff(verb) => commands::diff::execute(&verb, &ui),
        Command::DiffRuns(verb) => commands::diff_runs::execute(&verb, &ui),
        Command::Catalog(verb) => commands::catalog::execute(&verb, &ui),
        Command::Init(verb) => commands::init::execute(&verb, &ui),
        Command::Schema(verb) => commands::schema::execute(&verb, &ui),
        Command::Why(verb) => commands::why::execute(&verb, &ui),
        Command::Completions(verb) => commands::completions::execute(&verb, &ui),
        Command::Man(verb) => commands::man::execute(&verb, &ui),
    };
    exit::status(result, &ui)
}
