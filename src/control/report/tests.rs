//! Reports of published examples and of every rule.

use std::sync::Arc;

use jiff::civil::date;

use super::*;
use crate::control::operate::{Program, Setting, Shape, Usage};
use crate::control::parse::{self, DeckKind, ParseContext};
use crate::control::syntax::{Dialect, Options, OutFil};
use crate::diag::{Result, Source};
use crate::encoding::CodePage;

fn page() -> CodePage {
    "latin1".parse().unwrap()
}

/// The OUTFIL that cards have, each operand on a card of its own.
fn outfil(operands: &[&str]) -> OutFil {
    let cards = format!(" OPTION COPY\n OUTFIL FNAMES=OUT,\n {}\n", operands.join(",\n "));
    let source: Arc<Source> = Source::new("SYSIN", &cards);
    let context = ParseContext { page: page(), dialect: Dialect::Dfsort, kind: DeckKind::Main };
    let deck = parse::deck(&[source], None, &context).unwrap_or_else(|problems| {
        let messages: Vec<&str> = problems.list().iter().map(|problem| problem.message.as_str()).collect();
        panic!("{messages:?} in\n{cards}")
    });
    deck.outfils.into_iter().next().unwrap()
}

fn setting() -> Setting {
    Setting::new(page(), date(2026, 3, 21).at(3, 15, 0, 0), Dialect::Dfsort, &Options::default())
}

/// Makes a report of records of text, and gives its lines.
fn made(
    operands: &[&str],
    shape: Shape,
    records: &[&str],
    lrecl: Option<usize>,
) -> Result<(Shape, Vec<Vec<u8>>)> {
    let (outfil, setting) = (outfil(operands), setting());
    let usage = Usage::OutFil { convert: outfil.convert, fill: outfil.fill };
    let program =
        outfil.reform.as_ref().map(|reform| Program::compile(reform, &setting, shape, usage).unwrap());
    let built_shape = program.as_ref().map_or(shape, Program::output);
    let mut state = program.as_ref().map(Program::state);
    let mut report = Report::new(&outfil, &setting, shape, built_shape, lrecl)?;
    let mut lines = Vec::new();
    let mut put = |line: &[u8]| {
        lines.push(line.to_vec());
        Ok(())
    };
    for record in records {
        let raw = if shape.variable {
            [&[0, u8::try_from(record.len() + 4).unwrap(), 0, 0], record.as_bytes()].concat()
        } else {
            format!("{record:<length$}", length = shape.length).into_bytes()
        };
        let mut built = Vec::new();
        match (&program, &mut state) {
            (Some(program), Some(state)) => program
                .run(state, &raw, &mut |line| {
                    built.push(line.to_vec());
                    Ok(())
                })
                .unwrap(),
            _ => built.push(raw.clone()),
        }
        let built: Vec<&[u8]> = built.iter().map(Vec::as_slice).collect();
        report.record(&raw, &built, &mut put)?;
    }
    report.finish(&mut put)?;
    Ok((report.output(), lines))
}

/// The lines of a report of fixed records, blanks at their ends cut off, a bar before each.
fn fixed(operands: &[&str], length: usize, records: &[&str]) -> String {
    let (shape, lines) = made(operands, Shape { variable: false, length }, records, None).unwrap();
    assert!(lines.iter().all(|line| line.len() == shape.length));
    shown(&lines)
}

fn shown(lines: &[Vec<u8>]) -> String {
    let text = |line: &Vec<u8>| format!("|{}", String::from_utf8_lossy(line).trim_end());
    lines.iter().map(text).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_first_line_of_a_page_ejects_the_one_before() {
    let two = ["one", "two"];
    let cases: [(&[&str], &str); 12] = [
        (&["TRAILER1=('END')"], "|1one\n| two\n|1END"),
        (&["TRAILER1=('END')", "REMOVECC"], "|one\n|two\n|END"),
        (&["TRAILER1=('END')", "BLKCCT1"], "|1one\n| two\n| END"),
        (&["HEADER1=('TOP')"], "|1TOP\n|1one\n| two"),
        (&["HEADER1=('TOP')", "BLKCCH1"], "| TOP\n|1one\n| two"),
        (&["HEADER2=('PAGE')"], "|1PAGE\n| one\n| two"),
        (&["HEADER1=('TOP')", "HEADER2=('PAGE')"], "|1TOP\n|1PAGE\n| one\n| two"),
        (&["HEADER1=('TOP')", "HEADER2=('PAGE')", "BLKCCH2"], "|1TOP\n| PAGE\n| one\n| two"),
        (&["LINES=1"], "|1one\n|1two"),
        (&["LINES=2", "HEADER2=('P')", "BLKCCH2"], "| P\n| one\n|1P\n| two"),
        (&["NODETAIL", "TRAILER1=('END')"], "|1END"),
        (&["NODETAIL", "HEADER2=('P')"], "|1P"),
    ];
    for (operands, expected) in cases {
        assert_eq!(fixed(operands, 8, &two), expected, "{operands:?}");
    }
}

#[test]
fn slashes_end_lines() {
    let cases: [(&[&str], &str); 7] = [
        (&["REMOVECC", "HEADER1=(2/,'A')"], "|\n|\n|A\n|x"),
        (&["REMOVECC", "HEADER1=('A',2/)"], "|A\n|\n|\n|x"),
        (&["REMOVECC", "HEADER1=('A',/,'B')"], "|A\n|B\n|x"),
        (&["REMOVECC", "HEADER1=('A',3/,'B')"], "|A\n|\n|\n|B\n|x"),
        (&["REMOVECC", "HEADER1=('A',/,2/,'B')"], "|A\n|\n|\n|B\n|x"),
        (&["REMOVECC", "HEADER1=(2/)"], "|\n|\n|x"),
        (&["HEADER1=(/,3:'A')"], "|1\n|   A\n|1x"),
    ];
    for (operands, expected) in cases {
        assert_eq!(fixed(operands, 4, &["x"]), expected, "{operands:?}");
    }
}

#[test]
fn pages_are_numbered_and_end_with_their_trailer() {
    let operands = ["LINES=5", "HEADER2=('PAGE',PAGE)", "TRAILER2=('RECORDS',COUNT,SUBCOUNT)"];
    let records = ["a", "b", "c", "d"];
    assert_eq!(
        fixed(&operands, 24, &records),
        "|1PAGE     1\n| a\n| b\n| c\n| RECORDS       3       3\n|1PAGE     2\n| d\n|\n|\n| RECORDS       1       4"
    );
    // A report header is a page of its own; it is only numbered if it shows its number.
    let pages = |header: &str| fixed(&[header, "HEADER2=('P',PAGE)", "TRAILER1=('T',PAGE)"], 10, &["a"]);
    assert_eq!(pages("HEADER1=('H')"), "|1H\n|1P     1\n| a\n|1T     2");
    assert_eq!(pages("HEADER1=('H',PAGE)"), "|1H     1\n|1P     2\n| a\n|1T     3");
}

#[test]
fn sections_break_where_their_field_changes() {
    let records = ["A1", "A2", "B3", "A4"];
    let operands = ["REMOVECC", "SECTIONS=(1,1,HEADER3=('>',1,1),TRAILER3=('<',1,1,COUNT))"];
    assert_eq!(
        fixed(&operands, 12, &records),
        "|>A\n|A1\n|A2\n|<A       2\n|>B\n|B3\n|<B       1\n|>A\n|A4\n|<A       1"
    );
    let operands = ["REMOVECC", "NODETAIL", "SECTIONS=(1,1,TRAILER3=(1,2,SUBCOUNT15))"];
    assert_eq!(fixed(&operands, 17, &records), "|A2              2\n|B3              3\n|A4              4");
    let operands = ["SECTIONS=(1,1,SKIP=2L)"];
    assert_eq!(fixed(&operands, 12, &records), "|1A1\n| A2\n|\n|\n| B3\n|\n|\n| A4");
    let operands = ["SECTIONS=(1,1,SKIP=P,TRAILER3=('END'))", "HEADER2=('P',PAGE)"];
    assert_eq!(
        fixed(&operands, 12, &records),
        "|1P     1\n| A1\n| A2\n| END\n|1P     2\n| B3\n| END\n|1P     3\n| A4\n| END"
    );
    // Blank lines at the top of a page are left out.
    let operands = ["LINES=3", "SECTIONS=(1,1,SKIP=2L)"];
    assert_eq!(fixed(&operands, 12, &records), "|1A1\n| A2\n|1B3\n|1A4");
}

#[test]
fn inner_sections_break_with_outer_ones() {
    let records = ["AX", "AY", "BY"];
    let operands = [
        "REMOVECC",
        "SECTIONS=(1,1,HEADER3=('OUTER'),TRAILER3=('outer',COUNT),\n 2,1,HEADER3=('INNER'),TRAILER3=('inner',COUNT))",
    ];
    assert_eq!(
        fixed(&operands, 16, &records),
        "|OUTER\n|INNER\n|AX\n|inner       1\n|INNER\n|AY\n|inner       1\n|outer       2\n|OUTER\n|INNER\n|BY\n\
         |inner       1\n|outer       1"
    );
}

#[test]
fn section_headers_come_again_on_pages_if_asked() {
    let records = ["A1", "A2", "A3"];
    let with = |section: &str| {
        let section = format!("SECTIONS=(1,1,{section}HEADER3=('>'))");
        fixed(&["LINES=3", "HEADER2=('P')", &section], 8, &records)
    };
    assert_eq!(with(""), "|1P\n| >\n| A1\n|1P\n| A2\n| A3");
    assert_eq!(with("PAGEHEAD,"), "|1P\n| >\n| A1\n|1P\n| >\n| A2\n|1P\n| >\n| A3");
}

#[test]
fn headers_take_the_first_record_and_trailers_the_last() {
    let operands =
        ["LINES=4", "HEADER1=('H1',1,1)", "HEADER2=('H2',1,1)", "TRAILER2=('T2',1,1)", "TRAILER1=('T1',1,1)"];
    assert_eq!(
        fixed(&operands, 6, &["a", "b", "c"]),
        "|1H1a\n|1H2a\n| a\n| b\n| T2b\n|1H2c\n| c\n|\n| T2c\n|1T1c"
    );
}

#[test]
fn a_report_without_records_has_headers_and_trailers() {
    let operands = ["HEADER1=('H',1,3,'|')", "HEADER2=('P')", "TRAILER1=('T',COUNT,1,2,'|')"];
    assert_eq!(fixed(&operands, 20, &[]), "|1H   |\n|1P\n|1T       0  |");
    assert_eq!(fixed(&["REMOVECC", "TRAILER1=('T',COUNT+1)"], 20, &[]), "|T       1");
    assert_eq!(fixed(&["REMOVECC", "SECTIONS=(1,1,TRAILER3=('T'))"], 20, &[]), "");
    assert_eq!(fixed(&["REMOVECC", "HEADER1=('D ',DATE,' ',TIME)"], 20, &[]), "|D 03/21/26 03:15:00");
}

#[test]
fn counts_can_be_changed() {
    let operands = ["REMOVECC", "NODETAIL", "TRAILER1=(COUNT,/,COUNT15,/,COUNT+2,/,COUNT-1,/,SUBCOUNT)"];
    assert_eq!(
        fixed(&operands, 15, &["a", "b"]),
        "|       2\n|              2\n|       4\n|       1\n|       2"
    );
}

#[test]
fn records_may_bring_their_control_characters() {
    let records = ["1one", " two", "0three", "1four", "-five"];
    assert_eq!(fixed(&["LINES=ANSI"], 8, &records), "|1one\n| two\n|0three\n|1four\n|-five");
    let operands = ["LINES=ANSI", "HEADER2=('PAGE',PAGE)", "TRAILER1=('END')"];
    assert_eq!(
        fixed(&operands, 12, &records),
        "|1PAGE     1\n| one\n| two\n|0three\n|1PAGE     2\n| four\n|-five\n|1END"
    );
    assert_eq!(fixed(&["LINES=(ANSI,3)"], 8, &records), "|1one\n| two\n|1three\n|1four\n|1five");
    assert_eq!(fixed(&["LINES=ANSI", "REMOVECC"], 8, &records), "|one\n|two\n|three\n|four\n|five");
}

#[test]
fn lines_must_fit_the_records() {
    let shape = Shape { variable: false, length: 4 };
    let length = |operands: &[&str], lrecl| {
        made(operands, shape, &["x"], lrecl).map(|(shape, lines)| {
            assert!(lines.iter().all(|line| line.len() == shape.length));
            shape.length
        })
    };
    assert_eq!(length(&["HEADER1=('1234')"], None).unwrap(), 5);
    assert_eq!(length(&["HEADER1=('1234')", "REMOVECC"], None).unwrap(), 4);
    assert_eq!(length(&["HEADER1=('12345')"], None).unwrap_err().code.id(), "CTL122");
    assert_eq!(length(&["HEADER1=('12345')"], Some(6)).unwrap(), 6);
    assert_eq!(length(&["HEADER1=('12345')"], Some(5)).unwrap_err().code.id(), "CTL122");
    assert_eq!(length(&["HEADER1=(3:'1',2:'2')"], None).unwrap_err().code.id(), "CTL010");
    assert_eq!(length(&["LINES=3", "HEADER2=(3/)"], None).unwrap_err().code.id(), "CTL123");
    // The data are in the record: five bytes have no field behind four.
    assert!(length(&["HEADER1=(5,1)"], None).is_err());
}

#[test]
fn lines_of_variable_records_are_as_long_as_they_are() {
    let shape = Shape { variable: true, length: 20 };
    let (output, lines) =
        made(&["HEADER1=('A')", "TRAILER1=(3:5,2,COUNT)"], shape, &["ab", "cdefg"], None).unwrap();
    assert_eq!(output, Shape { variable: true, length: 21 });
    let expected: [&[u8]; 4] =
        [b"\0\x06\0\x001A", b"\0\x07\0\x001ab", b"\0\x0A\0\0 cdefg", b"\0\x11\0\x001  cd       2"];
    assert_eq!(lines, expected);
    let (output, lines) = made(&["REMOVECC", "HEADER1=(/,30:'A')"], shape, &["ab"], None).unwrap();
    assert_eq!(output.length, 34);
    assert_eq!(lines[0], b"\0\x05\0\0 ");
    assert_eq!(lines[2], b"\0\x06\0\0ab");
    assert!(made(&["REMOVECC", "HEADER1=(/,30:'A')"], shape, &["ab"], Some(30)).is_err());
}

/// What IFTRAIL makes of records.
fn trailed(cards: &str, shape: Shape, records: &[&str]) -> Vec<String> {
    let outfil = outfil(&[cards]);
    let mut trailing = Trailing::new(&outfil, &setting(), shape).unwrap().unwrap();
    let mut lines = Vec::new();
    for record in records {
        let record = format!("{record:<length$}", length = shape.length);
        if let Some(line) = trailing.record(record.as_bytes()).unwrap() {
            lines.push(String::from_utf8_lossy(line).trim_end().to_owned());
        }
    }
    lines
}

#[test]
fn a_trailer_counts_what_is_left_of_its_file() {
    // Application Programming Guide, OUTFIL example 30.
    let records = [
        "H 2010/07/06",
        "D key1   0100",
        "D key1   0150",
        "D key1   0025",
        "T  X 0007 QR 001903 D52-007-321-7526",
        "behind the trailer",
    ];
    let shape = Shape { variable: false, length: 40 };
    let cards = "IFTRAIL=(HD=YES,TRLID=(1,1,CH,EQ,C'T'),\n  TRLUPD=(6:COUNT=(M11,LENGTH=4),14:TOT=(10,4,ZD,TO=ZD,LENGTH=6)))";
    let expected = [&records[..4], &["T  X 0003 QR 000275 D52-007-321-7526"]].concat();
    assert_eq!(trailed(cards, shape, &records), expected);
    // Without HD the first record counts; items may stand in any order, and over the end of the record.
    let cards =
        "IFTRAIL=(TRLID=(1,1,CH,EQ,C'T'),\n  TRLUPD=(39:COUNT+1=(M10,LENGTH=4),5:COUNT=(M11,LENGTH=2)))";
    let shape = Shape { variable: false, length: 40 };
    assert_eq!(trailed(cards, shape, &["a", "b", "T"])[2], format!("T   02{:34}", "").trim_end());
}

#[test]
fn reports_are_those_of_the_published_examples() {
    // Application Programming Guide, OUTFIL example 25: RECFM=FBA and LRECL=42.
    let operands = [
        "HEADER2=(1:'First',13:'Initial',22:'Last',37:'Score',/,\n 1:10'-',13:7'-',22:11'-',35:7'-')",
        "PARSE=(%00=(STARTAFT=C'LAST-> ',ENDBEFR=C' ',FIXLEN=11),\n %01=(STARTAFT=C'FIRST-> ',ENDBEFR=C' ',FIXLEN=11),\n \
         %02=(STARTAFT=C'INITIAL-> ',ENDBEFR=C' ',FIXLEN=7),\n %03=(STARTAFT=C'SCORE-> ',FIXLEN=7))",
        "BUILD=(1:%01,13:%02,22:%00,\n 35:%03,SFF,EDIT=(SIIIT.T),SIGNS=(,-))",
    ];
    let records = [
        "     LAST-> Clark   FIRST-> Oscar     INITIAL-> D   SCORE-> +98.2",
        "  LAST-> Roberts  FIRST-> Harriet   INITIAL->    SCORE-> -152.6",
        "   LAST-> Stein FIRST-> Gertrude INITIAL-> V SCORE-> +5.1",
    ];
    let (shape, lines) = made(&operands, Shape { variable: false, length: 70 }, &records, None).unwrap();
    assert_eq!(shape, Shape { variable: false, length: 42 });
    assert_eq!(
        shown(&lines),
        "|1First       Initial  Last           Score\n\
         | ----------  -------  -----------  -------\n\
         | Oscar       D        Clark           98.2\n\
         | Harriet              Roberts       -152.6\n\
         | Gertrude    V        Stein            5.1"
    );
}

#[test]
fn a_report_of_divisions_has_pages_sections_and_summaries() {
    // The statement of OUTFIL example 4, with records of ours.
    let operands = [
        "HEADER1=(5/,18:' Western Region',3/,18:'Profit and Loss Report',\n 3/,18:' for ',&DATE,3/,18:' Page',&PAGE)",
        "OUTREC=(6:16,13,24:31,10,FS,M5,LENGTH=20,75:X)",
        "SECTIONS=(3,10,SKIP=P,\n HEADER3=(2:'Division: ',3,10,5X,'Page:',&PAGE,2/,\n \
         6:'Branch Office',24:' Profit/(Loss)'),\n \
         TRAILER3=(6:'Total',24:TOTAL=(31,10,FS,M5,LENGTH=20),/,\n 6:'Lowest',24:MIN=(31,10,FS,M5,LENGTH=20),/,\n \
         6:'Average',24:AVG=(31,10,FS,M5,LENGTH=20),/,\n 3/,2:'Average so far:',X,SUBAVG=(31,10,FS,M5)))",
        "TRAILER1=(8:'Page ',&PAGE,5X,'Date: ',&DATE,5/,\n 8:'Total Number: ',COUNT,2/,\n \
         12:'Highest:',22:MAX=(31,10,FS,M5,LENGTH=20))",
    ];
    let record = |division: &str, office: &str, amount: &str| format!("  {division:<13}{office:<15}{amount}");
    let records = [
        record("Chips", "Gilroy", "-005548430"),
        record("Chips", "Morgan Hill", "0002000100"),
        record("Ice Cream", "Napa", "0000857392"),
    ];
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    assert_eq!(
        fixed(&operands, 50, &records),
        "|1\n|\n|\n|\n|\n|                   Western Region\n|\n|\n|                  Profit and Loss Report\n|\n|\n\
         |                   for 03/21/26\n|\n|\n|                   Page     1\n\
         |1 Division: Chips          Page:     2\n|\n|      Branch Office      Profit/(Loss)\n\
         |      Gilroy                     (55,484.30)\n|      Morgan Hill                 20,001.00\n\
         |      Total                      (35,483.30)\n|      Lowest                     (55,484.30)\n\
         |      Average                    (17,741.65)\n|\n|\n|\n|  Average so far:            (17,741.65)\n\
         |1 Division: Ice Cream      Page:     3\n|\n|      Branch Office      Profit/(Loss)\n\
         |      Napa                         8,573.92\n\
         |      Total                        8,573.92\n|      Lowest                       8,573.92\n\
         |      Average                      8,573.92\n|\n|\n|\n|  Average so far:             (8,969.79)\n\
         |1       Page      4     Date: 03/21/26\n|\n|\n|\n|\n|        Total Number:        3\n|\n\
         |            Highest:            20,001.00"
    );
}

#[test]
fn totals_have_fifteen_digits_or_thirty_one() {
    let total = |cards: &str| fixed(&["REMOVECC", "NODETAIL", cards], 60, &["0012", "0030"]);
    assert_eq!(total("TRAILER1=(TOT=(1,4,ZD),'|')"), format!("|{:>15} |", "42"));
    assert_eq!(total("TRAILER1=(AVG=(1,4,ZD,M11),'|')"), "|000000000000021|");
    assert_eq!(total("TRAILER1=(MIN=(1,4,ZD,EDIT=(TT.T)),MAX=(1,4,ZD,TO=ZD,LENGTH=3))"), "|01.2030");
    assert_eq!(total("TRAILER1=(TOT=(1,20,UFF,M11),'|')"), "|0000000000000000000000000000042|");
    assert_eq!(
        total("TRAILER1=(TOT=(1,4,ZD,LENGTH=5),'|',\n COUNT=(EDIT=(IIT)),PAGE=(M11,LENGTH=2))"),
        "|  42 |  202"
    );
    let none =
        fixed(&["REMOVECC", "TRAILER1=(AVG=(1,4,ZD,TO=ZD,LENGTH=3),\n MIN=(1,4,PD,M11,LENGTH=2))"], 60, &[]);
    assert_eq!(none, "|00000");
    // Edited fields are zero if there is no record, others blank.
    assert_eq!(fixed(&["REMOVECC", "HEADER1=(1,3,PD,M11,'|',1,2,'|',1,1,BI,M10)"], 20, &[]), "|00000|  |  0");
    let bad = made(&["TRAILER1=(TOT=(1,4,PD))"], Shape { variable: false, length: 60 }, &[";abc"], None);
    assert_eq!(bad.unwrap_err().code.id(), "DAT001");
    let short = Shape { variable: true, length: 60 };
    let bad = made(&["TRAILER1=(TOT=(5,4,ZD))"], short, &["12"], None);
    assert_eq!(bad.unwrap_err().code.id(), "CTL104");
    let (_, lines) = made(
        &["REMOVECC", "NODETAIL", "VLFILL=C'0'", "TRAILER1=(TOT=(5,4,ZD,M11,LENGTH=4))"],
        short,
        &["12"],
        None,
    )
    .unwrap();
    assert_eq!(lines, [b"\0\x08\0\x001200"]);
}
