//! The fields of both sides beside each other, and where they lie in a record.

use std::collections::HashMap;

use super::side::{Side, Which};
use crate::codec::{BadNumberPolicy, Decoder, Leaf, Node, Policy, Seen, Sink, Tree};
use crate::copybook::{Field, FieldId, Layout};
use crate::diag::Result;
use crate::record::Origin;

/// An elementary field of one or both sides.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name on the left, or on the right if it is there alone. Unnamed fields are `FILLER@331`, by their first byte.
    pub name: String,
    /// Its codec on each side.
    pub leaves: [Option<Leaf>; 2],
    /// Offset (from 0) and length on each side, with all tables at their maximum and first occurrence.
    pub places: [Option<(usize, usize)>; 2],
    /// PICTURE and USAGE, for people.
    pub shape: String,
    /// True for a field without a name.
    pub unnamed: bool,
    /// True if it is compared.
    pub compared: bool,
    /// True if it is a named number on both sides, so that its sums can stand beside each other.
    pub summed: bool,
}

impl Column {
    /// Decimals of its numbers on a side.
    pub fn scale(&self, which: Which) -> Option<i16> {
        self.leaves[which.index()].as_ref()?.precision().map(|(_, scale)| scale)
    }
}

/// One occurrence of a field in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Position in [`Fields::columns`].
    pub column: u32,
    /// Its subscripts, 20 bits each, the last lowest; 0 outside tables.
    pub path: u64,
    /// First byte.
    pub start: u32,
    /// The byte behind the last.
    pub end: u32,
}

impl Cell {
    /// Its bytes in the record.
    pub fn of(self, record: &[u8]) -> &[u8] {
        record.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Subscripts as `(2,1)`; empty outside tables.
pub fn subscripts(path: u64) -> String {
    if path == 0 {
        return String::new();
    }
    let parts = [path >> 40, path >> 20 & 0xF_FFFF, path & 0xF_FFFF];
    let shown: Vec<String> = parts.iter().skip_while(|part| **part == 0).map(u64::to_string).collect();
    format!("({})", shown.join(","))
}

/// How records are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Both sides have the same layout in the same code page: bytes first, fields where they differ.
    Bytes,
    /// Layouts, code pages or forms of numbers differ: values, field by field.
    Values,
}

/// Cells that are the same in every record, and where the last of them ends.
#[derive(Debug)]
struct Still {
    cells: Vec<Cell>,
    reach: usize,
}

/// The fields of both sides.
#[derive(Debug)]
pub struct Fields {
    /// Those of the left in order, then those of the right alone.
    pub columns: Vec<Column>,
    /// How records are compared.
    pub mode: Mode,
    /// True if the same bytes in a record mean the same on both sides.
    pub bytes_mean_the_same: bool,
    /// By field of a side: its column.
    by_field: [HashMap<FieldId, u32>; 2],
    /// By kind of a side: the cells, if they are the same in every record.
    still: [Vec<Option<Still>>; 2],
    /// By kind of the left: the kind of the same name on the right.
    pub kinds: Vec<Option<usize>>,
}

impl Fields {
    /// Pairs the fields by name; `renamed` gives pairs of a left and a right field that are one.
    pub fn new(left: &Side, right: &Side, renamed: &[(FieldId, FieldId)]) -> Self {
        let (a, b) = (&*left.form.tree.format.layout, &*right.form.tree.format.layout);
        let same = same_shape(a, b);
        let alike = same
            && renamed.is_empty()
            && !left.from_text
            && !right.from_text
            && left.form.tree.format.page == right.form.tree.format.page
            && left.form.meaning.has_floats_of(&right.form.meaning);
        let mut fields = Fields {
            columns: Vec::new(),
            mode: if alike { Mode::Bytes } else { Mode::Values },
            bytes_mean_the_same: !left.from_text
                && !right.from_text
                && left.form.tree.format.page == right.form.tree.format.page,
            by_field: [HashMap::new(), HashMap::new()],
            still: [Vec::new(), Vec::new()],
            kinds: paired_kinds(left, right),
        };
        for (id, field) in a.fields().filter(|(_, field)| field.children.is_empty() && field.level != 66) {
            let partner = partner(a, b, id, same, renamed);
            fields.add(left, right, (Some(id), partner), field);
        }
        let known: Vec<FieldId> = fields.by_field[1].keys().copied().collect();
        let elementary = |(_, field): &(FieldId, &Field)| field.children.is_empty() && field.level != 66;
        for (id, field) in b.fields().filter(elementary).filter(|(id, _)| !known.contains(id)) {
            fields.add(left, right, (None, Some(id)), field);
        }
        fields.still = [fields.standing(left, Which::Left), fields.standing(right, Which::Right)];
        fields
    }

    fn add(&mut self, left: &Side, right: &Side, (a, b): (Option<FieldId>, Option<FieldId>), field: &Field) {
        let (left_tree, right_tree) = (&left.form.tree, &right.form.tree);
        let leaves =
            [a.and_then(|id| left_tree.leaf(id)).cloned(), b.and_then(|id| right_tree.leaf(id)).cloned()];
        let place = |tree: &Tree, id: Option<FieldId>| {
            id.map(|id| (tree.format.layout.field(id).offset, tree.format.layout.field(id).length))
        };
        let places = [place(left_tree, a), place(right_tree, b)];
        let layout = if a.is_some() { &left_tree.format.layout } else { &right_tree.format.layout };
        let unnamed = field.name.is_none();
        let is_lacking = |side: &Side, id: Option<FieldId>| {
            id.is_none_or(|id| side.lacks.contains(&id)) || unnamed && side.from_text
        };
        let is_number = |leaf: &Option<Leaf>| leaf.as_ref().is_some_and(|leaf| leaf.precision().is_some());
        let summed = !unnamed && leaves.iter().all(is_number);
        let at = self.columns.len() as u32;
        a.map(|id| self.by_field[0].insert(id, at));
        b.map(|id| self.by_field[1].insert(id, at));
        self.columns.push(Column {
            name: name(layout, a.or(b).unwrap_or(FieldId(0)), field),
            leaves,
            places,
            shape: field.shape_text(),
            unnamed,
            compared: !is_lacking(left, a) && !is_lacking(right, b),
            summed,
        });
    }

    /// The column of a field of a side.
    pub fn column(&self, which: Which, id: FieldId) -> Option<u32> {
        self.by_field[which.index()].get(&id).copied()
    }

    /// The cells of each kind whose records all have the same.
    fn standing(&self, side: &Side, which: Which) -> Vec<Option<Still>> {
        let tree = &side.form.tree;
        let of_record = |record: usize| {
            let root = tree.records.get(record).filter(|root| stands_still(root))?;
            let empty = vec![tree.format.page.space(); root.length * root.most() + tree.format.layout.head()];
            let cells = self.walk(tree, which, record, &empty, Origin::default()).ok()?;
            let reach = cells.iter().map(|cell| cell.end as usize).max().unwrap_or(0);
            Some(Still { cells, reach })
        };
        side.form.kinds.list().iter().map(|kind| of_record(kind.record)).collect()
    }

    /// The cells of a record of a kind, if its kind has them at fixed places and the record is long enough.
    pub fn still(&self, which: Which, kind: usize, record: &[u8]) -> Option<&[Cell]> {
        let still = self.still[which.index()].get(kind)?.as_ref()?;
        (record.len() >= still.reach).then_some(&still.cells)
    }

    /// The cells of every record of a kind, if they are the same in all.
    pub fn cells_of_kind(&self, which: Which, kind: usize) -> Option<&[Cell]> {
        let still = self.still[which.index()].get(kind)?.as_ref()?;
        Some(&still.cells)
    }

    /// The cells of a record of a kind, wherever they are.
    pub fn cells(
        &self,
        side: &Side,
        which: Which,
        kind: usize,
        record: &[u8],
        origin: Origin<'_>,
    ) -> Result<Vec<Cell>> {
        let record_kind = side.form.kinds.list().get(kind).map_or(0, |kind| kind.record);
        match self.still(which, kind, record) {
            Some(cells) => Ok(cells.to_vec()),
            None => self.walk(&side.form.tree, which, record_kind, record, origin),
        }
    }

    fn walk(
        &self,
        tree: &Tree,
        which: Which,
        record_kind: usize,
        record: &[u8],
        origin: Origin<'_>,
    ) -> Result<Vec<Cell>> {
        let mut sink = CellSink {
            columns: &self.by_field[which.index()],
            base: record.as_ptr() as usize,
            cells: Vec::new(),
            reach: 0,
            tables: Vec::new(),
            beside: 0,
        };
        let mut decoder = Decoder::new(tree, BadNumberPolicy::all(Policy::Raw), None);
        decoder.record(record_kind, record, origin, &mut sink)?;
        Ok(sink.cells)
    }
}

/// True if both describe records in the same way, whatever their texts look like.
fn same_shape(a: &Layout, b: &Layout) -> bool {
    let same = |x: &Field, y: &Field| {
        (&x.name, x.level, x.parent, x.offset, x.length, x.redefines, x.justified)
            == (&y.name, y.level, y.parent, y.offset, y.length, y.redefines, y.justified)
            && (x.shape, &x.occurs, &x.dims) == (y.shape, &y.occurs, &y.dims)
            && x.edit == y.edit
    };
    a.fields().count() == b.fields().count()
        && a.compiler() == b.compiler()
        && (a.length(), a.head(), a.tail()) == (b.length(), b.head(), b.tail())
        && a.fields().zip(b.fields()).all(|((_, x), (_, y))| same(x, y))
}

/// The field of the right that is a field of the left.
fn partner(
    a: &Layout,
    b: &Layout,
    id: FieldId,
    same: bool,
    renamed: &[(FieldId, FieldId)],
) -> Option<FieldId> {
    if let Some((_, right)) = renamed.iter().find(|(left, _)| *left == id) {
        return Some(*right);
    }
    let free = |right: &FieldId| !renamed.iter().any(|(_, taken)| taken == right);
    if same {
        return Some(id).filter(free);
    }
    let name = a.field(id).name.as_deref()?;
    let candidates: Vec<FieldId> = b
        .find_all(name, &[])
        .into_iter()
        .filter(|right| b.field(*right).children.is_empty())
        .filter(free)
        .collect();
    match candidates.as_slice() {
        [only] => Some(*only),
        several => several.iter().copied().find(|right| b.path(*right) == a.path(id)),
    }
}

fn paired_kinds(left: &Side, right: &Side) -> Vec<Option<usize>> {
    let (ours, theirs) = (&left.form.kinds, &right.form.kinds);
    match (ours.is_single(), theirs.is_single()) {
        (true, true) => vec![Some(0)],
        _ => ours.list().iter().map(|kind| theirs.named(&kind.name)).collect(),
    }
}

/// The name, with as many groups as make it unique.
fn name(layout: &Layout, id: FieldId, field: &Field) -> String {
    let Some(own) = &field.name else { return format!("FILLER@{}", field.offset + 1) };
    if layout.find_all(own, &[]).len() <= 1 {
        return own.clone();
    }
    let mut name = own.clone();
    let mut qualifiers = Vec::new();
    let mut group = field.parent;
    while let Some(above) = group {
        let parent = layout.field(above);
        if let Some(text) = &parent.name {
            qualifiers.push(text.as_str());
            name = format!("{own} OF {}", qualifiers.join(" OF "));
            if layout.find_all(own, &qualifiers).len() <= 1 {
                return name;
            }
        }
        group = parent.parent;
    }
    if layout.find_all(own, &qualifiers).contains(&id) { name } else { own.clone() }
}

/// True if neither counters nor conditions have a say in where anything in an item stands.
fn stands_still(node: &Node) -> bool {
    node.table.as_ref().is_none_or(|table| table.counter.is_none())
        && node.when.is_none()
        && node.members().iter().all(stands_still)
}

/// Gathers the fields of one record. Where views share storage those count that give its bytes back.
struct CellSink<'s> {
    columns: &'s HashMap<FieldId, u32>,
    base: usize,
    cells: Vec<Cell>,
    /// Where the last of them ends: what begins before is another view of the same storage.
    reach: u32,
    /// Tables around and the occurrence each is at.
    tables: Vec<(FieldId, u64)>,
    /// How deep we are in a view that does not count.
    beside: usize,
}

impl CellSink<'_> {
    fn is_beside(node: &Node) -> bool {
        node.redefines && node.when.is_none()
    }

    fn step(&mut self, node: &Node) {
        if let Some((table, occurrence)) = self.tables.last_mut()
            && *table == node.id
        {
            *occurrence += 1;
        }
    }
}

impl Sink for CellSink<'_> {
    fn open(&mut self, node: &Node) {
        self.step(node);
        self.beside += usize::from(self.beside > 0 || Self::is_beside(node));
    }

    fn close(&mut self, _node: &Node) {
        self.beside = self.beside.saturating_sub(1);
    }

    fn open_table(&mut self, node: &Node) {
        self.tables.push((node.id, 0));
    }

    fn close_table(&mut self, _node: &Node, _count: usize) {
        self.tables.pop();
    }

    fn value(&mut self, node: &Node, _leaf: &Leaf, bytes: &[u8]) -> Seen {
        self.step(node);
        if self.beside == 0
            && !Self::is_beside(node)
            && let Some(column) = self.columns.get(&node.id)
        {
            // The bytes are a part of the record, so their distance is their place.
            let start = (bytes.as_ptr() as usize).saturating_sub(self.base) as u32;
            let end = start + bytes.len() as u32;
            if start >= self.reach {
                let path = self.tables.iter().fold(0, |path: u64, (_, at)| path << 20 | at);
                self.cells.push(Cell { column: *column, path, start, end });
                self.reach = end;
            }
        }
        Seen::Canonical
    }

    fn bad(&mut self, _node: &Node, _leaf: &Leaf, _bytes: &[u8], _instead: Policy) {}

    fn absent(&mut self, node: &Node, _occurrences: usize) {
        self.step(node);
    }
}
