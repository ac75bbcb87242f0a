//! A record as JSON Schema.

use serde_json::{Map, Number, Value, json};

use super::literal_text;
use super::members::{Member, conditions, records};
use crate::copybook::layout::{ConditionValue, FieldId, Layout, NumberShape, Shape, Usage};

/// JSON Schema (draft-07) of the object that a record becomes: groups nest, tables are arrays, FILLER is left out,
/// redefinitions are members beside what they redefine and not required. The members of the one 01 level are those of
/// the object; of several 01 levels each is one of its forms.
pub fn to_json_schema(layout: &Layout) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
    let mut forms: Vec<Map<String, Value>> =
        records(layout).into_iter().map(|record| form(layout, record)).collect();
    match forms.len() {
        1 => schema.append(&mut forms.swap_remove(0)),
        _ => drop(schema.insert("oneOf".into(), forms.into())),
    }
    Value::Object(schema)
}

/// A record; one that is elementary or a table becomes an object with one member.
fn form(layout: &Layout, record: Member) -> Map<String, Value> {
    let title = record.name.clone();
    let plain = !record.members.is_empty() && record.occurs().is_none();
    let mut schema =
        if plain { object(layout, &record.members) } else { object(layout, std::slice::from_ref(&record)) };
    schema.insert("title".into(), title.into());
    if plain {
        note_conditions(layout, record.id, &mut schema);
    }
    schema
}

fn object(layout: &Layout, members: &[Member]) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for member in members {
        if member.field.redefines.is_none() || member.field.parent.is_none() {
            required.push(Value::from(member.name.as_str()));
        }
        properties.insert(member.name.clone(), property(layout, member));
    }
    let mut schema = Map::new();
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    schema.insert("additionalProperties".into(), false.into());
    schema
}

fn property(layout: &Layout, member: &Member) -> Value {
    let mut schema = if member.members.is_empty() && !member.field.children.is_empty() {
        // A group of FILLER only.
        object(layout, &[])
    } else if member.members.is_empty() {
        scalar(member)
    } else {
        object(layout, &member.members)
    };
    note_conditions(layout, member.id, &mut schema);
    match member.occurs() {
        None => schema.into(),
        Some(occurs) => {
            json!({"type": "array", "minItems": occurs.min, "maxItems": occurs.max, "items": schema})
        }
    }
}

fn scalar(member: &Member) -> Map<String, Value> {
    let field = member.field;
    let mut schema = Map::new();
    let mut put = |key: &str, value: Value| drop(schema.insert(key.to_owned(), value));
    match field.shape {
        Shape::Number(number) => {
            put("type", "number".into());
            limits(number, &mut put);
        }
        Shape::Float(_) => put("type", "number".into()),
        Shape::Address => {
            put("type", "string".into());
            put("pattern", format!("^[0-9A-F]{{{}}}$", field.length * 2).into());
        }
        Shape::National | Shape::Dbcs => {
            put("type", "string".into());
            put("maxLength", (field.length / 2).into());
        }
        Shape::Group | Shape::Text | Shape::Edited(_) | Shape::Utf8 => {
            put("type", "string".into());
            put("maxLength", field.length.into());
        }
    }
    put("description", field.shape_text().into());
    schema
}

/// Powers of ten are exact in JSON whatever their reader makes of long numbers.
fn limits(shape: NumberShape, put: &mut impl FnMut(&str, Value)) {
    let power = |exponent: i32| -> Value {
        let text = match exponent {
            0..=18 => format!("1{}", "0".repeat(exponent.unsigned_abs() as usize)),
            _ => format!("1e{exponent}"),
        };
        text.parse::<Number>().map_or(Value::Null, Value::Number)
    };
    put("multipleOf", power(-i32::from(shape.scale)));
    let native = matches!(shape.usage, Usage::Binary(form) if form.native);
    if !native {
        let top = i32::from(shape.digits) - i32::from(shape.scale);
        put("exclusiveMaximum", power(top));
        if shape.signed {
            let bottom = power(top);
            put(
                "exclusiveMinimum",
                format!("-{bottom}").parse::<Number>().map_or(Value::Null, Value::Number),
            );
        }
    }
    if !shape.signed {
        put("minimum", 0.into());
    }
}

fn note_conditions(layout: &Layout, id: FieldId, schema: &mut Map<String, Value>) {
    let found = conditions(layout, id);
    if found.is_empty() {
        return;
    }
    let value = |value: &ConditionValue| match &value.high {
        Some(high) => json!({"from": literal_text(&value.low), "to": literal_text(high)}),
        None => literal_text(&value.low).into(),
    };
    let noted: Vec<Value> = found
        .iter()
        .map(|c| json!({"name": c.name, "values": c.values.iter().map(value).collect::<Vec<_>>()}))
        .collect();
    schema.insert("x-conditions".into(), noted.into());
}
