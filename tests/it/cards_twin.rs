//! Decks and data by chance, run by the library and by a plain interpreter that knows nothing of it.
//!
//! | module | what |
//! |---|---|
//! | [`model`] | a part of the language as plain data, and as cards |
//! | [`make`] | valid decks and inputs by chance |
//! | [`evaluate`], [`numbers`] | what a deck does, a record and a step at a time |
//! | [`engine`] | the library on the same deck |
//!
//! `OFFHOST_ROUNDS` makes the test longer, `OFFHOST_SEED` runs one deck.

mod engine;
mod evaluate;
mod make;
mod model;
mod numbers;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::harness::{Random, check_seeds, hex};
use make::Made;

/// Decks in the short lane.
const DECKS: u64 = 4000;

/// Failures after which the test stops looking.
const FAILURES: usize = 5;

#[test]
fn decks_by_chance_give_what_a_plain_interpreter_gives() {
    check_seeds(DECKS, FAILURES, |seed, _| check(seed));
}

/// Runs the deck of a seed both ways.
fn check(seed: u64) -> Result<(), String> {
    let made = make::make(&mut Random::new(seed));
    let Some(complaint) = difference(&made) else { return Ok(()) };
    let (made, complaint) = with_fewer_records(made, complaint);
    let mut text = format!("seed {seed}\n{}", made.deck.cards());
    for record in &made.input {
        writeln!(text, "  in  {}", hex(record)).unwrap();
    }
    Err(text + &complaint)
}

/// Leaves out records as long as it fails.
fn with_fewer_records(mut made: Made, mut complaint: String) -> (Made, String) {
    let mut at = 0;
    while at < made.input.len() {
        let record = made.input.remove(at);
        match difference(&made) {
            Some(smaller) => complaint = smaller,
            None => {
                made.input.insert(at, record);
                at += 1;
            }
        }
    }
    (made, complaint)
}

/// How the two differ.
fn difference(made: &Made) -> Option<String> {
    let wanted = evaluate::run(&made.deck, &made.input);
    let names: Vec<String> = wanted.keys().cloned().collect();
    let deck = &made.deck;
    let found = match engine::run(&deck.cards(), &made.input, deck.variable, deck.length, &names) {
        Ok(found) => found,
        Err(said) => return Some(said),
    };
    let wanted: BTreeMap<String, Vec<u8>> =
        wanted.into_iter().map(|(name, records)| (name, records.concat())).collect();
    let mut text = String::new();
    for (name, bytes) in &wanted {
        if found[name] != *bytes {
            writeln!(text, "{name}\n  expected {}\n  got      {}", hex(bytes), hex(&found[name])).unwrap();
        }
    }
    (!text.is_empty()).then_some(text)
}

/// The decks would prove little if something never came.
#[test]
fn decks_by_chance_have_everything() {
    let cards: String = (0..DECKS).map(|seed| make::make(&mut Random::new(seed)).deck.cards()).collect();
    let words = [
        "INCLUDE COND",
        "OMIT COND",
        "COPY",
        "SKIPREC",
        "STOPAFT",
        "SUM FIELDS=NONE",
        "SUM FIELDS=(",
        ",SS,",
        ",NUM",
        "BNO",
        "B'",
        "X'",
        "BUILD=",
        "OVERLAY=",
        "FINDREP=",
        "SHIFT=NO",
        "WHEN=INIT",
        "WHEN=(",
        "WHEN=ANY",
        "WHEN=NONE",
        "HIT=NEXT",
        "IFOUTLEN",
        "WHEN=GROUP",
        "KEYBEGIN",
        "RECORDS=",
        "ID=",
        "SEQ=",
        "SEQNUM",
        "RESTART",
        "CHANGE=",
        "TRAN=LTOU",
        "HEX",
        "EDIT=",
        "SIGNS=",
        "LENGTH=",
        "TO=",
        "MUL",
        "DIV",
        "MOD",
        "MIN",
        "MAX",
        "SAVE",
        "STARTREC",
        "ENDREC",
        "SAMPLE",
        "ACCEPT",
        "REPEAT",
        "SPLITBY",
        "SPLIT1R",
    ];
    let rare: Vec<&str> = words.into_iter().filter(|word| cards.matches(word).count() < 20).collect();
    assert!(rare.is_empty(), "hardly ever made: {rare:?}");
    let masks = (0..27)
        .filter(|mask| !cards.contains(&format!(",M{mask},")) && !cards.contains(&format!(",M{mask})")));
    assert_eq!(masks.count(), 0, "a mask never comes");
}
