//! Numbers as columns show them.

use super::Ink;
use crate::control::tool::syntax::{Formatting, ListFormat, Mask};

/// Digits that a number of ICETOOL can have.
const DIGITS_MAX: usize = 31;
/// Digits of the standard format.
const DIGITS_STANDARD: usize = 15;

/// How a number looks.
#[derive(Clone, Debug)]
pub(in crate::control::tool) struct NumberStyle {
    form: Form,
    digits: usize,
    divisor: i128,
    leading: Vec<u8>,
    floating: Vec<u8>,
    trailing: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Form {
    /// Sign and all digits.
    Standard { signed: bool },
    /// Leading zeros suppressed, the sign before the first digit.
    Plain { plus: bool, signed: bool },
    /// A mask.
    Masked { mask: Mask, zeros: bool },
    /// A pattern.
    Pattern(Vec<u8>),
}

impl NumberStyle {
    /// The style of numbers of so many digits. `total` if the column shows a total of them.
    pub(in crate::control::tool) fn new(
        digits: usize,
        signed: bool,
        total: bool,
        formatting: &Formatting,
        format: ListFormat,
    ) -> Self {
        let least = if digits <= DIGITS_STANDARD { DIGITS_STANDARD } else { DIGITS_MAX };
        let standard = format == ListFormat::Standard && !formatting.is_said();
        let digits = match formatting.digits {
            Some(digits) => digits as usize,
            None if standard || (total && !formatting.no_statistics) => least,
            None => digits.min(DIGITS_MAX),
        };
        let form = match (&formatting.pattern, formatting.mask) {
            (Some(pattern), _) => Form::Pattern(pattern.clone()),
            (None, Some(mask)) => Form::Masked { mask, zeros: formatting.leading_zeros },
            (None, None) if formatting.is_said() => {
                Form::Masked { mask: Mask { letter: b'A', number: 0 }, zeros: formatting.leading_zeros }
            }
            (None, None) if standard => Form::Standard { signed },
            (None, None) => Form::Plain { plus: format == ListFormat::Plus, signed },
        };
        let digits = match &form {
            Form::Masked { mask, .. } => digits.max(decimals(*mask) + 1),
            _ => digits,
        };
        NumberStyle {
            form,
            digits,
            divisor: formatting.divisor.0,
            leading: formatting.leading.clone(),
            floating: formatting.floating.clone(),
            trailing: formatting.trailing.clone(),
        }
    }

    /// True if numbers stand at the right of their column.
    pub(in crate::control::tool) fn is_right(&self) -> bool {
        !matches!(self.form, Form::Standard { .. })
    }

    /// Bytes of a number, texts included.
    pub(in crate::control::tool) fn width(&self) -> usize {
        self.body_width() + self.leading.len() + self.floating.len() + self.trailing.len()
    }

    fn body_width(&self) -> usize {
        match &self.form {
            Form::Standard { signed } | Form::Plain { signed, .. } => self.digits + usize::from(*signed),
            Form::Pattern(pattern) => pattern.len(),
            Form::Masked { mask, .. } => {
                let signs = if is_parenthesised(*mask) { 2 } else { 1 };
                let decimals = decimals(*mask);
                let groups = if mask.number == 0 { 0 } else { (self.digits - decimals - 1) / 3 };
                self.digits + groups + usize::from(decimals > 0) + signs
            }
        }
    }

    /// Appends a number in exactly its width; asterisks if there is no value or it does not fit.
    pub(in crate::control::tool) fn show(&self, value: Option<i128>, ink: &Ink, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.leading);
        let at = out.len();
        let width = self.body_width() + self.floating.len();
        let text = value.map(|value| value / self.divisor).and_then(|value| self.body(value, ink));
        match text {
            Some(text) => {
                let first = text.iter().position(|byte| *byte != ink.blank()).unwrap_or(text.len());
                out.extend_from_slice(&text[..first]);
                out.extend_from_slice(&self.floating);
                out.extend_from_slice(&text[first..]);
            }
            None => out.resize(at + width, ink.of(b'*')),
        }
        out.extend_from_slice(&self.trailing);
    }

    fn body(&self, value: i128, ink: &Ink) -> Option<Vec<u8>> {
        if let Form::Pattern(pattern) = &self.form {
            return Some(patterned(value, pattern, ink));
        }
        let digits = format!("{:01$}", value.unsigned_abs(), self.digits);
        if digits.len() > self.digits {
            return None;
        }
        let text = match &self.form {
            Form::Masked { mask, zeros } => masked(&digits, value < 0, *mask, *zeros),
            Form::Plain { plus, signed } => plain(&digits, value < 0, *plus, *signed),
            _ => {
                let sign = if value < 0 { "-" } else { "+" };
                format!("{}{digits}", if self.is_signed() { sign } else { "" })
            }
        };
        let width = self.body_width();
        let mut out = Vec::with_capacity(width);
        ink.put(&format!("{text:>width$}"), &mut out);
        Some(out)
    }

    fn is_signed(&self) -> bool {
        matches!(self.form, Form::Standard { signed: true })
    }
}

/// Decimals of a mask.
fn decimals(mask: Mask) -> usize {
    match mask.letter {
        b'B' => 1,
        b'C' | b'F' => 2,
        b'D' => 3,
        b'G' => 4,
        _ => 0,
    }
}

/// True if negative numbers stand in parentheses.
fn is_parenthesised(mask: Mask) -> bool {
    matches!(mask.letter, b'E' | b'F')
}

/// Separator of groups and decimal point.
fn separators(mask: Mask) -> (char, char) {
    // Whole numbers have one variant less: their fifth is what the sixth of the others is.
    let number = if mask.letter == b'A' && mask.number == 5 { 6 } else { mask.number };
    match number {
        2 => ('.', ','),
        3 | 6 => (' ', ','),
        4 => ('\'', '.'),
        5 => ('\'', ','),
        _ => (',', '.'),
    }
}

/// True if the sign stands behind the number.
fn has_trailing_sign(mask: Mask) -> bool {
    mask.number == 6 || mask == Mask { letter: b'A', number: 5 }
}

fn masked(digits: &str, negative: bool, mask: Mask, zeros: bool) -> String {
    let (group, point) = separators(mask);
    let whole = digits.len() - decimals(mask);
    let shown = if zeros {
        0
    } else {
        digits[..whole]
            .bytes()
            .position(|digit| digit != b'0')
            .unwrap_or(whole.saturating_sub(1))
            .min(whole - 1)
    };
    let mut text = String::new();
    for (at, digit) in digits.char_indices().skip(shown) {
        if at == whole {
            text.push(point);
        } else if at > shown && at < whole && mask.number > 0 && (whole - at).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    match (is_parenthesised(mask), has_trailing_sign(mask), negative) {
        (true, _, true) => format!("({text})"),
        (true, _, false) => format!("{text} "),
        (false, true, true) => format!("{text}-"),
        (false, true, false) => format!("{text} "),
        (false, false, true) => format!("-{text}"),
        (false, false, false) => text,
    }
}

fn plain(digits: &str, negative: bool, plus: bool, signed: bool) -> String {
    let kept = digits.trim_start_matches('0');
    let kept = if kept.is_empty() { "0" } else { kept };
    let sign = match (signed, negative, plus) {
        (true, true, _) => "-",
        (true, false, true) => "+",
        _ => "",
    };
    format!("{sign}{kept}")
}

/// The digits of a number in place of the nines of a pattern; digits to the left of them are lost.
fn patterned(value: i128, pattern: &[u8], ink: &Ink) -> Vec<u8> {
    let nine = ink.of(b'9');
    let places = pattern.iter().filter(|byte| **byte == nine).count();
    let digits = format!("{:01$}", value.unsigned_abs(), places);
    let mut digits = digits.bytes().skip(digits.len() - places);
    let show =
        |byte: &u8| if *byte == nine { digits.next().map_or(nine, |digit| ink.of(digit)) } else { *byte };
    pattern.iter().map(show).collect()
}
