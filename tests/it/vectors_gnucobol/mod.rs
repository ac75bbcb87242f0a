//! Arithmetic, MOVE and edited pictures against a COBOL compiler, vector by vector: a record names a statement and holds the
//! fields of it. One program of GnuCOBOL and one job with a rule for each statement do what the record says, and write it
//! again. All of its bytes must be the same.
//!
//! Where the two differ on purpose, a row of docs/deviations.md says so ([`deviation`]); what the compiler cannot judge is held
//! against big integers in `rules_twin`.

mod pictures;
mod programs;
mod statements;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::harness::{Random, check_seeds, hex, repository};
use pictures::{Number, Pic, Usage};
use programs::{HEAD, LENGTH, compiled, posted};
use statements::{NAMES, Shape, Stored};

const SHAPES: usize = 250;
/// Vectors of a seed; the short lane is one.
const VECTORS: usize = 20_000;
/// Differences shown.
const SHOWN: usize = 12;

/// Values of the fields of a statement.
struct Vector {
    shape: usize,
    numbers: Vec<i128>,
    /// The record in EBCDIC.
    record: Vec<u8>,
}

impl Vector {
    fn random(random: &mut Random, number: usize, shape: &Shape) -> Vector {
        let mut record = format!("{number:08}{:04} ", shape.number);
        record = record.replace(' ', "-");
        let mut record = crate::harness::ebcdic(&record);
        let mut numbers = Vec::new();
        for (field, pic) in shape.fields.iter().enumerate() {
            let (mut bytes, mut value) = pic.value(random, shape.digits.contains(&field));
            if value == 0 && shape.divisors.contains(&field) && !(shape.size_error && random.below(2) == 0) {
                value = 1;
                let Pic::Number(number) = pic else { panic!("a divisor that is no number") };
                bytes = number.bytes(value);
            }
            record.extend(bytes);
            numbers.push(value);
        }
        record.resize(LENGTH, 0x40);
        Vector { shape: shape.number, numbers, record }
    }
}

/// The row of docs/deviations.md that a difference is explained by.
fn deviation(shape: &Shape, vector: &Vector, ours: &[u8], theirs: &[u8]) -> Option<&'static str> {
    if let Some(row) = kept(shape, vector, ours, theirs) {
        return Some(row);
    }
    if below_all(shape, vector, ours, theirs) {
        return Some("a number compared with a literal that is less than any it can hold");
    }
    if justified(shape, vector, ours, theirs) {
        return Some("MOVE of a number to a shorter JUSTIFIED item");
    }
    if shape.moved {
        return wrapped(shape, vector, ours)
            .then_some("MOVE of a number of more than 64 bits to a binary item");
    }
    let stored = shape.stored?;
    let Pic::Edited(edited) = &shape.fields[3] else { return None };
    let scale_of = |field: usize| match &shape.fields[field] {
        Pic::Number(number) => number.scale as u32,
        _ => 0,
    };
    let (a, b) = (vector.numbers[0], vector.numbers[1]);
    let (number, scale) = match stored {
        Stored::Value(field) => (vector.numbers[field], scale_of(field)),
        Stored::Product => (a * b, scale_of(0) + scale_of(1)),
        Stored::Sum(minus) => {
            let scale = scale_of(0).max(scale_of(1));
            let aligned = |value: i128, field: usize| value * 10_i128.pow(scale - scale_of(field));
            (aligned(a, 0) + aligned(if minus { -b } else { b }, 1), scale)
        }
    };
    let shown = number.abs() * 10_i128.pow(edited.scale as u32) / 10_i128.pow(scale);
    let limit = 10_i128.pow(edited.digits as u32);
    // In these rows the digits that are shown are the same; what stands before them and the sign are not.
    let digits = (digits_of(bytes_of(shape, 3, ours)), digits_of(bytes_of(shape, 3, theirs)));
    let is_value = digits.0 == digits.1 && (shape.rounded || digits.0 == shown % limit);
    if is_value && shown + i128::from(shape.rounded) >= limit {
        return Some("high-order digits lost in an edited item");
    }
    if is_value && number != 0 && digits.0 == 0 {
        return Some("a number cut to zero in an edited item");
    }
    let right = digits.0 == shown % limit && !shape.rounded;
    let native = |field: &Pic| matches!(field, Pic::Number(number) if number.usage == Usage::Native);
    let wide = number.abs() > i128::from(u32::MAX);
    if matches!(stored, Stored::Product) && shape.fields[..2].iter().all(native) && wide && right {
        return Some("a product of COMP-5 items of more than 32 bits in an edited item");
    }
    let read_again = shape.cobol.contains("MOVE R TO Q");
    let Pic::Number(again) = shape.fields[4] else { return None };
    // Both are held against the value, which the vectors of this row show without its sign or as a negative one.
    let is = |value: i128| bytes_of(shape, 4, ours) == again.cut(value, edited.scale);
    if read_again && edited.inserts_zeros() {
        return is(shown).then_some("de-editing zeros that the PICTURE inserts");
    }
    (number < 0 && read_again && edited.shows_debit() && is(-shown))
        .then_some("de-editing a number edited with DB")
}

/// What is different after a size error of theirs: offhost kept what was in the one field that differs, or saw no error.
fn kept(shape: &Shape, vector: &Vector, ours: &[u8], theirs: &[u8]) -> Option<&'static str> {
    let size_error = 0xC5;
    let differs = |field: usize| bytes_of(shape, field, ours) != bytes_of(shape, field, theirs);
    let only = |field: Option<usize>| (0..NAMES.len()).all(|other| differs(other) == (Some(other) == field));
    let keeps = |field: usize| bytes_of(shape, field, ours) == bytes_of(shape, field, &vector.record);
    let both = ours[HEAD - 1] == size_error;
    if theirs[HEAD - 1] != size_error || ours[..HEAD - 1] != theirs[..HEAD - 1] {
        None
    } else if both && shape.cobol.contains("REMAINDER") && only(Some(4)) && keeps(4) && keeps(3) {
        Some("the remainder of a quotient with a SIZE ERROR")
    } else if !shape.cobol.contains("PROHIBITED") {
        None
    } else if both && only(Some(3)) && keeps(3) {
        Some("ROUNDED MODE IS PROHIBITED, and decimals would be lost")
    } else {
        // What they cut off was nothing but zeros: the number is the same.
        (!both && only(None)).then_some("ROUNDED MODE IS PROHIBITED, and only zeros would be lost")
    }
}

/// True if A was compared with a negative literal of more digits before the decimal point than A has, and the answer is right.
fn below_all(shape: &Shape, vector: &Vector, ours: &[u8], theirs: &[u8]) -> bool {
    let (Some((relation, literal)), Pic::Number(a)) = (&shape.compared, &shape.fields[0]) else {
        return false;
    };
    let (whole, behind) = literal.split_once('.').unwrap_or((literal, ""));
    let beyond = whole.starts_with('-') && whole.len() - 1 > a.digits - a.scale;
    let literal = format!("{whole}{behind}").parse::<i128>().unwrap() * 10_i128.pow(a.scale as u32);
    let value = vector.numbers[0] * 10_i128.pow(behind.len() as u32);
    let holds = match *relation {
        "<" => value < literal,
        ">" => value > literal,
        "=" => value == literal,
        "<=" => value <= literal,
        ">=" => value >= literal,
        _ => value != literal,
    };
    let right = if holds { 0xE8 } else { 0xD5 };
    beyond
        && ours[HEAD - 1] == right
        && ours[..HEAD - 1] == theirs[..HEAD - 1]
        && ours[HEAD..] == theirs[HEAD..]
}

/// True if all fields that differ are JUSTIFIED and shorter than the number A, and hold its last digits instead of the first.
fn justified(shape: &Shape, vector: &Vector, ours: &[u8], theirs: &[u8]) -> bool {
    let Pic::Number(from) = shape.fields[0] else { return false };
    let digits = Number { signed: false, usage: Usage::Zoned, ..from }.bytes(vector.numbers[0].abs());
    let explained = |field: usize| {
        let (ours, theirs) = (bytes_of(shape, field, ours), bytes_of(shape, field, theirs));
        let shorter = ours.len() < digits.len();
        ours == theirs
            || matches!(shape.fields[field], Pic::Text { justified: true, .. })
                && shorter
                && digits.ends_with(ours)
                && digits.starts_with(theirs)
    };
    shape.cobol.starts_with("MOVE A TO") && ours[..HEAD] == theirs[..HEAD] && (0..NAMES.len()).all(explained)
}

/// The bytes of a field of a record.
fn bytes_of<'r>(shape: &Shape, field: usize, record: &'r [u8]) -> &'r [u8] {
    let at = HEAD + shape.fields[..field].iter().map(Pic::length).sum::<usize>();
    &record[at..at + shape.fields[field].length()]
}

/// The number that the digits of a text make.
fn digits_of(bytes: &[u8]) -> i128 {
    let digits = bytes.iter().filter(|byte| (0xF0..=0xF9).contains(*byte));
    digits.fold(0, |number, byte| number * 10 + i128::from(byte - 0xF0))
}

/// True if a number was moved that is too wide for 64 bits in a binary receiver, and offhost kept its low-order digits in all
/// receivers.
fn wrapped(shape: &Shape, vector: &Vector, ours: &[u8]) -> bool {
    let Pic::Number(from) = shape.fields[0] else { return false };
    let (mut wide, mut right, mut at) = (false, true, HEAD);
    for (field, pic) in shape.fields.iter().enumerate() {
        let bytes = &ours[at..at + pic.length()];
        at += pic.length();
        let (Pic::Number(to), true) = (pic, field >= 3) else { continue };
        let fits = i64::try_from(to.aligned(vector.numbers[0], from.scale)).is_ok();
        match to.usage {
            // The full range of the bytes is in use, so that nothing but the low-order bits counts.
            Usage::Native => {}
            usage => {
                wide |= usage == Usage::Binary && !fits;
                right &= bytes == to.cut(vector.numbers[0], from.scale);
            }
        }
    }
    wide && right
}

/// One of the records in words.
fn told(shape: &Shape, vector: &Vector, ours: &[u8], theirs: &[u8]) -> String {
    let mut text = format!("  {}\n", shape.named(&shape.cobol).replace('\n', "\n  "));
    let mut at = HEAD;
    let _ =
        writeln!(text, "    flag {} instead of {}", hex(&ours[HEAD - 1..HEAD]), hex(&theirs[HEAD - 1..HEAD]));
    for (name, pic) in NAMES.iter().zip(&shape.fields) {
        let range = at..at + pic.length();
        at = range.end;
        let (was, ours, theirs) = (&vector.record[range.clone()], &ours[range.clone()], &theirs[range]);
        let _ = writeln!(
            text,
            "    {name} {}: {} became {}, wanted {}",
            pic.clause(),
            hex(was),
            hex(ours),
            hex(theirs)
        );
    }
    text
}

fn compare(seed: u64) -> Result<(), String> {
    let mut random = Random::new(seed + 2026);
    let shapes: Vec<Shape> = (1..=SHAPES).map(|number| Shape::random(&mut random, number)).collect();
    let vectors: Vec<Vector> =
        (0..VECTORS).map(|number| Vector::random(&mut random, number, &shapes[number % SHAPES])).collect();
    let records: Vec<&[u8]> = vectors.iter().map(|vector| &vector.record[..]).collect();
    let Some(theirs) = compiled(&shapes, &records) else { return Ok(()) };
    let ours = posted(&shapes, &records);
    let mut explained: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut different, mut count) = (BTreeMap::new(), 0);
    for (at, vector) in vectors.iter().enumerate() {
        let shape = &shapes[vector.shape - 1];
        if ours[at] == theirs[at] {
            continue;
        }
        match deviation(shape, vector, &ours[at], &theirs[at]) {
            Some(row) => *explained.entry(row).or_default() += 1,
            None => {
                count += 1;
                different.entry(shape.number).or_insert_with(|| told(shape, vector, &ours[at], &theirs[at]));
            }
        }
    }
    let rows = std::fs::read_to_string(repository().join("docs/deviations.md")).unwrap();
    for row in explained.keys() {
        assert!(rows.contains(&format!("\n| {row} |")), "docs/deviations.md does not explain: {row}");
    }
    let known: usize = explained.values().sum();
    assert!(known * 20 < VECTORS, "explanations stand for more than they should: {explained:?}");
    match count {
        0 => Ok(()),
        _ => {
            let shown: String = different.values().take(SHOWN).map(String::as_str).collect();
            let shapes = different.len();
            Err(format!("seed {seed}: {count} of {VECTORS} vectors of {shapes} statements differ:\n{shown}"))
        }
    }
}

#[test]
fn vectors_give_the_bytes_of_a_compiled_program() {
    check_seeds(1, 1, |seed, _| compare(seed));
}
