//! Diagnostics for machines.

use serde_json::{Value, json};

use super::diagnostic::{Diagnostic, Place, Severity};
use super::render::{hex, printable};

/// The message as a JSON object: `code`, `severity`, `message`, `place`, `notes`, `hint`.
pub fn to_json(diagnostic: &Diagnostic) -> Value {
    json!({
        "code": diagnostic.code.id(),
        "severity": match diagnostic.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "message": diagnostic.message,
        "place": place(&diagnostic.place),
        "notes": diagnostic.place.copied_at().iter().chain(&diagnostic.notes).collect::<Vec<_>>(),
        "hint": diagnostic.hint,
    })
}

/// What a message that was written as JSON says besides its code and its sentence, for people: place, notes, hint.
pub fn details(message: &Value) -> Vec<String> {
    let place = &message["place"];
    let said = |name: &str, before: &str| {
        let value = &place[name];
        let text =
            value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string()));
        text.filter(|text| !text.is_empty()).map(|text| format!("{before}{text}"))
    };
    let names = [
        ("file", ""),
        ("line", "line "),
        ("column", "column "),
        ("dataset", "dataset "),
        ("record", "record "),
        ("file_offset", "file offset "),
        ("field", "field "),
        ("shape", ""),
        ("bytes", "bytes "),
    ];
    let parts: Vec<String> = names.iter().filter_map(|(name, before)| said(name, before)).collect();
    let mut lines: Vec<String> =
        if parts.is_empty() { Vec::new() } else { vec![format!("at {}", parts.join(", "))] };
    let notes = message["notes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    lines.extend(notes.map(|note| format!("note: {note}")));
    lines.extend(message["hint"].as_str().map(|hint| format!("hint: {hint}")));
    lines.iter().map(|line| printable(line)).collect()
}

fn place(place: &Place) -> Value {
    match place {
        Place::None => Value::Null,
        Place::File(path) => json!({ "file": path }),
        Place::Text { span, label } => {
            let (line, column) = span.position();
            json!({ "file": span.source().name(), "line": line, "column": column, "text": span.text(), "label": label })
        }
        Place::Data(data) => json!({
            "dataset": data.dataset,
            "record": data.record,
            "file_offset": data.offset,
            "field": data.field,
            "field_offset": data.extent.map(|(offset, _)| offset),
            "field_length": data.extent.map(|(_, length)| length),
            "shape": data.shape,
            "bytes": hex(&data.bytes),
        }),
    }
}
