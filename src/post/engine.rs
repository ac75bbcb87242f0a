//! Running a program on transactions.

use std::sync::Arc;

use super::batch::KeyList;
use super::foresee::Sight;
use super::master::Master;
use super::program::{
    Action, Emission, Join, JoinText, Missing, OnSizeError, Program, Reason, RejectPolicy, Rule, SlotKind,
    Unset,
};
use super::state::{Current, State, View, is_changeable};
use crate::copybook::NumberShape;
use crate::decimal::Rounding;
use crate::diag::{Class, Diagnostic, Place, Result, codes};
use crate::expr::{Arithmetic, Fault, FieldRef, Move};
use crate::key::LookupKey;
use crate::record::{Origin, Overflow, actual_length, actual_length_of, store_integer};

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The rules were applied.
    Posted,
    /// It went to the rejects.
    Rejected,
}

/// Where an output's records go: the number of the output, and the record.
pub type Emit<'a> = &'a mut dyn FnMut(usize, &[u8]) -> Result<()>;

/// A program with its masters.
pub struct Engine {
    pub(super) program: Arc<Program>,
    pub(super) state: State,
    /// Transactions up to and with the current one.
    pub(super) transactions: u64,
    /// Rules in order, with the number of transactions each was applied to.
    rules: Vec<(String, u64)>,
    scratch: Vec<u8>,
    key: Vec<u8>,
    /// What was found ahead for the current transaction.
    pub(super) ahead: Vec<Sight>,
    /// Room for what is found ahead for several transactions.
    pub(super) sights: Vec<Sight>,
    pub(super) keys: KeyList,
    /// The reject recorded for the current transaction, and the rule and field it comes from.
    pending: Option<(Reason, String, String)>,
    /// Why the last transaction was rejected, if it was.
    pub(super) rejection: Option<Reason>,
    /// True once the current transaction did something: changed a master or emitted a record.
    acted: bool,
    groups: Groups,
}

/// The groups of control breaks that are open.
#[derive(Default)]
struct Groups {
    /// The last transaction, and where it came from.
    last: Vec<u8>,
    number: Option<u64>,
    offset: Option<u64>,
    /// Bytes of the fields of each level, in the last transaction and in the next.
    keys: Vec<Vec<u8>>,
    next: Vec<Vec<u8>>,
    open: bool,
}

/// How a list of actions ended.
enum Flow {
    Next,
    Rejected,
}

impl Engine {
    /// An engine with loaded masters, in the order of the program's.
    pub fn new(program: Arc<Program>, masters: Vec<Master>) -> Result<Self> {
        let state = State::new(&program, masters, can_reject_late(&program));
        let rules = program.edits.iter().chain(&program.rules).map(|rule| rule.name.clone());
        let breaks = program.breaks.iter().map(|level| format!("break {}", level.name));
        let rules = rules.chain(breaks).map(|name| (name, 0)).collect();
        let mut engine = Engine {
            program: Arc::clone(&program),
            state,
            transactions: 0,
            rules,
            scratch: Vec::new(),
            key: Vec::new(),
            ahead: Vec::new(),
            sights: Vec::new(),
            keys: KeyList::default(),
            pending: None,
            rejection: None,
            acted: false,
            groups: Groups::default(),
        };
        let origin = Origin { dataset: "params", record: None, offset: None, above: None };
        for parameter in &program.parameters {
            engine.run_move(parameter, Current { record: &[], input: None, origin })?;
        }
        Ok(engine)
    }

    /// Does what comes before the first transaction.
    pub fn start(&mut self, emit: Emit<'_>) -> Result<()> {
        let program = Arc::clone(&self.program);
        self.aside(&program.start, "start", nothing(), emit)
    }

    /// Posts one transaction of an input.
    pub fn post(&mut self, input: usize, record: &[u8], origin: Origin<'_>, emit: Emit<'_>) -> Result<Fate> {
        let current = Current { record, input: Some(input), origin };
        let program = Arc::clone(&self.program);
        if !program.breaks.is_empty() {
            self.breaks(&program, current, emit)?;
        }
        self.transactions += 1;
        self.state.begin(origin.record.unwrap_or(self.transactions), record.len());
        (self.pending, self.rejection) = (None, None);
        self.acted = false;
        let outcome = self.edits_and_rules(&program, current);
        if let Err(error) = outcome {
            self.reject_if_invalid(&program, error, origin)?;
        }
        match self.pending.take() {
            None => {
                self.flush(emit)?;
                Ok(Fate::Posted)
            }
            Some((reason, rule, field)) => {
                self.state.roll_back();
                self.reject(&program, reason, &rule, &field, current)?;
                self.flush(emit)?;
                Ok(Fate::Rejected)
            }
        }
    }

    /// Does what comes after the last transaction: the breaks that are open, then what stands at the end.
    pub fn end(&mut self, emit: Emit<'_>) -> Result<()> {
        let program = Arc::clone(&self.program);
        self.state.registers.set_final(true);
        self.close_groups(&program, 0, emit)?;
        self.aside(&program.end, "end", nothing(), emit)
    }

    /// Rules in order, with the number of transactions each was applied to.
    pub fn rules(&self) -> &[(String, u64)] {
        &self.rules
    }

    /// The masters, to be written.
    pub fn masters(&self) -> &[Master] {
        &self.state.masters
    }

    /// Actions that belong to no transaction of their own.
    fn aside(&mut self, actions: &[Action], name: &str, current: Current<'_>, emit: Emit<'_>) -> Result<()> {
        self.state.begin(current.origin.record.unwrap_or_default(), current.record.len());
        self.run(actions, name, current)?;
        self.flush(emit)
    }

    /// Does what stands at the breaks between the last transaction and this one.
    fn breaks(&mut self, program: &Program, current: Current<'_>, emit: Emit<'_>) -> Result<()> {
        let mut next = std::mem::take(&mut self.groups.next);
        next.resize_with(program.breaks.len(), Vec::new);
        let view = self.view(current);
        for (key, level) in next.iter_mut().zip(&program.breaks) {
            key.clear();
            for field in &level.on {
                key.extend_from_slice(field.bytes(&view)?);
            }
        }
        let same = |(a, b): &(&Vec<u8>, &Vec<u8>)| a == b;
        let level = match self.groups.open {
            true => self.groups.keys.iter().zip(&next).take_while(same).count(),
            false => 0,
        };
        if level < program.breaks.len() {
            self.close_groups(program, level, emit)?;
            for (number, at) in program.breaks.iter().enumerate().skip(level) {
                self.rules[program.edits.len() + program.rules.len() + number].1 += 1;
                self.aside(&at.first, &at.name, current, emit)?;
            }
        }
        self.groups.next = std::mem::replace(&mut self.groups.keys, next);
        self.groups.last.clear();
        self.groups.last.extend_from_slice(current.record);
        (self.groups.number, self.groups.offset) = (current.origin.record, current.origin.offset);
        self.groups.open = true;
        Ok(())
    }

    /// Does what stands at the ends of the open groups, from the most minor level up to this one.
    fn close_groups(&mut self, program: &Program, level: usize, emit: Emit<'_>) -> Result<()> {
        if !self.groups.open {
            return Ok(());
        }
        let record = std::mem::take(&mut self.groups.last);
        let (number, offset) = (self.groups.number, self.groups.offset);
        let name = program.slots.iter().position(|slot| *slot == SlotKind::Transaction(0));
        let dataset = name.map_or("", |slot| program.scope.slot(slot).name.as_str());
        let origin = Origin { dataset, record: number, offset, above: None };
        let last = Current { record: &record, input: Some(0), origin };
        for at in program.breaks[level..].iter().rev() {
            self.aside(&at.last, &at.name, last, emit)?;
        }
        self.groups.last = record;
        Ok(())
    }

    fn edits_and_rules(&mut self, program: &Program, current: Current<'_>) -> Result<()> {
        for (index, rule) in program.edits.iter().enumerate() {
            if matches!(self.apply(index, rule, current)?, Some(Flow::Rejected)) {
                return Ok(());
            }
        }
        if self.pending.is_some() {
            return Ok(());
        }
        // What an edit did is no posting.
        self.acted = false;
        for (index, rule) in program.rules.iter().enumerate() {
            match self.apply(program.edits.len() + index, rule, current)? {
                Some(Flow::Rejected) => return Ok(()),
                // A rule that ends the transaction has dealt with it, whatever it did.
                Some(Flow::Next) if rule.done => return Ok(()),
                _ => {}
            }
        }
        if !self.acted {
            let reason = Reason { code: "NO-RULE".into(), text: "NO RULE APPLIED".into() };
            self.pending = Some((reason, String::new(), String::new()));
        }
        Ok(())
    }

    /// Applies a rule if its condition holds.
    fn apply(&mut self, index: usize, rule: &Rule, current: Current<'_>) -> Result<Option<Flow>> {
        if rule.input.is_some() && rule.input != current.input {
            return Ok(None);
        }
        if let Some(condition) = &rule.condition
            && !condition.holds(&self.view(current))?
        {
            return Ok(None);
        }
        self.rules[index].1 += 1;
        self.run(&rule.actions, &rule.name, current).map(Some)
    }

    fn run(&mut self, actions: &[Action], rule: &str, current: Current<'_>) -> Result<Flow> {
        for action in actions {
            let flow = match action {
                Action::Compute { target, shape, value, rounding, size_error } => {
                    let stored = self.compute(target, *shape, value, *rounding, size_error, current);
                    self.settle(stored, size_error, target, rule)?
                }
                Action::Move(movement) => {
                    self.run_move(movement, current)?;
                    Flow::Next
                }
                Action::Join(join) => {
                    self.join(join, current)?;
                    Flow::Next
                }
                Action::Lookup { master, by, keys, missing, ahead } => {
                    match ahead.and_then(|ahead| self.seen_ahead(*master, ahead, missing)) {
                        Some(found) => self.found(*master, found, missing, rule, current)?,
                        None => self.look_up(*master, *by, keys, missing, rule, current)?,
                    }
                }
                Action::ForEach { master, by, key, actions } => {
                    self.for_each(*master, *by, key, actions, rule, current)?
                }
                Action::Delete { master } | Action::Release { master } => {
                    self.take_away(*master, matches!(action, Action::Delete { .. }), rule, current)?;
                    Flow::Next
                }
                Action::Emit(emission) => self.emit(emission, rule, current)?,
                Action::Reject { reason, stop } => {
                    self.note_reject(reason, rule, "");
                    if *stop { Flow::Rejected } else { Flow::Next }
                }
                Action::Stop { message } => return Err(self.stop(message, rule, current)),
                Action::When { condition, actions, otherwise } => {
                    let holds = condition.holds(&self.view(current))?;
                    self.run(if holds { actions } else { otherwise }, rule, current)?
                }
            };
            if matches!(flow, Flow::Rejected) {
                return Ok(Flow::Rejected);
            }
        }
        Ok(Flow::Next)
    }

    fn compute(
        &mut self,
        target: &FieldRef,
        shape: NumberShape,
        value: &Arithmetic,
        rounding: Rounding,
        size_error: &OnSizeError,
        current: Current<'_>,
    ) -> std::result::Result<(), Fault> {
        let view = self.view(current);
        let integer = value.scaled(&view, i16::from(shape.scale), rounding)?;
        let range = target.range(&view)?;
        let overflow =
            if *size_error == OnSizeError::Truncate { Overflow::Truncate } else { Overflow::Error };
        let page = target.format.page;
        let bytes = self.changeable(target)?;
        store_integer(shape, &mut bytes[range], page, integer, overflow).map_err(|_| Fault::Size)
    }

    /// Turns a size error into what the action wants.
    fn settle(
        &mut self,
        stored: std::result::Result<(), Fault>,
        size_error: &OnSizeError,
        target: &FieldRef,
        rule: &str,
    ) -> Result<Flow> {
        match (stored, size_error) {
            (Ok(()), _) => Ok(Flow::Next),
            (Err(Fault::Size | Fault::DivideByZero), OnSizeError::Reject(reason)) => {
                self.note_reject(reason, rule, target.name());
                Ok(Flow::Rejected)
            }
            (Err(fault), _) => {
                let error = fault.into_diagnostic(|| target.name().to_owned());
                Err(error.note(format!("in rule {rule}, transaction {}", self.transactions)))
            }
        }
    }

    fn run_move(&mut self, movement: &Move, current: Current<'_>) -> Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let prepared = movement.prepare(&self.view(current), &mut scratch);
        let range = prepared.map_err(|fault| fault.into_diagnostic(|| movement.to.name().to_owned()))?;
        self.changeable(&movement.to)?[range].copy_from_slice(&scratch);
        self.scratch = scratch;
        Ok(())
    }

    fn changeable(&mut self, field: &FieldRef) -> Result<&mut [u8]> {
        debug_assert!(is_changeable(&self.state.slots, field));
        self.acted |= matches!(self.state.slots[field.slot], SlotKind::Master(_));
        self.state.record_mut(field.slot).ok_or_else(|| {
            Diagnostic::error(
                codes::DAT012,
                format!("{} cannot be changed: its master has no current row", field.name()),
            )
            .hint("look the row up first, and say what to do when it is missing")
        })
    }

    /// What was found ahead, if it is still so: makes the row the current one, and says whether there is one.
    #[inline]
    fn seen_ahead(&mut self, master: usize, ahead: usize, missing: &Missing) -> Option<bool> {
        let sight = *self.ahead.get(ahead).filter(|sight| **sight != Sight::UNKNOWN)?;
        let foreseen = &self.program.foreseen;
        // The key was made of these rows.
        let same = foreseen[ahead].from.iter().all(|from| {
            let row = self.state.masters[foreseen[*from].master].current_row();
            row == self.ahead[*from].row()
        });
        let master = &mut self.state.masters[master];
        let row = sight.row();
        let still = match row {
            Some(row) => master.table().is_there(row),
            // A row may have been made since.
            None => master.is_shared() && !matches!(missing, Missing::Create(_)),
        };
        if !(same && still) {
            return None;
        }
        master.set_current(row);
        Some(row.is_some())
    }

    /// Goes on behind a lookup that made no row.
    fn found(
        &mut self,
        master: usize,
        found: bool,
        missing: &Missing,
        rule: &str,
        current: Current<'_>,
    ) -> Result<Flow> {
        self.state.registers.set_found(master, found);
        match missing {
            _ if found => Ok(Flow::Next),
            Missing::Continue => Ok(Flow::Next),
            Missing::Reject(reason) => {
                self.note_reject(reason, rule, "");
                Ok(Flow::Rejected)
            }
            Missing::Create(_) | Missing::Stop => Err(self.no_row(master, rule, current.origin)),
        }
    }

    fn look_up(
        &mut self,
        master: usize,
        by: Option<usize>,
        keys: &[LookupKey],
        missing: &Missing,
        rule: &str,
        current: Current<'_>,
    ) -> Result<Flow> {
        let mut encoded = std::mem::take(&mut self.key);
        // The first key that can be one is that of the row to be made.
        let mut possible = false;
        let mut found = false;
        for (number, key) in keys.iter().enumerate() {
            encoded.clear();
            let can_be = key.encode(&self.view(current), &mut encoded)?;
            possible |= can_be && number == 0;
            found = can_be && self.select(master, by, &encoded)?;
            if found {
                break;
            }
        }
        if !found {
            self.state.masters[master].deselect();
        }
        let flow = match missing {
            Missing::Create(create) if possible && !found => {
                self.state.registers.set_found(master, false);
                self.state.masters[master].create(&encoded, create.length);
                self.state.created(master);
                create.key.iter().try_for_each(|movement| self.run_move(movement, current))?;
                self.acted = true;
                Flow::Next
            }
            missing => self.found(master, found, missing, rule, current)?,
        };
        self.key = encoded;
        Ok(flow)
    }

    fn select(&mut self, master: usize, by: Option<usize>, key: &[u8]) -> Result<bool> {
        let master = &mut self.state.masters[master];
        let Some(by) = by else { return Ok(master.select(key)) };
        let row = master.select_all(by, key)?.first().copied();
        master.set_current(row);
        Ok(row.is_some())
    }

    /// Does actions for every row with an alternate key, in the order of the file.
    fn for_each(
        &mut self,
        master: usize,
        by: usize,
        key: &LookupKey,
        actions: &[Action],
        rule: &str,
        current: Current<'_>,
    ) -> Result<Flow> {
        let mut encoded = Vec::new();
        let possible = key.encode(&self.view(current), &mut encoded)?;
        let rows = if possible { self.state.masters[master].select_all(by, &encoded)? } else { Vec::new() };
        for row in &rows {
            self.state.masters[master].set_current(Some(*row));
            self.state.registers.set_found(master, true);
            if matches!(self.run(actions, rule, current)?, Flow::Rejected) {
                return Ok(Flow::Rejected);
            }
        }
        self.state.masters[master].deselect();
        self.state.registers.set_found(master, !rows.is_empty());
        Ok(Flow::Next)
    }

    /// Deletes or releases the current row.
    fn take_away(&mut self, master: usize, delete: bool, rule: &str, current: Current<'_>) -> Result<()> {
        let table = &mut self.state.masters[master];
        let row = if delete { table.delete() } else { table.release() };
        let Some(row) = row else { return Err(self.no_row(master, rule, current.origin)) };
        self.state.went(master, row);
        self.acted = true;
        Ok(())
    }

    /// STRING.
    fn join(&mut self, join: &Join, current: Current<'_>) -> Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let view = self.view(current);
        for piece in &join.pieces {
            let text = match &piece.text {
                JoinText::Field(field) => field.bytes(&view)?,
                JoinText::Literal(bytes) => bytes,
            };
            let end = piece.until.as_ref().and_then(|until| memchr::memmem::find(text, until));
            scratch.extend_from_slice(&text[..end.unwrap_or(text.len())]);
        }
        let range = join.to.range(&view)?;
        let kept = scratch.len().min(range.len());
        self.changeable(&join.to)?[range.start..range.start + kept].copy_from_slice(&scratch[..kept]);
        self.scratch = scratch;
        Ok(())
    }

    fn emit(&mut self, emission: &Emission, rule: &str, current: Current<'_>) -> Result<Flow> {
        let output = emission.output;
        let mut record = std::mem::take(&mut self.state.outputs[output]);
        match emission.unset {
            Unset::Initial => record.copy_from_slice(&self.state.blanks[output]),
            Unset::Byte(byte) => record.fill(byte),
            Unset::Last => {}
        }
        if let Some(from) = &emission.from {
            let view = self.view(current);
            let bytes = from.bytes(&view)?;
            let length = bytes.len().min(record.len());
            record[..length].copy_from_slice(&bytes[..length]);
        }
        self.state.outputs[output] = record;
        if matches!(self.run(&emission.actions, rule, current)?, Flow::Rejected) {
            return Ok(Flow::Rejected);
        }
        let spec = &self.program.outputs[output];
        let format = &self.program.scope.slot(spec.slot).format;
        let record = &self.state.outputs[output];
        let built = Origin { dataset: &spec.name, ..Origin::default() };
        let kind = match emission.root {
            Some(root) => Some(root),
            None => spec.meaning.record_of(record, built)?.filter(|_| spec.varies),
        };
        let length = match kind {
            Some(root) => actual_length_of(&format.layout, format.page, record, root),
            None => actual_length(&format.layout, format.page, record),
        };
        let length = length.map_err(|error| built.not_located(format, error, record))?;
        self.state.emitted_bytes.extend_from_slice(&record[..length.min(record.len())]);
        self.state.emitted.push((output, self.state.emitted_bytes.len()));
        self.acted = true;
        Ok(Flow::Next)
    }

    /// Hands the records of this transaction over.
    fn flush(&mut self, emit: Emit<'_>) -> Result<()> {
        let mut start = 0;
        for &(output, end) in &self.state.emitted {
            emit(output, &self.state.emitted_bytes[start..end])?;
            start = end;
        }
        Ok(())
    }

    fn note_reject(&mut self, reason: &Reason, rule: &str, field: &str) {
        let keep = self.pending.is_some() && self.program.reject_policy == RejectPolicy::First;
        if !keep {
            self.pending = Some((reason.clone(), rule.to_owned(), field.to_owned()));
        }
    }

    fn reject(
        &mut self,
        program: &Program,
        reason: Reason,
        rule: &str,
        field: &str,
        current: Current<'_>,
    ) -> Result<()> {
        self.state.registers.set_reject(&reason.code, &reason.text, rule, field);
        self.rejection = Some(reason);
        if let Some(emission) = &program.rejects {
            self.emit(emission, rule, current)?;
        }
        Ok(())
    }

    /// A transaction with unusable bytes is a reject if the step says so; anything else stops the run.
    fn reject_if_invalid(
        &mut self,
        program: &Program,
        error: Box<Diagnostic>,
        origin: Origin<'_>,
    ) -> Result<()> {
        let Place::Data(place) = &error.place else { return Err(error) };
        let of_transaction = place.dataset == origin.dataset && error.code.class() == Class::DataException;
        if !program.reject_invalid_data || !of_transaction {
            return Err(error);
        }
        let field =
            place.field.as_deref().and_then(|path| path.split(' ').next()).unwrap_or_default().to_owned();
        let reason = Reason { code: "INVALID-DATA".into(), text: error.message.as_str().into() };
        if self.pending.is_none() || program.reject_policy == RejectPolicy::Last {
            self.pending = Some((reason, String::new(), field));
        }
        Ok(())
    }

    fn stop(&self, message: &str, rule: &str, current: Current<'_>) -> Box<Diagnostic> {
        Diagnostic::error(codes::RUN009, message.to_owned())
            .in_data(place_of(current.origin, current.record))
            .note(format!("rule {rule} said stop; nothing is published"))
            .hint("correct the cause and run again")
    }

    fn no_row(&self, master: usize, rule: &str, origin: Origin<'_>) -> Box<Diagnostic> {
        let name = self.state.masters[master].name();
        Diagnostic::error(codes::DAT012, format!("master {name} has no row for this transaction"))
            .in_data(place_of(origin, &[]))
            .note(format!("in rule {rule}"))
            .hint("add the row, or say what to do when it is missing (missing: reject, create or continue)")
    }

    #[inline]
    pub(super) fn view<'a>(&'a self, current: Current<'a>) -> View<'a> {
        View { state: &self.state, current }
    }
}

/// Before the first and after the last transaction.
fn nothing() -> Current<'static> {
    Current { record: &[], input: None, origin: Origin::default() }
}

fn place_of(origin: Origin<'_>, bytes: &[u8]) -> crate::diag::DataPlace {
    crate::diag::DataPlace {
        dataset: origin.dataset.to_owned(),
        record: origin.record,
        offset: origin.offset,
        bytes: bytes.to_vec(),
        ..Default::default()
    }
}

/// True if a reject may come after a change, so that changes must be remembered.
fn can_reject_late(program: &Program) -> bool {
    program.reject_invalid_data || program.edits.iter().any(|rule| changes(&rule.actions)) || {
        program.rules.iter().any(|rule| rejects(&rule.actions))
    }
}

fn changes(actions: &[Action]) -> bool {
    let any = |action: &Action| {
        let mut writes = action.makes_or_takes().is_some() || matches!(action, Action::Emit(_));
        action.writes(&mut |_, _| writes = true);
        writes
    };
    contains(actions, &any)
}

fn rejects(actions: &[Action]) -> bool {
    let any = |action: &Action| match action {
        Action::Compute { size_error, .. } => matches!(size_error, OnSizeError::Reject(_)),
        Action::Lookup { missing, .. } => matches!(missing, Missing::Reject(_)),
        Action::Reject { .. } => true,
        _ => false,
    };
    contains(actions, &any)
}

fn contains(actions: &[Action], wanted: &dyn Fn(&Action) -> bool) -> bool {
    let mut found = false;
    actions.iter().for_each(|action| action.visit(&mut |action| found |= wanted(action)));
    found
}
