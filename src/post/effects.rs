//! What an action reads, changes and contains, for those who must know before it is run.

use super::action::{Action, Examine, Join, Missing, OnSizeError, Search, Unstring, walk};
use super::program::Program;
use crate::expr::{FieldRef, See};

/// How much of a receiver an action sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All bytes of it.
    Whole,
    /// Some, or none at all.
    Part,
}

impl Action {
    /// Fields that it reads itself, before the actions in it.
    pub(super) fn reads<'p>(&'p self, see: See<'_, 'p>) {
        match self {
            Action::Compute { target, value, .. } => {
                value.reads(see);
                target.reads_to_locate(see);
            }
            Action::Move(movement) => movement.reads(see),
            Action::Join(join) => join.reads(see),
            Action::Inspect(examine) => examine.reads(see),
            Action::Unstring(unstring) => unstring.reads(see),
            Action::Search(search) => search.reads(see),
            Action::Lookup { keys, missing, .. } => {
                keys.iter().flat_map(|key| key.sources()).flatten().for_each(|field| field.reads(see));
                if let Missing::Create(create) = missing {
                    create.key.iter().for_each(|movement| movement.reads(see));
                }
            }
            Action::ForEach { key, .. } => key.sources().flatten().for_each(|field| field.reads(see)),
            Action::Emit(emission) => emission.from.iter().for_each(|field| field.reads(see)),
            Action::When { condition, .. } => condition.reads(see),
            Action::Delete { .. } | Action::Release { .. } | Action::Said(_) => {}
            Action::Reject { .. } | Action::Warn { .. } | Action::Stop { .. } => {}
        }
    }

    /// Fields that it changes itself. Keys of rows that it makes are not among them.
    pub(super) fn writes<'p>(&'p self, see: &mut dyn FnMut(&'p FieldRef, Extent)) {
        match self {
            Action::Compute { target, size_error, .. } => match size_error {
                // A result that does not fit ends the transaction, or is cut and stored.
                OnSizeError::Stop | OnSizeError::Truncate | OnSizeError::Reject(_) => {
                    see(target, Extent::Whole)
                }
                OnSizeError::Do { .. } => see(target, Extent::Part),
            },
            Action::Move(movement) => see(&movement.to, Extent::Whole),
            Action::Join(join) => {
                see(&join.to, Extent::Part);
                join.pointer.iter().for_each(|pointer| see(&pointer.field, Extent::Part));
            }
            Action::Inspect(examine) => {
                see(&examine.field, Extent::Part);
                examine.counters.iter().for_each(|counter| see(&counter.field, Extent::Part));
            }
            Action::Unstring(unstring) => unstring.writes(&mut |field| see(field, Extent::Part)),
            Action::Search(search) => see(&search.index.field, Extent::Part),
            Action::Lookup { .. } | Action::ForEach { .. } | Action::Emit(_) | Action::When { .. } => {}
            Action::Delete { .. } | Action::Release { .. } | Action::Said(_) => {}
            Action::Reject { .. } | Action::Warn { .. } | Action::Stop { .. } => {}
        }
    }

    /// The master whose rows it makes or takes away.
    pub(super) fn makes_or_takes(&self) -> Option<usize> {
        match self {
            Action::Lookup { master, missing: Missing::Create(_), .. } => Some(*master),
            Action::Delete { master } | Action::Release { master } => Some(*master),
            Action::Lookup { .. } | Action::ForEach { .. } | Action::When { .. } | Action::Said(_) => None,
            Action::Compute { .. } | Action::Move(_) | Action::Join(_) | Action::Inspect(_) => None,
            Action::Unstring(_) | Action::Search(_) | Action::Emit(_) => None,
            Action::Reject { .. } | Action::Warn { .. } | Action::Stop { .. } => None,
        }
    }
}

impl Join {
    fn reads<'p>(&'p self, see: See<'_, 'p>) {
        for piece in &self.pieces {
            piece.text.reads(see);
            piece.until.iter().for_each(|until| until.reads(see));
        }
        self.pointer.iter().for_each(|pointer| pointer.field.reads(see));
        self.to.reads_to_locate(see);
    }
}

impl Examine {
    fn reads<'p>(&'p self, see: See<'_, 'p>) {
        self.field.reads(see);
        self.inspect.reads(see);
        self.counters.iter().for_each(|counter| counter.field.reads(see));
    }
}

impl Unstring {
    fn reads<'p>(&'p self, see: See<'_, 'p>) {
        self.from.reads(see);
        self.delimiters.iter().for_each(|delimiter| delimiter.reads(see));
        self.writes(&mut |field| field.reads_to_locate(see));
        self.pointer.iter().chain(&self.tallying).for_each(|counter| counter.field.reads(see));
    }

    fn writes<'p>(&'p self, see: See<'_, 'p>) {
        for into in &self.into {
            see(&into.to);
            into.delimiter.iter().for_each(&mut *see);
            into.count.iter().for_each(|count| see(&count.field));
        }
        self.pointer.iter().chain(&self.tallying).for_each(|counter| see(&counter.field));
    }
}

impl Search {
    fn reads<'p>(&'p self, see: See<'_, 'p>) {
        self.table.reads(see);
        self.index.field.reads(see);
        self.before.iter().chain([&self.condition]).for_each(|condition| condition.reads(see));
    }
}

impl Program {
    /// What is done with a transaction: edits, rules, and the record of a reject.
    pub(super) fn of_transactions(&self) -> impl Iterator<Item = &[Action]> {
        let rules = self.edits.iter().chain(&self.rules).map(|rule| rule.actions.as_slice());
        rules.chain(self.rejects.iter().map(|emission| emission.actions.as_slice()))
    }

    /// Fields that conditions, actions and balances read, wherever they stand.
    pub(super) fn reads<'p>(&'p self, see: See<'_, 'p>) {
        for actions in self.of_transactions().chain(self.aside()) {
            walk(actions, &mut |action| action.reads(see));
        }
        let rules = self.edits.iter().chain(&self.rules);
        rules.filter_map(|rule| rule.condition.as_ref()).for_each(|condition| condition.reads(see));
        self.rejects.iter().filter_map(|record| record.from.as_ref()).for_each(|field| field.reads(see));
        for entry in self.balances.iter().flat_map(|balance| &balance.entries) {
            entry.condition.iter().for_each(|condition| condition.reads(see));
            entry.amount.reads(see);
            entry.by.iter().for_each(|field| field.reads(see));
        }
    }

    /// What is done before the first transaction, at breaks and after the last one.
    pub(super) fn aside(&self) -> impl Iterator<Item = &[Action]> {
        let breaks = self.breaks.iter().flat_map(|level| [level.first.as_slice(), &level.last]);
        breaks.chain([self.start.as_slice(), &self.end])
    }
}
