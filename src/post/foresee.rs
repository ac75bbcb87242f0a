//! Finding rows ahead of the rules.
//!
//! Where a lookup's key depends on the transaction alone, the row can be found before the transaction's turn comes: for many
//! transactions at a time, so that the memory answers for all of them at once, and for masters that are only looked up on any
//! thread. When the rules come to the lookup, what was foreseen is used if it is still so.

use std::sync::Arc;

use super::action::{Action, walk};
use super::partition::changed;
use super::program::{Program, SlotKind};
use super::state::Current;
use super::table::Table;
use crate::expr::Frame;
use crate::key::LookupKey;
use crate::record::{Origin, initial_record};

/// Lookups that are foreseen at most.
const FORESEEN_MAX: usize = 16;

/// A lookup that is done ahead.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// Which master.
    pub master: usize,
    /// By which key.
    pub key: LookupKey,
    /// Foreseen lookups whose rows the key is made of.
    pub from: Vec<usize>,
}

impl Foreseen {
    /// True if all that its key is made of is among these.
    #[inline]
    pub(super) fn is_known(&self, sights: &[Sight]) -> bool {
        self.from.iter().all(|from| sights[*from] != Sight::UNKNOWN)
    }
}

/// What was foreseen: a row, that there is none, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sight(u32);

impl Sight {
    /// It is not known.
    pub const UNKNOWN: Sight = Sight(u32::MAX);
    /// There is no such row.
    pub const MISSING: Sight = Sight(u32::MAX - 1);

    pub fn of(row: Option<u32>) -> Self {
        row.filter(|row| *row < Self::MISSING.0).map_or(Sight::MISSING, Sight)
    }

    #[inline]
    pub fn row(self) -> Option<u32> {
        (self.0 < Self::MISSING.0).then_some(self.0)
    }
}

impl Program {
    /// Notes which lookups can be done ahead, and marks them in the rules.
    pub fn foresee(&mut self) {
        let changed = changed(self);
        let mut counts = vec![0; self.masters.len()];
        let count = &mut |action: &Action| match action {
            Action::Lookup { master, .. } | Action::ForEach { master, .. } => counts[*master] += 1,
            _ => {}
        };
        self.of_transactions().for_each(|actions| walk(actions, count));
        // Rows that other keys can be made of: nothing changes them, and only one lookup chooses them.
        let steady: Vec<bool> =
            changed.iter().zip(counts).map(|(changed, count)| !changed && count == 1).collect();
        let mut marking = Marking { slots: self.slots.clone(), steady, foreseen: Vec::new() };
        let rules = self.edits.iter_mut().chain(&mut self.rules);
        rules.for_each(|rule| marking.mark(&mut rule.actions));
        self.foreseen = marking.foreseen;
    }
}

struct Marking {
    slots: Vec<SlotKind>,
    steady: Vec<bool>,
    foreseen: Vec<Foreseen>,
}

impl Marking {
    fn mark(&mut self, actions: &mut [Action]) {
        for action in actions {
            match action {
                Action::Lookup { master, by: None, keys, ahead, .. } => {
                    if let [key] = keys.as_slice()
                        && let Some(from) = self.sources(key)
                        && self.foreseen.len() < FORESEEN_MAX
                    {
                        *ahead = Some(self.foreseen.len());
                        self.foreseen.push(Foreseen { master: *master, key: key.clone(), from });
                    }
                }
                Action::When { actions, otherwise, .. } => {
                    self.mark(actions);
                    self.mark(otherwise);
                }
                Action::ForEach { actions, .. } => self.mark(actions),
                Action::Emit(emission) => self.mark(&mut emission.actions),
                _ => {}
            }
        }
    }

    /// The foreseen lookups that a key is made of; `None` if it is made of anything else than these and the transaction.
    fn sources(&self, key: &LookupKey) -> Option<Vec<usize>> {
        let mut from = Vec::new();
        for field in key.sources().flatten() {
            field.fixed_range()?;
            match self.slots[field.slot] {
                SlotKind::Transaction(_) => {}
                SlotKind::Master(master) if self.steady[master] => {
                    from.push(self.foreseen.iter().position(|foreseen| foreseen.master == master)?);
                }
                _ => return None,
            }
        }
        Some(from)
    }
}

/// Looks ahead with the masters that no rule changes; on any thread.
pub struct Scout {
    program: Arc<Program>,
    /// For each master its rows, if no rule changes them.
    tables: Vec<Option<Arc<Table>>>,
    /// Initial values of the transactions of each input.
    idle: Vec<Vec<u8>>,
}

impl Scout {
    /// A scout of these masters, `None` for those that change.
    pub fn new(program: Arc<Program>, tables: Vec<Option<Arc<Table>>>) -> Self {
        let idle = idle(&program);
        Scout { program, tables, idle }
    }

    /// What it foresees for a transaction, one for each foreseen lookup, and the rows as a frame.
    pub(super) fn look<'a>(
        &'a self,
        current: Current<'a>,
        rows: &'a mut [Option<u32>],
        out: &mut Vec<Sight>,
    ) -> Rows<'a> {
        rows.fill(None);
        let (start, mut key) = (out.len(), Vec::new());
        for foreseen in &self.program.foreseen {
            let table = self.tables[foreseen.master].as_ref();
            let Some(table) = table.filter(|_| foreseen.is_known(&out[start..])) else {
                out.push(Sight::UNKNOWN);
                continue;
            };
            key.clear();
            let frame = Rows { scout: self, current, rows };
            let sight = match foreseen.key.encode(&frame, &mut key) {
                Ok(true) => Sight::of(table.find(&key)),
                Ok(false) => Sight::MISSING,
                Err(_) => Sight::UNKNOWN,
            };
            rows[foreseen.master] = sight.row();
            out.push(sight);
        }
        Rows { scout: self, current, rows }
    }

    /// How many masters there are.
    pub(super) fn masters(&self) -> usize {
        self.tables.len()
    }
}

/// Initial values of the transactions of each input, for when none of them is being posted.
pub(super) fn idle(program: &Program) -> Vec<Vec<u8>> {
    let slot_of = |kind: SlotKind| program.slots.iter().position(|slot| *slot == kind);
    (0..)
        .map_while(|input| slot_of(SlotKind::Transaction(input)))
        .map(|slot| initial_record(&program.scope.slot(slot).format))
        .collect()
}

/// A transaction and rows found for it.
pub(super) struct Rows<'a> {
    scout: &'a Scout,
    current: Current<'a>,
    rows: &'a [Option<u32>],
}

impl Frame for Rows<'_> {
    #[inline]
    fn record(&self, slot: usize) -> &[u8] {
        match self.scout.program.slots[slot] {
            SlotKind::Transaction(input) if self.current.input == Some(input) => self.current.record,
            SlotKind::Transaction(input) => &self.scout.idle[input],
            SlotKind::Master(master) => match (&self.scout.tables[master], self.rows[master]) {
                (Some(table), Some(row)) => table.row(row),
                (Some(table), None) => table.initial(),
                (None, _) => &[],
            },
            SlotKind::Working | SlotKind::Output(_) | SlotKind::Registers => &[],
        }
    }

    fn origin(&self, slot: usize) -> Origin<'_> {
        match self.scout.program.slots[slot] {
            SlotKind::Transaction(input) if self.current.input == Some(input) => self.current.origin,
            _ => Origin { dataset: &self.scout.program.scope.slot(slot).name, ..Origin::default() },
        }
    }
}
