//! JSON Lines as `convert` writes them, read by comparing and without a parser.
//!
//! ```text
//!   pieces   {"NO":   ,"NAME":   ,"LINES":[{"QTY":   },{"QTY":   }]        and then the notes, or nothing but }
//!   values         12          "A"                 1            2
//! ```
//!
//! A line that is anything else is left to the parser, which understands every line and knows what is wrong with one.

use super::json_out;
use crate::codec::{Part, Scalar};

/// The longest number that is taken; all that a field can hold are shorter.
const LONGEST_NUMBER: usize = 64;

/// What stands around the values in every line of a kind of record whose fields stand in the same places.
#[derive(Clone, Debug)]
pub struct Skeleton {
    text: Vec<u8>,
    /// End in `text` of the piece before each value, and of the one behind the last.
    ends: Vec<usize>,
}

impl Skeleton {
    /// That of a record with these parts, whose line begins with what is `before` its members.
    pub fn new(parts: &[Part<'_>], before: &[u8]) -> Option<Self> {
        let (mut text, mut ends, mut piece) = (Vec::new(), Vec::new(), before.to_vec());
        for part in parts {
            match part {
                Part::Open(node) | Part::OpenTable(node) | Part::Field(node, _) if !is_plain(&node.name) => {
                    return None;
                }
                Part::Open(node) => {
                    json_out::begin(node, &mut piece);
                    piece.push(b'{');
                }
                Part::Close => piece.push(b'}'),
                Part::OpenTable(node) => {
                    json_out::append_key(&node.name, &mut piece);
                    piece.push(b'[');
                }
                Part::CloseTable => piece.push(b']'),
                Part::Field(node, _) => {
                    json_out::begin(node, &mut piece);
                    text.append(&mut piece);
                    ends.push(text.len());
                }
            }
        }
        text.append(&mut piece);
        ends.push(text.len());
        Some(Skeleton { text, ends })
    }

    /// Finds the values of a line that goes on like this from `at`, and says where what is behind them begins.
    pub fn find(&self, line: &[u8], mut at: usize, values: &mut Values) -> Option<usize> {
        values.0.clear();
        let (mut start, values_expected) = (0, self.ends.len() - 1);
        for (index, &end) in self.ends.iter().enumerate() {
            let piece = self.text.get(start..end)?;
            let behind = at + piece.len();
            if line.get(at..behind)? != piece {
                return None;
            }
            (start, at) = (end, behind);
            if index < values_expected {
                at = values.take(line, at)?;
            }
        }
        Some(at)
    }
}

/// True for a name that a string of JSON holds as it is.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\')
}

/// Where the values of a line are.
#[derive(Clone, Debug, Default)]
pub struct Values(Vec<Value>);

#[derive(Clone, Copy, Debug)]
struct Value {
    kind: Kind,
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Number,
    Null,
}

impl Values {
    /// A value of a line; nothing beyond the last one.
    #[inline]
    pub fn scalar<'l>(&self, line: &'l str, index: usize) -> Scalar<'l> {
        let Some(value) = self.0.get(index) else { return Scalar::Null };
        let text = || line.get(value.start as usize..value.end as usize).unwrap_or_default();
        match value.kind {
            Kind::Text => Scalar::Text(text()),
            Kind::Number => Scalar::Number(text()),
            Kind::Null => Scalar::Null,
        }
    }

    /// Takes the value at a place, and says where it ends.
    #[inline]
    fn take(&mut self, line: &[u8], at: usize) -> Option<usize> {
        let (kind, start, end, behind) = match line.get(at)? {
            b'"' => {
                let end = string_end(line, at + 1)?;
                (Kind::Text, at + 1, end, end + 1)
            }
            b'n' if line[at..].starts_with(b"null") => (Kind::Null, at, at + 4, at + 4),
            _ => {
                let end = number_end(line, at)?;
                (Kind::Number, at, end, end)
            }
        };
        self.0.push(Value { kind, start: start as u32, end: end as u32 });
        Some(behind)
    }
}

/// Where the quote is that ends the string whose characters begin at `at`; none if there are escapes in it, or characters that
/// must be escaped.
#[inline]
pub fn string_end(line: &[u8], mut at: usize) -> Option<usize> {
    while let Some(word) = line.get(at..)?.first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        let special = zeros(word ^ spread(b'"')) | zeros(word ^ spread(b'\\')) | zeros(word & spread(0xE0));
        if special == 0 {
            at += 8;
            continue;
        }
        at += (special.trailing_zeros() / 8) as usize;
        return (line[at] == b'"').then_some(at);
    }
    let special = |&byte: &u8| byte < b' ' || matches!(byte, b'"' | b'\\');
    at += line.get(at..)?.iter().position(special)?;
    (line[at] == b'"').then_some(at)
}

/// Where the number at a place ends, if it has no exponent and is one of JSON.
#[inline]
fn number_end(line: &[u8], start: usize) -> Option<usize> {
    let digits_from =
        |at: usize| line[at..].iter().position(|byte| !byte.is_ascii_digit()).map(|count| at + count);
    let first = start + usize::from(line.get(start) == Some(&b'-'));
    let mut end = digits_from(first)?;
    if end == first || (line[first] == b'0' && end > first + 1) {
        return None;
    }
    if line[end] == b'.' {
        let decimals = end + 1;
        end = digits_from(decimals).filter(|end| *end > decimals)?;
    }
    (end - start <= LONGEST_NUMBER).then_some(end)
}

/// A byte eight times.
#[inline]
pub(super) const fn spread(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The high-order bit of each byte that is zero.
#[inline]
pub(super) const fn zeros(word: u64) -> u64 {
    const LOW: u64 = spread(0x7F);
    !(((word & LOW) + LOW) | word | LOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_json() {
        for (text, end) in [("0,", 1), ("-0.50}", 5), ("12]", 2), ("120.0,", 5), ("1e5,", 1), ("1.5E2,", 3)] {
            assert_eq!(number_end(text.as_bytes(), 0), Some(end), "{text}");
        }
        let long = "9".repeat(LONGEST_NUMBER + 1) + ",";
        for text in ["", "-", "-,", "01,", "-00,", ".5,", "1.,", "1", "+1,", "true,", &long] {
            assert_eq!(number_end(text.as_bytes(), 0), None, "{text}");
        }
    }

    #[test]
    fn strings_end_at_a_quote() {
        for length in 0..30 {
            let text = "\u{e4}".repeat(length / 2) + &"x".repeat(length);
            let end = text.len();
            assert_eq!(string_end(format!("{text}\",1").as_bytes(), 0), Some(end));
            for other in ["\\\"", "\n\"", "\0\"", "\u{1f}\"", ""] {
                assert_eq!(string_end(format!("{text}{other}").as_bytes(), 0), None, "{text}{other}");
            }
        }
    }

    #[test]
    fn zero_bytes_are_found_exactly() {
        for byte in 0..=255u8 {
            let word = u64::from_le_bytes([byte, 0, 1, 0x80, byte, 0xFF, 0, byte]);
            let expected = word.to_le_bytes().map(|byte| if byte == 0 { 0x80 } else { 0 });
            assert_eq!(zeros(word).to_le_bytes(), expected);
        }
    }
}
