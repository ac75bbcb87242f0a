//! Formatting items.

use super::operands::Operands;
use crate::control::tool::syntax::{Divisor, Formatting, Mask};
use crate::diag::{Result, codes};

/// Characters of a pattern.
const PATTERN_MAX: usize = 48;
/// Characters of a leading, floating or trailing text.
const TEXT_MAX: usize = 10;

/// What values can be divided by.
const DIVISORS: &[(&str, i128)] = &[
    ("D", 10),
    ("C", 100),
    ("K", 1000),
    ("DK", 10_000),
    ("CK", 100_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("KB", 1 << 10),
    ("MB", 1 << 20),
    ("GB", 1 << 30),
];

/// `item,item,..`.
pub(super) fn items(operands: &mut Operands<'_>) -> Result<Formatting> {
    let mut formatting = Formatting::default();
    loop {
        item(operands, &mut formatting)?;
        if !operands.comma() {
            break;
        }
    }
    if formatting.mask.is_some() && formatting.pattern.is_some() {
        return Err(operands.conflict("a mask and a pattern exclude each other"));
    }
    Ok(formatting)
}

/// `,item,item,..`, if a comma comes.
pub(super) fn behind(operands: &mut Operands<'_>) -> Result<Formatting> {
    if operands.comma() { items(operands) } else { Ok(Formatting::default()) }
}

fn item(operands: &mut Operands<'_>, formatting: &mut Formatting) -> Result<()> {
    let start = operands.cursor.at();
    if operands.cursor.eat('/') {
        let word = operands.cursor.word()?;
        let divisor = DIVISORS.iter().find(|(name, _)| *name == word.text);
        let Some((_, divisor)) = divisor else {
            let names: Vec<&str> = DIVISORS.iter().map(|(name, _)| *name).collect();
            let error = operands.error(codes::CTL005, &word.span, "that is no divisor", "unknown");
            return Err(error.hint(format!("divisors are /{}", names.join(", /"))));
        };
        formatting.divisor = Divisor(*divisor);
        return Ok(());
    }
    let ahead = operands.cursor.ahead();
    let quoted = ahead.get(1..2) == Some("'");
    match ahead.as_bytes().first() {
        Some(b'E') if quoted => formatting.pattern = Some(text(operands, PATTERN_MAX)?),
        Some(b'L') if quoted => formatting.leading = text(operands, TEXT_MAX)?,
        Some(b'F') if quoted => formatting.floating = text(operands, TEXT_MAX)?,
        Some(b'T') if quoted => formatting.trailing = text(operands, TEXT_MAX)?,
        _ => {
            let word = operands.cursor.word()?;
            if !named(&word.text, formatting) {
                let message = format!("{} is no formatting item", word.text);
                let error = operands.cursor.wrong_code(codes::CTL005, start, message, "unknown");
                return Err(error.hint("items are masks (A0 to G6), E'pattern', L'..', F'..', T'..', LZ, Ndd, Udd, NOST and /divisor"));
            }
        }
    }
    Ok(())
}

fn text(operands: &mut Operands<'_>, most: usize) -> Result<Vec<u8>> {
    operands.cursor.skip(1);
    let start = operands.cursor.at();
    let text = operands.cursor.quoted()?;
    if text.is_empty() || text.chars().count() > most {
        return Err(operands.cursor.wrong(
            start,
            format!("a text has 1 to {most} characters here"),
            "this text",
        ));
    }
    operands.cursor.encoded(start, &text)
}

/// Takes an item that is a word.
fn named(word: &str, formatting: &mut Formatting) -> bool {
    match word {
        "LZ" => formatting.leading_zeros = true,
        "NOST" => formatting.no_statistics = true,
        _ => match *word.as_bytes() {
            [letter @ (b'N' | b'U'), tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                let digits = u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
                let most = if letter == b'N' { 15 } else { 31 };
                if digits == 0 || digits > most {
                    return false;
                }
                formatting.digits = Some(digits);
            }
            [letter @ b'A'..=b'G', number @ b'0'..=b'6'] if is_mask(letter, number - b'0') => {
                formatting.mask = Some(Mask { letter, number: number - b'0' });
            }
            _ => return false,
        },
    }
    true
}

fn is_mask(letter: u8, number: u8) -> bool {
    match letter {
        b'A' => number <= 5,
        b'E' => (1..=4).contains(&number),
        b'F' => (1..=5).contains(&number),
        _ => (1..=6).contains(&number),
    }
}
