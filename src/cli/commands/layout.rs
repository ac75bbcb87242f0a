//! `offhost layout`: the record map of a copybook.

use std::path::Path;

use crate::cli::args::{Format, Layout};
use crate::cli::exit::CommandResult;
use crate::cli::table::{table, text};
use crate::cli::ui::Ui;
use crate::copybook::{self, CopybookOptions, RecordMapRow, SourceFormat, table_rows};
use crate::job::CopyFolders;
use crate::sys::RealFs;

pub(in crate::cli) fn execute(arguments: &Layout, ui: &Ui) -> CommandResult {
    let path = &arguments.copybook;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let folders = std::iter::once(folder).chain(arguments.include.iter().cloned()).collect();
    let mut library = CopyFolders::new(&RealFs, folders);
    let source = library.read(path)?;
    let format = match arguments.format {
        Format::Auto => SourceFormat::Auto,
        Format::Fixed => SourceFormat::Fixed,
        Format::Free => SourceFormat::Free,
    };
    let options = CopybookOptions {
        format,
        debug_lines: arguments.debug_lines,
        decimal_point_is_comma: arguments.decimal_point_is_comma,
        currency: arguments.currency.clone(),
        ..CopybookOptions::default()
    };
    let (layout, found) = copybook::parse_with(&source, &options, &mut library);
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
