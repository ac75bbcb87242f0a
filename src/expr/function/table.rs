//! The names of the functions, and how many arguments they take.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use super::days::{BusinessKind, DayKind};
use super::numbers::NumberKind;

/// What a function is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number of numbers.
    Number(NumberKind),
    /// The greatest or the least of numbers or of texts.
    Extreme(Ordering),
    /// Where the extreme one of texts stands.
    OrdExtremeText(Ordering),
    /// A number of a text.
    NumberOfText(OfText),
    /// A text.
    Text(Texts),
    /// A number or a date of dates; it may take a calendar as well.
    Days(DayKind),
}

/// Functions that give a number of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfText {
    Length,
    Ord,
    Numval,
    NumvalC,
    TestNumval,
    TestNumvalC,
}

/// Functions that give a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    UpperCase,
    LowerCase,
    Reverse,
    Trim,
    Concatenate,
    Substitute,
    Char,
}

/// A function of the list.
pub(super) struct Spec {
    pub name: &'static str,
    pub kind: Kind,
    pub arguments: RangeInclusive<usize>,
}

const MANY: usize = 1000;

const fn spec(name: &'static str, kind: Kind, least: usize, most: usize) -> Spec {
    Spec { name, kind, arguments: least..=most }
}

const fn number(name: &'static str, kind: NumberKind, least: usize, most: usize) -> Spec {
    spec(name, Kind::Number(kind), least, most)
}

const fn days(name: &'static str, kind: DayKind) -> Spec {
    spec(name, Kind::Days(kind), kind.arguments(), kind.arguments())
}

const fn business(name: &'static str, kind: BusinessKind) -> Spec {
    let kind = DayKind::Business(kind);
    spec(name, Kind::Days(kind), kind.arguments(), kind.arguments() + 1)
}

const FUNCTIONS: &[Spec] = &[
    number("ABS", NumberKind::Abs, 1, 1),
    number("INTEGER", NumberKind::Integer, 1, 1),
    number("INTEGER-PART", NumberKind::IntegerPart, 1, 1),
    number("FRACTION-PART", NumberKind::FractionPart, 1, 1),
    number("MOD", NumberKind::Mod, 2, 2),
    number("REM", NumberKind::Rem, 2, 2),
    number("SIGN", NumberKind::Sign, 1, 1),
    number("SUM", NumberKind::Sum, 1, MANY),
    spec("MAX", Kind::Extreme(Ordering::Greater), 1, MANY),
    spec("MIN", Kind::Extreme(Ordering::Less), 1, MANY),
    number("RANGE", NumberKind::Range, 1, MANY),
    number("MEDIAN", NumberKind::Median, 1, MANY),
    number("MIDRANGE", NumberKind::Midrange, 1, MANY),
    number("ORD-MAX", NumberKind::OrdExtreme(Ordering::Greater), 1, MANY),
    number("ORD-MIN", NumberKind::OrdExtreme(Ordering::Less), 1, MANY),
    number("FACTORIAL", NumberKind::Factorial, 1, 1),
    number("INTEGER-OF-DATE", NumberKind::IntegerOfDate, 1, 1),
    number("DATE-OF-INTEGER", NumberKind::DateOfInteger, 1, 1),
    number("INTEGER-OF-DAY", NumberKind::IntegerOfDay, 1, 1),
    number("DAY-OF-INTEGER", NumberKind::DayOfInteger, 1, 1),
    number("YEAR-TO-YYYY", NumberKind::YearToYyyy, 3, 3),
    number("DATE-TO-YYYYMMDD", NumberKind::DateToYyyymmdd, 3, 3),
    number("DAY-TO-YYYYDDD", NumberKind::DayToYyyyddd, 3, 3),
    number("TEST-DATE-YYYYMMDD", NumberKind::TestDate, 1, 1),
    number("TEST-DAY-YYYYDDD", NumberKind::TestDay, 1, 1),
    days("ADD-DAYS", DayKind::AddDays),
    days("ADD-MONTHS", DayKind::AddMonths),
    days("DAYS-BETWEEN", DayKind::DaysBetween),
    days("DAY-OF-WEEK", DayKind::DayOfWeek),
    days("MONTH-START", DayKind::MonthStart),
    days("MONTH-END", DayKind::MonthEnd),
    business("IS-BUSINESS-DAY", BusinessKind::Is),
    business("NEXT-BUSINESS-DAY", BusinessKind::Next),
    business("PREVIOUS-BUSINESS-DAY", BusinessKind::Previous),
    business("THIS-OR-NEXT-BUSINESS-DAY", BusinessKind::ThisOrNext),
    business("THIS-OR-PREVIOUS-BUSINESS-DAY", BusinessKind::ThisOrPrevious),
    business("MODIFIED-BUSINESS-DAY", BusinessKind::Modified),
    business("FIRST-BUSINESS-DAY", BusinessKind::First),
    business("LAST-BUSINESS-DAY", BusinessKind::Last),
    business("ADD-BUSINESS-DAYS", BusinessKind::Add),
    business("BUSINESS-DAYS-BETWEEN", BusinessKind::Between),
    spec("LENGTH", Kind::NumberOfText(OfText::Length), 1, 1),
    spec("BYTE-LENGTH", Kind::NumberOfText(OfText::Length), 1, 1),
    spec("ORD", Kind::NumberOfText(OfText::Ord), 1, 1),
    spec("NUMVAL", Kind::NumberOfText(OfText::Numval), 1, 1),
    spec("NUMVAL-C", Kind::NumberOfText(OfText::NumvalC), 1, 2),
    spec("TEST-NUMVAL", Kind::NumberOfText(OfText::TestNumval), 1, 1),
    spec("TEST-NUMVAL-C", Kind::NumberOfText(OfText::TestNumvalC), 1, 2),
    spec("UPPER-CASE", Kind::Text(Texts::UpperCase), 1, 1),
    spec("LOWER-CASE", Kind::Text(Texts::LowerCase), 1, 1),
    spec("REVERSE", Kind::Text(Texts::Reverse), 1, 1),
    spec("TRIM", Kind::Text(Texts::Trim), 1, 2),
    spec("CONCATENATE", Kind::Text(Texts::Concatenate), 1, MANY),
    spec("CONCAT", Kind::Text(Texts::Concatenate), 1, MANY),
    spec("SUBSTITUTE", Kind::Text(Texts::Substitute), 3, MANY),
    spec("CHAR", Kind::Text(Texts::Char), 1, 1),
];

/// The function of this name, in upper case.
pub(super) fn named(name: &str) -> Option<&'static Spec> {
    FUNCTIONS.iter().find(|spec| spec.name == name)
}

/// The names of all functions.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|spec| spec.name)
}
