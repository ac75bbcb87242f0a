//! Lines of headers and footers: texts, fields, totals, each at its place.

use super::glyphs::{Glyphs, trimmed};
use super::picture::Picture;
use super::spec::Align;
use super::sums::Statistic;
use super::tally::Tally;
use super::value::Value;
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::CodePage;
use crate::expr::SingleFrame;

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// From left to right.
    pub items: Vec<Item>,
    /// Where the job says so.
    pub span: Span,
}

/// Something at its place.
#[derive(Clone, Debug)]
pub struct Item {
    /// First byte.
    pub start: usize,
    /// Bytes of its place.
    pub width: usize,
    /// Where in its place.
    pub align: Align,
    /// What it is.
    pub what: What,
}

/// What an item shows.
#[derive(Clone, Debug)]
pub enum What {
    /// A text.
    Text(String),
    /// Something of the record: the next one in a header, the last one in a footer. Blanks if there is none.
    Value(Value),
    /// The number of the page.
    Page(Picture),
    /// Number of records.
    Count(Of, Picture),
    /// A total of a column: which sum, what of it, and the column for messages.
    Total(Of, usize, Statistic, Picture, String),
}

/// Of which records a total is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Those of the current group of a level; 0 is the whole report.
    Level(usize),
    /// Those of the page.
    Page,
}

/// What a line may speak of.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The record.
    pub record: Option<SingleFrame<'a>>,
    /// What has been added up: of the whole report without its open groups, then of each level without those below it.
    pub tallies: &'a [Tally],
    /// The numbers of the record that are added up.
    pub values: &'a [i128],
}

impl Line {
    /// Bytes up to its end.
    pub fn length(&self) -> usize {
        self.items.iter().map(|item| item.start + item.width).max().unwrap_or(0)
    }

    /// True if it shows what was added up of the page.
    pub fn is_about_page(&self) -> bool {
        let about = |of: &Of| *of == Of::Page;
        self.items.iter().any(|item| match &item.what {
            What::Count(of, _) | What::Total(of, ..) => about(of),
            What::Text(_) | What::Value(_) | What::Page(_) => false,
        })
    }

    /// Appends the line to `out`; answers how many characters became dots. `own` is what was added up of the page.
    pub fn put(
        &self,
        facts: Option<Facts<'_>>,
        number: u64,
        own: &Tally,
        glyphs: &Glyphs,
        out: &mut Vec<u8>,
    ) -> Result<u64> {
        let begin = out.len();
        out.resize(begin + self.length(), glyphs.page.space());
        let mut lost = 0;
        for item in &self.items {
            let place = &mut out[begin + item.start..begin + item.start + item.width];
            lost += item.put(place, facts, number, own, glyphs)?;
        }
        Ok(lost)
    }
}

impl Item {
    fn put(
        &self,
        place: &mut [u8],
        facts: Option<Facts<'_>>,
        number: u64,
        own: &Tally,
        glyphs: &Glyphs,
    ) -> Result<u64> {
        let tally = |of| tally(of, facts, own);
        match &self.what {
            What::Text(text) => {
                // That the page has its characters was made sure of when the job was checked.
                let bytes = glyphs.page.encode(text).unwrap_or_default();
                put_text(&bytes, place, self.align);
                Ok(0)
            }
            What::Value(value) => match facts.and_then(|facts| facts.record) {
                None => Ok(0),
                Some(frame) => put_value(value, &frame, place, self.align, glyphs),
            },
            What::Page(picture) => show(picture, i128::from(number), place, self.align, glyphs.page, || {
                "the page number".to_owned()
            }),
            What::Count(of, picture) => {
                let count = i128::from(tally(*of)?.count);
                show(picture, count, place, self.align, glyphs.page, || "the number of records".to_owned())
            }
            What::Total(of, sum, statistic, picture, name) => {
                let sums = tally(*of)?.sums.get(*sum).copied().unwrap_or_default();
                let value = sums.value(*statistic);
                show(picture, value, place, self.align, glyphs.page, || {
                    format!("the {} of {name}", statistic.name())
                })
            }
        }
    }
}

/// What was added up of a group, its open groups included.
fn tally(of: Of, facts: Option<Facts<'_>>, own: &Tally) -> Result<Tally> {
    match (of, facts) {
        (Of::Page, _) | (_, None) => Ok(own.clone()),
        (Of::Level(level), Some(facts)) => {
            let mut all = Tally::new(own.sums.len());
            let parts = facts.tallies.get(level..).unwrap_or_default();
            parts.iter().try_for_each(|part| all.merge(part)).map(|()| all)
        }
    }
}

/// Shows a number that is not of a record.
fn show(
    picture: &Picture,
    value: i128,
    place: &mut [u8],
    align: Align,
    page: CodePage,
    what: impl FnOnce() -> String,
) -> Result<u64> {
    if !picture.shows(value) {
        return Err(total_unfit(picture, value, &what()));
    }
    put_number(picture, value, place, align, page);
    Ok(0)
}

#[cold]
fn total_unfit(picture: &Picture, value: i128, what: &str) -> Box<Diagnostic> {
    let shown = Decimal::new(value, i16::from(picture.scale()));
    let message = format!("{what} is {shown}, which PIC {} does not show", picture.text());
    let hint = if value < 0 && !picture.signed() {
        "give the picture a sign: -, +, CR or DB"
    } else {
        "give totals a larger picture with total-pic, or the item with pic"
    };
    Diagnostic::error(codes::RPT102, message).hint(hint)
}

/// Puts what a record has into a place; answers how many characters became dots.
fn put_value(
    value: &Value,
    frame: &SingleFrame<'_>,
    place: &mut [u8],
    align: Align,
    glyphs: &Glyphs,
) -> Result<u64> {
    match value {
        Value::Number(number) => {
            put_number(number.picture(), number.read(frame)?, place, align, glyphs.page);
            Ok(0)
        }
        Value::Text(text) => {
            let bytes = text.field.bytes(frame)?;
            Ok(put_field(bytes, text.field.format.page, place, align, glyphs))
        }
    }
}

/// Puts the bytes of a field into a place; answers how many characters became dots.
#[inline]
pub fn put_field(bytes: &[u8], page: CodePage, place: &mut [u8], align: Align, glyphs: &Glyphs) -> u64 {
    let bytes = if align == Align::Left { bytes } else { trimmed(bytes, page) };
    let bytes = &bytes[..bytes.len().min(place.len())];
    let start = align.start(bytes.len(), place.len());
    glyphs.put(bytes, &mut place[start..])
}

/// Puts an edited number into a place.
#[inline]
pub fn put_number(picture: &Picture, value: i128, place: &mut [u8], align: Align, page: CodePage) {
    let length = picture.length().min(place.len());
    let start = align.start(length, place.len());
    picture.edit(value, &mut place[start..start + length], page);
}

fn put_text(bytes: &[u8], place: &mut [u8], align: Align) {
    let length = bytes.len().min(place.len());
    let start = align.start(length, place.len());
    place[start..start + length].copy_from_slice(&bytes[..length]);
}
