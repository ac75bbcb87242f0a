//! Fields of a vector: their clauses, and values as the bytes that they have in EBCDIC.

use crate::harness::{Random, packed, text, zoned};

/// A field.
#[derive(Clone, Debug)]
pub enum Pic {
    Number(Number),
    Edited(Edited),
    Text { length: usize, justified: bool },
}

/// A numeric field.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    pub digits: usize,
    pub scale: usize,
    pub signed: bool,
    pub usage: Usage,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Usage {
    Zoned,
    Leading,
    SeparateTrailing,
    SeparateLeading,
    Packed,
    Binary,
    Native,
}

/// A numeric-edited field.
#[derive(Clone, Debug)]
pub struct Edited {
    picture: String,
    pub digits: usize,
    pub scale: usize,
    blank_when_zero: bool,
}

const USAGES: [Usage; 9] = [
    Usage::Zoned,
    Usage::Zoned,
    Usage::Packed,
    Usage::Packed,
    Usage::Binary,
    Usage::Native,
    Usage::Leading,
    Usage::SeparateTrailing,
    Usage::SeparateLeading,
];

impl Number {
    pub fn random(random: &mut Random, most: usize) -> Number {
        let usage = random.of(&USAGES);
        let most = if matches!(usage, Usage::Binary | Usage::Native) { most.min(18) } else { most };
        // COMP-5 of one or two digits has one byte there, see docs/deviations.md.
        let least = if usage == Usage::Native { 3 } else { 1 };
        let digits = least + random.below(most.max(least) - least + 1);
        let separate = matches!(usage, Usage::Leading | Usage::SeparateLeading | Usage::SeparateTrailing);
        let signed = separate || random.below(3) > 0;
        Number { digits, scale: random.below(digits.min(5) + 1), signed, usage }
    }

    fn clause(self) -> String {
        let places = match (self.digits - self.scale, self.scale) {
            (whole, 0) => format!("9({whole})"),
            (0, scale) => format!("V9({scale})"),
            (whole, scale) => format!("9({whole})V9({scale})"),
        };
        let usage = match self.usage {
            Usage::Zoned => "",
            Usage::Leading => " SIGN LEADING",
            Usage::SeparateTrailing => " SIGN TRAILING SEPARATE",
            Usage::SeparateLeading => " SIGN LEADING SEPARATE",
            Usage::Packed => " COMP-3",
            Usage::Binary => " COMP",
            Usage::Native => " COMP-5",
        };
        format!("PIC {}{places}{usage}", if self.signed { "S" } else { "" })
    }

    pub fn length(self) -> usize {
        match self.usage {
            Usage::Zoned | Usage::Leading => self.digits,
            Usage::SeparateTrailing | Usage::SeparateLeading => self.digits + 1,
            Usage::Packed => self.digits / 2 + 1,
            Usage::Binary | Usage::Native => match self.digits {
                1..=4 => 2,
                5..=9 => 4,
                _ => 8,
            },
        }
    }

    /// A value that fits, without its decimal point: zeros, small ones and all nines come more often than by chance.
    pub fn value(self, random: &mut Random) -> i128 {
        let limit = 10_i128.pow(self.digits as u32);
        let used = 10_i128.pow(1 + random.below(self.digits) as u32);
        let chance =
            (i128::from(random.next()) << 60) ^ (i128::from(random.next()) << 20) ^ i128::from(random.next());
        let value = match random.below(12) {
            0 => 0,
            1 => 1,
            2 => limit - 1,
            3 => limit / 2,
            4 => used / 10,
            _ => chance.rem_euclid(used),
        };
        if self.signed && random.below(2) == 0 { -value } else { value }
    }

    /// The bytes of a value in EBCDIC.
    pub fn bytes(self, value: i128) -> Vec<u8> {
        let digits = self.digits;
        let plain = || zoned(value.abs(), digits, false);
        let sign = if value < 0 { 0x60 } else { 0x4E };
        match self.usage {
            Usage::Zoned => zoned(value, digits, self.signed),
            Usage::Leading => {
                let mut bytes = plain();
                bytes[0] = (bytes[0] & 15) | if value < 0 { 0xD0 } else { 0xC0 };
                bytes
            }
            Usage::SeparateTrailing => [plain(), vec![sign]].concat(),
            Usage::SeparateLeading => [vec![sign], plain()].concat(),
            Usage::Packed => packed(value, digits, self.signed),
            Usage::Binary | Usage::Native => value.to_be_bytes()[16 - self.length()..].to_vec(),
        }
    }

    /// The bytes of a number of so many decimals as MOVE stores it, its high-order digits lost (bits with COMP-5).
    pub fn cut(self, value: i128, scale: usize) -> Vec<u8> {
        let mut value = self.aligned(value, scale);
        if self.usage != Usage::Native {
            value %= 10_i128.pow(self.digits as u32);
        }
        self.bytes(if self.signed { value } else { value.abs() })
    }

    /// A number of so many decimals with those of this field.
    pub fn aligned(self, value: i128, scale: usize) -> i128 {
        match self.scale.checked_sub(scale) {
            Some(more) => value * 10_i128.pow(more as u32),
            None => value / 10_i128.pow((scale - self.scale) as u32),
        }
    }

    /// The bytes of a negative zero, which GnuCOBOL keeps where digits were cut off.
    fn negative_zero(self) -> Option<Vec<u8>> {
        let mut bytes = self.bytes(0);
        let last = bytes.len() - 1;
        match self.usage {
            _ if !self.signed => return None,
            Usage::Zoned => bytes[last] = 0xD0,
            Usage::Leading => bytes[0] = 0xD0,
            Usage::SeparateTrailing => bytes[last] = 0x60,
            Usage::SeparateLeading => bytes[0] = 0x60,
            Usage::Packed => bytes[last] = 0x0D,
            Usage::Binary | Usage::Native => return None,
        }
        Some(bytes)
    }
}

impl Edited {
    /// A picture of the kinds that both sides edit alike; where they do not is in docs/deviations.md, with tests of its own.
    pub fn random(random: &mut Random) -> Edited {
        let (whole, scale) = (1 + random.below(9), random.below(4));
        let style = random.below(6);
        if style == 5 {
            let inserted = random.of(&[
                "99/99/9999",
                "9(3)B9(3)",
                "99B99/99",
                "9(2)0099",
                "9(4)/9.99",
                "0099.9",
                "9B9B9-",
            ]);
            return Edited::of(&expanded(inserted), false);
        }
        let floating = random.of(&["+", "-"]);
        let letter = ["9", "Z", "*", floating, "$"][style];
        let replaced = if style == 0 { 0 } else { 1 + random.below(whole) };
        let all = style > 0 && replaced == whole;
        // An asterisk or a floating currency sign in all places beside a sign is edited differently.
        let needs_nine = style == 2 || style == 4;
        let behind = if all && scale > 0 && !needs_nine && random.below(3) == 0 { letter } else { "9" };
        let mut places = String::new();
        for place in 0..whole {
            if place > 0 && (whole - place) % 3 == 0 && style != 5 && whole > 3 {
                places.push(',');
            }
            places.push_str(if place < replaced { letter } else { "9" });
        }
        if style >= 3 {
            places.insert_str(0, letter);
        }
        if scale > 0 {
            places.push('.');
            places.push_str(&behind.repeat(scale));
        }
        let nine = places.contains('9');
        if style != 3 && (!needs_nine || nine) {
            match random.below(5) {
                0 if style != 4 => places.insert_str(0, random.of(&["+", "-", "$"])),
                1 | 2 => places.push_str(random.of(&["+", "-", "CR", "DB"])),
                _ => {}
            }
        }
        Edited::of(&places, style != 2 && random.below(5) == 0)
    }

    fn of(picture: &str, blank_when_zero: bool) -> Edited {
        let count = |letters: &str| picture.chars().filter(|letter| letters.contains(*letter)).count();
        let float =
            ["+", "-", "$"].into_iter().map(count).find(|places| *places > 1).map_or(0, |places| places - 1);
        let scale = picture.split_once('.').map_or(0, |(_, behind)| {
            let trailing = behind.trim_end_matches(['C', 'R', 'D', 'B']);
            trailing.chars().filter(|letter| "9Z*".contains(*letter)).count()
                + if picture.starts_with("++") || picture.starts_with("--") {
                    trailing.chars().filter(|letter| "+-".contains(*letter)).count()
                } else {
                    0
                }
        });
        Edited { picture: picture.to_owned(), digits: count("9Z*") + float, scale, blank_when_zero }
    }

    /// True if zeros stand between the digits.
    pub fn inserts_zeros(&self) -> bool {
        self.picture.contains('0')
    }

    /// True if a negative number is marked with DB.
    pub fn shows_debit(&self) -> bool {
        self.picture.ends_with("DB")
    }

    fn clause(&self) -> String {
        format!("PIC {}{}", self.picture, if self.blank_when_zero { " BLANK WHEN ZERO" } else { "" })
    }
}

/// A picture without repetition counts.
fn expanded(picture: &str) -> String {
    let mut text = String::new();
    let mut rest = picture;
    while let Some((before, behind)) = rest.split_once('(') {
        let (count, behind) = behind.split_once(')').unwrap();
        text.push_str(before);
        let last = before.chars().next_back().unwrap().to_string();
        text.push_str(&last.repeat(count.parse::<usize>().unwrap() - 1));
        rest = behind;
    }
    text + rest
}

impl Pic {
    pub fn text(random: &mut Random) -> Pic {
        Pic::Text { length: 1 + random.below(20), justified: random.below(4) == 0 }
    }

    pub fn clause(&self) -> String {
        match self {
            Pic::Number(number) => number.clause(),
            Pic::Edited(edited) => edited.clause(),
            Pic::Text { length, justified } => {
                format!("PIC X({length}){}", if *justified { " JUSTIFIED RIGHT" } else { "" })
            }
        }
    }

    pub fn length(&self) -> usize {
        match self {
            Pic::Number(number) => number.length(),
            Pic::Edited(edited) => edited.picture.len(),
            Pic::Text { length, .. } => *length,
        }
    }

    /// A value's bytes in EBCDIC, and the number if it is one. `digits` asks for text that is one.
    pub fn value(&self, random: &mut Random, digits: bool) -> (Vec<u8>, i128) {
        match self {
            Pic::Number(number) => {
                let value = number.value(random);
                (number.bytes(value), value)
            }
            Pic::Edited(edited) => (text("?", edited.picture.len()), 0),
            Pic::Text { length, .. } => {
                let letters: &[&str] = match digits {
                    true => &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
                    false => &["A", "b", "Z", " ", "0", "9", ".", ",", "-", "/"],
                };
                let value: String = (0..*length).map(|_| random.of(letters)).collect();
                (text(&value, *length), if digits { value.parse().unwrap() } else { 0 })
            }
        }
    }

    /// Bytes that GnuCOBOL has, as offhost has them: characters in EBCDIC, a number's high bytes first, no negative zero.
    pub fn read_gnucobol(&self, bytes: &[u8]) -> Vec<u8> {
        let bytes = match self {
            Pic::Number(Number { usage: Usage::Packed | Usage::Binary, .. }) => bytes.to_vec(),
            Pic::Number(Number { usage: Usage::Native, .. }) => native(bytes),
            _ => characters_to(bytes, offhost::encoding::CodePage::CP037),
        };
        match self {
            Pic::Number(number) if number.negative_zero().as_ref() == Some(&bytes) => number.bytes(0),
            _ => bytes,
        }
    }

    /// The other way.
    pub fn to_gnucobol(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Pic::Number(Number { usage: Usage::Packed | Usage::Binary, .. }) => bytes.to_vec(),
            Pic::Number(Number { usage: Usage::Native, .. }) => native(bytes),
            _ => {
                offhost::encoding::CodePage::CP037.decode(bytes).chars().map(|letter| letter as u8).collect()
            }
        }
    }
}

/// A number in the order of bytes of this machine, and back.
fn native(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if cfg!(target_endian = "little") {
        bytes.reverse();
    }
    bytes
}

/// Characters of ISO 8859-1 in a code page.
pub fn characters_to(bytes: &[u8], page: offhost::encoding::CodePage) -> Vec<u8> {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    page.encode(&text).unwrap()
}
