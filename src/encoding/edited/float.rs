//! External floating point: `+9(3).99E+99` (Language Reference, "External floating-point items").

use crate::encoding::{BadNumber, CodePage};

/// Most digits of the mantissa.
pub const MAX_MANTISSA: u8 = 16;

/// `mantissa * 10 ** exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floating {
    /// All digits of the mantissa as an integer.
    pub mantissa: i128,
    /// The power of ten that this integer is to be multiplied with.
    pub exponent: i32,
}

/// The mask of an external floating-point item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloatMask {
    /// A positive mantissa has `+`, not a blank.
    plus: bool,
    /// Digits of the mantissa: 1 to 16.
    digits: u8,
    /// Those after the decimal point.
    decimals: u8,
    /// The character of the decimal point, if it has a byte.
    point: Option<char>,
    /// A positive exponent has `+`, not a blank.
    exponent_plus: bool,
}

impl FloatMask {
    /// A mask; `None` unless it has 1 to 16 digits, and no more decimals than digits.
    pub fn new(
        plus: bool,
        digits: u8,
        decimals: u8,
        point: Option<char>,
        exponent_plus: bool,
    ) -> Option<Self> {
        let valid = (1..=MAX_MANTISSA).contains(&digits) && decimals <= digits;
        valid.then_some(FloatMask { plus, digits, decimals, point, exponent_plus })
    }

    /// Digits of the mantissa, and those after its decimal point.
    pub fn digits(&self) -> (u8, u8) {
        (self.digits, self.decimals)
    }

    /// Bytes: sign, mantissa, point, E, sign, two digits.
    pub fn length(&self) -> usize {
        5 + usize::from(self.digits) + usize::from(self.point.is_some())
    }

    /// The number that the field shows.
    ///
    /// # Errors
    /// The place of the first byte that does not fit the mask.
    pub fn decode(&self, bytes: &[u8], page: CodePage) -> Result<Floating, BadNumber> {
        if bytes.len() != self.length() {
            return Err(BadNumber::Digit(bytes.len().min(self.length())));
        }
        let negative = sign(bytes, 0, self.plus, page)?;
        let (mut mantissa, mut at) = (0i128, 1);
        for index in 0..self.digits {
            at = self.skip_point(bytes, at, index, page)?;
            mantissa = mantissa * 10 + i128::from(digit(bytes, at, page)?);
            at += 1;
        }
        at = self.skip_point(bytes, at, self.digits, page)?;
        if page.char(bytes[at]) != 'E' {
            return Err(BadNumber::Digit(at));
        }
        let below = sign(bytes, at + 1, self.exponent_plus, page)?;
        let power = i32::from(digit(bytes, at + 2, page)?) * 10 + i32::from(digit(bytes, at + 3, page)?);
        let power = if below { -power } else { power };
        let mantissa = if negative { -mantissa } else { mantissa };
        Ok(Floating { mantissa, exponent: power - i32::from(self.decimals) })
    }

    /// Writes a number with its first digit not zero; digits that have no place are rounded off, half away from zero.
    ///
    /// # Errors
    /// [`BadNumber::TooLong`]: the exponent needs more than two digits.
    pub fn encode(&self, value: Floating, out: &mut [u8], page: CodePage) -> Result<(), BadNumber> {
        let (magnitude, exponent) = self.normal(value)?;
        let power = if magnitude == 0 { 0 } else { exponent + i32::from(self.decimals) };
        if !(-99..=99).contains(&power) {
            return Err(BadNumber::TooLong);
        }
        let digits = format!("{magnitude:0width$}", width = usize::from(self.digits));
        let (whole, decimals) = digits.split_at(usize::from(self.digits - self.decimals));
        let sign = |negative: bool, plus: bool| {
            if negative {
                '-'
            } else if plus {
                '+'
            } else {
                ' '
            }
        };
        let text = format!(
            "{}{whole}{}{decimals}E{}{:02}",
            sign(value.mantissa < 0, self.plus),
            self.point.map(String::from).unwrap_or_default(),
            sign(power < 0, self.exponent_plus),
            power.abs()
        );
        out.iter_mut().zip(text.chars()).for_each(|(place, c)| *place = page.byte(c).unwrap_or(page.space()));
        Ok(())
    }

    /// True if the bytes are what writing their number gives.
    pub fn is_canonical(&self, bytes: &[u8], page: CodePage) -> bool {
        let mut again = vec![0; self.length()];
        let written = self.decode(bytes, page).and_then(|value| self.encode(value, &mut again, page));
        written.is_ok() && again == bytes
    }

    /// The mantissa with all its digits used, and its exponent.
    fn normal(&self, value: Floating) -> Result<(u128, i32), BadNumber> {
        let (mut magnitude, mut exponent) = (value.mantissa.unsigned_abs(), value.exponent);
        let limit = 10u128.pow(u32::from(self.digits));
        let mut last = 0;
        while magnitude >= limit {
            last = magnitude % 10;
            magnitude /= 10;
            exponent = exponent.checked_add(1).ok_or(BadNumber::TooLong)?;
        }
        if last >= 5 {
            magnitude += 1;
            if magnitude == limit {
                magnitude /= 10;
                exponent = exponent.checked_add(1).ok_or(BadNumber::TooLong)?;
            }
        }
        while magnitude > 0 && magnitude < limit / 10 {
            magnitude *= 10;
            exponent = exponent.checked_sub(1).ok_or(BadNumber::TooLong)?;
        }
        Ok((magnitude, exponent))
    }

    fn skip_point(&self, bytes: &[u8], at: usize, digit: u8, page: CodePage) -> Result<usize, BadNumber> {
        match self.point {
            Some(point) if digit == self.digits - self.decimals => {
                if page.char(bytes[at]) == point {
                    Ok(at + 1)
                } else {
                    Err(BadNumber::Digit(at))
                }
            }
            _ => Ok(at),
        }
    }
}

fn sign(bytes: &[u8], at: usize, plus: bool, page: CodePage) -> Result<bool, BadNumber> {
    match page.char(bytes[at]) {
        '-' => Ok(true),
        '+' if plus => Ok(false),
        ' ' if !plus => Ok(false),
        _ => Err(BadNumber::Sign(at)),
    }
}

fn digit(bytes: &[u8], at: usize, page: CodePage) -> Result<u8, BadNumber> {
    let digit = bytes[at].wrapping_sub(page.zero());
    if digit <= 9 { Ok(digit) } else { Err(BadNumber::Digit(at)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: CodePage = CodePage::CP037;

    fn shown(mask: FloatMask, mantissa: i128, exponent: i32) -> String {
        let mut out = vec![0; mask.length()];
        mask.encode(Floating { mantissa, exponent }, &mut out, PAGE).unwrap();
        assert!(mask.is_canonical(&out, PAGE));
        PAGE.decode(&out)
    }

    /// Language Reference, "Special insertion editing": 12345 in +999.99E+99.
    #[test]
    fn floating_point_there_and_back() {
        let mask = FloatMask { plus: true, digits: 5, decimals: 2, point: Some('.'), exponent_plus: true };
        assert_eq!(shown(mask, 12345, 0), "+123.45E+02");
        assert_eq!(shown(mask, -1, -4), "-100.00E-06");
        assert_eq!(shown(mask, 999_999, 0), "+100.00E+04");
        assert_eq!(shown(mask, 0, 7), "+000.00E+00");
        let minus = FloatMask { plus: false, digits: 10, decimals: 6, point: None, exponent_plus: false };
        assert_eq!(shown(minus, 5, 0), " 5000000000E-03");
        let read = |text: &str| mask.decode(&PAGE.encode(text).unwrap(), PAGE);
        assert_eq!(read("+123.45E-02"), Ok(Floating { mantissa: 12345, exponent: -4 }));
        assert_eq!(read(" 123.45E-02"), Err(BadNumber::Sign(0)));
        assert_eq!(read("+123,45E-02"), Err(BadNumber::Digit(4)));
        assert_eq!(read("+123.45F-02"), Err(BadNumber::Digit(7)));
        let wide = mask.encode(Floating { mantissa: 1, exponent: 200 }, &mut [0; 11], PAGE);
        assert_eq!(wide, Err(BadNumber::TooLong));
    }
}
