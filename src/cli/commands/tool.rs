//! `offhost tool`: the statements of an ICETOOL step.

use std::sync::Arc;

use super::sort::{Done, Step};
use crate::cli::args::Tool;
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;
use crate::control::flow::{Files, How, Outcome};
use crate::control::message::Listing;
use crate::diag::{Diagnostic, Source, codes};

pub(in crate::cli) fn execute(arguments: &Tool, ui: &Ui) -> CommandResult {
    let step = Step::new(&arguments.step);
    let mut listing = Listing::new();
    let result = step.run(&arguments.control, &mut listing, ui, &operators);
    step.end(result, &listing, ui)
}

fn operators(
    source: &Arc<Source>,
    files: &mut Files<'_>,
    how: &How<'_>,
    listing: &mut Listing,
    ui: &Ui,
) -> Done<Outcome> {
    let _ = (source, files, how, listing, ui);
    Err(Diagnostic::error(codes::CTL103, "ICETOOL statements are not read yet").into())
}
