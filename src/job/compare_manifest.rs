//! A manifest of comparisons: which files of two folders are compared, each with the options that the command takes.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::text::Texts;
use super::yaml;
use crate::diag::{Diagnostic, Diagnostics, Source, Span, codes};

/// Files of two folders.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ManifestShape {
    /// Version of the language; 1.
    version: Spanned<u32>,
    /// Options of all files that do not say otherwise.
    #[serde(default)]
    defaults: IndexMap<String, Values>,
    /// The files.
    files: Vec<Spanned<IndexMap<String, Values>>>,
}

/// One value or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    One(Scalar),
    Many(Vec<Scalar>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Flag(bool),
    Number(i64),
    Text(String),
}

/// A file of both folders.
#[derive(Clone, Debug)]
pub struct ManifestFile {
    /// Where the manifest speaks of it.
    pub place: Span,
    /// Its name in ours.
    pub ours: String,
    /// Its name in theirs.
    pub theirs: String,
    /// Options without their dashes, and their values; none for a flag.
    pub options: Vec<(String, Vec<String>)>,
}

/// Reads a manifest.
pub fn comparison_manifest(source: &Arc<Source>) -> std::result::Result<Vec<ManifestFile>, Diagnostics> {
    let mut found = Diagnostics::new();
    let texts = Texts::new(source);
    let shape: ManifestShape = yaml::parse(source)?;
    let bad = |place: &Span, message: &str, hint: &str| {
        Diagnostic::error(codes::DIF005, message).at(place, "").hint(hint)
    };
    if shape.version.value != 1 {
        let place = texts.span_of(&shape.version);
        found.push(bad(&place, "this version is not known", "write version: 1"));
    }
    let mut files = Vec::new();
    for file in &shape.files {
        let place = texts.span_of(file);
        let mut options = shape.defaults.clone();
        options.extend(file.value.clone());
        let mut name = |option: &str| match options.shift_remove(option).map(words) {
            Some(words) if words.len() == 1 => words.into_iter().next(),
            _ => None,
        };
        let (ours, theirs) = (name("file"), name("theirs"));
        let Some(ours) = ours else {
            found.push(bad(&place, "this does not name a file", "say file: NAME, as it is called in ours"));
            continue;
        };
        let theirs = theirs.unwrap_or_else(|| ours.clone());
        let flags = |values: &Values| matches!(values, Values::One(Scalar::Flag(false)));
        let options = options.into_iter().filter(|(_, values)| !flags(values));
        let options = options.map(|(option, values)| match values {
            Values::One(Scalar::Flag(_)) => (option, Vec::new()),
            values => (option, words(values)),
        });
        files.push(ManifestFile { place, ours, theirs, options: options.collect() });
    }
    found.into_result(files)
}

fn words(values: Values) -> Vec<String> {
    let word = |scalar: Scalar| match scalar {
        Scalar::Flag(flag) => flag.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text,
    };
    match values {
        Values::One(scalar) => vec![word(scalar)],
        Values::Many(list) => list.into_iter().map(word).collect(),
    }
}
