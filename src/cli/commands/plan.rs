//! `offhost plan`: what a run would do.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::cli::args;
use crate::cli::exit::CommandResult;
use crate::cli::table::{table, text as as_text};
use crate::cli::ui::Ui;
use crate::job::{DatasetPlan, Plan, Role, StepKind, StepPlan};
use crate::key::{Key, Order};
use crate::sys::Root;
use crate::sys::publish::Target;

pub(in crate::cli) fn execute(arguments: &args::Plan, ui: &Ui) -> CommandResult {
    let (root, plan, warnings) = super::load(&arguments.job)?;
    ui.diagnostics(&warnings);
    let text =
        if arguments.json { format!("{:#}\n", document(&plan, &root)) } else { describe(&plan, &root) };
    ui.answer(&text)?;
    Ok(0)
}

fn describe(plan: &Plan, root: &Root) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "job {} ({})", plan.job, plan.job_file);
    if let Some(description) = &plan.description {
        let _ = writeln!(text, "{description}");
    }
    let _ = writeln!(text, "root {}, max-rc {}", root.path().display(), plan.max_rc);
    if !plan.params.is_empty() {
        let mut params = table(&["parameter", "value"], &[]);
        plan.params.iter().for_each(|(name, value)| {
            params.add_row([name, value]);
        });
        text.push_str(&as_text(&params));
    }
    let mut steps = table(&["#", "step", "operator", "reads", "writes", "how"], &[0]);
    for (index, step) in plan.steps.iter().enumerate() {
        steps.add_row([
            (index + 1).to_string(),
            step.name.clone(),
            step.kind.operator().to_owned(),
            step.kind.inputs().join("\n"),
            step.kind.outputs().join("\n"),
            how(step),
        ]);
    }
    text.push_str(&as_text(&steps));
    let mut datasets = table(&["dataset", "role", "recfm", "lrecl", "page", "record", "path"], &[3]);
    for dataset in plan.datasets.values() {
        datasets.add_row([
            dataset.name.clone(),
            role(dataset).to_owned(),
            dataset.format.recfm.name().to_owned(),
            lrecl(dataset).to_string(),
            dataset.format.page.name().to_owned(),
            dataset.described_by.clone(),
            dataset.path.as_deref().map(|path| root.display(path)).unwrap_or_default(),
        ]);
    }
    text.push_str(&as_text(&datasets));
    let _ = writeln!(text, "outputs are published together when the last step has ended well");
    text
}

/// LRECL as JCL says it: with the descriptor word for variable records.
fn lrecl(dataset: &DatasetPlan) -> usize {
    dataset.format.lrecl + dataset.format.recfm.word_length()
}

fn role(dataset: &DatasetPlan) -> &'static str {
    match dataset.role {
        Role::Input => "input",
        Role::Output(Target::New) => "output, new",
        Role::Output(Target::Replace) => "output, replaced",
        Role::Temporary => "temporary",
    }
}

/// The particulars of a step in a few lines.
fn how(step: &StepPlan) -> String {
    let mut lines = Vec::new();
    match &step.kind {
        StepKind::Sort(sort) if sort.key.parts().is_empty() => lines.push("copy".to_owned()),
        StepKind::Sort(sort) => lines.push(format!("by {}", key_text(&sort.key))),
        StepKind::Match(matching) => {
            lines.push(format!("on {}", key_text(&matching.left.1)));
            let sorted = [(matching.sort.0, &matching.left.0), (matching.sort.1, &matching.right.0)];
            lines.extend(
                sorted.iter().filter(|(sort, _)| *sort).map(|(_, name)| format!("sorts {name} first")),
            );
        }
        StepKind::Post(post) => {
            lines.push(format!("rules {}", post.rules_file));
            let masters = post.program.masters.iter();
            lines
                .extend(masters.map(|master| format!("master {} by {}", master.name, key_text(&master.key))));
            if let Some(max) = post.rejects.as_ref().and_then(|rejects| rejects.max_count) {
                lines.push(format!("at most {max} rejects"));
            }
        }
        StepKind::Balance(balance) => {
            lines.extend(balance.identities.iter().map(|identity| identity.text().to_owned()));
        }
    }
    lines.extend(step.totals.iter().map(|total| format!("total {} over {}", total.spec.name, total.over)));
    lines.join("\n")
}

fn key_text(key: &Key) -> String {
    let parts = key.parts().iter().map(|part| match part.order {
        Order::Ascending => part.field.name().to_owned(),
        Order::Descending => format!("{} descending", part.field.name()),
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn document(plan: &Plan, root: &Root) -> Value {
    let steps: Vec<Value> = plan
        .steps
        .iter()
        .map(|step| {
            json!({
                "step": step.name,
                "description": step.description,
                "operator": step.kind.operator(),
                "reads": step.kind.inputs(),
                "writes": step.kind.outputs(),
                "how": how(step),
                "rules": match &step.kind { StepKind::Post(post) => post.rules_description.clone(), _ => None },
            })
        })
        .collect();
    let datasets: Vec<Value> = plan
        .datasets
        .values()
        .map(|dataset| {
            json!({
                "dataset": dataset.name,
                "role": role(dataset),
                "recfm": dataset.format.recfm.name(),
                "lrecl": lrecl(dataset),
                "code_page": dataset.format.page.name(),
                "record": dataset.described_by,
                "path": dataset.path.as_deref().map(|path| root.display(path)),
            })
        })
        .collect();
    let sources: Vec<Value> =
        plan.sources.iter().map(|s| json!({ "name": s.name, "sha256": s.sha256 })).collect();
    let params: Vec<Value> =
        plan.params.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "job": plan.job,
        "description": plan.description,
        "root": root.path(),
        "business_date": plan.business_date,
        "max_rc": plan.max_rc,
        "params": params,
        "steps": steps,
        "datasets": datasets,
        "sources": sources,
    })
}
