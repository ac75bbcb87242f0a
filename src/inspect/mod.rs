//! What an unknown file is: record format, record length, code page and 01 level, with the evidence.
//!
//! ```text
//!   Sample (parts of the file) -> candidates (options) -> score (the reader's own walk, the copybook's fields)
//!     -> the best one, its kinds and code page found out -> proof (reader and decoder over the file) -> Report
//! ```
//!
//! Nothing is believed that the reader and the decoder of a conversion do not confirm: the options of the verdict are those
//! that `offhost convert` takes, and the first record that does not fit is the one at which it would stop.

mod candidate;
mod command;
mod detail;
mod fit;
mod kinds;
mod pages;
mod period;
mod proof;
mod sample;
mod score;
mod search;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::convert::{ReadOptions, code_page};
use crate::copybook::Layout;
use crate::dataset::{FormatOptions, Word};
use crate::diag::{Diagnostic, Result, codes};
use crate::encoding::CodePage;
use crate::sys::Fs;

pub use command::quoted;
pub use fit::Tally;
pub use pages::PageFinding;

/// Below this score nothing fits.
pub const FITS: f64 = 0.3;

/// What is found out about a file.
#[derive(Debug)]
pub struct Report {
    /// Name of the file.
    pub dataset: String,
    /// Its bytes.
    pub size: u64,
    /// What fits best, if anything does.
    pub verdict: Option<Verdict>,
    /// Candidates, the best one first.
    pub candidates: Vec<Line>,
    /// What else was seen, in sentences.
    pub remarks: Vec<String>,
    /// The first bytes of the file, or of its first record.
    pub first: Dump,
}

/// What a file most likely is.
#[derive(Debug)]
pub struct Verdict {
    /// The options that read it.
    pub options: ReadOptions,
    /// In words.
    pub label: String,
    /// The flags of `offhost convert`.
    pub flags: Vec<String>,
    /// 0 to 1.
    pub score: f64,
    /// Records, of the whole file or of what was walked over.
    pub records: u64,
    /// True if the walk went over the whole file.
    pub counted_all: bool,
    /// Lengths of the shortest and the longest record seen.
    pub lengths: (usize, usize),
    /// What the fields hold (without a copybook: the bytes of records as text).
    pub tally: Tally,
    /// The 01 levels and how many of the records looked at are best explained by each.
    pub kinds: Vec<(String, u64)>,
    /// Records looked at closely.
    pub looked_at: u64,
    /// Which code page, if it is EBCDIC; the other family needs no choice.
    pub page: Option<PageFinding>,
    /// What `convert` would stop at with these options.
    pub misfit: Option<Box<Diagnostic>>,
}

/// A candidate in the table.
#[derive(Clone, Debug)]
pub struct Line {
    /// In words.
    pub label: String,
    /// Code page, or the family that stands for several.
    pub page: String,
    /// Records in the part of the file walked over.
    pub records: u64,
    /// Share of the bytes walked over that are framed.
    pub framed: f64,
    /// Share of number fields that hold numbers; `None` if there are none.
    pub numbers: Option<f64>,
    /// Share of text bytes that are printable; `None` if there are none.
    pub text: Option<f64>,
    /// Share of lengths that the copybook explains; `None` without one.
    pub lengths: Option<f64>,
    /// All of it, 0 to 1.
    pub score: f64,
    /// Record number and offset of the first misfit of the framing, and what it is.
    pub misfit: Option<(Option<u64>, Option<u64>, String)>,
}

/// Bytes to show.
#[derive(Clone, Debug, Default)]
pub struct Dump {
    /// Where they stand in the file.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What they are as text; what is no character is a point.
    pub text: Vec<String>,
}

/// Bytes in a line of a dump.
pub const DUMP_LINE: usize = 16;

/// Looks at a file. `given` holds what is known already; all of it stays as it is.
pub fn inspect(fs: &dyn Fs, path: &Path, layout: Option<&Layout>, given: &ReadOptions) -> Result<Report> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let given = &checked(given)?;
    let sample = sample::Sample::read(fs, path, &name)?;
    let mut remarks = detail::remarks(&sample);
    let found = match detail::is_blank(&sample) {
        true => Vec::new(),
        false => search::search(&sample, layout, given)?,
    };
    let found = detail::without_doubles(found);
    let candidates: Vec<Line> = found.iter().take(8).map(detail::line).collect();
    let best = found.into_iter().next().filter(|best| best.score >= FITS);
    let Some(best) = best else {
        let first = detail::dump(0, &sample.head, given.code_page.as_deref());
        return Ok(Report { dataset: name, size: sample.size, verdict: None, candidates, remarks, first });
    };
    let first = detail::first_record(&sample, &best);
    let verdict = detail::verdict(fs, path, &sample, (layout, given), best, &mut remarks)?;
    Ok(Report { dataset: name, size: sample.size, verdict: Some(verdict), candidates, remarks, first })
}

/// What the user has said, with words that are none refused and those of descriptor words in their usual order.
fn checked(given: &ReadOptions) -> Result<ReadOptions> {
    if let Some(page) = &given.code_page {
        code_page("code-page", page)?;
    }
    let format = &given.format;
    let implied = match (&format.recfm, &format.rdw, &format.line_end) {
        (Some(recfm), _, _) => recfm.as_str(),
        (None, Some(_), _) => "V",
        (None, None, Some(_)) => "text",
        (None, None, None) => "FB",
    };
    let words = FormatOptions {
        recfm: Some(implied.to_owned()),
        rdw: format.rdw.clone(),
        bdw: format.bdw.clone(),
        line_end: format.line_end.clone(),
        empty_lines: format.empty_lines.clone().filter(|_| implied.eq_ignore_ascii_case("text")),
        lrecl: Some(format.lrecl.unwrap_or(80)),
        ..FormatOptions::default()
    };
    words.format(None, CodePage::CP037).map_err(|error| {
        Diagnostic::error(codes::RUN013, format!("--{}: {}", error.option, error.message)).hint(error.hint)
    })?;
    let usual = |form: &String| Word::parse(form).map_or_else(|_| form.clone(), |word| word.to_string());
    let mut given = given.clone();
    given.format.rdw = given.format.rdw.as_ref().map(usual);
    given.format.bdw = given.format.bdw.as_ref().map(usual);
    Ok(given)
}
