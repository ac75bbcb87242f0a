//! The library on a deck: loaded from files, run with so many threads, its published files cut into records.

use std::path::{Path, PathBuf};

use offhost::diag::{Diagnostics, Style, render};
use offhost::job::{Request, load};
use offhost::run::{Resources, Silent, Start, start};
use offhost::sys::{RealFs, Root};

use super::model::Deck;
use super::write;

/// What a run left.
pub struct Left {
    pub outputs: Vec<Vec<u8>>,
    pub masters: Vec<Option<Vec<u8>>>,
    pub counts: Vec<(String, u64)>,
    pub rc: u8,
}

/// How a run did not end well.
#[derive(Debug)]
pub enum Failed {
    /// The rule set was refused.
    Refused(String),
    /// It stopped: the code, and all that was said.
    Stopped(String, String),
}

/// Writes the files of a deck.
pub fn lay_out(deck: &Deck, folder: &Path) {
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    put("job.yaml", write::job(deck).as_bytes());
    put("rules.yaml", write::rules(deck).as_bytes());
    for (name, text) in write::copybooks(deck) {
        put(&name, text.as_bytes());
    }
    for (at, input) in deck.inputs.iter().enumerate() {
        put(&format!("in{at}.dat"), &input.records.concat());
    }
    for (at, master) in deck.masters.iter().enumerate() {
        put(&format!("master{at}.dat"), &master.rows.concat());
    }
}

/// Runs the job of a folder.
pub fn run_deck(deck: &Deck, folder: &Path, threads: usize) -> Result<Left, Failed> {
    let root = Root::new(folder).unwrap();
    let request =
        Request { job: "job.yaml".to_owned(), root: root.clone(), settings: Vec::new(), explained: false };
    let (plan, _) = load(&RealFs, &request).map_err(|found| Failed::Refused(said(&found)))?;
    let outputs: Vec<PathBuf> =
        (0..deck.outputs.len()).map(|at| folder.join(format!("out{at}.dat"))).collect();
    let masters: Vec<PathBuf> =
        (0..deck.masters.len()).map(|at| folder.join(format!("new{at}.dat"))).collect();
    for path in outputs.iter().chain(&masters) {
        let _ = std::fs::remove_file(path);
    }
    let resources = Resources { threads, memory: 1 << 20, ..Resources::default() };
    let again = Start { resources, rerun: true, ..Start::default() };
    let outcome = start(&RealFs, &plan, &root, &again, &Silent);
    if let Some(error) = outcome.error {
        if outputs.iter().chain(&masters).any(|path| path.exists()) {
            return Err(Failed::Stopped("PUBLISHED".to_owned(), "it stopped and published".to_owned()));
        }
        return Err(Failed::Stopped(error.code.id().to_owned(), render(&error, Style::Plain)));
    }
    let step = &outcome.report.steps[0];
    Ok(Left {
        outputs: outputs.iter().map(|path| std::fs::read(path).unwrap()).collect(),
        masters: masters.iter().map(|path| std::fs::read(path).ok()).collect(),
        counts: step.details.clone(),
        rc: outcome.report.rc,
    })
}

fn said(found: &Diagnostics) -> String {
    found.list().iter().map(|problem| render(problem, Style::Plain)).collect()
}
