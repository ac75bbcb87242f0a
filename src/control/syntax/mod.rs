//! What a deck of control statements says, as a tree.
//!
//! Symbols are resolved, constants are in the code page of the data, positions are as coded (from 1; of variable-length
//! records the data begin at 5). What depends on the run (its date, the record length) is left symbolic.

mod condition;
mod field;
mod item;
mod outfil;
mod reform;
mod statement;

pub use crate::report::Statistic as StatisticKind;
pub use condition::{BitTest, Comparand, Condition, NumericTest, Relation, Test};
pub use field::{CardField, Format, Literal, LiteralKind, Moment, MomentForm, Place};
pub use item::{
    Arithmetic, Change, ChangeOutput, ChangeSearch, DateOperand, DateOutput, DateStep, DateUnit, DateValue,
    Edit, Editing, Item, Justify, Operator, Pairing, SequenceNumber, Shift, Statistic, Translation, Value,
    Weekday,
};
pub use outfil::{Convert, LineLimit, OutFil, Section, SectionSkip, Selection, Split, TrailerRecord};
pub use reform::{
    Action, Clause, FindReplace, Group, ParseEnd, ParseField, ParseStart, Push, PushWhat, Reform,
    Replacement, When,
};
pub use statement::{
    Application, Deck, Dialect, Join, JoinItem, JoinKey, JoinSide, Options, Overflow, RecordStatement,
    RecordType, SortField, SumField, SumStatement, YearWindow,
};
