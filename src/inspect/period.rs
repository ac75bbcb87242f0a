//! The length of records without marks: bytes that lie a record apart are alike.

/// Longest record that is looked for bytes by byte.
const LONGEST: usize = 4096;
/// Lags on either side that a length stands out from.
const NEAR: usize = 12;
/// Bytes that are compared for a lag.
const COMPARED: usize = 1 << 15;

/// What a byte is in most code pages: the same kind of byte stands in the same column.
fn class(byte: u8) -> u8 {
    match byte {
        0x40 | 0x20 => 1,
        0xF0..=0xF9 | 0x30..=0x39 => 2,
        0xC1..=0xC9 | 0xD1..=0xD9 | 0xE2..=0xE9 | 0x41..=0x5A => 3,
        0x81..=0x89 | 0x91..=0x99 | 0xA2..=0xA9 | 0x61..=0x7A => 4,
        0x00 => 5,
        0xFF => 6,
        _ => 7,
    }
}

/// How alike bytes a lag apart are: 0 as much as bytes anywhere, 1 all the same.
pub(super) fn column_agreement(bytes: &[u8], lag: usize) -> f64 {
    let classes: Vec<u8> = bytes.iter().take(2 * COMPARED).map(|&byte| class(byte)).collect();
    let (at_lag, by_chance) = (agreement(bytes, &classes, lag), chance(bytes, &classes));
    ((at_lag - by_chance) / (1.0 - by_chance).max(1e-6)).clamp(0.0, 1.0)
}

fn agreement(bytes: &[u8], classes: &[u8], lag: usize) -> f64 {
    if lag == 0 || lag >= classes.len() {
        return 0.0;
    }
    let pairs = (classes.len() - lag).min(COMPARED);
    let same = |one: &[u8]| one.iter().zip(&one[lag..]).take(pairs).filter(|(a, b)| a == b).count();
    (same(bytes) + same(classes)) as f64 / (2 * pairs) as f64
}

/// The agreement of bytes that have nothing to do with each other.
fn chance(bytes: &[u8], classes: &[u8]) -> f64 {
    let squares = |all: &[u8]| {
        let mut counts = [0u64; 256];
        all.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
        let total = all.len().max(1) as f64;
        counts.iter().map(|&count| (count as f64 / total).powi(2)).sum::<f64>()
    };
    (squares(&bytes[..classes.len().min(bytes.len())]) + squares(classes)) / 2.0
}

/// Likely record lengths, the likeliest first: those that divide the size, and those at which the bytes repeat best.
pub(super) fn likely_lengths(bytes: &[u8], size: u64) -> Vec<usize> {
    let classes: Vec<u8> = bytes.iter().take(2 * COMPARED).map(|&byte| class(byte)).collect();
    let longest = (bytes.len() / 2).min(32_760);
    let lags: Vec<(f64, usize)> = (1..=longest)
        .filter(|lag| *lag <= LONGEST || size.is_multiple_of(*lag as u64))
        .map(|lag| (agreement(bytes, &classes, lag), lag))
        .collect();
    // A record's length stands out from the lags around it; its multiples do so as much.
    let around = |at: usize| -> f64 {
        let near = &lags[at.saturating_sub(NEAR)..(at + NEAR + 1).min(lags.len())];
        let mut shares: Vec<f64> = near
            .iter()
            .filter(|(_, lag)| lag.abs_diff(lags[at].1) <= NEAR)
            .map(|(share, _)| *share)
            .collect();
        shares.sort_by(f64::total_cmp);
        shares[shares.len() / 2]
    };
    let chance = chance(bytes, &classes);
    let mut peaks: Vec<(f64, usize)> = (0..lags.len())
        .filter(|&at| lags[at].1 > 1 && lags[at].0 > chance && is_peak(&lags, at))
        .map(|at| (lags[at].0 - around(at.min(LONGEST - NEAR - 1)), lags[at].1))
        .collect();
    let Some(&(best, length)) = peaks.iter().max_by(|left, right| left.0.total_cmp(&right.0)) else {
        return Vec::new();
    };
    // Records of two kinds in turn repeat better at twice their length.
    let enough = |lag: usize| match length.is_multiple_of(lag) && size.is_multiple_of(lag as u64) {
        true if size.is_multiple_of(length as u64) => 0.3,
        true => 0.1,
        false => 0.5,
    };
    peaks.retain(|(peak, lag)| *peak > 0.02 && *peak >= enough(*lag) * best);
    peaks.sort_by_key(|(_, lag)| (!size.is_multiple_of(*lag as u64), *lag));
    peaks.into_iter().map(|(_, lag)| lag).take(6).collect()
}

/// True if the lags right beside this one repeat less well, as far as they were looked at.
fn is_peak(lags: &[(f64, usize)], at: usize) -> bool {
    let beside = [at.wrapping_sub(1), at + 1].into_iter().filter_map(|other| lags.get(other));
    beside.filter(|(_, lag)| lag.abs_diff(lags[at].1) == 1).all(|(share, _)| *share <= lags[at].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_repeat_show_their_period() {
        let record = |n: u32| format!("{n:06}  NAME{:<10}{:03}\u{0}", n * 7919 % 1000, n * 31 % 997);
        let file: Vec<u8> = (0..60).flat_map(|n| record(n).into_bytes()).collect();
        assert_eq!(likely_lengths(&file, file.len() as u64).first(), Some(&26));
        assert!(column_agreement(&file, 26) > column_agreement(&file, 25));
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        assert!(likely_lengths(&[], 0).is_empty());
        assert!(likely_lengths(&[7], 1).is_empty());
        assert_eq!(column_agreement(&[], 3), 0.0);
    }
}
