//! The options of a record format as a user writes them, in a job file or on a command line, and the one place where
//! they are checked.

use std::sync::Arc;

use super::format::{BLOCK_MAX, BLOCK_SIZE, DatasetFormat, Framing, Header, HeaderSize, LineEnd, Lines};
use super::format::{RECORD_MAX, Recfm};
use super::word::{WORD, Word};
use crate::encoding::CodePage;
use crate::record::{ComputedLength, FieldLength, FieldMap, PositionLength, RecordFormat, RecordLength};

/// Options of a record format, none of them checked. The names are those of the job file's `record:`.
#[derive(Clone, Debug, Default)]
pub struct FormatOptions {
    /// F, FB, V, VB, VS, VBS, U or text; FB if not given.
    pub recfm: Option<String>,
    /// Logical record length; of V and VS with the 4 bytes of the RDW. From the copybook if not given.
    pub lrecl: Option<u64>,
    /// Longest block; of V and VS with the 4 bytes of the BDW.
    pub blksize: Option<u64>,
    /// Form of record descriptor words, see [`Word::parse`].
    pub rdw: Option<String>,
    /// Form of block descriptor words; `true` is `big`, `none` or `false` means that there are none, as when not given.
    pub bdw: Option<String>,
    /// lf, crlf, nel, nel25 or auto.
    pub line_end: Option<String>,
    /// keep or skip.
    pub empty_lines: Option<String>,
    /// Bytes before the first record or block.
    pub skip_head: Option<u64>,
    /// Bytes behind the last one.
    pub skip_tail: Option<u64>,
    /// Bytes of each record before what the copybook describes.
    pub record_skip_head: Option<u64>,
    /// Bytes of each record behind it.
    pub record_skip_tail: Option<u64>,
    /// A header before each record.
    pub header: Option<HeaderOptions>,
    /// `computed`: the copybook and its counters.
    pub length: Option<String>,
    /// The field that holds the length, or that `length_map` looks up.
    pub length_field: Option<String>,
    /// Added to the length that a field or a header states.
    pub length_adjust: Option<i64>,
    /// The length for each text of the field.
    pub length_map: Option<Vec<(String, u64)>>,
    /// Length of the first record, if it differs.
    pub length_first: Option<u64>,
    /// Length of the last record, if it differs.
    pub length_last: Option<u64>,
    /// A rule that the caller made itself (an expression); the options that make one may not be given then.
    pub rule: Option<Arc<dyn RecordLength>>,
}

/// Options of a header before each record; offsets are from 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeaderOptions {
    /// Its bytes.
    pub length: u64,
    /// Offset and value of the byte that marks a record to keep.
    pub keep: Option<(u64, u8)>,
    /// Offset and number of bytes of the length, and true if its low byte comes first.
    pub size: Option<(u64, u64, bool)>,
}

/// Why options cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// The option it is about, as the job file spells it.
    pub option: &'static str,
    /// What is wrong, a sentence.
    pub message: String,
    /// What to do.
    pub hint: String,
}

type Checked<T> = Result<T, OptionError>;

fn error<T>(option: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Checked<T> {
    Err(OptionError { option, message: message.into(), hint: hint.into() })
}

impl FormatOptions {
    /// The record map with the bytes that the copybook does not describe: `record-skip-head` before its fields,
    /// `record-skip-tail` behind them. They stay part of the record, so that no step loses them.
    pub fn window(&self, record: RecordFormat) -> Checked<RecordFormat> {
        let head = bounded("record-skip-head", self.record_skip_head.unwrap_or(0), RECORD_MAX)?;
        let tail = bounded("record-skip-tail", self.record_skip_tail.unwrap_or(0), RECORD_MAX)?;
        if head + tail == 0 {
            return Ok(record);
        }
        let layout = Arc::new(record.layout.within(head, tail));
        Ok(RecordFormat { layout, ..record })
    }

    /// Checks all options together. `record` is the record map (after [`FormatOptions::window`]) if there is one;
    /// without it lengths must be given where the framing does not tell them. Lines come out padded; see
    /// [`DatasetFormat::unpadded`].
    pub fn format(&self, record: Option<&RecordFormat>, page: CodePage) -> Checked<DatasetFormat> {
        let (recfm, blocked) = self.recfm()?;
        self.check_relevant(recfm)?;
        let rdw = self.rdw()?;
        let bdw = self.bdw()?;
        let header = self.header()?;
        let length = self.rule(record)?;
        if let (Some(_), Some(option)) = (&bdw, self.no_blocks_with()) {
            return error(option, format!("{option} and bdw exclude each other"), "leave one of them out");
        }
        let exact = recfm == Recfm::Fixed && length.is_none() && header.is_none_or(|h| h.size.is_none());
        let lrecl = self.lrecl(recfm, exact, rdw, record)?;
        let block_size = self.block_size(recfm, bdw, lrecl)?;
        let framing = Framing {
            rdw,
            bdw,
            blocked,
            block_size,
            lines: self.lines()?,
            header,
            length,
            skip_head: self.skip_head.unwrap_or(0),
            skip_tail: self.skip_tail.unwrap_or(0),
        };
        Ok(DatasetFormat { recfm, lrecl, page, framing })
    }

    fn recfm(&self) -> Checked<(Recfm, bool)> {
        match self.recfm.as_deref() {
            None => Ok((Recfm::Fixed, true)),
            Some(word) => Recfm::parse(word).map_or_else(
                || {
                    error(
                        "recfm",
                        format!("the record format {word} is not known"),
                        "use F, FB, V, VB, VS, VBS, U or text",
                    )
                },
                Ok,
            ),
        }
    }

    /// An option that the record format does not have would do nothing, quietly.
    fn check_relevant(&self, recfm: Recfm) -> Checked<()> {
        use Recfm::{Fixed, Spanned, Text, Undefined, Variable};
        let rules: [(&'static str, bool, &[Recfm]); 13] = [
            ("rdw", self.rdw.is_some(), &[Variable, Spanned]),
            ("bdw", self.bdw.is_some(), &[Fixed, Variable, Spanned, Undefined]),
            ("blksize", self.blksize.is_some(), &[Fixed, Variable, Spanned, Undefined]),
            ("line-end", self.line_end.is_some(), &[Text]),
            ("empty-lines", self.empty_lines.is_some(), &[Text]),
            ("header", self.header.is_some(), &[Fixed]),
            ("length", self.length.is_some(), &[Fixed]),
            ("length-field", self.length_field.is_some(), &[Fixed]),
            ("length-adjust", self.length_adjust.is_some(), &[Fixed]),
            ("length-map", self.length_map.is_some(), &[Fixed]),
            ("length-first", self.length_first.is_some(), &[Fixed]),
            ("length-last", self.length_last.is_some(), &[Fixed]),
            ("length-expression", self.rule.is_some(), &[Fixed]),
        ];
        for (option, given, formats) in rules {
            if given && !formats.contains(&recfm) {
                let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
                return error(
                    option,
                    format!("{option} has no meaning for recfm {}", recfm.name()),
                    format!("it belongs to recfm {}; leave it out", names.join(", ")),
                );
            }
        }
        Ok(())
    }

    fn rdw(&self) -> Checked<Word> {
        self.rdw.as_deref().map_or(Ok(Word::IBM), |text| word("rdw", text))
    }

    fn bdw(&self) -> Checked<Option<Word>> {
        match self.bdw.as_deref().map(str::trim) {
            None | Some("none" | "false") => Ok(None),
            Some("true") => Ok(Some(Word::IBM)),
            Some(text) => word("bdw", text).map(Some),
        }
    }

    fn lines(&self) -> Checked<Lines> {
        let end = match self.line_end.as_deref() {
            None => LineEnd::Auto,
            Some(word) => match LineEnd::parse(word) {
                Some(end) => end,
                None => {
                    let message = format!("the line end {word} is not known");
                    return error("line-end", message, "use lf, crlf, nel (X'15'), nel25 (X'25') or auto");
                }
            },
        };
        let skip_empty = match self.empty_lines.as_deref() {
            None | Some("keep") => false,
            Some("skip") => true,
            Some(word) => {
                let message = format!("'{word}' is not what can be done with empty lines");
                return error("empty-lines", message, "use keep or skip");
            }
        };
        Ok(Lines { end, skip_empty, padded: true })
    }

    fn header(&self) -> Checked<Option<Header>> {
        let Some(options) = self.header else { return Ok(None) };
        let length = bounded("header", options.length, RECORD_MAX)?;
        let inside = |offset: u64, bytes: u64| {
            offset.checked_add(bytes).is_some_and(|end| bytes > 0 && end <= options.length)
        };
        let at = |offset: u64| bounded("header", offset, RECORD_MAX);
        if length == 0 {
            return error("header", "a header has at least one byte", "write its length, or leave it out");
        }
        let keep = match options.keep {
            Some((offset, _)) if !inside(offset, 1) => {
                return error(
                    "header",
                    format!("the keep byte at offset {offset} is not in a header of {length} bytes"),
                    "offsets are from 0",
                );
            }
            Some((offset, value)) => Some((at(offset)?, value)),
            None => None,
        };
        let size = match options.size {
            Some((offset, bytes, _)) if !inside(offset, bytes) || bytes > 4 => {
                return error(
                    "header",
                    format!(
                        "a length of {bytes} bytes at offset {offset} is not in a header of {length} bytes"
                    ),
                    "offsets are from 0; a length has 1 to 4 bytes",
                );
            }
            Some((offset, bytes, little)) => Some(HeaderSize {
                offset: at(offset)?,
                bytes: at(bytes)?,
                little,
                adjust: self.length_adjust.unwrap_or(0),
            }),
            None => None,
        };
        let overlap = keep
            .zip(size)
            .is_some_and(|((at, _), size)| (size.offset..size.offset + size.bytes).contains(&at));
        if overlap {
            return error("header", "the keep byte is part of the length", "check the offsets, from 0");
        }
        Ok(Some(Header { length, keep, size }))
    }

    /// The rule for the length of records without LRECL.
    fn rule(&self, record: Option<&RecordFormat>) -> Checked<Option<Arc<dyn RecordLength>>> {
        let base = self.base_rule(record)?;
        let first = self.length_first.map(|n| bounded("length-first", n, RECORD_MAX)).transpose()?;
        let last = self.length_last.map(|n| bounded("length-last", n, RECORD_MAX)).transpose()?;
        if first.is_none() && last.is_none() {
            return Ok(base);
        }
        let otherwise: Arc<dyn RecordLength> = match (base, self.lrecl) {
            (Some(rule), _) => rule,
            (None, Some(lrecl)) => Arc::new(bounded("lrecl", lrecl, RECORD_MAX)?),
            (None, None) => {
                let option = if first.is_some() { "length-first" } else { "length-last" };
                return error(
                    option,
                    "the length of the other records is not stated",
                    "write lrecl, or a rule for the length",
                );
            }
        };
        Ok(Some(Arc::new(PositionLength { first, last, otherwise })))
    }

    fn base_rule(&self, record: Option<&RecordFormat>) -> Checked<Option<Arc<dyn RecordLength>>> {
        let given = [
            ("length-expression", self.rule.is_some()),
            ("length", self.length.is_some()),
            ("length-field", self.length_field.is_some()),
            ("header", self.header.is_some_and(|header| header.size.is_some())),
        ];
        let mut given = given.into_iter().filter_map(|(option, given)| given.then_some(option));
        if let (Some(one), Some(other)) = (given.next(), given.next()) {
            return error(
                other,
                format!("{one} and {other} both say how long a record is"),
                "leave one of them out",
            );
        }
        if self.length_map.is_some() && self.length_field.is_none() {
            return error("length-map", "length-map lacks the field it looks up", "write length-field");
        }
        if self.length_adjust.is_some()
            && (self.length_map.is_some() || self.length_field.is_none() && self.header.is_none())
        {
            return error(
                "length-adjust",
                "there is no stated length to add to",
                "it goes with a length-field that holds the length, or with a header",
            );
        }
        if let Some(rule) = &self.rule {
            return Ok(Some(Arc::clone(rule)));
        }
        let option = if self.length.is_some() { "length" } else { "length-field" };
        let record = || match record {
            Some(record) => Ok(record),
            None => error(option, format!("{option} needs a copybook"), "name the copybook"),
        };
        match (self.length.as_deref(), self.length_field.as_deref()) {
            (None, None) => Ok(None),
            (Some("computed"), _) => Ok(Some(Arc::new(ComputedLength { format: record()?.clone() }))),
            (Some(word), _) => {
                error("length", format!("'{word}' is not a rule for the length"), "use computed")
            }
            (None, Some(field)) => self.field_rule(record()?, field).map(Some),
        }
    }

    fn field_rule(&self, record: &RecordFormat, field: &str) -> Checked<Arc<dyn RecordLength>> {
        let hint = "name a field that is at the same place in every record (see offhost layout)";
        let named = |message: String| OptionError { option: "length-field", message, hint: hint.to_owned() };
        match &self.length_map {
            None => FieldLength::new(record, field, self.length_adjust.unwrap_or(0))
                .map(|rule| Arc::new(rule) as Arc<dyn RecordLength>)
                .map_err(named),
            Some(map) => {
                let length = |(text, length): &(String, u64)| {
                    Ok((text.clone(), bounded("length-map", *length, RECORD_MAX)?))
                };
                let lengths = map.iter().map(length).collect::<Checked<Vec<_>>>()?;
                FieldMap::new(record, field, lengths)
                    .map(|rule| Arc::new(rule) as Arc<dyn RecordLength>)
                    .map_err(named)
            }
        }
    }

    /// The first option given that does not go with block descriptor words.
    fn no_blocks_with(&self) -> Option<&'static str> {
        let given = [
            ("header", self.header.is_some()),
            ("length", self.length.is_some()),
            ("length-field", self.length_field.is_some()),
            ("length-first", self.length_first.is_some()),
            ("length-last", self.length_last.is_some()),
            ("length-expression", self.rule.is_some()),
        ];
        given.into_iter().find_map(|(option, given)| given.then_some(option))
    }

    /// LRECL as data bytes, checked against the copybook and the limits.
    fn lrecl(&self, recfm: Recfm, exact: bool, rdw: Word, record: Option<&RecordFormat>) -> Checked<usize> {
        let described = record.map(|record| record.layout.length());
        let most = if recfm == Recfm::Variable { rdw.record_max() } else { RECORD_MAX };
        let data = match (self.lrecl, described) {
            (Some(stated), _) => {
                bounded("lrecl", stated, RECORD_MAX + WORD)?.saturating_sub(recfm.word_length())
            }
            // Without a copybook nothing but the framing limits the length.
            (None, None) if exact => {
                return error("lrecl", "the length of the records is not known", "write lrecl");
            }
            (None, None) if recfm == Recfm::Undefined => {
                self.blksize.map_or(Ok(BLOCK_SIZE), |size| bounded("blksize", size, most))?
            }
            (None, None) => most,
            (None, Some(length)) => length,
        };
        if let (Some(stated), Some(length)) = (self.lrecl, described) {
            let fits = if exact { data == length } else { data >= length };
            if !fits {
                let wanted = length + recfm.word_length();
                return error(
                    "lrecl",
                    format!("lrecl {stated} does not fit the copybook, whose records have {length} bytes"),
                    format!("write lrecl: {wanted}, or another copybook (see offhost layout)"),
                );
            }
        }
        if data == 0 {
            return error("lrecl", "a record has at least one byte", "check lrecl and the copybook");
        }
        if data > most {
            let what = if recfm == Recfm::Variable { "a variable record" } else { "a record" };
            return error(
                if self.lrecl.is_some() { "lrecl" } else { "copybook" },
                format!("{what} has at most {most} bytes, these have {data}"),
                "check lrecl and the OCCURS counts of the copybook",
            );
        }
        Ok(data)
    }

    fn block_size(&self, recfm: Recfm, bdw: Option<Word>, lrecl: usize) -> Checked<usize> {
        let around = if recfm.word_length() > 0 { WORD } else { 0 };
        // A spanned record may be longer than a block; a segment has at least a byte.
        let least = match recfm {
            Recfm::Spanned => around + WORD + 1,
            _ => around + recfm.word_length() + lrecl,
        };
        let Some(stated) = self.blksize else {
            return Ok(if recfm == Recfm::Fixed {
                (BLOCK_SIZE / lrecl).max(1) * lrecl
            } else {
                BLOCK_SIZE.max(least)
            });
        };
        let size = bounded("blksize", stated, BLOCK_MAX)?;
        // Where blocks leave no trace the size is only what the dataset's label said.
        if bdw.is_none() && recfm != Recfm::Spanned {
            return Ok(size);
        }
        if recfm == Recfm::Spanned && size > usize::from(u16::MAX) {
            let message = format!("blksize {size} is more than a segment descriptor word can state");
            return error("blksize", message, "write 65535 or less; z/OS allows 32760");
        }
        if size < least {
            return error(
                "blksize",
                format!("blksize {size} is too small for these records"),
                format!("it is at least {least}: descriptor words and the longest record"),
            );
        }
        Ok(size)
    }
}

fn word(option: &'static str, text: &str) -> Checked<Word> {
    Word::parse(text).or_else(|unknown| {
        error(
            option,
            format!("'{unknown}' is not a form of descriptor words"),
            "use big, little or swapped, and after a comma payload (the length does not count the word) or \
             loose (the other two bytes need not be zero)",
        )
    })
}

fn bounded(option: &'static str, value: u64, most: usize) -> Checked<usize> {
    match usize::try_from(value) {
        Ok(value) if value <= most => Ok(value),
        _ => error(option, format!("{option} is {value}, more than {most}"), "check the number"),
    }
}
