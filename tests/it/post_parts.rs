//! Transactions that meet in few rows, by chance: the bytes of a plain program, for any number of threads.

use std::collections::BTreeMap;

use crate::harness::{Job, Random, ebcdic};

const TX: &str = "01 TX.\n  05 CARD PIC X(3).\n  05 CODE PIC X.\n  05 SUB PIC 9.\n  05 AMOUNT PIC 9(4).\n";
const XREF: &str = "01 XREF.\n  05 X-CARD PIC X(3).\n  05 X-ACCOUNT PIC 9(3).\n";
const ACCOUNT: &str = "01 ACCOUNT.\n  05 A-ID PIC 9(5).\n  05 A-BALANCE PIC 9(7).\n  05 A-COUNT PIC 9(5).\n";
const SUB: &str = "01 SUBS.\n  05 S-ACCOUNT PIC 9(3).\n  05 S-SUB PIC 9.\n  05 S-SUM PIC 9(7).\n";
const LINE: &str = "01 LINE.\n  05 L-CARD PIC X(3).\n  05 L-CODE PIC X(4).\n  05 L-BALANCE PIC 9(7).\n  05 L-SUM PIC 9(7).\n";

/// Deposits and withdrawals; the second kind is rejected after it changed two rows. C closes an account, and the next
/// transaction makes it anew.
const RULES: &str = "version: 1
program: PARTS
working: |
  01 W.
     05 W-BALANCE PIC S9(7).
edits:
  - rule: CARD
    do: [ { lookup: XREF, key: CARD, missing: reject, code: CARD } ]
rules:
  - rule: LOOK
    do:
      - { lookup: ACCOUNT, key: X-ACCOUNT, missing: create }
      - { lookup: SUBS, key: [ X-ACCOUNT, SUB ], missing: create }
      - { add: 1, to: A-COUNT }
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
  - rule: LINE
    do:
      - emit: OUT
        do:
          - { move: CARD, to: L-CARD }
          - { move: CODE, to: L-CODE }
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
  account: { path: account, record: { copybook: account.cpy, recfm: FB, lrecl: 17 } }
  subs: { path: subs, record: { copybook: subs.cpy, recfm: FB, lrecl: 11 } }
  account-new: { path: account-new, like: account, disp: replace }
  subs-new: { path: subs-new, like: subs, disp: replace }
  out: { path: out, record: { copybook: line.cpy, recfm: FB, lrecl: 21 }, disp: replace }
  rejects: { path: rejects, like: out, disp: replace }
steps:
  - step: POST
    post:
      in: tx
      rules: rules.yaml
      masters:
        XREF: { dataset: xref, key: [ X-CARD ] }
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
        let code = ['D', 'D', 'W', 'W', 'W', 'C'][below(6) as usize];
        Tx { card, code, sub: below(3), amount: below(1500) }
    };
    let transactions = (0..transactions).map(transaction).collect();
    Files { cards, accounts: rows, subs, transactions }
}

/// What the rules say, done plainly.
fn plainly(files: &Files) -> [String; 4] {
    let (mut out, mut rejects) = (String::new(), String::new());
    let (mut accounts, mut subs) = (files.accounts.clone(), files.subs.clone());
    for (number, tx) in files.transactions.iter().enumerate() {
        let mut reject = |code: &str| {
            rejects += &format!("{}{code}{:07}{:07}", tx.card, tx.amount, number + 1);
        };
        let Some(account) = files.cards.get(&tx.card) else {
            reject("CARD");
            continue;
        };
        let (mut balance, count) = accounts.get(account).copied().unwrap_or_default();
        let mut sum = subs.get(&(*account, tx.sub)).copied().unwrap_or_default();
        match tx.code {
            'D' => (balance, sum) = (balance + tx.amount, sum + tx.amount),
            'W' if balance < tx.amount => {
                reject("OVER");
                continue;
            }
            'W' => (balance, sum) = (balance - tx.amount, sum + tx.amount),
            _ => {}
        }
        out += &format!("{}{}   {balance:07}{sum:07}", tx.card, tx.code);
        accounts.insert(*account, (balance, count + 1));
        subs.insert((*account, tx.sub), sum);
        if tx.code == 'C' {
            accounts.remove(account);
        }
    }
    [out, rejects, account_file(&accounts), sub_file(&subs)]
}

fn account_file(rows: &BTreeMap<u64, (u64, u64)>) -> String {
    rows.iter().map(|(id, (balance, count))| format!("{id:05}{balance:07}{count:05}")).collect()
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

#[test]
fn transactions_that_meet_give_the_same_bytes_on_any_threads() {
    // Few accounts in one block, and many blocks.
    for (seed, accounts, transactions) in [(1, 3, 500), (2, 40, 3000), (3, 200, 300_000)] {
        let files = files(seed, accounts, transactions);
        let job = job(&files, RULES);
        let wanted: Vec<_> = plainly(&files).iter().map(|text| ebcdic(text)).collect();
        for threads in ["1", "2", "3", "8"] {
            let run = job.run(&["--threads", threads, "--rerun"]);
            assert!(run.status == 4, "{}", run.stderr);
            assert!(written(&job) == wanted, "seed {seed}, {threads} threads");
        }
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
    let total = total.replace("{ add: 1, to: A-COUNT }", "{ add: 1, to: W-TOTAL }");
    let text = plan(&total);
    assert!(text.contains("W-TOTAL keeps its value"), "{text}");
    let text = plan(&RULES.replace("edits:\n", "sequence: { by: [ CARD ] }\nedits:\n"));
    assert!(text.contains("held against the one before it"), "{text}");
    let other = RULES.replace("lookup: SUBS, key: [ X-ACCOUNT, SUB ]", "lookup: SUBS, key: [ SUB, SUB ]");
    let text = plan(&other);
    assert!(text.contains("ACCOUNT and SUBS"), "{text}");
}
