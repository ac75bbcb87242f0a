//! The values of a record as lines.

use super::line::{Line, Value};
use super::names::Names;
use super::plain::printable;
use crate::codec::{Leaf, Node, Policy, Seen, Sink};
use crate::copybook::{Field, FieldId, Layout, Shape};
use crate::record::Origin;

/// Takes the values of one record.
pub(super) struct LineSink<'s> {
    layout: &'s Layout,
    names: &'s Names,
    record: &'s [u8],
    origin: Origin<'s>,
    /// The lines so far.
    pub(super) lines: Vec<Line>,
    /// Lines of the groups around, and whether their place was looked for.
    open: Vec<(usize, bool)>,
    /// Tables around and the occurrence each is at.
    tables: Vec<(FieldId, u32)>,
    /// The value that turned out to be no number.
    bad: Option<Value>,
    buffer: Vec<u8>,
}

impl<'s> LineSink<'s> {
    pub(super) fn new(layout: &'s Layout, names: &'s Names, record: &'s [u8], origin: Origin<'s>) -> Self {
        LineSink {
            layout,
            names,
            record,
            origin,
            lines: Vec::new(),
            open: Vec::new(),
            tables: Vec::new(),
            bad: None,
            buffer: Vec::new(),
        }
    }

    /// A line for an item, or its next occurrence.
    fn line(&mut self, node: &Node, at: usize, length: usize, value: Value) -> Line {
        if let Some((table, occurrence)) = self.tables.last_mut()
            && *table == node.id
        {
            *occurrence += 1;
        }
        let subscripts: Vec<u32> = self.tables.iter().map(|(_, occurrence)| *occurrence).collect();
        let field = self.layout.field(node.id);
        let object = field.redefines.filter(|_| node.redefines);
        Line {
            item: Some(node.id),
            depth: self.open.len(),
            label: label(&node.name, &subscripts),
            subscripts,
            range: at..at + length,
            value,
            names: Vec::new(),
            redefines: object.map(|object| self.layout.field(object).display_name().to_owned()),
            other_view: false,
        }
    }

    /// A line for a field whose bytes are there, with the condition names that hold.
    fn field(&mut self, node: &Node, bytes: &[u8], value: Value) -> Line {
        // The bytes are a part of the record, so their distance is their place.
        let at = (bytes.as_ptr() as usize).saturating_sub(self.record.as_ptr() as usize);
        self.place_groups(node.id, at);
        let mut line = self.line(node, at, bytes.len(), value);
        if self.names.has(node.id) {
            line.names = self.names.holding(node.id, bytes);
        }
        line
    }

    /// The first field of a group says where the group begins, if nothing between the two varies.
    fn place_groups(&mut self, first: FieldId, at: usize) {
        let field = self.layout.field(first);
        for (line, looked) in self.open.iter_mut().filter(|(_, looked)| !looked) {
            *looked = true;
            let Some(group) = self.lines[*line].item.map(|id| self.layout.field(id)) else { continue };
            let distance = |field: &Field, group: &Field| {
                let least = field.offset_min.checked_sub(group.offset_min)?;
                field.offset.checked_sub(group.offset).filter(|most| *most == least)
            };
            if let Some(start) = distance(field, group).and_then(|distance| at.checked_sub(distance)) {
                self.lines[*line].range = start..start;
            }
        }
    }
}

/// `NAME`, `NAME(2)`, `NAME(2,1)`.
pub(super) fn label(name: &str, subscripts: &[u32]) -> String {
    if subscripts.is_empty() {
        return name.to_owned();
    }
    let list: Vec<String> = subscripts.iter().map(u32::to_string).collect();
    format!("{name}({})", list.join(","))
}

impl Sink for LineSink<'_> {
    fn open(&mut self, node: &Node) {
        let line = self.line(node, 0, 0, Value::Group);
        self.open.push((self.lines.len(), false));
        self.lines.push(line);
    }

    fn close(&mut self, node: &Node) {
        let Some((index, looked)) = self.open.pop() else { return };
        let field = self.layout.field(node.id);
        let (line, record) = (&mut self.lines[index], self.record);
        if looked && field.length == field.length_min {
            line.range.end = line.range.start + field.length;
            if self.names.has(node.id)
                && let Some(bytes) = record.get(line.range.clone())
            {
                line.names = self.names.holding(node.id, bytes);
            }
        }
    }

    fn open_table(&mut self, node: &Node) {
        self.tables.push((node.id, 0));
    }

    fn close_table(&mut self, node: &Node, count: usize) {
        self.tables.pop();
        if count == 0 {
            let most = node.most();
            let line = self.line(node, 0, 0, Value::Empty(most));
            self.lines.push(line);
        }
    }

    fn value(&mut self, node: &Node, leaf: &Leaf, bytes: &[u8]) -> Seen {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let seen = leaf.append(bytes, &mut buffer);
        let text = String::from_utf8_lossy(&buffer);
        let value = match seen {
            Seen::Bad(class, fault) => {
                self.bad = Some(Value::Bad(class, fault));
                None
            }
            _ if self.layout.field(node.id).shape == Shape::Address => Some(Value::Bytes),
            _ if !leaf.is_text() => Some(Value::Number(text.into_owned(), seen == Seen::Odd)),
            _ if bytes.len() < leaf.length => {
                Some(Value::Cut(printable(&text, leaf.page).into_owned(), leaf.length))
            }
            _ => Some(Value::Text(printable(&text, leaf.page).into_owned())),
        };
        self.buffer = buffer;
        if let Some(value) = value {
            let line = self.field(node, bytes, value);
            self.lines.push(line);
        }
        seen
    }

    fn bad(&mut self, node: &Node, _leaf: &Leaf, bytes: &[u8], instead: Policy) {
        let value = self.bad.take().unwrap_or(Value::Bytes);
        let mut line = self.field(node, bytes, value);
        line.other_view = instead == Policy::Null;
        self.lines.push(line);
    }

    /// A view that gives way to another is left out; anything else is behind the end of the record.
    fn absent(&mut self, node: &Node, _occurrences: usize) {
        if !self.names.gives_way(node.id, self.record, self.origin) {
            let end = self.record.len();
            let line = self.line(node, end, 0, Value::Missing);
            self.lines.push(line);
        }
    }
}
