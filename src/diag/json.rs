//! Diagnostics for machines.

use serde_json::{Value, json};

use super::diagnostic::{Diagnostic, Place, Severity};
use super::render::hex;

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
