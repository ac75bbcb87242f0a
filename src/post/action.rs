//! The actions of rules, compiled.

use std::sync::Arc;

use super::program::Taken;
use crate::copybook::NumberShape;
use crate::decimal::Rounding;
use crate::expr::{Arithmetic, Condition, Delimiter, FieldRef, Inspect, Move, Receiver, Table, TextPart};
use crate::key::LookupKey;
use crate::record::Overflow;

/// Why a transaction is rejected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason {
    /// Code.
    pub code: Arc<str>,
    /// Text.
    pub text: Arc<str>,
}

/// What a result becomes that does not fit its field.
#[derive(Clone, Debug)]
pub enum OnSizeError {
    /// The run stops.
    Stop,
    /// High-order digits are lost, as in COBOL without ON SIZE ERROR.
    Truncate,
    /// The transaction is rejected.
    Reject(Reason),
    /// The receiver stays as it was.
    Do {
        /// What is done instead.
        actions: Vec<Action>,
        /// What is done if the result fits.
        otherwise: Vec<Action>,
    },
}

/// A step of a rule.
#[derive(Clone, Debug)]
pub enum Action {
    /// Stores the value of an expression.
    Compute {
        /// The receiver.
        target: FieldRef,
        /// How it takes results.
        shape: Receiver,
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
    /// INSPECT.
    Inspect(Box<Examine>),
    /// UNSTRING.
    Unstring(Box<Unstring>),
    /// SEARCH, SEARCH ALL.
    Search(Box<Search>),
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
    /// Counts a warning.
    Warn {
        /// Why.
        reason: Reason,
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
    /// Actions as they were written: only in a program that is explained.
    Said(Box<Said>),
}

/// An action as it was written, and what it was compiled to.
#[derive(Clone, Debug)]
pub struct Said {
    /// What was written.
    pub text: Text,
    /// Fields that it changes by name.
    pub writes: Vec<FieldRef>,
    /// What it is.
    pub actions: Vec<Action>,
}

/// A condition or an action as it was written.
#[derive(Clone, Debug)]
pub struct Text {
    /// The words.
    pub words: String,
    /// File and line.
    pub place: String,
    /// Fields that it speaks of.
    pub reads: Vec<FieldRef>,
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
    /// Go on: the actions behind it insert the row. The word says what they do where there is one: stop, reject or continue.
    Insert(&'static str),
    /// Stop the run.
    Stop,
}

/// How a master row is made.
#[derive(Clone, Debug)]
pub struct CreateRow {
    /// Moves of the looked-up values into the key fields.
    pub key: Vec<Move>,
    /// True if such a value may come from the row that is current before.
    pub from_row: bool,
    /// Bytes of the row, if it is one of a 01 level that is shorter than others.
    pub length: Option<usize>,
    /// Initial values of that 01 level.
    pub initial: Option<Vec<u8>>,
    /// What becomes of the transaction if it leaves the row with a unique alternate key that another row has; what the master says
    /// if not given.
    pub taken: Option<Taken>,
}

/// Bytes of an output record that nothing sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Unset {
    /// Initial values.
    #[default]
    Initial,
    /// Those of the 01 level that the record is one of.
    Level(Vec<u8>),
    /// One byte: blanks or X'00'.
    Byte(u8),
    /// Those of the record before.
    Last,
}

/// A field that holds a whole number: a counter, a pointer, an index.
#[derive(Clone, Debug)]
pub struct Counter {
    /// The field.
    pub field: FieldRef,
    /// Its number shape.
    pub shape: NumberShape,
}

/// STRING: pieces one behind the other into a field, whose other bytes stay as they are (Language Reference, "STRING
/// statement"). What does not fit is cut off.
#[derive(Clone, Debug)]
pub struct Join {
    /// The pieces.
    pub pieces: Vec<JoinPiece>,
    /// The receiver.
    pub to: FieldRef,
    /// Where the first piece goes, from 1; it moves on with what is put there.
    pub pointer: Option<Counter>,
    /// What is done if not all fits, or the pointer points outside.
    pub overflow: Vec<Action>,
}

/// A piece of STRING.
#[derive(Clone, Debug)]
pub struct JoinPiece {
    /// What it is.
    pub text: TextPart,
    /// It ends before this; DELIMITED BY SIZE if not given.
    pub until: Option<TextPart>,
}

/// INSPECT of a field.
#[derive(Clone, Debug)]
pub struct Examine {
    /// The field.
    pub field: FieldRef,
    /// What is counted and changed.
    pub inspect: Inspect,
    /// What the counts are added to.
    pub counters: Vec<Counter>,
}

/// UNSTRING of a field.
#[derive(Clone, Debug)]
pub struct Unstring {
    /// The text.
    pub from: FieldRef,
    /// What ends a piece; if nothing, pieces are as long as their receivers.
    pub delimiters: Vec<Delimiter>,
    /// Receivers of the pieces.
    pub into: Vec<Into>,
    /// Where the first piece begins, from 1; it moves on with what was looked at.
    pub pointer: Option<Counter>,
    /// The number of receivers that got a piece is added to it.
    pub tallying: Option<Counter>,
    /// What becomes of digits that a receiver has no room for.
    pub size: Overflow,
    /// What is done if something is left of the text, or the pointer points outside.
    pub overflow: Vec<Action>,
}

/// A receiver of UNSTRING.
#[derive(Clone, Debug)]
pub struct Into {
    /// The receiver of the piece.
    pub to: FieldRef,
    /// The receiver of the delimiter behind it.
    pub delimiter: Option<FieldRef>,
    /// The number of its characters.
    pub count: Option<Counter>,
}

/// SEARCH: the first entry of a table that a condition holds for.
#[derive(Clone, Debug)]
pub struct Search {
    /// The table.
    pub table: Table,
    /// The number of the entry that is looked at, from 1.
    pub index: Counter,
    /// What must hold.
    pub condition: Condition,
    /// For a search by halves: that an entry is before the one that is looked for.
    pub before: Option<Condition>,
    /// What is done if there is one.
    pub actions: Vec<Action>,
    /// What is done if there is none.
    pub missing: Vec<Action>,
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

/// The lists of actions inside an action, to be read or to be changed.
macro_rules! lists_inside {
    ($action:expr $(, $mut:tt)?) => {
        match $action {
            Action::When { actions, otherwise, .. } => vec![actions, otherwise],
            Action::ForEach { actions, .. } => vec![actions],
            Action::Said(said) => vec![&$($mut)? said.actions],
            Action::Emit(emission) => vec![&$($mut)? emission.actions],
            Action::Join(join) => vec![&$($mut)? join.overflow],
            Action::Unstring(unstring) => vec![&$($mut)? unstring.overflow],
            Action::Search(search) => vec![&$($mut)? search.actions, &$($mut)? search.missing],
            Action::Compute { size_error: OnSizeError::Do { actions, otherwise }, .. } => {
                vec![actions, otherwise]
            }
            Action::Compute { .. } | Action::Move(_) | Action::Inspect(_) => Vec::new(),
            Action::Lookup { .. } => Vec::new(),
            Action::Delete { .. } | Action::Release { .. } => Vec::new(),
            Action::Reject { .. } | Action::Warn { .. } | Action::Stop { .. } => Vec::new(),
        }
    };
}

impl Action {
    /// The lists of actions inside this one.
    pub fn nested(&self) -> Vec<&[Action]> {
        lists_inside!(self)
    }

    /// The same, to be changed.
    pub fn nested_mut(&mut self) -> Vec<&mut [Action]> {
        lists_inside!(self, mut)
    }

    /// True if it changes something that a reject would have to take back. What is inside it is not looked at.
    pub fn changes(&self) -> bool {
        match self {
            Action::Compute { .. } | Action::Move(_) | Action::Join(_) | Action::Emit(_) => true,
            Action::Inspect(_) | Action::Unstring(_) | Action::Search(_) => true,
            Action::Delete { .. } | Action::Release { .. } => true,
            Action::Lookup { missing, .. } => matches!(missing, Missing::Create(_)),
            Action::ForEach { .. } | Action::When { .. } | Action::Said(_) => false,
            Action::Reject { .. } | Action::Warn { .. } | Action::Stop { .. } => false,
        }
    }

    /// True if it may reject the transaction. What is inside it is not looked at.
    pub fn rejects(&self) -> bool {
        match self {
            Action::Compute { size_error, .. } => matches!(size_error, OnSizeError::Reject(_)),
            Action::Lookup { missing, .. } => matches!(missing, Missing::Reject(_)),
            Action::Reject { .. } => true,
            _ => false,
        }
    }
}

/// Calls `each` for every action, those inside others after them.
pub fn walk<'a>(actions: &'a [Action], each: &mut dyn FnMut(&'a Action)) {
    for action in actions {
        each(action);
        action.nested().into_iter().for_each(|inside| walk(inside, each));
    }
}

/// True if one of the actions, or of those inside them, is such.
pub fn any(actions: &[Action], such: &dyn Fn(&Action) -> bool) -> bool {
    actions.iter().any(|action| such(action) || action.nested().into_iter().any(|inside| any(inside, such)))
}
