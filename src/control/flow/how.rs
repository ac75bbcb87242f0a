//! What a pass must know of its run.

use std::path::PathBuf;

use jiff::civil::DateTime;

use crate::control::deck::Symbols;
use crate::control::operate::Setting;
use crate::control::syntax::{Deck, Dialect};
use crate::encoding::CodePage;
use crate::key::Key;
use crate::sort::{MEMORY_MIN, Sizing, SortReport, WorkSpace, block_bytes};
use crate::sys::{Fs, limits};

use super::Shape;

/// What a pass must know of its run.
#[derive(Clone)]
pub struct How<'a> {
    /// Where work files go.
    pub fs: &'a dyn Fs,
    /// Code page of the data.
    pub page: CodePage,
    /// The run's date and time.
    pub clock: DateTime,
    /// Whose rules count.
    pub dialect: Dialect,
    /// What may be used of the machine.
    pub resources: Resources,
    /// Who keeps what sorts have done, if somebody does.
    pub sorts: Option<&'a dyn Sorts>,
    /// Symbols of SYMNAMES, for decks that are read on the way (JNFnCNTL, xxxxCNTL).
    pub symbols: Option<&'a Symbols>,
}

/// Who keeps the runs of a deck's sorts for another attempt at it, and is told what they did. The sorts of a pass have names:
/// `sort`, and of the sides of a join `F1` and `F2`.
pub trait Sorts: Sync {
    /// Where a sort puts its runs.
    fn space(&self, name: &str) -> WorkSpace<'_>;
    /// What the sort did over the records of a DD.
    fn done(&self, dd: &str, report: SortReport);
}

/// Threads, memory and work space. What is written does not depend on them.
#[derive(Clone, Debug)]
pub struct Resources {
    /// Threads that work.
    pub threads: usize,
    /// Bytes of memory for records.
    pub memory: usize,
    /// Folders for what does not fit into memory.
    pub work_folders: Vec<PathBuf>,
    /// True if work files are compressed.
    pub compress: bool,
}

impl Default for Resources {
    fn default() -> Self {
        let memory = usize::try_from(limits::memory()).unwrap_or(usize::MAX / 4).max(MEMORY_MIN);
        Resources { threads: limits::threads(), memory, work_folders: Vec::new(), compress: false }
    }
}

impl Resources {
    /// Bytes of a block on its way.
    pub fn block_bytes(&self) -> usize {
        block_bytes(self.memory)
    }
}

impl<'a> How<'a> {
    /// The settings of a deck.
    pub fn setting(&self, deck: &Deck) -> Setting {
        let setting = Setting::new(self.page, self.clock, self.dialect, &deck.options);
        Setting { altseq: deck.altseq.clone(), ..setting }
    }

    /// Where the sort of this name puts what does not fit into memory.
    pub fn work_space(&self, name: &str) -> WorkSpace<'a> {
        match self.sorts {
            Some(sorts) => sorts.space(name),
            None => WorkSpace::new(self.fs, self.resources.work_folders.clone(), self.resources.compress),
        }
    }

    /// How a sort of such records lays itself out in a share of the memory.
    pub fn sizing(&self, share: usize, shape: Shape, expected: Option<u64>, key: &Key) -> Sizing {
        // Of variable records many are short; taking them for short errs on the safe side.
        let record = if shape.variable { shape.length.min(64) } else { shape.length };
        let memory = (self.resources.memory / share.max(1)).max(MEMORY_MIN);
        Sizing { memory, threads: self.resources.threads, expected, record, key: key.length(), fan_in: None }
    }
}
