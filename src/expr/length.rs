//! The length of a record as an expression on its fields.

use std::fmt;

use super::arithmetic::Arithmetic;
use super::scope::SingleFrame;
use crate::decimal::Rounding;
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::record::{Length, Origin, RecordLength, RecordStart};

/// Bytes that a rule looks at before it believes that a field is not there.
pub const LOOKED_AT: usize = 1 << 20;

/// A rule for the length of records that adds up their fields.
pub struct ExpressionLength {
    expression: Arithmetic,
}

impl ExpressionLength {
    /// The rule.
    pub fn new(expression: Arithmetic) -> Self {
        ExpressionLength { expression }
    }

    fn refused(origin: Origin<'_>, value: &str) -> Box<Diagnostic> {
        let place = DataPlace {
            dataset: origin.dataset.to_owned(),
            record: origin.record,
            offset: origin.offset,
            ..DataPlace::default()
        };
        Diagnostic::error(codes::DAT004, format!("the length of the record would be {value}"))
            .in_data(place)
            .hint("check the expression, and where the first record begins")
    }
}

impl fmt::Debug for ExpressionLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExpressionLength")
    }
}

impl RecordLength for ExpressionLength {
    fn length(&self, start: RecordStart<'_>) -> Result<Length> {
        let frame = SingleFrame { record: start.bytes, origin: start.origin };
        match self.expression.scaled(&frame, 0, Rounding::Prohibited) {
            Ok(value) => match usize::try_from(value) {
                Ok(length @ 1..) => Ok(Length::Known(length)),
                _ => Err(Self::refused(start.origin, &value.to_string())),
            },
            Err(_) if !start.at_end && start.bytes.len() < LOOKED_AT => {
                Ok(Length::NeedAtLeast(start.bytes.len() + 1))
            }
            Err(fault) => Err(fault.into_diagnostic(|| "the length of the record".to_owned())),
        }
    }
}
