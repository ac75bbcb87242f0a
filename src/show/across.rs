//! Records across the page: a line a record, a column a field.

use std::collections::HashMap;

use super::down::{Look, append_faults, hex};
use super::ink::{Ink, Screen};
use super::line::{Line, Shown, Value};
use super::plain::{cut, width};
use super::sink::label;
use crate::codec::{Content, Leaf, Node, Tree, append_patch, hex_digits};
use crate::copybook::{FieldId, FloatWidth, NumberShape, Shape, Usage};
use crate::diag::{Diagnostic, Result, codes};

/// Columns between two.
const BETWEEN: usize = 2;
/// Columns that a text, and the bytes of a field, are given at most.
const TEXT: usize = 40;
/// Columns that there can be.
const MOST: usize = 2000;
/// Columns of a record number and of a file offset.
const NUMBER: usize = 9;

/// Lays records out across the page. Widths come from the copybook, so that the first record need not wait for the last.
#[derive(Debug)]
pub struct Across<'t> {
    tree: &'t Tree,
    look: Look,
    screen: Screen,
    /// What stands before the fields.
    lead: Vec<Column>,
    /// For each 01 level, its columns.
    tables: Vec<Table>,
    /// The 01 level whose header stands above.
    current: Option<usize>,
}

#[derive(Debug, Default)]
struct Table {
    columns: Vec<Column>,
    places: HashMap<(FieldId, Vec<u32>), usize>,
}

#[derive(Debug)]
struct Column {
    label: String,
    picture: String,
    width: usize,
    right: bool,
}

/// What stands in a column.
type Cell = (Ink, String);

impl<'t> Across<'t> {
    /// For the records of a tree; with `kinds` the kind of each is shown in so many columns. An error if there would be too
    /// many columns.
    pub fn new(tree: &'t Tree, kinds: Option<usize>, look: Look, screen: Screen) -> Result<Self> {
        let lead = |label: &str, least: usize, right| Column {
            label: label.to_owned(),
            picture: String::new(),
            width: least.max(width(label)),
            right,
        };
        let mut leads = vec![lead("record", NUMBER, true)];
        if look.offsets {
            leads.extend([lead("offset", NUMBER, true), lead("length", 0, true)]);
        }
        leads.extend(kinds.map(|columns| lead("kind", columns, false)));
        let mut across = Across { tree, look, screen, lead: leads, tables: Vec::new(), current: None };
        for root in &tree.records {
            if root.columns() > MOST {
                let message = format!(
                    "{} needs {} columns, more than the {MOST} there can be",
                    root.name,
                    root.columns()
                );
                return Err(Diagnostic::error(codes::DAT018, message)
                    .hint("choose fields with --fields, or show records down the page with --down"));
            }
            let mut table = Table::default();
            across.gather(root.members_or_self(), &mut Vec::new(), &mut table);
            across.tables.push(table);
        }
        Ok(across)
    }

    /// Columns of the screen that the widest records take.
    pub fn width(&self) -> usize {
        let sum = |columns: &[Column]| columns.iter().map(|column| column.width + BETWEEN).sum::<usize>();
        let widest = self.tables.iter().map(|table| sum(&table.columns)).max().unwrap_or(0);
        (sum(&self.lead) + widest).saturating_sub(BETWEEN)
    }

    /// Appends a record, and before it the names of its fields if those above are others. With bytes, they are a second line.
    pub fn append(&mut self, shown: &Shown<'_>, out: &mut String) {
        if shown.record.is_some() && shown.record != self.current {
            self.current = shown.record;
            self.header(out);
        }
        let table = shown.record.and_then(|record| self.tables.get(record));
        let columns = table.map_or(&[][..], |table| &table.columns);
        let mut values: Vec<Cell> = vec![(Ink::Plain, String::new()); columns.len()];
        let mut bytes = values.clone();
        let mut behind = Vec::new();
        for line in &shown.lines {
            let item = line.item.map(|item| (item, line.subscripts.clone()));
            match item.and_then(|item| table?.places.get(&item)) {
                Some(&place) => {
                    values[place] = cell(line, shown.bytes);
                    bytes[place] = (Ink::Dim, hex_digits(line.bytes(shown.bytes)));
                }
                None if line.item.is_none() => {
                    behind.push((Ink::Dim, format!("+{}", hex(line.bytes(shown.bytes)))));
                }
                None => {}
            }
        }
        if shown.short_by > 0 {
            behind.push((Ink::Bad, format!("(short by {})", shown.short_by)));
        }
        let all = || self.lead.iter().chain(columns);
        self.row(all(), self.lead_cells(shown).into_iter().chain(values), &behind, out);
        if self.look.hex {
            let blank = self.lead.iter().map(|_| (Ink::Plain, String::new()));
            self.row(all(), blank.chain(bytes), &[], out);
        }
        append_faults(shown, &self.tree.format, self.screen, out);
    }

    fn lead_cells(&self, shown: &Shown<'_>) -> Vec<Cell> {
        let mut cells = vec![shown.number.to_string()];
        if self.look.offsets {
            cells.extend([shown.offset.to_string(), shown.bytes.len().to_string()]);
        }
        cells.extend(shown.kind.map(str::to_owned));
        cells.into_iter().map(|text| (Ink::Head, text)).collect()
    }

    fn header(&self, out: &mut String) {
        let Some(table) = self.current.and_then(|record| self.tables.get(record)) else { return };
        let all = || self.lead.iter().chain(&table.columns);
        self.row(all(), all().map(|column| (Ink::Label, column.label.clone())), &[], out);
        if self.look.pictures {
            self.row(all(), all().map(|column| (Ink::Dim, column.picture.clone())), &[], out);
        }
        let rule = all().map(|column| column.width + BETWEEN).sum::<usize>().saturating_sub(BETWEEN);
        self.screen.put(out, Ink::Dim, &"─".repeat(rule));
        out.push('\n');
    }

    /// Appends a line; blanks only where something follows them.
    fn row<'c>(
        &self,
        columns: impl Iterator<Item = &'c Column>,
        cells: impl Iterator<Item = Cell>,
        behind: &[Cell],
        out: &mut String,
    ) {
        let mut due = 0;
        for (column, (ink, text)) in columns.zip(cells) {
            // A number without its last digits would be another number.
            let whole = column.right && ink == Ink::Plain;
            let text = if whole { text.into() } else { cut(&text, column.width) };
            let room = column.width - width(&text).min(column.width);
            let (before, after) = if column.right { (room, 0) } else { (0, room) };
            if text.is_empty() {
                due += column.width + BETWEEN;
                continue;
            }
            out.push_str(&" ".repeat(due + before));
            self.screen.put(out, ink, &text);
            due = after + BETWEEN;
        }
        for (ink, text) in behind {
            out.push_str(&" ".repeat(due));
            self.screen.put(out, *ink, text);
            due = BETWEEN;
        }
        out.push('\n');
    }

    fn gather(&self, nodes: &[Node], subscripts: &mut Vec<u32>, table: &mut Table) {
        for node in nodes.iter().filter(|node| !node.hidden) {
            for occurrence in 1..=node.most() {
                if node.table.is_some() {
                    subscripts.push(u32::try_from(occurrence).unwrap_or(u32::MAX));
                }
                match &node.content {
                    Content::Group(members, _) => self.gather(members, subscripts, table),
                    Content::Leaf(leaf) => {
                        table.places.insert((node.id, subscripts.clone()), table.columns.len());
                        table.columns.push(self.column(node, leaf, subscripts));
                    }
                }
                if node.table.is_some() {
                    subscripts.pop();
                }
            }
        }
    }

    fn column(&self, node: &Node, leaf: &Leaf, subscripts: &[u32]) -> Column {
        let field = self.tree.format.layout.field(node.id);
        let label = label(&node.name, subscripts);
        let picture = if self.look.pictures { field.shape_text() } else { String::new() };
        let (room, right) = match (leaf.number(), field.shape) {
            // Room for `??` and what follows, if there is no number.
            (Some(number), _) => (number_width(number).max(3), true),
            (None, Shape::Float(FloatWidth::Short)) => (14, true),
            (None, Shape::Float(FloatWidth::Long)) => (24, true),
            (None, Shape::Edited(_)) => (leaf.length, !leaf.is_text()),
            (None, Shape::Address) => (2 * leaf.length + 3, false),
            (None, Shape::National) => (leaf.length / 2, false),
            (None, _) => (leaf.length, false),
        };
        let bytes = if self.look.hex { 2 * leaf.length } else { 0 };
        let width = room.max(bytes).min(TEXT).max(width(&label)).max(width(&picture));
        Column { label, picture, width, right }
    }
}

/// Columns of the longest number of a shape: its digits, a sign, a point and a zero before it.
fn number_width(shape: NumberShape) -> usize {
    let digits = match shape.usage {
        // As many digits as its bits can hold: a little more than three for ten bits.
        Usage::Binary(form) if form.native => usize::from(form.length) * 8 * 302 / 1000 + 1,
        _ => usize::from(shape.digits),
    };
    let scale = usize::from(shape.scale.unsigned_abs());
    let whole = if shape.scale < 0 { digits + scale } else { digits.max(scale + 1) };
    whole + usize::from(shape.signed) + usize::from(shape.scale > 0)
}

fn cell(line: &Line, record: &[u8]) -> Cell {
    match &line.value {
        Value::Text(text) => (Ink::Plain, text.clone()),
        Value::Cut(text, _) => (Ink::Bad, text.clone()),
        Value::Number(text, _) => (Ink::Plain, text.clone()),
        Value::Bad(..) if line.other_view => (Ink::Dim, format!("..{}", short_digits(line.bytes(record)))),
        Value::Bad(..) => (Ink::Bad, format!("??{}", short_digits(line.bytes(record)))),
        Value::Bytes => (Ink::Dim, hex(line.bytes(record))),
        Value::Missing => (Ink::Bad, "—".to_owned()),
        Value::Group | Value::Empty(_) => (Ink::Plain, String::new()),
    }
}

/// `4040`, or `40*10` for a byte that repeats.
fn short_digits(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    append_patch(bytes, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
