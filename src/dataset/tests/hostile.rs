//! Files that lie: every one gets an answer, none a panic, a hang or silently lost records.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::diag::codes;
use crate::record::{Length, RecordLength, RecordStart};

/// Every kind of framing.
fn all_formats() -> Vec<DatasetFormat> {
    let pairs: [&[(&str, &str)]; 16] = [
        &[("recfm", "F"), ("lrecl", "7")],
        &[("recfm", "FB"), ("lrecl", "7"), ("bdw", "true")],
        &[("recfm", "VB")],
        &[("recfm", "VB"), ("lrecl", "30")],
        &[("recfm", "V"), ("rdw", "little,payload")],
        &[("recfm", "V"), ("rdw", "swapped,loose")],
        &[("recfm", "VB"), ("bdw", "true")],
        &[("recfm", "VB"), ("bdw", "little,payload,loose"), ("rdw", "little,payload,loose")],
        &[("recfm", "VBS")],
        &[("recfm", "VBS"), ("rdw", "loose"), ("bdw", "loose")],
        &[("recfm", "VS"), ("bdw", "true"), ("lrecl", "40")],
        &[("recfm", "U"), ("lrecl", "9")],
        &[("recfm", "U"), ("bdw", "swapped,payload,loose")],
        &[("recfm", "text")],
        &[("recfm", "text"), ("line-end", "crlf"), ("empty-lines", "skip")],
        &[("recfm", "VB"), ("skip-head", "3"), ("skip-tail", "2")],
    ];
    let mut formats: Vec<DatasetFormat> = pairs.into_iter().map(format).collect();
    let header = HeaderOptions { length: 3, keep: Some((0, 1)), size: Some((1, 1, false)) };
    let headed = FormatOptions { header: Some(header), ..FormatOptions::default() };
    formats.push(headed.format(None, CodePage::CP037).unwrap());
    formats.push(measured(FirstByte));
    formats
}

/// The first byte is the length; a rule as a caller could write it.
#[derive(Debug)]
struct FirstByte;

impl RecordLength for FirstByte {
    fn length(&self, record: RecordStart<'_>) -> Result<Length> {
        Ok(Length::Known(record.bytes[0].into()))
    }
}

/// A rule that always wants more.
#[derive(Debug)]
struct Greedy;

impl RecordLength for Greedy {
    fn length(&self, record: RecordStart<'_>) -> Result<Length> {
        Ok(Length::NeedAtLeast(record.bytes.len() + 1))
    }
}

/// A rule that wants what it has.
#[derive(Debug)]
struct Stuck;

impl RecordLength for Stuck {
    fn length(&self, _: RecordStart<'_>) -> Result<Length> {
        Ok(Length::NeedAtLeast(1))
    }
}

fn measured(rule: impl RecordLength + 'static) -> DatasetFormat {
    let options = FormatOptions { rule: Some(Arc::new(rule)), lrecl: Some(200), ..FormatOptions::default() };
    options.format(None, CodePage::CP037).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Random bytes, mostly small ones so that words are often plausible: an error, or all of the file in records.
    #[test]
    fn random_bytes(
        bytes in prop::collection::vec(prop_oneof![4 => 0u8..10, 2 => Just(0u8), 1 => any::<u8>()], 0..300)
    ) {
        let folder = tempfile::tempdir().unwrap();
        for format in all_formats() {
            if let Ok(found) = read(folder.path(), &bytes, &format) {
                prop_assert!(found.rebuilt == bytes && found.converted == bytes, "{:?}", format);
            }
        }
    }
}

/// A file cut at any byte is refused, or it ends with a whole record; what has been read before is right.
#[test]
fn torn_at_every_byte() {
    let folder = tempfile::tempdir().unwrap();
    let records = [b"abc".to_vec(), b"defgh".to_vec(), b"i".to_vec()];
    let small = [("lrecl", "40"), ("blksize", "44")];
    let cases = [
        (vec![("recfm", "VB")], 4),
        ([&[("recfm", "VB"), ("bdw", "true")], &small[..]].concat(), 2),
        ([&[("recfm", "V"), ("bdw", "true")], &small[..]].concat(), 4),
        (vec![("recfm", "VBS"), ("blksize", "10"), ("bdw", "big")], 4),
        (vec![("recfm", "VBS")], 4),
        (vec![("recfm", "U"), ("bdw", "big")], 4),
    ];
    for (pairs, whole) in cases {
        let format = format(&pairs);
        let file = write(folder.path(), &records, &format).unwrap();
        let mut good = 0;
        for cut in 0..=file.len() {
            match read(folder.path(), &file[..cut], &format) {
                Ok(found) => {
                    assert_eq!(found.records, records[..found.records.len()]);
                    assert_eq!(found.rebuilt, file[..cut]);
                    good += 1;
                }
                Err(error) => {
                    assert_eq!(error.code, codes::DAT004, "{pairs:?} cut at {cut}: {error}");
                    assert!(error.to_string().contains("file offset"), "{error}");
                }
            }
        }
        assert_eq!(good, whole, "{pairs:?}");
    }
}

#[track_caller]
fn refused(bytes: &[u8], format: &DatasetFormat, code: crate::diag::Code, texts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let error = read(folder.path(), bytes, format).unwrap_err();
    assert_eq!(error.code, code, "{error}");
    for text in texts {
        assert!(error.to_string().contains(text), "{text} is not in {error}");
    }
}

#[test]
fn words_that_lie() {
    let good = b"\0\x05\0\0a\0\x06\0\0bc";
    let after = |bytes: &[u8]| [&good[..], bytes].concat();
    let vb = format(&[("recfm", "VB"), ("lrecl", "14")]);
    let third = "record 3, file offset 11";
    refused(&after(&[0, 3, 0, 0]), &vb, codes::DAT003, &[third, "not a record descriptor word", "00030000"]);
    refused(&after(&[0, 5, 0, 1]), &vb, codes::DAT003, &[third]);
    refused(&after(&[0, 0, 0, 0]), &vb, codes::DAT003, &[third]);
    refused(&after(&[0, 0, 9, 0]), &vb, codes::DAT003, &[third, "rdw: little"]);
    refused(&after(&[0xFF, 0xFF, 0, 0]), &vb, codes::DAT003, &[third, "longer than LRECL 10"]);
    refused(&after(&[0, 9, 0, 0]), &vb, codes::DAT004, &[third, "4 bytes are left over"]);
    let payload = format(&[("recfm", "VB"), ("rdw", "payload")]);
    refused(&[0; 64], &payload, codes::DAT003, &["record 1, file offset 0"]);
    let blocked = format(&[("recfm", "VB"), ("bdw", "true")]);
    refused(&[0; 64], &blocked, codes::DAT003, &["not a block descriptor word"]);
    refused(b"\xFF\xFF\xFF\xFF", &blocked, codes::DAT003, &["too long"]);
    refused(b"\0\x09\0\0\0\x06\0\0ab", &blocked, codes::DAT003, &["5 bytes left of its block"]);
    refused(b"\0\x0C\0\0\0\x05\0\0a\0\x05\0", &blocked, codes::DAT004, &["record 2"]);
    refused(b"\0\x0D\0\0\0\x05\0\0a", &blocked, codes::DAT004, &["4 bytes are missing", "record 2"]);
    let fixed = format(&[("recfm", "FB"), ("bdw", "true"), ("lrecl", "2")]);
    refused(b"\0\x07\0\0aab", &fixed, codes::DAT003, &["3 bytes is not a multiple of LRECL 2"]);
    let spanned = format(&[("recfm", "VBS"), ("lrecl", "8")]);
    refused(b"\0\x05\x02\0a", &spanned, codes::DAT003, &["last segment comes without a first one"]);
    refused(b"\0\x05\x03\0a", &spanned, codes::DAT003, &["middle segment comes"]);
    refused(b"\0\x05\x01\0a\0\x05\x01\0b", &spanned, codes::DAT003, &["a first segment follows"]);
    refused(b"\0\x05\x01\0a\0\x05\0\0b", &spanned, codes::DAT003, &["a whole record begins"]);
    refused(b"\0\x05\x01\0a", &spanned, codes::DAT004, &["inside a record"]);
    refused(b"\0\x05\x04\0a", &spanned, codes::DAT003, &["not a segment descriptor word"]);
    refused(b"\0\x07\x01\0abc\0\x06\x02\0de", &spanned, codes::DAT003, &["longer than LRECL 4"]);
}

/// Segments without data would be a record without end: bounded, and not walked over and over.
#[test]
fn a_record_scattered_over_everything() {
    let endless = [&b"\0\x05\x01\0a"[..], &b"\0\x04\x03\0".repeat(5 << 20)].concat();
    let clock = std::time::Instant::now();
    refused(&endless, &format(&[("recfm", "VBS")]), codes::DAT003, &["scattered over more than"]);
    assert!(clock.elapsed().as_secs() < 20, "{:?}", clock.elapsed());
}

#[test]
fn rules_that_lie() {
    let first = measured(FirstByte);
    refused(b"\x03ab\0", &first, codes::DAT004, &["record 2, file offset 3", "no bytes"]);
    refused(b"\x03ab\xFF", &first, codes::DAT004, &["record 2", "255 bytes is longer than LRECL 200"]);
    refused(b"\x03ab\x05a", &first, codes::DAT004, &["record 2", "2 bytes are left over"]);
    refused(&[1; 3 << 20], &measured(Greedy), codes::DAT004, &["record 1", "3145728 bytes are left over"]);
    refused(&[1; 30], &measured(Stuck), codes::DAT004, &["record 1"]);
    let folder = tempfile::tempdir().unwrap();
    let error = write(folder.path(), [&vec![3, 1]], &first).unwrap_err();
    assert!(error.to_string().contains("it should have 3 bytes"), "{error}");
}

#[test]
fn records_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        |end: &str, more: &[(&str, &str)]| format(&[&[("recfm", "text"), ("line-end", end)], more].concat());
    for (format, record, code) in [
        (text("lf", &[]), &b"a\nb"[..], codes::DAT017),
        (text("auto", &[]), b"a\x25b", codes::DAT017),
        (text("crlf", &[]), b"a\r\nb", codes::DAT017),
        (text("nel", &[("empty-lines", "skip")]), b"", codes::DAT017),
        (text("lf", &[("lrecl", "2")]), b"abc", codes::DAT005),
        (format(&[("recfm", "VB"), ("rdw", "payload")]), b"", codes::DAT005),
        (format(&[("recfm", "VB"), ("lrecl", "6")]), b"abc", codes::DAT005),
        (format(&[("recfm", "VBS"), ("lrecl", "6")]), b"abc", codes::DAT005),
        (format(&[("recfm", "FB"), ("lrecl", "2"), ("bdw", "true")]), b"abc", codes::DAT005),
        (format(&[("recfm", "U"), ("bdw", "true")]), b"", codes::DAT005),
    ] {
        let error = write(folder.path(), [&record.to_vec()], &format).unwrap_err();
        assert_eq!(error.code, code, "{format:?} {error}");
    }
    let pieces = format(&[("recfm", "U"), ("lrecl", "3")]);
    assert!(write(folder.path(), [&b"abc".to_vec(), &b"d".to_vec()], &pieces).is_ok());
    assert!(write(folder.path(), [&b"d".to_vec(), &b"abc".to_vec()], &pieces).is_err());
}

#[test]
fn files_that_cannot_be_read() {
    for path in ["/dev/zero", "/"] {
        assert!(Reader::open(&RealFs, "T", Path::new(path), format(&[("lrecl", "1")])).is_err(), "{path}");
    }
    refused(b"12345", &format(&[("lrecl", "2")]), codes::DAT002, &["record 3, file offset 4"]);
    let skipping = format(&[("lrecl", "2"), ("skip-head", "3"), ("skip-tail", "3")]);
    refused(b"12345", &skipping, codes::DAT002, &["fewer than the 3 and 3"]);
    refused(b"123xx456", &format(&[("recfm", "text"), ("lrecl", "3")]), codes::DAT015, &["8 bytes"]);
}

/// A file that grows, shrinks or is another one by the time it ends.
#[test]
fn a_file_that_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changing");
    for (size, now) in [(3_000_000, 3_000_001), (3_000_000, 2_000_000)] {
        std::fs::write(&path, vec![b'x'; size]).unwrap();
        let mut reader = Reader::open(&RealFs, "T", &path, format(&[("lrecl", "1")])).unwrap();
        reader.next_block().unwrap();
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(now).unwrap();
        let error = std::iter::from_fn(|| reader.next_block().transpose())
            .find_map(|block: Result<Block>| block.err());
        assert_eq!(error.unwrap().code, codes::DAT016);
    }
}
