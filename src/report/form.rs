//! The forms that a report is written in, and what the lines of its records are in each.

use super::glyphs::{Glyphs, readable};
use super::line::{put_field, put_number};
use super::pages::Frame;
use super::spec::{Column, Level, Report};
use super::value::Value;
use super::{csv, html, json};
use crate::decimal::Decimal;
use crate::diag::Result;
use crate::encoding::CodePage;
use crate::expr::SingleFrame;

/// A form.
#[derive(Clone, Debug)]
pub enum Form {
    /// Lines on pages.
    Text(TextForm),
    /// Rows of values: of the records, or of the groups.
    Csv(Rows),
    /// A page for a browser.
    Html,
    /// Groups in groups, with their totals.
    Json,
}

/// Lines on pages.
#[derive(Clone, Debug)]
pub struct TextForm {
    /// Characters.
    pub glyphs: Glyphs,
    /// Bytes of a line without its control character.
    pub width: usize,
    /// How a page begins.
    pub carriage: Carriage,
    /// Blanks at the end of a line are not written.
    pub trim: bool,
}

/// How a line says where it is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carriage {
    /// By an ANSI control character in column 1 (RECFM=FBA, VBA).
    #[default]
    Ansi,
    /// By a form feed before the first line of each page but the first.
    FormFeed,
    /// Not at all.
    None,
}

/// Rows of CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// One for each record.
    #[default]
    Details,
    /// One for each group, with its totals, and one for the whole.
    Totals,
}

impl TextForm {
    /// How its lines are framed.
    pub fn frame(&self) -> Frame {
        Frame {
            variable: false,
            control: self.carriage != Carriage::None,
            own_control: false,
            spacing: self.carriage == Carriage::Ansi,
            width: self.width,
            page: self.glyphs.page,
        }
    }
}

impl Form {
    /// Appends what a record looks like; answers how many characters became dots. `numbers` has one place for each column.
    pub(super) fn detail(
        &self,
        report: &Report,
        frame: &SingleFrame<'_>,
        numbers: &[i128],
        out: &mut Vec<u8>,
    ) -> Result<u64> {
        match self {
            Form::Text(form) => text(report, form, frame, numbers, out),
            Form::Csv(Rows::Details) => csv::detail(report, frame, numbers, out),
            Form::Csv(Rows::Totals) => Ok(0),
            Form::Html => html::detail(report, frame, numbers, out),
            Form::Json => json::detail(report, frame, numbers, out),
        }
    }
}

fn text(
    report: &Report,
    form: &TextForm,
    frame: &SingleFrame<'_>,
    numbers: &[i128],
    out: &mut Vec<u8>,
) -> Result<u64> {
    let glyphs = &form.glyphs;
    let begin = out.len();
    out.resize(begin + form.width, glyphs.page.space());
    let line = &mut out[begin..];
    let mut lost = 0;
    for (column, number) in report.columns.iter().zip(numbers) {
        let place = &mut line[column.start..column.start + column.width];
        match &column.value {
            Value::Number(shown) => {
                put_number(shown.picture(), *number, place, column.align, glyphs.page);
            }
            Value::Text(text) => {
                lost += put_field(text.field.bytes(frame)?, report.page, place, column.align, glyphs);
            }
        }
    }
    Ok(lost)
}

/// The value of a column as plain text: a number with all its decimals, text without blanks at the end. Answers how many
/// characters became dots.
pub(super) fn plain(column: &Column, number: i128, frame: &SingleFrame<'_>, out: &mut String) -> Result<u64> {
    match &column.value {
        Value::Number(shown) => {
            out.push_str(&Decimal::new(number, i16::from(shown.picture().scale())).to_string());
            Ok(0)
        }
        Value::Text(text) => {
            let bytes = text.field.bytes(frame)?;
            let bytes = &bytes[..bytes.len().min(column.width)];
            Ok(readable(bytes, text.field.format.page, out))
        }
    }
}

/// What a group has in common: the name of each of its fields, the value, and whether that is a number.
pub(super) fn group_values(level: &Level, frame: &SingleFrame<'_>) -> Result<Vec<(String, String, bool)>> {
    let value = |field: &crate::expr::FieldRef| -> Result<(String, String, bool)> {
        let name = field.name().to_owned();
        Ok(match field.number() {
            Some(shape) => {
                let number = Decimal::new(field.integer(shape, frame)?, i16::from(shape.scale));
                (name, number.to_string(), true)
            }
            None => {
                let mut text = String::new();
                readable(field.bytes(frame)?, field.format.page, &mut text);
                (name, text, false)
            }
        })
    };
    level.fields.iter().map(value).collect()
}

/// An edited number as text without blanks around it.
pub(super) fn edited(picture: &super::picture::Picture, value: i128) -> String {
    let mut bytes = vec![0; picture.length()];
    picture.edit(value, &mut bytes, CodePage::LATIN1);
    CodePage::LATIN1.decode(&bytes).trim().to_owned()
}
