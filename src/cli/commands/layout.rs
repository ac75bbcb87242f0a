//! `offhost layout`: the record map of a copybook, and the schemas it turns into.

use crate::cli::args::{Layout, LayoutForm};
use crate::cli::copybooks;
use crate::cli::exit::CommandResult;
use crate::cli::table::{table, text};
use crate::cli::ui::Ui;
use crate::copybook::{self, RecordMapRow, table_rows};

pub(in crate::cli) fn execute(arguments: &Layout, ui: &Ui) -> CommandResult {
    let layout = copybooks::read(&arguments.copybook, &arguments.source, ui)?;
    let form = if arguments.json { LayoutForm::Json } else { arguments.to };
    let answer = match form {
        LayoutForm::Table => describe(&layout),
        LayoutForm::Json => copybook::to_json_text(&layout),
        LayoutForm::Schema => format!("{:#}\n", copybook::to_json_schema(&layout)),
        LayoutForm::Sql => copybook::to_sql(&layout),
        LayoutForm::Arrow => format!("{:#}\n", copybook::to_arrow(&layout)),
    };
    ui.answer(&answer)?;
    Ok(0)
}

fn describe(layout: &copybook::Layout) -> String {
    let mut map =
        table(&["level", "name", "picture", "usage", "offset", "length", "occurs", "redefines"], &[4, 5]);
    for row in table_rows(layout) {
        let RecordMapRow { level, name, picture, usage, offset, length, occurs, redefines } = row;
        map.add_row([
            level.map(|level| format!("{level:02}")).unwrap_or_default(),
            name,
            picture,
            usage.to_owned(),
            range(offset, "-"),
            range(length, "-"),
            occurs,
            redefines,
        ]);
    }
    let mut lengths = String::new();
    if layout.roots().count() > 1 {
        for (_, record) in layout.roots() {
            let times = record.occurs.as_ref().map_or((1, 1), |o| (o.min as usize, o.max as usize));
            let length = (record.length_min * times.0, record.length * times.1);
            lengths.push_str(&format!("{} {} bytes\n", record.display_name(), range(length, " to ")));
        }
    }
    let length = range((layout.length_min(), layout.length()), " to ");
    format!("{}{lengths}record length {length} bytes\n", text(&map))
}

/// `12`, or `12-40` where it depends on counters.
fn range((least, most): (usize, usize), between: &str) -> String {
    if least == most { most.to_string() } else { format!("{least}{between}{most}") }
}
