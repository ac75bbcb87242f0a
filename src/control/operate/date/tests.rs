//! Published examples of date operations, and what they leave open.

use jiff::civil::date;

use super::*;
use crate::control::operate::{Parsed, Setting, Shape};
use crate::control::syntax::{
    Arithmetic, CardField, DateOperand, DateOutput, DateStep, DateUnit, DateValue, Dialect, Format, Moment,
    MomentForm, Options, Place, Weekday, YearWindow,
};
use crate::diag::{Source, Span};
use crate::key::SortFormat;

fn setting(first: u16) -> Setting {
    let options = Options { window: Some(YearWindow::Fixed(first)), ..Options::default() };
    Setting::new("cp037".parse().unwrap(), date(2026, 3, 21).at(3, 15, 0, 0), Dialect::Dfsort, &options)
}

fn span() -> Span {
    Span::new(&Source::new("cards", "card"), 0..4)
}

fn format(name: &str) -> Format {
    match name.as_bytes() {
        [b'Y', b'4', letter] => Format::Year4(*letter),
        _ => Format::Sort(SortFormat::named(name).unwrap()),
    }
}

fn field(name: &str, length: usize) -> CardField {
    let place = Place::Record { position: 1, length: u32::try_from(length).unwrap() };
    CardField { place, format: format(name), span: span() }
}

fn ebcdic(text: &str) -> Vec<u8> {
    setting(1950).page.encode(text).unwrap()
}

/// What an operation on a field of text makes of it.
fn put(setting: &Setting, name: &str, bytes: &[u8], steps: Vec<DateStep>, output: DateOutput) -> Vec<u8> {
    let base = DateOperand::Field(field(name, bytes.len()));
    let value = DateValue { base, steps, output, span: span() };
    let shape = Shape { variable: false, length: bytes.len() };
    let program = DateProgram::compile(&value, setting, shape).unwrap();
    let mut out = Vec::new();
    program.put(bytes, &Parsed::new(), &mut out).unwrap();
    assert_eq!(out.len(), program.length(), "{name} {bytes:X?}");
    out
}

fn shown(first: u16, name: &str, text: &str, steps: Vec<DateStep>, output: DateOutput) -> String {
    let setting = setting(first);
    setting.page.decode(&put(&setting, name, &ebcdic(text), steps, output))
}

fn convert(name: &str, separator: Option<char>) -> DateOutput {
    let (ordinal, name) = match name.strip_prefix("J") {
        Some(name) => (true, name),
        None => (false, name),
    };
    let [_, digits, letter] = name.as_bytes() else { panic!("{name}") };
    let separator = separator.map(|c| setting(1950).page.byte(c).unwrap());
    DateOutput::Convert { ordinal, four: *digits == b'4', letter: *letter, separator }
}

#[test]
fn conversions_are_those_of_the_published_examples() {
    let (weekday, parts) = (DateOutput::Weekday, DateOutput::Parts);
    // Application Programming Guide, OUTREC and INREC examples 13 (Y2PAST=1996), 18.
    let cases = [
        ("Y2W", "120409", convert("JY4T", None), "2009338"),
        ("Y2W", "051895", convert("JY4T", None), "2095138"),
        ("Y2W", "999999", convert("JY4T", None), "9999999"),
        ("Y2W", "013099", convert("JY4T", None), "1999030"),
        ("Y2W", "120409", weekday(3), "FRI"),
        ("Y2W", "051895", weekday(3), "WED"),
        ("Y2W", "999999", weekday(3), "999"),
        ("Y4T", "1999014", convert("Y4T", Some('/')), "1999/01/14"),
        ("Y4T", "2003235", convert("Y4T", Some('/')), "2003/08/23"),
        ("Y4T", "0000000", convert("Y4T", Some('/')), "0000/00/00"),
        ("Y4T", "1992343", convert("Y4T", Some('/')), "1992/12/08"),
        ("Y4T", "1999014", weekday(1), "5"),
        ("Y4T", "2003235", weekday(1), "7"),
        ("Y4T", "0000000", weekday(1), "0"),
        ("Y4T", "1992343", weekday(9), "TUESDAY  "),
        ("Y4T", "20091021", convert("Y4T", None), "20091021"),
        ("Y4T", "20091325", convert("Y4T", None), "********"),
        ("Y4T", "20090931", convert("Y4T", None), "********"),
        ("Y4T", "00000000", convert("Y4T", None), "00000000"),
        ("Y4T", "        ", convert("Y4T", None), "        "),
        ("Y4T", "20091325", convert("Y4W", Some('-')), "**********"),
        ("Y4T", "2009366", convert("JY2W", None), "*****"),
        ("Y4T", "20090229", weekday(9), "*********"),
        ("Y4W", "12311999", convert("Y2T", Some('.')), "99.12.31"),
        ("Y4T", "20040229", convert("JY2W", Some('/')), "060/04"),
        ("Y4T", "20260321", DateOutput::WeekNumber { iso: false }, "12"),
        ("Y4T", "20260321", DateOutput::WeekNumber { iso: true }, "12"),
        ("Y4T", "20230101", DateOutput::WeekNumber { iso: true }, "52"),
        ("Y4T", "20230101", DateOutput::WeekNumber { iso: false }, "01"),
        ("Y4T", "20221231", DateOutput::WeekNumber { iso: false }, "53"),
        ("Y4T", "20000422", DateOutput::Age("YMD".to_owned()), "00251027"),
        ("Y4T", "20000422", DateOutput::Age("YM".to_owned()), "002510"),
        ("Y4T", "20000422", DateOutput::Age("YD".to_owned()), "0025333"),
        ("Y4T", "20260322", DateOutput::Age("YM".to_owned()), "******"),
        ("Y4T", "20260322", parts(b"DM4".to_vec(), Some(0x61)), "22/03/2026"),
        ("Y4T", "20260322", parts(b"YMD".to_vec(), None), "260322"),
    ];
    for (name, text, output, expected) in cases {
        assert_eq!(shown(1996, name, text, Vec::new(), output.clone()), expected, "{name} {text} {output:?}");
    }
}

#[test]
fn packed_dates_are_converted_to_text_and_back() {
    let setting = setting(1950);
    let cases: [(&str, &[u8], DateOutput, &[u8]); 9] = [
        ("Y2U", &[0x09, 0x00, 0x7C], convert("JY4T", None), &ebcdic("2009007")),
        ("Y2V", &[0x00, 0x91, 0x22, 0x5C], convert("Y4U", None), &[0x02, 0x00, 0x91, 0x22, 0x5C]),
        ("Y2X", &[0x00, 0x70, 0x9C], convert("JY4X", None), &[0x00, 0x72, 0x00, 0x9C]),
        ("Y2Y", &[0x01, 0x22, 0x50, 0x9C], convert("Y2T", None), &ebcdic("091225")),
        ("Y4U", &[0x20, 0x09, 0x00, 0x7C], convert("JY2U", None), &[0x09, 0x00, 0x7C]),
        ("Y4V", &[0x02, 0x00, 0x91, 0x22, 0x5F], convert("Y4Y", None), &[0x01, 0x22, 0x52, 0x00, 0x9C]),
        ("Y4V", &[0x09, 0x99, 0x99, 0x99, 0x9C], convert("Y4T", None), &ebcdic("99999999")),
        ("Y4V", &[0; 5], convert("Y4V", None), &[0, 0, 0, 0, 0x0C]),
        ("Y4T", &[0xFF; 8], convert("JY4U", None), &[0x99, 0x99, 0x99, 0x9C]),
    ];
    for (name, bytes, output, expected) in cases {
        assert_eq!(put(&setting, name, bytes, Vec::new(), output.clone()), expected, "{name} {output:?}");
    }
    // A packed output has no asterisks of its own: they fill its bytes.
    assert_eq!(put(&setting, "Y4T", &ebcdic("20091325"), Vec::new(), convert("Y4V", None)), [0x5C; 5]);
}

#[test]
fn dates_are_moved_as_in_the_published_examples() {
    let add = |subtract, unit, amount| DateStep::Add { subtract, unit, amount: Arithmetic::Constant(amount) };
    let weekday = |next, day| DateStep::Weekday { next, day };
    // Application Programming Guide, example 14: +50 days, -7 months, +2 years.
    let published = [
        ["20070305", "20070424", "20060805", "20090305"],
        ["20071213", "20080201", "20070513", "20091213"],
        ["20080219", "20080409", "20070719", "20100219"],
        ["20100630", "20100819", "20091130", "20120630"],
        ["99999999", "99999999", "99999999", "99999999"],
    ];
    for [text, days, months, years] in published {
        let to = || convert("Y4T", None);
        assert_eq!(shown(1950, "Y4T", text, vec![add(false, DateUnit::Days, 50)], to()), days);
        assert_eq!(shown(1950, "Y4T", text, vec![add(true, DateUnit::Months, 7)], to()), months);
        assert_eq!(shown(1950, "Y4T", text, vec![add(false, DateUnit::Years, 2)], to()), years);
    }
    // Example 31 (Y2PAST=1990): next Friday, Sunday before, end of the quarter.
    let published = [
        ["000000", "000-0000", "000-0000", "000-0000"],
        ["120699", "344-1999", "339-1999", "365-1999"],
        ["031500", "077-2000", "072-2000", "091-2000"],
        ["010105", "007-2005", "361-2004", "090-2005"],
        ["021610", "050-2010", "045-2010", "090-2010"],
        ["092810", "274-2010", "269-2010", "273-2010"],
        ["110210", "309-2010", "304-2010", "365-2010"],
    ];
    for [text, friday, sunday, quarter] in published {
        let to = || convert("JY4W", Some('-'));
        assert_eq!(shown(1990, "Y2W", text, vec![weekday(true, Weekday::Friday)], to()), friday);
        assert_eq!(shown(1990, "Y2W", text, vec![weekday(false, Weekday::Sunday)], to()), sunday);
        assert_eq!(shown(1990, "Y2W", text, vec![DateStep::LastDay(DateUnit::Quarters)], to()), quarter);
    }
    let cases = [
        ("20260131", add(false, DateUnit::Months, 1), "20260228"),
        ("20240229", add(true, DateUnit::Years, 1), "20230228"),
        ("20260321", DateStep::LastDay(DateUnit::Weeks), "20260327"),
        ("20260327", DateStep::LastDay(DateUnit::Weeks), "20260327"),
        ("20240205", DateStep::LastDay(DateUnit::Months), "20240229"),
        ("20240205", DateStep::LastDay(DateUnit::Years), "20241231"),
        ("20260320", weekday(true, Weekday::Friday), "20260327"),
        ("20260320", weekday(false, Weekday::Friday), "20260313"),
        ("99991231", add(false, DateUnit::Days, 1), "********"),
        ("00010101", add(true, DateUnit::Days, 1), "********"),
        ("20260321", add(false, DateUnit::Days, i128::MAX), "********"),
    ];
    for (text, step, expected) in cases {
        assert_eq!(shown(1950, "Y4T", text, vec![step.clone()], convert("Y4T", None)), expected, "{step:?}");
    }
}

#[test]
fn differences_have_a_sign_and_seven_digits() {
    let today = Moment { form: MomentForm::Date { number: 1, separator: None, packed: false }, offset: 0 };
    for (text, expected) in [
        ("20260320", "-0000001"),
        ("20260321", "+0000000"),
        ("20270321", "+0000365"),
        ("00010101", "-0739695"),
        ("20261301", "********"),
        ("00000000", "********"),
    ] {
        let output = DateOutput::Difference(DateOperand::Moment(today.clone()));
        assert_eq!(shown(1950, "Y4T", text, Vec::new(), output), expected);
    }
}

#[test]
fn a_date_operation_needs_a_whole_date() {
    let shape = Shape { variable: false, length: 8 };
    for (name, length) in [("Y2T", 4), ("Y4T", 5), ("CH", 8), ("Y2C", 2), ("Y4T", 9)] {
        let base = DateOperand::Field(field(name, length));
        let value = DateValue { base, steps: Vec::new(), output: DateOutput::Weekday(3), span: span() };
        assert!(DateProgram::compile(&value, &setting(1950), shape).is_err(), "{name} {length}");
    }
}

#[test]
fn years_of_two_digits_are_shown_with_four() {
    let setting = setting(1996);
    let text = |name: &str, text: &str, separator: Option<u8>| {
        let bytes = ebcdic(text);
        let program = YearProgram::compile(&field(name, bytes.len()), separator, false, &setting).unwrap();
        let mut out = Vec::new();
        program.put(&bytes, &mut out).unwrap();
        assert_eq!(out.len(), program.length());
        setting.page.decode(&out)
    };
    // Application Programming Guide, OUTFIL example 9, and the paper on the features for the year 2000.
    assert_eq!(text("Y2T", "960512", None), "19960512");
    assert_eq!(text("Y2T", "000628", None), "20000628");
    assert_eq!(text("Y2T", "951115", None), "20951115");
    assert_eq!(text("Y2T", "      ", None), "        ");
    assert_eq!(text("Y2T", "951115", Some(0x61)), "2095/11/15");
    assert_eq!(text("Y2T", "999999", Some(0x61)), "9999/99/99");
    assert_eq!(text("Y2T", "96001", Some(0x60)), "1996-001");
    assert_eq!(text("Y2T", "9604", Some(0x60)), "1996-04");
    assert_eq!(text("Y2T", "961", None), "19961");
    assert_eq!(text("Y2W", "123196", Some(0x61)), "12/31/1996");
    assert_eq!(text("Y2W", "36696", Some(0x61)), "366/1996");
    assert_eq!(text("Y2W", "000000", None), "00000000");
    assert_eq!(text("Y2C", "96", None), "1996");
    assert_eq!(text("Y2Z", "00", None), "2000");
    assert_eq!(text("Y2S", "  ", None), "    ");
    let packed = |name: &str, bytes: &[u8], packed: bool| {
        let program = YearProgram::compile(&field(name, bytes.len()), None, packed, &setting).unwrap();
        let mut out = Vec::new();
        program.put(bytes, &mut out).unwrap();
        assert_eq!(out.len(), program.length());
        out
    };
    assert_eq!(packed("Y2U", &[0x96, 0x36, 0x6C], false), ebcdic("1996366"));
    assert_eq!(packed("Y2U", &[0x96, 0x36, 0x6C], true), [0x19, 0x96, 0x36, 0x6C]);
    assert_eq!(packed("Y2V", &[0x00, 0x01, 0x23, 0x1C], true), [0x02, 0x00, 0x01, 0x23, 0x1C]);
    assert_eq!(packed("Y2X", &[0x36, 0x69, 0x6C], true), [0x36, 0x61, 0x99, 0x6C]);
    assert_eq!(packed("Y2Y", &[0x01, 0x23, 0x10, 0x0C], true), [0x01, 0x23, 0x12, 0x00, 0x0C]);
    assert_eq!(packed("Y2P", &[0x09, 0x6C], true), [0x01, 0x99, 0x6C]);
    assert_eq!(packed("Y2P", &[0x09, 0x6C], false), ebcdic("1996"));
    assert_eq!(packed("Y2D", &[0x96], true), [0x19, 0x96]);
    assert_eq!(packed("Y2B", &[5], false), ebcdic("2005"));
    let program = YearProgram::compile(&field("Y2B", 1), None, false, &setting).unwrap();
    assert!(program.put(&[100], &mut Vec::new()).is_err());
}

#[test]
fn edited_dates_are_numbers() {
    let setting = setting(1996);
    let number = |name: &str, bytes: &[u8]| date_number(bytes, format(name), &setting).unwrap();
    assert_eq!(number("Y2U", &[0x96, 0x36, 0x6C]), 1_996_366);
    assert_eq!(number("Y2W", &ebcdic("123105")), 12_312_005);
    assert_eq!(number("Y2T", &ebcdic("999999")), 99_999_999);
    assert_eq!(number("Y2T", &ebcdic("      ")), 0);
    assert_eq!(date_digits(format("Y2U"), 3, &setting), Some(7));
    assert_eq!(date_digits(format("ZD"), 3, &setting), None);
}

#[test]
fn years_are_compared_in_the_window_with_indicators_apart() {
    let setting = setting(1996);
    let four = field("Y2T", 4);
    let key = |text: &str| year_key(&four, &ebcdic(text), &setting).unwrap();
    let ascending = [
        year_key(&four, &[0; 4], &setting).unwrap(),
        key("    "),
        key("0000"),
        key("9601"),
        key("9912"),
        key("0001"),
        key("9512"),
        key("9999"),
        year_key(&four, &[0xFF; 4], &setting).unwrap(),
    ];
    assert!(ascending.is_sorted_by(|a, b| a < b));
    for (text, same) in
        [("0312", "0312"), ("0000", "0000"), ("ZEROS", "0000"), ("NINES", "9999"), ("BLANKS", "    ")]
    {
        assert_eq!(year_constant_key(&four, text, &setting), Some(key(same)));
    }
    assert_eq!(year_constant_key(&four, "LOW", &setting), year_key(&four, &[0; 4], &setting));
    assert_eq!(year_constant_key(&four, "HIGH", &setting), year_key(&four, &[0xFF; 4], &setting));
    assert_eq!(year_constant_key(&four, "031", &setting), None);
    let last = field("Y2W", 6);
    assert_eq!(year_constant_key(&last, "961231", &setting), year_key(&last, &ebcdic("123196"), &setting));
    let today =
        |number, offset| Moment { form: MomentForm::Date { number, separator: None, packed: false }, offset };
    let of = |field: &CardField, moment: &Moment| year_moment_key(field, moment, &setting);
    assert_eq!(of(&last, &today(1, -1)), year_key(&last, &ebcdic("032026"), &setting));
    assert_eq!(of(&four, &today(2, 1)), year_key(&four, &ebcdic("2604"), &setting));
    assert_eq!(of(&field("Y2T", 5), &today(3, 0)), year_key(&field("Y2T", 5), &ebcdic("26080"), &setting));
    assert_eq!(of(&four, &today(1, 0)), None);
}
