//! Executing a plan: steps, staging, journal, publishing, the report.
//!
//! ```text
//!   preflight -> step, step, ... -> balance holds -> parts synced -> journal "prepared" -> renames -> "committed"
//!                    |
//!            intake (read, count, total) -> operator -> output (stage, count, total)
//! ```
//!
//! Nothing is visible before the commit; a run that fails leaves every old output as it was.

mod addition;
mod again;
mod archiving;
mod beside;
mod generations;
mod intake;
mod journal;
mod observe;
mod origin;
mod output;
mod places;
mod recover;
mod report;
mod resources;
mod runner;
mod steps;
mod store;
mod supply;
pub mod watch;
mod why;

pub use again::{Again, Compared, Replayed, Verdict, replay, replays_of};
pub use beside::{PublishedPair, TwoRuns, published_by, two_runs};
pub use journal::{JournalEntry, read_journal};
pub use observe::{Observer, Silent};
pub use origin::{Origin, Provenance, Source, provenance};
pub use recover::settle;
pub use report::{PublishedFile, RunReport, StepReport, TotalReport};
pub use resources::{PlannedSort, Resources, forecast};
pub use runner::{Outcome, run};
pub use why::{
    Account, Attempt, Cell, Change, Deed, Hop, Key, Place, Question, Record, Reject, Row, StepAccount, Told,
    describe, why,
};
