//! Record descriptor words: in front of records of variable length as long as cards count them.

use crate::dataset::{DatasetFormat, Recfm, WORD, Word};
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::record::Block;

/// Longest record with its RDW.
pub(super) const LENGTH_MAX: usize = 32_767;

/// The RDW of a record of so many bytes, itself included.
#[inline]
pub fn word(length: usize) -> [u8; WORD] {
    let [high, low] = (length as u16).to_be_bytes();
    [high, low, 0, 0]
}

/// The block with RDWs as parts of its records: those of the file if they lie there, else new ones.
pub fn with_words(block: Block, format: &DatasetFormat, dataset: &str) -> Result<Block> {
    let usual = format.recfm == Recfm::Variable && format.framing.rdw == Word::IBM;
    let block = if usual {
        match block.with_words(|data| Some(word(data + WORD))) {
            Ok(block) => return Ok(block),
            Err(block) => block,
        }
    } else {
        block
    };
    let mut made = Block::with_capacity(None, block.size() + block.len() * WORD);
    for (slot, record) in block.slots() {
        if record.len() + WORD > usize::from(u16::MAX) {
            let place = DataPlace {
                dataset: dataset.to_owned(),
                record: Some(block.number(slot)),
                offset: Some(block.offset(slot)),
                ..DataPlace::default()
            };
            let message = format!("a record of {} bytes is longer than an RDW can say", record.len());
            return Err(Diagnostic::error(codes::CTL103, message)
                .in_data(place)
                .hint("cut or convert the records first"));
        }
        made.push_joined(&word(record.len() + WORD), record);
    }
    Ok(made)
}
