//! Reports as the manual prints them.

use jiff::civil::date;

use super::{Cell, Printer, Row};
use crate::control::deck::Reading;
use crate::control::operate::Setting;
use crate::control::syntax::{Dialect, Options};
use crate::control::tool::parse;
use crate::control::tool::syntax::{ColumnValue, Operator, Report};
use crate::diag::Source;
use crate::encoding::CodePage;

fn page() -> CodePage {
    CodePage::CP037
}

fn setting() -> Setting {
    let clock = date(2005, 2, 21).at(18, 52, 44, 0);
    Setting::new(page(), clock, Dialect::Dfsort, &Options::default())
}

fn report(statement: &str) -> Report {
    let reading = Reading { page: page(), dialect: Dialect::Dfsort, symbols: None };
    let found = parse::statements(&Source::new("TOOLIN", statement), reading);
    match found.into_iter().next().unwrap().read.unwrap().operator {
        Operator::Display(display) => display.report,
        Operator::Occur(occur) => occur.report,
        _ => panic!("no report"),
    }
}

/// What is printed of rows, whose cells are written as `text` or numbers; the first may be the section.
fn printed(statement: &str, rows: &[&[&str]]) -> Vec<String> {
    let report = report(statement);
    let setting = setting();
    let mut printer = Printer::new(&report, &setting).unwrap();
    let mut lines = Vec::new();
    let mut put = |line: &[u8]| {
        lines.push(page().decode(line).trim_end().to_owned());
        Ok(())
    };
    for row in rows {
        let texts: Vec<Vec<u8>> = row.iter().map(|cell| page().encode(cell).unwrap()).collect();
        let mut cells = texts.iter().zip(*row);
        let mut cell = |value: &ColumnValue| {
            let (bytes, text) = cells.next().unwrap();
            let is_text = matches!(value, ColumnValue::Field(field) if parse::is_text(field.format));
            match value {
                ColumnValue::Hex { .. } => Cell::Hex(bytes),
                _ if is_text => Cell::Text(bytes),
                _ => Cell::Number(text.parse().ok()),
            }
        };
        let section = report.break_column().map(|column| cell(&column.value));
        let cells = report.columns.iter().map(|column| cell(&column.value)).collect();
        printer.row(&Row { cells, section }, &mut put).unwrap();
    }
    printer.finish(&mut put).unwrap();
    lines
}

#[test]
fn standard_format_has_signs_and_all_digits() {
    // Application Programming Guide, DISPLAY, example 1.
    let lines = printed(
        "DISPLAY FROM(SOURCE) LIST(FIELDS) ON(NUM) ON(40,12,CH) ON(20,8,PD)",
        &[&["1", "SAN JOSE", "3745"], &["2", "MORGAN HILL", "16502"]],
    );
    assert_eq!(
        lines,
        [
            "1RECORD NUMBER     (40,12,CH)     (20,8,PD)",
            " 000000000000001   SAN JOSE       +000000000003745",
            " 000000000000002   MORGAN HILL    +000000000016502",
        ]
    );
}

#[test]
fn blank_format_has_titles_underlined_headings_and_statistics() {
    // Application Programming Guide, DISPLAY, example 2.
    let lines = printed(
        "DISPLAY FROM(IN) LIST(LIST1) -\n TITLE('National Accounting Report') -\n PAGE DATE TIME -\n \
         HEADER('Division') HEADER('Revenue') HEADER('Profit/Loss') -\n ON(1,25,CH) ON(45,10,ZD) ON(35,10,ZD) -\n \
         BLANK -\n TOTAL('Company Totals') -\n AVERAGE('Company Averages')",
        &[&["Research and Development", "54323456", "-823325"], &["Manufacturing", "159257631", "1372610"]],
    );
    assert_eq!(
        lines,
        [
            "1National Accounting Report        - 1 -        02/21/05        18:52:44",
            "",
            " Division                             Revenue        Profit/Loss",
            " -------------------------   ----------------   ----------------",
            " Research and Development            54323456            -823325",
            " Manufacturing                      159257631            1372610",
            "",
            " Company Totals                     213581087             549285",
            "",
            " Company Averages                   106790543             274642",
        ]
    );
}

#[test]
fn without_headings_there_are_no_pages() {
    // Application Programming Guide, DISPLAY, example 3.
    let lines = printed(
        "DISPLAY FROM(DATA) LIST(JUSTDATA) -\n NOHEADER -\n ON(17,5,PD) ON(1,2,FI)",
        &[&["-273216", "27"], &["993112", "321"]],
    );
    assert_eq!(lines, [" -000000000273216   +000000000000027", " +000000000993112   +000000000000321"]);
}

#[test]
fn headings_have_several_lines_and_can_be_left_out() {
    // Application Programming Guide, DISPLAY, example 4.
    let lines = printed(
        "DISPLAY FROM(TEMP) LIST(REGULAR) -\n PAGE TITLE('Report on Regular Tools') TBETWEEN(12)-\n \
         HEADER(NONE) ON(1,18,CH) -\n HEADER(,'Item') ON(35,5,CH) -\n HEADER('Percent','Change') ON(28,4,FS,B1) -\n \
         LINES(66)",
        &[&["Hammers", "10325", "73"], &["Wrenches", "00273", "-15"]],
    );
    assert_eq!(
        lines,
        [
            "1- 1 -            Report on Regular Tools",
            "",
            "                              Percent",
            "                      Item     Change",
            "                      -----   -------",
            " Hammers              10325       7.3",
            " Wrenches             00273      -1.5",
        ]
    );
}

#[test]
fn statistics_stand_in_the_line_of_their_text() {
    // Application Programming Guide, DISPLAY, example 5.
    let lines = printed(
        "DISPLAY FROM(INV) LIST(RDWLIST1) -\n TITLE('No Frills RDW Report') -\n ON(NUM) -\n ON(VLEN) -\n \
         ON(1,4,HEX) -\n MINIMUM('Smallest') -\n MAXIMUM('Largest')",
        &[&["1", "75", "\u{0}x"], &["2", "71", "ab"]],
    );
    assert_eq!(lines[0], "1No Frills RDW Report");
    assert_eq!(lines[2], " RECORD NUMBER     RECORD LENGTH      (1,4,HEX)");
    assert_eq!(lines[3], " 000000000000001   +000000000000075   00A7");
    assert_eq!(
        lines[5..],
        ["", " Smallest          +000000000000071", "", " Largest           +000000000000075"]
    );
}

#[test]
fn titles_have_three_lines_on_the_first_page() {
    // Application Programming Guide, DISPLAY, example 6.
    let lines = printed(
        "DISPLAY FROM(INV) LIST(RDWLIST2) -\n DATE(DMY.) -\n TFIRST TBETWEEN(3) -\n TITLE('Fancy RDW Report with') -\n \
         TITLE('length in decimal and hex') -\n TITLE('and max and min length') -\n TIME(12:) -\n \
         HEADER('Relative Record') ON(NUM) -\n HEADER(' RDW (length)') ON(VLEN) -\n HEADER('RDW (Hex)') ON(1,4,HEX) -\n \
         BLANK -\n MINIMUM('Smallest Record:') -\n COUNT('Number of Records: ') EDCOUNT(U04)",
        &[&["1", "84", "abcd"]],
    );
    assert_eq!(
        lines,
        [
            "121.02.05     Fancy RDW Report with     06:52:44 pm",
            "            length in decimal and hex",
            "             and max and min length",
            "",
            " Relative Record       RDW (length)   RDW (Hex)",
            " ---------------   ----------------   ---------",
            "               1                 84   81828384",
            "",
            " Smallest Record:                84",
            "",
            " Number of Records:     1",
        ]
    );
}

#[test]
fn a_plain_and_a_fancy_report() {
    // Application Programming Guide, DISPLAY, example 11.
    let rows: &[&[&str]] = &[&["93271", "1", "15932", "106"], &["137622", "2", "187", "128"]];
    let plain = printed(
        "DISPLAY FROM(ACCTS) LIST(PLAIN) -\n TITLE('Accounts Report for First Quarter') -\n DATE(MD4/) BLANK -\n \
         HEADER('Amount') ON(12,6,ZD) -\n HEADER('Id') ON(NUM) -\n HEADER('Acct#') ON(31,3,PD) -\n \
         HEADER('Date') ON(1,4,ZD) -\n TOTAL('Total for Q1')",
        rows,
    );
    assert_eq!(
        plain,
        [
            "1Accounts Report for First Quarter        02/21/2005",
            "",
            "           Amount                Id              Acct#               Date",
            " ----------------   ---------------   ----------------   ----------------",
            "            93271                 1              15932                106",
            "           137622                 2                187                128",
            "",
            " Total for Q1",
            "           230893                                16119                234",
        ]
    );
    let fancy = printed(
        "DISPLAY FROM(ACCTS) LIST(FANCY) -\n TITLE('Accounts Report for First Quarter') -\n DATE(MD4/) BLANK -\n \
         HEADER('Amount') ON(12,6,ZD,C1,N08) -\n HEADER('Id') ON(NUM,N02) -\n \
         HEADER('Acct#') ON(31,3,PD,NOST,LZ) -\n HEADER('Date') ON(1,4,ZD,E'99/99',NOST) -\n INDENT(2) BETWEEN(5) -\n \
         STATLEFT -\n TOTAL('Total for Q1') -\n AVERAGE('Average for Q1')",
        rows,
    );
    assert_eq!(
        fancy,
        [
            "1  Accounts Report for First Quarter        02/21/2005",
            "",
            "                           Amount      Id      Acct#      Date",
            "                      -----------     ---     ------     -----",
            "                           932.71       1      15932     01/06",
            "                         1,376.22       2      00187     01/28",
            "",
            "   Total for Q1          2,308.93",
            "",
            "   Average for Q1        1,154.46",
        ]
    );
}

#[test]
fn sections_have_their_pages_and_statistics() {
    let lines = printed(
        "DISPLAY FROM(INPUT) LIST(OUTPUT) -\n TITLE('Western Region') PAGE -\n BTITLE('Division:') BREAK(1,10,CH) -\n \
         HEADER('Branch') ON(11,8,CH) -\n HEADER('Profit/(Loss)') ON(21,5,ZD,E1) -\n BMINIMUM('Least:') -\n \
         MAXIMUM('Most:') BLANK",
        &[&["Chips", "Gilroy", "-3554"], &["Chips", "Morgan", "9"], &["Ice", "Marin", "673"]],
    );
    assert_eq!(
        lines,
        [
            "1Western Region        - 1 -",
            "",
            " Division:  Chips",
            "",
            " Branch     Profit/(Loss)",
            " --------   -------------",
            " Gilroy           (3,554)",
            " Morgan                9",
            "",
            " Least:           (3,554)",
            "1Western Region        - 2 -",
            "",
            " Division:  Ice",
            "",
            " Branch     Profit/(Loss)",
            " --------   -------------",
            " Marin               673",
            "",
            " Least:              673",
            "1Western Region        - 3 -",
            "",
            " Branch     Profit/(Loss)",
            " --------   -------------",
            "",
            " Most:               673",
        ]
    );
}

#[test]
fn counts_of_values_stand_where_the_cards_put_them() {
    // Application Programming Guide, OCCUR, examples 1, 2 and 5.
    let lines = printed("OCCUR FROM(SOURCE) LIST(VOLSERS) ON(40,6,CH) ON(VALCNT)", &[&["ABC001", "25"]]);
    assert_eq!(lines, ["1(40,6,CH)   VALUE COUNT", " ABC001      000000000000025"]);
    let lines = printed(
        "OCCUR FROM(IN) LIST(LIST1) -\n TITLE(' 3090 Distribution ') -\n PAGE -\n \
         HEADER('Data Centers') ON(VALCNT) -\n HEADER('State') ON(1,16,CH) -\n HEADER('3090s') ON(25,3,PD) -\n BLANK",
        &[&["12", "Alabama", "1"]],
    );
    assert_eq!(
        lines,
        [
            "1 3090 Distribution         - 1 -",
            "",
            "    Data Centers   State               3090s",
            " ---------------   ----------------   ------",
            "              12   Alabama                 1",
        ]
    );
    let lines = printed(
        "OCCUR FROM(BRANCH) LIST(CALLRPT)-\n DATENS(4MD)-\n TITLE('Yearly Branch Phone Call Counts')-\n \
         HEADER('Phone Number') ON(7,10,ZD,E'(999)-999-9999')-\n HEADER('Calls') ON(VALCNT,A1,N05)-\n \
         INDENT(5) BETWEEN(10)",
        &[&["373251807", "3125"], &["2180627214", "872"]],
    );
    assert_eq!(
        lines,
        [
            "1     20050221        Yearly Branch Phone Call Counts",
            "",
            "        Phone Number            Calls",
            "      --------------          -------",
            "      (037)-325-1807            3,125",
            "      (218)-062-7214              872",
        ]
    );
}

#[test]
fn pages_are_full_after_their_lines() {
    let rows: Vec<Vec<String>> = (1..=20).map(|number| vec![number.to_string()]).collect();
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let lines = printed("DISPLAY FROM(A) LIST(B) LINES(10) BLANK ON(1,2,ZD) HEADER('N')", &rows);
    let starts: Vec<usize> =
        lines.iter().enumerate().filter(|(_, line)| line.starts_with('1')).map(|(at, _)| at).collect();
    assert_eq!(starts, [0, 10, 20]);
    let lines = printed("DISPLAY FROM(A) LIST(B) LINES(10) BLANK NOCC ON(1,2,ZD) HEADER('N')", &rows);
    assert_eq!(lines[..3], ["  N", "---", "  1"]);
    assert_eq!(lines[10..12], ["", "  N"]);
}

#[test]
fn masks_show_separators_and_signs() {
    let shown = |items: &str, value: &str| {
        let lines = printed(&format!("DISPLAY FROM(A) LIST(B) NOHEADER ON(1,9,ZD,{items})"), &[&[value]]);
        lines[0][1..].to_owned()
    };
    assert_eq!(shown("A0", "-1234"), "     -1234");
    assert_eq!(shown("A1", "1234567"), "   1,234,567");
    assert_eq!(shown("A2", "-1234567"), "  -1.234.567");
    assert_eq!(shown("A3", "1234567"), "   1 234 567");
    assert_eq!(shown("A4", "1234567"), "   1'234'567");
    assert_eq!(shown("A5", "-1234567"), "  1 234 567-");
    assert_eq!(shown("B1", "-5"), "         -0.5");
    assert_eq!(shown("C1", "123456789"), " 1,234,567.89");
    assert_eq!(shown("C2", "123456789"), " 1.234.567,89");
    assert_eq!(shown("C6", "-123456789"), "1 234 567,89-");
    assert_eq!(shown("D4", "123456789"), " 123'456.789");
    assert_eq!(shown("E1", "-123456789"), "(123,456,789)");
    assert_eq!(shown("F5", "-123456789"), "(1'234'567,89)");
    assert_eq!(shown("G1", "123456789"), " 12,345.6789");
    assert_eq!(shown("C1,LZ,N05", "7"), " 000.07");
    assert_eq!(shown("A1,N03,L'$ ',T' kg'", "7"), "$    7 kg");
    assert_eq!(shown("A1,N06,F'$'", "-1234"), "  $-1,234");
    assert_eq!(shown("A0,U02", "123"), "***");
    assert_eq!(shown("/K,A0,N03", "123456"), " 123");
    assert_eq!(shown("E'99:99'", "12345"), "23:45");
}

#[test]
fn no_statement_is_too_strange() {
    let statements = [
        "DISPLAY FROM(A) LIST(B) TITLE('T',,'U') PAGE DATE(MD4/) TIME(12:) INDENT(9)",
        "DISPLAY FROM(A) LIST(B) ON(1,9,ZD,F'$',D2,T' DM',/KB) HEADER('a',,'b')",
        "DISPLAY FROM(A) LIST(B) ON(NUM,N02) ON(5,4,DT1,E'9999/99/99') STATLEFT",
        "DISPLAY FROM(A) LIST(B) ON(1,3,PD,G6,LZ) BTITLE('x') BREAK(1,2,CH) BTOTAL('y')",
        "OCCUR FROM(A) LIST(B) ON(1,2,HEX) ON(VALCNT,A5,U31) HIGHER(3) WIDTH(133)",
        "SUBSET FROM(A) TO(B) KEEP INPUT RRN(5,*) RRN(*) FIRST(3)",
        "COUNT FROM(A) EMPTY RC4 WRITE(C) TEXT('x') EDCOUNT(A1,U08) SUB(-3)",
    ];
    let reading = Reading { page: page(), dialect: Dialect::Dfsort, symbols: None };
    let setting = setting();
    let replacements = ["", "(", ")", "'", ",", "-", "0", "99", "é", "*", " "];
    for statement in statements {
        for at in 0..statement.len() {
            for replacement in replacements {
                let text = format!("{}{replacement}{}", &statement[..at], &statement[at + 1..]);
                for found in parse::statements(&Source::new("TOOLIN", text.as_str()), reading) {
                    let Ok(statement) = found.read else { continue };
                    let report = match statement.operator {
                        Operator::Display(display) => display.report,
                        Operator::Occur(occur) => occur.report,
                        _ => continue,
                    };
                    let mut printer = Printer::new(&report, &setting).unwrap();
                    let cells = report.columns.iter().map(|_| Cell::Number(Some(-987_654_321))).collect();
                    let section = report.break_column().map(|_| Cell::Text(b"x"));
                    printer.row(&Row { cells, section }, &mut |_| Ok(())).unwrap();
                    printer.finish(&mut |_| Ok(())).unwrap();
                }
            }
        }
    }
}
