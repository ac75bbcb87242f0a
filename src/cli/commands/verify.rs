//! `offhost verify`: where a file came from.

use crate::cli::args::VerifyFile;
use crate::cli::exit::CommandResult;
use crate::cli::table::{grouped, table, text as as_text};
use crate::cli::ui::Ui;
use crate::run::{Origin, SameBytes, Source, provenance};
use crate::sys::{RealFs, Root};

pub(in crate::cli) fn execute(arguments: &VerifyFile, ui: &Ui) -> CommandResult {
    let root = Root::new(&arguments.root)?;
    let found = provenance(&RealFs, &root, &arguments.file)?;
    if arguments.json {
        ui.answer(&format!("{:#}\n", serde_json::to_value(&found)?))?;
        return Ok(0);
    }
    let mut text = format!("{}: {} bytes, XXH3 {}\n", found.file, grouped(found.bytes), found.hash);
    let again = match &found.same_bytes_as {
        Some(other) => {
            text.push_str(&format!(
                "no run published it here; the same bytes as {other}, elsewhere, which was made so:\n"
            ));
            "those bytes"
        }
        None => "it",
    };
    describe(&found.origin, &mut text);
    text.push_str(&format!("to have {again} made again: offhost replay {}\n", found.origin.run));
    ui.answer(&text)?;
    Ok(0)
}

/// By what it is known whether a source is still the same.
fn hash_of(source: &Source) -> String {
    let short = |hash: &str| hash[..16.min(hash.len())].to_owned();
    match (&source.sha256, &source.xxh3) {
        (Some(hash), _) => format!("SHA-256 {}", short(hash)),
        (None, Some(hash)) => format!("XXH3 {}", short(hash)),
        (None, None) => "not known".to_owned(),
    }
}

fn describe(origin: &Origin, text: &mut String) {
    let date =
        origin.business_date.as_ref().map(|date| format!(", business date {date}")).unwrap_or_default();
    text.push_str(&format!(
        "{} is of run {} ({}){date}, begun {}, offhost {}\n",
        origin.dataset, origin.run, origin.job, origin.began, origin.version
    ));
    text.push_str(&format!("through {}\n", origin.steps.join(", ")));
    let mut rows = table(&["made of", "", "hash then", "now", "archived"], &[]);
    let inputs = origin.inputs.iter().map(|one| ("input", one));
    let inputs = inputs.chain(origin.added_to.iter().map(|one| ("the old file", one)));
    for (kind, one) in origin.texts.iter().map(|one| ("text", one)).chain(inputs) {
        rows.add_row([
            one.name.clone(),
            kind.to_owned(),
            hash_of(one),
            one.now.to_owned(),
            if one.archived { "yes" } else { "no" }.to_owned(),
        ]);
    }
    text.push_str(&as_text(&rows));
    for (what, one) in
        origin.inputs.iter().map(|one| ("", one)).chain(origin.added_to.iter().map(|one| (" before", one)))
    {
        if let Some(same) = &one.same_bytes {
            let SameBytes { run, dataset, path } = same;
            text.push_str(&format!(
                "{}{what}: the same bytes as {path}, elsewhere, which the run {run} published as {dataset}\n",
                one.name
            ));
        }
        if let Some(parent) = &one.from {
            text.push_str(&format!("{}{what}: ", one.name));
            describe(parent, text);
        }
    }
}
