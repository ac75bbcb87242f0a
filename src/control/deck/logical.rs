//! Cards to statements: the general coding rules of DFSORT.

use std::sync::Arc;

use super::card::{CARD_END, Card, is_blank};
use super::text::Text;
use crate::control::message;
use crate::diag::{Diagnostic, Diagnostics, Source, Span, codes};

/// Last column of a statement.
pub(super) const TEXT_END: usize = 71;
/// Column of the continuation mark.
const MARK: usize = 72;
/// Where a card goes on with what the mark broke off.
const CONTINUED: usize = 16;

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The label in column 1.
    pub label: Option<Span>,
    /// The word that says what statement it is.
    pub operation: String,
    /// Where it stands.
    pub operation_span: Span,
    /// What follows, from all cards.
    pub operands: Text,
    /// False if its cards already have an error that was reported, so that it makes no sense to read it.
    pub complete: bool,
}

/// The statements of a text.
#[derive(Clone, Debug, Default)]
pub struct Cards {
    /// In order.
    pub statements: Vec<Statement>,
}

impl Cards {
    /// Reads the statements of SYSIN, DFSPARM or a CNTL DD. Reading stops behind END. Cards of DFSPARM have no labels, so
    /// that statements may begin in column 1.
    pub fn read(source: &Arc<Source>, without_labels: bool, diagnostics: &mut Diagnostics) -> Cards {
        let mut reader = Reader {
            source,
            diagnostics,
            statements: Vec::new(),
            open: None,
            next: Next::Statement,
            quoted: false,
            without_labels,
        };
        for card in Card::all(source) {
            if reader.ended() || card.columns(1..CARD_END).trim_end() == "/*" {
                break;
            }
            reader.card(&card);
        }
        reader.finish();
        Cards { statements: reader.statements }
    }
}

/// What the next card is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Statement,
    /// The operands stopped behind a delimiter.
    AfterDelimiter,
    /// The mark in column 72 broke the operands off.
    BrokenOff,
    /// More of a remark.
    Remark,
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    diagnostics: &'a mut Diagnostics,
    statements: Vec<Statement>,
    open: Option<Statement>,
    next: Next,
    /// Inside a literal.
    quoted: bool,
    without_labels: bool,
}

impl Reader<'_> {
    fn ended(&self) -> bool {
        self.open.is_none() && self.statements.last().is_some_and(|last| last.operation == "END")
    }

    fn card(&mut self, card: &Card<'_>) {
        if card.is_comment() || (card.is_blank_to(TEXT_END) && !self.quoted) {
            return;
        }
        match self.next {
            Next::Statement => self.begin(card),
            Next::Remark => self.after_remark(card),
            Next::AfterDelimiter | Next::BrokenOff if card.column(1) != ' ' => self.not_continued(card),
            Next::AfterDelimiter => self.operands(card, card.first(2..MARK).unwrap_or(CONTINUED)),
            Next::BrokenOff if self.quoted => {
                self.operands(card, card.first(2..CONTINUED).unwrap_or(CONTINUED));
            }
            Next::BrokenOff => self.operands(card, card.first(2..MARK).unwrap_or(CONTINUED)),
        }
    }

    fn begin(&mut self, card: &Card<'_>) {
        let mut column = 1;
        let mut label = None;
        if card.column(1) != ' ' && !self.without_labels {
            column = word_end(card, 1);
            label = Some(card.span(1..column));
        }
        let Some(start) = card.first(column..MARK) else { return };
        let end = word_end(card, start);
        let operation = card.columns(start..end).to_owned();
        let operands = card.first(end..MARK);
        let text = Text::new(self.source, card.place(operands.unwrap_or(end)));
        let operation_span = card.span(start..end);
        self.open = Some(Statement { label, operation, operation_span, operands: text, complete: true });
        match operands {
            Some(column) => self.operands(card, column),
            None if card.column(MARK) != ' ' => self.next = Next::BrokenOff,
            None => self.close(),
        }
    }

    /// Takes operands from a column on, and finds out whether the next card continues them.
    fn operands(&mut self, card: &Card<'_>, column: usize) {
        let text = card.columns(column..MARK);
        let end = operands_end(text, &mut self.quoted);
        let marked = card.column(MARK) != ' ';
        let taken = &text[..end.unwrap_or(text.len())];
        let Some(open) = &mut self.open else { return };
        open.operands.push(taken, card.place(column));
        let delimited = open.operands.as_str().ends_with([',', ';', ':']);
        let full = end.is_none() && card.columns(TEXT_END..MARK).chars().any(|c| !is_blank(c));
        if full || end.is_none() && self.quoted {
            self.warn_of_loss(card, marked);
        }
        if self.quoted {
            self.in_literal(card, column, text, marked);
        } else if delimited {
            self.next = Next::AfterDelimiter;
        } else if full && marked {
            self.next = Next::BrokenOff;
        } else {
            self.close();
            self.next = if marked { Next::Remark } else { Next::Statement };
        }
    }

    /// A literal that the card does not end goes on behind a mark only.
    fn in_literal(&mut self, card: &Card<'_>, column: usize, text: &str, marked: bool) {
        let Some(open) = &mut self.open else { return };
        if marked {
            open.operands.pad((MARK - column).saturating_sub(text.chars().count()));
            self.next = Next::BrokenOff;
            return;
        }
        open.complete = false;
        let quote = text.rfind('\'').map_or(0, |at| text[..at].chars().count());
        self.diagnostics.push(
            message::error(codes::CTL003, message::SYNTAX_ERROR, "a literal does not end on its card")
                .at(&card.span(column + quote..MARK), "this apostrophe has no partner")
                .hint("close it; to go on on the next card, fill the card up to column 71, put a mark into column 72 and go on in column 16"),
        );
        self.quoted = false;
        self.close();
        self.next = Next::Statement;
    }

    fn warn_of_loss(&mut self, card: &Card<'_>, marked: bool) {
        let behind = card.columns(MARK + 1..CARD_END + 1);
        // Nobody marks with a sign of the language, nor writes letters where sequence numbers are.
        let runs_on = marked && !behind.starts_with(' ') && behind.chars().any(|c| !c.is_ascii_digit());
        let odd_mark = matches!(card.column(MARK), ',' | '(' | ')' | '\'' | '=');
        if !card.is_too_wide() && !runs_on && !odd_mark {
            return;
        }
        self.diagnostics.push(
            Diagnostic::warning(codes::CTL002, "text past column 71 is not read")
                .at(&card.span(MARK..CARD_END + 1), "lost")
                .note("column 72 is for the continuation mark, columns 73 to 80 are for sequence numbers")
                .hint("end the card behind a comma and go on on the next one"),
        );
    }

    fn after_remark(&mut self, card: &Card<'_>) {
        if card.column(MARK) == ' ' {
            self.next = Next::Statement;
        }
    }

    /// A card that should continue a statement and has something in column 1.
    fn not_continued(&mut self, card: &Card<'_>) {
        self.diagnostics.push(
            message::error(
                codes::CTL001,
                message::CONTINUATION,
                "a card that continues a statement begins in column 1",
            )
            .at(&card.span(1..word_end(card, 1)), "column 1 must be blank here")
            .note(self.open_since())
            .hint("indent it, or end the statement before without a comma"),
        );
        if let Some(open) = &mut self.open {
            open.complete = false;
        }
        self.quoted = false;
        self.operands(card, 1);
    }

    fn open_since(&self) -> String {
        let place = self.open.as_ref().map(|open| open.operation_span.shown()).unwrap_or_default();
        format!("the statement begins at {place} and its last card ended with a comma, a colon or a mark")
    }

    fn close(&mut self) {
        self.statements.extend(self.open.take());
    }

    fn finish(&mut self) {
        let Some(open) = &mut self.open else { return };
        open.complete = false;
        let text = open.operands.as_str().len();
        let span = if text == 0 {
            open.operation_span.clone()
        } else {
            open.operands.span(text.saturating_sub(1)..text)
        };
        let problem = message::error(
            codes::CTL001,
            message::CONTINUATION,
            "a statement that is continued has no further card",
        )
        .at(&span, "continued here")
        .hint("remove the comma, or add what is missing");
        self.diagnostics.push(problem);
        self.close();
    }
}

/// The column behind a word that starts at a column.
fn word_end(card: &Card<'_>, start: usize) -> usize {
    card.columns(start..MARK).chars().position(is_blank).map_or(MARK, |at| start + at)
}

/// Where the operands end: at the first blank outside literals.
fn operands_end(text: &str, quoted: &mut bool) -> Option<usize> {
    for (at, c) in text.char_indices() {
        if c == '\'' {
            *quoted = !*quoted;
        } else if is_blank(c) && !*quoted {
            return Some(at);
        }
    }
    None
}
