//! Functions that give a number.

use std::cmp::Ordering;

use super::dates;
use super::days::DayCall;
use super::table::OfText;
use super::texts::{TextPart, extreme_text};
use super::{Fault, field_of, numval, undefined};
use crate::decimal::{Decimal, Rounding};
use crate::encoding::CodePage;
use crate::expr::arithmetic::Arithmetic;
use crate::expr::fields::See;
use crate::expr::scope::Frame;

/// Functions of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberKind {
    Abs,
    Integer,
    IntegerPart,
    FractionPart,
    Mod,
    Rem,
    Sign,
    Sum,
    Extreme(Ordering),
    OrdExtreme(Ordering),
    Range,
    Median,
    Midrange,
    Factorial,
    IntegerOfDate,
    DateOfInteger,
    IntegerOfDay,
    DayOfInteger,
    YearToYyyy,
    DateToYyyymmdd,
    DayToYyyyddd,
    TestDate,
    TestDay,
}

/// A call of a function that gives a number.
#[derive(Clone, Debug)]
pub struct NumberFunction {
    pub(super) name: &'static str,
    pub(super) call: Call,
}

#[derive(Clone, Debug)]
pub(super) enum Call {
    Numbers(NumberKind, Vec<Arithmetic>),
    Days(DayCall),
    /// Which of several texts in a code page is the extreme one.
    OrdExtreme(Ordering, Vec<TextPart>, CodePage),
    /// A text in a code page; for the functions with a currency sign, that sign.
    Text(OfText, TextPart, CodePage, Option<TextPart>),
}

const DATE_HINT: &str = "test it before, with FUNCTION TEST-DATE-YYYYMMDD";
const DAY_HINT: &str = "test it before, with FUNCTION TEST-DAY-YYYYDDD";
const NUMVAL_HINT: &str = "test it before, with FUNCTION TEST-NUMVAL or TEST-NUMVAL-C";
const WHOLE_HINT: &str = "give it a whole number, for example by FUNCTION INTEGER-PART";
const RANGE_HINT: &str = "test the argument before";

impl NumberFunction {
    /// The value, exact.
    pub(in crate::expr) fn value<F: Frame + ?Sized>(&self, frame: &F) -> Result<Decimal, Fault> {
        match &self.call {
            Call::Numbers(kind, arguments) => Evaluation { name: self.name, arguments, frame }.value(*kind),
            Call::Days(call) => call.value(self.name, frame),
            Call::OrdExtreme(order, texts, page) => {
                extreme_text(*order, texts, *page, frame).map(|(at, _)| Decimal::from(at as i128 + 1))
            }
            Call::Text(kind, text, page, currency) => {
                self.of_text(*kind, text, *page, currency.as_ref(), frame)
            }
        }
    }

    /// The fields that are read.
    pub(in crate::expr) fn reads<'e>(&'e self, see: See<'_, 'e>) {
        match &self.call {
            Call::Numbers(_, arguments) | Call::Days(DayCall { arguments, .. }) => {
                arguments.iter().for_each(|argument| argument.reads(see));
            }
            Call::OrdExtreme(_, texts, _) => texts.iter().for_each(|text| text.reads(see)),
            Call::Text(_, text, _, currency) => {
                text.reads(see);
                currency.iter().for_each(|sign| sign.reads(see));
            }
        }
    }

    /// Decimals that the function gives at most, as far as its arguments say; they count for quotients.
    pub(in crate::expr) fn decimals(&self) -> i16 {
        match &self.call {
            Call::Numbers(kind, arguments) if kind.keeps_decimals() => {
                arguments.iter().map(|argument| argument.decimals_max).max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    fn of_text<F: Frame + ?Sized>(
        &self,
        kind: OfText,
        text: &TextPart,
        page: CodePage,
        currency: Option<&TextPart>,
        frame: &F,
    ) -> Result<Decimal, Fault> {
        let bytes = text.bytes(frame)?;
        let characters = |bytes: &[u8]| bytes.iter().map(|&byte| page.char(byte)).collect::<Vec<char>>();
        let number = || {
            let currency = currency.map(|currency| currency.bytes(frame)).transpose()?;
            let currency = currency.map(|bytes| characters(&bytes));
            let blank = |c: &&char| **c == ' ';
            let currency = currency.map(|sign| match sign.iter().filter(|c| !blank(c)).count() {
                0 => Vec::new(),
                _ => sign,
            });
            Ok::<_, Fault>(numval::parse(&characters(&bytes), currency.as_deref()))
        };
        match kind {
            OfText::Length => Ok(Decimal::from(bytes.len() as i128)),
            OfText::Ord => match bytes.first() {
                Some(byte) => Ok(Decimal::from(i128::from(*byte) + 1)),
                None => Err(self.undefined("the text is empty".to_owned(), text, frame)),
            },
            OfText::Numval | OfText::NumvalC => number()?.map_err(|fault| {
                let shown = page.decode(&bytes[..bytes.len().min(40)]);
                let what = format!("'{shown}' is no number, from its character {} on", fault.0);
                self.undefined(what, text, frame)
            }),
            OfText::TestNumval | OfText::TestNumvalC => {
                Ok(Decimal::from(number()?.map_or_else(|fault| fault.0 as i128, |_| 0)))
            }
        }
    }

    fn undefined<F: Frame + ?Sized>(&self, what: String, text: &TextPart, frame: &F) -> Fault {
        undefined((self.name, NUMVAL_HINT), what, text.field(), frame)
    }
}

impl NumberKind {
    /// True if decimals of the arguments are decimals of the value.
    fn keeps_decimals(self) -> bool {
        use NumberKind::{Abs, Extreme, FractionPart, Median, Midrange, Range, Rem, Sum};
        matches!(self, Abs | FractionPart | Rem | Sum | Extreme(_) | Range | Median | Midrange)
    }
}

/// A call with its arguments at hand.
struct Evaluation<'a, F: ?Sized> {
    name: &'static str,
    arguments: &'a [Arithmetic],
    frame: &'a F,
}

impl<F: Frame + ?Sized> Evaluation<'_, F> {
    fn value(&self, kind: NumberKind) -> Result<Decimal, Fault> {
        use NumberKind as K;
        match kind {
            K::Abs => absolute(self.number(0)?),
            K::Integer => whole(self.number(0)?, Rounding::TowardLesser),
            K::IntegerPart => whole(self.number(0)?, Rounding::Truncation),
            K::FractionPart => {
                let value = self.number(0)?;
                difference(value, whole(value, Rounding::Truncation)?)
            }
            K::Mod | K::Rem => self.remainder(kind == K::Mod),
            K::Sign => Ok(Decimal::from(i128::from(self.number(0)?.coefficient().signum() as i8))),
            K::Sum => self.all()?.into_iter().try_fold(Decimal::ZERO, sum),
            K::Extreme(order) => self.extreme(order).map(|(_, value)| value),
            K::OrdExtreme(order) => self.extreme(order).map(|(at, _)| Decimal::from(at as i128 + 1)),
            K::Range => difference(self.extreme(Ordering::Greater)?.1, self.extreme(Ordering::Less)?.1),
            K::Median => self.median(),
            K::Midrange => half(sum(self.extreme(Ordering::Greater)?.1, self.extreme(Ordering::Less)?.1)?),
            K::Factorial => self.factorial(),
            K::IntegerOfDate | K::IntegerOfDay | K::DateOfInteger | K::DayOfInteger => self.date(kind),
            K::YearToYyyy | K::DateToYyyymmdd | K::DayToYyyyddd => self.windowed(kind),
            K::TestDate => Ok(Decimal::from(dates::test_yyyymmdd(self.integer(0)?))),
            K::TestDay => Ok(Decimal::from(dates::test_yyyyddd(self.integer(0)?))),
        }
    }

    fn number(&self, at: usize) -> Result<Decimal, Fault> {
        self.arguments.get(at).map_or(Ok(Decimal::ZERO), |argument| argument.value(self.frame))
    }

    fn all(&self) -> Result<Vec<Decimal>, Fault> {
        self.arguments.iter().map(|argument| argument.value(self.frame)).collect()
    }

    /// An argument that must be a whole number.
    fn integer(&self, at: usize) -> Result<i128, Fault> {
        let value = self.number(at)?;
        match value.rescale(0, Rounding::Prohibited) {
            Ok(whole) => Ok(whole.coefficient()),
            Err(_) => Err(self.undefined(at, format!("{value} is no whole number"), WHOLE_HINT)),
        }
    }

    fn undefined(&self, at: usize, what: String, hint: &str) -> Fault {
        let field = self.arguments.get(at).and_then(field_of);
        undefined((self.name, hint), what, field, self.frame)
    }

    /// MOD is what is left of a division rounded down, of whole numbers; REM of one that is cut.
    fn remainder(&self, down: bool) -> Result<Decimal, Fault> {
        let (a, b) = match down {
            true => (Decimal::from(self.integer(0)?), Decimal::from(self.integer(1)?)),
            false => (self.number(0)?, self.number(1)?),
        };
        if b.coefficient() == 0 {
            return Err(Fault::DivideByZero);
        }
        let scale = a.scale().max(b.scale());
        let at_scale = |value: Decimal| value.rescale(scale, Rounding::Prohibited).map_err(|_| Fault::Size);
        let (a, b) = (at_scale(a)?.coefficient(), at_scale(b)?.coefficient());
        let rest = a.checked_rem(b).unwrap_or(0);
        let other_side = down && rest != 0 && (rest < 0) != (b < 0);
        Ok(Decimal::new(if other_side { rest + b } else { rest }, scale))
    }

    /// The first argument that no other exceeds in this direction, and where it stands.
    fn extreme(&self, order: Ordering) -> Result<(usize, Decimal), Fault> {
        let mut best: Option<(usize, Decimal)> = None;
        for (at, argument) in self.arguments.iter().enumerate() {
            let value = argument.value(self.frame)?;
            if best.is_none_or(|(_, known)| value.cmp(&known) == order) {
                best = Some((at, value));
            }
        }
        Ok(best.unwrap_or((0, Decimal::ZERO)))
    }

    fn median(&self) -> Result<Decimal, Fault> {
        let mut values = self.all()?;
        values.sort_unstable();
        let middle = values.len() / 2;
        match values.len() % 2 {
            1 => Ok(values[middle]),
            _ => half(sum(values[middle - 1], values[middle])?),
        }
    }

    fn factorial(&self) -> Result<Decimal, Fault> {
        let number = self.integer(0)?;
        if number < 0 {
            return Err(self.undefined(0, format!("{number} is negative"), RANGE_HINT));
        }
        let product = (1..=number).try_fold(1i128, |product, next| product.checked_mul(next));
        product.map(Decimal::from).ok_or(Fault::Size)
    }

    fn date(&self, kind: NumberKind) -> Result<Decimal, Fault> {
        let number = self.integer(0)?;
        let (found, what, hint) = match kind {
            NumberKind::IntegerOfDate => {
                let day = dates::of_yyyymmdd(number).map(dates::day_number);
                (day, "is no date YYYYMMDD of 1601 to 9999", DATE_HINT)
            }
            NumberKind::IntegerOfDay => {
                let day = dates::of_yyyyddd(number).map(dates::day_number);
                (day, "is no date YYYYDDD of 1601 to 9999", DAY_HINT)
            }
            NumberKind::DateOfInteger => {
                let date = dates::of_day_number(number).map(dates::yyyymmdd);
                (date, "is no day number from 1 to 3067671", RANGE_HINT)
            }
            _ => {
                let date = dates::of_day_number(number).map(dates::yyyyddd);
                (date, "is no day number from 1 to 3067671", RANGE_HINT)
            }
        };
        found.map(Decimal::from).ok_or_else(|| self.undefined(0, format!("{number} {what}"), hint))
    }

    /// The functions that give a year its century.
    fn windowed(&self, kind: NumberKind) -> Result<Decimal, Fault> {
        let number = self.integer(0)?;
        let unit = match kind {
            NumberKind::DateToYyyymmdd => 10_000,
            NumberKind::DayToYyyyddd => 1000,
            _ => 1,
        };
        let (window, from) = (self.integer(1)?, self.integer(2)?);
        match dates::windowed(number.div_euclid(unit), window, from) {
            Some(year) => Ok(Decimal::from(year * unit + number.rem_euclid(unit))),
            None => {
                let what = format!("{number} has no year in a window that ends {window} years after {from}");
                Err(self.undefined(0, what, RANGE_HINT))
            }
        }
    }
}

fn whole(value: Decimal, rounding: Rounding) -> Result<Decimal, Fault> {
    value.rescale(0, rounding).map_err(|_| Fault::Size)
}

fn absolute(value: Decimal) -> Result<Decimal, Fault> {
    if value.coefficient() < 0 { negated(value) } else { Ok(value) }
}

fn negated(value: Decimal) -> Result<Decimal, Fault> {
    value.checked_neg().map_err(|_| Fault::Size)
}

fn sum(a: Decimal, b: Decimal) -> Result<Decimal, Fault> {
    a.checked_add(b).map_err(|_| Fault::Size)
}

fn difference(a: Decimal, b: Decimal) -> Result<Decimal, Fault> {
    sum(a, negated(b)?)
}

/// Half of a value, exact.
fn half(value: Decimal) -> Result<Decimal, Fault> {
    if value.coefficient() % 2 == 0 {
        return Ok(Decimal::new(value.coefficient() / 2, value.scale()));
    }
    let digits = value.coefficient().checked_mul(5).ok_or(Fault::Size)?;
    Ok(Decimal::new(digits, value.scale() + 1))
}
