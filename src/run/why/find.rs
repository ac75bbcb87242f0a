//! What a user asks for, as tests of the events of a posting step.

use super::Key;
use super::lineage::Pattern;
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, Span, codes, nearest};
use crate::expr::{Compiler, Condition, Operand, Scope, SingleFrame};
use crate::job::{DatasetPlan, Plan, PostPlan, StepKind};
use crate::post::{Glance, OutputSpec};
use crate::record::Origin;

/// Longest key.
const LONGEST: usize = 4096;

/// What a user asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// `DATASET:NUMBER`.
    Record(String, u64),
    /// A record of the rejects.
    Reject(u64),
    /// `FIELD=VALUE,FIELD=VALUE`.
    Fields(Vec<(String, String)>),
    /// Values of a key.
    Key(Vec<String>),
}

/// A test of an event.
pub(super) enum Test {
    /// It is this transaction.
    Transaction(usize, u64),
    /// Its transaction satisfies all of these.
    Input(usize, Vec<Condition>),
    /// It emitted this record.
    Emitted(usize, u64),
    /// It emitted a record that satisfies all of these.
    Output(usize, Vec<Condition>),
    /// Its transaction has these bytes.
    Like(usize, Pattern),
    /// It looked for this key of a master.
    Sought(usize, Option<usize>, Vec<u8>),
    /// It looked at a row that satisfies all of these.
    Row(usize, Vec<Condition>),
}

impl Wanted {
    /// Reads a key.
    pub fn read(key: &Key, plan: &Plan) -> Result<Wanted> {
        match key {
            Key::Reject(0) => Err(refuse("'0' is not the number of a record", "records count from 1")),
            Key::Reject(number) => Ok(Wanted::Reject(*number)),
            Key::Text(text) => Wanted::read_text(text, plan),
            Key::Record(text) | Key::Output(text) => {
                let Some((name, number)) = text.rsplit_once(':') else {
                    return Err(refuse(&format!("'{text}' is not DATASET:NUMBER"), "write DATASET:NUMBER"));
                };
                let dataset = match key {
                    Key::Output(_) => output_of(plan, name),
                    _ => None,
                };
                let dataset = dataset.unwrap_or_else(|| name.to_owned());
                if !plan.datasets.contains_key(&dataset) {
                    return Err(not_posted(plan, &dataset));
                }
                Wanted::record(dataset, number)
            }
        }
    }

    fn record(dataset: String, number: &str) -> Result<Wanted> {
        match number.parse() {
            Ok(number) if number > 0 => Ok(Wanted::Record(dataset, number)),
            _ => Err(refuse(&format!("'{number}' is not the number of a record"), "records count from 1")),
        }
    }

    fn read_text(key: &str, plan: &Plan) -> Result<Wanted> {
        if key.trim().is_empty() || key.len() > LONGEST || key.contains('\0') {
            let hint = "write DATASET:NUMBER, FIELD=VALUE or the value of a key";
            return Err(refuse("the key is empty, too long or holds a NUL character", hint));
        }
        if let Some((dataset, number)) = key.rsplit_once(':')
            && plan.datasets.contains_key(dataset)
        {
            return Wanted::record(dataset.to_owned(), number);
        }
        let parts = split(key, ',');
        if !parts.iter().any(|part| split(part, '=').len() > 1) {
            return Ok(Wanted::Key(parts.iter().map(|part| unquoted(part)).collect()));
        }
        let mut fields = Vec::new();
        for part in &parts {
            let sides = split(part, '=');
            let Some((field, value)) =
                sides.split_first().filter(|(field, rest)| !rest.is_empty() && !field.trim().is_empty())
            else {
                let message = format!("'{part}' is not FIELD=VALUE");
                return Err(refuse(&message, "write FIELD=VALUE,FIELD=VALUE"));
            };
            fields.push((field.trim().to_owned(), unquoted(&value.join("="))));
        }
        Ok(Wanted::Fields(fields))
    }

    /// The tests for the events of a step. None if it has nothing to do with what is asked for; `within` names the dataset
    /// whose fields are meant.
    pub fn tests(&self, plan: &Plan, step: &PostPlan, within: Option<&str>) -> Result<Vec<Test>> {
        match self {
            Wanted::Record(dataset, number) => Ok(record_tests(step, dataset, *number)),
            // The rejects are the last output of the program.
            Wanted::Reject(number) => {
                Ok(step.rejects.iter().map(|_| Test::Emitted(step.outputs.len(), *number)).collect())
            }
            Wanted::Fields(fields) => field_tests(plan, step, fields, within),
            Wanted::Key(values) => Ok(key_tests(plan, step, values, within)),
        }
    }
}

impl Test {
    /// True if an event passes.
    pub fn passes(&self, glance: &Glance<'_>) -> bool {
        let hold = |conditions: &[Condition], record: &[u8], origin: Origin<'_>| {
            let frame = SingleFrame { record, origin };
            conditions.iter().all(|condition| condition.holds(&frame).unwrap_or(false))
        };
        let is_transaction = glance.occasion == crate::post::Occasion::Transaction;
        match self {
            Test::Transaction(input, number) => {
                is_transaction && glance.input == Some(*input) && glance.origin.record == Some(*number)
            }
            Test::Input(input, conditions) => {
                is_transaction
                    && glance.input == Some(*input)
                    && hold(conditions, glance.record, glance.origin)
            }
            Test::Emitted(output, number) => {
                glance.emitted.iter().any(|(of, at, _)| (of, at) == (output, number))
            }
            Test::Output(output, conditions) => glance.emitted.iter().any(|(of, number, bytes)| {
                let origin = Origin { dataset: "output", record: Some(*number), ..Origin::default() };
                of == output && hold(conditions, bytes, origin)
            }),
            Test::Like(input, pattern) => {
                is_transaction && glance.input == Some(*input) && pattern.fits(glance.record)
            }
            Test::Sought(master, by, key) => {
                glance.sought.iter().any(|(of, other, sought)| of == master && other == by && sought == key)
            }
            Test::Row(master, conditions) => {
                let origin = Origin { dataset: "master", ..Origin::default() };
                glance.rows.iter().any(|(of, row)| of == master && hold(conditions, row, origin))
            }
        }
    }
}

/// The dataset of an output that the rules of some post step have under this name.
fn output_of(plan: &Plan, name: &str) -> Option<String> {
    plan.steps.iter().find_map(|step| {
        let StepKind::Post(post) = &step.kind else { return None };
        let named = |spec: &OutputSpec| spec.name.eq_ignore_ascii_case(name);
        let at = post.program.outputs.iter().position(named)?;
        post.emitted().nth(at).map(str::to_owned)
    })
}

fn refuse(message: &str, hint: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::WHY003, message).hint(hint)
}

/// A record of an input or output. One of a master, or of a dataset that stands before or behind the step, is found otherwise.
fn record_tests(step: &PostPlan, dataset: &str, number: u64) -> Vec<Test> {
    let input = step.inputs.iter().position(|name| name == dataset);
    let output = step.emitted().position(|name| name == dataset);
    let input = input.map(|input| Test::Transaction(input, number));
    input.into_iter().chain(output.map(|output| Test::Emitted(output, number))).collect()
}

/// The test for a row of a master of the step.
pub(super) fn row_test(step: &PostPlan, dataset: &str, bytes: &[u8]) -> Option<Test> {
    let of = |plan: &crate::job::MasterPlan| plan.dataset == dataset || plan.new.as_deref() == Some(dataset);
    let master = step.masters.iter().position(of)?;
    let mut key = Vec::new();
    let frame = SingleFrame { record: bytes, origin: Origin { dataset, ..Origin::default() } };
    step.program.masters[master].key.encode(&frame, &mut key).ok()?;
    Some(Test::Sought(master, None, key))
}

/// Makes the test for the conditions on one of several datasets.
type MakeTest = fn(usize, Vec<Condition>) -> Test;

/// A dataset of a step and the name that the rules have for it, if they have one of their own.
type Named<'p> = (&'p str, Option<&'p str>);

/// The outputs of a step.
fn outputs(step: &PostPlan) -> impl Iterator<Item = Named<'_>> {
    let specs = &step.program.outputs;
    step.emitted().enumerate().map(|(at, name)| (name, specs.get(at).map(|spec| spec.name.as_str())))
}

/// The masters of a step.
fn masters(step: &PostPlan) -> impl Iterator<Item = Named<'_>> {
    let specs = step.program.masters.iter().map(|spec| Some(spec.name.as_str()));
    step.masters.iter().map(|master| master.dataset.as_str()).zip(specs)
}

/// True if a name stands for an output or a master in the rules of some post step.
pub(super) fn is_of_rules(plan: &Plan, within: &str) -> bool {
    plan.steps.iter().any(|step| match &step.kind {
        StepKind::Post(post) => outputs(post).chain(masters(post)).any(|named| means(plan, within, named)),
        _ => false,
    })
}

/// True if a name means this dataset. The names of datasets go before those that rules have for them.
fn means(plan: &Plan, within: &str, (dataset, of_rules): Named<'_>) -> bool {
    let by_rules = || of_rules.is_some_and(|name| name.eq_ignore_ascii_case(within));
    within == dataset || !plan.datasets.contains_key(within) && by_rules()
}

/// Conditions on the fields of whatever has them: transactions, then emitted records, then rows of masters.
fn field_tests(
    plan: &Plan,
    step: &PostPlan,
    fields: &[(String, String)],
    within: Option<&str>,
) -> Result<Vec<Test>> {
    let groups: [(Vec<Named<'_>>, MakeTest); 3] = [
        (step.inputs.iter().map(|input| (input.as_str(), None)).collect(), Test::Input),
        (outputs(step).collect(), Test::Output),
        (masters(step).collect(), Test::Row),
    ];
    let is_new = |dataset: &str| step.masters.iter().find(|master| master.new.as_deref() == Some(dataset));
    let within = within.map(|name| is_new(name).map_or(name, |master| master.dataset.as_str()));
    let (mut tests, mut first) = (Vec::new(), None);
    for (index, (datasets, test)) in groups.into_iter().enumerate() {
        // A field of a master is meant only where nothing else has one of that name.
        if index == 2 && !tests.is_empty() && within.is_none() {
            break;
        }
        let meant = |named: Named<'_>| within.is_none_or(|only| means(plan, only, named));
        let datasets = datasets.into_iter().enumerate();
        for (number, (name, _)) in datasets.filter(|(_, named)| meant(*named)) {
            let Some(dataset) = plan.datasets.get(name) else { continue };
            match conditions(dataset, fields) {
                Ok(conditions) => tests.push(test(number, conditions)),
                Err(error) => first = first.or(Some(error)),
            }
        }
    }
    match first {
        Some(error) if tests.is_empty() => Err(error),
        _ => Ok(tests),
    }
}

/// Conditions on the records of a dataset.
fn conditions(dataset: &DatasetPlan, fields: &[(String, String)]) -> Result<Vec<Condition>> {
    let scope: Scope = dataset.scope();
    let compiler = Compiler::new(&scope);
    let refuse = |name: &str, error: Box<Diagnostic>| {
        let message = format!("{name} cannot be asked for in {}: {}", dataset.name, error.message);
        let refused = Diagnostic::error(codes::WHY003, message);
        match error.hint {
            Some(hint) => refused.hint(hint),
            None => refused,
        }
    };
    let condition = |(name, value): &(String, String)| {
        // The name alone first: nothing but a field may stand there.
        let field = compiler.field(&Span::whole("KEY", name)).map_err(|error| refuse(name, error))?;
        let literal = match (field.number(), value.parse::<Decimal>()) {
            (Some(_), Ok(number)) => number.to_string(),
            (Some(_), Err(_)) => {
                let message = format!("{name} is a number, '{value}' is not");
                return Err(Diagnostic::error(codes::WHY003, message).hint("give a number"));
            }
            (None, _) => format!("'{}'", value.replace('\'', "''")),
        };
        compiler
            .condition(&Span::whole("KEY", format!("{name} = {literal}")))
            .map_err(|error| refuse(name, error))
    };
    fields.iter().map(condition).collect()
}

/// The values as a key of each master that can have such a one, or of those that are meant.
fn key_tests(plan: &Plan, step: &PostPlan, values: &[String], within: Option<&str>) -> Vec<Test> {
    let mut tests = Vec::new();
    let meant: Vec<bool> = step
        .masters
        .iter()
        .zip(masters(step))
        .map(|(master, named)| {
            within.is_none_or(|only| means(plan, only, named) || master.new.as_deref() == Some(only))
        })
        .collect();
    let specs = step.program.masters.iter().enumerate();
    for (master, spec) in specs.filter(|(at, _)| meant.get(*at) == Some(&true)) {
        let unique = std::iter::once((None, &spec.key));
        let alternates = spec.alternates.iter().enumerate().map(|(at, alternate)| (Some(at), &alternate.key));
        for (by, key) in unique.chain(alternates).filter(|(_, key)| key.parts().len() == values.len()) {
            let operands = key.parts().iter().zip(values).map(|(part, value)| match part.field.number() {
                Some(_) => value.trim().parse().map(Operand::Number).ok(),
                None => Some(Operand::Text(value.clone())),
            });
            let Some(operands) = operands.collect::<Option<Vec<_>>>() else { continue };
            let spans: Vec<Span> = values.iter().map(|value| Span::whole("KEY", value)).collect();
            let mut encoded = Vec::new();
            // A key of constants needs no record.
            let nothing = SingleFrame { record: &[], origin: Origin::default() };
            let found = key.lookup(operands, &spans).and_then(|key| key.encode(&nothing, &mut encoded));
            if found.unwrap_or(false) {
                tests.push(Test::Sought(master, by, encoded));
            }
        }
    }
    tests
}

/// The message for a dataset that no posting step has anything to do with.
pub(super) fn not_posted(plan: &Plan, within: &str) -> Box<Diagnostic> {
    let posts = plan.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Post(post) => Some(post),
        _ => None,
    });
    let of_rules = posts.flat_map(|post| outputs(post).chain(masters(post))).filter_map(|(_, name)| name);
    let names = plan.datasets.keys().map(String::as_str).chain(of_rules);
    let error = Diagnostic::error(codes::WHY003, format!("no posting step reads or writes {within}"));
    match nearest(within, names).filter(|near| *near != within) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("name a dataset, an output or a master of a post step; offhost plan shows them"),
    }
}

/// Splits where a character stands outside quotes.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut quote) = (vec![String::new()], None);
    for c in text.chars() {
        match quote {
            Some(mark) if c == mark => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == at => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    for mark in ['\'', '"'] {
        if let Some(inner) = value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)) {
            return inner.replace(&format!("{mark}{mark}"), &mark.to_string());
        }
    }
    value.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_split_outside_of_quotes() {
        assert_eq!(split("A=1,B='x,y=z'", ','), ["A=1", "B='x,y=z'"]);
        assert_eq!(split("B='x,y=z'", '='), ["B", "'x,y=z'"]);
        assert_eq!(split("", ','), [""]);
        assert_eq!(unquoted(" 'it''s' "), "it's");
        assert_eq!(unquoted("'"), "'");
        assert_eq!(unquoted("\"a\""), "a");
    }
}
