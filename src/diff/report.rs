//! An outcome as a document for programs, and as one sentence.

use serde_json::{Map, Value, json};

use super::history::Night;
use super::outcome::{Answer, ClusterReport, Outcome};
use super::totals::{SideTotals, Sum};
use crate::show::grouped;

/// The outcome as one JSON object; its members only ever become more.
pub fn to_json(outcome: &Outcome) -> Value {
    let tally = &outcome.tally;
    let fields: Vec<Value> = outcome
        .fields
        .iter()
        .map(|(field, different)| json!({ "field": field, "different": different }))
        .collect();
    json!({
        "answer": outcome.answer.name(),
        "summary": headline(outcome),
        "doubts": outcome.doubts(),
        "left": outcome.names[0],
        "right": outcome.names[1],
        "pairing": outcome.pairing,
        "records": {
            "left": outcome.totals[0].records,
            "right": outcome.totals[1].records,
            "paired": tally.paired,
            "equal": outcome.equal_pairs(),
            "different": tally.different,
            "left_only": tally.left_only,
            "right_only": tally.right_only,
            "identical": tally.identical,
            "excused": tally.excused_pairs,
            "moved": tally.moved,
            "out_of_order": tally.out_of_order,
        },
        "same_order": outcome.same_order,
        "fields": fields,
        "clusters": outcome.clusters.iter().map(|one| cluster(one, outcome.why.as_deref())).collect::<Vec<_>>(),
        "why": outcome.why,
        "rules": outcome.rules.iter().map(|rule| {
            let excused: Vec<Value> = rule.excused.iter()
                .map(|(field, cause, records)| json!({ "field": field, "cause": cause.name(), "records": records }))
                .collect();
            json!({
                "rule": rule.name,
                "why": rule.why,
                "owner": rule.accepted.as_ref().map(|accepted| &accepted.0),
                "expires": rule.accepted.as_ref().map(|accepted| &accepted.1),
                "records": rule.records,
                "expired": rule.expired,
                "excused": excused,
            })
        }).collect::<Vec<_>>(),
        "totals": {
            "left": side(&outcome.totals[0]),
            "right": side(&outcome.totals[1]),
            "sums": outcome.sums.iter().map(|total| json!({
                "field": total.field,
                "left": sum(&total.sums[0]),
                "right": sum(&total.sums[1]),
                "difference": total.difference.map(|difference| difference.to_string()),
            })).collect::<Vec<_>>(),
        },
        "history": outcome.nights.iter().map(night).collect::<Vec<_>>(),
        "gone": outcome.gone().iter().map(|seen| json!({ "field": seen.field, "cause": seen.cause })).collect::<Vec<_>>(),
        "not_compared": { "left": outcome.not_compared[0], "right": outcome.not_compared[1] },
    })
}

fn cluster(cluster: &ClusterReport, why: Option<&str>) -> Value {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
    put("cluster", json!(cluster.number));
    put("field", json!(cluster.field));
    put("cause", json!(cluster.cause.name()));
    put("records", json!(cluster.records));
    put("likely_changed", json!(cluster.likely));
    put("first", json!({ "left": cluster.first.0, "right": cluster.first.1 }));
    if let Some((low, high)) = cluster.deltas {
        put("difference", json!({ "least": low.to_string(), "most": high.to_string() }));
    }
    put("difference_sum", json!(cluster.sum.map(|sum| sum.to_string())));
    put(
        "where",
        json!(cluster.prediction.as_ref().map(|found| json!({
            "condition": found.condition,
            "field": found.field,
            "value": found.value,
            "holds": found.holds.0,
            "of": found.holds.1,
            "share_of_all": found.share,
        }))),
    );
    if let (Some(why), Some(number)) = (why, cluster.first.0) {
        put("why", json!(format!("{why}{number}")));
    }
    if let Some(night) = &cluster.first_night {
        put("first_night", json!(night));
        put("nights", json!(cluster.nights));
    }
    put("summary", json!(sentence(cluster)));
    Value::Object(members)
}

fn night(night: &Night) -> Value {
    json!({
        "night": night.night,
        "answer": night.answer,
        "paired": night.paired,
        "different": night.different,
        "left_only": night.left_only,
        "right_only": night.right_only,
        "clusters": night.clusters.len(),
    })
}

fn side(side: &SideTotals) -> Value {
    json!({
        "records": side.records,
        "bytes": side.bytes,
        "hash": format!("{:016x}", side.hash),
        "hash_in_order": format!("{:016x}", side.ordered_hash),
    })
}

fn sum(sum: &Sum) -> Value {
    json!({ "sum": sum.sum.map(|sum| sum.to_string()), "numbers": sum.numbers, "bad": sum.bad })
}

/// A cluster as people say it: `17 records differ in INT-AMT: rounding of the last digit, all by 0.01, all where RATE-CODE = 'V'`.
pub fn sentence(cluster: &ClusterReport) -> String {
    let records = if cluster.records == 1 {
        "1 record".to_owned()
    } else {
        format!("{} records", grouped(cluster.records))
    };
    let mut text = match cluster.cause.is_of_records() {
        true => format!("{records}: {}", cluster.cause.name()),
        false => format!("{records} in {}: {}", cluster.field, cluster.cause.name()),
    };
    for part in cluster.by().into_iter().chain(condition(cluster)) {
        text.push_str(", ");
        text.push_str(&part);
    }
    text
}

/// `all where REGION = 'PR'`.
pub fn condition(cluster: &ClusterReport) -> Option<String> {
    let found = cluster.prediction.as_ref()?;
    let (holds, of) = found.holds;
    Some(match holds == of {
        true => format!("all where {}", found.condition),
        false => format!("{:.0} % where {}", holds as f64 * 100.0 / of as f64, found.condition),
    })
}

/// The outcome in one sentence.
pub fn headline(outcome: &Outcome) -> String {
    let tally = &outcome.tally;
    let many =
        |count: u64| if count == 1 { "1 record".to_owned() } else { format!("{} records", grouped(count)) };
    match outcome.answer {
        Answer::Equal if outcome.same_order => format!("equal: {}, byte for byte", many(tally.paired)),
        Answer::Equal => format!("equal: the same {}, in another order", many(tally.paired)),
        Answer::Equivalent => {
            let excused = tally.excused_pairs + tally.accepted_only[0] + tally.accepted_only[1];
            match excused {
                0 => format!("equivalent: {} with the same values", many(tally.paired)),
                _ => format!(
                    "equivalent: {}, {} of them differ as rules allow",
                    many(tally.paired),
                    grouped(excused)
                ),
            }
        }
        Answer::Different => different(outcome),
    }
}

fn different(outcome: &Outcome) -> String {
    let tally = &outcome.tally;
    let mut parts = Vec::new();
    if tally.different > 0 {
        let verb = if tally.different == 1 { "record differs" } else { "records differ" };
        let mut text = format!("{} {verb}", grouped(tally.different));
        if let [only] =
            outcome.clusters.iter().filter(|cluster| !is_of_lonely(cluster)).collect::<Vec<_>>().as_slice()
        {
            if !only.cause.is_of_records() {
                text.push_str(&format!(", all in {}", only.field));
            }
            text.push_str(&format!(", {}", only.cause.name()));
            for part in only.by().into_iter().chain(condition(only)) {
                text.push_str(&format!(", {part}"));
            }
        } else {
            text.push_str(&format!(" of {} pairs", grouped(tally.paired)));
        }
        parts.push(text);
    }
    if tally.left_only > 0 {
        parts.push(format!("{} only in {}", grouped(tally.left_only), outcome.names[0]));
    }
    if tally.right_only > 0 {
        parts.push(format!("{} only in {}", grouped(tally.right_only), outcome.names[1]));
    }
    format!("different: {}", parts.join("; "))
}

fn is_of_lonely(cluster: &ClusterReport) -> bool {
    use super::cause::Cause::{Extra, ExtraDuplicate, Missing, MissingDuplicate};
    matches!(cluster.cause, Extra | ExtraDuplicate | Missing | MissingDuplicate)
        || cluster.likely == cluster.records
}
