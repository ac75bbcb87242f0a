//! The folder where relative paths begin and that no path leaves.

use std::path::{Component, Path, PathBuf};

use super::error::PathError;
use crate::diag::{Diagnostic, Result, codes};

/// The folder below the root where offhost keeps its state.
pub const STATE_FOLDER: &str = ".offhost";

/// The root of a job: an existing directory, known by its real path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    path: PathBuf,
}

/// A path that means the same file in any folder.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The one spelling of a path that exists: without `..` and symbolic links. Any other is left as it is.
pub fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

impl Root {
    /// Takes an existing directory.
    pub fn new(path: &Path) -> Result<Self> {
        let real = path.canonicalize().path_error("use as root", path)?;
        if !real.is_dir() {
            return Err(Diagnostic::error(
                codes::RUN001,
                format!("the root {} is not a folder", path.display()),
            )
            .hint("name an existing folder with --root"));
        }
        Ok(Root { path: real })
    }

    /// The real path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The real path of `text`, which begins at the root unless it is absolute. It need not exist, but what exists of
    /// it, symbolic links followed, must lie inside the root.
    pub fn resolve(&self, text: &str) -> Result<PathBuf> {
        if text.is_empty() || text.contains('\0') {
            return Err(Diagnostic::error(codes::RUN003, "a path is empty or holds a NUL character"));
        }
        let joined = self.path.join(text);
        let outside = || {
            Diagnostic::error(
                codes::RUN003,
                format!("the path {text} leaves the root {}", self.path.display()),
            )
            .in_file(text)
            .hint("keep datasets below the root, or start offhost with a --root that holds them all")
        };
        if joined.components().any(|part| part == Component::ParentDir) {
            return Err(outside());
        }
        let existing = joined.ancestors().find(|part| part.symlink_metadata().is_ok()).ok_or_else(outside)?;
        // A dangling link exists but has no real path; what it points to cannot be judged, so it is refused.
        let real = existing.canonicalize().map_err(|_| outside())?;
        if !real.starts_with(&self.path) {
            return Err(outside());
        }
        let rest = joined.strip_prefix(existing).map_err(|_| outside())?;
        Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) })
    }

    /// A path inside the root as users write it.
    pub fn display(&self, path: &Path) -> String {
        path.strip_prefix(&self.path).unwrap_or(path).display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Class;

    #[test]
    fn no_path_leaves_the_root() {
        let dir = tempfile::tempdir().unwrap();
        let inside = dir.path().join("in");
        std::fs::create_dir_all(inside.join("data")).unwrap();
        std::fs::write(dir.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(dir.path(), inside.join("link")).unwrap();
        std::os::unix::fs::symlink("nowhere", inside.join("dangling")).unwrap();
        let root = Root::new(&inside).unwrap();
        for bad in [
            "../secret",
            "data/../../secret",
            "/etc/passwd",
            "link/secret",
            "dangling",
            "",
            "a\0b",
            "data/..",
        ] {
            let error = root.resolve(bad).unwrap_err();
            assert_eq!(error.code.class(), Class::NotPermitted, "{bad}");
        }
        assert_eq!(root.resolve("data/new/file").unwrap(), root.path().join("data/new/file"));
        let absolute = inside.join("data/x");
        assert_eq!(root.resolve(absolute.to_str().unwrap()).unwrap(), root.path().join("data/x"));
        assert_eq!(root.display(&root.path().join("data/x")), "data/x");
    }
}
