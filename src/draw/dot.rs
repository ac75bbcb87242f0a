//! The language of Graphviz.

use std::fmt::Write;

use super::{Drawing, Kind};

/// The drawing as DOT, for `dot -Tsvg` and the like.
pub fn dot(drawing: &Drawing) -> String {
    let mut text = format!("digraph {} {{\n", quoted(&drawing.title));
    text.push_str("  node [fontname=\"monospace\", fontsize=11];\n");
    if let Some(description) = &drawing.description {
        let _ = writeln!(text, "  label={}; labelloc=t;", quoted(description));
    }
    for (at, one) in drawing.nodes.iter().enumerate() {
        let label = std::iter::once(&one.name).chain(&one.lines).map(|line| inner(line)).collect::<Vec<_>>();
        let look = match one.kind {
            Kind::Step => "shape=box, style=\"bold,rounded\"",
            Kind::Input => "shape=cylinder",
            Kind::Output => "shape=cylinder, style=bold",
            Kind::Temporary => "shape=cylinder, style=dashed",
        };
        let _ = writeln!(text, "  n{at} [label=\"{}\", {look}];", label.join("\\n"));
    }
    for edge in &drawing.edges {
        let look = if edge.data { "" } else { " [style=dotted]" };
        let _ = writeln!(text, "  n{} -> n{}{look};", edge.from, edge.to);
    }
    text.push_str("}\n");
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", inner(text))
}

/// What stands between quotes: in DOT a backslash begins an escape of labels.
fn inner(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            character if character.is_control() => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
    out
}
