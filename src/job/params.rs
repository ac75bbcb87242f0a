//! Parameters: their values, and `${...}` in strings.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::BrokenDownTime;
use serde_saphyr::Spanned;

use super::dates::{self, STEPS, Start, Starts};
use super::file::{ParamShape, ParamType, Str};
use super::text::{Text, Texts};
use crate::calendar::SharedCalendar;
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Diagnostics, Result, Span, codes};
use crate::sys::clock;

/// The parameter that is the business date.
pub(super) const BUSINESS_DATE: &str = "business-date";

/// The values of a run's parameters.
#[derive(Clone, Debug)]
pub(super) struct Params {
    values: BTreeMap<String, Value>,
    /// The calendar of the job.
    calendar: SharedCalendar,
    /// Declared, but without a usable value; that has been reported.
    spoiled: BTreeSet<String>,
}

#[derive(Clone, Debug)]
enum Value {
    Date(Start),
    Timestamp(DateTime, String),
    Text(String),
}

impl Params {
    /// Values from `--set` arguments and defaults. `calendars` reads the calendar that a text of the job names.
    pub fn resolve(
        declared: &IndexMap<String, Spanned<ParamShape>>,
        settings: &[(String, String)],
        calendar: SharedCalendar,
        calendars: &mut dyn FnMut(&Str, &mut Diagnostics) -> Option<SharedCalendar>,
        texts: &Texts,
        found: &mut Diagnostics,
    ) -> Params {
        let mut params = Params { values: BTreeMap::new(), calendar, spoiled: BTreeSet::new() };
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
            let calendar = match &shape.value.calendar {
                Some(text) => calendars(text, found),
                None => Some(params.calendar.clone()),
            };
            let Some(calendar) = calendar else {
                params.spoiled.insert(name.clone());
                continue;
            };
            let read = |text: &str| params.parse(name, shape.value.kind, &calendar, text);
            match (given, &shape.value.default) {
                (Some(text), _) => {
                    let error = |error: Box<Diagnostic>| error.note(format!("given as --set {name}={text}"));
                    let value = read(text).map_err(error);
                    params.values.extend(found.take(value).map(|value| (name.clone(), value)));
                }
                (None, Some(default)) => {
                    let text = texts.text(default);
                    // What an earlier parameter lacks has been said there.
                    if !params.is_spoiled(&text.value) {
                        let filled = params.filled_in(name, &text, declared, texts);
                        let value = filled.and_then(|filled| read(&filled).map_err(|e| e.at(&text.span, "")));
                        params.values.extend(found.take(value).map(|value| (name.clone(), value)));
                    }
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
            if !params.values.contains_key(name) {
                params.spoiled.insert(name.clone());
            }
        }
        params
    }

    /// A default with its `${...}` replaced by parameters that are declared before, so that none comes to itself.
    fn filled_in(
        &self,
        name: &str,
        default: &Text,
        declared: &IndexMap<String, Spanned<ParamShape>>,
        texts: &Texts,
    ) -> Result<String> {
        let later = words(&default.value).find(|word| {
            declared.get_index_of(*word).is_some_and(|at| Some(at) >= declared.get_index_of(name))
        });
        match later {
            None => self.interpolate(default, texts).map(|text| text.value),
            Some(later) if later == name => {
                let message = format!("the default of {name} is made of {name} itself");
                Err(bad(
                    default,
                    &message,
                    "write what it is, or make it of parameters that are declared before",
                ))
            }
            Some(later) => {
                let message =
                    format!("the default of {name} is made of {later}, which is declared behind it");
                Err(bad(default, &message, &format!("declare {later} first")))
            }
        }
    }

    /// True if a text needs a parameter whose value was refused, so that nothing more can be said about it.
    pub fn is_spoiled(&self, text: &str) -> bool {
        // A step without a start begins at the business date.
        words(text).any(|word| {
            self.spoiled.contains(word) || STEPS.contains(&word) && self.spoiled.contains(BUSINESS_DATE)
        })
    }

    /// Names and values as text, for the plan.
    pub fn list(&self) -> Vec<(String, String)> {
        self.values.iter().map(|(name, value)| (name.clone(), value.plain())).collect()
    }

    /// The value of the parameter `business-date`, if the job has one.
    pub fn business_date(&self) -> Option<Date> {
        self.date(BUSINESS_DATE).map(|start| start.date)
    }

    /// The calendar of the business date, or else of the job.
    pub fn calendar(&self) -> SharedCalendar {
        self.date(BUSINESS_DATE).map_or_else(|| self.calendar.clone(), |start| start.calendar)
    }

    fn date(&self, name: &str) -> Option<Start> {
        match self.values.get(name) {
            Some(Value::Date(start)) => Some(start.clone()),
            _ => None,
        }
    }

    /// Replaces every `${name}` and `${name:format}`. `$$` stands for one dollar sign.
    pub fn interpolate(&self, text: &Text, texts: &Texts) -> Result<Text> {
        if !text.value.contains('$') {
            return Ok(text.clone());
        }
        let whole = text.value.as_str();
        let mut pieces: Vec<(String, Span)> = Vec::new();
        let mut from = 0;
        while let Some(at) = whole[from..].find('$').map(|at| from + at) {
            let tail = &whole[at..];
            let (value, length) = if tail.starts_with("$$") {
                ("$".to_owned(), 2)
            } else if tail.starts_with("${") {
                let Some(end) = tail.find('}') else {
                    return Err(bad(text, "a ${ does not end", "add the }"));
                };
                (self.value_of(&tail[2..end], text)?, end + 1)
            } else {
                return Err(bad(text, "a $ stands alone", "write ${name}, or $$ for a dollar sign"));
            };
            pieces.push((whole[from..at].to_owned(), text.span.slice(from..at)));
            from = at + length;
            pieces.push((value, text.span.slice(at..from)));
        }
        pieces.push((whole[from..].to_owned(), text.span.slice(from..whole.len())));
        let pieces: Vec<(&str, &Span)> = pieces.iter().map(|(piece, at)| (piece.as_str(), at)).collect();
        Ok(texts.made(&pieces))
    }

    fn value_of(&self, reference: &str, text: &Text) -> Result<String> {
        let (name, format) = reference.split_once(':').map_or((reference, None), |(n, f)| (n, Some(f)));
        let computed;
        let value = match self.values.get(name) {
            Some(value) => value,
            None if name.contains(' ') || STEPS.contains(&name) => {
                computed = Value::Date(self.computed(name).map_err(|error| error.at(&text.span, ""))?);
                &computed
            }
            None => {
                let nearest = crate::diag::nearest(name, self.values.keys().map(String::as_str));
                let hint = nearest
                    .map_or("declare it under params:".to_owned(), |n| format!("did you mean ${{{n}}}?"));
                return Err(bad(text, &format!("there is no parameter {name}"), &hint));
            }
        };
        match format {
            None => Ok(value.plain()),
            Some(format) => value.formatted(format).ok_or_else(|| {
                let message = format!("{name} cannot be written in the format {format}");
                bad(text, &message, "dates and timestamps take strftime formats such as %Y%m%d")
            }),
        }
    }

    /// A date that is put together of others.
    fn computed(&self, text: &str) -> Result<Start> {
        let named = |name: &str| self.date(name);
        let starts = Starts { named: &named, default: self.date(BUSINESS_DATE), calendar: &self.calendar };
        dates::evaluate(text, &starts).map(|date| Start { date, calendar: self.calendar() })
    }

    fn parse(&self, name: &str, kind: ParamType, calendar: &SharedCalendar, text: &str) -> Result<Value> {
        let refuse = |what: &str, example: &str| {
            Diagnostic::error(codes::JOB010, format!("the parameter {name} must be {what}, not '{text}'"))
                .hint(format!("for example {example}"))
        };
        match kind {
            ParamType::Date => self.parse_date(name, calendar, text),
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
            ParamType::Bool if !["true", "false"].contains(&text) => Err(refuse("true or false", "true")),
            ParamType::Path if text.is_empty() => Err(refuse("a path", "data/input.ebc")),
            ParamType::Path | ParamType::Text | ParamType::Bool => Ok(Value::Text(text.to_owned())),
        }
    }

    /// A date, also in terms of today and of parameters that are declared before.
    fn parse_date(&self, name: &str, calendar: &SharedCalendar, text: &str) -> Result<Value> {
        let named = |name: &str| self.date(name);
        let today = Start { date: clock::today(), calendar: calendar.clone() };
        let default =
            if name == BUSINESS_DATE { Some(today) } else { self.date(BUSINESS_DATE).or(Some(today)) };
        let date = dates::evaluate(text, &Starts { named: &named, default, calendar });
        let date = date.map_err(|mut error| {
            if error.code == codes::JOB011 {
                error.code = codes::JOB010;
                error.message =
                    format!("the parameter {name} must be a date, not '{text}': {}", error.message);
            }
            error
        })?;
        Ok(Value::Date(Start { date, calendar: calendar.clone() }))
    }
}

impl Value {
    fn plain(&self) -> String {
        match self {
            Value::Date(start) => start.date.to_string(),
            Value::Timestamp(_, text) | Value::Text(text) => text.clone(),
        }
    }

    fn formatted(&self, format: &str) -> Option<String> {
        let broken_down = match self {
            Value::Date(start) => BrokenDownTime::from(start.date),
            Value::Timestamp(time, _) => BrokenDownTime::from(*time),
            Value::Text(_) => return None,
        };
        broken_down.to_string(format).ok()
    }
}

/// Names in the `${...}` of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let references = text.split("${").skip(1).filter_map(|rest| rest.split(['}', ':']).next());
    references.flat_map(|reference| reference.split([' ', ',']))
}

fn bad(text: &Text, message: &str, hint: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::JOB011, message).at(&text.span, "").hint(hint)
}
