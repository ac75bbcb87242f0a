//! Arithmetic on decimals in a chosen width.
//!
//! An operand is a pair of coefficient and scale. `None` means that the width was too small (or, for a quotient, that
//! the divisor was zero); the caller repeats in [`super::Wide`] and, if that fails too, has a SIZE ERROR.

use super::{Coefficient, Rounding, divide_rounded};

/// A decimal in some width.
#[derive(Clone, Copy, Debug)]
pub struct Operand<C> {
    /// The digits.
    pub coefficient: C,
    /// Number of decimals.
    pub scale: i16,
}

impl<C: Coefficient> Operand<C> {
    /// The same value with more decimals (exact). `None` on overflow or if `scale` is smaller.
    #[inline]
    pub fn raise(self, scale: i16) -> Option<Self> {
        if scale == self.scale {
            return Some(self);
        }
        let distance = u32::try_from(i32::from(scale) - i32::from(self.scale)).ok()?;
        let coefficient = self.coefficient.mul(C::pow10(distance)?)?;
        Some(Operand { coefficient, scale })
    }

    /// The same value with another number of decimals; low-order digits go by `rounding`.
    #[inline]
    pub fn to_scale(self, scale: i16, rounding: Rounding) -> Option<Self> {
        if scale >= self.scale {
            return self.raise(scale);
        }
        let distance = u32::from(self.scale.abs_diff(scale));
        let coefficient = match C::pow10(distance) {
            Some(power) => divide_rounded(self.coefficient, power, rounding)?,
            None => return None,
        };
        Some(Operand { coefficient, scale })
    }
}

/// Sum, exact.
#[inline]
pub fn add<C: Coefficient>(a: Operand<C>, b: Operand<C>) -> Option<Operand<C>> {
    let scale = a.scale.max(b.scale);
    Some(Operand { coefficient: a.raise(scale)?.coefficient.add(b.raise(scale)?.coefficient)?, scale })
}

/// Difference, exact.
#[inline]
pub fn sub<C: Coefficient>(a: Operand<C>, b: Operand<C>) -> Option<Operand<C>> {
    let scale = a.scale.max(b.scale);
    Some(Operand { coefficient: a.raise(scale)?.coefficient.sub(b.raise(scale)?.coefficient)?, scale })
}

/// Product, exact.
#[inline]
pub fn mul<C: Coefficient>(a: Operand<C>, b: Operand<C>) -> Option<Operand<C>> {
    Some(Operand { coefficient: a.coefficient.mul(b.coefficient)?, scale: a.scale.checked_add(b.scale)? })
}

/// Quotient, cut toward zero after the decimals that IBM's rule gives it: `max(d2 - d1, dmax)` for a dividend of d2
/// and a divisor of d1 decimals (Enterprise COBOL Programming Guide, appendix "Intermediate results and arithmetic
/// precision", fixed-point data). `None` for a zero divisor.
#[inline]
pub fn div<C: Coefficient>(dividend: Operand<C>, divisor: Operand<C>, dmax: i16) -> Option<Operand<C>> {
    let scale = (dividend.scale.checked_sub(divisor.scale)?).max(dmax);
    // dividend / divisor with `scale` decimals = dividend * 10^(scale + d1 - d2) / divisor, on the coefficients.
    let raised = dividend.raise(scale.checked_add(divisor.scale)?)?;
    let (quotient, _) = raised.coefficient.div_rem(divisor.coefficient)?;
    Some(Operand { coefficient: quotient, scale })
}

/// Quotient with `scale` decimals, the rest rounded exactly: every mode sees the whole remainder. For the last operation
/// of an expression, whose decimals are those of the receiver. `None` for a zero divisor.
#[inline]
pub fn div_rounded<C: Coefficient>(
    dividend: Operand<C>,
    divisor: Operand<C>,
    scale: i16,
    rounding: Rounding,
) -> Option<Operand<C>> {
    let distance = i32::from(scale) + i32::from(divisor.scale) - i32::from(dividend.scale);
    let power = C::pow10(distance.unsigned_abs())?;
    let (numerator, denominator) = if distance >= 0 {
        (dividend.coefficient.mul(power)?, divisor.coefficient)
    } else {
        (dividend.coefficient, divisor.coefficient.mul(power)?)
    };
    Some(Operand { coefficient: divide_rounded(numerator, denominator, rounding)?, scale })
}

/// Digits of a power, and decimals: what is beyond them is cut, as no receiver has so many.
const POWER_DIGITS: u32 = 38;
const POWER_DECIMALS: i16 = 60;

/// Power with a whole, non-negative exponent: exact up to 38 digits. Of more, low-order decimals are cut, so that what is left
/// differs from the exact value by some units of the last of 38 digits.
pub fn pow<C: Coefficient>(base: Operand<C>, exponent: u64) -> Option<Operand<C>> {
    let (mut result, mut square) = (Operand { coefficient: C::ONE, scale: 0 }, keep(base)?);
    let mut left = exponent;
    loop {
        if left & 1 == 1 {
            result = keep(mul(result, square)?)?;
        }
        left >>= 1;
        if left == 0 {
            return Some(result);
        }
        square = keep(mul(square, square)?)?;
    }
}

/// The value with the digits that a power has.
fn keep<C: Coefficient>(value: Operand<C>) -> Option<Operand<C>> {
    let magnitude = value.coefficient.abs()?;
    let digits = |count: u32| C::pow10(count).is_none_or(|bound| magnitude < bound);
    let many = (0..).find(|more| digits(POWER_DIGITS + more))?;
    let excess = i16::try_from(many).ok()?.max(value.scale.saturating_sub(POWER_DECIMALS));
    let scale = value.scale - excess.clamp(0, value.scale.max(0));
    value.to_scale(scale, Rounding::Truncation)
}

#[cfg(test)]
mod tests {
    use super::super::Wide;
    use super::*;

    fn op<C: Coefficient>(coefficient: i128, scale: i16) -> Operand<C> {
        Operand { coefficient: C::from_i128(coefficient), scale }
    }

    /// ar-domain: R = A / 3 * 3 with A = 100.00 and R 9(3)V99 gives 99.99.
    #[test]
    fn division_keeps_dmax_decimals() {
        let third = div(op::<i128>(10000, 2), op(3, 0), 2).unwrap();
        assert_eq!((third.coefficient, third.scale), (3333, 2));
        let back = mul(third, op(3, 0)).unwrap();
        assert_eq!((back.coefficient, back.scale), (9999, 2));
        assert!(div(op::<i128>(1, 0), op(0, 0), 2).is_none());
    }

    #[test]
    fn wide_takes_what_128_bits_cannot() {
        let big = 10i128.pow(30);
        assert!(mul(op::<i128>(big, 2), op(big, 2)).is_none());
        let product = mul(op::<Wide>(big, 2), op(big, 2)).unwrap();
        let quotient = div(product, op(big, 0), 4).unwrap();
        assert_eq!(quotient.coefficient.to_i128(), Some(big));
        assert_eq!(quotient.scale, 4);
    }

    #[test]
    fn powers_are_exact() {
        let value = pow(op::<i128>(15, 1), 3).unwrap();
        assert_eq!((value.coefficient, value.scale), (3375, 3));
        assert_eq!(pow(op::<i128>(7, 0), 0).map(|one| (one.coefficient, one.scale)), Some((1, 0)));
        assert_eq!(pow(op::<Wide>(1, 0), u64::MAX).map(|one| one.coefficient), Some(Wide::ONE));
        assert!(pow(op::<Wide>(10, 0), 77).is_none());
    }

    /// 1.05 ** 38 = 6.38547728...; (1 + 0.05 / 12) ** 360 = 4.46774431...
    #[test]
    fn long_powers_lose_decimals_beyond_the_38th_digit() {
        let shown = |value: Operand<Wide>, scale| {
            value.to_scale(scale, Rounding::Truncation).unwrap().coefficient.to_i128()
        };
        assert_eq!(shown(pow(op(105, 2), 38).unwrap(), 8), Some(638_547_728));
        assert_eq!(shown(pow(op(1_004_166_666_666_666_666, 18), 360).unwrap(), 8), Some(446_774_431));
        let tiny = pow(op::<Wide>(5, 1), 1000).unwrap();
        assert!(tiny.coefficient == Wide::ZERO && tiny.scale <= POWER_DECIMALS);
        let long = pow(op::<Wide>(123_456_789, 6), 15).unwrap();
        assert!(long.coefficient < Wide::pow10(38).unwrap() && long.coefficient >= Wide::pow10(37).unwrap());
    }
}
