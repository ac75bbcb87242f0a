//! JFY and SQZ.

use super::super::parser::Parser;
use crate::control::syntax::{Justify, Pairing, Place, Shift, Value};
use crate::diag::Result;

impl Parser<'_> {
    /// `=(SHIFT=LEFT,..)` behind JFY or SQZ.
    pub(super) fn justify(&mut self, from: Place, squeeze: bool) -> Result<Value> {
        let mut shift = None;
        let mut justify = Justify {
            from,
            squeeze,
            shift: Shift::Left,
            length: None,
            preblank: Vec::new(),
            lead: Vec::new(),
            mid: Vec::new(),
            trail: Vec::new(),
            pair: Pairing::None,
        };
        self.cursor.equals()?;
        self.cursor.open()?;
        loop {
            let word = self.cursor.word()?;
            self.cursor.expect('=')?;
            match word.text.as_str() {
                "SHIFT" => shift = Some(self.choice(&[("LEFT", Shift::Left), ("RIGHT", Shift::Right)])?),
                "LENGTH" => justify.length = Some(self.cursor.small("a length", 1..=32_752)?),
                "PREBLANK" => justify.preblank = self.some_bytes("characters to blank")?,
                "LEAD" => justify.lead = self.some_bytes("text to put before")?,
                "TRAIL" => justify.trail = self.some_bytes("text to put behind")?,
                "MID" if squeeze => justify.mid = self.some_bytes("text to put between")?,
                "PAIR" if squeeze => justify.pair = self.pairing()?,
                _ => {
                    let known: &[&str] = if squeeze {
                        &["SHIFT", "LENGTH", "PREBLANK", "LEAD", "MID", "TRAIL", "PAIR"]
                    } else {
                        &["SHIFT", "LENGTH", "PREBLANK", "LEAD", "TRAIL"]
                    };
                    let name = if squeeze { "SQZ" } else { "JFY" };
                    return Err(self.unknown(
                        &word,
                        name,
                        crate::control::message::REFORMATTING_FIELD,
                        known,
                    ));
                }
            }
            if !self.cursor.comma() {
                break;
            }
        }
        self.cursor.close()?;
        justify.shift =
            shift.ok_or_else(|| self.cursor.expected("SHIFT=LEFT or SHIFT=RIGHT inside the parentheses"))?;
        Ok(Value::Justify(Box::new(justify)))
    }

    /// APOST or QUOTE.
    pub(in crate::control::parse) fn pairing(&mut self) -> Result<Pairing> {
        self.choice(&[("APOST", Pairing::Apostrophe), ("QUOTE", Pairing::Quote)])
    }

    /// A constant that is not empty.
    pub(in crate::control::parse) fn some_bytes(&mut self, what: &str) -> Result<Vec<u8>> {
        let start = self.cursor.at();
        match self.cursor.literal()? {
            Some(literal) if literal.bytes.is_empty() => {
                Err(self.cursor.wrong(start, "an empty constant is not possible here", "empty"))
            }
            Some(literal) => Ok(literal.bytes),
            None => Err(self.cursor.expected(&format!("a constant, {what}"))),
        }
    }
}
