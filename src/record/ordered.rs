//! A hash of records that knows their order.

/// Odd, and no power of it is close to 1 in many low bits, so that records that changed places are found however far apart.
const FACTOR: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C83B;

/// Hash of a row of records: another if one is lost, doubled, altered or in another place. Hashes of rows that follow each
/// other can be joined, so that it does not depend on how records are divided into blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderedHash {
    /// Records in the row.
    pub records: u64,
    /// Polynomial in `FACTOR` whose coefficients are the hashes of the records, modulo 2^128.
    pub value: u128,
}

impl OrderedHash {
    /// Takes the hash of the next record.
    #[inline]
    pub fn push(&mut self, hash: u64) {
        self.records += 1;
        self.value = self.value.wrapping_mul(FACTOR).wrapping_add(u128::from(hash));
    }

    /// The row with another one behind it.
    #[must_use]
    pub fn join(self, next: OrderedHash) -> OrderedHash {
        let shifted = self.value.wrapping_mul(power(next.records));
        OrderedHash { records: self.records + next.records, value: shifted.wrapping_add(next.value) }
    }
}

/// `FACTOR` to this power, modulo 2^128.
fn power(mut exponent: u64) -> u128 {
    let (mut result, mut square) = (1u128, FACTOR);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.wrapping_mul(square);
        }
        square = square.wrapping_mul(square);
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(hashes: &[u64]) -> OrderedHash {
        let mut all = OrderedHash::default();
        hashes.iter().for_each(|hash| all.push(*hash));
        all
    }

    #[test]
    fn parts_join_to_the_whole() {
        let hashes: Vec<u64> = (0..100u64).map(|n| n.wrapping_mul(0x1234_5678_9ABC_DEF1)).collect();
        for at in 0..=hashes.len() {
            let (front, back) = hashes.split_at(at);
            assert_eq!(of(front).join(of(back)), of(&hashes));
        }
    }

    #[test]
    fn order_count_and_content_matter() {
        let hashes: Vec<u64> = (1..200).collect();
        let whole = of(&hashes);
        for distance in [1, 2, 64, 128, 197] {
            let mut other = hashes.clone();
            other.swap(0, distance);
            assert_ne!(of(&other), whole, "{distance}");
        }
        assert_ne!(of(&hashes[1..]), whole);
        assert_ne!(of(&[&[0], &hashes[..]].concat()), whole);
        // Two records that are very far apart: the difference is that of their hashes, times a power less 1.
        assert_ne!(power(1 << 40), 1);
        assert!(power(1 << 40).wrapping_sub(1).trailing_zeros() < 50);
    }
}
