//! The record map for people and for machines.

mod arrow;
mod json_schema;
mod members;
mod sql;

use std::fmt::Write;

use serde_json::{Value, json};

pub use arrow::to_arrow;
pub use json_schema::to_json_schema;
pub use members::unique_member;
pub use sql::to_sql;

use super::layout::{
    Condition, ConditionValue, Field, FieldId, Layout, Literal, LiteralClass, Occurs, Shape, Slack,
};

/// Blanks per depth in the name column.
const INDENT: usize = 2;

/// A line of the record map: a field, or slack bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordMapRow {
    /// Level number; `None` for slack bytes.
    pub level: Option<u8>,
    /// Name, FILLER or `(slack)`, indented by its depth.
    pub name: String,
    /// PICTURE; empty for a group.
    pub picture: String,
    /// USAGE; empty for a group.
    pub usage: &'static str,
    /// Bytes from the start of the record, from 0: with every table at its minimum, and at its maximum.
    pub offset: (usize, usize),
    /// Bytes of one occurrence, with every table inside at its minimum, and at its maximum.
    pub length: (usize, usize),
    /// `5`, or `0-200 BY COUNTER`; empty if it occurs once.
    pub occurs: String,
    /// The item whose storage it shares; empty if none.
    pub redefines: String,
}

/// The record map, one row a field and one for every stretch of slack bytes.
pub fn table_rows(layout: &Layout) -> Vec<RecordMapRow> {
    let mut rows = Vec::new();
    // The groups around the last field, to know where their last bytes come.
    let mut open: Vec<FieldId> = Vec::new();
    for (id, field) in layout.fields() {
        while open.last().is_some_and(|group| field.parent != Some(*group)) {
            rows.extend(open.pop().and_then(|group| padding_row(layout, group, open.len())));
        }
        let depth = if field.level == 66 { 0 } else { open.len() };
        if field.slack > 0 {
            let offset =
                (field.offset_min.saturating_sub(field.slack), field.offset.saturating_sub(field.slack));
            rows.push(slack_row(depth, offset, field.slack));
        }
        rows.push(row(layout, field, depth));
        if field.level != 66 {
            open.push(id);
        }
    }
    while let Some(group) = open.pop() {
        rows.extend(padding_row(layout, group, open.len()));
    }
    rows
}

fn row(layout: &Layout, field: &Field, depth: usize) -> RecordMapRow {
    RecordMapRow {
        level: Some(field.level),
        name: format!("{}{}", " ".repeat(INDENT * depth), field.display_name()),
        picture: field.picture.clone().unwrap_or_default(),
        usage: field.usage(),
        offset: (field.offset_min, field.offset),
        length: (field.length_min, field.length),
        occurs: field.occurs.as_ref().map(|occurs| occurs_text(layout, occurs)).unwrap_or_default(),
        redefines: field.redefines.map(|id| layout.field(id).display_name().to_owned()).unwrap_or_default(),
    }
}

fn slack_row(depth: usize, offset: (usize, usize), length: usize) -> RecordMapRow {
    RecordMapRow {
        level: None,
        name: format!("{}(slack)", " ".repeat(INDENT * depth)),
        picture: String::new(),
        usage: "",
        offset,
        length: (length, length),
        occurs: String::new(),
        redefines: String::new(),
    }
}

/// The slack bytes at the end of a group, if there are any.
fn padding_row(layout: &Layout, group: FieldId, depth: usize) -> Option<RecordMapRow> {
    let field = layout.field(group);
    let behind = |offset: usize, length: usize| (offset + length).saturating_sub(field.padding);
    let offset = (behind(field.offset_min, field.length_min), behind(field.offset, field.length));
    (field.padding > 0).then(|| slack_row(depth + 1, offset, field.padding))
}

fn occurs_text(layout: &Layout, occurs: &Occurs) -> String {
    match occurs.depending_on {
        Some(counter) => format!("{}-{} BY {}", occurs.min, occurs.max, layout.field(counter).display_name()),
        None => occurs.max.to_string(),
    }
}

/// The record map as a JSON object: `length`, `length_min`, `fields`, `conditions` and `slack`.
pub fn to_json(layout: &Layout) -> Value {
    json!({
        "length": layout.length(),
        "length_min": layout.length_min(),
        "fields": layout.fields().map(|(id, field)| field_json(layout, id, field)).collect::<Vec<_>>(),
        "conditions": layout.conditions().iter().map(|c| condition_json(layout, c)).collect::<Vec<_>>(),
        "slack": layout.slack().map(|slack| slack_json(layout, slack)).collect::<Vec<_>>(),
    })
}

/// The same object as indented text. A map of a million fields is written field by field, because as one value it would
/// take many times the room of its text.
pub fn to_json_text(layout: &Layout) -> String {
    let mut text = String::from("{\n");
    let list = |text: &mut String, key: &str, values: &mut dyn Iterator<Item = Value>| {
        let _ = write!(text, "  \"{key}\": [");
        let mut between = "\n    ";
        for value in values {
            let _ = write!(text, "{between}{}", format!("{value:#}").replace('\n', "\n    "));
            between = ",\n    ";
        }
        text.push_str(if between.starts_with(',') { "\n  ],\n" } else { "],\n" });
    };
    list(&mut text, "conditions", &mut layout.conditions().iter().map(|c| condition_json(layout, c)));
    list(&mut text, "fields", &mut layout.fields().map(|(id, field)| field_json(layout, id, field)));
    let _ = write!(text, "  \"length\": {},\n  \"length_min\": {},\n", layout.length(), layout.length_min());
    list(&mut text, "slack", &mut layout.slack().map(|slack| slack_json(layout, slack)));
    // The last member has no comma behind it.
    text.truncate(text.len() - 2);
    text.push_str("\n}\n");
    text
}

fn field_json(layout: &Layout, id: FieldId, field: &Field) -> Value {
    let digits = match field.shape {
        Shape::Number(number) => Some((number.digits, number.scale, number.signed)),
        Shape::Edited(edited) => Some((edited.digits, edited.scale, edited.signed)),
        _ => None,
    };
    json!({
        "name": field.name,
        "path": layout.path(id),
        "level": field.level,
        "pic": field.picture,
        "usage": Some(field.usage()).filter(|usage| !usage.is_empty()),
        "offset": field.offset,
        "length": field.length,
        "offset_min": field.offset_min,
        "length_min": field.length_min,
        "moving": field.moving,
        "digits": digits.map(|(digits, ..)| digits),
        "scale": digits.map(|(_, scale, _)| scale),
        "signed": digits.map(|(.., signed)| signed),
        "occurs": field.occurs.as_ref().map(|occurs| json!({
            "min": occurs.min,
            "max": occurs.max,
            "depending_on": occurs.depending_on.map(|id| layout.field(id).display_name()),
        })),
        "redefines": field.redefines.map(|id| layout.field(id).display_name()),
    })
}

fn slack_json(layout: &Layout, slack: Slack) -> Value {
    json!({
        "offset": slack.offset,
        "length": slack.length,
        "parent": slack.parent.map(|id| layout.path(id)),
        "before": slack.before.map(|id| layout.path(id)),
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
        Literal::Null => "NULL".to_owned(),
        Literal::Classed(LiteralClass::National, text) => format!("N{}", quoted(text)),
        Literal::Classed(LiteralClass::Dbcs, text) => format!("G{}", quoted(text)),
        Literal::Classed(LiteralClass::Utf8, text) => format!("U{}", quoted(text)),
        Literal::ZeroEnded(text) => format!("Z{}", quoted(text)),
        Literal::Float { mantissa, exponent } => format!("{mantissa}E{exponent}"),
    }
}
