//! An account as people read it.

use std::fmt::Write;

use super::account::{Account, Attempt, Cell, Change, Deed, Record, Row, StepAccount, Told};
use super::lineage::{Hop, Place};
use crate::show::{Ink, Screen, cut, width};

/// Columns that names are given at most.
const NAMES: usize = 32;
/// Columns that values are given at most where bytes stand behind them.
const VALUES: usize = 44;
/// Elements of a table that are shown.
const ELEMENTS: usize = 3;
/// Columns that any value is given at most.
const VALUE_MAX: usize = 64;
/// Columns that the bytes of a field are given.
const HEX: usize = 48;

/// Writes an account down the page. `all` shows the fields of masters and of emitted records too.
pub fn describe(account: &Account, screen: Screen, all: bool) -> String {
    let mut page = Page { screen, all, out: String::new() };
    let told: usize = account.steps.iter().map(|step| step.events.len()).sum();
    page.line(0, Ink::Head, &format!("run {}: {}", account.run, account.key));
    page.compared(account);
    account.notes.iter().for_each(|note| page.line(0, Ink::Bad, &format!("note: {note}")));
    page.hops(&account.path);
    for step in &account.steps {
        page.step(step);
    }
    if told == 0 {
        page.line(0, Ink::Plain, "nothing to be told");
    }
    page.out
}

struct Page {
    screen: Screen,
    all: bool,
    out: String,
}

impl Page {
    fn line(&mut self, indent: usize, ink: Ink, text: &str) {
        self.out.push_str(&" ".repeat(indent));
        self.screen.put(&mut self.out, ink, text);
        self.out.push('\n');
    }

    fn compared(&mut self, account: &Account) {
        if !account.compared.is_empty() {
            let text =
                format!("done again, byte by byte as the run wrote it: {}", account.compared.join(", "));
            self.line(0, Ink::Dim, &text);
        }
    }

    /// The steps that a record came through, the last one first.
    fn hops(&mut self, hops: &[Hop]) {
        hops.iter().for_each(|one| self.line(2, Ink::Plain, &hop(one)));
    }

    fn step(&mut self, step: &StepAccount) {
        let shown = step.events.iter().filter(|told| told.occasion == "transaction").count();
        if step.found > shown.max(1) {
            let text = format!("step {}: {} found, {shown} shown (see --limit)", step.step, step.found);
            self.line(0, Ink::Head, &text);
        } else {
            self.line(0, Ink::Head, &format!("step {}", step.step));
        }
        step.events.iter().for_each(|told| self.told(told));
        if let Some(stopped) = &step.stopped {
            self.line(0, Ink::Bad, &format!("the step was stopped: {stopped}"));
        }
    }

    fn told(&mut self, told: &Told) {
        self.out.push('\n');
        let level = told.level.as_deref().unwrap_or_default();
        let occasion = match told.occasion {
            "start" => "before the first transaction".to_owned(),
            "end" => "after the last transaction".to_owned(),
            "first" => format!("before the first of group {level}"),
            "last" => format!("after the last of group {level}"),
            _ => String::new(),
        };
        match (&told.source, occasion.is_empty()) {
            (Some(source), true) => self.source(source, &told.path),
            (Some(source), false) => {
                let place = format!("{occasion}: {} record {}", source.dataset, number(source.record));
                self.line(0, Ink::Head, &format!("── {place} ──"));
            }
            (None, _) => self.line(0, Ink::Head, &format!("── {occasion} ──")),
        }
        told.tried.iter().for_each(|attempt| self.attempt(attempt));
        self.fate(told);
        told.masters.iter().for_each(|row| self.row(row));
        told.emitted.iter().for_each(|record| self.emitted(record));
    }

    fn source(&mut self, source: &Record, path: &[Hop]) {
        let bytes = source.bytes.len() / 2;
        let offset = source.offset.map_or(String::new(), |offset| format!(", offset {offset}"));
        let head =
            format!("── {} record {}{offset}, {bytes} bytes ──", source.dataset, number(source.record));
        self.line(0, Ink::Head, &head);
        self.hops(path);
        self.cells(2, &source.fields);
    }

    fn cells(&mut self, indent: usize, cells: &[Cell]) {
        let most = |of: fn(&Cell) -> &str, limit: usize| {
            cells.iter().map(|cell| width(of(cell))).max().unwrap_or(0).min(limit)
        };
        let (names, values) = (most(|cell| &cell.name, NAMES), most(|cell| &cell.value, VALUES));
        for (cell, left) in runs(cells, |cell| &cell.name) {
            if left > 0 {
                self.line(indent, Ink::Dim, &more(&cell.name, left));
                continue;
            }
            self.out.push_str(&" ".repeat(indent));
            self.screen.put(&mut self.out, Ink::Label, &cell.name);
            let room = names.saturating_sub(width(&cell.name));
            let value = cut(&cell.value, VALUE_MAX);
            let _ = write!(self.out, "{}  {value}", " ".repeat(room));
            if !cell.hex.is_empty() {
                let room = values.saturating_sub(width(&value)) + 2;
                let hex = format!("X'{}'", cut(&cell.hex, HEX));
                self.out.push_str(&" ".repeat(room));
                self.screen.put(&mut self.out, Ink::Dim, &hex);
            }
            self.out.push('\n');
        }
    }

    fn attempt(&mut self, attempt: &Attempt) {
        let indent = 2 * attempt.depth;
        let holds = attempt.holds.map_or("", |holds| if holds { "  -> holds" } else { "  -> does not hold" });
        let head = match (attempt.kind, &attempt.name, &attempt.text) {
            ("reject-record", ..) => "reject record".to_owned(),
            (kind, Some(name), Some(text)) => format!("{kind} {name}, when {text}"),
            (kind, Some(name), None) => format!("{kind} {name}"),
            (_, None, text) => text.clone().unwrap_or_default(),
        };
        self.out.push_str(&" ".repeat(indent));
        let ink = if attempt.depth == 0 { Ink::Head } else { Ink::Plain };
        self.screen.put(&mut self.out, ink, &head);
        self.screen.put(&mut self.out, Ink::Name, holds);
        if !attempt.place.is_empty() {
            self.screen.put(&mut self.out, Ink::Dim, &format!("   {}", attempt.place));
        }
        self.out.push('\n');
        self.cells(indent + 4, &attempt.saw);
        for (deed, left) in runs(&attempt.did, changed) {
            match left {
                0 => self.deed(indent + 2, deed),
                left => self.line(indent + 2, Ink::Dim, &format!("=> {}", more(changed(deed), left))),
            }
        }
    }

    fn deed(&mut self, indent: usize, deed: &Deed) {
        let text = match deed {
            Deed::Found { master, by, taken, .. } => {
                let by = by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
                let taken = match taken {
                    None => "",
                    Some("continue") => {
                        ": it is there already, so none is inserted and the rules go on with it"
                    }
                    Some("stop") => ": it is there already, so the insert is refused and the job stops",
                    Some(_) => ": it is there already, so the insert is refused and rejects the transaction",
                };
                format!("found a row of {master}{by}{taken}")
            }
            Deed::Missing { master, then } => format!("no such row of {master}: {then}"),
            Deed::WentThrough { master } => format!("went through the rows of {master}"),
            Deed::Result { field, value } => format!("exact result {value} for {field}"),
            Deed::Changed(change) => self.change(change),
            Deed::Created { master } => format!("made a row of {master}"),
            Deed::Gone { master } => format!("took a row of {master} away"),
            Deed::Emitted { dataset, record } => format!("emitted {dataset} record {}", number(*record)),
            Deed::Rejected { code, reason } => format!("reject {code} {reason}"),
            Deed::Failed { message } => format!("failed: {message}"),
        };
        let ink =
            if matches!(deed, Deed::Rejected { .. } | Deed::Failed { .. }) { Ink::Bad } else { Ink::Plain };
        self.line(indent, ink, &format!("=> {text}"));
        if let (Deed::Found { row, .. }, true) = (deed, self.all) {
            self.cells(indent + 4, row);
        }
    }

    fn change(&self, change: &Change) -> String {
        let (before, after) = (cut(&change.before, VALUE_MAX), cut(&change.after, VALUE_MAX));
        format!("{}: {before} -> {after}  X'{}'", change.name, cut(&change.hex, HEX))
    }

    fn fate(&mut self, told: &Told) {
        if let Some(fault) = &told.fault {
            self.line(0, Ink::Bad, &format!("fault {fault}"));
        }
        let text = match (&told.reject, told.fate) {
            (Some(reject), _) => {
                let rule =
                    if reject.rule.is_empty() { String::new() } else { format!(", by {}", reject.rule) };
                let field =
                    if reject.field.is_empty() { String::new() } else { format!(", field {}", reject.field) };
                format!("fate: rejected {} {}{rule}{field}", reject.code, reject.reason)
            }
            (None, "done") => return,
            (None, fate) => format!("fate: {fate}"),
        };
        self.line(0, if told.fate == "posted" { Ink::Head } else { Ink::Bad }, &text);
    }

    fn row(&mut self, row: &Row) {
        let which = row.record.map_or_else(String::new, |record| format!(" record {record}"));
        let head = format!("master {} ({}{which}): row {}", row.master, row.dataset, row.fate);
        self.line(0, Ink::Head, &head);
        if self.all || row.fate == "created" {
            self.cells(2, &row.fields);
        }
        for change in &row.changed {
            let text = self.change(change);
            self.line(2, Ink::Plain, &text);
        }
    }

    fn emitted(&mut self, record: &Record) {
        let head = format!("emitted {} record {}", record.dataset, number(record.record));
        self.line(0, Ink::Head, &head);
        self.cells(2, &record.fields);
    }
}

/// Things with their names; of the elements of a table only the first few, and then one with the number of those left out.
fn runs<T>(things: &[T], name: impl Fn(&T) -> &str) -> Vec<(&T, usize)> {
    let table = |thing: &T| name(thing).split_once('(').map(|(table, _)| table.to_owned());
    let mut shown = Vec::new();
    let mut at = 0;
    while at < things.len() {
        let of = table(&things[at]);
        let same = things[at..].iter().take_while(|thing| of.is_some() && table(thing) == of).count();
        let kept = if same > ELEMENTS + 1 { ELEMENTS } else { same.max(1) };
        shown.extend(things[at..at + kept].iter().map(|thing| (thing, 0)));
        if same > kept {
            shown.push((&things[at + kept], same - kept));
        }
        at += same.max(1);
    }
    shown
}

/// The field that was changed.
fn changed(deed: &Deed) -> &str {
    match deed {
        Deed::Changed(change) => &change.name,
        _ => "",
    }
}

fn more(name: &str, left: usize) -> String {
    let table = name.split('(').next().unwrap_or_default();
    format!("{table}: {left} more elements")
}

/// A step that a record came through, in words.
pub(super) fn hop(hop: &Hop) -> String {
    let wrote = format!("{} record {}", hop.wrote.dataset, hop.wrote.record);
    let of: Vec<String> = hop.of.iter().map(place).collect();
    let limit = hop.limit.as_ref().map_or(String::new(), |limit| match of.is_empty() {
        true => limit.clone(),
        false => format!(" ({limit})"),
    });
    format!("{wrote}, written by {} ({}) <- {}{limit}", hop.step, hop.operator, of.join(" + "))
}

fn place(place: &Place) -> String {
    let offset = place.offset.map_or(String::new(), |offset| format!(" (offset {offset})"));
    format!("{} record {}{offset}", place.dataset, place.record)
}

fn number(number: Option<u64>) -> String {
    number.map_or_else(|| "?".to_owned(), |number| number.to_string())
}
