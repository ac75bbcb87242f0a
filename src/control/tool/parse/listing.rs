//! Operators that print: DISPLAY and OCCUR.

use super::formatting;
use super::operands::{Formats, Operands, is_text};
use super::records::{Common, ON_MAX, occurrences};
use super::values::{LIMIT, TEXT_MAX};
use crate::control::deck::Word;
use crate::control::parse::Parser;
use crate::control::syntax::Moment;
use crate::control::tool::syntax::{
    BreakPart, Column, ColumnValue, Dd, Display, Formatting, Header, ListFormat, Occur, Report,
    StatisticLine, StatisticOf, Title, TitlePart,
};
use crate::diag::{Result, codes};

/// Columns of a report.
const COLUMNS_MAX: usize = 50;
/// Lines of a page if LINES does not say so.
const LINES: u32 = 58;
/// Blanks between columns.
const BETWEEN: usize = 3;
/// Blanks between the parts of a title.
const TITLE_BETWEEN: usize = 8;
/// Lines of a title.
const TITLES_MAX: usize = 3;

/// Operands of both operators that are the same for both.
const KNOWN: &[&str] = &[
    "FROM", "ON", "LIST", "TITLE", "PAGE", "DATE", "DATENS", "YDDD", "YDDDNS", "TIME", "TIMENS", "TLEFT",
    "TFIRST", "TBETWEEN", "BLANK", "PLUS", "HEADER", "NOHEADER", "NOCC", "LINES", "INDENT", "BETWEEN",
    "WIDTH", "USING",
];
const KNOWN_DISPLAY: &[&str] = &[
    "TOTAL", "MINIMUM", "MAXIMUM", "AVERAGE", "COUNT", "EDCOUNT", "BTITLE", "BREAK", "BTOTAL", "BMINIMUM",
    "BMAXIMUM", "BAVERAGE", "BCOUNT", "EDBCOUNT", "STATLEFT", "LIMIT",
];
const KNOWN_OCCUR: &[&str] = &["ALLDUPS", "NODUPS", "HIGHER", "LOWER", "EQUAL", "UZERO"];

/// What both operators print, as far as it has been read.
#[derive(Default)]
struct Reading {
    common: Common,
    list: Option<Dd>,
    columns: Vec<(ColumnValue, Formatting)>,
    headers: Vec<Header>,
    no_header: bool,
    title: Title,
    format: Option<ListFormat>,
    no_control: bool,
    lines: Option<u32>,
    indent: Option<u32>,
    between: Option<u32>,
    title_between: Option<u32>,
    width: Option<u32>,
}

/// DISPLAY.
pub(super) fn display(mut operands: Operands<'_>) -> Result<Display> {
    let mut reading = Reading::default();
    let mut limit = None;
    let (mut statistics_left, mut break_line) = (false, Vec::new());
    let (mut statistics, mut break_statistics) = (Vec::new(), Vec::new());
    let (mut edit, mut break_edit) = (None, None);
    while let Some(word) = operands.next()? {
        if reading.take(&word, &mut operands, COLUMNS_MAX)? {
            continue;
        }
        let text = word.text.as_str();
        if let Some(of) = text.strip_prefix('B').and_then(statistic) {
            break_statistics.push(statistic_line(of, &mut operands)?);
            continue;
        }
        match text {
            "STATLEFT" => statistics_left = true,
            "LIMIT" => {
                let value = operands.count("a number of invalid values", 1)?;
                operands.once(&mut limit, value, &word)?;
            }
            "EDCOUNT" => {
                let value = operands.one(formatting::items)?;
                operands.once(&mut edit, value, &word)?;
            }
            "EDBCOUNT" => {
                let value = operands.one(formatting::items)?;
                operands.once(&mut break_edit, value, &word)?;
            }
            "BTITLE" | "BREAK" => break_line.push(break_part(&word, &mut operands)?),
            _ => match statistic(text) {
                Some(of) => statistics.push(statistic_line(of, &mut operands)?),
                None => return Err(operands.unknown(&word, &[KNOWN, KNOWN_DISPLAY].concat())),
            },
        }
    }
    set_edit(&mut statistics, edit);
    set_edit(&mut break_statistics, break_edit);
    let breaks = break_line.iter().filter(|part| matches!(part, BreakPart::Field(_))).count();
    if breaks > 1 || break_line.len() > breaks + 1 {
        return Err(operands.conflict("BREAK and BTITLE are given once"));
    }
    if breaks == 0 && !(break_line.is_empty() && break_statistics.is_empty()) {
        return Err(operands.missing("BREAK"));
    }
    let input = reading.common.input(&operands)?;
    let mut report = reading.report(&operands)?;
    report.statistics_left = statistics_left;
    report.statistics = statistics;
    report.break_line = break_line;
    report.break_statistics = break_statistics;
    Ok(Display { input, report, limit: limit.unwrap_or(LIMIT) })
}

/// OCCUR.
pub(super) fn occur(mut operands: Operands<'_>) -> Result<Occur> {
    let mut reading = Reading::default();
    let (mut wanted, mut unsigned_zero) = (None, false);
    while let Some(word) = operands.next()? {
        if reading.take(&word, &mut operands, ON_MAX)? {
            continue;
        }
        match occurrences(&word, &mut operands)? {
            Some(value) => operands.once(&mut wanted, value, &word)?,
            None if word.text == "UZERO" => unsigned_zero = true,
            None => return Err(operands.unknown(&word, &[KNOWN, KNOWN_OCCUR].concat())),
        }
    }
    let input = reading.common.input(&operands)?;
    let report = reading.report(&operands)?;
    if report.columns.iter().any(|column| matches!(column.value, ColumnValue::Number)) {
        return Err(operands.conflict("ON(NUM) is for DISPLAY"));
    }
    if report.columns.iter().all(|column| matches!(column.value, ColumnValue::Count)) {
        return Err(operands.missing("ON with a field"));
    }
    Ok(Occur { input, report, occurrences: wanted.unwrap_or_default(), unsigned_zero })
}

impl Reading {
    /// Takes an operand if both operators have it.
    fn take(&mut self, word: &Word, operands: &mut Operands<'_>, most: usize) -> Result<bool> {
        match word.text.as_str() {
            "ON" if self.columns.len() == most => {
                return Err(operands.conflict(&format!("more than {most} ON fields")));
            }
            "ON" => {
                let column = operands.one(|this| column(this))?;
                self.columns.push(column);
            }
            "LIST" => {
                let dd = operands.one(Operands::dd)?;
                operands.once(&mut self.list, dd, word)?;
            }
            "HEADER" => self.headers.push(header(operands)?),
            "NOHEADER" => self.no_header = true,
            "NOCC" => self.no_control = true,
            "BLANK" => operands.once(&mut self.format, ListFormat::Blank, word)?,
            "PLUS" => operands.once(&mut self.format, ListFormat::Plus, word)?,
            "LINES" => {
                let value = operands.number("a number of lines", 10..=999)?;
                operands.once(&mut self.lines, value, word)?;
            }
            "INDENT" => {
                let value = operands.number("a number of blanks", 0..=100)?;
                operands.once(&mut self.indent, value, word)?;
            }
            "BETWEEN" => {
                let value = operands.number("a number of blanks", 0..=50)?;
                operands.once(&mut self.between, value, word)?;
            }
            "WIDTH" => {
                let value = operands.number("a record length", 121..=8192)?;
                operands.once(&mut self.width, value, word)?;
            }
            _ if self.take_title(word, operands)? => {}
            _ => return self.common.take(word, operands),
        }
        Ok(true)
    }

    fn take_title(&mut self, word: &Word, operands: &mut Operands<'_>) -> Result<bool> {
        match word.text.as_str() {
            "TITLE" => {
                // The strings of one TITLE stand in one line; each TITLE makes a line of its own.
                let mut line = Vec::new();
                operands.list(|this| {
                    line.extend(this.text(TEXT_MAX)?);
                    Ok(())
                })?;
                self.title.texts.push(line);
                if self.title.texts.len() > TITLES_MAX {
                    let message = "a report has up to three titles";
                    return Err(operands.error(codes::CTL005, &word.span, message, "one more"));
                }
                self.title_part(TitlePart::Text);
            }
            "PAGE" => self.title_part(TitlePart::Page),
            "DATE" | "DATENS" | "YDDD" | "YDDDNS" | "TIME" | "TIMENS" => {
                let moment = moment(word, operands)?;
                let is_time = |word: &str| word.starts_with('T');
                let same = |part: &TitlePart| match part {
                    TitlePart::Moment(other) => {
                        matches!(other.form, crate::control::syntax::MomentForm::Clock { .. })
                            == is_time(&word.text)
                    }
                    _ => false,
                };
                if self.title.parts.iter().any(same) {
                    let message = "a title shows one date and one time";
                    return Err(operands.error(codes::CTL008, &word.span, message, "one more"));
                }
                self.title.parts.push(TitlePart::Moment(moment));
            }
            "TLEFT" => self.title.left = true,
            "TFIRST" => self.title.first_page_only = true,
            "TBETWEEN" => {
                let value = operands.number("a number of blanks", 0..=100)?;
                operands.once(&mut self.title_between, value, word)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn title_part(&mut self, part: TitlePart) {
        if !self.title.parts.contains(&part) {
            self.title.parts.push(part);
        }
    }

    fn report(self, operands: &Operands<'_>) -> Result<Report> {
        if self.columns.is_empty() {
            return Err(operands.missing("ON"));
        }
        if self.no_header && !self.headers.is_empty() {
            return Err(operands.conflict("HEADER and NOHEADER exclude each other"));
        }
        if !self.headers.is_empty() && self.headers.len() != self.columns.len() {
            let message = format!(
                "there are {} HEADER operands for {} ON operands",
                self.headers.len(),
                self.columns.len()
            );
            return Err(operands
                .conflict(&message)
                .hint("each ON has its HEADER in the same order; HEADER(NONE) leaves one out"));
        }
        let mut headers = self.headers.into_iter();
        let columns = self.columns.into_iter().map(|(value, formatting)| Column {
            value,
            formatting,
            header: headers.next().unwrap_or_default(),
        });
        let size = |value: Option<u32>, default: usize| value.map_or(default, |value| value as usize);
        Ok(Report {
            list: operands.needed(self.list, "LIST")?,
            columns: columns.collect(),
            no_header: self.no_header,
            title: Title { between: size(self.title_between, TITLE_BETWEEN), ..self.title },
            format: self.format.unwrap_or_default(),
            no_control: self.no_control,
            lines: self.lines.unwrap_or(LINES),
            indent: size(self.indent, 0),
            between: size(self.between, BETWEEN),
            width: self.width.map(|width| width as usize),
            statistics_left: false,
            statistics: Vec::new(),
            break_line: Vec::new(),
            break_statistics: Vec::new(),
        })
    }
}

/// What an ON shows, behind its open parenthesis.
fn column(operands: &mut Operands<'_>) -> Result<(ColumnValue, Formatting)> {
    for (word, value) in
        [("NUM", ColumnValue::Number), ("VLEN", ColumnValue::Length), ("VALCNT", ColumnValue::Count)]
    {
        if operands.cursor.eat_word(word) {
            if word == "VALCNT" && operands.operator == "DISPLAY" {
                return Err(operands.conflict("ON(VALCNT) is for OCCUR"));
            }
            return Ok((value, formatting::behind(operands)?));
        }
    }
    let head = operands.head()?;
    let name = operands.format_name(&head)?;
    if name == "HEX" {
        let (position, length) = operands.place(&head)?;
        if length > 2000 {
            let message = format!("a field of format HEX has 1 to 2000 bytes, not {length}");
            return Err(operands.error(codes::CTL011, &head.span, &message, "this field"));
        }
        return Ok((ColumnValue::Hex { position, length }, Formatting::default()));
    }
    let field = operands.field_of(&head, &name, Formats::Columns)?;
    let formatting = formatting::behind(operands)?;
    let text_only =
        Formatting { leading: Vec::new(), trailing: Vec::new(), no_statistics: false, ..formatting.clone() };
    if is_text(field.format) && text_only != Formatting::default() {
        let message = "a field of characters takes only L'..' and T'..'";
        return Err(operands.error(codes::CTL010, &field.span, message, "this field"));
    }
    Ok((ColumnValue::Field(field), formatting))
}

/// `(NONE)` or up to three texts, some of which may be missing.
fn header(operands: &mut Operands<'_>) -> Result<Header> {
    let mut lines = Vec::new();
    let mut none = false;
    operands.list(|this| {
        if lines.is_empty() && this.cursor.word_ahead() == "NONE" && this.cursor.peek_symbol().is_none() {
            this.cursor.eat_word("NONE");
            none = true;
        } else if this.cursor.peek() == Some(',') {
            lines.push(Vec::new());
        } else {
            let start = this.cursor.at();
            lines.push(this.text(TEXT_MAX)?);
            if lines.len() > TITLES_MAX {
                return Err(this.cursor.wrong(start, "a heading has up to three lines", "one more"));
            }
        }
        Ok(())
    })?;
    Ok(if none { Header::None } else { Header::Lines(lines) })
}

/// A date or time behind its keyword, which has been read.
fn moment(word: &Word, operands: &mut Operands<'_>) -> Result<Moment> {
    let at = operands.cursor.at();
    operands.cursor.go_to(at - word.text.len());
    let mut parser = Parser::new(operands.cursor.clone());
    let moment = parser.shown_moment()?;
    operands.cursor = parser.cursor;
    operands.needed(moment, "a date or time")
}

fn statistic(word: &str) -> Option<StatisticOf> {
    Some(match word {
        "TOTAL" => StatisticOf::Total,
        "MINIMUM" => StatisticOf::Minimum,
        "MAXIMUM" => StatisticOf::Maximum,
        "AVERAGE" => StatisticOf::Average,
        "COUNT" => StatisticOf::Count,
        _ => return None,
    })
}

fn statistic_line(of: StatisticOf, operands: &mut Operands<'_>) -> Result<StatisticLine> {
    let text = operands.one(|this| this.text(TEXT_MAX))?;
    Ok(StatisticLine { of, text, edit: Formatting::default() })
}

fn set_edit(lines: &mut [StatisticLine], edit: Option<Formatting>) {
    let count = lines.iter_mut().find(|line| line.of == StatisticOf::Count);
    if let (Some(line), Some(edit)) = (count, edit) {
        line.edit = edit;
    }
}

fn break_part(word: &Word, operands: &mut Operands<'_>) -> Result<BreakPart> {
    if word.text == "BTITLE" {
        let mut text = Vec::new();
        operands.list(|this| {
            text.extend(this.text(TEXT_MAX)?);
            Ok(())
        })?;
        return Ok(BreakPart::Text(text));
    }
    let (value, formatting) = operands.one(column)?;
    if !matches!(value, ColumnValue::Field(_)) {
        return Err(operands.error(codes::CTL005, &word.span, "BREAK takes a field", "this operand"));
    }
    Ok(BreakPart::Field(Box::new(Column { value, formatting, header: Header::None })))
}
