//! `offhost why` against a slow twin: the card posting job on data by chance. For every transaction, every posting and every
//! reject it must name the record that the twin names, show the balances that the twin had then, and emit the published bytes.

use std::collections::BTreeMap;

use offhost::run::{Account, Attempt, Deed, Key, Question, Resources, Told, why};
use offhost::sys::{RealFs, Root};

use crate::harness::{Job, Random, copy_folder, ebcdic, files_below, repository, text, unzoned, zoned};

const ACCOUNTS: usize = 8;
const TRANSACTIONS: usize = 60;
const CLOCK: &str = "2022-07-01-03.15.00.000000";

fn field(record: &mut [u8], at: usize, bytes: &[u8]) {
    record[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Accounts, cards and transactions: unknown cards, cards without account, expired accounts, low limits, debits.
fn inputs(seed: u64) -> [Vec<Vec<u8>>; 4] {
    let mut random = Random::new(seed);
    let card = |number: usize| format!("4000{number:012}");
    let accounts = (1..=ACCOUNTS).map(|number| {
        let mut row = text("", 300);
        field(&mut row, 0, &ebcdic(&format!("{number:011}Y")));
        for (at, cents) in [(12, 10_000), (24, 8_000 + 4_000 * number as i128), (36, 0), (78, 0), (90, 0)] {
            field(&mut row, at, &zoned(cents, 12, true));
        }
        field(&mut row, 58, &ebcdic(if number % 5 == 0 { "2022-06-09" } else { "2030-01-01" }));
        row
    });
    let xref = (1..=ACCOUNTS + 1).map(|number| {
        let mut row = text("", 50);
        field(&mut row, 0, &ebcdic(&format!("{}{number:09}{number:011}", card(number))));
        row
    });
    let transactions = (0..TRANSACTIONS).map(|number| {
        let mut row = text("", 350);
        // In no order of their own: the last step sorts them.
        field(&mut row, 0, &ebcdic(&format!("{:016}", (number * 7919) % 100_003)));
        let kind = random.of(&["01", "03"]);
        field(&mut row, 16, &ebcdic(&format!("{kind}{:04}", 1 + random.below(2))));
        let cents = random.below(20_000) as i128 - 6_000;
        field(&mut row, 132, &zoned(cents, 11, true));
        field(&mut row, 143, &ebcdic("800000000"));
        field(&mut row, 262, &ebcdic(&card(1 + random.below(ACCOUNTS + 2))));
        field(&mut row, 278, &ebcdic("2022-06-10 19:27:53.000000"));
        row
    });
    let balances = (1..=ACCOUNTS)
        .filter(|number| number % 2 == 0)
        .map(|number| [ebcdic(&format!("{number:011}010001")), zoned(500, 11, true), text("", 22)].concat());
    [transactions.collect(), xref.collect(), accounts.collect(), balances.collect()]
}

/// What became of a transaction.
#[derive(Debug, PartialEq)]
enum Fate {
    /// The account's number, balance before and after.
    Posted(u64, i128, i128),
    /// The code.
    Rejected(&'static str),
}

/// The rules as a clerk applies them.
fn twin([transactions, xref, accounts, _]: &[Vec<Vec<u8>>; 4]) -> Vec<Fate> {
    let mut rows: BTreeMap<Vec<u8>, (i128, i128, i128)> =
        accounts.iter().map(|row| (row[..11].to_vec(), (unzoned(&row[12..24]), 0, 0))).collect();
    let fate = |transaction: &Vec<u8>| {
        let amount = unzoned(&transaction[132..143]);
        let Some(card) = xref.iter().find(|row| row[..16] == transaction[262..278]) else {
            return Fate::Rejected("0100");
        };
        let Some(account) = accounts.iter().find(|row| row[..11] == card[25..36]) else {
            return Fate::Rejected("0101");
        };
        let (balance, credit, debit) = rows.get_mut(&account[..11]).unwrap();
        if account[58..68] < transaction[278..288] {
            return Fate::Rejected("0103");
        }
        if unzoned(&account[24..36]) < *credit - *debit + amount {
            return Fate::Rejected("0102");
        }
        let before = *balance;
        *balance += amount;
        *if amount >= 0 { credit } else { debit } += amount;
        Fate::Posted(unzoned(&account[..11]) as u64, before, *balance)
    };
    transactions.iter().map(fate).collect()
}

fn post(inputs: &[Vec<Vec<u8>>; 4]) -> Job {
    let job = Job::new();
    for part in ["jobs", "rules", "copybooks"] {
        copy_folder(&repository().join(part), &job.path().join(part));
    }
    run_post(&job, inputs);
    job
}

/// Runs the posting job of this folder.
fn run_post(job: &Job, inputs: &[Vec<Vec<u8>>; 4]) {
    let mut arguments = vec!["run".to_owned(), "jobs/carddemo/posting.yaml".to_owned()];
    for (name, records) in ["dalytran", "xref", "acct", "tcat"].iter().zip(inputs) {
        job.put(&format!("in/{name}.ebc"), &records.concat());
        arguments.extend(["--set".to_owned(), format!("{name}=in/{name}.ebc")]);
    }
    arguments.extend(["--set".to_owned(), "out=new".to_owned()]);
    arguments.extend(["--root".to_owned(), job.path().to_str().unwrap().to_owned()]);
    job.offhost(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).status(4);
}

fn ask(job: &Job, key: Key) -> Account {
    let question = Question { run: "last".to_owned(), key, within: None, step: None, limit: 1000 };
    let root = Root::new(job.path()).unwrap();
    let account = why(&RealFs, &root, &Resources::default(), &question);
    account.unwrap_or_else(|error| panic!("{question:?}: {error:?}"))
}

/// The one transaction that is told.
fn only(account: &Account) -> &Told {
    let told: Vec<&Told> = account.steps.iter().flat_map(|step| &step.events).collect();
    assert_eq!(told.len(), 1, "{}", account.key);
    told[0]
}

fn cents(value: &str) -> i128 {
    value.replace('.', "").parse().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The balances of the account before and after.
fn balances(told: &Told) -> Option<(i128, i128)> {
    let row = told.masters.iter().find(|row| row.master == "ACCOUNT")?;
    let change = row.changed.iter().find(|change| change.name == "AM-BALANCE")?;
    Some((cents(&change.before), cents(&change.after)))
}

#[test]
fn every_transaction_posting_and_reject_is_explained_as_a_twin_has_it() {
    let inputs = inputs(11);
    let fates = twin(&inputs);
    let job = post(&inputs);
    let transactions = &inputs[0];
    let (rejects, posted) = (job.read("new/dalyrejs"), job.read("new/transact"));
    let kinds = |code: &str| fates.iter().filter(|fate| **fate == Fate::Rejected(code_of(code))).count();
    for code in ["0100", "0101", "0102", "0103"] {
        assert!(kinds(code) > 1, "{code} is not tried");
    }

    let (mut known, mut rejected) = (BTreeMap::new(), 0);
    for (index, (transaction, fate)) in transactions.iter().zip(&fates).enumerate() {
        let account = ask(&job, Key::Text(format!("dalytran:{}", index + 1)));
        let told = only(&account);
        let source = told.source.as_ref().unwrap();
        assert_eq!((source.record, source.offset), (Some(index as u64 + 1), Some(index as u64 * 350)));
        assert_eq!(source.bytes, hex(transaction));
        match fate {
            Fate::Posted(number, before, after) => {
                assert_eq!(told.fate, "posted", "record {}", index + 1);
                // Amounts of nothing change nothing.
                if before != after {
                    assert_eq!(balances(told), Some((*before, *after)), "record {}", index + 1);
                }
                // What one left is what the next one for the account finds.
                let found = before_of(told, "AM-BALANCE");
                let left = known.insert(*number, *after);
                assert!(left.is_none_or(|left| left == found), "record {}", index + 1);
                let id = &transaction[..16];
                let published = posted.chunks(350).find(|record| record[..16] == *id).unwrap();
                assert_eq!(told.emitted[0].bytes, hex(published));
                assert_eq!(published, [&transaction[..304], &ebcdic(CLOCK), &transaction[330..]].concat());
            }
            Fate::Rejected(code) => {
                let reject = told.reject.as_ref().unwrap();
                assert_eq!((told.fate, reject.code.as_str()), ("rejected", *code));
                assert!(told.masters.iter().all(|row| row.changed.is_empty() && row.fate == "found"));
                let published = &rejects[rejected * 430..(rejected + 1) * 430];
                assert_eq!(told.emitted[0].bytes, hex(published));
                rejected += 1;
                assert_eq!(
                    ask(&job, Key::Reject(rejected as u64)).steps[0].events[0].source.as_ref().unwrap().bytes,
                    source.bytes
                );
            }
        }
    }
    assert_eq!(rejected * 430, rejects.len());
    for (at, record) in posted.chunks(350).enumerate().step_by(5) {
        let account = ask(&job, Key::Output(format!("transact:{}", at + 1)));
        assert_eq!(only(&account).source.as_ref().unwrap().bytes[..32], hex(&record[..16]));
        assert_eq!(account.path.len(), 1, "the sort before it");
        assert_eq!(account.compared, ["@posted", "acct-new", "dalyrejs", "tcat-new"]);
    }
}

/// A run that had no room for its masters is explained all the same, and the answer says what that took.
#[test]
fn masters_without_room_are_held_whole_and_told() {
    let job = post(&inputs(11));
    let root = Root::new(job.path()).unwrap();
    let key = || Key::Text("dalytran:7".to_owned());
    let question = Question { run: "last".to_owned(), key: key(), within: None, step: None, limit: 10 };
    let resources = Resources { masters: Some(1000), ..Resources::default() };
    let account = why(&RealFs, &root, &resources, &question).unwrap();
    let held = |account: &Account| account.notes.iter().filter(|note| note.contains("held whole")).count();
    assert_eq!(held(&account), 1, "{:?}", account.notes);
    assert!(account.notes[0].starts_with("masters of POST were held whole for this answer: about 1 MiB"));
    let roomy = ask(&job, key());
    assert_eq!(held(&roomy), 0, "{:?}", roomy.notes);
    assert_eq!(only(&account).masters.len(), only(&roomy).masters.len());
}

fn code_of(code: &str) -> &'static str {
    ["0100", "0101", "0102", "0103"].into_iter().find(|known| *known == code).unwrap()
}

/// A field of the account as an action saw it first.
fn before_of(told: &Told, name: &str) -> i128 {
    let saw =
        |attempt: &Attempt| attempt.saw.iter().find(|cell| cell.name == name).map(|cell| cents(&cell.value));
    told.tried.iter().find_map(saw).unwrap()
}

#[test]
fn every_rule_and_number_of_a_transaction_is_told() {
    let inputs = inputs(3);
    let fates = twin(&inputs);
    let job = post(&inputs);
    let over = fates.iter().position(|fate| *fate == Fate::Rejected("0102")).unwrap();
    let account = ask(&job, Key::Record(format!("dalytran:{}", over + 1)));
    let told = only(&account);
    let heads: Vec<String> = told
        .tried
        .iter()
        .map(|attempt| {
            let text = attempt.text.clone().unwrap_or_default();
            let text = text.split(',').next().unwrap_or_default().to_owned();
            format!("{} {}{text} {:?}", attempt.kind, attempt.name.clone().unwrap_or_default(), attempt.holds)
        })
        .collect();
    assert_eq!(
        heads,
        [
            "edit CARD-KNOWN None",
            "action lookup: XREF None",
            "edit ACCOUNT-KNOWN None",
            "action lookup: ACCOUNT None",
            "edit WITHIN-LIMIT None",
            "action compute: WS-EXPOSURE None",
            "action when: AM-LIMIT < WS-EXPOSURE Some(true)",
            "action reject: \"0102\" None",
            "edit NOT-EXPIRED None",
            "action when: AM-EXPIRES < TX-ORIGINATED(1:10) Some(false)",
            "reject-record  None",
            "action move: TX-TRANSACTION None",
            "action move: REJECT-CODE(1:4) None",
            "action move: REJECT-REASON None",
        ]
    );
    let compute = &told.tried[5];
    let number = |name: &str| cents(&compute.saw.iter().find(|cell| cell.name == name).unwrap().value);
    let exposure = number("AM-CYCLE-CREDIT") - number("AM-CYCLE-DEBIT") + number("TX-AMOUNT OF DALYTRAN");
    let exact = compute.did.iter().find_map(|deed| match deed {
        Deed::Result { field, value } if field == "WS-EXPOSURE" => Some(cents(value)),
        _ => None,
    });
    assert_eq!(exact, Some(exposure));
    assert!(cents(&told.tried[6].saw[0].value) < exposure, "the limit is below the exposure");
    let rules = std::fs::read_to_string(job.path().join("rules/carddemo/posting.yaml")).unwrap();
    for attempt in told.tried.iter().filter(|attempt| attempt.kind == "action") {
        let (file, line) = attempt.place.rsplit_once(':').unwrap();
        assert_eq!(file, "rules/carddemo/posting.yaml");
        let line = rules.lines().nth(line.parse::<usize>().unwrap() - 1).unwrap();
        let word = attempt.text.as_ref().unwrap().split(':').next().unwrap();
        assert!(line.contains(word), "{line} has {word}");
    }
    let last = told.tried.last().unwrap();
    assert!(
        last.did
            .iter()
            .any(|deed| matches!(deed, Deed::Changed(change) if change.after == "'OVERLIMIT TRANSACTION'"))
    );
}

#[test]
fn the_way_back_leads_through_sorts_posts_and_matches_to_the_inputs() {
    let job = Job::new();
    for part in ["jobs", "rules", "copybooks", "fixtures"] {
        copy_folder(&repository().join(part), &job.path().join(part));
    }
    let root = job.path().to_str().unwrap();
    job.offhost(&["run", "jobs/ar-nightly.yaml", "--root", root]).status(0);
    let receipts = job.read("fixtures/ar/receipts.ebc");
    for number in [1, 5, 700] {
        let account = ask(&job, Key::Output(format!("ar-posting:{number}")));
        let step = account.steps.last().unwrap();
        let told = &step.events[0];
        let written = job.read("out/ar/POSTING.20260331");
        let record = &written[(number - 1) * 200..number * 200];
        assert!(told.emitted.iter().any(|emitted| emitted.bytes == hex(record)));
        let operators: Vec<&str> = told.path.iter().map(|hop| hop.operator).collect();
        assert_eq!(operators, ["match", "post", "sort"]);
        let first = &told.path.last().unwrap().of[0];
        assert_eq!(first.dataset, "receipts");
        let at = (first.record as usize - 1) * 250;
        assert_eq!(first.offset, Some(at as u64));
        assert_eq!(told.source.as_ref().unwrap().bytes, hex(&receipts[at..at + 250]));
        // And forward again.
        let forward = ask(&job, Key::Record(format!("receipts:{}", first.record)));
        let steps: Vec<&str> = forward.steps.iter().map(|step| step.step.as_str()).collect();
        assert_eq!(steps, ["EDIT", step.step.as_str()]);
    }
    // What the README shows.
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("$ offhost why AR-NIGHTLY --reject 1 --step EDIT\n").unwrap();
    let shown = rest.split("```").next().unwrap();
    let run =
        job.offhost(&["why", "AR-NIGHTLY", "--reject", "1", "--step", "EDIT", "--root", root]).status(0);
    shown.split("...\n").for_each(|part| assert!(run.stdout.contains(part), "not printed:\n{part}"));
    // A row that no rule touched comes from the file it was in.
    job.offhost(&["why", "last", "open-items-new:4", "--root", root])
        .status(66)
        .stderr_contains("no post step had anything to do with record 4 of open-items-new")
        .stderr_contains("open-items record 4 (offset 600)");
}

#[test]
fn what_the_archive_has_is_explained_whatever_became_of_it() {
    let inputs = inputs(6);
    let job = Job::new();
    for part in ["jobs", "rules", "copybooks"] {
        copy_folder(&repository().join(part), &job.path().join(part));
    }
    let yaml = "jobs/carddemo/posting.yaml";
    job.put(yaml, &[&job.read(yaml)[..], b"\narchive: all\n"].concat());
    run_post(&job, &inputs);
    let root = job.path().to_str().unwrap().to_owned();
    let before = job.offhost(&["why", "last", "--reject", "1", "--root", &root]).status(0).stdout;
    for input in ["in/dalytran.ebc", "in/acct.ebc"] {
        job.put(input, b"another day");
    }
    let after = job.offhost(&["why", "last", "--reject", "1", "--root", &root]).status(0).stdout;
    let told = |text: &str| text[text.find("fate").unwrap()..].to_owned();
    assert_eq!(told(&before), told(&after));
    assert!(
        after.contains("taken from the archive, as the file has changed since: acct, dalytran"),
        "{after}"
    );
    assert!(
        !job.path().join(".offhost/taken").exists()
            || files_below(&job.path().join(".offhost/taken")).is_empty()
    );
}

#[test]
fn what_is_not_as_it_was_is_not_explained() {
    let inputs = inputs(5);
    let job = post(&inputs);
    let root = job.path().to_str().unwrap().to_owned();
    let ask = |arguments: &[&str]| {
        let mut all = vec!["why", "last"];
        all.extend(arguments);
        all.extend(["--root", &root]);
        job.offhost(&all)
    };
    ask(&["--reject", "1"]).status(0).stdout_contains("fate: rejected");
    ask(&["dalytran:999"]).status(66).stderr_contains("WHY004");
    ask(&["--output", "transact:9999"]).status(66).stderr_contains("transact has no record 9999");
    ask(&["TX-NOTHING=1"]).status(64).stderr_contains("WHY003");
    ask(&["dalytran:0"]).status(64).stderr_contains("WHY003");
    ask(&["--output", "nothing:1"]).status(64).stderr_contains("WHY003");
    ask(&[""]).status(64).stderr_contains("WHY003");
    job.offhost(&["why", "OTHER", "dalytran:1", "--root", &root]).status(66).stderr_contains("WHY001");

    // Another amount in a transaction: the balances would be others.
    let mut changed = inputs[0].clone();
    field(&mut changed[0], 132, &zoned(123, 11, true));
    job.put("in/dalytran.ebc", &changed.concat());
    ask(&["--reject", "1"]).status(81).stderr_contains("WHY00").stderr_contains("dalytran");
    job.put("in/dalytran.ebc", &inputs[0].concat());

    // A number that is none.
    let mut changed = inputs[2].clone();
    changed.iter_mut().for_each(|row| row[80] = 0xFF);
    job.put("in/acct.ebc", &changed.concat());
    ask(&["--reject", "1"]).status(81).stderr_contains("acct");
    job.put("in/acct.ebc", &inputs[2].concat());

    let rules = "rules/carddemo/posting.yaml";
    let text = job.read(rules);
    job.put(rules, &[&text[..], b"# changed\n"].concat());
    ask(&["--reject", "1"]).status(81).stderr_contains("WHY002").stderr_contains(rules);
    job.put(rules, &text);
    ask(&["--reject", "1"]).status(0);
}
