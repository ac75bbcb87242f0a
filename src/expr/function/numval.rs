//! Numbers written as text: NUMVAL, NUMVAL-C and their tests (Language Reference, "NUMVAL", "NUMVAL-C").
//!
//! ```text
//!   [blanks] [+ | -] [blanks] [currency] [blanks] digits [blanks]
//!   [blanks] [currency] [blanks] digits [blanks] [+ | - | CR | DB] [blanks]
//! ```

use crate::decimal::Decimal;

/// Most digits of a number.
const DIGITS_MAX: u32 = 31;
/// Most decimals.
const SCALE_MAX: i16 = 31;

/// Why a text is no number: the character, counted from 1, at which it cannot be one any more; one more than the text has if
/// it only ends too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault(pub usize);

/// The number that a text shows. `currency` is there for NUMVAL-C, which takes commas too.
pub(super) fn parse(text: &[char], currency: Option<&[char]>) -> Result<Decimal, Fault> {
    let mut reader = Reader { text, at: 0 };
    reader.blanks();
    let mut sign = reader.take_sign(false);
    if let Some(currency) = currency {
        reader.blanks();
        reader.take(currency);
    }
    reader.blanks();
    let number = reader.digits(currency.is_some())?;
    reader.blanks();
    if sign.is_none() {
        sign = reader.take_sign(true);
        reader.blanks();
    }
    if reader.at < text.len() {
        return Err(reader.fault());
    }
    match sign {
        Some(true) => number.checked_neg().map_err(|_| reader.fault()),
        _ => Ok(number),
    }
}

struct Reader<'t> {
    text: &'t [char],
    at: usize,
}

impl Reader<'_> {
    fn fault(&self) -> Fault {
        Fault(self.at + 1)
    }

    fn blanks(&mut self) {
        while self.text.get(self.at) == Some(&' ') {
            self.at += 1;
        }
    }

    fn take(&mut self, word: &[char]) -> bool {
        let found = !word.is_empty() && self.text[self.at..].starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// True for a minus. CR and DB stand only behind the digits.
    fn take_sign(&mut self, behind: bool) -> Option<bool> {
        let pair = self
            .text
            .get(self.at..self.at + 2)
            .map(|pair| [pair[0], pair[1]].map(|c| c.to_ascii_uppercase()));
        if behind && matches!(pair, Some(['C', 'R'] | ['D', 'B'])) {
            self.at += 2;
            return Some(true);
        }
        let minus = match self.text.get(self.at) {
            Some('+') => false,
            Some('-') => true,
            _ => return None,
        };
        self.at += 1;
        Some(minus)
    }

    fn digits(&mut self, commas: bool) -> Result<Decimal, Fault> {
        let (mut value, mut count, mut scale, mut point, mut any) = (0i128, 0u32, 0i16, false, false);
        while let Some(&character) = self.text.get(self.at) {
            match character.to_digit(10) {
                // Leading zeros do not count.
                Some(digit) if count < DIGITS_MAX && scale < SCALE_MAX => {
                    value = value * 10 + i128::from(digit);
                    count += u32::from(value > 0);
                    scale += i16::from(point);
                    any = true;
                }
                Some(_) => return Err(self.fault()),
                None if character == '.' && !point => point = true,
                None if character == ',' && commas && !point => {}
                None => break,
            }
            self.at += 1;
        }
        if any { Ok(Decimal::new(value, scale)) } else { Err(self.fault()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str, currency: Option<&str>) -> Result<String, usize> {
        let text: Vec<char> = text.chars().collect();
        let currency: Option<Vec<char>> = currency.map(|sign| sign.chars().collect());
        parse(&text, currency.as_deref()).map(|number| number.to_string()).map_err(|fault| fault.0)
    }

    #[test]
    fn numbers_with_signs_before_and_behind() {
        for (text, wanted) in [
            ("12.50", Ok("12.50")),
            ("  - 12.5  ", Ok("-12.5")),
            ("+.5", Ok("0.5")),
            ("7.", Ok("7")),
            (" 1234 CR ", Ok("-1234")),
            ("1db", Ok("-1")),
            ("1 -", Ok("-1")),
            ("007", Ok("7")),
            ("0000000000000000000000000000000000000000000001", Ok("1")),
            ("", Err(1)),
            ("   ", Err(4)),
            (".", Err(2)),
            ("1.2.3", Err(4)),
            ("1,234", Err(2)),
            ("-1-", Err(3)),
            ("- CR", Err(3)),
            ("1A", Err(2)),
            ("1 C", Err(3)),
            ("12345678901234567890123456789012", Err(32)),
        ] {
            assert_eq!(number(text, None), wanted.map(str::to_owned), "'{text}'");
        }
    }

    #[test]
    fn numbers_with_currency_and_commas() {
        for (text, wanted) in [
            ("$1,234.56", Ok("1234.56")),
            (" - $ 1,234.56 ", Ok("-1234.56")),
            ("$12.00CR", Ok("-12.00")),
            ("1234", Ok("1234")),
            ("$$1", Err(2)),
            ("$", Err(2)),
            ("1.2,3", Err(4)),
        ] {
            assert_eq!(number(text, Some("$")), wanted.map(str::to_owned), "'{text}'");
        }
        assert_eq!(number("EUR 5", Some("EUR")), Ok("5".to_owned()));
    }
}
