//! A new master is in the order of its keys, in whatever order its rows were read and made, and whichever way they are brought
//! into it: from where they lie in memory, or through a sort where a rule may change keys or there is no room for their order.

use std::collections::BTreeMap;

use crate::harness::{Job, Random, ebcdic};

const ITEM: &str = "01 ITEM.\n  05 VERB PIC X.\n  05 WHICH PIC X(20).\n  05 QTY PIC 9(4).\n";
const ROW: &str = "01 ROW.\n  05 K PIC X(20).\n  05 LETTERS REDEFINES K.\n    10 LETTER PIC X OCCURS 20.\n  05 AMOUNT PIC 9(4).\n";

/// A: to a row that is made if there is none. D: a row goes. R: a row is released, if the job has that. C: the key of
/// one gets a 1 there, if the job has that.
fn rules(further: &str) -> String {
    format!(
        "version: 1
program: O
rules:
  - {{ rule: ADD, when: VERB = 'A', do: [ {{ lookup: M, key: WHICH, missing: create }}, {{ add: QTY, to: AMOUNT }} ] }}
  - {{ rule: DEL, when: VERB = 'D', do: [ {{ lookup: M, key: WHICH, missing: stop }}, {{ delete: M }} ] }}
{further}"
    )
}

const RELEASE: &str =
    "  - { rule: REL, when: VERB = 'R', do: [ { lookup: M, key: WHICH, missing: stop }, { release: M } ] }\n";
const CHANGE: &str = "  - { rule: CHG, when: VERB = 'C', do: [ { lookup: M, key: WHICH, missing: stop }, { move: \"'1'\", to: LETTER(QTY) } ] }\n";

fn job(further: &str, items: &str, rows: &str) -> Job {
    let text = "version: 1
job: O
datasets:
  items: { path: items.dat, record: { copybook: item.cpy, recfm: F } }
  rows: { path: rows.dat, record: { copybook: row.cpy, recfm: F } }
  new: { path: new.dat, record: { copybook: row.cpy, recfm: F }, disp: replace }
steps:
  - step: P
    post:
      in: items
      rules: rules.yaml
      masters: { M: { dataset: rows, key: [ K ], new: new } }
";
    Job::new()
        .text("item.cpy", ITEM)
        .text("row.cpy", ROW)
        .text("rules.yaml", &rules(further))
        .file("items.dat", &ebcdic(items))
        .file("rows.dat", &ebcdic(rows))
        .yaml(text)
}

/// Posts, and answers what was sorted.
fn sorts(job: &Job, arguments: &[&str]) -> Vec<String> {
    let all = [&["--rerun", "--json"], arguments].concat();
    let report = job.run(&all).json();
    assert!(matches!(report["exit_status"].as_i64(), Some(0 | 4)), "{report}");
    let sorts = report["steps"][0]["sorts"].as_array().expect("the sorts of the step");
    sorts.iter().map(|sort| sort["dataset"].as_str().expect("a name").to_owned()).collect()
}

/// Keys of which many have the first 16 bytes in common.
fn key(number: usize) -> String {
    format!("{:015}{:05}", number % 7, number / 7)
}

fn lines(rows: impl IntoIterator<Item = (String, u32)>) -> String {
    rows.into_iter().map(|(key, amount)| format!("{key}{amount:04}")).collect()
}

/// So many rows, each with another key, in order or shuffled.
fn rows(random: &mut Random, count: usize, in_order: bool) -> Vec<(String, u32)> {
    let mut rows: BTreeMap<String, u32> = BTreeMap::new();
    while rows.len() < count {
        rows.insert(key(random.below(count * 3)), random.below(100) as u32);
    }
    let mut rows: Vec<_> = rows.into_iter().collect();
    if !in_order {
        (1..rows.len()).for_each(|place| rows.swap(place, random.below(place + 1)));
    }
    rows
}

#[test]
fn rows_read_made_and_deleted_come_in_the_order_of_their_keys() {
    for seed in 0..24 {
        let mut random = Random::new(seed);
        let count = random.of(&[0, 1, 40, 500]);
        let read = rows(&mut random, count, seed % 3 != 0);
        let (mut twin, mut items): (BTreeMap<_, _>, _) = (read.iter().cloned().collect(), String::new());
        for _ in 0..random.of(&[0, 30, 900]) {
            let (key, quantity) = (key(random.below(count * 3 + 20)), random.below(9) as u32);
            if random.below(3) == 0 && twin.remove(&key).is_some() {
                items.push_str(&format!("D{key}0000"));
            } else {
                *twin.entry(key.clone()).or_default() += quantity;
                items.push_str(&format!("A{key}{quantity:04}"));
            }
        }
        let wanted = ebcdic(&lines(twin));
        // A rule that may change keys is there, though no transaction asks for it.
        for (further, sorted) in [("", &[] as &[&str]), (CHANGE, &["new"])] {
            let job = job(further, &items, &lines(read.clone()));
            for threads in ["1", "2", "3", "8"] {
                assert_eq!(sorts(&job, &["--threads", threads]), sorted, "seed {seed}");
                assert!(job.read("new.dat") == wanted, "seed {seed}, {threads} threads, {further}");
            }
        }
    }
}

/// Rows of one key stay in the order in which they were read and made.
#[test]
fn rows_that_share_a_key_stay_in_their_order() {
    for order in [[1, 0, 2], [0, 1, 2]] {
        let read = lines(order.map(|number| (key(number), 1)));
        let items = [("R", 1, 0), ("A", 1, 5), ("R", 1, 0), ("A", 1, 6), ("A", 0, 2), ("A", 9, 9)];
        let items: String =
            items.iter().map(|(verb, number, amount)| format!("{verb}{}{amount:04}", key(*number))).collect();
        let job = job(RELEASE, &items, &read);
        assert!(sorts(&job, &["--threads", "2"]).is_empty());
        let wanted =
            [(0, 3), (1, 1), (1, 5), (1, 6), (2, 1), (9, 9)].map(|(number, amount)| (key(number), amount));
        assert_eq!(job.read("new.dat"), ebcdic(&lines(wanted)));
    }
}

/// The order of many rows that do not come in that of their keys takes memory; where there is none, work files do.
#[test]
fn without_room_for_their_order_rows_are_sorted_as_others_are() {
    let mut random = Random::new(5);
    let read = rows(&mut random, 60_000, false);
    let wanted = ebcdic(&lines(read.iter().cloned().collect::<BTreeMap<_, _>>()));
    let job = job("", "", &lines(read));
    assert!(sorts(&job, &[]).is_empty());
    assert!(job.read("new.dat") == wanted);
    assert_eq!(sorts(&job, &["--memory", "3M"]), ["new"]);
    assert!(job.read("new.dat") == wanted);
}

#[test]
fn a_key_that_a_rule_changes_to_one_that_exists_is_an_error() {
    let items = format!("C{}0015", key(2));
    let job = job(CHANGE, &items, &lines([1, 2, 3].map(|number| (key(number), 1))));
    job.run(&[]).status(80).says(&["DAT008", "two rows of the new rows have one key"]);
}
