//! `offhost plan`: what a run would do.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::args;
use crate::cli::exit::CommandResult;
use crate::cli::table::{size, table, text as as_text};
use crate::cli::ui::Ui;
use crate::diff::Pairing;
use crate::job::{Content, DatasetPlan, Plan, Publish, Role, StepKind, StepPlan};
use crate::key::{Key, Order};
use crate::post::{Partition, Program};
use crate::run::{
    Forecast, FrozenPlan, Holding, How, Identity, InputHash, Joint, OpenJoint, PlannedSort, Resources,
    forecast, known_hashes, locks_of, unfinished,
};
use crate::sys::publish::Target;
use crate::sys::{Fs, RealFs, Root};

pub(in crate::cli) fn execute(arguments: &args::Plan, ui: &Ui) -> CommandResult {
    let (root, plan, warnings) = super::load(&arguments.job)?;
    ui.diagnostics(&warnings);
    let resources = arguments.resources.resources().within(&plan)?;
    let forecast = foretold(&plan, &resources);
    let sorts = planned_sorts(&plan, &forecast);
    let start = which_run(&plan, &root, arguments.job.date_given())?;
    let hashes = known_hashes(&RealFs, &plan, &root, start.1.as_ref());
    let text = if arguments.json {
        let mut document = document(&plan, &root);
        document["inputs"] = input_documents(&plan, &root, &hashes);
        document["run"] = json!(start.0);
        document["goes_on"] = json!(start.1.is_some());
        document["expected_bytes"] = json!(forecast.sizes);
        document["memory"] = json!(resources.memory);
        document["threads"] = json!(resources.threads);
        document["masters"] =
            masters(&plan, &forecast).map(|(step, holding)| holding_document(step, holding)).collect();
        document["pipes"] = pipe_documents(&plan, &forecast);
        document["sorts"] = sorts.iter().map(sort_document).collect();
        format!("{document:#}\n")
    } else {
        describe(&plan, &root, &(start.0, start.1.is_some()))
            + &describe_inputs(&plan, &root, &hashes)
            + &describe_masters(&plan, &forecast)
            + &describe_pipes(&plan, &forecast)
            + &describe_sorts(&sorts, &resources, &root)
            + &describe_space(&plan, &forecast, &sorts)
    };
    ui.answer(&text)?;
    Ok(0)
}

/// The run that a plain `offhost run` would be, and the plan with which it was begun if it goes on with an unfinished one.
fn which_run(
    plan: &Plan,
    root: &Root,
    date_given: bool,
) -> crate::diag::Result<(String, Option<FrozenPlan>)> {
    let unfinished = unfinished(&RealFs, plan, root, date_given)?;
    Ok(unfinished
        .map_or_else(|| (Identity::of(plan).run_name(), None), |begun| (begun.run, Some(begun.plan))))
}

/// The hashes that files of inputs must have.
type Hashes = BTreeMap<PathBuf, InputHash>;

/// The files of inputs, in the order of their datasets, and what is known of their contents.
fn input_files<'p>(
    plan: &'p Plan,
    hashes: &'p Hashes,
) -> impl Iterator<Item = (&'p str, &'p Path, &'p InputHash)> {
    let inputs = plan.datasets.values().filter(|dataset| dataset.role == Role::Input);
    let files = inputs.flat_map(|dataset| dataset.files().map(|file| (dataset.name.as_str(), file)));
    files.filter_map(|(name, file)| Some((name, file, hashes.get(file)?)))
}

/// What is known of the contents of inputs before the run.
fn describe_inputs(plan: &Plan, root: &Root, hashes: &Hashes) -> String {
    let mut rows = table(&["input", "file", "hash", "known from"], &[]);
    let mut any = false;
    for (name, file, hash) in input_files(plan, hashes) {
        any = true;
        let known = hash.xxh3.clone().unwrap_or_default();
        rows.add_row([name.to_owned(), root.display(file), known, hash.words()]);
    }
    let hashed = if plan.flow.hash_first {
        "inputs whose hash is not known are hashed before the first step\n"
    } else {
        ""
    };
    if any { as_text(&rows) + hashed } else { String::new() }
}

fn input_documents(plan: &Plan, root: &Root, hashes: &Hashes) -> Value {
    let files = input_files(plan, hashes);
    files
        .map(|(name, file, hash)| json!({ "dataset": name, "file": root.display(file), "hash": hash }))
        .collect()
}

fn describe(plan: &Plan, root: &Root, (run, goes_on): &(String, bool)) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "job {} ({})", plan.job, plan.job_file);
    if let Some(description) = &plan.description {
        let _ = writeln!(text, "{description}");
    }
    let _ = writeln!(text, "root {}, max-rc {}", root.path().display(), plan.max_rc);
    let _ = writeln!(
        text,
        "run {run}{}",
        if *goes_on { ", which has been begun and is gone on with" } else { "" }
    );
    if !plan.params.is_empty() {
        let mut params = table(&["parameter", "value"], &[]);
        plan.params.iter().for_each(|(name, value)| {
            params.add_row([name, value]);
        });
        text.push_str(&as_text(&params));
    }
    let mut steps = table(&["#", "step", "operator", "after", "reads", "writes", "how"], &[0]);
    for (index, step) in plan.steps.iter().enumerate() {
        steps.add_row([
            (index + 1).to_string(),
            step.name.clone(),
            step.kind.operator().to_owned(),
            after(plan, step).join("\n"),
            step.kind.inputs().join("\n"),
            step.kind.outputs().join("\n"),
            how(step) + &step.flow.describe().iter().map(|line| format!("\n{line}")).collect::<String>(),
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
            dataset.place(root),
        ]);
    }
    text.push_str(&as_text(&datasets));
    let mut locks = table(&["lock", "file"], &[]);
    for lock in locks_of(plan, root) {
        locks.add_row([if lock.exclusive { "exclusive" } else { "shared" }, lock.file.as_str()]);
    }
    text.push_str(&as_text(&locks));
    text.push_str(&limits(plan));
    text.push_str(match plan.flow.publish {
        Publish::AtEnd => "outputs are published together when the last step has ended well\n",
        Publish::PerStep => "the outputs of a step are published together when it has ended well\n",
    });
    if let Some(manifest) = &plan.flow.manifest {
        let _ = writeln!(text, "behind all others {} is published, which lists them", root.display(manifest));
    }
    text
}

/// The steps that have ended before a step begins.
fn after<'p>(plan: &'p Plan, step: &StepPlan) -> Vec<&'p str> {
    step.flow.after.iter().filter_map(|at| plan.steps.get(*at)).map(|step| step.name.as_str()).collect()
}

/// What the job allows itself, and when it is late.
fn limits(plan: &Plan) -> String {
    let flow = &plan.flow;
    let limits = [
        flow.time.map(|time| format!("time {} s", time.as_secs())),
        flow.memory.map(|bytes| format!("memory {}", size(bytes))),
        flow.temporary.map(|bytes| format!("temporary data {}", size(bytes))),
        flow.output.map(|bytes| format!("outputs {}", size(bytes))),
        flow.wait.map(|time| format!("waits {} s for datasets", time.as_secs())),
        flow.late_after.map(|time| format!("late after {time}")),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    if limits.is_empty() { String::new() } else { format!("limits: {}\n", limits.join(", ")) }
}

/// What the plan is going to need, as far as the sizes of its inputs tell.
fn foretold(plan: &Plan, resources: &Resources) -> Forecast {
    forecast(plan, resources, &|name: &str| {
        // What is at the path of an output is the old one.
        let dataset = plan.datasets.get(name).filter(|dataset| dataset.role == Role::Input)?;
        let mut files = dataset.files().peekable();
        files.peek()?;
        files.map(|path| RealFs.meta(path).ok().map(|meta| meta.length)).sum()
    })
}

/// The room that the run will take.
fn describe_space(plan: &Plan, forecast: &Forecast, sorts: &[(String, PlannedSort)]) -> String {
    let (mut known, mut unknown) = (0, Vec::new());
    for dataset in plan.datasets.values().filter(|dataset| matches!(dataset.role, Role::Output(_))) {
        match forecast.sizes.get(&dataset.name) {
            Some(bytes) => known += bytes,
            None => unknown.push(dataset.name.as_str()),
        }
    }
    let sorts = sorts.iter().filter_map(|(_, sort)| sort.sizing.forecast()).map(|all| all.spill_bytes);
    let work = sorts.chain(forecast.masters.iter().map(|holding| holding.work.expected)).max();
    let mut text = format!("expected: outputs up to {}", size(known));
    if !unknown.is_empty() {
        let _ = write!(text, " and {}, as large as their steps make them", unknown.join(", "));
    }
    let _ = writeln!(text, "; work files up to {}", size(work.unwrap_or_default()));
    text
}

/// The steps that have masters, and how.
fn masters<'p>(plan: &'p Plan, forecast: &'p Forecast) -> impl Iterator<Item = (&'p StepPlan, &'p Holding)> {
    plan.steps.iter().zip(&forecast.masters).filter(|(_, holding)| holding.bytes > 0)
}

/// Whether masters fit into the memory while transactions stream past, and what is done if not.
fn describe_masters(plan: &Plan, forecast: &Forecast) -> String {
    let mut text = String::new();
    for (step, holding) in masters(plan, forecast) {
        let (needs, memory) = (size(holding.bytes), size(holding.budget));
        let _ = match &holding.how {
            How::Memory => {
                writeln!(
                    text,
                    "masters of {}: {needs} in memory, of {memory}; transactions stream",
                    step.name
                )
            }
            How::Line(partition) => {
                let (sorted, whole) = divided(step, partition);
                let held = match whole.as_slice() {
                    [] => String::new(),
                    names => format!("; {} in memory: {}", names.join(", "), size(holding.held)),
                };
                let (fields, sorted) = (partition.names().join(", "), sorted.join(", "));
                let whys = partition.whole.iter().map(|(_, why)| format!("; {why}")).collect::<String>();
                writeln!(
                    text,
                    "masters of {}: balanced line, since they take {needs} and the memory has room for {memory}; \
                     transactions and {sorted} are sorted by {fields}; work files of about {}{held}{whys}",
                    step.name,
                    size(holding.work.expected)
                )
            }
            How::Whole(reasons) => writeln!(
                text,
                "masters of {}: {needs}, more than the {memory} of memory, and held whole all the same, \
                 since a balanced line cannot take them: {}; give --memory more",
                step.name,
                reasons.join("; ")
            ),
        };
    }
    text
}

/// Names of the masters that a balanced line divides, and of those that stay whole.
fn divided<'p>(step: &'p StepPlan, partition: &Partition) -> (Vec<&'p str>, Vec<&'p str>) {
    let StepKind::Post(post) = &step.kind else { return (Vec::new(), Vec::new()) };
    let (mut sorted, mut whole) = (Vec::new(), Vec::new());
    for (master, divided) in post.program.masters.iter().zip(&partition.masters) {
        if divided.is_some() { &mut sorted } else { &mut whole }.push(master.name.as_str());
    }
    (sorted, whole)
}

fn holding_document(step: &StepPlan, holding: &Holding) -> Value {
    let mut document = json!({
        "step": step.name,
        "memory": holding.bytes,
        "room": holding.budget,
        "fit": holding.bytes <= holding.budget,
    });
    match &holding.how {
        How::Memory => document["how"] = json!("in memory"),
        How::Line(partition) => {
            let (sorted, whole) = divided(step, partition);
            document["how"] = json!("balanced line");
            document["sorted_by"] = json!(partition.names());
            document["sorted"] = json!(sorted);
            document["in_memory"] = json!(whole);
            document["held"] = json!(holding.held);
            document["work_bytes"] = json!(holding.work.expected);
        }
        How::Whole(reasons) => {
            document["how"] = json!("held whole");
            document["reasons"] = json!(reasons);
        }
    }
    document
}

/// The sorts that begin with the step that writes what they read.
fn describe_pipes(plan: &Plan, forecast: &Forecast) -> String {
    let line = |pipe: &Joint| {
        let (reader, writer) = (&plan.steps[pipe.reader].name, &plan.steps[pipe.writer].name);
        format!("{reader} begins with {writer}: it takes {} in while it is written\n", pipe.dataset)
    };
    let open = |pipe: &OpenJoint| {
        let (reader, writer) = (&plan.steps[pipe.reader].name, &plan.steps[pipe.writer].name);
        format!(
            "{reader} begins with {writer} if {} fits into memory; its size is not known before {writer} begins\n",
            pipe.dataset
        )
    };
    forecast.pipes.iter().map(line).chain(forecast.open_pipes.iter().map(open)).collect()
}

/// Pipes; the bytes of those that may be laid are null.
fn pipe_documents(plan: &Plan, forecast: &Forecast) -> Value {
    let document = |dataset: &str, writer: usize, reader: usize, bytes: Option<u64>| {
        let (writer, reader) = (&plan.steps[writer].name, &plan.steps[reader].name);
        json!({ "dataset": dataset, "writer": writer, "reader": reader, "bytes": bytes })
    };
    let known = forecast.pipes.iter();
    let known = known.map(|pipe| document(&pipe.dataset, pipe.writer, pipe.reader, Some(pipe.bytes)));
    let open = forecast.open_pipes.iter();
    known.chain(open.map(|pipe| document(&pipe.dataset, pipe.writer, pipe.reader, None))).collect()
}

/// The sorts of a plan with the names of their steps.
fn planned_sorts(plan: &Plan, forecast: &Forecast) -> Vec<(String, PlannedSort)> {
    let steps = plan.steps.iter().zip(&forecast.sorts);
    steps.flat_map(|(step, sorts)| sorts.iter().map(|sort| (step.name.clone(), sort.clone()))).collect()
}

/// How the sorts will lay themselves out, and the work space they have.
fn describe_sorts(sorts: &[(String, PlannedSort)], resources: &Resources, root: &Root) -> String {
    let mut text = String::new();
    if !sorts.is_empty() {
        let mut rows = table(&["sort", "dataset", "bytes", "memory", "how", "work files"], &[2, 3, 5]);
        for (step, sort) in sorts {
            let forecast = sort.sizing.forecast();
            let (bytes, how, spill) = match forecast {
                None => (String::new(), "known when its input has been written".to_owned(), String::new()),
                Some(all) if all.runs == 0 => (size(all.bytes), "in memory".to_owned(), String::new()),
                Some(all) => {
                    let merges = if all.merges == 1 {
                        "one merge".to_owned()
                    } else {
                        format!("{} merges", all.merges)
                    };
                    let how = format!("{} runs, {merges} of up to {}", all.runs, all.fan_in);
                    (size(all.bytes), how, size(all.spill_bytes))
                }
            };
            rows.add_row([
                step.clone(),
                sort.dataset.clone(),
                bytes,
                size(sort.sizing.memory as u64),
                how,
                spill,
            ]);
        }
        text.push_str(&as_text(&rows));
    }
    let folders = match resources.work_folders.as_slice() {
        [] => vec![root.path().to_owned()],
        folders => folders.to_vec(),
    };
    let free = folders.iter().map(|folder| {
        let existing = folder.ancestors().find(|part| RealFs.meta(part).is_ok()).unwrap_or(folder);
        let space = RealFs.space(existing).ok().flatten();
        let space = space.map_or("unknown".to_owned(), size);
        format!("{} ({space} free)", folder.display())
    });
    let free: Vec<String> = free.collect();
    let _ = writeln!(
        text,
        "{} threads, {} of memory; work files in {}",
        resources.threads,
        size(resources.memory),
        free.join(", ")
    );
    text
}

fn sort_document((step, sort): &(String, PlannedSort)) -> Value {
    let forecast = sort.sizing.forecast();
    json!({
        "step": step,
        "dataset": sort.dataset,
        "memory": sort.sizing.memory,
        "bytes": forecast.map(|forecast| forecast.bytes),
        "runs": forecast.map(|forecast| forecast.runs),
        "merges": forecast.map(|forecast| forecast.merges),
        "fan_in": forecast.map(|forecast| forecast.fan_in),
        "spill_bytes": forecast.map(|forecast| forecast.spill_bytes),
    })
}

/// LRECL as JCL says it: with the descriptor word for variable records.
fn lrecl(dataset: &DatasetPlan) -> usize {
    dataset.format.lrecl + dataset.format.recfm.word_length()
}

fn role(dataset: &DatasetPlan) -> &'static str {
    match dataset.role {
        Role::Input => "input",
        Role::Output(Target::New) => "output, new",
        Role::Output(Target::Replace) if dataset.append => "output, added to",
        Role::Temporary if matches!(dataset.content, Content::Dummy) => "dropped",
        Role::Output(Target::Replace) => "output, replaced",
        Role::Temporary => "temporary",
    }
}

/// The particulars of a step in a few lines.
fn how(step: &StepPlan) -> String {
    let mut lines = Vec::new();
    match &step.kind {
        StepKind::Sort(sort) if sort.key.parts().is_empty() => lines.push("copy".to_owned()),
        StepKind::Sort(sort) => {
            let merge = if sort.merge { "merge " } else { "" };
            lines.push(format!("{merge}by {}, {} bits", key_text(&sort.key), sort.key.bits()));
            if let Some(sum) = &sort.sum {
                let fields: Vec<&str> = sum.fields().map(crate::expr::FieldRef::name).collect();
                lines.push(format!("adds up {}", fields.join(", ")));
            }
        }
        StepKind::Control(plan) => {
            let cards = plan.control.text().lines().filter(|card| !card.starts_with('*'));
            lines.extend(cards.map(|card| card.trim().to_owned()).filter(|card| !card.is_empty()));
        }
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
            lines.push(together(&post.program));
            if let Some(max) = post.rejects.as_ref().and_then(|rejects| rejects.max_count) {
                lines.push(format!("at most {max} rejects"));
            }
            if let Some(max) = post.rejects.as_ref().and_then(|rejects| rejects.max_percent) {
                lines.push(format!("at most {max} percent rejects"));
            }
        }
        StepKind::Report(plan) => {
            let columns: Vec<&str> = plan.report.columns.iter().map(|column| column.name.as_str()).collect();
            lines.push(format!("columns {}", columns.join(", ")));
            let breaks = plan.report.levels.iter();
            lines.extend(breaks.map(|level| format!("breaks {} on {}", level.name, key_text(&level.key))));
        }
        StepKind::Diff(diff) => {
            lines.push(match &diff.pairing {
                Pairing::Key(keys, _) => format!("by {}", key_text(&keys.0)),
                Pairing::Position => "by position".to_owned(),
                Pairing::Multiset => "as multisets".to_owned(),
            });
            lines.extend(diff.rules.list.iter().map(|rule| rule.name.clone()));
        }
        StepKind::Run(run) => {
            lines.push(format!("program {}", run.program));
            let dds = run.inputs.iter().chain(&run.outputs);
            lines.extend(dds.map(|(dd, dataset)| format!("DD_{dd} is {dataset}")));
            lines.extend((!run.args.is_empty()).then(|| format!("arguments {}", run.args.join(" "))));
            lines.extend(run.time_limit.map(|limit| format!("at most {limit:?}")));
        }
        StepKind::Balance(balance) => {
            lines.extend(balance.identities.iter().map(|identity| identity.text().to_owned()));
        }
    }
    lines.extend(step.totals.iter().map(|total| format!("total {} over {}", total.spec.name, total.over)));
    lines.join("\n")
}

/// What keeps the transactions of a post step in order.
fn together(program: &Program) -> String {
    match Partition::of(program) {
        Ok(partition) if partition.is_free() => "side by side".to_owned(),
        Ok(partition) => format!("side by side, those of one {} in order", partition.names().join(", ")),
        Err(reasons) => format!("one after the other: {}", reasons.join("; ")),
    }
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
                "after": after(plan, step),
                "conditions": step.flow.describe(),
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
                "files": dataset.files().map(|path| root.display(path)).collect::<Vec<_>>(),
                "generations": dataset.generations().map(|one| {
                    json!({ "base": one.base, "name": one.name, "relative": one.said })
                }).collect::<Vec<_>>(),
                "dummy": matches!(dataset.content, Content::Dummy),
            })
        })
        .collect();
    let sources: Vec<Value> =
        plan.sources.iter().map(|s| json!({ "name": s.name, "sha256": s.sha256 })).collect();
    let params: Vec<Value> =
        plan.params.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let locks = locks_of(plan, root).into_iter();
    let locks: Vec<Value> =
        locks.map(|lock| json!({ "file": lock.file, "exclusive": lock.exclusive })).collect();
    json!({
        "locks": locks,
        "publish": plan.flow.publish.name(),
        "hash_first": plan.flow.hash_first,
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
