//! The record map for people and for machines.

use serde_json::{Value, json};

use super::layout::{Condition, ConditionValue, Field, FieldId, Layout, Literal, Occurs};

/// Blanks per depth in the name column.
const INDENT: usize = 2;

/// A line of the record map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordMapRow {
    /// Level number.
    pub level: u8,
    /// Name or FILLER, indented by its depth.
    pub name: String,
    /// PICTURE; empty for a group.
    pub picture: String,
    /// USAGE; empty for a group.
    pub usage: &'static str,
    /// Bytes from the start of the record, from 0.
    pub offset: usize,
    /// Bytes of one occurrence.
    pub length: usize,
    /// `5`, or `0-200 BY COUNTER`; empty if it occurs once.
    pub occurs: String,
    /// The item whose storage it shares; empty if none.
    pub redefines: String,
}

/// The record map, one row a field.
pub fn table_rows(layout: &Layout) -> Vec<RecordMapRow> {
    layout.fields().map(|(_, field)| row(layout, field)).collect()
}

fn row(layout: &Layout, field: &Field) -> RecordMapRow {
    let depth = if field.level == 66 { 0 } else { depth(layout, field) };
    RecordMapRow {
        level: field.level,
        name: format!("{}{}", " ".repeat(INDENT * depth), field.display_name()),
        picture: field.picture.clone().unwrap_or_default(),
        usage: field.usage(),
        offset: field.offset,
        length: field.length,
        occurs: field.occurs.as_ref().map(|occurs| occurs_text(layout, occurs)).unwrap_or_default(),
        redefines: field.redefines.map(|id| layout.field(id).display_name().to_owned()).unwrap_or_default(),
    }
}

fn depth(layout: &Layout, field: &Field) -> usize {
    std::iter::successors(field.parent, |id| layout.field(*id).parent).count()
}

fn occurs_text(layout: &Layout, occurs: &Occurs) -> String {
    match occurs.depending_on {
        Some(counter) => format!("{}-{} BY {}", occurs.min, occurs.max, layout.field(counter).display_name()),
        None => occurs.max.to_string(),
    }
}

/// The record map as a JSON object: `length`, `length_min`, `fields` and `conditions`.
pub fn to_json(layout: &Layout) -> Value {
    json!({
        "length": layout.length(),
        "length_min": layout.length_min(),
        "fields": layout.fields().map(|(id, field)| field_json(layout, id, field)).collect::<Vec<_>>(),
        "conditions": layout.conditions().iter().map(|c| condition_json(layout, c)).collect::<Vec<_>>(),
    })
}

fn field_json(layout: &Layout, id: FieldId, field: &Field) -> Value {
    let number = field.number();
    json!({
        "name": field.name,
        "path": layout.path(id),
        "level": field.level,
        "pic": field.picture,
        "usage": Some(field.usage()).filter(|usage| !usage.is_empty()),
        "offset": field.offset,
        "length": field.length,
        "digits": number.map(|number| number.digits),
        "scale": number.map(|number| number.scale),
        "signed": number.map(|number| number.signed),
        "occurs": field.occurs.as_ref().map(|occurs| json!({
            "min": occurs.min,
            "max": occurs.max,
            "depending_on": occurs.depending_on.map(|id| layout.field(id).display_name()),
        })),
        "redefines": field.redefines.map(|id| layout.field(id).display_name()),
    })
}

fn condition_json(layout: &Layout, condition: &Condition) -> Value {
    json!({
        "name": condition.name,
        "field": layout.path(condition.field),
        "values": condition.values.iter().map(value_text).collect::<Vec<_>>(),
    })
}

fn value_text(value: &ConditionValue) -> String {
    match &value.high {
        Some(high) => format!("{} THRU {}", literal_text(&value.low), literal_text(high)),
        None => literal_text(&value.low),
    }
}

/// A literal as COBOL writes it.
fn literal_text(literal: &Literal) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match literal {
        Literal::Text(text) => quoted(text),
        Literal::All(text) => format!("ALL {}", quoted(text)),
        Literal::Number(number) => number.to_string(),
        Literal::Hex(bytes) => {
            format!("X'{}'", bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>())
        }
        Literal::Spaces => "SPACES".to_owned(),
        Literal::Zeros => "ZEROS".to_owned(),
        Literal::LowValues => "LOW-VALUES".to_owned(),
        Literal::HighValues => "HIGH-VALUES".to_owned(),
        Literal::Quotes => "QUOTES".to_owned(),
    }
}
