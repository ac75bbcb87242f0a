//! The slow, obvious comparator.

use std::cmp::Ordering;

use super::encode::{Key, Order};
use crate::decimal::Decimal;
use crate::diag::Result;
use crate::expr::{FieldRef, Frame};

/// Order of two records by a key: part by part, numbers as decimals, text as bytes.
pub fn compare<F: Frame + ?Sized>(key: &Key, a: &F, b: &F) -> Result<Ordering> {
    for part in key.parts() {
        let order = match part.field.number() {
            Some(shape) => {
                let number = |field: &FieldRef, frame: &F| {
                    field.integer(shape, frame).map(|value| Decimal::new(value, i16::from(shape.scale)))
                };
                number(&part.field, a)?.cmp(&number(&part.field, b)?)
            }
            None => part.field.bytes(a)?.cmp(part.field.bytes(b)?),
        };
        let order = if part.order == Order::Descending { order.reverse() } else { order };
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}
