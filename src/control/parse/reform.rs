//! INREC, OUTREC, and the same operands of OUTFIL: BUILD, OVERLAY, FINDREP, PARSE, IFTHEN.

use super::item::Items;
use super::parser::Parser;
use crate::control::deck::Word;
use crate::control::message;
use crate::control::syntax::{Action, Clause, Reform, When};
use crate::diag::{Diagnostic, Result, Span, codes};

/// Greatest length of a record.
const RECORD_MAX: u32 = 32_767;

/// Operands of a statement that make its [`Reform`].
#[derive(Default)]
pub(super) struct ReformOperands {
    action: Action,
    clauses: Vec<Clause>,
    length: Option<u32>,
    /// The first operand of each sort, for messages.
    action_at: Option<Span>,
    clause_at: Option<Span>,
}

impl ReformOperands {
    /// Reads an operand if it is one of them.
    pub(super) fn read(&mut self, parser: &mut Parser<'_>, word: &Word, items: Items) -> Result<bool> {
        match word.text.as_str() {
            "IFTHEN" => {
                parser.cursor.equals()?;
                let clause = parser.clause(items)?;
                self.clause_at.get_or_insert_with(|| word.span.clone());
                self.clauses.push(clause);
            }
            "IFOUTLEN" => {
                parser.cursor.equals()?;
                let length = parser.cursor.small("a record length", 1..=RECORD_MAX)?;
                self.clause_at.get_or_insert_with(|| word.span.clone());
                parser.once(&mut self.length, length, word, parser.conflict)?;
            }
            _ => {
                if !parser.action_operand(&mut self.action, word, items)? {
                    return Ok(false);
                }
                if word.text != "PARSE" {
                    self.action_at.get_or_insert_with(|| word.span.clone());
                }
            }
        }
        Ok(true)
    }

    /// What the operands are together; nothing if there were none.
    pub(super) fn finish(self, parser: &mut Parser<'_>) -> Option<Reform> {
        if let (Some(action), Some(_)) = (&self.action_at, &self.clause_at) {
            let message = "IFTHEN clauses and an operand for all records exclude each other";
            parser.problem(
                codes::CTL010,
                parser.conflict,
                action,
                message,
                "put it into IFTHEN=(WHEN=INIT,..)",
            );
        }
        if self.length.is_some()
            && self.clauses.is_empty()
            && let Some(span) = &self.clause_at
        {
            parser.problem(
                codes::CTL010,
                parser.conflict,
                span,
                "IFOUTLEN needs IFTHEN clauses",
                "no IFTHEN",
            );
        }
        if !self.clauses.is_empty() {
            let clauses = self.with_parse();
            return Some(Reform::IfThen { clauses, length: self.length });
        }
        let Action { parse, build, overlay, find } = &self.action;
        let nothing = parse.is_empty() && build.is_none() && overlay.is_none() && find.is_none();
        (!nothing).then(|| Reform::Action(Box::new(self.action)))
    }

    /// A PARSE of the statement is one of a first clause for all records.
    fn with_parse(&self) -> Vec<Clause> {
        let mut clauses = self.clauses.clone();
        if let (false, Some(first)) = (self.action.parse.is_empty(), self.clauses.first()) {
            let action = Action { parse: self.action.parse.clone(), ..Action::default() };
            clauses.insert(0, Clause { when: When::Init, hit_next: false, action, span: first.span.clone() });
        }
        clauses
    }
}

impl Parser<'_> {
    /// INREC or OUTREC.
    pub(super) fn reform_statement(&mut self, name: &str, operation: &Span) -> Result<Option<Reform>> {
        (self.operand, self.conflict) = (message::REFORM_OPERAND, message::REFORM_CONFLICT);
        self.learn_parsed_fields();
        let mut operands = ReformOperands::default();
        self.operands(|parser, word| {
            if operands.read(parser, &word, Items::Build)? {
                return Ok(());
            }
            let known = &["BUILD", "FIELDS", "OVERLAY", "FINDREP", "PARSE", "IFTHEN", "IFOUTLEN"];
            Err(parser.unknown(&word, name, parser.operand, known))
        })?;
        match operands.finish(self) {
            Some(reform) => Ok(Some(reform)),
            None => Err(nothing(name, operation)),
        }
    }

    /// BUILD, FIELDS, OUTREC, OVERLAY, FINDREP, PARSE.
    fn action_operand(&mut self, action: &mut Action, word: &Word, items: Items) -> Result<bool> {
        let familiar = self.conflict;
        match word.text.as_str() {
            "BUILD" | "FIELDS" | "OUTREC" => {
                let built = self.items(items)?;
                self.once(&mut action.build, built, word, familiar)?;
            }
            "OVERLAY" => {
                let overlay = self.items(Items::Overlay)?;
                self.once(&mut action.overlay, overlay, word, familiar)?;
            }
            "FINDREP" => {
                let find = self.find_replace(&word.span)?;
                self.once(&mut action.find, find, word, familiar)?;
            }
            "PARSE" => {
                let parse = self.parse_fields()?;
                if !action.parse.is_empty() {
                    return Err(self.twice(word, familiar));
                }
                action.parse = parse;
            }
            _ => return Ok(false),
        }
        if u8::from(action.build.is_some())
            + u8::from(action.overlay.is_some())
            + u8::from(action.find.is_some())
            > 1
        {
            let message = "BUILD, OVERLAY and FINDREP exclude each other";
            let error = message::error(codes::CTL010, familiar, message).at(&word.span, "one more of them");
            return Err(error.hint("use IFTHEN clauses one after the other"));
        }
        Ok(true)
    }

    /// `(WHEN=..,..)` behind IFTHEN.
    fn clause(&mut self, items: Items) -> Result<Clause> {
        let start = self.cursor.at();
        self.cursor.open()?;
        let mut when = None;
        let mut hit_next = false;
        let mut action = Action::default();
        let mut group = super::group::GroupOperands::default();
        loop {
            let word = self.cursor.word()?;
            match word.text.as_str() {
                "WHEN" => {
                    let value = self.when()?;
                    self.once(&mut when, value, &word, self.conflict)?;
                }
                "HIT" => {
                    self.cursor.expect('=')?;
                    self.choice(&[("NEXT", ())])?;
                    hit_next = true;
                }
                _ if group.read(self, &word)? => {}
                _ if self.action_operand(&mut action, &word, items)? => {}
                _ => return Err(self.unknown(&word, "IFTHEN", self.operand, CLAUSE)),
            }
            if !self.cursor.comma() {
                break;
            }
        }
        self.cursor.close()?;
        let span = self.cursor.span_from(start);
        let Some(mut when) = when else {
            let error = message::error(codes::CTL009, message::SYNTAX_ERROR, "an IFTHEN clause has no WHEN");
            return Err(error
                .at(&span, "when?")
                .hint("write WHEN=INIT, WHEN=GROUP, WHEN=(condition), WHEN=ANY or WHEN=NONE"));
        };
        self.check_clause(&when, &action, &group, hit_next, &span);
        if let When::Group(_) = when {
            when = When::Group(Box::new(group.finish()));
        }
        Ok(Clause { when, hit_next, action, span })
    }

    fn when(&mut self) -> Result<When> {
        self.cursor.expect('=')?;
        if self.cursor.peek() == Some('(') {
            return self.condition_in_parentheses(None).map(When::Condition);
        }
        let word = self.cursor.word_ahead();
        let when = match word {
            "INIT" => When::Init,
            "ANY" => When::Any,
            "NONE" => When::None,
            "GROUP" => When::Group(Box::default()),
            _ => return Err(self.cursor.expected("INIT, GROUP, ANY, NONE or a condition in parentheses")),
        };
        self.cursor.skip(word.len());
        Ok(when)
    }

    fn check_clause(
        &mut self,
        when: &When,
        action: &Action,
        group: &super::group::GroupOperands,
        hit_next: bool,
        span: &Span,
    ) {
        let does = action.build.is_some() || action.overlay.is_some() || action.find.is_some();
        let problem = match when {
            When::Group(_) if does || !action.parse.is_empty() => {
                Some("WHEN=GROUP pushes bytes with PUSH and does nothing else")
            }
            When::Group(_) => group.problem(),
            _ if group.is_used() => Some("BEGIN, END, RECORDS, KEYBEGIN and PUSH belong to WHEN=GROUP"),
            When::Init if hit_next => {
                Some("WHEN=INIT always goes on with the next clause; HIT=NEXT is not for it")
            }
            When::None if hit_next => Some("nothing follows WHEN=NONE; HIT=NEXT is not for it"),
            When::Condition(_) | When::Any if hit_next || does => None,
            _ if does || !action.parse.is_empty() => None,
            _ => Some("the clause does nothing; it needs BUILD, OVERLAY, FINDREP or PARSE"),
        };
        if let Some(message) = problem {
            self.problem(codes::CTL010, self.conflict, span, message, "does not go together");
        }
    }
}

/// Operands of IFTHEN, for hints.
const CLAUSE: &[&str] =
    &["WHEN", "BUILD", "OVERLAY", "FINDREP", "PARSE", "HIT", "BEGIN", "END", "RECORDS", "KEYBEGIN", "PUSH"];

fn nothing(name: &str, operation: &Span) -> Box<Diagnostic> {
    message::error(codes::CTL009, message::MISSING_FIELDS, format!("{name} says nothing"))
        .at(operation, "what becomes of the records?")
        .hint(format!("write {name} BUILD=(..), {name} OVERLAY=(..) or {name} IFTHEN=(..)"))
}
