//! The shape of a step of control cards: what serde reads.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::file::{OneOrMany, Str};

/// Control cards of ICETOOL (TOOLIN), and the DDs they speak of.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ToolShape {
    /// The statements.
    #[schemars(with = "String")]
    pub control: Str,
    /// Datasets by the names of DDs; several are a concatenation.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, OneOrMany>")]
    pub dd: IndexMap<String, Spanned<OneOrMany>>,
    /// Card images by the names of DDs: SYMNAMES, CTL1CNTL and the like.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub cards: IndexMap<String, Str>,
    /// Whose rules count where products differ.
    #[serde(default)]
    pub dialect: DialectShape,
    /// The date of the run, yyyy-mm-dd; the business date if not given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub run_date: Option<Str>,
    /// The time of the run, hh:mm:ss; midnight if not given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub run_time: Option<Str>,
}

/// A sort product.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DialectShape {
    /// IBM DFSORT and ICETOOL.
    #[default]
    Dfsort,
    /// Precisely Syncsort MFX.
    Syncsort,
}
