//! DDs that are files: outputs are written beside their targets and published together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dd::{Dd, Disposition};
use super::sink::{Finished, Fit, Sink, Target};
use super::spool::Spool;
use super::words;
use super::{Blocks, Datasets, Input, Shape};
use crate::dataset::{DatasetFormat, Reader, Written};
use crate::diag::{Diagnostic, Result, Source, codes};
use crate::encoding::CodePage;
use crate::record::Block;
use crate::sys::publish::{self, Publication, Target as Disposal};
use crate::sys::{Fs, PathError, WriteFile};

/// Largest text of card images.
const TEXT_MAX: usize = 64 << 20;

/// Bytes moved at a time.
const PIECE: usize = 1 << 20;

/// DDs of a command line.
pub struct Files<'a> {
    fs: &'a dyn Fs,
    page: CodePage,
    dds: BTreeMap<String, Vec<Dd>>,
    /// What tells our parts from those of others.
    run: String,
    work_folder: PathBuf,
    block_bytes: usize,
    spools: BTreeMap<PathBuf, Spool>,
    /// Outputs in the order in which they were begun.
    staged: Vec<Staged>,
}

/// An output that has been begun.
struct Staged {
    dd: String,
    target: PathBuf,
    part: PathBuf,
    format: DatasetFormat,
    shape: Shape,
    /// What was written and the file, once it is complete.
    complete: Option<(Written, Option<Box<dyn WriteFile>>)>,
    /// True for a pipe or device: the part is copied to it.
    stream: bool,
}

impl<'a> Files<'a> {
    /// DDs in the order given; one given twice is a concatenation. `run` makes the names of parts our own.
    pub fn new(fs: &'a dyn Fs, page: CodePage, dds: Vec<Dd>, run: &str, work_folder: &Path) -> Self {
        let mut by_name: BTreeMap<String, Vec<Dd>> = BTreeMap::new();
        for dd in dds {
            by_name.entry(dd.name.clone()).or_default().push(dd);
        }
        Files {
            fs,
            page,
            dds: by_name,
            run: run.to_owned(),
            work_folder: work_folder.to_owned(),
            block_bytes: Block::SIZE,
            spools: BTreeMap::new(),
            staged: Vec::new(),
        }
    }

    /// Reads in blocks of about so many bytes.
    #[must_use]
    pub fn in_blocks_of(mut self, block_bytes: usize) -> Self {
        self.block_bytes = block_bytes;
        self
    }

    /// Makes all complete outputs visible, all of them or none. Until then nothing of them is.
    pub fn publish(mut self) -> Result<()> {
        let mut staged = std::mem::take(&mut self.staged);
        // Only the last writer of a file counts.
        for at in (0..staged.len()).rev() {
            if staged[at + 1..].iter().any(|later| later.target == staged[at].target) {
                let old = staged.remove(at);
                let _ = self.fs.remove(&old.part);
            }
        }
        let result = self.commit(&mut staged);
        // What was renamed is gone from its part; what was not must not stay.
        self.staged = staged;
        result
    }

    fn commit(&self, staged: &mut [Staged]) -> Result<()> {
        let mut publications = Vec::new();
        for output in staged.iter_mut() {
            let Some((written, file)) = &mut output.complete else { continue };
            if let Some(file) = file {
                file.sync().path_error("sync", &output.part)?;
            }
            if !output.stream {
                publications.push(Publication {
                    part: output.part.clone(),
                    target: output.target.clone(),
                    disposition: Disposal::Replace,
                    content: (written.bytes, publish::content_hash(written.hash)),
                });
            }
        }
        publish::commit(self.fs, &publications)?;
        staged.iter().filter(|output| output.stream && output.complete.is_some()).try_for_each(|output| {
            let mut to = self.fs.append(&output.target).path_error("write", &output.target)?;
            let mut from = pieces(self.fs, &output.part)?;
            while let Some(piece) = from()? {
                to.write_all(&piece).path_error("write", &output.target)?;
            }
            to.flush().path_error("write", &output.target)
        })
    }

    /// The last output written to a path, if it is complete.
    fn written(&self, path: &Path) -> Option<&Staged> {
        self.staged.iter().rev().find(|staged| staged.target == path && staged.complete.is_some())
    }

    /// Opens one dataset of a concatenation.
    fn reader(&mut self, dd: &Dd, known: Option<Shape>) -> Result<(Option<Reader>, DatasetFormat, Shape)> {
        let Some(path) = &dd.path else {
            let known = known.or(Some(Shape { variable: false, length: 80 }));
            let (format, shape) = dd.input(known, self.page)?;
            return Ok((None, format, shape));
        };
        let block_bytes = self.block_bytes;
        let reader = |fs: &dyn Fs, path: &Path, format: &DatasetFormat| -> Result<Option<Reader>> {
            let reader = Reader::open(fs, &dd.name, path, format.clone()).map_err(of_the_shell)?;
            Ok(Some(reader.in_blocks_of(block_bytes)))
        };
        if let Some(staged) = self.written(path) {
            // What a DD does not say of its records, who wrote them does.
            let (format, shape) = if dd.options.recfm.is_none() && dd.options.lrecl.is_none() {
                (staged.format.clone(), staged.shape)
            } else {
                dd.input(Some(staged.shape), self.page)?
            };
            return Ok((reader(self.fs, &staged.part, &format)?, format, shape));
        }
        let (format, shape) = dd.input(known, self.page)?;
        match self.fs.meta(path) {
            Ok(meta) if !meta.is_file => {
                let spool = match self.spools.get(path) {
                    Some(spool) => spool.clone(),
                    None => {
                        let spool = Spool::of(self.fs, path, &self.work_folder)?;
                        self.spools.insert(path.clone(), spool.clone());
                        spool
                    }
                };
                let reader = Reader::of_file(spool.open(), &dd.name, path, format.clone())?;
                Ok((Some(reader.in_blocks_of(self.block_bytes)), format, shape))
            }
            _ => Ok((reader(self.fs, path, &format)?, format, shape)),
        }
    }

    /// The output that a DD names, which is one file.
    fn output(&self, dd: &str) -> Result<Option<&Dd>> {
        match self.dds.get(dd).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(one)),
            Some([first, ..]) => Err(Diagnostic::error(
                codes::CTL102,
                format!("output {dd} is a concatenation, and only one file can be written"),
            )
            .in_file(first.shown().display().to_string())
            .hint("give the DD once")),
        }
    }

    /// What an output held, to be written before anything new.
    fn before(&self, dd: &Dd, path: &Path) -> Result<Option<super::sink::Pieces>> {
        if dd.disposition != Disposition::Extend {
            return Ok(None);
        }
        if let Some(staged) = self.written(path) {
            return pieces(self.fs, &staged.part).map(Some);
        }
        match self.fs.meta(path) {
            Ok(meta) if meta.is_file => pieces(self.fs, path).map(Some),
            _ => Ok(None),
        }
    }
}

impl Datasets for Files<'_> {
    fn open(&mut self, dd: &str, told: Option<Shape>) -> Result<Option<Input>> {
        let Some(dds) = self.dds.get(dd).cloned() else { return Ok(None) };
        let (mut readers, mut first, mut size): (Vec<_>, Option<Shape>, u64) = (Vec::new(), None, 0);
        for one in &dds {
            let (reader, format, shape) = self.reader(one, first.or(told))?;
            let before = *first.get_or_insert(shape);
            if before.variable != shape.variable || !shape.variable && before.length != shape.length {
                return Err(unlike(one, before, shape));
            }
            first = Some(Shape { length: before.length.max(shape.length), ..before });
            size += reader.as_ref().map_or(0, Reader::file_size);
            readers.extend(reader.map(|reader| (reader, format)));
        }
        let Some(shape) = first else { return Ok(None) };
        Ok(Some(Input { dd: dd.to_owned(), shape, blocks: blocks(readers, shape), size: Some(size) }))
    }

    fn attributes(&self, dd: &str, made: Shape) -> Result<Option<Shape>> {
        self.output(dd)?.map(|dd| dd.output(made, self.page).map(|(_, shape)| shape)).transpose()
    }

    fn create(&mut self, dd: &str, shape: Shape, fit: Fit) -> Result<Sink> {
        let Some(found) = self.output(dd)?.cloned() else { return Err(missing(dd)) };
        let (format, shape) = found.output(shape, self.page)?;
        let mut target = Target {
            dd: dd.to_owned(),
            path: found.shown().to_owned(),
            format: format.clone(),
            shape,
            fit,
            file: None,
            before: None,
        };
        let Some(path) = &found.path else { return Sink::start(target) };
        let stream = self.fs.meta(path).is_ok_and(|meta| !meta.is_file) && !is_folder(self.fs, path);
        let run = format!("{}-{}", self.run, self.staged.len());
        let (part, file) = if stream {
            let name = path.file_name().unwrap_or_default();
            publish::stage(self.fs, &self.work_folder.join(name), &run)?
        } else {
            publish::check_target(self.fs, dd, path, Disposal::Replace)?;
            target.before = self.before(&found, path)?;
            publish::stage(self.fs, path, &run)?
        };
        target.path.clone_from(&part);
        target.file = Some(file);
        let staged =
            Staged { dd: dd.to_owned(), target: path.clone(), part, format, shape, complete: None, stream };
        self.staged.push(staged);
        Sink::start(target)
    }

    fn complete(&mut self, sink: Sink) -> Result<Written> {
        let (dd, Finished { written, file }) = sink.finish()?;
        if let Some(staged) =
            self.staged.iter_mut().rev().find(|staged| staged.dd == dd && staged.complete.is_none())
        {
            staged.complete = Some((written, file));
        }
        Ok(written)
    }

    fn text(&mut self, dd: &str) -> Result<Option<Arc<Source>>> {
        let Some(dds) = self.dds.get(dd).cloned() else { return Ok(None) };
        let mut text = String::new();
        for one in &dds {
            let Some(path) = &one.path else { continue };
            // Cards can be what an operator before wrote: records in the code page of the data.
            text.push_str(&match self.written(path) {
                Some(staged) => record_text(self.fs, one, &staged.part, staged.format.clone(), self.page)?,
                None => card_text(self.fs, one, path, self.page)?,
            });
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
        }
        let name = match dds.as_slice() {
            [one] => one.shown().display().to_string(),
            _ => dd.to_owned(),
        };
        Ok(Some(Source::new(name, text)))
    }

    fn stated_length(&self, dd: &str) -> Option<usize> {
        let stated = self.output(dd).ok().flatten()?.options.lrecl?;
        usize::try_from(stated).ok()
    }

    fn has(&self, dd: &str) -> bool {
        self.dds.contains_key(dd)
    }
}

/// What has not been published leaves nothing behind.
impl Drop for Files<'_> {
    fn drop(&mut self) {
        publish::discard(self.fs, self.staged.iter().map(|staged| staged.part.as_path()));
    }
}

/// The blocks of datasets one behind the other.
fn blocks(readers: Vec<(Reader, DatasetFormat)>, shape: Shape) -> Blocks {
    let mut readers = readers.into_iter();
    let mut current = readers.next();
    Box::new(move || {
        while let Some((reader, format)) = &mut current {
            match reader.next_block()? {
                Some(block) if shape.variable => {
                    return words::with_words(block, format, reader.dataset()).map(Some);
                }
                Some(block) => return Ok(Some(block)),
                None => current = readers.next(),
            }
        }
        Ok(None)
    })
}

/// The text of cards: UTF-8, or records in the code page of the data if the DD says how they lie or the bytes are no UTF-8.
fn card_text(fs: &dyn Fs, dd: &Dd, path: &Path, page: CodePage) -> Result<String> {
    let bytes = content(fs, path)?;
    let told = dd.options.recfm.is_some() || dd.options.lrecl.is_some();
    if !told && let Ok(text) = std::str::from_utf8(&bytes) {
        return Ok(text.to_owned());
    }
    let known = Some(Shape { variable: false, length: 80 });
    let (format, _) = dd.input(known, page)?;
    record_text(fs, dd, path, format, page)
}

/// Records as lines.
fn record_text(fs: &dyn Fs, dd: &Dd, path: &Path, format: DatasetFormat, page: CodePage) -> Result<String> {
    let mut reader = Reader::open(fs, &dd.name, path, format)?;
    let mut text = String::new();
    while let Some(block) = reader.next_block()? {
        for record in block.records() {
            text.push_str(dd.page.unwrap_or(page).decode(record).trim_end());
            text.push('\n');
        }
    }
    Ok(text)
}

fn content(fs: &dyn Fs, path: &Path) -> Result<Vec<u8>> {
    let mut file = fs.open_stream(path).path_error("read", path)?;
    let mut bytes = Vec::new();
    while file.read_into(&mut bytes, PIECE).path_error("read", path)? > 0 {
        if bytes.len() > TEXT_MAX {
            return Err(Diagnostic::error(
                codes::CTL103,
                format!("{} is too large for control cards", path.display()),
            )
            .hint("check that this is a text and not a data file"));
        }
    }
    Ok(bytes)
}

fn pieces(fs: &dyn Fs, path: &Path) -> Result<super::sink::Pieces> {
    let mut file = fs.open(path).path_error("read", path)?;
    let path = path.to_owned();
    Ok(Box::new(move || {
        let mut piece = Vec::with_capacity(PIECE);
        let read = file.read_into(&mut piece, PIECE).path_error("read", &path)?;
        Ok((read > 0).then_some(piece))
    }))
}

fn is_folder(fs: &dyn Fs, path: &Path) -> bool {
    fs.list(path).is_ok()
}

/// The error for a DD that is not there.
pub fn missing(dd: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::CTL101, format!("there is no DD {dd}"))
        .note(format!("ICE056A {dd} NOT DEFINED"))
        .hint(format!("give it: --dd {dd}=path,recfm=FB,lrecl=80"))
}

/// A DD has no root; its path is the shell's.
fn of_the_shell(mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    if error.code == codes::RUN001 {
        error.hint = Some("check the path of the DD".to_owned());
    }
    error
}

fn unlike(dd: &Dd, before: Shape, shape: Shape) -> Box<Diagnostic> {
    let kind = |shape: Shape| if shape.variable { "variable" } else { "fixed" };
    Diagnostic::error(
        codes::CTL103,
        format!(
            "the datasets of {} are not alike: {} records of {} bytes, then {} ones of {}",
            dd.name,
            kind(before),
            before.length,
            kind(shape),
            shape.length
        ),
    )
    .in_file(dd.shown().display().to_string())
    .note(format!("ICE043A INVALID DATA SET ATTRIBUTES: {} RECFM OR LRECL", dd.name))
    .hint("concatenate datasets of one record format and length")
}
