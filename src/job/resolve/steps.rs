//! Steps: sort, match, balance, totals.

use std::sync::Arc;

use serde_saphyr::Spanned;

use super::super::file::{SortShape, StepShape, Str, TotalShape};
use super::super::flow::StepFlow;
use super::super::match_file::{CardinalityShape, MatchKeyShape, MatchShape};
use super::super::plan::{BalancePlan, DatasetPlan, MatchPlan, StepKind, StepPlan, TotalPlan, slot_name};
use super::super::text::Text;
use super::Resolver;
use super::control::Cards;
use super::datasets::{Described, field};
use crate::copybook::Layout;
use crate::dataset::{DatasetFormat, Recfm};
use crate::diag::{Diagnostic, Span, codes};
use crate::expr::{Compiler, Condition, Meaning, Scope};
use crate::key::{Key, KeyPart, Order};
use crate::ops::{Cardinality, Filter, Identity, TotalSpec};
use crate::record::RecordFormat;

impl Resolver<'_> {
    /// A step and its totals; `None` after an error has been reported.
    pub(super) fn step(&mut self, step: &Spanned<StepShape>) -> Option<StepPlan> {
        let span = self.texts.span_of(&step.value.step);
        let shape = &step.value;
        let operators = [
            shape.sort.is_some(),
            shape.tool.is_some(),
            shape.matching.is_some(),
            shape.post.is_some(),
            shape.report.is_some(),
            shape.diff.is_some(),
            shape.run.is_some(),
            shape.balance.is_some(),
        ];
        if operators.iter().filter(|given| **given).count() != 1 {
            let error = Diagnostic::error(
                codes::JOB012,
                format!("step {} needs exactly one operator", shape.step.value),
            );
            self.report(
                error.at(&span, ""),
                "give it one of sort:, tool:, match:, post:, report:, diff:, run:, balance:",
            );
            return None;
        }
        let kind = if let Some(cards) = shape.sort.as_ref().and_then(|sort| Cards::of_sort(&sort.value)) {
            self.control(&cards).map(|plan| StepKind::Control(Box::new(plan)))
        } else if let Some(tool) = &shape.tool {
            self.control(&Cards::of_tool(&tool.value)).map(|plan| StepKind::Control(Box::new(plan)))
        } else if let Some(sort) = &shape.sort {
            self.sort(&sort.value).map(StepKind::Sort)
        } else if let Some(matching) = &shape.matching {
            self.matching(&matching.value).map(StepKind::Match)
        } else if let Some(post) = &shape.post {
            self.post(&post.value).map(|plan| StepKind::Post(Box::new(plan)))
        } else if let Some(report) = &shape.report {
            let report = self.listing(&shape.step.value, &report.value);
            report.map(|plan| StepKind::Report(Box::new(plan)))
        } else if let Some(diff) = &shape.diff {
            self.diff(&diff.value).map(|plan| StepKind::Diff(Box::new(plan)))
        } else if let Some(run) = &shape.run {
            self.program(&run.value).map(|plan| StepKind::Run(Box::new(plan)))
        } else {
            let identities = shape.balance.as_ref().map(|list| list.value.as_slice()).unwrap_or_default();
            Some(StepKind::Balance(self.balance(identities)))
        }?;
        let own: Vec<String> = kind.inputs().into_iter().chain(kind.outputs()).map(str::to_owned).collect();
        let totals = shape.totals.iter().filter_map(|total| self.total(&total.value, &own)).collect();
        Some(StepPlan {
            name: shape.step.value.clone(),
            description: shape.description.clone(),
            kind,
            totals,
            flow: StepFlow::default(),
            body: String::new(),
        })
    }

    /// Inputs read one after the other must be described alike: one layout serves for all.
    pub(super) fn check_alike(&mut self, first: &DatasetPlan, other: &DatasetPlan, span: &Span) {
        let alike = first.format.holds_same(&other.format)
            && first.record.layout.length() == other.record.layout.length()
            && first.meaning.has_floats_of(&other.meaning);
        if !alike {
            let error = Diagnostic::error(
                codes::JOB013,
                format!("{} and {} have different record formats", first.name, other.name),
            );
            self.report(
                error.at(span, ""),
                "inputs of one sort need the same LRECL, code page, floats and copybook length, and all be fixed or all variable",
            );
        }
    }

    pub(super) fn filter(&mut self, shape: &SortShape, dataset: &DatasetPlan) -> Option<Filter> {
        let scope = dataset.scope();
        let include = self.condition(shape.include.as_ref(), &scope)?;
        let omit = self.condition(shape.omit.as_ref(), &scope)?;
        Some(Filter { include, omit })
    }

    /// A condition that may be absent; `None` after an error.
    #[expect(clippy::option_option, reason = "outside: went well; inside: was given")]
    pub(super) fn condition(&mut self, text: Option<&Str>, scope: &Scope) -> Option<Option<Condition>> {
        let Some(text) = text else { return Some(None) };
        let text = self.text(text)?;
        self.found.take(Compiler::new(scope).condition(&text.span)).map(Some)
    }

    /// The text of a shape that was written as a plain string.
    pub(super) fn spanned_text<T>(&self, shape: &Spanned<T>, value: &str) -> Text {
        let text = Spanned { value: value.to_owned(), referenced: shape.referenced, defined: shape.defined };
        self.texts.text(&text)
    }

    fn matching(&mut self, shape: &MatchShape) -> Option<MatchPlan> {
        let (left_name, right_name) = (self.texts.text(&shape.left), self.texts.text(&shape.right));
        let (left, right) = (self.dataset(&left_name.value)?, self.dataset(&right_name.value)?);
        let (left_key, right_key) = self.match_keys(shape, &left, &right)?;
        let presorted = |dataset: &str, key: &Key| {
            let wanted = ascending_order(key.parts());
            let known = self.orders.get(dataset);
            wanted.len() == key.parts().len() && known.is_some_and(|order| order.starts_with(&wanted))
        };
        let sort = (
            !shape.sorted && !presorted(&left.name, &left_key),
            !shape.sorted && !presorted(&right.name, &right_key),
        );
        let mut output = |name: &Option<Str>, written: &Described| -> Option<Option<String>> {
            let Some(name) = name else { return Some(None) };
            let name = self.texts.text(name);
            self.output(&name.value, written, &name.span)?;
            Some(Some(name.value))
        };
        let (left_described, right_described) = (described(&left), described(&right));
        let left_only = output(&shape.left_only, &left_described)?;
        let right_only = output(&shape.right_only, &right_described)?;
        let left_paired = output(&shape.left_paired, &left_described)?;
        let right_paired = output(&shape.right_paired, &right_described)?;
        let paired = match &shape.paired {
            None => None,
            Some(_) if left.format.fixed_length().is_none() => {
                let error = Diagnostic::error(codes::JOB013, format!("{} has variable records", left.name))
                    .at(&left_name.span, "")
                    .note("a pair is the left record followed by the right one, which needs a fixed place");
                self.report(error, "put the variable input on the right");
                return None;
            }
            Some(_) if left.format.page != right.format.page => {
                let error = Diagnostic::error(
                    codes::JOB013,
                    format!("{} and {} are in different code pages", left.name, right.name),
                );
                self.report(
                    error.at(&right_name.span, ""),
                    "a pair is one record in one code page; convert one side first",
                );
                return None;
            }
            Some(_) => {
                let written = joined(&left, &right);
                output(&shape.paired, &written)?
            }
        };
        let cardinality = match shape.cardinality {
            CardinalityShape::ManyToMany => Cardinality::ManyToMany,
            CardinalityShape::ManyToOne => Cardinality::ManyToOne,
            CardinalityShape::OneToMany => Cardinality::OneToMany,
            CardinalityShape::OneToOne => Cardinality::OneToOne,
        };
        Some(MatchPlan {
            left: (left.name, left_key),
            right: (right.name, right_key),
            sort,
            cardinality,
            paired,
            left_only,
            right_only,
            left_paired,
            right_paired,
        })
    }

    fn match_keys(
        &mut self,
        shape: &MatchShape,
        left: &DatasetPlan,
        right: &DatasetPlan,
    ) -> Option<(Key, Key)> {
        let left_scope = left.scope();
        let right_scope = right.scope();
        let (mut lefts, mut rights, mut spans) = (Vec::new(), Vec::new(), Vec::new());
        if shape.on.is_empty() {
            let place = self.texts.text(&shape.left).span;
            self.report(
                Diagnostic::error(codes::JOB015, "the match has no key").at(&place, ""),
                "name its fields under on:",
            );
            return None;
        }
        for key in &shape.on {
            let (a, b) = match &key.value {
                MatchKeyShape::Name(name) => (self.spanned_text(key, name), self.spanned_text(key, name)),
                MatchKeyShape::Pair(pair) => (self.texts.text(&pair.left), self.texts.text(&pair.right)),
            };
            let left_field = self.found.take(field(&Compiler::new(&left_scope), &a));
            let right_field = self.found.take(field(&Compiler::new(&right_scope), &b));
            lefts.push(left_field?);
            rights.push(right_field?);
            spans.push(a.span);
        }
        self.found.take(Key::pair(lefts, rights, &spans))
    }

    fn balance(&mut self, identities: &[Str]) -> BalancePlan {
        let totals = self.totals.clone();
        let compiled = identities.iter().filter_map(|text| {
            let text = self.text(text)?;
            self.found.take(Identity::compile(&text.span, &totals))
        });
        BalancePlan { identities: compiled.collect() }
    }

    fn total(&mut self, shape: &TotalShape, own: &[String]) -> Option<TotalPlan> {
        let over = self.texts.text(&shape.over);
        if !own.contains(&over.value) {
            let error = Diagnostic::error(
                codes::JOB014,
                format!("{} is neither read nor written by this step", over.value),
            );
            self.report(error.at(&over.span, ""), &format!("use one of {}", own.join(", ")));
            return None;
        }
        let dataset = self.dataset(&over.value)?;
        let scope = dataset.scope();
        let compiler = Compiler::new(&scope);
        let condition = self.condition(shape.condition.as_ref(), &scope)?;
        let sum = match &shape.sum {
            None => None,
            Some(sum) => {
                let text = self.text(sum)?;
                Some((self.found.take(compiler.arithmetic(&text.span, 0))?, text.value))
            }
        };
        let by = match &shape.by {
            None => None,
            Some(by) => {
                let text = self.text(by)?;
                Some(self.found.take(compiler.field(&text.span))?)
            }
        };
        let (sum, sum_text) = sum.map_or((None, None), |(sum, text)| (Some(sum), Some(text)));
        let spec = TotalSpec { name: shape.name.value.to_lowercase(), condition, sum, sum_text, by };
        Some(TotalPlan { over: over.value, spec: Arc::new(spec) })
    }
}

/// Places and shapes of the leading ascending parts that lie at the same place in every record.
pub(super) fn ascending_order(parts: &[KeyPart]) -> Vec<(std::ops::Range<usize>, crate::copybook::Shape)> {
    let natural = |part: &&KeyPart| part.order == Order::Ascending && part.format().is_none();
    let ascending = parts.iter().take_while(natural);
    ascending.map_while(|part| Some((part.field.fixed_range()?, part.field.shape))).collect()
}

pub(super) fn described(dataset: &DatasetPlan) -> Described {
    Described {
        format: dataset.format.clone(),
        record: dataset.record.clone(),
        meaning: dataset.meaning.clone(),
        by: dataset.described_by.clone(),
    }
}

/// The records of pairs: the left record, then the right one.
fn joined(left: &DatasetPlan, right: &DatasetPlan) -> Described {
    let (left_name, right_name) = (slot_name(&left.name), slot_name(&right.name));
    let layout = Layout::joined((&left_name, &left.record.layout), (&right_name, &right.record.layout));
    let recfm = if right.format.fixed_length().is_some() { Recfm::Fixed } else { Recfm::Variable };
    let page = left.format.page;
    let parts = ((&left.meaning, &*left.record.layout), (&right.meaning, &*right.record.layout));
    Described {
        format: DatasetFormat::new(recfm, left.format.lrecl + right.format.lrecl, page),
        record: RecordFormat { layout: Arc::new(layout), page },
        meaning: Meaning::joined(parts.0, parts.1),
        by: format!("{} + {}", left.described_by, right.described_by),
    }
}
