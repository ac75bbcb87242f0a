//! `offhost cat`: records as people read them.

use std::ops::ControlFlow;
use std::path::Path;

use terminal_size::{Width, terminal_size};

use crate::cli::args::Cat;
use crate::cli::copybooks;
use crate::cli::exit::CommandResult;
use crate::cli::pager::Pager;
use crate::cli::table::grouped;
use crate::cli::ui::Ui;
use crate::convert::{self, Readable, Wanted};
use crate::dataset::DatasetFormat;
use crate::diag::{Diagnostic, Result, codes};
use crate::show::{self, Across, Down, Look, Screen, Shown, Tally, dump};
use crate::sys::{PathError, RealFs};

/// Columns of a page if nobody says how wide it is.
const COLUMNS: usize = 80;

pub(in crate::cli) fn execute(arguments: &Cat, ui: &Ui) -> CommandResult {
    if arguments.look.json {
        let hint = "offhost convert DATA --copybook COPYBOOK --to jsonl prints the records as JSON Lines";
        return Err(Diagnostic::error(codes::RUN013, "--json: cat shows records to people")
            .hint(hint)
            .into());
    }
    match &arguments.copybook {
        Some(copybook) => records(arguments, copybook, ui)?,
        None => bytes(arguments, ui)?,
    }
    Ok(0)
}

/// Records as their copybook describes them.
fn records(arguments: &Cat, copybook: &Path, ui: &Ui) -> anyhow::Result<()> {
    let layout = copybooks::read(copybook, &arguments.source, ui)?;
    let readable = arguments.options().resolve(&name(&arguments.input), layout)?;
    let condition = arguments.wanted.condition.as_deref();
    let condition = condition.map(|text| convert::where_condition(text, &readable.form)).transpose()?;
    let wanted = Wanted { skip: arguments.wanted.skip, take: arguments.wanted.take, condition };
    if arguments.look.count {
        return count(arguments, &readable.format, &wanted, ui);
    }
    let mut page = Page::new(arguments, &readable, ui)?;
    let mut pager = Pager::new(ui, !arguments.look.no_pager, matches!(page, Page::Across(_)));
    let tally = show::read(&RealFs, &arguments.input, &readable, &wanted, &mut |shown| {
        write(&mut pager, |text| page.append(shown, text))
    })?;
    if pager.finish().path_error("write", Path::new("stdout"))? && !ui.quiet {
        report(&tally, &readable, ui);
    }
    Ok(())
}

/// The bytes of records without a copybook.
fn bytes(arguments: &Cat, ui: &Ui) -> anyhow::Result<()> {
    if arguments.wanted.condition.is_some() || arguments.look.across {
        let option = if arguments.look.across { "across" } else { "where" };
        let message = format!("--{option}: there is no copybook to say what a record holds");
        return Err(Diagnostic::error(codes::RUN013, message).hint("give --copybook").into());
    }
    let format = arguments.options().resolve_bytes()?;
    let wanted = Wanted { skip: arguments.wanted.skip, take: arguments.wanted.take, condition: None };
    if arguments.look.count {
        return count(arguments, &format, &wanted, ui);
    }
    let mut pager = Pager::new(ui, !arguments.look.no_pager, false);
    let (name, screen) = (name(&arguments.input), screen(ui));
    show::read_bytes(&RealFs, (&name, &arguments.input), &format, &wanted, &mut |shown| {
        write(&mut pager, |text| dump(shown, format.page, screen, text))
    })?;
    pager.finish().path_error("write", Path::new("stdout"))?;
    Ok(())
}

fn count(arguments: &Cat, format: &DatasetFormat, wanted: &Wanted, ui: &Ui) -> anyhow::Result<()> {
    let name = name(&arguments.input);
    let count = convert::count(&RealFs, (&name, &arguments.input), format, wanted)?;
    ui.answer(&format!("{count}\n"))
}

/// Writes what is appended; ends the reading when nobody looks at it any more.
fn write(pager: &mut Pager, append: impl FnOnce(&mut String)) -> Result<ControlFlow<()>> {
    let mut text = String::new();
    append(&mut text);
    let goes_on = pager.write(&text).path_error("write", Path::new("stdout"))?;
    Ok(if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
}

/// How records lie on the page.
enum Page<'r> {
    Down(Down<'r>),
    Across(Box<Across<'r>>),
}

impl<'r> Page<'r> {
    /// As told; else across if all fields fit.
    fn new(arguments: &Cat, readable: &'r Readable, ui: &Ui) -> Result<Self> {
        let form = &readable.form;
        let look = Look { hex: arguments.look.hex, offsets: arguments.look.offsets, pictures: ui.verbose };
        let screen = screen(ui);
        let down = Page::Down(Down { format: &form.tree.format, look, screen });
        if arguments.look.down {
            return Ok(down);
        }
        let kinds = form.kinds.list().iter().map(|kind| show::width(&kind.name)).max();
        let across = Across::new(&form.tree, kinds.filter(|_| !form.kinds.is_single()), look, screen);
        match across {
            Ok(across) if arguments.look.across || across.width() <= screen.columns.unwrap_or(COLUMNS) => {
                Ok(Page::Across(Box::new(across)))
            }
            Err(error) if arguments.look.across => Err(error),
            _ => Ok(down),
        }
    }

    fn append(&mut self, shown: &Shown<'_>, out: &mut String) {
        match self {
            Page::Down(down) => down.append(shown, out),
            Page::Across(across) => across.append(shown, out),
        }
    }
}

/// The columns of `COLUMNS` or of the terminal; a file may have lines of any length.
fn screen(ui: &Ui) -> Screen {
    let stated = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
    let found = || terminal_size().map(|(Width(columns), _)| usize::from(columns)).filter(|_| ui.screen);
    let columns = stated.filter(|columns| *columns > 0).or_else(found);
    Screen { columns, style: ui.answer_style }
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// What was wrong with the records that were shown.
fn report(tally: &Tally, readable: &Readable, ui: &Ui) {
    let layout = &readable.form.tree.format.layout;
    if !tally.bad.is_empty() {
        let fields: Vec<String> = (tally.bad.iter())
            .map(|(id, count)| format!("{} {}", layout.field(*id).display_name(), grouped(*count)))
            .collect();
        let (with_bad, shown) = (grouped(tally.with_bad), grouped(tally.shown));
        let fields = fields.join(", ");
        ui.message(&format!("numbers that are none, in {with_bad} of {shown} records: {fields}"));
    }
    if tally.unread > 0 {
        let (unread, shown) = (grouped(tally.unread), grouped(tally.shown));
        ui.message(&format!("not read to their end (see !!): {unread} of {shown} records"));
    }
    if tally.shown == 0 {
        ui.message("no records to show");
    }
}
