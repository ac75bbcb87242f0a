//! Literals, and whether they fit the item they are the VALUE of.

use crate::decimal::{Decimal, Rounding, pow10};
use crate::diag::{Diagnostic, Result, Span, codes};

use super::entry::{Spanned, shown};
use super::layout::{Literal, LiteralClass, NumberShape, Shape, Usage};
use super::lexer::{Kind, Token};

/// Most digits of a numeric literal.
const MAX_DIGITS: usize = 31;

/// The literal a token stands for.
pub(super) fn literal(token: &Token, span: &Span) -> Result<Literal> {
    match token.kind {
        Kind::Text if token.text.is_empty() => {
            let error = Diagnostic::error(codes::CPY020, "a literal must have at least one character");
            Err(error.at(span, "").hint("use SPACE for blanks"))
        }
        Kind::Text => Ok(Literal::Text(token.text.clone())),
        Kind::Hex => hex(&token.text, span),
        Kind::Number => number(&token.text, span),
        _ => prefixed(token, span),
    }
}

/// Literals with letters before the quotation mark, and floating-point ones.
fn prefixed(token: &Token, span: &Span) -> Result<Literal> {
    let prefix: String =
        span.text().chars().take_while(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect();
    let text = token.text.clone();
    match prefix.as_str() {
        _ if text.is_empty() => {
            let error = Diagnostic::error(codes::CPY020, "a literal must have at least one character");
            Err(error.at(span, "").hint("use SPACE for blanks"))
        }
        "N" => Ok(Literal::Classed(LiteralClass::National, text)),
        "G" => Ok(Literal::Classed(LiteralClass::Dbcs, text)),
        "U" => Ok(Literal::Classed(LiteralClass::Utf8, text)),
        "Z" => Ok(Literal::ZeroEnded(text)),
        "NX" => {
            let units = |bytes: &[u8]| {
                let units =
                    bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)]));
                String::from_utf16(&units.collect::<Vec<_>>()).ok().filter(|_| bytes.len().is_multiple_of(2))
            };
            coded(&text, span, LiteralClass::National, units)
        }
        "UX" => {
            let decode = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
            coded(&text, span, LiteralClass::Utf8, decode)
        }
        "" if token.kind == Kind::Other => floating(&text, span),
        _ => {
            let message = format!("the literal `{}` is of a kind that is not supported", shown(span.text()));
            let hint = "use a literal in quotes, X'..' or a number";
            Err(Diagnostic::error(codes::CPY005, message).at(span, "").hint(hint))
        }
    }
}

/// A literal of another class written in hexadecimal digits.
fn coded(
    text: &str,
    span: &Span,
    class: LiteralClass,
    decode: impl Fn(&[u8]) -> Option<String>,
) -> Result<Literal> {
    let Literal::Hex(bytes) = hex(text, span)? else { return Ok(Literal::Null) };
    match decode(&bytes) {
        Some(text) => Ok(Literal::Classed(class, text)),
        None => {
            let message = format!("`{}` is not text in Unicode", shown(span.text()));
            let hint = "write UTF-16 after NX and UTF-8 after UX";
            Err(Diagnostic::error(codes::CPY020, message).at(span, "").hint(hint))
        }
    }
}

/// `1.5E3` is 1500; what no decimal holds stays a mantissa and an exponent.
fn floating(text: &str, span: &Span) -> Result<Literal> {
    let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
    let Literal::Number(mantissa) = number(mantissa, span)? else { return Ok(Literal::Null) };
    let exponent: i16 = match exponent.parse() {
        Ok(exponent @ -99..=99) => exponent,
        _ => {
            let error = Diagnostic::error(codes::CPY020, "the exponent of a literal has at most two digits");
            return Err(error.at(span, "").hint("write it from -99 to 99"));
        }
    };
    let scale = mantissa.scale() - exponent;
    let whole = match scale {
        0.. => Some(Decimal::new(mantissa.coefficient(), scale)).filter(|_| scale <= MAX_DIGITS as i16),
        _ => pow10(u32::from(scale.unsigned_abs()))
            .and_then(|power| mantissa.coefficient().checked_mul(power))
            .map(|coefficient| Decimal::new(coefficient, 0)),
    };
    Ok(whole.map_or(Literal::Float { mantissa, exponent }, Literal::Number))
}

fn hex(text: &str, span: &Span) -> Result<Literal> {
    let hint = "write two digits 0-9 or A-F for each byte";
    let bad = text.char_indices().find(|(_, c)| !c.is_ascii_hexdigit());
    if let Some((at, c)) = bad {
        // X and the mark come before; a continued literal has other columns and is shown whole.
        let whole = span.text().len() == text.len() + 3;
        let place = if whole { span.slice(at + 2..at + 2 + c.len_utf8()) } else { span.clone() };
        let message = format!("`{}` is not a hexadecimal digit", c.escape_default());
        return Err(Diagnostic::error(codes::CPY020, message).at(&place, "").hint(hint));
    }
    if text.is_empty() || !text.len().is_multiple_of(2) {
        let message = "a hexadecimal literal needs an even number of digits";
        return Err(Diagnostic::error(codes::CPY020, message).at(span, "").hint(hint));
    }
    let digit = |b: u8| char::from(b).to_digit(16).map_or(0, |value| value as u8);
    Ok(Literal::Hex(
        text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect(),
    ))
}

fn number(text: &str, span: &Span) -> Result<Literal> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    // The reader of decimals wants a digit before the point.
    let (sign, rest) = text.split_at(usize::from(text.starts_with(['+', '-'])));
    let rest = if rest.starts_with('.') { format!("0{rest}") } else { rest.to_owned() };
    match format!("{}{rest}", if sign == "-" { "-" } else { "" }).parse() {
        Ok(value) if digits <= MAX_DIGITS => Ok(Literal::Number(value)),
        _ => {
            let message = format!("a numeric literal takes at most {MAX_DIGITS} digits");
            Err(Diagnostic::error(codes::CPY020, message).at(span, "").hint("shorten the number"))
        }
    }
}

/// Whether a literal can be in the item. `length` is that of the item.
pub(super) fn check(literal: &Spanned<Literal>, shape: Shape, length: u64) -> Result<()> {
    let Spanned { value, span } = literal;
    let problem = match (value, shape) {
        (Literal::Zeros, _) => None,
        (Literal::Null, Shape::Address) => None,
        (_, Shape::Address) => Some((
            "an address can have the VALUE NULL only".to_owned(),
            "use NULL, or describe the item as PIC X",
        )),
        (Literal::Null, _) => Some(("NULL is the VALUE of an address only".to_owned(), "use LOW-VALUES")),
        (Literal::Number(value), Shape::Number(number)) => number_problem(*value, number),
        (Literal::Number(_) | Literal::Float { .. }, Shape::Float(_) | Shape::Edited(_)) => None,
        (Literal::Float { .. }, Shape::Number(_)) => {
            Some(("a floating-point literal does not fit its item".to_owned(), "write out the number"))
        }
        (Literal::Number(_) | Literal::Float { .. }, _) => {
            Some(("a number cannot be the VALUE of text".to_owned(), "put the value in quotes"))
        }
        (_, Shape::Number(number)) => match value {
            Literal::Text(_)
            | Literal::All(_)
            | Literal::Hex(_)
            | Literal::Classed(..)
            | Literal::ZeroEnded(_) => Some((
                "text cannot be the VALUE of a number".to_owned(),
                "write the number without quotes, or use PIC X",
            )),
            _ => return figurative_in_number(number, span),
        },
        (_, Shape::Float(_)) => Some((
            "only a number can be the VALUE of a floating-point item".to_owned(),
            "write a number, or describe the item as PIC X",
        )),
        (Literal::All(_), _) => None,
        (Literal::Text(text) | Literal::Classed(_, text), _) => {
            return text_fits(text.trim_end().chars().count(), positions(shape, length), span);
        }
        (Literal::ZeroEnded(text), _) => {
            return text_fits(text.chars().count() + 1, positions(shape, length), span);
        }
        (Literal::Hex(bytes), _) => return text_fits(bytes.len(), length, span),
        _ => None,
    };
    match problem {
        Some((message, hint)) => Err(Diagnostic::error(codes::CPY020, message).at(span, "").hint(hint)),
        None => Ok(()),
    }
}

/// Characters that an item of so many bytes has room for.
fn positions(shape: Shape, length: u64) -> u64 {
    match shape {
        Shape::National | Shape::Dbcs => length / 2,
        _ => length,
    }
}

/// SPACES and the like are bytes that a zoned item can hold, though they are no number.
fn figurative_in_number(number: NumberShape, span: &Span) -> Result<()> {
    let message = "this figurative constant is not a number";
    let hint = "use ZERO or a number, or describe the item as PIC X";
    let diagnostic = match number.usage {
        Usage::Zoned(_) => Diagnostic::warning(codes::CPY023, message),
        _ => Diagnostic::error(codes::CPY020, message),
    };
    Err(diagnostic.at(span, "").hint(hint))
}

/// Compilers cut a literal that is too long, so it is no reason to refuse the record.
fn text_fits(characters: usize, length: u64, span: &Span) -> Result<()> {
    if u64::try_from(characters).is_ok_and(|characters| characters <= length) {
        return Ok(());
    }
    let message = format!("the literal has {characters} characters, but its item has {length}, so it is cut");
    let warning = Diagnostic::warning(codes::CPY020, message).at(span, "");
    Err(warning.hint("shorten the literal or lengthen the item"))
}

fn number_problem(value: Decimal, number: NumberShape) -> Option<(String, &'static str)> {
    if value.coefficient() < 0 && !number.signed {
        return Some((format!("{value} is negative, but its item has no sign"), "add S to the PICTURE"));
    }
    let digits = match value.rescale(i16::from(number.scale), Rounding::Truncation) {
        Ok(stored) if stored == value => Some(stored.coefficient().unsigned_abs()),
        _ => None,
    };
    let limit = pow10(u32::from(number.digits)).map(i128::unsigned_abs);
    let fits = digits.zip(limit).is_some_and(|(digits, limit)| {
        digits < limit || matches!(number.usage, Usage::Binary(form) if form.native)
    });
    (!fits)
        .then(|| (format!("{value} does not fit the PICTURE of its item"), "change the value or the PICTURE"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;

    fn spanned(value: Literal) -> Spanned<Literal> {
        Spanned { value, span: Span::new(&Source::new("t", "x"), 0..1) }
    }

    fn decimal(text: &str) -> Literal {
        Literal::Number(text.parse().unwrap())
    }

    #[test]
    fn numbers_must_fit() {
        let packed = |digits, scale, signed| NumberShape { digits, scale, signed, usage: Usage::Packed };
        let cases = [
            ("5.00", packed(3, 2, true), true),
            ("5.001", packed(3, 2, true), false),
            ("10", packed(3, 2, true), false),
            ("-1", packed(3, 0, false), false),
            ("123000", packed(3, -3, false), true),
            ("123", packed(3, -3, false), false),
            ("0.0012", packed(2, 4, false), true),
            ("-1.5", packed(2, 1, true), true),
        ];
        for (text, shape, fits) in cases {
            let result = check(&spanned(decimal(text)), Shape::Number(shape), 2);
            assert_eq!(result.is_ok(), fits, "{text} in {shape:?}");
        }
    }

    #[test]
    fn text_must_be_text_and_short_enough() {
        let text = |t: &str| spanned(Literal::Text(t.into()));
        assert!(check(&text("ab"), Shape::Text, 2).is_ok());
        assert!(check(&text("abc"), Shape::Text, 2).is_err());
        assert!(check(&spanned(decimal("1")), Shape::Text, 2).is_err());
        assert!(check(&spanned(Literal::All("abc".into())), Shape::Group, 2).is_ok());
        assert!(check(&spanned(Literal::Spaces), Shape::Text, 2).is_ok());
    }
}
