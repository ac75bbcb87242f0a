//! `offhost tool`: the statements of an ICETOOL step.

use std::sync::Arc;

use super::sort::{Done, Ended, Step};
use crate::cli::args::Tool;
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;
use crate::control::flow::{Files, How};
use crate::control::message::Listing;
use crate::control::tool;
use crate::diag::Source;

pub(in crate::cli) fn execute(arguments: &Tool, ui: &Ui) -> CommandResult {
    let step = Step::new(&arguments.step);
    if arguments.step.explain.is_wanted() {
        return step.explained(&arguments.control, true).show(ui);
    }
    let mut listing = Listing::new();
    let result = step.run(&arguments.control, &mut listing, ui, &operators);
    step.end(result, &listing, ui)
}

fn operators(
    source: &Arc<Source>,
    files: &mut Files<'_>,
    how: &How<'_>,
    listing: &mut Listing,
    _ui: &Ui,
) -> Done<Ended> {
    // An operator that fails leaves nothing; what others wrote stays, as after a step of the mainframe.
    let outcome = tool::run(source, files, how, listing);
    Ok(Ended { return_code: outcome.return_code, problems: outcome.diagnostics, outcome: None })
}
