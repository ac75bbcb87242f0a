//! A job as a drawing: its steps, and the datasets that go from one to the next.
//!
//! ```text
//!   Plan -> Drawing (nodes and edges) -> dot     text for Graphviz
//!                                      -> layers (who stands where) -> svg -> page
//! ```
//!
//! The same plan gives the same drawing, byte for byte.

mod dot;
mod layers;
mod page;
mod svg;
mod xml;

pub use dot::dot;
pub use page::page;
pub use svg::svg;

use std::collections::BTreeMap;

use crate::job::{DatasetPlan, Plan, Role, StepKind, StepPlan};
use crate::sys::Root;

/// Nodes and edges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// Name of the job.
    pub title: String,
    /// What it is for.
    pub description: Option<String>,
    /// Nodes: first the steps in the order in which they run, then the datasets by name.
    pub nodes: Vec<Node>,
    /// Edges.
    pub edges: Vec<Edge>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it stands for.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// More of it, a line each.
    pub lines: Vec<String>,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A step.
    Step,
    /// A dataset that is only read.
    Input,
    /// A dataset that is published.
    Output,
    /// A dataset that is gone when the job has ended.
    Temporary,
}

impl Kind {
    /// Its name, for classes of a style sheet and words of a legend.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Step => "step",
            Kind::Input => "input",
            Kind::Output => "output",
            Kind::Temporary => "temporary",
        }
    }
}

/// An edge from one node to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where it begins, in [`Drawing::nodes`].
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// True for one along which records go; else a control total is looked at, or a condition asks how the step ended.
    pub data: bool,
}

impl Drawing {
    /// Draws a plan.
    pub fn of(plan: &Plan, root: &Root) -> Drawing {
        let mut drawing = Drawing {
            title: plan.job.clone(),
            description: plan.description.clone(),
            nodes: plan.steps.iter().map(step_node).collect(),
            edges: Vec::new(),
        };
        let mut places = BTreeMap::new();
        for dataset in plan.datasets.values() {
            places.insert(dataset.name.as_str(), drawing.nodes.len());
            drawing.nodes.push(dataset_node(dataset, root));
        }
        for (at, step) in plan.steps.iter().enumerate() {
            for name in step.kind.inputs() {
                places.get(name).into_iter().for_each(|from| drawing.edge(*from, at, true));
            }
            for name in step.kind.outputs() {
                places.get(name).into_iter().for_each(|to| drawing.edge(at, *to, true));
            }
            if let StepKind::Balance(balance) = &step.kind {
                let names = balance.identities.iter().flat_map(|identity| identity.names());
                let from = names.filter_map(|name| counting(plan, &name));
                from.filter(|from| *from != at).for_each(|from| drawing.edge(from, at, false));
            }
            asked_by(plan, step).for_each(|from| drawing.edge(from, at, false));
        }
        drawing
    }

    /// Adds an edge, once.
    fn edge(&mut self, from: usize, to: usize, data: bool) {
        let edge = Edge { from, to, data };
        if !self.edges.contains(&edge) {
            self.edges.push(edge);
        }
    }
}

fn step_node(step: &StepPlan) -> Node {
    let mut lines = vec![step.kind.operator().to_owned()];
    lines.extend(step.description.clone());
    if let StepKind::Post(post) = &step.kind {
        lines.push(post.rules_file.clone());
    }
    lines.extend(step.flow.describe());
    Node { kind: Kind::Step, name: step.name.clone(), lines }
}

fn dataset_node(dataset: &DatasetPlan, root: &Root) -> Node {
    let kind = match dataset.role {
        Role::Input => Kind::Input,
        Role::Output(_) => Kind::Output,
        Role::Temporary => Kind::Temporary,
    };
    let place = dataset.place(root);
    Node { kind, name: dataset.name.clone(), lines: place.lines().map(str::to_owned).collect() }
}

/// The steps that the conditions of a step ask for and whose data it does not read.
fn asked_by<'p>(plan: &'p Plan, step: &'p StepPlan) -> impl Iterator<Item = usize> + 'p {
    let flow = &step.flow;
    // A step for failures waits for all others; lines from each of them would say nothing.
    let asks = flow.when.is_some() || flow.cond.is_some() || flow.if_test.is_some();
    let reads = step.kind.inputs();
    let gives = move |at: &usize| {
        plan.steps.get(*at).is_some_and(|other| other.kind.outputs().iter().any(|name| reads.contains(name)))
    };
    flow.after.iter().copied().filter(move |at| asks && !gives(at))
}

/// The step that has a control total.
fn counting(plan: &Plan, total: &str) -> Option<usize> {
    let has = |step: &StepPlan| step.totals.iter().any(|one| one.spec.name.eq_ignore_ascii_case(total));
    plan.steps.iter().position(has)
}
