//! What a report is, whatever it is written as.

use super::course::Skip;
use super::line::Line;
use super::picture::Picture;
use super::sums::Statistic;
use super::value::Value;
use crate::encoding::CodePage;
use crate::expr::FieldRef;
use crate::key::Key;
use crate::ops::Filter;

/// A report of the records of a dataset.
#[derive(Clone, Debug)]
pub struct Report {
    /// Name.
    pub name: String,
    /// What it is called; may be empty.
    pub title: String,
    /// The dataset, for messages.
    pub dataset: String,
    /// Code page of its records.
    pub page: CodePage,
    /// Which records it is about.
    pub filter: Filter,
    /// What is shown of each record, from left to right.
    pub columns: Vec<Column>,
    /// How many columns are added up.
    pub summed: usize,
    /// False if only headers, footers and totals are wanted.
    pub detail: bool,
    /// Groups, the major level first.
    pub levels: Vec<Level>,
    /// Lines on a page of their own, at the beginning.
    pub report_header: Vec<Line>,
    /// Lines at the top of each page.
    pub page_header: Vec<Line>,
    /// Lines at the bottom of each page.
    pub page_footer: Vec<Line>,
    /// Headings of the columns, below the page header.
    pub headings: Vec<Line>,
    /// Totals of all records.
    pub totals: Vec<Line>,
    /// What the totals of all records are called.
    pub label: Option<String>,
    /// Lines behind them.
    pub footer: Vec<Line>,
    /// Lines of a page; none if there is but one page.
    pub lines: Option<usize>,
    /// What becomes of a record whose group comes too late.
    pub disorder: Disorder,
    /// True if headers and totals are written though no record came.
    pub when_empty: bool,
}

/// What is shown of each record.
#[derive(Clone, Debug)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Lines above it.
    pub heading: Vec<String>,
    /// What it shows.
    pub value: Value,
    /// First byte of its place in a line.
    pub start: usize,
    /// Bytes of its place.
    pub width: usize,
    /// Where in its place.
    pub align: Align,
    /// Shown only where it, or a group, has changed, and at the top of a page.
    pub on_change: bool,
    /// What is added up.
    pub statistics: Vec<Statistic>,
    /// How totals are shown.
    pub total: Option<Picture>,
    /// Which of the sums is its own, if it is totalled.
    pub sum: Option<usize>,
}

/// A level of control breaks.
#[derive(Clone, Debug)]
pub struct Level {
    /// Name.
    pub name: String,
    /// A group ends where one of these changes.
    pub fields: Vec<FieldRef>,
    /// They as a key: groups come in its order.
    pub key: Key,
    /// Lines before the first record of a group.
    pub header: Vec<Line>,
    /// The header is repeated at the top of pages on which the group goes on.
    pub repeat: bool,
    /// What the totals are called.
    pub label: Option<String>,
    /// Totals behind the last record.
    pub totals: Vec<Line>,
    /// Lines behind the totals.
    pub footer: Vec<Line>,
    /// What comes then.
    pub skip: Skip,
    /// The pages of each group are numbered from 1.
    pub restart: bool,
}

/// Where something stands in a place that is wider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// At its beginning.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At its end.
    Right,
}

/// What becomes of a record whose group should have come before that of the record before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disorder {
    /// The report stops.
    #[default]
    Stop,
    /// The report goes on, and says so.
    Warn,
    /// Nothing: every change is a break.
    Allow,
}

impl Align {
    /// Where `length` bytes begin in a place of `width`.
    pub fn start(self, length: usize, width: usize) -> usize {
        let free = width.saturating_sub(length);
        match self {
            Align::Left => 0,
            Align::Center => free / 2,
            Align::Right => free,
        }
    }
}

impl Report {
    /// Bytes of a line with all columns.
    pub fn detail_width(&self) -> usize {
        self.columns.iter().map(|column| column.start + column.width).max().unwrap_or(0)
    }

    /// All lines that are not made of columns.
    pub fn free_lines(&self) -> impl Iterator<Item = &Line> {
        let levels = self.levels.iter();
        let levels = levels.flat_map(|level| [&level.header, &level.totals, &level.footer]);
        let own = [&self.report_header, &self.page_header, &self.page_footer, &self.totals, &self.footer];
        own.into_iter().chain(levels).flatten()
    }
}
