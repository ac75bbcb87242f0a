//! Arithmetic as it nearly always is: fields that every record has in one place, numbers that fit 64 bits. The decimals of every
//! intermediate result are known when it is compiled, so that only integers are left to be computed.
//!
//! What is unusual (a field that is no number, a result that is too large, a divisor of zero) has no value here; whoever asked goes
//! the long way, which gives the same value where there is one, and knows what is wrong where there is none.

use std::cmp::Ordering;

use super::arithmetic::Term;
use super::operand::FieldRef;
use super::scope::Frame;
use super::syntax::ArithmeticOp;
use crate::decimal::{Decimal, Rounding, divide_rounded, small_pow10};

/// An expression that is computed on integers.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    root: Node,
    /// Decimals of its value; if the root is a quotient, those of its value as an intermediate result.
    scale: i16,
}

#[derive(Clone, Debug)]
enum Node {
    Constant(i64),
    Field(Box<FieldRef>),
    Negate(Box<Node>),
    /// Both raised to the same decimals by these factors.
    Sum(Box<[Raised; 2]>),
    Difference(Box<[Raised; 2]>),
    Product(Box<[Node; 2]>),
    Quotient(Box<Quotient>),
}

#[derive(Clone, Debug)]
struct Raised {
    node: Node,
    by: i64,
}

#[derive(Clone, Debug)]
struct Quotient {
    dividend: Node,
    divisor: Node,
    /// Decimals of the dividend less those of the divisor.
    scale: i16,
    /// What the dividend is raised by for an intermediate result.
    raise: i64,
}

impl Quick {
    /// The expression on integers, if it is such; quotients have at least `dmax` decimals.
    pub fn of(root: &Term, dmax: i16) -> Option<Quick> {
        let (root, scale) = node(root, dmax)?;
        Some(Quick { root, scale })
    }

    /// Sees its fields.
    pub fn fields(&mut self, see: &mut dyn FnMut(&mut FieldRef)) {
        self.root.fields(see);
    }

    /// The value.
    #[inline]
    pub fn value<F: Frame + ?Sized>(&self, frame: &F) -> Option<Decimal> {
        Some(Decimal::new(i128::from(self.root.value(frame)?), self.scale))
    }

    /// How the value compares with that of another; a quotient is taken as an intermediate result.
    #[inline]
    pub fn compare<F: Frame + ?Sized>(&self, other: &Quick, frame: &F) -> Option<Ordering> {
        let (a, b) = (self.root.value(frame)?, other.root.value(frame)?);
        match self.scale.cmp(&other.scale) {
            Ordering::Equal => Some(a.cmp(&b)),
            Ordering::Less => Some(a.checked_mul(power(self.scale, other.scale)?)?.cmp(&b)),
            Ordering::Greater => Some(a.cmp(&b.checked_mul(power(other.scale, self.scale)?)?)),
        }
    }

    /// The value as an integer of so many decimals.
    #[inline]
    pub fn scaled<F: Frame + ?Sized>(&self, frame: &F, scale: i16, rounding: Rounding) -> Option<i64> {
        if let Node::Quotient(quotient) = &self.root {
            return quotient.rounded(frame, scale, rounding);
        }
        let value = self.root.value(frame)?;
        match i32::from(scale) - i32::from(self.scale) {
            0 => Some(value),
            up @ 1.. => value.checked_mul(small_pow10(up as u32)?),
            down => divide(value, small_pow10(down.unsigned_abs())?, rounding),
        }
    }
}

fn node(term: &Term, dmax: i16) -> Option<(Node, i16)> {
    match term {
        Term::Constant(number) => {
            Some((Node::Constant(i64::try_from(number.coefficient()).ok()?), number.scale()))
        }
        Term::Field(field, shape) if field.is_in_every_record() && field.fixed_range().is_some() => {
            Some((Node::Field(field.clone()), i16::from(shape.scale)))
        }
        Term::Negate(inner) => {
            let (inner, scale) = node(inner, dmax)?;
            Some((Node::Negate(Box::new(inner)), scale))
        }
        Term::Operation(op, left, right) => operation(*op, node(left, dmax)?, node(right, dmax)?, dmax),
        Term::Field(..) | Term::Function(_) | Term::Step(_) => None,
    }
}

fn operation(
    op: ArithmeticOp,
    (left, a): (Node, i16),
    (right, b): (Node, i16),
    dmax: i16,
) -> Option<(Node, i16)> {
    let both = |left, right| {
        let scale = a.max(b);
        let raised = |node, from| Some(Raised { node, by: power(from, scale)? });
        Some((Box::new([raised(left, a)?, raised(right, b)?]), scale))
    };
    match op {
        ArithmeticOp::Add => both(left, right).map(|(both, scale)| (Node::Sum(both), scale)),
        ArithmeticOp::Subtract => both(left, right).map(|(both, scale)| (Node::Difference(both), scale)),
        ArithmeticOp::Multiply => Some((Node::Product(Box::new([left, right])), a.checked_add(b)?)),
        ArithmeticOp::Divide => {
            let exact = a.checked_sub(b)?;
            let scale = exact.max(dmax);
            let raise = power(a, scale.checked_add(b)?)?;
            let quotient = Quotient { dividend: left, divisor: right, scale: exact, raise };
            Some((Node::Quotient(Box::new(quotient)), scale))
        }
        ArithmeticOp::Power => None,
    }
}

/// What a number is raised by from so many decimals to so many more.
#[inline]
fn power(from: i16, to: i16) -> Option<i64> {
    small_pow10(u32::try_from(i32::from(to) - i32::from(from)).ok()?)
}

impl Node {
    fn fields(&mut self, see: &mut dyn FnMut(&mut FieldRef)) {
        match self {
            Node::Constant(_) => {}
            Node::Field(field) => see(field),
            Node::Negate(inner) => inner.fields(see),
            Node::Sum(both) | Node::Difference(both) => both.iter_mut().for_each(|it| it.node.fields(see)),
            Node::Product(both) => both.iter_mut().for_each(|node| node.fields(see)),
            Node::Quotient(quotient) => {
                quotient.dividend.fields(see);
                quotient.divisor.fields(see);
            }
        }
    }

    #[inline]
    fn value<F: Frame + ?Sized>(&self, frame: &F) -> Option<i64> {
        match self {
            Node::Constant(number) => Some(*number),
            Node::Field(field) => field.word(frame),
            other => other.computed(frame),
        }
    }

    fn computed<F: Frame + ?Sized>(&self, frame: &F) -> Option<i64> {
        match self {
            Node::Constant(number) => Some(*number),
            Node::Field(field) => field.word(frame),
            Node::Negate(inner) => inner.value(frame)?.checked_neg(),
            Node::Sum(both) => both[0].value(frame)?.checked_add(both[1].value(frame)?),
            Node::Difference(both) => both[0].value(frame)?.checked_sub(both[1].value(frame)?),
            Node::Product(both) => both[0].value(frame)?.checked_mul(both[1].value(frame)?),
            Node::Quotient(quotient) => {
                let dividend = quotient.dividend.value(frame)?.checked_mul(quotient.raise)?;
                dividend.checked_div(quotient.divisor.value(frame)?)
            }
        }
    }
}

impl Raised {
    #[inline]
    fn value<F: Frame + ?Sized>(&self, frame: &F) -> Option<i64> {
        self.node.value(frame)?.checked_mul(self.by)
    }
}

/// `divide_rounded`; the divisors that amounts mostly have are known to the compiler, which multiplies instead.
#[inline]
fn divide(dividend: i64, divisor: i64, rounding: Rounding) -> Option<i64> {
    match divisor {
        10 => divide_rounded(dividend, 10, rounding),
        100 => divide_rounded(dividend, 100, rounding),
        1_000 => divide_rounded(dividend, 1_000, rounding),
        10_000 => divide_rounded(dividend, 10_000, rounding),
        other => divide_rounded(dividend, other, rounding),
    }
}

impl Quotient {
    /// The quotient as the result: its exact value is rounded once.
    fn rounded<F: Frame + ?Sized>(&self, frame: &F, scale: i16, rounding: Rounding) -> Option<i64> {
        let (mut dividend, mut divisor) = (self.dividend.value(frame)?, self.divisor.value(frame)?);
        let distance = i32::from(scale) - i32::from(self.scale);
        let power = small_pow10(distance.unsigned_abs())?;
        if distance >= 0 {
            dividend = dividend.checked_mul(power)?;
        } else {
            divisor = divisor.checked_mul(power)?;
        }
        divide(dividend, divisor, rounding)
    }
}
