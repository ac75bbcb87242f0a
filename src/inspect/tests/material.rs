//! Small files of many systems, where they lie beside the repository: their `options.toml` says the truth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::convert::ReadOptions;
use crate::copybook::{CopybookOptions, Layout};
use crate::dataset::{DatasetFormat, FormatOptions, HeaderOptions, Reader};
use crate::diag::Source;
use crate::encoding::CodePage;
use crate::inspect::{Report, inspect};
use crate::record::{Length, RecordLength, RecordStart};
use crate::sys::RealFs;

/// Files whose truth is not in their bytes.
const UNKNOWABLE: [(&str, &str); 4] = [
    ("A24", "the counter is a text, and what its values stand for is nowhere in the file"),
    ("B31", "the length is an expression of two fields, of which there are endless ones"),
    ("B32", "the length is looked up in a table by the record type; the table is nowhere in the file"),
    ("B37", "nearly every field is damaged on purpose: nothing but the size speaks for the copybook"),
];

/// Files in which a copybook is needed to see where records begin and end.
const NEED_COPYBOOK: [(&str, &str); 2] = [
    ("A18", "how many of the bytes around the records stand before the first one is for the fields to say"),
    ("D01", "two kinds of records alternate, so that it repeats every second record"),
];

struct Rule(fn(&[u8]) -> usize);

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rule")
    }
}

impl RecordLength for Rule {
    fn length(&self, record: RecordStart<'_>) -> crate::diag::Result<Length> {
        let seen = if record.at_end { record.bytes.len() } else { 8 };
        let known = record.bytes.len() >= seen;
        Ok(if known { Length::Known((self.0)(record.bytes)) } else { Length::NeedAtLeast(seen) })
    }
}

fn folders() -> Option<Vec<PathBuf>> {
    let root = std::env::var_os("OFFHOST_MATERIAL")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/material"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(root.join("codec")) else {
        eprintln!("SKIPPED: {} has no codec; set OFFHOST_MATERIAL to check it", root.display());
        return None;
    };
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("data.bin").is_file()).collect();
    folders.sort();
    Some(folders)
}

/// `key = value` of each line, quotes taken off.
fn keys(folder: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(folder.join("options.toml")).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once(" = "));
    pairs.map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned())).collect()
}

fn table(text: &str) -> Vec<(String, u64)> {
    let pairs = text.trim_matches(['{', '}', ' ']).split(", ").map(|pair| pair.split_once(" = ").unwrap());
    pairs.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

/// The true format.
fn truth(name: &str, keys: &BTreeMap<String, String>, layout: &Layout) -> DatasetFormat {
    let get = |key: &str| keys.get(key).map(String::as_str);
    let number = |key: &str| get(key).and_then(|value| value.parse::<u64>().ok());
    let word = |of: &str| {
        let payload = get(&format!("{of}_includes_header")) == Some("false");
        Some(format!("{}{}", get(&format!("{of}_endian"))?, if payload { ",payload" } else { "" }))
    };
    let mut options = FormatOptions {
        recfm: get("recfm").filter(|recfm| *recfm != "custom").map(str::to_owned),
        lrecl: number("lrecl"),
        rdw: word("rdw"),
        bdw: word("bdw"),
        empty_lines: get("empty_lines").map(str::to_owned),
        skip_head: number("file_skip_head"),
        skip_tail: number("file_skip_tail"),
        length: get("lrecl").filter(|lrecl| lrecl.starts_with("computed")).map(|_| "computed".to_owned()),
        length_field: get("record_length_field").map(str::to_owned),
        length_adjust: get("record_length_adjust").map(|adjust| adjust.parse().unwrap()),
        length_map: get("record_length_map").map(table),
        ..FormatOptions::default()
    };
    if let Some(length) = number("header_length") {
        let (keep, size) = (table(&keys["header_valid_byte"]), table(&keys["header_length_byte"]));
        let keep = Some((keep[0].1, u8::try_from(keep[1].1).unwrap()));
        options.header = Some(HeaderOptions { length, keep, size: Some((size[0].1, size[1].1, false)) });
    }
    let digit = |rule: fn(&[u8]) -> usize| Some(Arc::new(Rule(rule)) as Arc<dyn RecordLength>);
    match name {
        "B29" => (options.lrecl, options.length_first, options.length_last) = (Some(10), Some(10), Some(8)),
        "C06" => options.skip_tail = Some(1),
        "B31" => options.rule = digit(|bytes| usize::from((bytes[0] & 15) + (bytes[1] & 15) - 1)),
        "A24" => (options.length, options.rule) = (None, digit(|b| if b[1] == b'A' { 3 } else { 5 })),
        "B05" => (options.length, options.rule) = (None, digit(|b| 4 + 4 * usize::from(b[3] & 15))),
        _ => {}
    }
    let page = if keys["encoding"] == "ascii" { CodePage::LATIN1 } else { CodePage::CP037 };
    let record = crate::record::RecordFormat { layout: Arc::new(layout.clone()), page };
    let needed = options.length.is_some() || options.length_field.is_some();
    options.format(Some(&record).filter(|_| needed), page).unwrap().unpadded()
}

fn layout(folder: &Path) -> Layout {
    let text = std::fs::read_to_string(folder.join("copybook.cpy")).unwrap();
    let source = Source::new("copybook.cpy", text);
    crate::copybook::parse(&source, &CopybookOptions::default()).0.unwrap()
}

/// The records of a file, each with its offset.
fn records(path: &Path, format: DatasetFormat) -> Vec<(u64, Vec<u8>)> {
    let mut found = Vec::new();
    let Ok(mut reader) = Reader::open(&RealFs, "T", path, format) else { return found };
    while let Ok(Some(block)) = reader.next_block() {
        found.extend(block.slots().map(|(slot, record)| (block.offset(slot), record.to_vec())));
    }
    found
}

fn shown(report: &Report) -> String {
    report.verdict.as_ref().map_or("nothing fits".to_owned(), |verdict| {
        format!("{} ({:.2}) {}", verdict.label, verdict.score, verdict.flags.join(" "))
    })
}

/// The records of the verdict are those of the truth.
fn is_right(path: &Path, report: &Report, layout: Option<&Layout>, truth: DatasetFormat) -> bool {
    let Some(verdict) = &report.verdict else { return false };
    let format = match layout {
        Some(layout) => match verdict.options.resolve("T", layout.clone()) {
            Ok(readable) => readable.format,
            Err(_) => return false,
        },
        None => match verdict.options.format.format(None, CodePage::CP037) {
            Ok(format) => format.unpadded(),
            Err(_) => return false,
        },
    };
    let (wanted, found) = (records(path, truth), records(path, format));
    !wanted.is_empty() && wanted == found
}

#[test]
fn with_their_copybooks_files_are_recognised() {
    let Some(folders) = folders() else { return };
    let (mut wrong, mut right, mut families) = (Vec::new(), 0, Vec::new());
    for folder in folders {
        let name = folder.file_name().unwrap().to_str().unwrap()[..3].to_owned();
        let (keys, layout, path) = (keys(&folder), layout(&folder), folder.join("data.bin"));
        let report = inspect(&RealFs, &path, Some(&layout), &ReadOptions::default()).unwrap();
        let truth = truth(&name, &keys, &layout);
        if is_right(&path, &report, Some(&layout), truth) {
            right += 1;
        } else {
            wrong.push((name.clone(), shown(&report)));
        }
        let page =
            report.verdict.as_ref().and_then(|verdict| verdict.options.code_page.clone()).unwrap_or_default();
        if (page == "latin-1") != (keys["encoding"] == "ascii") {
            families.push((name, page));
        }
    }
    let known = |name: &str| UNKNOWABLE.iter().any(|(unknowable, _)| *unknowable == name);
    let unknown: Vec<_> = wrong.iter().filter(|(name, _)| !known(name)).collect();
    println!("{right} right; wrong: {wrong:#?}; families: {families:?}");
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(right >= 80, "{right}");
    assert!(families.len() <= 3, "{families:?}");
}

#[test]
fn without_copybooks_the_marks_and_lengths_are_found() {
    let Some(folders) = folders() else { return };
    let (mut wrong, mut right) = (Vec::new(), 0);
    for folder in folders {
        let name = folder.file_name().unwrap().to_str().unwrap()[..3].to_owned();
        let (keys, layout, path) = (keys(&folder), layout(&folder), folder.join("data.bin"));
        let truth = truth(&name, &keys, &layout);
        let count = records(&path, truth.clone()).len();
        // Without marks or a copybook a rule in the records cannot be found, nor what few records are.
        if truth.framing.length.is_some()
            || truth.framing.header.is_some()
            || count < 20
            || NEED_COPYBOOK.iter().any(|(needs, _)| *needs == name)
        {
            continue;
        }
        let report = inspect(&RealFs, &path, None, &ReadOptions::default()).unwrap();
        if is_right(&path, &report, None, truth) {
            right += 1;
        } else {
            wrong.push((name, shown(&report)));
        }
    }
    println!("{right} right; wrong: {wrong:#?}");
    assert!(wrong.is_empty() && right >= 20, "{right} {wrong:#?}");
}
