//! The other jobs of the card issuer's night, and the customer update, against what the COBOL programs made of the same
//! inputs: hashes of their outputs, compiled with GnuCOBOL, on the data of the material, if that is there.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::harness::{Job, copy_folder, hex, material, repository};

/// A job: its file, its inputs (parameter and file of the material), other settings, and its outputs with their SHA-256.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

const CASES: &[Case] = &[
    (
        "carddemo/interest",
        &[("tcat", "posted/tcat"), ("xref", "CARDXREF"), ("acct", "posted/acct"), ("discgrp", "DISCGRP")],
        &["clock=2022-07-18T04:30:05.00", "parm=2022071800"],
        &[
            ("systran", "8ae2465026d42916561a7b75582b828e25ed5f577ab442d26597268b8dcab2ac"),
            ("acct", "4819bbff6cf0d81e86e50fe9bb52d5086ceb2110c11931ba350d89fcd93c714d"),
        ],
    ),
    (
        "carddemo/report",
        &[
            ("transact", "posted/transact"),
            ("xref", "CARDXREF"),
            ("trantype", "TRANTYPE"),
            ("trancatg", "TRANCATG"),
        ],
        &["from=2022-01-01", "to=2022-07-06"],
        &[
            ("sorted", "2d5de3b0bb132cf2a820bbae097c2ce46045efe3073ca4dd9c21302804c1100a"),
            ("report", "fc32533d7956cee1ef11f5ed7efa822c8e576b459e5eb248341eecb781468f29"),
        ],
    ),
    (
        "carddemo/statements",
        &[
            ("transact", "posted/transact"),
            ("xref", "CARDXREF"),
            ("cust", "CUSTDATA"),
            ("acct", "posted/acct"),
        ],
        &[],
        &[
            ("trxfl", "67f679e7d9e5f1d7d61c646ce171a1d4d2dd6a2454cce88c6b4c867b257a06dd"),
            ("stmt", "563af3984362d329f77092e3f4d570c7639b0d24fe165526ff0fa2759081cf34"),
        ],
    ),
    (
        "carddemo/extract",
        &[("acct", "ACCTDATA")],
        &[],
        &[
            ("pscomp", "6ffc4d6b685496b2f27723efc6d9f6090159416177f6ccd10e5dce1797c80813"),
            ("arryps", "421069439c72ce6d68f8ada621c25468f7ce8fe2f397065744a67fc62c703334"),
            ("vbps", "50aa7981f6d655a104675a634c10d10ad07b9ef1b9022d0c8daa4c386507b96f"),
        ],
    ),
    (
        "carddemo/extract",
        &[("acct", "posted/acct")],
        &[],
        &[("pscomp", "247614f30347255c258d30047bd0d64aaa5e8ab690e74e13f9fd8aeaf1ae6685")],
    ),
    (
        "carddemo/balances",
        &[("tcat", "posted/tcat")],
        &[],
        &[("list", "f220500c0e3c23bc773125610b5a92d65784b676cbefe44bf97258276c944fd9")],
    ),
    (
        "carddemo/export",
        &[
            ("cust", "CUSTDATA"),
            ("acct", "posted/acct"),
            ("xref", "CARDXREF"),
            ("tran", "posted/transact"),
            ("card", "CARDDATA"),
        ],
        &["clock=2022-07-18T04:30:05.00"],
        &[("export", "ccab067c3cbdfd817a9654a34f6ec3f5360ae575b34af6b7cb35a7a0df10a32a")],
    ),
    (
        "carddemo/import",
        &[("export", "EXPORT.DATA")],
        &[],
        &[
            ("cust", "cfcfd93f9127f017ba12b1b7053397486b7613e590e9fe251dd473fa243369d8"),
            ("acct", "d32e1cd1b40c406b276710fb5cf0487aeabd04f08a539f2bfe1bd2f544595b6d"),
            ("xref", "b07ab2e5fa2500501c1dcaffe478ee74c4562a290174020a093dfa6f0e6325d3"),
            ("tran", "479b1f99cb7adcd9b79e94708f04c8bde0a010ba87f2ed69ba8af1effe57d076"),
            ("card", "b5d968b6865bd48fb45928ef6cacce9b6aacdaec7b51cfcc9819b9fafcaed3e5"),
            ("err", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ],
    ),
    (
        "sam/update",
        &[("custfile", "sam/custfile"), ("tranfile", "sam/tranfile")],
        &["clock=2022-07-18T04:30:05.00"],
        &[
            ("custout", "f899ba52b4426d81b87aaf15a1eeb04271598e30c04f3b407306b1eac64360ba"),
            ("custrpt", "9fc89850405238e81ec9597ec5b66d91a77b0eaf63f275ee59da64bc8a549c6a"),
        ],
    ),
];

/// Where the material has a file: an output of the posting program, one of the sample, or one of the original files.
fn path(material: &Path, name: &str) -> PathBuf {
    match name.split_once('/') {
        Some(("posted", file)) => material.join(format!("carddemo/oracle/posttran/{file}.ebc")),
        Some((_, file)) => material.join(format!("sam/data/{file}.ebc")),
        None => material.join(format!("carddemo/data/ebcdic/AWS.M2.CARDDEMO.{name}.PS")),
    }
}

/// A folder with all jobs and what they need.
fn installation() -> Job {
    let job = Job::new();
    for part in ["jobs", "rules", "copybooks"] {
        copy_folder(&repository().join(part), &job.path().join(part));
    }
    job
}

fn run(job: &Job, file: &str, settings: &[String]) {
    let root = job.path().to_str().unwrap().to_owned();
    let file = format!("jobs/{file}.yaml");
    let mut arguments = vec!["run", file.as_str(), "--root", &root, "--set", "out=new"];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    job.offhost(&arguments).status(0);
}

#[test]
fn outputs_are_those_of_the_cobol_programs() {
    let Some(material) = material("carddemo").and_then(|folder| folder.parent().map(Path::to_owned)) else {
        return;
    };
    for (file, inputs, others, outputs) in CASES {
        let job = installation();
        let mut settings: Vec<String> = others.iter().map(|setting| (*setting).to_owned()).collect();
        for (name, source) in *inputs {
            job.put(&format!("in/{name}"), &std::fs::read(path(&material, source)).unwrap());
            settings.push(format!("{name}=in/{name}"));
        }
        run(&job, file, &settings);
        for (name, wanted) in *outputs {
            let found = hex(&Sha256::digest(job.read(&format!("new/{name}")))).to_lowercase();
            assert_eq!(found, *wanted, "{file}: {name}");
        }
    }
}

#[test]
fn an_import_brings_an_export_back() {
    let Some(material) = material("carddemo").and_then(|folder| folder.parent().map(Path::to_owned)) else {
        return;
    };
    let job = installation();
    let names = [
        ("cust", "CUSTDATA"),
        ("acct", "ACCTDATA"),
        ("xref", "CARDXREF"),
        ("tran", "DALYTRAN"),
        ("card", "CARDDATA"),
    ];
    let mut settings = Vec::new();
    for (name, source) in names {
        job.put(&format!("in/{name}"), &std::fs::read(path(&material, source)).unwrap());
        settings.push(format!("{name}=in/{name}"));
    }
    run(&job, "carddemo/export", &settings);
    let first = job.read("new/export");
    job.put("in/export", &first);
    run(&job, "carddemo/import", &["export=in/export".to_owned()]);
    let back: Vec<String> = names.iter().map(|(name, _)| format!("{name}=new/{name}")).collect();
    run(&job, "carddemo/export", &back);
    assert!(job.read("new/export") == first, "the second export is another");
}

#[test]
fn generations_are_combined_as_plain_files_are() {
    let Some(material) = material("carddemo").and_then(|folder| folder.parent().map(Path::to_owned)) else {
        return;
    };
    let job = installation();
    let root = job.path().to_str().unwrap().to_owned();
    for (name, source) in [("transact", "posted/transact"), ("tcat", "posted/tcat"), ("xref", "CARDXREF")] {
        job.put(&format!("in/{name}"), &std::fs::read(path(&material, source)).unwrap());
    }
    for (name, source) in [("acct", "posted/acct"), ("discgrp", "DISCGRP")] {
        job.put(&format!("in/{name}"), &std::fs::read(path(&material, source)).unwrap());
    }
    let names = ["tcat", "xref", "acct", "discgrp"];
    let mut settings: Vec<String> = names.iter().map(|name| format!("{name}=in/{name}")).collect();
    settings.extend(["clock=2022-07-18T04:30:05.00", "parm=2022071800"].map(str::to_owned));
    run(&job, "carddemo/interest", &settings);
    run(&job, "carddemo/combine", &["transact=in/transact", "systran=new/systran"].map(str::to_owned));
    let wanted = job.read("new/combined");
    // The same files as generations that were there before offhost came; older ones are not read.
    for (base, file) in [("transact.bkup", "in/transact"), ("systran", "new/systran")] {
        job.put(&format!("data/carddemo/{base}/G0041V00"), b"old");
        job.put(&format!("data/carddemo/{base}/G0042V00"), &job.read(file));
        let base = format!("data/carddemo/{base}");
        job.offhost(&["catalog", "define", &base, "--adopt", "--root", &root]).status(0);
    }
    for night in 1..=6 {
        job.offhost(&["run", "jobs/carddemo/combine-generations.yaml", "--rerun", "--root", &root]).status(0);
        let made = format!("data/carddemo/transact.combined/G{night:04}V00");
        assert!(job.read(&made) == wanted, "{made} is another");
    }
    assert!(!job.path().join("data/carddemo/transact.combined/G0001V00").exists(), "the limit is 5");
    job.offhost(&["catalog", "verify", "--root", &root]).status(0);
}
