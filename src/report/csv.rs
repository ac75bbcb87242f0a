//! A report as rows of values: one for each record, or one for each group.

use csv_core::{WriteResult, Writer, WriterBuilder};

use super::Put;
use super::form::{Rows, group_values, plain};
use super::line::Facts;
use super::spec::{Column, Level, Report};
use super::sums::Statistic;
use super::tally::Tally;
use crate::decimal::Decimal;
use crate::diag::Result;
use crate::expr::SingleFrame;

/// Rows, being written.
#[derive(Debug)]
pub struct CsvSink<'r> {
    report: &'r Report,
    rows: Rows,
}

/// Appends the row of a record; answers how many characters became dots.
pub fn detail(report: &Report, frame: &SingleFrame<'_>, numbers: &[i128], out: &mut Vec<u8>) -> Result<u64> {
    let mut row = Row::new(out);
    for level in levels_apart(report) {
        for (_, value, _) in group_values(level, frame)? {
            row.field(&value);
        }
    }
    let (mut text, mut lost) = (String::new(), 0);
    for (column, number) in report.columns.iter().zip(numbers) {
        text.clear();
        lost += plain(column, *number, frame, &mut text)?;
        row.field(&text);
    }
    Ok(lost)
}

impl<'r> CsvSink<'r> {
    /// Rows of a report.
    pub fn new(report: &'r Report, rows: Rows) -> Self {
        CsvSink { report, rows }
    }

    /// The names of the values.
    pub fn begin(&mut self, put: Put<'_>) -> Result<()> {
        let report = self.report;
        let mut line = Vec::new();
        let mut row = Row::new(&mut line);
        let keys = |level: &Level, row: &mut Row<'_>| {
            level.fields.iter().for_each(|field| row.field(field.name()));
        };
        match self.rows {
            Rows::Details => {
                levels_apart(report).for_each(|level| keys(level, &mut row));
                report.columns.iter().for_each(|column| row.field(&column.name));
            }
            Rows::Totals => {
                row.field("level");
                report.levels.iter().for_each(|level| keys(level, &mut row));
                row.field("count");
                for (column, statistic) in totalled(report) {
                    row.field(&format!("{} {}", column.name, statistic.name()));
                }
            }
        }
        drop(row);
        put(&line)
    }

    /// The row of a record.
    pub fn detail(&mut self, line: &[u8], put: Put<'_>) -> Result<()> {
        if self.rows == Rows::Details && self.report.detail { put(line) } else { Ok(()) }
    }

    /// The row of a group, or of the whole (level 0), with what was added up.
    pub fn end(&mut self, level: usize, last: Option<Facts<'_>>, tally: &Tally, put: Put<'_>) -> Result<()> {
        if self.rows == Rows::Details {
            return Ok(());
        }
        let report = self.report;
        let mut line = Vec::new();
        let mut row = Row::new(&mut line);
        row.field(level.checked_sub(1).map_or("report", |index| report.levels[index].name.as_str()));
        for (index, outer) in report.levels.iter().enumerate() {
            match last.and_then(|facts| facts.record).filter(|_| index < level) {
                Some(frame) => {
                    for (_, value, _) in group_values(outer, &frame)? {
                        row.field(&value);
                    }
                }
                None => outer.fields.iter().for_each(|_| row.field("")),
            }
        }
        row.field(&tally.count.to_string());
        for (column, statistic) in totalled(report) {
            row.field(&statistic_text(column, statistic, tally).unwrap_or_default());
        }
        drop(row);
        put(&line)
    }
}

/// The totals of all columns.
pub(super) fn totalled(report: &Report) -> impl Iterator<Item = (&Column, Statistic)> {
    let columns = report.columns.iter();
    columns.flat_map(|column| column.statistics.iter().map(move |statistic| (column, *statistic)))
}

/// A total with all its decimals; nothing for the least, greatest and average of no records.
pub(super) fn statistic_text(column: &Column, statistic: Statistic, tally: &Tally) -> Option<String> {
    let sums = tally.sums.get(column.sum?)?;
    if sums.count() == 0 && statistic != Statistic::Total {
        return None;
    }
    let scale = column.value.number().map_or(0, |number| number.picture().scale());
    Some(Decimal::new(sums.value(statistic), i16::from(scale)).to_string())
}

/// Levels that have a field that no column shows.
fn levels_apart(report: &Report) -> impl Iterator<Item = &Level> {
    let shown = |name: &str| report.columns.iter().any(|column| column.name == name);
    report.levels.iter().filter(move |level| !level.fields.iter().all(|field| shown(field.name())))
}

/// A row, value by value.
struct Row<'o> {
    out: &'o mut Vec<u8>,
    writer: Writer,
    begun: bool,
}

impl<'o> Row<'o> {
    fn new(out: &'o mut Vec<u8>) -> Self {
        Row { out, writer: WriterBuilder::new().build(), begun: false }
    }

    fn field(&mut self, text: &str) {
        let mut buffer = [0; 512];
        if std::mem::replace(&mut self.begun, true) {
            let (_, written) = self.writer.delimiter(&mut buffer);
            self.out.extend_from_slice(&buffer[..written]);
        }
        let mut rest = text.as_bytes();
        loop {
            let (result, read, written) = self.writer.field(rest, &mut buffer);
            self.out.extend_from_slice(&buffer[..written]);
            rest = &rest[read..];
            if result == WriteResult::InputEmpty {
                break;
            }
        }
    }
}

impl Drop for Row<'_> {
    /// Closes the quotes of the last value, without a line end: a row is a line of the output.
    fn drop(&mut self) {
        let mut buffer = [0; 8];
        let (_, written) = self.writer.finish(&mut buffer);
        self.out.extend_from_slice(&buffer[..written]);
    }
}
