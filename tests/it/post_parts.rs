//! Transactions that meet in few rows, by chance: the bytes of a plain program, for any number of threads.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Job, Random, ebcdic};

const TX: &str = "01 TX.\n  05 CARD PIC X(3).\n  05 CODE PIC X.\n  05 SUB PIC 9.\n  05 AMOUNT PIC 9(4).\n";
const XREF: &str = "01 XREF.\n  05 X-CARD PIC X(3).\n  05 X-ACCOUNT PIC 9(3).\n";
const OTHER: &str = "01 OTHER.\n  05 O-CARD PIC X(3).\n  05 O-ACCOUNT PIC 9(3).\n";
const ACCOUNT: &str = "01 ACCOUNT.\n  05 A-ID PIC 9(5).\n  05 A-BALANCE PIC 9(7).\n  05 A-COUNT PIC 9(2).\n";
const SUB: &str = "01 SUBS.\n  05 S-ACCOUNT PIC 9(3).\n  05 S-SUB PIC 9.\n  05 S-SUM PIC 9(7).\n";
const LINE: &str = "01 LINE.\n  05 L-CARD PIC X(3).\n  05 L-CODE PIC X(4).\n  05 L-BALANCE PIC 9(7).\n  05 L-SUM PIC 9(7).\n  05 L-AMOUNT PIC 9(4).\n";

/// Deposits and withdrawals; the second kind is rejected after it changed two rows. C closes an account, and the next
/// transaction makes it anew. I opens a sum, Q shares an amount out, N counts the cards of an account, T takes the days of so many
/// months. What was posted comes out as it came in.
const RULES: &str = "version: 1
program: PARTS
working: |
  01 W.
     05 W-BALANCE PIC S9(7).
     05 W-SHARE PIC 9(4).
     05 W-REST PIC 9(4).
     05 W-DATE PIC 9(8).
totals:
  - total: POSTED
    in: [ { sum: AMOUNT, by: SUB } ]
    out: [ { sum: L-AMOUNT, to: OUT, by: L-CODE(2:1) } ]
edits:
  - rule: CARD
    do: [ { lookup: XREF, key: CARD, missing: reject, code: CARD } ]
rules:
  - rule: OPEN
    when: CODE = 'I'
    do:
      - { insert: SUBS, key: [ X-ACCOUNT, SUB ], duplicate: reject, code: TWICE }
      - { move: 7, to: S-SUM }
  - rule: LOOK
    do:
      - { lookup: ACCOUNT, key: X-ACCOUNT, missing: create }
      - { lookup: SUBS, key: [ X-ACCOUNT, SUB ], missing: create }
      - { warn: BIG, reason: MUCH, when: AMOUNT > 1400 }
      - add: 1
        to: A-COUNT
        on-size-error: [ { move: 0, to: A-COUNT }, { warn: FULL, reason: BEGUN ANEW } ]
  - rule: DEPOSIT
    when: CODE = 'D'
    do: [ { add: AMOUNT, to: [ A-BALANCE, S-SUM ] } ]
  - rule: WITHDRAW
    when: CODE = 'W'
    do:
      - { compute: W-BALANCE, is: A-BALANCE - AMOUNT }
      - { add: AMOUNT, to: S-SUM }
      - { reject: OVER, when: W-BALANCE < 0 }
      - { move: W-BALANCE, to: A-BALANCE }
  - rule: SHARE
    when: CODE = 'Q'
    do:
      - { divide: AMOUNT, by: SUB, giving: W-SHARE, remainder: W-REST, on-size-error: reject, code: ZERO }
      - { add: W-SHARE, to: A-BALANCE }
      - { add: W-REST, to: S-SUM, on-size-error: truncate }
      - { multiply: 2, by: S-SUM, on-size-error: truncate }
  - rule: CARDS
    when: CODE = 'N'
    do:
      - { for-each: OTHER, by: ACC, key: X-ACCOUNT, do: [ { add: 1, to: A-BALANCE } ] }
  - rule: MONTHS
    when: CODE = 'T'
    do:
      - { compute: W-DATE, is: \"FUNCTION ADD-MONTHS (20240131, SUB)\" }
      - { compute: S-SUM, is: \"FUNCTION DAYS-BETWEEN (20240101, W-DATE)\" }
  - rule: LINE
    do:
      - emit: OUT
        do:
          - { move: CARD, to: L-CARD }
          - { string: [ CODE, SUB ], to: L-CODE }
          - { move: AMOUNT, to: L-AMOUNT }
          - { move: A-BALANCE, to: L-BALANCE }
          - { move: S-SUM, to: L-SUM }
  - rule: CLOSE
    when: CODE = 'C'
    do: [ { delete: ACCOUNT } ]
reject-record:
  - { move: CARD, to: L-CARD }
  - { move: REJECT-CODE(1:4), to: L-CODE }
  - { move: AMOUNT, to: L-BALANCE }
  - { move: RECORD-NUMBER, to: L-SUM }
";

const JOB: &str = "version: 1
job: PARTS
datasets:
  tx: { path: tx, record: { copybook: tx.cpy, recfm: FB, lrecl: 9 } }
  xref: { path: xref, record: { copybook: xref.cpy, recfm: FB, lrecl: 6 } }
  other: { path: xref, record: { copybook: other.cpy, recfm: FB, lrecl: 6 } }
  account: { path: account, record: { copybook: account.cpy, recfm: FB, lrecl: 14 } }
  subs: { path: subs, record: { copybook: subs.cpy, recfm: FB, lrecl: 11 } }
  account-new: { path: account-new, like: account, disp: replace }
  subs-new: { path: subs-new, like: subs, disp: replace }
  out: { path: out, record: { copybook: line.cpy, recfm: FB, lrecl: 25 }, disp: replace }
  rejects: { path: rejects, like: out, disp: replace }
steps:
  - step: POST
    post:
      in: tx
      rules: rules.yaml
      masters:
        XREF: { dataset: xref, key: [ X-CARD ] }
        OTHER: { dataset: other, key: [ O-CARD ], alternate: { ACC: [ O-ACCOUNT ] } }
        ACCOUNT: { dataset: account, key: [ A-ID ], new: account-new }
        SUBS: { dataset: subs, key: [ S-ACCOUNT, S-SUB ], new: subs-new }
      out: { OUT: out }
      rejects: { to: rejects }
";

const WRITTEN: [&str; 4] = ["out", "rejects", "account-new", "subs-new"];

struct Tx {
    card: String,
    code: char,
    sub: u64,
    amount: u64,
}

struct Files {
    cards: BTreeMap<String, u64>,
    accounts: BTreeMap<u64, (u64, u64)>,
    subs: BTreeMap<(u64, u64), u64>,
    transactions: Vec<Tx>,
}

fn files(seed: u64, accounts: u64, transactions: usize) -> Files {
    let mut chance = Random::new(seed);
    let mut below = |limit: u64| chance.next() % limit;
    let cards: BTreeMap<_, _> =
        (0..accounts * 2).map(|card| (format!("{card:03}"), below(accounts))).collect();
    let some = (0..accounts).filter(|_| below(3) > 0).collect::<Vec<_>>();
    let rows = some.iter().map(|id| (*id, (below(2000), 0))).collect();
    let subs = some.iter().map(|id| ((*id, below(3)), below(50))).collect();
    let transaction = |_| {
        let card = format!("{:03}", below(accounts * 2 + 1));
        let code = ['D', 'D', 'W', 'W', 'W', 'C', 'I', 'Q', 'N', 'T'][below(10) as usize];
        Tx { card, code, sub: below(3), amount: below(1500) }
    };
    let transactions = (0..transactions).map(transaction).collect();
    Files { cards, accounts: rows, subs, transactions }
}

/// What comes of the transactions.
struct Done {
    /// Files in the order of [`WRITTEN`].
    files: [String; 4],
    warnings: BTreeMap<&'static str, u64>,
    rejects: BTreeMap<&'static str, u64>,
    /// Amounts posted and rejected, by sum.
    posted: BTreeMap<u64, u64>,
    rejected: BTreeMap<u64, u64>,
}

/// What the rules say, done plainly.
fn plainly(files: &Files) -> Done {
    let (mut out, mut rejects) = (String::new(), String::new());
    let (mut accounts, mut subs) = (files.accounts.clone(), files.subs.clone());
    let (mut warnings, mut codes) = (BTreeMap::new(), BTreeMap::new());
    let (mut posted, mut rejected) = (BTreeMap::new(), BTreeMap::new());
    for (number, tx) in files.transactions.iter().enumerate() {
        let mut reject = |code: &'static str| {
            rejects += &format!("{}{:4}{:07}{:07}0000", tx.card, &code[..4], tx.amount, number + 1);
            *codes.entry(code).or_default() += 1;
            *rejected.entry(tx.sub).or_default() += tx.amount;
        };
        let Some(account) = files.cards.get(&tx.card) else {
            reject("CARD");
            continue;
        };
        let key = (*account, tx.sub);
        if tx.code == 'I' && subs.contains_key(&key) {
            reject("TWICE");
            continue;
        }
        let (mut balance, mut count) = accounts.get(account).copied().unwrap_or_default();
        let mut sum = if tx.code == 'I' { 7 } else { subs.get(&key).copied().unwrap_or_default() };
        let full = count == 99;
        count = if full { 0 } else { count + 1 };
        match tx.code {
            'D' => (balance, sum) = (balance + tx.amount, sum + tx.amount),
            'W' if balance < tx.amount => {
                reject("OVER");
                continue;
            }
            'W' => (balance, sum) = (balance - tx.amount, sum + tx.amount),
            'Q' if tx.sub == 0 => {
                reject("ZERO");
                continue;
            }
            'Q' => {
                (balance, sum) = (balance + tx.amount / tx.sub, (sum + tx.amount % tx.sub) * 2 % 10_000_000)
            }
            'N' => balance += files.cards.values().filter(|of| *of == account).count() as u64,
            // The last days of January, February and March of a leap year.
            'T' => sum = [30, 59, 90][tx.sub as usize],
            _ => {}
        }
        out += &format!("{}{}{}  {balance:07}{sum:07}{:04}", tx.card, tx.code, tx.sub, tx.amount);
        if full {
            *warnings.entry("FULL BEGUN ANEW").or_default() += 1;
        }
        if tx.amount > 1400 {
            *warnings.entry("BIG MUCH").or_default() += 1;
        }
        *posted.entry(tx.sub).or_default() += tx.amount;
        accounts.insert(*account, (balance, count));
        subs.insert(key, sum);
        if tx.code == 'C' {
            accounts.remove(account);
        }
    }
    let files = [out, rejects, account_file(&accounts), sub_file(&subs)];
    Done { files, warnings, rejects: codes, posted, rejected }
}

fn account_file(rows: &BTreeMap<u64, (u64, u64)>) -> String {
    rows.iter().map(|(id, (balance, count))| format!("{id:05}{balance:07}{count:02}")).collect()
}

fn sub_file(rows: &BTreeMap<(u64, u64), u64>) -> String {
    rows.iter().map(|((id, sub), sum)| format!("{id:03}{sub}{sum:07}")).collect()
}

fn job(files: &Files, rules: &str) -> Job {
    let transaction = |tx: &Tx| format!("{}{}{}{:04}", tx.card, tx.code, tx.sub, tx.amount);
    let cards: String = files.cards.iter().map(|(card, account)| format!("{card}{account:03}")).collect();
    let transactions: String = files.transactions.iter().map(transaction).collect();
    Job::new()
        .text("tx.cpy", TX)
        .text("xref.cpy", XREF)
        .text("other.cpy", OTHER)
        .text("account.cpy", ACCOUNT)
        .text("subs.cpy", SUB)
        .text("line.cpy", LINE)
        .text("rules.yaml", rules)
        .file("tx", &ebcdic(&transactions))
        .file("xref", &ebcdic(&cards))
        .file("account", &ebcdic(&account_file(&files.accounts)))
        .file("subs", &ebcdic(&sub_file(&files.subs)))
        .yaml(JOB)
}

fn written(job: &Job) -> Vec<Vec<u8>> {
    WRITTEN.iter().map(|name| job.read(name)).collect()
}

/// Holds what a report says against what was done.
fn check_report(report: &Value, done: &Done) {
    let step = &report["steps"][0];
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let told = done.warnings.iter().map(|(text, count)| (format!("warning {text}"), *count));
    counts.extend(told.chain(done.rejects.iter().map(|(code, count)| (format!("reject {code} "), *count))));
    for (name, count) in counts {
        let mut details = step["details"].as_array().unwrap().iter();
        let found = details.find(|it| it["name"].as_str().unwrap().trim_end() == name.trim_end());
        assert_eq!(found.unwrap_or_else(|| panic!("no {name}"))["count"].as_u64(), Some(count), "{name}");
    }
    for (name, sums) in [("in", &done.posted), ("out", &done.posted), ("rejected", &done.rejected)] {
        let mut totals = step["totals"].as_array().unwrap().iter();
        let total = totals.find(|total| total["name"] == format!("POSTED {name}")).unwrap();
        let groups = total["groups"].as_array().unwrap().iter();
        let number = |value: &Value| value.as_str().unwrap().parse::<u64>().unwrap();
        let found: BTreeMap<u64, u64> =
            groups.map(|group| (number(&group["group"]), number(&group["sum"]))).collect();
        assert!(sums.iter().all(|(sub, sum)| found[sub] == *sum), "{name}: {found:?}, not {sums:?}");
    }
}

#[test]
fn transactions_that_meet_give_the_same_bytes_on_any_threads() {
    // Few accounts in one block, and many blocks.
    for (seed, accounts, transactions) in [(1, 3, 500), (2, 40, 3000), (3, 200, 300_000)] {
        let files = files(seed, accounts, transactions);
        let job = job(&files, RULES);
        let done = plainly(&files);
        let wanted: Vec<_> = done.files.iter().map(|text| ebcdic(text)).collect();
        for threads in ["1", "2", "3", "8"] {
            let run = job.run(&["--threads", threads, "--rerun", "--json"]);
            assert!(run.status == 4, "{}", run.stderr);
            assert!(written(&job) == wanted, "seed {seed}, {threads} threads");
            check_report(&run.json(), &done);
        }
    }
}

#[test]
fn masters_that_do_not_fit_into_memory_are_posted_in_a_balanced_line() {
    let mut files = files(11, 40, 30_000);
    files.accounts.extend((1_000..51_000).map(|id| (id, (id % 977, 3))));
    let job = job(&files, RULES);
    let done = plainly(&files);
    let wanted: Vec<_> = done.files.iter().map(|text| ebcdic(text)).collect();
    for threads in ["1", "3"] {
        let run = job.run(&["--threads", threads, "--memory", "1M", "--rerun", "--json"]);
        assert!(run.status == 4, "{}", run.stderr);
        assert!(written(&job) == wanted, "{threads} threads");
        check_report(&run.json(), &done);
        let line = "balanced line: transactions and ACCOUNT, SUBS sorted by X-ACCOUNT";
        assert_eq!(run.json()["steps"][0]["masters"], line);
    }
    job.run(&["--memory", "1M", "--rerun"]).status(4).stdout_contains("POST: balanced line");
    // A limit that the job gives itself is kept by it.
    let limited = JOB.replace("job: PARTS\n", "job: PARTS\nlimits: { memory: 1M }\n");
    let job = job.yaml(&limited);
    job.run(&["--rerun"]).status(4);
    assert!(written(&job) == wanted);
}

#[test]
fn one_reject_too_many_ends_it_on_any_threads() {
    let files = files(4, 40, 100_000);
    let rejected: u64 = plainly(&files).rejects.values().sum();
    for (most, status) in [(rejected, 4), (rejected - 1, 88)] {
        let job = job(&files, RULES)
            .yaml(&JOB.replace("to: rejects }", &format!("to: rejects, max-count: {most} }}")));
        let mut said = Vec::new();
        for threads in ["1", "2", "8"] {
            let run = job.run(&["--threads", threads, "--rerun"]);
            assert_eq!(run.status, status, "{}", run.stderr);
            said.push(run.stderr.lines().filter(|line| line.contains("so far")).collect::<String>());
        }
        assert!(said.iter().all(|text| *text == said[0]) && said[0].is_empty() == (status == 4), "{said:?}");
    }
}

#[test]
fn the_first_transaction_that_fails_is_the_one_reported() {
    let mut files = files(7, 40, 200_000);
    for number in [150_003, 150_004, 190_000] {
        files.transactions[number].code = 'X';
    }
    let rules = RULES.replace(
        "  - rule: DEPOSIT",
        "  - rule: X\n    when: CODE = 'X'\n    do: [ { stop: NO SUCH CODE } ]\n  - rule: DEPOSIT",
    );
    let job = job(&files, &rules);
    for threads in ["1", "2", "8"] {
        job.run(&["--threads", threads]).status(89).says(&["NO SUCH CODE", "150004"]).nothing_published();
    }
}

#[test]
fn plan_says_what_keeps_transactions_together_or_in_order() {
    let files = files(9, 3, 10);
    let plan = |rules: &str| {
        let job = job(&files, rules);
        let run = job.offhost(&["plan", "job.yaml", "--root", job.path().to_str().unwrap()]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stdout
    };
    let text = plan(RULES);
    assert!(text.contains("side by side, those of one X-ACCOUNT in order"), "{text}");
    let total =
        RULES.replace("05 W-BALANCE PIC S9(7).", "05 W-BALANCE PIC S9(7).\n     05 W-TOTAL PIC 9(9).");
    let total = total.replace("to: A-COUNT\n", "to: W-TOTAL\n");
    let text = plan(&total);
    assert!(text.contains("W-TOTAL keeps its value"), "{text}");
    let text = plan(&RULES.replace("edits:\n", "sequence: { by: [ CARD ] }\nedits:\n"));
    assert!(text.contains("held against the one before it"), "{text}");
    let other = RULES.replace("lookup: SUBS, key: [ X-ACCOUNT, SUB ]", "lookup: SUBS, key: [ SUB, SUB ]");
    let text = plan(&other);
    assert!(text.contains("ACCOUNT and SUBS"), "{text}");
}

#[test]
fn plan_says_whether_the_masters_fit_into_memory() {
    let mut files = files(9, 3, 10);
    let plan = |files: &Files| {
        let job = job(files, RULES);
        let root = job.path().to_str().unwrap().to_owned();
        let options = ["plan", "job.yaml", "--root", &root, "--memory", "1M"];
        let text = job.offhost(&options).status(0).stdout.clone();
        let json = job.offhost(&[options.as_slice(), &["--json"]].concat()).status(0).json();
        (text, json["masters"][0]["fit"].as_bool())
    };
    let (text, fit) = plan(&files);
    assert!(text.contains("masters of POST") && text.contains("transactions stream"), "{text}");
    assert_eq!(fit, Some(true));
    files.accounts = (0..50_000).map(|id| (id, (0, 0))).collect();
    let (text, fit) = plan(&files);
    let line = "balanced line, since they take 1.3 MiB and the memory has room for 1.0 MiB; transactions and ACCOUNT, SUBS are sorted by X-ACCOUNT";
    assert!(text.contains(line) && text.contains("XREF, OTHER in memory"), "{text}");
    assert_eq!(fit, Some(false));
    // What cannot be divided stays as it is, and is said.
    let job = job(&files, &RULES.replace("edits:\n", "sequence: { by: [ CARD ] }\nedits:\n"));
    let plan = ["plan", "job.yaml", "--root", job.path().to_str().unwrap(), "--memory", "1M"];
    let text = job.offhost(&plan).status(0).stdout.clone();
    assert!(text.contains("held whole all the same"), "{text}");
    assert!(text.contains("cannot take them: each transaction is held against the one before it"), "{text}");
    let json = job.offhost(&[plan.as_slice(), &["--json"]].concat()).json();
    assert_eq!(json["masters"][0]["how"], "held whole");
}
