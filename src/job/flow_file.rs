//! The shapes of what a job says of its run: limits, locks, conditions.

use schemars::JsonSchema;
use serde::Deserialize;

use super::file::Str;

/// What a run may use up.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct LimitsShape {
    /// Longest time of an attempt, such as 45m; more ends it with exit status 85.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub time: Option<Str>,
    /// Memory for records, such as 4GiB, whatever the machine has; a step that needs more ends with exit status 86.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub memory: Option<Str>,
    /// Bytes of work files and temporary datasets at any moment, such as 200GiB; more ends the run with exit status 82.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub temp: Option<Str>,
    /// Bytes of all outputs together; more ends the run with exit status 82.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub output: Option<Str>,
}

/// Datasets that other runs have.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct LocksShape {
    /// How long to wait for them, such as 15m; for ever if not given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub wait: Option<Str>,
}

/// An IF statement around several steps.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DecisionShape {
    /// Its expression, such as LOAD.RC > 4.
    #[serde(rename = "if")]
    #[schemars(with = "String")]
    pub test: Str,
    /// The first step inside it: those written before that step decide it.
    #[schemars(with = "String")]
    pub before: Str,
}

/// When outputs become visible.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PublishShape {
    /// All together when the last step has ended well.
    #[default]
    AtEnd,
    /// Those of a step together as soon as it has ended well.
    PerStep,
}

/// Whether a step runs when an earlier one has failed.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RunIfShape {
    /// Only while all is well.
    #[default]
    Ok,
    /// In any case, if its inputs are there.
    Always,
    /// Only after a failure.
    Failed,
}
