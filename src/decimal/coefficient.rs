//! The integers that decimals are computed on.

use ethnum::I256;

/// A 256-bit integer: 76 digits, so that a product of two 31-digit fields can be divided by a third.
pub type Wide = I256;

/// Checked integer arithmetic in one width.
pub trait Coefficient: Copy + Ord + std::fmt::Debug {
    /// Nought.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// From 128 bits, if it fits.
    fn from_i128(value: i128) -> Option<Self>;
    /// To 128 bits, if it fits.
    fn to_i128(self) -> Option<i128>;
    /// Sum, if it fits.
    fn add(self, other: Self) -> Option<Self>;
    /// Difference, if it fits.
    fn sub(self, other: Self) -> Option<Self>;
    /// Product, if it fits.
    fn mul(self, other: Self) -> Option<Self>;
    /// Quotient cut toward zero and remainder with the sign of the dividend; `None` for a zero divisor or overflow.
    fn div_rem(self, other: Self) -> Option<(Self, Self)>;
    /// The value without its sign, if it fits.
    fn abs(self) -> Option<Self>;
    /// Ten to the power, if it fits.
    fn pow10(exponent: u32) -> Option<Self>;
}

/// Money nearly always is this small, and sixty-four bits are what the machine computes on.
impl Coefficient for i64 {
    const ZERO: Self = 0;
    const ONE: Self = 1;

    #[inline]
    fn from_i128(value: i128) -> Option<Self> {
        i64::try_from(value).ok()
    }
    #[inline]
    fn to_i128(self) -> Option<i128> {
        Some(i128::from(self))
    }
    #[inline]
    fn add(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }
    #[inline]
    fn sub(self, other: Self) -> Option<Self> {
        self.checked_sub(other)
    }
    #[inline]
    fn mul(self, other: Self) -> Option<Self> {
        self.checked_mul(other)
    }
    #[inline]
    fn div_rem(self, other: Self) -> Option<(Self, Self)> {
        Some((self.checked_div(other)?, self.checked_rem(other)?))
    }
    #[inline]
    fn abs(self) -> Option<Self> {
        self.checked_abs()
    }
    #[inline]
    fn pow10(exponent: u32) -> Option<Self> {
        super::small_pow10(exponent)
    }
}

impl Coefficient for i128 {
    const ZERO: Self = 0;
    const ONE: Self = 1;

    #[inline]
    fn from_i128(value: i128) -> Option<Self> {
        Some(value)
    }
    #[inline]
    fn to_i128(self) -> Option<i128> {
        Some(self)
    }
    #[inline]
    fn add(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }
    #[inline]
    fn sub(self, other: Self) -> Option<Self> {
        self.checked_sub(other)
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
    fn div_rem(self, other: Self) -> Option<(Self, Self)> {
        if let (Ok(a), Ok(b)) = (i64::try_from(self), i64::try_from(other))
            && b > 0
        {
            return Some((i128::from(a / b), i128::from(a % b)));
        }
        Some((self.checked_div(other)?, self.checked_rem(other)?))
    }
    #[inline]
    fn abs(self) -> Option<Self> {
        self.checked_abs()
    }
    #[inline]
    fn pow10(exponent: u32) -> Option<Self> {
        super::pow10(exponent)
    }
}

impl Coefficient for Wide {
    const ZERO: Self = I256::ZERO;
    const ONE: Self = I256::ONE;

    fn from_i128(value: i128) -> Option<Self> {
        Some(I256::from(value))
    }
    fn to_i128(self) -> Option<i128> {
        i128::try_from(self).ok()
    }
    fn add(self, other: Self) -> Option<Self> {
        self.checked_add(other)
    }
    fn sub(self, other: Self) -> Option<Self> {
        self.checked_sub(other)
    }
    fn mul(self, other: Self) -> Option<Self> {
        self.checked_mul(other)
    }
    fn div_rem(self, other: Self) -> Option<(Self, Self)> {
        Some((self.checked_div(other)?, self.checked_rem(other)?))
    }
    fn abs(self) -> Option<Self> {
        self.checked_abs()
    }
    fn pow10(exponent: u32) -> Option<Self> {
        I256::new(10).checked_pow(exponent)
    }
}
