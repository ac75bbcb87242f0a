//! What the owner of a root says of the jobs below it: `offhost.yaml` at the root. Without it no program is allowed, and the archive
//! keeps everything. A job cannot write it, nor a program that it allows.

use std::path::{Path, PathBuf};

use serde_saphyr::Spanned;

use super::retention::Retention;
use super::run_file::{PolicyFile, RetentionShape};
use super::text::Texts;
use super::yaml;
use crate::diag::{Diagnostic, Result, Source, codes};
use crate::sys::{Fs, PathError, Root};

/// Name of the file.
pub const POLICY_FILE: &str = "offhost.yaml";

/// The policy of a root.
#[derive(Clone, Debug, Default)]
pub(super) struct Policy {
    /// Programs that may be run.
    pub programs: Vec<Allowed>,
    /// How long the archive keeps what runs kept; `None` if nothing is said.
    pub retention: Option<Retention>,
    /// Which runs keep what they have left; `None` if nothing is said.
    pub runs: Option<Retention>,
}

/// A program that may be run.
#[derive(Clone, Debug)]
pub(super) struct Allowed {
    /// Its real path.
    pub path: PathBuf,
    /// SHA-256 that its file must have.
    pub sha256: Option<String>,
    /// Variables that jobs may set.
    pub env: Vec<String>,
    /// Variables that it always has.
    pub set: Vec<(String, String)>,
}

impl Policy {
    /// Reads the policy; one that allows nothing if there is none.
    pub fn read(fs: &dyn Fs, root: &Root) -> Result<Policy> {
        let path = root.path().join(POLICY_FILE);
        let mut file = match fs.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Policy::default()),
            Err(error) => return Err(crate::sys::io_diagnostic("read", &path, &error)),
        };
        let mut bytes = Vec::new();
        // One byte more than a text may have shows that it has too many.
        while bytes.len() <= yaml::SIZE_MAX
            && file.read_into(&mut bytes, yaml::SIZE_MAX + 1).path_error("read", &path)? > 0
        {}
        let source = Source::from_bytes(POLICY_FILE, bytes).map_err(invalid)?;
        let shape: PolicyFile = yaml::parse(&source).map_err(invalid)?;
        let texts = Texts::new(&source);
        if shape.version.value != 1 {
            let span = texts.span_of(&shape.version);
            let message = format!("version {} of the policy is not known", shape.version.value);
            return Err(Diagnostic::error(codes::PGM002, message).at(&span, "").hint("write version: 1"));
        }
        let mut programs = Vec::new();
        for allowed in &shape.allow_run {
            let text = texts.text(&allowed.value.program);
            let refuse =
                |message: &str| Diagnostic::error(codes::PGM002, message.to_owned()).at(&text.span, "");
            // A program that is not there is none that could be run.
            let Some(path) = real_path(root, &text.value) else { continue };
            let sha256 = allowed.value.sha256.as_ref().map(|hash| hash.value.to_ascii_lowercase());
            if sha256
                .as_ref()
                .is_some_and(|hash| hash.len() != 64 || !hash.chars().all(|c| c.is_ascii_hexdigit()))
            {
                return Err(refuse("sha256 is not 64 hexadecimal digits").hint("sha256sum prints it"));
            }
            let names = allowed.value.env.iter().chain(allowed.value.set.keys());
            if let Some(bad) = names.into_iter().find(|name| !is_variable(name)) {
                let hint = "names have letters, digits and underscores; those with DD_ are made from DDs";
                return Err(refuse(&format!("'{bad}' is not the name of a variable")).hint(hint));
            }
            programs.push(Allowed {
                path,
                sha256,
                env: allowed.value.env.clone(),
                set: allowed.value.set.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            });
        }
        let read = |shape: &Option<Spanned<RetentionShape>>| {
            shape.as_ref().map(|shape| Retention::read(&shape.value, &texts)).transpose()
        };
        Ok(Policy { programs, retention: read(&shape.archive)?, runs: read(&shape.runs)? })
    }

    /// What is said of a program.
    pub fn of(&self, path: &Path) -> Option<&Allowed> {
        self.programs.iter().find(|allowed| allowed.path == path)
    }
}

/// The real path of a program, if it is there: one without a slash at its start begins at the root and stays below it.
pub(super) fn real_path(root: &Root, text: &str) -> Option<PathBuf> {
    match text.starts_with('/') {
        true => Path::new(text).canonicalize().ok(),
        false => root.resolve(text).ok()?.canonicalize().ok(),
    }
}

/// True for names of environment variables that are not those of DDs.
pub(super) fn is_variable(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && name.len() <= 128
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(good)
        && !name.starts_with("DD_")
}

/// What is wrong with the file, as a matter of the policy.
fn invalid(mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    error.code = codes::PGM002;
    error
}
