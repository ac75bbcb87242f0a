//! Pictures of numbers in reports.

use super::super::super::text::Text;
use super::{Draft, Resolver};
use crate::copybook::{self, CopybookOptions, Edit, NumberShape, Shape, Usage};
use crate::diag::Source;
use crate::encoding::edited::{Cell, EditMask};
use crate::report::Picture;

/// Digits that a total has more than the numbers it is made of, if nobody says: enough for a thousand million records.
const MORE_DIGITS: i32 = 9;
/// Most digits of a picture.
const DIGITS_MAX: i32 = 38;

impl Resolver<'_> {
    /// The picture that a text is; `None` after an error has been reported.
    pub(super) fn picture(&mut self, text: &Text, draft: &Draft) -> Option<Picture> {
        match read(&text.value, draft.comma) {
            Ok(picture) => Some(picture),
            Err(why) => {
                let message = format!("{} is no PICTURE of a number in a report: {why}", text.value);
                self.refused(&text.span, message, "write for example ZZ,ZZ9.99- or 9(8)")
            }
        }
    }
}

/// All digits of a number without leading zeros, with a minus before them if it may have one.
pub(super) fn natural(shape: NumberShape, comma: bool) -> Option<Picture> {
    of_digits(integer_digits(shape), i32::from(shape.scale).max(0), shape.signed, comma)
}

/// The same for totals.
pub(super) fn natural_total(shape: NumberShape, comma: bool) -> Option<Picture> {
    let decimals = i32::from(shape.scale).max(0);
    let digits = (integer_digits(shape) + MORE_DIGITS).min(DIGITS_MAX - decimals);
    of_digits(digits, decimals, shape.signed, comma)
}

/// Digits before the decimal point that a field can hold.
fn integer_digits(shape: NumberShape) -> i32 {
    let digits = match shape.usage {
        // A native binary number holds what its bytes hold.
        Usage::Binary(form) if form.native => match shape.length() {
            1 => 3,
            2 => 5,
            3 | 4 => 10,
            _ => 20,
        },
        _ => i32::from(shape.digits),
    };
    digits - i32::from(shape.scale)
}

fn of_digits(digits: i32, decimals: i32, signed: bool, comma: bool) -> Option<Picture> {
    let digits = digits.max(1);
    let leading = match (signed, digits) {
        (true, _) => format!("-({digits})9"),
        (false, 1) => "9".to_owned(),
        (false, _) => format!("Z({})9", digits - 1),
    };
    let point = if comma { ',' } else { '.' };
    let fraction = if decimals > 0 { format!("{point}9({decimals})") } else { String::new() };
    read(&format!("{leading}{fraction}"), comma).ok()
}

/// Reads a picture as a copybook has it.
pub(super) fn read(text: &str, comma: bool) -> Result<Picture, String> {
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("it has blanks, or nothing".to_owned());
    }
    let source = Source::new("picture", format!("       01  N  PIC {text}.\n"));
    let options = CopybookOptions { decimal_point_is_comma: comma, ..CopybookOptions::default() };
    let (layout, problems) = copybook::parse(&source, &options);
    let field = layout.as_ref().and_then(|layout| layout.roots().next()).map(|(_, field)| field);
    let Some(field) = field.filter(|_| !problems.has_errors()) else {
        let first = problems.list().first().map(|problem| problem.message.clone());
        return Err(first.unwrap_or_else(|| "it cannot be read".to_owned()));
    };
    let mask = match (&field.edit, field.shape) {
        (Some(Edit::Number(mask)), _) => (**mask).clone(),
        (None, Shape::Number(shape)) if shape.signed => {
            return Err("S shows no sign; use -, +, CR or DB".to_owned());
        }
        (None, Shape::Number(shape)) => plain(shape).ok_or("it has too many digits")?,
        _ => return Err("it is one of text".to_owned()),
    };
    Ok(Picture::new(mask, text))
}

/// A mask of digits, V among them where it is.
fn plain(shape: NumberShape) -> Option<EditMask> {
    let digits = usize::from(shape.digits);
    let mut cells = vec![Cell::Digit; digits];
    if let Some(before) = usize::try_from(shape.scale).ok().and_then(|scale| digits.checked_sub(scale))
        && before < digits
    {
        cells.insert(before, Cell::Assumed);
    }
    EditMask::new(cells, None, false, shape.scale, "", false)
}
