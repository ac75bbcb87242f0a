//! From the best candidate to the verdict: kinds, code page, damage, and the ready options.

use std::path::Path;

use super::fit::Judge;
use super::kinds::telling;
use super::pages::Bytes;
use super::proof::{self, Proof};
use super::sample::Sample;
use super::score::{Scored, best_fit};
use super::{DUMP_LINE, Dump, Line, PageFinding, Verdict, command};
use crate::convert::{ReadOptions, Readable};
use crate::copybook::{FieldId, Layout, Shape, Usage};
use crate::dataset::Recfm;
use crate::diag::Result;
use crate::encoding::{CodePage, is_escape};
use crate::record::Block;
use crate::sys::Fs;

/// Records that are looked at closely.
const CLOSELY: usize = 2000;
const CLOSELY_BYTES: usize = 1 << 20;
/// As many from the end, where trailers are.
const AT_END: usize = 64;

/// True if there is nothing in the file that could tell anything.
pub(super) fn is_blank(sample: &Sample) -> bool {
    let parts = [&sample.head[..], &sample.middle.1, &sample.tail.1];
    parts.iter().all(|part| part.iter().all(|byte| *byte == 0))
}

/// What can be said of the bytes without knowing what they are.
pub(super) fn remarks(sample: &Sample) -> Vec<String> {
    let mut remarks = Vec::new();
    let bytes = &sample.head;
    if sample.size == 0 {
        remarks.push("the file is empty".to_owned());
        return remarks;
    }
    if is_blank(sample) {
        remarks.push("all bytes looked at are X'00'".to_owned());
        return remarks;
    }
    let share =
        |wanted: fn(u8) -> bool| bytes.iter().filter(|b| wanted(**b)).count() as f64 / bytes.len() as f64;
    let ebcdic = share(
        |byte| matches!(byte, 0x40 | 0x81..=0x89 | 0x91..=0x99 | 0xA2..=0xA9 | 0xC1..=0xC9 | 0xD1..=0xD9 | 0xE2..=0xE9 | 0xF0..=0xF9),
    );
    let ascii = share(|byte| matches!(byte, b' ' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z'));
    remarks.push(format!(
        "letters, digits and blanks: {:.0} % of the bytes as EBCDIC, {:.0} % as ASCII",
        ebcdic * 100.0,
        ascii * 100.0
    ));
    if bytes.starts_with(&[0x1F, 0x8B]) || bytes.starts_with(b"PK\x03\x04") {
        remarks.push("the first bytes are those of a compressed file: unpack it first".to_owned());
    }
    let replaced = bytes.windows(3).filter(|three| *three == [0xEF, 0xBF, 0xBD]).count();
    if replaced > 0 {
        remarks.push(format!(
            "X'EFBFBD' stands in the file {replaced} times: it was translated to UTF-8 and bytes were lost for good; \
             transfer it again in binary"
        ));
    }
    remarks
}

/// Candidates whose records are those of a better one left out.
pub(super) fn without_doubles(found: Vec<Scored>) -> Vec<Scored> {
    let mut kept: Vec<Scored> = Vec::new();
    for scored in found {
        let double = kept.iter().any(|other| other.candidate.label == scored.candidate.label);
        if !double {
            kept.push(scored);
        }
    }
    kept
}

/// A candidate as a row.
pub(super) fn line(scored: &Scored) -> Line {
    let share = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
    let (framed, body) = scored.framed;
    let misfit = scored.fault.as_ref().map(|fault| match &fault.place {
        crate::diag::Place::Data(place) => (place.record, place.offset, fault.message.clone()),
        _ => (None, None, fault.message.clone()),
    });
    Line {
        label: scored.candidate.label.clone(),
        page: scored.candidate.options.code_page.clone().unwrap_or_default(),
        records: scored.records,
        framed: framed as f64 / body.max(1) as f64,
        numbers: share(scored.tally.valid, scored.tally.numbers),
        text: share(scored.tally.printable, scored.tally.text),
        lengths: scored.readable.as_ref().map(|_| scored.lengths),
        score: scored.score,
        misfit,
    }
}

/// The first record of a candidate.
pub(super) fn first_record(sample: &Sample, best: &Scored) -> Dump {
    let walk = sample.walk_limited(&best.format, 1 << 16);
    let first = walk.blocks.first().and_then(|block| {
        let (slot, record) = block.slots().next()?;
        Some((block.offset(slot), record.to_vec()))
    });
    let (offset, bytes) = first.unwrap_or((0, sample.head[..sample.head.len().min(64)].to_vec()));
    dump(offset, &bytes, Some(best.format.page.name()))
}

/// Bytes with their text, as much as is worth showing.
pub(super) fn dump(offset: u64, bytes: &[u8], page: Option<&str>) -> Dump {
    let bytes = &bytes[..bytes.len().min(16 * DUMP_LINE)];
    let page: CodePage = page.and_then(|name| name.parse().ok()).unwrap_or(CodePage::CP037);
    let shown = |byte: &u8| {
        let c = page.char(*byte);
        if c.is_control() || is_escape(c) || *byte == 0 { '.' } else { c }
    };
    let text = bytes.chunks(DUMP_LINE).map(|line| line.iter().map(shown).collect()).collect();
    Dump { offset, bytes: bytes.to_vec(), text }
}

/// Finishes the options of the best candidate, proves them, and says what was seen.
pub(super) fn verdict(
    fs: &dyn Fs,
    path: &Path,
    sample: &Sample,
    (layout, given): (Option<&Layout>, &ReadOptions),
    mut best: Scored,
    remarks: &mut Vec<String>,
) -> Result<Verdict> {
    let mut kinds = Vec::new();
    let mut looked_at = 0;
    let mut page = None;
    if let (Some(layout), Some(_)) = (layout, &best.readable) {
        let close = Closely::look(sample, &best);
        looked_at = close.records;
        (kinds, page) = (close.kinds.clone(), close.page.clone());
        close.complete(&mut best, given, layout, remarks);
        damage(&best, layout, remarks);
    } else if best.format.page.is_ebcdic() {
        page = Some(plain_pages(sample, &best));
    }
    if let Some(found) = &page
        && given.code_page.is_none()
    {
        best.candidate.options.code_page = Some(found.likely.name().to_owned());
    }
    remarks.extend(best.candidate.note.clone());
    let options = best.candidate.options.clone();
    let Proof { misfit, records, counted_all, lengths } =
        proof::prove(fs, path, sample, layout, &options, best.records)?;
    Ok(Verdict {
        label: best.candidate.label,
        flags: command::flags(&options),
        options,
        score: best.score,
        records,
        counted_all,
        lengths,
        tally: best.tally,
        kinds,
        looked_at,
        page,
        misfit,
    })
}

/// What a close look at the records shows.
struct Closely {
    records: u64,
    kinds: Vec<(String, u64)>,
    page: Option<PageFinding>,
    /// Records with the 01 level each of them clearly is.
    labels: Vec<(Vec<u8>, usize)>,
    /// Each item with redefinitions that is in no table.
    views: Vec<Storage>,
    unfilled: [u64; 3],
}

/// An item with redefinitions.
struct Storage {
    object: FieldId,
    /// The views that records have.
    views: Vec<FieldId>,
    /// Records with the position of the view that each of them clearly has.
    labels: Vec<(Vec<u8>, usize)>,
}

impl Closely {
    fn look(sample: &Sample, best: &Scored) -> Closely {
        let mut close = Closely {
            records: 0,
            kinds: Vec::new(),
            page: None,
            labels: Vec::new(),
            views: Vec::new(),
            unfilled: [0; 3],
        };
        let Some(readable) = &best.readable else { return close };
        let tree = &readable.form.tree;
        let padded = best.format.fixed_length().is_some();
        let mut judge = Judge::new(tree);
        let mut bytes = Bytes::new();
        let mut counts = vec![0u64; tree.records.len()];
        let walk = sample.walk(&best.format);
        let far = sample.far_blocks(&best.format);
        for record in close_records(&walk.blocks).into_iter().chain(close_records(&far)) {
            close.records += 1;
            let (kind, fit, clear) = best_fit(&mut judge, tree.records.len(), record, padded);
            if fit.is_clean() {
                counts[kind] += 1;
            }
            if clear && fit.is_clean() {
                close.labels.push((record.to_vec(), kind));
            }
            close.unfilled.iter_mut().zip(fit.tally.unfilled).for_each(|(mine, more)| *mine += more);
            for (object, view) in &fit.views {
                close.note_view(*object, *view, record);
            }
            fit.texts.iter().filter_map(|text| record.get(text.clone())).for_each(|text| bytes.add(text));
        }
        close.kinds = tree.records.iter().map(|node| node.name.clone()).zip(counts).collect();
        if best.format.page.is_ebcdic() {
            close.page = Some(bytes.finding());
        }
        close
    }

    fn note_view(&mut self, object: FieldId, view: Option<FieldId>, record: &[u8]) {
        let index = self.views.iter().position(|known| known.object == object).unwrap_or_else(|| {
            self.views.push(Storage { object, views: Vec::new(), labels: Vec::new() });
            self.views.len() - 1
        });
        let Storage { views: names, labels, .. } = &mut self.views[index];
        let Some(view) = view else { return };
        let label = names.iter().position(|known| *known == view).unwrap_or_else(|| {
            names.push(view);
            names.len() - 1
        });
        labels.push((record.to_vec(), label));
    }

    /// Adds to the options what the close look has shown: kinds of records, views, numbers that are none.
    fn complete(&self, best: &mut Scored, given: &ReadOptions, layout: &Layout, remarks: &mut Vec<String>) {
        let Some(readable) = &best.readable else { return };
        let options = &mut best.candidate.options;
        let positions = options.records.iter().any(|record| record.contains(':'));
        if given.records.is_empty() && self.kinds.len() > 1 && !positions {
            options.records = self.records(readable, remarks);
        }
        if given.views.is_empty() {
            options.views = self.view_conditions(readable, layout);
        }
        if given.bad_numbers.is_none() {
            let classes = ["blank=null", "low=null", "high=null"];
            let seen: Vec<&str> = classes
                .into_iter()
                .zip(self.unfilled)
                .filter(|(_, count)| *count > 0)
                .map(|(c, _)| c)
                .collect();
            options.bad_numbers = Some(seen.join(",")).filter(|text| !text.is_empty());
        }
        if best.candidate.options.zoned_blanks && !given.zoned_blanks {
            best.candidate.options.zoned_blanks = needs_zoned_blanks(best, layout);
        }
    }

    /// `NAME: FIELD = 'X'` for each 01 level that there are records of.
    fn records(&self, readable: &Readable, remarks: &mut Vec<String>) -> Vec<String> {
        let mut seen: Vec<usize> = (0..self.kinds.len()).filter(|&kind| self.kinds[kind].1 > 0).collect();
        seen.sort_by_key(|&kind| std::cmp::Reverse(self.kinds[kind].1));
        let name = |kind: usize| self.kinds[kind].0.clone();
        if let [] | [_] = seen.as_slice() {
            return vec![name(seen.first().copied().unwrap_or(0))];
        }
        match telling(readable, &self.labels, None) {
            Some(conditions) => {
                conditions.iter().map(|(kind, condition)| format!("{}: {condition}", name(*kind))).collect()
            }
            None => {
                remarks.push(
                    "no field of up to 8 bytes tells the 01 levels apart: give --record \"NAME: CONDITION\" for each"
                        .to_owned(),
                );
                vec![name(seen[0])]
            }
        }
    }

    /// `NAME: FIELD = 'X'` for the views of storage that records of both sorts use.
    fn view_conditions(&self, readable: &Readable, layout: &Layout) -> Vec<String> {
        let mut conditions = Vec::new();
        for Storage { object, views: names, labels } in &self.views {
            if names.len() < 2 {
                continue;
            }
            let Some(found) = telling(readable, labels, Some(*object)) else { continue };
            for (label, condition) in found {
                let field = layout.field(names[label]);
                let usable =
                    field.name.is_some() && layout.find(field.display_name(), &[]) == Ok(names[label]);
                if usable {
                    conditions.push(format!("{}: {condition}", field.display_name()));
                }
            }
        }
        conditions
    }
}

/// The first records and the last ones.
fn close_records(blocks: &[Block]) -> Vec<&[u8]> {
    let total: usize = blocks.iter().map(Block::len).sum();
    let mut left = CLOSELY_BYTES;
    let mut chosen = Vec::new();
    for (index, record) in blocks.iter().flat_map(|block| block.records()).enumerate() {
        if index < CLOSELY && left > 0 || index + AT_END >= total {
            left = left.saturating_sub(record.len());
            chosen.push(record);
        }
    }
    chosen
}

/// True if DISPLAY numbers are numbers only when blanks around their digits do not count.
fn needs_zoned_blanks(best: &Scored, layout: &Layout) -> bool {
    let mut options = best.candidate.options.clone();
    options.zoned_blanks = false;
    let Ok(strict) = options.resolve("", layout.clone()) else { return true };
    let Some(lenient) = &best.readable else { return true };
    let (mut one, mut other) = (Judge::new(&lenient.form.tree), Judge::new(&strict.form.tree));
    // The records as they are framed with the lenient reading.
    let records = best.first_records();
    records.iter().any(|record| {
        let (kind, fit, _) = best_fit(&mut one, lenient.form.tree.records.len(), record, true);
        let again = other.fit(kind, record);
        again.tally.invalid() + again.tally.counters_bad > fit.tally.invalid() + fit.tally.counters_bad
    })
}

/// Without a copybook what looks like text is taken for it.
fn plain_pages(sample: &Sample, best: &Scored) -> PageFinding {
    let mut bytes = Bytes::new();
    let walk = sample.walk_limited(&best.format, 1 << 20);
    let records = walk.blocks.iter().flat_map(|block| block.records()).take(20_000);
    records.flat_map(super::pages::text_runs).for_each(|text| bytes.add(text));
    bytes.finding()
}

/// Damage that a transfer did, as far as the best candidate shows it.
fn damage(best: &Scored, layout: &Layout, remarks: &mut Vec<String>) {
    let packed = |shape| matches!(shape, Shape::Number(number) if matches!(number.usage, Usage::Packed | Usage::PackedUnsigned | Usage::Binary(_)));
    let has_packed = layout.fields().any(|(_, field)| packed(field.shape));
    let invalid = best.tally.invalid() * 4 > best.tally.numbers;
    if !best.format.page.is_ebcdic() && has_packed && invalid {
        remarks.push(
            "the text is ASCII, but packed and binary fields do not hold numbers: the file was translated as text, and these \
             fields are destroyed; transfer it again in binary"
                .to_owned(),
        );
    }
    if best.format.recfm == Recfm::Text && has_packed {
        remarks.push(
            "lines and packed or binary fields do not go together: a byte of such a field may look like a line end".to_owned(),
        );
    }
}
