//! Nothing goes wrong quietly: mistakes that would lose, double or cut data without anybody noticing are refused.

use crate::harness::{Job, packed, text};

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
  input: { path: in.ebc, record: { copybook: rec.cpy } }
  short: { path: short.ebc, record: { copybook: short.cpy }, disp: replace }
  output: { path: out.ebc, like: input, disp: replace }
  rejects: { path: rej.ebc, like: input, disp: replace }
";

fn record(account: &str, cents: i128) -> Vec<u8> {
    [text(account, 4), packed(cents, 7, true), text("USD", 3), text("D", 1)].concat()
}

fn job(steps: &str) -> Job {
    let input = [record("B", 250), record("A", 100)].concat();
    Job::new()
        .text("rec.cpy", COPYBOOK)
        .text("short.cpy", "       01  SHORT-REC.\n           05  S PIC X(2).\n")
        .file("in.ebc", &input)
        .yaml(&format!("{DATASETS}steps:\n{steps}"))
}

fn refused(steps: &str, words: &[&str]) {
    job(steps).run(&[]).status(65).says(words).nothing_published();
}

/// A post step with these rules.
fn posting(rules: &str, more: &str) -> Job {
    let step = "  - step: POST\n    post: { in: input, rules: rules.yaml, out: { OUT: output }, rejects: { to: rejects }";
    job(&format!("{step}{more} }}\n")).text("rules.yaml", &format!("version: 1\nprogram: P\n{rules}"))
}

#[test]
fn a_temporary_name_cannot_lead_out_of_the_run() {
    for name in ["@/tmp/evil", "@../../evil", "@@twice", "@"] {
        let steps = format!(
            "  - step: A\n    sort: {{ in: input, out: \"{name}\" }}\n  - step: B\n    sort: {{ in: \"{name}\", out: output }}\n"
        );
        refused(&steps, &["JOB003", "well-formed name"]);
    }
}

#[test]
fn an_output_cannot_replace_what_the_job_is_made_of() {
    let sort = "steps:\n  - step: A\n    sort: { in: input, out: output }\n";
    for path in ["rec.cpy", "job.yaml", ".offhost/publish.lock"] {
        let yaml = format!("{}{sort}", DATASETS.replace("path: out.ebc", &format!("path: {path}")));
        job("  - step: X\n    sort: { in: input, out: output }\n")
            .yaml(&yaml)
            .run(&[])
            .status(65)
            .says(&["JOB008", "output"])
            .nothing_published();
    }
}

#[test]
fn an_input_is_not_read_twice_by_one_sort() {
    refused("  - step: A\n    sort: { in: [ input, input ], out: output }\n", &["JOB004", "read twice"]);
}

#[test]
fn grouped_and_ungrouped_totals_do_not_meet() {
    let steps = "  - step: A
    sort: { in: input, out: output }
    totals:
      - { name: a, over: input, sum: AMT }
      - { name: b, over: output, sum: AMT, by: CCY }
  - step: B
    balance: [ a.sum = b.sum ]
";
    refused(steps, &["JOB014", "b is a total for each group, a is not", "job.yaml:16:"]);
}

#[test]
fn a_total_name_is_given_once() {
    let totals = "    totals: [ { name: a, over: input }, { name: A, over: output } ]\n";
    refused(
        &format!("  - step: A\n    sort: {{ in: input, out: output }}\n{totals}"),
        &["JOB004", "two totals are called a"],
    );
}

#[test]
fn a_parameter_is_stored_exactly_or_refused() {
    let rules = "working: |\n  01 W.\n     05 W-N PIC S9(3)V99.\n     05 W-T PIC X(3).\nrules:\n  - { rule: R, do: [ { emit: OUT, from: REC } ] }\n";
    for value in ["W-N: \"1.509\"", "W-N: \"1000\"", "W-N: abc", "W-T: abcd"] {
        let job = posting(rules, &format!(", params: {{ {value} }}"));
        job.run(&[]).status(65).says(&["JOB010", "does not fit W-"]).nothing_published();
    }
    posting(rules, ", params: { W-N: \"-1.50\", W-T: abc }").run(&[]).status(0);
}

#[test]
fn an_emitted_record_is_not_cut() {
    let rules = "rules:\n  - { rule: R, do: [ { emit: OUT, from: REC } ] }\n";
    let step = "  - step: POST\n    post: { in: input, rules: rules.yaml, out: { OUT: short } }\n";
    let job = job(step).text("rules.yaml", &format!("version: 1\nprogram: P\n{rules}"));
    job.run(&[])
        .status(65)
        .says(&["RUL004", "REC has 12 bytes, the output 2", "rules.yaml:4:"])
        .nothing_published();
}

#[test]
fn what_an_edit_does_is_no_posting() {
    let rules = "edits:\n  - { rule: AUDIT, do: [ { emit: OUT, from: REC } ] }\nrules:\n  - { rule: NEVER, when: AMT > 1000, do: [ { emit: OUT, from: REC } ] }\nreject-record:\n  - { move: REC, to: REC }\n";
    posting(rules, "")
        .run(&[])
        .status(4)
        .published("out.ebc", b"")
        .published("rej.ebc", &[record("B", 250), record("A", 100)].concat());
}

#[test]
fn a_step_does_not_write_what_it_reads() {
    let rules = "rules:\n  - { rule: R, do: [ { emit: OUT, from: REC } ] }\n";
    let job = posting(rules, ", masters: { M: { dataset: rejects, key: [ ACCT ], new: rejects } }");
    job.run(&[]).status(65).says(&["rejects"]).nothing_published();
}

#[test]
fn an_order_of_other_fields_is_not_taken_for_the_order_of_the_key() {
    let tables = "       01  T.\n           05  K PIC X(2) OCCURS 2.\n";
    let yaml = "
version: 1
job: TEST
datasets:
  left: { path: left.ebc, record: { copybook: t.cpy } }
  output: { path: out.ebc, like: left, disp: replace }
steps:
  - step: S
    sort: { in: left, out: \"@s\", by: [ K(1) ] }
  - step: M
    match: { left: \"@s\", right: left, on: [ K(2) ], left-paired: output }
";
    let records = [text("B1A2", 4), text("A1B2", 4)].concat();
    let sorted_by_second = [text("B1A2", 4), text("A1B2", 4)].concat();
    let job = Job::new().text("t.cpy", tables).file("left.ebc", &records).yaml(yaml);
    job.run(&[]).status(0).published("out.ebc", &sorted_by_second);
}
