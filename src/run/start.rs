//! How a run is started, and which run of the job it then is: a new one, or one that has not been finished.

use std::path::Path;
use std::time::Duration;

use super::frozen::FrozenPlan;
use super::history::{End, History};
use super::identity::{Identity, Numbered};
use super::journal::Journal;
use super::observe::Observer;
use super::paths::{Paths, name_of};
use super::resources::Resources;
use super::settle::{Settled, abandon, hold_run, settle};
use super::twice::with_deeds;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{AsOf, Plan};
use crate::sys::{Fs, PathError, Root, Stop, clock, real};

/// How long an unfinished run whose date the clock has left waits to be gone on with: a scheduler that starts a job again does
/// so in the same night.
const SAME_NIGHT: Duration = Duration::from_secs(12 * 60 * 60);

/// How a run is started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// What it may use of the machine.
    pub resources: Resources,
    /// Steps that may run at the same time; one if 0.
    pub jobs: usize,
    /// The run to go on with; what the plan says if not given.
    pub run: Option<String>,
    /// True if the business date was given; one that was worked out from the clock does not move with it.
    pub date_given: bool,
    /// True if a new run is wanted, whatever has been done.
    pub rerun: bool,
    /// True if inputs and texts that have changed since the run began are taken as they are now.
    pub accept_changes: bool,
    /// True if inputs of which no hash is known are hashed before the first step.
    pub hash_first: bool,
    /// The step from which on everything is done again.
    pub from: Option<String>,
    /// How long to wait for datasets that other runs have; what the job says if not given, for ever if it says nothing.
    pub wait: Option<Duration>,
    /// Who may want it to end.
    pub stop: Stop,
}

/// A run of which nobody else may do anything now.
pub(super) struct Claim {
    pub run: String,
    pub settled: Settled,
    /// Held as long as the run lives.
    pub _lock: Box<dyn Send>,
}

impl Claim {
    /// What earlier attempts have done.
    pub fn history(&self) -> &History {
        &self.settled.history
    }

    /// Notes that whoever started it knows that another run has finished it.
    pub fn told(&self, fs: &dyn Fs, paths: &Paths) -> Result<()> {
        let mut journal = Journal::open(fs, &paths.journal(&self.run), &self.settled.chain)?;
        journal.append("told", &serde_json::json!({}), true)
    }

    /// True if a run begins here.
    pub fn is_fresh(&self) -> bool {
        self.settled.history.attempts == 0
    }
}

/// The run that a plain start of this plan goes on with, if there is an unfinished one, and the parameters that it was begun
/// with: whoever starts a job again means them, whatever the clock says by now. Unless the business date is given, that may be
/// a run of an earlier date that was begun in this night.
pub fn unfinished(fs: &dyn Fs, plan: &Plan, root: &Root, date_given: bool) -> Result<Option<Unfinished>> {
    let paths = Paths::of(root);
    let mut identity = Identity::of(plan);
    identity.dated &= date_given;
    let Some(run) = latest(fs, &paths, plan, &identity)? else { return Ok(None) };
    let history = history_of(fs, &paths, &run)?;
    if history.attempts == 0 || matches!(history.end, Some(End::Committed | End::Abandoned)) {
        return Ok(None);
    }
    Unfinished::of(fs, &paths, run, &history).map(Some)
}

/// A run that is to be gone on with.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// Its name.
    pub run: String,
    /// Its frozen plan.
    pub plan: FrozenPlan,
    /// True if nothing has been done that a new attempt builds on.
    pub is_blank: bool,
    /// True if it has entered generations in the catalog.
    pub has_entered: bool,
}

impl Unfinished {
    pub(super) fn of(fs: &dyn Fs, paths: &Paths, run: String, history: &History) -> Result<Unfinished> {
        let plan = FrozenPlan::read(fs, &paths.plan(&run), history.plan.as_deref())?;
        Ok(Unfinished { run, plan, is_blank: history.is_blank(), has_entered: !history.entered.is_empty() })
    }

    /// What its job is resolved against: relative generations are counted from where they were counted when it began, unless
    /// nothing has been done since, or whatever has changed is accepted.
    pub fn as_of(&self, accept_changes: bool) -> AsOf {
        let fixed = self.has_entered || !(self.is_blank || accept_changes);
        AsOf { generations: fixed.then(|| self.plan.generations.clone()), lenient: false }
    }
}

/// Takes the run that is meant.
pub(super) fn claim(
    (fs, paths): (&dyn Fs, &Paths),
    plan: &Plan,
    start: &Start,
    observer: &dyn Observer,
) -> Result<Claim> {
    let mut identity = Identity::of(plan);
    identity.dated &= start.date_given;
    let run = match &start.run {
        Some(run) if fs.meta(&paths.journal(run)).is_ok() => run.clone(),
        Some(run) => return Err(unknown(run)),
        None if start.rerun => {
            pass_over_later(fs, paths, &identity, observer)?;
            newest(fs, paths, &identity).unwrap_or_else(|| identity.run_name())
        }
        None => latest(fs, paths, plan, &identity)?.unwrap_or_else(|| identity.run_name()),
    };
    let next = || {
        // An earlier day's run of a job without a business date is no repetition of today's.
        let same_day = identity.runs(&names(fs, paths)).into_iter().find(|run| run.date == identity.date);
        lock(fs, paths, identity.numbered(same_day.map_or(1, |run| run.number + 1)), observer)
    };
    let claim = match lock(fs, paths, run, observer) {
        // Whoever begins anew does not care what became of it.
        Err(error) if start.rerun && error.code == codes::RUN035 => return next(),
        claim => claim?,
    };
    match &claim.history().end {
        _ if start.rerun && !claim.is_fresh() => {
            abandon(fs, paths, &claim.run, &claim.settled, "--rerun")?;
            next()
        }
        Some(End::Abandoned) if start.run.is_some() => {
            Err(given_up(&identity, &names(fs, paths), &claim.run))
        }
        Some(End::Abandoned) => next(),
        Some(End::Committed) if !claim.history().untold => Err(complete(&claim, plan)),
        None if claim.is_fresh() => {
            tell_of_others(fs, paths, &identity, &claim.run, observer);
            Ok(claim)
        }
        _ => Ok(claim),
    }
}

/// Says which runs of the same job and date have not ended well: whoever changes a parameter may mean one of them.
fn tell_of_others(fs: &dyn Fs, paths: &Paths, identity: &Identity, own: &str, observer: &dyn Observer) {
    for name in names(fs, paths).iter().filter(|name| *name != own && identity.is_of_this_date(name)) {
        let Ok(history) = history_of(fs, paths, name) else { continue };
        if history.attempts > 0 && !matches!(history.end, Some(End::Committed | End::Abandoned)) {
            observer.note(&format!(
                "this is a new run; {name}, of the same date with other parameters, has not ended well"
            ));
        }
    }
}

fn lock(fs: &dyn Fs, paths: &Paths, run: String, observer: &dyn Observer) -> Result<Claim> {
    let folder = paths.run(&run);
    fs.create_dir_all(&folder).path_error("make the folder", &folder)?;
    let lock = hold_run(fs, paths, &run)?;
    let settled = settle(fs, paths, &run, observer)?;
    Ok(Claim { run, settled, _lock: lock })
}

/// The latest run of an identity. If its date is the clock's, one of an earlier day counts only if it is unfinished, of this
/// night, and was not begun for a date that somebody had chosen; one of a later day says that the clock was set back.
fn latest(fs: &dyn Fs, paths: &Paths, plan: &Plan, identity: &Identity) -> Result<Option<String>> {
    for run in identity.runs(&names(fs, paths)) {
        if run.date == identity.date {
            return Ok(Some(run.name));
        }
        let history = history_of(fs, paths, &run.name)?;
        let ended = matches!(history.end, Some(End::Committed | End::Abandoned));
        if run.date > identity.date {
            match () {
                () if !is_in_the_way(&history) => continue,
                () if ended => return Err(clock_set_back(&run.name, identity, plan, &history)),
                () => return Ok(Some(run.name)),
            }
        }
        let young = clock::age_of(&history.started).is_some_and(|age| age < SAME_NIGHT);
        return Ok((!ended && young && !history.date_given).then_some(run.name));
    }
    Ok(None)
}

/// True if a run of a later day says that the clock was set back: nobody chose that day, something was done, and nobody has
/// begun anew in spite of it.
fn is_in_the_way(history: &History) -> bool {
    history.attempts > 0 && !history.date_given && !history.misdated && history.end != Some(End::Abandoned)
}

/// Whoever begins anew while there are runs of later days has been told of them; they are in nobody's way from then on.
fn pass_over_later(fs: &dyn Fs, paths: &Paths, identity: &Identity, observer: &dyn Observer) -> Result<()> {
    let later = identity.runs(&names(fs, paths)).into_iter().filter(|run| run.date > identity.date);
    for run in later {
        // What cannot be read is told by whoever needs it.
        if !history_of(fs, paths, &run.name).is_ok_and(|history| is_in_the_way(&history)) {
            continue;
        }
        let Claim { run, settled, _lock } = lock(fs, paths, run.name, observer)?;
        if settled.history.end == Some(End::Committed) {
            let mut journal = Journal::open(fs, &paths.journal(&run), &settled.chain)?;
            journal.append("misdated", &serde_json::json!({ "clock": identity.date }), true)?;
        } else {
            abandon(fs, paths, &run, &settled, "--rerun")?;
        }
    }
    Ok(())
}

/// The run that a repetition comes after.
fn newest(fs: &dyn Fs, paths: &Paths, identity: &Identity) -> Option<String> {
    let mut runs = identity.runs(&names(fs, paths)).into_iter();
    runs.find(|run| run.date == identity.date).map(|run| run.name)
}

/// What the journal of a run says; nothing if there is none.
pub(super) fn history_of(fs: &dyn Fs, paths: &Paths, run: &str) -> Result<History> {
    let path = paths.journal(run);
    if fs.meta(&path).is_err() {
        return Ok(History::default());
    }
    Ok(History::of(&super::journal::read_journal(fs, &path)?.entries))
}

/// Names of all runs.
pub(super) fn names(fs: &dyn Fs, paths: &Paths) -> Vec<String> {
    fs.list(&paths.runs()).unwrap_or_default().iter().map(|path| name_of(path)).collect()
}

/// The error of a run that nobody has heard of.
pub(super) fn unknown(run: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN040, format!("there is no run {run}"))
        .hint("offhost runs lists them; check --root")
}

fn complete(claim: &Claim, plan: &Plan) -> Box<Diagnostic> {
    let history = claim.history();
    let mut error = Diagnostic::error(codes::RUN030, format!("run {} is complete already", claim.run))
        .note(format!("it ended {} with rc {}", history.last, history.rc))
        .note("a run is its job, its business date and its parameters");
    let own = plan.job_path.display().to_string();
    if !history.job_path.is_empty() && real(Path::new(&history.job_path)) != real(&plan.job_path) {
        error = error
            .note(format!("it was a run of {}, this is {own}", history.job_path))
            .note("two jobs need two names after job:; one job that was moved has been done for this date");
    }
    with_deeds(error.hint("nothing was done; to do it all once more, add --rerun"), plan, history)
}

fn clock_set_back(run: &str, identity: &Identity, plan: &Plan, history: &History) -> Box<Diagnostic> {
    let date = plan.business_date.as_ref().map_or("", |_| "or say which date is meant with --date, ");
    let error = Diagnostic::error(
        codes::RUN044,
        format!("run {run} is of a later day than {}, which the clock says it is", identity.date),
    )
    .note("the clock was set back, or that run began when it was wrong")
    .hint(format!(
        "correct the clock if it is wrong, {date}or add --rerun: that begins a run of this day, and passes over {run} from then on"
    ));
    with_deeds(error, plan, history)
}

fn given_up(identity: &Identity, names: &[String], run: &str) -> Box<Diagnostic> {
    let error = Diagnostic::error(codes::RUN045, format!("run {run} was given up"));
    let own = identity.numbered_as(run);
    let follows = |other: &Numbered| {
        own.as_ref().is_some_and(|own| other.date == own.date && other.number > own.number)
    };
    match identity.runs(names).into_iter().find(follows) {
        Some(run) => error.hint(format!("{} was begun in its place; look at that one", run.name)),
        None => error.hint("run the job; that begins another one in its place"),
    }
}
