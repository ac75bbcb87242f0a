//! `offhost sort`: the control cards of a SORT step.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::{DateTime, Time};
use serde_json::{Value, json};

use super::explain::Subject;
use crate::cli::args::{ControlArgs, Sort};
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;
use crate::control::deck::{Symbols, SystemSymbols};
use crate::control::flow::{self, Datasets, FileCount, Files, How, Outcome, Resources};
use crate::control::message::Listing;
use crate::control::parse::{self, DeckKind, ParseContext};
use crate::diag::{Diagnostics, Result, Source, to_json};
use crate::sys::{PathError, RealFs, clock, limits};

/// The exit status of a step that failed.
const FAILED: u8 = 16;

pub(in crate::cli) fn execute(arguments: &Sort, ui: &Ui) -> CommandResult {
    let step = Step::new(&arguments.step);
    if arguments.step.explain.is_wanted() {
        return step.explained(&arguments.control, false).show(ui);
    }
    let mut listing = Listing::new();
    let result = step.run(&arguments.control, &mut listing, ui, &pass);
    step.end(result, &listing, ui)
}

/// Does the work of a step: cards, datasets, how, listing.
pub(super) type Work<'w> =
    &'w dyn Fn(&Arc<Source>, &mut Files<'_>, &How<'_>, &mut Listing, &Ui) -> Done<Ended>;

/// What a part of a step returns: all that is wrong with it.
pub(super) type Done<T> = std::result::Result<T, Diagnostics>;

/// What came of a step.
pub(super) struct Ended {
    /// The product's return code.
    pub return_code: u8,
    /// What was wrong with a part of it.
    pub problems: Diagnostics,
    /// Counts of a pass.
    pub outcome: Option<Outcome>,
}

fn pass(
    source: &Arc<Source>,
    files: &mut Files<'_>,
    how: &How<'_>,
    listing: &mut Listing,
    ui: &Ui,
) -> Done<Ended> {
    let mut sources = Vec::new();
    for stronger in ["DFSPARM", "$ORTPARM"] {
        sources.extend(files.text(stronger)?);
    }
    sources.push(Arc::clone(source));
    listing.begin("SORT", how.clock);
    sources.iter().for_each(|source| listing.echo(source));
    let context = ParseContext { page: how.page, dialect: how.dialect, kind: DeckKind::Main };
    let outcome = parse::deck(&sources, how.symbols, &context).and_then(|deck| {
        if !ui.quiet {
            deck.warnings.iter().for_each(|warning| ui.diagnostic(warning));
        }
        flow::run(&deck, files, how, listing)
    });
    let outcome = outcome.inspect_err(|problems| listing.fail(problems))?;
    Ok(Ended { return_code: outcome.return_code, problems: Diagnostics::new(), outcome: Some(outcome) })
}

/// What a step of control cards works with.
pub(super) struct Step<'a> {
    arguments: &'a ControlArgs,
    clock: DateTime,
    work_folder: PathBuf,
}

impl<'a> Step<'a> {
    /// The step that arguments describe.
    pub fn new(arguments: &'a ControlArgs) -> Self {
        let now = clock::local();
        let clock = match (arguments.run_date, arguments.run_time) {
            (None, time) => now.date().to_datetime(time.unwrap_or(now.time())),
            (Some(date), time) => date.to_datetime(time.unwrap_or(Time::midnight())),
        };
        Step { arguments, clock, work_folder: work_folder(arguments) }
    }

    /// The step as one that is explained.
    pub fn explained(&self, control: &'a Path, tool: bool) -> Subject<'a> {
        Subject { control, step: self.arguments, clock: self.clock, tool }
    }

    /// Reads cards and symbols, works, and publishes what came of it.
    pub fn run(&self, control: &Path, listing: &mut Listing, ui: &Ui, work: Work<'_>) -> Done<Ended> {
        let arguments = self.arguments;
        let resources = self.resources();
        let source = cards(control)?;
        let run = format!("p{}", limits::process_id());
        let dds = arguments.dds.clone();
        let mut files = Files::new(&RealFs, arguments.code_page, dds, &run, &self.work_folder)
            .in_blocks_of(resources.block_bytes());
        let symbols = files
            .text("SYMNAMES")?
            .map(|text| Symbols::read(&text, arguments.code_page, &SystemSymbols::of(self.clock)));
        let symbols = symbols.transpose()?;
        let how = How {
            fs: &RealFs,
            page: arguments.code_page,
            clock: self.clock,
            dialect: arguments.dialect.dialect(),
            resources,
            sorts: None,
            symbols: symbols.as_ref(),
        };
        let ended = work(&source, &mut files, &how, listing, ui)?;
        files.publish()?;
        Ok(ended)
    }

    /// Shows the listing and what is wrong.
    pub fn end(&self, result: Done<Ended>, listing: &Listing, ui: &Ui) -> CommandResult {
        let ended = result.unwrap_or_else(|problems| Ended { return_code: FAILED, problems, outcome: None });
        if self.arguments.json {
            ui.answer(&format!("{:#}\n", document(&ended)))?;
        } else if !ui.quiet {
            ui.answer(listing.text())?;
        }
        ui.diagnostics(&ended.problems);
        Ok(ended.return_code)
    }

    fn resources(&self) -> Resources {
        let given = self.arguments.resources.resources();
        let folders = match given.work_folders.is_empty() {
            true => vec![self.work_folder.clone()],
            false => given.work_folders.clone(),
        };
        Resources {
            threads: given.threads.max(1),
            memory: given.memory_bytes(),
            work_folders: folders,
            compress: given.compress,
        }
    }
}

/// The first work folder that is given, else that of the system's temporary files if somebody chose one, else that of the first output
/// that can be guessed, which is likely to have room.
fn work_folder(arguments: &ControlArgs) -> PathBuf {
    if let Some(folder) = arguments.resources.work_folders.first() {
        return folder.clone();
    }
    if let Some(folder) = std::env::var_os("TMPDIR").filter(|folder| !folder.is_empty()) {
        return folder.into();
    }
    let output = arguments.dds.iter().find(|dd| dd.name.contains("OUT"));
    let folder = output.and_then(|dd| dd.path.as_deref()).and_then(Path::parent);
    match folder {
        Some(folder) if folder.as_os_str().is_empty() => PathBuf::from("."),
        Some(folder) if folder.is_dir() && !folder.starts_with("/dev") => folder.to_owned(),
        _ => std::env::temp_dir(),
    }
}

/// The text of the cards.
pub(super) fn cards(control: &Path) -> Result<Arc<Source>> {
    if control != Path::new("-") {
        let bytes = std::fs::read(control).path_error("read the cards in", control)?;
        return Source::from_bytes(&control.display().to_string(), bytes);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).path_error("read", Path::new("stdin"))?;
    Source::from_bytes("stdin", bytes)
}

/// What a step did, for programs.
fn document(ended: &Ended) -> Value {
    let messages: Vec<_> = ended.problems.list().iter().map(to_json).collect();
    let mut document = json!({ "exit_status": ended.return_code, "messages": messages });
    let Some(outcome) = &ended.outcome else { return document };
    let file = |file: &FileCount| {
        json!({
            "dd": file.dd,
            "records_in": file.records_in,
            "taken": file.taken,
            "data": file.data,
            "written": file.written,
        })
    };
    document["records_in"] = json!(outcome.records_in);
    document["inserted"] = json!(outcome.inserted);
    document["deleted"] = json!(outcome.deleted);
    document["records_out"] = json!(outcome.out);
    document["joined"] = json!(outcome.joined);
    document["overflows"] = json!(outcome.overflows);
    document["files"] = outcome.files.iter().map(file).collect();
    document
}
