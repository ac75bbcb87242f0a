//! How the reports of DISPLAY and OCCUR look.
//!
//! The rules of widths, from the description of DISPLAY and its examples in the Application Programming Guide:
//!
//! * A column is as wide as its widest value can be or as its heading, whichever is wider; three blanks (BETWEEN) separate
//!   columns; INDENT blanks stand before the first one.
//! * A number has the digits that its format can have: ZD m, PD 2m-1, BI 3 5 8 10 13 15 17 20, FI 3 5 7 10 12 15 17 19 by
//!   length, FS UFF SFF m up to 31, VLEN NUM VALCNT 15. A total needs more: 15 if the field has up to 15, else 31.
//!   Ndd and Udd say otherwise; NOST takes a column out of the statistics.
//! * Standard format: a sign and 15 digits (31 if the field has more), without sign for NUM and VALCNT. PLUS and BLANK: a
//!   place for the sign and the digits without leading zeros. A mask adds its separators and decimal point.
//! * Headings are underlined if HEADER says them; the standard ones are not. Those of numbers stand to the right if the
//!   numbers do, which is with BLANK, PLUS and formatting items.
//! * A page has a title, a blank line, the title of its section and a blank line, headings, and rows. LINES counts all of
//!   them; without TITLE, headings and the like nothing marks a page.
//! * A line of statistics follows a blank line. Its text stands before the values if there is room before the first of them,
//!   else on a line of its own; STATLEFT makes room to the left of all columns.
//! * The first byte of a line is its ANSI control character. The record length is 121 or what the longest line needs; NOCC
//!   takes the control character and its byte away.

mod ink;
mod number;
mod printer;
mod statistics;
mod table;

pub(super) use ink::Ink;
pub(super) use number::NumberStyle;
pub(super) use printer::{Printer, Row};
pub(super) use statistics::Statistics;
pub(super) use table::{Cell, field_name};

#[cfg(test)]
mod tests;
