//! Values against a COBOL compiler: every PICTURE, USAGE and sign clause, each with values to its limits.
//!
//! One generated program moves the values into the fields of a record and writes it, or reads such records, and shows every
//! field. What it wrote must convert to the values and back to its own bytes; what offhost makes of the values must be the
//! same bytes, and the program must show the values when it reads them.

use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

use crate::harness::{Job, cobol, displayed, first_difference, hex};

/// Digits with a decimal point, or characters.
#[derive(Clone, Debug)]
enum Kind {
    Number {
        digits: usize,
        scale: i32,
        signed: bool,
        max: i128,
    },
    /// COMP-1 or COMP-2.
    Float,
    Text {
        length: usize,
        justified: bool,
    },
}

/// A field of the record.
#[derive(Clone, Debug)]
struct Form {
    clause: String,
    kind: Kind,
}

const ROUNDS: usize = 7;
/// The round in which negative zeros arise, where the compiler makes them.
const NEGATIVE_ZERO: usize = 6;
const LEAST_VECTORS: usize = 2000;
const FLOATS: [&str; ROUNDS] = ["0", "1", "-1.5", "12345.25", "-0.0078125", "123456", "0.5"];
const TEXTS: [&str; ROUNDS] = ["", "A", "ABCDEF", "A b", "0001", "x", "  q"];

fn number(clause: String, digits: usize, scale: i32, signed: bool) -> Form {
    Form { clause, kind: Kind::Number { digits, scale, signed, max: 10_i128.pow(digits as u32) - 1 } }
}

/// `9(5)V9(2)`, with S if signed; a scale beyond the digits is P on the left, a negative one P on the right.
fn picture(digits: usize, scale: i32, signed: bool) -> String {
    let sign = if signed { "S" } else { "" };
    let count = digits as i32;
    let places = match scale {
        0 => format!("9({count})"),
        ..0 => format!("9({count})P({})", -scale),
        _ if scale > count => format!("VP({})9({count})", scale - count),
        _ if scale == count => format!("V9({count})"),
        _ => format!("9({})V9({scale})", count - scale),
    };
    format!("PIC {sign}{places}")
}

fn scales(digits: usize) -> Vec<i32> {
    let all = [0, 1, digits as i32 / 2, digits as i32];
    let unique: HashSet<i32> = all.into_iter().collect();
    let mut unique: Vec<i32> = unique.into_iter().collect();
    unique.sort_unstable();
    unique
}

fn decimal_forms(forms: &mut Vec<Form>) {
    let signs = ["TRAILING", "LEADING", "LEADING SEPARATE", "TRAILING SEPARATE"];
    for digits in [1, 2, 3, 5, 7, 9, 12, 18, 19, 31, 37, 38] {
        for scale in scales(digits) {
            let unsigned = picture(digits, scale, false);
            let signed = picture(digits, scale, true);
            forms.push(number(unsigned.clone(), digits, scale, false));
            forms.push(number(signed.clone(), digits, scale, true));
            for sign in signs {
                forms.push(number(format!("{signed} SIGN {sign}"), digits, scale, true));
            }
            forms.push(number(format!("{unsigned} COMP-3"), digits, scale, false));
            forms.push(number(format!("{signed} PACKED-DECIMAL"), digits, scale, true));
            forms.push(number(format!("{unsigned} COMP-6"), digits, scale, false));
        }
    }
}

/// Binary fields; native ones hold what their bytes can.
fn binary_forms(forms: &mut Vec<Form>) {
    for digits in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18] {
        for (usage, native) in
            [("COMP", false), ("COMP-4", false), ("BINARY", false), ("COMP-5", true), ("COMP-X", false)]
        {
            for signed in [false, true] {
                if usage == "COMP-X" && signed {
                    continue;
                }
                for scale in [0, digits as i32 / 2] {
                    let clause = format!("{} {usage}", picture(digits, scale, signed));
                    let mut form = number(clause, digits, scale, signed);
                    if native && let Kind::Number { max, .. } = &mut form.kind {
                        let bytes = match digits {
                            1 | 2 => 1,
                            3 | 4 => 2,
                            5..=9 => 4,
                            _ => 8,
                        };
                        *max = (1 << (bytes * 8 - u32::from(signed))) - 1;
                    }
                    forms.push(form);
                }
            }
        }
    }
}

fn scaled_forms(forms: &mut Vec<Form>) {
    for (digits, scale) in [(1, -1), (3, -3), (5, -2), (9, -6), (3, 5), (1, 2), (5, 9), (7, 14)] {
        for signed in [false, true] {
            for usage in ["", " COMP-3", " COMP", " COMP-5"] {
                // See docs/deviations.md.
                if usage == " COMP-3" || !usage.is_empty() && scale < 0 {
                    continue;
                }
                forms.push(number(
                    format!("{}{usage}", picture(digits, scale, signed)),
                    digits,
                    scale,
                    signed,
                ));
            }
        }
    }
}

fn other_forms(forms: &mut Vec<Form>) {
    let edited = [
        ("ZZ,ZZ9.99-", 7, 2, true),
        ("$$,$$9.99CR", 6, 2, true),
        ("-(5)9.99", 7, 2, true),
        ("+(4)9", 4, 0, true),
        ("Z(4)9", 5, 0, false),
        ("Z(5)", 5, 0, false),
        ("9(3)B9(3)", 6, 0, false),
        ("+9(4).9", 5, 1, true),
        ("9(6).9(4)-", 10, 4, true),
        ("Z(12)9.99", 15, 2, false),
    ];
    for (mask, digits, scale, signed) in edited {
        forms.push(number(format!("PIC {mask}"), digits, scale, signed));
    }
    forms.push(number("PIC ZZ9.99 BLANK WHEN ZERO".into(), 5, 2, false));
    forms.push(Form { clause: "COMP-1".into(), kind: Kind::Float });
    forms.push(Form { clause: "COMP-2".into(), kind: Kind::Float });
    for (length, justified) in [(6, false), (6, true), (11, false), (11, true)] {
        let clause = format!("PIC X({length}){}", if justified { " JUSTIFIED RIGHT" } else { "" });
        forms.push(Form { clause, kind: Kind::Text { length, justified } });
    }
}

fn forms() -> Vec<Form> {
    let mut forms = Vec::new();
    decimal_forms(&mut forms);
    binary_forms(&mut forms);
    scaled_forms(&mut forms);
    other_forms(&mut forms);
    forms
}

impl Form {
    /// The value of a round as an integer of its digits.
    fn integer(&self, round: usize) -> i128 {
        let Kind::Number { digits, signed, max, .. } = self.kind else { return 0 };
        let spread = 1_234_567_890_123_456_789_012_345_678_901_234_567_i128 % 10_i128.pow(digits as u32);
        let least = match (signed, self.is_native()) {
            (false, _) => max - 1,
            (true, false) => -max,
            (true, true) => -max - 1,
        };
        match round {
            0 | NEGATIVE_ZERO => 0,
            1 => 1,
            2 => max,
            3 => least,
            4 if signed => -1,
            4 => max / 2,
            _ if signed => -(spread / 3),
            _ => spread,
        }
    }

    fn is_fraction(&self, round: usize) -> bool {
        self.text(round).trim_start_matches('-').starts_with("0.")
    }

    fn is_native(&self) -> bool {
        self.clause.ends_with("COMP-5") && !self.clause.contains('P')
    }

    fn scale(&self) -> i32 {
        if let Kind::Number { scale, .. } = self.kind { scale } else { 0 }
    }

    /// The value in decimals, as many as the scale: what COBOL and JSON have.
    fn text(&self, round: usize) -> String {
        decimal(self.integer(round), self.scale())
    }

    fn literal(&self, round: usize) -> String {
        match self.kind {
            // Cut to the field it is a zero with a sign; edited zeros are a matter of docs/deviations.md.
            Kind::Number { scale, signed: true, digits, .. }
                if round == NEGATIVE_ZERO
                    && scale >= 0
                    && digits < 30
                    && self.clause.starts_with("PIC S") =>
            {
                format!("-0.{}4", "0".repeat(scale.unsigned_abs() as usize))
            }
            // A literal has at most 38 digits, and the zero before the point is one.
            Kind::Number { .. } => self.text(round).replacen("0.", ".", usize::from(self.is_fraction(round))),
            Kind::Float => FLOATS[round].to_owned(),
            Kind::Text { .. } if TEXTS[round].is_empty() => "SPACES".to_owned(),
            Kind::Text { .. } => format!("'{}'", TEXTS[round]),
        }
    }

    /// What JSON holds.
    fn json(&self, round: usize) -> String {
        match self.kind {
            Kind::Number { .. } => self.text(round),
            Kind::Float => FLOATS[round].to_owned(),
            // Blanks on the side where the field is filled are not part of the value.
            Kind::Text { justified: true, .. } => format!("\"{}\"", TEXTS[round].trim_start()),
            Kind::Text { .. } => format!("\"{}\"", TEXTS[round].trim_end()),
        }
    }

    /// A field to show it in: digits with a sign in front.
    fn shown_in(&self) -> Option<String> {
        let Kind::Number { digits, scale, max, .. } = self.kind else { return None };
        let digits = digits.max(max.to_string().len());
        let (count, scale) = match scale {
            ..0 => (digits + scale.unsigned_abs() as usize, 0),
            _ => (digits.max(scale as usize), scale),
        };
        Some(format!("{} SIGN LEADING SEPARATE", picture(count, scale, true)))
    }

    /// What the program shows.
    fn display(&self, round: usize) -> String {
        match self.kind {
            Kind::Number { digits, scale, max, .. } => {
                let digits = digits.max(max.to_string().len());
                let (integer, width) = match scale {
                    ..0 => {
                        let zeros = scale.unsigned_abs();
                        (self.integer(round) * 10_i128.pow(zeros), digits + zeros as usize)
                    }
                    _ => (self.integer(round), digits.max(scale as usize)),
                };
                let spelled = format!("{:0width$}", integer.unsigned_abs());
                let (whole, decimals) = spelled.split_at(width - scale.max(0) as usize);
                let point = if decimals.is_empty() { "" } else { "." };
                format!("{}{whole}{point}{decimals}", if integer < 0 { '-' } else { '+' })
            }
            Kind::Float => FLOATS[round].to_owned(),
            Kind::Text { length, justified: true } => format!("{:>length$}", TEXTS[round]),
            Kind::Text { length, .. } => format!("{:<length$}", TEXTS[round]),
        }
    }
}

/// `integer / 10^scale` with exactly so many decimals.
fn decimal(integer: i128, scale: i32) -> String {
    let sign = if integer < 0 { "-" } else { "" };
    let digits = integer.unsigned_abs().to_string();
    match scale {
        ..=0 if integer == 0 => "0".to_owned(),
        ..=0 => format!("{sign}{digits}{}", "0".repeat(scale.unsigned_abs() as usize)),
        _ => {
            let scale = scale as usize;
            let digits = format!("{digits:0>width$}", width = scale + 1);
            let (whole, decimals) = digits.split_at(digits.len() - scale);
            format!("{sign}{whole}.{decimals}")
        }
    }
}

fn copybook(forms: &[Form]) -> String {
    let mut text = String::from("       01  REC.\n");
    for (n, form) in forms.iter().enumerate() {
        let _ = writeln!(text, "           05  F{n}\n               {}.", form.clause);
    }
    text
}

/// Writes `values.dat`, or reads it if the program is called with READ; shows every field of every record.
fn program(forms: &[Form]) -> String {
    let mut text = String::from(
        "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. VALUES1.\n       ENVIRONMENT DIVISION.\n       \
         INPUT-OUTPUT SECTION.\n       FILE-CONTROL.\n           SELECT RECS ASSIGN TO 'values.dat'\n           \
         ORGANIZATION IS SEQUENTIAL.\n       DATA DIVISION.\n       FILE SECTION.\n       FD  RECS.\n",
    );
    text.push_str(&copybook(forms));
    text.push_str("       WORKING-STORAGE SECTION.\n       01  WHAT PIC X(4).\n");
    for (n, form) in forms.iter().enumerate() {
        if let Some(clause) = form.shown_in() {
            let _ = writeln!(text, "       01  D{n}\n               {clause}.");
        }
    }
    text.push_str(
        "       PROCEDURE DIVISION.\n           ACCEPT WHAT FROM COMMAND-LINE\n           IF WHAT = 'READ'\n           \
         OPEN INPUT RECS\n           ELSE\n           OPEN OUTPUT RECS\n           END-IF.\n",
    );
    for round in 0..ROUNDS {
        let _ = writeln!(text, "           PERFORM ROUND-{round}.");
    }
    text.push_str("           CLOSE RECS.\n           STOP RUN.\n");
    for round in 0..ROUNDS {
        let _ = writeln!(
            text,
            "       ROUND-{round}.\n           IF WHAT = 'READ'\n           READ RECS\n           ELSE"
        );
        for (n, form) in forms.iter().enumerate() {
            let _ = writeln!(text, "           MOVE {}\n             TO F{n}", form.literal(round));
        }
        text.push_str("           WRITE REC\n           END-IF.\n           PERFORM SHOW-ALL.\n");
    }
    text.push_str("       SHOW-ALL.\n");
    for (n, form) in forms.iter().enumerate() {
        let _ = match form.shown_in() {
            Some(_) => writeln!(text, "           MOVE F{n} TO D{n}\n           DISPLAY D{n}"),
            None => writeln!(text, "           DISPLAY F{n}"),
        };
    }
    text.push_str("           CONTINUE.\n");
    text
}

/// Compiles in a folder; false, with a loud word, without a compiler.
fn compile(folder: &Path, text: &str) -> bool {
    cobol(folder, "values", text, &["-std=default", "-w", "-O0"], "values")
}

fn run(folder: &Path, arguments: &[&str]) -> Vec<String> {
    displayed(folder, "values", arguments)
}

const AS_GNUCOBOL: [&str; 8] =
    ["--code-page", "ascii", "--dialect", "gnucobol", "--overpunch", "mf", "--float", "ieee-le"];

/// `offhost convert FROM --to FORM -o TO` with the options of the compiler and more.
fn convert(job: &Job, from: &str, to: &str, form: &str, more: &[&str]) {
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let (from, to, copybook) = (path(from), path(to), path("rec.cpy"));
    let mut arguments =
        vec!["convert", from.as_str(), "-c", &copybook, "--to", form, "-o", &to, "-q", "--replace"];
    arguments.extend(AS_GNUCOBOL);
    arguments.extend(more);
    job.offhost(&arguments).status(0);
}

/// The members of a line, as they are written. Its texts hold neither quotes nor commas.
fn members(line: &str) -> std::collections::HashMap<&str, &str> {
    let line = line.trim_start_matches('{').trim_end_matches('}');
    line.split(",\"").filter_map(|member| member.trim_start_matches('"').split_once("\":")).collect()
}

/// Differences between what was shown and what should be, one a line.
fn shown_otherwise(forms: &[Form], shown: &[String]) -> String {
    assert_eq!(shown.len(), forms.len() * ROUNDS);
    let mut different = String::new();
    for (index, found) in shown.iter().enumerate() {
        let (round, form) = (index / forms.len(), &forms[index % forms.len()]);
        let wanted = form.display(round);
        let zero = |text: &str| text.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-' | b'+'));
        let same = match form.kind {
            Kind::Float => found.parse::<f64>() == wanted.parse::<f64>(),
            // A zero with a sign is a zero.
            Kind::Number { .. } => *found == wanted || zero(found) && zero(&wanted),
            Kind::Text { .. } => *found == wanted,
        };
        if !same {
            let _ = writeln!(
                different,
                "  {} {}: {found:?} instead of {wanted:?}",
                form.clause,
                form.literal(round)
            );
        }
    }
    different
}

#[test]
fn values_and_bytes_are_those_of_the_compiler() {
    let forms = forms();
    assert!(forms.len() * ROUNDS >= LEAST_VECTORS, "{}", forms.len());
    let job = Job::new().text("rec.cpy", &copybook(&forms));
    if !compile(job.path(), &program(&forms)) {
        return;
    }
    let different = shown_otherwise(&forms, &run(job.path(), &["WRITE"]));
    assert!(
        different.is_empty(),
        "the compiler shows {} values otherwise:\n{different}",
        different.lines().count()
    );
    let theirs = job.read("values.dat");
    convert(&job, "values.dat", "theirs.jsonl", "jsonl", &["--verify"]);
    let lines = String::from_utf8(job.read("theirs.jsonl")).unwrap();
    let mut different = String::new();
    for (round, line) in lines.lines().enumerate() {
        let found = members(line);
        for (n, form) in forms.iter().enumerate() {
            let (found, wanted) = (found[format!("F{n}").as_str()], form.json(round));
            let same = match form.kind {
                Kind::Float => found.parse::<f64>() == wanted.parse::<f64>(),
                _ => found == wanted,
            };
            if !same {
                let _ = writeln!(
                    different,
                    "  {} {}: {found} instead of {wanted}",
                    form.clause,
                    form.literal(round)
                );
            }
        }
    }
    assert!(different.is_empty(), "{} values differ:\n{different}", different.lines().count());
    assert!(lines.lines().nth(NEGATIVE_ZERO).unwrap().contains("\"_raw\""), "no negative zero has arisen");
    convert(&job, "theirs.jsonl", "back.dat", "data", &[]);
    assert!(job.read("back.dat") == theirs, "{}", first_difference(&job.read("back.dat"), &theirs));
    values_are_encoded_as_the_compiler_does(&job, &forms, &theirs);
}

/// The other way: values that offhost never saw in bytes.
fn values_are_encoded_as_the_compiler_does(job: &Job, forms: &[Form], theirs: &[u8]) {
    let mut ours = String::new();
    for round in 0..ROUNDS {
        let members: Vec<String> =
            forms.iter().enumerate().map(|(n, form)| format!("\"F{n}\":{}", form.json(round))).collect();
        let _ = writeln!(ours, "{{{}}}", members.join(","));
    }
    job.put("ours.jsonl", ours.as_bytes());
    convert(job, "ours.jsonl", "ours.dat", "data", &[]);
    let ours = job.read("ours.dat");
    assert_eq!(ours.len(), theirs.len());
    let length = ours.len() / ROUNDS;
    let layout = job.offhost(
        &[&["layout", job.path().join("rec.cpy").to_str().unwrap(), "--to", "json"][..], &AS_GNUCOBOL[2..4]]
            .concat(),
    );
    let mut different = String::new();
    for (n, form) in forms.iter().enumerate() {
        let (offset, size) = place(&layout.json(), &format!("F{n}"));
        // The compiler's zeros of the last round have signs.
        for round in 0..NEGATIVE_ZERO {
            let range = round * length + offset..round * length + offset + size;
            let (found, wanted) = (&ours[range.clone()], &theirs[range]);
            if found != wanted {
                let _ = writeln!(
                    different,
                    "  {} {}: {} instead of {}",
                    form.clause,
                    form.json(round),
                    hex(found),
                    hex(wanted)
                );
            }
        }
    }
    assert!(different.is_empty(), "{} fields differ:\n{different}", different.lines().count());
    job.put("values.dat", &ours);
    let different = shown_otherwise(forms, &run(job.path(), &["READ"]));
    assert!(
        different.is_empty(),
        "the compiler reads {} values otherwise:\n{different}",
        different.lines().count()
    );
}

/// Offset and length of a field of the record map.
fn place(layout: &serde_json::Value, name: &str) -> (usize, usize) {
    let fields = layout["fields"].as_array().unwrap();
    let field = fields.iter().find(|field| field["name"] == name).unwrap();
    let number = |key: &str| usize::try_from(field[key].as_u64().unwrap()).unwrap();
    (number("offset"), number("length"))
}

/// Tables, redefinitions, and records of varying length behind descriptor words.
const VARYING: &str = "       01  REC.
           05  N             PIC 99.
           05  AMOUNTS       OCCURS 3 PIC S9(5)V99 COMP-3.
           05  DAY-NUMBER    PIC 9(8).
           05  DAY-TEXT      REDEFINES DAY-NUMBER PIC X(8).
           05  LINES-OF      OCCURS 0 TO 9 DEPENDING ON N.
               10  TAG       PIC X(3).
               10  QUANTITY  PIC S9(4) COMP-5.
";

fn varying_program() -> String {
    let mut text = String::from(
        "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. VALUES2.\n       ENVIRONMENT DIVISION.\n       \
         INPUT-OUTPUT SECTION.\n       FILE-CONTROL.\n           SELECT RECS ASSIGN TO 'values.dat'\n           \
         ORGANIZATION IS SEQUENTIAL.\n       DATA DIVISION.\n       FILE SECTION.\n       FD  RECS RECORD IS VARYING \
         IN SIZE\n           FROM 22 TO 67 CHARACTERS.\n",
    );
    text.push_str(VARYING);
    text.push_str(
        "       WORKING-STORAGE SECTION.\n       01  WHAT PIC X(4).\n       01  I PIC 99.\n       01  K PIC 99.\n       \
         01  A PIC S9(5)V99 SIGN LEADING SEPARATE.\n       01  Q PIC S9(4) SIGN LEADING SEPARATE.\n       \
         PROCEDURE DIVISION.\n           ACCEPT WHAT FROM COMMAND-LINE\n           IF WHAT = 'READ'\n           \
         OPEN INPUT RECS\n           ELSE\n           OPEN OUTPUT RECS\n           END-IF.\n           PERFORM ONE \
         VARYING K FROM 0 BY 1 UNTIL K > 9.\n           CLOSE RECS.\n           STOP RUN.\n       ONE.\n           \
         IF WHAT = 'READ'\n           READ RECS\n           ELSE\n           PERFORM FILL\n           WRITE REC\n           \
         END-IF.\n           DISPLAY N ' ' DAY-TEXT\n           PERFORM VARYING I FROM 1 BY 1 UNTIL I > 3\n           \
         MOVE AMOUNTS (I) TO A\n           DISPLAY A\n           END-PERFORM\n           PERFORM VARYING I FROM 1 BY 1 \
         UNTIL I > N\n           MOVE QUANTITY (I) TO Q\n           DISPLAY TAG (I) Q\n           END-PERFORM.\n       \
         FILL.\n           MOVE K TO N\n           COMPUTE DAY-NUMBER = 20260300 + K\n           PERFORM VARYING I FROM \
         1 BY 1 UNTIL I > 3\n           COMPUTE AMOUNTS (I) = (I - 2) * K * 12.34\n           END-PERFORM\n           \
         PERFORM VARYING I FROM 1 BY 1 UNTIL I > N\n           MOVE I TO TAG (I)\n           COMPUTE QUANTITY (I) = I * \
         100 - K * 99\n           END-PERFORM.\n",
    );
    text
}

/// The lines for the records that the program fills, and what it shows of them.
fn varying_records() -> (String, Vec<String>) {
    let (mut lines, mut shown) = (String::new(), Vec::new());
    for k in 0..10_i128 {
        let amounts: Vec<i128> = (1..=3).map(|i| (i - 2) * k * 1234).collect();
        let quantities: Vec<(i128, i128)> = (1..=k).map(|i| (i, i * 100 - k * 99)).collect();
        let texts: Vec<String> = amounts.iter().map(|amount| decimal(*amount, 2)).collect();
        let rows: Vec<String> =
            quantities.iter().map(|(i, q)| format!("{{\"TAG\":\"{i:02}\",\"QUANTITY\":{q}}}")).collect();
        let day = 20_260_300 + k;
        let _ = writeln!(
            lines,
            "{{\"N\":{k},\"AMOUNTS\":[{}],\"DAY-NUMBER\":{day},\"DAY-TEXT\":\"{day}\",\"LINES-OF\":[{}]}}",
            texts.join(","),
            rows.join(",")
        );
        shown.push(format!("{k:02} {day}"));
        let sign = |value: i128| if value < 0 { '-' } else { '+' };
        shown
            .extend(amounts.iter().map(|a| format!("{}{:05}.{:02}", sign(*a), a.abs() / 100, a.abs() % 100)));
        shown.extend(quantities.iter().map(|(i, q)| format!("{i:02} {}{:04}", sign(*q), q.abs())));
    }
    (lines, shown)
}

#[test]
fn records_of_varying_length_are_those_of_the_compiler() {
    let job = Job::new().text("rec.cpy", VARYING);
    if !compile(job.path(), &varying_program()) {
        return;
    }
    let (lines, shown) = varying_records();
    let framing = ["--recfm", "V", "--rdw", "big,payload"];
    assert_eq!(run(job.path(), &["WRITE"]), shown);
    let theirs = job.read("values.dat");
    convert(&job, "values.dat", "theirs.jsonl", "jsonl", &[&framing[..], &["--verify"]].concat());
    assert_eq!(String::from_utf8(job.read("theirs.jsonl")).unwrap(), lines);
    convert(&job, "theirs.jsonl", "back.dat", "data", &framing);
    assert!(job.read("back.dat") == theirs, "{}", first_difference(&job.read("back.dat"), &theirs));
    job.put("ours.jsonl", lines.as_bytes());
    convert(&job, "ours.jsonl", "values.dat", "data", &framing);
    assert!(job.read("values.dat") == theirs, "{}", first_difference(&job.read("values.dat"), &theirs));
    assert_eq!(run(job.path(), &["READ"]), shown);
}
