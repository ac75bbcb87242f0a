//! Shapes of the rules file of a post step.

use schemars::JsonSchema;
use serde::de::{self, IntoDeserializer};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use super::balance_shapes::{DoubleEntryShape, TotalsShape};
use super::file::{OneOrMany, SortKeyShape, Str};

/// What a post step does with each transaction.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RulesFile {
    /// Version of the rules language; 1. Rules in a job need none.
    #[schemars(with = "u32")]
    pub version: Option<Spanned<u32>>,
    /// Name of the program. Rules in a job need none.
    #[schemars(with = "String")]
    pub program: Option<Str>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Working storage, as copybook text.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub working: Option<Str>,
    /// Calendars by name, as holiday files: business days of functions are asked of them. Where a function names none, the first is
    /// meant.
    #[serde(default)]
    #[schemars(with = "indexmap::IndexMap<String, String>")]
    pub calendars: indexmap::IndexMap<String, Str>,
    /// Digits of intermediate results, as the compiler option ARITH of a program says. As many as needed if not given.
    #[serde(default)]
    pub arith: Option<ArithShape>,
    /// Records that are postings of double-entry bookkeeping.
    #[serde(default)]
    pub double_entry: Option<DoubleEntryShape>,
    /// Amounts that must go out as they came in.
    #[serde(default)]
    #[schemars(with = "Vec<TotalsShape>")]
    pub totals: Vec<Spanned<TotalsShape>>,
    /// Named lists of actions, used by `perform`.
    #[serde(default)]
    #[schemars(with = "indexmap::IndexMap<String, Vec<ActionShape>>")]
    pub paragraphs: indexmap::IndexMap<String, Vec<Spanned<ActionShape>>>,
    /// Checks that come first and may reject; a transaction with any reject is not posted.
    #[serde(default)]
    #[schemars(with = "Vec<RuleShape>")]
    pub edits: Vec<Spanned<RuleShape>>,
    /// Which of several rejects of one transaction is reported.
    #[serde(default)]
    pub report: ReportShape,
    /// Deviations of an old program that a step may ask for by name, with what they are. Each is a condition for `when`, true
    /// where the step lists it under quirks.
    #[serde(default)]
    #[schemars(with = "indexmap::IndexMap<String, String>")]
    pub quirks: indexmap::IndexMap<String, Str>,
    /// The order that transactions must come in, checked record by record.
    #[serde(default)]
    #[schemars(with = "Option<SequenceShape>")]
    pub sequence: Option<Spanned<SequenceShape>>,
    /// What is done before the first transaction.
    #[serde(default)]
    #[schemars(with = "Vec<ActionShape>")]
    pub start: Vec<Spanned<ActionShape>>,
    /// Control breaks, the major level first. The transactions must come grouped by their fields.
    #[serde(default)]
    #[schemars(with = "Vec<BreakShape>")]
    pub breaks: Vec<Spanned<BreakShape>>,
    /// What is done with a transaction that passed the edits.
    #[schemars(with = "Vec<RuleShape>")]
    pub rules: Vec<Spanned<RuleShape>>,
    /// What is done after the last transaction and the last breaks.
    #[serde(default)]
    #[schemars(with = "Vec<ActionShape>")]
    pub end: Vec<Spanned<ActionShape>>,
    /// How a reject record is built, action by action.
    #[serde(default)]
    #[schemars(with = "Vec<ActionShape>")]
    pub reject_record: Vec<Spanned<ActionShape>>,
}

/// Digits of intermediate results (IBM's compiler option ARITH).
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ArithShape {
    /// 30; fields have at most 18.
    Compat,
    /// 31.
    Extend,
    /// 31, and quotients take as many decimals as that leaves.
    Full,
}

/// Which of several rejects is reported.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ReportShape {
    /// The first failing check.
    #[default]
    First,
    /// The last failing check.
    Last,
    /// Each failing check, with a reject record of its own.
    All,
}

/// The order that transactions must come in: text by its bytes, numbers by value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SequenceShape {
    /// Fields of the transaction, the most significant first, each ascending unless it says otherwise.
    #[schemars(with = "Vec<SortKeyShape>")]
    pub by: Vec<Spanned<SortKeyShape>>,
    /// Whether several transactions may have one key.
    #[serde(default)]
    pub duplicates: SequenceDuplicatesShape,
    /// What becomes of a transaction that should have come before, or has the key of the one before it if that is refused.
    #[serde(default)]
    pub out_of_order: SequenceErrorShape,
    /// Code of the reject.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub code: Option<Str>,
    /// Text of the reject.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub reason: Option<Str>,
}

/// Transactions of one key.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SequenceDuplicatesShape {
    /// There may be several.
    #[default]
    Allow,
    /// There is one at most.
    Refuse,
}

/// A transaction out of order.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SequenceErrorShape {
    /// The job stops.
    #[default]
    Stop,
    /// It is rejected; the next one is held against the one before it.
    Reject,
}

/// A level of control breaks: a group ends where one of its fields, or one of a level above, changes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct BreakShape {
    /// Name of the level, for reports.
    #[serde(rename = "break")]
    #[schemars(with = "String")]
    pub name: Str,
    /// Fields of the transaction.
    pub on: OneOrMany,
    /// What is done before the first transaction of a group.
    #[serde(default)]
    #[schemars(with = "Vec<ActionShape>")]
    pub first: Vec<Spanned<ActionShape>>,
    /// What is done after the last one, whose fields are still at hand. FINAL-BREAK is true at the end of the input.
    #[serde(default)]
    #[schemars(with = "Vec<ActionShape>")]
    pub last: Vec<Spanned<ActionShape>>,
}

/// A rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RuleShape {
    /// Name of the rule, for reports.
    #[schemars(with = "String")]
    pub rule: Str,
    /// Applied only to transactions of this input, if the step has several.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub input: Option<Str>,
    /// Applied only where this condition holds.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub when: Option<Str>,
    /// What it does, in order.
    #[serde(default, rename = "do")]
    #[schemars(with = "Vec<ActionShape>")]
    pub actions: Vec<Spanned<ActionShape>>,
    /// `done`: no later rule is tried after this one was applied.
    #[serde(default)]
    pub then: ThenShape,
}

/// What comes after a rule.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ThenShape {
    /// The next rule.
    #[default]
    Next,
    /// The next transaction.
    Done,
}

/// An action: exactly one verb (compute, add, subtract, multiply, divide, move, set, string, unstring, inspect, search, search-all, lookup,
/// insert, for-each, delete, release, emit, perform, reject, warn, stop, or when/do alone) with its operands. `when` may guard any verb.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct ActionShape {
    /// Only where this condition holds.
    #[schemars(with = "Option<String>")]
    pub when: Option<Str>,
    /// Verb: store the value of `is` in this field.
    #[schemars(with = "Option<String>")]
    pub compute: Option<Str>,
    /// The expression of `compute`.
    #[schemars(with = "Option<String>")]
    pub is: Option<Str>,
    /// Verb: add this value `to` fields.
    #[schemars(with = "Option<String>")]
    pub add: Option<Str>,
    /// Verb: subtract this value `from` fields.
    #[schemars(with = "Option<String>")]
    pub subtract: Option<Str>,
    /// Verb: multiply this value `by` a field, which becomes the product, or by a value, `giving` fields.
    #[schemars(with = "Option<String>")]
    pub multiply: Option<Str>,
    /// Verb: divide this value `into` fields, which become the quotients; or `by` a value, `giving` fields.
    #[schemars(with = "Option<String>")]
    pub divide: Option<Str>,
    /// Receivers of `add`, `subtract`, `multiply` and `divide` where the operands are to stay as they are.
    pub giving: Option<OneOrMany>,
    /// The field for what a `divide` with `giving` leaves.
    #[schemars(with = "Option<String>")]
    pub remainder: Option<Str>,
    /// Verb: move this value `to` fields.
    #[serde(rename = "move")]
    #[schemars(with = "Option<String>")]
    pub movement: Option<Str>,
    /// Verb: make this condition name true: its first value is moved to its field; with `to: false` the literal of its WHEN SET TO
    /// FALSE.
    #[schemars(with = "Option<String>")]
    pub set: Option<Str>,
    /// Verb: put these pieces one behind the other into the field of `to`, whose other bytes stay as they are. A piece is a value,
    /// or `VALUE DELIMITED BY SPACE` (or by a literal): what stands before it.
    pub string: Option<OneOrMany>,
    /// Verb: count, replace and convert characters of this field (INSPECT).
    #[schemars(with = "Option<String>")]
    pub inspect: Option<Str>,
    /// What `inspect` counts: `COUNTER FOR ALL 'A' BEFORE INITIAL '.'`, with ALL, LEADING or CHARACTERS. The field that the number
    /// of pieces of `unstring` is added to.
    pub tallying: Option<OneOrMany>,
    /// What `inspect` replaces: `ALL 'A' BY 'B' AFTER INITIAL '.'`, with ALL, LEADING, FIRST or CHARACTERS.
    pub replacing: Option<OneOrMany>,
    /// What `inspect` converts, character by character: `'abc' TO 'ABC'`.
    #[schemars(with = "Option<String>")]
    pub converting: Option<Str>,
    /// Verb: cut this field into pieces (UNSTRING).
    #[schemars(with = "Option<String>")]
    pub unstring: Option<Str>,
    /// What ends a piece of `unstring`: `','` or `ALL SPACE`; pieces are as long as their receivers if not given.
    pub delimited_by: Option<OneOrMany>,
    /// Receivers of `unstring`: a field, or `FIELD DELIMITER IN FIELD COUNT IN FIELD`.
    pub into: Option<OneOrMany>,
    /// The field that says where `string` and `unstring` begin, from 1; it moves on.
    #[schemars(with = "Option<String>")]
    pub pointer: Option<Str>,
    /// Actions if not all of `string` fits, if something is left of the text of `unstring`, or if the pointer points outside.
    #[schemars(with = "Option<Vec<ActionShape>>")]
    pub on_overflow: Option<Vec<Spanned<ActionShape>>>,
    /// Verb: find the first entry of this table, from the index on, for which the condition of `where` holds; then do the actions
    /// of `do`.
    #[schemars(with = "Option<String>")]
    pub search: Option<Str>,
    /// Verb: the same by halves, in a table that is in order of its KEY phrases.
    #[schemars(with = "Option<String>")]
    pub search_all: Option<Str>,
    /// The index of `search`: a numeric field.
    #[schemars(with = "Option<String>")]
    pub varying: Option<Str>,
    /// The condition of `search`; for `search-all` keys that are equal to values, joined by AND.
    #[serde(rename = "where")]
    #[schemars(with = "Option<String>")]
    pub wanted: Option<Str>,
    /// Actions if `search` finds no entry.
    #[schemars(with = "Option<Vec<ActionShape>>")]
    pub at_end: Option<Vec<Spanned<ActionShape>>>,
    /// Receivers of `add` and `move`; the receiver of `string`; true or false for `set`.
    pub to: Option<OneOrMany>,
    /// Receivers of `subtract`; or the record that `emit` begins with.
    pub from: Option<OneOrMany>,
    /// What becomes of low-order digits of `compute`, `add`, `subtract`, `multiply`, `divide`.
    pub rounded: Option<RoundedShape>,
    /// What becomes of a result that does not fit, or of a division by zero: stop (if not given), truncate, reject (with code and
    /// reason), or actions to do instead; the receiver then stays as it was.
    pub on_size_error: Option<OnSizeErrorShape>,
    /// Actions if the result fits, beside actions under `on-size-error`.
    #[schemars(with = "Option<Vec<ActionShape>>")]
    pub not_on_size_error: Option<Vec<Spanned<ActionShape>>>,
    /// Verb: make the row of this master with `key` the current one.
    #[schemars(with = "Option<String>")]
    pub lookup: Option<Str>,
    /// Verb: make a row of this master with `key`, which becomes the current one, unless there is such a row.
    #[schemars(with = "Option<String>")]
    pub insert: Option<Str>,
    /// Values of alternate keys that `insert` makes the row with, by their names. A row that has one of them and must not share it
    /// is found as one with `key` is.
    pub alternate: Option<indexmap::IndexMap<String, OneOrMany>>,
    /// What if `insert` finds a row: stop (if not given), reject (with code and reason), or continue with that row.
    pub duplicate: Option<DuplicateShape>,
    /// Verb: do the actions of `do` for each row of this master with `key` under the alternate key of `by`.
    #[schemars(with = "Option<String>")]
    pub for_each: Option<Str>,
    /// Verb: delete the current row of this master.
    #[schemars(with = "Option<String>")]
    pub delete: Option<Str>,
    /// Verb: the current row of this master is written as it is and can no longer be found, so that another row with its key can
    /// be made.
    #[schemars(with = "Option<String>")]
    pub release: Option<Str>,
    /// Values of the key of `lookup`, `insert` and `for-each`.
    pub key: Option<OneOrMany>,
    /// Values of a key to look for if there is no row with `key`.
    pub or_key: Option<OneOrMany>,
    /// The alternate key that `lookup` and `for-each` go by; the first row with it is the current one. The other factor of
    /// `multiply`, the divisor of `divide`.
    #[schemars(with = "Option<String>")]
    pub by: Option<Str>,
    /// What if `lookup` finds no row: stop (if not given), reject (with code and reason), create, or continue.
    pub missing: Option<MissingShape>,
    /// Verb: write a record to this output; `do` sets its fields.
    #[schemars(with = "Option<String>")]
    pub emit: Option<Str>,
    /// The 01 level that the record of `emit` is one of, if the copybook of the output has several; it says how long the record is.
    #[serde(rename = "as")]
    #[schemars(with = "Option<String>")]
    pub kind: Option<Str>,
    /// What the bytes of the record of `emit` are that nothing sets: initial (if not given), blank, low-value, or those of the record
    /// emitted before.
    pub unset: Option<UnsetShape>,
    /// Verb: do the actions of this paragraph.
    #[schemars(with = "Option<String>")]
    pub perform: Option<Str>,
    /// Verb: reject the transaction with this code.
    #[schemars(with = "Option<String>")]
    pub reject: Option<Str>,
    /// Verb: count a warning with this code; the transaction is posted all the same.
    #[schemars(with = "Option<String>")]
    pub warn: Option<Str>,
    /// Code of a reject by `missing`, `duplicate` or `on-size-error`.
    #[schemars(with = "Option<String>")]
    pub code: Option<Str>,
    /// Text of a reject or a warning.
    #[schemars(with = "Option<String>")]
    pub reason: Option<Str>,
    /// For `reject` in an edit: continue goes on with the edits, so that a later one may fail too.
    pub then: Option<RejectThenShape>,
    /// Verb: stop the job with this message.
    #[schemars(with = "Option<String>")]
    pub stop: Option<Str>,
    /// Actions of `emit` or of a `when`.
    #[serde(rename = "do")]
    #[schemars(with = "Option<Vec<ActionShape>>")]
    pub actions: Option<Vec<Spanned<ActionShape>>>,
    /// Actions where the condition of a `when` does not hold.
    #[serde(rename = "else")]
    #[schemars(with = "Option<Vec<ActionShape>>")]
    pub otherwise: Option<Vec<Spanned<ActionShape>>>,
}

/// Rounding modes, as in COBOL's ROUNDED phrase.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RoundedShape {
    /// Toward zero; what COBOL does without ROUNDED.
    Truncation,
    /// Nearest, a half away from zero; COBOL's plain ROUNDED.
    NearestAwayFromZero,
    /// Nearest, a half to the even digit.
    NearestEven,
    /// Nearest, a half toward zero.
    NearestTowardZero,
    /// Away from zero.
    AwayFromZero,
    /// Up.
    TowardGreater,
    /// Down.
    TowardLesser,
    /// A remainder is a size error.
    Prohibited,
}

/// What becomes of a result that does not fit.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SizeErrorShape {
    /// The job stops.
    Stop,
    /// High-order digits are lost, as in COBOL without ON SIZE ERROR.
    Truncate,
    /// The transaction is rejected.
    Reject,
}

/// What becomes of a result that does not fit: one of three words, or actions.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum OnSizeErrorShape {
    /// A word.
    Known(SizeErrorShape),
    /// Actions.
    Actions(#[schemars(with = "Vec<ActionShape>")] Vec<Spanned<ActionShape>>),
}

impl<'de> Deserialize<'de> for OnSizeErrorShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = OnSizeErrorShape;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("stop, truncate, reject, or a list of actions")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                SizeErrorShape::deserialize(text.into_deserializer()).map(OnSizeErrorShape::Known)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(list)).map(OnSizeErrorShape::Actions)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// What if there is a row with the key of a row to be made.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DuplicateShape {
    /// The job stops.
    Stop,
    /// The transaction is rejected.
    Reject,
    /// The rules go on with that row; NAME-FOUND is true.
    Continue,
}

/// What if a master has no row.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum MissingShape {
    /// The job stops.
    Stop,
    /// The transaction is rejected.
    Reject,
    /// The row is made.
    Create,
    /// The rules go on; NAME-FOUND is false.
    Continue,
}

/// Bytes that nothing sets.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum UnsetShape {
    /// VALUE clauses, or else zeros in numbers and blanks in text.
    Initial,
    /// Blanks.
    Blank,
    /// X'00'.
    LowValue,
    /// What the last record of this output had there.
    Last,
}

/// What comes after a reject.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RejectThenShape {
    /// Nothing more for this transaction.
    Stop,
    /// The remaining edits.
    Continue,
}
