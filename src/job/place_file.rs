//! Shapes of the job file that say where the records of a dataset are when they are not simply in one file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use super::file::Str;
use crate::catalog::OnLimit;

/// A generation of a generation data group.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct GdgShape {
    /// The base: a name in the catalog, or the folder of its generations below the root.
    #[schemars(with = "String")]
    pub base: Str,
    /// Which: 0 is the newest, -1 the one before it, +1 the next one, G0005V00 that one. Without it all, one after the other.
    #[serde(default)]
    #[schemars(with = "Option<GenerationSchema>")]
    pub generation: Option<Str>,
    /// Most generations to keep, 1 to 999, when the base is defined by this job; 30 if not given.
    #[serde(default)]
    #[schemars(with = "Option<u16>")]
    pub limit: Option<Spanned<u16>>,
    /// What leaves when there is one too many, when the base is defined by this job.
    #[serde(default)]
    #[schemars(with = "Option<OnLimitShape>")]
    pub on_limit: Option<OnLimitShape>,
    /// True if the file of a generation that leaves is removed, when the base is defined by this job.
    #[serde(default)]
    pub scratch: Option<bool>,
    /// The order of all generations.
    #[serde(default)]
    pub order: GenerationOrder,
}

/// What [`GdgShape::generation`] takes, for the schema.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only the schema is made of it")]
enum GenerationSchema {
    Relative(i32),
    Absolute(String),
}

/// What leaves a base that is full.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OnLimitShape {
    /// The oldest generation (NOEMPTY).
    DropOldest,
    /// All older generations (EMPTY).
    DropAll,
}

impl From<OnLimitShape> for OnLimit {
    fn from(shape: OnLimitShape) -> OnLimit {
        match shape {
            OnLimitShape::DropOldest => OnLimit::DropOldest,
            OnLimitShape::DropAll => OnLimit::DropAll,
        }
    }
}

/// The order in which all generations of a base are read.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum GenerationOrder {
    /// The newest first, as the mainframe reads them (LIFO).
    #[default]
    NewestFirst,
    /// The oldest first (FIFO).
    OldestFirst,
}

/// Disposition of a dataset.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DispShape {
    /// An output that must not exist; so it is if nothing is said.
    New,
    /// An output that must exist and is replaced, or an input that nobody else may use meanwhile.
    Old,
    /// An output that is made or replaced.
    Replace,
    /// An output whose records go behind those that are there; as new if there are none.
    Mod,
    /// An input that others may read meanwhile; so it is if nothing is said.
    Shr,
}

/// The value as the job file writes it.
impl Serialize for DispShape {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            DispShape::New => "new",
            DispShape::Old => "old",
            DispShape::Replace => "replace",
            DispShape::Mod => "mod",
            DispShape::Shr => "shr",
        })
    }
}
