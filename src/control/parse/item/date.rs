//! Dates as items: years made of four digits, conversion, arithmetic.

use super::super::format::NamedFormat;
use super::super::parser::Parser;
use crate::control::deck::Head;
use crate::control::message;
use crate::control::syntax::{
    Arithmetic, CardField, DateOperand, DateOutput, DateStep, DateUnit, DateValue, Format, Moment, Place,
    Value, Weekday,
};
use crate::diag::{Result, codes};
use crate::key::SortFormat;

/// Steps that one date may go.
const STEPS_MAX: usize = 100;

const ADDITIONS: [(&str, bool, DateUnit); 6] = [
    ("ADDDAYS", false, DateUnit::Days),
    ("SUBDAYS", true, DateUnit::Days),
    ("ADDMONS", false, DateUnit::Months),
    ("SUBMONS", true, DateUnit::Months),
    ("ADDYEARS", false, DateUnit::Years),
    ("SUBYEARS", true, DateUnit::Years),
];

const LAST_DAYS: [(&str, DateUnit); 4] = [
    ("LASTDAYW", DateUnit::Weeks),
    ("LASTDAYM", DateUnit::Months),
    ("LASTDAYQ", DateUnit::Quarters),
    ("LASTDAYY", DateUnit::Years),
];

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("SUN", Weekday::Sunday),
    ("MON", Weekday::Monday),
    ("TUE", Weekday::Tuesday),
    ("WED", Weekday::Wednesday),
    ("THU", Weekday::Thursday),
    ("FRI", Weekday::Friday),
    ("SAT", Weekday::Saturday),
];

const OUTPUTS: [&str; 8] = ["TOJUL", "TOGREG", "WEEKDAY", "WEEKNUM", "DATEDIFF", "AGE", "DT", "DTNS"];

impl Parser<'_> {
    /// A field with a Y2 or Y4 format, whose name (or a comma, if a symbol has it) was just taken.
    pub(super) fn dated(
        &mut self,
        head: &Head,
        place: Place,
        format: &NamedFormat,
        written: bool,
    ) -> Result<Option<Value>> {
        let start = self.cursor.at();
        if !written {
            self.cursor.go_to(start - 1);
            if !self.at_date_operation() {
                return Ok(None);
            }
            let field = self.edited_field(head, place, format)?;
            return self.date_operation(DateOperand::Field(field)).map(Some);
        }
        let field = self.edited_field(head, place, format)?;
        let two_digits = matches!(format.format, Format::Sort(SortFormat::Date(_)));
        let packed = two_digits && self.cursor.eat('P');
        let separator = if packed { None } else { self.separator_in_parentheses()? };
        if !packed && separator.is_none() && self.at_date_operation() {
            return self.date_operation(DateOperand::Field(field)).map(Some);
        }
        if two_digits && !packed && separator.is_none() && self.edited_ahead() {
            return self.computed(Arithmetic::Field(field)).map(Some);
        }
        if !two_digits {
            let message = format!("a field of format {} needs an operation on dates behind it", format.name);
            self.problem(
                codes::CTL009,
                message::REFORMATTING_FIELD,
                &field.span,
                message,
                "what becomes of it?",
            );
        }
        Ok(Some(Value::Year { field, separator, packed }))
    }

    /// A TOD or SMF date or time: converted, or edited as a number.
    pub(super) fn machine_dated(
        &mut self,
        head: &Head,
        place: Place,
        format: &NamedFormat,
        written: bool,
    ) -> Result<Option<Value>> {
        if !written {
            self.cursor.go_to(self.cursor.at() - 1);
            let comma = self.cursor.clone();
            self.cursor.comma();
            let used = self.at_editing() || self.at_output();
            self.cursor = comma;
            if !used {
                return Ok(None);
            }
        }
        let field = self.edited_field(head, place, format)?;
        if self.at_date_operation() {
            return self.date_operation(DateOperand::Field(field)).map(Some);
        }
        self.computed(Arithmetic::Field(field)).map(Some)
    }

    /// The run's date, perhaps converted.
    pub(super) fn dated_moment(&mut self, moment: Moment) -> Result<Value> {
        if self.at_date_operation() {
            return self.date_operation(DateOperand::Moment(moment));
        }
        Ok(Value::Moment(moment))
    }

    fn at_output(&self) -> bool {
        let word = self.cursor.name_ahead();
        OUTPUTS.contains(&word)
    }

    /// True before `,` and something that shows a number.
    fn edited_ahead(&mut self) -> bool {
        let before = self.cursor.clone();
        let edited = self.cursor.comma() && self.at_editing();
        self.cursor = before;
        edited
    }

    /// True before `,` and the word of an operation on dates.
    fn at_date_operation(&self) -> bool {
        let mut ahead = self.cursor.clone();
        if !ahead.comma() {
            return false;
        }
        let word = ahead.name_ahead();
        OUTPUTS.contains(&word)
            || ADDITIONS.iter().any(|(name, ..)| *name == word)
            || LAST_DAYS.iter().any(|(name, _)| *name == word)
            || weekday_step(word).is_some()
    }

    /// Steps and the output.
    fn date_operation(&mut self, base: DateOperand) -> Result<Value> {
        let start = self.cursor.at();
        let mut steps = Vec::new();
        loop {
            if !self.cursor.comma() {
                let error = self.cursor.expected("TOGREG= or TOJUL= behind the arithmetic");
                return Err(error.note(message::REFORMATTING_FIELD.shown()));
            }
            if self.at_output() {
                let output = self.date_output()?;
                let span = self.cursor.span_from(start);
                return Ok(Value::Date(Box::new(DateValue { base, steps, output, span })));
            }
            if steps.len() >= STEPS_MAX {
                return Err(self.cursor.wrong(start, "too many steps of date arithmetic", "too many"));
            }
            steps.push(self.date_step()?);
        }
    }

    fn date_step(&mut self) -> Result<DateStep> {
        let word = self.cursor.name_ahead();
        if let Some((name, subtract, unit)) = ADDITIONS.iter().find(|(name, ..)| *name == word) {
            self.cursor.skip(name.len());
            self.cursor.expect_comma()?;
            let amount = self.arithmetic_operand()?;
            return Ok(DateStep::Add { subtract: *subtract, unit: *unit, amount });
        }
        if let Some((name, unit)) = LAST_DAYS.iter().find(|(name, _)| *name == word) {
            self.cursor.skip(name.len());
            return Ok(DateStep::LastDay(*unit));
        }
        let Some((next, day)) = weekday_step(word) else {
            let error = self.cursor.expected("an operation on dates, or TOGREG= or TOJUL=");
            return Err(error.note(message::REFORMATTING_FIELD.shown()));
        };
        self.cursor.skip(word.len());
        Ok(DateStep::Weekday { next, day })
    }

    fn date_output(&mut self) -> Result<DateOutput> {
        let word = self.cursor.name_ahead();
        self.cursor.skip(word.len());
        if word == "DATEDIFF" {
            self.cursor.expect_comma()?;
            return self.other_date().map(DateOutput::Difference);
        }
        self.cursor.expect('=')?;
        match word {
            "TOJUL" | "TOGREG" => self.conversion(word == "TOJUL"),
            "WEEKDAY" => {
                Ok(DateOutput::Weekday(self.choice(&[("CHAR3", 3), ("CHAR9", 9), ("DIGIT1", 1)])?))
            }
            "WEEKNUM" => Ok(DateOutput::WeekNumber { iso: self.choice(&[("ISO", true), ("USA", false)])? }),
            "AGE" => {
                Ok(DateOutput::Age(self.choice(&[("YMD", "YMD"), ("YM", "YM"), ("YD", "YD")])?.to_owned()))
            }
            _ => {
                self.cursor.expect('(')?;
                let letters = self.date_letters(b"MDY", 3)?;
                let separator = if word == "DT" { Some(self.separator()?) } else { None };
                self.cursor.expect(')')?;
                Ok(DateOutput::Parts(letters, separator))
            }
        }
    }

    /// `Y4T(s)` and the like, also in parentheses.
    fn conversion(&mut self, ordinal: bool) -> Result<DateOutput> {
        let parenthesis = self.cursor.eat('(');
        let start = self.cursor.at();
        let word = self.cursor.name_ahead();
        let [b'Y', digits @ (b'2' | b'4'), letter @ b'T'..=b'Y'] = *word.as_bytes() else {
            return Err(self.cursor.expected("a date format Y2T to Y2Y or Y4T to Y4Y"));
        };
        self.cursor.skip(word.len());
        let separator = self.separator_in_parentheses()?;
        if separator.is_some() && !matches!(letter, b'T' | b'W') {
            return Err(self.cursor.wrong(
                start,
                "a packed date has no separators",
                "only T and W have them",
            ));
        }
        if parenthesis {
            self.cursor.expect(')')?;
        }
        Ok(DateOutput::Convert { ordinal, four: digits == b'4', letter, separator })
    }

    /// The second date of DATEDIFF.
    fn other_date(&mut self) -> Result<DateOperand> {
        if let Some(moment) = self.moment()? {
            return Ok(DateOperand::Moment(moment));
        }
        let head = self.cursor.head()?.ok_or_else(|| self.cursor.expected("a date field"))?;
        let format = self.format_behind(&head).ok_or_else(|| self.missing_format(&head.span))?;
        let place = self.place(&head)?;
        let field: CardField = self.edited_field(&head, place, &format)?;
        if !matches!(format.format, Format::Sort(SortFormat::Date(_)) | Format::Year4(_)) {
            let message = format!("format {} has no dates", format.name);
            self.problem(codes::CTL011, message::REFORMATTING_FIELD, &head.span, message, "no date");
        }
        Ok(DateOperand::Field(field))
    }
}

/// NEXTDday (`true`) and PREVDday.
fn weekday_step(word: &str) -> Option<(bool, Weekday)> {
    let (next, day) = match (word.strip_prefix("NEXTD"), word.strip_prefix("PREVD")) {
        (Some(day), _) => (true, day),
        (_, Some(day)) => (false, day),
        _ => return None,
    };
    WEEKDAYS.iter().find(|(name, _)| *name == day).map(|(_, weekday)| (next, *weekday))
}
