//! The frozen plan: everything that was resolved when a run began, as `plan.json` in the run's folder. It is on the disk before
//! the first step begins; whoever goes on with the run holds the job against it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::known::InputHash;
use super::twice::deed;
use crate::catalog::View;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{DatasetPlan, Plan, Role};
use crate::sys::publish::{Target, part_of};
use crate::sys::{Fs, Meta, PathError, Root, real, replace_whole, sha256};

/// Version of the file's form.
const FORM: u32 = 2;

/// `plan.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenPlan {
    /// Version of this form, 2.
    pub form: u32,
    /// Version of offhost that wrote it.
    pub version: String,
    /// Name of the run.
    pub run: String,
    /// Name of the job.
    pub job: String,
    /// The job file, as the user named it.
    pub job_file: String,
    /// Where it was found.
    pub job_path: PathBuf,
    /// The root.
    pub root: PathBuf,
    /// The date that identifies the run.
    pub date: String,
    /// The business date, if the job has one.
    pub business_date: Option<String>,
    /// All parameters and their values.
    pub params: Vec<FrozenParam>,
    /// Highest return code that is a success.
    pub max_rc: u8,
    /// `at-end` or `per-step`.
    pub publish: String,
    /// The texts that the job is made of.
    pub sources: Vec<FrozenSource>,
    /// Every dataset.
    pub datasets: BTreeMap<String, FrozenDataset>,
    /// The generations that relative numbers were counted from.
    pub generations: View,
    /// The steps in the order in which they run one by one.
    pub steps: Vec<FrozenStep>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenParam {
    /// Name.
    pub name: String,
    /// Value, as `--set` takes it.
    pub value: String,
    /// True if it is part of the run's identity.
    pub identifying: bool,
}

/// A text that the job is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenSource {
    /// Name as the job writes it.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// A dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenDataset {
    /// `input`, `output` or `temporary`.
    pub role: String,
    /// True for an output that must not exist.
    pub new: bool,
    /// Its file; none for a temporary one.
    pub path: Option<PathBuf>,
    /// The part that an output is written to.
    pub part: Option<PathBuf>,
    /// Its files: that of its path, or those of its pieces.
    pub files: Vec<PathBuf>,
    /// What was there when the run began: an input's files, the old file of an output.
    pub found: BTreeMap<PathBuf, Stamp>,
    /// What is done to it that is not the same when it is done twice, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<String>,
    /// What an input's files have in them, as far as that was known when the run began.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hashes: BTreeMap<PathBuf, InputHash>,
}

/// What tells a file from a changed one without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Bytes.
    pub bytes: u64,
    /// Time of last change, in nanoseconds.
    pub modified: i64,
    /// Time of the last change of anything about the file, in nanoseconds.
    pub changed: i64,
    /// Device and inode.
    pub identity: (u64, u64),
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenStep {
    /// Name.
    pub step: String,
    /// Operator.
    pub operator: String,
    /// Datasets it reads.
    pub reads: Vec<String>,
    /// Datasets it writes.
    pub writes: Vec<String>,
    /// Steps that end before it begins.
    pub after: Vec<String>,
    /// Its conditions, in words.
    pub conditions: Vec<String>,
    /// Hash (SHA-256) of the texts that say what it does.
    pub body: String,
}

impl Stamp {
    /// The stamp of a file; `None` if there is none.
    pub fn of(fs: &dyn Fs, path: &Path) -> Option<Stamp> {
        fs.meta(path).ok().map(Stamp::from)
    }
}

impl From<Meta> for Stamp {
    fn from(meta: Meta) -> Self {
        let nanoseconds = |time: i128| i64::try_from(time).unwrap_or(i64::MAX);
        let (modified, changed) = (nanoseconds(meta.modified), nanoseconds(meta.changed));
        Stamp { bytes: meta.length, modified, changed, identity: meta.identity }
    }
}

impl FrozenPlan {
    /// Freezes a plan: looks at every file it names. `date` is the one that identifies the run.
    pub fn of(fs: &dyn Fs, plan: &Plan, root: &Root, run: &str, date: &str) -> FrozenPlan {
        let name_of = |index: &usize| plan.steps.get(*index).map(|step| step.name.clone());
        FrozenPlan {
            form: FORM,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run: run.to_owned(),
            job: plan.job.clone(),
            job_file: plan.job_file.clone(),
            job_path: plan.job_path.clone(),
            root: root.path().to_owned(),
            date: date.to_owned(),
            business_date: plan.business_date.clone(),
            params: plan
                .params
                .iter()
                .map(|(name, value)| FrozenParam {
                    name: name.clone(),
                    value: value.clone(),
                    identifying: name == "business-date" || plan.flow.identifying.contains(name),
                })
                .collect(),
            max_rc: plan.max_rc,
            generations: plan.generations.clone(),
            publish: plan.flow.publish.name().to_owned(),
            sources: plan
                .sources
                .iter()
                .map(|source| FrozenSource {
                    name: source_name(plan, &source.name),
                    sha256: source.sha256.clone(),
                })
                .collect(),
            datasets: plan
                .datasets
                .values()
                .map(|d| (d.name.clone(), frozen_dataset(fs, plan, d, run)))
                .collect(),
            steps: plan
                .steps
                .iter()
                .map(|step| FrozenStep {
                    step: step.name.clone(),
                    operator: step.kind.operator().to_owned(),
                    reads: step.kind.inputs().into_iter().map(str::to_owned).collect(),
                    writes: step.kind.outputs().into_iter().map(str::to_owned).collect(),
                    after: step.flow.after.iter().filter_map(name_of).collect(),
                    conditions: step.flow.describe(),
                    body: step.body.clone(),
                })
                .collect(),
        }
    }

    /// Its text, and the SHA-256 of that.
    pub(super) fn text(&self, path: &Path) -> Result<(String, String)> {
        let text =
            serde_json::to_string_pretty(self).map_err(|error| unreadable(path, &error.to_string()))?;
        let hash = sha256(text.as_bytes());
        Ok((text, hash))
    }

    /// Writes it beside the one in force, and forces it to the disk; returns its SHA-256. It is in force once the journal says
    /// so; then `adopt` gives it its name.
    pub fn propose(&self, fs: &dyn Fs, path: &Path) -> Result<String> {
        let (text, hash) = self.text(path)?;
        replace_whole(fs, &proposed(path), text.as_bytes())?;
        Ok(hash)
    }

    /// Gives the plan that was proposed last the name of the one in force. What a crash leaves undone here is no harm: whoever
    /// reads looks at both names.
    pub fn adopt(fs: &dyn Fs, path: &Path) {
        let _ = fs.rename(&proposed(path), path);
    }

    /// Reads it; `wanted` is its SHA-256 as the journal has it.
    pub fn read(fs: &dyn Fs, path: &Path, wanted: Option<&str>) -> Result<FrozenPlan> {
        let is_wanted = |bytes: &Vec<u8>| wanted.is_none_or(|wanted| wanted == sha256(bytes));
        let own = bytes_of(fs, path);
        let bytes = match own {
            Ok(bytes) if is_wanted(&bytes) => bytes,
            own => match bytes_of(fs, &proposed(path)).ok().filter(is_wanted) {
                Some(bytes) => bytes,
                None => {
                    own.path_error("read the frozen plan", path)?;
                    return Err(unreadable(path, "its hash is not the one in the journal"));
                }
            },
        };
        let plan: FrozenPlan =
            serde_json::from_slice(&bytes).map_err(|error| unreadable(path, &error.to_string()))?;
        if plan.form == FORM { Ok(plan) } else { Err(unreadable(path, "it has another form")) }
    }

    /// What was at the path of each file when it was frozen.
    pub(super) fn found(&self) -> BTreeMap<PathBuf, Stamp> {
        self.datasets.values().flat_map(|dataset| dataset.found.clone()).collect()
    }

    /// The parameters as `--set` arguments, so that no default moves with the clock.
    pub fn settings(&self) -> Vec<(String, String)> {
        self.params.iter().map(|param| (param.name.clone(), param.value.clone())).collect()
    }

    /// Texts that are not what they were, in the words of a user; empty if nothing changed.
    pub fn changed_texts(&self, now: &FrozenPlan) -> Vec<String> {
        let mut changes = Vec::new();
        let (before, after) = (names_of(&self.sources), names_of(&now.sources));
        for (source, name) in now.sources.iter().zip(&after) {
            match self.sources.iter().zip(&before).find(|(_, old)| *old == name).map(|(old, _)| old) {
                None => changes.push(format!("{} is new", source.name)),
                Some(old) if old.sha256 != source.sha256 => {
                    changes.push(format!("{} has other text", source.name))
                }
                Some(_) => {}
            }
        }
        let gone = self.sources.iter().zip(&before).filter(|(_, name)| !after.contains(name));
        changes.extend(gone.map(|(old, _)| format!("{} is not used any more", old.name)));
        for (name, dataset) in &now.datasets {
            match self.datasets.get(name) {
                Some(old) if old.files != dataset.files => {
                    let shown = |files: &[PathBuf]| match files {
                        [] => "nothing".to_owned(),
                        files => {
                            files.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(" and ")
                        }
                    };
                    changes.push(format!("{name} was {}, is {}", shown(&old.files), shown(&dataset.files)));
                }
                _ => {}
            }
        }
        if self.params != now.params {
            let differs = now.params.iter().filter(|param| !self.params.contains(param));
            changes.extend(differs.map(|param| format!("parameter {} is {}", param.name, param.value)));
        }
        changes
    }
}

/// Where a plan is before it is in force.
fn proposed(path: &Path) -> PathBuf {
    path.with_extension("next.json")
}

fn bytes_of(fs: &dyn Fs, path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut fs.open(path)?, &mut bytes)?;
    Ok(bytes)
}

/// The names by which texts are known. Whoever goes on with a run may spell the path of the job in another way.
fn names_of(sources: &[FrozenSource]) -> Vec<PathBuf> {
    let names = sources.iter().map(|source| Path::new(&source.name));
    names.map(|name| if name.is_absolute() { real(name) } else { name.to_owned() }).collect()
}

/// The name of a text: that of the job itself does not depend on the folder in which somebody named it.
fn source_name(plan: &Plan, name: &str) -> String {
    if name == plan.job_file { plan.job_path.display().to_string() } else { name.to_owned() }
}

fn frozen_dataset(fs: &dyn Fs, plan: &Plan, dataset: &DatasetPlan, run: &str) -> FrozenDataset {
    let output = matches!(dataset.role, Role::Output(_));
    FrozenDataset {
        role: match dataset.role {
            Role::Input => "input",
            Role::Output(_) => "output",
            Role::Temporary => "temporary",
        }
        .to_owned(),
        new: dataset.role == Role::Output(Target::New),
        path: dataset.path.clone(),
        part: dataset.path.as_deref().filter(|_| output).map(|path| part_of(path, run)),
        files: dataset.files().map(ToOwned::to_owned).collect(),
        found: dataset.files().filter_map(|path| Some((path.to_owned(), Stamp::of(fs, path)?))).collect(),
        once: deed(plan, dataset),
        hashes: BTreeMap::new(),
    }
}

fn unreadable(path: &Path, why: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN035, format!("the frozen plan {} cannot be used: {why}", path.display()))
        .in_file(path.display().to_string())
        .hint("it was changed, or written by another version of offhost; begin again with --rerun")
}
