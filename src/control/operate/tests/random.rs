//! Conditions held to a slow evaluator.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::super::{Parsed, RecordTest, Setting, Short};
use super::{PAGE, setting_of, variable};
use crate::control::syntax::{
    BitTest, CardField, Comparand, Condition, Deck, Format, Literal, LiteralKind, NumericTest, Place,
    Relation, Test,
};
use crate::diag::{Source, Span};
use crate::key::SortFormat;

const FORMATS: [SortFormat; 6] = [
    SortFormat::Character,
    SortFormat::Binary,
    SortFormat::Fixed,
    SortFormat::Zoned,
    SortFormat::Packed,
    SortFormat::FloatingSign,
];
const RELATIONS: [Relation; 6] =
    [Relation::Eq, Relation::Ne, Relation::Gt, Relation::Ge, Relation::Lt, Relation::Le];
const BITS: [BitTest; 6] =
    [BitTest::All, BitTest::Some, BitTest::None, BitTest::NotAll, BitTest::NotSome, BitTest::NotNone];

fn span() -> Span {
    Span::new(&Source::new("SYSIN", "x"), 0..1)
}

fn field(position: u32, length: u32, format: SortFormat) -> CardField {
    CardField { place: Place::Record { position, length }, format: Format::Sort(format), span: span() }
}

fn any_field(formats: &'static [SortFormat]) -> impl Strategy<Value = CardField> {
    (1..24u32, 1..12u32, prop::sample::select(formats)).prop_map(|(position, length, format)| {
        let length = if matches!(format, SortFormat::Fixed) { length.min(8) } else { length };
        field(position, length, format)
    })
}

fn literal() -> impl Strategy<Value = Literal> {
    let kind = prop::sample::select(&[LiteralKind::Character, LiteralKind::Hex][..]);
    (prop::collection::vec(byte(), 1..12), kind).prop_map(|(bytes, kind)| Literal { bytes, kind })
}

/// Bytes of which many are alike.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0x40), Just(0), Just(0xF1), Just(0xF2), Just(0xC1), Just(0x1C), any::<u8>()]
}

fn test() -> impl Strategy<Value = Test> {
    let relation = || prop::sample::select(&RELATIONS[..]);
    prop_oneof![
        (any_field(&FORMATS[..2]), relation(), literal()).prop_map(|(left, relation, right)| Test::Compare {
            left,
            relation,
            right: Comparand::Literal(right),
            span: span()
        }),
        (any_field(&FORMATS[1..]), relation(), -200..200i128).prop_map(|(left, relation, right)| {
            Test::Compare { left, relation, right: Comparand::Number(right), span: span() }
        }),
        (any_field(&FORMATS[..2]), relation(), any_field(&FORMATS[..2])).prop_map(
            |(left, relation, right)| {
                Test::Compare { left, relation, right: Comparand::Field(right), span: span() }
            }
        ),
        (any_field(&FORMATS[2..]), relation(), any_field(&FORMATS[2..])).prop_map(
            |(left, relation, right)| {
                Test::Compare { left, relation, right: Comparand::Field(right), span: span() }
            }
        ),
        (any_field(&FORMATS[..1]), any::<bool>(), prop::collection::vec(byte(), 1..12)).prop_map(
            |(field, negated, constant)| Test::Substring { field, negated, constant, span: span() }
        ),
        (
            any_field(&FORMATS[1..2]),
            prop::sample::select(&BITS[..]),
            prop::collection::vec(any::<u8>(), 1..6)
        )
            .prop_map(|(field, test, mask)| Test::Bits { field, test, mask, span: span() }),
        (any_field(&FORMATS[3..]), any::<bool>()).prop_map(|(field, negated)| Test::Content {
            field,
            negated,
            test: NumericTest::Number,
            span: span()
        }),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        20 => test().prop_map(|test| Condition::Test(Box::new(test))),
        1 => Just(Condition::All),
        1 => Just(Condition::Nothing),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Condition::And),
            prop::collection::vec(inner, 1..4).prop_map(Condition::Or),
        ]
    })
}

/// The evaluator: nothing compiled, nothing clever. `None` is a data exception.
fn slow(condition: &Condition, record: &[u8]) -> Option<bool> {
    match condition {
        Condition::All => Some(true),
        Condition::Nothing => Some(false),
        Condition::Test(test) => slow_test(test, record),
        Condition::And(parts) => {
            for part in parts {
                if !slow(part, record)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        Condition::Or(parts) => {
            for part in parts {
                if slow(part, record)? {
                    return Some(true);
                }
            }
            Some(false)
        }
    }
}

fn bytes(field: &CardField, record: &[u8]) -> Vec<u8> {
    let Place::Record { position, length } = field.place else { return Vec::new() };
    record[position as usize - 1..(position - 1 + length) as usize].to_vec()
}

fn number(field: &CardField, record: &[u8]) -> Option<i128> {
    let bytes = bytes(field, record);
    let digits = |nibbles: Vec<u8>, minus: bool| {
        let value = nibbles
            .iter()
            .try_fold(0i128, |value, digit| (*digit < 10).then(|| value * 10 + i128::from(*digit)));
        value.map(|value| if minus { -value } else { value })
    };
    let minus = |nibble: u8| nibble % 2 == 1 && nibble != 15;
    let last = bytes[bytes.len() - 1];
    match field.format {
        Format::Sort(SortFormat::Binary) => {
            Some(bytes.iter().fold(0, |value, byte| value * 256 + i128::from(*byte)))
        }
        Format::Sort(SortFormat::Fixed) => {
            let value = bytes.iter().fold(0, |value, byte| value * 256 + i128::from(*byte));
            Some(if bytes[0] > 127 { value - (1 << (8 * bytes.len())) } else { value })
        }
        Format::Sort(SortFormat::Zoned) => {
            digits(bytes.iter().map(|byte| byte & 15).collect(), minus(last >> 4))
        }
        Format::Sort(SortFormat::Packed) => {
            let mut nibbles: Vec<u8> = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
            nibbles.pop();
            digits(nibbles, minus(last & 15))
        }
        _ => {
            let first = bytes.iter().rposition(|byte| !(0xF0..=0xF9).contains(byte)).map_or(0, |at| at + 1);
            digits(
                bytes[first..].iter().map(|byte| byte & 15).collect(),
                first > 0 && bytes[first - 1] == 0x60,
            )
        }
    }
}

fn stands(relation: Relation, order: Ordering) -> bool {
    match relation {
        Relation::Eq => order.is_eq(),
        Relation::Ne => order.is_ne(),
        Relation::Gt => order.is_gt(),
        Relation::Ge => order.is_ge(),
        Relation::Lt => order.is_lt(),
        Relation::Le => order.is_le(),
    }
}

fn slow_test(test: &Test, record: &[u8]) -> Option<bool> {
    Some(match test {
        Test::Compare { left, relation, right: Comparand::Literal(literal), .. } => {
            let left = bytes(left, record);
            let fill = if literal.kind == LiteralKind::Character { 0x40 } else { 0 };
            let mut right = literal.bytes.clone();
            right.resize(left.len(), fill);
            stands(*relation, left.cmp(&right))
        }
        Test::Compare { left, relation, right: Comparand::Number(right), .. } => {
            stands(*relation, number(left, record)?.cmp(right))
        }
        Test::Compare { left, relation, right: Comparand::Field(right), .. } => {
            let text = |field: &CardField| field.format == Format::Sort(SortFormat::Character);
            let binary = |field: &CardField| field.format == Format::Sort(SortFormat::Binary);
            if !(text(left) || text(right)) {
                let order = number(left, record)?.cmp(&number(right, record)?);
                return Some(stands(*relation, order));
            }
            assert!(text(left) || binary(left));
            let (mut left, mut right) = (bytes(left, record), bytes(right, record));
            let length = left.len().max(right.len());
            left.resize(length, 0x40);
            right.resize(length, 0x40);
            stands(*relation, left.cmp(&right))
        }
        Test::Substring { field, negated, constant, .. } => {
            let field = bytes(field, record);
            let (long, short) =
                if constant.len() <= field.len() { (&field, constant) } else { (constant, &field) };
            long.windows(short.len()).any(|window| window == short.as_slice()) != *negated
        }
        Test::Bits { field, test, mask, .. } => {
            let field = bytes(field, record);
            let mut mask = mask.clone();
            mask.resize(field.len(), 0);
            let chosen: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
            let on: u32 = field.iter().zip(&mask).map(|(byte, mask)| (byte & mask).count_ones()).sum();
            match test {
                BitTest::All => on == chosen,
                BitTest::None => on == 0,
                BitTest::Some => on > 0 && on < chosen,
                BitTest::NotAll => on != chosen,
                BitTest::NotNone => on != 0,
                BitTest::NotSome => on == 0 || on == chosen,
            }
        }
        Test::Content { field, negated, .. } => {
            let bytes = bytes(field, record);
            let (last, body) = bytes.split_last()?;
            let plain = |byte: &u8| (0xF0..=0xF9).contains(byte);
            let packed = |byte: &u8| byte >> 4 < 10 && byte & 15 < 10;
            let sign = |nibble: u8| [0xC, 0xD, 0xF].contains(&nibble);
            let holds = match field.format {
                Format::Sort(SortFormat::Zoned) => {
                    body.iter().all(plain) && last & 15 < 10 && sign(last >> 4)
                }
                Format::Sort(SortFormat::Packed) => {
                    body.iter().all(packed) && last >> 4 < 10 && sign(last & 15)
                }
                _ => bytes.iter().all(plain),
            };
            holds != *negated
        }
        _ => return None,
    })
}

/// Bytes that a record must have for a condition.
fn reach(condition: &Condition) -> usize {
    let end = |field: &CardField| match field.place {
        Place::Record { position, length } => (position - 1 + length) as usize,
        Place::Parsed { .. } => 0,
    };
    match condition {
        Condition::All | Condition::Nothing => 0,
        Condition::And(parts) | Condition::Or(parts) => parts.iter().map(reach).max().unwrap_or(0),
        Condition::Test(test) => match &**test {
            Test::Compare { left, right: Comparand::Field(right), .. } => end(left).max(end(right)),
            Test::Compare { left: field, .. }
            | Test::Substring { field, .. }
            | Test::Bits { field, .. }
            | Test::BitPattern { field, .. }
            | Test::Content { field, .. } => end(field),
        },
    }
}

/// What a condition must come to under a rule for short records: `None` is an error.
fn expected(condition: &Condition, short: Short, record: &[u8], fill: u8) -> Option<bool> {
    let needed = reach(condition);
    if record.len() >= needed {
        return slow(condition, record);
    }
    let mut padded = record.to_vec();
    padded.resize(needed, fill);
    match short {
        Short::Fail => None,
        Short::False => Some(false),
        Short::Pad => slow(condition, &padded),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn conditions_are_what_the_slow_evaluator_says(
        condition in condition(),
        records in prop::collection::vec(prop::collection::vec(byte(), 4..40), 1..8),
    ) {
        let setting = setting_of(&Deck::default());
        for short in [Short::Fail, Short::False, Short::Pad] {
            let setting = Setting { short, ..setting.clone() };
            let test = RecordTest::compile(&condition, &setting, variable(40)).unwrap();
            for record in &records {
                let outcome = test.holds(record, &Parsed::new()).ok();
                prop_assert_eq!(outcome, expected(&condition, short, record, 0), "{:?} {:02X?}", condition, record);
            }
        }
        let padded = RecordTest::compile_padded(&condition, &setting, variable(40)).unwrap();
        for record in &records {
            let outcome = padded.holds(record, &Parsed::new()).ok();
            prop_assert_eq!(outcome, expected(&condition, Short::Pad, record, PAGE.space()));
        }
    }
}
