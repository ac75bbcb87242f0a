//! When a step runs: `when:` of our own, and COND and IF of JCL with their exact semantics.
//!
//! `when:` lacks JCL's two silent defaults: where COND ignores a test on a step that did not run and IF takes it for false,
//! a term on a step that may not have run is an error of the job unless `ran(STEP)` guards it.

mod cond;
mod if_test;
mod outcome;
#[cfg(test)]
mod tests;
mod when;

pub use cond::Cond;
pub use if_test::{Decision, Decisions, IfTest};
pub use outcome::{Abend, StepOutcome};
pub(super) use when::Names;
pub use when::When;
