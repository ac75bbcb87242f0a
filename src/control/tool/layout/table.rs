//! Columns, their widths and headings.

use super::{Ink, NumberStyle};
use crate::control::operate::machine_date;
use crate::control::syntax::{CardField, Format};
use crate::control::tool::syntax::{
    Column, ColumnValue, Header, ListFormat, Report, StatisticLine, StatisticOf,
};
use crate::key::SortFormat;

/// Digits of VLEN, NUM and VALCNT.
const DIGITS_COUNT: usize = 15;

/// What a column shows of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::control::tool) enum Cell<'a> {
    /// Text as it is; shorter than its column it is padded.
    Text(&'a [u8]),
    /// Bytes shown as hexadecimal digits.
    Hex(&'a [u8]),
    /// A number; `None` for bytes that are none.
    Number(Option<i128>),
}

/// How a column shows its values.
#[derive(Clone, Debug)]
pub(in crate::control::tool) enum Style {
    /// Text of so many bytes, with what stands before and behind it.
    Text { length: usize, leading: Vec<u8>, trailing: Vec<u8> },
    /// Hexadecimal digits of so many bytes.
    Hex { length: usize },
    /// Numbers.
    Number(NumberStyle),
}

impl Style {
    /// The style of a column.
    pub(in crate::control::tool) fn new(column: &Column, total: bool, format: ListFormat) -> Self {
        let formatting = &column.formatting;
        let number =
            |digits, signed| Style::Number(NumberStyle::new(digits, signed, total, formatting, format));
        match &column.value {
            ColumnValue::Hex { length, .. } => Style::Hex { length: *length as usize },
            ColumnValue::Number | ColumnValue::Count => {
                Style::Number(NumberStyle::new(DIGITS_COUNT, false, false, formatting, format))
            }
            ColumnValue::Length => number(DIGITS_COUNT, true),
            ColumnValue::Field(field) => match digits(field) {
                Some(digits) => number(digits, true),
                None => Style::Text {
                    length: field.place.length() as usize,
                    leading: formatting.leading.clone(),
                    trailing: formatting.trailing.clone(),
                },
            },
        }
    }

    /// Bytes that a value takes.
    pub(in crate::control::tool) fn width(&self) -> usize {
        match self {
            Style::Text { length, leading, trailing } => length + leading.len() + trailing.len(),
            Style::Hex { length } => length * 2,
            Style::Number(style) => style.width(),
        }
    }

    fn is_right(&self) -> bool {
        matches!(self, Style::Number(style) if style.is_right())
    }

    /// Appends a value in exactly its width.
    pub(in crate::control::tool) fn show(&self, cell: Cell<'_>, ink: &Ink, out: &mut Vec<u8>) {
        let end = out.len() + self.width();
        match (self, cell) {
            (Style::Number(style), Cell::Number(value)) => style.show(value, ink, out),
            (Style::Text { length, leading, trailing }, Cell::Text(text)) => {
                out.extend_from_slice(leading);
                let at = out.len();
                out.extend_from_slice(&text[..text.len().min(*length)]);
                out.resize(at + length, ink.blank());
                out.extend_from_slice(trailing);
            }
            (_, Cell::Hex(bytes)) => {
                for byte in bytes {
                    ink.put(&format!("{byte:02X}"), out);
                }
            }
            _ => {}
        }
        out.resize(end, ink.blank());
    }
}

/// Digits that a field of numbers can have; `None` for text.
fn digits(field: &CardField) -> Option<usize> {
    let length = field.place.length() as usize;
    let by_length = |digits: [usize; 8]| digits.get(length.saturating_sub(1)).copied().or(Some(20));
    match field.format {
        Format::Sort(SortFormat::Binary) => by_length([3, 5, 8, 10, 13, 15, 17, 20]),
        Format::Sort(SortFormat::Fixed) => by_length([3, 5, 7, 10, 12, 15, 17, 19]),
        Format::Sort(SortFormat::Packed) => Some(length * 2 - 1),
        Format::Sort(
            SortFormat::Zoned
            | SortFormat::LeadingOverpunch
            | SortFormat::FloatingSign
            | SortFormat::UnsignedFree
            | SortFormat::SignedFree,
        ) => Some(length.min(31)),
        Format::Sort(SortFormat::LeadingSeparate | SortFormat::TrailingSeparate) => Some(length - 1),
        Format::MachineDate(..) | Format::MachineTime(..) => machine_date::digits(field.format),
        _ => None,
    }
}

/// A column in its place.
#[derive(Clone, Debug)]
struct Placed {
    style: Style,
    start: usize,
    width: usize,
    statistics: bool,
}

/// The columns of a report.
#[derive(Clone, Debug)]
pub(in crate::control::tool) struct Table {
    ink: Ink,
    indent: usize,
    columns: Vec<Placed>,
    heading: Vec<Vec<u8>>,
    statistics_left: bool,
}

impl Table {
    /// Lays out the columns of a report.
    pub(in crate::control::tool) fn new(report: &Report, ink: &Ink) -> Self {
        let lines = || report.statistics.iter().chain(&report.break_statistics);
        let total = lines().any(|line| line.of == StatisticOf::Total);
        let mut at = report.indent;
        if report.statistics_left
            && let Some(longest) = lines().map(|line| line.text.len()).max()
        {
            at += longest + report.between;
        }
        let mut columns = Vec::new();
        for column in &report.columns {
            let style = Style::new(column, total, report.format);
            let heading = heading_width(column, report.no_header);
            let width = style.width().max(heading);
            let numbers = matches!(style, Style::Number(_));
            let counted = matches!(column.value, ColumnValue::Number | ColumnValue::Count);
            let statistics = numbers && !counted && !column.formatting.no_statistics;
            columns.push(Placed { style, start: at, width, statistics });
            at += width + report.between;
        }
        let mut table = Table {
            ink: ink.clone(),
            indent: report.indent,
            columns,
            heading: Vec::new(),
            statistics_left: report.statistics_left,
        };
        if !report.no_header {
            table.heading = table.headings(report);
        }
        table
    }

    /// Lines above the rows.
    pub(in crate::control::tool) fn heading(&self) -> &[Vec<u8>] {
        &self.heading
    }

    /// Bytes of the longest line.
    pub(in crate::control::tool) fn length(&self) -> usize {
        self.columns.last().map_or(0, |column| column.start + column.width)
    }

    /// A line of values.
    pub(in crate::control::tool) fn row(&self, cells: &[Cell<'_>], out: &mut Vec<u8>) {
        for (column, cell) in self.columns.iter().zip(cells) {
            self.value(column, *cell, out);
        }
    }

    /// True if a column takes part in statistics.
    pub(in crate::control::tool) fn has_statistics(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|column| column.statistics)
    }

    fn value(&self, column: &Placed, cell: Cell<'_>, out: &mut Vec<u8>) {
        let spare = column.width - column.style.width();
        let at = column.start + if column.style.is_right() { spare } else { 0 };
        out.resize(at.max(out.len()), self.ink.blank());
        column.style.show(cell, &self.ink, out);
    }

    /// The lines of a statistic, one or two. `values` are those of all columns; `count` of the records.
    pub(in crate::control::tool) fn statistic(
        &self,
        line: &StatisticLine,
        format: ListFormat,
        values: &dyn Fn(usize) -> Option<i128>,
        count: u64,
    ) -> Vec<Vec<u8>> {
        let mut text = vec![self.ink.blank(); self.indent];
        text.extend_from_slice(&line.text);
        if line.of == StatisticOf::Count {
            let style = NumberStyle::new(DIGITS_COUNT, false, false, &line.edit, format);
            style.show(Some(count.into()), &self.ink, &mut text);
            return vec![text];
        }
        let first = self.columns.iter().find(|column| column.statistics);
        let Some(first) = first else { return vec![text] };
        let mut lines = Vec::new();
        if !self.statistics_left && text.len() > first.start {
            lines.push(std::mem::take(&mut text));
        }
        for (index, column) in self.columns.iter().enumerate().filter(|(_, column)| column.statistics) {
            self.value(column, Cell::Number(values(index)), &mut text);
        }
        lines.push(text);
        lines
    }

    fn headings(&self, report: &Report) -> Vec<Vec<u8>> {
        let texts: Vec<Vec<Vec<u8>>> =
            report.columns.iter().map(|column| heading(column, &self.ink)).collect();
        let rows = texts.iter().map(Vec::len).max().unwrap_or(0);
        let mut lines: Vec<Vec<u8>> = (0..rows).map(|row| self.heading_line(&texts, row)).collect();
        let said = |column: &Column| matches!(column.header, Header::Lines(_));
        if report.columns.iter().any(said) {
            let mut line = Vec::new();
            for (placed, _) in self.columns.iter().zip(&report.columns).filter(|(_, column)| said(column)) {
                line.resize(placed.start, self.ink.blank());
                line.resize(placed.start + placed.width, self.ink.of(b'-'));
            }
            lines.push(line);
        }
        lines
    }

    fn heading_line(&self, texts: &[Vec<Vec<u8>>], row: usize) -> Vec<u8> {
        let mut line = Vec::new();
        for (placed, texts) in self.columns.iter().zip(texts) {
            let Some(text) = texts.get(row) else { continue };
            let spare = if placed.style.is_right() { placed.width - text.len() } else { 0 };
            line.resize(placed.start + spare, self.ink.blank());
            line.extend_from_slice(text);
        }
        line
    }
}

fn heading_width(column: &Column, no_header: bool) -> usize {
    match &column.header {
        _ if no_header => 0,
        Header::None => 0,
        Header::Lines(lines) => lines.iter().map(Vec::len).max().unwrap_or(0),
        Header::Standard => standard(column).len(),
    }
}

fn heading(column: &Column, ink: &Ink) -> Vec<Vec<u8>> {
    match &column.header {
        Header::None => Vec::new(),
        Header::Lines(lines) => lines.clone(),
        Header::Standard => {
            let mut text = Vec::new();
            ink.put(&standard(column), &mut text);
            vec![text]
        }
    }
}

/// The heading of a column that has no other.
fn standard(column: &Column) -> String {
    match &column.value {
        ColumnValue::Number => "RECORD NUMBER".to_owned(),
        ColumnValue::Length => "RECORD LENGTH".to_owned(),
        ColumnValue::Count => "VALUE COUNT".to_owned(),
        ColumnValue::Hex { position, length } => format!("({position},{length},HEX)"),
        ColumnValue::Field(field) => field_name(field),
    }
}

/// `(p,m,f)` of a field.
pub(in crate::control::tool) fn field_name(field: &CardField) -> String {
    let crate::control::syntax::Place::Record { position, length } = field.place else {
        return "()".to_owned();
    };
    format!("({position},{length},{})", format_name(field.format))
}

fn format_name(format: Format) -> String {
    match format {
        Format::MachineDate([a, b], number) | Format::MachineTime([a, b], number) => {
            format!("{}{}{number}", char::from(a), char::from(b))
        }
        Format::Sort(format) => {
            let name = match format {
                SortFormat::Character => "CH",
                SortFormat::Binary => "BI",
                SortFormat::Fixed => "FI",
                SortFormat::Packed => "PD",
                SortFormat::Zoned => "ZD",
                SortFormat::FloatingSign => "FS",
                SortFormat::UnsignedFree => "UFF",
                SortFormat::SignedFree => "SFF",
                SortFormat::LeadingSeparate => "CSL",
                SortFormat::TrailingSeparate => "CST",
                SortFormat::LeadingOverpunch => "CLO",
                _ => "",
            };
            name.to_owned()
        }
        _ => String::new(),
    }
}

/// The text of a break value, without blanks around it.
pub(in crate::control::tool) fn break_value(
    column: &Column,
    format: ListFormat,
    cell: Cell<'_>,
    ink: &Ink,
) -> Vec<u8> {
    let mut text = Vec::new();
    Style::new(column, false, format).show(cell, ink, &mut text);
    let first = text.iter().position(|byte| *byte != ink.blank()).unwrap_or(text.len());
    let last = text.iter().rposition(|byte| *byte != ink.blank()).map_or(first, |at| at + 1);
    text[first..last].to_vec()
}
