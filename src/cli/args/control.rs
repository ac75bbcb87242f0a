//! What can be typed to run control cards.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::{Date, Time};

use super::ResourceArgs;
use crate::control::flow::Dd;
use crate::control::syntax::Dialect;
use crate::encoding::CodePage;

const SORT_EXAMPLES: &str = "\
Examples:
  offhost sort cards.txt --dd SORTIN=in.ebc,recfm=FB,lrecl=80 --dd SORTOUT=out.ebc
  offhost sort - --dd SORTIN=in.vb,recfm=VB --dd SORTOF01=a.vb --dd SORTOF02=b.vb < cards.txt
  offhost sort join.txt --dd SORTJNF1=a.ebc,lrecl=80 --dd SORTJNF2=b.ebc,lrecl=40 --dd JNF1CNTL=jnf1.txt --dd SORTOUT=c.ebc
  offhost sort daily.txt --dd SYMNAMES=names.txt --dd SORTIN=in.ebc,lrecl=80 --dd SORTOUT=out.ebc --run-date 2026-03-21
  offhost sort cards.txt --explain -c customer.cpy       what the cards do, in words; no data are read
  offhost sort cards.txt --to yaml -c customer.cpy       the same step as a job

The listing (statements, messages, counts) goes to stdout, what is wrong to stderr with the card. Outputs appear together when
all went well; else none of them does.

Exit status: 0; 4 if the cards ask for a warning; 16 if the step failed; 64 for a command line that is not valid.";

const TOOL_EXAMPLES: &str = "\
Examples:
  offhost tool toolin.txt --dd IN=in.ebc,lrecl=80 --dd OUT=out.ebc --dd CTL1CNTL=ctl1.txt
  offhost tool toolin.txt --explain --dd CTL1CNTL=ctl1.txt       what the statements do, in words

The listing goes to stdout, what is wrong to stderr with the card. Outputs appear together at the end; if an operator fails,
none of them does.

Exit status: 0; 4, 12 or 16 as the operators end; 64 for a command line that is not valid.";

#[derive(Debug, Args)]
#[command(after_help = SORT_EXAMPLES)]
pub(in crate::cli) struct Sort {
    /// The file of control cards (SYSIN), or `-` for stdin.
    pub control: PathBuf,
    #[command(flatten)]
    pub step: ControlArgs,
}

#[derive(Debug, Args)]
#[command(after_help = TOOL_EXAMPLES)]
pub(in crate::cli) struct Tool {
    /// The file of ICETOOL statements (TOOLIN), or `-` for stdin.
    pub control: PathBuf,
    #[command(flatten)]
    pub step: ControlArgs,
}

/// What a step of control cards needs beside them.
#[derive(Debug, Args)]
pub(in crate::cli) struct ControlArgs {
    /// A DD: its file and what is known of its records. Behind the path may stand recfm= (F, FB, V, VB, VS, VBS, U, text; FB if
    /// not given), lrecl=, disp= (mod adds to an output), code-page=, rdw=, bdw=, line-end=, skip-head=, skip-tail=. Of an
    /// output, what is not given is as the cards make it. One given twice is a concatenation. DUMMY is no file.
    #[arg(long = "dd", value_name = "NAME=PATH[,OPTION=..]", value_parser = Dd::parse)]
    pub dds: Vec<Dd>,
    /// Code page of the data, and of the constants of the cards.
    #[arg(long, value_name = "PAGE", default_value = "cp037", value_parser = code_page)]
    pub code_page: CodePage,
    /// The date of the run, as DATE1 and the century window have it; today's if not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub run_date: Option<Date>,
    /// The time of the run; midnight if only the date is given.
    #[arg(long, value_name = "HH:MM:SS")]
    pub run_time: Option<Time>,
    /// Whose rules count where products differ.
    #[arg(long, value_enum, default_value_t = Product::Dfsort, value_name = "PRODUCT")]
    pub dialect: Product,
    /// Print counts and messages as JSON instead of the listing.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub explain: ExplainArgs,
    #[command(flatten)]
    pub resources: ResourceArgs,
}

/// What is shown instead of running the cards.
#[derive(Debug, Args)]
#[command(next_help_heading = "Explain")]
pub(in crate::cli) struct ExplainArgs {
    /// Say in plain words what the cards do, with the record before and after; nothing is run and no data are read.
    #[arg(long, conflicts_with = "to")]
    pub explain: bool,
    /// Print the step as a job file instead of running it.
    #[arg(long, value_enum, value_name = "FORM")]
    pub to: Option<To>,
    /// A copybook that names the fields of an input: of the DD before `=`, else of every input (of a join: the first of F1,
    /// the second of F2). May be given several times.
    #[arg(short = 'c', long = "copybook", value_name = "[DD=]FILE", value_parser = copybook)]
    pub copybooks: Vec<(Option<String>, PathBuf)>,
    /// Where COPY finds its members, after the folder of the copybook; may be given several times.
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    pub include: Vec<PathBuf>,
}

impl ExplainArgs {
    /// True if nothing is to be run.
    pub fn is_wanted(&self) -> bool {
        self.explain || self.to.is_some()
    }
}

/// Another form of control cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum To {
    /// A job file.
    Yaml,
}

/// A sort product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Product {
    /// IBM DFSORT and ICETOOL.
    Dfsort,
    /// Precisely Syncsort MFX.
    Syncsort,
}

impl Product {
    /// As the library takes it.
    pub fn dialect(self) -> Dialect {
        match self {
            Product::Dfsort => Dialect::Dfsort,
            Product::Syncsort => Dialect::Syncsort,
        }
    }
}

fn copybook(text: &str) -> Result<(Option<String>, PathBuf), String> {
    let is_dd = |name: &str| {
        (1..=8).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "#@$".contains(c))
    };
    Ok(match text.split_once('=') {
        Some((dd, path)) if is_dd(dd) => (Some(dd.to_ascii_uppercase()), PathBuf::from(path)),
        _ => (None, PathBuf::from(text)),
    })
}

fn code_page(text: &str) -> Result<CodePage, String> {
    text.parse().map_err(|()| format!("`{text}` is no code page that is known"))
}
