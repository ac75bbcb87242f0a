//! Items, compiled.

use super::calculation::is_date;
use super::change::ChangeTable;
use super::sequence::{Counter, Sequence};
use super::spot::RECORD_MOST;
use super::translate::Translator;
use super::{
    Calculation, DateProgram, JustifyProgram, MomentBytes, Parsed, Setting, Shape, Shown, Spot, YearProgram,
    machine_date,
};
use crate::control::message::{self, REFORMATTING_FIELD};
use crate::control::syntax::{
    Arithmetic, CardField, DateOperand, DateOutput, DateStep, DateValue, Edit, Editing, Place, Value,
};
use crate::diag::{Diagnostic, Result, Span, codes};

/// One item, compiled: appends its bytes.
#[derive(Clone, Debug)]
pub struct Part {
    kind: PartKind,
    length: Option<usize>,
    /// Bytes that a record must have.
    reach: usize,
    blank: u8,
}

/// What an item appends.
#[derive(Clone, Debug)]
pub(super) enum PartKind {
    Copy(Spot),
    Rest(usize, Option<Box<Translator>>),
    Constant(Box<[u8]>),
    Number(Box<(Calculation, Shown)>),
    Year(Box<(Spot, YearProgram)>),
    Date(Box<DateProgram>, usize),
    Sequence(Box<Sequence>),
    Change(Box<ChangeTable>),
    Translate(Spot, Box<Translator>),
    Justify(Box<(Spot, JustifyProgram)>),
}

/// What items remember from record to record: counters of SEQNUM.
#[derive(Clone, Debug, Default)]
pub struct PartState {
    pub(super) counters: Vec<Counter>,
}

/// Numbers the counters of a program.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slots(usize);

impl Slots {
    /// The next number.
    pub fn next(&mut self) -> usize {
        self.0 += 1;
        self.0 - 1
    }

    /// Fresh counters.
    pub fn state(self) -> PartState {
        PartState { counters: vec![Counter::default(); self.0] }
    }

    /// True if there are counters.
    pub fn any(self) -> bool {
        self.0 > 0
    }
}

impl Part {
    /// Compiles a value for records of a shape. The span is that of its item.
    pub fn compile(value: &Value, span: &Span, setting: &Setting, shape: Shape) -> Result<Self> {
        Part::numbered(value, span, setting, shape, &mut Slots::default())
    }

    /// As [`Part::compile`], one of several that share a state.
    pub(super) fn numbered(
        value: &Value,
        span: &Span,
        setting: &Setting,
        shape: Shape,
        slots: &mut Slots,
    ) -> Result<Self> {
        let kind = PartKind::compile(value, span, setting, shape, slots)?;
        let (length, reach) = (kind.length(), kind.reach());
        if length.is_some_and(|length| length > RECORD_MOST) {
            return Err(misplaced("the item is longer than the longest record", span));
        }
        Ok(Part { kind, length, reach, blank: setting.page.space() })
    }

    /// What it remembers, at the start.
    pub fn state(&self) -> PartState {
        Slots(1).state()
    }

    /// Bytes it appends; `None` for the rest of a variable-length record.
    pub fn length(&self) -> Option<usize> {
        self.length
    }

    /// Bytes that a record must have for it.
    pub fn reach(&self) -> usize {
        self.reach
    }

    pub(super) fn kind(&self) -> &PartKind {
        &self.kind
    }

    /// Appends its bytes for a record. What the record lacks is taken for blanks.
    pub fn put(
        &self,
        state: &mut PartState,
        record: &[u8],
        parsed: &Parsed,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        if record.len() >= self.reach {
            return self.put_whole(state, record, parsed, out);
        }
        let mut padded = record.to_vec();
        padded.resize(self.reach, self.blank);
        self.put_whole(state, &padded, parsed, out)
    }

    /// As [`Part::put`], for records that have all bytes.
    #[inline]
    pub(super) fn put_whole(
        &self,
        state: &mut PartState,
        record: &[u8],
        parsed: &Parsed,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        match &self.kind {
            PartKind::Copy(spot) => out.extend_from_slice(spot.bytes(record, parsed).unwrap_or_default()),
            PartKind::Rest(start, translator) => put_rest(record, *start, translator.as_deref(), out),
            PartKind::Constant(bytes) => out.extend_from_slice(bytes),
            PartKind::Number(number) => number.1.put(number.0.value(record, parsed)?, out),
            PartKind::Year(year) => year.1.put(year.0.bytes(record, parsed).unwrap_or_default(), out)?,
            PartKind::Date(date, _) => date.put(record, parsed, out)?,
            PartKind::Sequence(sequence) => sequence.put(&mut state.counters, record, parsed, out),
            PartKind::Change(table) => table.put(record, parsed, out)?,
            PartKind::Translate(spot, translator) => {
                translator.put(spot.bytes(record, parsed).unwrap_or_default(), out);
            }
            PartKind::Justify(justify) => {
                justify.1.put(justify.0.bytes(record, parsed).unwrap_or_default(), out);
            }
        }
        Ok(())
    }
}

impl PartKind {
    fn compile(
        value: &Value,
        span: &Span,
        setting: &Setting,
        shape: Shape,
        slots: &mut Slots,
    ) -> Result<Self> {
        Ok(match value {
            Value::Bytes(place) => PartKind::Copy(Spot::compile(place, shape, span)?),
            Value::Rest { position } => PartKind::Rest(rest(*position, span, shape)?, None),
            Value::TranslateRest { position, translation } => {
                let translator = Translator::new(*translation, setting);
                PartKind::Rest(rest(*position, span, shape)?, Some(Box::new(translator)))
            }
            Value::Constant(literal) => PartKind::Constant(literal.bytes.as_slice().into()),
            Value::Column => PartKind::Constant(Box::default()),
            Value::Edited { number, editing } => edited(number, editing, setting, shape)?,
            Value::Year { field, separator, packed } => year(field, *separator, *packed, setting, shape)?,
            Value::Date(date) => {
                PartKind::Date(Box::new(DateProgram::compile(date, setting, shape)?), date_reach(date))
            }
            Value::Moment(moment) => PartKind::Constant(MomentBytes::of(moment, setting)?.into()),
            Value::Sequence(sequence) => {
                let sequence = Sequence::compile(sequence, span, setting, shape, slots.next())?;
                PartKind::Sequence(Box::new(sequence))
            }
            Value::Change(change) => {
                PartKind::Change(Box::new(ChangeTable::compile(change, setting, shape)?))
            }
            Value::Translate { from, translation } => {
                let spot = Spot::compile(from, shape, span)?;
                PartKind::Translate(spot, Box::new(Translator::new(*translation, setting)))
            }
            Value::Justify(justify) => {
                let spot = Spot::compile(&justify.from, shape, span)?;
                PartKind::Justify(Box::new((spot, JustifyProgram::compile(justify, setting)?)))
            }
            Value::Lines(_) => return Err(misplaced("a separator of records is no item here", span)),
            Value::Page(_) | Value::Count { .. } | Value::Statistic(_) => {
                return Err(misplaced("this item belongs into headers and trailers", span));
            }
        })
    }

    fn length(&self) -> Option<usize> {
        Some(match self {
            PartKind::Rest(..) => return None,
            PartKind::Copy(spot) => spot.length(),
            PartKind::Constant(bytes) => bytes.len(),
            PartKind::Number(number) => number.1.width(),
            PartKind::Year(year) => year.1.length(),
            PartKind::Date(date, _) => date.length(),
            PartKind::Sequence(sequence) => sequence.length(),
            PartKind::Change(table) => table.length(),
            PartKind::Translate(spot, translator) => translator.length(spot.length()),
            PartKind::Justify(justify) => justify.1.length(),
        })
    }

    fn reach(&self) -> usize {
        match self {
            PartKind::Rest(..) | PartKind::Constant(_) => 0,
            PartKind::Copy(spot) | PartKind::Translate(spot, _) => spot.reach(),
            PartKind::Number(number) => number.0.reach(),
            PartKind::Year(year) => year.0.reach(),
            PartKind::Date(_, reach) => *reach,
            PartKind::Sequence(sequence) => sequence.reach(),
            PartKind::Change(table) => table.reach(),
            PartKind::Justify(justify) => justify.0.reach(),
        }
    }
}

/// First byte of the rest of a record.
fn rest(position: u32, span: &Span, shape: Shape) -> Result<usize> {
    match position.checked_sub(1) {
        Some(start) if shape.variable => Ok(start as usize),
        _ => {
            let what = "the rest of a record is taken of variable-length records only";
            Err(message::error(codes::CTL010, super::fault::INCONSISTENT, what).at(span, ""))
        }
    }
}

/// Appends the rest of a record.
#[inline]
pub(super) fn put_rest(record: &[u8], start: usize, translator: Option<&Translator>, out: &mut Vec<u8>) {
    let bytes = record.get(start..).unwrap_or_default();
    match translator {
        None => out.extend_from_slice(bytes),
        Some(translator) => translator.put(bytes, out),
    }
}

/// An item that cannot stand where it does.
pub(super) fn misplaced(what: &str, span: &Span) -> Box<Diagnostic> {
    message::error(codes::CTL010, REFORMATTING_FIELD, what).at(span, "")
}

/// A number, shown as its editing or its format says.
fn edited(arithmetic: &Arithmetic, editing: &Editing, setting: &Setting, shape: Shape) -> Result<PartKind> {
    let mut editing = editing.clone();
    if let (Arithmetic::Field(field), None) = (arithmetic, &editing.edit) {
        if is_date(field.format) && editing == Editing::default() {
            return year(field, None, false, setting, shape);
        }
        if is_date(field.format) || machine_date::digits(field.format).is_some() {
            editing.edit = Some(Edit::Mask(11));
        }
    }
    let number = Calculation::compile(arithmetic, setting, shape)?;
    let shown = Shown::new(number.digits(), number.binary(), &editing, setting.page);
    Ok(PartKind::Number(Box::new((number, shown))))
}

/// Bytes that a record must have for the fields of a date.
fn date_reach(date: &DateValue) -> usize {
    let operand = |operand: &DateOperand| match operand {
        DateOperand::Field(field) => place_reach(&field.place),
        DateOperand::Moment(_) | DateOperand::Constant(..) => 0,
    };
    let steps = date.steps.iter().map(|step| match step {
        DateStep::Add { amount, .. } => arithmetic_reach(amount),
        DateStep::Weekday { .. } | DateStep::LastDay(_) => 0,
    });
    let other = match &date.output {
        DateOutput::Difference(other) => operand(other),
        _ => 0,
    };
    steps.fold(operand(&date.base).max(other), usize::max)
}

fn arithmetic_reach(arithmetic: &Arithmetic) -> usize {
    match arithmetic {
        Arithmetic::Field(field) => place_reach(&field.place),
        Arithmetic::Constant(_) => 0,
        Arithmetic::Binary(_, left, right, _) => arithmetic_reach(left).max(arithmetic_reach(right)),
    }
}

fn place_reach(place: &Place) -> usize {
    match *place {
        Place::Record { position, length } => (position.saturating_sub(1) as usize) + length as usize,
        Place::Parsed { .. } => 0,
    }
}

fn year(
    field: &CardField,
    separator: Option<u8>,
    packed: bool,
    setting: &Setting,
    shape: Shape,
) -> Result<PartKind> {
    let spot = Spot::compile(&field.place, shape, &field.span)?;
    let program = YearProgram::compile(field, separator, packed, setting)?;
    Ok(PartKind::Year(Box::new((spot, program))))
}
