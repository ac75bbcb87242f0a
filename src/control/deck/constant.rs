//! Constants as cards write them.

use super::cursor::Cursor;
use crate::control::message;
use crate::control::syntax::{Literal, LiteralKind};
use crate::diag::{Result, codes, from_hex};

/// Bytes that a repeated constant may become.
const REPEATED_MAX: u64 = 1 << 20;
/// A repetition factor.
const FACTOR_MAX: u64 = 4095;

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// `C'..'`, `'..'`, `X'..'`, also repeated.
    Bytes(Literal),
    /// `B'..'`: ones, zeros and periods.
    Bits(String),
    /// `n`, `+n`, `-n`.
    Number {
        /// Its value.
        value: i128,
        /// Written with a sign.
        signed: bool,
    },
    /// `Y'..'`, `Y'DATE1'+n`, as written behind the Y.
    Year(String),
}

impl Cursor<'_> {
    /// `C'..'`, `X'..'`, `'..'`, with a repetition factor before it, or a symbol for one of them.
    pub fn literal(&mut self) -> Result<Option<Literal>> {
        let symbol = self.symbol_constant(|constant| match constant {
            Constant::Bytes(literal) => Some(literal.clone()),
            _ => None,
        });
        if symbol.is_some() {
            return Ok(symbol);
        }
        let start = self.at();
        let digits = self.ahead().bytes().take_while(u8::is_ascii_digit).count();
        let rest = &self.ahead()[digits..];
        if !(rest.starts_with("C'") || rest.starts_with("X'") || rest.starts_with('\'')) {
            return Ok(None);
        }
        let factor = if digits == 0 { 1 } else { self.factor()? };
        let hex = self.eat('X');
        if !hex {
            self.eat('C');
        }
        let text = self.quoted()?;
        let kind = if hex { LiteralKind::Hex } else { LiteralKind::Character };
        let bytes = if hex { self.hex_bytes(start, &text)? } else { self.encoded(start, &text)? };
        if bytes.len() as u64 * factor > REPEATED_MAX {
            return Err(self.wrong(start, "a constant that is repeated too often", "too long"));
        }
        let count = usize::try_from(factor).unwrap_or(0);
        Ok(Some(Literal { bytes: bytes.repeat(count), kind }))
    }

    /// The factor of a repetition, 1 to 4095.
    pub fn factor(&mut self) -> Result<u64> {
        let start = self.at();
        let factor = self.digits()?;
        if factor == 0 || factor > FACTOR_MAX {
            let message = format!("a repetition factor is 1 to {FACTOR_MAX}");
            return Err(self.wrong(start, message, "out of range"));
        }
        Ok(factor)
    }

    /// `B'..'` or a symbol for one; bits that a byte lacks are 0.
    pub fn bits(&mut self) -> Result<Option<String>> {
        let symbol = self.symbol_constant(|constant| match constant {
            Constant::Bits(bits) => Some(bits.clone()),
            _ => None,
        });
        if symbol.is_some() {
            return Ok(symbol);
        }
        if !self.ahead().starts_with("B'") {
            return Ok(None);
        }
        let start = self.at();
        self.eat('B');
        let mut bits = self.quoted()?;
        if bits.is_empty() || !bits.bytes().all(|bit| matches!(bit, b'0' | b'1' | b'.')) {
            let message = "a bit constant consists of the characters 0, 1 and period";
            return Err(self.wrong(start, message, "no bits").hint("write, for example, B'1100....'"));
        }
        let length = bits.len().next_multiple_of(8);
        bits.extend(std::iter::repeat_n('0', length - bits.len()));
        Ok(Some(bits))
    }

    /// Text between apostrophes; two of them stand for one.
    pub fn quoted(&mut self) -> Result<String> {
        let start = self.at();
        let mut text = String::new();
        if !self.eat('\'') {
            return Err(self.expected("an apostrophe"));
        }
        loop {
            let rest = self.ahead();
            let Some(end) = rest.find('\'') else {
                let error = self.wrong(start, "a literal does not end", "this apostrophe has no partner");
                return Err(error.hint("close it; an apostrophe inside a literal is written twice"));
            };
            text.push_str(&rest[..end]);
            self.skip(end + 1);
            if !self.eat('\'') {
                return Ok(text);
            }
            text.push('\'');
        }
    }

    /// Text in the code page of the data.
    pub fn encoded(&self, start: usize, text: &str) -> Result<Vec<u8>> {
        let page = self.reading().page;
        page.encode(text).map_err(|c| {
            let message =
                format!("the character {} does not exist in code page {}", c.escape_default(), page.name());
            self.wrong_code(codes::CTL003, start, message, "cannot be written")
                .hint("write it as a hexadecimal constant X'..'")
        })
    }

    fn hex_bytes(&self, start: usize, digits: &str) -> Result<Vec<u8>> {
        match from_hex(digits) {
            Some(bytes) if !bytes.is_empty() && digits.bytes().all(|c| !c.is_ascii_lowercase()) => Ok(bytes),
            _ => {
                let error = self.wrong(
                    start,
                    "a hexadecimal constant is pairs of digits 0-9 and A-F",
                    "not hexadecimal",
                );
                Err(error.note(message::SYNTAX_ERROR.shown()).hint("write, for example, X'00FF'"))
            }
        }
    }
}
