//! Why two fields differ: each cause is a small question about their bytes and values, asked in turn.

use super::date::{self, Dated};
use super::value::Value;
use crate::codec::{BadClass, Leaf};
use crate::copybook::{SignPlace, Usage};
use crate::decimal::{Decimal, Rounding, pow10};
use crate::encoding::CodePage;

/// Why records or fields differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// The left has a record that the right lacks.
    Extra,
    /// The right has a record that the left lacks.
    Missing,
    /// As extra, where the same record stands there once more.
    ExtraDuplicate,
    /// As missing, where the same record stands there once more.
    MissingDuplicate,
    /// The same record at another place.
    Moved,
    /// Records of one key in another order.
    OrderOfEqualKeys,
    /// From some byte on all of a record stands some bytes further to one side.
    Shifted,
    /// Records of different lengths whose fields are the same.
    Length,
    /// Records of different kinds.
    Kind,
    /// A record that cannot be read by its copybook.
    Unreadable,
    /// One in the last digit, or what rounding to fewer digits makes.
    Rounding,
    /// Digits or characters cut off.
    Truncation,
    /// The same number with another sign of the same meaning.
    SignNibble,
    /// Plus zero and minus zero.
    NegativeZero,
    /// The same digits, plus and minus.
    Sign,
    /// The same digits with the decimal point elsewhere.
    DecimalPoint,
    /// The same number in other bytes.
    Representation,
    /// The same text, filled up with other bytes.
    Padding,
    /// The same text, further left or right.
    Alignment,
    /// The same text in upper and lower case.
    Case,
    /// Bytes that a program has never set.
    Uninitialised,
    /// A text on one side, nothing but blanks on the other.
    Blank,
    /// A character that another code page would have made.
    CodePage,
    /// A date one day off.
    DateOffByOne,
    /// Another date.
    Date,
    /// The same date with another time of day.
    Clock,
    /// Bytes that are no number on one side.
    NotANumber,
    /// A field that only one of the records has.
    Absent,
    /// Another value.
    Value,
}

impl Cause {
    /// All of them.
    pub const ALL: [Cause; 29] = [
        Cause::Extra,
        Cause::Missing,
        Cause::ExtraDuplicate,
        Cause::MissingDuplicate,
        Cause::Moved,
        Cause::OrderOfEqualKeys,
        Cause::Shifted,
        Cause::Length,
        Cause::Kind,
        Cause::Unreadable,
        Cause::Rounding,
        Cause::Truncation,
        Cause::SignNibble,
        Cause::NegativeZero,
        Cause::Sign,
        Cause::DecimalPoint,
        Cause::Representation,
        Cause::Padding,
        Cause::Alignment,
        Cause::Case,
        Cause::Uninitialised,
        Cause::Blank,
        Cause::CodePage,
        Cause::DateOffByOne,
        Cause::Date,
        Cause::Clock,
        Cause::NotANumber,
        Cause::Absent,
        Cause::Value,
    ];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Extra => "extra record",
            Cause::Missing => "missing record",
            Cause::ExtraDuplicate => "extra record (duplicate)",
            Cause::MissingDuplicate => "missing record (duplicate)",
            Cause::Moved => "record moved",
            Cause::OrderOfEqualKeys => "sort order of equal keys",
            Cause::Shifted => "shifted layout",
            Cause::Length => "record length",
            Cause::Kind => "kind of record",
            Cause::Unreadable => "not as the copybook says",
            Cause::Rounding => "rounding of the last digit",
            Cause::Truncation => "truncation",
            Cause::SignNibble => "sign nibble",
            Cause::NegativeZero => "negative zero",
            Cause::Sign => "sign",
            Cause::DecimalPoint => "decimal point",
            Cause::Representation => "same number, other bytes",
            Cause::Padding => "padding",
            Cause::Alignment => "alignment",
            Cause::Case => "upper and lower case",
            Cause::Uninitialised => "uninitialised bytes",
            Cause::Blank => "blank on one side",
            Cause::CodePage => "code-page character",
            Cause::DateOffByOne => "off-by-one date",
            Cause::Date => "date",
            Cause::Clock => "time of day",
            Cause::NotANumber => "not a number",
            Cause::Absent => "field absent",
            Cause::Value => "value",
        }
    }

    /// The cause of a name in a rules file.
    pub fn named(name: &str) -> Option<Cause> {
        Self::ALL.into_iter().find(|cause| cause.name().eq_ignore_ascii_case(name.trim()))
    }

    /// True if it is about the record as a whole.
    pub fn is_of_records(self) -> bool {
        self <= Cause::Unreadable
    }
}

/// A field of both sides, as a cause is asked about it.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// Its codecs.
    pub leaves: (&'a Leaf, &'a Leaf),
    /// Its bytes.
    pub bytes: (&'a [u8], &'a [u8]),
    /// What they say.
    pub values: (&'a Value, &'a Value),
    /// True if the field has no name.
    pub unnamed: bool,
}

/// Why the field differs.
pub fn of_pair(pair: &Pair<'_>) -> Cause {
    of_numbers(pair)
        .or_else(|| if pair.unnamed { of_padding(pair) } else { None })
        .or_else(|| pair.unnamed.then_some(Cause::Uninitialised))
        .or_else(|| of_dates(pair))
        .or_else(|| of_texts(pair))
        .unwrap_or(Cause::Value)
}

/// Numbers, and bytes that should be.
fn of_numbers(pair: &Pair<'_>) -> Option<Cause> {
    match pair.values {
        (Value::Number(left), Value::Number(right)) if left == right => Some(same_number(pair, *left)),
        (Value::Number(left), Value::Number(right)) => {
            let scale = left.scale().max(right.scale());
            let integer =
                |number: &Decimal| number.rescale(scale, Rounding::Truncation).ok().map(Decimal::coefficient);
            of_dates(pair).or_else(|| of_integers(integer(left)?, integer(right)?))
        }
        (Value::Bad(BadClass::Invalid), Value::Bad(BadClass::Invalid)) => None,
        (Value::Bad(class), _) | (_, Value::Bad(class)) => Some(match class {
            BadClass::Invalid => Cause::NotANumber,
            BadClass::Blank | BadClass::Low | BadClass::High => Cause::Uninitialised,
        }),
        _ => None,
    }
}

fn same_number(pair: &Pair<'_>, value: Decimal) -> Cause {
    let (left, right) = pair.bytes;
    let signs = (is_negative(pair.leaves.0, left), is_negative(pair.leaves.1, right));
    if value.is_zero() && signs.0 != signs.1 {
        return Cause::NegativeZero;
    }
    let mut differing = left.iter().zip(right).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at);
    let only_sign = (differing.next(), differing.next()) == (Some(sign_at(pair.leaves.0, left)), None);
    if left.len() == right.len() && only_sign { Cause::SignNibble } else { Cause::Representation }
}

fn zoned_sign(leaf: &Leaf) -> Option<SignPlace> {
    match leaf.number()?.usage {
        Usage::Zoned(place) => Some(place),
        _ => None,
    }
}

/// The place of the byte that holds the sign.
fn sign_at(leaf: &Leaf, bytes: &[u8]) -> usize {
    match zoned_sign(leaf) {
        Some(SignPlace::Leading | SignPlace::LeadingSeparate) => 0,
        _ => bytes.len().saturating_sub(1),
    }
}

/// True if the sign is minus, also that of a zero.
fn is_negative(leaf: &Leaf, bytes: &[u8]) -> bool {
    let (page, sign) = (leaf.page, bytes.get(sign_at(leaf, bytes)).copied().unwrap_or_default());
    match zoned_sign(leaf) {
        Some(SignPlace::LeadingSeparate | SignPlace::TrailingSeparate) => page.char(sign) == '-',
        Some(_) if page.is_ebcdic() => matches!(sign >> 4, 0xB | 0xD),
        Some(_) => matches!(sign, b'}' | b'J'..=b'R' | b'p'..=b'y'),
        None => matches!(sign & 0x0F, 0x0B | 0x0D),
    }
}

/// Integers at one scale that are not the same.
fn of_integers(left: i128, right: i128) -> Option<Cause> {
    if left.checked_neg() == Some(right) {
        return Some(Cause::Sign);
    }
    if left.checked_sub(right)?.abs() == 1 {
        return Some(Cause::Rounding);
    }
    let (small, large) = if left.abs() < right.abs() { (left, right) } else { (right, left) };
    cut_low(left, right)
        .or_else(|| cut_low(right, left))
        .or_else(|| cut_high(small, large).then_some(Cause::Truncation))
        .or_else(|| moved_point(small, large).then_some(Cause::DecimalPoint))
}

/// `cut` is `whole` with zeros for its low digits: rounded or truncated.
fn cut_low(cut: i128, whole: i128) -> Option<Cause> {
    if cut == 0 {
        return None;
    }
    (1..30).map_while(pow10).take_while(|power| cut % power == 0 && whole.abs() >= *power).find_map(|power| {
        let truncated = whole - whole % power;
        if whole % power == 0 {
            None
        } else if truncated == cut {
            Some(Cause::Truncation)
        } else {
            (truncated + power * whole.signum() == cut && (whole % power).abs() * 2 >= power)
                .then_some(Cause::Rounding)
        }
    })
}

/// `small` is `large` without its high digits.
fn cut_high(small: i128, large: i128) -> bool {
    let wanted = small.abs();
    small.signum() * large.signum() >= 0
        && wanted >= 10
        && (2..38)
            .map_while(pow10)
            .take_while(|power| *power <= large.abs())
            .any(|power| large.abs() % power == wanted)
}

fn moved_point(small: i128, large: i128) -> bool {
    small != 0 && (1..12).map_while(pow10).any(|power| small.checked_mul(power) == Some(large))
}

/// Dates by their form, in text and in whole numbers.
fn of_dates(pair: &Pair<'_>) -> Option<Cause> {
    let dated = |value: &Value, leaf: &Leaf| -> Option<Dated> {
        match value {
            Value::Text(text) => date::of_text(text),
            Value::Number(number) if number.scale() == 0 => {
                let digits = usize::from(leaf.number()?.digits.min(8));
                let digits = if digits == 7 && leaf.number()?.digits == 7 { 7 } else { digits };
                (digits >= 5).then_some(())?;
                date::of_text(&format!("{:0digits$}", number.coefficient()))
            }
            _ => None,
        }
    };
    let left = dated(pair.values.0, pair.leaves.0)?;
    let right = dated(pair.values.1, pair.leaves.1)?;
    let days = date::days_between(left.date, right.date)?;
    // Digits without separators are a date only if both years are likely to be of one file.
    (days.abs() <= 36_600).then_some(())?;
    match (days.abs(), left.rest == right.rest) {
        (0, false) => Some(Cause::Clock),
        (1, true) => Some(Cause::DateOffByOne),
        (0, true) => None,
        (_, true) => is_surely_a_date(pair).then_some(Cause::Date),
        (_, false) => Some(Cause::Clock),
    }
}

/// Eight digits may be an account number; separators are not left to chance.
fn is_surely_a_date(pair: &Pair<'_>) -> bool {
    let (Value::Text(left), Value::Text(right)) = pair.values else { return false };
    left.contains(['-', '/', '.']) && right.contains(['-', '/', '.'])
}

fn of_texts(pair: &Pair<'_>) -> Option<Cause> {
    let (Value::Text(left), Value::Text(right)) = pair.values else { return None };
    if let Some(cause) = of_padding(pair) {
        return Some(cause);
    }
    if left.trim() == right.trim() {
        return Some(Cause::Alignment);
    }
    let is_unset = |bytes: &[u8]| bytes.iter().all(|b| *b == 0) || bytes.iter().all(|b| *b == 0xFF);
    if is_unset(pair.bytes.0) || is_unset(pair.bytes.1) {
        return Some(Cause::Uninitialised);
    }
    if left.trim().is_empty() || right.trim().is_empty() {
        return Some(Cause::Blank);
    }
    if left.to_lowercase() == right.to_lowercase() {
        return Some(Cause::Case);
    }
    if is_of_another_page(pair) {
        return Some(Cause::CodePage);
    }
    let cut = |short: &str, long: &str| short.len() >= 2 && long.starts_with(short);
    (cut(left, right) || cut(right, left)).then_some(Cause::Truncation)
}

/// The same text filled up with blanks, X'00' or X'FF'.
fn of_padding(pair: &Pair<'_>) -> Option<Cause> {
    fn body(bytes: &[u8], page: CodePage) -> &[u8] {
        let is_pad = |byte: &u8| *byte == page.space() || *byte == 0 || *byte == 0xFF;
        let end = bytes.iter().rposition(|byte| !is_pad(byte)).map_or(0, |at| at + 1);
        &bytes[..end]
    }
    let (left, right) = pair.leaves;
    let (a, b) = (body(pair.bytes.0, left.page), body(pair.bytes.1, right.page));
    let same = if left.page == right.page { a == b } else { left.page.decode(a) == right.page.decode(b) };
    same.then_some(Cause::Padding)
}

/// Every differing byte is the same character in some other code page, or was replaced because a page did not have it.
fn is_of_another_page(pair: &Pair<'_>) -> bool {
    let (left, right) = pair.bytes;
    let (own, theirs) = (pair.leaves.0.page, pair.leaves.1.page);
    if left.len() != right.len() {
        return false;
    }
    let differing: Vec<(u8, u8)> = (left.iter().copied().zip(right.iter().copied()))
        .filter(|(a, b)| own.char(*a) != theirs.char(*b))
        .collect();
    // A letter for a letter is another text.
    let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ';
    let replaced = |a: char, b: char| !plain(a) && matches!(b, '?' | '\u{1A}');
    if differing.iter().all(|(a, b)| {
        let (a, b) = (own.char(*a), theirs.char(*b));
        replaced(a, b) || replaced(b, a)
    }) {
        return true;
    }
    CodePage::all().any(|other| {
        let in_other = |own: CodePage, a: u8, b: u8| own.char(a) == other.char(b);
        differing.iter().all(|(a, b)| in_other(own, *a, *b))
            || differing.iter().all(|(a, b)| in_other(theirs, *b, *a))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Coding;
    use crate::copybook::{CopybookOptions, FieldId, Layout, SourceFormat, parse};
    use crate::diag::Source;

    /// The cause for a field of this PICTURE.
    fn cause(picture: &str, left: &[u8], right: &[u8]) -> Cause {
        let name = if picture.starts_with("FILLER") { "" } else { "F " };
        let options = CopybookOptions { format: SourceFormat::Free, ..CopybookOptions::default() };
        let text = format!("01 R. 05 {name}{picture}.");
        let layout: Layout = parse(&Source::new("t.cpy", text.as_str()), &options).0.unwrap();
        let (id, field) = layout.fields().nth(1).unwrap();
        let leaf = Leaf::new(FieldId(id.0), field, CodePage::CP037, &Coding::default(), Vec::new());
        let (a, b) = (Value::of(&leaf, left), Value::of(&leaf, right));
        let pair =
            Pair { leaves: (&leaf, &leaf), bytes: (left, right), values: (&a, &b), unnamed: name.is_empty() };
        assert_eq!(of_pair(&pair), of_pair(&Pair { bytes: (right, left), values: (&b, &a), ..pair }));
        of_pair(&pair)
    }

    fn ebcdic(text: &str) -> Vec<u8> {
        CodePage::CP037.encode(text).unwrap()
    }

    #[test]
    fn numbers() {
        let zoned = |text: &str| ebcdic(text);
        for (left, right, expected) in [
            ("01234", "01235", Cause::Rounding),
            ("12340", "12345", Cause::Truncation),
            ("12350", "12346", Cause::Rounding),
            ("00345", "12345", Cause::Truncation),
            ("00123", "12300", Cause::DecimalPoint),
            ("12345", "54321", Cause::Value),
            ("1234E", "1234N", Cause::Sign),
            ("12345", "1234E", Cause::SignNibble),
            ("0000{", "0000}", Cause::NegativeZero),
            ("0000{", "00000", Cause::SignNibble),
            ("     ", "12345", Cause::Uninitialised),
            ("12C45", "12345", Cause::NotANumber),
            ("12.45", "12345", Cause::NotANumber),
        ] {
            assert_eq!(cause("PIC S9(3)V99", &zoned(left), &zoned(right)), expected, "{left} {right}");
        }
        assert_eq!(cause("PIC S9(3) COMP-3", &[0x12, 0x3C], &[0x12, 0x3F]), Cause::SignNibble);
        assert_eq!(cause("PIC S9(3) COMP-3", &[0x00, 0x0C], &[0x00, 0x0D]), Cause::NegativeZero);
        assert_eq!(cause("PIC S9(3) COMP-3", &[0x12, 0x3C], &[0x12, 0x4C]), Cause::Rounding);
        assert_eq!(cause("PIC S9(4) COMP", &[0x00, 0x10], &[0x00, 0x0F]), Cause::Rounding);
    }

    #[test]
    fn texts() {
        for (left, right, expected) in [
            ("SMITH     ", "SMITHSON  ", Cause::Truncation),
            ("SMITH     ", "  SMITH   ", Cause::Alignment),
            ("Smith     ", "SMITH     ", Cause::Case),
            ("SMITH     ", "JONES     ", Cause::Value),
            ("2022-07-01", "          ", Cause::Blank),
            ("2022-07-01", "2022-07-02", Cause::DateOffByOne),
            ("2022-07-01", "2023-07-01", Cause::Date),
            ("A[B       ", "A?B       ", Cause::CodePage),
        ] {
            assert_eq!(cause("PIC X(10)", &ebcdic(left), &ebcdic(right)), expected, "{left} {right}");
        }
        assert_eq!(cause("PIC X(4)", &ebcdic("AB  "), &[0xC1, 0xC2, 0, 0]), Cause::Padding);
        assert_eq!(cause("PIC X(4)", &ebcdic("AB C"), &[0, 0, 0, 0]), Cause::Uninitialised);
        assert_eq!(cause("PIC X(4)", &[0xC1, 0xBA, 0xC2, 0x40], &[0xC1, 0xAD, 0xC2, 0x40]), Cause::CodePage);
        assert_eq!(cause("FILLER PIC X(4)", &ebcdic("9999"), &ebcdic("0AB ")), Cause::Uninitialised);
        assert_eq!(cause("PIC 9(8)", &ebcdic("20220630"), &ebcdic("20220701")), Cause::DateOffByOne);
        let (a, b) = ("2022-07-01-03.15.00", "2022-07-01-04.15.00");
        assert_eq!(cause("PIC X(19)", &ebcdic(a), &ebcdic(b)), Cause::Clock);
    }

    #[test]
    fn names_lead_back() {
        assert!(Cause::ALL.into_iter().all(|cause| Cause::named(cause.name()) == Some(cause)));
    }
}
