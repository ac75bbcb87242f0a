//! Records of one side of a join with one key, which are looked at once for each record of the other side. Many of them go
//! to a work file.

use std::ops::Range;
use std::path::PathBuf;

use super::How;
use crate::diag::Result;
use crate::sys::{Fs, PathError, ScratchFile};

/// The share of the memory that such records may take.
const SHARE: usize = 8;

/// Records with one key.
pub(super) struct Held<'a> {
    fs: &'a dyn Fs,
    folder: PathBuf,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    most: usize,
    /// Where those before the ones in memory are, and pieces of them: place in the file and ends of records.
    file: Option<Box<dyn ScratchFile>>,
    pieces: Vec<(Range<u64>, Vec<usize>)>,
    /// A piece that is looked at.
    piece: Vec<u8>,
}

impl<'a> Held<'a> {
    pub fn new(how: &How<'a>) -> Self {
        Held {
            fs: how.fs,
            folder: how.resources.work_folders.first().cloned().unwrap_or_else(|| PathBuf::from(".")),
            bytes: Vec::new(),
            ends: Vec::new(),
            most: (how.resources.memory / SHARE).clamp(64 << 10, 64 << 20),
            file: None,
            pieces: Vec::new(),
            piece: Vec::new(),
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.pieces.clear();
        self.file = None;
    }

    /// Takes a record.
    pub fn push(&mut self, record: &[u8]) -> Result<()> {
        if self.bytes.len() + record.len() > self.most && !self.bytes.is_empty() {
            self.spill()?;
        }
        self.bytes.extend_from_slice(record);
        self.ends.push(self.bytes.len());
        Ok(())
    }

    /// Looks at all of them in order.
    pub fn each(&mut self, act: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if let Some(file) = &self.file {
            for (place, ends) in &self.pieces {
                self.piece.resize((place.end - place.start) as usize, 0);
                file.read_at(&mut self.piece, place.start).path_error("read a work file in", &self.folder)?;
                records(&self.piece, ends, act)?;
            }
        }
        records(&self.bytes, &self.ends, act)
    }

    fn spill(&mut self) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                self.fs.create_dir_all(&self.folder).path_error("make the work folder", &self.folder)?;
                let file = self.fs.scratch(&self.folder, false);
                none.insert(file.path_error("make a work file in", &self.folder)?)
            }
        };
        let start = self.pieces.last().map_or(0, |(place, _)| place.end);
        file.write_at(&self.bytes, start).path_error("write a work file in", &self.folder)?;
        let end = start + self.bytes.len() as u64;
        self.pieces.push((start..end, std::mem::take(&mut self.ends)));
        self.bytes.clear();
        Ok(())
    }
}

fn records(bytes: &[u8], ends: &[usize], act: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut start = 0;
    for end in ends {
        act(&bytes[start..*end])?;
        start = *end;
    }
    Ok(())
}
