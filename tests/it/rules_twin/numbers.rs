//! Numbers of the twin: digits in bytes, exact arithmetic on big integers, rounding by rationals, three edited pictures.

use num_bigint::BigInt;

use super::model::{Pic, Rounding, Usage};

/// A value: an integer and the number of its decimals.
pub type Number = (BigInt, i64);

/// Numeric-edited pictures with their digits and decimals.
pub const MASKS: [(&str, usize, usize); 3] = [("ZZZ,ZZ9.99-", 8, 2), ("-(5)9", 5, 0), ("9(4).9", 5, 1)];

pub fn power(exponent: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap())
}

pub fn zero() -> BigInt {
    BigInt::from(0)
}

pub fn absolute(value: &BigInt) -> BigInt {
    if *value < zero() { -value } else { value.clone() }
}

/// Bytes of a number.
pub fn length(pic: Pic) -> usize {
    match pic.usage {
        Usage::Zoned => pic.digits,
        Usage::Packed => pic.digits / 2 + 1,
        Usage::Binary if pic.digits < 5 => 2,
        Usage::Binary if pic.digits < 10 => 4,
        Usage::Binary => 8,
    }
}

/// Digits as characters, with zeros in front.
pub fn digits(value: &BigInt, count: usize) -> String {
    format!("{:0>count$}", absolute(value).to_string())
}

/// True if the sign is one that the class test takes, by the table of the Programming Guide for NUMPROC(NOPFD), NUMCLS(PRIM).
pub fn has_sign_of_class(pic: Pic, bytes: &[u8]) -> bool {
    let last = bytes[bytes.len() - 1];
    let sign = match pic.usage {
        Usage::Zoned => last >> 4,
        Usage::Packed => last & 15,
        Usage::Binary => return true,
    };
    if pic.signed { [12, 13, 15].contains(&sign) } else { sign == 15 }
}

/// The integer that the bytes spell; nothing if they are no number.
pub fn decode(pic: Pic, bytes: &[u8]) -> Option<BigInt> {
    let (digits, sign): (Vec<u8>, u8) = match pic.usage {
        Usage::Binary => {
            let minus = pic.signed && bytes[0] >= 0x80;
            let value = bytes.iter().fold(zero(), |value, byte| value * 256 + *byte);
            let range = BigInt::from(256).pow(u32::try_from(bytes.len()).unwrap());
            return Some(if minus { value - range } else { value });
        }
        Usage::Zoned => {
            let last = bytes.len() - 1;
            if bytes[..last].iter().any(|byte| byte >> 4 != 0xF) {
                return None;
            }
            (bytes.iter().map(|byte| byte & 15).collect(), bytes[last] >> 4)
        }
        Usage::Packed => {
            let mut nibbles: Vec<u8> = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
            let sign = nibbles.pop().unwrap();
            (nibbles, sign)
        }
    };
    let minus = matches!(sign, 0xB | 0xD);
    if sign < 10 || digits.iter().any(|digit| *digit > 9) || minus && !pic.signed {
        return None;
    }
    let value = digits.iter().fold(zero(), |value, digit| value * 10 + *digit);
    Some(if minus { -value } else { value })
}

/// The bytes of an integer that fits.
pub fn encode(pic: Pic, value: &BigInt) -> Vec<u8> {
    let minus = *value < zero();
    let sign = match (pic.signed, minus) {
        (false, _) => 0xF,
        (true, false) => 0xC,
        (true, true) => 0xD,
    };
    match pic.usage {
        Usage::Binary => {
            let count = length(pic);
            let range = BigInt::from(256).pow(u32::try_from(count).unwrap());
            let mut rest = if minus { value + range } else { value.clone() };
            let mut bytes = Vec::new();
            for _ in 0..count {
                bytes.insert(0, u8::try_from(&rest % 256).unwrap());
                rest /= 256;
            }
            bytes
        }
        Usage::Zoned => {
            let mut bytes: Vec<u8> =
                digits(value, pic.digits).bytes().map(|digit| 0xF0 | (digit - b'0')).collect();
            let last = bytes.last_mut().unwrap();
            *last = sign << 4 | *last & 15;
            bytes
        }
        Usage::Packed => {
            let mut nibbles: Vec<u8> =
                digits(value, length(pic) * 2 - 1).bytes().map(|digit| digit - b'0').collect();
            nibbles.push(sign);
            nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
        }
    }
}

/// `numerator / denominator` as an integer; nothing if there is a rest that must not be.
pub fn round(numerator: &BigInt, denominator: &BigInt, mode: Rounding) -> Option<BigInt> {
    let minus = (*numerator < zero()) != (*denominator < zero());
    let (top, bottom) = (absolute(numerator), absolute(denominator));
    let (whole, rest) = (&top / &bottom, &top % &bottom);
    let half = (rest.clone() * 2u8).cmp(&bottom);
    let some = rest != zero();
    let away = match mode {
        Rounding::Truncation => false,
        Rounding::Prohibited if some => return None,
        Rounding::Prohibited => false,
        Rounding::NearestAwayFromZero => half.is_ge(),
        Rounding::NearestTowardZero => half.is_gt(),
        Rounding::NearestEven => half.is_gt() || half.is_eq() && &whole % 2 == BigInt::from(1),
        Rounding::AwayFromZero => some,
        Rounding::TowardGreater => some && !minus,
        Rounding::TowardLesser => some && minus,
    };
    let magnitude = if away { whole + 1 } else { whole };
    Some(if minus { -magnitude } else { magnitude })
}

/// A value with another number of decimals.
pub fn rescale(value: &Number, decimals: i64, mode: Rounding) -> Option<BigInt> {
    if decimals >= value.1 {
        return Some(&value.0 * power(decimals - value.1));
    }
    round(&value.0, &power(value.1 - decimals), mode)
}

pub fn compare(a: &Number, b: &Number) -> std::cmp::Ordering {
    let decimals = a.1.max(b.1);
    let raised = |value: &Number| &value.0 * power(decimals - value.1);
    raised(a).cmp(&raised(b))
}

/// What becomes of an integer with the decimals of its field; nothing if it does not fit and may not be cut.
pub fn fit(digits: usize, signed: bool, value: &BigInt, truncate: bool) -> Option<BigInt> {
    let value = if signed { value.clone() } else { absolute(value) };
    let limit = power(digits as i64);
    if absolute(&value) < limit {
        return Some(value);
    }
    truncate.then(|| value % limit)
}

/// An integer as one of the pictures shows it.
pub fn edit(mask: usize, value: &BigInt) -> String {
    let minus = *value < zero();
    match mask {
        0 => {
            let spelled = digits(value, 8);
            let whole = format!("{},{}", &spelled[..3], &spelled[3..6]);
            // The last digit before the point always shows.
            let shown = whole[..6].trim_start_matches(['0', ',']);
            let sign = if minus { '-' } else { ' ' };
            format!("{:>6}{}.{}{sign}", shown, &whole[6..], &spelled[6..])
        }
        1 => {
            let sign = if minus { "-" } else { "" };
            format!("{:>6}", format!("{sign}{}", absolute(value)))
        }
        _ => {
            let spelled = digits(value, 5);
            format!("{}.{}", &spelled[..4], &spelled[4..])
        }
    }
}
