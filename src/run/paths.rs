//! What a run keeps below the state folder, and under which names.
//!
//! ```text
//!   .offhost/runs/RUN/journal.jsonl   what happened
//!                     plan.json       everything that was resolved when it began (plan.next.json before the journal says so)
//!                     lock            held by the process that works on it, whose name is in it
//!                     waiting         which dataset it waits for, and who has that
//!                     tmp/            temporary datasets of the attempt at work
//!                     kept/           what finished steps of an attempt that failed have written
//!                     sorts/STEP/     runs that sorts of an unfinished step have finished, or where they are
//!   .offhost/active/RUN               a run that has begun and has not said how it ended
//!   .offhost/locks/NAME               datasets in use
//!   .offhost/known/NAME               hashes of files that somebody has read or written, as the files were then
//!   .offhost/publish.lock             held while outputs become visible
//! ```

use std::path::{Path, PathBuf};

use crate::sys::{Root, STATE_FOLDER};

/// Folder of a run for what its sorts keep.
pub(super) const SORTS: &str = "sorts";

/// The state folder of a root.
#[derive(Clone, Debug)]
pub(super) struct Paths(PathBuf, Root);

impl Paths {
    pub fn of(root: &Root) -> Paths {
        Paths(root.path().join(STATE_FOLDER), root.clone())
    }

    /// The root.
    pub fn root(&self) -> &Root {
        &self.1
    }

    /// Where all runs are.
    pub fn runs(&self) -> PathBuf {
        self.0.join("runs")
    }

    /// The folder of a run.
    pub fn run(&self, run: &str) -> PathBuf {
        self.runs().join(run)
    }

    /// Its journal.
    pub fn journal(&self, run: &str) -> PathBuf {
        self.run(run).join("journal.jsonl")
    }

    /// Its frozen plan.
    pub fn plan(&self, run: &str) -> PathBuf {
        self.run(run).join("plan.json")
    }

    /// The file whose lock says that somebody works on it.
    pub fn lock(&self, run: &str) -> PathBuf {
        self.run(run).join("lock")
    }

    /// What it waits for, while it does.
    pub fn waiting(&self, run: &str) -> PathBuf {
        self.run(run).join("waiting")
    }

    /// Its temporary datasets.
    pub fn temporaries(&self, run: &str) -> PathBuf {
        self.run(run).join("tmp")
    }

    /// What finished steps have written, kept for the next attempt.
    pub fn kept(&self, run: &str) -> PathBuf {
        self.run(run).join("kept")
    }

    /// What sorts of unfinished steps keep for the next attempt, by step.
    pub fn sorts(&self, run: &str) -> PathBuf {
        self.run(run).join(SORTS)
    }

    /// Marks of runs that have not ended.
    pub fn active(&self) -> PathBuf {
        self.0.join("active")
    }

    /// The mark of a run.
    pub fn mark(&self, run: &str) -> PathBuf {
        self.active().join(run)
    }

    /// Folders whose entries say that a run has begun; those above its own only when it is new.
    pub fn folders_of(&self, run: &str, is_new: bool) -> Vec<PathBuf> {
        let mut folders = vec![self.active()];
        if is_new {
            folders.extend([self.run(run), self.runs(), self.0.clone(), self.1.path().to_owned()]);
        }
        folders
    }

    /// The locks of datasets.
    pub fn locks(&self) -> PathBuf {
        self.0.join("locks")
    }

    /// What is known of the contents of files.
    pub fn known(&self) -> PathBuf {
        self.0.join("known")
    }

    /// The roots in which runs were done again.
    pub fn replays(&self) -> PathBuf {
        self.0.join("replay")
    }

    /// The lock of whoever publishes.
    pub fn publish_lock(&self) -> PathBuf {
        self.0.join("publish.lock")
    }
}

/// The name at the end of a path below the state folder.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
