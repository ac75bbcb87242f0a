//! Text and back is the identity on bytes.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::codec::{BadNumberPolicy, Coding, Decoder, Odo, Policy, Selection, Tree};
use crate::copybook::{self, CopybookOptions, Layout, SourceFormat};
use crate::diag::{Source, Span};
use crate::encoding::CodePage;
use crate::expr::{KindTexts, Kinds, Meaning, Rules};
use crate::record::{Block, Origin, RecordFormat};

fn layout(text: &str) -> Arc<Layout> {
    let source = Source::new("t.cpy", text);
    let options = CopybookOptions { format: SourceFormat::Free, ..CopybookOptions::default() };
    let (layout, diagnostics) = copybook::parse(&source, &options);
    Arc::new(layout.unwrap_or_else(|| panic!("{diagnostics:?}")))
}

fn form(text: &str, coding: &Coding, policy: &str) -> Form {
    let layout = layout(text);
    let tree = Tree::new(&layout, coding, &Selection::default());
    let policy: BadNumberPolicy = policy.parse().unwrap();
    Form {
        dataset: "TEST".into(),
        tree,
        kinds: Kinds::single("R", 0),
        meaning: Meaning::default(),
        policy,
        natural: None,
    }
}

fn json(form: &Form) -> TextForm {
    let _ = form;
    TextForm::Json { notes: true }
}

fn csv(form: &Form) -> TextForm {
    let columns = Columns::new(&form.tree, &form.kinds, Vec::new()).unwrap();
    TextForm::Csv { columns, style: CsvStyle { notes: true, ..CsvStyle::default() } }
}

fn lines(form: &Form, text: &TextForm, records: &[&[u8]]) -> crate::diag::Result<Vec<String>> {
    let mut block = Block::empty(None);
    records.iter().for_each(|record| block.push(record));
    let mut blocks = vec![block];
    let mut out = Vec::new();
    let running = Running { threads: 2, verify: false, framing: None };
    let put = |bytes: &[u8], _| {
        out.extend_from_slice(bytes);
        Ok(())
    };
    export(form, text, &Wanted::default(), &running, || Ok(blocks.pop()), put, &|_, _| {})?;
    let out = String::from_utf8(out).unwrap();
    // A row may contain line ends; these tests give it one record at a time.
    let (header, rows) = match text {
        TextForm::Csv { .. } => out.split_once('\n').unwrap(),
        TextForm::Json { .. } => ("", out.as_str()),
    };
    let header = Some(header.to_owned()).filter(|header| !header.is_empty());
    Ok(header.into_iter().chain([rows.strip_suffix('\n').unwrap().to_owned()]).collect())
}

fn back(form: &Form, text: &TextForm, line: &str) -> crate::diag::Result<Vec<u8>> {
    let mut reader = LineReader::new(form, text);
    reader
        .record(line.as_bytes(), Origin { dataset: "TEST", record: Some(1), offset: None, above: None })
        .map(<[u8]>::to_vec)
}

fn ebcdic(text: &str) -> Vec<u8> {
    crate::encoding::CodePage::default().encode(text).unwrap()
}

const ORDER: &str = "01 ORDER-REC. 05 ID PIC 9(3). 05 WHO. 10 NAME PIC X(5). 10 FILLER PIC X(2). 05 N PIC 9.
    05 LINE-ITEM OCCURS 0 TO 3 DEPENDING ON N. 10 QTY PIC S9(2). 10 PRICE PIC S9(3)V99 COMP-3. 05 T PIC X(2).";

#[test]
fn groups_nest_and_tables_are_arrays() {
    let form = form(ORDER, &Coding::default(), "error");
    let mut record = ebcdic("001BOB    2");
    record.extend([0xF1, 0xC2, 0x12, 0x34, 0x5D, 0xF0, 0xD1, 0x00, 0x10, 0x0C]);
    record.extend(ebcdic("ZZ"));
    let line = lines(&form, &json(&form), &[&record]).unwrap().remove(0);
    let expected = r#"{"ID":1,"WHO":{"NAME":"BOB"},"N":2,"LINE-ITEM":[{"QTY":12,"PRICE":-123.45},{"QTY":-1,"PRICE":1.00}],"T":"ZZ"}"#;
    assert_eq!(line, expected);
    assert_eq!(back(&form, &json(&form), &line).unwrap(), record);
    let rows = lines(&form, &csv(&form), &[&record]).unwrap();
    assert_eq!(
        rows,
        [
            "ID,NAME,N,QTY(1),PRICE(1),QTY(2),PRICE(2),QTY(3),PRICE(3),T,_length,_raw,_frame",
            "1,BOB,2,12,-123.45,-1,1.00,,,ZZ,,,"
        ]
        .map(str::to_owned)
    );
    assert_eq!(back(&form, &csv(&form), &rows[1]).unwrap(), record);
}

/// What values do not say is noted; a note on a value that was changed no longer counts.
#[test]
fn odd_bytes_are_noted_and_edits_win() {
    let form = form(ORDER, &Coding::default(), "null");
    let mut record = ebcdic("0  BOB  XY1");
    record.extend([0xF1, 0xF2, 0x12, 0x34, 0x5F]);
    record.extend(ebcdic("Z"));
    let line = lines(&form, &json(&form), &[&record]).unwrap().remove(0);
    let expected = r#"{"ID":null,"WHO":{"NAME":"BOB"},"N":1,"LINE-ITEM":[{"QTY":12,"PRICE":123.45}],"T":"Z","_length":17,"_raw":{"@0":"F04040","@8":"E7E8","@11":"F1F2","@13":"12345F","@16":"E9"}}"#;
    assert_eq!(line, expected);
    assert_eq!(back(&form, &json(&form), &line).unwrap(), record);
    let edited = line.replace("null", "7").replace("\"QTY\":12", "\"QTY\":13");
    let mut expected = record.clone();
    expected[..3].copy_from_slice(&ebcdic("007"));
    expected[12] = 0xC3;
    assert_eq!(back(&form, &json(&form), &edited).unwrap(), expected);
}

/// Members in another order, with blanks, as another program would write them.
#[test]
fn json_of_other_programs() {
    let form = form(ORDER, &Coding::default(), "error");
    let line = r#"{ "T": "AB", "LINE-ITEM": [ {"PRICE": 1.5e0, "QTY": "3"} ], "N": 1, "ID": 12.0, "WHO": {"NAME": "\u0041l"} }"#;
    let mut record = ebcdic("012Al     1");
    record.extend([0xF0, 0xC3, 0x00, 0x15, 0x0C]);
    record.extend(ebcdic("AB"));
    assert_eq!(back(&form, &json(&form), line).unwrap(), record);
}

#[test]
fn wrong_values_say_what_and_where() {
    let form = form(ORDER, &Coding::default(), "error");
    for (line, message) in [
        (r#"{"ID":1000}"#, "1000 cannot be stored in ID: it has more digits than the field"),
        (r#"{"ID":-1}"#, "-1 cannot be stored in ID: it is negative, but the field has no sign"),
        (r#"{"ID":1.5}"#, "1.5 cannot be stored in ID: it has more decimals than the field"),
        (r#"{"ID":"x"}"#, "'x' cannot be stored in ID: it is not a number"),
        (r#"{"ID":true}"#, "a truth value cannot be stored in ID: it is neither a text nor a number"),
        (
            r#"{"WHO":{"NAME":"toolong"}}"#,
            "'toolong' cannot be stored in NAME: it takes 7 bytes, more than the field has",
        ),
        (r#"{"WHO":{"NAME":"€"}}"#, "'€' cannot be stored in NAME: the code page has no `\\u{20ac}`"),
        (r#"{"N":2,"LINE-ITEM":[{}]}"#, "table LINE-ITEM has 1 occurrences, but its counter N says 2"),
        (r#"{"N":7}"#, "the table counter N is 7, but the table has at most 3 entries"),
        (r#"{"WHO":{"NAM":"x"}}"#, "WHO has no member NAM"),
        (r#"{"ID":1"#, "the line is no record: EOF while parsing an object"),
        (r#"[1]"#, "the line is no record: a line must be an object"),
        (r#"{"_length":-1}"#, "the line is no record: _length is not the length of a record"),
        (
            r#"{"_raw":{"0":"00"}}"#,
            "the line is no record: _raw takes members like \"@12\": \"C1C2\" or \"@12\": \"00*20\"",
        ),
    ] {
        assert_eq!(back(&form, &json(&form), line).unwrap_err().message, message, "{line}");
    }
}

#[test]
fn bad_numbers_follow_their_policy() {
    let text = "01 R. 05 A PIC 9(2). 05 B PIC S9(3) COMP-3. 05 C PIC X.";
    let record = [0x40, 0x40, 0x00, 0x00, 0xC1];
    let shown = |policy: &str| {
        let form = form(text, &Coding::default(), policy);
        let result = lines(&form, &json(&form), &[&record]);
        if let Ok(lines) = &result {
            assert_eq!(back(&form, &json(&form), &lines[0]).unwrap(), record, "{policy}");
        }
        result.map(|mut lines| lines.remove(0))
    };
    let notes = r#","_raw":{"@0":"4040","@2":"0000"}}"#;
    assert_eq!(shown("null").unwrap(), format!(r#"{{"A":null,"B":null,"C":"A"{notes}"#));
    assert_eq!(shown("blank=zero,low=null").unwrap(), format!(r#"{{"A":0,"B":null,"C":"A"{notes}"#));
    assert_eq!(shown("raw").unwrap(), format!(r#"{{"A":"X'4040'","B":"X'0000'","C":"A"{notes}"#));
    assert!(shown("error").unwrap_err().to_string().contains("A is not a valid number"));
    assert!(shown("blank=zero").unwrap_err().to_string().contains("B is not a valid number"));
}

/// All that a reader makes of a text: records with what is around them, and the first error.
fn all_items(mut reader: LineReader<'_>, text: &[u8]) -> Vec<String> {
    let (mut at, mut items) = (0, Vec::new());
    while at < text.len() {
        let origin = Origin {
            dataset: "TEST",
            record: Some(items.len() as u64),
            offset: Some(at as u64),
            ..Origin::default()
        };
        let (item, taken) = match reader.next(&text[at..], origin) {
            Ok(lines::Item::End(taken)) => (format!("nothing in {taken}"), taken),
            Ok(lines::Item::Record(taken, record, around)) => {
                (format!("{record:02X?} {around:?} in {taken}"), taken)
            }
            Err(error) => (format!("{error:?}"), text.len()),
        };
        items.push(item);
        at += taken;
    }
    items
}

#[test]
fn shortcuts_take_usual_lines_and_no_others() {
    let text = "01 R. 05 A PIC 9(2). 05 G. 10 B PIC X(3). 05 T OCCURS 2. 10 C PIC S9V9. 05 W PIC X OCCURS 2.";
    let form = form(text, &Coding::default(), "null");
    let json = json(&form);
    let usual = r#"{"A":1,"G":{"B":"x"},"T":[{"C":-1.5},{"C":0.0}],"W":["","y"]}"#;
    for (from, to) in [
        ("", ""),
        ("x", "\u{e4}"),
        ("x", "\\u0041"),
        ("x", "\\"),
        ("x", "x\\"),
        ("x", "x\t"),
        ("\"x\"", "null"),
        ("\"x\"", "12"),
        ("\"x\"", "[]"),
        ("1,", "01,"),
        ("1,", "1e0,"),
        ("1,", "1.,"),
        ("1,", "-1,"),
        ("1,", "100,"),
        ("1,", "\"1\","),
        ("1,", "true,"),
        ("1,", ","),
        (",\"W\":[\"\",\"y\"]", ""),
        (",\"y\"", ""),
        (",\"y\"", ",\"y\",\"z\""),
        ("\"B\"", "\"Q\""),
        ("]}", "],}"),
        ("]}", "],\"_raw\":{\"@0\":\"F0F1\"}}"),
        ("]}", "],\"_raw\":{\"@0\":\"4040\"},\"_other\":[]}"),
        ("]}", "],\"_raw\":{\"@0\":\"F\"}}"),
        ("]}", "],\"_raw\":{\"@0\":\"F0F1\"},\"A\":2}"),
        ("]}", "],\"_length\":6}"),
        ("]}", "],\"_length\":20,\"_frame\":\"*20 0D0A\"}"),
        ("]}", "],\"_frame\":\"=00\"}"),
        ("]}", "]} \r"),
        ("]}", "]} x"),
        ("]}", "]}}"),
        ("]}", "]"),
    ] {
        let line = usual.replacen(from, to, 1) + "\n";
        let quick = all_items(LineReader::new(&form, &json), line.as_bytes());
        let slow = all_items(LineReader::new(&form, &json).without_shortcuts(), line.as_bytes());
        assert_eq!(quick, slow, "{line}");
    }
}

/// Texts of several pieces, on several threads, whose rows go now this way and now that.
#[test]
fn long_texts_come_back() {
    let form = form("01 R. 05 A PIC 9(4). 05 B PIC X(12).", &Coding::default(), "null");
    let name = |at: usize| ["SMITH, JOHN", "SMITH", "\"S\", J.", "S\\T", ""][at / 7 % 5];
    let records: Vec<Vec<u8>> =
        (0..200_000).map(|at| ebcdic(&format!("{:04}{:12}", at % 10_000, name(at)))).collect();
    for text in [json(&form), csv(&form)] {
        let slices: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
        let lines = lines(&form, &text, &slices).unwrap().join("\n");
        let (mut at, mut pieces) = (0, 0);
        let put = |made: Records| {
            pieces += 1;
            for (record, around) in made.list() {
                assert_eq!((record, around), (records[at].as_slice(), &Around::Usual));
                at += 1;
            }
            Ok(())
        };
        let chunks = Chunks::new(lines.as_bytes(), "t", matches!(text, TextForm::Csv { .. }));
        import(&form, &text, 2, chunks, put, &|_, _| {}).unwrap();
        assert!(at == records.len() && pieces > 2);
    }
}

/// With several kinds of records a line says first which one it is.
#[test]
fn shortcuts_know_the_kind() {
    let text = "01 HEAD. 05 A PIC 9(2). 01 DETAIL. 05 B PIC X(3).";
    let span = |text: &str| Span::new(&Source::new("kinds", text), 0..text.len());
    let records = vec![(span("HEAD"), Some(span("first"))), (span("DETAIL"), None)];
    let format = RecordFormat { layout: layout(text), page: CodePage::CP037 };
    let meaning = Meaning::new(&format.layout, Rules::default());
    let kinds = KindTexts { records, ..KindTexts::default() }.kinds(&format, &meaning).unwrap().unwrap();
    let form = Form { kinds, ..form(text, &Coding::default(), "null") };
    for text in [json(&form), csv(&form)] {
        let lines = match text {
            TextForm::Json { .. } => concat!(
                r#"{"_record":"HEAD","A":7}"#,
                "\n",
                r#"{"_record":"DETAIL","B":"x","_raw":{"@0":"A740"}}"#,
                "\n",
                r#"{"_record":"detail","B":"x"}"#,
                "\n",
                r#"{"B":"y","_record":"DETAIL"}"#,
                "\n",
                r#"{"_record":"DETAIL","A":7}"#,
            ),
            TextForm::Csv { .. } => "HEAD,7,,,,\nDETAIL,,x,,@0:A740,\nDETAIL,\"\",y,,,\nTAIL,,,,,\n",
        };
        let quick = all_items(LineReader::new(&form, &text), lines.as_bytes());
        assert!(quick[0].starts_with("[F0, F7]") && quick[1].starts_with("[A7"), "{quick:?}");
        assert_eq!(quick, all_items(LineReader::new(&form, &text).without_shortcuts(), lines.as_bytes()));
    }
}

/// The same values as in JSON, with lists of every length, nothing where nothing is, and exact decimals.
#[cfg(feature = "parquet")]
#[test]
fn parquet_holds_the_values() {
    use crate::sys::{Fs, RealFs};
    use ::parquet::file::reader::{FileReader, SerializedFileReader};

    let text = "01 R. 05 ID PIC 9(3). 05 N PIC 9. 05 G. 10 A PIC S9(3)V99 COMP-3. 10 B PIC S9(20)V9 COMP-3.
        05 T OCCURS 0 TO 3 DEPENDING ON N. 10 Q PIC S9(2). 10 W PIC X OCCURS 2. 05 P PIC 9PPP. 05 E PIC ZZ9.9-.";
    let form = form(text, &Coding::default(), "null");
    let json = json(&form);
    let lines = [
        r#"{"ID":1,"N":2,"G":{"A":-1.25,"B":12345678901234567890.5},"T":[{"Q":5,"W":["a","b"]},{"Q":-6,"W":["c",""]}],"P":7000,"E":-12.5}"#,
        r#"{"ID":2,"N":0,"G":{"A":0,"B":-1},"T":[],"P":0,"E":0}"#,
        r#"{"ID":null,"N":1,"T":[{"Q":1}],"_raw":{"@0":"404040"}}"#,
    ];
    let folder = tempfile::tempdir().unwrap();
    let (input, target) = (folder.path().join("in"), folder.path().join("out.parquet"));
    let data: Vec<u8> = lines
        .iter()
        .flat_map(|line| {
            let record = back(&form, &json, line).unwrap();
            [&((record.len() + 4) as u16).to_be_bytes()[..], &[0, 0], &record].concat()
        })
        .collect();
    std::fs::write(&input, data).unwrap();
    let format =
        crate::dataset::DatasetFormat::new(crate::dataset::Recfm::Variable, 1000, form.tree.format.page);
    let output = Output { path: target.clone(), file: RealFs.create_new(&target).unwrap() };
    let running = Running { threads: 2, verify: false, framing: None };
    let readable = Readable { form, format };
    let how = (&Wanted::default(), &running);
    let converted = data_to_parquet(&RealFs, &input, &readable, how, output, &|_, _| {}).unwrap();
    assert_eq!((converted.summary.written, converted.summary.findings.bad.len()), (3, 1));
    let reader = SerializedFileReader::new(std::fs::File::open(&target).unwrap()).unwrap();
    let rows: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
    assert_eq!(
        rows,
        [
            r#"{ID: 1, N: 2, G: {A: -1.25, B: 12345678901234567890.5}, T: [{Q: 5, W: ["a", "b"]}, {Q: -6, W: ["c", ""]}], P: 7000, E: -12.5}"#,
            r#"{ID: 2, N: 0, G: {A: 0.00, B: -1.0}, T: [], P: 0, E: 0.0}"#,
            r#"{ID: null, N: 1, G: {A: 0.00, B: 0.0}, T: [{Q: 1, W: ["", ""]}], P: 0, E: 0.0}"#,
        ]
    );
}

/// A copybook of random fields, groups, tables and redefinitions.
fn copybook() -> impl Strategy<Value = String> {
    let picture = prop_oneof![
        Just("PIC X(3)"),
        Just("PIC X(7) JUST RIGHT"),
        Just("PIC 9(4)"),
        Just("PIC S9(3)V9"),
        Just("PIC S9(2) SIGN LEADING SEPARATE"),
        Just("PIC S9(5)V99 COMP-3"),
        Just("PIC 9(4) COMP-3"),
        Just("PIC S9(4) COMP"),
        Just("PIC 9(9) COMP-5"),
        Just("PIC S9(18) COMP"),
        Just("PIC S9(20)V9(11) COMP-3"),
    ];
    let item = (picture, 0..9u8, 0..4u8, any::<bool>());
    proptest::collection::vec(item, 1..12).prop_map(|items| {
        let mut text = "01 R. 05 N PIC 9.\n".to_owned();
        for (index, (picture, shape, times, filler)) in items.iter().enumerate() {
            let name = if *filler { "FILLER".to_owned() } else { format!("F{index}") };
            let occurs = times + 1;
            text.push_str(&match shape {
                0 => format!("05 {name} {picture} OCCURS {occurs}.\n"),
                1 => format!("05 G{index}. 10 {name} {picture}. 10 H{index} PIC X.\n"),
                2 => format!("05 {name} {picture}. 05 V{index} REDEFINES {name} PIC X({occurs}).\n")
                    .replace("FILLER", &format!("O{index}")),
                3 => format!("05 T{index} OCCURS 0 TO 5 DEPENDING ON N. 10 {name} {picture}.\n"),
                4 => format!("05 FILLER. 10 {name} {picture}. 10 X{index} PIC 9(2) OCCURS {occurs}.\n"),
                _ => format!("05 {name} {picture}.\n"),
            });
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Any bytes through any layout: text and back gives the same bytes, and nothing panics.
    #[test]
    fn any_bytes_come_back(text in copybook(), count in 0u8..6, bytes in proptest::collection::vec(any::<u8>(), 0..400), maximum in any::<bool>()) {
        let odo = if maximum { Odo::Maximum } else { Odo::Counted };
        let form = form(&text, &Coding { odo, ..Coding::default() }, "null");
        let mut record = vec![0xF0 + count];
        record.extend(&bytes);
        for text in [json(&form), csv(&form)] {
            let line = lines(&form, &text, &[&record]).unwrap().pop().unwrap();
            prop_assert_eq!(back(&form, &text, &line).unwrap(), &record[..], "{}", line);
        }
    }

    /// Lines and rows that were tampered with are read, or refused, as if there were no shortcuts.
    #[test]
    fn shortcuts_change_nothing(
        text in copybook(),
        records in proptest::collection::vec(proptest::collection::vec(prop_oneof![0xF0..=0xF9u8, Just(0x40u8), any::<u8>()], 0..150), 1..4),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..3u8, "[ -~\r\n\t\u{e4}]"), 0..4),
    ) {
        let text = text.replace("0 TO 5 DEPENDING ON N", "3");
        let form = form(&text, &Coding::default(), "null");
        for text in [json(&form), csv(&form)] {
            let mut lines: String = records
                .iter()
                .map(|record| lines(&form, &text, &[&[&[0xF3], record.as_slice()].concat()]).unwrap().pop().unwrap() + "\n")
                .collect();
            for (place, how, other) in &edits {
                let places: Vec<usize> = lines.char_indices().map(|(at, _)| at).collect();
                let at = places[place.index(places.len())];
                match how {
                    0 => lines.insert_str(at, other),
                    1 => drop(lines.remove(at)),
                    _ => {
                        lines.remove(at);
                        lines.insert_str(at, other);
                    }
                }
            }
            let quick = all_items(LineReader::new(&form, &text), lines.as_bytes());
            let slow = all_items(LineReader::new(&form, &text).without_shortcuts(), lines.as_bytes());
            prop_assert_eq!(quick, slow, "{}", lines);
        }
    }

    /// Values as they should be are kept without a note.
    #[test]
    fn good_records_need_no_notes(text in copybook()) {
        let text = text.replace("0 TO 5 DEPENDING ON N", "5");
        let form = form(&text, &Coding::default(), "error");
        let record = crate::record::initial_record(&form.tree.format);
        let end = crate::record::actual_length(&form.tree.format.layout, form.tree.format.page, &record).unwrap();
        let mut decoder = Decoder::new(&form.tree, BadNumberPolicy::all(Policy::Error), None);
        let mut out = Vec::new();
        let (origin, beside) = (Origin::default(), json_out::Beside::default());
        json_out::append_record(&mut decoder, 0, &record[..end], origin, beside, &mut out).unwrap();
        prop_assert!(decoder.notes.is_empty(), "{:?} in {}", decoder.notes, text);
    }
}
