//! Documents that must agree with the program: the error list, the schemas, the README's examples, the sample jobs.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crate::harness::{Job, packed, text};

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn offhost(arguments: &[&str]) -> String {
    let command = Command::new(env!("CARGO_BIN_EXE_offhost"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("COLUMNS")
        .args(arguments)
        .output()
        .unwrap();
    assert!(command.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&command.stderr));
    String::from_utf8(command.stdout).unwrap()
}

#[test]
fn the_error_list_is_that_of_the_program() {
    let mut table = String::new();
    for code in offhost::diag::ALL_CODES {
        writeln!(table, "| {} | {} | {} |", code.id(), code.class().exit_status(), code.title()).unwrap();
    }
    assert!(file("docs/errors.md").ends_with(&table), "docs/errors.md must end with:\n{table}");
}

#[test]
fn the_schemas_are_those_of_the_program() {
    for of in ["job", "rules", "diff"] {
        let same = offhost(&["schema", of]) == file(&format!("schema/{of}.schema.json"));
        assert!(same, "regenerate schema/{of}.schema.json");
    }
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let readme = file("README.md");
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    let item = ["cat", "fixtures/ar/openitem.ebc", "-c", "copybooks/openitem.cpy", "--fields"];
    let some = ["OI-CUST-NO,OI-DOC-NO,OI-DUE-DATE,OI-OPEN-AMT,OI-STATUS", "--take"];
    let commands: [&[&str]; 5] = [
        &["layout", "copybooks/carddemo/xref.cpy"],
        &["inspect", "fixtures/ar/receipts.ebc", "-c", "copybooks/receipt.cpy"],
        &["check", "jobs/ar-nightly.yaml"],
        &[&item[..], &some, &["3"]].concat(),
        &[&item[..], &some, &["1", "--down", "--hex"]].concat(),
    ];
    for arguments in commands {
        let shown = trimmed(&offhost(arguments));
        assert!(
            trimmed(&readme).contains(&shown),
            "README.md does not show the output of {arguments:?}:\n{shown}"
        );
    }
}

#[test]
fn the_readme_shows_the_cards_run_and_explained() {
    let readme = file("README.md");
    let explain = ["--explain", "-c", "copybooks/openitem.cpy"];
    let deck = ["sort", "jobs/cards/overdue.txt", "--dd", "SORTIN=fixtures/ar/openitem.ebc,lrecl=200"];
    let explained = offhost(&[&deck[..], &explain].concat());
    let (first, rest) = explained.split_once("\n  The record before").unwrap();
    let (_, after) = rest.split_once("\n  The record after").unwrap();
    assert!(readme.contains(first) && readme.contains(after), "README.md does not show:\n{explained}");
    let folder = tempfile::tempdir().unwrap();
    let out = format!("SORTOUT={}", folder.path().join("overdue.ebc").display());
    let ran = offhost(&[&deck[..], &["--dd", &out, "--run-date", "2026-03-31"]].concat());
    let counts: Vec<&str> = ran.lines().filter(|line| line.contains("ICE05")).collect();
    assert!(readme.contains(&counts.join("\n")), "README.md does not show:\n{ran}");
}

#[test]
fn every_sample_job_is_without_errors() {
    for job in ["jobs/ar-nightly.yaml", "jobs/open-items.yaml", "jobs/carddemo/posting.yaml"] {
        assert!(offhost(&["check", job]).contains("no errors"), "{job}");
        assert!(offhost(&["plan", job]).contains("published together"), "{job}");
    }
}

#[test]
fn the_changelog_knows_this_version() {
    let heading = format!("## {}", env!("CARGO_PKG_VERSION"));
    assert!(file("CHANGELOG.md").contains(&heading));
}

/// The code block of the README that begins with this line.
fn readme_block(first_line: &str) -> String {
    let readme = file("README.md");
    let blocks = readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.into_iter().find(|block| block.starts_with(first_line)).unwrap().to_owned()
}

#[test]
fn the_readmes_post_step_runs_as_it_stands() {
    let copybook = |name: &str, fields: &str| (format!("{name}.cpy"), format!("01 {name}.\n{fields}"));
    let copybooks = [
        copybook("PAY", "  05 PAY-ACCT PIC X(4).\n  05 PAY-AMT PIC S9(5)V99 COMP-3.\n"),
        copybook("AC", "  05 AC-NO PIC X(4).\n  05 AC-BALANCE PIC S9(7)V99 COMP-3.\n"),
        copybook("LG", "  05 LG-ACCT PIC X(4).\n  05 LG-AMT PIC S9(5)V99 COMP-3.\n  05 LG-DATE PIC 9(8).\n"),
        copybook("RJ", "  05 RJ-CODE PIC X(24).\n  05 RJ-IMAGE PIC X(8).\n"),
    ];
    let datasets = [
        ("payments", "PAY"),
        ("accounts", "AC"),
        ("accounts-new", "AC"),
        ("ledger", "LG"),
        ("rejects", "RJ"),
    ];
    let declared = datasets
        .map(|(name, cpy)| format!("  {name}: {{ path: {name}, record: {{ copybook: {cpy}.cpy }} }}\n"));
    let params = "params: { business-date: { type: date, default: \"2026-03-31\" } }";
    let steps = readme_block("# in the job\n");
    let yaml = format!("version: 1\njob: T\n{params}\ndatasets:\n{}steps:\n{steps}", declared.concat());
    let payment = |account: &str, cents| [text(account, 4), packed(cents, 7, true)].concat();
    let account = |cents| [text("A1", 4), packed(cents, 9, true)].concat();
    let mut job = Job::new()
        .file("payments", &[payment("A1", 150), payment("B2", 70)].concat())
        .file("accounts", &account(1000))
        .text("rules/pay.yaml", &readme_block("# rules/pay.yaml\n"))
        .yaml(&yaml);
    for (name, text) in &copybooks {
        job = job.text(name, text);
    }
    job.run(&[])
        .status(4)
        .published("accounts-new", &account(1150))
        .published("ledger", &[payment("A1", 150), text("20260331", 8)].concat())
        .published("rejects", &[text("NO-ACCT", 24), payment("B2", 70)].concat());
}

/// Names after `scripts/bench` in a text, without those of options.
fn benchmarks_named_in(text: &str) -> impl Iterator<Item = &str> {
    let name = |rest: &str| rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
    let named = text.split("scripts/bench ").skip(1).map(move |rest| &rest[..name(rest)]);
    named.filter(|name| !name.is_empty())
}

#[test]
fn every_benchmark_that_is_spoken_of_can_be_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = |folder: &str, extension: &str| -> Vec<String> {
        let entries = std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        let entries = entries.map(|name| name.into_string().unwrap());
        entries.filter(|name| name.ends_with(extension)).map(|name| format!("{folder}/{name}")).collect()
    };
    let list = Command::new(root.join("scripts/bench")).arg("--list").output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let listed: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let mut spoken_of = 0;
    let texts = ["README.md", "CHANGELOG.md", "scripts/nightly"].map(str::to_owned).to_vec();
    for path in [texts, names("docs", ".md"), names("scripts/benchmarks", ".py")].concat() {
        for name in benchmarks_named_in(&file(&path)) {
            spoken_of += 1;
            assert!(listed.contains(&name), "{path} speaks of `scripts/bench {name}`; there are {listed:?}");
            let help = Command::new(root.join("scripts/bench"))
                .args([name, "--help"])
                .stdin(std::process::Stdio::null())
                .output();
            let help = help.unwrap();
            assert!(help.status.success(), "{name}: {}", String::from_utf8_lossy(&help.stderr));
        }
    }
    assert!(spoken_of > 10, "{spoken_of}");
}
