//! The receipts job on the committed fixtures: every figure against the manifest of the generator, and every byte against
//! a slow twin that knows nothing of the library: it reads the three files with its own decoders and applies the rules
//! of `rules/ar-*.yaml` as a clerk would.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::harness::{
    Job, copy_folder, ebcdic, files_below, packed, repository, text, unpacked, unzoned, with_rdw, zoned,
};

const RUN_ID: &str = "AR20260331";
const TOLERANCE_CENTS: i128 = 500;
const TOLERANCE_HUNDREDTHS_OF_A_PERCENT: i128 = 50;

/// A folder with the job and all it needs.
fn folder() -> Job {
    let job = Job::new();
    for part in ["jobs", "rules", "copybooks", "fixtures"] {
        copy_folder(&repository().join(part), &job.path().join(part));
    }
    job
}

fn run<'j>(job: &'j Job, environment: &[(&str, &str)]) -> crate::harness::Run<'j> {
    let root = job.path().to_str().unwrap();
    job.offhost_with(&["run", "jobs/ar-nightly.yaml", "--root", root, "--json", "--rerun"], environment)
        .status(0)
}

fn outputs(job: &Job) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let files = files_below(&job.path().join("out/ar"));
    assert_eq!(files.len(), 4);
    files
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(repository().join("fixtures/ar").join(name)).unwrap()
}

fn manifest() -> Value {
    serde_json::from_slice(&fixture("manifest.json")).unwrap()
}

/// The records of a fixed-length file.
fn records(bytes: &[u8], length: usize) -> Vec<Vec<u8>> {
    assert_eq!(bytes.len() % length, 0);
    bytes.chunks(length).map(<[u8]>::to_vec).collect()
}

/// Where the fields that the rules name begin and end.
mod receipt {
    use std::ops::Range;
    pub const BATCH: Range<usize> = 1..13;
    pub const SEQ: Range<usize> = 13..20;
    pub const DATE: Range<usize> = 23..31;
    pub const CURRENCY: Range<usize> = 39..42;
    pub const AMOUNT: Range<usize> = 42..49;
    pub const KIND: usize = 49;
    pub const TRACE: Range<usize> = 50..72;
    pub const REFERENCE: Range<usize> = 165..181;
    pub const CUSTOMER: Range<usize> = 230..244;
}

mod customer {
    use std::ops::Range;
    pub const KEY: Range<usize> = 0..14;
    pub const BALANCE: Range<usize> = 117..124;
    pub const ON_ACCOUNT: Range<usize> = 124..131;
    pub const LAST_DATE: Range<usize> = 180..185;
    pub const LAST_AMOUNT: Range<usize> = 185..191;
    pub const OPEN_COUNT: Range<usize> = 191..195;
    pub const LAST_BATCH: Range<usize> = 273..285;
}

mod item {
    use std::ops::Range;
    pub const CUSTOMER: Range<usize> = 0..14;
    pub const DUE: Range<usize> = 14..22;
    pub const DOCUMENT: Range<usize> = 22..38;
    pub const CURRENCY: Range<usize> = 48..51;
    pub const OPEN: Range<usize> = 58..65;
    pub const BASE: Range<usize> = 65..72;
    pub const STATUS: usize = 81;
    pub const LAST_PAYMENT: Range<usize> = 145..165;
}

/// The books as the twin keeps them.
#[derive(Default)]
struct Books {
    customers: Vec<Vec<u8>>,
    items: Vec<Vec<u8>>,
    postings: Vec<Vec<u8>>,
    rejects: Vec<u8>,
}

fn put(record: &mut [u8], field: std::ops::Range<usize>, bytes: &[u8]) {
    record[field].copy_from_slice(bytes);
}

/// Adds cents to a packed amount of 13 digits.
fn add(record: &mut [u8], field: std::ops::Range<usize>, cents: i128) {
    let value = unpacked(&record[field.clone()]) + cents;
    put(record, field, &packed(value, 13, true));
}

fn notes_payment(customer: &mut [u8], receipt: &[u8]) {
    let date = unzoned(&receipt[receipt::DATE]);
    put(customer, customer::LAST_DATE, &packed(date, 8, false));
    let amount = unpacked(&receipt[receipt::AMOUNT]) % 100_000_000_000;
    put(customer, customer::LAST_AMOUNT, &packed(amount, 11, true));
    put(customer, customer::LAST_BATCH, &receipt[receipt::BATCH]);
}

impl Books {
    fn customer(&mut self, receipt: &[u8]) -> Option<&mut Vec<u8>> {
        self.customers.iter_mut().find(|customer| customer[customer::KEY] == receipt[receipt::CUSTOMER])
    }

    fn post(&mut self, receipt: &[u8], line: i128, document: &[u8], fate: &str, of: Line) {
        let sequence = unzoned(&receipt[receipt::SEQ]);
        let amount = packed(of.cents, 15, true);
        let record = [
            text(RUN_ID, 14),
            receipt[receipt::BATCH].to_vec(),
            u32::try_from(sequence * 10 + line).unwrap().to_be_bytes().to_vec(),
            packed(line, 5, false),
            receipt[230..234].to_vec(),
            ebcdic("AR"),
            ebcdic("20260331"),
            ebcdic("202603"),
            text(of.account, 10),
            receipt[234..244].to_vec(),
            document.to_vec(),
            ebcdic(of.side),
            receipt[receipt::CURRENCY].to_vec(),
            amount.clone(),
            amount,
            packed(10_000_000, 12, false),
            receipt[receipt::TRACE].to_vec(),
            text(fate, 12),
            text(of.reason, 3),
            receipt[receipt::SEQ].to_vec(),
            text("", 40),
        ];
        self.postings.push(record.concat());
    }

    fn reject(&mut self, receipt: &[u8], step: &str, code: &str, field: &str) {
        let record = [
            text(RUN_ID, 14),
            text(step, 8),
            text("RECEIPT", 8),
            zoned(unzoned(&receipt[receipt::SEQ]), 9, false),
            text(code, 24),
            text(field, 30),
            ebcdic("E"),
            packed(unpacked(&receipt[receipt::AMOUNT]), 13, true),
            250u16.to_be_bytes().to_vec(),
            receipt.to_vec(),
        ];
        self.rejects.extend(with_rdw(&record.concat()));
    }

    /// A receipt and the item it names.
    fn apply(&mut self, receipt: &[u8], at: usize) {
        let amount = unpacked(&receipt[receipt::AMOUNT]);
        let open = unpacked(&self.items[at][item::OPEN]);
        let fate = Fate::of(amount, open);
        let relieved = fate.applied + fate.write_off;
        if fate.applied > 0 {
            relieve(&mut self.items[at], relieved, open);
            put(&mut self.items[at], item::LAST_PAYMENT, &receipt[receipt::TRACE][..20]);
        }
        let closed = fate.applied > 0 && relieved == open;
        let customer = self.customer(receipt).expect("a customer with an item is known");
        if closed {
            let count = i32::from_be_bytes(customer[customer::OPEN_COUNT].try_into().unwrap()) - 1;
            put(customer, customer::OPEN_COUNT, &count.to_be_bytes());
        }
        add(customer, customer::BALANCE, -relieved);
        add(customer, customer::ON_ACCOUNT, fate.on_account);
        notes_payment(customer, receipt);
        let document = self.items[at][item::DOCUMENT].to_vec();
        let mut number = 0;
        for line in fate.lines(amount) {
            number += 1;
            self.post(receipt, number, &document, fate.name, line);
        }
    }

    /// A receipt that names no item we have.
    fn on_account(&mut self, receipt: &[u8]) {
        let amount = unpacked(&receipt[receipt::AMOUNT]);
        let (fate, account) = match self.customer(receipt) {
            Some(customer) => {
                add(customer, customer::ON_ACCOUNT, amount);
                notes_payment(customer, receipt);
                let named = receipt[receipt::REFERENCE] != text("", 16);
                (if named { "UNKNOWN-DOC" } else { "NO-REFERENCE" }, "ONACCOUNT")
            }
            None => ("UNKNOWN-CUST", "SUSPENSE"),
        };
        self.post(receipt, 1, &text("", 16), fate, Line::new("CASH", "D", "", amount));
        self.post(receipt, 2, &text("", 16), fate, Line::new(account, "C", "", amount));
    }
}

/// Takes an amount off an item.
fn relieve(item: &mut [u8], relieved: i128, open: i128) {
    add(item, item::OPEN, -relieved);
    let base = unpacked(&item[item::BASE]);
    let (status, left) = if relieved == open {
        ("P", 0)
    } else {
        // Nearest, a half away from zero; all three are positive.
        ("R", base - (base * relieved * 2 + open) / (open * 2))
    };
    item[item::STATUS] = ebcdic(status)[0];
    put(item, item::BASE, &packed(left, 13, true));
}

/// A posting line but for what all lines of a receipt share.
struct Line {
    account: &'static str,
    side: &'static str,
    reason: &'static str,
    cents: i128,
}

impl Line {
    fn new(account: &'static str, side: &'static str, reason: &'static str, cents: i128) -> Self {
        Line { account, side, reason, cents }
    }
}

/// What becomes of a receipt that names an item.
struct Fate {
    name: &'static str,
    applied: i128,
    write_off: i128,
    on_account: i128,
}

impl Fate {
    fn of(amount: i128, open: i128) -> Fate {
        let fate = |name, applied, write_off, on_account| Fate { name, applied, write_off, on_account };
        let limit = (open * TOLERANCE_HUNDREDTHS_OF_A_PERCENT / 10_000).min(TOLERANCE_CENTS);
        match open - amount {
            _ if open == 0 => fate("ALREADY-PAID", 0, 0, amount),
            0 => fate("EXACT", amount, 0, 0),
            short if short > 0 && short <= limit => fate("SHORT", amount, short, 0),
            short if short > 0 => fate("PARTIAL", amount, 0, 0),
            _ => fate("OVER", open, 0, amount - open),
        }
    }

    fn lines(&self, amount: i128) -> Vec<Line> {
        let mut lines = vec![Line::new("CASH", "D", "", amount)];
        if self.applied > 0 {
            lines.push(Line::new("AR", "C", "", self.applied));
        }
        if self.write_off > 0 {
            lines.push(Line::new("WRITEOFF", "D", "TOL", self.write_off));
            lines.push(Line::new("AR", "C", "TOL", self.write_off));
        }
        if self.on_account > 0 {
            lines.push(Line::new("ONACCOUNT", "C", "", self.on_account));
        }
        lines
    }
}

/// The night, by hand.
fn twin() -> Books {
    let mut books = Books {
        customers: records(&fixture("custmast.ebc"), 300),
        items: records(&fixture("openitem.ebc"), 200),
        ..Books::default()
    };
    let mut receipts = records(&fixture("receipts.ebc"), 250);
    receipts.retain(|receipt| receipt[0] == ebcdic("D")[0]);
    receipts.sort_by(|a, b| {
        let key = |r: &[u8]| [&r[receipt::CUSTOMER], &r[receipt::REFERENCE]].concat();
        key(a).cmp(&key(b))
    });
    let mut valid = Vec::new();
    for receipt in receipts {
        if receipt[receipt::KIND] == ebcdic("R")[0] {
            books.reject(&receipt, "EDIT", "RETURN", "");
        } else if unpacked(&receipt[receipt::AMOUNT]) <= 0 {
            books.reject(&receipt, "EDIT", "BAD_AMOUNT", "");
        } else {
            valid.push(receipt);
        }
    }
    let mut unmatched = Vec::new();
    for receipt in valid {
        let names = |item: &Vec<u8>| {
            item[item::CUSTOMER] == receipt[receipt::CUSTOMER]
                && item[item::DOCUMENT] == receipt[receipt::REFERENCE]
        };
        match books.items.iter().position(names) {
            None => unmatched.push(receipt),
            Some(at) if books.items[at][item::CURRENCY] != receipt[receipt::CURRENCY] => {
                books.reject(&receipt, "APPLY", "CURRENCY_MISMATCH", "RC-CURRENCY");
            }
            Some(at) => books.apply(&receipt, at),
        }
    }
    unmatched.iter().for_each(|receipt| books.on_account(receipt));
    books.customers.sort_by(|a, b| a[customer::KEY].cmp(&b[customer::KEY]));
    books.postings.sort_by_key(|posting| [&posting[14..26], &posting[153..160], &posting[30..33]].concat());
    books.items.sort_by_key(|i| [&i[item::CUSTOMER], &i[item::DUE], &i[item::DOCUMENT]].concat());
    books
}

#[test]
fn every_output_is_what_a_clerk_would_have_written() {
    let job = folder();
    let books = twin();
    run(&job, &[])
        .published("out/ar/CUSTMAST.20260331", &books.customers.concat())
        .published("out/ar/OPENITEM.20260331", &books.items.concat())
        .published("out/ar/POSTING.20260331", &books.postings.concat())
        .published("out/ar/REJECTS.20260331", &books.rejects);
}

/// A total of the report by name and group: count and sum.
fn total(report: &Value, name: &str, group: &str) -> (u64, String) {
    let totals =
        report["steps"].as_array().unwrap().iter().flat_map(|step| step["totals"].as_array().unwrap());
    let total =
        totals.into_iter().find(|total| total["name"] == name).unwrap_or_else(|| panic!("no total {name}"));
    match total["groups"].as_array().unwrap().iter().find(|found| found["group"] == group) {
        Some(found) => (found["count"].as_u64().unwrap(), found["sum"].as_str().unwrap().to_owned()),
        None => (0, "0.00".to_owned()),
    }
}

#[test]
fn every_total_is_that_of_the_manifest() {
    let job = folder();
    let report = run(&job, &[]).json();
    assert_eq!(report["rc"], 4);
    for (currency, wanted) in manifest()["currencies"].as_object().unwrap() {
        for (name, key) in [("received", "received"), ("rejected", "rejected"), ("cash-in", "cash")] {
            let wanted = &wanted[key];
            let pair = (wanted["count"].as_u64().unwrap(), wanted["amount"].as_str().unwrap().to_owned());
            assert_eq!(total(&report, name, currency), pair, "{currency} {name}");
        }
        for (name, key) in [
            ("applied", "applied"),
            ("on-account", "on_account"),
            ("suspense", "suspense"),
            ("write-off", "write_off"),
        ] {
            assert_eq!(total(&report, name, currency).1, wanted[key], "{currency} {name}");
        }
        assert_eq!(total(&report, "open-before", currency).1, wanted["open_before"]["amount"], "{currency}");
        assert_eq!(total(&report, "open-after", currency).1, wanted["open_after"]["amount"], "{currency}");
    }
}

/// Amount in cents as the manifest writes it.
fn money(cents: i128) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

type Fates = BTreeMap<(Vec<u8>, Vec<u8>), (u64, i128)>;

/// Receipts by currency and fate, found in the published postings and rejects.
fn fates(job: &Job) -> Fates {
    let mut fates = Fates::new();
    let mut note = |currency: &[u8], fate: Vec<u8>, cents: i128| {
        let entry = fates.entry((currency.to_vec(), fate)).or_default();
        *entry = (entry.0 + 1, entry.1 + cents);
    };
    for posting in records(&job.read("out/ar/POSTING.20260331"), 200) {
        if posting[53..63] == text("CASH", 10) {
            note(&posting[90..93], posting[138..150].to_vec(), unpacked(&posting[93..101]));
        }
    }
    for reject in records(&job.read("out/ar/REJECTS.20260331"), 4 + 103 + 250) {
        let (record, image) = (&reject[4..], &reject[4 + 103..]);
        note(&image[receipt::CURRENCY], record[39..51].to_vec(), unpacked(&record[94..101]));
    }
    fates
}

#[test]
fn every_receipt_has_the_fate_of_the_manifest() {
    let job = folder();
    run(&job, &[]);
    let found = fates(&job);
    for (currency, wanted) in manifest()["currencies"].as_object().unwrap() {
        for (ours, theirs) in [
            ("EXACT", "exact"),
            ("SHORT", "short_within_tolerance"),
            ("PARTIAL", "partial"),
            ("OVER", "over"),
            ("ALREADY-PAID", "already_paid"),
            ("NO-REFERENCE", "no_reference"),
            ("UNKNOWN-DOC", "unknown_document"),
            ("UNKNOWN-CUST", "unknown_customer"),
            ("CURRENCY_MIS", "currency_mismatch"),
            ("RETURN", "return"),
            ("BAD_AMOUNT", "bad_amount"),
        ] {
            let (count, cents) = found.get(&(ebcdic(currency), text(ours, 12))).copied().unwrap_or_default();
            let wanted = &wanted["fates"][theirs];
            let pair = (Value::from(count), Value::from(money(cents)));
            assert_eq!(pair, (wanted["count"].clone(), wanted["amount"].clone()), "{currency} {theirs}");
        }
    }
}

#[test]
fn items_are_closed_and_reduced_as_the_manifest_says() {
    let job = folder();
    run(&job, &[]);
    let items = records(&job.read("out/ar/OPENITEM.20260331"), 200);
    let before = records(&fixture("openitem.ebc"), 200);
    let open = |item: &Vec<u8>| unpacked(&item[item::OPEN]);
    let key = |item: &Vec<u8>| [&item[item::CUSTOMER], &item[item::DOCUMENT]].concat();
    let old: BTreeMap<Vec<u8>, i128> = before.iter().map(|item| (key(item), open(item))).collect();
    let changed: Vec<&Vec<u8>> = items.iter().filter(|item| old[&key(item)] != open(item)).collect();
    let (closed, reduced): (Vec<&Vec<u8>>, Vec<&Vec<u8>>) =
        changed.into_iter().partition(|item| open(item) == 0);
    assert!(
        closed.iter().all(|item| item[item::STATUS] == ebcdic("P")[0] && unpacked(&item[item::BASE]) == 0)
    );
    assert!(reduced.iter().all(|item| item[item::STATUS] == ebcdic("R")[0]));
    let manifest = manifest();
    assert_eq!(closed.len() as u64, manifest["items_closed"]);
    assert_eq!(reduced.len() as u64, manifest["items_partial"]);
    for (currency, wanted) in manifest["currencies"].as_object().unwrap() {
        let open = |i: &&Vec<u8>| i[item::CURRENCY] == ebcdic(currency) && unpacked(&i[item::OPEN]) != 0;
        assert_eq!(items.iter().filter(open).count() as u64, wanted["open_after"]["count"], "{currency}");
        assert_eq!(before.iter().filter(open).count() as u64, wanted["open_before"]["count"], "{currency}");
    }
}

#[test]
fn an_open_amount_stays_between_nothing_and_the_original_and_debits_equal_credits_for_every_receipt() {
    let job = folder();
    run(&job, &[]);
    for item in records(&job.read("out/ar/OPENITEM.20260331"), 200) {
        let (original, open) = (unpacked(&item[51..58]), unpacked(&item[item::OPEN]));
        assert!((original.min(0)..=original.max(0)).contains(&open), "{open} of {original}");
    }
    let mut receipts: BTreeMap<Vec<u8>, i128> = BTreeMap::new();
    for posting in records(&job.read("out/ar/POSTING.20260331"), 200) {
        let signed = if posting[89] == ebcdic("D")[0] { 1 } else { -1 } * unpacked(&posting[93..101]);
        *receipts.entry([&posting[14..26], &posting[153..160]].concat()).or_default() += signed;
    }
    assert!(receipts.values().all(|sum| *sum == 0));
}

#[test]
fn the_bytes_depend_on_nothing_but_the_inputs() {
    let job = folder();
    run(&job, &[]);
    let wanted = outputs(&job);
    let environments: [&[(&str, &str)]; 5] = [
        &[],
        &[("RAYON_NUM_THREADS", "1")],
        &[("RAYON_NUM_THREADS", "4")],
        &[("TZ", "Pacific/Kiritimati"), ("LANG", "de_DE.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")],
        &[("TZ", "America/Anchorage"), ("LANG", "C"), ("COLUMNS", "20")],
    ];
    for environment in environments {
        run(&job, environment);
        assert!(outputs(&job) == wanted, "{environment:?}");
    }
}

#[test]
fn inputs_are_never_changed() {
    let job = folder();
    let before = files_below(&job.path().join("fixtures"));
    run(&job, &[]);
    assert!(files_below(&job.path().join("fixtures")) == before);
}

#[test]
fn a_receipt_file_that_was_cut_or_changed_stops_the_job() {
    let changes: [fn(&mut Vec<u8>); 3] = [
        |bytes| bytes.truncate(250 * 1000),
        |bytes| bytes.truncate(250 * 2001),
        |bytes| bytes[250 + 48] ^= 0x10,
    ];
    for change in changes {
        let job = folder();
        let mut bytes = fixture("receipts.ebc");
        change(&mut bytes);
        job.put("fixtures/ar/receipts.ebc", &bytes);
        let root = job.path().to_str().unwrap();
        let run = job.offhost(&["run", "jobs/ar-nightly.yaml", "--root", root]);
        assert!([80, 87].contains(&run.status), "{}", run.stderr);
        assert!(!Path::new(root).join("out/ar/POSTING.20260331").exists());
    }
}
