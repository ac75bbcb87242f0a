//! Intermediate results as IBM's compiler carries them: for each operation so many integer and decimal places, by the PICTUREs of
//! the operands and not by their values (Enterprise COBOL Programming Guide, "Intermediate results and arithmetic precision").
//!
//! ```text
//!   i, d       places that the operation could need        + -  max(i1, i2) + 1   max(d1, d2)
//!   dmax       most decimals of the receiver and of all    *    i1 + i2           d1 + d2
//!              operands but divisors and exponents         /    i2 + d1           max(d2 - d1, dmax)
//!   N          30 digits (COMPAT) or 31 (EXTEND, FULL)     (op1 is the divisor, op2 the dividend)
//!
//!   i + d <= N            all of them
//!   else d <= dmax        N - d integers, d decimals
//!   else i + dmax <= N    i integers, N - i decimals
//!   else                  N - dmax integers, dmax decimals
//! ```

use super::arithmetic::{Arithmetic, Fault, Term, whole_exponent};
use super::scope::Frame;
use super::syntax::ArithmeticOp;
use crate::copybook::NumberShape;
use crate::decimal::arith::{self, Operand};
use crate::decimal::{Coefficient, Decimal, Rounding};

/// The compiler option ARITH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arith {
    /// Numbers of 18 digits, intermediate results of 30.
    Compat,
    /// Numbers and intermediate results of 31 digits.
    Extend,
    /// As EXTEND, but a quotient takes the decimals that are left of 31 digits.
    Full,
}

/// How often a number is multiplied by itself at most.
const POWER_MAX: u32 = 9_999;

/// An operation whose result is cut to the places that are carried for it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub op: ArithmeticOp,
    pub left: Term,
    pub right: Term,
    /// Places of the result.
    places: Places,
    /// Places of a power before one is divided by it, because its exponent is negative.
    power: Places,
}

/// Integer and decimal places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Places {
    integers: i32,
    decimals: i32,
}

impl Arith {
    /// Digits that a field or a literal can have.
    pub fn digits(self) -> u32 {
        if self == Arith::Compat { 18 } else { 31 }
    }

    /// Digits of an intermediate result.
    fn carried(self) -> i32 {
        if self == Arith::Compat { 30 } else { 31 }
    }
}

impl Arithmetic {
    /// The same expression with intermediate results as the compiler option asks for.
    pub(super) fn carried(self, arith: Arith) -> Arithmetic {
        let places = Rules { arith, dmax: i32::from(self.decimals_max) };
        Arithmetic::new(places.term(self.root).0, self.decimals_max)
    }
}

/// What decides about places in one statement.
struct Rules {
    arith: Arith,
    dmax: i32,
}

impl Rules {
    /// A term with its operations as steps, and its places.
    fn term(&self, term: Term) -> (Term, Places) {
        let places = match &term {
            Term::Constant(number) => of_literal(*number),
            Term::Field(_, shape) => of_shape(*shape),
            Term::Function(function) => {
                let decimals = i32::from(function.decimals()).max(0);
                Places { integers: self.arith.carried() - decimals, decimals }
            }
            Term::Step(step) => step.places,
            Term::Negate(_) | Term::Operation(..) => Places { integers: 0, decimals: 0 },
        };
        match term {
            Term::Negate(inner) => {
                let (inner, places) = self.term(*inner);
                (Term::Negate(Box::new(inner)), places)
            }
            Term::Operation(op, left, right) => self.step(op, *left, *right),
            other => (other, places),
        }
    }

    fn step(&self, op: ArithmeticOp, left: Term, right: Term) -> (Term, Places) {
        let ((left, a), (right, b)) = (self.term(left), self.term(right));
        let power = self.power(&left, a, &right);
        let places = match op {
            ArithmeticOp::Add | ArithmeticOp::Subtract => self.carry(Places {
                integers: a.integers.max(b.integers) + 1,
                decimals: a.decimals.max(b.decimals),
            }),
            ArithmeticOp::Multiply => {
                self.carry(Places { integers: a.integers + b.integers, decimals: a.decimals + b.decimals })
            }
            ArithmeticOp::Divide => self.quotient(a, b),
            ArithmeticOp::Power if is_negative(&right) => {
                self.quotient(Places { integers: 1, decimals: 0 }, power)
            }
            ArithmeticOp::Power => power,
        };
        (Term::Step(Box::new(Step { op, left, right, places, power })), places)
    }

    fn quotient(&self, dividend: Places, divisor: Places) -> Places {
        let mut places = self.carry(Places {
            integers: dividend.integers + divisor.decimals,
            decimals: (dividend.decimals - divisor.decimals).max(self.dmax),
        });
        if self.arith == Arith::Full {
            places.decimals = places.decimals.max(self.arith.carried() - places.integers);
        }
        places
    }

    /// Places of a power without the sign of its exponent. Exponents that are fields say nothing of the size of the result.
    fn power(&self, base: &Term, places: Places, exponent: &Term) -> Places {
        let times = exponent.constant().and_then(|number| number.rescale(0, Rounding::Truncation).ok());
        let times = times.and_then(|times| i32::try_from(times.coefficient().unsigned_abs()).ok());
        let Some(times) = times.filter(|times| *times <= POWER_MAX as i32) else {
            return Places { integers: self.arith.carried() - self.dmax, decimals: self.dmax };
        };
        let integers = literal_power(base, times).unwrap_or(places.integers * times);
        self.carry(Places { integers, decimals: places.decimals * times })
    }

    fn carry(&self, Places { integers: i, decimals: d }: Places) -> Places {
        let (n, dmax) = (self.arith.carried(), self.dmax);
        let (integers, decimals) = match () {
            () if i + d <= n => (i, d),
            () if d <= dmax => (n - d, d),
            () if i + dmax <= n => (i, n - i),
            () => (n - dmax, dmax),
        };
        Places { integers: integers.max(0), decimals }
    }
}

/// Integer digits of a literal raised to a power, if 38 digits hold it.
fn literal_power(base: &Term, times: i32) -> Option<i32> {
    let Term::Constant(base) = base else { return None };
    let power = base.coefficient().checked_pow(u32::try_from(times).ok()?)?;
    let scale = base.scale().checked_mul(i16::try_from(times).ok()?)?;
    Some(of_literal(Decimal::new(power, scale)).integers)
}

fn is_negative(term: &Term) -> bool {
    match term {
        Term::Constant(number) => number.coefficient() < 0,
        Term::Negate(inner) => matches!(&**inner, Term::Constant(number) if number.coefficient() > 0),
        _ => false,
    }
}

fn of_literal(number: Decimal) -> Places {
    let digits = number.coefficient().unsigned_abs().checked_ilog10().map_or(1, |log| log as i32 + 1);
    let scale = i32::from(number.scale());
    Places { integers: (digits - scale).max(0), decimals: scale.max(0) }
}

fn of_shape(shape: NumberShape) -> Places {
    let (digits, scale) = (i32::from(shape.digits), i32::from(shape.scale));
    Places { integers: (digits - scale).max(0), decimals: scale.max(0) }
}

impl Places {
    /// A result with its low-order and high-order digits cut off that have no place.
    fn cut<C: Coefficient>(self, exact: Operand<C>) -> Option<Operand<C>> {
        let decimals = i16::try_from(self.decimals).ok()?;
        let mut result = match exact.scale > decimals {
            true => exact.to_scale(decimals, Rounding::Truncation)?,
            false => exact,
        };
        let digits = u32::try_from(self.integers + i32::from(result.scale)).unwrap_or(0);
        if let Some(limit) = C::pow10(digits) {
            result.coefficient = result.coefficient.div_rem(limit)?.1;
        }
        Some(result)
    }
}

impl Step {
    pub fn value<C: Coefficient, F: Frame + ?Sized>(&self, frame: &F) -> Result<Operand<C>, Fault> {
        let a = self.left.eval::<C, F>(0, frame)?;
        let b = self.right.eval::<C, F>(0, frame)?;
        let exact = match self.op {
            ArithmeticOp::Add => arith::add(a, b),
            ArithmeticOp::Subtract => arith::sub(a, b),
            ArithmeticOp::Multiply => arith::mul(a, b),
            ArithmeticOp::Divide => return self.quotient(a, b),
            ArithmeticOp::Power => return self.power(a, b),
        };
        exact.and_then(|exact| self.places.cut(exact)).ok_or(Fault::Size)
    }

    fn quotient<C: Coefficient>(
        &self,
        dividend: Operand<C>,
        divisor: Operand<C>,
    ) -> Result<Operand<C>, Fault> {
        if divisor.coefficient == C::ZERO {
            return Err(Fault::DivideByZero);
        }
        let decimals = i16::try_from(self.places.decimals).map_err(|_| Fault::Size)?;
        let exact = arith::div_rounded(dividend, divisor, decimals, Rounding::Truncation);
        exact.and_then(|exact| self.places.cut(exact)).ok_or(Fault::Size)
    }

    /// A number multiplied by itself, each product cut to the places of the power.
    fn power<C: Coefficient>(&self, base: Operand<C>, exponent: Operand<C>) -> Result<Operand<C>, Fault> {
        let whole = whole_exponent(exponent)?;
        if base.coefficient == C::ZERO && whole <= 0 {
            return Err(if whole < 0 { Fault::DivideByZero } else { Fault::Size });
        }
        let times = u32::try_from(whole.unsigned_abs()).ok().filter(|times| *times <= POWER_MAX);
        let one = Operand { coefficient: C::ONE, scale: 0 };
        let mut power = one;
        for _ in 0..times.ok_or(Fault::Size)? {
            let product = arith::mul(power, base).and_then(|product| self.power.cut(product));
            power = product.ok_or(Fault::Size)?;
        }
        if whole < 0 { self.quotient(one, power) } else { Ok(power) }
    }
}
