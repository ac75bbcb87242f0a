//! WHEN=GROUP: groups of records, and what the first of them gives to the others.

use super::build::set_rdw;
use super::convert::{SignPlace, Target};
use super::overlay::check_column;
use super::part::misplaced;
use super::spot::RECORD_MOST;
use super::{Parsed, RecordTest, Setting, Shape, Spot};
use crate::control::syntax::{self, PushWhat};
use crate::diag::{Result, Span};

/// WHEN=GROUP, compiled.
#[derive(Clone, Debug)]
pub(super) struct Group {
    begin: Option<RecordTest>,
    end: Option<RecordTest>,
    records: Option<u64>,
    key: Option<Spot>,
    pushes: Vec<Push>,
    /// One past the last byte that is written.
    reach: usize,
    variable: bool,
    blank: u8,
}

#[derive(Clone, Debug)]
struct Push {
    to: usize,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// Bytes of the first record: from there to there in what was put aside of it.
    Field {
        spot: Spot,
        aside: usize,
    },
    Id(Target),
    Sequence(Target),
}

/// Where a group is.
#[derive(Clone, Debug, Default)]
pub(super) struct GroupState {
    /// Records come into the group.
    open: bool,
    /// Its number.
    id: u64,
    /// Records that it has.
    count: u64,
    /// The key of the last record.
    key: Option<Vec<u8>>,
    /// Bytes of its first record.
    aside: Vec<u8>,
    piece: Vec<u8>,
}

impl Group {
    /// Compiles a group of records of a shape, which says how far fields may lie.
    pub fn compile(group: &syntax::Group, span: &Span, setting: &Setting, shape: Shape) -> Result<Self> {
        let test = |condition: &Option<syntax::Condition>| {
            condition
                .as_ref()
                .map(|condition| RecordTest::compile_padded(condition, setting, shape))
                .transpose()
        };
        let (mut pushes, mut aside, mut reach) = (Vec::new(), 0, 0);
        let digits = |length: u32| Target::Zoned {
            length: length as usize,
            plus: 0xF,
            sign: SignPlace::Last,
            page: setting.page,
        };
        for push in &group.push {
            let to = (push.column as usize).saturating_sub(1);
            check_column(to, shape, &push.span)?;
            if to > RECORD_MOST {
                return Err(misplaced("the column is behind the end of the longest record", &push.span));
            }
            let (what, length) = match &push.what {
                PushWhat::Field(place) => {
                    let spot = Spot::compile(place, shape, &push.span)?;
                    let what = What::Field { spot, aside };
                    aside += spot.length();
                    (what, spot.length())
                }
                PushWhat::Id(length) => (What::Id(digits(*length)), *length as usize),
                PushWhat::Sequence(length) => (What::Sequence(digits(*length)), *length as usize),
            };
            reach = reach.max(to + length);
            pushes.push(Push { to, what });
        }
        Ok(Group {
            begin: test(&group.begin)?,
            end: test(&group.end)?,
            records: group.records,
            key: group.key.as_ref().map(|place| Spot::compile(place, shape, span)).transpose()?,
            pushes,
            reach,
            variable: shape.variable,
            blank: setting.page.space(),
        })
    }

    /// One past the last byte that is written.
    pub fn end(&self) -> usize {
        self.reach
    }

    /// Puts a record into its group and changes it if it is in one.
    pub fn apply(&self, record: &mut Vec<u8>, state: &mut GroupState, parsed: &Parsed) -> Result<()> {
        let ends = match &self.end {
            Some(end) => end.holds(record, parsed)?,
            None => false,
        };
        if self.starts(record, state, parsed)? {
            state.open = true;
            state.id += 1;
            state.count = 0;
            self.put_aside(record, state, parsed);
        }
        if !state.open {
            return Ok(());
        }
        state.count += 1;
        self.push(record, state);
        state.open = !ends && self.records.is_none_or(|most| state.count < most);
        Ok(())
    }

    /// True if a record is the first of a group. Without a rule for that the first record is, and the one behind each
    /// group.
    fn starts(&self, record: &[u8], state: &mut GroupState, parsed: &Parsed) -> Result<bool> {
        let mut starts = false;
        if let Some(begin) = &self.begin {
            starts = begin.holds(record, parsed)?;
        }
        if let Some(spot) = &self.key {
            let mut key = state.key.take().unwrap_or_default();
            let first = key.is_empty();
            let present = spot.present(record, parsed);
            let lacking = spot.length() - present.len().min(spot.length());
            let same = key.get(..present.len()) == Some(present)
                && key.get(present.len()..).is_some_and(|rest| rest.iter().all(|byte| *byte == self.blank));
            if first || !same {
                starts = true;
                key.clear();
                key.extend_from_slice(present);
                key.resize(present.len() + lacking, self.blank);
            }
            state.key = Some(key);
        }
        Ok(starts || self.begin.is_none() && self.key.is_none() && !state.open)
    }

    fn put_aside(&self, record: &[u8], state: &mut GroupState, parsed: &Parsed) {
        state.aside.clear();
        for push in &self.pushes {
            if let What::Field { spot, .. } = &push.what {
                let present = spot.present(record, parsed);
                let end = state.aside.len() + spot.length();
                state.aside.extend_from_slice(present);
                state.aside.resize(end, self.blank);
            }
        }
    }

    fn push(&self, record: &mut Vec<u8>, state: &mut GroupState) {
        if record.len() < self.reach {
            record.resize(self.reach, self.blank);
        }
        for push in &self.pushes {
            let bytes = match &push.what {
                What::Field { spot, aside } => {
                    state.aside.get(*aside..*aside + spot.length()).unwrap_or_default()
                }
                What::Id(target) => number(target, state.id, &mut state.piece),
                What::Sequence(target) => number(target, state.count, &mut state.piece),
            };
            record[push.to..push.to + bytes.len()].copy_from_slice(bytes);
        }
        if self.variable {
            set_rdw(record);
        }
    }
}

fn number<'a>(target: &Target, number: u64, piece: &'a mut Vec<u8>) -> &'a [u8] {
    piece.clear();
    target.put(i128::from(number), piece);
    piece
}
