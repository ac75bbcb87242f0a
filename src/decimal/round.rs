//! Rounding: what becomes of low-order digits that the receiver has no room for.

use super::Integer;

/// The modes of COBOL's ROUNDED phrase (COBOL 2014, ROUNDED clause); without the phrase it is [`Rounding::Truncation`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Drop the digits: toward zero. COBOL's default.
    #[default]
    Truncation,
    /// Nearest; a half goes away from zero. COBOL's plain ROUNDED.
    NearestAwayFromZero,
    /// Nearest; a half goes to the even digit.
    NearestEven,
    /// Nearest; a half goes toward zero.
    NearestTowardZero,
    /// Any remainder goes away from zero.
    AwayFromZero,
    /// Any remainder goes up.
    TowardGreater,
    /// Any remainder goes down.
    TowardLesser,
    /// Any remainder is a size error.
    Prohibited,
}

/// `dividend / divisor` as an integer under a rounding mode. `None` for a zero divisor, an overflow, or a remainder
/// under [`Rounding::Prohibited`].
#[inline(always)]
pub fn divide_rounded<C: Integer>(dividend: C, divisor: C, rounding: Rounding) -> Option<C> {
    let (quotient, remainder) = dividend.div_rem(divisor)?;
    if remainder == C::ZERO {
        return Some(quotient);
    }
    let positive = (dividend < C::ZERO) == (divisor < C::ZERO);
    let up = match rounding {
        Rounding::Truncation => false,
        Rounding::AwayFromZero => true,
        Rounding::TowardGreater => positive,
        Rounding::TowardLesser => !positive,
        Rounding::Prohibited => return None,
        Rounding::NearestAwayFromZero | Rounding::NearestEven | Rounding::NearestTowardZero => {
            let rest = divisor.abs()?.sub(remainder.abs()?)?;
            match remainder.abs()?.cmp(&rest) {
                std::cmp::Ordering::Less => false,
                std::cmp::Ordering::Greater => true,
                std::cmp::Ordering::Equal => match rounding {
                    Rounding::NearestAwayFromZero => true,
                    Rounding::NearestTowardZero => false,
                    _ => quotient.div_rem(C::ONE.add(C::ONE)?)?.1 != C::ZERO,
                },
            }
        }
    };
    match (up, positive) {
        (false, _) => Some(quotient),
        (true, true) => quotient.add(C::ONE),
        (true, false) => quotient.sub(C::ONE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the eight modes on 2.5, -2.5, 2.4, -2.6 (COBOL 2014, ROUNDED phrase), in tenths.
    #[test]
    fn modes_on_halves_and_others() {
        let cases = [
            (Rounding::Truncation, [2, -2, 2, -2]),
            (Rounding::NearestAwayFromZero, [3, -3, 2, -3]),
            (Rounding::NearestEven, [2, -2, 2, -3]),
            (Rounding::NearestTowardZero, [2, -2, 2, -3]),
            (Rounding::AwayFromZero, [3, -3, 3, -3]),
            (Rounding::TowardGreater, [3, -2, 3, -2]),
            (Rounding::TowardLesser, [2, -3, 2, -3]),
        ];
        for (mode, expected) in cases {
            for (value, expected) in [25i128, -25, 24, -26].into_iter().zip(expected) {
                assert_eq!(divide_rounded(value, 10, mode), Some(expected), "{mode:?} of {value}");
                assert_eq!(
                    divide_rounded(value as i64, 10, mode),
                    Some(expected as i64),
                    "{mode:?} of {value}"
                );
                assert_eq!(
                    divide_rounded(-value, -10, mode),
                    Some(expected),
                    "{mode:?} of {value}, both negated"
                );
            }
        }
        assert_eq!(divide_rounded(35i128, 10, Rounding::NearestEven), Some(4));
        assert_eq!(divide_rounded(25i128, 10, Rounding::Prohibited), None);
        assert_eq!(divide_rounded(20i128, 10, Rounding::Prohibited), Some(2));
        assert_eq!(divide_rounded(20i128, 0, Rounding::Truncation), None);
    }
}
