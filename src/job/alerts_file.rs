//! Alerts of the job file: who is told of what.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use super::file::Str;
use super::text::Texts;
use crate::diag::{Diagnostic, Diagnostics, Result, codes};

/// Who is told of what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AlertsShape {
    /// The run ended well.
    #[serde(default)]
    pub finished: Vec<AlertShape>,
    /// The run failed, or its return code is above max-rc.
    #[serde(default)]
    pub failed: Vec<AlertShape>,
    /// Transactions were rejected.
    #[serde(default)]
    pub rejects: Option<RejectsShape>,
    /// The run has not ended by the job's late-after.
    #[serde(default)]
    pub late: Vec<AlertShape>,
}

/// One who is told.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AlertShape {
    /// Where the address of the webhook stands: env:NAME or file:PATH below the root. The address itself is a secret.
    #[schemars(with = "String")]
    pub webhook: Str,
}

/// Who is told of rejects.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RejectsShape {
    /// Only if there are more than this.
    #[serde(default)]
    pub more_than: u64,
    /// Who.
    pub then: Vec<AlertShape>,
}

/// Alerts of a job.
#[derive(Clone, Debug, Default)]
pub struct AlertsPlan {
    /// The run ended well.
    pub finished: Vec<AlertPlan>,
    /// The run failed.
    pub failed: Vec<AlertPlan>,
    /// More than so many transactions were rejected.
    pub rejects: Option<(u64, Vec<AlertPlan>)>,
    /// The run has not ended by the time at which it is late.
    pub late: Vec<AlertPlan>,
}

/// One who is told.
#[derive(Clone, Debug)]
pub struct AlertPlan {
    /// Where the address of the webhook stands.
    pub webhook: Secret,
}

/// Where a secret stands. What stands there is read when it is used and is in no plan, journal or message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// An environment variable.
    Env(String),
    /// A file below the root.
    File(String),
}

impl AlertsShape {
    /// The alerts, their references checked. `late_after` says whether the job has a time at which it is late.
    pub fn resolve(&self, late_after: bool, texts: &Texts, found: &mut Diagnostics) -> AlertsPlan {
        let mut list = |shapes: &[AlertShape]| -> Vec<AlertPlan> {
            let each = shapes.iter().map(|shape| Secret::parse(&shape.webhook, texts));
            each.filter_map(|secret| found.take(secret)).map(|webhook| AlertPlan { webhook }).collect()
        };
        let rejects = self.rejects.as_ref().map(|rejects| (rejects.more_than, list(&rejects.then)));
        let (finished, failed, late) = (list(&self.finished), list(&self.failed), list(&self.late));
        if let Some(first) = self.late.first().filter(|_| !late_after) {
            let error = Diagnostic::error(codes::JOB050, "the job does not say when it is late");
            found.push(
                error.at(&texts.span_of(&first.webhook), "").hint("add late-after: \"05:30\" to the job"),
            );
        }
        AlertsPlan { finished, failed, rejects, late }
    }
}

impl Secret {
    fn parse(text: &Str, texts: &Texts) -> Result<Secret> {
        let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
        match text.value.split_once(':') {
            Some(("env", name)) if !name.is_empty() && name.chars().all(named) => {
                Ok(Secret::Env(name.to_owned()))
            }
            Some(("file", path)) if !path.is_empty() => Ok(Secret::File(path.to_owned())),
            _ => Err(Diagnostic::error(codes::JOB050, "an address does not stand in a job file")
                .at(&texts.span_of(text), "no reference")
                .note("addresses of webhooks are secrets: whoever has one can write there")
                .hint("write webhook: env:NAME and set the variable NAME, or webhook: file:PATH")),
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::Env(name) => write!(f, "env:{name}"),
            Secret::File(path) => write!(f, "file:{path}"),
        }
    }
}
