//! Where a file came from: the run that published it, the steps of that run it came through, the texts and inputs it was made of,
//! and where those inputs came from in turn.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::why::past::Past;
use crate::archive::{Archive, Kept, KeptAs};
use crate::catalog::Catalog;
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::publish::has_content;
use crate::sys::{Fs, Root, sha256_of_file};

/// Most generations of ancestors that are followed.
const DEEPEST: usize = 32;

/// What is known of a file.
#[derive(Clone, Debug, Serialize)]
pub struct Provenance {
    /// The file, relative to the root.
    pub file: String,
    /// Bytes.
    pub bytes: u64,
    /// Its hash (XXH3, 128 bits, hexadecimal).
    pub hash: String,
    /// Where these bytes were published, if that was elsewhere: nothing is known of the file itself then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_bytes_as: Option<String>,
    /// How it was made, or what has the same bytes.
    pub origin: Origin,
}

/// How a file was made.
#[derive(Clone, Debug, Serialize)]
pub struct Origin {
    /// The run.
    pub run: String,
    /// Its job.
    pub job: String,
    /// When it began, UTC.
    pub began: String,
    /// Its business date.
    pub business_date: Option<String>,
    /// The version of offhost that ran.
    pub version: String,
    /// The dataset of the job.
    pub dataset: String,
    /// Its parameters.
    pub params: Vec<(String, String)>,
    /// The steps that the dataset came through, in the order in which they ended.
    pub steps: Vec<String>,
    /// The texts of the job.
    pub texts: Vec<Source>,
    /// The files that those steps read.
    pub inputs: Vec<Source>,
    /// The old files of datasets that those steps added to; no later state of them is told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added_to: Vec<Source>,
}

/// Something that a file was made of.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// Dataset, or text as the job names it.
    pub name: String,
    /// Where it was.
    pub path: String,
    /// Its SHA-256 then, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its XXH3 (128 bits, hexadecimal) then, if the journal of the run has it: of an input that the run read to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xxh3: Option<String>,
    /// `same`, `changed` or `gone` since then, by SHA-256 where that is known, else by XXH3; `unknown` if no hash of then is known;
    /// `added to` of an old file that this run itself added to.
    pub now: &'static str,
    /// True if the archive has it as it was.
    pub archived: bool,
    /// The run that published it at that place, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Box<Origin>>,
    /// What has the same bytes and was published elsewhere, if nothing was at that place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_bytes: Option<SameBytes>,
}

/// A dataset that was published elsewhere with the bytes of a file. That proves no way from one to the other.
#[derive(Clone, Debug, Serialize)]
pub struct SameBytes {
    /// The run that published it.
    pub run: String,
    /// The dataset of its job.
    pub dataset: String,
    /// Where it was published.
    pub path: String,
}

/// What is known of the makers of some bytes at some place.
#[derive(Default)]
struct Maker {
    from: Option<Box<Origin>>,
    same_bytes: Option<SameBytes>,
}

/// Finds out where a file came from.
///
/// # Errors
/// `ARC006` if no run below the root published it; `ARC007` if one did and the file is another now.
pub fn provenance(fs: &dyn Fs, root: &Root, file: &str) -> Result<Provenance> {
    let path = root.resolve(file)?;
    let shown = root.display(&path);
    let (bytes, hash) = Catalog::new(fs, root).content(&shown)?;
    let content = (bytes, hash.clone());
    let runs: Vec<Past> = Past::all(fs, root).into_iter().filter(Past::committed).collect();
    let last = |wanted: &dyn Fn(&Past, &str) -> bool| {
        let all = runs.iter().rev();
        all.flat_map(|run| run.published.keys().map(move |name| (run, name.as_str())))
            .find(|(run, name)| wanted(run, name))
    };
    let of_path = last(&|run, name| run.published[name].target == path);
    let of_content = last(&|run, name| run.published[name].content == content);
    let (run, dataset) = match (of_path, of_content) {
        (Some((run, name)), _) if run.published[name].content == content => (run, name),
        (Some((run, name)), other) => return Err(changed((run, name), (bytes, &hash), other, &shown)),
        (None, Some(found)) => found,
        (None, None) => return Err(unknown(&shown)),
    };
    let target = &run.published[dataset].target;
    let mut seen = BTreeSet::new();
    Ok(Provenance {
        file: shown,
        bytes,
        hash,
        same_bytes_as: (*target != path).then(|| root.display(target)),
        origin: Ancestry { fs, root, runs: &runs }.of(run, dataset, &mut seen, 0),
    })
}

struct Ancestry<'a> {
    fs: &'a dyn Fs,
    root: &'a Root,
    runs: &'a [Past],
}

impl Ancestry<'_> {
    fn of(&self, run: &Past, dataset: &str, seen: &mut BTreeSet<String>, depth: usize) -> Origin {
        let text = |name: &str| run.started[name].as_str().unwrap_or_default().to_owned();
        let through = Through::of(run, dataset);
        let kept = self.kept(run);
        Origin {
            run: run.run.clone(),
            job: text("job"),
            began: run.time.clone(),
            business_date: run.business_date().map(str::to_owned),
            version: run.version().to_owned(),
            dataset: dataset.to_owned(),
            params: run.settings(),
            texts: self.texts(run),
            inputs: self.inputs(run, &kept, &through.read, seen, depth),
            added_to: self.added_to(run, &kept, &through.written, seen, depth),
            steps: through.steps,
        }
    }

    fn texts(&self, run: &Past) -> Vec<Source> {
        let archive = Archive::new(self.fs, self.root);
        let source = |(name, path, sha256): (String, PathBuf, String)| Source {
            now: self.now(&path, Some(&sha256)),
            archived: archive.has(&sha256),
            path: self.root.display(&path),
            sha256: Some(sha256),
            ..Source::unknown(name)
        };
        run.sources().into_iter().map(source).collect()
    }

    /// What was read from outside of the run: as the archive kept it, else as the journal has it.
    fn inputs(
        &self,
        run: &Past,
        kept: &[Kept],
        read: &BTreeSet<String>,
        seen: &mut BTreeSet<String>,
        depth: usize,
    ) -> Vec<Source> {
        let mut inputs: Vec<Source> = Vec::new();
        for one in kept.iter().filter(|one| read.contains(&one.name)) {
            let maker = self.maker(run, &one.path, (one.bytes, &one.hash), seen, depth);
            inputs.push(Source {
                now: self.now(&one.path, Some(&one.sha256)),
                ..self.archived(one.clone(), maker)
            });
        }
        for file in run.read.iter().filter(|file| read.contains(&file.dataset)) {
            let path = self.root.display(&file.path);
            let known = inputs.iter().any(|input| input.name == file.dataset && input.path == path);
            let Some(content) = file.content().filter(|_| !known) else { continue };
            let maker = self.maker(run, &file.path, content, seen, depth);
            inputs.push(Source {
                now: self.still(&file.path, content),
                path,
                xxh3: Some(content.1.to_owned()),
                ..Source::made_by(maker, file.dataset.clone())
            });
        }
        let unkept = read.iter().filter(|name| inputs.iter().all(|input| input.name != **name));
        let unkept: Vec<Source> = unkept.cloned().map(Source::unknown).collect();
        inputs.extend(unkept);
        inputs
    }

    /// What was in the files of datasets before the run added to them.
    fn added_to(
        &self,
        run: &Past,
        kept: &[Kept],
        written: &BTreeSet<String>,
        seen: &mut BTreeSet<String>,
        depth: usize,
    ) -> Vec<Source> {
        let mut sources = Vec::new();
        for (name, before) in run.before.iter().filter(|(name, _)| written.contains(*name)) {
            let Some(target) = run.published.get(name).map(|file| &file.target) else { continue };
            let maker = self.maker(run, target, (before.bytes, &before.hash), seen, depth);
            let old = kept.iter().find(|one| one.name == *name && one.path == *target);
            let source = match old {
                Some(one) => self.archived(one.clone(), maker),
                None => Source {
                    path: self.root.display(target),
                    xxh3: Some(before.hash.clone()),
                    ..Source::made_by(maker, name.clone())
                },
            };
            sources.push(Source { now: "added to", ..source });
        }
        sources
    }

    /// The files that the archive kept as a run read them.
    fn kept(&self, run: &Past) -> Vec<Kept> {
        let kept = Archive::new(self.fs, self.root).kept(&run.run).unwrap_or_default();
        kept.into_iter().filter(|one| one.role == KeptAs::Input).collect()
    }

    fn archived(&self, one: Kept, maker: Maker) -> Source {
        Source {
            path: self.root.display(&one.path),
            archived: Archive::new(self.fs, self.root).has(&one.sha256),
            sha256: Some(one.sha256),
            xxh3: Some(one.hash),
            ..Source::made_by(maker, one.name)
        }
    }

    /// The last run before a later one that published what that one read: these bytes, at that place. Bytes alone prove nothing;
    /// who published the same ones elsewhere is told as that, and not followed.
    fn maker(
        &self,
        reader: &Past,
        path: &Path,
        (bytes, hash): (u64, &str),
        seen: &mut BTreeSet<String>,
        depth: usize,
    ) -> Maker {
        let before = self.runs.iter().rev().filter(|run| run.run != reader.run && run.time <= reader.time);
        let made = before.flat_map(|run| run.published.iter().map(move |(name, file)| (run, name, file)));
        let same = made.filter(|(_, _, file)| file.content.0 == bytes && file.content.1 == *hash);
        let same: Vec<(&Past, &String, &PathBuf)> =
            same.map(|(run, name, file)| (run, name, &file.target)).collect();
        let Some((run, name, _)) = same.iter().find(|(_, _, target)| *target == path) else {
            let same_bytes = same.first().map(|(run, name, target)| SameBytes {
                run: run.run.clone(),
                dataset: (*name).clone(),
                path: self.root.display(target),
            });
            return Maker { from: None, same_bytes };
        };
        // What was told once is not told again, and no chain is endless.
        if depth >= DEEPEST || !seen.insert(format!("{} {name}", run.run)) {
            return Maker::default();
        }
        Maker { from: Some(Box::new(self.of(run, name, seen, depth + 1))), same_bytes: None }
    }

    /// Whether a file is what the journal says that it was.
    fn still(&self, path: &Path, (bytes, hash): (u64, &str)) -> &'static str {
        match self.fs.meta(path) {
            Err(_) => "gone",
            Ok(_) if has_content(self.fs, path, bytes, hash) => "same",
            Ok(_) => "changed",
        }
    }

    fn now(&self, path: &Path, sha256: Option<&str>) -> &'static str {
        match (sha256, self.fs.meta(path).is_ok()) {
            (None, _) => "unknown",
            (Some(_), false) => "gone",
            (Some(sha256), true) if sha256_of_file(self.fs, path).is_ok_and(|now| now == sha256) => "same",
            (Some(_), true) => "changed",
        }
    }
}

impl Source {
    /// Something of which the maker is known, as far as there is one.
    fn made_by(maker: Maker, name: String) -> Source {
        Source { from: maker.from, same_bytes: maker.same_bytes, ..Source::unknown(name) }
    }

    /// Something of which nothing but the name is known.
    fn unknown(name: String) -> Source {
        Source {
            name,
            path: String::new(),
            sha256: None,
            xxh3: None,
            now: "unknown",
            archived: false,
            from: None,
            same_bytes: None,
        }
    }
}

/// The steps of a run that a dataset came through.
struct Through {
    steps: Vec<String>,
    /// The datasets that they read and no step wrote.
    read: BTreeSet<String>,
    /// The datasets that the steps wrote, as far as the dataset came of them.
    written: BTreeSet<String>,
}

impl Through {
    fn of(run: &Past, dataset: &str) -> Through {
        let mut wanted = BTreeSet::from([dataset.to_owned()]);
        let mut steps = Vec::new();
        for (step, reads, writes) in run.steps.iter().rev() {
            if writes.iter().any(|name| wanted.contains(name)) {
                steps.push(step.clone());
                wanted.extend(reads.iter().cloned());
            }
        }
        steps.reverse();
        let made: BTreeSet<&String> = run.steps.iter().flat_map(|(_, _, writes)| writes).collect();
        let (written, read) = wanted.into_iter().partition(|name| made.contains(name));
        Through { steps, read, written }
    }
}

fn changed(
    (run, name): (&Past, &str),
    (bytes, hash): (u64, &str),
    other: Option<(&Past, &str)>,
    shown: &str,
) -> Box<Diagnostic> {
    let (then, then_hash) = &run.published[name].content;
    let message = format!("{shown} is not what the run {} published", run.run);
    let mut error = Diagnostic::error(codes::ARC007, message)
        .in_file(shown.to_owned())
        .note(format!("published: {then} bytes, hash {then_hash}; now: {bytes} bytes, hash {hash}"));
    if let Some((other, dataset)) = other {
        error = error.note(format!("it is what the run {} published as {dataset}", other.run));
    }
    error.hint("it was changed or replaced by something other than offhost; replay the run to have it again")
}

fn unknown(shown: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::ARC006, format!("no run below this root published {shown}"))
        .in_file(shown.to_owned())
        .hint("name a file that a job wrote; copies are known by their content")
}
