//! RECORD and ALTSEQ.

use super::parser::Parser;
use crate::control::message;
use crate::control::syntax::{RecordStatement, RecordType};
use crate::diag::{Result, Span, codes, from_hex};

/// Greatest length of a record.
const RECORD_MAX: u32 = 32_767;
/// Lengths that RECORD may give.
const LENGTHS_MAX: usize = 7;

impl Parser<'_> {
    /// RECORD.
    pub(super) fn record_statement(&mut self) -> Result<RecordStatement> {
        let mut kind = None;
        let mut lengths = None;
        self.operands(|parser, word| match word.text.as_str() {
            "TYPE" => {
                parser.cursor.equals()?;
                let value = parser.record_type()?;
                parser.once(&mut kind, value, &word, message::RECORD_OPERAND)
            }
            "LENGTH" => {
                parser.cursor.equals()?;
                let value = parser.record_lengths()?;
                parser.once(&mut lengths, value, &word, message::RECORD_OPERAND)
            }
            "L1" | "L2" | "L3" | "L4" | "L5" | "L6" | "L7" => {
                parser.cursor.equals()?;
                let length = parser.cursor.small("a record length", 1..=RECORD_MAX)?;
                let index = usize::from(word.text.as_bytes()[1] - b'1');
                let all: &mut Vec<Option<u32>> = lengths.get_or_insert_with(Vec::new);
                all.resize(all.len().max(index + 1), None);
                all[index] = Some(length);
                Ok(())
            }
            _ => Err(parser.unknown(&word, "RECORD", message::RECORD_OPERAND, &["TYPE", "LENGTH"])),
        })?;
        Ok(RecordStatement { kind, lengths: lengths.unwrap_or_default() })
    }

    fn record_type(&mut self) -> Result<RecordType> {
        self.choice(&[
            ("F", RecordType::Fixed),
            ("FB", RecordType::Fixed),
            ("V", RecordType::Variable),
            ("VB", RecordType::Variable),
            ("D", RecordType::Variable),
            ("DB", RecordType::Variable),
        ])
    }

    /// `n` or `(L1,L2,..)`, each may be missing.
    fn record_lengths(&mut self) -> Result<Vec<Option<u32>>> {
        let familiar = self.cursor.set_familiar(message::RECORD_OPERAND);
        let mut lengths = Vec::new();
        if self.cursor.peek() != Some('(') {
            lengths.push(Some(self.cursor.small("a record length", 1..=RECORD_MAX)?));
        } else {
            self.cursor.open()?;
            loop {
                let missing = matches!(self.cursor.peek(), Some(',' | ';' | ')'));
                let length =
                    if missing { None } else { Some(self.cursor.small("a record length", 1..=RECORD_MAX)?) };
                lengths.push(length);
                if lengths.len() > LENGTHS_MAX {
                    return Err(self.cursor.expected(&format!("at most {LENGTHS_MAX} lengths")));
                }
                if !self.cursor.comma() {
                    self.cursor.close()?;
                    break;
                }
            }
        }
        self.cursor.set_familiar(familiar);
        Ok(lengths)
    }

    /// ALTSEQ.
    pub(super) fn altseq_statement(&mut self, operation: &Span) -> Result<Box<[u8; 256]>> {
        let mut table = None;
        self.operands(|parser, word| match word.text.as_str() {
            "CODE" => {
                parser.cursor.equals()?;
                let value = parser.weights()?;
                parser.once(&mut table, value, &word, message::SYNTAX_ERROR)
            }
            _ => Err(parser.unknown(&word, "ALTSEQ", message::SYNTAX_ERROR, &["CODE"])),
        })?;
        table.ok_or_else(|| {
            message::error(codes::CTL009, message::SYNTAX_ERROR, "ALTSEQ has no CODE operand")
                .at(operation, "which characters?")
                .hint("write ALTSEQ CODE=(fftt,...): the character X'ff' is ordered as X'tt'")
        })
    }

    /// `(fftt,..)`.
    fn weights(&mut self) -> Result<Box<[u8; 256]>> {
        let mut table = Box::new([0u8; 256]);
        for (weight, byte) in table.iter_mut().zip(0u8..=255) {
            *weight = byte;
        }
        self.cursor.list(|cursor| {
            let start = cursor.at();
            let word = cursor.word()?;
            match from_hex(&word.text).as_deref() {
                Some([from, to]) => {
                    table[usize::from(*from)] = *to;
                    Ok(())
                }
                _ => {
                    let message = "ALTSEQ takes groups of four hexadecimal digits fftt";
                    Err(cursor.known_error(
                        start,
                        codes::CTL005,
                        message::SYNTAX_ERROR,
                        message,
                        "not such a group",
                    ))
                }
            }
        })?;
        Ok(table)
    }
}
