//! FINDREP.

use super::parser::Parser;
use crate::control::message;
use crate::control::syntax::{FindReplace, Replacement};
use crate::diag::{Result, Span, codes};

/// Operands, for hints.
const OPERANDS: &[&str] = &["IN", "OUT", "INOUT", "STARTPOS", "ENDPOS", "DO", "MAXLEN", "OVERRUN", "SHIFT"];
/// Positions of a record.
const POSITION_MAX: u32 = 32_752;
/// Constants of one FINDREP.
const PAIRS_MAX: usize = 1000;

/// IN, OUT and INOUT as written.
#[derive(Default)]
struct Texts {
    find: Vec<Vec<u8>>,
    replace: Option<Vec<u8>>,
    pairs: Vec<Replacement>,
}

impl Parser<'_> {
    /// `=(IN=..,OUT=..)`.
    pub(super) fn find_replace(&mut self, operand: &Span) -> Result<FindReplace> {
        let mut texts = Texts::default();
        let mut find = FindReplace {
            pairs: Vec::new(),
            start: None,
            end: None,
            limit: None,
            max_length: None,
            truncate: false,
            fixed_columns: false,
            span: operand.clone(),
        };
        self.cursor.equals()?;
        self.cursor.open()?;
        loop {
            let word = self.cursor.word()?;
            self.cursor.equals()?;
            match word.text.as_str() {
                "IN" => texts.find = self.searched()?,
                "OUT" => {
                    let parenthesis = self.cursor.eat('(');
                    texts.replace = Some(self.replacement()?);
                    if parenthesis {
                        self.cursor.expect(')')?;
                    }
                }
                "INOUT" => texts.pairs = self.pairs()?,
                "STARTPOS" => find.start = Some(self.find_position()?),
                "ENDPOS" => find.end = Some(self.find_position()?),
                "DO" => find.limit = Some(self.cursor.small("a number of replacements", 1..=1000)?),
                "MAXLEN" => find.max_length = Some(self.cursor.small("a record length", 1..=32_767)?),
                "OVERRUN" => find.truncate = self.choice(&[("ERROR", false), ("TRUNC", true)])?,
                "SHIFT" => find.fixed_columns = !self.yes_or_no()?,
                _ => return Err(self.unknown(&word, "FINDREP", self.operand, OPERANDS)),
            }
            if !self.cursor.comma() {
                break;
            }
        }
        self.cursor.close()?;
        find.pairs = self.replacements(texts, operand)?;
        Ok(find)
    }

    fn replacements(&self, texts: Texts, operand: &Span) -> Result<Vec<Replacement>> {
        let problem = match (texts.find.is_empty(), &texts.replace, texts.pairs.is_empty()) {
            (true, None, false) => return Ok(texts.pairs),
            (false, Some(replace), true) => {
                let pair = |find| Replacement { find, replace: replace.clone() };
                return Ok(texts.find.into_iter().map(pair).collect());
            }
            (_, _, false) => "INOUT excludes IN and OUT",
            (false, None, true) => "FINDREP has IN, but no OUT",
            (true, Some(_), true) => "FINDREP has OUT, but no IN",
            (true, None, true) => "FINDREP needs IN and OUT, or INOUT",
        };
        Err(message::error(codes::CTL009, self.conflict, problem).at(operand, "what becomes of what?"))
    }

    fn find_position(&mut self) -> Result<u32> {
        self.cursor.small("a position", 1..=POSITION_MAX)
    }

    /// A constant, or several in parentheses.
    fn searched(&mut self) -> Result<Vec<Vec<u8>>> {
        if self.cursor.peek() != Some('(') {
            return Ok(vec![self.some_bytes("text to find")?]);
        }
        let mut all = Vec::new();
        self.cursor.open()?;
        loop {
            all.push(self.some_bytes("text to find")?);
            if all.len() > PAIRS_MAX {
                return Err(self.cursor.expected(&format!("at most {PAIRS_MAX} constants")));
            }
            if !self.cursor.comma() {
                self.cursor.close()?;
                return Ok(all);
            }
        }
    }

    /// `(find,replace,find,replace,..)`.
    fn pairs(&mut self) -> Result<Vec<Replacement>> {
        let mut all = Vec::new();
        self.cursor.open()?;
        loop {
            let find = self.some_bytes("text to find")?;
            self.cursor.expect_comma()?;
            all.push(Replacement { find, replace: self.replacement()? });
            if all.len() > PAIRS_MAX {
                return Err(self.cursor.expected(&format!("at most {PAIRS_MAX} pairs")));
            }
            if !self.cursor.comma() {
                self.cursor.close()?;
                return Ok(all);
            }
        }
    }

    /// A constant that may be empty.
    fn replacement(&mut self) -> Result<Vec<u8>> {
        match self.cursor.literal()? {
            Some(literal) => Ok(literal.bytes),
            None => Err(self.cursor.expected("a constant, the text to put")),
        }
    }
}
