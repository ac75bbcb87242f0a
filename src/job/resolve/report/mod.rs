//! Report steps: columns, groups, lines, and what the report is written to.
//!
//! | file | what |
//! |---|---|
//! | [`columns`] | columns and their places |
//! | [`lines`] | lines of headers, footers and totals |
//! | [`picture`] | pictures, and those that a number has if none is given |
//! | [`outputs`] | the forms, and whether all lines fit |

mod columns;
mod lines;
mod outputs;
mod picture;

use jiff::civil::Date;

use super::super::file::Str;
use super::super::plan::{DatasetPlan, ReportPlan};
use super::super::report_file::{
    AlignShape, DisorderShape, HeadingsShape, ListingBreakShape, ListingShape, StatisticShape, WhenEmptyShape,
};
use super::super::text::Text;
use super::Resolver;
use super::datasets::field;
use crate::diag::{Diagnostic, Span, codes};
use crate::expr::{Compiler, FieldRef, Scope};
use crate::key::{Key, KeyPart, Order};
use crate::ops::Filter;
use crate::report::{Align, Column, Disorder, LINES, Level, Report, Skip, Statistic};
use lines::Belongs;

/// Most levels of control breaks.
const LEVELS_MAX: usize = 16;

/// A report while it is resolved.
struct Draft {
    dataset: DatasetPlan,
    scope: Scope,
    columns: Vec<Column>,
    /// Where each column is declared.
    places: Vec<Span>,
    summed: usize,
    /// Names of the levels, the major one first.
    levels: Vec<String>,
    /// Headings of columns are shown.
    headings: bool,
    comma: bool,
    date: Date,
}

impl Resolver<'_> {
    /// A report step; `None` after an error has been reported.
    pub(super) fn listing(&mut self, name: &str, shape: &ListingShape) -> Option<ReportPlan> {
        let input = self.texts.text(&shape.input);
        let dataset = self.dataset(&input.value)?;
        let scope = dataset.scope();
        let include = self.condition(shape.include.as_ref(), &scope)?;
        let omit = self.condition(shape.omit.as_ref(), &scope)?;
        let title = match &shape.title {
            None => String::new(),
            Some(title) => self.text(title)?.value,
        };
        let mut draft = Draft {
            scope,
            columns: Vec::new(),
            places: Vec::new(),
            summed: 0,
            levels: shape.breaks.iter().map(|level| level.value.name.value.clone()).collect(),
            headings: shape.headings != HeadingsShape::None,
            comma: shape.decimal_point_is_comma,
            date: self.run_date(shape.run_date.as_ref())?,
            dataset,
        };
        self.columns(shape, &mut draft)?;
        let levels = self.levels(shape, &mut draft)?;
        let report_header = self.printed_lines(&shape.report_header, Belongs::Header, &mut draft)?;
        let page_header = self.printed_lines(&shape.page_header, Belongs::Header, &mut draft)?;
        let page_footer = self.printed_lines(&shape.page_footer, Belongs::PageFooter, &mut draft)?;
        let (label, totals) = self.total_lines(shape.totals.as_ref(), 0, &draft)?;
        let footer = self.printed_lines(&shape.footer, Belongs::Footer(0), &mut draft)?;
        let headings = self.headings(shape, &draft);
        let report = Report {
            name: name.to_owned(),
            title,
            dataset: draft.dataset.name.clone(),
            page: draft.dataset.record.page,
            filter: Filter { include, omit },
            summed: draft.summed,
            columns: draft.columns,
            detail: shape.detail,
            levels,
            report_header,
            page_header,
            page_footer,
            headings,
            totals,
            label,
            footer,
            lines: self.page_lines(shape)?,
            disorder: match shape.out_of_order {
                DisorderShape::Stop => Disorder::Stop,
                DisorderShape::Warn => Disorder::Warn,
                DisorderShape::Allow => Disorder::Allow,
            },
            when_empty: shape.when_empty == WhenEmptyShape::Print,
        };
        let (outputs, forms) = self.listing_outputs(shape, &report, &draft.places)?;
        Some(ReportPlan { input: input.value, report, outputs, forms })
    }

    #[expect(clippy::option_option, reason = "outside: went well; inside: pages have an end")]
    fn page_lines(&mut self, shape: &ListingShape) -> Option<Option<usize>> {
        match &shape.lines {
            Some(lines) if shape.one_page || lines.value == 0 => {
                let span = self.texts.span_of(lines);
                let error = Diagnostic::error(codes::RPT002, "a page has at least one line");
                self.report(error.at(&span, ""), "leave lines out where one-page is true");
                None
            }
            Some(lines) => Some(Some(lines.value as usize)),
            None if shape.one_page => Some(None),
            None => Some(Some(LINES)),
        }
    }

    fn levels(&mut self, shape: &ListingShape, draft: &mut Draft) -> Option<Vec<Level>> {
        if let Some(level) = shape.breaks.get(LEVELS_MAX) {
            let span = self.texts.span_of(level);
            let message = format!("a report has at most {LEVELS_MAX} levels of breaks");
            self.report(Diagnostic::error(codes::RPT002, message).at(&span, ""), "leave some out");
            return None;
        }
        let mut levels: Vec<Level> = Vec::new();
        for (index, level) in shape.breaks.iter().enumerate() {
            let name = self.texts.text(&level.value.name);
            let taken = ["report", "page"].contains(&name.value.as_str());
            if taken || levels.iter().any(|other| other.name == name.value) {
                let message = format!("another level, or the report itself, is called {}", name.value);
                let error = Diagnostic::error(codes::JOB004, message).at(&name.span, "");
                self.report(error, "give each level a name of its own; report and page are taken");
                return None;
            }
            levels.push(self.level(&name, &level.value, index + 1, draft)?);
        }
        Some(levels)
    }

    fn level(
        &mut self,
        name: &Text,
        shape: &ListingBreakShape,
        number: usize,
        draft: &mut Draft,
    ) -> Option<Level> {
        let order = if shape.descending { Order::Descending } else { Order::Ascending };
        let mut fields: Vec<FieldRef> = Vec::new();
        for on in shape.on.list() {
            let text = self.text(on)?;
            fields.push(self.found.take(field(&Compiler::new(&draft.scope), &text))?);
        }
        if fields.is_empty() {
            let error = Diagnostic::error(codes::RPT002, format!("the level {} has no field", name.value));
            self.report(error.at(&name.span, ""), "name the fields that end a group under on:");
            return None;
        }
        if shape.restart_pages && !shape.new_page {
            let message =
                format!("the pages of {} are numbered from 1, but its groups begin none", name.value);
            let error = Diagnostic::error(codes::RPT002, message).at(&name.span, "");
            self.report(error, "add new-page: true");
            return None;
        }
        let (label, totals) = self.total_lines(shape.totals.as_ref(), number, draft)?;
        Some(Level {
            name: name.value.clone(),
            key: Key::new(fields.iter().map(|field| KeyPart::new(field.clone(), order)).collect()),
            fields,
            header: self.printed_lines(&shape.header, Belongs::Header, draft)?,
            repeat: shape.repeat_header,
            label,
            totals,
            footer: self.printed_lines(&shape.footer, Belongs::Footer(number), draft)?,
            skip: match (shape.new_page, shape.skip) {
                (true, _) => Skip::Page,
                (false, Some(lines)) if lines > 0 => Skip::Lines(lines as usize),
                (false, _) => Skip::None,
            },
            restart: shape.restart_pages,
        })
    }

    /// Refuses something of a report that cannot be made.
    fn refused<T>(&mut self, span: &Span, message: impl Into<String>, hint: &str) -> Option<T> {
        self.report(Diagnostic::error(codes::RPT002, message).at(span, ""), hint);
        None
    }

    /// Refuses what has no room.
    fn no_room<T>(&mut self, span: &Span, message: impl Into<String>, hint: &str) -> Option<T> {
        self.report(Diagnostic::error(codes::RPT001, message).at(span, ""), hint);
        None
    }

    /// An optional text with its parameters filled in; `None` after an error.
    #[expect(clippy::option_option, reason = "outside: went well; inside: was given")]
    fn optional(&mut self, text: Option<&Str>) -> Option<Option<Text>> {
        match text {
            None => Some(None),
            Some(text) => self.text(text).map(Some),
        }
    }
}

fn align(shape: AlignShape) -> Align {
    match shape {
        AlignShape::Left => Align::Left,
        AlignShape::Center => Align::Center,
        AlignShape::Right => Align::Right,
    }
}

fn statistic(shape: StatisticShape) -> Statistic {
    match shape {
        StatisticShape::Sum => Statistic::Total,
        StatisticShape::Minimum => Statistic::Minimum,
        StatisticShape::Maximum => Statistic::Maximum,
        StatisticShape::Average => Statistic::Average,
    }
}
