//! Executing a plan: steps, staging, journal, publishing, the report.
//!
//! ```text
//!   preflight -> step, step, ... -> balance holds -> parts synced -> journal "prepared" -> renames -> "committed"
//!                    |
//!            intake (read, count, total) -> operator -> output (stage, count, total)
//! ```
//!
//! Nothing is visible before the commit; a run that fails leaves every old output as it was.

mod intake;
mod journal;
mod observe;
mod output;
mod recover;
mod report;
mod resources;
mod runner;
mod steps;
mod store;
mod supply;
mod why;

pub use journal::{JournalEntry, read_journal};
pub use observe::{Observer, Silent};
pub use report::{RunReport, StepReport, TotalReport};
pub use resources::{PlannedSort, Resources, forecast};
pub use runner::{Outcome, run};
pub use why::{
    Account, Attempt, Cell, Change, Deed, Hop, Key, Place, Question, Record, Reject, Row, StepAccount, Told,
    describe, why,
};
