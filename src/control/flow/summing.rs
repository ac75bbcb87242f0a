//! SUM: records with equal control fields made one.

use std::ops::Range;

use super::hexfloat;
use super::sink::{Fit, Sink};
use super::{Datasets, PutKeyed, Shape, missing};
use crate::control::operate::Setting;
use crate::control::syntax::{CardField, Deck, Format, Overflow, Place};
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::key::{KeyedBlock, SortFormat};
use crate::sort::{Combine, Duplicates, GroupSinks, Groups};

/// How the numbers of a field are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Binary,
    Fixed,
    Packed,
    Zoned,
    HexFloat,
}

/// A field to be added up.
#[derive(Clone, Debug)]
struct Field {
    range: Range<usize>,
    kind: Kind,
}

/// Adds up fields of two records.
#[derive(Clone, Debug)]
struct Adding {
    fields: Vec<Field>,
    /// Bytes that a record must have.
    reach: usize,
    /// Records that are too short stay as they are instead of stopping the pass.
    vlshrt: bool,
    signs: Signs,
    overflow: Overflow,
    overflows: std::sync::Arc<std::sync::atomic::AtomicU64>,
    /// Sums under way, for the record they belong to.
    sums: Vec<Sum>,
}

/// How zoned results are written.
#[derive(Clone, Copy, Debug)]
struct Signs {
    ebcdic: bool,
    /// NZDPRINT: positive ones get zone C.
    zone_c: bool,
}

impl Signs {
    /// The byte of a digit; the last one has the sign.
    fn zoned(self, digit: u8, last: bool, negative: bool) -> u8 {
        match (self.ebcdic, last, negative) {
            (true, true, true) => 0xD0 | digit,
            (true, true, false) if self.zone_c => 0xC0 | digit,
            (true, ..) => 0xF0 | digit,
            (false, true, true) if digit == 0 => b'}',
            (false, true, true) => b'I' + digit,
            (false, ..) => b'0' + digit,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Sum {
    Whole(i128),
    Float([u8; 16]),
}

/// The stage between the sort and OUTREC that SUM is.
pub(in crate::control) struct Summing {
    groups: Groups,
    aside: Option<Sink>,
    shape: Shape,
    overflows: std::sync::Arc<std::sync::atomic::AtomicU64>,
    overflow: Overflow,
}

impl Summing {
    /// The stage that a deck asks for; none if it asks for none, or if records are not in the order of keys. `xsum` names
    /// the DD of records summed away.
    pub fn open(
        deck: &Deck,
        ordered: bool,
        shape: Shape,
        setting: &Setting,
        datasets: &mut dyn Datasets,
        xsum: &str,
    ) -> Result<Option<Self>> {
        let Some(sum) = deck.sum.as_ref().filter(|_| ordered) else { return Ok(None) };
        let overflows = std::sync::Arc::default();
        let overflow = deck.options.overflow.unwrap_or(Overflow::Silent);
        let combine = if sum.fields.is_empty() {
            None
        } else {
            let fields =
                sum.fields.iter().map(|field| compiled(&field.0, shape)).collect::<Result<Vec<_>>>()?;
            let reach = fields.iter().map(|field| field.range.end).max().unwrap_or(0);
            let signs = Signs { ebcdic: setting.page.is_ebcdic(), zone_c: !setting.zdprint };
            let adding = Adding {
                fields,
                reach,
                vlshrt: deck.options.vlshrt,
                signs,
                overflow,
                overflows: std::sync::Arc::clone(&overflows),
                sums: Vec::new(),
            };
            Some(Box::new(adding) as Box<dyn Combine>)
        };
        let aside = match sum.xsum {
            false => None,
            true if !datasets.has(xsum) => return Err(missing(xsum)),
            true => Some(datasets.create(xsum, shape, Fit::default())?),
        };
        let groups = Groups::new(Duplicates::KeepFirst, combine);
        Ok(Some(Summing { groups, aside, shape, overflows, overflow }))
    }

    /// Takes the next sorted block.
    pub fn put(&mut self, keyed: KeyedBlock, out: PutKeyed<'_>) -> Result<()> {
        self.through(out, |groups, sinks| groups.push(keyed, sinks))
    }

    /// Ends the last group.
    pub fn finish(&mut self, out: PutKeyed<'_>) -> Result<()> {
        let fixed_length = (!self.shape.variable).then_some(self.shape.length);
        self.through(out, |groups, sinks| groups.finish(fixed_length, sinks))
    }

    /// Completes SORTXSUM. Answers pairs that could not be added up, and the return code that makes.
    pub fn complete(self, datasets: &mut dyn Datasets) -> Result<(u64, u8)> {
        if let Some(aside) = self.aside {
            datasets.complete(aside)?;
        }
        let overflows = self.overflows.load(std::sync::atomic::Ordering::Relaxed);
        Ok((overflows, if overflows > 0 && self.overflow == Overflow::Warn { 4 } else { 0 }))
    }

    fn through(
        &mut self,
        out: PutKeyed<'_>,
        act: impl FnOnce(&mut Groups, &mut GroupSinks<'_>) -> Result<()>,
    ) -> Result<()> {
        let aside = &mut self.aside;
        let mut go = |keyed: KeyedBlock| aside.as_mut().map_or(Ok(()), |aside| aside.block(keyed.block));
        act(&mut self.groups, &mut GroupSinks { out, aside: &mut go })
    }
}

fn compiled(field: &CardField, shape: Shape) -> Result<Field> {
    let refuse = |why: &str| {
        Err(Diagnostic::error(codes::CTL103, format!("the field cannot be added up: {why}"))
            .at(&field.span, "")
            .note("ICE110A INVALID SUM FIELD OR OPERAND")
            .hint("SUM takes BI and FI of 2, 4 or 8 bytes, PD up to 16, ZD up to 31, FL of 4, 8 or 16"))
    };
    let Place::Record { position, length } = field.place else {
        return refuse("it is no field of the record");
    };
    let kind = match field.format {
        Format::Sort(SortFormat::Binary) => Kind::Binary,
        Format::Sort(SortFormat::Fixed) => Kind::Fixed,
        Format::Sort(SortFormat::Packed) => Kind::Packed,
        Format::Sort(SortFormat::Zoned) => Kind::Zoned,
        Format::Sort(SortFormat::HexFloat) => Kind::HexFloat,
        _ => return refuse("its format is no number that can be added up"),
    };
    let most = match kind {
        Kind::Binary | Kind::Fixed => 8,
        Kind::Packed | Kind::HexFloat => 16,
        Kind::Zoned => 31,
    };
    let start = (position as usize).saturating_sub(1);
    let range = start..start + length as usize;
    if range.is_empty() || range.len() > most {
        return refuse("its length is not one of those");
    }
    if range.end > shape.length {
        return refuse("it reaches beyond the record");
    }
    Ok(Field { range, kind })
}

impl Combine for Adding {
    fn combine(&mut self, first: &mut [u8], second: &[u8]) -> Result<bool> {
        if first.len().min(second.len()) < self.reach {
            if self.vlshrt {
                return Ok(false);
            }
            return Err(short(if first.len() < self.reach { first } else { second }, self.reach));
        }
        self.sums.clear();
        for field in &self.fields {
            let (a, b) = (&first[field.range.clone()], &second[field.range.clone()]);
            let Some(sum) = field.sum(a, b, self.signs)? else {
                self.overflows.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if self.overflow == Overflow::Stop {
                    return Err(overflow(first));
                }
                return Ok(false);
            };
            self.sums.push(sum);
        }
        for (field, sum) in self.fields.iter().zip(&self.sums) {
            field.store(*sum, &mut first[field.range.clone()], self.signs);
        }
        Ok(true)
    }
}

impl Field {
    /// The sum, if the field can hold it.
    fn sum(&self, a: &[u8], b: &[u8], signs: Signs) -> Result<Option<Sum>> {
        if self.kind == Kind::HexFloat {
            return Ok(hexfloat::add(a, b).map(Sum::Float));
        }
        let sum = self.read(a, signs)? + self.read(b, signs)?;
        let bits = self.range.len() as u32 * 8;
        let fits = match self.kind {
            Kind::Binary => sum < 1 << bits,
            Kind::Fixed => (-(1 << (bits - 1))..1 << (bits - 1)).contains(&sum),
            Kind::Packed => sum.unsigned_abs() < 10u128.pow(self.range.len() as u32 * 2 - 1),
            Kind::Zoned => sum.unsigned_abs() < 10u128.pow(self.range.len() as u32),
            Kind::HexFloat => true,
        };
        Ok(fits.then_some(Sum::Whole(sum)))
    }

    fn read(&self, bytes: &[u8], signs: Signs) -> Result<i128> {
        let value = match self.kind {
            Kind::Binary => Ok(bytes.iter().fold(0, |value, byte| value << 8 | i128::from(*byte))),
            Kind::Fixed => {
                let first = bytes.first().map_or(0, |byte| i128::from(*byte as i8));
                Ok(bytes.iter().skip(1).fold(first, |value, byte| value << 8 | i128::from(*byte)))
            }
            Kind::Packed => SortFormat::Packed.decimal(bytes, signs.ebcdic),
            _ => SortFormat::Zoned.decimal(bytes, signs.ebcdic),
        };
        if !self.has_sign(bytes, signs) {
            return Err(not_a_number(self, bytes));
        }
        value.map_err(|_| not_a_number(self, bytes))
    }

    /// True unless a decimal number ends with a sign of 0 to 9, which a comparison takes but the machine does not add.
    fn has_sign(&self, bytes: &[u8], signs: Signs) -> bool {
        let last = bytes.last().copied().unwrap_or(0);
        match self.kind {
            Kind::Packed => last & 0x0F >= 0x0A,
            Kind::Zoned if signs.ebcdic => last >> 4 >= 0x0A,
            _ => true,
        }
    }

    fn store(&self, sum: Sum, bytes: &mut [u8], signs: Signs) {
        let sum = match sum {
            Sum::Whole(sum) => sum,
            Sum::Float(float) => {
                let length = bytes.len();
                bytes.copy_from_slice(&float[..length]);
                return;
            }
        };
        let (mut left, length) = (sum.unsigned_abs(), bytes.len());
        match self.kind {
            Kind::Binary | Kind::Fixed => bytes.copy_from_slice(&sum.to_be_bytes()[16 - length..]),
            Kind::Packed => {
                let sign = if sum < 0 { 0x0D } else { 0x0C };
                for (at, byte) in bytes.iter_mut().rev().enumerate() {
                    let low = if at == 0 { sign } else { digit(&mut left) };
                    *byte = digit(&mut left) << 4 | low;
                }
            }
            _ => {
                for (at, byte) in bytes.iter_mut().rev().enumerate() {
                    *byte = signs.zoned(digit(&mut left), at == 0, sum < 0);
                }
            }
        }
    }
}

/// The last digit, which is taken off.
fn digit(number: &mut u128) -> u8 {
    let digit = (*number % 10) as u8;
    *number /= 10;
    digit
}

fn not_a_number(field: &Field, bytes: &[u8]) -> Box<Diagnostic> {
    let place = DataPlace {
        extent: Some((field.range.start, field.range.len())),
        bytes: bytes.to_vec(),
        ..DataPlace::default()
    };
    Diagnostic::error(codes::CTL107, "a field of SUM is no number").in_data(place).hint(
        "the mainframe would end with a data exception (S0C7); correct the data, or leave such records out",
    )
}

fn short(record: &[u8], reach: usize) -> Box<Diagnostic> {
    let place = DataPlace { bytes: record.to_vec(), ..DataPlace::default() };
    Diagnostic::error(
        codes::CTL104,
        format!("a record of {} bytes is too short for SUM, which reaches to byte {reach}", record.len()),
    )
    .in_data(place)
    .note("ICE015A VARIABLE RECORD TOO SHORT")
    .hint("OPTION VLSHRT leaves short records as they are")
}

fn overflow(record: &[u8]) -> Box<Diagnostic> {
    let place = DataPlace { bytes: record.to_vec(), ..DataPlace::default() };
    Diagnostic::error(codes::CTL106, "a sum does not fit its field, and OVFLO=RC16 says stop")
        .in_data(place)
        .note("ICE195A OVERFLOW DURING RECORD SUMMATION")
        .hint("make the field longer with INREC, or choose OVFLO=RC4")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNS: Signs = Signs { ebcdic: true, zone_c: false };

    fn field(kind: Kind, length: usize) -> Field {
        Field { range: 0..length, kind }
    }

    fn add(kind: Kind, a: &[u8], b: &[u8]) -> Option<Vec<u8>> {
        let field = field(kind, a.len());
        let sum = field.sum(a, b, SIGNS).unwrap()?;
        let mut out = a.to_vec();
        field.store(sum, &mut out, SIGNS);
        Some(out)
    }

    #[test]
    fn sums_of_each_format() {
        assert_eq!(add(Kind::Packed, &[0x12, 0x3F], &[0x00, 0x1D]), Some(vec![0x12, 0x2C]));
        assert_eq!(add(Kind::Packed, &[0x99, 0x9C], &[0x00, 0x1C]), None);
        assert_eq!(add(Kind::Packed, &[0x00, 0x1C], &[0x00, 0x3C]), Some(vec![0x00, 0x4C]));
        assert_eq!(add(Kind::Zoned, &[0xF1, 0xC2], &[0x40, 0xD5]), Some(vec![0xF0, 0xF7]));
        assert_eq!(add(Kind::Zoned, &[0xF1, 0xD2], &[0x40, 0xF5]), Some(vec![0xF0, 0xD7]));
        assert_eq!(add(Kind::Zoned, &[0xF9], &[0xF1]), None);
        assert_eq!(add(Kind::Binary, &[0xFF, 0xFE], &[0, 1]), Some(vec![0xFF, 0xFF]));
        assert_eq!(add(Kind::Binary, &[0xFF, 0xFE], &[0, 2]), None);
        assert_eq!(add(Kind::Fixed, &[0xFF, 0xFE], &[0, 1]), Some(vec![0xFF, 0xFF]));
        assert_eq!(add(Kind::Fixed, &[0x7F, 0xFF], &[0, 1]), None);
        assert!(field(Kind::Packed, 1).sum(&[0xAC], &[0x1C], SIGNS).is_err());
    }
}
