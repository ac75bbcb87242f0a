//! Which fields a compiled expression reads, for those who must know before it is run.

use super::arithmetic::{Arithmetic, Term};
use super::condition::{Condition, TextValue};
use super::float::FloatValue;
use super::movement::{Move, Source};
use super::operand::{FieldRef, Operand, Place};
use super::table::Table;

/// Takes each field that is read, subscripts before what they select.
pub type See<'s, 'e> = &'s mut dyn FnMut(&'e FieldRef);

impl FieldRef {
    /// The fields that are read to read this one: those in its subscripts, and itself.
    pub fn reads<'e>(&'e self, see: See<'_, 'e>) {
        self.reads_to_locate(see);
        see(self);
    }

    /// The fields that are read to find the place of this one.
    pub fn reads_to_locate<'e>(&'e self, see: See<'_, 'e>) {
        if let Place::Computed { subscripts, modification } = &self.place {
            subscripts.iter().for_each(|subscript| subscript.reads(see));
            if let Some((start, length)) = modification {
                start.reads(see);
                length.iter().for_each(|length| length.reads(see));
            }
        }
    }

    /// True if both are the same bytes of the same record, understood in the same way.
    pub fn is_same(&self, other: &FieldRef) -> bool {
        let place = self.fixed_range();
        place.is_some()
            && (self.slot, self.id, &self.shape) == (other.slot, other.id, &other.shape)
            && place == other.fixed_range()
            && self.guard.is_none()
            && other.guard.is_none()
    }
}

impl Arithmetic {
    /// The fields that are read.
    pub fn reads<'e>(&'e self, see: See<'_, 'e>) {
        self.root.reads(see);
    }
}

impl Term {
    fn reads<'e>(&'e self, see: See<'_, 'e>) {
        match self {
            Term::Constant(_) => {}
            Term::Field(field, _) => field.reads(see),
            Term::Negate(inner) => inner.reads(see),
            Term::Function(function) => function.reads(see),
            Term::Operation(_, left, right) => {
                left.reads(see);
                right.reads(see);
            }
            Term::Step(step) => {
                step.left.reads(see);
                step.right.reads(see);
            }
        }
    }
}

impl Condition {
    /// The fields that are read, whichever of its parts are looked at.
    pub fn reads<'e>(&'e self, see: See<'_, 'e>) {
        match self {
            Condition::Numbers(_, left, right) => {
                left.reads(see);
                right.reads(see);
            }
            Condition::Floats(_, left, right, _) => {
                left.reads(see);
                right.reads(see);
            }
            Condition::Texts(_, left, right, _) => {
                left.reads(see);
                right.reads(see);
            }
            Condition::Class(_, field) | Condition::Kind(field) => field.reads(see),
            Condition::Sign(_, value) => value.reads(see),
            Condition::Not(inner) => inner.reads(see),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| part.reads(see)),
        }
    }
}

impl TextValue {
    fn reads<'e>(&'e self, see: See<'_, 'e>) {
        match self {
            TextValue::Field(field) => field.reads(see),
            TextValue::Function(function) => function.reads(see),
            TextValue::Literal(_) | TextValue::Repeated(_) => {}
        }
    }
}

impl FloatValue {
    fn reads<'e>(&'e self, see: See<'_, 'e>) {
        match self {
            FloatValue::Field(field) => field.reads(see),
            FloatValue::Number(number) => number.reads(see),
            FloatValue::Literal(..) => {}
        }
    }
}

impl Operand {
    /// The fields that are read.
    pub fn reads<'e>(&'e self, see: See<'_, 'e>) {
        match self {
            Operand::Field(field) => field.reads(see),
            Operand::Arithmetic(arithmetic) => arithmetic.reads(see),
            Operand::Function(function) => function.reads(see),
            Operand::Number(_) | Operand::Text(_) | Operand::Hex(_) | Operand::Figurative(_) => {}
        }
    }
}

impl Move {
    /// The fields that are read; not the receiver, but what says where it is.
    pub fn reads<'e>(&'e self, see: See<'_, 'e>) {
        match &self.from {
            Source::Number(operand) => operand.reads(see),
            Source::Digits(field, _)
            | Source::TextDigits(field)
            | Source::Edited(field, _)
            | Source::Float(field)
            | Source::Bytes(field) => field.reads(see),
            Source::Function(function) => function.reads(see),
            Source::Literal(_) | Source::Repeated(_) => {}
        }
        self.to.reads_to_locate(see);
    }
}

impl Table {
    /// The field that says how many entries there are.
    pub fn reads<'e>(&'e self, see: See<'_, 'e>) {
        self.counter.iter().for_each(|(counter, _)| counter.reads(see));
    }
}
