//! Numbers for people.

use std::time::Duration;

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    grouped_digits(&number.to_string())
}

/// Digits with a comma before every three from the right.
fn grouped_digits(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A decimal such as `-1234567.89` with its whole digits grouped.
pub fn grouped_decimal(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, decimals) = rest.split_once('.').map_or((rest, String::new()), |(w, d)| (w, format!(".{d}")));
    format!("{sign}{}{decimals}", grouped_digits(whole))
}

/// Bytes as `12.3 MiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// A duration in seconds or milliseconds.
pub fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1000.0) } else { format!("{seconds:.2} s") }
}

/// `, 210 MB/s`; nothing for what was too short to be measured.
pub fn speed(bytes: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    if seconds < 0.05 { String::new() } else { format!(", {:.0} MB/s", bytes as f64 / seconds / 1e6) }
}

/// Records per second, empty for what is too short to tell.
pub fn rate(records: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    if records == 0 || seconds <= 0.0 { String::new() } else { grouped((records as f64 / seconds) as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped_decimal("-1234567.89"), "-1,234,567.89");
        assert_eq!(grouped_decimal("12"), "12");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(rate(500, Duration::from_millis(250)), "2,000");
    }
}
