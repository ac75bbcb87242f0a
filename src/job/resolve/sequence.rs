//! The order that the transactions of a post step must come in.

use serde_saphyr::Spanned;

use super::super::file::{OrderShape, SortKeyShape};
use super::super::rules_file::{SequenceDuplicatesShape, SequenceErrorShape, SequenceShape};
use super::rules::RuleCompiler;
use crate::diag::codes;
use crate::key::{Key, KeyPart, Order};
use crate::post::{Reason, SequenceCheck};

impl RuleCompiler<'_> {
    /// The order that transactions must come in.
    pub fn sequence(&mut self, shape: Option<&Spanned<SequenceShape>>) -> Option<SequenceCheck> {
        let shape = shape?;
        let span = self.texts.span_of(shape);
        if self.inputs.len() > 1 {
            let message = "a sequence is that of one input, the step has several";
            return self.complain(codes::RUL004, message, &span, "sort the inputs into one before the step");
        }
        let shape = &shape.value;
        let mut parts = Vec::new();
        for field in &shape.by {
            let (text, order) = match &field.value {
                SortKeyShape::Name(name) => {
                    let (referenced, defined) = (field.referenced, field.defined);
                    let name = Spanned { value: name.clone(), referenced, defined };
                    (self.texts.text(&name), OrderShape::Ascending)
                }
                SortKeyShape::Full(full) => {
                    let text = self.texts.text(&full.field);
                    if full.format.is_some() || full.bits.is_some() {
                        let message = "the order of a sequence is that of the field's own type";
                        return self.complain(codes::RUL004, message, &text.span, "remove format: and bits:");
                    }
                    (text, full.order)
                }
            };
            let field = self.transaction_field(&text)?;
            let order = match order {
                OrderShape::Ascending => Order::Ascending,
                OrderShape::Descending => Order::Descending,
            };
            parts.push(KeyPart::new(field, order));
        }
        if parts.is_empty() {
            return self.complain(
                codes::RUL004,
                "the sequence has no key",
                &span,
                "name its fields under by:",
            );
        }
        let reject = match (shape.out_of_order, &shape.code) {
            (SequenceErrorShape::Stop, None) => None,
            (SequenceErrorShape::Stop, Some(_)) => {
                let message = "code and reason are those of rejects, but the sequence stops the job";
                return self.complain(codes::RUL004, message, &span, "add out-of-order: reject");
            }
            (SequenceErrorShape::Reject, None) => {
                let message = "a reject needs a code";
                return self.complain(codes::RUL004, message, &span, "add code: and reason:");
            }
            (SequenceErrorShape::Reject, Some(code)) => {
                let text = shape.reason.as_ref().map(|reason| reason.value.clone()).unwrap_or_default();
                Some(Reason { code: code.value.as_str().into(), text: text.into() })
            }
        };
        let unique = shape.duplicates == SequenceDuplicatesShape::Refuse;
        Some(SequenceCheck { key: Key::new(parts), unique, reject })
    }
}
