//! The generations of a run: what it reads must be what was cataloged, what it wrote is entered when it commits.

use serde_json::Value;

use super::store::Store;
use crate::catalog::{Catalog, Entry, Generation};
use crate::dataset::Written;
use crate::diag::Result;
use crate::job::{Content, Piece, Plan};
use crate::sys::clock;
use crate::sys::publish::Publication;

/// Refuses a plan whose generations changed since it was made, and files that have another size than was cataloged.
pub(super) fn check(catalog: Catalog<'_>, plan: &Plan) -> Result<()> {
    catalog.check_current(&plan.generations)?;
    for dataset in plan.datasets.values() {
        let pieces: &[Piece] = match &dataset.content {
            Content::Pieces(pieces) => pieces,
            Content::File | Content::Dummy => &[],
        };
        let of_pieces = pieces.iter().filter_map(|piece| match piece {
            Piece::File { generation, .. } => generation.as_ref(),
            Piece::Lines(_) => None,
        });
        for wanted in dataset.generation.iter().chain(of_pieces) {
            let Some(base) = plan.generations.base(&wanted.base) else { continue };
            if let Some(known) = base.find(wanted.name) {
                catalog.check_size(&wanted.base, &base.file(wanted.name), known)?;
            }
        }
    }
    Ok(())
}

/// What the catalog gets when these datasets are published.
pub(super) fn entries(store: &Store<'_>, run: &str) -> Vec<Entry> {
    let entry = |(name, publication, written): (&str, &Publication, Written)| {
        let generation = store.plan.datasets.get(name)?.generation.as_ref()?;
        let base = store.plan.generations.base(&generation.base)?;
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
                business_date: store.plan.business_date.clone(),
                entered: clock::timestamp(),
            },
        })
    };
    let mut entries: Vec<Entry> = store.published().filter_map(entry).collect();
    // The last one entered is (0): (+1) must come before (+2), whichever step wrote first.
    let ahead = |entry: &Entry| {
        let base = store.plan.generations.base(&entry.base);
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
