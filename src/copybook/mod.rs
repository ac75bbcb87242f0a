//! COBOL data descriptions: source text to [`Layout`].
//!
//! ```text
//!   source text -> card (columns, comments, continuation) -> lexer (words) -> parser (entries)
//!               -> build (structure, shapes, redefinitions, lengths, offsets, references) -> Layout
//! ```
//!
//! Every stage goes on after an error and reports into one [`Diagnostics`]. Rules are those of IBM Enterprise COBOL for
//! z/OS (Language Reference, "Data division").

mod build;
mod card;
mod layout;
mod lexer;
mod parser;
mod picture;
mod print;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Source, codes};

pub use card::SourceFormat;
pub use layout::{
    Area, Condition, ConditionValue, Dim, Field, FieldId, Layout, Literal, NameError, NumberShape, Occurs,
    Shape, SignPlace, Usage,
};
pub use print::{RecordMapRow, record_map, to_json};

/// Largest copybook text in bytes.
const SIZE_MAX: usize = 4 << 20;

/// How a copybook is to be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct CopybookOptions {
    /// Layout of its lines.
    pub format: SourceFormat,
    /// Where its items live.
    pub area: Area,
}

/// Reads a copybook. The layout is there if there are no errors; warnings may come with it.
pub fn parse(source: &Arc<Source>, options: &CopybookOptions) -> (Option<Layout>, Diagnostics) {
    let mut found = Diagnostics::new();
    if source.text().len() > SIZE_MAX {
        let message = format!("the copybook has {} bytes, at most {SIZE_MAX} are read", source.text().len());
        found.push(
            Diagnostic::error(codes::CPY022, message)
                .in_file(source.name())
                .hint("check that this is the right file"),
        );
        return (None, found);
    }
    let text = card::clean(source, options.format, &mut found);
    let tokens = lexer::tokens(&text, &mut found);
    let entries = parser::entries(&tokens, &mut found);
    let layout = build::build(entries, options.area, &mut found);
    ((!found.has_errors()).then_some(layout), found)
}
