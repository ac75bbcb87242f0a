//! ICETOOL: operators that are decks of their own.
//!
//! | part | what |
//! |---|---|
//! | [`syntax`] | what TOOLIN says, as a tree |
//! | `parse` | TOOLIN to that tree |
//! | `layout` | how the reports of DISPLAY and OCCUR look |
//! | `run` | the operators, between the two halves of a pass |

mod familiar;
mod layout;
mod parse;
mod run;
pub mod syntax;

use std::sync::Arc;

use crate::control::deck::Reading;
use crate::diag::{Diagnostics, Source};

pub use run::{outputs, run};

/// Reads the statements of TOOLIN: what each says, or all that is wrong with it.
pub fn statements(
    source: &Arc<Source>,
    reading: Reading<'_>,
) -> Vec<std::result::Result<syntax::ToolStatement, Diagnostics>> {
    parse::statements(source, reading).into_iter().map(|found| found.read).collect()
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The greatest return code of an operator.
    pub return_code: u8,
    /// What was wrong, in the order of the operators.
    pub diagnostics: Diagnostics,
}

impl Outcome {
    fn add(&mut self, code: u8, problems: Diagnostics) {
        self.return_code = self.return_code.max(code);
        self.diagnostics.extend(problems);
    }
}
