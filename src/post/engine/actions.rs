//! Running the actions of rules: each verb against the state.

use std::ops::Range;

use super::super::action::{Action, CreateRow, Emission, Missing, OnSizeError, Unset};
use super::super::foresee::Sight;
use super::super::ledger::Source;
use super::super::program::SlotKind;
use super::super::state::{Current, is_changeable};
use super::{Engine, Flow};
use crate::decimal::Rounding;
use crate::diag::{Diagnostic, Result, codes};
use crate::expr::{Arithmetic, Fault, FieldRef, Move, Quick, Receiver};
use crate::key::LookupKey;
use crate::record::{Origin, Overflow, actual_length, actual_length_of};

impl Engine {
    pub(in crate::post) fn run(
        &mut self,
        actions: &[Action],
        rule: &str,
        current: &Current<'_>,
    ) -> Result<Flow> {
        for action in actions {
            let flow = match action {
                Action::Compute { target, shape, value, rounding, size_error } => {
                    let stored = self.compute(target, shape, value, *rounding, size_error, current);
                    self.settle(stored, size_error, target, rule, current)?
                }
                Action::Move(movement) => {
                    self.run_move(movement, current)?;
                    Flow::Next
                }
                Action::Join(join) => self.join(join, rule, current)?,
                Action::Inspect(examine) => {
                    self.inspect(examine, current)?;
                    Flow::Next
                }
                Action::Unstring(unstring) => self.unstring(unstring, rule, current)?,
                Action::Search(search) => self.search(search, rule, current)?,
                Action::Lookup { master, by, keys, missing, ahead } => {
                    let flow = match ahead.and_then(|ahead| self.seen_ahead(*master, ahead, missing)) {
                        Some(found) => self.found(*master, found, missing, rule, current)?,
                        None => self.look_up(*master, *by, keys, missing, rule, current)?,
                    };
                    if self.trace.is_some() {
                        self.note_taken(*master, *by, missing);
                    }
                    flow
                }
                Action::ForEach { master, by, key, actions } => {
                    self.for_each(*master, *by, key, actions, rule, current)?
                }
                Action::Delete { master } | Action::Release { master } => {
                    self.take_away(*master, matches!(action, Action::Delete { .. }), current)?;
                    Flow::Next
                }
                Action::Emit(emission) => self.emit(emission, rule, current)?,
                Action::Reject { reason, stop } => {
                    self.note_reject(reason, rule, "");
                    if *stop { Flow::Rejected } else { Flow::Next }
                }
                Action::Warn { reason } => {
                    self.warned.push(reason.clone());
                    Flow::Next
                }
                Action::Stop { message } => return Err(self.stop(message, current)),
                Action::When { condition, actions, otherwise } => {
                    let holds = condition.holds(&self.view(current))?;
                    self.run(if holds { actions } else { otherwise }, rule, current)?
                }
                Action::Said(said) => self.said(said, rule, current)?,
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
        shape: &Receiver,
        value: &Arithmetic,
        rounding: Rounding,
        size_error: &OnSizeError,
        current: &Current<'_>,
    ) -> std::result::Result<(), Fault> {
        let view = self.view(current);
        let integer = value.scaled(&view, shape.scale(), rounding)?;
        let stored = target.is_usual_number() && target.store_word(self.changeable(target)?, integer);
        if let Some(place) = target.recalled {
            self.state.recalled[place] = if stored { target.word_stored(integer) } else { None };
        }
        if stored {
            return Ok(());
        }
        let range = target.range(&self.view(current))?;
        let overflow =
            if matches!(size_error, OnSizeError::Truncate) { Overflow::Truncate } else { Overflow::Error };
        let page = target.format.page;
        let bytes = self.changeable(target)?;
        shape.store(&mut bytes[range], page, integer, overflow)
    }

    /// Turns a size error into what the action wants.
    fn settle(
        &mut self,
        stored: std::result::Result<(), Fault>,
        size_error: &OnSizeError,
        target: &FieldRef,
        rule: &str,
        current: &Current<'_>,
    ) -> Result<Flow> {
        match (stored, size_error) {
            (Ok(()), OnSizeError::Do { otherwise, .. }) => self.run(otherwise, rule, current),
            (Ok(()), _) => Ok(Flow::Next),
            (Err(Fault::Size | Fault::DivideByZero), OnSizeError::Do { actions, .. }) => {
                self.run(actions, rule, current)
            }
            (Err(Fault::Size | Fault::DivideByZero), OnSizeError::Reject(reason)) => {
                self.note_reject(reason, rule, target.name());
                Ok(Flow::Rejected)
            }
            (Err(fault), _) => Err(fault.into_diagnostic(|| target.name().to_owned())),
        }
    }

    #[inline]
    pub(super) fn run_move(&mut self, movement: &Move, current: &Current<'_>) -> Result<()> {
        if self.moved_quickly(movement, current) { Ok(()) } else { self.move_any(movement, current) }
    }

    /// Does a move of the usual kind; false if it is none, or something is unusual about a record.
    #[inline]
    fn moved_quickly(&mut self, movement: &Move, current: &Current<'_>) -> bool {
        let Some((quick, to)) = movement.quick() else { return false };
        match quick {
            Quick::Put(bytes) => {
                let target = self.quick_record(&movement.to).and_then(|record| record.get_mut(to));
                let Some(target) = target else { return false };
                target.copy_from_slice(bytes);
                true
            }
            Quick::Text { slot, range, blank } => {
                self.acted |= matches!(self.state.slots[movement.to.slot], SlotKind::Master(_));
                self.state.copy(current, (*slot, range.clone()), (movement.to.slot, to), *blank)
            }
            Quick::Number(operand, shape) => {
                let Ok(value) = operand.number(&self.view(current)) else { return false };
                let Some(record) = self.quick_record(&movement.to) else { return false };
                movement.store_quick(*shape, value, record, to)
            }
        }
    }

    #[inline]
    fn quick_record(&mut self, field: &FieldRef) -> Option<&mut [u8]> {
        self.acted |= matches!(self.state.slots[field.slot], SlotKind::Master(_));
        self.state.record_mut(field.slot)
    }

    fn move_any(&mut self, movement: &Move, current: &Current<'_>) -> Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let prepared = movement.prepare(&self.view(current), &mut scratch);
        let range = prepared.map_err(|fault| fault.into_diagnostic(|| movement.to.name().to_owned()))?;
        self.changeable(&movement.to)?[range].copy_from_slice(&scratch);
        self.scratch = scratch;
        Ok(())
    }

    #[inline]
    pub(super) fn changeable(&mut self, field: &FieldRef) -> Result<&mut [u8]> {
        debug_assert!(is_changeable(&self.state.slots, field));
        self.acted |= matches!(self.state.slots[field.slot], SlotKind::Master(_));
        self.state.record_mut(field.slot).ok_or_else(|| no_current_row(field))
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
        current: &Current<'_>,
    ) -> Result<Flow> {
        self.state.registers.set_found(master, found);
        match missing {
            _ if found => Ok(Flow::Next),
            Missing::Continue | Missing::Insert(_) => Ok(Flow::Next),
            Missing::Reject(reason) => {
                self.note_reject(reason, rule, "");
                Ok(Flow::Rejected)
            }
            Missing::Create(_) | Missing::Stop => Err(self.no_row(master, current.origin)),
        }
    }

    fn look_up(
        &mut self,
        master: usize,
        by: Option<usize>,
        keys: &[LookupKey],
        missing: &Missing,
        rule: &str,
        current: &Current<'_>,
    ) -> Result<Flow> {
        let mut encoded = std::mem::take(&mut self.key);
        // The first key that can be one is that of the row to be made.
        let mut possible = false;
        let mut found = false;
        // A key may speak of the row that is current, until another one is found.
        let before = self.state.masters[master].current_row();
        for (number, key) in keys.iter().enumerate() {
            encoded.clear();
            let can_be = key.encode(&self.view(current), &mut encoded)?;
            possible |= can_be && number == 0;
            found = can_be && self.select(master, by, &encoded)?;
            if found {
                break;
            }
            self.state.masters[master].set_current(before);
        }
        let create = match missing {
            Missing::Create(create) if possible && !found => {
                Some((create, self.key_fields(create, current)?))
            }
            _ => None,
        };
        if create.is_some() && keys.len() > 1 {
            encoded.clear();
            keys[0].encode(&self.view(current), &mut encoded)?;
        }
        if !found {
            self.state.masters[master].deselect();
        }
        let flow = if let Some((create, fields)) = create {
            self.state.registers.set_found(master, false);
            self.create(master, &encoded, create, &fields, current)?;
            if let Some(taken) = &create.taken {
                self.unique.made(master, self.state.masters[master].current_row(), taken, rule);
            }
            Flow::Next
        } else {
            self.found(master, found, missing, rule, current)?
        };
        self.key = encoded;
        Ok(flow)
    }

    /// Places and bytes of the key fields of a row to be made, if their values may come from the row that is current still.
    fn key_fields(&self, create: &CreateRow, current: &Current<'_>) -> Result<Vec<(Range<usize>, Vec<u8>)>> {
        if !create.from_row {
            return Ok(Vec::new());
        }
        let prepare = |movement: &Move| {
            let mut bytes = Vec::new();
            let prepared = movement.prepare(&self.view(current), &mut bytes);
            let range = prepared.map_err(|fault| fault.into_diagnostic(|| movement.to.name().to_owned()))?;
            Ok((range, bytes))
        };
        create.key.iter().map(prepare).collect()
    }

    /// Makes a row, which becomes the current one.
    fn create(
        &mut self,
        master: usize,
        key: &[u8],
        create: &CreateRow,
        fields: &[(Range<usize>, Vec<u8>)],
        current: &Current<'_>,
    ) -> Result<()> {
        let table = &mut self.state.masters[master];
        table.create(key, create.length);
        if let Some(row) = table.record_mut() {
            if let Some(initial) = &create.initial {
                row.copy_from_slice(initial);
            }
            for (range, bytes) in fields {
                row[range.clone()].copy_from_slice(bytes);
            }
        }
        self.state.created(master);
        self.acted = true;
        if create.from_row {
            return Ok(());
        }
        create.key.iter().try_for_each(|movement| self.run_move(movement, current))
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
        current: &Current<'_>,
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
    fn take_away(&mut self, master: usize, delete: bool, current: &Current<'_>) -> Result<()> {
        let table = &mut self.state.masters[master];
        let row = if delete { table.delete() } else { table.release() };
        let Some(row) = row else { return Err(self.no_row(master, current.origin)) };
        self.state.went(master, row);
        self.acted = true;
        Ok(())
    }

    pub(super) fn emit(&mut self, emission: &Emission, rule: &str, current: &Current<'_>) -> Result<Flow> {
        let output = emission.output;
        let mut record = std::mem::take(&mut self.state.outputs[output]);
        // A field as long as the record leaves nothing of what is there.
        let whole = emission
            .from
            .as_ref()
            .is_some_and(|from| from.fixed_range().is_some_and(|it| it.len() >= record.len()));
        match &emission.unset {
            _ if whole => {}
            Unset::Initial => record.copy_from_slice(&self.state.blanks[output]),
            Unset::Level(initial) => record.copy_from_slice(initial),
            Unset::Byte(byte) => record.fill(*byte),
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
        self.count(Source::Output(output), current)?;
        self.acted = true;
        Ok(Flow::Next)
    }

    fn stop(&self, message: &str, current: &Current<'_>) -> Box<Diagnostic> {
        Diagnostic::error(codes::RUN009, message.to_owned())
            .in_data(current.origin.of_record(current.record))
            .note("the rules said stop; nothing is published")
            .hint("correct the cause and run again")
    }

    fn no_row(&self, master: usize, origin: Origin<'_>) -> Box<Diagnostic> {
        let name = self.state.masters[master].name();
        Diagnostic::error(codes::DAT012, format!("master {name} has no row for this transaction"))
            .in_data(origin.of_record(&[]))
            .hint("add the row, or say what to do when it is missing (missing: reject, create or continue)")
    }
}

#[cold]
fn no_current_row(field: &FieldRef) -> Box<Diagnostic> {
    let message = format!("{} cannot be changed: its master has no current row", field.name());
    Diagnostic::error(codes::DAT012, message)
        .hint("look the row up first, and say what to do when it is missing")
}
