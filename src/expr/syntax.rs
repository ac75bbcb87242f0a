//! The syntax tree: what was written, names not yet resolved.

use crate::decimal::Decimal;
use crate::diag::Span;

/// A part of an expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it stands.
    pub span: Span,
}

/// Values and conditions in one type; which of them fits where is checked when names are known.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A data item, a condition name or a control total.
    Name(NameRef),
    /// `12.50`.
    Number(Decimal),
    /// `'text'`.
    Text(String),
    /// `X'C1'`.
    Hex(Vec<u8>),
    /// SPACES and its kin.
    Figurative(Figurative),
    /// `- x`.
    Negate(Box<Node>),
    /// `a + b`.
    Arithmetic(ArithmeticOp, Box<Node>, Box<Node>),
    /// `FUNCTION NAME (a, b)`.
    Function(FunctionRef),
    /// `a = b`.
    Compare(Relation, Box<Node>, Box<Node>),
    /// `a IS NUMERIC`.
    Class(ClassName, Box<Node>),
    /// `a IS POSITIVE`.
    Sign(SignName, Box<Node>),
    /// A name after AND or OR: a condition name, or the object of an abbreviated relation (`A = 1 OR B`).
    NameOrObject(NameRef, Relation, Box<Node>),
    /// `NOT c`.
    Not(Box<Node>),
    /// All hold.
    And(Vec<Node>),
    /// One holds.
    Or(Vec<Node>),
}

/// `NAME OF GROUP (subscripts) (start : length)`.
#[derive(Clone, Debug, PartialEq)]
pub struct NameRef {
    /// The name in upper case.
    pub name: String,
    /// OF, IN: from the inside outward, in upper case.
    pub qualifiers: Vec<String>,
    /// Subscripts, outermost first.
    pub subscripts: Vec<Node>,
    /// Reference modification: start from 1 and length.
    pub modification: Option<(Box<Node>, Option<Box<Node>>)>,
}

/// `FUNCTION NAME (arguments) (start : length)`.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionRef {
    /// The name in upper case.
    pub name: String,
    /// Where the name stands.
    pub place: Span,
    /// The arguments.
    pub arguments: Vec<Node>,
    /// Reference modification: start from 1 and length.
    pub modification: Option<(Box<Node>, Option<Box<Node>>)>,
}

/// An arithmetic operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `**`
    Power,
}

/// A relation between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `=`
    Equal,
    /// `<>`, `NOT =`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Relation {
    /// The relation that holds exactly when this one does not.
    pub fn negated(self) -> Relation {
        match self {
            Relation::Equal => Relation::NotEqual,
            Relation::NotEqual => Relation::Equal,
            Relation::Less => Relation::GreaterOrEqual,
            Relation::GreaterOrEqual => Relation::Less,
            Relation::Greater => Relation::LessOrEqual,
            Relation::LessOrEqual => Relation::Greater,
        }
    }

    /// True if two values in this order satisfy the relation.
    #[inline]
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Relation::Equal => order.is_eq(),
            Relation::NotEqual => order.is_ne(),
            Relation::Less => order.is_lt(),
            Relation::LessOrEqual => order.is_le(),
            Relation::Greater => order.is_gt(),
            Relation::GreaterOrEqual => order.is_ge(),
        }
    }

    /// The sign.
    pub fn symbol(self) -> &'static str {
        match self {
            Relation::Equal => "=",
            Relation::NotEqual => "<>",
            Relation::Less => "<",
            Relation::LessOrEqual => "<=",
            Relation::Greater => ">",
            Relation::GreaterOrEqual => ">=",
        }
    }
}

/// A class test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassName {
    /// IS NUMERIC
    Numeric,
    /// IS ALPHABETIC: letters and blanks.
    Alphabetic,
    /// IS ALPHABETIC-LOWER: small letters and blanks.
    AlphabeticLower,
    /// IS ALPHABETIC-UPPER: capital letters and blanks.
    AlphabeticUpper,
}

/// A sign test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignName {
    /// IS POSITIVE: above zero.
    Positive,
    /// IS NEGATIVE: below zero.
    Negative,
    /// IS ZERO
    Zero,
}

/// A figurative constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figurative {
    /// SPACE, SPACES
    Spaces,
    /// ZERO, ZEROS, ZEROES
    Zeros,
    /// LOW-VALUE, LOW-VALUES: X'00'
    LowValues,
    /// HIGH-VALUE, HIGH-VALUES: X'FF'
    HighValues,
    /// QUOTE, QUOTES
    Quotes,
    /// ALL 'text'
    All(String),
}
