//! How well a candidate fits.

use super::candidate::Candidate;
use super::fit::{Fit, Judge, Tally, weights};
use super::period::column_agreement;
use super::sample::{Sample, Walk};
use crate::convert::Readable;
use crate::copybook::Layout;
use crate::dataset::{DatasetFormat, Recfm};
use crate::diag::Result;
use crate::encoding::CodePage;

/// Most records that are decoded for a candidate in one part of the file, and most bytes of them.
const RECORDS: usize = 400;
const BYTES: usize = 1 << 18;

/// A candidate with what was found.
pub(super) struct Scored {
    pub candidate: Candidate,
    /// The form of its records, if there is a copybook.
    pub readable: Option<Readable>,
    pub format: DatasetFormat,
    /// Records in the part of the file that was walked over.
    pub records: u64,
    /// Bytes of it that are framed, and all of them.
    pub framed: (u64, u64),
    /// What the fields hold.
    pub tally: Tally,
    /// How many records are best explained by each 01 level without a fault.
    pub kinds: Vec<u64>,
    /// Share of the lengths that are explained.
    pub lengths: f64,
    /// 0 to 1.
    pub score: f64,
    /// Why the walk ended early.
    pub fault: Option<Box<crate::diag::Diagnostic>>,
    /// Its first records.
    kept: Vec<Vec<u8>>,
}

/// The record as the 01 level it fits best, and which that is.
pub(super) fn best_fit(
    judge: &mut Judge<'_>,
    kinds: usize,
    record: &[u8],
    padded: bool,
) -> (usize, Fit, bool) {
    let mut best: (usize, Fit, f64) = (0, judge.fit(0, record), 0.0);
    let quality = |fit: &Fit| {
        let clean = if fit.is_clean() { 1.0 } else { 0.5 };
        fit.tally.share() * clean * fit.length_fit(record.len(), padded)
    };
    best.2 = quality(&best.1);
    let mut clear = true;
    for kind in 1..kinds {
        let fit = judge.fit(kind, record);
        let new = quality(&fit);
        clear = if new > best.2 { new > best.2 + 0.02 } else { clear && new + 0.02 < best.2 };
        if new > best.2 {
            best = (kind, fit, new);
        }
    }
    (best.0, best.1, clear)
}

/// Resolves and measures a candidate; an error is one of its options that cannot be.
pub(super) fn score(
    sample: &Sample,
    layout: Option<&Layout>,
    candidate: Candidate,
    limit: usize,
) -> Result<Option<Scored>> {
    let (readable, format) = match layout {
        Some(layout) => {
            let readable = candidate.options.resolve(&sample.dataset, layout.clone())?;
            let format = readable.format.clone();
            (Some(readable), format)
        }
        None => {
            let page = candidate.options.code_page.as_deref().and_then(|name| name.parse().ok());
            let page = page.unwrap_or(CodePage::CP037);
            match candidate.options.format.format(None, page) {
                Ok(format) => (None, format.unpadded()),
                Err(_) => return Ok(None),
            }
        }
    };
    let ends = format.framing.lines.end.bytes(format.page);
    if format.recfm == Recfm::Text && memchr::memmem::find(&sample.head, ends).is_none() {
        return Ok(None);
    }
    let walk = sample.walk_limited(&format, limit);
    if walk.records == 0 || walk.body == 0 {
        return Ok(None);
    }
    let mut scored = Scored {
        candidate,
        readable,
        format,
        records: walk.records,
        framed: (walk.framed, walk.body),
        tally: Tally::default(),
        kinds: Vec::new(),
        lengths: 1.0,
        score: 0.0,
        fault: None,
        kept: walk.blocks.iter().flat_map(|block| block.records()).take(50).map(<[u8]>::to_vec).collect(),
    };
    let meaning = match &scored.readable {
        Some(_) => scored.judge(sample, &walk),
        None => scored.guess(sample, &walk),
    };
    let framed = walk.framed as f64 / walk.body as f64;
    scored.fault = walk.fault;
    // A file that ends inside a record is a file cut short, not another format.
    let framed = if framed > 0.5 && scored.is_torn_at_end() { framed.max(0.95) } else { framed };
    scored.score = framed * meaning * meaning * (0.4 + 0.6 * scored.lengths) * scored.candidate.prior;
    scored.score = scored.score.powf(1.0 - 0.4 * scored.marks(framed));
    Ok(Some(scored))
}

impl Scored {
    /// True if all is well up to the last record, which ends behind the end of the file.
    pub fn is_torn_at_end(&self) -> bool {
        let longest =
            self.readable.as_ref().map_or(32_760, |readable| readable.form.tree.format.layout.length());
        let left = (self.framed.1 - self.framed.0) as usize;
        let too_few = |readable: &Readable| left < readable.form.tree.format.layout.length_min();
        let is_torn = |fault: &crate::diag::Diagnostic| fault.code == crate::diag::codes::DAT004;
        (self.fault.as_deref().is_some_and(is_torn)
            || self.fault.is_some() && self.readable.as_ref().is_some_and(too_few))
            && self.framed.1 - self.framed.0 <= longest as u64 + 8
            && self.records > 2
    }

    /// How much the marks alone prove, 0 to 1: descriptor words or headers that lead through a file by steps of several lengths
    /// do so by no accident.
    fn marks(&self, framed: f64) -> f64 {
        let marked = matches!(self.format.recfm, Recfm::Variable | Recfm::Spanned)
            || self.format.framing.header.is_some_and(|header| header.size.is_some())
            || self.candidate.options.format.length_field.is_some();
        let differ = self.kept.iter().any(|record| record.len() != self.kept[0].len());
        let filled = self.kept.iter().all(|record| !record.is_empty());
        if marked && differ && filled && framed > 0.94 {
            1.0 - 4.0 / (4.0 + self.records as f64)
        } else {
            0.0
        }
    }

    /// With a copybook its fields say what is right.
    fn judge(&mut self, sample: &Sample, walk: &Walk) -> f64 {
        let Some(readable) = &self.readable else { return 0.0 };
        let tree = &readable.form.tree;
        let mut judge = Judge::new(tree);
        self.kinds = vec![0; tree.records.len()];
        let padded = self.format.fixed_length().is_some()
            || self.format.recfm == Recfm::Fixed && self.candidate.options.length_expression.is_some();
        let (mut lengths, mut count) = (0.0, 0u64);
        let far = sample.far_blocks(&self.format);
        let near = walk.blocks.iter();
        let records = near.flat_map(|block| block.records()).take(RECORDS);
        let mut left = BYTES;
        let ends: Vec<&[u8]> = walk
            .blocks
            .iter()
            .rev()
            .take(1)
            .flat_map(|b| b.records().skip(b.len().saturating_sub(8)))
            .collect();
        let far = far.iter().flat_map(|block| block.records().take(RECORDS / 4));
        for record in records.chain(ends).chain(far) {
            if record.len() > left && count > 0 {
                break;
            }
            left = left.saturating_sub(record.len());
            let (kind, fit, _) = best_fit(&mut judge, tree.records.len(), record, padded);
            lengths += fit.length_fit(record.len(), padded);
            count += 1;
            self.kinds[kind] += u64::from(fit.is_clean());
            self.tally.add(&fit.tally);
        }
        self.lengths = lengths / count.max(1) as f64;
        self.tally.share()
    }

    /// Without one only the framing itself and the look of the bytes do.
    fn guess(&mut self, sample: &Sample, walk: &Walk) -> f64 {
        let table = weights(self.format.page);
        for record in walk.blocks.iter().flat_map(|block| block.records()).take(20_000) {
            for &byte in record {
                let weight = u64::from(table[usize::from(byte)]);
                self.tally.good += weight;
                self.tally.total += 2;
                self.tally.text += 1;
                self.tally.printable += u64::from(weight > 0 && byte != 0);
            }
        }
        let printable = self.tally.printable as f64 / self.tally.text.max(1) as f64;
        let usual = self.tally.share();
        let full = 1.0 - 1.0 / (1.0 + walk.records as f64);
        match self.format.recfm {
            Recfm::Text if printable < 0.97 || walk.records < 2 => 0.1 * usual,
            Recfm::Text => (0.9 + 0.1 * usual) * (0.8 + 0.2 * full),
            Recfm::Variable | Recfm::Spanned => (0.7 + 0.3 * full) * (0.97 + 0.03 * usual),
            Recfm::Undefined => 0.6 * full + 0.1 * usual,
            Recfm::Fixed if self.format.fixed_length().is_none() => {
                (0.7 + 0.3 * full) * (0.97 + 0.03 * usual)
            }
            Recfm::Fixed => {
                let head = self.format.framing.skip_head as usize;
                let rest = sample.head.get(head..).unwrap_or_default();
                let agreement = column_agreement(rest, self.format.lrecl);
                let enough = if walk.records >= 4 { 1.0 } else { 0.7 };
                (0.35 + 0.65 * agreement.sqrt()) * enough * (0.96 + 0.04 * usual)
            }
        }
    }
}

impl Scored {
    /// Some records, kept while they were looked at.
    pub fn first_records(&self) -> &[Vec<u8>] {
        &self.kept
    }
}
