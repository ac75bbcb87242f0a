//! The order of things in a report.

use super::Put;
use super::band::{Band, Facts};
use super::pages::{Frame, Pages};
use crate::control::message;
use crate::control::operate::{Parsed, Setting, Shape, Spot};
use crate::control::syntax::{Dialect, Item, LineLimit, OutFil, SectionSkip};
use crate::dataset::WORD;
use crate::diag::{Result, Span, codes};

/// The report of one OUTFIL, being made.
pub struct Report {
    pages: Pages,
    shape: Shape,
    header1: Option<Band>,
    header2: Option<Band>,
    trailer1: Option<Band>,
    trailer2: Option<Band>,
    sections: Vec<Sectioning>,
    detail: bool,
    /// BLKCCH1, BLKCCH2 (until the first page has begun), BLKCCT1.
    stays: [bool; 3],
    /// A section has ended that asks for a new page.
    page_break: bool,
    /// The record before; none before the first.
    last: Option<Vec<u8>>,
    control: bool,
    dialect: Dialect,
    buffer: Vec<u8>,
}

/// A section field, with what it does.
struct Sectioning {
    key: Spot,
    current: Vec<u8>,
    skip: SectionSkip,
    page_head: bool,
    header: Option<Band>,
    trailer: Option<Band>,
}

impl Report {
    /// True if the statement asks for anything that a report does: headers, trailers, sections, LINES, NODETAIL.
    pub fn wanted(outfil: &OutFil) -> bool {
        outfil.header1.is_some()
            || outfil.header2.is_some()
            || outfil.trailer1.is_some()
            || outfil.trailer2.is_some()
            || !outfil.sections.is_empty()
            || outfil.lines.is_some()
            || outfil.no_detail
    }

    /// A report of records that come into the OUTFIL as `raw` and are built to `built`. `record_length` is the LRECL of
    /// the output if its DD says so.
    pub fn new(
        outfil: &OutFil,
        setting: &Setting,
        raw: Shape,
        built: Shape,
        record_length: Option<usize>,
    ) -> Result<Self> {
        let band = |items: &Option<Vec<Item>>| {
            items.as_ref().map(|items| Band::compile(items, setting, raw, outfil.fill)).transpose()
        };
        let mut sections = Vec::new();
        for section in &outfil.sections {
            sections.push(Sectioning {
                key: Spot::compile(&section.key, raw, &outfil.span)?,
                current: Vec::new(),
                skip: section.skip,
                page_head: section.page_head && section.header.is_some(),
                header: band(&section.header)?,
                trailer: band(&section.trailer)?,
            });
        }
        let (header1, header2) = (band(&outfil.header1)?, band(&outfil.header2)?);
        let (trailer1, trailer2) = (band(&outfil.trailer1)?, band(&outfil.trailer2)?);
        let bands = [&header1, &header2, &trailer1, &trailer2].into_iter().flatten();
        let bands =
            bands.chain(sections.iter().flat_map(|section| [&section.header, &section.trailer]).flatten());
        let frame = frame(outfil, setting, built, record_length, bands)?;
        let limit = match outfil.lines {
            Some(LineLimit::Lines(lines) | LineLimit::AnsiLines(lines)) => Some(Some(lines as usize)),
            Some(LineLimit::Ansi) => Some(None),
            None => None,
        };
        let report = Report {
            pages: Pages::new(frame, limit),
            shape: frame.shape(),
            header1,
            header2,
            trailer1,
            trailer2,
            sections,
            detail: !outfil.no_detail,
            stays: outfil.blank_control,
            page_break: false,
            last: None,
            control: frame.control,
            dialect: setting.dialect,
            buffer: Vec::new(),
        };
        report.check_page(&outfil.span)?;
        Ok(report)
    }

    /// A page must have room for all that can be on it.
    fn check_page(&self, span: &Span) -> Result<()> {
        let Some(limit) = self.pages.limit() else { return Ok(()) };
        let count = |band: &Option<Band>| band.as_ref().map_or(0, Band::count);
        let sections: usize =
            self.sections.iter().map(|section| count(&section.header) + count(&section.trailer)).sum();
        let page = count(&self.header2) + count(&self.trailer2) + sections + usize::from(self.detail);
        let most = page.max(count(&self.header1)).max(count(&self.trailer1));
        if most <= limit {
            return Ok(());
        }
        let message =
            format!("a page of {limit} lines has no room for headers and trailers, which need {most}");
        Err(message::error(codes::CTL123, message::OUTFIL_CONFLICT, message)
            .at(span, "")
            .hint("give the page more lines with LINES=n"))
    }

    /// What the lines are like: the control character counts unless REMOVECC.
    pub fn output(&self) -> Shape {
        self.shape
    }

    /// True if lines begin with an ANSI control character (RECFM FBA, VBA).
    pub fn control_characters(&self) -> bool {
        self.control
    }

    /// Takes a record as it came into the OUTFIL, and the records that it was built to.
    pub fn record(&mut self, raw: &[u8], built: &[&[u8]], put: Put<'_>) -> Result<()> {
        let started = match self.last {
            None => {
                self.begin(Some(raw), put)?;
                Some(0)
            }
            Some(_) => self.broken(raw),
        };
        if let (Some(level), true) = (started, self.last.is_some()) {
            self.end_sections(level, put)?;
        }
        if let Some(level) = started {
            self.start_sections(level, raw, put)?;
        }
        let built = if self.detail { built } else { &[] };
        let lines = built.iter().map(|line| self.pages.lines(line)).sum();
        if self.pages.is_used() && built.first().is_some_and(|line| self.pages.is_eject(line)) {
            self.end_page(put)?;
        }
        self.make_room(lines, raw, self.sections.len(), put)?;
        self.count(raw)?;
        for line in built {
            self.pages.record(line, put)?;
        }
        let last = self.last.get_or_insert_default();
        last.clear();
        last.extend_from_slice(raw);
        Ok(())
    }

    /// Writes the last trailers; the headers as well if no record came.
    pub fn finish(&mut self, put: Put<'_>) -> Result<()> {
        if self.last.is_none() {
            self.begin(None, put)?;
            if self.header2.is_some() || self.trailer2.is_some() {
                self.open_page(None, self.sections.len(), put)?;
            }
        } else {
            self.end_sections(0, put)?;
        }
        if self.pages.is_open() {
            self.end_page(put)?;
        }
        let Report { pages, trailer1, last, buffer, stays, .. } = self;
        let Some(trailer) = trailer1 else { return Ok(()) };
        pages.begin();
        if stays[2] {
            pages.stay();
        }
        let facts = Facts { record: last.as_deref(), page: pages.number() };
        trailer.write(facts, buffer, |line| pages.text(line, put))
    }

    /// The report header, on a page of its own.
    fn begin(&mut self, record: Option<&[u8]>, put: Put<'_>) -> Result<()> {
        let Report { pages, header1, buffer, stays, dialect, .. } = self;
        let Some(header) = header1 else { return Ok(()) };
        pages.begin();
        if stays[0] {
            pages.stay();
        }
        let facts = Facts { record, page: pages.number() };
        header.write(facts, buffer, |line| pages.text(line, put))?;
        pages.end();
        // Only DFSORT numbers the page of a report header, and only if the header shows the number.
        if !header.is_numbered() || *dialect == Dialect::Syncsort {
            pages.restart();
        }
        Ok(())
    }

    /// The first section field that has changed.
    fn broken(&self, raw: &[u8]) -> Option<usize> {
        let parsed = Parsed::default();
        self.sections.iter().position(|section| section.key.present(raw, &parsed) != section.current)
    }

    /// Trailers of all sections from a level on, the innermost first, and what is to be skipped behind them.
    fn end_sections(&mut self, level: usize, put: Put<'_>) -> Result<()> {
        // A page that ends here has this record as its last as well.
        let last = self.last.clone();
        for index in (level..self.sections.len()).rev() {
            let lines = self.sections[index].trailer.as_ref().map_or(0, Band::count);
            if lines > 0 {
                self.make_room(lines, last.as_deref().unwrap_or_default(), self.sections.len(), put)?;
            }
            let Report { pages, sections, buffer, .. } = self;
            if let Some(trailer) = &mut sections[index].trailer {
                let facts = Facts { record: last.as_deref(), page: pages.number() };
                trailer.write(facts, buffer, |line| pages.text(line, put))?;
                trailer.begin();
            }
        }
        for section in &self.sections[level..] {
            match section.skip {
                SectionSkip::None => {}
                SectionSkip::Page => self.page_break = true,
                SectionSkip::Lines(lines) => self.pages.skip(lines as usize),
            }
        }
        Ok(())
    }

    /// Headers of all sections from a level on.
    fn start_sections(&mut self, level: usize, raw: &[u8], put: Put<'_>) -> Result<()> {
        let parsed = Parsed::default();
        for section in &mut self.sections[level..] {
            section.current.clear();
            section.current.extend_from_slice(section.key.present(raw, &parsed));
        }
        if std::mem::take(&mut self.page_break) && self.pages.is_open() {
            self.end_page(put)?;
        }
        let headers: usize = self.sections[level..]
            .iter()
            .filter_map(|section| section.header.as_ref())
            .map(Band::count)
            .sum();
        // A section header does not stand alone at the end of a page.
        let lines = if headers > 0 { headers + usize::from(self.detail) } else { 0 };
        self.make_room(lines, raw, level, put)?;
        let Report { pages, sections, buffer, .. } = self;
        for section in &mut sections[level..] {
            if let Some(header) = &mut section.header {
                let facts = Facts { record: Some(raw), page: pages.number() };
                header.write(facts, buffer, |line| pages.text(line, put))?;
            }
        }
        Ok(())
    }

    /// Begins a page unless so many lines have room on this one. Headers of the sections from `level` on come anyway.
    fn make_room(&mut self, lines: usize, record: &[u8], level: usize, put: Put<'_>) -> Result<()> {
        let below = self.trailer2.as_ref().map_or(0, Band::count);
        if self.pages.is_open() && lines > 0 && !self.pages.has_room(lines, below) {
            self.end_page(put)?;
        }
        if !self.pages.is_open() {
            self.open_page(Some(record), level, put)?;
        }
        Ok(())
    }

    /// The page header, and headers of sections that go on.
    fn open_page(&mut self, record: Option<&[u8]>, level: usize, put: Put<'_>) -> Result<()> {
        let Report { pages, header2, sections, buffer, stays, .. } = self;
        pages.begin();
        let facts = Facts { record, page: pages.number() };
        if let Some(header) = header2 {
            if std::mem::take(&mut stays[1]) {
                pages.stay();
            }
            header.write(facts, buffer, |line| pages.text(line, put))?;
        }
        for section in &mut sections[..level] {
            if let (true, Some(header)) = (section.page_head, &mut section.header) {
                header.write(facts, buffer, |line| pages.text(line, put))?;
            }
        }
        Ok(())
    }

    /// The page trailer, at the end of the page.
    fn end_page(&mut self, put: Put<'_>) -> Result<()> {
        let Report { pages, trailer2, last, buffer, .. } = self;
        if let Some(trailer) = trailer2 {
            pages.fill(trailer.count(), put)?;
            let facts = Facts { record: last.as_deref(), page: pages.number() };
            trailer.write(facts, buffer, |line| pages.text(line, put))?;
            trailer.begin();
        }
        pages.end();
        Ok(())
    }

    /// Counts a record for every trailer.
    fn count(&mut self, raw: &[u8]) -> Result<()> {
        let Report { trailer1, trailer2, sections, .. } = self;
        let bands = [trailer1, trailer2].into_iter().flatten();
        let bands = bands.chain(sections.iter_mut().filter_map(|section| section.trailer.as_mut()));
        for band in bands {
            band.add_record(raw)?;
        }
        Ok(())
    }
}

/// How lines are framed; all of them must fit.
fn frame<'a>(
    outfil: &OutFil,
    setting: &Setting,
    built: Shape,
    record_length: Option<usize>,
    bands: impl Iterator<Item = &'a Band>,
) -> Result<Frame> {
    let own_control = matches!(outfil.lines, Some(LineLimit::Ansi | LineLimit::AnsiLines(_)));
    let control = !outfil.remove_control;
    let word = if built.variable { WORD } else { 0 };
    let around = word + usize::from(control);
    let data = built.length.saturating_sub(word + usize::from(own_control));
    let stated = record_length.map(|length| length.saturating_sub(around));
    let mut frame = Frame { variable: built.variable, control, own_control, width: data, page: setting.page };
    for band in bands {
        let (longest, span) = band.longest();
        if built.variable && stated.is_none() {
            frame.width = frame.width.max(longest);
        } else if longest > stated.unwrap_or(data) {
            return Err(too_long(longest, stated.unwrap_or(data), around, span.unwrap_or(&outfil.span)));
        }
    }
    if let Some(stated) = stated
        && !built.variable
    {
        frame.width = frame.width.max(stated);
    }
    Ok(frame)
}

fn too_long(line: usize, room: usize, around: usize, span: &Span) -> Box<crate::diag::Diagnostic> {
    let message =
        format!("a line of the report has {line} bytes, the records of the output have room for {room}");
    let error = message::error(codes::CTL122, message::LONG_REPORT_LINE, message)
        .at(span, "the line ends here")
        .hint("make the records longer, for example with a blank in the last column: BUILD=(...,132:X)");
    if around > 0 {
        error.note(format!("{around} bytes of each record are RDW and control character"))
    } else {
        error
    }
}
