//! Small passes over the tree, each settling one thing.

mod conditions;
mod occurs;
mod offsets;
mod redefines;
mod renames;
mod shapes;

use super::layout::Condition;
use super::tree::Draft;

pub(super) use offsets::record_lengths;

/// Runs all passes; the result is complete only if they found no error.
pub(super) fn run(draft: &mut Draft) -> Vec<Condition> {
    shapes::settle(draft);
    redefines::settle(draft);
    occurs::settle(draft);
    offsets::settle(draft);
    occurs::check_counters_in_place(draft);
    redefines::check_sizes(draft);
    renames::settle(draft);
    conditions::check_values(draft);
    conditions::settle(draft)
}
