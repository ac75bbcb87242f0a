//! `offhost schema`: JSON Schemas for editors.

use crate::cli::args::{Schema, SchemaOf};
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;
use crate::job::{comparison_schema, job_schema, rules_schema};

pub(in crate::cli) fn execute(arguments: &Schema, ui: &Ui) -> CommandResult {
    let schema = match arguments.of {
        SchemaOf::Job => job_schema(),
        SchemaOf::Rules => rules_schema(),
        SchemaOf::Diff => comparison_schema(),
    };
    ui.answer(&format!("{schema:#}\n"))?;
    Ok(0)
}
