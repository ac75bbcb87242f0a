//! What an OUTFIL statement makes of a report.

use super::band::ItemBand;
use crate::control::message;
use crate::control::operate::{Parsed, Setting, Shape, Spot};
use crate::control::syntax::{Dialect, Item, LineLimit, OutFil, SectionSkip};
use crate::dataset::WORD;
use crate::diag::{Result, Span, codes};
use crate::report::{At, Course, Frame, LINES, Pages, Put, Section, Skip};

/// The report of one OUTFIL, being made.
pub struct Report {
    course: Course<ItemBand>,
    /// The field of each section, and its bytes in the record before.
    keys: Vec<(Spot, Vec<u8>)>,
    /// The record before; none before the first.
    last: Option<Vec<u8>>,
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
            items.as_ref().map(|items| ItemBand::compile(items, setting, raw, outfil.fill)).transpose()
        };
        let (mut sections, mut keys) = (Vec::new(), Vec::new());
        for section in &outfil.sections {
            keys.push((Spot::compile(&section.key, raw, &outfil.span)?, Vec::new()));
            sections.push(Section {
                skip: match section.skip {
                    SectionSkip::None => Skip::None,
                    SectionSkip::Page => Skip::Page,
                    SectionSkip::Lines(lines) => Skip::Lines(lines as usize),
                },
                page_head: section.page_head && section.header.is_some(),
                restart: false,
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
            Some(LineLimit::Lines(lines) | LineLimit::AnsiLines(lines)) => Some(lines as usize),
            Some(LineLimit::Ansi) => None,
            None => Some(LINES),
        };
        // Only DFSORT numbers the page of a report header, and only if the header shows the number.
        let numbered = header1.as_ref().is_some_and(ItemBand::is_numbered);
        let course = Course {
            pages: Pages::new(frame, limit),
            header1,
            header2,
            trailer1,
            trailer2,
            sections,
            detail: !outfil.no_detail,
            cover_counts: numbered && setting.dialect != Dialect::Syncsort,
            stays: outfil.blank_control,
            page_break: false,
        };
        let report = Report { course, keys, last: None };
        report.check_page(&outfil.span)?;
        Ok(report)
    }

    /// A page must have room for all that can be on it.
    fn check_page(&self, span: &Span) -> Result<()> {
        let Some(limit) = self.course.pages.limit() else { return Ok(()) };
        let most = self.course.lines_needed();
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
        shape(&self.course.pages.frame())
    }

    /// True if lines begin with an ANSI control character (RECFM FBA, VBA).
    pub fn control_characters(&self) -> bool {
        self.course.pages.frame().control
    }

    /// Takes a record as it came into the OUTFIL, and the records that it was built to.
    pub fn record(&mut self, raw: &[u8], built: &[&[u8]], put: Put<'_>) -> Result<()> {
        let started = match self.last {
            None => Some(0),
            Some(_) => self.broken(raw),
        };
        let Report { course, keys, last } = self;
        let at = At { next: Some(raw), last: last.as_deref() };
        match (started, at.last) {
            (_, None) => course.begin(at.next, put)?,
            (Some(level), Some(_)) => end_sections(course, level, at, put)?,
            (None, Some(_)) => {}
        }
        if let Some(level) = started {
            let parsed = Parsed::default();
            for (key, current) in &mut keys[level..] {
                current.clear();
                current.extend_from_slice(key.present(raw, &parsed));
            }
            course.start_sections(level, usize::from(course.detail), at, put)?;
        }
        course.detail(built, at, put)?;
        let last = last.get_or_insert_default();
        last.clear();
        last.extend_from_slice(raw);
        Ok(())
    }

    /// Writes the last trailers; the headers as well if no record came.
    pub fn finish(&mut self, put: Put<'_>) -> Result<()> {
        let Report { course, last, .. } = self;
        let last = last.as_deref();
        match last {
            None => {
                course.begin(None, put)?;
                course.empty_page(put)?;
            }
            Some(_) => end_sections(course, 0, At { next: None, last }, put)?,
        }
        course.finish(last, put)
    }

    /// The first section field that has changed.
    fn broken(&self, raw: &[u8]) -> Option<usize> {
        let parsed = Parsed::default();
        self.keys.iter().position(|(key, current)| key.present(raw, &parsed) != current)
    }
}

/// Trailers of all sections from a level on, the innermost first, and what is to be skipped behind them.
fn end_sections(course: &mut Course<ItemBand>, level: usize, at: At<&[u8]>, put: Put<'_>) -> Result<()> {
    for index in (level..course.sections.len()).rev() {
        course.end_section(index, at, put)?;
    }
    course.skip_sections(level);
    Ok(())
}

fn shape(frame: &Frame) -> Shape {
    Shape { variable: frame.variable, length: frame.length() }
}

/// How lines are framed; all of them must fit.
fn frame<'a>(
    outfil: &OutFil,
    setting: &Setting,
    built: Shape,
    record_length: Option<usize>,
    bands: impl Iterator<Item = &'a ItemBand>,
) -> Result<Frame> {
    let own_control = matches!(outfil.lines, Some(LineLimit::Ansi | LineLimit::AnsiLines(_)));
    let control = !outfil.remove_control;
    let word = if built.variable { WORD } else { 0 };
    let around = word + usize::from(control);
    let data = built.length.saturating_sub(word + usize::from(own_control));
    let stated = record_length.map(|length| length.saturating_sub(around));
    let mut frame = Frame {
        variable: built.variable,
        control,
        own_control,
        spacing: false,
        width: data,
        page: setting.page,
    };
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
