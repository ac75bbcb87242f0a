//! `offhost diff`: known edits are found where they are, under their causes and no others, however records are paired.

use serde_json::Value;

use crate::diff_twins::{
    COPYBOOK, Clusters, EDITS, Edit, Edited, LRECL, Mode, Record, Row, edited, edited_rows, edited_together,
    place, record, records,
};
use crate::harness::{Job, Random, Run, ebcdic, material, packed, rounds, with_rdw};

/// Two files beside a copybook.
fn files(ours: &[Record], theirs: &[Record]) -> Job {
    Job::new().text("rec.cpy", COPYBOOK).file("ours", &ours.concat()).file("theirs", &theirs.concat())
}

/// `offhost diff ours theirs` with more arguments.
fn diff<'j>(job: &'j Job, arguments: &[&str]) -> Run<'j> {
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let (ours, theirs, copybook) = (path("ours"), path("theirs"), path("rec.cpy"));
    let mut all = vec!["diff", &ours, &theirs, "--copybook", &copybook];
    all.extend(arguments);
    job.offhost(&all)
}

fn json(job: &Job, arguments: &[&str], status: i32) -> Value {
    diff(job, &[arguments, &["--json"]].concat()).status(status).json()
}

fn clusters(answer: &Value) -> Clusters {
    let text = |cluster: &Value, name: &str| cluster[name].as_str().unwrap().to_owned();
    let list = answer["clusters"].as_array().unwrap().iter();
    list.map(|c| ((text(c, "field"), text(c, "cause")), c["records"].as_u64().unwrap())).collect()
}

fn pairing(mode: Mode) -> Vec<&'static str> {
    match mode {
        Mode::Key => vec!["--key", "ID", "--recfm", "FB", "--lrecl", "50"],
        Mode::Position => vec!["--position"],
        Mode::Multiset => vec!["--multiset"],
    }
}

/// What every answer must satisfy, whatever was compared.
#[track_caller]
fn check_counts(answer: &Value) {
    let count = |name: &str| answer["records"][name].as_u64().unwrap();
    assert_eq!(count("left"), count("paired") + count("left_only"), "{answer:#}");
    assert_eq!(count("right"), count("paired") + count("right_only"), "{answer:#}");
    assert_eq!(count("paired"), count("equal") + count("different"), "{answer:#}");
}

/// A row of the CSV of differences.
type Told = std::collections::HashMap<String, String>;

/// The rows of CSV in which nothing needs quotes.
fn rows_of(csv: &str) -> Vec<Told> {
    let mut lines = csv.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let row = |cells: Vec<String>| {
        assert_eq!(cells.len(), header.len(), "{cells:?}");
        header.iter().cloned().zip(cells).collect()
    };
    lines.map(row).collect()
}

/// Compares, and holds everything that is written against what was edited: the clusters, every row of the CSV with its record
/// numbers and bytes, and the records that differ.
#[track_caller]
fn check_edits(ours: &[Record], made: &Edited, mode: Mode, about: &str) {
    let job = files(ours, &made.theirs);
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let (csv, left, right) = (path("d.csv"), path("left"), path("right"));
    let outputs = ["--csv", &csv, "--differing-ours", &left, "--differing-theirs", &right];
    let status = i32::from(!made.rows.is_empty());
    let answer = json(&job, &[&pairing(mode)[..], &outputs].concat(), status);
    assert_eq!(clusters(&answer), made.clusters(), "{about}");
    check_counts(&answer);
    let told = rows_of(&String::from_utf8(job.read("d.csv")).unwrap());
    let number = |row: &Told, side: &str| row[side].parse::<usize>().ok();
    let mut open: Vec<&Row> = made.rows.iter().collect();
    for row in &told {
        let at = (number(row, "left_record"), number(row, "right_record"));
        let place = place(&row["field"]);
        for (at, records, bytes) in [(at.0, ours, "left_bytes"), (at.1, &made.theirs, "right_bytes")] {
            let Some(at) = at else { continue };
            let wanted = if row["field"] == "(record)" { 0..LRECL } else { place.clone() };
            let hex: String = records[at - 1][wanted].iter().map(|byte| format!("{byte:02X}")).collect();
            assert_eq!(row[bytes], hex, "{about}: {row:?}");
        }
        let is_it = |wanted: &&Row| {
            (wanted.field, wanted.cause) == (&row["field"], &row["cause"]) && wanted.at.contains(&at)
        };
        match open.iter().position(is_it) {
            Some(found) => drop(open.remove(found)),
            // What follows from a shifted layout is told field by field.
            None => assert_eq!(row["cause"], "shifted layout", "{about}: {row:?} was not edited"),
        }
    }
    assert!(open.is_empty(), "{about}: not found: {open:?}");
    for (side, records, file) in [("left_record", ours, "left"), ("right_record", &made.theirs, "right")] {
        let mut numbers: Vec<usize> = told.iter().filter_map(|row| number(row, side)).collect();
        numbers.dedup();
        let wanted: Vec<u8> = numbers.iter().flat_map(|at| records[at - 1].clone()).collect();
        assert_eq!(job.read(file), wanted, "{about}: records of {side}");
    }
}

#[test]
fn known_edits_are_found_where_they_are() {
    for mode in [Mode::Key, Mode::Position, Mode::Multiset] {
        for seed in 0..rounds(6) {
            let mut random = Random::new(seed * 3 + 1);
            let ours = records(600, &mut random);
            let edits: Vec<Edit> = (0..20).map(|_| random.of(&EDITS)).collect();
            let made = edited_rows(&ours, &edits, mode, &mut random);
            check_edits(&ours, &made, mode, &format!("{mode:?}, seed {seed}, {edits:?}"));
        }
    }
}

#[test]
fn every_edit_alone_is_found_both_ways() {
    let mut random = Random::new(99);
    let ours = records(100, &mut random);
    // A record more on one side is a record less on the other.
    let turned = |cause: &str| match cause.split_once(' ') {
        Some(("extra", rest)) => format!("missing {rest}"),
        Some(("missing", rest)) => format!("extra {rest}"),
        _ => cause.to_owned(),
    };
    for mode in [Mode::Key, Mode::Position, Mode::Multiset] {
        for edit in EDITS {
            let made = edited_rows(&ours, &[edit], mode, &mut random);
            check_edits(&ours, &made, mode, &format!("{mode:?} {edit:?}"));
            let status = i32::from(!made.rows.is_empty());
            let back = json(&files(&made.theirs, &ours), &pairing(mode), status);
            let wanted: Clusters =
                made.clusters().into_iter().map(|((f, cause), n)| ((f, turned(&cause)), n)).collect();
            assert_eq!(clusters(&back), wanted, "{mode:?} {edit:?} the other way round");
            check_counts(&back);
        }
    }
}

#[test]
fn several_edits_of_one_record_are_told_each_under_its_cause() {
    // One for each field, so that none hides another.
    let of_field = [
        &[Edit::Round, Edit::Cut][..],
        &[Edit::Nibble, Edit::Sign],
        &[Edit::Pad, Edit::Case, Edit::Change],
        &[Edit::Day],
        &[Edit::Fill],
    ];
    for mode in [Mode::Key, Mode::Position, Mode::Multiset] {
        for seed in 0..rounds(2) {
            let mut random = Random::new(seed + 70);
            let ours = records(400, &mut random);
            let list = |random: &mut Random| -> Vec<Edit> {
                let mut fields: Vec<&[Edit]> = of_field.to_vec();
                // As multisets, records of which less than three fifths of the fields are the same are not one.
                while fields.len() > 3 {
                    fields.remove(random.below(fields.len()));
                }
                fields.into_iter().map(|edits| random.of(edits)).collect()
            };
            let lists: Vec<Vec<Edit>> = (0..30).map(|_| list(&mut random)).collect();
            let made = edited_together(&ours, &lists, mode);
            check_edits(&ours, &made, mode, &format!("{mode:?}, seed {seed}, {lists:?}"));
        }
    }
}

#[test]
fn three_answers_and_their_exit_statuses() {
    let mut random = Random::new(5);
    let ours = records(300, &mut random);
    let same = files(&ours, &ours);
    for mode in [Mode::Key, Mode::Position, Mode::Multiset] {
        let answer = json(&same, &pairing(mode), 0);
        assert_eq!(
            (answer["answer"].as_str(), answer["records"]["equal"].as_u64()),
            (Some("equal"), Some(300))
        );
        diff(&same, &[&pairing(mode)[..], &["--strict"]].concat()).status(0);
    }
    let (theirs, _) = edited(&ours, &[Edit::Nibble, Edit::Nibble], Mode::Key, &mut random);
    let nibbles = files(&ours, &theirs);
    json(&nibbles, &["--key", "ID"], 1);
    let rule = ["--key", "ID", "--equivalent", "sign-nibbles"];
    let answer = json(&nibbles, &rule, 0);
    assert_eq!(answer["answer"], "equivalent");
    assert_eq!(answer["rules"][0]["records"], 2);
    diff(&nibbles, &[&rule[..], &["--strict"]].concat()).status(1);
    // Records in another order are the same records, but not the same bytes.
    let turned: Vec<Record> = ours.iter().rev().cloned().collect();
    let turned = files(&ours, &turned);
    let answer = json(&turned, &["--key", "ID"], 0);
    assert_eq!((answer["answer"].as_str(), answer["same_order"].as_bool()), (Some("equal"), Some(false)));
    diff(&turned, &["--key", "ID", "--strict"]).status(1);
}

#[test]
fn files_of_other_lengths_and_empty_ones() {
    let mut random = Random::new(6);
    let ours = records(50, &mut random);
    for mode in [Mode::Key, Mode::Position, Mode::Multiset] {
        let answer = json(&files(&ours, &[]), &pairing(mode), 1);
        assert_eq!(answer["records"]["left_only"], 50, "{mode:?}");
        let answer = json(&files(&[], &ours), &pairing(mode), 1);
        assert_eq!(answer["records"]["right_only"], 50, "{mode:?}");
        let answer = json(&files(&[], &[]), &pairing(mode), 0);
        assert_eq!(answer["answer"], "equal", "{mode:?}");
        let answer = json(&files(&ours, &ours[..20]), &pairing(mode), 1);
        assert_eq!(
            (answer["records"]["paired"].as_u64(), answer["records"]["left_only"].as_u64()),
            (Some(20), Some(30))
        );
    }
}

#[test]
fn files_that_differ_everywhere_are_paired_all_the_same() {
    let mut random = Random::new(7);
    let ours = records(40_000, &mut random);
    let stamp = |record: &Record| {
        let mut record = record.clone();
        record[place("DUE-DATE")].copy_from_slice(&ebcdic("1999-12-31"));
        record
    };
    let mut theirs: Vec<Record> = ours.iter().map(stamp).collect();
    for mode in [Mode::Key, Mode::Position] {
        let answer = json(&files(&ours, &theirs), &pairing(mode), 1);
        let expected = Clusters::from([(("DUE-DATE".to_owned(), "date".to_owned()), 40_000)]);
        assert_eq!(clusters(&answer), expected, "{mode:?}");
    }
    // One record less far in front: by position the others must still find each other.
    theirs.remove(100);
    let answer = json(&files(&ours, &theirs), &pairing(Mode::Position), 1);
    assert_eq!(answer["records"]["left_only"], 1, "{}", answer["clusters"]);
    assert_eq!(answer["records"]["different"], 39_999);
}

#[test]
fn records_with_one_key_are_paired_by_their_order_and_then_by_likeness() {
    let mut random = Random::new(8);
    let mut ours: Vec<Record> = (0..6).map(|_| record(1, &mut random)).collect();
    let mut theirs = ours.clone();
    theirs.swap(1, 4);
    theirs[2][13] += 0x10;
    let answer = json(&files(&ours, &theirs), &["--key", "ID"], 1);
    let expected = [("(record)", "sort order of equal keys"), ("INT-AMT", "rounding of the last digit")];
    assert!(
        expected.iter().all(|(f, c)| clusters(&answer).contains_key(&((*f).to_owned(), (*c).to_owned()))),
        "{answer:#}"
    );
    let allowed = json(&files(&ours, &theirs), &["--key", "ID", "--equivalent", "equal-key-order"], 1);
    assert_eq!(clusters(&allowed).len(), 1);
    // Many with one key neither take for ever nor get lost.
    ours = (0..70_000).map(|_| record(1, &mut random)).collect();
    theirs = ours[1..].to_vec();
    check_counts(&json(&files(&ours, &theirs), &["--key", "ID"], 1));
}

#[test]
fn a_key_that_changed_is_seen() {
    let mut random = Random::new(9);
    let ours = records(200, &mut random);
    let mut theirs = ours.clone();
    theirs[77][..6].copy_from_slice(&ebcdic("999999"));
    let answer = json(&files(&ours, &theirs), &["--key", "ID"], 1);
    assert_eq!(
        (answer["records"]["left_only"].as_u64(), answer["records"]["right_only"].as_u64()),
        (Some(1), Some(1))
    );
    assert_eq!(clusters(&answer), Clusters::from([(("ID".to_owned(), "value".to_owned()), 1)]));
    assert_eq!(answer["clusters"][0]["likely_changed"], 1);
}

#[test]
fn the_condition_that_predicts_a_difference() {
    let mut random = Random::new(10);
    let ours = records(2000, &mut random);
    let variable = ebcdic("V")[0];
    let round = |record: &Record| {
        let mut record = record.clone();
        if record[8] == variable {
            record[13] += 0x10;
        }
        record
    };
    let theirs: Vec<Record> = ours.iter().map(round).collect();
    let job = files(&ours, &theirs);
    let answer = json(&job, &["--key", "ID"], 1);
    let cluster = &answer["clusters"][0];
    assert_eq!(cluster["where"]["condition"], "RATE-CODE = 'V'", "{answer:#}");
    assert_eq!(cluster["where"]["holds"], cluster["records"]);
    assert_eq!(cluster["difference"]["least"], "-0.01");
    let count = cluster["records"].as_u64().unwrap();
    let sentence = format!(
        "different: {count} records differ, all in INT-AMT, rounding of the last digit, all by -0.01, all where RATE-CODE = 'V'"
    );
    diff(&job, &["--key", "ID"]).status(1).stdout_contains(&sentence);
    // The difference of the sums is the sum of the differences.
    let sum =
        answer["totals"]["sums"].as_array().unwrap().iter().find(|sum| sum["field"] == "INT-AMT").unwrap();
    assert_eq!(sum["difference"], cluster["difference_sum"]);
}

#[test]
fn rules_of_a_file() {
    let mut random = Random::new(11);
    let ours = records(400, &mut random);
    let edits = [Edit::Round, Edit::Round, Edit::Fill, Edit::Case, Edit::Day, Edit::Delete, Edit::Pad];
    let (theirs, _) = edited(&ours, &edits, Mode::Key, &mut random);
    let rules = "\
version: 1
rules:
  - mask: 46-50
    why: nobody sets them
  - tolerance: \"0.01\"
    fields: INT-AMT
  - tolerance: 1d
    fields: DUE-DATE
  - equivalent: [case, blank-low-value]
    fields: [CUST-NAME]
  - accept: the last account
    owner: jane
    expires: 2026-12-31
    cause: extra record
";
    let job = files(&ours, &theirs).text("rules.yaml", rules);
    let path = job.path().join("rules.yaml");
    let with = |day: &'static str| {
        ["--key", "ID", "--rules", path.to_str().unwrap(), "--as-of", day].map(str::to_owned)
    };
    let run = |day, status| {
        let arguments = with(day);
        json(&job, &arguments.each_ref().map(String::as_str), status)
    };
    let answer = run("2026-12-31", 0);
    assert_eq!(answer["answer"], "equivalent", "{answer:#}");
    let used: Vec<u64> =
        answer["rules"].as_array().unwrap().iter().map(|rule| rule["records"].as_u64().unwrap()).collect();
    assert_eq!(used, [1, 2, 1, 2, 1]);
    assert_eq!(
        (&answer["rules"][4]["owner"], &answer["rules"][4]["expires"]),
        (&"jane".into(), &"2026-12-31".into())
    );
    // An accepted difference that has expired counts again, and says so.
    let answer = run("2027-01-01", 1);
    assert_eq!(clusters(&answer), Clusters::from([(("(record)".to_owned(), "extra record".to_owned()), 1)]));
    assert_eq!(answer["rules"][4]["expired"], 1);
}

#[test]
fn a_rule_holds_only_where_its_condition_does() {
    let mut random = Random::new(12);
    let ours = records(400, &mut random);
    let theirs: Vec<Record> = ours.iter().map(|record| [&record[..45], &[0u8; 5][..]].concat()).collect();
    let rules = "version: 1\nrules:\n  - ignore: CUST-NAME\n  - mask: 46-50\n    where: REGION = 'PR'\n";
    let job = files(&ours, &theirs).text("rules.yaml", rules);
    let path = job.path().join("rules.yaml");
    let answer = json(&job, &["--key", "ID", "--rules", path.to_str().unwrap()], 1);
    let of_region = ours.iter().filter(|record| record[6..8] == ebcdic("PR")).count() as u64;
    assert_eq!(answer["rules"][1]["records"], of_region);
    assert_eq!(answer["records"]["different"], 400 - of_region);
}

/// Bytes of a field on one side and on the other.
type Sides = (&'static str, Vec<u8>, Vec<u8>);

/// Two files that differ in one field of one record.
fn differing_in((field, left, right): &Sides) -> Job {
    let mut random = Random::new(21);
    let mut ours = records(40, &mut random);
    let mut theirs = ours.clone();
    ours[17][place(field)].copy_from_slice(left);
    theirs[17][place(field)].copy_from_slice(right);
    files(&ours, &theirs)
}

#[test]
fn an_equivalence_allows_what_it_says_and_nothing_else() {
    let amount = |value: i128, last: u8| {
        let mut bytes = packed(value, 9, true);
        *bytes.last_mut().unwrap() = last;
        bytes
    };
    let balance = |last: u8| [&[0xF0; 8][..], &[last]].concat();
    let name = |text: &str| crate::harness::text(text, 12);
    let low = |text: &str| [&ebcdic(text)[..], &vec![0; 12 - text.len()]].concat();
    let words = ["sign-nibbles", "signed-zeros", "zoned-zeros", "blank-low-value", "trailing-blanks", "case"];
    // A difference, the words that allow it, and those of which either answer is right.
    let cases: [(Sides, &[&str], &[&str]); 8] = [
        (("INT-AMT", amount(70_030, 0x0C), amount(70_030, 0x0F)), &["sign-nibbles"], &[]),
        (("BALANCE", balance(0xC7), balance(0xF7)), &["sign-nibbles"], &[]),
        (("INT-AMT", amount(0, 0x0C), amount(0, 0x0D)), &["signed-zeros"], &[]),
        (("BALANCE", balance(0xC0), balance(0xF0)), &["zoned-zeros", "sign-nibbles"], &["signed-zeros"]),
        (("BALANCE", balance(0xC7), balance(0xD7)), &[], &[]),
        (("INT-AMT", amount(70_010, 0x1C), amount(70_010, 0x2F)), &[], &[]),
        (("CUST-NAME", name("SMITH"), name("Smith")), &["case"], &[]),
        (("CUST-NAME", name("SMITH"), low("SMITH")), &["blank-low-value"], &[]),
    ];
    for (sides, allowing, either) in &cases {
        let job = differing_in(sides);
        for mode in [&["--key", "ID"][..], &["--position"]] {
            assert_eq!(json(&job, mode, 1)["records"]["different"], 1, "{sides:?}");
            for word in words.iter().filter(|word| !either.contains(word)) {
                let allowed = allowing.contains(word);
                let answer = json(&job, &[mode, &["--equivalent", word]].concat(), i32::from(!allowed));
                let wanted = if allowed { "equivalent" } else { "different" };
                assert_eq!(answer["answer"], wanted, "{sides:?} with {word}");
                assert_eq!(answer["rules"][0]["records"], u64::from(allowed), "{sides:?} with {word}");
            }
        }
    }
}

#[test]
fn a_tolerance_ends_where_it_says() {
    let amount = |cents: i128| packed(cents, 9, true);
    let date = |text: &str| ebcdic(text);
    let of = |left: i128, right: i128| ("INT-AMT", amount(left), amount(right));
    let cases: [(Sides, &str, bool); 10] = [
        (of(2_000_000, 2_000_001), "INT-AMT=0.01", true),
        (of(2_000_000, 2_000_002), "INT-AMT=0.01", false),
        (of(-1, 0), "INT-AMT=0.01", true),
        (of(-1, 1), "INT-AMT=0.01", false),
        // Of the larger of the two: 20,020.00 allows 20.02, 20,021.00 not 21.
        (of(2_000_000, 2_002_000), "INT-AMT=0.1%", true),
        (of(2_002_100, 2_000_000), "INT-AMT=0.1%", false),
        (of(0, 1), "INT-AMT=99%", false),
        (("DUE-DATE", date("2026-02-27"), date("2026-03-01")), "DUE-DATE=2d", true),
        (("DUE-DATE", date("2026-03-02"), date("2026-02-27")), "DUE-DATE=2d", false),
        (("DUE-DATE", date("2026-02-30"), date("2026-03-01")), "DUE-DATE=9d", false),
    ];
    for (sides, tolerance, allowed) in &cases {
        let job = differing_in(sides);
        json(&job, &["--key", "ID"], 1);
        let answer = json(&job, &["--key", "ID", "--tolerance", tolerance], i32::from(!allowed));
        assert_eq!(
            answer["answer"],
            if *allowed { "equivalent" } else { "different" },
            "{sides:?} {tolerance}"
        );
    }
}

#[test]
fn blanks_at_the_end_of_variable_records() {
    let mut random = Random::new(22);
    let ours = records(20, &mut random);
    // The last bytes are blanks, or the first two of them are not.
    for (cut, last, status) in [(3, 0x40, 0), (3, 0xC1, 1)] {
        let mut full = ours.clone();
        full[7][LRECL - 1] = last;
        let short: Vec<Record> = full
            .iter()
            .enumerate()
            .map(|(at, record)| record[..LRECL - if at == 7 { cut } else { 0 }].to_vec())
            .collect();
        let vb =
            |records: &[Record]| -> Vec<u8> { records.iter().flat_map(|record| with_rdw(record)).collect() };
        let job = Job::new().text("rec.cpy", COPYBOOK).file("ours", &vb(&full)).file("theirs", &vb(&short));
        for mode in [&["--key", "ID"][..], &["--position"]] {
            let sides = [mode, &["--recfm", "VB"]].concat();
            json(&job, &sides, 1);
            json(&job, &[&sides[..], &["--equivalent", "trailing-blanks"]].concat(), status);
        }
    }
}

#[test]
fn rules_that_are_not_valid() {
    let job = files(&[], &[]);
    let bad = |rules: &str, says: &[&str]| {
        job.put("rules.yaml", format!("version: 1\nrules:\n{rules}").as_bytes());
        let path = job.path().join("rules.yaml");
        diff(&job, &["--key", "ID", "--rules", path.to_str().unwrap()]).status(65).says(says);
    };
    bad("  - ignore: NAME\n", &["DIF001", "NAME"]);
    bad("  - ignore: ID\n    mask: 1-2\n", &["DIF001", "exactly one verb"]);
    bad("  - mask: 9-2\n", &["DIF001", "9-2"]);
    bad("  - tolerance: soon\n    fields: ID\n", &["DIF001", "no tolerance"]);
    bad("  - equivalent: sing-nibbles\n", &["DIF001", "did you mean sign-nibbles?"]);
    bad("  - accept: so it is\n    owner: jane\n", &["DIF001", "expires"]);
    bad("  - accept: so it is\n    owner: jane\n    expires: 2026-13-01\n", &["DIF001", "is no date"]);
    bad("  - ignore: ID\n    owner: jane\n", &["DIF001", "belong to an accepted difference"]);
    bad("  - ignore: ID\n    where: REGION = 1 AND\n", &["error"]);
    diff(&job, &["--key", "IDD"]).status(65).says(&["DIF001", "did you mean ID?"]);
    diff(&job, &["--tolerance", "INT-AMT"]).status(65).says(&["DIF001", "FIELD=AMOUNT"]);
}

#[test]
fn csv_and_records_hold_what_differs() {
    let mut random = Random::new(13);
    let ours = records(300, &mut random);
    let (theirs, expected) =
        edited(&ours, &[Edit::Round, Edit::Delete, Edit::Insert, Edit::Change], Mode::Key, &mut random);
    let job = files(&ours, &theirs);
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let (csv, left, right) = (path("d.csv"), path("left"), path("right"));
    let outputs = ["--csv", &csv, "--differing-ours", &left, "--differing-theirs", &right];
    diff(&job, &[&["--key", "ID"][..], &outputs].concat()).status(1);
    let text = String::from_utf8(job.read("d.csv")).unwrap();
    assert_eq!(text.lines().count() as u64, 1 + expected.values().sum::<u64>(), "{text}");
    assert!(text.contains("INT-AMT,rounding of the last digit,"), "{text}");
    assert_eq!((job.read("left").len(), job.read("right").len()), (3 * LRECL, 3 * LRECL));
    let cat = job.offhost(&["cat", &left, "-c", &path("rec.cpy"), "--count"]).status(0);
    assert!(cat.stdout.contains('3'), "{}", cat.stdout);
    // What exists is not overwritten, unless somebody says so.
    diff(&job, &[&["--key", "ID"][..], &outputs].concat()).status(73).says(&["RUN002", "d.csv", "--replace"]);
    diff(&job, &[&["--key", "ID", "--replace"][..], &outputs].concat()).status(1);
}

#[test]
fn sides_in_other_forms_are_compared_by_value() {
    let mut random = Random::new(14);
    let ours = records(300, &mut random);
    let (theirs, expected) =
        edited(&ours, &[Edit::Round, Edit::Delete, Edit::Insert, Edit::Change], Mode::Key, &mut random);
    let job = files(&ours, &theirs);
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let copybook = path("rec.cpy");
    for form in ["csv", "jsonl"] {
        let out = path(&format!("theirs.{form}"));
        job.offhost(&["convert", &path("theirs"), "-c", &copybook, "--to", form, "-o", &out]).status(0);
        let answer = job
            .offhost(&["diff", &path("ours"), &out, "-c", &copybook, "--key", "ID", "--json"])
            .status(1)
            .json();
        assert_eq!(clusters(&answer), expected, "{form}");
        let answer = job
            .offhost(&["diff", &path("theirs"), &out, "-c", &copybook, "--key", "ID", "--json"])
            .status(0)
            .json();
        assert_eq!(answer["answer"], "equivalent", "{form}: {answer:#}");
    }
    let ascii = path("theirs.txt");
    let as_text = ["--to", "data", "--to-code-page", "ascii", "--to-recfm", "FB", "-o", &ascii];
    job.offhost(&[&["convert", &path("theirs"), "-c", &copybook][..], &as_text].concat()).status(0);
    let sides = ["diff", &path("ours"), &ascii, "-c", &copybook, "--theirs-code-page", "ascii", "--json"];
    for mode in [vec!["--key", "ID"], vec!["--multiset"], vec![]] {
        let answer = job.offhost(&[&sides[..], &mode].concat()).status(1).json();
        assert_eq!(clusters(&answer), expected, "{mode:?}");
    }
    // Variable records against fixed ones.
    let vb: Vec<u8> = theirs.iter().flat_map(|record| with_rdw(record)).collect();
    job.put("theirs.vb", &vb);
    let sides =
        ["diff", &path("ours"), &path("theirs.vb"), "-c", &copybook, "--theirs-recfm", "VB", "--json"];
    let answer = job.offhost(&[&sides[..], &["--key", "ID"]].concat()).status(1).json();
    assert_eq!(clusters(&answer), expected);
}

#[test]
fn layouts_of_two_versions() {
    let mut random = Random::new(15);
    let ours = records(200, &mut random);
    // The name moved to the end and is called otherwise, the amount is zoned and longer, the rate is gone.
    let newer = "\
01 NEW.
   05 ID PIC X(6).
   05 INT-AMT PIC S9(9)V999.
   05 BALANCE PIC S9(7)V99.
   05 REGION PIC XX.
   05 DUE-DATE PIC X(10).
   05 CUSTOMER-NAME PIC X(20).
";
    let converted = |record: &Record| {
        let amount = crate::harness::unpacked(&record[9..14]) * 10;
        [
            record[..6].to_vec(),
            crate::harness::zoned(amount, 12, true),
            record[14..23].to_vec(),
            record[6..8].to_vec(),
            record[35..45].to_vec(),
            record[23..35].to_vec(),
            ebcdic("        "),
        ]
        .concat()
    };
    let mut theirs: Vec<Record> = ours.iter().map(converted).collect();
    let job = files(&ours, &theirs).text("new.cpy", newer);
    let copybook = job.path().join("new.cpy").to_str().unwrap().to_owned();
    let arguments = [
        "--key",
        "ID",
        "--theirs-copybook",
        &copybook,
        "--renamed",
        "CUST-NAME=CUSTOMER-NAME",
        "--theirs-lrecl",
        "59",
    ];
    let answer = json(&job, &arguments, 0);
    assert_eq!(answer["answer"], "equivalent", "{answer:#}");
    assert_eq!(answer["not_compared"]["left"], serde_json::json!(["RATE-CODE"]));
    theirs[17][39] = 0xC1;
    job.put("theirs", &theirs.concat());
    assert_eq!(clusters(&json(&job, &arguments, 1)).keys().next().unwrap().0, "CUST-NAME");
}

#[test]
fn a_copybook_that_does_not_fit() {
    let mut random = Random::new(16);
    let ours = records(20, &mut random);
    let job = files(&ours, &ours);
    diff(&job, &["--lrecl", "49"]).status(64).stderr_contains("does not fit the copybook");
    job.put("theirs", &ours.concat()[..999]);
    diff(&job, &["--key", "ID"]).status(81).stderr_contains("not a multiple");
    // Bytes that are no numbers end nothing: they are differences like others.
    let mut theirs = ours.clone();
    theirs[3][9..14].fill(0x40);
    theirs[5][9..14].copy_from_slice(&[0x12, 0xA4, 0x56, 0x78, 0x9C]);
    let answer = json(&files(&ours, &theirs), &["--key", "ID"], 1);
    let causes: Vec<String> = clusters(&answer).into_keys().map(|(_, cause)| cause).collect();
    assert_eq!(causes, ["not a number", "uninitialised bytes"]);
    assert_eq!(packed(0, 9, true).len(), place("INT-AMT").len());
}

#[test]
fn sides_that_are_not_what_they_are_taken_for() {
    let mut random = Random::new(19);
    let ours = records(40, &mut random);
    let job = files(&ours, &ours);
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let copybook = path("rec.cpy");
    // A key that their copybook calls otherwise.
    job.put("new.cpy", COPYBOOK.replace("05 ID ", "05 NUMBER-OF-IT ").as_bytes());
    let newer = path("new.cpy");
    diff(&job, &["--key", "ID", "--theirs-copybook", &newer]).status(65).says(&[
        "DIF001",
        "theirs has no field ID",
        "--renamed ID=NAME",
    ]);
    diff(&job, &["--key", "ID", "--theirs-copybook", &newer, "--renamed", "ID=NUMBER"]).status(65).says(&[
        "DIF001",
        "NUMBER",
        "in the copybook of",
        "theirs",
    ]);
    json(&job, &["--key", "ID", "--theirs-copybook", &newer, "--renamed", "ID=NUMBER-OF-IT"], 0);
    // A text without the key would pair anything with anything.
    let csv = path("theirs.csv");
    job.offhost(&["convert", &path("theirs"), "-c", &copybook, "--to", "csv", "-o", &csv]).status(0);
    let text = String::from_utf8(job.read("theirs.csv")).unwrap();
    let without: String = text.lines().map(|line| format!("{}\n", line.split_once(',').unwrap().1)).collect();
    job.put("without.csv", without.as_bytes());
    let against = |file: &str, more: &[&str]| {
        let (ours, file) = (path("ours"), path(file));
        job.offhost(&[&["diff", &ours, &file, "-c", &copybook][..], more].concat())
    };
    against("without.csv", &["--key", "ID"]).status(65).says(&["DIF001", "no column ID", "--position"]);
    against("without.csv", &["--position"]).status(0).stdout_contains("not compared: ID");
    // ASCII that is read as EBCDIC.
    let ascii = path("theirs.txt");
    let as_text = ["--to", "data", "--to-code-page", "ascii", "--to-recfm", "FB", "-o", &ascii];
    job.offhost(&[&["convert", &path("theirs"), "-c", &copybook][..], &as_text].concat()).status(0);
    against("theirs.txt", &["--key", "ID"])
        .status(1)
        .stdout_contains("doubt: BALANCE is no number in 40 of 40 records of ")
        .stdout_contains("offhost inspect");
    let answer =
        against("theirs.txt", &["--key", "ID", "--theirs-code-page", "ascii", "--json"]).status(0).json();
    assert!(answer["doubts"].as_array().unwrap().is_empty(), "{answer:#}");
}

#[test]
fn any_memory_and_any_threads_give_the_same_answer() {
    let mut random = Random::new(17);
    let ours = records(60_000, &mut random);
    let (mut theirs, expected) =
        edited(&ours, &[Edit::Round, Edit::Insert, Edit::Delete, Edit::Day], Mode::Key, &mut random);
    theirs.reverse();
    let job = files(&ours, &theirs);
    let mut first = None;
    for resources in [["1M", "1"], ["8M", "2"], ["1G", "4"]] {
        let mut answer = json(&job, &["--key", "ID", "--memory", resources[0], "--threads", resources[1]], 1);
        assert_eq!(clusters(&answer), expected);
        // What fields have in common is looked at block by block, but comes to the same.
        answer.as_object_mut().unwrap().remove("left");
        assert_eq!(*first.get_or_insert(answer.clone()), answer, "{resources:?}");
    }
}

/// Our output of the posting job, the mainframe's, its copybook, and the masks of the manifest as rules.
fn card_file(job: &Job, material: &std::path::Path, file: &Value) -> [String; 4] {
    let name = file["file"].as_str().unwrap();
    let copybook = if name == "transact" { "tran" } else { name };
    let mut rules = "version: 1\nrules:\n".to_owned();
    for mask in file["mask"].as_array().into_iter().flatten() {
        let (start, end) = (mask["bytes"][0].as_u64().unwrap() + 1, mask["bytes"][1].as_u64().unwrap());
        rules.push_str(&format!(
            "  - mask: {start}-{end}\n    why: \"{}\"\n",
            mask["why"].as_str().unwrap().replace('"', "'")
        ));
    }
    if file["mask"].is_null() {
        rules = "version: 1\n".to_owned();
    }
    job.put(&format!("rules-{name}.yaml"), rules.as_bytes());
    let own = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let given = |name: &str| material.join(name).to_str().unwrap().to_owned();
    [
        own(&format!("new/{name}")),
        given(&format!("oracle/posttran/{name}.ebc")),
        given(&format!("layouts/{copybook}.cpy")),
        own(&format!("rules-{name}.yaml")),
    ]
}

fn key_of(file: &Value) -> &'static [&'static str] {
    match file["file"].as_str().unwrap() {
        "transact" => &["--key", "TX-ID"],
        "acct" => &["--key", "AM-ID"],
        "tcat" => &["--key", "CB-KEY"],
        _ => &["--position"],
    }
}

fn manifest(material: &std::path::Path) -> Value {
    serde_json::from_slice(&std::fs::read(material.join("oracle/posttran/manifest.json")).unwrap()).unwrap()
}

#[test]
fn our_card_posting_and_the_mainframes() {
    let Some(material) = material("carddemo") else { return };
    let job = crate::carddemo::post_material(&material, ("", ""));
    for file in manifest(&material)["files"].as_array().unwrap() {
        let [ours, theirs, copybook, rules] = card_file(&job, &material, file);
        let compare = ["diff", &ours, &theirs, "-c", &copybook, "--json", "--rules", &rules];
        let answer = job.offhost(&[&compare[..], key_of(file)].concat()).status(0).json();
        let masked = !file["mask"].is_null();
        let same = std::fs::read(&ours).unwrap() == std::fs::read(&theirs).unwrap();
        let wanted = if same { "equal" } else { "equivalent" };
        assert_eq!(answer["answer"], wanted, "{file}: {answer:#}");
        // Outside the masks every byte is the same: no cluster is left, and none of the rules but the masks did anything.
        assert!(answer["clusters"].as_array().unwrap().is_empty() && (same || masked), "{answer:#}");
        assert_eq!(answer["records"]["paired"], file["records"]);
        if masked {
            masks_cover_what_they_say(&job, file, &[ours, theirs, copybook, rules]);
        }
    }
}

/// With other bytes under the masks the files are equivalent by the rules and different without them; a byte beside them counts.
fn masks_cover_what_they_say(job: &Job, file: &Value, [ours, theirs, copybook, rules]: &[String; 4]) {
    let records = file["records"].as_u64().unwrap();
    let mask = &file["mask"][0]["bytes"];
    let (start, end) = (mask[0].as_u64().unwrap() as usize, mask[1].as_u64().unwrap() as usize);
    let mut bytes = std::fs::read(theirs).unwrap();
    let lrecl = bytes.len() / records as usize;
    bytes.chunks_mut(lrecl).for_each(|record| record[start..end].fill(0xFF));
    job.put("shaken", &bytes);
    let shaken = job.path().join("shaken").to_str().unwrap().to_owned();
    let compare = |more: &[&str], status: i32| {
        let all = [&["diff", ours, &shaken, "-c", copybook, "--json"][..], key_of(file), more].concat();
        job.offhost(&all).status(status).json()
    };
    let answer = compare(&["--rules", rules], 0);
    assert_eq!((&answer["answer"], &answer["rules"][0]["records"]), (&"equivalent".into(), &records.into()));
    assert_eq!(compare(&[], 1)["records"]["different"], records);
    bytes[3 * lrecl + start - 1] ^= 1;
    job.put("shaken", &bytes);
    assert_eq!(compare(&["--rules", rules], 1)["records"]["different"], 1);
}

/// The transactions that the posting job writes when it stamps payments no longer, and what compares them with the mainframe's.
pub fn changed_posting(material: &std::path::Path) -> (Job, Vec<String>) {
    let changed = (
        "- { move: WS-POSTED, to: TX-POSTED }",
        "- { move: WS-POSTED, to: TX-POSTED, when: TX-TYPE NOT = '03' }",
    );
    let job = crate::carddemo::post_material(material, changed);
    let manifest = manifest(material);
    let file = manifest["files"].as_array().unwrap().iter().find(|file| file["file"] == "transact").unwrap();
    let [ours, theirs, copybook, rules] = card_file(&job, material, file);
    let compare = ["diff", &ours, &theirs, "-c", &copybook, "--rules", &rules, "--key", "TX-ID"];
    (job, compare.map(str::to_owned).to_vec())
}

#[test]
fn a_rule_that_was_changed_is_the_first_cluster() {
    let Some(material) = material("carddemo") else { return };
    let (job, mut compare) = changed_posting(&material);
    compare.push("--json".to_owned());
    let compare: Vec<&str> = compare.iter().map(String::as_str).collect();
    let answer = job.offhost(&compare).status(1).json();
    let first = &answer["clusters"][0];
    assert_eq!(
        (&first["field"], &first["cause"]),
        (&"TX-POSTED".into(), &"blank on one side".into()),
        "{answer:#}"
    );
    assert_eq!(first["where"]["condition"], "TX-TYPE = '03'", "{answer:#}");
    assert_eq!(answer["clusters"].as_array().unwrap().len(), 1);
}

#[test]
fn one_difference_among_millions() {
    // Ten millions in the long lane.
    let count = if rounds(1) > 1 { 10_000_000 } else { 100_000 };
    let mut random = Random::new(18);
    let like = record(1, &mut random);
    let numbered = |id: usize| {
        let mut record = like.clone();
        // Ids of ten digits would not fit; six digits and the region make it unique.
        record[..6].copy_from_slice(&ebcdic(&format!("{:06}", id % 1_000_000)));
        record[6..8].copy_from_slice(&ebcdic(&format!("{:02}", id / 1_000_000)));
        record
    };
    let ours: Vec<u8> = (0..count).flat_map(numbered).collect();
    let mut theirs = ours.clone();
    let at = count / 3;
    theirs[at * LRECL + 13] += 0x10;
    let job = Job::new().text("rec.cpy", COPYBOOK).file("ours", &ours).file("theirs", &theirs);
    for mode in [&["--key", "REGION,ID"][..], &["--position"], &["--multiset"]] {
        let answer = json(&job, &[mode, &["--memory", "32M"]].concat(), 1);
        // As multisets the changed record has no partner, but one that is like it.
        let alone = usize::from(mode[0] == "--multiset");
        assert_eq!(answer["records"]["paired"], count - alone, "{mode:?}");
        let expected = [(("INT-AMT".to_owned(), "rounding of the last digit".to_owned()), 1)];
        assert_eq!(clusters(&answer), Clusters::from(expected), "{mode:?}");
        assert_eq!(answer["clusters"][0]["first"]["left"], at + 1, "{mode:?}");
    }
}
