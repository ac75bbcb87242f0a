//! The verdict put to the test: the reader and the decoder that a conversion uses, over the file.

use std::path::Path;

use super::sample::Sample;
use crate::convert::{ReadOptions, Readable, Running, TextForm, Wanted, export};
use crate::copybook::Layout;
use crate::dataset::{DatasetFormat, Reader};
use crate::diag::{Diagnostic, Result};
use crate::encoding::CodePage;
use crate::record::Block;
use crate::sys::Fs;

/// Bytes of the file that are walked over from mark to mark.
const WALKED: u64 = 4 << 30;
/// As much if a rule has to look into each record.
const MEASURED: u64 = 64 << 20;
/// Bytes of records that are decoded.
const DECODED: usize = 8 << 20;

/// What came of it.
pub(super) struct Proof {
    /// What the conversion would stop at.
    pub misfit: Option<Box<Diagnostic>>,
    pub records: u64,
    pub counted_all: bool,
    /// Shortest and longest record seen.
    pub lengths: (usize, usize),
}

/// Reads the file with these options. The records that do not decode come before the frames that do not fit.
pub(super) fn prove(
    fs: &dyn Fs,
    path: &Path,
    sample: &Sample,
    layout: Option<&Layout>,
    options: &ReadOptions,
    seen: u64,
) -> Result<Proof> {
    let (readable, format) = match layout {
        Some(layout) => match options.resolve(&sample.dataset, layout.clone()) {
            Ok(readable) => (Some(readable.clone()), readable.format),
            Err(misfit) => {
                return Ok(Proof {
                    misfit: Some(misfit),
                    records: seen,
                    counted_all: false,
                    lengths: (0, 0),
                });
            }
        },
        None => {
            let page =
                options.code_page.as_deref().and_then(|name| name.parse().ok()).unwrap_or(CodePage::CP037);
            match options.format.format(None, page) {
                Ok(format) => (None, format.unpadded()),
                Err(_) => {
                    return Ok(Proof { misfit: None, records: seen, counted_all: false, lengths: (0, 0) });
                }
            }
        }
    };
    let mut proof = Proof { misfit: None, records: 0, counted_all: true, lengths: (usize::MAX, 0) };
    let (blocks, fault) = proof.walk(fs, path, sample, &format)?;
    if let Some(readable) = &readable {
        proof.misfit = decode(readable, blocks);
    }
    // The reader counts from the start of the file, so the smaller number comes first.
    let number = |fault: &Diagnostic| match &fault.place {
        crate::diag::Place::Data(place) => place.record,
        _ => None,
    };
    proof.misfit = match (proof.misfit.take(), fault) {
        (Some(decoded), Some(framed)) if number(&framed) < number(&decoded) => Some(framed),
        (Some(decoded), _) => Some(decoded),
        (None, framed) => framed,
    };
    if proof.lengths.0 == usize::MAX {
        proof.lengths = (0, 0);
    }
    Ok(proof)
}

impl Proof {
    /// The records to decode, and what is wrong with the framing.
    fn walk(
        &mut self,
        fs: &dyn Fs,
        path: &Path,
        sample: &Sample,
        format: &DatasetFormat,
    ) -> Result<(Vec<Block>, Option<Box<Diagnostic>>)> {
        let mut blocks = Vec::new();
        let mut kept = 0;
        if format.is_plain_fixed() && !sample.is_whole() {
            let body = sample.size.saturating_sub(format.framing.skip_head + format.framing.skip_tail);
            self.records = body / format.lrecl as u64;
            self.lengths = (format.lrecl, format.lrecl);
            blocks = sample.walk(format).blocks;
            blocks.extend(sample.far_blocks(format));
            return Ok((blocks, None));
        }
        let mut reader = match Reader::open(fs, &sample.dataset, path, format.clone()) {
            Ok(reader) => reader,
            Err(fault) => return Ok((blocks, Some(fault))),
        };
        let most = if format.framing.length.is_some() { MEASURED } else { WALKED };
        let mut every = 1;
        for index in 0u64.. {
            let block = match reader.next_block() {
                Ok(Some(block)) => block,
                Ok(None) => return Ok((blocks, None)),
                Err(fault) => {
                    // The records before the fault are those of the walk over the start, if it is there.
                    if blocks.is_empty() {
                        blocks = sample.walk(format).blocks;
                        blocks.iter().for_each(|block| self.count(block));
                    }
                    return Ok((blocks, Some(fault)));
                }
            };
            self.count(&block);
            if index % every == 0 {
                kept += block.size();
                blocks.push(block);
                // Ever farther apart, so that memory stays bounded.
                every = if kept > DECODED {
                    u64::MAX
                } else if kept > DECODED / 2 {
                    every * 2
                } else {
                    every
                };
            }
            if reader.bytes_read() > most {
                self.counted_all = false;
                return Ok((blocks, None));
            }
        }
        Ok((blocks, None))
    }

    fn count(&mut self, block: &Block) {
        self.records += block.len() as u64;
        for record in block.records() {
            self.lengths = (self.lengths.0.min(record.len()), self.lengths.1.max(record.len()));
        }
    }
}

/// Decodes records as a conversion does, and says where it stops.
fn decode(readable: &Readable, blocks: Vec<Block>) -> Option<Box<Diagnostic>> {
    let text = TextForm::Json { notes: true };
    let running = Running { threads: 1, verify: false, framing: None };
    let mut blocks = blocks.into_iter();
    let nowhere = |_: &[u8], _| Ok(());
    export(&readable.form, &text, &Wanted::default(), &running, || Ok(blocks.next()), nowhere, &|_, _| {})
        .err()
}
