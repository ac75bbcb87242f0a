//! Counting what must agree: records as they are emitted, transactions once they are posted or rejected.

use super::super::ledger::Source;
use super::super::program::Program;
use super::super::state::Current;
use super::Engine;
use crate::diag::{Class, Diagnostic, Place, Result};

impl Engine {
    /// Counts the record that an output has built.
    pub(super) fn count(&mut self, source: Source, current: &Current<'_>) -> Result<()> {
        if self.program.balances.is_empty() {
            return Ok(());
        }
        let mut ledger = std::mem::take(&mut self.state.ledger);
        let counted = ledger.count(&self.program.balances, source, &self.view(current));
        self.state.ledger = ledger;
        counted.map_err(|error| located(error, current))
    }

    /// Counts a transaction that was posted, and holds against each other what must agree in it. At breaks there is none, but
    /// what is emitted there must agree all the same.
    pub(super) fn balance(&mut self, program: &Program, current: &Current<'_>, ended: bool) -> Result<()> {
        if program.balances.is_empty() || self.pending.is_some() {
            return Ok(());
        }
        if let Some(input) = current.input.filter(|_| !ended) {
            self.count(Source::Transaction(input), current)?;
        }
        self.state.ledger.close(&program.balances).map_err(|error| located(error, current))
    }

    /// Counts what came in with a transaction that was rejected.
    pub(super) fn count_rejected(&mut self, program: &Program, current: &Current<'_>) -> Result<()> {
        let Some(input) = current.input.filter(|_| !program.balances.is_empty()) else { return Ok(()) };
        let mut ledger = std::mem::take(&mut self.state.ledger);
        let counted = ledger.count_rejected(&program.balances, input, &self.view(current));
        self.state.ledger = ledger;
        counted
    }
}

/// An error of balances with the transaction at which it was found.
fn located(error: Box<Diagnostic>, current: &Current<'_>) -> Box<Diagnostic> {
    let known = matches!(error.place, Place::Data(_)) || error.code.class() != Class::OutOfBalance;
    if known || current.record.is_empty() {
        error
    } else {
        error.in_data(current.origin.of_record(current.record))
    }
}
