//! What can be said of a block of records without those before it: on any thread.

use super::form::Form;
use super::spec::{Disorder, Level, Report};
use super::value::Value;
use crate::diag::Result;
use crate::expr::SingleFrame;
use crate::key::compare;
use crate::record::Block;

/// A block with the lines of its records, the numbers to be added up, and where groups end.
#[derive(Debug)]
pub struct Prepared {
    block: Block,
    /// Records left out by conditions.
    pub dropped: u64,
    /// Characters that became dots.
    pub lost: u64,
    /// How each record follows the one before it; of the first nothing is known.
    steps: Vec<Step>,
    values: Vec<i128>,
    details: Vec<Details>,
}

/// How a record follows the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The level that breaks, from 1; none if the record belongs to the group.
    pub breaks: Option<usize>,
    /// Its group should have come before.
    pub descends: bool,
}

/// What the records of a block look like in one of the outputs, one behind the other.
#[derive(Debug, Default)]
pub struct Details {
    /// Their bytes.
    pub bytes: Vec<u8>,
    /// Where each ends.
    pub ends: Vec<usize>,
}

impl Report {
    /// Prepares a block for outputs of these forms.
    pub fn prepare(&self, mut block: Block, forms: &[Form]) -> Result<Prepared> {
        let dropped = self.filter.apply(&mut block, &self.dataset)?;
        let mut prepared = Prepared {
            dropped,
            lost: 0,
            steps: Vec::with_capacity(block.len()),
            values: Vec::with_capacity(block.len() * self.summed),
            details: forms.iter().map(|_| Details::default()).collect(),
            block,
        };
        let Prepared { block, lost, steps, values, details, .. } = &mut prepared;
        let mut last: Option<SingleFrame<'_>> = None;
        let mut numbers = vec![0; self.columns.len()];
        for (slot, record) in block.slots() {
            let frame = SingleFrame { record, origin: block.origin(&self.dataset, slot) };
            steps.push(match &last {
                None => Step::default(),
                Some(last) => self.step(Some(last), &frame)?,
            });
            self.read(&frame, &mut numbers, values)?;
            for (form, details) in forms.iter().zip(details.iter_mut()).filter(|_| self.detail) {
                *lost += form.detail(self, &frame, &numbers, &mut details.bytes)?;
                details.ends.push(details.bytes.len());
            }
            last = Some(frame);
        }
        Ok(prepared)
    }

    /// Reads the numbers of a record: one for each column, and once more those that are added up.
    fn read(&self, frame: &SingleFrame<'_>, numbers: &mut [i128], values: &mut Vec<i128>) -> Result<()> {
        let begin = values.len();
        values.resize(begin + self.summed, 0);
        for (column, place) in self.columns.iter().zip(numbers) {
            let Value::Number(number) = &column.value else { continue };
            *place = number.read(frame)?;
            if let Some(sum) = column.sum {
                values[begin + sum] = *place;
            }
        }
        Ok(())
    }

    /// How a record follows another, or begins the report.
    pub fn step(&self, last: Option<&SingleFrame<'_>>, next: &SingleFrame<'_>) -> Result<Step> {
        for (index, level) in self.levels.iter().enumerate() {
            let Some(last) = last else {
                level.check(next)?;
                continue;
            };
            if level.same_bytes(last, next)? {
                continue;
            }
            level.check(next)?;
            let order = compare(&level.key, last, next)?;
            if order.is_ne() {
                let descends = order.is_gt() && self.disorder != Disorder::Allow;
                return Ok(Step { breaks: Some(index + 1), descends });
            }
        }
        Ok(Step::default())
    }
}

impl Level {
    /// Stops at fields that are no numbers and should be.
    fn check(&self, frame: &SingleFrame<'_>) -> Result<()> {
        self.fields.iter().try_for_each(|field| match field.number() {
            Some(shape) => field.integer(shape, frame).map(|_| ()),
            None => field.bytes(frame).map(|_| ()),
        })
    }

    #[inline]
    fn same_bytes(&self, a: &SingleFrame<'_>, b: &SingleFrame<'_>) -> Result<bool> {
        for field in &self.fields {
            if field.bytes(a)? != field.bytes(b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Prepared {
    /// Records left.
    pub fn len(&self) -> usize {
        self.block.len()
    }

    /// True if none is left.
    pub fn is_empty(&self) -> bool {
        self.block.is_empty()
    }

    /// A record.
    pub fn frame<'a>(&'a self, index: usize, dataset: &'a str) -> SingleFrame<'a> {
        let origin = self.block.origin(dataset, self.block.slot(index));
        SingleFrame { record: self.block.record(index), origin }
    }

    /// How a record that is not the first follows the one before it.
    pub fn step(&self, index: usize) -> Step {
        self.steps[index]
    }

    /// The numbers of a record that are added up, of which each has so many.
    pub fn values(&self, index: usize, summed: usize) -> &[i128] {
        &self.values[index * summed..(index + 1) * summed]
    }

    /// What a record looks like in one of the outputs; empty if details are not wanted.
    pub fn detail(&self, output: usize, index: usize) -> &[u8] {
        let details = &self.details[output];
        let begin = if index == 0 { 0 } else { details.ends.get(index - 1).copied().unwrap_or(0) };
        let end = details.ends.get(index).copied().unwrap_or(begin);
        &details.bytes[begin..end]
    }

    /// The same without what is known of the lines; enough to be the one before.
    #[must_use]
    pub fn done(mut self) -> Self {
        self.details.clear();
        self.values = Vec::new();
        self
    }
}
