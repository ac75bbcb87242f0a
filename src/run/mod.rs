//! Executing a plan: steps, staging, journal, publishing, the report.
//!
//! ```text
//!   claim -> locks -> frozen plan -> step, step, ... -> balance holds -> parts synced -> "prepared" -> renames -> "committed"
//!   (which run,            |            |
//!    what is done)     preflight    intake (read, count, total) -> operator -> output (stage, count, total)
//! ```
//!
//! Nothing is visible before the commit; a run that fails leaves every old output as it was, and keeps what its finished
//! steps have written for the next attempt.

mod abend;
mod addition;
mod again;
mod archiving;
mod attempt;
mod beside;
mod frozen;
mod generations;
mod give_up;
mod guard;
mod history;
mod holding;
mod holds;
mod identity;
mod intake;
mod journal;
mod known;
mod line_room;
mod listing;
mod locks;
mod observe;
mod origin;
mod output;
mod paths;
mod pipe;
mod places;
mod prune;
mod publish;
mod report;
mod resources;
mod resume;
mod retention;
mod runner;
mod schedule;
mod scratch;
mod settle;
mod sorts;
mod start;
mod steps;
mod store;
mod supply;
mod taken;
mod twice;
pub mod watch;
mod why;

pub use again::{Again, ByField, Compared, Replayed, Verdict, replay, replays_of};
pub use beside::{PublishedPair, TwoRuns, published_by, two_runs};
pub use frozen::FrozenPlan;
pub use give_up::{GivenUp, give_up};
pub use history::{End, History, StepEntry};
pub use holding::{Holding, How};
pub use holds::{as_json as pruned_json, hold, holds, release};
pub use identity::Identity;
pub use journal::{Chain, JournalEntry, read_journal};
pub use known::{HashSource, InputHash, known_hashes, note_adopted};
pub use line_room::LineWork;
pub use listing::{RunDetails, RunState, RunSummary, begun, list_runs, named, show_run};
pub use locks::{Hold, LockPlan, hold_bases, locks_of};
pub use observe::{Observer, Silent};
pub use origin::{Origin, Provenance, SameBytes, Source, provenance};
pub use pipe::{Joint, OpenJoint};
pub use prune::{By, ByPolicy, Choice, Removed, Size, prune_archive, prune_by_policy, prune_runs};
pub use report::{PublishedFile, RunReport, StepReport, StepStatus, TotalReport, Way};
pub use resources::{Forecast, PlannedSort, Resources, forecast};
pub use retention::Judged;
pub use runner::{Outcome, run, start};
pub use settle::settle_all as settle;
pub use sorts::KeptRuns;
pub use start::{Start, Unfinished, unfinished};
pub use taken::TakenOut;
pub use why::{
    Account, Attempt, Cell, Change, Deed, Hop, Key, Place, Question, Record, Reject, Row, StepAccount, Told,
    describe, why,
};
