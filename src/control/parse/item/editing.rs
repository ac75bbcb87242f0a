//! How numbers become bytes: masks, patterns, conversions.

use super::super::parser::Parser;
use crate::control::message;
use crate::control::syntax::{Edit, Editing};
use crate::diag::{Result, codes};

/// Formats that TO= makes, and those of them that may stand without TO=.
const TO: [&str; 12] = ["PD", "PDC", "PDF", "ZD", "ZDC", "ZDF", "BI", "FI", "FS", "CSF", "UFF", "SFF"];
/// Bytes of an edited number.
const LENGTH_MAX: u32 = 44;
/// Greatest number of a mask.
const MASK_MAX: u8 = 26;

impl Parser<'_> {
    /// True before something that shows a number.
    pub(super) fn at_editing(&self) -> bool {
        let word = self.cursor.name_ahead();
        matches!(word, "EDIT" | "SIGNS" | "LENGTH" | "TO") || TO.contains(&word) || mask(word).is_some()
    }

    /// `,Mn`, `,EDIT=(..)`, `,SIGNS=(..)`, `,LENGTH=n`, `,TO=f`, `,f`: as many of them as come.
    pub(super) fn editing(&mut self) -> Result<Editing> {
        let mut editing = Editing::default();
        loop {
            let mut ahead = self.cursor.clone();
            if !ahead.comma() {
                return Ok(editing);
            }
            let before = std::mem::replace(&mut self.cursor, ahead);
            if !self.at_editing() {
                self.cursor = before;
                return Ok(editing);
            }
            self.edit(&mut editing)?;
        }
    }

    /// One of them.
    pub(super) fn edit(&mut self, editing: &mut Editing) -> Result<()> {
        let start = self.cursor.at();
        let word = self.cursor.name_ahead();
        self.cursor.skip(word.len());
        let edit = match word {
            "EDIT" => {
                self.cursor.equals()?;
                Edit::Pattern(self.pattern_text()?)
            }
            "SIGNS" => {
                self.cursor.equals()?;
                let signs = self.signs()?;
                return self.only_once(&mut editing.signs, signs, start);
            }
            "LENGTH" => {
                self.cursor.expect('=')?;
                let length = self.cursor.small("a length", 1..=LENGTH_MAX)?;
                return self.only_once(&mut editing.length, length, start);
            }
            "TO" => {
                self.cursor.expect('=')?;
                let name = self.cursor.name_ahead();
                if !TO.contains(&name) {
                    return Err(self.cursor.expected(&TO.join(", ")));
                }
                self.cursor.skip(name.len());
                Edit::To(name.to_owned())
            }
            name if TO.contains(&name) => Edit::To(name.to_owned()),
            name => match mask(name) {
                Some(number) if number <= MASK_MAX => Edit::Mask(number),
                Some(_) => return Err(self.cursor.wrong(start, "edit masks are M0 to M26", "no such mask")),
                None => {
                    self.cursor.go_to(start);
                    return Err(self.cursor.expected("Mn, EDIT=, SIGNS=, LENGTH= or TO="));
                }
            },
        };
        self.only_once(&mut editing.edit, edit, start)
    }

    fn only_once<T>(&self, slot: &mut Option<T>, value: T, start: usize) -> Result<()> {
        if slot.is_some() {
            let message = "a number is shown in one way only";
            return Err(self.cursor.known_error(
                start,
                codes::CTL008,
                message::REFORMATTING_FIELD,
                message,
                "another one",
            ));
        }
        *slot = Some(value);
        Ok(())
    }

    /// `(pattern)` or `('pattern')`, in the code page of the data.
    fn pattern_text(&mut self) -> Result<Vec<u8>> {
        self.cursor.expect('(')?;
        let start = self.cursor.at();
        let text = if self.cursor.peek() == Some('\'') {
            self.cursor.quoted()?
        } else {
            let rest = self.cursor.ahead();
            let length = rest.find(')').unwrap_or(rest.len());
            self.cursor.skip(length);
            rest[..length].to_owned()
        };
        if text.is_empty() || text.chars().count() > LENGTH_MAX as usize {
            let message = format!("an edit pattern has 1 to {LENGTH_MAX} characters");
            return Err(self.cursor.wrong(start, message, "too short or too long"));
        }
        if !text.contains(['I', 'T']) {
            return Err(self.cursor.wrong(
                start,
                "an edit pattern selects digits with I and T",
                "no digit is selected",
            ));
        }
        let pattern = self.cursor.encoded(start, &text)?;
        self.cursor.expect(')')?;
        Ok(pattern)
    }

    /// `(lead+,lead-,trail+,trail-)`, each may be missing.
    fn signs(&mut self) -> Result<[Option<u8>; 4]> {
        let mut signs = [None; 4];
        self.cursor.expect('(')?;
        for (index, sign) in signs.iter_mut().enumerate() {
            *sign = self.sign()?;
            if self.cursor.eat(')') {
                return Ok(signs);
            }
            if index < 3 {
                self.cursor.expect_comma()?;
            }
        }
        self.cursor.expect(')')?;
        Ok(signs)
    }

    fn sign(&mut self) -> Result<Option<u8>> {
        let start = self.cursor.at();
        let mut characters = self.cursor.ahead().chars();
        let (first, second) = (characters.next(), characters.next());
        let c = match first {
            None => return Err(self.cursor.expected("a sign")),
            Some(',' | ';') => return Ok(None),
            // A parenthesis is a sign only if one more follows, or a comma.
            Some(')') if !matches!(second, Some(')' | ',')) => return Ok(None),
            Some('\'') => {
                let text = self.cursor.quoted()?;
                let mut characters = text.chars();
                match (characters.next(), characters.next()) {
                    (Some(c), None) => c,
                    _ => {
                        return Err(self.cursor.wrong(start, "a sign is one character", "not one character"));
                    }
                }
            }
            Some(c) => {
                self.cursor.skip(c.len_utf8());
                c
            }
        };
        let byte = self.cursor.reading().page.byte(c);
        byte.map(Some)
            .ok_or_else(|| self.cursor.wrong(start, "a sign that the code page does not have", "no sign"))
    }
}

/// The number of a mask.
fn mask(word: &str) -> Option<u8> {
    let digits = word.strip_prefix('M')?;
    let valid = (1..=2).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
    if valid { digits.parse().ok() } else { None }
}
