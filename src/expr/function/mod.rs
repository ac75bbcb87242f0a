//! Intrinsic functions: `FUNCTION NAME (arguments)` (Language Reference, "Intrinsic functions").
//!
//! A function that gives a number is a term of arithmetic, one that gives text an operand. What a function cannot answer, the
//! manual leaves undefined; here it is an error of the data.

mod calls;
mod dates;
mod days;
mod numbers;
mod numval;
mod table;
mod texts;

use super::arithmetic::{Arithmetic, Fault, Term};
use super::operand::FieldRef;
use super::scope::Frame;
use crate::diag::{DataPlace, Diagnostic, codes};

pub(super) use calls::Called;
pub use days::Calendars;
pub use numbers::NumberFunction;
pub use table::function_names;
pub use texts::{TextFunction, TextPart};

/// The fault of a function whose argument has no meaning for it.
#[cold]
fn undefined<F: Frame + ?Sized>(
    (name, hint): (&str, &str),
    what: String,
    field: Option<&FieldRef>,
    frame: &F,
) -> Fault {
    let error = Diagnostic::error(codes::DAT024, format!("FUNCTION {name}: {what}")).hint(hint);
    Fault::Data(match field.and_then(|field| place_of(field, frame)) {
        Some(place) => error.in_data(place),
        None => error,
    })
}

/// Where a field stands, for messages.
fn place_of<F: Frame + ?Sized>(field: &FieldRef, frame: &F) -> Option<DataPlace> {
    let range = field.range(frame).ok()?;
    let bytes = field.bytes(frame).ok()?;
    Some(frame.origin(field.slot).place(&field.format, Some(field.id), range.start, bytes))
}

/// The field that an argument is, if it is one and nothing more.
fn field_of(argument: &Arithmetic) -> Option<&FieldRef> {
    match &argument.root {
        Term::Field(field, _) => Some(field),
        _ => None,
    }
}
