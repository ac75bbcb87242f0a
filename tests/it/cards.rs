//! Every deck in `tests/cases`, run through the program; see [`crate::cards_case`] for the format of the files.
//!
//! `OFFHOST_CASE=text` runs those whose name holds the text. All failures are shown, not only the first.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use crate::cards_case::{Case, Section, files};
use crate::harness::{hex, repository};

/// Longest time of one case.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// What the program must show: one identifier a line, with what it means behind it.
const FEATURES: &str = "tests/cases/features.txt";

/// Cases that must exist at least.
const CASES: usize = 300;

#[test]
fn every_deck_gives_what_the_manual_says() {
    let folder = repository().join("tests/cases");
    let wanted = std::env::var("OFFHOST_CASE").unwrap_or_default();
    let queue = Mutex::new(files(&folder).into_iter());
    let failures = Mutex::new(Vec::new());
    let ran = Mutex::new(0_usize);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(path) = queue.lock().unwrap().next() else { break };
                    let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
                    if !name.contains(&wanted) {
                        continue;
                    }
                    *ran.lock().unwrap() += 1;
                    if let Err(failure) = Case::read(&path).and_then(|case| run(&case)) {
                        failures.lock().unwrap().push((name, failure));
                    }
                }
            });
        }
    });
    report(failures.into_inner().unwrap(), ran.into_inner().unwrap());
}

fn report(mut failures: Vec<(String, String)>, ran: usize) {
    failures.sort();
    assert!(ran > 0, "no case has such a name");
    if failures.is_empty() {
        return;
    }
    let mut text = String::new();
    for (name, failure) in &failures {
        writeln!(text, "== {name}\n{failure}").unwrap();
    }
    let names: Vec<&str> = failures.iter().map(|(name, _)| name.as_str()).collect();
    panic!("{text}\n{} of {ran} cases failed:\n  {}", failures.len(), names.join("\n  "));
}

/// Runs a case in a folder of its own and compares.
fn run(case: &Case) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let arguments = arrange(case, folder.path())?;
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_offhost"))
        .args(&arguments)
        .current_dir(folder.path())
        .timeout(TIME_LIMIT)
        .output()
        .map_err(|error| error.to_string())?;
    let streams =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let mut complaints = String::new();
    let wanted = case.of("rc").next().map_or("0", |section| section.words[0].as_str());
    let status = output.status.code().map_or_else(|| "a signal".to_owned(), |code| code.to_string());
    if status != wanted {
        writeln!(complaints, "exit status {status} instead of {wanted}").unwrap();
    }
    for text in said(case).filter(|text| !streams.contains(*text)) {
        writeln!(complaints, "it does not say {text:?}").unwrap();
    }
    for section in case.of("out") {
        complaints += &compare(section, folder.path(), case)?;
    }
    for section in case.of("absent") {
        if folder.path().join(file(section.dd()?)).exists() {
            writeln!(complaints, "{} was made", section.dd()?).unwrap();
        }
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!("{complaints}{}", quoted(&output.stdout, &output.stderr)))
}

/// Makes the files of a case and gives the arguments of the program.
fn arrange(case: &Case, folder: &Path) -> Result<Vec<String>, String> {
    let mut arguments = case.command.clone();
    arguments.insert(1, "cards".to_owned());
    for (number, section) in case.sections.iter().enumerate() {
        match section.kind.as_str() {
            "cards" => put(folder, "cards", section.text().as_bytes()),
            "text" => {
                put(folder, &file(section.dd()?), section.text().as_bytes());
                give(&mut arguments, section.dd()?, &file(section.dd()?), "");
            }
            "in" => {
                let name = format!("{}.{number}.in", section.dd()?);
                put(folder, &name, &section.bytes(case.code_page())?);
                give(&mut arguments, section.dd()?, &name, &section.passed());
            }
            "before" => put(folder, &file(section.dd()?), &section.bytes(case.code_page())?),
            "out" | "absent" => {
                give(&mut arguments, section.dd()?, &file(section.dd()?), &section.passed());
            }
            _ => {}
        }
    }
    Ok(arguments)
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).unwrap();
}

/// The file of a DD that is no input of records.
fn file(dd: &str) -> String {
    format!("{dd}.dd")
}

fn give(arguments: &mut Vec<String>, dd: &str, file: &str, attributes: &str) {
    arguments.extend(["--dd".to_owned(), format!("{dd}={file}{attributes}")]);
}

/// The texts that must be said.
fn said(case: &Case) -> impl Iterator<Item = &str> {
    let all = case.of("says").flat_map(|section| section.words.iter().chain(&section.lines));
    all.map(String::as_str).filter(|text| !text.trim().is_empty())
}

/// Says how an output differs, or nothing.
fn compare(section: &Section, folder: &Path, case: &Case) -> Result<String, String> {
    let wanted = section.bytes(case.code_page())?;
    let dd = section.dd()?;
    let Ok(found) = fs::read(folder.join(file(dd))) else {
        return Ok(format!("{dd} was not made\n"));
    };
    if found == wanted {
        return Ok(String::new());
    }
    let at = found.iter().zip(&wanted).position(|(a, b)| a != b).unwrap_or(found.len().min(wanted.len()));
    let part = |bytes: &[u8]| {
        let from = at.saturating_sub(8).min(bytes.len());
        let part = &bytes[from..(at + 24).min(bytes.len())];
        format!("{:24} {}", readable(part), hex(part))
    };
    Ok(format!(
        "{dd}: {} bytes instead of {}, different from byte {at}\n  expected {}\n  got      {}\n  all expected {}\n  \
         all got      {}\n",
        found.len(),
        wanted.len(),
        part(&wanted),
        part(&found),
        readable(&wanted),
        readable(&found)
    ))
}

/// Bytes as text, as far as they are letters, digits and blanks of EBCDIC.
fn readable(bytes: &[u8]) -> String {
    let known: Vec<(u8, char)> = (' '..='~')
        .filter(|c| !"[]^{}\\~`".contains(*c))
        .map(|c| (crate::harness::ebcdic(&c.to_string())[0], c))
        .collect();
    let shown = |byte: &u8| known.iter().find(|(code, _)| code == byte).map_or('·', |(_, c)| *c);
    bytes.iter().take(400).map(shown).collect()
}

/// What the program said, for a failure.
fn quoted(stdout: &[u8], stderr: &[u8]) -> String {
    let mut text = String::new();
    for line in
        String::from_utf8_lossy(stderr).lines().chain(String::from_utf8_lossy(stdout).lines()).take(25)
    {
        writeln!(text, "  | {line}").unwrap();
    }
    text
}

#[test]
fn there_are_enough_cases_and_every_feature_has_some() {
    let folder = repository().join("tests/cases");
    let mut covered = BTreeSet::new();
    let all = files(&folder);
    for path in &all {
        let case = Case::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        covered.extend(case.covers().map(str::to_owned));
    }
    let features = fs::read_to_string(repository().join(FEATURES)).unwrap();
    let lines = features.lines().filter(|line| !line.starts_with('#'));
    let ids = lines.filter_map(|line| line.split("  ").next());
    let required: BTreeSet<String> = ids.filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let unknown: Vec<&String> = covered.difference(&required).collect();
    assert!(unknown.is_empty(), "not in tests/cases/features.txt: {unknown:?}");
    let missing: Vec<&String> = required.difference(&covered).collect();
    assert!(missing.is_empty(), "no case covers {missing:?}");
    assert!(all.len() >= CASES, "{} cases, {CASES} wanted", all.len());
}
