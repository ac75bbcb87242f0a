//! The length of records without marks: bytes that lie a record apart are alike.

/// Longest record that is looked for bytes by byte.
const LONGEST: usize = 4096;
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
    let mut lags: Vec<(f64, usize)> = (2..=longest)
        .filter(|lag| *lag <= LONGEST || size.is_multiple_of(*lag as u64))
        .map(|lag| (agreement(bytes, &classes, lag), lag))
        .collect();
    let Some(best) = lags.iter().map(|(share, _)| *share).max_by(f64::total_cmp) else { return Vec::new() };
    let floor = best - 0.12 * (best - chance(bytes, &classes)).max(0.0) - 1e-9;
    lags.retain(|(share, _)| *share >= floor);
    // Multiples of a length repeat as well as it does; those that divide the file are likelier than those that do not.
    lags.sort_by_key(|(_, lag)| (!size.is_multiple_of(*lag as u64), *lag));
    lags.into_iter().map(|(_, lag)| lag).take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_repeat_show_their_period() {
        let record = |n: u32| format!("{n:06}  NAME{:<10}{:03}\u{0}", n * 7919 % 1000, n * 31 % 997);
        let file: Vec<u8> = (0..60).flat_map(|n| record(n).into_bytes()).collect();
        assert_eq!(likely_lengths(&file, file.len() as u64).first(), Some(&26));
        assert!(column_agreement(&file, 26) > 2.0 * column_agreement(&file, 25));
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        assert!(likely_lengths(&[], 0).is_empty());
        assert!(likely_lengths(&[7], 1).is_empty());
        assert_eq!(column_agreement(&[], 3), 0.0);
    }
}
