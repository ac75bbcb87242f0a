//! Results that are asked for again.
//!
//! A rule that computes a gross amount reads it back for the tax and once more for the discount. What it has just computed is
//! taken from where it was computed, not decoded from the bytes of the record, which the processor has hardly stored. Only within
//! one list of actions, and only as long as nothing can have changed the field.

use std::ops::Range;

use super::action::{Action, OnSizeError};
use super::program::Program;
use crate::expr::FieldRef;

impl Program {
    /// Marks results that are asked for again, and the fields that ask for them.
    pub fn recall(&mut self) {
        let mut places = 0;
        let rules = self.edits.iter_mut().chain(&mut self.rules).map(|rule| &mut rule.actions);
        let breaks = self.breaks.iter_mut().flat_map(|level| [&mut level.first, &mut level.last]);
        rules.chain(breaks).for_each(|actions| mark(actions, &mut places));
        self.recalled = places;
    }
}

/// A number that the fields of a record show as it was computed.
struct Known {
    slot: usize,
    range: Range<usize>,
    /// Its place and shape.
    window: u64,
    /// The action that computes it.
    action: usize,
}

/// Marks a list of actions. Lists inside it know nothing of the numbers before them, and nothing is known behind one.
fn mark(actions: &mut [Action], places: &mut usize) {
    let mut known: Vec<Known> = Vec::new();
    for number in 0..actions.len() {
        let (before, rest) = actions.split_at_mut(number);
        let mut ask = |field: &mut FieldRef| {
            let same = |known: &&Known| known.slot == field.slot && Some(known.window) == field.window_id();
            if let Some(known) = known.iter().find(same) {
                field.recalled = recalled_by(&mut before[known.action], places);
            }
        };
        match &mut rest[0] {
            Action::Compute { target, value, size_error, .. }
                if !matches!(size_error, OnSizeError::Do { .. }) =>
            {
                value.quick_fields(&mut ask);
                forget(&mut known, target);
                if let (Some(range), Some(window)) = (target.fixed_range(), target.window_id()) {
                    known.push(Known { slot: target.slot, range, window, action: number });
                }
            }
            Action::Move(movement) => {
                movement.quick_field().into_iter().for_each(ask);
                forget(&mut known, &movement.to);
            }
            Action::Reject { .. } | Action::Warn { .. } | Action::Stop { .. } => {}
            other => {
                other.nested_mut().into_iter().for_each(|actions| mark(actions, places));
                known.clear();
            }
        }
    }
}

/// The place where an action leaves its result.
fn recalled_by(action: &mut Action, places: &mut usize) -> Option<usize> {
    let Action::Compute { target, .. } = action else { return None };
    if target.recalled.is_none() {
        target.recalled = Some(*places);
        *places += 1;
    }
    target.recalled
}

/// Drops what a change of a field may have changed.
fn forget(known: &mut Vec<Known>, target: &FieldRef) {
    let range = target.fixed_range();
    let touches =
        |at: &Range<usize>| range.as_ref().is_none_or(|range| range.start < at.end && at.start < range.end);
    known.retain(|known| known.slot != target.slot || !touches(&known.range));
}
