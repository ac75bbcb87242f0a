//! Numbers of the twin: read, shown, stored.

use super::model::{Expression, Field, Kind, Shown};
use crate::harness::ebcdic;

/// The value of a field.
pub fn number(bytes: &[u8], kind: Kind) -> i128 {
    match kind {
        Kind::Ch => panic!("characters are no number"),
        Kind::Bi => bytes.iter().fold(0, |value, byte| value * 256 + i128::from(*byte)),
        Kind::Fi => {
            let unsigned = number(bytes, Kind::Bi);
            if bytes[0] >= 0x80 { unsigned - (1 << (8 * bytes.len())) } else { unsigned }
        }
        Kind::Zd => {
            let digits = bytes.iter().fold(0, |value, byte| value * 10 + i128::from(byte & 15));
            signed(digits, bytes.last().unwrap() >> 4)
        }
        Kind::Pd => {
            let nibbles: Vec<u8> = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
            let (sign, digits) = nibbles.split_last().unwrap();
            signed(digits.iter().fold(0, |value, digit| value * 10 + i128::from(*digit)), *sign)
        }
        Kind::Fs => {
            let digits = bytes.iter().filter(|byte| **byte >= 0xF0).map(|byte| i128::from(byte & 15));
            let value = digits.fold(0, |value, digit| value * 10 + digit);
            if bytes.contains(&0x60) { -value } else { value }
        }
    }
}

fn signed(value: i128, sign: u8) -> i128 {
    if [0xD, 0xB, 9, 7, 5, 3, 1].contains(&sign) { -value } else { value }
}

/// Digits of the value of an expression, for the width of masks.
pub fn digits(expression: &Expression) -> usize {
    match expression {
        Expression::Field(Field { length, kind, .. }) => match kind {
            Kind::Pd => 2 * length - 1,
            Kind::Bi | Kind::Fi => [3, 5, 8, 10, 13, 15, 17, 20][length - 1],
            _ => *length,
        },
        _ => 15,
    }
}

/// A pattern of I, T and separators with S where signs go, what follows it, and the four signs.
fn mask(number: usize, digits: usize) -> (String, &'static str, [char; 4]) {
    let plain = |selector: char| selector.to_string().repeat(digits - 1) + "T";
    let bare = [' ', ' ', ' ', ' '];
    let (minus, minus_behind, parentheses) =
        ([' ', '-', ' ', ' '], [' ', ' ', ' ', '-'], [' ', '(', ' ', ')']);
    let group = |separator: char, decimal: Option<char>| grouped(digits, separator, decimal);
    let with = |head: &str, middle: String, tail: &str| format!("{head}{middle}{tail}");
    match number {
        0 => (with("", plain('I'), "S"), "", minus_behind),
        1 => (with("", plain('T'), "S"), "", minus_behind),
        2 => (with("", group(',', Some('.')), "S"), "", minus_behind),
        3 => (group(',', Some('.')), "CR", bare),
        4 => (with("S", group(',', Some('.')), ""), "", ['+', '-', ' ', ' ']),
        5 => (with("S", group(',', Some('.')), "S"), "", parentheses),
        6 => ("III-TTT-TTTT".to_owned(), "", bare),
        7 => ("TTT-TT-TTTT".to_owned(), "", bare),
        8 => ("IT:TT:TT".to_owned(), "", bare),
        9 => ("IT/TT/TT".to_owned(), "", bare),
        10 => (plain('I'), "", bare),
        11 => (plain('T'), "", bare),
        12 => (with("S", group(',', None), ""), "", minus),
        13 => (with("S", group('.', None), ""), "", minus),
        14 => (with("S", group(' ', None), "S"), "", parentheses),
        15 => (with("", group(' ', None), "S"), "", minus_behind),
        16 => (with("S", group(' ', None), ""), "", minus),
        17 => (with("S", group('\'', None), ""), "", minus),
        18 => (with("S", group(',', Some('.')), ""), "", minus),
        19 => (with("S", group('.', Some(',')), ""), "", minus),
        20 => (with("S", group(' ', Some(',')), "S"), "", parentheses),
        21 => (with("", group(' ', Some(',')), "S"), "", minus_behind),
        22 => (with("S", group(' ', Some(',')), ""), "", minus),
        23 => (with("S", group('\'', Some('.')), ""), "", minus),
        24 => (with("S", group('\'', Some(',')), ""), "", minus),
        25 => (with("S", plain('I'), ""), "", minus),
        _ => (with("S", plain('T'), ""), "", ['+', '-', ' ', ' ']),
    }
}

/// I in groups of three up to the T of the units, then two decimals if there is a character for them.
fn grouped(digits: usize, separator: char, decimal: Option<char>) -> String {
    let whole = if decimal.is_some() { digits - 2 } else { digits };
    let mut pattern = String::new();
    for left in (0..whole).rev() {
        pattern.push(if left == 0 { 'T' } else { 'I' });
        if left > 0 && left % 3 == 0 {
            pattern.push(separator);
        }
    }
    if let Some(decimal) = decimal {
        pattern.push(decimal);
        pattern += "TT";
    }
    pattern
}

/// Bytes that a number takes.
pub fn width(digits: usize, shown: &Shown) -> usize {
    match shown {
        Shown::Plain => digits + 1,
        Shown::Mask(number) => {
            let (pattern, tail, _) = mask(*number, digits);
            pattern.len() + tail.len()
        }
        Shown::Pattern(pattern, _) => pattern.len(),
        Shown::To(_, length) => *length,
    }
}

/// A number as bytes.
pub fn show(value: i128, digits: usize, shown: &Shown) -> Vec<u8> {
    match shown {
        Shown::Plain => show(value, digits, &Shown::Mask(0)),
        Shown::Mask(number) => {
            let (pattern, tail, signs) = mask(*number, digits);
            let tail = if value < 0 { tail.to_owned() } else { " ".repeat(tail.len()) };
            ebcdic(&(edited(value, &pattern, signs) + &tail))
        }
        Shown::Pattern(pattern, signs) => ebcdic(&edited(value, pattern, *signs)),
        Shown::To(format, length) => to(value, format, *length),
    }
}

fn edited(value: i128, pattern: &str, signs: [char; 4]) -> String {
    let negative = usize::from(value < 0);
    let leading = pattern.starts_with('S');
    let body = pattern.strip_prefix('S').unwrap_or(pattern);
    let trailing = body.ends_with('S');
    let body = body.strip_suffix('S').unwrap_or(body);
    let selectors = body.chars().filter(|c| "IT".contains(*c)).count();
    let spelled = format!("{:0selectors$}", value.unsigned_abs());
    let mut digits = spelled[spelled.len() - selectors..].chars();
    let mut shown: Vec<char> = if leading { vec![' '] } else { Vec::new() };
    let mut first = None;
    for c in body.chars() {
        let selector = c == 'I' || c == 'T';
        let next = if selector { digits.next().unwrap() } else { c };
        if first.is_none() && selector && (c == 'T' || next != '0') {
            first = Some(shown.len());
        }
        shown.push(if first.is_some() { next } else { ' ' });
    }
    if let (true, Some(first)) = (leading, first) {
        shown[first - 1] = signs[negative];
    }
    if trailing {
        shown.push(signs[2 + negative]);
    }
    shown.into_iter().collect()
}

/// A number in a format, high-order digits dropped.
pub fn to(value: i128, format: &str, length: usize) -> Vec<u8> {
    let sign = match (format, value < 0) {
        (_, true) => 0xD,
        ("PD" | "PDC" | "ZDC", false) => 0xC,
        _ => 0xF,
    };
    let cut = |digits: usize| {
        let spelled = format!("{:0digits$}", value.unsigned_abs());
        let cut: Vec<u8> = spelled[spelled.len() - digits..].bytes().map(|digit| digit - b'0').collect();
        cut
    };
    match format {
        "BI" | "FI" => value.to_be_bytes()[16 - length..].to_vec(),
        "FS" => {
            let minus = if value < 0 { "-" } else { "" };
            ebcdic(&format!("{:>length$}", format!("{minus}{}", value.unsigned_abs())))
        }
        "PD" | "PDC" | "PDF" => {
            let nibbles: Vec<u8> = cut(2 * length - 1).into_iter().chain([sign]).collect();
            nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
        }
        _ => {
            let mut bytes: Vec<u8> = cut(length).into_iter().map(|digit| 0xF0 | digit).collect();
            let last = bytes.last_mut().unwrap();
            *last = *last & 15 | sign << 4;
            bytes
        }
    }
}
