//! Statements to the tree, with every mistake of a deck at once.
//!
//! [`deck`] reads all statements of a pass. [`Parser`] reads what stands in them; ICETOOL uses it for operands that are
//! written alike: fields, conditions, formats.

mod comparand;
mod condition;
mod find;
mod format;
mod group;
mod item;
mod join;
mod moment;
mod option;
mod outfil;
mod parser;
mod parsing;
mod record;
mod reform;
mod sort;
mod statements;
mod sum;

pub use format::{NamedFormat, Use};
pub use item::Items;
pub use option::{Change, OptionStatement};
pub use parser::Parser;

use std::sync::Arc;

use crate::control::deck::{Cards, Reading, Symbols};
use crate::control::syntax::{Deck, Dialect};
use crate::diag::{Diagnostics, Source};
use crate::encoding::CodePage;

/// Names of all statements.
const STATEMENTS: &[&str] = &[
    "ALTSEQ", "DEBUG", "DUPKEYS", "END", "INCLUDE", "INPFIL", "INREC", "JOIN", "JOINKEYS", "MERGE", "MODS",
    "OMIT", "OPTION", "OUTFIL", "OUTREC", "RECORD", "REFORMAT", "SORT", "SUM",
];

/// Mistakes after which a text is taken for no deck at all.
const ERRORS_MAX: usize = 500;

/// What the meaning of a deck depends on.
#[derive(Clone, Copy, Debug)]
pub struct ParseContext {
    /// Code page of the data, and so of constants.
    pub page: CodePage,
    /// Whose spellings are accepted.
    pub dialect: Dialect,
    /// Whose deck it is.
    pub kind: DeckKind,
}

/// Whose deck it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeckKind {
    /// SYSIN of a pass.
    Main,
    /// JNFnCNTL of a join.
    JoinTask,
    /// xxxxCNTL of an ICETOOL operator, which may bring the application itself.
    ToolUsing,
}

/// Reads a deck. Of several sources the first is the strongest: DFSPARM, then SYSIN. Warnings of a deck without errors are
/// in the deck.
pub fn deck(
    sources: &[Arc<Source>],
    symbols: Option<&Symbols>,
    context: &ParseContext,
) -> Result<Deck, Diagnostics> {
    let reading = Reading { page: context.page, dialect: context.dialect, symbols };
    let mut diagnostics = Diagnostics::new();
    let mut all = statements::Statements::default();
    for (index, source) in sources.iter().enumerate() {
        let overriding = index + 1 < sources.len();
        let cards = Cards::read(source, overriding, &mut diagnostics);
        let mut found = statements::Statements::default();
        for statement in &cards.statements {
            if diagnostics.error_count() >= ERRORS_MAX {
                break;
            }
            found.read(statement, reading, overriding, &mut diagnostics);
        }
        all.add_weaker(found);
    }
    all.into_deck(context, sources.last(), diagnostics)
}

#[cfg(test)]
mod tests;
