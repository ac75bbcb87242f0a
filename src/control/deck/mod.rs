//! Card images to statements: columns, continuation, comments, symbols, words.
//!
//! | part | what |
//! |---|---|
//! | [`Cards`] | the statements of a text: label, operation, operands as one text without cards |
//! | [`Text`] | such a text; it knows from which card and column each character came |
//! | [`Cursor`] | reads a text: words, numbers, constants, symbols in their place |
//! | [`Symbols`] | what SYMNAMES defines |

mod card;
mod constant;
mod cursor;
mod logical;
mod symbols;
mod system;
mod text;
mod tool;

pub use constant::Constant;
pub use cursor::{Cursor, Head, HeadPlace, Reading, Word};
pub use logical::{Cards, Statement};
pub use symbols::{Symbol, Symbols};
pub use system::SystemSymbols;
pub use text::Text;

#[cfg(test)]
mod tests;
