//! `offhost graph`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::JobArgs;

const EXAMPLES: &str = "\
Examples:
  offhost graph jobs/ar-nightly.yaml --format html --output night.html    a page for people
  offhost graph jobs/ar-nightly.yaml --format svg > night.svg             the picture alone
  offhost graph jobs/ar-nightly.yaml | dot -Tpdf > night.pdf              with Graphviz

A generation or a date that is not there yet is drawn as the job says it; no data is read.";

/// Draw a job.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Graph {
    #[command(flatten)]
    pub job: JobArgs,
    /// What the drawing is.
    #[arg(long, value_enum, default_value_t = GraphFormat::Dot)]
    pub format: GraphFormat,
    /// Where to write it; a file that is there is replaced. Standard output if not given.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What a drawing may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum GraphFormat {
    /// Text for Graphviz.
    Dot,
    /// A picture.
    Svg,
    /// A page with the picture and tables of what is in it.
    Html,
}
