//! Records to lines of text, in parallel and in order.

use super::form::{Ancestry, Form, TextForm};
use super::import::{Around, Records};
use super::lines::LineReader;
use super::verify::{Mismatch, Verifier};
use crate::codec::{Decoder, Findings};
use crate::dataset::{DatasetFormat, Framer, Recfm};
use crate::diag::Result;
use crate::expr::{Condition, SingleFrame, Standing};
use crate::record::{Block, FrameNote, Origin};
use crate::sys::ordered;

/// Which records of a file are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Records to leave out at the start.
    pub skip: u64,
    /// Most records after that.
    pub take: Option<u64>,
    /// Only those for which this holds.
    pub condition: Option<Condition>,
}

impl Wanted {
    /// True if a record with this number is wanted.
    pub fn has(&self, number: u64, record: &[u8], origin: Origin<'_>) -> Result<bool> {
        let in_range = number > self.skip && self.take.is_none_or(|take| number - self.skip <= take);
        if !in_range {
            return Ok(false);
        }
        self.condition.as_ref().map_or(Ok(true), |condition| condition.holds(&SingleFrame { record, origin }))
    }

    /// True if every record is.
    pub fn is_all(&self) -> bool {
        self.skip == 0 && self.take.is_none() && self.condition.is_none()
    }
}

/// How an export runs.
#[derive(Clone, Debug)]
pub struct Running {
    /// Threads to work on.
    pub threads: usize,
    /// Whether every record is encoded again and compared.
    pub verify: bool,
    /// The record format, if what is around records is to be noted where it is not what the format gives.
    pub framing: Option<DatasetFormat>,
}

/// What an export did.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Records of the input that were looked at.
    pub records: u64,
    /// Records written.
    pub written: u64,
    /// Bytes of text.
    pub bytes: u64,
    /// Records by kind.
    pub kinds: Vec<u64>,
    /// What was found in fields.
    pub findings: Findings,
    /// Records that their values do not give back; the first of them, and how many there were.
    pub mismatches: (Vec<Mismatch>, u64),
}

/// Most mismatches that are kept.
const MISMATCHES: usize = 100;

/// A block on its way.
struct Batch {
    block: Block,
    ancestry: Ancestry,
    last: bool,
    /// Of record formats where a frame depends on those before it: the frames to note, by slot.
    frames: Option<Vec<Option<String>>>,
}

/// The text of a block.
struct Lines {
    text: Vec<u8>,
    summary: Summary,
    /// With verification: the records that the text gives back.
    rebuilt: Records,
}

/// Turns blocks into text. `next` gives the blocks of the file in order, `put` takes the text (and with verification the records
/// that it gives back), `seen` hears of every block
/// (records and bytes).
pub fn export(
    form: &Form,
    text: &TextForm,
    wanted: &Wanted,
    running: &Running,
    mut next: impl FnMut() -> Result<Option<Block>> + Send,
    mut put: impl FnMut(&[u8], Records) -> Result<()> + Send,
    seen: &(dyn Fn(u64, u64) + Sync),
) -> Result<Summary> {
    let mut total = Summary { kinds: vec![0; form.kinds.list().len()], ..Summary::default() };
    if let TextForm::Csv { columns, style } = text {
        let mut header = Vec::new();
        super::csv_out::append_header(columns, *style, &mut header);
        total.bytes += header.len() as u64;
        put(&header, Records::default())?;
    }
    let mut ahead: Option<Block> = None;
    let mut ancestry = Ancestry::default();
    let blocked = |format: &&DatasetFormat| format.framing.bdw.is_some() || format.recfm == Recfm::Spanned;
    let mut framer = running.framing.as_ref().filter(blocked).map(|format| Framer::new(format.clone()));
    let beyond = wanted.take.map(|take| wanted.skip.saturating_add(take));
    let batches = || -> Result<Option<Batch>> {
        let Some(block) = ahead.take().map_or_else(&mut next, |block| Ok(Some(block)))? else {
            return Ok(None);
        };
        if beyond.is_some_and(|beyond| block.number(0) > beyond) {
            return Ok(None);
        }
        if form.kinds.looks_ahead() {
            ahead = next()?;
        }
        let frames = framer.as_mut().map(|framer| frames_of(framer, &block));
        let batch = Batch { last: ahead.is_none(), ancestry: ancestry.clone(), block, frames };
        if form.has_parents() {
            pass_block(form, text, &mut ancestry, &batch)?;
        }
        Ok(Some(batch))
    };
    let pattern = running.verify.then(|| LineReader::new(form, text).pattern().clone());
    let work = |batch: Batch| -> Result<Lines> {
        let verifier = pattern.clone().map(Verifier::new);
        let lines = lines(form, text, wanted, running, (&batch, verifier))?;
        seen(batch.block.len() as u64, batch.block.size() as u64);
        Ok(lines)
    };
    ordered(running.threads, batches, work, |lines: Lines| {
        total.add(&lines);
        put(&lines.text, lines.rebuilt)
    })?;
    Ok(total)
}

impl Summary {
    fn add(&mut self, lines: &Lines) {
        let more = &lines.summary;
        self.records += more.records;
        self.written += more.written;
        self.bytes += lines.text.len() as u64;
        self.findings.add(&more.findings);
        self.kinds.iter_mut().zip(&more.kinds).for_each(|(mine, more)| *mine += more);
        self.mismatches.1 += more.mismatches.1;
        let room = MISMATCHES.saturating_sub(self.mismatches.0.len());
        self.mismatches.0.extend(more.mismatches.0.iter().take(room).cloned());
    }
}

/// Where a record of a batch stands in the file.
fn standing(batch: &Batch, slot: u32) -> Standing {
    let last_slot = u32::try_from(batch.block.len()).unwrap_or(u32::MAX).wrapping_sub(1);
    Standing { last: batch.last && slot == last_slot, ..standing_of(&batch.block, slot) }
}

/// Where a record stands, as far as its block shows.
pub(super) fn standing_of(block: &Block, slot: u32) -> Standing {
    Standing { first: block.number(slot) == 1, last: false }
}

/// Notes the keys of parents in a block, for the blocks behind it.
fn pass_block(form: &Form, text: &TextForm, ancestry: &mut Ancestry, batch: &Batch) -> Result<()> {
    for (slot, record) in batch.block.slots() {
        let origin = batch.block.origin(&form.dataset, slot);
        let kind = form.kinds.of(record, standing(batch, slot), origin)?;
        form.pass(text, ancestry, kind, record);
    }
    Ok(())
}

/// The frames of a block that have to be noted.
fn frames_of(framer: &mut Framer, block: &Block) -> Vec<Option<String>> {
    let slots = block.slots().map(|(slot, _)| slot);
    slots.map(|slot| frame_of(framer, block, slot)).collect()
}

fn frame_of(framer: &mut Framer, block: &Block, slot: u32) -> Option<String> {
    let frame = block.frame(slot);
    (!framer.would_write(&frame)).then(|| FrameNote::from(&frame).to_string())
}

fn lines(
    form: &Form,
    text: &TextForm,
    wanted: &Wanted,
    running: &Running,
    (batch, mut verifier): (&Batch, Option<Verifier<'_>>),
) -> Result<Lines> {
    let plain = running.framing.as_ref().filter(|format| batch.frames.is_none() && !format.is_plain_fixed());
    let mut framer = plain.map(|format| Framer::new(format.clone()));
    let mut decoder = Decoder::new(&form.tree, form.policy, form.natural);
    let mut rebuilt = Records::default();
    let mut out = Vec::with_capacity(batch.block.size() * 3);
    let mut summary = Summary { kinds: vec![0; form.kinds.list().len()], ..Summary::default() };
    let mut ancestry = batch.ancestry.clone();
    for (slot, record) in batch.block.slots() {
        let origin = batch.block.origin(&form.dataset, slot);
        let kind = form.kinds.of(record, standing(batch, slot), origin)?;
        if form.has_parents() {
            form.pass(text, &mut ancestry, kind, record);
        }
        if !wanted.has(batch.block.number(slot), record, origin)? {
            continue;
        }
        let start = out.len();
        let own = framer.as_mut().and_then(|framer| frame_of(framer, &batch.block, slot));
        let known = batch.frames.as_ref().and_then(|frames| frames.get(slot as usize)?.as_deref());
        let around = (&ancestry, own.as_deref().or(known));
        form.append(text, &mut decoder, (kind, record, origin), around, &mut out)?;
        summary.written += 1;
        summary.kinds[kind] += 1;
        let checked =
            verifier.as_mut().map(|verifier| verifier.check(&out[start..], record, origin, &mut rebuilt));
        if let Some(mismatch) = checked.flatten() {
            summary.mismatches.1 += 1;
            if summary.mismatches.0.len() < MISMATCHES {
                summary.mismatches.0.push(mismatch);
            }
        }
    }
    if running.framing.is_some() && !batch.block.tail().is_empty() {
        form.append_between(text, batch.block.tail(), &mut out);
        rebuilt.push(batch.block.tail(), Around::NoRecord);
    }
    summary.records = batch.block.len() as u64;
    summary.findings = decoder.findings;
    Ok(Lines { text: out, summary, rebuilt })
}
