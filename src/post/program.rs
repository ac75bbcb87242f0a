//! A compiled rules file.

use std::ops::Range;

use super::action::{Action, Emission, Reason, Text, any, walk};
use super::foresee::Foreseen;
use super::ledger::Balance;
use super::partition::changes_key;
use crate::expr::{Condition, FieldRef, Meaning, Move, Scope};
use crate::key::Key;

/// Everything the engine needs to know, names resolved and types checked.
#[derive(Clone, Debug)]
pub struct Program {
    /// Records that expressions speak of.
    pub scope: Scope,
    /// What each slot of the scope is.
    pub slots: Vec<SlotKind>,
    /// Masters in the order of [`SlotKind::Master`].
    pub masters: Vec<MasterSpec>,
    /// Outputs in the order of [`SlotKind::Output`].
    pub outputs: Vec<OutputSpec>,
    /// Moves into working fields before the first transaction.
    pub parameters: Vec<Move>,
    /// What is done before the first transaction.
    pub start: Vec<Action>,
    /// The order that transactions must come in. Each is held against the one before it, whatever rows they touch, so that they
    /// must be posted one after the other.
    pub sequence: Option<SequenceCheck>,
    /// Control breaks, the major level first.
    pub breaks: Vec<Break>,
    /// Checks, run before the rules.
    pub edits: Vec<Rule>,
    /// What is done with a transaction that passed the edits.
    pub rules: Vec<Rule>,
    /// What is done after the last transaction.
    pub end: Vec<Action>,
    /// Deviations that the step asks for, by name: their conditions hold.
    pub quirks: Vec<String>,
    /// Which of several rejects of one transaction is reported.
    pub reject_policy: RejectPolicy,
    /// How a reject record is built, if the step has a dataset for rejects.
    pub rejects: Option<Emission>,
    /// True if a transaction with bytes that are no number is rejected instead of stopping the run.
    pub reject_invalid_data: bool,
    /// Lookups that can be done ahead of the rules, see [`Program::foresee`].
    pub foreseen: Vec<Foreseen>,
    /// Number of results that are asked for again.
    pub recalled: usize,
    /// What must agree.
    pub balances: Vec<Balance>,
}

impl Program {
    /// Notes for each master whether some action releases rows of it or changes their keys.
    pub fn note_keys(&mut self) {
        let mut releases = vec![false; self.masters.len()];
        for actions in self.of_transactions().chain(self.aside()) {
            walk(actions, &mut |action| {
                if let Action::Release { master } = action {
                    releases[*master] = true;
                }
            });
        }
        let changes: Vec<bool> = (0..self.masters.len()).map(|master| changes_key(self, master)).collect();
        for ((spec, releases), changes) in self.masters.iter_mut().zip(releases).zip(changes) {
            (spec.releases, spec.changes_keys) = (releases, changes);
        }
    }

    /// True if a reject may come after a change, so that changes must be remembered.
    pub fn can_reject_late(&self) -> bool {
        let taken = |spec: &AlternateSpec| matches!(spec.unique, Some(Taken::Reject(_)));
        let changes = |action: &Action| self.changes_more_than_working(action);
        self.reject_invalid_data
            || self.masters.iter().any(|master| master.alternates.iter().any(taken))
            || self.edits.iter().any(|rule| any(&rule.actions, &changes))
            || self.rules.iter().any(|rule| any(&rule.actions, &Action::rejects))
    }

    /// Notes which bytes of their rows rules look at.
    pub(super) fn note_used(&mut self) {
        let mut used = vec![None::<Range<usize>>; self.masters.len()];
        let mut see = |field: &FieldRef| {
            let SlotKind::Master(master) = self.slots[field.slot] else { return };
            // Where it is not known which bytes, it may be all of them.
            let place = field.fixed_range().unwrap_or(0..usize::MAX);
            used[master] = Some(match &used[master] {
                Some(range) => range.start.min(place.start)..range.end.max(place.end),
                None => place,
            });
        };
        self.reads(&mut see);
        for actions in self.of_transactions().chain(self.aside()) {
            walk(actions, &mut |action| action.writes(&mut |field, _| see(field)));
        }
        for (master, used) in self.masters.iter_mut().zip(used) {
            master.used = used.unwrap_or_default();
        }
    }

    /// True if an action changes a master or emits a record. Working fields are always as they were after a reject.
    fn changes_more_than_working(&self, action: &Action) -> bool {
        let (mut writes, mut beyond) = (false, false);
        action.writes(&mut |field, _| {
            writes = true;
            beyond |= self.slots[field.slot] != SlotKind::Working;
        });
        if writes { beyond } else { action.changes() }
    }
}

/// What a slot of the scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// Facts about the transaction and the run, see [`registers_copybook`].
    Registers,
    /// The transaction, if it comes from the input of this number; initial values otherwise. Never changed.
    Transaction(usize),
    /// Working storage.
    Working,
    /// The current row of a master.
    Master(usize),
    /// The record that an output is building.
    Output(usize),
}

/// A master file held for lookup and update.
#[derive(Clone, Debug)]
pub struct MasterSpec {
    /// Name in the rules.
    pub name: String,
    /// Name of the dataset, for messages.
    pub dataset: String,
    /// Its slot.
    pub slot: usize,
    /// Its unique key.
    pub key: Key,
    /// Alternate keys.
    pub alternates: Vec<AlternateSpec>,
    /// True if rows may be released, so that several rows can have one key in the end.
    pub releases: bool,
    /// True if rows may be given another key than they were read or made with.
    pub changes_keys: bool,
    /// True if a new master is written, so that rows may be changed and made.
    pub writable: bool,
    /// Bytes of a row among which are all that rules look at or change.
    pub used: Range<usize>,
}

/// A further key of a master.
#[derive(Clone, Debug)]
pub struct AlternateSpec {
    /// Name in the rules.
    pub name: String,
    /// Its fields.
    pub key: Key,
    /// What becomes of a transaction that leaves two rows with one value; `None` if they may have it.
    pub unique: Option<Taken>,
}

impl AlternateSpec {
    /// Its name and its fields.
    pub(super) fn described(&self) -> String {
        let fields: Vec<&str> = self.key.parts().iter().map(|part| part.field.name()).collect();
        format!("{} ({})", self.name, fields.join(", "))
    }
}

/// What becomes of a transaction that gives a row a unique key which another row has.
#[derive(Clone, Debug)]
pub enum Taken {
    /// It stops the run.
    Stop,
    /// It is rejected.
    Reject(Reason),
}

impl MasterSpec {
    /// True if no two rows may have one value of some alternate key.
    pub fn has_unique(&self) -> bool {
        self.alternates.iter().any(|alternate| alternate.unique.is_some())
    }
}

/// A dataset that rules emit records to.
#[derive(Clone, Debug)]
pub struct OutputSpec {
    /// Name in the rules.
    pub name: String,
    /// Its slot.
    pub slot: usize,
    /// The kinds that its records must be of.
    pub meaning: Meaning,
    /// True if a record is as long as its kind.
    pub varies: bool,
}

/// Which of several rejects of one transaction is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RejectPolicy {
    /// The first failing check.
    #[default]
    First,
    /// The last failing check, as programs do that overwrite the reason.
    Last,
    /// Each failing check has a reject record; the first one is counted as the reason.
    All,
}

/// The order that transactions must come in.
#[derive(Clone, Debug)]
pub struct SequenceCheck {
    /// Fields of the transaction.
    pub key: Key,
    /// True if no two may have one key.
    pub unique: bool,
    /// Why a transaction out of order is rejected; if not given it stops the run.
    pub reject: Option<Reason>,
}

/// A level of control breaks.
#[derive(Clone, Debug)]
pub struct Break {
    /// Name for reports.
    pub name: String,
    /// A change in one of these fields of the transaction, or in one of a level above, ends a group.
    pub on: Vec<FieldRef>,
    /// What is done before the first transaction of a group.
    pub first: Vec<Action>,
    /// What is done after the last one.
    pub last: Vec<Action>,
}

/// A named list of actions.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Name for reports.
    pub name: String,
    /// The input whose transactions it is for; all if not given.
    pub input: Option<usize>,
    /// Applied only where this holds.
    pub condition: Option<Condition>,
    /// The condition as it was written, in a program that is explained.
    pub said: Option<Text>,
    /// What it does.
    pub actions: Vec<Action>,
    /// True if no later rule is tried after this one was applied.
    pub done: bool,
}

/// The copybook of the register record: facts that rules may use like any field. Every master adds the number of rows that were read
/// and a status with a condition name, and every quirk that the rules declare a condition.
pub fn registers_copybook<'a>(
    masters: impl IntoIterator<Item = &'a str>,
    quirks: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut text = String::from(
        "01 REGISTERS.\n\
         05 RECORD-NUMBER PIC 9(18) COMP-5.\n\
         05 RECORD-LENGTH PIC 9(9) COMP-5.\n\
         05 POSTING-INPUT PIC X(30).\n\
         05 POSTING-RULE PIC X(32).\n\
         05 REJECT-CODE PIC X(24).\n\
         05 REJECT-REASON PIC X(80).\n\
         05 REJECT-RULE PIC X(32).\n\
         05 REJECT-FIELD PIC X(30).\n\
         05 BREAK-STATUS PIC X.\n\
         88 FINAL-BREAK VALUE 'Y'.\n",
    );
    for quirk in quirks {
        text.push_str(&format!("05 {quirk}-QUIRK PIC X.\n88 {quirk} VALUE 'Y'.\n"));
    }
    for master in masters {
        text.push_str(&format!(
            "05 {master}-ROWS PIC 9(18) COMP-5.\n05 {master}-STATUS PIC X.\n88 {master}-FOUND VALUE 'Y'.\n88 {master}-MISSING VALUE 'N'.\n"
        ));
    }
    text
}
