//! A master file in memory: rows by unique key, updated as the run goes, written whole in key order at the end.

use hashbrown::{HashSet, HashTable};
use xxhash_rust::xxh3::xxh3_64;

use super::alternate::Alternate;
use super::program::MasterSpec;
use crate::diag::{DataPlace, Diagnostic, Result, codes, hex};
use crate::expr::SingleFrame;
use crate::key::Key;
use crate::record::{Block, RecordFormat, actual_length, actual_length_of, initial_record};

/// The rows of a master and which of them is current.
pub struct Master {
    dataset: String,
    format: RecordFormat,
    spec: MasterSpec,
    /// All rows, end to end.
    bytes: Vec<u8>,
    /// Where the rows lie in `bytes`.
    places: Places,
    /// The encoded key of each row, all of one length.
    keys: Vec<u8>,
    index: HashTable<u32>,
    alternates: Vec<Alternate>,
    /// Rows that were deleted.
    gone: HashSet<u32>,
    /// Rows that were released: they can only be written.
    released: HashSet<u32>,
    current: Option<u32>,
    /// What the fields show when no row is current.
    initial: Vec<u8>,
    loaded: usize,
}

/// Places of rows: computed where all have one length, looked up otherwise.
enum Places {
    Fixed { length: usize, rows: usize },
    Ends(Vec<usize>),
}

impl Places {
    fn rows(&self) -> usize {
        match self {
            Places::Fixed { rows, .. } => *rows,
            Places::Ends(ends) => ends.len(),
        }
    }

    #[inline]
    fn range(&self, row: usize) -> std::ops::Range<usize> {
        match self {
            Places::Fixed { length, .. } => row * length..(row + 1) * length,
            Places::Ends(ends) => row.checked_sub(1).map_or(0, |before| ends[before])..ends[row],
        }
    }

    /// Adds a row that ends at `end`. The first row of another length makes all places be looked up.
    fn push(&mut self, end: usize) {
        match self {
            Places::Fixed { length, rows } if *rows == 0 => (*length, *rows) = (end, 1),
            Places::Fixed { length, rows } if end == (*rows + 1) * *length => *rows += 1,
            Places::Fixed { length, rows } => {
                let mut ends: Vec<usize> = (1..=*rows).map(|row| row * *length).collect();
                ends.push(end);
                *self = Places::Ends(ends);
            }
            Places::Ends(ends) => ends.push(end),
        }
    }

    fn pop(&mut self) {
        match self {
            Places::Fixed { rows, .. } => *rows = rows.saturating_sub(1),
            Places::Ends(ends) => {
                ends.pop();
            }
        }
    }
}

impl Master {
    /// An empty master.
    pub fn new(spec: MasterSpec, format: RecordFormat) -> Self {
        let initial = initial_record(&format);
        let alternates = spec.alternates.iter().map(|(_, key)| Alternate::new(key.clone())).collect();
        Master {
            dataset: spec.dataset.clone(),
            format,
            spec,
            bytes: Vec::new(),
            places: Places::Fixed { length: 0, rows: 0 },
            keys: Vec::new(),
            index: HashTable::new(),
            alternates,
            gone: HashSet::new(),
            released: HashSet::new(),
            current: None,
            initial,
            loaded: 0,
        }
    }

    /// Adds the rows of a block. A key that occurs twice is an error.
    pub fn load(&mut self, block: &Block) -> Result<()> {
        self.bytes.reserve(block.size());
        let mut key = Vec::with_capacity(self.key_length());
        for (slot, record) in block.slots() {
            let origin = block.origin(&self.dataset, slot);
            key.clear();
            self.spec.key.encode(&SingleFrame { record, origin }, &mut key)?;
            if self.find(&key).is_some() {
                return Err(self.duplicate(block.number(slot), block.offset(slot), record));
            }
            self.append(record, &key);
        }
        self.loaded = self.places.rows();
        Ok(())
    }

    /// Makes the row with this key the current one.
    #[inline]
    pub fn select(&mut self, key: &[u8]) -> bool {
        // Transactions in key order ask for the same row or the next one.
        let near = self.current.map(|row| [row, row + 1]).into_iter().flatten();
        let near = near
            .into_iter()
            .find(|&row| (row as usize) < self.places.rows() && self.key(row) == key && self.is_there(row));
        self.current = near.or_else(|| self.find(key));
        self.current.is_some()
    }

    /// The rows with this value of an alternate key, in the order of the file.
    pub fn select_all(&mut self, alternate: usize, key: &[u8]) -> Result<Vec<u32>> {
        let Master { dataset, alternates, places, bytes, gone, released, .. } = self;
        let row = |row: u32| {
            let there = (row as usize) < places.rows() && !gone.contains(&row) && !released.contains(&row);
            there.then(|| &bytes[places.range(row as usize)])
        };
        alternates[alternate].rows(key, dataset, row)
    }

    /// Makes a row the current one, or none.
    pub fn set_current(&mut self, row: Option<u32>) {
        self.current = row;
    }

    /// Deletes the current row, which is current no longer, and says which it was.
    pub fn delete(&mut self) -> Option<u32> {
        let row = self.current.take()?;
        self.unlink(row);
        self.gone.insert(row);
        Some(row)
    }

    /// Leaves the current row to be written, but not to be found any more, and says which it was.
    pub fn release(&mut self) -> Option<u32> {
        let row = self.current.take()?;
        self.unlink(row);
        self.released.insert(row);
        Some(row)
    }

    /// Takes back that a row was deleted or released.
    pub fn bring_back(&mut self, row: u32) {
        self.gone.remove(&row);
        self.released.remove(&row);
        let length = self.key_length();
        let keys = &self.keys;
        let hash_of = |&row: &u32| xxh3_64(&keys[row as usize * length..(row as usize + 1) * length]);
        self.index.insert_unique(hash_of(&row), row, hash_of);
    }

    fn unlink(&mut self, row: u32) {
        let hash = xxh3_64(self.key(row));
        if let Ok(entry) = self.index.find_entry(hash, |&other| other == row) {
            entry.remove();
        }
    }

    #[inline]
    fn is_there(&self, row: u32) -> bool {
        (self.gone.is_empty() && self.released.is_empty())
            || !(self.gone.contains(&row) || self.released.contains(&row))
    }

    /// Makes no row the current one.
    pub fn deselect(&mut self) {
        self.current = None;
    }

    /// True if a row is current.
    pub fn is_selected(&self) -> bool {
        self.current.is_some()
    }

    /// The current row's number.
    pub fn current_row(&self) -> Option<u32> {
        self.current
    }

    /// The current row, or initial values.
    #[inline]
    pub fn record(&self) -> &[u8] {
        match self.current {
            Some(row) => self.row(row),
            None => &self.initial,
        }
    }

    /// The current row, to be changed.
    #[inline]
    pub fn record_mut(&mut self) -> Option<&mut [u8]> {
        let row = self.current?;
        self.alternates.iter_mut().for_each(|alternate| alternate.touch(row));
        let range = self.range(row);
        Some(&mut self.bytes[range])
    }

    /// A row's bytes, unless it was deleted or never made.
    pub fn row_bytes(&self, row: u32) -> Option<&[u8]> {
        ((row as usize) < self.places.rows() && !self.gone.contains(&row)).then(|| self.row(row))
    }

    /// A row's bytes, to be restored.
    pub fn row_mut(&mut self, row: u32) -> &mut [u8] {
        self.alternates.iter_mut().for_each(|alternate| alternate.touch(row));
        let range = self.range(row);
        &mut self.bytes[range]
    }

    /// Makes a row of initial values under this key, of so many bytes if not of all, and selects it.
    pub fn create(&mut self, key: &[u8], length: Option<usize>) {
        let initial = std::mem::take(&mut self.initial);
        let record = &initial[..length.unwrap_or(initial.len()).min(initial.len())];
        self.current = Some(self.append(record, key));
        self.initial = initial;
    }

    /// Removes the row made last.
    pub fn remove_last(&mut self) {
        let Some(row) = self.places.rows().checked_sub(1) else { return };
        self.unlink(row as u32);
        self.alternates.iter_mut().for_each(|alternate| alternate.truncate(row as u32));
        let start = self.range(row as u32).start;
        self.places.pop();
        self.bytes.truncate(start);
        self.keys.truncate(row * self.key_length());
        self.current = None;
    }

    /// Rows now.
    pub fn rows(&self) -> u64 {
        (self.places.rows() - self.gone.len()) as u64
    }

    /// Rows deleted by this run.
    pub fn deleted(&self) -> u64 {
        self.gone.len() as u64
    }

    /// True if several rows may have one key in the end.
    pub fn may_repeat_keys(&self) -> bool {
        self.spec.releases
    }

    /// Rows that were read.
    pub fn loaded(&self) -> u64 {
        self.loaded as u64
    }

    /// Rows made by this run.
    pub fn created(&self) -> u64 {
        (self.places.rows() - self.loaded) as u64
    }

    /// Name in the rules.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// Hands out every row, in the order in which they were read and made.
    pub fn drain(&self, out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        (0..self.places.rows() as u32).filter(|row| !self.gone.contains(row)).try_for_each(|row| {
            self.check_length(self.row(row))?;
            out(self.row(row))
        })
    }

    /// What the new master is written in the order of: the keys as they are now.
    pub fn sort_key(&self) -> &Key {
        &self.spec.key
    }

    /// The message for a row whose key, as an update left it, another row has too.
    pub fn not_unique(&self, row: &[u8]) -> Box<Diagnostic> {
        Diagnostic::error(codes::DAT008, format!("two rows of the new {} have one key", self.dataset))
            .note(format!("the row is {}", hex(row)))
            .hint("do not change key fields of a master to a key that exists")
    }

    /// Bytes of all rows.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// A row keeps the length it had; a rule that changed a table counter would leave it shorter or longer than it says.
    fn check_length(&self, row: &[u8]) -> Result<()> {
        if !self.format.layout.is_variable() {
            return Ok(());
        }
        let origin =
            crate::record::Origin { dataset: &self.dataset, record: None, offset: None, above: None };
        // A row is of one of the 01 levels, each with counters of its own.
        let (layout, page) = (&self.format.layout, self.format.page);
        let of_level =
            |level| actual_length_of(layout, page, row, level).is_ok_and(|length| length == row.len());
        if (0..layout.roots().count()).any(of_level) {
            return Ok(());
        }
        let length =
            actual_length(layout, page, row).map_err(|error| origin.not_located(&self.format, error, row))?;
        let (dataset, bytes) = (&self.dataset, row.len());
        Err(Diagnostic::error(
            codes::DAT006,
            format!("a row of {dataset} has {bytes} bytes, but its counters make {length}"),
        )
        .in_data(origin.place(&self.format, None, 0, row))
        .hint("rules cannot change the counter of a variable table in a master, nor make rows that have one"))
    }

    fn append(&mut self, record: &[u8], key: &[u8]) -> u32 {
        let row = self.places.rows() as u32;
        self.bytes.extend_from_slice(record);
        self.places.push(self.bytes.len());
        self.alternates.iter_mut().for_each(|alternate| alternate.touch(row));
        self.keys.extend_from_slice(key);
        let (keys, length) = (&self.keys, self.spec.key.length());
        let hash_of = |&row: &u32| xxh3_64(&keys[row as usize * length..(row as usize + 1) * length]);
        self.index.insert_unique(xxh3_64(key), row, hash_of);
        row
    }

    #[inline]
    fn find(&self, key: &[u8]) -> Option<u32> {
        self.index.find(xxh3_64(key), |&row| self.key(row) == key).copied()
    }

    #[inline]
    fn key(&self, row: u32) -> &[u8] {
        let length = self.key_length();
        &self.keys[row as usize * length..(row as usize + 1) * length]
    }

    #[inline]
    fn key_length(&self) -> usize {
        self.spec.key.length()
    }

    #[inline]
    fn row(&self, row: u32) -> &[u8] {
        &self.bytes[self.range(row)]
    }

    #[inline]
    fn range(&self, row: u32) -> std::ops::Range<usize> {
        self.places.range(row as usize)
    }

    fn duplicate(&self, record: u64, offset: u64, bytes: &[u8]) -> Box<Diagnostic> {
        let fields =
            self.spec.key.parts().iter().map(|part| part.field.name()).collect::<Vec<_>>().join(", ");
        Diagnostic::error(
            codes::DAT008,
            format!("the key ({fields}) of master {} occurs twice", self.dataset),
        )
        .in_data(DataPlace {
            dataset: self.dataset.clone(),
            record: Some(record),
            offset: Some(offset),
            bytes: bytes.to_vec(),
            ..DataPlace::default()
        })
        .note(format!(
            "record format: {} bytes, code page {}",
            self.format.layout.length(),
            self.format.page.name()
        ))
        .hint("a master needs a unique key; add fields to it, or remove the duplicate")
    }
}
