//! Rules by chance with every verb of the language, over transactions that meet in few rows: one thread posts them one after the
//! other, several side by side where the program allows it. Whatever a run leaves must not tell which it was: bytes of every
//! output and master, counts, warnings, reject codes, balances, and the message of a run that stops. Nor must it tell whether masters were in memory or in a balanced line.
//!
//! What one thread leaves is held against a plain interpreter by [`crate::rules_twin`] and [`crate::post_parts`].
//!
//! ```text
//! OFFHOST_ROUNDS=50 cargo test --release --test it -- post_threads
//! OFFHOST_SEED=4711 cargo test --test it -- post_threads           one program, with its files left in a folder that is named
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Mutex;

use offhost::diag::{Style, render};
use offhost::job::{Plan, Request, StepKind, load};
use offhost::post::Partition;
use offhost::run::{Resources, Silent, Start, start};
use offhost::sys::{RealFs, Root};

use crate::harness::{Random, check_seeds, ebcdic, memory_folder, packed};

/// Programs in the short lane.
const PROGRAMS: u64 = 80;
const FAILURES: usize = 2;
/// So little memory that blocks have few hundred transactions, and several are under way.
const MEMORY: u64 = 1 << 20;

const TX: &str = "01 TX.
   05 CARD PIC X(3).
   05 KIND PIC X.
   05 SUB PIC 9.
   05 AMOUNT PIC S9(5)V99 COMP-3.
   05 QTY PIC 9(3).
   05 DUE PIC 9(8).
   05 NOTE PIC X(12).
";
const XREF: &str = "01 XREF.
   05 X-CARD PIC X(3).
   05 X-ACCOUNT PIC 9(3).
   05 X-RATE PIC 9V999.
";
const OTHER: &str = "01 OTHER.
   05 O-CARD PIC X(3).
   05 O-ACCOUNT PIC 9(3).
   05 O-RATE PIC 9V999.
";
const ACCOUNT: &str = "01 ACCOUNT.
   05 A-ID PIC 9(5).
   05 A-BALANCE PIC S9(6)V99.
   05 A-COUNT PIC 9(3).
   05 A-STATUS PIC X.
      88 A-OPEN VALUE 'O' WHEN SET TO FALSE 'C'.
      88 A-LATE VALUE 'L'.
   05 A-DATE PIC 9(8).
   05 A-NOTE PIC X(10).
   05 A-MONTH PIC 9(5) OCCURS 4.
";
const SUBS: &str = "01 SUBS.
   05 S-ACCOUNT PIC 9(3).
   05 S-SUB PIC 9.
   05 S-SUM PIC S9(7)V99.
";
const LINE: &str = "01 LINE.
   05 L-KIND PIC X(4).
   05 L-AMT PIC S9(9)V99.
   05 L-TEXT PIC X(14).
   05 L-N PIC 9(9).
";
const GL: &str = "01 GL.
   05 G-SIDE PIC X.
   05 G-AMT PIC S9(7)V99.
   05 G-SUB PIC 9.
";
const WORKING: &str = "working: |
  01 W.
     05 W-AMT PIC S9(7)V99.
     05 W-QUOT PIC S9(5)V99.
     05 W-REM PIC S9(5)V99.
     05 W-SMALL PIC S9(3).
     05 W-N PIC 9(3).
     05 W-TEXT PIC X(12).
     05 W-P1 PIC X(6).
     05 W-P2 PIC X(6).
     05 W-PTR PIC 99.
     05 W-IX PIC 99.
     05 W-DATE PIC 9(8).
     05 W-TOTAL PIC S9(11)V99.
     05 W-LIMITS VALUE 'A010B050C200D400'.
        10 W-LIMIT OCCURS 4 ASCENDING KEY W-L-CODE.
           15 W-L-CODE PIC X.
           15 W-L-MOST PIC 9(3).
";

/// What rules do, by the name of what it shows. All of it leaves working storage as it finds it, or sets it before it is used.
const VERBS: &[(&str, &str)] = &[
    (
        "compute",
        "{ compute: A-BALANCE, is: A-BALANCE + AMOUNT * X-RATE, rounded: nearest-even, on-size-error: truncate }",
    ),
    (
        "compute reject",
        "{ compute: A-BALANCE, is: A-BALANCE * 3 - AMOUNT, on-size-error: reject, code: OVER, reason: TOO MUCH }",
    ),
    (
        "size actions",
        "{ add: QTY, to: A-COUNT, on-size-error: [ { warn: FULL, reason: COUNT IS FULL }, { move: 0, to: A-COUNT } ], not-on-size-error: [ { move: QTY, to: A-MONTH(1) } ] }",
    ),
    (
        "size actions of a quotient",
        "{ divide: AMOUNT, by: QTY, giving: S-SUM, on-size-error: [ { warn: ZERO, reason: NOTHING TO DIVIDE BY }, { subtract: 1, from: S-SUM, on-size-error: truncate } ] }",
    ),
    ("add to several", "{ add: AMOUNT, to: [ A-BALANCE, S-SUM ], on-size-error: truncate }"),
    ("add giving", "{ add: AMOUNT, to: QTY, giving: S-SUM, on-size-error: truncate }"),
    ("subtract", "{ subtract: AMOUNT, from: A-BALANCE, rounded: away-from-zero, on-size-error: truncate }"),
    ("multiply", "{ multiply: 2, by: A-COUNT, on-size-error: reject, code: MANY, reason: MANY }"),
    (
        "multiply giving",
        "{ multiply: X-RATE, by: AMOUNT, giving: W-AMT, rounded: toward-lesser }, { add: W-AMT, to: S-SUM, on-size-error: truncate }",
    ),
    ("divide into", "{ divide: 3, into: A-BALANCE, rounded: nearest-away-from-zero }"),
    (
        "remainder",
        "{ divide: AMOUNT, by: 7, giving: W-QUOT, remainder: W-REM }, { add: W-REM, to: A-BALANCE, on-size-error: truncate }, { move: W-QUOT, to: A-MONTH(2), on-size-error: truncate }",
    ),
    (
        "warn",
        "{ warn: BIG, reason: LARGE AMOUNT, when: AMOUNT > 800 }, { warn: OLD, reason: LONG DUE, when: DUE < 20240301 }",
    ),
    ("set", "{ set: A-LATE, when: DUE < A-DATE }, { set: A-OPEN, to: 'FALSE', when: A-BALANCE < 0 }"),
    (
        "condition name",
        "{ when: A-OPEN, do: [ { add: 1, to: A-MONTH(3), on-size-error: truncate } ], else: [ { set: A-OPEN } ] }",
    ),
    (
        "date",
        "{ compute: A-DATE, is: \"FUNCTION ADD-DAYS (DUE, QTY)\" }, { compute: W-DATE, is: \"FUNCTION ADD-MONTHS (A-DATE, 1)\" }, { compute: A-MONTH(4), is: \"FUNCTION DAYS-BETWEEN (DUE, W-DATE)\", on-size-error: truncate }",
    ),
    (
        "string",
        "{ move: SPACES, to: W-TEXT }, { move: 2, to: W-PTR }, { string: [ CARD, \"'/'\", NOTE DELIMITED BY SPACE ], to: W-TEXT, pointer: W-PTR, on-overflow: [ { warn: LONG, reason: CUT } ] }, { move: W-TEXT, to: A-NOTE }",
    ),
    ("string into a row", "{ string: [ KIND, A-NOTE DELIMITED BY SPACE ], to: A-NOTE }"),
    (
        "unstring",
        "{ move: SPACES, to: [ W-P1, W-P2 ] }, { move: 0, to: W-N }, { unstring: NOTE, delimited-by: [ \"'-'\" ], into: [ W-P1, W-P2 ], tallying: W-N, on-overflow: [ { move: 9, to: A-MONTH(2) } ] }, { move: W-P2, to: A-NOTE }, { add: W-N, to: A-COUNT, on-size-error: truncate }",
    ),
    (
        "inspect",
        "{ move: 0, to: W-N }, { inspect: NOTE, tallying: [ W-N FOR ALL 'A' BEFORE INITIAL '-' ] }, { add: W-N, to: A-COUNT, on-size-error: truncate }, { inspect: A-NOTE, replacing: [ ALL 'A' BY 'B' ] }",
    ),
    ("inspect converting", "{ inspect: A-NOTE, converting: \"'ABC' TO 'BCA'\" }"),
    (
        "search",
        "{ move: 1, to: W-IX }, { search: W-LIMIT, varying: W-IX, where: W-L-MOST(W-IX) > QTY, do: [ { move: W-L-MOST(W-IX), to: A-MONTH(1) } ], at-end: [ { warn: HIGH, reason: NO LIMIT } ] }",
    ),
    (
        "search-all",
        "{ move: 1, to: W-IX }, { search-all: W-LIMIT, varying: W-IX, where: W-L-CODE(W-IX) = KIND, do: [ { move: W-L-CODE(W-IX), to: A-STATUS } ], at-end: [ { add: 1, to: A-COUNT, on-size-error: truncate } ] }",
    ),
    (
        "table in a row",
        "{ compute: W-IX, is: SUB + 1 }, { add: 1, to: A-MONTH(W-IX), on-size-error: truncate, when: SUB < 4 }",
    ),
    (
        "reject late",
        "{ add: 5, to: S-SUM, on-size-error: truncate }, { reject: LATE, reason: REJECTED LATE, when: KIND = 'C' AND SUB = 1 }",
    ),
    (
        "insert",
        "{ insert: SUBS, key: [ X-ACCOUNT, SUB ], duplicate: continue }, { add: 1, to: S-SUM, on-size-error: truncate }",
    ),
    (
        "insert reject",
        "{ when: QTY > 900, do: [ { insert: SUBS, key: [ X-ACCOUNT, QTY ], duplicate: reject, code: TWICE, reason: ROW IS THERE } ] }, { lookup: SUBS, key: [ X-ACCOUNT, SUB ], missing: create }",
    ),
    (
        "or-key",
        "{ lookup: SUBS, key: [ X-ACCOUNT, 9 ], or-key: [ X-ACCOUNT, SUB ], missing: create }, { add: 2, to: S-SUM, on-size-error: truncate }",
    ),
    (
        "delete",
        "{ when: KIND = 'D' AND QTY < 400, do: [ { delete: SUBS }, { lookup: SUBS, key: [ X-ACCOUNT, SUB ], missing: create } ] }",
    ),
    (
        "delete account",
        "{ when: SUB = 7, do: [ { delete: ACCOUNT }, { lookup: ACCOUNT, key: X-ACCOUNT, missing: create } ] }",
    ),
    (
        "alternate key",
        "{ lookup: OTHER, by: ACC, key: X-ACCOUNT, missing: continue }, { move: O-CARD, to: A-NOTE, when: OTHER-FOUND }",
    ),
    (
        "for-each",
        "{ move: 0, to: W-N }, { for-each: OTHER, by: ACC, key: X-ACCOUNT, do: [ { add: 1, to: W-N }, { add: O-RATE, to: S-SUM, on-size-error: truncate } ] }, { add: W-N, to: A-COUNT, on-size-error: truncate }",
    ),
    (
        "emit",
        "{ emit: OUT, do: [ { move: \"'POST'\", to: L-KIND }, { move: A-BALANCE, to: L-AMT }, { string: [ CARD, \"'='\", A-NOTE ], to: L-TEXT }, { move: RECORD-NUMBER, to: L-N } ] }",
    ),
    (
        "emit unset",
        "{ emit: OUT, unset: blank, do: [ { move: \"'SUMS'\", to: L-KIND }, { move: S-SUM, to: L-AMT }, { move: ACCOUNT-ROWS, to: L-N } ] }",
    ),
    (
        "emit from",
        "{ emit: OUT, from: NOTE, do: [ { move: A-COUNT, to: L-N }, { move: A-DATE, to: L-AMT } ] }",
    ),
    ("perform", "{ perform: CHARGE }"),
    (
        "double entry",
        "{ emit: GL, do: [ { move: \"'D'\", to: G-SIDE }, { move: AMOUNT, to: G-AMT }, { move: SUB, to: G-SUB } ] }, { emit: GL, do: [ { move: \"'C'\", to: G-SIDE }, { move: AMOUNT, to: G-AMT }, { move: SUB, to: G-SUB } ] }",
    ),
    ("move", "{ move: NOTE, to: A-NOTE }, { move: QTY, to: [ A-COUNT, A-MONTH(2) ] }"),
    ("group move", "{ move: NOTE, to: W-TEXT }, { move: W-TEXT(1:3), to: A-NOTE(2:3) }"),
];

/// What ends a run, or balances in some runs alone.
const STOPS: &[&str] = &[
    "{ stop: THAT KIND, when: KIND = 'E' AND QTY = 77 }",
    "{ move: 0, to: W-SMALL }, { add: QTY, to: W-SMALL }, { add: SUB, to: W-SMALL }",
    "{ add: QTY, to: A-COUNT }",
    "{ lookup: SUBS, key: [ X-ACCOUNT, 8 ], missing: continue }, { lookup: SUBS, key: [ X-ACCOUNT, SUB ], missing: stop }",
    "{ divide: QTY, into: A-BALANCE, on-size-error: stop }",
    "{ emit: GL, when: QTY = 77, do: [ { move: \"'D'\", to: G-SIDE }, { move: 1, to: G-AMT }, { move: SUB, to: G-SUB } ] }",
    "{ emit: GL, when: QTY = 77, do: [ { move: \"'X'\", to: G-SIDE } ] }",
    "{ insert: SUBS, key: [ X-ACCOUNT, SUB ], duplicate: stop }",
];

/// What keeps transactions in their order.
const TOGETHER: &[&str] = &[
    "{ add: AMOUNT, to: W-TOTAL }, { move: W-TOTAL, to: A-MONTH(1), on-size-error: truncate }",
    "{ emit: OUT, unset: last, do: [ { move: QTY, to: L-N } ] }",
    "{ when: W-N > 3, do: [ { move: 0, to: W-N } ] }, { add: 1, to: W-N }",
    "{ lookup: SUBS, key: [ QTY, SUB ], missing: create }",
    "{ move: L-N OF OUT, to: A-MONTH(3), on-size-error: truncate }",
    "{ release: SUBS }, { lookup: SUBS, key: [ X-ACCOUNT, SUB ], missing: create }",
    "{ move: REJECT-CODE, to: A-NOTE }",
];

const HEADS: &[&str] = &[
    "double-entry: { postings: [ { to: GL, debit: G-AMT, when: G-SIDE = 'D', by: G-SUB }, { to: GL, credit: G-AMT, when: G-SIDE = 'C', by: G-SUB } ] }\n",
    "double-entry: { within: run, postings: [ { to: GL, debit: G-AMT, when: G-SIDE = 'D' }, { to: GL, credit: G-AMT, when: G-SIDE = 'C' } ] }\n",
    "totals: [ { total: ROWS, in: [ { sum: 0 } ], out: [ { sum: A-MONTH(4) - A-MONTH(4), change-of: ACCOUNT } ] } ]\n",
    "totals: [ { total: LINES, in: [ { sum: AMOUNT - AMOUNT, by: SUB } ], out: [ { sum: L-N - L-N, to: OUT, by: L-N } ] } ]\n",
    "totals: [ { total: MOVED, in: [ { sum: AMOUNT } ], out: [ { sum: A-BALANCE, change-of: ACCOUNT } ] } ]\n",
    "sequence: { by: [ CARD ], out-of-order: reject, code: SEQ, reason: OUT OF ORDER }\n",
    "report: last\n",
    "report: all\n",
];

const ENDS: &[&str] = &[
    "end: [ { emit: OUT, do: [ { move: \"'END'\", to: L-KIND }, { move: ACCOUNT-ROWS, to: L-N } ] } ]\n",
    "end: [ { warn: DONE, reason: AT THE END }, { move: 1000, to: W-SMALL } ]\n",
    "end: [ { emit: OUT, do: [ { move: REJECT-CODE, to: L-TEXT } ] } ]\n",
    "end: [ { emit: OUT, do: [ { move: W-AMT, to: L-AMT } ] } ]\n",
    "start: [ { move: 5, to: W-TOTAL }, { warn: BEGUN, reason: AT THE START }, { emit: OUT, do: [ { move: W-TOTAL, to: L-AMT } ] } ]\n",
    "start: [ { lookup: ACCOUNT, key: \"1\", missing: create }, { move: \"'START'\", to: A-NOTE } ]\n",
    "breaks: [ { break: CARD, on: CARD, last: [ { emit: OUT, do: [ { move: CARD, to: L-TEXT } ] } ] } ]\n",
];

/// A program and its data.
struct Case {
    rules: String,
    job: String,
    files: Vec<(&'static str, Vec<u8>)>,
    /// Verbs in it.
    verbs: Vec<&'static str>,
}

fn case(seed: u64) -> Case {
    let mut random = Random::new(seed);
    for _ in 0..8 {
        random.next();
    }
    let (rules, verbs, invalid) = rules(&mut random);
    let accounts = random.of(&[2, 5, 30, 200]);
    let files = files(&mut random, accounts, invalid);
    let rejects = match random.below(8) {
        0 => format!("{{ to: rejects, max-count: {} }}", random.below(400)),
        1 => format!("{{ to: rejects, max-percent: \"{}.5\" }}", random.below(60)),
        _ => "{ to: rejects }".to_owned(),
    };
    let job = job(&rejects, invalid && random.below(6) > 0);
    Case { rules, job, files, verbs }
}

fn rules(random: &mut Random) -> (String, Vec<&'static str>, bool) {
    let one_in = |random: &mut Random, count: usize| random.below(count) == 0;
    let mut text = format!("version: 1\nprogram: SIDE\n{WORKING}");
    let mut verbs = Vec::new();
    let mut heads: BTreeMap<&str, &str> = BTreeMap::new();
    for _ in 0..random.below(3) {
        let head = random.of(HEADS);
        // Most totals of the rows differ at the end, and most transactions are out of order.
        let rare = head.contains("MOVED") || head.contains("sequence");
        if !rare || one_in(random, 4) {
            heads.insert(head.split(':').next().unwrap(), head);
        }
    }
    for _ in 0..random.below(2) {
        let end = random.of(ENDS);
        heads.insert(end.split(':').next().unwrap(), end);
    }
    heads.values().for_each(|head| text += head);
    text += "paragraphs: { CHARGE: [ { compute: W-AMT, is: AMOUNT * X-RATE / 12 }, { subtract: W-AMT, from: S-SUM, on-size-error: truncate } ] }\n";
    text += "edits:\n  - rule: CARD\n    do: [ { lookup: XREF, key: CARD, missing: reject, code: CARD, reason: NO SUCH CARD } ]\n";
    if one_in(random, 2) {
        text += "  - rule: CHECK\n    do: [ { reject: NEG, reason: NEGATIVE, then: continue, when: AMOUNT < -900 }, { reject: QTY, reason: NONE, then: continue, when: QTY < 40 }, { warn: SMALL, reason: LITTLE, when: QTY < 80 } ]\n";
    }
    text += "rules:\n  - rule: ROWS\n    do: [ { lookup: ACCOUNT, key: X-ACCOUNT, missing: create }, { lookup: SUBS, key: [ X-ACCOUNT, SUB ], missing: create }, { add: 0, to: A-COUNT } ]\n";
    for at in 0..1 + random.below(4) {
        let condition = random.of(&[
            "",
            "",
            "KIND = 'A' OR KIND = 'B'",
            "AMOUNT > 0",
            "A-BALANCE < 5000",
            "NOTE(1:1) = 'A'",
        ]);
        writeln!(text, "  - rule: R{at}").unwrap();
        if !condition.is_empty() {
            writeln!(text, "    when: \"{condition}\"").unwrap();
        }
        if one_in(random, 5) {
            text += "    then: done\n";
        }
        text += "    do:\n";
        for _ in 0..1 + random.below(4) {
            let (name, verb) = random.of(VERBS);
            verbs.push(name);
            writeln!(
                text,
                "      - when: {}\n        do: [ {verb} ]",
                random.of(&["QTY > 200", "1 = 1", "SUB NOT = 3"])
            )
            .unwrap();
        }
    }
    if one_in(random, 4) {
        writeln!(text, "  - rule: STOPS\n    do: [ {} ]", random.of(STOPS)).unwrap();
    }
    if one_in(random, 4) {
        writeln!(text, "  - rule: TOGETHER\n    do: [ {} ]", random.of(TOGETHER)).unwrap();
    }
    text += "reject-record: [ { move: REJECT-CODE(1:4), to: L-KIND }, { move: CARD, to: L-TEXT }, { move: RECORD-NUMBER, to: L-N } ]\n";
    (text, verbs, one_in(random, 3))
}

fn files(random: &mut Random, accounts: usize, invalid: bool) -> Vec<(&'static str, Vec<u8>)> {
    let cards = accounts * 2;
    let mut xref = String::new();
    for card in 0..cards {
        write!(xref, "{card:03}{:03}{:04}", random.below(accounts), random.below(2000)).unwrap();
    }
    let (mut account, mut subs) = (String::new(), String::new());
    for id in (0..accounts).filter(|_| random.below(4) > 0).collect::<Vec<_>>() {
        let (balance, count) = (random.below(900_000), random.below(600));
        write!(account, "{id:05}{balance:08}{count:03}O20240115{:<10}00001000020000300004", "ABA").unwrap();
        write!(subs, "{id:03}{}{:09}", random.below(8), random.below(100_000)).unwrap();
    }
    let mut transactions = Vec::new();
    for _ in 0..random.of(&[0, 1, 40, 900, 3000, 6000]) {
        let head = format!(
            "{:03}{}{}",
            random.below(cards + 1),
            random.of(&["A", "B", "C", "D", "E"]),
            random.below(9)
        );
        transactions.extend(ebcdic(&head));
        let amount = random.below(200_000) as i128 - 100_000;
        transactions.extend(match invalid && random.below(200) == 0 {
            true => vec![0x40; 4],
            false => packed(amount, 7, true),
        });
        let due = 20_240_101 + random.below(12) * 100 + random.below(28);
        let qty = match invalid && random.below(200) == 0 {
            true => "  X".to_owned(),
            false => format!("{:03}", random.below(1000)),
        };
        let note = random.of(&["A-B", "ABC-DEFGHIJK", "", "BAA-A-A", "X"]);
        transactions.extend(ebcdic(&format!("{qty}{due}{note:<12}")));
    }
    vec![
        ("tx", transactions),
        ("xref", ebcdic(&xref)),
        ("other", ebcdic(&xref)),
        ("account", ebcdic(&account)),
        ("subs", ebcdic(&subs)),
    ]
}

const WRITTEN: [&str; 5] = ["account-new", "gl", "out", "rejects", "subs-new"];

fn job(rejects: &str, reject_invalid: bool) -> String {
    let invalid = if reject_invalid { "\n      invalid-data: reject" } else { "" };
    let mut text = "version: 1\njob: SIDE\nmax-rc: 4\ndatasets:\n".to_owned();
    for (name, copybook) in [
        ("tx", "tx"),
        ("xref", "xref"),
        ("other", "other"),
        ("account", "account"),
        ("subs", "subs"),
        ("account-new", "account"),
        ("subs-new", "subs"),
        ("out", "line"),
        ("gl", "gl"),
        ("rejects", "line"),
    ] {
        let disp = if WRITTEN.contains(&name) { ", disp: replace" } else { "" };
        writeln!(
            text,
            "  {name}: {{ path: {name}, record: {{ copybook: {copybook}.cpy, recfm: F }}{disp} }}"
        )
        .unwrap();
    }
    text + &format!(
        "steps:
  - step: POST
    totals: [ {{ name: amounts, over: out, sum: L-AMT, where: L-AMT IS NUMERIC }} ]
    post:
      in: tx
      rules: rules.yaml{invalid}
      masters:
        XREF: {{ dataset: xref, key: [ X-CARD ] }}
        OTHER: {{ dataset: other, key: [ O-CARD ], alternate: {{ ACC: [ O-ACCOUNT ] }} }}
        ACCOUNT: {{ dataset: account, key: [ A-ID ], new: account-new }}
        SUBS: {{ dataset: subs, key: [ S-ACCOUNT, S-SUB ], new: subs-new }}
      out: {{ OUT: out, GL: gl }}
      rejects: {rejects}
"
    )
}

fn lay_out(case: &Case, folder: &Path) {
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    let books = [
        ("tx", TX),
        ("xref", XREF),
        ("other", OTHER),
        ("account", ACCOUNT),
        ("subs", SUBS),
        ("line", LINE),
        ("gl", GL),
    ];
    books.into_iter().for_each(|(name, text)| put(&format!("{name}.cpy"), text.as_bytes()));
    put("rules.yaml", case.rules.as_bytes());
    put("job.yaml", case.job.as_bytes());
    case.files.iter().for_each(|(name, bytes)| put(name, bytes));
}

fn plan(folder: &Path) -> Result<(Plan, Root), String> {
    let root = Root::new(folder).unwrap();
    let request =
        Request { job: "job.yaml".to_owned(), root: root.clone(), settings: Vec::new(), explained: false };
    match load(&RealFs, &request) {
        Ok((plan, _)) => Ok((plan, root)),
        Err(found) => Err(found.list().iter().map(|problem| render(problem, Style::Plain)).collect()),
    }
}

/// All that a run leaves: files, what its report says, its message.
struct Left {
    files: Vec<Option<Vec<u8>>>,
    report: String,
    message: String,
    status: u8,
    /// True if it was a balanced line.
    line: bool,
}

/// Runs a plan. Masters of more than so many bytes are posted in a balanced line, if the program allows it.
fn run(plan: &Plan, root: &Root, folder: &Path, (threads, masters): (usize, Option<u64>)) -> Left {
    WRITTEN.iter().for_each(|name| drop(std::fs::remove_file(folder.join(name))));
    let resources = Resources { threads, memory: MEMORY, masters, ..Resources::default() };
    let again = Start { resources, rerun: true, ..Start::default() };
    let outcome = start(&RealFs, plan, root, &again, &Silent);
    let line = outcome.report.steps.first().is_some_and(|step| step.masters.is_some());
    let mut report = String::new();
    // How far the others were when one stopped the run is no business of anybody.
    if let (None, Some(step)) = (&outcome.error, outcome.report.steps.first()) {
        let mut json = step.to_json();
        let document = json.as_object_mut().unwrap();
        ["start", "seconds", "sorts", "masters"].iter().for_each(|name| drop(document.remove(*name)));
        report = format!("{json:#}");
    }
    Left {
        files: WRITTEN.iter().map(|name| std::fs::read(folder.join(name)).ok()).collect(),
        report,
        message: outcome.error.map(|error| render(&error, Style::Plain)).unwrap_or_default(),
        status: outcome.status,
        line,
    }
}

/// How two runs differ.
fn unlike(one: &Left, other: &Left) -> String {
    let mut text = String::new();
    for (name, (one, other)) in WRITTEN.iter().zip(one.files.iter().zip(&other.files)) {
        if one != other {
            let length = |file: &Option<Vec<u8>>| file.as_ref().map(Vec::len);
            writeln!(text, "{name}: {:?} bytes and {:?}", length(one), length(other)).unwrap();
        }
    }
    for (what, one, other) in
        [("report", &one.report, &other.report), ("message", &one.message, &other.message)]
    {
        if one != other {
            writeln!(text, "{what}:\n{one}\n--- and\n{other}").unwrap();
        }
    }
    if one.status != other.status {
        writeln!(text, "status {} and {}", one.status, other.status).unwrap();
    }
    text
}

/// What was seen, so that the test cannot pass by not looking.
#[derive(Default)]
struct Seen {
    /// Verbs of programs that were posted side by side to their end, and how often.
    verbs: BTreeMap<&'static str, u64>,
    /// Reasons why others were posted one after the other.
    together: BTreeMap<String, u64>,
    stopped: BTreeMap<String, u64>,
    /// Runs in a balanced line.
    lines: u64,
}

fn check(seed: u64, keep: bool, seen: &Mutex<Seen>) -> Result<(), String> {
    let case = case(seed);
    let folder = memory_folder();
    lay_out(&case, folder.path());
    let told = |said: String| format!("seed {seed}\n{}\n{}\n{said}", case.rules, case.job);
    let (plan, root) = plan(folder.path()).map_err(told)?;
    let StepKind::Post(post) = &plan.steps[0].kind else { return Err("no post step".to_owned()) };
    let apart = Partition::of(&post.program);
    let wanted = run(&plan, &root, folder.path(), (1, None));
    {
        let mut seen = seen.lock().unwrap();
        match (&apart, wanted.message.is_empty()) {
            (Ok(_), true) => case.verbs.iter().for_each(|verb| *seen.verbs.entry(verb).or_default() += 1),
            (Ok(_), false) => {
                let code = wanted.message.chars().skip_while(|it| *it != '[').skip(1).take(6).collect();
                *seen.stopped.entry(code).or_default() += 1;
            }
            (Err(reasons), _) => {
                reasons.iter().for_each(|why| *seen.together.entry(why.clone()).or_default() += 1);
            }
        }
    }
    // Windows of one value each, of some, and of all.
    let lines = [(1, Some(0)), (2, Some(0)), (3, Some(900)), (1, Some(3000))];
    for how in [(2, None), (3, None), (8, None)].into_iter().chain(lines) {
        let found = run(&plan, &root, folder.path(), how);
        let divided = apart.as_ref().is_ok_and(|partition| !partition.is_free());
        let line = divided && how.1 == Some(0);
        let mut differ = unlike(&wanted, &found);
        // A run that was stopped does not say.
        if found.message.is_empty() && found.line != line && (line || !divided || how.1.is_none()) {
            writeln!(differ, "a balanced line: {}, expected: {line}", found.line).unwrap();
        }
        seen.lock().unwrap().lines += u64::from(found.line);
        if !differ.is_empty() {
            let folder = if keep { format!("files in {}\n", folder.keep().display()) } else { String::new() };
            return Err(told(format!("{folder}1 thread in memory and {how:?}\n{differ}")));
        }
    }
    Ok(())
}

#[test]
fn every_verb_gives_the_same_on_any_threads() {
    let seen = Mutex::default();
    check_seeds(PROGRAMS, FAILURES, |seed, keep| check(seed, keep, &seen));
    if std::env::var("OFFHOST_SEED").is_ok() {
        return;
    }
    let Seen { verbs, together, stopped, lines } = seen.into_inner().unwrap();
    let missed: Vec<_> =
        VERBS.iter().map(|(name, _)| name).filter(|name| !verbs.contains_key(*name)).collect();
    assert!(missed.is_empty(), "never posted side by side: {missed:?}");
    assert!(together.len() > 3 && stopped.len() > 2, "{together:?} in order, stopped {stopped:?}");
    assert!(lines > 80, "{lines} balanced lines");
}
