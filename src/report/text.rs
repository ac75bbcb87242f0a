//! A report as lines on pages.

use super::Put;
use super::course::{At, Band, Course, Section, Skip};
use super::form::{Carriage, TextForm};
use super::line::{Facts, Line};
use super::pages::Pages;
use super::spec::Report;
use super::tally::Tally;
use crate::diag::Result;

/// What a form feed is, in ASCII and in EBCDIC.
const FORM_FEED: u8 = 0x0C;

/// The lines of a header or footer.
#[derive(Clone, Debug)]
pub struct Lines {
    lines: Vec<Line>,
    glyphs: super::glyphs::Glyphs,
    /// What was added up since the page began.
    /// What was added up since the page began, if a line shows it.
    page: Tally,
    adds: bool,
    lost: u64,
    buffer: Vec<u8>,
}

/// The lines of a report, being written.
#[derive(Debug)]
pub struct TextSink<'r> {
    report: &'r Report,
    form: &'r TextForm,
    course: Course<Lines>,
    /// Places of the columns that are shown where they have changed.
    on_change: Vec<std::ops::Range<usize>>,
    /// The detail before, whole, and the one to be written.
    shown: Vec<u8>,
    line: Vec<u8>,
    /// A group has begun since the last detail.
    fresh: bool,
    /// A line has been written.
    begun: bool,
    out: Vec<u8>,
}

impl Band for Lines {
    type Of<'a> = Facts<'a>;

    fn lines(&self) -> usize {
        self.lines.len()
    }

    fn write(&mut self, of: Option<Facts<'_>>, page: u64, line: Put<'_>) -> Result<()> {
        let Lines { lines, glyphs, page: own, lost, buffer, .. } = self;
        for current in lines {
            buffer.clear();
            *lost += current.put(of, page, own, glyphs, buffer)?;
            line(buffer)?;
        }
        Ok(())
    }

    fn take(&mut self, of: Facts<'_>) -> Result<()> {
        if self.adds { self.page.add(of.values) } else { Ok(()) }
    }

    fn begin(&mut self) {
        self.page.reset();
    }
}

impl<'r> TextSink<'r> {
    /// A report in this form.
    pub fn new(report: &'r Report, form: &'r TextForm) -> Self {
        let on_change = report.columns.iter().filter(|column| column.on_change);
        TextSink {
            report,
            form,
            course: course(report, form),
            on_change: on_change.map(|column| column.start..column.start + column.width).collect(),
            shown: Vec::new(),
            line: Vec::new(),
            fresh: true,
            begun: false,
            out: Vec::new(),
        }
    }

    /// Lines that a page must have room for.
    pub fn lines_needed(&self) -> usize {
        self.course.lines_at_once()
    }

    /// Characters of headers and footers that became dots.
    pub fn lost(&self) -> u64 {
        let Course { header1, header2, trailer1, trailer2, sections, .. } = &self.course;
        let own = [header1, header2, trailer1, trailer2].into_iter().flatten();
        let sections = sections.iter().flat_map(|section| [&section.header, &section.trailer]).flatten();
        own.chain(sections).map(|lines| lines.lost).sum()
    }

    /// The report header; the head of the first page if no record came.
    pub fn begin(&mut self, at: At<Facts<'_>>, put: Put<'_>) -> Result<()> {
        self.through(put, |course, put| {
            course.begin(at.next, put)?;
            match at.next {
                Some(_) => Ok(()),
                None => course.page_without_groups(put),
            }
        })
    }

    /// The headers of groups from a level on; 0 begins the report.
    pub fn start(&mut self, level: usize, at: At<Facts<'_>>, put: Put<'_>) -> Result<()> {
        self.fresh = true;
        let details = usize::from(self.report.detail);
        self.through(put, |course, put| course.start_sections(level, details, at, put))
    }

    /// A record.
    pub fn detail(&mut self, line: &[u8], at: At<Facts<'_>>, put: Put<'_>) -> Result<()> {
        let TextSink { on_change, shown, line: built, fresh, .. } = self;
        let (on_change, shown) = (std::mem::take(on_change), std::mem::take(shown));
        let (mut built, was_fresh) = (std::mem::take(built), std::mem::take(fresh));
        let written = self.through(put, |course, put| {
            let lines = [line];
            let lines = course.room_for(&lines, at, put)?;
            if lines.is_empty() || on_change.is_empty() || was_fresh || !course.pages.is_used() {
                return lines.iter().try_for_each(|line| course.pages.record(line, put));
            }
            built.clear();
            built.extend_from_slice(line);
            let blank = course.pages.frame().page.space();
            for place in &on_change {
                if shown.get(place.clone()) == line.get(place.clone()) {
                    built[place.clone()].fill(blank);
                }
            }
            course.pages.record(&built, put)
        });
        (self.on_change, self.shown, self.line) = (on_change, shown, built);
        if !self.on_change.is_empty() {
            self.shown.clear();
            self.shown.extend_from_slice(line);
        }
        written
    }

    /// Totals and footer of the current group of a level.
    pub fn end(&mut self, level: usize, at: At<Facts<'_>>, put: Put<'_>) -> Result<()> {
        self.through(put, |course, put| course.end_section(level, at, put))
    }

    /// All groups from a level on have ended.
    pub fn skip(&mut self, level: usize) {
        self.course.skip_sections(level);
    }

    /// The end of the report.
    pub fn finish(&mut self, last: Option<Facts<'_>>, put: Put<'_>) -> Result<()> {
        self.through(put, |course, put| course.finish(last, put))
    }

    /// Lets the course write lines, each in the form that the output has.
    fn through(
        &mut self,
        put: Put<'_>,
        act: impl FnOnce(&mut Course<Lines>, Put<'_>) -> Result<()>,
    ) -> Result<()> {
        let TextSink { form, course, begun, out, .. } = self;
        if form.carriage == Carriage::Ansi && !form.trim {
            return act(course, put);
        }
        let page = form.glyphs.page;
        let (blank, eject) = (page.space(), page.byte('1'));
        act(course, &mut |line| {
            let first = !std::mem::replace(begun, true);
            out.clear();
            match (form.carriage, line.split_first()) {
                (Carriage::FormFeed, Some((control, text))) => {
                    if !first && Some(*control) == eject {
                        out.push(FORM_FEED);
                    }
                    out.extend_from_slice(text);
                }
                _ => out.extend_from_slice(line),
            }
            if form.trim {
                let least = usize::from(form.carriage == Carriage::Ansi).min(out.len());
                let end = out.iter().rposition(|byte| *byte != blank).map_or(0, |last| last + 1);
                out.truncate(end.max(least));
            }
            put(out)
        })
    }
}

fn course(report: &Report, form: &TextForm) -> Course<Lines> {
    let band = |lines: &[&[Line]]| {
        let lines = lines.concat();
        (!lines.is_empty()).then(|| Lines {
            adds: lines.iter().any(Line::is_about_page),
            glyphs: form.glyphs.clone(),
            page: Tally::new(report.summed),
            lost: 0,
            buffer: Vec::new(),
            lines,
        })
    };
    let mut sections = vec![Section {
        skip: Skip::None,
        page_head: false,
        restart: false,
        header: None,
        trailer: band(&[&report.totals, &report.footer]),
    }];
    sections.extend(report.levels.iter().map(|level| Section {
        skip: level.skip,
        page_head: level.repeat,
        restart: level.restart,
        header: band(&[&level.header]),
        trailer: band(&[&level.totals, &level.footer]),
    }));
    Course {
        pages: Pages::new(form.frame(), report.lines),
        header1: band(&[&report.report_header]),
        header2: band(&[&report.page_header, &report.headings]),
        trailer1: None,
        trailer2: band(&[&report.page_footer]),
        sections,
        detail: report.detail,
        cover_counts: false,
        stays: [false; 3],
        page_break: false,
    }
}
