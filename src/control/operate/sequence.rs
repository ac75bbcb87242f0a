//! SEQNUM.

use super::convert::Target;
use super::fault::format_name;
use super::{Parsed, Setting, Shape, Spot};
use crate::control::syntax::SequenceNumber;
use crate::diag::{Result, Span};

/// SEQNUM, compiled. Each occurrence has its own counter.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    slot: usize,
    target: Target,
    start: i128,
    increment: i128,
    restart: Option<Spot>,
}

/// Where a sequence is.
#[derive(Clone, Debug, Default)]
pub(super) struct Counter {
    /// The number that comes next; none before the first record.
    next: Option<i128>,
    /// Bytes whose change starts it again.
    key: Vec<u8>,
}

impl Sequence {
    /// A sequence whose counter has this number.
    pub fn compile(
        sequence: &SequenceNumber,
        span: &Span,
        setting: &Setting,
        shape: Shape,
        slot: usize,
    ) -> Result<Self> {
        let length = sequence.length as usize;
        let target = Target::new(&format_name(sequence.format), length, None, Some(length), setting.page);
        let restart = sequence.restart.as_ref().map(|place| Spot::compile(place, shape, span)).transpose()?;
        Ok(Sequence { slot, target, start: sequence.start, increment: sequence.increment, restart })
    }

    /// Bytes of each number.
    pub fn length(&self) -> usize {
        self.target.length()
    }

    /// Bytes that a record must have.
    pub fn reach(&self) -> usize {
        self.restart.map_or(0, |spot| spot.reach())
    }

    /// Appends the next number. A number that has become too long for the field loses its high-order digits.
    pub fn put(&self, counters: &mut [Counter], record: &[u8], parsed: &Parsed, out: &mut Vec<u8>) {
        let Some(counter) = counters.get_mut(self.slot) else { return };
        if let Some(spot) = &self.restart {
            let key = spot.bytes(record, parsed).unwrap_or_default();
            if counter.key != key {
                counter.key.clear();
                counter.key.extend_from_slice(key);
                counter.next = None;
            }
        }
        let number = counter.next.unwrap_or(self.start);
        self.target.put(number, out);
        counter.next = Some(number.wrapping_add(self.increment));
    }
}
