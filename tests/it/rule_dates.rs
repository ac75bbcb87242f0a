//! Dates in rules: steps of days and months, business days by a calendar, against counting day by day.

use std::sync::Arc;

use offhost::calendar::Calendar;
use offhost::decimal::Rounding;
use offhost::diag::{Source, Span};
use offhost::encoding::CodePage;
use offhost::expr::{Calendars, Compiler, Fault, Scope, SingleFrame};
use offhost::record::{Origin, RecordFormat, initial_record};

use crate::harness::{Job, Random, ebcdic};

const HOLIDAYS: &str = "covers 2020 2030\nevery 12-25 Christmas\nevery 01-01 New Year\n2026-04-03 Good Friday\n2026-12-24..2026-12-28 Closed\nopen 2026-10-31 Stocktaking\n";

fn calendars() -> Calendars {
    let parse = |name: &str, text: &str| Arc::new(Calendar::parse(&Source::new(name, text)).unwrap());
    let us = parse("us.cal", HOLIDAYS);
    let named = [
        ("US".to_owned(), Arc::clone(&us)),
        ("GULF".to_owned(), parse("gulf.cal", "covers 2020 2030\nweek Sun Mon Tue Wed Thu\n")),
    ];
    Calendars { default: Some(us), named: named.into() }
}

fn value(call: &str) -> Result<i128, Fault> {
    let (layout, _) = offhost::copybook::parse(
        &Source::new(
            "rec.cpy",
            "       01 REC.\n          05 D PIC 9(8) VALUE 20260131.\n          05 OLD PIC 9(8) VALUE 19990101.\n",
        ),
        &offhost::copybook::CopybookOptions::default(),
    );
    let scope =
        Scope::single("REC", RecordFormat { layout: Arc::new(layout.unwrap()), page: CodePage::CP037 });
    let record = initial_record(&scope.slot(0).format);
    let frame = SingleFrame { record: &record, origin: Origin { dataset: "REC", ..Origin::default() } };
    let calendars = calendars();
    let compiler = Compiler::new(&scope).with_calendars(&calendars);
    let span = Span::new(&Source::new("call", call), 0..call.len());
    compiler.arithmetic(&span, 0).unwrap_or_else(|e| panic!("{call}: {e:?}")).scaled(
        &frame,
        0,
        Rounding::Prohibited,
    )
}

fn is(call: &str) -> i128 {
    value(&format!("FUNCTION {call}")).unwrap_or_else(|fault| panic!("{call}: {fault:?}"))
}

/// The day after a date, by the rules of the calendar alone.
fn tomorrow(date: i128) -> i128 {
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
    match (day == days, month) {
        (false, _) => date + 1,
        (true, 12) => (year + 1) * 10_000 + 101,
        (true, _) => year * 10_000 + (month + 1) * 100 + 1,
    }
}

/// Dates from 2020 to 2030 with true for those that are worked by [`HOLIDAYS`].
fn days() -> Vec<(i128, bool)> {
    let (mut days, mut date, mut weekday) = (Vec::new(), 20_200_101, 3);
    while date < 20_310_101 {
        let holiday = matches!(date % 10_000, 1225 | 101)
            || date == 20_260_403
            || (20_261_224..=20_261_228).contains(&date);
        days.push((date, date == 20_261_031 || weekday <= 5 && !holiday));
        (date, weekday) = (tomorrow(date), weekday % 7 + 1);
    }
    days
}

#[test]
fn business_days_are_those_that_counting_finds() {
    let days = days();
    let mut random = Random::new(7);
    for _ in 0..300 {
        let at = 40 + random.below(days.len() - 80);
        let (date, open) = days[at];
        let next = days[at + 1..].iter().find(|day| day.1).unwrap().0;
        let previous = days[..at].iter().rev().find(|day| day.1).unwrap().0;
        assert_eq!(is(&format!("IS-BUSINESS-DAY({date})")), i128::from(open), "{date}");
        assert_eq!(is(&format!("NEXT-BUSINESS-DAY({date})")), next, "{date}");
        assert_eq!(is(&format!("PREVIOUS-BUSINESS-DAY({date}, 'us')")), previous, "{date}");
        let this_or_next = if open { date } else { next };
        assert_eq!(is(&format!("THIS-OR-NEXT-BUSINESS-DAY({date})")), this_or_next);
        assert_eq!(is(&format!("THIS-OR-PREVIOUS-BUSINESS-DAY({date})")), if open { date } else { previous });
        let modified = if this_or_next / 100 == date / 100 { this_or_next } else { previous };
        assert_eq!(is(&format!("MODIFIED-BUSINESS-DAY({date})")), modified);
        let month = || days.iter().filter(|day| day.1 && day.0 / 100 == date / 100);
        assert_eq!(is(&format!("FIRST-BUSINESS-DAY({date})")), month().next().unwrap().0);
        assert_eq!(is(&format!("LAST-BUSINESS-DAY({date})")), month().next_back().unwrap().0);
        let count = random.below(15);
        let later = days[at + 1..].iter().filter(|day| day.1).nth(count).unwrap().0;
        assert_eq!(is(&format!("ADD-BUSINESS-DAYS({date}, {})", count + 1)), later);
        let earlier = days[..at].iter().rev().filter(|day| day.1).nth(count).unwrap().0;
        assert_eq!(is(&format!("ADD-BUSINESS-DAYS({date} -{})", count + 1)), earlier);
        let end = days[at + count].0;
        let between = days[at + 1..=at + count].iter().filter(|day| day.1).count();
        assert_eq!(is(&format!("BUSINESS-DAYS-BETWEEN({date}, {end})")), between as i128);
        assert_eq!(is(&format!("DAYS-BETWEEN({date}, {end})")), count as i128);
        assert_eq!(is(&format!("ADD-DAYS({date}, {count})")), end);
        assert_eq!(is(&format!("ADD-DAYS({end}, -{count})")), date);
        assert_eq!(is(&format!("DAY-OF-WEEK({date})")), (at as i128 + 2) % 7 + 1);
        assert_eq!(is(&format!("MONTH-START({date})")), date / 100 * 100 + 1);
        let last = days.iter().rfind(|day| day.0 / 100 == date / 100).unwrap().0;
        assert_eq!(is(&format!("MONTH-END({date})")), last);
    }
}

#[test]
fn months_end_where_they_end() {
    assert_eq!(is("ADD-MONTHS(D, 1)"), 20_260_228);
    assert_eq!(is("ADD-MONTHS(D, 25)"), 20_280_229);
    assert_eq!(is("ADD-MONTHS(D, -2)"), 20_251_130);
    assert_eq!(is("DAYS-BETWEEN(D, 16010101)"), -155_258);
    assert_eq!(is("DAY-OF-WEEK(16010101)"), 1);
    assert_eq!(is("IS-BUSINESS-DAY(20260313, 'GULF')"), 0);
    assert_eq!(is("IS-BUSINESS-DAY(20260313, 'US')"), 1);
}

#[test]
fn dates_without_an_answer_are_errors_of_the_data() {
    for (call, code, part) in [
        ("FUNCTION ADD-DAYS(20260230, 1)", "DAT024", "20260230 is no date"),
        ("FUNCTION ADD-DAYS(99991231, 1)", "DAT024", "there is no date"),
        ("FUNCTION ADD-DAYS(16010101, -1)", "DAT024", "there is no date"),
        ("FUNCTION ADD-MONTHS(D, 999999999999)", "DAT024", "there is no date"),
        ("FUNCTION ADD-DAYS(D, 1.5)", "DAT024", "1.5 is no whole number"),
        ("FUNCTION NEXT-BUSINESS-DAY(OLD)", "CAL002", "does not cover 1999-01-01"),
        ("FUNCTION ADD-BUSINESS-DAYS(D, 99999)", "CAL002", "does not cover"),
    ] {
        match value(call) {
            Err(Fault::Data(error)) => {
                assert_eq!(error.code.id(), code, "{call}");
                assert!(error.message.contains(part), "{call}: {}", error.message);
            }
            other => panic!("{call}: {other:?}"),
        }
    }
}

/// A job whose rules ask a calendar of the transaction's date.
fn job(rules: &str, holidays: &str) -> Job {
    Job::new()
        .text("item.cpy", "01 ITEM.\n  05 DUE PIC 9(8).\n")
        .text("rules.yaml", &format!("version: 1\nprogram: T\n{rules}"))
        .text("us.cal", holidays)
        .file("items.dat", &ebcdic("2026040220261224"))
        .yaml(
            "version: 1\njob: T\ndatasets:\n  items: { path: items.dat, record: { copybook: item.cpy, recfm: F } }\n  out: { path: out.dat, record: { copybook: item.cpy, recfm: F }, disp: replace }\nsteps:\n  - step: P\n    post: { in: items, rules: rules.yaml, out: { OUT: out } }\n",
        )
}

const RULES: &str = "calendars: { us: us.cal }\nrules:\n  - rule: R\n    do: [ { emit: OUT, do: [ { compute: DUE OF OUT, is: FUNCTION NEXT-BUSINESS-DAY (DUE OF ITEMS) } ] } ]\n";

#[test]
fn rules_name_their_calendars() {
    let job1 = job(RULES, HOLIDAYS);
    job1.run(&[]).status(0);
    assert_eq!(job1.read("out.dat"), ebcdic("2026040620261229"));
    let bare = RULES.replace("calendars: { us: us.cal }\n", "");
    job(&bare, HOLIDAYS).run(&[]).status(65).says(&["EXP008", "calendars:"]);
    let other = RULES.replace("(DUE OF ITEMS)", "(DUE OF ITEMS 'UK')");
    job(&other, HOLIDAYS).run(&[]).status(65).says(&["EXP008", "no calendar UK", "'US'"]);
    let field = RULES.replace("(DUE OF ITEMS)", "(DUE OF ITEMS DUE OF ITEMS)");
    job(&field, HOLIDAYS).run(&[]).status(65).says(&["EXP008", "literal in quotes"]);
    job(RULES, "2026-13-01 nonsense\n").run(&[]).status(65).says(&["CAL001"]);
    job(&RULES.replace("us.cal", "uk.cal"), "").run(&[]).status(65).says(&["JOB016", "calendar uk.cal"]);
    job(RULES, "covers 2020 2021\n2020-01-01 x\n").run(&[]).status(78).says(&["CAL002", "DUE"]);
}
