//! The posting engine: transactions against masters, by rules.
//!
//! ```text
//!   transaction -> edits (may reject) -> rules (look up, compute, move, emit) -> fate: posted or rejected
//!                        |                    |
//!                     masters, looked up and updated by key; the next transaction sees what this one did
//! ```
//!
//! Where the transactions come grouped, actions at control breaks stand between those of the last transaction of a group and
//! the first of the next.
//!
//! Rules are data: a [`Program`] is compiled once from the rules file, and the [`Engine`] runs it on every transaction.
//! A transaction that ends rejected leaves no trace in masters, working storage or outputs.

mod action;
mod alternate;
mod batch;
mod effects;
mod engine;
mod foresee;
mod in_order;
mod index;
mod ledger;
mod master;
mod numbers;
mod partition;
mod places;
mod program;
mod recall;
mod state;
mod table;
mod trace;
mod unique;

pub use action::{
    Action, Counter, CreateRow, Emission, Examine, Into, Join, JoinPiece, Missing, OnSizeError, Reason, Said,
    Search, Text, Unset, Unstring,
};
pub use batch::{Batch, Left, Lookout, Outcome, Parting, Place, Sample, Tally};
pub use engine::{Emit, Engine, Fate};
pub use foresee::{Foreseen, Scout};
pub use in_order::{in_order, memory_in_order};
pub use ledger::{Balance, BalanceKind, Entry, Ledger, Side, Sides, Source};
pub use master::Master;
pub use partition::Partition;
pub use program::{
    AlternateSpec, Break, MasterSpec, OutputSpec, Program, RejectPolicy, Rule, SequenceCheck, SlotKind,
    Taken, registers_copybook,
};
pub use table::Table;
pub use trace::{Effect, Emitted, Event, Glance, Occasion, RowSeen, See, Seen, Step, Trace, Tried};
