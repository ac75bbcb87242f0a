//! The records a program works on: registers, working storage, masters, output buffers; and how to take changes back.

use std::ops::Range;

use super::foresee::idle;
use super::ledger::Ledger;
use super::master::Master;
use super::numbers::Numbers;
use super::partition::carries_outputs;
use super::program::{Program, SlotKind};
use crate::copybook::{FieldId, NumberShape};
use crate::encoding::Window;
use crate::expr::{FieldRef, Frame};
use crate::record::{Origin, Overflow, RecordFormat, initial_record, store_integer};

/// Everything that changes while transactions are posted.
pub(super) struct State {
    pub slots: Vec<SlotKind>,
    pub names: Vec<String>,
    pub registers: Registers,
    pub working: Vec<u8>,
    pub masters: Vec<Master>,
    pub outputs: Vec<Vec<u8>>,
    /// Initial values of each output record.
    pub blanks: Vec<Vec<u8>>,
    /// Initial values of the transactions of each input, for when none of them is being posted.
    idle: Vec<Vec<u8>>,
    /// Results that are asked for again; see [`Program::recall`].
    pub recalled: Vec<Option<i64>>,
    /// Emitted records: output and end in `emitted_bytes`.
    pub emitted: Vec<(usize, usize)>,
    pub emitted_bytes: Vec<u8>,
    /// True if the emitted records of a batch are kept together; otherwise there are only those of the current transaction.
    pub keeps_emitted: bool,
    /// Where those of the current transaction begin in `emitted` and in `emitted_bytes`.
    own_emitted: (usize, usize),
    /// What balances count.
    pub ledger: Ledger,
    undo: Undo,
}

/// Where a number begins, and its shape.
type Number = (usize, NumberShape);

fn number_at(format: &RecordFormat, id: FieldId) -> Option<Number> {
    let field = format.layout.field(id);
    Some((field.offset, field.number()?))
}

/// The register record.
pub(super) struct Registers {
    pub bytes: Vec<u8>,
    format: RecordFormat,
    number: Option<Number>,
    length: Option<Number>,
    posting_input: Option<FieldId>,
    posting_rule: Option<FieldId>,
    code: Option<FieldId>,
    reason: Option<FieldId>,
    rule: Option<FieldId>,
    field: Option<FieldId>,
    last: Option<FieldId>,
    /// Where the status of each master stands.
    statuses: Vec<Option<usize>>,
    /// What each status says now; `None` before the first transaction.
    found: Vec<Option<bool>>,
    /// Bytes of a status: there is no row, there is one.
    signs: [u8; 2],
}

/// A record with room for a window at any of its numbers.
fn at_least_a_window(mut record: Vec<u8>) -> Vec<u8> {
    record.resize(record.len().max(size_of::<u64>()), 0);
    record
}

/// What a transaction changed, so that a reject can restore it.
#[derive(Default)]
struct Undo {
    enabled: bool,
    /// True if the record that an output built last is ever asked for.
    keeps_outputs: bool,
    working: Vec<u8>,
    /// The records that outputs had built last, if new ones begin with them.
    outputs: Vec<Vec<u8>>,
    steps: Vec<UndoStep>,
    bytes: Vec<u8>,
}

enum UndoStep {
    Changed { master: usize, row: u32, start: usize },
    Created { master: usize },
    Gone { master: usize, row: u32 },
}

impl State {
    pub fn new(program: &Program, masters: Vec<Master>, can_reject_late: bool) -> Self {
        let scope = &program.scope;
        let slot_of = |kind: SlotKind| program.slots.iter().position(|slot| *slot == kind);
        let initial =
            |kind| slot_of(kind).map_or(Vec::new(), |slot| initial_record(&scope.slot(slot).format));
        let blanks: Vec<Vec<u8>> =
            (0..program.outputs.len()).map(|index| initial(SlotKind::Output(index))).collect();
        let registers = slot_of(SlotKind::Registers).unwrap_or(0);
        let rows: Vec<u64> = masters.iter().map(Master::read).collect();
        State {
            slots: program.slots.clone(),
            names: scope.slots().iter().map(|slot| slot.name.clone()).collect(),
            registers: Registers::new(scope.slot(registers).format.clone(), program, &rows),
            working: at_least_a_window(initial(SlotKind::Working)),
            masters,
            outputs: blanks.clone(),
            blanks,
            idle: idle(program),
            recalled: vec![None; program.recalled],
            emitted: Vec::new(),
            emitted_bytes: Vec::new(),
            keeps_emitted: false,
            own_emitted: (0, 0),
            ledger: Ledger::new(&program.balances),
            undo: Undo {
                enabled: can_reject_late,
                keeps_outputs: carries_outputs(program),
                ..Undo::default()
            },
        }
    }

    /// Prepares for the next transaction.
    pub fn begin(&mut self, number: u64, length: usize) {
        self.registers.begin(number, length);
        self.masters.iter_mut().for_each(Master::deselect);
        if self.keeps_emitted {
            self.own_emitted = (self.emitted.len(), self.emitted_bytes.len());
        } else {
            self.own_emitted = (0, 0);
            self.drop_emitted();
        }
        self.ledger.begin();
        self.undo.working.clear();
        self.undo.working.extend_from_slice(&self.working);
        if self.undo.enabled {
            self.undo.steps.clear();
            self.undo.bytes.clear();
            if self.undo.keeps_outputs {
                self.undo.outputs.clone_from(&self.outputs);
            }
        }
    }

    /// The bytes of a record that may be changed; `None` for the transaction and for a master without a current row.
    #[inline]
    pub fn record_mut(&mut self, slot: usize) -> Option<&mut [u8]> {
        match self.slots[slot] {
            SlotKind::Working => Some(&mut self.working),
            SlotKind::Output(index) => Some(&mut self.outputs[index]),
            SlotKind::Master(index) => {
                self.remember(index);
                self.masters[index].record_mut()
            }
            SlotKind::Registers | SlotKind::Transaction(_) => None,
        }
    }

    /// Notes that a row was made.
    pub fn created(&mut self, master: usize) {
        if self.undo.enabled {
            self.undo.steps.push(UndoStep::Created { master });
        }
    }

    /// Notes that a row was deleted or released.
    pub fn went(&mut self, master: usize, row: u32) {
        if self.undo.enabled {
            self.undo.steps.push(UndoStep::Gone { master, row });
        }
    }

    /// Drops what the current transaction emitted.
    fn drop_emitted(&mut self) {
        self.emitted.truncate(self.own_emitted.0);
        self.emitted_bytes.truncate(self.own_emitted.1);
    }

    /// Copies bytes of one record into another, blanks behind them; false, and nothing is changed, if one of the records is too
    /// short for that or has no bytes that may be changed.
    #[inline]
    pub fn copy(
        &mut self,
        current: &Current<'_>,
        from: (usize, Range<usize>),
        to: (usize, Range<usize>),
        blank: u8,
    ) -> bool {
        if let SlotKind::Master(master) = self.slots[to.0] {
            self.remember(master);
        }
        let State { slots, registers, working, masters, outputs, idle, .. } = self;
        let unchanged = |kind: SlotKind| -> Option<&[u8]> {
            match kind {
                SlotKind::Transaction(input) if current.input == Some(input) => Some(current.record),
                SlotKind::Transaction(input) => Some(&idle[input]),
                SlotKind::Registers => Some(&registers.bytes),
                SlotKind::Working | SlotKind::Master(_) | SlotKind::Output(_) => None,
            }
        };
        let (source, target): (Option<&[u8]>, Option<&mut [u8]>) = match (slots[from.0], slots[to.0]) {
            (SlotKind::Working, SlotKind::Output(output)) => (Some(working), Some(&mut outputs[output])),
            (SlotKind::Working, SlotKind::Master(master)) => (Some(working), masters[master].record_mut()),
            (SlotKind::Output(output), SlotKind::Working) => (Some(&outputs[output]), Some(working)),
            (SlotKind::Output(output), SlotKind::Master(master)) => {
                (Some(&outputs[output]), masters[master].record_mut())
            }
            (SlotKind::Master(master), SlotKind::Working) => (Some(masters[master].record()), Some(working)),
            (SlotKind::Master(master), SlotKind::Output(output)) => {
                (Some(masters[master].record()), Some(&mut outputs[output]))
            }
            (kind, SlotKind::Working) => (unchanged(kind), Some(working)),
            (kind, SlotKind::Output(output)) => (unchanged(kind), Some(&mut outputs[output])),
            (kind, SlotKind::Master(master)) => (unchanged(kind), masters[master].record_mut()),
            (_, SlotKind::Registers | SlotKind::Transaction(_)) => (None, None),
        };
        let target = target.and_then(|target| target.get_mut(to.1));
        put(source.and_then(|source| source.get(from.1)), target, blank)
    }

    /// Takes back everything since [`State::begin`].
    pub fn roll_back(&mut self) {
        self.drop_emitted();
        self.working.copy_from_slice(&self.undo.working);
        if self.undo.enabled && self.undo.keeps_outputs {
            self.outputs.clone_from(&self.undo.outputs);
        }
        while let Some(step) = self.undo.steps.pop() {
            match step {
                UndoStep::Created { master } => self.masters[master].remove_last(),
                UndoStep::Gone { master, row } => self.masters[master].bring_back(row),
                UndoStep::Changed { master, row, start } => {
                    if let Some(table) = self.masters[master].table_mut() {
                        let row = table.row_mut(row);
                        row.copy_from_slice(&self.undo.bytes[start..start + row.len()]);
                    }
                    self.undo.bytes.truncate(start);
                }
            }
        }
    }

    /// Saves the current row of a master before its first change by this transaction, if that may have to be taken back.
    #[inline]
    fn remember(&mut self, index: usize) {
        if self.undo.enabled {
            self.save(index);
        }
    }

    fn save(&mut self, index: usize) {
        let Some(row) = self.masters[index].current_row() else { return };
        let known = self.undo.steps.iter().any(
            |step| matches!(step, UndoStep::Changed { master, row: r, .. } if *master == index && *r == row),
        );
        if !known {
            let start = self.undo.bytes.len();
            self.undo.bytes.extend_from_slice(self.masters[index].record());
            self.undo.steps.push(UndoStep::Changed { master: index, row, start });
        }
    }
}

/// Puts bytes and blanks behind them where there are both and the bytes are no more than the room.
#[inline]
fn put(source: Option<&[u8]>, target: Option<&mut [u8]>, blank: u8) -> bool {
    let (Some(source), Some(target)) = (source, target) else { return false };
    let Some((kept, rest)) = target.split_at_mut_checked(source.len()) else { return false };
    kept.copy_from_slice(source);
    rest.fill(blank);
    true
}

impl Registers {
    fn new(format: RecordFormat, program: &Program, rows: &[u64]) -> Self {
        // What nobody reads is not kept up.
        let find =
            |name: &str| format.layout.find(name, &[]).ok().filter(|id| is_read(program, &format, *id));
        let place = |id| format.layout.field(id).offset;
        let number = |id| number_at(&format, id);
        let status = |name: &str| find(&format!("{name}-STATUS")).map(place);
        let statuses: Vec<_> = program.masters.iter().map(|master| status(&master.name)).collect();
        let signs = ['N', 'Y'].map(|sign| format.page.byte(sign).unwrap_or(format.page.space()));
        let found = vec![None; statuses.len()];
        let quirks: Vec<_> = program.quirks.iter().map(|quirk| find(&format!("{quirk}-QUIRK"))).collect();
        let mut registers = Registers {
            bytes: initial_record(&format),
            number: find("RECORD-NUMBER").and_then(number),
            length: find("RECORD-LENGTH").and_then(number),
            posting_input: find("POSTING-INPUT"),
            posting_rule: find("POSTING-RULE"),
            code: find("REJECT-CODE"),
            reason: find("REJECT-REASON"),
            rule: find("REJECT-RULE"),
            field: find("REJECT-FIELD"),
            last: find("BREAK-STATUS"),
            statuses,
            found,
            signs,
            format,
        };
        quirks.into_iter().for_each(|quirk| registers.put_text(quirk, "Y"));
        for (master, rows) in program.masters.iter().zip(rows) {
            let field = registers.format.layout.find(&format!("{}-ROWS", master.name), &[]).ok();
            let field = field.and_then(|id| number_at(&registers.format, id));
            registers.put_number(field, i128::from(*rows));
        }
        registers
    }

    /// Says whether the input is at its end.
    pub fn set_final(&mut self, last: bool) {
        self.put_text(self.last, if last { "Y" } else { "N" });
    }

    fn begin(&mut self, number: u64, length: usize) {
        self.put_number(self.number, i128::from(number));
        self.put_number(self.length, length as i128);
        for master in 0..self.statuses.len() {
            self.set_found(master, false);
        }
    }

    /// Says which dataset the transaction comes from; nothing where there is none.
    #[inline]
    pub fn set_input(&mut self, dataset: &str) {
        self.put_text(self.posting_input, dataset);
    }

    /// Says which rule is being applied.
    #[inline]
    pub fn set_rule(&mut self, rule: &str) {
        self.put_text(self.posting_rule, rule);
    }

    /// Sets the status of a master.
    #[inline]
    pub fn set_found(&mut self, master: usize, found: bool) {
        if self.found[master] != Some(found) {
            self.found[master] = Some(found);
            if let Some(place) = self.statuses[master] {
                self.bytes[place] = self.signs[usize::from(found)];
            }
        }
    }

    /// Sets what a reject record may say.
    pub fn set_reject(&mut self, code: &str, reason: &str, rule: &str, field: &str) {
        self.put_text(self.code, code);
        self.put_text(self.reason, reason);
        self.put_text(self.rule, rule);
        self.put_text(self.field, field);
        self.set_rule(rule);
    }

    #[inline]
    fn put_number(&mut self, number: Option<Number>, value: i128) {
        let Some((start, shape)) = number else { return };
        if let Some(bytes) = self.bytes.get_mut(start..start + shape.length()) {
            // The registers are wider than any count.
            let _ = store_integer(shape, bytes, self.format.page, value, Overflow::Truncate);
        }
    }

    #[inline]
    fn put_text(&mut self, id: Option<FieldId>, text: &str) {
        if let Some(id) = id {
            self.put_text_at(id, text);
        }
    }

    fn put_text_at(&mut self, id: FieldId, text: &str) {
        let field = self.format.layout.field(id);
        let page = self.format.page;
        let bytes = &mut self.bytes[field.offset..field.offset + field.length];
        bytes.fill(page.space());
        bytes.iter_mut().zip(text.chars()).for_each(|(byte, c)| *byte = page.byte(c).unwrap_or(page.space()));
    }
}

/// True if the program reads a register, or a group that it is part of.
fn is_read(program: &Program, format: &RecordFormat, register: FieldId) -> bool {
    let place = |id| {
        let field = format.layout.field(id);
        field.offset..field.offset + field.length
    };
    let (register, mut read) = (place(register), false);
    program.reads(&mut |field| {
        if program.slots[field.slot] == SlotKind::Registers {
            let range = place(field.id);
            read |= range.start < register.end && register.start < range.end;
        }
    });
    read
}

/// The state and the transaction, as expressions see them.
pub(super) struct View<'a> {
    pub state: &'a State,
    pub current: &'a Current<'a>,
}

/// The transaction that is being posted.
#[derive(Clone)]
pub(super) struct Current<'a> {
    pub record: &'a [u8],
    /// The number of its input; none before the first and after the last transaction.
    pub input: Option<usize>,
    pub origin: Origin<'a>,
    numbers: Numbers,
}

impl<'a> Current<'a> {
    pub fn new(record: &'a [u8], input: Option<usize>, origin: Origin<'a>) -> Self {
        Current { record, input, origin, numbers: Numbers::default() }
    }
}

impl Frame for View<'_> {
    #[inline]
    fn record(&self, slot: usize) -> &[u8] {
        match self.state.slots[slot] {
            SlotKind::Transaction(input) if self.current.input == Some(input) => self.current.record,
            SlotKind::Transaction(input) => &self.state.idle[input],
            SlotKind::Working => &self.state.working,
            SlotKind::Master(index) => self.state.masters[index].record(),
            SlotKind::Output(index) => &self.state.outputs[index],
            SlotKind::Registers => &self.state.registers.bytes,
        }
    }

    #[inline]
    fn number(&self, slot: usize, window: &Window) -> Option<i64> {
        match self.state.slots[slot] {
            SlotKind::Transaction(input) if self.current.input == Some(input) => {
                self.current.numbers.read(window, self.current.record)
            }
            _ => window.read(self.record(slot)),
        }
    }

    #[inline]
    fn recalled(&self, place: usize) -> Option<i64> {
        self.state.recalled.get(place).copied().flatten()
    }

    fn origin(&self, slot: usize) -> Origin<'_> {
        match self.state.slots[slot] {
            SlotKind::Transaction(input) if self.current.input == Some(input) => self.current.origin,
            _ => Origin { dataset: &self.state.names[slot], record: None, offset: None, above: None },
        }
    }
}

/// True if a field lies in a record that rules may change.
pub(super) fn is_changeable(slots: &[SlotKind], field: &FieldRef) -> bool {
    !matches!(slots[field.slot], SlotKind::Registers | SlotKind::Transaction(_))
}
