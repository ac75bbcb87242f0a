//! Giving a run up for good, by somebody who knows why: it is not gone on with, and what it was about to publish is removed.

use std::path::{Path, PathBuf};

use super::frozen::FrozenPlan;
use super::history::{End, History};
use super::journal::read_journal;
use super::paths::Paths;
use super::settle::{Settled, abandon, hold_run, publishing_lock, remove_mark, tidy};
use super::start::unknown;
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::publish::is_at_target;
use crate::sys::{Fs, Root};

/// What is left of a run that was given up.
#[derive(Clone, Debug, Default)]
pub struct GivenUp {
    /// Datasets that it has published, step by step.
    pub published: Vec<String>,
    /// If it died while publishing: the targets, and whether each of them has the new content already.
    pub targets: Vec<(PathBuf, bool)>,
    /// What has been done already, and a run in its place does once more although that is not the same.
    pub once_more: Vec<String>,
}

/// Gives a run up. `reason` is what the journal says; without it nothing is done but told.
///
/// # Errors
/// `RUN040` if nobody has heard of it, `RUN014` while somebody works on it, `RUN030` if it is complete, `RUN045` if it has been
/// given up, `RUN035` if its journal cannot be read: then only `--rerun` begins another one.
pub fn give_up(fs: &dyn Fs, root: &Root, run: &str, reason: Option<&str>) -> Result<GivenUp> {
    let paths = Paths::of(root);
    let journal = paths.journal(run);
    if fs.meta(&journal).is_err() {
        return Err(unknown(run));
    }
    let _lock = hold_run(fs, &paths, run)?;
    let _publishing = publishing_lock(fs, &paths)?;
    let chain = read_journal(fs, &journal)?;
    let history = History::of(&chain.entries);
    match history.end {
        Some(End::Committed) => {
            return Err(Diagnostic::error(codes::RUN030, format!("run {run} is complete"))
                .hint("there is nothing to give up; offhost catalog rollback takes its generations back"));
        }
        Some(End::Abandoned) => {
            return Err(Diagnostic::error(codes::RUN045, format!("run {run} was given up already"))
                .hint("run the job; that begins another one in its place"));
        }
        _ => {}
    }
    let files = history.prepared.iter().flat_map(|prepared| &prepared.files);
    let mut left = GivenUp {
        published: history.visible.iter().cloned().collect(),
        targets: files.map(|file| (file.target.clone(), is_at_target(fs, file))).collect(),
        once_more: Vec::new(),
    };
    left.once_more = once_more(fs, &paths.plan(run), &history, &left);
    if let Some(reason) = reason {
        let settled = Settled { chain, history };
        abandon(fs, &paths, run, &settled, reason)?;
        // Of what it was publishing, that which is not there stays away.
        tidy(fs, &paths, run, &settled.history);
        remove_mark(fs, &paths.mark(run))?;
    }
    Ok(left)
}

/// What the plan of a run says of the datasets whose new contents are there.
fn once_more(fs: &dyn Fs, plan: &Path, history: &History, left: &GivenUp) -> Vec<String> {
    let prepared = history.prepared.iter().flat_map(|prepared| &prepared.datasets).zip(&left.targets);
    let there = prepared.filter(|(_, (_, is_new))| *is_new).map(|(dataset, _)| dataset);
    // Without its plan nothing more is known than what is published.
    let Ok(plan) = FrozenPlan::read(fs, plan, history.plan.as_deref()) else { return Vec::new() };
    let done = left.published.iter().chain(there);
    done.filter_map(|dataset| plan.datasets.get(dataset)?.once.clone()).collect()
}
