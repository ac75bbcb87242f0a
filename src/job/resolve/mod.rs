//! The job file's shapes to a plan: names to things, texts to compiled operators.

mod arithmetic;
mod balances;
mod calendars;
mod control;
mod datasets;
mod diff;
mod flow;
mod kinds;
mod lookups;
mod outputs;
mod paragraphs;
mod places;
mod post;
mod program;
mod report;
mod rules;
mod sequence;
mod sort;
mod steps;
mod verbs;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::bodies::step_bodies;
use super::conditions::Decisions;
use super::file::{JobFile, StepShape, Str};
use super::graph::{self, Node};
use super::params::Params;
use super::plan::{DatasetPlan, Plan, StepPlan};
use super::sources::Sources;
use super::text::{Text, Texts};
use super::yaml;
use crate::catalog::View;
use crate::diag::{Diagnostic, Diagnostics, Result, Span, codes};
use crate::sys::{Fs, Root};
use places::Bases;
use serde_saphyr::Spanned;

/// What a user asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The job file: below the root, or else in the current directory.
    pub job: String,
    /// Where relative paths begin.
    pub root: Root,
    /// `--set` arguments in order.
    pub settings: Vec<(String, String)>,
    /// True if rules keep what was written, so that what they do can be explained.
    pub explained: bool,
}

/// What a job is resolved against, if not against the present: what a restart and a replay hold fixed.
#[derive(Clone, Debug, Default)]
pub struct AsOf {
    /// The generations as another plan had them.
    pub generations: Option<View>,
    /// True if a generation that is not there is only worth a warning: the job is looked at, not run.
    pub lenient: bool,
}

/// Reads a job, checks all of it and freezes it. Warnings come with the plan, errors instead of it.
pub fn load(fs: &dyn Fs, request: &Request) -> std::result::Result<(Plan, Diagnostics), Diagnostics> {
    load_as_of(fs, request, &AsOf::default())
}

/// As [`load`], with what another plan has fixed already.
pub fn load_as_of(
    fs: &dyn Fs,
    request: &Request,
    as_of: &AsOf,
) -> std::result::Result<(Plan, Diagnostics), Diagnostics> {
    let path = job_path(fs, request)?;
    let mut sources = Sources::new(fs, &request.root, &path);
    let source = sources.read(&path, &request.job)?;
    let file: JobFile = yaml::parse(&source)?;
    let texts = Texts::new(&source);
    let mut found = Diagnostics::new();
    let params = calendars::params(&file, &request.settings, &mut sources, &texts, &mut found);
    let resolver = Resolver {
        root: &request.root,
        explained: request.explained,
        bases: Bases::new(fs, &request.root, as_of.generations.clone(), as_of.lenient),
        concatenated: BTreeSet::new(),
        given: request.settings.clone(),
        texts,
        params,
        sources,
        policy: None,
        found,
        shapes: BTreeMap::new(),
        datasets: BTreeMap::new(),
        written: BTreeSet::new(),
        totals: BTreeMap::new(),
        orders: BTreeMap::new(),
        decisions: Decisions::new(),
    };
    resolver.job(&file, (&request.job, &path))
}

fn job_path(fs: &dyn Fs, request: &Request) -> Result<PathBuf> {
    let below_root = request.root.path().join(&request.job);
    let here = Path::new(&request.job);
    [below_root.as_path(), here]
        .into_iter()
        .find(|path| fs.meta(path).is_ok())
        .map(Path::to_owned)
        .ok_or_else(|| {
            Diagnostic::error(codes::RUN001, format!("there is no job file {}", request.job))
                .in_file(&request.job)
                .note(format!(
                    "looked below the root {} and in the current folder",
                    request.root.path().display()
                ))
                .hint("check the path of the job file")
        })
}

/// Everything known while a job is being resolved.
struct Resolver<'a> {
    root: &'a Root,
    explained: bool,
    bases: Bases<'a>,
    texts: Texts,
    params: Params,
    /// Parameters that were set for this run.
    given: Vec<(String, String)>,
    sources: Sources<'a>,
    policy: Option<super::policy::Policy>,
    found: Diagnostics,
    /// Declared datasets.
    shapes: BTreeMap<String, (super::file::DatasetShape, Span)>,
    /// Resolved datasets.
    datasets: BTreeMap<String, DatasetPlan>,
    /// Datasets that are members of a concatenation.
    concatenated: BTreeSet<String>,
    /// Datasets that some step writes.
    written: BTreeSet<String>,
    /// All declared totals; true for those with groups.
    totals: BTreeMap<String, bool>,
    /// IF statements around several steps.
    decisions: Decisions,
    /// Places and shapes of the fields that a dataset written by a sort is in ascending order of.
    orders: BTreeMap<String, Vec<(std::ops::Range<usize>, crate::copybook::Shape)>>,
}

impl Resolver<'_> {
    fn job(
        mut self,
        file: &JobFile,
        (shown, path): (&str, &Path),
    ) -> std::result::Result<(Plan, Diagnostics), Diagnostics> {
        self.check_head(file);
        if file.steps.is_empty() {
            let span = self.texts.span_of(&file.job);
            self.found.push(
                Diagnostic::error(codes::JOB002, "the job has no steps")
                    .at(&span, "")
                    .hint("write at least one under steps:"),
            );
        }
        for (name, shape) in &file.datasets {
            let span = self.texts.span_of(shape);
            self.check_name(name.strip_prefix('@').unwrap_or(name), &span);
            self.shapes.insert(name.clone(), (shape.value.clone(), span));
        }
        let flow = self.job_flow(file);
        self.decisions = self.decisions(file);
        let nodes = self.nodes(file);
        let order = graph::order(&nodes, &mut self.found);
        self.check_reads(&nodes);
        let names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
        let mut steps: Vec<StepPlan> = order
            .into_iter()
            .filter_map(|(at, after)| {
                let flow = self.step_flow(&file.steps[at].value, &names, after);
                self.step(&file.steps[at]).map(|step| StepPlan { flow, ..step })
            })
            .collect();
        self.add_bodies(&mut steps, &nodes, path);
        self.check_guards(&steps, &nodes);
        self.check_repeated(flow.publish, &steps, &nodes);
        self.check_unused(&file.datasets);
        let alerts = file
            .alerts
            .as_ref()
            .map(|shape| shape.resolve(file.late_after.is_some(), &self.texts, &mut self.found));
        let manifest =
            flow.manifest.clone().zip(file.manifest.as_ref().map(|text| self.texts.text(text).span));
        self.check_outputs(&file.job.value, manifest);
        let plan = Plan {
            job: file.job.value.clone(),
            description: file.description.clone(),
            job_file: shown.to_owned(),
            job_path: crate::sys::absolute(path),
            business_date: self.params.business_date().map(|date| date.to_string()),
            params: self.params.list(),
            given: self.given,
            calendar: self.params.calendar(),
            archive: file.archive.into(),
            max_rc: file.max_rc.as_ref().map_or(0, |rc| rc.value),
            datasets: self.datasets,
            generations: self.bases.into_view(),
            steps,
            sources: self.sources.into_hashes(),
            flow,
            alerts: alerts.unwrap_or_default(),
        };
        if self.found.has_errors() { Err(self.found) } else { Ok((plan, self.found)) }
    }

    /// What every step reads and writes; their names and totals are known from then on.
    fn nodes(&mut self, file: &JobFile) -> Vec<Node> {
        let nodes: Vec<Node> =
            file.steps.iter().enumerate().map(|(at, _)| self.node(&file.steps, at)).collect();
        self.check_step_names(&nodes);
        self.check_temporary_names(&nodes);
        self.written =
            nodes.iter().flat_map(|node| node.writes.iter().map(|(name, _)| name.clone())).collect();
        self.totals = file
            .steps
            .iter()
            .flat_map(|step| &step.value.totals)
            .map(|total| (total.value.name.value.to_lowercase(), total.value.by.is_some()))
            .collect();
        nodes
    }

    /// Says of each step what it is made of.
    fn add_bodies(&self, steps: &mut [StepPlan], nodes: &[Node], job: &Path) {
        let names = |of: &[(String, Span)]| of.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let uses: Vec<Vec<String>> =
            nodes.iter().map(|node| [names(&node.reads), names(&node.writes)].concat()).collect();
        let sources = self.sources.texts(job);
        let bodies = step_bodies(self.texts.whole(), &uses, sources, &self.params.list());
        for (node, body) in nodes.iter().zip(bodies) {
            if let Some(step) = steps.iter_mut().find(|step| step.name == node.name) {
                step.body = body;
            }
        }
    }

    fn check_head(&mut self, file: &JobFile) {
        if file.version.value != 1 {
            let span = self.texts.span_of(&file.version);
            self.found.push(
                Diagnostic::error(
                    codes::JOB002,
                    format!("version {} of the job language is not known", file.version.value),
                )
                .at(&span, "")
                .hint("write version: 1"),
            );
        }
        self.check_name(&file.job.value, &self.texts.span_of(&file.job));
        if let Some(rc) = &file.max_rc
            && rc.value > 63
        {
            let span = self.texts.span_of(rc);
            self.found.push(
                Diagnostic::error(codes::JOB002, "max-rc is at most 63")
                    .at(&span, "")
                    .hint("return codes are 0, 4, 8, 12, 16; exit statuses above 63 mean something else"),
            );
        }
    }

    /// Names appear in file names, messages and command lines: letters, digits, hyphens, underscores; at most 32, no hyphen first.
    fn check_name(&mut self, name: &str, span: &Span) {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 32 || name.starts_with('-') || !name.chars().all(good) {
            self.found.push(
                Diagnostic::error(codes::JOB003, format!("'{name}' is not a well-formed name"))
                    .at(span, "")
                    .hint("names have 1 to 32 letters, digits, hyphens or underscores, and do not begin with a hyphen"),
            );
        }
    }

    fn check_step_names(&mut self, nodes: &[Node]) {
        let mut seen: BTreeMap<&str, ()> = BTreeMap::new();
        for node in nodes {
            self.check_name(&node.name, &node.span);
            if seen.insert(&node.name, ()).is_some() {
                self.found.push(
                    Diagnostic::error(codes::JOB004, format!("two steps are called {}", node.name))
                        .at(&node.span, "second one")
                        .hint("give each step a name of its own"),
                );
            }
        }
    }

    /// The name of a temporary dataset becomes the name of a file in the run's folder.
    fn check_temporary_names(&mut self, nodes: &[Node]) {
        let names = nodes.iter().flat_map(|node| node.reads.iter().chain(&node.writes));
        for (name, span) in names {
            if let Some(bare) = name.strip_prefix('@') {
                self.check_name(bare, span);
            }
        }
    }

    /// What a step reads and writes.
    fn node(&self, steps: &[Spanned<StepShape>], at: usize) -> Node {
        let step = &steps[at].value;
        let mut node = Node {
            when: step.when.as_ref().map(|when| self.texts.text(when).span),
            name: step.step.value.clone(),
            span: self.texts.span_of(&step.step),
            reads: Vec::new(),
            writes: Vec::new(),
        };
        self.datasets_of(step, &mut node);
        if let Some(balance) = &step.balance {
            let identities = balance.value.iter().map(|text| self.texts.text(text));
            let names = identities.filter_map(|text| {
                crate::ops::Identity::names_in(&text.span).ok().map(|names| (names, text.span))
            });
            node.reads.extend(names.flat_map(|(names, span)| {
                names.into_iter().map(move |name| (total_name(&name), span.clone()))
            }));
        }
        let earlier: Vec<&Str> = steps[..at].iter().map(|step| &step.value.step).collect();
        let all: Vec<String> = steps.iter().map(|step| step.value.step.value.clone()).collect();
        node.reads.extend(self.flow_reads(step, &earlier, &all));
        node.writes.push((flow::ran_name(&node.name), node.span.clone()));
        node.writes.extend(
            step.totals
                .iter()
                .map(|total| (total_name(&total.value.name.value), self.texts.text(&total.value.name).span)),
        );
        node
    }

    /// The datasets of a step's operator.
    fn datasets_of(&self, step: &StepShape, node: &mut Node) {
        let named = |text: &Str| (text.value.clone(), self.texts.text(text).span);
        if let Some(sort) = &step.sort {
            let inputs = sort.value.input.as_ref().map(super::file::OneOrMany::list).unwrap_or_default();
            node.reads.extend(inputs.iter().map(named));
            node.writes.extend(sort.value.out.iter().map(named));
            node.writes.extend(sort.value.duplicates.iter().filter_map(|d| d.to.as_ref()).map(named));
        }
        let sort_cards = step.sort.as_ref().and_then(|sort| control::Cards::of_sort(&sort.value));
        let tool_cards = step.tool.as_ref().map(|tool| control::Cards::of_tool(&tool.value));
        for cards in sort_cards.iter().chain(&tool_cards) {
            let written = self.written_dds(cards);
            for (dd, name) in cards.datasets() {
                let list = if written.contains(dd) { &mut node.writes } else { &mut node.reads };
                list.push(named(name));
            }
        }
        if let Some(matching) = &step.matching {
            let shape = &matching.value;
            node.reads.extend([named(&shape.left), named(&shape.right)]);
            let outputs =
                [&shape.paired, &shape.left_only, &shape.right_only, &shape.left_paired, &shape.right_paired];
            node.writes.extend(outputs.into_iter().flatten().map(named));
        }
        if let Some(post) = &step.post {
            node.reads.extend(post.value.input.list().iter().map(named));
            node.reads.extend(post.value.masters.values().map(|master| named(&master.value.dataset)));
            node.writes.extend(post.value.out.values().map(named));
            node.writes.extend(post.value.masters.values().filter_map(|m| m.value.new.as_ref()).map(named));
            node.writes.extend(post.value.rejects.iter().map(|rejects| named(&rejects.value.to)));
        }
        if let Some(report) = &step.report {
            node.reads.push(named(&report.value.input));
            node.writes.extend(report.value.out.iter().map(|out| named(&out.value.to)));
        }
        if let Some(diff) = &step.diff {
            node.reads.extend([named(&diff.value.ours), named(&diff.value.theirs)]);
            node.writes.extend(diff.value.outputs().into_iter().flatten().map(named));
        }
        if let Some(run) = &step.run {
            node.reads.extend(run.value.input.values().map(named));
            node.writes.extend(run.value.out.values().map(named));
        }
    }

    fn check_reads(&mut self, nodes: &[Node]) {
        for (name, span) in nodes.iter().flat_map(|node| &node.reads) {
            if is_no_dataset(name) || self.written.contains(name) || self.shapes.contains_key(name) {
                continue;
            }
            let known = self
                .shapes
                .keys()
                .chain(&self.written)
                .map(String::as_str)
                .filter(|known| !is_no_dataset(known));
            let nearest = crate::diag::nearest(name, known).map(str::to_owned);
            let (code, message) = if name.starts_with('@') {
                (codes::JOB009, format!("no step writes the temporary dataset {name}"))
            } else {
                (codes::JOB005, format!("the dataset {name} is not declared"))
            };
            let error = Diagnostic::error(code, message).at(span, "");
            self.found.push(match nearest {
                Some(nearest) => error.hint(format!("did you mean {nearest}?")),
                None => error.hint("declare it under datasets:, or write it in a step"),
            });
        }
    }

    fn check_unused(
        &mut self,
        declared: &indexmap::IndexMap<String, serde_saphyr::Spanned<super::file::DatasetShape>>,
    ) {
        if self.found.has_errors() {
            return;
        }
        for (name, shape) in declared
            .iter()
            .filter(|(name, _)| !self.datasets.contains_key(*name) && !self.concatenated.contains(*name))
        {
            let span = self.texts.span_of(shape);
            self.found.push(
                Diagnostic::warning(codes::JOB009, format!("no step uses the dataset {name}"))
                    .at(&span, "")
                    .hint("remove it, or use it"),
            );
        }
    }

    /// A string with its parameters filled in.
    fn text(&mut self, text: &Str) -> Option<Text> {
        let text = self.texts.text(text);
        if self.params.is_spoiled(&text.value) {
            return None;
        }
        let filled = self.params.interpolate(&text, &self.texts);
        self.found.take(filled)
    }
}

/// Totals share the graph with datasets under names that no dataset can have.
fn total_name(name: &str) -> String {
    format!("total {}", name.to_lowercase())
}

fn is_no_dataset(name: &str) -> bool {
    name.starts_with("total ") || name.starts_with("ran ")
}
