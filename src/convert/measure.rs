//! Rules for the length of a record that need its values.

use std::fmt;

use super::form::Form;
use crate::codec::{Decoder, Leaf, Node, Policy, Seen, Sink, Standing, When};
use crate::decimal::Rounding;
use crate::diag::{Diagnostic, Result, codes};
use crate::expr::{Arithmetic, SingleFrame};
use crate::record::{Length, Origin, RecordLength, RecordStart};

/// Bytes that a rule looks at before it believes that a field is not there.
const LOOKED_AT: usize = 1 << 20;

/// The length is an expression on the record's fields.
pub(super) struct ExpressionLength {
    expression: Arithmetic,
    dataset: String,
}

impl ExpressionLength {
    pub(super) fn new(expression: Arithmetic, dataset: String) -> Self {
        ExpressionLength { expression, dataset }
    }

    fn refused(&self, origin: Origin<'_>, value: &str) -> Box<Diagnostic> {
        let place = crate::diag::DataPlace {
            dataset: self.dataset.clone(),
            record: origin.record,
            offset: origin.offset,
            ..Default::default()
        };
        Diagnostic::error(codes::DAT004, format!("the length of the record would be {value}"))
            .in_data(place)
            .hint("check the expression, and where the first record begins")
    }
}

impl fmt::Debug for ExpressionLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExpressionLength")
    }
}

impl RecordLength for ExpressionLength {
    fn length(&self, start: RecordStart<'_>) -> Result<Length> {
        let frame = SingleFrame { record: start.bytes, origin: start.origin };
        match self.expression.scaled(&frame, 0, Rounding::Prohibited) {
            Ok(value) => match usize::try_from(value) {
                Ok(length @ 1..) => Ok(Length::Known(length)),
                _ => Err(self.refused(start.origin, &value.to_string())),
            },
            Err(_) if !start.at_end && start.bytes.len() < LOOKED_AT => {
                Ok(Length::NeedAtLeast(start.bytes.len() + 1))
            }
            Err(fault) => Err(fault.into_diagnostic(|| "the length of the record".to_owned())),
        }
    }
}

/// A record ends where its kind, its views and its counters say.
pub(super) struct TreeLength {
    form: Form,
}

impl TreeLength {
    pub(super) fn new(form: Form) -> Self {
        TreeLength { form }
    }

    fn measure(&self, start: RecordStart<'_>) -> Result<Length> {
        let form = &self.form;
        let tail = form.tree.format.layout.tail();
        if let Some(last) = form.kinds.list().iter().find(|kind| matches!(kind.when, When::Last)) {
            let mut decoder = Decoder::new(&form.tree, form.policy, None);
            let length = decoder.measure(last.record, start.bytes, start.origin, &mut Nowhere)? + tail;
            match (start.at_end, start.bytes.len() == length) {
                (true, true) => return Ok(Length::Known(length)),
                // Whether it is the last one shows only behind it.
                (false, _) if start.bytes.len() <= length => return Ok(Length::NeedAtLeast(length + 1)),
                _ => {}
            }
        }
        let standing = Standing { first: start.origin.record == Some(1), last: false };
        let kind = form.kinds.of(&form.tree, start.bytes, standing, start.origin)?;
        let mut decoder = Decoder::new(&form.tree, form.policy, None);
        let length =
            decoder.measure(form.kinds.list()[kind].record, start.bytes, start.origin, &mut Nowhere)? + tail;
        if length <= start.bytes.len() || start.at_end {
            return Ok(Length::Known(length.max(1)));
        }
        Ok(Length::NeedAtLeast(length))
    }
}

impl fmt::Debug for TreeLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TreeLength")
    }
}

impl RecordLength for TreeLength {
    fn length(&self, start: RecordStart<'_>) -> Result<Length> {
        let more = || Ok(Length::NeedAtLeast(start.bytes.len() + 1));
        match self.measure(start) {
            Ok(length) => Ok(length),
            Err(_) if !start.at_end && start.bytes.len() < LOOKED_AT => more(),
            Err(error) => Err(error),
        }
    }
}

/// Takes no values.
struct Nowhere;

impl Sink for Nowhere {
    fn open(&mut self, _node: &Node) {}
    fn close(&mut self, _node: &Node) {}
    fn open_table(&mut self, _node: &Node) {}
    fn close_table(&mut self, _node: &Node, _count: usize) {}
    fn value(&mut self, _node: &Node, _leaf: &Leaf, _bytes: &[u8]) -> Seen {
        Seen::Canonical
    }
    fn bad(&mut self, _node: &Node, _leaf: &Leaf, _bytes: &[u8], _instead: Policy) {}
    fn absent(&mut self, _node: &Node, _occurrences: usize) {}
}
