//! What can be typed.

mod again;
mod cat;
mod catalog;
mod control;
mod copybook;
mod data;
mod diff;
mod diff_runs;
mod graph;
mod resources;
mod runs;
mod sides;
mod why;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::convert::ReadOptions;

pub(super) use again::{Archive, ArchiveVerb, Replay, VerifyFile};
pub(super) use cat::Cat;
pub(super) use catalog::{
    Catalog, CatalogVerb, Confirm, Define, List as CatalogList, OnLimitArg, Prune, Rollback,
};
pub(super) use control::{ControlArgs, ExplainArgs, Sort, To, Tool};
pub(super) use copybook::CopybookArgs;
pub(super) use data::{DataArgs, FramingArgs, WantedArgs};
pub(super) use diff::{AnswerArgs, Diff, RuleArgs};
pub(super) use diff_runs::DiffRuns;
pub(super) use graph::{Graph, GraphFormat};
pub(super) use resources::{JobResourceArgs, ResourceArgs};
pub(super) use runs::{Restart, Runs, RunsAbandon, RunsPrune, RunsVerb, StartArgs, Status};
pub(super) use sides::SideArgs;
pub(super) use why::Why;

const EXAMPLES: &str = "\
Examples:
  offhost run jobs/ar-nightly.yaml                        run a job
  offhost run jobs/post.yaml --root /data --set out=new   with a root and a parameter
  offhost status                                          which runs have not ended well
  offhost restart AR-NIGHTLY.2026-03-31.5d1f0a7c          go on with one of them
  offhost check jobs/ar-nightly.yaml                      find every mistake before the night does
  offhost plan jobs/ar-nightly.yaml                       show what would happen
  offhost layout copybooks/receipt.cpy                    show the record map of a copybook
  offhost inspect unknown.dat -c copybooks/receipt.cpy    find out what a data file is
  offhost cat receipts.dat -c copybooks/receipt.cpy       look at the records of a file
  offhost why last dalyrejs:3                             why a record was rejected

Exit status: 0 return code within max-rc; 1-63 the job's return code; 64 usage; 65 bad job, copybook or rules;
66 input missing; 70 defect of offhost; 73 output exists; 74 I/O; 75 busy, try again; 76 already done; 77 not permitted;
78 bad calendar or policy; 80 data exception; 81 attribute mismatch; 82 no space; 85 time limit; 86 memory; 87 out of balance;
88 too many rejects; 89 a rule said stop; 90 changed since the run began; 130 interrupted; 143 told to end.";

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
    /// How stderr is written: for people, or as JSON Lines with stable names of events for programs.
    #[arg(long, value_enum, default_value_t = LogFormat::Text, global = true, value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// Only errors, warnings and notes on stderr; no table.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// More detail: how often each rule applied.
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// How stderr is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Lines for people; bars on a terminal.
    Text,
    /// An event a line, as JSON.
    Json,
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
    /// Go on with a run that has not ended well.
    Restart(Restart),
    /// Show the runs that have not ended well, or how one stands.
    Status(Status),
    /// List the runs of a root, or show the steps of one.
    Runs(Runs),
    /// Show whom a job tells of what, and send trial alerts.
    Alerts(Alerts),
    /// Check a job and everything it refers to, without touching data.
    Check(Check),
    /// Show what a run would do.
    Plan(Plan),
    /// Draw a job: its steps, and the datasets that go from one to the next.
    Graph(Graph),
    /// Show the record map of a copybook, or turn it into a schema.
    Layout(Box<Layout>),
    /// Find out what a data file is: record format, code page, 01 levels, and where it stops fitting.
    Inspect(Box<Inspect>),
    /// Show the records of a data file.
    Cat(Box<Cat>),
    /// Turn a data file into CSV, JSON Lines or another data file, and back.
    Convert(Box<Convert>),
    /// Compare two data files field by field: equal, equivalent under rules, or different, where and why.
    Diff(Box<Diff>),
    /// Compare what two runs of a job published, or two folders file by file.
    DiffRuns(Box<DiffRuns>),
    /// Run the control cards of a SORT step: SORT, MERGE, INCLUDE, INREC, SUM, OUTFIL, JOINKEYS and the others.
    Sort(Box<Sort>),
    /// Run the statements of an ICETOOL step: COPY, SORT, SELECT, SPLICE, DISPLAY, OCCUR and the others.
    Tool(Box<Tool>),
    /// Names of datasets and generation data groups: show, define, take back, prune, verify.
    Catalog(Catalog),
    /// Do a run of the past again, in a root of its own, and compare what comes of it.
    Replay(Box<Replay>),
    /// Say which run made a file, and of what.
    Verify(VerifyFile),
    /// What runs keep to be done again: show, verify, prune.
    Archive(Archive),
    /// Make a folder with a job, a copybook and a small file that run.
    Init(Init),
    /// Say why a posting or reject of a run is what it is.
    Why(Box<Why>),
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
    /// The business date of the run: 2026-03-13, previous-business-day, today - 1 month; the same as --set business-date=...
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// Set a parameter of the job; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
}

impl JobArgs {
    /// True if the business date was chosen, and is not the clock's.
    pub fn date_given(&self) -> bool {
        self.all_settings().iter().any(|(name, _)| name == "business-date")
    }

    /// Parameters that are set, the business date last, as the strongest.
    pub fn all_settings(&self) -> Vec<(String, String)> {
        let date = self.date.iter().map(|date| ("business-date".to_owned(), date.clone()));
        self.settings.iter().cloned().chain(date).collect()
    }
}

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub job: JobArgs,
    /// Begin a new run even if this one is complete, or has been begun: everything is done again.
    #[arg(long, help_heading = "Run")]
    pub rerun: bool,
    #[command(flatten)]
    pub start: StartArgs,
    /// Print the report as JSON on stdout.
    #[arg(long)]
    pub json: bool,
}

const ALERTS_EXAMPLES: &str = "\
Examples:
  offhost alerts jobs/night.yaml                          who is told of what
  offhost alerts jobs/night.yaml --event failed --dry-run the payload, without sending it
  offhost alerts jobs/night.yaml --event failed           send a trial alert";

#[derive(Debug, Args)]
#[command(after_help = ALERTS_EXAMPLES)]
pub(super) struct Alerts {
    #[command(flatten)]
    pub job: JobArgs,
    /// Send a trial alert of this event to those whom the job names.
    #[arg(long, value_enum, value_name = "EVENT")]
    pub event: Option<AlertEvent>,
    /// Show the payload instead of sending it.
    #[arg(long, requires = "event")]
    pub dry_run: bool,
}

/// What an alert can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AlertEvent {
    /// The run ended well.
    Finished,
    /// The run failed.
    Failed,
    /// Transactions were rejected.
    Rejects,
    /// The run has not ended in time.
    Late,
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
    #[command(flatten)]
    pub resources: JobResourceArgs,
    /// Print the plan as JSON.
    #[arg(long)]
    pub json: bool,
}

const LAYOUT_EXAMPLES: &str = "\
Examples:
  offhost layout cust.cpy                        the record map: offset, length, picture of every field
  offhost layout cust.cpy --json                 the same for programs
  offhost layout cust.cpy --to schema            JSON Schema of the object that a record becomes
  offhost layout cust.cpy --to sql               CREATE TABLE statements, a table for each OCCURS
  offhost layout cust.cpy --to arrow             Arrow schema
  offhost layout mf.cpy --dialect micro-focus    the lengths of another compiler

In the map, `4-16` is an offset or length that depends on a DEPENDING ON counter: all such tables at their minimum, and at
their maximum. Rows without a level number are slack bytes of SYNCHRONIZED.";

#[derive(Debug, Args)]
#[command(after_help = LAYOUT_EXAMPLES)]
pub(super) struct Layout {
    /// The copybook.
    pub copybook: PathBuf,
    /// What to print.
    #[arg(long, value_enum, default_value_t = LayoutForm::Table, value_name = "FORM", conflicts_with = "json")]
    pub to: LayoutForm,
    /// Print the record map as JSON; the same as --to json.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub source: CopybookArgs,
}

/// What becomes of a copybook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LayoutForm {
    /// The record map.
    Table,
    /// The record map as JSON.
    Json,
    /// JSON Schema (draft-07) of the object that a record becomes.
    Schema,
    /// CREATE TABLE statements (ANSI SQL).
    Sql,
    /// Arrow schema as JSON, in the form of Arrow's integration tests.
    Arrow,
}

const INSPECT_EXAMPLES: &str = "\
Examples:
  offhost inspect unknown.dat                           record format, length and code page from the bytes alone
  offhost inspect unknown.dat -c cust.cpy               with the fields of a copybook as the judge
  offhost inspect unknown.dat -c cust.cpy --recfm V     when something is known already
  offhost inspect unknown.dat -c cust.cpy --json        for programs

The first lines are the verdict and the command that converts the file. Exit status: 0 something fits; 81 nothing does.

JSON: dataset, size, fits; verdict (null if nothing fits) with label, score (0 to 1), flags (of offhost convert), records,
counted_all, shortest, longest, looked_at, numbers, valid_numbers, invalid_numbers, text_bytes, printable_bytes, kinds, code_page (likely, equal, close), misfit
(a diagnostic or null); candidates with label, code_page, records, framed, numbers, text, lengths, score, misfit; remarks.";

#[derive(Debug, Args)]
#[command(after_help = INSPECT_EXAMPLES)]
pub(super) struct Inspect {
    /// The file.
    pub input: PathBuf,
    /// A copybook that may describe its records.
    #[arg(short, long, value_name = "FILE", help_heading = "Copybook")]
    pub copybook: Option<PathBuf>,
    #[command(flatten)]
    pub source: CopybookArgs,
    #[command(flatten)]
    pub framing: FramingArgs,
    #[command(flatten)]
    pub known: KnownArgs,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
}

/// What is known of the bytes already.
#[derive(Debug, Args)]
#[command(next_help_heading = "Meaning of the bytes")]
pub(super) struct KnownArgs {
    /// Code page; looked for if not given.
    #[arg(long, value_name = "PAGE")]
    pub code_page: Option<String>,
    /// Kinds of records, as in convert; looked for if not given.
    #[arg(long = "record", value_name = "NAME: CONDITION")]
    pub records: Vec<String>,
    /// Views of storage, as in convert; looked for if not given.
    #[arg(long = "view", value_name = "NAME: CONDITION")]
    pub views: Vec<String>,
    /// Tables with DEPENDING ON: counted or maximum; both are tried if not given.
    #[arg(long, value_name = "ROOM")]
    pub odo: Option<String>,
    /// A table whose counter is a text: `TABLE:A=0,B=1`.
    #[arg(long = "counter", value_name = "TABLE:TEXT=N,..")]
    pub counters: Vec<String>,
    /// Sign letters of zoned numbers in ASCII, as in convert.
    #[arg(long, value_name = "LETTERS")]
    pub overpunch: Option<String>,
    /// COMP-1 and COMP-2, as in convert.
    #[arg(long, value_name = "FORM")]
    pub float: Option<String>,
}

impl Inspect {
    /// What is known already, as the library takes it.
    pub fn given(&self) -> ReadOptions {
        ReadOptions {
            format: self.framing.options(),
            length_expression: self.framing.length_expression.clone(),
            code_page: self.known.code_page.clone(),
            records: self.known.records.clone(),
            views: self.known.views.clone(),
            odo: self.known.odo.clone(),
            counters: self.known.counters.clone(),
            overpunch: self.known.overpunch.clone(),
            float: self.known.float.clone(),
            ..ReadOptions::default()
        }
    }
}

const CONVERT_EXAMPLES: &str = "\
Examples:
  offhost convert cust.dat -c cust.cpy --to jsonl -o cust.jsonl          EBCDIC records to JSON Lines
  offhost convert cust.jsonl -c cust.cpy --to data -o cust.dat           and back, byte for byte
  offhost convert tx.vb -c tx.cpy --recfm V --to csv                     variable records with RDWs
  offhost convert t.dat -c t.cpy --to csv --fields ID,AMOUNT --where \"AMOUNT > 1000\"
  offhost convert s.dat -c seg.cpy --record \"HDR: REC-TYPE = 'H'\" --record \"DTL: REC-TYPE = 'D'\" --to jsonl
  offhost convert old.dat -c r.cpy --to data --to-code-page ascii --to-recfm text -o new.txt
  offhost convert tx.dat -c tx.cpy --to parquet -o tx.parquet            columns with exact decimals
  offhost convert cust.dat -c cust.cpy --to jsonl --verify               prove that nothing is lost

JSON Lines: a record is an object, groups nest, tables are lists, numbers are exact. Beside the fields stand, only where they
are needed: _record (its kind), _parent (keys of its parents), _length, _raw and _frame (bytes that the values do not give
back). CSV has a column for every field and occurrence; --notes adds those columns.";

#[derive(Debug, Args)]
#[command(after_help = CONVERT_EXAMPLES)]
pub(super) struct Convert {
    /// The file to convert.
    pub input: PathBuf,
    /// What it becomes.
    #[arg(long, value_enum, value_name = "FORM")]
    pub to: ConvertForm,
    /// What it is; from its name (.jsonl, .ndjson, .csv) if not given, else data.
    #[arg(long, value_enum, value_name = "FORM")]
    pub from: Option<ConvertForm>,
    /// Where to write it; stdout if not given.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the output if it exists.
    #[arg(long)]
    pub replace: bool,
    #[command(flatten)]
    pub data: DataArgs,
    #[command(flatten)]
    pub wanted: WantedArgs,
    #[command(flatten)]
    pub form: FormArgs,
}

/// What a conversion writes and how.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct FormArgs {
    /// Say what values do not: in JSON this is so unless records or fields are chosen; in CSV it adds columns.
    #[arg(long, overrides_with = "no_notes")]
    pub notes: bool,
    /// Leave out what values do not say.
    #[arg(long)]
    pub no_notes: bool,
    /// Between the cells of CSV.
    #[arg(long, value_name = "CHARACTER", default_value = ",")]
    pub delimiter: String,
    /// Convert every record back and compare; say which are not the same and why.
    #[arg(long)]
    pub verify: bool,
    /// With --to data from data: the code page of the output.
    #[arg(long, value_name = "PAGE")]
    pub to_code_page: Option<String>,
    /// With --to data: the record format of the output; that of the options above if not given.
    #[arg(long, value_name = "RECFM")]
    pub to_recfm: Option<String>,
    /// Threads to work on; as many as the machine gives if not given.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Print what was done as JSON (on stderr if the conversion goes to stdout).
    #[arg(long)]
    pub json: bool,
}

/// What a file is or becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ConvertForm {
    /// Comma-separated values with a header.
    Csv,
    /// JSON Lines: an object a line.
    Jsonl,
    /// Parquet: nested columns, exact decimals.
    #[cfg(feature = "parquet")]
    Parquet,
    /// Records, as the copybook describes them.
    Data,
}

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The folder, made if need be.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
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
    /// The rules file of a comparison.
    Diff,
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct Man {}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}
