//! The sorter driven through the library: records in blocks of any size, a work folder of its own, and its accounting.

use std::sync::Arc;

use offhost::copybook::{self, CopybookOptions};
use offhost::diag::{Diagnostic, Source, Span};
use offhost::encoding::CodePage;
use offhost::expr::{Compiler, FieldRef, Scope};
use offhost::key::{Key, KeyedBlock};
use offhost::record::{Block, RecordFormat};
use offhost::sort::{Sizing, SortReport, Sorter, WorkSpace};
use offhost::sys::{Fs, RealFs};

/// The fields of a copybook's records, in EBCDIC.
pub fn scope_of(copybook: &str) -> Scope {
    scope_in(copybook, CodePage::CP037)
}

/// The fields of a copybook's records in a code page.
pub fn scope_in(copybook: &str, page: CodePage) -> Scope {
    let (layout, messages) = copybook::parse(&Source::new("rec.cpy", copybook), &CopybookOptions::default());
    assert!(!messages.has_errors(), "{messages}");
    Scope::single("REC", RecordFormat { layout: Arc::new(layout.unwrap()), page })
}

/// A field, or a part of one such as `NAME(1:4)`.
pub fn field(scope: &Scope, name: &str) -> FieldRef {
    let span = Span::new(&Source::new("key", name), 0..name.len());
    Compiler::new(scope).field(&span).unwrap()
}

/// Records in blocks of at most so many bytes, as a reader makes them.
pub fn blocks(records: &[Vec<u8>], fixed: bool, block_bytes: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let (mut rest, mut number, mut offset) = (records, 1, 0);
    while !rest.is_empty() {
        let mut size = 0;
        let fits = |record: &&Vec<u8>| {
            size += record.len();
            size <= block_bytes
        };
        let (now, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
        let bytes = now.concat();
        let length = bytes.len() as u64;
        let block = if fixed {
            Block::fixed(bytes, now[0].len(), number, offset)
        } else {
            let mut end = 0;
            let span = |record: &Vec<u8>| {
                let start = end;
                end += record.len() as u32;
                (start, end)
            };
            Block::spans(bytes, now.iter().map(span).collect(), number, offset)
        };
        blocks.push(block);
        (rest, number, offset) = (later, number + now.len() as u64, offset + length);
    }
    blocks
}

/// What a sort may use.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    pub memory: usize,
    pub threads: usize,
    pub fan_in: Option<usize>,
    pub compress: bool,
    /// True if the sort knows beforehand how much will come.
    pub told: bool,
    /// Bytes of a block that is pushed.
    pub block: usize,
}

impl Use {
    /// So much memory and so many threads; what comes is known, and comes as a reader would bring it.
    pub fn new(memory: usize, threads: usize) -> Self {
        let block = offhost::sort::block_bytes(memory);
        Use { memory, threads, fan_in: None, compress: false, told: true, block }
    }
}

/// Sorts records; answers their bytes end to end, the length of each, and the accounting.
pub fn sort(key: &Key, records: &[Vec<u8>], fixed: bool, with: Use) -> (Vec<u8>, Vec<usize>, SortReport) {
    sort_on(&RealFs, key, records, fixed, with).unwrap_or_else(|error| panic!("{with:?}: {error:?}"))
}

/// As `sort`, on another file system.
pub fn sort_on(
    fs: &dyn Fs,
    key: &Key,
    records: &[Vec<u8>],
    fixed: bool,
    with: Use,
) -> Result<(Vec<u8>, Vec<usize>, SortReport), Box<Diagnostic>> {
    let folder = tempfile::tempdir().unwrap();
    let work = WorkSpace::new(fs, vec![folder.path().join("work")], with.compress);
    let sorted = sort_with(&work, key, records, fixed, with)?;
    let left = std::fs::read_dir(folder.path().join("work")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "work files have names");
    Ok(sorted)
}

/// As `sort`, with work files of which the caller takes care.
pub fn sort_with(
    work: &WorkSpace<'_>,
    key: &Key,
    records: &[Vec<u8>],
    fixed: bool,
    with: Use,
) -> Result<(Vec<u8>, Vec<usize>, SortReport), Box<Diagnostic>> {
    let all: u64 = records.iter().map(|record| record.len() as u64).sum();
    let typical = if fixed { records.first().map_or(1, Vec::len) } else { 40 };
    let sizing = Sizing {
        memory: with.memory,
        threads: with.threads,
        expected: with.told.then_some(all),
        record: typical,
        key: key.length(),
        fan_in: with.fan_in,
    };
    let mut sorter = Sorter::new(key.clone(), sizing, work)?;
    let prepare = sorter.preparer("input");
    for block in blocks(records, fixed, with.block) {
        if let Some(deal) = sorter.push(prepare(block)?)? {
            deal.run();
        }
    }
    let (mut bytes, mut lengths) = (Vec::new(), Vec::new());
    let mut fingerprint = 0u64;
    let mut put = |keyed: KeyedBlock| {
        for record in keyed.block.records() {
            bytes.extend_from_slice(record);
            lengths.push(record.len());
        }
        assert!(keyed.keys.are_in_order());
        fingerprint = fingerprint.wrapping_add(keyed.block.fingerprint());
        Ok(())
    };
    // Half of the sorts leave it to whoever takes the records to prove their content.
    let proven = records.len().is_multiple_of(2);
    let report = if proven { sorter.finish(&mut put)? } else { sorter.finish_unproven(&mut put)? };
    assert_eq!((report.records, report.fingerprint), (report.records_out, fingerprint));
    Ok((bytes, lengths, report))
}
