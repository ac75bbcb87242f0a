//! The journal of a run: an append-only file of JSON lines, each with the hash of the one before, forced to the disk at
//! every change of state.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::diag::{Diagnostic, Result, codes};
use crate::sys::clock::Stopwatch;
use crate::sys::{Fs, PathError, WriteFile, clock, cost, sha256};

/// Work of at most this long may be lost with the machine, because the line that tells of it was not forced to the disk:
/// less than doing so costs.
const UNSYNCED: Duration = Duration::from_millis(50);

/// A journal open for writing.
pub(super) struct Journal {
    path: PathBuf,
    file: Box<dyn WriteFile>,
    sequence: u64,
    last_hash: String,
    /// True if the file may end within a line.
    torn: bool,
    synced: Stopwatch,
    /// Device and inode.
    identity: Option<(u64, u64)>,
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// When it was written, UTC.
    pub time: String,
    /// What happened: started, attempt, step, kept, prepared, published, committed, told, misdated, failed, cancelled, died, abandoned.
    pub event: String,
    /// The particulars.
    pub data: Value,
}

/// A journal as it is on the disk.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// Its lines.
    pub entries: Vec<JournalEntry>,
    /// Hash of the last one.
    pub last_hash: String,
    /// True if a line follows that was not written to its end, the trace of a crash.
    pub torn: bool,
}

impl Journal {
    /// Opens the journal of a run behind what is in it.
    pub fn open(fs: &dyn Fs, path: &Path, chain: &Chain) -> Result<Journal> {
        let file = fs.append(path).path_error("open the journal", path)?;
        Ok(Journal {
            path: path.to_owned(),
            file,
            sequence: chain.entries.len() as u64,
            last_hash: chain.last_hash.clone(),
            torn: chain.torn,
            synced: Stopwatch::start(),
            identity: identity(fs, path),
        })
    }

    /// Finds out whether the file is still at its place: what is written to one that was removed nobody will read.
    ///
    /// # Errors
    /// `RUN035` if it is not.
    pub fn check_in_place(&self, fs: &dyn Fs) -> Result<()> {
        let now = identity(fs, &self.path);
        if now.is_some() && (self.identity.is_none() || now == self.identity) {
            return Ok(());
        }
        Err(Diagnostic::error(codes::RUN035, "the journal was removed or replaced while the run was at work")
            .in_file(self.path.display().to_string())
            .note("nothing more is published: nobody could tell afterwards what was")
            .hint("find out what removes files below .offhost, and run again"))
    }

    /// Appends a line; a change of state is forced to the disk before this returns, anything else if the last time was a
    /// while ago.
    pub fn append(&mut self, event: &str, data: &Value, state_change: bool) -> Result<()> {
        cost::JOURNAL.of(|| self.append_line(event, data, state_change))
    }

    fn append_line(&mut self, event: &str, data: &Value, state_change: bool) -> Result<()> {
        let line = json!({
            "seq": self.sequence + 1,
            "time": clock::timestamp(),
            "event": event,
            "data": data,
            "prev": self.last_hash,
        })
        .to_string();
        // What was torn stays a line of its own.
        let start = if self.torn { "\n" } else { "" };
        self.torn = true;
        self.file
            .write_all(format!("{start}{line}\n").as_bytes())
            .path_error("write the journal", &self.path)?;
        (self.torn, self.sequence, self.last_hash) = (false, self.sequence + 1, sha256(line.as_bytes()));
        if !state_change && self.synced.elapsed() < UNSYNCED {
            return Ok(());
        }
        self.synced = Stopwatch::start();
        self.file.sync().path_error("sync the journal", &self.path)
    }
}

fn identity(fs: &dyn Fs, path: &Path) -> Option<(u64, u64)> {
    fs.meta(path).ok().map(|meta| meta.identity)
}

/// Reads a journal and verifies its chain. Lines that a crash tore are left out; anything else that does not fit is an
/// error.
pub fn read_journal(fs: &dyn Fs, path: &Path) -> Result<Chain> {
    let mut text = Vec::new();
    let mut file = fs.open(path).path_error("read the journal", path)?;
    std::io::Read::read_to_end(&mut file, &mut text).path_error("read the journal", path)?;
    let text = String::from_utf8_lossy(&text);
    let mut chain = Chain::default();
    // Lines that are none are forgiven if one behind them continues the chain without them, or if the last of them is torn.
    let mut broken = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let Some(whole) = line.strip_suffix('\n') else {
            chain.torn = true;
            return Ok(chain);
        };
        match serde_json::from_str::<Value>(whole) {
            Ok(value) if value["prev"] == chain.last_hash.as_str() => {
                chain.last_hash = sha256(whole.as_bytes());
                let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
                let (time, event) = (text("time"), text("event"));
                chain.entries.push(JournalEntry { time, event, data: value["data"].clone() });
                broken = None;
            }
            Err(_) => broken = broken.or(Some(index + 1)),
            _ => return Err(changed(path, broken, index + 1)),
        }
    }
    broken.map_or(Ok(chain), |line| Err(changed(path, Some(line), line)))
}

/// `broken` is no line at all; without it `line` and the one before it do not belong together.
fn changed(path: &Path, broken: Option<usize>, line: usize) -> Box<Diagnostic> {
    let message = match broken {
        Some(line) => format!("line {line} of the journal is not what was written"),
        None if line == 1 => "the journal does not begin with line 1 as it was written".to_owned(),
        None => format!("line {} of the journal, or line {line}, is not what was written", line - 1),
    };
    Diagnostic::error(codes::RUN035, message)
        .in_file(path.display().to_string())
        .hint("the journal was changed; do not trust this run's outputs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::RealFs;
    use crate::sys::fault::{Fault, FaultFs};

    fn events(path: &Path) -> Vec<String> {
        read_journal(&RealFs, path).unwrap().entries.into_iter().map(|entry| entry.event).collect()
    }

    #[test]
    fn a_changed_line_is_found_and_a_torn_one_forgiven() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let mut journal = Journal::open(&RealFs, &path, &Chain::default()).unwrap();
        for event in ["started", "prepared", "committed"] {
            journal.append(event, &json!({ "x": 1 }), true).unwrap();
        }
        assert_eq!(events(&path), ["started", "prepared", "committed"]);

        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 5]).unwrap();
        let chain = read_journal(&RealFs, &path).unwrap();
        assert_eq!(chain.entries.len(), 2);
        Journal::open(&RealFs, &path, &chain).unwrap().append("committed", &json!({}), true).unwrap();
        assert_eq!(events(&path), ["started", "prepared", "committed"]);

        for at in 0..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            let found = read_journal(&RealFs, &path);
            // The last line has no other that vouches for it; a byte of it that leaves it a line of JSON is not noticed.
            let last = text[..text.len() - 1].rfind('\n').unwrap();
            assert!(found.is_err() || at > last, "byte {at} of {}", text.len());
        }
    }

    #[test]
    fn a_line_that_failed_half_way_spoils_nothing() {
        for fail_at in 1..12 {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("journal.jsonl");
            let fs = FaultFs::new(RealFs, Fault::Once, fail_at);
            let Ok(mut journal) = Journal::open(&fs, &path, &Chain::default()) else { continue };
            let mut written = Vec::new();
            for event in ["started", "step", "prepared", "committed"] {
                if journal.append(event, &json!({ "x": 1 }), true).is_ok() {
                    written.push(event);
                }
            }
            let found = events(&path);
            assert!(written.iter().all(|event| found.iter().any(|other| other == event)), "{found:?}");
        }
    }
}
