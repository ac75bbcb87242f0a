//! Tests of the whole front end.

mod copy;
mod edited;
mod errors;
mod gnucobol;
mod hostile;
mod layouts;
mod material;
mod schemas;

use super::*;

/// Reads free text as the record of a file.
fn read(text: &str) -> (Option<Layout>, Diagnostics) {
    read_with(text, SourceFormat::Free, Area::File)
}

fn read_with(text: &str, format: SourceFormat, area: Area) -> (Option<Layout>, Diagnostics) {
    parse(&Source::new("test.cpy", text), &CopybookOptions { format, area, ..CopybookOptions::default() })
}

/// The layout of a copybook that must be right.
fn layout(text: &str) -> Layout {
    let (layout, diagnostics) = read(text);
    layout.unwrap_or_else(|| panic!("{text}\n{diagnostics}"))
}

fn field<'a>(layout: &'a Layout, name: &str) -> &'a Field {
    layout.field(layout.find(name, &[]).unwrap_or_else(|error| panic!("{name}: {error:?}")))
}

/// Offset and length.
fn place(layout: &Layout, name: &str) -> (usize, usize) {
    let field = field(layout, name);
    (field.offset, field.length)
}

fn codes_of(diagnostics: &Diagnostics) -> Vec<&'static str> {
    diagnostics.list().iter().map(|d| d.code.id()).collect()
}
