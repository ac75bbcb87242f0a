//! Tokens to a syntax tree: one precedence climb over values and conditions.
//!
//! From loose to tight: OR, AND, NOT, relation, `+ -`, `* /`, `**`, sign. Abbreviated relations are completed here:
//! `A = 1 OR 2` and `A > 1 AND < 9` (Language Reference, "Abbreviated combined relation conditions").

use super::lexer::{Kind, Token, tokens};
use super::syntax::{
    ArithmeticOp, ClassName, Figurative, FunctionRef, NameRef, Node, NodeKind, Relation, SignName,
};
use crate::diag::{Diagnostic, Result, Span, codes};

/// Nesting that no honest expression reaches.
const DEPTH_MAX: u32 = 100;
/// Operators of one kind in a row; each nests the tree one level deeper.
const CHAIN_MAX: u32 = 500;

/// Reads a whole expression: a value or a condition.
pub fn parse(text: &Span) -> Result<Node> {
    let mut parser = Parser::new(text)?;
    let node = parser.or()?;
    if parser.peek() != &Kind::End {
        return Err(parser.unexpected("an operator or the end"));
    }
    Ok(node)
}

/// Reads the tokens of a text one after the other; phrases of verbs are read with it too.
pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    /// Subject and relation of the last complete relation, for abbreviations.
    subject: Option<(Node, Relation)>,
    /// True directly among the arguments of a function, where a sign may begin the next one.
    in_arguments: bool,
}

impl Parser {
    pub(super) fn new(text: &Span) -> Result<Self> {
        Ok(Parser { tokens: tokens(text)?, at: 0, depth: 0, subject: None, in_arguments: false })
    }

    /// An error if something is left.
    pub(super) fn end(&self) -> Result<()> {
        if self.peek() == &Kind::End { Ok(()) } else { Err(self.unexpected("the end")) }
    }

    fn or(&mut self) -> Result<Node> {
        self.chain("OR", Self::and, NodeKind::Or)
    }

    fn and(&mut self) -> Result<Node> {
        self.chain("AND", Self::not, NodeKind::And)
    }

    fn chain(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Node>,
        make: fn(Vec<Node>) -> NodeKind,
    ) -> Result<Node> {
        let first = part(self)?;
        if !self.at_word(word) {
            return Ok(first);
        }
        let span = first.span.clone();
        let mut parts = vec![first];
        while self.take_word(word) {
            parts.push(part(self)?);
        }
        let span = parts.last().map_or(span.clone(), |last| span.to(&last.span));
        Ok(Node { kind: make(parts), span })
    }

    fn not(&mut self) -> Result<Node> {
        if self.at_word("NOT") && !self.relation_follows(1) {
            let span = self.next().span;
            self.enter()?;
            let operand = self.not()?;
            self.depth -= 1;
            let span = span.to(&operand.span);
            return Ok(Node { kind: NodeKind::Not(Box::new(operand)), span });
        }
        self.relation()
    }

    fn relation(&mut self) -> Result<Node> {
        // `AND < 9`: the subject is that of the relation before.
        if self.relation_follows(0) {
            let Some((subject, _)) = self.subject.clone() else { return Err(self.unexpected("a value")) };
            return self.relation_rest(subject);
        }
        let after_connective =
            self.at > 0 && (self.was_word("AND") || self.was_word("OR") || self.was_word("NOT"));
        let value = self.sum()?;
        if self.relation_follows(0) {
            return self.relation_rest(value);
        }
        match (&self.subject, after_connective) {
            (Some((subject, relation)), true) => Ok(abbreviated(value, subject.clone(), *relation)),
            _ => Ok(value),
        }
    }

    /// A relation, class or sign test after its subject.
    fn relation_rest(&mut self, subject: Node) -> Result<Node> {
        self.take_word("IS");
        let mut negated = self.take_word("NOT");
        let test = self.test_word();
        if let Some(test) = test {
            let end = self.next().span;
            let span = subject.span.to(&end);
            let kind = match test {
                Test::Class(class) => NodeKind::Class(class, Box::new(subject)),
                Test::Sign(sign) => NodeKind::Sign(sign, Box::new(subject)),
            };
            let node = Node { kind, span: span.clone() };
            return Ok(if negated { Node { kind: NodeKind::Not(Box::new(node)), span } } else { node });
        }
        let mut relation = self.relation_operator()?;
        if std::mem::take(&mut negated) {
            relation = relation.negated();
        }
        let object = self.sum()?;
        self.subject = Some((subject.clone(), relation));
        let span = subject.span.to(&object.span);
        Ok(Node { kind: NodeKind::Compare(relation, Box::new(subject), Box::new(object)), span })
    }

    fn relation_operator(&mut self) -> Result<Relation> {
        let kind = self.peek().clone();
        let relation = match &kind {
            Kind::Symbol("=") => Relation::Equal,
            Kind::Symbol("<>") => Relation::NotEqual,
            Kind::Symbol("<") => Relation::Less,
            Kind::Symbol("<=") => Relation::LessOrEqual,
            Kind::Symbol(">") => Relation::Greater,
            Kind::Symbol(">=") => Relation::GreaterOrEqual,
            Kind::Word(word) if word == "EQUAL" || word == "EQUALS" => Relation::Equal,
            Kind::Word(word) if word == "GREATER" => Relation::Greater,
            Kind::Word(word) if word == "LESS" => Relation::Less,
            _ => return Err(self.unexpected("a relation such as = or >")),
        };
        self.next();
        if !matches!(kind, Kind::Word(_)) {
            return Ok(relation);
        }
        self.take_word("THAN");
        self.take_word("TO");
        if relation != Relation::Equal && self.at_word("OR") && self.word_at(1, "EQUAL") {
            self.next();
            self.next();
            self.take_word("TO");
            return Ok(if relation == Relation::Less {
                Relation::LessOrEqual
            } else {
                Relation::GreaterOrEqual
            });
        }
        Ok(relation)
    }

    fn sum(&mut self) -> Result<Node> {
        let signs = [("+", ArithmeticOp::Add), ("-", ArithmeticOp::Subtract)];
        self.operators(&signs, Self::product)
    }

    fn product(&mut self) -> Result<Node> {
        let signs = [("*", ArithmeticOp::Multiply), ("/", ArithmeticOp::Divide)];
        self.operators(&signs, Self::power)
    }

    fn power(&mut self) -> Result<Node> {
        self.operators(&[("**", ArithmeticOp::Power)], Self::signed)
    }

    fn operators(
        &mut self,
        signs: &[(&'static str, ArithmeticOp)],
        operand: fn(&mut Self) -> Result<Node>,
    ) -> Result<Node> {
        let mut left = operand(self)?;
        let mut length = 0;
        while let Some((_, op)) = signs.iter().find(|(sign, _)| self.peek() == &Kind::Symbol(sign)) {
            if self.begins_item() {
                break;
            }
            length += 1;
            if length > CHAIN_MAX {
                return Err(self.too_deep(&format!("has more than {CHAIN_MAX} operators in a row")));
            }
            self.next();
            let right = operand(self)?;
            let span = left.span.to(&right.span);
            left = Node { kind: NodeKind::Arithmetic(*op, Box::new(left), Box::new(right)), span };
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Node> {
        match self.peek() {
            Kind::Symbol("-") => {
                let span = self.next().span;
                self.enter()?;
                let operand = self.signed()?;
                self.depth -= 1;
                let span = span.to(&operand.span);
                Ok(Node { kind: NodeKind::Negate(Box::new(operand)), span })
            }
            Kind::Symbol("+") => {
                self.next();
                self.enter()?;
                let operand = self.signed();
                self.depth -= 1;
                operand
            }
            _ => self.primary(),
        }
    }

    /// A name, a literal, a function or what stands in parentheses.
    pub(super) fn primary(&mut self) -> Result<Node> {
        let Token { kind, span } = self.tokens[self.at].clone();
        let kind = match kind {
            Kind::Number(number) => NodeKind::Number(number),
            Kind::Text(text) => NodeKind::Text(text),
            Kind::Hex(bytes) => NodeKind::Hex(bytes),
            Kind::Symbol("(") => return self.parenthesis(),
            Kind::Word(word) => return self.word(&word, span),
            Kind::Symbol(_) | Kind::End => return Err(self.unexpected("a name, a number or a literal")),
        };
        self.next();
        Ok(Node { kind, span })
    }

    fn parenthesis(&mut self) -> Result<Node> {
        self.next();
        self.enter()?;
        let outer = (self.subject.take(), std::mem::replace(&mut self.in_arguments, false));
        let node = self.or()?;
        (self.subject, self.in_arguments) = outer;
        self.depth -= 1;
        self.expect(")")?;
        Ok(node)
    }

    fn word(&mut self, word: &str, span: Span) -> Result<Node> {
        let figurative = match word {
            "SPACE" | "SPACES" => Some(Figurative::Spaces),
            "ZERO" | "ZEROS" | "ZEROES" => Some(Figurative::Zeros),
            "LOW-VALUE" | "LOW-VALUES" => Some(Figurative::LowValues),
            "HIGH-VALUE" | "HIGH-VALUES" => Some(Figurative::HighValues),
            "QUOTE" | "QUOTES" => Some(Figurative::Quotes),
            "ALL" => match &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].kind {
                Kind::Text(text) if !text.is_empty() => Some(Figurative::All(text.clone())),
                _ => None,
            },
            "FUNCTION" if matches!(self.kind_at(1), Kind::Word(_)) => return self.function(span),
            "AND" | "OR" | "NOT" | "IS" | "OF" | "IN" | "THAN" | "TO" => {
                return Err(self.unexpected("a name, a number or a literal"));
            }
            _ => None,
        };
        self.next();
        if let Some(figurative) = figurative {
            let is_all = matches!(figurative, Figurative::All(_));
            let span = if is_all { span.to(&self.next().span) } else { span };
            return Ok(Node { kind: NodeKind::Figurative(figurative), span });
        }
        self.name(word, span)
    }

    fn function(&mut self, span: Span) -> Result<Node> {
        self.next();
        let Token { kind, span: place } = self.next();
        let Kind::Word(name) = kind else { return Err(self.unexpected("the name of a function")) };
        let mut function = FunctionRef { name, place, arguments: Vec::new(), modification: None };
        let mut first = true;
        while self.peek() == &Kind::Symbol("(") && function.modification.is_none() {
            self.next();
            self.enter()?;
            let outer = std::mem::replace(&mut self.in_arguments, true);
            self.arguments_or_modification(&mut function, std::mem::take(&mut first))?;
            self.in_arguments = outer;
            self.depth -= 1;
            self.expect(")")?;
        }
        let span = span.to(&self.tokens[self.at - 1].span);
        Ok(Node { kind: NodeKind::Function(function), span })
    }

    fn arguments_or_modification(&mut self, function: &mut FunctionRef, first: bool) -> Result<()> {
        while self.peek() != &Kind::Symbol(")") && self.peek() != &Kind::End {
            let value = self.sum()?;
            if (function.arguments.is_empty() || !first) && self.take_symbol(":") {
                let length =
                    if self.peek() == &Kind::Symbol(")") { None } else { Some(Box::new(self.sum()?)) };
                function.modification = Some((Box::new(value), length));
                return Ok(());
            }
            if !first {
                return Err(self.unexpected("a ':' (reference modification)"));
            }
            function.arguments.push(value);
        }
        Ok(())
    }

    fn name(&mut self, word: &str, span: Span) -> Result<Node> {
        let mut name = NameRef {
            name: word.to_owned(),
            qualifiers: Vec::new(),
            subscripts: Vec::new(),
            modification: None,
        };
        while self.at_word("OF") || self.at_word("IN") {
            self.next();
            let Kind::Word(qualifier) = self.peek().clone() else {
                return Err(self.unexpected("a group name"));
            };
            self.next();
            name.qualifiers.push(qualifier);
        }
        while self.peek() == &Kind::Symbol("(") && name.modification.is_none() {
            self.next();
            self.enter()?;
            self.subscripts_or_modification(&mut name)?;
            self.depth -= 1;
            self.expect(")")?;
        }
        let span = span.to(&self.tokens[self.at - 1].span);
        Ok(Node { kind: NodeKind::Name(name), span })
    }

    fn subscripts_or_modification(&mut self, name: &mut NameRef) -> Result<()> {
        let first = self.sum()?;
        if self.take_symbol(":") {
            let length = if self.peek() == &Kind::Symbol(")") { None } else { Some(Box::new(self.sum()?)) };
            name.modification = Some((Box::new(first), length));
            return Ok(());
        }
        if !name.subscripts.is_empty() {
            return Err(self.unexpected("a ':' (reference modification)"));
        }
        name.subscripts.push(first);
        while self.peek() != &Kind::Symbol(")") && self.peek() != &Kind::End {
            let next = self.sum()?;
            name.subscripts.push(next);
        }
        Ok(())
    }

    /// True if the operator at hand begins the next item of a list: one behind a comma; among arguments also a sign that
    /// stands apart from what is before it and close to what follows, as COBOL's literals have it.
    fn begins_item(&self) -> bool {
        let [before, sign, after] =
            [self.at.wrapping_sub(1), self.at, self.at + 1].map(|at| self.tokens.get(at));
        let (Some(before), Some(sign), Some(after)) = (before, sign, after) else { return false };
        let gap = |a: &Token, b: &Token| {
            let (start, end) = (a.span.range().end, b.span.range().start);
            sign.span.source().text().get(start..end).unwrap_or_default().to_owned()
        };
        let apart = gap(before, sign);
        let is_sign = matches!(sign.kind, Kind::Symbol("+" | "-"));
        apart.contains([',', ';'])
            || self.in_arguments && is_sign && !apart.is_empty() && gap(sign, after).is_empty()
    }

    /// True if a relation, class or sign test begins `ahead` tokens from here.
    fn relation_follows(&self, ahead: usize) -> bool {
        match self.kind_at(ahead) {
            Kind::Symbol(symbol) => matches!(*symbol, "=" | "<" | ">" | "<=" | ">=" | "<>"),
            Kind::Word(word) => match word.as_str() {
                "IS" | "EQUAL" | "EQUALS" | "GREATER" | "LESS" | "POSITIVE" | "NEGATIVE" => true,
                word if class_name(word).is_some() => true,
                "NOT" => self.relation_follows_not(ahead + 1),
                _ => false,
            },
            _ => false,
        }
    }

    fn relation_follows_not(&self, ahead: usize) -> bool {
        match self.kind_at(ahead) {
            Kind::Symbol(symbol) => matches!(*symbol, "=" | "<" | ">" | "<=" | ">=" | "<>"),
            Kind::Word(word) => match word.as_str() {
                "EQUAL" | "EQUALS" | "GREATER" | "LESS" | "POSITIVE" | "NEGATIVE" => true,
                word => class_name(word).is_some(),
            },
            _ => false,
        }
    }

    fn test_word(&self) -> Option<Test> {
        let Kind::Word(word) = self.peek() else { return None };
        Some(match word.as_str() {
            "POSITIVE" => Test::Sign(SignName::Positive),
            "NEGATIVE" => Test::Sign(SignName::Negative),
            "ZERO" | "ZEROS" | "ZEROES" => Test::Sign(SignName::Zero),
            word => Test::Class(class_name(word)?),
        })
    }

    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth <= DEPTH_MAX {
            return Ok(());
        }
        Err(self.too_deep(&format!("is nested more than {DEPTH_MAX} deep")))
    }

    fn too_deep(&self, what: &str) -> Box<Diagnostic> {
        Diagnostic::error(codes::EXP007, format!("the expression {what}"))
            .at(&self.tokens[self.at].span, "here")
            .hint("split it into several")
    }

    pub(super) fn peek(&self) -> &Kind {
        self.kind_at(0)
    }

    fn kind_at(&self, ahead: usize) -> &Kind {
        self.tokens.get(self.at + ahead).map_or(&Kind::End, |token| &token.kind)
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn word_at(&self, ahead: usize, word: &str) -> bool {
        matches!(self.kind_at(ahead), Kind::Word(found) if found == word)
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        self.word_at(0, word)
    }

    fn was_word(&self, word: &str) -> bool {
        matches!(&self.tokens[self.at - 1].kind, Kind::Word(found) if found == word)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.next();
        }
        found
    }

    fn take_symbol(&mut self, symbol: &'static str) -> bool {
        let found = self.peek() == &Kind::Symbol(symbol);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, symbol: &'static str) -> Result<()> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(self.unexpected(&format!("'{symbol}'"))) }
    }

    pub(super) fn unexpected(&self, wanted: &str) -> Box<Diagnostic> {
        let token = &self.tokens[self.at];
        let (message, label) = match token.kind {
            Kind::End => (format!("the expression ends where {wanted} is expected"), "ends here".to_owned()),
            _ => (format!("expected {wanted}, found {}", token.span.text()), format!("expected {wanted}")),
        };
        Diagnostic::error(codes::EXP001, message).at(&token.span, label).hint(
            "an expression reads as in COBOL, for example: AMOUNT > 0 AND NOT CLOSED (blanks around minus)",
        )
    }
}

enum Test {
    Class(ClassName),
    Sign(SignName),
}

/// Completes `OR 2` to `OR subject = 2`; a name may still turn out to be a condition name.
fn abbreviated(value: Node, subject: Node, relation: Relation) -> Node {
    let span = value.span.clone();
    match value.kind {
        NodeKind::Name(name) => {
            Node { kind: NodeKind::NameOrObject(name, relation, Box::new(subject)), span }
        }
        NodeKind::Not(_) | NodeKind::And(_) | NodeKind::Or(_) => value,
        NodeKind::Compare(..) | NodeKind::Class(..) | NodeKind::Sign(..) | NodeKind::NameOrObject(..) => {
            value
        }
        _ => Node { kind: NodeKind::Compare(relation, Box::new(subject), Box::new(value)), span },
    }
}

/// The class that a word of a condition names.
fn class_name(word: &str) -> Option<ClassName> {
    Some(match word {
        "NUMERIC" => ClassName::Numeric,
        "ALPHABETIC" => ClassName::Alphabetic,
        "ALPHABETIC-LOWER" => ClassName::AlphabeticLower,
        "ALPHABETIC-UPPER" => ClassName::AlphabeticUpper,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;

    fn show(text: &str) -> String {
        let source = Source::new("test", text);
        match parse(&Span::new(&source, 0..text.len())) {
            Ok(node) => render(&node),
            Err(error) => error.message,
        }
    }

    fn render(node: &Node) -> String {
        let list = |parts: &[Node], word: &str| parts.iter().map(render).collect::<Vec<_>>().join(word);
        match &node.kind {
            NodeKind::Name(name) => {
                let mut text = name.name.clone();
                name.qualifiers.iter().for_each(|q| text.push_str(&format!("@{q}")));
                if !name.subscripts.is_empty() {
                    text.push_str(&format!("[{}]", list(&name.subscripts, ",")));
                }
                if let Some((start, length)) = &name.modification {
                    let length = length.as_ref().map_or(String::new(), |l| render(l));
                    text.push_str(&format!("{{{}:{length}}}", render(start)));
                }
                text
            }
            NodeKind::Number(n) => n.to_string(),
            NodeKind::Text(t) => format!("'{t}'"),
            NodeKind::Hex(h) => format!("{h:?}"),
            NodeKind::Figurative(f) => format!("{f:?}"),
            NodeKind::Negate(n) => format!("-{}", render(n)),
            NodeKind::Arithmetic(op, a, b) => format!("({} {op:?} {})", render(a), render(b)),
            NodeKind::Function(function) => {
                let mut text = format!("{}<{}>", function.name, list(&function.arguments, ","));
                if let Some((start, length)) = &function.modification {
                    let length = length.as_ref().map_or(String::new(), |l| render(l));
                    text.push_str(&format!("{{{}:{length}}}", render(start)));
                }
                text
            }
            NodeKind::Compare(r, a, b) => format!("({} {} {})", render(a), r.symbol(), render(b)),
            NodeKind::Class(c, n) => format!("({} is {c:?})", render(n)),
            NodeKind::Sign(s, n) => format!("({} is {s:?})", render(n)),
            NodeKind::NameOrObject(n, r, s) => format!("({}? {} {})", n.name, r.symbol(), render(s)),
            NodeKind::Not(n) => format!("!{}", render(n)),
            NodeKind::And(parts) => format!("({})", list(parts, " & ")),
            NodeKind::Or(parts) => format!("({})", list(parts, " | ")),
        }
    }

    #[test]
    fn precedence_and_forms() {
        for (text, expected) in [
            ("A + B * C ** 2 - -D", "((A Add (B Multiply (C Power 2))) Subtract -D)"),
            ("A = 1 OR B > 2 AND NOT C < 3", "((A = 1) | ((B > 2) & !(C < 3)))"),
            ("CUST-BAL > 0 AND NOT CLOSED", "((CUST-BAL > 0) & !(CLOSED? > CUST-BAL))"),
            ("A OF B IN C (1, I) (2:3) = 'X'", "(A@B@C[1,I]{2:3} = 'X')"),
            ("A(1:10) NOT = SPACES", "(A{1:10} <> Spaces)"),
            ("A IS NOT NUMERIC", "!(A is Numeric)"),
            ("(A + 1) * 2 IS GREATER THAN OR EQUAL TO B", "(((A Add 1) Multiply 2) >= B)"),
            ("A IS ZERO OR A IS NEGATIVE", "((A is Zero) | (A is Negative))"),
            ("A = 'it''s' OR ALL 'ab'", "((A = 'it's') | (A = All(\"ab\")))"),
            ("A = 1 OR 2 OR 3", "((A = 1) | (A = 2) | (A = 3))"),
            ("A > 1 AND < 9", "((A > 1) & (A < 9))"),
            ("A = 1 OR B", "((A = 1) | (B? = A))"),
            ("(A = 1) OR B", "((A = 1) | B)"),
            ("rcpt-in.sum = posted.sum + unmatched.sum", "(RCPT-IN.SUM = (POSTED.SUM Add UNMATCHED.SUM))"),
            ("X'C1f2' = A", "([193, 242] = A)"),
            ("1.50 < .5", "(1.50 < 0.5)"),
            ("FUNCTION MOD (A, 7) + 1", "(MOD<A,7> Add 1)"),
            ("FUNCTION MAX (A -1 B - 1, -C)", "MAX<A,-1,(B Subtract 1),-C>"),
            ("FUNCTION MAX((A -1))", "MAX<(A Subtract 1)>"),
            (
                "FUNCTION TRIM(A OF B(1) LEADING)(2:3) = FUNCTION CURRENT-DATE(1:8)",
                "(TRIM<A@B[1],LEADING>{2:3} = CURRENT-DATE<>{1:8})",
            ),
            ("FUNCTION UPPER-CASE(FUNCTION TRIM(A))", "UPPER-CASE<TRIM<A>>"),
            ("T(A, -1)", "T[A,-1]"),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_say_what_was_expected() {
        for (text, expected) in [
            ("", "the expression ends where a name, a number or a literal is expected"),
            ("A =", "the expression ends where a name, a number or a literal is expected"),
            ("A B", "expected an operator or the end, found B"),
            ("A = 'x", "a literal does not end"),
            ("A = X'C'", "a hexadecimal literal is pairs of digits 0-9 and A-F"),
            ("(A = 1", "the expression ends where ')' is expected"),
            ("A & B", "'&' has no meaning here"),
            ("= 3", "expected a value, found ="),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
        assert!(show(&"(".repeat(100_000)).contains("nested more than 100 deep"));
        assert!(show(&"- ".repeat(100_000)).contains("nested more than 100 deep"));
        assert!(show(&"NOT ".repeat(100_000)).contains("nested more than 100 deep"));
    }
}
