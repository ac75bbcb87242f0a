//! Operators that say something about values: COUNT, RANGE, STATS, UNIQUE, VERIFY.

use super::groups::Groups;
use super::session::{Done, Run, Session};
use super::value;
use crate::control::flow::Shape;
use crate::control::operate::Setting;
use crate::control::syntax::{Application, CardField, Deck, Format};
use crate::control::tool::layout::{Ink, NumberStyle, Statistics, field_name};
use crate::control::tool::syntax::{
    Count, Dd, Input, ListFormat, OnField, Range, StatisticOf, Stats, Unique, Verify,
};
use crate::diag::{Diagnostics, Result};
use crate::key::SortFormat;

/// Digits of a count.
const DIGITS: usize = 15;
/// The return code of an operator that found invalid values.
const RC_INVALID: u8 = 12;

/// COUNT.
pub(super) fn count(count: &Count, session: &mut Session<'_>) -> Run<Done> {
    let deck = copying(&count.input, session)?;
    let mut records: i128 = 0;
    session.read("COPY", &deck, &count.input, &mut |keyed| {
        records += keyed.block.len() as i128;
        Ok(())
    })?;
    let total = (records + count.add).max(0);
    session.say("ICE628I", &format!("RECORD COUNT:  {total:015}"));
    if let Some(dd) = &count.write {
        write(count, dd, total, session)?;
    }
    let met = count.limit.is_some_and(|limit| limit.holds(total));
    Ok(Done { code: if met { count.code } else { 0 }, ..Done::default() })
}

/// Writes the record of WRITE.
fn write(count: &Count, dd: &Dd, total: i128, session: &mut Session<'_>) -> Result<()> {
    let ink = Ink::new(session.how.page);
    let mut record = count.text.clone();
    match (&count.edit, count.digits) {
        (Some(edit), _) => {
            let style = NumberStyle::new(DIGITS, false, false, edit, ListFormat::Blank);
            style.show(Some(total), &ink, &mut record);
        }
        (None, digits) => {
            let digits = digits.map_or(DIGITS, |digits| digits as usize);
            let text = format!("{total:0digits$}");
            if text.len() > digits {
                ink.put(&"*".repeat(digits), &mut record);
            } else {
                ink.put(&text, &mut record);
            }
        }
    }
    if let Some(width) = count.width {
        record.resize((width as usize).max(record.len()), ink.blank());
    }
    let mut sink = session.sink(dd, Shape { variable: false, length: record.len() })?;
    sink.record(&record)?;
    session.complete(sink)?;
    Ok(())
}

/// The deck of an operator that reads its input as it is.
fn copying(input: &Input, session: &mut Session<'_>) -> Run<Deck> {
    let mut deck = session.deck(input.using.as_ref())?;
    deck.application = Application::Copy;
    Ok(deck)
}

/// The name of what ON names.
fn name(on: &OnField) -> String {
    match on {
        OnField::Field(field) => field_name(field),
        OnField::Length(_) => "(VLEN)".to_owned(),
    }
}

/// Reads numbers of records; stops at the first field that holds none.
struct Numbers<'n> {
    on: &'n OnField,
    setting: &'n Setting,
    dataset: &'n str,
}

impl Numbers<'_> {
    fn of(&self, record: &[u8], number: u64) -> Result<i128> {
        let OnField::Field(field) = self.on else { return Ok(value::length(record)) };
        let bytes = value::bytes(field, record, number, self.dataset)?;
        value::number(field, bytes, self.setting)
            .ok_or_else(|| value::invalid(field, bytes, number, self.dataset))
    }
}

/// RANGE.
pub(super) fn range(range: &Range, session: &mut Session<'_>) -> Run<Done> {
    let deck = copying(&range.input, session)?;
    let setting = session.setting(&deck);
    let numbers = Numbers { on: &range.on, setting: &setting, dataset: &range.input.from.name };
    let (mut number, mut within) = (0, 0u64);
    let entered = session.read("COPY", &deck, &range.input, &mut |keyed| {
        for record in keyed.block.records() {
            number += 1;
            within += u64::from(range.limit.holds(numbers.of(record, number)?));
        }
        Ok(())
    })?;
    session.say_records(&entered);
    session.say("ICE631I", &format!("NUMBER OF VALUES IN RANGE FOR {:<17}:  {within:015}", name(&range.on)));
    Ok(Done::default())
}

/// STATS.
pub(super) fn stats(stats: &Stats, session: &mut Session<'_>) -> Run<Done> {
    let deck = copying(&stats.input, session)?;
    let setting = session.setting(&deck);
    let dataset = stats.input.from.name.as_str();
    let mut sums = vec![Statistics::default(); stats.on.len()];
    let mut number = 0;
    let entered = session.read("COPY", &deck, &stats.input, &mut |keyed| {
        for record in keyed.block.records() {
            number += 1;
            for (on, sum) in stats.on.iter().zip(&mut sums) {
                let numbers = Numbers { on, setting: &setting, dataset };
                sum.add(Some(numbers.of(record, number)?));
            }
        }
        Ok(())
    })?;
    session.say_records(&entered);
    for (on, sum) in stats.on.iter().zip(&sums) {
        session.say("ICE607I", &format!("STATISTICS FOR {:<17}:", name(on)));
        let wide = [StatisticOf::Minimum, StatisticOf::Maximum, StatisticOf::Average, StatisticOf::Total]
            .iter()
            .any(|of| sum.get(*of).is_none_or(|value| value.unsigned_abs() >= 10u128.pow(15)));
        let shown = |of| signed(sum.get(of), if wide { 31 } else { DIGITS });
        let (least, greatest) = (shown(StatisticOf::Minimum), shown(StatisticOf::Maximum));
        session.say("ICE608I", &format!("MINIMUM: {least}, MAXIMUM: {greatest}"));
        let (average, total) = (shown(StatisticOf::Average), shown(StatisticOf::Total));
        session.say("ICE609I", &format!("AVERAGE: {average}, TOTAL  : {total}"));
    }
    Ok(Done::default())
}

/// A sign and digits; asterisks without a value.
fn signed(value: Option<i128>, digits: usize) -> String {
    match value {
        Some(value) => {
            let sign = if value < 0 { '-' } else { '+' };
            format!("{sign}{:0digits$}", value.unsigned_abs())
        }
        None => "*".repeat(digits + 1),
    }
}

/// UNIQUE.
pub(super) fn unique(unique: &Unique, session: &mut Session<'_>) -> Run<Done> {
    let mut deck = session.deck(unique.input.using.as_ref())?;
    let on = std::slice::from_ref(&unique.on);
    deck.application = session.keys(on, &unique.input.from)?;
    let mut groups = Groups::new(on, unique.unsigned_zero);
    let mut values = 0;
    let entered = session.read("SORT", &deck, &unique.input, &mut |keyed| {
        values += groups.starts(&keyed)?.into_iter().filter(|start| *start).count();
        Ok(())
    })?;
    session.say_records(&entered);
    session.say("ICE629I", &format!("NUMBER OF UNIQUE VALUES FOR {:<17}:  {values:015}", name(&unique.on)));
    Ok(Done::default())
}

/// VERIFY.
pub(super) fn verify(verify: &Verify, session: &mut Session<'_>) -> Run<Done> {
    let deck = copying(&verify.input, session)?;
    let dataset = verify.input.from.name.as_str();
    let (mut number, mut found, mut bad) = (0, Vec::new(), 0);
    let mut problems = Diagnostics::new();
    let entered = session.read("COPY", &deck, &verify.input, &mut |keyed| {
        for record in keyed.block.records() {
            number += 1;
            for field in &verify.on {
                let bytes = value::bytes(field, record, number, dataset)?;
                if bad < verify.limit && !is_valid(field, bytes, !verify.no_sign) {
                    bad += 1;
                    found.push(value::invalid_text(field, bytes, number));
                    problems.push(value::invalid(field, bytes, number, dataset));
                }
            }
        }
        Ok(())
    })?;
    session.say_records(&entered);
    found.iter().for_each(|text| session.say(value::INVALID, text));
    if bad >= verify.limit {
        session.say("ICE619A", "LIMIT FOR INVALID DECIMAL VALUES REACHED");
    }
    Ok(Done { code: if bad > 0 { RC_INVALID } else { 0 }, problems, said: true })
}

/// True if a decimal field has digits 0 to 9 and, if that counts, a sign that is A to F.
fn is_valid(field: &CardField, bytes: &[u8], signs: bool) -> bool {
    let Some((last, body)) = bytes.split_last() else { return false };
    let digit = |nibble: u8| nibble <= 9;
    let sign = |nibble: u8| !signs || nibble > 9;
    match field.format {
        Format::Sort(SortFormat::Packed) => {
            body.iter().all(|byte| digit(byte >> 4) && digit(byte & 15))
                && digit(last >> 4)
                && sign(last & 15)
        }
        _ => bytes.iter().all(|byte| digit(byte & 15)) && sign(last >> 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::syntax::Place;
    use crate::diag::{Source, Span};

    fn field(format: SortFormat) -> CardField {
        let span = Span::new(&Source::new("TOOLIN", ""), 0..0);
        CardField { place: Place::Record { position: 1, length: 2 }, format: Format::Sort(format), span }
    }

    #[test]
    fn digits_and_signs_are_verified() {
        let packed = field(SortFormat::Packed);
        assert!(is_valid(&packed, &[0x12, 0x3C], true));
        assert!(!is_valid(&packed, &[0x12, 0x34], true));
        assert!(is_valid(&packed, &[0x12, 0x34], false));
        assert!(!is_valid(&packed, &[0x1A, 0x3C], false));
        let zoned = field(SortFormat::Zoned);
        assert!(is_valid(&zoned, &[0x40, 0xD5], true));
        assert!(!is_valid(&zoned, &[0x4B, 0xF5], true));
        assert!(!is_valid(&zoned, &[0xF1, 0x35], true));
    }

    #[test]
    fn statistics_without_value_are_asterisks() {
        assert_eq!(signed(Some(-12), 5), "-00012");
        assert_eq!(signed(None, 5), "******");
    }
}
