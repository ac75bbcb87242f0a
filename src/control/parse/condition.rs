//! Conditions: logic and comparisons.

use super::format::{NamedFormat, Use};
use super::parser::{Parser, symbol_format};
use crate::control::deck::{Head, HeadPlace};
use crate::control::message;
use crate::control::syntax::{
    BitTest, CardField, Comparand, Condition, Format, LiteralKind, NumericTest, Relation, Test,
};
use crate::diag::{Result, codes};
use crate::key::SortFormat;

/// Operators of comparisons.
const RELATIONS: [(&str, Relation); 6] = [
    ("EQ", Relation::Eq),
    ("NE", Relation::Ne),
    ("GT", Relation::Gt),
    ("GE", Relation::Ge),
    ("LT", Relation::Lt),
    ("LE", Relation::Le),
];

/// Operators of bit tests.
const BIT_TESTS: [(&str, BitTest); 12] = [
    ("ALL", BitTest::All),
    ("BO", BitTest::All),
    ("SOME", BitTest::Some),
    ("BM", BitTest::Some),
    ("NONE", BitTest::None),
    ("BZ", BitTest::None),
    ("NOTALL", BitTest::NotAll),
    ("BNO", BitTest::NotAll),
    ("NOTSOME", BitTest::NotSome),
    ("BNM", BitTest::NotSome),
    ("NOTNONE", BitTest::NotNone),
    ("BNZ", BitTest::NotNone),
];

impl Parser<'_> {
    /// INCLUDE or OMIT.
    pub fn filter_statement(&mut self, name: &str) -> Result<Condition> {
        let format = self.default_format()?;
        let mut condition = None;
        let mut given = None;
        self.operands(|parser, word| match word.text.as_str() {
            "COND" => {
                let value = parser.condition_value(format.as_ref())?;
                parser.once(&mut condition, value, &word, message::SYNTAX_ERROR)
            }
            "FORMAT" => {
                let value = parser.format_value()?;
                parser.once(&mut given, value, &word, message::SYNTAX_ERROR)
            }
            _ => Err(parser.unknown(&word, name, message::OPERAND_DEFINER, &["COND", "FORMAT"])),
        })?;
        condition.ok_or_else(|| {
            let error = self.cursor.expected(&format!("COND= of {name}"));
            error.hint(format!("write {name} COND=(p,m,f,operator,value)"))
        })
    }

    /// FORMAT=f of the statement, which may stand behind the fields that need it.
    fn default_format(&mut self) -> Result<Option<NamedFormat>> {
        let Some(at) = operand_place(self.cursor.text().as_str(), "FORMAT=") else { return Ok(None) };
        let here = self.cursor.at();
        self.cursor.go_to(at + "FORMAT".len());
        let format = self.format_value();
        self.cursor.go_to(here);
        format.map(Some)
    }

    /// `=(..)`, `=ALL`, `=NONE`.
    pub fn condition_value(&mut self, format: Option<&NamedFormat>) -> Result<Condition> {
        self.cursor.equals()?;
        for (word, condition) in [("ALL", Condition::All), ("NONE", Condition::Nothing)] {
            if self.cursor.eat_word(word) || self.cursor.eat_text(&format!("({word})")) {
                return Ok(condition);
            }
        }
        self.condition_in_parentheses(format)
    }

    /// `(..)`.
    pub fn condition_in_parentheses(&mut self, format: Option<&NamedFormat>) -> Result<Condition> {
        let familiar = self.cursor.set_familiar(message::COMPARISON_FIELD);
        self.cursor.open()?;
        let condition = self.any_of(format)?;
        self.cursor.close()?;
        self.cursor.set_familiar(familiar);
        Ok(condition)
    }

    /// Conditions joined by OR. AND binds tighter.
    fn any_of(&mut self, format: Option<&NamedFormat>) -> Result<Condition> {
        let mut parts = vec![self.all_of(format)?];
        while self.connective("OR", '|') {
            self.cursor.expect_comma()?;
            parts.push(self.all_of(format)?);
        }
        Ok(joined(parts, Condition::Or))
    }

    fn all_of(&mut self, format: Option<&NamedFormat>) -> Result<Condition> {
        let mut parts = vec![self.one_of(format)?];
        while self.connective("AND", '&') {
            self.cursor.expect_comma()?;
            parts.push(self.one_of(format)?);
        }
        Ok(joined(parts, Condition::And))
    }

    /// `,AND` or `,&`.
    fn connective(&mut self, word: &str, sign: char) -> bool {
        let mut ahead = self.cursor.clone();
        let found = ahead.comma() && (ahead.eat_word(word) || ahead.eat(sign));
        if found {
            self.cursor = ahead;
        }
        found
    }

    fn one_of(&mut self, format: Option<&NamedFormat>) -> Result<Condition> {
        if self.cursor.peek() == Some('(') {
            return self.condition_in_parentheses(format);
        }
        self.comparison(format).map(|test| Condition::Test(Box::new(test)))
    }

    /// `p,m[,f],operator,value`.
    fn comparison(&mut self, default: Option<&NamedFormat>) -> Result<Test> {
        let start = self.cursor.at();
        let head = self.cursor.head()?.ok_or_else(|| self.cursor.expected("a field"))?;
        let format = self.format_of(&head, default)?;
        self.cursor.expect_comma()?;
        if let Some(test) = self.bit_operator() {
            return self.bit_test(start, &head, &format, test);
        }
        let relation = self.relation()?;
        self.cursor.expect_comma()?;
        if format.format == Format::Substring {
            return self.substring(start, &head, &format, relation);
        }
        if let Some(test) = self.content_ahead() {
            return self.content_test(start, &head, &format, relation, test);
        }
        if self.is_bit_pattern() {
            return self.bit_pattern(start, &head, &format, relation);
        }
        let left = self.field(&head, &format, Use::Comparison, message::COMPARISON_FIELD)?;
        let right = self.comparand(&format, default)?;
        let span = self.cursor.span_from(start);
        self.check_comparison(&format, &right, &span);
        Ok(Test::Compare { left, relation, right: right.into_comparand(), span })
    }

    /// The format of a field: written behind it, that of the statement, that of its symbol. Parsed fields are text.
    pub(super) fn format_of(&mut self, head: &Head, default: Option<&NamedFormat>) -> Result<NamedFormat> {
        if let Some(format) = self.written_format() {
            return Ok(format);
        }
        let text = matches!(head.place, HeadPlace::Parsed(_)).then(|| NamedFormat::named("CH")).flatten();
        match default.cloned().or_else(|| symbol_format(head)).or(text) {
            Some(format) => Ok(format),
            None => {
                let mut ahead = self.cursor.clone();
                ahead.comma();
                let word = ahead.name_ahead();
                let is_operator = RELATIONS.iter().any(|(name, _)| *name == word)
                    || BIT_TESTS.iter().any(|(name, _)| *name == word);
                if word.is_empty() || is_operator {
                    Err(self.missing_format(&head.span).note(message::COMPARISON_FIELD.shown()))
                } else {
                    self.cursor = ahead;
                    Err(self.no_format(self.cursor.at(), word))
                }
            }
        }
    }

    fn bit_operator(&mut self) -> Option<BitTest> {
        let word = self.cursor.word_ahead();
        let (name, test) = BIT_TESTS.iter().find(|(name, _)| *name == word)?;
        self.cursor.skip(name.len());
        Some(*test)
    }

    fn relation(&mut self) -> Result<Relation> {
        let word = self.cursor.word_ahead();
        if let Some((name, relation)) = RELATIONS.iter().find(|(name, _)| *name == word) {
            self.cursor.skip(name.len());
            return Ok(*relation);
        }
        Err(self.cursor.expected("EQ, NE, GT, GE, LT or LE"))
    }

    /// `true` for NE; other relations do not suit the test.
    fn negation(&self, start: usize, relation: Relation, what: &str) -> Result<bool> {
        match relation {
            Relation::Eq => Ok(false),
            Relation::Ne => Ok(true),
            _ => {
                let message = format!("{what} is EQ or NE");
                Err(self.cursor.known_error(
                    start,
                    codes::CTL012,
                    message::ILLEGAL_COMPARISON,
                    message,
                    "neither EQ nor NE",
                ))
            }
        }
    }

    fn substring(
        &mut self,
        start: usize,
        head: &Head,
        format: &NamedFormat,
        relation: Relation,
    ) -> Result<Test> {
        let negated = self.negation(start, relation, "a substring test")?;
        let field = self.field(head, format, Use::Comparison, message::COMPARISON_FIELD)?;
        let literal = self.cursor.literal()?.ok_or_else(|| {
            self.cursor.expected("a constant C'..' or X'..'").note(message::ILLEGAL_COMPARISON.shown())
        })?;
        if literal.bytes.is_empty() {
            return Err(self.cursor.wrong(
                start,
                "an empty constant cannot be searched",
                "nothing to search",
            ));
        }
        Ok(Test::Substring { field, negated, constant: literal.bytes, span: self.cursor.span_from(start) })
    }

    fn content_ahead(&mut self) -> Option<NumericTest> {
        const TESTS: [(&str, NumericTest); 7] = [
            ("NUM", NumericTest::Number),
            ("UC", NumericTest::Upper),
            ("LC", NumericTest::Lower),
            ("MC", NumericTest::Mixed),
            ("UN", NumericTest::UpperDigits),
            ("LN", NumericTest::LowerDigits),
            ("MN", NumericTest::MixedDigits),
        ];
        let word = self.cursor.name_ahead();
        let (name, test) = TESTS.iter().find(|(name, _)| *name == word)?;
        self.cursor.skip(name.len());
        Some(*test)
    }

    fn content_test(
        &mut self,
        start: usize,
        head: &Head,
        format: &NamedFormat,
        relation: Relation,
        test: NumericTest,
    ) -> Result<Test> {
        let negated = self.negation(start, relation, "a test of the content of a field")?;
        let field = CardField { place: self.place(head)?, format: format.format, span: head.span.clone() };
        let possible: &[SortFormat] = if test == NumericTest::Number {
            &[SortFormat::FloatingSign, SortFormat::Zoned, SortFormat::Packed]
        } else {
            &[SortFormat::Binary, SortFormat::Character]
        };
        if !possible.iter().any(|known| field.format == Format::Sort(*known)) {
            let names = if test == NumericTest::Number { "FS, ZD or PD" } else { "CH or BI" };
            let message = format!("this test is for fields of format {names}, not {}", format.name);
            self.problem(codes::CTL012, message::ILLEGAL_COMPARISON, &head.span, message, "another format");
        }
        Ok(Test::Content { field, negated, test, span: self.cursor.span_from(start) })
    }

    fn binary_field(&mut self, head: &Head, format: &NamedFormat) -> Result<CardField> {
        if format.format != Format::Sort(SortFormat::Binary) {
            let message = format!("bits are tested in fields of format BI, not {}", format.name);
            self.problem(codes::CTL012, message::ILLEGAL_COMPARISON, &head.span, message, "not BI");
        }
        Ok(CardField { place: self.place(head)?, format: format.format, span: head.span.clone() })
    }

    fn bit_test(&mut self, start: usize, head: &Head, format: &NamedFormat, test: BitTest) -> Result<Test> {
        let field = self.binary_field(head, format)?;
        self.cursor.expect_comma()?;
        let at = self.cursor.at();
        let mask = match self.cursor.bits()? {
            Some(bits) if bits.contains('.') => {
                return Err(self.cursor.wrong(
                    at,
                    "a mask has bits 0 and 1 only",
                    "a period is for patterns of EQ and NE",
                ));
            }
            Some(bits) => bit_bytes(&bits, '1'),
            None => match self.cursor.literal()? {
                Some(literal) if literal.kind == LiteralKind::Hex => literal.bytes,
                _ => return Err(self.cursor.expected("a mask B'..' or X'..'")),
            },
        };
        Ok(Test::Bits { field, test, mask, span: self.cursor.span_from(start) })
    }

    fn is_bit_pattern(&self) -> bool {
        use crate::control::deck::{Constant, Symbol};
        self.cursor.ahead().starts_with("B'")
            || matches!(self.cursor.peek_symbol(), Some(Symbol::Constant(Constant::Bits(_))))
    }

    fn bit_pattern(
        &mut self,
        start: usize,
        head: &Head,
        format: &NamedFormat,
        relation: Relation,
    ) -> Result<Test> {
        let negated = self.negation(start, relation, "a comparison with bits")?;
        let field = self.binary_field(head, format)?;
        let bits = self.cursor.bits()?.ok_or_else(|| self.cursor.expected("a constant B'..'"))?;
        let care = bit_bytes(&bits.replace('0', "1"), '1');
        Ok(Test::BitPattern {
            field,
            negated,
            care,
            bits: bit_bytes(&bits, '1'),
            span: self.cursor.span_from(start),
        })
    }
}

/// Bytes with a one for each character that is `one`.
pub(super) fn bit_bytes(bits: &str, one: char) -> Vec<u8> {
    let one = u8::try_from(one).unwrap_or(b'1');
    bits.as_bytes()
        .chunks(8)
        .map(|byte| byte.iter().fold(0, |value, bit| value << 1 | u8::from(*bit == one)))
        .collect()
}

fn joined(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}

/// Where an operand stands outside parentheses and literals.
pub(super) fn operand_place(text: &str, operand: &str) -> Option<usize> {
    let (mut quoted, mut depth, mut starts) = (false, 0u32, true);
    for (at, c) in text.char_indices() {
        if starts && depth == 0 && !quoted && text[at..].starts_with(operand) {
            return Some(at);
        }
        starts = matches!(c, ',' | ';' | ' ');
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth = depth.saturating_add(1),
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// What stands on the right of a comparison, with the format if it is a field.
pub(super) enum Right {
    /// A field.
    Field(CardField, NamedFormat),
    /// Anything else.
    Constant(Comparand),
}

impl Right {
    fn into_comparand(self) -> Comparand {
        match self {
            Right::Field(field, _) => Comparand::Field(field),
            Right::Constant(comparand) => comparand,
        }
    }
}
