//! Counts and totals of the records that a trailer is about.

use crate::control::operate::{Parsed, Setting, Shape, Spot, editing, number};
use crate::control::syntax::{CardField, Edit, Editing, Format, Statistic, StatisticKind};
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::key::SortFormat;
use crate::report::Sums;

/// Digits of a number that is shown without editing.
const COUNT_DIGITS: usize = 8;
/// Digits of counts of COUNT15, and of edited ones.
const WIDE_DIGITS: usize = 15;
/// Digits of a page number.
const PAGE_DIGITS: usize = 6;

/// A statistic of one field, compiled.
#[derive(Clone, Debug)]
pub struct Totals {
    spot: Spot,
    format: Format,
    kind: StatisticKind,
    running: bool,
    shown: Shown,
    /// Of the section or page.
    part: Sums,
    /// Since the start.
    all: Sums,
    fill: Option<u8>,
}

impl Totals {
    /// Compiles a statistic of records of a shape; `fill` stands for missing bytes of short ones (VLFILL).
    pub fn compile(statistic: &Statistic, shape: Shape, fill: Option<u8>) -> Result<Self> {
        let field = &statistic.field;
        let spot = Spot::compile(&field.place, shape, &field.span)?;
        Ok(Totals {
            spot,
            format: field.format,
            kind: statistic.kind,
            running: statistic.running,
            shown: Shown { digits: total_digits(field), editing: statistic.editing.clone() },
            part: Sums::default(),
            all: Sums::default(),
            fill,
        })
    }

    /// Takes a record.
    pub fn add(&mut self, record: &[u8], setting: &Setting) -> Result<()> {
        let parsed = Parsed::default();
        let value = match self.spot.bytes(record, &parsed) {
            Some(bytes) => number::read(bytes, self.format, setting)?,
            None => {
                let mut bytes = self.spot.present(record, &parsed).to_vec();
                let fill = self.fill.ok_or_else(|| too_short(record, &self.spot))?;
                bytes.resize(self.spot.length(), fill);
                number::read(&bytes, self.format, setting)?
            }
        };
        let added = self.part.add(value).and_then(|()| self.all.add(value));
        added.ok_or_else(|| Diagnostic::error(codes::DAT001, "a total has more than 38 digits"))
    }

    /// Begins a section or page.
    pub fn begin(&mut self) {
        self.part = Sums::default();
    }

    /// Bytes of the result.
    pub fn length(&self) -> usize {
        self.shown.length()
    }

    /// Appends the result.
    pub fn put(&self, setting: &Setting, out: &mut Vec<u8>) -> Result<()> {
        let sums = if self.running { &self.all } else { &self.part };
        self.shown.put(sums.value(self.kind), setting, out)
    }
}

/// How a number of a report is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    digits: usize,
    editing: Editing,
}

impl Shown {
    /// A count: 8 or 15 digits without leading zeros unless it is edited.
    pub fn count(wide: bool, editing: &Editing) -> Self {
        Shown::plain(if wide { WIDE_DIGITS } else { COUNT_DIGITS }, editing)
    }

    /// A page number: 6 digits without leading zeros unless it is edited.
    pub fn page(editing: &Editing) -> Self {
        Shown::plain(PAGE_DIGITS, editing)
    }

    fn plain(digits: usize, editing: &Editing) -> Self {
        if *editing == Editing::default() {
            return Shown { digits, editing: Editing { edit: Some(Edit::Mask(10)), ..Editing::default() } };
        }
        Shown { digits: WIDE_DIGITS, editing: editing.clone() }
    }

    /// Bytes.
    pub fn length(&self) -> usize {
        editing::width(self.digits, &self.editing)
    }

    /// Appends a number.
    pub fn put(&self, value: i128, setting: &Setting, out: &mut Vec<u8>) -> Result<()> {
        editing::show(value, self.digits, &self.editing, setting, out)
    }
}

/// Digits of a total and its like: 15, or 31 if the field can hold more than that.
fn total_digits(field: &CardField) -> usize {
    let length = field.place.length() as usize;
    let most = match field.format {
        Format::Sort(SortFormat::Binary | SortFormat::Fixed) => 4,
        Format::Sort(SortFormat::Packed) => 8,
        Format::Sort(
            SortFormat::FloatingSign | SortFormat::LeadingSeparate | SortFormat::TrailingSeparate,
        ) => 16,
        _ => 15,
    };
    if length <= most { 15 } else { 31 }
}

fn too_short(record: &[u8], spot: &Spot) -> Box<Diagnostic> {
    let message =
        format!("a record of {} bytes is too short for {}, which is totalled", record.len(), spot.shown());
    Diagnostic::error(codes::CTL104, message)
        .in_data(DataPlace { bytes: record.to_vec(), ..DataPlace::default() })
        .note("ICE218A RECORD IS SHORTER THAN THE FIELDS")
        .hint("VLFILL=byte fills short records")
}
