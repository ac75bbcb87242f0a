//! A sort is what `Vec::sort_by` makes of the decoded values: stable, by numbers or by EBCDIC bytes, up or down.

use std::cmp::Ordering;

use crate::harness::{Job, Random, packed, rounds, text, unpacked, unzoned, with_rdw, zoned};

const COPYBOOK: &str = "
       01  REC.
           05  NAME      PIC X(3).
           05  Z         PIC S9(3).
           05  P         PIC S9(3)V99 COMP-3.
           05  B         PIC S9(4) COMP.
           05  U         PIC 9(4) COMP.
           05  LONGKEY   PIC X(40).
           05  SEQ       PIC 9(5).
";

const LENGTH: usize = 3 + 3 + 3 + 2 + 2 + 40 + 5;

/// Records with few different values, so that equal keys are common; SEQ tells them apart.
fn records(random: &mut Random, count: usize) -> Vec<Vec<u8>> {
    const NAMES: &[&str] = &["A", "a", "1", "AB", "", "Z9", "9Z"];
    const TAILS: &[&str] = &["A", "B", "B1", ""];
    (0..count)
        .map(|number| {
            let small = |random: &mut Random| random.below(7) as i128 - 3;
            let binary = i16::try_from(small(random)).unwrap().to_be_bytes();
            let unsigned = u16::try_from(random.below(3) * 4999).unwrap().to_be_bytes();
            let tail = format!("{}{}", "COMMON-PREFIX-OF-THIRTY-SIX-LETTERS-", random.of(TAILS));
            [
                text(random.of(NAMES), 3),
                zoned(small(random), 3, true),
                packed(small(random) * 1000, 5, true),
                binary.to_vec(),
                unsigned.to_vec(),
                text(&tail, 40),
                zoned(number as i128, 5, false),
            ]
            .concat()
        })
        .collect()
}

/// Order of two records by one field.
fn compare(field: &str, a: &[u8], b: &[u8]) -> Ordering {
    match field {
        "NAME" => a[..3].cmp(&b[..3]),
        "Z" => unzoned(&a[3..6]).cmp(&unzoned(&b[3..6])),
        "P" => unpacked(&a[6..9]).cmp(&unpacked(&b[6..9])),
        "B" => i16::from_be_bytes([a[9], a[10]]).cmp(&i16::from_be_bytes([b[9], b[10]])),
        "U" => u16::from_be_bytes([a[11], a[12]]).cmp(&u16::from_be_bytes([b[11], b[12]])),
        _ => a[13..53].cmp(&b[13..53]),
    }
}

type By = Vec<(&'static str, bool)>;

fn compare_all(by: &By, a: &[u8], b: &[u8]) -> Ordering {
    by.iter()
        .map(|(field, down)| if *down { compare(field, b, a) } else { compare(field, a, b) })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// One to four fields, each up or down.
fn keys(random: &mut Random) -> By {
    let mut fields = vec!["NAME", "Z", "P", "B", "U", "LONGKEY"];
    (0..1 + random.below(4))
        .map(|_| (fields.remove(random.below(fields.len())), random.below(2) == 0))
        .collect()
}

fn by_text(by: &By) -> String {
    let parts = by.iter().map(|(field, down)| match down {
        true => format!("{{ field: {field}, order: descending }}"),
        false => (*field).to_owned(),
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn yaml(recfm: &str, sort: &str) -> String {
    format!(
        "version: 1\njob: TEST\ndatasets:\n  \
           a: {{ path: a.ebc, record: {{ copybook: rec.cpy, recfm: {recfm} }} }}\n  \
           b: {{ path: b.ebc, like: a }}\n  \
           out: {{ path: out.ebc, like: a }}\n  \
           rest: {{ path: rest.ebc, like: a }}\n\
         steps:\n  - step: ONE\n    sort: {{ out: out, {sort} }}\n"
    )
}

fn job(recfm: &str, sort: &str, a: &[Vec<u8>]) -> Job {
    let bytes =
        if recfm == "VB" { a.iter().flat_map(|record| with_rdw(record)).collect() } else { a.concat() };
    Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &bytes).yaml(&yaml(recfm, sort))
}

fn sorted(records: &[Vec<u8>], by: &By) -> Vec<Vec<u8>> {
    let mut sorted = records.to_vec();
    sorted.sort_by(|a, b| compare_all(by, a, b));
    sorted
}

#[test]
fn a_sort_is_stable_and_orders_by_value() {
    for seed in 0..rounds(40) {
        let mut random = Random::new(seed);
        let count = random.of(&[1, 2, 17, 300, 3000]);
        let (input, by) = (records(&mut random, count), keys(&mut random));
        assert_eq!(input[0].len(), LENGTH);
        let sort = format!("in: a, by: [ {} ]", by_text(&by));
        job("FB", &sort, &input).run(&[]).status(0).published("out.ebc", &sorted(&input, &by).concat());
    }
}

#[test]
fn a_large_sort_is_stable_too() {
    let mut random = Random::new(77);
    let input = records(&mut random, 99_999);
    let by = vec![("Z", false), ("LONGKEY", true)];
    job("FB", &format!("in: a, by: [ {} ]", by_text(&by)), &input)
        .run(&[])
        .status(0)
        .published("out.ebc", &sorted(&input, &by).concat());
}

#[test]
fn keys_longer_than_the_inline_words_are_compared_to_their_end() {
    for seed in 0..rounds(10) {
        let mut random = Random::new(seed);
        let input = records(&mut random, 2000);
        let by = vec![("LONGKEY", seed % 2 == 0), ("NAME", false), ("P", true), ("B", false)];
        job("FB", &format!("in: a, by: [ {} ]", by_text(&by)), &input)
            .run(&[])
            .status(0)
            .published("out.ebc", &sorted(&input, &by).concat());
    }
}

/// The records kept of each group of equal keys, and the others.
fn split(sorted: &[Vec<u8>], by: &By, keep_last: bool) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut kept, mut rest) = (Vec::new(), Vec::new());
    for group in sorted.chunk_by(|a, b| compare_all(by, a, b).is_eq()) {
        let chosen = if keep_last { group.len() - 1 } else { 0 };
        kept.extend(group[chosen].iter());
        rest.extend(
            group.iter().enumerate().filter(|(index, _)| *index != chosen).map(|(_, record)| record.clone()),
        );
    }
    (kept, rest)
}

#[test]
fn of_equal_keys_the_first_or_the_last_is_kept_and_the_others_set_aside() {
    for seed in 0..rounds(20) {
        let mut random = Random::new(seed);
        let (input, by) = (records(&mut random, 500), keys(&mut random));
        let keep = if seed % 2 == 0 { "first" } else { "last" };
        let (kept, rest) = split(&sorted(&input, &by), &by, keep == "last");
        let sort = format!("in: a, by: [ {} ], duplicates: {{ keep: {keep}, to: rest }}", by_text(&by));
        job("FB", &sort, &input)
            .run(&[])
            .status(0)
            .published("out.ebc", &kept)
            .published("rest.ebc", &rest.concat());
        let sort = format!("in: a, by: [ {} ], duplicates: {{ keep: {keep} }}", by_text(&by));
        job("FB", &sort, &input).run(&[]).status(0).published("out.ebc", &kept);
    }
}

#[test]
fn a_duplicate_of_a_unique_key_is_status_80() {
    let mut random = Random::new(1);
    let mut input = records(&mut random, 50);
    let sort = "in: a, by: [ SEQ ], duplicates: { keep: unique }";
    job("FB", sort, &input).run(&[]).status(0).published("out.ebc", &input.concat());
    input.push(input[20].clone());
    job("FB", sort, &input).run(&[]).status(80).says(&["DAT008", "a"]).nothing_published();
}

#[test]
fn include_and_omit_choose_records_and_keep_their_order() {
    for seed in 0..rounds(10) {
        let mut random = Random::new(seed);
        let input = records(&mut random, 800);
        let wanted = |record: &&Vec<u8>| unpacked(&record[6..9]) >= 0 && record[..3] != text("AB", 3);
        let chosen: Vec<Vec<u8>> = input.iter().filter(wanted).cloned().collect();
        let sort = "in: a, include: P >= 0, omit: \"NAME = 'AB'\"";
        job("FB", sort, &input).run(&[]).status(0).published("out.ebc", &chosen.concat());
    }
}

#[test]
fn several_inputs_are_read_one_after_the_other() {
    let mut random = Random::new(9);
    let (a, b) = (records(&mut random, 700), records(&mut random, 900));
    let both = [a.clone(), b.clone()].concat();
    let by = vec![("NAME", false)];
    let job = job("FB", "in: [ b, a ]", &a).file("b.ebc", &b.concat());
    job.run(&[]).status(0).published("out.ebc", &[b.concat(), a.concat()].concat());
    std::fs::remove_file(job.path().join("out.ebc")).unwrap();
    job.put("job.yaml", yaml("FB", "in: [ a, b ], by: [ NAME ]").as_bytes());
    job.run(&["--rerun"]).status(0).published("out.ebc", &sorted(&both, &by).concat());
}

#[test]
fn variable_records_keep_their_lengths() {
    for seed in 0..rounds(10) {
        let mut random = Random::new(seed);
        let mut input = records(&mut random, 1500);
        input.iter_mut().for_each(|record| record.truncate(53 + random.below(6)));
        let by = vec![("LONGKEY", false), ("Z", true)];
        let expected: Vec<u8> = sorted(&input, &by).iter().flat_map(|record| with_rdw(record)).collect();
        let sort = format!("in: a, by: [ {} ]", by_text(&by));
        job("VB", &sort, &input).run(&[]).status(0).published("out.ebc", &expected);
    }
}

#[test]
fn a_copy_keeps_every_byte() {
    let mut random = Random::new(3);
    let bytes: Vec<Vec<u8>> = (0..5000).map(|_| (0..LENGTH).map(|_| random.next() as u8).collect()).collect();
    job("FB", "in: a", &bytes).run(&[]).status(0).published("out.ebc", &bytes.concat());
}
