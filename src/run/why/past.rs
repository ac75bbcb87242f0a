//! A run of the past: its journal, the job it ran, and whether what it read is still there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::catalog::View;
use crate::dataset::Written;
use crate::diag::{Diagnostic, Result, codes, nearest};
use crate::job::{self, AsOf, Plan, Request};
use crate::run::history::{Before, InputEntry};
use crate::run::journal::{JournalEntry, read_journal};
use crate::run::paths::Paths;
use crate::run::publish::MANIFEST;
use crate::run::start::names;
use crate::sys::publish::{Publication, content_hash, is_at_target};
use crate::sys::{Fs, Root};

/// What a journal says of a run.
pub(in crate::run) struct Past {
    /// Name of the run.
    pub run: String,
    /// When it began, UTC.
    pub time: String,
    /// Its return code, if it came so far.
    pub rc: Option<u64>,
    /// How it ended: committed, failed, or nothing if it was cut off.
    pub ended: Option<String>,
    pub started: Value,
    /// The files that it read, as it read them.
    pub read: Vec<InputEntry>,
    /// What was written, by dataset.
    written: BTreeMap<String, Noted>,
    /// What was in files that were added to, by dataset.
    pub before: BTreeMap<String, Before>,
    /// What was published, by dataset.
    pub published: BTreeMap<String, Publication>,
    /// Steps with the datasets that each read and wrote, in the order in which they ended.
    pub steps: Vec<(String, Vec<String>, Vec<String>)>,
    /// Where the bytes of a dataset are, if they still are: each file is read once for that, however many steps are done again.
    here: RefCell<BTreeMap<String, Option<PathBuf>>>,
}

/// What a journal says of a dataset that a step wrote.
#[derive(Default)]
struct Noted {
    records: Option<u64>,
    fingerprint: Option<u64>,
}

impl Past {
    /// Finds a run by its name or folder, the last run of a job by the job's name, or `last` of all, `last:JOB`.
    pub fn find(fs: &dyn Fs, root: &Root, name: &str) -> Result<Past> {
        let runs = Past::names(fs, root);
        let wanted = run_of_path(name);
        if runs.contains(&wanted) {
            return Past::read(&wanted, &read_journal(fs, &Paths::of(root).journal(&wanted))?.entries);
        }
        let job = name.strip_prefix("last:").unwrap_or(name);
        let of_job = |run: &&String| name == "last" || run.split('.').next() == Some(job);
        let mut latest: Option<(String, Past)> = None;
        for run in runs.iter().filter(of_job) {
            // Whoever is looking for the last one is not helped by the damage of another.
            let Ok(chain) = read_journal(fs, &Paths::of(root).journal(run)) else { continue };
            let Some(started) = chain.entries.first().map(|entry| entry.time.clone()) else { continue };
            if latest.as_ref().is_none_or(|(time, _)| *time <= started) {
                latest = Some((started, Past::read(run, &chain.entries)?));
            }
        }
        latest.map(|(_, past)| past).ok_or_else(|| unknown(name, &runs))
    }

    /// All runs below a root whose journals can be read, the oldest first.
    pub fn all(fs: &dyn Fs, root: &Root) -> Vec<Past> {
        let paths = Paths::of(root);
        let read = |run: String| Past::read(&run, &read_journal(fs, &paths.journal(&run)).ok()?.entries).ok();
        let mut runs: Vec<Past> = Past::names(fs, root).into_iter().filter_map(read).collect();
        runs.sort_by(|one, other| one.time.cmp(&other.time));
        runs
    }

    /// True if it published what it made.
    pub fn committed(&self) -> bool {
        self.ended.as_deref() == Some("committed")
    }

    /// Its business date.
    pub fn business_date(&self) -> Option<&str> {
        self.started["business_date"].as_str()
    }

    /// The texts it was made of: name, place, SHA-256.
    pub fn sources(&self) -> Vec<(String, PathBuf, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let sources = self.started["sources"].as_array().into_iter().flatten();
        sources
            .map(|one| (text(&one["name"]), PathBuf::from(text(&one["path"])), text(&one["sha256"])))
            .collect()
    }

    /// What (0) and (+1) meant to it; `None` in journals of older versions.
    pub fn view(&self) -> Option<View> {
        serde_json::from_value(self.started["view"].clone()).ok()
    }

    /// Its parameters, as `--set` takes them.
    pub fn settings(&self) -> Vec<(String, String)> {
        let settings = self.started["params"].as_object().into_iter().flatten();
        settings.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
    }

    /// Names of all runs below a root.
    pub fn names(fs: &dyn Fs, root: &Root) -> Vec<String> {
        names(fs, &Paths::of(root))
    }

    fn read(run: &str, entries: &[JournalEntry]) -> Result<Past> {
        let Some(started) = entries.iter().rev().find(|entry| entry.data["sources"].is_array()) else {
            let error = Diagnostic::error(codes::WHY001, format!("the run {run} ended before it began"));
            return Err(error.hint("its journal is empty; there is nothing to be explained"));
        };
        let ended = entries.iter().rev().map(|entry| entry.event.as_str());
        let ended =
            ended.into_iter().find(|event| ["committed", "failed"].contains(event)).map(str::to_owned);
        let mut past = Past {
            run: run.to_owned(),
            time: started.time.clone(),
            rc: None,
            steps: Vec::new(),
            ended,
            started: started.data.clone(),
            read: Vec::new(),
            written: BTreeMap::new(),
            before: BTreeMap::new(),
            published: BTreeMap::new(),
            here: RefCell::default(),
        };
        entries.iter().for_each(|entry| past.note(entry));
        Ok(past)
    }

    /// Takes from an entry what was read, written and published.
    fn note(&mut self, entry: &JournalEntry) {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let name_of = |value: &Value| value["dataset"].as_str().unwrap_or_default().to_owned();
        if let ("prepared" | "committed" | "failed", Some(rc)) =
            (entry.event.as_str(), entry.data["rc"].as_u64())
        {
            self.rc = Some(rc);
        }
        if entry.event == "prepared" {
            let files: Vec<Publication> =
                serde_json::from_value(entry.data["files"].clone()).unwrap_or_default();
            let names = list(&entry.data["datasets"]);
            let files = names.iter().map(name_of).zip(files);
            self.published.extend(files.filter(|(name, _)| name != MANIFEST));
        }
        if entry.event == "step" {
            let named = |key: &str| list(&entry.data[key]).iter().map(name_of).collect::<Vec<_>>();
            let step = entry.data["step"].as_str().unwrap_or_default().to_owned();
            self.steps.push((step, named("inputs"), named("outputs")));
            let inputs: Vec<InputEntry> =
                serde_json::from_value(entry.data["files"]["inputs"].clone()).unwrap_or_default();
            self.read.extend(inputs);
            for output in list(&entry.data["outputs"]) {
                self.written.entry(name_of(&output)).or_default().records = output["records"].as_u64();
            }
            for output in list(&entry.data["files"]["outputs"]) {
                let written = self.written.entry(name_of(&output)).or_default();
                written.fingerprint = output["fingerprint"].as_u64();
                let before = serde_json::from_value(output["before"].clone()).ok();
                self.before.extend(before.map(|before| (name_of(&output), before)));
            }
        }
    }

    /// What the run wrote to a dataset, as far as the journal knows, against what was written when its step was done again.
    /// `None` if the journal knows nothing of it.
    pub fn wrote(&self, dataset: &str, again: &Written) -> Option<bool> {
        let content = (again.bytes, content_hash(again.hash));
        let published = self.published.get(dataset).map(|file| file.content == content);
        let noted = self.written.get(dataset);
        let records = noted.and_then(|noted| noted.records).map(|records| records == again.records);
        let prints = noted.and_then(|noted| noted.fingerprint).map(|print| print == again.fingerprint);
        [published, records, prints].into_iter().flatten().reduce(|all, one| all && one)
    }

    /// True if the bytes that a dataset had are known to the journal, not just how many records there were.
    pub fn knows_bytes_of(&self, dataset: &str) -> bool {
        self.published.contains_key(dataset)
            || self.written.get(dataset).is_some_and(|noted| noted.fingerprint.is_some())
    }

    /// The version of offhost that ran.
    pub fn version(&self) -> &str {
        self.started["version"].as_str().unwrap_or("unknown")
    }

    /// The job of the run with the parameters it had, its rules compiled to be explained. An error that names every text that
    /// is not what it was.
    pub fn plan(&self, fs: &dyn Fs, root: &Root) -> Result<Plan> {
        let plan = self.job_of_today(fs, root, false)?;
        let then: BTreeMap<String, String> =
            self.sources().into_iter().map(|(name, _, sha256)| (name, sha256)).collect();
        let mut changed = Vec::new();
        for source in &plan.sources {
            if then.get(&source.name) != Some(&source.sha256) {
                changed.push(source.name.clone());
            }
        }
        match changed.is_empty() {
            true => Ok(plan),
            false => Err(self.changed(&changed, "texts of the job", "put back the texts that the run used")),
        }
    }

    /// The job as it is today, with the parameters of the run. `lenient` if generations that are gone do not matter.
    pub fn job_of_today(&self, fs: &dyn Fs, root: &Root, lenient: bool) -> Result<Plan> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let request = Request {
            job: text(&self.started["job_file"]),
            root: root.clone(),
            settings: self.settings(),
            explained: true,
        };
        // What (0) and (+1) meant then; a generation that has left since is looked for where its bytes may still be.
        let generations = self.view();
        match job::load_as_of(fs, &request, &AsOf { generations, lenient }) {
            Ok((plan, _)) => Ok(plan),
            Err(found) => {
                let message = format!("the job of the run {} cannot be read any more", self.run);
                let error = Diagnostic::error(codes::WHY002, message).in_file(&request.job);
                let first = found.list().first().map(|first| first.message.clone()).unwrap_or_default();
                Err(error.note(first).hint("put back the job file, rules and copybooks that the run used"))
            }
        }
    }

    /// Names of the datasets that the run published, and their files.
    pub fn published(&self) -> impl Iterator<Item = (&str, &Publication)> {
        self.published.iter().map(|(name, file)| (name.as_str(), file))
    }

    /// What the run read of a file of a dataset, if it read it to its end.
    pub fn read_of(&self, dataset: &str, path: &Path) -> Option<(u64, &str)> {
        let mut read = self.read.iter().rev().filter(|file| file.dataset == dataset && file.path == path);
        read.find_map(InputEntry::content)
    }

    /// The file that the run published of a dataset, if it is still what was published.
    pub fn still_published(&self, fs: &dyn Fs, dataset: &str) -> Option<PathBuf> {
        let file = self.published.get(dataset)?;
        self.once(dataset, || is_at_target(fs, file).then(|| file.target.clone()))
    }

    fn once(&self, dataset: &str, look: impl FnOnce() -> Option<PathBuf>) -> Option<PathBuf> {
        if let Some(known) = self.here.borrow().get(dataset) {
            return known.clone();
        }
        let found = look();
        self.here.borrow_mut().insert(dataset.to_owned(), found.clone());
        found
    }

    /// The message for things that are not what the run read.
    pub fn changed(&self, names: &[String], what: &str, hint: &str) -> Box<Diagnostic> {
        let message = format!("{what} have changed since the run {}: {}", self.run, names.join(", "));
        Diagnostic::error(codes::WHY002, message)
            .note("an explanation from other bytes would not be that of this run")
            .hint(hint)
    }
}

/// The run whose folder or journal a path names.
pub(in crate::run) fn run_of_path(name: &str) -> String {
    let path = Path::new(name);
    let folder = match path.extension() {
        Some(extension) if extension == "jsonl" => path.parent().unwrap_or(path),
        _ => path,
    };
    folder.file_name().map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn unknown(name: &str, runs: &[String]) -> Box<Diagnostic> {
    let error = Diagnostic::error(codes::WHY001, format!("there is no run {name}"));
    let jobs = runs.iter().filter_map(|run| run.split('.').next());
    let near = nearest(name, jobs.chain(runs.iter().map(String::as_str)));
    match (near, runs.last()) {
        (Some(near), _) => error.hint(format!("did you mean {near}?")),
        (None, Some(last)) => error.hint(format!("name a run, a job or last; the last run here is {last}")),
        (None, None) => error.hint("no job has run below this root; see --root"),
    }
}
