//! Dates in fields: found by their form alone, since a PICTURE does not say that digits are a date.

use jiff::civil::Date;

/// A date, and what stands behind it (a time of day).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The date.
    pub date: Date,
    /// The text behind it.
    pub rest: String,
}

/// The date that a text begins with: `2022-07-01`, `20220701`, `2022182`, `220701` and `22182`, each with any separators, and
/// for the first two perhaps a time behind. Years are those from 1900 to 2099; two digits from 50 on are of the last century.
pub fn of_text(text: &str) -> Option<Dated> {
    let text = text.trim_end();
    let digits = |from: usize, to: usize| -> Option<i16> {
        text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
    };
    let bytes = text.as_bytes();
    let separated = |at: usize| bytes.get(at).is_some_and(|b| b"-/.".contains(b));
    let (date, end) = if bytes.len() >= 10 && separated(4) && separated(7) {
        (civil(digits(0, 4)?, digits(5, 7)?, digits(8, 10)?)?, 10)
    } else if bytes.len() == 8 || bytes.len() >= 14 && bytes[..14].iter().all(u8::is_ascii_digit) {
        (civil(digits(0, 4)?, digits(4, 6)?, digits(6, 8)?)?, 8)
    } else if bytes.len() == 7 {
        (ordinal(digits(0, 4)?, digits(4, 7)?)?, 7)
    } else if bytes.len() == 6 {
        (civil(century(digits(0, 2)?), digits(2, 4)?, digits(4, 6)?)?, 6)
    } else if bytes.len() == 5 {
        (ordinal(century(digits(0, 2)?), digits(2, 5)?)?, 5)
    } else {
        return None;
    };
    Some(Dated { date, rest: text[end..].to_owned() })
}

fn century(year: i16) -> i16 {
    if year >= 50 { 1900 + year } else { 2000 + year }
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    let in_range = (1900..2100).contains(&year);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().filter(|_| in_range)
}

fn ordinal(year: i16, day: i16) -> Option<Date> {
    let first = civil(year, 1, 1)?;
    (1..=first.days_in_year()).contains(&day).then_some(())?;
    first.checked_add(jiff::Span::new().days(i64::from(day) - 1)).ok()
}

/// Days from one to the other.
pub fn days_between(from: Date, to: Date) -> Option<i64> {
    from.until(to).ok().map(|span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Option<String> {
        of_text(text).map(|dated| format!("{}|{}", dated.date, dated.rest))
    }

    #[test]
    fn forms_of_dates() {
        for (text, expected) in [
            ("2022-07-01-03.15.00.000000", "2022-07-01|-03.15.00.000000"),
            ("2022/07/01", "2022-07-01|"),
            ("20220701", "2022-07-01|"),
            ("20220701031500", "2022-07-01|031500"),
            ("2022182", "2022-07-01|"),
            ("220701", "2022-07-01|"),
            ("22182", "2022-07-01|"),
        ] {
            assert_eq!(date(text).as_deref(), Some(expected), "{text}");
        }
        for none in ["20221301", "2022-02-30", "12345678", "2022366", "ABCDEF", "", "2022-7-1", "18991231"] {
            assert_eq!(date(none), None, "{none}");
        }
        assert_eq!(days_between(Date::constant(2022, 2, 28), Date::constant(2022, 3, 1)), Some(1));
    }
}
