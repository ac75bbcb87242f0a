//! What can be typed to compare two files.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use super::ResourceArgs;
use super::sides::SidesArgs;

const EXAMPLES: &str = "\
Examples:
  offhost diff ours.dat theirs.dat -c post.cpy --key CUST-NO,INV-NO          which records and fields differ, and why
  offhost diff ours.dat theirs.dat -c post.cpy --key CUST-NO --rules diff.yaml --strict
  offhost diff ours.dat theirs.csv -c post.cpy --key CUST-NO                 EBCDIC against CSV: values are compared
  offhost diff ours.dat theirs.txt -c post.cpy --multiset --theirs-code-page ascii --theirs-recfm text
  offhost diff old.dat new.dat -c v1.cpy --theirs-copybook v2.cpy --key ID --renamed CUST-NAME=CUSTOMER-NAME
  offhost diff ours.dat theirs.dat -c post.cpy --key CUST-NO --ignore RUN-TIME --tolerance INT-AMT=0.01

Records are paired by --key (in any order), by --multiset, or else by position. Exit status: 0 equal or equivalent, 1 different
(with --strict also if only equivalent), 64 and more if there is no answer.

JSON: answer; summary; records with left, right, paired, equal (also under rules), different, left_only, right_only, identical
(bytes), excused (by rules), moved, out_of_order; fields with field, different; clusters with field, cause, records, first, difference,
where (the condition that predicts them), summary, and with --history first_night, nights; rules; totals; not_compared; history.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Diff {
    /// The left file: ours.
    pub ours: PathBuf,
    /// The right file: theirs.
    pub theirs: PathBuf,
    #[command(flatten)]
    pub pairing: PairingArgs,
    #[command(flatten)]
    pub rules: RuleArgs,
    #[command(flatten)]
    pub answer: AnswerArgs,
    #[command(flatten)]
    pub sides: SidesArgs,
    #[command(flatten)]
    pub resources: ResourceArgs,
}

/// Which record is whose partner.
#[derive(Debug, Args)]
#[command(next_help_heading = "Pairing")]
pub(in crate::cli) struct PairingArgs {
    /// Pair records with the same values in these fields.
    #[arg(long, value_name = "FIELD,..", value_delimiter = ',', conflicts_with_all = ["position", "multiset"])]
    pub key: Vec<String>,
    /// Pair records by their places, finding again what was inserted, deleted or moved. So it is if nothing is said.
    #[arg(long, conflicts_with = "multiset")]
    pub position: bool,
    /// Pair equal records wherever they are.
    #[arg(long)]
    pub multiset: bool,
}

/// What may differ.
#[derive(Debug, Args)]
#[command(next_help_heading = "What may differ")]
pub(in crate::cli) struct RuleArgs {
    /// A file of rules: what may differ, why, and who has accepted it until when.
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// Do not compare these fields (a group means all that is in it).
    #[arg(long, value_name = "FIELD,..", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Do not compare these bytes of a record: first-last, counted from 1.
    #[arg(long, value_name = "FIRST-LAST,..", value_delimiter = ',')]
    pub mask: Vec<String>,
    /// How far a field may be off: an amount (0.01), a share (0.1%) or days (2d).
    #[arg(long, value_name = "FIELD=AMOUNT,..", value_delimiter = ',')]
    pub tolerance: Vec<String>,
    /// What means the same: sign-nibbles, signed-zeros, zoned-zeros, blank-low-value, trailing-blanks, case, equal-key-order, moved.
    #[arg(long, value_name = "WORD,..", value_delimiter = ',')]
    pub equivalent: Vec<String>,
    /// Fields that have another name in theirs.
    #[arg(long, value_name = "OURS=THEIRS,..", value_delimiter = ',')]
    pub renamed: Vec<String>,
    /// The day on which accepted differences must not have expired; today if not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub as_of: Option<Date>,
}

/// What is said, and where.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Answer")]
pub(in crate::cli) struct AnswerArgs {
    /// Exit status 0 only if the files hold the same bytes in the same order.
    #[arg(long)]
    pub strict: bool,
    /// Print the answer as JSON.
    #[arg(long)]
    pub json: bool,
    /// Write one HTML page that shows clusters, fields and records, and needs neither a server nor a network.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write all differences as CSV.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write the left records that differ, as they are.
    #[arg(long, value_name = "FILE")]
    pub differing_ours: Option<PathBuf>,
    /// Write the right records that differ, as they are.
    #[arg(long, value_name = "FILE")]
    pub differing_theirs: Option<PathBuf>,
    /// A file with the answers of earlier nights, to which this one is added under the day of --as-of.
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// The root of the runs: if one of them has published ours, the answer says how to ask it why.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Replace these files if they exist.
    #[arg(long)]
    pub replace: bool,
}
