//! Edited PICTUREs of numbers to masks (Language Reference, "PICTURE clause editing", "Symbols used in the PICTURE
//! clause").

use super::{Reader, Run};
use crate::diag::{Diagnostic, Result};
use crate::encoding::edited::{Cell, EditMask, FloatMask, Floats, MAX_EDITED, MAX_MANTISSA};

/// Most digits of a number.
const MAX_DIGITS: usize = 38;

/// A numeric-edited PICTURE.
pub(super) fn number(reader: &Reader, runs: &[Run]) -> Result<EditMask> {
    let positions: u64 = runs.iter().map(|run| run.count).fold(0, u64::saturating_add);
    let scaling: u64 = runs.iter().filter(|run| run.symbol == 'P').map(|run| run.count).sum();
    if positions - scaling > MAX_EDITED as u64 || scaling > MAX_DIGITS as u64 {
        let message = format!("an edited PICTURE has at most {MAX_EDITED} positions and {MAX_DIGITS} P");
        return Err(reader.error(0, reader.text.len(), message).hint("describe the bytes as several items"));
    }
    // One symbol a position, each with its place in the text.
    let symbols = runs.iter().flat_map(|run| {
        (0..run.count).map(|index| Run {
            count: 1,
            // XX and X(2) alike: the caret stays inside the run.
            at: if reader.text[run.at..].chars().nth(index as usize) == Some(run.symbol) {
                run.at + index as usize
            } else {
                run.at
            },
            ..*run
        })
    });
    let mut builder = Builder::new(reader, symbols.collect());
    for index in 0..builder.symbols.len() {
        builder.symbol(index)?;
    }
    builder.finish()
}

/// An external floating-point PICTURE: sign, mantissa, E, sign, 99.
pub(super) fn floating(reader: &Reader, runs: &[Run]) -> Result<FloatMask> {
    let hint = "write external floating point like +9(3).99E+99 or -9.9(6)E-99";
    let all = |message: &str| reader.error(0, reader.text.len(), message).hint(hint);
    let Some(e) = runs.iter().position(|run| run.symbol == 'E') else { return Err(all("this has no E")) };
    let (mantissa, exponent) = (&runs[..e], &runs[e + 1..]);
    let sign = |run: Option<&Run>| {
        run.filter(|run| run.count == 1 && matches!(run.symbol, '+' | '-')).map(|run| run.symbol == '+')
    };
    let Some(plus) = sign(mantissa.first()) else {
        return Err(all("an external floating-point PICTURE begins with one + or -"));
    };
    let exponent_plus = sign(exponent.first());
    let (Some(exponent_plus), [_, Run { symbol: '9', count: 2, .. }], 1) =
        (exponent_plus, exponent, runs[e].count)
    else {
        return Err(reader.error_at(&runs[e], "E must be followed by one + or - and 99").hint(hint));
    };
    let point = if reader.options.decimal_point_is_comma { ',' } else { '.' };
    let (mut digits, mut decimals, mut seen) = (0u64, 0u64, None);
    for run in &mantissa[1..] {
        match run.symbol {
            '9' => {
                digits += run.count;
                decimals += if seen.is_some() { run.count } else { 0 };
            }
            symbol if (symbol == 'V' || symbol == point) && seen.is_none() && run.count == 1 => {
                seen = Some(symbol)
            }
            symbol => {
                let message = format!("`{symbol}` cannot stand here in an external floating-point PICTURE");
                return Err(reader.error_at(run, message).hint(hint));
            }
        }
    }
    let mask = match (u8::try_from(digits), u8::try_from(decimals), seen) {
        (Ok(digits), Ok(decimals), Some(symbol)) => {
            FloatMask::new(plus, digits, decimals, (symbol != 'V').then_some(symbol), exponent_plus)
        }
        (_, _, None) => return Err(all("the mantissa needs a decimal point or a V")),
        _ => None,
    };
    mask.ok_or_else(|| all(&format!("the mantissa has {digits} digits, but must have 1 to {MAX_MANTISSA}")))
}

/// Where the P stand.
#[derive(Clone, Copy, PartialEq)]
enum Scaling {
    None,
    Left(i8),
    Right(i8),
}

/// Goes over the symbols and makes cells of them.
struct Builder<'a> {
    reader: &'a Reader<'a>,
    symbols: Vec<Run>,
    cells: Vec<Cell>,
    /// `Z` or `*`.
    fill: Option<char>,
    /// The symbol that floats.
    floats: Option<char>,
    /// The sign: `+`, `-`, `C` or `D`.
    sign: Option<char>,
    currency: Option<char>,
    /// `V` or the decimal point.
    point: Option<char>,
    scaling: Scaling,
    digits: usize,
    decimals: i8,
    /// A 9 was seen.
    nine: bool,
    /// A suppressing or floating symbol stands to the right of the decimal point, so all digits must be such.
    suppressed_decimals: bool,
}

impl<'a> Builder<'a> {
    fn new(reader: &'a Reader<'a>, symbols: Vec<Run>) -> Self {
        Builder {
            reader,
            symbols,
            cells: Vec::new(),
            fill: None,
            floats: None,
            sign: None,
            currency: None,
            point: None,
            scaling: Scaling::None,
            digits: 0,
            decimals: 0,
            nine: false,
            suppressed_decimals: false,
        }
    }

    fn error(&self, index: usize, message: impl Into<String>, hint: &str) -> Box<Diagnostic> {
        self.reader.error_at(&self.symbols[index], message).hint(hint)
    }

    fn symbol(&mut self, index: usize) -> Result<()> {
        let symbol = self.symbols[index].symbol;
        let comma = self.reader.options.decimal_point_is_comma;
        match symbol {
            '9' => self.nine(index),
            'Z' | '*' => self.suppression(index, symbol),
            '.' | ',' if (symbol == ',') == comma => self.decimal_point(index, symbol),
            'V' => self.decimal_point(index, symbol),
            '.' | ',' | '0' | '/' => self.cell(Cell::Insert(symbol)),
            'B' => self.cell(Cell::Insert(' ')),
            'P' => self.scaling(index),
            '+' | '-' => self.plus_or_minus(index, symbol),
            'C' | 'D' => self.credit_or_debit(index, symbol),
            'S' => Err(self.error(
                index,
                "`S` cannot stand in an edited PICTURE",
                "show the sign with +, -, CR or DB, or take the editing symbols away",
            )),
            _ => self.currency(index, symbol),
        }
    }

    fn cell(&mut self, cell: Cell) -> Result<()> {
        self.cells.push(cell);
        Ok(())
    }

    fn digit(&mut self, index: usize, cell: Cell) -> Result<()> {
        if matches!(self.scaling, Scaling::Right(_)) {
            let hint = "P stands at one end of the digits, as in ZZ9PP or VPP99";
            return Err(self.error(index, "a digit cannot stand to the right of P", hint));
        }
        self.digits += 1;
        if self.digits > MAX_DIGITS {
            let message = format!("an edited PICTURE has at most {MAX_DIGITS} digits");
            return Err(self.error(index, message, "shorten it, or describe the bytes as PIC X"));
        }
        self.decimals += i8::from(self.point.is_some());
        self.cell(cell)
    }

    fn nine(&mut self, index: usize) -> Result<()> {
        if self.suppressed_decimals {
            let message = "9 cannot follow a suppressed or floating decimal";
            let hint = "use one symbol for all decimals, such as ZZ9.99 or ZZZ.ZZ";
            return Err(self.error(index, message, hint));
        }
        self.nine = true;
        self.digit(index, Cell::Digit)
    }

    /// Z, * and what floats come before any 9, and exclude each other.
    fn leads(&mut self, index: usize, symbol: char) -> Result<()> {
        if let Some(other) = self.fill.or(self.floats).filter(|other| *other != symbol) {
            let message = format!("`{symbol}` and `{other}` cannot both suppress zeros in one PICTURE");
            return Err(self.error(
                index,
                message,
                "keep one of Z, *, and a floating +, - or currency symbol",
            ));
        }
        if self.nine {
            let message = format!("`{symbol}` cannot stand to the right of 9");
            return Err(self.error(index, message, "only leading zeros are suppressed: put the 9s last"));
        }
        self.suppressed_decimals |= self.point.is_some();
        Ok(())
    }

    fn suppression(&mut self, index: usize, symbol: char) -> Result<()> {
        self.leads(index, symbol)?;
        self.fill = Some(symbol);
        self.digit(index, Cell::Suppressed)
    }

    fn decimal_point(&mut self, index: usize, symbol: char) -> Result<()> {
        if self.point.is_some() {
            let message = "this is a second decimal point";
            return Err(self.error(index, message, "keep one decimal point or V"));
        }
        if self.scaling != Scaling::None && symbol != 'V' {
            return Err(self.error(
                index,
                "a decimal point cannot stand with P",
                "P says where the point is",
            ));
        }
        self.point = Some(symbol);
        self.cell(if symbol == 'V' { Cell::Assumed } else { Cell::Point })
    }

    fn scaling(&mut self, index: usize) -> Result<()> {
        let hint = "P stands at one end of the digits, as in ZZ9PP or VPP99";
        if self.point.is_some_and(|point| point != 'V') {
            return Err(self.error(
                index,
                "a decimal point cannot stand with P",
                "P says where the point is",
            ));
        }
        self.scaling = match self.scaling {
            Scaling::None if self.digits == 0 => Scaling::Left(1),
            Scaling::None if self.point.is_none() => Scaling::Right(1),
            Scaling::Left(count) if self.digits == 0 => Scaling::Left(count + 1),
            Scaling::Right(count) if self.point.is_none() => Scaling::Right(count + 1),
            _ => return Err(self.error(index, "`P` must stand at one end of the PICTURE", hint)),
        };
        if self.point.is_none() && self.scaling == Scaling::Left(1) {
            // P on the left implies V before it; with digits suppressed that is where suppressing ends.
            self.point = Some('V');
            return self.cell(Cell::Assumed);
        }
        Ok(())
    }

    /// True if the symbol begins or continues a floating string: the same again, with nothing but insertions between.
    fn floats_on(&self, index: usize, symbol: char) -> bool {
        let mut rest = self.symbols[index + 1..].iter().map(|run| run.symbol);
        let next = rest.find(|next| !matches!(next, 'B' | '0' | '/' | ',' | '.' | 'V'));
        self.floats == Some(symbol) || next == Some(symbol)
    }

    fn float(&mut self, index: usize, symbol: char) -> Result<()> {
        self.leads(index, symbol)?;
        if self.floats.replace(symbol) == Some(symbol) {
            return self.digit(index, Cell::Float);
        }
        // The head may stand before the point only.
        self.suppressed_decimals |= self.point.is_some();
        self.cell(Cell::FloatHead)
    }

    fn plus_or_minus(&mut self, index: usize, symbol: char) -> Result<()> {
        let floats = self.floats_on(index, symbol) && !self.nine;
        let continues = self.floats == Some(symbol) && floats;
        if !continues {
            self.one_sign(index, symbol)?;
        }
        if floats {
            return self.float(index, symbol);
        }
        if index > 0 && index + 1 < self.symbols.len() {
            let message = format!("a single `{symbol}` must stand at one end of the PICTURE");
            return Err(self.error(
                index,
                message,
                "move it to the left or right end, or write it twice to float",
            ));
        }
        self.cell(if symbol == '+' { Cell::Plus } else { Cell::Minus })
    }

    fn credit_or_debit(&mut self, index: usize, symbol: char) -> Result<()> {
        self.one_sign(index, symbol)?;
        if index + 1 < self.symbols.len() {
            let message = format!("{} must stand at the right end of the PICTURE", shown(symbol));
            return Err(self.error(index, message, "move it to the end"));
        }
        self.cell(if symbol == 'C' { Cell::Credit } else { Cell::Debit })
    }

    fn one_sign(&mut self, index: usize, symbol: char) -> Result<()> {
        match self.sign.replace(symbol) {
            None => Ok(()),
            Some(other) => {
                let message = format!("`{}` is a second sign beside `{}`", shown(symbol), shown(other));
                Err(self.error(index, message, "keep one of +, -, CR and DB"))
            }
        }
    }

    fn currency(&mut self, index: usize, symbol: char) -> Result<()> {
        let floats = self.floats_on(index, symbol) && !self.nine;
        let continues = self.floats == Some(symbol) && floats;
        if self.currency.is_some() && !continues {
            let message = format!("`{symbol}` is a second currency symbol");
            return Err(self.error(index, message, "keep one, or write it twice at the left end to float"));
        }
        self.currency = Some(symbol);
        if floats {
            return self.float(index, symbol);
        }
        let after_sign = index == 1 && matches!(self.symbols[0].symbol, '+' | '-');
        if index > 0 && !after_sign {
            let message = format!("`{symbol}` must stand at the left end of the PICTURE");
            return Err(self.error(
                index,
                message,
                "only a sign may stand to the left of the currency symbol",
            ));
        }
        self.cell(Cell::Currency)
    }

    fn finish(self) -> Result<EditMask> {
        let scale = match self.scaling {
            Scaling::None => self.decimals,
            Scaling::Left(count) => count + self.decimals,
            Scaling::Right(count) => -count,
        };
        let currency = self.currency.and_then(|symbol| self.reader.currency(symbol)).unwrap_or_default();
        let floats = self.floats.map(|symbol| match symbol {
            '+' => Floats::Plus,
            '-' => Floats::Minus,
            _ => Floats::Currency,
        });
        let comma = self.reader.options.decimal_point_is_comma;
        let whole =
            |message: &str, hint: &str| self.reader.error(0, self.reader.text.len(), message).hint(hint);
        if self.digits == 0 {
            return Err(whole("this PICTURE has no digit", "add at least one 9, Z or *"));
        }
        EditMask::new(self.cells, floats, self.fill == Some('*'), scale, currency, comma).ok_or_else(|| {
            whole(
                &format!("an edited PICTURE has at most {MAX_EDITED} positions"),
                "describe the bytes as several items",
            )
        })
    }
}

/// A symbol as it is written.
fn shown(symbol: char) -> &'static str {
    match symbol {
        'C' => "CR",
        'D' => "DB",
        '+' => "+",
        _ => "-",
    }
}
