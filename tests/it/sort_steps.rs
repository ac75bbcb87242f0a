//! What a sort step does besides ordering: merges, sums, reformatted records, equal keys across runs; temporaries that stay
//! in memory; the plan and the report. Each against an obvious twin.

use std::collections::BTreeMap;

use crate::harness::{Job, Random, packed, text, unpacked, zoned};

const COPYBOOK: &str = "
       01  REC.
           05  K         PIC X(4).
           05  AMT       PIC S9(5)V99 COMP-3.
           05  CNT       PIC 9(3).
           05  NUM       PIC S9(4) COMP.
           05  SEQ       PIC 9(7).
";

/// K, AMT in cents, CNT, NUM, SEQ.
fn record(key: &str, cents: i128, count: i128, number: i16, sequence: usize) -> Vec<u8> {
    let number = number.to_be_bytes().to_vec();
    [text(key, 4), packed(cents, 7, true), zoned(count, 3, false), number, zoned(sequence as i128, 7, false)]
        .concat()
}

fn random_records(seed: u64, count: usize, keys: usize) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed);
    let cents = |random: &mut Random| random.below(20_001) as i128 - 10_000;
    (0..count)
        .map(|number| {
            let key = format!("{:04}", random.below(keys));
            record(&key, cents(&mut random), 0, random.below(7) as i16 - 3, number)
        })
        .collect()
}

fn yaml(sort: &str, more: &str) -> String {
    format!(
        "version: 1\njob: TEST\ndatasets:\n  \
           a: {{ path: a.ebc, record: {{ copybook: rec.cpy, recfm: FB }} }}\n  \
           b: {{ path: b.ebc, like: a }}\n  \
           c: {{ path: c.ebc, like: a }}\n  \
           out: {{ path: out.ebc, like: a, disp: replace }}\n  \
           rest: {{ path: rest.ebc, like: a, disp: replace }}\n{more}\
         steps:\n  - step: ONE\n    sort: {{ {sort} }}\n"
    )
}

fn job(sort: &str, a: &[Vec<u8>]) -> Job {
    Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &a.concat()).yaml(&yaml(sort, ""))
}

fn sorted(records: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut sorted = records.to_vec();
    sorted.sort_by(|a, b| a[..4].cmp(&b[..4]));
    sorted
}

const SMALL: [&str; 2] = ["--memory", "1M"];

#[test]
fn a_merge_is_the_stable_order_of_its_inputs() {
    let inputs: Vec<Vec<Vec<u8>>> =
        [(1, 4000), (2, 0), (3, 30_000)].map(|(seed, count)| sorted(&random_records(seed, count, 50))).into();
    let expected = sorted(&inputs.concat()).concat();
    for means in [&SMALL[..], &["--threads", "3"], &[]] {
        job("in: [ a, b, c ], out: out, by: [ K ], merge: true", &inputs[0])
            .file("b.ebc", &inputs[1].concat())
            .file("c.ebc", &inputs[2].concat())
            .run(means)
            .status(0)
            .published("out.ebc", &expected);
    }
}

#[test]
fn equal_keys_are_found_across_runs_and_blocks() {
    let input = random_records(7, 70_000, 40);
    let mut groups: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    sorted(&input)
        .into_iter()
        .for_each(|record| groups.entry(record[..4].to_vec()).or_default().push(record));
    for (keep, first) in [("first", true), ("last", false)] {
        let (mut out, mut rest) = (Vec::new(), Vec::new());
        for group in groups.values() {
            let at = if first { 0 } else { group.len() - 1 };
            out.extend(group[at].clone());
            group
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at)
                .for_each(|(_, record)| rest.extend(record.clone()));
        }
        for means in [&SMALL[..], &[]] {
            let sort = format!("in: a, out: out, by: [ K ], duplicates: {{ keep: {keep}, to: rest }}");
            job(&sort, &input).run(means).status(0).published("out.ebc", &out).published("rest.ebc", &rest);
        }
    }
}

#[test]
fn sums_are_those_of_the_groups() {
    let input = random_records(11, 60_000, 300);
    let mut groups: BTreeMap<Vec<u8>, (Vec<u8>, i128, i128)> = BTreeMap::new();
    for record in &input {
        let number = i128::from(i16::from_be_bytes([record[11], record[12]]));
        let group = groups.entry(record[..4].to_vec()).or_insert_with(|| (record.clone(), 0, 0));
        group.1 += unpacked(&record[4..8]);
        group.2 += number;
    }
    let expected: Vec<u8> = groups
        .into_values()
        .flat_map(|(mut first, cents, number)| {
            first[4..8].copy_from_slice(&packed(cents, 7, true));
            first[11..13].copy_from_slice(&i16::try_from(number).unwrap().to_be_bytes());
            first
        })
        .collect();
    for means in [&SMALL[..], &[]] {
        job("in: a, out: out, by: [ K ], sum: [ AMT, NUM ]", &input)
            .run(means)
            .status(0)
            .published("out.ebc", &expected);
    }
}

#[test]
fn a_sum_that_does_not_fit_is_not_made_and_a_record_alone_keeps_its_bytes() {
    let mut odd = record("ALON", 100, 1, 1, 9);
    odd[7] = odd[7] & 0xF0 | 0x0A;
    let input = [
        record("FULL", 1, 600, 1, 1),
        record("FULL", 2, 500, 2, 2),
        record("FULL", 4, 400, 4, 3),
        odd.clone(),
    ];
    // 600 + 500 does not fit CNT, so that neither AMT nor CNT of that pair is added; 500 + 400 does.
    let expected = [odd, record("FULL", 1, 600, 1, 1), record("FULL", 6, 900, 2, 2)].concat();
    let run = job("in: a, out: out, by: [ K ], sum: [ AMT, CNT ]", &input);
    let run = run.run(&["--json"]).status(0).published("out.ebc", &expected);
    assert!(run.json()["steps"][0]["details"].to_string().contains("sums that did not fit"));
}

const PIECES: &str = "
       01  OUT-REC.
           05  SEQ       PIC 9(7).
           05  MARK      PIC X(3).
           05  K2        PIC X(2).
           05  BITS      PIC X(2).
";

#[test]
fn reformatted_records_are_made_of_their_pieces() {
    let input = random_records(5, 40_000, 100);
    let more = "  new: { path: new.ebc, record: { copybook: new.cpy, recfm: FB }, disp: replace }\n";
    let build = |record: &Vec<u8>| [&record[13..20], &text("A-B", 3), &record[2..4], &[0x00, 0xFF]].concat();
    let pieces = "reformat: [ SEQ, \"'A-B'\", \"K(3:2)\", \"X'00FF'\" ]";
    for (by, records) in [("", input.clone()), ("by: [ K ], ", sorted(&input))] {
        let expected: Vec<u8> = records.iter().flat_map(build).collect();
        for means in [&SMALL[..], &[]] {
            let yaml = yaml(&format!("in: a, out: new, {by}{pieces}"), more);
            Job::new()
                .text("rec.cpy", COPYBOOK)
                .text("new.cpy", PIECES)
                .file("a.ebc", &input.concat())
                .yaml(&yaml)
                .run(means)
                .status(0)
                .published("new.ebc", &expected);
        }
    }
}

#[test]
fn what_does_not_go_together_is_said_when_the_job_is_checked() {
    let input = random_records(1, 3, 3);
    for (sort, words) in [
        ("in: a, out: out, merge: true", ["JOB012", "a merge needs the key"]),
        ("in: a, out: out, sum: [ AMT ]", ["JOB012", "but there is no key"]),
        ("in: a, out: out, duplicates: { keep: first }", ["JOB012", "but there is no key"]),
        (
            "in: a, out: out, by: [ K ], sum: [ AMT ], duplicates: { keep: last, to: rest }",
            ["JOB012", "the first record of a key stays"],
        ),
        ("in: a, out: out, by: [ K ], sum: [ K ]", ["JOB014", "it is no number"]),
        ("in: a, out: out, by: [ AMT ], sum: [ AMT ]", ["JOB014", "it overlaps a key"]),
        ("in: a, out: out, reformat: [ K ]", ["JOB013", "records of 4 bytes, but out has LRECL 20"]),
        ("in: a, out: \"@x\", reformat: [ K ]", ["JOB005", "@x is not declared"]),
        ("in: a, out: out, reformat: [ 12 ]", ["JOB018", "12 is no piece of a record"]),
        ("in: a, out: out, by: [ { field: K, format: XX } ]", ["JOB018", "XX is no data format"]),
        (
            "in: a, out: out, by: [ { field: CNT, format: BF } ]",
            ["JOB018", "it has 3 bytes, the format takes 8 to 8"],
        ),
        (
            "in: a, out: out, by: [ { field: K, format: AQ } ]",
            ["JOB018", "AQ needs an alternate collating table"],
        ),
        (
            "in: a, out: out, by: [ K ], altseq: [ \"81\" ]",
            ["JOB018", "81 is no change of a collating sequence"],
        ),
        (
            "in: a, out: out, by: [ { field: K, bits: { first: 30, count: 3 } } ]",
            ["JOB018", "bits 30 to 33 are not in it"],
        ),
        (
            "in: a, out: out, by: [ { field: K, format: PD, bits: { first: 0, count: 3 } } ]",
            ["JOB018", "bits have the format BI"],
        ),
    ] {
        job(sort, &input).run(&[]).status(65).says(&words).nothing_published();
    }
}

#[test]
fn temporaries_pass_in_memory_if_they_fit_and_the_bytes_are_the_same() {
    let input = random_records(3, 60_000, 5000);
    let steps = "  - step: TWO\n    match: { left: \"@a\", right: \"@b\", on: [ K ], left-paired: \"@p\", left-only: rest }\n  \
                 - step: THREE\n    sort: { in: \"@p\", out: out, by: [ SEQ ] }\n  \
                 - step: FOUR\n    sort: { in: \"@p\", out: c2, by: [ AMT ] }\n";
    let more = "  c2: { path: c2.ebc, like: a, disp: replace }\n";
    let first = yaml("in: a, out: \"@a\", by: [ K ]", more);
    let second = "  - step: ONE-B\n    sort: { in: b, out: \"@b\", by: [ K ] }\n";
    let keys: std::collections::BTreeSet<Vec<u8>> =
        random_records(4, 3000, 5000).iter().map(|record| record[..4].to_vec()).collect();
    let mut paired: Vec<Vec<u8>> =
        input.iter().filter(|record| keys.contains(&record[..4])).cloned().collect();
    paired.sort_by(|a, b| a[13..20].cmp(&b[13..20]));
    for (means, place) in [(&["--memory", "1G"][..], "memory"), (&SMALL[..], "work file")] {
        let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &input.concat());
        let job = job
            .file("b.ebc", &random_records(4, 3000, 5000).concat())
            .yaml(&format!("{first}{second}{steps}"));
        let run = job.run(&[means, &["--json"]].concat()).status(0).published("out.ebc", &paired.concat());
        let report = run.json();
        assert_eq!(report["steps"][0]["temporaries"][0]["in"], place, "{}", report["steps"][0]);
        assert_eq!(report["steps"][2]["operator"], "match");
    }
}

/// What waits in memory for a later step is taken off once: a sort beside it has all the rest.
#[test]
fn a_sort_has_what_temporaries_leave() {
    let rows: Vec<Vec<u8>> = (0..1_400_000).map(|number| record("0001", 0, 0, 0, number)).collect();
    let steps = "  - step: TWO\n    sort: { in: b, out: out, by: [ K ] }\n  \
                 - step: THREE\n    sort: { in: \"@a\", out: rest, by: [ K ] }\n";
    let job = Job::new()
        .text("rec.cpy", COPYBOOK)
        .file("a.ebc", &rows.concat())
        .file("b.ebc", &random_records(4, 250_000, 5000).concat())
        .yaml(&format!("{}{steps}", yaml("in: a, out: \"@a\"", "")));
    let run = job.run(&["--json", "--memory", "64M", "--threads", "2", "--no-pipes"]).status(0);
    let report = run.json();
    assert_eq!(report["steps"][0]["temporaries"][0]["in"], "memory");
    assert_eq!(report["steps"][1]["sorts"][0]["runs"], 0, "{}", report["steps"][1]);
}

#[test]
fn the_plan_shows_how_sorts_will_go() {
    let input = random_records(3, 100_000, 5000);
    let job = job("in: a, out: out, by: [ K ]", &input);
    let root = job.path().to_str().unwrap();
    job.offhost(&["plan", "job.yaml", "--root", root, "--memory", "1M", "--threads", "2"])
        .status(0)
        .stdout_contains("runs, one merge")
        .stdout_contains("2 threads, 1.0 MiB of memory; work files in");
    job.offhost(&["plan", "job.yaml", "--root", root, "--memory", "1G"])
        .status(0)
        .stdout_contains("in memory");
    let run = job.offhost(&["plan", "job.yaml", "--root", root, "--memory", "1M", "--json"]).status(0);
    let sorts = &run.json()["sorts"];
    assert!(sorts[0]["runs"].as_u64().unwrap() > 2 && sorts[0]["spill_bytes"] == 2_000_000, "{sorts}");
}
