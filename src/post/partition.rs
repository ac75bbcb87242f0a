//! Whether transactions can be posted apart from each other, and by what they are to be kept together.
//!
//! Transactions interact through what one leaves and another finds: rows of masters, working storage, the records that outputs
//! built last. If nothing but rows of masters is left, and all masters that change are looked up by values of which some are
//! the same fields, transactions with different values there never meet:
//!
//! ```text
//!   lookup ACCOUNT by CX-ACCOUNT-ID                          both by CX-ACCOUNT-ID:
//!   lookup BALANCE by CX-ACCOUNT-ID, TX-TYPE, TX-CATEGORY    transactions of different accounts are apart
//! ```
//!
//! Those with equal values keep their order. So each part of them, with its rows, can be posted on a thread of its own, or
//! after the others, and gives the same bytes.

use std::ops::Range;

use super::action::{Action, Join, OnSizeError, Unset, walk};
use super::effects::Extent;
use super::program::{Program, Rule, SlotKind};
use crate::expr::FieldRef;

/// How the transactions of a program fall into parts.
#[derive(Clone, Debug)]
pub struct Partition {
    /// The fields whose values keep transactions together; none if all are apart.
    pub fields: Vec<FieldRef>,
    /// For each master the parts of its key that these values are; `None` for those that are not divided.
    pub masters: Vec<Option<Vec<usize>>>,
    /// Masters that were to be divided too, and why they cannot be.
    pub whole: Vec<(usize, String)>,
}

impl Partition {
    /// How the transactions of a program fall into parts; the reasons if they must be posted one after the other.
    pub fn of(program: &Program) -> Result<Partition, Vec<String>> {
        Self::dividing(program, &[])
    }

    /// As `of`, with as many of these masters divided as can be, though nothing changes them: those that are looked up by
    /// fields that keep transactions together too.
    pub fn dividing(program: &Program, also: &[usize]) -> Result<Partition, Vec<String>> {
        let changed = changed(program);
        let sites = sites(program);
        let reasons = reasons(program, &changed);
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let certain = certain(program, &changed, &sites);
        let mut common: Option<Vec<Common>> = None;
        for master in (0..changed.len()).filter(|master| changed[*master]) {
            let steady = steady_parts(master, &sites, program, &certain);
            let left = common_with(common, master, &steady);
            if left.is_empty() {
                return Err(vec![nothing_common(program, &changed, master)]);
            }
            common = Some(left);
        }
        let (mut divided, mut whole) = (changed.clone(), Vec::new());
        for master in also.iter().copied().filter(|master| !changed[*master]) {
            let steady = steady_parts(master, &sites, program, &certain);
            match also_divided(program, master, common.clone(), &steady, &divided) {
                Ok(left) => (common, divided[master]) = (Some(left), true),
                Err(why) => whole.push((master, why)),
            }
        }
        let common = common.unwrap_or_default();
        let of_master = |master: usize| common.iter().filter_map(|it| it.part_of(master)).collect();
        let masters = (0..divided.len()).map(|master| divided[master].then(|| of_master(master))).collect();
        Ok(Partition { fields: common.into_iter().map(|it| it.field).collect(), masters, whole })
    }

    /// True if no master changes, so that any two transactions are apart.
    pub fn is_free(&self) -> bool {
        self.fields.is_empty()
    }

    /// Names of the fields that keep transactions together.
    pub fn names(&self) -> Vec<&str> {
        self.fields.iter().map(FieldRef::name).collect()
    }
}

impl Program {
    /// For each master whether some action changes it.
    pub fn changed_masters(&self) -> Vec<bool> {
        changed(self)
    }
}

/// For each master whether some action changes it.
pub(super) fn changed(program: &Program) -> Vec<bool> {
    let mut changed = vec![false; program.masters.len()];
    for actions in program.of_transactions().chain(program.aside()) {
        walk(actions, &mut |action| {
            action.makes_or_takes().into_iter().for_each(|master| changed[master] = true);
            action.writes(&mut |field, _| {
                if let SlotKind::Master(master) = program.slots[field.slot] {
                    changed[master] = true;
                }
            });
        });
    }
    changed
}

/// True if an action may change the key of a row that there is: two rows of different parts could then get one key.
pub(super) fn changes_key(program: &Program, master: usize) -> bool {
    let spec = &program.masters[master];
    let length = program.scope.slot(spec.slot).format.layout.length();
    let is_key = |field: &FieldRef| {
        let range = reach(field, length);
        let of_key = spec.key.parts().iter().map(|part| reach(&part.field, length));
        field.slot == spec.slot
            && of_key.into_iter().any(|key| key.start < range.end && range.start < key.end)
    };
    let mut changes = false;
    for actions in program.of_transactions().chain(program.aside()) {
        walk(actions, &mut |action| action.writes(&mut |field, _| changes |= is_key(field)));
    }
    changes
}

/// True if the record that an output built last is asked for: as the beginning of the next one, or by a rule.
pub(super) fn carries_outputs(program: &Program) -> bool {
    let mut carries = false;
    program.reads(&mut |field| carries |= matches!(program.slots[field.slot], SlotKind::Output(_)));
    for actions in program.of_transactions().chain(program.aside()) {
        walk(actions, &mut |action| {
            carries |= matches!(action, Action::Emit(emission) if emission.unset == Unset::Last);
        });
    }
    carries
}

/// What keeps the transactions of a program in one part.
fn reasons(program: &Program, changed: &[bool]) -> Vec<String> {
    let mut reasons = Vec::new();
    leavings(program, &mut reasons);
    aside(program, changed, &mut reasons);
    for (spec, _) in program.masters.iter().zip(changed).filter(|(_, changed)| **changed) {
        if spec.releases {
            reasons.push(format!("rows of {} are released", spec.name));
        }
        if !spec.alternates.is_empty() {
            reasons.push(format!("{} is changed and has an alternate key", spec.name));
        }
        if program.scope.slot(spec.slot).format.layout.is_variable() {
            reasons.push(format!("rows of {} are as long as their counters say", spec.name));
        }
        if spec.changes_keys {
            reasons.push(format!("key fields of {} are changed", spec.name));
        }
    }
    reasons
}

/// What the masters so far and this one, which nothing changes, have in common; why it must stay whole if it must.
fn also_divided(
    program: &Program,
    master: usize,
    common: Option<Vec<Common>>,
    steady: &[(usize, &FieldRef)],
    divided: &[bool],
) -> Result<Vec<Common>, String> {
    let spec = &program.masters[master];
    if !spec.alternates.is_empty() {
        return Err(format!("{} has an alternate key", spec.name));
    }
    if program.scope.slot(spec.slot).format.layout.is_variable() {
        return Err(format!("rows of {} are as long as their counters say", spec.name));
    }
    if touched_aside(program)[master] {
        return Err(format!("{} is looked up at the start or the end", spec.name));
    }
    let left = common_with(common, master, steady);
    if left.is_empty() {
        return Err(format!("{} is not looked up by what divides the transactions", spec.name));
    }
    // Who says which part a transaction belongs to has only masters that are whole.
    let needed = needed_ahead(program, &left);
    match (0..needed.len()).find(|at| needed[*at] && (*at == master || divided[*at])) {
        Some(at) => {
            Err(format!("rows of {} say what other masters are looked up by", program.masters[at].name))
        }
        None => Ok(left),
    }
}

/// The masters whose rows must be found to read these fields.
fn needed_ahead(program: &Program, common: &[Common]) -> Vec<bool> {
    let mut needed = vec![false; program.masters.len()];
    for it in common {
        if let SlotKind::Master(master) = program.slots[it.field.slot] {
            needed[master] = true;
        }
    }
    // A foreseen lookup is made of those before it alone.
    for foreseen in program.foreseen.iter().rev().filter(|it| it.master < program.masters.len()) {
        if needed[foreseen.master] {
            foreseen.from.iter().for_each(|from| needed[program.foreseen[*from].master] = true);
        }
    }
    needed
}

/// A field that all masters so far are looked up by.
#[derive(Clone)]
struct Common {
    field: FieldRef,
    /// Masters, and the parts of their keys that it is.
    at: Vec<(usize, usize)>,
}

impl Common {
    fn part_of(&self, master: usize) -> Option<usize> {
        self.at.iter().find(|(other, _)| *other == master).map(|(_, part)| *part)
    }
}

/// What the masters so far and this one, looked up by these parts of its key, have in common.
fn common_with(before: Option<Vec<Common>>, master: usize, steady: &[(usize, &FieldRef)]) -> Vec<Common> {
    let Some(before) = before else {
        let of = |(part, field): &(usize, &FieldRef)| Common {
            field: (*field).clone(),
            at: vec![(master, *part)],
        };
        return steady.iter().map(of).collect();
    };
    let with = |mut common: Common| {
        let (part, _) = steady.iter().find(|(_, own)| own.is_same(&common.field))?;
        common.at.push((master, *part));
        Some(common)
    };
    before.into_iter().filter_map(with).collect()
}

/// A place where a master is looked up for a transaction.
struct Site<'p> {
    master: usize,
    /// Where the parts of each key come from; `None` if it goes by an alternate key.
    sources: Option<Vec<Vec<Option<&'p FieldRef>>>>,
    /// True if every transaction that gets past the edits before it is looked up here.
    always: bool,
    /// True if it belongs to the record of a reject.
    of_reject: bool,
}

/// All places where masters are looked up for a transaction, in order.
fn sites(program: &Program) -> Vec<Site<'_>> {
    let mut sites = Vec::new();
    for rule in program.edits.iter().chain(&program.rules) {
        let always = rule.condition.is_none() && rule.input.is_none();
        rule.actions.iter().for_each(|action| add_sites(action, (always, false), &mut sites));
    }
    let of_rejects = program.rejects.iter().flat_map(|emission| &emission.actions);
    of_rejects.for_each(|action| add_sites(action, (false, true), &mut sites));
    sites
}

fn add_sites<'p>(action: &'p Action, (always, of_reject): (bool, bool), sites: &mut Vec<Site<'p>>) {
    match action {
        Action::Lookup { master, by, keys, .. } => {
            let sources = keys.iter().map(|key| key.sources().collect()).collect();
            let sources = by.is_none().then_some(sources);
            sites.push(Site { master: *master, sources, always, of_reject });
        }
        Action::ForEach { master, .. } => {
            sites.push(Site { master: *master, sources: None, always: false, of_reject });
        }
        _ => {}
    }
    let always = always && matches!(action, Action::Emit(_));
    let nested = action.nested().into_iter().flatten();
    nested.for_each(|action| add_sites(action, (always, of_reject), sites));
}

/// For each master the place in the order of the sites from which on its row is that of the transaction and none other: it is
/// looked up in one place only, by fields of the transaction, and nothing changes it.
fn certain(program: &Program, changed: &[bool], sites: &[Site<'_>]) -> Vec<Option<usize>> {
    let mut certain: Vec<Option<usize>> = vec![None; changed.len()];
    for (at, site) in sites.iter().enumerate() {
        let only = sites.iter().filter(|other| other.master == site.master).count() == 1;
        let Some([sources]) = site.sources.as_deref() else { continue };
        let known = sources.iter().flatten().all(|field| is_steady(field, program, &certain, at));
        // Who says which part a transaction belongs to has only what is found ahead.
        let ahead = program.foreseen.iter().any(|foreseen| foreseen.master == site.master);
        if site.always && only && known && ahead && !changed[site.master] {
            certain[site.master] = Some(at);
        }
    }
    certain
}

/// True if the field is the same for a transaction from the site of this number on: its own, or one of a certain row.
fn is_steady(field: &FieldRef, program: &Program, certain: &[Option<usize>], at: usize) -> bool {
    field.fixed_range().is_some()
        && field.is_in_every_record()
        && match program.slots[field.slot] {
            SlotKind::Transaction(_) => true,
            SlotKind::Master(master) => certain[master].is_some_and(|from| from < at),
            SlotKind::Registers | SlotKind::Working | SlotKind::Output(_) => false,
        }
}

/// The parts of a master's key that come from the same steady field wherever it is looked up.
fn steady_parts<'p>(
    master: usize,
    sites: &[Site<'p>],
    program: &Program,
    certain: &[Option<usize>],
) -> Vec<(usize, &'p FieldRef)> {
    let of_this = || sites.iter().enumerate().filter(|(_, site)| site.master == master);
    let keys: Vec<&Vec<Option<&'p FieldRef>>> =
        of_this().filter_map(|(_, site)| site.sources.as_ref()).flatten().collect();
    let Some((first, rest)) = keys.split_first() else { return Vec::new() };
    let earliest = of_this().map(|(at, _)| at).next().unwrap_or(0);
    // A rejected transaction may not have come to the rows that it would have looked up.
    let of_reject = of_this().any(|(_, site)| site.of_reject);
    let own = |field: &FieldRef| matches!(program.slots[field.slot], SlotKind::Transaction(_));
    let parts = first.iter().enumerate().filter_map(|(position, field)| Some((position, (*field)?)));
    parts
        .filter(|(_, field)| is_steady(field, program, certain, earliest) && (!of_reject || own(field)))
        .filter(|(position, field)| {
            rest.iter().all(|key| key[*position].is_some_and(|other| other.is_same(field)))
        })
        .collect()
}

fn nothing_common(program: &Program, changed: &[bool], last: usize) -> String {
    let masters = program.masters.iter().enumerate();
    let names: Vec<&str> = masters
        .filter(|(master, _)| changed[*master] && *master <= last)
        .map(|(_, spec)| spec.name.as_str())
        .collect();
    match names.as_slice() {
        [only] => format!("{only} is changed and not always looked up by the same field of the transaction"),
        several => format!("{} are changed and not looked up by a common field", several.join(" and ")),
    }
}

/// What stands aside of the transactions must not depend on them, nor they on it.
fn aside(program: &Program, changed: &[bool], reasons: &mut Vec<String>) {
    if program.sequence.is_some() {
        reasons.push("each transaction is held against the one before it (sequence)".to_owned());
    }
    if !program.breaks.is_empty() {
        let names: Vec<&str> = program.breaks.iter().map(|level| level.name.as_str()).collect();
        reasons.push(format!("control breaks ({}) follow the order of the transactions", names.join(", ")));
    }
    let touched = touched_aside(program);
    for (master, spec) in program.masters.iter().enumerate() {
        if touched[master] && changed[master] {
            reasons.push(format!("{} is looked up at the start or the end", spec.name));
        }
    }
}

/// For each master whether it is looked up at the start or the end.
fn touched_aside(program: &Program) -> Vec<bool> {
    let mut touched = vec![false; program.masters.len()];
    for actions in [&program.start, &program.end] {
        walk(actions, &mut |action| match action {
            Action::Lookup { master, .. } | Action::ForEach { master, .. } => touched[*master] = true,
            _ => {}
        });
    }
    touched
}

/// Finds what one transaction leaves for others outside of masters.
fn leavings(program: &Program, reasons: &mut Vec<String>) {
    let working = program.slots.iter().position(|slot| *slot == SlotKind::Working);
    let length = working.map_or(0, |slot| program.scope.slot(slot).format.layout.length());
    let mut left = Leavings {
        program,
        written: vec![false; length],
        set: Some(vec![false; length]),
        building: Vec::new(),
        rejecting: false,
        reasons,
    };
    for actions in program.of_transactions() {
        walk(actions, &mut |action| action.writes(&mut |field, _| left.note_written(field)));
    }
    program.edits.iter().chain(&program.rules).for_each(|rule| left.rule(rule));
    // A reject takes back what the transaction set.
    left.set = Some(vec![false; length]);
    left.rejecting = true;
    if let Some(emission) = &program.rejects {
        left.emission(emission.output, &emission.unset, &emission.actions);
    }
    left.set = Some(vec![false; length]);
    left.rejecting = false;
    left.actions(&program.end);
}

/// A walk through the actions in which every byte of working storage is known to be set before it is read, or not.
struct Leavings<'p, 'r> {
    program: &'p Program,
    /// Bytes of working storage that transactions change.
    written: Vec<bool>,
    /// Bytes that this transaction has surely set; `None` where no action is reached.
    set: Option<Vec<bool>>,
    /// Outputs whose records are being built.
    building: Vec<usize>,
    /// True for the record of a reject, which may read what the reject says.
    rejecting: bool,
    reasons: &'r mut Vec<String>,
}

impl<'p> Leavings<'p, '_> {
    fn note_written(&mut self, field: &FieldRef) {
        if self.program.slots[field.slot] == SlotKind::Working {
            let length = self.written.len();
            self.written[reach(field, length)].fill(true);
        }
    }

    fn rule(&mut self, rule: &'p Rule) {
        if let Some(condition) = &rule.condition {
            condition.reads(&mut |field| self.read(field));
        }
        let before = self.set.clone();
        self.actions(&rule.actions);
        let conditional = rule.condition.is_some() || rule.input.is_some();
        // Behind a rule that ends the transaction go on those to which it was not applied.
        let applied = if rule.done { None } else { self.set.take() };
        self.set = join(applied, before.filter(|_| conditional));
    }

    fn actions(&mut self, actions: &'p [Action]) {
        for action in actions {
            if self.set.is_none() {
                return;
            }
            action.reads(&mut |field| self.read(field));
            match action {
                Action::When { actions, otherwise, .. } => self.either(actions, otherwise),
                Action::ForEach { actions, .. } => {
                    let before = self.set.clone();
                    self.actions(actions);
                    self.set = before;
                }
                Action::Join(Join { overflow, .. }) => self.either(overflow, &[]),
                Action::Unstring(unstring) => self.either(&unstring.overflow, &[]),
                Action::Compute { target, size_error: OnSizeError::Do { actions, otherwise }, .. } => {
                    let before = self.set.clone();
                    self.actions(actions);
                    let failed = std::mem::replace(&mut self.set, before);
                    self.write(target, Extent::Whole);
                    self.actions(otherwise);
                    self.set = join(failed, self.set.take());
                }
                Action::Search(search) => self.either(&search.actions, &search.missing),
                Action::Emit(emission) => self.emission(emission.output, &emission.unset, &emission.actions),
                Action::Said(said) => self.actions(&said.actions),
                Action::Reject { stop: true, .. } | Action::Stop { .. } => self.set = None,
                Action::Compute { .. } | Action::Move(_) | Action::Inspect(_) => {
                    action.writes(&mut |field, extent| self.write(field, extent));
                }
                Action::Lookup { .. } | Action::Delete { .. } | Action::Release { .. } => {}
                Action::Reject { stop: false, .. } | Action::Warn { .. } => {}
            }
        }
    }

    /// One of two lists of actions is done.
    fn either(&mut self, one: &'p [Action], other: &'p [Action]) {
        let before = self.set.clone();
        self.actions(one);
        let taken = std::mem::replace(&mut self.set, before);
        self.actions(other);
        self.set = join(taken, self.set.take());
    }

    fn emission(&mut self, output: usize, unset: &Unset, actions: &'p [Action]) {
        if *unset == Unset::Last {
            let name = &self.program.outputs[output].name;
            self.because(format!("records of {name} begin with the last one"));
        }
        self.building.push(output);
        self.actions(actions);
        self.building.pop();
    }

    fn write(&mut self, field: &FieldRef, extent: Extent) {
        let sure = extent == Extent::Whole && field.fixed_range().is_some() && field.is_in_every_record();
        if sure
            && self.program.slots[field.slot] == SlotKind::Working
            && let Some(set) = &mut self.set
        {
            let length = set.len();
            set[reach(field, length)].fill(true);
        }
    }

    fn read(&mut self, field: &FieldRef) {
        match self.program.slots[field.slot] {
            SlotKind::Working => {
                let Some(set) = &self.set else { return };
                let mut bytes = reach(field, set.len());
                if bytes.any(|byte| self.written[byte] && !set[byte]) {
                    self.because(format!(
                        "{} keeps its value from one transaction to the next",
                        field.name()
                    ));
                }
            }
            SlotKind::Output(output) if !self.building.contains(&output) => {
                self.because(format!("{} is read from the record built last", field.name()));
            }
            SlotKind::Registers => {
                let of_reject = field.name().starts_with("REJECT-");
                let own = ["RECORD-NUMBER", "RECORD-LENGTH", "POSTING-INPUT", "POSTING-RULE"]
                    .contains(&field.name())
                    || ["-STATUS", "-ROWS", "-QUIRK"].iter().any(|end| field.name().ends_with(end));
                if !(own || of_reject && self.rejecting) {
                    self.because(format!("{} tells of transactions before", field.name()));
                }
            }
            SlotKind::Output(_) | SlotKind::Transaction(_) | SlotKind::Master(_) => {}
        }
    }

    fn because(&mut self, reason: String) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// The bytes of its record that a field can be, wherever in its tables it is.
fn reach(field: &FieldRef, length: usize) -> Range<usize> {
    let layout = &field.format.layout;
    let of = layout.field(field.id);
    let range = match field.fixed_range() {
        Some(range) if field.is_in_every_record() => range,
        // Subscripts keep an entry within its table, and reference modification a part within its field, or stop the run.
        None if field.is_in_every_record() && !of.moving && !layout.is_variable() => {
            let entries = of.dims.iter().map(|dim| dim.stride * (dim.max as usize).saturating_sub(1));
            of.offset..of.offset + of.length + entries.sum::<usize>()
        }
        _ => 0..length,
    };
    range.start.min(length)..range.end.min(length)
}

/// What is set where two ways meet.
fn join(a: Option<Vec<bool>>, b: Option<Vec<bool>>) -> Option<Vec<bool>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.iter().zip(&b).map(|(a, b)| *a && *b).collect()),
        (one, None) | (None, one) => one,
    }
}
