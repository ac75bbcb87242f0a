//! Bad input, one mistake at a time: the exit status, the words of the message, and that nothing was published.

use crate::harness::{Job, packed, text, with_rdw, zoned};

const COPYBOOK: &str = "
       01  REC.
           05  ACCT      PIC X(4).
           05  AMT       PIC S9(5)V99 COMP-3.
           05  CCY       PIC X(3).
           05  KIND      PIC X.
";

const DATASETS: &str = "
version: 1
job: TEST
datasets:
  input: { path: in.ebc, record: { copybook: rec.cpy, recfm: FB, lrecl: 12 } }
  output: { path: out.ebc, like: input, disp: replace }
";

const SORT: &str = "
steps:
  - step: ONE
    sort: { in: input, out: output, by: [ ACCT ] }
";

fn record(account: &str, cents: i128, kind: &str) -> Vec<u8> {
    [text(account, 4), packed(cents, 7, true), text("USD", 3), text(kind, 1)].concat()
}

fn three() -> Vec<u8> {
    [record("B", 250, "D"), record("A", 100, "D"), record("C", -50, "D")].concat()
}

/// The usual datasets with an old output, and these steps.
fn job(steps: &str) -> Job {
    job_of(&format!("{DATASETS}{steps}"))
}

fn job_of(yaml: &str) -> Job {
    Job::new().text("rec.cpy", COPYBOOK).file("in.ebc", &three()).file("out.ebc", b"old output").yaml(yaml)
}

/// Runs a job that must fail.
#[track_caller]
fn fails(job: &Job, status: i32, words: &[&str]) {
    job.run(&[]).status(status).says(words).nothing_published();
}

#[test]
fn a_good_job_replaces_its_output() {
    let sorted = [record("A", 100, "D"), record("B", 250, "D"), record("C", -50, "D")].concat();
    job(SORT).run(&[]).status(0).published("out.ebc", &sorted);
}

#[test]
fn a_missing_input_is_status_66() {
    let job = job(SORT);
    std::fs::remove_file(job.path().join("in.ebc")).unwrap();
    fails(&job, 66, &["RUN001", "input", "in.ebc"]);
}

#[test]
fn a_field_that_is_not_in_the_copybook_is_shown_with_the_nearest_name() {
    fails(
        &job(&SORT.replace("ACCT", "ACCTS")),
        65,
        &["EXP002", "ACCTS", "did you mean ACCT", "job.yaml:10:"],
    );
}

#[test]
fn an_lrecl_that_does_not_divide_the_file_is_status_81() {
    let job = job(SORT).file("in.ebc", &three()[..35]);
    fails(&job, 81, &["DAT002", "35", "12"]);
}

#[test]
fn an_lrecl_that_contradicts_the_copybook_is_status_65() {
    fails(
        &job_of(&format!("{DATASETS}{SORT}").replace("lrecl: 12", "lrecl: 13")),
        65,
        &["JOB006", "13", "12 bytes"],
    );
}

fn with_a_bad_digit() -> Vec<u8> {
    let mut bytes = three();
    bytes[12 + 5] = 0xAB;
    bytes
}

const PLACE: &[&str] = &["DAT001", "input", "record 2", "AMT", "00AB10"];

#[test]
fn an_invalid_packed_digit_in_a_sort_key_is_shown_with_its_place() {
    let job = job(&SORT.replace("[ ACCT ]", "[ AMT ]")).file("in.ebc", &with_a_bad_digit());
    fails(&job, 80, PLACE);
}

#[test]
fn an_invalid_packed_digit_in_a_total_is_shown_with_its_place() {
    let totals = "    totals: [ { name: all, over: input, sum: AMT } ]\n";
    fails(&job(&format!("{SORT}{totals}")).file("in.ebc", &with_a_bad_digit()), 80, PLACE);
}

#[test]
fn an_invalid_packed_digit_in_a_condition_is_shown_with_its_place() {
    let steps = SORT.replace("by:", "include: AMT > 0, by:");
    fails(&job(&steps).file("in.ebc", &with_a_bad_digit()), 80, PLACE);
}

const POST: &str = "
steps:
  - step: ONE
    post: { in: input, rules: rules.yaml, out: { OUT: output } }
";

/// A job with one post step and these rules.
fn post(rules: &str) -> Job {
    job(POST).text("rules.yaml", &format!("version: 1\nprogram: P\nworking: |\n  01 W.\n     05 W-N PIC S9(3).\n     05 W-D PIC S9(3)V99.\n{rules}"))
}

const COPY_RULE: &str = "      - { emit: OUT, from: REC }\n";

fn rule(action: &str) -> String {
    format!("rules:\n  - rule: R\n    do:\n      - {action}\n{COPY_RULE}")
}

#[test]
fn an_invalid_packed_digit_in_a_rule_is_shown_with_its_place() {
    let job = post(&rule("{ compute: W-D, is: AMT }")).file("in.ebc", &with_a_bad_digit());
    fails(&job, 80, PLACE);
}

#[test]
fn an_invalid_packed_digit_at_a_large_offset_is_counted_right() {
    let mut bytes = record("A", 100, "D").repeat(50_000);
    bytes[12 * 41_234 + 5] = 0xFF;
    let job = job(&SORT.replace("[ ACCT ]", "[ AMT ]")).file("in.ebc", &bytes);
    fails(&job, 80, &["DAT001", "41235", &(12 * 41_234).to_string()]);
}

#[test]
fn steps_that_wait_for_each_other_are_an_error() {
    let steps = "
steps:
  - step: ONE
    sort: { in: \"@b\", out: \"@a\" }
  - step: TWO
    sort: { in: \"@a\", out: \"@b\" }
";
    fails(&job(steps), 65, &["JOB007", "ONE", "TWO"]);
}

#[test]
fn a_step_that_waits_for_itself_is_an_error() {
    fails(&job("steps:\n  - step: ONE\n    sort: { in: \"@a\", out: \"@a\" }\n"), 65, &["ONE"]);
}

#[test]
fn an_output_that_exists_is_status_73() {
    fails(
        &job_of(&format!("{DATASETS}{SORT}").replace("disp: replace", "disp: new")),
        73,
        &["RUN002", "output", "out.ebc"],
    );
}

#[test]
fn an_output_that_must_exist_and_does_not_is_refused() {
    let job = job_of(&format!("{DATASETS}{SORT}").replace("disp: replace", "disp: old"));
    std::fs::remove_file(job.path().join("out.ebc")).unwrap();
    fails(&job, 66, &["RUN001", "disp: old"]);
}

#[test]
fn an_output_that_is_a_folder_is_status_73() {
    let job = job(SORT);
    std::fs::remove_file(job.path().join("out.ebc")).unwrap();
    std::fs::create_dir(job.path().join("out.ebc")).unwrap();
    fails(&job, 73, &["RUN015"]);
}

const TRAILER_COPYBOOK: &str = "
       01  REC.
           05  ACCT      PIC X(4).
           05  AMT       PIC S9(5)V99 COMP-3.
           05  CCY       PIC X(3).
           05  COUNTED   REDEFINES CCY PIC 9(3).
           05  KIND      PIC X.
               88  IS-TRAILER VALUE 'T'.
";

/// A job whose input has a trailer with this count and sum.
fn trailer_job(bytes: &[u8]) -> Job {
    let expect = "expect: { trailer: { where: IS-TRAILER, count: COUNTED, sum: { AMT: AMT } } } }\n  output";
    let yaml = format!("{DATASETS}{SORT}").replacen("}\n  output", &format!(", {expect}"), 1);
    job_of(&yaml).text("rec.cpy", TRAILER_COPYBOOK).file("in.ebc", bytes)
}

fn trailer(count: i128, cents: i128) -> Vec<u8> {
    [text("", 4), packed(cents, 7, true), zoned(count, 3, false), text("T", 1)].concat()
}

#[test]
fn a_trailer_that_agrees_is_accepted() {
    trailer_job(&[three(), trailer(3, 300)].concat()).run(&[]).status(0);
}

#[test]
fn a_trailer_whose_count_does_not_agree_is_status_87() {
    fails(&trailer_job(&[three(), trailer(4, 300)].concat()), 87, &["RUN007", "input", "COUNTED", "3", "4"]);
}

#[test]
fn a_trailer_whose_sum_does_not_agree_is_status_87() {
    fails(&trailer_job(&[three(), trailer(3, 301)].concat()), 87, &["RUN007", "AMT", "3.00", "3.01"]);
}

#[test]
fn a_missing_trailer_is_status_87() {
    fails(&trailer_job(&three()), 87, &["RUN007", "no trailer"]);
}

#[test]
fn details_after_the_trailer_are_status_87() {
    fails(
        &trailer_job(&[three(), trailer(3, 300), record("Z", 1, "D")].concat()),
        87,
        &["RUN007", "after its last trailer"],
    );
}

#[test]
fn an_empty_file_with_an_expected_trailer_is_status_87() {
    fails(&trailer_job(&[]), 87, &["RUN007", "no trailer"]);
}

#[test]
fn paths_outside_the_root_are_status_77() {
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("in.ebc"), three()).unwrap();
    let absolute = elsewhere.path().join("in.ebc");
    for path in ["../x", "a/../../x", absolute.to_str().unwrap(), "link/in.ebc", "linked.ebc"] {
        for dataset in ["in.ebc", "out.ebc"] {
            let job = job_of(
                &format!("{DATASETS}{SORT}").replace(&format!("path: {dataset}"), &format!("path: {path}")),
            );
            std::os::unix::fs::symlink(elsewhere.path(), job.path().join("link")).unwrap();
            std::os::unix::fs::symlink(&absolute, job.path().join("linked.ebc")).unwrap();
            fails(&job, 77, &["RUN003", path]);
        }
    }
    assert_eq!(
        std::fs::read_dir(elsewhere.path()).unwrap().count(),
        1,
        "something was written outside the root"
    );
    assert_eq!(std::fs::read(absolute).unwrap(), three());
}

#[test]
fn a_path_outside_the_root_by_parameter_is_status_77() {
    let yaml =
        format!("{DATASETS}{SORT}").replace("job: TEST\n", "job: TEST\nparams: { p: { type: path } }\n");
    let job = job_of(&yaml.replace("path: in.ebc", "path: \"${p}/in.ebc\""));
    job.run(&["--set", "p=../.."]).status(77).says(&["RUN003"]).nothing_published();
}

#[test]
fn copybooks_and_rules_outside_the_root_are_refused() {
    let job = job_of(&format!("{DATASETS}{SORT}").replace("rec.cpy", "/etc/passwd"));
    fails(&job, 77, &["RUN003"]);
    fails(&job_of(&format!("{DATASETS}{SORT}").replace("rec.cpy", "../rec.cpy")), 77, &["RUN003"]);
}

#[test]
fn two_writers_of_one_dataset_are_an_error() {
    let steps = format!("{SORT}  - step: TWO\n    sort: {{ in: input, out: output }}\n");
    fails(&job(&steps), 65, &["JOB008", "output", "ONE", "job.yaml:12:"]);
}

#[test]
fn two_outputs_with_one_path_are_an_error() {
    let yaml = format!(
        "{DATASETS}  other: {{ path: out.ebc, like: input, disp: replace }}\n{SORT}  - step: TWO\n    sort: {{ in: input, out: other }}\n"
    );
    fails(&job_of(&yaml), 65, &["out.ebc"]);
}

#[test]
fn two_outputs_whose_paths_are_spelled_differently_but_are_one_file_are_an_error() {
    let yaml = format!(
        "{DATASETS}  other: {{ path: ./out.ebc, like: input, disp: replace }}\n{SORT}  - step: TWO\n    sort: {{ in: input, out: other }}\n"
    );
    fails(&job_of(&yaml), 65, &["out.ebc"]);
}

#[test]
fn an_output_over_an_input_is_an_error() {
    fails(&job_of(&format!("{DATASETS}{SORT}").replace("path: out.ebc", "path: in.ebc")), 65, &["in.ebc"]);
}

#[test]
fn a_dataset_that_is_not_declared_is_shown_with_the_nearest_name() {
    fails(&job(&SORT.replace("in: input", "in: imput")), 65, &["JOB005", "imput", "input", "job.yaml:10:"]);
    fails(&job(&SORT.replace("out: output", "out: ouput")), 65, &["JOB005", "ouput", "output"]);
}

#[test]
fn unknown_parameters_are_shown_with_the_nearest_name() {
    let yaml = format!("{DATASETS}{SORT}")
        .replace("job: TEST\n", "job: TEST\nparams: { region: { type: text, default: x } }\n");
    let job = job_of(&yaml);
    job.run(&["--set", "regoin=y"]).status(65).says(&["JOB010", "regoin", "region"]).nothing_published();
}

#[test]
fn parameters_of_the_wrong_type_are_status_65() {
    for (kind, value) in [
        ("date", "2026-02-30"),
        ("date", "13.03.2026"),
        ("timestamp", "yesterday"),
        ("decimal", "1,5"),
        ("decimal", "NaN"),
        ("integer", "1.5"),
        ("integer", "99999999999999999999"),
        ("path", ""),
    ] {
        let yaml = format!("{DATASETS}{SORT}")
            .replace("job: TEST\n", &format!("job: TEST\nparams: {{ p: {{ type: {kind} }} }}\n"));
        let setting = format!("p={value}");
        job_of(&yaml).run(&["--set", &setting]).status(65).says(&["JOB010", "p"]).nothing_published();
    }
}

#[test]
fn a_parameter_without_a_value_is_status_65() {
    let yaml =
        format!("{DATASETS}{SORT}").replace("job: TEST\n", "job: TEST\nparams: { p: { type: text } }\n");
    fails(&job_of(&yaml), 65, &["JOB010", "--set p="]);
}

#[test]
fn an_interpolation_of_an_unknown_parameter_is_status_65() {
    fails(
        &job_of(&format!("{DATASETS}{SORT}").replace("path: in.ebc", "path: \"${nope}.ebc\"")),
        65,
        &["JOB011", "nope"],
    );
}

#[test]
fn totals_out_of_balance_are_status_87_with_both_sides() {
    let steps = "
steps:
  - step: ONE
    sort: { in: input, out: output, include: AMT > 0 }
    totals:
      - { name: before, over: input, sum: AMT }
      - { name: after, over: output, sum: AMT }
  - step: BALANCE
    balance: [ before.count >= after.count, before.sum = after.sum ]
";
    fails(&job(steps), 87, &["RUN006", "before.sum = after.sum", "3.00", "3.50"]);
}

#[test]
fn a_group_that_does_not_balance_is_named() {
    let steps = "
steps:
  - step: ONE
    sort: { in: input, out: output, omit: ACCT = 'B' }
    totals:
      - { name: before, over: input, sum: AMT, by: ACCT }
      - { name: after, over: output, sum: AMT, by: ACCT }
  - step: BALANCE
    balance: [ before.sum = after.sum ]
";
    fails(&job(steps), 87, &["RUN006", "B:", "2.50", "0"]);
}

#[test]
fn more_rejects_than_allowed_are_status_88() {
    let edits = "edits:\n  - rule: E\n    do:\n      - { reject: TOOBAD, reason: too bad, when: AMT > 0 }\n";
    let rules = format!(
        "{edits}reject-record:\n  - {{ move: REC, to: REC OF REJECTS }}\n{}",
        rule("{ move: 1, to: W-N }")
    );
    let steps = POST.replace(" } }", " }, rejects: { to: rejected, max-count: 1 } }");
    let yaml = format!("{DATASETS}  rejected: {{ path: rej.ebc, like: input }}\n{steps}");
    let job = post(&rules).yaml(&yaml);
    fails(&job, 88, &["RUN008", "TOOBAD", "rejected"]);
    job.put("job.yaml", yaml.replace("max-count: 1", "max-count: 2").as_bytes());
    let out = record("C", -50, "D");
    job.run(&[]).status(4).published("out.ebc", &out).published("rej.ebc", &three()[..24]);
}

const MASTER_STEPS: &str = "
steps:
  - step: ONE
    post:
      in: input
      rules: rules.yaml
      masters: { M: { dataset: master, key: [ ACCT ], new: output } }
";

fn master_job(master: &[u8], rules: &str) -> Job {
    post(rules)
        .yaml(&format!("{DATASETS}  master: {{ path: m.ebc, like: input }}\n{MASTER_STEPS}"))
        .file("m.ebc", master)
}

const ADD_TO_MASTER: &str = "rules:\n  - rule: R\n    do:\n      - { lookup: M, key: ACCT OF INPUT, missing: create }\n      - { add: AMT OF INPUT, to: AMT OF M }\n";

#[test]
fn a_duplicate_master_key_is_status_80() {
    let master = [record("A", 0, "M"), record("B", 0, "M"), record("A", 1, "M")].concat();
    fails(&master_job(&master, ADD_TO_MASTER), 80, &["DAT008", "master"]);
}

#[test]
fn a_missing_master_row_stops_the_job_unless_told_otherwise() {
    let rules = ADD_TO_MASTER.replace(", missing: create", "");
    fails(&master_job(&record("A", 0, "M"), &rules), 80, &["DAT012", "M"]);
}

#[test]
fn a_size_error_stops_the_job_by_default() {
    fails(&post(&rule("{ compute: W-N, is: 999 + 1 }")), 80, &["DAT009", "W-N"]);
    fails(&post(&rule("{ compute: W-N, is: AMT * 1000 }")), 80, &["DAT009", "W-N", "transaction 1"]);
}

#[test]
fn a_size_error_truncates_if_told_so() {
    let rules = rule("{ compute: W-N, is: AMT * 1000 + 7, on-size-error: truncate }").replace(
        COPY_RULE,
        "      - emit: OUT\n        from: REC\n        do: [ { move: W-N, to: AMT OF OUT } ]\n",
    );
    let expected = [record("B", 50_700, "D"), record("A", 700, "D"), record("C", -49_300, "D")].concat();
    post(&rules).run(&[]).status(0).published("out.ebc", &expected);
}

#[test]
fn a_size_error_rejects_if_told_so() {
    let rules = rule("{ compute: W-N, is: AMT * 500, on-size-error: reject, code: BIG, reason: too big }");
    let rules = format!("{rules}reject-record:\n  - {{ move: REC, to: REC OF REJECTS }}\n");
    let steps = POST.replace(" } }", " }, rejects: { to: rejected } }");
    let job = post(&rules).yaml(&format!("{DATASETS}  rejected: {{ path: rej.ebc, like: input }}\n{steps}"));
    let rest = [record("A", 100, "D"), record("C", -50, "D")].concat();
    job.run(&[]).status(4).published("out.ebc", &rest).published("rej.ebc", &record("B", 250, "D"));
}

#[test]
fn a_division_by_zero_is_status_80() {
    fails(
        &post(&rule("{ compute: W-N, is: AMT / (AMT - AMT) }")),
        80,
        &["DAT014", "division by zero", "W-N"],
    );
}

#[test]
fn a_rule_that_says_stop_is_status_89() {
    fails(&post(&rule("{ stop: ledger is closed, when: ACCT = 'A' }")), 89, &["RUN009", "ledger is closed"]);
}

#[test]
fn variable_records_that_are_torn_or_impossible_are_status_81() {
    let yaml = format!("{DATASETS}{SORT}").replace("recfm: FB, lrecl: 12", "recfm: VB, lrecl: 16");
    let good = with_rdw(&record("A", 1, "D"));
    let framed = |word: [u8; 4]| [good.clone(), word.to_vec(), record("B", 1, "D")].concat();
    for (bytes, code) in [
        (good[..10].to_vec(), "DAT004"),
        (good[..3].to_vec(), "DAT004"),
        (framed([0, 3, 0, 0]), "DAT003"),
        (framed([0, 0, 0, 0]), "DAT003"),
        (framed([0, 16, 0, 1]), "DAT003"),
        (framed([0, 17, 0, 0]), "DAT00"),
        (framed([0xFF, 0xFF, 0, 0]), "DAT00"),
    ] {
        fails(&job_of(&yaml).file("in.ebc", &bytes), 81, &[code, "input"]);
    }
    job_of(&yaml).file("in.ebc", &good).run(&[]).status(0).published("out.ebc", &good);
}

#[test]
fn a_variable_record_shorter_than_its_key_is_an_error() {
    let yaml = format!("{DATASETS}{}", SORT.replace("[ ACCT ]", "[ KIND ]"))
        .replace("recfm: FB, lrecl: 12", "recfm: VB, lrecl: 16");
    let bytes = [with_rdw(&record("A", 1, "D")), with_rdw(&record("B", 1, "D")[..8])].concat();
    fails(&job_of(&yaml).file("in.ebc", &bytes), 81, &["DAT005", "record 2", "input"]);
}

#[test]
fn a_text_line_that_is_too_long_is_status_81() {
    let copybook = "       01 REC.\n          05 ACCT PIC X(4).\n";
    let yaml = format!("{DATASETS}{SORT}").replace("recfm: FB, lrecl: 12", "recfm: text, code-page: latin-1");
    let job = job_of(&yaml).text("rec.cpy", copybook).text("in.ebc", "ab\nabcde\nx\n");
    fails(&job, 81, &["DAT015", "record 2"]);
    job.put("in.ebc", b"bb\r\na\nabcd");
    job.run(&[]).status(0).published("out.ebc", b"a\nabcd\nbb\n");
}

#[test]
fn an_endless_text_line_is_status_81() {
    let copybook = "       01 REC.\n          05 ACCT PIC X(4).\n";
    let yaml = format!("{DATASETS}{SORT}").replace("recfm: FB, lrecl: 12", "recfm: text, code-page: latin-1");
    fails(
        &job_of(&yaml).text("rec.cpy", copybook).file("in.ebc", &vec![b'x'; 5 << 20]),
        81,
        &["DAT015", "record 1"],
    );
}

#[test]
fn an_empty_input_gives_an_empty_output() {
    let totals = "    totals: [ { name: all, over: input, sum: AMT }, { name: out, over: output, sum: AMT } ]\n  - step: B\n    balance: [ all.sum = out.sum ]\n";
    job(&format!("{SORT}{totals}")).file("in.ebc", b"").run(&[]).status(0).published("out.ebc", b"");
    post(&rule("{ move: 1, to: W-N }")).file("in.ebc", b"").run(&[]).status(0).published("out.ebc", b"");
}

#[test]
fn a_file_below_its_smallest_count_is_status_87() {
    let yaml =
        format!("{DATASETS}{SORT}").replacen("}\n  output", ", expect: { min-records: 4 } }\n  output", 1);
    fails(&job_of(&yaml), 87, &["RUN007", "input", "3", "4"]);
}

#[test]
fn rules_that_cannot_be_read_are_shown_with_their_place() {
    fails(&job(POST), 65, &["JOB016", "rules.yaml"]);
    fails(&job(POST).text("rules.yaml", "version: 1\nprogram: [\n"), 65, &["JOB001", "rules.yaml:"]);
    fails(&job(POST).file("rules.yaml", &[0xFF, 0xFE, 0]), 65, &["JOB017", "rules.yaml"]);
    fails(
        &post("rules:\n  - rule: R\n    do: [ { mov: 1, to: W-N } ]\n"),
        65,
        &["JOB002", "mov", "did you mean move", "rules.yaml:9:13"],
    );
    fails(&post(&rule("{ move: 1, to: W-X }")), 65, &["EXP002", "W-X", "rules.yaml:"]);
    fails(&post(&rule("{ move: 1, to: ACCT }")), 65, &["rules.yaml:"]);
    fails(&post(&rule("{ move: 1, add: 2, to: W-N }")), 65, &["RUL001", "rules.yaml:"]);
    fails(&post(&rule("{ lookup: M, key: ACCT }")), 65, &["RUL002", "M"]);
}

#[test]
fn rules_may_not_change_the_transaction() {
    fails(&post(&rule("{ move: 1, to: AMT OF INPUT }")), 65, &["RUL003", "AMT"]);
}

#[test]
fn a_paragraph_that_performs_itself_is_an_error() {
    let rules = format!(
        "paragraphs:\n  A: [ {{ perform: B }} ]\n  B: [ {{ perform: A }} ]\n{}",
        rule("{ perform: A }")
    );
    fails(&post(&rules), 65, &["rules.yaml:"]);
}

#[test]
fn paragraphs_that_multiply_do_not_fill_the_memory() {
    let body = |next: usize| format!("[ {} ]", vec![format!("{{ perform: P{next} }}"); 10].join(", "));
    let paragraphs: String = (0..12).map(|n| format!("  P{n}: {}\n", body(n + 1))).collect();
    let rules =
        format!("paragraphs:\n{paragraphs}  P12: [ {{ move: 1, to: W-N }} ]\n{}", rule("{ perform: P0 }"));
    post(&rules).run(&[]).within(std::time::Duration::from_secs(30)).status(65).nothing_published();
}

#[test]
fn members_are_found_beside_the_copybook_and_their_errors_shown() {
    let copybook = "       01 REC.\n       COPY FIELDS REPLACING ==:A:== BY ==ACCT==.\n";
    let fields = COPYBOOK.replace("       01  REC.\n", "").replace("ACCT ", ":A: ");
    let good = job(SORT).text("rec.cpy", copybook).text("fields.CPY", &fields);
    let sorted = [record("A", 100, "D"), record("B", 250, "D"), record("C", -50, "D")].concat();
    good.run(&[]).status(0).published("out.ebc", &sorted);
    good.put("fields.CPY", fields.replace("S9(5)V99", "S9(5)Q99").as_bytes());
    fails(&good, 65, &["fields.CPY:3:", "CPY009", "copied at rec.cpy:2:8"]);
    fails(&job(SORT).text("rec.cpy", copybook), 65, &["CPY031", "there is no member FIELDS", "rec.cpy:2:8"]);
    let outside = copybook.replace("FIELDS", "'../secret'");
    fails(&job(SORT).text("rec.cpy", &outside), 77, &["RUN003", "../secret"]);
}

#[test]
fn layout_looks_for_members_in_folders() {
    let job = job(SORT).text("rec.cpy", "       01 REC.\n       COPY FIELDS OF LIB.\n");
    job.put("inc/lib/fields", b"           05 A PIC X(7).\n");
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    job.offhost(&["layout", &path("rec.cpy")]).status(65).says(&["CPY031"]);
    job.offhost(&["layout", &path("rec.cpy"), "-I", &path("inc")]).status(0);
}

#[test]
fn a_copybook_with_errors_shows_them_with_line_and_column() {
    let copybook = COPYBOOK.replace("S9(5)V99", "S9(5)Q99");
    fails(&job(SORT).text("rec.cpy", &copybook), 65, &["rec.cpy:4:", "CPY"]);
}

#[test]
fn usage_errors_are_status_64() {
    let job = job(SORT);
    for arguments in [
        &["frobnicate"][..],
        &["run"],
        &["run", "job.yaml", "--nope"],
        &["run", "job.yaml", "--set", "x"],
        &[],
    ] {
        job.offhost(arguments).status(64).nothing_published();
    }
    job.offhost(&["--version"]).status(0);
    job.offhost(&["run", "--help"]).status(0);
}

#[test]
fn a_job_file_that_is_not_there_is_status_66() {
    let job = Job::new();
    let root = job.path().to_str().unwrap();
    job.offhost(&["run", "nope.yaml", "--root", root]).status(66).says(&["nope.yaml"]);
    job.offhost(&["run", "nope.yaml", "--root", "/nonexistent/folder"]).status(66);
}

#[test]
fn the_json_of_a_failed_run_is_valid_and_has_its_status() {
    let job = job(&SORT.replace("[ ACCT ]", "[ AMT ]")).file("in.ebc", &with_a_bad_digit());
    let run = job.run(&["--json"]).status(80);
    let document = run.json();
    assert_eq!(document["exit_status"], 80);
    assert_eq!(document["error"]["code"], "DAT001");
    assert_eq!(document["error"]["place"]["record"], 2);
    assert_eq!(document["error"]["place"]["file_offset"], 12);
    assert_eq!(document["error"]["place"]["field_offset"], 4);
    assert_eq!(document["published"].as_array().unwrap().len(), 0);
}

#[test]
fn the_json_of_a_good_run_accounts_for_every_record() {
    let document = job(&SORT.replace("by:", "omit: ACCT = 'B', by:")).run(&["--json"]).status(0).json();
    assert_eq!(document["exit_status"], 0);
    assert!(document["error"].is_null());
    let step = &document["steps"][0];
    assert_eq!(
        (&step["records_in"], &step["records_out"], &step["dropped"]),
        (&3.into(), &2.into(), &1.into())
    );
    assert_eq!(document["published"][0]["dataset"], "output");
}

#[test]
fn the_json_of_a_job_that_cannot_be_loaded_is_valid_and_has_its_status() {
    let job = job(&SORT.replace("ACCT", "NOPE"));
    let run = job.run(&["--json"]).status(65);
    assert_eq!(run.json()["exit_status"], 65);
}

#[test]
fn the_json_of_check_and_plan_is_valid() {
    let job = job(SORT);
    let root = job.path().to_str().unwrap();
    assert_eq!(job.offhost(&["check", "job.yaml", "--root", root, "--json"]).status(0).json()["ok"], true);
    job.offhost(&["plan", "job.yaml", "--root", root, "--json"]).status(0).json();
    job.put("job.yaml", format!("{DATASETS}{}", SORT.replace("ACCT", "NOPE")).as_bytes());
    let run = job.offhost(&["check", "job.yaml", "--root", root, "--json"]).status(65);
    assert_eq!(run.json()["messages"][0]["code"], "EXP002");
}

/// A default takes values of parameters that are declared before, so that none can come to itself.
#[test]
fn defaults_are_made_of_parameters_before_them() {
    let with = |params: &str| {
        let yaml =
            format!("{DATASETS}{SORT}").replace("job: TEST\n", &format!("job: TEST\nparams:\n{params}"));
        job_of(&yaml.replace("path: out.ebc", "path: \"${name}.ebc\""))
    };
    let day = "  business-date: { type: date, default: 2026-03-13 }\n";
    let sorted = [record("A", 100, "D"), record("B", 250, "D"), record("C", -50, "D")].concat();
    let filled = with(&format!(
        "{day}  what: {{ type: text, default: out }}\n  name: {{ type: path, default: '${{what}}-${{business-date:%y%m}}$$' }}\n"
    ));
    filled.run(&["--set", "what=new"]).status(0).published("new-2603$.ebc", &sorted);
    filled.run(&[]).status(0).published("out-2603$.ebc", &sorted);
    let number = with("  what: { type: text, default: x }\n  name: { type: integer, default: '1${what}' }\n");
    fails(&number, 65, &["JOB010", "must be a whole number, not '1x'", "job.yaml:6:"]);
    for (params, says) in [
        ("  name: { type: text, default: 'a${name}' }\n", "the default of name is made of name itself"),
        (
            "  name: { type: text, default: 'a${what}' }\n  what: { type: text, default: '${name}' }\n",
            "the default of name is made of what, which is declared behind it",
        ),
        (
            "  name: { type: text, default: 'a${waht}' }\n  what: { type: text, default: x }\n",
            "there is no parameter waht",
        ),
        ("  name: { type: text, default: 'a$' }\n", "a $ stands alone"),
    ] {
        let job = with(params);
        let run = job.run(&[]).status(65).says(&["JOB011", says, "job.yaml:5:"]).nothing_published();
        assert_eq!(run.stderr.matches("JOB011").count(), 1, "{}", run.stderr);
    }
}
