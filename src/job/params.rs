//! Parameters: their values, and `${...}` in strings.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::fmt::strtime::BrokenDownTime;
use serde_saphyr::Spanned;

use super::file::{ParamShape, ParamType};
use super::text::{Text, Texts};
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Diagnostics, Result, codes};
use crate::sys::clock;

/// The values of a run's parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Params {
    values: BTreeMap<String, Value>,
    /// Declared, but without a usable value; that has been reported.
    spoiled: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Date(Date),
    Timestamp(DateTime, String),
    Text(String),
}

impl Params {
    /// Values from `--set` arguments and defaults.
    pub fn resolve(
        declared: &IndexMap<String, Spanned<ParamShape>>,
        settings: &[(String, String)],
        texts: &Texts,
        found: &mut Diagnostics,
    ) -> Params {
        let mut params = Params::default();
        for (name, _) in settings.iter().filter(|(name, _)| !declared.contains_key(name)) {
            let error = Diagnostic::error(codes::JOB010, format!("the job has no parameter {name}"));
            let names: Vec<&str> = declared.keys().map(String::as_str).collect();
            found.push(match crate::diag::nearest(name, names.iter().copied()) {
                Some(nearest) => error.hint(format!("did you mean --set {nearest}=...?")),
                None if names.is_empty() => error.hint("this job takes no parameters"),
                None => error.hint(format!("its parameters are: {}", names.join(", "))),
            });
        }
        for (name, shape) in declared {
            let given = settings.iter().rev().find(|(set, _)| set == name).map(|(_, value)| value);
            match (given, &shape.value.default) {
                (Some(text), _) => {
                    let error = |error: Box<Diagnostic>| error.note(format!("given as --set {name}={text}"));
                    let value = parse(name, shape.value.kind, text).map_err(error);
                    params.values.extend(found.take(value).map(|value| (name.clone(), value)));
                }
                (None, Some(default)) => {
                    let place = texts.span_of(default);
                    let value = parse(name, shape.value.kind, &default.value).map_err(|e| e.at(&place, ""));
                    params.values.extend(found.take(value).map(|value| (name.clone(), value)));
                }
                (None, None) => {
                    let error =
                        Diagnostic::error(codes::JOB010, format!("the parameter {name} has no value"))
                            .at(&texts.span_of(shape), "no default here")
                            .hint(format!("start the job with --set {name}=..."));
                    found.push(match &shape.value.description {
                        Some(description) => error.note(format!("{name}: {description}")),
                        None => error,
                    });
                }
            }
        }
        params.spoiled = declared.keys().filter(|name| !params.values.contains_key(*name)).cloned().collect();
        params
    }

    /// True if a text needs a parameter whose value was refused, so that nothing more can be said about it.
    pub fn is_spoiled(&self, text: &str) -> bool {
        let uses =
            |name: &String| text.contains(&format!("${{{name}}}")) || text.contains(&format!("${{{name}:"));
        self.spoiled.iter().any(uses)
    }

    /// Names and values as text, for the plan.
    pub fn list(&self) -> Vec<(String, String)> {
        self.values.iter().map(|(name, value)| (name.clone(), value.plain())).collect()
    }

    /// The value of the parameter `business-date`, if the job has one.
    pub fn business_date(&self) -> Option<Date> {
        match self.values.get("business-date") {
            Some(Value::Date(date)) => Some(*date),
            _ => None,
        }
    }

    /// Replaces every `${name}` and `${name:format}`. `$$` stands for one dollar sign.
    pub fn interpolate(&self, text: &Text, texts: &Texts) -> Result<Text> {
        if !text.value.contains('$') {
            return Ok(text.clone());
        }
        let mut result = String::new();
        let mut rest = text.value.as_str();
        while let Some(at) = rest.find('$') {
            result.push_str(&rest[..at]);
            let tail = &rest[at..];
            if let Some(after) = tail.strip_prefix("$$") {
                result.push('$');
                rest = after;
            } else if tail.starts_with("${") {
                let Some(end) = tail.find('}') else {
                    return Err(bad(text, "a ${ does not end", "add the }"));
                };
                result.push_str(&self.value_of(&tail[2..end], text)?);
                rest = &tail[end + 1..];
            } else {
                return Err(bad(text, "a $ stands alone", "write ${name}, or $$ for a dollar sign"));
            }
        }
        result.push_str(rest);
        let (line, _) = text.span.position();
        Ok(if result == text.value {
            text.clone()
        } else {
            texts.copy(&result, &format!("line {line}, filled in"))
        })
    }

    fn value_of(&self, reference: &str, text: &Text) -> Result<String> {
        let (name, format) = reference.split_once(':').map_or((reference, None), |(n, f)| (n, Some(f)));
        let Some(value) = self.values.get(name) else {
            let nearest = crate::diag::nearest(name, self.values.keys().map(String::as_str));
            let hint =
                nearest.map_or("declare it under params:".to_owned(), |n| format!("did you mean ${{{n}}}?"));
            return Err(bad(text, &format!("there is no parameter {name}"), &hint));
        };
        match format {
            None => Ok(value.plain()),
            Some(format) => value.formatted(format).ok_or_else(|| {
                let message = format!("{name} cannot be written in the format {format}");
                bad(text, &message, "dates and timestamps take strftime formats such as %Y%m%d")
            }),
        }
    }
}

impl Value {
    fn plain(&self) -> String {
        match self {
            Value::Date(date) => date.to_string(),
            Value::Timestamp(_, text) | Value::Text(text) => text.clone(),
        }
    }

    fn formatted(&self, format: &str) -> Option<String> {
        let broken_down = match self {
            Value::Date(date) => BrokenDownTime::from(*date),
            Value::Timestamp(time, _) => BrokenDownTime::from(*time),
            Value::Text(_) => return None,
        };
        broken_down.to_string(format).ok()
    }
}

fn bad(text: &Text, message: &str, hint: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::JOB011, message).at(&text.span, "").hint(hint)
}

fn parse(name: &str, kind: ParamType, text: &str) -> Result<Value> {
    let refuse = |what: &str, example: &str| {
        Diagnostic::error(codes::JOB010, format!("the parameter {name} must be {what}, not '{text}'"))
            .hint(format!("for example {example}"))
    };
    match kind {
        ParamType::Date => business_date_of(text)
            .map(Value::Date)
            .ok_or_else(|| refuse("a date", "2026-03-13 or previous-business-day")),
        ParamType::Timestamp => text
            .parse::<DateTime>()
            .map(|time| Value::Timestamp(time, text.to_owned()))
            .map_err(|_| refuse("a point in time", "2026-03-13T22:15:00.00")),
        ParamType::Decimal => text
            .parse::<Decimal>()
            .map(|_| Value::Text(text.to_owned()))
            .map_err(|_| refuse("a decimal number", "0.01")),
        ParamType::Integer => text
            .parse::<i64>()
            .map(|_| Value::Text(text.to_owned()))
            .map_err(|_| refuse("a whole number", "42")),
        ParamType::Path if text.is_empty() => Err(refuse("a path", "data/input.ebc")),
        ParamType::Path | ParamType::Text => Ok(Value::Text(text.to_owned())),
    }
}

/// A date as written in a parameter: `2026-03-13`, `today`, or `previous-business-day`, the last day before today that
/// is neither Saturday nor Sunday.
pub fn business_date_of(text: &str) -> Option<Date> {
    match text {
        "today" => Some(clock::today()),
        "previous-business-day" => {
            let mut date = clock::today().yesterday().ok()?;
            while matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
                date = date.yesterday().ok()?;
            }
            Some(date)
        }
        _ => text.parse().ok(),
    }
}
