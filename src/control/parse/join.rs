//! JOINKEYS, JOIN and REFORMAT.

use super::option::Change;
use super::parser::Parser;
use crate::control::deck::HeadPlace;
use crate::control::message;
use crate::control::syntax::{Condition, Join, JoinItem, JoinKey, JoinSide, Place};
use crate::diag::{Diagnostic, Diagnostics, Result, Span, codes};

/// Records that can be taken.
const RECORDS_MAX: u64 = 1 << 62;

/// What JOIN says.
#[derive(Clone, Debug, Default)]
pub(super) struct JoinStatement {
    unpaired: [bool; 2],
    only: bool,
}

/// What REFORMAT says.
#[derive(Clone, Debug)]
pub(super) struct ReformatStatement {
    items: Vec<JoinItem>,
    fill: Option<u8>,
}

/// What JOINKEYS says.
#[derive(Default)]
struct KeysOperands {
    side: Option<usize>,
    dd: Option<String>,
    keys: Option<Vec<JoinKey>>,
    sorted: bool,
    unchecked: bool,
    filter: Option<(bool, Condition)>,
    stop_after: Option<u64>,
    task: Option<String>,
    variable: Option<bool>,
}

impl Parser<'_> {
    /// JOINKEYS: which file, and its side.
    pub(super) fn joinkeys_statement(&mut self, operation: &Span) -> Result<(usize, JoinSide)> {
        let mut found = KeysOperands::default();
        let mut changes: Vec<Change> = Vec::new();
        self.operands(|parser, word| {
            let familiar = message::JOINKEYS_OPERAND;
            match word.text.as_str() {
                "FILE" | "FILES" => {
                    parser.cursor.equals()?;
                    let parenthesis = parser.cursor.eat('(');
                    let side = parser.choice(&[("F1", 0), ("F2", 1)])?;
                    if parenthesis {
                        parser.cursor.expect(')')?;
                    }
                    parser.once(&mut found.side, side, &word, familiar)
                }
                "F1" | "F2" => {
                    parser.cursor.equals()?;
                    let dd = parser.ddname()?;
                    parser.once(&mut found.side, usize::from(word.text == "F2"), &word, familiar)?;
                    parser.once(&mut found.dd, dd, &word, familiar)
                }
                "FIELDS" => {
                    let keys = parser.join_keys()?;
                    parser.once(&mut found.keys, keys, &word, familiar)
                }
                "SORTED" => {
                    found.sorted = true;
                    Ok(())
                }
                "NOSEQCK" => {
                    found.unchecked = true;
                    Ok(())
                }
                "INCLUDE" | "OMIT" => {
                    let condition = parser.condition_value(None)?;
                    parser.once(&mut found.filter, (word.text == "INCLUDE", condition), &word, familiar)
                }
                "STOPAFT" => {
                    parser.cursor.equals()?;
                    let records = parser.cursor.number_in("a number of records", 1..=RECORDS_MAX)?;
                    parser.once(&mut found.stop_after, records, &word, familiar)
                }
                "TASKID" => {
                    parser.cursor.equals()?;
                    let task = parser.ddname()?;
                    parser.once(&mut found.task, task, &word, familiar)
                }
                "TYPE" => {
                    parser.cursor.equals()?;
                    let variable =
                        parser.choice(&[("F", false), ("V", true), ("FB", false), ("VB", true)])?;
                    parser.once(&mut found.variable, variable, &word, familiar)
                }
                _ if parser.option(&word, &mut changes)? => Ok(()),
                _ => Err(parser.unknown(&word, "JOINKEYS", familiar, KEYS)),
            }
        })?;
        found.finish(operation)
    }

    /// `=(p,m,s,..)`.
    fn join_keys(&mut self) -> Result<Vec<JoinKey>> {
        self.cursor.equals()?;
        let mut keys = Vec::new();
        self.cursor.open()?;
        loop {
            let start = self.cursor.at();
            let (place, span) = self.bytes()?;
            let Place::Record { position, length } = place else {
                return Err(self.field_error(
                    &span,
                    "records are joined by bytes of the record",
                    "not a parsed field",
                ));
            };
            self.cursor.expect_comma()?;
            let descending = self.choice(&[("A", false), ("D", true)])?;
            keys.push(JoinKey { position, length, descending, span: self.cursor.span_from(start) });
            if !self.cursor.comma() {
                self.cursor.close()?;
                return Ok(keys);
            }
        }
    }

    /// JOIN.
    pub(super) fn join_statement(&mut self, operation: &Span) -> Result<JoinStatement> {
        let mut join = JoinStatement::default();
        let mut any = false;
        let mut unpaired = false;
        self.operands(|parser, word| {
            match word.text.as_str() {
                "UNPAIRED" => unpaired = true,
                "F1" if unpaired => (join.unpaired[0], any) = (true, true),
                "F2" if unpaired => (join.unpaired[1], any) = (true, true),
                "ONLY" if unpaired => join.only = true,
                "F1" | "F2" | "ONLY" => {
                    let message = format!("{} stands behind UNPAIRED", word.text);
                    return Err(message::error(codes::CTL010, message::JOINKEYS_OPERAND, message)
                        .at(&word.span, "UNPAIRED is missing"));
                }
                _ => {
                    let known = &["UNPAIRED", "F1", "F2", "ONLY"];
                    return Err(parser.unknown(&word, "JOIN", message::JOINKEYS_OPERAND, known));
                }
            }
            Ok(())
        })?;
        if !unpaired {
            let error = message::error(codes::CTL009, message::JOINKEYS_OPERAND, "JOIN says nothing");
            return Err(error
                .at(operation, "UNPAIRED is missing")
                .hint("write JOIN UNPAIRED,F1 or the like, or leave it out"));
        }
        if !any {
            join.unpaired = [true, true];
        }
        Ok(join)
    }

    /// REFORMAT.
    pub(super) fn reformat_statement(&mut self, operation: &Span) -> Result<ReformatStatement> {
        let mut items = None;
        let mut fill = None;
        self.operands(|parser, word| match word.text.as_str() {
            "FIELDS" => {
                let value = parser.reformat_items()?;
                parser.once(&mut items, value, &word, message::JOINKEYS_OPERAND)
            }
            "FILL" => {
                parser.cursor.equals()?;
                let value = parser.one_byte("FILL")?;
                parser.once(&mut fill, value, &word, message::JOINKEYS_OPERAND)
            }
            _ => Err(parser.unknown(&word, "REFORMAT", message::JOINKEYS_OPERAND, &["FIELDS", "FILL"])),
        })?;
        match items {
            Some(items) => Ok(ReformatStatement { items, fill }),
            None => {
                Err(message::error(codes::CTL009, message::MISSING_FIELDS, "REFORMAT has no FIELDS operand")
                    .at(operation, "which fields?"))
            }
        }
    }

    /// `=(F1:p,m,..,F2:p,m,..,?)`.
    fn reformat_items(&mut self) -> Result<Vec<JoinItem>> {
        self.cursor.equals()?;
        let mut items = Vec::new();
        let mut side = None;
        self.cursor.open()?;
        loop {
            let start = self.cursor.at();
            if self.cursor.eat('?') {
                items.push(JoinItem::Indicator);
            } else {
                for (name, which) in [("F1:", 0), ("F2:", 1)] {
                    if self.cursor.eat_text(name) {
                        side = Some(which);
                    }
                }
                let Some(side) = side else {
                    let error = self.cursor.expected("F1: or F2:");
                    return Err(error.hint("say whose fields follow, as in FIELDS=(F1:1,10,F2:5,20)"));
                };
                let indicator = self.cursor.peek() == Some('?');
                if !indicator {
                    items.push(self.reformat_item(start, side)?);
                } else {
                    self.cursor.skip(1);
                    items.push(JoinItem::Indicator);
                }
            }
            if !self.cursor.comma() {
                self.cursor.close()?;
                return Ok(items);
            }
        }
    }

    fn reformat_item(&mut self, start: usize, side: usize) -> Result<JoinItem> {
        let head = self.cursor.head()?.ok_or_else(|| self.cursor.expected("a field"))?;
        let span = self.cursor.span_from(start);
        if let HeadPlace::Record { position, bit: 0, length: None } = head.place {
            return Ok(JoinItem::Rest { side, position, span });
        }
        let place = self.place(&head)?;
        Ok(JoinItem::Field { side, place, span })
    }

    /// A constant of one byte, for the operand `name`.
    pub(super) fn one_byte(&mut self, name: &str) -> Result<u8> {
        let start = self.cursor.at();
        match self.cursor.literal()?.as_ref().map(|literal| literal.bytes.as_slice()) {
            Some([byte]) => Ok(*byte),
            _ => {
                let error = self.cursor.wrong(start, format!("{name} takes one byte"), "not one byte");
                Err(error.hint("write C'x' or X'yy'"))
            }
        }
    }
}

/// Operands of JOINKEYS, for hints.
const KEYS: &[&str] = &[
    "FILE", "FILES", "F1", "F2", "FIELDS", "SORTED", "NOSEQCK", "INCLUDE", "OMIT", "STOPAFT", "TASKID",
    "TYPE",
];

impl KeysOperands {
    fn finish(self, operation: &Span) -> Result<(usize, JoinSide)> {
        let missing = |what: &str, hint: &str| {
            message::error(codes::CTL009, message::JOINKEYS_OPERAND, format!("JOINKEYS does not say {what}"))
                .at(operation, "not complete")
                .hint(hint.to_owned())
        };
        let side = self.side.ok_or_else(|| {
            missing("which file it is for", "write FILE=F1, FILE=F2, F1=ddname or F2=ddname")
        })?;
        let keys = self.keys.ok_or_else(|| missing("which fields are joined", "write FIELDS=(p,m,s,...)"))?;
        let number = side + 1;
        let join = JoinSide {
            dd: self.dd.unwrap_or_else(|| format!("SORTJNF{number}")),
            keys,
            sorted: self.sorted,
            unchecked: self.unchecked,
            filter: self.filter,
            stop_after: self.stop_after,
            task: format!("{}F{number}", self.task.unwrap_or_else(|| "JN".to_owned())),
            variable: self.variable,
            span: operation.clone(),
        };
        Ok((side, join))
    }
}

/// The three statements of a join, as found.
#[derive(Default)]
pub(super) struct JoinStatements {
    /// JOINKEYS of F1 and F2.
    pub sides: [Option<JoinSide>; 2],
    /// JOIN.
    pub join: Option<JoinStatement>,
    /// REFORMAT.
    pub reformat: Option<ReformatStatement>,
    /// Where the first of them is.
    pub at: Option<Span>,
}

impl JoinStatements {
    /// What they are together; nothing if there is none.
    pub(super) fn finish(self, diagnostics: &mut Diagnostics) -> Option<Box<Join>> {
        let at = self.at?;
        let [first, second] = self.sides;
        let (Some(first), Some(second)) = (first, second) else {
            // A statement that has an error is not missing.
            if !diagnostics.has_errors() {
                diagnostics.push(incomplete(&at, "a join needs JOINKEYS for F1 and for F2"));
            }
            return None;
        };
        check_keys(&first, &second, diagnostics);
        let join = self.join.unwrap_or_default();
        if self.reformat.is_none() && !join.only && !diagnostics.has_errors() {
            diagnostics.push(incomplete(&at, "a join needs REFORMAT, unless it keeps unpaired records only"));
        }
        let (items, fill) =
            self.reformat.map_or((None, None), |reformat| (Some(reformat.items), reformat.fill));
        Some(Box::new(Join {
            sides: [first, second],
            unpaired: join.unpaired,
            only: join.only,
            items,
            fill,
            span: at,
        }))
    }
}

fn incomplete(at: &Span, text: &str) -> Box<Diagnostic> {
    message::error(codes::CTL009, message::JOINKEYS_MISSING, text).at(at, "the join that is not complete")
}

fn check_keys(first: &JoinSide, second: &JoinSide, diagnostics: &mut Diagnostics) {
    if first.keys.len() != second.keys.len() {
        let message = format!("F1 is joined by {} fields, F2 by {}", first.keys.len(), second.keys.len());
        diagnostics.push(
            message::error(codes::CTL010, message::JOINKEYS_OPERAND, message).at(&second.span, "not as many"),
        );
    }
    for (one, other) in first.keys.iter().zip(&second.keys) {
        if one.length != other.length || one.descending != other.descending {
            let message = "fields that are joined must have equal lengths and orders";
            let error = message::error(codes::CTL010, message::JOINKEYS_OPERAND, message);
            diagnostics.push(error.at(&other.span, format!("its partner is {}", one.span.text())));
        }
    }
}
