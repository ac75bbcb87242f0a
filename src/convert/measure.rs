//! The rule for the length of a record that needs its values.

use std::fmt;

use super::form::Form;
use crate::codec::{Decoder, Leaf, Node, Policy, Seen, Sink};
use crate::diag::Result;
use crate::expr::{LOOKED_AT, Standing, When};
use crate::record::{Length, RecordLength, RecordStart};

/// A record ends where its kind, its views and its counters say.
pub struct TreeLength {
    form: Form,
}

impl TreeLength {
    /// The rule for the records of a form.
    pub fn new(form: Form) -> Self {
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
        let kind = form.kinds.of(start.bytes, standing, start.origin)?;
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
