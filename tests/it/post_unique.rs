//! Alternate keys that no two rows of a master may share: when it is read, when a row is made, and when a transaction leaves it.

use crate::harness::{Job, ebcdic};

const ITEM: &str =
    "01 ITEM.\n  05 VERB PIC X(1).\n  05 ID PIC X(2).\n  05 CARD PIC X(2).\n  05 OTHER PIC X(2).\n";
const ROW: &str = "01 ROW.\n  05 K PIC X(2).\n  05 G PIC X(2).\n  05 H PIC 9(2).\n";
const LINE: &str =
    "01 LINE.\n  05 WHAT PIC X(8).\n  05 WHICH PIC 9(2).\n  05 RULE PIC X(4).\n  05 FIELD PIC X(2).\n";

/// A job that posts `items` to a master of `rows`, declared so, by these rules.
fn job(alternate: &str, rules: &str, (items, rows): (&str, &str)) -> Job {
    let text = format!(
        "version: 1
job: U
datasets:
  items: {{ path: items.dat, record: {{ copybook: item.cpy, recfm: F }} }}
  rows: {{ path: rows.dat, record: {{ copybook: row.cpy, recfm: F }} }}
  new: {{ path: new.dat, record: {{ copybook: row.cpy, recfm: F }}, disp: replace }}
  gone: {{ path: gone.dat, record: {{ copybook: line.cpy, recfm: F }}, disp: replace }}
steps:
  - step: P
    post:
      in: items
      rules: rules.yaml
      invalid-data: reject
      masters: {{ M: {{ dataset: rows, key: [ K ], alternate: {{ {alternate} }}, new: new }} }}
      rejects: {{ to: gone }}
"
    );
    Job::new()
        .text("item.cpy", ITEM)
        .text("row.cpy", ROW)
        .text("line.cpy", LINE)
        .text("rules.yaml", &format!("version: 1\nprogram: U\n{RECORD}{rules}"))
        .file("items.dat", &ebcdic(items))
        .file("rows.dat", &ebcdic(rows))
        .yaml(&text)
}

const RECORD: &str = "reject-record:
  - { move: REJECT-CODE, to: WHAT }
  - { move: RECORD-NUMBER, to: WHICH }
  - { move: REJECT-RULE, to: RULE }
  - { move: REJECT-FIELD, to: FIELD }
";

const REJECTED: &str =
    "BY-G: { key: [ G ], unique: true, duplicate: reject, code: TAKEN, reason: THE CARD IS TAKEN }";
const STOPPED: &str = "BY-G: { key: [ G ], unique: true }";

fn lines(job: &Job, name: &str, length: usize) -> Vec<String> {
    let text = offhost::encoding::CodePage::CP037.decode(&job.read(name));
    text.as_bytes().chunks(length).map(|line| String::from_utf8_lossy(line).trim_end().to_owned()).collect()
}

/// The rejects and the new master.
fn left(job: &Job) -> (Vec<String>, Vec<String>) {
    (lines(job, "gone.dat", 16), lines(job, "new.dat", 6))
}

/// A: a row is made and gets its card behind that. C: a row gets another card. S: two rows change cards. D: a row goes. R: a row
/// is released. I: a row is made with its card.
const RULES: &str = "
working: |
  01 W.
     05 W-CARD PIC X(2).
rules:
  - rule: ADD
    when: VERB = 'A'
    do:
      - { insert: M, key: ID, duplicate: reject, code: DUP }
      - { move: CARD, to: G OF M }
  - rule: CHG
    when: VERB = 'C'
    do:
      - { lookup: M, key: ID }
      - { move: CARD, to: G OF M }
      - { add: 1, to: H OF M }
  - rule: SWAP
    when: VERB = 'S'
    do:
      - { lookup: M, key: ID }
      - { move: G OF M, to: W-CARD }
      - { move: CARD, to: G OF M }
      - { lookup: M, key: OTHER }
      - { move: W-CARD, to: G OF M }
  - rule: DEL
    when: VERB = 'D'
    do: [ { lookup: M, key: ID }, { delete: M } ]
  - rule: REL
    when: VERB = 'R'
    do: [ { lookup: M, key: ID }, { release: M } ]
  - rule: INS
    when: VERB = 'I'
    do:
      - { insert: M, key: ID, alternate: { BY-G: CARD }, duplicate: continue }
      - { add: 10, to: H OF M }
";

#[test]
fn two_rows_that_are_read_with_one_value_are_an_error() {
    let rows = "K1AA01K2BB02K3CC03K4BB04K5AA05";
    for alternate in [STOPPED, REJECTED] {
        for threads in ["1", "3"] {
            job(alternate, RULES, ("", rows)).run(&["--threads", threads]).status(80).says(&[
                "DAT008",
                "the alternate key BY-G (G) of master rows occurs twice",
                "dataset rows, record 4",
                "record 2 has it too",
            ]);
        }
    }
    // So it is in a master that is only looked up, whatever other keys it has.
    let looked_up = "
rules: [ { rule: R, do: [ { lookup: M, by: BY-H, key: \"7\", missing: continue }, { reject: NO } ] } ]
";
    let both = format!("BY-H: [ H ], {STOPPED}");
    job(&both, looked_up, ("", rows)).run(&[]).status(80).says(&["DAT008", "BY-G", "record 4"]);
    // Declared the long way a key may still be shared.
    job("BY-G: { key: [ G ] }", RULES, ("", rows)).run(&[]).status(0);
    // A key that occurs twice comes first where both are wrong.
    job(STOPPED, RULES, ("", "K1AA01K1AA02"))
        .run(&[])
        .status(80)
        .says(&["DAT008", "the key (K) of master rows"]);
    // Numbers are compared by value, and say what is wrong with them where they are read.
    let by_key = "rules: [ { rule: R, do: [ { lookup: M, key: ID }, { reject: NO } ] } ]\n";
    let by_number = "BY-H: { key: [ H ], unique: true }";
    job(by_number, by_key, ("", "K1AA01K2AA01")).run(&[]).status(80).says(&["BY-H (H)", "record 2"]);
    job(by_number, by_key, ("", "K1AA01K2AAX1"))
        .run(&[])
        .status(80)
        .says(&["DAT001", "dataset rows, record 2"]);
}

/// Keys that rise are not looked for; one that comes again is found beside the first, and far behind it.
#[test]
fn a_key_that_comes_again_is_found_in_any_order_of_the_rows() {
    let by_key = "rules: [ { rule: R, do: [ { lookup: M, key: ID }, { reject: NO } ] } ]\n";
    let mut wrong = 0;
    for order in 0..4usize.pow(4) {
        let keys: Vec<usize> = (0..4u32).map(|place| order / 4usize.pow(place) % 4).collect();
        // Some of all orders, those that rise among them.
        if order % 5 != 3 && !keys.is_sorted() {
            continue;
        }
        let rows: String = keys.iter().map(|key| format!("K{key}AA01")).collect();
        let again = (1..4).find(|place| keys[..*place].contains(&keys[*place]));
        let job = job("BY-G: [ G ]", by_key, ("", &rows));
        let run = job.run(&["--threads", "2"]);
        match again {
            Some(place) => {
                wrong += 1;
                run.status(80).says(&[
                    "DAT008",
                    "the key (K) of master rows",
                    &format!("record {}", place + 1),
                ]);
            }
            None => drop(run.status(0)),
        }
    }
    assert!(wrong > 30);
}

#[test]
fn a_row_that_gets_a_key_too_late_is_found_at_the_end_of_the_transaction() {
    // The insert says what becomes of its row, the key itself what becomes of others.
    let items = "AK2BB  AK3AA  CK2AA  CK2CC  AK4BB  AK1ZZ  ";
    let made = job(REJECTED, RULES, (items, "K1AA01"));
    made.run(&[]).status(4);
    let gone = ["DUP     02ADD G", "TAKEN   03    G", "DUP     06ADD"];
    assert_eq!(
        left(&made),
        (gone.map(str::to_owned).to_vec(), vec!["K1AA01".into(), "K2CC01".into(), "K4BB00".into()])
    );
    // An insert that says nothing leaves it to the key.
    let unsaid = RULES.replace("duplicate: reject, code: DUP", "duplicate: continue");
    let made = job(REJECTED, &unsaid, ("AK3AA  ", "K1AA01"));
    made.run(&[]).status(4);
    assert_eq!(left(&made), (vec!["TAKEN   01    G".into()], vec!["K1AA01".into()]));
}

#[test]
fn a_key_that_is_taken_stops_the_run_unless_it_says_otherwise() {
    let told = ["DAT008", "two rows of M have the alternate key BY-G (G)", "dataset items, record 2"];
    let data = ("CK1BB  CK1CC  ", "K1AA01K2CC02");
    // Bytes that are no number would be rejected; this is none of them.
    job(STOPPED, RULES, data).run(&[]).status(80).says(&told).nothing_published();
    let stops = RULES.replace("duplicate: reject, code: DUP", "duplicate: stop");
    job(REJECTED, &stops, ("AK3CC  ", "K1AA01K2CC02")).run(&[]).status(80).says(&["DAT008", "record 1"]);
    // Outside of transactions nothing can be rejected.
    let ended = format!("{RULES}end: [ {{ lookup: M, key: \"'K1'\" }}, {{ move: \"'CC'\", to: G OF M }} ]\n");
    job(REJECTED, &ended, ("", "K1AA01K2CC02"))
        .run(&[])
        .status(80)
        .says(&["DAT008", "BY-G"])
        .nothing_published();
}

#[test]
fn what_counts_is_how_a_transaction_leaves_its_rows() {
    // For a while both have the key; and a row that goes or is released has none.
    let items = "SK1BBK2CK1AA  DK2    CK1AA  RK1    CK3AA  ";
    let swapped = job(REJECTED, RULES, (items, "K1AA01K2BB02K3CC03"));
    swapped.run(&[]).status(4);
    let wanted = vec!["K1AA02".to_owned(), "K3AA04".to_owned()];
    assert_eq!(left(&swapped), (vec!["TAKEN   02    G".to_owned()], wanted));
}

#[test]
fn an_insert_with_its_alternate_keys_finds_the_row_that_has_one() {
    // K9 is not made: the row of AA is the current one. K1 is there: its card does not matter.
    let items = "IK9AA  IK1ZZ  IK2BB  ";
    let found = job(STOPPED, RULES, (items, "K1AA01"));
    found.run(&[]).status(0);
    assert_eq!(left(&found), (vec![], vec!["K1AA21".into(), "K2BB10".into()]));
    let rejects =
        RULES.replace("{ BY-G: CARD }, duplicate: continue", "{ BY-G: CARD }, duplicate: reject, code: DUP");
    let rejected = job(STOPPED, &rejects, (items, "K1AA01"));
    rejected.run(&[]).status(4);
    let gone = vec!["DUP     01INS".to_owned(), "DUP     02INS".to_owned()];
    assert_eq!(left(&rejected), (gone, vec!["K1AA01".into(), "K2BB10".into()]));
    let stops = RULES.replace("{ BY-G: CARD }, duplicate: continue", "{ BY-G: CARD }");
    job(STOPPED, &stops, (items, "K1AA01"))
        .run(&[])
        .status(89)
        .says(&["RUN009", "M has a row with this BY-G already"]);
    job(STOPPED, &stops, ("IK1ZZ  ", "K1AA01"))
        .run(&[])
        .status(89)
        .says(&["M has a row with this key already"]);
    // Two rows are in the way: the one of the key that is written first is the current one.
    let both = format!("{STOPPED}, BY-H: {{ key: [ H ], unique: true }}");
    for (keys, left_behind) in
        [("BY-G: CARD, BY-H: \"2\"", ["K1AA11", "K2BB02"]), ("BY-H: \"2\", BY-G: CARD", ["K1AA01", "K2BB12"])]
    {
        let first = job(&both, &RULES.replace("BY-G: CARD", keys), ("IK9AA  ", "K1AA01K2BB02"));
        first.run(&[]).status(0);
        assert_eq!(left(&first).1, left_behind, "{keys}");
    }
    // A key that may be shared is only set.
    let shared = job("BY-G: [ G ]", RULES, (items, "K1AA01"));
    shared.run(&[]).status(0);
    assert_eq!(left(&shared).1, ["K1AA11", "K2BB10", "K9AA10"]);
}

#[test]
fn transactions_that_could_meet_in_a_unique_key_go_one_after_the_other() {
    let rules =
        "rules: [ { rule: R, do: [ { lookup: M, key: ID, missing: create }, { add: 1, to: H OF M } ] } ]\n";
    let plan = |alternate: &str, rules: &str, says: &str| {
        let planned = job(alternate, rules, ("", ""));
        let root = planned.path().to_str().unwrap().to_owned();
        planned.offhost(&["plan", "job.yaml", "--root", &root]).status(0).stdout_contains(says);
    };
    plan(STOPPED, rules, "M is changed and has an alternate key");
    // One that is only looked up keeps nobody waiting.
    let looked_up = "rules: [ { rule: R, do: [ { lookup: M, key: ID }, { reject: NO } ] } ]\n";
    plan(STOPPED, looked_up, "side by side");
}

#[test]
fn wrong_declarations_are_refused_where_they_stand() {
    let refused = |alternate: &str, rules: &str, says: &[&str]| {
        job(alternate, rules, ("", "")).run(&[]).status(65).says(says);
    };
    let at_key = "job.yaml:14";
    refused("BY-G: { key: [ NOPE ], unique: true }", RULES, &["NOPE", at_key]);
    refused("BY-G: { key: [ ], unique: true }", RULES, &["JOB015", at_key]);
    refused("BY-G: { unique: true }", RULES, &["JOB002", "key", at_key]);
    refused("BY-G: G", RULES, &["a list of fields", at_key]);
    refused("BY-G: { key: [ G ], uniqe: true }", RULES, &["uniqe", at_key]);
    refused(
        "BY-G: { key: [ G ], duplicate: reject, code: X }",
        RULES,
        &["JOB001", "several rows may have it", at_key],
    );
    refused(
        "BY-G: { key: [ G ], unique: true, duplicate: reject }",
        RULES,
        &["JOB001", "needs a code", at_key],
    );
    refused("BY-G: { key: [ G ], unique: true, code: X }", RULES, &["JOB001", "those of a reject", at_key]);
    refused("BY-G: { key: [ G ], unique: true, duplicate: continue }", RULES, &["continue", at_key]);
    let with = |from: &str, to: &str| RULES.replace(from, to);
    refused(
        STOPPED,
        &with("BY-G: CARD", "BY-X: CARD"),
        &["RUL002", "M has no alternate key BY-X", "rules.yaml"],
    );
    refused(
        STOPPED,
        &with("BY-G: CARD", "BY-G: [ CARD, ID ]"),
        &["RUL004", "has 1 parts, 2 given", "rules.yaml"],
    );
    refused(STOPPED, &with("BY-G: CARD", "BY-G: G OF M"), &["RUL004", "the row is made in", "rules.yaml"]);
    refused(
        STOPPED,
        &with("insert: M, key: ID, alt", "insert: M, key: K OF M, alt"),
        &["RUL004", "K is a field"],
    );
    let taken =
        with("lookup: M, key: ID }, { delete", "lookup: M, key: ID, alternate: { BY-G: CARD } }, { delete");
    refused(STOPPED, &taken, &["RUL004", "does not take alternate", "rules.yaml"]);
}
