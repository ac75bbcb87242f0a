//! Tests of the operators on records, their cards read by the parser.

mod arithmetic;
mod conditions;
mod editing;
mod ifthen;
mod items;
mod random;
mod records;

use super::{Program, RecordTest, Setting, Shape, Usage};
use crate::control::parse::{DeckKind, ParseContext, deck};
use crate::control::syntax::{Convert, Deck, Dialect};
use crate::diag::{Result, Source};
use crate::encoding::CodePage;

const PAGE: CodePage = CodePage::CP037;

/// Fixed-length records.
fn fixed(length: usize) -> Shape {
    Shape { variable: false, length }
}

/// Variable-length records, the RDW counted.
fn variable(length: usize) -> Shape {
    Shape { variable: true, length }
}

fn ebcdic(text: &str) -> Vec<u8> {
    PAGE.encode(text).unwrap()
}

/// A variable-length record with its RDW.
fn with_rdw(text: &str) -> Vec<u8> {
    let mut record = vec![0, text.len() as u8 + 4, 0, 0];
    record.extend(ebcdic(text));
    record
}

/// Bytes of hexadecimal digits, blanks between them ignored.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

/// The deck of statements; lines are broken behind commas as cards need it.
fn read(statements: &str) -> Deck {
    let mut cards = String::new();
    for statement in statements.lines() {
        let mut line = format!("  {}", statement.trim());
        while line.len() > 71 {
            let mut quoted = false;
            let fits = line.char_indices().take(71).filter(|(_, c)| {
                quoted ^= *c == '\'';
                *c == ',' && !quoted
            });
            let at = fits.last().unwrap().0;
            cards.push_str(&line[..=at]);
            cards.push('\n');
            line = format!("   {}", &line[at + 1..]);
        }
        cards.push_str(&line);
        cards.push('\n');
    }
    let context = ParseContext { page: PAGE, dialect: Dialect::Dfsort, kind: DeckKind::ToolUsing };
    deck(&[Source::new("SYSIN", cards)], None, &context).unwrap_or_else(|errors| panic!("{errors}"))
}

fn setting_of(deck: &Deck) -> Setting {
    let clock = jiff::civil::date(2026, 3, 21).at(3, 15, 0, 0);
    let setting = Setting::new(PAGE, clock, Dialect::Dfsort, &deck.options);
    Setting { altseq: deck.altseq.clone(), ..setting }
}

/// The program of a deck's INREC, OUTREC or first OUTFIL.
fn program(statements: &str, shape: Shape) -> Result<Program> {
    let deck = read(statements);
    let setting = setting_of(&deck);
    if let Some(inrec) = &deck.inrec {
        return Program::compile(inrec, &setting, shape, Usage::Inrec);
    }
    if let Some(outrec) = &deck.outrec {
        return Program::compile(outrec, &setting, shape, Usage::Outrec);
    }
    let outfil = deck.outfils.first().unwrap();
    let usage = Usage::OutFil { convert: outfil.convert, fill: outfil.fill };
    Program::compile(outfil.reform.as_ref().unwrap(), &setting, shape, usage)
}

/// What becomes of records, one after the other.
fn run_all(statements: &str, shape: Shape, records: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let program = program(statements, shape)?;
    let mut state = program.state();
    let mut made = Vec::new();
    for record in records {
        program.run(&mut state, record, &mut |new| {
            made.push(new.to_vec());
            Ok(())
        })?;
    }
    let output = program.output();
    let fits =
        |new: &Vec<u8>| if output.variable { new.len() <= output.length } else { new.len() == output.length };
    assert!(made.iter().all(fits), "{output:?} {:?}", made.iter().map(Vec::len).collect::<Vec<_>>());
    Ok(made)
}

/// What becomes of lines of text, as text; dots for what cannot be shown.
fn texts(statements: &str, lines: &[&str]) -> Vec<String> {
    let length = lines.iter().map(|line| line.len()).max().unwrap_or(0);
    let records: Vec<Vec<u8>> = lines.iter().map(|line| ebcdic(&format!("{line:length$}"))).collect();
    let made = run_all(statements, fixed(length), &records).unwrap_or_else(|error| panic!("{error}"));
    made.iter().map(|record| shown(record)).collect()
}

fn shown(record: &[u8]) -> String {
    PAGE.decode(record).chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '.' }).collect()
}

/// The record that items build of one.
fn built(items: &str, record: &[u8]) -> Vec<u8> {
    let made = run_all(&format!("OUTREC BUILD=({items})"), fixed(record.len()), &[record.to_vec()]);
    made.unwrap_or_else(|error| panic!("{items}: {error}")).remove(0)
}

/// The error of items that cannot be compiled, or of the first record.
fn refused(statements: &str, shape: Shape, record: &[u8]) -> String {
    match run_all(statements, shape, &[record.to_vec()]) {
        Ok(made) => panic!("{statements}: {made:02X?}"),
        Err(error) => error.to_string(),
    }
}

/// Whether a condition holds for a record.
fn holds(condition: &str, options: &str, shape: Shape, record: &[u8]) -> Result<bool> {
    let deck = read(&format!("INCLUDE COND=({condition})\n{options}"));
    let test = RecordTest::compile(&deck.filter.as_ref().unwrap().1, &setting_of(&deck), shape)?;
    test.holds(record, &super::Parsed::new())
}

#[test]
fn nothing_to_do_changes_nothing() {
    let reform = crate::control::syntax::Reform::Action(Box::default());
    let usage = Usage::OutFil { convert: Convert::Keep, fill: None };
    let deck = Deck::default();
    let program = Program::compile(&reform, &setting_of(&deck), fixed(3), usage).unwrap();
    assert_eq!((program.output(), program.is_stateful()), (fixed(3), false));
    let mut made = Vec::new();
    program
        .run(&mut program.state(), b"abc", &mut |record| {
            made.extend_from_slice(record);
            Ok(())
        })
        .unwrap();
    assert_eq!(made, b"abc");
}
