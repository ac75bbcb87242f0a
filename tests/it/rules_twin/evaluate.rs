//! What a rule set does, a transaction and an action at a time: everything is copied, looked for from the front, and thrown
//! away again, so that the order of things is the only thing to know.

use std::collections::BTreeMap;

use num_bigint::BigInt;

use super::model::*;
use super::numbers::{self, Number};
use crate::harness::ebcdic;

const BLANK: u8 = 0x40;

/// What a run leaves.
#[derive(Debug)]
pub struct Done {
    /// Records of each output.
    pub outputs: Vec<Vec<Vec<u8>>>,
    /// Rows of each master in the order of their keys.
    pub masters: Vec<Vec<Vec<u8>>>,
    /// Counts that the step reports: posted, rules, rejects by reason, rows made and deleted.
    pub counts: Vec<(String, u64)>,
}

/// Why a run ends before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Size,
    DivideByZero,
    /// Bytes that are no number, in a transaction or elsewhere.
    Data(Place),
    NoRow,
    Said,
    Rejects,
    Duplicate,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Rejected,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Live,
    Deleted,
    Released,
}

#[derive(Clone)]
struct Row {
    bytes: Vec<u8>,
    state: State,
}

#[derive(Clone)]
struct Table {
    rows: Vec<Row>,
    current: Option<usize>,
}

/// Everything that a reject takes back.
#[derive(Clone)]
struct World {
    working: Vec<u8>,
    masters: Vec<Table>,
    /// The record each output built last.
    built: Vec<Vec<u8>>,
    emitted: Vec<(usize, Vec<u8>)>,
}

struct Machine<'d> {
    deck: &'d Deck,
    world: World,
    found: Vec<bool>,
    last: bool,
    number: u64,
    current: Option<(usize, Vec<u8>)>,
    /// Length of the transaction at hand, or of the last one at a break.
    length: usize,
    pending: Option<(Reason, String, String)>,
    reported: (Reason, String, String),
    acted: bool,
    /// Rows that the transaction made by inserts that say what becomes of it if they may not stay.
    made: Vec<(usize, usize, Taken, String)>,
    applied: BTreeMap<String, u64>,
    reasons: Vec<(Reason, u64)>,
    rejected: u64,
    outputs: Vec<Vec<Vec<u8>>>,
}

/// The whole run.
pub fn run(deck: &Deck) -> Result<Done, Fault> {
    let table = |master: &Master| {
        let row = |bytes: &Vec<u8>| Row { bytes: bytes.clone(), state: State::Live };
        Table { rows: master.rows.iter().map(row).collect(), current: None }
    };
    let mut machine = Machine {
        deck,
        world: World {
            working: initial(&deck.working),
            masters: deck.masters.iter().map(table).collect(),
            built: deck.outputs.iter().map(buffer).collect(),
            emitted: Vec::new(),
        },
        found: vec![false; deck.masters.len()],
        last: false,
        number: 0,
        current: None,
        length: 0,
        pending: None,
        reported: Default::default(),
        acted: false,
        made: Vec::new(),
        applied: BTreeMap::new(),
        reasons: Vec::new(),
        rejected: 0,
        outputs: vec![Vec::new(); deck.outputs.len()],
    };
    machine.all()?;
    let masters = (0..deck.masters.len()).map(|master| machine.written(master)).collect::<Result<_, _>>()?;
    Ok(Done { counts: machine.counts(), outputs: machine.outputs, masters })
}

/// A record before anything is put into it.
pub fn initial(layout: &Layout) -> Vec<u8> {
    layout.fields.iter().flat_map(initial_field).collect()
}

fn initial_field(field: &Field) -> Vec<u8> {
    match (field.kind, &field.value) {
        (Kind::Number(pic), None) => numbers::encode(pic, &numbers::zero()),
        (Kind::Number(pic), Some(Literal::Number(value, decimals))) => {
            let value = numbers::rescale(
                &(value.clone(), *decimals as i64),
                pic.decimals as i64,
                Rounding::Truncation,
            );
            numbers::encode(pic, &value.unwrap())
        }
        (Kind::Edited(mask), _) => ebcdic(&numbers::edit(mask, &numbers::zero())),
        (Kind::Text(length), Some(Literal::Text(text))) => padded(&ebcdic(text), length),
        (Kind::Text(length), _) => vec![BLANK; length],
        (kind, value) => panic!("{kind:?} with {value:?}"),
    }
}

/// What an output has to build its records in before the first one: the first level, and what others have behind it.
fn buffer(output: &Output) -> Vec<u8> {
    let mut bytes = vec![BLANK; output.room()];
    for level in output.levels.iter().rev() {
        bytes[..level.length].copy_from_slice(&initial(level));
    }
    bytes
}

fn widened(layout: &Layout, length: usize) -> Vec<u8> {
    padded(&initial(layout), length)
}

fn padded(bytes: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = bytes[..bytes.len().min(length)].to_vec();
    bytes.resize(length, BLANK);
    bytes
}

impl Machine<'_> {
    fn all(&mut self) -> Result<(), Fault> {
        let deck = self.deck;
        if (0..deck.masters.len()).any(|master| self.repeats(master)) {
            return Err(Fault::Duplicate);
        }
        if let Some((field, text)) = &deck.parameter {
            let field = &deck.working.fields[*field];
            let bytes = padded(&ebcdic(text), field.length);
            self.world.working[field.offset..field.offset + field.length].copy_from_slice(&bytes);
        }
        self.aside(&deck.start, 0, None)?;
        let mut number = 0;
        let mut before: Option<(u64, Vec<u8>)> = None;
        for (input, of) in deck.inputs.iter().enumerate() {
            number = 0;
            for record in &of.records {
                number += 1;
                self.breaks(before.as_ref(), Some((number, record)))?;
                self.transaction(input, record, number)?;
                before = Some((number, record.clone()));
            }
        }
        let _ = number;
        self.last = true;
        self.breaks(before.as_ref(), None)?;
        self.aside(&deck.end, 0, None)
    }

    fn repeats(&self, master: usize) -> bool {
        let rows = &self.world.masters[master].rows;
        (0..rows.len())
            .any(|row| (0..row).any(|other| self.same_key(master, &rows[row].bytes, &rows[other].bytes)))
            || (0..self.deck.masters[master].unique.len()).any(|by| self.clash(master, by).is_some())
    }

    /// Two rows that can be found and share a value of a unique alternate key, the later one as early as can be.
    fn clash(&self, master: usize, by: usize) -> Option<(usize, usize)> {
        let of = &self.deck.masters[master];
        of.unique[by].as_ref()?;
        let rows = &self.world.masters[master].rows;
        let live = |row: &usize| rows[*row].state == State::Live;
        let same = |row: usize, other: usize| {
            let order = |field| self.order(master, field, &rows[row].bytes, &rows[other].bytes);
            of.alternates[by].iter().all(|field| order(*field).is_eq())
        };
        (0..rows.len()).filter(live).find_map(|row| {
            let other = (0..row).filter(live).find(|other| same(row, *other))?;
            Some((row, other))
        })
    }

    /// What becomes of a transaction that leaves rows with keys that they may not share, and the field that says so.
    fn shared(&self) -> Option<(Taken, String, String)> {
        for (master, of) in self.deck.masters.iter().enumerate() {
            for (by, taken) in of.unique.iter().enumerate() {
                let Some((row, other)) = self.clash(master, by) else { continue };
                let field = of.layout.fields[of.alternates[by][0]].name.clone();
                let said = |row| self.made.iter().find(|made| (made.0, made.1) == (master, row));
                return Some(match said(row).or_else(|| said(other)) {
                    Some((_, _, taken, rule)) => (taken.clone(), rule.clone(), field),
                    None => (taken.clone().unwrap(), String::new(), field),
                });
            }
        }
        None
    }

    fn same_key(&self, master: usize, a: &[u8], b: &[u8]) -> bool {
        let key = &self.deck.masters[master].key;
        key.iter().all(|field| self.order(master, *field, a, b).is_eq())
    }

    fn order(&self, master: usize, field: usize, a: &[u8], b: &[u8]) -> std::cmp::Ordering {
        let field = &self.deck.masters[master].layout.fields[field];
        let part = |row: &[u8]| row[field.offset..field.offset + field.length].to_vec();
        match field.kind {
            Kind::Number(pic) => numbers::decode(pic, &part(a)).cmp(&numbers::decode(pic, &part(b))),
            _ => part(a).cmp(&part(b)),
        }
    }

    /// The new master.
    fn written(&self, master: usize) -> Result<Vec<Vec<u8>>, Fault> {
        let mut rows: Vec<Vec<u8>> = Vec::new();
        for row in self.world.masters[master].rows.iter().filter(|row| row.state != State::Deleted) {
            let key = &self.deck.masters[master].key;
            let order = |other: &Vec<u8>| {
                let parts = key.iter().map(|field| self.order(master, *field, other, &row.bytes));
                parts.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            };
            // Behind all that are not greater.
            let at = rows.iter().position(|other| order(other).is_gt()).unwrap_or(rows.len());
            rows.insert(at, row.bytes.clone());
        }
        Ok(rows)
    }

    fn counts(&self) -> Vec<(String, u64)> {
        let deck = self.deck;
        let transactions: usize = deck.inputs.iter().map(|input| input.records.len()).sum();
        let mut counts = vec![("posted".to_owned(), transactions as u64 - self.rejected)];
        let rules = deck.edits.iter().chain(&deck.rules).map(|rule| rule.name.clone());
        let breaks = (0..deck.breaks.len()).map(|level| format!("break L{level}"));
        for name in rules.chain(breaks) {
            counts.push((format!("rule {name}"), self.applied.get(&name).copied().unwrap_or(0)));
        }
        let reasons =
            self.reasons.iter().map(|((code, text), count)| (format!("reject {code} {text}"), *count));
        counts.extend(reasons);
        for (what, made) in [("rows created in", true), ("rows deleted from", false)] {
            for (master, table) in self.world.masters.iter().enumerate() {
                let count = match made {
                    true => table.rows.len() - deck.masters[master].rows.len(),
                    false => table.rows.iter().filter(|row| row.state == State::Deleted).count(),
                };
                if count > 0 {
                    counts.push((format!("{what} M{master}"), count as u64));
                }
            }
        }
        counts
    }

    fn begin(&mut self, number: u64, length: usize) {
        (self.number, self.length) = (number, length);
        self.found.fill(false);
        self.world.masters.iter_mut().for_each(|table| table.current = None);
        self.world.emitted.clear();
        self.made.clear();
    }

    /// Actions that belong to no transaction of their own.
    fn aside(&mut self, actions: &[Action], number: u64, record: Option<&Vec<u8>>) -> Result<(), Fault> {
        self.current = record.map(|record| (0, record.clone()));
        self.begin(number, record.map_or(0, Vec::len));
        self.actions(actions, "")?;
        if self.shared().is_some() {
            return Err(Fault::Duplicate);
        }
        self.flush();
        Ok(())
    }

    fn flush(&mut self) {
        for (output, bytes) in self.world.emitted.drain(..) {
            self.outputs[output].push(bytes);
        }
    }

    /// The breaks between two transactions; nothing before the first one and after the last one.
    fn breaks(
        &mut self,
        before: Option<&(u64, Vec<u8>)>,
        next: Option<(u64, &Vec<u8>)>,
    ) -> Result<(), Fault> {
        let deck = self.deck;
        let part = |record: &[u8], field: &usize| {
            let field = &deck.inputs[0].layout.fields[*field];
            record[field.offset..field.offset + field.length].to_vec()
        };
        let level = deck.breaks.iter().position(|level| match (before, next) {
            (Some((_, a)), Some((_, b))) => level.on.iter().any(|field| part(a, field) != part(b, field)),
            _ => true,
        });
        let Some(level) = level else { return Ok(()) };
        if let Some((number, record)) = before {
            for at in deck.breaks[level..].iter().rev() {
                self.aside(&at.last, *number, Some(record))?;
            }
        }
        if let Some((number, record)) = next {
            for (at, of) in deck.breaks.iter().enumerate().skip(level) {
                *self.applied.entry(format!("break L{at}")).or_default() += 1;
                self.aside(&of.first, number, Some(record))?;
            }
        }
        Ok(())
    }

    fn transaction(&mut self, input: usize, record: &[u8], number: u64) -> Result<(), Fault> {
        let deck = self.deck;
        self.current = Some((input, record.to_vec()));
        self.begin(number, record.len());
        (self.pending, self.acted) = (None, false);
        let before = self.world.clone();
        match self.edits_and_rules(input) {
            Err(Fault::Data(Place::Input(of))) if of == input && deck.reject_invalid => {
                if self.pending.is_none() || deck.report_last {
                    let reason = ("INVALID-DATA".to_owned(), String::new());
                    self.pending = Some((reason, String::new(), String::new()));
                }
            }
            Err(fault) => return Err(fault),
            Ok(()) if self.pending.is_none() => match self.shared() {
                Some((Taken::Reject(reason), rule, field)) => self.pending = Some((reason, rule, field)),
                Some((Taken::Stop, ..)) => return Err(Fault::Duplicate),
                None => {}
            },
            Ok(()) => {}
        }
        let Some((reason, rule, field)) = self.pending.take() else {
            self.flush();
            return Ok(());
        };
        // Masters stay where they are, unless that row is gone with the rest.
        let current: Vec<Option<usize>> = self.world.masters.iter().map(|table| table.current).collect();
        self.world = before;
        for (table, current) in self.world.masters.iter_mut().zip(current) {
            table.current = current.filter(|row| *row < table.rows.len());
        }
        self.rejected += 1;
        self.reported = (reason.clone(), rule.clone(), field);
        match self.reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.reasons.push((reason, 1)),
        }
        let Some(rejects) = &deck.rejects else { return Err(Fault::Rejects) };
        let emit = Emit {
            output: rejects.output,
            level: 0,
            unset: Unset::Initial,
            from: None,
            actions: rejects.actions.clone(),
        };
        self.emit(&emit, &rule)?;
        self.flush();
        if rejects.max.is_some_and(|max| self.rejected > max) { Err(Fault::Rejects) } else { Ok(()) }
    }

    fn edits_and_rules(&mut self, input: usize) -> Result<(), Fault> {
        let deck = self.deck;
        for rule in &deck.edits {
            if self.rule(rule, input)? == Some(Flow::Rejected) {
                return Ok(());
            }
        }
        if self.pending.is_some() {
            return Ok(());
        }
        self.acted = false;
        for rule in &deck.rules {
            match self.rule(rule, input)? {
                Some(Flow::Rejected) => return Ok(()),
                Some(Flow::Next) if rule.done => return Ok(()),
                _ => {}
            }
        }
        if !self.acted {
            let reason = ("NO-RULE".to_owned(), "NO RULE APPLIED".to_owned());
            self.pending = Some((reason, String::new(), String::new()));
        }
        Ok(())
    }

    fn rule(&mut self, rule: &Rule, input: usize) -> Result<Option<Flow>, Fault> {
        if rule.input.is_some_and(|of| of != input) {
            return Ok(None);
        }
        if let Some(when) = &rule.when
            && !self.holds(when)?
        {
            return Ok(None);
        }
        *self.applied.entry(rule.name.clone()).or_default() += 1;
        self.actions(&rule.actions, &rule.name).map(Some)
    }

    fn actions(&mut self, actions: &[Action], rule: &str) -> Result<Flow, Fault> {
        for action in actions {
            if self.action(action, rule)? == Flow::Rejected {
                return Ok(Flow::Rejected);
            }
        }
        Ok(Flow::Next)
    }

    fn action(&mut self, action: &Action, rule: &str) -> Result<Flow, Fault> {
        match action {
            Action::Arithmetic { verb, rounding, on_size } => {
                return self.arithmetic(verb, *rounding, on_size, rule);
            }
            Action::Move { value, to, truncate } => {
                for receiver in to {
                    let bytes = self.moved(value, receiver, *truncate)?;
                    self.put(receiver, &bytes)?;
                }
            }
            Action::Set(field, at) => {
                let low = match &self.deck.field(*field).conditions[*at].values[0].0 {
                    Literal::Number(value, decimals) => Value::Number(value.clone(), *decimals),
                    Literal::Text(text) => Value::Text(text.clone()),
                };
                let receiver = Receiver { field: *field, part: None };
                let bytes = self.moved(&low, &receiver, false)?;
                self.put(&receiver, &bytes)?;
            }
            Action::Join { pieces, to } => {
                let mut all = Vec::new();
                for (piece, until) in pieces {
                    let text = self.text(piece)?;
                    let until = until.as_ref().map(|until| ebcdic(until));
                    let end =
                        until.and_then(|until| text.windows(until.len()).position(|part| part == until));
                    all.extend_from_slice(&text[..end.unwrap_or(text.len())]);
                }
                let (_, length) = self.range(to);
                all.truncate(length);
                self.put(to, &all)?;
            }
            Action::Lookup { master, by, key, or_key, missing } => {
                return self.lookup(*master, *by, key, or_key.as_ref(), missing, rule);
            }
            Action::Insert { master, key, alternates, duplicate } => {
                return self.insert(*master, key, alternates, duplicate, rule);
            }
            Action::ForEach { master, by, key, actions } => {
                let rows = match self.key(*master, Some(*by), key)? {
                    Some(wanted) => self.rows(*master, Some(*by), &wanted),
                    None => Vec::new(),
                };
                for row in &rows {
                    if self.world.masters[*master].rows[*row].state != State::Live {
                        continue;
                    }
                    self.world.masters[*master].current = Some(*row);
                    self.found[*master] = true;
                    if self.actions(actions, rule)? == Flow::Rejected {
                        return Ok(Flow::Rejected);
                    }
                }
                self.world.masters[*master].current = None;
                self.found[*master] = !rows.is_empty();
            }
            Action::Delete(master) | Action::Release(master) => {
                let table = &mut self.world.masters[*master];
                let row = table.current.take().ok_or(Fault::NoRow)?;
                let delete = matches!(action, Action::Delete(_));
                table.rows[row].state = if delete { State::Deleted } else { State::Released };
                self.acted = true;
            }
            Action::Emit(emit) => return self.emit(emit, rule),
            Action::Reject { reason, go_on } => {
                self.note(reason, rule, "");
                return Ok(if *go_on { Flow::Next } else { Flow::Rejected });
            }
            Action::Stop(_) => return Err(Fault::Said),
            Action::When { condition, actions, otherwise } => {
                let holds = self.holds(condition)?;
                return self.actions(if holds { actions } else { otherwise }, rule);
            }
            Action::Perform(at) => return self.actions(&self.deck.paragraphs[*at], rule),
        }
        Ok(Flow::Next)
    }

    fn note(&mut self, reason: &Reason, rule: &str, field: &str) {
        if self.pending.is_none() || self.deck.report_last {
            self.pending = Some((reason.clone(), rule.to_owned(), field.to_owned()));
        }
    }

    fn arithmetic(
        &mut self,
        verb: &Verb,
        rounding: Rounding,
        on_size: &OnSize,
        rule: &str,
    ) -> Result<Flow, Fault> {
        let sum = |to: &Ref, sign: char, value: &Expr| {
            Expr::Binary(sign, Box::new(Expr::Field(*to)), Box::new(value.clone()))
        };
        let stores: Vec<(Ref, Expr)> = match verb {
            Verb::Compute(to, value) => vec![(*to, value.clone())],
            Verb::Add(value, to) => to.iter().map(|to| (*to, sum(to, '+', value))).collect(),
            Verb::Subtract(value, from) => from.iter().map(|to| (*to, sum(to, '-', value))).collect(),
        };
        for (to, value) in stores {
            match (self.store(to, &value, rounding, matches!(on_size, OnSize::Truncate)), on_size) {
                (Ok(()), _) => {}
                (Err(Fault::Size | Fault::DivideByZero), OnSize::Reject(reason)) => {
                    let field = self.deck.field(to).name.clone();
                    self.note(reason, rule, &field);
                    return Ok(Flow::Rejected);
                }
                (Err(fault), _) => return Err(fault),
            }
        }
        Ok(Flow::Next)
    }

    fn store(&mut self, to: Ref, value: &Expr, rounding: Rounding, truncate: bool) -> Result<(), Fault> {
        let Kind::Number(pic) = self.deck.field(to).kind else { panic!("{to:?} is no number") };
        let decimals = pic.decimals as i64;
        // With ROUNDED one decimal more is carried.
        let carried = decimals + i64::from(rounding != Rounding::Truncation);
        let most = self.most_decimals(value, carried, true);
        let integer = match value {
            // The last quotient is rounded once, from all of it.
            Expr::Binary('/', a, b) => {
                let (a, b) = (self.value(a, most)?, self.value(b, most)?);
                if b.0 == numbers::zero() {
                    return Err(Fault::DivideByZero);
                }
                let shift = decimals + b.1 - a.1;
                let (top, bottom) = match shift < 0 {
                    true => (a.0, b.0 * numbers::power(-shift)),
                    false => (a.0 * numbers::power(shift), b.0),
                };
                numbers::round(&top, &bottom, rounding)
            }
            value => numbers::rescale(&self.value(value, most)?, decimals, rounding),
        };
        let fitting = integer.and_then(|integer| numbers::fit(pic.digits, pic.signed, &integer, truncate));
        let bytes = numbers::encode(pic, &fitting.ok_or(Fault::Size)?);
        self.put(&Receiver { field: to, part: None }, &bytes)
    }

    /// IBM's dmax: the receiver's decimals and those of all operands but divisors.
    fn most_decimals(&self, value: &Expr, most: i64, counts: bool) -> i64 {
        match value {
            Expr::Constant(_, decimals) if counts => most.max(*decimals as i64),
            Expr::Field(field) if counts => match self.deck.field(*field).kind {
                Kind::Number(pic) => most.max(pic.decimals as i64),
                _ => most,
            },
            Expr::Negate(inner) => self.most_decimals(inner, most, counts),
            Expr::Binary(op, a, b) => {
                let most = self.most_decimals(a, most, counts);
                self.most_decimals(b, most, counts && *op != '/')
            }
            _ => most,
        }
    }

    fn value(&self, value: &Expr, most: i64) -> Result<Number, Fault> {
        Ok(match value {
            Expr::Constant(value, decimals) => (value.clone(), *decimals as i64),
            Expr::Field(field) => self.number(*field)?,
            Expr::RecordNumber => (BigInt::from(self.number), 0),
            Expr::RecordLength => (BigInt::from(self.length), 0),
            Expr::Rows(master) => (BigInt::from(self.deck.masters[*master].rows.len()), 0),
            Expr::Negate(inner) => {
                let (value, decimals) = self.value(inner, most)?;
                (-value, decimals)
            }
            Expr::Binary(op, a, b) => {
                let (a, b) = (self.value(a, most)?, self.value(b, most)?);
                let decimals = a.1.max(b.1);
                let raised = |value: &Number| &value.0 * numbers::power(decimals - value.1);
                match op {
                    '+' => (raised(&a) + raised(&b), decimals),
                    '-' => (raised(&a) - raised(&b), decimals),
                    '*' => (a.0 * b.0, a.1 + b.1),
                    _ if b.0 == numbers::zero() => return Err(Fault::DivideByZero),
                    _ => {
                        let decimals = (a.1 - b.1).max(most);
                        let top = a.0 * numbers::power(decimals + b.1 - a.1);
                        (numbers::round(&top, &b.0, Rounding::Truncation).unwrap(), decimals)
                    }
                }
            }
        })
    }

    fn number(&self, field: Ref) -> Result<Number, Fault> {
        let Kind::Number(pic) = self.deck.field(field).kind else { panic!("{field:?} is no number") };
        let integer = numbers::decode(pic, &self.bytes(field)).ok_or(Fault::Data(field.0))?;
        Ok((integer, pic.decimals as i64))
    }

    /// The bytes that a receiver gets.
    fn moved(&self, value: &Value, to: &Receiver, truncate: bool) -> Result<Vec<u8>, Fault> {
        let (_, length) = self.range(to);
        let kind = if to.part.is_some() { Kind::Text(length) } else { self.deck.field(to.field).kind };
        let (digits, decimals, signed) = match kind {
            Kind::Text(_) => return self.moved_to_text(value, length),
            Kind::Number(pic) => (pic.digits, pic.decimals, pic.signed),
            Kind::Edited(mask) => (numbers::MASKS[mask].1, numbers::MASKS[mask].2, true),
        };
        let value = self.moved_number(value)?;
        let integer = numbers::rescale(&value, decimals as i64, Rounding::Truncation).unwrap();
        let integer = numbers::fit(digits, signed, &integer, truncate).ok_or(Fault::Size)?;
        Ok(match kind {
            Kind::Number(pic) => numbers::encode(pic, &integer),
            Kind::Edited(mask) => ebcdic(&numbers::edit(mask, &integer)),
            Kind::Text(_) => unreachable!(),
        })
    }

    /// The number that a value is for a MOVE: text is an unsigned integer of its digits.
    fn moved_number(&self, value: &Value) -> Result<Number, Fault> {
        match value {
            Value::Number(value, decimals) => Ok((value.clone(), *decimals as i64)),
            Value::Zeros => Ok((numbers::zero(), 0)),
            Value::Field(field) if matches!(self.deck.field(*field).kind, Kind::Number(_)) => {
                self.number(*field)
            }
            Value::Field(field) | Value::Part(field, ..) => {
                let bytes = self.text(value)?;
                let pic = Pic { digits: bytes.len(), decimals: 0, signed: false, usage: Usage::Zoned };
                Ok((numbers::decode(pic, &bytes).ok_or(Fault::Data(field.0))?, 0))
            }
            other => panic!("{other:?} moved to a number"),
        }
    }

    fn moved_to_text(&self, value: &Value, length: usize) -> Result<Vec<u8>, Fault> {
        Ok(match value {
            Value::Spaces => vec![BLANK; length],
            Value::Zeros => vec![0xF0; length],
            Value::Field(field) => match self.deck.field(*field).kind {
                Kind::Number(pic) => {
                    let (integer, _) = self.number(*field)?;
                    padded(&ebcdic(&numbers::digits(&integer, pic.digits)), length)
                }
                _ => padded(&self.text(value)?, length),
            },
            value => padded(&self.text(value)?, length),
        })
    }

    /// The bytes of a value that is text.
    fn text(&self, value: &Value) -> Result<Vec<u8>, Fault> {
        let ((code, reason), rule, field) = &self.reported;
        Ok(match value {
            Value::Field(field) => self.bytes(*field),
            Value::Part(field, start, length) => self.bytes(*field)[start - 1..start - 1 + length].to_vec(),
            Value::Text(text) => ebcdic(text),
            Value::Spaces => vec![BLANK],
            Value::RejectCode => padded(&ebcdic(code), 24),
            Value::RejectReason => padded(&ebcdic(reason), 80),
            Value::RejectRule => padded(&ebcdic(rule), 32),
            Value::RejectField => padded(&ebcdic(field), 30),
            other => panic!("{other:?} is no text"),
        })
    }

    fn lookup(
        &mut self,
        master: usize,
        by: Option<usize>,
        key: &[Value],
        or_key: Option<&Vec<Value>>,
        missing: &Missing,
        rule: &str,
    ) -> Result<Flow, Fault> {
        let before = self.world.masters[master].current;
        let first = self.key(master, by, key)?;
        let mut row = first.as_ref().and_then(|wanted| self.rows(master, by, wanted).first().copied());
        if row.is_none()
            && let Some(or_key) = or_key
            && let Some(wanted) = self.key(master, by, or_key)?
        {
            row = self.rows(master, by, &wanted).first().copied();
        }
        self.world.masters[master].current = row;
        self.found[master] = row.is_some();
        match missing {
            _ if row.is_some() => Ok(Flow::Next),
            Missing::Continue => Ok(Flow::Next),
            Missing::Reject(reason) => {
                self.note(reason, rule, "");
                Ok(Flow::Rejected)
            }
            Missing::Create if first.is_some() => {
                // The values may be those of the row that was current before.
                let mut fields = Vec::new();
                self.world.masters[master].current = before;
                for (field, value) in self.deck.masters[master].key.iter().zip(key) {
                    let to = Receiver { field: (Place::Master(master), *field), part: None };
                    fields.push((to, self.moved(value, &to, false)?));
                }
                let bytes = initial(&self.deck.masters[master].layout);
                let table = &mut self.world.masters[master];
                table.rows.push(Row { bytes, state: State::Live });
                table.current = Some(table.rows.len() - 1);
                for (to, bytes) in fields {
                    self.put(&to, &bytes)?;
                }
                self.acted = true;
                Ok(Flow::Next)
            }
            Missing::Create | Missing::Stop => Err(Fault::NoRow),
        }
    }

    fn insert(
        &mut self,
        master: usize,
        key: &[Value],
        alternates: &[(usize, Vec<Value>)],
        duplicate: &Duplicate,
        rule: &str,
    ) -> Result<Flow, Fault> {
        let of = &self.deck.masters[master];
        let first = self.key(master, None, key)?;
        let mut there = first.as_ref().and_then(|wanted| self.rows(master, None, wanted).first().copied());
        for (by, values) in alternates.iter().filter(|(by, _)| of.unique[*by].is_some()) {
            if there.is_none()
                && let Some(wanted) = self.key(master, Some(*by), values)?
            {
                there = self.rows(master, Some(*by), &wanted).first().copied();
            }
        }
        self.world.masters[master].current = there;
        self.found[master] = there.is_some();
        if there.is_some() {
            return match duplicate {
                Duplicate::Unsaid | Duplicate::Stop => Err(Fault::Said),
                Duplicate::Continue => Ok(Flow::Next),
                Duplicate::Reject(reason) => {
                    self.note(reason, rule, "");
                    Ok(Flow::Rejected)
                }
            };
        }
        if first.is_none() {
            return Err(Fault::NoRow);
        }
        let to = |field: usize| Receiver { field: (Place::Master(master), field), part: None };
        let mut fields = Vec::new();
        for (field, value) in of.key.iter().zip(key) {
            fields.push((to(*field), self.moved(value, &to(*field), false)?));
        }
        let table = &mut self.world.masters[master];
        table.rows.push(Row { bytes: initial(&of.layout), state: State::Live });
        let row = table.rows.len() - 1;
        table.current = Some(row);
        match duplicate {
            Duplicate::Stop => self.made.push((master, row, Taken::Stop, rule.to_owned())),
            Duplicate::Reject(reason) => {
                self.made.push((master, row, Taken::Reject(reason.clone()), rule.to_owned()));
            }
            Duplicate::Unsaid | Duplicate::Continue => {}
        }
        for (to, bytes) in fields {
            self.put(&to, &bytes)?;
        }
        for (by, values) in alternates {
            for (field, value) in of.alternates[*by].iter().zip(values) {
                let bytes = self.moved(value, &to(*field), false)?;
                self.put(&to(*field), &bytes)?;
            }
        }
        self.acted = true;
        Ok(Flow::Next)
    }

    /// What a row must have in its key fields; nothing if no row can.
    fn key(&self, master: usize, by: Option<usize>, values: &[Value]) -> Result<Option<Vec<Vec<u8>>>, Fault> {
        let of = &self.deck.masters[master];
        let fields = by.map_or(&of.key, |by| &of.alternates[by]);
        let mut wanted = Vec::new();
        for (field, value) in fields.iter().zip(values) {
            let bytes = match of.layout.fields[*field].kind {
                Kind::Number(pic) => {
                    let value = self.moved_number(value)?;
                    let exact = numbers::rescale(&value, pic.decimals as i64, Rounding::Prohibited);
                    let fits = exact.filter(|value| pic.signed || *value >= numbers::zero());
                    fits.and_then(|value| numbers::fit(pic.digits, pic.signed, &value, false))
                        .map(|value| numbers::encode(pic, &value))
                }
                Kind::Text(length) => {
                    let text = self.text(value)?;
                    let rest = text.get(length..).unwrap_or_default();
                    rest.iter().all(|byte| *byte == BLANK).then(|| padded(&text, length))
                }
                Kind::Edited(_) => panic!("an edited key"),
            };
            match bytes {
                Some(bytes) => wanted.push(bytes),
                None => return Ok(None),
            }
        }
        Ok(Some(wanted))
    }

    /// Rows that can be found with this key, in the order of the file.
    fn rows(&self, master: usize, by: Option<usize>, wanted: &[Vec<u8>]) -> Vec<usize> {
        let of = &self.deck.masters[master];
        let fields = by.map_or(&of.key, |by| &of.alternates[by]);
        let matches = |row: &Row| {
            row.state == State::Live
                && fields.iter().zip(wanted).all(|(field, wanted)| {
                    let field = &of.layout.fields[*field];
                    let part = &row.bytes[field.offset..field.offset + field.length];
                    match field.kind {
                        Kind::Number(pic) => numbers::decode(pic, part) == numbers::decode(pic, wanted),
                        _ => part == wanted,
                    }
                })
        };
        let rows = &self.world.masters[master].rows;
        (0..rows.len()).filter(|row| matches(&rows[*row])).collect()
    }

    fn emit(&mut self, emit: &Emit, rule: &str) -> Result<Flow, Fault> {
        let output = &self.deck.outputs[emit.output];
        let level = &output.levels[emit.level];
        let room = output.room();
        match emit.unset {
            Unset::Initial => self.world.built[emit.output] = widened(level, room),
            Unset::Blank => self.world.built[emit.output] = vec![BLANK; room],
            Unset::LowValue => self.world.built[emit.output] = vec![0; room],
            Unset::Last => {}
        }
        if let Some(from) = emit.from {
            let bytes = self.record(from);
            let length = bytes.len().min(room);
            self.world.built[emit.output][..length].copy_from_slice(&bytes[..length]);
        }
        if self.actions(&emit.actions, rule)? == Flow::Rejected {
            return Ok(Flow::Rejected);
        }
        let bytes = self.world.built[emit.output][..level.length].to_vec();
        self.world.emitted.push((emit.output, bytes));
        self.acted = true;
        Ok(Flow::Next)
    }

    fn record(&self, place: Place) -> Vec<u8> {
        match place {
            Place::Input(input) => match &self.current {
                Some((of, record)) if *of == input => record.clone(),
                _ => initial(&self.deck.inputs[input].layout),
            },
            Place::Working => self.world.working.clone(),
            Place::Master(master) => {
                let table = &self.world.masters[master];
                let row = table.current.map(|row| table.rows[row].bytes.clone());
                row.unwrap_or_else(|| initial(&self.deck.masters[master].layout))
            }
            Place::Output(output, _) => self.world.built[output].clone(),
        }
    }

    fn bytes(&self, field: Ref) -> Vec<u8> {
        let of = self.deck.field(field);
        self.record(field.0)[of.offset..of.offset + of.length].to_vec()
    }

    /// Start and length in the record.
    fn range(&self, receiver: &Receiver) -> (usize, usize) {
        let field = self.deck.field(receiver.field);
        match receiver.part {
            Some((start, length)) => (field.offset + start - 1, length),
            None => (field.offset, field.length),
        }
    }

    /// Changes the first bytes of a field.
    fn put(&mut self, receiver: &Receiver, bytes: &[u8]) -> Result<(), Fault> {
        let (start, _) = self.range(receiver);
        let record = match receiver.field.0 {
            Place::Working => &mut self.world.working,
            Place::Output(output, _) => &mut self.world.built[output],
            Place::Master(master) => {
                self.acted = true;
                let table = &mut self.world.masters[master];
                let row = table.current.ok_or(Fault::NoRow)?;
                &mut table.rows[row].bytes
            }
            Place::Input(_) => panic!("a transaction is changed"),
        };
        record[start..start + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn holds(&self, condition: &Condition) -> Result<bool, Fault> {
        Ok(match condition {
            Condition::Numbers(relation, a, b) => {
                let (a, b) = (self.value(a, 0)?, self.value(b, 0)?);
                holds(*relation, numbers::compare(&a, &b))
            }
            Condition::Texts(relation, a, b) => holds(*relation, self.order_of_texts(a, b)?),
            Condition::Numeric(field) => {
                let bytes = self.bytes(*field);
                match self.deck.field(*field).kind {
                    Kind::Number(pic) => {
                        numbers::decode(pic, &bytes).is_some() && numbers::has_sign_of_class(pic, &bytes)
                    }
                    _ => bytes.iter().all(|byte| (0xF0..=0xF9).contains(byte)),
                }
            }
            Condition::Sign(relation, value) => {
                holds(*relation, numbers::compare(&self.value(value, 0)?, &(numbers::zero(), 0)))
            }
            Condition::Found(master) => self.found[*master],
            Condition::Missing(master) => !self.found[*master],
            Condition::Final => self.last,
            Condition::Quirk(at) => self.deck.quirks[*at],
            Condition::Named(field, at) => {
                for (low, high) in &self.deck.field(*field).conditions[*at].values {
                    let from = self.order_of_literal(*field, low)?;
                    let within = match high {
                        None => from.is_eq(),
                        Some(high) => from.is_ge() && self.order_of_literal(*field, high)?.is_le(),
                    };
                    if within {
                        return Ok(true);
                    }
                }
                false
            }
            Condition::Not(inner) => !self.holds(inner)?,
            Condition::All(parts) => {
                for part in parts {
                    if !self.holds(part)? {
                        return Ok(false);
                    }
                }
                true
            }
            Condition::Any(parts) => {
                for part in parts {
                    if self.holds(part)? {
                        return Ok(true);
                    }
                }
                false
            }
        })
    }

    fn order_of_literal(&self, field: Ref, literal: &Literal) -> Result<std::cmp::Ordering, Fault> {
        match literal {
            Literal::Number(value, decimals) => {
                Ok(numbers::compare(&self.number(field)?, &(value.clone(), *decimals as i64)))
            }
            Literal::Text(text) => self.order_of_texts(&Value::Field(field), &Value::Text(text.clone())),
        }
    }

    fn order_of_texts(&self, a: &Value, b: &Value) -> Result<std::cmp::Ordering, Fault> {
        let (mut a, mut b) = (self.text(a)?, self.text(b)?);
        let length = a.len().max(b.len());
        a.resize(length, BLANK);
        b.resize(length, BLANK);
        Ok(a.cmp(&b))
    }
}

fn holds(relation: Relation, order: std::cmp::Ordering) -> bool {
    match relation {
        Relation::Equal => order.is_eq(),
        Relation::NotEqual => order.is_ne(),
        Relation::Less => order.is_lt(),
        Relation::NotGreater => order.is_le(),
        Relation::Greater => order.is_gt(),
        Relation::NotLess => order.is_ge(),
    }
}
