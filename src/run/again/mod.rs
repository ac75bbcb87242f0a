//! A run of the past once more: in a root of its own, from inputs that are proved to be those that it read, with its date, its
//! parameters and its generations; and what comes of it against what the run published then.
//!
//! ```text
//!   journal -> texts, inputs (archive, or the file if its hash is that of then) -> a new root
//!           -> the plan as of then -> run -> each output against the one of then, field by field -> Replayed
//! ```

mod compare;
mod fields;
mod place;

pub use compare::{Compared, Verdict};
pub use fields::ByField;

use std::path::PathBuf;

use super::observe::Observer;
use super::resources::Resources;
use super::runner::{Outcome, run};
use super::why::past::Past;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::job::{AsOf, Plan, Request, load_as_of};
use crate::sys::{Fs, Root};
use compare::Beside;
use place::Place;

/// What is to be done again.
#[derive(Clone, Debug)]
pub struct Again {
    /// Name of a run, of a job (its last run), or `last`.
    pub run: String,
    /// A job file of today to run in place of the one of then.
    pub job: Option<String>,
    /// The new root; a new folder below the state of the root if not given.
    pub into: Option<PathBuf>,
    /// True if inputs of which no hash is known are taken as they are now.
    pub accept_inputs: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Replayed {
    /// The run of the past.
    pub run: String,
    /// Its business date.
    pub business_date: Option<String>,
    /// Its return code.
    pub rc_then: Option<u64>,
    /// The new root.
    pub place: PathBuf,
    /// What should be known of texts, parameters and inputs.
    pub notes: Vec<String>,
    /// How the run went now.
    pub outcome: Outcome,
    /// Every dataset that was published then or now.
    pub compared: Vec<Compared>,
}

impl Replayed {
    /// True if the run ended well with the same return code and the same bytes.
    pub fn is_equal(&self) -> bool {
        let same_rc = self.rc_then.is_none_or(|rc| rc == u64::from(self.outcome.report.rc));
        self.outcome.error.is_none()
            && same_rc
            && self.compared.iter().all(|one| one.verdict == Verdict::Equal)
    }
}

/// The committed runs of a business date, in the order in which they began; of one job, or of all. The last run of a job alone
/// counts, as it is what the night left behind.
pub fn replays_of(fs: &dyn Fs, root: &Root, date: &str, job: Option<&str>) -> Vec<String> {
    let mut found: Vec<(String, String)> = Vec::new();
    for past in Past::all(fs, root).into_iter().filter(|past| past.committed()) {
        let of = past.started["job"].as_str().unwrap_or_default().to_owned();
        if past.business_date() == Some(date) && job.is_none_or(|job| job == of) {
            found.retain(|(other, _)| *other != of);
            found.push((of, past.run));
        }
    }
    found.into_iter().map(|(_, run)| run).collect()
}

/// Does a run again.
pub fn replay(
    fs: &'static dyn Fs,
    root: &Root,
    again: &Again,
    resources: &Resources,
    observer: &dyn Observer,
) -> Result<Replayed, Diagnostics> {
    let past = Past::find(fs, root, &again.run)?;
    let mut place = Place::make(fs, root, &past, again.into.as_deref())?;
    let job = match &again.job {
        // A path below the old root is meant as such, not one below the new root.
        Some(job) => Some(root.path().join(job))
            .filter(|path| fs.meta(path).is_ok())
            .map_or_else(|| job.clone(), |path| path.display().to_string()),
        None => place.lay_texts()?,
    };
    let plan = load(fs, &mut place, &job, again)?;
    place.lay_inputs(&plan, again.accept_inputs)?;
    let Place { root: new_root, notes, .. } = place;
    let outcome = run(fs, &plan, &new_root, resources, observer);
    let beside = Beside { fs, old: root, root: &new_root, past: &past, plan: &plan, resources };
    let compared = compare::all(&beside, &outcome.report.published);
    Ok(Replayed {
        business_date: past.business_date().map(str::to_owned),
        rc_then: past.rc,
        run: past.run,
        place: new_root.path().to_owned(),
        notes,
        outcome,
        compared,
    })
}

/// The plan as of then. A changed job may have lost parameters; those are left out, with a note.
fn load(fs: &dyn Fs, place: &mut Place<'_>, job: &str, again: &Again) -> Result<Plan, Diagnostics> {
    let mut settings = place.past.settings();
    let as_of = AsOf { generations: place.past.view(), ..AsOf::default() };
    loop {
        let request = Request {
            job: job.to_owned(),
            root: place.root.clone(),
            settings: settings.clone(),
            explained: false,
        };
        match load_as_of(fs, &request, &as_of) {
            Ok((plan, _)) => return Ok(plan),
            Err(found) => {
                let lost = found.list().iter().find_map(|error| lost_parameter(error, &settings));
                match lost.filter(|_| again.job.is_some()) {
                    Some(at) => {
                        let (name, _) = settings.remove(at);
                        place.notes.push(format!("the job has no parameter {name} any more"));
                    }
                    None => return Err(found),
                }
            }
        }
    }
}

/// Which setting an error is about, if it is that there is no such parameter.
fn lost_parameter(error: &Diagnostic, settings: &[(String, String)]) -> Option<usize> {
    if error.code != codes::JOB010 {
        return None;
    }
    settings.iter().position(|(name, _)| error.message.split([' ', '\'', ',']).any(|word| word == name))
}
