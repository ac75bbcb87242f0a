//! Diagnostics as text for people.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::diagnostic::{DataPlace, Diagnostic, Place, Severity};

/// How the text may look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Characters only.
    Plain,
    /// With terminal colours.
    Colour,
}

/// The message as lines of text, without a final line end.
pub fn render(diagnostic: &Diagnostic, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Colour => Renderer::styled(),
    };
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = printable(&diagnostic.message);
    let title = level.primary_title(message.as_str()).id(diagnostic.code.id());
    let notes: Vec<String> = place_lines(&diagnostic.place)
        .into_iter()
        .chain(diagnostic.place.copied_at().iter().chain(&diagnostic.notes).map(|note| printable(note)))
        .collect();
    let hint = diagnostic.hint.as_deref().map(printable);

    let mut group = match &diagnostic.place {
        Place::Text { span, label } => Group::with_title(title).element(
            Snippet::source(span.source().text())
                .path(span.source().name())
                .annotation(AnnotationKind::Primary.span(span.range()).label(label.as_str())),
        ),
        _ => Group::with_title(title),
    };
    for note in &notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(hint) = &hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    let rendered = renderer.render(&[group]);
    match diagnostic.place {
        Place::Text { .. } => rendered,
        // Without source text the bar that would lead to it stands alone.
        _ => rendered.lines().filter(|line| !is_bar(line)).collect::<Vec<_>>().join("\n"),
    }
}

/// True for a line with nothing but a bar, colours aside.
fn is_bar(line: &str) -> bool {
    let mut in_escape = false;
    let visible = line.chars().filter(|c| {
        let shown = !in_escape && *c != '\u{1B}';
        in_escape = (in_escape || *c == '\u{1B}') && *c != 'm';
        shown && !c.is_whitespace()
    });
    visible.eq(['|'])
}

/// Bytes as the mainframe writes them: `X'00123C'`, cut after 32 bytes.
pub fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 32;
    let digits: String = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02X}")).collect();
    let more = if bytes.len() > SHOWN { format!("... ({} bytes)", bytes.len()) } else { String::new() };
    format!("X'{digits}'{more}")
}

/// The bytes of hexadecimal digits, two to a byte; `None` if they are not.
pub fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let nibble = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| Some(nibble(*pair.first()?)? << 4 | nibble(*pair.get(1)?)?)).collect()
}

fn place_lines(place: &Place) -> Vec<String> {
    match place {
        Place::Data(data) => data_lines(data),
        Place::File(path) => vec![format!("file {}", printable(path))],
        Place::None | Place::Text { .. } => Vec::new(),
    }
}

fn data_lines(data: &DataPlace) -> Vec<String> {
    let mut place = format!("dataset {}", printable(&data.dataset));
    if let Some(record) = data.record {
        place.push_str(&format!(", record {record}"));
    }
    if let Some(offset) = data.offset {
        place.push_str(&format!(", file offset {offset}"));
    }
    let mut lines = vec![place];
    let mut field = String::new();
    if let Some(name) = &data.field {
        field.push_str(&format!("field {name}"));
        if let Some((offset, length)) = data.extent {
            field.push_str(&format!(" (offset {offset}, {length} bytes"));
            if let Some(shape) = &data.shape {
                field.push_str(&format!(", {shape}"));
            }
            field.push(')');
        }
        field.push_str(": ");
    }
    if !data.bytes.is_empty() {
        field.push_str(&hex(&data.bytes));
    }
    if !field.is_empty() {
        lines.push(field);
    }
    lines
}

/// Replaces control characters but line ends and tabs, so that data that is shown cannot drive the terminal.
pub fn printable(text: &str) -> String {
    let drives = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    text.chars().map(|c| if drives(c) { '\u{FFFD}' } else { c }).collect()
}
