//! `offhost diff-runs`.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use super::ResourceArgs;

const EXAMPLES: &str = "\
Examples:
  offhost diff-runs AR-NIGHTLY.2026-03-14.74d8bc46 last        what a replay with other code has changed
  offhost diff-runs RUN-A RUN-B --only ar-posting,rejects    only these datasets
  offhost diff-runs RUN-A RUN-B --key rejects=RJ-KEY --rules ar-posting=rules/clock.yaml --pages out/diff
  offhost diff-runs ours/ mainframe/ --manifest nightly.yaml folders, file by file as a manifest says

Exit status as of `offhost diff`: 0 if every file is equal or equivalent, 1 if one is different, 64 and more if there is no answer.

JSON: answer; runs; files, each with file, and all that `offhost diff --json` says; only_left, only_right.";

/// Compare what two runs of a job published, or two folders.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct DiffRuns {
    /// Ours: name or folder of a run, name of a job (its last run), or `last`; with --manifest a folder.
    #[arg(value_name = "OURS")]
    pub ours: String,
    /// Theirs, likewise.
    #[arg(value_name = "THEIRS")]
    pub theirs: String,
    /// Compare two folders: which files, and how each is read. Its options are those of `offhost diff`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["root", "key", "rules"])]
    pub manifest: Option<PathBuf>,
    /// The root of the runs.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Only these datasets or files.
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Pair the records of a dataset by fields: DATASET=FIELD,FIELD. The key of a master and the order of a sort are known.
    #[arg(long, value_name = "DATASET=FIELD,..")]
    pub key: Vec<String>,
    /// What may differ in a dataset: DATASET=FILE.
    #[arg(long, value_name = "DATASET=FILE")]
    pub rules: Vec<String>,
    /// The day on which accepted differences must not have expired; today if not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub as_of: Option<Date>,
    /// Exit status 0 only if all files hold the same bytes in the same order.
    #[arg(long)]
    pub strict: bool,
    /// Print the answers as JSON.
    #[arg(long)]
    pub json: bool,
    /// A folder for an HTML page of every file that is not equal, and one that leads to them.
    #[arg(long, value_name = "DIR")]
    pub pages: Option<PathBuf>,
    /// Replace pages that exist.
    #[arg(long)]
    pub replace: bool,
    #[command(flatten)]
    pub resources: ResourceArgs,
}
