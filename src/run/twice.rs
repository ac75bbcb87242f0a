//! What must not be done a second time: outputs that do not only replace what was there.

use std::collections::BTreeSet;
use std::path::Path;

use super::history::{End, History};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{DatasetPlan, Plan, Role};

/// Refuses to do steps again whose published outputs would be posted twice. `kept` are the steps that are not done again.
pub(super) fn check_once<'a>(
    plan: &Plan,
    history: &History,
    is_kept: impl Fn(&str) -> bool,
    steps: impl Iterator<Item = &'a str>,
) -> Result<()> {
    for name in steps.filter(|name| !is_kept(name)) {
        let Some(step) = plan.steps.iter().find(|step| step.name == name) else { continue };
        let published = step.kind.outputs().into_iter().filter(|output| history.visible.contains(*output));
        let deeds: Vec<String> =
            published.filter_map(|output| deed(plan, plan.datasets.get(output)?)).collect();
        if !deeds.is_empty() {
            return Err(Diagnostic::error(
                codes::RUN046,
                format!("step {name} has been published, and doing it again would post it twice"),
            )
            .note(format!("it has been done: {}", deeds.join(", ")))
            .hint("go on without --from or --accept-changes; or put back what was there before, and begin anew with --rerun"));
        }
    }
    Ok(())
}

/// Says what a new run does a second time, so that nobody asks for one by mistake.
pub(super) fn with_deeds(error: Box<Diagnostic>, plan: &Plan, history: &History) -> Box<Diagnostic> {
    let is_complete = history.end == Some(End::Committed);
    let visible = |dataset: &&DatasetPlan| is_complete || history.visible.contains(&dataset.name);
    let deeds: Vec<String> =
        plan.datasets.values().filter(visible).filter_map(|dataset| deed(plan, dataset)).collect();
    match deeds.as_slice() {
        [] => error,
        deeds => error.note(format!("what --rerun would do once more: {}", deeds.join(", "))),
    }
}

/// What is done to a dataset that is not the same when it is done twice.
pub(super) fn deed(plan: &Plan, dataset: &DatasetPlan) -> Option<String> {
    let name = &dataset.name;
    if !matches!(dataset.role, Role::Output(_)) {
        return None;
    }
    if let Some(generation) = &dataset.generation {
        return Some(format!("{name} is a new generation of {}", generation.base));
    }
    if dataset.append {
        return Some(format!("{name} is added to"));
    }
    let inputs = plan.datasets.values().filter(|other| other.role == Role::Input);
    let read: BTreeSet<&Path> = inputs.flat_map(DatasetPlan::files).collect();
    dataset.files().any(|path| read.contains(path)).then(|| format!("{name} is read and replaced"))
}
