//! Why a posting is what it is: the posting step of a run of the past is done once more, without publishing anything, and
//! somebody writes down what happens to the transactions that are asked for.
//!
//! ```text
//!   journal -> job, parameters, hashes -> what is not the same any more is refused
//!   key     -> tests of events  -> the step once: which events pass
//!                                  the step again: these are written down -> Account -> text or JSON
//! ```

mod account;
mod afar;
mod find;
mod lineage;
pub(super) mod past;
mod replay;
mod text;
mod values;

pub use account::{Account, Attempt, Cell, Change, Deed, Record, Reject, Row, StepAccount, Told};
pub use lineage::{Hop, Place};
pub use text::describe;

use account::Teller;
use afar::likes;
use find::{Test, Wanted, not_posted};
use past::Past;
use replay::{Again, Remarks, Scratch, post};

use std::cell::RefCell;

use crate::diag::{Diagnostic, Result, codes};
use crate::job::{Plan, PostPlan, StepKind, StepPlan};
use crate::post::Trace;
use crate::run::resources::Resources;
use crate::run::steps::Explained;
use crate::run::taken::TakenOut;
use crate::sys::{Fs, Root};

/// What a user asks.
#[derive(Clone, Debug)]
pub struct Question {
    /// Name of a run, of a job, or `last`.
    pub run: String,
    /// What of it.
    pub key: Key,
    /// The dataset, or the output or master of the rules, whose fields or key are meant.
    pub within: Option<String>,
    /// The post step; all if not given.
    pub step: Option<String>,
    /// Most events that are told.
    pub limit: usize,
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// `DATASET:NUMBER`, `FIELD=VALUE,...` or values of a key.
    Text(String),
    /// `DATASET:NUMBER` of a dataset that was read.
    Record(String),
    /// `DATASET:NUMBER` of a dataset, or of an output of the rules, that was written.
    Output(String),
    /// A record of the rejects.
    Reject(u64),
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Text(text) | Key::Record(text) | Key::Output(text) => f.write_str(text),
            Key::Reject(number) => write!(f, "reject {number}"),
        }
    }
}

/// Answers a question.
pub fn why(fs: &dyn Fs, root: &Root, resources: &Resources, question: &Question) -> Result<Account> {
    let past = Past::find(fs, root, &question.run)?;
    let plan = past.plan(fs, root)?;
    let wanted = Wanted::read(&question.key, &plan)?;
    let mut account = Account {
        run: past.run.clone(),
        ended: past.ended.clone(),
        key: question.key.to_string(),
        ..Account::default()
    };
    if account.ended.as_deref() != Some("committed") {
        account.notes.push("the run did not end well: nothing of this was published".to_owned());
    }
    let remarks = RefCell::default();
    let taken = TakenOut::new(fs, root, root);
    let asked = Asked {
        fs,
        root,
        resources,
        past: &past,
        plan: &plan,
        question,
        wanted: &wanted,
        remarks: &remarks,
        taken: &taken,
    };
    let (steps, mut carried, mut related) = (asked.steps()?, Vec::new(), false);
    let direct = asked.is_direct(&steps)?;
    for (step, post) in steps {
        let mut tests = asked.tests(post, direct, &mut account)?;
        tests.extend(likes(post, &carried));
        if tests.is_empty() {
            continue;
        }
        related = true;
        let found = asked.answer(step, post, tests, &mut account)?;
        carried.extend(asked.carried(&found)?);
        account.steps.extend(Some(found).filter(|found| found.found > 0 || found.stopped.is_some()));
    }
    account.notes.extend(remarks.take().into_notes());
    match (related, account.steps.iter().any(|step| step.found > 0)) {
        (_, true) => Ok(account),
        (false, _) => Err(asked.unrelated(&account)),
        (true, false) => Err(asked.nothing(&account)),
    }
}

/// That masters took more than the memory.
fn held_whole(step: &StepPlan, (bytes, budget): (u64, u64)) -> String {
    let mebibytes = |bytes: u64| bytes.div_ceil(1 << 20);
    format!(
        "masters of {} were held whole for this answer: about {} MiB, with {} MiB of memory for them",
        step.name,
        mebibytes(bytes),
        mebibytes(budget)
    )
}

/// A question and all that is known of the run.
struct Asked<'a> {
    fs: &'a dyn Fs,
    root: &'a Root,
    resources: &'a Resources,
    past: &'a Past,
    plan: &'a Plan,
    question: &'a Question,
    wanted: &'a Wanted,
    remarks: &'a RefCell<Remarks>,
    taken: &'a TakenOut<'a>,
}

impl<'a> Asked<'a> {
    /// The posting steps that are asked about.
    fn steps(&self) -> Result<Vec<(&'a StepPlan, &'a PostPlan)>> {
        let posts = self.plan.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Post(post) => Some((step, &**post)),
            _ => None,
        });
        let only = self.question.step.as_deref();
        let posts: Vec<_> = posts.filter(|(step, _)| only.is_none_or(|name| step.name == name)).collect();
        if posts.is_empty() {
            let message = match only {
                Some(name) => format!("the job {} has no post step {name}", self.plan.job),
                None => format!("the job {} has no post step", self.plan.job),
            };
            return Err(
                Diagnostic::error(codes::WHY003, message).hint("offhost plan shows the steps of a job")
            );
        }
        Ok(posts)
    }

    /// Finds the events of a step and has them told.
    fn answer(
        &self,
        step: &StepPlan,
        plan: &PostPlan,
        tests: Vec<Test>,
        account: &mut Account,
    ) -> Result<StepAccount> {
        let scratch = Scratch::new(self);
        let again = Again::new(self, &step.kind.inputs())?;
        let mut store = again.store(self.resources, &scratch)?;
        let see =
            Box::new(move |glance: &crate::post::Glance<'_>| tests.iter().any(|test| test.passes(glance)));
        let searched = post(&mut store, step, Trace::searching(see))?;
        self.compare(step, &searched, account)?;
        account.notes.extend(searched.beyond.map(|it| held_whole(step, it)));
        let hits = searched.trace.hits().to_vec();
        let wanted: Vec<u64> = hits.iter().copied().take(self.question.limit).collect();
        let mut events = Vec::new();
        if !wanted.is_empty() {
            let written = post(&mut store, step, Trace::recording(wanted))?;
            let teller = Teller::new(self.plan, plan);
            events = written.trace.into_events().iter().map(|event| teller.tell(event)).collect();
        }
        events.iter_mut().for_each(|told| self.trace_back(told));
        let stopped = searched.stopped.map(|error| format!("{}: {}", error.code.id(), error.message));
        Ok(StepAccount { step: step.name.clone(), found: hits.len(), events, stopped })
    }

    /// Holds what a step would write now against what the run wrote: an account of anything else is worth nothing.
    fn compare(&self, step: &StepPlan, again: &Explained, account: &mut Account) -> Result<()> {
        if let (Some(stopped), Some("committed")) = (&again.stopped, self.past.ended.as_deref()) {
            let message = format!("step {} done again is stopped, but was not in the run", step.name);
            return Err(self.not_again(message).note(format!("{}: {}", stopped.code.id(), stopped.message)));
        }
        let differ = again.written.iter().filter(|(name, now)| self.past.wrote(name, now) == Some(false));
        let differ: Vec<&str> = differ.map(|(name, _)| name.as_str()).collect();
        if !differ.is_empty() {
            let message = format!(
                "step {} done again does not write what the run wrote: {}",
                step.name,
                differ.join(", ")
            );
            return Err(self.not_again(message));
        }
        for (name, _) in &again.written {
            if self.past.knows_bytes_of(name) {
                account.compared.push(name.clone());
            }
        }
        account.compared.sort();
        account.compared.dedup();
        Ok(())
    }

    fn not_again(&self, message: String) -> Box<Diagnostic> {
        let (then, now) = (self.past.version(), env!("CARGO_PKG_VERSION"));
        let version = (then != now).then(|| format!("the run was done by offhost {then}, this is {now}"));
        let error = Diagnostic::error(codes::WHY005, message);
        let error = version
            .into_iter()
            .chain(self.remarks.borrow().clone().into_notes())
            .fold(error, |error, note| error.note(note));
        error.hint("put the inputs back as they were, and use the offhost that ran")
    }

    /// Adds the way that a transaction came through the steps before.
    fn trace_back(&self, told: &mut Told) {
        let Some(source) = told.source.as_ref().filter(|_| told.occasion == "transaction") else { return };
        let record = Place {
            dataset: source.dataset.clone(),
            record: source.record.unwrap_or_default(),
            offset: source.offset,
            bytes: source.raw.clone(),
        };
        told.path = lineage::back(self, record, &|_| false);
    }

    fn unrelated(&self, account: &Account) -> Box<Diagnostic> {
        match self.wanted {
            Wanted::Record(dataset, number) if !account.path.is_empty() => {
                let message = format!("no post step had anything to do with record {number} of {dataset}");
                let error = Diagnostic::error(codes::WHY004, message);
                let hops = account.path.iter().map(text::hop);
                hops.fold(error, |error, hop| error.note(hop)).hint("it was passed on as it was")
            }
            Wanted::Record(dataset, _) => not_posted(self.plan, dataset),
            Wanted::Fields(_) => match &self.question.within {
                Some(within) => not_posted(self.plan, within),
                None => Diagnostic::error(codes::WHY003, "no record of a post step has these fields")
                    .hint("offhost layout COPYBOOK shows the fields of a record"),
            },
            Wanted::Reject(_) => {
                Diagnostic::error(codes::WHY003, "no post step of the job has a dataset for rejects")
                    .hint("name one under rejects: in the step")
            }
            Wanted::Key(values) => {
                let of = match &self.question.within {
                    Some(within) => format!("no master {within}"),
                    None => "no master of the job".to_owned(),
                };
                let message = format!("{of} has a key of {} such values", values.len());
                let hint = "write DATASET:NUMBER, FIELD=VALUE, or a value for each field of a master's key";
                Diagnostic::error(codes::WHY003, message).hint(hint)
            }
        }
    }

    fn nothing(&self, account: &Account) -> Box<Diagnostic> {
        let message = format!("the run {} did nothing with {}", self.past.run, self.question.key);
        let error = Diagnostic::error(codes::WHY004, message);
        let stopped = account.steps.iter().filter_map(|step| step.stopped.as_ref());
        let error =
            stopped.fold(error, |error, stopped| error.note(format!("the step was stopped: {stopped}")));
        error.hint("ask by a field of the transaction (FIELD=VALUE) or by its number (DATASET:NUMBER)")
    }
}
