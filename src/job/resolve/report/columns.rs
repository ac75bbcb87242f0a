//! Columns: what they show, and where.

use serde_saphyr::Spanned;

use super::super::super::file::Str;
use super::super::super::report_file::{ColumnShape, ListingShape};
use super::super::super::rules_file::RoundedShape;
use super::super::super::text::Text;
use super::super::arithmetic::rounding;
use super::picture::{natural, natural_total};
use super::{Draft, Resolver, align, statistic};
use crate::copybook::Shape;
use crate::decimal::Rounding;
use crate::diag::{Diagnostic, Span, codes};
use crate::expr::{Compiler, FieldRef};
use crate::report::{Align, Column, Number, Picture, Text as TextValue, Value};

/// Blanks between columns.
const GAP: usize = 2;

/// What an item or column asks to be shown.
pub(super) struct Asked<'s> {
    pub field: Option<&'s Str>,
    pub value: Option<&'s Str>,
    pub pic: Option<&'s Str>,
    pub rounded: Option<RoundedShape>,
    pub cut: bool,
    /// Where it is declared.
    pub span: Span,
}

impl Resolver<'_> {
    /// All columns, from left to right.
    pub(super) fn columns(&mut self, shape: &ListingShape, draft: &mut Draft) -> Option<()> {
        let mut whole = true;
        for column in &shape.columns {
            match self.column(column, draft) {
                Some(column) => draft.columns.push(column),
                None => whole = false,
            }
            draft.places.push(self.texts.span_of(column));
        }
        if shape.columns.is_empty() {
            let span = self.texts.text(&shape.input).span;
            return self.refused(&span, "the report has no columns", "name at least one under columns:");
        }
        whole.then_some(())
    }

    fn column(&mut self, spanned: &Spanned<ColumnShape>, draft: &mut Draft) -> Option<Column> {
        let shape = &spanned.value;
        let span = self.texts.span_of(spanned);
        let asked = Asked {
            field: shape.field.as_ref(),
            value: shape.value.as_ref(),
            pic: shape.pic.as_ref(),
            rounded: shape.rounded,
            cut: shape.cut,
            span: span.clone(),
        };
        let value = self.shown(&asked, draft)?;
        let name = match (&shape.name, &shape.field) {
            (Some(name), _) => self.texts.text(name),
            (None, Some(field)) => self.texts.text(field),
            (None, None) => {
                return self.refused(&span, "a computed column needs a name", "add name: NAME");
            }
        };
        if draft.columns.iter().any(|other| other.name == name.value) {
            let error = Diagnostic::error(codes::JOB004, format!("two columns are called {}", name.value));
            self.report(error.at(&name.span, "second one"), "give each column a name of its own");
            return None;
        }
        let heading = match &shape.heading {
            None => vec![name.value.clone()],
            Some(heading) => self.text(heading)?.value.split('|').map(str::to_owned).collect(),
        };
        let total = self.column_total(shape, &value, &span, draft)?;
        let needed = value.width().max(total.as_ref().map_or(0, Picture::length));
        let titles = heading.iter().filter(|_| draft.headings).map(|line| line.chars().count()).max();
        let titles = titles.unwrap_or(0);
        let width = match &shape.width {
            None => needed.max(titles),
            Some(width) => {
                let place = self.texts.span_of(width);
                let width = width.value as usize;
                let cuts = shape.cut && value.number().is_none();
                if width < titles || width == 0 || width < needed && !cuts {
                    let message = format!("{} needs {} bytes", name.value, needed.max(titles));
                    return self.no_room(&place, message, "make it wider, or say cut: true for text");
                }
                width
            }
        };
        let start = self.column_start(shape.column.as_ref(), &name, width, draft)?;
        let usual = if value.number().is_some() { Align::Right } else { Align::Left };
        let sum = total.is_some().then(|| {
            draft.summed += 1;
            draft.summed - 1
        });
        Some(Column {
            name: name.value,
            heading,
            start,
            width,
            align: shape.align.map_or(usual, align),
            on_change: shape.on_change,
            statistics: shape.totals.iter().map(|shape| statistic(*shape)).collect(),
            total,
            sum,
            value,
        })
    }

    fn column_start(
        &mut self,
        given: Option<&Spanned<u32>>,
        name: &Text,
        width: usize,
        draft: &Draft,
    ) -> Option<usize> {
        let end = draft.columns.last().map_or(0, |column| column.start + column.width);
        let start = match given {
            None => end + if draft.columns.is_empty() { 0 } else { GAP },
            Some(given) => {
                let place = self.texts.span_of(given);
                match (given.value as usize).checked_sub(1).filter(|start| *start >= end) {
                    Some(start) => start,
                    None => {
                        let message =
                            format!("{} begins before column {}, where others end", name.value, end + 1);
                        return self.no_room(&place, message, "columns are written from left to right");
                    }
                }
            }
        };
        if start + width > crate::dataset::RECORD_MAX {
            let message = format!("{} ends behind the longest record", name.value);
            return self.no_room(&name.span, message, "make the report narrower");
        }
        Some(start)
    }

    /// The picture of a column's totals, if it has any.
    #[expect(clippy::option_option, reason = "outside: went well; inside: there are totals")]
    fn column_total(
        &mut self,
        shape: &ColumnShape,
        value: &Value,
        span: &Span,
        draft: &Draft,
    ) -> Option<Option<Picture>> {
        if shape.totals.is_empty() {
            return match &shape.total_pic {
                None => Some(None),
                Some(pic) => {
                    let place = self.texts.text(pic).span;
                    self.refused(&place, "the column has no totals", "add totals: [ sum ]")
                }
            };
        }
        let Some(number) = value.number() else {
            return self.refused(span, "text cannot be added up", "give totals to numbers");
        };
        let picture = match &shape.total_pic {
            Some(pic) => {
                let text = self.texts.text(pic);
                self.total_picture(&text, number.picture(), draft)?
            }
            None if shape.pic.is_some() => number.picture().clone(),
            None => {
                let natural = number.field().and_then(FieldRef::number);
                let natural = natural.and_then(|shape| natural_total(shape, draft.comma));
                natural.unwrap_or_else(|| number.picture().clone())
            }
        };
        Some(Some(picture))
    }

    /// A picture for totals of numbers that are shown by another one.
    pub(super) fn total_picture(&mut self, text: &Text, of: &Picture, draft: &Draft) -> Option<Picture> {
        let picture = self.picture(text, draft)?;
        if picture.scale() != of.scale() {
            let message = format!("{} has not the decimals of the column, {}", picture.text(), of.text());
            return self.refused(&text.span, message, "show totals with the decimals of what is added up");
        }
        Some(picture)
    }

    /// What is to be shown of a record.
    pub(super) fn shown(&mut self, asked: &Asked<'_>, draft: &Draft) -> Option<Value> {
        match (asked.field, asked.value) {
            (Some(field), None) => self.shown_field(field, asked, draft),
            (None, Some(value)) => self.computed(value, asked, draft),
            _ => self.refused(&asked.span, "one of field and value is needed", "name what is to be shown"),
        }
    }

    fn shown_field(&mut self, name: &Str, asked: &Asked<'_>, draft: &Draft) -> Option<Value> {
        let text = self.text(name)?;
        let compiler = Compiler::new(&draft.scope);
        let field = self.found.take(compiler.field(&text.span))?;
        let Some(shape) = field.number() else { return self.shown_text(field, &text, asked) };
        let picture = match asked.pic.map(|pic| self.texts.text(pic)) {
            Some(pic) => self.picture(&pic, draft)?,
            None => match natural(shape, draft.comma) {
                Some(picture) => picture,
                None => return self.refused(&text.span, "the field has too many digits", "give it a pic"),
            },
        };
        let lost = i32::from(shape.scale) - i32::from(picture.scale());
        if lost > 0 && asked.rounded.is_none() {
            let place = asked.pic.map_or(text.span.clone(), |pic| self.texts.text(pic).span);
            let message = format!("PIC {} does not show all decimals of {}", picture.text(), field.name());
            return self.refused(&place, message, "show them, or say how it is rounded: rounded: truncation");
        }
        let value = self.found.take(compiler.arithmetic(&text.span, i16::from(picture.scale())))?;
        let rounded = asked.rounded.map_or(Rounding::Prohibited, rounding);
        let number = Number::new(field.name(), value, rounded, picture).of_field(&field);
        Some(Value::Number(Box::new(number)))
    }

    fn shown_text(&mut self, field: FieldRef, text: &Text, asked: &Asked<'_>) -> Option<Value> {
        if !matches!(field.shape, Shape::Text | Shape::Group | Shape::Edited(_)) {
            let message = format!("{} is neither a decimal number nor text of the code page", field.name());
            return self.refused(&text.span, message, "move it to a field of such a type in a step before");
        }
        if let Some(pic) = asked.pic {
            let place = self.texts.text(pic).span;
            let message = format!("{} is text, so it takes no picture", field.name());
            return self.refused(&place, message, "give it a width instead");
        }
        Some(Value::Text(Box::new(TextValue { field, cut: asked.cut })))
    }

    fn computed(&mut self, value: &Str, asked: &Asked<'_>, draft: &Draft) -> Option<Value> {
        let text = self.text(value)?;
        let Some(pic) = asked.pic.map(|pic| self.texts.text(pic)) else {
            return self.refused(
                &text.span,
                "a computed value needs a picture",
                "add pic: such as ZZ,ZZ9.99-",
            );
        };
        let picture = self.picture(&pic, draft)?;
        let compiler = Compiler::new(&draft.scope);
        let value = self.found.take(compiler.arithmetic(&text.span, i16::from(picture.scale())))?;
        let rounded = asked.rounded.map_or(Rounding::Prohibited, rounding);
        Some(Value::Number(Box::new(Number::new(&text.value, value, rounded, picture))))
    }
}
