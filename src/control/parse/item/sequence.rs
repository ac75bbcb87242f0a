//! SEQNUM.

use super::super::parser::Parser;
use crate::control::syntax::{Format, SequenceNumber, Value};
use crate::diag::Result;
use crate::key::SortFormat;

impl Parser<'_> {
    /// `SEQNUM,n,f[,START=j][,INCR=i][,RESTART=(p,m)]`.
    pub(super) fn sequence_number(&mut self) -> Result<Value> {
        self.cursor.skip("SEQNUM".len());
        self.cursor.expect_comma()?;
        let start = self.cursor.at();
        let length = self.cursor.small("the length of a sequence number", 1..=16)?;
        self.cursor.expect_comma()?;
        let (format, most) = self.choice(&[
            ("BI", (SortFormat::Binary, 8)),
            ("PD", (SortFormat::Packed, 16)),
            ("ZD", (SortFormat::Zoned, 16)),
            ("FI", (SortFormat::Fixed, 8)),
            ("FS", (SortFormat::FloatingSign, 16)),
            ("CSF", (SortFormat::FloatingSign, 16)),
        ])?;
        if length > most {
            let message = format!("a sequence number of this format has up to {most} bytes");
            return Err(self.cursor.wrong(start, message, "too long"));
        }
        let mut number =
            SequenceNumber { length, format: Format::Sort(format), start: 1, increment: 1, restart: None };
        self.sequence_operands(&mut number)?;
        Ok(Value::Sequence(number))
    }

    fn sequence_operands(&mut self, number: &mut SequenceNumber) -> Result<()> {
        loop {
            let mut ahead = self.cursor.clone();
            if !ahead.comma() {
                return Ok(());
            }
            let word = ahead.name_ahead();
            if !matches!(word, "START" | "INCR" | "RESTART") {
                return Ok(());
            }
            ahead.skip(word.len());
            self.cursor = ahead;
            self.cursor.equals()?;
            match word {
                "START" => number.start = i128::from(self.cursor.number_in("START", 0..=100_000_000)?),
                "INCR" => number.increment = i128::from(self.cursor.number_in("INCR", 1..=10_000_000)?),
                _ => number.restart = Some(self.bytes_in_parentheses()?),
            }
        }
    }
}
