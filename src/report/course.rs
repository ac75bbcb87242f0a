//! The order of things in a report.

use super::Put;
use super::pages::Pages;
use crate::diag::Result;

/// The lines of a header or footer.
pub trait Band {
    /// What its lines show, beside the number of the page.
    type Of<'a>: Copy;

    /// Number of lines.
    fn lines(&self) -> usize;

    /// Gives its lines, without what stands around them.
    fn write(&mut self, of: Option<Self::Of<'_>>, page: u64, line: Put<'_>) -> Result<()>;

    /// Takes a detail that it is about.
    fn take(&mut self, of: Self::Of<'_>) -> Result<()>;

    /// Begins a page or section.
    fn begin(&mut self);
}

/// The record that is about to come, and the one before it; none before the first and after the last one.
#[derive(Clone, Copy, Debug)]
pub struct At<T> {
    /// The record to come.
    pub next: Option<T>,
    /// The one before.
    pub last: Option<T>,
}

/// What comes after a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Skip {
    /// The next one.
    #[default]
    None,
    /// A new page.
    Page,
    /// So many blank lines.
    Lines(usize),
}

/// A level of control breaks: what stands around the details of a group.
#[derive(Clone, Debug)]
pub struct Section<B> {
    /// What comes after it.
    pub skip: Skip,
    /// The header is repeated on further pages.
    pub page_head: bool,
    /// Where it begins on a new page, that has the number 1.
    pub restart: bool,
    /// Before the first detail.
    pub header: Option<B>,
    /// After the last one.
    pub trailer: Option<B>,
}

/// A report on its way over the pages.
#[derive(Clone, Debug)]
pub struct Course<B> {
    /// The pages.
    pub pages: Pages,
    /// At the beginning, on a page of its own.
    pub header1: Option<B>,
    /// At the top of each page.
    pub header2: Option<B>,
    /// At the end, on a page of its own.
    pub trailer1: Option<B>,
    /// At the bottom of each page.
    pub trailer2: Option<B>,
    /// Sections, the major one first.
    pub sections: Vec<Section<B>>,
    /// False if details are counted but not written.
    pub detail: bool,
    /// The page of the report header has the number 1, and others count on; else they begin with 1.
    pub cover_counts: bool,
    /// The first line does not begin a page: of the report header, of the first page header, of the report trailer.
    pub stays: [bool; 3],
    /// A section has ended that asks for a new page.
    pub page_break: bool,
}

impl<B: Band> Course<B> {
    /// Lines that a page must have room for: page header and footer, those of all sections, a detail; or the cover.
    pub fn lines_needed(&self) -> usize {
        let count = |band: &Option<B>| band.as_ref().map_or(0, Band::lines);
        let sections: usize =
            self.sections.iter().map(|section| count(&section.header) + count(&section.trailer)).sum();
        let page = count(&self.header2) + count(&self.trailer2) + sections + usize::from(self.detail);
        page.max(count(&self.header1)).max(count(&self.trailer1))
    }

    /// Lines that a page must have room for if headers and footers of sections may stand on different pages: what comes at once.
    pub fn lines_at_once(&self) -> usize {
        let count = |band: &Option<B>| band.as_ref().map_or(0, Band::lines);
        let headers = || self.sections.iter().map(|section| (section.page_head, count(&section.header)));
        let repeated: usize = headers().filter(|(repeated, _)| *repeated).map(|(_, lines)| lines).sum();
        let trailer = self.sections.iter().map(|section| count(&section.trailer)).max().unwrap_or(0);
        let start = headers().map(|(_, lines)| lines).sum::<usize>() + usize::from(self.detail);
        let page = count(&self.header2) + count(&self.trailer2) + start.max(repeated + trailer);
        page.max(count(&self.header1)).max(count(&self.trailer1))
    }

    /// The report header, on a page of its own.
    pub fn begin(&mut self, record: Option<B::Of<'_>>, put: Put<'_>) -> Result<()> {
        let Course { pages, header1, stays, cover_counts, .. } = self;
        let Some(header) = header1 else { return Ok(()) };
        pages.begin();
        if stays[0] {
            pages.stay();
        }
        header.write(record, pages.number(), &mut |line| pages.text(line, put))?;
        pages.end();
        if !*cover_counts {
            pages.restart();
        }
        Ok(())
    }

    /// The trailer of a section, whose last record is `at.last`; those of its minor sections have come before.
    pub fn end_section(&mut self, index: usize, at: At<B::Of<'_>>, put: Put<'_>) -> Result<()> {
        let lines = self.sections[index].trailer.as_ref().map_or(0, Band::lines);
        if lines > 0 {
            // A page that ends here has this record as its last as well.
            self.make_room(lines, At { next: at.last, last: at.last }, self.sections.len(), put)?;
        }
        let Course { pages, sections, .. } = self;
        if let Some(trailer) = &mut sections[index].trailer {
            trailer.write(at.last, pages.number(), &mut |line| pages.text(line, put))?;
            trailer.begin();
        }
        Ok(())
    }

    /// What is to be skipped behind all sections from a level on.
    pub fn skip_sections(&mut self, level: usize) {
        for section in &self.sections[level..] {
            match section.skip {
                Skip::None => {}
                Skip::Page => self.page_break = true,
                Skip::Lines(lines) => self.pages.skip(lines),
            }
        }
    }

    /// Headers of all sections from a level on, and room for `details` lines behind them.
    pub fn start_sections(
        &mut self,
        level: usize,
        details: usize,
        at: At<B::Of<'_>>,
        put: Put<'_>,
    ) -> Result<()> {
        if std::mem::take(&mut self.page_break) && self.pages.is_open() {
            self.end_page(at.last, put)?;
            if self.sections[level..].iter().any(|section| section.restart) {
                self.pages.restart();
            }
        }
        let headers: usize = self.sections[level..]
            .iter()
            .filter_map(|section| section.header.as_ref())
            .map(Band::lines)
            .sum();
        // A section header does not stand alone at the end of a page.
        let lines = if headers > 0 { headers + details } else { 0 };
        self.make_room(lines, at, level, put)?;
        let Course { pages, sections, .. } = self;
        for section in &mut sections[level..] {
            if let Some(header) = &mut section.header {
                header.write(at.next, pages.number(), &mut |line| pages.text(line, put))?;
            }
        }
        Ok(())
    }

    /// A record with its lines, which stay together.
    pub fn detail(&mut self, built: &[&[u8]], at: At<B::Of<'_>>, put: Put<'_>) -> Result<()> {
        let built = self.room_for(built, at, put)?;
        built.iter().try_for_each(|line| self.pages.record(line, put))
    }

    /// Begins a page where the lines of a record have no room, and counts the record; answers the lines that are to be
    /// written. What follows stands on the page of these lines.
    pub fn room_for<'l, 'b>(
        &mut self,
        built: &'l [&'b [u8]],
        at: At<B::Of<'_>>,
        put: Put<'_>,
    ) -> Result<&'l [&'b [u8]]> {
        let built = if self.detail { built } else { &[] };
        let lines = built.iter().map(|line| self.pages.lines(line)).sum();
        if self.pages.is_used() && built.first().is_some_and(|line| self.pages.is_eject(line)) {
            self.end_page(at.last, put)?;
        }
        self.make_room(lines, at, self.sections.len(), put)?;
        if let Some(record) = at.next {
            self.count(record)?;
        }
        Ok(built)
    }

    /// Writes the last trailers; the headers as well if no record came. Sections have been ended.
    pub fn finish(&mut self, last: Option<B::Of<'_>>, put: Put<'_>) -> Result<()> {
        if self.pages.is_open() {
            self.end_page(last, put)?;
        }
        let Course { pages, trailer1, stays, .. } = self;
        let Some(trailer) = trailer1 else { return Ok(()) };
        pages.begin();
        if stays[2] {
            pages.stay();
        }
        trailer.write(last, pages.number(), &mut |line| pages.text(line, put))
    }

    /// The page of a report without records, if pages have headers or footers.
    pub fn empty_page(&mut self, put: Put<'_>) -> Result<()> {
        if self.header2.is_some() || self.trailer2.is_some() {
            self.open_page(None, self.sections.len(), put)?;
        }
        Ok(())
    }

    /// The page of a report without records and without groups, which have no headers then.
    pub fn page_without_groups(&mut self, put: Put<'_>) -> Result<()> {
        self.open_page(None, 0, put)
    }

    /// Begins a page unless so many lines have room on this one. Headers of the sections from `level` on come anyway.
    fn make_room(&mut self, lines: usize, at: At<B::Of<'_>>, level: usize, put: Put<'_>) -> Result<()> {
        let below = self.trailer2.as_ref().map_or(0, Band::lines);
        if self.pages.is_open() && lines > 0 && !self.pages.has_room(lines, below) {
            self.end_page(at.last, put)?;
        }
        if !self.pages.is_open() {
            self.open_page(at.next, level, put)?;
        }
        Ok(())
    }

    /// The page header, and headers of sections that go on.
    fn open_page(&mut self, record: Option<B::Of<'_>>, level: usize, put: Put<'_>) -> Result<()> {
        let Course { pages, header2, sections, stays, .. } = self;
        pages.begin();
        let number = pages.number();
        if let Some(header) = header2 {
            if std::mem::take(&mut stays[1]) {
                pages.stay();
            }
            header.write(record, number, &mut |line| pages.text(line, put))?;
        }
        for section in &mut sections[..level] {
            if let (true, Some(header)) = (section.page_head, &mut section.header) {
                header.write(record, number, &mut |line| pages.text(line, put))?;
            }
        }
        Ok(())
    }

    /// The page trailer, at the end of the page.
    fn end_page(&mut self, last: Option<B::Of<'_>>, put: Put<'_>) -> Result<()> {
        let Course { pages, trailer2, .. } = self;
        if let Some(trailer) = trailer2 {
            pages.fill(trailer.lines(), put)?;
            trailer.write(last, pages.number(), &mut |line| pages.text(line, put))?;
            trailer.begin();
        }
        pages.end();
        Ok(())
    }

    /// Counts a record for every trailer.
    fn count(&mut self, record: B::Of<'_>) -> Result<()> {
        let Course { trailer1, trailer2, sections, .. } = self;
        let bands = [trailer1, trailer2].into_iter().flatten();
        let bands = bands.chain(sections.iter_mut().filter_map(|section| section.trailer.as_mut()));
        for band in bands {
            band.take(record)?;
        }
        Ok(())
    }
}
