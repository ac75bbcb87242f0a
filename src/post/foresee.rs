//! Finding rows ahead of the rules.
//!
//! Where a lookup's key depends on the transaction alone, the row can be found before the transaction's turn comes: for many
//! transactions at a time, so that the memory answers for all of them at once, and for masters that are only looked up on any
//! thread. When the rules come to the lookup, what was foreseen is used if it is still so.

use std::sync::Arc;

use super::action::{Action, walk};
use super::batch::KeyList;
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
        self.note_used();
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
            // A lookup by an alternate key is done when its turn comes.
            if let Action::Lookup { master, by: None, keys, ahead, .. } = action
                && let [key] = keys.as_slice()
                && let Some(from) = self.sources(key)
                && self.foreseen.len() < FORESEEN_MAX
            {
                *ahead = Some(self.foreseen.len());
                self.foreseen.push(Foreseen { master: *master, key: key.clone(), from });
            }
            action.nested_mut().into_iter().for_each(|inside| self.mark(inside));
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

    /// Adds what it foresees for some transactions: for each of them one sight of each foreseen lookup.
    pub(super) fn look<'a>(
        &'a self,
        some: impl Iterator<Item = Current<'a>> + Clone,
        view: &mut ScoutView,
        out: &mut Vec<Sight>,
    ) {
        let (start, each) = (out.len(), self.program.foreseen.len());
        some.clone().for_each(|_| out.resize(out.len() + each, Sight::UNKNOWN));
        for (number, foreseen) in self.program.foreseen.iter().enumerate() {
            let Some(table) = &self.tables[foreseen.master] else { continue };
            view.keys.clear();
            for (place, current) in some.clone().enumerate() {
                let sights = &out[start + place * each..start + (place + 1) * each];
                if !foreseen.is_known(sights) {
                    view.keys.skip();
                    continue;
                }
                if !foreseen.from.is_empty() {
                    self.set_rows(sights, &mut view.rows);
                }
                let frame = Rows { scout: self, current, rows: &view.rows };
                // Values that cannot be a key are those of no row.
                let mut never = false;
                let made = view.keys.put(|key| {
                    let possible = foreseen.key.encode(&frame, key);
                    never = matches!(possible, Ok(false));
                    possible
                });
                if !made {
                    view.keys.skip();
                }
                if never {
                    out[start + place * each + number] = Sight::MISSING;
                }
            }
            table.find_all(&view.keys, |place, sight| out[start + place * each + number] = sight);
        }
    }

    /// A transaction with the rows that were foreseen for it, the `index`-th of those in `sights`.
    pub(super) fn rows<'a>(
        &'a self,
        current: Current<'a>,
        index: usize,
        sights: &[Sight],
        view: &'a mut ScoutView,
    ) -> Rows<'a> {
        let each = self.program.foreseen.len();
        self.set_rows(&sights[index * each..(index + 1) * each], &mut view.rows);
        Rows { scout: self, current, rows: &view.rows }
    }

    fn set_rows(&self, sights: &[Sight], rows: &mut [Option<u32>]) {
        rows.fill(None);
        for (foreseen, sight) in self.program.foreseen.iter().zip(sights) {
            rows[foreseen.master] = sight.row();
        }
    }

    /// What it needs to look.
    pub(super) fn view(&self) -> ScoutView {
        ScoutView { rows: vec![None; self.tables.len()], keys: KeyList::default() }
    }
}

/// Room for what a scout has in view.
pub(super) struct ScoutView {
    /// For each master the row that was found.
    rows: Vec<Option<u32>>,
    keys: KeyList,
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
