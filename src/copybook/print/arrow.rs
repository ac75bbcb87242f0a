//! A record as an Arrow schema.

use serde_json::{Value, json};

use super::members::{Member, precision, records};
use crate::copybook::layout::{Field, FloatWidth, Layout, NumberShape, Shape, Usage};

/// Most digits of a decimal128.
const MAX_PRECISION: u32 = 38;

/// The Arrow schema of a record as JSON, in the form of Arrow's integration tests: groups are structs, tables are lists,
/// FILLER is left out. The members of the one 01 level are the columns; of several 01 levels each is a struct that is
/// null where a record is of another.
pub fn to_arrow(layout: &Layout) -> Value {
    let records = records(layout);
    let columns: Vec<Value> = match records.as_slice() {
        [one] if !one.members.is_empty() && one.occurs().is_none() => {
            one.members.iter().map(column).collect()
        }
        all => all.iter().map(column).collect(),
    };
    json!({"schema": {"fields": columns}})
}

fn column(member: &Member) -> Value {
    match member.occurs() {
        None => element(member, &member.name),
        Some(_) => json!({
            "name": member.name,
            "nullable": true,
            "type": {"name": "list"},
            "children": [element(member, "item")],
        }),
    }
}

fn element(member: &Member, name: &str) -> Value {
    let group = !member.field.children.is_empty();
    let described =
        [("cobol.picture", member.field.picture.as_deref()), ("cobol.usage", Some(member.field.usage()))];
    let metadata: Vec<Value> = described
        .into_iter()
        .filter_map(|(key, value)| {
            Some(json!({"key": key, "value": value.filter(|value| !value.is_empty())?}))
        })
        .collect();
    json!({
        "name": name,
        "nullable": true,
        "type": if group { json!({"name": "struct"}) } else { scalar(member.field) },
        "children": member.members.iter().map(column).collect::<Vec<_>>(),
        "metadata": metadata,
    })
}

fn scalar(field: &Field) -> Value {
    match field.shape {
        Shape::Number(number) => decimal(number),
        Shape::Float(FloatWidth::Short) => json!({"name": "floatingpoint", "precision": "SINGLE"}),
        Shape::Float(FloatWidth::Long) => json!({"name": "floatingpoint", "precision": "DOUBLE"}),
        Shape::Address => json!({"name": "fixedsizebinary", "byteWidth": field.length}),
        _ => json!({"name": "utf8"}),
    }
}

/// COMP-5 without decimals is an integer, everything else a decimal; one of P that is too long for that keeps its
/// negative scale.
fn decimal(shape: NumberShape) -> Value {
    match shape.usage {
        Usage::Binary(form) if form.native && shape.scale == 0 && matches!(form.length, 1 | 2 | 4 | 8) => {
            json!({"name": "int", "bitWidth": u32::from(form.length) * 8, "isSigned": shape.signed})
        }
        _ => {
            let (digits, scale) = precision(shape);
            let (digits, scale) = if digits > MAX_PRECISION {
                (MAX_PRECISION, i32::from(shape.scale))
            } else {
                (digits, scale as i32)
            };
            json!({"name": "decimal", "precision": digits, "scale": scale, "bitWidth": 128})
        }
    }
}
