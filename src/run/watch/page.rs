//! The page of a run: one file that opens without a network, made from the run's document.

use std::time::Duration;

use minijinja::{AutoEscape, Environment, Value as Cell, context};
use serde_json::{Value, json};

use super::document::{rc_of_run, rc_of_step};
use crate::diag::{Diagnostic, Result, codes};
use crate::run::Way;
use crate::show;

const TEMPLATE: &str = include_str!("page.html");

/// The page of a run.
pub fn page(document: &Value) -> Result<String> {
    let document = &shown(document);
    let environment = environment();
    let template = environment.template_from_named_str("page.html", TEMPLATE).map_err(defect)?;
    let view = context! { run => Cell::from_serialize(document), timeline => Cell::from_serialize(timeline(document)), whole => whole(document),
    rejects => Cell::from_serialize(rejects(document)), temporaries => Cell::from_serialize(temporaries(document)), verdict => verdict(document),
    rc => rc_of_run(document).map_or("none".to_owned(), Value::to_string) };
    template.render(view).map_err(defect)
}

/// The document with texts as a page may show them: what a program said can hold anything.
fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(crate::diag::printable(text)),
        Value::Array(list) => list.iter().map(shown).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), shown(value))).collect(),
        other => other.clone(),
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("grouped", |number: u64| show::grouped(number));
    environment.add_filter("money", |text: String| show::grouped_decimal(&text));
    environment.add_filter("size", |bytes: u64| show::size(bytes));
    environment
        .add_filter("seconds", |seconds: f64| show::duration(Duration::from_secs_f64(seconds.max(0.0))));
    environment
}

/// The template is part of offhost, and the document is offhost's own.
fn defect(error: minijinja::Error) -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, format!("the page of the run could not be made: {error}"))
        .hint("this is a defect of offhost; please report it")
}

/// How the run ended, for the badge and for the sentence below it.
fn verdict(document: &Value) -> Cell {
    let status = document["exit_status"].as_u64().unwrap_or_default();
    let (class, word) = match (status, document["rc"].as_u64().unwrap_or_default()) {
        (0, 0) => ("good", "ended well"),
        (0, _) => ("fair", "ended with warnings"),
        (1..=63, _) => ("bad", "ended above its highest return code"),
        _ => ("bad", "failed"),
    };
    context! { class => class, word => word }
}

/// Where each step's bar begins and how long it is, in thousandths of the run.
fn timeline(document: &Value) -> Vec<Value> {
    let whole = whole(document);
    let bar = |step: &Value| {
        let ran = ran(step);
        let (start, seconds) =
            if ran { (number(&step["start"]), number(&step["seconds"])) } else { (0.0, 0.0) };
        let length = if ran { (seconds / whole * 1000.0).max(2.0) } else { 0.0 };
        json!({ "step": step["step"], "operator": step["operator"], "seconds": seconds, "at": start / whole * 1000.0,
                "length": length, "rc": rc_of_step(step), "ran": ran, "said": said(step) })
    };
    steps(document).iter().map(bar).collect()
}

/// Seconds of the run, never none.
fn whole(document: &Value) -> f64 {
    let end = |step: &Value| number(&step["start"]) + number(&step["seconds"]);
    let ends = steps(document).iter().filter(|step| ran(step)).map(end);
    ends.fold(number(&document["seconds"]), f64::max).max(1e-9)
}

/// What an earlier attempt did has no place in the time of this one, nor has what was passed over.
fn ran(step: &Value) -> bool {
    !matches!(step["status"].as_str(), Some("kept" | "bypassed"))
}

fn steps(document: &Value) -> &[Value] {
    list(&document["steps"])
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// How a step ended, in a word; an abnormal end by its completion code.
fn said(step: &Value) -> String {
    match step["status"].as_str().unwrap_or("ended") {
        "kept" => "done before".to_owned(),
        "bypassed" => "passed over".to_owned(),
        "abended" => step["abend"].as_str().unwrap_or("abended").to_owned(),
        status => status.to_owned(),
    }
}

/// Reject reasons of all steps with their counts, from the details of post steps.
fn rejects(document: &Value) -> Vec<Value> {
    let of_step = |step: &Value| -> Vec<Value> {
        let reasons = list(&step["details"]).iter().filter_map(|detail| {
            let reason = detail["name"].as_str()?.strip_prefix("reject ")?;
            let samples: Vec<&Value> = list(&step["reject_samples"])
                .iter()
                .filter(|sample| sample["reason"] == reason)
                .collect();
            Some(json!({ "step": step["step"], "reason": reason, "count": detail["count"], "samples": samples }))
        });
        reasons.collect()
    };
    steps(document).iter().flat_map(of_step).collect()
}

/// Temporary datasets, who wrote and read each, and the way that it took.
fn temporaries(document: &Value) -> Vec<Value> {
    let steps = steps(document);
    let of_step = |step: &Value| -> Vec<Value> {
        let passed = list(&step["temporaries"]).iter().map(|one| {
            let is_it = |other: &Value| other["dataset"] == one["dataset"];
            let reads = |step: &&Value| list(&step["inputs"]).iter().any(is_it);
            let readers: Vec<&Value> = steps.iter().filter(reads).map(|step| &step["step"]).collect();
            let written = list(&step["outputs"]).iter().find(|output| is_it(output));
            let records = written.map(|output| output["records"].clone());
            let how = one["in"].as_str().and_then(Way::of).map(Way::words);
            json!({ "dataset": one["dataset"], "writer": step["step"], "readers": readers, "records": records, "how": how })
        });
        passed.collect()
    };
    steps.iter().flat_map(of_step).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        serde_json::from_str(
            r#"{
            "run": "N.1", "job": "NIGHT", "business_date": "2026-03-31", "rc": 4, "exit_status": 0, "max_rc": 4, "seconds": 2.0,
            "peak_memory": 1048576, "version": "0.1.0", "job_file": "n.yaml", "description": "a <night>", "error": null,
            "params": { "out": "out" }, "sources": [{ "name": "n.yaml", "sha256": "ab" }],
            "steps": [
              { "step": "SORT", "operator": "sort", "rc": 0, "start": 0.0, "seconds": 1.0, "records_in": 1234567, "records_out": 2,
                "rejected": 0, "dropped": 0, "bytes": 5, "inputs": [], "outputs": [], "totals": [], "sorts": [], "details": [], "listing": "" },
              { "step": "POST", "operator": "post", "rc": 4, "start": 1.0, "seconds": 1.0, "records_in": 2, "records_out": 1, "rejected": 1,
                "dropped": 0, "bytes": 5, "inputs": [{ "dataset": "in", "records": 2 }], "outputs": [], "sorts": [], "listing": "ICE000I <x>",
                "totals": [{ "name": "paid", "over": "out", "sum_of": "AMT", "groups": [{ "group": "EUR", "count": 3, "sum": "-1234.50" }] }],
                "details": [{ "name": "reject 0102 OVERLIMIT", "count": 1 }] }
            ],
            "published": [{ "dataset": "out", "path": "out/X" }]
        }"#,
        )
        .unwrap()
    }

    #[test]
    fn the_page_says_what_the_document_says() {
        let page = page(&document()).unwrap();
        for text in [
            "NIGHT",
            "1,234,567",
            "-1,234.50",
            "0102 OVERLIMIT",
            "out&#x2f;X",
            "a &lt;night&gt;",
            "ICE000I &lt;x&gt;",
        ] {
            assert!(page.contains(text), "{text}");
        }
        assert!(!page.contains("http://") && !page.contains("https://"), "nothing is fetched");
    }

    #[test]
    fn the_page_of_a_failure_shows_the_error() {
        let mut failed = document();
        failed["exit_status"] = json!(87);
        failed["steps"][1]["status"] = json!("bypassed");
        failed["error"] = json!({ "code": "RUN006", "message": "out of balance", "notes": ["left 1, right 2"], "hint": "compare" });
        let page = page(&failed).unwrap();
        for text in ["failed", "RUN006", "out of balance", "left 1, right 2", "compare"] {
            assert!(page.contains(text), "{text}");
        }
        assert!(page.contains("<span>return code</span><b>none</b>"), "the run has none");
        assert!(
            page.contains("<td class=\"n\">–</td>") && !page.contains("return code 4"),
            "nor has the step"
        );
    }

    #[test]
    fn what_is_passed_on_between_steps_is_told_with_its_way() {
        let mut document = document();
        document["steps"][0]["temporaries"] = json!([{ "dataset": "@sorted", "in": "pipe" }]);
        document["steps"][0]["outputs"] = json!([{ "dataset": "@sorted", "records": 7654321 }]);
        document["steps"][1]["inputs"] = json!([{ "dataset": "@sorted", "records": 7654321 }]);
        let page = page(&document).unwrap();
        let row = "<td>@sorted</td><td>SORT</td><td>POST</td><td class=\"n\">7,654,321</td>\
                   <td>was taken in while it was written</td>";
        assert!(page.contains(row), "{page}");
        assert!(page.contains("details::details-content"), "what is closed is printed");
    }

    #[test]
    fn a_run_that_did_nothing_has_a_page_too() {
        assert!(
            page(&json!({ "run": "N", "job": "N", "exit_status": 66, "steps": [], "published": [] })).is_ok()
        );
    }

    #[test]
    fn bars_lie_inside_the_run() {
        for bar in timeline(&document()) {
            assert!(number(&bar["at"]) + number(&bar["length"]) <= 1000.0 + 2.0, "{bar}");
        }
    }
}
