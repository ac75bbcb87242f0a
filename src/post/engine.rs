//! Running a program on transactions.

mod actions;
mod balancing;
mod sequence;
mod texts;
mod unique;

use std::sync::Arc;

use super::action::{Action, Reason};
use super::batch::KeyList;
use super::foresee::Sight;
use super::ledger::Ledger;
use super::master::Master;
use super::program::{Program, RejectPolicy, Rule, SlotKind};
use super::state::{Current, State, View};
use super::table::Table;
use super::trace::{Occasion, Trace};
use crate::diag::{Class, Diagnostic, Place, Result, codes};
use crate::record::Origin;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The rules were applied.
    Posted,
    /// It went to the rejects.
    Rejected,
}

/// Where an output's records go: the number of the output, and the record.
pub type Emit<'a> = &'a mut dyn FnMut(usize, &[u8]) -> Result<()>;

/// A program with its masters.
pub struct Engine {
    pub(super) program: Arc<Program>,
    pub(super) state: State,
    /// Writes down what is done with some transactions. Nothing else depends on it.
    pub(super) trace: Option<Box<Trace>>,
    /// Transactions up to and with the current one.
    pub(super) transactions: u64,
    /// Rules in order, with the number of transactions each was applied to.
    rules: Vec<(String, u64)>,
    scratch: Vec<u8>,
    key: Vec<u8>,
    /// What was found ahead for the current transaction.
    pub(super) ahead: Vec<Sight>,
    /// Room for what is found ahead for several transactions.
    pub(super) sights: Vec<Sight>,
    pub(super) keys: KeyList,
    /// The reject recorded for the current transaction, and the rule and field it comes from.
    pub(super) pending: Option<(Reason, String, String)>,
    /// Why the last transaction was rejected, if it was.
    pub(super) rejection: Option<Reason>,
    /// Further rejects of the current transaction, where each has a record of its own.
    further: Vec<(Reason, String, String)>,
    /// Warnings of the current transaction.
    warned: Vec<Reason>,
    /// Warnings of all that were posted, with their number.
    warnings: Vec<(Reason, u64)>,
    /// True once the current transaction did something: changed a master or emitted a record.
    acted: bool,
    groups: Groups,
    /// The key of the last transaction that came in sequence, and its number.
    last_key: Option<(Vec<u8>, u64)>,
    unique: unique::Watch,
}

/// The groups of control breaks that are open.
#[derive(Default)]
struct Groups {
    /// The last transaction, and where it came from.
    last: Vec<u8>,
    number: Option<u64>,
    offset: Option<u64>,
    /// Bytes of the fields of each level, in the last transaction and in the next.
    keys: Vec<Vec<u8>>,
    next: Vec<Vec<u8>>,
    open: bool,
}

/// How a list of actions ended.
pub(super) enum Flow {
    Next,
    Rejected,
}

impl Engine {
    /// An engine with loaded masters, in the order of the program's.
    pub fn new(program: Arc<Program>, masters: Vec<Master>) -> Result<Self> {
        let state = State::new(&program, masters, program.can_reject_late());
        let rules = program.edits.iter().chain(&program.rules).map(|rule| rule.name.clone());
        let breaks = program.breaks.iter().map(|level| format!("break {}", level.name));
        let rules = rules.chain(breaks).map(|name| (name, 0)).collect();
        let mut engine = Engine {
            program: Arc::clone(&program),
            state,
            trace: None,
            transactions: 0,
            rules,
            scratch: Vec::new(),
            key: Vec::new(),
            ahead: Vec::new(),
            sights: Vec::new(),
            keys: KeyList::default(),
            pending: None,
            rejection: None,
            further: Vec::new(),
            warned: Vec::new(),
            warnings: Vec::new(),
            acted: false,
            groups: Groups::default(),
            last_key: None,
            unique: unique::Watch::new(&program),
        };
        let origin = Origin { dataset: "params", record: None, offset: None, above: None };
        for parameter in &program.parameters {
            engine.run_move(parameter, &Current::new(&[], None, origin))?;
        }
        Ok(engine)
    }

    /// Does what comes before the first transaction, but leaves it to another engine to be seen and counted.
    pub fn start_unseen(&mut self) -> Result<()> {
        self.start(&mut |_, _| Ok(()))?;
        self.warnings.clear();
        self.state.ledger = Ledger::new(&self.program.balances);
        Ok(())
    }

    /// Does what comes before the first transaction.
    pub fn start(&mut self, emit: Emit<'_>) -> Result<()> {
        let program = Arc::clone(&self.program);
        self.aside((&program.start, "start", Occasion::Start), &nothing(), emit)
    }

    /// Posts one transaction of an input.
    pub fn post(&mut self, input: usize, record: &[u8], origin: Origin<'_>, emit: Emit<'_>) -> Result<Fate> {
        let program = Arc::clone(&self.program);
        self.post_by(&program, &Current::new(record, Some(input), origin), emit)
    }

    /// Posts one transaction by the engine's program.
    pub(super) fn post_by(
        &mut self,
        program: &Program,
        current: &Current<'_>,
        emit: Emit<'_>,
    ) -> Result<Fate> {
        let (record, origin) = (current.record, current.origin);
        let in_sequence = self.in_sequence(program, current);
        if !program.breaks.is_empty() && matches!(in_sequence, Ok(true)) {
            self.breaks(program, current, emit)?;
        }
        self.transactions += 1;
        self.state.begin(origin.record.unwrap_or(self.transactions), record.len());
        self.state.registers.set_input(origin.dataset);
        (self.pending, self.rejection) = (None, None);
        self.further.clear();
        self.warned.clear();
        self.acted = false;
        self.unique.begin();
        self.trace_begin(Occasion::Transaction, current);
        let outcome = match in_sequence {
            Ok(true) => self.edits_and_rules(program, current),
            Ok(false) => {
                self.reject_out_of_sequence(program);
                Ok(())
            }
            Err(error) => Err(error),
        };
        let outcome = outcome.and_then(|()| self.check_unique(program, current, true));
        let outcome = outcome.and_then(|()| self.balance(program, current, false));
        if let Err(error) = outcome {
            self.trace_fault(&error);
            if let Err(error) = self.reject_if_invalid(program, error, origin) {
                self.trace_end(current, Occasion::Transaction, None);
                return Err(error);
            }
        }
        match self.pending.take() {
            None => {
                self.keep_warnings();
                self.trace_end(current, Occasion::Transaction, None);
                self.flush(emit)?;
                Ok(Fate::Posted)
            }
            Some((reason, rule, field)) => {
                self.state.roll_back();
                let why = self.trace.is_some().then(|| (reason.clone(), rule.clone(), field.clone()));
                self.reject(program, reason, &rule, &field, current)?;
                self.count_rejected(program, current)?;
                self.trace_end(current, Occasion::Transaction, why);
                self.flush(emit)?;
                Ok(Fate::Rejected)
            }
        }
    }

    /// Does what comes after the last of so many transactions: the breaks that are open, then what stands at the end.
    pub fn end(&mut self, transactions: u64, emit: Emit<'_>) -> Result<()> {
        self.transactions = transactions;
        let program = Arc::clone(&self.program);
        self.state.registers.set_final(true);
        self.close_groups(&program, 0, emit)?;
        self.aside((&program.end, "end", Occasion::End), &nothing(), emit)
    }

    /// Rules in order, with the number of transactions each was applied to.
    pub fn rules(&self) -> &[(String, u64)] {
        &self.rules
    }

    /// Warnings by code and text, with their number.
    pub fn warnings(&self) -> &[(Reason, u64)] {
        &self.warnings
    }

    /// What balances counted so far.
    pub fn ledger(&self) -> &Ledger {
        &self.state.ledger
    }

    /// The rows of a master that some engines have: a part in each, or all in one if they share them.
    pub fn rows_of(engines: &[Engine], master: usize) -> Vec<&Master> {
        let masters: Vec<&Master> =
            engines.iter().filter_map(|engine| engine.masters().get(master)).collect();
        match masters.as_slice() {
            [first, ..] if first.is_shared() => vec![*first],
            _ => masters,
        }
    }

    /// The masters, to be written.
    pub fn masters(&self) -> &[Master] {
        &self.state.masters
    }

    /// The rows of a master that this engine alone has, to be exchanged between transactions.
    pub fn table_mut(&mut self, master: usize) -> Option<&mut Table> {
        self.state.masters.get_mut(master)?.table_mut()
    }

    /// Actions that belong to no transaction of their own.
    fn aside(
        &mut self,
        (actions, name, occasion): (&[Action], &str, Occasion),
        current: &Current<'_>,
        emit: Emit<'_>,
    ) -> Result<()> {
        self.state.begin(current.origin.record.unwrap_or_default(), current.record.len());
        self.state.registers.set_input(current.origin.dataset);
        self.state.registers.set_rule(name);
        self.warned.clear();
        self.trace_begin(occasion, current);
        let program = Arc::clone(&self.program);
        self.unique.begin();
        let outcome = self.run(actions, name, current).map_err(|error| in_rule(error, name, current));
        let outcome = outcome.and_then(|_| self.check_unique(&program, current, false));
        if let Err(error) = outcome.and_then(|()| self.balance(&program, current, true)) {
            self.trace_fault(&error);
            self.trace_end(current, occasion, None);
            return Err(error);
        }
        self.keep_warnings();
        self.trace_end(current, occasion, None);
        self.flush(emit)
    }

    /// Does what stands at the breaks between the last transaction and this one.
    fn breaks(&mut self, program: &Program, current: &Current<'_>, emit: Emit<'_>) -> Result<()> {
        let mut next = std::mem::take(&mut self.groups.next);
        next.resize_with(program.breaks.len(), Vec::new);
        let view = self.view(current);
        for (key, level) in next.iter_mut().zip(&program.breaks) {
            key.clear();
            for field in &level.on {
                key.extend_from_slice(field.bytes(&view)?);
            }
        }
        let same = |(a, b): &(&Vec<u8>, &Vec<u8>)| a == b;
        let level = match self.groups.open {
            true => self.groups.keys.iter().zip(&next).take_while(same).count(),
            false => 0,
        };
        if level < program.breaks.len() {
            self.close_groups(program, level, emit)?;
            for (number, at) in program.breaks.iter().enumerate().skip(level) {
                self.rules[program.edits.len() + program.rules.len() + number].1 += 1;
                self.aside((&at.first, &at.name, Occasion::First(number)), current, emit)?;
            }
        }
        self.groups.next = std::mem::replace(&mut self.groups.keys, next);
        self.groups.last.clear();
        self.groups.last.extend_from_slice(current.record);
        (self.groups.number, self.groups.offset) = (current.origin.record, current.origin.offset);
        self.groups.open = true;
        Ok(())
    }

    /// Does what stands at the ends of the open groups, from the most minor level up to this one.
    fn close_groups(&mut self, program: &Program, level: usize, emit: Emit<'_>) -> Result<()> {
        if !self.groups.open {
            return Ok(());
        }
        let record = std::mem::take(&mut self.groups.last);
        let (number, offset) = (self.groups.number, self.groups.offset);
        let name = program.slots.iter().position(|slot| *slot == SlotKind::Transaction(0));
        let dataset = name.map_or("", |slot| program.scope.slot(slot).name.as_str());
        let origin = Origin { dataset, record: number, offset, above: None };
        let last = Current::new(&record, Some(0), origin);
        for (number, at) in program.breaks.iter().enumerate().skip(level).rev() {
            self.aside((&at.last, &at.name, Occasion::Last(number)), &last, emit)?;
        }
        self.groups.last = record;
        Ok(())
    }

    fn edits_and_rules(&mut self, program: &Program, current: &Current<'_>) -> Result<()> {
        for (index, rule) in program.edits.iter().enumerate() {
            if matches!(self.apply(index, rule, current)?, Some(Flow::Rejected)) {
                return Ok(());
            }
        }
        if self.pending.is_some() {
            return Ok(());
        }
        // What an edit did is no posting.
        self.acted = false;
        for (index, rule) in program.rules.iter().enumerate() {
            match self.apply(program.edits.len() + index, rule, current)? {
                Some(Flow::Rejected) => return Ok(()),
                // A rule that ends the transaction has dealt with it, whatever it did.
                Some(Flow::Next) if rule.done => return Ok(()),
                _ => {}
            }
        }
        if !self.acted {
            let reason = Reason { code: "NO-RULE".into(), text: "NO RULE APPLIED".into() };
            self.pending = Some((reason, String::new(), String::new()));
        }
        Ok(())
    }

    /// Applies a rule if its condition holds.
    fn apply(&mut self, index: usize, rule: &Rule, current: &Current<'_>) -> Result<Option<Flow>> {
        if rule.input.is_some() && rule.input != current.input {
            return Ok(None);
        }
        self.state.registers.set_rule(&rule.name);
        if self.trace.is_some() {
            self.trace_rule(index, rule, current);
        }
        let placed = |error| in_rule(error, &rule.name, current);
        if let Some(condition) = &rule.condition
            && !condition.holds(&self.view(current)).map_err(placed)?
        {
            return Ok(None);
        }
        self.rules[index].1 += 1;
        self.run(&rule.actions, &rule.name, current).map(Some).map_err(placed)
    }

    /// Hands the records of this transaction over.
    fn flush(&mut self, emit: Emit<'_>) -> Result<()> {
        if self.state.keeps_emitted {
            return Ok(());
        }
        let mut start = 0;
        for &(output, end) in &self.state.emitted {
            emit(output, &self.state.emitted_bytes[start..end])?;
            start = end;
        }
        Ok(())
    }

    fn note_reject(&mut self, reason: &Reason, rule: &str, field: &str) {
        let noted = (reason.clone(), rule.to_owned(), field.to_owned());
        match self.program.reject_policy {
            RejectPolicy::First if self.pending.is_some() => {}
            RejectPolicy::All if self.pending.is_some() => self.further.push(noted),
            RejectPolicy::First | RejectPolicy::All | RejectPolicy::Last => self.pending = Some(noted),
        }
    }

    /// Warnings of what was posted count.
    #[inline]
    fn keep_warnings(&mut self) {
        if !self.warned.is_empty() {
            self.count_warnings();
        }
    }

    fn count_warnings(&mut self) {
        for reason in self.warned.drain(..) {
            match self.warnings.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => self.warnings.push((reason, 1)),
            }
        }
    }

    fn reject(
        &mut self,
        program: &Program,
        reason: Reason,
        rule: &str,
        field: &str,
        current: &Current<'_>,
    ) -> Result<()> {
        self.state.registers.set_reject(&reason.code, &reason.text, rule, field);
        self.rejection = Some(reason);
        if let Some(emission) = &program.rejects {
            self.trace_reject_record();
            self.emit(emission, rule, current)?;
            for (reason, rule, field) in std::mem::take(&mut self.further) {
                self.state.registers.set_reject(&reason.code, &reason.text, &rule, &field);
                self.emit(emission, &rule, current)?;
            }
        }
        Ok(())
    }

    /// A transaction with unusable bytes is a reject if the step says so; anything else stops the run.
    fn reject_if_invalid(
        &mut self,
        program: &Program,
        error: Box<Diagnostic>,
        origin: Origin<'_>,
    ) -> Result<()> {
        let Place::Data(place) = &error.place else { return Err(error) };
        // A row that is missing is no fault of the bytes, nor is the order of the transactions or a key that is taken.
        let of_bytes = error.code.class() == Class::DataException
            && ![codes::DAT007, codes::DAT008, codes::DAT012].contains(&error.code);
        let of_transaction = place.dataset == origin.dataset && of_bytes;
        if !program.reject_invalid_data || !of_transaction {
            return Err(error);
        }
        let field =
            place.field.as_deref().and_then(|path| path.split(' ').next()).unwrap_or_default().to_owned();
        let reason = Reason { code: "INVALID-DATA".into(), text: error.message.as_str().into() };
        if self.pending.is_none() || program.reject_policy == RejectPolicy::Last {
            self.pending = Some((reason, String::new(), field));
        }
        Ok(())
    }

    #[inline]
    pub(super) fn view<'a>(&'a self, current: &'a Current<'a>) -> View<'a> {
        View { state: &self.state, current }
    }
}

/// What went wrong in the actions of a rule or a break, with which, and for which transaction.
#[cold]
fn in_rule(error: Box<Diagnostic>, rule: &str, current: &Current<'_>) -> Box<Diagnostic> {
    match current.origin.record {
        Some(number) => error.note(format!("in rule {rule}, transaction {number}")),
        None => error.note(format!("in rule {rule}")),
    }
}

/// Before the first and after the last transaction.
fn nothing() -> Current<'static> {
    Current::new(&[], None, Origin::default())
}
