//! `offhost layout`: the record map of a copybook.

use crate::cli::args::{Format, Layout};
use crate::cli::exit::CommandResult;
use crate::cli::table::{table, text};
use crate::cli::ui::Ui;
use crate::copybook::{self, CopybookOptions, RecordMapRow, SourceFormat, table_rows};
use crate::diag::Source;
use crate::sys::{Fs, PathError, RealFs};

pub(in crate::cli) fn execute(arguments: &Layout, ui: &Ui) -> CommandResult {
    let path = &arguments.copybook;
    let mut file = RealFs.open(path).path_error("read", path)?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes).path_error("read", path)?;
    let name = path.display().to_string();
    let source = Source::from_bytes(&name, bytes)?;
    let format = match arguments.format {
        Format::Auto => SourceFormat::Auto,
        Format::Fixed => SourceFormat::Fixed,
        Format::Free => SourceFormat::Free,
    };
    let options = CopybookOptions { format, ..CopybookOptions::default() };
    let (layout, found) = copybook::parse(&source, &options);
    let Some(layout) = layout else { return Err(found.into()) };
    ui.diagnostics(&found);
    if arguments.json {
        ui.answer(&format!("{:#}\n", copybook::to_json(&layout)))?;
    } else {
        ui.answer(&describe(&table_rows(&layout), layout.length_min(), layout.length()))?;
    }
    Ok(0)
}

fn describe(rows: &[RecordMapRow], length_min: usize, length: usize) -> String {
    let mut map =
        table(&["level", "name", "picture", "usage", "offset", "length", "occurs", "redefines"], &[4, 5]);
    for row in rows {
        map.add_row([
            format!("{:02}", row.level),
            row.name.clone(),
            row.picture.clone(),
            row.usage.to_owned(),
            row.offset.to_string(),
            row.length.to_string(),
            row.occurs.clone(),
            row.redefines.clone(),
        ]);
    }
    let lengths =
        if length_min == length { format!("{length}") } else { format!("{length_min} to {length}") };
    format!("{}record length {lengths} bytes\n", text(&map))
}
