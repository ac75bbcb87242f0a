//! Decks and data of the twin, made by chance but always valid: what a numeric field must hold is known at every step.

use super::evaluate::width;
use super::model::{
    BitTest, Change, Clause, Condition, Deck, Expression, Field, Find, Group, Item, Kind, Operator, OutFil,
    Push, Reform, Relation, Selection, Shown, Split, Value, When,
};
use super::numbers;
use crate::harness::{Random, ebcdic};

/// What is known of the records at a step.
#[derive(Clone)]
struct View {
    /// First position of data: 1, or 5 behind an RDW.
    first: usize,
    /// Bytes that every record has, with the RDW.
    least: usize,
    /// Bytes that the longest has.
    most: usize,
    /// Numeric fields, and whether they hold what the input held.
    numbers: Vec<(Field, bool)>,
}

/// A deck with its input.
pub struct Made {
    pub deck: Deck,
    pub input: Vec<Vec<u8>>,
}

/// Makes a deck and its input.
pub fn make(random: &mut Random) -> Made {
    let variable = random.below(3) == 0;
    let tail = 3 + random.below(10);
    let start = View::input(variable, tail);
    let mut maker = Maker { random, variable };
    let deck = maker.deck(&start);
    let small = deck.sum.is_some();
    let input = (0..maker.random.below(14)).map(|_| maker.record(&start, tail, small)).collect();
    Made { deck, input }
}

impl View {
    fn input(variable: bool, tail: usize) -> View {
        let first = if variable { 5 } else { 1 };
        let layout =
            [(3, 3, Kind::Zd), (6, 2, Kind::Pd), (8, 2, Kind::Bi), (10, 2, Kind::Fi), (12, 5, Kind::Fs)];
        let numbers = layout
            .map(|(offset, length, kind)| (Field { position: first + offset, length, kind }, true))
            .to_vec();
        let least = first - 1 + 17 + if variable { 0 } else { tail };
        View { first, least, most: first - 1 + 17 + tail, numbers }
    }

    /// Bytes are overlaid: numbers that they touch are gone, and there may be a new one.
    fn put(&mut self, position: usize, length: usize, kind: Option<Kind>) {
        let end = position + length;
        self.numbers.retain(|(field, _)| field.position + field.length <= position || end <= field.position);
        self.numbers.extend(kind.map(|kind| (Field { position, length, kind }, false)));
        self.least = self.least.max(end - 1);
        self.most = self.most.max(end - 1);
    }

    /// What IFTHEN sees: missing bytes of short records are blanks.
    fn padded(&self) -> View {
        View { least: self.most, ..self.clone() }
    }

    /// What is known whether or not a change was made.
    fn either(&self, changed: &View) -> View {
        let same =
            |a: &Field, b: &Field| a.position == b.position && a.length == b.length && a.kind == b.kind;
        let both = |(field, _): &&(Field, bool)| changed.numbers.iter().any(|(other, _)| same(field, other));
        View {
            first: self.first,
            least: self.least.min(changed.least),
            most: self.most.max(changed.most),
            numbers: self.numbers.iter().filter(both).map(|(field, _)| (*field, false)).collect(),
        }
    }
}

struct Maker<'r> {
    random: &'r mut Random,
    variable: bool,
}

impl Maker<'_> {
    fn chance(&mut self, percent: usize) -> bool {
        self.random.below(100) < percent
    }

    fn between(&mut self, from: usize, to: usize) -> usize {
        from + self.random.below(to - from + 1)
    }

    fn deck(&mut self, start: &View) -> Deck {
        let filter = self.chance(50).then(|| (self.chance(60), self.condition(start, 2)));
        let mut view = start.clone();
        let inrec = self.chance(40).then(|| self.reform(&mut view));
        let keys = if self.chance(65) { self.keys(&view) } else { Vec::new() };
        let sum = (!keys.is_empty() && self.chance(35)).then(|| self.sum(&view, &keys));
        let outrec = self.chance(50).then(|| self.reform(&mut view));
        let outfils = if self.chance(60) { self.outfils(&view) } else { Vec::new() };
        Deck {
            variable: self.variable,
            length: start.most,
            skip: self.chance(10).then(|| self.random.below(4)),
            stop: self.chance(10).then(|| self.between(1, 6)),
            filter,
            inrec,
            keys,
            sum,
            outrec,
            outfils,
        }
    }

    fn record(&mut self, view: &View, tail: usize, small: bool) -> Vec<u8> {
        let mut record = vec![0; view.first - 1];
        record.extend((0..3).map(|_| self.random.of(&[0xC1, 0xC2, 0x81, 0xF1, 0x40])));
        let value = |maker: &mut Self, limit: usize| {
            let limit = if small { limit.min(40) } else { limit };
            i128::try_from(maker.random.below(limit)).unwrap() * maker.random.of(&[1, 1, -1])
        };
        let zoned = value(self, 1000);
        record.extend(self.zoned(zoned));
        let packed = value(self, 1000);
        let mut packed = numbers::to(packed, "PD", 2);
        let sign = if packed[1] & 15 == 0xD { [0xD, 0xD, 0xB] } else { [0xC, 0xF, 0xA] };
        packed[1] = packed[1] & 0xF0 | self.random.of(&sign);
        record.extend(packed);
        let binary = value(self, 65536).abs();
        record.extend(numbers::to(binary, "BI", 2));
        let fixed = value(self, 32768);
        record.extend(numbers::to(fixed, "FI", 2));
        record.extend(self.floating());
        let tail = if self.variable { self.random.below(tail + 1) } else { tail };
        record.extend(
            (0..tail).map(|_| self.random.of(&[0xC1, 0xC2, 0xF1, 0xF0, 0x40, 0x4B, 0x60, 0, 0x81, 0xFF])),
        );
        if self.variable {
            let length = u16::try_from(record.len()).unwrap().to_be_bytes();
            record[..2].copy_from_slice(&length);
        }
        record
    }

    /// Three zoned digits, leading zeros perhaps as blanks.
    fn zoned(&mut self, value: i128) -> Vec<u8> {
        let mut bytes = numbers::to(value, "ZDF", 3);
        if value >= 0 {
            bytes[2] = bytes[2] & 15 | self.random.of(&[0xF0, 0xF0, 0xC0]);
        }
        if bytes[0] == 0xF0 && self.chance(10) {
            bytes[0] = 0x40;
        }
        bytes
    }

    /// Blanks, perhaps a sign, digits; five bytes.
    fn floating(&mut self) -> Vec<u8> {
        let digits = self.between(1, 4);
        let value = self.random.below(10_usize.pow(u32::try_from(digits).unwrap()));
        let sign = self.random.of(&["", "", "-", "+"]);
        ebcdic(&format!("{:>5}", format!("{sign}{value:0digits$}")))
    }

    fn keys(&mut self, view: &View) -> Vec<(Field, bool)> {
        let mut keys = Vec::new();
        for _ in 0..self.between(1, 3) {
            let field = match self.number(view) {
                Some(field) if self.chance(50) => field,
                _ => self.characters(view, view.least),
            };
            keys.push((field, self.chance(40)));
        }
        keys
    }

    /// Fields of the input that no key overlaps; none for NONE.
    fn sum(&mut self, view: &View, keys: &[(Field, bool)]) -> Vec<Field> {
        let apart =
            |a: &Field, b: &Field| a.position + a.length <= b.position || b.position + b.length <= a.position;
        let mut fields: Vec<Field> = Vec::new();
        for (field, original) in &view.numbers {
            let fits = *original
                && field.kind != Kind::Fs
                && keys.iter().all(|(key, _)| apart(key, field))
                && fields.iter().all(|other| apart(other, field));
            if fits && self.chance(60) {
                fields.push(*field);
            }
        }
        fields
    }

    fn number(&mut self, view: &View) -> Option<Field> {
        if view.numbers.is_empty() {
            return None;
        }
        Some(view.numbers[self.random.below(view.numbers.len())].0)
    }

    /// Some bytes up to a position.
    fn characters(&mut self, view: &View, end: usize) -> Field {
        let position = self.between(view.first, end);
        let length = self.between(1, (end - position + 1).min(5));
        Field { position, length, kind: Kind::Ch }
    }

    fn text(&mut self, longest: usize) -> String {
        let length = self.between(1, longest);
        (0..length).map(|_| self.random.of(&['A', 'B', '1', '0', ' ', '.', '-', 'a', '\''])).collect()
    }

    fn relation(&mut self) -> Relation {
        self.random.of(&[Relation::Eq, Relation::Ne, Relation::Gt, Relation::Ge, Relation::Lt, Relation::Le])
    }

    fn condition(&mut self, view: &View, depth: usize) -> Condition {
        if depth > 0 && self.chance(50) {
            let parts = (0..self.between(2, 3)).map(|_| self.condition(view, depth - 1)).collect();
            return if self.chance(50) { Condition::All(parts) } else { Condition::Any(parts) };
        }
        let relation = self.relation();
        let negated = self.chance(30);
        let number = self.number(view);
        match (self.random.below(10), number) {
            (0..=2, Some(field)) => self.against_number(view, field, relation),
            (3, Some(field)) if matches!(field.kind, Kind::Zd | Kind::Pd | Kind::Fs) => {
                Condition::Numeric(field, negated)
            }
            (4, _) => {
                let field = self.characters(view, view.least);
                let hex = (0..self.between(1, field.length)).map(|_| self.random.of(&[0xC1, 0x40, 0, 0xF1]));
                Condition::Hex(field, relation, hex.collect())
            }
            (5, _) => {
                let (left, right) = (self.characters(view, view.least), self.characters(view, view.least));
                Condition::Fields(left, relation, right)
            }
            (6, _) => {
                let field = self.characters(view, view.least);
                Condition::Substring(field, negated, self.text(4))
            }
            (7, _) => {
                let field = Field { length: 1, ..self.characters(view, view.least) };
                let tests = [
                    BitTest::All,
                    BitTest::Some,
                    BitTest::None,
                    BitTest::NotAll,
                    BitTest::NotSome,
                    BitTest::NotNone,
                ];
                Condition::Bits(
                    field,
                    self.random.of(&tests),
                    self.random.of(&[0x40, 0xC1, 0x0F, 0x81, 0xFF]),
                )
            }
            (8, _) => {
                let field = Field { length: 1, ..self.characters(view, view.least) };
                let pattern = (0..8).map(|_| self.random.of(&['.', '.', '.', '1', '0'])).collect();
                Condition::Pattern(field, negated, pattern)
            }
            _ => {
                let field = self.characters(view, view.least);
                let text = self.text(field.length + 1);
                Condition::Text(field, relation, text)
            }
        }
    }

    fn against_number(&mut self, view: &View, field: Field, relation: Relation) -> Condition {
        let decimal = |kind: Kind| matches!(kind, Kind::Zd | Kind::Pd);
        let partner = |other: &Field| match field.kind {
            Kind::Zd | Kind::Pd => decimal(other.kind),
            Kind::Bi => false,
            kind => kind == other.kind,
        };
        let partners: Vec<Field> =
            view.numbers.iter().map(|(field, _)| *field).filter(|other| partner(other)).collect();
        if !partners.is_empty() && self.chance(30) {
            return Condition::Fields(field, relation, self.random.of(&partners));
        }
        let value = i128::try_from(self.random.below(100)).unwrap();
        let negative = field.kind != Kind::Bi && self.chance(40);
        Condition::Number(field, relation, if negative { -value } else { value })
    }

    fn reform(&mut self, view: &mut View) -> Reform {
        if self.chance(40) {
            return self.ifthen(view);
        }
        Reform::Plain(match self.random.below(10) {
            0 => self.find(view, self.variable),
            1..=5 => self.build(view, view.least),
            _ => self.overlay(view),
        })
    }

    /// FINDREP. It must keep the length of variable records, and of those in IFTHEN, since how far they may grow is not
    /// settled.
    fn find(&mut self, view: &mut View, keeps: bool) -> Change {
        let still = self.chance(30);
        let pairs = (0..self.between(1, 3))
            .map(|_| {
                let (mut from, mut to) = (self.text(2), self.text(3));
                let length = from.chars().count();
                if keeps {
                    from = from.replace(' ', "A");
                }
                if keeps || still {
                    to = to.chars().chain("  ".chars()).take(length).collect();
                }
                if still && self.chance(30) {
                    to = to.chars().take(1).collect();
                }
                (from, to)
            })
            .collect();
        let start = self.chance(30).then(|| self.between(view.first, view.most));
        let end = self.chance(30).then(|| self.between(start.unwrap_or(view.first), view.most + 2));
        let limit = self.chance(30).then(|| self.between(1, 2));
        view.numbers.clear();
        Change::Find(Find { pairs, start, end, limit, still })
    }

    fn group(&mut self, view: &mut View) -> Clause {
        let kind = self.random.below(4);
        let group = Group {
            begin: (kind == 0).then(|| self.condition(&view.padded(), 0)),
            key: (kind == 1).then(|| {
                let field = self.characters(view, view.least);
                (field.position, field.length)
            }),
            end: (kind == 2 || self.chance(30)).then(|| self.condition(&view.padded(), 0)),
            records: (kind == 3 || self.chance(25)).then(|| self.between(1, 4)),
        };
        let mut pushes = Vec::new();
        let mut changed = view.clone();
        // Behind what the conditions look at.
        let mut column = view.most + self.between(1, 3);
        for _ in 0..self.between(1, 3) {
            let push = match self.random.below(3) {
                0 => {
                    let field = self.characters(view, view.most);
                    Push::Bytes(field.position, field.length)
                }
                1 => Push::Id(self.between(1, 3)),
                _ => Push::Sequence(self.between(1, 3)),
            };
            let length = match push {
                Push::Bytes(_, length) | Push::Id(length) | Push::Sequence(length) => length,
            };
            changed.put(column, length, None);
            pushes.push((column, push));
            column += length + self.random.below(2);
        }
        *view = view.either(&changed);
        Clause { when: When::Group(group), change: Change::Push(pushes), hit_next: false }
    }

    fn ifthen(&mut self, view: &mut View) -> Reform {
        let before = view.most;
        let mut clauses = Vec::new();
        let mut shrinks = false;
        for _ in 0..self.random.below(3) {
            if self.chance(35) {
                clauses.push(self.group(view));
                continue;
            }
            let builds = self.chance(30);
            shrinks |= builds;
            let change = if builds { self.build(view, view.most) } else { self.overlay(view) };
            clauses.push(Clause { when: When::Init, change, hit_next: false });
        }
        let conditions = self.random.below(4);
        for _ in 0..conditions {
            let condition = self.condition(&view.padded(), 1);
            let hit_next = self.chance(40);
            clauses.push(self.conditional(view, When::Condition(condition), hit_next));
            if self.chance(15) {
                let hit_next = self.chance(50);
                clauses.push(self.conditional(view, When::Any, hit_next));
            }
        }
        if clauses.is_empty() || self.chance(30) {
            clauses.push(self.conditional(view, When::None, false));
        }
        // Whether the length of the input counts where no record passes unchanged is not settled.
        let builds = clauses.iter().any(|clause| matches!(clause.change, Change::Build(_)));
        let always = conditions == 0 || clauses.iter().any(|clause| matches!(clause.when, When::None));
        let told = builds && (shrinks || always) || self.chance(20);
        let length = (!self.variable && told).then(|| self.between(6, before + 6));
        if !self.variable {
            let end = length.unwrap_or(view.most.max(before));
            view.numbers.retain(|(field, _)| field.position + field.length <= end + 1);
            (view.least, view.most) = (end, end);
        }
        Reform::IfThen(clauses, length)
    }

    fn conditional(&mut self, view: &mut View, when: When, hit_next: bool) -> Clause {
        let mut changed = view.clone();
        let change = match self.random.below(8) {
            0 | 1 => self.build(&mut changed, view.most),
            2 => self.find(&mut changed, true),
            _ => self.overlay(&mut changed),
        };
        *view = view.either(&changed);
        Clause { when, change, hit_next }
    }

    /// BUILD of bytes up to a position.
    fn build(&mut self, view: &mut View, end: usize) -> Change {
        let mut items = Vec::new();
        let old = view.clone();
        *view = View { least: 0, most: 0, numbers: Vec::new(), ..*view };
        let mut next = 1;
        if self.variable {
            let length = if self.chance(70) { 4 } else { self.between(5, end) };
            items.push(Item { column: None, value: Value::Bytes(1, length) });
            next += length;
            view.put(1, length, None);
        }
        for _ in 0..self.between(1, 6) {
            let column = self.chance(15).then(|| next + self.random.below(4));
            let (value, kind) = self.value(&old, end);
            let length = width(&value);
            let position = column.unwrap_or(next);
            let original = match value {
                Value::Bytes(from, _) => old
                    .numbers
                    .iter()
                    .find(|(field, _)| field.position == from && field.length == length)
                    .map(|(field, original)| (field.kind, *original)),
                _ => None,
            };
            view.put(position, length, kind.or(original.map(|(kind, _)| kind)));
            if let (Some((_, original)), Some(last)) = (original, view.numbers.last_mut()) {
                last.1 = original;
            }
            next = position + length;
            items.push(Item { column, value });
        }
        if self.variable && self.chance(40) {
            let from = self.between(old.first, old.most + 2);
            items.push(Item { column: None, value: Value::Rest(from) });
            view.most += (old.most + 1).saturating_sub(from);
        }
        Change::Build(items)
    }

    fn overlay(&mut self, view: &mut View) -> Change {
        let mut items = Vec::new();
        let mut next = view.first;
        for index in 0..self.between(1, 4) {
            let free = index > 0 || !self.variable;
            let column = (!free || self.chance(75)).then(|| self.between(view.first, view.most + 4));
            let (value, kind) = self.value(view, view.most);
            let position = column.unwrap_or(next);
            let length = width(&value);
            view.put(position, length, kind);
            next = position + length;
            items.push(Item { column, value });
        }
        Change::Overlay(items)
    }

    /// A value, and what kind of number it is.
    fn value(&mut self, view: &View, end: usize) -> (Value, Option<Kind>) {
        let field = self.characters(view, end);
        let (position, length) = (field.position, field.length);
        let value = match self.random.below(13) {
            0 => Value::Blanks(self.between(1, 3)),
            1 => Value::Zeros(self.between(1, 2)),
            2 => Value::Text(self.text(5)),
            3 => Value::Hex((0..self.between(1, 3)).map(|_| self.random.of(&[0, 0xFF, 0xC1])).collect()),
            4 => return self.sequence(view),
            5 => Value::ShownHex(position, length),
            6 => Value::Upper(position, length),
            7 => Value::Lower(position, length),
            8 => {
                let pairs = (0..self.between(1, 3)).map(|_| (self.text(length), self.text(4))).collect();
                Value::Change(position, length, 4, pairs, self.text(4))
            }
            9..=10 if !view.numbers.is_empty() => return self.computed(view),
            11 => match self.number(view) {
                Some(number) => Value::Bytes(number.position, number.length),
                None => Value::Bytes(position, length),
            },
            _ => Value::Bytes(position, length),
        };
        (value, None)
    }

    fn sequence(&mut self, view: &View) -> (Value, Option<Kind>) {
        let kind = self.random.of(&[Kind::Zd, Kind::Pd, Kind::Bi]);
        let digits = self.between(1, 4);
        let (start, increment) = (self.random.of(&[0, 1, 5, 97]), self.random.of(&[1, 1, 3, 50]));
        let restart = self.chance(25).then(|| {
            let field = self.characters(view, view.least);
            (field.position, field.length)
        });
        (Value::Sequence(digits, kind, start, increment, restart), Some(kind))
    }

    fn expression(&mut self, view: &View, depth: usize) -> Expression {
        let field = self.number(view).expect("a number");
        if depth == 0 || self.chance(40) {
            return Expression::Field(field);
        }
        let operator = self.random.of(&[
            Operator::Min,
            Operator::Max,
            Operator::Mul,
            Operator::Div,
            Operator::Mod,
            Operator::Add,
            Operator::Sub,
        ]);
        let left = self.expression(view, depth - 1);
        let constant = Expression::Constant(self.random.of(&[1, 2, 3, 7, 10, 99, -1, -4]));
        let right = match operator {
            Operator::Mul | Operator::Div | Operator::Mod => constant,
            _ if self.chance(40) => constant,
            _ => self.expression(view, depth - 1),
        };
        Expression::Binary(operator, Box::new(left), Box::new(right))
    }

    fn computed(&mut self, view: &View) -> (Value, Option<Kind>) {
        let expression = self.expression(view, 2);
        let digits = numbers::digits(&expression);
        let floating = matches!(expression, Expression::Field(Field { kind: Kind::Fs, .. }));
        let shown = match self.random.below(4) {
            0 if !floating => Shown::Plain,
            1 if !floating && digits >= 3 => Shown::Mask(self.random.below(27)),
            2 => self.pattern(),
            _ => return self.converted(expression),
        };
        let length = self.chance(20).then(|| self.between(1, 20));
        (Value::Number(expression, shown, length), None)
    }

    fn converted(&mut self, expression: Expression) -> (Value, Option<Kind>) {
        let formats = [
            ("PD", Kind::Pd, 4),
            ("PDC", Kind::Pd, 4),
            ("PDF", Kind::Pd, 4),
            ("ZD", Kind::Zd, 7),
            ("ZDC", Kind::Zd, 7),
            ("ZDF", Kind::Zd, 7),
            ("FI", Kind::Fi, 4),
        ];
        let (format, kind, longest) = self.random.of(&formats);
        let length = self.between(1, longest);
        // A binary number of few bytes may overflow in another way than decimal digits do.
        let length = if kind == Kind::Fi { 8 } else { length };
        let kind = (kind != Kind::Fi).then_some(kind);
        (Value::Number(expression, Shown::To(format, length), None), kind)
    }

    fn pattern(&mut self) -> Shown {
        let mut pattern = String::new();
        let mut signs = [' '; 4];
        if self.chance(40) {
            pattern.push('S');
            (signs[0], signs[1]) = self.random.of(&[(' ', '-'), ('+', '-'), (' ', '<')]);
        }
        let (blanking, always) = (self.random.below(8), self.between(1, 4));
        for index in 0..blanking + always {
            if index > 0 && self.chance(25) {
                pattern.push(self.random.of(&['.', '/', ':']));
            }
            pattern.push(if index < blanking { 'I' } else { 'T' });
        }
        if self.chance(30) {
            pattern.push('S');
            (signs[2], signs[3]) = self.random.of(&[(' ', '-'), ('+', '-'), (' ', '>')]);
        }
        Shown::Pattern(pattern, signs)
    }

    fn outfils(&mut self, view: &View) -> Vec<OutFil> {
        let count = self.between(1, 3);
        let saves = count > 1 && self.chance(30);
        let mut outfils = Vec::new();
        let mut names = 0;
        for index in 0..count {
            let save = saves && index + 1 == count;
            let files = (0..self.random.of(&[1, 1, 2, 3]))
                .map(|_| {
                    names += 1;
                    format!("OUT{names}")
                })
                .collect();
            outfils.push(self.outfil(view, files, save, saves));
        }
        outfils
    }

    fn outfil(&mut self, view: &View, files: Vec<String>, save: bool, saves: bool) -> OutFil {
        let selection = match self.random.below(4) {
            _ if save => Selection::Save,
            0 | 1 => Selection::Include(self.condition(view, 1)),
            2 => Selection::Omit(self.condition(view, 1)),
            _ => Selection::All,
        };
        let start = (!save && self.chance(20)).then(|| self.between(1, 5));
        let end = (!save && self.chance(20)).then(|| start.unwrap_or(1) + self.random.below(8));
        let sample = (!save && self.chance(15)).then(|| {
            let every = self.between(2, 5);
            (every, self.between(1, every - 1))
        });
        let accept = (!saves && self.chance(15)).then(|| self.between(1, 6));
        let reform = self.chance(50).then(|| self.reform(&mut view.clone()));
        let repeat = (reform.is_none() && files.len() == 1 && self.chance(20)).then(|| self.between(2, 3));
        let n = self.between(1, 3);
        let split = (files.len() > 1 && self.chance(60))
            .then(|| self.random.of(&[Split::Plain, Split::By(n), Split::OneRound(n)]));
        OutFil { files, selection, start, end, sample, accept, reform, repeat, split }
    }
}
