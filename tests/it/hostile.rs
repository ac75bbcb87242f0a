//! Files made to hurt: deep, huge, random or mutated ones, and things that are no files at all. Nothing may panic, hang,
//! take memory without bound or look like a defect of the program.

use std::panic::catch_unwind;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use offhost::diag::Class;
use offhost::job::{Request, load};
use offhost::sys::{RealFs, Root};

use crate::harness::{Job, Random, copy_folder, repository, rounds, text};

/// Longest time that reading a specification may take.
const QUICKLY: Duration = Duration::from_secs(20);

const YAML: &str = "
version: 1
job: TEST
datasets:
  input: { path: in.ebc, record: { copybook: rec.cpy } }
  output: { path: out.ebc, like: input, disp: replace }
steps:
  - step: ONE
    sort: { in: input, out: output, by: [ ACCT ] }
";

const COPYBOOK: &str = "       01 REC.\n          05 ACCT PIC X(4).\n";

fn job() -> Job {
    Job::new().text("rec.cpy", COPYBOOK).file("in.ebc", &text("AAAA", 4)).file("out.ebc", b"old").yaml(YAML)
}

#[track_caller]
fn refused(job: &Job, words: &[&str]) {
    job.run(&[]).status(65).says(words).within(QUICKLY).nothing_published();
}

#[test]
fn a_table_of_999999999_groups_is_refused() {
    let copybook = "       01 REC.\n          05 G OCCURS 999999999.\n             10 ACCT PIC X(4).\n";
    refused(&job().text("rec.cpy", copybook), &["CPY017", "rec.cpy:2:16"]);
}

#[test]
fn tables_of_tables_that_overflow_are_refused() {
    let levels = (2..9).map(|level| format!("  {level:02} L{level} OCCURS 99999.\n")).collect::<String>();
    refused(&job().text("rec.cpy", &format!("01 REC.\n{levels}  10 ACCT PIC X(4).\n")), &["rec.cpy:"]);
}

#[test]
fn a_picture_of_999999999_characters_is_refused() {
    refused(
        &job().text("rec.cpy", "       01 REC.\n          05 ACCT PIC 9(99999999999999999999).\n"),
        &["rec.cpy:2:"],
    );
}

#[test]
fn a_record_of_a_gigabyte_is_refused() {
    let copybook = "       01 REC.\n          05 ACCT PIC X(4).\n          05 BIG PIC X(999999990).\n";
    refused(
        &job().text("rec.cpy", copybook).file("in.ebc", b""),
        &["JOB006", "job.yaml:5:46", "at most 1048576 bytes"],
    );
}

#[test]
fn ten_thousand_nested_levels_are_refused_quickly() {
    let copybook = (1..=10_000).map(|n| format!("{n:02} L{n}.\n")).collect::<String>();
    refused(&job().text("rec.cpy", &format!("{copybook}\n PIC X.\n")), &["rec.cpy:"]);
    let legal = (0..10_000).map(|n| format!("{:02} L{n}.\n", n % 48 + 1)).collect::<String>();
    refused(&job().text("rec.cpy", &legal), &["rec.cpy:"]);
}

#[test]
fn fifty_thousand_fields_are_read_quickly() {
    let fields = (0..50_000).map(|n| format!("  05 F{n} PIC 9.\n")).collect::<String>();
    let job = job().text("rec.cpy", &format!("01 REC.\n  05 ACCT PIC X(4).\n{fields}"));
    let run = job.run(&[]).within(Duration::from_secs(30));
    assert!([65, 81].contains(&run.status), "{}", run.stderr);
}

#[test]
fn a_deeply_nested_condition_is_refused() {
    for (open, close) in [("(", ")"), ("NOT ", ""), ("- ", "")] {
        let condition = format!("{}ACCT = 'A'{}", open.repeat(20_000), close.repeat(20_000));
        let yaml = YAML.replace("by:", &format!("include: \"{condition}\", by:"));
        refused(&job().yaml(&yaml), &["job.yaml:"]);
    }
}

#[test]
fn a_long_sum_does_not_overflow_the_stack() {
    let condition = format!("1{} > 0", " + 1".repeat(50_000));
    let job = job().yaml(&YAML.replace("by:", &format!("include: \"{condition}\", by:")));
    let run = job.run(&[]).within(Duration::from_secs(30));
    assert!([0, 65].contains(&run.status), "{} {}", run.status, run.stderr);
}

#[test]
fn a_long_chain_of_or_does_not_overflow_the_stack() {
    let condition = vec!["ACCT = 'A'"; 20_000].join(" OR ");
    let job = job().yaml(&YAML.replace("by:", &format!("include: \"{condition}\", by:")));
    let run = job.run(&[]).within(Duration::from_secs(30));
    assert!([0, 65].contains(&run.status), "{} {}", run.status, run.stderr);
}

#[test]
fn yaml_beyond_the_subset_is_refused_with_its_place() {
    let with = |from: &str, to: &str| job().yaml(&YAML.replace(from, to));
    refused(&with("in.ebc", "&here in.ebc"), &["JOB001", "anchors", "job.yaml:5:"]);
    refused(&with("like: input", "like: *here"), &["JOB001"]);
    refused(&with("{ path: out.ebc,", "{ <<: { disp: new }, path: out.ebc,"), &["JOB001", "job.yaml:6:"]);
    refused(&with("path: in.ebc,", "path: in.ebc, path: in.ebc,"), &["JOB004", "path", "job.yaml:5:"]);
    refused(&with("disp:", "dips:"), &["JOB002", "dips", "disp", "job.yaml:6:"]);
    refused(&with("by:", "stable: yes, by:"), &["JOB002", "stable", "job.yaml:9:"]);
    refused(&job().yaml(&format!("{YAML}---\n{YAML}")), &["JOB001"]);
    refused(&with("job: TEST", "job: !!binary TEST"), &["job.yaml"]);
    refused(&with("version: 1", "version: 2"), &["job.yaml:2:"]);
    refused(&job().yaml(""), &["job.yaml"]);
    refused(&job().yaml("- a\n- b\n"), &["job.yaml"]);
}

#[test]
fn nested_yaml_is_refused_quickly() {
    for part in ["[", "{ a: ", "- ", "? "] {
        refused(&job().yaml(&part.repeat(100_000)), &["job.yaml"]);
    }
}

#[test]
fn a_job_file_of_random_bytes_is_refused() {
    for seed in 0..rounds(20) {
        let mut random = Random::new(seed);
        let bytes: Vec<u8> = (0..2000).map(|_| random.next() as u8).collect();
        refused(&job().file("job.yaml", &bytes), &["job.yaml"]);
    }
}

#[test]
fn a_copybook_of_random_words_is_refused() {
    const WORDS: &[&str] = &[
        "01",
        "05",
        "66",
        "77",
        "88",
        "PIC",
        "X(4)",
        "S9(5)V99",
        "OCCURS",
        "TIMES",
        "DEPENDING",
        "ON",
        "REDEFINES",
        "ACCT",
        "REC",
        "COMP-3",
        ".",
        "\n      ",
        "VALUE",
        "'A'",
        "THRU",
        "-",
        "FILLER",
        "COPY",
        "RENAMES",
        "(",
        "\u{e9}",
    ];
    for seed in 0..rounds(100) {
        let mut random = Random::new(seed);
        let words: Vec<&str> = (0..200).map(|_| random.of(WORDS)).collect();
        refused(&job().text("rec.cpy", &words.join(" ")), &["rec.cpy"]);
    }
}

#[test]
fn things_that_are_no_files_are_refused_as_inputs() {
    let job = job();
    let input = job.path().join("in.ebc");
    std::fs::remove_file(&input).unwrap();
    assert!(Command::new("mkfifo").arg(&input).status().unwrap().success());
    job.run(&[]).status(74).says(&["in.ebc"]).within(QUICKLY).nothing_published();
    std::fs::remove_file(&input).unwrap();
    std::fs::create_dir(&input).unwrap();
    job.run(&[]).status(74).says(&["in.ebc"]).nothing_published();
    std::fs::remove_dir(&input).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &input).unwrap();
    job.run(&[]).status(77).says(&["RUN003"]).within(QUICKLY).nothing_published();
}

#[test]
fn a_device_below_the_root_is_refused() {
    let yaml = YAML
        .replace("path: in.ebc", "path: dev/zero")
        .replace("path: out.ebc", "path: tmp/offhost-never-made.ebc");
    let job = job().yaml(&yaml);
    let file = job.path().join("job.yaml");
    let copybooks_beside = file.to_str().unwrap();
    let run = job.offhost(&["plan", copybooks_beside, "--root", "/"]);
    run.status(0);
    let run = Job::new().offhost(&["check", copybooks_beside, "--root", "/dev"]).status;
    assert_eq!(run, 0, "a check touches no data");
}

#[test]
fn copybooks_and_rules_that_are_no_files_are_refused() {
    let job = job();
    std::fs::remove_file(job.path().join("rec.cpy")).unwrap();
    assert!(Command::new("mkfifo").arg(job.path().join("rec.cpy")).status().unwrap().success());
    let run = job.run(&[]).within(QUICKLY).nothing_published();
    assert!([65, 74].contains(&run.status), "{}", run.stderr);
}

#[test]
fn a_job_file_that_is_a_pipe_or_a_folder_is_refused() {
    let job = job();
    std::fs::remove_file(job.path().join("job.yaml")).unwrap();
    assert!(Command::new("mkfifo").arg(job.path().join("job.yaml")).status().unwrap().success());
    job.run(&[]).status(74).within(QUICKLY).nothing_published();
    let root = job.path().to_str().unwrap();
    job.offhost(&["run", ".", "--root", root]).status(74);
}

/// Loads a job in this process; the class of its first error, or `None` if it is good.
fn load_here(root: &Path, name: &str) -> Option<Class> {
    let (sender, receiver) = channel();
    let root = Root::new(root).unwrap();
    let request = Request { job: name.to_owned(), root, settings: Vec::new(), explained: false };
    std::thread::spawn(move || {
        let outcome = catch_unwind(|| load(&RealFs, &request).err().and_then(|errors| errors.class()));
        let _ = sender.send(outcome.ok());
    });
    receiver.recv_timeout(QUICKLY).expect("it hangs").expect("it panicked")
}

/// Changes a text a little.
fn mutate(original: &str, random: &mut Random) -> String {
    let lines: Vec<&str> = original.lines().collect();
    let words: Vec<&str> = original.split_whitespace().collect();
    let (from, to) = (random.of(&words), random.of(&words));
    let mut bytes = original.as_bytes().to_vec();
    let at = random.below(bytes.len());
    match random.below(7) {
        0 => bytes[at] = b" :-{}[]'\"#&*|>%@`,\n\t$0Z"[random.below(23)],
        1 => {
            bytes.remove(at);
        }
        2 => bytes.truncate(at),
        3 => return original.replacen(from, to, 1),
        4 => return original.replace(from, to),
        5 => {
            let (a, b) = (random.below(lines.len()), random.below(lines.len()));
            let mut mixed = lines.clone();
            mixed.swap(a, b);
            return mixed.join("\n");
        }
        _ => {
            let mut fewer = lines.clone();
            fewer.remove(random.below(lines.len()));
            return fewer.join("\n");
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn survives_mutations(files: &[&str], job: &str, rounds: u64) {
    let folder = tempfile::tempdir().unwrap();
    for part in ["jobs", "rules", "copybooks"] {
        copy_folder(&repository().join(part), &folder.path().join(part));
    }
    assert_eq!(load_here(folder.path(), job), None);
    for file in files {
        let path = folder.path().join(file);
        let original = std::fs::read_to_string(&path).unwrap();
        for seed in 0..rounds {
            let mut random = Random::new(seed);
            let mutated = (0..1 + seed % 3).fold(original.clone(), |text, _| {
                if text.trim().is_empty() { text } else { mutate(&text, &mut random) }
            });
            std::fs::write(&path, &mutated).unwrap();
            let class = load_here(folder.path(), job);
            assert_ne!(class, Some(Class::Bug), "{file}, seed {seed}:\n{mutated}");
        }
        std::fs::write(&path, &original).unwrap();
    }
}

#[test]
fn mutated_jobs_never_panic_or_hang() {
    survives_mutations(&["jobs/ar-nightly.yaml"], "jobs/ar-nightly.yaml", 200);
}

#[test]
fn mutated_rules_never_panic_or_hang() {
    survives_mutations(&["rules/ar-apply.yaml", "rules/ar-edit.yaml"], "jobs/ar-nightly.yaml", 100);
    survives_mutations(&["rules/carddemo/posting.yaml"], "jobs/carddemo/posting.yaml", 100);
}

#[test]
fn mutated_copybooks_never_panic_or_hang() {
    survives_mutations(&["copybooks/openitem.cpy", "copybooks/arreject.cpy"], "jobs/ar-nightly.yaml", 150);
}

#[test]
fn a_shared_time_limit_is_generous_enough_for_a_good_job() {
    let clock = Instant::now();
    assert_eq!(load_here(repository(), "jobs/ar-nightly.yaml"), None);
    assert!(clock.elapsed() < QUICKLY / 2);
}
