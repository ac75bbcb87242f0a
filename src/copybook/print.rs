//! The record map, for people and for machines.

use serde_json::{Value, json};

use super::layout::{Field, FieldId, Layout};

/// A line of the record map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordMapRow {
    /// Level number.
    pub level: u8,
    /// Name, indented by its depth.
    pub name: String,
    /// PICTURE as written; empty for groups.
    pub picture: String,
    /// USAGE; empty for groups.
    pub usage: String,
    /// Offset from 0 of the first occurrence.
    pub offset: usize,
    /// Bytes of one occurrence.
    pub length: usize,
    /// `5`, or `0-200 BY LINE-COUNT`; empty without OCCURS.
    pub occurs: String,
    /// Name of the redefined item; empty without REDEFINES.
    pub redefines: String,
}

/// The record map line by line.
pub fn record_map(layout: &Layout) -> Vec<RecordMapRow> {
    layout.fields().map(|(id, field)| row(layout, id, field)).collect()
}

fn row(layout: &Layout, id: FieldId, field: &Field) -> RecordMapRow {
    let depth = layout.path(id).matches(" OF ").count();
    let occurs = field.occurs.as_ref().map_or(String::new(), |occurs| match occurs.depending_on {
        None => occurs.max.to_string(),
        Some(counter) => format!("{}-{} BY {}", occurs.min, occurs.max, layout.field(counter).display_name()),
    });
    RecordMapRow {
        level: field.level,
        name: format!("{}{}", "  ".repeat(depth), field.display_name()),
        picture: field.picture.clone().unwrap_or_default(),
        usage: field.usage().to_owned(),
        offset: field.offset,
        length: field.length,
        occurs,
        redefines: field.redefines.map_or(String::new(), |id| layout.field(id).display_name().to_owned()),
    }
}

/// The record map as JSON: `length`, `length_min`, `fields` in order, `conditions`.
pub fn to_json(layout: &Layout) -> Value {
    let fields: Vec<Value> = layout.fields().map(|(id, field)| field_json(layout, id, field)).collect();
    let conditions: Vec<Value> = layout
        .conditions()
        .iter()
        .map(|condition| json!({ "name": condition.name, "field": layout.path(condition.field) }))
        .collect();
    json!({
        "length": layout.length(),
        "length_min": layout.length_min(),
        "fields": fields,
        "conditions": conditions,
    })
}

fn field_json(layout: &Layout, id: FieldId, field: &Field) -> Value {
    let number = field.number();
    let occurs = field.occurs.as_ref().map(|occurs| {
        json!({
            "min": occurs.min,
            "max": occurs.max,
            "depending_on": occurs.depending_on.map(|counter| layout.path(counter)),
        })
    });
    json!({
        "name": field.name,
        "path": layout.path(id),
        "level": field.level,
        "pic": field.picture,
        "usage": if field.is_elementary() { Value::from(field.usage()) } else { Value::Null },
        "offset": field.offset,
        "length": field.length,
        "digits": number.map(|shape| shape.digits),
        "scale": number.map(|shape| shape.scale),
        "signed": number.map(|shape| shape.signed),
        "occurs": occurs,
        "redefines": field.redefines.map(|object| layout.field(object).display_name().to_owned()),
    })
}
