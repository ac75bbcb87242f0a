use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::diag::{Diagnostics, Source, codes};

fn parse(text: &str) -> std::result::Result<Calendar, Diagnostics> {
    Calendar::parse(&Source::new("holidays.txt", text))
}

const BANK: &str = "\
# a bank's days
covers 2025 2027
2026-01-01 New Year's Day
20260403   Good Friday   # without hyphens
2026-12-24..2026-12-26  Christmas
every 05-01 Labour Day
open 2026-05-01 This one is worked
open 2026-10-31 Stocktaking on a Saturday
";

#[test]
fn days_around_holidays() {
    let bank = parse(BANK).unwrap();
    assert_eq!(bank.name_of(date(2026, 4, 3)), Some("Good Friday"));
    assert_eq!(bank.name_of(date(2026, 4, 4)), None);
    assert!(!bank.is_business_day(date(2026, 12, 25)).unwrap());
    assert!(bank.is_business_day(date(2026, 5, 1)).unwrap());
    assert!(!bank.is_business_day(date(2025, 5, 1)).unwrap());
    assert_eq!(bank.next(date(2026, 12, 23)).unwrap(), date(2026, 12, 28));
    assert_eq!(bank.previous(date(2026, 4, 6)).unwrap(), date(2026, 4, 2));
    assert_eq!(bank.last_of_month(date(2026, 10, 5)).unwrap(), date(2026, 10, 31));
    assert_eq!(bank.first_of_month(date(2026, 1, 31)).unwrap(), date(2026, 1, 2));
    assert_eq!(bank.on_or_before(date(2026, 12, 26)).unwrap(), date(2026, 12, 23));
    assert_eq!(bank.on_or_after(date(2026, 12, 26)).unwrap(), date(2026, 12, 28));
    assert_eq!(bank.add(date(2026, 12, 26), -1).unwrap(), date(2026, 12, 23));
    assert_eq!(bank.add(date(2026, 12, 26), 0).unwrap(), date(2026, 12, 26));
}

#[test]
fn dates_that_are_not_covered_are_refused() {
    let bank = parse(BANK).unwrap();
    let refused = [
        bank.is_business_day(date(2024, 12, 31)).map(|_| ()),
        bank.next(date(2027, 12, 31)).map(|_| ()),
        bank.previous(date(2025, 1, 1)).map(|_| ()),
        bank.add(date(2026, 1, 5), i64::MAX).map(|_| ()),
        bank.add(date(2026, 1, 5), i64::MIN).map(|_| ()),
        bank.between(date(2026, 1, 1), date(2028, 1, 1)).map(|_| ()),
    ];
    for result in refused {
        assert_eq!(result.unwrap_err().code, codes::CAL002);
    }
    assert_eq!(parse("2026-01-01\n").unwrap().covers(), (date(2026, 1, 1), date(2026, 12, 31)));
}

#[test]
fn a_file_that_was_cut_off_is_no_calendar() {
    for text in ["", "# holidays of 2026\n", "week Mon Tue Wed Thu Fri\n"] {
        let found = parse(text).unwrap_err();
        assert_eq!(found.list()[0].code, codes::CAL001, "{text:?}");
    }
    assert!(parse("covers 2026 2027\n").unwrap().is_business_day(date(2026, 12, 25)).unwrap());
}

#[test]
fn blanks_may_stand_around_the_dots_of_a_range() {
    for range in ["2026-12-24 .. 2026-12-26", "2026-12-24.. 2026-12-26", "2026-12-24 ..2026-12-26"] {
        let calendar = parse(&format!("{range} Xmas days\n")).unwrap();
        assert_eq!(calendar.name_of(date(2026, 12, 26)), Some("Xmas days"), "{range}");
    }
    assert!(parse("2026-12-24 ..\n").is_err());
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let text = "2026-02-30 never\nweek Mon Xyz\nevery 13-01\ncovers 2027 2025\n2026-01-02..2026-01-01\n\
                2026-03-01\n20260301 again\ncovers 2025 2026\n2027-01-01\n2020-01-01..2022-01-01\nnonsense\nweek\n26-01-01\n";
    let found = parse(text).unwrap_err();
    let places: Vec<usize> = found
        .list()
        .iter()
        .map(|error| {
            assert_eq!(error.code, codes::CAL001);
            match &error.place {
                crate::diag::Place::Text { span, .. } => span.position().0,
                other => panic!("{other:?}"),
            }
        })
        .collect();
    for line in [1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13] {
        assert!(places.contains(&line), "line {line} is not refused: {places:?}");
    }
    assert!(!places.contains(&6) && !places.contains(&8));
}

/// The slow twin: asks the file's lines day by day.
struct Slow {
    week: Vec<jiff::civil::Weekday>,
    closed: Vec<Date>,
    opened: Vec<Date>,
}

impl Slow {
    fn works(&self, date: Date) -> bool {
        self.opened.contains(&date) || self.week.contains(&date.weekday()) && !self.closed.contains(&date)
    }

    fn walk(&self, mut date: Date, count: i64) -> Date {
        for _ in 0..count.abs() {
            loop {
                date = if count > 0 { date.tomorrow().unwrap() } else { date.yesterday().unwrap() };
                if self.works(date) {
                    break;
                }
            }
        }
        date
    }

    /// Days after the first up to and with the second.
    fn between(&self, from: Date, to: Date) -> i64 {
        let (mut date, mut count) = (from, 0);
        while date != to {
            if to > from {
                date = date.tomorrow().unwrap();
                count += i64::from(self.works(date));
            } else {
                date = date.yesterday().unwrap();
                count -= i64::from(self.works(date));
            }
        }
        count
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_those_of_a_walk_day_by_day(
        closed in proptest::collection::btree_set(0i32..730, 0..60),
        opened in proptest::collection::btree_set(0i32..730, 0..30),
        week in proptest::sample::subsequence(vec!["Mon", "Tuesday", "wed", "THU", "Fri", "Sat", "sunday"], 1..=7),
        at in 250i32..480, other in 250i32..480, count in -60i64..60,
    ) {
        let day = |number: i32| date(2025, 1, 1).checked_add(jiff::Span::new().days(number)).unwrap();
        let mut text = format!("covers 2020 2030\nweek {}\n", week.join(" "));
        for number in closed.difference(&opened) {
            text.push_str(&format!("{} Closed\n", day(*number)));
        }
        for number in &opened {
            text.push_str(&format!("open {}\n", day(*number)));
        }
        let calendar = parse(&text).unwrap();
        let all = [("mon", jiff::civil::Weekday::Monday), ("tue", jiff::civil::Weekday::Tuesday),
            ("wed", jiff::civil::Weekday::Wednesday), ("thu", jiff::civil::Weekday::Thursday),
            ("fri", jiff::civil::Weekday::Friday), ("sat", jiff::civil::Weekday::Saturday),
            ("sun", jiff::civil::Weekday::Sunday)];
        let slow = Slow {
            week: all.iter().filter(|(name, _)| week.iter().any(|day| day.to_lowercase().starts_with(name)))
                .map(|(_, day)| *day).collect(),
            closed: closed.difference(&opened).map(|number| day(*number)).collect(),
            opened: opened.iter().map(|number| day(*number)).collect(),
        };
        let (at, other) = (day(at), day(other));
        prop_assert_eq!(calendar.is_business_day(at).unwrap(), slow.works(at));
        prop_assert_eq!(calendar.next(at).unwrap(), slow.walk(at, 1));
        prop_assert_eq!(calendar.previous(at).unwrap(), slow.walk(at, -1));
        prop_assert_eq!(calendar.add(at, count).unwrap(), slow.walk(at, count));
        prop_assert_eq!(calendar.between(at, other).unwrap(), slow.between(at, other));
        let last = (1..=31).rev().filter_map(|d| Date::new(at.year(), at.month(), d).ok()).find(|d| slow.works(*d));
        if let Some(last) = last {
            prop_assert_eq!(calendar.last_of_month(at).unwrap(), last);
        }
    }
}

#[test]
fn monday_to_friday_is_the_default() {
    let calendar = Calendar::weekdays();
    assert_eq!(calendar.previous(date(2026, 11, 23)).unwrap(), date(2026, 11, 20));
    assert_eq!(calendar.next(date(1900, 1, 1)).unwrap(), date(1900, 1, 2));
    assert_eq!(calendar.between(date(1900, 1, 1), date(2199, 12, 31)).unwrap(), 78_266);
}
