//! The order of the steps: who writes what, who reads it.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Diagnostics, Span, codes};

/// What a step reads and writes, by name. Control totals count as things written, so that a balance step waits for the
/// steps that declare them.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub name: String,
    pub span: Span,
    pub reads: Vec<(String, Span)>,
    pub writes: Vec<(String, Span)>,
    /// Where its condition stands.
    pub when: Option<Span>,
}

/// The steps' indexes in an order in which every step comes after those whose outputs it reads; otherwise as written. With
/// each are the places in this order of the steps it comes after. Steps of a cycle are left out and reported.
pub(super) fn order(nodes: &[Node], found: &mut Diagnostics) -> Vec<(usize, Vec<usize>)> {
    let writers = writers(nodes, found);
    let needs: Vec<BTreeSet<usize>> = nodes
        .iter()
        .map(|node| node.reads.iter().filter_map(|(name, _)| writers.get(name.as_str()).copied()).collect())
        .collect();
    let mut done = BTreeSet::new();
    let mut order: Vec<usize> = Vec::new();
    while let Some(next) = (0..nodes.len()).find(|step| !done.contains(step) && needs[*step].is_subset(&done))
    {
        done.insert(next);
        order.push(next);
    }
    if order.len() < nodes.len() {
        report_cycle(nodes, &needs, &done, found);
    }
    let place = |step: &usize| order.iter().position(|other| other == step);
    order.iter().map(|step| (*step, needs[*step].iter().filter_map(place).collect())).collect()
}

fn writers<'a>(nodes: &'a [Node], found: &mut Diagnostics) -> BTreeMap<&'a str, usize> {
    let mut writers: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for (name, span) in &node.writes {
            match writers.get(name.as_str()) {
                // Two steps of one name are reported as that.
                Some(_) if name.starts_with("ran ") => {}
                Some(_) if name.starts_with("total ") => found.push(
                    Diagnostic::error(codes::JOB004, format!("two totals are called {}", &name["total ".len()..]))
                        .at(span, "second one")
                        .hint("give each total a name of its own"),
                ),
                Some(first) => found.push(
                    Diagnostic::error(codes::JOB008, format!("{name} is written twice"))
                        .at(span, "second writer")
                        .note(format!("step {} writes it too", nodes[*first].name))
                        .hint("give each step an output of its own; a sort with several inputs puts them together"),
                ),
                None => {
                    writers.insert(name, index);
                }
            }
        }
    }
    writers
}

fn report_cycle(nodes: &[Node], needs: &[BTreeSet<usize>], done: &BTreeSet<usize>, found: &mut Diagnostics) {
    let Some(first) = (0..nodes.len()).find(|step| !done.contains(step)) else { return };
    // Every waiting step waits for another waiting one, so following them must come back.
    let mut path = vec![first];
    loop {
        let last = path[path.len() - 1];
        let Some(next) = needs[last].iter().copied().find(|step| !done.contains(step)) else { return };
        if let Some(start) = path.iter().position(|step| *step == next) {
            path.drain(..start);
            break;
        }
        path.push(next);
    }
    if let [own] = path.as_slice() {
        let node = &nodes[*own];
        let both = node.reads.iter().find(|(name, _)| node.writes.iter().any(|(written, _)| written == name));
        let name = both.map_or("a dataset", |(name, _)| name.as_str());
        found.push(
            Diagnostic::error(codes::JOB007, format!("step {} reads and writes {name}", node.name))
                .at(both.map_or(&node.span, |(_, span)| span), "")
                .hint("write a new dataset; the old one stays as it was, so that the run can be repeated"),
        );
        return;
    }
    let names: Vec<&str> = path.iter().rev().map(|step| nodes[*step].name.as_str()).collect();
    found.push(
        Diagnostic::error(codes::JOB007, format!("the steps {} wait for each other", names.join(", ")))
            .at(&nodes[path[0]].span, "part of the cycle")
            .note(format!("{} -> {}", names.join(" -> "), names[0]))
            .hint("a step cannot read what it, or a step that needs it, writes"),
    );
}
