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

/// The running state of the check.
#[derive(Clone, Debug)]
pub struct TrailerCheck {
    spec: TrailerSpec,
    count: u64,
    sums: Vec<Decimal>,
    hashes: Vec<Decimal>,
    trailers: u64,
}

impl TrailerCheck {
    /// A check that has seen nothing yet.
    pub fn new(spec: TrailerSpec) -> Self {
        let (sums, hashes) = (vec![Decimal::ZERO; spec.sums.len()], vec![Decimal::ZERO; spec.hashes.len()]);
        TrailerCheck { spec, count: 0, sums, hashes, trailers: 0 }
    }

    /// Takes the next block of the file; blocks must come in order.
    pub fn block(&mut self, block: &Block, dataset: &str) -> Result<()> {
        for (slot, record) in block.slots() {
            let frame = SingleFrame { record, origin: block.origin(dataset, slot) };
            if self.spec.trailer.holds(&frame)? {
                self.trailer(&frame)?;
            } else if self.spec.details.as_ref().map_or(Ok(true), |details| details.holds(&frame))? {
                self.detail(&frame)?;
            }
        }
        Ok(())
    }

    /// Ends the check: the last trailer must have come after the last detail.
    pub fn finish(&self, dataset: &str) -> Result<()> {
        if self.trailers > 0 && self.count == 0 {
            return Ok(());
        }
        let message = match self.trailers {
            0 => format!("dataset {dataset} has no trailer record"),
            _ => format!("dataset {dataset} has {} records after its last trailer", self.count),
        };
        Err(Diagnostic::error(codes::RUN007, message)
            .in_data(crate::diag::DataPlace { dataset: dataset.to_owned(), ..Default::default() })
            .hint("the file is incomplete; ask its sender for all of it"))
    }

    fn detail(&mut self, frame: &SingleFrame<'_>) -> Result<()> {
        self.count += 1;
        let add = |total: &mut Decimal, value: &Arithmetic| -> Result<()> {
            let value = value.value(frame).map_err(|fault| fault.into_diagnostic(|| "a trailer total".to_owned()))?;
            *total = total.checked_add(value).map_err(|_| {
                crate::expr::Fault::Size.into_diagnostic(|| "a trailer total".to_owned())
            })?;
            Ok(())
        };
        self.spec.sums.iter().zip(&mut self.sums).try_for_each(|((value, _), total)| add(total, value))?;
        self.spec.hashes.iter().zip(&mut self.hashes).try_for_each(|((value, _), total)| add(total, value))
    }

    fn trailer(&mut self, frame: &SingleFrame<'_>) -> Result<()> {
        let mut wrong = Vec::new();
        let mut compare = |field: &FieldRef, counted: Decimal| -> Result<()> {
            let stated = stated(field, frame)?;
            if stated != counted {
                wrong.push(format!("{}: the trailer says {stated}, the records make {counted}", field.name()));
            }
            Ok(())
        };
        if let Some(field) = &self.spec.count {
            compare(field, Decimal::from(i128::from(self.count)))?;
        }
        for ((_, field), total) in self.spec.sums.iter().zip(&self.sums) {
            compare(field, *total)?;
        }
        for ((_, field), total) in self.spec.hashes.iter().zip(&self.hashes) {
            compare(field, low_order(field, *total))?;
        }
        self.trailers += 1;
        self.count = 0;
        self.sums.fill(Decimal::ZERO);
        self.hashes.fill(Decimal::ZERO);
        if wrong.is_empty() { Ok(()) } else { Err(disagrees(frame.origin, wrong)) }
    }
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
    let error = Diagnostic::error(codes::RUN007, format!("the trailer of {} does not agree with its records", origin.dataset))
        .in_data(crate::diag::DataPlace {
            dataset: origin.dataset.to_owned(),
            record: origin.record,
            offset: origin.offset,
            ..Default::default()
        })
        .hint("nothing was published; the file is incomplete or damaged, ask its sender for it again");
    wrong.into_iter().fold(error, Diagnostic::note)
}
