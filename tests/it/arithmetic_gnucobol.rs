//! Arithmetic against a COBOL compiler: the same copybook, the same values, the same statements, the same stored bytes.
//!
//! One generated program holds all statements. It runs with GnuCOBOL if `cobc` is on the PATH; without ON SIZE ERROR, so
//! that high-order digits are lost on both sides.

use std::fmt::Write;
use std::sync::Arc;

use offhost::copybook::{CopybookOptions, NumberShape, parse};
use offhost::decimal::Rounding;
use offhost::diag::{Source, Span};
use offhost::encoding::CodePage;
use offhost::expr::{Compiler, Scope, SingleFrame};
use offhost::record::{Origin, Overflow, RecordFormat, store_integer};

use crate::harness::{Random, cobol, displayed, hex, packed, zoned};

const VECTORS: usize = 400;
const PAGE: CodePage = CodePage::CP037;

/// PICTURE and USAGE of a number.
#[derive(Clone, Copy, Debug)]
struct Pic {
    digits: usize,
    decimals: usize,
    signed: bool,
    usage: Usage,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Usage {
    Zoned,
    Packed,
    Binary,
}

impl Pic {
    fn random(random: &mut Random) -> Pic {
        let digits = 1 + random.below(9);
        let usage = random.of(&[Usage::Zoned, Usage::Packed, Usage::Binary]);
        Pic { digits, decimals: random.below(digits.min(4) + 1), signed: random.below(3) > 0, usage }
    }

    fn text(self) -> String {
        let whole = self.digits - self.decimals;
        let part = |letter: &str, count: usize| {
            if count > 0 { format!("{letter}9({count})") } else { String::new() }
        };
        let usage = match self.usage {
            Usage::Zoned => "",
            Usage::Packed => " COMP-3",
            Usage::Binary => " COMP",
        };
        format!(
            "PIC {}{}{}{usage}",
            if self.signed { "S" } else { "" },
            part("", whole),
            part("V", self.decimals)
        )
    }

    /// A value that fits, as an integer without its decimal point.
    fn value(self, random: &mut Random) -> i128 {
        let used = 1 + random.below(self.digits);
        let value = i128::from(random.next()) % 10i128.pow(used as u32);
        if self.signed && random.below(2) == 0 { -value } else { value }
    }

    fn bytes(self, value: i128) -> Vec<u8> {
        match self.usage {
            Usage::Zoned => zoned(value, self.digits, self.signed),
            Usage::Packed => packed(value, self.digits, self.signed),
            Usage::Binary => {
                let length = match self.digits {
                    1..=4 => 2,
                    5..=9 => 4,
                    _ => 8,
                };
                value.to_be_bytes()[16 - length..].to_vec()
            }
        }
    }

    fn literal(self, value: i128) -> String {
        let digits = format!("{:0width$}", value.unsigned_abs(), width = self.decimals + 1);
        let (whole, decimals) = digits.split_at(digits.len() - self.decimals);
        let sign = if value < 0 { "-" } else { "" };
        if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
    }
}

/// A statement on fields A, B and R of one number, and what R shall hold before.
struct Vector {
    fields: [Pic; 3],
    values: [i128; 3],
    verb: Verb,
    rounded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verb {
    Move,
    Add,
    Subtract,
    Sum,
    Product,
    Quotient,
    Formula,
}

impl Vector {
    fn random(random: &mut Random) -> Vector {
        let fields = [Pic::random(random), Pic::random(random), Pic::random(random)];
        let mut values = [fields[0].value(random), fields[1].value(random), fields[2].value(random)];
        let verbs =
            [Verb::Move, Verb::Add, Verb::Subtract, Verb::Sum, Verb::Product, Verb::Quotient, Verb::Formula];
        let verb = random.of(&verbs);
        if verb == Verb::Quotient && values[1] == 0 {
            values[1] = 1;
        }
        Vector { fields, values, verb, rounded: verb != Verb::Move && random.below(2) == 0 }
    }

    fn cobol(&self, n: usize) -> String {
        let (a, b, r) = (format!("A-{n}"), format!("B-{n}"), format!("R-{n}"));
        let to = if self.rounded { format!("{r} ROUNDED") } else { r };
        match self.verb {
            Verb::Move => format!("MOVE {a} TO {to}"),
            Verb::Add => format!("ADD {a} TO {to}"),
            Verb::Subtract => format!("SUBTRACT {a} FROM {to}"),
            Verb::Sum => format!("ADD {a} {b} GIVING {to}"),
            Verb::Product => format!("COMPUTE {to} = {a} * {b}"),
            Verb::Quotient => format!("DIVIDE {a} BY {b} GIVING {to}"),
            Verb::Formula => format!("COMPUTE {to} = ({a} - {b}) * {a} + 3.5"),
        }
    }

    fn expression(&self, n: usize) -> String {
        match self.verb {
            Verb::Move => format!("A-{n}"),
            Verb::Add => format!("R-{n} + A-{n}"),
            Verb::Subtract => format!("R-{n} - A-{n}"),
            Verb::Sum => format!("A-{n} + B-{n}"),
            Verb::Product => format!("A-{n} * B-{n}"),
            Verb::Quotient => format!("A-{n} / B-{n}"),
            Verb::Formula => format!("(A-{n} - B-{n}) * A-{n} + 3.5"),
        }
    }
}

fn copybook(vectors: &[Vector]) -> String {
    let mut text = String::from("       01  REC.\n");
    for (n, vector) in vectors.iter().enumerate() {
        for (name, field) in ["A", "B", "R"].iter().zip(vector.fields) {
            let _ = writeln!(text, "           05  {name}-{n}  {}.", field.text());
        }
    }
    text
}

fn program(vectors: &[Vector]) -> String {
    let mut text = String::from(
        "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. VECTORS.\n       ENVIRONMENT DIVISION.\n       \
         INPUT-OUTPUT SECTION.\n       FILE-CONTROL.\n           SELECT OUT ASSIGN TO 'vectors.out'\n           \
         ORGANIZATION IS SEQUENTIAL.\n       DATA DIVISION.\n       FILE SECTION.\n       FD  OUT.\n",
    );
    text.push_str(&copybook(vectors));
    text.push_str("       PROCEDURE DIVISION.\n           OPEN OUTPUT OUT.\n");
    for (n, vector) in vectors.iter().enumerate() {
        for ((name, field), value) in ["A", "B", "R"].iter().zip(vector.fields).zip(vector.values) {
            let _ = writeln!(text, "           MOVE {} TO {name}-{n}.", field.literal(value));
        }
        let _ = writeln!(text, "           {}.", vector.cobol(n));
    }
    text.push_str("           WRITE REC.\n           CLOSE OUT.\n           STOP RUN.\n");
    text
}

/// The record after the program has run, or `None` without a compiler.
fn compiled(vectors: &[Vector]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let options = ["-std=ibm", "-fno-arithmetic-osvs", "-fsign=EBCDIC", "-fbinary-truncate"];
    if !cobol(folder.path(), "vectors", &program(vectors), &options, "arithmetic") {
        return None;
    }
    displayed(folder.path(), "vectors", &[]);
    Some(std::fs::read(folder.path().join("vectors.out")).unwrap())
}

/// A zoned field as GnuCOBOL writes it in ASCII with EBCDIC signs, in EBCDIC.
fn to_ebcdic(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .map(|byte| match byte {
            b'0'..=b'9' => 0xF0 | (byte - b'0'),
            b'{' => 0xC0,
            b'A'..=b'I' => 0xC1 + (byte - b'A'),
            b'}' => 0xD0,
            b'J'..=b'R' => 0xD1 + (byte - b'J'),
            other => panic!("{other:02X} in a zoned field"),
        })
        .collect()
}

/// A negative zero, which GnuCOBOL keeps where digits were cut off, becomes the positive one that offhost stores.
fn positive_zero(usage: Usage, bytes: &mut [u8]) {
    let (last, front) = bytes.split_last_mut().unwrap();
    match usage {
        Usage::Zoned if *last == 0xD0 && front.iter().all(|byte| *byte == 0xF0) => *last = 0xC0,
        Usage::Packed if *last == 0x0D && front.iter().all(|byte| *byte == 0) => *last = 0x0C,
        _ => {}
    }
}

/// What offhost stores in R.
fn stored(vector: &Vector, n: usize, scope: &Scope, record: &[u8], shape: NumberShape) -> Vec<u8> {
    let frame = SingleFrame { record, origin: Origin::default() };
    let compiler = Compiler::new(scope);
    let span = |text: &str| Span::new(&Source::new("vector", text), 0..text.len());
    if vector.verb == Verb::Move {
        let to = compiler.field(&span(&format!("R-{n}"))).unwrap();
        let movement = compiler.movement(&span(&format!("A-{n}")), to, Overflow::Truncate).unwrap();
        let mut bytes = Vec::new();
        movement.prepare(&frame, &mut bytes).unwrap();
        return bytes;
    }
    let scale = i16::from(shape.scale);
    // With ROUNDED one more decimal is carried, as the rules of a post step do.
    let carried = scale + i16::from(vector.rounded);
    let arithmetic = compiler.arithmetic(&span(&vector.expression(n)), carried).unwrap();
    let rounding = if vector.rounded { Rounding::NearestAwayFromZero } else { Rounding::Truncation };
    let integer = arithmetic.scaled(&frame, scale, rounding).unwrap();
    let mut bytes = vec![0; shape.length()];
    store_integer(shape, &mut bytes, PAGE, integer, Overflow::Truncate).unwrap();
    bytes
}

#[test]
fn results_are_stored_as_cobol_stores_them() {
    let mut random = Random::new(2026);
    let vectors: Vec<Vector> = (0..VECTORS).map(|_| Vector::random(&mut random)).collect();
    let Some(theirs) = compiled(&vectors) else { return };
    let (layout, found) = parse(&Source::new("vectors.cpy", copybook(&vectors)), &CopybookOptions::default());
    let layout = Arc::new(layout.unwrap_or_else(|| panic!("{:?}", found.list())));
    assert_eq!(layout.length(), theirs.len());
    let ours: Vec<u8> = vectors
        .iter()
        .flat_map(|vector| {
            vector
                .fields
                .iter()
                .zip(vector.values)
                .flat_map(|(field, value)| field.bytes(value))
                .collect::<Vec<_>>()
        })
        .collect();
    let scope = Scope::single("REC", RecordFormat { layout: Arc::clone(&layout), page: PAGE });
    let mut different = String::new();
    for (n, vector) in vectors.iter().enumerate() {
        let field = layout.field(layout.find(&format!("R-{n}"), &[]).unwrap());
        let offhost::copybook::Shape::Number(shape) = field.shape else { panic!("R-{n} is no number") };
        let bytes = &theirs[field.offset..field.offset + field.length];
        let mut wanted =
            if vector.fields[2].usage == Usage::Zoned { to_ebcdic(bytes) } else { bytes.to_vec() };
        positive_zero(vector.fields[2].usage, &mut wanted);
        let found = stored(vector, n, &scope, &ours, shape);
        if found != wanted {
            let operands: Vec<String> = vector
                .fields
                .iter()
                .zip(vector.values)
                .map(|(f, v)| format!("{} {}", f.text(), f.literal(v)))
                .collect();
            let _ = writeln!(
                different,
                "  {}: {operands:?}: {} instead of {}",
                vector.cobol(n),
                hex(&found),
                hex(&wanted)
            );
        }
    }
    assert!(different.is_empty(), "{} of {VECTORS} differ:\n{different}", different.lines().count());
}
