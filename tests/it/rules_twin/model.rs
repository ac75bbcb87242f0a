//! Rule sets of the twin: a part of the language as plain data.

use num_bigint::BigInt;

/// USAGE of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    Zoned,
    Packed,
    Binary,
}

/// PICTURE of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pic {
    pub digits: usize,
    pub decimals: usize,
    pub signed: bool,
    pub usage: Usage,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number(Pic),
    Text(usize),
    /// A numeric-edited picture, by its number in [`super::numbers::MASKS`].
    Edited(usize),
}

/// VALUE of a field or a condition name.
#[derive(Clone, Debug)]
pub enum Literal {
    /// Digits and decimals.
    Number(BigInt, usize),
    Text(String),
}

/// A condition name: values and ranges.
#[derive(Clone, Debug)]
pub struct Named {
    pub name: String,
    pub values: Vec<(Literal, Option<Literal>)>,
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    pub offset: usize,
    pub length: usize,
    pub value: Option<Literal>,
    pub conditions: Vec<Named>,
}

/// A 01 level.
#[derive(Clone, Debug)]
pub struct Layout {
    pub name: String,
    pub fields: Vec<Field>,
    pub length: usize,
}

/// A record in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Input(usize),
    Working,
    Master(usize),
    /// An output and one of its 01 levels.
    Output(usize, usize),
}

/// A field of a record in scope.
pub type Ref = (Place, usize);

#[derive(Clone, Debug)]
pub struct Input {
    pub layout: Layout,
    pub records: Vec<Vec<u8>>,
}

#[derive(Clone, Debug)]
pub struct Master {
    pub layout: Layout,
    pub key: Vec<usize>,
    pub alternates: Vec<Vec<usize>>,
    /// For each of them what becomes of a transaction that leaves two rows with one; nothing if they may have it.
    pub unique: Vec<Option<Taken>>,
    /// A new master is written.
    pub new: bool,
    pub rows: Vec<Vec<u8>>,
}

/// What becomes of a transaction that leaves a row with a key that another has.
#[derive(Clone, Debug)]
pub enum Taken {
    Stop,
    Reject(Reason),
}

/// What an insert says of a row that there is.
#[derive(Clone, Debug)]
pub enum Duplicate {
    /// Nothing: the run stops.
    Unsaid,
    Stop,
    Reject(Reason),
    Continue,
}

#[derive(Clone, Debug)]
pub struct Output {
    pub levels: Vec<Layout>,
    pub variable: bool,
}

impl Output {
    /// Bytes of the longest record.
    pub fn room(&self) -> usize {
        self.levels.iter().map(|level| level.length).max().unwrap()
    }
}

/// A text or a number to be moved, compared, looked up or put together.
#[derive(Clone, Debug)]
pub enum Value {
    Field(Ref),
    /// A field with reference modification: start from 1, length.
    Part(Ref, usize, usize),
    Number(BigInt, usize),
    Text(String),
    Spaces,
    Zeros,
    RejectCode,
    RejectReason,
    RejectRule,
    RejectField,
}

#[derive(Clone, Debug)]
pub enum Expr {
    Constant(BigInt, usize),
    Field(Ref),
    RecordNumber,
    RecordLength,
    /// Rows that a master had when it was read.
    Rows(usize),
    Negate(Box<Expr>),
    Binary(char, Box<Expr>, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Equal,
    NotEqual,
    Less,
    NotGreater,
    Greater,
    NotLess,
}

#[derive(Clone, Debug)]
pub enum Condition {
    Numbers(Relation, Expr, Expr),
    Texts(Relation, Value, Value),
    Numeric(Ref),
    Sign(Relation, Expr),
    Found(usize),
    Missing(usize),
    Final,
    Named(Ref, usize),
    Quirk(usize),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    Truncation,
    NearestAwayFromZero,
    NearestEven,
    NearestTowardZero,
    AwayFromZero,
    TowardGreater,
    TowardLesser,
    Prohibited,
}

/// A code and a text.
pub type Reason = (String, String);

#[derive(Clone, Debug)]
pub enum OnSize {
    Stop,
    Truncate,
    Reject(Reason),
}

#[derive(Clone, Debug)]
pub enum Missing {
    Stop,
    Reject(Reason),
    Create,
    Continue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    Initial,
    Blank,
    LowValue,
    Last,
}

/// A field or a part of one that changes.
#[derive(Clone, Copy, Debug)]
pub struct Receiver {
    pub field: Ref,
    pub part: Option<(usize, usize)>,
}

#[derive(Clone, Debug)]
pub enum Verb {
    Compute(Ref, Expr),
    Add(Expr, Vec<Ref>),
    Subtract(Expr, Vec<Ref>),
}

#[derive(Clone, Debug)]
pub enum Action {
    Arithmetic {
        verb: Verb,
        rounding: Rounding,
        on_size: OnSize,
    },
    Move {
        value: Value,
        to: Vec<Receiver>,
        truncate: bool,
    },
    Set(Ref, usize),
    /// Each piece ends before its delimiter, if it has one.
    Join {
        pieces: Vec<(Value, Option<String>)>,
        to: Receiver,
    },
    Lookup {
        master: usize,
        by: Option<usize>,
        key: Vec<Value>,
        or_key: Option<Vec<Value>>,
        missing: Missing,
    },
    Insert {
        master: usize,
        key: Vec<Value>,
        /// Alternate keys with their values.
        alternates: Vec<(usize, Vec<Value>)>,
        duplicate: Duplicate,
    },
    ForEach {
        master: usize,
        by: usize,
        key: Vec<Value>,
        actions: Vec<Action>,
    },
    Delete(usize),
    Release(usize),
    Emit(Emit),
    Reject {
        reason: Reason,
        go_on: bool,
    },
    Stop(String),
    When {
        condition: Condition,
        actions: Vec<Action>,
        otherwise: Vec<Action>,
    },
    Perform(usize),
}

#[derive(Clone, Debug)]
pub struct Emit {
    pub output: usize,
    pub level: usize,
    pub unset: Unset,
    /// A whole record to begin with.
    pub from: Option<Place>,
    pub actions: Vec<Action>,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub name: String,
    pub input: Option<usize>,
    pub when: Option<Condition>,
    pub actions: Vec<Action>,
    pub done: bool,
}

#[derive(Clone, Debug)]
pub struct Break {
    /// Fields of the first input.
    pub on: Vec<usize>,
    pub first: Vec<Action>,
    pub last: Vec<Action>,
}

/// Where rejects go.
#[derive(Clone, Debug)]
pub struct Rejects {
    /// The number of its output, the last one.
    pub output: usize,
    pub max: Option<u64>,
    pub actions: Vec<Action>,
}

/// A job of one post step with all its data.
#[derive(Clone, Debug)]
pub struct Deck {
    pub inputs: Vec<Input>,
    pub masters: Vec<Master>,
    pub working: Layout,
    /// The last one takes rejects, if there are any.
    pub outputs: Vec<Output>,
    pub rejects: Option<Rejects>,
    /// A text put into a working field before the run.
    pub parameter: Option<(usize, String)>,
    /// Whether each declared quirk is asked for.
    pub quirks: Vec<bool>,
    pub paragraphs: Vec<Vec<Action>>,
    pub start: Vec<Action>,
    pub breaks: Vec<Break>,
    pub edits: Vec<Rule>,
    pub rules: Vec<Rule>,
    pub end: Vec<Action>,
    pub report_last: bool,
    pub reject_invalid: bool,
}

impl Deck {
    pub fn layout(&self, place: Place) -> &Layout {
        match place {
            Place::Input(at) => &self.inputs[at].layout,
            Place::Working => &self.working,
            Place::Master(at) => &self.masters[at].layout,
            Place::Output(at, level) => &self.outputs[at].levels[level],
        }
    }

    pub fn field(&self, field: Ref) -> &Field {
        &self.layout(field.0).fields[field.1]
    }
}
