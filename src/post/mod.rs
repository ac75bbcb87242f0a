//! The posting engine: transactions against masters, by rules.
//!
//! ```text
//!   transaction -> edits (may reject) -> rules (look up, compute, move, emit) -> fate: posted or rejected
//!                        |                    |
//!                     masters, looked up and updated by key; the next transaction sees what this one did
//! ```
//!
//! Rules are data: a [`Program`] is compiled once from the rules file, and the [`Engine`] runs it on every transaction.
//! A transaction that ends rejected leaves no trace in masters, working storage or outputs.

mod engine;
mod master;
mod program;
mod state;

pub use engine::{Engine, Fate, PostReport};
pub use master::Master;
pub use program::{
    Action, CreateRow, Emission, MasterSpec, Missing, OnSizeError, OutputSpec, Program, Reason, RejectPolicy,
    Rule, SlotKind, registers_copybook,
};
