//! Tables that SEARCH goes through (Language Reference, "SEARCH statement").

use super::compile::Compiler;
use super::condition::Condition;
use super::operand::FieldRef;
use super::phrase;
use super::scope::{Frame, Lookup};
use super::syntax::{NameRef, Node, NodeKind, Relation};
use crate::copybook::{NumberShape, TableKey};
use crate::diag::{Diagnostic, Result, Span, codes};

/// A table: how many entries it has.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Most entries.
    pub max: u32,
    /// The field that says how many there are, of a table that varies.
    pub counter: Option<(FieldRef, NumberShape)>,
    /// What its entries are in order of, the major key first; empty if its OCCURS does not say.
    keys: Vec<TableKey>,
}

impl Table {
    /// Entries that the table has in the record of this frame.
    pub fn entries<F: Frame + ?Sized>(&self, frame: &F) -> Result<u32> {
        let Some((counter, shape)) = &self.counter else { return Ok(self.max) };
        let count = counter.integer(*shape, frame)?;
        match u32::try_from(count) {
            Ok(count) if count <= self.max => Ok(count),
            _ => {
                let message =
                    format!("{} has {count} entries by {}, at most {}", self.name, counter.name(), self.max);
                let range = counter.range(frame)?;
                let bytes = counter.bytes(frame)?;
                let origin = frame.origin(counter.slot);
                let place = origin.place(&counter.format, Some(counter.id), range.start, bytes);
                Err(Diagnostic::error(codes::DAT006, message).in_data(place).hint("correct the counter"))
            }
        }
    }
}

impl Compiler<'_> {
    /// The table of this name: an item with OCCURS, without subscripts.
    pub fn table(&self, text: &Span) -> Result<Table> {
        let refuse = |why: &str| {
            Err(Diagnostic::error(codes::EXP004, format!("{} {why}", text.text()))
                .at(text, "not a table")
                .hint("name an item with OCCURS, without subscripts"))
        };
        let node = super::parse(text)?;
        let NodeKind::Name(name) = &node.kind else { return refuse("is no name") };
        if !name.subscripts.is_empty() || name.modification.is_some() {
            return refuse("has subscripts; a search names the table alone");
        }
        let Lookup::Field(slot, id) = self.find(name) else {
            // The common message for names that lead nowhere, or to a condition.
            self.field_node(name, &node.span)?;
            return refuse("is no field");
        };
        let layout = &self.scope().slot(slot).format.layout;
        let field = layout.field(id);
        let Some(occurs) = &field.occurs else { return refuse("does not occur several times") };
        let counter = match occurs.depending_on {
            None => None,
            Some(counter) => {
                let plain = NameRef {
                    name: layout.field(counter).display_name().to_owned(),
                    qualifiers: Vec::new(),
                    subscripts: Vec::new(),
                    modification: None,
                };
                let counter = self.place_field(slot, counter, &plain, text)?;
                match counter.number() {
                    Some(shape) => Some((counter, shape)),
                    None => return refuse("has a counter that is no number"),
                }
            }
        };
        let keys = occurs.keys.clone();
        Ok(Table { name: field.display_name().to_owned(), max: occurs.max, counter, keys })
    }

    /// For a search by halves: the condition that an entry is before the one that is looked for, and that it is the one.
    /// Which key is the major one and which way the entries go is what the KEY phrases of the table say; without any, the
    /// first key of the condition is the major one, and all ascend.
    pub fn halves(&self, text: &Span, table: &Table, index: &FieldRef) -> Result<(Condition, Condition)> {
        let mut keys = Vec::new();
        for (left, right) in phrase::equalities(text)? {
            keys.push(match (self.is_indexed(&left, index), self.is_indexed(&right, index)) {
                (true, _) => (left, right),
                (false, true) => (right, left),
                (false, false) => {
                    let message =
                        format!("neither side is a key of the table, with {} as subscript", index.name());
                    return Err(Diagnostic::error(codes::EXP004, message)
                        .at(&left.span.to(&right.span), "no key")
                        .hint("write KEY(INDEX) = value"));
                }
            });
        }
        let keys = self.by_significance(keys, table)?;
        let compare = |relation: Relation, (key, value): &(Node, Node)| {
            let span = key.span.to(&value.span);
            self.comparison(relation, key, value, &span)
        };
        let equal = keys.iter().map(|(_, key)| compare(Relation::Equal, key)).collect::<Result<Vec<_>>>()?;
        let mut before = Vec::new();
        for (number, (descending, key)) in keys.iter().enumerate() {
            let mut all = equal[..number].to_vec();
            all.push(compare(if *descending { Relation::Greater } else { Relation::Less }, key)?);
            before.push(Condition::All(all));
        }
        Ok((Condition::Any(before), Condition::All(equal)))
    }

    /// Keys with their values, the major key first, each with true if it descends. An error if one is no key of the table, or
    /// if a key before it has no value (Language Reference, "SEARCH statement", binary search).
    fn by_significance(&self, given: Vec<(Node, Node)>, table: &Table) -> Result<Vec<(bool, (Node, Node))>> {
        if table.keys.is_empty() {
            return Ok(given.into_iter().map(|key| (false, key)).collect());
        }
        let refuse = |span: &Span, message: String, hint: &str| {
            Err(Diagnostic::error(codes::EXP004, message).at(span, "").hint(hint))
        };
        let mut placed = Vec::with_capacity(given.len());
        for (key, value) in given {
            let id = self.field(&key.span)?.id;
            match table.keys.iter().position(|of_table| of_table.field == id) {
                Some(at) => placed.push((at, (key, value))),
                None => {
                    let message = format!("{} is no key of {}", key.span.text(), table.name);
                    return refuse(
                        &key.span,
                        message,
                        "name it in the KEY phrase, or use search, which goes through the entries",
                    );
                }
            }
        }
        placed.sort_by_key(|(at, _)| *at);
        for (wanted, (at, (key, _))) in placed.iter().enumerate() {
            if *at > wanted {
                let message =
                    format!("{} has a key before {} that is given no value", table.name, key.span.text());
                return refuse(
                    &key.span,
                    message,
                    "give every key before it a value, or use search, which goes through the entries",
                );
            }
            if *at < wanted {
                return refuse(&key.span, "a key is given two values".to_owned(), "give each key one value");
            }
        }
        Ok(placed.into_iter().map(|(at, key)| (table.keys[at].descending, key)).collect())
    }

    /// True for a table item whose last subscript is this index.
    fn is_indexed(&self, node: &Node, index: &FieldRef) -> bool {
        let NodeKind::Name(name) = &node.kind else { return false };
        let Some(Node { kind: NodeKind::Name(last), span }) = name.subscripts.last() else { return false };
        self.field_node(last, span).is_ok_and(|field| (field.slot, field.id) == (index.slot, index.id))
    }
}
