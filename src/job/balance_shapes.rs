//! Shapes of what must agree after posting: double-entry postings, totals in and out.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::file::{OneOrMany, Str};

/// Records that are postings of double-entry bookkeeping: their debits and credits must agree, or the run stops.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DoubleEntryShape {
    /// Where debits and credits must agree.
    #[serde(default)]
    pub within: WithinShape,
    /// What is a debit and what a credit. A record of an output named here must be one of them.
    #[schemars(with = "Vec<PostingShape>")]
    pub postings: Vec<Spanned<PostingShape>>,
}

/// Where debits and credits, or amounts in and out, must agree.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WithinShape {
    /// In each transaction by itself, and in what is emitted at each break.
    #[default]
    Transaction,
    /// In the run as a whole.
    Run,
}

/// Records of an output that are debits or credits; exactly one of `debit` and `credit` is given.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PostingShape {
    /// The output.
    #[schemars(with = "String")]
    pub to: Str,
    /// The amount debited; a negative one is a credit.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub debit: Option<Str>,
    /// The amount credited; a negative one is a debit.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub credit: Option<Str>,
    /// Only records for which this holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub when: Option<Str>,
    /// Fields (a currency, a company) for each of whose values debits and credits must agree.
    #[serde(default)]
    pub by: Option<OneOrMany>,
}

/// Amounts that must go out as they came in. What comes in with transactions that are rejected counts as gone out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TotalsShape {
    /// Name, for messages and reports.
    #[schemars(with = "String")]
    pub total: Str,
    /// Where the amounts must agree; over the run if not given.
    #[serde(default)]
    pub within: Option<WithinShape>,
    /// What comes in.
    #[serde(rename = "in")]
    #[schemars(with = "Vec<AmountShape>")]
    pub incoming: Vec<Spanned<AmountShape>>,
    /// What goes out.
    #[serde(rename = "out")]
    #[schemars(with = "Vec<AmountShape>")]
    pub outgoing: Vec<Spanned<AmountShape>>,
}

/// An amount of each transaction, or `to` an output, or the `change-of` a master.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AmountShape {
    /// The amount: an expression on the fields of that record; 1 counts records.
    #[schemars(with = "String")]
    pub sum: Str,
    /// Of the transactions of this input, if the step has several.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub input: Option<Str>,
    /// Of the records of this output.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub to: Option<Str>,
    /// Of the rows of this master after the run, less those before it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub change_of: Option<Str>,
    /// Only records for which this holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub when: Option<Str>,
    /// Fields for each of whose values the amounts must agree.
    #[serde(default)]
    pub by: Option<OneOrMany>,
}
