//! Alternate keys that no two rows may share, held against each other at the end of each transaction.
//!
//! COBOL refuses the WRITE or REWRITE that would make a duplicate (Language Reference, "Common processing facilities", file status
//! 22). Here fields of rows change one by one, so that what a REWRITE would write is known only when the transaction is through
//! with its rows.

use super::super::program::{AlternateSpec, Program, Taken};
use super::super::state::Current;
use super::super::unique::Clash;
use super::Engine;
use crate::diag::{Diagnostic, Result, codes, hex};

/// What must be watched.
#[derive(Default)]
pub(super) struct Watch {
    /// Masters that may change and have a unique alternate key.
    masters: Vec<usize>,
    /// Rows that the current transaction made: what becomes of it if they may not stay, and the rule that made them.
    made: Vec<Made>,
}

struct Made {
    master: usize,
    row: u32,
    taken: Taken,
    rule: String,
}

impl Watch {
    pub fn new(program: &Program) -> Self {
        let changed = program.changed_masters();
        let watched = |master: &usize| changed[*master] && program.masters[*master].has_unique();
        Watch { masters: (0..changed.len()).filter(watched).collect(), made: Vec::new() }
    }

    /// Prepares for the next transaction.
    #[inline]
    pub fn begin(&mut self) {
        self.made.clear();
    }

    /// Notes a row that says itself what becomes of its transaction.
    pub fn made(&mut self, master: usize, row: Option<u32>, taken: &Taken, rule: &str) {
        let Some(row) = row.filter(|_| self.masters.contains(&master)) else { return };
        self.made.push(Made { master, row, taken: taken.clone(), rule: rule.to_owned() });
    }

    /// What the action says that made one of these rows; the later row has the first word.
    fn word(&self, master: usize, clash: Clash) -> Option<&Made> {
        let of = |row| self.made.iter().find(|made| made.master == master && made.row == row);
        of(clash.row).or_else(|| of(clash.other))
    }
}

impl Engine {
    /// Holds the rows that were touched against the others. A transaction that leaves two with one value is rejected, or stops the
    /// run; what belongs to none can only do that.
    #[inline]
    pub(super) fn check_unique(
        &mut self,
        program: &Program,
        current: &Current<'_>,
        in_transaction: bool,
    ) -> Result<()> {
        if self.unique.masters.is_empty() || in_transaction && self.pending.is_some() {
            return Ok(());
        }
        for at in 0..self.unique.masters.len() {
            let master = self.unique.masters[at];
            let Some(table) = self.state.masters[master].table_mut() else { continue };
            let Some((alternate, clash)) = table.clash(None)? else { continue };
            let alternate = &program.masters[master].alternates[alternate];
            let word = self.unique.word(master, clash);
            let (taken, rule) = match word {
                Some(made) => (Some(&made.taken), made.rule.as_str()),
                None => (alternate.unique.as_ref(), ""),
            };
            return match taken {
                Some(Taken::Reject(reason)) if in_transaction => {
                    let (reason, rule) = (reason.clone(), rule.to_owned());
                    let field = alternate.key.parts().first().map_or("", |part| part.field.name());
                    self.note_reject(&reason, &rule, field);
                    Ok(())
                }
                _ => Err(self.taken(master, alternate, clash, current)),
            };
        }
        Ok(())
    }

    fn taken(
        &self,
        master: usize,
        alternate: &AlternateSpec,
        clash: Clash,
        current: &Current<'_>,
    ) -> Box<Diagnostic> {
        let master = &self.state.masters[master];
        let message =
            format!("two rows of {} have the alternate key {}", master.name(), alternate.described());
        let row = |row: u32| hex(master.row_bytes(row).unwrap_or_default());
        let error = Diagnostic::error(codes::DAT008, message);
        let error = match current.record {
            [] => error,
            record => error.in_data(current.origin.of_record(record)),
        };
        error
            .note(format!("the rows are {}", row(clash.other)))
            .note(format!("and {}", row(clash.row)))
            .hint("it was declared unique; look the key up before a row gets it, or say what then: duplicate: reject")
    }
}
