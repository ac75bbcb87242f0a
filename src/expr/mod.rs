//! COBOL conditions and arithmetic on copybook names.
//!
//! ```text
//!   text -> lexer -> parser -> Node (names unresolved) -> compile against a Scope -> Condition, Arithmetic, Move
//! ```
//!
//! Compiling resolves every name to an offset and checks every type; what is left at run time is reading bytes.
//! Rules are those of the Enterprise COBOL Language Reference, "Conditional expressions" and "Arithmetic expressions".

mod arithmetic;
mod compile;
mod condition;
mod fields;
mod float;
mod function;
mod inspect;
mod intermediate;
mod kinds;
mod length;
mod level88;
mod lexer;
mod meaning;
mod movement;
mod operand;
mod parser;
mod phrase;
mod quick;
mod receiver;
mod scope;
mod syntax;
mod table;
mod truth;
mod unstring;

pub use arithmetic::{Arithmetic, Fault};
pub use compile::Compiler;
pub use condition::Condition;
pub use fields::See;
pub use float::FloatValue;
pub use function::{Calendars, NumberFunction, TextFunction, TextPart, function_names};
pub use inspect::Inspect;
pub use intermediate::Arith;
pub use kinds::{KindFault, KindTexts, Kinds, RecordKind, Standing, When, field_named};
pub use length::{ExpressionLength, LOOKED_AT};
pub use level88::condition_of_item;
pub use meaning::{Lineage, Meaning, Rules};
pub use movement::{Move, Quick};
pub use operand::{FieldRef, Operand};
pub use parser::parse;
pub use phrase::{IntoPhrase, into_phrase};
pub use receiver::Receiver;
pub use scope::{Frame, Scope, SingleFrame, Slot};
pub use syntax::{
    ArithmeticOp, ClassName, Figurative, FunctionRef, NameRef, Node, NodeKind, Relation, SignName,
};
pub use table::Table;
pub use truth::figurative_bytes;
pub use unstring::{Cut, Cutter, Delimiter};
