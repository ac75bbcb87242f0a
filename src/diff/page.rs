//! The page: one HTML file that opens without a server and without a network. It holds the outcome, counts of all differences, the
//! first records of every cluster, and a list of all that differ, compressed; a script in it shows what is looked at.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};

use super::compare::{Comparer, Found, OUTSIDE, RECORD};
use super::engine::Request;
use super::fields::{Mode, subscripts};
use super::index::Packed;
use super::outcome::Outcome;
use super::report::{headline, to_json};
use super::sample::{PER_CLUSTER, Sample, Sampled, unpackable};
use super::side::Side;
use super::tally::ClusterKey;
use super::written::{key_text, values};
use crate::diag::Result;

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The page of a comparison. `csv` is where all differences are written, if they are.
pub fn page(request: &Request<'_>, outcome: &Outcome, sample: Sample, csv: Option<&str>) -> Result<Vec<u8>> {
    let comparer = Comparer::new(request.fields, request.left, request.right, request.rules);
    let mut data = document(request, outcome, &sample, &comparer, request.pairing.columns());
    data["csv"] = json!(csv);
    // If the page holds all, nothing has to be said of others.
    let index = match sample.counts {
        (all, kept) if all == kept => Packed::default(),
        _ => sample.index.finish().map_err(unpackable)?,
    };
    data["listed"] = json!(index.listed);
    data["sets"] = index.sets.iter().map(|set| set.iter().map(one_of_set).collect::<Value>()).collect();
    let headline = escaped(&headline(outcome));
    // The data come last, so that nothing in them is taken for a place to fill.
    let page = PAGE
        .replace("%STYLE%", STYLE)
        .replace("%SCRIPT%", SCRIPT)
        .replace("%ANSWER%", outcome.answer.name())
        .replace("%TITLE%", &headline)
        .replace("%HEADLINE%", &headline)
        .replace("%INDEX%", &STANDARD.encode(index.lines))
        .replace("%DATA%", &STANDARD.encode(packed(&data)?));
    Ok(page.into_bytes())
}

fn packed(data: &Value) -> Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let written = serde_json::to_writer(&mut encoder, data).map_err(std::io::Error::from);
    written.and_then(|()| encoder.flush()).and_then(|()| encoder.finish()).map_err(unpackable)
}

fn one_of_set((column, cause): &ClusterKey) -> Value {
    json!([numbered(*column), cause.name()])
}

/// A column as the script knows it.
fn numbered(column: u32) -> i64 {
    match column {
        RECORD => -1,
        OUTSIDE => -2,
        column => i64::from(column),
    }
}

fn document(
    request: &Request<'_>,
    outcome: &Outcome,
    sample: &Sample,
    comparer: &Comparer<'_>,
    key: &[u32],
) -> Value {
    let fields = request.fields.columns.iter().enumerate().map(|(at, column)| {
        let excused: u64 =
            outcome.tally.excused.iter().filter(|(key, _)| key.0 as usize == at).map(|(_, n)| n).sum();
        json!({
            "name": column.name,
            "shape": column.shape,
            "left": column.places[0],
            "right": column.places[1],
            "different": outcome.tally.fields.get(&(at as u32)).copied().unwrap_or(0),
            "excused": excused,
        })
    });
    let samples = sample.list.iter().map(|sampled| one(sampled, comparer, key));
    json!({
        "outcome": to_json(outcome),
        "fields": fields.collect::<Vec<_>>(),
        "pages": [characters(request.left), characters(request.right)],
        "same_layout": request.fields.mode == Mode::Bytes,
        "per_cluster": PER_CLUSTER,
        "all": sample.counts.0,
        "kept": sample.counts.1,
        "samples": samples.collect::<Vec<_>>(),
    })
}

/// The character of every byte, as it is shown.
fn characters(side: &Side) -> Vec<String> {
    let page = side.form.tree.format.page;
    let shown = |byte: u8| match page.char(byte) {
        c if c.is_control() || c.is_whitespace() && c != ' ' || c == '\u{FFFD}' => "\u{B7}".to_owned(),
        c => c.to_string(),
    };
    (0..=255).map(shown).collect()
}

fn one(sampled: &Sampled, comparer: &Comparer<'_>, key: &[u32]) -> Value {
    let (left, right) = (Sample::numbered(&sampled.left), Sample::numbered(&sampled.right));
    let found: Vec<Value> = sampled
        .found
        .iter()
        .map(|found| {
            let (ours, theirs) = values(comparer, found, left, right);
            difference(found, ours, theirs)
        })
        .collect();
    json!([
        left.map(|record| record.number),
        left.map(|record| STANDARD.encode(record.bytes)),
        right.map(|record| record.number),
        right.map(|record| STANDARD.encode(record.bytes)),
        key_text(comparer, key, left, right),
        u8::from(sampled.likely),
        found,
        sampled.place,
    ])
}

fn difference(found: &Found, left: String, right: String) -> Value {
    let number = |rule: Option<u32>| rule.map_or(-1, i64::from);
    json!([
        numbered(found.column),
        subscripts(found.path),
        found.left.0,
        found.left.1,
        found.right.0,
        found.right.1,
        found.cause.name(),
        number(found.rule),
        left,
        right,
        found.delta.map(|delta| delta.to_string()),
        number(found.expired),
    ])
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
