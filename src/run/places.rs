//! Inputs that are not simply a file: concatenations, lines of the job, dummies.

use std::sync::Arc;

use super::supply::{Pieces, Supply};
use crate::dataset::Reader;
use crate::diag::Result;
use crate::job::{Content, DatasetPlan, Piece};
use crate::record::Block;
use crate::sys::Fs;

/// True for a dataset that is empty whatever is written to it.
pub(super) fn is_dummy(dataset: &DatasetPlan) -> bool {
    matches!(dataset.content, Content::Dummy)
}

/// Opens the files of a concatenation, so that one that is missing or of the wrong size stops the run before its first step.
pub(super) fn check_pieces(fs: &dyn Fs, dataset: &DatasetPlan) -> Result<()> {
    pieces(dataset).try_for_each(|piece| open(fs, dataset, piece, 0).map(|_| ()))
}

/// What is read of a dataset that is not simply a file.
pub(super) fn supply(fs: &dyn Fs, dataset: &DatasetPlan, block_bytes: usize) -> Result<Option<Supply>> {
    match &dataset.content {
        Content::File => Ok(None),
        Content::Dummy => Ok(Some(Supply::Last(Vec::new().into_iter()))),
        Content::Pieces(pieces) => {
            let opened = pieces.iter().map(|piece| open(fs, dataset, piece, block_bytes));
            Ok(Some(Supply::Pieces(Pieces::new(opened.collect::<Result<Vec<_>>>()?))))
        }
    }
}

/// Bytes of a dataset that is not simply a file, as far as known.
pub(super) fn size(fs: &dyn Fs, dataset: &DatasetPlan) -> Option<u64> {
    let size = |piece: &Piece| match piece {
        Piece::File { path, .. } => fs.meta(path).ok().map(|meta| meta.length),
        Piece::Lines(block) => Some(block.size() as u64),
    };
    match &dataset.content {
        Content::File => None,
        Content::Dummy => Some(0),
        Content::Pieces(pieces) => pieces.iter().map(size).sum(),
    }
}

fn pieces(dataset: &DatasetPlan) -> impl Iterator<Item = &Piece> {
    match &dataset.content {
        Content::Pieces(pieces) => pieces.as_slice(),
        Content::File | Content::Dummy => &[],
    }
    .iter()
}

fn open(fs: &dyn Fs, dataset: &DatasetPlan, piece: &Piece, block_bytes: usize) -> Result<Supply> {
    match piece {
        Piece::Lines(block) if block.is_empty() => Ok(Supply::Last(Vec::new().into_iter())),
        Piece::Lines(block) => Ok(Supply::Shared(Arc::new(vec![Block::clone(block)]), 0)),
        Piece::File { dataset: member, path, format, .. } => {
            // A member of another name says where to look for what is wrong in it.
            let name = if *member == dataset.name {
                format!("{} ({})", dataset.name, path.file_name().unwrap_or_default().to_string_lossy())
            } else {
                format!("{} ({member})", dataset.name)
            };
            let reader = Reader::open(fs, &name, path, (**format).clone())?;
            Ok(Supply::File(Box::new(if block_bytes > 0 {
                reader.in_blocks_of(block_bytes)
            } else {
                reader
            })))
        }
    }
}
