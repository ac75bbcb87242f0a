//! A compiled rules file.

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
    /// Checks, run before the rules.
    pub edits: Vec<Rule>,
    /// What is done with a transaction that passed the edits.
    pub rules: Vec<Rule>,
    /// Which of several rejects of one transaction is reported.
    pub reject_policy: RejectPolicy,
    /// How a reject record is built, if the step has a dataset for rejects.
    pub rejects: Option<Emission>,
    /// True if a transaction with bytes that are no number is rejected instead of stopping the run.
    pub reject_invalid_data: bool,
}

/// What a slot of the scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// Facts about the transaction and the run, see [`registers_copybook`].
    Registers,
    /// The transaction. Never changed.
    Transaction,
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

/// A named list of actions.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Name for reports.
    pub name: String,
    /// Applied only where this holds.
    pub condition: Option<Condition>,
    /// What it does.
    pub actions: Vec<Action>,
    /// True if no later rule is tried after this one was applied.
    pub done: bool,
}

/// Why a transaction is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Code.
    pub code: String,
    /// Text.
    pub text: String,
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
    /// Makes a master row the current one.
    Lookup {
        /// Which master.
        master: usize,
        /// The key to look for.
        key: LookupKey,
        /// What if there is none.
        missing: Missing,
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
}

/// How an output record is built.
#[derive(Clone, Debug)]
pub struct Emission {
    /// Which output.
    pub output: usize,
    /// Bytes to begin with; initial values otherwise.
    pub from: Option<FieldRef>,
    /// What is then set in it.
    pub actions: Vec<Action>,
}

/// The copybook of the register record: facts that rules may use like any field. Every master adds a status with a
/// condition name.
pub fn registers_copybook<'a>(masters: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::from(
        "01 REGISTERS.\n\
         05 RECORD-NUMBER PIC 9(18) COMP-5.\n\
         05 RECORD-LENGTH PIC 9(9) COMP-5.\n\
         05 REJECT-CODE PIC X(24).\n\
         05 REJECT-REASON PIC X(80).\n\
         05 REJECT-RULE PIC X(32).\n\
         05 REJECT-FIELD PIC X(30).\n",
    );
    for master in masters {
        text.push_str(&format!(
            "05 {master}-STATUS PIC X.\n88 {master}-FOUND VALUE 'Y'.\n88 {master}-MISSING VALUE 'N'.\n"
        ));
    }
    text
}
