//! `offhost catalog`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  offhost catalog list                                        bases with their newest generations, and names
  offhost catalog list data/ar/post                           the generations of one base
  offhost catalog define AR.POST --folder data/ar/post --limit 30 --scratch
  offhost catalog define AR.POST --folder data/ar/post --adopt
                                                              with the GnnnnVyy files that are there already
  offhost catalog define AR.POST --alter --limit 60           another policy
  offhost catalog define AR.RATES --path data/rates.dat       a name for a file
  offhost catalog rollback AR.POST --yes                      take the newest generation back
  offhost catalog rollback --run AR-NIGHTLY.2026-03-13.1f2e3d4c --yes
                                                              all generations that a run entered
  offhost catalog prune AR.POST --keep 10 --dry-run           what would be removed
  offhost catalog verify                                      read every generation and compare its hash

Exit status: 0; 66 there is no such name or generation; 73 it is there already; 75 busy; 81 verify found a file that is not
what was cataloged.";

/// Names of datasets and generation data groups.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Catalog {
    #[command(subcommand)]
    pub verb: CatalogVerb,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CatalogVerb {
    /// Show what the catalog holds.
    List(List),
    /// Define a generation data group or the name of a file, or change a policy.
    Define(Define),
    /// Take a name out of the catalog; files stay.
    Forget(Forget),
    /// Take the newest generations back: their files are put aside under another name.
    Rollback(Rollback),
    /// Remove old generations with their files, or files that were put aside.
    Prune(Prune),
    /// Compare the files with what was cataloged.
    Verify(Verify),
    /// Show every change that was made.
    History(History),
}

/// Which catalog, and how the answer looks.
#[derive(Debug, Args)]
pub(in crate::cli) struct Where {
    /// The root whose catalog it is.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Print the answer as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// A base or the name of a file; all if not given.
    pub name: Option<String>,
    #[command(flatten)]
    pub place: Where,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Define {
    /// The name.
    pub name: String,
    /// The folder of its generations; the name itself if not given.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["path", "alter"])]
    pub folder: Option<String>,
    /// It is the name of this file, and no generation data group.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["limit", "on_limit", "scratch", "no_scratch", "adopt", "alter"])]
    pub path: Option<String>,
    /// Most generations, 1 to 999; 30 if not given.
    #[arg(long, value_name = "N")]
    pub limit: Option<u16>,
    /// What leaves when there is one too many.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub on_limit: Option<OnLimitArg>,
    /// Remove the file of a generation that leaves.
    #[arg(long, conflicts_with = "no_scratch")]
    pub scratch: bool,
    /// Keep the file of a generation that leaves; so it is if nothing is said.
    #[arg(long)]
    pub no_scratch: bool,
    /// Enter the GnnnnVyy files that are in the folder already, in the order of their numbers.
    #[arg(long, conflicts_with = "alter")]
    pub adopt: bool,
    /// The base is defined: change its policy.
    #[arg(long)]
    pub alter: bool,
    /// Remove the files of generations that are over the new limit.
    #[arg(long, requires = "alter", conflicts_with = "dry_run")]
    pub yes: bool,
    /// Only say which generations would leave.
    #[arg(long, requires = "alter")]
    pub dry_run: bool,
    #[command(flatten)]
    pub place: Where,
}

/// What leaves a base that is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OnLimitArg {
    /// The oldest generation (NOEMPTY).
    DropOldest,
    /// All older generations (EMPTY).
    DropAll,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Forget {
    /// The base, which must have no generations, or the name of a file.
    pub name: String,
    #[command(flatten)]
    pub place: Where,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Rollback {
    /// The base.
    #[arg(required_unless_present = "run")]
    pub name: Option<String>,
    /// How many generations.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "run")]
    pub count: usize,
    /// All generations that this run (its name, `last` or `last:JOB`) entered, in every base or in the one named.
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    #[command(flatten)]
    pub confirm: Confirm,
    #[command(flatten)]
    pub place: Where,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Prune {
    /// The base.
    pub name: String,
    /// Remove all generations but this many newest ones, and their files.
    #[arg(long, value_name = "N", required_unless_present_any = ["taken_back", "strays"])]
    pub keep: Option<usize>,
    /// Remove files of generations that were taken back.
    #[arg(long)]
    pub taken_back: bool,
    /// Remove GnnnnVyy files in the folder that are not cataloged.
    #[arg(long)]
    pub strays: bool,
    #[command(flatten)]
    pub confirm: Confirm,
    #[command(flatten)]
    pub place: Where,
}

/// What removes something asks for one of the two.
#[derive(Debug, Args)]
pub(in crate::cli) struct Confirm {
    /// Do it.
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Only say what would be done.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// A base or the name of a file; all if not given.
    pub name: Option<String>,
    /// Compare sizes only.
    #[arg(long)]
    pub quick: bool,
    #[command(flatten)]
    pub place: Where,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct History {
    #[command(flatten)]
    pub place: Where,
}
