//! The shapes of a run step and of the policy that must allow it: what serde reads.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::file::Str;

/// Run a program that the root allows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RunShape {
    /// The program: a path that begins at the root, or an absolute one, as `offhost.yaml` at the root allows it.
    #[schemars(with = "String")]
    pub program: Str,
    /// Its arguments.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub args: Vec<Str>,
    /// Datasets that it reads, by the names of its DDs. It is given copies.
    #[serde(default, rename = "in")]
    #[schemars(with = "IndexMap<String, String>")]
    pub input: IndexMap<String, Str>,
    /// Datasets that it writes, by the names of its DDs.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub out: IndexMap<String, Str>,
    /// Form of the descriptor words in the files of V datasets that are handed over, such as `big,payload` for GnuCOBOL; that of
    /// each dataset if not given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub rdw: Option<Str>,
    /// Environment variables, as far as the policy lets jobs set them.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, String>")]
    pub env: IndexMap<String, Str>,
    /// Longest time that it may take, such as 90s or 15m.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub time_limit: Option<Str>,
    /// Most bytes that it may say on its standard output and error together, such as 16M.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub output_limit: Option<Str>,
    /// Highest return code with which its outputs are taken; that of the job if not given.
    #[serde(default)]
    #[schemars(with = "Option<u8>")]
    pub max_rc: Option<Spanned<u8>>,
}

/// `offhost.yaml` at the root.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PolicyFile {
    /// Version of this form, 1.
    #[schemars(with = "u32")]
    pub version: Spanned<u32>,
    /// Programs that jobs may run.
    #[serde(default)]
    #[schemars(with = "Vec<AllowShape>")]
    pub allow_run: Vec<Spanned<AllowShape>>,
    /// How long the archive keeps what runs kept; for ever if nothing is said.
    #[serde(default)]
    #[schemars(with = "Option<RetentionShape>")]
    pub archive: Option<Spanned<RetentionShape>>,
    /// Which runs `offhost runs prune` leaves their pages, reports, archive and replays.
    #[serde(default)]
    #[schemars(with = "Option<RetentionShape>")]
    pub runs: Option<Spanned<RetentionShape>>,
}

/// How long what runs left is kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RetentionShape {
    /// Of every job that is not named below; for ever if not given.
    #[serde(default)]
    #[schemars(with = "Option<KeepShape>")]
    pub keep: Option<Spanned<KeepShape>>,
    /// Of single jobs, in place of what is said of all.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, KeepShape>")]
    pub jobs: IndexMap<String, Spanned<KeepShape>>,
}

/// Which runs keep what they have: those of which any of these is true.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct KeepShape {
    /// The latest so many runs that ended well; 1 if not given.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub runs: Option<Spanned<u32>>,
    /// Runs of the last so many days.
    #[serde(default)]
    #[schemars(with = "Option<u32>")]
    pub days: Option<Spanned<u32>>,
    /// Runs of the last date of each month on which a run ended well, for so long: `400d`, `84m`, `7y` or `forever`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub month_ends: Option<Str>,
    /// The same of each year.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub year_ends: Option<Str>,
}

/// A program that jobs may run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AllowShape {
    /// Its path, which begins at the root unless it is absolute.
    #[schemars(with = "String")]
    pub program: Str,
    /// SHA-256 of its file in hexadecimal: no other file is run.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub sha256: Option<Str>,
    /// Environment variables that jobs may set for it.
    #[serde(default)]
    pub env: Vec<String>,
    /// Environment variables that it always has.
    #[serde(default)]
    pub set: IndexMap<String, String>,
}
