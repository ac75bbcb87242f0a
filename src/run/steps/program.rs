//! Run: another program does the step. It works in a folder of its own on copies of its inputs, finds its files in variables
//! `DD_name`, and what it wrote is read, checked and staged as if we had written it.

use std::path::{Path, PathBuf};

use super::StepContext;
use crate::dataset::{DatasetFormat, Reader, Recfm};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{Plan, ProgramPlan, StepPlan};
use crate::run::intake::Intake;
use crate::run::observe::Observer;
use crate::run::output::{Output, Target};
use crate::run::store::Store;
use crate::sys::process::{self, End, Order};
use crate::sys::{Fs, PathError, io_diagnostic, sha256_of_file};

/// Bytes of what a program said that the report keeps.
const LISTING: u64 = 64 << 10;
/// Lines of it that an error shows.
const SHOWN: usize = 12;
/// Variables that every program has; all others are of the policy, of the job and of DDs.
const ENVIRONMENT: [(&str, &str); 2] = [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C")];

/// Where a program works, and where what it says is kept.
struct Places {
    folder: PathBuf,
    said: (PathBuf, PathBuf),
}

pub(super) fn run(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &ProgramPlan,
    observer: &dyn Observer,
) -> Result<()> {
    check_program(store, plan)?;
    let places = Places::make(store, context)?;
    let mut env: Vec<(String, String)> =
        ENVIRONMENT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let folder = |name: &str| places.folder.join(name).display().to_string();
    env.extend([("HOME".to_owned(), folder("work")), ("TMPDIR".to_owned(), folder("work"))]);
    for (name, value) in &plan.env {
        env.retain(|(other, _)| other != name);
        env.push((name.clone(), value.clone()));
    }
    for (dd, name) in &plan.inputs {
        let path = stage(store, context, (dd, name), plan, &places, observer)?;
        env.push((format!("DD_{dd}"), path.display().to_string()));
    }
    let written: Vec<PathBuf> =
        plan.outputs.iter().map(|(dd, _)| places.folder.join("out").join(dd)).collect();
    for ((dd, _), path) in plan.outputs.iter().zip(&written) {
        env.push((format!("DD_{dd}"), path.display().to_string()));
    }
    let rc = execute(store, context, plan, &env, &places)?;
    context.report.rc = rc;
    context.report.details.push(("program return code".to_owned(), u64::from(rc)));
    context.report.listing = process::tail(&places.said.0, LISTING).unwrap_or_default();
    if rc <= max_rc_of(plan, context.step, store.plan) {
        for ((dd, name), path) in plan.outputs.iter().zip(&written) {
            collect(store, context, (dd, name), path, plan)?;
        }
    }
    places.clean(store);
    Ok(())
}

/// The highest return code with which the outputs of a program are taken.
fn max_rc_of(program: &ProgramPlan, step: &StepPlan, plan: &Plan) -> u8 {
    program.max_rc.or(step.flow.max_rc).unwrap_or(plan.max_rc)
}

/// The message for a return code above the highest with which the outputs of a program are taken.
pub(in crate::run) fn above_max_rc(
    store: &Store<'_>,
    step: &StepPlan,
    plan: &ProgramPlan,
    rc: u8,
) -> Option<Box<Diagnostic>> {
    let max = max_rc_of(plan, step, store.plan);
    (rc > max).then(|| {
        let message = format!("{} ended with return code {rc}, above {max}", plan.program);
        let error = Diagnostic::error(codes::PGM007, message);
        with_said(error, &said_files(store, step))
            .hint("see what the program says; nothing that it wrote was published")
    })
}

/// Where what a program says to its two streams is kept.
fn said_files(store: &Store<'_>, step: &StepPlan) -> (PathBuf, PathBuf) {
    let file = |stream: &str| store.run_folder().join(format!("{}.{stream}", step.name));
    (file("stdout"), file("stderr"))
}

/// An error with the end of what the program said, and where all of it is.
fn with_said(mut error: Box<Diagnostic>, (out, err): &(PathBuf, PathBuf)) -> Box<Diagnostic> {
    for (path, stream) in [(err, "standard error"), (out, "standard output")] {
        let said = last_lines(&process::tail(path, LISTING).unwrap_or_default());
        if !said.is_empty() {
            error = error.note(format!("the end of its {stream}:\n{said}"));
        }
    }
    error.note(format!("all it said is in {}", out.with_extension("*").display()))
}

/// The program must be there, and be the one that the policy means.
fn check_program(store: &Store<'_>, plan: &ProgramPlan) -> Result<()> {
    let Some(wanted) = &plan.sha256 else { return Ok(()) };
    let found = sha256_of_file(store.fs, &plan.path)?;
    if found == *wanted {
        return Ok(());
    }
    Err(Diagnostic::error(codes::PGM011, format!("{} is not the program that the root allows", plan.program))
        .in_file(plan.path.display().to_string())
        .note(format!("its SHA-256 is {found}, allowed is {wanted}"))
        .hint("put the allowed program back, or have the owner of the root allow this one"))
}

impl Places {
    /// Makes the folders. What the program says is kept in the run's folder.
    fn make(store: &Store<'_>, context: &StepContext<'_>) -> Result<Places> {
        let folder = store.step_folder(&context.step.name);
        let _ = store.fs.remove_dir_all(&folder);
        for part in ["in", "out", "work"] {
            let part = folder.join(part);
            store.fs.create_dir_all(&part).path_error("make the folder", &part)?;
        }
        let said = said_files(store, context.step);
        // Of an earlier attempt.
        for path in [&said.0, &said.1] {
            let _ = store.fs.remove(path);
        }
        Ok(Places { folder, said })
    }

    /// Removes what only the program needed.
    fn clean(&self, store: &Store<'_>) {
        // What cannot be removed only takes space, and goes with the temporary datasets.
        let _ = store.fs.remove_dir_all(&self.folder);
    }
}

/// Copies an input to where the program finds it; the original is out of its reach.
fn stage(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    (dd, name): (&str, &str),
    plan: &ProgramPlan,
    places: &Places,
    observer: &dyn Observer,
) -> Result<PathBuf> {
    let path = places.folder.join("in").join(dd);
    let target = Target {
        dataset: name.to_owned(),
        path: path.clone(),
        format: handed_over(&store.dataset(name)?.format, plan),
        file: store.fs.create_new(&path).path_error("make", &path)?,
        allowance: 0,
        pipe: None,
        block_bytes: store.block_bytes(),
    };
    let mut output = Output::start(target, &[])?;
    let intake = Intake::open(store, name, &context.step.totals, observer)?;
    let taken = intake.read(&|block| Ok(block), &mut |block| output.block(block))?;
    let (_, finished) = output.finish()?;
    context.check_identity("records handed over", taken.records, finished.written.records)?;
    context.taken(store, taken);
    process::make_read_only(&path).path_error("protect", &path)?;
    Ok(path)
}

/// The format in which a program reads or writes a dataset: its own, but for the form of descriptor words.
fn handed_over(format: &DatasetFormat, plan: &ProgramPlan) -> DatasetFormat {
    let mut format = format.clone().for_new_file();
    if let (Some(rdw), Recfm::Variable | Recfm::Spanned) = (plan.rdw, format.recfm) {
        // Who reads words of another form knows nothing of segments and blocks.
        format.recfm = Recfm::Variable;
        (format.framing.rdw, format.framing.bdw) = (rdw, None);
    }
    format
}

/// Runs the program; its return code.
fn execute(
    store: &Store<'_>,
    context: &StepContext<'_>,
    plan: &ProgramPlan,
    env: &[(String, String)],
    places: &Places,
) -> Result<u8> {
    let work = places.folder.join("work");
    let order = Order {
        program: &plan.path,
        args: &plan.args,
        env,
        folder: &work,
        output: (&places.said.0, &places.said.1),
        output_limit: plan.output_limit,
        time_limit: plan.time_limit,
        stop: &|| store.guard().check().is_err(),
    };
    let end = process::run(&order).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => not_started(plan, &error),
        _ => io_diagnostic("run", &plan.path, &error),
    })?;
    let step = &context.step.name;
    let (code, message, hint) = match end {
        End::Exit(rc) => return Ok(rc),
        End::Signal(signal) => (
            codes::PGM004,
            format!("step {step}: {} was ended by signal {signal}{}", plan.program, known(signal)),
            "the program is at fault, or something ended it; nothing that it wrote was published",
        ),
        End::OverTime => (
            codes::PGM005,
            format!(
                "step {step}: {} took longer than {:?}",
                plan.program,
                plan.time_limit.unwrap_or_default()
            ),
            "see whether it waits for something, or raise time-limit; nothing that it wrote was published",
        ),
        End::OverOutput => (
            codes::PGM006,
            format!("step {step}: {} said more than {} bytes", plan.program, plan.output_limit),
            "see what it says, or raise output-limit; nothing that it wrote was published",
        ),
        End::WithUs => (codes::RUN042, String::new(), ""),
    };
    places.clean(store);
    let stopped = store.guard().stopped().filter(|_| end == End::WithUs);
    let error = match stopped {
        Some(error) => error.note(format!("step {step}: {} was ended with it", plan.program)),
        None => Diagnostic::error(code, message).hint(hint),
    };
    Err(with_said(error, &places.said))
}

/// Reads what the program wrote to a dataset and stages it.
fn collect(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    (dd, name): (&str, &str),
    path: &Path,
    plan: &ProgramPlan,
) -> Result<()> {
    let said = |error: Box<Diagnostic>| error.note(format!("{} wrote it to DD_{dd}", plan.program));
    if !process::is_plain_file(path) {
        let what = if path.symlink_metadata().is_ok() { "something that is not a file" } else { "nothing" };
        return Err(Diagnostic::error(
            codes::PGM008,
            format!("{} wrote {what} to DD_{dd}, which is {name}", plan.program),
        )
        .hint("an output without records is an empty file; see whether the program opens this DD"));
    }
    let dataset = store.dataset(name)?;
    let format = handed_over(&dataset.format, plan);
    let reader = Reader::open(store.fs, name, path, format).map_err(said)?;
    let mut reader = reader.in_blocks_of(store.block_bytes());
    let mut output = store.create(name, &context.step.totals)?;
    while let Some(block) = reader.next_block().map_err(said)? {
        dataset.meaning.check_block(&block, name).map_err(said)?;
        output.block(block).map_err(said)?;
    }
    context.finish(store, output).map(|_| ())
}

fn not_started(plan: &ProgramPlan, error: &std::io::Error) -> Box<Diagnostic> {
    Diagnostic::error(codes::PGM003, format!("{} cannot be started: {error}", plan.program))
        .in_file(plan.path.display().to_string())
        .hint("it must be there and executable, and so must the interpreter that a script names")
}

/// The last lines of what a program said.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

/// What signals mean that programs die of, in the host's words where it has one.
fn known(signal: i32) -> &'static str {
    match signal {
        4 => " (SIGILL, S0C1)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS, S0C4)",
        8 => " (SIGFPE, S0C8)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV, S0C4)",
        15 => " (SIGTERM)",
        _ => "",
    }
}
