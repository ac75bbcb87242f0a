//! OUTFIL.

use super::item::Items;
use super::parser::Parser;
use super::reform::ReformOperands;
use crate::control::deck::Word;
use crate::control::message;
use crate::control::syntax::{
    Convert, LineLimit, OutFil, Overflow, Section, SectionSkip, Selection, Split, TrailerRecord,
};
use crate::diag::{Result, Span, codes};

/// Operands, for hints.
const OPERANDS: &[&str] = &[
    "FNAMES", "FILES", "INCLUDE", "OMIT", "SAVE", "STARTREC", "ENDREC", "SAMPLE", "ACCEPT", "BUILD",
    "OUTREC", "OVERLAY", "FINDREP", "PARSE", "IFTHEN", "IFOUTLEN", "VTOF", "CONVERT", "VLFILL", "FTOV",
    "VLTRIM", "VLTRAIL", "REPEAT", "SPLIT", "SPLITBY", "SPLIT1R", "NULLOFL", "LINES", "HEADER1", "HEADER2",
    "TRAILER1", "TRAILER2", "SECTIONS", "NODETAIL", "REMOVECC", "BLKCCH1", "BLKCCH2", "BLKCCT1", "IFTRAIL",
];
/// Records that can be counted.
const RECORDS_MAX: u64 = 1 << 62;
/// Lines of a page or of a gap.
const LINES_MAX: u32 = 255;

impl Parser<'_> {
    /// OUTFIL.
    pub(super) fn outfil_statement(&mut self, operation: &Span) -> Result<OutFil> {
        self.learn_parsed_fields();
        (self.operand, self.conflict) = (message::OUTFIL_OPERAND, message::OUTFIL_CONFLICT);
        let mut outfil = empty(operation);
        let mut reform = ReformOperands::default();
        let mut seen: Vec<String> = Vec::new();
        self.operands(|parser, word| {
            let repeats = matches!(word.text.as_str(), "FNAMES" | "FILES" | "IFTHEN");
            if !repeats && seen.contains(&word.text) {
                return Err(parser.twice(&word, parser.conflict));
            }
            let known = parser.outfil_files(&mut outfil, &word)?
                || parser.outfil_selection(&mut outfil, &word)?
                || parser.outfil_records(&mut outfil, &word)?
                || parser.outfil_report(&mut outfil, &word)?
                || reform.read(parser, &word, Items::OutFil)?;
            if !known {
                return Err(parser.unknown(&word, "OUTFIL", parser.operand, OPERANDS));
            }
            seen.push(word.text);
            Ok(())
        })?;
        outfil.reform = reform.finish(self);
        if outfil.files.is_empty() {
            outfil.files.push("SORTOUT".to_owned());
        }
        self.check_outfil(&outfil, &seen);
        Ok(outfil)
    }

    fn outfil_files(&mut self, outfil: &mut OutFil, word: &Word) -> Result<bool> {
        let suffixes = match word.text.as_str() {
            "FNAMES" => false,
            "FILES" => true,
            _ => return Ok(false),
        };
        self.cursor.equals()?;
        let parenthesis = self.cursor.eat('(');
        loop {
            let start = self.cursor.at();
            let name = if suffixes { self.cursor.word()?.text } else { self.ddname()? };
            let name = match name.as_str() {
                "OUT" if suffixes => "SORTOUT".to_owned(),
                _ if suffixes && name.len() > 2 => {
                    return Err(self.cursor.wrong(
                        start,
                        "FILES takes one or two characters, or OUT",
                        "too long",
                    ));
                }
                _ if suffixes => format!("SORTOF{name}"),
                _ => name,
            };
            if !outfil.files.contains(&name) {
                outfil.files.push(name);
            }
            if !parenthesis || !self.cursor.comma() {
                break;
            }
        }
        if parenthesis {
            self.cursor.expect(')')?;
        }
        Ok(true)
    }

    fn outfil_selection(&mut self, outfil: &mut OutFil, word: &Word) -> Result<bool> {
        let selection = match word.text.as_str() {
            "INCLUDE" => Selection::Include(self.condition_value(None)?),
            "OMIT" => Selection::Omit(self.condition_value(None)?),
            "SAVE" => Selection::Save,
            _ => return Ok(false),
        };
        if !matches!(outfil.selection, Selection::All) {
            let message = "INCLUDE, OMIT and SAVE exclude each other";
            return Err(message::error(codes::CTL010, message::OUTFIL_CONFLICT, message)
                .at(&word.span, "one more of them"));
        }
        outfil.selection = selection;
        Ok(true)
    }

    fn outfil_records(&mut self, outfil: &mut OutFil, word: &Word) -> Result<bool> {
        match word.text.as_str() {
            "STARTREC" => outfil.start = self.record_count("STARTREC")?,
            "ENDREC" => outfil.end = Some(self.record_count("ENDREC")?),
            "ACCEPT" => outfil.accept = Some(self.record_count("ACCEPT")?),
            "REPEAT" => outfil.repeat = self.record_count("REPEAT")?,
            "SAMPLE" => outfil.sample = Some(self.sample()?),
            "SPLIT" => self.set_split(outfil, Split::Rotate(1), word)?,
            "SPLITBY" => {
                let split = Split::Rotate(self.record_count("SPLITBY")?);
                self.set_split(outfil, split, word)?;
            }
            "SPLIT1R" => {
                let split = Split::OneRound(self.record_count("SPLIT1R")?);
                self.set_split(outfil, split, word)?;
            }
            "VTOF" | "CONVERT" => self.set_convert(outfil, Convert::ToFixed, word)?,
            "FTOV" => self.set_convert(outfil, Convert::ToVariable, word)?,
            "VLFILL" => {
                self.cursor.equals()?;
                outfil.fill = Some(self.one_byte("VLFILL")?);
            }
            "VLTRIM" => {
                self.cursor.equals()?;
                outfil.trim = Some(self.one_byte("VLTRIM")?);
            }
            "VLTRAIL" => {
                self.cursor.equals()?;
                outfil.append = self.some_bytes("text to append")?;
            }
            "NULLOFL" => {
                self.cursor.equals()?;
                outfil.null_code = Some(match self.return_code()? {
                    Overflow::Silent => 0,
                    Overflow::Warn => 4,
                    Overflow::Stop => 16,
                });
            }
            "IFTRAIL" => outfil.trailer_record = Some(Box::new(self.trailer_record(&word.span)?)),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn record_count(&mut self, name: &str) -> Result<u64> {
        self.cursor.equals()?;
        self.cursor.number_in(name, 1..=RECORDS_MAX)
    }

    /// `=n` or `=(n,m)`.
    fn sample(&mut self) -> Result<(u64, u64)> {
        self.cursor.equals()?;
        let parenthesis = self.cursor.eat('(');
        let every = self.cursor.number_in("SAMPLE", 1..=RECORDS_MAX)?;
        let mut count = 1;
        if parenthesis {
            if self.cursor.comma() {
                count = self.cursor.number_in("the second number of SAMPLE", 1..=every)?;
            }
            self.cursor.expect(')')?;
        }
        Ok((every, count))
    }

    fn set_split(&self, outfil: &mut OutFil, split: Split, word: &Word) -> Result<()> {
        if outfil.split.is_some() {
            let message = "SPLIT, SPLITBY and SPLIT1R exclude each other";
            return Err(message::error(codes::CTL010, message::OUTFIL_CONFLICT, message)
                .at(&word.span, "one more of them"));
        }
        outfil.split = Some(split);
        Ok(())
    }

    fn set_convert(&self, outfil: &mut OutFil, convert: Convert, word: &Word) -> Result<()> {
        if outfil.convert != Convert::Keep {
            let message = "VTOF, CONVERT and FTOV exclude each other";
            return Err(message::error(codes::CTL010, message::OUTFIL_CONFLICT, message)
                .at(&word.span, "one more of them"));
        }
        outfil.convert = convert;
        Ok(())
    }

    fn outfil_report(&mut self, outfil: &mut OutFil, word: &Word) -> Result<bool> {
        match word.text.as_str() {
            "HEADER1" => outfil.header1 = Some(self.items(Items::Header)?),
            "HEADER2" => outfil.header2 = Some(self.items(Items::Header)?),
            "TRAILER1" => outfil.trailer1 = Some(self.items(Items::Trailer)?),
            "TRAILER2" => outfil.trailer2 = Some(self.items(Items::Trailer)?),
            "SECTIONS" => outfil.sections = self.sections()?,
            "LINES" => outfil.lines = Some(self.lines()?),
            "NODETAIL" => outfil.no_detail = true,
            "REMOVECC" => outfil.remove_control = true,
            "BLKCCH1" => outfil.blank_control[0] = true,
            "BLKCCH2" => outfil.blank_control[1] = true,
            "BLKCCT1" => outfil.blank_control[2] = true,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `=n`, `=ANSI`, `=(ANSI,n)`.
    fn lines(&mut self) -> Result<LineLimit> {
        self.cursor.equals()?;
        if self.cursor.eat_word("ANSI") {
            return Ok(LineLimit::Ansi);
        }
        if !self.cursor.eat('(') {
            return self.cursor.small("LINES", 1..=LINES_MAX).map(LineLimit::Lines);
        }
        let ansi = self.cursor.eat_word("ANSI");
        let limit = if !ansi {
            LineLimit::Lines(self.cursor.small("LINES", 1..=LINES_MAX)?)
        } else if self.cursor.comma() {
            LineLimit::AnsiLines(self.cursor.small("LINES", 1..=LINES_MAX)?)
        } else {
            LineLimit::Ansi
        };
        self.cursor.expect(')')?;
        Ok(limit)
    }

    /// `=(p,m[,SKIP=..][,PAGEHEAD][,HEADER3=(..)][,TRAILER3=(..)],..)`.
    fn sections(&mut self) -> Result<Vec<Section>> {
        self.cursor.equals()?;
        self.cursor.open()?;
        let mut sections = Vec::new();
        loop {
            let (key, _) = self.bytes()?;
            let mut section =
                Section { key, skip: SectionSkip::None, page_head: false, header: None, trailer: None };
            let more = self.section_operands(&mut section)?;
            sections.push(section);
            if !more {
                self.cursor.close()?;
                return Ok(sections);
            }
        }
    }

    /// Operands of one section; true if another section follows.
    fn section_operands(&mut self, section: &mut Section) -> Result<bool> {
        loop {
            if !self.cursor.comma() {
                return Ok(false);
            }
            let word = self.cursor.name_ahead();
            if self.cursor.peek_symbol().is_some()
                || !self.cursor.peek().is_some_and(|c| c.is_ascii_alphabetic())
            {
                return Ok(true);
            }
            let start = self.cursor.at();
            self.cursor.skip(word.len());
            match word {
                "SKIP" => section.skip = self.section_skip()?,
                "PAGEHEAD" => section.page_head = true,
                "HEADER3" => section.header = Some(self.items(Items::Header)?),
                "TRAILER3" => section.trailer = Some(self.items(Items::Trailer)?),
                _ => {
                    self.cursor.go_to(start);
                    return Err(self.cursor.expected("SKIP, PAGEHEAD, HEADER3, TRAILER3 or a field"));
                }
            }
        }
    }

    /// `=P`, `=L`, `=nL`.
    fn section_skip(&mut self) -> Result<SectionSkip> {
        self.cursor.expect('=')?;
        if self.cursor.eat_word("P") {
            return Ok(SectionSkip::Page);
        }
        let digits = self.cursor.peek().is_some_and(|c| c.is_ascii_digit());
        let lines = if digits { self.cursor.small("a number of lines", 1..=LINES_MAX)? } else { 1 };
        if self.cursor.eat_word("L") {
            Ok(SectionSkip::Lines(lines))
        } else {
            Err(self.cursor.expected("P, L or nL"))
        }
    }

    /// `=(HD=YES,TRLID=(..),TRLUPD=(..))`.
    fn trailer_record(&mut self, span: &Span) -> Result<TrailerRecord> {
        let (mut header, mut identify, mut update) = (None, None, None);
        self.cursor.equals()?;
        self.cursor.open()?;
        loop {
            let word = self.cursor.word()?;
            match word.text.as_str() {
                "HD" => {
                    self.cursor.expect('=')?;
                    let value = self.yes_or_no()?;
                    self.once(&mut header, value, &word, self.conflict)?;
                }
                "TRLID" => {
                    self.cursor.equals()?;
                    let condition = self.condition_in_parentheses(None)?;
                    self.once(&mut identify, condition, &word, self.conflict)?;
                }
                "TRLUPD" => {
                    let items = self.items(Items::TrailerUpdate)?;
                    self.once(&mut update, items, &word, self.conflict)?;
                }
                _ => {
                    return Err(self.unknown(
                        &word,
                        "IFTRAIL",
                        message::OUTFIL_OPERAND,
                        &["HD", "TRLID", "TRLUPD"],
                    ));
                }
            }
            if !self.cursor.comma() {
                break;
            }
        }
        self.cursor.close()?;
        match (identify, update) {
            (Some(identify), Some(update)) => {
                Ok(TrailerRecord { header: header.unwrap_or(false), identify, update, span: span.clone() })
            }
            _ => {
                Err(message::error(codes::CTL009, message::OUTFIL_CONFLICT, "IFTRAIL needs TRLID and TRLUPD")
                    .at(span, "not complete"))
            }
        }
    }

    fn check_outfil(&mut self, outfil: &OutFil, seen: &[String]) {
        let has = |names: &'static [&'static str]| {
            names.iter().copied().find(|name| seen.iter().any(|word| word == name))
        };
        const REPORT: &[&str] = &["HEADER1", "HEADER2", "TRAILER1", "TRAILER2", "SECTIONS", "LINES"];
        let mut conflicts: Vec<String> = Vec::new();
        let mut conflict = |one: &str, other: Option<&str>| {
            if let Some(other) = other {
                conflicts.push(format!("{one} and {other} exclude each other"));
            }
        };
        if outfil.trailer_record.is_some() {
            const OTHERS: &[&str] = &[
                "SAMPLE", "VTOF", "CONVERT", "VLFILL", "FTOV", "VLTRIM", "VLTRAIL", "REPEAT", "SPLIT",
                "SPLITBY", "SPLIT1R", "LINES", "HEADER1", "HEADER2", "TRAILER1", "TRAILER2", "SECTIONS",
                "NODETAIL", "BLKCCH1", "BLKCCH2", "BLKCCT1",
            ];
            conflict("IFTRAIL", has(OTHERS));
        }
        if outfil.convert == Convert::ToVariable {
            conflict("FTOV", has(&["VLFILL"]));
        }
        if outfil.convert == Convert::ToFixed {
            let word = has(&["VTOF", "CONVERT"]).unwrap_or("VTOF");
            conflict(word, has(&["VLTRIM", "VLTRAIL", "OVERLAY", "FINDREP", "IFTHEN"]));
        }
        if outfil.split.is_some() {
            conflict(has(&["SPLIT", "SPLITBY", "SPLIT1R"]).unwrap_or("SPLIT"), has(REPORT));
        }
        if outfil.repeat > 1 {
            conflict("REPEAT", has(REPORT));
        }
        if outfil.convert == Convert::ToFixed && outfil.reform.is_none() {
            conflicts
                .push("VTOF and CONVERT need the fields of the fixed record, BUILD or OUTREC".to_owned());
        }
        for message in conflicts {
            self.problem(
                codes::CTL010,
                message::OUTFIL_CONFLICT,
                &outfil.span.clone(),
                message,
                "in this statement",
            );
        }
        if let Some(end) = outfil.end
            && end < outfil.start
        {
            let message = "ENDREC is less than STARTREC, so no record is taken";
            self.problem(
                codes::CTL005,
                message::OUTFIL_OPERAND,
                &outfil.span.clone(),
                message,
                "in this statement",
            );
        }
    }
}

fn empty(operation: &Span) -> OutFil {
    OutFil {
        files: Vec::new(),
        selection: Selection::All,
        start: 1,
        end: None,
        sample: None,
        accept: None,
        reform: None,
        convert: Convert::Keep,
        fill: None,
        trim: None,
        append: Vec::new(),
        repeat: 1,
        split: None,
        header1: None,
        header2: None,
        trailer1: None,
        trailer2: None,
        sections: Vec::new(),
        lines: None,
        no_detail: false,
        remove_control: false,
        blank_control: [false; 3],
        trailer_record: None,
        null_code: None,
        span: operation.clone(),
    }
}
