//! Exact COBOL decimals.
//!
//! A [`Decimal`] is an `i128` coefficient and a decimal scale: 38 digits, enough for every field (31 digits under
//! ARITH(EXTEND)). Products and quotients of such fields need up to 62 digits; [`arith`] computes on any
//! [`Coefficient`], so an expression is tried in 128 bits first and repeated in 256 bits only when it overflows.
//! Nothing here rounds or cuts unless a [`Rounding`] says so, and what does not fit is a [`SizeError`], never a wrap.

pub mod arith;
mod coefficient;
mod number;
mod round;

pub use coefficient::{Coefficient, Integer, Wide};
pub use number::{Decimal, ParseDecimalError};
pub use round::{Rounding, divide_rounded};

/// A result that does not fit its receiver: COBOL's SIZE ERROR condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeError;

impl std::fmt::Display for SizeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the result does not fit (SIZE ERROR)")
    }
}

impl std::error::Error for SizeError {}

/// Ten to the power of `exponent`, if it fits 128 bits (exponents 0 to 38).
#[inline]
pub fn pow10(exponent: u32) -> Option<i128> {
    POWERS.get(exponent as usize).copied()
}

/// Ten to the power of `exponent`, if it fits 64 bits (exponents 0 to 18).
#[inline]
pub fn small_pow10(exponent: u32) -> Option<i64> {
    (exponent <= 18).then(|| POWERS[exponent as usize] as i64)
}

const POWERS: [i128; 39] = {
    let mut powers = [1i128; 39];
    let mut i = 1;
    while i < powers.len() {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};
