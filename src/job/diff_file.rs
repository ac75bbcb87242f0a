//! The shapes of a diff step: what serde reads.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::compare_file::ComparisonRule;
use super::file::{OneOrMany, Str};

/// Two datasets beside each other: equal, equivalent under rules, or different.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DiffShape {
    /// Our dataset.
    #[schemars(with = "String")]
    pub ours: Str,
    /// The dataset it is compared with.
    #[schemars(with = "String")]
    pub theirs: Str,
    /// Pair records with the same values in these fields.
    #[serde(default)]
    pub key: Option<OneOrMany>,
    /// Without a key: pair records by their places, or equal ones wherever they are.
    #[serde(default)]
    #[schemars(with = "Option<PairShape>")]
    pub pair: Option<Spanned<PairShape>>,
    /// A file of rules: what may differ.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub rules_file: Option<Str>,
    /// Rules beside those of the file.
    #[serde(default)]
    #[schemars(with = "Vec<ComparisonRule>")]
    pub rules: Vec<Spanned<ComparisonRule>>,
    /// Fields that have another name in theirs: OURS: THEIRS.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub renamed: IndexMap<String, Str>,
    /// Datasets that take the answer.
    #[serde(default)]
    pub report: ReportShape,
    /// Datasets that take the records that differ.
    #[serde(default)]
    pub differing: DifferingShape,
    /// A file below the root with the answers of earlier nights, to which this one is added.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub history: Option<Str>,
    /// Which answers give the step its return code.
    #[serde(default)]
    pub fail_on: FailOnShape,
    /// The return code of such an answer, 1 to 63; 8 if not given.
    #[serde(default)]
    #[schemars(with = "Option<u8>")]
    pub rc: Option<Spanned<u8>>,
}

/// How records without a key are paired.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PairShape {
    /// By their places; what was inserted, deleted or moved is found again.
    Position,
    /// Equal ones wherever they are.
    Multiset,
}

/// Datasets of the answer, by its form.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct ReportShape {
    /// One page that needs neither a server nor a network.
    #[schemars(with = "Option<String>")]
    pub html: Option<Str>,
    /// The answer as one JSON object.
    #[schemars(with = "Option<String>")]
    pub json: Option<Str>,
    /// Every difference as a row.
    #[schemars(with = "Option<String>")]
    pub csv: Option<Str>,
}

/// Datasets of the records that differ.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct DifferingShape {
    /// Those of ours, as they are.
    #[schemars(with = "Option<String>")]
    pub ours: Option<Str>,
    /// Those of theirs, as they are.
    #[schemars(with = "Option<String>")]
    pub theirs: Option<Str>,
}

/// Which answers count as a failure.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FailOnShape {
    /// Only different.
    #[default]
    Different,
    /// Different and equivalent, and equal records in another order: only the same bytes are good.
    Equivalent,
    /// None.
    Never,
}

impl DiffShape {
    /// Names of the datasets it writes, in the order of [`super::plan::DiffPlan`]'s outputs.
    pub fn outputs(&self) -> [Option<&Str>; 5] {
        [
            self.report.csv.as_ref(),
            self.differing.ours.as_ref(),
            self.differing.theirs.as_ref(),
            self.report.html.as_ref(),
            self.report.json.as_ref(),
        ]
    }
}
