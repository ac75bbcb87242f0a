//! A record as JSON Schema.

use serde_json::{Map, Number, Value, json};

use super::literal_text;
use super::members::{Member, conditions, records};
use crate::copybook::layout::{ConditionValue, Edit, FieldId, Layout, NumberShape, Shape, Usage};

/// Digits that a reader of JSON with binary floats keeps apart.
const FLOAT_DIGITS: u8 = 15;

/// JSON Schema (draft-07) of a line of JSON Lines that `convert` writes for a record, if no option makes it another:
/// groups nest, tables are arrays, FILLER is left out, numeric-edited items are numbers, and redefinitions are members
/// beside what they redefine, not required, with null for bytes that are a number only in another view.
///
/// What may stand beside the fields is described too. The members of the one 01 level are those of the object; of
/// several 01 levels each is one of its forms, told apart by `_record`. A line of nothing but `_frame` holds bytes between
/// records.
pub fn to_json_schema(layout: &Layout) -> Value {
    let mut schema = Map::new();
    schema.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
    let mut forms: Vec<Map<String, Value>> =
        records(layout).into_iter().map(|record| form(layout, record)).collect();
    if forms.len() == 1 {
        let mut form = forms.swap_remove(0);
        let required = form.remove("required").unwrap_or_else(|| json!([]));
        let between = json!({"required": ["_frame"], "maxProperties": 1});
        form.insert("anyOf".into(), json!([{"required": required}, between]));
        schema.append(&mut form);
        return schema.into();
    }
    for (form, (id, _)) in forms.iter_mut().zip(layout.roots()) {
        if let Some(kind) = form.get_mut("properties").and_then(|properties| properties.get_mut("_record")) {
            *kind = json!({"enum": kinds(layout, id)});
        }
    }
    let mut forms: Vec<Value> = forms.into_iter().map(Value::from).collect();
    forms.push(json!({
        "title": "bytes between records",
        "type": "object",
        "properties": {"_frame": {"type": "string", "pattern": "^="}},
        "required": ["_frame"],
        "additionalProperties": false,
    }));
    schema.insert("oneOf".into(), forms.into());
    schema.into()
}

/// Names that kinds of records of a 01 level can have: its own, or that of an item in it which makes the difference.
fn kinds(layout: &Layout, record: FieldId) -> Vec<&str> {
    let is_inside =
        |id: FieldId| std::iter::successors(Some(id), |id| layout.field(*id).parent).last() == Some(record);
    let mut names = vec![layout.field(record).display_name()];
    for (_, field) in layout.fields().filter(|(id, field)| field.name.is_some() && is_inside(*id)) {
        if !names.contains(&field.display_name()) {
            names.push(field.display_name());
        }
    }
    names
}

/// A record; one that is elementary or a table becomes an object with one member.
fn form(layout: &Layout, record: Member) -> Map<String, Value> {
    let title = record.name.clone();
    let plain = !record.field.children.is_empty() && record.occurs().is_none();
    let members = if plain { record.members.as_slice() } else { std::slice::from_ref(&record) };
    let mut schema = object(layout, members, false);
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.append(&mut beside());
    }
    schema.insert("title".into(), title.into());
    if plain {
        note_conditions(layout, record.id, &mut schema);
    }
    schema
}

/// What may stand beside the fields of a record; no data name begins with `_`.
fn beside() -> Map<String, Value> {
    let described = [
        ("_record", json!({"type": "string", "description": "kind of the record"})),
        ("_parent", json!({"type": "object", "description": "keys of the records it belongs to"})),
        ("_length", json!({"type": "integer", "minimum": 0, "description": "bytes of the record"})),
        (
            "_raw",
            json!({
                "type": "object",
                "patternProperties": {
                    "^@[0-9]+$": {"type": "string", "pattern": "^(([0-9A-F]{2})*|[0-9A-F]{2}\\*[0-9]+)$"},
                },
                "additionalProperties": false,
                "description": "bytes at offsets of the record that its values do not give back",
            }),
        ),
        ("_frame", json!({"type": "string", "description": "bytes around the record"})),
    ];
    described.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// `seldom` says whether the members are read from storage that another view may have filled.
fn object(layout: &Layout, members: &[Member], seldom: bool) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for member in members {
        // A redefinition whose own group has no place outside is a view as well.
        let is_view = is_redefined(layout, member);
        if !is_view {
            required.push(Value::from(member.name.as_str()));
        }
        properties.insert(member.name.clone(), property(layout, member, seldom || is_view));
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

/// True if the item, or an unnamed group between it and the group it is shown in, is a redefinition.
fn is_redefined(layout: &Layout, member: &Member) -> bool {
    let parents = std::iter::successors(Some(member.field), |field| field.parent.map(|id| layout.field(id)));
    let own = parents.enumerate().take_while(|(depth, field)| *depth == 0 || field.is_lifted());
    own.into_iter().any(|(_, field)| field.parent.is_some() && field.redefines.is_some())
}

fn property(layout: &Layout, member: &Member, seldom: bool) -> Value {
    let mut schema = match member.members.as_slice() {
        [] => scalar(member, seldom),
        members => object(layout, members, seldom),
    };
    note_conditions(layout, member.id, &mut schema);
    match member.occurs() {
        None => schema.into(),
        Some(occurs) => {
            // A counter below the minimum is read as it stands.
            let min = if occurs.depending_on.is_some() { 0 } else { occurs.min };
            json!({"type": "array", "minItems": min, "maxItems": occurs.max, "items": schema})
        }
    }
}

fn scalar(member: &Member, seldom: bool) -> Map<String, Value> {
    let field = member.field;
    let mut schema = Map::new();
    let mut put = |key: &str, value: Value| drop(schema.insert(key.to_owned(), value));
    let number = || if seldom { json!(["number", "null"]) } else { "number".into() };
    match (field.shape, &field.edit) {
        (Shape::Number(shape), _) => {
            put("type", number());
            limits(shape, &mut put);
        }
        (Shape::Edited(_), Some(Edit::Number(mask))) => {
            put("type", number());
            decimal_limits(mask.digits(), mask.scale(), mask.signed(), &mut put);
        }
        (Shape::Float(_), _) | (Shape::Edited(_), Some(Edit::Float(_))) => put("type", number()),
        (Shape::Address, _) => {
            put("type", "string".into());
            put("pattern", format!("^X'[0-9A-F]{{{}}}'$", field.length * 2).into());
        }
        (Shape::National, _) => {
            put("type", "string".into());
            put("maxLength", (field.length / 2).into());
        }
        // A byte that is no character takes one as well.
        (Shape::Group | Shape::Text | Shape::Edited(_) | Shape::Utf8 | Shape::Dbcs, _) => {
            put("type", "string".into());
            put("maxLength", field.length.into());
        }
    }
    put("description", field.shape_text().into());
    schema
}

/// What the bytes of a number can hold, which may be more than its PICTURE: binary numbers go to the limits of their
/// bytes, packed ones of even digits have room for one more.
fn limits(shape: NumberShape, put: &mut impl FnMut(&str, Value)) {
    let scale = i32::from(shape.scale);
    match shape.usage {
        Usage::Binary(form) => {
            put_multiple(shape.digits, shape.scale, put);
            let bits = u32::from(form.length) * 8 - u32::from(shape.signed);
            let most = 1_u128.checked_shl(bits).map_or(u128::MAX, |power| power - 1);
            put("maximum", number(&format!("{most}e{}", -scale)));
            match shape.signed {
                true => put("minimum", number(&format!("-{}e{}", most + 1, -scale))),
                false => put("minimum", 0.into()),
            }
        }
        Usage::Packed => decimal_limits(shape.digits | 1, shape.scale, shape.signed, put),
        Usage::PackedUnsigned => {
            decimal_limits(shape.digits + shape.digits % 2, shape.scale, shape.signed, put)
        }
        Usage::Zoned(_) | Usage::National(_) => decimal_limits(shape.digits, shape.scale, shape.signed, put),
    }
}

/// Powers of ten are exact whatever a reader makes of long numbers; but long numbers below one become one there.
fn decimal_limits(digits: u8, scale: i8, signed: bool, put: &mut impl FnMut(&str, Value)) {
    put_multiple(digits, scale, put);
    let top = i32::from(digits) - i32::from(scale);
    let (most, least) = match digits > FLOAT_DIGITS {
        true => ("maximum", "minimum"),
        false => ("exclusiveMaximum", "exclusiveMinimum"),
    };
    put(most, power(top));
    match signed {
        true => put(least, number(&format!("-{}", power(top)))),
        false => put("minimum", 0.into()),
    }
}

fn put_multiple(digits: u8, scale: i8, put: &mut impl FnMut(&str, Value)) {
    if digits <= FLOAT_DIGITS {
        put("multipleOf", power(-i32::from(scale)));
    }
}

fn power(exponent: i32) -> Value {
    match exponent {
        0..=18 => number(&format!("1{}", "0".repeat(exponent.unsigned_abs() as usize))),
        _ => number(&format!("1e{exponent}")),
    }
}

fn number(text: &str) -> Value {
    let text = text.strip_suffix("e0").unwrap_or(text);
    text.parse::<Number>().map_or(Value::Null, Value::Number)
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
