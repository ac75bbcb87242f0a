//! Conditions, limits and the manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Time;

use super::super::conditions::{Cond, Decision, Decisions, IfTest, Names, When};
use super::super::file::{JobFile, StepShape, Str};
use super::super::flow::{JobFlow, Publish, RunIf, StepFlow};
use super::super::flow_file::{PublishShape, RunIfShape};
use super::super::plan::StepPlan;
use super::super::quantity::{duration_of, size_of};
use super::Resolver;
use super::graph::Node;
use crate::diag::{Diagnostic, Span, codes};

impl Resolver<'_> {
    /// What a job says of its run as a whole.
    pub(super) fn job_flow(&mut self, file: &JobFile) -> JobFlow {
        let limits = file.limits.clone().unwrap_or_default();
        let wait = file.locks.as_ref().and_then(|locks| locks.wait.clone());
        let names = file.params.iter().filter(|(name, shape)| {
            shape.value.identifying.unwrap_or(true) && name.as_str() != "business-date"
        });
        JobFlow {
            publish: match file.publish {
                PublishShape::AtEnd => Publish::AtEnd,
                PublishShape::PerStep => Publish::PerStep,
            },
            manifest: file.manifest.as_ref().and_then(|path| {
                let text = self.text(path)?;
                let resolved = self.root.resolve(&text.value).map_err(|error| error.at(&text.span, ""));
                self.found.take(resolved)
            }),
            identifying: names.map(|(name, _)| name.clone()).collect(),
            time: self.limit(limits.time.as_ref(), duration_of),
            memory: self.limit(limits.memory.as_ref(), size_of),
            temporary: self.limit(limits.temp.as_ref(), size_of),
            output: self.limit(limits.output.as_ref(), size_of),
            wait: self.limit(wait.as_ref(), duration_of),
            late_after: self.limit(file.late_after.as_ref(), |text| {
                Time::strptime("%H:%M", text).map_err(|_| "write HH:MM, such as \"05:30\"".to_owned())
            }),
            hash_first: file.hash_first,
            cond: self.limit(file.cond.as_ref(), Cond::parse),
        }
    }

    /// The IF statements around several steps.
    pub(super) fn decisions(&mut self, file: &JobFile) -> Decisions {
        let mut decisions = Decisions::new();
        for (name, shape) in &file.decisions {
            let span = self.texts.span_of(shape);
            self.check_name(name, &span);
            let before = &shape.value.before;
            let names = file.steps.iter().map(|step| step.value.step.value.clone());
            let among: BTreeSet<String> = names.clone().take_while(|step| *step != before.value).collect();
            if among.len() == file.steps.len() {
                let text = self.texts.text(before);
                let error = Diagnostic::error(codes::JOB040, format!("there is no step {}", text.value));
                self.report(error.at(&text.span, ""), "name the first step that the decision governs");
            }
            if let Some(test) = self.limit(Some(&shape.value.test), IfTest::parse) {
                let name = name.to_ascii_uppercase();
                decisions.insert(name.clone(), Arc::new(Decision { name, test, among }));
            }
        }
        decisions
    }

    /// A decision is known to the steps behind it only.
    fn check_decided(&mut self, shape: &StepShape, test: &IfTest) {
        for decision in test.decisions() {
            if decision.among.contains(&shape.step.value) {
                let message = format!("step {} stands before {} is decided", shape.step.value, decision.name);
                let span = shape.if_test.as_ref().map(|text| self.texts.text(text).span);
                let span = span.unwrap_or_else(|| self.texts.span_of(&shape.step));
                let hint = "move the step behind it, or let the decision be made before this step";
                self.report(Diagnostic::error(codes::JOB040, message).at(&span, ""), hint);
            }
        }
    }

    /// A text that is read as something else; the error of `read` is the hint.
    fn limit<T>(&mut self, text: Option<&Str>, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(text?)?;
        match read(&text.value) {
            Ok(value) => Some(value),
            Err(hint) => {
                let message = format!("'{}' cannot be read", text.value);
                self.report(Diagnostic::error(codes::JOB040, message).at(&text.span, ""), &hint);
                None
            }
        }
    }

    /// The conditions of a step. `after` are the steps that must have ended before it, by their places in the plan.
    pub(super) fn step_flow(&mut self, shape: &StepShape, steps: &[String], after: Vec<usize>) -> StepFlow {
        let params = self.params.list();
        let when = shape.when.as_ref().and_then(|when| {
            let text = self.texts.text(when);
            self.found.take(When::compile(&text.span, &Names { params: &params, steps }))
        });
        let decisions = std::mem::take(&mut self.decisions);
        let if_test = self.limit(shape.if_test.as_ref(), |text| IfTest::parse_with(text, &decisions));
        self.decisions = decisions;
        if let Some(test) = &if_test {
            self.check_decided(shape, test);
        }
        let flow = StepFlow {
            after,
            when,
            run_if: match shape.run_if {
                RunIfShape::Ok => RunIf::Ok,
                RunIfShape::Always => RunIf::Always,
                RunIfShape::Failed => RunIf::Failed,
            },
            max_rc: shape.max_rc,
            cond: self.limit(shape.cond.as_ref(), Cond::parse),
            if_test,
        };
        let named = flow.cond.iter().flat_map(Cond::steps).map(str::to_owned);
        let named = named.chain(flow.if_test.iter().flat_map(IfTest::steps));
        for name in named.collect::<Vec<_>>() {
            if !steps.iter().any(|step| step.eq_ignore_ascii_case(&name)) {
                let place =
                    shape.cond.as_ref().or(shape.if_test.as_ref()).map(|text| self.texts.text(text).span);
                let span = place.unwrap_or_else(|| self.texts.span_of(&shape.step));
                let error =
                    Diagnostic::error(codes::JOB040, format!("there is no step {name}")).at(&span, "");
                self.report(error, "name a step of this job");
            }
        }
        flow
    }

    /// What a step's conditions need to know, as things it reads in the graph. `earlier` are the steps written before it.
    pub(super) fn flow_reads(
        &self,
        shape: &StepShape,
        earlier: &[&Str],
        all: &[String],
    ) -> Vec<(String, Span)> {
        let span = self.texts.span_of(&shape.step);
        let read = |name: &str| (ran_name(name), span.clone());
        let params = self.params.list();
        let names = Names { params: &params, steps: all };
        // What cannot be read is reported once, when the step is resolved.
        let when = shape.when.as_ref().and_then(|w| When::compile(&self.texts.text(w).span, &names).ok());
        let cond = shape.cond.as_ref().and_then(|cond| Cond::parse(&cond.value).ok());
        let test = shape.if_test.as_ref();
        let test = test.and_then(|test| IfTest::parse_with(&test.value, &self.decisions).ok());
        let looks_at_all = shape.run_if != RunIfShape::Ok
            || when.as_ref().is_some_and(When::looks_at_all)
            || cond.as_ref().is_some_and(Cond::looks_at_all)
            || test.as_ref().is_some_and(IfTest::looks_at_all);
        let mut reads = Vec::new();
        if looks_at_all {
            reads.extend(earlier.iter().map(|step| read(&step.value)));
        }
        reads.extend(when.iter().flat_map(When::steps).map(|step| read(&step)));
        let imported = cond.iter().flat_map(Cond::steps).map(str::to_owned).collect::<Vec<_>>();
        let imported = imported.into_iter().chain(test.iter().flat_map(IfTest::steps));
        reads.extend(imported.filter_map(|name| {
            // JCL's names are capitals, and a test on a step that comes later is a test on one that did not run.
            let step = earlier.iter().find(|step| step.value.eq_ignore_ascii_case(&name))?;
            Some(read(&step.value))
        }));
        reads
    }

    /// A step that runs whatever has failed is done again by the next attempt. If each step is published on its own, what it adds
    /// would be there once for every attempt. A step that runs after failures only may mean that.
    pub(super) fn check_repeated(&mut self, publish: Publish, steps: &[StepPlan], nodes: &[Node]) {
        let repeated = |step: &&StepPlan| step.flow.survives_failure() && step.flow.run_if != RunIf::Failed;
        for step in steps.iter().filter(|step| publish == Publish::PerStep && repeated(step)) {
            let Some(node) = nodes.iter().find(|node| node.name == step.name) else { continue };
            let adds = |name: &str| {
                self.datasets.get(name).is_some_and(|dataset| dataset.append || dataset.generation.is_some())
            };
            let Some((name, span)) = node.writes.iter().find(|(name, _)| adds(name)) else { continue };
            let message = format!("step {} adds to {name} in every attempt of a run that fails", step.name);
            let hint = "let it add only while all is well, or to a dataset of its own that is replaced; or publish: at-end";
            let error = Diagnostic::error(codes::JOB042, message).at(span, "").hint(hint);
            self.found.push(error);
        }
    }

    /// Finds what JCL would decide in silence: a term on a step that may not have run, and data of such a step.
    pub(super) fn check_guards(&mut self, steps: &[StepPlan], nodes: &[Node]) {
        let implied: BTreeMap<&str, BTreeSet<String>> = steps
            .iter()
            .map(|step| {
                (step.name.as_str(), step.flow.when.as_ref().map(When::implies_ran).unwrap_or_default())
            })
            .collect();
        let closure = |mut ran: BTreeSet<String>| {
            loop {
                let more: BTreeSet<String> =
                    ran.iter().filter_map(|step| implied.get(step.as_str())).flatten().cloned().collect();
                let before = ran.len();
                ran.extend(more);
                if ran.len() == before {
                    return ran;
                }
            }
        };
        let conditional: BTreeSet<String> =
            steps.iter().filter(|step| step.flow.is_conditional()).map(|step| step.name.clone()).collect();
        let mut problems = Vec::new();
        for step in steps {
            let Some(node) = nodes.iter().find(|node| node.name == step.name) else { continue };
            if let Some(when) = &step.flow.when {
                let may_not_run = if step.flow.run_if == RunIf::Ok {
                    conditional.clone()
                } else {
                    steps.iter().map(|step| step.name.clone()).collect()
                };
                if let Some((other, place)) = when.unguarded(&may_not_run, &closure) {
                    problems.push(term_unguarded(
                        &node.when.as_ref().map_or(node.span.clone(), |span| span.slice(place)),
                        &other,
                    ));
                }
            }
            // After a failure anything may be missing: such a step is passed over if its data are. COND and IF are JCL's.
            if step.flow.survives_failure() || step.flow.cond.is_some() || step.flow.if_test.is_some() {
                continue;
            }
            let known = closure(step.flow.when.as_ref().map(When::implies_ran).unwrap_or_default());
            let missing = node.reads.iter().find_map(|(name, span)| {
                let writer =
                    nodes.iter().find(|node| node.writes.iter().any(|(written, _)| written == name))?;
                let unsure = conditional.contains(&writer.name) && !known.contains(&writer.name);
                (unsure && !name.starts_with(RAN)).then_some((name, span, &writer.name))
            });
            if let Some((name, span, writer)) = missing {
                problems.push(data_unguarded(span, &step.name, name, writer));
            }
        }
        problems.into_iter().for_each(|problem| self.found.push(problem));
    }
}

const RAN: &str = "ran ";

/// Outcomes of steps share the graph with datasets under names that no dataset can have.
pub(super) fn ran_name(step: &str) -> String {
    format!("{RAN}{step}")
}

fn term_unguarded(span: &Span, other: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::JOB041, format!("step {other} may not have run, and then has no return code"))
        .at(span, "")
        .hint(format!("put ran({other}) and before it, or not ran({other}) or"))
}

fn data_unguarded(span: &Span, step: &str, name: &str, writer: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::JOB041, format!("step {step} needs {name} of step {writer}, which may not run"))
        .at(span, "")
        .hint(format!("add when: ran({writer}) to step {step}"))
}
