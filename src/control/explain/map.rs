//! What lies where in a record: names of fields at every point of a pass.

use super::words::{columns, count, listed, parsed, range};
use crate::control::deck::{Symbol, Symbols};
use crate::control::syntax::Place;
use crate::copybook::{Field, Layout};
use crate::dataset::WORD;
use crate::diag::Span;

use super::document::MapTable;

/// Occurrences of a table that have names.
const OCCURRENCES: u32 = 1000;
/// Fields of a map that names are looked up in.
const FIELDS: usize = 100_000;
/// Names that are listed one by one.
const LISTED: usize = 4;

/// A field that is known to lie somewhere.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// First byte, from 1.
    pub at: u32,
    /// Bytes.
    pub length: u32,
    /// Its name, or what it holds.
    pub name: String,
    /// A group of others.
    pub group: bool,
}

/// What is known of records at some point.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordMap {
    pub fields: Vec<Known>,
}

impl RecordMap {
    /// The fields of copybooks, several of which describe the same bytes.
    pub fn of(layouts: &[&Layout], variable: bool) -> Self {
        let mut map = RecordMap::default();
        let base = if variable { WORD as u32 } else { 0 };
        if variable && !layouts.is_empty() {
            map.fields.push(Known { at: 1, length: base, name: "RDW".to_owned(), group: false });
        }
        for layout in layouts {
            for (_, field) in layout.fields() {
                map.add(field, layout, base);
            }
        }
        map
    }

    fn add(&mut self, field: &Field, layout: &Layout, base: u32) {
        let Some(name) = field.name.as_ref().filter(|_| field.level != 88) else { return };
        let mut places = vec![(field.offset, String::new())];
        for dim in &field.dims {
            let times = dim.max.min(OCCURRENCES);
            let each = |(offset, subscripts): &(usize, String)| {
                let (offset, subscripts) = (*offset, subscripts.clone());
                let stride = dim.stride;
                (0..times).map(move |index| {
                    let comma = if subscripts.is_empty() { "" } else { "," };
                    (offset + stride * index as usize, format!("{subscripts}{comma}{}", index + 1))
                })
            };
            places = places.iter().flat_map(each).take(FIELDS).collect();
        }
        let whole = field.parent.is_none() && field.length == layout.length();
        for (offset, subscripts) in places {
            if self.fields.len() >= FIELDS {
                return;
            }
            let name = if subscripts.is_empty() { name.clone() } else { format!("{name}({subscripts})") };
            let at = base.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX - base - 1)) + 1;
            let length = u32::try_from(field.length).unwrap_or(u32::MAX);
            let group = whole && !field.children.is_empty() || !field.children.is_empty();
            self.fields.push(Known { at, length, name, group });
        }
    }

    /// The fields within some bytes, moved to where these are copied.
    pub fn moved(&self, from: u32, length: Option<u32>, to: u32) -> Vec<Known> {
        let end = length.map_or(u64::MAX, |length| u64::from(from) + u64::from(length));
        let inside =
            |known: &&Known| known.at >= from && u64::from(known.at) + u64::from(known.length) <= end;
        let moved = |known: &Known| Known { at: to.saturating_add(known.at - from), ..known.clone() };
        self.fields.iter().filter(inside).map(moved).collect()
    }

    /// Forgets what lies in some bytes, wholly or in part.
    pub fn forget(&mut self, at: u32, length: u32) {
        let end = u64::from(at) + u64::from(length);
        let apart = |known: &Known| {
            u64::from(known.at) >= end || u64::from(known.at) + u64::from(known.length) <= u64::from(at)
        };
        // A group that is changed in part still is where it was.
        self.fields.retain(|known| apart(known) || known.group && known.at <= at && known.length > length);
    }

    /// Names what lies in some bytes; `None` if nothing is known.
    pub fn name(&self, at: u32, length: u32) -> Option<String> {
        let end = u64::from(at) + u64::from(length);
        let ends = |known: &Known| u64::from(known.at) + u64::from(known.length);
        let exact = self.fields.iter().filter(|known| known.at == at && known.length == length);
        let (leaf, group): (Vec<&Known>, Vec<&Known>) = exact.partition(|known| !known.group);
        if let Some(known) = leaf.first().or(group.first()) {
            return Some(known.name.clone());
        }
        let mut parts = Vec::new();
        let mut next = u64::from(at);
        let mut leaves: Vec<&Known> = self.fields.iter().filter(|known| !known.group).collect();
        leaves.sort_by_key(|known| known.at);
        for known in leaves {
            if u64::from(known.at) >= end || ends(known) <= next {
                continue;
            }
            let whole = u64::from(known.at) >= next && ends(known) <= end;
            parts.push(if whole { known.name.clone() } else { part_of(known, next, end) });
            next = ends(known);
        }
        match parts.len() {
            0 => self
                .fields
                .iter()
                .find(|known| known.at <= at && ends(known) >= end)
                .map(|known| part_of(known, u64::from(at), end)),
            parts_count if parts_count > LISTED => Some(format!(
                "{} to {} ({})",
                parts[0],
                parts[parts_count - 1],
                count(parts_count as u64, "field")
            )),
            _ => Some(listed(&parts)),
        }
    }

    /// The map as a table: fields that are no groups.
    pub fn table(&self, title: &str, length: Option<usize>, from: &str) -> MapTable {
        let mut fields: Vec<&Known> = self.fields.iter().filter(|known| !known.group).collect();
        fields.sort_by_key(|known| known.at);
        let mut rows: Vec<[String; 3]> = (fields.iter())
            .map(|known| [range(known.at, known.length), known.name.clone(), from.to_owned()])
            .collect();
        if rows.is_empty()
            && let Some(length) = length
        {
            rows.push([
                range(1, u32::try_from(length).unwrap_or(u32::MAX)),
                "the record".to_owned(),
                from.to_owned(),
            ]);
        }
        MapTable { title: title.to_owned(), rows }
    }
}

/// The bytes of a field that lie between two places.
fn part_of(known: &Known, from: u64, end: u64) -> String {
    let start = from.max(u64::from(known.at)) - u64::from(known.at) + 1;
    let last = end.min(u64::from(known.at) + u64::from(known.length)) - u64::from(known.at);
    let bytes = if start == last { format!("byte {start}") } else { format!("bytes {start}-{last}") };
    format!("part of {} ({bytes})", known.name)
}

/// Names of symbols that cards use.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub symbols: Option<&'a Symbols>,
}

impl Named<'_> {
    /// The symbol that the cards use at a place for these bytes.
    pub fn symbol(&self, place: &Place, span: Option<&Span>) -> Option<String> {
        let symbols = self.symbols?;
        let text = span?.text();
        let Place::Record { position: at, length: bytes } = *place else { return None };
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '#' | '$' | '@' | '_' | '-');
        let words = text.split(|c: char| !is_word(c));
        let mut found = words.filter(|word| {
            matches!(symbols.get(word), Some(Symbol::Field { position, length: Some(length), .. })
                if *position == at && *length == bytes)
        });
        found.next().map(str::to_owned)
    }
}

/// A place in words: its name and its columns.
pub(super) fn place(place: &Place, map: &RecordMap, named: Named<'_>, span: Option<&Span>) -> String {
    if let Some(parsed) = parsed(place) {
        return parsed;
    }
    let Place::Record { position, length } = *place else { return String::new() };
    let columns = columns(position, length);
    let name = named.symbol(place, span).or_else(|| map.name(position, length));
    match name {
        Some(name) => format!("{name} ({columns})"),
        None => columns,
    }
}
