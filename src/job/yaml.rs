//! Reading YAML: the strict subset. Unknown and duplicate keys, anchors, aliases, merge keys and several documents are
//! errors with their place.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Options};

use super::text::Texts;
use crate::diag::{Diagnostic, Result, Source, codes};

/// Largest job or rules file.
pub(super) const SIZE_MAX: usize = 1 << 20;

/// Reads a file into its shape.
pub(super) fn parse<T: DeserializeOwned>(source: &Arc<Source>) -> Result<T> {
    if source.text().len() > SIZE_MAX {
        return Err(Diagnostic::error(codes::JOB017, format!("the file is larger than {SIZE_MAX} bytes"))
            .in_file(source.name())
            .hint("a job file of that size is not written by hand; check that this is the right file"));
    }
    serde_saphyr::from_str_with_options(source.text(), options()).map_err(|error| diagnostic(source, &error))
}

fn options() -> Options {
    let mut options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
    };
    options.merge_keys = serde_saphyr::options::MergeKeyPolicy::Error;
    if let Some(budget) = &mut options.budget {
        budget.max_anchors = 0;
        budget.max_aliases = 0;
        budget.max_depth = 40;
    }
    options
}

fn diagnostic(source: &Arc<Source>, error: &Error) -> Box<Diagnostic> {
    let text = error.without_snippet().to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let (code, message, hint) = reworded(message);
    let diagnostic = Diagnostic::error(code, message).hint(hint);
    match error.location() {
        Some(location) => diagnostic.at(&Texts::new(source).span(location), ""),
        None => diagnostic.in_file(source.name()),
    }
}

/// The parser's message in the words of a job's author, and what to do.
fn reworded(message: &str) -> (crate::diag::Code, String, String) {
    if message.contains("Anchors") || message.contains("alias") {
        let hint = "write the value out; a value that begins with & or * must be quoted".to_owned();
        return (codes::JOB001, "anchors (&) and aliases (*) are not allowed here".to_owned(), hint);
    }
    if message.contains("erge key") {
        return (codes::JOB001, "merge keys (<<) are not allowed here".to_owned(), "write it out".to_owned());
    }
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (name, known) = rest.split_once("`, expected ").unwrap_or((rest, ""));
        let known = known.trim_start_matches("one of ").trim_matches('`');
        let names = known.split(", ").map(|name| name.trim_matches('`'));
        let hint = match crate::diag::nearest(name, names) {
            Some(nearest) => format!("did you mean {nearest}? Known here: {known}"),
            None => format!("known here: {known}"),
        };
        return (codes::JOB002, format!("there is no field {name} here"), hint);
    }
    if let Some(rest) = message.strip_prefix("missing field `") {
        let name = rest.trim_end_matches('`');
        return (
            codes::JOB002,
            format!("the field {name} is missing"),
            "see what there is: offhost schema job, or rules, or diff".to_owned(),
        );
    }
    if let Some(rest) = message.strip_prefix("duplicate mapping key: ") {
        let name = rest.split(',').next().unwrap_or(rest);
        return (codes::JOB004, format!("the key {name} is given twice"), "remove one of them".to_owned());
    }
    let hint =
        "check the indentation and the kind of value; see offhost schema job, or rules, or diff".to_owned();
    (codes::JOB001, format!("this cannot be read: {message}"), hint)
}
