//! Folders of copybook members.
//!
//! Member names come from another world, where case does not count and files have no suffix. A member is looked up as
//! it is written, then with the usual suffixes, and each time first in the case written and then in any.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::copybook::{self, CopyLibrary};
use crate::diag::{Diagnostic, Result, Source, codes};
use crate::sys::{Fs, PathError, real};

/// Suffixes of members, the most usual first.
const SUFFIXES: [&str; 12] =
    ["", ".cpy", ".copy", ".cpybook", ".copybook", ".cbl", ".cob", ".cobol", ".txt", ".inc", ".pan", ".mbr"];
/// Largest member.
const SIZE_MAX: u64 = 8 << 20;

/// Folders in which members are looked up, one after the other.
pub(super) struct Folders<'a> {
    fs: &'a dyn Fs,
    folders: Vec<PathBuf>,
    confined: bool,
    /// The names in a folder, by the folder: large libraries are listed once.
    listed: BTreeMap<PathBuf, Vec<PathBuf>>,
}

impl<'a> Folders<'a> {
    /// An empty path is the current folder.
    pub(super) fn new(fs: &'a dyn Fs, folders: Vec<PathBuf>) -> Self {
        let here = |folder: PathBuf| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        let folders = folders.into_iter().map(here).collect();
        Folders { fs, folders, confined: false, listed: BTreeMap::new() }
    }

    /// Refuses members that links lead out of the folders.
    pub(super) fn confined(self) -> Self {
        Folders { confined: true, ..self }
    }

    /// The file of a member: in the sub-folder of the library's name if there is one, else in the folder itself.
    ///
    /// # Errors
    /// The name leads out of the folder.
    pub(super) fn locate(&mut self, member: &str, library: Option<&str>) -> Result<Option<PathBuf>> {
        for name in [Some(member), library].into_iter().flatten() {
            check_name(name)?;
        }
        for folder in self.folders.clone() {
            let inside = match library {
                Some(library) => self.entry(&folder, library, is_folder),
                None => None,
            };
            let found = [inside, Some(folder.clone())]
                .into_iter()
                .flatten()
                .find_map(|folder| self.member(&folder, member));
            if let Some(path) = found {
                return self.confine(&folder, path).map(Some);
            }
        }
        Ok(None)
    }

    /// The folders as messages name them.
    pub(super) fn places(&self) -> Vec<String> {
        self.folders.iter().map(|folder| folder.display().to_string()).collect()
    }

    fn member(&mut self, folder: &Path, member: &str) -> Option<PathBuf> {
        // A literal may name a path below the folder.
        let path = Path::new(member);
        let name = path.file_name()?.to_str()?;
        let folder = match path.parent().and_then(Path::to_str) {
            Some(parent) if !parent.is_empty() => self.entry(folder, parent, is_folder)?,
            _ => folder.to_owned(),
        };
        let is_file = |fs: &dyn Fs, path: &Path| fs.meta(path).is_ok_and(|meta| meta.is_file);
        SUFFIXES.iter().find_map(|suffix| self.entry(&folder, &format!("{name}{suffix}"), is_file))
    }

    /// What has this name in a folder, in the case written or else in any.
    fn entry(&mut self, folder: &Path, name: &str, fits: impl Fn(&dyn Fs, &Path) -> bool) -> Option<PathBuf> {
        let exact = folder.join(name);
        if fits(self.fs, &exact) {
            return Some(exact);
        }
        if !self.listed.contains_key(folder) {
            self.listed.insert(folder.to_owned(), self.fs.list(folder).unwrap_or_default());
        }
        let same = |path: &&PathBuf| {
            path.file_name().and_then(|own| own.to_str()).is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        let named = self.listed.get(folder)?.iter().filter(same).map(|path| folder.join(path));
        named.into_iter().find(|path| fits(self.fs, path))
    }

    fn confine(&self, folder: &Path, path: PathBuf) -> Result<PathBuf> {
        if self.confined && !real(&path).starts_with(real(folder)) {
            let message = format!("the member {} leads out of {}", path.display(), folder.display());
            return Err(Diagnostic::error(codes::RUN003, message).hint("keep members beside their copybook"));
        }
        Ok(path)
    }
}

fn is_folder(fs: &dyn Fs, path: &Path) -> bool {
    fs.meta(path).is_ok_and(|meta| !meta.is_file)
}

/// Names are below the folder.
fn check_name(name: &str) -> Result<()> {
    let below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if below && !name.is_empty() && !name.contains('\0') {
        return Ok(());
    }
    let message = format!("the member name {} leads out of the library", name.escape_debug());
    Err(Diagnostic::error(codes::RUN003, message).hint("name a member of a folder that is searched"))
}

/// The bytes of a source text that is not absurdly large.
pub(super) fn read_file(fs: &dyn Fs, path: &Path, shown: &str, size_max: u64) -> Result<Vec<u8>> {
    let mut file = fs.open(path).path_error("read", path)?;
    let length = file.meta().path_error("read", path)?.length;
    if length > size_max {
        let message = format!("{shown} has {length} bytes, too many for a source text");
        return Err(Diagnostic::error(codes::JOB017, message).hint("check that this is the right file"));
    }
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut file, &mut bytes).path_error("read", path)?;
    Ok(bytes)
}

/// Members in folders of the file system, for copybooks that do not belong to a job.
pub struct CopyFolders<'a> {
    folders: Folders<'a>,
}

impl<'a> CopyFolders<'a> {
    /// Looks in these folders, in this order.
    pub fn new(fs: &'a dyn Fs, folders: Vec<PathBuf>) -> Self {
        CopyFolders { folders: Folders::new(fs, folders) }
    }

    /// Reads a copybook by its path.
    ///
    /// # Errors
    /// It cannot be read, is too large, or is not text.
    pub fn read(&self, path: &Path) -> Result<Arc<Source>> {
        let shown = path.display().to_string();
        copybook::source_from_bytes(&shown, read_file(self.folders.fs, path, &shown, SIZE_MAX)?)
    }
}

impl CopyLibrary for CopyFolders<'_> {
    fn find(&mut self, member: &str, library: Option<&str>) -> Result<Option<Arc<Source>>> {
        let path = self.folders.locate(member, library)?;
        path.map(|path| self.read(&path)).transpose()
    }

    fn places(&self) -> Vec<String> {
        self.folders.places()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::RealFs;

    #[test]
    fn members_are_found_under_their_usual_names() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        };
        ["artax.cpy", "BOTH.CPY", "both.cpy", "LIB/inner.Cob", "PLAIN", "plain.txt", "folder/x"]
            .iter()
            .for_each(|name| make(name));
        let mut folders =
            Folders::new(&RealFs, vec![folder.path().join("nowhere"), folder.path().to_owned()]);
        let mut name = |member: &str, library: Option<&str>| {
            let found = folders.locate(member, library).unwrap()?;
            Some(found.strip_prefix(folder.path()).unwrap().display().to_string())
        };
        assert_eq!(name("ARTAX", None).as_deref(), Some("artax.cpy"));
        assert_eq!(name("both", None).as_deref(), Some("both.cpy"));
        assert_eq!(name("PLAIN", None).as_deref(), Some("PLAIN"));
        assert_eq!(name("INNER", Some("lib")).as_deref(), Some("LIB/inner.Cob"));
        assert_eq!(
            name("ARTAX", Some("LIB")).as_deref(),
            Some("artax.cpy"),
            "the library is the folder itself"
        );
        assert_eq!(name("lib/inner", None).as_deref(), Some("LIB/inner.Cob"));
        assert_eq!(name("FOLDER", None), None);
        assert_eq!(name("INNER", None), None);
    }

    #[test]
    fn members_stay_in_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("in");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(folder.path().join("secret.cpy"), "x").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret.cpy"), inside.join("link.cpy")).unwrap();
        let mut folders = Folders::new(&RealFs, vec![inside]).confined();
        for name in ["../secret", "/etc/passwd", "link", "", "a\0b", "."] {
            assert_eq!(folders.locate(name, None).unwrap_err().code, codes::RUN003, "{name}");
        }
        assert_eq!(folders.locate("A", Some("..")).unwrap_err().code, codes::RUN003);
    }
}
