//! The external sort: the same bytes whatever it may use, and the order of a stable sort by the decoded values.

use offhost::expr::SingleFrame;
use offhost::key::{Key, KeyPart, Order, compare};
use offhost::record::Origin;
use offhost::run::Resources;
use offhost::sort::MEMORY_MIN;
use proptest::prelude::*;

use crate::harness::{Job, Random, first_difference, rounds, text, with_rdw, zoned};
use crate::sort_harness::{Use, field, scope_of, sort};

const COPYBOOK: &str = "
       01  REC.
           05  K         PIC 9(10).
           05  SEQ       PIC 9(8).
           05  REST      PIC X(22).
";

/// Orders in which keys come.
const PATTERNS: &[&str] = &[
    "random",
    "sorted",
    "reverse",
    "saw",
    "organ pipe",
    "all equal",
    "few distinct",
    "zipf",
    "sorted with a random tail",
    "sorted but for neighbours",
];

/// The keys of a pattern.
fn keys(pattern: &str, count: usize, random: &mut Random) -> Vec<u64> {
    let n = count as u64;
    let mut any = || random.next() % 10_000_000_000;
    (0..n)
        .map(|at| match pattern {
            "random" => any(),
            "sorted" => at * 7,
            "reverse" => (n - at) * 7,
            "saw" => at % 1009 * 31,
            "organ pipe" => at.min(n - at) * 3,
            "all equal" => 4711,
            "few distinct" => any() % 5 * 1_000_000,
            // The key k comes about as often as 1/k.
            "zipf" => ((n as f64).powf((any() % 1_000_000) as f64 / 1e6)) as u64,
            // As items of customers in order, each customer's by another field.
            "sorted but for neighbours" => at / 10 * 100 + any() % 100,
            _ if at < n - n / 50 => at * 7,
            _ => any(),
        })
        .collect()
}

/// Records with these keys, numbered as they come; of lengths from 18 on if they are variable.
fn records(keys: &[u64], fixed: bool, random: &mut Random) -> Vec<Vec<u8>> {
    let record = |(number, key): (usize, &u64)| {
        let mut record = [zoned(i128::from(*key), 10, false), zoned(number as i128, 8, false)].concat();
        let length = if fixed { 40 } else { 18 + random.below(45) };
        record.resize(length, 0x40 + (number % 191) as u8);
        record
    };
    keys.iter().enumerate().map(record).collect()
}

/// Records in the order of their keys, equal ones as they came.
fn in_order(records: &[Vec<u8>], keys: &[u64]) -> Vec<Vec<u8>> {
    let mut numbers: Vec<usize> = (0..records.len()).collect();
    numbers.sort_by_key(|number| keys[*number]);
    numbers.into_iter().map(|number| records[number].clone()).collect()
}

fn key() -> Key {
    Key::new(vec![KeyPart::new(field(&scope_of(COPYBOOK), "K"), Order::Ascending)])
}

/// A pattern with what must come out of it.
struct Case {
    pattern: &'static str,
    fixed: bool,
    records: Vec<Vec<u8>>,
    bytes: Vec<u8>,
    lengths: Vec<usize>,
    /// True if the keys come in order.
    presorted: bool,
}

impl Case {
    fn new(pattern: &'static str, fixed: bool, count: usize) -> Case {
        let mut random = Random::new(31 + count as u64);
        let keys = keys(pattern, count, &mut random);
        let records = records(&keys, fixed, &mut random);
        let expected = in_order(&records, &keys);
        let lengths = expected.iter().map(Vec::len).collect();
        let presorted = keys.is_sorted();
        Case { pattern, fixed, records, bytes: expected.concat(), lengths, presorted }
    }

    /// Sorts with these means; the runs written must be some or none.
    fn check(&self, with: Use, spills: Option<bool>) -> offhost::sort::SortReport {
        let (bytes, lengths, report) = sort(&key(), &self.records, self.fixed, with);
        let what = format!("{}, fixed {}, {with:?}: {report:?}", self.pattern, self.fixed);
        assert!(bytes == self.bytes, "{what}: {}", first_difference(&bytes, &self.bytes));
        assert!(lengths == self.lengths, "{what}: other lengths");
        assert_eq!((report.records, report.records_out), (lengths.len() as u64, lengths.len() as u64));
        assert_eq!(report.presorted, self.presorted, "{what}");
        if let Some(spills) = spills {
            assert_eq!(report.runs > 0, spills, "{what}");
            assert_eq!(report.spilled > 0, spills, "{what}");
        }
        report
    }
}

const THREADS: [usize; 4] = [1, 2, 3, 8];

#[test]
fn the_bytes_are_the_same_for_any_threads_memory_and_form_of_records() {
    let unlimited = usize::try_from(Resources::default().memory).unwrap();
    let budgets =
        [(MEMORY_MIN, Some(true)), (8 << 20, Some(true)), (64 << 20, Some(false)), (unlimited, None)];
    let full = rounds(1) > 1;
    for (number, pattern) in PATTERNS.iter().enumerate() {
        for fixed in [true, false] {
            let case = Case::new(pattern, fixed, 130_000);
            for (turn, (memory, spills)) in budgets.into_iter().enumerate() {
                // In the short lane a pattern meets each budget with other threads; all pairs are met.
                let some = [THREADS[(number + turn) % 4]];
                for threads in if full { &THREADS[..] } else { &some[..] } {
                    case.check(Use::new(memory, *threads), spills);
                }
            }
        }
    }
}

#[test]
fn many_records_in_memory_are_dealt_out_to_buckets() {
    // Above 24 MB of records a chunk is divided while it fills.
    let patterns = ["random", "few distinct", "zipf", "organ pipe"];
    for pattern in patterns.into_iter().chain(["sorted with a random tail", "sorted but for neighbours"]) {
        let case = Case::new(pattern, true, 700_000);
        case.check(Use::new(256 << 20, 2), Some(false));
    }
    let case = Case::new("random", false, 700_000);
    case.check(Use::new(256 << 20, 3), Some(false));
    case.check(Use { told: false, ..Use::new(40 << 20, 2) }, Some(true));
}

#[test]
fn an_input_that_changes_its_nature_is_sorted_too() {
    // The first sixteenth, which the buckets are made after, is nothing like the rest.
    let mut random = Random::new(3);
    let mut keys: Vec<u64> = (0..60_000).map(|_| random.next() % 1000).collect();
    keys.extend((0..640_000).map(|_| 5_000_000 + random.next() % 1_000_000));
    let records = records(&keys, true, &mut random);
    let expected = in_order(&records, &keys).concat();
    for threads in [1, 3] {
        let (bytes, _, report) = sort(&key(), &records, true, Use::new(256 << 20, threads));
        assert!(bytes == expected && report.runs == 0, "{}", first_difference(&bytes, &expected));
    }
}

#[test]
fn small_fan_ins_make_several_levels_of_merges() {
    for pattern in PATTERNS {
        for fixed in [true, false] {
            let case = Case::new(pattern, fixed, 40_000);
            for fan_in in 2..=5 {
                let means = Use { fan_in: Some(fan_in), told: false, ..Use::new(128 << 10, 2) };
                let report = case.check(means, Some(true));
                assert!(report.merges > 1, "{pattern}, fan-in {fan_in}: {report:?}");
                assert!(report.fan_in <= fan_in as u64 + 1, "{report:?}");
            }
        }
    }
}

#[test]
fn compressed_work_files_give_the_same_bytes_and_are_smaller() {
    for pattern in ["random", "few distinct", "reverse"] {
        for fixed in [true, false] {
            let case = Case::new(pattern, fixed, 60_000);
            let plain = case.check(Use::new(MEMORY_MIN, 2), Some(true));
            let means = Use { compress: true, ..Use::new(MEMORY_MIN, 2) };
            let packed = case.check(means, Some(true));
            assert!(packed.spilled < plain.spilled * 3 / 4, "{packed:?} {plain:?}");
            case.check(Use { fan_in: Some(3), ..means }, Some(true));
        }
    }
}

#[test]
fn what_is_a_little_too_much_spills_a_little() {
    let case = Case::new("random", true, 51_500);
    let report = case.check(Use::new(4 << 20, 2), Some(true));
    assert!(report.spilled < 51_500 * 40 * 3 / 4, "{report:?}");
}

#[test]
fn none_and_one_record_and_very_short_and_very_long_ones() {
    let longest = 32_760;
    for (length, counts) in [(1, [0, 1, 2, 300_000]), (longest, [0, 1, 2, 200])] {
        let copybook = format!("       01 REC.\n          05 K PIC X.\n          05 R PIC X({longest}).\n");
        let key = Key::new(vec![KeyPart::new(field(&scope_of(&copybook), "K"), Order::Descending)]);
        for count in counts {
            let mut random = Random::new(count as u64);
            let records: Vec<Vec<u8>> = (0..count)
                .map(|_| {
                    let mut record = vec![random.next() as u8; length];
                    // Behind the key, what tells records apart.
                    record.iter_mut().skip(1).take(8).for_each(|byte| *byte = random.next() as u8);
                    record
                })
                .collect();
            let mut expected = records.clone();
            expected.sort_by(|a, b| b[0].cmp(&a[0]));
            for fixed in [true, false] {
                for threads in [1, 3] {
                    let (bytes, lengths, report) = sort(&key, &records, fixed, Use::new(MEMORY_MIN, threads));
                    assert!(bytes == expected.concat(), "{count} of {length} bytes: {report:?}");
                    assert!(lengths.len() == count && lengths.iter().all(|one| *one == length));
                    assert_eq!(report.runs > 0, count > 2, "{report:?}");
                }
            }
        }
    }
}

#[test]
fn records_without_a_key_stay_as_they_come() {
    let case = Case::new("random", false, 5000);
    let means = Use { told: false, ..Use::new(128 << 10, 2) };
    let (bytes, _, report) = sort(&Key::default(), &case.records, false, means);
    assert!(bytes == case.records.concat() && report.presorted, "{report:?}");
}

const MIXED: &str = "
       01  REC.
           05  T         PIC X(3).
           05  Z         PIC S9(4)V9.
           05  P         PIC S9(6)V99 COMP-3.
           05  B         PIC S9(4) COMP.
           05  L         PIC S9(3) SIGN LEADING SEPARATE.
           05  F         COMP-1.
           05  U         PIC 9(5) COMP-3.
           05  LONG      PIC X(30).
";

/// The fields of `MIXED` that a key may have.
const FIELDS: [&str; 8] = ["T", "Z", "P", "B", "L", "F", "U", "LONG"];

/// A record of few different values in every field; long texts differ at their end only.
fn mixed(random: &mut Random, number: usize) -> Vec<u8> {
    let small = |random: &mut Random| random.below(5) as i128 - 2;
    let float: [u8; 4] = random.of(&[[0; 4], [0x41, 0x10, 0, 0], [0xC1, 0x10, 0, 0], [0x42, 0x01, 0, 0]]);
    let sign = random.of(&[0x4E, 0x60]);
    [
        text(random.of(&["A", "B", "a", "1"]), 3),
        zoned(small(random), 5, true),
        crate::harness::packed(small(random) * 1000, 8, true),
        i16::try_from(small(random)).unwrap().to_be_bytes().to_vec(),
        vec![sign],
        zoned(random.below(3) as i128, 3, false),
        float.to_vec(),
        crate::harness::packed(random.below(3) as i128, 5, false),
        text(&format!("{:A<27}{}", "", random.of(&["A", "B", "AB", ""])), 30),
        zoned(number as i128, 6, false),
    ]
    .concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn the_order_is_that_of_a_stable_sort_by_the_slow_comparator(
        parts in prop::collection::vec((0..FIELDS.len(), any::<bool>()), 1..7),
        seed in any::<u64>(),
        count in 0..1500usize,
        (memory, threads, fan_in) in (8_000..60_000usize, 1..4usize, 2..6usize),
        (fixed, compress, told) in (any::<bool>(), any::<bool>(), any::<bool>()),
        block in 1..9000usize,
    ) {
        let scope = scope_of(MIXED);
        let mut random = Random::new(seed);
        let mut records: Vec<Vec<u8>> = (0..count).map(|number| mixed(&mut random, number)).collect();
        if !fixed {
            records.iter_mut().for_each(|record| record.resize(record.len() + random.below(20), 0x40));
        }
        let part = |&(number, descending): &(usize, bool)| {
            let order = if descending { Order::Descending } else { Order::Ascending };
            KeyPart::new(field(&scope, FIELDS[number]), order)
        };
        let key = Key::new(parts.iter().map(part).collect());
        let mut expected = records.clone();
        fn frame(record: &[u8]) -> SingleFrame<'_> {
            SingleFrame { record, origin: Origin::default() }
        }
        expected.sort_by(|a, b| compare(&key, &frame(a), &frame(b)).unwrap());
        let with = Use { memory, threads, fan_in: Some(fan_in), compress, told, block };
        let (bytes, lengths, report) = sort(&key, &records, fixed, with);
        prop_assert!(bytes == expected.concat(), "{}: {report:?}", first_difference(&bytes, &expected.concat()));
        prop_assert!(lengths.iter().eq(expected.iter().map(Vec::len).collect::<Vec<_>>().iter()));
    }
}

fn yaml(recfm: &str) -> String {
    format!(
        "version: 1\njob: TEST\ndatasets:\n  \
           a: {{ path: a.ebc, record: {{ copybook: rec.cpy, recfm: {recfm} }} }}\n  \
           out: {{ path: out.ebc, like: a, disp: replace }}\n\
         steps:\n  - step: ONE\n    sort: {{ in: a, out: out, by: [ K ] }}\n"
    )
}

#[test]
fn the_program_gives_the_same_bytes_and_says_what_it_spilled() {
    for (recfm, fixed) in [("FB", true), ("VB", false)] {
        let mut random = Random::new(12);
        let keys = keys("random", 50_000, &mut random);
        let mut records = records(&keys, true, &mut random);
        if !fixed {
            records.iter_mut().for_each(|record| record.truncate(18 + random.below(23)));
        }
        let file = |records: &[Vec<u8>]| match fixed {
            true => records.concat(),
            false => records.iter().flat_map(|record| with_rdw(record)).collect(),
        };
        let expected = file(&in_order(&records, &keys));
        let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &file(&records)).yaml(&yaml(recfm));
        let work = tempfile::tempdir().unwrap();
        let work = work.path().to_str().unwrap();
        for (arguments, spills) in [
            (vec!["--memory", "1M"], true),
            (vec!["--memory", "1M", "--threads", "1", "--compress-work"], true),
            (vec!["--memory", "1M", "--threads", "8", "--work-dir", work], true),
            (vec!["--memory", "1M", "--fan-in", "2", "--threads", "3"], true),
            (vec!["--memory", "64M", "--threads", "2"], false),
            (vec![], false),
        ] {
            let all = [&arguments[..], &["--rerun", "--json"]].concat();
            let run = job.run(&all).status(0).published("out.ebc", &expected);
            let sorts = &run.json()["steps"][0]["sorts"];
            assert_eq!(sorts[0]["records"], 50_000, "{arguments:?}: {sorts}");
            assert_eq!(sorts[0]["runs"].as_u64().unwrap() > 0, spills, "{arguments:?}: {sorts}");
            if arguments.contains(&"--fan-in") {
                assert!(sorts[0]["merges"].as_u64().unwrap() > 1, "{sorts}");
            }
            assert_eq!(std::fs::read_dir(work).unwrap().count(), 0, "the work folder is not empty");
        }
    }
}
