//! `offhost diff-runs`: what two runs of a job published, or the files of two folders, beside each other.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Command, FromArgMatches};
use serde_json::{Value, json};

use super::diff::{By, Wanted, compare, means, span, today, wanted};
use crate::cli::args::{AnswerArgs, Diff, DiffRuns};
use crate::cli::destination::Destination;
use crate::cli::exit::CommandResult;
use crate::cli::table::{grouped, table, text as as_text};
use crate::cli::ui::Ui;
use crate::convert::{Form, Readable};
use crate::dataset::Written;
use crate::diag::{Diagnostic, Result, Source, codes};
use crate::diff::{self, Answer, Outcome, RuleTexts, Side};
use crate::job::{ManifestFile, comparison_manifest, comparison_rules};
use crate::run::{PublishedPair, TakenOut, two_runs};
use crate::sys::hash::xxh3_128;
use crate::sys::{Fs, PathError, RealFs, Root};

/// Options of a manifest whose values are files, which lie beside the manifest.
const FILES: [&str; 6] = ["copybook", "copy-path", "rules", "theirs-copybook", "theirs-copy-path", "history"];

pub(in crate::cli) fn execute(arguments: &DiffRuns, ui: &Ui) -> CommandResult {
    let root = Root::new(&arguments.root)?;
    let taken = TakenOut::new(&RealFs, &root, &root);
    let (files, sides, only) = match &arguments.manifest {
        Some(manifest) => folders(arguments, manifest, ui)?,
        None => runs(arguments, &root, &taken)?,
    };
    if let Some(folder) = &arguments.pages {
        RealFs.create_dir_all(folder).path_error("make the folder", folder)?;
    }
    let mut all = Vec::new();
    for (name, wanted) in &files {
        let answer = AnswerArgs {
            html: arguments.pages.as_ref().map(|folder| folder.join(page_name(name))),
            replace: arguments.replace,
            ..AnswerArgs::default()
        };
        all.push((name.as_str(), compare(wanted, &answer, ui)?));
    }
    let lonely = only.iter().any(|names| !names.is_empty());
    let worst = all.iter().map(|(_, outcome)| outcome.answer).max().unwrap_or(Answer::Equal);
    let worst = if lonely { Answer::Different } else { worst };
    if let Some(folder) = &arguments.pages {
        index(folder, &all, &sides, arguments.replace)?;
    }
    if arguments.json {
        let list = all.iter().map(|(name, outcome)| {
            let mut value = diff::to_json(outcome);
            value["file"] = json!(name);
            value
        });
        let answer = json!({
            "answer": worst.name(),
            "runs": sides,
            "files": list.collect::<Vec<Value>>(),
            "only_left": only[0],
            "only_right": only[1],
        });
        ui.answer(&format!("{answer:#}\n"))?;
    } else if !ui.quiet {
        ui.answer(&shown(&all, &sides, &only))?;
    }
    let good = if arguments.strict { Answer::Equal } else { Answer::Equivalent };
    Ok(u8::from(lonely || !all.iter().all(|(_, outcome)| outcome.is_as_good_as(good))))
}

/// Files by name, the names of both sides, and what only one of them has.
type Found = (Vec<(String, Wanted)>, [String; 2], [Vec<String>; 2]);

fn runs(arguments: &DiffRuns, root: &Root, taken: &TakenOut<'_>) -> anyhow::Result<Found> {
    let found = two_runs((&RealFs, root), taken, [&arguments.ours, &arguments.theirs], &arguments.only)?;
    let keys = named("--key", &arguments.key, "DATASET=FIELD,FIELD")?;
    let rules = named("--rules", &arguments.rules, "DATASET=FILE")?;
    let names: Vec<&str> = found.pairs.iter().map(|pair| pair.dataset.as_str()).collect();
    for (name, (option, text)) in keys.iter().chain(&rules).map(|(name, given)| (*name, *given)) {
        if !names.contains(&name) {
            let message = format!("{option} {name}={text}: no such dataset is compared");
            return Err(unclear(message, format!("compared are {}", names.join(", "))).into());
        }
    }
    let mut files = Vec::new();
    for pair in &found.pairs {
        let key = keys.get(pair.dataset.as_str()).map(|(_, text)| *text);
        let rules = rules.get(pair.dataset.as_str()).map(|(_, text)| Path::new(*text));
        files.push((pair.dataset.clone(), published(arguments, pair, &found.runs[0], key, rules)?));
    }
    Ok((files, found.runs, found.only))
}

/// `DATASET=TEXT`, by dataset, with the option it was given by.
fn named<'a>(
    option: &'static str,
    given: &'a [String],
    form: &str,
) -> Result<BTreeMap<&'a str, (&'static str, &'a str)>> {
    let pair = |text: &'a String| match text.split_once('=') {
        Some((name, value)) => Ok((name, (option, value))),
        None => Err(unclear(format!("{option}: `{text}` is not understood"), format!("write {form}"))),
    };
    given.iter().map(pair).collect()
}

fn unclear(message: String, hint: String) -> Box<Diagnostic> {
    Diagnostic::error(codes::DIF001, message).hint(hint)
}

/// A dataset that both runs have published.
fn published(
    arguments: &DiffRuns,
    pair: &PublishedPair,
    run: &str,
    key: Option<&str>,
    rules: Option<&Path>,
) -> anyhow::Result<Wanted> {
    let side = |at: usize| -> Result<Side> {
        let (plan, path) = (&pair.plans[at], &pair.paths[at]);
        let form = Form::described(&plan.name, &plan.record, &plan.meaning, &plan.format)?;
        let readable = Readable { form, format: plan.format.clone() };
        Ok(Side::data(&RealFs, &path.display().to_string(), path, readable))
    };
    let names: Vec<String> = match key {
        Some(text) => text.split(',').map(str::to_owned).collect(),
        None => pair.key.clone(),
    };
    let texts = match rules {
        None => RuleTexts::default(),
        Some(path) => {
            let bytes = std::fs::read(path).path_error("read the rules in", path)?;
            comparison_rules(&Source::from_bytes(&path.display().to_string(), bytes)?)?
        }
    };
    Ok(Wanted {
        left: side(0)?,
        right: side(1)?,
        texts,
        by: match names.is_empty() {
            true => By::Position,
            false => By::Key(names.iter().map(|name| span("--key", name)).collect()),
        },
        as_of: arguments.as_of.unwrap_or_else(today),
        means: means(&arguments.resources),
        why: Some(format!("offhost why {run} --output {}:", pair.dataset)),
    })
}

fn folders(arguments: &DiffRuns, manifest: &Path, ui: &Ui) -> anyhow::Result<Found> {
    let bytes = std::fs::read(manifest).path_error("read the manifest", manifest)?;
    let listed = comparison_manifest(&Source::from_bytes(&manifest.display().to_string(), bytes)?)?;
    let beside = manifest.parent().unwrap_or(Path::new(""));
    let sides = [PathBuf::from(&arguments.ours), PathBuf::from(&arguments.theirs)];
    let is_wanted = |file: &ManifestFile| arguments.only.is_empty() || arguments.only.contains(&file.ours);
    let (mut files, mut only) = (Vec::new(), [Vec::new(), Vec::new()]);
    for file in listed.iter().filter(|file| is_wanted(file)) {
        let paths = [sides[0].join(&file.ours), sides[1].join(&file.theirs)];
        match paths.each_ref().map(|path| path.exists()) {
            [true, false] => only[0].push(file.ours.clone()),
            [false, true] => only[1].push(file.theirs.clone()),
            // What neither side has is an error of the manifest, which reading the first one tells.
            _ => {
                let mut typed = typed(file, &paths, beside)?;
                typed.resources = arguments.resources.clone();
                typed.rules.as_of = arguments.as_of.or(typed.rules.as_of);
                files.push((file.ours.clone(), wanted(&typed, ui)?));
            }
        }
    }
    Ok((files, [arguments.ours.clone(), arguments.theirs.clone()], only))
}

/// The options of a file as if they had been typed.
fn typed(file: &ManifestFile, paths: &[PathBuf; 2], beside: &Path) -> Result<Diff> {
    let mut words = vec![paths[0].clone().into_os_string(), paths[1].clone().into_os_string()];
    for (option, values) in &file.options {
        if values.is_empty() {
            words.push(format!("--{option}").into());
        }
        for value in values {
            let mut word = std::ffi::OsString::from(format!("--{option}="));
            match FILES.contains(&option.as_str()) {
                true => word.push(beside.join(value)),
                false => word.push(value),
            }
            words.push(word);
        }
    }
    let command = Diff::augment_args(Command::new("diff").no_binary_name(true).disable_help_flag(true));
    let matches = command.try_get_matches_from(words);
    matches.and_then(|matches| Diff::from_arg_matches(&matches)).map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Diagnostic::error(codes::DIF005, format!("{}: {first}", file.ours))
            .at(&file.place, "")
            .hint("options are those of `offhost diff`, without their dashes")
    })
}

fn page_name(file: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    format!("{}.html", file.chars().map(plain).collect::<String>())
}

/// The page that leads to the others.
fn index(folder: &Path, all: &[(&str, Outcome)], sides: &[String; 2], replace: bool) -> Result<()> {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0} and {1}</title>\n\
         <style>body {{ font: 14px/1.5 system-ui, sans-serif; margin: 24px; color-scheme: light dark }} \
         td, th {{ text-align: left; padding: 3px 16px 3px 0 }}</style></head>\n\
         <body><h1>{0} and {1}</h1>\n<table><tr><th>file</th><th>answer</th><th></th></tr>\n",
        escaped(&sides[0]),
        escaped(&sides[1])
    );
    for (name, outcome) in all {
        page.push_str(&format!(
            "<tr><td><a href=\"{}\">{}</a></td><td>{}</td><td>{}</td></tr>\n",
            escaped(&page_name(name)),
            escaped(name),
            outcome.answer.name(),
            escaped(&diff::headline(outcome))
        ));
    }
    page.push_str("</table></body></html>\n");
    let (destination, mut output) = Destination::open(Some(&folder.join("index.html")), replace)?;
    output.file.write_all(page.as_bytes()).path_error("write", &output.path)?;
    let hash = xxh3_128(page.as_bytes());
    destination.finish(output.file, &Written { bytes: page.len() as u64, hash, ..Written::default() })
}

fn shown(all: &[(&str, Outcome)], sides: &[String; 2], only: &[Vec<String>; 2]) -> String {
    let head = ["file", "answer", "ours", "theirs", "different", "only ours", "only theirs", "first cluster"];
    let mut rows = table(&head, &[2, 3, 4, 5, 6]);
    for (name, outcome) in all {
        let tally = &outcome.tally;
        rows.add_row(vec![
            (*name).to_owned(),
            outcome.answer.name().to_owned(),
            grouped(outcome.totals[0].records),
            grouped(outcome.totals[1].records),
            grouped(tally.different),
            grouped(tally.left_only),
            grouped(tally.right_only),
            outcome.clusters.first().map(diff::sentence).unwrap_or_default(),
        ]);
    }
    let mut text = format!("ours: {}\ntheirs: {}\n\n{}", sides[0], sides[1], as_text(&rows));
    for (which, names) in ["ours", "theirs"].into_iter().zip(only) {
        if !names.is_empty() {
            text.push_str(&format!("only in {which}: {}\n", names.join(", ")));
        }
    }
    text
}
