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
    /// Nothing counted.
    pub fn new(program: &Arc<Program>) -> Self {
        Balancing { program: Arc::clone(program), ledger: Ledger::new(&program.balances) }
    }

    /// Counts the rows of the masters before the first transaction.
    pub fn begin(program: &Arc<Program>, engines: &[Engine]) -> Result<Self> {
        let mut balancing = Balancing::new(program);
        balancing.all_rows(engines, true, Vec::new())?;
        Ok(balancing)
    }

    /// As `begin`, where rows that no engine has yet have been counted: the first of each master that is wrong.
    pub fn begin_with(&mut self, engines: &[Engine], counted: Vec<FirstWrong>) -> Result<()> {
        self.all_rows(engines, true, counted)
    }

    /// Takes what engines counted, and the rows of the masters as they are now; of those whose rows no engine has any more,
    /// the first that was wrong.
    ///
    /// # Errors
    /// `BAL001` or `BAL003` if two sides do not agree.
    pub fn end(&mut self, engines: &[Engine], counted: Vec<FirstWrong>) -> Result<()> {
        self.all_rows(engines, false, counted)?;
        for engine in engines {
            self.ledger.merge(&self.program.balances, engine.ledger())?;
        }
        self.ledger.verify(&self.program.balances)
    }

    /// True if rows of a master count.
    pub fn counts(&self, master: usize) -> bool {
        let mut entries = self.program.balances.iter().flat_map(|balance| &balance.entries);
        entries.any(|entry| entry.source == Source::Change(master))
    }

    /// Counts a row. However the rows are divided, the first by key of those that are wrong is the one to be told of.
    pub fn row(
        &mut self,
        (master, before): (usize, bool),
        (key, record): (&[u8], &[u8]),
        wrong: &mut FirstWrong,
    ) {
        let dataset = self.program.masters[master].dataset.as_str();
        let row = SingleFrame { record, origin: Origin { dataset, ..Origin::default() } };
        if let Err(error) = self.ledger.rows(&self.program.balances, master, before, &row)
            && wrong.as_ref().is_none_or(|(first, _)| key < first.as_slice())
        {
            *wrong = Some((key.to_vec(), error));
        }
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

    fn all_rows(&mut self, engines: &[Engine], before: bool, mut counted: Vec<FirstWrong>) -> Result<()> {
        counted.resize_with(self.program.masters.len(), || None);
        for (number, mut wrong) in counted.into_iter().enumerate() {
            if self.counts(number) {
                for row in Engine::rows_of(engines, number).into_iter().flat_map(Master::rows) {
                    self.row((number, before), row, &mut wrong);
                }
            }
            if let Some((_, error)) = wrong {
                return Err(error);
            }
        }
        Ok(())
    }
}

/// The first row by key that cannot be counted, and why.
pub(super) type FirstWrong = Option<(Vec<u8>, Box<Diagnostic>)>;
