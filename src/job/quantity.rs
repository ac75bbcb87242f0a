//! Sizes and durations as people write them.

use std::time::Duration;

/// A size such as `512M`, `2GiB` or `1000000`; K, M, G and T are powers of 1024. The error says what to write instead.
pub fn size_of(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err("write a number of bytes, or one with K, M, G or T, such as 512M".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "write a number such as 512M".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "that is more than any machine has".to_owned())
}

/// A duration such as `90s`, `15m` or `1h 30m`. The error says what to write instead.
pub fn duration_of(text: &str) -> Result<Duration, String> {
    let refused = || "write a duration such as 90s, 15m or 1h 30m".to_owned();
    let duration: jiff::SignedDuration = text.parse().map_err(|_| refused())?;
    Duration::try_from(duration).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations() {
        for (text, bytes) in [("1048576", 1 << 20), ("16M", 16 << 20), ("2g", 2 << 30), ("4 GiB", 4 << 30)] {
            assert_eq!(size_of(text), Ok(bytes), "{text}");
        }
        for bad in ["", "M", "12X", "-5M", "99999999999999999999", "20000000T"] {
            assert!(size_of(bad).is_err(), "{bad}");
        }
        for (text, seconds) in [("90s", 90), ("15m", 900), ("1h 30m", 5400)] {
            assert_eq!(duration_of(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for bad in ["", "15", "-5m", "soon"] {
            assert!(duration_of(bad).is_err(), "{bad}");
        }
    }
}
