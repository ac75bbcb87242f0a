//! A deck as the files of a job: JSON, which YAML contains, and copybooks.

use serde_json::{Map, Value as Json, json};

use super::model::*;
use super::numbers;

/// The job file.
pub fn job(deck: &Deck) -> String {
    let mut datasets = Map::new();
    let mut dataset = |name: String, copybook: &str, recfm: &str, output: bool| {
        let mut set = json!({ "path": format!("{name}.dat"),
            "record": { "copybook": format!("{copybook}.cpy"), "recfm": recfm } });
        if output {
            set["disp"] = json!("replace");
        }
        datasets.insert(name, set);
    };
    for at in 0..deck.inputs.len() {
        dataset(format!("in{at}"), &format!("in{at}"), "F", false);
    }
    let mut masters = Map::new();
    for (at, master) in deck.masters.iter().enumerate() {
        dataset(format!("master{at}"), &format!("master{at}"), "F", false);
        let names = |fields: &[usize]| -> Vec<&str> {
            fields.iter().map(|field| master.layout.fields[*field].name.as_str()).collect()
        };
        let mut shape = json!({ "dataset": format!("master{at}"), "key": names(&master.key) });
        for (number, fields) in master.alternates.iter().enumerate() {
            shape["alternate"][format!("ALT{number}")] = match &master.unique[number] {
                None => json!(names(fields)),
                Some(Taken::Stop) => json!({ "key": names(fields), "unique": true }),
                Some(Taken::Reject((code, reason))) => json!({ "key": names(fields), "unique": true,
                    "duplicate": "reject", "code": code, "reason": reason }),
            };
        }
        if master.new {
            dataset(format!("new{at}"), &format!("master{at}"), "F", true);
            shape["new"] = json!(format!("new{at}"));
        }
        masters.insert(format!("M{at}"), shape);
    }
    let mut outs = Map::new();
    for (at, output) in deck.outputs.iter().enumerate() {
        let recfm = if output.variable { "V" } else { "F" };
        dataset(format!("out{at}"), &format!("out{at}"), recfm, true);
        if deck.rejects.as_ref().is_none_or(|rejects| rejects.output != at) {
            outs.insert(format!("O{at}"), json!(format!("out{at}")));
        }
    }
    let inputs: Vec<String> = (0..deck.inputs.len()).map(|at| format!("in{at}")).collect();
    let mut post = json!({ "in": inputs, "rules": "rules.yaml", "masters": masters, "out": outs });
    if let Some(rejects) = &deck.rejects {
        post["rejects"]["to"] = json!(format!("out{}", rejects.output));
        if let Some(max) = rejects.max {
            post["rejects"]["max-count"] = json!(max);
        }
    }
    if let Some((field, text)) = &deck.parameter {
        post["params"][&deck.working.fields[*field].name] = json!(text);
    }
    let quirks = deck.quirks.iter().enumerate().filter(|(_, wanted)| **wanted);
    post["quirks"] = quirks.map(|(at, _)| format!("Q{at}")).collect();
    if deck.reject_invalid {
        post["invalid-data"] = json!("reject");
    }
    format!(
        "{:#}",
        json!({ "version": 1, "job": "TWIN", "max-rc": 4, "datasets": datasets,
        "steps": [ { "step": "POST", "post": post } ] })
    )
}

/// The copybooks by the names of their files.
pub fn copybooks(deck: &Deck) -> Vec<(String, String)> {
    let mut books = Vec::new();
    for (at, input) in deck.inputs.iter().enumerate() {
        books.push((format!("in{at}.cpy"), level(&input.layout)));
    }
    for (at, master) in deck.masters.iter().enumerate() {
        books.push((format!("master{at}.cpy"), level(&master.layout)));
    }
    for (at, output) in deck.outputs.iter().enumerate() {
        books.push((format!("out{at}.cpy"), output.levels.iter().map(level).collect()));
    }
    books
}

fn level(layout: &Layout) -> String {
    let mut text = format!("01 {}.\n", layout.name);
    for field in &layout.fields {
        let value = field.value.as_ref().map_or(String::new(), |value| format!(" VALUE {}", literal(value)));
        text.push_str(&format!("   05 {} PIC {}{value}.\n", field.name, picture(field.kind)));
        for condition in &field.conditions {
            let values = condition.values.iter().map(|(low, high)| match high {
                None => literal(low),
                Some(high) => format!("{} THRU {}", literal(low), literal(high)),
            });
            let values: Vec<String> = values.collect();
            text.push_str(&format!("      88 {} VALUE {}.\n", condition.name, values.join(" ")));
        }
    }
    text
}

fn picture(kind: Kind) -> String {
    match kind {
        Kind::Text(length) => format!("X({length})"),
        Kind::Edited(mask) => numbers::MASKS[mask].0.to_owned(),
        Kind::Number(pic) => {
            let whole = pic.digits - pic.decimals;
            let sign = if pic.signed { "S" } else { "" };
            let nines = |letter: &str, count: usize| match count {
                0 => String::new(),
                _ => format!("{letter}9({count})"),
            };
            let usage = match pic.usage {
                Usage::Zoned => "",
                Usage::Packed => " COMP-3",
                Usage::Binary => " COMP",
            };
            format!("{sign}{}{}{usage}", nines("", whole), nines("V", pic.decimals))
        }
    }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Number(value, decimals) => number(value, *decimals),
        Literal::Text(text) => format!("'{text}'"),
    }
}

fn number(value: &num_bigint::BigInt, decimals: usize) -> String {
    let digits = numbers::digits(value, decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    let sign = if *value < numbers::zero() { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// The rules file.
pub fn rules(deck: &Deck) -> String {
    let list =
        |actions: &[Action]| Json::Array(actions.iter().map(|action| self::action(deck, action)).collect());
    let rule = |rule: &Rule| {
        let mut shape = json!({ "rule": rule.name, "do": list(&rule.actions) });
        if let Some(input) = rule.input {
            shape["input"] = json!(format!("in{input}"));
        }
        if let Some(when) = &rule.when {
            shape["when"] = json!(condition(deck, when));
        }
        if rule.done {
            shape["then"] = json!("done");
        }
        shape
    };
    let level_of = |(number, level): (usize, &Break)| {
        let on: Vec<&str> =
            level.on.iter().map(|field| deck.inputs[0].layout.fields[*field].name.as_str()).collect();
        json!({ "break": format!("L{number}"), "on": on, "first": list(&level.first), "last": list(&level.last) })
    };
    let quirks: Map<String, Json> =
        (0..deck.quirks.len()).map(|at| (format!("Q{at}"), json!("what the old program did"))).collect();
    let paragraphs: Map<String, Json> =
        deck.paragraphs.iter().enumerate().map(|(at, actions)| (format!("P{at}"), list(actions))).collect();
    let mut file = json!({
        "version": 1, "program": "TWIN", "working": level(&deck.working), "quirks": quirks,
        "paragraphs": paragraphs, "report": if deck.report_last { "last" } else { "first" },
        "start": list(&deck.start), "end": list(&deck.end),
        "breaks": deck.breaks.iter().enumerate().map(level_of).collect::<Vec<_>>(),
        "edits": deck.edits.iter().map(rule).collect::<Vec<_>>(),
        "rules": deck.rules.iter().map(rule).collect::<Vec<_>>(),
    });
    if let Some(rejects) = &deck.rejects {
        file["reject-record"] = list(&rejects.actions);
    }
    format!("{file:#}")
}

fn action(deck: &Deck, action: &Action) -> Json {
    let list =
        |actions: &[Action]| Json::Array(actions.iter().map(|action| self::action(deck, action)).collect());
    let names = |fields: &[Ref]| -> Vec<String> { fields.iter().map(|field| name(deck, *field)).collect() };
    let values =
        |values: &[Value]| -> Vec<String> { values.iter().map(|value| self::value(deck, value)).collect() };
    match action {
        Action::Arithmetic { verb, rounding, on_size } => {
            let mut shape = match verb {
                Verb::Compute(to, is) => json!({ "compute": name(deck, *to), "is": expression(deck, is) }),
                Verb::Add(value, to) => json!({ "add": expression(deck, value), "to": names(to) }),
                Verb::Subtract(value, from) => {
                    json!({ "subtract": expression(deck, value), "from": names(from) })
                }
            };
            if *rounding != Rounding::Truncation {
                shape["rounded"] = json!(mode(*rounding));
            }
            match on_size {
                OnSize::Stop => {}
                OnSize::Truncate => shape["on-size-error"] = json!("truncate"),
                OnSize::Reject((code, reason)) => {
                    shape["on-size-error"] = json!("reject");
                    (shape["code"], shape["reason"]) = (json!(code), json!(reason));
                }
            }
            shape
        }
        Action::Move { value, to, truncate } => {
            let to: Vec<String> = to.iter().map(|to| receiver(deck, to)).collect();
            let mut shape = json!({ "move": self::value(deck, value), "to": to });
            if *truncate {
                shape["on-size-error"] = json!("truncate");
            }
            shape
        }
        Action::Set(field, at) => json!({ "set": deck.field(*field).conditions[*at].name }),
        Action::Join { pieces, to } => {
            let pieces: Vec<String> = pieces
                .iter()
                .map(|(value, until)| match until {
                    None => self::value(deck, value),
                    Some(until) => format!("{} DELIMITED BY '{until}'", self::value(deck, value)),
                })
                .collect();
            json!({ "string": pieces, "to": receiver(deck, to) })
        }
        Action::Lookup { master, by, key, or_key, missing } => {
            let mut shape = json!({ "lookup": format!("M{master}"), "key": values(key) });
            if let Some(by) = by {
                shape["by"] = json!(format!("ALT{by}"));
            }
            if let Some(or_key) = or_key {
                shape["or-key"] = json!(values(or_key));
            }
            shape["missing"] = json!(match missing {
                Missing::Stop => "stop",
                Missing::Create => "create",
                Missing::Continue => "continue",
                Missing::Reject(_) => "reject",
            });
            if let Missing::Reject((code, reason)) = missing {
                (shape["code"], shape["reason"]) = (json!(code), json!(reason));
            }
            shape
        }
        Action::Insert { master, key, alternates, duplicate } => {
            let mut shape = json!({ "insert": format!("M{master}"), "key": values(key) });
            for (at, value) in alternates {
                shape["alternate"][format!("ALT{at}")] = json!(values(value));
            }
            match duplicate {
                Duplicate::Unsaid => {}
                Duplicate::Stop => shape["duplicate"] = json!("stop"),
                Duplicate::Continue => shape["duplicate"] = json!("continue"),
                Duplicate::Reject((code, reason)) => {
                    shape["duplicate"] = json!("reject");
                    (shape["code"], shape["reason"]) = (json!(code), json!(reason));
                }
            }
            shape
        }
        Action::ForEach { master, by, key, actions } => json!({ "for-each": format!("M{master}"),
            "by": format!("ALT{by}"), "key": values(key), "do": list(actions) }),
        Action::Delete(master) => json!({ "delete": format!("M{master}") }),
        Action::Release(master) => json!({ "release": format!("M{master}") }),
        Action::Emit(emit) => {
            let output = &deck.outputs[emit.output];
            let mut shape = json!({ "emit": format!("O{}", emit.output), "do": list(&emit.actions) });
            if output.levels.len() > 1 {
                shape["as"] = json!(output.levels[emit.level].name);
            }
            if let Some(from) = emit.from {
                shape["from"] = json!(deck.layout(from).name);
            }
            match emit.unset {
                Unset::Initial => {}
                Unset::Blank => shape["unset"] = json!("blank"),
                Unset::LowValue => shape["unset"] = json!("low-value"),
                Unset::Last => shape["unset"] = json!("last"),
            }
            shape
        }
        Action::Reject { reason: (code, reason), go_on } => {
            let mut shape = json!({ "reject": code, "reason": reason });
            if *go_on {
                shape["then"] = json!("continue");
            }
            shape
        }
        Action::Stop(message) => json!({ "stop": message }),
        Action::When { condition, actions, otherwise } => {
            let mut shape = json!({ "when": self::condition(deck, condition), "do": list(actions) });
            if !otherwise.is_empty() {
                shape["else"] = list(otherwise);
            }
            shape
        }
        Action::Perform(at) => json!({ "perform": format!("P{at}") }),
    }
}

fn mode(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::Truncation => "truncation",
        Rounding::NearestAwayFromZero => "nearest-away-from-zero",
        Rounding::NearestEven => "nearest-even",
        Rounding::NearestTowardZero => "nearest-toward-zero",
        Rounding::AwayFromZero => "away-from-zero",
        Rounding::TowardGreater => "toward-greater",
        Rounding::TowardLesser => "toward-lesser",
        Rounding::Prohibited => "prohibited",
    }
}

fn name(deck: &Deck, field: Ref) -> String {
    deck.field(field).name.clone()
}

fn receiver(deck: &Deck, to: &Receiver) -> String {
    match to.part {
        None => name(deck, to.field),
        Some((start, length)) => format!("{}({start}:{length})", name(deck, to.field)),
    }
}

fn value(deck: &Deck, value: &Value) -> String {
    match value {
        Value::Field(field) => name(deck, *field),
        Value::Part(field, start, length) => format!("{}({start}:{length})", name(deck, *field)),
        Value::Number(value, decimals) => number(value, *decimals),
        Value::Text(text) => format!("'{text}'"),
        Value::Spaces => "SPACES".to_owned(),
        Value::Zeros => "ZEROS".to_owned(),
        Value::RejectCode => "REJECT-CODE".to_owned(),
        Value::RejectReason => "REJECT-REASON".to_owned(),
        Value::RejectRule => "REJECT-RULE".to_owned(),
        Value::RejectField => "REJECT-FIELD".to_owned(),
    }
}

fn expression(deck: &Deck, expr: &Expr) -> String {
    match expr {
        Expr::Constant(value, decimals) => number(value, *decimals),
        Expr::Field(field) => name(deck, *field),
        Expr::RecordNumber => "RECORD-NUMBER".to_owned(),
        Expr::RecordLength => "RECORD-LENGTH".to_owned(),
        Expr::Rows(master) => format!("M{master}-ROWS"),
        Expr::Negate(inner) => format!("- ({})", expression(deck, inner)),
        Expr::Binary(op, a, b) => format!("({}) {op} ({})", expression(deck, a), expression(deck, b)),
    }
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "=",
        Relation::NotEqual => "NOT =",
        Relation::Less => "<",
        Relation::NotGreater => "<=",
        Relation::Greater => ">",
        Relation::NotLess => ">=",
    }
}

fn condition(deck: &Deck, condition: &Condition) -> String {
    let joined = |parts: &[Condition], word: &str| {
        let parts: Vec<String> =
            parts.iter().map(|part| format!("({})", self::condition(deck, part))).collect();
        parts.join(word)
    };
    match condition {
        Condition::Numbers(how, a, b) => {
            format!("{} {} {}", expression(deck, a), relation(*how), expression(deck, b))
        }
        Condition::Texts(how, a, b) => format!("{} {} {}", value(deck, a), relation(*how), value(deck, b)),
        Condition::Numeric(field) => format!("{} IS NUMERIC", name(deck, *field)),
        Condition::Sign(how, expr) => {
            let word = match how {
                Relation::Greater => "POSITIVE",
                Relation::Less => "NEGATIVE",
                _ => "ZERO",
            };
            format!("{} IS {word}", expression(deck, expr))
        }
        Condition::Found(master) => format!("M{master}-FOUND"),
        Condition::Missing(master) => format!("M{master}-MISSING"),
        Condition::Final => "FINAL-BREAK".to_owned(),
        Condition::Named(field, at) => deck.field(*field).conditions[*at].name.clone(),
        Condition::Quirk(at) => format!("Q{at}"),
        Condition::Not(inner) => format!("NOT ({})", self::condition(deck, inner)),
        Condition::All(parts) => joined(parts, " AND "),
        Condition::Any(parts) => joined(parts, " OR "),
    }
}
