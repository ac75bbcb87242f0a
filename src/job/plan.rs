//! The frozen plan: everything resolved, nothing left to look up or to check.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, Time};

use super::alerts_file::AlertsPlan;
use super::flow::{JobFlow, StepFlow};
use crate::calendar::SharedCalendar;
use crate::catalog::{GenerationName, View};
use crate::control::syntax::Dialect;
use crate::convert::Form;
use crate::copybook::FieldId;
use crate::dataset::{DatasetFormat, Word};
use crate::decimal::Decimal;
use crate::diag::Source;
use crate::diff::{Answer, Pairing, Rules};
use crate::encoding::CodePage;
use crate::expr::{Meaning, Scope};
use crate::key::Key;
use crate::ops::{Cardinality, Filter, Identity, Reformat, Sum, TotalSpec, TrailerSpec};
use crate::post::Program;
use crate::record::{Block, RecordFormat};
use crate::report::{self, Report};
use crate::sort::Duplicates;
use crate::sys::Root;
use crate::sys::publish::Target;

/// A checked job.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the job.
    pub job: String,
    /// What it is for.
    pub description: Option<String>,
    /// The job file, as named by the user.
    pub job_file: String,
    /// Where the job file is, whatever folder a later attempt is started in.
    pub job_path: PathBuf,
    /// Business date, if the job has a parameter of that name.
    pub business_date: Option<String>,
    /// Parameters and their values.
    pub params: Vec<(String, String)>,
    /// Those of them that were set for this run, in the order in which they were.
    pub given: Vec<(String, String)>,
    /// The calendar of the business date.
    pub calendar: SharedCalendar,
    /// Highest return code that is a success.
    pub max_rc: u8,
    /// What its runs keep in the archive.
    pub archive: Archiving,
    /// Datasets by name.
    pub datasets: BTreeMap<String, DatasetPlan>,
    /// The bases of generations it uses, as they were when it was made.
    pub generations: View,
    /// Steps in the order they run.
    pub steps: Vec<StepPlan>,
    /// Texts the plan was made from.
    pub sources: Vec<SourceHash>,
    /// What it says of its run as a whole.
    pub flow: JobFlow,
    /// Who is told of what.
    pub alerts: AlertsPlan,
}

/// What the runs of a job keep in the archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Archiving {
    /// Nothing.
    #[default]
    None,
    /// What is needed to do them again: texts and inputs.
    Inputs,
    /// Also what they published, to compare with.
    All,
}

/// A source text and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceHash {
    /// Name as the job writes it.
    pub name: String,
    /// Where it was found.
    pub path: PathBuf,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// What a dataset is to the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Read only.
    Input,
    /// Written and published.
    Output(Target),
    /// Written and read by steps, then dropped.
    Temporary,
}

/// A resolved dataset.
#[derive(Clone, Debug)]
pub struct DatasetPlan {
    /// Name in the job.
    pub name: String,
    /// Its file; `None` for a temporary, and where `content` is not a file.
    pub path: Option<PathBuf>,
    /// Where its records are.
    pub content: Content,
    /// The generation that the file is, if it is one.
    pub generation: Option<GenerationPlan>,
    /// True for an output whose records go behind those that are in the file: `disp: mod`.
    pub append: bool,
    /// True for an input that nobody else may use meanwhile: `disp: old`.
    pub exclusive: bool,
    /// What it is to the job.
    pub role: Role,
    /// True for `disp: old`: the output must exist.
    pub must_exist: bool,
    /// Framing.
    pub format: DatasetFormat,
    /// Record map and code page.
    pub record: RecordFormat,
    /// What its bytes mean beyond that: kinds of records, views, floats.
    pub meaning: Meaning,
    /// Copybook as the job writes it, or how the record came about.
    pub described_by: String,
    /// Fewest records an input must have.
    pub min_records: u64,
    /// Trailer to be checked.
    pub trailer: Option<TrailerSpec>,
}

/// Where the records of a dataset are.
#[derive(Clone, Debug)]
pub enum Content {
    /// In one file: that of its path, or one of the run.
    File,
    /// Nowhere: it is empty when read, and what is written is dropped.
    Dummy,
    /// In several places, read one after the other.
    Pieces(Vec<Piece>),
}

/// One of the places of a concatenation.
#[derive(Clone, Debug)]
pub enum Piece {
    /// A file in a format of its own, whose records are as those of the dataset.
    File {
        /// The dataset of the job that brought it, for messages.
        dataset: String,
        /// The file.
        path: PathBuf,
        /// Its framing.
        format: Box<DatasetFormat>,
        /// The generation that it is, if it is one.
        generation: Option<GenerationPlan>,
    },
    /// Records that stand in the job file.
    Lines(Arc<Block>),
}

/// The generation that a dataset is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationPlan {
    /// Name of its base.
    pub base: String,
    /// Absolute name, fixed for the whole job.
    pub name: GenerationName,
    /// As the job says it: `(0)`, `(+1)`.
    pub said: String,
}

/// A resolved step.
#[derive(Clone, Debug)]
pub struct StepPlan {
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it does.
    pub kind: StepKind,
    /// Totals over its inputs and outputs.
    pub totals: Vec<TotalPlan>,
    /// When it runs.
    pub flow: StepFlow,
    /// Hash (SHA-256) of all texts that say what it does.
    pub body: String,
}

/// A total and the dataset it is taken over.
#[derive(Clone, Debug)]
pub struct TotalPlan {
    /// The dataset.
    pub over: String,
    /// The total.
    pub spec: Arc<TotalSpec>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// Sort, copy, concatenate.
    Sort(SortPlan),
    /// Control cards.
    Control(Box<ControlPlan>),
    /// Match two inputs.
    Match(MatchPlan),
    /// Post transactions.
    Post(Box<PostPlan>),
    /// Show records on pages.
    Report(Box<ReportPlan>),
    /// Compare two datasets.
    Diff(Box<DiffPlan>),
    /// Run a program.
    Run(Box<ProgramPlan>),
    /// Check identities.
    Balance(BalancePlan),
}

/// One of the inputs of a sort, with the filter compiled for its records.
#[derive(Clone, Debug)]
pub struct SortInput {
    /// Dataset.
    pub dataset: String,
    /// INCLUDE and OMIT.
    pub filter: Filter,
}

/// A sort step.
#[derive(Clone, Debug)]
pub struct SortPlan {
    /// Inputs, read one after the other.
    pub inputs: Vec<SortInput>,
    /// Output.
    pub out: String,
    /// Order; without parts a copy.
    pub key: Key,
    /// What to do with equal keys.
    pub duplicates: Duplicates,
    /// Where records set aside go.
    pub duplicates_to: Option<String>,
    /// True if a duplicate key stops the job.
    pub unique: bool,
    /// True if every input is in order already, and they are merged.
    pub merge: bool,
    /// Numbers of records with equal keys that are added up.
    pub sum: Option<Sum>,
    /// What the records that leave are made of; themselves if not given.
    pub reformat: Option<Reformat>,
}

impl SortPlan {
    /// True if records are brought into order: not in a copy, nor where inputs are in order already.
    pub fn orders(&self) -> bool {
        !self.key.parts().is_empty() && !self.merge
    }

    /// True if equal keys are looked at.
    pub fn groups(&self) -> bool {
        self.duplicates != Duplicates::All || self.sum.is_some()
    }
}

/// A step of control cards.
#[derive(Clone, Debug)]
pub struct ControlPlan {
    /// ICETOOL instead of a sort.
    pub tool: bool,
    /// The cards: SYSIN or TOOLIN.
    pub control: Arc<Source>,
    /// Card images of other DDs.
    pub texts: BTreeMap<String, Arc<Source>>,
    /// Datasets by the names of DDs, one behind the other.
    pub dds: BTreeMap<String, Vec<String>>,
    /// Datasets that are read, some perhaps more than once.
    pub inputs: Vec<String>,
    /// Datasets that are written.
    pub outputs: Vec<String>,
    /// Code page of data and constants.
    pub page: CodePage,
    /// Whose rules count.
    pub dialect: Dialect,
    /// The date of the run.
    pub date: Date,
    /// The time of the run.
    pub time: Time,
}

/// A match step.
#[derive(Clone, Debug)]
pub struct MatchPlan {
    /// Left input and its key.
    pub left: (String, Key),
    /// Right input and its key.
    pub right: (String, Key),
    /// True if the input must be sorted first: left, right.
    pub sort: (bool, bool),
    /// How often a key may occur.
    pub cardinality: Cardinality,
    /// Outputs.
    pub paired: Option<String>,
    /// Left records without a partner.
    pub left_only: Option<String>,
    /// Right records without a partner.
    pub right_only: Option<String>,
    /// Left records with a partner.
    pub left_paired: Option<String>,
    /// Right records with a partner.
    pub right_paired: Option<String>,
}

/// A post step.
#[derive(Clone, Debug)]
pub struct PostPlan {
    /// Transactions, of one dataset after the other.
    pub inputs: Vec<String>,
    /// Rules file as the job writes it.
    pub rules_file: String,
    /// What the rules are for.
    pub rules_description: Option<String>,
    /// The compiled rules.
    pub program: Arc<Program>,
    /// Masters in the order of the program's.
    pub masters: Vec<MasterPlan>,
    /// Datasets of the program's outputs, in their order.
    pub outputs: Vec<String>,
    /// Rejects.
    pub rejects: Option<RejectPlan>,
}

impl PostPlan {
    /// Datasets of everything that the program emits, by the number that it has there: the outputs, and then the rejects.
    pub fn emitted(&self) -> impl Iterator<Item = &str> {
        let rejects = self.rejects.iter().map(|rejects| &rejects.to);
        self.outputs.iter().chain(rejects).map(String::as_str)
    }
}

/// Datasets of a master.
#[derive(Clone, Debug)]
pub struct MasterPlan {
    /// Read from.
    pub dataset: String,
    /// Written to, in key order.
    pub new: Option<String>,
}

/// Where rejects go and how many there may be.
#[derive(Clone, Debug)]
pub struct RejectPlan {
    /// Dataset.
    pub to: String,
    /// Limit.
    pub max_count: Option<u64>,
    /// Limit in percent of the transactions, checked when all have been read.
    pub max_percent: Option<Decimal>,
}

/// A report step.
#[derive(Clone, Debug)]
pub struct ReportPlan {
    /// The dataset it is about.
    pub input: String,
    /// What it shows.
    pub report: Report,
    /// Datasets it is written to.
    pub outputs: Vec<String>,
    /// What it is in each of them.
    pub forms: Vec<report::Form>,
}

/// A diff step.
#[derive(Clone, Debug)]
pub struct DiffPlan {
    /// Ours and theirs.
    pub datasets: [String; 2],
    /// Their records as values, unnamed fields among them.
    pub forms: [Form; 2],
    /// Fields of ours and of theirs that are one although their names differ.
    pub renamed: Vec<(FieldId, FieldId)>,
    /// What may differ.
    pub rules: Arc<Rules>,
    /// What records are paired by.
    pub pairing: Pairing,
    /// Datasets that are written: CSV, records of ours, records of theirs, the page, JSON.
    pub outputs: [Option<String>; 5],
    /// Where the answers of earlier nights are.
    pub history: Option<PathBuf>,
    /// The night that this is: the business date.
    pub night: Date,
    /// The worst answer that is no failure.
    pub good: Answer,
    /// The return code of a failure.
    pub rc: u8,
}

/// A run step: a program that the root allows, and how it is run.
#[derive(Clone, Debug)]
pub struct ProgramPlan {
    /// The program as the job names it.
    pub program: String,
    /// Its real path.
    pub path: PathBuf,
    /// SHA-256 that its file must have.
    pub sha256: Option<String>,
    /// Arguments.
    pub args: Vec<String>,
    /// DDs and datasets that it reads.
    pub inputs: Vec<(String, String)>,
    /// DDs and datasets that it writes.
    pub outputs: Vec<(String, String)>,
    /// Form of descriptor words in the files that are handed over; that of each dataset if not given.
    pub rdw: Option<Word>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// Longest time it may take.
    pub time_limit: Option<Duration>,
    /// Most bytes it may say.
    pub output_limit: u64,
    /// Highest return code with which its outputs are taken; that of the job if not given.
    pub max_rc: Option<u8>,
}

/// A balance step.
#[derive(Clone, Debug)]
pub struct BalancePlan {
    /// Relations that must hold.
    pub identities: Vec<Identity>,
}

impl Plan {
    /// The files that a run publishes.
    pub fn targets(&self) -> impl Iterator<Item = &Path> {
        let outputs = self.datasets.values().filter(|dataset| matches!(dataset.role, Role::Output(_)));
        outputs.filter_map(|dataset| dataset.path.as_deref()).chain(self.flow.manifest.as_deref())
    }
}

impl DatasetPlan {
    /// Every file it has: that of its path, or those of its pieces.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let pieces: &[Piece] = match &self.content {
            Content::Pieces(pieces) => pieces,
            Content::File | Content::Dummy => &[],
        };
        let paths = pieces.iter().filter_map(|piece| match piece {
            Piece::File { path, .. } => Some(path.as_path()),
            Piece::Lines(_) => None,
        });
        self.path.as_deref().into_iter().chain(paths)
    }

    /// As [`DatasetPlan::files`], to be changed.
    pub fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let pieces: &mut [Piece] = match &mut self.content {
            Content::Pieces(pieces) => pieces,
            Content::File | Content::Dummy => &mut [],
        };
        let paths = pieces.iter_mut().filter_map(|piece| match piece {
            Piece::File { path, .. } => Some(path),
            Piece::Lines(_) => None,
        });
        self.path.as_mut().into_iter().chain(paths)
    }

    /// Every generation it has.
    pub fn generations(&self) -> impl Iterator<Item = &GenerationPlan> {
        let pieces: &[Piece] = match &self.content {
            Content::Pieces(pieces) => pieces,
            Content::File | Content::Dummy => &[],
        };
        let generations = pieces.iter().filter_map(|piece| match piece {
            Piece::File { generation, .. } => generation.as_ref(),
            Piece::Lines(_) => None,
        });
        self.generation.iter().chain(generations)
    }

    /// Where its records are, in the words of a user: a line for each file, with the generation that it is.
    pub fn place(&self, root: &Root) -> String {
        let named = |path: &Path, generation: Option<&GenerationPlan>| match generation {
            Some(generation) => format!("{} {}", root.display(path), generation.said),
            None => root.display(path),
        };
        match &self.content {
            Content::File => {
                let text = self.path.as_deref().map(|path| named(path, self.generation.as_ref()));
                text.unwrap_or_default()
            }
            Content::Dummy => "(dummy)".to_owned(),
            Content::Pieces(pieces) => {
                let pieces = pieces.iter().map(|piece| match piece {
                    Piece::File { path, generation, .. } => named(path, generation.as_ref()),
                    Piece::Lines(block) => format!("({} lines of the job)", block.len()),
                });
                pieces.collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// A scope of this dataset's record alone, under the name that qualifies its fields.
    pub fn scope(&self) -> Scope {
        Scope::single_with(&slot_name(&self.name), self.record.clone(), self.meaning.clone())
    }
}

/// The name that qualifies the fields of a dataset in expressions.
pub(super) fn slot_name(dataset: &str) -> String {
    dataset.trim_start_matches('@').to_ascii_uppercase()
}

impl StepKind {
    /// The operator's key in the job file.
    pub fn operator(&self) -> &'static str {
        match self {
            StepKind::Sort(_) => "sort",
            StepKind::Control(plan) if plan.tool => "tool",
            StepKind::Control(_) => "sort",
            StepKind::Match(_) => "match",
            StepKind::Post(_) => "post",
            StepKind::Report(_) => "report",
            StepKind::Diff(_) => "diff",
            StepKind::Run(_) => "run",
            StepKind::Balance(_) => "balance",
        }
    }

    /// Datasets it reads.
    pub fn inputs(&self) -> Vec<&str> {
        match self {
            StepKind::Sort(sort) => sort.inputs.iter().map(|input| input.dataset.as_str()).collect(),
            StepKind::Control(plan) => plan.inputs.iter().map(String::as_str).collect(),
            StepKind::Match(matching) => vec![&matching.left.0, &matching.right.0],
            StepKind::Post(post) => (post.inputs.iter().map(String::as_str))
                .chain(post.masters.iter().map(|master| master.dataset.as_str()))
                .collect(),
            StepKind::Report(plan) => vec![&plan.input],
            StepKind::Diff(diff) => diff.datasets.iter().map(String::as_str).collect(),
            StepKind::Run(plan) => plan.inputs.iter().map(|(_, name)| name.as_str()).collect(),
            StepKind::Balance(_) => Vec::new(),
        }
    }

    /// Datasets it writes.
    pub fn outputs(&self) -> Vec<&str> {
        match self {
            StepKind::Sort(sort) => {
                std::iter::once(sort.out.as_str()).chain(sort.duplicates_to.as_deref()).collect()
            }
            StepKind::Control(plan) => plan.outputs.iter().map(String::as_str).collect(),
            StepKind::Match(m) => [&m.paired, &m.left_only, &m.right_only, &m.left_paired, &m.right_paired]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect(),
            StepKind::Post(post) => {
                let masters = post.masters.iter().filter_map(|master| master.new.as_deref());
                let rejects = post.rejects.iter().map(|rejects| rejects.to.as_str());
                post.outputs.iter().map(String::as_str).chain(masters).chain(rejects).collect()
            }
            StepKind::Report(plan) => plan.outputs.iter().map(String::as_str).collect(),
            StepKind::Diff(diff) => diff.outputs.iter().flatten().map(String::as_str).collect(),
            StepKind::Run(plan) => plan.outputs.iter().map(|(_, name)| name.as_str()).collect(),
            StepKind::Balance(_) => Vec::new(),
        }
    }
}
