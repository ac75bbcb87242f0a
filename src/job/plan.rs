//! The frozen plan: everything resolved, nothing left to look up or to check.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::{Date, Time};

use crate::control::syntax::Dialect;
use crate::dataset::DatasetFormat;
use crate::diag::Source;
use crate::encoding::CodePage;
use crate::expr::{Meaning, Scope};
use crate::key::Key;
use crate::ops::{Cardinality, Filter, Identity, Reformat, Sum, TotalSpec, TrailerSpec};
use crate::post::Program;
use crate::record::RecordFormat;
use crate::sort::Duplicates;
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
    /// Business date, if the job has a parameter of that name.
    pub business_date: Option<String>,
    /// Parameters and their values.
    pub params: Vec<(String, String)>,
    /// Highest return code that is a success.
    pub max_rc: u8,
    /// Datasets by name.
    pub datasets: BTreeMap<String, DatasetPlan>,
    /// Steps in the order they run.
    pub steps: Vec<StepPlan>,
    /// Texts the plan was made from.
    pub sources: Vec<SourceHash>,
}

/// A source text and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceHash {
    /// Name as the job writes it.
    pub name: String,
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
    /// Where it is; `None` for a temporary.
    pub path: Option<PathBuf>,
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
}

/// A balance step.
#[derive(Clone, Debug)]
pub struct BalancePlan {
    /// Relations that must hold.
    pub identities: Vec<Identity>,
}

impl DatasetPlan {
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
            StepKind::Balance(_) => Vec::new(),
        }
    }
}
