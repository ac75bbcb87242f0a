//! How runs are started and looked at, as it is typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::JobResourceArgs;
use super::catalog::Confirm;
use crate::run::Start;
use crate::sys::Stop;

/// What a start may do besides running the steps.
#[derive(Debug, Args)]
#[command(next_help_heading = "Run")]
pub(in crate::cli) struct StartArgs {
    /// Steps that may run at the same time, as far as their data allow. The bytes do not depend on it.
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
    /// Go on with inputs, rules or copybooks that have changed since the run began; the journal says so.
    #[arg(long)]
    pub accept_changes: bool,
    /// Hash every input of which no hash is known before the first step: it is read once more for that. The same as
    /// hash-first: true in the job.
    #[arg(long)]
    pub hash_first: bool,
    /// How long to wait for datasets that other runs have, such as 10m; for ever, or what the job says, if not given.
    #[arg(long, value_name = "TIME", value_parser = crate::job::duration_of, conflicts_with = "no_wait")]
    pub wait: Option<Duration>,
    /// Do not wait for datasets that other runs have: end with status 75.
    #[arg(long)]
    pub no_wait: bool,
    #[command(flatten)]
    pub resources: JobResourceArgs,
    /// Write the figures of the run for Prometheus into this folder of a textfile collector, as offhost_JOB.prom.
    #[arg(long, value_name = "DIR")]
    pub metrics: Option<PathBuf>,
}

impl StartArgs {
    /// As the library takes it.
    pub fn start(&self, stop: Stop) -> Start {
        Start {
            resources: self.resources.resources(),
            jobs: usize::from(self.jobs),
            accept_changes: self.accept_changes,
            hash_first: self.hash_first,
            wait: if self.no_wait { Some(Duration::ZERO) } else { self.wait },
            stop,
            ..Start::default()
        }
    }
}

const RESTART_EXAMPLES: &str = "\
Examples:
  offhost restart AR-NIGHTLY.2026-03-31.5d1f0a7c                 go on where the run stopped
  offhost restart AR-NIGHTLY.2026-03-31.5d1f0a7c --from POST     do POST and what comes after it again
  offhost restart AR-NIGHTLY.2026-03-31.5d1f0a7c --accept-changes   with the corrected input

Parameters and dates are those with which the run was begun. Finished steps are not run again if what they wrote is still
there. A plain `offhost run` of the same job goes on in the same way.";

#[derive(Debug, Args)]
#[command(after_help = RESTART_EXAMPLES)]
pub(in crate::cli) struct Restart {
    /// The run, as offhost status and offhost runs name it; `last` or `last:JOB`: the latest one.
    pub run: String,
    /// Where its state is.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Do this step and all that come after it again, even if they had ended well.
    #[arg(long, value_name = "STEP")]
    pub from: Option<String>,
    #[command(flatten)]
    pub start: StartArgs,
    /// Print the report as JSON on stdout.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Status {
    /// Only this run (its name, `last` or `last:JOB`), or the runs of this job.
    pub run: Option<String>,
    /// Where the runs are.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

const RUNS_EXAMPLES: &str = "\
Examples:
  offhost runs                                            all runs, the latest first
  offhost runs show AR-NIGHTLY.2026-03-31.5d1f0a7c        the steps of one of them
  offhost runs show last:AR-NIGHTLY                       the steps of the latest run of a job
  offhost runs prune --dry-run                            what the policy of the root has no reason to keep
  offhost runs prune --older-than 400d --yes              pages, reports and archive of old runs; their journals stay";

#[derive(Debug, Args)]
#[command(after_help = RUNS_EXAMPLES, args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct Runs {
    #[command(flatten)]
    pub list: RunsList,
    #[command(subcommand)]
    pub verb: Option<RunsVerb>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RunsList {
    /// Where the runs are.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Only the runs of this job.
    #[arg(long, value_name = "NAME")]
    pub job: Option<String>,
    /// Print them as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RunsVerb {
    /// Show the steps of a run.
    Show(RunsShow),
    /// Remove the pages, the reports and the archive of runs that are over, and the roots of their replays, by the policy of the root
    /// (offhost.yaml) or as is said here. Their journals stay, so that nothing is done twice.
    Prune(RunsPrune),
    /// Give a run up: it is not gone on with, and what it was about to publish is removed.
    Abandon(RunsAbandon),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RunsAbandon {
    /// The run: its name, `last`, `last:JOB`, or the name of a job for its latest run.
    pub run: String,
    /// Why; the journal keeps it.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub reason: String,
    /// Where it is.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    #[command(flatten)]
    pub confirm: Confirm,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RunsPrune {
    /// In place of the policy: runs of which nothing was heard for this many days, such as 90 or 90d.
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub older_than: Option<u32>,
    /// In place of the policy: all but this many runs of each job, the latest ones; with both, what both mean.
    #[arg(long, value_name = "RUNS")]
    pub keep: Option<usize>,
    #[command(flatten)]
    pub confirm: Confirm,
    /// Where the runs are.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Print what was removed as JSON.
    #[arg(long)]
    pub json: bool,
}

/// A number of days: `90` or `90d`.
pub(in crate::cli) fn days(text: &str) -> Result<u32, String> {
    text.strip_suffix('d')
        .unwrap_or(text)
        .parse()
        .map_err(|_| "days are a number, such as 90 or 90d".to_owned())
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RunsShow {
    /// The run: its name, `last`, `last:JOB`, or the name of a job for its latest run.
    pub run: String,
    /// Where it is.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Print it as JSON, with its frozen plan.
    #[arg(long)]
    pub json: bool,
}

/// A reason that says something.
fn reason(text: &str) -> Result<String, String> {
    let said = text.trim();
    if said.is_empty() {
        Err("say why, for whoever reads the journal".to_owned())
    } else {
        Ok(said.to_owned())
    }
}
