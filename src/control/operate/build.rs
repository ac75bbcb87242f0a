//! BUILD: records made anew, piece by piece.

use super::fault;
use super::part::{Part, PartKind, PartState, Slots, misplaced, put_rest};
use super::spot::RECORD_MOST;
use super::translate::Translator;
use super::{Parsed, Setting, Shape, Spot};
use crate::control::message::{self, REFORMATTING_FIELD};
use crate::control::syntax::{Item, Value};
use crate::diag::{Result, Span, codes};

/// Records that one separator ends at most.
const LINES_MOST: u32 = 255;

/// Bytes of an RDW.
pub(super) const RDW: usize = 4;

/// BUILD, compiled: one line, or several if it has separators.
#[derive(Clone, Debug)]
pub(super) struct Build {
    lines: Vec<Line>,
    /// Bytes that a record must have.
    reach: usize,
    rdw: Rdw,
    /// What missing bytes of short records are; none if they are an error.
    fill: Option<u8>,
    /// Length of the longest line.
    length: usize,
}

/// Where the RDW of the records it makes comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rdw {
    /// They have none.
    None,
    /// The items begin with it.
    Own,
    /// It is put before the items.
    Added,
}

/// How a BUILD stands in its program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Where the RDW comes from.
    pub rdw: Rdw,
    /// What missing bytes of short records are; none if they are an error.
    pub fill: Option<u8>,
    /// Separators may stand in it.
    pub lines: bool,
}

/// The pieces of one record.
#[derive(Clone, Debug, Default)]
struct Line {
    steps: Vec<Step>,
    /// Bytes without the rest of a record.
    length: usize,
    /// First byte of the rest that is taken, and what is done to it.
    rest: Option<(usize, Option<Box<Translator>>)>,
}

#[derive(Clone, Debug)]
enum Step {
    Copy(usize, usize),
    Bytes(Vec<u8>),
    Part(Box<Part>),
}

impl Build {
    /// Compiles items for records of a shape.
    pub fn compile(
        items: &[Item],
        span: Option<&Span>,
        setting: &Setting,
        shape: Shape,
        manner: Manner,
        slots: &mut Slots,
    ) -> Result<Self> {
        let mut maker = Maker { lines: vec![Line::default()], setting, shape, manner, slots, reach: 0 };
        for item in items {
            match item.value {
                // In the middle n separators end a record and make n-1 blank ones, at the start and the end n.
                Value::Lines(count) if manner.lines && count <= LINES_MOST => {
                    maker.lines.extend((0..count).map(|_| Line::default()));
                }
                Value::Lines(_) => {
                    return Err(misplaced(
                        "only an OUTFIL makes several records of one, at most 255",
                        &item.span,
                    ));
                }
                _ => maker.add(item)?,
            }
        }
        maker.finish(items.first().map(|item| &item.span).or(span))
    }

    /// Length of the longest record it makes of records of a shape, its RDW included.
    pub fn length(&self) -> usize {
        self.length
    }

    /// True if it makes several records of one.
    pub fn has_lines(&self) -> bool {
        self.lines.len() > 1
    }

    /// Makes the records of one and hands each to `put`, in a buffer that serves for all.
    #[inline]
    pub fn run(
        &self,
        record: &[u8],
        state: &mut PartState,
        parsed: &Parsed,
        out: &mut Vec<u8>,
        mut put: impl FnMut(&mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let mut padded = Vec::new();
        let whole = if record.len() >= self.reach { record } else { self.padded(record, &mut padded)? };
        for line in &self.lines {
            out.clear();
            if self.rdw == Rdw::Added {
                out.extend_from_slice(&[0; RDW]);
            }
            for step in &line.steps {
                match step {
                    Step::Copy(start, end) => {
                        out.extend_from_slice(whole.get(*start..*end).unwrap_or_default())
                    }
                    Step::Bytes(bytes) => out.extend_from_slice(bytes),
                    Step::Part(part) => part.put_whole(state, whole, parsed, out)?,
                }
            }
            if let Some((start, translator)) = &line.rest {
                put_rest(record, *start, translator.as_deref(), out);
                if self.rdw == Rdw::None {
                    out.resize(self.length, self.fill.unwrap_or(0));
                }
            }
            if self.rdw != Rdw::None {
                set_rdw(out);
            }
            put(out)?;
        }
        Ok(())
    }

    #[cold]
    fn padded<'a>(&self, record: &[u8], padded: &'a mut Vec<u8>) -> Result<&'a [u8]> {
        let Some(fill) = self.fill else {
            return Err(fault::too_short(record, self.reach, "the new record"));
        };
        padded.extend_from_slice(record);
        padded.resize(self.reach, fill);
        Ok(padded)
    }
}

/// Sets the RDW of a record to its length.
#[inline]
pub(super) fn set_rdw(record: &mut [u8]) {
    let length = u16::try_from(record.len()).unwrap_or(u16::MAX).to_be_bytes();
    if let Some(first) = record.first_chunk_mut::<RDW>() {
        *first = [length[0], length[1], 0, 0];
    }
}

struct Maker<'a> {
    lines: Vec<Line>,
    setting: &'a Setting,
    shape: Shape,
    manner: Manner,
    slots: &'a mut Slots,
    reach: usize,
}

impl Maker<'_> {
    fn add(&mut self, item: &Item) -> Result<()> {
        let at = self.lines.last().map_or(0, |line| line.length);
        if self.lines.last().is_some_and(|line| line.rest.is_some()) {
            return Err(misplaced("nothing can follow the rest of a record", &item.span));
        }
        if let Some(column) = item.column {
            let start = (column as usize).saturating_sub(1);
            if start > RECORD_MOST {
                return Err(misplaced("the column is behind the end of the longest record", &item.span));
            }
            if start < at {
                return Err(message::error(
                    codes::CTL010,
                    REFORMATTING_FIELD,
                    format!(
                        "column {column} is before the end of what is built already, which has {at} bytes"
                    ),
                )
                .at(&item.span, "")
                .hint("the items of BUILD go from left to right; OVERLAY takes any columns"));
            }
            self.fill(start - at, self.setting.page.space());
        }
        if let Some(align) = item.align.map(usize::from).filter(|align| *align > 0) {
            let at = self.lines.last().map_or(0, |line| line.length);
            self.fill(at.next_multiple_of(align) - at, 0);
        }
        self.add_value(item)
    }

    fn add_value(&mut self, item: &Item) -> Result<()> {
        let part = Part::numbered(&item.value, &item.span, self.setting, self.shape, self.slots)?;
        let line = match self.lines.last_mut() {
            Some(line) => line,
            None => return Ok(()),
        };
        self.reach = self.reach.max(part.reach());
        line.length += part.length().unwrap_or(0);
        match part.kind() {
            PartKind::Copy(Spot::Record { start, end }) => match line.steps.last_mut() {
                Some(Step::Copy(_, before)) if before == start => *before = *end,
                _ => line.steps.push(Step::Copy(*start, *end)),
            },
            PartKind::Constant(bytes) => line.bytes(bytes),
            PartKind::Rest(start, translator) => line.rest = Some((*start, translator.clone())),
            _ => line.steps.push(Step::Part(Box::new(part))),
        }
        Ok(())
    }

    fn fill(&mut self, count: usize, byte: u8) {
        if let Some(line) = self.lines.last_mut().filter(|_| count > 0) {
            line.length += count;
            line.bytes(&vec![byte; count]);
        }
    }

    fn finish(mut self, span: Option<&Span>) -> Result<Build> {
        if self.manner.rdw == Rdw::Own {
            self.check_rdw(span)?;
        }
        let added = if self.manner.rdw == Rdw::Added { RDW } else { 0 };
        let length = |line: &Line| {
            let rest = line.rest.as_ref().map_or(0, |(start, translator)| {
                let bytes = self.shape.length.saturating_sub(*start);
                translator.as_ref().map_or(bytes, |translator| translator.length(bytes))
            });
            added + line.length + rest
        };
        let length = self.lines.iter().map(length).max().unwrap_or(0);
        if self.manner.rdw == Rdw::None {
            // Fixed records are all as long as the longest.
            let blank = self.setting.page.space();
            for line in &mut self.lines {
                let lacks = length.saturating_sub(line.length);
                if lacks > 0 && line.rest.is_none() {
                    line.bytes(&vec![blank; lacks]);
                }
            }
        }
        let Manner { rdw, fill, .. } = self.manner;
        Ok(Build { lines: self.lines, reach: self.reach, rdw, fill, length })
    }

    /// Variable-length records begin with their RDW.
    fn check_rdw(&mut self, span: Option<&Span>) -> Result<()> {
        let several = self.lines.len() > 1;
        for line in &mut self.lines {
            let begins = match line.steps.first() {
                Some(Step::Copy(0, end)) => *end >= RDW,
                None => matches!(line.rest, Some((0, None))),
                _ => false,
            };
            if begins {
                continue;
            }
            if several && line.steps.is_empty() && line.rest.is_none() {
                // A blank record: an RDW and a blank.
                line.bytes(&[0, 0, 0, 0, self.setting.page.space()]);
                line.length = RDW + 1;
                continue;
            }
            let error = message::error(
                codes::CTL010,
                fault::INCONSISTENT,
                "records of variable length are built without their RDW",
            )
            .hint("begin the items with 1,4: the data of variable-length records begin at 5");
            return Err(match span {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
        Ok(())
    }
}

impl Line {
    fn bytes(&mut self, bytes: &[u8]) {
        match self.steps.last_mut() {
            _ if bytes.is_empty() => {}
            Some(Step::Bytes(before)) => before.extend_from_slice(bytes),
            _ => self.steps.push(Step::Bytes(bytes.to_vec())),
        }
    }
}
