//! What rules say must agree: debits and credits, totals in and out; in every run, against sums that the test makes itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Job, Random, ebcdic};

/// Transactions: what to do, the currency, the amount.
const ITEM: &str = "01 ITEM.\n  05 KIND PIC X.\n  05 CUR PIC X(3).\n  05 AMOUNT PIC 9(4).\n";
/// Postings.
const ENTRY: &str =
    "01 POSTING.\n  05 SIDE PIC X.\n  05 CUR PIC X(3).\n  05 AMT PIC S9(4) SIGN LEADING SEPARATE.\n";
/// Accounts by currency.
const ACCOUNT: &str = "01 ACCOUNT.\n  05 A-CUR PIC X(3).\n  05 BAL PIC 9(6).\n";

const DOUBLE: &str = "
double-entry:
  postings:
    - { to: OUT, debit: AMT, when: SIDE = 'D', by: CUR }
    - { to: OUT, credit: AMT, when: SIDE = 'C', by: CUR }
";

fn job(rules: &str, items: &str) -> Job {
    let set = |name: &str, copybook: &str, disp: &str| {
        format!("  {name}: {{ path: {name}.dat, record: {{ copybook: {copybook}.cpy, recfm: F }}{disp} }}\n")
    };
    let datasets = [
        set("items", "item", ""),
        set("accounts", "account", ""),
        set("new", "account", ", disp: replace"),
        set("out", "entry", ", disp: replace"),
        set("rejects", "item", ", disp: replace"),
    ];
    let step = "steps:\n  - step: P\n    post:\n      in: items\n      rules: rules.yaml\n      masters: { M: { dataset: accounts, key: [ A-CUR ], new: new }, OLD: { dataset: accounts, key: [ A-CUR ] } }\n      out: { OUT: out }\n      rejects: { to: rejects }\n";
    Job::new()
        .text("item.cpy", ITEM)
        .text("entry.cpy", ENTRY)
        .text("account.cpy", ACCOUNT)
        .text("rules.yaml", &format!("version: 1\nprogram: T\n{rules}"))
        .file("items.dat", &ebcdic(items))
        .file("accounts.dat", &ebcdic("EUR000100USD000200"))
        .yaml(&format!("version: 1\njob: T\ndatasets:\n{}{step}", datasets.concat()))
}

/// A posting of this side and amount.
fn emit(side: &str, amount: &str) -> String {
    let fields = format!(
        "{{ move: \"'{side}'\", to: SIDE OF OUT }}, {{ move: CUR OF ITEMS, to: CUR OF OUT }}, {{ compute: AMT OF OUT, is: {amount} }}"
    );
    format!("emit: OUT, do: [ {fields} ]")
}

/// Rules that post what the first letter of a transaction says: B both sides, D and C one of them, X a side that is none, L credits
/// one less, S two credits, R a debit and then a reject.
fn rules(head: &str) -> String {
    let when = |kinds: &str, action: &str| {
        let kinds: Vec<String> = kinds.chars().map(|kind| format!("KIND = '{kind}'")).collect();
        format!("      - {{ when: \"{}\", {action} }}\n", kinds.join(" OR "))
    };
    let actions = [
        when("BDLSR", &emit("D", "AMOUNT")),
        when("BC", &emit("C", "AMOUNT")),
        when("L", &emit("C", "AMOUNT - 1")),
        when("S", &emit("C", "AMOUNT - 5")),
        when("S", &emit("C", "5")),
        when("X", &emit("X", "AMOUNT")),
        when("N", &emit("D", "AMOUNT")),
        when("N", &emit("D", "0 - AMOUNT")),
        when("R", "reject: R"),
    ];
    let record = "reject-record:\n  - { move: KIND OF ITEMS, to: KIND OF REJECTS }\n";
    format!("{head}{record}rules:\n  - rule: R\n    do:\n{}", actions.concat())
}

/// The sums of the report by name and group.
fn sums(document: &Value) -> BTreeMap<(String, String), (String, u64)> {
    let mut sums = BTreeMap::new();
    for total in document["steps"][0]["totals"].as_array().unwrap() {
        for group in total["groups"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let key = (text(&total["name"]), text(&group["group"]));
            sums.insert(key, (text(&group["sum"]), group["count"].as_u64().unwrap()));
        }
    }
    sums
}

#[test]
fn debits_and_credits_agree_in_each_transaction() {
    let good = job(&rules(DOUBLE), "BEUR0010SUSD0020RUSD0500NUSD0007");
    let sums = sums(&good.run(&["--json"]).status(4).json());
    let of = |name: &str, group: &str| sums[&(name.to_owned(), group.to_owned())].clone();
    assert_eq!(of("OUT debits", "EUR"), ("10".to_owned(), 1));
    assert_eq!(of("OUT credits", "EUR"), ("10".to_owned(), 1));
    // A reject leaves nothing, and a negative debit is a credit.
    assert_eq!(of("OUT debits", "USD"), ("20".to_owned(), 3));
    assert_eq!(of("OUT credits", "USD"), ("20".to_owned(), 2));

    job(&rules(DOUBLE), "BEUR0010LUSD0020BEUR0010")
        .run(&[])
        .status(87)
        .says(&["BAL001", "OUT", "within a transaction", "USD: debits 20, credits 19", "record 2"])
        .nothing_published();
    // Debits of one transaction and credits of the next agree in the run, and not in each.
    job(&rules(DOUBLE), "DEUR0010CEUR0010").run(&[]).status(87).says(&["BAL001", "debits 10, credits 0"]);
}

#[test]
fn debits_and_credits_agree_in_the_run() {
    let head = DOUBLE.replace("double-entry:", "double-entry:\n  within: run");
    job(&rules(&head), "DEUR0010CUSD0020DUSD0020CEUR0010").run(&[]).status(0);
    job(&rules(&head), "DEUR0010CUSD0020DUSD0020CEUR0011")
        .run(&[])
        .status(87)
        .says(&["BAL001", "over the run", "EUR: debits 10, credits 11", "credits less debits 1"])
        .nothing_published();
    // Without groups currencies are added up.
    let all = head.replace(", by: CUR", "");
    job(&rules(&all), "DEUR0010CUSD0010").run(&[]).status(0);
    job(&rules(&head), "DEUR0010CUSD0010").run(&[]).status(87).says(&["EUR: debits 10", "USD: debits 0"]);
}

#[test]
fn a_posting_is_a_debit_or_a_credit() {
    job(&rules(DOUBLE), "BEUR0010XUSD0020")
        .run(&[])
        .status(87)
        .says(&["BAL002", "neither debit nor credit", "record 2"])
        .nothing_published();
}

#[test]
fn sums_are_those_of_plain_addition() {
    let head = DOUBLE.replace("double-entry:", "double-entry:\n  within: run");
    let mut random = Random::new(11);
    for _ in 0..10 {
        let mut items = String::new();
        let mut wanted: BTreeMap<(String, String), (i128, u64)> = BTreeMap::new();
        for _ in 0..1 + random.below(60) {
            let (kind, cur) = (random.of(&['B', 'D', 'C', 'L', 'S', 'R']), random.of(&["EUR", "USD", "GBP"]));
            let amount = 5 + random.below(9000) as i128;
            items.push_str(&format!("{kind}{cur}{amount:04}"));
            let sides: &[(&str, i128)] = match kind {
                'B' => &[("debits", 0), ("credits", 0)],
                'D' => &[("debits", 0)],
                'C' => &[("credits", 0)],
                'L' => &[("debits", 0), ("credits", -1)],
                'S' => &[("debits", 0), ("credits", -5), ("credits", i128::MIN)],
                _ => &[],
            };
            for (side, less) in sides {
                let added = if *less == i128::MIN { 5 } else { amount + less };
                let entry = wanted.entry((format!("OUT {side}"), cur.to_owned())).or_default();
                *entry = (entry.0 + added, entry.1 + 1);
            }
        }
        let of = |side: &str, cur: &str| {
            wanted.get(&(format!("OUT {side}"), cur.to_owned())).copied().unwrap_or_default().0
        };
        let agree = ["EUR", "USD", "GBP"].iter().all(|cur| of("debits", cur) == of("credits", cur));
        let job = job(&rules(&head), &items);
        let run = job.run(&["--json"]);
        if !agree {
            run.status(87);
            continue;
        }
        for (key, (sum, count)) in sums(&run.json()).into_iter().filter(|(_, (_, count))| *count > 0) {
            assert_eq!((sum.parse::<i128>().unwrap(), count), wanted[&key], "{key:?} of {items}");
        }
    }
}

const TOTAL: &str = "
totals:
  - total: CASH
    in: [ { sum: AMOUNT, by: CUR } ]
    out:
      - { sum: AMT, to: OUT, by: CUR }
      - { sum: BAL, change-of: M, by: A-CUR }
rules:
  - rule: TO-ACCOUNT
    when: KIND = 'A'
    do:
      - { lookup: M, key: CUR OF ITEMS, missing: create }
      - { add: AMOUNT - TAKEN, to: BAL OF M }
  - rule: OUT
    when: KIND = 'O'
    do: [ { EMIT } ]
  - rule: MOVED
    when: KIND = 'V'
    do:
      - { lookup: M, key: CUR OF ITEMS }
      - { emit: OUT, do: [ { move: CUR OF ITEMS, to: CUR OF OUT }, { compute: AMT OF OUT, is: BAL OF M + AMOUNT } ] }
      - { delete: M }
  - rule: REJECTED
    when: KIND = 'R'
    do: [ { reject: R } ]
reject-record:
  - { move: KIND OF ITEMS, to: KIND OF REJECTS }
";

#[test]
fn totals_in_are_totals_out() {
    let head = "working: |\n  01 W.\n     05 TAKEN PIC 9 VALUE 0.\n";
    let rules = format!("{head}{}", TOTAL.replace("EMIT", &emit("O", "AMOUNT")));
    // Rows change, are made and go; their change counts, and so does what was rejected.
    let items = "AEUR0010OEUR0020AGBP0005VUSD0030RUSD0007";
    let document = job(&rules, items).run(&["--json"]).status(4).json();
    let sums = sums(&document);
    let of = |name: &str, group: &str| sums[&(name.to_owned(), group.to_owned())].0.clone();
    assert_eq!((of("CASH in", "EUR"), of("CASH out", "EUR")), ("30".into(), "30".into()));
    assert_eq!((of("CASH in", "GBP"), of("CASH out", "GBP")), ("5".into(), "5".into()));
    assert_eq!((of("CASH in", "USD"), of("CASH out", "USD")), ("30".into(), "30".into()));
    assert_eq!(of("CASH rejected", "USD"), "7");

    let loses = rules.replace("VALUE 0", "VALUE 1");
    job(&loses, items)
        .run(&[])
        .status(87)
        .says(&["BAL003", "CASH", "EUR: in 30, out 29, out less in -1", "GBP: in 5, out 4"])
        .nothing_published();
    let each = rules
        .replace("total: CASH", "total: CASH\n    within: transaction")
        .replace("      - { sum: BAL, change-of: M, by: A-CUR }\n", "");
    job(&each, "OEUR0020AEUR0010").run(&[]).status(87).says(&["BAL003", "within a transaction", "record 2"]);
}

#[test]
fn what_cannot_be_held_against_each_other_is_refused_before_the_run() {
    let check = |head: &str, words: &[&str]| {
        job(&rules(head), "BEUR0010").run(&[]).status(65).says(words).nothing_published();
    };
    let double = |posting: &str| format!("double-entry:\n  postings: [ {posting} ]\n");
    check(&double("{ to: OUT }"), &["RUL004", "either a debit or a credit", "rules.yaml:4:"]);
    check(&double("{ to: OUT, debit: AMT, credit: AMT }"), &["RUL004", "either a debit or a credit"]);
    check(&double("{ to: OTU, debit: AMT }"), &["RUL002", "no output OTU", "rules.yaml:4:"]);
    check(&double("{ to: OUT, debit: AMOUNT }"), &["RUL004", "AMOUNT is not a field of OUT"]);
    check(&double("{ to: OUT, debit: SIDE }"), &["EXP004", "SIDE"]);
    check(&double("{ to: OUT, debit: AMT, when: NONE = 1 }"), &["EXP002", "NONE"]);
    check(
        &double("{ to: OUT, debit: AMT, by: CUR }, { to: OUT, credit: AMT }"),
        &["RUL004", "different numbers of fields"],
    );
    check(&double("{ to: OUT, debit: AMT, sum: AMT }"), &["JOB002", "no field sum"]);
    let total = |amounts: &str| format!("totals:\n  - total: T\n    within: transaction\n    {amounts}\n");
    check(&total("in: [ { sum: AMOUNT } ]\n    out: []"), &["RUL004", "needs something on both sides"]);
    let out = |amount: &str| total(&format!("in: [ {{ sum: AMOUNT }} ]\n    out: [ {amount} ]"));
    check(&out("{ sum: BAL, change-of: M }"), &["RUL004", "at the end of the run"]);
    check(&out("{ sum: BAL, change-of: OLD }"), &["RUL003", "OLD is only looked up"]);
    check(&out("{ sum: BAL, change-of: NONE }"), &["RUL002", "NONE"]);
    check(&out("{ sum: AMT, to: OUT, change-of: M }"), &["RUL004", "one input, one output or one master"]);
    check(&out("{ sum: AMOUNT, input: OTHER }"), &["RUL002", "no input OTHER"]);
}

#[test]
fn rules_stand_in_the_job_as_well() {
    let whole = job(&rules(DOUBLE), "BEUR0010LUSD0020");
    let text = String::from_utf8(whole.read("job.yaml")).unwrap();
    let inline = rules(DOUBLE).replace('\n', "\n        ");
    let inside = |from: &str, to: &str| {
        text.replace("rules: rules.yaml", &format!("rules:\n{}", inline.replace(from, to)))
    };
    let run = |from: &str, to: &str| {
        whole.put("job.yaml", inside(from, to).as_bytes());
        whole.run(&[])
    };
    run("", "").status(87).says(&["BAL001", "USD: debits 20, credits 19"]);
    run("AMOUNT - 1", "AMOUNT")
        .status(0)
        .published("out.dat", &ebcdic("DEUR+0010CEUR+0010DUSD+0020CUSD+0020"));
    let line = |words: &str, changed: &str| {
        let at = changed.lines().position(|line| line.contains(words)).unwrap();
        format!("job.yaml:{}:", at + 1)
    };
    // Errors point into the job file.
    let changed = inside("AMOUNT - 1", "AMUONT - 1");
    run("AMOUNT - 1", "AMUONT - 1").status(65).says(&["EXP002", "AMOUNT?", &line("AMUONT", &changed)]);
    let changed = inside("rule: R", "role: R");
    run("rule: R", "role: R").status(65).says(&["JOB002", "no field role", &line("role: R", &changed)]);
    let changed = inside("reject-record:", "rejects-record:");
    run("reject-record:", "rejects-record:").status(65).says(&[
        "JOB002",
        "no field rejects-record",
        &line("rejects-record", &changed),
    ]);
    run("double-entry:", "version: 2\n        double-entry:").status(65).says(&["JOB002", "version 2"]);
    whole.put("job.yaml", text.replace("rules: rules.yaml", "rules: [ 1 ]").as_bytes());
    whole.run(&[]).status(65).says(&["JOB001", "a rules file, or the rules themselves"]);
}
