//! Trailer records: a file that says how many records it has and what they add up to is held to it.
//!
//! Several trailers in one file each speak of the details since the one before.

use crate::decimal::{Decimal, Rounding, pow10};
use crate::diag::{Diagnostic, Result, codes};
use crate::expr::{Arithmetic, Condition, FieldRef, SingleFrame};
use crate::record::{Block, Origin};

/// What a trailer claims.
#[derive(Clone, Debug)]
pub struct TrailerSpec {
    /// Which records are trailers.
    pub trailer: Condition,
    /// Which records it counts; all that are not trailers if `None`.
    pub details: Option<Condition>,
    /// The field that holds the count.
    pub count: Option<FieldRef>,
    /// What is added up, and the field that holds the sum.
    pub sums: Vec<(Arithmetic, FieldRef)>,
    /// What is added up without regard to meaning, and the field that holds the low-order digits of the sum.
    pub hashes: Vec<(Arithmetic, FieldRef)>,
}

/// Details up to a trailer, or up to the end of a block.
#[derive(Clone, Debug, Default)]
pub struct Segment {
    count: u64,
    sums: Vec<Decimal>,
    hashes: Vec<Decimal>,
    trailer: Option<Stated>,
}

/// What a trailer says, and where it stands.
#[derive(Clone, Debug)]
struct Stated {
    count: Option<Decimal>,
    sums: Vec<Decimal>,
    hashes: Vec<Decimal>,
    record: Option<u64>,
    offset: Option<u64>,
}

impl TrailerSpec {
    /// Adds up the records of one block; may run on any thread.
    pub fn scan(&self, block: &Block, dataset: &str) -> Result<Vec<Segment>> {
        let mut segments = Vec::new();
        let mut segment = self.empty();
        for (slot, record) in block.slots() {
            let frame = SingleFrame { record, origin: block.origin(dataset, slot) };
            if self.trailer.holds(&frame)? {
                segment.trailer = Some(self.stated(&frame)?);
                segments.push(std::mem::replace(&mut segment, self.empty()));
            } else if self.details.as_ref().map_or(Ok(true), |details| details.holds(&frame))? {
                self.detail(&mut segment, &frame)?;
            }
        }
        segments.push(segment);
        Ok(segments)
    }

    fn empty(&self) -> Segment {
        Segment {
            sums: vec![Decimal::ZERO; self.sums.len()],
            hashes: vec![Decimal::ZERO; self.hashes.len()],
            ..Segment::default()
        }
    }

    fn detail(&self, segment: &mut Segment, frame: &SingleFrame<'_>) -> Result<()> {
        segment.count += 1;
        let add = |total: &mut Decimal, value: &Arithmetic| -> Result<()> {
            let value = value.value(frame).map_err(|fault| fault.into_diagnostic(total_name))?;
            *total = sum(*total, value)?;
            Ok(())
        };
        self.sums.iter().zip(&mut segment.sums).try_for_each(|((value, _), total)| add(total, value))?;
        self.hashes.iter().zip(&mut segment.hashes).try_for_each(|((value, _), total)| add(total, value))
    }

    fn stated(&self, frame: &SingleFrame<'_>) -> Result<Stated> {
        let each = |list: &[(Arithmetic, FieldRef)]| {
            list.iter().map(|(_, field)| stated(field, frame)).collect::<Result<_>>()
        };
        Ok(Stated {
            count: self.count.as_ref().map(|field| stated(field, frame)).transpose()?,
            sums: each(&self.sums)?,
            hashes: each(&self.hashes)?,
            record: frame.origin.record,
            offset: frame.origin.offset,
        })
    }
}

/// The running state of the check.
#[derive(Clone, Debug)]
pub struct TrailerCheck<'s> {
    spec: &'s TrailerSpec,
    open: Segment,
    trailers: u64,
}

impl<'s> TrailerCheck<'s> {
    /// A check that has seen nothing yet.
    pub fn new(spec: &'s TrailerSpec) -> Self {
        TrailerCheck { spec, open: spec.empty(), trailers: 0 }
    }

    /// Takes what a scan found; blocks must come in order.
    pub fn push(&mut self, segments: Vec<Segment>, dataset: &str) -> Result<()> {
        for segment in segments {
            self.open.count += segment.count;
            for (total, value) in self.open.sums.iter_mut().zip(segment.sums) {
                *total = sum(*total, value)?;
            }
            for (total, value) in self.open.hashes.iter_mut().zip(segment.hashes) {
                *total = sum(*total, value)?;
            }
            if let Some(trailer) = segment.trailer {
                self.close(&trailer, dataset)?;
            }
        }
        Ok(())
    }

    /// Ends the check: the last trailer must have come after the last detail.
    pub fn finish(&self, dataset: &str) -> Result<()> {
        if self.trailers > 0 && self.open.count == 0 {
            return Ok(());
        }
        let message = match self.trailers {
            0 => format!("dataset {dataset} has no trailer record"),
            _ => format!("dataset {dataset} has {} records after its last trailer", self.open.count),
        };
        Err(Diagnostic::error(codes::RUN007, message)
            .in_data(crate::diag::DataPlace { dataset: dataset.to_owned(), ..Default::default() })
            .hint("nothing of this step was published; the file is incomplete, ask its sender for all of it"))
    }

    fn close(&mut self, trailer: &Stated, dataset: &str) -> Result<()> {
        let open = std::mem::replace(&mut self.open, self.spec.empty());
        self.trailers += 1;
        let mut wrong = Vec::new();
        let mut compare = |field: &FieldRef, stated: Decimal, counted: Decimal| {
            if stated != counted {
                wrong
                    .push(format!("{}: the trailer says {stated}, the records make {counted}", field.name()));
            }
        };
        if let (Some(field), Some(stated)) = (&self.spec.count, trailer.count) {
            compare(field, stated, Decimal::from(i128::from(open.count)));
        }
        for (((_, field), stated), total) in self.spec.sums.iter().zip(&trailer.sums).zip(&open.sums) {
            compare(field, *stated, *total);
        }
        for (((_, field), stated), total) in self.spec.hashes.iter().zip(&trailer.hashes).zip(&open.hashes) {
            compare(field, *stated, low_order(field, *total));
        }
        let origin = Origin { dataset, record: trailer.record, offset: trailer.offset, above: None };
        if wrong.is_empty() { Ok(()) } else { Err(disagrees(origin, wrong)) }
    }
}

fn total_name() -> String {
    "a trailer total".to_owned()
}

fn sum(a: Decimal, b: Decimal) -> Result<Decimal> {
    a.checked_add(b).map_err(|_| crate::expr::Fault::Size.into_diagnostic(total_name))
}

fn stated(field: &FieldRef, frame: &SingleFrame<'_>) -> Result<Decimal> {
    let Some(shape) = field.number() else { return Ok(Decimal::ZERO) };
    Ok(Decimal::new(field.integer(shape, frame)?, i16::from(shape.scale)))
}

/// The digits of a hash total that its field holds.
fn low_order(field: &FieldRef, total: Decimal) -> Decimal {
    let Some(shape) = field.number() else { return total };
    let limit = pow10(u32::from(shape.digits)).unwrap_or(i128::MAX);
    let scaled = total.rescale(i16::from(shape.scale), Rounding::Truncation).unwrap_or(total);
    Decimal::new(scaled.coefficient() % limit, scaled.scale())
}

fn disagrees(origin: Origin<'_>, wrong: Vec<String>) -> Box<Diagnostic> {
    let error = Diagnostic::error(
        codes::RUN007,
        format!("the trailer of {} does not agree with its records", origin.dataset),
    )
    .in_data(crate::diag::DataPlace {
        dataset: origin.dataset.to_owned(),
        record: origin.record,
        offset: origin.offset,
        ..Default::default()
    })
    .hint(
        "nothing of this step was published; the file is incomplete or damaged, ask its sender for it again",
    );
    wrong.into_iter().fold(error, Diagnostic::note)
}
