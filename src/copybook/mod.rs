//! COBOL data descriptions: source text to [`Layout`].
//!
//! ```text
//! source text -> card (columns, comments, continuation) -> lexer (words) -> parser (entries)
//!             -> tree -> passes (usage, picture, occurs, redefines, renames, conditions, offsets) -> Layout
//! ```
//!
//! Every stage goes on after an error and reports into one [`crate::diag::Diagnostics`]. Rules are those of IBM
//! Enterprise COBOL for z/OS (Language Reference, "Data division").

mod card;
mod clause;
mod entry;
mod finish;
mod layout;
mod lexer;
mod names;
mod options;
mod parser;
mod passes;
mod picture;
pub mod print;
mod tree;
mod values;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Source, codes};

pub use layout::{
    BinaryForm, Condition, ConditionValue, Dim, EditedShape, Field, FieldId, FloatWidth, Layout, Literal,
    LiteralClass, NameError, NumberShape, Occurs, Shape, SignPlace, Slack, Usage,
};
pub use options::{
    Area, Arith, BinarySize, CompilerOptions, CopybookOptions, Dialect, Nsymbol, Numproc, PointerSize,
    SourceFormat, Trunc,
};
pub use print::{RecordMapRow, table_rows, to_arrow, to_json, to_json_schema, to_json_text, to_sql};

/// Largest copybook, in bytes of text.
pub const MAX_SOURCE: usize = 128 << 20;

/// Reads a copybook. There is a layout only if there is no error; warnings may come with it.
pub fn parse(source: &Arc<Source>, options: &CopybookOptions) -> (Option<Layout>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    if source.text().len() > MAX_SOURCE {
        let message = format!("the copybook has more than {MAX_SOURCE} bytes");
        let error = Diagnostic::error(codes::CPY022, message).in_file(source.name());
        diagnostics.push(error.hint("check that this is a copybook and not a data file"));
        return (None, diagnostics);
    }
    let glyphs = card::clean(source, options.format, &mut diagnostics);
    let (entries, diagnostics) = parser::parse(source, glyphs, diagnostics);
    let mut draft = tree::build(source, entries, *options, diagnostics);
    let conditions = passes::run(&mut draft);
    finish::finish(draft, conditions)
}
