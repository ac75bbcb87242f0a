//! The search: usual formats first, odd ones when none of them fits.

use super::candidate::{Candidate, Maker};
use super::period::likely_lengths;
use super::sample::Sample;
use super::score::{Scored, score};
use crate::convert::ReadOptions;
use crate::copybook::Layout;
use crate::dataset::{Order, WORD, Word};
use crate::diag::Result;

/// A candidate this good ends the search.
const GOOD: f64 = 0.8;
/// Bytes at the start in which a first record is looked for.
const HEAD: usize = 4096;

/// Every candidate that has something for it, the best one first.
pub(super) fn search(sample: &Sample, layout: Option<&Layout>, given: &ReadOptions) -> Result<Vec<Scored>> {
    let maker = Maker { given, layout, size: sample.size };
    let mut search = Search { sample, layout, maker, found: Vec::new(), refused: None };
    search.usual();
    if search.maker.is_settled() {
        return search.finish();
    }
    let tells_lengths = layout.is_some_and(|layout| layout.is_variable() || layout.roots().count() > 1);
    if search.best() < GOOD || tells_lengths {
        search.add(search.maker.measured());
    }
    if search.best() < GOOD {
        search.add(search.shifted_words());
        search.add(search.other_lengths());
    }
    if search.best() < 0.6 {
        search.add(search.with_line_ends_in_binary());
    }
    if search.best() < 0.75 && layout.is_some() && given.format.recfm.is_none() {
        search.headers();
    }
    search.finish()
}

struct Search<'a> {
    sample: &'a Sample,
    layout: Option<&'a Layout>,
    maker: Maker<'a>,
    found: Vec<Scored>,
    refused: Option<Box<crate::diag::Diagnostic>>,
}

impl Search<'_> {
    fn finish(mut self) -> Result<Vec<Scored>> {
        self.without_torn_end();
        let given = self.maker.given;
        let said = given.code_page.is_some() || given.odo.is_some() || self.maker.is_settled();
        match (self.found.is_empty(), self.refused) {
            // What the user has said himself cannot be.
            (true, Some(refused)) if said => Err(refused),
            _ => Ok(self.found),
        }
    }

    fn best(&self) -> f64 {
        self.found.first().map_or(0.0, |best| best.score)
    }

    fn add(&mut self, candidates: Vec<Candidate>) {
        for candidate in candidates {
            // A look at the start is enough for most of them.
            let quick = score(self.sample, self.layout, candidate, 1 << 16);
            let quick = match quick {
                Ok(Some(quick)) => quick,
                Ok(None) => continue,
                Err(refused) => {
                    self.refused.get_or_insert(refused);
                    continue;
                }
            };
            let whole = quick.framed.1 >= self.sample.size || self.sample.head.len() <= 1 << 16;
            let scored = if whole || quick.score < 0.2 {
                Some(quick)
            } else {
                score(self.sample, self.layout, quick.candidate, usize::MAX).unwrap_or_default()
            };
            self.found.extend(scored.filter(|scored| scored.score > 0.02));
        }
        self.found.sort_by(|left, right| right.score.total_cmp(&left.score));
        self.found.truncate(60);
    }

    fn usual(&mut self) {
        self.add(self.maker.usual());
        if self.layout.is_none() && !self.maker.is_settled() {
            let lengths = likely_lengths(&self.sample.head, self.sample.size);
            let mut fixed: Vec<Candidate> =
                lengths.into_iter().filter_map(|length| self.maker.fixed(length)).collect();
            // The multiples of a length fit as well as it does.
            fixed
                .iter_mut()
                .enumerate()
                .for_each(|(rank, candidate)| candidate.prior *= 0.95f64.powi(rank as i32 * 2));
            self.add(self.maker.expand(fixed));
        }
    }

    /// Chains of descriptor words that do not begin at the start of the file, or do not end at its end.
    fn shifted_words(&self) -> Vec<Candidate> {
        let bytes = &self.sample.head;
        let mut all = Vec::new();
        for (order, name) in [(Order::Big, "big"), (Order::Little, "little"), (Order::Swapped, "swapped")] {
            for counts_itself in [true, false] {
                let word = Word { order, counts_itself, loose: false };
                let mut best: Option<(usize, usize)> = None;
                for start in 0..HEAD.min(bytes.len()) {
                    let (records, end) = chain(bytes, start, word);
                    let better = best.is_none_or(|(at, stop)| end - start > stop - at);
                    if records >= 3 && better {
                        best = Some((start, end));
                    }
                }
                let Some((start, end)) = best else { continue };
                let left = if self.sample.is_whole() { bytes.len() - end } else { 0 };
                let form = if counts_itself { name.to_owned() } else { format!("{name},payload") };
                let around = match (start, left) {
                    (0, 0) => continue,
                    (0, left) => format!("{left} bytes behind the last record"),
                    (start, 0) => format!("{start} bytes before the first record"),
                    (start, left) => format!("{start} bytes before the first record, {left} behind the last"),
                };
                let options = crate::dataset::FormatOptions {
                    recfm: Some("V".to_owned()),
                    rdw: Some(form.clone()),
                    skip_head: Some(start as u64).filter(|bytes| *bytes > 0),
                    skip_tail: Some(left as u64).filter(|bytes| *bytes > 0),
                    ..Default::default()
                };
                let share = (end - start) as f64 / bytes.len() as f64;
                if share < 0.8 {
                    continue;
                }
                let mut candidate =
                    self.maker.candidate(options, format!("V, RDW {form}, {around}"), 0.55 + 0.4 * share);
                candidate.note = Some(around);
                all.push(candidate);
            }
        }
        self.maker.expand(all)
    }

    /// Records of one length that is not the copybook's, or between bytes that are none.
    fn other_lengths(&self) -> Vec<Candidate> {
        let size = self.sample.size;
        let mut all = Vec::new();
        if let Some(layout) = self.layout {
            let length = layout.length() as u64;
            let left = size % length.max(1);
            if left > 0 && size > length {
                for head in 1..=left.min(HEAD as u64) {
                    let mut candidate = self.maker.fixed_between(length, head, left - head);
                    candidate.prior = 0.93;
                    all.push(candidate);
                }
            }
            let likely = likely_lengths(&self.sample.head, size);
            let divisors = (length + 1..=length + 300).filter(|l| size.is_multiple_of(*l));
            let lengths = likely
                .into_iter()
                .map(|length| length as u64)
                .filter(|l| l.abs_diff(length) < length.max(64) && *l != length);
            let mut lengths: Vec<u64> = lengths.chain(divisors).collect();
            lengths.sort_unstable_by_key(|other| (other.abs_diff(length), *other));
            lengths.dedup();
            for other in lengths.into_iter().take(24) {
                let left = size % other;
                let mut candidate = self.maker.fixed_between(other, 0, left);
                let explained = length.min(other) as f64 / length.max(other) as f64;
                candidate.prior = 0.93 * (0.3 + 0.7 * explained);
                if size.is_multiple_of(length) {
                    candidate.prior *= 0.5;
                }
                candidate.note = Some(format!(
                    "records of {other} bytes, but the copybook describes {length}: look for a newer copybook"
                ));
                for shift in (1..other.saturating_sub(length) + 1).take(32) {
                    all.push(shifted(&candidate, shift, other - length - shift));
                }
                all.push(candidate);
            }
        }
        self.maker.expand(all)
    }

    /// Line ends put behind records by a transfer that took the file for text.
    fn with_line_ends_in_binary(&self) -> Vec<Candidate> {
        let Some(layout) = self.layout.filter(|layout| !layout.is_variable()) else { return Vec::new() };
        let length = layout.length();
        let ends: [(&[u8], &str); 4] =
            [(b"\r\n", "CR LF"), (b"\n", "LF"), (&[0x15], "NEL"), (&[0x25], "EBCDIC LF")];
        let mut all = Vec::new();
        for (end, name) in ends {
            let step = length + end.len();
            let records: Vec<&[u8]> = self.sample.head.chunks_exact(step).take(1000).collect();
            if records.len() < 2 || records.iter().any(|record| &record[length..] != end) {
                continue;
            }
            if let Some(mut candidate) = self.maker.fixed(step) {
                candidate.note = Some(format!(
                    "{name} stands behind every record: a transfer as text put it there; bytes of packed and binary fields that look \
                     like line ends may have been changed too, so transfer the file again in binary"
                ));
                all.push(candidate);
            }
        }
        self.maker.expand(all)
    }

    /// The best candidate without the bytes at the end that are no whole record, so that what is whole can be read.
    fn without_torn_end(&mut self) {
        let Some(best) =
            self.found.first_mut().filter(|best| self.sample.is_whole() && best.is_torn_at_end())
        else {
            return;
        };
        let left = best.framed.1 - best.framed.0;
        let format = &mut best.candidate.options.format;
        format.skip_tail = Some(format.skip_tail.unwrap_or(0) + left);
        best.candidate.note = Some(format!(
            "the last {left} bytes are no whole record: the file was cut short, or something stands behind its records"
        ));
    }

    fn headers(&mut self) {
        self.add(self.maker.headers());
        // A byte of the header may tell records from what is none.
        let Some(best) = self.found.first().filter(|best| best.candidate.options.format.header.is_some())
        else {
            return;
        };
        let mut all = Vec::new();
        let Some(header) = best.candidate.options.format.header else { return };
        for offset in 0..header.length {
            let mut values = [0u32; 256];
            let heads = headers_of(self.sample, best);
            heads.iter().for_each(|head| values[usize::from(head[offset as usize])] += 1);
            let distinct = values.iter().filter(|count| **count > 0).count();
            let is_size = header.size.is_some_and(|(at, bytes, _)| (at..at + bytes).contains(&offset));
            if !(2..=4).contains(&distinct) || is_size {
                continue;
            }
            for (value, _) in (0u8..=255).zip(values).filter(|(_, count)| *count > 0) {
                let mut candidate = best.candidate.clone();
                candidate.options.format.header =
                    Some(crate::dataset::HeaderOptions { keep: Some((offset, value)), ..header });
                candidate.label =
                    format!("{} (kept if the byte at offset {offset} is X'{value:02X}')", candidate.label);
                candidate.prior *= 1.0 + 0.02;
                all.push(candidate);
            }
        }
        self.add(all);
    }
}

/// The headers of a candidate's records.
fn headers_of(sample: &Sample, scored: &Scored) -> Vec<Vec<u8>> {
    let walk = sample.walk_limited(&scored.format, 1 << 18);
    let header = |block: &crate::record::Block| -> Vec<Vec<u8>> {
        block
            .slots()
            .map(|(slot, _)| block.frame(slot).parts().flat_map(|(frame, _)| frame.to_vec()).collect())
            .collect()
    };
    let length = scored.format.framing.header.map_or(0, |header| header.length);
    walk.blocks.iter().flat_map(header).filter(|head| head.len() == length).collect()
}

fn shifted(candidate: &Candidate, head: u64, tail: u64) -> Candidate {
    let mut candidate = candidate.clone();
    candidate.options.format.record_skip_head = Some(head);
    if candidate.options.length_expression.is_none() {
        candidate.options.format.record_skip_tail = Some(tail).filter(|tail| *tail > 0);
    }
    candidate.label = format!("{}, fields from byte {} on", candidate.label, head + 1);
    candidate.prior -= 0.01;
    candidate
}

/// How many records descriptor words from `start` on give, and where they end.
fn chain(bytes: &[u8], start: usize, word: Word) -> (usize, usize) {
    let (mut at, mut records) = (start, 0);
    while let Some(descriptor) = bytes.get(at..at + WORD).and_then(|word| word.first_chunk()) {
        match word.record(*descriptor) {
            Some(length) if length > 0 && at + WORD + length <= bytes.len() => {
                at += WORD + length;
                records += 1;
            }
            _ => break,
        }
    }
    (records, at)
}
