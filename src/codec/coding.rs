//! What a copybook does not say about its bytes: code pages, float format, and what to do with bytes that are no number.

use crate::copybook::FieldId;
use crate::encoding::{BadNumber, ByteOrder, CodePage, FloatFormat};

/// How the bytes of a file are to be understood, beyond its copybook.
#[derive(Clone, Debug, Default)]
pub struct Coding {
    /// Code page of text and zoned numbers.
    pub page: CodePage,
    /// Fields (a group means all that is in it) in another code page.
    pub field_pages: Vec<(FieldId, CodePage)>,
    /// Byte order of PIC N.
    pub national: ByteOrder,
    /// How COMP-1 and COMP-2 are stored.
    pub float: FloatFormat,
    /// Blanks around the digits of a DISPLAY number do not count.
    pub zoned_blanks: bool,
    /// A sign in an unsigned field.
    pub unsigned_sign: UnsignedSign,
    /// Only the preferred signs are signs of packed and zoned numbers: NUMPROC(PFD).
    pub preferred_signs: bool,
    /// What numeric-edited fields are.
    pub edited: Edited,
    /// Whether a table with DEPENDING ON takes the room of its maximum.
    pub odo: Odo,
    /// Counters that are text: the table, and which number of occurrences each text stands for.
    pub counters: Vec<(FieldId, Vec<(String, u32)>)>,
}

/// How much room a table with DEPENDING ON takes in a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Odo {
    /// As many occurrences as its counter says; what follows moves.
    #[default]
    Counted,
    /// All of them; those beyond the counter hold no data.
    Maximum,
}

/// What numeric-edited fields are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edited {
    /// The number they show, if editing a number gives these bytes.
    #[default]
    Number,
    /// The number they show, as another program may have written it.
    Lenient,
    /// The text they hold.
    Text,
}

/// A sign in a field whose PICTURE has no S.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnsignedSign {
    /// A plus is no error, a minus is.
    #[default]
    Plus,
    /// Any sign (in packed numbers: any but the preferred F and the common C) is an error.
    Error,
    /// Any sign is taken, and the value is signed.
    Accept,
}

/// What becomes of bytes that are no number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// The conversion stops.
    #[default]
    Error,
    /// No value.
    Null,
    /// Zero.
    Zero,
    /// Their hexadecimal digits: `X'4040'`.
    Raw,
}

/// What the bytes of a number that is none look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadClass {
    /// All blanks.
    Blank,
    /// All X'00' (LOW-VALUES) in a form where that is no number.
    Low,
    /// All X'FF' (HIGH-VALUES).
    High,
    /// Anything else.
    Invalid,
}

/// A policy for each class of bytes that are no number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BadNumberPolicy {
    /// For blanks.
    pub blank: Policy,
    /// For LOW-VALUES.
    pub low: Policy,
    /// For HIGH-VALUES.
    pub high: Policy,
    /// For anything else.
    pub invalid: Policy,
}

impl BadNumberPolicy {
    /// One policy for everything.
    pub fn all(policy: Policy) -> Self {
        BadNumberPolicy { blank: policy, low: policy, high: policy, invalid: policy }
    }

    /// The policy of a class.
    pub fn of(self, class: BadClass) -> Policy {
        match class {
            BadClass::Blank => self.blank,
            BadClass::Low => self.low,
            BadClass::High => self.high,
            BadClass::Invalid => self.invalid,
        }
    }
}

impl std::str::FromStr for BadNumberPolicy {
    type Err = String;

    /// `POLICY`, or `CLASS=POLICY` parts with commas between, later ones winning: `null`, `blank=zero,low=null`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut all = BadNumberPolicy::default();
        for part in text.split(',') {
            let (class, policy) = part.split_once('=').unwrap_or(("all", part));
            let policy = match policy.trim() {
                "error" => Policy::Error,
                "null" => Policy::Null,
                "zero" => Policy::Zero,
                "raw" => Policy::Raw,
                other => return Err(format!("`{other}` is not a policy: use error, null, zero or raw")),
            };
            match class.trim() {
                "all" => all = BadNumberPolicy::all(policy),
                "blank" => all.blank = policy,
                "low" => all.low = policy,
                "high" => all.high = policy,
                "invalid" => all.invalid = policy,
                other => {
                    return Err(format!("`{other}` is not a class: use blank, low, high, invalid or all"));
                }
            }
        }
        Ok(all)
    }
}

impl BadClass {
    /// Looks at bytes that are no number.
    pub fn of(bytes: &[u8], page: CodePage) -> Self {
        let all = |wanted: u8| bytes.iter().all(|&byte| byte == wanted);
        if all(page.space()) {
            BadClass::Blank
        } else if all(0x00) {
            BadClass::Low
        } else if all(0xFF) {
            BadClass::High
        } else {
            BadClass::Invalid
        }
    }

    /// The word for reports.
    pub fn name(self) -> &'static str {
        match self {
            BadClass::Blank => "blank",
            BadClass::Low => "low",
            BadClass::High => "high",
            BadClass::Invalid => "invalid",
        }
    }

    /// Every class, in the order of [`BadClass::index`].
    pub const ALL: [BadClass; 4] = [BadClass::Blank, BadClass::Low, BadClass::High, BadClass::Invalid];

    /// Its place in an array of counts.
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What the bytes of a field turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A value, in the very bytes that storing the value gives.
    Canonical,
    /// A value, in other bytes than storing it gives: another sign nibble, a padding digit, a minus zero.
    Odd,
    /// No value.
    Bad(BadClass, BadNumber),
}
