//! COBOL data descriptions: source text to [`Layout`].
//!
//! ```text
//! source text -> card (columns, comments, continuation) -> lexer (words) -> parser (entries)
//!             -> tree -> passes (usage, picture, occurs, redefines, renames, conditions, offsets) -> Layout
//! ```
//!
//! Every stage goes on after an error and reports into one [`crate::diag::Diagnostics`]. Rules are those of IBM
//! Enterprise COBOL for z/OS (Language Reference, "Data division").

mod layout;

pub use layout::{
    Area, Condition, ConditionValue, Dim, Field, FieldId, Layout, Literal, NameError, NumberShape, Occurs, Shape,
    SignPlace, Usage,
};

/// STUB
#[derive(Default)]
pub struct CopybookOptions { /// a
pub format: SourceFormat, /// b
pub area: Area }
/// STUB
#[derive(Default)]
pub enum SourceFormat { /// a
#[default] Auto, /// b
Free }
/// STUB
pub fn parse(_s: &std::sync::Arc<crate::diag::Source>, _o: &CopybookOptions) -> (Option<Layout>, crate::diag::Diagnostics) { (None, crate::diag::Diagnostics::new()) }
impl Default for Area { fn default() -> Self { Area::File } }
