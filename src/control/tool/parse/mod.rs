//! TOOLIN to operators.

mod formatting;
mod listing;
mod operands;
mod records;
mod values;

use std::sync::Arc;

use super::familiar;
use super::syntax::{Mode, Operator, ToolStatement};
use crate::control::deck::{Cards, Cursor, Reading, Statement};
use crate::control::message;
use crate::diag::{Diagnostic, Diagnostics, Result, Source, codes, nearest};
use operands::Operands;

#[cfg(test)]
pub(super) use operands::is_text;

/// Names of the operators.
const OPERATORS: &[&str] = &[
    "COPY", "COUNT", "DATASORT", "DEFAULTS", "DISPLAY", "MERGE", "MODE", "OCCUR", "RANGE", "RESIZE",
    "SELECT", "SORT", "SPLICE", "STATS", "SUBSET", "UNIQUE", "VERIFY",
];

/// The last column of a statement.
const LAST_COLUMN: usize = 72;

/// A statement as it was found.
pub(super) struct Found {
    /// Its cards and the comments before it, as they were coded.
    pub(super) cards: Vec<String>,
    /// What it says, or what is wrong with it.
    pub(super) read: std::result::Result<ToolStatement, Diagnostics>,
}

/// Reads all statements of TOOLIN.
pub(super) fn statements(source: &Arc<Source>, reading: Reading<'_>) -> Vec<Found> {
    let mut general = Diagnostics::new();
    let cards = Cards::read_tool(source, &mut general);
    let mut found = Vec::new();
    let mut line = 1;
    let mut long_before = false;
    let count = cards.statements.len();
    for (index, statement) in cards.statements.iter().enumerate() {
        let end = if index + 1 == count { usize::MAX } else { last_line(statement) };
        let lines = source.text().lines().skip(line - 1).take(end.saturating_sub(line - 1));
        let cards: Vec<String> = lines.map(|line| line.trim_end().to_owned()).collect();
        let mut read =
            if statement.complete { read(statement, reading) } else { Err(std::mem::take(&mut general)) };
        let is_long = |card: &String| !card.starts_with('*') && card.chars().count() > LAST_COLUMN;
        if let Err(problems) = &mut read
            && (long_before || cards.iter().any(is_long))
        {
            let note = format!("text past column {LAST_COLUMN} is not read");
            problems.for_each_mut(|problem| problem.notes.push(note.clone()));
        }
        long_before = cards.iter().any(is_long);
        found.push(Found { cards, read });
        line = end.saturating_add(1);
    }
    found
}

/// The line on which a statement ends, from 1.
fn last_line(statement: &Statement) -> usize {
    let length = statement.operands.as_str().len();
    let operands = statement.operands.span(length..length).position().0;
    operands.max(statement.operation_span.position().0)
}

/// Reads one statement.
fn read(statement: &Statement, reading: Reading<'_>) -> std::result::Result<ToolStatement, Diagnostics> {
    let cursor = Cursor::new(&statement.operands, reading).known_as(familiar::KEYWORD);
    let operands =
        Operands { cursor, operator: &statement.operation, span: statement.operation_span.clone() };
    match operator(operands) {
        Ok(operator) => Ok(ToolStatement { operator, span: statement.operation_span.clone() }),
        Err(error) => Err(known(error).into()),
    }
}

/// The error under the number that ICETOOL has for what a sort calls a syntax error.
fn known(mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    let syntax = message::SYNTAX_ERROR.shown();
    for note in error.notes.iter_mut().filter(|note| **note == syntax) {
        *note = familiar::KEYWORD.shown();
    }
    error
}

fn operator(mut operands: Operands<'_>) -> Result<Operator> {
    Ok(match operands.operator {
        "MODE" => Operator::Mode(mode(&mut operands)?),
        "DEFAULTS" => Operator::Defaults { list: values::defaults(&mut operands)? },
        "COPY" => Operator::Copy(Box::new(records::copy(operands, false)?)),
        "SORT" => Operator::Copy(Box::new(records::copy(operands, true)?)),
        "MERGE" => Operator::Merge(Box::new(records::merge(operands)?)),
        "DATASORT" => Operator::DataSort(Box::new(records::data_sort(operands)?)),
        "RESIZE" => Operator::Resize(Box::new(records::resize(operands)?)),
        "SELECT" => Operator::Select(Box::new(records::select(operands)?)),
        "SPLICE" => Operator::Splice(Box::new(records::splice(operands)?)),
        "SUBSET" => Operator::Subset(Box::new(records::subset(operands)?)),
        "COUNT" => Operator::Count(Box::new(values::count(operands)?)),
        "RANGE" => Operator::Range(Box::new(values::range(operands)?)),
        "STATS" => Operator::Stats(Box::new(values::stats(operands)?)),
        "UNIQUE" => Operator::Unique(Box::new(values::unique(operands)?)),
        "VERIFY" => Operator::Verify(Box::new(values::verify(operands)?)),
        "DISPLAY" => Operator::Display(Box::new(listing::display(operands)?)),
        "OCCUR" | "OCCURS" => Operator::Occur(Box::new(listing::occur(operands)?)),
        _ => return Err(no_operator(&operands)),
    })
}

fn no_operator(operands: &Operands<'_>) -> Box<Diagnostic> {
    let message = format!("{} is no operator of ICETOOL", operands.operator.escape_debug());
    let error = message::error(codes::CTL006, familiar::OPERATOR, message).at(&operands.span, "no operator");
    match nearest(operands.operator, OPERATORS.iter().copied()) {
        Some(name) => error.hint(format!("did you mean {name}?")),
        None => error.hint("a hyphen behind the last operand of a card continues a statement on the next"),
    }
}

fn mode(operands: &mut Operands<'_>) -> Result<Mode> {
    let known: &[&str] = &["STOP", "CONTINUE", "SCAN"];
    let mut mode = None;
    while let Some(word) = operands.next()? {
        let value = match word.text.as_str() {
            "STOP" => Mode::Stop,
            "CONTINUE" => Mode::Continue,
            "SCAN" => Mode::Scan,
            _ => return Err(operands.unknown(&word, known)),
        };
        operands.once(&mut mode, value, &word)?;
    }
    operands.needed(mode, "STOP, CONTINUE or SCAN")
}

#[cfg(test)]
mod tests;
