//! A diff step: two sides, what pairs them, and what may differ.

use std::sync::Arc;

use super::super::compare_file::{comparison_rules, rule_text};
use super::super::diff_file::{DiffShape, FailOnShape, PairShape};
use super::super::file::{OneOrMany, Str};
use super::super::plan::{DatasetPlan, DiffPlan};
use super::Resolver;
use super::datasets::Described;
use super::steps::described;
use crate::convert::Form;
use crate::copybook::{self, CopybookOptions};
use crate::dataset::{DatasetFormat, LineEnd, RECORD_MAX, Recfm};
use crate::diag::{Diagnostic, Diagnostics, Source, Span, codes};
use crate::diff::{Answer, Fields, Pairing, RuleTexts, Side, key_pairing};
use crate::encoding::CodePage;
use crate::expr::Meaning;
use crate::record::RecordFormat;
use crate::sys::clock;

/// The return code of a comparison that failed, if the job does not say another.
const RC: u8 = 8;

impl Resolver<'_> {
    pub(super) fn diff(&mut self, shape: &DiffShape) -> Option<DiffPlan> {
        let names = [self.texts.text(&shape.ours), self.texts.text(&shape.theirs)];
        let ours = self.dataset(&names[0].value);
        let theirs = self.dataset(&names[1].value);
        let (ours, theirs) = (ours?, theirs?);
        let left = self.side(&ours, &names[0].span);
        let right = self.side(&theirs, &names[1].span);
        let (left, right) = (left?, right?);
        let texts = self.comparison(shape)?;
        let renamed = self.taken(texts.renamed(&left, &right))?;
        let fields = Fields::new(&left, &right, &renamed);
        let as_of = self.params.business_date().unwrap_or_else(|| clock::local().date());
        let rules = self.taken(texts.compile(&fields, (&left, &right), as_of));
        let pairing = self.pairing(shape, &fields, &left, &right);
        let rc = self.failing_rc(shape);
        let outputs = self.diff_outputs(shape, [&ours, &theirs]);
        let history = match &shape.history {
            None => None,
            Some(path) => {
                let text = self.text(path)?;
                let resolved = self.root.resolve(&text.value).map_err(|error| error.at(&text.span, ""));
                Some(self.found.take(resolved)?)
            }
        };
        let good = match shape.fail_on {
            FailOnShape::Never => Answer::Different,
            FailOnShape::Different => Answer::Equivalent,
            FailOnShape::Equivalent => Answer::Equal,
        };
        Some(DiffPlan {
            datasets: [ours.name, theirs.name],
            forms: [left.form, right.form],
            renamed,
            rules: Arc::new(rules?),
            pairing: pairing?,
            outputs: outputs?,
            history,
            night: as_of,
            good,
            rc: rc?,
        })
    }

    /// A dataset as one of the sides; nothing is read of it.
    fn side(&mut self, dataset: &DatasetPlan, span: &Span) -> Option<Side> {
        let form = Form::described(&dataset.name, &dataset.record, &dataset.meaning, &dataset.format);
        let form = self.found.take(form.map_err(|error| error.at(span, "")))?;
        Some(Side::described(&dataset.name, form, dataset.format.clone()))
    }

    /// The rules of the file and of the step.
    fn comparison(&mut self, shape: &DiffShape) -> Option<RuleTexts> {
        let mut texts = RuleTexts::default();
        if let Some(file) = &shape.rules_file {
            let name = self.text(file)?;
            let found = self.sources.find(&name, "rules of the comparison");
            let source = self.found.take(found)?;
            texts = self.taken(comparison_rules(&source))?;
        }
        for rule in &shape.rules {
            let rule = rule_text(rule, &self.texts);
            texts.rules.push(self.found.take(rule)?);
        }
        for (ours, theirs) in &shape.renamed {
            let theirs = self.texts.text(theirs).span;
            texts.renamed.push((self.texts.copy(ours, "renamed").span, theirs));
        }
        Some(texts)
    }

    fn pairing(&mut self, shape: &DiffShape, fields: &Fields, left: &Side, right: &Side) -> Option<Pairing> {
        match (&shape.key, &shape.pair) {
            (Some(_), Some(pair)) => {
                let span = self.texts.span_of(pair);
                let error =
                    Diagnostic::error(codes::DIF001, "records are paired by a key or otherwise, not both");
                self.report(error.at(&span, ""), "leave out key: or pair:");
                None
            }
            (Some(key), None) => {
                let names: Vec<Span> = self.names(key)?;
                self.taken(key_pairing(fields, left, right, &names))
            }
            (None, Some(pair)) if matches!(pair.value, PairShape::Multiset) => Some(Pairing::Multiset),
            (None, _) => Some(Pairing::Position),
        }
    }

    fn names(&mut self, names: &OneOrMany) -> Option<Vec<Span>> {
        names.list().iter().map(|name| self.text(name).map(|text| text.span)).collect()
    }

    fn failing_rc(&mut self, shape: &DiffShape) -> Option<u8> {
        match &shape.rc {
            None => Some(RC),
            Some(rc) if (1..64).contains(&rc.value) => Some(rc.value),
            Some(rc) => {
                let span = self.texts.span_of(rc);
                let error = Diagnostic::error(codes::JOB002, "the return code of a comparison is 1 to 63");
                self.report(error.at(&span, ""), "say fail-on: never if differences are no failure");
                None
            }
        }
    }

    /// The datasets that are written: text for reports, records as they are on their side.
    fn diff_outputs(&mut self, shape: &DiffShape, sides: [&DatasetPlan; 2]) -> Option<[Option<String>; 5]> {
        let records = sides.map(described);
        let mut outputs = [None, None, None, None, None];
        for (at, name) in shape.outputs().into_iter().enumerate() {
            let Some(name) = name else { continue };
            let written = match at {
                1 | 2 => records[at - 1].clone(),
                _ => documents()?,
            };
            outputs[at] = Some(self.diff_output(name, &written)?);
        }
        Some(outputs)
    }

    fn diff_output(&mut self, name: &Str, written: &Described) -> Option<String> {
        let name = self.texts.text(name);
        self.output(&name.value, written, &name.span)?;
        Some(name.value)
    }

    /// What went well of something that may have found several errors.
    fn taken<T>(&mut self, checked: std::result::Result<T, Diagnostics>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(errors) => {
                self.found.extend(errors);
                None
            }
        }
    }
}

/// A file of UTF-8 that is written as a whole.
fn documents() -> Option<Described> {
    let mut format = DatasetFormat::new(Recfm::Text, RECORD_MAX, CodePage::LATIN1).unpadded();
    format.framing.lines.end = LineEnd::Lf;
    let source =
        Source::new("the answer of a comparison", format!("       01  LINE  PIC X({RECORD_MAX}).\n"));
    let layout = Arc::new(copybook::parse(&source, &CopybookOptions::default()).0?);
    let meaning = Meaning::new(&layout, crate::expr::Rules::default());
    let record = RecordFormat { layout, page: format.page };
    Some(Described { record, meaning, by: "the answer of a comparison".to_owned(), format })
}
