//! One way to change a record: BUILD, OVERLAY or FINDREP, with the PARSE before it.

use super::build::{Build, Manner, Rdw};
use super::group::GroupState;
use super::overlay::{Overlay, end_of};
use super::part::{PartState, Slots};
use super::{Find, ParseProgram, Parsed, Setting, Shape};
use crate::control::syntax;
use crate::diag::{Result, Span};

/// What compiling an action needs to know of its program.
pub(super) struct Context<'a> {
    pub setting: &'a Setting,
    /// The records that come out have an RDW.
    pub variable: bool,
    /// VLFILL.
    pub fill: Option<u8>,
    /// Separators make several records.
    pub lines: bool,
    pub slots: &'a mut Slots,
}

/// Buffers of a program, and what it remembers.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    /// The record as it is by now.
    pub record: Vec<u8>,
    /// A record that is being made.
    pub made: Vec<u8>,
    pub parsed: Parsed,
    pub parts: PartState,
    pub groups: Vec<GroupState>,
}

impl Work {
    /// Nothing done yet.
    pub fn new(parts: PartState, groups: usize) -> Self {
        Work { parts, groups: vec![GroupState::default(); groups], ..Work::default() }
    }

    /// Takes the next record.
    #[inline]
    pub fn begin(&mut self, record: &[u8]) {
        self.record.clear();
        self.record.extend_from_slice(record);
    }
}

/// An action, compiled.
#[derive(Clone, Debug)]
pub(super) struct Action {
    pub parse: Option<ParseProgram>,
    pub change: Change,
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    Nothing,
    Build(Build),
    Overlay(Overlay),
    Find(Box<Find>),
}

/// Greatest length of records of which an action makes others, as far as it can be known before it is compiled.
pub(super) fn length_after(action: &syntax::Action, setting: &Setting, shape: Shape) -> usize {
    match (&action.build, &action.overlay, &action.find) {
        (Some(_), ..) => shape.length,
        (_, Some(items), _) => shape.length.max(end_of(items, setting, shape)),
        (.., Some(find)) => shape.length.max(find.max_length.unwrap_or(0) as usize),
        _ => shape.length,
    }
}

impl Action {
    /// Compiles an action on records of a shape; in a clause fields may lie up to `within`, as other clauses may have made
    /// the record longer, the RDW stays where it is, and short records are padded with blanks.
    pub fn compile(
        action: &syntax::Action,
        clause: Option<&Span>,
        shape: Shape,
        within: usize,
        context: &mut Context<'_>,
    ) -> Result<Self> {
        let setting = context.setting;
        let within = within.max(length_after(action, setting, shape));
        let wide = Shape { length: within, ..shape };
        let parse = match action.parse.as_slice() {
            [] => None,
            fields => Some(ParseProgram::compile(fields, setting, wide)?),
        };
        let change = match (&action.build, &action.overlay, &action.find) {
            (Some(items), ..) => {
                let manner = Action::manner(clause, shape, context);
                // A BUILD of its own reads the record as it came.
                let reads = if clause.is_some() { wide } else { shape };
                Change::Build(Build::compile(items, clause, setting, reads, manner, context.slots)?)
            }
            (_, Some(items), _) => Change::Overlay(Overlay::compile(items, setting, wide, context.slots)?),
            (.., Some(find)) => Change::Find(Box::new(Find::compile(find, setting, shape)?)),
            _ => Change::Nothing,
        };
        Ok(Action { parse, change })
    }

    fn manner(clause: Option<&Span>, shape: Shape, context: &Context<'_>) -> Manner {
        let blank = context.setting.page.space();
        let (rdw, fill) = match (clause, shape.variable, context.variable) {
            (Some(_), true, _) => (Rdw::Own, Some(context.fill.unwrap_or(blank))),
            (Some(_), false, _) => (Rdw::None, Some(blank)),
            (None, true, true) => (Rdw::Own, context.fill),
            (None, true, false) => (Rdw::None, Some(context.fill.unwrap_or(blank))),
            (None, false, true) => (Rdw::Added, context.fill),
            (None, false, false) => (Rdw::None, context.fill),
        };
        Manner { rdw, fill, lines: context.lines }
    }

    /// Numbers and lengths of the fields that are parsed.
    pub fn parsed_fields(&self) -> impl Iterator<Item = (u16, u32)> {
        self.parse.iter().flat_map(ParseProgram::fields)
    }

    /// Greatest length of what it makes of records of such a length.
    pub fn length(&self, length: usize) -> usize {
        match &self.change {
            Change::Nothing => length,
            Change::Build(build) => build.length(),
            Change::Overlay(overlay) => length.max(overlay.end()),
            Change::Find(find) => find.output().length,
        }
    }

    /// Changes the record of the work. A BUILD of several lines leaves the last.
    #[inline]
    pub fn apply(&self, work: &mut Work) -> Result<()> {
        if let Some(parse) = &self.parse {
            parse.run(&work.record, &mut work.parsed);
        }
        match &self.change {
            Change::Nothing => Ok(()),
            Change::Build(build) => {
                build.run(&work.record, &mut work.parts, &work.parsed, &mut work.made, |_| Ok(()))?;
                std::mem::swap(&mut work.record, &mut work.made);
                Ok(())
            }
            Change::Overlay(overlay) => {
                overlay.apply(&mut work.record, &mut work.parts, &work.parsed, &mut work.made)
            }
            Change::Find(find) => {
                work.made.clear();
                find.apply(&work.record, &mut work.made)?;
                std::mem::swap(&mut work.record, &mut work.made);
                Ok(())
            }
        }
    }
}
