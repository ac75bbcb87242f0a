//! Where a job writes: its outputs and its manifest must not be in the way of anything, of each other either.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Resolver;
use crate::diag::{Diagnostic, Span, codes};
use crate::sys::publish::part_of;

/// A file that the job publishes.
struct Written {
    /// As messages call it.
    name: String,
    path: PathBuf,
    is_dataset: bool,
    /// Where the job says so.
    span: Option<Span>,
}

impl Written {
    fn refuse(&self, code: crate::diag::Code, message: String) -> Box<Diagnostic> {
        let error = Diagnostic::error(code, message);
        match &self.span {
            Some(span) => error.at(span, ""),
            None => error,
        }
    }
}

impl Resolver<'_> {
    /// `manifest` is its path, and where the job names it.
    pub(super) fn check_outputs(&mut self, job: &str, manifest: Option<(PathBuf, Span)>) {
        let outputs = self.datasets.values().filter(|dataset| self.written.contains(&dataset.name));
        let outputs = outputs.filter_map(|dataset| {
            let span = self.shapes.get(&dataset.name).map(|(_, span)| span.clone());
            let (name, path) = (format!("the output {}", dataset.name), dataset.path.clone()?);
            Some(Written { name, path, is_dataset: true, span })
        });
        let manifest = manifest.map(|(path, span)| {
            let name = "the manifest".to_owned();
            Written { name, path, is_dataset: false, span: Some(span) }
        });
        let all: Vec<Written> = outputs.chain(manifest).collect();
        self.check_shared_paths(&all);
        self.check_protected_paths(&all);
        self.check_file_names(job, &all);
    }

    /// One file under two names would be read while it is replaced, or written twice.
    fn check_shared_paths(&mut self, written: &[Written]) {
        let mut users: BTreeMap<&Path, Vec<String>> = BTreeMap::new();
        for dataset in self.datasets.values() {
            dataset.files().for_each(|path| users.entry(path).or_default().push(dataset.name.clone()));
        }
        for output in written.iter().filter(|output| !output.is_dataset) {
            users.entry(&output.path).or_default().push(output.name.clone());
        }
        let mut problems = Vec::new();
        for output in written {
            let Some(names) = users.get_mut(output.path.as_path()).filter(|names| names.len() > 1) else {
                continue;
            };
            let message = format!("{} are one file, and the job writes it", names.join(" and "));
            // Told once, however many of them write it.
            names.clear();
            problems.push(
                output
                    .refuse(codes::JOB008, message)
                    .note(format!("file {}", output.path.display()))
                    .hint("write a new file beside the old one, so that the run can be repeated"),
            );
        }
        problems.into_iter().for_each(|problem| self.found.push(problem));
    }

    /// An output must not replace what the job is made of, nor the state of offhost itself.
    fn check_protected_paths(&mut self, written: &[Written]) {
        let state = self.root.path().join(crate::sys::STATE_FOLDER);
        let trusted = self.trusted_files();
        for output in written {
            let why = match &output.path {
                path if path.starts_with(&state) => "lies in the folder where offhost keeps its state",
                path if trusted.contains(path) => "is the policy of the root, or a program that it allows",
                path if self.sources.has_read(path) => "is one of the texts the job is made of",
                _ => continue,
            };
            let error = output.refuse(codes::JOB008, format!("{} {why}", output.name));
            self.found.push(error.hint("write it somewhere else below the root"));
        }
    }

    /// An output is written beside its target under a longer name, which a file system has to take too.
    fn check_file_names(&mut self, job: &str, written: &[Written]) {
        /// Bytes that file systems take.
        const LONGEST: usize = 255;
        // A run is called JOB.DATE.HASH, or JOB.DATE.HASH.rN.
        let run = format!("{job}.0000-00-00.00000000.r0000");
        let length = |path: &Path| path.file_name().map_or(0, |name| name.len());
        for output in written {
            let (own, part) = (length(&output.path), length(&part_of(&output.path, &run)));
            if part > LONGEST {
                let message = format!("the file name of {} has {own} bytes", output.name);
                let error = output.refuse(codes::JOB003, message);
                self.found.push(error.hint(format!(
                    "{} bytes are the most: while it is written its name has that of the run behind it, and file systems take {LONGEST}",
                    (LONGEST + own).saturating_sub(part)
                )));
            }
        }
    }
}
