//! SYMNAMES: names for fields, constants and columns.

use std::collections::HashMap;
use std::sync::Arc;

use super::card::{CARD_END, Card, is_blank};
use super::constant::Constant;
use super::cursor::{Cursor, Reading};
use super::system::SystemSymbols;
use super::text::Text;
use crate::control::message;
use crate::control::syntax::{Dialect, Literal, LiteralKind};
use crate::diag::{Diagnostic, Diagnostics, Result, Source, codes};
use crate::encoding::CodePage;

/// Characters of a name.
const NAME_MAX: usize = 50;
/// Greatest position and number of bytes to skip.
const POSITION_MAX: u32 = 32_752;

/// What a symbol stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// `p`, `p,m` or `p,m,f`.
    Field {
        /// First byte, from 1.
        position: u32,
        /// Bytes.
        length: Option<u32>,
        /// Format, in upper case.
        format: Option<String>,
    },
    /// `%nn`.
    Parsed {
        /// Its number.
        number: u16,
        /// Format, in upper case.
        format: Option<String>,
    },
    /// A constant.
    Constant(Constant),
}

/// All symbols of a run.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    names: HashMap<String, Symbol>,
}

/// Where the next field goes.
#[derive(Default)]
struct Map {
    /// Behind the field before.
    next: Option<u32>,
    /// Where the field before is, its length and format.
    previous: Option<u32>,
    length: Option<u32>,
    format: Option<String>,
}

impl Symbols {
    /// Reads symbol statements. `system` gives the values of system symbols in `S'..'`.
    pub fn read(
        source: &Arc<Source>,
        page: CodePage,
        system: &SystemSymbols,
    ) -> std::result::Result<Symbols, Diagnostics> {
        let mut reader = Reader { symbols: Symbols::default(), map: Map::default(), page, system };
        let mut diagnostics = Diagnostics::new();
        for card in Card::all(source) {
            if card.columns(1..CARD_END).trim_end() == "/*" {
                break;
            }
            let Some(column) = card.first(1..CARD_END + 1).filter(|_| !card.is_comment()) else { continue };
            let mut text = Text::new(source, card.place(column));
            text.push(statement(card.columns(column..CARD_END + 1)), card.place(column));
            let reading = Reading { page, dialect: Dialect::Dfsort, symbols: None };
            let cursor = Cursor::new(&text, reading).known_as(message::INVALID_SYMBOL);
            diagnostics.take(reader.statement(cursor));
        }
        diagnostics.into_result(reader.symbols)
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<&Symbol> {
        self.names.get(name)
    }

    /// All names with what they stand for, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Symbol)> {
        self.names.iter().map(|(name, symbol)| (name.as_str(), symbol))
    }

    /// Length of the name that a text begins with; 0 if it begins with none.
    pub fn name_length(text: &str) -> usize {
        let is_name = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'#' | b'$' | b'@' | b'_' | b'-');
        match text.bytes().next() {
            Some(first) if is_name(first) && !first.is_ascii_digit() && first != b'-' => {
                text.bytes().take_while(|c| is_name(*c)).count()
            }
            _ => 0,
        }
    }
}

/// The statement of a card, without its remark.
fn statement(text: &str) -> &str {
    let mut quoted = false;
    let end = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '\'';
        is_blank(*c) && !quoted
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

struct Reader<'a> {
    symbols: Symbols,
    map: Map,
    page: CodePage,
    system: &'a SystemSymbols,
}

impl Reader<'_> {
    fn statement(&mut self, mut cursor: Cursor<'_>) -> Result<()> {
        let length = Symbols::name_length(cursor.ahead());
        let name = cursor.ahead()[..length].to_owned();
        cursor.skip(length);
        if name.is_empty() {
            return Err(cursor.expected("the name of a symbol"));
        }
        if !matches!(cursor.peek(), Some(',' | ';')) {
            return Err(cursor.expected("a comma"));
        }
        match name.as_str() {
            "POSITION" | "SKIP" | "ALIGN" => {
                cursor.comma();
                self.keyword(&name, &mut cursor)?;
            }
            _ => {
                self.check_name(&name, &cursor)?;
                cursor.comma();
                let symbol = self.value(&mut cursor)?;
                self.define(name, symbol, &cursor)?;
            }
        }
        if cursor.at_end() { Ok(()) } else { Err(cursor.expected("a blank")) }
    }

    fn check_name(&self, name: &str, cursor: &Cursor<'_>) -> Result<()> {
        let problem = if name.len() > NAME_MAX {
            format!("the name of a symbol has up to {NAME_MAX} characters")
        } else if is_reserved(name) {
            format!("{name} is a reserved word and cannot name a symbol")
        } else {
            return Ok(());
        };
        Err(cursor
            .wrong(0, problem, "no name of a symbol")
            .hint("choose another name; lower case is different from upper case"))
    }

    fn define(&mut self, name: String, symbol: Symbol, cursor: &Cursor<'_>) -> Result<()> {
        match self.symbols.names.get(&name) {
            Some(known) if *known != symbol => {
                let message = format!("the symbol {name} is defined twice, with different meanings");
                Err(cursor.wrong(0, message, "defined before"))
            }
            _ => {
                self.symbols.names.insert(name, symbol);
                Ok(())
            }
        }
    }

    fn keyword(&mut self, name: &str, cursor: &mut Cursor<'_>) -> Result<()> {
        match name {
            "POSITION" => {
                let position = self.position_of(cursor)?;
                (self.map.next, self.map.previous) = (Some(position), Some(position));
            }
            "SKIP" => {
                let bytes = cursor.small("a number of bytes to skip", 1..=POSITION_MAX)?;
                self.map.next = Some(self.map.next.unwrap_or(1).saturating_add(bytes));
                self.map.previous = self.map.next;
            }
            _ => {
                let start = cursor.at();
                let boundary = match cursor.word()?.text.to_ascii_uppercase().as_str() {
                    "H" => 2,
                    "F" => 4,
                    "D" => 8,
                    _ => return Err(cursor.wrong(start, "ALIGN takes H, F or D", "no boundary")),
                };
                let next = self.map.next.unwrap_or(1);
                self.map.next = Some((next - 1).next_multiple_of(boundary) + 1);
                self.map.previous = self.map.next;
            }
        }
        Ok(())
    }

    /// The operand of POSITION: a number or a symbol for a field.
    fn position_of(&self, cursor: &mut Cursor<'_>) -> Result<u32> {
        let start = cursor.at();
        let length = Symbols::name_length(cursor.ahead());
        if length == 0 {
            return cursor.small("a position", 1..=POSITION_MAX);
        }
        let name = &cursor.ahead()[..length];
        cursor.skip(length);
        match self.symbols.names.get(name) {
            Some(Symbol::Field { position, .. }) => Ok(*position),
            Some(_) => Err(cursor.wrong(start, format!("the symbol {name} stands for no field"), "no field")),
            None => Err(cursor.wrong(start, format!("the symbol {name} is not defined above"), "not known")),
        }
    }

    fn value(&mut self, cursor: &mut Cursor<'_>) -> Result<Symbol> {
        if cursor.ahead().starts_with("S'") {
            return self.system_text(cursor);
        }
        if let Some(literal) = cursor.literal()? {
            return Ok(Symbol::Constant(Constant::Bytes(literal)));
        }
        if let Some(bits) = cursor.bits()? {
            return Ok(Symbol::Constant(Constant::Bits(bits)));
        }
        if cursor.ahead().starts_with("Y'") {
            let text = cursor.ahead()[1..].to_owned();
            cursor.skip(text.len() + 1);
            return Ok(Symbol::Constant(Constant::Year(text)));
        }
        if cursor.peek() == Some('%') {
            let number = cursor.parsed_number()?;
            let format = if cursor.comma() { Some(self.format(cursor)?) } else { None };
            return Ok(Symbol::Parsed { number, format });
        }
        let digits = cursor.ahead().bytes().take_while(u8::is_ascii_digit).count();
        let alone = digits > 0 && cursor.ahead()[digits..].is_empty();
        // A number alone is a constant, a column or a position, whatever its use needs.
        if cursor.ahead().starts_with(['+', '-']) || alone {
            return match cursor.decimal()? {
                Some((value, signed)) => Ok(Symbol::Constant(Constant::Number { value, signed })),
                None => Err(cursor.expected("a number")),
            };
        }
        self.field(cursor)
    }

    fn system_text(&self, cursor: &mut Cursor<'_>) -> Result<Symbol> {
        let start = cursor.at();
        cursor.eat('S');
        let text = cursor.quoted()?;
        let text = self.system.substituted(&text);
        let bytes = self.page.encode(&text).map_err(|c| {
            let message = format!("the character {} does not exist in the code page", c.escape_default());
            cursor.wrong(start, message, "cannot be written")
        })?;
        Ok(Symbol::Constant(Constant::Bytes(Literal { bytes, kind: LiteralKind::Character })))
    }

    fn field(&mut self, cursor: &mut Cursor<'_>) -> Result<Symbol> {
        let start = cursor.at();
        let position = match cursor.peek() {
            Some('*') => {
                cursor.skip(1);
                self.map.next.ok_or_else(|| no_field_before(cursor, start))?
            }
            Some('=') => {
                cursor.skip(1);
                self.map.previous.ok_or_else(|| no_field_before(cursor, start))?
            }
            _ => cursor.small("a position", 1..=POSITION_MAX)?,
        };
        let mut length = None;
        let mut format = None;
        if cursor.comma() {
            length = Some(self.length(cursor)?);
            if cursor.comma() {
                format = Some(self.format(cursor)?);
            }
        }
        self.map.previous = Some(position);
        self.map.next = Some(position.saturating_add(length.unwrap_or(0)).min(POSITION_MAX + 1));
        if length.is_some() {
            self.map.length = length;
        }
        if format.is_some() {
            self.map.format.clone_from(&format);
        }
        Ok(Symbol::Field { position, length, format })
    }

    fn length(&self, cursor: &mut Cursor<'_>) -> Result<u32> {
        let start = cursor.at();
        if cursor.eat('=') {
            return self.map.length.ok_or_else(|| no_field_before(cursor, start));
        }
        cursor.small("a length", 1..=POSITION_MAX)
    }

    fn format(&self, cursor: &mut Cursor<'_>) -> Result<String> {
        let start = cursor.at();
        if cursor.eat('=') {
            return self.map.format.clone().ok_or_else(|| no_field_before(cursor, start));
        }
        let word = cursor.word()?.text.to_ascii_uppercase();
        if is_format(&word) {
            return Ok(word);
        }
        Err(cursor.wrong(start, format!("{word} is no data format"), "no format"))
    }
}

fn no_field_before(cursor: &Cursor<'_>, start: usize) -> Box<Diagnostic> {
    cursor
        .wrong_code(
            codes::CTL005,
            start,
            "there is no field above that this could refer to",
            "refers to nothing",
        )
        .hint("write a number")
}

/// Names of formats that a symbol may have.
fn is_format(word: &str) -> bool {
    const OTHERS: [&str; 13] =
        ["SS", "DT1", "DT2", "DT3", "TM1", "TM2", "TM3", "TM4", "D1", "D2", "Y4T", "Y4U", "Y4V"];
    let machine = word.len() == 3 && ["DC", "TC", "DE", "TE"].contains(&&word[..2]);
    let dates = ["Y4W", "Y4X", "Y4Y"].contains(&word);
    let printed = word.len() == 4 && word.starts_with("Y2") && word.ends_with('P');
    crate::key::SortFormat::named(word).is_some() || OTHERS.contains(&word) || machine || dates || printed
}

/// Words that cannot be symbols.
const RESERVED: &str = "\
    A AC ADD ADDDAYS ADDMONS ADDYEARS ALL AND AQ ASL AST BI CH CLO COPY COUNT COUNT15 CSF CSL CST \
    CTO D DATE DATEDIFF DATE4 DATE5 DIV E F FI FL FS H HEX LASTDAYM LASTDAYQ LASTDAYW LASTDAYY LC \
    LN LS MAX MC MIN MN MOD MUL NONE NUM OL OR OT PAGE PAGEHEAD PD PDC PDF PD0 SEQNUM SFF SS SUB \
    SUBCOUNT SUBCOUNT15 SUBDAYS SUBMONS SUBYEARS TIME TS UC UFF UN VALCNT VLEN ZD ZDC ZDF";

/// True for words that cannot be symbols.
fn is_reserved(name: &str) -> bool {
    let digits = |prefix: &str, count: std::ops::RangeInclusive<usize>| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| count.contains(&rest.len()) && rest.bytes().all(|c| c.is_ascii_digit()))
    };
    let date =
        ["DATE1", "DATE2", "DATE3", "TIME1", "TIME2", "TIME3"].iter().any(|word| name.starts_with(word));
    let machine = ["DC", "TC", "DE", "TE", "DT", "TM", "D"].iter().any(|family| digits(family, 1..=1));
    let year = name.starts_with('Y') && is_format(name);
    RESERVED.split_ascii_whitespace().any(|word| word == name)
        || date
        || machine
        || digits("M", 1..=2)
        || year
}
