//! The rules file of a comparison: what may differ between ours and theirs, why, and who has accepted it until when.

use std::sync::Arc;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::file::{OneOrMany, Str};
use super::text::Texts;
use super::yaml;
use crate::diag::{Diagnostic, Diagnostics, Result, Source, Span, codes};
use crate::diff::{ActionText, RuleText, RuleTexts};

/// What may differ between two datasets.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ComparisonFile {
    /// Version of the language; 1.
    #[schemars(with = "u32")]
    pub version: Spanned<u32>,
    /// Fields that have another name in theirs: OURS: THEIRS.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub renamed: IndexMap<String, Str>,
    /// The rules; the first one that allows a difference counts, accepted differences last.
    #[serde(default)]
    #[schemars(with = "Vec<ComparisonRule>")]
    pub rules: Vec<Spanned<ComparisonRule>>,
}

/// A rule: exactly one verb (ignore, mask, tolerance, equivalent, accept) with what it is for.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct ComparisonRule {
    /// Verb: these fields are not compared; a group means all that is in it.
    pub ignore: Option<OneOrMany>,
    /// Verb: these bytes of a record are not compared: first-last, counted from 1.
    pub mask: Option<OneOrMany>,
    /// Verb: values may be so far apart: an amount ("0.01"), a share ("0.1%") or days ("2d").
    #[schemars(with = "Option<String>")]
    pub tolerance: Option<Str>,
    /// Verb: what means the same: sign-nibbles, signed-zeros, zoned-zeros, blank-low-value, trailing-blanks, case, equal-key-order,
    /// moved.
    pub equivalent: Option<OneOrMany>,
    /// Verb: the differences are known and accepted; this is the reason.
    #[schemars(with = "Option<String>")]
    pub accept: Option<Str>,
    /// Who answers for an accepted difference.
    #[schemars(with = "Option<String>")]
    pub owner: Option<Str>,
    /// The last day on which an accepted difference counts as one, yyyy-mm-dd.
    #[schemars(with = "Option<String>")]
    pub expires: Option<Str>,
    /// Only accepted differences of this cause, as reports name it: missing record, rounding of the last digit.
    #[schemars(with = "Option<String>")]
    pub cause: Option<Str>,
    /// Only these fields; all if not given.
    pub fields: Option<OneOrMany>,
    /// Only these bytes of a record.
    pub bytes: Option<OneOrMany>,
    /// Only where this condition holds of our record (of theirs, if there is none of ours).
    #[serde(rename = "where")]
    #[schemars(with = "Option<String>")]
    pub condition: Option<Str>,
    /// Why the rule is right.
    pub why: Option<String>,
}

/// The rules of a file, with their places.
pub fn comparison_rules(source: &Arc<Source>) -> std::result::Result<RuleTexts, Diagnostics> {
    let mut found = Diagnostics::new();
    let texts = Texts::new(source);
    let file: ComparisonFile = yaml::parse(source)?;
    if file.version.value != 1 {
        let error = Diagnostic::error(codes::DIF001, format!("version {} is not known", file.version.value));
        found.push(error.at(&texts.span_of(&file.version), "").hint("write version: 1"));
    }
    let rules = file.rules.iter().filter_map(|rule| found.take(rule_text(rule, &texts))).collect();
    let renamed = file.renamed.iter().map(|(ours, theirs)| {
        let theirs = texts.text(theirs).span;
        (texts.copy(ours, "renamed").span, theirs)
    });
    let renamed = renamed.collect();
    found.into_result(RuleTexts { rules, renamed })
}

/// A rule as written, with its places.
pub(super) fn rule_text(rule: &Spanned<ComparisonRule>, texts: &Texts) -> Result<RuleText> {
    let place = texts.span_of(rule);
    let rule = &rule.value;
    let spans = |given: &Option<OneOrMany>| -> Vec<Span> {
        let list = given.iter().flat_map(OneOrMany::list);
        list.map(|text| texts.text(text).span).collect()
    };
    let mut fields = spans(&rule.fields);
    let mut bytes = spans(&rule.bytes);
    let verbs = [
        rule.ignore.is_some(),
        rule.mask.is_some(),
        rule.tolerance.is_some(),
        rule.equivalent.is_some(),
        rule.accept.is_some(),
    ];
    if verbs.iter().filter(|given| **given).count() != 1 {
        return Err(bad(
            &place,
            "a rule has exactly one verb",
            "give one of ignore, mask, tolerance, equivalent, accept",
        ));
    }
    let of_accept = [&rule.owner, &rule.expires, &rule.cause].into_iter().flatten().next();
    let action = if rule.ignore.is_some() {
        fields.extend(spans(&rule.ignore));
        ActionText::Ignore
    } else if rule.mask.is_some() {
        bytes.extend(spans(&rule.mask));
        ActionText::Mask
    } else if let Some(tolerance) = &rule.tolerance {
        ActionText::Tolerance(texts.text(tolerance).span)
    } else if let Some(reason) = &rule.accept {
        let needed = |given: &Option<Str>, name: &str| {
            given.as_ref().map(|text| texts.text(text).span).ok_or_else(|| {
                bad(
                    &place,
                    &format!("an accepted difference needs {name}"),
                    "say who answers for it, and until when",
                )
            })
        };
        let cause = rule.cause.as_ref().map(|cause| texts.text(cause).span);
        let (owner, expires) =
            (needed(&rule.owner, "an owner")?, needed(&rule.expires, "a day on which it expires")?);
        ActionText::Accepted(owner, texts.text(reason).span, expires, cause)
    } else {
        ActionText::Equivalent(spans(&rule.equivalent))
    };
    if let (Some(word), false) = (of_accept, matches!(action, ActionText::Accepted(..))) {
        let message = "owner, expires and cause belong to an accepted difference";
        return Err(bad(&texts.span_of(word), message, "use accept, or leave them out"));
    }
    let when = rule.condition.as_ref().map(|text| texts.text(text).span);
    Ok(RuleText { place, action, fields, bytes, when, why: rule.why.clone() })
}

fn bad(place: &Span, message: &str, hint: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::DIF001, message).at(place, "").hint(hint)
}
