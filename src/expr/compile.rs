//! Names to places, types checked: a syntax tree becomes a condition, an arithmetic expression, an operand or a move.

use std::cell::RefCell;
use std::sync::Arc;

use super::arithmetic::{Arithmetic, Term};
use super::condition::{Condition, TextValue};
use super::float::{self, FloatValue};
use super::function::{Calendars, Called};
use super::intermediate::Arith;
use super::level88::condition_value;
use super::meaning::Guard;
use super::movement::{Move, Source, pattern};
use super::operand::{FieldRef, Operand, Place};
use super::scope::{Lookup, Scope};
use super::syntax::{ArithmeticOp, ClassName, Figurative, NameRef, Node, NodeKind, Relation, SignName};
use crate::copybook::{self, Edit, Layout, NumberShape, Shape, SignPlace, Usage};
use crate::decimal::{Decimal, Rounding};
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::edited::EditMask;
use crate::encoding::{CodePage, FloatFormat};
use crate::record::Overflow;

/// Compiles expressions against the records in scope.
#[derive(Clone, Copy, Debug)]
pub struct Compiler<'s> {
    scope: &'s Scope,
    preferred: Option<usize>,
    root: Option<copybook::FieldId>,
    noted: Option<&'s RefCell<Vec<FieldRef>>>,
    /// The code page of literals that stand beside no field.
    page: Option<CodePage>,
    calendars: Option<&'s Calendars>,
    /// How many digits intermediate results have; all of them if not given.
    arith: Option<Arith>,
}

/// What a name stands for.
enum Named {
    Field(Box<FieldRef>),
    Condition(usize, usize),
}

impl<'s> Compiler<'s> {
    /// A compiler for expressions on these records.
    pub fn new(scope: &'s Scope) -> Self {
        Compiler { scope, preferred: None, root: None, noted: None, page: None, calendars: None, arith: None }
    }

    /// The same compiler, for names that mean the record in this slot if it has them.
    pub fn preferring(self, slot: Option<usize>) -> Self {
        Compiler { preferred: slot, ..self }
    }

    /// The same compiler, for names that mean fields of this 01 level if it has them.
    pub fn within(self, root: copybook::FieldId) -> Self {
        Compiler { root: Some(root), ..self }
    }

    /// The same compiler, noting every field that the expressions it compiles speak of.
    pub fn noting(self, fields: &'s RefCell<Vec<FieldRef>>) -> Self {
        Compiler { noted: Some(fields), ..self }
    }

    /// The same compiler, for texts in this code page where no field says another one.
    pub fn in_page(self, page: CodePage) -> Self {
        Compiler { page: Some(page), ..self }
    }

    /// The same compiler, for functions that ask these calendars.
    pub fn with_calendars(self, calendars: &'s Calendars) -> Self {
        Compiler { calendars: Some(calendars), ..self }
    }

    /// The same compiler, for arithmetic whose intermediate results have the digits that this compiler option gives them.
    pub fn with_arith(self, arith: Option<Arith>) -> Self {
        Compiler { arith, ..self }
    }

    pub(super) fn calendars(&self) -> Option<&'s Calendars> {
        self.calendars
    }

    pub(super) fn default_page(&self) -> CodePage {
        let first = || self.scope.slots().first().map(|slot| slot.format.page);
        self.page.or_else(first).unwrap_or_default()
    }

    /// Reads and compiles a condition.
    pub fn condition(&self, text: &Span) -> Result<Condition> {
        self.condition_node(&super::parse(text)?)
    }

    /// Reads and compiles an arithmetic expression for a receiver with this many decimals.
    pub fn arithmetic(&self, text: &Span, receiver_decimals: i16) -> Result<Arithmetic> {
        self.arithmetic_node(&super::parse(text)?, receiver_decimals)
    }

    /// Reads and compiles a reference to a field, subscripts and reference modification included.
    pub fn field(&self, text: &Span) -> Result<FieldRef> {
        let node = super::parse(text)?;
        match &node.kind {
            NodeKind::Name(name) => self.field_node(name, &node.span),
            _ => Err(Diagnostic::error(codes::EXP004, "a field is needed here, not a value")
                .at(&node.span, "not a field")
                .hint("name a field of the copybook")),
        }
    }

    /// Reads and compiles a value: a field, a literal, a figurative constant or arithmetic.
    pub fn operand(&self, text: &Span) -> Result<Operand> {
        self.operand_node(&super::parse(text)?)
    }

    /// Compiles `MOVE from TO to`.
    pub fn movement(&self, from: &Span, to: FieldRef, overflow: Overflow) -> Result<Move> {
        let node = super::parse(from)?;
        let from = self.move_source(&node, &to)?;
        Ok(Move::new(from, to, overflow))
    }

    fn condition_node(&self, node: &Node) -> Result<Condition> {
        match &node.kind {
            NodeKind::Compare(relation, left, right) => self.comparison(*relation, left, right, &node.span),
            NodeKind::Class(class, operand) => self.class_test(*class, operand),
            NodeKind::Sign(sign, operand) => self.sign_test(*sign, operand),
            NodeKind::Name(name) => match self.named(name, &node.span)? {
                Named::Condition(slot, at) => self.condition_name(slot, at, name, &node.span),
                Named::Field(field) if self.kind_test(name, &field).is_some() => self.kind_of(name, *field),
                Named::Field(field) => Err(Diagnostic::error(
                    codes::EXP004,
                    format!("{} is a field; a condition is needed here", field.name()),
                )
                .at(&node.span, "not a condition")
                .hint(format!("compare it, for example: {} = ...", field.name()))),
            },
            NodeKind::NameOrObject(name, relation, subject) => match self.named(name, &node.span)? {
                Named::Condition(slot, at) => self.condition_name(slot, at, name, &node.span),
                Named::Field(field) if self.kind_test(name, &field).is_some() => self.kind_of(name, *field),
                Named::Field(_) => {
                    let object = Node { kind: NodeKind::Name(name.clone()), span: node.span.clone() };
                    self.comparison(*relation, subject, &object, &node.span)
                }
            },
            NodeKind::Not(inner) => Ok(Condition::Not(Box::new(self.condition_node(inner)?))),
            NodeKind::And(parts) => Ok(Condition::All(self.conditions(parts)?)),
            NodeKind::Or(parts) => Ok(Condition::Any(self.conditions(parts)?)),
            _ => Err(Diagnostic::error(codes::EXP004, "a condition is needed here, not a value")
                .at(&node.span, "not a condition")
                .hint("compare it with something: = <> < <= > >=")),
        }
    }

    /// The test that the name of a kind of records is, where a condition is needed.
    fn kind_test(&self, name: &NameRef, field: &FieldRef) -> Option<Guard> {
        if name.modification.is_some() {
            return None;
        }
        self.scope.slot(field.slot).meaning.kind_test(&field.format.layout, field.id)
    }

    fn kind_of(&self, name: &NameRef, field: FieldRef) -> Result<Condition> {
        let guard = self.kind_test(name, &field).map(Box::new);
        Ok(Condition::Kind(Box::new(FieldRef { guard, ..field })))
    }

    fn conditions(&self, parts: &[Node]) -> Result<Vec<Condition>> {
        parts.iter().map(|part| self.condition_node(part)).collect()
    }

    pub(super) fn comparison(
        &self,
        relation: Relation,
        left: &Node,
        right: &Node,
        span: &Span,
    ) -> Result<Condition> {
        let page = self.page_of_node(left).or_else(|| self.page_of_node(right));
        let compiler = page.map_or(*self, |page| self.in_page(page));
        let (a, b) = (compiler.operand_node(left)?, compiler.operand_node(right)?);
        if let Some(format) = float_format(&a).or_else(|| float_format(&b)) {
            let (a, b) = (self.float_value(a, left, right)?, self.float_value(b, right, left)?);
            return Ok(Condition::Floats(relation, Box::new(a), Box::new(b), format));
        }
        if is_numeric(&a) && is_numeric(&b) && (counts_as_number(&a) || counts_as_number(&b)) {
            let decimals = decimals(&a).max(decimals(&b));
            let left = self.arithmetic_node(left, decimals)?;
            let right = self.arithmetic_node(right, decimals)?;
            return Ok(Condition::Numbers(relation, Box::new(left), Box::new(right)));
        }
        let page = match (page_of(&a), page_of(&b)) {
            (Some(a), Some(b)) if a != b => {
                return Err(Diagnostic::error(codes::EXP004, "the two fields are in different code pages")
                    .at(span, format!("{} against {}", a.name(), b.name()))
                    .hint("compare fields of datasets in one code page"));
            }
            (Some(page), _) | (None, Some(page)) => page,
            (None, None) => CodePage::default(),
        };
        let a = text_value(a, page, &left.span, &right.span)?;
        let b = text_value(b, page, &right.span, &left.span)?;
        Ok(Condition::Texts(relation, Box::new(a), Box::new(b), page))
    }

    /// A side of a comparison with a float.
    fn float_value(&self, operand: Operand, node: &Node, other: &Node) -> Result<FloatValue> {
        match operand {
            Operand::Field(field) if float::is_float(&field) => Ok(FloatValue::Field(field)),
            operand if is_numeric(&operand) => {
                Ok(FloatValue::Number(Box::new(self.arithmetic_node(node, 0)?)))
            }
            _ => {
                let (other, own) = (other.span.text(), node.span.text());
                Err(Diagnostic::error(codes::EXP004, format!("{other} is a number, {own} is not"))
                    .at(&node.span, format!("cannot be compared with {other}"))
                    .hint("compare floating-point fields with numbers (no quotes)"))
            }
        }
    }

    fn sign_test(&self, sign: SignName, operand: &Node) -> Result<Condition> {
        let value = match self.operand_node(operand)? {
            Operand::Field(field) if float::is_float(&field) => field,
            _ => return Ok(Condition::Sign(sign, Box::new(self.arithmetic_node(operand, 0)?))),
        };
        let relation = match sign {
            SignName::Positive => Relation::Greater,
            SignName::Negative => Relation::Less,
            SignName::Zero => Relation::Equal,
        };
        let format = value.float;
        let zero = FloatValue::Literal(false, 0, 0);
        Ok(Condition::Floats(relation, Box::new(FloatValue::Field(value)), Box::new(zero), format))
    }

    fn class_test(&self, class: ClassName, operand: &Node) -> Result<Condition> {
        let Operand::Field(field) = self.operand_node(operand)? else {
            return Err(Diagnostic::error(codes::EXP004, "a class test needs a field")
                .at(&operand.span, "not a field")
                .hint("name a field of the copybook"));
        };
        if class != ClassName::Numeric && field.number().is_some() {
            return Err(Diagnostic::error(
                codes::EXP004,
                format!("{} is a number, it cannot be alphabetic", field.name()),
            )
            .at(&operand.span, "a number")
            .hint("test a PIC X field"));
        }
        Ok(Condition::Class(class, field))
    }

    /// A condition name as the comparisons it stands for.
    fn condition_name(&self, slot: usize, at: usize, name: &NameRef, span: &Span) -> Result<Condition> {
        let format = &self.scope.slot(slot).format;
        let condition = &format.layout.conditions()[at];
        let field = self.place_field(slot, condition.field, name, span)?;
        let tests = condition.values.iter().map(|value| condition_value(&field, value, span));
        let mut tests = tests.collect::<Result<Vec<Condition>>>()?;
        Ok(if tests.len() == 1 { tests.remove(0) } else { Condition::Any(tests) })
    }

    pub(super) fn arithmetic_node(&self, node: &Node, receiver_decimals: i16) -> Result<Arithmetic> {
        let mut decimals_max = receiver_decimals;
        let root = self.term(node, &mut decimals_max, true)?;
        let arithmetic = Arithmetic::new(root, decimals_max);
        Ok(match self.arith {
            None => arithmetic,
            Some(arith) => arithmetic.carried(arith),
        })
    }

    /// `counts` is false below divisors and exponents, whose decimals do not count for dmax.
    fn term(&self, node: &Node, dmax: &mut i16, counts: bool) -> Result<Term> {
        let mut count = |scale: i16| *dmax = if counts { (*dmax).max(scale) } else { *dmax };
        match &node.kind {
            NodeKind::Number(number) => {
                count(number.scale());
                let digits = number.coefficient().unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
                self.check_digits(digits, &node.span)?;
                Ok(Term::Constant(*number))
            }
            NodeKind::Figurative(Figurative::Zeros) => Ok(Term::Constant(Decimal::ZERO)),
            NodeKind::Name(name) => {
                let field = self.field_node(name, &node.span)?;
                let Some(shape) = field.number() else { return Err(not_a_number(&field, &node.span)) };
                count(i16::from(shape.scale));
                self.check_digits(u32::from(shape.digits), &node.span)?;
                Ok(Term::Field(Box::new(field), shape))
            }
            NodeKind::Function(function) => match self.call(function, &node.span)? {
                Called::Number(function) => {
                    count(function.decimals());
                    Ok(Term::Function(Box::new(function)))
                }
                Called::Text(_) => Err(not_a_number_but_text(node)),
            },
            NodeKind::Negate(inner) => Ok(Term::Negate(Box::new(self.term(inner, dmax, counts)?))),
            NodeKind::Arithmetic(op, left, right) => {
                let right_counts = counts && !matches!(op, ArithmeticOp::Divide | ArithmeticOp::Power);
                let left = self.term(left, dmax, counts)?;
                let span = &right.span;
                let right = self.term(right, dmax, right_counts)?;
                let is_broken = |exponent: Decimal| exponent.rescale(0, Rounding::Prohibited).is_err();
                if *op == ArithmeticOp::Power && right.constant().is_some_and(is_broken) {
                    return Err(Diagnostic::error(codes::EXP004, "a power needs a whole exponent")
                        .at(span, "not whole")
                        .hint("compilers compute it in floating point, which is not exact"));
                }
                Ok(Term::Operation(*op, Box::new(left), Box::new(right)))
            }
            _ => Err(Diagnostic::error(codes::EXP004, "a number is needed here")
                .at(&node.span, "not a number")
                .hint("use numeric fields, numeric literals and + - * / **")),
        }
    }

    /// Numbers that the compiler option does not know would be cut by it at compile time.
    fn check_digits(&self, digits: u32, span: &Span) -> Result<()> {
        match self.arith {
            Some(arith) if digits > arith.digits() => {
                let message = format!("a number of {digits} digits, ARITH knows {} here", arith.digits());
                Err(Diagnostic::error(codes::EXP004, message)
                    .at(span, "too many digits")
                    .hint("write arith: extend in the rules, if the program was compiled so"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn operand_node(&self, node: &Node) -> Result<Operand> {
        Ok(match &node.kind {
            NodeKind::Name(name) => Operand::Field(Box::new(self.field_node(name, &node.span)?)),
            NodeKind::Number(number) => Operand::Number(*number),
            NodeKind::Text(text) => Operand::Text(text.clone()),
            NodeKind::Hex(bytes) => Operand::Hex(bytes.clone()),
            NodeKind::Figurative(figurative) => Operand::Figurative(figurative.clone()),
            NodeKind::Function(function) => match self.call(function, &node.span)? {
                Called::Text(function) => Operand::Function(Box::new(function)),
                Called::Number(_) => Operand::Arithmetic(Box::new(self.arithmetic_node(node, 0)?)),
            },
            NodeKind::Negate(_) | NodeKind::Arithmetic(..) => {
                Operand::Arithmetic(Box::new(self.arithmetic_node(node, 0)?))
            }
            _ => {
                return Err(Diagnostic::error(codes::EXP004, "a value is needed here, not a condition")
                    .at(&node.span, "a condition")
                    .hint("use a field, a literal or arithmetic"));
            }
        })
    }

    fn move_source(&self, node: &Node, to: &FieldRef) -> Result<Source> {
        let page = to.format.page;
        let refuse = |why: String, hint: &str| refused_move(node, why, hint);
        match (self.in_page(page).operand_node(node)?, takes_number(to)) {
            (Operand::Function(function), false) if function.page() == page => Ok(Source::Function(function)),
            (Operand::Function(_), false) => {
                refuse("the text is in another code page".to_owned(), "use fields of one code page")
            }
            (Operand::Function(_), true) => {
                refuse(format!("{} is a number, the function gives text", to.name()), "use FUNCTION NUMVAL")
            }
            (Operand::Field(from), true) => self.number_of_field(*from, to, node),
            (Operand::Field(from), false) => self.text_of_field(*from, to, node),
            (operand @ (Operand::Number(_) | Operand::Arithmetic(_)), true) => Ok(Source::Number(operand)),
            (Operand::Number(number), false) => refuse(
                format!("the number {number} cannot be moved to text {}", to.name()),
                "write it as a literal in quotes",
            ),
            (Operand::Arithmetic(_), false) => refuse(
                format!("a computed number cannot be moved to text {}", to.name()),
                "compute a numeric field",
            ),
            (Operand::Text(text), true) => match text.trim().parse::<Decimal>() {
                Ok(number) => Ok(Source::Number(Operand::Number(number))),
                Err(_) => refuse(format!("'{text}' is not a number, but {} is", to.name()), "move a number"),
            },
            (Operand::Text(text), false) => Ok(Source::Literal(encode_literal(&text, page, &node.span)?)),
            (Operand::Hex(bytes), false) => Ok(Source::Literal(bytes)),
            (Operand::Figurative(Figurative::Zeros), true) => {
                Ok(Source::Number(Operand::Number(Decimal::ZERO)))
            }
            (Operand::Figurative(figurative), _) if to.number().is_none() => match pattern(&figurative, page)
            {
                Some(bytes) => Ok(Source::Repeated(bytes)),
                None => {
                    refuse("the constant has a character that the code page lacks".to_owned(), "use another")
                }
            },
            (Operand::Hex(_) | Operand::Figurative(_), _) => {
                refuse(format!("{} is a number", to.name()), "move a number, or ZERO")
            }
        }
    }

    /// A field moved to where numbers are stored: numeric, numeric-edited, floating point.
    fn number_of_field(&self, from: FieldRef, to: &FieldRef, node: &Node) -> Result<Source> {
        match from.shape {
            Shape::Float(_) if from.shape == to.shape && from.float == to.float => {
                self.bytes_source(from, to, &node.span)
            }
            Shape::Float(_) if matches!(to.shape, Shape::Float(_)) => refused_move(
                node,
                format!("{} and {} are different floats", from.name(), to.name()),
                "move it to a decimal field first",
            ),
            _ if float::is_float(&from) => Ok(Source::Float(from)),
            Shape::Number(_) => Ok(Source::Number(Operand::Field(Box::new(from)))),
            Shape::Text => Ok(Source::TextDigits(from)),
            Shape::Edited(_) => match edit_mask(&from) {
                Some(mask) => Ok(Source::Edited(from, mask)),
                None => self.bytes_source(from, to, &node.span),
            },
            Shape::Group => self.bytes_source(from, to, &node.span),
            _ => refused_move(
                node,
                format!("{} is no number and no text of the code page", from.name()),
                "move a numeric field, or a PIC X field that holds digits",
            ),
        }
    }

    /// A field moved to text or to a group.
    fn text_of_field(&self, from: FieldRef, to: &FieldRef, node: &Node) -> Result<Source> {
        match (from.shape, to.shape) {
            (Shape::Number(shape), Shape::Text) if shape.scale > 0 => refused_move(
                node,
                format!("{} has decimals and cannot be moved to text", from.name()),
                "move it to a numeric field, or to an integer first",
            ),
            (Shape::Number(shape), Shape::Text) => Ok(Source::Digits(from, shape)),
            (Shape::Float(_), Shape::Text) => refused_move(
                node,
                format!("{} is a floating-point number and cannot be moved to text", from.name()),
                "move it to a numeric or numeric-edited field",
            ),
            (_, Shape::Edited(_)) if from.shape != to.shape && from.shape != Shape::Group => refused_move(
                node,
                format!("{} is external floating point, which nothing but a group is moved to", to.name()),
                "use a numeric or numeric-edited field",
            ),
            _ => self.bytes_source(from, to, &node.span),
        }
    }

    fn bytes_source(&self, from: FieldRef, to: &FieldRef, span: &Span) -> Result<Source> {
        if from.format.page != to.format.page {
            return Err(Diagnostic::error(codes::EXP004, "the two fields are in different code pages")
                .at(span, format!("{} to {}", from.format.page.name(), to.format.page.name()))
                .hint("give both datasets the same code-page"));
        }
        Ok(Source::Bytes(from))
    }

    /// The field of a condition name, and the condition.
    pub(super) fn condition_field(&self, text: &Span) -> Result<(FieldRef, &copybook::Condition)> {
        let node = super::parse(text)?;
        if let NodeKind::Name(name) = &node.kind
            && let Named::Condition(slot, at) = self.named(name, &node.span)?
        {
            let condition = &self.scope.slot(slot).format.layout.conditions()[at];
            let field = self.place_field(slot, condition.field, name, &node.span)?;
            return Ok((field, condition));
        }
        Err(Diagnostic::error(codes::EXP004, "a condition name is needed here")
            .at(&node.span, "not a condition name")
            .hint("name a condition (level 88), or move a value to the field"))
    }

    pub(super) fn field_node(&self, name: &NameRef, span: &Span) -> Result<FieldRef> {
        match self.named(name, span)? {
            Named::Field(field) => Ok(*field),
            Named::Condition(..) => Err(Diagnostic::error(
                codes::EXP004,
                format!("{} is a condition name, not a field", name.name),
            )
            .at(span, "a condition name")
            .hint("use the field it belongs to")),
        }
    }

    fn named(&self, name: &NameRef, span: &Span) -> Result<Named> {
        match self.find(name) {
            Lookup::Field(slot, id) => {
                self.place_field(slot, id, name, span).map(|field| Named::Field(Box::new(field)))
            }
            Lookup::Condition(slot, at) => Ok(Named::Condition(slot, at)),
            Lookup::Unknown(nearest) => {
                let records: Vec<&str> = self.scope.slots().iter().map(|slot| slot.name.as_str()).collect();
                let error = Diagnostic::error(codes::EXP002, format!("there is no field {}", name.name))
                    .at(span, "unknown name")
                    .note(format!("records in scope: {}", records.join(", ")));
                Err(match nearest {
                    Some(nearest) => error.hint(format!("did you mean {nearest}?")),
                    None => error.hint("see the names with: offhost layout COPYBOOK"),
                })
            }
            Lookup::Ambiguous(paths) => {
                Err(Diagnostic::error(codes::EXP003, format!("{} means more than one field", name.name))
                    .at(span, "ambiguous")
                    .note(format!("it could be {}", paths.join("; or ")))
                    .hint("qualify it with OF"))
            }
        }
    }

    pub(super) fn find(&self, name: &NameRef) -> Lookup {
        self.scope.lookup(&name.name, &name.qualifiers, self.preferred, self.root)
    }

    pub(super) fn scope(&self) -> &Scope {
        self.scope
    }

    /// The place of a field, with the subscripts and reference modification of `name`.
    pub(super) fn place_field(
        &self,
        slot: usize,
        id: crate::copybook::FieldId,
        name: &NameRef,
        span: &Span,
    ) -> Result<FieldRef> {
        let format = self.scope.slot(slot).format.clone();
        let field = format.layout.field(id).clone();
        if field.dims.len() != name.subscripts.len() {
            let (wanted, given) = (field.dims.len(), name.subscripts.len());
            return Err(Diagnostic::error(
                codes::EXP005,
                format!("{} needs {wanted} subscripts, {given} given", field.display_name()),
            )
            .at(span, "wrong number of subscripts")
            .hint(if wanted == 0 {
                "remove the subscripts"
            } else {
                "a table item is written NAME(1)"
            }));
        }
        let whole = |node: &Node| self.arithmetic_node(node, 0);
        let subscripts = name.subscripts.iter().map(whole).collect::<Result<Vec<_>>>()?;
        let modification = match &name.modification {
            None => None,
            Some((start, length)) => Some((whole(start)?, length.as_deref().map(whole).transpose()?)),
        };
        let place = self.place(&format.layout, &field, subscripts, modification.clone(), span)?;
        let shape = if modification.is_some() { Shape::Text } else { field.shape };
        let meaning = &self.scope.slot(slot).meaning;
        let guard = meaning.guard(&format.layout, id).map(Box::new);
        let justified = field.justified && modification.is_none();
        let window = if guard.is_none() { place.window(shape, format.page) } else { None };
        let float = meaning.float(id);
        let insertions = match &field.edit {
            Some(Edit::Text(mask)) if modification.is_none() && !mask.national() => Some(Arc::clone(mask)),
            _ => None,
        };
        let field = FieldRef {
            slot,
            id,
            shape,
            justified,
            insertions,
            float,
            format,
            place,
            window,
            recalled: None,
            guard,
        };
        if let Some(noted) = self.noted {
            noted.borrow_mut().push(field.clone());
        }
        Ok(field)
    }

    /// A fixed place if everything is constant, after checking the constants against the field.
    fn place(
        &self,
        layout: &Layout,
        field: &crate::copybook::Field,
        subscripts: Vec<Arithmetic>,
        modification: Option<(Arithmetic, Option<Arithmetic>)>,
        span: &Span,
    ) -> Result<Place> {
        let constant = |value: &Arithmetic| value.constant().map(whole_number);
        let refuse = |message: String| {
            Err(Diagnostic::error(codes::EXP005, message)
                .at(span, "out of range")
                .hint("subscripts and positions count from 1"))
        };
        let mut start = Some(field.offset);
        for (dim, subscript) in field.dims.iter().zip(&subscripts) {
            match constant(subscript) {
                Some(value) if value < 1 || value > i128::from(dim.max) => {
                    return refuse(format!("subscript {value} is outside 1 to {}", dim.max));
                }
                Some(value) => start = start.map(|s| s + (value as usize - 1) * dim.stride),
                None => start = None,
            }
        }
        // How many entries a variable table has is only known in the record.
        let counted = field
            .dims
            .iter()
            .any(|dim| layout.field(dim.table).occurs.as_ref().is_some_and(|o| o.depending_on.is_some()));
        let mut range = start.filter(|_| !field.moving && !counted).map(|start| start..start + field.length);
        if let Some((from, length)) = &modification {
            let from = constant(from);
            let length = match length {
                None => from.map(|from| field.length as i128 - from + 1),
                Some(length) => constant(length),
            };
            match (from, length) {
                (Some(from), Some(length))
                    if from < 1 || length < 1 || from - 1 + length > field.length as i128 =>
                {
                    let name = field.display_name();
                    return refuse(format!(
                        "({from}:{length}) does not lie inside {name}, {} bytes",
                        field.length
                    ));
                }
                (Some(from), Some(length)) => {
                    range =
                        range.map(|r| r.start + from as usize - 1..r.start + (from - 1 + length) as usize);
                }
                _ => range = None,
            }
        }
        Ok(range.map_or(Place::Computed { subscripts, modification }, Place::Fixed))
    }
}

fn whole_number(number: Decimal) -> i128 {
    number.rescale(0, Rounding::Prohibited).map_or(0, Decimal::coefficient)
}

fn refused_move(node: &Node, why: String, hint: &str) -> Result<Source> {
    Err(Diagnostic::error(codes::EXP004, why).at(&node.span, "cannot be moved there").hint(hint))
}

/// True if a MOVE there stores a number (Language Reference, "MOVE statement", elementary moves).
pub(super) fn takes_number(to: &FieldRef) -> bool {
    to.number().is_some() || matches!(to.shape, Shape::Float(_)) || edit_mask(to).is_some()
}

/// The mask of a numeric-edited field.
pub(super) fn edit_mask(field: &FieldRef) -> Option<Arc<EditMask>> {
    match (&field.format.layout.field(field.id).edit, field.shape) {
        (Some(Edit::Number(mask)), Shape::Edited(_)) => Some(Arc::clone(mask)),
        _ => None,
    }
}

fn not_a_number(field: &FieldRef, span: &Span) -> Box<Diagnostic> {
    let described = field.format.layout.field(field.id).shape_text();
    let (what, hint) = match field.shape {
        _ if float::is_float(field) => (
            "a floating-point number, which is not exact",
            "floats can be compared and moved; move it to a decimal field to compute with it",
        ),
        Shape::Edited(_) => {
            ("numeric-edited, not a number", "move it to a numeric field, which takes the editing away")
        }
        _ => ("not a number", "arithmetic needs numeric fields"),
    };
    Diagnostic::error(codes::EXP004, format!("{} is {what}", field.name())).at(span, described).hint(hint)
}

fn not_a_number_but_text(node: &Node) -> Box<Diagnostic> {
    Diagnostic::error(codes::EXP004, "a number is needed here, the function gives text")
        .at(&node.span, "text")
        .hint("use FUNCTION NUMVAL to read a number in a text")
}

/// The form of floats that a comparison goes by, if the operand is one.
fn float_format(operand: &Operand) -> Option<FloatFormat> {
    match operand {
        Operand::Field(field) if float::is_float(field) => Some(field.float),
        _ => None,
    }
}

pub(super) fn encode_literal(text: &str, page: CodePage, span: &Span) -> Result<Vec<u8>> {
    page.encode(text).map_err(|character| {
        Diagnostic::error(codes::EXP006, format!("code page {} has no character '{character}'", page.name()))
            .at(span, "not in the code page")
            .hint("write the bytes as a hexadecimal literal: X'..'")
    })
}

fn is_numeric(operand: &Operand) -> bool {
    match operand {
        Operand::Field(field) => field.number().is_some(),
        Operand::Number(_) | Operand::Arithmetic(_) => true,
        Operand::Figurative(figurative) => *figurative == Figurative::Zeros,
        Operand::Text(_) | Operand::Hex(_) | Operand::Function(_) => false,
    }
}

/// ZERO alone is a number only beside a number.
fn counts_as_number(operand: &Operand) -> bool {
    is_numeric(operand) && !matches!(operand, Operand::Figurative(_))
}

fn decimals(operand: &Operand) -> i16 {
    match operand {
        Operand::Field(field) => field.number().map_or(0, |shape| i16::from(shape.scale)),
        Operand::Number(number) => number.scale(),
        _ => 0,
    }
}

fn page_of(operand: &Operand) -> Option<CodePage> {
    match operand {
        Operand::Field(field) => Some(field.format.page),
        Operand::Function(function) => Some(function.page()),
        _ => None,
    }
}

/// An operand of a text comparison. Of numbers only unsigned zoned integers can be compared as text: their digits are
/// characters.
fn text_value(operand: Operand, page: CodePage, span: &Span, other: &Span) -> Result<TextValue> {
    let refuse = |message: String| {
        Err(Diagnostic::error(codes::EXP004, message)
            .at(span, format!("cannot be compared with {}", other.text()))
            .hint("compare numbers with numbers (no quotes) and text with text (in quotes)"))
    };
    match operand {
        Operand::Field(field) => match field.number() {
            Some(NumberShape {
                usage: Usage::Zoned(SignPlace::Trailing), signed: false, scale: 0, ..
            })
            | None => Ok(TextValue::Field(field)),
            Some(_) => refuse(format!("{} is a number, {} is not", field.name(), other.text())),
        },
        Operand::Function(function) => Ok(TextValue::Function(function)),
        Operand::Text(text) => Ok(TextValue::Literal(encode_literal(&text, page, span)?)),
        Operand::Hex(bytes) => Ok(TextValue::Literal(bytes)),
        Operand::Figurative(figurative) => match pattern(&figurative, page) {
            Some(bytes) => Ok(TextValue::Repeated(bytes)),
            None => refuse("the code page has no such character".to_owned()),
        },
        Operand::Number(number) => refuse(format!("{number} is a number, {} is not", other.text())),
        Operand::Arithmetic(_) => {
            refuse(format!("a computed number cannot be compared with {}", other.text()))
        }
    }
}
