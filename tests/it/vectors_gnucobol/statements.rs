//! Statements by chance: COBOL's text, and the same as actions of a rule.

use std::fmt::Write;

use super::pictures::{Edited, Number, Pic, Usage};
use crate::harness::Random;

/// Names of the fields of a shape, in order.
pub const NAMES: [&str; 5] = ["A", "B", "C", "R", "Q"];
const R: usize = 3;
const Q: usize = 4;

/// A statement on fields of its own. A name stands for the field of this shape: `A` for `A-17`.
#[derive(Clone, Debug)]
pub struct Shape {
    pub number: usize,
    pub fields: Vec<Pic>,
    pub cobol: String,
    pub actions: Vec<String>,
    /// Fields that must not be zero.
    pub divisors: Vec<usize>,
    /// Text fields that hold digits.
    pub digits: Vec<usize>,
    /// True if the number A is moved to the numbers R and Q.
    pub moved: bool,
    /// True if the statement has ON SIZE ERROR.
    pub size_error: bool,
    /// True if a result stored in an edited field is rounded.
    pub rounded: bool,
    /// The number, with its decimals, that a statement stores in an edited field, of the operands.
    pub stored: Option<Stored>,
    /// The relation and the literal, if the statement compares A with one.
    pub compared: Option<(&'static str, String)>,
}

/// What an edited receiver is given.
#[derive(Clone, Copy, Debug)]
pub enum Stored {
    Value(usize),
    /// A + B, or A − B.
    Sum(bool),
    Product,
}

/// COBOL's modes of ROUNDED, those that shops use more often than the others.
const MODES: [&str; 9] = [
    "nearest-away-from-zero",
    "nearest-away-from-zero",
    "nearest-even",
    "nearest-toward-zero",
    "away-from-zero",
    "toward-greater",
    "toward-lesser",
    "truncation",
    "prohibited",
];

/// How a result is stored.
struct Storing {
    rounded: Option<&'static str>,
    size_error: SizeError,
}

#[derive(Clone, Copy, PartialEq)]
enum SizeError {
    /// Digits are lost.
    Truncate,
    /// The program notes it in FLAG, a rule rejects.
    Reject,
    /// Both note it, or that there is none, in FLAG.
    Noted,
}

impl Storing {
    fn random(random: &mut Random) -> Storing {
        let size_error = match random.below(8) {
            0 => SizeError::Reject,
            1 | 2 => SizeError::Noted,
            _ => SizeError::Truncate,
        };
        let mut rounded = (random.below(2) == 0).then(|| random.of(&MODES));
        // Without ON SIZE ERROR a result that must not be rounded stops the job.
        if rounded == Some("prohibited") && size_error == SizeError::Truncate {
            rounded = Some("nearest-even");
        }
        Storing { rounded, size_error }
    }

    /// The same with no ON SIZE ERROR.
    fn truncating(random: &mut Random) -> Storing {
        let rounded = Storing::random(random).rounded.filter(|mode| *mode != "prohibited");
        Storing { rounded, size_error: SizeError::Truncate }
    }

    fn receiver(&self, name: &str) -> String {
        match self.rounded {
            None => name.to_owned(),
            Some("nearest-away-from-zero") => format!("{name} ROUNDED"),
            Some(mode) => format!("{name} ROUNDED MODE IS {}", mode.to_uppercase()),
        }
    }

    /// An arithmetic statement with what follows it.
    fn statement(&self, text: &str) -> String {
        let verb = text.split_whitespace().next().unwrap();
        let error = "ON SIZE ERROR MOVE 'E' TO FLAG";
        match self.size_error {
            SizeError::Truncate => text.to_owned(),
            SizeError::Reject => format!("{text} {error} END-{verb}"),
            SizeError::Noted => format!("{text} {error} NOT ON SIZE ERROR MOVE 'N' TO FLAG END-{verb}"),
        }
    }

    fn action(&self, text: &str) -> String {
        let rounded = self.rounded.map_or(String::new(), |mode| format!(", rounded: {mode}"));
        let noted = |letter: &str| format!("[ {{ move: \"'{letter}'\", to: FLAG }} ]");
        let size = match self.size_error {
            SizeError::Truncate => "truncate".to_owned(),
            SizeError::Reject => "reject, code: 1, reason: SIZE".to_owned(),
            SizeError::Noted => format!("{}, not-on-size-error: {}", noted("E"), noted("N")),
        };
        format!("{{ {text}{rounded}, on-size-error: {size} }}")
    }
}

impl Shape {
    pub fn random(random: &mut Random, number: usize) -> Shape {
        let fields = (0..NAMES.len()).map(|_| Pic::Number(Number::random(random, 9))).collect();
        let mut shape = Shape {
            number,
            fields,
            cobol: String::new(),
            actions: Vec::new(),
            divisors: Vec::new(),
            digits: Vec::new(),
            moved: false,
            size_error: false,
            rounded: false,
            stored: None,
            compared: None,
        };
        match random.below(10) {
            0 | 1 => shape.movement(random),
            2 => shape.editing(random),
            3 => shape.texts(random),
            4..=6 => shape.verb(random),
            7 | 8 => shape.formula(random),
            _ => shape.comparison(random),
        }
        shape
    }

    fn moves(&mut self, from: &str, to: &[&str]) {
        let _ = writeln!(self.cobol, "MOVE {from} TO {}", to.join(" "));
        self.actions
            .push(format!("{{ move: \"{from}\", to: [ {} ], on-size-error: truncate }}", to.join(", ")));
    }

    /// Numbers of up to 31 digits between all usages.
    fn movement(&mut self, random: &mut Random) {
        for field in [0, R, Q] {
            let most = random.of(&[12, 12, 12, 31]);
            self.fields[field] = Pic::Number(Number::random(random, most));
        }
        let from = match random.below(8) {
            0 => "ZERO".to_owned(),
            1 => literal(random),
            _ => "A".to_owned(),
        };
        self.moved = from == "A";
        self.moves(&from, &["R", "Q"]);
    }

    /// Numbers shown, and read again.
    fn editing(&mut self, random: &mut Random) {
        let edited = Edited::random(random);
        // One that fits in most cases; digits that are lost are a matter of the other cases.
        let mut from = Number::random(random, 9);
        if random.below(4) > 0 {
            from.scale = from.scale.min(edited.scale);
            from.digits =
                (from.scale + (edited.digits - edited.scale).max(1)).min(from.digits.max(from.scale + 1));
        }
        if from.digits < 3 && from.usage == Usage::Native {
            from.usage = Usage::Binary;
        }
        self.fields[0] = Pic::Number(from);
        self.fields[R] = Pic::Edited(edited);
        match random.below(6) {
            0 => self.moves(&literal(random), &["R"]),
            1 => {
                self.stored = Some(Stored::Value(0));
                self.moves("A", &["R"]);
                self.moves("R", &["Q"]);
            }
            2 => self.result(random, "ADD A TO B GIVING", "add: A, to: B", Stored::Sum(false)),
            3 => self.result(random, "SUBTRACT B FROM A GIVING", "subtract: B, from: A", Stored::Sum(true)),
            4 => self.result(random, "MULTIPLY A BY B GIVING", "multiply: A, by: B", Stored::Product),
            _ => {
                self.stored = Some(Stored::Value(0));
                self.moves("A", &["R"]);
            }
        }
    }

    fn result(&mut self, random: &mut Random, verb: &str, action: &str, stored: Stored) {
        let storing = Storing::truncating(random);
        self.stored = Some(stored);
        self.rounded = storing.rounded.is_some();
        self.cobol = storing.statement(&format!("{verb} {}", storing.receiver("R")));
        self.actions.push(storing.action(&format!("{action}, giving: R")));
    }

    fn texts(&mut self, random: &mut Random) {
        self.fields[0] = Pic::text(random);
        self.fields[R] = Pic::text(random);
        self.fields[Q] = Pic::text(random);
        let constants = [
            "SPACES",
            "ZEROS",
            "QUOTES",
            "LOW-VALUES",
            "ALL 'ab'",
            "'ABC'",
            "'a longer one, with - signs'",
            "' x'",
        ];
        match random.below(9) {
            0 => self.moves(random.of(&constants), &["R", "Q"]),
            // Digits of an integer as text, whatever its usage; the sign is lost.
            1 | 2 => {
                let mut from = Number::random(random, 9);
                from.scale = 0;
                self.fields[0] = Pic::Number(from);
                self.moves("A", &["R", "Q"]);
            }
            // Text of digits as a number.
            3 => {
                self.fields[R] = Pic::Number(Number::random(random, 18));
                self.fields[Q] = Pic::Number(Number::random(random, 18));
                self.fields[0] = Pic::Text { length: 1 + random.below(9), justified: false };
                self.digits = vec![0];
                self.moves("A", &["R", "Q"]);
            }
            4 => {
                self.fields[1] = Pic::text(random);
                self.moves("A", &["R"]);
                self.moves("R", &["Q"]);
                self.moves("B", &["R"]);
            }
            // Part of a text, and part of a text changed.
            5 => {
                self.fields[0] = Pic::Text { length: 8, justified: false };
                self.fields[Q] = Pic::Text { length: 6, justified: false };
                self.moves(random.of(&["A(2:3)", "A(4:)", "A(8:1)"]), &["R"]);
                self.moves("A", &[random.of(&["Q(2:2)", "Q(3:)", "Q(6:1)"])]);
            }
            // Text of digits shown.
            6 => {
                self.fields[R] = Pic::Edited(Edited::random(random));
                self.fields[0] = Pic::Text { length: 1 + random.below(9), justified: false };
                self.digits = vec![0];
                self.stored = Some(Stored::Value(0));
                self.moves("A", &["R"]);
                self.moves("R", &["Q"]);
            }
            // What is shown as text.
            7 => {
                self.fields[0] = Pic::Number(Number::random(random, 4));
                self.fields[1] = Pic::Number(Number::random(random, 4));
                self.fields[R] = Pic::Edited(Edited::random(random));
                self.stored = Some(Stored::Value(0));
                self.moves("A", &["R"]);
                self.moves("R", &["Q"]);
            }
            _ => self.moves("A", &["R", "Q"]),
        }
    }

    fn verb(&mut self, random: &mut Random) {
        let mut storing = Storing::random(random);
        for field in [0, 1, R] {
            if random.below(5) == 0 {
                self.fields[field] = Pic::Number(Number::random(random, 17));
            }
        }
        let kind = random.below(13);
        if kind >= 11 {
            // A reject would take back the quotient that is stored before its remainder.
            if storing.size_error == SizeError::Reject {
                storing.size_error = SizeError::Noted;
            }
            // Each of these differs in a way of its own, see docs/deviations.md.
            storing.rounded = storing.rounded.filter(|mode| *mode != "prohibited");
        }
        // What becomes of one of two receivers with a size error is a rule's to say for each.
        let two = kind < 11 && storing.size_error == SizeError::Truncate && random.below(3) == 0;
        let r = storing.receiver("R");
        let (rs, list) = match two {
            true => (format!("{r} {}", storing.receiver("Q")), "[ R, Q ]"),
            false => (r.clone(), "R"),
        };
        let (text, action) = match kind {
            0 => (format!("ADD A TO {rs}"), format!("add: A, to: {list}")),
            1 => (format!("SUBTRACT A FROM {rs}"), format!("subtract: A, from: {list}")),
            2 => (format!("ADD A B TO {rs}"), format!("add: A + B, to: {list}")),
            3 => (format!("SUBTRACT A B FROM {rs}"), format!("subtract: A + B, from: {list}")),
            4 => (format!("ADD A TO B GIVING {rs}"), format!("add: A, to: B, giving: {list}")),
            5 => (format!("SUBTRACT A FROM B GIVING {rs}"), format!("subtract: A, from: B, giving: {list}")),
            6 => (format!("MULTIPLY A BY {r}"), "multiply: A, by: R".to_owned()),
            7 => (format!("MULTIPLY A BY B GIVING {rs}"), format!("multiply: A, by: B, giving: {list}")),
            8 => (format!("DIVIDE A INTO {rs}"), format!("divide: A, into: {list}")),
            9 => (format!("DIVIDE A BY B GIVING {rs}"), format!("divide: A, by: B, giving: {list}")),
            10 => (format!("DIVIDE A INTO B GIVING {rs}"), format!("divide: A, into: B, giving: {list}")),
            11 => (
                format!("DIVIDE A BY B GIVING {r} REMAINDER Q"),
                "divide: A, by: B, giving: R, remainder: Q".to_owned(),
            ),
            _ => (
                format!("DIVIDE A INTO B GIVING {r} REMAINDER Q"),
                "divide: A, into: B, giving: R, remainder: Q".to_owned(),
            ),
        };
        match kind {
            8 | 10 | 12 => self.divisors.push(0),
            9 | 11 => self.divisors.push(1),
            _ => {}
        }
        self.state(&storing, &text, &action);
    }

    /// An arithmetic statement and the action that does the same.
    fn state(&mut self, storing: &Storing, text: &str, action: &str) {
        self.size_error = storing.size_error != SizeError::Truncate;
        self.cobol = storing.statement(text);
        self.actions.push(storing.action(action));
    }

    /// COMPUTE of sums, products and powers; a quotient only of the whole, since those inside are cut by IBM's rule.
    fn formula(&mut self, random: &mut Random) {
        for field in 0..3 {
            self.fields[field] = Pic::Number(Number::random(random, 6));
        }
        let most = random.of(&[18, 31]);
        self.fields[R] = Pic::Number(Number::random(random, most));
        let storing = Storing::random(random);
        let mut is = expression(random, 2);
        if random.below(4) == 0 {
            is = format!("({is}) / B");
            self.divisors.push(1);
        }
        let text = format!("COMPUTE {} = {is}", storing.receiver("R"));
        self.state(&storing, &text, &format!("compute: R, is: \"{is}\""));
    }

    fn comparison(&mut self, random: &mut Random) {
        if random.below(3) == 0 {
            self.fields[1] = self.fields[0].clone();
        }
        let relation = random.of(&["<", ">", "=", "<=", ">=", "NOT ="]);
        let condition = match random.below(6) {
            0 => {
                let literal = literal(random);
                self.compared = Some((relation, literal.clone()));
                format!("A {relation} {literal}")
            }
            1 => format!("A IS {}", random.of(&["POSITIVE", "NEGATIVE", "ZERO", "NOT POSITIVE"])),
            2 => format!("A {relation} B AND NOT C > B OR A = C"),
            3 => format!("A + B {relation} C * 2"),
            _ => format!("A {relation} B"),
        };
        self.cobol = format!("IF {condition} MOVE 'Y' TO FLAG ELSE MOVE 'N' TO FLAG END-IF");
        self.actions = vec![format!(
            "{{ when: \"{condition}\", do: [ {{ move: \"'Y'\", to: FLAG }} ], else: [ {{ move: \"'N'\", to: FLAG }} ] }}"
        )];
    }

    /// A text with its names made those of this shape.
    pub fn named(&self, text: &str) -> String {
        let mut named = String::new();
        let mut quoted = false;
        let mut word = String::new();
        for letter in text.chars().chain([' ']) {
            if letter.is_ascii_alphanumeric() || letter == '-' {
                word.push(letter);
                continue;
            }
            named.push_str(&word);
            if !quoted && NAMES.contains(&word.as_str()) {
                let _ = write!(named, "-{}", self.number);
            }
            word.clear();
            quoted ^= letter == '\'';
            named.push(letter);
        }
        named.trim_end().to_owned()
    }
}

fn literal(random: &mut Random) -> String {
    random.of(&["1", "-1", "0.05", "12345.678", "-99.5", "3", "100", "-7.25"]).to_owned()
}

fn expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(6) == 0 {
        return match random.below(8) {
            0 => random.of(&["2", "100", "0.01", "3.5"]).to_owned(),
            1 => format!("{} ** {}", random.of(&["A", "B"]), random.of(&["2", "3"])),
            _ => random.of(&["A", "B", "C"]).to_owned(),
        };
    }
    let (left, right) = (expression(random, depth - 1), expression(random, depth - 1));
    match random.below(5) {
        0 => format!("{left} + {right}"),
        1 => format!("({left} - {right})"),
        2 => format!("({left} + {right}) * {}", random.of(&["A", "B", "C"])),
        3 => format!("- ({left}) + {right}"),
        _ => format!("({left}) * ({right})"),
    }
}
