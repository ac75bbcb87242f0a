//! Lines as they are written, and where a page ends.

use super::Put;
use crate::dataset::WORD;
use crate::diag::Result;
use crate::encoding::CodePage;

/// Lines of a page if nobody says.
pub const LINES: usize = 60;

/// How lines are framed.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Lines have an RDW.
    pub variable: bool,
    /// Lines have a control character.
    pub control: bool,
    /// Records bring their own control character (LINES=ANSI).
    pub own_control: bool,
    /// Blank lines before a line become its control character (`0` for one, `-` for two) instead of lines of their own.
    pub spacing: bool,
    /// Bytes of text of a fixed line, at most of a variable one.
    pub width: usize,
    /// Code page.
    pub page: CodePage,
}

impl Frame {
    /// Bytes of a fixed line, at most of a variable one with its RDW.
    pub fn length(&self) -> usize {
        self.width + usize::from(self.control) + if self.variable { WORD } else { 0 }
    }

    fn character(&self, character: char) -> u8 {
        self.page.byte(character).unwrap_or(b' ')
    }
}

/// The pages of a report: how far the current one has come.
#[derive(Clone, Debug)]
pub struct Pages {
    frame: Frame,
    /// Lines of a page; none if only the records say where a page ends.
    limit: Option<usize>,
    /// Number of the page.
    number: u64,
    /// Lines on it.
    line: usize,
    /// True while a page is open.
    open: bool,
    /// True if a record stands on it.
    used: bool,
    /// The next line begins a page.
    eject: bool,
    /// Blank lines to come before the next line of this page.
    gap: usize,
    buffer: Vec<u8>,
}

impl Pages {
    /// Pages of so many lines, or without end.
    pub fn new(frame: Frame, limit: Option<usize>) -> Self {
        Pages {
            frame,
            limit,
            number: 0,
            line: 0,
            open: false,
            used: false,
            eject: true,
            gap: 0,
            buffer: Vec::new(),
        }
    }

    /// Lines of a page.
    pub fn limit(&self) -> Option<usize> {
        self.limit
    }

    /// Number of the page.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// True while a page is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// True if a record stands on the open page.
    pub fn is_used(&self) -> bool {
        self.open && self.used
    }

    /// Begins a page.
    pub fn begin(&mut self) {
        self.number += 1;
        self.line = 0;
        self.gap = 0;
        self.open = true;
        self.used = false;
    }

    /// Ends the page: the next line begins another.
    pub fn end(&mut self) {
        self.open = false;
        self.line = 0;
        self.gap = 0;
        self.eject = true;
    }

    /// The first line of what follows does not begin a page (BLKCCH1, BLKCCH2, BLKCCT1).
    pub fn stay(&mut self) {
        self.eject = false;
    }

    /// The next page is numbered 1.
    pub fn restart(&mut self) {
        self.number = 0;
    }

    /// Blank lines are to come before the next line, if that is on this page.
    pub fn skip(&mut self, lines: usize) {
        self.gap = self.gap.max(lines);
    }

    /// One more blank line is to come before the next one.
    pub fn leave_blank(&mut self) {
        self.gap += 1;
    }

    /// How lines are framed.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// True if so many lines, and `below` at the end of the page, have room.
    pub fn has_room(&self, lines: usize, below: usize) -> bool {
        self.limit.is_none_or(|limit| self.line + self.gap + lines + below <= limit)
    }

    /// Fills the page with blank lines until `below` are left.
    pub fn fill(&mut self, below: usize, put: Put<'_>) -> Result<()> {
        self.gap = 0;
        let Some(limit) = self.limit else { return Ok(()) };
        if self.frame.spacing {
            self.gap = limit.saturating_sub(self.line + below);
            return Ok(());
        }
        while self.line + below < limit {
            self.text(&[], put)?;
        }
        Ok(())
    }

    /// Writes a line of text.
    pub fn text(&mut self, text: &[u8], put: Put<'_>) -> Result<()> {
        if self.frame.spacing && text.iter().all(|byte| *byte == self.frame.page.space()) {
            self.leave_blank();
            return Ok(());
        }
        let usual = self.close_gap(put)?;
        let control = self.control(usual);
        self.line += 1;
        self.framed(control, text, put)
    }

    /// Writes a record (with its RDW if variable).
    pub fn record(&mut self, record: &[u8], put: Put<'_>) -> Result<()> {
        let usual = self.close_gap(put)?;
        self.used = true;
        let data = if self.frame.variable { record.get(WORD..).unwrap_or_default() } else { record };
        let (control, data) = match data.split_first() {
            Some((own, data)) if self.frame.own_control => {
                self.line += self.spacing(*own);
                // A page that it begins has begun.
                let stays = if self.is_eject(record) { self.frame.character(' ') } else { *own };
                let control = if std::mem::take(&mut self.eject) { self.frame.character('1') } else { stays };
                (control, data)
            }
            _ => {
                self.line += 1;
                (self.control(usual), data)
            }
        };
        self.framed(control, data, put)
    }

    /// True for a record that begins a page by its own control character.
    pub fn is_eject(&self, record: &[u8]) -> bool {
        let at = if self.frame.variable { WORD } else { 0 };
        self.frame.own_control && record.get(at) == Some(&self.frame.character('1'))
    }

    /// Lines that a record takes.
    pub fn lines(&self, record: &[u8]) -> usize {
        let at = if self.frame.variable { WORD } else { 0 };
        record.get(at).filter(|_| self.frame.own_control).map_or(1, |control| self.spacing(*control))
    }

    /// Writes the blank lines that are due, or as many of them as the control character of the next line, which it answers,
    /// cannot stand for.
    fn close_gap(&mut self, put: Put<'_>) -> Result<char> {
        let mut blank = std::mem::take(&mut self.gap);
        if !self.frame.spacing {
            for _ in 0..blank {
                self.line += 1;
                let control = self.control(' ');
                self.framed(control, &[], put)?;
            }
            return Ok(' ');
        }
        self.line += blank;
        // What begins a page cannot leave room before itself.
        if blank > 0 && self.eject {
            blank -= 1;
            let control = self.control(' ');
            self.framed(control, &[], put)?;
        }
        while blank > 2 {
            blank -= 3;
            let control = self.frame.character('-');
            self.framed(control, &[], put)?;
        }
        Ok([' ', '0', '-'][blank])
    }

    /// Lines that the paper moves before a line is printed.
    fn spacing(&self, control: u8) -> usize {
        let is = |character| control == self.frame.character(character);
        match () {
            () if is('0') => 2,
            () if is('-') => 3,
            () if is('+') => 0,
            () => 1,
        }
    }

    fn control(&mut self, usual: char) -> u8 {
        self.frame.character(if std::mem::take(&mut self.eject) { '1' } else { usual })
    }

    fn framed(&mut self, control: u8, text: &[u8], put: Put<'_>) -> Result<()> {
        let frame = self.frame;
        let buffer = &mut self.buffer;
        buffer.clear();
        if frame.variable {
            buffer.extend_from_slice(&[0; WORD]);
        }
        if frame.control {
            buffer.push(control);
        }
        buffer.extend_from_slice(text);
        if !frame.variable {
            // Records may be longer than the lines of the dataset; who writes them knows what becomes of that.
            let length = frame.length().max(buffer.len());
            buffer.resize(length, frame.page.space());
        } else {
            if buffer.len() == WORD {
                buffer.push(frame.page.space());
            }
            let length = u16::try_from(buffer.len()).unwrap_or(u16::MAX).to_be_bytes();
            buffer[..2].copy_from_slice(&length);
        }
        put(buffer)
    }
}
