//! A match is what two nested loops over the sorted inputs make, whatever is duplicated where.

use std::collections::BTreeMap;

use crate::harness::{Job, Random, rounds, text, zoned};

const LEFT: &str = "       01 L.\n          05 LK PIC X(2).\n          05 LS PIC 9(4).\n";
const RIGHT: &str =
    "       01 R.\n          05 RS PIC 9(4).\n          05 RK PIC X(2).\n          05 RX PIC X.\n";
const PAIR: &str = "       01 P.\n          05 PL PIC X(6).\n          05 PR PIC X(7).\n";

#[derive(Clone)]
struct Side {
    key: String,
    record: Vec<u8>,
}

fn left(random: &mut Random, count: usize, keys: usize) -> Vec<Side> {
    (0..count)
        .map(|number| {
            let key = format!("K{}", random.below(keys));
            let record = [text(&key, 2), zoned(number as i128, 4, false)].concat();
            Side { key, record }
        })
        .collect()
}

fn right(random: &mut Random, count: usize, keys: usize) -> Vec<Side> {
    (0..count)
        .map(|number| {
            let key = format!("K{}", random.below(keys));
            let record = [zoned(number as i128, 4, false), text(&key, 2), text("R", 1)].concat();
            Side { key, record }
        })
        .collect()
}

fn by_key(mut side: Vec<Side>) -> Vec<Side> {
    side.sort_by(|a, b| a.key.cmp(&b.key));
    side
}

fn bytes(side: &[Side]) -> Vec<u8> {
    side.iter().flat_map(|one| one.record.clone()).collect()
}

/// Every pair of equal keys, the left side first.
fn pairs(left: &[Side], right: &[Side]) -> Vec<u8> {
    let mut found = Vec::new();
    for l in left {
        for r in right.iter().filter(|r| r.key == l.key) {
            found.extend([l.record.clone(), r.record.clone()].concat());
        }
    }
    found
}

/// The records of one side whose key the other side has, or has not.
fn having(side: &[Side], other: &[Side], partner: bool) -> Vec<u8> {
    side.iter()
        .filter(|one| other.iter().any(|o| o.key == one.key) == partner)
        .flat_map(|one| one.record.clone())
        .collect()
}

fn job(left: &[Side], right: &[Side], more: &str) -> Job {
    let yaml = format!(
        "version: 1\njob: TEST\ndatasets:\n  \
           left: {{ path: l.ebc, record: {{ copybook: l.cpy }} }}\n  \
           right: {{ path: r.ebc, record: {{ copybook: r.cpy }} }}\n  \
           pairs: {{ path: pairs, record: {{ copybook: p.cpy }}, disp: replace }}\n  \
           lo: {{ path: lo, like: left, disp: replace }}\n  lp: {{ path: lp, like: left, disp: replace }}\n  \
           ro: {{ path: ro, like: right, disp: replace }}\n  rp: {{ path: rp, like: right, disp: replace }}\n\
         steps:\n  - step: ONE\n    match:\n      left: left\n      right: right\n      \
           on: [ {{ left: LK, right: RK }} ]\n      paired: pairs\n      left-only: lo\n      left-paired: lp\n      \
           right-only: ro\n      right-paired: rp\n{more}"
    );
    Job::new()
        .text("l.cpy", LEFT)
        .text("r.cpy", RIGHT)
        .text("p.cpy", PAIR)
        .file("l.ebc", &bytes(left))
        .file("r.ebc", &bytes(right))
        .file("pairs", b"old")
        .yaml(&yaml)
}

#[test]
fn a_match_is_two_nested_loops_over_the_sorted_inputs() {
    for seed in 0..rounds(60) {
        let mut random = Random::new(seed);
        let keys = 1 + random.below(9);
        let (l_count, r_count) = (random.below(30), random.below(30));
        let (l, r) = (left(&mut random, l_count, keys), right(&mut random, r_count, keys));
        let (sl, sr) = (by_key(l.clone()), by_key(r.clone()));
        job(&l, &r, "")
            .run(&[])
            .status(0)
            .published("pairs", &pairs(&sl, &sr))
            .published("lo", &having(&sl, &sr, false))
            .published("lp", &having(&sl, &sr, true))
            .published("ro", &having(&sr, &sl, false))
            .published("rp", &having(&sr, &sl, true));
    }
}

/// Whether a key repeats on a side, with a partner on the other one or without.
fn repeats(side: &[Side], other: &[Side], partner: bool) -> bool {
    let mut counts = BTreeMap::new();
    side.iter().for_each(|one| *counts.entry(one.key.clone()).or_insert(0) += 1);
    counts.iter().any(|(key, count)| *count > 1 && other.iter().any(|o| o.key == *key) == partner)
}

#[test]
fn every_cardinality_accepts_what_it_says_and_refuses_the_rest() {
    let mut refused = 0;
    for seed in 0..rounds(24) {
        let mut random = Random::new(seed);
        let (l, r) = (left(&mut random, 5, 9), right(&mut random, 5, 9));
        for (cardinality, left_once, right_once) in [
            ("many-to-many", false, false),
            ("many-to-one", false, true),
            ("one-to-many", true, false),
            ("one-to-one", true, true),
        ] {
            if (left_once && repeats(&l, &r, false)) || (right_once && repeats(&r, &l, false)) {
                continue;
            }
            let bad = (left_once && repeats(&l, &r, true)) || (right_once && repeats(&r, &l, true));
            let job = job(&l, &r, &format!("      cardinality: {cardinality}\n"));
            let run = job.run(&[]);
            if bad {
                refused += 1;
                run.status(80).says(&["DAT011"]).nothing_published();
            } else {
                run.status(0).published("pairs", &pairs(&by_key(l.clone()), &by_key(r.clone())));
            }
        }
    }
    assert!(refused > 3, "{refused}");
}

#[test]
fn a_key_that_repeats_without_a_partner_is_refused_too() {
    let right = |key: &str| Side {
        key: key.to_owned(),
        record: [zoned(0, 4, false), text(key, 2), text("R", 1)].concat(),
    };
    let left = |key: &str| Side { key: key.to_owned(), record: [text(key, 2), zoned(0, 4, false)].concat() };
    let one_to_one = "      cardinality: one-to-one\n";
    job(&[left("A")], &[right("B"), right("B")], one_to_one).run(&[]).status(80).says(&["DAT011", "right"]);
    job(&[left("A"), left("A")], &[right("B")], one_to_one).run(&[]).status(80).says(&["DAT011", "left"]);
}

#[test]
fn inputs_declared_sorted_are_held_to_it() {
    let mut random = Random::new(4);
    let (l, r) = (by_key(left(&mut random, 20, 5)), by_key(right(&mut random, 20, 5)));
    let sorted = "      sorted: true\n";
    job(&l, &r, sorted).run(&[]).status(0).published("pairs", &pairs(&l, &r));
    let mut wrong = l.clone();
    wrong.swap(3, 15);
    job(&wrong, &r, sorted).run(&[]).status(80).says(&["DAT007", "left", "record"]).nothing_published();
    let mut wrong = r.clone();
    wrong.reverse();
    job(&l, &wrong, sorted).run(&[]).status(80).says(&["DAT007", "right", "record"]).nothing_published();
}

#[test]
fn disorder_after_the_other_side_has_ended_is_found_too() {
    let mut random = Random::new(4);
    let mut l = by_key(left(&mut random, 40, 9));
    l.reverse();
    job(&l, &[], "      sorted: true\n").run(&[]).status(80).says(&["DAT007", "left"]).nothing_published();
}

#[test]
fn large_groups_and_many_blocks_match_too() {
    let mut random = Random::new(8);
    let (l, r) = (left(&mut random, 9999, 9), right(&mut random, 40, 9));
    let (sl, sr) = (by_key(l.clone()), by_key(r.clone()));
    job(&l, &r, "")
        .run(&[])
        .status(0)
        .published("pairs", &pairs(&sl, &sr))
        .published("lp", &having(&sl, &sr, true));
}

#[test]
fn numbers_match_by_value_whatever_their_form() {
    let copybook_left = "       01 L.\n          05 LK PIC S9(5)V99 COMP-3.\n          05 LS PIC 9(2).\n";
    let copybook_right = "       01 R.\n          05 RS PIC 9(4).\n          05 RK PIC 9(3).\n";
    let l = [
        crate::harness::packed(12_00, 7, true),
        zoned(1, 2, false),
        crate::harness::packed(12_01, 7, true),
        zoned(2, 2, false),
    ]
    .concat();
    let r = [zoned(7, 4, false), zoned(12, 3, false)].concat();
    let job = job(&[], &[], "")
        .text("l.cpy", copybook_left)
        .text("r.cpy", copybook_right)
        .file("l.ebc", &l)
        .file("r.ebc", &r);
    let job = job.text("p.cpy", "       01 P.\n          05 PL PIC X(13).\n");
    job.run(&[])
        .status(0)
        .published("pairs", &[&l[..6], &r].concat())
        .published("lo", &l[6..])
        .published("ro", b"");
}

#[test]
fn text_does_not_match_numbers() {
    let copybook = RIGHT.replace("RK PIC X(2)", "RK PIC S9(2)");
    job(&[], &[], "")
        .text("r.cpy", &copybook)
        .run(&[])
        .status(65)
        .says(&["JOB015", "LK", "RK"])
        .nothing_published();
}
