//! The card posting job against what the COBOL program made of the same inputs, and against a slow twin of its rules on
//! generated data, if that material is there.

use std::process::Command;

use serde_json::Value;

use crate::harness::{
    Job, copy_folder, ebcdic, first_difference, material, repository, text, unzoned, zoned,
};

const CLOCK: &str = "2022-07-01-03.15.00.000000";

/// The four inputs, in the order dalytran, xref, acct, tcat.
type Inputs = [Vec<u8>; 4];

const NAMES: [&str; 4] = ["dalytran", "xref", "acct", "tcat"];

/// Runs the posting job on the material's inputs, with a text of its rules replaced by another; outputs are in `new/`.
pub fn post_material(material: &std::path::Path, replaced: (&str, &str)) -> Job {
    let file = |name: &str| {
        std::fs::read(material.join("data/ebcdic").join(format!("AWS.M2.CARDDEMO.{name}.PS"))).unwrap()
    };
    post_with(&[file("DALYTRAN"), file("CARDXREF"), file("ACCTDATA"), file("TCATBALF")], 4, replaced)
}

/// Runs the posting job on these inputs; outputs are in `new/`.
fn post(inputs: &Inputs, status: i32) -> Job {
    post_with(inputs, status, ("", ""))
}

fn post_with(inputs: &Inputs, status: i32, (old, new): (&str, &str)) -> Job {
    let job = Job::new();
    for part in ["jobs", "rules", "copybooks"] {
        copy_folder(&repository().join(part), &job.path().join(part));
    }
    let rules = String::from_utf8(job.read("rules/carddemo/posting.yaml")).unwrap();
    assert!(rules.contains(old), "the rules do not say {old}");
    job.put("rules/carddemo/posting.yaml", rules.replacen(old, new, 1).as_bytes());
    let mut settings = Vec::new();
    for (name, bytes) in NAMES.iter().zip(inputs) {
        job.put(&format!("in/{name}.ebc"), bytes);
        settings.push(format!("{name}=in/{name}.ebc"));
    }
    settings.extend(["out=new".to_owned(), "clock=2022-07-01T03:15:00.00".to_owned()]);
    let root = job.path().to_str().unwrap().to_owned();
    let mut arguments = vec!["run", "jobs/carddemo/posting.yaml", "--root", &root];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    job.offhost(&arguments).status(status);
    job
}

/// Blanks the bytes that the manifest says the program leaves unset.
fn masked(mut bytes: Vec<u8>, file: &Value) -> Vec<u8> {
    let length = file["lrecl"].as_u64().unwrap() as usize;
    for mask in file["mask"].as_array().into_iter().flatten() {
        let at = |index: usize| mask["bytes"][index].as_u64().unwrap() as usize;
        bytes.chunks_mut(length).for_each(|record| record[at(0)..at(1)].fill(0));
    }
    bytes
}

#[test]
fn the_outputs_are_those_of_the_cobol_program() {
    let Some(material) = material("carddemo") else { return };
    let job = post_material(&material, ("", ""));
    let oracle = material.join("oracle/posttran");
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(oracle.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["return_code"], 4);
    for file in manifest["files"].as_array().unwrap() {
        let name = file["file"].as_str().unwrap();
        let found = job.read(&format!("new/{name}"));
        let length = file["lrecl"].as_u64().unwrap();
        assert_eq!(found.len() as u64, length * file["records"].as_u64().unwrap(), "{name}");
        let wanted = std::fs::read(oracle.join(format!("{name}.ebc"))).unwrap();
        let (found, wanted) = (masked(found, file), masked(wanted, file));
        assert!(found == wanted, "{name} {}", first_difference(&found, &wanted));
    }
    assert_eq!(job.read("new/transact").len() / 350, 262);
    assert_eq!(job.read("new/dalyrejs").len() / 430, 38);
}

/// What the rules of the material's README make of the inputs: transact, acct, tcat, dalyrejs.
struct Twin {
    accounts: Vec<Vec<u8>>,
    balances: Vec<Vec<u8>>,
    posted: Vec<Vec<u8>>,
    rejects: Vec<u8>,
}

fn records(bytes: &[u8], length: usize) -> Vec<Vec<u8>> {
    bytes.chunks(length).map(<[u8]>::to_vec).collect()
}

fn add(record: &mut [u8], field: std::ops::Range<usize>, amount: i128) {
    let digits = field.len();
    let value = unzoned(&record[field.clone()]) + amount;
    record[field].copy_from_slice(&zoned(value, digits, true));
}

impl Twin {
    fn reject(&mut self, transaction: &[u8], code: &str, reason: &str) {
        self.rejects.extend([transaction.to_vec(), ebcdic(code), text(reason, 76)].concat());
    }

    fn post(&mut self, transaction: &[u8], xref: &[Vec<u8>]) {
        let amount = unzoned(&transaction[132..143]);
        let Some(card) = xref.iter().find(|row| row[..16] == transaction[262..278]) else {
            return self.reject(transaction, "0100", "INVALID CARD NUMBER FOUND");
        };
        let Some(at) = self.accounts.iter().position(|row| row[..11] == card[25..36]) else {
            return self.reject(transaction, "0101", "ACCOUNT RECORD NOT FOUND");
        };
        let account = &self.accounts[at];
        let exposure = (unzoned(&account[78..90]) - unzoned(&account[90..102]) + amount) % 100_000_000_000;
        if account[58..68] < transaction[278..288] {
            return self.reject(transaction, "0103", "TRANSACTION RECEIVED AFTER ACCT EXPIRATION");
        }
        if unzoned(&account[24..36]) < exposure {
            return self.reject(transaction, "0102", "OVERLIMIT TRANSACTION");
        }
        let key = [&card[25..36], &transaction[16..22]].concat();
        match self.balances.iter_mut().find(|row| row[..17] == key) {
            Some(row) => add(row, 17..28, amount),
            None => self.balances.push([key, zoned(amount, 11, true), text("", 22)].concat()),
        }
        let account = &mut self.accounts[at];
        add(account, 12..24, amount);
        add(account, if amount >= 0 { 78..90 } else { 90..102 }, amount);
        self.posted.push([&transaction[..304], &ebcdic(CLOCK), &transaction[330..]].concat());
    }
}

#[test]
fn the_outputs_on_generated_data_are_those_of_a_slow_twin() {
    let Some(material) = material("carddemo") else { return };
    let folder = tempfile::tempdir().unwrap();
    let generated = Command::new("python3")
        .arg(material.join("generate.py"))
        .args(["--accounts", "200", "--trans", "2800", "--seed", "5", "--form", "ebcdic", "--out"])
        .arg(folder.path())
        .output();
    let Ok(generated) = generated else {
        eprintln!("SKIPPED: there is no python3 to generate card data");
        return;
    };
    assert!(generated.status.success(), "{}", String::from_utf8_lossy(&generated.stderr));
    let inputs = NAMES.map(|name| std::fs::read(folder.path().join(format!("{name}.ebc"))).unwrap());
    let mut twin = Twin {
        accounts: records(&inputs[2], 300),
        balances: records(&inputs[3], 50),
        posted: Vec::new(),
        rejects: Vec::new(),
    };
    let xref = records(&inputs[1], 50);
    records(&inputs[0], 350).iter().for_each(|transaction| twin.post(transaction, &xref));
    twin.balances.sort();
    twin.posted.sort_by(|a, b| a[..16].cmp(&b[..16]));
    let job = post(&inputs, 4);
    assert_eq!(twin.posted.len() + twin.rejects.len() / 430, 2800);
    for (name, wanted) in [
        ("transact", twin.posted.concat()),
        ("acct", twin.accounts.concat()),
        ("tcat", twin.balances.concat()),
        ("dalyrejs", twin.rejects),
    ] {
        let found = job.read(&format!("new/{name}"));
        assert!(found == wanted, "{name} {}", first_difference(&found, &wanted));
    }
}
