//! The statements of a deck, one of a kind, and what they are together.

use std::sync::Arc;

use super::join::JoinStatements;
use super::option::Change;
use super::parser::Parser;
use super::sort::SortStatement;
use super::sum::check_against_keys;
use super::{DeckKind, ParseContext, STATEMENTS};
use crate::control::deck::{Cursor, Reading, Statement, Text};
use crate::control::message;
use crate::control::syntax::{
    Application, Condition, Deck, Options, OutFil, RecordStatement, Reform, SumStatement,
};
use crate::diag::{Diagnostic, Diagnostics, Result, Source, Span, codes, nearest};

/// A statement that was read; `None` inside if it was there and had an error.
type Slot<T> = Option<Option<T>>;

/// The statements of one source, or of several put together.
#[derive(Default)]
pub(super) struct Statements {
    sort: Slot<SortStatement>,
    filter: Slot<(bool, Condition)>,
    inrec: Slot<Reform>,
    sum: Slot<SumStatement>,
    outrec: Slot<Reform>,
    outfils: Vec<OutFil>,
    join: JoinStatements,
    altseq: Slot<Box<[u8; 256]>>,
    record: Slot<RecordStatement>,
    copy: bool,
    /// In the order in which they are applied: the strongest last.
    changes: Vec<Change>,
    /// Kinds of statements that were seen.
    seen: Vec<&'static str>,
}

impl Statements {
    /// Reads a statement. `overriding` sources may say what SYSIN may not.
    pub(super) fn read(
        &mut self,
        statement: &Statement,
        reading: Reading<'_>,
        overriding: bool,
        diagnostics: &mut Diagnostics,
    ) {
        let mut parser = Parser::new(Cursor::new(&statement.operands, reading));
        let result = match kind(&statement.operation) {
            None if overriding && self.options(statement, reading).is_ok() => Ok(()),
            None => Err(unknown(statement)),
            Some(kind) if is_single(kind) && self.seen.contains(&kind) => Err(doubly_defined(statement)),
            Some(kind) => {
                self.seen.push(kind);
                self.statement(statement, &mut parser, overriding)
            }
        };
        if statement.complete {
            diagnostics.extend(parser.problems);
            diagnostics.take(result);
        }
    }

    /// Options of EXEC PARM, which may stand in DFSPARM without a statement.
    fn options(&mut self, statement: &Statement, reading: Reading<'_>) -> Result<()> {
        let text = Text::of(&statement.operation_span);
        let option = Parser::new(Cursor::new(&text, reading)).option_statement()?;
        self.copy |= option.copy;
        self.changes.extend(option.changes);
        Ok(())
    }

    fn statement(&mut self, statement: &Statement, parser: &mut Parser<'_>, overriding: bool) -> Result<()> {
        match statement.operation.as_str() {
            "SORT" | "MERGE" => {
                self.sort = Some(None);
                let sort =
                    parser.sort_statement(statement.operation == "MERGE", &statement.operation_span)?;
                self.sort = Some(Some(sort));
            }
            "INCLUDE" | "OMIT" => {
                self.filter = Some(None);
                let condition = parser.filter_statement(&statement.operation)?;
                self.filter = Some(Some((statement.operation == "INCLUDE", condition)));
            }
            "OPTION" => {
                let option = parser.option_statement()?;
                self.copy |= option.copy;
                self.changes.extend(
                    option.changes.into_iter().filter(|change| overriding || !change.is_of_dfsparm()),
                );
            }
            "INREC" => {
                self.inrec = Some(None);
                self.inrec = Some(parser.reform_statement("INREC", &statement.operation_span)?);
            }
            "OUTREC" => {
                self.outrec = Some(None);
                self.outrec = Some(parser.reform_statement("OUTREC", &statement.operation_span)?);
            }
            "SUM" => {
                self.sum = Some(None);
                self.sum = Some(Some(parser.sum_statement(&statement.operation_span)?));
            }
            "OUTFIL" => {
                let outfil = parser.outfil_statement(&statement.operation_span)?;
                for file in self.add_outfil(outfil) {
                    parser.problems.push(ignored_file(&file, &statement.operation_span));
                }
            }
            _ => return self.other_statement(statement, parser),
        }
        Ok(())
    }

    fn other_statement(&mut self, statement: &Statement, parser: &mut Parser<'_>) -> Result<()> {
        match statement.operation.as_str() {
            "JOINKEYS" => {
                self.join.at.get_or_insert_with(|| statement.operation_span.clone());
                let (side, keys) = parser.joinkeys_statement(&statement.operation_span)?;
                if self.join.sides[side].is_some() {
                    return Err(doubly_defined(statement));
                }
                self.join.sides[side] = Some(keys);
            }
            "JOIN" => {
                self.join.at.get_or_insert_with(|| statement.operation_span.clone());
                self.join.join = Some(parser.join_statement(&statement.operation_span)?);
            }
            "REFORMAT" => {
                self.join.at.get_or_insert_with(|| statement.operation_span.clone());
                self.join.reformat = Some(parser.reformat_statement(&statement.operation_span)?);
            }
            "RECORD" => self.record = Some(Some(parser.record_statement()?)),
            "ALTSEQ" => self.altseq = Some(Some(parser.altseq_statement(&statement.operation_span)?)),
            // Statements that only tune or trace the product.
            "DEBUG" | "END" | "INPFIL" => {}
            _ => return Err(not_supported(statement)),
        }
        Ok(())
    }

    /// Adds the statements of a weaker source: only what is not there yet counts.
    pub(super) fn add_weaker(&mut self, weaker: Statements) {
        self.changes.splice(0..0, weaker.changes);
        if self.sort.is_none() && !self.copy {
            self.sort = weaker.sort;
            self.copy = weaker.copy;
        }
        fn fill<T>(slot: &mut Option<T>, weaker: Option<T>) {
            if slot.is_none() {
                *slot = weaker;
            }
        }
        fill(&mut self.filter, weaker.filter);
        fill(&mut self.inrec, weaker.inrec);
        fill(&mut self.sum, weaker.sum);
        fill(&mut self.outrec, weaker.outrec);
        fill(&mut self.altseq, weaker.altseq);
        fill(&mut self.record, weaker.record);
        for (side, other) in self.join.sides.iter_mut().zip(weaker.join.sides) {
            fill(side, other);
        }
        fill(&mut self.join.join, weaker.join.join);
        fill(&mut self.join.reformat, weaker.join.reformat);
        fill(&mut self.join.at, weaker.join.at);
        for outfil in weaker.outfils {
            self.add_outfil(outfil);
        }
    }

    /// Adds an OUTFIL. A file belongs to the first (and so the strongest) one that names it; returns the files that others
    /// have.
    fn add_outfil(&mut self, mut outfil: OutFil) -> Vec<String> {
        let taken = |file: &String| self.outfils.iter().any(|stronger| stronger.files.contains(file));
        let (others, files): (Vec<String>, Vec<String>) = outfil.files.drain(..).partition(taken);
        if !files.is_empty() {
            outfil.files = files;
            self.outfils.push(outfil);
        }
        others
    }

    /// The deck that they make.
    pub(super) fn into_deck(
        self,
        context: &ParseContext,
        last: Option<&Arc<Source>>,
        mut diagnostics: Diagnostics,
    ) -> std::result::Result<Deck, Diagnostics> {
        let mut options = Options::default();
        let mut deck = Deck::default();
        match self.sort {
            Some(sort) => {
                for change in sort.iter().flat_map(|sort| &sort.changes) {
                    change.apply(&mut options);
                }
                deck.application = sort.map_or(Application::Copy, |sort| sort.application);
            }
            None if self.copy || context.kind != DeckKind::Main => {}
            None => diagnostics.push(no_application(last)),
        }
        if self.copy {
            deck.application = Application::Copy;
        }
        for change in &self.changes {
            change.apply(&mut options);
        }
        deck.filter = self.filter.flatten();
        deck.inrec = self.inrec.flatten();
        deck.sum = self.sum.flatten();
        deck.outrec = self.outrec.flatten();
        deck.outfils = self.outfils;
        deck.altseq = self.altseq.flatten();
        deck.record = self.record.flatten().unwrap_or_default();
        deck.options = options;
        if let Some(sum) = &deck.sum {
            check_against_keys(sum, &deck.application, &mut diagnostics);
        }
        deck.join = self.join.finish(&mut diagnostics);
        if let (Some(join), Application::Merge(_)) = (&deck.join, &deck.application) {
            let message = "joined records can be sorted or copied, but not merged";
            diagnostics.push(
                message::error(codes::CTL010, message::JOINKEYS_OPERAND, message).at(&join.span, "a join"),
            );
        }
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        deck.warnings = diagnostics.list().to_vec();
        Ok(deck)
    }
}

/// Statements of a kind exclude each other.
fn kind(operation: &str) -> Option<&'static str> {
    match operation {
        "MERGE" => Some("SORT"),
        "OMIT" => Some("INCLUDE"),
        _ => STATEMENTS.iter().find(|name| **name == operation).copied(),
    }
}

/// True for kinds that a source has one statement of.
fn is_single(kind: &str) -> bool {
    !matches!(kind, "OUTFIL" | "JOINKEYS" | "DEBUG" | "END")
}

fn unknown(statement: &Statement) -> Box<Diagnostic> {
    let word = &statement.operation;
    let error =
        message::error(codes::CTL006, message::STATEMENT_DEFINER, format!("there is no statement {word}"))
            .at(&statement.operation_span, "not known");
    let label = statement.label.as_ref().map(Span::text).filter(|label| kind(label).is_some());
    if let Some(label) = label {
        return error
            .note(format!("{label} begins in column 1, so it is taken for a label"))
            .hint("begin statements in column 2 or behind");
    }
    if kind(&word.to_ascii_uppercase()).is_some() {
        return error.hint("write statements in upper case");
    }
    match nearest(word, STATEMENTS.iter().copied()) {
        Some(name) => error.hint(format!("did you mean {name}?")),
        None => error.hint("if it belongs to the statement before, that one must end with a comma to go on"),
    }
}

fn doubly_defined(statement: &Statement) -> Box<Diagnostic> {
    let message = format!("a deck has one {} statement", statement.operation);
    let error = message::error(codes::CTL008, message::EXCESS_STATEMENT, message)
        .at(&statement.operation_span, "another one");
    match statement.operation.as_str() {
        "SORT" | "MERGE" => error.note("SORT and MERGE exclude each other"),
        "INCLUDE" | "OMIT" => {
            error.note("INCLUDE and OMIT exclude each other; join the conditions with AND or OR")
        }
        _ => error,
    }
}

fn ignored_file(file: &str, operation: &Span) -> Box<Diagnostic> {
    let message = format!("{file} belongs to an OUTFIL statement before, so this one does not write it");
    Diagnostic::warning(codes::CTL008, message)
        .at(operation, "without it")
        .note(message::DUPLICATE_OUTFIL.shown())
}

fn not_supported(statement: &Statement) -> Box<Diagnostic> {
    let message = format!("the statement {} is not supported", statement.operation);
    let at = &statement.operation_span;
    if statement.operation == "DUPKEYS" {
        return message::error(codes::CTL006, message::STATEMENT_DEFINER, message)
            .at(at, "a statement of SYNCSORT")
            .hint("SUM keeps or adds up records with equal keys; SELECT of ICETOOL chooses among them");
    }
    Diagnostic::error(codes::CTL006, message).at(at, "not supported")
}

fn no_application(source: Option<&Arc<Source>>) -> Box<Diagnostic> {
    let error = message::error(
        codes::CTL009,
        message::NO_SORT_OR_MERGE,
        "the deck has no SORT, MERGE or OPTION COPY statement",
    );
    let error = match source {
        Some(source) => error.at(&Span::new(source, 0..0), "in these cards"),
        None => error,
    };
    error.hint("add SORT FIELDS=(p,m,f,s,...), or OPTION COPY to copy records")
}
