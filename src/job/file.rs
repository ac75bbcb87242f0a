//! Shapes of the job file, nothing clever: what may be written, in the words of the design.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::alerts_file::AlertsShape;
use super::control_file::{DialectShape, ToolShape};
use super::diff_file::DiffShape;
use super::flow_file::{DecisionShape, LimitsShape, LocksShape, PublishShape, RunIfShape};
use super::match_file::MatchShape;
use super::place_file::{DispShape, GdgShape};
use super::plan::Archiving;
use super::post_file::PostShape;
use super::report_file::ListingShape;
use super::run_file::RunShape;
use crate::copybook::CompilerOptions;

/// A string with its place in the file.
pub(super) type Str = Spanned<String>;

/// A job: what a night's batch does, step by step.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct JobFile {
    /// Version of the job language; 1.
    #[schemars(with = "u32")]
    pub version: Spanned<u32>,
    /// Name of the job: letters, digits, hyphens.
    #[schemars(with = "String")]
    pub job: Str,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Parameters, set with --set NAME=VALUE and used as ${NAME}.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, ParamShape>")]
    pub params: IndexMap<String, Spanned<ParamShape>>,
    /// The calendar of the job: a holiday file, below the root or beside the job file; without one, Monday to Friday are
    /// business days.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub calendar: Option<Str>,
    /// Highest return code that still counts as success (exit status 0).
    #[serde(default)]
    #[schemars(with = "Option<u8>")]
    pub max_rc: Option<Spanned<u8>>,
    /// The files, by name. Names that begin with @ are temporary.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, DatasetShape>")]
    pub datasets: IndexMap<String, Spanned<DatasetShape>>,
    /// The steps. They run in the order of their data, and otherwise as written.
    #[schemars(with = "Vec<StepShape>")]
    pub steps: Vec<Spanned<StepShape>>,
    /// When outputs become visible: all together at the end, or step by step.
    #[serde(default)]
    pub publish: PublishShape,
    /// A file that lists the outputs with their sizes and hashes. It is published behind them: who waits for it, or checks
    /// it, sees all of them or none.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub manifest: Option<Str>,
    /// What a run may use up.
    #[serde(default)]
    pub limits: Option<LimitsShape>,
    /// Datasets that other runs have.
    #[serde(default)]
    pub locks: Option<LocksShape>,
    /// A clock time of this machine, such as "05:30": a run that has not ended by then is late, and says so.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub late_after: Option<Str>,
    /// Read every input of which no hash is known once before the first step, so that the plan has the hashes of all: what steps
    /// read later is held against them.
    #[serde(default)]
    pub hash_first: bool,
    /// COND of a JOB statement, such as (8,LT): the job ends after a step for which it is true.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub cond: Option<Str>,
    /// IF statements around several steps, by name: each is decided once. `if: NAME` is its THEN, `if: NOT NAME` its ELSE.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, DecisionShape>")]
    pub decisions: IndexMap<String, Spanned<DecisionShape>>,
    /// What runs keep in the archive, so that they can be done again: nothing, texts and inputs, or outputs too.
    #[serde(default)]
    pub archive: ArchiveShape,
    /// Who is told of what.
    #[serde(default)]
    pub alerts: Option<AlertsShape>,
}

/// What the runs of a job keep.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ArchiveShape {
    /// Nothing.
    #[default]
    None,
    /// Texts and inputs.
    Inputs,
    /// Texts, inputs and outputs.
    All,
}

impl From<ArchiveShape> for Archiving {
    fn from(shape: ArchiveShape) -> Archiving {
        match shape {
            ArchiveShape::None => Archiving::None,
            ArchiveShape::Inputs => Archiving::Inputs,
            ArchiveShape::All => Archiving::All,
        }
    }
}

/// A parameter.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ParamShape {
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: ParamType,
    /// Value if none is set. A date may be put together: `today`, `previous-business-day`, `business-date - 1 month,
    /// month-end`. In others `${name}` stands for a parameter that is declared before. Without a default the parameter must be set.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub default: Option<Str>,
    /// The calendar of a date, if not that of the job.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub calendar: Option<Str>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// False if a run with another value of it is still the same run. With every other parameter, the business date and the
    /// name of the job it says which run this is; a run that has ended well is not repeated.
    #[serde(default)]
    pub identifying: Option<bool>,
}

/// Type of a parameter.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ParamType {
    /// A date, 2026-03-13; `${name:%Y%m%d}` formats it.
    Date,
    /// A point in time, 2026-03-13T22:15:00.00; `${name:%H%M%S}` formats it.
    Timestamp,
    /// An exact decimal number.
    Decimal,
    /// A whole number.
    Integer,
    /// true or false.
    Bool,
    /// Any text.
    Text,
    /// A path below the root.
    Path,
}

/// Where records are, and their shape. Of path, dsn, gdg, concat, data and dummy a dataset has one; a temporary one has none.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DatasetShape {
    /// Path below the root; several are an input that is read from one file after the other.
    #[serde(default)]
    pub path: Option<OneOrMany>,
    /// A name in the catalog.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub dsn: Option<Str>,
    /// A generation of a generation data group.
    #[serde(default)]
    #[schemars(with = "Option<GdgShape>")]
    pub gdg: Option<Spanned<GdgShape>>,
    /// Other inputs, read one after the other.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub concat: Option<Spanned<Vec<Str>>>,
    /// The records themselves, a line each, padded with blanks; an input.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub data: Option<Str>,
    /// True for a dataset without records: empty when read; what is written is counted and dropped.
    #[serde(default)]
    pub dummy: bool,
    /// Its records.
    #[serde(default)]
    #[schemars(with = "Option<RecordShape>")]
    pub record: Option<Spanned<RecordShape>>,
    /// Take the record description of this dataset.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub like: Option<Str>,
    /// What may be there before an output is written, and how it is shared.
    #[serde(default)]
    #[schemars(with = "Option<DispShape>")]
    pub disp: Option<Spanned<DispShape>>,
    /// What an input must satisfy before it is used.
    #[serde(default)]
    pub expect: Option<ExpectShape>,
}

/// Record description.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RecordShape {
    /// The copybook.
    #[schemars(with = "String")]
    pub copybook: Str,
    /// The compiler of the programs that wrote the data, and its options; Enterprise COBOL with its defaults if not given.
    #[serde(default)]
    pub compiler: CompilerOptions,
    /// The copybook is of a program with DECIMAL-POINT IS COMMA.
    #[serde(default)]
    pub decimal_point_is_comma: bool,
    /// F or FB, V or VB (records with RDW), VS or VBS (segments), U, text (lines). FB if not given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub recfm: Option<Str>,
    /// Logical record length as in JCL: for V, VB, VS and VBS it includes the 4 bytes of the RDW. From the copybook if not
    /// given.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub lrecl: Option<Spanned<u32>>,
    /// Longest block when blocks are written (with bdw, or VS and VBS).
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub blksize: Option<Spanned<u32>>,
    /// Form of record descriptor words: big (as z/OS writes them), little or swapped; after a comma payload (the length
    /// does not count the word) or loose (the other two bytes need not be zero).
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub rdw: Option<Str>,
    /// Block descriptor words: true, none, or their form in the words of rdw. None if not given.
    #[serde(default)]
    #[schemars(with = "Option<BlockWordSchema>")]
    pub bdw: Option<Spanned<Word>>,
    /// What ends a line of text: lf, crlf, nel (X'15'), nel25 (X'25') or auto.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub line_end: Option<Str>,
    /// Empty lines of text: keep (if not given) or skip.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub empty_lines: Option<Str>,
    /// Bytes of the file before the first record or block; inputs only.
    #[serde(default)]
    #[schemars(with = "Option<u64>")]
    pub skip_head: Option<Spanned<u64>>,
    /// Bytes of the file behind the last one; inputs only.
    #[serde(default)]
    #[schemars(with = "Option<u64>")]
    pub skip_tail: Option<Spanned<u64>>,
    /// Bytes of each record before those that the copybook describes.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub record_skip_head: Option<Spanned<u32>>,
    /// Bytes of each record behind them.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub record_skip_tail: Option<Spanned<u32>>,
    /// A header before each record that is no descriptor word.
    #[serde(default)]
    #[schemars(with = "Option<HeaderShape>")]
    pub header: Option<Spanned<HeaderShape>>,
    /// computed: a record ends where the copybook and its counters say.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub length: Option<Str>,
    /// The field that holds the length of its record, or that length-map looks up.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub length_field: Option<Str>,
    /// Added to the length that the field or the header holds.
    #[serde(default)]
    #[schemars(with = "Option<i64>")]
    pub length_adjust: Option<Spanned<i64>>,
    /// The length of a record for each text of length-field.
    #[serde(default)]
    #[schemars(with = "Option<IndexMap<String, u32>>")]
    pub length_map: Option<Spanned<IndexMap<String, u32>>>,
    /// The length of a record as an expression on its fields: A-LEN + B-LEN + 8.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub length_expression: Option<Str>,
    /// Length of the first record, if it differs.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub length_first: Option<Spanned<u32>>,
    /// Length of the last record, if it differs.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub length_last: Option<Spanned<u32>>,
    /// Code page of text and zoned numbers: cp037 (if not given), cp500, cp1140, latin-1.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub code_page: Option<Str>,
    /// How COMP-1 and COMP-2 are stored: ibm-hex (if not given), ibm-hex-le, ieee-be, ieee-le.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub float: Option<Str>,
    /// The kinds of records, asked in turn; the first whose condition holds counts.
    #[serde(default)]
    #[schemars(with = "Vec<KindShape>")]
    pub records: Vec<Spanned<KindShape>>,
    /// Redefinitions, or items redefined, that are there only if a condition holds.
    #[serde(default)]
    #[schemars(with = "Vec<ViewShape>")]
    pub views: Vec<Spanned<ViewShape>>,
}

/// A kind of record.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct KindShape {
    /// A 01 level of the copybook, or a view that makes the difference.
    #[schemars(with = "String")]
    pub layout: Str,
    /// When a record is of this kind; without it the kind takes all that are left, as with otherwise.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub when: Option<Str>,
    /// The kind above it in a hierarchy of segments, and the fields it is known by: PARENT(KEY, KEY).
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub parent: Option<Str>,
}

/// A view of storage that only some records have.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ViewShape {
    /// The redefinition, or the item redefined.
    #[schemars(with = "String")]
    pub view: Str,
    /// When it is there.
    #[schemars(with = "String")]
    pub when: Str,
}

/// A header before each record; offsets are from 0.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct HeaderShape {
    /// Its bytes.
    pub length: u32,
    /// The byte that marks a record; what has another value there is skipped.
    #[serde(default)]
    pub keep: Option<MarkShape>,
    /// Where it holds the length of the data behind it; without it every record has LRECL bytes.
    #[serde(default)]
    pub size: Option<SizeShape>,
}

/// The byte of a header that marks a record.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct MarkShape {
    /// Its place.
    pub offset: u32,
    /// Its value.
    pub value: u8,
}

/// The length in a header.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SizeShape {
    /// Its place.
    pub offset: u32,
    /// Number of bytes, 1 to 4.
    pub bytes: u32,
    /// True if the low byte comes first.
    #[serde(default)]
    pub little: bool,
}

/// A word, or true or false.
#[derive(Clone, Debug)]
pub(super) struct Word(pub String);

/// What [`Word`] takes, for the schema.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only the schema is made of it")]
enum BlockWordSchema {
    Given(bool),
    Form(String),
}

/// Expectations of an input.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ExpectShape {
    /// Fewest records.
    #[serde(default)]
    pub min_records: Option<u64>,
    /// Trailer records whose totals must agree with the file.
    #[serde(default)]
    pub trailer: Option<TrailerShape>,
}

/// A trailer record.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TrailerShape {
    /// Condition that trailer records satisfy.
    #[serde(rename = "where")]
    #[schemars(with = "String")]
    pub condition: Str,
    /// Condition of the records it counts; all but the trailers if not given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub details: Option<Str>,
    /// Field of the trailer with their number.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub count: Option<Str>,
    /// Expression on the details: field of the trailer with its sum.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub sum: IndexMap<String, Str>,
    /// Expression on the details: field of the trailer with the low-order digits of its sum.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub hash: IndexMap<String, Str>,
}

/// A step: its name and exactly one operator.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct StepShape {
    /// Name of the step: letters, digits, hyphens.
    #[schemars(with = "String")]
    pub step: Str,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Order, choose, concatenate.
    #[serde(default)]
    #[schemars(with = "Option<SortShape>")]
    pub sort: Option<Spanned<SortShape>>,
    /// Statements of ICETOOL.
    #[serde(default)]
    #[schemars(with = "Option<ToolShape>")]
    pub tool: Option<Spanned<ToolShape>>,
    /// Pair the records of two inputs by key.
    #[serde(default, rename = "match")]
    #[schemars(with = "Option<MatchShape>")]
    pub matching: Option<Spanned<MatchShape>>,
    /// Post transactions against masters by rules.
    #[serde(default)]
    #[schemars(with = "Option<PostShape>")]
    pub post: Option<Spanned<PostShape>>,
    /// Show records on pages, in groups, with totals: as text, CSV, HTML, JSON.
    #[serde(default)]
    #[schemars(with = "Option<ListingShape>")]
    pub report: Option<Spanned<ListingShape>>,
    /// Compare two datasets field by field.
    #[serde(default)]
    #[schemars(with = "Option<DiffShape>")]
    pub diff: Option<Spanned<DiffShape>>,
    /// Run a program that the root allows.
    #[serde(default)]
    #[schemars(with = "Option<RunShape>")]
    pub run: Option<Spanned<RunShape>>,
    /// Identities between control totals that must hold before anything is published.
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    pub balance: Option<Spanned<Vec<Str>>>,
    /// Control totals over the inputs and outputs of this step.
    #[serde(default)]
    #[schemars(with = "Vec<TotalShape>")]
    pub totals: Vec<Spanned<TotalShape>>,
    /// The step runs only if this holds, such as rc(MATCH) <= 4 and ran(LOAD). Terms: rc(STEP), max-rc(), ran(STEP),
    /// failed(STEP), abended(STEP), param("NAME").
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub when: Option<Str>,
    /// Whether it runs when an earlier step has failed.
    #[serde(default)]
    pub run_if: RunIfShape,
    /// A return code above this ends the job, and nothing more is published. Any return code is good if not given.
    #[serde(default)]
    pub max_rc: Option<u8>,
    /// COND of an EXEC statement, such as ((4,LT,STEP1),EVEN): the step is passed over if it is true.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub cond: Option<Str>,
    /// The expression of the IF statement around an EXEC statement, such as STEP1.RC = 0 & STEP2.RUN.
    #[serde(default, rename = "if")]
    #[schemars(with = "Option<String>")]
    pub if_test: Option<Str>,
}

/// Sort, copy or concatenate.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SortShape {
    /// Input dataset, or several to be read one after the other.
    #[serde(default, rename = "in")]
    pub input: Option<OneOrMany>,
    /// Output dataset.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub out: Option<Str>,
    /// Control cards (SYSIN) instead of everything else here but what stands with them: dd, cards, dialect, run-date, run-time.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub control: Option<Str>,
    /// With control: datasets by the names of DDs; several are a concatenation.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, OneOrMany>")]
    pub dd: IndexMap<String, Spanned<OneOrMany>>,
    /// With control: card images by the names of DDs: SYMNAMES, JNF1CNTL, DFSPARM.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub cards: IndexMap<String, Str>,
    /// With control: whose rules count where products differ.
    #[serde(default)]
    pub dialect: DialectShape,
    /// With control: the date of the run, yyyy-mm-dd; the business date if not given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub run_date: Option<Str>,
    /// With control: the time of the run, hh:mm:ss; midnight if not given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub run_time: Option<Str>,
    /// Only records for which this condition holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub include: Option<Str>,
    /// No records for which this condition holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub omit: Option<Str>,
    /// Fields to order by, most significant first; without any the order stays. Equal keys keep their input order.
    #[serde(default)]
    #[schemars(with = "Vec<SortKeyShape>")]
    pub by: Vec<Spanned<SortKeyShape>>,
    /// True if every input is in the order of the key already: they are checked and merged instead of sorted.
    #[serde(default)]
    pub merge: bool,
    /// What to do with records whose keys are equal.
    #[serde(default)]
    pub duplicates: Option<DuplicatesShape>,
    /// Numbers that records with equal keys add up in the first of them. A sum that does not fit is not made: its records
    /// stay.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub sum: Vec<Str>,
    /// What the records that leave are made of, piece by piece: fields, parts of them such as NAME(1:4), 'text', X'00'. The
    /// output must describe them.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub reformat: Vec<Str>,
    /// Records whose key has bytes without a value, such as a packed field of blanks.
    #[serde(default)]
    pub invalid_keys: InvalidKeysShape,
    /// First year of the hundred that dates with two-digit years (formats Y2..) fall into; 1950 if not given.
    #[serde(default)]
    pub century: Option<u16>,
    /// Changes of the collating sequence for keys of format AQ: a byte and the byte whose place it takes, such as 81C1.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub altseq: Vec<Str>,
}

/// What becomes of records whose key has no value.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum InvalidKeysShape {
    /// The step stops.
    #[default]
    Stop,
    /// They are lower than all others, ordered by the bytes of the field.
    Lowest,
    /// They are higher than all others, ordered by the bytes of the field.
    Highest,
}

/// One dataset or several.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum OneOrMany {
    /// One.
    One(#[schemars(with = "String")] Str),
    /// Several.
    Many(#[schemars(with = "Vec<String>")] Vec<Str>),
}

/// A field name, or a field with its order.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum SortKeyShape {
    /// Ascending.
    Name(String),
    /// In the given order.
    Full(SortKeyFull),
}

/// A field with its order.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SortKeyFull {
    /// The field.
    #[schemars(with = "String")]
    pub field: Str,
    /// The direction.
    #[serde(default)]
    pub order: OrderShape,
    /// Its data format, as sort control statements name it (CH, AC, AQ, BI, FI, PD, ZD, CSF, FL, Y2T and so on), instead of
    /// the field's own type.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub format: Option<Str>,
    /// Only these bits of it.
    #[serde(default)]
    pub bits: Option<BitsShape>,
}

/// Bits of a field.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct BitsShape {
    /// The first, counted from 0 at the left.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// Direction of a sort field.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OrderShape {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// Records with equal keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DuplicatesShape {
    /// Which one stays.
    pub keep: KeepShape,
    /// Where the others go; without it they are dropped and counted.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub to: Option<Str>,
}

/// Which of several records with equal keys stays.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeepShape {
    /// The first.
    First,
    /// The last.
    Last,
    /// None may occur: a duplicate key stops the job.
    Unique,
}

/// A control total.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TotalShape {
    /// Name, used in identities as NAME.count and NAME.sum.
    #[schemars(with = "String")]
    pub name: Str,
    /// An input or output of this step.
    #[schemars(with = "String")]
    pub over: Str,
    /// Only records for which this condition holds.
    #[serde(default, rename = "where")]
    #[schemars(with = "Option<String>")]
    pub condition: Option<Str>,
    /// What to add up; without it records are only counted.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub sum: Option<Str>,
    /// One total for each value of this field (a currency, say).
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub by: Option<Str>,
}

/// Reads a value that is either a plain string or something else; serde's own `untagged` would lose the places.
macro_rules! string_or {
    ($type:ty, $expected:literal, |$text:ident| $from_text:expr, $($visit:item),+) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl<'de> serde::de::Visitor<'de> for Visitor {
                    type Value = $type;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_str<E>(self, $text: &str) -> Result<Self::Value, E> {
                        Ok($from_text)
                    }
                    $($visit)+
                }
                deserializer.deserialize_any(Visitor)
            }
        }
    };
}

pub(super) use string_or;

string_or!(
    SortKeyShape,
    "a field name, or { field: NAME, order: descending }",
    |text| SortKeyShape::Name(text.to_owned()),
    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        SortKeyFull::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(SortKeyShape::Full)
    }
);

string_or!(
    Word,
    "true, none, or a form such as big or little,payload",
    |text| Word(text.to_owned()),
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Word(value.to_string()))
    }
);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A string deserialised as a sequence fails, so the outer place is taken first and the content looked at then.
        let spanned = Spanned::<Names>::deserialize(deserializer)?;
        Ok(match spanned.value {
            Names::One(value) => {
                OneOrMany::One(Spanned { value, referenced: spanned.referenced, defined: spanned.defined })
            }
            Names::Many(list) => OneOrMany::Many(list),
        })
    }
}

enum Names {
    One(String),
    Many(Vec<Str>),
}

string_or!(
    Names,
    "a dataset name, or a list of them",
    |text| Names::One(text.to_owned()),
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Names::One(value.to_string()))
    },
    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(Names::Many)
    }
);

impl OneOrMany {
    /// All of them.
    pub fn list(&self) -> &[Str] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}
