//! `offhost catalog`: names of datasets and generation data groups.

use serde_json::{Value, json};

use crate::catalog::{Base, Catalog, Finding, Generation, OnLimit, Policy};
use crate::cli::args::{self, CatalogVerb, OnLimitArg};
use crate::cli::exit::CommandResult;
use crate::cli::progress::Progress;
use crate::cli::table::{grouped, size, table, text as as_text};
use crate::cli::ui::Ui;
use crate::diag::{Class, Diagnostic, Result, codes};
use crate::run::{hold_bases, named, note_adopted};
use crate::sys::{RealFs, Root};

pub(in crate::cli) fn execute(arguments: &args::Catalog, ui: &Ui) -> CommandResult {
    let place = match &arguments.verb {
        CatalogVerb::List(verb) => &verb.place,
        CatalogVerb::Define(verb) => &verb.place,
        CatalogVerb::Forget(verb) => &verb.place,
        CatalogVerb::Rollback(verb) => &verb.place,
        CatalogVerb::Prune(verb) => &verb.place,
        CatalogVerb::Verify(verb) => &verb.place,
        CatalogVerb::History(verb) => &verb.place,
    };
    let root = Root::new(&place.root)?;
    let catalog = Catalog::new(&RealFs, &root);
    let _hold = match touched(&catalog, &arguments.verb)? {
        Some(folders) => Some(hold_bases(&RealFs, &root, &folders, &Progress::new(ui))?),
        None => None,
    };
    let mut status = 0;
    let (document, text) = match &arguments.verb {
        CatalogVerb::List(verb) => list(&catalog, verb)?,
        CatalogVerb::Define(verb) => {
            let defined = define(&catalog, verb)?;
            if verb.adopt {
                note_adopted(&RealFs, &root, &verb.name)?;
            }
            defined
        }
        CatalogVerb::Forget(verb) => {
            catalog.forget(&verb.name)?;
            (
                json!({ "forgotten": verb.name }),
                format!("{} is no longer in the catalog; its files stay\n", verb.name),
            )
        }
        CatalogVerb::Rollback(verb) => roll_back(&catalog, &root, verb)?,
        CatalogVerb::Prune(verb) => prune(&catalog, verb)?,
        CatalogVerb::Verify(verb) => {
            let found = catalog.verify(verb.name.as_deref(), !verb.quick)?;
            if found.iter().any(|finding| finding.kind.is_trouble()) {
                status = Class::AttributeMismatch.exit_status();
            }
            (findings_document(&found), findings_text(&found, ui.verbose))
        }
        CatalogVerb::History(_) => history(&catalog)?,
    };
    if place.json {
        ui.answer(&format!("{document:#}\n"))?
    } else {
        ui.answer(&text)?
    }
    Ok(status)
}

/// Folders of the bases that a verb changes or takes files from; `None` for one that only looks.
fn touched(catalog: &Catalog<'_>, verb: &CatalogVerb) -> Result<Option<Vec<String>>> {
    let name = match verb {
        CatalogVerb::Define(verb) => Some(&verb.name),
        CatalogVerb::Forget(verb) => Some(&verb.name),
        CatalogVerb::Prune(verb) if !verb.confirm.dry_run => Some(&verb.name),
        // The generations of a run may be in any base.
        CatalogVerb::Rollback(verb) if !verb.confirm.dry_run => verb.name.as_ref(),
        _ => return Ok(None),
    };
    let bases = catalog.read()?.bases.into_iter();
    let folders = bases.filter(|(base, _)| name.is_none_or(|name| name == base)).map(|(_, base)| base.folder);
    Ok(Some(folders.collect()))
}

fn list(catalog: &Catalog<'_>, verb: &args::CatalogList) -> Result<(Value, String)> {
    let file = catalog.read()?;
    if let Some(name) = &verb.name {
        if let Some(path) = file.datasets.get(name) {
            return Ok((json!({ "name": name, "path": path }), format!("{name} is {path}\n")));
        }
        let base = file.bases.get(name).ok_or_else(|| crate::catalog::unknown(name))?;
        return Ok((base_document(name, base), base_text(name, base)));
    }
    let bases: Vec<Value> = file.bases.iter().map(|(name, base)| base_document(name, base)).collect();
    let mut text = String::new();
    if !file.bases.is_empty() {
        let mut rows =
            table(&["base", "folder", "generations", "limit", "newest", "records", "run"], &[2, 3, 5]);
        for (name, base) in &file.bases {
            let newest = base.newest();
            rows.add_row([
                name.clone(),
                base.folder.clone(),
                base.generations.len().to_string(),
                base.policy.limit.to_string(),
                newest.map_or_else(String::new, |one| one.name.to_string()),
                newest.and_then(|one| one.records).map(grouped).unwrap_or_default(),
                newest.and_then(|one| one.run.clone()).unwrap_or_default(),
            ]);
        }
        text.push_str(&as_text(&rows));
    }
    if !file.datasets.is_empty() {
        let mut rows = table(&["name", "file"], &[]);
        file.datasets.iter().for_each(|(name, path)| {
            rows.add_row([name, path]);
        });
        text.push_str(&as_text(&rows));
    }
    if text.is_empty() {
        text.push_str("the catalog is empty; offhost catalog define enters the first base\n");
    }
    Ok((json!({ "bases": bases, "datasets": file.datasets, "serial": file.serial }), text))
}

fn base_document(name: &str, base: &Base) -> Value {
    let count = base.generations.len();
    let generations = base.generations.iter().enumerate().map(|(index, one)| {
        json!({
            "relative": format!("({})", index as i64 + 1 - count as i64),
            "name": one.name,
            "file": base.file(one.name),
            "bytes": one.bytes,
            "hash": one.hash,
            "records": one.records,
            "run": one.run,
            "business_date": one.business_date,
            "entered": one.entered,
        })
    });
    json!({
        "name": name,
        "folder": base.folder,
        "limit": base.policy.limit,
        "on_limit": base.policy.on_limit,
        "scratch": base.policy.scratch,
        "generations": generations.collect::<Vec<_>>(),
    })
}

fn base_text(name: &str, base: &Base) -> String {
    let all = if base.policy.on_limit == OnLimit::DropAll { "drop-all" } else { "drop-oldest" };
    let scratch = if base.policy.scratch { "scratch" } else { "noscratch" };
    let mut text = format!("{name}: folder {}, limit {}, {all}, {scratch}\n", base.folder, base.policy.limit);
    let mut rows =
        table(&["", "generation", "records", "bytes", "business date", "entered", "run"], &[0, 2, 3]);
    for (back, one) in base.generations.iter().rev().enumerate() {
        rows.add_row([
            if back == 0 { "(0)".to_owned() } else { format!("(-{back})") },
            one.name.to_string(),
            one.records.map(grouped).unwrap_or_default(),
            size(one.bytes),
            one.business_date.clone().unwrap_or_default(),
            one.entered.clone(),
            one.run.clone().unwrap_or_else(|| "(was there)".to_owned()),
        ]);
    }
    if base.generations.is_empty() {
        text.push_str("no generations yet\n");
    } else {
        text.push_str(&as_text(&rows));
    }
    text
}

fn define(catalog: &Catalog<'_>, verb: &args::Define) -> Result<(Value, String)> {
    let name = &verb.name;
    if let Some(path) = &verb.path {
        catalog.define_dataset(name, path)?;
        return Ok((json!({ "defined": name, "path": path }), format!("{name} is {path}\n")));
    }
    let known = catalog.read()?.bases.get(name).map(|base| base.policy);
    let before =
        if verb.alter { known.ok_or_else(|| crate::catalog::unknown(name))? } else { Policy::default() };
    let policy = Policy {
        limit: verb.limit.unwrap_or(before.limit),
        on_limit: match verb.on_limit {
            Some(OnLimitArg::DropOldest) => OnLimit::DropOldest,
            Some(OnLimitArg::DropAll) => OnLimit::DropAll,
            None => before.on_limit,
        },
        scratch: if verb.scratch { true } else { before.scratch && !verb.no_scratch },
    };
    let mut left = Vec::new();
    if verb.alter {
        let over = catalog.over(name, policy)?;
        if verb.dry_run {
            return Ok(would_leave(name, &over, policy));
        }
        if policy.scratch && !over.is_empty() {
            let confirm = args::Confirm { yes: verb.yes, dry_run: false };
            confirmed(&confirm, &format!("removes the files of {} generations", over.len()))?;
        }
        left = catalog.alter_base(name, policy)?;
    } else {
        catalog.define_base(name, verb.folder.as_deref().unwrap_or(name), policy)?;
        if verb.adopt {
            let found = catalog.uncataloged(name)?;
            if let Err(error) = catalog.adopt(name, found) {
                // Defined and half filled would be neither what was asked for nor what was there.
                catalog.forget(name)?;
                return Err(error);
            }
        }
    }
    let base = catalog.read()?.bases.get(name).cloned().ok_or_else(|| crate::catalog::unknown(name))?;
    let mut document = base_document(name, &base);
    document["left"] = json!(left.iter().map(|one| one.name).collect::<Vec<_>>());
    let mut text = base_text(name, &base);
    left.iter().for_each(|one| text.push_str(&format!("{} has left\n", one.name)));
    Ok((document, text))
}

fn would_leave(name: &str, over: &[Generation], policy: Policy) -> (Value, String) {
    let file = if policy.scratch { "with its file" } else { "and its file stays" };
    let lines = over.iter().map(|one| format!("{name} {} would leave, {file}\n", one.name));
    let text = if over.is_empty() { "no generation would leave\n".to_owned() } else { lines.collect() };
    let names: Vec<_> = over.iter().map(|one| one.name).collect();
    (json!({ "dry_run": true, "name": name, "left": names }), text)
}

fn roll_back(catalog: &Catalog<'_>, root: &Root, verb: &args::Rollback) -> Result<(Value, String)> {
    let wanted = match (&verb.run, &verb.name) {
        (Some(run), name) => {
            // The catalog may have generations of a run of which nothing else is known here.
            let run = named(&RealFs, root, run).unwrap_or_else(|_| run.clone());
            catalog.entered_by(&run, name.as_deref())?
        }
        (None, Some(name)) => vec![(name.clone(), verb.count)],
        (None, None) => Vec::new(),
    };
    let file = catalog.read()?;
    let named = |(name, count): &(String, usize)| -> Vec<(String, Generation)> {
        let generations = file.bases.get(name).map(|base| base.generations.clone()).unwrap_or_default();
        generations.into_iter().rev().take(*count).map(|one| (name.clone(), one)).collect()
    };
    let mut back: Vec<(String, Generation)> = wanted.iter().flat_map(named).collect();
    if !verb.confirm.dry_run {
        confirmed(&verb.confirm, "takes generations back")?;
        back = catalog.roll_back(&wanted)?.into_iter().map(|one| (one.base, one.generation)).collect();
    }
    let would =
        if verb.confirm.dry_run { "would be taken back" } else { "is taken back; its file is put aside" };
    let mut text: String = back.iter().map(|(base, one)| format!("{base} {} {would}\n", one.name)).collect();
    if !back.is_empty() {
        text.push_str("the run that made them stays complete: --rerun does it again\n");
    }
    Ok((json!({ "dry_run": verb.confirm.dry_run, "rolled_back": named_list(&back) }), text))
}

fn prune(catalog: &Catalog<'_>, verb: &args::Prune) -> Result<(Value, String)> {
    let (name, dry_run) = (&verb.name, verb.confirm.dry_run);
    if !dry_run {
        confirmed(&verb.confirm, "removes files")?;
    }
    let base = catalog.read()?.bases.get(name).cloned().ok_or_else(|| crate::catalog::unknown(name))?;
    let mut left = Vec::new();
    if let Some(keep) = verb.keep {
        let over = base.generations.len().saturating_sub(keep);
        left = if dry_run {
            base.generations.into_iter().take(over).collect()
        } else {
            catalog.prune(name, keep)?
        };
    }
    let files = if verb.taken_back || verb.strays {
        catalog.prune_files(name, verb.taken_back, verb.strays, dry_run)?
    } else {
        Vec::new()
    };
    let would = if dry_run { "would be removed" } else { "is removed" };
    let mut text: String = left.iter().map(|one| format!("{name} {} {would}\n", one.name)).collect();
    files.iter().for_each(|one| text.push_str(&format!("{} {would}\n", one.file)));
    if text.is_empty() {
        text.push_str("there is nothing to remove\n");
    }
    let removed: Vec<(String, Generation)> = left.into_iter().map(|one| (name.clone(), one)).collect();
    let files: Vec<&str> = files.iter().map(|one| one.file.as_str()).collect();
    Ok((json!({ "dry_run": dry_run, "generations": named_list(&removed), "files": files }), text))
}

fn named_list(list: &[(String, Generation)]) -> Vec<Value> {
    list.iter().map(|(base, one)| json!({ "base": base, "name": one.name, "run": one.run })).collect()
}

/// As `confirmed`, for verbs that only say what they would do if they are told so.
pub(super) fn confirmed_unless_dry(confirm: &args::Confirm, what: &str) -> Result<()> {
    if confirm.dry_run { Ok(()) } else { confirmed(confirm, what) }
}

fn confirmed(confirm: &args::Confirm, what: &str) -> Result<()> {
    if confirm.yes {
        return Ok(());
    }
    Err(Diagnostic::error(codes::CAT008, format!("this {what} and was not confirmed"))
        .hint("add --yes, or --dry-run to see what would be done"))
}

fn findings_document(found: &[Finding]) -> Value {
    let findings = found.iter().map(|one| {
        json!({
            "name": one.name,
            "generation": one.generation,
            "file": one.file,
            "found": one.kind.name(),
            "detail": one.detail,
        })
    });
    let troubles = found.iter().filter(|one| one.kind.is_trouble()).count();
    json!({ "findings": findings.collect::<Vec<_>>(), "troubles": troubles })
}

fn findings_text(found: &[Finding], verbose: bool) -> String {
    let mut rows = table(&["name", "file", "found", "detail"], &[]);
    let mut any = false;
    for one in found.iter().filter(|one| verbose || one.kind != crate::catalog::Kind::Good) {
        any = true;
        rows.add_row([one.name.as_str(), one.file.as_str(), one.kind.name(), one.detail.as_str()]);
    }
    let troubles = found.iter().filter(|one| one.kind.is_trouble()).count();
    let good = found.iter().filter(|one| one.kind == crate::catalog::Kind::Good).count();
    let table = if any { as_text(&rows) } else { String::new() };
    format!("{table}{good} files are as cataloged, {troubles} are not\n")
}

fn history(catalog: &Catalog<'_>) -> Result<(Value, String)> {
    let lines = catalog.history()?;
    let mut rows = table(&["#", "time", "change"], &[0]);
    for line in &lines {
        rows.add_row([line.serial.to_string(), line.time.clone(), line.change.to_string()]);
    }
    let document =
        lines.iter().map(|line| json!({ "serial": line.serial, "time": line.time, "change": line.change }));
    Ok((Value::Array(document.collect()), as_text(&rows)))
}
