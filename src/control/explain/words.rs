//! Words for formats, constants, moments and numbers.

use crate::control::syntax::{
    Format, Literal, LiteralKind, Moment, MomentForm, Place, Translation, Weekday, YearWindow,
};
use crate::encoding::CodePage;
use crate::key::{DateDigits, SortFormat};

/// Bytes of a constant that are shown.
const SHOWN: usize = 60;

/// A number with its noun: `1 byte`, `3 bytes`.
pub(super) fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `A`, `A and B`, `A, B and C`.
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `column 5` or `columns 5-8`.
pub(super) fn columns(position: u32, length: u32) -> String {
    match length {
        0 | 1 => format!("column {position}"),
        _ => format!("columns {}", range(position, length)),
    }
}

/// `5-8`.
pub(super) fn range(position: u32, length: u32) -> String {
    match length {
        0 | 1 => position.to_string(),
        _ => format!("{position}-{}", u64::from(position) + u64::from(length) - 1),
    }
}

/// Bytes as they would be coded: text where all of it can be read.
pub(super) fn bytes(bytes: &[u8], page: CodePage) -> String {
    let blank = page.space();
    if let Some((&first, rest)) = bytes.split_first()
        && !rest.is_empty()
        && rest.iter().all(|byte| *byte == first)
    {
        return repeated(first, bytes.len(), page);
    }
    if *bytes == [blank] {
        return "a blank".to_owned();
    }
    let readable = |byte: &u8| *byte == blank || is_readable(page.char(*byte));
    if !bytes.is_empty() && bytes.iter().all(readable) {
        let text: String = page.decode(bytes);
        let cut: String = text.chars().take(SHOWN).collect();
        let more = if cut.len() < text.len() { "…" } else { "" };
        return format!("'{}{more}'", cut.replace('\'', "''"));
    }
    let digits: String = bytes.iter().take(SHOWN / 2).map(|byte| format!("{byte:02X}")).collect();
    let more = if bytes.len() > SHOWN / 2 { "…" } else { "" };
    match bytes {
        [] => "nothing".to_owned(),
        _ => format!("X'{digits}{more}'"),
    }
}

fn repeated(byte: u8, times: usize, page: CodePage) -> String {
    if byte == page.space() {
        return format!("{times} blanks");
    }
    match page.char(byte) {
        c if is_readable(c) && times <= 4 => format!("'{}'", c.to_string().repeat(times)),
        c if is_readable(c) => format!("{times} times '{c}'"),
        _ if byte == 0 => format!("{times} bytes X'00'"),
        _ => format!("{times} times X'{byte:02X}'"),
    }
}

fn is_readable(c: char) -> bool {
    c.is_ascii_graphic() || (c.is_alphanumeric() && !c.is_control())
}

/// One byte.
pub(super) fn byte(byte: u8, page: CodePage) -> String {
    bytes(&[byte], page)
}

/// A constant.
pub(super) fn literal(literal: &Literal, page: CodePage) -> String {
    match literal.kind {
        LiteralKind::Character => bytes(&literal.bytes, page),
        LiteralKind::Hex if literal.bytes.len() > 1 && literal.bytes.iter().all(|byte| *byte == 0) => {
            format!("{} bytes X'00'", literal.bytes.len())
        }
        LiteralKind::Hex if literal.bytes.len() <= SHOWN / 2 => {
            format!("X'{}'", literal.bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>())
        }
        LiteralKind::Hex => bytes(&literal.bytes, page),
    }
}

/// What the bytes of a field are.
pub(super) fn format(format: Format) -> String {
    match format {
        Format::Sort(format) => sort_format(format).to_owned(),
        Format::Year4(letter) => {
            let how = if matches!(letter, b'T' | b'W') { "date" } else { "packed date" };
            let place = if matches!(letter, b'W' | b'X' | b'Y') { "last" } else { "first" };
            format!("{how} with a four-digit year {place}, Y4{}", char::from(letter))
        }
        Format::Substring => "text that is searched".to_owned(),
        Format::MachineDate(family, number) => {
            format!("date of the machine, {}{number}", String::from_utf8_lossy(&family))
        }
        Format::MachineTime(family, number) => {
            format!("time of the machine, {}{number}", String::from_utf8_lossy(&family))
        }
    }
}

/// What the bytes of a key are.
pub(super) fn sort_format(format: SortFormat) -> &'static str {
    match format {
        SortFormat::Character => "text",
        SortFormat::Ascii => "text in ASCII order",
        SortFormat::Alternate => "text in the order of ALTSEQ",
        SortFormat::Binary => "unsigned binary",
        SortFormat::Fixed => "signed binary",
        SortFormat::Packed => "packed decimal",
        SortFormat::PackedMiddle => "packed decimal without first digit and sign",
        SortFormat::Zoned => "zoned decimal",
        SortFormat::LeadingOverpunch => "zoned decimal, sign in the first byte",
        SortFormat::LeadingSeparate => "digits behind a sign",
        SortFormat::TrailingSeparate => "digits before a sign",
        SortFormat::FloatingSign => "digits with a floating sign",
        SortFormat::UnsignedFree => "digits among other characters",
        SortFormat::SignedFree => "signed digits among other characters",
        SortFormat::HexFloat => "hexadecimal floating point",
        SortFormat::IeeeFloat => "IEEE floating point",
        SortFormat::Date(form) => match (form.digits, form.year_last) {
            (DateDigits::Character | DateDigits::Zoned, false) => "date with a two-digit year first",
            (DateDigits::Character | DateDigits::Zoned, true) => "date with a two-digit year last",
            (DateDigits::Binary, _) => "binary two-digit year",
            (_, false) => "packed date with a two-digit year first",
            (_, true) => "packed date with a two-digit year last",
        },
    }
}

/// The run's date or time.
pub(super) fn moment(moment: &Moment, page: CodePage) -> String {
    let sep = |separator: &Option<u8>| separator.map(|byte| page.char(byte).to_string()).unwrap_or_default();
    let joined = |parts: &[&str], separator: &Option<u8>| parts.join(&sep(separator));
    let (what, shown) = match &moment.form {
        MomentForm::Date { number, separator, packed } => {
            let parts: &[&str] = match number {
                1 => &["yyyy", "mm", "dd"],
                2 => &["yyyy", "mm"],
                _ => &["yyyy", "ddd"],
            };
            ("date", joined(parts, separator) + if *packed { ", packed decimal" } else { "" })
        }
        MomentForm::Stamp => ("date and time", "yyyy-mm-dd-hh.mm.ss".to_owned()),
        MomentForm::LongStamp => ("date and time", "yyyy-mm-dd-hh.mm.ss.nnnnnn".to_owned()),
        MomentForm::Time { number, separator, packed } => {
            let parts: &[&str] = match number {
                1 => &["hh", "mm", "ss"],
                2 => &["hh", "mm"],
                _ => &["hh"],
            };
            ("time", joined(parts, separator) + if *packed { ", packed decimal" } else { "" })
        }
        MomentForm::Parts { letters, separator } | MomentForm::Ordinal { letters, separator } => {
            let ordinal = matches!(moment.form, MomentForm::Ordinal { .. });
            let parts: Vec<&str> = letters.iter().map(|letter| date_part(*letter, ordinal)).collect();
            ("date", joined(&parts, separator))
        }
        MomentForm::Clock { twelve, separator } => {
            let shown = joined(&["hh", "mm", "ss"], separator);
            ("time", if *twelve { format!("{shown} am or pm") } else { shown })
        }
    };
    let unit = if matches!(moment.form, MomentForm::Date { number: 2, .. }) { "month" } else { "day" };
    let shift = match moment.offset {
        0 => String::new(),
        offset => format!(
            " {} {}",
            if offset > 0 { "plus" } else { "minus" },
            count(u64::from(offset.unsigned_abs()), unit)
        ),
    };
    format!("the {what} of the run{shift} ({shown})")
}

fn date_part(letter: u8, ordinal: bool) -> &'static str {
    match letter {
        b'M' => "mm",
        b'D' if ordinal => "ddd",
        b'D' => "dd",
        b'Y' => "yy",
        _ => "yyyy",
    }
}

/// What a translation does.
pub(super) fn translation(translation: Translation) -> &'static str {
    match translation {
        Translation::Upper => "in upper case",
        Translation::Lower => "in lower case",
        Translation::AltSeq => "translated by the table of ALTSEQ",
        Translation::ToAscii => "translated from EBCDIC to ASCII",
        Translation::ToEbcdic => "translated from ASCII to EBCDIC",
        Translation::Hex => "in hexadecimal digits",
        Translation::Unhex => "as bytes of its hexadecimal digits",
        Translation::Bit => "as bits, a character 0 or 1 each",
        Translation::Unbit => "as bytes of its characters 0 and 1",
    }
}

/// The name of a day.
pub(super) fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Sunday => "Sunday",
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
    }
}

/// The window of two-digit years.
pub(super) fn window(window: YearWindow) -> String {
    match window {
        YearWindow::Fixed(year) => {
            format!("Two-digit years are those from {year} to {}.", u32::from(year) + 99)
        }
        YearWindow::Sliding(back) => {
            format!(
                "Two-digit years are those of the hundred that begins {} before the run.",
                count(u64::from(back), "year")
            )
        }
    }
}

/// The place of a parsed field, if it is one.
pub(super) fn parsed(place: &Place) -> Option<String> {
    match place {
        Place::Parsed { number, .. } => Some(format!("the parsed field %{number:02}")),
        Place::Record { .. } => None,
    }
}
