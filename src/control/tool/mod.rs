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

use crate::diag::Diagnostics;

pub use run::{outputs, run};

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
