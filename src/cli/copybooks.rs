//! Copybooks as the verbs read them.

use std::path::Path;

use super::args::CopybookArgs;
use super::ui::Ui;
use crate::copybook::{self, Layout};
use crate::diag::Diagnostics;
use crate::job::CopyFolders;
use crate::sys::RealFs;

/// Reads a copybook and what it copies; shows its warnings.
pub(super) fn read(path: &Path, arguments: &CopybookArgs, ui: &Ui) -> Result<Layout, Diagnostics> {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let folders = std::iter::once(folder).chain(arguments.include.iter().cloned()).collect();
    let mut library = CopyFolders::new(&RealFs, folders);
    let source = library.read(path)?;
    let (layout, found) = copybook::parse_with(&source, &arguments.options(), &mut library);
    let Some(layout) = layout else { return Err(found) };
    ui.diagnostics(&found);
    Ok(layout)
}
