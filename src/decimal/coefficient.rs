//! The integers that decimals are computed on.

use ethnum::I256;

/// A 256-bit integer: 76 digits, so that a product of two 31-digit fields can be divided by a third.
pub type Wide = I256;

/// Checked integer arithmetic in one width, as far as rounding needs it.
pub trait Integer: Copy + Ord + std::fmt::Debug {
    /// Nought.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// Sum, if it fits.
    fn add(self, other: Self) -> Option<Self>;
    /// Difference, if it fits.
    fn sub(self, other: Self) -> Option<Self>;
    /// Quotient cut toward zero and remainder with the sign of the dividend; `None` for a zero divisor or overflow.
    fn div_rem(self, other: Self) -> Option<(Self, Self)>;
    /// The value without its sign, if it fits.
    fn abs(self) -> Option<Self>;
}

/// An integer that holds every coefficient.
pub trait Coefficient: Integer {
    /// From 128 bits; always fits.
    fn from_i128(value: i128) -> Self;
    /// To 128 bits, if it fits.
    fn to_i128(self) -> Option<i128>;
    /// Product, if it fits.
    fn mul(self, other: Self) -> Option<Self>;
    /// Ten to the power, if it fits.
    fn pow10(exponent: u32) -> Option<Self>;
}

macro_rules! integer {
    ($integer:ty, $zero:expr, $one:expr, $div_rem:expr) => {
        impl Integer for $integer {
            const ZERO: Self = $zero;
            const ONE: Self = $one;

            #[inline]
            fn add(self, other: Self) -> Option<Self> {
                self.checked_add(other)
            }
            #[inline]
            fn sub(self, other: Self) -> Option<Self> {
                self.checked_sub(other)
            }
            #[inline]
            fn div_rem(self, other: Self) -> Option<(Self, Self)> {
                $div_rem(self, other)
            }
            #[inline]
            fn abs(self) -> Option<Self> {
                self.checked_abs()
            }
        }
    };
}

integer!(i64, 0, 1, |a: i64, b| Some((a.checked_div(b)?, a.checked_rem(b)?)));
integer!(i128, 0, 1, div_rem_128);
integer!(Wide, I256::ZERO, I256::ONE, |a: Wide, b| Some((a.checked_div(b)?, a.checked_rem(b)?)));

/// Money nearly always fits 64 bits, in which a division is quick.
#[inline]
fn div_rem_128(a: i128, b: i128) -> Option<(i128, i128)> {
    if let (Ok(a), Ok(b)) = (i64::try_from(a), i64::try_from(b))
        && b > 0
    {
        return Some((i128::from(a / b), i128::from(a % b)));
    }
    Some((a.checked_div(b)?, a.checked_rem(b)?))
}

impl Coefficient for i128 {
    #[inline]
    fn from_i128(value: i128) -> Self {
        value
    }
    #[inline]
    fn to_i128(self) -> Option<i128> {
        Some(self)
    }
    #[inline]
    fn mul(self, other: Self) -> Option<Self> {
        // Two 64-bit factors cannot overflow, and money nearly always is that small; the check for 128 bits is slow.
        match (i64::try_from(self), i64::try_from(other)) {
            (Ok(a), Ok(b)) => Some(i128::from(a) * i128::from(b)),
            _ => self.checked_mul(other),
        }
    }
    #[inline]
    fn pow10(exponent: u32) -> Option<Self> {
        super::pow10(exponent)
    }
}

impl Coefficient for Wide {
    fn from_i128(value: i128) -> Self {
        I256::from(value)
    }
    fn to_i128(self) -> Option<i128> {
        i128::try_from(self).ok()
    }
    fn mul(self, other: Self) -> Option<Self> {
        self.checked_mul(other)
    }
    fn pow10(exponent: u32) -> Option<Self> {
        I256::new(10).checked_pow(exponent)
    }
}
