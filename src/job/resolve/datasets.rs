//! Datasets: path, framing, record map, role.

use std::sync::Arc;

use super::super::file::{DatasetShape, DispShape, RecordShape, TrailerShape};
use super::super::plan::{DatasetPlan, Role};
use super::super::text::Text;
use super::Resolver;
use crate::copybook::{CopybookOptions, Layout};
use crate::dataset::{DatasetFormat, Recfm};
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::CodePage;
use crate::expr::{Compiler, Scope};
use crate::ops::TrailerSpec;
use crate::record::RecordFormat;
use crate::sys::publish::Target;

/// Bytes of a record descriptor word, which LRECL counts for variable records.
const RDW: usize = 4;
/// Longest fixed or text record. The mainframe's limit is 32,760; a mebibyte leaves room for what never was on one.
pub(super) const RECORD_MAX: usize = 1 << 20;
/// Longest data part of a variable record: its descriptor word holds 16 bits.
const VARIABLE_MAX: usize = 65_531;

/// How the records of a dataset look, and where that is said.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub format: DatasetFormat,
    pub record: RecordFormat,
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
        let temporary = name.starts_with('@');
        let path = match (&shape.path, temporary) {
            (Some(path), false) => {
                let text = self.text(path)?;
                let resolved =
                    self.root.resolve(&text.value).map_err(|error| error.at(&text.span, "outside the root"));
                Some(self.found.take(resolved)?)
            }
            (None, true) => None,
            (Some(_), true) => {
                self.report(
                    Diagnostic::error(codes::JOB002, format!("the temporary dataset {name} takes no path"))
                        .at(span, ""),
                    "remove the path, or the @",
                );
                return None;
            }
            (None, false) => {
                self.report(
                    Diagnostic::error(codes::JOB002, format!("the dataset {name} has no path")).at(span, ""),
                    "give it a path below the root",
                );
                return None;
            }
        };
        let role = match (temporary, self.written.contains(name), shape.disp) {
            (true, ..) => Role::Temporary,
            (false, false, _) => Role::Input,
            (false, true, DispShape::New) => Role::Output(Target::New),
            (false, true, DispShape::Old | DispShape::Replace) => Role::Output(Target::Replace),
        };
        let expect = shape.expect.as_ref();
        let trailer =
            expect.and_then(|e| e.trailer.as_ref()).and_then(|t| self.trailer(name, t, &described.record));
        let plan = DatasetPlan {
            name: name.to_owned(),
            path,
            role,
            must_exist: shape.disp == DispShape::Old,
            format: described.format,
            record: described.record,
            described_by: described.by,
            min_records: expect.and_then(|e| e.min_records).unwrap_or(0),
            trailer,
        };
        self.datasets.insert(name.to_owned(), plan.clone());
        Some(plan)
    }

    fn described(&mut self, name: &str, shape: &DatasetShape, span: &Span) -> Option<Described> {
        match (&shape.record, &shape.like) {
            (Some(record), None) => self.record(&record.value, &self.texts.span_of(record)),
            (None, Some(like)) => {
                let text = self.texts.text(like);
                let Some((other, other_span)) =
                    self.shapes.get(&text.value).cloned().filter(|_| text.value != name)
                else {
                    let error =
                        Diagnostic::error(codes::JOB005, format!("there is no other dataset {}", text.value));
                    self.report(error.at(&text.span, ""), "name a declared dataset that has a record");
                    return None;
                };
                if other.record.is_none() {
                    let error =
                        Diagnostic::error(codes::JOB006, format!("{} has no record of its own", text.value));
                    self.report(
                        error.at(&text.span, ""),
                        "name a dataset that has a record, not one with like",
                    );
                    return None;
                }
                self.described(&text.value, &other, &other_span)
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

    fn record(&mut self, shape: &RecordShape, span: &Span) -> Option<Described> {
        let copybook = self.text(&shape.copybook)?;
        let layout = self.layout(&copybook)?;
        let recfm = match &shape.recfm {
            None => Recfm::Fixed,
            Some(word) => match Recfm::parse(&word.value) {
                Some(recfm) => recfm,
                None => {
                    let place = self.texts.text(word).span;
                    let error = Diagnostic::error(
                        codes::JOB006,
                        format!("the record format {} is not known", word.value),
                    );
                    self.report(error.at(&place, ""), "use FB, VB or text");
                    return None;
                }
            },
        };
        let page = match &shape.code_page {
            None => CodePage::Cp037,
            Some(name) => match name.value.parse() {
                Ok(page) => page,
                Err(()) => {
                    let place = self.texts.text(name).span;
                    let known: Vec<&str> = CodePage::ALL.iter().map(|(name, _)| *name).collect();
                    let error = Diagnostic::error(
                        codes::JOB006,
                        format!("the code page {} is not known", name.value),
                    );
                    self.report(error.at(&place, ""), &format!("use one of {}", known.join(", ")));
                    return None;
                }
            },
        };
        let lrecl = self.lrecl(shape, span, recfm, &layout)?;
        let (limit, what) = match recfm {
            Recfm::Variable => (VARIABLE_MAX, "a variable record"),
            Recfm::Fixed | Recfm::Text => (RECORD_MAX, "a record"),
        };
        if lrecl.max(layout.length()) > limit {
            let message =
                format!("{what} has at most {limit} bytes, these have {}", lrecl.max(layout.length()));
            let place = self.texts.text(&shape.copybook).span;
            let error = Diagnostic::error(codes::JOB006, message).at(&place, "");
            self.report(error, "check lrecl and the OCCURS counts of the copybook");
            return None;
        }
        Some(Described {
            format: DatasetFormat { recfm, lrecl, page },
            record: RecordFormat { layout, page },
            by: copybook.value,
        })
    }

    /// LRECL as data bytes, checked against the copybook.
    fn lrecl(&mut self, shape: &RecordShape, span: &Span, recfm: Recfm, layout: &Layout) -> Option<usize> {
        let length = layout.length();
        let Some(given) = &shape.lrecl else { return Some(length) };
        let stated = given.value as usize;
        let data = if recfm == Recfm::Variable { stated.saturating_sub(RDW) } else { stated };
        let fits = if recfm == Recfm::Fixed { data == length } else { data >= length };
        if fits && data > 0 {
            return Some(data);
        }
        let wanted = if recfm == Recfm::Variable { length + RDW } else { length };
        let place = self.texts.span_of(given);
        let error = Diagnostic::error(
            codes::JOB006,
            format!(
                "lrecl {stated} does not fit the copybook {}, whose records have {length} bytes",
                shape.copybook.value
            ),
        )
        .at(if place.text().is_empty() { span } else { &place }, "");
        self.report(error, &format!("write lrecl: {wanted}, or another copybook (see offhost layout)"));
        None
    }

    /// A copybook's layout.
    pub(super) fn layout(&mut self, name: &Text) -> Option<Arc<Layout>> {
        let (source, mut library) =
            self.sources.copybook(name).map_err(|error| self.found.push(error)).ok()?;
        let (layout, messages) =
            crate::copybook::parse_with(&source, &CopybookOptions::default(), &mut library);
        self.found.extend(messages);
        layout.map(Arc::new)
    }

    fn trailer(&mut self, dataset: &str, shape: &TrailerShape, record: &RecordFormat) -> Option<TrailerSpec> {
        let scope = Scope::single(&slot_name(dataset), record.clone());
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
                let text = self.texts.copy(expression, &format!("line {}", place.position().0));
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
        let (from, to) = (written.format, declared.format);
        let fits = match (from.recfm, to.recfm) {
            (Recfm::Variable, Recfm::Variable) => from.lrecl <= to.lrecl,
            (_, Recfm::Variable) => from.lrecl <= to.lrecl,
            (Recfm::Variable, _) => false,
            _ => from.lrecl == to.lrecl,
        };
        let same_page = from.page == to.page;
        if fits && same_page {
            return;
        }
        let describe = |d: &Described| {
            format!("{} {} {} ({})", d.format.recfm.name(), d.format.lrecl, d.format.page.name(), d.by)
        };
        let error =
            Diagnostic::error(codes::JOB013, format!("the records written do not fit the dataset {name}"))
                .at(span, "")
                .note(format!("written: {}; declared: {}", describe(written), describe(declared)));
        self.report(error, "declare the dataset with the record format of what is written to it");
    }

    pub(super) fn report(&mut self, error: Box<Diagnostic>, hint: &str) {
        self.found.push(error.hint(hint));
    }
}

/// The name that qualifies the fields of a dataset in expressions.
pub(super) fn slot_name(dataset: &str) -> String {
    dataset.trim_start_matches('@').to_ascii_uppercase()
}

fn temporary_shape() -> DatasetShape {
    DatasetShape { path: None, record: None, like: None, disp: DispShape::Replace, expect: None }
}

/// A field by its text, for the operators.
pub(super) fn field(compiler: &Compiler<'_>, text: &Text) -> Result<crate::expr::FieldRef> {
    compiler.field(&text.span)
}
