//! Lines, pages and sections of a report.

use super::table::{Cell, Table, break_value};
use super::{Ink, Statistics};
use crate::control::operate::{MomentBytes, Setting};
use crate::control::tool::syntax::{BreakPart, Report, StatisticLine, TitlePart};
use crate::diag::Result;

/// Blanks between the parts of the title of a section.
const BREAK_BETWEEN: usize = 2;
/// Record length that a report has at least.
const LENGTH_MIN: usize = 121;

/// Takes the lines of a report as records.
pub(in crate::control::tool) type PutLine<'p> = &'p mut dyn FnMut(&[u8]) -> Result<()>;

/// A record as a report sees it.
#[derive(Clone, Debug, Default)]
pub(in crate::control::tool) struct Row<'a> {
    /// Its columns.
    pub(in crate::control::tool) cells: Vec<Cell<'a>>,
    /// What divides the report into sections.
    pub(in crate::control::tool) section: Option<Cell<'a>>,
}

/// Prints a report.
pub(in crate::control::tool) struct Printer<'r> {
    report: &'r Report,
    table: Table,
    ink: Ink,
    title: Vec<(TitlePart, Vec<u8>)>,
    length: usize,
    page: u32,
    used: u32,
    line: Vec<u8>,
    section: Option<Vec<u8>>,
    /// Statistics of the columns and numbers of records: of this section, and of all before it.
    sums: [Vec<Statistics>; 2],
    counts: [u64; 2],
}

impl<'r> Printer<'r> {
    /// Lays out a report.
    pub(in crate::control::tool) fn new(report: &'r Report, setting: &Setting) -> Result<Self> {
        let ink = Ink::new(setting.page);
        let table = Table::new(report, &ink);
        let mut title = Vec::new();
        for part in &report.title.parts {
            let text = match part {
                TitlePart::Moment(moment) => MomentBytes::of(moment, setting)?,
                _ => Vec::new(),
            };
            title.push((part.clone(), text));
        }
        let sums = vec![Statistics::default(); report.columns.len()];
        let mut printer = Printer {
            report,
            table,
            ink,
            title,
            length: 0,
            page: 0,
            used: 0,
            line: Vec::new(),
            section: None,
            sums: [sums.clone(), sums],
            counts: [0, 0],
        };
        let title = printer.title_lines().iter().map(Vec::len).max().unwrap_or(0);
        printer.length = (1 + printer.table.length().max(title)).max(LENGTH_MIN);
        if let Some(width) = report.width {
            printer.length = width;
        }
        Ok(printer)
    }

    /// Bytes that the longest line needs, its control character included.
    pub(in crate::control::tool) fn needed(&self) -> usize {
        1 + self.table.length()
    }

    /// Length of the records of the report.
    pub(in crate::control::tool) fn record_length(&self) -> usize {
        self.length - usize::from(self.report.no_control)
    }

    /// Prints a record.
    pub(in crate::control::tool) fn row(&mut self, row: &Row<'_>, put: PutLine<'_>) -> Result<()> {
        let section = self.section_of(row);
        if self.page == 0 {
            self.section = section;
            self.new_page(put)?;
        } else if section != self.section {
            self.end_section(put)?;
            self.section = section;
            self.new_page(put)?;
        }
        for (index, cell) in row.cells.iter().enumerate() {
            if let Cell::Number(value) = cell
                && self.table.has_statistics(index)
            {
                self.sums[0][index].add(*value);
            }
        }
        self.counts[0] += 1;
        let mut line = Vec::with_capacity(self.length);
        self.table.row(&row.cells, &mut line);
        self.text(&line, put)
    }

    /// Prints what stands at the end.
    pub(in crate::control::tool) fn finish(mut self, put: PutLine<'_>) -> Result<()> {
        if self.page == 0 {
            self.new_page(put)?;
        } else {
            self.end_section(put)?;
            self.section = None;
            if self.report.break_column().is_some() && !self.report.statistics.is_empty() {
                self.new_page(put)?;
            }
        }
        self.statistics(&self.report.statistics, 1, put)
    }

    fn section_of(&self, row: &Row<'_>) -> Option<Vec<u8>> {
        let column = self.report.break_column()?;
        Some(break_value(column, self.report.format, row.section?, &self.ink))
    }

    /// Prints the statistics of a section, and adds them to those of all.
    fn end_section(&mut self, put: PutLine<'_>) -> Result<()> {
        self.statistics(&self.report.break_statistics, 0, put)?;
        let [section, all] = &mut self.sums;
        for (all, section) in all.iter_mut().zip(section) {
            all.join(section);
            *section = Statistics::default();
        }
        self.counts[1] += std::mem::take(&mut self.counts[0]);
        Ok(())
    }

    fn statistics(&mut self, lines: &'r [StatisticLine], scope: usize, put: PutLine<'_>) -> Result<()> {
        for line in lines {
            let values = |column: usize| self.sums[scope][column].get(line.of);
            let texts = self.table.statistic(line, self.report.format, &values, self.counts[scope]);
            self.text(&[], put)?;
            for text in texts {
                self.text(&text, put)?;
            }
        }
        Ok(())
    }

    /// Prints a line, on a new page if this one is full.
    fn text(&mut self, text: &[u8], put: PutLine<'_>) -> Result<()> {
        if self.used >= self.report.lines && self.has_pages() {
            self.new_page(put)?;
        }
        self.emit(b' ', text, put)
    }

    fn has_pages(&self) -> bool {
        !self.title.is_empty() || !self.table.heading().is_empty() || self.section.is_some()
    }

    /// Begins a page: title, title of the section, headings.
    fn new_page(&mut self, put: PutLine<'_>) -> Result<()> {
        let first = self.page == 0;
        if self.report.no_control && !first {
            self.emit(b' ', &[], put)?;
        }
        self.page += 1;
        self.used = 0;
        let mut lines = Vec::new();
        if first || !self.report.title.first_page_only {
            lines.extend(self.title_lines());
        }
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        if let Some(line) = self.section_line() {
            lines.push(line);
            lines.push(Vec::new());
        }
        lines.extend_from_slice(self.table.heading());
        let mut control = b'1';
        for line in lines {
            self.emit(control, &line, put)?;
            control = b' ';
        }
        Ok(())
    }

    fn section_line(&self) -> Option<Vec<u8>> {
        let value = self.section.as_ref()?;
        let mut line = vec![self.ink.blank(); self.report.indent];
        for (index, part) in self.report.break_line.iter().enumerate() {
            if index > 0 {
                line.resize(line.len() + BREAK_BETWEEN, self.ink.blank());
            }
            match part {
                BreakPart::Text(text) => line.extend_from_slice(text),
                BreakPart::Field(_) => line.extend_from_slice(value),
            }
        }
        Some(line)
    }

    /// The lines of the title of this page.
    fn title_lines(&self) -> Vec<Vec<u8>> {
        let title = &self.report.title;
        let widest = title.texts.iter().map(Vec::len).max().unwrap_or(0);
        if self.title.is_empty() {
            return Vec::new();
        }
        let lines = title.texts.len().max(1);
        (0..lines).map(|line| self.title_line(line, widest)).collect()
    }

    fn title_line(&self, number: usize, widest: usize) -> Vec<u8> {
        let title = &self.report.title;
        let mut line = vec![self.ink.blank(); self.report.indent];
        for (index, (part, text)) in self.title.iter().enumerate() {
            if index > 0 {
                line.resize(line.len() + title.between, self.ink.blank());
            }
            let start = line.len();
            match part {
                TitlePart::Text => {
                    if let Some(text) = title.texts.get(number) {
                        let spare = if title.left { 0 } else { (widest - text.len()) / 2 };
                        line.resize(start + spare, self.ink.blank());
                        line.extend_from_slice(text);
                    }
                    line.resize(start + widest, self.ink.blank());
                }
                TitlePart::Page => self.ink.put(&format!("- {} -", self.page.max(1)), &mut line),
                TitlePart::Moment(_) => line.extend_from_slice(text),
            }
            if number > 0 && *part != TitlePart::Text {
                line[start..].fill(self.ink.blank());
            }
        }
        line
    }

    /// Writes a line as a record.
    fn emit(&mut self, control: u8, text: &[u8], put: PutLine<'_>) -> Result<()> {
        self.line.clear();
        if !self.report.no_control {
            self.line.push(self.ink.of(control));
        }
        self.line.extend_from_slice(text);
        self.line.resize(self.length - usize::from(self.report.no_control), self.ink.blank());
        self.used += 1;
        put(&self.line)
    }
}
