//! A generation data group: its policy and its generations.

use serde::{Deserialize, Serialize};

use super::generation::GenerationName;

/// Most generations that a base may keep (IDCAMS DEFINE GDG, LIMIT with EXTENDED).
pub const LIMIT_MAX: u16 = 999;

/// What happens when a new generation is one too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnLimit {
    /// The oldest leaves (NOEMPTY).
    #[default]
    DropOldest,
    /// All older ones leave (EMPTY).
    DropAll,
}

/// How many generations a base keeps, and what becomes of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Most generations, 1 to [`LIMIT_MAX`].
    pub limit: u16,
    /// What leaves when there is one too many.
    pub on_limit: OnLimit,
    /// True if the file of a generation that leaves is removed (SCRATCH); else only its entry is.
    pub scratch: bool,
}

impl Default for Policy {
    /// 30 generations; the oldest leaves, and its file stays.
    fn default() -> Self {
        Policy { limit: 30, on_limit: OnLimit::DropOldest, scratch: false }
    }
}

/// A generation: a file and what is known of it. This is its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Generation {
    /// Its name, which is also the name of its file in the folder of the base.
    pub name: GenerationName,
    /// Bytes of the file.
    pub bytes: u64,
    /// Hash of the file (XXH3, 128 bits, hexadecimal).
    pub hash: String,
    /// Records, if they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// The run that wrote it; none for one that was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Business date of that run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_date: Option<String>,
    /// When it was entered, UTC.
    pub entered: String,
}

/// A generation data group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Base {
    /// The folder of its files, relative to the root.
    pub folder: String,
    /// Its policy.
    pub policy: Policy,
    /// Its generations, the oldest first.
    pub generations: Vec<Generation>,
    /// Generations that have left and whose files are still to be removed or put aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaving: Vec<Leaving>,
}

/// A file that has to go from the name of a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Leaving {
    /// The generation.
    pub name: GenerationName,
    /// The name that the file gets in the folder of the base; none if it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aside: Option<String>,
}

impl Base {
    /// A base without generations.
    pub fn new(folder: &str, policy: Policy) -> Base {
        Base { folder: folder.to_owned(), policy, generations: Vec::new(), leaving: Vec::new() }
    }

    /// The generation of this name.
    pub fn find(&self, name: GenerationName) -> Option<&Generation> {
        self.generations.iter().find(|generation| generation.name == name)
    }

    /// The newest generation.
    pub fn newest(&self) -> Option<&Generation> {
        self.generations.last()
    }

    /// Path of a generation, relative to the root.
    pub fn file(&self, name: GenerationName) -> String {
        file_of(&self.folder, name)
    }

    /// Enters a generation as the newest; what is over the limit leaves and is returned.
    pub(super) fn enter(&mut self, generation: Generation) -> Vec<Generation> {
        self.leaving.retain(|leaving| leaving.name != generation.name);
        self.generations.push(generation);
        self.trim()
    }

    /// Takes out what is over the limit.
    pub(super) fn trim(&mut self) -> Vec<Generation> {
        let limit = usize::from(self.policy.limit.max(1));
        let over = self.generations.len().saturating_sub(limit);
        let leave = match self.policy.on_limit {
            _ if over == 0 => 0,
            OnLimit::DropOldest => over,
            OnLimit::DropAll => self.generations.len() - 1,
        };
        let left: Vec<Generation> = self.generations.drain(..leave).collect();
        if self.policy.scratch {
            self.leaving.extend(left.iter().map(|one| Leaving { name: one.name, aside: None }));
        }
        left
    }
}

/// Path of a generation in a folder.
pub(super) fn file_of(folder: &str, name: GenerationName) -> String {
    if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") }
}
