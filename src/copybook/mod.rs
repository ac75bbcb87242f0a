//! COBOL data descriptions: source text to [`Layout`].
//!
//! ```text
//! source text -> card (columns, comments, continuation) -> copy (COPY, REPLACE) -> lexer (words)
//!             -> parser (entries) -> tree -> passes (usage, picture, occurs, redefines, renames, conditions, offsets) -> Layout
//! ```
//!
//! Every stage goes on after an error and reports into one [`crate::diag::Diagnostics`]. Rules are those of IBM
//! Enterprise COBOL for z/OS (Language Reference, "Data division").

mod card;
mod clause;
mod copy;
mod entry;
mod finish;
mod layout;
mod lexer;
mod member;
mod names;
mod options;
mod parser;
mod passes;
mod picture;
pub mod print;
mod texts;
mod tree;
mod values;
mod window;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Source, codes};
use card::Lines;

pub use copy::{CopyLibrary, NoLibrary};
pub use layout::{
    BinaryForm, Condition, ConditionValue, Dim, Edit, EditedShape, Field, FieldId, FloatWidth, Layout,
    Literal, LiteralClass, NameError, NumberShape, Occurs, Shape, SignPlace, Slack, TableKey, Usage,
};
pub use member::source_from_bytes;
pub use options::{
    Area, Arith, BinarySize, CompilerOptions, CopybookOptions, CurrencySign, Dialect, Nsymbol, Numproc,
    PointerSize, SourceFormat, Trunc,
};
pub use print::{
    RecordMapRow, table_rows, to_arrow, to_json, to_json_schema, to_json_text, to_sql, unique_member,
};

/// Largest copybook, in bytes of text.
pub const MAX_SOURCE: usize = 128 << 20;

/// Reads a copybook that copies no members. There is a layout only if there is no error; warnings may come with it.
pub fn parse(source: &Arc<Source>, options: &CopybookOptions) -> (Option<Layout>, Diagnostics) {
    parse_with(source, options, &mut NoLibrary)
}

/// Reads a copybook and the members that its COPY statements name. A message about text of a member points into the
/// member and notes where that was copied; one about text that REPLACING put in points at the text it replaced.
pub fn parse_with(
    source: &Arc<Source>,
    options: &CopybookOptions,
    library: &mut dyn CopyLibrary,
) -> (Option<Layout>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    if source.text().len() > MAX_SOURCE {
        let message = format!("the copybook has more than {MAX_SOURCE} bytes");
        let error = Diagnostic::error(codes::CPY022, message).in_file(source.name());
        diagnostics.push(error.hint("check that this is a copybook and not a data file"));
        return (None, diagnostics);
    }
    let lines = Lines { format: options.format, debug: options.debug_lines, ..Lines::default() };
    let expansion = copy::expand(source, lines, library, &mut diagnostics);
    if expansion.broken {
        // What a missing member leaves behind would only be complained about for the wrong reason.
        return (None, diagnostics);
    }
    let copy::Expansion { glyphs, texts, replaced, names, .. } = expansion;
    let options = &names.apply(options);
    let (entries, diagnostics) = parser::parse(&texts, glyphs, options, diagnostics);
    let mut draft = tree::build(source, entries, options.clone(), diagnostics);
    let conditions = passes::run(&mut draft);
    let (layout, mut diagnostics) = finish::finish(draft, conditions);
    copy::annotate(&texts, &replaced, &mut diagnostics);
    (layout, diagnostics)
}
