//! What the records of a cluster have in common and others do not: the condition that best predicts the difference.

use super::fields::Fields;
use super::side::Which;
use super::tally::Common;
use super::value::Value;

/// A condition `FIELD = VALUE` that holds for the records of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The field.
    pub field: String,
    /// The value, as people read it.
    pub value: String,
    /// As COBOL writes the condition.
    pub condition: String,
    /// Records of the cluster for which it holds, of so many that were looked at.
    pub holds: (u64, u64),
    /// The share of all records for which it holds, from 0 to 1; an estimate if only a sample was looked at.
    pub share: f64,
    /// Records for which it holds, of so many in the sample.
    pub sample: (u64, u64),
}

/// The share of a cluster that a condition must hold for.
const HOLDS: f64 = 0.95;
/// A condition that holds for a larger share of all records predicts nothing.
const SHARE: f64 = 0.8;

/// The condition that best predicts a cluster, if there is one. `all` is a sample of all records of that side.
pub fn predict(fields: &Fields, which: Which, cluster: &Common, all: &Common) -> Option<Prediction> {
    if cluster.records < 2 {
        return None;
    }
    let mut best: Option<(f64, Prediction)> = None;
    let mut columns: Vec<_> = cluster.columns.iter().collect();
    columns.sort_by_key(|(column, _)| **column);
    for (column, values) in columns {
        let most = values.counts.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        let Some((bytes, holds)) = most else { continue };
        let covered = *holds as f64 / cluster.records as f64;
        if covered < HOLDS {
            continue;
        }
        let known = all.columns.get(column).and_then(|values| values.counts.get(bytes)).copied().unwrap_or(0);
        let share = known as f64 / all.records.max(1) as f64;
        if share > SHARE {
            continue;
        }
        let score = (covered - HOLDS) * 10.0 + (1.0 - share);
        if best.as_ref().is_some_and(|(other, _)| *other >= score) {
            continue;
        }
        let field = &fields.columns[*column as usize];
        let Some(leaf) = &field.leaves[which.index()] else { continue };
        let value = Value::of(leaf, bytes);
        let shown = value.shown(bytes);
        let condition = match value {
            Value::Number(_) | Value::Float(_) => format!("{} = {shown}", field.name),
            Value::Text(_) if shown.is_empty() => format!("{} = SPACES", field.name),
            Value::Text(_) => format!("{} = '{shown}'", field.name),
            Value::Bad(_) => {
                format!("{} = X'{}'", field.name, shown.trim_start_matches("X'").trim_end_matches('\''))
            }
        };
        let holds = (*holds, cluster.records);
        let prediction = Prediction {
            field: field.name.clone(),
            value: shown,
            condition,
            holds,
            share,
            sample: (known, all.records),
        };
        best = Some((score, prediction));
    }
    best.map(|(_, prediction)| prediction)
}
