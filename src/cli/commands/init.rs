//! `offhost init`: a folder with a job, a copybook and a small file that run.

use std::path::{Path, PathBuf};

use crate::cli::args::Init;
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::publish::{self, Publication, Target};
use crate::sys::{Fs, PathError, RealFs, limits};

/// The files of a new project.
const SKELETON: [(&str, &[u8]); 4] = [
    ("README.md", include_bytes!("../../../skeleton/README.md")),
    ("copybooks/payment.cpy", include_bytes!("../../../skeleton/copybooks/payment.cpy")),
    ("data/payments.ebc", include_bytes!("../../../skeleton/data/payments.ebc")),
    ("jobs/payments.yaml", include_bytes!("../../../skeleton/jobs/payments.yaml")),
];

pub(in crate::cli) fn execute(arguments: &Init, ui: &Ui) -> CommandResult {
    let folder = &arguments.folder;
    check_free(&RealFs, folder)?;
    write(&RealFs, folder)?;
    if !ui.quiet {
        let mut text: String =
            SKELETON.iter().map(|(name, _)| format!("{}\n", folder.join(name).display())).collect();
        let enter =
            if folder == Path::new(".") { String::new() } else { format!("cd {} && ", folder.display()) };
        text.push_str(&format!("\n  {enter}offhost run jobs/payments.yaml\n"));
        ui.answer(&text)?;
    }
    Ok(0)
}

/// Nothing that is there already is touched; all of it is named at once.
fn check_free(fs: &dyn Fs, folder: &Path) -> Result<()> {
    let taken: Vec<PathBuf> =
        SKELETON.iter().map(|(name, _)| folder.join(name)).filter(|path| fs.meta(path).is_ok()).collect();
    let Some(first) = taken.first() else { return Ok(()) };
    let error = Diagnostic::error(codes::RUN002, format!("{} exists", first.display()))
        .in_file(first.display().to_string())
        .hint("name a folder of its own: offhost init FOLDER");
    Err(taken[1..].iter().fold(error, |error, path| error.note(format!("{} exists too", path.display()))))
}

/// Writes all files, or none under its name.
fn write(fs: &dyn Fs, folder: &Path) -> Result<()> {
    let mut files: Vec<Publication> = Vec::new();
    let staged = stage_all(fs, folder, &mut files);
    let done = staged.and_then(|()| publish::commit(fs, &files));
    if done.is_err() {
        publish::discard(fs, files.iter().map(|file| file.part.as_path()));
    }
    done
}

fn stage_all(fs: &dyn Fs, folder: &Path, files: &mut Vec<Publication>) -> Result<()> {
    for (name, bytes) in SKELETON {
        let target = folder.join(name);
        let parent = target.parent().unwrap_or(folder);
        fs.create_dir_all(parent).path_error("make the folder", parent)?;
        let (part, mut file) = publish::stage(fs, &target, &format!("p{}", limits::process_id()))?;
        let content = publish::content_of(bytes);
        files.push(Publication { part: part.clone(), target, disposition: Target::New, content });
        file.write_all(bytes).and_then(|()| file.sync()).path_error("write", &part)?;
    }
    Ok(())
}
