//! BUILD, OVERLAY, FINDREP, PARSE and IFTHEN in words, with the record before and after.

use super::document::{Chapter, MapTable};
use super::items::{self, Told};
use super::map::{Known, RecordMap};
use super::voice::Voice;
use super::words::{bytes, columns, count, range};
use crate::control::operate::{Program, Shape, Usage};
use crate::control::syntax::{
    Action, Clause, FindReplace, Group, Item, Pairing, ParseEnd, ParseField, ParseStart, Push, PushWhat,
    Reform, Value, When,
};
use crate::dataset::WORD;

/// Explains a reformatting; the voice then speaks of records as it leaves them.
pub(super) fn explain(reform: &Reform, voice: &mut Voice<'_>, usage: Usage, chapter: &mut Chapter) {
    let before =
        voice.map.table("The record before:", voice.shape.map(|shape| shape.length), "the record that comes");
    let output = output(reform, voice, usage);
    let mut after = RecordMap::default();
    let mut table = MapTable { title: "The record after:".to_owned(), rows: Vec::new() };
    match reform {
        Reform::Action(one) => {
            act(one, voice, chapter, 0, &mut table);
        }
        Reform::IfThen { clauses, length } => {
            if_then(clauses, voice, chapter, &mut table);
            if let Some(length) = length {
                chapter.say(format!(
                    "Records then have {}, blanks at the end or cut.",
                    count(u64::from(*length), "byte")
                ));
            }
        }
    }
    std::mem::swap(&mut after, &mut voice.map);
    let stripped = voice.variable && output.is_some_and(|shape| !shape.variable) && !is_build(reform);
    let added = !voice.variable && output.is_some_and(|shape| shape.variable) && !is_build(reform);
    let word = WORD as u32;
    for known in &mut after.fields {
        match (stripped, added) {
            (true, _) => known.at = known.at.saturating_sub(word),
            (_, true) => known.at += word,
            _ => {}
        }
    }
    after.fields.retain(|known| known.at > 0);
    voice.map = after;
    chapter.maps.push(before);
    chapter.maps.push(table);
    if let Some(shape) = output {
        voice.variable = shape.variable;
    }
    voice.shape = voice.shape.and(output);
}

fn is_build(reform: &Reform) -> bool {
    matches!(reform, Reform::Action(action) if action.build.is_some())
}

/// What records are like behind it, if that can be told.
fn output(reform: &Reform, voice: &Voice<'_>, usage: Usage) -> Option<Shape> {
    let program = Program::compile(reform, voice.setting, voice.some_shape(), usage).ok()?;
    match voice.shape {
        Some(shape) => {
            Program::compile(reform, voice.setting, shape, usage).ok().map(|program| program.output())
        }
        None => Some(program.output()),
    }
}

/// One way to change a record: its sentences at a depth, its rows in a table.
fn act(action: &Action, voice: &mut Voice<'_>, chapter: &mut Chapter, depth: usize, table: &mut MapTable) {
    for field in &action.parse {
        chapter.detail(depth, parse_words(field, voice));
    }
    if let Some(find) = &action.find {
        find_words(find, voice, chapter, depth);
        table.rows.push([
            "all".to_owned(),
            "the record with its texts replaced".to_owned(),
            "the record before".to_owned(),
        ]);
        if !find.fixed_columns {
            // What is behind a replacement may have moved.
            voice.map = RecordMap::default();
        }
    }
    if let Some(items) = &action.build {
        chapter.detail(depth, "The record is made anew of these pieces, from left to right:");
        build(items, voice, chapter, depth + 1, table);
    }
    if let Some(items) = &action.overlay {
        chapter.detail(depth, "These columns are changed, all others stay:");
        overlay(items, voice, chapter, depth + 1, table);
    }
}

/// One piece in a sentence.
fn piece(columns: &str, told: &Told) -> String {
    let what = match told.from.as_str() {
        "" | "constant" => told.holds.clone(),
        from if from == told.holds => format!("from {from}"),
        from if from.starts_with(&told.holds) => from.to_owned(),
        from => format!("{} — {from}", told.holds),
    };
    format!("{columns}: {what}")
}

fn build(items: &[Item], voice: &mut Voice<'_>, chapter: &mut Chapter, depth: usize, table: &mut MapTable) {
    let mut made = RecordMap::default();
    let (mut at, mut lines) = (1_u32, 1_u32);
    for item in items {
        if let Value::Lines(number) = item.value {
            lines += number;
            chapter.detail(depth, format!("here the record ends and record {lines} of the group begins"));
            table.rows.push([String::new(), format!("record {lines}"), String::new()]);
            at = 1;
            continue;
        }
        let told = items::item(item, voice);
        let start = start_of(item, at, &told, table);
        push(item, &told, start, voice, &mut made, chapter, (depth, table));
        at = start.saturating_add(told.length.unwrap_or(0));
    }
    voice.map = made;
}

/// Where an item goes; fills between are rows of their own.
fn start_of(item: &Item, at: u32, told: &Told, table: &mut MapTable) -> u32 {
    let mut start = item.column.unwrap_or(at).max(1);
    if let Some(align) = item.align.map(u32::from).filter(|align| *align > 0) {
        start = (start - 1).next_multiple_of(align) + 1;
    }
    if start > at && !matches!(item.value, Value::Column) && told.length != Some(0) {
        let filler = if item.align.is_some() { "X'00'" } else { "blanks" };
        table.rows.push([range(at, start - at), filler.to_owned(), "filled".to_owned()]);
    }
    start
}

fn push(
    item: &Item,
    told: &Told,
    start: u32,
    voice: &Voice<'_>,
    made: &mut RecordMap,
    chapter: &mut Chapter,
    (depth, table): (usize, &mut MapTable),
) {
    if matches!(item.value, Value::Column) {
        chapter.detail(depth, format!("blanks up to column {}", start.saturating_sub(1)));
        return;
    }
    let shown = told.length.map_or_else(|| format!("columns {start} on"), |length| columns(start, length));
    let row = told.length.map_or_else(|| format!("{start}-"), |length| range(start, length));
    chapter.detail(depth, piece(&shown, told));
    table.rows.push([row, told.holds.clone(), told.from.clone()]);
    keep(told, start, voice, made);
}

/// Notes what now lies in some columns.
fn keep(told: &Told, start: u32, voice: &Voice<'_>, made: &mut RecordMap) {
    if let Some((from, length)) = told.copied {
        made.fields.extend(voice.map.moved(from, length, start));
        if voice.map.name(from, length.unwrap_or(1)).is_none() {
            return;
        }
    }
    let Some(length) = told.length.filter(|length| *length > 0) else { return };
    if made.name(start, length).is_none() {
        // Columns that are not named are those of the record before.
        let former = if told.holds.starts_with("column") { "former " } else { "" };
        made.fields.push(Known { at: start, length, name: format!("{former}{}", told.holds), group: false });
    }
}

fn overlay(items: &[Item], voice: &mut Voice<'_>, chapter: &mut Chapter, depth: usize, table: &mut MapTable) {
    let mut at = 1_u32;
    for item in items {
        let told = items::item(item, voice);
        let mut start = item.column.unwrap_or(at).max(1);
        if let Some(align) = item.align.map(u32::from).filter(|align| *align > 0) {
            start = (start - 1).next_multiple_of(align) + 1;
        }
        let length = told.length.unwrap_or(0);
        let mut made = RecordMap::default();
        push(item, &told, start, voice, &mut made, chapter, (depth, table));
        voice.map.forget(start, length);
        voice.map.fields.extend(made.fields);
        at = start.saturating_add(length);
    }
    table.rows.push(["others".to_owned(), "as before".to_owned(), "the record before".to_owned()]);
}

fn if_then(clauses: &[Clause], voice: &mut Voice<'_>, chapter: &mut Chapter, table: &mut MapTable) {
    let mut map = voice.map.clone();
    for (index, clause) in clauses.iter().enumerate() {
        let number = index + 1;
        let next = if clause.hit_next { ", and go on with the next step" } else { "" };
        let (when, always) = match &clause.when {
            When::Init => (format!("{number}. For every record:"), true),
            When::Group(group) => (format!("{number}. {}", group_words(group, voice)), true),
            When::Condition(condition) => {
                let end = if clause.hit_next { next } else { ", and then no further step" };
                (format!("{number}. If {}{end}:", voice.condition(condition)), false)
            }
            When::Any => (format!("{number}. If one of the conditions before was met{next}:"), false),
            When::None => (format!("{number}. If no condition was met:"), false),
        };
        chapter.say(when);
        table.rows.push([String::new(), format!("step {number}"), String::new()]);
        if let When::Group(group) = &clause.when {
            pushes(&group.push, voice, chapter, table);
        }
        act(&clause.action, voice, chapter, 1, table);
        if always {
            map = voice.map.clone();
            continue;
        }
        // Names stay those of records that the step does not change; what it adds is new.
        let added = std::mem::replace(&mut voice.map, map.clone());
        let is_new = |known: &Known| map.name(known.at, known.length).is_none();
        let free: Vec<Known> = added.fields.into_iter().filter(is_new).collect();
        map.fields.extend(free);
        voice.map.clone_from(&map);
        if clause.action.build.is_some() {
            chapter.detail(1, "(below, columns have the names that they have in records without this step)");
        }
    }
}

fn group_words(group: &Group, voice: &Voice<'_>) -> String {
    let mut begins = Vec::new();
    if let Some(begin) = &group.begin {
        begins.push(format!("begins at a record for which {}", voice.condition(begin)));
    }
    if let Some(key) = &group.key {
        begins.push(format!("begins where {} changes", voice.place(key, None)));
    }
    if let Some(end) = &group.end {
        begins.push(format!("ends with a record for which {}", voice.condition(end)));
    }
    if let Some(records) = group.records {
        begins.push(format!("has at most {}", count(records, "record")));
    }
    format!("Records form groups: a group {}. In each record of a group:", begins.join("; "))
}

fn pushes(all: &[Push], voice: &mut Voice<'_>, chapter: &mut Chapter, table: &mut MapTable) {
    for push in all {
        let (holds, from, length) = match &push.what {
            PushWhat::Field(place) => {
                let name = voice.place(place, Some(&push.span));
                let bare = name.rsplit_once(" (column").map_or(name.as_str(), |(bare, _)| bare);
                (format!("{bare} of the group's first record"), name, place.length())
            }
            PushWhat::Id(length) => {
                ("number of the group".to_owned(), "counted, zoned digits".to_owned(), *length)
            }
            PushWhat::Sequence(length) => {
                ("number of the record in its group".to_owned(), "counted, zoned digits".to_owned(), *length)
            }
        };
        chapter.detail(1, format!("{}: {holds}", columns(push.column, length)));
        table.rows.push([range(push.column, length), holds.clone(), from]);
        voice.map.forget(push.column, length);
        voice.map.fields.push(Known { at: push.column, length, name: holds, group: false });
    }
}

fn find_words(find: &FindReplace, voice: &Voice<'_>, chapter: &mut Chapter, depth: usize) {
    let page = voice.page;
    chapter.detail(depth, "Texts are searched for and replaced, wherever they stand:");
    for pair in &find.pairs {
        let becomes = if pair.replace.is_empty() {
            "is taken out".to_owned()
        } else {
            format!("becomes {}", bytes(&pair.replace, page))
        };
        chapter.detail(depth + 1, format!("{} {becomes}", bytes(&pair.find, page)));
    }
    let mut more = Vec::new();
    match (find.start, find.end) {
        (None, None) => {}
        (start, None) => more.push(format!("only from column {} on", start.unwrap_or(1))),
        (start, Some(end)) => more.push(format!("only in columns {}-{end}", start.unwrap_or(1))),
    }
    if let Some(limit) = find.limit {
        more.push(format!("at most {} a record", count(u64::from(limit), "time")));
    }
    more.push(match find.fixed_columns {
        true => "other bytes stay in their columns".to_owned(),
        false => "what follows moves to the left or right".to_owned(),
    });
    if let Some(length) = find.max_length {
        more.push(format!("records have at most {}", count(u64::from(length), "byte")));
    }
    more.push(match find.truncate {
        true => "what does not fit is cut".to_owned(),
        false => "if something does not fit the run ends".to_owned(),
    });
    chapter.detail(depth + 1, format!("{}.", capital(&more.join("; "))));
}

fn parse_words(field: &ParseField, voice: &Voice<'_>) -> String {
    let page = voice.page;
    let name = field
        .number
        .map_or_else(|| "text is passed over".to_owned(), |number| format!("%{number:02} is the text"));
    let mut parts = Vec::new();
    if let Some(position) = field.absolute {
        parts.push(format!("from column {position}"));
    }
    if field.add != 0 {
        parts.push(format!(
            "{} {}",
            if field.add > 0 { "skipping" } else { "going back" },
            count(u64::from(field.add.unsigned_abs()), "byte")
        ));
    }
    let starts = field.starts.iter().map(|start| match start {
        ParseStart::After(text) => format!("behind {}", bytes(text, page)),
        ParseStart::At(text) => format!("from {} on", bytes(text, page)),
        ParseStart::AfterBlanks => "behind the next blanks".to_owned(),
        ParseStart::AtBlanks => "from the next blank on".to_owned(),
        ParseStart::AtNonBlank => "from the next byte that is no blank".to_owned(),
    });
    let starts: Vec<String> = starts.collect();
    if !starts.is_empty() {
        parts.push(starts.join(" or "));
    }
    let ends = field.ends.iter().map(|end| match end {
        ParseEnd::Before(text) => format!("up to {}", bytes(text, page)),
        ParseEnd::At(text) => format!("up to and with {}", bytes(text, page)),
        ParseEnd::BeforeBlanks => "up to a blank".to_owned(),
        ParseEnd::AtBlanks => "up to and with the blanks".to_owned(),
    });
    let ends: Vec<String> = ends.collect();
    if !ends.is_empty() {
        parts.push(ends.join(" or "));
    }
    if field.pair != Pairing::None {
        parts.push("not looking between quotes".to_owned());
    }
    if field.number.is_some() {
        parts.push(format!("kept in {}", count(u64::from(field.length), "byte")));
    }
    if field.repeat > 1 {
        parts.push(format!("{} times in a row, numbered on", field.repeat));
    }
    format!("Parsed: {name} {}.", parts.join(", "))
}

/// With a first letter in upper case.
pub(super) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + rest.as_str())
}
