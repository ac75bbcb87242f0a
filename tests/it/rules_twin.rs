//! Rule sets and data by chance, run by `run::run` with 1, 2, 3 and 8 threads and by a plain interpreter that shares no code with it.
//!
//! | module | what |
//! |---|---|
//! | [`model`] | a part of the language as plain data |
//! | [`write`] | the same as the files of a job |
//! | [`make`] | valid rule sets and inputs by chance |
//! | [`evaluate`], [`numbers`] | what a rule set does, a transaction and an action at a time |
//! | [`engine`] | the library on the same files |
//! | [`shrink`] | the smallest rule set and data that still fail |
//!
//! Compared are the bytes of every output, of the rejects and of every new master, the counts of the report, and whether the run
//! stops. To run it:
//!
//! ```text
//! cargo test --test it -- rules_twin                        the short lane
//! OFFHOST_ROUNDS=25 cargo test --release --test it -- rules_twin
//! OFFHOST_SEED=4711 cargo test --test it -- rules_twin      one rule set, with its files left in a folder that is named
//! OFFHOST_THREADS=1,8 ...                                   other numbers of threads
//! ```

mod engine;
mod evaluate;
mod make;
mod model;
mod numbers;
mod shrink;
mod write;

use std::fmt::Write;

use crate::harness::{check_seeds, hex, memory_folder, with_rdw};
use engine::{Failed, Left};
use evaluate::{Done, Fault};
use model::{Deck, Place};

/// Rule sets in the short lane.
const DECKS: u64 = 200;
/// Failures after which the test stops looking.
const FAILURES: usize = 3;

fn threads() -> Vec<usize> {
    let told = std::env::var("OFFHOST_THREADS").ok();
    told.map_or(vec![1, 2, 3, 8], |told| told.split(',').map(|count| count.parse().unwrap()).collect())
}

#[test]
fn rule_sets_by_chance_give_what_a_plain_interpreter_gives() {
    check_seeds(DECKS, FAILURES, check);
}

/// Runs the rule set of a seed both ways.
fn check(seed: u64, keep: bool) -> Result<(), String> {
    let deck = make::make(seed);
    if difference(&deck).is_none() {
        return Ok(());
    }
    let refused = |deck: &Deck| matches!(difference(deck), Some((true, _)));
    let was_refused = refused(&deck);
    let deck = match was_refused {
        // A smaller one would be refused for another reason.
        true => deck,
        false => shrink::shrink(deck, &|deck| matches!(difference(deck), Some((false, _)))),
    };
    let (_, complaint) = difference(&deck).unwrap();
    let mut text = format!("seed {seed}\n");
    for (name, book) in write::copybooks(&deck) {
        writeln!(text, "{name}\n{book}").unwrap();
    }
    writeln!(text, "{}\n{}", write::job(&deck), write::rules(&deck)).unwrap();
    for (at, input) in deck.inputs.iter().enumerate() {
        input.records.iter().for_each(|record| writeln!(text, "  in{at}     {}", hex(record)).unwrap());
    }
    for (at, master) in deck.masters.iter().enumerate() {
        master.rows.iter().for_each(|row| writeln!(text, "  master{at} {}", hex(row)).unwrap());
    }
    if keep {
        let folder = memory_folder().keep();
        engine::lay_out(&deck, &folder);
        writeln!(text, "files in {}", folder.display()).unwrap();
    }
    Err(text + &complaint)
}

/// How the two differ, and whether that is because the rule set was refused.
fn difference(deck: &Deck) -> Option<(bool, String)> {
    let wanted = evaluate::run(deck);
    let folder = memory_folder();
    engine::lay_out(deck, folder.path());
    for threads in threads() {
        let said = match (&wanted, engine::run_deck(deck, folder.path(), threads)) {
            (_, Err(Failed::Refused(said))) => return Some((true, said)),
            (Ok(wanted), Ok(found)) => unlike(deck, wanted, &found),
            (Err(fault), Err(Failed::Stopped(code, said))) => match codes(fault).contains(&code.as_str()) {
                true => String::new(),
                false => format!("should stop for {fault:?}, stopped with {said}"),
            },
            (Ok(_), Err(Failed::Stopped(_, said))) => format!("should not stop: {said}"),
            (Err(fault), Ok(_)) => format!("should stop for {fault:?}"),
        };
        if !said.is_empty() {
            return Some((false, format!("{threads} threads: {said}")));
        }
    }
    None
}

/// What a run that ends early may say.
fn codes(fault: &Fault) -> &'static [&'static str] {
    match fault {
        Fault::Size => &["DAT009"],
        Fault::DivideByZero => &["DAT014"],
        Fault::Data(Place::Input(_) | Place::Working | Place::Master(_) | Place::Output(..)) => &["DAT001"],
        Fault::NoRow => &["DAT012"],
        Fault::Said => &["RUN009"],
        Fault::Rejects => &["RUN008"],
        Fault::Duplicate => &["DAT008"],
    }
}

fn unlike(deck: &Deck, wanted: &Done, found: &Left) -> String {
    let mut text = String::new();
    let mut compare = |name: String, found: &[u8], records: Vec<Vec<u8>>| {
        let wanted = records.concat();
        if found != wanted {
            let (found, length) = (hex(found), found.len());
            writeln!(text, "{name}, {length} bytes, {} wanted", wanted.len()).unwrap();
            if wanted.len() + length < 2000 {
                writeln!(text, "  expected {}\n  got      {found}", hex(&wanted)).unwrap();
            }
        }
    };
    for (at, output) in deck.outputs.iter().enumerate() {
        let records = wanted.outputs[at].iter().map(|record| match output.variable {
            true => with_rdw(record),
            false => record.clone(),
        });
        compare(format!("out{at}"), &found.outputs[at], records.collect());
    }
    for (at, master) in deck.masters.iter().enumerate().filter(|(_, master)| master.new) {
        let _ = master;
        compare(
            format!("new{at}"),
            found.masters[at].as_deref().unwrap_or_default(),
            wanted.masters[at].clone(),
        );
    }
    // What an invalid number is called is not the business of this test.
    let plain = |counts: &[(String, u64)]| -> Vec<(String, u64)> {
        let mut plain: Vec<(String, u64)> = Vec::new();
        for (name, count) in counts {
            let name = if name.starts_with("reject INVALID-DATA") { "reject INVALID-DATA" } else { name };
            match plain.iter_mut().find(|(known, _)| known == name) {
                Some((_, total)) => *total += count,
                None => plain.push((name.to_owned(), *count)),
            }
        }
        plain
    };
    let (counts, counted) = (plain(&wanted.counts), plain(&found.counts));
    if counts != counted {
        writeln!(text, "counts\n  expected {counts:?}\n  got      {counted:?}").unwrap();
    }
    let transactions: u64 = deck.inputs.iter().map(|input| input.records.len() as u64).sum();
    let rc = if wanted.counts[0].1 == transactions { 0 } else { 4 };
    if found.rc != rc {
        writeln!(text, "return code {} instead of {rc}", found.rc).unwrap();
    }
    text
}
