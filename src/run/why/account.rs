//! The account that is given of events: values instead of bytes, names instead of numbers. Its form as JSON is documented in
//! docs/why.md.

use serde::Serialize;

use super::lineage::{Hop, Place};
use super::values::Values;
use crate::codec::hex_digits;
use crate::job::{Plan, PostPlan};
use crate::post::{self, Effect, Event, Occasion, Program, SlotKind, Tried};

/// The answer to a question.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Account {
    /// Name of the run.
    pub run: String,
    /// How the run ended: committed or failed.
    pub ended: Option<String>,
    /// The key that was asked for.
    pub key: String,
    /// The record that was asked for, if it is one that an earlier step made transactions of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Place>,
    /// The steps between the record that was asked for and the posting, if a later step made it of postings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Hop>,
    /// What the step wrote again byte by byte as the run had written it.
    pub compared: Vec<String>,
    /// What should be known of the answer.
    pub notes: Vec<String>,
    /// What was found, step by step.
    pub steps: Vec<StepAccount>,
}

/// What was found in a posting step.
#[derive(Clone, Debug, Serialize)]
pub struct StepAccount {
    /// Name of the step.
    pub step: String,
    /// Events with the key.
    pub found: usize,
    /// Those that are told, with the control breaks around them.
    pub events: Vec<Told>,
    /// What stopped the step, if it was stopped.
    pub stopped: Option<String>,
}

/// An event.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// start, transaction, first, last or end.
    pub occasion: &'static str,
    /// The name of the control break of first and last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The transaction; at the end of a group its last one.
    pub source: Option<Record>,
    /// The steps that made it, back to the inputs of the job.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Hop>,
    /// posted, rejected, stopped or done.
    pub fate: &'static str,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject: Option<Reject>,
    /// What was wrong with the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Rules and actions in the order in which they were tried.
    pub tried: Vec<Attempt>,
    /// Records that were emitted.
    pub emitted: Vec<Record>,
    /// Rows of masters that were looked at.
    pub masters: Vec<Row>,
}

/// A record.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// Its dataset.
    pub dataset: String,
    /// Its number there, from 1.
    pub record: Option<u64>,
    /// Its offset in the file, of an input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Its bytes in hexadecimal.
    pub bytes: String,
    /// Its fields.
    pub fields: Vec<Cell>,
    /// Its bytes.
    #[serde(skip)]
    pub raw: Vec<u8>,
}

/// A field and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Name, with subscripts.
    pub name: String,
    /// Value: a number, or a text in quotes.
    pub value: String,
    /// Its bytes in hexadecimal; of long ones the first 64.
    pub hex: String,
}

/// A field that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Name, with subscripts.
    pub name: String,
    /// Value before.
    pub before: String,
    /// Value after.
    pub after: String,
    /// Its bytes after.
    pub hex: String,
}

/// A reject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Code.
    pub code: String,
    /// Text.
    pub reason: String,
    /// The rule that rejected; empty if none did.
    pub rule: String,
    /// The field that it was about, if any.
    pub field: String,
}

/// A rule or an action that was tried.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    /// edit, rule, reject-record or action.
    pub kind: &'static str,
    /// How many actions are around it.
    pub depth: usize,
    /// Name of a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The condition of a rule, or the action, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// File and line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Whether its condition held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
    /// Fields that it speaks of, before it was done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub saw: Vec<Cell>,
    /// What it did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub did: Vec<Deed>,
}

/// What an action did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Deed {
    /// A row was found.
    Found {
        /// The master.
        master: String,
        /// The alternate key it was found by.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// What was done because it was in the way of a row to be inserted: stop, reject or continue.
        #[serde(skip_serializing_if = "Option::is_none")]
        taken: Option<&'static str>,
        /// The row.
        row: Vec<Cell>,
    },
    /// There was no row.
    Missing {
        /// The master.
        master: String,
        /// What is done then: reject, create, continue, stop.
        then: &'static str,
    },
    /// Rows with an alternate key were gone through.
    WentThrough {
        /// The master.
        master: String,
    },
    /// A value was computed, exact before it was stored.
    Result {
        /// The receiver.
        field: String,
        /// The value.
        value: String,
    },
    /// A field was changed.
    Changed(Change),
    /// A row was made.
    Created {
        /// The master.
        master: String,
    },
    /// A row was deleted or released.
    Gone {
        /// The master.
        master: String,
    },
    /// A record was emitted.
    Emitted {
        /// Its dataset.
        dataset: String,
        /// Its number there.
        record: Option<u64>,
    },
    /// A reject was noted.
    Rejected {
        /// Code.
        code: String,
        /// Text.
        reason: String,
    },
    /// It failed.
    Failed {
        /// Why.
        message: String,
    },
}

/// A row of a master before and after.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Name in the rules.
    pub master: String,
    /// The dataset it was read from.
    pub dataset: String,
    /// The number of the record it was read from; none if a transaction made it.
    pub record: Option<u64>,
    /// found, created, deleted or changed.
    pub fate: &'static str,
    /// Its fields before; after, if it was made.
    pub fields: Vec<Cell>,
    /// Fields that were changed.
    pub changed: Vec<Change>,
}

/// Gives an account of events of a step.
pub(super) struct Teller<'p> {
    plan: &'p Plan,
    step: &'p PostPlan,
    values: Values<'p>,
}

impl<'p> Teller<'p> {
    pub fn new(plan: &'p Plan, step: &'p PostPlan) -> Self {
        Teller { plan, step, values: Values::new(&step.program) }
    }

    /// The account of an event.
    pub fn tell(&self, event: &Event) -> Told {
        let program: &Program = &self.step.program;
        let (occasion, level) = match event.occasion {
            Occasion::Start => ("start", None),
            Occasion::Transaction => ("transaction", None),
            Occasion::First(level) => ("first", program.breaks.get(level)),
            Occasion::Last(level) => ("last", program.breaks.get(level)),
            Occasion::End => ("end", None),
        };
        let fate = match (&event.reject, event.stopped, event.occasion) {
            (Some(_), ..) => "rejected",
            (None, true, _) => "stopped",
            (None, false, Occasion::Transaction) => "posted",
            _ => "done",
        };
        let reject = event.reject.as_ref().map(|(reason, rule, field)| Reject {
            code: reason.code.to_string(),
            reason: reason.text.to_string(),
            rule: rule.clone(),
            field: field.clone(),
        });
        Told {
            occasion,
            level: level.map(|level| level.name.clone()),
            source: event.input.map(|input| self.source(input, event)),
            path: Vec::new(),
            fate,
            reject,
            fault: event.fault.as_ref().map(|fault| format!("{}: {}", fault.code.id(), fault.message)),
            tried: event.steps.iter().map(|step| self.attempt(step, event)).collect(),
            emitted: event.emitted.iter().map(|emitted| self.emitted(emitted)).collect(),
            masters: event.rows.iter().map(|row| self.row(row)).collect(),
        }
    }

    fn slot(&self, kind: SlotKind) -> usize {
        self.step.program.slots.iter().position(|slot| *slot == kind).unwrap_or_default()
    }

    fn source(&self, input: usize, event: &Event) -> Record {
        let dataset = self.step.inputs.get(input).cloned().unwrap_or_default();
        // Of a temporary dataset the place in its work file means nothing.
        let in_file = self.plan.datasets.get(&dataset).is_some_and(|dataset| dataset.path.is_some());
        Record {
            dataset,
            record: event.record,
            offset: event.offset.filter(|_| in_file),
            bytes: hex_digits(&event.bytes),
            raw: event.bytes.clone(),
            fields: self.values.record(self.slot(SlotKind::Transaction(input)), &event.bytes),
        }
    }

    fn emitted(&self, emitted: &post::Emitted) -> Record {
        let slot = self.slot(SlotKind::Output(emitted.output));
        Record {
            dataset: self.output(emitted.output),
            record: Some(emitted.number),
            offset: None,
            bytes: hex_digits(&emitted.bytes),
            raw: emitted.bytes.clone(),
            fields: self.values.record(slot, &emitted.bytes),
        }
    }

    fn output(&self, output: usize) -> String {
        self.step.emitted().nth(output).map(str::to_owned).unwrap_or_default()
    }

    fn row(&self, row: &post::RowSeen) -> Row {
        let slot = self.slot(SlotKind::Master(row.master));
        let fields = row.before.as_ref().or(row.after.as_ref());
        let (fate, changed) = match (&row.before, &row.after) {
            (None, _) => ("created", Vec::new()),
            (_, None) => ("deleted", Vec::new()),
            (Some(before), Some(after)) if before == after => ("found", Vec::new()),
            (Some(before), Some(after)) => ("changed", self.values.changes(slot, before, after)),
        };
        let spec = &self.step.program.masters[row.master];
        Row {
            master: spec.name.clone(),
            dataset: spec.dataset.clone(),
            record: row.record,
            fate,
            fields: fields.map(|bytes| self.values.record(slot, bytes)).unwrap_or_default(),
            changed,
        }
    }

    fn attempt(&self, step: &post::Step, event: &Event) -> Attempt {
        let (kind, name, text) = match &step.what {
            Tried::Rule { name, edit, condition } => {
                (if *edit { "edit" } else { "rule" }, Some(name.clone()), condition.clone())
            }
            Tried::RejectRecord => ("reject-record", None, None),
            Tried::Action(text) => ("action", None, Some(text.clone())),
        };
        let saw = |seen: &post::Seen| match &seen.bytes {
            Ok(bytes) => self.values.field(&seen.field, bytes),
            Err(message) => {
                Cell { name: seen.field.name().to_owned(), value: format!("({message})"), hex: String::new() }
            }
        };
        let mut attempt = Attempt {
            kind,
            depth: step.depth,
            name,
            text,
            place: step.place.clone(),
            holds: None,
            saw: step.seen.iter().map(saw).collect(),
            did: Vec::new(),
        };
        for effect in &step.effects {
            match effect {
                Effect::Held(holds) => attempt.holds = Some(*holds),
                effect => self.deeds(effect, event, &mut attempt.did),
            }
        }
        attempt
    }

    fn deeds(&self, effect: &Effect, event: &Event, did: &mut Vec<Deed>) {
        let name = |master: usize| self.step.program.masters[master].name.clone();
        match effect {
            Effect::Held(_) => {}
            Effect::LookedUp { master, by, row: Some(row), taken, .. } => {
                let alternates = &self.step.program.masters[*master].alternates;
                did.push(Deed::Found {
                    master: name(*master),
                    by: by.and_then(|by| alternates.get(by)).map(|alternate| alternate.name.clone()),
                    taken: *taken,
                    row: self.values.record(self.slot(SlotKind::Master(*master)), row),
                });
            }
            Effect::LookedUp { master, missing, .. } => {
                did.push(Deed::Missing { master: name(*master), then: missing });
            }
            Effect::WentThrough { master } => did.push(Deed::WentThrough { master: name(*master) }),
            Effect::Result(field, value) => {
                did.push(Deed::Result { field: field.clone(), value: value.clone() });
            }
            Effect::Changed { slot, before, after } => {
                did.extend(self.values.changes(*slot, before, after).into_iter().map(Deed::Changed));
            }
            Effect::Created { master, .. } => did.push(Deed::Created { master: name(*master) }),
            Effect::Gone { master, .. } => did.push(Deed::Gone { master: name(*master) }),
            Effect::Emitted(at) => {
                let emitted = event.emitted.get(*at);
                did.push(Deed::Emitted {
                    dataset: emitted.map(|emitted| self.output(emitted.output)).unwrap_or_default(),
                    record: emitted.map(|emitted| emitted.number),
                });
            }
            Effect::Rejected(reason) => {
                did.push(Deed::Rejected { code: reason.code.to_string(), reason: reason.text.to_string() });
            }
            Effect::Failed(message) => did.push(Deed::Failed { message: message.clone() }),
        }
    }
}
