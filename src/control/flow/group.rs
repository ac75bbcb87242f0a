//! One OUTFIL, or SORTOUT without one: which records it takes, what becomes of them, and where they go.

use super::front::{Filter, block_for};
use super::places::placed;
use super::sink::Sink;
use super::words::word;
use super::{FileCount, Shape};
use crate::control::operate::{Program, ProgramState, Setting, Usage};
use crate::control::report::{Report, Trailing};
use crate::control::syntax::{Convert, OutFil, Overflow, Selection, Split, TrailerRecord};
use crate::dataset::WORD;
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::record::Block;

/// The name of the stage in messages about a record.
const STAGE: &str = "the input of OUTFIL";

/// What is done for one OUTFIL; threads share it.
pub(super) struct Group {
    /// Its files, by their places among all.
    files: Vec<usize>,
    choice: Choice,
    range: Range,
    accept: Option<u64>,
    program: Option<Program>,
    repeat: u64,
    split: Option<Split>,
    ending: Ending,
    /// True if a report is made of the records.
    reports: bool,
    /// IFTRAIL: a header and a trailer are taken whatever is selected.
    ends: Option<Ends>,
    made: Shape,
    output: Shape,
    null_code: u8,
    /// Where an OUTFIL stands in the cards.
    span: Option<Span>,
}

/// Which records are taken.
enum Choice {
    All,
    Filter(Filter),
    Save,
}

/// The records around those of an OUTFIL with IFTRAIL.
struct Ends {
    header: bool,
    trailer: Filter,
}

impl Ends {
    fn compile(trailer: &TrailerRecord, setting: &Setting, shape: Shape) -> Result<Self> {
        let test = (true, trailer.identify.clone());
        Ok(Ends { header: trailer.header, trailer: Filter::compile(&test, setting, shape)? })
    }
}

/// STARTREC, ENDREC, SAMPLE.
#[derive(Clone, Copy, Debug)]
struct Range {
    start: u64,
    end: u64,
    sample: Option<(u64, u64)>,
}

impl Range {
    fn is_all(self) -> bool {
        self.start <= 1 && self.end == u64::MAX && self.sample.is_none()
    }

    /// True for the record with this number, from 1.
    #[inline]
    fn has(self, number: u64) -> bool {
        if number < self.start || number > self.end {
            return false;
        }
        self.sample.is_none_or(|(every, some)| (number - self.start) % every < some)
    }
}

/// What becomes of the end of variable-length records: VLTRIM, VLTRAIL.
#[derive(Clone, Debug, Default)]
struct Ending {
    trim: Option<u8>,
    append: Vec<u8>,
    /// The length that is reached at most.
    most: usize,
}

impl Ending {
    fn is_none(&self) -> bool {
        self.trim.is_none() && self.append.is_empty()
    }

    /// Changes the end of a record, its RDW included. The first byte of data stays.
    fn apply(&self, record: &mut Vec<u8>) {
        if let Some(trim) = self.trim {
            let least = (WORD + 1).min(record.len());
            let last = record[least..].iter().rposition(|byte| *byte != trim);
            record.truncate(last.map_or(least, |last| least + last + 1));
        }
        record.extend_from_slice(&self.append);
        record.truncate(self.most);
        let length = word(record.len());
        if let Some(first) = record.first_chunk_mut() {
            *first = length;
        }
    }
}

/// What has been made of a block for a group.
pub(super) enum Part {
    /// It takes none of the records.
    Nothing,
    /// It takes all of them as they are.
    Whole,
    /// Its records as they go to the files, and how many it takes.
    Built(Block, u64),
    /// It takes these records of the block; what becomes of them depends on those before.
    Chosen(Vec<u32>),
}

impl Group {
    /// All records as they are, to one file.
    pub fn plain(shape: Shape, file: usize) -> (Self, GroupState) {
        let group = Group {
            files: vec![file],
            choice: Choice::All,
            range: Range { start: 1, end: u64::MAX, sample: None },
            accept: None,
            program: None,
            repeat: 1,
            split: None,
            ending: Ending::default(),
            reports: false,
            ends: None,
            made: shape,
            output: shape,
            null_code: 0,
            span: None,
        };
        let state = GroupState::new(&group, None, None);
        (group, state)
    }

    /// What an OUTFIL says, for records of a shape. `stated` is the LRECL of its files, if a DD states it.
    pub fn compile(
        outfil: &OutFil,
        setting: &Setting,
        shape: Shape,
        stated: Option<usize>,
    ) -> Result<(Self, GroupState)> {
        let choice = match &outfil.selection {
            Selection::All => Choice::All,
            Selection::Include(condition) => {
                Choice::Filter(Filter::compile(&(true, condition.clone()), setting, shape)?)
            }
            Selection::Omit(condition) => {
                Choice::Filter(Filter::compile(&(false, condition.clone()), setting, shape)?)
            }
            Selection::Save => Choice::Save,
        };
        let program = program(outfil, setting, shape)?;
        let made = program.as_ref().map_or(shape, Program::output);
        let report =
            Report::wanted(outfil).then(|| Report::new(outfil, setting, shape, made, stated)).transpose()?;
        let trailing = Trailing::new(outfil, setting, shape)?;
        let ends = outfil.trailer_record.as_ref().map(|trailer| Ends::compile(trailer, setting, shape));
        let ends = ends.transpose()?;
        let append = if made.variable { outfil.append.clone() } else { Vec::new() };
        let output = report.as_ref().map_or(made, Report::output);
        // An RDW can say no more.
        let most = (output.length + append.len()).min(usize::from(u16::MAX).max(output.length));
        let output = Shape { length: most, ..output };
        let ending = Ending { trim: outfil.trim.filter(|_| made.variable), append, most: output.length };
        let group = Group {
            files: Vec::new(),
            choice,
            range: Range {
                start: outfil.start.max(1),
                end: outfil.end.unwrap_or(u64::MAX),
                sample: outfil.sample.filter(|(every, _)| *every > 0),
            },
            accept: outfil.accept,
            program,
            repeat: outfil.repeat.max(1),
            split: outfil.split,
            ending,
            reports: report.is_some(),
            ends,
            made,
            output,
            null_code: outfil.null_code.unwrap_or(0),
            span: Some(outfil.span.clone()),
        };
        let state = GroupState::new(&group, report, trailing);
        Ok((group, state))
    }

    /// Adds a file.
    pub fn add(&mut self, file: usize, state: &mut GroupState) {
        self.files.push(file);
        state.data.push(0);
    }

    /// What its records are like in the files.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// True if it takes what no other does.
    pub fn saves(&self) -> bool {
        matches!(self.choice, Choice::Save)
    }

    /// True if it counts the records that come.
    pub fn counts(&self) -> bool {
        !self.range.is_all()
    }

    /// True if what becomes of a record depends on those before.
    fn is_in_order(&self) -> bool {
        self.accept.is_some()
            || self.reports
            || self.ends.is_some()
            || self.program.as_ref().is_some_and(Program::is_stateful)
    }

    fn is_unchanged(&self) -> bool {
        self.program.is_none() && self.repeat == 1 && self.ending.is_none()
    }

    /// What can be done with a block on any thread. `taken` notes the records that some group takes.
    pub fn part(&self, block: &Block, before: u64, taken: Option<&mut [bool]>) -> Result<Part> {
        if matches!(self.choice, Choice::All) && self.range.is_all() {
            if let Some(taken) = taken {
                taken.fill(true);
            }
            return self.made_of(block, Chosen::All(block.len() as u32));
        }
        let mut chosen = Vec::new();
        for (index, record) in block.records().enumerate() {
            if self.keeps(before + index as u64 + 1, record)? {
                chosen.push(index as u32);
            }
        }
        if let Some(taken) = taken {
            chosen.iter().for_each(|index| taken[*index as usize] = true);
        }
        if self.ends.is_some() {
            return Ok(Part::Chosen((0..block.len() as u32).collect()));
        }
        self.made_of(block, Chosen::Some(chosen))
    }

    /// True if a record with this number, from 1, is selected.
    fn keeps(&self, number: u64, record: &[u8]) -> Result<bool> {
        if !self.range.has(number) {
            return Ok(false);
        }
        match &self.choice {
            Choice::Filter(filter) => {
                filter.keeps(record).map_err(|error| placed(error, STAGE, Some(number), record))
            }
            _ => Ok(true),
        }
    }

    /// As `part`, of what no other group takes.
    pub fn rest(&self, block: &Block, taken: &[bool]) -> Result<Part> {
        let left = taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(index, _)| index as u32);
        self.made_of(block, Chosen::Some(left.collect()))
    }

    fn made_of(&self, block: &Block, chosen: Chosen) -> Result<Part> {
        let all = chosen.len() == block.len();
        if chosen.len() == 0 {
            return Ok(Part::Nothing);
        }
        if self.is_in_order() {
            return Ok(Part::Chosen(chosen.into_list()));
        }
        if all && self.is_unchanged() {
            return Ok(Part::Whole);
        }
        let mut built = block_for(self.made, chosen.len());
        if self.is_unchanged() {
            chosen.runs(|range| built.push_range(block, range));
            return Ok(Part::Built(built, chosen.len() as u64));
        }
        let mut state = self.program.as_ref().map(Program::state);
        let mut ended = Vec::new();
        chosen.each(|index| {
            self.run(block.record(index), &mut state, &mut ended, &mut |record| {
                built.push(record);
                Ok(())
            })
        })?;
        Ok(Part::Built(built, chosen.len() as u64))
    }

    /// What becomes of one record.
    fn run(
        &self,
        record: &[u8],
        state: &mut Option<ProgramState>,
        ended: &mut Vec<u8>,
        put: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        for _ in 0..self.repeat {
            let put = &mut *put;
            let mut end = |record: &[u8]| {
                // The lines of a report end when they are lines.
                if self.ending.is_none() || self.reports {
                    return put(record);
                }
                ended.clear();
                ended.extend_from_slice(record);
                self.ending.apply(ended);
                put(ended)
            };
            match (&self.program, state.as_mut()) {
                (Some(program), Some(state)) => program
                    .run(state, record, &mut end)
                    .map_err(|error| placed(error, STAGE, None, record))?,
                _ => end(record)?,
            }
        }
        Ok(())
    }

    /// What no records at all mean: number and text of a message, and the return code.
    pub fn nothing(&self, null_out: Option<Overflow>) -> Result<(&'static str, &'static str, u8)> {
        let (number, text, code) = match &self.span {
            Some(_) => ("ICE174I", "NO DATA RECORDS FOR AN OUTFIL DATA SET", self.null_code),
            None => {
                let code = match null_out.unwrap_or(Overflow::Silent) {
                    Overflow::Silent => 0,
                    Overflow::Warn => 4,
                    Overflow::Stop => 16,
                };
                ("ICE173I", "NO RECORDS FOR THE SORTOUT DATA SET", code)
            }
        };
        if code < 16 {
            return Ok((number, text, code));
        }
        let (option, number) =
            if self.span.is_some() { ("NULLOFL", "ICE209A") } else { ("NULLOUT", "ICE206A") };
        let message = format!("no record was written, and {option}=RC16 says stop");
        let error = Diagnostic::error(codes::CTL106, message)
            .note(format!("{number} {text}"))
            .hint("look at the conditions, or choose RC4");
        Err(match &self.span {
            Some(span) => error.at(span, ""),
            None => error,
        })
    }
}

/// Records of a block.
enum Chosen {
    All(u32),
    Some(Vec<u32>),
}

impl Chosen {
    fn len(&self) -> usize {
        match self {
            Chosen::All(records) => *records as usize,
            Chosen::Some(list) => list.len(),
        }
    }

    fn into_list(self) -> Vec<u32> {
        match self {
            Chosen::All(records) => (0..records).collect(),
            Chosen::Some(list) => list,
        }
    }

    fn each(&self, mut act: impl FnMut(usize) -> Result<()>) -> Result<()> {
        match self {
            Chosen::All(records) => (0..*records as usize).try_for_each(act),
            Chosen::Some(list) => list.iter().try_for_each(|index| act(*index as usize)),
        }
    }

    /// Records one behind the other at a time.
    fn runs(&self, mut act: impl FnMut(std::ops::Range<usize>)) {
        match self {
            Chosen::All(records) => act(0..*records as usize),
            Chosen::Some(list) => {
                for run in list.chunk_by(|a, b| a + 1 == *b) {
                    act(run[0] as usize..run[0] as usize + run.len());
                }
            }
        }
    }
}

/// What a group remembers of the records before.
pub(super) struct GroupState {
    program: Option<ProgramState>,
    report: Option<Report>,
    trailing: Option<Trailing>,
    records_in: u64,
    /// Records that it took.
    taken: u64,
    accepted: u64,
    /// Records dealt to the files of a SPLIT.
    dealt: u64,
    /// Data records of each file.
    data: Vec<u64>,
    record: Vec<u8>,
}

impl GroupState {
    fn new(group: &Group, report: Option<Report>, trailing: Option<Trailing>) -> Self {
        GroupState {
            program: group.program.as_ref().map(Program::state),
            report,
            trailing,
            records_in: 0,
            taken: 0,
            accepted: 0,
            dealt: 0,
            data: vec![0; group.files.len()],
            record: Vec::new(),
        }
    }

    /// Notes records that come.
    pub fn come(&mut self, records: usize) {
        self.records_in += records as u64;
    }

    /// Notes records that it takes.
    pub fn take(&mut self, records: u64) {
        self.taken += records;
    }

    /// Data records of all files.
    pub fn data(&self) -> u64 {
        self.data.iter().sum()
    }

    /// Writes records that are as they are to be.
    pub fn block(&mut self, group: &Group, block: Block, sinks: &mut [Sink]) -> Result<()> {
        if group.split.is_some() {
            return (0..block.len()).try_for_each(|index| self.deal(group, block.record(index), sinks));
        }
        let Some((last, others)) = group.files.split_last() else { return Ok(()) };
        self.data.iter_mut().for_each(|data| *data += block.len() as u64);
        for file in others {
            sinks[*file].block(block.clone())?;
        }
        sinks[*last].block(block)
    }

    /// Works on records in order.
    pub fn chosen(&mut self, group: &Group, block: &Block, chosen: &[u32], sinks: &mut [Sink]) -> Result<()> {
        if let (Some(ends), Some(mut trailing)) = (&group.ends, self.trailing.take()) {
            for index in chosen {
                let record = block.record(*index as usize);
                self.between((group, ends), &mut trailing, record, sinks)?;
            }
            self.trailing = Some(trailing);
            return Ok(());
        }
        let (mut program, mut ended) = (self.program.take(), std::mem::take(&mut self.record));
        for index in chosen {
            if group.accept.is_some_and(|accept| self.accepted >= accept) {
                break;
            }
            self.accepted += 1;
            self.taken += 1;
            let record = block.record(*index as usize);
            match &mut self.report {
                Some(report) => {
                    let mut built = Vec::new();
                    group.run(record, &mut program, &mut ended, &mut |record| {
                        built.push(record.to_vec());
                        Ok(())
                    })?;
                    self.data.iter_mut().for_each(|data| *data += built.len() as u64);
                    let built: Vec<&[u8]> = built.iter().map(Vec::as_slice).collect();
                    report.record(record, &built, &mut |line| write_line(group, line, sinks))?;
                }
                None => group
                    .run(record, &mut program, &mut ended, &mut |record| self.deal(group, record, sinks))?,
            }
        }
        (self.program, self.record) = (program, ended);
        Ok(())
    }

    /// Works on a record of an OUTFIL with IFTRAIL: header and trailer are written whatever is selected, and not built.
    fn between(
        &mut self,
        (group, ends): (&Group, &Ends),
        trailing: &mut Trailing,
        record: &[u8],
        sinks: &mut [Sink],
    ) -> Result<()> {
        self.dealt += 1;
        let number = self.dealt;
        let around = ends.header && number == 1 || ends.trailer.keeps(record)?;
        if !around && !group.keeps(number, record)? {
            return Ok(());
        }
        let Some(written) = trailing.record(record)? else { return Ok(()) };
        self.taken += 1;
        if around {
            return write(group, written, sinks);
        }
        let (mut program, mut ended) = (self.program.take(), std::mem::take(&mut self.record));
        self.accepted += 1;
        if group.accept.is_none_or(|accept| self.accepted <= accept) {
            group.run(record, &mut program, &mut ended, &mut |record| {
                self.data.iter_mut().for_each(|data| *data += 1);
                write(group, record, sinks)
            })?;
        }
        (self.program, self.record) = (program, ended);
        Ok(())
    }

    /// Writes a record to the file whose turn it is, or to all.
    fn deal(&mut self, group: &Group, record: &[u8], sinks: &mut [Sink]) -> Result<()> {
        let files = group.files.len().max(1) as u64;
        let turn = match group.split {
            None => {
                self.data.iter_mut().for_each(|data| *data += 1);
                return write(group, record, sinks);
            }
            Some(Split::Rotate(some)) => self.dealt / some.max(1) % files,
            Some(Split::OneRound(some)) => (self.dealt / some.max(1)).min(files - 1),
        };
        self.dealt += 1;
        let turn = turn as usize;
        self.data[turn] += 1;
        sinks[group.files[turn]].record(record)
    }

    /// Ends the report.
    pub fn finish(&mut self, group: &Group, sinks: &mut [Sink]) -> Result<()> {
        match &mut self.report {
            Some(report) => report.finish(&mut |line| write_line(group, line, sinks)),
            None => Ok(()),
        }
    }

    /// What each file received.
    pub fn counts(&self, group: &Group, sinks: &[Sink]) -> Vec<FileCount> {
        let count = |(file, data): (&usize, &u64)| FileCount {
            dd: sinks[*file].dd().to_owned(),
            records_in: self.records_in,
            taken: self.taken,
            data: *data,
            written: sinks[*file].records(),
            outfil: group.span.is_some(),
        };
        group.files.iter().zip(&self.data).map(count).collect()
    }
}

/// Writes a line of a report to all files of a group.
fn write_line(group: &Group, line: &[u8], sinks: &mut [Sink]) -> Result<()> {
    if group.ending.is_none() {
        return write(group, line, sinks);
    }
    let mut ended = line.to_vec();
    group.ending.apply(&mut ended);
    write(group, &ended, sinks)
}

/// Writes a record to all files of a group.
fn write(group: &Group, record: &[u8], sinks: &mut [Sink]) -> Result<()> {
    group.files.iter().try_for_each(|file| sinks[*file].record(record))
}

/// What an OUTFIL does to its records. Conversion alone is a BUILD of everything.
fn program(outfil: &OutFil, setting: &Setting, shape: Shape) -> Result<Option<Program>> {
    let usage = Usage::OutFil { convert: outfil.convert, fill: outfil.fill };
    match (&outfil.reform, outfil.convert) {
        (Some(reform), _) => Program::compile(reform, setting, shape, usage).map(Some),
        (None, Convert::Keep) => Ok(None),
        (None, Convert::ToVariable) if shape.variable => Ok(None),
        (None, Convert::ToFixed) if !shape.variable => Ok(None),
        (None, _) => Program::compile(&super::convert::whole(outfil, shape), setting, shape, usage).map(Some),
    }
}
