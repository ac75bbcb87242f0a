//! What a report is written to: forms, record formats, and whether all lines fit.

use std::sync::Arc;

use serde_saphyr::Spanned;

use super::super::super::report_file::{CarriageShape, FormShape, ListingOutShape, ListingShape, RowsShape};
use super::super::datasets::Described;
use super::Resolver;
use crate::copybook::{self, CopybookOptions};
use crate::dataset::{DatasetFormat, LineEnd, RECORD_MAX, Recfm};
use crate::diag::{Source, Span};
use crate::encoding::CodePage;
use crate::expr::Meaning;
use crate::record::RecordFormat;
use crate::report::{Carriage, Form, Glyphs, Report, Rows, TextForm, TextSink, What};

impl Resolver<'_> {
    /// The datasets of the outputs and their forms, in the order of the job file.
    pub(super) fn listing_outputs(
        &mut self,
        shape: &ListingShape,
        report: &Report,
        places: &[Span],
    ) -> Option<(Vec<String>, Vec<Form>)> {
        if shape.out.is_empty() {
            let span = self.texts.text(&shape.input).span;
            return self.refused(&span, "the report is written to nothing", "name a dataset under out:");
        }
        let (mut names, mut forms) = (Vec::new(), Vec::new());
        for out in &shape.out {
            let to = self.texts.text(&out.value.to);
            let (form, format) = match out.value.form {
                FormShape::Text => self.text_form(out, report, places)?,
                other => self.data_form(out, other, report)?,
            };
            self.check_characters(report, &form)?;
            let Some(described) = records_of(format) else {
                return self.no_room(&to.span, "the lines are longer than any record", "make them shorter");
            };
            self.output(&to.value, &described, &to.span)?;
            names.push(to.value);
            forms.push(form);
        }
        Some((names, forms))
    }

    /// CSV, HTML and JSON are lines of UTF-8, written as they are.
    fn data_form(
        &mut self,
        out: &Spanned<ListingOutShape>,
        form: FormShape,
        report: &Report,
    ) -> Option<(Form, DatasetFormat)> {
        let shape = &out.value;
        let place = match (&shape.recfm, &shape.lrecl, &shape.code_page, &shape.carriage) {
            (Some(text), ..) | (_, _, Some(text), _) => Some(self.texts.text(text).span),
            (_, Some(lrecl), ..) => Some(self.texts.span_of(lrecl)),
            (.., Some(_)) => Some(self.texts.span_of(out)),
            _ => None,
        };
        if let Some(place) = place {
            let message = "recfm, lrecl, code-page and carriage are for text; other forms are lines of UTF-8";
            return self.refused(&place, message, "leave it out");
        }
        let rows = match shape.rows {
            RowsShape::Details => Rows::Details,
            RowsShape::Totals => Rows::Totals,
        };
        if form == FormShape::Csv && rows == Rows::Details && !report.detail {
            let place = self.texts.span_of(out);
            return self.refused(&place, "without details CSV has no rows", "say rows: totals");
        }
        let form = match form {
            FormShape::Csv => Form::Csv(rows),
            FormShape::Html => Form::Html,
            FormShape::Json | FormShape::Text => Form::Json,
        };
        let mut format = DatasetFormat::new(Recfm::Text, RECORD_MAX, CodePage::LATIN1).unpadded();
        format.framing.lines.end = LineEnd::Lf;
        Some((form, format))
    }

    fn text_form(
        &mut self,
        out: &Spanned<ListingOutShape>,
        report: &Report,
        places: &[Span],
    ) -> Option<(Form, DatasetFormat)> {
        let shape = &out.value;
        let (recfm, control) = self.listing_recfm(shape)?;
        let page = match self.optional(shape.code_page.as_ref())? {
            None if recfm == Recfm::Text => CodePage::LATIN1,
            None => report.page,
            Some(text) => match text.value.parse() {
                Ok(page) => page,
                Err(()) => {
                    let message = format!("the code page {} is not known", text.value);
                    let known: Vec<&str> = CodePage::names().collect();
                    return self.refused(&text.span, message, &format!("use one of {}", known.join(", ")));
                }
            },
        };
        if page != report.page && (page.is_double_byte() || report.page.is_double_byte()) {
            let span = self.texts.span_of(out);
            let message = "double-byte text cannot be translated column by column";
            return self.refused(&span, message, "use the code page of the records, or HTML, CSV or JSON");
        }
        let carriage = match (shape.carriage, control) {
            (None | Some(CarriageShape::Ansi), true) => Carriage::Ansi,
            (Some(_), true) => {
                let span = self.texts.span_of(out);
                let message = "FBA and VBA have ANSI control characters";
                return self.refused(&span, message, "use FB or VB with another carriage");
            }
            (Some(CarriageShape::Ansi), false) => Carriage::Ansi,
            (Some(CarriageShape::FormFeed), false) => Carriage::FormFeed,
            (Some(CarriageShape::None), false) => Carriage::None,
            (None, false) if recfm == Recfm::Text => Carriage::FormFeed,
            (None, false) => Carriage::None,
        };
        if carriage == Carriage::FormFeed && recfm != Recfm::Text {
            let span = self.texts.span_of(out);
            return self.refused(
                &span,
                "form feeds are for lines of text",
                "use FBA or VBA, or carriage: none",
            );
        }
        let around = usize::from(carriage == Carriage::Ansi);
        let width = self.text_width(shape, report, places, (recfm, around))?;
        let form =
            TextForm { glyphs: Glyphs::new(report.page, page), width, carriage, trim: recfm != Recfm::Fixed };
        self.check_page(&form, report, places)?;
        let mut format = DatasetFormat::new(recfm, (width + around).max(1), page);
        if recfm == Recfm::Text {
            // A form feed takes a byte as well.
            format.lrecl = width + 1;
            format = format.unpadded();
            format.framing.lines.end = if page.is_ebcdic() { LineEnd::Nel } else { LineEnd::Lf };
        }
        Some((Form::Text(form), format))
    }

    /// The record format, and true for one with control characters.
    fn listing_recfm(&mut self, shape: &ListingOutShape) -> Option<(Recfm, bool)> {
        let Some(text) = &shape.recfm else { return Some((Recfm::Text, false)) };
        let text = self.texts.text(text);
        let (word, control) = match text.value.strip_suffix('A') {
            Some(word) => (word, true),
            None => (text.value.as_str(), false),
        };
        match Recfm::parse(word) {
            Some((recfm @ (Recfm::Fixed | Recfm::Variable), _)) => Some((recfm, control)),
            Some((Recfm::Text, _)) if !control => Some((Recfm::Text, false)),
            _ => {
                let message = format!("a listing cannot have the record format {}", text.value);
                self.refused(&text.span, message, "use FBA, VBA, FB, VB or text")
            }
        }
    }

    /// Bytes of a line without its control character; every line must fit.
    fn text_width(
        &mut self,
        shape: &ListingOutShape,
        report: &Report,
        places: &[Span],
        (recfm, around): (Recfm, usize),
    ) -> Option<usize> {
        let lines = report.free_lines().map(|line| (line.length(), &line.span));
        let details = report.columns.iter().zip(places);
        let details = details.map(|(column, place)| (column.start + column.width, place));
        let longest: Vec<(usize, &Span)> = lines.chain(details).collect();
        let needed = longest.iter().map(|(length, _)| *length).max().unwrap_or(0);
        let Some(lrecl) = &shape.lrecl else { return Some(needed) };
        let around = around + recfm.word_length();
        let room = (lrecl.value as usize).saturating_sub(around);
        let mut fits = true;
        for (length, place) in longest.iter().filter(|(length, _)| *length > room) {
            fits = false;
            let message = format!("this ends in column {length}, but the records have room for {room}");
            let hint = "make lrecl larger, or the line shorter";
            let error = crate::diag::Diagnostic::error(crate::diag::codes::RPT001, message).at(place, "");
            let word = format!("lrecl {} less {around} for control character and RDW", lrecl.value);
            self.report(if around > 0 { error.note(word) } else { error }, hint);
        }
        let limit = if lrecl.value as usize > RECORD_MAX { None } else { Some(room) };
        if limit.is_none() {
            let place = self.texts.span_of(lrecl);
            return self.no_room(&place, format!("a record has at most {RECORD_MAX} bytes"), "lower it");
        }
        limit.filter(|_| fits)
    }

    /// A page must have room for all that can be on it.
    fn check_page(&mut self, form: &TextForm, report: &Report, places: &[Span]) -> Option<()> {
        let needed = TextSink::new(report, form).lines_needed();
        match (report.lines, places.first()) {
            (Some(limit), Some(place)) if needed > limit => {
                let message = format!(
                    "a page of {limit} lines has no room for headers and footers, which need {needed}"
                );
                self.no_room(place, message, "give the page more lines with lines:, or say one-page: true")
            }
            _ => Some(()),
        }
    }

    /// Texts must be such that the code page of a listing has all their characters.
    fn check_characters(&mut self, report: &Report, form: &Form) -> Option<()> {
        let page = match form {
            Form::Text(form) => form.glyphs.page,
            // Free lines of HTML are laid out in the code page of the records.
            Form::Html => report.page,
            Form::Csv(_) | Form::Json => return Some(()),
        };
        for line in report.free_lines().chain(&report.headings) {
            for item in &line.items {
                let What::Text(text) = &item.what else { continue };
                if let Err(missing) = page.encode(text).map(|bytes| bytes.len()) {
                    let message = format!("the code page {} has no {missing}", page.name());
                    return self.refused(&line.span, message, "use another code page, or other words");
                }
            }
        }
        Some(())
    }
}

/// Records of nothing but a line.
fn records_of(format: DatasetFormat) -> Option<Described> {
    let source = Source::new("lines of a report", format!("       01  LINE  PIC X({}).\n", format.lrecl));
    let layout = Arc::new(copybook::parse(&source, &CopybookOptions::default()).0?);
    let page = format.page;
    let meaning = Meaning::new(&layout, crate::expr::Rules::default());
    Some(Described {
        record: RecordFormat { layout, page },
        meaning,
        by: "lines of a report".to_owned(),
        format,
    })
}
