//! Date conversion and arithmetic, compiled.

use jiff::Span as TimeSpan;
use jiff::civil::{Date, Weekday as Day};

use super::super::moment::MomentBytes;
use super::super::{Calculation, Parsed, Setting, Shape, Spot, machine_date};
use super::reading::{DateLayout, Reading, calendar, ordinal};
use super::writing::Written;
use crate::control::message::{self, REFORMATTING_FIELD};
use crate::control::syntax::{
    CardField, DateOperand, DateOutput, DateStep, DateUnit, DateValue, Format, Weekday,
};
use crate::diag::{Result, Span, codes};
use crate::encoding::CodePage;

/// Date conversion and arithmetic, compiled.
#[derive(Clone, Debug)]
pub struct DateProgram {
    base: Source,
    steps: Vec<Step>,
    other: Option<Source>,
    written: Written,
    page: CodePage,
}

/// Where a date comes from.
#[derive(Clone, Debug)]
enum Source {
    Field(Spot, DateLayout),
    Machine(Spot, Format, Box<Setting>),
    Known(Reading<Date>),
}

/// A step of arithmetic.
#[derive(Clone, Debug)]
enum Step {
    Add { subtract: bool, unit: DateUnit, amount: Calculation },
    Weekday { next: bool, day: Day },
    LastDay(DateUnit),
}

impl DateProgram {
    /// Compiles an item.
    pub fn compile(value: &DateValue, setting: &Setting, shape: Shape) -> Result<Self> {
        let other = match &value.output {
            DateOutput::Difference(other) => Some(source(other, &value.span, setting, shape)?),
            _ => None,
        };
        let steps = value.steps.iter().map(|step| compile_step(step, setting, shape));
        Ok(DateProgram {
            base: source(&value.base, &value.span, setting, shape)?,
            steps: steps.collect::<Result<_>>()?,
            other,
            written: Written::of(&value.output, setting.clock.date()),
            page: setting.page,
        })
    }

    /// Bytes of the result.
    pub fn length(&self) -> usize {
        self.written.length()
    }

    /// Appends the result; a date that is none becomes asterisks. A record that is too short for a field of it must be
    /// padded before, or the field is taken for no date.
    pub fn put(&self, record: &[u8], parsed: &Parsed, out: &mut Vec<u8>) -> Result<()> {
        let mut reading = self.base.read(record, parsed);
        for step in &self.steps {
            let Reading::Real(date) = reading else { break };
            reading = step.apply(date, record, parsed)?.map_or(Reading::Invalid, Reading::Real);
        }
        match (reading, &self.other) {
            (Reading::Real(date), None) => self.written.date(date, self.page, out),
            (Reading::Real(date), Some(other)) => match other.read(record, parsed) {
                Reading::Real(other) => self.written.difference(date, other, self.page, out),
                _ => self.written.invalid(self.page, out),
            },
            (Reading::Special(special), None) => self.written.special(special, self.page, out),
            _ => self.written.invalid(self.page, out),
        }
        Ok(())
    }
}

impl Source {
    fn read(&self, record: &[u8], parsed: &Parsed) -> Reading<Date> {
        match self {
            Source::Known(reading) => *reading,
            Source::Field(spot, layout) => match spot.bytes(record, parsed) {
                Some(bytes) => layout.date(bytes),
                None => Reading::Invalid,
            },
            Source::Machine(spot, format, setting) => {
                let number =
                    spot.bytes(record, parsed).and_then(|bytes| machine_date::read(bytes, *format, setting));
                number.and_then(|number| machine_day(number, *format)).map_or(Reading::Invalid, Reading::Real)
            }
        }
    }
}

/// The day that the number of a machine date is: yyyymmdd or yyyyddd.
fn machine_day(number: i128, format: Format) -> Option<Date> {
    let part = |divisor: i128, modulus: i128| u16::try_from(number / divisor % modulus).ok();
    let year = |divisor: i128| i16::try_from(number / divisor).ok();
    match format {
        Format::MachineDate(_, 1) => {
            calendar(year(10_000)?, u8::try_from(part(100, 100)?).ok()?, u8::try_from(part(1, 100)?).ok()?)
        }
        Format::MachineDate(_, 3) => ordinal(year(1000)?, part(1, 1000)?),
        _ => None,
    }
}

fn source(operand: &DateOperand, span: &Span, setting: &Setting, shape: Shape) -> Result<Source> {
    match operand {
        DateOperand::Field(field) => field_source(field, setting, shape),
        DateOperand::Moment(moment) => Ok(Source::Known(Reading::Real(MomentBytes::date(moment, setting)?))),
        DateOperand::Constant(bytes, format) => match DateLayout::of(*format, setting) {
            Some(layout) => Ok(Source::Known(layout.date(bytes))),
            None => Err(no_date(span)),
        },
    }
}

fn field_source(field: &CardField, setting: &Setting, shape: Shape) -> Result<Source> {
    let spot = Spot::compile(&field.place, shape, &field.span)?;
    if let Format::MachineDate(_, 1 | 3) = field.format {
        return Ok(Source::Machine(spot, field.format, Box::new(setting.clone())));
    }
    let layout = DateLayout::of(field.format, setting).ok_or_else(|| no_date(&field.span))?;
    let rest = layout.digit_count(spot.length()).saturating_sub(layout.year);
    if !matches!(rest, 3 | 4) {
        let message = "a date of a date operation has month and day, or the day of the year";
        return Err(message::error(codes::CTL005, REFORMATTING_FIELD, message)
            .at(&field.span, "this length has neither")
            .hint("Y2T takes 5 or 6 bytes, Y4T 7 or 8, Y2U 3, Y2V 4, Y4U 4, Y4V 5"));
    }
    Ok(Source::Field(spot, layout))
}

fn no_date(span: &Span) -> Box<crate::diag::Diagnostic> {
    message::error(codes::CTL011, REFORMATTING_FIELD, "a date operation needs a date")
        .at(span, "this format has no dates")
        .hint("use one of the formats Y2T to Y2Y and Y4T to Y4Y")
}

fn compile_step(step: &DateStep, setting: &Setting, shape: Shape) -> Result<Step> {
    Ok(match step {
        DateStep::Add { subtract, unit, amount } => Step::Add {
            subtract: *subtract,
            unit: *unit,
            amount: Calculation::compile(amount, setting, shape)?,
        },
        DateStep::Weekday { next, day } => Step::Weekday { next: *next, day: civil_day(*day) },
        DateStep::LastDay(unit) => Step::LastDay(*unit),
    })
}

fn civil_day(day: Weekday) -> Day {
    match day {
        Weekday::Sunday => Day::Sunday,
        Weekday::Monday => Day::Monday,
        Weekday::Tuesday => Day::Tuesday,
        Weekday::Wednesday => Day::Wednesday,
        Weekday::Thursday => Day::Thursday,
        Weekday::Friday => Day::Friday,
        Weekday::Saturday => Day::Saturday,
    }
}

impl Step {
    /// The date a step leads to; none if it is not between the years 1 and 9999.
    fn apply(&self, date: Date, record: &[u8], parsed: &Parsed) -> Result<Option<Date>> {
        let moved = match self {
            Step::Add { subtract, unit, amount } => {
                let amount = amount.value(record, parsed)?;
                add(date, if *subtract { -amount } else { amount }, *unit)
            }
            Step::Weekday { next, day } => date.nth_weekday(if *next { 1 } else { -1 }, *day).ok(),
            Step::LastDay(unit) => last_day(date, *unit),
        };
        Ok(moved.filter(|date| date.year() >= 1))
    }
}

fn add(date: Date, amount: i128, unit: DateUnit) -> Option<Date> {
    let amount = i64::try_from(amount).ok()?;
    let span = TimeSpan::new();
    let span = match unit {
        DateUnit::Days => span.try_days(amount),
        DateUnit::Weeks => span.try_weeks(amount),
        DateUnit::Months => span.try_months(amount),
        DateUnit::Quarters => span.try_months(amount.checked_mul(3)?),
        DateUnit::Years => span.try_years(amount),
    };
    date.checked_add(span.ok()?).ok()
}

fn last_day(date: Date, unit: DateUnit) -> Option<Date> {
    match unit {
        DateUnit::Days => Some(date),
        // The week of DFSORT ends with its working days.
        DateUnit::Weeks if date.weekday() == Day::Friday => Some(date),
        DateUnit::Weeks => date.nth_weekday(1, Day::Friday).ok(),
        DateUnit::Months => Some(date.last_of_month()),
        DateUnit::Quarters => {
            let month = (date.month() - 1) / 3 * 3 + 3;
            Date::new(date.year(), month, 1).ok().map(Date::last_of_month)
        }
        DateUnit::Years => Some(date.last_of_year()),
    }
}
