//! A record down the page: a line a field.

use super::ink::{Ink, Screen};
use super::line::{Line, Shown, Value};
use super::plain::{printable, take, width};
use crate::codec::append_patch;
use crate::record::RecordFormat;

/// What is shown beside labels and values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The bytes of every field.
    pub hex: bool,
    /// Where in the record every field is; across the page, where in the file every record is.
    pub offsets: bool,
    /// PICTURE and USAGE.
    pub pictures: bool,
}

/// Columns that an indent, and the space between two columns, take.
const STEP: usize = 2;
/// Columns that labels are given at most.
const LABELS: usize = 44;
/// Columns that values are given at most where bytes stand beside them.
const VALUES: usize = 32;
/// Columns that a value has at least, however narrow the screen is.
const ROOM: usize = 24;

/// Lays records out down the page.
#[derive(Clone, Debug)]
pub struct Down<'f> {
    /// The record map and the code page.
    pub format: &'f RecordFormat,
    /// What is shown.
    pub look: Look,
    /// Where it is shown.
    pub screen: Screen,
}

/// A piece of a line. Only texts and bytes are broken where they do not fit.
type Piece = (Ink, String);

impl Down<'_> {
    /// Appends a record: its head, a line for each group and field, and what is wrong with it.
    pub fn append(&self, shown: &Shown<'_>, out: &mut String) {
        head(shown, self.screen, out);
        let rows: Vec<Row> = shown.lines.iter().map(|line| self.row(line, shown.bytes)).collect();
        let most = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
        let (labels, places) = (most(|row| width(&row.label)).min(LABELS), most(|row| width(&row.place)));
        let (pictures, values) = (most(|row| width(&row.picture)), most(|row| row.value).min(VALUES));
        for row in &rows {
            let start = out.len();
            self.screen.put(out, Ink::Label, &row.label);
            let mut used = pad(out, width(&row.label), labels);
            for (text, columns) in [(&row.place, places), (&row.picture, pictures)] {
                if columns > 0 {
                    out.push_str(&" ".repeat(STEP));
                    self.screen.put(out, Ink::Dim, text);
                    used += STEP + pad(out, width(text), columns);
                }
            }
            self.flow(row, used + STEP, if self.look.hex { values } else { 0 }, out);
            let end = start + out[start..].trim_end().len();
            out.truncate(end);
            out.push('\n');
        }
        self.append_faults(shown, out);
    }

    /// Appends what is wrong with a record.
    fn append_faults(&self, shown: &Shown<'_>, out: &mut String) {
        if shown.short_by > 0 {
            let text = format!("  !! the record ends {} bytes before its fields do", shown.short_by);
            self.screen.put(out, Ink::Bad, &text);
            out.push('\n');
        }
        append_faults(shown, self.format, self.screen, out);
    }

    /// Pieces one after the other, on new lines where they do not fit. The first one is given so many columns.
    fn flow(&self, row: &Row, start: usize, first: usize, out: &mut String) {
        let room = self.screen.columns.map_or(usize::MAX, |columns| columns.saturating_sub(start).max(ROOM));
        // Blanks that are due before the next piece, and columns used on the line.
        let (mut due, mut used) = (STEP, 0);
        for (index, (ink, text)) in row.pieces.iter().enumerate() {
            let between = if index == 0 { 0 } else { due };
            let fits = used + between + width(text) <= room;
            if index == 0 {
                out.push_str(&" ".repeat(STEP));
            } else if fits {
                out.push_str(&" ".repeat(between));
                used += between;
            } else {
                new_line(out, start, &mut used);
            }
            let mut rest = text.as_str();
            loop {
                let (part, behind) = take(rest, room - used);
                self.screen.put(out, *ink, part);
                used += width(part);
                // A character wider than the room would never fit.
                if behind.is_empty() || part.is_empty() {
                    break;
                }
                rest = behind;
                new_line(out, start, &mut used);
            }
            due = if index == 0 { STEP + first.saturating_sub(used) } else { STEP };
        }
    }

    fn row(&self, line: &Line, record: &[u8]) -> Row {
        let field = line.item.map(|id| self.format.layout.field(id));
        let known = !line.range.is_empty();
        let pieces = value_pieces(line, record);
        let mut row = Row {
            label: format!("{}{}", " ".repeat(STEP * (line.depth + 1)), line.label),
            place: String::new(),
            picture: String::new(),
            value: pieces.first().map_or(0, |(_, text)| width(text)),
            pieces,
        };
        if self.look.offsets && known {
            row.place = format!("{}+{}", line.range.start, line.range.len());
        }
        if self.look.pictures {
            row.picture =
                field.map(|field| field.shape_text()).filter(|text| text != "group").unwrap_or_default();
        }
        let says_bytes = matches!(line.value, Value::Bad(..) | Value::Bytes);
        if self.look.hex && known && !says_bytes && line.value != Value::Group {
            row.pieces.push((Ink::Dim, hex(line.bytes(record))));
        }
        row.pieces.extend(line.names.iter().map(|name| (Ink::Name, name.clone())));
        if let Some(object) = &line.redefines {
            row.pieces.push((Ink::Dim, format!("redefines {object}")));
        }
        row
    }
}

/// The columns of a line.
struct Row {
    label: String,
    place: String,
    picture: String,
    pieces: Vec<Piece>,
    /// Columns of the first piece, if it is a value.
    value: usize,
}

/// What an item says, and what is to be remarked on it.
fn value_pieces(line: &Line, record: &[u8]) -> Vec<Piece> {
    let bytes = line.bytes(record);
    match &line.value {
        Value::Group => Vec::new(),
        Value::Text(text) => vec![(Ink::Plain, format!("'{text}'"))],
        Value::Cut(text, length) => {
            let remark = format!("(cut: {} of {length} bytes)", bytes.len());
            vec![(Ink::Plain, format!("'{text}'")), (Ink::Bad, remark)]
        }
        Value::Number(text, _) => vec![(Ink::Plain, text.clone())],
        Value::Bad(..) if line.other_view => vec![(Ink::Dim, format!(".. {}", hex(bytes)))],
        Value::Bad(..) => {
            let bytes = format!("?? {}", hex(bytes));
            vec![(Ink::Bad, bytes), (Ink::Bad, line.reason().unwrap_or_default())]
        }
        Value::Bytes => vec![(Ink::Dim, hex(bytes))],
        Value::Missing => vec![(Ink::Bad, "(missing)".to_owned())],
        Value::Empty(most) => vec![(Ink::Dim, format!("(none of at most {most})"))],
    }
}

/// `X'C1C2'`, or `X'40'*12` for a byte that repeats.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    append_patch(bytes, &mut text);
    let text = String::from_utf8_lossy(&text);
    let (digits, times) = text.split_at(text.find('*').unwrap_or(text.len()));
    format!("X'{digits}'{times}")
}

/// Appends the head of a record: what it is and where.
pub(super) fn head(shown: &Shown<'_>, screen: Screen, out: &mut String) {
    let Shown { number, offset, bytes, .. } = shown;
    let kind = shown.kind.map(|kind| format!(", {kind}")).unwrap_or_default();
    let unit = if bytes.len() == 1 { "byte" } else { "bytes" };
    let text = format!("── record {number}, offset {offset}, {} {unit}{kind} ──", bytes.len());
    screen.put(out, Ink::Head, &text);
    out.push('\n');
}

/// Appends a line for each fault: its code and its message.
pub(super) fn append_faults(shown: &Shown<'_>, format: &RecordFormat, screen: Screen, out: &mut String) {
    for fault in &shown.faults {
        let text = format!("  !! {}: {}", fault.code.id(), fault.message);
        screen.put(out, Ink::Bad, &printable(&text, format.page));
        out.push('\n');
    }
}

/// Appends the blanks that a column needs; its width.
fn pad(out: &mut String, used: usize, columns: usize) -> usize {
    out.push_str(&" ".repeat(columns.saturating_sub(used)));
    used.max(columns)
}

fn new_line(out: &mut String, start: usize, used: &mut usize) {
    let end = out.trim_end_matches(' ').len();
    out.truncate(end);
    out.push('\n');
    out.push_str(&" ".repeat(start));
    *used = 0;
}
