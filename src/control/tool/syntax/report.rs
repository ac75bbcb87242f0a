//! What DISPLAY and OCCUR print.

use super::Dd;
use crate::control::syntax::{CardField, Moment};

/// A report: a list of columns, with titles and statistics.
#[derive(Clone, Debug)]
pub struct Report {
    /// LIST.
    pub list: Dd,
    /// ON and HEADER.
    pub columns: Vec<Column>,
    /// NOHEADER.
    pub no_header: bool,
    /// TITLE, PAGE, DATE, TIME in the order of the cards.
    pub title: Title,
    /// BLANK, PLUS.
    pub format: ListFormat,
    /// NOCC.
    pub no_control: bool,
    /// LINES.
    pub lines: u32,
    /// INDENT.
    pub indent: usize,
    /// BETWEEN.
    pub between: usize,
    /// WIDTH.
    pub width: Option<usize>,
    /// STATLEFT.
    pub statistics_left: bool,
    /// TOTAL, MINIMUM, ... and COUNT, in the order of the cards.
    pub statistics: Vec<StatisticLine>,
    /// BREAK and BTITLE in the order of the cards.
    pub break_line: Vec<BreakPart>,
    /// BTOTAL, BMINIMUM, ... and BCOUNT, in the order of the cards.
    pub break_statistics: Vec<StatisticLine>,
}

impl Report {
    /// The field whose changes divide the report into sections.
    pub fn break_column(&self) -> Option<&Column> {
        self.break_line.iter().find_map(|part| match part {
            BreakPart::Field(column) => Some(&**column),
            BreakPart::Text(_) => None,
        })
    }
}

/// How numbers without formatting items look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListFormat {
    /// A sign and 15 or 31 digits.
    #[default]
    Standard,
    /// PLUS: leading zeros suppressed, `+` or `-` before the first digit.
    Plus,
    /// BLANK: leading zeros suppressed, `-` before the first digit of negative numbers.
    Blank,
}

/// The lines at the top of a page.
#[derive(Clone, Debug, Default)]
pub struct Title {
    /// What they show, in order.
    pub parts: Vec<TitlePart>,
    /// Each TITLE, one a line.
    pub texts: Vec<Vec<u8>>,
    /// TBETWEEN.
    pub between: usize,
    /// TLEFT: the strings stand left instead of centred among each other.
    pub left: bool,
    /// TFIRST: on the first page only.
    pub first_page_only: bool,
}

/// What a title shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TitlePart {
    /// The strings of TITLE.
    Text,
    /// PAGE.
    Page,
    /// DATE, TIME and the like.
    Moment(Moment),
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// What it shows.
    pub value: ColumnValue,
    /// Its formatting items.
    pub formatting: Formatting,
    /// Its heading.
    pub header: Header,
}

/// What a column shows.
#[derive(Clone, Debug)]
pub enum ColumnValue {
    /// `p,m,f`.
    Field(CardField),
    /// `p,m,HEX`.
    Hex {
        /// First byte, from 1.
        position: u32,
        /// Bytes.
        length: u32,
    },
    /// NUM: the number of the record.
    Number,
    /// VLEN: the length of the record.
    Length,
    /// VALCNT: how often the value occurs.
    Count,
}

/// The heading of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// The standard heading.
    #[default]
    Standard,
    /// HEADER(NONE).
    None,
    /// Lines of text, up to three; some may be empty.
    Lines(Vec<Vec<u8>>),
}

/// Formatting items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Formatting {
    /// A0 to G6.
    pub mask: Option<Mask>,
    /// E'..'.
    pub pattern: Option<Vec<u8>>,
    /// L'..'.
    pub leading: Vec<u8>,
    /// F'..'.
    pub floating: Vec<u8>,
    /// T'..'.
    pub trailing: Vec<u8>,
    /// LZ.
    pub leading_zeros: bool,
    /// Ndd, Udd.
    pub digits: Option<Digits>,
    /// NOST.
    pub no_statistics: bool,
    /// `/D` and the like: what values are divided by; 1 if nothing is said.
    pub divisor: Divisor,
}

impl Formatting {
    /// True if something is said about how values look.
    pub fn is_said(&self) -> bool {
        let plain = Formatting { no_statistics: self.no_statistics, ..Formatting::default() };
        *self != plain
    }
}

/// What values are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divisor(pub i128);

impl Default for Divisor {
    fn default() -> Self {
        Divisor(1)
    }
}

/// Digits of a column.
pub type Digits = u32;

/// A mask: decimals and whether negative numbers stand in parentheses; separators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// A: 0, B: 1, C: 2, D: 3, E: 0 with parentheses, F: 2 with parentheses, G: 4.
    pub letter: u8,
    /// 0 to 6.
    pub number: u8,
}

/// A line of statistics.
#[derive(Clone, Debug)]
pub struct StatisticLine {
    /// Which.
    pub of: StatisticOf,
    /// Its text.
    pub text: Vec<u8>,
    /// EDCOUNT, EDBCOUNT.
    pub edit: Formatting,
}

/// Which statistic a line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatisticOf {
    /// TOTAL.
    Total,
    /// MINIMUM.
    Minimum,
    /// MAXIMUM.
    Maximum,
    /// AVERAGE.
    Average,
    /// COUNT.
    Count,
}

/// What the line at the top of a section shows.
#[derive(Clone, Debug)]
pub enum BreakPart {
    /// BTITLE.
    Text(Vec<u8>),
    /// BREAK.
    Field(Box<Column>),
}
