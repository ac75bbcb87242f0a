//! `offhost verify`: where a file came from.

use crate::cli::args::VerifyFile;
use crate::cli::exit::CommandResult;
use crate::cli::table::{grouped, table, text as as_text};
use crate::cli::ui::Ui;
use crate::run::{Origin, Source, provenance};
use crate::sys::{RealFs, Root};

pub(in crate::cli) fn execute(arguments: &VerifyFile, ui: &Ui) -> CommandResult {
    let root = Root::new(&arguments.root)?;
    let found = provenance(&RealFs, &root, &arguments.file)?;
    if arguments.json {
        ui.answer(&format!("{:#}\n", serde_json::to_value(&found)?))?;
        return Ok(0);
    }
    let mut text = format!("{}: {} bytes, XXH3 {}\n", found.file, grouped(found.bytes), found.hash);
    if let Some(other) = &found.published_as {
        text.push_str(&format!("its content was published as {other}\n"));
    }
    describe(&found.origin, &mut text);
    text.push_str(&format!("to have it made again: offhost replay {}\n", found.origin.run));
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
    for (kind, one) in
        origin.texts.iter().map(|one| ("text", one)).chain(origin.inputs.iter().map(|one| ("input", one)))
    {
        rows.add_row([
            one.name.clone(),
            kind.to_owned(),
            hash_of(one),
            one.now.to_owned(),
            if one.archived { "yes" } else { "no" }.to_owned(),
        ]);
    }
    text.push_str(&as_text(&rows));
    let from = |one: &Source| one.from.as_ref().map(|from| (one.name.clone(), from.clone()));
    for (name, parent) in origin.inputs.iter().filter_map(from) {
        text.push_str(&format!("{name}: "));
        describe(&parent, text);
    }
}
