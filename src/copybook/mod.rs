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
    Area, BinaryForm, Condition, ConditionValue, Dim, EditedShape, Field, FieldId, FloatWidth, Layout,
    Literal, NameError, NumberShape, Occurs, Shape, SignPlace, Usage,
};
pub use member::source_from_bytes;
pub use print::{RecordMapRow, table_rows, to_json};

/// Largest copybook, in bytes of text.
pub const MAX_SOURCE: usize = 4 << 20;

/// Most characters of a currency sign.
const MAX_CURRENCY: usize = 20;

/// How the lines of a copybook are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceFormat {
    /// Fixed, unless the text is clearly free.
    #[default]
    Auto,
    /// Columns 1-6 sequence number, 7 indicator, 8-72 text, the rest ignored.
    Fixed,
    /// Text from column 1 to the end of the line.
    Free,
}

/// How to read a copybook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopybookOptions {
    /// How lines are laid out.
    pub format: SourceFormat,
    /// How several records lie in storage.
    pub area: Area,

    /// Debugging lines (D in column 7) are read.
    pub debug_lines: bool,
    /// DECIMAL-POINT IS COMMA: comma and period change places in numbers and PICTUREs.
    pub decimal_point_is_comma: bool,
    /// The CURRENCY SIGN clauses; `$` for `$` if there are none.
    pub currency: Vec<CurrencySign>,
}

impl Default for CopybookOptions {
    fn default() -> Self {
        CopybookOptions {
            format: SourceFormat::Auto,
            area: Area::File,

            debug_lines: false,
            decimal_point_is_comma: false,
            currency: Vec::new(),
        }
    }
}

/// `CURRENCY SIGN IS 'sign' WITH PICTURE SYMBOL 'symbol'` (Language Reference, "CURRENCY SIGN clause").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencySign {
    /// What stands in a PICTURE.
    pub symbol: char,
    /// What stands in the data: one or more characters.
    pub sign: String,
}

impl CurrencySign {
    /// Takes a sign and its symbol.
    ///
    /// # Errors
    /// The symbol is not one character, or one that means something else in a PICTURE; the sign is empty, too long,
    /// or holds digits or what a number may hold.
    pub fn new(sign: &str, symbol: &str) -> std::result::Result<Self, String> {
        let mut characters = symbol.chars().flat_map(char::to_uppercase);
        let (Some(symbol), None) = (characters.next(), characters.next()) else {
            return Err(format!("`{symbol}` is not one character; write SIGN=SYMBOL"));
        };
        if symbol.is_ascii_digit() || symbol.is_whitespace() || "ABCDEGNPRSVXZ*+-/,.;()\"='".contains(symbol)
        {
            return Err(format!("`{symbol}` means something else in a PICTURE"));
        }
        let number = |c: char| c.is_ascii_digit() || "+-.,*".contains(c);
        if sign.trim().is_empty() || sign.chars().count() > MAX_CURRENCY || sign.contains(number) {
            return Err(format!(
                "a currency sign has 1 to {MAX_CURRENCY} characters, none of them a digit or one of + - . , *"
            ));
        }
        Ok(CurrencySign { symbol, sign: sign.to_owned() })
    }
}

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
    let mut draft = tree::build(source, entries, options.area, diagnostics);
    let conditions = passes::run(&mut draft);
    let (layout, mut diagnostics) = finish::finish(draft, conditions);
    copy::annotate(&texts, &replaced, &mut diagnostics);
    (layout, diagnostics)
}
