//! What runs of the past read and wrote, where its bytes are now: in the file of then if it is still the same, or taken out of the
//! archive into a folder that goes with this.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::why::past::Past;
use crate::archive::{Archive, Kept, KeptAs};
use crate::sys::publish::hash_of;
use crate::sys::{Fs, Root, STATE_FOLDER, limits};

/// Bytes of the past for as long as they are read.
pub struct TakenOut<'a> {
    fs: &'a dyn Fs,
    root: &'a Root,
    folder: PathBuf,
}

/// Folders and files that this process made.
static MADE: AtomicU64 = AtomicU64::new(0);

impl<'a> TakenOut<'a> {
    /// Nothing is made before something is taken out.
    pub fn new(fs: &'a dyn Fs, root: &'a Root) -> Self {
        let name = format!("{}-{}", limits::process_id(), MADE.fetch_add(1, Ordering::Relaxed));
        TakenOut { fs, root, folder: root.path().join(STATE_FOLDER).join("taken").join(name) }
    }

    /// Where the bytes of a file are that a run read: at `path` still, or in the archive.
    pub(super) fn read_by(&self, run: &str, path: &std::path::Path, hash: &str) -> Option<PathBuf> {
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
        let path = self.folder.join(MADE.fetch_add(1, Ordering::Relaxed).to_string());
        archive.take_out(&found.sha256, &path).ok().map(|()| path)
    }
}

impl Drop for TakenOut<'_> {
    fn drop(&mut self) {
        // Nobody reads it any more; what cannot be removed only takes space.
        let _ = self.fs.remove_dir_all(&self.folder);
    }
}
