//! IFTHEN.

use super::action::{Action, Change, Context, Work, length_after};
use super::group::Group;
use super::{RecordTest, Setting, Shape};
use crate::control::syntax::{Clause, When};
use crate::diag::Result;

/// IFTHEN clauses, compiled, in the order in which they are done: INIT and GROUP as coded, then conditions and ANY, then
/// NONE.
#[derive(Clone, Debug)]
pub(super) struct IfThen {
    first: Vec<First>,
    chain: Vec<Link>,
    none: Vec<Action>,
    groups: usize,
    length: usize,
}

/// WHEN=INIT and WHEN=GROUP.
#[derive(Clone, Debug)]
enum First {
    Init(Action),
    Group(Box<Group>, usize),
}

/// WHEN=(condition) and WHEN=ANY.
#[derive(Clone, Debug)]
struct Link {
    /// None for ANY.
    test: Option<RecordTest>,
    action: Action,
    goes_on: bool,
}

/// What a record is after the clauses.
enum Done {
    Record,
    /// Its lines have been put already.
    Lines,
}

impl IfThen {
    /// Compiles clauses for records of a shape.
    pub fn compile(clauses: &[Clause], shape: Shape, context: &mut Context<'_>) -> Result<Self> {
        let within = widest(clauses, context.setting, shape);
        let mut body = IfThen {
            first: Vec::new(),
            chain: Vec::new(),
            none: Vec::new(),
            groups: 0,
            length: shape.length,
        };
        let reads = Shape { length: within, ..shape };
        for clause in clauses {
            let test = match &clause.when {
                When::Condition(condition) => {
                    Some(RecordTest::compile_padded(condition, context.setting, reads)?)
                }
                When::Group(group) => {
                    let group = Group::compile(group, &clause.span, context.setting, reads)?;
                    body.first.push(First::Group(Box::new(group), body.groups));
                    body.groups += 1;
                    continue;
                }
                _ => None,
            };
            // The lengths of the clauses before it count, in the order in which they are done.
            let now = Shape { length: body.greatest(shape.length), ..shape };
            let action = Action::compile(&clause.action, Some(&clause.span), now, within, context)?;
            match &clause.when {
                When::Init => body.first.push(First::Init(action)),
                When::None => body.none.push(action),
                _ => body.chain.push(Link { test, action, goes_on: clause.hit_next }),
            }
        }
        body.length = body.greatest(shape.length);
        Ok(body)
    }

    /// All actions.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        let first = self.first.iter().filter_map(|first| match first {
            First::Init(action) => Some(action),
            First::Group(..) => None,
        });
        first.chain(self.chain.iter().map(|link| &link.action)).chain(&self.none)
    }

    /// Greatest length that a record can have in the end. A clause that always applies replaces the length before it, one
    /// that may apply adds to the choice.
    fn greatest(&self, input: usize) -> usize {
        let mut before = input;
        for first in &self.first {
            before = match first {
                First::Init(action) => action.length(before),
                First::Group(group, _) => before.max(group.end()),
            };
        }
        let (mut going, mut ended) = (before, 0);
        for link in &self.chain {
            let changed = link.action.length(going);
            if link.goes_on {
                going = going.max(changed);
            } else {
                ended = ended.max(changed);
            }
        }
        let untouched = self.none.iter().fold(before, |length, action| action.length(length));
        let may_go_on = self.chain.iter().any(|link| link.goes_on);
        ended.max(untouched).max(if may_go_on { going } else { 0 })
    }

    /// Greatest length of the records.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Number of WHEN=GROUP clauses.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// True if there is a WHEN=GROUP.
    pub fn has_groups(&self) -> bool {
        self.groups > 0
    }

    /// Does the clauses to the record of the work and gives what it becomes.
    #[inline]
    pub fn run(&self, work: &mut Work, put: &mut dyn FnMut(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        match self.changed(work, put)? {
            Done::Record => put(&mut work.record),
            Done::Lines => Ok(()),
        }
    }

    fn changed(&self, work: &mut Work, put: &mut dyn FnMut(&mut Vec<u8>) -> Result<()>) -> Result<Done> {
        for first in &self.first {
            match first {
                First::Init(action) => {
                    if let Done::Lines = apply(action, work, put)? {
                        return Ok(Done::Lines);
                    }
                }
                First::Group(group, number) => {
                    if let Some(state) = work.groups.get_mut(*number) {
                        group.apply(&mut work.record, state, &work.parsed)?;
                    }
                }
            }
        }
        // Whether a condition held, and whether one did since the last ANY.
        let (mut satisfied, mut since) = (false, false);
        for link in &self.chain {
            let holds = match &link.test {
                Some(test) => test.holds(&work.record, &work.parsed)?,
                None => std::mem::take(&mut since),
            };
            if !holds {
                continue;
            }
            if link.test.is_some() {
                (satisfied, since) = (true, true);
            }
            if let Done::Lines = apply(&link.action, work, put)? {
                return Ok(Done::Lines);
            }
            if !link.goes_on {
                return Ok(Done::Record);
            }
        }
        if !satisfied {
            for action in &self.none {
                if let Done::Lines = apply(action, work, put)? {
                    return Ok(Done::Lines);
                }
            }
        }
        Ok(Done::Record)
    }
}

/// Does an action. A BUILD with separators is the end of a record: its lines are put.
#[inline]
fn apply(action: &Action, work: &mut Work, put: &mut dyn FnMut(&mut Vec<u8>) -> Result<()>) -> Result<Done> {
    match &action.change {
        Change::Build(build) if build.has_lines() => {
            if let Some(parse) = &action.parse {
                parse.run(&work.record, &mut work.parsed);
            }
            build.run(&work.record, &mut work.parts, &work.parsed, &mut work.made, |made| put(made))?;
            Ok(Done::Lines)
        }
        _ => action.apply(work).map(|()| Done::Record),
    }
}

/// The greatest length that any clause can give a record: fields of other clauses may lie so far.
fn widest(clauses: &[Clause], setting: &Setting, shape: Shape) -> usize {
    clauses.iter().fold(shape.length, |length, clause| {
        let push = match &clause.when {
            When::Group(group) => group.push.iter().map(push_end).max().unwrap_or(0),
            _ => 0,
        };
        let built =
            clause.action.build.as_ref().map_or(0, |items| super::overlay::end_of(items, setting, shape));
        length.max(push).max(built).max(length_after(&clause.action, setting, shape))
    })
}

fn push_end(push: &crate::control::syntax::Push) -> usize {
    use crate::control::syntax::PushWhat;
    let length = match &push.what {
        PushWhat::Field(place) => place.length(),
        PushWhat::Id(length) | PushWhat::Sequence(length) => *length,
    };
    (push.column.saturating_sub(1) + length) as usize
}
