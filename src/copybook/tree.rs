//! Entries to a tree: level numbers say which item belongs to which group.

use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Source, codes};

use super::entry::Entry;
use super::layout::{Dim, Edit, Occurs, Shape};
use super::names::Names;
use super::options::{Area, CopybookOptions};

/// An item on its way to a field.
#[derive(Debug)]
pub(super) struct Item {
    /// What was written.
    pub entry: Entry,
    /// The group; for level 66 the record.
    pub parent: Option<usize>,
    /// Subordinate items, level 66 left out.
    pub children: Vec<usize>,
    /// The record it belongs to.
    pub root: usize,
    /// One past the last item inside.
    pub end: usize,
    /// First of the chain of redefinitions.
    pub redefines: Option<usize>,
    /// What its bytes mean.
    pub shape: Shape,
    /// USAGE as COBOL says it; empty for a group.
    pub usage: &'static str,
    /// The multiple of bytes from the start of the record that it begins at: more than 1 with SYNCHRONIZED only.
    pub boundary: u8,
    /// How its characters come about, if it is edited.
    pub edit: Option<Edit>,
    /// Its table.
    pub occurs: Option<Occurs>,
    /// Subscripts of a reference.
    pub dims: Vec<Dim>,
    /// Bytes of one occurrence, at most.
    pub length: u64,
    /// Bytes of one occurrence, at least.
    pub length_min: u64,
    /// From the start of the record, or of the area if records follow each other.
    pub offset: u64,
    /// The same with every table before it at its minimum.
    pub offset_min: u64,
    /// Slack bytes before it.
    pub slack: u64,
    /// Slack bytes at its end, which are part of its length.
    pub padding: u64,
    /// There is a DEPENDING ON inside.
    pub varying: bool,
    /// Offset or length depend on a counter.
    pub moving: bool,
}

impl Item {
    fn new(entry: Entry, parent: Option<usize>, index: usize) -> Self {
        Item {
            entry,
            parent,
            children: Vec::new(),
            root: index,
            end: index + 1,
            redefines: None,
            shape: Shape::Group,
            usage: "",
            boundary: 1,
            edit: None,
            occurs: None,
            dims: Vec::new(),
            length: 0,
            length_min: 0,
            offset: 0,
            offset_min: 0,
            slack: 0,
            padding: 0,
            varying: false,
            moving: false,
        }
    }

    /// True if the bytes it takes in its group depend on a counter.
    pub(super) fn takes_varying_room(&self) -> bool {
        self.varying || self.occurs.as_ref().is_some_and(|occurs| occurs.depending_on.is_some())
    }

    /// True for level 66.
    pub(super) fn is_renames(&self) -> bool {
        self.entry.level == 66
    }
}

/// A copybook between entries and layout.
pub(super) struct Draft {
    /// Items in the order of the copybook.
    pub items: Vec<Item>,
    /// Level 88 entries with the items they belong to.
    pub conditions: Vec<(Entry, usize)>,
    /// How to read.
    pub options: CopybookOptions,
    /// Items by name.
    pub names: Names,
    /// What was found so far.
    pub diagnostics: Diagnostics,
}

impl Draft {
    /// The item, for messages.
    pub(super) fn shown(&self, index: usize) -> String {
        self.items[index].entry.shown()
    }

    /// True if `inner` is `outer` or inside it.
    pub(super) fn is_within(&self, inner: usize, outer: usize) -> bool {
        (outer..self.items[outer].end).contains(&inner)
    }

    /// Adds a message.
    pub(super) fn report(&mut self, diagnostic: Box<Diagnostic>) {
        self.diagnostics.push(diagnostic);
    }
}

/// Builds the tree.
pub(super) fn build(
    source: &Arc<Source>,
    entries: Vec<Entry>,
    options: CopybookOptions,
    diagnostics: Diagnostics,
) -> Draft {
    let empty = entries.is_empty();
    let mut builder = Builder {
        area: options.area,
        items: Vec::new(),
        conditions: Vec::new(),
        open: Vec::new(),
        diagnostics,
    };
    for entry in entries {
        builder.add(entry);
    }
    builder.close();
    let Builder { items, conditions, mut diagnostics, .. } = builder;
    if empty && !diagnostics.has_errors() {
        let error = Diagnostic::error(codes::CPY021, "there is no data description in this copybook");
        let span = crate::diag::Span::new(source, 0..0);
        diagnostics.push(
            error.at(&span, "").hint(
                "check that this is the right file; in fixed format the text stands in columns 8 to 72",
            ),
        );
    }
    let names = Names::new(&items);
    Draft { items, conditions, options, names, diagnostics }
}

struct Builder {
    area: Area,
    items: Vec<Item>,
    conditions: Vec<(Entry, usize)>,
    /// The items from the record down to the last one.
    open: Vec<usize>,
    diagnostics: Diagnostics,
}

impl Builder {
    fn add(&mut self, entry: Entry) {
        match entry.level {
            88 => self.condition(entry),
            66 => self.renames(entry),
            1 | 77 => self.record(entry),
            _ => self.member(entry),
        }
    }

    fn condition(&mut self, entry: Entry) {
        let problem = match self.items.last() {
            Some(item) if !item.is_renames() => return self.conditions.push((entry, self.items.len() - 1)),
            Some(_) => "a condition cannot belong to an entry of level 66",
            None => "this condition has no item before it to belong to",
        };
        let error = Diagnostic::error(codes::CPY019, problem);
        self.diagnostics.push(error.at(&entry.span, "").hint("put it right after the item that it tests"));
    }

    fn renames(&mut self, entry: Entry) {
        let Some(root) = self.items.last().map(|item| item.root) else {
            let error = Diagnostic::error(codes::CPY018, "this RENAMES has no record before it");
            self.diagnostics.push(error.at(&entry.span, "").hint("put it after the last item of the record"));
            return;
        };
        let index = self.items.len();
        let mut item = Item::new(entry, Some(root), index);
        item.root = root;
        self.items.push(item);
    }

    fn record(&mut self, entry: Entry) {
        if entry.level == 77 && self.area == Area::File {
            let warning =
                Diagnostic::warning(codes::CPY023, "level 77 in the record of a file is taken as level 01");
            self.diagnostics
                .push(warning.at(&entry.span, "").hint("write 01, or read it as WORKING-STORAGE"));
        }
        self.open.clear();
        self.push(entry, None);
    }

    fn member(&mut self, entry: Entry) {
        if self.items.last().is_some_and(Item::is_renames) {
            let message = format!("level {:02} cannot follow the RENAMES of its record", entry.level);
            let error = Diagnostic::error(codes::CPY013, message);
            self.diagnostics
                .push(error.at(&entry.span, "").hint("put level 66 after the last item of the record"));
        }
        while self.open.last().is_some_and(|&last| self.items[last].entry.level >= entry.level) {
            self.open.pop();
        }
        if self.open.is_empty() {
            self.open_implied_record(&entry);
        }
        self.check_siblings(&entry);
        let parent = self.open.last().copied();
        self.push(entry, parent);
    }

    /// A fragment without level 01 is a record of its own.
    fn open_implied_record(&mut self, first: &Entry) {
        if !self.items.is_empty() {
            let message = format!("level {:02} cannot follow level 77", first.level);
            let error = Diagnostic::error(codes::CPY013, message);
            self.diagnostics.push(error.at(&first.span, "").hint("begin a record with level 01 before it"));
        }
        self.push(Entry::new(1, None, first.span.clone()), None);
    }

    /// Members of a group should have one level number; where they have not, the smaller closes the larger.
    fn check_siblings(&mut self, entry: &Entry) {
        let Some(&parent) = self.open.last() else { return };
        let Some(&sibling) = self.items[parent].children.first() else { return };
        let sibling = &self.items[sibling].entry;
        if sibling.level == entry.level {
            return;
        }
        let message = format!(
            "level {:02} is not the level {:02} of `{}`, which is in the same group",
            entry.level,
            sibling.level,
            sibling.shown()
        );
        let warning = Diagnostic::warning(codes::CPY023, message);
        self.diagnostics
            .push(warning.at(&entry.span, "").hint("give all members of a group the same level number"));
    }

    fn push(&mut self, entry: Entry, parent: Option<usize>) {
        let index = self.items.len();
        let mut item = Item::new(entry, parent, index);
        if let Some(parent) = parent {
            item.root = self.items[parent].root;
            self.items[parent].children.push(index);
        }
        self.items.push(item);
        self.open.push(index);
    }

    /// Fills in where every group ends.
    fn close(&mut self) {
        for index in (0..self.items.len()).rev() {
            let end = self.items[index].end;
            let parent = self.items[index].parent.filter(|_| !self.items[index].is_renames());
            if let Some(parent) = parent {
                self.items[parent].end = self.items[parent].end.max(end);
            }
        }
    }
}
