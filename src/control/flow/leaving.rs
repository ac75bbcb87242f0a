//! The second half of a pass: OUTREC, SORTOUT and every OUTFIL.
//!
//! What depends on a record alone is done on all threads ([`Course::prepare`]), what depends on those before it in order
//! ([`Leaving::take`]).

use std::collections::BTreeMap;

use super::front::block_for;
use super::group::{Group, GroupState, Part};
use super::names::Names;
use super::places::placed;
use super::sink::{Fit, Sink};
use super::{Datasets, FileCount, How, Routes, Shape, missing};
use crate::control::message::Listing;
use crate::control::operate::{Program, ProgramState, Setting, Usage};
use crate::control::syntax::{Deck, OutFil, Overflow};
use crate::diag::{Diagnostic, Result, codes};
use crate::record::Block;

/// The name of the stage in messages about a record.
const STAGE: &str = "the output";

/// The second half of a pass, open.
pub struct Leaving {
    course: Course,
    /// State of OUTREC.
    outrec: Option<ProgramState>,
    states: Vec<GroupState>,
    sinks: Vec<Sink>,
    records: u64,
    /// Records behind OUTREC.
    made: Shape,
    blank: u8,
    /// Return code of what was found when files were opened.
    return_code: u8,
    null_out: Option<Overflow>,
}

/// What is done with every record; threads share it.
pub(super) struct Course {
    outrec: Option<Program>,
    groups: Vec<Group>,
}

/// A block on its way to the files.
pub(super) enum Prepared {
    /// Nothing has been done with it.
    Raw(Block),
    /// OUTREC is done, and for each group what can be done.
    Parts(Block, Vec<Part>),
}

/// What the second half did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Records that came.
    pub records: u64,
    /// What each file received.
    pub files: Vec<FileCount>,
    /// 0 or 4, by NULLOUT, NULLOFL, PAD and TRUNC.
    pub return_code: u8,
}

impl Leaving {
    /// Compiles OUTREC and the OUTFIL statements for records of a shape and opens their files. With `to` (of an ICETOOL
    /// operator) records go to these DDs as they are after OUTREC, and what an OUTFIL without a name makes; without, to
    /// SORTOUT, if no OUTFIL names it.
    pub fn open(
        deck: &Deck,
        shape: Shape,
        to: &[String],
        datasets: &mut dyn Datasets,
        how: &How<'_>,
        listing: &mut Listing,
    ) -> Result<Leaving> {
        let routes = Routes { from: Vec::new(), to: to.to_vec() };
        let mut names = Names::new(deck, &routes, datasets);
        if to.is_empty() && deck.outfils.is_empty() {
            // An operator with DISCARD alone has no output but that one.
            names.to.clear();
        }
        Self::named(deck, shape, shape, &names, datasets, how, listing)
    }

    /// As `open`; `read` is what the records were like when they were read.
    pub(super) fn named(
        deck: &Deck,
        shape: Shape,
        read: Shape,
        names: &Names,
        datasets: &mut dyn Datasets,
        how: &How<'_>,
        listing: &mut Listing,
    ) -> Result<Leaving> {
        let setting = how.setting(deck);
        let outrec =
            deck.outrec.as_ref().map(|reform| Program::compile(reform, &setting, shape, Usage::Outrec));
        let outrec = outrec.transpose()?;
        let shape = outrec.as_ref().map_or(shape, Program::output);
        let mut opening = Opening {
            datasets,
            setting: &setting,
            listing,
            sinks: Vec::new(),
            by_name: BTreeMap::new(),
            deck,
        };
        let (mut groups, mut states) = (Vec::new(), Vec::new());
        for outfil in &deck.outfils {
            let (group, state) = opening.outfil(outfil, shape, names)?;
            groups.push(group);
            states.push(state);
        }
        let mut return_code = 0;
        for dd in plain(names, &opening, deck) {
            let (group, state) = opening.plain(&dd, shape, read, &mut return_code)?;
            groups.push(group);
            states.push(state);
        }
        let sinks = opening.sinks;
        let course = Course { outrec, groups };
        Ok(Leaving {
            outrec: course.outrec.as_ref().map(Program::state),
            course,
            states,
            sinks,
            records: 0,
            made: shape,
            blank: setting.page.space(),
            return_code,
            null_out: deck.options.null_out,
        })
    }

    /// What threads share, and what takes in order what they prepared.
    pub(super) fn split(&mut self) -> (&Course, Taking<'_>) {
        let Leaving { course, outrec, states, sinks, records, .. } = self;
        (course, Taking { course, outrec, states, sinks, records })
    }

    /// Takes the next records.
    pub fn put(&mut self, block: Block) -> Result<()> {
        let before = self.records;
        let (course, mut taking) = self.split();
        let prepared = course.prepare(block, Some(before))?;
        taking.take(prepared)
    }

    /// Takes records as an E35 exit inserts them: behind OUTREC, so that only OUTFIL sees them. Those of fixed length
    /// are padded or cut to the length of the others.
    pub fn insert(&mut self, block: &Block) -> Result<()> {
        let fixed = (!self.made.variable).then_some(self.made.length);
        let mut fitted = Block::with_capacity(fixed, block.size());
        for record in block.records() {
            match fixed {
                Some(length) if length != record.len() => {
                    let mut record = record.to_vec();
                    record.resize(length, self.blank);
                    fitted.push(&record);
                }
                _ => fitted.push(record),
            }
        }
        let before = self.records;
        let (course, mut taking) = self.split();
        let parts = course.parts(&fitted, Some(before))?;
        taking.take(Prepared::Parts(fitted, parts))
    }

    /// Takes the next record.
    pub fn put_record(&mut self, record: &[u8]) -> Result<()> {
        let mut block = Block::with_capacity(None, record.len());
        block.push(record);
        self.put(block)
    }

    /// Ends all outputs.
    pub fn finish(mut self, datasets: &mut dyn Datasets, listing: &mut Listing) -> Result<Left> {
        let mut files = Vec::new();
        let mut return_code = self.return_code;
        for (group, state) in self.course.groups.iter().zip(&mut self.states) {
            state.finish(group, &mut self.sinks)?;
            if state.data() == 0 {
                let (number, what, code) = group.nothing(self.null_out)?;
                listing.message(number, &format!("0 {what} - RC={code}"));
                return_code = return_code.max(code);
            }
        }
        for (group, state) in self.course.groups.iter().zip(&self.states) {
            files.extend(state.counts(group, &self.sinks));
        }
        for sink in self.sinks {
            datasets.complete(sink)?;
        }
        Ok(Left { records: self.records, files, return_code })
    }
}

/// Takes in order what threads prepared.
pub(super) struct Taking<'l> {
    course: &'l Course,
    outrec: &'l mut Option<ProgramState>,
    states: &'l mut [GroupState],
    sinks: &'l mut [Sink],
    records: &'l mut u64,
}

impl Taking<'_> {
    pub fn take(&mut self, prepared: Prepared) -> Result<()> {
        let (block, parts) = match prepared {
            Prepared::Parts(block, parts) => (block, parts),
            Prepared::Raw(block) => {
                let block = match (&self.course.outrec, &mut self.outrec) {
                    (Some(outrec), Some(state)) => rebuilt(outrec, state, &block)?,
                    _ => block,
                };
                let parts = self.course.parts(&block, Some(*self.records))?;
                (block, parts)
            }
        };
        *self.records += block.len() as u64;
        let mut whole = Vec::new();
        for (part, (group, state)) in
            parts.into_iter().zip(self.course.groups.iter().zip(self.states.iter_mut()))
        {
            state.come(block.len());
            match part {
                Part::Nothing => {}
                Part::Whole => {
                    state.take(block.len() as u64);
                    whole.push((group, state));
                }
                Part::Built(built, taken) => {
                    state.take(taken);
                    state.block(group, built, self.sinks)?;
                }
                Part::Chosen(chosen) => state.chosen(group, &block, &chosen, self.sinks)?,
            }
        }
        // The last to take the block as it is need not copy it.
        let Some((group, state)) = whole.pop() else { return Ok(()) };
        for (group, state) in whole {
            state.block(group, block.clone(), self.sinks)?;
        }
        state.block(group, block, self.sinks)
    }
}

impl Course {
    /// True if something depends on how many records come before one.
    pub fn counts(&self) -> bool {
        self.groups.iter().any(Group::counts)
    }

    /// Does what can be done on any thread. `before` is how many records come before the block, if that is known.
    pub fn prepare(&self, block: Block, before: Option<u64>) -> Result<Prepared> {
        if self.outrec.as_ref().is_some_and(Program::is_stateful) || before.is_none() && self.counts() {
            return Ok(Prepared::Raw(block));
        }
        let block = match &self.outrec {
            Some(outrec) => rebuilt(outrec, &mut outrec.state(), &block)?,
            None => block,
        };
        let parts = self.parts(&block, before)?;
        Ok(Prepared::Parts(block, parts))
    }

    fn parts(&self, block: &Block, before: Option<u64>) -> Result<Vec<Part>> {
        let mut taken = self.groups.iter().any(Group::saves).then(|| vec![false; block.len()]);
        let before = before.unwrap_or(0);
        let mut parts: Vec<Option<Part>> = Vec::new();
        for group in &self.groups {
            parts.push(match group.saves() {
                true => None,
                false => Some(group.part(block, before, taken.as_deref_mut())?),
            });
        }
        let rest = |(group, part): (&Group, Option<Part>)| match part {
            Some(part) => Ok(part),
            None => group.rest(block, taken.as_deref().unwrap_or_default()),
        };
        self.groups.iter().zip(parts).map(rest).collect()
    }
}

/// The DDs to which records go as they are after OUTREC.
fn plain(names: &Names, opening: &Opening<'_>, deck: &Deck) -> Vec<String> {
    let unnamed = names.to.iter().filter(|dd| !opening.by_name.contains_key(*dd));
    let wanted = |dd: &&String| deck.outfils.is_empty() || names.to_is_told || opening.datasets.has(dd);
    unnamed.filter(wanted).cloned().collect()
}

/// What is needed to open files.
struct Opening<'o> {
    datasets: &'o mut dyn Datasets,
    setting: &'o Setting,
    listing: &'o mut Listing,
    sinks: Vec<Sink>,
    by_name: BTreeMap<String, usize>,
    deck: &'o Deck,
}

impl Opening<'_> {
    fn outfil(&mut self, outfil: &OutFil, shape: Shape, names: &Names) -> Result<(Group, GroupState)> {
        let dds: Vec<String> = outfil.files.iter().flat_map(|name| names.outfil(name)).collect();
        let stated = dds.iter().find_map(|dd| self.datasets.stated_length(dd));
        let (mut group, mut state) = Group::compile(outfil, self.setting, shape, stated)?;
        let (blank, made) = (self.setting.page.space(), group.output());
        for dd in dds {
            let shape = self.datasets.attributes(&dd, made)?.ok_or_else(|| missing(&dd))?;
            check_form(&dd, shape, made)?;
            if !made.variable && shape.length < made.length {
                return Err(too_small(&dd, shape.length, made.length).at(&outfil.span, ""));
            }
            let fit = Fit { pad: blank, cut: self.deck.options.vllong };
            let sink = self.create(&dd, shape, fit)?;
            group.add(sink, &mut state);
        }
        Ok((group, state))
    }

    fn plain(
        &mut self,
        dd: &str,
        made: Shape,
        read: Shape,
        return_code: &mut u8,
    ) -> Result<(Group, GroupState)> {
        let shape = self.datasets.attributes(dd, made)?.ok_or_else(|| missing(dd))?;
        check_form(dd, shape, made)?;
        if !made.variable && shape.length != read.length {
            let options = &self.deck.options;
            let longer = shape.length > made.length;
            let (option, name) = if longer { (options.pad, "PAD") } else { (options.trunc, "TRUNC") };
            let option = option.filter(|_| shape.length != made.length).unwrap_or(Overflow::Silent);
            let code = match option {
                Overflow::Silent => 0,
                Overflow::Warn => 4,
                Overflow::Stop => return Err(stopped(dd, name, shape.length, made.length)),
            };
            *return_code = (*return_code).max(code);
            let text = format!(
                "0 {dd} LRECL OF {} IS DIFFERENT FROM SORTIN(NN) LRECL OF {} - RC={code}",
                shape.length, read.length
            );
            self.listing.message("ICE171I", &text);
        }
        let fit = Fit { pad: 0, cut: self.deck.options.vllong };
        let sink = self.create(dd, shape, fit)?;
        Ok(Group::plain(made, sink))
    }

    fn create(&mut self, dd: &str, shape: Shape, fit: Fit) -> Result<usize> {
        if self.by_name.contains_key(dd) {
            return Err(Diagnostic::error(
                codes::CTL102,
                format!("{dd} is written by two OUTFIL statements"),
            )
            .note(format!("ICE215A {dd} ALREADY SPECIFIED"))
            .hint("name each output file once"));
        }
        let sink = self.datasets.create(dd, shape, fit)?;
        let recfm = if shape.variable { "VB" } else { "FB" };
        self.listing.message("ICE090I", &format!("0 OUTPUT LRECL = {}, TYPE = {recfm} ({dd})", shape.length));
        self.sinks.push(sink);
        self.by_name.insert(dd.to_owned(), self.sinks.len() - 1);
        Ok(self.sinks.len() - 1)
    }
}

/// Records of one form cannot be written to a dataset of the other.
fn check_form(dd: &str, shape: Shape, made: Shape) -> Result<()> {
    if shape.variable == made.variable {
        return Ok(());
    }
    let kind = |shape: Shape| if shape.variable { "variable" } else { "fixed" };
    Err(Diagnostic::error(
        codes::CTL103,
        format!("records of {} length cannot be written to {dd}, which has {} ones", kind(made), kind(shape)),
    )
    .note(format!("ICE043A INVALID DATA SET ATTRIBUTES: {dd} RECFM"))
    .hint("OUTFIL with VTOF or FTOV converts; or correct recfm of the DD"))
}

fn too_small(dd: &str, lrecl: usize, length: usize) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::CTL102,
        format!("records of {length} bytes do not fit {dd}, whose LRECL is {lrecl}"),
    )
    .note(format!("ICE222A {length} BYTE RECORDS FOR {dd}, LRECL {lrecl}"))
    .hint("give the DD a larger lrecl or none, or build shorter records")
}

fn stopped(dd: &str, option: &str, lrecl: usize, length: usize) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::CTL106,
        format!("{dd} has LRECL {lrecl}, the records have {length} bytes, and {option}=RC16 says stop"),
    )
    .note("ICE196A SORTOUT LRECL")
    .hint("correct lrecl of the DD")
}

/// The records of a block behind OUTREC.
fn rebuilt(outrec: &Program, state: &mut ProgramState, block: &Block) -> Result<Block> {
    let mut built = block_for(outrec.output(), block.len());
    for record in block.records() {
        let put = &mut |record: &[u8]| {
            built.push(record);
            Ok(())
        };
        outrec.run(state, record, put).map_err(|error| placed(error, STAGE, None, record))?;
    }
    Ok(built)
}
