//! Where the records of one key end and those of the next begin.

use super::value;
use crate::control::tool::syntax::OnField;
use crate::diag::Result;
use crate::key::{Key, KeyedBlock, Keys};

/// Watches keys in order.
pub(super) struct Groups<'o> {
    /// Fields in which +0 and -0 are not the same; none if they are.
    signed: Vec<&'o OnField>,
    /// The key, if records are sorted by another.
    own: Option<Key>,
    last: Option<(Keys, Vec<bool>)>,
}

impl<'o> Groups<'o> {
    /// Of keys made of these fields.
    pub(super) fn new(on: &'o [OnField], unsigned_zero: bool) -> Self {
        let signed =
            if unsigned_zero { Vec::new() } else { on.iter().filter(|on| value::has_sign(on)).collect() };
        Groups { signed, own: None, last: None }
    }

    /// The same for records that come in the order of another key.
    pub(super) fn keyed_by(self, own: Option<Key>) -> Self {
        Groups { own, ..self }
    }

    /// Which records of a block begin a new group.
    pub(super) fn starts(&mut self, keyed: &KeyedBlock) -> Result<Vec<bool>> {
        let own = self.own.as_ref().map(|key| key.of_block(&keyed.block, "")).transpose()?;
        let keys = own.as_ref().unwrap_or(&keyed.keys);
        let mut starts = Vec::with_capacity(keyed.block.len());
        let mut zeros: Vec<bool> = Vec::new();
        for (index, record) in keyed.block.records().enumerate() {
            let own: Vec<bool> = self.signed.iter().map(|on| value::is_negative_zero(on, record)).collect();
            let new = if index > 0 {
                keys.compare(index, keys, index - 1).is_ne() || own != zeros
            } else {
                let same =
                    |(last, signs): &(Keys, Vec<bool>)| keys.compare(0, last, 0).is_eq() && *signs == own;
                !self.last.as_ref().is_some_and(same)
            };
            starts.push(new);
            zeros = own;
        }
        if let Some(end) = keys.len().checked_sub(1) {
            let mut last = keys.empty_alike();
            last.push_from(keys, end);
            self.last = Some((last, zeros));
        }
        Ok(starts)
    }
}
