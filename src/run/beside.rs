//! Two runs of one job beside each other: which datasets both have published, where they are, and what their records are paired by.

use std::path::{Path, PathBuf};

use super::taken::TakenOut;
use super::why::past::Past;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{DatasetPlan, Plan, StepKind};
use crate::key::Key;
use crate::sys::{Fs, Root};

/// What two runs have published.
#[derive(Clone, Debug)]
pub struct TwoRuns {
    /// Names of the runs.
    pub runs: [String; 2],
    /// Datasets that both have.
    pub pairs: Vec<PublishedPair>,
    /// Datasets that only one of them has.
    pub only: [Vec<String>; 2],
}

/// A dataset that two runs have published.
#[derive(Clone, Debug)]
pub struct PublishedPair {
    /// Its name in the job.
    pub dataset: String,
    /// How the job describes it, with the parameters of each run.
    pub plans: [DatasetPlan; 2],
    /// Its files.
    pub paths: [PathBuf; 2],
    /// Fields that records are known by: the key of a master, the order of a sort. Empty if nothing is known.
    pub key: Vec<String>,
}

/// Finds what two runs have published: each by its name or folder, the name of a job (its latest run), or `last`. Files that
/// are not what the runs published any more are taken out of the archive. `wanted` names datasets; all if it is empty.
pub fn two_runs(
    (fs, root): (&dyn Fs, &Root),
    taken: &TakenOut<'_>,
    names: [&str; 2],
    wanted: &[String],
) -> Result<TwoRuns> {
    let pasts = [Past::find(fs, root, names[0])?, Past::find(fs, root, names[1])?];
    let plans = [pasts[0].job_of_today(fs, root, true)?, pasts[1].job_of_today(fs, root, true)?];
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|other| other == name);
    let has = |past: &Past, name: &str| past.published().any(|(other, _)| other == name);
    let lonely = |own: &Past, other: &Past| -> Vec<String> {
        let names = own.published().map(|(name, _)| name).filter(|name| is_wanted(name));
        names.filter(|name| !has(other, name)).map(str::to_owned).collect()
    };
    let only = [lonely(&pasts[0], &pasts[1]), lonely(&pasts[1], &pasts[0])];
    let both = pasts[0].published().map(|(name, _)| name);
    let both: Vec<&str> = both.filter(|name| is_wanted(name) && has(&pasts[1], name)).collect();
    if let Some(unknown) = wanted.iter().find(|name| !both.contains(&name.as_str())) {
        let error = Diagnostic::error(codes::DIF004, format!("the runs have not both published {unknown}"));
        return Err(error.hint(format!("they have published {}", both.join(", "))));
    }
    let pairs = both.into_iter().filter_map(|name| pair(taken, &pasts, &plans, name).transpose());
    let pairs = pairs.collect::<Result<_>>()?;
    Ok(TwoRuns { runs: pasts.map(|past| past.run), pairs, only })
}

/// `None` for a dataset that the job of today no longer has.
fn pair(
    taken: &TakenOut<'_>,
    pasts: &[Past; 2],
    plans: &[Plan; 2],
    name: &str,
) -> Result<Option<PublishedPair>> {
    let path = |past: &Past| {
        taken.published_by(past, name).ok_or_else(|| {
            let message = format!("{name} is no longer what the run {} published", past.run);
            Diagnostic::error(codes::DIF004, message)
                .note("a later run has replaced it, or it was changed or removed, and the archive has not got it")
                .hint("let each run write to a path of its own, with ${business-date} or a generation, or say archive: all; or name other datasets")
        })
    };
    let paths = [path(&pasts[0])?, path(&pasts[1])?];
    let [Some(left), Some(right)] = plans.each_ref().map(|plan| plan.datasets.get(name).cloned()) else {
        return Ok(None);
    };
    let key = known_key(&plans[0], name);
    Ok(Some(PublishedPair { dataset: name.to_owned(), plans: [left, right], paths, key }))
}

/// The fields that the records of an output are known by.
pub(super) fn known_key(plan: &Plan, name: &str) -> Vec<String> {
    let fields = |key: &Key| key.parts().iter().map(|part| part.field.name().to_owned()).collect();
    for step in &plan.steps {
        match &step.kind {
            StepKind::Post(post) => {
                let at = post.masters.iter().position(|master| master.new.as_deref() == Some(name));
                if let Some(master) = at.and_then(|at| post.program.masters.get(at)) {
                    return fields(&master.key);
                }
            }
            StepKind::Sort(sort) if sort.out == name && sort.orders() && sort.reformat.is_none() => {
                return fields(&sort.key);
            }
            _ => {}
        }
    }
    Vec::new()
}

/// The latest run below a root that published this file as it is now, and the name of the dataset.
pub fn published_by(fs: &dyn Fs, root: &Root, path: &Path) -> Option<(String, String)> {
    let real = path.canonicalize().ok()?;
    let is_it = |target: &Path| target.canonicalize().is_ok_and(|target| target == real);
    let mut latest: Option<(Past, String)> = None;
    for run in Past::names(fs, root) {
        // A run that cannot be read any more has nothing to say.
        let Ok(past) = Past::find(fs, root, &run) else { continue };
        let name = past.published().find(|(_, file)| is_it(&file.target)).map(|(name, _)| name.to_owned());
        let Some(name) = name else { continue };
        if latest.as_ref().is_none_or(|(other, _)| other.time <= past.time) {
            latest = Some((past, name));
        }
    }
    let (past, name) = latest?;
    past.still_published(fs, &name)?;
    Some((past.run, name))
}
