//! What the rules of a post step say must agree: rows of masters counted before and after, both sides held against each other
//! once the last transaction is posted.

use std::sync::Arc;

use crate::diag::{Diagnostic, Result};
use crate::expr::SingleFrame;
use crate::ops::{Total, Totals};
use crate::post::{Engine, Ledger, Master, Program, Sides, Source};
use crate::record::Origin;
use crate::run::report::TotalReport;

/// The balances of a step.
pub(super) struct Balancing {
    program: Arc<Program>,
    ledger: Ledger,
}

impl Balancing {
    /// Counts the rows of the masters before the first transaction.
    pub fn begin(program: &Arc<Program>, engines: &[Engine]) -> Result<Self> {
        let ledger = Ledger::new(&program.balances);
        let mut balancing = Balancing { program: Arc::clone(program), ledger };
        balancing.rows(engines, true)?;
        Ok(balancing)
    }

    /// Takes what engines counted, and the rows of the masters as they are now.
    ///
    /// # Errors
    /// `BAL001` or `BAL003` if two sides do not agree.
    pub fn end(&mut self, engines: &[Engine]) -> Result<()> {
        self.rows(engines, false)?;
        for engine in engines {
            self.ledger.merge(&self.program.balances, engine.ledger())?;
        }
        self.ledger.verify(&self.program.balances)
    }

    /// Both sides of every balance, for the report.
    pub fn totals(&self) -> Vec<TotalReport> {
        let mut totals = Vec::new();
        for (number, balance) in self.program.balances.iter().enumerate() {
            for (part, name) in balance.parts().into_iter().enumerate() {
                let of = |sides: &Sides| {
                    let sum = [sides.left, sides.right, sides.rejected][part.min(2)];
                    Total { count: sides.counts[part.min(2)], sum }
                };
                let groups = self.ledger.groups(number).map(|(group, sides)| (group.to_owned(), of(sides)));
                let totals_of: Totals = groups.collect();
                let (over, sum_of) = ("rules".to_owned(), Some(balance.name.clone()));
                totals.push(TotalReport { name, over, sum_of, totals: totals_of });
            }
        }
        totals
    }

    fn rows(&mut self, engines: &[Engine], before: bool) -> Result<()> {
        let Balancing { program, ledger } = self;
        let changes = |master: usize| {
            let mut entries = program.balances.iter().flat_map(|balance| &balance.entries);
            entries.any(|entry| entry.source == Source::Change(master))
        };
        for number in (0..program.masters.len()).filter(|number| changes(*number)) {
            let dataset = program.masters[number].dataset.as_str();
            // However the rows are divided, the first by key of those that are wrong is the one to be told of.
            let mut wrong: Option<(&[u8], Box<Diagnostic>)> = None;
            for (key, record) in Engine::rows_of(engines, number).into_iter().flat_map(Master::rows) {
                let origin = Origin { dataset, ..Origin::default() };
                let row = SingleFrame { record, origin };
                if let Err(error) = ledger.rows(&program.balances, number, before, &row)
                    && wrong.as_ref().is_none_or(|(first, _)| key < *first)
                {
                    wrong = Some((key, error));
                }
            }
            if let Some((_, error)) = wrong {
                return Err(error);
            }
        }
        Ok(())
    }
}
