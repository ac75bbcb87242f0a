//! `offhost inspect` as a command: exit status, JSON, and that the command it prints converts the file.

use crate::harness::{Job, packed, text, with_rdw};

const COPYBOOK: &str = "01 PAY.\n  05 ID PIC X(6).\n  05 AMT PIC S9(7)V99 COMP-3.\n  05 NAME PIC X(20).\n";

fn job() -> Job {
    let record = |n: i128| {
        let name = ["MILLER", "O'HARA", "SMITH AND SONS LTD"][n as usize % 3];
        let length = 10 + n as usize % 10;
        with_rdw(
            &[text(&format!("P{n:05}"), 6), packed(n * 100, 9, true), text(name, 18.max(length))].concat(),
        )
    };
    Job::new().text("pay.cpy", COPYBOOK).file("pay.dat", &(0..100).flat_map(record).collect::<Vec<u8>>())
}

#[test]
fn the_command_it_prints_converts_the_file() {
    let job = job();
    let (data, copybook) = (job.path().join("pay.dat"), job.path().join("pay.cpy"));
    let (data, copybook) = (data.to_str().unwrap(), copybook.to_str().unwrap());
    let found = job.offhost(&["inspect", data, "-c", copybook, "--json"]).status(0).json();
    assert_eq!(found["verdict"]["records"], 100);
    assert_eq!(found["verdict"]["misfit"], serde_json::Value::Null);
    let shown = job.offhost(&["inspect", data, "-c", copybook]).status(0);
    let line = shown.stdout.lines().find(|line| line.trim_start().starts_with("offhost convert")).unwrap();
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let lines = job.offhost(&words).status(0);
    assert_eq!(lines.stdout.lines().count(), 100);
    assert!(lines.stdout.contains("\"AMT\":99.00"), "{}", lines.stdout);
}

#[test]
fn what_is_known_narrows_the_search() {
    let job = job();
    let (data, copybook) = (job.path().join("pay.dat"), job.path().join("pay.cpy"));
    let arguments =
        ["inspect", data.to_str().unwrap(), "-c", copybook.to_str().unwrap(), "--recfm", "FB", "--json"];
    let run = job.offhost(&arguments);
    let found = run.json();
    let candidates = found["candidates"].as_array().unwrap();
    assert!(
        candidates.iter().all(|line| !line["label"].as_str().unwrap().starts_with('V')),
        "{candidates:?}"
    );
}

#[test]
fn what_is_said_is_taken() {
    let job = job();
    let data = job.path().join("pay.dat");
    let data = data.to_str().unwrap();
    for said in [
        &["--rdw", "big, loose"][..],
        &["--recfm", "F", "--header", "length=4,size=0:2", "--length-adjust", "-4"],
    ] {
        let found = job.offhost(&[&["inspect", data, "--json"], said].concat()).status(0).json();
        assert_eq!(found["verdict"]["records"], 100, "{said:?}");
    }
}

#[test]
fn nothing_fits_noise() {
    let noise: Vec<u8> =
        (0..5000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 ^ ((n * n) >> 7) as u8).collect();
    let job = Job::new().file("noise", &noise).text("pay.cpy", COPYBOOK).file("empty", &[]);
    let at = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    for file in ["noise", "empty"] {
        let run = job.offhost(&["inspect", &at(file), "-c", &at("pay.cpy")]).status(81);
        assert!(run.stdout.contains("nothing fits"), "{}", run.stdout);
    }
    job.offhost(&["inspect", &at("missing")]).status(66);
    job.offhost(&["inspect", &at("noise"), "--code-page", "cp1"]).status(64);
    job.offhost(&["inspect", &at("noise"), "--recfm", "Q"]).status(64);
}
