//! The lines of one header or trailer.

use super::statistics::{Shown, Totals};
use crate::control::message::{self, REFORMATTING_FIELD};
use crate::control::operate::{Parsed, Part, PartState, Setting, Shape};
use crate::control::syntax::{Arithmetic, Format, Item, Place, Value};
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::key::{DateDigits, SortFormat};
use crate::report::{Band, Put};

/// One header or trailer, compiled, with what it has counted.
#[derive(Clone, Debug)]
pub struct ItemBand {
    lines: Vec<Line>,
    setting: Setting,
    part: i128,
    all: i128,
    totals: Vec<Totals>,
    numbered: bool,
    buffer: Vec<u8>,
}

#[derive(Clone, Debug, Default)]
struct Line {
    pieces: Vec<Piece>,
    length: usize,
    span: Option<Span>,
}

#[derive(Clone, Debug)]
struct Piece {
    /// Where it begins; blanks stand before it.
    start: usize,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Nothing,
    Part {
        part: Box<Part>,
        state: PartState,
        /// What it is if there is no record.
        without: Vec<u8>,
    },
    Page(Shown),
    Count {
        running: bool,
        offset: i128,
        shown: Shown,
    },
    Totals(usize),
}

impl ItemBand {
    fn empty(setting: &Setting) -> Self {
        let setting = setting.clone();
        ItemBand {
            lines: Vec::new(),
            setting,
            part: 0,
            all: 0,
            totals: Vec::new(),
            numbered: false,
            buffer: Vec::new(),
        }
    }

    /// Compiles what is put over a record (TRLUPD); items may stand in any order.
    pub fn compile_update(items: &[Item], setting: &Setting, shape: Shape, fill: Option<u8>) -> Result<Self> {
        let mut band = ItemBand::empty(setting);
        let mut next = 0;
        for item in items {
            let mut line = Line { length: if item.column.is_none() { next } else { 0 }, ..Line::default() };
            band.add(&mut line, item, shape, fill)?;
            next = line.length;
            band.lines.push(line);
        }
        Ok(band)
    }

    /// Compiles the items of a header or trailer for records of a shape.
    pub fn compile(items: &[Item], setting: &Setting, shape: Shape, fill: Option<u8>) -> Result<Self> {
        let mut band = ItemBand::empty(setting);
        let mut line = Line::default();
        let mut any = false;
        for item in items {
            if let Value::Lines(count) = item.value {
                for _ in 0..count {
                    band.lines.push(std::mem::take(&mut line));
                }
                continue;
            }
            any = true;
            band.add(&mut line, item, shape, fill)?;
        }
        // Separators alone are as many blank lines.
        if any || band.lines.is_empty() {
            band.lines.push(line);
        }
        Ok(band)
    }

    fn add(&mut self, line: &mut Line, item: &Item, shape: Shape, fill: Option<u8>) -> Result<()> {
        let start = match item.column {
            Some(column) => (column as usize).saturating_sub(1),
            None => line.length,
        };
        if start < line.length {
            let message =
                format!("column {} has been passed: the line is {} bytes long", start + 1, line.length);
            return Err(message::error(codes::CTL010, REFORMATTING_FIELD, message)
                .at(&item.span, "columns of a line ascend"));
        }
        let (what, length) = self.what(item, shape, fill)?;
        line.pieces.push(Piece { start, what });
        line.length = start + length;
        line.span = Some(item.span.clone());
        Ok(())
    }

    fn what(&mut self, item: &Item, shape: Shape, fill: Option<u8>) -> Result<(What, usize)> {
        Ok(match &item.value {
            Value::Column => (What::Nothing, 0),
            Value::Page(editing) => {
                self.numbered = true;
                let shown = Shown::page(editing);
                let length = shown.length();
                (What::Page(shown), length)
            }
            Value::Count { running, wide, offset, editing } => {
                let shown = Shown::count(*wide, editing);
                let length = shown.length();
                (What::Count { running: *running, offset: i128::from(*offset), shown }, length)
            }
            Value::Statistic(statistic) => {
                let totals = Totals::compile(statistic, shape, fill)?;
                let length = totals.length();
                self.totals.push(totals);
                (What::Totals(self.totals.len() - 1), length)
            }
            value => {
                let part = Part::compile(value, &item.span, &self.setting, shape)?;
                let length = part.length().ok_or_else(|| endless(&item.span))?;
                let state = part.state();
                let without = self.without(value, &part, length, shape);
                (What::Part { part: Box::new(part), state, without }, length)
            }
        })
    }

    /// What an item of the record is if there is no record: blanks, or zero if it is edited.
    fn without(&self, value: &Value, part: &Part, length: usize, shape: Shape) -> Vec<u8> {
        let blank = self.setting.page.space();
        let mut out = Vec::new();
        let record = match value {
            Value::Edited { number, .. } => {
                let mut record = vec![blank; shape.length];
                zero(number, &mut record, self.setting.page.zero());
                record
            }
            Value::Constant(_) | Value::Moment(_) => vec![blank; shape.length],
            _ => Vec::new(),
        };
        let put = !record.is_empty() || shape.length == 0;
        if !put || part.put(&mut part.state(), &record, &Parsed::default(), &mut out).is_err() {
            out.clear();
        }
        out.resize(length, blank);
        out
    }

    /// True if it has the number of the page.
    pub fn is_numbered(&self) -> bool {
        self.numbered
    }

    /// The longest line and where the cards say so.
    pub fn longest(&self) -> (usize, Option<&Span>) {
        let longest = self.lines.iter().max_by_key(|line| line.length);
        longest.map_or((0, None), |line| (line.length, line.span.as_ref()))
    }

    /// Takes a record that it is about.
    pub fn add_record(&mut self, record: &[u8]) -> Result<()> {
        self.part += 1;
        self.all += 1;
        let ItemBand { totals, setting, .. } = self;
        totals.iter_mut().try_for_each(|totals| totals.add(record, setting))
    }

    /// Puts each item over a record, at its column: of IFTRAIL.
    pub fn overlay(&mut self, record: &mut Vec<u8>, most: usize) -> Result<()> {
        let ItemBand { lines, setting, part, all, totals, .. } = self;
        let mut bytes = Vec::new();
        for piece in lines.iter_mut().flat_map(|line| &mut line.pieces) {
            bytes.clear();
            match &mut piece.what {
                What::Nothing | What::Page(_) => {}
                What::Part { part, state, .. } => part.put(state, record, &Parsed::default(), &mut bytes)?,
                What::Count { running, offset, shown } => {
                    let count = if *running { *all } else { *part };
                    shown.put(count + *offset, setting, &mut bytes)?;
                }
                What::Totals(index) => totals[*index].put(setting, &mut bytes)?,
            }
            let end = (piece.start + bytes.len()).min(most);
            if end > record.len() {
                record.resize(end, setting.page.space());
            }
            if let Some(place) = record.get_mut(piece.start..end) {
                place.copy_from_slice(&bytes[..place.len()]);
            }
        }
        Ok(())
    }
}

impl Band for ItemBand {
    /// The record that fields are taken from.
    type Of<'a> = &'a [u8];

    fn lines(&self) -> usize {
        self.lines.len()
    }

    fn take(&mut self, record: &[u8]) -> Result<()> {
        self.add_record(record)
    }

    fn begin(&mut self) {
        self.part = 0;
        self.totals.iter_mut().for_each(Totals::begin);
    }

    fn write(&mut self, record: Option<&[u8]>, page: u64, line: Put<'_>) -> Result<()> {
        let ItemBand { lines, setting, part, all, totals, buffer, .. } = self;
        let blank = setting.page.space();
        for current in lines {
            buffer.clear();
            for piece in &mut current.pieces {
                buffer.resize(piece.start, blank);
                match &mut piece.what {
                    What::Nothing => {}
                    What::Part { part, state, without } => match record {
                        Some(record) => part.put(state, record, &Parsed::default(), buffer)?,
                        None => buffer.extend_from_slice(without),
                    },
                    What::Page(shown) => shown.put(i128::from(page), setting, buffer)?,
                    What::Count { running, offset, shown } => {
                        let count = if *running { *all } else { *part };
                        shown.put(count + *offset, setting, buffer)?;
                    }
                    What::Totals(index) => totals[*index].put(setting, buffer)?,
                }
            }
            line(buffer)?;
        }
        Ok(())
    }
}

fn endless(span: &Span) -> Box<Diagnostic> {
    message::error(codes::CTL010, REFORMATTING_FIELD, "a line of a report needs fields with a length")
        .at(span, "how many bytes?")
}

/// Makes the fields of a number zero.
fn zero(number: &Arithmetic, record: &mut [u8], digit: u8) {
    let field = match number {
        Arithmetic::Constant(_) => return,
        Arithmetic::Binary(_, left, right, _) => {
            zero(left, record, digit);
            return zero(right, record, digit);
        }
        Arithmetic::Field(field) => field,
    };
    let Place::Record { position, length } = field.place else { return };
    let start = (position as usize).saturating_sub(1);
    let Some(bytes) = record.get_mut(start..start + length as usize) else { return };
    let packed = match field.format {
        Format::Sort(SortFormat::Packed | SortFormat::PackedMiddle) => true,
        Format::Sort(SortFormat::Date(form)) => {
            matches!(form.digits, DateDigits::Packed | DateDigits::PackedPadded)
        }
        Format::Year4(letter) => matches!(letter, b'U' | b'V' | b'X' | b'Y'),
        Format::Sort(SortFormat::Binary | SortFormat::Fixed | SortFormat::HexFloat) => {
            return bytes.fill(0);
        }
        Format::MachineDate(..) | Format::MachineTime(..) => return bytes.fill(0),
        _ => false,
    };
    bytes.fill(if packed { 0 } else { digit });
    if let (true, Some(last)) = (packed, bytes.last_mut()) {
        *last = 0x0C;
    }
}
