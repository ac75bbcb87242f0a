//! What can be typed.

use std::path::PathBuf;

use crate::copybook::CurrencySign;
use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  offhost run jobs/ar-nightly.yaml                        run a job
  offhost run jobs/post.yaml --root /data --set out=new   with a root and a parameter
  offhost check jobs/ar-nightly.yaml                      find every mistake before the night does
  offhost plan jobs/ar-nightly.yaml                       show what would happen
  offhost layout copybooks/receipt.cpy                    show the record map of a copybook

Exit status: 0 return code within max-rc; 1-63 the job's return code; 64 usage; 65 bad job, copybook or rules;
66 input missing; 70 defect of offhost; 73 output exists; 74 I/O; 77 not permitted; 80 data exception;
81 attribute mismatch; 82 no space; 87 out of balance; 88 too many rejects; 89 a rule said stop.";

/// Takes nightly batch off the mainframe host.
#[derive(Debug, Parser)]
#[command(name = "offhost", version, about, before_help = EXAMPLES, disable_help_subcommand = true, max_term_width = 110)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub display: Display,
    #[command(subcommand)]
    pub command: Command,
}

/// How things are shown.
#[derive(Debug, Args)]
pub(super) struct Display {
    /// When to use colour; NO_COLOR is honoured.
    #[arg(long, value_enum, default_value_t = When::Auto, global = true, value_name = "WHEN")]
    pub color: When,
    /// Only errors on stderr; no table.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// More detail: how often each rule applied.
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// When to do something that suits a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a job: its steps, its balance, and then publish all outputs together.
    Run(Run),
    /// Check a job and everything it refers to, without touching data.
    Check(Check),
    /// Show what a run would do.
    Plan(Plan),
    /// Show the record map of a copybook.
    Layout(Layout),
    /// Print the JSON Schema of the job file or the rules file.
    Schema(Schema),
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Print the manual page.
    Man(Man),
}

/// A job with its root and parameters.
#[derive(Debug, Args)]
pub(super) struct JobArgs {
    /// The job file.
    pub job: String,
    /// Where relative paths begin, and what no path may leave.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub root: PathBuf,
    /// Set a parameter of the job; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub job: JobArgs,
    /// Print the report as JSON on stdout.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub job: JobArgs,
    /// Print the messages as JSON on stdout.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Plan {
    #[command(flatten)]
    pub job: JobArgs,
    /// Print the plan as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Layout {
    /// The copybook.
    pub copybook: PathBuf,
    /// Print the record map as JSON.
    #[arg(long)]
    pub json: bool,
    /// Source format; found out from the text if not given.
    #[arg(long, value_enum, default_value_t = Format::Auto)]
    pub format: Format,
    /// Where COPY finds its members, after the folder of the copybook; may be given several times.
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    pub include: Vec<PathBuf>,
    /// Read debugging lines (D in column 7).
    #[arg(long)]
    pub debug_lines: bool,
    /// Read the copybook of a program with DECIMAL-POINT IS COMMA.
    #[arg(long)]
    pub decimal_point_is_comma: bool,
    /// A CURRENCY SIGN, and the symbol that stands for it in a PICTURE: `EUR=E`, or `$`; may be given several times.
    #[arg(long, value_name = "SIGN[=SYMBOL]", value_parser = currency)]
    pub currency: Vec<CurrencySign>,
}

/// Source format of a copybook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Found out from the text.
    Auto,
    /// Columns 7 and 8-72.
    Fixed,
    /// No columns.
    Free,
}

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Which schema.
    #[arg(value_enum, default_value_t = SchemaOf::Job)]
    pub of: SchemaOf,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// The job file.
    Job,
    /// The rules file of a post step.
    Rules,
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct Man {}

fn currency(text: &str) -> Result<CurrencySign, String> {
    let (sign, symbol) = text.split_once('=').unwrap_or((text, text));
    CurrencySign::new(sign, symbol)
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}
