//! INREC, OUTREC and the reformatting of OUTFIL, compiled.

use super::action::{Action, Change, Context, Work};
use super::build::{RDW, set_rdw};
use super::ifthen::IfThen;
use super::part::Slots;
use super::{Setting, Shape};
use crate::control::syntax::{Convert, Reform};
use crate::diag::Result;

/// Whose records are reformatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// INREC.
    Inrec,
    /// OUTREC.
    Outrec,
    /// OUTFIL.
    OutFil {
        /// VTOF, FTOV.
        convert: Convert,
        /// VLFILL.
        fill: Option<u8>,
    },
}

/// What is done to every record.
#[derive(Clone, Debug)]
pub struct Program {
    body: Body,
    slots: Slots,
    output: Shape,
    /// How records that were changed in place become those of the output.
    ending: Ending,
}

#[derive(Clone, Debug)]
enum Body {
    Action(Box<Action>),
    IfThen(Box<IfThen>),
}

/// What a program remembers from record to record, and its buffers.
#[derive(Clone, Debug, Default)]
pub struct ProgramState {
    pub(super) work: Work,
}

/// How a record that was changed in place becomes one of the output.
#[derive(Clone, Copy, Debug)]
struct Ending {
    /// Its RDW goes away.
    strip: bool,
    /// An RDW is put before it.
    add: bool,
    output: Shape,
    blank: u8,
}

impl Ending {
    fn new(from: Shape, output: Shape, blank: u8) -> Self {
        Ending {
            strip: from.variable && !output.variable,
            add: !from.variable && output.variable,
            output,
            blank,
        }
    }

    /// Makes the record one of the output.
    #[inline]
    fn apply(self, record: &mut Vec<u8>) {
        if self.strip {
            record.drain(..RDW.min(record.len()));
        }
        if self.add {
            record.splice(..0, [0; RDW]);
        }
        if self.output.variable {
            record.truncate(self.output.length);
            set_rdw(record);
        } else if record.len() != self.output.length {
            record.resize(self.output.length, self.blank);
        }
    }
}

impl Program {
    /// Compiles what a statement does to records of a shape.
    pub fn compile(reform: &Reform, setting: &Setting, shape: Shape, usage: Usage) -> Result<Self> {
        let (convert, fill) = match usage {
            Usage::Inrec | Usage::Outrec => (Convert::Keep, None),
            Usage::OutFil { convert, fill } => (convert, fill),
        };
        let variable = match convert {
            Convert::Keep => shape.variable,
            Convert::ToFixed => false,
            Convert::ToVariable => true,
        };
        let mut slots = Slots::default();
        let lines = matches!(usage, Usage::OutFil { .. });
        let mut context = Context { setting, variable, fill, lines, slots: &mut slots };
        let (body, length) = match reform {
            Reform::Action(action) => {
                let action = Action::compile(action, None, shape, shape.length, &mut context)?;
                let length = action.length(shape.length);
                (Body::Action(Box::new(action)), length)
            }
            Reform::IfThen { clauses, length } => {
                let body = IfThen::compile(clauses, shape, &mut context)?;
                let length = length.map_or(body.length(), |length| length as usize);
                (Body::IfThen(Box::new(body)), length)
            }
        };
        // A BUILD has made records of the output; what was changed in place still has the form of the input.
        let in_place = !matches!(&body, Body::Action(action) if matches!(action.change, Change::Build(_)));
        let length = match (in_place, shape.variable, variable) {
            (true, false, true) => length + RDW,
            (true, true, false) => length.saturating_sub(RDW),
            _ => length,
        };
        let output = Shape { variable, length };
        let ending = Ending::new(shape, output, setting.page.space());
        Ok(Program { body, slots, output, ending })
    }

    /// What its records are like.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// True if what becomes of a record depends on those before: SEQNUM, WHEN=GROUP.
    pub fn is_stateful(&self) -> bool {
        self.slots.any() || matches!(&self.body, Body::IfThen(body) if body.has_groups())
    }

    /// What it remembers, at the start.
    pub fn state(&self) -> ProgramState {
        let groups = match &self.body {
            Body::Action(_) => 0,
            Body::IfThen(body) => body.groups(),
        };
        let mut work = Work::new(self.slots.state(), groups);
        for (number, length) in self.parsed_fields() {
            work.parsed.set(number, &[], length as usize, self.ending.blank);
        }
        ProgramState { work }
    }

    /// Numbers and lengths of everything that is parsed.
    fn parsed_fields(&self) -> Vec<(u16, u32)> {
        match &self.body {
            Body::Action(action) => action.parsed_fields().collect(),
            Body::IfThen(body) => body.actions().flat_map(Action::parsed_fields).collect(),
        }
    }

    /// Gives what becomes of a record: one record, or several if it has separators.
    #[inline]
    pub fn run(
        &self,
        state: &mut ProgramState,
        record: &[u8],
        put: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let work = &mut state.work;
        match &self.body {
            Body::Action(action) => match &action.change {
                Change::Build(build) => {
                    if let Some(parse) = &action.parse {
                        parse.run(record, &mut work.parsed);
                    }
                    build.run(record, &mut work.parts, &work.parsed, &mut work.made, |made| put(made))
                }
                _ => {
                    work.begin(record);
                    action.apply(work)?;
                    self.ending.apply(&mut work.record);
                    put(&work.record)
                }
            },
            Body::IfThen(body) => {
                work.begin(record);
                work.parsed.fill(self.ending.blank);
                body.run(work, &mut |made| {
                    self.ending.apply(made);
                    put(made)
                })
            }
        }
    }
}
