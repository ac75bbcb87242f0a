//! Encoded keys against the slow comparator: byte order of the encoding must be the order of the fields.

use std::sync::Arc;

use offhost::copybook::{self, CopybookOptions};
use offhost::diag::{Source, Span};
use offhost::encoding::CodePage;
use offhost::expr::{Compiler, Scope, SingleFrame};
use offhost::key::{Key, KeyPart, Order, compare};
use offhost::record::{Origin, Overflow, RecordFormat, store_integer};
use proptest::prelude::*;

const COPYBOOK: &str = "01 REC.
  05 T PIC X(3).
  05 Z PIC S9(4)V9.
  05 L PIC S9(3) SIGN LEADING SEPARATE.
  05 P PIC S9(6)V99 COMP-3.
  05 U PIC 9(5) COMP-3.
  05 B PIC S9(4) COMP.
  05 N PIC S9(9) COMP-5.
  05 W PIC 9(18) COMP.
";
const FIELDS: [&str; 8] = ["T", "Z", "L", "P", "U", "B", "N", "W"];

fn scope() -> Scope {
    let (layout, messages) = copybook::parse(&Source::new("rec.cpy", COPYBOOK), &CopybookOptions::default());
    assert!(!messages.has_errors(), "{messages}");
    Scope::single("REC", RecordFormat { layout: Arc::new(layout.unwrap()), page: CodePage::CP037 })
}

fn span(text: &str) -> Span {
    Span::new(&Source::new("key", text), 0..text.len())
}

/// A record with these letters and numbers; numbers are cut to their fields, so that ends and ties are common.
fn record(scope: &Scope, letters: [u8; 3], numbers: [i64; 7]) -> Vec<u8> {
    let format = &scope.slot(0).format;
    let mut record = vec![0; format.layout.length()];
    record[..3].copy_from_slice(&letters);
    for (name, value) in FIELDS[1..].iter().zip(numbers) {
        let field = format.layout.field(format.layout.find(name, &[]).unwrap());
        let bytes = &mut record[field.offset..field.offset + field.length];
        store_integer(field.number().unwrap(), bytes, format.page, i128::from(value), Overflow::Truncate)
            .unwrap();
    }
    record
}

fn key(scope: &Scope, parts: &[(usize, bool)]) -> Key {
    let part = |&(field, descending): &(usize, bool)| {
        let field = Compiler::new(scope).field(&span(FIELDS[field])).unwrap();
        KeyPart::new(field, if descending { Order::Descending } else { Order::Ascending })
    };
    Key::new(parts.iter().map(part).collect())
}

fn numbers() -> impl Strategy<Value = [i64; 7]> {
    prop::array::uniform7(prop_oneof![
        Just(0),
        Just(-1),
        Just(i64::MAX),
        Just(i64::MIN),
        -20..20i64,
        any::<i64>()
    ])
}

proptest! {
    #[test]
    fn byte_order_of_the_encoding_is_the_order_of_the_fields(
        parts in prop::collection::vec((0..FIELDS.len(), any::<bool>()), 1..5),
        a in (prop::array::uniform3(0x40..0x44u8), numbers()),
        b in (prop::array::uniform3(0x40..0x44u8), numbers()),
    ) {
        let scope = scope();
        let key = key(&scope, &parts);
        let (a, b) = (record(&scope, a.0, a.1), record(&scope, b.0, b.1));
        let origin = Origin::default();
        let (a, b) = (SingleFrame { record: &a, origin }, SingleFrame { record: &b, origin });
        let encoded = |frame: &SingleFrame<'_>| {
            let mut bytes = Vec::new();
            key.encode(frame, &mut bytes).unwrap();
            assert_eq!(bytes.len(), key.length());
            bytes
        };
        prop_assert_eq!(encoded(&a).cmp(&encoded(&b)), compare(&key, &a, &b).unwrap());
    }
}

#[test]
fn keys_of_two_records_meet_by_value() {
    let scope = scope();
    let field = |name: &str| Compiler::new(&scope).field(&span(name)).unwrap();
    let (left, right) = Key::pair(vec![field("P")], vec![field("B")], &[span("P")]).unwrap();
    let bytes = |key: &Key, record: &[u8]| {
        let mut bytes = Vec::new();
        key.encode(&SingleFrame { record, origin: Origin::default() }, &mut bytes).unwrap();
        bytes
    };
    for (cents, whole, order) in [(1200, 12, true), (1201, 12, false), (-500, -5, true)] {
        let record = record(&scope, [0x40; 3], [0, 0, cents, 0, whole, 0, 0]);
        assert_eq!(bytes(&left, &record) == bytes(&right, &record), order, "{cents} cents and {whole}");
    }
    assert!(Key::pair(vec![field("P")], vec![field("T")], &[span("P")]).is_err());
}
