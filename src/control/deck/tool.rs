//! Statements of ICETOOL: other columns, other continuation.

use std::sync::Arc;

use super::card::Card;
use super::logical::{Cards, Statement};
use super::text::Text;
use crate::control::message;
use crate::diag::{Diagnostics, Source, codes};

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
            if card.is_comment() || card.is_blank_to(TEXT_END) {
                continue;
            }
            let column = card.first(1..TEXT_END + 1).unwrap_or(1);
            let text = card.columns(column..TEXT_END + 1).trim_end();
            let hyphen = continuation(text);
            let text = text[..hyphen.unwrap_or(text.len())].trim_end();
            let mut statement = match open.take() {
                Some(statement) => statement,
                None => begin(source, &card, column, text),
            };
            let skipped = if statement.operands.as_str().is_empty()
                && statement.operation_span.range().start == card.place(column)
            {
                operands_start(text)
            } else {
                0
            };
            if !statement.operands.as_str().is_empty() {
                statement.operands.pad(1);
            }
            statement.operands.push(&text[skipped..], card.place(column) + skipped);
            if hyphen.is_some() {
                open = Some(statement);
            } else {
                cards.statements.push(statement);
            }
        }
        if let Some(mut statement) = open {
            statement.complete = false;
            let problem = message::error(
                codes::CTL001,
                message::TOOL_CONTINUATION,
                "a statement that is continued has no further card",
            );
            diagnostics.push(
                problem
                    .at(&statement.operation_span, "continued to the end of the cards")
                    .hint("remove the hyphen behind the last operand"),
            );
            cards.statements.push(statement);
        }
        cards
    }
}

fn begin(source: &Arc<Source>, card: &Card<'_>, column: usize, text: &str) -> Statement {
    let length = text.find([' ', '\t']).unwrap_or(text.len());
    let columns = text[..length].chars().count();
    Statement {
        label: None,
        operation: text[..length].to_owned(),
        operation_span: card.span(column..column + columns),
        operands: Text::new(source, card.place(column) + length),
        complete: true,
    }
}

fn operands_start(text: &str) -> usize {
    let length = text.find([' ', '\t']).unwrap_or(text.len());
    length + text[length..].find(|c| c != ' ' && c != '\t').unwrap_or(text.len() - length)
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
            '-' if !quoted && depth == 0 && matches!(before, ' ' | '\t' | ')') => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}
