//! Documents that must agree with the program: the error list, the schemas, the README's examples, the sample jobs.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn offhost(arguments: &[&str]) -> String {
    let command = Command::new(env!("CARGO_BIN_EXE_offhost"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
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
    for of in ["job", "rules"] {
        assert_eq!(
            offhost(&["schema", of]),
            file(&format!("schema/{of}.schema.json")),
            "regenerate schema/{of}.schema.json"
        );
    }
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let readme = file("README.md");
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    for arguments in [["layout", "copybooks/carddemo/xref.cpy"], ["check", "jobs/ar-nightly.yaml"]] {
        let shown = trimmed(&offhost(&arguments));
        assert!(
            trimmed(&readme).contains(&shown),
            "README.md does not show the output of {arguments:?}:\n{shown}"
        );
    }
}

#[test]
fn every_sample_job_is_without_errors() {
    for job in ["jobs/ar-nightly.yaml", "jobs/carddemo/posting.yaml"] {
        assert!(offhost(&["check", job]).contains("no errors"), "{job}");
        assert!(offhost(&["plan", job]).contains("published together"), "{job}");
    }
}

#[test]
fn the_changelog_knows_this_version() {
    let heading = format!("## {}", env!("CARGO_PKG_VERSION"));
    assert!(file("CHANGELOG.md").contains(&heading));
}
