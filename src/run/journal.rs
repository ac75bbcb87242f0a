//! The journal of a run: an append-only file of JSON lines, each with the hash of the one before, forced to the disk at
//! every change of state.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::diag::{Diagnostic, Result, codes};
use crate::sys::{Fs, PathError, WriteFile, clock, sha256};

/// A journal open for writing.
pub(super) struct Journal {
    path: PathBuf,
    file: Box<dyn WriteFile>,
    sequence: u64,
    last_hash: String,
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// When it was written, UTC.
    pub time: String,
    /// What happened: started, step, prepared, committed, failed, recovered, discarded.
    pub event: String,
    /// The particulars.
    pub data: Value,
}

impl Journal {
    /// Opens the journal of a run, after `entries` lines with this last hash.
    pub fn open(fs: &dyn Fs, path: &Path, entries: u64, last_hash: String) -> Result<Journal> {
        let file = fs.append(path).path_error("open the journal", path)?;
        Ok(Journal { path: path.to_owned(), file, sequence: entries, last_hash })
    }

    /// Appends a line; a change of state is forced to the disk before this returns.
    pub fn append(&mut self, event: &str, data: &Value, state_change: bool) -> Result<()> {
        self.sequence += 1;
        let line = json!({
            "seq": self.sequence,
            "time": clock::timestamp(),
            "event": event,
            "data": data,
            "prev": self.last_hash,
        })
        .to_string();
        self.last_hash = sha256(line.as_bytes());
        self.file.write_all(format!("{line}\n").as_bytes()).path_error("write the journal", &self.path)?;
        if state_change { self.file.sync().path_error("sync the journal", &self.path) } else { Ok(()) }
    }
}

/// Reads a journal and verifies its chain. A torn last line, the trace of a crash, is left out; anything else that does
/// not fit is an error. Returns the entries and the hash of the last.
pub fn read_journal(fs: &dyn Fs, path: &Path) -> Result<(Vec<JournalEntry>, String)> {
    let mut text = Vec::new();
    let mut file = fs.open(path).path_error("read the journal", path)?;
    std::io::Read::read_to_end(&mut file, &mut text).path_error("read the journal", path)?;
    let text = String::from_utf8_lossy(&text);
    let mut entries = Vec::new();
    let mut last_hash = String::new();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (index, line) in lines.iter().enumerate() {
        let torn = index + 1 == lines.len() && !line.ends_with('\n');
        let value: Option<Value> = serde_json::from_str(line).ok();
        let linked = value.as_ref().is_some_and(|v| v["prev"] == last_hash.as_str());
        match value {
            Some(value) if linked && !torn => {
                last_hash = sha256(line.trim_end_matches('\n').as_bytes());
                let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
                let (time, event) = (text("time"), text("event"));
                entries.push(JournalEntry { time, event, data: value["data"].clone() });
            }
            _ if torn => break,
            _ => {
                return Err(Diagnostic::error(
                    codes::RUN010,
                    format!("line {} of the journal is not what was written", index + 1),
                )
                .in_file(path.display().to_string())
                .hint("the journal was changed; do not trust this run's outputs"));
            }
        }
    }
    Ok((entries, last_hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::RealFs;

    #[test]
    fn a_changed_line_is_found_and_a_torn_one_forgiven() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let mut journal = Journal::open(&RealFs, &path, 0, String::new()).unwrap();
        for event in ["started", "prepared", "committed"] {
            journal.append(event, &json!({ "x": 1 }), true).unwrap();
        }
        let (entries, _) = read_journal(&RealFs, &path).unwrap();
        assert_eq!(
            entries.iter().map(|e| e.event.as_str()).collect::<Vec<_>>(),
            ["started", "prepared", "committed"]
        );

        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 5]).unwrap();
        assert_eq!(read_journal(&RealFs, &path).unwrap().0.len(), 2);
        std::fs::write(&path, text.replacen("\"x\":1", "\"x\":2", 1)).unwrap();
        assert!(read_journal(&RealFs, &path).is_err());
    }
}
