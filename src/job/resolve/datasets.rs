//! Datasets: path, framing, record map, role.

use std::sync::Arc;

use super::super::file::{DatasetShape, RecordShape, TrailerShape};
use super::super::place_file::DispShape;
use super::super::plan::{Content, DatasetPlan, Role, slot_name};
use super::super::text::Text;
use super::Resolver;
use crate::copybook::{CopybookOptions, EditedShape, Layout, Shape};
use crate::dataset::{DatasetFormat, FormatOptions, HeaderOptions};
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::CodePage;
use crate::expr::{Compiler, Meaning, Scope};
use crate::ops::TrailerSpec;
use crate::record::RecordFormat;
use crate::sys::publish::Target;

/// How the records of a dataset look, and where that is said.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub format: DatasetFormat,
    pub record: RecordFormat,
    pub meaning: Meaning,
    pub by: String,
}

impl Resolver<'_> {
    /// The dataset of this name, resolved on first use; `None` after an error has been reported.
    pub(super) fn dataset(&mut self, name: &str) -> Option<DatasetPlan> {
        if let Some(known) = self.datasets.get(name) {
            return Some(known.clone());
        }
        let (shape, span) = self.shapes.get(name)?.clone();
        let described = self.described(name, &shape, &span)?;
        self.add_dataset(name, &shape, &span, described)
    }

    /// An output: a declared dataset must fit the records that will be written; a temporary one takes their shape.
    pub(super) fn output(&mut self, name: &str, written: &Described, span: &Span) -> Option<DatasetPlan> {
        let Some((shape, shape_span)) = self.shapes.get(name).cloned() else {
            if !name.starts_with('@') {
                let nearest =
                    crate::diag::nearest(name, self.shapes.keys().map(String::as_str)).map(str::to_owned);
                let error = Diagnostic::error(codes::JOB005, format!("the dataset {name} is not declared"))
                    .at(span, "");
                self.found.push(match nearest {
                    Some(nearest) => error.hint(format!("did you mean {nearest}?")),
                    None => {
                        error.hint("declare it under datasets:, or begin its name with @ if it is temporary")
                    }
                });
                return None;
            }
            let shape = temporary_shape();
            return self.add_dataset(name, &shape, span, written.clone());
        };
        let described = match (&shape.record, &shape.like) {
            (None, None) => written.clone(),
            _ => self.described(name, &shape, &shape_span)?,
        };
        self.check_fits(name, written, &described, span);
        self.add_dataset(name, &shape, &shape_span, described)
    }

    /// A declared output whose records are built by rules, so that it must describe them itself.
    pub(super) fn built_output(&mut self, name: &str, span: &Span) -> Option<DatasetPlan> {
        if !self.shapes.contains_key(name) {
            self.found.push(
                Diagnostic::error(
                    codes::JOB005,
                    format!("the dataset {name} is not declared, so its records are unknown"),
                )
                .at(span, "")
                .hint("declare it under datasets: with a record; a temporary one needs no path"),
            );
            return None;
        }
        self.dataset(name)
    }

    fn add_dataset(
        &mut self,
        name: &str,
        shape: &DatasetShape,
        span: &Span,
        described: Described,
    ) -> Option<DatasetPlan> {
        let plan = self.make_dataset(name, shape, span, described)?;
        self.datasets.insert(name.to_owned(), plan.clone());
        Some(plan)
    }

    /// A dataset of the plan, or a member of one.
    pub(super) fn make_dataset(
        &mut self,
        name: &str,
        shape: &DatasetShape,
        span: &Span,
        described: Described,
    ) -> Option<DatasetPlan> {
        let temporary = name.starts_with('@');
        let written = self.written.contains(name);
        if written {
            self.check_writable(shape)?;
        }
        let place = self.place(name, shape, span, &described)?;
        let expect = shape.expect.as_ref();
        let trailer = expect.and_then(|e| e.trailer.as_ref()).and_then(|t| self.trailer(name, t, &described));
        let format = match (temporary, written) {
            (true, _) => described.format.for_temporary(),
            (false, true) => described.format.for_new_file(),
            (false, false) => described.format,
        };
        // What is written to a dummy goes where temporaries go, and is dropped there.
        let dummy = matches!(place.content, Content::Dummy);
        let disp = shape.disp.as_ref().map(|disp| disp.value);
        let role = match (temporary, written, disp) {
            (true, ..) => Role::Temporary,
            (false, false, _) => Role::Input,
            (false, true, _) if dummy => Role::Temporary,
            (false, true, None | Some(DispShape::New | DispShape::Shr)) => Role::Output(Target::New),
            (false, true, Some(DispShape::Old | DispShape::Replace | DispShape::Mod)) => {
                Role::Output(Target::Replace)
            }
        };
        // A step may write records in another order than that of their hierarchy.
        let meaning = if written { described.meaning.without_parents() } else { described.meaning };
        Some(DatasetPlan {
            name: name.to_owned(),
            path: place.path,
            content: place.content,
            generation: place.generation,
            append: written && disp == Some(DispShape::Mod),
            exclusive: !written && disp == Some(DispShape::Old),
            role,
            must_exist: written && disp == Some(DispShape::Old),
            format,
            record: described.record,
            meaning,
            described_by: described.by,
            min_records: expect.and_then(|e| e.min_records).unwrap_or(0),
            trailer,
        })
    }

    /// What is around the records of a file as a whole is not made of records, so no step can write it.
    fn check_writable(&mut self, shape: &DatasetShape) -> Option<()> {
        let Some(record) = &shape.record else { return Some(()) };
        let (head, tail) = (&record.value.skip_head, &record.value.skip_tail);
        let Some(skip) = [head, tail].into_iter().flatten().find(|skip| skip.value > 0) else {
            return Some(());
        };
        let message = "skip-head and skip-tail are for inputs; an output consists of records";
        let error = Diagnostic::error(codes::JOB006, message).at(&self.texts.span_of(skip), "");
        self.report(error, "leave them out here");
        None
    }

    pub(super) fn described(&mut self, name: &str, shape: &DatasetShape, span: &Span) -> Option<Described> {
        match (&shape.record, &shape.like) {
            (Some(record), None) => self.record(&record.value, &self.texts.span_of(record)),
            (None, Some(like)) => self.described_as(name, &like.clone()),
            (None, None) if shape.concat.as_ref().is_some_and(|list| !list.value.is_empty()) => {
                let first = shape.concat.as_ref().and_then(|list| list.value.first())?.clone();
                self.described_as(name, &first)
            }
            _ => {
                let error =
                    Diagnostic::error(codes::JOB006, format!("the dataset {name} needs record: or like:"))
                        .at(span, "");
                self.report(error, "describe its records by a copybook");
                None
            }
        }
    }

    /// The description of another dataset.
    fn described_as(&mut self, name: &str, like: &super::super::file::Str) -> Option<Described> {
        let text = self.texts.text(like);
        let Some((other, other_span)) = self.shapes.get(&text.value).cloned().filter(|_| text.value != name)
        else {
            let error = Diagnostic::error(codes::JOB005, format!("there is no other dataset {}", text.value));
            self.report(error.at(&text.span, ""), "name a declared dataset that has a record");
            return None;
        };
        if other.record.is_none() {
            let error = Diagnostic::error(codes::JOB006, format!("{} has no record of its own", text.value));
            self.report(error.at(&text.span, ""), "name a dataset that has a record, not one with like");
            return None;
        }
        self.described(&text.value, &other, &other_span)
    }

    fn record(&mut self, shape: &RecordShape, span: &Span) -> Option<Described> {
        let copybook = self.text(&shape.copybook)?;
        let reading = CopybookOptions {
            compiler: shape.compiler,
            decimal_point_is_comma: shape.decimal_point_is_comma,
            ..CopybookOptions::default()
        };
        let layout = self.layout(&copybook, &reading)?;
        let page = match &shape.code_page {
            None => CodePage::CP037,
            Some(name) => match name.value.parse() {
                Ok(page) => page,
                Err(()) => {
                    let place = self.texts.text(name).span;
                    let known: Vec<&str> = CodePage::names().collect();
                    let error = Diagnostic::error(
                        codes::JOB006,
                        format!("the code page {} is not known", name.value),
                    );
                    self.report(error.at(&place, ""), &format!("use one of {}", known.join(", ")));
                    return None;
                }
            },
        };
        let mut options = options(shape);
        let checked = match options.window(RecordFormat { layout, page }) {
            Err(error) => Err(error),
            Ok(record) => {
                let rules = self.rules_of(shape, &record)?;
                options.rule = self.length_rule(shape, &record, &rules, &mut options)?;
                let meaning = Meaning::new(&record.layout, rules);
                options.format(Some(&record), page).map(|format| (format, record, meaning))
            }
        };
        match checked {
            Ok((format, record, meaning)) => Some(Described { format, record, meaning, by: copybook.value }),
            Err(error) => {
                let place = self.option_place(shape, error.option).filter(|place| !place.text().is_empty());
                let place = place.unwrap_or_else(|| span.clone());
                let diagnostic = Diagnostic::error(codes::JOB006, error.message).at(&place, "");
                self.report(diagnostic.note(format!("copybook {}", copybook.value)), &error.hint);
                None
            }
        }
    }

    /// Where an option of a record is written.
    fn option_place(&self, shape: &RecordShape, option: &str) -> Option<Span> {
        let text = |text: &super::super::file::Str| self.texts.text(text).span;
        match option {
            "recfm" => shape.recfm.as_ref().map(text),
            "copybook" => Some(text(&shape.copybook)),
            "rdw" => shape.rdw.as_ref().map(text),
            "line-end" => shape.line_end.as_ref().map(text),
            "empty-lines" => shape.empty_lines.as_ref().map(text),
            "length" => shape.length.as_ref().map(text),
            "length-field" => shape.length_field.as_ref().map(text),
            "length-expression" => shape.length_expression.as_ref().map(text),
            "lrecl" => shape.lrecl.as_ref().map(|value| self.texts.span_of(value)),
            "blksize" => shape.blksize.as_ref().map(|value| self.texts.span_of(value)),
            "bdw" => shape.bdw.as_ref().map(|value| self.texts.span_of(value)),
            "skip-head" => shape.skip_head.as_ref().map(|value| self.texts.span_of(value)),
            "skip-tail" => shape.skip_tail.as_ref().map(|value| self.texts.span_of(value)),
            "record-skip-head" => shape.record_skip_head.as_ref().map(|value| self.texts.span_of(value)),
            "record-skip-tail" => shape.record_skip_tail.as_ref().map(|value| self.texts.span_of(value)),
            "header" => shape.header.as_ref().map(|value| self.texts.span_of(value)),
            "length-adjust" => shape.length_adjust.as_ref().map(|value| self.texts.span_of(value)),
            "length-map" => shape.length_map.as_ref().map(|value| self.texts.span_of(value)),
            "length-first" => shape.length_first.as_ref().map(|value| self.texts.span_of(value)),
            "length-last" => shape.length_last.as_ref().map(|value| self.texts.span_of(value)),
            _ => None,
        }
    }

    /// A copybook's layout.
    pub(super) fn layout(&mut self, name: &Text, options: &CopybookOptions) -> Option<Arc<Layout>> {
        let (source, mut library) =
            self.sources.copybook(name).map_err(|error| self.found.push(error)).ok()?;
        let (layout, messages) = crate::copybook::parse_with(&source, options, &mut library);
        self.found.extend(messages);
        layout.map(Arc::new)
    }

    fn trailer(&mut self, dataset: &str, shape: &TrailerShape, described: &Described) -> Option<TrailerSpec> {
        let (record, meaning) = (described.record.clone(), described.meaning.clone());
        let scope = Scope::single_with(&slot_name(dataset), record, meaning);
        let compiler = Compiler::new(&scope);
        let condition = self.text(&shape.condition)?;
        let trailer = self.found.take(compiler.condition(&condition.span));
        let details = match &shape.details {
            None => None,
            Some(details) => {
                let text = self.text(details)?;
                Some(self.found.take(compiler.condition(&text.span))?)
            }
        };
        let count = match &shape.count {
            None => None,
            Some(field) => Some(self.numeric_field(&compiler, field)?),
        };
        let mut pairs = |list: &indexmap::IndexMap<String, super::super::file::Str>| -> Option<Vec<_>> {
            let mut compiled = Vec::new();
            for (expression, field) in list {
                let place = self.texts.text(field).span;
                let text = self.texts.made(&[(expression, &place)]);
                let value = self.found.take(compiler.arithmetic(&text.span, 0))?;
                compiled.push((value, self.numeric_field(&compiler, field)?));
            }
            Some(compiled)
        };
        let (sums, hashes) = (pairs(&shape.sum)?, pairs(&shape.hash)?);
        Some(TrailerSpec { trailer: trailer?, details, count, sums, hashes })
    }

    fn numeric_field(
        &mut self,
        compiler: &Compiler<'_>,
        name: &super::super::file::Str,
    ) -> Option<crate::expr::FieldRef> {
        let text = self.text(name)?;
        let field = self.found.take(compiler.field(&text.span))?;
        if field.number().is_none() {
            let error = Diagnostic::error(codes::EXP004, format!("{} is not a number", field.name()))
                .at(&text.span, "");
            self.report(error, "name a numeric field");
            return None;
        }
        Some(field)
    }

    fn check_fits(&mut self, name: &str, written: &Described, declared: &Described, span: &Span) {
        let (from, to) = (&written.format, &declared.format);
        let fits = match (from.fixed_length(), to.fixed_length()) {
            (_, None) => from.lrecl <= to.lrecl,
            (None, Some(_)) => false,
            (Some(from), Some(to)) => from == to,
        };
        let same_bytes = from.page == to.page && written.meaning.has_floats_of(&declared.meaning);
        if fits && same_bytes {
            return;
        }
        let describe = |d: &Described| {
            format!("{} {} {} ({})", d.format.recfm.name(), d.format.lrecl, d.format.page.name(), d.by)
        };
        let error =
            Diagnostic::error(codes::JOB013, format!("the records written do not fit the dataset {name}"))
                .at(span, "")
                .note(format!("written: {}; declared: {}", describe(written), describe(declared)));
        let error = match written.meaning.has_floats_of(&declared.meaning) {
            true => error,
            false => error.note("they store COMP-1 and COMP-2 in different forms"),
        };
        self.report(error, "declare the dataset with the record format of what is written to it");
    }

    pub(super) fn report(&mut self, error: Box<Diagnostic>, hint: &str) {
        self.found.push(error.hint(hint));
    }
}

/// The options of a record as the job file has them.
fn options(shape: &RecordShape) -> FormatOptions {
    let text = |text: &Option<super::super::file::Str>| text.as_ref().map(|text| text.value.clone());
    let number = |number: &Option<serde_saphyr::Spanned<u32>>| number.as_ref().map(|n| u64::from(n.value));
    let header = shape.header.as_ref().map(|header| HeaderOptions {
        length: header.value.length.into(),
        keep: header.value.keep.map(|keep| (keep.offset.into(), keep.value)),
        size: header.value.size.map(|size| (size.offset.into(), size.bytes.into(), size.little)),
    });
    let map = shape.length_map.as_ref().map(|map| {
        map.value.iter().map(|(text, length)| (text.clone(), u64::from(*length))).collect::<Vec<_>>()
    });
    FormatOptions {
        recfm: text(&shape.recfm),
        lrecl: number(&shape.lrecl),
        blksize: number(&shape.blksize),
        rdw: text(&shape.rdw),
        bdw: shape.bdw.as_ref().map(|word| word.value.0.clone()),
        line_end: text(&shape.line_end),
        empty_lines: text(&shape.empty_lines),
        skip_head: shape.skip_head.as_ref().map(|n| n.value),
        skip_tail: shape.skip_tail.as_ref().map(|n| n.value),
        record_skip_head: number(&shape.record_skip_head),
        record_skip_tail: number(&shape.record_skip_tail),
        header,
        length: text(&shape.length),
        length_field: text(&shape.length_field),
        length_adjust: shape.length_adjust.as_ref().map(|n| n.value),
        length_map: map,
        length_first: number(&shape.length_first),
        length_last: number(&shape.length_last),
        rule: None,
    }
}

fn temporary_shape() -> DatasetShape {
    DatasetShape {
        path: None,
        dsn: None,
        gdg: None,
        concat: None,
        data: None,
        dummy: false,
        record: None,
        like: None,
        disp: None,
        expect: None,
    }
}

/// A field by its text, for keys: those are made of the bytes of each record itself.
pub(super) fn field(compiler: &Compiler<'_>, text: &Text) -> Result<crate::expr::FieldRef> {
    let field = compiler.field(&text.span)?.of_its_own_record();
    if matches!(field.shape, Shape::Edited(EditedShape { exponent: true, .. })) {
        let message =
            format!("{} is a floating-point number in characters, which cannot be a key", field.name());
        return Err(Diagnostic::error(codes::JOB015, message)
            .at(&text.span, "")
            .hint("order by a decimal, binary or text field"));
    }
    Ok(field)
}
