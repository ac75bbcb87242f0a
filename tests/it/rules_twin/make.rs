//! Decks by chance: always valid, most of them run to their end, with keys from small ranges so that they meet.

use num_bigint::BigInt;

use super::evaluate::initial;
use super::model::*;
use super::numbers;
use crate::harness::{Random, ebcdic};

/// What a kind of deck is like.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Transactions of different keys have nothing to do with each other: no working storage changes, no record begins with the
    /// last one.
    pub independent: bool,
    /// Some numbers in transactions are none.
    pub invalid: bool,
    /// What may stop the run is not avoided.
    pub risky: bool,
    /// Key values.
    pub keys: usize,
    pub records: usize,
}

impl Manner {
    fn random(random: &mut Random) -> Manner {
        let records = match random.below(40) {
            0 => 0,
            1..=30 => 1 + random.below(50),
            31..=38 => 100 + random.below(300),
            _ => 2000 + random.below(2000),
        };
        Manner {
            independent: random.below(3) == 0,
            invalid: random.below(4) == 0,
            risky: random.below(10) == 0,
            keys: 3 + random.below(if records > 100 { 60 } else { 12 }),
            records,
        }
    }
}

/// A deck of its own for every seed.
pub fn make(seed: u64) -> Deck {
    let mut random = Random::new(seed);
    // The first numbers of near seeds are alike.
    for _ in 0..8 {
        random.next();
    }
    let manner = Manner::random(&mut random);
    let mut maker =
        Maker { random, manner, deck: empty(), keys: Vec::new(), digits: Vec::new(), looked: Vec::new() };
    maker.deck.quirks = (0..maker.random.below(3)).map(|_| maker.random.below(2) == 0).collect();
    maker.records();
    maker.program();
    maker.deck
}

fn empty() -> Deck {
    Deck {
        inputs: Vec::new(),
        masters: Vec::new(),
        working: Layout { name: "W-REC".to_owned(), fields: Vec::new(), length: 0 },
        outputs: Vec::new(),
        rejects: None,
        parameter: None,
        quirks: Vec::new(),
        paragraphs: Vec::new(),
        start: Vec::new(),
        breaks: Vec::new(),
        edits: Vec::new(),
        rules: Vec::new(),
        end: Vec::new(),
        report_last: false,
        reject_invalid: false,
    }
}

const ROUNDINGS: [Rounding; 8] = [
    Rounding::Truncation,
    Rounding::Truncation,
    Rounding::NearestAwayFromZero,
    Rounding::NearestEven,
    Rounding::NearestTowardZero,
    Rounding::AwayFromZero,
    Rounding::TowardGreater,
    Rounding::TowardLesser,
];
const RELATIONS: [Relation; 6] = [
    Relation::Equal,
    Relation::NotEqual,
    Relation::Less,
    Relation::NotGreater,
    Relation::Greater,
    Relation::NotLess,
];
const WORDS: [&str; 8] = ["A", "B", "C", "AB", "BA", "CAB", "", "X Y"];

struct Maker {
    random: Random,
    manner: Manner,
    deck: Deck,
    /// Fields with few values.
    keys: Vec<Ref>,
    /// Text fields that hold digits.
    digits: Vec<Ref>,
    /// Masters that are looked up by what was made so far.
    looked: Vec<usize>,
}

/// Where actions stand.
#[derive(Clone, Default)]
struct Spot {
    /// Masters that have a current row.
    current: Vec<usize>,
    /// The record being built, and whether its numbers are valid already.
    building: Option<(usize, usize, bool)>,
    /// No transaction can be rejected here.
    aside: bool,
    edits: bool,
    depth: usize,
}

impl Maker {
    fn one_in(&mut self, count: usize) -> bool {
        self.random.below(count) == 0
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.random.below(list.len())].clone()
    }

    // ---- records -------------------------------------------------------------------------------------------------

    fn records(&mut self) {
        let inputs = if self.one_in(4) { 2 } else { 1 };
        for at in 0..inputs {
            let layout = self.transaction_layout(at);
            self.deck.inputs.push(Input { layout, records: Vec::new() });
        }
        for at in 0..self.random.of(&[0, 1, 1, 2, 2, 3]) {
            self.master(at);
        }
        self.deck.working = self.working();
        self.deck.reject_invalid = self.manner.invalid && !self.one_in(8) || self.one_in(10);
        for at in 0..inputs {
            let layout = self.deck.inputs[at].layout.clone();
            let mut records: Vec<Vec<u8>> =
                (0..self.manner.records / inputs).map(|_| self.record(&layout, Place::Input(at))).collect();
            if self.one_in(2) {
                records.sort();
            }
            self.deck.inputs[at].records = records;
        }
        for at in 0..1 + self.random.below(3) {
            let output = self.output(&format!("O{at}"));
            self.deck.outputs.push(output);
        }
        if !(self.manner.risky && self.one_in(3)) {
            let at = self.deck.outputs.len();
            let levels = vec![self.output_level(&format!("O{at}A"))];
            let variable = self.one_in(4);
            self.deck.outputs.push(Output { levels, variable });
            let max = if self.one_in(30) { Some(self.random.below(20) as u64) } else { None };
            self.deck.rejects = Some(Rejects { output: at, max, actions: Vec::new() });
        }
    }

    fn layout(&mut self, name: &str, kinds: Vec<Kind>) -> Layout {
        let (mut fields, mut length) = (Vec::new(), 0);
        for (at, kind) in kinds.into_iter().enumerate() {
            let size = match kind {
                Kind::Number(pic) => numbers::length(pic),
                Kind::Text(length) => length,
                Kind::Edited(mask) => numbers::edit(mask, &numbers::zero()).len(),
            };
            fields.push(Field {
                name: format!("{name}-F{at}"),
                kind,
                offset: length,
                length: size,
                value: None,
                conditions: Vec::new(),
            });
            length += size;
        }
        Layout { name: format!("{name}-REC"), fields, length }
    }

    fn transaction_layout(&mut self, at: usize) -> Layout {
        let mut kinds = vec![Kind::Number(self.key_pic()), Kind::Text(1 + self.random.below(3))];
        if self.one_in(2) {
            kinds.push(Kind::Number(self.key_pic()));
        }
        self.keys.extend((0..kinds.len()).map(|field| (Place::Input(at), field)));
        let coded = kinds.len();
        kinds.push(Kind::Text(1));
        self.digits.push((Place::Input(at), kinds.len()));
        kinds.push(Kind::Text(1 + self.random.below(6)));
        for _ in 0..1 + self.random.below(3) {
            kinds.push(Kind::Number(self.pic()));
        }
        kinds.push(Kind::Text(1 + self.random.below(8)));
        let mut layout = self.layout(&format!("I{at}"), kinds);
        self.conditions(&mut layout, coded);
        self.conditions(&mut layout, coded + 2);
        layout
    }

    fn master(&mut self, at: usize) {
        let key_kind = |maker: &mut Maker| match maker.one_in(2) {
            true => Kind::Number(maker.key_pic()),
            false => Kind::Text(1 + maker.random.below(3)),
        };
        let place = Place::Master(at);
        let (key, alternate) = (1 + usize::from(self.one_in(3)), self.random.below(3));
        let mut kinds: Vec<Kind> = (0..key + alternate).map(|_| key_kind(self)).collect();
        self.keys.extend((0..kinds.len()).map(|field| (place, field)));
        for _ in 0..1 + self.random.below(3) {
            kinds.push(Kind::Number(self.pic()));
        }
        kinds.push(Kind::Text(1 + self.random.below(8)));
        if self.one_in(4) {
            kinds.push(Kind::Edited(self.random.below(3)));
        }
        let mut layout = self.layout(&format!("M{at}"), kinds);
        for field in &mut layout.fields[key + alternate..] {
            if self.random.below(3) == 0 {
                field.value = self.literal(field.kind);
            }
        }
        let last = layout.fields.len() - 1;
        self.conditions(&mut layout, last);
        let unique = (0..alternate).map(|_| match self.random.below(12) {
            0..=4 => Some(Taken::Reject(self.reason())),
            5 if self.manner.risky => Some(Taken::Stop),
            _ => None,
        });
        let unique: Vec<_> = unique.collect();
        let mut master = Master {
            key: (0..key).collect(),
            alternates: (key..key + alternate).map(|field| vec![field]).collect(),
            unique,
            new: !self.one_in(5),
            rows: Vec::new(),
            layout,
        };
        let mut seen = Vec::new();
        for _ in 0..self.random.below(self.manner.keys + 1) {
            let row = self.record(&master.layout, place);
            let end = master.layout.fields[key - 1].offset + master.layout.fields[key - 1].length;
            let part = |row: &[u8], at: usize| {
                let field = &master.layout.fields[key + at];
                row[field.offset..field.offset + field.length].to_vec()
            };
            let unique = (0..alternate).filter(|at| master.unique[*at].is_some());
            let taken = unique
                .into_iter()
                .any(|at| master.rows.iter().any(|other: &Vec<u8>| part(other, at) == part(&row, at)));
            if !seen.contains(&row[..end].to_vec()) && !taken || self.manner.risky && self.one_in(40) {
                seen.push(row[..end].to_vec());
                master.rows.push(row);
            }
        }
        self.deck.masters.push(master);
    }

    fn working(&mut self) -> Layout {
        let mut kinds = vec![Kind::Text(3), Kind::Edited(self.random.below(3))];
        for _ in 0..2 + self.random.below(4) {
            kinds.push(Kind::Number(self.pic()));
        }
        for _ in 0..1 + self.random.below(3) {
            kinds.push(Kind::Text(1 + self.random.below(8)));
        }
        let mut layout = self.layout("W", kinds);
        for at in 0..layout.fields.len() {
            if self.one_in(2) {
                layout.fields[at].value = self.literal(layout.fields[at].kind);
            }
            if self.one_in(2) {
                self.conditions(&mut layout, at);
            }
        }
        if self.one_in(3) {
            self.deck.parameter = Some((0, self.of(&WORDS).to_owned()));
        }
        layout
    }

    fn output(&mut self, name: &str) -> Output {
        let levels: Vec<Layout> = (0..self.random.of(&[1, 1, 2, 3]))
            .map(|level| self.output_level(&format!("{name}{}", ["A", "B", "C"][level])))
            .collect();
        let variable = levels.len() > 1 || self.one_in(4);
        Output { levels, variable }
    }

    fn output_level(&mut self, name: &str) -> Layout {
        let kinds = (0..2 + self.random.below(4)).map(|_| match self.random.below(5) {
            0 | 1 => Kind::Number(self.pic()),
            2 => Kind::Edited(self.random.below(3)),
            _ => Kind::Text(1 + self.random.below(12)),
        });
        let kinds = kinds.collect();
        let mut layout = self.layout(name, kinds);
        for field in &mut layout.fields {
            if self.random.below(4) == 0 {
                field.value = self.literal(field.kind);
            }
        }
        layout
    }

    fn key_pic(&mut self) -> Pic {
        let usage = self.random.of(&[Usage::Zoned, Usage::Packed, Usage::Binary]);
        Pic { digits: 2 + self.random.below(3), decimals: 0, signed: self.one_in(4), usage }
    }

    fn pic(&mut self) -> Pic {
        let most = if self.one_in(8) { 18 } else { 9 };
        let digits = 1 + self.random.below(most);
        let usage = self.random.of(&[Usage::Zoned, Usage::Packed, Usage::Binary]);
        Pic { digits, decimals: self.random.below(digits.min(4) + 1), signed: !self.one_in(3), usage }
    }

    /// An integer that a field can hold, most often with few digits.
    fn integer(&mut self, pic: Pic) -> BigInt {
        let used = match self.random.below(4) {
            0 => pic.digits,
            1 => 1,
            _ => 1 + self.random.below(pic.digits),
        };
        let value = BigInt::from(self.random.next()) * BigInt::from(1_000_003) % numbers::power(used as i64);
        if pic.signed && self.one_in(2) { -value } else { value }
    }

    fn literal(&mut self, kind: Kind) -> Option<Literal> {
        match kind {
            Kind::Number(pic) => Some(Literal::Number(self.integer(pic), pic.decimals)),
            Kind::Text(length) => {
                let word = self.of(&WORDS);
                (!word.is_empty() && word.len() <= length).then(|| Literal::Text(word.to_owned()))
            }
            Kind::Edited(_) => None,
        }
    }

    /// Gives a field condition names.
    fn conditions(&mut self, layout: &mut Layout, at: usize) {
        let field = &mut layout.fields[at];
        if matches!(field.kind, Kind::Edited(_)) {
            return;
        }
        for number in 0..1 + self.random.below(2) {
            let mut values = Vec::new();
            for _ in 0..1 + self.random.below(3) {
                let Some(low) = self.literal(field.kind) else { continue };
                let high = match (&low, self.one_in(3)) {
                    (Literal::Number(value, decimals), true) => {
                        let high = value + 1 + self.random.below(100);
                        let Kind::Number(pic) = field.kind else { continue };
                        numbers::fit(pic.digits, true, &high, false)
                            .map(|high| Literal::Number(high, *decimals))
                    }
                    _ => None,
                };
                values.push((low, high));
            }
            if !values.is_empty() {
                let name = format!("{}-IS-{number}", field.name);
                field.conditions.push(Named { name, values });
            }
        }
    }

    /// A record of data.
    fn record(&mut self, layout: &Layout, place: Place) -> Vec<u8> {
        let mut record = initial(layout);
        for (at, field) in layout.fields.iter().enumerate() {
            let bytes = self.data((place, at), field);
            record[field.offset..field.offset + field.length].copy_from_slice(&bytes);
        }
        record
    }

    fn data(&mut self, of: Ref, field: &Field) -> Vec<u8> {
        let (keyish, digits) = (self.keys.contains(&of), self.digits.contains(&of));
        let invalid = self.manner.invalid && matches!(of.0, Place::Input(_)) && self.one_in(25);
        match field.kind {
            Kind::Number(pic) if invalid && pic.usage != Usage::Binary => {
                vec![self.random.of(&[0, 0x40, 0xFF]); field.length]
            }
            Kind::Number(pic) => {
                let value = match keyish {
                    true => {
                        BigInt::from(self.random.below(self.manner.keys) % 10_usize.pow(pic.digits as u32))
                    }
                    false => self.integer(pic),
                };
                let mut bytes = numbers::encode(pic, &value);
                // Other signs for the same value.
                let last = bytes.last_mut().unwrap();
                let plus = value >= numbers::zero();
                match pic.usage {
                    Usage::Zoned if plus && self.one_in(8) => {
                        *last = self.random.of(&[0xA0, 0xC0, 0xE0, 0xF0]) | *last & 15
                    }
                    Usage::Packed if plus && self.one_in(8) => {
                        *last = self.random.of(&[0xA, 0xC, 0xE, 0xF]) | *last & 0xF0
                    }
                    Usage::Packed if !plus && self.one_in(8) => *last = 0xB | *last & 0xF0,
                    _ => {}
                }
                bytes
            }
            Kind::Text(length) if digits && !invalid => {
                (0..length).map(|_| 0xF0 + self.random.below(10) as u8).collect()
            }
            Kind::Text(length) => {
                let word = if keyish {
                    let at = self.random.below(self.manner.keys);
                    format!("{}{}", ["A", "B", "C", "D"][at % 4], ["", "1", "2", "3"][at / 4 % 4])
                } else {
                    self.of(&WORDS).to_owned()
                };
                let mut bytes = ebcdic(&word);
                bytes.resize(length, 0x40);
                bytes
            }
            Kind::Edited(mask) => {
                let (_, digits, _) = numbers::MASKS[mask];
                let pic = Pic { digits, decimals: 0, signed: mask < 2, usage: Usage::Zoned };
                let value = self.integer(pic);
                ebcdic(&numbers::edit(mask, &value))
            }
        }
    }

    // ---- program -------------------------------------------------------------------------------------------------

    fn program(&mut self) {
        let aside = Spot { aside: true, ..Spot::default() };
        self.deck.report_last = self.one_in(2);
        if !self.manner.independent {
            for _ in 0..self.random.below(3) {
                let actions = self.some(&Spot { aside: true, depth: 2, ..Spot::default() }, 2);
                self.deck.paragraphs.push(actions);
            }
        }
        // In the order in which they are compiled: a master must have been looked up by an action before.
        if self.one_in(2) {
            self.deck.start = self.actions(&aside, 2);
        }
        for at in 0..self.random.below(4) {
            let rule = self.rule(format!("E{at}"), &Spot { edits: true, ..Spot::default() });
            self.deck.edits.push(rule);
        }
        for at in 0..1 + self.random.below(4) {
            let rule = self.rule(format!("R{at}"), &Spot::default());
            self.deck.rules.push(rule);
        }
        if self.deck.inputs.len() == 1 && self.one_in(2) {
            for _ in 0..1 + self.random.below(3) {
                let fields = self.deck.inputs[0].layout.fields.len().min(4);
                let on = vec![self.random.below(fields)];
                let level = Break { on, first: self.actions(&aside, 2), last: self.actions(&aside, 2) };
                self.deck.breaks.push(level);
            }
        }
        if self.one_in(2) {
            self.deck.end = self.actions(&aside, 2);
        }
        if let Some(output) = self.deck.rejects.as_ref().map(|rejects| rejects.output) {
            let spot = Spot { building: Some((output, 0, true)), aside: true, ..Spot::default() };
            let mut actions = self.building(&spot, 4);
            let to = self.texts_of(Place::Output(output, 0));
            if let Some(field) = to.first() {
                // What an invalid number is called is not the business of this test.
                let values = match self.deck.reject_invalid {
                    true => vec![Value::RejectCode, Value::RejectRule],
                    false => {
                        vec![Value::RejectCode, Value::RejectRule, Value::RejectReason, Value::RejectField]
                    }
                };
                let pieces = values.into_iter().map(|value| (value, Some("  ".to_owned()))).collect();
                let to = Receiver { field: *field, part: None };
                actions.push(Action::Join { pieces, to });
            }
            self.deck.rejects.as_mut().unwrap().actions = actions;
        }
    }

    fn rule(&mut self, name: String, spot: &Spot) -> Rule {
        let inputs = self.deck.inputs.len();
        let input = (inputs > 1 && self.one_in(2)).then(|| self.random.below(inputs));
        let when = self.one_in(2).then(|| self.condition(spot, 2));
        let actions = match spot.edits {
            true => self.edit(spot),
            false => self.actions(spot, 4),
        };
        Rule { name, input, when, actions, done: self.one_in(4) }
    }

    /// Actions of a check.
    fn edit(&mut self, spot: &Spot) -> Vec<Action> {
        let mut actions = if self.one_in(3) { self.actions(spot, 1) } else { Vec::new() };
        for _ in 0..1 + self.random.below(2) {
            let reject = Action::Reject { reason: self.reason(), go_on: self.one_in(2) };
            actions.push(Action::When {
                condition: self.unlikely(spot),
                actions: vec![reject],
                otherwise: Vec::new(),
            });
        }
        actions
    }

    /// A condition that often does not hold.
    fn unlikely(&mut self, spot: &Spot) -> Condition {
        match self.one_in(2) {
            true => Condition::All(vec![self.condition(spot, 0), self.condition(spot, 0)]),
            false => self.condition(spot, 1),
        }
    }

    fn reason(&mut self) -> Reason {
        (
            self.of(&["0100", "0101", "0102", "0103", "X"]).to_owned(),
            self.of(&["NO SUCH KEY", "OVER", "BAD"]).to_owned(),
        )
    }

    fn actions(&mut self, spot: &Spot, most: usize) -> Vec<Action> {
        let mut spot = spot.clone();
        let mut actions = Vec::new();
        for _ in 0..1 + self.random.below(most) {
            self.action(&mut spot, &mut actions);
        }
        actions
    }

    /// Only what is allowed everywhere: moves and arithmetic.
    fn some(&mut self, spot: &Spot, most: usize) -> Vec<Action> {
        (0..1 + self.random.below(most)).filter_map(|_| self.simple(spot)).collect()
    }

    fn action(&mut self, spot: &mut Spot, actions: &mut Vec<Action>) {
        let masters = self.deck.masters.len();
        match self.random.below(12) {
            0..=2 if masters > 0 => self.lookup(spot, actions),
            3 if masters > 0 && spot.depth < 2 => actions.extend(self.for_each(spot)),
            4 | 5 => actions.push(self.emit(spot)),
            6 if spot.depth < 2 => {
                let inner = Spot { depth: spot.depth + 1, ..spot.clone() };
                let condition = self.condition(spot, 2);
                let otherwise = if self.one_in(2) { self.actions(&inner, 2) } else { Vec::new() };
                actions.push(Action::When { condition, actions: self.actions(&inner, 3), otherwise });
            }
            7 if !self.deck.paragraphs.is_empty() => {
                actions.push(Action::Perform(self.random.below(self.deck.paragraphs.len())));
            }
            8 if !spot.aside && self.one_in(2) => {
                let reject = Action::Reject { reason: self.reason(), go_on: spot.edits && self.one_in(2) };
                let condition = self.unlikely(spot);
                actions.push(Action::When { condition, actions: vec![reject], otherwise: Vec::new() });
            }
            8 if self.manner.risky && self.one_in(10) => {
                let condition = self.unlikely(spot);
                let stop = vec![Action::Stop("it was said".to_owned())];
                actions.push(Action::When { condition, actions: stop, otherwise: Vec::new() });
            }
            _ => actions.extend(self.simple(spot)),
        }
    }

    fn lookup(&mut self, spot: &mut Spot, actions: &mut Vec<Action>) {
        let master = self.random.below(self.deck.masters.len());
        let of = &self.deck.masters[master];
        let (alternates, new) = (of.alternates.len(), of.new);
        if new && self.one_in(5) {
            return self.insert(spot, master, actions);
        }
        let by = (alternates > 0 && self.one_in(3)).then(|| self.random.below(alternates));
        let key = self.key(spot, master, by);
        let or_key = self.one_in(5).then(|| self.key(spot, master, by));
        spot.current.retain(|other| *other != master);
        let missing = match self.random.below(8) {
            0..=2 if new && by.is_none() => Missing::Create,
            3 | 4 if !spot.aside => Missing::Reject(self.reason()),
            5 if self.manner.risky => Missing::Stop,
            _ => Missing::Continue,
        };
        self.looked.push(master);
        let sure = !matches!(missing, Missing::Continue);
        actions.push(Action::Lookup { master, by, key, or_key, missing });
        let mut within = spot.clone();
        within.current.push(master);
        within.depth += 1;
        if sure || self.manner.risky && self.one_in(3) {
            spot.current.push(master);
            actions.extend(self.change(&within, master));
            if new && self.one_in(12) {
                actions.push(if self.one_in(2) { Action::Delete(master) } else { Action::Release(master) });
                spot.current.retain(|other| *other != master);
            }
        } else {
            let mut then = self.change(&within, master);
            if within.depth < 3 {
                then.extend(self.actions(&within, 2));
            }
            if new && self.one_in(8) {
                // What came before may have looked elsewhere or deleted it.
                let again = Action::When {
                    condition: Condition::Found(master),
                    actions: vec![if self.one_in(2) {
                        Action::Delete(master)
                    } else {
                        Action::Release(master)
                    }],
                    otherwise: Vec::new(),
                };
                if then.iter().all(|action| matches!(action, Action::Arithmetic { .. } | Action::Move { .. }))
                {
                    then.push(again);
                }
            }
            let otherwise = if self.one_in(3) { self.some(spot, 2) } else { Vec::new() };
            actions.push(Action::When { condition: Condition::Found(master), actions: then, otherwise });
        }
    }

    /// A row is made; its alternate keys come with it, one by one behind it, or not at all.
    fn insert(&mut self, spot: &mut Spot, master: usize, actions: &mut Vec<Action>) {
        let alternates = self.deck.masters[master].alternates.len();
        let key = self.foreign(spot, master, None);
        // In the order of their names, in which JSON has them.
        let given: Vec<usize> = (0..alternates).filter(|_| self.one_in(2)).collect();
        let given = given.into_iter().map(|at| (at, self.foreign(spot, master, Some(at)))).collect();
        let duplicate = match self.random.below(8) {
            0..=2 if !spot.aside => Duplicate::Reject(self.reason()),
            3 if self.manner.risky => Duplicate::Stop,
            4 if self.manner.risky => Duplicate::Unsaid,
            _ => Duplicate::Continue,
        };
        self.looked.push(master);
        actions.push(Action::Insert { master, key, alternates: given, duplicate });
        spot.current.retain(|other| *other != master);
        spot.current.push(master);
        let within = Spot { depth: spot.depth + 1, ..spot.clone() };
        for _ in 0..self.random.below(3) {
            actions.extend(self.change(&within, master));
        }
    }

    /// Values of a key, none of which is of the master itself.
    fn foreign(&mut self, spot: &Spot, master: usize, by: Option<usize>) -> Vec<Value> {
        loop {
            let key = self.key(spot, master, by);
            let own = |value: &Value| matches!(value, Value::Field((Place::Master(of), _)) if *of == master);
            if !key.iter().any(own) {
                return key;
            }
        }
    }

    /// A change of the row at hand.
    fn change(&mut self, spot: &Spot, master: usize) -> Vec<Action> {
        if !self.deck.masters[master].new || spot.building.is_some() {
            return Vec::new();
        }
        let key = self.deck.masters[master].key.len();
        let fields: Vec<Ref> = (key..self.deck.masters[master].layout.fields.len())
            .map(|field| (Place::Master(master), field))
            .collect();
        let to = self.of(&fields);
        self.change_of(spot, to).into_iter().collect()
    }

    fn for_each(&mut self, spot: &Spot) -> Option<Action> {
        let masters: Vec<usize> = (0..self.deck.masters.len())
            .filter(|at| !self.deck.masters[*at].alternates.is_empty() && !spot.current.contains(at))
            .collect();
        if masters.is_empty() {
            return None;
        }
        let master = self.of(&masters);
        let by = self.random.below(self.deck.masters[master].alternates.len());
        let key = self.key(spot, master, Some(by));
        self.looked.push(master);
        let mut within = spot.clone();
        within.current.push(master);
        within.depth += 1;
        let mut actions = self.change(&within, master);
        actions.extend(self.some(&within, 2));
        if self.one_in(2) {
            actions.push(self.emit(&within));
        }
        if self.deck.masters[master].new && self.one_in(6) {
            actions.push(Action::Delete(master));
        }
        Some(Action::ForEach { master, by, key, actions })
    }

    fn key(&mut self, spot: &Spot, master: usize, by: Option<usize>) -> Vec<Value> {
        let of = &self.deck.masters[master];
        let fields = by.map_or_else(|| of.key.clone(), |by| of.alternates[by].clone());
        let kinds: Vec<Kind> = fields.iter().map(|field| of.layout.fields[*field].kind).collect();
        kinds.into_iter().map(|kind| self.key_value(spot, kind)).collect()
    }

    fn key_value(&mut self, spot: &Spot, kind: Kind) -> Value {
        let number = matches!(kind, Kind::Number(_));
        let readable = self.readable(spot);
        let fields: Vec<Ref> = self
            .keys
            .iter()
            .filter(|field| readable.contains(field))
            .filter(|field| matches!(self.deck.field(**field).kind, Kind::Number(_)) == number)
            .copied()
            .collect();
        if !fields.is_empty() && !self.one_in(8) {
            return Value::Field(self.of(&fields));
        }
        match kind {
            Kind::Text(length) => {
                let fitting: Vec<&str> = ["A", "B", "C", "D", "A1", "B2"]
                    .into_iter()
                    .filter(|word| word.len() <= length)
                    .collect();
                Value::Text(self.of(&fitting).to_owned())
            }
            _ => Value::Number(BigInt::from(self.random.below(self.manner.keys.min(99))), 0),
        }
    }

    fn emit(&mut self, spot: &Spot) -> Action {
        let rejects = usize::from(self.deck.rejects.is_some());
        let output = self.random.below(self.deck.outputs.len() - rejects);
        let level = self.random.below(self.deck.outputs[output].levels.len());
        let unset = match self.random.below(8) {
            0 => Unset::Blank,
            1 => Unset::LowValue,
            2 | 3 if !self.manner.independent => Unset::Last,
            _ => Unset::Initial,
        };
        let room = self.deck.outputs[output].room();
        let mut places: Vec<Place> = (0..self.deck.inputs.len()).map(Place::Input).collect();
        places.extend((0..self.deck.masters.len()).map(Place::Master));
        places.push(Place::Working);
        places.retain(|place| self.deck.layout(*place).length <= room);
        let from = (!places.is_empty() && self.one_in(3)).then(|| self.of(&places));
        let valid = unset == Unset::Initial && from.is_none();
        let within = Spot { building: Some((output, level, valid)), ..spot.clone() };
        Action::Emit(Emit { output, level, unset, from, actions: self.building(&within, 4) })
    }

    /// Actions that fill a record.
    fn building(&mut self, spot: &Spot, most: usize) -> Vec<Action> {
        let (output, level, _) = spot.building.unwrap();
        let fields: Vec<Ref> = (0..self.deck.outputs[output].levels[level].fields.len())
            .map(|field| (Place::Output(output, level), field))
            .collect();
        let mut actions = Vec::new();
        for _ in 0..1 + self.random.below(most) {
            let to = self.of(&fields);
            let Some(action) = self.change_of(spot, to) else { continue };
            actions.push(match self.one_in(6) {
                true => Action::When {
                    condition: self.condition(spot, 1),
                    actions: vec![action],
                    otherwise: Vec::new(),
                },
                false => action,
            });
        }
        actions
    }

    /// A change of something that may be changed here.
    fn simple(&mut self, spot: &Spot) -> Option<Action> {
        let mut fields: Vec<Ref> = Vec::new();
        if let Some((output, level, _)) = spot.building {
            fields.extend(self.all_of(Place::Output(output, level)));
        } else {
            for master in spot.current.clone() {
                if self.deck.masters[master].new {
                    let key = self.deck.masters[master].key.len();
                    fields.extend(self.all_of(Place::Master(master)).into_iter().skip(key));
                }
            }
        }
        if !self.manner.independent {
            fields.extend(self.all_of(Place::Working));
        }
        if fields.is_empty() {
            return None;
        }
        let to = self.of(&fields);
        self.change_of(spot, to)
    }

    fn change_of(&mut self, spot: &Spot, to: Ref) -> Option<Action> {
        let field = self.deck.field(to).clone();
        let own_valid = !matches!((to.0, spot.building), (Place::Output(..), Some((_, _, false))));
        // Keys and digits stay what they are for.
        let keyish = self.keys.contains(&to);
        if !field.conditions.is_empty() && self.one_in(6) {
            return Some(Action::Set(to, self.random.below(field.conditions.len())));
        }
        match field.kind {
            Kind::Number(_) if keyish => {
                let Value::Number(value, decimals) = Value::Number(BigInt::from(self.random.below(9)), 0)
                else {
                    return None;
                };
                self.moves(Value::Number(value, decimals), to, false)
            }
            Kind::Number(pic) if !self.one_in(3) => Some(self.arithmetic(spot, to, pic, own_valid)),
            Kind::Number(_) | Kind::Edited(_) => {
                let value = self.number_value(spot)?;
                let truncate = !self.one_in(20);
                self.moves(value, to, truncate)
            }
            Kind::Text(length) if length > 2 && self.one_in(4) => {
                let pieces = (0..1 + self.random.below(3)).map(|_| {
                    let value = self.text_value(spot, true);
                    let until = self.one_in(2).then(|| self.of(&[" ", "B", "  "]).to_owned());
                    (value, until)
                });
                let pieces = pieces.collect();
                Some(Action::Join { pieces, to: self.part(to, length) })
            }
            Kind::Text(length) => {
                let value = self.text_value(spot, false);
                let to = self.part(to, length);
                Some(Action::Move { value, to: vec![to], truncate: self.one_in(2) })
            }
        }
    }

    fn part(&mut self, field: Ref, length: usize) -> Receiver {
        let part = (length > 1 && self.one_in(4)).then(|| {
            let start = 1 + self.random.below(length);
            (start, 1 + self.random.below(length - start + 1))
        });
        Receiver { field, part }
    }

    fn moves(&mut self, value: Value, to: Ref, truncate: bool) -> Option<Action> {
        Some(Action::Move { value, to: vec![Receiver { field: to, part: None }], truncate })
    }

    fn arithmetic(&mut self, spot: &Spot, to: Ref, pic: Pic, own_valid: bool) -> Action {
        let reject = !spot.aside && self.one_in(4);
        let on_size = match reject {
            true => OnSize::Reject(self.reason()),
            false if self.manner.risky && self.one_in(6) => OnSize::Stop,
            false => OnSize::Truncate,
        };
        let rounding = if reject && self.one_in(10) { Rounding::Prohibited } else { self.of(&ROUNDINGS) };
        let verb = match self.random.below(4) {
            0 | 1 if own_valid => {
                let value = if self.one_in(2) { self.leaf(spot) } else { self.expression(spot, 1, reject) };
                match self.one_in(3) {
                    true => Verb::Subtract(value, vec![to]),
                    false => Verb::Add(value, vec![to]),
                }
            }
            _ => Verb::Compute(to, self.expression(spot, 2, reject)),
        };
        let _ = pic;
        Action::Arithmetic { verb, rounding, on_size }
    }

    /// Every field of a record.
    fn all_of(&self, place: Place) -> Vec<Ref> {
        (0..self.deck.layout(place).fields.len()).map(|field| (place, field)).collect()
    }

    fn texts_of(&self, place: Place) -> Vec<Ref> {
        let mut fields = self.all_of(place);
        fields.retain(|field| matches!(self.deck.field(*field).kind, Kind::Text(_)));
        fields
    }

    /// Fields whose values may be used here.
    fn readable(&self, spot: &Spot) -> Vec<Ref> {
        let mut fields = Vec::new();
        for input in 0..self.deck.inputs.len() {
            let mut of = self.all_of(Place::Input(input));
            // A number that is none would stop the run where nothing can be rejected.
            if self.manner.invalid && spot.aside && !self.manner.risky {
                of.retain(|field| matches!(self.deck.field(*field).kind, Kind::Text(_)));
            }
            fields.extend(of);
        }
        fields.extend(self.all_of(Place::Working));
        for master in &self.looked {
            fields.extend(self.all_of(Place::Master(*master)));
        }
        if let Some((output, level, valid)) = spot.building {
            let place = Place::Output(output, level);
            fields.extend(if valid { self.all_of(place) } else { self.texts_of(place) });
        }
        fields
    }

    fn leaf(&mut self, spot: &Spot) -> Expr {
        let mut fields = self.readable(spot);
        fields.retain(|field| matches!(self.deck.field(*field).kind, Kind::Number(_)));
        match self.random.below(10) {
            0 => Expr::RecordNumber,
            1 if self.one_in(3) => Expr::RecordLength,
            1 if !self.deck.masters.is_empty() => Expr::Rows(self.random.below(self.deck.masters.len())),
            2 | 3 => self.constant(),
            _ if fields.is_empty() => self.constant(),
            _ => Expr::Field(self.of(&fields)),
        }
    }

    fn constant(&mut self) -> Expr {
        let decimals = self.random.of(&[0, 0, 1, 2, 3]);
        Expr::Constant(BigInt::from(1 + self.random.below(3000)), decimals)
    }

    /// Divisors are never zero, unless that may be a size error.
    fn expression(&mut self, spot: &Spot, depth: usize, division: bool) -> Expr {
        if depth == 0 || self.one_in(4) {
            return self.leaf(spot);
        }
        let a = Box::new(self.expression(spot, depth - 1, division));
        match self.random.below(8) {
            0 => Expr::Negate(a),
            1 | 2 => Expr::Binary('+', a, Box::new(self.expression(spot, depth - 1, division))),
            3 => Expr::Binary('-', a, Box::new(self.expression(spot, depth - 1, division))),
            4 | 5 => {
                let b = Box::new(self.leaf(spot));
                Expr::Binary('*', a, b)
            }
            _ => {
                let b = Box::new(if division && self.one_in(2) { self.leaf(spot) } else { self.constant() });
                Expr::Binary('/', a, b)
            }
        }
    }

    /// What can be moved to a number.
    fn number_value(&mut self, spot: &Spot) -> Option<Value> {
        let mut fields = self.readable(spot);
        let digits = &self.digits;
        let invalid = self.manner.invalid && spot.aside;
        fields.retain(|field| match self.deck.field(*field).kind {
            Kind::Number(_) => true,
            Kind::Text(_) => digits.contains(field) && !invalid,
            Kind::Edited(_) => false,
        });
        Some(match self.random.below(8) {
            0 => Value::Zeros,
            1 => {
                let decimals = self.random.of(&[0, 0, 1, 2]);
                let value = BigInt::from(self.random.below(3000)) - 1000;
                Value::Number(value, decimals)
            }
            _ if fields.is_empty() => Value::Zeros,
            _ => Value::Field(self.of(&fields)),
        })
    }

    /// What can be moved to text, or put together.
    fn text_value(&mut self, spot: &Spot, plain: bool) -> Value {
        let mut fields = self.readable(spot);
        fields.retain(|field| match self.deck.field(*field).kind {
            Kind::Number(pic) => !plain && pic.decimals == 0,
            _ => true,
        });
        match self.random.below(8) {
            0 if !plain => self.of(&[Value::Spaces, Value::Zeros]),
            1 | 2 => Value::Text(self.of(&["A", "B1", "END", "-", "/"]).to_owned()),
            _ if fields.is_empty() => Value::Text("NONE".to_owned()),
            _ => {
                let field = self.of(&fields);
                let length = self.deck.field(field).length;
                let part = self.one_in(4);
                match self.deck.field(field).kind {
                    Kind::Text(_) if part => {
                        let Receiver { part, .. } = self.part(field, length);
                        part.map_or(Value::Field(field), |(start, length)| Value::Part(field, start, length))
                    }
                    _ => Value::Field(field),
                }
            }
        }
    }

    fn condition(&mut self, spot: &Spot, depth: usize) -> Condition {
        let readable = self.readable(spot);
        match self.random.below(if depth == 0 { 9 } else { 13 }) {
            0..=2 => {
                let relation = self.of(&RELATIONS);
                Condition::Numbers(relation, self.plain_expression(spot), self.plain_expression(spot))
            }
            3 | 4 => {
                let mut texts = readable;
                texts.retain(|field| matches!(self.deck.field(*field).kind, Kind::Text(_)));
                let a = Value::Field(self.of(&texts));
                let b = match self.one_in(2) {
                    true => Value::Text(self.of(&["A", "B", "AB", "C1"]).to_owned()),
                    false => Value::Field(self.of(&texts)),
                };
                Condition::Texts(self.of(&RELATIONS), a, b)
            }
            5 => {
                let mut fields = readable;
                fields.retain(|field| !matches!(self.deck.field(*field).kind, Kind::Edited(_)));
                Condition::Numeric(self.of(&fields))
            }
            6 => {
                let relation = self.of(&[Relation::Greater, Relation::Less, Relation::Equal]);
                Condition::Sign(relation, self.leaf_of_field(spot))
            }
            7 => {
                let named: Vec<Ref> = readable
                    .into_iter()
                    .filter(|field| !self.deck.field(*field).conditions.is_empty())
                    .collect();
                match named.is_empty() {
                    true => Condition::Final,
                    false => {
                        let field = self.of(&named);
                        Condition::Named(field, self.random.below(self.deck.field(field).conditions.len()))
                    }
                }
            }
            8 => match (self.looked.clone(), self.deck.quirks.len()) {
                (looked, _) if !looked.is_empty() && self.one_in(2) => match self.one_in(2) {
                    true => Condition::Found(self.of(&looked)),
                    false => Condition::Missing(self.of(&looked)),
                },
                (_, quirks) if quirks > 0 => Condition::Quirk(self.random.below(quirks)),
                _ => Condition::Final,
            },
            9 => Condition::Not(Box::new(self.condition(spot, depth - 1))),
            10 | 11 => Condition::All(vec![self.condition(spot, depth - 1), self.condition(spot, depth - 1)]),
            _ => Condition::Any(vec![self.condition(spot, depth - 1), self.condition(spot, depth - 1)]),
        }
    }

    fn leaf_of_field(&mut self, spot: &Spot) -> Expr {
        match self.leaf(spot) {
            Expr::Constant(..) => Expr::RecordNumber,
            leaf => leaf,
        }
    }

    /// Without a division, whose decimals depend on both sides.
    fn plain_expression(&mut self, spot: &Spot) -> Expr {
        let a = self.leaf(spot);
        match self.random.below(5) {
            0 => Expr::Binary('+', Box::new(a), Box::new(self.leaf(spot))),
            1 => Expr::Binary('*', Box::new(a), Box::new(self.leaf(spot))),
            _ => a,
        }
    }
}
