//! Intermediate results under ARITH(COMPAT), (EXTEND) and (FULL): published cases, and expressions by chance against the table of
//! the Programming Guide done with big integers.

use std::sync::Arc;

use num_bigint::BigInt;
use offhost::copybook::{CopybookOptions, parse};
use offhost::decimal::Rounding;
use offhost::diag::{Source, Span};
use offhost::encoding::CodePage;
use offhost::expr::{Arith, Compiler, Fault, Scope, SingleFrame};
use offhost::record::{Origin, RecordFormat, initial_record};

use crate::harness::{Job, Random, ebcdic};

/// Numbers by their VALUE: name, PICTURE, value.
type Fields<'a> = &'a [(&'a str, &'a str, &'a str)];

fn value(fields: Fields<'_>, text: &str, decimals: i16, arith: Option<Arith>) -> Result<i128, String> {
    let items: String =
        fields.iter().map(|(name, pic, value)| format!(" 05 {name} PIC {pic} VALUE {value}.\n")).collect();
    let options =
        CopybookOptions { format: offhost::copybook::SourceFormat::Free, ..CopybookOptions::default() };
    let (layout, messages) = parse(&Source::new("a.cpy", format!("01 R.\n{items}").as_str()), &options);
    let layout = layout.unwrap_or_else(|| panic!("{messages:?}"));
    let scope = Scope::single("R", RecordFormat { layout: Arc::new(layout), page: CodePage::CP037 });
    let record = initial_record(&scope.slot(0).format);
    let frame = SingleFrame { record: &record, origin: Origin::default() };
    let compiler = Compiler::new(&scope).with_arith(arith);
    let span = Span::new(&Source::new("expression", text), 0..text.len());
    let expression = compiler.arithmetic(&span, decimals).map_err(|error| error.code.id().to_owned())?;
    expression.scaled(&frame, decimals, Rounding::Truncation).map_err(|fault| match fault {
        Fault::Size => "size".to_owned(),
        Fault::DivideByZero => "zero".to_owned(),
        Fault::Data(error) => error.message.clone(),
    })
}

const COMPAT: Option<Arith> = Some(Arith::Compat);
const EXTEND: Option<Arith> = Some(Arith::Extend);
const FULL: Option<Arith> = Some(Arith::Full);

/// APAR PI91578: 10 ** -17 * TOTAL has an exact answer in 17 decimals under COMPAT.
#[test]
fn a_negative_exponent_is_one_divided_by_the_power() {
    let fields = [("TOTAL", "9(13)V9(2)", "123.45")];
    for arith in [COMPAT, EXTEND, FULL, None] {
        assert_eq!(value(&fields, "10 ** -17 * TOTAL", 17, arith), Ok(123), "{arith:?}");
        assert_eq!(value(&fields, "1 / 10 ** 17 * TOTAL", 17, arith), Ok(123), "{arith:?}");
    }
    assert_eq!(value(&[("Z", "9", "0")], "Z ** -2", 2, COMPAT), Err("zero".into()));
    assert_eq!(value(&[("Z", "9", "0")], "Z ** 0", 2, EXTEND), Err("size".into()));
    assert_eq!(value(&[("Z", "9", "0")], "Z ** 0", 2, None), Err("size".into()));
    assert_eq!(value(&[("Z", "9", "0"), ("B", "9", "7")], "B ** Z", 2, COMPAT), Ok(100));
}

#[test]
fn digits_without_a_place_are_cut() {
    // Two numbers of 18 digits: 36 digits are too many, no decimals are needed, the 6 high ones go.
    let big = [("A", "9(18)", "123456789012345678"), ("B", "9(18)", "987654321098765432")];
    let exact = 123_456_789_012_345_678i128 * 987_654_321_098_765_432;
    assert_eq!(value(&big, "A * B", 0, COMPAT), Ok(exact % 10i128.pow(30)));
    assert_eq!(value(&big, "A * B", 0, EXTEND), Ok(exact % 10i128.pow(31)));
    assert_eq!(value(&big, "A * B", 0, None), Ok(exact));
    // Decimals beyond those of the receiver and the operands go first.
    let rates = [("A", "9(9)V9(9)", "123456789.123456789"), ("B", "9(9)V9(9)", "1.000000001")];
    let exact = 123_456_789_123_456_789i128 * 1_000_000_001;
    assert_eq!(value(&rates, "A * B", 18, None), Ok(exact));
    assert_eq!(value(&rates, "A * B", 9, COMPAT), Ok(exact / 10i128.pow(9)));
    assert_eq!(value(&rates, "A * B * 1000000", 9, COMPAT), Ok(exact / 10i128.pow(6) * 10i128.pow(3)));
    // FULL takes what decimals are left for a quotient: 31 - 3.
    let third = [("A", "9(3)", "100"), ("C", "9", "3")];
    assert_eq!(value(&third, "A / C * C", 2, EXTEND), Ok(99_99));
    assert_eq!(value(&third, "(A / C) * 1000000", 2, EXTEND), Ok(3_333_000_000));
    assert_eq!(value(&third, "(A / C) * 1000000", 2, FULL), Ok(3_333_333_333));
}

#[test]
fn numbers_that_the_option_does_not_know_are_refused() {
    let wide = [("W", "9(19)", "1")];
    assert_eq!(value(&wide, "W + 1", 0, COMPAT), Err("EXP004".into()));
    assert_eq!(value(&wide, "W + 1", 0, EXTEND), Ok(2));
    assert_eq!(value(&wide, "1234567890123456789 + 1", 0, COMPAT), Err("EXP004".into()));
}

#[test]
fn interest_over_thirty_years_keeps_its_places() {
    // 1.005 ** 360 exactly has 1080 decimals; the compiler carries those of the operands.
    let loan = [("RATE", "9V9(9)", "1.005"), ("MONTHS", "9(3)", "360")];
    let mut power: i128 = 10i128.pow(9);
    for _ in 0..360 {
        power = power * 1_005_000_000 / 10i128.pow(9);
    }
    assert_eq!(value(&loan, "RATE ** MONTHS", 9, COMPAT), Ok(power));
    assert_eq!(power / 1_000_000, 6_022, "six times and a little");
}

/// A result with the places that it has by its PICTURE or by the table.
#[derive(Clone)]
struct Ir {
    value: BigInt,
    integers: i64,
    decimals: i64,
}

fn ten(power: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(power).unwrap())
}

/// The table of the Programming Guide.
struct Table {
    limit: i64,
    dmax: i64,
    full: bool,
}

impl Table {
    fn keep(&self, exact: &BigInt, has: i64, (i, d): (i64, i64), quotient: bool) -> Ir {
        let (n, dmax) = (self.limit, self.dmax);
        let (integers, mut decimals) = if i + d <= n {
            (i, d)
        } else if d <= dmax {
            (n - d, d)
        } else if i + dmax <= n {
            (i, n - i)
        } else {
            (n - dmax, dmax)
        };
        if quotient && self.full && integers + decimals < 31 {
            decimals = 31 - integers;
        }
        let shifted = if decimals >= has { exact * ten(decimals - has) } else { exact / ten(has - decimals) };
        Ir { value: shifted % ten(integers + decimals), integers, decimals }
    }

    fn operate(&self, op: char, a: &Ir, b: &Ir) -> Option<Ir> {
        let d = a.decimals.max(b.decimals);
        let (left, right) = (&a.value * ten(d - a.decimals), &b.value * ten(d - b.decimals));
        let sum = (a.integers.max(b.integers) + 1, d);
        Some(match op {
            '+' => self.keep(&(left + right), d, sum, false),
            '-' => self.keep(&(left - right), d, sum, false),
            '*' => {
                let has = a.decimals + b.decimals;
                self.keep(&(&a.value * &b.value), has, (a.integers + b.integers, has), false)
            }
            _ if b.value == BigInt::ZERO => return None,
            _ => {
                let places = (a.integers + b.decimals, (a.decimals - b.decimals).max(self.dmax));
                // Far more decimals than any place; both cuts are toward zero.
                let has = 80;
                let exact = &a.value * ten(has + b.decimals - a.decimals) / &b.value;
                self.keep(&exact, has, places, true)
            }
        })
    }
}

/// An expression by chance: its text, its value by the table, and the decimals that count for dmax.
fn expression(random: &mut Random, fields: &[(String, Ir)], depth: usize) -> Tree {
    if depth == 0 || random.below(4) == 0 {
        return Tree::Field(random.below(fields.len()));
    }
    let op = random.of(&['+', '-', '*', '/']);
    let (left, right) = (expression(random, fields, depth - 1), expression(random, fields, depth - 1));
    Tree::Operation(op, Box::new(left), Box::new(right))
}

enum Tree {
    Field(usize),
    Operation(char, Box<Tree>, Box<Tree>),
}

impl Tree {
    fn text(&self, fields: &[(String, Ir)]) -> String {
        match self {
            Tree::Field(at) => fields[*at].0.clone(),
            Tree::Operation(op, left, right) => {
                format!("({} {op} {})", left.text(fields), right.text(fields))
            }
        }
    }

    fn dmax(&self, fields: &[(String, Ir)]) -> i64 {
        match self {
            Tree::Field(at) => fields[*at].1.decimals,
            Tree::Operation('/', left, _) => left.dmax(fields),
            Tree::Operation(_, left, right) => left.dmax(fields).max(right.dmax(fields)),
        }
    }

    fn value(&self, fields: &[(String, Ir)], table: &Table) -> Option<Ir> {
        match self {
            Tree::Field(at) => Some(fields[*at].1.clone()),
            Tree::Operation(op, left, right) => {
                table.operate(*op, &left.value(fields, table)?, &right.value(fields, table)?)
            }
        }
    }
}

#[test]
fn expressions_by_chance_have_the_places_of_the_table() {
    let mut random = Random::new(31);
    for _ in 0..400 {
        let (arith, limit, digits_max) =
            random.of(&[(Arith::Compat, 30, 18), (Arith::Extend, 31, 31), (Arith::Full, 31, 31)]);
        let mut fields: Vec<(String, Ir)> = Vec::new();
        let mut described = Vec::new();
        for number in 0..4 {
            let digits = 1 + random.below(digits_max);
            let decimals = random.below(digits + 1);
            let used = 1 + random.below(digits);
            let mut text: String = (0..used).map(|_| char::from(b'0' + random.below(10) as u8)).collect();
            text = format!("{text:0>digits$}");
            let value: BigInt = text.parse().unwrap();
            let (whole, rest) = text.split_at(digits - decimals);
            let sign = if random.below(2) == 0 { "-" } else { "+" };
            let integers = (digits - decimals) as i64;
            let pic = match (digits - decimals, decimals) {
                (0, decimals) => format!("SV9({decimals})"),
                (whole, 0) => format!("S9({whole})"),
                (whole, decimals) => format!("S9({whole})V9({decimals})"),
            };
            let literal = if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") };
            let value = if sign == "-" { -value } else { value };
            let name = format!("F{number}");
            described.push((name.clone(), pic, format!("{sign}{literal}")));
            fields.push((name, Ir { value, integers, decimals: decimals as i64 }));
        }
        let tree = expression(&mut random, &fields, 3);
        let text = tree.text(&fields);
        let receiver = random.below(10) as i64;
        let table = Table { limit, dmax: tree.dmax(&fields).max(receiver), full: arith == Arith::Full };
        let wanted = tree.value(&fields, &table).map(|ir| {
            if receiver >= ir.decimals {
                ir.value * ten(receiver - ir.decimals)
            } else {
                ir.value / ten(ir.decimals - receiver)
            }
        });
        let borrowed: Vec<(&str, &str, &str)> =
            described.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
        let found = value(&borrowed, &text, receiver as i16, Some(arith));
        match wanted {
            None => assert_eq!(found, Err("zero".into()), "{text} {described:?}"),
            // The receiver has more digits than any field.
            Some(wanted) if wanted.to_string().len() > 37 => assert!(
                found.as_ref().map_or_else(|e| e == "size", |v| v.to_string() == wanted.to_string()),
                "{text} {described:?}: {found:?}"
            ),
            Some(wanted) => assert_eq!(
                found.map(|found| found.to_string()),
                Ok(wanted.to_string()),
                "{arith:?} {text} to {receiver} decimals, {described:?}"
            ),
        }
    }
}

#[test]
fn a_rules_file_says_which_option_its_program_had() {
    let run = |arith: &str, result: &str| {
        let rules = format!(
            "version: 1\nprogram: T\n{arith}rules:\n  - rule: R\n    do: [ {{ emit: OUT, do: [ {{ compute: N OF OUT, is: N OF ITEMS / 3 * 1000000 }} ] }} ]\n"
        );
        let job = Job::new()
            .text("n.cpy", "01 REC.\n  05 N PIC 9(10)V99.\n")
            .text("rules.yaml", &rules)
            .file("items.dat", &ebcdic("000000010000"))
            .yaml(
                "version: 1\njob: T\ndatasets:\n  items: { path: items.dat, record: { copybook: n.cpy, recfm: F } }\n  out: { path: out.dat, record: { copybook: n.cpy, recfm: F } }\nsteps:\n  - step: P\n    post: { in: items, rules: rules.yaml, out: { OUT: out } }\n",
            );
        if result.is_empty() {
            job.run(&[]).status(65).says(&["JOB001", "arith"]);
        } else {
            job.run(&[]).status(0).published("out.dat", &ebcdic(result));
        }
    };
    run("", "003333000000");
    run("arith: compat\n", "003333000000");
    run("arith: extend\n", "003333000000");
    run("arith: full\n", "003333333333");
    run("arith: wide\n", "");
}
