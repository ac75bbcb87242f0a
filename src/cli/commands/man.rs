//! `offhost man`: the manual page.

use clap::CommandFactory;

use crate::cli::args::{Arguments, Man};
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;

pub(in crate::cli) fn execute(_arguments: &Man, ui: &Ui) -> CommandResult {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
    ui.answer(&String::from_utf8_lossy(&page))?;
    Ok(0)
}
