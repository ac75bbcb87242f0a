//! Options that do not go together are refused, by name.

use super::*;

#[track_caller]
fn refused(pairs: &[(&str, &str)], option: &str, text: &str) {
    let error = options(pairs).format(None, CodePage::CP037).unwrap_err();
    assert_eq!(error.option, option, "{error:?}");
    assert!(error.message.contains(text), "{error:?}");
    assert!(!error.hint.is_empty());
}

#[test]
fn options_are_checked() {
    refused(&[("recfm", "FBS")], "recfm", "FBS is not known");
    refused(&[], "lrecl", "length of the records is not known");
    refused(&[("lrecl", "0")], "lrecl", "at least one byte");
    refused(&[("recfm", "V"), ("lrecl", "4")], "lrecl", "at least one byte");
    refused(&[("recfm", "V"), ("lrecl", "70000")], "lrecl", "at most 65531");
    refused(&[("lrecl", "2000000")], "lrecl", "more than");
    refused(&[("lrecl", "5"), ("rdw", "big")], "rdw", "no meaning for recfm FB");
    refused(&[("recfm", "text"), ("bdw", "true")], "bdw", "no meaning");
    refused(&[("recfm", "V"), ("line-end", "lf")], "line-end", "no meaning");
    refused(&[("recfm", "V"), ("length", "computed")], "length", "no meaning");
    refused(&[("recfm", "V"), ("rdw", "big,middle")], "rdw", "'middle'");
    refused(&[("recfm", "V"), ("bdw", "yes")], "bdw", "'yes'");
    refused(&[("recfm", "text"), ("line-end", "cr")], "line-end", "cr is not known");
    refused(&[("recfm", "text"), ("empty-lines", "drop")], "empty-lines", "'drop'");
    refused(&[("length", "guess")], "length", "'guess'");
    refused(&[("length", "computed")], "length", "needs a copybook");
    refused(&[("length-field", "LEN")], "length-field", "needs a copybook");
    refused(&[("length", "computed"), ("length-field", "LEN")], "length-field", "both say");
    refused(&[("length-adjust", "4"), ("lrecl", "8")], "length-adjust", "no stated length");
    refused(&[("length-first", "4")], "length-first", "the other records");
    refused(&[("recfm", "VB"), ("bdw", "big"), ("lrecl", "84"), ("blksize", "84")], "blksize", "too small");
    refused(&[("recfm", "VBS"), ("blksize", "8")], "blksize", "too small");
    refused(&[("recfm", "VBS"), ("blksize", "70000")], "blksize", "segment descriptor word");
    refused(&[("lrecl", "8"), ("bdw", "big"), ("length-first", "4")], "length-first", "exclude each other");
}

#[test]
fn headers_are_checked() {
    let header = |length, keep, size| {
        let header = Some(HeaderOptions { length, keep, size });
        FormatOptions { header, lrecl: Some(80), ..FormatOptions::default() }.format(None, CodePage::CP037)
    };
    assert!(header(5, Some((0, 1)), Some((3, 1, false))).is_ok());
    for bad in [
        header(0, None, None),
        header(5, Some((5, 1)), None),
        header(5, None, Some((4, 2, false))),
        header(9, None, Some((0, 5, false))),
        header(9, None, Some((0, 0, false))),
        header(9, None, Some((u64::MAX, 2, false))),
        header(5, Some((3, 1)), Some((3, 1, false))),
    ] {
        assert_eq!(bad.unwrap_err().option, "header");
    }
}
