//! `offhost why`.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  offhost why last --reject 3                      why the third reject was rejected
  offhost why CARD-POSTING --record dalytran:17    what became of a transaction in the last run of a job
  offhost why last --output transact:7             how a record that was written came about
  offhost why last dalytran:17                     the same, for short
  offhost why last TX-ID=0000000000683580          by a field, of the transaction or of an emitted record
  offhost why last AM-ID=5 --in acct --limit 50    every transaction that looked at a row of a master
  offhost why last acct-new:5                      the same by the row's number
  offhost why last 4859452612877065                by the value of a master's key
  offhost why last 1,01,5 --json                   by a key of three fields, for programs

The posting step of the run is done once more; nothing is written. If a file that the run read is not the same any more, that is
said and nothing is explained.";

/// Why a posting or reject is what it is.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Why {
    /// Name or folder of a run, name of a job (its last run), or `last`.
    #[arg(value_name = "JOB-RUN")]
    pub run: String,
    /// DATASET:NUMBER, FIELD=VALUE[,FIELD=VALUE], or the value of a key.
    #[arg(required_unless_present_any = ["record", "output", "reject"])]
    pub key: Option<String>,
    /// A record of a dataset that the run read.
    #[arg(long, value_name = "DATASET:N", conflicts_with_all = ["key", "output", "reject"])]
    pub record: Option<String>,
    /// A record that the run wrote: to a dataset, or to an output under its name in the rules.
    #[arg(long, value_name = "DATASET:N", conflicts_with_all = ["key", "reject"])]
    pub output: Option<String>,
    /// The number of a record in the rejects.
    #[arg(long, value_name = "N", conflicts_with = "key")]
    pub reject: Option<u64>,
    /// The dataset whose fields or key are meant, or the name that the rules have for an output or a master.
    #[arg(long = "in", value_name = "NAME")]
    pub within: Option<String>,
    /// The post step that is meant.
    #[arg(long)]
    pub step: Option<String>,
    /// Most events that are told.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub limit: usize,
    /// The root of the run.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Print the account as JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub resources: super::ResourceArgs,
}
