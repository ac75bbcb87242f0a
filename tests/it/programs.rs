//! Run steps: programs that the root allows, well and badly behaved ones.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Job, cobol, text};

const POLICY: &str = "version: 1\nallow-run:\n  - program: bin/prog\n";

/// A job whose step PROG runs `bin/prog`, a shell script, on `in` and writes `out`.
fn job(script: &str, more: &str) -> Job {
    let records = [text("AAAA", 10), text("BBBB", 10), text("CCCC", 10)].concat();
    let job = Job::new()
        .file("in", &records)
        .text("offhost.yaml", POLICY)
        .text("rec.cpy", "01 R.\n  05 F PIC X(10).\n");
    put_program(&job, script);
    job.yaml(&format!(
        "version: 1
job: T
max-rc: 4
datasets:
  in: {{ path: in, record: {{ copybook: rec.cpy }} }}
  out: {{ path: out, record: {{ copybook: rec.cpy }} }}
steps:
  - step: PROG
    run:
      program: bin/prog
      in: {{ INFILE: in }}
      out: {{ OUTFILE: out }}
{more}    totals:
      - {{ name: read, over: in }}
      - {{ name: written, over: out }}
  - step: CHECK
    balance: [ read.count = written.count ]
"
    ))
}

fn put_program(job: &Job, script: &str) {
    job.put("bin/prog", format!("#!/bin/sh\n{script}\n").as_bytes());
    let path = job.path().join("bin/prog");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

const COPY: &str = "cp \"$DD_INFILE\" \"$DD_OUTFILE\"";

#[test]
fn a_program_reads_and_writes_what_its_dds_name() {
    let records = [text("AAAA", 10), text("BBBB", 10), text("CCCC", 10)].concat();
    let plain = job(COPY, "");
    plain.run(&[]).status(0).published("out", &records);
    // Its return code is that of the step.
    let four = job(&format!("{COPY}; echo three records; exit 4"), "");
    let run = four.run(&["--json"]).status(0);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&report["rc"], &report["steps"][0]["rc"]), (&Value::from(4), &Value::from(4)));
    assert_eq!(report["steps"][0]["listing"], "three records\n");
    run.published("out", &records);
    // Balance is checked on what it wrote.
    let short = job("head -c 20 \"$DD_INFILE\" > \"$DD_OUTFILE\"", "");
    short.run(&[]).status(87).nothing_published();
}

#[test]
fn its_environment_is_what_was_declared() {
    let policy =
        format!("{POLICY}    env: [ MODE ]\n    set: {{ COB_LIBRARY_PATH: /opt/lib, MODE: none }}\n");
    let job = job(&format!("{COPY}; env | sort; pwd; ls"), "      env: { MODE: full }\n")
        .text("offhost.yaml", &policy);
    let run = job.run_with(&["--json"], &[("SECRET", "1"), ("LD_LIBRARY_PATH", "/x")]).status(0);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let listing = report["steps"][0]["listing"].as_str().unwrap();
    let names: Vec<&str> =
        listing.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    // The shell adds PWD and such.
    let own = ["COB_LIBRARY_PATH", "DD_INFILE", "DD_OUTFILE", "HOME", "LC_ALL", "MODE", "PATH", "TMPDIR"];
    assert!(own.iter().all(|name| names.contains(name)), "{names:?}");
    assert!(
        names.iter().all(|name| own.contains(name) || ["PWD", "OLDPWD", "SHLVL", "_"].contains(name)),
        "{names:?}"
    );
    assert!(listing.contains("MODE=full\n"));
    let folder = listing.lines().last().unwrap();
    assert!(
        folder.starts_with('/') && folder.contains("/.offhost/runs/"),
        "an empty folder of its own: {folder}"
    );
}

#[test]
fn nothing_is_run_that_the_root_does_not_allow() {
    let refused = |policy: &str, status: i32, code: &str| {
        let job = job("touch \"$HOME/../../ran\"", "").text("offhost.yaml", policy);
        job.run(&[]).status(status).stderr_contains(code).nothing_published();
    };
    refused("version: 1\n", 77, "PGM001");
    refused("version: 1\nallow-run: [ { program: bin/other } ]\n", 77, "PGM001");
    refused("version: 2\n", 78, "PGM002");
    refused("version: 1\nallow: 3\n", 78, "PGM002");
    refused("version: 1\nallow-run: [ { program: bin/prog, sha256: abc } ]\n", 78, "PGM002");
    refused("version: 1\nallow-run: [ { program: bin/prog, set: { DD_X: y } } ]\n", 78, "PGM002");
    let zeros = "0".repeat(64);
    refused(&format!("version: 1\nallow-run: [ {{ program: bin/prog, sha256: {zeros} }} ]\n"), 77, "PGM011");
    let none = job(COPY, "");
    std::fs::remove_file(none.path().join("offhost.yaml")).unwrap();
    none.run(&[]).status(77).stderr_contains("PGM001").stderr_contains("allow-run");
    job(COPY, "      env: { LD_PRELOAD: x }\n").run(&[]).status(77).stderr_contains("LD_PRELOAD");

    // The right hash is the right program.
    let job = job(COPY, "");
    let sum = Command::new("sha256sum").arg(job.path().join("bin/prog")).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap()[..64].to_owned();
    job.put(
        "offhost.yaml",
        format!("version: 1\nallow-run: [ {{ program: bin/prog, sha256: {sum} }} ]\n").as_bytes(),
    );
    job.run(&[]).status(0);
    // A link out of the root is no program of the root.
    std::fs::remove_file(job.path().join("bin/prog")).unwrap();
    std::os::unix::fs::symlink("/bin/true", job.path().join("bin/prog")).unwrap();
    job.run(&[]).status(66).stderr_contains("PGM003");
}

#[test]
fn a_job_cannot_write_what_decides_about_programs() {
    for path in ["offhost.yaml", "bin/prog"] {
        let job = job(COPY, "");
        let yaml = String::from_utf8(job.read("job.yaml")).unwrap();
        job.put(
            "job.yaml",
            yaml.replace("{ path: out,", &format!("{{ path: {path}, disp: replace,")).as_bytes(),
        );
        job.run(&[]).status(65).stderr_contains("JOB008").stderr_contains("policy");
    }
    for (more, word) in [
        ("      time-limit: soon\n", "soon"),
        ("      time-limit: 0s\n", "time limit"),
        ("      output-limit: lots\n", "lots"),
        ("      args: [ \"a\\0b\" ]\n", "NUL"),
    ] {
        job(COPY, more).run(&[]).status(65).stderr_contains("PGM012").stderr_contains(word);
    }
    let twice = job(COPY, "");
    let yaml = String::from_utf8(twice.read("job.yaml")).unwrap();
    twice.put("job.yaml", yaml.replace("OUTFILE:", "infile:").as_bytes());
    twice.run(&[]).status(65).stderr_contains("given twice");
    twice.put("job.yaml", yaml.replace("OUTFILE:", "\"../x\":").as_bytes());
    twice.run(&[]).status(65).stderr_contains("not the name of a DD");
}

#[test]
fn programs_that_fail_publish_nothing() {
    let fails = |script: &str, more: &str, status: i32, words: &[&str]| {
        let job = job(script, more);
        let run = job.run(&[]).status(status).nothing_published();
        let run = words.iter().fold(run, |run, word| run.stderr_contains(word));
        assert!(run.took < Duration::from_secs(20), "{script}");
    };
    fails(
        &format!("{COPY}; echo no such account; exit 12"),
        "",
        12,
        &["PGM007", "return code 12", "no such account"],
    );
    let both = format!("{COPY}; echo to its output; echo to its error >&2; exit 12");
    fails(&both, "", 12, &["to its output", "end of its standard error:", "to its error", "PROG.*"]);
    fails(
        &format!("{COPY}; exit 4"),
        "      max-rc: 0\n",
        4,
        &["PGM007", "nothing that it wrote was published"],
    );
    fails("echo lost >&2; kill -SEGV $$", "", 89, &["PGM004", "S0C4", "lost"]);
    fails("echo waiting; sleep 100", "      time-limit: 300ms\n", 85, &["PGM005", "waiting"]);
    fails(
        "while :; do echo more and more; done",
        "      output-limit: 4K\n",
        82,
        &["PGM006", "more and more"],
    );
    fails("true", "", 81, &["PGM008", "wrote nothing to DD_OUTFILE"]);
    fails("ln -s /etc/passwd \"$DD_OUTFILE\"", "", 81, &["PGM008", "not a file"]);
    fails("mkfifo \"$DD_OUTFILE\"", "", 81, &["PGM008", "not a file"]);
    fails("mkdir \"$DD_OUTFILE\"", "", 81, &["PGM008"]);
    fails("printf 'not a whole record' > \"$DD_OUTFILE\"", "", 81, &["DAT", "wrote it to DD_OUTFILE"]);
    let job = job(COPY, "");
    std::fs::set_permissions(job.path().join("bin/prog"), std::fs::Permissions::from_mode(0o644)).unwrap();
    job.run(&[]).status(66).stderr_contains("PGM003");
}

#[test]
fn what_a_program_says_cannot_drive_a_terminal() {
    let job = job(&format!("{COPY}; printf 'red \\033[31m\\000 text\\n'; exit 12"), "");
    job.run(&[]).status(12);
    let run = crate::harness::runs_of(&job).remove(0);
    let root = job.root();
    let shown = [
        job.offhost(&["status", "--root", &root]).status(0).stdout,
        job.offhost(&["runs", "show", &run, "--root", &root]).status(0).stdout,
        String::from_utf8(job.read(&format!(".offhost/runs/{run}/report.html"))).unwrap(),
    ];
    for text in shown {
        assert!(text.contains("red \u{FFFD}[31m\u{FFFD} text"), "{text}");
        assert!(!text.contains(['\u{1B}', '\0']), "{text}");
    }
}

#[test]
fn inputs_are_out_of_its_reach() {
    let spoil = "chmod u+w \"$DD_INFILE\"; : > \"$DD_INFILE\"; rm -f \"$DD_INFILE\"";
    let job = job(&format!("{COPY}; {spoil}"), "");
    let before = job.read("in");
    job.run(&[]).status(0).published("out", &before);
    assert_eq!(job.read("in"), before);
    let kept: Vec<String> = crate::harness::files_below(&job.path().join(".offhost/runs"))
        .into_keys()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(kept.contains(&"PROG.stdout".to_owned()), "{kept:?}");
    assert!(!kept.contains(&"INFILE".to_owned()), "{kept:?}");
}

#[test]
fn a_run_that_is_told_to_end_ends_its_program_first() {
    for (signal, status, code) in [("TERM", 143, "RUN042"), ("INT", 130, "RUN041"), ("HUP", 143, "RUN042")] {
        told_to_end(signal, status, code);
    }
}

fn told_to_end(signal: &str, status: i32, code: &str) {
    let job = job(&long(), "");
    let mut child = started(&job);
    let pids = pids(&job);
    tell(signal, &child);
    let ended = child.wait().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(ended.code(), Some(status), "{said}");
    assert!(said.contains(code), "{said}");
    all_gone(&pids);
    assert!(!job.path().join("out").exists());
    put_program(&job, COPY);
    job.run(&[]).status(0);
}

#[test]
fn a_hang_up_that_was_ignored_when_the_run_began_stays_ignored() {
    let job = job(&format!("kill -HUP $PPID; sleep 0.3; {COPY}"), "");
    let before = job.read("in");
    let run = |shell: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{shell} exec \"$@\""), "sh", env!("CARGO_BIN_EXE_offhost")]);
        command.args(["run", "job.yaml", "--quiet", "--root", &job.root()]).status().unwrap().code()
    };
    assert_eq!(run(""), Some(143));
    assert!(!job.path().join("out").exists());
    assert_eq!(run("trap '' HUP;"), Some(0), "as nohup begins it");
    assert_eq!(job.read("out"), before);
}

/// Nobody can catch SIGKILL; the program and what it started do not outlive us all the same, and the run is gone on with.
#[test]
fn a_run_that_is_killed_takes_its_program_with_it() {
    let job = job(&long(), "");
    let mut child = started(&job);
    let pids = pids(&job);
    child.kill().unwrap();
    child.wait().unwrap();
    all_gone(&pids);
    assert!(!job.path().join("out").exists());
    put_program(&job, COPY);
    job.run(&[]).status(0);
}

/// A program that writes its output, says which processes it has, and never ends.
fn long() -> String {
    let pids = "\"$HOME/../../../../../../pids\"";
    format!("{COPY}; echo $$ > {pids}; sleep 1000 & echo $! >> {pids}; wait")
}

fn started(job: &Job) -> Child {
    Command::new(env!("CARGO_BIN_EXE_offhost"))
        .args(["run", "job.yaml", "--root", job.path().to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The numbers of the program's processes, once there are all.
fn pids(job: &Job) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let pids = std::fs::read_to_string(job.path().join("pids")).unwrap_or_default();
        if pids.lines().count() == 2 {
            return pids.lines().map(str::to_owned).collect();
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "the program did not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn tell(signal: &str, child: &Child) {
    let told = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    assert!(told.success());
}

fn all_gone(pids: &[String]) {
    let begun = Instant::now();
    for pid in pids {
        let gone =
            || std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z"));
        while !gone() {
            assert!(begun.elapsed() < Duration::from_secs(10), "{pid} is left");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

const COBOL: &str = r#"       IDENTIFICATION DIVISION.
       PROGRAM-ID. INTCALC.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT ACCT-IN ASSIGN TO "ACCTIN"
               ORGANIZATION SEQUENTIAL.
           SELECT ACCT-OUT ASSIGN TO "ACCTOUT"
               ORGANIZATION SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  ACCT-IN.
       01  IN-REC.
           05  IN-NO        PIC 9(4).
           05  IN-BAL       PIC S9(7)V99 COMP-3.
       FD  ACCT-OUT.
       01  OUT-REC.
           05  OUT-NO       PIC 9(4).
           05  OUT-BAL      PIC S9(7)V99 COMP-3.
       WORKING-STORAGE SECTION.
       01  EOF-SW           PIC X VALUE 'N'.
       PROCEDURE DIVISION.
           OPEN INPUT ACCT-IN OUTPUT ACCT-OUT
           PERFORM UNTIL EOF-SW = 'Y'
               READ ACCT-IN
                   AT END MOVE 'Y' TO EOF-SW
                   NOT AT END
                       MOVE IN-NO TO OUT-NO
                       COMPUTE OUT-BAL ROUNDED = IN-BAL * 1.05
                       WRITE OUT-REC
               END-READ
           END-PERFORM
           CLOSE ACCT-IN ACCT-OUT
           DISPLAY 'INTEREST DONE'
           MOVE 4 TO RETURN-CODE
           STOP RUN.
"#;

/// A job with a COBOL program that was compiled elsewhere; `None`, said aloud, without a compiler.
fn compiled(program: &str, name: &str) -> Option<Job> {
    let job = Job::new();
    let folder = job.path().join("bin");
    std::fs::create_dir_all(&folder).unwrap();
    cobol(&folder, name, program, &[], "programs as steps").then_some(job)
}

#[test]
fn a_cobol_program_is_a_step() {
    let Some(job) = compiled(COBOL, "INTCALC") else { return };
    // Digits of another machine's characters: the program was compiled for this one, so its files are in ASCII.
    let row = |number: u32, cents: i128| {
        [format!("{number:04}").into_bytes(), crate::harness::packed(cents, 9, true)].concat()
    };
    let job = job
        .file("acct", &[row(1, 10_000), row(2, -330), row(3, 0)].concat())
        .text("acct.cpy", "01 ACCT.\n  05 ACCT-NO PIC 9(4).\n  05 ACCT-BAL PIC S9(7)V99 COMP-3.\n")
        .text("offhost.yaml", "version: 1\nallow-run: [ { program: bin/INTCALC } ]\n")
        .yaml(
            "version: 1
job: INTEREST
max-rc: 4
datasets:
  acct: { path: acct, record: { copybook: acct.cpy, code-page: ascii } }
  acct-new: { path: acct-new, like: acct }
steps:
  - step: SORT
    sort: { in: acct, out: \"@sorted\", by: [ { field: ACCT-NO, order: descending } ] }
  - step: INTCALC
    run:
      program: bin/INTCALC
      in: { ACCTIN: \"@sorted\" }
      out: { ACCTOUT: acct-new }
      time-limit: 1m
    totals:
      - { name: interest, over: acct-new, sum: ACCT-BAL }
",
        );
    let run = job.run(&["--json"]).status(0);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["steps"][1]["rc"], 4);
    assert_eq!(report["steps"][1]["listing"], "INTEREST DONE\n");
    assert_eq!(report["steps"][1]["totals"][0]["groups"][0]["sum"], "101.53");
    run.published("acct-new", &[row(3, 0), row(2, -347), row(1, 10_500)].concat());
}

#[test]
fn why_does_not_run_programs() {
    let job = job("echo again >> \"$HOME/../../../../../../ran\"; cp \"$DD_INFILE\" \"$DD_OUTFILE\"", "");
    let yaml = "version: 1
job: T
datasets:
  in: { path: in, record: { copybook: rec.cpy } }
  \"@copy\": { like: in }
  kept: { path: kept, like: in, disp: replace }
  posted: { path: posted, like: in, disp: replace }
steps:
  - step: PROG
    run: { program: bin/prog, in: { INFILE: in }, out: { OUTFILE: COPIED } }
  - step: POST
    post: { in: COPIED, rules: r.yaml, out: { POSTED: posted } }
";
    job.put(
        "r.yaml",
        b"version: 1\nprogram: P\nrules:\n  - rule: ALL\n    do: [ { emit: POSTED, from: R } ]\n",
    );
    job.put("job.yaml", yaml.replace("COPIED", "\"@copy\"").as_bytes());
    let root = job.path().to_str().unwrap();
    job.run(&["--rerun"]).status(0);
    job.offhost(&["why", "last", "posted:1", "--root", root])
        .status(81)
        .stderr_contains("its program is not run again");
    job.put("job.yaml", yaml.replace("COPIED", "kept").as_bytes());
    job.run(&["--rerun"]).status(0);
    let why = job.offhost(&["why", "last", "posted:2", "--root", root]).status(0);
    assert!(why.stdout.contains("kept record 2"), "{}", why.stdout);
    assert!(why.stdout.contains("a run step does not say what it made a record of"), "{}", why.stdout);
    assert_eq!(job.read("ran"), b"again\nagain\n");
}

const VARIABLE: &str = r#"       IDENTIFICATION DIVISION.
       PROGRAM-ID. TURN.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT V-IN ASSIGN TO "VIN" ORGANIZATION SEQUENTIAL.
           SELECT V-OUT ASSIGN TO "VOUT" ORGANIZATION SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  V-IN RECORD IS VARYING FROM 1 TO 300 DEPENDING ON IN-LEN.
       01  IN-REC           PIC X(300).
       FD  V-OUT RECORD IS VARYING FROM 1 TO 301 DEPENDING ON OUT-LEN.
       01  OUT-REC          PIC X(301).
       WORKING-STORAGE SECTION.
       01  IN-LEN           PIC 9(4) COMP.
       01  OUT-LEN          PIC 9(4) COMP.
       01  EOF-SW           PIC X VALUE 'N'.
       PROCEDURE DIVISION.
           OPEN INPUT V-IN OUTPUT V-OUT
           PERFORM UNTIL EOF-SW = 'Y'
               READ V-IN
                   AT END MOVE 'Y' TO EOF-SW
                   NOT AT END
                       COMPUTE OUT-LEN = IN-LEN + 1
                       MOVE '*' TO OUT-REC
                       MOVE IN-REC(1:IN-LEN) TO OUT-REC(2:IN-LEN)
                       WRITE OUT-REC
               END-READ
           END-PERFORM
           CLOSE V-IN V-OUT
           STOP RUN.
"#;

#[test]
fn variable_records_are_handed_over_in_the_form_that_the_program_reads() {
    let Some(job) = compiled(VARIABLE, "TURN") else { return };
    let texts = ["A".to_owned(), "BB".repeat(50), "C".repeat(300)];
    let framed = |mark: &str| -> Vec<u8> {
        let record = |text: &String| {
            let data = format!("{mark}{text}").into_bytes();
            [&u16::try_from(data.len() + 4).unwrap().to_be_bytes()[..], &[0, 0], &data].concat()
        };
        texts.iter().flat_map(record).collect()
    };
    let job = job
        .file("in", &framed(""))
        .text("v.cpy", "01 V.\n  05 T PIC X(301).\n")
        .text("offhost.yaml", "version: 1\nallow-run: [ { program: bin/TURN } ]\n");
    let yaml = "version: 1
job: T
datasets:
  in: { path: in, record: { copybook: v.cpy, recfm: V, lrecl: 305, code-page: ascii } }
  out: { path: out, like: in }
steps:
  - step: TURN
    run: { program: bin/TURN, in: { VIN: in }, out: { VOUT: out }RDW }
";
    job.put("job.yaml", yaml.replace("RDW", ", rdw: \"big,payload\"").as_bytes());
    job.run(&[]).status(0).published("out", &framed("*"));
    job.put("job.yaml", yaml.replace("RDW", ", rdw: \"big,odd\"").as_bytes());
    job.run(&[]).status(65).stderr_contains("PGM012").stderr_contains("payload");
}
