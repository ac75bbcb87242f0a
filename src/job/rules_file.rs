//! Shapes of the rules file of a post step.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::file::{OneOrMany, Str};

/// What a post step does with each transaction.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RulesFile {
    /// Version of the rules language; 1.
    #[schemars(with = "u32")]
    pub version: Spanned<u32>,
    /// Name of the program.
    #[schemars(with = "String")]
    pub program: Str,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Working storage, as copybook text.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub working: Option<Str>,
    /// Named lists of actions, used by `perform`.
    #[serde(default)]
    #[schemars(with = "indexmap::IndexMap<String, Vec<ActionShape>>")]
    pub paragraphs: indexmap::IndexMap<String, Vec<Spanned<ActionShape>>>,
    /// Checks that come first and may reject; a transaction with any reject is not posted.
    #[serde(default)]
    #[schemars(with = "Vec<RuleShape>")]
    pub edits: Vec<Spanned<RuleShape>>,
    /// Which of several rejects of one transaction is reported.
    #[serde(default)]
    pub report: ReportShape,
    /// What is done with a transaction that passed the edits.
    #[schemars(with = "Vec<RuleShape>")]
    pub rules: Vec<Spanned<RuleShape>>,
    /// How a reject record is built, action by action.
    #[serde(default)]
    #[schemars(with = "Vec<ActionShape>")]
    pub reject_record: Vec<Spanned<ActionShape>>,
}

/// Which of several rejects is reported.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ReportShape {
    /// The first failing check.
    #[default]
    First,
    /// The last failing check.
    Last,
}

/// A rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RuleShape {
    /// Name of the rule, for reports.
    #[schemars(with = "String")]
    pub rule: Str,
    /// Applied only where this condition holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub when: Option<Str>,
    /// What it does, in order.
    #[serde(default, rename = "do")]
    #[schemars(with = "Vec<ActionShape>")]
    pub actions: Vec<Spanned<ActionShape>>,
    /// `done`: no later rule is tried after this one was applied.
    #[serde(default)]
    pub then: ThenShape,
}

/// What comes after a rule.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ThenShape {
    /// The next rule.
    #[default]
    Next,
    /// The next transaction.
    Done,
}

/// An action: exactly one verb (compute, add, subtract, move, lookup, emit, perform, reject, stop, or when/do alone) with
/// its operands. `when` may guard any verb.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct ActionShape {
    /// Only where this condition holds.
    #[schemars(with = "Option<String>")]
    pub when: Option<Str>,
    /// Verb: store the value of `is` in this field.
    #[schemars(with = "Option<String>")]
    pub compute: Option<Str>,
    /// The expression of `compute`.
    #[schemars(with = "Option<String>")]
    pub is: Option<Str>,
    /// Verb: add this value `to` fields.
    #[schemars(with = "Option<String>")]
    pub add: Option<Str>,
    /// Verb: subtract this value `from` fields.
    #[schemars(with = "Option<String>")]
    pub subtract: Option<Str>,
    /// Verb: move this value `to` fields.
    #[serde(rename = "move")]
    #[schemars(with = "Option<String>")]
    pub movement: Option<Str>,
    /// Receivers of `add` and `move`.
    pub to: Option<OneOrMany>,
    /// Receivers of `subtract`; or the record that `emit` begins with.
    pub from: Option<OneOrMany>,
    /// What becomes of low-order digits of `compute`, `add`, `subtract`.
    pub rounded: Option<RoundedShape>,
    /// What becomes of a result that does not fit: stop (if not given), truncate, or reject (with code and reason).
    pub on_size_error: Option<SizeErrorShape>,
    /// Verb: make the row of this master with `key` the current one.
    #[schemars(with = "Option<String>")]
    pub lookup: Option<Str>,
    /// Values of the key of `lookup`.
    pub key: Option<OneOrMany>,
    /// What if `lookup` finds no row: stop (if not given), reject (with code and reason), create, or continue.
    pub missing: Option<MissingShape>,
    /// Verb: write a record to this output; `do` sets its fields.
    #[schemars(with = "Option<String>")]
    pub emit: Option<Str>,
    /// Verb: do the actions of this paragraph.
    #[schemars(with = "Option<String>")]
    pub perform: Option<Str>,
    /// Verb: reject the transaction with this code.
    #[schemars(with = "Option<String>")]
    pub reject: Option<Str>,
    /// Code of a reject by `missing` or `on-size-error`.
    #[schemars(with = "Option<String>")]
    pub code: Option<Str>,
    /// Text of a reject.
    #[schemars(with = "Option<String>")]
    pub reason: Option<Str>,
    /// For `reject` in an edit: continue goes on with the edits, so that a later one may fail too.
    pub then: Option<RejectThenShape>,
    /// Verb: stop the job with this message.
    #[schemars(with = "Option<String>")]
    pub stop: Option<Str>,
    /// Actions of `emit` or of a `when`.
    #[serde(rename = "do")]
    #[schemars(with = "Option<Vec<ActionShape>>")]
    pub actions: Option<Vec<Spanned<ActionShape>>>,
    /// Actions where the condition of a `when` does not hold.
    #[serde(rename = "else")]
    #[schemars(with = "Option<Vec<ActionShape>>")]
    pub otherwise: Option<Vec<Spanned<ActionShape>>>,
}

/// Rounding modes, as in COBOL's ROUNDED phrase.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RoundedShape {
    /// Toward zero; what COBOL does without ROUNDED.
    Truncation,
    /// Nearest, a half away from zero; COBOL's plain ROUNDED.
    NearestAwayFromZero,
    /// Nearest, a half to the even digit.
    NearestEven,
    /// Nearest, a half toward zero.
    NearestTowardZero,
    /// Away from zero.
    AwayFromZero,
    /// Up.
    TowardGreater,
    /// Down.
    TowardLesser,
    /// A remainder is a size error.
    Prohibited,
}

/// What becomes of a result that does not fit.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SizeErrorShape {
    /// The job stops.
    Stop,
    /// High-order digits are lost, as in COBOL without ON SIZE ERROR.
    Truncate,
    /// The transaction is rejected.
    Reject,
}

/// What if a master has no row.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum MissingShape {
    /// The job stops.
    Stop,
    /// The transaction is rejected.
    Reject,
    /// The row is made.
    Create,
    /// The rules go on; NAME-FOUND is false.
    Continue,
}

/// What comes after a reject.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RejectThenShape {
    /// Nothing more for this transaction.
    Stop,
    /// The remaining edits.
    Continue,
}
