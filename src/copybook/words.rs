//! The words of data description entries.

use super::entry::UsageWord;
use super::layout::{FloatWidth, Literal};

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
    let known = match short {
        Some("" | "-0" | "-4") => UsageWord::Binary,
        Some("-1") => UsageWord::Float(FloatWidth::Short),
        Some("-2") => UsageWord::Float(FloatWidth::Long),
        Some("-3") => UsageWord::Packed,
        Some("-5") => UsageWord::Native,
        Some("-6" | "-3U") => UsageWord::PackedUnsigned,
        Some("-9") => UsageWord::LittleEndian,
        Some("-X") => UsageWord::BytesBig,
        Some("-N") => UsageWord::BytesNative,
        Some("-7" | "-8" | "-10") => return Some(Unsupported),
        _ => match word {
            "DISPLAY" => UsageWord::Display,
            "PACKED-DECIMAL" => UsageWord::Packed,
            "BINARY" => UsageWord::Binary,
            "BINARY-CHAR" => UsageWord::Integer { length: 1, signed: true },
            "BINARY-SHORT" => UsageWord::Integer { length: 2, signed: true },
            "BINARY-LONG" => UsageWord::Integer { length: 4, signed: true },
            "BINARY-DOUBLE" => UsageWord::Integer { length: 8, signed: true },
            "FLOAT-SHORT" => UsageWord::Float(FloatWidth::Short),
            "FLOAT-LONG" => UsageWord::Float(FloatWidth::Long),
            "NATIONAL" => UsageWord::National,
            "DISPLAY-1" => UsageWord::Dbcs,
            "UTF-8" => UsageWord::Utf8,
            "INDEX" => UsageWord::Index,
            "POINTER" => UsageWord::Pointer,
            "POINTER-32" => UsageWord::Pointer32,
            "PROCEDURE-POINTER" => UsageWord::ProcedurePointer,
            "FUNCTION-POINTER" => UsageWord::FunctionPointer,
            "OBJECT" => UsageWord::ObjectReference,
            _ if UNSUPPORTED_USAGES.contains(&word) => return Some(Unsupported),
            _ => return None,
        },
    };
    Some(Known(known))
}

const UNSUPPORTED_USAGES: [&str; 5] =
    ["FLOAT-EXTENDED", "FLOAT-BINARY-32", "FLOAT-BINARY-64", "FLOAT-DECIMAL-16", "FLOAT-DECIMAL-34"];

/// A clause that exists in COBOL and is not supported here, with all its words.
pub(super) fn unsupported_clause(word: &str) -> Option<&'static str> {
    Some(match word {
        "DYNAMIC" => "DYNAMIC LENGTH",
        "ANY" => "ANY LENGTH",
        "TYPE" => "TYPE",
        "TYPEDEF" => "TYPEDEF",
        "SAME" => "SAME AS",
        "CONSTANT" => "CONSTANT",
        "PROPERTY" => "PROPERTY",
        "BASED" => "BASED",
        "LIKE" => "LIKE",
        "COPY" => "COPY",
        "REPLACE" => "REPLACE",
        "REPLACING" => "REPLACING",
        _ => return None,
    })
}

/// True if the word begins a clause (so it is no data name).
pub(super) fn begins_clause(word: &str) -> bool {
    matches!(word, "IS" | "LEADING" | "TRAILING" | "JUST")
        || CLAUSES.contains(&word)
        || usage(word).is_some()
        || matches!(word, "GROUP-USAGE" | "COPY" | "BYTE-LENGTH" | "VOLATILE" | "ALIGNED")
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
        "NULL" | "NULLS" => Literal::Null,
        _ => return None,
    })
}

/// True for the level numbers there are.
pub(super) fn is_level(level: u8) -> bool {
    matches!(level, 1..=49 | 66 | 77 | 88)
}

/// True for a word that begins a clause and says nothing without an operand.
pub(super) fn needs_operand(word: &str) -> bool {
    matches!(
        word,
        "USAGE"
            | "SIGN"
            | "OCCURS"
            | "REDEFINES"
            | "RENAMES"
            | "VALUE"
            | "VALUES"
            | "BLANK"
            | "IS"
            | "GROUP-USAGE"
            | "BYTE-LENGTH"
    )
}

/// True for a USAGE that no PICTURE goes with.
pub(super) fn takes_no_picture(word: &str) -> bool {
    matches!(usage(word), Some(UsageMeaning::Known(usage)) if usage.stands_alone())
}

/// True for the reserved words of Enterprise COBOL that turn up as names (Language Reference, "Reserved words").
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

/// Sorted.
const RESERVED: &[&str] = &[
    "ACCEPT", "ACCESS", "ADD", "ADDRESS", "ADVANCING", "AFTER", "ALL", "ALPHABET", "ALPHABETIC",
    "ALPHANUMERIC", "ALSO", "ALTER", "ALTERNATE", "AND", "ANY", "ARE", "AREA", "AREAS", "ASCENDING",
    "ASSIGN", "AT", "AUTHOR", "BASIS", "BEFORE", "BEGINNING", "BINARY", "BLANK", "BLOCK", "BOTTOM", "BY",
    "CALL", "CANCEL", "CD", "CF", "CH", "CHARACTER", "CHARACTERS", "CLASS", "CLOCK-UNITS", "CLOSE", "COBOL",
    "CODE", "CODE-SET", "COLLATING", "COLUMN", "COMMA", "COMMON", "COMMUNICATION", "COMP", "COMPUTE",
    "CONFIGURATION", "CONTAINS", "CONTENT", "CONTINUE", "CONTROL", "CONTROLS", "CONVERTING", "CORR",
    "CORRESPONDING", "COUNT", "CURRENCY", "DATA", "DATE-COMPILED", "DATE-WRITTEN", "DAY", "DAY-OF-WEEK",
    "DE", "DEBUGGING", "DECIMAL-POINT", "DECLARATIVES", "DELETE", "DELIMITED", "DELIMITER", "DEPENDING",
    "DESCENDING", "DESTINATION", "DETAIL", "DISPLAY", "DIVIDE", "DIVISION", "DOWN", "DUPLICATES", "DYNAMIC",
    "EGI", "ELSE", "EMI", "ENABLE", "END", "ENDING", "ENTER", "ENTRY", "ENVIRONMENT", "EOP", "EQUAL",
    "ERROR", "ESI", "EVALUATE", "EVERY", "EXCEPTION", "EXIT", "EXTEND", "EXTERNAL", "FALSE", "FD", "FILE",
    "FILE-CONTROL", "FINAL", "FIRST", "FOOTING", "FOR", "FROM", "FUNCTION", "GENERATE", "GIVING", "GLOBAL",
    "GO", "GOBACK", "GREATER", "GROUP", "HEADING", "HIGH-VALUE", "HIGH-VALUES", "I-O", "ID",
    "IDENTIFICATION", "IF", "IN", "INDEX", "INDEXED", "INDICATE", "INHERITS", "INITIAL", "INITIALIZE",
    "INITIATE", "INPUT", "INPUT-OUTPUT", "INSERT", "INSPECT", "INSTALLATION", "INTO", "INVALID", "INVOKE",
    "IS", "JUST", "JUSTIFIED", "KEY", "LABEL", "LAST", "LEADING", "LEFT", "LENGTH", "LESS", "LIMIT",
    "LIMITS", "LINAGE", "LINE", "LINE-COUNTER", "LINES", "LINKAGE", "LOCK", "LOW-VALUE", "LOW-VALUES",
    "MEMORY", "MERGE", "MESSAGE", "METHOD", "MODE", "MODULES", "MORE-LABELS", "MOVE", "MULTIPLE",
    "MULTIPLY", "NATIVE", "NEGATIVE", "NEXT", "NO", "NOT", "NUMBER", "NUMERIC", "OBJECT", "OCCURS", "OF",
    "OFF", "OMITTED", "ON", "OPEN", "OPTIONAL", "OR", "ORDER", "ORGANIZATION", "OTHER", "OUTPUT",
    "OVERFLOW", "OVERRIDE", "PADDING", "PAGE", "PAGE-COUNTER", "PASSWORD", "PERFORM", "PF", "PH", "PLUS",
    "POINTER", "POSITION", "POSITIVE", "PRINTING", "PROCEDURE", "PROCEDURES", "PROCEED", "PROCESSING",
    "PROGRAM", "PROGRAM-ID", "PURGE", "QUEUE", "QUOTE", "QUOTES", "RANDOM", "RD", "READ", "RECEIVE",
    "RECORD", "RECORDING", "RECORDS", "RECURSIVE", "REDEFINES", "REEL", "REFERENCE", "REFERENCES",
    "RELATIVE", "RELEASE", "RELOAD", "REMAINDER", "REMOVAL", "RENAMES", "REPLACE", "REPORT", "REPORTING",
    "REPORTS", "REPOSITORY", "RERUN", "RESERVE", "RESET", "RETURN", "RETURN-CODE", "RETURNING", "REVERSED",
    "REWIND", "REWRITE", "RF", "RH", "RIGHT", "ROUNDED", "RUN", "SAME", "SD", "SEARCH", "SECTION",
    "SECURITY", "SEGMENT", "SELECT", "SELF", "SEND", "SENTENCE", "SEPARATE", "SEQUENCE", "SEQUENTIAL",
    "SERVICE", "SET", "SIGN", "SIZE", "SORT", "SOURCE", "SPACE", "SPACES", "SPECIAL-NAMES", "SQL",
    "STANDARD", "START", "STATUS", "STOP", "STRING", "SUB-QUEUE-1", "SUBTRACT", "SUM", "SUPER", "SUPPRESS",
    "SYMBOLIC", "SYNC", "TABLE", "TALLY", "TALLYING", "TAPE", "TERMINAL", "TERMINATE", "TEST", "TEXT",
    "THAN", "THEN", "THROUGH", "THRU", "TIME", "TIMES", "TITLE", "TO", "TOP", "TRACE", "TRAILING", "TRUE",
    "TYPE", "UNIT", "UNSTRING", "UNTIL", "UP", "UPON", "USAGE", "USE", "USING", "VALUE", "VALUES",
    "VARYING", "WHEN", "WITH", "WORDS", "WRITE", "ZERO", "ZEROES", "ZEROS",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
        assert!(is_reserved("COUNT") && is_reserved("GROUP") && !is_reserved("AMOUNT"));
    }
}
