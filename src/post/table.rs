//! The rows of a master in memory, found by unique key.

use std::ops::Range;

use hashbrown::HashSet;

use super::alternate::Alternate;
use super::batch::{AHEAD, KeyList};
use super::foresee::Sight;
use super::index::Index;
use super::places::Places;
use super::program::MasterSpec;
use super::unique::Clash;
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::key::KeyedBlock;
use crate::record::{Block, Origin, RecordFormat, fingerprint_of, initial_record};
use crate::sys::Expanse;
use crate::sys::hash::xxh3_64;

/// Rows with their keys.
pub struct Table {
    pub(super) format: RecordFormat,
    pub(super) spec: MasterSpec,
    /// All rows, end to end, each behind its encoded key: who has found the key has the row's first bytes near.
    bytes: Expanse,
    /// Where the keys with their rows lie in `bytes`.
    places: Places,
    /// All keys are of one length.
    key_length: usize,
    index: Index,
    alternates: Vec<Alternate>,
    /// Rows that were deleted.
    gone: HashSet<u32>,
    /// Rows that were released: they can only be written.
    released: HashSet<u32>,
    /// What the fields show when no row is current.
    initial: Vec<u8>,
    loaded: usize,
    /// True as long as every key that was read is above the one before it.
    rising: bool,
    /// Rows from which on records are numbered from a number on, where a key may turn out to be taken.
    numbers: Vec<(u32, u64)>,
}

impl Table {
    /// An empty table with room for this many bytes of rows, if that is known.
    pub fn new(spec: MasterSpec, format: RecordFormat, expected: usize) -> Self {
        let initial = initial_record(&format);
        let alternates = spec.alternates.iter().map(Alternate::new).collect();
        let key_length = spec.key.length();
        let rows = expected / format.layout.length().max(1);
        Table {
            format,
            bytes: Expanse::with_capacity(expected + rows * key_length),
            places: Places::default(),
            key_length,
            index: Index::with_capacity(rows),
            alternates,
            gone: HashSet::new(),
            released: HashSet::new(),
            initial,
            loaded: 0,
            rising: true,
            numbers: Vec::new(),
            spec,
        }
    }

    /// Adds those rows of a block that `wanted` says. A key that occurs twice is an error, and so is a unique alternate key.
    pub fn load(&mut self, keyed: &KeyedBlock, wanted: impl Fn(usize) -> bool) -> Result<()> {
        let indexes: Vec<usize> = (0..keyed.block.len()).filter(|index| wanted(*index)).collect();
        let mut keys = KeyList::default();
        for some in indexes.chunks(AHEAD) {
            keys.clear();
            for index in some {
                keys.put(|key| {
                    keyed.keys.write(*index, self.key_length, key);
                    Ok(true)
                });
            }
            self.index.touch_all(keys.iter().map(|(_, hash, _)| hash));
            keys.iter().try_for_each(|(at, hash, key)| self.load_one(&keyed.block, some[at], (hash, key)))?;
        }
        self.loaded = self.places.rows();
        Ok(())
    }

    fn load_one(&mut self, block: &Block, index: usize, (hash, key): (u32, &[u8])) -> Result<()> {
        let slot = block.slot(index);
        let record = block.at(slot);
        // Above all keys before it there is none that it could be.
        self.rising &= self.last_key().is_none_or(|last| last < key);
        if !self.rising && self.find_hashed(hash, key).is_some() {
            return Err(self.duplicate(block.number(slot), block.offset(slot), record));
        }
        let row = self.append(record, (hash, key));
        if self.spec.has_unique() {
            self.check_loaded(row, (block.number(slot), block.offset(slot)), record)?;
        }
        Ok(())
    }

    /// The key of the row that was added last.
    fn last_key(&self) -> Option<&[u8]> {
        self.places.rows().checked_sub(1).map(|row| self.key(row as u32))
    }

    /// Holds a row that was just added, from this place of the master, against those before it.
    fn check_loaded(&mut self, row: u32, (record, offset): (u64, u64), bytes: &[u8]) -> Result<()> {
        let next = self.numbers.last().map(|(from, number)| number + u64::from(row - from));
        if next != Some(record) {
            self.numbers.push((row, record));
        }
        let Some((alternate, clash)) = self.clash(Some((record, offset)))? else { return Ok(()) };
        let (dataset, alternate) = (&self.spec.dataset, &self.spec.alternates[alternate]);
        let message = format!("the alternate key {} of master {dataset} occurs twice", alternate.described());
        let mut error = Diagnostic::error(codes::DAT008, message).in_data(DataPlace {
            dataset: dataset.clone(),
            record: Some(record),
            offset: Some(offset),
            bytes: bytes.to_vec(),
            ..DataPlace::default()
        });
        if let Some(first) = self.number(clash.other) {
            error = error.note(format!("record {first} has it too"));
        }
        Err(error.note(self.format_note()).hint(
            "it was declared unique; remove the duplicate, or leave out unique: true if rows may share it",
        ))
    }

    /// The number of the record that a row was read from, if it was read and the number is known.
    fn number(&self, row: u32) -> Option<u64> {
        let at = self.numbers.partition_point(|(from, _)| *from <= row).checked_sub(1)?;
        let (from, number) = self.numbers[at];
        Some(number + u64::from(row - from))
    }

    /// Two rows that share a value of a unique alternate key, whose number is given too: one of them was touched since this was
    /// last asked. `place` is that of the record that rows were touched by, if it is one of the master: number and offset.
    pub(super) fn clash(&mut self, place: Option<(u64, u64)>) -> Result<Option<(usize, Clash)>> {
        self.settle_at(place)?;
        let alternates = self.alternates.iter_mut().enumerate();
        let mut clashes = alternates.filter_map(|(number, alternate)| Some((number, alternate.clash()?)));
        Ok(clashes.next())
    }

    /// Adds a row whose key no other has.
    pub fn load_row(&mut self, key: &[u8], record: &[u8]) {
        self.append(record, (hash(key), key));
        self.loaded += 1;
    }

    /// Bytes of memory that the rows take, with their keys and their index.
    pub fn memory(&self) -> usize {
        self.bytes.len() + self.places.rows() * Index::BYTES
    }

    /// Forgets all rows; the memory stays.
    pub fn clear(&mut self) {
        self.bytes.truncate(0);
        self.places = Places::default();
        self.gone.clear();
        self.released.clear();
        self.index.clear();
        self.alternates.iter_mut().for_each(|alternate| alternate.truncate(0));
        self.numbers.clear();
        self.loaded = 0;
        self.rising = true;
    }

    /// Puts all rows where their alternate keys belong, so that rows can be found without changing the table.
    pub fn settle(&mut self) -> Result<()> {
        self.settle_at(None)
    }

    fn settle_at(&mut self, place: Option<(u64, u64)>) -> Result<()> {
        let Table { spec, alternates, places, bytes, gone, released, key_length, .. } = self;
        let row = |row: u32| {
            let there = (row as usize) < places.rows() && !gone.contains(&row) && !released.contains(&row);
            there.then(|| &bytes[places.range(row as usize)][*key_length..])
        };
        let (record, offset) = place.unzip();
        let origin = Origin { dataset: &spec.dataset, record, offset, above: None };
        alternates.iter_mut().try_for_each(|alternate| alternate.settle(origin, row))
    }

    /// The rows with this value of an alternate key, in the order of the file. The table is settled.
    pub fn select_all(&self, alternate: usize, key: &[u8]) -> Vec<u32> {
        let row = |row: u32| {
            let there = (row as usize) < self.places.rows() && self.is_there(row);
            there.then(|| self.row(row))
        };
        self.alternates[alternate].rows(key, row)
    }

    /// True if some row has yet to be put where its alternate keys belong.
    pub fn is_settled(&self) -> bool {
        self.alternates.iter().all(Alternate::is_settled)
    }

    /// Deletes a row.
    pub fn delete(&mut self, row: u32) {
        self.unlink(row);
        self.gone.insert(row);
        self.touch_alternates(row);
    }

    /// Leaves a row to be written, but not to be found any more.
    pub fn release(&mut self, row: u32) {
        self.unlink(row);
        self.released.insert(row);
        self.touch_alternates(row);
    }

    /// Takes back that a row was deleted or released.
    pub fn bring_back(&mut self, row: u32) {
        self.gone.remove(&row);
        self.released.remove(&row);
        self.link(row);
        self.touch_alternates(row);
    }

    /// Whoever looks by an alternate key next has this row put where it belongs. One that comes back may have changed before it
    /// went.
    #[inline]
    fn touch_alternates(&mut self, row: u32) {
        self.alternates.iter_mut().for_each(|alternate| alternate.touch(row));
    }

    /// True if the row can be found.
    #[inline]
    pub fn is_there(&self, row: u32) -> bool {
        (self.gone.is_empty() && self.released.is_empty())
            || !(self.gone.contains(&row) || self.released.contains(&row))
    }

    /// What fields show when no row is current.
    #[inline]
    pub fn initial(&self) -> &[u8] {
        &self.initial
    }

    /// A row's bytes, to be changed.
    #[inline]
    pub fn row_mut(&mut self, row: u32) -> &mut [u8] {
        self.touch_alternates(row);
        let range = self.places.range(row as usize);
        &mut self.bytes[range][self.key_length..]
    }

    /// Makes a row of initial values under this key, of so many bytes if not of all.
    pub fn create(&mut self, key: &[u8], length: Option<usize>) -> u32 {
        let initial = std::mem::take(&mut self.initial);
        let record = &initial[..length.unwrap_or(initial.len()).min(initial.len())];
        let row = self.append(record, (hash(key), key));
        self.initial = initial;
        row
    }

    /// Removes the row made last, and says which it was.
    pub fn remove_last(&mut self) -> Option<u32> {
        let row = self.places.rows().checked_sub(1)?;
        self.unlink(row as u32);
        self.alternates.iter_mut().for_each(|alternate| alternate.truncate(row as u32));
        let start = self.places.range(row).start;
        self.places.pop();
        self.bytes.truncate(start);
        Some(row as u32)
    }

    /// Rows now.
    pub fn rows(&self) -> u64 {
        (self.places.rows() - self.gone.len()) as u64
    }

    /// Rows deleted by this run.
    pub fn deleted(&self) -> u64 {
        self.gone.len() as u64
    }

    /// Rows that were read.
    pub fn loaded(&self) -> u64 {
        self.loaded as u64
    }

    /// Rows made by this run.
    pub fn created(&self) -> u64 {
        (self.places.rows() - self.loaded) as u64
    }

    /// Numbers of the rows that are left, in the order in which they were read and made.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        (0..self.places.rows() as u32).filter(|row| self.is_left(*row))
    }

    /// True unless a row was deleted.
    #[inline]
    pub(super) fn is_left(&self, row: u32) -> bool {
        self.gone.is_empty() || !self.gone.contains(&row)
    }

    /// Numbers of the rows that were made; of all, if those that were read did not come in the order of their keys.
    pub(super) fn made(&self) -> Range<u32> {
        let from = if self.rising { self.loaded } else { 0 };
        from as u32..self.places.rows() as u32
    }

    /// Sum of the hashes of the rows that are left, as of a block's records.
    pub fn fingerprint(&self) -> u64 {
        fingerprint_of(self.numbers().map(|row| self.row(row)))
    }

    /// Bytes of all rows.
    pub fn size(&self) -> usize {
        self.bytes.len() - self.places.rows() * self.key_length
    }

    /// A row's bytes, unless it was deleted or never made.
    pub fn row_bytes(&self, row: u32) -> Option<&[u8]> {
        ((row as usize) < self.places.rows() && self.is_left(row)).then(|| self.row(row))
    }

    /// A row's bytes.
    #[inline]
    pub fn row(&self, row: u32) -> &[u8] {
        &self.keyed(row)[self.key_length..]
    }

    /// The encoded key of a row.
    #[inline]
    pub fn key(&self, row: u32) -> &[u8] {
        &self.keyed(row)[..self.key_length]
    }

    /// A row behind its key.
    #[inline]
    pub(super) fn keyed(&self, row: u32) -> &[u8] {
        &self.bytes[self.places.range(row as usize)]
    }

    /// The row with this key.
    #[inline]
    pub fn find(&self, key: &[u8]) -> Option<u32> {
        self.find_hashed(hash(key), key)
    }

    /// Looks for many keys at a time, so that the memory answers for all of them at once; brings the rows near that are found.
    pub(super) fn find_all(&self, keys: &KeyList, mut see: impl FnMut(usize, Sight)) {
        self.index.touch_all(keys.iter().map(|(_, hash, _)| hash));
        let rows = keys.iter().filter_map(|(_, hash, _)| self.index.touch(hash));
        let touched =
            rows.fold(0, |sum, row| sum ^ self.key(row).first().copied().unwrap_or(0) ^ self.touch_row(row));
        std::hint::black_box(touched);
        keys.iter().for_each(|(at, hash, key)| see(at, Sight::of(self.find_hashed(hash, key))));
    }

    /// Brings rows near.
    pub fn touch(&self, rows: impl Iterator<Item = u32>) {
        std::hint::black_box(rows.fold(0, |sum, row| sum ^ self.touch_row(row)));
    }

    /// Looks at the bytes of a row that rules will look at.
    #[inline]
    fn touch_row(&self, row: u32) -> u8 {
        let row = self.row(row);
        touch(row.get(self.spec.used.clone()).unwrap_or(row))
    }

    #[inline]
    fn find_hashed(&self, hash: u32, key: &[u8]) -> Option<u32> {
        self.index.find(hash, |row| self.key(row) == key)
    }

    fn append(&mut self, record: &[u8], (hash, key): (u32, &[u8])) -> u32 {
        let row = self.places.rows() as u32;
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(record);
        self.places.push(self.bytes.len());
        self.touch_alternates(row);
        self.index.insert(hash, row);
        row
    }

    fn link(&mut self, row: u32) {
        let hash = hash(self.key(row));
        self.index.insert(hash, row);
    }

    fn unlink(&mut self, row: u32) {
        let hash = hash(self.key(row));
        self.index.remove(hash, row);
    }

    /// The message for a row, from this place of the master, whose key another row has.
    pub fn duplicate(&self, record: u64, offset: u64, bytes: &[u8]) -> Box<Diagnostic> {
        let fields =
            self.spec.key.parts().iter().map(|part| part.field.name()).collect::<Vec<_>>().join(", ");
        let dataset = &self.spec.dataset;
        Diagnostic::error(codes::DAT008, format!("the key ({fields}) of master {dataset} occurs twice"))
            .in_data(DataPlace {
                dataset: dataset.clone(),
                record: Some(record),
                offset: Some(offset),
                bytes: bytes.to_vec(),
                ..DataPlace::default()
            })
            .note(self.format_note())
            .hint("a master needs a unique key; add fields to it, or remove the duplicate")
    }

    fn format_note(&self) -> String {
        format!("record format: {} bytes, code page {}", self.format.layout.length(), self.format.page.name())
    }
}

/// The hash that the index has keys by.
#[inline]
pub(super) fn hash(key: &[u8]) -> u32 {
    (xxh3_64(key) >> 32) as u32
}

/// Looks at a byte of each cache line of some bytes.
#[inline]
pub(super) fn touch(row: &[u8]) -> u8 {
    row.iter().step_by(64).fold(row.last().copied().unwrap_or(0), |sum, byte| sum ^ byte)
}
