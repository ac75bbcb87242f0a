//! The fields of records as columns side by side.

use crate::codec::{Content, Node, Tree};
use crate::diag::{Diagnostic, Result, codes};
use crate::expr::Kinds;

/// Most columns of a row; spreadsheets and most readers stop there.
pub const MOST_COLUMNS: usize = 16_384;

/// The column that names the kind of a record, if there are several.
pub const KIND: &str = "_record";

/// Columns that say what values do not.
pub const NOTES: [&str; 3] = ["_length", "_raw", "_frame"];

/// The columns of a file.
#[derive(Clone, Debug)]
pub struct Columns {
    names: Vec<String>,
    /// Of each kind: the 01 level, its name, and the first column and number of columns of its fields.
    kinds: Vec<KindColumns>,
    /// Names of the columns of parents' keys.
    parents: Vec<String>,
    several: bool,
}

#[derive(Clone, Debug)]
struct KindColumns {
    name: String,
    record: usize,
    first: usize,
    count: usize,
}

impl Columns {
    /// The columns of a file's kinds of records. Kinds of one 01 level share its columns.
    pub fn new(tree: &Tree, kinds: &Kinds, parents: Vec<String>) -> Result<Self> {
        let mut columns =
            Columns { names: Vec::new(), kinds: Vec::new(), parents, several: !kinds.is_single() };
        for kind in kinds.list() {
            let known = columns.kinds.iter().find(|other| other.record == kind.record);
            let (first, count) = match known {
                Some(known) => (known.first, known.count),
                None => columns.add(tree, kind.record)?,
            };
            columns.kinds.push(KindColumns { name: kind.name.clone(), record: kind.record, first, count });
        }
        columns.qualify(tree);
        Ok(columns)
    }

    fn add(&mut self, tree: &Tree, record: usize) -> Result<(usize, usize)> {
        let first = self.names.len();
        let Some(root) = tree.records.get(record) else { return Ok((first, 0)) };
        let wanted = first.saturating_add(root.columns());
        if wanted > MOST_COLUMNS {
            let message =
                format!("{} needs {wanted} columns, more than the {MOST_COLUMNS} there can be", root.name);
            return Err(Diagnostic::error(codes::DAT018, message)
                .hint("choose fields with --fields, or write JSON Lines, where tables are lists"));
        }
        name_columns(root.members_or_self(), "", &mut Vec::new(), &mut self.names);
        Ok((first, self.names.len() - first))
    }

    /// Names that several fields have get the names of their groups in front; until then they are full paths.
    fn qualify(&mut self, tree: &Tree) {
        let short = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
        let mut counts = std::collections::HashMap::new();
        self.names.iter().for_each(|path| *counts.entry(short(path)).or_insert(0usize) += 1);
        let owners: Vec<String> = (0..self.names.len())
            .map(|column| {
                let owner =
                    self.kinds.iter().find(|kind| (kind.first..kind.first + kind.count).contains(&column));
                owner
                    .and_then(|kind| tree.records.get(kind.record))
                    .map_or_else(String::new, |root| root.name.clone())
            })
            .collect();
        let mut paths = std::collections::HashMap::new();
        self.names.iter().for_each(|path| *paths.entry(path.clone()).or_insert(0usize) += 1);
        for (name, owner) in self.names.iter_mut().zip(owners) {
            let alone = short(name);
            if counts.get(&alone) == Some(&1) {
                *name = alone;
            } else if paths.get(name.as_str()).is_some_and(|count| *count > 1) {
                *name = format!("{owner}.{name}");
            }
        }
    }

    /// All names in the order of a row.
    pub fn names(&self, notes: bool) -> impl Iterator<Item = &str> {
        let kind = self.several.then_some(KIND);
        let fields = self.parents.iter().chain(&self.names).map(String::as_str);
        kind.into_iter().chain(fields).chain(NOTES.into_iter().filter(move |_| notes))
    }

    /// The columns of fields alone, for readers.
    pub fn fields(&self) -> &[String] {
        &self.names
    }

    /// What the kind's column says, if there is one.
    pub fn kind_name(&self, kind: usize) -> Option<&str> {
        self.several.then(|| self.kinds[kind].name.as_str())
    }

    /// The 01 level of a kind.
    pub fn record(&self, kind: usize) -> usize {
        self.kinds[kind].record
    }

    /// Where the columns of a kind begin.
    pub fn first(&self, kind: usize) -> usize {
        self.kinds[kind].first
    }

    /// Columns of other kinds before and after those of a kind.
    pub fn around(&self, kind: usize) -> (usize, usize) {
        let kind = &self.kinds[kind];
        (kind.first, self.names.len() - kind.first - kind.count)
    }
}

/// Appends the paths of all columns: names of groups with points between, subscripts behind.
fn name_columns(nodes: &[Node], path: &str, subscripts: &mut Vec<usize>, names: &mut Vec<String>) {
    for node in nodes.iter().filter(|node| !node.hidden) {
        for occurrence in 0..node.most() {
            if node.table.is_some() {
                subscripts.push(occurrence + 1);
            }
            match &node.content {
                Content::Group(members, lifted) => {
                    let inner = if *lifted { path.to_owned() } else { format!("{path}{}.", node.name) };
                    name_columns(members, &inner, subscripts, names);
                }
                Content::Leaf(_) => {
                    let list: Vec<String> = subscripts.iter().map(usize::to_string).collect();
                    let subscript =
                        if list.is_empty() { String::new() } else { format!("({})", list.join(",")) };
                    names.push(format!("{path}{}{subscript}", node.name));
                }
            }
            if node.table.is_some() {
                subscripts.pop();
            }
        }
    }
}
