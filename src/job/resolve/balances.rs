//! What a rules file says must agree: double-entry postings, totals in and out.

use std::cell::RefCell;

use serde_saphyr::Spanned;

use super::super::balance_shapes::{AmountShape, DoubleEntryShape, PostingShape, TotalsShape, WithinShape};
use super::super::file::{OneOrMany, Str};
use super::rules::RuleCompiler;
use crate::diag::{Span, codes};
use crate::expr::Compiler;
use crate::post::{Balance, BalanceKind, Entry, Side, SlotKind, Source};

/// What both kinds of amounts have in common.
struct Amount<'s> {
    source: Source,
    side: Side,
    sum: &'s Str,
    when: Option<&'s Str>,
    by: Option<&'s OneOrMany>,
    span: Span,
}

impl RuleCompiler<'_> {
    /// Everything that must agree.
    pub(super) fn balances(
        &mut self,
        double_entry: Option<&DoubleEntryShape>,
        totals: &[Spanned<TotalsShape>],
    ) -> Vec<Balance> {
        let double_entry = double_entry.and_then(|shape| self.double_entry(shape));
        let totals: Vec<Balance> = totals.iter().filter_map(|shape| self.total(shape)).collect();
        double_entry.into_iter().chain(totals).collect()
    }

    fn double_entry(&mut self, shape: &DoubleEntryShape) -> Option<Balance> {
        let mut entries = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for posting in &shape.postings {
            entries.push(self.posting(posting)?);
            let name = posting.value.to.value.as_str();
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        }
        let name = names.join(" and ").to_ascii_uppercase();
        let each = shape.within == WithinShape::Transaction;
        let spans: Vec<Span> = shape.postings.iter().map(|posting| self.texts.span_of(posting)).collect();
        self.check_groups(&entries, &spans)?;
        Some(Balance { name, kind: BalanceKind::DoubleEntry, each, entries })
    }

    fn posting(&mut self, posting: &Spanned<PostingShape>) -> Option<Entry> {
        let (span, shape) = (self.texts.span_of(posting), &posting.value);
        let (side, sum) = match (&shape.debit, &shape.credit) {
            (Some(debit), None) => (Side::Left, debit),
            (None, Some(credit)) => (Side::Right, credit),
            _ => {
                let message = "a posting is either a debit or a credit";
                let hint = "write { to: OUT, debit: AMOUNT } or { to: OUT, credit: AMOUNT }";
                return self.complain(codes::RUL004, message, &span, hint);
            }
        };
        let source = Source::Output(self.output(&shape.to)?);
        self.entry(&Amount { source, side, sum, when: shape.when.as_ref(), by: shape.by.as_ref(), span })
    }

    fn total(&mut self, shape: &Spanned<TotalsShape>) -> Option<Balance> {
        let (place, shape) = (self.texts.span_of(shape), &shape.value);
        let each = shape.within == Some(WithinShape::Transaction);
        let (mut entries, mut spans) = (Vec::new(), Vec::new());
        for (side, amounts) in [(Side::Left, &shape.incoming), (Side::Right, &shape.outgoing)] {
            if amounts.is_empty() {
                let message = format!("the total {} needs something on both sides", shape.total.value);
                return self.complain(codes::RUL004, &message, &place, "list amounts under in: and out:");
            }
            for amount in amounts {
                let span = self.texts.span_of(amount);
                let source = self.source(&amount.value, &span)?;
                if each && matches!(source, Source::Change(_)) {
                    let message = "the change of a master is known at the end of the run alone";
                    return self.complain(codes::RUL004, message, &span, "write within: run");
                }
                let AmountShape { sum, when, by, .. } = &amount.value;
                let amount =
                    Amount { source, side, sum, when: when.as_ref(), by: by.as_ref(), span: span.clone() };
                entries.push(self.entry(&amount)?);
                spans.push(span);
            }
        }
        self.check_groups(&entries, &spans)?;
        Some(Balance { name: shape.total.value.clone(), kind: BalanceKind::Totals, each, entries })
    }

    fn source(&mut self, shape: &AmountShape, span: &Span) -> Option<Source> {
        match (&shape.input, &shape.to, &shape.change_of) {
            (Some(input), None, None) => Some(Source::Transaction(self.input(input)?)),
            (None, Some(output), None) => Some(Source::Output(self.output(output)?)),
            (None, None, Some(master)) => {
                let at = self.master(master)?;
                let place = self.texts.text(master).span;
                self.check_writable(at, &place)?;
                Some(Source::Change(at))
            }
            (None, None, None) if self.inputs.len() == 1 => Some(Source::Transaction(0)),
            (None, None, None) => {
                let message = "the step has several inputs, and the amount is of one of them";
                self.complain(codes::RUL004, message, span, "name it under input:")
            }
            _ => {
                let message = "an amount is of one input, one output or one master";
                self.complain(codes::RUL004, message, span, "give one of input:, to: and change-of:")
            }
        }
    }

    /// Compiles an amount, which may speak of its own record alone.
    fn entry(&mut self, amount: &Amount<'_>) -> Option<Entry> {
        let wanted = match amount.source {
            Source::Transaction(input) => SlotKind::Transaction(input),
            Source::Output(output) => SlotKind::Output(output),
            Source::Change(master) => SlotKind::Master(master),
        };
        let slot = self.slots.iter().position(|slot| *slot == wanted)?;
        let noted = RefCell::default();
        let compiler: Compiler<'_> = self.compiler;
        let compiler = compiler.preferring(Some(slot)).noting(&noted);
        let text = self.texts.text(amount.sum);
        let sum = self.found.take(compiler.arithmetic(&text.span, 0))?;
        let condition = match amount.when {
            None => None,
            Some(when) => Some(self.found.take(compiler.condition(&self.texts.text(when).span))?),
        };
        let mut by = Vec::new();
        for name in amount.by.map(OneOrMany::list).unwrap_or_default() {
            by.push(self.found.take(compiler.field(&self.texts.text(name).span))?);
        }
        if let Some(other) = noted.take().into_iter().find(|field| field.slot != slot) {
            let message = format!("{} is not a field of {}", other.name(), self.scope.slot(slot).name);
            let hint = "an amount is made of the fields of its own record";
            return self.complain(codes::RUL004, &message, &amount.span, hint);
        }
        Some(Entry { source: amount.source, side: amount.side, condition, amount: sum, by })
    }

    /// Amounts that are held against each other have the same number of fields under `by`.
    fn check_groups(&mut self, entries: &[Entry], spans: &[Span]) -> Option<()> {
        let first = entries.first().map_or(0, |entry| entry.by.len());
        let Some(at) = entries.iter().position(|entry| entry.by.len() != first) else { return Some(()) };
        let message = "amounts that must agree are grouped by different numbers of fields";
        self.complain(codes::RUL004, message, spans.get(at)?, "give all of them the same fields under by:")
    }
}
