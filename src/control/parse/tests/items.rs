//! Items.

use super::*;
use crate::control::syntax::*;
use crate::key::SortFormat;

fn item(text: &str) -> Item {
    let mut all = items(text);
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0)
}

fn value(text: &str) -> Value {
    item(text).value
}

fn record(position: u32, length: u32) -> Place {
    Place::Record { position, length }
}

fn bytes(text: &str) -> Vec<u8> {
    CodePage::CP037.encode(text).unwrap()
}

#[test]
fn bytes_and_constants() {
    assert!(matches!(value("5,10"), Value::Bytes(place) if place == record(5, 10)));
    assert!(matches!(value("5"), Value::Rest { position: 5 }));
    let rest = &items("1,4,5,HEX")[1].value;
    assert!(matches!(rest, Value::TranslateRest { position: 5, translation: Translation::Hex }));
    assert!(matches!(value("5,TRAN=LTOU"), Value::TranslateRest { translation: Translation::Upper, .. }));
    assert!(matches!(item("20:5,10"), Item { column: Some(20), value: Value::Bytes(_), .. }));
    assert!(matches!(item("80:X"), Item { column: Some(80), value: Value::Constant(_), .. }));
    assert!(matches!(items("1,2,80:")[1], Item { column: Some(80), value: Value::Column, .. }));
    for (text, align) in [("5,4,H", 2), ("5,4,F", 4), ("5,4,D", 8)] {
        assert_eq!(item(text).align, Some(align));
    }
    for (text, expected) in [
        ("3X", vec![0x40; 3]),
        ("X", vec![0x40]),
        ("2Z", vec![0; 2]),
        ("Z", vec![0]),
        ("C'a''b'", bytes("a'b")),
        ("'ab'", bytes("ab")),
        ("2C'ab'", bytes("abab")),
        ("3X'01'", vec![1; 3]),
    ] {
        assert!(matches!(value(text), Value::Constant(literal) if literal.bytes == expected), "{text}");
    }
    let several = items("1,4,5,10,20:30,2,5X,7");
    let places: Vec<_> =
        several.iter().map(|item| (item.column, matches!(item.value, Value::Bytes(_)))).collect();
    assert_eq!(places, [(None, true), (None, true), (Some(20), true), (None, false), (None, false)]);
    assert!(matches!(several[4].value, Value::Rest { position: 7 }));
}

fn edited(text: &str) -> (Arithmetic, Editing) {
    match value(text) {
        Value::Edited { number, editing } => (number, editing),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn editing() {
    let editing = |text: &str| edited(text).1;
    assert_eq!(editing("5,4,ZD"), Editing::default());
    assert_eq!(editing("5,4,PD,M26").edit, Some(Edit::Mask(26)));
    assert_eq!(
        editing("5,4,FS,TO=PDC,LENGTH=8"),
        Editing { edit: Some(Edit::To("PDC".into())), length: Some(8), signs: None }
    );
    assert_eq!(editing("5,4,ZD,PD").edit, Some(Edit::To("PD".into())));
    assert_eq!(editing("5,4,ZD,LENGTH=6").length, Some(6));
    assert_eq!(editing("5,4,BI,EDIT=(II,IIT.TS)").edit, Some(Edit::Pattern(bytes("II,IIT.TS"))));
    assert_eq!(editing("5,4,BI,EDIT=('TTT-TT (S)')").edit, Some(Edit::Pattern(bytes("TTT-TT (S)"))));
    let sign = |c: &str| Some(bytes(c)[0]);
    assert_eq!(
        editing("5,4,BI,EDIT=(SIITS),SIGNS=(+,-,,-)").signs,
        Some([sign("+"), sign("-"), None, sign("-")])
    );
    assert_eq!(editing("5,4,BI,EDIT=(SIITS),SIGNS=(,-)").signs, Some([None, sign("-"), None, None]));
    assert_eq!(
        editing("5,4,BI,EDIT=(SIITS),SIGNS=(' ',(,,))").signs,
        Some([sign(" "), sign("("), None, sign(")")])
    );
    assert_eq!(items("5,4,ZD,M11,9,4,ZD,10,4").len(), 3);
}

#[test]
fn arithmetic_binds_as_it_should() {
    fn shown(number: &Arithmetic) -> String {
        match number {
            Arithmetic::Field(field) => match &field.place {
                Place::Record { position, .. } => format!("f{position}"),
                Place::Parsed { number, .. } => format!("%{number}"),
            },
            Arithmetic::Constant(value) => value.to_string(),
            Arithmetic::Binary(operator, left, right, _) => {
                format!("({} {operator:?} {})", shown(left), shown(right)).to_uppercase()
            }
        }
    }
    for (text, expected) in [
        ("1,2,ZD,ADD,3,2,ZD,MUL,+10", "(F1 ADD (F3 MUL 10))"),
        ("1,2,ZD,SUB,3,2,ZD,SUB,5,2,ZD", "((F1 SUB F3) SUB F5)"),
        ("(1,2,ZD,SUB,3,2,ZD),MUL,+100,DIV,7,2,PD", "(((F1 SUB F3) MUL 100) DIV F7)"),
        ("1,2,BI,MAX,3,2,BI,MUL,5,2,BI,MIN,-7", "((F1 MAX F3) MUL (F5 MIN -7))"),
        ("+17,MOD,1,2,FI", "(17 MOD F1)"),
        ("((((1,2,ZD))))", "f1"),
        ("-5", "-5"),
    ] {
        assert_eq!(shown(&edited(text).0), expected, "{text}");
    }
    assert_eq!(edited("1,2,ZD,ADD,3,2,ZD,TO=ZD,LENGTH=3").1.length, Some(3));
    let two = items("1,2,ZD,ADD,+1,EDIT=(TTT),5,3");
    assert!(two.len() == 2 && matches!(two[1].value, Value::Bytes(_)));
}

#[test]
fn dates() {
    let date = |text: &str| match value(text) {
        Value::Date(date) => *date,
        other => panic!("{text}: {other:?}"),
    };
    let year = |text: &str| match value(text) {
        Value::Year { field, separator, packed } => (field.place, separator, packed),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(year("5,6,Y2T"), (record(5, 6), None, false));
    assert_eq!(year("5,6,Y2W(/)"), (record(5, 6), Some(bytes("/")[0]), false));
    assert_eq!(year("5,3,Y2UP"), (record(5, 3), None, true));
    let found = date("5,8,Y4T,ADDDAYS,+30,TOGREG=Y4T(-)");
    assert!(matches!(found.steps[..], [DateStep::Add { subtract: false, unit: DateUnit::Days, .. }]));
    assert!(matches!(
        found.output,
        DateOutput::Convert { ordinal: false, four: true, letter: b'T', separator: Some(0x60) }
    ));
    let found = date("5,4,Y2V,SUBMONS,9,2,ZD,TOJUL=Y2T");
    assert!(matches!(found.steps[..], [DateStep::Add { subtract: true, unit: DateUnit::Months, .. }]));
    assert!(matches!(found.output, DateOutput::Convert { ordinal: true, four: false, .. }));
    assert!(matches!(date("5,8,Y4W,LASTDAYQ,TOGREG=Y4T").steps[..], [DateStep::LastDay(DateUnit::Quarters)]));
    assert!(matches!(
        date("5,8,Y4T,PREVDFRI,TOGREG=Y4T").steps[..],
        [DateStep::Weekday { next: false, day: Weekday::Friday }]
    ));
    assert!(matches!(date("5,8,Y4T,WEEKDAY=DIGIT1").output, DateOutput::Weekday(1)));
    assert!(matches!(date("5,8,Y4T,WEEKNUM=ISO").output, DateOutput::WeekNumber { iso: true }));
    assert!(matches!(date("5,8,Y4T,AGE=YMD").output, DateOutput::Age(form) if form == "YMD"));
    assert!(matches!(
        date("5,8,Y4T,DATEDIFF,13,6,Y2T").output,
        DateOutput::Difference(DateOperand::Field(_))
    ));
    assert!(matches!(date("5,8,Y4T,DATEDIFF,DATE1").output, DateOutput::Difference(DateOperand::Moment(_))));
    assert!(
        matches!(date("5,4,DT1,DT=(4MD/)").output, DateOutput::Parts(letters, Some(0x61)) if letters == b"4MD")
    );
    assert!(matches!(value("5,8,DC1"), Value::Edited { .. }));
    assert!(matches!(value("5,4,TM1,EDIT=(TT:TT:TT)"), Value::Edited { .. }));
}

#[test]
fn moments() {
    let moment = |text: &str| match value(text) {
        Value::Moment(moment) => moment,
        other => panic!("{text}: {other:?}"),
    };
    let slash = Some(0x61);
    for (text, form, offset) in [
        ("DATE1", MomentForm::Date { number: 1, separator: None, packed: false }, 0),
        ("&DATE2(/)-3", MomentForm::Date { number: 2, separator: slash, packed: false }, -3),
        ("DATE3P+10", MomentForm::Date { number: 3, separator: None, packed: true }, 10),
        ("DATE4", MomentForm::Stamp, 0),
        ("DATE5", MomentForm::LongStamp, 0),
        ("TIME1(/)", MomentForm::Time { number: 1, separator: slash, packed: false }, 0),
        ("TIME3P", MomentForm::Time { number: 3, separator: None, packed: true }, 0),
        ("DATE", MomentForm::Parts { letters: b"MDY".to_vec(), separator: slash }, 0),
        ("DATE=(4MD/)", MomentForm::Parts { letters: b"4MD".to_vec(), separator: slash }, 0),
        ("DATENS=(DMY)", MomentForm::Parts { letters: b"DMY".to_vec(), separator: None }, 0),
        ("YDDD=(D4/)", MomentForm::Ordinal { letters: b"D4".to_vec(), separator: slash }, 0),
        ("YDDDNS=(YD)", MomentForm::Ordinal { letters: b"YD".to_vec(), separator: None }, 0),
        ("TIME", MomentForm::Clock { twelve: false, separator: Some(0x7A) }, 0),
        ("TIME=(12/)", MomentForm::Clock { twelve: true, separator: slash }, 0),
        ("TIMENS=(24)", MomentForm::Clock { twelve: false, separator: None }, 0),
    ] {
        assert_eq!(moment(text), Moment { form, offset }, "{text}");
    }
}

#[test]
fn other_values() {
    let Value::Sequence(number) = value("SEQNUM,8,PD,START=5,INCR=10,RESTART=(1,4)") else { panic!() };
    assert_eq!(
        (number.length, number.start, number.increment, number.restart),
        (8, 5, 10, Some(record(1, 4)))
    );
    assert_eq!(number.format, Format::Sort(SortFormat::Packed));
    for (text, translation) in [
        ("5,4,HEX", Translation::Hex),
        ("5,4,TRAN=LTOU", Translation::Upper),
        ("5,4,TRAN=UNBIT", Translation::Unbit),
        ("5,4,TRAN=ALTSEQ", Translation::AltSeq),
    ] {
        assert!(
            matches!(value(text), Value::Translate { translation: found, .. } if found == translation),
            "{text}"
        );
    }
    let Value::Change(change) =
        value("5,1,CHANGE=(3,C'A',C'ABC',X'01',7,3,B'..1.....',C'Z'),NOMATCH=(C'???')")
    else {
        panic!()
    };
    assert_eq!((change.length, change.pairs.len()), (3, 3));
    assert!(matches!(change.pairs[1].1, ChangeOutput::Place(_)));
    assert!(
        matches!(&change.pairs[2].0, (literal, Some(care)) if literal.bytes == [0x20] && *care == [0x20])
    );
    assert!(matches!(change.otherwise, Some(ChangeOutput::Constant(_))));
    let Value::Justify(sqz) =
        value("5,20,SQZ=(SHIFT=RIGHT,MID=C',',LEAD=X'00',TRAIL=C'>',PREBLANK=C'();',PAIR=QUOTE,LENGTH=30)")
    else {
        panic!()
    };
    assert!(sqz.squeeze && sqz.shift == Shift::Right && sqz.pair == Pairing::Quote);
    assert_eq!((sqz.length, sqz.lead.len(), sqz.preblank.len()), (Some(30), 1, 3));
    assert!(matches!(value("5,20,JFY=(SHIFT=LEFT)"), Value::Justify(jfy) if !jfy.squeeze));
}

#[test]
fn reports() {
    let deck = good(
        " OUTFIL HEADER1=(5:'A',2/,DATE,///,PAGE=(M11,LENGTH=3),5,3),\n  \
         TRAILER1=(COUNT,COUNT15=(M10),SUBCOUNT-1=(EDIT=(TTT)),TOTAL=(5,4,ZD,M12),SUB=(5,4,PD),\n   \
         MIN=(5,4,BI,TO=ZD,LENGTH=5),SUBMAX=(5,4,FI),AVG=(5,4,SFF),'x',/'y')",
    );
    let header = deck.outfils[0].header1.as_ref().unwrap();
    assert!(matches!(header[1].value, Value::Lines(2)) && matches!(header[3].value, Value::Lines(3)));
    assert!(matches!(&header[4].value, Value::Page(editing) if editing.length == Some(3)));
    let trailer = deck.outfils[0].trailer1.as_ref().unwrap();
    assert!(matches!(trailer[0].value, Value::Count { running: false, wide: false, offset: 0, .. }));
    assert!(matches!(trailer[1].value, Value::Count { wide: true, .. }));
    assert!(matches!(trailer[2].value, Value::Count { running: true, offset: -1, .. }));
    let kinds: Vec<_> = trailer
        .iter()
        .filter_map(|item| match &item.value {
            Value::Statistic(statistic) => Some((statistic.kind, statistic.running)),
            _ => None,
        })
        .collect();
    use StatisticKind::{Average, Maximum, Minimum, Total};
    assert_eq!(kinds, [(Total, false), (Total, true), (Minimum, false), (Maximum, true), (Average, false)]);
    assert_eq!(trailer.len(), 11, "an item may follow the end of a line without a comma");
}

#[test]
fn parsed_fields_have_the_length_of_their_parse() {
    let deck = good(
        " INREC BUILD=(%00,%02,HEX,%01,ZD,TO=PD),PARSE=(%00=(ENDBEFR=C',',FIXLEN=5),%=(ENDAT=BLANKS),\n %01=(REPEAT=2,STARTAFT=BLANKS,FIXLEN=7))",
    );
    let Some(Reform::Action(action)) = deck.inrec else { panic!() };
    assert_eq!(action.parse.len(), 3);
    assert_eq!(action.parse[2].repeat, 2);
    let build = action.build.unwrap();
    assert!(matches!(build[0].value, Value::Bytes(Place::Parsed { number: 0, length: 5 })));
    assert!(matches!(build[1].value, Value::Translate { from: Place::Parsed { number: 2, length: 7 }, .. }));
}
