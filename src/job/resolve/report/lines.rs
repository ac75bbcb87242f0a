//! Lines of headers, footers and totals.

use jiff::fmt::strtime::BrokenDownTime;
use serde_saphyr::Spanned;

use super::super::super::file::Str;
use super::super::super::report_file::{HeadingsShape, ItemFullShape, ItemShape, LineShape, ListingShape};
use super::columns::Asked;
use super::{Draft, Resolver, align};
use crate::diag::Span;
use crate::report::{Align, Item, Line, Of, Statistic, Value, What};

/// The order of total lines, and what follows the label of those that are no sums.
const STATISTICS: [(Statistic, &str); 4] = [
    (Statistic::Total, ""),
    (Statistic::Minimum, ", minimum"),
    (Statistic::Maximum, ", maximum"),
    (Statistic::Average, ", average"),
];

/// What lines belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belongs {
    /// The beginning of something, of which nothing has been added up.
    Header,
    /// The bottom of a page.
    PageFooter,
    /// The end of a group of a level; 0 is the report.
    Footer(usize),
}

impl Resolver<'_> {
    /// Lines as they are declared.
    pub(super) fn printed_lines(
        &mut self,
        shapes: &[Spanned<LineShape>],
        belongs: Belongs,
        draft: &mut Draft,
    ) -> Option<Vec<Line>> {
        let lines: Vec<Option<Line>> = shapes.iter().map(|shape| self.line(shape, belongs, draft)).collect();
        lines.into_iter().collect()
    }

    fn line(&mut self, shape: &Spanned<LineShape>, belongs: Belongs, draft: &mut Draft) -> Option<Line> {
        let span = self.texts.span_of(shape);
        let mut line = Line { items: Vec::new(), span };
        match &shape.value {
            LineShape::Text(text) => {
                let text = self.spanned_text(shape, text);
                line.span = text.span.clone();
                let text = self.params.interpolate(&text, &self.texts);
                let text = self.found.take(text)?.value;
                line.items.push(text_item(0, text));
            }
            LineShape::Items(items) => {
                for item in items {
                    let end = line.length();
                    let item = self.item(item, end, belongs, draft)?;
                    line.items.push(item);
                }
            }
        }
        Some(line)
    }

    fn item(
        &mut self,
        spanned: &Spanned<ItemShape>,
        end: usize,
        belongs: Belongs,
        draft: &mut Draft,
    ) -> Option<Item> {
        let span = self.texts.span_of(spanned);
        let shape = match &spanned.value {
            ItemShape::Text(text) => {
                let text = self.spanned_text(spanned, text);
                let text = self.params.interpolate(&text, &self.texts);
                return Some(text_item(end, self.found.take(text)?.value));
            }
            ItemShape::Full(shape) => shape,
        };
        let what = self.what(shape, &span, belongs, draft)?;
        let needed = natural_width(&what);
        let cuts = shape.cut && matches!(what, What::Value(Value::Text(_)));
        let width = match &shape.width {
            None => needed,
            Some(width) if (width.value as usize) < needed && !cuts || width.value == 0 => {
                let place = self.texts.span_of(width);
                let message = format!("the item needs {needed} bytes");
                return self.no_room(&place, message, "make it wider, or say cut: true for a field of text");
            }
            Some(width) => width.value as usize,
        };
        let start = match &shape.column {
            None => end,
            Some(column) => match (column.value as usize).checked_sub(1).filter(|start| *start >= end) {
                Some(start) => start,
                None => {
                    let place = self.texts.span_of(column);
                    let message = format!("the line has come to column {} already", end + 1);
                    return self.no_room(&place, message, "items are written from left to right");
                }
            },
        };
        if start + width > crate::dataset::RECORD_MAX {
            return self.no_room(&span, "the item ends behind the longest record", "make the line shorter");
        }
        let usual = match &what {
            What::Text(_) | What::Value(Value::Text(_)) => Align::Left,
            _ => Align::Right,
        };
        Some(Item { start, width, align: shape.align.map_or(usual, align), what })
    }

    fn what(
        &mut self,
        shape: &ItemFullShape,
        span: &Span,
        belongs: Belongs,
        draft: &mut Draft,
    ) -> Option<What> {
        let totals = [
            (&shape.sum, Statistic::Total),
            (&shape.minimum, Statistic::Minimum),
            (&shape.maximum, Statistic::Maximum),
            (&shape.average, Statistic::Average),
        ];
        let others = [&shape.text, &shape.field, &shape.value, &shape.page, &shape.count, &shape.date];
        let given = totals.iter().filter(|(given, _)| given.is_some()).count()
            + others.iter().filter(|given| given.is_some()).count();
        if given != 1 {
            let hint = "give it one of text, field, value, page, count, sum, minimum, maximum, average, date";
            return self.refused(span, format!("an item shows one thing, not {given}"), hint);
        }
        if let Some(text) = &shape.text {
            return Some(What::Text(self.text(text)?.value));
        }
        if let Some(format) = &shape.date {
            return self.date(format, draft);
        }
        if let Some(page) = &shape.page {
            let text = self.texts.text(page);
            return self.picture(&text, draft).map(What::Page);
        }
        if let Some(count) = &shape.count {
            let of = self.of(shape, span, belongs, draft)?;
            let text = self.texts.text(count);
            return self.picture(&text, draft).map(|picture| What::Count(of, picture));
        }
        for (column, statistic) in totals {
            if let Some(column) = column {
                return self.total_item((column, statistic), shape, span, belongs, draft);
            }
        }
        let asked = Asked {
            field: shape.field.as_ref(),
            value: shape.value.as_ref(),
            pic: shape.pic.as_ref(),
            rounded: shape.rounded,
            cut: shape.cut,
            span: span.clone(),
        };
        self.shown(&asked, draft).map(What::Value)
    }

    fn date(&mut self, format: &Str, draft: &Draft) -> Option<What> {
        let text = self.text(format)?;
        match BrokenDownTime::from(draft.date).to_string(&text.value) {
            Ok(date) => Some(What::Text(date)),
            Err(_) => {
                let message = format!("'{}' is no format of a date", text.value);
                self.refused(&text.span, message, "use strftime letters such as %d.%m.%Y")
            }
        }
    }

    /// Whose records a count or total is about.
    fn of(&mut self, shape: &ItemFullShape, span: &Span, belongs: Belongs, draft: &Draft) -> Option<Of> {
        let name = shape.of.as_ref().map(|of| self.texts.text(of));
        let level = |name: &str| match name {
            "report" => Some(0),
            name => draft.levels.iter().position(|level| level == name).map(|index| index + 1),
        };
        match (belongs, name) {
            (Belongs::Header, _) => {
                self.refused(span, "a header comes before the records, so it has no totals", "use a footer")
            }
            (Belongs::Footer(level), None) => Some(Of::Level(level)),
            (Belongs::PageFooter, None) => Some(Of::Page),
            (Belongs::PageFooter, Some(name)) if name.value == "page" => Some(Of::Page),
            (_, Some(name)) => {
                let inner = |index: usize| matches!(belongs, Belongs::Footer(own) if index > own);
                match level(&name.value).filter(|index| !inner(*index)) {
                    Some(index) => Some(Of::Level(index)),
                    None => {
                        let message = format!("{} is no level around this line", name.value);
                        self.refused(&name.span, message, "use report, or a break of its own or further out")
                    }
                }
            }
        }
    }

    fn total_item(
        &mut self,
        (column, statistic): (&Str, Statistic),
        shape: &ItemFullShape,
        span: &Span,
        belongs: Belongs,
        draft: &mut Draft,
    ) -> Option<What> {
        let of = self.of(shape, span, belongs, draft)?;
        let name = self.texts.text(column);
        let Some(index) = draft.columns.iter().position(|column| column.name == name.value) else {
            let known = draft.columns.iter().map(|column| column.name.as_str());
            let hint = crate::diag::nearest(&name.value, known)
                .map_or("name a column of this report".to_owned(), |nearest| {
                    format!("did you mean {nearest}?")
                });
            return self.refused(&name.span, format!("there is no column {}", name.value), &hint);
        };
        let Some(number) = draft.columns[index].value.number() else {
            return self.refused(&name.span, "text cannot be added up", "name a column of numbers");
        };
        let usual = draft.columns[index].total.as_ref().unwrap_or(number.picture()).clone();
        let picture = match shape.pic.as_ref().map(|pic| self.texts.text(pic)) {
            None => usual,
            Some(pic) => self.total_picture(&pic, &usual, draft)?,
        };
        let sum = *draft.columns[index].sum.get_or_insert_with(|| {
            draft.summed += 1;
            draft.summed - 1
        });
        Some(What::Total(of, sum, statistic, picture, name.value))
    }

    /// What totals of a level are called, and their lines: one for the sums, one for the least values and so on, each below
    /// its column. `None` after an error.
    pub(super) fn total_lines(
        &mut self,
        label: Option<&Str>,
        level: usize,
        draft: &Draft,
    ) -> Option<(Option<String>, Vec<Line>)> {
        let Some(label) = label else { return Some((None, Vec::new())) };
        let text = self.text(label)?;
        let mut lines = Vec::new();
        for (statistic, suffix) in STATISTICS {
            let columns = draft.columns.iter().filter(|column| column.statistics.contains(&statistic));
            let mut items: Vec<Item> = columns
                .filter_map(|column| {
                    let picture = column.total.clone()?;
                    let what =
                        What::Total(Of::Level(level), column.sum?, statistic, picture, column.name.clone());
                    Some(Item { start: column.start, width: column.width, align: column.align, what })
                })
                .collect();
            let Some(first) = items.first().map(|item| item.start) else { continue };
            let label = text_item(0, format!("{}{suffix}", text.value));
            if label.width > first {
                let message = format!("the label of totals has {} bytes, room for {first}", label.width);
                let hint = "shorten it, or give the first column with totals a place further right";
                return self.no_room(&text.span, message, hint);
            }
            items.insert(0, label);
            lines.push(Line { items, span: text.span.clone() });
        }
        if lines.is_empty() {
            return self.refused(&text.span, "no column has totals", "give a column totals: [ sum ]");
        }
        Some((Some(text.value), lines))
    }

    /// The headings of the columns, their last lines side by side.
    pub(super) fn headings(&self, shape: &ListingShape, draft: &Draft) -> Vec<Line> {
        if shape.headings == HeadingsShape::None {
            return Vec::new();
        }
        let height = draft.columns.iter().map(|column| column.heading.len()).max().unwrap_or(0);
        let span = draft.places.first().cloned().unwrap_or_else(|| self.texts.text(&shape.input).span);
        let line = |text: &dyn Fn(&crate::report::Column) -> String| Line {
            items: draft
                .columns
                .iter()
                .map(|column| Item {
                    start: column.start,
                    width: column.width,
                    align: column.align,
                    what: What::Text(text(column)),
                })
                .collect(),
            span: span.clone(),
        };
        let mut lines: Vec<Line> = (0..height)
            .map(|row| {
                line(&|column| {
                    let above = height - column.heading.len();
                    row.checked_sub(above)
                        .and_then(|row| column.heading.get(row))
                        .cloned()
                        .unwrap_or_default()
                })
            })
            .collect();
        if shape.headings == HeadingsShape::Underlined {
            lines.push(line(&|column| "-".repeat(column.width)));
        }
        lines
    }
}

fn text_item(start: usize, text: String) -> Item {
    Item { start, width: text.chars().count(), align: Align::Left, what: What::Text(text) }
}

fn natural_width(what: &What) -> usize {
    match what {
        What::Text(text) => text.chars().count(),
        What::Value(value) => value.width(),
        What::Page(picture) | What::Count(_, picture) | What::Total(_, _, _, picture, _) => picture.length(),
    }
}
