//! What runs of the past read and wrote, where its bytes are now: in the file of then if it is still the same, or taken out of the
//! archive into a folder that goes with this.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use super::scratch::ScratchFolder;
use super::why::past::Past;
use crate::archive::{Archive, Kept, KeptAs};
use crate::sys::publish::hash_of;
use crate::sys::{Fs, Root};

/// Bytes of the past for as long as they are read.
pub struct TakenOut<'a> {
    fs: &'a dyn Fs,
    root: &'a Root,
    folder: ScratchFolder<'a>,
    /// Files in it.
    made: Cell<u32>,
}

impl<'a> TakenOut<'a> {
    /// Of the archive of `root`, into a folder below `place`. Nothing is made before something is taken out.
    pub fn new(fs: &'a dyn Fs, root: &'a Root, place: &Root) -> Self {
        TakenOut { fs, root, folder: ScratchFolder::new(fs, place, "taken"), made: Cell::new(0) }
    }

    /// Where the bytes of a file are that a run read: at `path` still, or in the archive.
    pub(super) fn read_by(&self, run: &str, path: &Path, hash: &str) -> Option<PathBuf> {
        if hash_of(self.fs, path).is_ok_and(|found| found == hash) {
            return Some(path.to_owned());
        }
        self.archived(run, |kept| kept.role == KeptAs::Input && kept.path == path && kept.hash == hash)
    }

    /// Where the bytes of a dataset are that a run published: at their place still, or in the archive.
    pub(super) fn published_by(&self, past: &Past, dataset: &str) -> Option<PathBuf> {
        past.still_published(self.fs, dataset).or_else(|| {
            let (bytes, hash) = &past.published.get(dataset)?.content;
            let same = |kept: &Kept| (kept.bytes, &kept.hash) == (*bytes, hash);
            self.archived(&past.run, |kept| kept.role == KeptAs::Output && kept.name == dataset && same(kept))
        })
    }

    /// What cannot be taken out is as good as gone.
    fn archived(&self, run: &str, is_it: impl Fn(&Kept) -> bool) -> Option<PathBuf> {
        let archive = Archive::new(self.fs, self.root);
        let kept = archive.kept(run).ok()?;
        let found = kept.iter().find(|kept| is_it(kept))?;
        let number = self.made.replace(self.made.get() + 1);
        let path = self.folder.path().join(number.to_string());
        archive.take_out(&found.sha256, &path).ok().map(|()| path)
    }
}
