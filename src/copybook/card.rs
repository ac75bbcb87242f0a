//! Source lines to one stream of characters: columns, indicators, comments, continuation.
//!
//! The result keeps for every character the place it came from, so that later stages see clean text and still point
//! at the right column. Lines are separated by `'\n'`, except where a line continues the one before.

use std::ops::Range;
use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Source, Span, codes};

use super::SourceFormat;

/// First column of program text in fixed format.
const TEXT_START: usize = 8;
/// Last column of program text in fixed format.
const TEXT_END: usize = 72;
/// Last column of a punched card; nothing legitimate stands after it.
const CARD_END: usize = 80;
/// Columns of program text on a card.
const TEXT_WIDTH: usize = TEXT_END - TEXT_START + 1;
/// Characters of a line looked at to recognise a directive.
const DIRECTIVE_WIDTH: usize = 100;

/// A character and the stretch of text it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    /// The character.
    pub c: char,
    // A character of its text stands for itself; one that was put in, for what it replaces. Two 32-bit places are
    // enough: all texts together are far below 4 GiB.
    start: u32,
    end: u32,
}

impl Glyph {
    /// A character that stands at a byte of the text; for padding, where the line ended.
    pub(super) fn new(c: char, at: usize) -> Self {
        Glyph { c, start: place(at), end: place(at + c.len_utf8()) }
    }

    /// The end of a line.
    pub(super) fn line_end(at: usize) -> Self {
        Glyph { c: '\n', start: place(at), end: place(at) }
    }

    /// The same character in the place of other text.
    pub(super) fn moved(self, to: Range<usize>) -> Self {
        Glyph { c: self.c, start: place(to.start), end: place(to.end) }
    }

    /// Moves with the text it is in.
    pub(super) fn shift(&mut self, base: usize) {
        self.start += place(base);
        self.end += place(base);
    }

    /// The first byte it stands for.
    pub(super) fn start(self) -> usize {
        self.start as usize
    }

    /// One past the last byte it stands for.
    pub(super) fn end(self) -> usize {
        self.end as usize
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// How lines are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lines {
    /// Columns or none.
    pub format: SourceFormat,
    /// What a text is taken for that could be either: as the text that copies it.
    pub free: bool,
    /// Debugging lines (D in column 7, `>>D`) are read.
    pub debug: bool,
}

/// Takes the program text out of the source, and says how a member that it copies is to be read.
pub(super) fn clean(
    source: &Arc<Source>,
    lines: Lines,
    diagnostics: &mut Diagnostics,
) -> (Vec<Glyph>, Lines) {
    let text = source.text().trim_end_matches(['\u{1A}', '\r', '\n', ' ']);
    let free = match lines.format {
        SourceFormat::Free => true,
        SourceFormat::Fixed => false,
        SourceFormat::Auto => looks_free(text).unwrap_or(lines.free),
    };
    let mut reader = Reader::new(source, Lines { free, ..lines }, diagnostics);
    let mut at = 0;
    for line in text.split('\n') {
        reader.line(line.trim_end_matches('\r'), at);
        at += line.len() + 1;
    }
    (reader.out, reader.lines)
}

/// Whether more lines can only be free format than can only be fixed; `None` if nothing tells.
fn looks_free(text: &str) -> Option<bool> {
    let (mut free, mut fixed) = (0usize, 0usize);
    for line in text.split('\n') {
        let card = Card::cut(line.trim_end_matches('\r'), 0);
        if begins_with_level_number(&card.head) {
            free += 1;
        } else if card.is_certainly_fixed() {
            fixed += 1;
        }
    }
    (free != fixed).then_some(free > fixed)
}

/// True for a level number and a blank or a period at the first text before column 8.
fn begins_with_level_number(head: &str) -> bool {
    let text = head.trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let indent = head.len() - text.len();
    let level: u8 = text[..digits].parse().unwrap_or(0);
    // In columns 1-6 a sequence number fills the area; a level number is followed by a blank and a word.
    let mut rest = text[digits..].chars();
    let blank = rest.next().is_some_and(char::is_whitespace);
    let word = rest.find(|c| !c.is_whitespace()).is_some_and(|c| c.is_ascii_alphabetic());
    indent < TEXT_START - 1 && (1..=2).contains(&digits) && super::words::is_level(level) && blank && word
}

/// A line cut into its areas.
struct Card {
    /// The first characters of the line, tabs expanded, to recognise free format.
    head: String,
    /// Column 7.
    indicator: Option<Glyph>,
    /// Columns 8 to 72, one glyph a column, without trailing padding.
    text: Vec<Glyph>,
    /// The first character after column 72 that is not blank, with its column.
    beyond: Option<(usize, Glyph)>,
}

impl Card {
    /// Cuts a line that begins at byte `at`.
    fn cut(line: &str, at: usize) -> Self {
        let mut card = Card { head: String::new(), indicator: None, text: Vec::new(), beyond: None };
        let mut column = 0;
        for (offset, c) in line.char_indices() {
            let (c, width) = if c == '\t' { (' ', 8 - column % 8) } else { (c, 1) };
            for _ in 0..width {
                column += 1;
                card.put(column, Glyph::new(c, at + offset));
            }
            // A card that goes on for a megabyte has told all it has to tell.
            if card.beyond.is_some_and(|(column, _)| column > CARD_END) {
                break;
            }
            if column > CARD_END && card.beyond.is_some() {
                card.note_overlong(&line[offset..], at + offset);
                break;
            }
        }
        card
    }

    fn put(&mut self, column: usize, glyph: Glyph) {
        if column <= 2 * TEXT_START {
            self.head.push(glyph.c);
        }
        match column {
            0..TEXT_START if column + 1 == TEXT_START => self.indicator = Some(glyph),
            0..TEXT_START => {}
            TEXT_START..=TEXT_END => self.text.push(glyph),
            _ if self.beyond.is_none() && !is_blank(glyph.c) => self.beyond = Some((column, glyph)),
            _ => {}
        }
    }

    /// Text after column 80 outweighs a member name in 73-80.
    fn note_overlong(&mut self, rest: &str, at: usize) {
        if let Some((offset, c)) = rest.char_indices().find(|(_, c)| !is_blank(*c)) {
            self.beyond = Some((CARD_END + 1, Glyph::new(c, at + offset)));
        }
    }

    /// True for a sequence number in columns 1-6 or an indicator after a blank sequence area.
    fn is_certainly_fixed(&self) -> bool {
        let area: Vec<char> = self.head.chars().take(TEXT_START - 2).collect();
        let numbered = area.len() == TEXT_START - 2 && area.iter().all(char::is_ascii_digit);
        let indicated = self.indicator.is_some_and(|glyph| matches!(glyph.c, '*' | '/' | '-'));
        numbered || (indicated && area.iter().all(|c| is_blank(*c)))
    }
}

/// What a line does to the text.
struct Reader<'a> {
    source: &'a Arc<Source>,
    diagnostics: &'a mut Diagnostics,
    lines: Lines,
    out: Vec<Glyph>,
    /// The quotation mark of a literal left open at the end of the line before.
    quote: Option<char>,
    /// Columns between the end of the line before and column 72.
    room: usize,
    warned_beyond: bool,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Arc<Source>, lines: Lines, diagnostics: &'a mut Diagnostics) -> Self {
        Reader { source, diagnostics, lines, out: Vec::new(), quote: None, room: 0, warned_beyond: false }
    }

    fn line(&mut self, line: &str, at: usize) {
        if let Some(free) = source_directive(line) {
            self.lines.free = free;
        } else if let Some(member) = included_member(line) {
            self.include(line, member, at);
        } else if is_set_directive(line) {
            self.unread_directive(line, at);
        } else if self.lines.free {
            self.free_line(line, at);
        } else {
            self.fixed_line(line, at);
        }
    }

    /// `++INCLUDE member` (Panvalet) and `-INC member` (Librarian) say what `COPY member.` says.
    fn include(&mut self, line: &str, member: Range<usize>, at: usize) {
        let word = line.len() - line.trim_start().len();
        self.quote = None;
        self.out.push(Glyph::line_end(at));
        self.out.extend("COPY ".chars().map(|c| Glyph::new(c, 0).moved(at + word..at + member.start)));
        let name = line[member.clone()].char_indices();
        self.out.extend(name.map(|(offset, c)| Glyph::new(c, at + member.start + offset)));
        self.out.push(Glyph::new('.', 0).moved(at + member.end..at + member.end));
        self.room = 0;
    }

    fn unread_directive(&mut self, line: &str, at: usize) {
        let start = line.len() - line.trim_start().len();
        let span = Span::new(self.source, at + start..at + line.trim_end().len());
        let warning = Diagnostic::warning(codes::CPY023, "this compiler directive is not read");
        let hint = "take it away; give what it sets as an option if it changes how data are stored";
        self.diagnostics.push(warning.at(&span, "").hint(hint));
    }

    fn free_line(&mut self, line: &str, at: usize) {
        let text = line.trim_start();
        if text.starts_with('*') {
            return;
        }
        // A debugging line of free format: `>>D` and a blank.
        let head = text.get(..4).map(str::to_ascii_uppercase);
        if head.is_some_and(|head| head == ">>D ") {
            let skipped = line.len() - text.len() + 4;
            if self.lines.debug {
                self.free_line(&line[skipped..], at + skipped);
            }
            return;
        }
        let glyphs: Vec<Glyph> = line
            .char_indices()
            .map(|(offset, c)| Glyph::new(if c == '\t' { ' ' } else { c }, at + offset))
            .collect();
        self.begin(&glyphs, at, 0);
    }

    fn fixed_line(&mut self, line: &str, at: usize) {
        let card = Card::cut(line, at);
        let Some(indicator) = card.indicator else { return };
        match indicator.c {
            '*' | '/' => return,
            'D' | 'd' if self.lines.debug => self.begin_card(&card, at),
            'D' | 'd' => return,
            '-' => self.continuation(&card, indicator, at),
            c if is_blank(c) => self.begin_card(&card, at),
            _ => {
                self.bad_indicator(indicator);
                self.begin_card(&card, at);
            }
        }
        self.check_beyond(&card);
    }

    fn begin_card(&mut self, card: &Card, at: usize) {
        self.begin(&card.text, at, TEXT_WIDTH - card.text.len());
    }

    /// A line that does not continue the one before.
    fn begin(&mut self, text: &[Glyph], at: usize, room: usize) {
        if text.iter().all(|glyph| is_blank(glyph.c)) || is_listing_line(text) {
            return;
        }
        self.quote = None;
        self.out.push(Glyph::line_end(at));
        self.append(text);
        self.room = room;
    }

    /// Copies text, keeping track of literals, up to a comment.
    fn append(&mut self, text: &[Glyph]) {
        for (index, glyph) in text.iter().enumerate() {
            match self.quote {
                Some(quote) if glyph.c == quote => self.quote = None,
                Some(_) => {}
                None if matches!(glyph.c, '\'' | '"') => self.quote = Some(glyph.c),
                None if self.is_comment(text, index) => return,
                None => {}
            }
            self.out.push(*glyph);
        }
    }

    /// `*>` after a separator; inside a word it is left for the lexer to complain about.
    fn is_comment(&self, text: &[Glyph], index: usize) -> bool {
        let starts = text[index].c == '*' && text.get(index + 1).is_some_and(|next| next.c == '>');
        starts
            && self.out.last().is_none_or(|last| last.c.is_whitespace() || matches!(last.c, '.' | ',' | ';'))
    }

    fn continuation(&mut self, card: &Card, indicator: Glyph, at: usize) {
        let Some(first) = card.text.iter().position(|glyph| !is_blank(glyph.c)) else { return };
        let text = &card.text[first..];
        let done = match self.quote {
            _ if self.out.is_empty() => Err("there is no line before this one to continue"),
            Some(quote) => self.continue_literal(quote, text),
            None => self.continue_word(text),
        };
        match done {
            Ok(()) => self.room = TEXT_WIDTH - card.text.len(),
            Err(problem) => {
                self.complain_about_continuation(indicator, problem);
                self.begin_card(card, at);
            }
        }
    }

    /// The literal runs through column 72 of the line before and goes on after the first quotation mark.
    fn continue_literal(&mut self, quote: char, text: &[Glyph]) -> Result<(), &'static str> {
        if text[0].c != quote {
            return Err(
                "the line before ends inside a literal, so this one must begin with its quotation mark",
            );
        }
        let end = self.out.last().map_or(0, |glyph| glyph.start());
        self.out.extend(std::iter::repeat_n(Glyph::new(' ', end), self.room));
        self.append(&text[1..]);
        Ok(())
    }

    /// A word or a PICTURE goes on without a blank between.
    fn continue_word(&mut self, text: &[Glyph]) -> Result<(), &'static str> {
        while self.out.last().is_some_and(|glyph| is_blank(glyph.c)) {
            self.out.pop();
            self.room += 1;
        }
        let last = self.out.last().map_or('.', |glyph| glyph.c);
        if last == '.' {
            return Err("the line before ends with a period, so there is nothing to continue");
        }
        // A mark in column 72 and two at the start of the next line are one mark inside the literal.
        let doubled = matches!(last, '\'' | '"') && text.len() > 1 && text[0].c == last && text[1].c == last;
        if doubled && self.room == 0 {
            self.quote = None;
            self.append(&text[1..]);
        } else {
            self.append(text);
        }
        Ok(())
    }

    fn complain_about_continuation(&mut self, indicator: Glyph, problem: &str) {
        let span = self.span(indicator);
        let message = format!("this line has a hyphen in column 7, but {problem}");
        let hint = "clear column 7 if the line stands for itself, or mend the line before";
        self.diagnostics.push(Diagnostic::error(codes::CPY024, message).at(&span, "continuation").hint(hint));
    }

    fn bad_indicator(&mut self, indicator: Glyph) {
        let span = self.span(indicator);
        let message = format!("`{}` in column 7 is not an indicator", indicator.c.escape_default());
        let hint = "column 7 takes a blank, `*`, `/`, `D` or `-` and the text begins in column 8; \
                    choose free format if the text is not in columns";
        self.diagnostics.push(Diagnostic::error(codes::CPY001, message).at(&span, "column 7").hint(hint));
    }

    /// Text pushed over the edge of the card is lost, which can change a PICTURE without an error.
    fn check_beyond(&mut self, card: &Card) {
        let Some((column, glyph)) = card.beyond else { return };
        let cut = column == TEXT_END + 1
            && card.text.last().is_some_and(|last| last.c.is_ascii_alphanumeric() || last.c == '(')
            && matches!(glyph.c, '0'..='9' | 'A'..='Z' | 'a'..='z' | '(' | ')')
            && self.quote.is_none();
        if self.warned_beyond || (column <= CARD_END && !cut) {
            return;
        }
        self.warned_beyond = true;
        let span = self.span(glyph);
        let message = format!("text from column {column} on is not read in fixed format");
        let hint = "move it to a line of its own, or choose free format";
        self.diagnostics.push(Diagnostic::warning(codes::CPY023, message).at(&span, "ignored").hint(hint));
    }

    fn span(&self, glyph: Glyph) -> Span {
        Span::new(self.source, glyph.start()..glyph.end())
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

/// `>>SOURCE FORMAT IS FREE` or `$SET SOURCEFORMAT"FREE"`, or the same with `FIXED`: true for free.
fn source_directive(line: &str) -> Option<bool> {
    let start = line.trim_start();
    let (start, keyword) = match start.strip_prefix(">>") {
        Some(rest) => (rest, "SOURCE"),
        None => (
            start.get(..4).filter(|head| head.eq_ignore_ascii_case("$SET")).map(|_| &start[4..])?,
            "SOURCEFORMAT",
        ),
    };
    let words: String = start.chars().take(DIRECTIVE_WIDTH).collect::<String>().to_ascii_uppercase();
    let mut words = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    if words.next() != Some(keyword) {
        return None;
    }
    words.find_map(|word| match word {
        "FREE" => Some(true),
        "FIXED" => Some(false),
        _ => None,
    })
}

/// `$SET` with something else.
fn is_set_directive(line: &str) -> bool {
    line.trim_start().get(..5).is_some_and(|head| head.eq_ignore_ascii_case("$SET "))
}

/// Where the member name of `++INCLUDE member` or, from column 1, `-INC member` stands.
fn included_member(line: &str) -> Option<Range<usize>> {
    let is =
        |text: &str, word: &str| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let start = line.trim_start();
    let rest = if is(start, "++INCLUDE ") {
        &start["++INCLUDE ".len()..]
    } else if is(line, "-INC ") {
        &line["-INC ".len()..]
    } else {
        return None;
    };
    let name = rest.trim_start();
    let length = name.find(|c: char| c.is_whitespace() || matches!(c, '.' | ',')).unwrap_or(name.len());
    let from = line.len() - name.len();
    (length > 0).then_some(from..from + length)
}

/// EJECT, SKIP1 to SKIP3 alone on a line, TITLE and a literal, *CONTROL or *CBL: they only steer the listing.
fn is_listing_line(text: &[Glyph]) -> bool {
    let line: String = text.iter().map(|glyph| glyph.c).take(DIRECTIVE_WIDTH).collect();
    let line = line.trim().to_ascii_uppercase();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
    match word.trim_end_matches('.') {
        "EJECT" | "SKIP1" | "SKIP2" | "SKIP3" => matches!(rest.trim(), "" | "."),
        "TITLE" => rest.trim_start().starts_with(['\'', '"']),
        "*CONTROL" | "*CBL" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str, format: SourceFormat) -> (String, Diagnostics) {
        let source = Source::new("t.cpy", text);
        let mut diagnostics = Diagnostics::new();
        let lines = Lines { format, ..Lines::default() };
        let (glyphs, _) = clean(&source, lines, &mut diagnostics);
        (glyphs.iter().map(|glyph| glyph.c).collect(), diagnostics)
    }

    fn auto(text: &str) -> String {
        cleaned(text, SourceFormat::Auto).0
    }

    #[test]
    fn columns_are_cut() {
        let line = format!("{:<6} {:<65}{}", "000100", "01 A.", "MEMBER01");
        assert_eq!(auto(&line).trim(), "01 A.");
        assert_eq!(auto("\t01 A.\r\n\x1A").trim(), "01 A.");
        assert_eq!(auto("      * 01 X.\n      D01 Y.\n      /\n       01 Z. *> z"), "\n01 Z. ");
        assert_eq!(auto("       EJECT\n       SKIP2.\n       TITLE 'A'\n"), "");
    }

    #[test]
    fn literals_continue_through_column_72() {
        let text = format!("{:<72}\n      -    ' B'.", "       VALUE 'A");
        let expected = format!("\nVALUE '{:<58} B'.", "A");
        assert_eq!(auto(&text), expected);
    }

    #[test]
    fn words_continue_without_blanks() {
        assert_eq!(auto("       01 CUST-\n      *\n      -    NAME."), "\n01 CUST-NAME.");
        let (_, diagnostics) = cleaned("       01 A.\n      -    NAME.", SourceFormat::Auto);
        assert_eq!(diagnostics.list()[0].code, codes::CPY024);
    }

    #[test]
    fn a_mark_in_column_72_and_two_on_the_next_line_are_one() {
        let text = format!("       VALUE '{:>57}'\n      -    ''B'.", "A");
        assert!(auto(&text).ends_with("A''B'."));
    }

    #[test]
    fn free_format_is_recognised() {
        assert_eq!(auto("01 A.\n  05 B PIC X.\n"), "\n01 A.\n  05 B PIC X.");
        assert_eq!(auto("      >>SOURCE FORMAT IS FREE\n01 A.\n"), "\n01 A.");
        assert_eq!(auto("000100 01 A.\n000200 05 B.\n"), "\n01 A.\n05 B.");
    }

    #[test]
    fn directives_of_other_tools() {
        assert_eq!(auto("       $SET SOURCEFORMAT\"FREE\"\n05 A PIC X.\n"), "\n05 A PIC X.");
        assert_eq!(auto("       ++INCLUDE ABC\n-INC xyz,full\n"), "\nCOPY ABC.\nCOPY xyz.");
        assert_eq!(auto("       *CBL NOLIST\n       01 A.\n"), "\n01 A.");
        let (text, diagnostics) = cleaned("      $SET IBMCOMP\n       01 A.", SourceFormat::Auto);
        assert_eq!((text.as_str(), diagnostics.list().len()), ("\n01 A.", 1));
    }

    #[test]
    fn debugging_lines_are_read_if_told() {
        let read = |format, text| {
            let lines = Lines { format, debug: true, ..Lines::default() };
            let (glyphs, _) = clean(&Source::new("t", text), lines, &mut Diagnostics::new());
            glyphs.iter().map(|glyph| glyph.c).collect::<String>()
        };
        assert_eq!(read(SourceFormat::Fixed, "      D01 A.\n      d 02 B."), "\n01 A.\n 02 B.");
        assert_eq!(read(SourceFormat::Free, ">>D 01 A."), "\n01 A.");
        assert_eq!(auto("01 B.\n>>D 05 A.\n"), "\n01 B.");
    }

    #[test]
    fn text_cut_at_column_72_is_reported() {
        let text = format!("       05 {:<53}PIC 9999(5).", "A");
        let (_, diagnostics) = cleaned(&text, SourceFormat::Fixed);
        assert_eq!(diagnostics.list()[0].code, codes::CPY023);
        let (_, diagnostics) = cleaned(&" ".repeat(1 << 20), SourceFormat::Fixed);
        assert!(diagnostics.list().is_empty());
    }
}
