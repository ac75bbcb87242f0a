//! `layout --to schema` describes what `convert --to jsonl` writes: random copybooks, random records, and a validator that
//! is not ours.

use std::fmt::Write;

use offhost::copybook::{CopybookOptions, Field, Layout, NumberShape, Shape, Usage, parse};
use offhost::diag::Source;
use serde_json::Value;

use crate::harness::{Job, Random, ebcdic, packed, text, zoned};

const COPYBOOKS: usize = 40;
const RECORDS: usize = 12;

/// Writes copybooks with everything that makes names and types hard.
struct Writer<'r> {
    random: &'r mut Random,
    text: String,
    next: usize,
}

impl Writer<'_> {
    fn copybook(random: &mut Random) -> String {
        let mut writer = Writer { random, text: String::from("       01 REC.\n"), next: 0 };
        writer.line(5, "COUNTER PIC 99");
        for _ in 0..3 + writer.random.below(5) {
            writer.item(5, 0);
        }
        if writer.random.below(2) == 0 {
            writer.line(5, "TAIL OCCURS 0 TO 5 DEPENDING ON COUNTER");
            writer.item(10, 1);
            writer.line(10, "LAST-ONE PIC X");
        }
        writer.text
    }

    fn line(&mut self, level: usize, entry: &str) {
        let _ = writeln!(self.text, "           {level:02} {entry}.");
    }

    /// Often a name that the group may have already, sometimes none.
    fn name(&mut self) -> String {
        self.next += 1;
        match self.random.below(6) {
            0 => "FILLER".to_owned(),
            1 => String::new(),
            2 | 3 => self.random.of(&["SAME", "TWIN"]).to_owned(),
            _ => format!("F{}", self.next),
        }
    }

    fn picture(&mut self) -> String {
        let pictures = [
            "PIC X(7)",
            "PIC 9(5)V99",
            "PIC S9(4)",
            "PIC S9(7)V9(3) COMP-3",
            "PIC 9(4) COMP-3",
            "PIC S9(4) COMP",
            "PIC 9(9)V99 BINARY",
            "PIC S9(9) COMP-5",
            "PIC S9(18)V9(4) COMP-3",
            "PIC 9(31)",
            "PIC 9(3)P(2)",
            "PIC VPP9(3)",
            "PIC ZZ,ZZ9.99-",
            "PIC -(4)9",
            "PIC $$,$$9",
            "PIC X(2)/X(2)",
            "PIC N(4)",
            "COMP-1",
            "COMP-2",
            "POINTER",
            "PIC X(5) JUSTIFIED",
            "PIC 9(5) BLANK WHEN ZERO",
            "PIC S9(3) SIGN LEADING SEPARATE",
        ];
        self.random.of(&pictures).to_owned()
    }

    fn item(&mut self, level: usize, tables: usize) {
        let name = self.name();
        let occurs = if tables < 2 && self.random.below(4) == 0 { " OCCURS 3 TIMES" } else { "" };
        let tables = tables + usize::from(!occurs.is_empty());
        if level < 25 && self.random.below(3) == 0 {
            self.line(level, &format!("{name}{occurs}"));
            for _ in 0..1 + self.random.below(3) {
                self.item(level + 5, tables);
            }
        } else if occurs.is_empty() && !name.is_empty() && name != "FILLER" && self.random.below(4) == 0 {
            let object = format!("O{}", self.next);
            self.line(level, &format!("{object} PIC X(90)"));
            self.line(level, &format!("{name} REDEFINES {object}"));
            let inner = self.picture();
            self.line(level + 5, &format!("SAME {inner}"));
            self.line(level, &format!("FILLER REDEFINES {object}"));
            self.line(level + 5, "TWIN PIC S9(7) COMP-3");
        } else {
            let picture = self.picture();
            self.line(level, &format!("{name} {picture}{occurs}"));
        }
    }
}

/// Bytes that are a value of an elementary item, or `None` for what is left as it is.
fn value(field: &Field, random: &mut Random) -> Option<Vec<u8>> {
    let length = field.length;
    let bytes = |random: &mut Random| (0..length).map(|_| random.below(256) as u8).collect();
    match field.shape {
        Shape::Number(NumberShape { usage: Usage::Binary(_), .. }) | Shape::Address | Shape::National => {
            Some(bytes(random))
        }
        Shape::Number(shape) => {
            let digits = usize::from(shape.digits);
            let limit = 10_i128.pow(shape.digits.into());
            let any = i128::from(random.next()) % limit;
            let value = random.of(&[0, 1, limit - 1, any]);
            let value = if shape.signed && random.below(2) == 0 { -value } else { value };
            match shape.usage {
                Usage::Packed => Some(packed(value, digits, shape.signed)),
                Usage::Zoned(_) if length == digits => Some(zoned(value, digits, shape.signed)),
                _ => Some(ebcdic(&format!("{}{:0digits$}", if value < 0 { '-' } else { '+' }, value.abs()))),
            }
        }
        Shape::Float(_) => Some([&[0x42, 0x7B][..], &vec![0x33; length - 2]].concat()),
        Shape::Text if random.below(2) == 0 => Some(bytes(random)),
        Shape::Text => Some(text("Ab \"x", length.max(5))[..length].to_vec()),
        _ => None,
    }
}

/// Every occurrence of every item filled; views of storage that another item has are not looked at.
fn record(layout: &Layout, initial: &[u8], random: &mut Random) -> Vec<u8> {
    let mut record = initial.to_vec();
    let is_view = |field: &Field| {
        let mut all = std::iter::successors(Some(field), |field| field.parent.map(|id| layout.field(id)));
        all.any(|field| field.redefines.is_some())
    };
    for (_, field) in layout.fields().filter(|(_, field)| field.children.is_empty() && !is_view(field)) {
        let places = field.dims.iter().fold(vec![field.offset], |places, dim| {
            let all = |at: usize| (0..dim.max as usize).map(move |index| at + index * dim.stride);
            places.into_iter().flat_map(all).collect()
        });
        for place in places {
            if let Some(bytes) = value(field, random) {
                record[place..place + field.length].copy_from_slice(&bytes);
            }
        }
    }
    record[..2].copy_from_slice(&zoned(random.below(6) as i128, 2, false));
    record
}

/// What the validator finds wrong.
fn faults(validator: &jsonschema::Validator, line: &Value) -> Vec<String> {
    validator.iter_errors(line).map(|error| format!("{error} at {}", error.instance_path())).collect()
}

#[test]
fn every_line_of_convert_is_as_the_schema_says() {
    let mut random = Random::new(77);
    let (mut lines, mut nulls) = (0, 0);
    for _ in 0..COPYBOOKS {
        let copybook = Writer::copybook(&mut random);
        let (layout, found) = parse(&Source::new("r.cpy", copybook.clone()), &CopybookOptions::default());
        let layout = layout.unwrap_or_else(|| panic!("{copybook}\n{:?}", found.list()));
        let job = Job::new().text("r.cpy", &copybook).text("full.jsonl", "{\"COUNTER\":5}\n");
        let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
        let cpy = path("r.cpy");
        let convert = |from: &str, to: &str, form: &str| {
            job.offhost(&["convert", &path(from), "-c", &cpy, "--to", form, "-q", "-o", &path(to)]).status(0);
        };
        let schema = job.offhost(&["layout", &cpy, "--to", "schema"]).status(0).json();
        let validator = jsonschema::draft7::new(&schema).unwrap();
        convert("full.jsonl", "initial", "data");
        let initial = job.read("initial");
        assert_eq!(initial.len(), layout.length(), "{copybook}");
        let records: Vec<Vec<u8>> = (0..RECORDS).map(|_| record(&layout, &initial, &mut random)).collect();
        job.put("data", &[initial, records.concat()].concat());
        convert("data", "out.jsonl", "jsonl");
        let out = String::from_utf8(job.read("out.jsonl")).unwrap();
        for line in out.lines() {
            let mut value: Value = serde_json::from_str(line).unwrap();
            let found = faults(&validator, &value);
            assert!(found.is_empty(), "{found:#?}\n{line}\n{copybook}\n{schema:#}");
            lines += 1;
            nulls += usize::from(line.contains(":null"));
            // The schema is not one that takes everything.
            value["NOT-THERE"] = Value::Null;
            assert!(!validator.is_valid(&value), "{schema:#}");
            let members = value.as_object_mut().unwrap();
            members.remove("NOT-THERE");
            members.insert("COUNTER".to_owned(), Value::from("three"));
            assert!(!validator.is_valid(&value), "{schema:#}");
            value.as_object_mut().unwrap().remove("COUNTER");
            assert!(!validator.is_valid(&value), "{schema:#}");
        }
    }
    assert_eq!(lines, COPYBOOKS * (RECORDS + 1));
    assert!(nulls > 0, "no view held bytes that are no number of its own");
}

#[test]
fn several_records_are_told_apart_by_their_kind() {
    let copybook = "       01 HEAD.\n           05 TAG PIC X.\n           05 N PIC 9(3).\n       01 BODY.\n           05 TAG \
                    PIC X.\n           05 N PIC X(3).\n";
    let job = Job::new().text("r.cpy", copybook).file("data", &ebcdic("H001B0A2"));
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let schema = job.offhost(&["layout", &path("r.cpy"), "--to", "schema"]).status(0).json();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let kinds = ["--record", "HEAD: TAG OF HEAD = 'H'", "--record", "BODY"];
    let (data, cpy) = (path("data"), path("r.cpy"));
    let run = [&["convert", &data, "-c", &cpy, "--to", "jsonl"][..], &kinds].concat();
    let out = job.offhost(&run).status(0).stdout;
    let values: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(values.len(), 2);
    for value in values {
        assert!(faults(&validator, &value).is_empty(), "{value}\n{schema:#}");
        let mut other = value.clone();
        other["_record"] = Value::from(if value["_record"] == "HEAD" { "BODY" } else { "HEAD" });
        assert!(!validator.is_valid(&other), "{other}");
    }
    assert!(validator.is_valid(&serde_json::json!({"_frame": "=0D0A"})));
    assert!(!validator.is_valid(&serde_json::json!({"_frame": "0D0A"})));
}

#[test]
fn bytes_between_records_are_a_line_of_their_own() {
    let job = Job::new()
        .text("r.cpy", "       01 R.\n           05 A PIC X(3).\n")
        .file("data", &ebcdic("++ABCDEF-"));
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let schema = job.offhost(&["layout", &path("r.cpy"), "--to", "schema"]).status(0).json();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let (data, cpy) = (path("data"), path("r.cpy"));
    let run = ["convert", &data, "-c", &cpy, "--to", "jsonl", "--skip-head", "2", "--skip-tail", "1"];
    let out = job.offhost(&run).status(0).stdout;
    let values: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(values.iter().any(|value| value.get("A").is_none()), "{out}");
    for value in values {
        assert!(faults(&validator, &value).is_empty(), "{value}\n{schema:#}");
    }
}
