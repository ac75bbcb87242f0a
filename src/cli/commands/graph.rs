//! `offhost graph`: a job as a drawing.

use crate::cli::args::{Graph, GraphFormat};
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;
use crate::draw::{Drawing, dot, page, svg};
use crate::job::AsOf;
use crate::sys::{RealFs, replace_whole};

pub(in crate::cli) fn execute(arguments: &Graph, ui: &Ui) -> CommandResult {
    let (root, plan, warnings) =
        super::load_as_of(&arguments.job, &AsOf { lenient: true, ..AsOf::default() })?;
    ui.diagnostics(&warnings);
    let drawing = Drawing::of(&plan, &root);
    let text = match arguments.format {
        GraphFormat::Dot => dot(&drawing),
        GraphFormat::Svg => svg(&drawing),
        GraphFormat::Html => page(&drawing),
    };
    match &arguments.output {
        Some(path) => replace_whole(&RealFs, path, text.as_bytes())?,
        None => ui.answer(&text)?,
    }
    Ok(0)
}
