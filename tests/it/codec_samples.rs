//! The samples of other readers, through the binary: record formats, code pages and numbers of many origins, each with the
//! options that describe its file. Every one becomes JSON Lines and CSV, and comes back byte for byte.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::harness::{Job, first_difference, material, samples};

/// What a sample needs beyond its options, and why.
enum Extra {
    /// More flags.
    Add(&'static [&'static str]),
    /// Its segment field is a number, so it is compared with numbers.
    NumericSegments,
}

const EXTRAS: &[(&str, Extra, &str)] = &[
    ("A08", Extra::Add(&["--edited", "lenient"]), "signs that editing would not give"),
    ("A21", Extra::Add(&["--bad-numbers", "null"]), "FLOOR holds X'F3F300'"),
    ("A22", Extra::Add(&["--bad-numbers", "null"]), "blanks and letters in numbers are its subject"),
    ("B08", Extra::Add(&["--bad-numbers", "null"]), "signs in unsigned fields, which are errors there"),
    ("B09", Extra::Add(&["--bad-numbers", "null"]), "signs in unsigned fields, which are errors there"),
    ("B35", Extra::Add(&["--bad-numbers", "null"]), "its last number has a nibble that is no digit"),
    ("C06", Extra::Add(&["--skip-tail", "1"]), "a byte is left behind the last record"),
    ("C17", Extra::Add(&["--bad-numbers", "null"]), "a blank in front of the digits of N12"),
    ("D01", Extra::NumericSegments, "CLIENT-TYPE is binary"),
    ("E03", Extra::Add(&["--zoned-blanks"]), "blanks in front of the digits of DTAR107-CUST-NO"),
];

/// Keys that describe the copybook or the file without changing how it is read.
const SILENT: &[&str] = &["record_padding", "overpunch", "comp_0", "binary_endian"];

fn options(folder: &Path) -> Table {
    std::fs::read_to_string(folder.join("options.toml")).unwrap().parse().unwrap()
}

/// A string as it stands, a number in digits.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        other => panic!("{other:?} is neither a text nor a number"),
    }
}

fn is_true(table: &Table, key: &str, otherwise: bool) -> bool {
    table.get(key).map_or(otherwise, |value| value.as_bool().unwrap())
}

/// `TEXT=NUMBER,..` of a table.
fn pairs(table: &Value) -> String {
    let pairs = table.as_table().unwrap().iter().map(|(key, value)| format!("{key}={}", word(value)));
    pairs.collect::<Vec<_>>().join(",")
}

/// `big` or `little`, and `,payload`.
fn descriptor(options: &Table, of: &str) -> String {
    let endian = options.get(&format!("{of}_endian")).map_or("big".to_owned(), word);
    let payload = if is_true(options, &format!("{of}_includes_header"), true) { "" } else { ",payload" };
    format!("{endian}{payload}")
}

/// The flags of convert that say what the keys say, by the table in docs/convert.md.
struct Flags<'o> {
    options: &'o Table,
    flags: Vec<String>,
}

impl Flags<'_> {
    fn push(&mut self, flag: &str, value: impl Into<String>) {
        self.flags.extend([flag.to_owned(), value.into()]);
    }

    /// A key whose value is that of a flag.
    fn plain(&mut self, key: &str, flag: &str) {
        if let Some(value) = self.options.get(key) {
            self.push(flag, word(value));
        }
    }

    fn framing(&mut self) {
        let options = self.options;
        let recfm = options.get("recfm").map_or("F".to_owned(), word);
        if recfm == "custom" {
            self.header();
        } else {
            self.push("--recfm", recfm.as_str());
        }
        match options.get("lrecl") {
            Some(Value::String(_)) => self.push("--length", "computed"),
            Some(length) => self.push("--lrecl", word(length)),
            None => {}
        }
        if recfm.starts_with('V') {
            self.push("--rdw", descriptor(options, "rdw"));
        }
        if options.contains_key("bdw_endian") || is_true(options, "bdw", false) {
            self.push("--bdw", descriptor(options, "bdw"));
        }
        for key in ["file_skip_head", "file_skip_tail", "record_skip_head", "record_skip_tail"] {
            self.plain(key, &format!("--{}", key.trim_start_matches("file_").replace('_', "-")));
        }
        self.plain("block_length", "--blksize");
        self.plain("record_length_field", "--length-field");
        self.plain("record_length_adjust", "--length-adjust");
        self.plain("record_length_expression", "--length-expression");
        self.plain("empty_lines", "--empty-lines");
        if let Some(map) = options.get("record_length_map") {
            self.push("--length-map", pairs(map));
        }
    }

    fn header(&mut self) {
        let mut header = format!("length={}", word(&self.options["header_length"]));
        if let Some(valid) = self.options.get("header_valid_byte") {
            header += &format!(",keep={}:{}", word(&valid["offset"]), word(&valid["value"]));
        }
        if let Some(length) = self.options.get("header_length_byte") {
            header += &format!(",size={}:{}", word(&length["offset"]), word(&length["size"]));
        }
        self.push("--recfm", "F");
        self.push("--header", header);
    }

    fn meaning(&mut self) {
        let options = self.options;
        self.plain("encoding", "--code-page");
        self.plain("float", "--float");
        for (field, page) in options.get("field_encoding").and_then(Value::as_table).into_iter().flatten() {
            self.push("--field-page", format!("{field}={}", word(page)));
        }
        for (key, value) in options {
            let value_text = value.as_str().unwrap_or_default();
            match (key.as_str(), value_text) {
                ("odo", "variable") => self.push("--odo", "counted"),
                ("odo", "maximum") => self.push("--odo", "maximum"),
                ("unsigned_overpunch", "error") => self.push("--unsigned-sign", "error"),
                ("display_blanks", "trim") => self.flags.push("--zoned-blanks".to_owned()),
                ("edited", "number") => self.push("--edited", "lenient"),
                ("decimal_point", "comma") => self.flags.push("--decimal-point-is-comma".to_owned()),
                ("national", "utf-16be") => self.push("--national", "big"),
                ("national", "utf-16le") => self.push("--national", "little"),
                ("on_invalid", "null and report") => self.push("--bad-numbers", "null"),
                _ => {}
            }
        }
    }

    fn kinds(&mut self, quote: &str) {
        let options = self.options;
        let tables = |key| options.get(key).and_then(Value::as_table).into_iter().flatten();
        for (table, texts) in tables("occurs_mapping") {
            self.push("--counter", format!("{table}:{}", pairs(texts)));
        }
        for (view, values) in tables("segments") {
            let field = word(&options["segment_field"]);
            let values = values.as_array().unwrap().iter();
            let conditions: Vec<String> =
                values.map(|value| format!("{field} = {quote}{}{quote}", word(value))).collect();
            self.push("--view", format!("{view}: {}", conditions.join(" OR ")));
        }
        for (view, condition) in tables("redefine_rules") {
            self.push("--view", format!("{view}: {}", word(condition)));
        }
        for kind in options.get("record_types").and_then(Value::as_array).into_iter().flatten() {
            self.push("--record", format!("{}: {}", word(&kind["record"]), word(&kind["where"])));
        }
    }
}

/// Every key is one that flags say, or is known to say nothing.
fn assert_known(name: &str, options: &Table) {
    const KNOWN: &str = " recfm lrecl encoding float field_encoding odo unsigned_overpunch display_blanks edited \
        decimal_point national on_invalid empty_lines occurs_mapping segment_field segments redefine_rules record_types \
        rdw_endian rdw_includes_header bdw bdw_endian bdw_includes_header block_length file_skip_head file_skip_tail \
        record_skip_head record_skip_tail record_length_field record_length_adjust record_length_map \
        record_length_expression header_length header_valid_byte header_length_byte ";
    for key in options.keys() {
        let known = KNOWN.contains(&format!(" {key} ")) || SILENT.contains(&key.as_str());
        assert!(known, "{name}: what does {key} mean to convert?");
    }
}

fn flags(name: &str, options: Table) -> Vec<String> {
    assert_known(name, &options);
    let extras = || EXTRAS.iter().filter(|(sample, ..)| name.starts_with(sample)).map(|(_, extra, _)| extra);
    let mut quote = "'";
    for extra in extras() {
        match extra {
            Extra::NumericSegments => quote = "",
            Extra::Add(_) => {}
        }
    }
    let mut flags = Flags { options: &options, flags: Vec::new() };
    flags.framing();
    flags.meaning();
    flags.kinds(quote);
    for extra in extras() {
        if let Extra::Add(more) = extra {
            // The same flag again would be refused.
            if !flags.flags.iter().any(|flag| *flag == more[0]) {
                flags.flags.extend(more.iter().map(|&flag| flag.to_owned()));
            }
        }
    }
    flags.flags
}

/// A sample that has been to JSON Lines and CSV and back.
struct Sample {
    data: Vec<u8>,
    lines: Vec<String>,
}

impl Sample {
    fn convert(samples: &Path, name: &str) -> Sample {
        let folder = samples.join(name);
        let flags = flags(name, options(&folder));
        let copybook = folder.join("copybook.cpy");
        let data = folder.join("data.bin");
        let job = Job::new();
        let run = |input: &Path, to: &str, output: &str, more: &[&str]| {
            let output = job.path().join(output);
            let mut arguments = vec!["convert", input.to_str().unwrap(), "-c", copybook.to_str().unwrap()];
            arguments.extend(["--to", to, "-o", output.to_str().unwrap(), "-q"]);
            arguments.extend(more);
            arguments.extend(flags.iter().map(String::as_str));
            let run = job.offhost(&arguments);
            assert_eq!(run.status, 0, "{name} to {to}\n{flags:?}\n{}", run.stderr);
            output
        };
        let bytes = std::fs::read(&data).unwrap();
        let lines = run(&data, "jsonl", "out.jsonl", &["--verify"]);
        let rows = run(&data, "csv", "out.csv", &["--notes"]);
        for (text, back) in [(&lines, "lines.back"), (&rows, "rows.back")] {
            let more: &[&str] = if back == "rows.back" { &["--notes"] } else { &[] };
            let found = std::fs::read(run(text, "data", back, more)).unwrap();
            assert!(found == bytes, "{name}, {back}: {}\n{flags:?}", first_difference(&found, &bytes));
        }
        let lines = std::fs::read_to_string(lines).unwrap().lines().map(str::to_owned).collect();
        Sample { data: bytes, lines }
    }

    /// The value of a member, as it is written; the first one of that name.
    fn value(&self, record: usize, name: &str) -> &str {
        let line = &self.lines[record];
        let key = format!("\"{name}\":");
        let start = line.find(&key).unwrap_or_else(|| panic!("{name} is not in {line}")) + key.len();
        let rest = &line[start..];
        let end = match rest.as_bytes()[0] {
            b'"' => rest[1..].find('"').unwrap() + 2,
            b'[' => rest.find(']').unwrap() + 1,
            _ => rest.find([',', '}']).unwrap(),
        };
        &rest[..end]
    }

    #[track_caller]
    fn expect(&self, record: usize, wanted: &[(&str, &str)]) {
        for (name, value) in wanted {
            assert_eq!(self.value(record, name), *value, "{name}");
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    samples(folder).iter().map(name).collect()
}

fn sample(start: &str) -> Option<Sample> {
    let samples = material("codec")?;
    let name = names(&samples).into_iter().find(|name| name.starts_with(start)).unwrap();
    Some(Sample::convert(&samples, &name))
}

#[test]
fn every_sample_comes_back_from_json_lines_and_csv() {
    let Some(samples) = material("codec") else { return };
    let names = names(&samples);
    assert!(names.len() >= 75, "{}", names.len());
    for (name, ..) in EXTRAS {
        assert!(names.iter().any(|sample| sample.starts_with(name)), "{name} is not there");
    }
    for name in &names {
        let sample = Sample::convert(&samples, name);
        assert!(!sample.lines.is_empty(), "{name}");
    }
}

/// Sign, excess-64 exponent of 16, fraction: the value to the precision of a binary float.
fn hex_float(bytes: &[u8]) -> f64 {
    let fraction = bytes[1..].iter().fold(0.0, |value, &byte| value * 256.0 + f64::from(byte));
    let digits = i32::try_from(bytes.len() - 1).unwrap() * 2;
    let magnitude = fraction * 16f64.powi(i32::from(bytes[0] & 0x7F) - 64 - digits);
    if bytes[0] & 0x80 == 0 { magnitude } else { -magnitude }
}

/// Half of the last of six hexadecimal digits of which the first may be 1: what the shortest decimal may differ by.
const HALF_DIGIT: f64 = 0.5 / 1_048_576.0;

#[track_caller]
fn close(text: &str, wanted: f64, relative: f64) {
    let found: f64 = text.parse().unwrap();
    assert!((found - wanted).abs() <= relative * wanted.abs(), "{text} is not {wanted}");
}

#[test]
fn hexadecimal_floats_have_their_values() {
    for (name, length, precision) in [("C15", 4, HALF_DIGIT), ("C16", 8, 1e-15)] {
        let Some(sample) = sample(name) else { return };
        let records: Vec<&[u8]> = sample.data.chunks(length).collect();
        assert_eq!(records.len(), sample.lines.len());
        for (index, record) in records.into_iter().enumerate() {
            close(sample.value(index, "F"), hex_float(record), precision);
        }
    }
    let (Some(big), Some(little)) = (sample("B01"), sample("B02")) else { return };
    assert_eq!(big.lines, little.lines, "the order of bytes changes no value");
    for line in 0..big.lines.len() {
        // X'43142EFC' is X'142EFC' / 16**3.
        close(big.value(line, "F"), 1_322_748.0 / 4096.0, HALF_DIGIT);
        close(big.value(line, "D"), hex_float(&big.data[line * 16 + 8..][..8]), 1e-15);
    }
}

#[test]
fn ieee_floats_are_those_of_the_machine() {
    let (Some(big), Some(little)) = (sample("B03"), sample("B04")) else { return };
    assert_eq!(big.lines, little.lines, "the order of bytes changes no value");
    for (index, record) in big.data.chunks(16).enumerate() {
        let short = f32::from_be_bytes(record[4..8].try_into().unwrap());
        let long = f64::from_be_bytes(record[8..].try_into().unwrap());
        assert_eq!(big.value(index, "F").parse(), Ok(short));
        assert_eq!(big.value(index, "D").parse(), Ok(long));
    }
}

#[test]
fn scaled_numbers_have_their_zeros() {
    let (Some(zoned), Some(packed)) = (sample("B11"), sample("B12")) else { return };
    let fraction = "0.0123456789012345";
    zoned.expect(0, &[("N1", fraction), ("N2", fraction), ("N3", fraction), ("N4", "1234567890123450")]);
    let negative = "-0.0234567890123456";
    zoned
        .expect(1, &[("N1", negative), ("N2", negative), ("N3", &negative[1..]), ("N4", "2345678901234560")]);
    packed.expect(0, &[("N1", "0.0006547"), ("N2", "0.0006547")]);
}

#[test]
fn national_text_in_either_order() {
    let (Some(big), Some(little)) = (sample("B13"), sample("B14")) else { return };
    assert_eq!(big.lines, little.lines, "the order of bytes changes no value");
    big.expect(0, &[("X", "\"123\""), ("N", "\"123\"")]);
    big.expect(1, &[("X", "\"abc\""), ("N", "\"abc\"")]);
}

#[test]
fn edited_numbers_with_a_decimal_comma() {
    let Some(sample) = sample("B25") else { return };
    for (index, value) in ["112.34", "-23.45", "5.00"].iter().enumerate() {
        sample.expect(index, &[("N", value)]);
    }
}

#[test]
fn numbers_of_37_digits_are_whole() {
    let Some(sample) = sample("A08") else { return };
    for (index, record) in sample.data.chunks(1493).enumerate() {
        // 4 bytes of ID, 10 of STRING-VAL and 127 of thirteen shorter numbers come before.
        let digits = |range: std::ops::Range<usize>| -> String {
            record[range].iter().map(|byte| char::from(b'0' + (byte & 0x0F))).collect()
        };
        let shown = |digits: &str| match digits.trim_start_matches('0') {
            "" => "0".to_owned(),
            rest => rest.to_owned(),
        };
        sample.expect(index, &[("NUM-STR-INT14", &shown(&digits(141..178)))]);
        let sign = if record[340] >> 4 == 0xD { "-" } else { "" };
        let signed = format!("{sign}{}", shown(&digits(304..341)));
        sample.expect(index, &[("NUM-STR-SINT14", &signed)]);
    }
}

#[test]
fn every_type_of_one_record() {
    let Some(sample) = sample("C10") else { return };
    let wanted = [
        ("S-STRING", "\"ABCD\""),
        ("S-SHORT", "-932"),
        ("S-USHORT", "15"),
        ("S-INT", "78906"),
        ("S-UINT", "452"),
        ("S-LONG", "-4532456"),
        ("S-ULONG", "7800056"),
        ("S-XLONG", "87554907654321"),
        ("S-UXLONG", "564678008321"),
        ("S-DEC", "75.45"),
        ("A-STRING", "[\"ABCD\",\"ABCD\"]"),
        ("A-SHORT", "[-932,-932]"),
        ("A-XLONG", "[87554907654321,87554907654321]"),
    ];
    sample.expect(0, &wanted);
    close(sample.value(0, "S-FLOAT"), 345_006.562_5, HALF_DIGIT);
    close(sample.value(0, "S-DOUBLE"), hex_float(&sample.data[81..89]), 1e-15);
}
