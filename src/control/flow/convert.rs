//! VTOF and FTOV without anything to build.

use super::Shape;
use crate::control::syntax::{Action, Item, OutFil, Place, Reform, Value};
use crate::dataset::WORD;

/// The BUILD that takes all data of a record.
pub(super) fn whole(outfil: &OutFil, shape: Shape) -> Reform {
    let first = if shape.variable { WORD } else { 0 };
    let place =
        Place::Record { position: first as u32 + 1, length: shape.length.saturating_sub(first) as u32 };
    let item = Item { column: None, align: None, value: Value::Bytes(place), span: outfil.span.clone() };
    Reform::Action(Box::new(Action { build: Some(vec![item]), ..Action::default() }))
}
