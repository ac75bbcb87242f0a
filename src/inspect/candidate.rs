//! What a file may be: every record format in every variant, as the options that read it.

use crate::convert::ReadOptions;
use crate::copybook::{Layout, Shape, Usage};
use crate::dataset::{FormatOptions, HeaderOptions, LineEnd, Recfm};

/// A way to read the file.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// The options of it.
    pub options: ReadOptions,
    /// What they are, in words: `V, RDW little,payload`.
    pub label: String,
    /// What is lost against a plainer format that fits as well, as a factor.
    pub prior: f64,
    /// What else has to be said of it.
    pub note: Option<String>,
}

/// Forms of descriptor words, the usual ones first.
const WORDS: [&str; 6] = ["big", "big,payload", "little", "little,payload", "swapped", "swapped,payload"];
/// Code pages that stand for their families until the bytes are looked at more closely.
pub(super) const FAMILIES: [&str; 2] = ["cp037", "latin-1"];

/// Makes candidates from what is known already.
pub(super) struct Maker<'a> {
    /// What the user has said.
    pub given: &'a ReadOptions,
    /// The copybook.
    pub layout: Option<&'a Layout>,
    /// Bytes of the file.
    pub size: u64,
}

impl Maker<'_> {
    /// The formats that say themselves where records are, and those of one length.
    pub fn usual(&self) -> Vec<Candidate> {
        if self.is_settled() {
            let options =
                FormatOptions { recfm: self.given.format.recfm.clone(), ..self.given.format.clone() };
            return self.expand(vec![self.candidate(options, "as given".to_owned(), 1.0)]);
        }
        let mut all = Vec::new();
        if let Some(layout) = self.layout {
            all.extend(self.fixed(layout.length()));
        }
        let (records, blocks) = (forms(&self.given.format.rdw), forms(&self.given.format.bdw));
        for rdw in &records {
            let prior = if rdw.as_str() == "big" { 0.999 } else { 0.99 };
            let options = FormatOptions { rdw: word(rdw), ..of("V") };
            all.push(self.candidate(options, format!("V, RDW {rdw}"), prior));
            let options = FormatOptions { rdw: word(rdw), ..of("VS") };
            all.push(self.candidate(options, format!("VS, segments {rdw}"), 0.97));
            for bdw in &blocks {
                let prior = if bdw.as_str() == "big" && rdw.as_str() == "big" { 0.999 } else { 0.99 };
                let options = FormatOptions { rdw: word(rdw), bdw: word(bdw), ..of("VB") };
                all.push(self.candidate(options, format!("VB, BDW {bdw}, RDW {rdw}"), prior));
                let options = FormatOptions { rdw: word(rdw), bdw: word(bdw), ..of("VBS") };
                all.push(self.candidate(options, format!("VBS, BDW {bdw}, segments {rdw}"), 0.97));
            }
        }
        for bdw in &blocks {
            if self.layout.is_some() {
                let options = FormatOptions { bdw: word(bdw), ..of("FB") };
                all.push(self.candidate(options, format!("FB, BDW {bdw}"), 0.985));
            }
            let options = FormatOptions { bdw: word(bdw), ..of("U") };
            if self.layout.is_none() {
                all.push(self.candidate(options, format!("U, BDW {bdw}"), 0.9));
            }
        }
        all.extend(self.lines());
        self.expand(all)
    }

    /// True if the user has given a rule for lengths or a header: then there is no format to look for.
    pub fn is_settled(&self) -> bool {
        let format = &self.given.format;
        self.given.length_expression.is_some()
            || format.header.is_some()
            || format.length.is_some()
            || format.length_field.is_some()
            || format.length_first.is_some()
            || format.length_last.is_some()
    }

    fn lines(&self) -> Vec<Candidate> {
        let end = |end: LineEnd, prior: f64| {
            let options = FormatOptions {
                line_end: Some(end.name().to_owned()),
                empty_lines: Some("skip".to_owned()),
                ..of("text")
            };
            self.candidate(options, format!("text, lines end with {}", in_words(end)), prior)
        };
        vec![
            end(LineEnd::CrLf, 0.995),
            end(LineEnd::Lf, 0.99),
            end(LineEnd::Nel, 0.98),
            end(LineEnd::Nel25, 0.98),
        ]
    }

    /// Records of a length; what does not divide is taken for a torn end.
    pub fn fixed(&self, length: usize) -> Option<Candidate> {
        let length = length as u64;
        let left = self.size.checked_rem(length)?;
        (self.size >= length).then(|| {
            let mut candidate = self.fixed_between(length, 0, left);
            // Where counters give lengths, records of the greatest one are the exception.
            let varies = self.layout.is_some_and(Layout::is_variable);
            candidate.prior = if varies { 0.95 } else { 1.0 };
            if left > 0 {
                candidate.prior *= 0.96 - 0.2 * left as f64 / self.size as f64;
                candidate.note = Some(format!(
                    "the size is not a multiple of {length}: {left} bytes are left over, {} are missing to a whole record",
                    length - left
                ));
            }
            candidate
        })
    }

    /// Records of a length between bytes to skip.
    pub fn fixed_between(&self, length: u64, head: u64, tail: u64) -> Candidate {
        let mut options = FormatOptions {
            skip_head: some(head),
            skip_tail: some(tail),
            ..of(if self.layout.is_some() { "F" } else { "FB" })
        };
        let mut expression = None;
        match self.layout {
            None => options.lrecl = Some(length),
            Some(layout) => {
                let described = layout.length() as u64;
                if length > described && !layout.is_variable() {
                    options.record_skip_tail = Some(length - described);
                } else if length != described {
                    expression = Some(length.to_string());
                }
            }
        }
        let around = match (head, tail) {
            (0, 0) => String::new(),
            (head, 0) => format!(" behind {head} bytes"),
            (0, tail) => format!(" and {tail} bytes"),
            (head, tail) => format!(" between {head} and {tail} bytes"),
        };
        let mut candidate = self.candidate(options, format!("F, records of {length} bytes{around}"), 1.0);
        candidate.options.length_expression = expression.or(candidate.options.length_expression);
        candidate
    }

    /// Lengths that the record itself tells: counters, fields.
    pub fn measured(&self) -> Vec<Candidate> {
        let Some(layout) = self.layout else { return Vec::new() };
        let mut all = Vec::new();
        let computed = FormatOptions { length: Some("computed".to_owned()), ..of("F") };
        if layout.is_variable() {
            let label = "F, records as long as their counters say".to_owned();
            all.push(self.candidate(computed.clone(), label, 0.98));
        }
        let roots: Vec<(&str, usize)> =
            layout.roots().map(|(_, field)| (field.display_name(), field.length)).collect();
        if let [(first, first_length), middle @ .., (last, last_length)] = roots.as_slice()
            && (first_length != last_length || middle.iter().any(|(_, length)| length != first_length))
        {
            let body = middle.first().map_or(*last, |(name, _)| *name);
            let ends: [(bool, bool); 3] = [(true, true), (true, false), (false, true)];
            for (has_first, has_last) in ends {
                if middle.is_empty() && has_first && has_last {
                    continue;
                }
                let rest = if has_first { body } else { roots.first().map_or(body, |(name, _)| *name) };
                let mut candidate = self.candidate(
                    computed.clone(),
                    "F, each record as long as its 01 level".to_owned(),
                    0.97,
                );
                let records = &mut candidate.options.records;
                records.clear();
                records.extend(has_first.then(|| format!("{first}: first")));
                records.extend(has_last.then(|| format!("{last}: last")));
                records.push(rest.to_owned());
                all.push(candidate);
            }
        }
        for (id, field) in layout.fields() {
            let integer = field.number().filter(|number| number.scale == 0 && number.digits < 10);
            let fits =
                !field.moving && field.dims.is_empty() && field.offset < 64 && field.redefines.is_none();
            let Some(number) = integer.filter(|_| fits && layout.find(field.display_name(), &[]) == Ok(id))
            else {
                continue;
            };
            let behind = (field.offset + field.length) as i64;
            let mut adjusts = vec![0, behind, 4, 2];
            adjusts.dedup();
            for adjust in adjusts {
                let name = field.display_name();
                let options = FormatOptions {
                    length_field: Some(name.to_owned()),
                    length_adjust: Some(adjust).filter(|adjust| *adjust != 0),
                    ..of("F")
                };
                let more = if adjust == 0 { String::new() } else { format!(" and {adjust} more") };
                let prior = if matches!(number.usage, Usage::Binary(_)) { 0.97 } else { 0.96 };
                all.push(self.candidate(options, format!("F, {name} holds the length{more}"), prior));
            }
        }
        self.expand(all)
    }

    /// A header of another kind before each record.
    pub fn headers(&self) -> Vec<Candidate> {
        let mut all = Vec::new();
        for length in 2..=12u64 {
            for bytes in [1u64, 2, 4] {
                for offset in 0..=length.saturating_sub(bytes).min(8) {
                    for little in [false, true] {
                        if bytes > length || bytes == 1 && little {
                            continue;
                        }
                        for adjust in [0, -(length as i64)] {
                            let header =
                                HeaderOptions { length, keep: None, size: Some((offset, bytes, little)) };
                            let options = FormatOptions {
                                header: Some(header),
                                length_adjust: Some(adjust).filter(|adjust| *adjust != 0),
                                ..of("F")
                            };
                            let label = format!("F, headers of {length} bytes before records");
                            all.push(self.candidate(options, label, 0.9 - 0.005 * length as f64));
                        }
                    }
                }
            }
        }
        self.expand(all)
    }

    /// A candidate of a format, with what the user has said beside.
    pub fn candidate(&self, format: FormatOptions, label: String, prior: f64) -> Candidate {
        let mut options = self.given.clone();
        options.format = merged(format, &self.given.format);
        if let Some(layout) = self.layout
            && options.records.is_empty()
            && layout.roots().count() > 1
        {
            // Any of them will do to find the records; which are which is asked later.
            let longest = layout.roots().max_by_key(|(_, field)| field.length);
            options.records.extend(longest.map(|(_, field)| field.display_name().to_owned()));
        }
        Candidate { options, label, prior, note: None }
    }

    /// Each candidate in each code page and with tables of either kind, unless the user has said which.
    pub fn expand(&self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let pages: Vec<String> = match &self.given.code_page {
            Some(page) => vec![page.clone()],
            None => FAMILIES.map(str::to_owned).to_vec(),
        };
        let rooms: &[Option<&str>] = match (self.layout, &self.given.odo) {
            (Some(layout), None) if layout.is_variable() => &[None, Some("maximum")],
            _ => &[None],
        };
        let mut all = Vec::with_capacity(candidates.len() * pages.len() * rooms.len());
        for candidate in candidates.into_iter().filter(|candidate| self.admits(candidate)) {
            for page in &pages {
                for room in rooms {
                    if room.is_some() && candidate.options.format.length.is_some() {
                        continue;
                    }
                    let mut one = candidate.clone();
                    one.options.code_page = Some(page.clone());
                    one.options.odo = room.map(str::to_owned).or(one.options.odo);
                    one.options.zoned_blanks |= self.has_zoned();
                    all.push(one);
                }
            }
        }
        all
    }

    fn has_zoned(&self) -> bool {
        let zoned = |shape| matches!(shape, Shape::Number(number) if matches!(number.usage, Usage::Zoned(_)));
        self.layout.is_some_and(|layout| layout.fields().any(|(_, field)| zoned(field.shape)))
    }

    /// True if what the user has said of the format is not contradicted.
    pub fn admits(&self, candidate: &Candidate) -> bool {
        fn same<T: PartialEq>(given: &Option<T>, here: &Option<T>) -> bool {
            given.is_none() || given == here
        }
        let (given, here) = (&self.given.format, &candidate.options.format);
        let kind = |word: &Option<String>| {
            word.as_deref().map(|word| Recfm::parse(word).map_or(Recfm::Fixed, |(recfm, _)| recfm))
        };
        (given.recfm.is_none() || kind(&given.recfm) == kind(&here.recfm))
            && same(&given.rdw, &here.rdw)
            && same(&given.bdw, &here.bdw)
            && same(&given.line_end, &here.line_end)
            && same(&given.skip_head, &here.skip_head)
            && same(&given.length, &here.length)
            && same(&given.length_field, &here.length_field)
    }
}

/// What a candidate says, and where it says nothing what the user has said.
fn merged(mut here: FormatOptions, given: &FormatOptions) -> FormatOptions {
    here.lrecl = here.lrecl.or(given.lrecl);
    here.blksize = here.blksize.or(given.blksize);
    here.record_skip_head = here.record_skip_head.or(given.record_skip_head);
    here.record_skip_tail = here.record_skip_tail.or(given.record_skip_tail);
    here.skip_tail = here.skip_tail.or(given.skip_tail);
    here
}

/// The form that the user has given, or all of them.
fn forms(given: &Option<String>) -> Vec<String> {
    match given {
        Some(form) => vec![form.clone()],
        None => WORDS.map(str::to_owned).to_vec(),
    }
}

/// The words for a line end.
pub(super) fn in_words(end: LineEnd) -> &'static str {
    match end {
        LineEnd::Auto => "any",
        LineEnd::Lf => "LF (X'0A')",
        LineEnd::CrLf => "CR LF (X'0D0A')",
        LineEnd::Nel => "NEL (X'15')",
        LineEnd::Nel25 => "LF (X'25')",
    }
}

fn of(recfm: &str) -> FormatOptions {
    FormatOptions { recfm: Some(recfm.to_owned()), ..FormatOptions::default() }
}

fn word(form: &str) -> Option<String> {
    Some(form.to_owned())
}

fn some(bytes: u64) -> Option<u64> {
    Some(bytes).filter(|bytes| *bytes > 0)
}
