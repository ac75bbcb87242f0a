//! Sums that must agree while transactions are posted: debits and credits, totals in and totals out.
//!
//! ```text
//!   transaction  in ----.                      .---- out, rejected
//!                        >  group: left, right <
//!   record emitted ----'   debit or out, credit '---- rows of a master after, less those before
//! ```
//!
//! What a transaction adds stays apart until its fate is known; a reject takes it back.

use std::collections::BTreeMap;

use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, codes};
use crate::expr::{Arithmetic, Condition, Fault, FieldRef, Frame};

/// Two sides that must come to the same in every group.
#[derive(Clone, Debug)]
pub struct Balance {
    /// Name for messages and reports.
    pub name: String,
    /// What is held against what.
    pub kind: BalanceKind,
    /// True if every transaction must balance by itself; otherwise the run as a whole.
    pub each: bool,
    /// What is counted.
    pub entries: Vec<Entry>,
}

/// What a balance holds against what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BalanceKind {
    /// Debits against credits of what is emitted.
    DoubleEntry,
    /// What comes in against what goes out.
    Totals,
}

/// An amount that is counted on one side.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whose amount it is.
    pub source: Source,
    /// The side.
    pub side: Side,
    /// Counted only where this holds.
    pub condition: Option<Condition>,
    /// The amount; it may be negative.
    pub amount: Arithmetic,
    /// Fields whose values make the group.
    pub by: Vec<FieldRef>,
}

/// Whose amount an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Each transaction of the input of this number.
    Transaction(usize),
    /// Each record that is emitted to the output of this number.
    Output(usize),
    /// The rows of the master of this number after the run, less those before it.
    Change(usize),
}

/// A side of a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Debit, or in.
    Left,
    /// Credit, or out.
    Right,
}

/// Both sides of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Debits, or what came in.
    pub left: Decimal,
    /// Credits, or what went out.
    pub right: Decimal,
    /// What came in with transactions that were rejected; it is in neither side.
    pub rejected: Decimal,
    /// Amounts on the left, on the right, and of rejects.
    pub counts: [u64; 3],
}

/// What was counted so far, for each balance of a program by group.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    sums: Vec<BTreeMap<String, Sides>>,
    /// What the current transaction adds, before its fate is known.
    open: Vec<(usize, String, Sides)>,
}

impl Balance {
    /// The balances of debits and credits end in the first two words, the others in the last two.
    fn words(&self) -> [&'static str; 2] {
        match self.kind {
            BalanceKind::DoubleEntry => ["debits", "credits"],
            BalanceKind::Totals => ["in", "out"],
        }
    }

    /// Names of what it counts, for reports: both sides, and rejects where there can be any.
    pub fn parts(&self) -> Vec<String> {
        let [left, right] = self.words();
        let rejected = (self.kind == BalanceKind::Totals).then(|| format!("{} rejected", self.name));
        [format!("{} {left}", self.name), format!("{} {right}", self.name)]
            .into_iter()
            .chain(rejected)
            .collect()
    }

    /// The message that two sides differ.
    fn unequal(&self, groups: &[(&str, Sides)], of: &str) -> Box<Diagnostic> {
        let [left, right] = self.words();
        let (code, message, hint) = match self.kind {
            BalanceKind::DoubleEntry => (
                codes::BAL001,
                format!("debits and credits of {} do not agree {of}", self.name),
                "correct the rules so that every debit has its credits; nothing is published",
            ),
            BalanceKind::Totals => (
                codes::BAL003,
                format!("what comes in and what goes out of {} do not agree {of}", self.name),
                "correct the rules so that every amount goes somewhere, once; nothing is published",
            ),
        };
        let shown = groups.iter().take(GROUPS_SHOWN).map(|(group, sides)| {
            let group = if group.is_empty() { String::new() } else { format!("{group}: ") };
            let apart = sides.left.checked_neg().and_then(|left| sides.right.checked_add(left));
            let apart = apart.map(|apart| format!(", {right} less {left} {apart}")).unwrap_or_default();
            format!("{group}{left} {}, {right} {}{apart}", sides.left, sides.right)
        });
        let mut error = Diagnostic::error(code, message).hint(hint);
        for note in shown {
            error = error.note(note);
        }
        if groups.len() > GROUPS_SHOWN {
            error = error.note(format!("and {} more groups", groups.len() - GROUPS_SHOWN));
        }
        error
    }
}

/// Groups that a message shows at most.
const GROUPS_SHOWN: usize = 10;

impl Entry {
    /// The group and the amount, if the condition holds.
    ///
    /// # Errors
    /// Bytes that are no number, and amounts that no number holds (`DAT009`).
    fn counted<F: Frame + ?Sized>(&self, name: &str, frame: &F) -> Result<Option<(String, Decimal)>> {
        if let Some(condition) = &self.condition
            && !condition.holds(frame)?
        {
            return Ok(None);
        }
        let amount = self.amount.value(frame).map_err(|fault| fault.into_diagnostic(|| name.to_owned()))?;
        let mut group = String::new();
        for field in &self.by {
            if !group.is_empty() {
                group.push_str(", ");
            }
            match field.number() {
                Some(shape) => {
                    let value = Decimal::new(field.integer(shape, frame)?, i16::from(shape.scale));
                    group.push_str(&value.to_string());
                }
                None => group.push_str(field.format.page.decode(field.bytes(frame)?).trim_end()),
            }
        }
        Ok(Some((group, amount)))
    }
}

impl Sides {
    fn add(&mut self, other: &Sides) -> std::result::Result<(), crate::decimal::SizeError> {
        self.left = self.left.checked_add(other.left)?;
        self.right = self.right.checked_add(other.right)?;
        self.rejected = self.rejected.checked_add(other.rejected)?;
        self.counts.iter_mut().zip(other.counts).for_each(|(sum, count)| *sum += count);
        Ok(())
    }

    fn of(side: Side, amount: Decimal) -> Sides {
        match side {
            Side::Left => Sides { left: amount, counts: [1, 0, 0], ..Sides::default() },
            Side::Right => Sides { right: amount, counts: [0, 1, 0], ..Sides::default() },
        }
    }

    fn agree(&self) -> bool {
        self.left == self.right
    }
}

impl Ledger {
    /// Nothing counted yet.
    pub fn new(balances: &[Balance]) -> Self {
        Ledger { sums: vec![BTreeMap::new(); balances.len()], open: Vec::new() }
    }

    /// Forgets what the current transaction added.
    pub fn begin(&mut self) {
        self.open.clear();
    }

    /// Counts an amount of the current transaction; answers whether there was one.
    pub fn count<F: Frame + ?Sized>(
        &mut self,
        balances: &[Balance],
        source: Source,
        frame: &F,
    ) -> Result<()> {
        for (number, balance) in balances.iter().enumerate() {
            let (mut concerned, mut counted) = (false, false);
            for entry in balance.entries.iter().filter(|entry| entry.source == source) {
                concerned = true;
                if let Some((group, amount)) = entry.counted(&balance.name, frame)? {
                    counted = true;
                    self.add_open(number, group, &Sides::of(entry.side, amount), &balance.name)?;
                }
            }
            if concerned && !counted && balance.kind == BalanceKind::DoubleEntry {
                return Err(neither(balance));
            }
        }
        Ok(())
    }

    /// Counts what came in with a transaction that was rejected, as far as its bytes say.
    pub fn count_rejected<F: Frame + ?Sized>(
        &mut self,
        balances: &[Balance],
        input: usize,
        frame: &F,
    ) -> Result<()> {
        self.begin();
        for (number, balance) in balances.iter().enumerate() {
            for entry in balance.entries.iter().filter(|it| it.source == Source::Transaction(input)) {
                // A transaction may have been rejected because this is no number.
                let Ok(Some((group, amount))) = entry.counted(&balance.name, frame) else { continue };
                let sides = Sides { rejected: amount, counts: [0, 0, 1], ..Sides::default() };
                self.add_open(number, group, &sides, &balance.name)?;
            }
        }
        self.take(balances)
    }

    /// Takes what the current transaction added, which must balance if each transaction must.
    pub fn close(&mut self, balances: &[Balance]) -> Result<()> {
        for (number, balance) in balances.iter().enumerate().filter(|(_, balance)| balance.each) {
            let own = self.open.iter().filter(|(of, ..)| *of == number);
            let unequal: Vec<(&str, Sides)> = own
                .filter(|(_, _, sides)| !sides.agree())
                .map(|(_, group, sides)| (group.as_str(), *sides))
                .collect();
            if !unequal.is_empty() {
                return Err(balance.unequal(&unequal, "within a transaction"));
            }
        }
        self.take(balances)
    }

    /// Adds the rows of a master, of after the run or of before it.
    pub fn rows<F: Frame + ?Sized>(
        &mut self,
        balances: &[Balance],
        master: usize,
        before: bool,
        frame: &F,
    ) -> Result<()> {
        for (number, balance) in balances.iter().enumerate() {
            for entry in balance.entries.iter().filter(|entry| entry.source == Source::Change(master)) {
                let Some((group, amount)) = entry.counted(&balance.name, frame)? else { continue };
                let amount = if before { amount.checked_neg() } else { Ok(amount) };
                let amount = amount.map_err(|_| too_large(&balance.name))?;
                let mut sides = Sides::of(entry.side, amount);
                sides.counts = [0; 3];
                self.add_sum(number, group, &sides, &balance.name)?;
            }
        }
        Ok(())
    }

    /// Adds what another engine counted.
    pub fn merge(&mut self, balances: &[Balance], other: &Ledger) -> Result<()> {
        for (number, (balance, groups)) in balances.iter().zip(&other.sums).enumerate() {
            for (group, sides) in groups {
                self.add_sum(number, group.clone(), sides, &balance.name)?;
            }
        }
        Ok(())
    }

    /// Holds both sides of every balance against each other.
    ///
    /// # Errors
    /// `BAL001` or `BAL003` with the groups that differ.
    pub fn verify(&self, balances: &[Balance]) -> Result<()> {
        for (balance, groups) in balances.iter().zip(&self.sums) {
            let unequal: Vec<(&str, Sides)> = groups
                .iter()
                .filter(|(_, sides)| !sides.agree())
                .map(|(group, sides)| (group.as_str(), *sides))
                .collect();
            if !unequal.is_empty() {
                return Err(balance.unequal(&unequal, "over the run"));
            }
        }
        Ok(())
    }

    /// The groups of a balance and their sides, in order.
    pub fn groups(&self, balance: usize) -> impl Iterator<Item = (&str, &Sides)> {
        self.sums.get(balance).into_iter().flatten().map(|(group, sides)| (group.as_str(), sides))
    }

    fn add_open(&mut self, balance: usize, group: String, sides: &Sides, name: &str) -> Result<()> {
        let known = self.open.iter_mut().find(|(of, known, _)| *of == balance && *known == group);
        match known {
            Some((_, _, sum)) => sum.add(sides).map_err(|_| too_large(name)),
            None => {
                self.open.push((balance, group, *sides));
                Ok(())
            }
        }
    }

    fn add_sum(&mut self, balance: usize, group: String, sides: &Sides, name: &str) -> Result<()> {
        let Some(groups) = self.sums.get_mut(balance) else { return Ok(()) };
        groups.entry(group).or_default().add(sides).map_err(|_| too_large(name))
    }

    fn take(&mut self, balances: &[Balance]) -> Result<()> {
        let mut open = std::mem::take(&mut self.open);
        for (number, group, sides) in open.drain(..) {
            let name = balances.get(number).map_or("", |balance| balance.name.as_str());
            self.add_sum(number, group, &sides, name)?;
        }
        self.open = open;
        Ok(())
    }
}

fn neither(balance: &Balance) -> Box<Diagnostic> {
    Diagnostic::error(codes::BAL002, format!("a posting of {} is neither debit nor credit", balance.name))
        .hint("let the conditions of its entries cover every record, or correct the record")
}

fn too_large(name: &str) -> Box<Diagnostic> {
    Fault::Size.into_diagnostic(|| format!("a sum of {name}"))
}
