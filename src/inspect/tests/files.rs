//! Generated files: every framing and code page, with and without damage, and what is no file of records at all.

use std::path::Path;

use crate::convert::ReadOptions;
use crate::copybook::{CopybookOptions, Layout, SourceFormat};
use crate::dataset::{FormatOptions, Writer};
use crate::diag::Source;
use crate::encoding::CodePage;
use crate::inspect::{Report, Verdict, inspect};
use crate::record::Block;
use crate::sys::{Fs, RealFs};

const COPYBOOK: &str = "01 ORDER-RECORD.\n 05 KIND PIC X.\n 05 NUMBER-OF PIC 9(7).\n 05 NAME PIC X(20).\n\
    05 AMOUNT PIC S9(7)V99 COMP-3.\n 05 UNITS PIC S9(4) COMP.\n 05 PLACE PIC X(12).\n";
const TEXT_COPYBOOK: &str = "01 LINE-RECORD.\n 05 KIND PIC X.\n 05 NUMBER-OF PIC 9(7).\n 05 NAME PIC X(20).\n\
    05 AMOUNT PIC S9(9).\n 05 PLACE PIC X(11).\n";
const NAMES: [&str; 5] = ["Smith and Sons", "Meier", "O'Hara (London)", "Lopez & Co.", "Nakamura"];

fn layout(text: &str) -> Layout {
    let options = CopybookOptions { format: SourceFormat::Free, ..CopybookOptions::default() };
    crate::copybook::parse(&Source::new("t.cpy", text), &options).0.unwrap()
}

fn packed(value: u64) -> Vec<u8> {
    let digits = format!("{value:09}C");
    digits
        .as_bytes()
        .chunks(2)
        .map(|two| (two[0] - b'0') << 4 | if two[1] == b'C' { 12 } else { two[1] - b'0' })
        .collect()
}

/// A record with packed and binary fields.
fn record(n: u64, page: CodePage) -> Vec<u8> {
    let text = |text: String| page.encode(&text).unwrap();
    let place = format!("{:<12}", ["Leeds", "York", "Bath"][(n % 3) as usize]);
    let front = text(format!(
        "{}{:07}{:<20}",
        ["A", "B"][(n % 2) as usize],
        n * 7919 % 1_000_003,
        NAMES[(n % 5) as usize]
    ));
    [front, packed(n * 104_729 % 10_000_000), ((n * 31 % 9000) as u16).to_be_bytes().to_vec(), text(place)]
        .concat()
}

/// A record that is all text.
fn line(n: u64, page: CodePage) -> Vec<u8> {
    let name = NAMES[(n % 5) as usize];
    page.encode(&format!(
        "A{:07}{name:<20}{:09}{:<11}",
        n * 7919 % 1_000_003,
        n * 104_729 % 1_000_000,
        "Leeds"
    ))
    .unwrap()
}

fn write(folder: &Path, records: &[Vec<u8>], options: &FormatOptions, page: CodePage) -> Vec<u8> {
    let path = folder.join("made");
    let mut options = options.clone();
    if options.recfm.as_deref().is_some_and(|recfm| recfm.starts_with('V')) {
        options.lrecl = Some(51);
    }
    let format = options.format(None, page).unwrap().unpadded();
    let mut writer = Writer::new("T", &path, format, RealFs.create_new(&path).unwrap());
    let mut block = Block::empty(None);
    records.iter().for_each(|record| block.push(record));
    writer.write(&block).unwrap();
    drop(writer.finish().unwrap());
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    bytes
}

fn look(folder: &Path, bytes: &[u8], layout: Option<&Layout>) -> Report {
    let path = folder.join("file");
    std::fs::write(&path, bytes).unwrap();
    inspect(&RealFs, &path, layout, &ReadOptions::default()).unwrap()
}

fn verdict(report: &Report) -> &Verdict {
    report.verdict.as_ref().unwrap_or_else(|| panic!("{report:#?}"))
}

#[test]
fn every_framing_in_several_pages() {
    let place = tempfile::tempdir().unwrap();
    let (layout, forms) =
        (layout(COPYBOOK), ["big", "big,payload", "little", "little,payload", "swapped", "swapped,payload"]);
    for page in ["cp037", "cp273", "cp1047", "latin-1"] {
        let page: CodePage = page.parse().unwrap();
        let records: Vec<Vec<u8>> = (0..300).map(|n| record(n, page)).collect();
        // Blanks at the end may be missing in variable records.
        let shorter: Vec<Vec<u8>> = records
            .iter()
            .map(|record| {
                let end = record.iter().rposition(|byte| *byte != page.space()).unwrap();
                record[..=end].to_vec()
            })
            .collect();
        let check = |options: FormatOptions, records: &[Vec<u8>]| {
            let bytes = write(place.path(), records, &options, page);
            let report = look(place.path(), &bytes, Some(&layout));
            let found = verdict(&report);
            let what = format!("{options:?} in {page}: {} {:?}", found.label, found.flags);
            assert_eq!(found.records, 300, "{what}");
            assert!(found.misfit.is_none(), "{what} {:?}", found.misfit);
            let format = &found.options.format;
            let same = |one: &Option<String>, other: &Option<String>| {
                one.as_deref().unwrap_or("big") == other.as_deref().unwrap_or("big")
            };
            assert!(same(&format.rdw, &options.rdw) && same(&format.bdw, &options.bdw), "{what}");
            let found: CodePage = found.options.code_page.as_deref().unwrap().parse().unwrap();
            assert_eq!(found.is_ebcdic(), page.is_ebcdic(), "{what}");
        };
        let of = |recfm: &str| FormatOptions { recfm: Some(recfm.to_owned()), ..FormatOptions::default() };
        check(FormatOptions { lrecl: Some(47), ..of("FB") }, &records);
        for rdw in forms {
            check(FormatOptions { rdw: Some(rdw.to_owned()), ..of("V") }, &shorter);
        }
        for bdw in ["big", "little,payload"] {
            let words = FormatOptions { bdw: Some(bdw.to_owned()), blksize: Some(1000), ..of("VB") };
            check(FormatOptions { rdw: Some("big".to_owned()), ..words.clone() }, &shorter);
            check(FormatOptions { rdw: Some("little".to_owned()), ..words }, &shorter);
            check(
                FormatOptions { bdw: Some(bdw.to_owned()), lrecl: Some(47), blksize: Some(470), ..of("FB") },
                &records,
            );
        }
        check(
            FormatOptions {
                bdw: Some("big".to_owned()),
                rdw: Some("big".to_owned()),
                blksize: Some(120),
                ..of("VBS")
            },
            &records,
        );
    }
}

#[test]
fn lines_of_every_end() {
    let place = tempfile::tempdir().unwrap();
    let layout = layout(TEXT_COPYBOOK);
    for (end, page) in [("lf", "latin-1"), ("crlf", "latin-1"), ("nel", "cp037"), ("nel25", "cp500")] {
        let page: CodePage = page.parse().unwrap();
        let records: Vec<Vec<u8>> = (0..100).map(|n| line(n, page)).collect();
        let options = FormatOptions {
            recfm: Some("text".to_owned()),
            line_end: Some(end.to_owned()),
            ..FormatOptions::default()
        };
        let bytes = write(place.path(), &records, &options, page);
        for layout in [Some(&layout), None] {
            let report = look(place.path(), &bytes, layout);
            let found = verdict(&report);
            assert_eq!(found.records, 100, "{end} {:?}", found.flags);
            if layout.is_some() {
                assert!(found.misfit.is_none(), "{end} {:?}", found.misfit);
            }
        }
    }
}

#[test]
fn damage_is_named() {
    let place = tempfile::tempdir().unwrap();
    let layout = layout(COPYBOOK);
    let host: Vec<Vec<u8>> = (0..200).map(|n| record(n, CodePage::CP037)).collect();
    let whole = host.concat();
    let cut = look(place.path(), &whole[..whole.len() - 20], Some(&layout));
    assert_eq!(verdict(&cut).records, 199);
    assert!(
        cut.remarks.iter().any(|remark| remark.contains("27 bytes are left over, 20 are missing")),
        "{:?}",
        cut.remarks
    );
    let lines: Vec<u8> = host.iter().flat_map(|record| [record.as_slice(), b"\r\n"].concat()).collect();
    let lines = look(place.path(), &lines, Some(&layout));
    assert_eq!(verdict(&lines).records, 200, "{:?}", verdict(&lines).flags);
    let translated: Vec<u8> =
        whole.iter().map(|byte| CodePage::LATIN1.byte(CodePage::CP037.char(*byte)).unwrap_or(0x1A)).collect();
    let translated = look(place.path(), &translated, Some(&layout));
    assert_eq!(verdict(&translated).records, 200, "{:?}", verdict(&translated).flags);
    assert!(
        translated.remarks.iter().any(|remark| remark.contains("translated as text")),
        "{:?}",
        translated.remarks
    );
    assert!(verdict(&translated).misfit.is_some());
    let marked = [whole.clone(), vec![0x1A]].concat();
    assert_eq!(verdict(&look(place.path(), &marked, Some(&layout))).records, 200);
    let around = [vec![0xEE; 13], whole.clone(), vec![0xDD; 7]].concat();
    let around = look(place.path(), &around, Some(&layout));
    assert_eq!((verdict(&around).records, verdict(&around).options.format.skip_head), (200, Some(13)));
    let variable = FormatOptions { recfm: Some("V".to_owned()), ..FormatOptions::default() };
    let variable = write(place.path(), &host, &variable, CodePage::CP037);
    let torn = look(place.path(), &variable[..variable.len() - 9], Some(&layout));
    assert_eq!(verdict(&torn).records, 199, "{:?}", verdict(&torn).flags);
}

#[test]
fn a_wrong_field_is_the_first_misfit() {
    let place = tempfile::tempdir().unwrap();
    let layout = layout(COPYBOOK);
    let mut bytes: Vec<u8> = (0..200).flat_map(|n| record(n, CodePage::CP037)).collect();
    bytes[41 * 47 + 32] = 0xAA;
    let report = look(place.path(), &bytes, Some(&layout));
    let misfit = verdict(&report).misfit.as_ref().unwrap();
    let crate::diag::Place::Data(place) = &misfit.place else { panic!("{misfit:?}") };
    assert_eq!((place.record, place.offset), (Some(42), Some(41 * 47)));
    assert!(place.field.as_deref().unwrap().starts_with("AMOUNT"));
}

#[test]
fn kinds_and_views_get_their_conditions() {
    let place = tempfile::tempdir().unwrap();
    let copybook = "01 HEAD-RECORD.\n 05 TAG PIC X.\n 05 FILLER PIC X(3).\n 05 MADE PIC 9(8).\n 05 FILLER PIC X(8).\n\
        01 BODY-RECORD.\n 05 B-TAG PIC X.\n 05 B-NAME PIC X(10).\n 05 B-SUM PIC S9(7)V99 COMP-3.\n 05 B-UNITS PIC S9(6) COMP-3.\n";
    let layout = layout(copybook);
    let page = CodePage::CP037;
    let one = |n: u64| match n % 10 {
        0 => page.encode(&format!("H   2026{:04}        ", n % 1231)).unwrap(),
        _ => [page.encode(&format!("B{:<10}", NAMES[1])).unwrap(), packed(n * 77), packed(n)[1..].to_vec()]
            .concat(),
    };
    let bytes: Vec<u8> = (0..200).flat_map(one).collect();
    let report = look(place.path(), &bytes, Some(&layout));
    let found = verdict(&report);
    assert!(found.misfit.is_none(), "{:?} {:?}", found.flags, found.misfit);
    assert_eq!(found.kinds, [("HEAD-RECORD".to_owned(), 20), ("BODY-RECORD".to_owned(), 180)]);
    assert!(
        found.options.records.iter().any(|record| record == "HEAD-RECORD: TAG = 'H'"),
        "{:?}",
        found.options.records
    );
}

#[test]
fn what_is_no_file_of_records() {
    let place = tempfile::tempdir().unwrap();
    let layout = layout(COPYBOOK);
    let mut seed = 88_172_645_463_325_252u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 32) as u8
    };
    let noise: Vec<u8> = (0..100_003).map(|_| random()).collect();
    for bytes in [&[][..], &[0x40], &[0; 4700], &noise, &noise[..47]] {
        for layout in [Some(&layout), None] {
            let report = look(place.path(), bytes, layout);
            if bytes.len() != 1 {
                assert!(report.verdict.is_none(), "{} bytes: {:?}", bytes.len(), report.verdict);
            }
        }
    }
}

#[test]
fn a_huge_sparse_file_takes_no_time() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("huge");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(1 << 42).unwrap();
    let begin = std::time::Instant::now();
    for layout in [Some(&layout(COPYBOOK)), None] {
        assert!(inspect(&RealFs, &path, layout, &ReadOptions::default()).unwrap().verdict.is_none());
    }
    assert!(begin.elapsed() < std::time::Duration::from_secs(20));
}
