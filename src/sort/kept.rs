//! Runs that another attempt can go on with: files with names, and the manifest that knows them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::covered::Covered;
use super::manifest::{AttemptLine, Line, Manifest, RunLine, give_up};
use super::piece::of_directory;
use super::spill::{Checkpoint, Directory, Run, SpillFile, WorkSpace};
use crate::diag::{Diagnostic, Result, codes};
use crate::record::OrderedHash;
use crate::sys::hash::xxh3_64;
use crate::sys::{Fs, PathError, ScratchFile, WriteFile};

/// That the runs of a sort are kept.
#[derive(Clone, Debug)]
pub(super) struct Keep {
    /// Where it is written down.
    pub manifest: PathBuf,
    /// What sort it is: runs of one that says otherwise are of no use.
    pub of: String,
}

/// The kept runs of a sort at work.
pub(super) struct Kept<'a> {
    fs: &'a dyn Fs,
    keep: Keep,
    folders: Vec<PathBuf>,
    /// What earlier attempts have left.
    known: Manifest,
    /// Runs of theirs that are gone on with.
    taken: usize,
    /// The attempt as it is written down, once it has made a file.
    log: Option<(AttemptLine, Box<dyn WriteFile>)>,
    made: u64,
    /// Files that may hold runs in effect.
    files: BTreeSet<Arc<Path>>,
    pub covered: Covered,
}

impl<'a> Kept<'a> {
    /// Looks for runs of earlier attempts: the first ones that are whole to the last byte, which all threads read for that,
    /// and the files they are in.
    pub fn open(
        work: &WorkSpace<'a>,
        keep: &Keep,
        threads: usize,
    ) -> Result<(Kept<'a>, Vec<Run>, Vec<SpillFile>)> {
        let fs = work.fs();
        let known = Manifest::read(fs, &keep.manifest)?.unwrap_or_default();
        let usable = known.is_of(&keep.of);
        if !usable {
            give_up(fs, &keep.manifest);
        }
        let known = if usable { known } else { Manifest::default() };
        let (mut runs, mut files): (Vec<Run>, Vec<SpillFile>) = (Vec::new(), Vec::new());
        for line in &known.runs {
            // What comes behind a run that is lost is read again with it.
            let run = reopened(fs, &known, line, &mut files).filter(|run| run.is_whole(threads));
            let Some(run) = run else { break };
            runs.push(run);
        }
        let covered = Covered::new(
            runs.iter().map(|run| run.records).sum(),
            runs.iter().map(|run| run.checkpoint.read),
        );
        let used: BTreeSet<Arc<Path>> = runs.iter().filter_map(Run::name).collect();
        files.retain(|file| file.name().is_some_and(|name| used.contains(&name)));
        let kept = Kept {
            fs,
            keep: keep.clone(),
            folders: work.folders().to_vec(),
            known,
            taken: runs.len(),
            log: None,
            made: 0,
            files: used,
            covered,
        };
        Ok((kept, runs, files))
    }

    /// A name for a file in one of the folders.
    pub fn name(&mut self, folder: &Path) -> Result<Arc<Path>> {
        if self.log.is_none() {
            self.log = Some(self.begin()?);
        }
        let number = self.made;
        self.made += 1;
        let name = self.log.as_ref().map(|(attempt, _)| attempt.file(folder, number)).unwrap_or_default();
        let name: Arc<Path> = Arc::from(name);
        self.files.insert(Arc::clone(&name));
        Ok(name)
    }

    /// Says on the disk what files there are going to be, and removes what of earlier attempts is of no use.
    fn begin(&self) -> Result<(AttemptLine, Box<dyn WriteFile>)> {
        let path = &self.keep.manifest;
        let folder = path.parent().unwrap_or(Path::new("."));
        self.fs.create_dir_all(folder).path_error("make the folder", folder)?;
        let attempt = AttemptLine::new(self.keep.of.clone(), path, self.folders.clone(), self.taken);
        let mut log = self.fs.append(path).path_error("write", path)?;
        let start = if self.known.torn { "\n" } else { "" };
        let line = self.text(&Line::Attempt(attempt.clone()))?;
        log.write_all(format!("{start}{line}").as_bytes()).path_error("write", path)?;
        log.sync().path_error("sync", path)?;
        self.fs.sync_dir(folder).path_error("sync the folder", folder)?;
        let mut all = self.known.clone();
        all.attempts.push(attempt.clone());
        all.remove_files_but(self.fs, &self.files);
        Ok((attempt, log))
    }

    /// Writes down that a run is finished, which is in its file by now. It takes the place of `replaces` runs from `at` on.
    pub fn note(&mut self, at: usize, replaces: usize, run: &Run) -> Result<()> {
        let (Some(file), Some(directory)) = (run.name(), &run.directory) else { return Ok(()) };
        let line = Line::Run(RunLine {
            at,
            replaces,
            file: file.to_path_buf(),
            records: run.records,
            stored: run.stored(),
            fixed_length: run.fixed_length(),
            directory: (directory.offset, directory.length),
            directory_checksum: format!("{:016x}", directory.checksum),
            read: run.checkpoint.read.records,
            hash: format!("{:032x}", run.checkpoint.read.value),
            presorted: run.checkpoint.presorted,
        });
        let (text, path) = (self.text(&line)?, &self.keep.manifest);
        match &mut self.log {
            Some((_, log)) => log.write_all(text.as_bytes()).path_error("write", path),
            None => Ok(()),
        }
    }

    /// Removes files that hold none of these runs, and are not written to.
    pub fn release<'r>(&mut self, runs: impl Iterator<Item = &'r Run>, writing: &[SpillFile]) {
        let used: BTreeSet<Arc<Path>> =
            runs.filter_map(Run::name).chain(writing.iter().filter_map(SpillFile::name)).collect();
        for gone in self.files.difference(&used) {
            let _ = self.fs.remove(gone);
        }
        self.files = used;
    }

    fn text(&self, line: &Line) -> Result<String> {
        line.text().map_err(|error| {
            Diagnostic::error(codes::RUN004, format!("a kept run cannot be written down: {error}"))
                .in_file(self.keep.manifest.display().to_string())
                .hint("name work folders with --work-dir whose names are UTF-8")
        })
    }
}

/// A run as it is written down; `None` if it is not what was written.
fn reopened(fs: &dyn Fs, known: &Manifest, line: &RunLine, files: &mut Vec<SpillFile>) -> Option<Run> {
    if !known.owns(&line.file) {
        return None;
    }
    let at = files.iter().position(|file| file.name().is_some_and(|name| *name == *line.file));
    let at = match at {
        Some(at) => at,
        None => {
            let length = fs.meta(&line.file).ok()?.length;
            let file = fs.scratch_again(&line.file).ok()?;
            files.push(SpillFile::reopened(file, &line.file, length));
            files.len() - 1
        }
    };
    let file = files.get(at)?;
    let directory = directory(file.scratch(), file.end(), line)?;
    let pieces = of_directory(&directory.1)?;
    let records: u64 = pieces.iter().map(|piece| u64::from(piece.records)).sum();
    let stored: u64 = pieces.iter().map(|piece| u64::from(piece.stored)).sum();
    let value = u128::from_str_radix(&line.hash, 16).ok()?;
    let read = OrderedHash { records: line.read, value };
    let checkpoint = Checkpoint { read, presorted: line.presorted };
    let whole = (records, stored) == (line.records, line.stored) && line.fixed_length != Some(0);
    whole.then(|| Run::reopened(file, pieces, line.fixed_length, checkpoint, directory.0))
}

/// The list of a run's pieces.
fn directory(file: &dyn ScratchFile, end: u64, line: &RunLine) -> Option<(Directory, Vec<u8>)> {
    let (offset, length) = line.directory;
    if offset.checked_add(length)? > end {
        return None;
    }
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    file.read_at(&mut bytes, offset).ok()?;
    let checksum = xxh3_64(&bytes);
    let whole = u64::from_str_radix(&line.directory_checksum, 16).ok()? == checksum;
    whole.then_some((Directory { offset, length, checksum }, bytes))
}
