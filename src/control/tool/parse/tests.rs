//! Statements as the manual writes them, and what is wrong with others.

use super::super::syntax::{
    Choice, ColumnValue, Header, Joining, Limit, ListFormat, Mode, Occurrences, Operator, Rows, SpliceLength,
    TitlePart,
};
use super::statements;
use crate::control::deck::{Reading, Symbols, SystemSymbols};
use crate::control::syntax::Dialect;
use crate::diag::{Diagnostics, Source};
use crate::encoding::CodePage;

const PAGE: CodePage = CodePage::CP037;

fn read_with(text: &str, symbols: Option<&Symbols>) -> Vec<Result<Operator, Diagnostics>> {
    let reading = Reading { page: PAGE, dialect: Dialect::Dfsort, symbols };
    let found = statements(&Source::new("TOOLIN", text), reading);
    found.into_iter().map(|found| found.read.map(|statement| statement.operator)).collect()
}

fn one(text: &str) -> Operator {
    let mut all = read_with(text, None);
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0).unwrap_or_else(|problems| panic!("{text}: {problems}"))
}

/// What is said of a wrong statement: the first message, where it points, and its number.
fn wrong(text: &str) -> (String, (usize, usize), String) {
    let problems = read_with(text, None).remove(0).unwrap_err();
    let problem = &problems.list()[0];
    let crate::diag::Place::Text { span, .. } = &problem.place else { panic!("no place: {problem:?}") };
    (problem.message.clone(), span.position(), problem.notes[0].clone())
}

#[test]
fn operators_that_copy() {
    let Operator::Copy(copy) = one("  COPY FROM(IN1) TO(OUT1,OUT2, OUT3) USING(CTL1) VSAMTYPE(F) SERIAL")
    else {
        panic!()
    };
    assert_eq!(copy.to.iter().map(|dd| dd.name.as_str()).collect::<Vec<_>>(), ["OUT1", "OUT2", "OUT3"]);
    assert_eq!(copy.using.unwrap().name, "CTL1");
    let Operator::Copy(sort) = one("SORT JKFROM TO(OUT) USING(CTL1)") else { panic!() };
    assert!(sort.sort && sort.from.is_none());
    let Operator::Merge(merge) = one("MERGE FROM(A,B) FROM(C) TO(D) USING(MERG)") else { panic!() };
    assert_eq!(merge.from.len(), 3);
    let Operator::DataSort(sort) = one("DATASORT FROM(IN) TO(OUT) HEADER(2) TRAILER USING(CTL1)") else {
        panic!()
    };
    assert_eq!((sort.first, sort.last), (2, 1));
    let Operator::Resize(resize) = one("RESIZE FROM(IN) TO(OUT) TOLEN(40)") else { panic!() };
    assert_eq!(resize.length, 40);
}

#[test]
fn a_hyphen_continues_and_comments_are_skipped() {
    let text = "* Select duplicates\n SELECT FROM(IN2) TO(DUPKEYS) ON(1,25,CH) ALLDUPS -   goes on\n\n\
                * Save all records with unique keys\n    DISCARD (UNQKEYS)\n MODE CONTINUE\n";
    let all = read_with(text, None);
    assert_eq!(all.len(), 2);
    let Ok(Operator::Select(select)) = &all[0] else { panic!() };
    assert_eq!(select.choice, Choice::All(Occurrences::AllDups));
    assert_eq!(select.discard.as_ref().unwrap().name, "UNQKEYS");
    assert!(matches!(all[1], Ok(Operator::Mode(Mode::Continue))));
}

#[test]
fn operators_that_choose() {
    let choice = |text: &str| match one(&format!("SELECT FROM(A) TO(B) ON(1,3,ZD) ON(VLEN) {text}")) {
        Operator::Select(select) => select.choice,
        _ => panic!(),
    };
    assert_eq!(choice("FIRST"), Choice::First(1, Occurrences::Any));
    assert_eq!(choice("FIRSTDUP(3)"), Choice::First(3, Occurrences::AllDups));
    assert_eq!(choice("LAST(2)"), Choice::Last(2, Occurrences::Any));
    assert_eq!(choice("HIGHER(4)"), Choice::All(Occurrences::Higher(4)));
    let Operator::Splice(splice) = one(
        "SPLICE FROM(A) TO(B) ON(1,3,CH) WITH(5,2) WITH(9,1) WITHANY -\n KEEPNODUPS KEEPBASE -\n VLENMAX UZERO",
    ) else {
        panic!()
    };
    assert_eq!((splice.with.as_slice(), splice.joining), ([(5, 2), (9, 1)].as_slice(), Joining::Any));
    assert!(splice.keep_single && splice.keep_base && splice.unsigned_zero);
    assert_eq!(splice.length, SpliceLength::Greatest);
    let Operator::Subset(subset) =
        one("SUBSET FROM(A) TO(B) REMOVE OUTPUT FIRST LAST(2) RRN(5) -\n RRN(7,9) RRN(20,*) RRN(*)")
    else {
        panic!()
    };
    let range = Rows::Range;
    assert_eq!(
        subset.rows,
        [
            Rows::First(1),
            Rows::Last(2),
            range(Some(5), Some(5)),
            range(Some(7), Some(9)),
            range(Some(20), None),
            range(None, None)
        ]
    );
    assert!(!subset.keep && subset.output);
}

#[test]
fn operators_that_count() {
    let Operator::Count(count) =
        one("COUNT FROM(IN) HIGHER(5) RC4 SUB(2) WRITE(CT) TEXT('Count is ') -\n EDCOUNT(A1,U08) WIDTH(80)")
    else {
        panic!()
    };
    assert_eq!((count.limit, count.code, count.add), (Some(Limit::Higher(5)), 4, -2));
    assert_eq!(count.edit.unwrap().digits, Some(8));
    let Operator::Range(range) = one("RANGE FROM(A) ON(12,6,ZD) HIGHER(-3) LOWER(+9)") else { panic!() };
    assert_eq!(range.limit, Limit::Between(-3, 9));
    let Operator::Stats(stats) = one("STATS FROM(DATA1) ON(VLEN) ON(15,4,ZD)") else { panic!() };
    assert_eq!(stats.on.len(), 2);
    let Operator::Verify(verify) = one("VERIFY FROM(NEW) ON(22,16,PD) ON(7,9,ZD) NOSIGN LIMIT(10)") else {
        panic!()
    };
    assert!(verify.no_sign && verify.limit == 10);
    assert!(matches!(one("UNIQUE FROM(A) ON(20,40,CH)"), Operator::Unique(_)));
    assert!(matches!(one("DEFAULTS LIST(L)"), Operator::Defaults { .. }));
}

#[test]
fn operators_that_print() {
    let Operator::Display(display) = one(
        "DISPLAY FROM(A) LIST(B) TITLE('x','y') PAGE DATE(4MD/) TIMENS(24) -\n \
         TLEFT ON(1,4,CH) ON(5,4,DT1,E'9999/99/99') HEADER(NONE) -\n HEADER('a',,'c') BLANK BTITLE('Group') -\n \
         BREAK(1,4,CH) BTOTAL('t') COUNT('n=') EDCOUNT(A1)",
    ) else {
        panic!()
    };
    let report = display.report;
    assert_eq!(report.title.parts.len(), 4);
    assert_eq!((&report.title.parts[0], &report.title.parts[1]), (&TitlePart::Text, &TitlePart::Page));
    assert_eq!(report.columns[0].header, Header::None);
    assert_eq!(report.format, ListFormat::Blank);
    assert!(report.break_column().is_some());
    assert!(report.statistics[0].edit.mask.is_some());
    let Operator::Occur(occur) = one("OCCURS FROM(A) LIST(B) ON(1,4,HEX) ON(VALCNT) LOWER(3)") else {
        panic!()
    };
    assert!(matches!(occur.report.columns[0].value, ColumnValue::Hex { position: 1, length: 4 }));
    assert_eq!(occur.occurrences, Occurrences::Lower(3));
}

#[test]
fn symbols_stand_for_fields_texts_and_numbers() {
    let text =
        "Customer_Name,5,20,CH\nBalance,25,10,ZD\nCancel,+10000\nHead1,'Customer Name'\nFlags,35,1,BI\n";
    let symbols = Symbols::read(&Source::new("SYMNAMES", text), PAGE, &SystemSymbols::default()).unwrap();
    let text = "RANGE FROM(IN) ON(Balance) LOWER(Cancel)\n DISPLAY FROM(IN) LIST(OUT) HEADER(Head1) ON(Customer_Name) -\n \
                HEADER('Balance') ON(Balance,C1) HEADER('Flags') ON(Flags,HEX)\n";
    let all = read_with(text, Some(&symbols));
    let Ok(Operator::Range(range)) = &all[0] else { panic!("{:?}", all[0]) };
    assert_eq!(range.limit, Limit::Lower(10_000));
    let Ok(Operator::Display(display)) = &all[1] else { panic!("{:?}", all[1]) };
    assert_eq!(display.report.columns.len(), 3);
    assert!(display.report.columns[1].formatting.mask.is_some());
}

#[test]
fn mistakes_are_shown_at_their_place() {
    let at = |text: &str, message: &str, place: (usize, usize), number: &str| {
        let (said, position, note) = wrong(text);
        assert!(said.contains(message), "{text}: {said}");
        assert_eq!(position, place, "{text}: {said}");
        assert!(note.starts_with(number), "{text}: {note}");
    };
    at("  COPPY FROM(A) TO(B)", "no operator", (1, 3), "ICE614A");
    at("COPY FROM(A) TOO(B)", "no operand TOO", (1, 14), "ICE604A");
    at("COPY TO(B)", "needs FROM", (1, 1), "ICE613A");
    at("COPY FROM(A) FROM(B) TO(C)", "given twice", (1, 14), "ICE604A");
    at("SELECT FROM(A) -\n TO(B) ON(1,5,XX) FIRST", "no data format", (2, 15), "ICE604A");
    at("SELECT FROM(A) TO(B) ON(1,5,CH)", "needs one of", (1, 1), "ICE613A");
    at("STATS FROM(A) ON(1,5,CH)", "format CH is not possible", (1, 18), "ICE604A");
    at("STATS FROM(A) ON(1,17,PD)", "1 to 16 bytes", (1, 18), "ICE604A");
    at("DISPLAY FROM(A) LIST(B) ON(1,5,CH) HEADER('a') HEADER('b')", "2 HEADER", (1, 1), "ICE604A");
    at("DISPLAY FROM(A) LIST(B) ON(1,5,ZD,Q1)", "no formatting item", (1, 35), "ICE604A");
    at("COPY FROM(A) TO(B) USING(ABC)", "four characters", (1, 26), "ICE604A");
    at("SUBSET FROM(A) TO(B) KEEP INPUT RRN(5,3)", "below the first", (1, 37), "ICE604A");
    at("SORT FROM(A) TO(B)", "needs USING", (1, 1), "ICE613A");
    at("COUNT FROM(A", "expected", (1, 13), "ICE604A");
}

#[test]
fn text_past_the_last_column_is_mentioned() {
    let text = format!("COPY FROM(A) TO(B){:53}USING(CTL1)", "");
    let problems = read_with(&text, None).remove(0).unwrap_err();
    assert!(problems.list()[0].notes.iter().any(|note| note.contains("past column 72")), "{problems}");
}
