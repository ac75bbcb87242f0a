//! Bytes of records and fields as values.

use crate::codec::{BadNumberPolicy, Coding, Decoder, Policy, Selection, Tree, hex_digits};
use crate::convert::Form;
use crate::expr::{FieldRef, Kinds, Meaning, Rules, Standing};
use crate::post::Program;
use crate::record::RecordFormat;
use crate::show::{Shower, Value, printable};

use super::account::{Cell, Change};

/// Most bytes of a field that are shown as they are.
const BYTES: usize = 64;

/// The records that the rules of a program speak of.
pub(super) struct Values<'p> {
    program: &'p Program,
    /// For each slot its records: one form, or one for each 01 level if nothing says which record is which.
    forms: Vec<Vec<Form>>,
}

impl<'p> Values<'p> {
    /// For the records in scope of a program.
    pub fn new(program: &'p Program) -> Self {
        let slot = |slot: usize| {
            let described = program.scope.slot(slot);
            // Records that are being built have no kind in the scope; complete ones have.
            let output = program.outputs.iter().find(|output| output.slot == slot);
            let meaning = output.map_or(&described.meaning, |output| &output.meaning);
            forms(&described.name, &described.format, meaning)
        };
        Values { program, forms: (0..program.scope.slots().len()).map(slot).collect() }
    }

    /// Elementary fields of a record in a slot with their values.
    pub fn record(&self, slot: usize, bytes: &[u8]) -> Vec<Cell> {
        let Some(form) = self.form(slot, bytes) else { return Vec::new() };
        let (shower, page) = (Shower::new(form), form.tree.format.page);
        let mut decoder = Decoder::new(&form.tree, form.policy, form.natural);
        let shown = shower.record(&mut decoder, bytes, (1, 0, Standing::default()));
        let cell = |line: &crate::show::Line| {
            let value = match &line.value {
                Value::Group | Value::Empty(_) | Value::Missing => return None,
                Value::Text(text) | Value::Cut(text, _) => format!("'{text}'"),
                Value::Number(text, _) => text.clone(),
                Value::Bad(..) if line.other_view => return None,
                Value::Bad(..) => format!("not a number: {}", line.reason().unwrap_or_default()),
                Value::Bytes => String::new(),
            };
            let name = line.label.clone();
            Some(Cell { name, value: printable(&value, page).into_owned(), hex: hex(line.bytes(bytes)) })
        };
        shown.lines.iter().filter_map(cell).collect()
    }

    /// Fields of a record that have other bytes than before.
    pub fn changes(&self, slot: usize, before: &[u8], after: &[u8]) -> Vec<Change> {
        let (old, new) = (self.record(slot, before), self.record(slot, after));
        let mut changes = Vec::new();
        for cell in &new {
            match old.iter().find(|other| other.name == cell.name) {
                Some(other) if other.hex == cell.hex && other.value == cell.value => {}
                Some(other) => changes.push(Change {
                    name: cell.name.clone(),
                    before: other.value.clone(),
                    after: cell.value.clone(),
                    hex: cell.hex.clone(),
                }),
                None => changes.push(Change {
                    name: cell.name.clone(),
                    before: String::new(),
                    after: cell.value.clone(),
                    hex: cell.hex.clone(),
                }),
            }
        }
        changes
    }

    /// The value of a field that has these bytes.
    pub fn field(&self, field: &FieldRef, bytes: &[u8]) -> Cell {
        let layout = &field.format.layout;
        let page = field.format.page;
        let own = layout.field(field.id);
        let leaf = self.forms[field.slot].first().and_then(|form| form.tree.leaf(field.id));
        let value = match leaf.filter(|leaf| own.shape == field.shape && leaf.length == bytes.len()) {
            Some(leaf) => {
                let mut text = Vec::new();
                let seen = leaf.append(bytes, &mut text);
                let text = String::from_utf8_lossy(&text).into_owned();
                match seen {
                    crate::codec::Seen::Bad(..) => "not a number".to_owned(),
                    _ if leaf.is_text() => format!("'{}'", text.trim_end()),
                    _ => text,
                }
            }
            None => format!("'{}'", page.decode(bytes).trim_end()),
        };
        Cell {
            name: self.name_of(field, bytes),
            value: printable(&value, page).into_owned(),
            hex: hex(bytes),
        }
    }

    /// The name of a field; with its record where another has one of that name.
    fn name_of(&self, field: &FieldRef, bytes: &[u8]) -> String {
        let slots = self.program.scope.slots();
        let name = field.name();
        let owners = slots.iter().filter(|slot| !slot.format.layout.find_all(name, &[]).is_empty()).count();
        let mut text = match owners > 1 {
            true => format!("{name} OF {}", slots[field.slot].name),
            false => name.to_owned(),
        };
        let own = field.format.layout.field(field.id);
        if let Some(range) = field.fixed_range().filter(|_| own.dims.is_empty())
            && range.len() != own.length
        {
            text.push_str(&format!("({}:{})", range.start + 1 - own.offset.min(range.start), bytes.len()));
        }
        text
    }

    fn form(&self, slot: usize, bytes: &[u8]) -> Option<&Form> {
        let forms = self.forms.get(slot)?;
        let fits = |form: &&Form| {
            let root = form.kinds.list().first().and_then(|kind| form.tree.records.get(kind.record));
            root.is_some_and(|root| root.fixed_size() == Some(bytes.len()))
        };
        forms.iter().find(fits).or_else(|| forms.first())
    }
}

fn forms(name: &str, format: &RecordFormat, meaning: &Meaning) -> Vec<Form> {
    let coding = Coding { page: format.page, float: meaning.first_float(), ..Coding::default() };
    let selection = Selection { views: meaning.views().to_vec(), fillers: true, ..Selection::default() };
    let tree = Tree::new(&format.layout, &coding, &selection);
    let kinds = match meaning.kinds().filter(|kinds| !kinds.looks_ahead()) {
        Some(kinds) => vec![kinds.without_parents()],
        None => tree.records.iter().enumerate().map(|(at, root)| Kinds::single(&root.name, at)).collect(),
    };
    let form = |kinds: Kinds| {
        let rules = Rules { float: coding.float, kinds: Some(kinds.clone()), views: selection.views.clone() };
        Form {
            dataset: name.to_owned(),
            tree: tree.clone(),
            meaning: Meaning::new(&format.layout, rules),
            kinds,
            policy: BadNumberPolicy::all(Policy::Raw),
            natural: None,
        }
    };
    kinds.into_iter().map(form).collect()
}

/// Bytes as hexadecimal digits; of many only the first.
fn hex(bytes: &[u8]) -> String {
    let more = if bytes.len() > BYTES { "..." } else { "" };
    hex_digits(&bytes[..bytes.len().min(BYTES)]) + more
}
