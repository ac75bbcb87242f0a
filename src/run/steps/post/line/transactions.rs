//! Transactions sorted into a work file by the hash of what keeps them together, then in their order.
//!
//! ```text
//!   hash | transactions before it | number in its dataset | file offset     8 bytes each
//!   number of its input, 2 bytes | transaction
//! ```

use super::divided::{ended, number};
use super::walk::Failure;
use crate::diag::Result;
use crate::job::PostPlan;
use crate::key::Key;
use crate::post::{Lookout, Parting, Place};
use crate::record::Block;
use crate::run::intake::Intake;
use crate::run::line_room::{self, HASH, TRANSACTION as HEAD};
use crate::run::steps::StepContext;
use crate::run::store::Store;
use crate::sort::{Deal, SortedFile, Sorter, WorkSpace};

/// Transactions in a work file.
pub(super) struct Sorted {
    pub file: SortedFile,
    /// How many there are.
    pub begun: u64,
    /// What ended the reading.
    pub failure: Option<Failure>,
}

/// The parts of a record of the work file: where the transaction comes from, its input, its bytes.
#[inline]
pub(super) fn parts(record: &[u8]) -> (Place, usize, &[u8]) {
    let (head, transaction) = record.split_at(HEAD);
    let place =
        Place { ordinal: number(&head[8..]), record: number(&head[16..]), offset: number(&head[24..]) };
    (place, usize::from(u16::from_be_bytes([head[32], head[33]])), transaction)
}

/// Reads and sorts the transactions.
pub(super) fn sort(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    (plan, intakes): (&PostPlan, Vec<Intake<'_>>),
    (lookout, parting): (&Lookout, &Parting),
    (work, memory): (&WorkSpace<'_>, usize),
) -> Result<Sorted> {
    let mut inputs = Vec::new();
    for input in &plan.inputs {
        inputs.push((&store.dataset(input)?.format, store.size(input)));
    }
    let length = line_room::common_length(inputs.iter().map(|(format, _)| *format));
    let sizing = line_room::of_transactions(&store.resources, memory, &inputs);
    let mut sorter = Sorter::new(Key::of_bytes(2 * HASH)?, sizing, work)?;
    let (mut begun, mut failure) = (0, None);
    for (input, intake) in intakes.into_iter().enumerate() {
        let dataset = &plan.inputs[input];
        let to_sort = sorter.preparer(dataset);
        let prepare = |block: Block| {
            let hashes = lookout.hashes(&block, input, dataset, parting);
            Ok((block, hashes))
        };
        let mut sorting = Ok(());
        let mut consume = |(block, hashes): (Block, Vec<u64>)| {
            let keyed = to_sort(records(&block, &hashes, (input, begun), length));
            begun += block.len() as u64;
            keyed.and_then(|keyed| sorter.push(keyed)).map_err(|error| ended(&mut sorting, error))
        };
        let after = |deal: Option<Deal>| deal.into_iter().for_each(Deal::run);
        let taken = intake.read_then(&prepare, &mut consume, &after);
        sorting?;
        if let Some(stopped) = store.guard().stopped() {
            return Err(stopped);
        }
        match taken {
            Ok(taken) => context.taken(store, taken),
            // What was read before it has its turn first.
            Err(error) => {
                failure = Some(Failure { ordinal: begun, error });
                break;
            }
        }
    }
    let (report, file) = sorter.finish_into_file(&mut |_| Ok(()))?;
    context.report.sorts.push((plan.inputs.join(" + "), report));
    Ok(Sorted { file, begun, failure })
}

/// Transactions as the work file has them.
fn records(block: &Block, hashes: &[u64], (input, begun): (usize, u64), length: Option<usize>) -> Block {
    let size = block.size() + block.len() * HEAD;
    let mut out = Block::with_capacity(length.map(|length| length + HEAD), size);
    for (index, (slot, record)) in block.slots().enumerate() {
        let mut head = [0; HEAD];
        let numbers = [hashes[index], begun + index as u64, block.number(slot), block.offset(slot)];
        for (place, number) in head.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        head[32..].copy_from_slice(&(input as u16).to_be_bytes());
        out.push_joined(&head, record);
    }
    out
}
