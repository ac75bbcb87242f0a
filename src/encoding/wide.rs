//! 512-bit natural numbers on the stack, with what exact floating-point conversion needs. Every caller says why its
//! numbers fit; a carry beyond 512 bits would be dropped.

use std::cmp::Ordering;

const LIMBS: usize = 8;

/// Least significant limb first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Wide([u64; LIMBS]);

impl Wide {
    pub fn new(value: u128) -> Self {
        let mut limbs = [0; LIMBS];
        limbs[0] = value as u64;
        limbs[1] = (value >> 64) as u64;
        Wide(limbs)
    }

    /// The number of bits up to the highest that is set.
    pub fn bits(&self) -> u32 {
        let highest = self.0.iter().rposition(|limb| *limb != 0);
        highest.map_or(0, |at| 64 * at as u32 + 64 - self.0[at].leading_zeros())
    }

    pub fn shifted_left(&self, bits: u32) -> Self {
        let (whole, part) = ((bits / 64) as usize, bits % 64);
        let mut limbs = [0; LIMBS];
        for (at, limb) in limbs.iter_mut().enumerate().skip(whole) {
            let low = self.0[at - whole];
            let below = if at > whole { self.0[at - whole - 1] } else { 0 };
            *limb = if part == 0 { low } else { low << part | below >> (64 - part) };
        }
        Wide(limbs)
    }

    pub fn times(&self, factor: u64) -> Self {
        let (mut limbs, mut carry) = ([0; LIMBS], 0u128);
        for (limb, own) in limbs.iter_mut().zip(self.0) {
            carry += u128::from(own) * u128::from(factor);
            *limb = carry as u64;
            carry >>= 64;
        }
        Wide(limbs)
    }

    pub fn times_power_of_ten(&self, mut exponent: u32) -> Self {
        let mut product = *self;
        while exponent > 0 {
            let step = exponent.min(19);
            product = product.times(10u64.pow(step));
            exponent -= step;
        }
        product
    }

    pub fn plus(&self, other: &Self) -> Self {
        let (mut limbs, mut carry) = ([0; LIMBS], 0u128);
        for (at, limb) in limbs.iter_mut().enumerate() {
            carry += u128::from(self.0[at]) + u128::from(other.0[at]);
            *limb = carry as u64;
            carry >>= 64;
        }
        Wide(limbs)
    }

    /// The difference if it is not negative.
    pub fn minus(&self, other: &Self) -> Option<Self> {
        let (mut limbs, mut borrow) = ([0; LIMBS], false);
        for (at, limb) in limbs.iter_mut().enumerate() {
            let (first, under) = self.0[at].overflowing_sub(other.0[at]);
            let (second, again) = first.overflowing_sub(u64::from(borrow));
            *limb = second;
            borrow = under || again;
        }
        (!borrow).then_some(Wide(limbs))
    }

    /// Quotient and remainder; the quotient must have at most 64 bits.
    pub fn divided_by(&self, divisor: &Self) -> (u64, Self) {
        let (mut quotient, mut rest) = (0, *self);
        let steps = (self.bits() + 1).saturating_sub(divisor.bits()).min(64);
        for bit in (0..steps).rev() {
            if let Some(less) = rest.minus(&divisor.shifted_left(bit)) {
                rest = less;
                quotient |= 1 << bit;
            }
        }
        (quotient, rest)
    }
}

impl Ord for Wide {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::*;

    fn big(wide: &Wide) -> BigUint {
        BigUint::from_bytes_le(&wide.0.iter().flat_map(|limb| limb.to_le_bytes()).collect::<Vec<u8>>())
    }

    proptest! {
        #[test]
        fn as_a_bignum_library_does(
            a in any::<u128>(), b in 1u128.., factor in any::<u64>(), shift in 0u32..=200, power in 0u32..40,
        ) {
            let (x, y) = (Wide::new(a).shifted_left(shift), Wide::new(b));
            let (p, q) = (BigUint::from(a) << shift, BigUint::from(b));
            prop_assert_eq!(big(&x), p.clone());
            prop_assert_eq!(u64::from(x.bits()), p.bits());
            prop_assert_eq!(big(&x.times(factor)), &p * factor);
            prop_assert_eq!(big(&x.times_power_of_ten(power)), &p * BigUint::from(10u32).pow(power));
            prop_assert_eq!(big(&x.plus(&y)), &p + &q);
            prop_assert_eq!(x.cmp(&y), p.cmp(&q));
            match x.minus(&y) {
                Some(rest) => prop_assert_eq!(big(&rest), &p - &q),
                None => prop_assert!(p < q),
            }
            let product = y.times(factor).plus(&Wide::new(b - 1));
            let (quotient, rest) = product.divided_by(&y);
            prop_assert_eq!((quotient, big(&rest)), (factor, q - 1u32));
        }
    }
}
