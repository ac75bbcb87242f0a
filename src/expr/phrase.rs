//! Phrases of INSPECT, UNSTRING and SEARCH as they are written: `ALL 'A' BY 'B' BEFORE INITIAL '.'`.

use super::lexer::Kind;
use super::parser::Parser;
use super::syntax::{Node, NodeKind, Relation};
use crate::diag::{Diagnostic, Result, Span, codes};

/// What of a text a phrase of INSPECT is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Every occurrence.
    All,
    /// Those that stand one behind the other at the beginning.
    Leading,
    /// The first one.
    First,
    /// Every character.
    Characters,
}

/// A phrase of INSPECT.
#[derive(Debug)]
pub(super) struct Phrase {
    pub how: How,
    /// What is looked for; nothing for CHARACTERS.
    pub what: Option<Node>,
    /// What takes its place.
    pub by: Option<Node>,
    pub region: Region,
}

/// BEFORE INITIAL and AFTER INITIAL.
#[derive(Debug, Default)]
pub(super) struct Region {
    pub before: Option<Node>,
    pub after: Option<Node>,
}

/// A receiver of UNSTRING: its name, and those of DELIMITER IN and COUNT IN.
#[derive(Debug)]
pub struct IntoPhrase {
    /// The field.
    pub to: Span,
    /// DELIMITER IN.
    pub delimiter: Option<Span>,
    /// COUNT IN.
    pub count: Option<Span>,
}

/// `COUNTER FOR ALL 'A' 'B' BEFORE INITIAL '.' LEADING ' ' CHARACTERS`: the counter, and what it counts.
pub(super) fn tallying(text: &Span) -> Result<(Span, Vec<Phrase>)> {
    let mut parser = Parser::new(text)?;
    let counter = parser.primary()?.span;
    if !parser.take_word("FOR") {
        return Err(parser.unexpected("FOR"));
    }
    let hows = [("ALL", How::All), ("LEADING", How::Leading)];
    Ok((counter, phrases(&mut parser, &hows, false)?))
}

/// `ALL 'A' BY 'B' 'C' BY 'D' FIRST 'E' BY 'F' CHARACTERS BY '*' AFTER INITIAL '.'`.
pub(super) fn replacing(text: &Span) -> Result<Vec<Phrase>> {
    let mut parser = Parser::new(text)?;
    let hows = [("ALL", How::All), ("LEADING", How::Leading), ("FIRST", How::First)];
    phrases(&mut parser, &hows, true)
}

/// `'abc' TO 'ABC' BEFORE INITIAL '.'`.
pub(super) fn converting(text: &Span) -> Result<(Node, Node, Region)> {
    let mut parser = Parser::new(text)?;
    let from = parser.primary()?;
    if !parser.take_word("TO") {
        return Err(parser.unexpected("TO"));
    }
    let to = parser.primary()?;
    let region = region(&mut parser)?;
    parser.end()?;
    Ok((from, to, region))
}

fn phrases(parser: &mut Parser, hows: &[(&str, How)], by: bool) -> Result<Vec<Phrase>> {
    let mut phrases = Vec::new();
    while parser.peek() != &Kind::End {
        if parser.take_word("CHARACTERS") {
            let by = replacement(parser, by)?;
            phrases.push(Phrase { how: How::Characters, what: None, by, region: region(parser)? });
            continue;
        }
        let Some(&(_, how)) = hows.iter().find(|(word, _)| parser.take_word(word)) else {
            let words: Vec<&str> = hows.iter().map(|(word, _)| *word).collect();
            return Err(parser.unexpected(&format!("{} or CHARACTERS", words.join(", "))));
        };
        loop {
            let what = Some(parser.primary()?);
            let by = replacement(parser, by)?;
            phrases.push(Phrase { how, what, by, region: region(parser)? });
            let next = parser.at_word("CHARACTERS") || hows.iter().any(|(word, _)| parser.at_word(word));
            if next || parser.peek() == &Kind::End {
                break;
            }
        }
    }
    if phrases.is_empty() { Err(parser.unexpected("a phrase such as ALL 'A'")) } else { Ok(phrases) }
}

fn replacement(parser: &mut Parser, wanted: bool) -> Result<Option<Node>> {
    match (wanted, wanted && parser.take_word("BY")) {
        (false, _) => Ok(None),
        (true, true) => parser.primary().map(Some),
        (true, false) => Err(parser.unexpected("BY")),
    }
}

fn region(parser: &mut Parser) -> Result<Region> {
    let mut region = Region::default();
    loop {
        let place = if region.before.is_none() && parser.take_word("BEFORE") {
            &mut region.before
        } else if region.after.is_none() && parser.take_word("AFTER") {
            &mut region.after
        } else {
            return Ok(region);
        };
        parser.take_word("INITIAL");
        *place = Some(parser.primary()?);
    }
}

/// `',' OR ALL SPACE`: delimiters, with true for ALL.
pub(super) fn delimiters(text: &Span) -> Result<Vec<(Node, bool)>> {
    let mut parser = Parser::new(text)?;
    let mut delimiters = Vec::new();
    loop {
        let all = parser.take_word("ALL");
        delimiters.push((parser.primary()?, all));
        if !parser.take_word("OR") {
            parser.end()?;
            return Ok(delimiters);
        }
    }
}

/// `FIELD DELIMITER IN FIELD COUNT IN FIELD`.
pub fn into_phrase(text: &Span) -> Result<IntoPhrase> {
    let mut parser = Parser::new(text)?;
    let mut phrase = IntoPhrase { to: parser.primary()?.span, delimiter: None, count: None };
    for (word, place) in [("DELIMITER", &mut phrase.delimiter), ("COUNT", &mut phrase.count)] {
        if parser.take_word(word) {
            parser.take_word("IN");
            *place = Some(parser.primary()?.span);
        }
    }
    parser.end()?;
    Ok(phrase)
}

/// The comparisons that a condition joins by AND, all with `=`.
pub(super) fn equalities(text: &Span) -> Result<Vec<(Node, Node)>> {
    let node = super::parse(text)?;
    let parts = match node.kind {
        NodeKind::And(parts) => parts,
        _ => vec![node],
    };
    let equality = |part: Node| match part.kind {
        NodeKind::Compare(Relation::Equal, left, right) => Ok((*left, *right)),
        _ => Err(Diagnostic::error(codes::EXP004, "a search by halves needs keys that are equal to values")
            .at(&part.span, "not KEY = value")
            .hint("join comparisons with = by AND; or use search, which goes through the entries")),
    };
    parts.into_iter().map(equality).collect()
}
