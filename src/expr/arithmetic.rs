//! Compiled arithmetic: exact, in 64 bits, and in 128 and 256 where that is not enough.

use std::cmp::Ordering;

use super::function::NumberFunction;
use super::intermediate::Step;
use super::operand::FieldRef;
use super::quick::Quick;
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
    /// The same on integers, in the usual case.
    quick: Option<Box<Quick>>,
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
    /// An expression; quotients have at least so many decimals.
    pub(super) fn new(root: Term, decimals_max: i16) -> Self {
        let quick = Quick::of(&root, decimals_max).map(Box::new);
        Arithmetic { root, decimals_max, quick }
    }

    /// The value, exact but for quotients, which follow IBM's rule for intermediate results.
    #[inline]
    pub fn value<F: Frame + ?Sized>(&self, frame: &F) -> Result<Decimal, Fault> {
        match self.quick.as_ref().and_then(|quick| quick.value(frame)) {
            Some(value) => Ok(value),
            None => self.any_value(frame),
        }
    }

    /// How its value compares with that of another.
    #[inline]
    pub fn compare<F: Frame + ?Sized>(&self, other: &Arithmetic, frame: &F) -> Result<Ordering, Fault> {
        let quick = self.quick.as_ref().zip(other.quick.as_ref());
        match quick.and_then(|(quick, other)| quick.compare(other, frame)) {
            Some(order) => Ok(order),
            None => Ok(self.any_value(frame)?.cmp(&other.any_value(frame)?)),
        }
    }

    /// The value, where something is unusual.
    #[inline(never)]
    fn any_value<F: Frame + ?Sized>(&self, frame: &F) -> Result<Decimal, Fault> {
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
        match self.quick.as_ref().and_then(|quick| quick.scaled(frame, scale, rounding)) {
            Some(value) => Ok(i128::from(value)),
            None => self.any_scaled(frame, scale, rounding),
        }
    }

    #[inline(never)]
    fn any_scaled<F: Frame + ?Sized>(
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

    /// Sees the fields that are read where nothing is unusual.
    pub fn quick_fields(&mut self, see: &mut dyn FnMut(&mut FieldRef)) {
        if let Some(quick) = &mut self.quick {
            quick.fields(see);
        }
    }

    /// The value if no field is involved.
    pub fn constant(&self) -> Option<Decimal> {
        self.root.constant()
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

#[inline]
fn operand<C: Coefficient>(integer: i128, scale: i16) -> Operand<C> {
    Operand { coefficient: C::from_i128(integer), scale }
}

impl Term {
    /// The value of a literal, with a sign or without.
    pub(super) fn constant(&self) -> Option<Decimal> {
        match self {
            Term::Constant(number) => Some(*number),
            Term::Negate(inner) => match **inner {
                Term::Constant(number) => number.checked_neg().ok(),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value; quotients have at least `dmax` decimals.
    pub(super) fn eval<C: Coefficient, F: Frame + ?Sized>(
        &self,
        dmax: i16,
        frame: &F,
    ) -> Result<Operand<C>, Fault> {
        match self {
            Term::Constant(number) => Ok(operand(number.coefficient(), number.scale())),
            Term::Field(field, shape) => Ok(operand(field.integer(*shape, frame)?, i16::from(shape.scale))),
            Term::Negate(inner) => {
                let value = inner.eval::<C, F>(dmax, frame)?;
                Ok(Operand {
                    coefficient: C::ZERO.sub(value.coefficient).ok_or(Fault::Size)?,
                    scale: value.scale,
                })
            }
            Term::Function(function) => {
                let value = function.value(frame)?;
                Ok(operand(value.coefficient(), value.scale()))
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
    let whole = whole_exponent(exponent)?;
    if base.coefficient == C::ZERO && whole <= 0 {
        return Err(if whole < 0 { Fault::DivideByZero } else { Fault::Size });
    }
    let times = u64::try_from(whole.unsigned_abs()).map_err(|_| Fault::Size)?;
    let power = arith::pow(base, times).ok_or(Fault::Size)?;
    if whole >= 0 {
        return Ok(power);
    }
    arith::div(Operand { coefficient: C::ONE, scale: 0 }, power, dmax).ok_or(Fault::Size)
}

/// The exponent of a power; an error that says so if it is not whole, since no field is too small for the result then.
pub(super) fn whole_exponent<C: Coefficient>(exponent: Operand<C>) -> Result<i128, Fault> {
    let whole = exponent.to_scale(0, Rounding::Prohibited).map(|whole| whole.coefficient.to_i128());
    match whole {
        Some(whole) => whole.ok_or(Fault::Size),
        None => {
            let shown = exponent.coefficient.to_i128().map_or_else(
                || "its exponent".to_owned(),
                |digits| format!("the exponent {}", Decimal::new(digits, exponent.scale)),
            );
            let message = format!("a power cannot be computed: {shown} is not whole");
            Err(Fault::Data(Diagnostic::error(codes::DAT009, message).hint("raise to whole exponents")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::copybook::{CopybookOptions, parse};
    use crate::diag::{Source, Span};
    use crate::encoding::CodePage;
    use crate::expr::{Compiler, Scope, SingleFrame};
    use crate::record::{Origin, Overflow, RecordFormat, store_integer};

    const COPYBOOK: &str = "
       01  REC.
           05  A  PIC S9.
           05  B  PIC S9(7)V99 COMP-3.
           05  C  PIC 9(9).
           05  D  PIC S9(11)V99 COMP-3.
           05  E  PIC S9(18).
           05  F  PIC S9(5)V9(4) COMP.
           05  G  PIC S9(13)V9(5) COMP-3.
           05  H  PIC S9(31) COMP-3.
           05  I  PIC 9(4)PP.
";

    struct Chance(u64);

    impl Chance {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 33) % limit as u64) as usize
        }

        fn expression(&mut self, depth: usize) -> String {
            match self.below(if depth == 0 { 2 } else { 7 }) {
                0 => ["A", "B", "C", "D", "E", "F", "G", "H", "I"][self.below(9)].to_owned(),
                1 => ["2", "0.05", "100", "1.19", "0"][self.below(5)].to_owned(),
                2 => format!("- ( {} )", self.expression(depth - 1)),
                _ => {
                    let (left, right) = (self.expression(depth - 1), self.expression(depth - 1));
                    format!("( {left} ) {} ( {right} )", ["+", "-", "*", "/"][self.below(4)])
                }
            }
        }

        fn record(&mut self, format: &RecordFormat) -> Vec<u8> {
            let mut record = vec![0; format.layout.length()];
            for (_, field) in format.layout.fields() {
                let Some(shape) = field.number() else { continue };
                let digits = 1 + self.below(usize::from(shape.digits)) as u32;
                let wide = (self.below(1 << 30) as i128) << 80
                    | (self.below(1 << 30) as i128) << 40
                    | self.below(1 << 30) as i128;
                let value = wide % crate::decimal::pow10(digits).unwrap();
                let value = [value, -value, 0][self.below(3)];
                let bytes = &mut record[field.offset..field.offset + field.length];
                store_integer(shape, bytes, format.page, value, Overflow::Truncate).unwrap();
                if self.below(40) == 0 {
                    bytes[0] = 0x40;
                }
            }
            record
        }
    }

    /// Expressions and records by chance: what is computed on integers of 64 bits is what 256 give, and where those find a fault
    /// there is no value.
    #[test]
    fn quick_values_are_the_exact_ones() {
        let (layout, _) = parse(&Source::new("rec.cpy", COPYBOOK), &CopybookOptions::default());
        let format = RecordFormat { layout: Arc::new(layout.unwrap()), page: CodePage::CP037 };
        let scope = Scope::single("INPUT", format.clone());
        let (mut chance, mut known, mut scaled) = (Chance(5), 0, 0);
        let modes = [
            Rounding::Truncation,
            Rounding::NearestAwayFromZero,
            Rounding::NearestEven,
            Rounding::NearestTowardZero,
            Rounding::AwayFromZero,
            Rounding::TowardGreater,
            Rounding::TowardLesser,
            Rounding::Prohibited,
        ];
        for _ in 0..4_000 {
            let text = chance.expression(3);
            let span = Span::new(&Source::new("test", &*text), 0..text.len());
            let Ok(arithmetic) = Compiler::new(&scope).arithmetic(&span, chance.below(5) as i16) else {
                continue;
            };
            let Some(quick) = &arithmetic.quick else { continue };
            for _ in 0..8 {
                let record = chance.record(&format);
                let frame = SingleFrame { record: &record, origin: Origin::default() };
                if let Some(value) = quick.value(&frame) {
                    let exact = arithmetic.root.eval::<Wide, _>(arithmetic.decimals_max, &frame).unwrap();
                    let exact = (exact.coefficient.to_i128(), exact.scale);
                    assert_eq!((Some(value.coefficient()), value.scale()), exact, "{text}");
                    known += 1;
                }
                let (scale, mode) = (chance.below(8) as i16 - 1, modes[chance.below(8)]);
                if let Some(value) = quick.scaled(&frame, scale, mode) {
                    let exact = arithmetic.scaled_in::<Wide, _>(&frame, scale, mode).unwrap();
                    assert_eq!(i128::from(value), exact, "{text} to {scale} {mode:?}");
                    scaled += 1;
                }
            }
        }
        assert!(known > 5_000 && scaled > 5_000, "{known} {scaled}");
    }
}
