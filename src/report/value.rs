//! What a column or an item shows of a record: a number by its picture, or text.

use super::picture::Picture;
use crate::copybook::NumberShape;
use crate::decimal::{Decimal, Rounding, pow10};
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::expr::{Arithmetic, Fault, FieldRef, Frame, SingleFrame};

/// Something to be shown.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number.
    Number(Box<Number>),
    /// The characters of a field.
    Text(Box<Text>),
}

/// A number and its picture.
#[derive(Clone, Debug)]
pub struct Number {
    name: String,
    value: Arithmetic,
    rounding: Rounding,
    picture: Picture,
    /// The field, if the value is no more than that, and what makes its integer one at the picture's scale.
    plain: Option<(FieldRef, NumberShape, i128)>,
}

/// The characters of a field.
#[derive(Clone, Debug)]
pub struct Text {
    /// The field.
    pub field: FieldRef,
    /// Characters on the right that have no room are left out, by declared choice.
    pub cut: bool,
}

impl Value {
    /// The number, if it is one.
    pub fn number(&self) -> Option<&Number> {
        match self {
            Value::Number(number) => Some(number),
            Value::Text(_) => None,
        }
    }

    /// Characters that it takes at most.
    pub fn width(&self) -> usize {
        match self {
            Value::Number(number) => number.picture.length(),
            Value::Text(text) => text.field.length_max(),
        }
    }
}

impl Number {
    /// A computed number.
    pub fn new(name: &str, value: Arithmetic, rounding: Rounding, picture: Picture) -> Self {
        Number { name: name.to_owned(), value, rounding, picture, plain: None }
    }

    /// The same number, known to be the value of this field.
    #[must_use]
    pub fn of_field(mut self, field: &FieldRef) -> Self {
        let shift = |shape: NumberShape| i16::from(self.picture.scale()) - i16::from(shape.scale);
        self.plain = field.number().and_then(|shape| {
            let factor = u32::try_from(shift(shape)).ok().and_then(pow10)?;
            Some((field.clone(), shape, factor))
        });
        self
    }

    /// The field, if the value is no more than that.
    pub fn field(&self) -> Option<&FieldRef> {
        self.plain.as_ref().map(|(field, ..)| field)
    }

    /// How it is shown.
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// The integer at the picture's scale.
    ///
    /// # Errors
    /// Bytes that are no number; a number with more digits or decimals than the picture, or with a sign that it does not
    /// show.
    #[inline]
    pub fn read(&self, frame: &SingleFrame<'_>) -> Result<i128> {
        let value = match &self.plain {
            Some((field, shape, 1)) => Some(field.integer(*shape, frame)?),
            Some((field, shape, factor)) => field.integer(*shape, frame)?.checked_mul(*factor),
            None => match self.value.scaled(frame, i16::from(self.picture.scale()), self.rounding) {
                Ok(value) => Some(value),
                Err(Fault::Size) => None,
                Err(fault) => return Err(fault.into_diagnostic(|| self.name.clone())),
            },
        };
        value.filter(|value| self.picture.shows(*value)).ok_or_else(|| self.unfit(frame, value))
    }

    #[cold]
    fn unfit(&self, frame: &SingleFrame<'_>, value: Option<i128>) -> Box<Diagnostic> {
        let origin = frame.origin(0);
        let place = match &self.plain {
            Some((field, ..)) => {
                let bytes = field.bytes(frame).unwrap_or_default();
                let start = field.range(frame).map_or(0, |range| range.start);
                origin.place(&field.format, Some(field.id), start, bytes)
            }
            None => DataPlace {
                dataset: origin.dataset.to_owned(),
                record: origin.record,
                offset: origin.offset,
                bytes: frame.record.to_vec(),
                ..DataPlace::default()
            },
        };
        let shown = value.map(|value| Decimal::new(value, i16::from(self.picture.scale())).to_string());
        let message = match shown {
            Some(value) => {
                format!("{} is {value}, which PIC {} does not show", self.name, self.picture.text())
            }
            None => format!("the value of {} does not fit PIC {}", self.name, self.picture.text()),
        };
        let hint = match value {
            Some(value) if value < 0 && !self.picture.signed() => "give the picture a sign: -, +, CR or DB",
            Some(_) => "give the picture more digits",
            None => "give the picture more digits, or say how the value is rounded",
        };
        Diagnostic::error(codes::RPT101, message).in_data(place).hint(hint)
    }
}
