//! Records whose fields all stand in the same places, whatever the values are: without counters, redefinitions and
//! conditions.
//!
//! Such a record is a copy of its template with a value stored in each field; nobody has to walk over the tree.

use super::leaf::Leaf;
use super::tree::{Content, Node, Tree};

/// Most fields that are listed; tables in tables have millions.
const MOST_FIELDS: usize = 1 << 16;

/// A part of the outline of a record, in the order in which a [`Sink`](super::Sink) hears of them.
#[derive(Clone, Copy, Debug)]
pub enum Part<'t> {
    /// A group begins.
    Open(&'t Node),
    /// A group ends.
    Close,
    /// A table begins.
    OpenTable(&'t Node),
    /// A table ends.
    CloseTable,
    /// A field with a value.
    Field(&'t Node, &'t Leaf),
}

/// A field and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'t> {
    pub node: &'t Node,
    pub leaf: &'t Leaf,
    pub at: usize,
}

/// A record whose fields all stand in the same places.
#[derive(Clone, Debug, Default)]
pub(super) struct Straight<'t> {
    pub parts: Vec<Part<'t>>,
    /// The fields that have values, in their order: that of their columns.
    pub fields: Vec<Placed<'t>>,
    /// The record without values.
    pub template: Vec<u8>,
    maximum: bool,
}

impl<'t> Straight<'t> {
    /// The 01 level at a position of the tree, if its fields always stand in the same places.
    pub fn new(tree: &'t Tree, record: usize) -> Option<Self> {
        let root = tree.records.get(record)?;
        let Content::Group(members, _) = &root.content else { return None };
        if root.table.is_some() || root.when.is_some() {
            return None;
        }
        let mut straight = Straight { maximum: tree.maximum, ..Straight::default() };
        straight.members(members, tree.format.layout.head())?;
        (!straight.fields.is_empty()).then_some(straight)
    }

    /// Where the last member ends.
    fn members(&mut self, nodes: &'t [Node], start: usize) -> Option<usize> {
        nodes.iter().try_fold(start, |at, node| self.item(node, at + node.slack))
    }

    fn item(&mut self, node: &'t Node, at: usize) -> Option<usize> {
        if !stands_still(node) {
            return None;
        }
        if node.hidden {
            return Some(at + self.size(node)?);
        }
        let Some(table) = &node.table else { return self.occurrence(node, at) };
        self.parts.push(Part::OpenTable(node));
        let end = (0..table.max).try_fold(at, |at, _| self.occurrence(node, at))?;
        self.parts.push(Part::CloseTable);
        Some(if self.maximum { end.max(at + node.length * table.max) } else { end })
    }

    fn occurrence(&mut self, node: &'t Node, at: usize) -> Option<usize> {
        match &node.content {
            Content::Leaf(leaf) => {
                self.fields.push(Placed { node, leaf, at });
                self.parts.push(Part::Field(node, leaf));
                (self.fields.len() <= MOST_FIELDS).then_some(at + leaf.length)
            }
            Content::Group(members, true) => self.members(members, at),
            Content::Group(members, false) => {
                self.parts.push(Part::Open(node));
                let end = self.members(members, at)?;
                self.parts.push(Part::Close);
                Some(end)
            }
        }
    }

    /// Bytes of a hidden item with all its occurrences, which nobody has to list.
    fn size(&self, node: &Node) -> Option<usize> {
        if !stands_still(node) {
            return None;
        }
        let one = match &node.content {
            Content::Leaf(leaf) => leaf.length,
            Content::Group(members, _) => members.iter().try_fold(0, |size: usize, member| {
                size.checked_add(member.slack)?.checked_add(self.size(member)?)
            })?,
        };
        let one = if self.maximum && node.table.is_some() { one.max(node.length) } else { one };
        one.checked_mul(node.most())
    }
}

/// True if neither counters nor other views of its storage have a say in where an item stands.
fn stands_still(node: &Node) -> bool {
    let counted = node.table.as_ref().is_some_and(|table| table.counter.is_some());
    let shared = node.redefines || !node.redefinitions.is_empty() || node.when.is_some();
    // A table has a name of its own.
    let nameless = node.table.is_some() && node.is_lifted();
    !counted && !shared && !nameless
}
