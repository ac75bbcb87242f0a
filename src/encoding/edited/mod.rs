//! Edited numbers: digits as a report shows them (Language Reference, "PICTURE clause editing").
//!
//! ```text
//!   PIC $ZZ,ZZ9.99CR, value -1234.50        $ 1,234.50CR
//!   cells   Currency Suppressed Suppressed Insert(,) Suppressed Suppressed Digit Point Digit Digit Credit
//! ```
//!
//! Digits keep their positions whatever is suppressed, so a field is read digit by digit; it is an edited number if
//! editing that number gives the same bytes again. What other programs put into such fields is read by
//! [`EditMask::decode_lenient`].

mod float;
mod text;

use super::{BadNumber, CodePage};

pub use float::{FloatMask, Floating, MAX_MANTISSA};
pub use text::{TextCell, TextMask};

/// Most bytes of an edited number.
pub const MAX_EDITED: usize = 255;

/// A symbol of the mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// `9`.
    Digit,
    /// `Z` or `*`: a digit, or the mask's fill in the place of a leading zero.
    Suppressed,
    /// The first symbol of a floating string: never a digit.
    FloatHead,
    /// A further symbol of a floating string: a digit, or a place of what floats.
    Float,
    /// `B`, `0`, `/` and the comma (the period if DECIMAL-POINT IS COMMA).
    Insert(char),
    /// The actual decimal point.
    Point,
    /// `V`: no byte.
    Assumed,
    /// Fixed `+`.
    Plus,
    /// Fixed `-`.
    Minus,
    /// `CR`.
    Credit,
    /// `DB`.
    Debit,
    /// The fixed currency sign.
    Currency,
}

/// What floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floats {
    /// `+`: plus or minus.
    Plus,
    /// `-`: blank or minus.
    Minus,
    /// The currency sign.
    Currency,
}

/// The mask of a numeric-edited item. A number is the integer that its digits spell; see [`EditMask::scale`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditMask {
    cells: Box<[Cell]>,
    floats: Option<Floats>,
    asterisk: bool,
    currency: Box<str>,
    decimal_comma: bool,
    blank_when_zero: bool,
    digits: u8,
    scale: i8,
    length: usize,
}

impl EditMask {
    /// A mask of cells that a PICTURE may have; `scale` is the number of decimals, negative for P on the right.
    /// `None` if it has no digit, more than 38, or more than [`MAX_EDITED`] bytes.
    pub fn new(
        cells: Vec<Cell>,
        floats: Option<Floats>,
        asterisk: bool,
        scale: i8,
        currency: &str,
        decimal_comma: bool,
    ) -> Option<Self> {
        let digits = cells.iter().filter(|cell| is_digit(**cell)).count();
        let mut mask = EditMask {
            cells: cells.into(),
            floats,
            asterisk,
            currency: currency.into(),
            decimal_comma,
            blank_when_zero: false,
            digits: u8::try_from(digits).ok().filter(|digits| (1..=38).contains(digits))?,
            scale,
            length: 0,
        };
        mask.length = mask.cells.iter().map(|cell| mask.width(*cell)).sum();
        (mask.length <= MAX_EDITED).then_some(mask)
    }

    /// The mask of a `9(n)` item with BLANK WHEN ZERO, which makes it numeric-edited; `None` without digits.
    pub fn plain(digits: u8, scale: i8) -> Option<Self> {
        let mask = Self::new(vec![Cell::Digit; usize::from(digits)], None, false, scale, "", false)?;
        Some(mask.with_blank_when_zero())
    }

    /// The same mask with BLANK WHEN ZERO.
    #[must_use]
    pub fn with_blank_when_zero(self) -> Self {
        EditMask { blank_when_zero: true, ..self }
    }

    /// Bytes.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Digit positions.
    pub fn digits(&self) -> u8 {
        self.digits
    }

    /// Decimals; negative for P on the right.
    pub fn scale(&self) -> i8 {
        self.scale
    }

    /// True if a negative number looks different.
    pub fn signed(&self) -> bool {
        matches!(self.floats, Some(Floats::Plus | Floats::Minus))
            || self
                .cells
                .iter()
                .any(|cell| matches!(cell, Cell::Plus | Cell::Minus | Cell::Credit | Cell::Debit))
    }

    /// True if it has `*`, which excludes BLANK WHEN ZERO.
    pub fn asterisk(&self) -> bool {
        self.asterisk
    }

    /// True if zero is shown as blanks.
    pub fn blank_when_zero(&self) -> bool {
        self.blank_when_zero
    }

    /// The number that the field shows.
    ///
    /// # Errors
    /// The place of the first byte that editing a number could not have put there.
    pub fn decode(&self, bytes: &[u8], page: CodePage) -> Result<i128, BadNumber> {
        if bytes.len() != self.length {
            return Err(BadNumber::Digit(bytes.len().min(self.length)));
        }
        let value = self.shown(bytes, page);
        let mut again = [0; MAX_EDITED];
        let again = &mut again[..self.length];
        self.encode(value, again, page);
        match again.iter().zip(bytes).position(|(a, b)| a != b) {
            None => Ok(value),
            Some(at) if matches!(self.cell_at(at), Some(cell) if is_sign(cell)) => Err(BadNumber::Sign(at)),
            Some(at) => Err(BadNumber::Digit(at)),
        }
    }

    /// True if the bytes are what editing their number gives.
    pub fn is_canonical(&self, bytes: &[u8], page: CodePage) -> bool {
        self.decode(bytes, page).is_ok()
    }

    /// The number in a field that another program filled: what [`EditMask::decode`] reads, or else digits with at most
    /// one decimal point, and blanks, asterisks, one sign, currency signs and separators anywhere among them. Blanks
    /// alone are zero. Without a point in the bytes a mask with V takes its decimals from the right, any other mask has
    /// none.
    ///
    /// # Errors
    /// The place of the first character that belongs to no number, more decimals than the mask has, more than 38
    /// digits, or a negative number in a mask without a sign.
    pub fn decode_lenient(&self, bytes: &[u8], page: CodePage) -> Result<i128, BadNumber> {
        if let Ok(value) = self.decode(bytes, page) {
            return Ok(value);
        }
        let mut reader = Lenient { mask: self, value: 0, decimals: None, negative: None, digits: false };
        let mut at = 0;
        while at < bytes.len() {
            at += reader.take(&bytes[at..], at, page)?;
        }
        reader.finish(bytes.len())
    }

    /// Edits a number into `out`, which has [`EditMask::length`] bytes. High-order digits that have no place are lost,
    /// as in a MOVE; so is the sign if the mask has none, or if the digits left are all zero.
    pub fn encode(&self, value: i128, out: &mut [u8], page: CodePage) {
        let mut digits = [0u8; 38];
        let digits = &mut digits[..usize::from(self.digits)];
        let mut rest = value.unsigned_abs();
        for digit in digits.iter_mut().rev() {
            *digit = (rest % 10) as u8;
            rest /= 10;
        }
        let zero = digits.iter().all(|digit| *digit == 0);
        if zero && (self.blank_when_zero || self.all_suppressed()) {
            return self.encode_nothing(out, page);
        }
        let mut writer = Writer {
            mask: self,
            out,
            at: 0,
            page,
            negative: value < 0 && !zero,
            shown: false,
            string: false,
        };
        let mut digits = digits.iter().copied();
        self.cells.iter().for_each(|cell| writer.put(*cell, &mut digits));
    }

    /// No position is sure to show a digit: zero is shown as nothing at all.
    fn all_suppressed(&self) -> bool {
        !self.cells.contains(&Cell::Digit)
    }

    /// Zero without a digit: blanks, or asterisks and the decimal point.
    fn encode_nothing(&self, out: &mut [u8], page: CodePage) {
        let asterisk = self.asterisk && !self.blank_when_zero;
        let mut at = 0;
        for cell in &self.cells {
            let c = match cell {
                Cell::Point if asterisk => self.point(),
                _ if asterisk => '*',
                _ => ' ',
            };
            let width = self.width(*cell);
            if let Some(bytes) = out.get_mut(at..at + width) {
                bytes.fill(byte(c, page));
            }
            at += width;
        }
    }

    /// The digits where they stand, anything else taken for zero, and the sign.
    fn shown(&self, bytes: &[u8], page: CodePage) -> i128 {
        let (mut value, mut negative, mut at) = (0i128, false, 0);
        let signed_float = matches!(self.floats, Some(Floats::Plus | Floats::Minus));
        for cell in &self.cells {
            let width = self.width(*cell);
            let Some(here) = bytes.get(at..at + width) else { break };
            at += width;
            if is_digit(*cell) {
                let digit = here.first().map_or(u8::MAX, |byte| byte.wrapping_sub(page.zero()));
                // 38 digits fit.
                value = value * 10 + if digit <= 9 { i128::from(digit) } else { 0 };
            }
            negative |= match cell {
                Cell::Plus | Cell::Minus => here == [byte('-', page)],
                Cell::FloatHead | Cell::Float | Cell::Insert(_) => signed_float && here == [byte('-', page)],
                Cell::Credit | Cell::Debit => here.first().is_some_and(|byte| *byte != page.space()),
                _ => false,
            };
        }
        if negative { -value } else { value }
    }

    fn width(&self, cell: Cell) -> usize {
        match cell {
            Cell::Assumed => 0,
            Cell::Credit | Cell::Debit => 2,
            Cell::Currency => self.currency.chars().count(),
            Cell::FloatHead if self.floats == Some(Floats::Currency) => self.currency.chars().count(),
            _ => 1,
        }
    }

    fn cell_at(&self, byte: usize) -> Option<Cell> {
        let mut end = 0;
        self.cells.iter().copied().find(|cell| {
            end += self.width(*cell);
            byte < end
        })
    }

    fn point(&self) -> char {
        if self.decimal_comma { ',' } else { '.' }
    }
}

fn is_digit(cell: Cell) -> bool {
    matches!(cell, Cell::Digit | Cell::Suppressed | Cell::Float)
}

fn is_sign(cell: Cell) -> bool {
    matches!(cell, Cell::Plus | Cell::Minus | Cell::Credit | Cell::Debit)
}

/// The byte of a character; a character that the page does not have is a blank.
fn byte(c: char, page: CodePage) -> u8 {
    page.byte(c).unwrap_or(page.space())
}

/// Writes cell by cell.
struct Writer<'a> {
    mask: &'a EditMask,
    out: &'a mut [u8],
    at: usize,
    page: CodePage,
    negative: bool,
    /// A digit or the decimal point was shown, so that zeros are no longer leading ones.
    shown: bool,
    /// A suppressing or floating string has begun.
    string: bool,
}

impl Writer<'_> {
    fn put(&mut self, cell: Cell, digits: &mut impl Iterator<Item = u8>) {
        match cell {
            Cell::Digit => self.digit(digits.next(), true),
            Cell::Suppressed | Cell::Float => {
                self.string = true;
                self.digit(digits.next(), false);
            }
            Cell::FloatHead => {
                self.string = true;
                (0..self.mask.width(cell)).for_each(|_| self.char(' '));
            }
            Cell::Insert(_) if self.string && !self.shown => self.char(self.fill()),
            Cell::Insert(c) => self.char(c),
            Cell::Point => {
                self.show();
                self.char(self.mask.point());
            }
            Cell::Assumed => self.show(),
            Cell::Plus => self.char(if self.negative { '-' } else { '+' }),
            Cell::Minus => self.char(if self.negative { '-' } else { ' ' }),
            Cell::Credit => self.text(if self.negative { "CR" } else { "  " }),
            Cell::Debit => self.text(if self.negative { "DB" } else { "  " }),
            Cell::Currency => {
                let mask = self.mask;
                self.text(&mask.currency);
            }
        }
    }

    fn fill(&self) -> char {
        if self.mask.asterisk { '*' } else { ' ' }
    }

    fn digit(&mut self, digit: Option<u8>, always: bool) {
        let digit = digit.unwrap_or(0);
        if !always && !self.shown && digit == 0 {
            return self.char(self.fill());
        }
        self.show();
        self.byte(self.page.zero() + digit);
    }

    /// From here on everything is shown; what floats stands right before.
    fn show(&mut self) {
        if std::mem::replace(&mut self.shown, true) {
            return;
        }
        let sign = match self.mask.floats {
            None => return,
            Some(Floats::Currency) => &*self.mask.currency,
            Some(_) if self.negative => "-",
            Some(Floats::Plus) => "+",
            Some(Floats::Minus) => " ",
        };
        let end = self.at;
        self.at = end.saturating_sub(sign.chars().count());
        self.text(sign);
        self.at = end;
    }

    fn text(&mut self, text: &str) {
        text.chars().for_each(|c| self.char(c));
    }

    fn char(&mut self, c: char) {
        self.byte(byte(c, self.page));
    }

    fn byte(&mut self, byte: u8) {
        if let Some(place) = self.out.get_mut(self.at) {
            *place = byte;
        }
        self.at += 1;
    }
}

/// Reads a number that is not edited as the mask says.
struct Lenient<'a> {
    mask: &'a EditMask,
    value: i128,
    /// Digits after the decimal point, once that was seen.
    decimals: Option<i32>,
    negative: Option<bool>,
    digits: bool,
}

impl Lenient<'_> {
    /// Takes what stands at the beginning of `bytes`, byte `at` of the field; returns how many bytes that were.
    fn take(&mut self, bytes: &[u8], at: usize, page: CodePage) -> Result<usize, BadNumber> {
        let c = page.char(bytes[0]);
        let starts = |text: &str| {
            let mut page_bytes = text.chars().map(|c| byte(c, page));
            !text.is_empty()
                && bytes.len() >= text.chars().count()
                && bytes.iter().zip(&mut page_bytes).all(|(a, b)| *a == b)
        };
        if starts(&self.mask.currency) {
            return Ok(self.mask.currency.chars().count());
        }
        if (starts("CR") || starts("DB")) && self.negative.is_none() {
            self.negative = Some(true);
            return Ok(2);
        }
        match c {
            '0'..='9' => self.digit(c as u8 - b'0')?,
            ' ' | '*' => {}
            '+' | '-' if self.negative.is_none() => self.negative = Some(c == '-'),
            '+' | '-' => return Err(BadNumber::Sign(at)),
            c if c == self.mask.point() && self.decimals.is_none() => self.decimals = Some(0),
            // Separators stand between digits before the decimal point, or where the mask has them.
            ',' | '.' | '/' if self.digits && self.decimals.is_none() && c != self.mask.point() => {}
            c if self.mask.cell_at(at) == Some(Cell::Insert(c)) => {}
            _ => return Err(BadNumber::Digit(at)),
        }
        Ok(1)
    }

    fn digit(&mut self, digit: u8) -> Result<(), BadNumber> {
        self.digits = true;
        if let Some(decimals) = &mut self.decimals {
            // Zeros beyond the decimals of the mask say nothing.
            if *decimals >= i32::from(self.mask.scale) && digit == 0 {
                return Ok(());
            }
            *decimals += 1;
        }
        let value = self.value.checked_mul(10).and_then(|value| value.checked_add(i128::from(digit)));
        self.value = value.ok_or(BadNumber::TooLong)?;
        Ok(())
    }

    fn finish(self, length: usize) -> Result<i128, BadNumber> {
        let actual = self.mask.cells.contains(&Cell::Point);
        let scale = i32::from(self.mask.scale);
        let missing = match self.decimals {
            Some(decimals) => scale - decimals,
            None if actual => scale,
            None => 0,
        };
        let power = u32::try_from(missing).map_err(|_| BadNumber::Digit(length.saturating_sub(1)))?;
        let power = crate::decimal::pow10(power).ok_or(BadNumber::TooLong)?;
        let value = self.value.checked_mul(power).ok_or(BadNumber::TooLong)?;
        match self.negative {
            Some(true) if value != 0 && !self.mask.signed() => Err(BadNumber::NegativeUnsigned),
            Some(true) => Ok(-value),
            _ => Ok(value),
        }
    }
}
