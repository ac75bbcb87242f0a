//! The generations of a run: what it reads must be what was cataloged, what it wrote is entered when it commits.

use std::collections::BTreeSet;

use serde_json::Value;

use super::publish::Part;
use crate::catalog::{Catalog, Entry, Generation, View};
use crate::diag::Result;
use crate::job::Plan;
use crate::sys::{Fs, Root, clock};

/// Refuses a plan whose generations changed since it was made, and files that have another size than was cataloged. In the
/// bases of `entered` it was the run itself that changed them.
pub(super) fn check(catalog: Catalog<'_>, plan: &Plan, entered: &BTreeSet<String>) -> Result<()> {
    check_current(catalog, plan, entered)?;
    for dataset in plan.datasets.values() {
        for wanted in dataset.generations().filter(|wanted| !entered.contains(&wanted.base)) {
            let Some(base) = plan.generations.base(&wanted.base) else { continue };
            if let Some(known) = base.find(wanted.name) {
                catalog.check_size(&wanted.base, &base.file(wanted.name), known)?;
            }
        }
    }
    Ok(())
}

/// Refuses a plan whose generations somebody else has changed since it was made.
pub(super) fn check_current(catalog: Catalog<'_>, plan: &Plan, entered: &BTreeSet<String>) -> Result<()> {
    let others = plan.generations.bases.iter().filter(|(name, _)| !entered.contains(*name));
    let bases = others.map(|(name, base)| (name.clone(), base.clone())).collect();
    catalog.check_current(&View { bases, ..View::default() })
}

/// Removes files that left a base, now that nothing can be taken back; what cannot go yet is tried again by the next run.
pub(super) fn sweep(fs: &dyn Fs, root: &Root) {
    drop(Catalog::new(fs, root).sweep());
}

/// What the catalog gets when these parts are published.
pub(super) fn entries(plan: &Plan, run: &str, parts: &[Part]) -> Vec<Entry> {
    let entry = |(name, publication, written): &Part| {
        let generation = plan.datasets.get(name)?.generation.as_ref()?;
        let base = plan.generations.base(&generation.base)?;
        let (bytes, hash) = publication.content.clone();
        Some(Entry {
            base: generation.base.clone(),
            folder: base.folder.clone(),
            policy: base.policy,
            generation: Generation {
                name: generation.name,
                bytes,
                hash,
                records: Some(written.records),
                run: Some(run.to_owned()),
                business_date: plan.business_date.clone(),
                entered: clock::timestamp(),
            },
        })
    };
    let mut entries: Vec<Entry> = parts.iter().filter_map(entry).collect();
    // The last one entered is (0): (+1) must come before (+2), whichever step wrote first.
    let ahead = |entry: &Entry| {
        let base = plan.generations.base(&entry.base);
        let newest = base.and_then(|base| base.newest()).map(|newest| newest.name);
        entry.generation.name.ahead_of(newest)
    };
    entries.sort_by_key(ahead);
    entries
}

/// The entries of a run as its journal has them; none in journals of runs without generations.
pub(super) fn of_journal(data: &Value) -> Vec<Entry> {
    serde_json::from_value(data["generations"].clone()).unwrap_or_default()
}
