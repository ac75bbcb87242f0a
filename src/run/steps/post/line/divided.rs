//! A master that is divided: sorted into a work file by the hash of what its rows are looked up by, then by its key.
//!
//! ```text
//!   hash, 8 bytes | key | number in the file, 8 bytes | file offset, 8 bytes | row
//! ```

use crate::diag::{Diagnostic, Result, codes};
use crate::job::PostPlan;
use crate::key::{Key, KeyedBlock};
use crate::post::{Parting, Table};
use crate::record::Block;
use crate::run::intake::Intake;
use crate::run::line_room::{self, HASH, PLACE};
use crate::run::observe::Observer;
use crate::run::steps::StepContext;
use crate::run::steps::balances::{Balancing, FirstWrong};
use crate::run::steps::post::masters::key_fields;
use crate::run::store::Store;
use crate::sort::{Deal, SortedFile, Sorter, WorkSpace};

/// A master in a work file.
pub(super) struct Divided {
    pub file: SortedFile,
    pub rows: u64,
    /// Bytes of an encoded key.
    key: usize,
    /// The first row that a balance cannot count.
    pub wrong: FirstWrong,
}

impl Divided {
    /// Key and bytes of a row, as the work file has it.
    #[inline]
    pub fn row<'r>(&self, record: &'r [u8]) -> (&'r [u8], &'r [u8]) {
        let (head, row) = record.split_at(HASH + self.key + PLACE);
        (&head[HASH..HASH + self.key], row)
    }
}

/// Reads and sorts a master.
pub(super) fn sort(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    (plan, number, by): (&PostPlan, usize, &[usize]),
    (work, memory): (&WorkSpace<'_>, usize),
    balancing: &mut Balancing,
    observer: &dyn Observer,
) -> Result<Divided> {
    let (spec, dataset) = (&plan.program.masters[number], &plan.masters[number].dataset);
    let key = spec.key.length();
    let format = &store.dataset(dataset)?.format;
    let length = format.fixed_length();
    let sizing = line_room::of_master(&store.resources, memory, format, (key, store.size(dataset)));
    let mut sorter = Sorter::new(Key::of_bytes(HASH + key)?, sizing, work)?;
    let to_sort = sorter.preparer(dataset);
    let parting = Parting::of_rows(key_fields(spec, by), 1);
    let prepare = |block: Block| {
        let hashes = parting.hashes(&block, dataset);
        let keyed = KeyedBlock::new(block, &spec.key, dataset)?;
        to_sort(rows(&keyed, &hashes, (key, length)))
    };
    let intake = Intake::open(store, dataset, &context.step.totals, observer)?;
    let mut sorting = Ok(());
    let taken = intake.read_then(
        &prepare,
        &mut |keyed| sorter.push(keyed).map_err(|error| ended(&mut sorting, error)),
        &|deal: Option<Deal>| deal.into_iter().for_each(Deal::run),
    );
    sorting?;
    if let Some(stopped) = store.guard().stopped() {
        return Err(stopped);
    }
    let table = Table::new(spec.clone(), plan.program.scope.slot(spec.slot).format.clone(), 0);
    let mut seen = Seen { key, balances: balancing.counts(number), ..Seen::default() };
    let (report, file) = sorter.finish_into_file(&mut |keyed| seen.block(&keyed.block, number, balancing))?;
    // A key that occurs twice stands before whatever ended the reading.
    if let Some((record, offset, row)) = seen.twice {
        return Err(table.duplicate(record, offset, &row));
    }
    context.taken(store, taken?);
    context.report.sorts.push((dataset.clone(), report));
    Ok(Divided { file, rows: seen.rows, key, wrong: seen.wrong })
}

/// Keeps the error of a sort apart from those of what is read; the one that is answered is not looked at.
pub(super) fn ended(sorting: &mut Result<()>, error: Box<Diagnostic>) -> Box<Diagnostic> {
    *sorting = Err(error);
    Diagnostic::error(codes::RUN010, "the sort has ended")
}

/// Rows as the work file has them.
fn rows(keyed: &KeyedBlock, hashes: &[u64], (key, length): (usize, Option<usize>)) -> Block {
    let head = HASH + key + PLACE;
    let size = keyed.block.size() + keyed.block.len() * head;
    let mut out = Block::with_capacity(length.map(|length| length + head), size);
    let mut before = Vec::with_capacity(head);
    for (index, (slot, record)) in keyed.block.slots().enumerate() {
        before.clear();
        before.extend_from_slice(&hashes[index].to_be_bytes());
        keyed.keys.write(index, key, &mut before);
        before.extend_from_slice(&keyed.block.number(slot).to_be_bytes());
        before.extend_from_slice(&keyed.block.offset(slot).to_be_bytes());
        out.push_joined(&before, record);
    }
    out
}

/// What is seen of the rows on their way into the work file.
#[derive(Default)]
struct Seen {
    key: usize,
    balances: bool,
    rows: u64,
    last: Vec<u8>,
    /// The first row of the file whose key occurs before it: number, offset, bytes.
    twice: Option<(u64, u64, Vec<u8>)>,
    wrong: FirstWrong,
}

impl Seen {
    fn block(&mut self, block: &Block, master: usize, balancing: &mut Balancing) -> Result<()> {
        for record in block.records() {
            let (head, row) = record.split_at(HASH + self.key + PLACE);
            let (key, place) = head.split_at(HASH + self.key);
            if self.rows > 0 && key == self.last {
                let (number, offset) = (number(place), number(&place[8..]));
                if self.twice.as_ref().is_none_or(|(first, ..)| number < *first) {
                    self.twice = Some((number, offset, row.to_vec()));
                }
            }
            self.last.clear();
            self.last.extend_from_slice(key);
            self.rows += 1;
            if self.balances {
                balancing.row((master, true), (&key[HASH..], row), &mut self.wrong);
            }
        }
        Ok(())
    }
}

/// The number that some bytes begin with.
#[inline]
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
