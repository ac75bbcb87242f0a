//! Statements of ICETOOL: other columns, other continuation.

use std::sync::Arc;

use super::card::{Card, is_blank};
use super::logical::{Cards, Statement};
use super::text::Text;
use crate::control::message;
use crate::diag::{Diagnostic, Diagnostics, Source, codes};

/// Last column of an ICETOOL statement.
const TEXT_END: usize = 72;

impl Cards {
    /// Reads the statements of TOOLIN. A hyphen behind the operator or an operand continues the statement; operands are
    /// separated by a blank in [`Statement::operands`].
    pub fn read_tool(source: &Arc<Source>, diagnostics: &mut Diagnostics) -> Cards {
        let mut cards = Cards::default();
        let mut open: Option<Statement> = None;
        for card in Card::all(source) {
            if card.columns(1..TEXT_END + 1).trim_end() == "/*" {
                break;
            }
            if card.is_comment() {
                continue;
            }
            let Some(column) = card.first(1..TEXT_END + 1) else { continue };
            let text = card.columns(column..TEXT_END + 1).trim_end_matches(is_blank);
            let hyphen = continuation(text);
            let text = text[..hyphen.unwrap_or(text.len())].trim_end_matches(is_blank);
            let statement = add(source, &card, column, text, open.take());
            if hyphen.is_some() {
                open = Some(statement);
            } else {
                cards.statements.push(statement);
            }
        }
        if let Some(mut statement) = open {
            statement.complete = false;
            diagnostics.push(unfinished(&statement));
            cards.statements.push(statement);
        }
        cards
    }
}

/// Adds the text of a card to a statement, which begins here if none is open.
fn add(
    source: &Arc<Source>,
    card: &Card<'_>,
    column: usize,
    text: &str,
    open: Option<Statement>,
) -> Statement {
    let place = card.place(column);
    if let Some(mut statement) = open {
        if !statement.operands.as_str().is_empty() {
            statement.operands.pad(1);
        }
        statement.operands.push(text, place);
        return statement;
    }
    let word = text.find(is_blank).unwrap_or(text.len());
    let operands = text[word..].find(|c| !is_blank(c)).map_or(text.len(), |at| word + at);
    let mut statement = Statement {
        label: None,
        operation: text[..word].to_owned(),
        operation_span: card.span(column..column + text[..word].chars().count()),
        operands: Text::new(source, place + word),
        complete: true,
    };
    statement.operands.push(&text[operands..], place + operands);
    statement
}

fn unfinished(statement: &Statement) -> Box<Diagnostic> {
    let message = "a statement that is continued has no further card";
    message::error(codes::CTL001, message::TOOL_CONTINUATION, message)
        .at(&statement.operation_span, "continued to the end of the cards")
        .hint("remove the hyphen behind the last operand")
}

/// The hyphen that continues a statement: the first one outside literals and parentheses that stands for itself.
fn continuation(text: &str) -> Option<usize> {
    let (mut quoted, mut depth) = (false, 0u32);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth = depth.saturating_add(1),
            ')' if !quoted => depth = depth.saturating_sub(1),
            '-' if !quoted && depth == 0 && (is_blank(before) || before == ')') => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}
