//! Decks of the twin: a small part of the language as plain data, and as cards.

use std::fmt::Write;

/// Formats of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ch,
    Bi,
    Fi,
    Zd,
    Pd,
    Fs,
}

/// `p,m,f`; positions from 1, of variable records from the RDW.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub position: usize,
    pub length: usize,
    pub kind: Kind,
}

/// What decides on a record.
#[derive(Clone, Debug)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Text(Field, Relation, String),
    Hex(Field, Relation, Vec<u8>),
    Number(Field, Relation, i128),
    Fields(Field, Relation, Field),
    Substring(Field, bool, String),
    /// A mask of one byte.
    Bits(Field, BitTest, u8),
    /// Characters 0, 1 and period, eight for each byte.
    Pattern(Field, bool, String),
    Numeric(Field, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitTest {
    All,
    Some,
    None,
    NotAll,
    NotSome,
    NotNone,
}

/// A number made of fields.
#[derive(Clone, Debug)]
pub enum Expression {
    Field(Field),
    Constant(i128),
    Binary(Operator, Box<Expression>, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Min,
    Max,
    Mul,
    Div,
    Mod,
    Add,
    Sub,
}

/// How a number is shown.
#[derive(Clone, Debug)]
pub enum Shown {
    Plain,
    Mask(usize),
    /// A pattern of I, T, S and separators, and four signs (blank if not given).
    Pattern(String, [char; 4]),
    /// PD PDC PDF ZD ZDC ZDF BI FI FS with a length.
    To(&'static str, usize),
}

/// What a part of a record is.
#[derive(Clone, Debug)]
pub enum Value {
    Bytes(usize, usize),
    /// From here to the end of a variable record.
    Rest(usize),
    Blanks(usize),
    Zeros(usize),
    Text(String),
    Hex(Vec<u8>),
    Number(Expression, Shown, Option<usize>),
    /// Digits, format, start, increment, restart field.
    Sequence(usize, Kind, u64, u64, Option<(usize, usize)>),
    ShownHex(usize, usize),
    Upper(usize, usize),
    Lower(usize, usize),
    /// Field, length of the result, pairs, otherwise.
    Change(usize, usize, usize, Vec<(String, String)>, String),
}

/// An item with its column.
#[derive(Clone, Debug)]
pub struct Item {
    pub column: Option<usize>,
    pub value: Value,
}

/// What is done to a record.
#[derive(Clone, Debug)]
pub enum Change {
    Build(Vec<Item>),
    Overlay(Vec<Item>),
    Find(Find),
    /// What WHEN=GROUP pushes: columns and what goes there.
    Push(Vec<(usize, Push)>),
}

/// FINDREP.
#[derive(Clone, Debug)]
pub struct Find {
    pub pairs: Vec<(String, String)>,
    pub start: Option<usize>,
    pub end: Option<usize>,
    pub limit: Option<usize>,
    /// SHIFT=NO.
    pub still: bool,
}

/// WHEN=GROUP.
#[derive(Clone, Debug)]
pub struct Group {
    pub begin: Option<Condition>,
    pub end: Option<Condition>,
    pub records: Option<usize>,
    pub key: Option<(usize, usize)>,
}

/// What goes into the records of a group.
#[derive(Clone, Copy, Debug)]
pub enum Push {
    Bytes(usize, usize),
    Id(usize),
    Sequence(usize),
}

/// An IFTHEN clause.
#[derive(Clone, Debug)]
pub struct Clause {
    pub when: When,
    pub change: Change,
    pub hit_next: bool,
}

#[derive(Clone, Debug)]
pub enum When {
    Init,
    Group(Group),
    Condition(Condition),
    Any,
    None,
}

/// What INREC, OUTREC or an OUTFIL does.
#[derive(Clone, Debug)]
pub enum Reform {
    Plain(Change),
    /// Clauses and IFOUTLEN.
    IfThen(Vec<Clause>, Option<usize>),
}

/// How an OUTFIL chooses.
#[derive(Clone, Debug)]
pub enum Selection {
    All,
    Include(Condition),
    Omit(Condition),
    Save,
}

#[derive(Clone, Copy, Debug)]
pub enum Split {
    Plain,
    By(usize),
    OneRound(usize),
}

/// An OUTFIL.
#[derive(Clone, Debug)]
pub struct OutFil {
    pub files: Vec<String>,
    pub selection: Selection,
    pub start: Option<usize>,
    pub end: Option<usize>,
    pub sample: Option<(usize, usize)>,
    pub accept: Option<usize>,
    pub reform: Option<Reform>,
    pub repeat: Option<usize>,
    pub split: Option<Split>,
}

/// A deck.
#[derive(Clone, Debug)]
pub struct Deck {
    /// True if the records are of variable length.
    pub variable: bool,
    /// Their greatest length, with the RDW if variable.
    pub length: usize,
    pub skip: Option<usize>,
    pub stop: Option<usize>,
    /// True for INCLUDE.
    pub filter: Option<(bool, Condition)>,
    pub inrec: Option<Reform>,
    /// Keys with true for descending; none is a copy.
    pub keys: Vec<(Field, bool)>,
    /// No fields is NONE.
    pub sum: Option<Vec<Field>>,
    pub outrec: Option<Reform>,
    pub outfils: Vec<OutFil>,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ch => "CH",
            Kind::Bi => "BI",
            Kind::Fi => "FI",
            Kind::Zd => "ZD",
            Kind::Pd => "PD",
            Kind::Fs => "FS",
        }
    }
}

impl Operator {
    pub fn name(self) -> &'static str {
        match self {
            Operator::Min => "MIN",
            Operator::Max => "MAX",
            Operator::Mul => "MUL",
            Operator::Div => "DIV",
            Operator::Mod => "MOD",
            Operator::Add => "ADD",
            Operator::Sub => "SUB",
        }
    }

    /// What binds more tightly is greater.
    pub fn rank(self) -> u8 {
        match self {
            Operator::Min | Operator::Max => 3,
            Operator::Mul | Operator::Div | Operator::Mod => 2,
            Operator::Add | Operator::Sub => 1,
        }
    }
}

impl Relation {
    fn name(self) -> &'static str {
        match self {
            Relation::Eq => "EQ",
            Relation::Ne => "NE",
            Relation::Gt => "GT",
            Relation::Ge => "GE",
            Relation::Lt => "LT",
            Relation::Le => "LE",
        }
    }
}

impl BitTest {
    fn name(self) -> &'static str {
        match self {
            BitTest::All => "ALL",
            BitTest::Some => "BM",
            BitTest::None => "NONE",
            BitTest::NotAll => "BNO",
            BitTest::NotSome => "NOTSOME",
            BitTest::NotNone => "BNZ",
        }
    }
}

impl Deck {
    /// The deck as cards, broken behind commas.
    pub fn cards(&self) -> String {
        let mut statements = Vec::new();
        let mut option = String::from("OPTION EQUALS");
        if self.keys.is_empty() {
            option += ",COPY";
        }
        for (name, value) in [("SKIPREC", self.skip), ("STOPAFT", self.stop)] {
            if let Some(value) = value {
                write!(option, ",{name}={value}").unwrap();
            }
        }
        statements.push(option);
        if let Some((include, condition)) = &self.filter {
            let word = if *include { "INCLUDE" } else { "OMIT" };
            statements.push(format!("{word} COND=({})", condition_text(condition)));
        }
        if let Some(inrec) = &self.inrec {
            statements.push(format!("INREC {}", reform_text(inrec)));
        }
        if !self.keys.is_empty() {
            let key = |(field, descending): &(Field, bool)| {
                format!("{},{}", field_text(field), if *descending { 'D' } else { 'A' })
            };
            let keys: Vec<String> = self.keys.iter().map(key).collect();
            statements.push(format!("SORT FIELDS=({})", keys.join(",")));
        }
        if let Some(sum) = &self.sum {
            let fields: Vec<String> = sum.iter().map(field_text).collect();
            let fields =
                if fields.is_empty() { "NONE".to_owned() } else { format!("({})", fields.join(",")) };
            statements.push(format!("SUM FIELDS={fields}"));
        }
        if let Some(outrec) = &self.outrec {
            statements.push(format!("OUTREC {}", reform_text(outrec)));
        }
        statements.extend(self.outfils.iter().map(outfil_text));
        statements.iter().map(|statement| broken(statement)).collect()
    }
}

/// A statement as cards of at most 71 columns, broken behind commas that are not in quotes.
fn broken(statement: &str) -> String {
    let mut cards = String::new();
    let mut rest = statement;
    let mut indent = 2;
    while rest.len() + indent > 71 {
        let mut quoted = false;
        let mut at = None;
        for (index, c) in rest.char_indices().take(71 - indent) {
            quoted ^= c == '\'';
            if c == ',' && !quoted {
                at = Some(index);
            }
        }
        let at = at.expect("a comma within a card");
        writeln!(cards, "{:indent$}{}", "", &rest[..=at]).unwrap();
        rest = &rest[at + 1..];
        indent = 16;
    }
    writeln!(cards, "{:indent$}{rest}", "").unwrap();
    cards
}

fn outfil_text(outfil: &OutFil) -> String {
    let mut text = format!("OUTFIL FNAMES=({})", outfil.files.join(","));
    match &outfil.selection {
        Selection::All => {}
        Selection::Include(condition) => write!(text, ",INCLUDE=({})", condition_text(condition)).unwrap(),
        Selection::Omit(condition) => write!(text, ",OMIT=({})", condition_text(condition)).unwrap(),
        Selection::Save => text += ",SAVE",
    }
    let numbers = [
        ("STARTREC", outfil.start),
        ("ENDREC", outfil.end),
        ("ACCEPT", outfil.accept),
        ("REPEAT", outfil.repeat),
    ];
    for (name, value) in numbers {
        if let Some(value) = value {
            write!(text, ",{name}={value}").unwrap();
        }
    }
    if let Some((every, taken)) = outfil.sample {
        write!(text, ",SAMPLE=({every},{taken})").unwrap();
    }
    match outfil.split {
        None => {}
        Some(Split::Plain) => text += ",SPLIT",
        Some(Split::By(n)) => write!(text, ",SPLITBY={n}").unwrap(),
        Some(Split::OneRound(n)) => write!(text, ",SPLIT1R={n}").unwrap(),
    }
    if let Some(reform) = &outfil.reform {
        write!(text, ",{}", reform_text(reform)).unwrap();
    }
    text
}

fn reform_text(reform: &Reform) -> String {
    match reform {
        Reform::Plain(change) => change_text(change),
        Reform::IfThen(clauses, length) => {
            let mut parts: Vec<String> = length.iter().map(|length| format!("IFOUTLEN={length}")).collect();
            parts.extend(clauses.iter().map(clause_text));
            parts.join(",")
        }
    }
}

fn clause_text(clause: &Clause) -> String {
    let when = match &clause.when {
        When::Init => "INIT".to_owned(),
        When::Group(group) => group_text(group),
        When::Any => "ANY".to_owned(),
        When::None => "NONE".to_owned(),
        When::Condition(condition) => format!("({})", condition_text(condition)),
    };
    let hit = if clause.hit_next { ",HIT=NEXT" } else { "" };
    format!("IFTHEN=(WHEN={when},{}{hit})", change_text(&clause.change))
}

fn group_text(group: &Group) -> String {
    let mut text = String::from("GROUP");
    if let Some(condition) = &group.begin {
        write!(text, ",BEGIN=({})", condition_text(condition)).unwrap();
    }
    if let Some((position, length)) = group.key {
        write!(text, ",KEYBEGIN=({position},{length})").unwrap();
    }
    if let Some(condition) = &group.end {
        write!(text, ",END=({})", condition_text(condition)).unwrap();
    }
    if let Some(records) = group.records {
        write!(text, ",RECORDS={records}").unwrap();
    }
    text
}

fn find_text(find: &Find) -> String {
    let pairs = find.pairs.iter().map(|(from, to)| format!("{},{}", quoted(from), quoted(to)));
    let mut text = format!("FINDREP=(INOUT=({})", pairs.collect::<Vec<_>>().join(","));
    for (name, value) in [("STARTPOS", find.start), ("ENDPOS", find.end), ("DO", find.limit)] {
        if let Some(value) = value {
            write!(text, ",{name}={value}").unwrap();
        }
    }
    text + if find.still { ",SHIFT=NO)" } else { ",OVERRUN=TRUNC)" }
}

fn push_text(pushes: &[(usize, Push)]) -> String {
    let push = |(column, push): &(usize, Push)| match push {
        Push::Bytes(position, length) => format!("{column}:{position},{length}"),
        Push::Id(digits) => format!("{column}:ID={digits}"),
        Push::Sequence(digits) => format!("{column}:SEQ={digits}"),
    };
    format!("PUSH=({})", pushes.iter().map(push).collect::<Vec<_>>().join(","))
}

fn change_text(change: &Change) -> String {
    let (name, items) = match change {
        Change::Build(items) => ("BUILD", items),
        Change::Overlay(items) => ("OVERLAY", items),
        Change::Find(find) => return find_text(find),
        Change::Push(pushes) => return push_text(pushes),
    };
    let items: Vec<String> = items.iter().map(item_text).collect();
    format!("{name}=({})", items.join(","))
}

fn item_text(item: &Item) -> String {
    let column = item.column.map(|column| format!("{column}:")).unwrap_or_default();
    format!("{column}{}", value_text(&item.value))
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Bytes(position, length) => format!("{position},{length}"),
        Value::Rest(position) => position.to_string(),
        Value::Blanks(1) => "X".to_owned(),
        Value::Blanks(n) => format!("{n}X"),
        Value::Zeros(1) => "Z".to_owned(),
        Value::Zeros(n) => format!("{n}Z"),
        Value::Text(text) => quoted(text),
        Value::Hex(bytes) => format!("X'{}'", crate::harness::hex(bytes)),
        Value::Number(expression, shown, length) => {
            let length = length.map(|length| format!(",LENGTH={length}")).unwrap_or_default();
            format!("{}{}{length}", expression_text(expression, 0), shown_text(shown))
        }
        Value::Sequence(digits, kind, start, increment, restart) => {
            let restart = restart.map(|(p, m)| format!(",RESTART=({p},{m})")).unwrap_or_default();
            format!("SEQNUM,{digits},{},START={start},INCR={increment}{restart}", kind.name())
        }
        Value::ShownHex(position, length) => format!("{position},{length},HEX"),
        Value::Upper(position, length) => format!("{position},{length},TRAN=LTOU"),
        Value::Lower(position, length) => format!("{position},{length},TRAN=UTOL"),
        Value::Change(position, length, result, pairs, otherwise) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(from, to)| format!("{},{}", quoted(from), quoted(to))).collect();
            let pairs = pairs.join(",");
            format!("{position},{length},CHANGE=({result},{pairs}),NOMATCH=({})", quoted(otherwise))
        }
    }
}

fn shown_text(shown: &Shown) -> String {
    match shown {
        Shown::Plain => String::new(),
        Shown::Mask(number) => format!(",M{number}"),
        Shown::Pattern(pattern, signs) => {
            let signs: Vec<String> = signs.iter().map(|sign| sign.to_string().trim().to_owned()).collect();
            let signs = signs.join(",");
            let signs = signs.trim_end_matches(',');
            let signs = if signs.is_empty() { String::new() } else { format!(",SIGNS=({signs})") };
            format!(",EDIT=({pattern}){signs}")
        }
        Shown::To(format, length) => format!(",TO={format},LENGTH={length}"),
    }
}

/// An expression; parentheses only where the order of evaluation asks for them.
fn expression_text(expression: &Expression, outside: u8) -> String {
    match expression {
        Expression::Field(field) => field_text(field),
        Expression::Constant(value) => format!("{value:+}"),
        Expression::Binary(operator, left, right) => {
            let rank = operator.rank();
            let left = expression_text(left, rank);
            let right = expression_text(right, rank + 1);
            let text = format!("{left},{},{right}", operator.name());
            if rank < outside { format!("({text})") } else { text }
        }
    }
}

fn field_text(field: &Field) -> String {
    format!("{},{},{}", field.position, field.length, field.kind.name())
}

fn quoted(text: &str) -> String {
    format!("C'{}'", text.replace('\'', "''"))
}

fn condition_text(condition: &Condition) -> String {
    let equal = |negated: bool| if negated { "NE" } else { "EQ" };
    match condition {
        Condition::All(parts) => joined(parts, "AND"),
        Condition::Any(parts) => joined(parts, "OR"),
        Condition::Text(field, relation, text) => {
            format!("{},{},{}", field_text(field), relation.name(), quoted(text))
        }
        Condition::Hex(field, relation, bytes) => {
            format!("{},{},X'{}'", field_text(field), relation.name(), crate::harness::hex(bytes))
        }
        Condition::Number(field, relation, value) => {
            format!("{},{},{value}", field_text(field), relation.name())
        }
        Condition::Fields(left, relation, right) => {
            format!("{},{},{}", field_text(left), relation.name(), field_text(right))
        }
        Condition::Substring(field, negated, text) => {
            format!("{},{},SS,{},{}", field.position, field.length, equal(*negated), quoted(text))
        }
        Condition::Bits(field, test, mask) => {
            format!("{},{},BI,{},X'{mask:02X}'", field.position, field.length, test.name())
        }
        Condition::Pattern(field, negated, pattern) => {
            format!("{},{},BI,{},B'{pattern}'", field.position, field.length, equal(*negated))
        }
        Condition::Numeric(field, negated) => format!("{},{},NUM", field_text(field), equal(*negated)),
    }
}

/// Parts with a word between them; what binds less tightly in parentheses.
fn joined(parts: &[Condition], word: &str) -> String {
    let text = |part: &Condition| match part {
        Condition::Any(_) if word == "AND" => format!("({})", condition_text(part)),
        Condition::All(_) | Condition::Any(_) if word == "OR" => condition_text(part),
        _ => condition_text(part),
    };
    let parts: Vec<String> = parts.iter().map(text).collect();
    parts.join(&format!(",{word},"))
}
