//! Copybooks that lie beside the repository; skipped where they do not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;

/// A member that is no description by itself (it waits for REPLACING), and the code that says so.
const REFUSED: [(&str, &str); 1] = [("ARTAX", "CPY001")];

/// The directory, or `None` with a loud word if it is not there.
fn material(inner: &str) -> Option<PathBuf> {
    let root = std::env::var_os("OFFHOST_MATERIAL")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/material"), PathBuf::from);
    let path = root.join(inner);
    if !path.is_dir() {
        eprintln!("SKIPPED: {} is not there; set OFFHOST_MATERIAL to check it", path.display());
        return None;
    }
    Some(path)
}

fn load(path: &Path) -> (Option<Layout>, Diagnostics) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let source = source_from_bytes(name, std::fs::read(path).unwrap()).unwrap();
    parse_with(&source, &CopybookOptions::default(), &mut Folder(path.parent().unwrap()))
}

/// The members beside a copybook.
struct Folder<'a>(&'a Path);

impl CopyLibrary for Folder<'_> {
    fn find(&mut self, member: &str, _: Option<&str>) -> crate::diag::Result<Option<Arc<Source>>> {
        let name = format!("{member}.cpy");
        let bytes = std::fs::read(self.0.join(&name)).ok();
        bytes.map(|bytes| source_from_bytes(&name, bytes)).transpose()
    }

    fn places(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Length of each record.
fn records(layout: &Layout) -> BTreeMap<String, usize> {
    layout.roots().map(|(_, root)| (root.display_name().to_owned(), root.length)).collect()
}

#[test]
fn record_lengths_agree() {
    let Some(directory) = material("copybooks") else { return };
    let table = std::fs::read_to_string(directory.join("record-lengths.csv")).unwrap();
    let mut checked = 0;
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split(',').collect();
        let [member, record, max, min] = columns[..] else { panic!("{line}") };
        if REFUSED.iter().any(|(refused, _)| *refused == member) {
            continue;
        }
        let (layout, diagnostics) = load(&directory.join(format!("{member}.cpy")));
        let layout = layout.unwrap_or_else(|| panic!("{member}\n{diagnostics}"));
        let max: usize = max.parse().unwrap();
        assert_eq!(records(&layout)[record], max, "{line}");
        if layout.roots().count() == 1 {
            assert_eq!(layout.length_min(), min.parse::<usize>().unwrap(), "{line}");
        }
        checked += 1;
    }
    assert_eq!(checked, 29);
    let (part, _) = load(&directory.join("ARADDR.cpy"));
    assert_eq!(part.map(|part| part.length()), Some(108), "a part without level 01");
}

#[test]
fn a_part_is_no_copybook() {
    let Some(directory) = material("copybooks") else { return };
    for (member, code) in &REFUSED {
        let (layout, diagnostics) = load(&directory.join(format!("{member}.cpy")));
        assert!(layout.is_none(), "{member}");
        assert_eq!(codes_of(&diagnostics)[0], *code, "{member}\n{diagnostics}");
    }
}

#[test]
fn the_copybooks_of_other_readers_are_read() {
    let Some(directory) = material("codec") else { return };
    let mut read = 0;
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path().join("copybook.cpy");
        let name = path.strip_prefix(&directory).unwrap().display().to_string();
        if !path.is_file() {
            continue;
        }
        let (layout, diagnostics) = load(&path);
        assert!(layout.is_some(), "{name}\n{diagnostics}");
        read += 1;
    }
    assert!(read > 75, "{read}");
}

#[test]
fn carddemo_records_have_their_lengths() {
    let Some(directory) = material("carddemo/layouts") else { return };
    let lengths = [
        ("acct", 300),
        ("tran", 350),
        ("xref", 50),
        ("tcat", 50),
        ("dalyrejs", 430),
        ("cust", 500),
        ("card", 150),
        ("discgrp", 50),
        ("export", 500),
    ];
    for (member, length) in lengths {
        let (layout, diagnostics) = load(&directory.join(format!("{member}.cpy")));
        let layout = layout.unwrap_or_else(|| panic!("{member}\n{diagnostics}"));
        assert_eq!((layout.length(), layout.length_min()), (length, length), "{member}");
        assert!(diagnostics.list().is_empty(), "{member}\n{diagnostics}");
    }
}
