//! Date and time constants of the run.

use super::parser::Parser;
use crate::control::syntax::{Moment, MomentForm};
use crate::diag::{Result, codes};

/// Days or months that a constant may be away from the run's date.
const OFFSET_MAX: u32 = 9999;

impl Parser<'_> {
    /// `DATE1`, `DATE2(c)`, `DATE3P`, `DATE4`, `DATE5`, `TIME1`.. with `+n` or `-n`, also with `&` before them.
    pub fn moment(&mut self) -> Result<Option<Moment>> {
        let mut ahead = self.cursor.clone();
        ahead.eat('&');
        let word = ahead.word_ahead();
        let form = match word.as_bytes() {
            [b'D', b'A', b'T', b'E', digit @ b'1'..=b'3', rest @ ..] if matches!(rest, [] | [b'P']) => {
                MomentForm::Date { number: digit - b'0', separator: None, packed: !rest.is_empty() }
            }
            [b'T', b'I', b'M', b'E', digit @ b'1'..=b'3', rest @ ..] if matches!(rest, [] | [b'P']) => {
                MomentForm::Time { number: digit - b'0', separator: None, packed: !rest.is_empty() }
            }
            b"DATE4" => MomentForm::Stamp,
            b"DATE5" => MomentForm::LongStamp,
            _ => return Ok(None),
        };
        ahead.skip(word.len());
        self.cursor = ahead;
        let form = self.separated(form)?;
        let shifts = matches!(form, MomentForm::Date { .. });
        let offset = if shifts { self.offset()? } else { 0 };
        Ok(Some(Moment { form, offset }))
    }

    fn separated(&mut self, form: MomentForm) -> Result<MomentForm> {
        Ok(match form {
            MomentForm::Date { number, packed: false, .. } => {
                MomentForm::Date { number, separator: self.separator_in_parentheses()?, packed: false }
            }
            MomentForm::Time { number, packed: false, .. } => {
                MomentForm::Time { number, separator: self.separator_in_parentheses()?, packed: false }
            }
            other => other,
        })
    }

    /// `(c)`, if it comes.
    pub fn separator_in_parentheses(&mut self) -> Result<Option<u8>> {
        if !self.cursor.eat('(') {
            return Ok(None);
        }
        let separator = self.separator()?;
        self.cursor.expect(')')?;
        Ok(Some(separator))
    }

    /// Any character, in the code page of the data.
    pub fn separator(&mut self) -> Result<u8> {
        let start = self.cursor.at();
        let Some(c) = self.cursor.peek() else { return Err(self.cursor.expected("a separator")) };
        self.cursor.skip(c.len_utf8());
        if c == '\'' {
            // An apostrophe is written twice.
            self.cursor.eat('\'');
        }
        self.cursor.reading().page.byte(c).ok_or_else(|| {
            let message = format!("the character {} does not exist in the code page", c.escape_default());
            self.cursor.wrong_code(codes::CTL003, start, message, "no separator")
        })
    }

    /// `+n` or `-n`, if it comes.
    pub fn offset(&mut self) -> Result<i32> {
        let negative = self.cursor.peek() == Some('-');
        if !negative && self.cursor.peek() != Some('+') {
            return Ok(0);
        }
        self.cursor.skip(1);
        let number = self.cursor.small("a number of days or months", 0..=OFFSET_MAX)?;
        let number = i32::try_from(number).unwrap_or(0);
        Ok(if negative { -number } else { number })
    }

    /// `DATE`, `DATE=(abcd)`, `DATENS=(abc)`, `YDDD=(abc)`, `YDDDNS=(ab)`, `TIME`, `TIME=(abc)`, `TIMENS=(ab)`, which only
    /// records are built of.
    pub fn shown_moment(&mut self) -> Result<Option<Moment>> {
        let mut ahead = self.cursor.clone();
        ahead.eat('&');
        let word = ahead.name_ahead();
        if !matches!(word, "DATE" | "DATENS" | "YDDD" | "YDDDNS" | "TIME" | "TIMENS") {
            return Ok(None);
        }
        ahead.skip(word.len());
        let alone = ahead.peek() != Some('=') && ahead.peek() != Some('(');
        self.cursor = ahead;
        let form = match word {
            "DATE" if alone => MomentForm::Parts { letters: b"MDY".to_vec(), separator: self.slash() },
            "TIME" if alone => {
                MomentForm::Clock { twelve: false, separator: self.cursor.reading().page.byte(':') }
            }
            _ => self.pattern(word)?,
        };
        Ok(Some(Moment { form, offset: 0 }))
    }

    fn slash(&self) -> Option<u8> {
        self.cursor.reading().page.byte('/')
    }

    fn pattern(&mut self, word: &str) -> Result<MomentForm> {
        self.cursor.equals()?;
        self.cursor.expect('(')?;
        let form = match word {
            "DATE" | "DATENS" => {
                let letters = self.date_letters(b"MDY", 3)?;
                let separator = if word == "DATE" { Some(self.separator()?) } else { None };
                MomentForm::Parts { letters, separator }
            }
            "YDDD" | "YDDDNS" => {
                let letters = self.date_letters(b"DY", 2)?;
                let separator = if word == "YDDD" { Some(self.separator()?) } else { None };
                MomentForm::Ordinal { letters, separator }
            }
            _ => {
                let twelve = self.choice(&[("12", true), ("24", false)]);
                let twelve = match twelve {
                    Ok(twelve) => twelve,
                    Err(error) => {
                        return Err(error.hint("write TIME=(24:) or TIME=(12:), TIMENS=(24) or TIMENS=(12)"));
                    }
                };
                let separator = if word == "TIME" { Some(self.separator()?) } else { None };
                MomentForm::Clock { twelve, separator }
            }
        };
        self.cursor.expect(')')?;
        Ok(form)
    }

    /// Each letter once, in any order; 4 is a Y of four digits.
    pub fn date_letters(&mut self, letters: &[u8], count: usize) -> Result<Vec<u8>> {
        let start = self.cursor.at();
        let written: Vec<u8> = self.cursor.ahead().bytes().take(count).collect();
        let normal = |letter: u8| if letter == b'4' { b'Y' } else { letter };
        let all = letters.iter().all(|letter| written.iter().filter(|w| normal(**w) == *letter).count() == 1);
        if !all || written.len() != count {
            let names = String::from_utf8_lossy(letters).into_owned();
            let message = format!(
                "the parts of a date are the letters {names} in any order, 4 instead of Y for four digits"
            );
            return Err(self.cursor.wrong(start, message, "not such a pattern"));
        }
        self.cursor.skip(count);
        Ok(written)
    }
}
