//! `offhost replay`, `offhost verify` and `offhost archive`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Confirm, ResourceArgs};

const REPLAY: &str = "\
Examples:
  offhost replay last                                    the last run again
  offhost replay AR-NIGHTLY-POST --date 2026-03-13       what that night did, again
  offhost replay --date 2026-03-13                       every job of that night, each from what it read then
  offhost replay AR-NIGHTLY-POST --date 2026-03-13 --job jobs/fixed.yaml
                                                         with the job, rules and copybooks of today

The run is done again in a root of its own. Nothing outside of it is written. Inputs come from the archive (archive: inputs in the
job), or are the files of today if a hash shows that they are those of then.

Exit status: 0 every output is the same; 1 one differs; otherwise as offhost run.";

const VERIFY: &str = "\
Examples:
  offhost verify out/ar-posting                     is it what a run published, and what was it made of
  offhost verify copy-of-a-file --json              copies have the bytes of a file that was published

Exit status: 0 the file, or one elsewhere with the same bytes, is what a run published; 81 it was changed since; 66 no run published it.";

/// Do a run of the past again.
#[derive(Debug, Args)]
#[command(after_help = REPLAY)]
pub(in crate::cli) struct Replay {
    /// Name of a run, or of a job (its last run), or `last`.
    #[arg(value_name = "RUN", required_unless_present = "date")]
    pub run: Option<String>,
    /// The committed runs of this business date: the last one of each job, or of the job named.
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// A job file of today in place of the one of then, with its rules and copybooks.
    #[arg(long, value_name = "FILE")]
    pub job: Option<String>,
    /// The folder in which the run is done again; it must not be there, or be empty.
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// Take inputs as they are today where no hash of then is known.
    #[arg(long)]
    pub accept_inputs: bool,
    /// The root of the run.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Print what came of it as JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub resources: ResourceArgs,
}

/// Where a file came from.
#[derive(Debug, Args)]
#[command(after_help = VERIFY)]
pub(in crate::cli) struct VerifyFile {
    /// The file, below the root.
    pub file: String,
    /// The root.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Print it as JSON.
    #[arg(long)]
    pub json: bool,
}

/// What runs keep.
#[derive(Debug, Args)]
pub(in crate::cli) struct Archive {
    #[command(subcommand)]
    pub verb: ArchiveVerb,
    /// The root.
    #[arg(long, default_value = ".", value_name = "DIR", global = true)]
    pub root: PathBuf,
    /// Print the answer as JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ArchiveVerb {
    /// Runs that kept something; or what one run kept.
    List {
        /// The run: its name, `last`, `last:JOB`, or the name of a job for its latest run.
        run: Option<String>,
    },
    /// Read every content and compare it with its hash.
    Verify,
    /// Remove what the policy of the root (offhost.yaml) has no reason to keep, or what is said here, with the contents that no other
    /// run refers to.
    Prune {
        /// In place of the policy: runs that kept nothing for this many days.
        #[arg(long, value_name = "DAYS", value_parser = super::runs::days)]
        older_than: Option<u32>,
        /// In place of the policy: all but this many runs of each job, the newest ones; with both, what both mean.
        #[arg(long, value_name = "RUNS")]
        keep: Option<usize>,
        #[command(flatten)]
        confirm: Confirm,
    },
    /// See to it that a run keeps what it has, whatever the policy and others say, until it is released.
    Hold {
        /// The run: its name, `last`, `last:JOB`, or the name of a job for its latest run.
        run: String,
        /// Why; the journal of the archive keeps it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Let go of a run that was held; nothing is removed by it.
    Release {
        /// The run: its name, `last`, `last:JOB`, or the name of a job for its latest run.
        run: String,
        /// Why; the journal of the archive keeps it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}
