//! From record to record through the steps before and behind a posting: which records of a step's inputs one of its outputs
//! was made of. A step other than a post step does not say so; it is found by comparing bytes, of records as the step would
//! have written them. What is the same in every byte cannot be told apart, and is not.

use serde::Serialize;

use super::Asked;
use super::replay::{Again, Scratch, post};
use crate::diag::Result;
use crate::expr::SingleFrame;
use crate::job::{MatchPlan, PostPlan, SortPlan, StepKind, StepPlan};
use crate::key::Key;
use crate::post::{Glance, Trace};
use crate::record::{Block, Origin};
use crate::run::intake::Intake;
use crate::run::observe::Silent;
use crate::run::store::Store;

/// Most records that are named where several could be meant.
const NAMED: usize = 10;
/// Most steps that are followed.
const STEPS: usize = 64;

/// A step through which a record came.
#[derive(Clone, Debug, Serialize)]
pub struct Hop {
    /// The step.
    pub step: String,
    /// Its operator.
    pub operator: &'static str,
    /// The record it wrote.
    pub wrote: Place,
    /// The records it was made of: one, or one of each input, or several of which one is meant.
    pub of: Vec<Place>,
    /// What cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

/// A record in a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The dataset.
    pub dataset: String,
    /// Its number there, from 1.
    pub record: u64,
    /// Its offset in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Its bytes.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// Bytes that a record has on the way to a post step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// These.
    Whole(Vec<u8>),
    /// These and others behind them: the left record of a pair.
    Starts(Vec<u8>),
    /// Others and these: the right record of a pair.
    Ends(Vec<u8>),
}

impl Pattern {
    /// True if a record has them.
    pub fn fits(&self, record: &[u8]) -> bool {
        match self {
            Pattern::Whole(bytes) => record == bytes,
            Pattern::Starts(bytes) => record.starts_with(bytes),
            Pattern::Ends(bytes) => record.ends_with(bytes),
        }
    }
}

/// What a record of a dataset looks like in the datasets that steps make of it.
pub(super) fn forward(asked: &Asked<'_>, from: &str, bytes: &[u8]) -> Result<Vec<(String, Pattern)>> {
    let mut known = vec![(from.to_owned(), Pattern::Whole(bytes.to_vec()))];
    for step in &asked.plan.steps {
        for (name, pattern) in known.clone() {
            match &step.kind {
                StepKind::Sort(sort) if sort.sum.is_none() => {
                    let Some(input) = sort.inputs.iter().find(|input| input.dataset == name) else {
                        continue;
                    };
                    let pattern = match (&sort.reformat, pattern) {
                        (None, pattern) => pattern,
                        (Some(reformat), Pattern::Whole(bytes)) => {
                            let mut one = Block::empty(None);
                            one.push(&bytes);
                            Pattern::Whole(reformat.apply(&one, &input.dataset)?.record(0).to_vec())
                        }
                        _ => continue,
                    };
                    known
                        .extend(step.kind.outputs().into_iter().map(|out| (out.to_owned(), pattern.clone())));
                }
                StepKind::Control(cards) if cards.inputs.contains(&name) => {
                    known.extend(cards.outputs.iter().map(|out| (out.clone(), pattern.clone())));
                }
                StepKind::Match(matching) => known.extend(through_match(matching, &name, &pattern)),
                _ => {}
            }
        }
    }
    Ok(known)
}

fn through_match(matching: &MatchPlan, name: &str, pattern: &Pattern) -> Vec<(String, Pattern)> {
    let mut found = Vec::new();
    let mut put =
        |out: &Option<String>, pattern: Pattern| found.extend(out.clone().map(|out| (out, pattern)));
    if matching.left.0 == name {
        put(&matching.left_only, pattern.clone());
        put(&matching.left_paired, pattern.clone());
        if let Pattern::Whole(bytes) | Pattern::Starts(bytes) = pattern {
            put(&matching.paired, Pattern::Starts(bytes.clone()));
        }
    }
    if matching.right.0 == name {
        put(&matching.right_only, pattern.clone());
        put(&matching.right_paired, pattern.clone());
        if let Pattern::Whole(bytes) | Pattern::Ends(bytes) = pattern {
            put(&matching.paired, Pattern::Ends(bytes.clone()));
        }
    }
    found
}

/// Follows a record back until it is one that no step wrote, or one of those at which `stop` says so, or it cannot be told.
pub(super) fn back(asked: &Asked<'_>, record: Place, stop: &dyn Fn(&Place) -> bool) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut open = vec![record];
    while let Some(record) = open.pop() {
        let writer =
            asked.plan.steps.iter().find(|step| step.kind.outputs().contains(&record.dataset.as_str()));
        let Some(step) = writer.filter(|_| hops.len() < STEPS && !stop(&record)) else { continue };
        let mut hop = Hop {
            step: step.name.clone(),
            operator: step.kind.operator(),
            wrote: record.clone(),
            of: Vec::new(),
            limit: None,
        };
        match made_of(asked, step, &record) {
            Ok((of, limit)) => (hop.of, hop.limit) = (of, limit),
            Err(error) => hop.limit = Some(error.message),
        }
        // Which of several is meant is not known, and so nothing of what was before it.
        if hop.limit.is_none() {
            open.extend(hop.of.iter().cloned());
        }
        hops.push(hop);
    }
    hops
}

/// The records that a step made one of, and what cannot be told of them.
fn made_of(asked: &Asked<'_>, step: &StepPlan, record: &Place) -> Result<(Vec<Place>, Option<String>)> {
    let scratch = Scratch::new(asked);
    let again = Again::new(asked, &step.kind.inputs())?;
    let mut store = again.store(asked.resources, &scratch)?;
    step.kind.inputs().into_iter().for_each(|name| store.keep(name));
    match &step.kind {
        StepKind::Sort(sort) => of_sort(&mut store, sort, record),
        StepKind::Match(matching) => of_match(&mut store, matching, record),
        StepKind::Post(plan) => of_post(&mut store, step, plan, record),
        StepKind::Control(cards) => {
            let mut found = Vec::new();
            for input in &cards.inputs {
                found.extend(search(&mut store, input, &record.bytes)?);
            }
            let limit = match found.len() {
                0 => "cards made this record; none of the inputs has one with these bytes".to_owned(),
                1 => return Ok((found, None)),
                count => same(count),
            };
            Ok((found, Some(limit)))
        }
        _ => Ok((
            Vec::new(),
            Some(format!("a {} step does not say what it made a record of", step.kind.operator())),
        )),
    }
}

fn of_sort(store: &mut Store<'_>, sort: &SortPlan, record: &Place) -> Result<(Vec<Place>, Option<String>)> {
    if sort.sum.is_some() && sort.reformat.is_some() {
        return Ok((Vec::new(), Some("the step adds records up and makes new ones of the sums".to_owned())));
    }
    let summed = sort.sum.is_some();
    let wanted = match summed {
        true => key_of(&sort.key, record.origin(), &record.bytes)?,
        false => record.bytes.clone(),
    };
    let mut found = Vec::new();
    for input in &sort.inputs {
        let name = input.dataset.as_str();
        let fits = |block: &mut Block| -> Result<Vec<u32>> {
            input.filter.apply(block, name)?;
            let built = sort.reformat.as_ref().map(|reformat| reformat.apply(block, name)).transpose()?;
            let mut slots = Vec::new();
            for (index, (slot, bytes)) in block.slots().enumerate() {
                let fits = match &built {
                    Some(built) => built.record(index) == wanted,
                    None if summed => key_of(&sort.key, block.origin(name, slot), bytes)? == wanted,
                    None => bytes == wanted,
                };
                slots.extend(fits.then_some(slot));
            }
            Ok(slots)
        };
        found.extend(search_blocks(store, name, &fits)?);
    }
    let limit = match found.len() {
        0 => Some("no record of the inputs gives these bytes".to_owned()),
        1 => None,
        count if summed => Some(format!("it is the sum of {count} records with one key")),
        count => Some(same(count)),
    };
    found.truncate(NAMED);
    Ok((found, limit))
}

fn of_match(
    store: &mut Store<'_>,
    matching: &MatchPlan,
    record: &Place,
) -> Result<(Vec<Place>, Option<String>)> {
    let is = |out: &Option<String>| out.as_deref() == Some(record.dataset.as_str());
    let (left, right) = (&matching.left.0, &matching.right.0);
    let mut sides = Vec::new();
    if is(&matching.paired) {
        let length = store.dataset(left)?.format.fixed_length().unwrap_or_default().min(record.bytes.len());
        let (front, behind) = record.bytes.split_at(length);
        sides.extend([(left, front), (right, behind)]);
    } else if is(&matching.left_only) || is(&matching.left_paired) {
        sides.push((left, record.bytes.as_slice()));
    } else {
        sides.push((right, record.bytes.as_slice()));
    }
    let (mut all, mut limit) = (Vec::new(), None);
    for (name, wanted) in sides {
        let mut found = search(store, name, wanted)?;
        if found.len() != 1 {
            limit = Some(format!("{name}: {}", same(found.len())));
        }
        found.truncate(NAMED);
        all.extend(found);
    }
    Ok((all, limit))
}

/// The transaction for which a record was emitted.
fn of_post(
    store: &mut Store<'_>,
    step: &StepPlan,
    plan: &PostPlan,
    record: &Place,
) -> Result<(Vec<Place>, Option<String>)> {
    let Some(output) = plan.emitted().position(|name| name == record.dataset) else {
        let limit = format!(
            "a row of a master; offhost why RUN {}:{} tells what was done with it",
            record.dataset, record.record
        );
        return Ok((Vec::new(), Some(limit)));
    };
    let (sender, receiver) = std::sync::mpsc::channel();
    let (number, inputs) = (record.record, plan.inputs.clone());
    let see = move |glance: &Glance<'_>| {
        let emitted = glance.emitted.iter().any(|(of, at, _)| *of == output && *at == number);
        if emitted && let Some(input) = glance.input {
            // Nobody listens only if nobody wants to know any more.
            let _ = sender.send(Place {
                dataset: inputs.get(input).cloned().unwrap_or_default(),
                record: glance.origin.record.unwrap_or_default(),
                offset: glance.origin.offset,
                bytes: glance.record.to_vec(),
            });
        }
        emitted
    };
    let done = post(store, step, Trace::searching(Box::new(see)))?;
    drop(done);
    let mut found: Vec<Place> = receiver.try_iter().collect();
    for place in &mut found {
        place.offset = place.offset.filter(|_| store.dataset(&place.dataset).is_ok_and(|d| d.path.is_some()));
    }
    let limit = found.is_empty().then(|| "it was emitted for no transaction".to_owned());
    Ok((found, limit))
}

impl Place {
    fn origin(&self) -> Origin<'_> {
        Origin { dataset: &self.dataset, record: Some(self.record), offset: self.offset, above: None }
    }
}

fn same(count: usize) -> String {
    match count {
        0 => "no record has these bytes".to_owned(),
        count => format!("{count} records are the same in every byte; which one it was cannot be told"),
    }
}

fn key_of(key: &Key, origin: Origin<'_>, record: &[u8]) -> Result<Vec<u8>> {
    let mut encoded = Vec::new();
    key.encode(&SingleFrame { record, origin }, &mut encoded)?;
    Ok(encoded)
}

/// The records of a dataset that have these bytes.
fn search(store: &mut Store<'_>, name: &str, wanted: &[u8]) -> Result<Vec<Place>> {
    search_blocks(store, name, &|block: &mut Block| {
        Ok(block.slots().filter(|(_, bytes)| *bytes == wanted).map(|(slot, _)| slot).collect())
    })
}

/// The records of a dataset at the slots that `fits` names in each block.
pub(super) fn search_blocks(
    store: &mut Store<'_>,
    name: &str,
    fits: &(dyn Fn(&mut Block) -> Result<Vec<u32>> + Sync),
) -> Result<Vec<Place>> {
    store.keep(name);
    let in_file = store.dataset(name)?.path.is_some();
    let intake = Intake::open(store, name, &[], &Silent)?;
    let look = |mut block: Block| -> Result<Vec<Place>> {
        let slots = fits(&mut block)?;
        let place = |slot: u32| Place {
            dataset: name.to_owned(),
            record: block.number(slot),
            offset: in_file.then(|| block.offset(slot)),
            bytes: block.at(slot).to_vec(),
        };
        Ok(slots.into_iter().map(place).collect())
    };
    let mut all = Vec::new();
    intake.read(&look, &mut |found: Vec<Place>| {
        all.extend(found);
        Ok(())
    })?;
    Ok(all)
}
