//! What is written down of the runs that a sort has finished, so that another attempt can go on with them.
//!
//! ```text
//!   CHECKSUM {"attempt":{"form":1,"of":"…","token":"…","began":1,"folders":["/scratch1"],"kept":0}}
//!   CHECKSUM {"run":{"at":0,"replaces":0,"file":"/scratch1/.offhost-TOKEN-0","records":81920,…}}
//! ```
//!
//! The line of an attempt is on the disk before its first file is made, so that every file can be found and removed,
//! whatever happens. Lines of runs are not forced to the disk, nor are the runs: they outlive the process, and after a crash of
//! the machine the checksums say what of them had come to the disk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::diag::Result;
use crate::sys::hash::{xxh3_64, xxh3_128};
use crate::sys::{Fs, clock, limits, read_whole};

/// Version of the form of the lines.
const FORM: u32 = 1;

/// Bytes that a manifest has at most; a run has a few hundred of them.
const MOST: u64 = 256 << 20;

/// How names of files begin, before the token of their attempt.
const NAME: &str = ".offhost-";

/// A line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Line {
    Attempt(AttemptLine),
    Run(RunLine),
}

/// An attempt at the sort that makes files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AttemptLine {
    pub form: u32,
    /// What sort it is; runs of another one are of no use.
    pub of: String,
    /// What names of files of this sort have in common, and no others.
    pub token: String,
    /// When it began, in nanoseconds of some clock: tells its files from those of other attempts.
    pub began: u64,
    /// Where they are.
    pub folders: Vec<PathBuf>,
    /// Runs of earlier attempts that it goes on with.
    pub kept: usize,
}

/// A run that is finished.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RunLine {
    /// Its place among all runs, which are in the order of the input.
    pub at: usize,
    /// Runs from there on that were merged into it.
    pub replaces: usize,
    pub file: PathBuf,
    pub records: u64,
    /// Bytes that its pieces take.
    pub stored: u64,
    pub fixed_length: Option<usize>,
    /// Where its pieces are listed: offset and length.
    pub directory: (u64, u64),
    pub directory_checksum: String,
    /// Records of the input that had been read by then, the run's and all before it among them.
    pub read: u64,
    /// Their ordered hash.
    pub hash: String,
    /// True if they had come in order.
    pub presorted: bool,
}

impl AttemptLine {
    /// An attempt at a sort that begins now.
    pub fn new(of: String, manifest: &Path, folders: Vec<PathBuf>, kept: usize) -> Self {
        let began = u64::try_from(clock::nanoseconds()).unwrap_or_default();
        AttemptLine { form: FORM, of, token: token(manifest), began, folders, kept }
    }

    /// The name of one of its files.
    pub fn file(&self, folder: &Path, number: u64) -> PathBuf {
        folder.join(format!("{NAME}{}-{:x}-{number}", self.token, self.began))
    }
}

impl Line {
    /// The line as text, with its end.
    pub fn text(&self) -> serde_json::Result<String> {
        let text = serde_json::to_string(self)?;
        Ok(format!("{:016x} {text}\n", xxh3_64(text.as_bytes())))
    }

    /// `None` if that is not what was written.
    fn of(text: &str) -> Option<Line> {
        let (checksum, text) = text.split_at_checked(16)?;
        let text = text.strip_prefix(' ')?;
        let whole = u64::from_str_radix(checksum, 16).ok()? == xxh3_64(text.as_bytes());
        whole.then(|| serde_json::from_str(text).ok())?
    }
}

/// What the lines say.
#[derive(Clone, Debug, Default)]
pub(super) struct Manifest {
    pub attempts: Vec<AttemptLine>,
    /// The runs in effect, in the order of the input.
    pub runs: Vec<RunLine>,
    /// True if the last line has no end.
    pub torn: bool,
}

impl Manifest {
    /// Reads a manifest; `None` if there is none.
    pub fn read(fs: &dyn Fs, path: &Path) -> Result<Option<Manifest>> {
        let Some(bytes) = read_whole(fs, path, MOST)? else { return Ok(None) };
        Ok(Some(Manifest::of(&String::from_utf8_lossy(&bytes))))
    }

    fn of(text: &str) -> Manifest {
        let mut manifest =
            Manifest { torn: !text.is_empty() && !text.ends_with('\n'), ..Manifest::default() };
        // Behind a line that is none, places of runs mean nothing until an attempt says with how many it goes on.
        let mut lost = false;
        for line in text.lines().filter(|line| !line.is_empty()) {
            match Line::of(line) {
                Some(Line::Attempt(attempt)) => {
                    let known = attempt.kept <= manifest.runs.len();
                    manifest.runs.truncate(if known { attempt.kept } else { 0 });
                    lost = !known;
                    manifest.attempts.push(attempt);
                }
                Some(Line::Run(run)) if !lost => lost = !manifest.take(run),
                Some(Line::Run(_)) => {}
                None => lost = true,
            }
        }
        manifest
    }

    /// False if the run has no place.
    fn take(&mut self, run: RunLine) -> bool {
        let end = run.at.saturating_add(run.replaces);
        if end > self.runs.len() || run.replaces == 0 && run.at < self.runs.len() {
            return false;
        }
        self.runs.splice(run.at..end, [run]);
        true
    }

    /// True if its runs can be gone on with by this sort.
    pub fn is_of(&self, of: &str) -> bool {
        let same = |attempt: &AttemptLine| attempt.form == FORM && attempt.of == of;
        !self.attempts.is_empty() && self.attempts.iter().all(same)
    }

    /// True if a file is one of these attempts.
    pub fn owns(&self, file: &Path) -> bool {
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return false };
        let name = name.to_string_lossy();
        self.attempts
            .iter()
            .any(|attempt| attempt.folders.iter().any(|known| known == folder) && attempt.is_file_name(&name))
    }

    /// Removes all files of its attempts but these. What cannot be removed only takes space.
    pub fn remove_files_but(&self, fs: &dyn Fs, used: &BTreeSet<Arc<Path>>) {
        let folders: BTreeSet<&Path> =
            self.attempts.iter().flat_map(|attempt| &attempt.folders).map(PathBuf::as_path).collect();
        for file in folders.into_iter().flat_map(|folder| fs.list(folder).unwrap_or_default()) {
            if self.owns(&file) && !used.contains(file.as_path()) {
                let _ = fs.remove(&file);
            }
        }
    }
}

impl AttemptLine {
    /// True for the files of all attempts at the sort on this machine.
    fn is_file_name(&self, name: &str) -> bool {
        let rest = name.strip_prefix(NAME).and_then(|name| name.strip_prefix(&self.token));
        !self.token.is_empty() && rest.is_some_and(|rest| rest.starts_with('-'))
    }
}

/// The same for every attempt on this machine, so that its files are known even if the manifest is lost; another one for
/// other roots and machines, which may share the folders.
fn token(manifest: &Path) -> String {
    format!("{:032x}", xxh3_128(format!("{}\n{}", manifest.display(), limits::host_name()).as_bytes()))
}

/// The runs that a sort whose manifest this is can go on with, if nothing has changed: how many, and bytes of work files.
pub fn kept_runs(fs: &dyn Fs, manifest: &Path) -> (u64, u64) {
    let Ok(Some(found)) = Manifest::read(fs, manifest) else { return (0, 0) };
    let usable = found.attempts.last().is_some_and(|attempt| found.is_of(&attempt.of));
    let runs = if usable { found.runs.as_slice() } else { &[] };
    (runs.len() as u64, runs.iter().map(|run| run.stored).sum())
}

/// Gives the kept runs of a sort up: removes its work files, and the manifest behind them.
pub fn give_up(fs: &dyn Fs, manifest: &Path) {
    if let Ok(Some(found)) = Manifest::read(fs, manifest) {
        found.remove_files_but(fs, &BTreeSet::new());
        let _ = fs.remove(manifest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(kept: usize) -> Line {
        let line = AttemptLine::new("x".to_owned(), Path::new("/m"), vec![PathBuf::from("/w")], kept);
        Line::Attempt(AttemptLine { token: format!("t{kept}"), ..line })
    }

    fn run(at: usize, replaces: usize, records: u64) -> Line {
        Line::Run(RunLine {
            at,
            replaces,
            file: PathBuf::from("/w/.offhost-t0-0"),
            records,
            stored: 10,
            fixed_length: None,
            directory: (0, 0),
            directory_checksum: String::new(),
            read: 0,
            hash: String::new(),
            presorted: false,
        })
    }

    fn text(lines: &[Line]) -> String {
        lines.iter().map(|line| line.text().unwrap()).collect()
    }

    fn records(text: &str) -> Vec<u64> {
        Manifest::of(text).runs.iter().map(|run| run.records).collect()
    }

    #[test]
    fn merged_runs_take_the_place_of_those_they_were_made_of() {
        let lines = [attempt(0), run(0, 0, 1), run(1, 0, 2), run(2, 0, 4), run(0, 2, 3), run(2, 0, 8)];
        assert_eq!(records(&text(&lines)), [3, 4, 8]);
        assert_eq!(records(&text(&[&lines[..], &[attempt(1), run(1, 0, 16)]].concat())), [3, 16]);
    }

    #[test]
    fn nothing_behind_a_damaged_line_counts_until_somebody_has_looked() {
        let lines = [attempt(0), run(0, 0, 1), run(1, 0, 2), run(2, 0, 4)];
        let whole = text(&lines);
        let ends: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at).collect();
        for at in 0..whole.len() {
            let mut bytes = whole.clone().into_bytes();
            bytes[at] ^= 1;
            let damaged = ends.iter().filter(|end| **end < at).count();
            let found = records(&String::from_utf8_lossy(&bytes));
            let good = damaged.saturating_sub(1);
            assert_eq!(found, &[1, 2, 4][..good], "byte {at}");
            // A line that lacks nothing but its end is whole.
            let cut = ends.iter().filter(|end| **end <= at).count().saturating_sub(1);
            assert_eq!(records(&whole[..at]), &[1, 2, 4][..cut], "cut at {at}");
        }
        // The next attempt saw one run; lines behind its own count again.
        let half = &whole[..ends[2] - 5];
        assert!(Manifest::of(half).torn);
        let lines = format!("{half}\n{}", text(&[attempt(1), run(1, 0, 32)]));
        assert_eq!(records(&lines), [1, 32]);
        assert_eq!(Manifest::of(&lines).attempts.len(), 2);
        // One that saw more than is left knows better than we do.
        assert_eq!(records(&format!("{half}\n{}", text(&[attempt(2), run(2, 0, 32)]))), Vec::<u64>::new());
    }

    #[test]
    fn only_own_files_are_removed() {
        let manifest = Manifest::of(&text(&[attempt(0)]));
        assert!(manifest.owns(Path::new("/w/.offhost-t0-17")));
        for other in ["/v/.offhost-t0-17", "/w/.offhost-t00-17", "/w/.offhost-t0", "/w/t0-1", "/w", "/"] {
            assert!(!manifest.owns(Path::new(other)), "{other}");
        }
    }
}
