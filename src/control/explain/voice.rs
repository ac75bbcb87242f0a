//! Fields, conditions and numbers in words, at some point of a pass.

use super::map::{Named, RecordMap, place};
use super::words::{self, bytes, format, literal};
use crate::control::operate::{Setting, Shape};
use crate::control::syntax::{
    Arithmetic, BitTest, CardField, Comparand, Condition, Edit, Editing, Format, NumericTest, Operator,
    Place, Relation, Test,
};
use crate::diag::Span;
use crate::encoding::CodePage;
use crate::key::SortFormat;

/// What is known at some point of a pass.
#[derive(Clone)]
pub(super) struct Voice<'a> {
    pub page: CodePage,
    pub named: Named<'a>,
    pub map: RecordMap,
    pub setting: &'a Setting,
    /// What records are like, if that is known.
    pub shape: Option<Shape>,
    /// True for records with RDW.
    pub variable: bool,
}

impl Voice<'_> {
    /// A shape for lengths of items: that of the records, or one that all fields are in.
    pub fn some_shape(&self) -> Shape {
        Shape { variable: self.variable, length: self.shape.map_or(32_760, |shape| shape.length.max(32_760)) }
    }

    /// A place with its name.
    pub fn place(&self, at: &Place, span: Option<&Span>) -> String {
        if self.variable
            && let Place::Record { position: 1, length: 4 } = at
        {
            return "the RDW (columns 1-4)".to_owned();
        }
        place(at, &self.map, self.named, span)
    }

    /// A field with its format.
    pub fn field(&self, field: &CardField) -> String {
        let place = self.place(&field.place, Some(&field.span));
        match field.format {
            Format::Sort(SortFormat::Character) | Format::Substring => place,
            other => match place.strip_suffix(')') {
                Some(start) => format!("{start}, {})", format(other)),
                None => format!("{place} ({})", format(other)),
            },
        }
    }

    /// A condition, with parentheses where AND and OR meet.
    pub fn condition(&self, condition: &Condition) -> String {
        self.nested(condition, false)
    }

    fn nested(&self, condition: &Condition, inside: bool) -> String {
        let joined = |parts: &[Condition], word: &str| {
            let texts: Vec<String> = parts.iter().map(|part| self.nested(part, parts.len() > 1)).collect();
            let text = texts.join(word);
            if inside && parts.len() > 1 { format!("({text})") } else { text }
        };
        match condition {
            Condition::All => "always".to_owned(),
            Condition::Nothing => "never".to_owned(),
            Condition::Test(test) => self.test(test),
            Condition::And(parts) => joined(parts, " and "),
            Condition::Or(parts) => joined(parts, " or "),
        }
    }

    fn test(&self, test: &Test) -> String {
        match test {
            Test::Compare { left, relation, right, .. } => {
                let right = self.comparand(right);
                format!("{} {} {right}", self.field(left), relation_words(*relation))
            }
            Test::Substring { field, negated, constant, .. } => {
                let verb = if *negated { "does not hold" } else { "holds" };
                if constant.len() > field.place.length() as usize {
                    let verb = if *negated { "is not found in" } else { "is found in" };
                    return format!("{} {verb} {}", self.field(field), bytes(constant, self.page));
                }
                format!("{} {verb} the text {}", self.field(field), bytes(constant, self.page))
            }
            Test::Bits { field, test, mask, .. } => {
                let mask: String = mask.iter().map(|byte| format!("{byte:08b}")).collect();
                let which = match test {
                    BitTest::All => "all",
                    BitTest::Some => "some but not all",
                    BitTest::None => "none",
                    BitTest::NotAll => "not all",
                    BitTest::NotSome => "all or none",
                    BitTest::NotNone => "at least one",
                };
                format!("of {} {which} of the bits B'{mask}' are on", self.field(field))
            }
            Test::BitPattern { field, negated, care, bits, .. } => {
                let pattern: String =
                    care.iter().zip(bits).flat_map(|(care, bits)| pattern(*care, *bits)).collect();
                let verb = if *negated { "are not" } else { "are" };
                format!("the bits of {} {verb} B'{pattern}' (a period is either)", self.field(field))
            }
            Test::Content { field, negated, test, .. } => {
                let verb = if *negated { "is not" } else { "is" };
                format!("{} {verb} {}", self.field(field), content(*test))
            }
        }
    }

    fn comparand(&self, comparand: &Comparand) -> String {
        match comparand {
            Comparand::Field(field) => self.field(field),
            Comparand::Literal(constant) => literal(constant, self.page),
            Comparand::Number(number) => number.to_string(),
            Comparand::Moment(moment) | Comparand::YearMoment(moment) => words::moment(moment, self.page),
            Comparand::Year(digits) => format!("the date {digits}"),
        }
    }

    /// A number that is computed.
    pub fn arithmetic(&self, arithmetic: &Arithmetic) -> String {
        match arithmetic {
            Arithmetic::Field(field) => self.field(field),
            Arithmetic::Constant(number) => number.to_string(),
            Arithmetic::Binary(operator, left, right, _) => {
                let side = |side: &Arithmetic| match side {
                    Arithmetic::Binary(inner, ..) if !is_plain(*operator, *inner) => {
                        format!("({})", self.arithmetic(side))
                    }
                    _ => self.arithmetic(side),
                };
                let (left, right) = (side(left), side(right));
                match operator {
                    Operator::Min => format!("the lesser of {left} and {right}"),
                    Operator::Max => format!("the greater of {left} and {right}"),
                    Operator::Mul => format!("{left} × {right}"),
                    Operator::Div => format!("{left} ÷ {right} without remainder"),
                    Operator::Mod => format!("the remainder of {left} ÷ {right}"),
                    Operator::Add => format!("{left} + {right}"),
                    Operator::Sub => format!("{left} - {right}"),
                }
            }
        }
    }

    /// How a number is shown; empty if nothing is said.
    pub fn editing(&self, editing: &Editing) -> String {
        let mut parts = Vec::new();
        match &editing.edit {
            Some(Edit::Mask(number)) => parts.push(format!("edited with mask M{number}")),
            Some(Edit::Pattern(pattern)) => parts.push(format!("edited as {}", bytes(pattern, self.page))),
            Some(Edit::To(name)) => parts.push(format!("as {}", to_format(name))),
            None => {}
        }
        if let Some(length) = editing.length {
            parts.push(format!("in {}", words::count(u64::from(length), "byte")));
        }
        if let Some(signs) = &editing.signs {
            let names = ["before positive", "before negative", "behind positive", "behind negative"];
            let each = names.iter().zip(signs);
            let signs: Vec<String> = each
                .filter_map(|(name, sign)| {
                    sign.map(|sign| format!("{} {name} numbers", words::byte(sign, self.page)))
                })
                .collect();
            parts.push(format!("with {}", words::listed(&signs)));
        }
        parts.join(", ")
    }
}

/// True for an inner operator that needs no parentheses in an outer one.
fn is_plain(outer: Operator, inner: Operator) -> bool {
    matches!(
        (outer, inner),
        (Operator::Add, Operator::Add | Operator::Sub | Operator::Mul) | (Operator::Sub, Operator::Mul)
    )
}

fn pattern(care: u8, bits: u8) -> Vec<char> {
    let bit = |at: u32| match (care >> at & 1, bits >> at & 1) {
        (0, _) => '.',
        (_, 0) => '0',
        _ => '1',
    };
    (0..8).rev().map(bit).collect()
}

fn relation_words(relation: Relation) -> &'static str {
    match relation {
        Relation::Eq => "=",
        Relation::Ne => "≠",
        Relation::Gt => ">",
        Relation::Ge => "≥",
        Relation::Lt => "<",
        Relation::Le => "≤",
    }
}

fn content(test: NumericTest) -> &'static str {
    match test {
        NumericTest::Number => "a valid number",
        NumericTest::Upper => "all uppercase letters",
        NumericTest::Lower => "all lowercase letters",
        NumericTest::Mixed => "all letters",
        NumericTest::UpperDigits => "all uppercase letters and digits",
        NumericTest::LowerDigits => "all lowercase letters and digits",
        NumericTest::MixedDigits => "all letters and digits",
    }
}

fn to_format(name: &str) -> String {
    let what = match name {
        "PD" | "PDC" | "PDF" => "packed decimal",
        "ZD" | "ZDC" | "ZDF" => "zoned decimal",
        "BI" => "unsigned binary",
        "FI" => "signed binary",
        "FS" | "CSF" => "digits with a floating sign",
        "UFF" => "unsigned digits",
        "SFF" => "signed digits",
        _ => return name.to_owned(),
    };
    format!("{what} ({name})")
}
