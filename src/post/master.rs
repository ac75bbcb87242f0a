//! A master file in memory: its rows, updated as the run goes, and which of them is current. A master that rules only look up
//! can be shared by several engines.

use std::sync::Arc;

use super::table::Table;
use crate::diag::{Diagnostic, Result, codes, hex};
use crate::key::Key;
use crate::record::{actual_length, actual_length_of};

/// The rows of a master and which of them is current.
pub struct Master {
    held: Held,
    current: Option<u32>,
    /// Rows that were read for all engines.
    read: u64,
}

enum Held {
    Own(Box<Table>),
    /// Looked up by several engines, changed by none.
    Shared(Arc<Table>),
}

impl Master {
    /// A master that may be changed.
    pub fn new(table: Table) -> Self {
        let read = table.loaded();
        Master { held: Held::Own(Box::new(table)), current: None, read }
    }

    /// The part of a master that one of several engines changes; `read` rows were read for all of them.
    pub fn part(table: Table, read: u64) -> Self {
        Master { held: Held::Own(Box::new(table)), current: None, read }
    }

    /// One that others look up too; its table is settled.
    pub fn shared(table: Arc<Table>) -> Self {
        let read = table.loaded();
        Master { held: Held::Shared(table), current: None, read }
    }

    /// Rows that were read, whichever engine has them.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Its rows.
    #[inline]
    pub fn table(&self) -> &Table {
        match &self.held {
            Held::Own(table) => table,
            Held::Shared(table) => table,
        }
    }

    /// Its rows, to be changed; `None` if they are shared.
    #[inline]
    pub fn table_mut(&mut self) -> Option<&mut Table> {
        match &mut self.held {
            Held::Own(table) => Some(table),
            Held::Shared(_) => None,
        }
    }

    /// True if other engines look the rows up too.
    pub fn is_shared(&self) -> bool {
        matches!(self.held, Held::Shared(_))
    }

    /// Makes the row with this key the current one.
    #[inline]
    pub fn select(&mut self, key: &[u8]) -> bool {
        self.current = self.table().find(key);
        self.current.is_some()
    }

    /// The rows with this value of an alternate key, in the order of the file.
    pub fn select_all(&mut self, alternate: usize, key: &[u8]) -> Result<Vec<u32>> {
        if let Some(table) = self.table_mut()
            && !table.is_settled()
        {
            table.settle()?;
        }
        Ok(self.table().select_all(alternate, key))
    }

    /// Makes a row the current one, or none.
    #[inline]
    pub fn set_current(&mut self, row: Option<u32>) {
        self.current = row;
    }

    /// Deletes the current row, which is current no longer, and says which it was.
    pub fn delete(&mut self) -> Option<u32> {
        let row = self.current.take()?;
        self.table_mut()?.delete(row);
        Some(row)
    }

    /// Leaves the current row to be written, but not to be found any more, and says which it was.
    pub fn release(&mut self) -> Option<u32> {
        let row = self.current.take()?;
        self.table_mut()?.release(row);
        Some(row)
    }

    /// Takes back that a row was deleted or released.
    pub fn bring_back(&mut self, row: u32) {
        if let Some(table) = self.table_mut() {
            table.bring_back(row);
        }
    }

    /// Makes no row the current one.
    #[inline]
    pub fn deselect(&mut self) {
        self.current = None;
    }

    /// The current row's number.
    #[inline]
    pub fn current_row(&self) -> Option<u32> {
        self.current
    }

    /// The current row, or initial values.
    #[inline]
    pub fn record(&self) -> &[u8] {
        match self.current {
            Some(row) => self.table().row(row),
            None => self.table().initial(),
        }
    }

    /// The current row, to be changed.
    #[inline]
    pub fn record_mut(&mut self) -> Option<&mut [u8]> {
        let row = self.current?;
        Some(self.table_mut()?.row_mut(row))
    }

    /// A row's bytes, unless it was deleted or never made.
    pub fn row_bytes(&self, row: u32) -> Option<&[u8]> {
        self.table().row_bytes(row)
    }

    /// Makes a row of initial values under this key, of so many bytes if not of all, and selects it.
    pub fn create(&mut self, key: &[u8], length: Option<usize>) {
        self.current = self.table_mut().map(|table| table.create(key, length));
    }

    /// Removes the row made last; another one that is current stays so.
    pub fn remove_last(&mut self) {
        let Some(table) = self.table_mut() else { return };
        let removed = table.remove_last();
        self.current = self.current.filter(|row| Some(*row) != removed);
    }

    /// Rows made by this engine.
    pub fn created(&self) -> u64 {
        self.table().created()
    }

    /// True if several rows may have one key in the end.
    pub fn may_repeat_keys(&self) -> bool {
        self.table().spec.releases
    }

    /// True if a row may have another key in the end than it was read or made with.
    pub fn may_change_keys(&self) -> bool {
        self.table().spec.changes_keys
    }

    /// Name in the rules.
    pub fn name(&self) -> &str {
        &self.table().spec.name
    }

    /// What the new master is written in the order of: the keys as they are now.
    pub fn sort_key(&self) -> &Key {
        &self.table().spec.key
    }

    /// Hands out every row that is left, in the order in which they were read and made.
    pub fn drain(&self, out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.table().numbers().try_for_each(|row| self.hand_out(row, out))
    }

    /// Hands out a row, if it is as long as its counters say.
    pub(super) fn hand_out(&self, row: u32, out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let row = self.table().row(row);
        self.check_length(row)?;
        out(row)
    }

    /// Every row that is left, with its encoded key when it was read or made.
    pub fn rows(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let table = self.table();
        table.numbers().map(|row| (table.key(row), table.row(row)))
    }

    /// The message for a row whose key, as an update left it, another row has too.
    pub fn not_unique(&self, row: &[u8]) -> Box<Diagnostic> {
        let dataset = &self.table().spec.dataset;
        Diagnostic::error(codes::DAT008, format!("two rows of the new {dataset} have one key"))
            .note(format!("the row is {}", hex(row)))
            .hint("do not change key fields of a master to a key that exists")
    }

    /// A row keeps the length it had; a rule that changed a table counter would leave it shorter or longer than it says.
    fn check_length(&self, row: &[u8]) -> Result<()> {
        let Table { format, spec, .. } = self.table();
        if !format.layout.is_variable() {
            return Ok(());
        }
        let dataset = &spec.dataset;
        let origin = crate::record::Origin { dataset, record: None, offset: None, above: None };
        // A row is of one of the 01 levels, each with counters of its own.
        let (layout, page) = (&format.layout, format.page);
        let of_level =
            |level| actual_length_of(layout, page, row, level).is_ok_and(|length| length == row.len());
        if (0..layout.roots().count()).any(of_level) {
            return Ok(());
        }
        let length =
            actual_length(layout, page, row).map_err(|error| origin.not_located(format, error, row))?;
        let bytes = row.len();
        Err(Diagnostic::error(
            codes::DAT006,
            format!("a row of {dataset} has {bytes} bytes, but its counters make {length}"),
        )
        .in_data(origin.place(format, None, 0, row))
        .hint("rules cannot change the counter of a variable table in a master, nor make rows that have one"))
    }
}
