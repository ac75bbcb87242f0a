//! Names of generations: `GnnnnVyy`, and relative numbers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Highest generation number; the one after it is 1 again (DFSMS Using Data Sets, "Absolute Generation and Version Numbers").
const NUMBER_MAX: u32 = 9999;

/// Absolute generation and version number, `G0005V00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct GenerationName {
    number: u16,
    version: u8,
}

impl GenerationName {
    /// The first generation of a base.
    pub const FIRST: GenerationName = GenerationName { number: 1, version: 0 };

    /// A name that no generation has.
    pub const NONE: GenerationName = GenerationName { number: 0, version: 0 };

    /// Generation number, 1 to 9999.
    pub fn number(self) -> u16 {
        self.number
    }

    /// Version number, 0 to 99.
    pub fn version(self) -> u8 {
        self.version
    }

    /// The name `ahead` generations later, at version 0. After G9999 comes G0001.
    #[must_use]
    pub fn later(self, ahead: u16) -> GenerationName {
        let number = (u32::from(self.number) - 1 + u32::from(ahead)) % NUMBER_MAX + 1;
        // At most 9999, so that it fits.
        GenerationName { number: u16::try_from(number).unwrap_or(1), version: 0 }
    }

    /// How many numbers this name is after another, around the end of numbers.
    pub fn ahead_of(self, other: Option<GenerationName>) -> u32 {
        let before = other.map_or(0, |other| u32::from(other.number));
        (u32::from(self.number) + NUMBER_MAX - before) % NUMBER_MAX
    }
}

impl fmt::Display for GenerationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "G{:04}V{:02}", self.number, self.version)
    }
}

impl FromStr for GenerationName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits =
            |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
        let parts = match (text.get(0..1), text.get(1..5), text.get(5..6), text.get(6..8), text.len()) {
            (Some("G"), Some(number), Some("V"), Some(version), 8) => digits(number).zip(digits(version)),
            _ => None,
        };
        match parts {
            Some((number @ 1.., version)) => Ok(GenerationName { number, version: version as u8 }),
            _ => Err(format!("{text} is not GnnnnVyy with a number from 1 to 9999")),
        }
    }
}

impl From<GenerationName> for String {
    fn from(name: GenerationName) -> String {
        name.to_string()
    }
}

impl TryFrom<String> for GenerationName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Which generation a job means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relative {
    /// `(0)` is the newest, `(-1)` the one before it.
    Old(u16),
    /// `(+1)` is the next one.
    New(u16),
}

impl fmt::Display for Relative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Relative::Old(0) => f.write_str("(0)"),
            Relative::Old(back) => write!(f, "(-{back})"),
            Relative::New(ahead) => write!(f, "(+{ahead})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for text in ["G0001V00", "G0042V07", "G9999V99"] {
            assert_eq!(text.parse::<GenerationName>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "G0000V00",
            "G001V00",
            "g0001V00",
            "G0001v00",
            "G0001V000",
            "G+001V00",
            "G0001V0x",
            "Ä0001V0",
        ] {
            assert!(bad.parse::<GenerationName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_number_after_9999_is_1() {
        let name = |text: &str| text.parse::<GenerationName>().unwrap();
        assert_eq!(name("G0007V02").later(1), name("G0008V00"));
        assert_eq!(name("G9998V00").later(1), name("G9999V00"));
        assert_eq!(name("G9999V00").later(1), name("G0001V00"));
        assert_eq!(name("G9998V00").later(3), name("G0002V00"));
        assert_eq!(name("G0002V00").ahead_of(Some(name("G9998V00"))), 3);
        assert_eq!(name("G0002V00").ahead_of(None), 2);
    }
}
