//! Small files of many systems, where they lie beside the repository.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::copybook::CopybookOptions;
use crate::diag::Source;
use crate::record::{Length, RecordFormat, RecordLength, RecordStart};

/// Folders without data.
const WITHOUT_DATA: [&str; 2] = ["D03", "D04"];

/// Numbers of records counted by hand or stated where the file comes from.
const COUNTED: [(&str, usize); 23] = [
    ("A17", 1000),
    ("A18", 50),
    ("A23", 5),
    ("A24", 2),
    ("B05", 2),
    ("B07", 4),
    ("B15", 4),
    ("B16", 2),
    ("B17", 2),
    ("B18", 20),
    ("B19", 4),
    ("B20", 4),
    ("B21", 3),
    ("B26", 3),
    ("B28", 3),
    ("B29", 4),
    ("B30", 3),
    ("B31", 3),
    ("B32", 3),
    ("C04", 3),
    ("C05", 1),
    ("C06", 6),
    ("D01", 61),
];

/// A rule as a caller makes it, where the job's own options do not reach: expressions, counters that are text.
struct Rule(fn(&[u8]) -> usize);

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rule")
    }
}

impl RecordLength for Rule {
    fn length(&self, record: RecordStart<'_>) -> Result<Length> {
        let seen = if record.at_end { record.bytes.len() } else { 8 };
        Ok(if record.bytes.len() < seen {
            Length::NeedAtLeast(seen)
        } else {
            Length::Known((self.0)(record.bytes))
        })
    }
}

fn folders() -> Option<Vec<PathBuf>> {
    let root = std::env::var_os("OFFHOST_MATERIAL")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/material"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(root.join("codec")) else {
        eprintln!("SKIPPED: {} has no codec; set OFFHOST_MATERIAL to check it", root.display());
        return None;
    };
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("copybook.cpy").is_file())
        .collect();
    folders.sort();
    Some(folders)
}

/// `key = value` of each line, quotes taken off.
fn keys(folder: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(folder.join("options.toml")).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once(" = "));
    pairs.map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned())).collect()
}

/// The numbers of `{ a = 1, b = 2 }`.
fn table(text: &str) -> Vec<(String, u64)> {
    let pairs = text.trim_matches(['{', '}', ' ']).split(", ").map(|pair| pair.split_once(" = ").unwrap());
    pairs.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

/// Our options for those of a folder.
fn mapped(name: &str, keys: &BTreeMap<String, String>) -> FormatOptions {
    let get = |key: &str| keys.get(key).map(String::as_str);
    let number = |key: &str| get(key).and_then(|value| value.parse::<u64>().ok());
    let word = |of: &str| {
        let endian = get(&format!("{of}_endian"))?;
        let payload = get(&format!("{of}_includes_header")) == Some("false");
        Some(format!("{endian}{}", if payload { ",payload" } else { "" }))
    };
    let mut options = FormatOptions {
        recfm: get("recfm").filter(|recfm| *recfm != "custom").map(str::to_owned),
        lrecl: number("lrecl"),
        blksize: number("block_length"),
        rdw: word("rdw"),
        bdw: word("bdw"),
        empty_lines: get("empty_lines").map(str::to_owned),
        skip_head: number("file_skip_head"),
        skip_tail: number("file_skip_tail"),
        record_skip_head: number("record_skip_head"),
        record_skip_tail: number("record_skip_tail"),
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
        "B29" => {
            (options.lrecl, options.length_first, options.length_last) = (Some(10), Some(10), Some(8));
        }
        // Behind its last record this file has a byte more.
        "C06" => options.skip_tail = Some(1),
        "B31" => options.rule = digit(|bytes| usize::from((bytes[0] & 15) + (bytes[1] & 15) - 1)),
        "A24" => (options.length, options.rule) = (None, digit(|b| if b[1] == b'A' { 3 } else { 5 })),
        "B05" => (options.length, options.rule) = (None, digit(|b| 4 + 4 * usize::from(b[3] & 15))),
        _ => {}
    }
    options
}

fn copybook(folder: &Path, page: CodePage) -> Option<RecordFormat> {
    let text = std::fs::read_to_string(folder.join("copybook.cpy")).unwrap();
    let (layout, _) = crate::copybook::parse(&Source::new("copybook.cpy", text), &CopybookOptions::default());
    layout.map(|layout| RecordFormat { layout: Arc::new(layout), page })
}

#[test]
fn files_of_other_systems() {
    let Some(folders) = folders() else { return };
    assert_eq!(folders.len(), 90);
    let place = tempfile::tempdir().unwrap();
    let (mut waiting, mut counted) = (Vec::new(), 0);
    for folder in folders {
        let name = folder.file_name().unwrap().to_str().unwrap()[..3].to_owned();
        let Ok(file) = std::fs::read(folder.join("data.bin")) else {
            assert!(WITHOUT_DATA.contains(&name.as_str()), "{name}");
            continue;
        };
        let keys = keys(&folder);
        let page = if keys["encoding"] == "ascii" { CodePage::LATIN1 } else { CodePage::CP037 };
        let options = mapped(&name, &keys);
        let record = if options.length.is_some() || options.length_field.is_some() {
            let Some(record) = copybook(&folder, page) else {
                waiting.push(name);
                continue;
            };
            Some(record)
        } else {
            None
        };
        let format =
            options.format(record.as_ref(), page).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let format = format.unpadded();
        let found = read(place.path(), &file, &format).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(found.rebuilt == file, "{name} rebuilt");
        assert!(found.converted == file, "{name} converted");
        println!(
            "{name} {} records, {} frames noted, {} skipped",
            found.records.len(),
            found.notes,
            found.skipped
        );
        if let Some((_, count)) = COUNTED.iter().find(|(counted, _)| *counted == name) {
            assert_eq!(found.records.len(), *count, "{name}");
            counted += 1;
        }
    }
    assert_eq!(waiting, [""; 0], "copybooks that cannot be read");
    assert_eq!(counted, COUNTED.len());
}

/// The fields of a record stand behind its head; the bytes around them stay part of the record.
#[test]
fn the_window_of_a_record() {
    let text = "       01 R.\n           05 A PIC X(3).\n           05 B PIC 9(2).\n";
    let (layout, _) =
        crate::copybook::parse(&Source::new("r.cpy", text.to_owned()), &CopybookOptions::default());
    let record = RecordFormat { layout: Arc::new(layout.unwrap()), page: CodePage::LATIN1 };
    let options = options(&[("record-skip-head", "2"), ("record-skip-tail", "4")]);
    let record = options.window(record).unwrap();
    let format = options.format(Some(&record), CodePage::LATIN1).unwrap();
    assert_eq!((format.lrecl, record.layout.length()), (11, 11));
    let b = record.layout.find("B", &[]).unwrap();
    let place = crate::record::locate(&record.layout, record.page, b"..abc12....", b, &[]).unwrap();
    assert_eq!(place, 5..7);
}
