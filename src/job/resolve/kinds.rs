//! What a dataset's records mean beyond their copybook: kinds and views by condition, floats, lengths that depend on values.

use std::sync::Arc;

use super::super::file::RecordShape;
use super::Resolver;
use crate::codec::{BadNumberPolicy, Coding, Selection, Tree};
use crate::convert::{Form, TreeLength};
use crate::dataset::FormatOptions;
use crate::diag::{Diagnostic, Span, codes};
use crate::encoding::FloatFormat;
use crate::expr::{Compiler, ExpressionLength, KindFault, KindTexts, Kinds, Meaning, Rules, Scope};
use crate::record::{RecordFormat, RecordLength};

impl Resolver<'_> {
    /// Kinds, views and floats of a record; `None` after an error has been reported.
    pub(super) fn rules_of(&mut self, shape: &RecordShape, record: &RecordFormat) -> Option<Rules> {
        let float = self.float(shape)?;
        let plain = Meaning::new(&record.layout, Rules { float, ..Rules::default() });
        let texts = self.kind_texts(shape)?;
        let views = texts.views(record, &plain).map_err(|fault| self.refuse(fault));
        let kinds = texts.kinds(record, &plain).map_err(|fault| self.refuse(fault));
        let (views, kinds) = (views.ok()?, kinds.ok()?);
        if kinds.as_ref().is_some_and(Kinds::depend_on_place) {
            let by_place = |when: &Option<Span>| {
                when.clone().filter(|when| matches!(when.text().trim(), "first" | "last"))
            };
            let place = texts.records.iter().find_map(|(_, when)| by_place(when))?;
            let message = format!("a job cannot tell a kind of records by `{}`", place.text().trim());
            let error = Diagnostic::error(codes::JOB006, message)
                .at(&place, "")
                .note("steps choose and reorder records, so that their place says nothing");
            self.report(error, "write a condition on the fields of the record");
            return None;
        }
        Some(Rules { float, kinds, views })
    }

    /// The rule for the length of records that needs expressions or kinds; the inner `None` if there is none.
    #[expect(clippy::option_option, reason = "outside: went well; inside: is there a rule")]
    pub(super) fn length_rule(
        &mut self,
        shape: &RecordShape,
        record: &RecordFormat,
        rules: &Rules,
        options: &mut FormatOptions,
    ) -> Option<Option<Arc<dyn RecordLength>>> {
        if let Some(expression) = &shape.length_expression {
            let text = self.text(expression)?;
            let plain = Rules { float: rules.float, ..Rules::default() };
            let meaning = Meaning::new(&record.layout, plain);
            let scope = Scope::single_with("RECORD", record.clone(), meaning);
            let length = self.found.take(Compiler::new(&scope).arithmetic(&text.span, 0))?;
            return Some(Some(Arc::new(ExpressionLength::new(length))));
        }
        let computed = shape.length.as_ref().is_some_and(|length| length.value == "computed");
        let only = || Kinds::single("", 0);
        let chosen = !rules.views.is_empty() && record.layout.roots().count() == 1;
        let kinds = rules.kinds.clone().or_else(|| chosen.then(only)).filter(|_| computed);
        let Some(kinds) = kinds else { return Some(None) };
        options.length = None;
        let coding = Coding { page: record.page, float: rules.float, ..Coding::default() };
        let selection = Selection { views: rules.views.clone(), ..Selection::default() };
        let tree = Tree::new(&record.layout, &coding, &selection);
        let form = Form {
            dataset: String::new(),
            tree,
            kinds,
            meaning: Meaning::default(),
            policy: BadNumberPolicy::default(),
            natural: None,
        };
        Some(Some(Arc::new(TreeLength::new(form))))
    }

    fn float(&mut self, shape: &RecordShape) -> Option<FloatFormat> {
        let Some(float) = &shape.float else { return Some(FloatFormat::default()) };
        let text = self.text(float)?;
        let found = FloatFormat::WORDS.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let known: Vec<&str> = FloatFormat::WORDS.iter().map(|(word, _)| *word).collect();
            let message = format!("float cannot be `{}`", text.value);
            let error = Diagnostic::error(codes::JOB006, message).at(&text.span, "");
            self.report(error, &format!("use {}", known.join(", ")));
        }
        found.map(|(_, format)| *format)
    }

    /// Names and conditions with their parameters filled in.
    fn kind_texts(&mut self, shape: &RecordShape) -> Option<KindTexts> {
        let mut texts = KindTexts::default();
        for kind in &shape.records {
            let name = self.text(&kind.value.layout)?.span;
            let when = match &kind.value.when {
                None => None,
                Some(when) => Some(self.text(when)?.span),
            };
            if let Some(parent) = &kind.value.parent {
                texts.parents.push((name.clone(), self.text(parent)?.span));
            }
            texts.records.push((name, when));
        }
        for view in &shape.views {
            texts.views.push((self.text(&view.value.view)?.span, self.text(&view.value.when)?.span));
        }
        Some(texts)
    }

    fn refuse(&mut self, fault: KindFault) {
        match fault {
            KindFault::Condition(error) => self.found.push(error),
            KindFault::Word(place, message, hint) => {
                let error = Diagnostic::error(codes::JOB006, message).at(&place, "");
                self.report(error, &hint);
            }
        }
    }
}
