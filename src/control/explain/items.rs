//! Items of BUILD and OVERLAY in words: what each holds, and where it comes from.

use super::voice::Voice;
use super::words::{self, bytes, count, literal};
use crate::control::operate::Part;
use crate::control::syntax::{
    Arithmetic, CardField, ChangeOutput, DateOperand, DateOutput, DateStep, DateUnit, DateValue, Editing,
    Format, Item, Pairing, Place, Shift, StatisticKind, Value,
};

/// An item in words.
pub(super) struct Told {
    /// What it holds: a name for the new field.
    pub holds: String,
    /// Where it comes from.
    pub from: String,
    /// Bytes, if they are known.
    pub length: Option<u32>,
    /// The bytes of the record that it copies as they are: first and length.
    pub copied: Option<(u32, Option<u32>)>,
}

/// What an item is.
pub(super) fn item(item: &Item, voice: &Voice<'_>) -> Told {
    let part = Part::compile(&item.value, &item.span, voice.setting, voice.some_shape());
    let length = part.ok().and_then(|part| part.length()).and_then(|length| u32::try_from(length).ok());
    let (holds, from) = value(item, voice);
    let copied = match &item.value {
        Value::Bytes(Place::Record { position, length }) => Some((*position, Some(*length))),
        Value::Rest { position } => Some((*position, None)),
        _ => None,
    };
    Told { holds, from, length, copied }
}

fn short(place: &Place, voice: &Voice<'_>, item: &Item) -> String {
    let full = voice.place(place, Some(&item.span));
    full.rsplit_once(" (column").map_or(full.clone(), |(name, _)| name.to_owned())
}

/// What it holds and where it comes from.
fn value(item: &Item, voice: &Voice<'_>) -> (String, String) {
    let page = voice.page;
    let span = Some(&item.span);
    match &item.value {
        Value::Bytes(place) => (short(place, voice, item), voice.place(place, span)),
        Value::Rest { position } => {
            ("the rest of the record".to_owned(), format!("column {position} to the end, as it is"))
        }
        Value::Constant(constant) => (literal(constant, page), "constant".to_owned()),
        Value::Lines(lines) => (format!("end of the record ({lines})"), String::new()),
        Value::Column => ("blanks".to_owned(), "filled up to the column".to_owned()),
        Value::Edited { number, editing } => number_item(number, editing, voice),
        Value::Year { field, separator, packed } => {
            let mut from = format!("{} with a four-digit year", voice.field(field));
            if let Some(separator) = separator {
                from += &format!(", {} between the parts", words::byte(*separator, page));
            }
            if *packed {
                from += ", packed decimal";
            }
            (format!("{} with its century", short(&field.place, voice, item)), from)
        }
        Value::Date(date) => (date_holds(date, voice), date_from(date, voice)),
        Value::Moment(moment) => (words::moment(moment, page), "set when the step runs".to_owned()),
        Value::Sequence(sequence) => {
            let mut from = format!("counts from {} by {}", sequence.start, sequence.increment);
            if let Some(place) = &sequence.restart {
                from += &format!(", anew when {} changes", voice.place(place, None));
            }
            (format!("sequence number ({})", words::format(sequence.format)), from)
        }
        Value::Translate { from, translation } => {
            let how = words::translation(*translation);
            (format!("{} {how}", short(from, voice, item)), voice.place(from, span))
        }
        Value::TranslateRest { position, translation } => (
            format!("the rest of the record {}", words::translation(*translation)),
            format!("column {position} to the end"),
        ),
        _ => special(item, voice),
    }
}

fn special(item: &Item, voice: &Voice<'_>) -> (String, String) {
    let page = voice.page;
    match &item.value {
        Value::Change(change) => {
            let output = |output: &ChangeOutput| match output {
                ChangeOutput::Constant(constant) => literal(constant, page),
                ChangeOutput::Place(place) => voice.place(place, None),
            };
            let mut pairs: Vec<String> = (change.pairs.iter())
                .map(|((search, bits), made)| {
                    let bits = if bits.is_some() { "bits " } else { "" };
                    format!("{bits}{} → {}", literal(search, page), output(made))
                })
                .collect();
            pairs.push(match &change.otherwise {
                Some(otherwise) => format!("anything else → {}", output(otherwise)),
                None => "anything else ends the run".to_owned(),
            });
            let holds = format!("{} looked up", short(&change.from, voice, item));
            (holds, format!("{}: {}", voice.place(&change.from, Some(&item.span)), pairs.join(", ")))
        }
        Value::Justify(justify) => {
            let side = if justify.shift == Shift::Left { "left" } else { "right" };
            let verb = if justify.squeeze { "squeezed to the" } else { "justified to the" };
            let mut from = voice.place(&justify.from, Some(&item.span));
            if justify.squeeze {
                from += ", blanks inside it taken out";
            }
            for (text, what) in [
                (&justify.preblank, "taken for blanks"),
                (&justify.lead, "before it"),
                (&justify.mid, "between its words"),
                (&justify.trail, "behind it"),
            ] {
                if !text.is_empty() {
                    from += &format!(", {} {what}", bytes(text, page));
                }
            }
            if justify.pair != Pairing::None {
                from += ", but nothing between quotes";
            }
            (format!("{} {verb} {side}", short(&justify.from, voice, item)), from)
        }
        Value::Page(editing) => with(String::from("page number"), &voice.editing(editing)),
        Value::Count { running, offset, editing, .. } => {
            let what = if *running { "number of records so far" } else { "number of records" };
            let shift = match offset {
                0 => String::new(),
                offset => {
                    format!(" {} {}", if *offset > 0 { "plus" } else { "minus" }, offset.unsigned_abs())
                }
            };
            with(format!("{what}{shift}"), &voice.editing(editing))
        }
        Value::Statistic(statistic) => {
            let kind = match statistic.kind {
                StatisticKind::Total => "total",
                StatisticKind::Minimum => "least",
                StatisticKind::Maximum => "greatest",
                StatisticKind::Average => "average",
            };
            let so_far = if statistic.running { " so far" } else { "" };
            let text = format!("{kind} of {}{so_far}", voice.field(&statistic.field));
            with(text, &voice.editing(&statistic.editing))
        }
        _ => (String::new(), String::new()),
    }
}

fn with(what: String, how: &str) -> (String, String) {
    let from = if how.is_empty() { "computed".to_owned() } else { format!("computed, {how}") };
    (what, from)
}

fn number_item(number: &Arithmetic, editing: &Editing, voice: &Voice<'_>) -> (String, String) {
    let how = voice.editing(editing);
    let from = voice.arithmetic(number);
    let full = if how.is_empty() { from.clone() } else { format!("{from}, {how}") };
    let holds = match number {
        Arithmetic::Field(field) => field_name(field, voice, &how),
        _ => "a computed number".to_owned(),
    };
    (holds, full)
}

fn field_name(field: &CardField, voice: &Voice<'_>, how: &str) -> String {
    let full = voice.place(&field.place, Some(&field.span));
    let name = full.rsplit_once(" (column").map_or(full.clone(), |(name, _)| name.to_owned());
    match how {
        "" if matches!(field.format, Format::Sort(crate::key::SortFormat::Date(_))) => {
            format!("{name} with its century")
        }
        "" => format!("{name} in readable digits"),
        _ if how.starts_with("as ") => format!("{name} {how}"),
        _ => format!("{name}, edited"),
    }
}

fn operand(operand: &DateOperand, voice: &Voice<'_>) -> String {
    match operand {
        DateOperand::Field(field) => voice.field(field),
        DateOperand::Moment(moment) => words::moment(moment, voice.page),
        DateOperand::Constant(digits, _) => format!("the date {}", bytes(digits, voice.page)),
    }
}

fn date_holds(date: &DateValue, voice: &Voice<'_>) -> String {
    let page = voice.page;
    match &date.output {
        DateOutput::Convert { ordinal, four, letter, separator } => {
            let year = if *four { "yyyy" } else { "yy" };
            let packed = if matches!(letter, b'T' | b'W') { "" } else { ", packed" };
            let last = matches!(letter, b'W' | b'X' | b'Y');
            let separator = separator.map(|byte| page.char(byte).to_string()).unwrap_or_default();
            let rest = if *ordinal { vec!["ddd"] } else { vec!["mm", "dd"] };
            let parts = if last { [rest, vec![year]].concat() } else { [vec![year], rest].concat() };
            format!("a date as {}{packed}", parts.join(&separator))
        }
        DateOutput::Weekday(1) => "day of the week as a digit, 1 is Sunday".to_owned(),
        DateOutput::Weekday(letters) => format!("day of the week in {letters} letters"),
        DateOutput::WeekNumber { iso: true } => "week of the year (ISO 8601)".to_owned(),
        DateOutput::WeekNumber { iso: false } => "week of the year, counted from 1 January".to_owned(),
        DateOutput::Difference(_) => "difference of two dates in days".to_owned(),
        DateOutput::Age(letters) => {
            let units: Vec<String> = (letters.chars())
                .map(|letter| match letter {
                    'Y' => "years".to_owned(),
                    'M' => "months".to_owned(),
                    _ => "days".to_owned(),
                })
                .collect();
            format!("age in {}", words::listed(&units))
        }
        DateOutput::Parts(..) => "a date of the machine in readable digits".to_owned(),
    }
}

fn date_from(date: &DateValue, voice: &Voice<'_>) -> String {
    let mut text = operand(&date.base, voice);
    for step in &date.steps {
        text += &match step {
            DateStep::Add { subtract, unit, amount } => {
                let sign = if *subtract { "minus" } else { "plus" };
                match amount {
                    Arithmetic::Constant(number) => {
                        let number = u64::try_from(number.unsigned_abs()).unwrap_or(u64::MAX);
                        format!(" {sign} {}", count(number, unit_word(*unit)))
                    }
                    _ => format!(" {sign} as many {}s as in {}", unit_word(*unit), voice.arithmetic(amount)),
                }
            }
            DateStep::Weekday { next, day } => {
                format!(", the {} {}", if *next { "next" } else { "previous" }, words::weekday(*day))
            }
            DateStep::LastDay(unit) => format!(", the last day of its {}", unit_word(*unit)),
        };
    }
    if let DateOutput::Difference(other) = &date.output {
        text += &format!(" less {}", operand(other, voice));
    }
    text
}

fn unit_word(unit: DateUnit) -> &'static str {
    match unit {
        DateUnit::Days => "day",
        DateUnit::Weeks => "week",
        DateUnit::Months => "month",
        DateUnit::Quarters => "quarter",
        DateUnit::Years => "year",
    }
}
