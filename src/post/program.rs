//! A compiled rules file.

use std::sync::Arc;

use super::foresee::Foreseen;
use crate::copybook::NumberShape;
use crate::decimal::Rounding;
use crate::expr::{Arithmetic, Condition, FieldRef, Meaning, Move, Scope};
use crate::key::{Key, LookupKey};

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
}

impl Program {
    /// Notes for each master whether some action releases rows of it.
    pub fn note_releases(&mut self) {
        let breaks = self.breaks.iter().flat_map(|level| level.first.iter().chain(&level.last));
        let rules = self.edits.iter().chain(&self.rules).flat_map(|rule| &rule.actions);
        let mut released = Vec::new();
        rules
            .chain(breaks)
            .chain(&self.start)
            .chain(&self.end)
            .for_each(|action| releases(action, &mut released));
        released.into_iter().for_each(|master| self.masters[master].releases = true);
    }
}

fn releases(action: &Action, found: &mut Vec<usize>) {
    match action {
        Action::Release { master } => found.push(*master),
        Action::When { actions, otherwise, .. } => {
            actions.iter().chain(otherwise).for_each(|action| releases(action, found));
        }
        Action::ForEach { actions, .. } => actions.iter().for_each(|action| releases(action, found)),
        Action::Emit(emission) => emission.actions.iter().for_each(|action| releases(action, found)),
        _ => {}
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
    /// Alternate keys by name, which need not be unique.
    pub alternates: Vec<(String, Key)>,
    /// True if rows may be released, so that several rows can have one key in the end.
    pub releases: bool,
    /// True if a new master is written, so that rows may be changed and made.
    pub writable: bool,
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
    /// What it does.
    pub actions: Vec<Action>,
    /// True if no later rule is tried after this one was applied.
    pub done: bool,
}

/// Why a transaction is rejected.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// Code.
    pub code: Arc<str>,
    /// Text.
    pub text: Arc<str>,
}

/// What a result becomes that does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnSizeError {
    /// The run stops.
    Stop,
    /// High-order digits are lost, as in COBOL without ON SIZE ERROR.
    Truncate,
    /// The transaction is rejected.
    Reject(Reason),
}

/// A step of a rule.
#[derive(Clone, Debug)]
pub enum Action {
    /// Stores the value of an expression.
    Compute {
        /// The receiver.
        target: FieldRef,
        /// Its number shape.
        shape: NumberShape,
        /// The expression.
        value: Arithmetic,
        /// What becomes of low-order digits.
        rounding: Rounding,
        /// What becomes of a result that does not fit.
        size_error: OnSizeError,
    },
    /// MOVE.
    Move(Move),
    /// STRING.
    Join(Join),
    /// Makes a master row the current one.
    Lookup {
        /// Which master.
        master: usize,
        /// The alternate key to go by; the unique one if not given.
        by: Option<usize>,
        /// The keys to look for, one after the other until there is a row.
        keys: Vec<LookupKey>,
        /// What if there is none.
        missing: Missing,
        /// Its number among the lookups that are done ahead.
        ahead: Option<usize>,
    },
    /// Actions for each row with an alternate key.
    ForEach {
        /// Which master.
        master: usize,
        /// The alternate key to go by.
        by: usize,
        /// The key to look for.
        key: LookupKey,
        /// What is done for each row.
        actions: Vec<Action>,
    },
    /// Deletes the current row of a master.
    Delete {
        /// Which master.
        master: usize,
    },
    /// Makes the current row of a master one that cannot be found any more.
    Release {
        /// Which master.
        master: usize,
    },
    /// Writes a record.
    Emit(Emission),
    /// Rejects the transaction.
    Reject {
        /// Why.
        reason: Reason,
        /// False if the edits go on, so that a later check may fail too.
        stop: bool,
    },
    /// Stops the run.
    Stop {
        /// The message.
        message: String,
    },
    /// Actions under a condition.
    When {
        /// The condition.
        condition: Condition,
        /// If it holds.
        actions: Vec<Action>,
        /// If it does not.
        otherwise: Vec<Action>,
    },
}

/// What to do when a master has no row with a key.
#[derive(Clone, Debug)]
pub enum Missing {
    /// Reject the transaction.
    Reject(Reason),
    /// Make the row: initial values, the key, then these actions.
    Create(CreateRow),
    /// Go on; the master's fields have their initial values, and its FOUND condition is false.
    Continue,
    /// Stop the run.
    Stop,
}

/// How a master row is made.
#[derive(Clone, Debug)]
pub struct CreateRow {
    /// Moves of the looked-up values into the key fields.
    pub key: Vec<Move>,
    /// Bytes of the row, if it is one of a 01 level that is shorter than others.
    pub length: Option<usize>,
}

/// Bytes of an output record that nothing sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unset {
    /// Initial values.
    #[default]
    Initial,
    /// One byte: blanks or X'00'.
    Byte(u8),
    /// Those of the record before.
    Last,
}

/// STRING: pieces one behind the other into a field, whose other bytes stay as they are (Language Reference, "STRING
/// statement"). What does not fit is cut off.
#[derive(Clone, Debug)]
pub struct Join {
    /// The pieces.
    pub pieces: Vec<JoinPiece>,
    /// The receiver.
    pub to: FieldRef,
}

/// A piece of STRING.
#[derive(Clone, Debug)]
pub struct JoinPiece {
    /// What it is.
    pub text: JoinText,
    /// It ends before these bytes; DELIMITED BY SIZE if not given.
    pub until: Option<Vec<u8>>,
}

/// Text of a piece.
#[derive(Clone, Debug)]
pub enum JoinText {
    /// A field's bytes.
    Field(FieldRef),
    /// Bytes in the code page of the receiver.
    Literal(Vec<u8>),
}

/// How an output record is built.
#[derive(Clone, Debug)]
pub struct Emission {
    /// Which output.
    pub output: usize,
    /// The number of the 01 level that says how long the record is; found out from the record if not given.
    pub root: Option<usize>,
    /// Bytes to begin with, before those of `from`.
    pub unset: Unset,
    /// A record or field to begin with.
    pub from: Option<FieldRef>,
    /// What is then set in it.
    pub actions: Vec<Action>,
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
