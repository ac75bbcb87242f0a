//! Columns, continuation, symbols.

use std::sync::Arc;

use super::*;
use crate::control::syntax::Dialect;
use crate::diag::{Diagnostics, Source};
use crate::encoding::CodePage;

fn read(text: &str) -> (Vec<(String, String)>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let cards = Cards::read(&Source::new("SYSIN", text), false, &mut diagnostics);
    let statement = |s: &Statement| (s.operation.clone(), s.operands.as_str().to_owned());
    (cards.statements.iter().map(statement).collect(), diagnostics)
}

/// The operands of the only statement of cards without mistakes.
fn operands(text: &str) -> String {
    let (statements, diagnostics) = read(text);
    assert!(diagnostics.list().is_empty(), "{diagnostics}");
    assert_eq!(statements.len(), 1, "{statements:?}");
    statements[0].1.clone()
}

/// A card of exactly 71 columns with a mark behind it.
fn marked(text: &str) -> String {
    format!("{text:<71}X\n")
}

#[test]
fn operands_end_at_a_blank_and_go_on_behind_a_delimiter() {
    assert_eq!(operands(" SORT FIELDS=(1,5,CH,A) A REMARK, WITH A COMMA"), "FIELDS=(1,5,CH,A)");
    assert_eq!(operands(" SORT FIELDS=(1,5,  FIRST\n\n* comment,\n   CH,\n A)  LAST"), "FIELDS=(1,5,CH,A)");
    assert_eq!(operands(" SORT  FIELDS=(1;\n       5;CH,A)"), "FIELDS=(1;5;CH,A)");
    assert_eq!(operands(" OUTREC BUILD=(5:\n      1,5)"), "BUILD=(5:1,5)");
    assert_eq!(operands("LABEL SORT FIELDS=COPY\n"), "FIELDS=COPY");
    assert_eq!(
        operands(" INCLUDE COND=(1,5,CH,EQ,C'A, B''C D',OR,\r\n  ALL)"),
        "COND=(1,5,CH,EQ,C'A, B''C D',OR,ALL)"
    );
    assert_eq!(operands("\tOPTION\tCOPY\tremark"), "COPY");
    assert_eq!(read(" OPTION COPY\n END\n nonsense").0.len(), 2, "nothing is read behind END");
    assert_eq!(
        read("LABEL\n OPTION COPY\n/*\n more").0.len(),
        1,
        "a label alone is nothing; /* ends the cards"
    );
}

#[test]
fn the_mark_in_column_72_continues() {
    let head = format!(" INCLUDE COND=(1,5,CH,EQ,C'{}", "A".repeat(44));
    assert_eq!(head.len(), 71);
    let expected = format!("COND=(1,5,CH,EQ,C'{}  B')", "A".repeat(44));
    assert_eq!(
        operands(&format!("{head}X\n{:15}  B')", "")),
        expected,
        "blanks from column 16 on belong to the literal"
    );
    let expected = format!("COND=(1,5,CH,EQ,C'{}B')", "A".repeat(44));
    assert_eq!(operands(&format!("{head}X\n    B')")), expected, "text in columns 2 to 15 goes on there");
    let blanks = operands(&(marked(" OUTREC BUILD=(C'AB") + &format!("{:15}C')", "")));
    assert_eq!(blanks, format!("BUILD=(C'AB{}C')", " ".repeat(71 - " OUTREC BUILD=(C'AB".len())));
    let word = format!(" SORT FIELDS=({}1,5,C", "1,5,CH,A,".repeat(5));
    let wide = format!("{word:0>71}");
    assert_eq!(wide.len(), 71);
    let text = format!(" SORT FIELDS=({}10000,", "1,5,CH,A,".repeat(5));
    let (statements, _) = read(&format!("{}{}\n    5,CH,A)", marked(&text).trim_end(), "00000100"));
    assert_eq!(statements[0].1, format!("FIELDS=({}10000,5,CH,A)", "1,5,CH,A,".repeat(5)));
    let (statements, diagnostics) =
        read(&(marked(" OPTION COPY REMARK") + " OPTION NOT READ\n SORT FIELDS=COPY"));
    assert!(diagnostics.list().is_empty(), "a remark can be continued: {diagnostics}");
    assert_eq!(statements.len(), 2);
}

#[test]
fn what_does_not_fit_on_a_card_is_lost() {
    let text = " SORT FIELDS=(1,5,CH,A,7,5,CH,A,13,5,CH,A,19,5,CH,A,25,5,CH,A,31,5,CH,A,37,5,CH,A)";
    let (_, diagnostics) = read(text);
    let list: Vec<&str> = diagnostics.list().iter().map(|d| d.code.id()).collect();
    assert_eq!(list, ["CTL002", "CTL001"], "{diagnostics}");
    let (statements, diagnostics) = read(&format!("{:72}00000100\n", " OPTION COPY"));
    assert!(diagnostics.list().is_empty() && statements.len() == 1, "sequence numbers are no text");
    let (_, diagnostics) = read(&format!(" OPTION COPY {}", "REMARK ".repeat(30)));
    assert!(diagnostics.list().is_empty(), "remarks may be lost");
}

#[test]
fn cards_that_do_not_continue() {
    for (text, code, at) in [
        (" SORT FIELDS=(1,5,\n", "CTL001", ","),
        (" SORT FIELDS=(1,5,\nCH,A)\n", "CTL001", "CH,A)"),
        (" OUTREC BUILD=(C'ABC)\n OPTION COPY", "CTL003", "'ABC)"),
    ] {
        let (_, diagnostics) = read(text);
        let found = diagnostics.list().first().expect(text);
        assert_eq!(found.code.id(), code, "{found}");
        let crate::diag::Place::Text { span, .. } = &found.place else { panic!("{found}") };
        assert_eq!(span.text(), at);
    }
    let (statements, _) = read(" OUTREC BUILD=(C'ABC)\n OPTION COPY");
    assert_eq!(statements.len(), 2, "the next statement is read all the same");
}

#[test]
fn statements_of_icetool() {
    let mut diagnostics = Diagnostics::new();
    let text = "* comment\nSORT FROM(IN) -\n   USING(CTL1) -  this is ignored\n\n   TO(OUT)\n\
        \x20DISPLAY TITLE('A - B(') ON(5,3,ZD) - \n LIST(L)\nCOPY-\n";
    let cards = Cards::read_tool(&Source::new("TOOLIN", text), &mut diagnostics);
    let found: Vec<_> =
        cards.statements.iter().map(|s| (s.operation.as_str(), s.operands.as_str())).collect();
    let expected = [
        ("SORT", "FROM(IN) USING(CTL1) TO(OUT)"),
        ("DISPLAY", "TITLE('A - B(') ON(5,3,ZD) LIST(L)"),
        ("COPY-", ""),
    ];
    assert_eq!(found, expected);
    assert!(!diagnostics.has_errors());
    Cards::read_tool(&Source::new("TOOLIN", "COPY FROM(A) -\n"), &mut diagnostics);
    assert_eq!(diagnostics.list()[0].code.id(), "CTL001");
}

#[test]
fn places_are_those_of_the_cards() {
    let source = Source::new("SYSIN", " SORT FIELDS=(1,5,\n   CH,A)");
    let cards = Cards::read(&source, false, &mut Diagnostics::new());
    let text = &cards.statements[0].operands;
    let at = text.as_str().find("CH").unwrap();
    assert_eq!(text.span(at..at + 2).position(), (2, 4));
    assert_eq!(text.span(at - 2..at + 2).text(), "5,", "a stretch over two cards is shown on the first");
    assert_eq!(text.span(999..1000).text(), "");
}

fn symbols(text: &str) -> Result<Symbols, Diagnostics> {
    let clock = jiff::civil::date(2026, 3, 21).at(3, 15, 0, 0);
    let mut system = SystemSymbols::of(clock);
    system.set("JOBNAME", "PAYROLL");
    Symbols::read(&Source::new("SYMNAMES", text), CodePage::CP037, &system)
}

fn field(position: u32, length: Option<u32>, format: Option<&str>) -> Symbol {
    Symbol::Field { position, length, format: format.map(str::to_owned) }
}

#[test]
fn symbols_of_fields() {
    let text = "* comment\nFirst_Name,6,20,CH   remark, with comma\n  Last_Name,*,=,=\nAccount,53,3,pd\nSKIP,2\n\
        Balance;*;6;ZD\nPOSITION,100\nFa,*,3\nFb,=,5,Y2T\nALIGN,F\nFc,*,4,FI\nPOSITION,Account\nFd,*,1\nFe,*\n\
        P1,%01\nP2,%02,ZD\n";
    let symbols = symbols(text).unwrap_or_else(|d| panic!("{d}"));
    for (name, expected) in [
        ("First_Name", field(6, Some(20), Some("CH"))),
        ("Last_Name", field(26, Some(20), Some("CH"))),
        ("Account", field(53, Some(3), Some("PD"))),
        ("Balance", field(58, Some(6), Some("ZD"))),
        ("Fa", field(100, Some(3), None)),
        ("Fb", field(100, Some(5), Some("Y2T"))),
        ("Fc", field(105, Some(4), Some("FI"))),
        ("Fd", field(53, Some(1), None)),
        ("Fe", field(54, None, None)),
        ("P1", Symbol::Parsed { number: 1, format: None }),
        ("P2", Symbol::Parsed { number: 2, format: Some("ZD".into()) }),
    ] {
        assert_eq!(symbols.get(name), Some(&expected), "{name}");
    }
    assert_eq!(symbols.get("first_name"), None, "case counts");
}

#[test]
fn symbols_of_constants() {
    let text = "Loan,'LOAN'\nC1,C'It''s'\nX1,X'00FF'\nB1,B'1100.0.0'\nN1,50000\nN2,+5\nN3,-100\nY1,Y'DATE1'-7\n\
        S1,S'&JOBNAME. on &LYYMMDD. &YR4(3:2) &WDAY &NOPE'\n";
    let symbols = symbols(text).unwrap_or_else(|d| panic!("{d}"));
    let bytes = |name: &str| match symbols.get(name) {
        Some(Symbol::Constant(Constant::Bytes(literal))) => CodePage::CP037.decode(&literal.bytes),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!((bytes("Loan"), bytes("C1")), ("LOAN".into(), "It's".into()));
    assert_eq!(bytes("S1"), "PAYROLL on 260321 26 SAT &NOPE");
    let number = |value, signed| Some(Symbol::Constant(Constant::Number { value, signed }));
    assert_eq!(symbols.get("N1").cloned(), number(50000, false));
    assert_eq!(symbols.get("N2").cloned(), number(5, true));
    assert_eq!(symbols.get("N3").cloned(), number(-100, true));
    assert_eq!(symbols.get("B1"), Some(&Symbol::Constant(Constant::Bits("1100.0.0".into()))));
    assert_eq!(symbols.get("Y1"), Some(&Symbol::Constant(Constant::Year("'DATE1'-7".into()))));
}

#[test]
fn symbols_that_are_wrong() {
    for (text, at) in [
        ("1A,5,3", "1A"),
        ("CH,5,3", "CH"),
        ("DATE1X,5,3", "DATE1X"),
        ("Fa,*,3", "*"),
        ("Fa,5,=", "="),
        ("Fa,5,3,XX", "XX"),
        ("Fa,0,3", "0"),
        ("Fa,5,3\nFa,6,3", "Fa,6,3"),
        ("Fa,'B", "'"),
        ("Fa,X'0'", "X'0'"),
        ("Fa", ""),
        ("Fa,5,3,CH,A", ","),
        ("POSITION,NOPE", "NOPE"),
        ("ALIGN,X", "X"),
        ("SKIP,Fa", "Fa"),
    ] {
        let Err(diagnostics) = symbols(text) else { panic!("{text} is accepted") };
        assert_eq!(diagnostics.error_count(), 1, "{diagnostics}");
        let crate::diag::Place::Text { span, .. } = &diagnostics.list()[0].place else { panic!() };
        assert_eq!(span.text(), at, "{diagnostics}");
    }
    let Err(all) = symbols("1A,5,3\nOK,1,2\nFb,,3\n") else { panic!() };
    assert_eq!(all.error_count(), 2, "all mistakes at once");
}

#[test]
fn numbers_and_constants() {
    let text = |text: &str| Text::of(&crate::diag::Span::new(&Source::new("x", text), 0..text.len()));
    let reading = Reading { page: CodePage::CP037, dialect: Dialect::Dfsort, symbols: None };
    let literal = |s: &str| {
        let text = text(s);
        let result = Cursor::new(&text, reading).literal();
        result.map(|found| found.map(|literal| literal.bytes)).map_err(|d| d.message.clone())
    };
    assert_eq!(literal("3X'01'"), Ok(Some(vec![1, 1, 1])));
    assert_eq!(literal("C''"), Ok(Some(vec![])));
    assert_eq!(literal("2'A'"), Ok(Some(vec![0xC1, 0xC1])));
    assert_eq!(literal("5X"), Ok(None));
    assert!(literal("0C'A'").is_err() && literal("5000C'A'").is_err() && literal("C'\u{4e00}'").is_err());
    assert!(literal("X''").is_err() && literal("X'ab'").is_err() && literal("X'G0'").is_err());
    let decimal = |s: &str| {
        let text = text(s);
        Cursor::new(&text, reading).decimal().ok()
    };
    assert_eq!(decimal("-0005,"), Some(Some((-5, true))));
    assert_eq!(decimal("000"), Some(Some((0, false))));
    assert_eq!(decimal(&"9".repeat(31)), Some(Some((10i128.pow(31) - 1, false))));
    assert_eq!(decimal(&"9".repeat(32)), None);
    let source: Arc<Source> = Source::new("x", "");
    let empty = Text::of(&crate::diag::Span::new(&source, 0..0));
    assert!(Cursor::new(&empty, reading).number().is_err());
}
