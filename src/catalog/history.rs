//! The history of the catalog: one line for each change, each with the hash of the line before.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::diag::{Diagnostic, Result, codes};
use crate::sys::{Fs, PathError, clock, read_whole, sha256};

/// Largest history that is read.
const SIZE_MAX: u64 = 1 << 30;
/// What is read of its end to find the last line.
const TAIL: u64 = 1 << 16;

/// A change that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryLine {
    /// Its number, from 1.
    pub serial: u64,
    /// When, UTC.
    pub time: String,
    /// What was done and to what.
    pub change: Value,
}

/// The line of a change that follows another line.
pub(super) fn line(serial: u64, change: &Value, before: Option<&str>) -> String {
    let previous = before.map(hash).unwrap_or_default();
    json!({ "serial": serial, "time": clock::timestamp(), "change": change, "prev": previous }).to_string()
}

/// Appends a line, unless it is the last one already.
pub(super) fn append(fs: &dyn Fs, path: &Path, line: &str) -> Result<()> {
    let tail = tail(fs, path)?;
    let complete = tail.ends_with('\n') || tail.is_empty();
    if complete && tail.trim_end_matches('\n').rsplit('\n').next() == Some(line) {
        return Ok(());
    }
    // A line that a crash tore is ended, so that this one begins afresh; the reader knows it as the beginning of this one.
    let text = format!("{}{line}\n", if complete { "" } else { "\n" });
    let mut file = fs.append(path).path_error("open the history", path)?;
    file.write_all(text.as_bytes()).path_error("write the history", path)?;
    file.sync().path_error("sync the history", path)
}

fn tail(fs: &dyn Fs, path: &Path) -> Result<String> {
    let mut file = match fs.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        opened => opened.path_error("read the history", path)?,
    };
    let length = file.meta().path_error("read the history", path)?.length;
    file.seek(length.saturating_sub(TAIL)).path_error("read the history", path)?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes).path_error("read the history", path)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads the history and verifies its chain.
pub(super) fn read(fs: &dyn Fs, path: &Path) -> Result<Vec<HistoryLine>> {
    let bytes = read_whole(fs, path, SIZE_MAX)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut last: Option<&str> = None;
    for (index, line) in lines.iter().enumerate() {
        let torn = lines.get(index + 1).is_none_or(|next| next.starts_with(*line) && next != line);
        let value: Option<Value> = serde_json::from_str(line).ok();
        let linked = value.as_ref().filter(|value| value["prev"] == last.map(hash).unwrap_or_default());
        match linked {
            Some(value) => {
                found.push(HistoryLine {
                    serial: value["serial"].as_u64().unwrap_or_default(),
                    time: value["time"].as_str().unwrap_or_default().to_owned(),
                    change: value["change"].clone(),
                });
                last = Some(line);
            }
            None if value.is_none() && torn => {}
            None => {
                let message = format!("line {} of the catalog's history is not what was written", index + 1);
                return Err(Diagnostic::error(codes::CAT001, message)
                    .in_file(path.display().to_string())
                    .hint("the history was changed; the catalog itself is in catalog.json"));
            }
        }
    }
    Ok(found)
}

fn hash(line: &str) -> String {
    sha256(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::RealFs;

    #[test]
    fn lines_are_chained_and_torn_ones_are_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.jsonl");
        let first = line(1, &json!({ "define": "A" }), None);
        let second = line(2, &json!({ "define": "B" }), Some(&first));
        append(&RealFs, &path, &first).unwrap();
        append(&RealFs, &path, &first).unwrap();
        assert_eq!(read(&RealFs, &path).unwrap().len(), 1);
        // Torn while the second was written.
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{}", &second[..20])).unwrap();
        assert_eq!(read(&RealFs, &path).unwrap().len(), 1);
        append(&RealFs, &path, &second).unwrap();
        let lines = read(&RealFs, &path).unwrap();
        assert_eq!((lines.len(), lines[1].serial), (2, 2));
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("\"A\"", "\"C\"", 1)).unwrap();
        assert_eq!(read(&RealFs, &path).unwrap_err().code, codes::CAT001);
    }
}
