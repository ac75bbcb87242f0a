//! The decimal number itself.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::{Rounding, SizeError, Wide, coefficient::Coefficient, divide_rounded, pow10};

/// An exact decimal: `coefficient / 10^scale`. The scale may be negative (a PICTURE with P on the right).
///
/// Equality and order are by value: 1.0 equals 1.00. Arithmetic on decimals is in [`super::arith`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Decimal {
    coefficient: i128,
    scale: i16,
}

impl Decimal {
    /// Nought, without decimals.
    pub const ZERO: Decimal = Decimal { coefficient: 0, scale: 0 };

    /// `coefficient / 10^scale`.
    pub const fn new(coefficient: i128, scale: i16) -> Self {
        Decimal { coefficient, scale }
    }

    /// The digits as an integer.
    pub const fn coefficient(self) -> i128 {
        self.coefficient
    }

    /// The number of decimals; negative if the last digit stands for tens or more.
    pub const fn scale(self) -> i16 {
        self.scale
    }

    /// True for zero of any scale.
    pub const fn is_zero(self) -> bool {
        self.coefficient == 0
    }

    /// The same value at another scale; low-order digits go by `rounding`.
    pub fn rescale(self, scale: i16, rounding: Rounding) -> Result<Decimal, SizeError> {
        if self.scale == scale || self.coefficient == 0 {
            return Ok(Decimal { coefficient: self.coefficient, scale });
        }
        let distance = i32::from(scale) - i32::from(self.scale);
        let coefficient = match (distance > 0, pow10(distance.unsigned_abs())) {
            (true, Some(power)) => self.coefficient.checked_mul(power).ok_or(SizeError)?,
            (true, None) => return Err(SizeError),
            (false, Some(power)) => divide_rounded(self.coefficient, power, rounding).ok_or(SizeError)?,
            // More digits dropped than an i128 has: what remains is below any half.
            (false, None) => divide_rounded(self.coefficient.signum(), 100, rounding).ok_or(SizeError)?,
        };
        Ok(Decimal { coefficient, scale })
    }

    /// Sum, exact, at the larger scale.
    pub fn checked_add(self, other: Decimal) -> Result<Decimal, SizeError> {
        let scale = self.scale.max(other.scale);
        let a = self.rescale(scale, Rounding::Truncation)?;
        let b = other.rescale(scale, Rounding::Truncation)?;
        Ok(Decimal { coefficient: a.coefficient.checked_add(b.coefficient).ok_or(SizeError)?, scale })
    }

    /// The value with the other sign.
    pub fn checked_neg(self) -> Result<Decimal, SizeError> {
        Ok(Decimal { coefficient: self.coefficient.checked_neg().ok_or(SizeError)?, scale: self.scale })
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.scale == other.scale {
            return self.coefficient.cmp(&other.coefficient);
        }
        let signs = self.coefficient.signum().cmp(&other.coefficient.signum());
        if signs != Ordering::Equal || self.coefficient == 0 {
            return signs;
        }
        let (low, high, flipped) =
            if self.scale < other.scale { (self, other, false) } else { (other, self, true) };
        let distance = u32::from(high.scale.abs_diff(low.scale));
        if let Some(raised) = pow10(distance).and_then(|power| low.coefficient.checked_mul(power)) {
            let order = raised.cmp(&high.coefficient);
            return if flipped { order.reverse() } else { order };
        }
        // Raised to the other's scale the value with fewer decimals may need 256 bits; beyond that it is larger.
        let raised = Wide::pow10(distance).and_then(|power| Wide::from(low.coefficient).mul(power));
        let order = match raised {
            Some(raised) => raised.cmp(&Wide::from(high.coefficient)),
            None => low.coefficient.cmp(&0),
        };
        if flipped { order.reverse() } else { order }
    }
}

impl std::hash::Hash for Decimal {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let (mut coefficient, mut scale) = (self.coefficient, self.scale);
        while coefficient != 0 && coefficient % 10 == 0 {
            coefficient /= 10;
            scale -= 1;
        }
        (coefficient, if coefficient == 0 { 0 } else { scale }).hash(state);
    }
}

impl From<i128> for Decimal {
    fn from(value: i128) -> Self {
        Decimal::new(value, 0)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.coefficient.unsigned_abs().to_string();
        if self.scale < 0 && self.coefficient != 0 {
            text.extend(std::iter::repeat_n('0', usize::from(self.scale.unsigned_abs())));
        } else if self.scale > 0 {
            let decimals = usize::from(self.scale.unsigned_abs());
            if text.len() <= decimals {
                text.insert_str(0, &"0".repeat(decimals + 1 - text.len()));
            }
            text.insert(text.len() - decimals, '.');
        }
        f.pad_integral(self.coefficient >= 0, "", &text)
    }
}

/// Text that is not a decimal number, or has more than 38 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseDecimalError;

impl fmt::Display for ParseDecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal number of at most 38 digits")
    }
}

impl std::error::Error for ParseDecimalError {}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// Reads `[+-]digits[.digits]`, keeping trailing zeros as scale. No exponent, no blanks.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + decimals.len() == 0 || !all_digits(whole) || !all_digits(decimals) {
            return Err(ParseDecimalError);
        }
        let mut coefficient = 0i128;
        for digit in whole.bytes().chain(decimals.bytes()) {
            coefficient = coefficient
                .checked_mul(10)
                .and_then(|c| c.checked_add(i128::from(digit - b'0')))
                .filter(|c| *c < super::POWERS[38])
                .ok_or(ParseDecimalError)?;
        }
        let scale = i16::try_from(decimals.len()).map_err(|_| ParseDecimalError)?;
        Ok(Decimal { coefficient: if negative { -coefficient } else { coefficient }, scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn text_there_and_back() {
        for text in ["0", "-1", "12.30", "0.05", "-0.001", "99999999999999999999999999999999999999"] {
            assert_eq!(dec(text).to_string(), text);
        }
        assert_eq!(dec("+5").to_string(), "5");
        assert_eq!(dec(".5").to_string(), "0.5");
        assert_eq!(Decimal::new(12, -3).to_string(), "12000");
        for bad in ["", "-", ".", "1e3", "1,0", " 1", "1.2.3", "999999999999999999999999999999999999999"] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
    }

    #[test]
    fn order_is_by_value_at_any_scale() {
        assert_eq!(dec("1.0"), dec("1.00"));
        assert!(dec("-1.01") < dec("-1"));
        assert!(Decimal::new(i128::MAX, 0) > Decimal::new(i128::MAX, 30));
        assert!(Decimal::new(1, -300) > Decimal::new(i128::MAX, 0));
        assert!(Decimal::new(-1, -300) < Decimal::new(i128::MIN, 0));
        assert!(Decimal::new(1, 300) > Decimal::ZERO);
    }

    #[test]
    fn rescale_rounds_only_as_told() {
        assert_eq!(dec("2.345").rescale(2, Rounding::Truncation).unwrap().to_string(), "2.34");
        assert_eq!(dec("2.345").rescale(2, Rounding::NearestAwayFromZero).unwrap().to_string(), "2.35");
        assert_eq!(dec("2.345").rescale(2, Rounding::Prohibited), Err(SizeError));
        assert_eq!(Decimal::new(1, 0).rescale(40, Rounding::Truncation), Err(SizeError));
        assert_eq!(Decimal::new(5, 60).rescale(2, Rounding::NearestAwayFromZero).unwrap(), Decimal::ZERO);
    }
}
