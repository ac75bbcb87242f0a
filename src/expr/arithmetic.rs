//! Compiled arithmetic: exact, in 128 bits, and in 256 where that is not enough.

use super::function::NumberFunction;
use super::intermediate::Step;
use super::operand::FieldRef;
use super::scope::Frame;
use super::syntax::ArithmeticOp;
use crate::copybook::NumberShape;
use crate::decimal::arith::{self, Operand};
use crate::decimal::{Coefficient, Decimal, Rounding, Wide};
use crate::diag::{Diagnostic, codes};

/// A compiled arithmetic expression.
#[derive(Clone, Debug)]
pub struct Arithmetic {
    pub(super) root: Term,
    /// Most decimals of the receiver and of all operands except divisors and exponents: IBM's dmax.
    pub(super) decimals_max: i16,
}

#[derive(Clone, Debug)]
pub(super) enum Term {
    Constant(Decimal),
    Field(Box<FieldRef>, NumberShape),
    Negate(Box<Term>),
    Function(Box<NumberFunction>),
    Operation(ArithmeticOp, Box<Term>, Box<Term>),
    /// The same, its result cut to the places that a compiler carries for it.
    Step(Box<Step>),
}

/// Why an expression has no value.
#[derive(Debug)]
pub enum Fault {
    /// More digits than even the wide intermediates hold, or than the receiver does.
    Size,
    /// A divisor of zero.
    DivideByZero,
    /// A field that is not a number, or not there.
    Data(Box<Diagnostic>),
}

impl From<Box<Diagnostic>> for Fault {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Fault::Data(diagnostic)
    }
}

impl Fault {
    /// The message where a value is compared.
    pub(super) fn into_comparison(self) -> Box<Diagnostic> {
        self.into_diagnostic(|| "a comparison".to_owned())
    }

    /// The message, for callers without an ON SIZE ERROR of their own; `what` names the receiver.
    pub fn into_diagnostic(self, what: impl FnOnce() -> String) -> Box<Diagnostic> {
        match self {
            Fault::Data(diagnostic) => diagnostic,
            Fault::Size => {
                Diagnostic::error(codes::DAT009, format!("SIZE ERROR: the result does not fit {}", what()))
                    .hint("give the receiving field more digits, or say what on-size-error should do")
            }
            Fault::DivideByZero => {
                Diagnostic::error(codes::DAT014, format!("division by zero on the way to {}", what()))
                    .hint("test the divisor, or say what on-size-error should do")
            }
        }
    }
}

impl Arithmetic {
    /// The value, exact but for quotients, which follow IBM's rule for intermediate results.
    #[inline]
    pub fn value<F: Frame + ?Sized>(&self, frame: &F) -> Result<Decimal, Fault> {
        match &self.root {
            Term::Constant(number) => return Ok(*number),
            Term::Field(field, shape) => {
                return Ok(Decimal::new(field.integer(*shape, frame)?, i16::from(shape.scale)));
            }
            _ => {}
        }
        match self.root.eval::<i128, F>(self.decimals_max, frame) {
            Ok(value) => Ok(Decimal::new(value.coefficient, value.scale)),
            Err(Fault::Size) => {
                let value = self.root.eval::<Wide, F>(self.decimals_max, frame)?;
                Ok(Decimal::new(value.coefficient.to_i128().ok_or(Fault::Size)?, value.scale))
            }
            Err(fault) => Err(fault),
        }
    }

    /// The value as an integer at a receiver's scale.
    #[inline]
    pub fn scaled<F: Frame + ?Sized>(
        &self,
        frame: &F,
        scale: i16,
        rounding: Rounding,
    ) -> Result<i128, Fault> {
        match self.scaled_in::<i128, F>(frame, scale, rounding) {
            Err(Fault::Size) => self.scaled_in::<Wide, F>(frame, scale, rounding),
            result => result,
        }
    }

    /// The value if no field is involved.
    pub fn constant(&self) -> Option<Decimal> {
        match &self.root {
            Term::Constant(number) => Some(*number),
            Term::Negate(inner) => match **inner {
                Term::Constant(number) => number.checked_neg().ok(),
                _ => None,
            },
            _ => None,
        }
    }

    fn scaled_in<C: Coefficient, F: Frame + ?Sized>(
        &self,
        frame: &F,
        scale: i16,
        rounding: Rounding,
    ) -> Result<i128, Fault> {
        let value = match &self.root {
            // A quotient that is the result is rounded once, from its exact value.
            Term::Operation(ArithmeticOp::Divide, left, right) => {
                let a = left.eval::<C, F>(self.decimals_max, frame)?;
                let b = right.eval::<C, F>(self.decimals_max, frame)?;
                if b.coefficient == C::ZERO {
                    return Err(Fault::DivideByZero);
                }
                arith::div_rounded(a, b, scale, rounding).ok_or(Fault::Size)?
            }
            root => root.eval::<C, F>(self.decimals_max, frame)?,
        };
        value.to_scale(scale, rounding).and_then(|v| v.coefficient.to_i128()).ok_or(Fault::Size)
    }
}

impl Term {
    /// The value; quotients have at least `dmax` decimals.
    pub(super) fn eval<C: Coefficient, F: Frame + ?Sized>(
        &self,
        dmax: i16,
        frame: &F,
    ) -> Result<Operand<C>, Fault> {
        match self {
            Term::Constant(number) => {
                Ok(Operand { coefficient: C::from_i128(number.coefficient()), scale: number.scale() })
            }
            Term::Field(field, shape) => {
                let integer = field.integer(*shape, frame)?;
                Ok(Operand { coefficient: C::from_i128(integer), scale: i16::from(shape.scale) })
            }
            Term::Negate(inner) => {
                let value = inner.eval::<C, F>(dmax, frame)?;
                Ok(Operand {
                    coefficient: C::ZERO.sub(value.coefficient).ok_or(Fault::Size)?,
                    scale: value.scale,
                })
            }
            Term::Function(function) => {
                let value = function.value(frame)?;
                Ok(Operand { coefficient: C::from_i128(value.coefficient()), scale: value.scale() })
            }
            Term::Operation(op, left, right) => {
                let a = left.eval::<C, F>(dmax, frame)?;
                let b = right.eval::<C, F>(dmax, frame)?;
                let result = match op {
                    ArithmeticOp::Add => arith::add(a, b),
                    ArithmeticOp::Subtract => arith::sub(a, b),
                    ArithmeticOp::Multiply => arith::mul(a, b),
                    ArithmeticOp::Divide if b.coefficient == C::ZERO => return Err(Fault::DivideByZero),
                    ArithmeticOp::Divide => arith::div(a, b, dmax),
                    ArithmeticOp::Power => return power(a, b, dmax),
                };
                result.ok_or(Fault::Size)
            }
            Term::Step(step) => step.value(frame),
        }
    }
}

/// A power with a whole exponent; one divided by it, if that is negative.
fn power<C: Coefficient>(base: Operand<C>, exponent: Operand<C>, dmax: i16) -> Result<Operand<C>, Fault> {
    let none = base.coefficient == C::ZERO;
    if exponent.coefficient > C::ZERO || (exponent.coefficient == C::ZERO && !none) {
        return arith::pow(base, exponent).ok_or(Fault::Size);
    }
    if none {
        return Err(if exponent.coefficient < C::ZERO { Fault::DivideByZero } else { Fault::Size });
    }
    let times = C::ZERO.sub(exponent.coefficient).ok_or(Fault::Size)?;
    let power = arith::pow(base, Operand { coefficient: times, scale: exponent.scale }).ok_or(Fault::Size)?;
    arith::div(Operand { coefficient: C::ONE, scale: 0 }, power, dmax).ok_or(Fault::Size)
}
