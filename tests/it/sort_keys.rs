//! Keys in every data format of the sort language: the bits of a key must be in the order in which the slow comparator puts the
//! records, whatever their bytes are, and the program must sort by them.

use std::cmp::Ordering;
use std::sync::Arc;

use offhost::encoding::CodePage;
use offhost::expr::SingleFrame;
use offhost::key::{FormatContext, InvalidKeys, Key, KeyPart, Order, SortFormat, compare};
use offhost::record::Origin;
use proptest::prelude::*;

use crate::harness::{Job, text};
use crate::sort_harness::{field, scope_in};

const COPYBOOK: &str = "       01 REC.\n           05 F PIC X(8).\n           05 G PIC X(12).\n";

fn frame(record: &[u8]) -> SingleFrame<'_> {
    SingleFrame { record, origin: Origin::default() }
}

fn context() -> FormatContext {
    // Small letters are equal to capital ones.
    let table = std::array::from_fn(|byte| match byte as u8 {
        small @ (0x81..=0x89 | 0x91..=0x99 | 0xA2..=0xA9) => small + 0x40,
        byte => byte,
    });
    FormatContext { alternate: Some(Arc::new(table)), century: 1960 }
}

/// Bytes that formats find something in: digits, signs, blanks, odd nibbles, and all bytes alike.
fn bytes() -> impl Strategy<Value = [u8; 20]> {
    let byte = prop_oneof![
        6 => 0xF0..=0xF9u8,
        2 => (0..10u8, prop_oneof![Just(0xC_u8), Just(0xD), Just(0xF), Just(3), Just(9)]).prop_map(|(d, s)| d << 4 | s),
        2 => (0..10u8, 0..10u8).prop_map(|(a, b)| a << 4 | b),
        1 => prop_oneof![Just(0x40u8), Just(0x4E), Just(0x60), Just(0x5D), Just(0x4B), Just(0), Just(0xFF), Just(0x80)],
        1 => any::<u8>(),
    ];
    prop_oneof![
        8 => prop::collection::vec(byte, 20).prop_map(|bytes| bytes.try_into().unwrap()),
        1 => prop_oneof![Just(0u8), Just(0x40), Just(0xF0), Just(0xF9), Just(0xFF), Just(0x99)].prop_map(|byte| [byte; 20]),
    ]
}

/// A part in a format for as many bytes of `F` as it takes near `length`.
fn part(name: &str, length: usize, page: CodePage, order: Order, invalid: InvalidKeys) -> KeyPart {
    let format = SortFormat::named(name).unwrap();
    let scope = scope_in(COPYBOOK, page);
    let lengths = (length..=8).chain((1..length).rev());
    let made = lengths.map(|length| {
        KeyPart::with_format(field(&scope, &format!("F(1:{length})")), order, format, &context())
    });
    made.flat_map(Result::ok).next().expect("some length fits").with_invalid(invalid)
}

/// Order of two records by the bits of their keys; `None` if one of them has no value and that stops the step.
fn order_of_bits(key: &Key, a: &[u8], b: &[u8]) -> Option<Ordering> {
    let bits = |record: &[u8]| {
        let mut bytes = Vec::new();
        key.encode(&frame(record), &mut bytes).ok().map(|()| bytes)
    };
    Some(bits(a)?.cmp(&bits(b)?))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]
    #[test]
    fn bits_are_in_the_order_of_the_slow_comparator(
        formats in prop::collection::vec((any::<prop::sample::Index>(), 1..9usize, any::<bool>(), 0..3usize), 1..4),
        ascii in any::<bool>(),
        a in bytes(),
        b in bytes(),
    ) {
        let names: Vec<&str> = SortFormat::names().collect();
        let page = if ascii { "ascii".parse().unwrap() } else { CodePage::CP037 };
        let parts = formats.iter().map(|(index, length, descending, policy)| {
            let order = if *descending { Order::Descending } else { Order::Ascending };
            let invalid = [InvalidKeys::Stop, InvalidKeys::Lowest, InvalidKeys::Highest][*policy];
            part(names[index.index(names.len())], *length, page, order, invalid)
        });
        let key = Key::new(parts.collect());
        if let Some(order) = order_of_bits(&key, &a, &b) {
            prop_assert_eq!(order, compare(&key, &frame(&a), &frame(&b)).unwrap(), "{:?}", key.parts());
        }
    }

    #[test]
    fn any_bits_of_a_field_are_in_their_order(
        first in 0..60u32, count in 1..100u32, descending in any::<bool>(), a in bytes(), b in bytes(),
    ) {
        let order = if descending { Order::Descending } else { Order::Ascending };
        let scope = scope_in(COPYBOOK, CodePage::CP037);
        let whole = field(&scope, "G");
        let part = KeyPart::with_bits(whole, order, first, count.min(96 - first)).unwrap();
        let key = Key::new(vec![part]);
        prop_assert_eq!(order_of_bits(&key, &a, &b).unwrap(), compare(&key, &frame(&a), &frame(&b)).unwrap());
    }
}

#[test]
fn every_format_meets_values_and_bytes_without_one() {
    // The property above says little about a format that only ever met bytes without a value, or none of those.
    let total = ["CH", "AC", "AQ", "BI", "FI", "CSF", "FS", "UFF", "SFF", "FL", "PD0"];
    for name in SortFormat::names() {
        let (mut values, mut none) = (0, 0);
        let samples: [[u8; 8]; 6] = [
            [0xF1; 8],
            [0x12; 8],
            [0x40; 8],
            [0xFF; 8],
            [0x4E, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xC7],
            [0x60, 0xF1, 0xF1, 0xF1, 0xF1, 0xF1, 0xF1, 0x4E],
        ];
        for sample in samples {
            for length in 1..=8 {
                let part = part(name, length, CodePage::CP037, Order::Ascending, InvalidKeys::Stop);
                let mut bytes = Vec::new();
                match Key::new(vec![part]).encode(&frame(&[&sample[..], &[0x40; 12]].concat()), &mut bytes) {
                    Ok(()) => values += 1,
                    Err(_) => none += 1,
                }
            }
        }
        assert!(values > 0 && (none > 0 || total.contains(&name)), "{name}: {values} and {none}");
    }
}

/// Sorts fields of eight bytes and answers them in order.
fn sorted(key: &str, more: &str, fields: &[&[u8]]) -> Vec<Vec<u8>> {
    let yaml = format!(
        "version: 1\njob: T\ndatasets:\n  a: {{ path: a, record: {{ copybook: r.cpy }} }}\n  out: {{ path: out, like: a }}\n\
         steps:\n  - step: S\n    sort: {{ in: a, out: out, by: [ {key} ]{more} }}\n"
    );
    let record = |field: &&[u8]| [field, &vec![0x40; 8 - field.len()][..], &text("", 12)].concat();
    let input: Vec<u8> = fields.iter().flat_map(record).collect();
    let job = Job::new().text("r.cpy", COPYBOOK).file("a", &input).yaml(&yaml);
    job.run(&[]).status(0);
    job.read("out").chunks(20).zip(fields).map(|(record, _)| record[..8].to_vec()).collect()
}

#[track_caller]
fn in_this_order(key: &str, more: &str, fields: &[&[u8]]) {
    let padded: Vec<Vec<u8>> =
        fields.iter().map(|field| [field, &vec![0x40; 8 - field.len()][..]].concat()).collect();
    let reversed: Vec<&[u8]> = fields.iter().rev().copied().collect();
    assert_eq!(sorted(key, more, &reversed), padded, "{key}");
}

#[test]
fn the_program_sorts_by_formats() {
    in_this_order(
        "{ field: \"F(1:2)\", format: PD }",
        "",
        &[&[0x99, 0x9B], &[0x00, 0x1D], &[0x00, 0x0C], &[0x01, 0x2A]],
    );
    in_this_order(
        "{ field: \"F(1:4)\", format: ZD }",
        "",
        &[&[0xF0, 0xF0, 0xF2, 0xD6], &[0x40, 0x40, 0xF2, 0xF5], &[0xF0, 0xF0, 0xF2, 0xF6]],
    );
    in_this_order(
        "{ field: \"F(1:2)\", format: FI }",
        "",
        &[&[0x80, 0], &[0xFF, 0xFF], &[0, 0], &[0x7F, 0xFF]],
    );
    // EBCDIC letters before digits, ASCII digits before letters.
    in_this_order("{ field: \"F(1:1)\", format: AC }", "", &[&[0xF1], &[0xC1], &[0x81]]);
    in_this_order("{ field: \"F(1:1)\", format: CH }", "", &[&[0x81], &[0xC1], &[0xF1]]);
    in_this_order(
        "{ field: \"F(1:1)\", format: AQ }, \"F(2:1)\"",
        ", altseq: [ 81C1 ]",
        &[&[0x81, 1], &[0xC1, 2], &[0xC2, 0]],
    );
    in_this_order("{ field: \"F(1:1)\", bits: { first: 4, count: 4 } }", "", &[&[0xF0], &[0x01], &[0xA2]]);
    let date = |text: &[u8; 6]| text.map(|digit| digit - b'0' + 0xF0);
    let (old, new) = (date(b"700101"), date(b"690101"));
    in_this_order(
        "{ field: \"F(1:6)\", format: Y2T }",
        ", century: 1970",
        &[&[0; 6], &[0x40; 6], &old, &new, &[0xFF; 6]],
    );
    in_this_order("{ field: \"F(1:6)\", format: Y2T }", ", century: 1950", &[&new, &old]);
    in_this_order(
        "{ field: \"F(1:4)\", format: FL }",
        "",
        &[&[0xC1, 0x10, 0, 0], &[0x45, 0, 0, 1], &[0x41, 0x10, 0, 0]],
    );
}

#[test]
fn keys_without_a_value_stop_or_go_to_an_end() {
    let (good, less, odd, odder): (&[u8], &[u8], &[u8], &[u8]) =
        (&[0x12, 0x3C], &[0x00, 0x1D], &[0x1A, 0x0C], &[0xAB, 0xCC]);
    let key = "{ field: \"F(1:2)\", format: PD }";
    in_this_order(key, ", invalid-keys: lowest", &[odd, odder, less, good]);
    in_this_order(key, ", invalid-keys: highest", &[less, good, odd, odder]);
    let yaml = format!(
        "version: 1\njob: T\ndatasets:\n  a: {{ path: a, record: {{ copybook: r.cpy }} }}\n  out: {{ path: out, like: a }}\n\
         steps:\n  - step: S\n    sort: {{ in: a, out: out, by: [ {key} ] }}\n"
    );
    let input = [good, &[0x40; 18][..], odder, &[0x40; 18][..]].concat();
    Job::new()
        .text("r.cpy", COPYBOOK)
        .file("a", &input)
        .yaml(&yaml)
        .run(&[])
        .status(80)
        .says(&["DAT001", "record 2", "X'ABCC"])
        .nothing_published();
}
