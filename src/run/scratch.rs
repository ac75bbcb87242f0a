//! Folders below the state folder for what is needed until an answer is given.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::sys::{Fs, Root, STATE_FOLDER, limits};

/// A folder that no other process has, nor anything else in this one; it goes with this, and all in it.
pub(super) struct ScratchFolder<'a> {
    fs: &'a dyn Fs,
    path: PathBuf,
}

/// Folders that this process made.
static MADE: AtomicU64 = AtomicU64::new(0);

impl<'a> ScratchFolder<'a> {
    /// A folder of this kind; nothing is made before something is written.
    pub fn new(fs: &'a dyn Fs, root: &Root, kind: &str) -> Self {
        let name = format!("{}-{}", limits::process_id(), MADE.fetch_add(1, Ordering::Relaxed));
        ScratchFolder { fs, path: root.path().join(STATE_FOLDER).join(kind).join(name) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ScratchFolder<'_> {
    fn drop(&mut self) {
        // Nobody reads it any more; what cannot be removed only takes space.
        let _ = self.fs.remove_dir_all(&self.path);
    }
}
