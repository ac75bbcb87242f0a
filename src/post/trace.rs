//! What the engine did with one transaction, written down while it does it.
//!
//! Only a program that was compiled to be explained has [`Action::Said`], and only there is anything written down: actions of
//! other programs know nothing of it. What an action did is found by comparing everything that can change before and after
//! it, so that verbs need not report to anybody.

use std::collections::BTreeMap;

use super::action::{Action, Missing, Reason, Said, Text};
use super::engine::{Engine, Flow};
use super::program::{Rule, SlotKind};
use super::state::{Current, State};
use crate::diag::{Diagnostic, Result};
use crate::expr::FieldRef;
use crate::record::Origin;

/// When actions are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Before the first transaction.
    Start,
    /// For a transaction.
    Transaction,
    /// Before the first transaction of a group, at this level of control breaks.
    First(usize),
    /// After the last transaction of a group, at this level.
    Last(usize),
    /// After the last transaction.
    End,
}

/// What is done on one occasion.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its number in the run, from 1.
    pub number: u64,
    /// When it was.
    pub occasion: Occasion,
    /// The input of the transaction; at the end of a group that of its last one.
    pub input: Option<usize>,
    /// The transaction's record number in its dataset.
    pub record: Option<u64>,
    /// Its offset in the file.
    pub offset: Option<u64>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Rules and actions in the order in which they were tried.
    pub steps: Vec<Step>,
    /// Rows of masters that were looked at.
    pub rows: Vec<RowSeen>,
    /// Records that were emitted.
    pub emitted: Vec<Emitted>,
    /// Why the transaction was rejected, the rule and the field.
    pub reject: Option<(Reason, String, String)>,
    /// What was wrong with the data.
    pub fault: Option<Box<Diagnostic>>,
    /// True if the run ended here.
    pub stopped: bool,
}

/// A rule or an action that was tried.
#[derive(Clone, Debug)]
pub struct Step {
    /// Actions around it.
    pub depth: usize,
    /// What it is.
    pub what: Tried,
    /// File and line.
    pub place: String,
    /// Fields that it speaks of, as they were before.
    pub seen: Vec<Seen>,
    /// What it did, in order.
    pub effects: Vec<Effect>,
}

/// What was tried.
#[derive(Clone, Debug)]
pub enum Tried {
    /// A rule.
    Rule {
        /// Its name.
        name: String,
        /// True for an edit.
        edit: bool,
        /// Its condition as written.
        condition: Option<String>,
    },
    /// The record of a reject begins to be built.
    RejectRecord,
    /// An action as written.
    Action(String),
}

/// A field and its bytes.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The field.
    pub field: FieldRef,
    /// Its bytes, or why it has none.
    pub bytes: std::result::Result<Vec<u8>, String>,
}

/// What an action did.
#[derive(Clone, Debug)]
pub enum Effect {
    /// A condition held or not.
    Held(bool),
    /// A row was looked for: the master, whether by an alternate key, and the row that was found.
    LookedUp {
        /// The master.
        master: usize,
        /// The alternate key.
        by: Option<usize>,
        /// The row.
        row: Option<Vec<u8>>,
        /// What is done without one.
        missing: &'static str,
        /// What is done with one, if it was in the way of a row to be inserted.
        taken: Option<&'static str>,
    },
    /// Rows with an alternate key were gone through.
    WentThrough {
        /// The master.
        master: usize,
    },
    /// The exact value of an expression, before it was stored, and the receiver.
    Result(String, String),
    /// A record was changed.
    Changed {
        /// Its slot in the scope.
        slot: usize,
        /// Its bytes before.
        before: Vec<u8>,
        /// And after.
        after: Vec<u8>,
    },
    /// A row was made.
    Created {
        /// The master.
        master: usize,
        /// The row.
        row: Vec<u8>,
    },
    /// A row was deleted, or released.
    Gone {
        /// The master.
        master: usize,
        /// The row.
        row: Vec<u8>,
    },
    /// A record was emitted; the number says which of [`Event::emitted`].
    Emitted(usize),
    /// A reject was noted.
    Rejected(Reason),
    /// The action failed.
    Failed(String),
}

/// A record that was emitted.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// The number of the output.
    pub output: usize,
    /// The record's number in it, from 1.
    pub number: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A row of a master before and after; nothing where it was not there.
#[derive(Clone, Debug)]
pub struct RowSeen {
    /// The master.
    pub master: usize,
    /// The number of the record it was read from, unless a transaction made it.
    pub record: Option<u64>,
    /// Before.
    pub before: Option<Vec<u8>>,
    /// After.
    pub after: Option<Vec<u8>>,
}

/// An event as one looks at it who searches: nothing is kept of it.
pub struct Glance<'a> {
    /// When it was.
    pub occasion: Occasion,
    /// The input of the transaction.
    pub input: Option<usize>,
    /// The transaction.
    pub record: &'a [u8],
    /// Where it stands.
    pub origin: Origin<'a>,
    /// The emitted records: output, number in it, bytes.
    pub emitted: Vec<(usize, u64, &'a [u8])>,
    /// Keys that were looked for: master, alternate key, encoded value.
    pub sought: &'a [(usize, Option<usize>, Vec<u8>)],
    /// Rows that were looked at: master, bytes.
    pub rows: Vec<(usize, &'a [u8])>,
}

/// True for events that are wanted.
pub type See = Box<dyn FnMut(&Glance<'_>) -> bool + Send>;

/// Writes down some events of a run, or finds out which are wanted.
pub struct Trace {
    mode: Mode,
    /// Events begun so far.
    events: u64,
    /// Records emitted so far, by output.
    counts: Vec<u64>,
    open: Option<Event>,
    depth: usize,
    /// The row that was in the way of the last insert: its master, and the alternate key that it has in common with the new row.
    taken: Option<(usize, Option<usize>)>,
    /// Rows of the open event as they were first seen.
    rows: BTreeMap<(usize, u32), Option<Vec<u8>>>,
    /// Levels of control breaks whose group, that of a wanted transaction, has not ended.
    levels: usize,
    /// What was done before the first transaction of groups, until it is known which one that is.
    first: Vec<Event>,
    done: Vec<Event>,
}

enum Mode {
    Search { see: See, hits: Vec<u64>, sought: Vec<(usize, Option<usize>, Vec<u8>)>, rows: Vec<(usize, u32)> },
    Record { wanted: Vec<u64> },
}

impl Trace {
    /// Finds events.
    pub fn searching(see: See) -> Box<Self> {
        Self::new(Mode::Search { see, hits: Vec::new(), sought: Vec::new(), rows: Vec::new() })
    }

    /// Writes down the events of these numbers, and the control breaks around them.
    pub fn recording(wanted: Vec<u64>) -> Box<Self> {
        Self::new(Mode::Record { wanted })
    }

    fn new(mode: Mode) -> Box<Self> {
        Box::new(Trace {
            mode,
            events: 0,
            counts: Vec::new(),
            open: None,
            depth: 0,
            taken: None,
            rows: BTreeMap::new(),
            levels: 0,
            first: Vec::new(),
            done: Vec::new(),
        })
    }

    /// The numbers of the events that were found.
    pub fn hits(&self) -> &[u64] {
        match &self.mode {
            Mode::Search { hits, .. } => hits,
            Mode::Record { .. } => &[],
        }
    }

    /// What was written down.
    pub fn into_events(self) -> Vec<Event> {
        self.done
    }

    /// True if the next event, or one like it, is to be written down.
    fn wants(&self, occasion: Occasion) -> bool {
        let Mode::Record { wanted } = &self.mode else { return false };
        match occasion {
            _ if wanted.contains(&self.events) => true,
            Occasion::Last(level) => level < self.levels,
            // They come just before their transaction.
            Occasion::First(_) => wanted.iter().any(|at| *at > self.events && at - self.events <= LEVELS),
            _ => false,
        }
    }
}

/// Most levels of control breaks before a transaction that are written down with it.
const LEVELS: u64 = 64;

/// Everything that an action may change.
struct Before {
    working: Vec<u8>,
    outputs: Vec<Vec<u8>>,
    rows: Vec<Option<(u32, Vec<u8>)>>,
    created: Vec<u64>,
    emitted: usize,
    pending: Option<Reason>,
    steps: usize,
}

impl Engine {
    /// An engine that writes down what it does.
    #[must_use]
    pub fn traced(mut self, trace: Box<Trace>) -> Self {
        self.trace = Some(trace);
        self
    }

    /// What was written down so far.
    pub fn take_trace(&mut self) -> Option<Box<Trace>> {
        self.trace.take()
    }

    #[inline]
    pub(super) fn trace_begin(&mut self, occasion: Occasion, current: &Current<'_>) {
        if let Some(trace) = &mut self.trace {
            trace.begin(occasion, current);
        }
    }

    #[inline]
    pub(super) fn trace_end(
        &mut self,
        current: &Current<'_>,
        occasion: Occasion,
        why: Option<(Reason, String, String)>,
    ) {
        if let Some(trace) = &mut self.trace {
            trace.end((current, occasion), &self.state, why);
        }
    }

    #[cold]
    pub(super) fn trace_fault(&mut self, fault: &Diagnostic) {
        if let Some(event) = self.trace.as_mut().and_then(|trace| trace.open.as_mut()) {
            event.fault = Some(Box::new(fault.clone()));
        }
    }

    /// Writes down that a rule is tried, and whether its condition holds.
    #[cold]
    pub(super) fn trace_rule(&mut self, index: usize, rule: &Rule, current: &Current<'_>) {
        if self.trace.as_ref().is_none_or(|trace| trace.open.is_none()) {
            return;
        }
        let effect = rule.condition.as_ref().map(|condition| match condition.holds(&self.view(current)) {
            Ok(holds) => Effect::Held(holds),
            Err(error) => Effect::Failed(error.message),
        });
        let (name, edit) = (rule.name.clone(), index < self.program.edits.len());
        let condition = rule.said.as_ref().map(|text| text.words.clone());
        let step = Step {
            depth: 0,
            what: Tried::Rule { name, edit, condition },
            place: rule.said.as_ref().map(|text| text.place.clone()).unwrap_or_default(),
            seen: rule.said.as_ref().map(|text| self.seen(text, current)).unwrap_or_default(),
            effects: effect.into_iter().collect(),
        };
        self.write(step);
    }

    /// Writes down that the record of a reject is built.
    #[inline]
    pub(super) fn trace_reject_record(&mut self) {
        if self.trace.is_some() {
            let (place, seen, effects) = (String::new(), Vec::new(), Vec::new());
            self.write(Step { depth: 0, what: Tried::RejectRecord, place, seen, effects });
        }
    }

    /// Does actions, and writes down what they did.
    pub(super) fn said(&mut self, said: &Said, rule: &str, current: &Current<'_>) -> Result<Flow> {
        match self.trace.as_ref() {
            None => self.run(&said.actions, rule, current),
            Some(trace) if trace.open.is_some() => self.write_down(said, rule, current),
            Some(trace) if matches!(trace.mode, Mode::Search { .. }) => self.note_keys(said, rule, current),
            Some(_) => self.run(&said.actions, rule, current),
        }
    }

    /// Notes for one who searches which keys were looked for and which rows were looked at.
    fn note_keys(&mut self, said: &Said, rule: &str, current: &Current<'_>) -> Result<Flow> {
        let mut keys = Vec::new();
        for action in &said.actions {
            let (master, by, wanted) = match action {
                Action::Lookup { master, by, keys, .. } => (*master, *by, keys.as_slice()),
                Action::ForEach { master, by, key, .. } => (*master, Some(*by), std::slice::from_ref(key)),
                _ => continue,
            };
            for key in wanted {
                let mut encoded = Vec::new();
                if key.encode(&self.view(current), &mut encoded).unwrap_or(false) {
                    keys.push((master, by, encoded));
                }
            }
        }
        let done = self.run(&said.actions, rule, current);
        let selected = self.state.masters.iter().enumerate();
        let selected: Vec<(usize, u32)> =
            selected.filter_map(|(master, table)| Some((master, table.current_row()?))).collect();
        if let Some(Mode::Search { sought, rows, .. }) = self.trace.as_mut().map(|trace| &mut trace.mode) {
            sought.extend(keys);
            selected.into_iter().for_each(|row| {
                if !rows.contains(&row) {
                    rows.push(row);
                }
            });
        }
        done
    }

    fn write_down(&mut self, said: &Said, rule: &str, current: &Current<'_>) -> Result<Flow> {
        let seen = self.seen(&said.text, current);
        let mut effects = Vec::new();
        // The condition of an insert asks what its own look-up, still to be done, has found.
        let inserts = said.actions.iter().any(|action| insertion(action).is_some());
        for action in &said.actions {
            match action {
                Action::Compute { target, value, .. } => {
                    let value = match value.value(&self.view(current)) {
                        Ok(value) => value.to_string(),
                        Err(fault) => fault.into_diagnostic(|| target.name().to_owned()).message,
                    };
                    effects.push(Effect::Result(target.name().to_owned(), value));
                }
                Action::When { condition, .. } if !inserts => {
                    effects.push(match condition.holds(&self.view(current)) {
                        Ok(holds) => Effect::Held(holds),
                        Err(error) => Effect::Failed(error.message),
                    });
                }
                _ => {}
            }
        }
        let depth = self.trace.as_ref().map_or(0, |trace| trace.depth) + 1;
        let (what, place) = (Tried::Action(said.text.words.clone()), said.text.place.clone());
        let at = self.write(Step { depth, what, place, seen, effects });
        let before = self.before();
        self.note_rows(None);
        if let Some(trace) = &mut self.trace {
            trace.depth += 1;
            trace.taken = None;
        }
        let done = self.run(&said.actions, rule, current);
        if let Some(trace) = &mut self.trace {
            trace.depth -= 1;
        }
        self.note_rows(Some(&before));
        let mut effects = self.effects(&said.actions, &before);
        if let Err(error) = &done {
            effects.push(Effect::Failed(error.message.clone()));
        }
        let event = self.trace.as_mut().and_then(|trace| trace.open.as_mut());
        if let Some(step) = event.and_then(|event| event.steps.get_mut(at)) {
            step.effects.extend(effects);
        }
        done
    }

    /// Adds a step to the open event; its number there.
    fn write(&mut self, step: Step) -> usize {
        let Some(event) = self.trace.as_mut().and_then(|trace| trace.open.as_mut()) else { return 0 };
        event.steps.push(step);
        event.steps.len() - 1
    }

    fn seen(&self, text: &Text, current: &Current<'_>) -> Vec<Seen> {
        let view = self.view(current);
        let bytes = |field: &FieldRef| field.bytes(&view).map(<[u8]>::to_vec).map_err(|error| error.message);
        text.reads.iter().map(|field| Seen { field: field.clone(), bytes: bytes(field) }).collect()
    }

    fn before(&self) -> Before {
        let State { working, outputs, masters, emitted, .. } = &self.state;
        let steps = self.trace.as_ref().and_then(|trace| trace.open.as_ref());
        Before {
            working: working.clone(),
            outputs: outputs.clone(),
            rows: masters.iter().map(|m| m.current_row().map(|row| (row, m.record().to_vec()))).collect(),
            created: masters.iter().map(super::Master::created).collect(),
            emitted: emitted.len(),
            pending: self.pending.as_ref().map(|(reason, ..)| reason.clone()),
            steps: steps.map_or(0, |event| event.steps.len()),
        }
    }

    /// Notes a row that is in the way of one to be inserted, for whoever tells of the insert.
    pub(super) fn note_taken(&mut self, master: usize, by: Option<usize>, missing: &Missing) {
        if let (Some(trace), Missing::Insert(_)) = (&mut self.trace, missing)
            && self.state.masters[master].current_row().is_some()
        {
            trace.taken = Some((master, by));
        }
    }

    /// Notes the current rows as they are, if they were not seen before in this event.
    fn note_rows(&mut self, before: Option<&Before>) {
        let Some(trace) = &mut self.trace else { return };
        for (number, master) in self.state.masters.iter().enumerate() {
            let Some(row) = master.current_row() else { continue };
            let made = before.is_some_and(|before| master.created() > before.created[number]);
            let bytes = (!made).then(|| master.record().to_vec());
            trace.rows.entry((number, row)).or_insert(bytes);
        }
    }

    /// What actions did, found by comparison. What those within them did is written there.
    fn effects(&self, actions: &[Action], before: &Before) -> Vec<Effect> {
        let state = &self.state;
        let steps = self.trace.as_ref().and_then(|trace| trace.open.as_ref());
        let nested = steps.is_some_and(|event| event.steps.len() > before.steps);
        let mut effects = Vec::new();
        for action in actions {
            match action {
                Action::Lookup { master, by, missing, .. } => {
                    let made = state.masters[*master].created() > before.created[*master];
                    let row = state.masters[*master].current_row().filter(|_| !made);
                    let row = row.map(|_| state.masters[*master].record().to_vec());
                    let taken = self.trace.as_ref().and_then(|trace| trace.taken);
                    let taken = taken.filter(|(of, _)| insertion(action).is_some() && of == master);
                    effects.push(Effect::LookedUp {
                        master: *master,
                        by: taken.map_or(*by, |(_, by)| by),
                        row,
                        missing: word(missing),
                        taken: taken.and_then(|_| insertion(action)),
                    });
                }
                Action::ForEach { master, .. } => effects.push(Effect::WentThrough { master: *master }),
                Action::Emit(_) if state.emitted.len() > before.emitted => {
                    effects.push(Effect::Emitted(state.emitted.len() - 1));
                }
                _ => {}
            }
        }
        let slot_of = |kind| state.slots.iter().position(|slot| *slot == kind).unwrap_or_default();
        let emits = actions.iter().any(|action| matches!(action, Action::Emit(_)));
        let mut changed = |kind, before: &[u8], after: &[u8]| {
            if before != after && !nested {
                let (before, after) = (before.to_vec(), after.to_vec());
                effects.push(Effect::Changed { slot: slot_of(kind), before, after });
            }
        };
        changed(SlotKind::Working, &before.working, &state.working);
        for (number, (before, after)) in
            before.outputs.iter().zip(&state.outputs).enumerate().filter(|_| !emits)
        {
            changed(SlotKind::Output(number), before, after);
        }
        for (number, master) in state.masters.iter().enumerate() {
            if let (Some((row, bytes)), Some(now)) = (&before.rows[number], master.current_row())
                && *row == now
            {
                changed(SlotKind::Master(number), bytes, master.record());
            }
        }
        for (number, master) in state.masters.iter().enumerate() {
            let gone = |action: &Action| matches!(action, Action::Delete { master } | Action::Release { master } if *master == number);
            if master.created() > before.created[number] && !nested {
                effects.push(Effect::Created { master: number, row: master.record().to_vec() });
            } else if let Some((_, row)) = &before.rows[number]
                && actions.iter().any(gone)
            {
                effects.push(Effect::Gone { master: number, row: row.clone() });
            }
        }
        let pending = self.pending.as_ref().map(|(reason, ..)| reason);
        if let Some(reason) = pending.filter(|reason| before.pending.as_ref() != Some(*reason))
            && !nested
        {
            effects.push(Effect::Rejected(reason.clone()));
        }
        effects
    }
}

/// What an insert does where there is a row, if this is its look-up.
fn insertion(action: &Action) -> Option<&'static str> {
    match action {
        Action::Lookup { missing: Missing::Insert(word), .. } => Some(word),
        _ => None,
    }
}

/// What is done without a row.
fn word(missing: &Missing) -> &'static str {
    match missing {
        Missing::Reject(_) => "reject",
        Missing::Create(_) | Missing::Insert(_) => "create",
        Missing::Continue => "continue",
        Missing::Stop => "stop",
    }
}

impl Trace {
    fn begin(&mut self, occasion: Occasion, current: &Current<'_>) {
        self.events += 1;
        self.depth = 0;
        self.rows.clear();
        if let Mode::Search { sought, rows, .. } = &mut self.mode {
            sought.clear();
            rows.clear();
            return;
        }
        let wanted = self.wants(occasion);
        if occasion == Occasion::Transaction {
            let first = std::mem::take(&mut self.first);
            self.done.extend(first.into_iter().filter(|_| wanted));
        }
        if !wanted {
            return;
        }
        self.open = Some(Event {
            number: self.events,
            occasion,
            input: current.input,
            record: current.origin.record,
            offset: current.origin.offset,
            bytes: current.record.to_vec(),
            steps: Vec::new(),
            rows: Vec::new(),
            emitted: Vec::new(),
            reject: None,
            fault: None,
            stopped: false,
        });
    }

    fn end(
        &mut self,
        (current, occasion): (&Current<'_>, Occasion),
        state: &State,
        why: Option<(Reason, String, String)>,
    ) {
        let emitted = self.number_emitted(state);
        if let Mode::Search { see, hits, sought, rows } = &mut self.mode {
            let there =
                |(master, row): &(usize, u32)| Some((*master, state.masters[*master].row_bytes(*row)?));
            let glance = Glance {
                occasion,
                input: current.input,
                record: current.record,
                origin: current.origin,
                emitted,
                sought,
                rows: rows.iter().filter_map(there).collect(),
            };
            if see(&glance) {
                hits.push(self.events);
            }
            return;
        }
        let Some(mut event) = self.open.take() else { return };
        let emitted = emitted.into_iter();
        event.emitted = emitted
            .map(|(output, number, bytes)| Emitted { output, number, bytes: bytes.to_vec() })
            .collect();
        event.stopped = event.fault.is_some() && why.is_none();
        event.reject = why;
        for ((master, row), before) in std::mem::take(&mut self.rows) {
            let after = state.masters[master].row_bytes(row).map(<[u8]>::to_vec);
            if before.is_some() || after.is_some() {
                let loaded = u64::from(row) < state.masters[master].read();
                let record = loaded.then(|| u64::from(row) + 1);
                event.rows.push(RowSeen { master, record, before, after });
            }
        }
        let asked_for = matches!(&self.mode, Mode::Record { wanted } if wanted.contains(&event.number));
        match occasion {
            Occasion::Transaction => self.levels = usize::MAX,
            Occasion::Last(level) => self.levels = self.levels.min(level),
            Occasion::First(_) if !asked_for => return self.first.push(event),
            _ => {}
        }
        self.done.push(event);
    }

    /// The records that were emitted since the event began, with their numbers.
    fn number_emitted<'s>(&mut self, state: &'s State) -> Vec<(usize, u64, &'s [u8])> {
        self.counts.resize(state.outputs.len(), 0);
        let mut start = 0;
        let mut all = Vec::with_capacity(state.emitted.len());
        for &(output, end) in &state.emitted {
            self.counts[output] += 1;
            all.push((output, self.counts[output], &state.emitted_bytes[start..end]));
            start = end;
        }
        all
    }
}
