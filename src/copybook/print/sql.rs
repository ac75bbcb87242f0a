//! A record as SQL tables.

use std::collections::HashSet;
use std::fmt::Write;

use super::members::{Member, precision, records};
use crate::copybook::layout::{Field, FloatWidth, Layout, NumberShape, Shape, Usage};

/// The number of a record in its file, in every table.
const RECORD_NUMBER: &str = "RECORD_NO";

/// CREATE TABLE statements in ANSI SQL: one table for each 01 level, and one for each OCCURS, whose rows carry the number
/// of the record and of the occurrence. Groups are flattened, FILLER is left out, redefinitions are columns too.
pub fn to_sql(layout: &Layout) -> String {
    let mut tables = Tables { names: HashSet::new(), text: String::new() };
    for record in records(layout) {
        let keys = vec![RECORD_NUMBER.to_owned()];
        let name = tables.unique(&record.name);
        let (columns, inner) = match record.occurs() {
            // The record itself is the table.
            Some(_) => (Vec::new(), vec![&record]),
            None => columns(std::slice::from_ref(&record)),
        };
        tables.create(&name, &keys, &columns, None);
        inner.into_iter().for_each(|table| tables.child(table, &name, &keys));
    }
    tables.text
}

struct Tables {
    names: HashSet<String>,
    text: String,
}

/// A column and its field.
type Column<'a> = (String, &'a Field);

impl Tables {
    /// The table of an OCCURS and those inside it.
    fn child(&mut self, table: &Member, parent: &str, parent_keys: &[String]) {
        let name = self.unique(&format!("{parent}_{}", table.name));
        let mut keys = parent_keys.to_vec();
        let mut taken: HashSet<String> = keys.iter().cloned().collect();
        keys.push(unique(&mut taken, &format!("{}_NO", table.name)));
        let (mut columns, inner) = match table.members.as_slice() {
            [] => (leaf(table), Vec::new()),
            members => columns_of(members),
        };
        for (column, _) in &mut columns {
            *column = unique(&mut taken, column);
        }
        self.create(&name, &keys, &columns, Some((parent, parent_keys)));
        inner.into_iter().for_each(|table| self.child(table, &name, &keys));
    }

    fn create(&mut self, name: &str, keys: &[String], columns: &[Column], parent: Option<(&str, &[String])>) {
        let text = &mut self.text;
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "CREATE TABLE {} (", quoted(name));
        for key in keys {
            let kind = if key == RECORD_NUMBER { "BIGINT" } else { "INTEGER" };
            let _ = writeln!(text, "  {} {kind} NOT NULL,", quoted(key));
        }
        for (column, field) in columns {
            let _ = writeln!(text, "  {} {},", quoted(column), column_type(field));
        }
        let _ = write!(text, "  PRIMARY KEY ({})", list(keys));
        if let Some((parent, keys)) = parent {
            let keys = list(keys);
            let _ = write!(text, ",\n  FOREIGN KEY ({keys}) REFERENCES {} ({keys})", quoted(parent));
        }
        text.push_str("\n);\n");
    }

    fn unique(&mut self, name: &str) -> String {
        unique(&mut self.names, name)
    }
}

/// The columns of a record, and the tables in it.
fn columns<'a>(record: &'a [Member<'a>]) -> (Vec<Column<'a>>, Vec<&'a Member<'a>>) {
    let (mut columns, tables) = columns_of(record);
    let mut taken = HashSet::from([RECORD_NUMBER.to_owned()]);
    for (column, _) in &mut columns {
        *column = unique(&mut taken, column);
    }
    (columns, tables)
}

/// Columns of elementary items, groups opened; a name that is in several groups gets its group before it.
fn columns_of<'a>(members: &'a [Member<'a>]) -> (Vec<Column<'a>>, Vec<&'a Member<'a>>) {
    let (mut found, mut tables) = (Vec::new(), Vec::new());
    flatten(members, None, &mut found, &mut tables);
    let mut seen = HashSet::new();
    let doubled: HashSet<&str> =
        found.iter().map(|(_, name, _)| *name).filter(|name| !seen.insert(*name)).collect();
    let columns = found
        .iter()
        .map(|&(group, name, field)| match group.filter(|_| doubled.contains(name)) {
            Some(group) => (format!("{group}_{name}"), field),
            None => (name.to_owned(), field),
        })
        .collect();
    (columns, tables)
}

type Found<'a> = (Option<&'a str>, &'a str, &'a Field);

fn flatten<'a>(
    members: &'a [Member<'a>],
    group: Option<&'a str>,
    found: &mut Vec<Found<'a>>,
    tables: &mut Vec<&'a Member<'a>>,
) {
    for member in members {
        if member.occurs().is_some() {
            tables.push(member);
        } else if member.field.children.is_empty() {
            found.push((group, &member.name, member.field));
        } else {
            flatten(&member.members, Some(&member.name), found, tables);
        }
    }
}

/// The one column of a table of elementary items.
fn leaf<'a>(table: &'a Member<'a>) -> Vec<Column<'a>> {
    match table.field.children.is_empty() {
        true => vec![(table.name.clone(), table.field)],
        false => Vec::new(),
    }
}

fn column_type(field: &Field) -> String {
    match field.shape {
        Shape::Number(number) => number_type(number),
        Shape::Float(FloatWidth::Short) => "REAL".to_owned(),
        Shape::Float(FloatWidth::Long) => "DOUBLE PRECISION".to_owned(),
        Shape::National | Shape::Dbcs => format!("NCHAR({})", field.length / 2),
        Shape::Utf8 => format!("VARCHAR({})", field.length),
        Shape::Address => format!("BINARY({})", field.length),
        Shape::Group | Shape::Text | Shape::Edited(_) => format!("CHAR({})", field.length),
    }
}

fn number_type(shape: NumberShape) -> String {
    match shape.usage {
        Usage::Binary(form) if form.native && shape.scale == 0 && shape.signed => match form.length {
            2 => return "SMALLINT".to_owned(),
            4 => return "INTEGER".to_owned(),
            8 => return "BIGINT".to_owned(),
            _ => {}
        },
        _ => {}
    }
    match precision(shape) {
        (digits, 0) => format!("DECIMAL({digits})"),
        (digits, scale) => format!("DECIMAL({digits},{scale})"),
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// Quoted unless it is a regular identifier and no reserved word.
fn quoted(name: &str) -> String {
    let regular = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    if regular && !RESERVED.contains(&name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name, with a number behind it if it is taken.
fn unique(names: &mut HashSet<String>, name: &str) -> String {
    let mut candidate = name.to_owned();
    let mut number = 1_u32;
    while !names.insert(candidate.clone()) {
        number += 1;
        candidate = format!("{name}_{number}");
    }
    candidate
}

/// Reserved words of SQL:2016 that are likely as data names.
const RESERVED: [&str; 78] = [
    "ALL",
    "AND",
    "ANY",
    "ARRAY",
    "AS",
    "AT",
    "BEGIN",
    "BETWEEN",
    "BOTH",
    "BY",
    "CALL",
    "CASE",
    "CAST",
    "CHAR",
    "CHARACTER",
    "CHECK",
    "CLOSE",
    "COLUMN",
    "COMMIT",
    "CONDITION",
    "COUNT",
    "CREATE",
    "CURRENT",
    "CURSOR",
    "DATE",
    "DAY",
    "DEFAULT",
    "DELETE",
    "DESCRIBE",
    "DISTINCT",
    "END",
    "EXISTS",
    "EXTERNAL",
    "FILTER",
    "FOR",
    "FOREIGN",
    "FROM",
    "FUNCTION",
    "GROUP",
    "HOUR",
    "IN",
    "INDEX",
    "INNER",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "MEMBER",
    "METHOD",
    "MINUTE",
    "MONTH",
    "NULL",
    "OF",
    "ON",
    "ORDER",
    "PARAMETER",
    "PERCENT",
    "POSITION",
    "PRIMARY",
    "RANGE",
    "RANK",
    "RESULT",
    "ROW",
    "ROWS",
    "SECOND",
    "SELECT",
    "SET",
    "START",
    "TABLE",
    "TIME",
    "TO",
    "USER",
    "VALUE",
    "VALUES",
    "WHERE",
    "YEAR",
];
