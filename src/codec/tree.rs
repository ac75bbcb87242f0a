//! A layout as the tree that values have outside: groups hold members, tables hold occurrences.
//!
//! Unnamed groups have no place of their own there: their members belong to the group around. Unnamed fields are hidden
//! (unless asked for), but their bytes are remembered where they are not what an empty record has.

use std::collections::HashSet;
use std::sync::Arc;

use super::coding::Coding;
use super::leaf::Leaf;
use crate::copybook::{Field, FieldId, Layout, unique_member};
use crate::encoding::CodePage;
use crate::expr::Condition;
use crate::record::{RecordFormat, initial_bytes};

/// A layout ready for decoding and encoding.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The layout, and the code page of the file.
    pub format: RecordFormat,
    /// The 01 levels.
    pub records: Vec<Node>,
    /// The counters of tables, by slot.
    pub counters: Vec<Leaf>,
    /// Whether tables take the room of their maximum.
    pub maximum: bool,
}

/// A data item.
#[derive(Clone, Debug)]
pub struct Node {
    /// The field.
    pub id: FieldId,
    /// Data name, or FILLER; unique in its group.
    pub name: String,
    /// What it holds.
    pub content: Content,
    /// Its OCCURS.
    pub table: Option<Table>,
    /// Bytes of one occurrence, at most.
    pub length: usize,
    /// Slack bytes before it.
    pub slack: usize,
    /// Its redefinitions, as positions in the group.
    pub redefinitions: Vec<usize>,
    /// True if it is a redefinition.
    pub redefines: bool,
    /// A redefinition, or an object of some, that is there only if this holds.
    pub when: Option<Condition>,
    /// True if nothing of it has a value outside.
    pub hidden: bool,
    /// True if the size of an occurrence depends on a counter.
    pub varying: bool,
    /// Slot of [`Tree::counters`], if it counts a table.
    pub counter: Option<usize>,
    /// With the values of the group side by side: the first column of its own.
    pub column: usize,
    columns: usize,
}

/// What a data item holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// A group and whether its members belong to the group around.
    Group(Vec<Node>, bool),
    /// An elementary field.
    Leaf(Leaf),
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Most occurrences.
    pub max: usize,
    /// Fewest.
    pub min: usize,
    /// The field that counts and its slot.
    pub counter: Option<(FieldId, usize)>,
    /// If the counter is a text: what each text stands for.
    pub texts: Vec<(String, u32)>,
}

/// What of a layout is wanted outside, and under which conditions.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these fields and what is in them; all if empty.
    pub fields: Vec<FieldId>,
    /// Unnamed fields too.
    pub fillers: bool,
    /// Views chosen by a condition.
    pub views: Vec<(FieldId, Condition)>,
}

impl Tree {
    /// The tree of a layout.
    pub fn new(layout: &Arc<Layout>, coding: &Coding, selection: &Selection) -> Self {
        let format = RecordFormat { layout: Arc::clone(layout), page: coding.page };
        let mut builder = Builder { layout, coding, selection, counters: Vec::new() };
        let counters: Vec<FieldId> = builder.find_counters();
        builder.counters.clone_from(&counters);
        let roots: Vec<FieldId> = layout.roots().map(|(id, _)| id).collect();
        let mut records = builder.members(&roots, None, &mut HashSet::new());
        for record in &mut records {
            place_columns(std::slice::from_mut(record), 0);
        }
        let counters = counters.iter().map(|&id| builder.leaf(id)).collect();
        Tree { format, records, counters, maximum: coding.odo == super::coding::Odo::Maximum }
    }
}

impl Tree {
    /// The codec of an elementary field.
    pub fn leaf(&self, id: FieldId) -> Option<&Leaf> {
        fn within(nodes: &[Node], id: FieldId) -> Option<&Leaf> {
            nodes.iter().find_map(|node| match &node.content {
                Content::Leaf(leaf) => Some(leaf).filter(|leaf| leaf.id == id),
                Content::Group(members, _) => within(members, id),
            })
        }
        within(&self.records, id)
    }
}

impl Node {
    /// Its members, if it is a group.
    pub fn members(&self) -> &[Node] {
        match &self.content {
            Content::Group(members, _) => members,
            Content::Leaf(_) => &[],
        }
    }

    /// Its members, or for an elementary record the item itself.
    pub fn members_or_self(&self) -> &[Node] {
        match &self.content {
            Content::Group(members, _) => members,
            Content::Leaf(_) => std::slice::from_ref(self),
        }
    }

    /// True for an unnamed group whose members belong to the group around.
    pub fn is_lifted(&self) -> bool {
        matches!(self.content, Content::Group(_, true))
    }

    /// True if all its occurrences together always take the same room.
    pub fn is_fixed(&self) -> bool {
        !self.varying && self.table.as_ref().is_none_or(|table| table.counter.is_none())
    }

    /// Bytes of all occurrences, if they always take the same room.
    pub fn fixed_size(&self) -> Option<usize> {
        self.is_fixed().then(|| self.length * self.most())
    }

    /// Most occurrences; 1 if it is no table.
    pub fn most(&self) -> usize {
        self.table.as_ref().map_or(1, |table| table.max)
    }

    /// Values that one occurrence has at most, as columns side by side.
    pub fn columns(&self) -> usize {
        self.columns
    }
}

struct Builder<'a> {
    layout: &'a Layout,
    coding: &'a Coding,
    selection: &'a Selection,
    counters: Vec<FieldId>,
}

impl Builder<'_> {
    fn find_counters(&self) -> Vec<FieldId> {
        let mut counters: Vec<FieldId> = Vec::new();
        for (_, field) in self.layout.fields() {
            let counter = field.occurs.as_ref().and_then(|occurs| occurs.depending_on);
            counters.extend(counter.filter(|id| !counters.contains(id)));
        }
        counters
    }

    /// The nodes of a group's members. `names` are those already taken in the object that they will be members of.
    fn members(&self, ids: &[FieldId], group: Option<&Field>, names: &mut HashSet<String>) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::with_capacity(ids.len());
        let mut end = group.map_or(0, |group| group.offset);
        for &id in ids {
            let field = self.layout.field(id);
            let mut node = self.node(id, field, names);
            let object = field.redefines.and_then(|object| ids.iter().position(|other| *other == object));
            match object.filter(|&at| at < nodes.len() && group.is_some()) {
                Some(object) => {
                    let index = nodes.len();
                    nodes[object].redefinitions.push(index);
                    node.redefines = true;
                }
                None if group.is_some() => node.slack = field.offset.saturating_sub(end),
                None => {}
            }
            end = end.max(field.offset + node.length * node.most());
            nodes.push(node);
        }
        nodes
    }

    fn node(&self, id: FieldId, field: &Field, names: &mut HashSet<String>) -> Node {
        let lifted = field.is_lifted();
        let content = if field.children.is_empty() {
            Content::Leaf(self.leaf(id))
        } else if lifted && field.parent.is_some() {
            Content::Group(self.members(&field.children, Some(field), names), true)
        } else if lifted {
            // Records do not share their members.
            Content::Group(self.members(&field.children, Some(field), &mut HashSet::new()), true)
        } else {
            Content::Group(self.members(&field.children, Some(field), &mut HashSet::new()), false)
        };
        let hidden = match &content {
            Content::Leaf(_) => !self.is_wanted(id, field),
            Content::Group(members, _) => members.iter().all(|member| member.hidden),
        };
        let varying = match &content {
            Content::Leaf(_) => false,
            Content::Group(members, _) => members.iter().any(|member| !member.is_fixed()),
        };
        let name = match hidden || lifted {
            true => field.display_name().to_owned(),
            false => unique_member(field.display_name(), names),
        };
        Node {
            id,
            name,
            content,
            table: field.occurs.as_ref().map(|occurs| Table {
                max: occurs.max as usize,
                min: occurs.min as usize,
                counter: occurs.depending_on.map(|counter| (counter, self.slot(counter).unwrap_or(0))),
                texts: self.counter_texts(id),
            }),
            length: field.length,
            slack: 0,
            redefinitions: Vec::new(),
            redefines: false,
            when: self.selection.views.iter().find(|(view, _)| *view == id).map(|(_, when)| when.clone()),
            hidden,
            varying,
            counter: self.slot(id),
            column: 0,
            columns: 0,
        }
    }

    fn is_wanted(&self, id: FieldId, field: &Field) -> bool {
        let named = self.selection.fillers || field.name.is_some();
        named && (self.selection.fields.is_empty() || self.is_within(id, &self.selection.fields))
    }

    fn is_within(&self, id: FieldId, groups: &[FieldId]) -> bool {
        let parent = |id: &FieldId| self.layout.field(*id).parent;
        std::iter::successors(Some(id), parent).any(|id| groups.contains(&id))
    }

    fn leaf(&self, id: FieldId) -> Leaf {
        let field = self.layout.field(id);
        let page = self.page(id);
        Leaf::new(id, field, page, self.coding, initial_bytes(field, page))
    }

    /// The code page of a field: its own, or that of the innermost group that has one.
    fn page(&self, id: FieldId) -> CodePage {
        let own = |id: FieldId| {
            self.coding.field_pages.iter().find(|(field, _)| *field == id).map(|(_, page)| *page)
        };
        std::iter::successors(Some(id), |id| self.layout.field(*id).parent)
            .find_map(own)
            .unwrap_or(self.coding.page)
    }

    fn slot(&self, id: FieldId) -> Option<usize> {
        self.counters.iter().position(|counter| *counter == id)
    }

    fn counter_texts(&self, table: FieldId) -> Vec<(String, u32)> {
        self.coding
            .counters
            .iter()
            .find(|(id, _)| *id == table)
            .map_or_else(Vec::new, |(_, texts)| texts.clone())
    }
}

/// Gives every node its first column in its group, and returns the column after the last.
fn place_columns(nodes: &mut [Node], first: usize) -> usize {
    let mut column = first;
    for node in nodes {
        node.column = column;
        node.columns = match &mut node.content {
            // The members of a lifted group have their place in the group around.
            Content::Group(members, true) => place_columns(members, column) - column,
            Content::Group(members, false) => place_columns(members, 0),
            Content::Leaf(_) => usize::from(!node.hidden),
        };
        column = column.saturating_add(node.columns.saturating_mul(node.most()));
    }
    column
}
