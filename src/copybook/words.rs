//! The words of data description entries.

use super::entry::UsageWord;
use super::layout::Literal;

/// What USAGE a word means, if it is a word of USAGE at all.
pub(super) enum UsageMeaning {
    /// One that is supported.
    Known(UsageWord),
    /// One that is not.
    Unsupported,
}

/// Words that begin a clause, for hints.
pub(super) const CLAUSES: [&str; 24] = [
    "PIC",
    "PICTURE",
    "USAGE",
    "DISPLAY",
    "COMP",
    "COMP-3",
    "COMP-4",
    "COMP-5",
    "BINARY",
    "PACKED-DECIMAL",
    "COMPUTATIONAL",
    "COMPUTATIONAL-3",
    "OCCURS",
    "REDEFINES",
    "RENAMES",
    "VALUE",
    "VALUES",
    "SIGN",
    "BLANK",
    "JUSTIFIED",
    "SYNC",
    "SYNCHRONIZED",
    "EXTERNAL",
    "GLOBAL",
];

/// The USAGE a word stands for.
pub(super) fn usage(word: &str) -> Option<UsageMeaning> {
    use UsageMeaning::{Known, Unsupported};
    let short = word.strip_prefix("COMPUTATIONAL").or_else(|| word.strip_prefix("COMP"));
    match (word, short) {
        ("DISPLAY", _) => Some(Known(UsageWord::Display)),
        ("PACKED-DECIMAL", _) | (_, Some("-3")) => Some(Known(UsageWord::Packed)),
        ("BINARY", _) | (_, Some("" | "-4")) => Some(Known(UsageWord::Binary)),
        (_, Some("-5")) => Some(Known(UsageWord::Native)),
        (_, Some("-0" | "-1" | "-2" | "-6" | "-7" | "-8" | "-9" | "-10" | "-X" | "-N")) => Some(Unsupported),
        _ if UNSUPPORTED_USAGES.contains(&word) => Some(Unsupported),
        _ => None,
    }
}

const UNSUPPORTED_USAGES: [&str; 20] = [
    "INDEX",
    "POINTER",
    "POINTER-32",
    "PROCEDURE-POINTER",
    "FUNCTION-POINTER",
    "NATIONAL",
    "DISPLAY-1",
    "UTF-8",
    "BINARY-CHAR",
    "BINARY-SHORT",
    "BINARY-LONG",
    "BINARY-DOUBLE",
    "FLOAT-SHORT",
    "FLOAT-LONG",
    "FLOAT-EXTENDED",
    "FLOAT-BINARY-32",
    "FLOAT-BINARY-64",
    "FLOAT-DECIMAL-16",
    "FLOAT-DECIMAL-34",
    "OBJECT",
];

/// A clause that exists in COBOL and is not supported here.
pub(super) fn is_unsupported_clause(word: &str) -> bool {
    matches!(
        word,
        "GROUP-USAGE"
            | "DATE"
            | "VOLATILE"
            | "DYNAMIC"
            | "ANY"
            | "TYPE"
            | "TYPEDEF"
            | "SAME"
            | "CONSTANT"
            | "ALIGNED"
            | "PROPERTY"
            | "BASED"
            | "LIKE"
            | "COPY"
            | "REPLACE"
            | "REPLACING"
    )
}

/// True if the word begins a clause (so it is no data name).
pub(super) fn begins_clause(word: &str) -> bool {
    matches!(word, "IS" | "LEADING" | "TRAILING" | "JUST")
        || CLAUSES.contains(&word)
        || usage(word).is_some()
        || matches!(word, "GROUP-USAGE" | "COPY")
}

/// True if the word cannot be one of a list of names inside OCCURS.
pub(super) fn ends_names(word: &str) -> bool {
    begins_clause(word) || matches!(word, "ASCENDING" | "DESCENDING" | "INDEXED" | "DEPENDING")
}

/// The figurative constant a word stands for.
pub(super) fn figurative(word: &str) -> Option<Literal> {
    Some(match word {
        "SPACE" | "SPACES" => Literal::Spaces,
        "ZERO" | "ZEROS" | "ZEROES" => Literal::Zeros,
        "LOW-VALUE" | "LOW-VALUES" => Literal::LowValues,
        "HIGH-VALUE" | "HIGH-VALUES" => Literal::HighValues,
        "QUOTE" | "QUOTES" => Literal::Quotes,
        _ => return None,
    })
}

/// True for the level numbers there are.
pub(super) fn is_level(level: u8) -> bool {
    matches!(level, 1..=49 | 66 | 77 | 88)
}
