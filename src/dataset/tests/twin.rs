//! Framing spelled out a record at a time, without any care for speed.

/// A descriptor word: order `big`, `little` or `swapped`, a length and what the other two bytes hold.
pub fn word(form: &str, data: usize, code: u8) -> Vec<u8> {
    let length = data + if form.contains("payload") { 0 } else { 4 };
    let (high, low) = ((length >> 8) as u8, length as u8);
    assert!(length < 1 << 16);
    if form.contains("little") {
        vec![0, code, low, high]
    } else if form.contains("swapped") {
        vec![low, high, code, 0]
    } else {
        vec![high, low, code, 0]
    }
}

/// V: each record after its word.
pub fn variable(records: &[Vec<u8>], form: &str) -> Vec<Vec<u8>> {
    records.iter().map(|record| [word(form, record.len(), 0), record.clone()].concat()).collect()
}

/// Pieces in blocks of at most `size` bytes, the block's word counted or not.
pub fn blocks(pieces: &[Vec<u8>], form: &str, size: usize, counted: bool, alone: bool) -> Vec<u8> {
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    for piece in pieces {
        let room = size - if counted { 4 } else { 0 };
        match blocks.last_mut() {
            Some(last) if !alone && last.len() + piece.len() <= room => last.extend(piece),
            _ => blocks.push(piece.clone()),
        }
    }
    blocks.iter().flat_map(|block| [word(form, block.len(), 0), block.clone()].concat()).collect()
}

/// VBS (or VS) with blocks: fill each block as far as it goes.
pub fn spanned(records: &[Vec<u8>], form: &str, bdw: Option<&str>, size: usize, alone: bool) -> Vec<u8> {
    let mut blocks: Vec<Vec<u8>> = vec![Vec::new()];
    for record in records {
        let (mut at, mut first) = (0, true);
        loop {
            let block = blocks.last().unwrap();
            // Four bytes for the block's word, four for the segment's, and at least one of data.
            if !block.is_empty() && (alone || 4 + block.len() + 4 >= size) {
                blocks.push(Vec::new());
            }
            let block = blocks.last_mut().unwrap();
            let data = (record.len() - at).min(size - 4 - block.len() - 4);
            let last = at + data == record.len();
            let code = match (first, last) {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => 2,
                (false, false) => 3,
            };
            block.extend(word(form, data, code));
            block.extend(&record[at..at + data]);
            (at, first) = (at + data, false);
            if last {
                break;
            }
        }
    }
    let blocks = blocks.into_iter().filter(|block| !block.is_empty());
    blocks
        .flat_map(|block| [bdw.map_or(Vec::new(), |bdw| word(bdw, block.len(), 0)), block].concat())
        .collect()
}
