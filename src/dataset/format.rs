//! Record formats.

use std::sync::Arc;

use super::word::Word;
use crate::encoding::CodePage;
use crate::record::RecordLength;

/// Longest record. The mainframe's limit is 32,760 (spanned records may be longer); a mebibyte leaves room for what
/// never was on one.
pub const RECORD_MAX: usize = 1 << 20;
/// Longest block, and the most bytes of a file that one record may be scattered over.
pub const BLOCK_MAX: usize = 1 << 24;
/// Block size if none is stated: the largest that z/OS allows without the large block interface.
pub const BLOCK_SIZE: usize = 32_760;

/// How records lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recfm {
    /// F, FB: end to end, nothing around them that says so; all of LRECL bytes, or as long as a rule says.
    Fixed,
    /// V, VB: each after a record descriptor word (DFSMS Using Data Sets, "Format-V records").
    Variable,
    /// VS, VBS: each in one or more segments, each segment after a segment descriptor word ("Spanned format-VS
    /// records").
    Spanned,
    /// U: each a block; where block lengths are lost, pieces of one length and a shorter last one.
    Undefined,
    /// Lines (line sequential).
    Text,
}

impl Recfm {
    /// The format that the option's word means, and true if blocks hold several records.
    pub fn parse(word: &str) -> Option<(Recfm, bool)> {
        match word.to_ascii_uppercase().as_str() {
            "F" => Some((Recfm::Fixed, false)),
            "FB" => Some((Recfm::Fixed, true)),
            "V" => Some((Recfm::Variable, false)),
            "VB" => Some((Recfm::Variable, true)),
            "VS" => Some((Recfm::Spanned, false)),
            "VBS" => Some((Recfm::Spanned, true)),
            "U" => Some((Recfm::Undefined, false)),
            "TEXT" => Some((Recfm::Text, false)),
            _ => None,
        }
    }

    /// The word that reports show.
    pub fn name(self) -> &'static str {
        match self {
            Recfm::Fixed => "FB",
            Recfm::Variable => "VB",
            Recfm::Spanned => "VBS",
            Recfm::Undefined => "U",
            Recfm::Text => "text",
        }
    }

    /// Bytes of a descriptor word, which LRECL counts where records have one.
    pub fn word_length(self) -> usize {
        match self {
            Recfm::Variable | Recfm::Spanned => super::word::WORD,
            Recfm::Fixed | Recfm::Undefined | Recfm::Text => 0,
        }
    }
}

/// Everything framing needs to know.
#[derive(Clone, Debug)]
pub struct DatasetFormat {
    /// Record format.
    pub recfm: Recfm,
    /// Logical record length in bytes: exact for F without a rule; for the others the longest data part (without the
    /// descriptor word). Padded lines are padded to it, U without blocks is cut into pieces of it.
    pub lrecl: usize,
    /// Code page, for the blank that pads lines and for their ends.
    pub page: CodePage,
    /// What is around the records.
    pub framing: Framing,
}

/// What is around the records of a file, and what says how long they are.
#[derive(Clone, Debug)]
pub struct Framing {
    /// Form of record and segment descriptor words.
    pub rdw: Word,
    /// Form of block descriptor words, if the file has them.
    pub bdw: Option<Word>,
    /// True if a block holds several records (FB, VB, VBS); else each record begins a block.
    pub blocked: bool,
    /// Longest block when writing: of V with its descriptor words, of F and U without.
    pub block_size: usize,
    /// Lines of a text.
    pub lines: Lines,
    /// A header of its own kind before each record.
    pub header: Option<Header>,
    /// What says how long a record of F is, if not LRECL.
    pub length: Option<Arc<dyn RecordLength>>,
    /// Bytes before the first record or block.
    pub skip_head: u64,
    /// Bytes behind the last record or block.
    pub skip_tail: u64,
}

/// How lines are read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// What ends a line.
    pub end: LineEnd,
    /// True if empty lines are no records.
    pub skip_empty: bool,
    /// True if records are padded with blanks to LRECL when read, and written without the blanks at their end.
    pub padded: bool,
}

/// What ends a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineEnd {
    /// In ASCII X'0A' or X'0D0A', each line as it is. In EBCDIC the first of X'15', X'25' and X'0A' that is in the file.
    /// Written are X'0A' and X'15'.
    #[default]
    Auto,
    /// X'0A'.
    Lf,
    /// X'0D0A'.
    CrLf,
    /// X'15', the new line of EBCDIC.
    Nel,
    /// X'25', the line feed of EBCDIC.
    Nel25,
}

impl LineEnd {
    /// The line end that the option's word means.
    pub fn parse(word: &str) -> Option<LineEnd> {
        match word.to_ascii_lowercase().as_str() {
            "auto" => Some(LineEnd::Auto),
            "lf" => Some(LineEnd::Lf),
            "crlf" => Some(LineEnd::CrLf),
            "nel" => Some(LineEnd::Nel),
            "nel25" => Some(LineEnd::Nel25),
            _ => None,
        }
    }

    /// The option's word.
    pub fn name(self) -> &'static str {
        match self {
            LineEnd::Auto => "auto",
            LineEnd::Lf => "lf",
            LineEnd::CrLf => "crlf",
            LineEnd::Nel => "nel",
            LineEnd::Nel25 => "nel25",
        }
    }

    /// The bytes written behind a line.
    pub fn bytes(self, page: CodePage) -> &'static [u8] {
        match self {
            LineEnd::Auto if page.is_ebcdic() => &[0x15],
            LineEnd::Auto | LineEnd::Lf => b"\n",
            LineEnd::CrLf => b"\r\n",
            LineEnd::Nel => &[0x15],
            LineEnd::Nel25 => &[0x25],
        }
    }
}

/// A header before each record that is no descriptor word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its bytes.
    pub length: usize,
    /// Only records whose header has this value at this offset are records; others are skipped.
    pub keep: Option<(usize, u8)>,
    /// Where it holds the length of the data; without it every record has LRECL bytes.
    pub size: Option<HeaderSize>,
}

/// The length in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderSize {
    /// First byte.
    pub offset: usize,
    /// Number of bytes, 1 to 4.
    pub bytes: usize,
    /// True if the low byte comes first.
    pub little: bool,
    /// Added to it to get the bytes of data.
    pub adjust: i64,
}

impl DatasetFormat {
    /// The usual form of a record format: big-endian RDWs that count themselves, no BDWs, lines padded to LRECL.
    pub fn new(recfm: Recfm, lrecl: usize, page: CodePage) -> Self {
        DatasetFormat { recfm, lrecl, page, framing: Framing::default() }
    }

    /// The length of every record, if they all have one.
    pub fn fixed_length(&self) -> Option<usize> {
        let framing = &self.framing;
        let fixed = match self.recfm {
            Recfm::Fixed => framing.length.is_none() && framing.header.is_none_or(|h| h.size.is_none()),
            Recfm::Text => framing.lines.padded,
            Recfm::Variable | Recfm::Spanned | Recfm::Undefined => false,
        };
        fixed.then_some(self.lrecl)
    }

    /// True if records of one are records of the other: equal in length or both variable, and in one code page. How they
    /// lie in their files does not matter.
    pub fn holds_same(&self, other: &DatasetFormat) -> bool {
        (self.fixed_length(), self.lrecl, self.page) == (other.fixed_length(), other.lrecl, other.page)
    }

    /// True if records lie end to end with nothing between them.
    pub fn is_plain_fixed(&self) -> bool {
        let framing = &self.framing;
        self.recfm == Recfm::Fixed
            && framing.bdw.is_none()
            && framing.header.is_none()
            && framing.length.is_none()
    }

    /// True if records come back from a file of this format just as they were written, so that memory can take its place.
    pub fn comes_back_as_written(&self) -> bool {
        self.is_plain_fixed() || self.recfm == Recfm::Variable && self.framing.bdw.is_none()
    }

    /// The format for a new dataset of such records: the bytes around the whole of a file belong to that file alone.
    #[must_use]
    pub fn for_new_file(mut self) -> Self {
        self.framing.skip_head = 0;
        self.framing.skip_tail = 0;
        self
    }

    /// The format for a dataset that only steps of a run see: the plainest that holds such records.
    #[must_use]
    pub fn for_temporary(&self) -> Self {
        let recfm = match self.fixed_length() {
            Some(_) => Recfm::Fixed,
            None if self.lrecl <= Word::IBM.record_max() => Recfm::Variable,
            None => Recfm::Spanned,
        };
        DatasetFormat::new(recfm, self.lrecl, self.page)
    }

    /// The format with lines as they are instead of padded to LRECL, which becomes their greatest length.
    #[must_use]
    pub fn unpadded(mut self) -> Self {
        self.framing.lines.padded = false;
        self
    }
}

impl Default for Framing {
    fn default() -> Self {
        Framing {
            rdw: Word::IBM,
            bdw: None,
            blocked: true,
            block_size: BLOCK_SIZE,
            lines: Lines { end: LineEnd::Auto, skip_empty: false, padded: true },
            header: None,
            length: None,
            skip_head: 0,
            skip_tail: 0,
        }
    }
}

impl Header {
    /// True if what follows this header is a record to keep.
    #[inline]
    pub fn keeps(&self, header: &[u8]) -> bool {
        self.keep.is_none_or(|(offset, value)| header.get(offset) == Some(&value))
    }

    /// Bytes of data behind a header; `None` if they would be fewer than none.
    #[inline]
    pub fn data(&self, header: &[u8], lrecl: usize) -> Option<usize> {
        let Some(size) = self.size else { return Some(lrecl) };
        let field = header.get(size.offset..size.offset + size.bytes)?;
        let fold = |value: i64, byte: &u8| value << 8 | i64::from(*byte);
        let value = if size.little { field.iter().rev().fold(0, fold) } else { field.iter().fold(0, fold) };
        usize::try_from(value + size.adjust).ok()
    }

    /// The header of a record of so many bytes, all else zero; `None` if its field cannot hold the length.
    pub fn of(&self, data: usize) -> Option<Vec<u8>> {
        let mut header = vec![0; self.length];
        if let Some((offset, value)) = self.keep {
            *header.get_mut(offset)? = value;
        }
        if let Some(size) = self.size {
            let value = u64::try_from(i64::try_from(data).ok()? - size.adjust).ok()?;
            if value >> (8 * size.bytes) != 0 {
                return None;
            }
            let field = header.get_mut(size.offset..size.offset + size.bytes)?;
            field.copy_from_slice(&value.to_be_bytes()[8 - size.bytes..]);
            if size.little {
                field.reverse();
            }
        }
        Some(header)
    }
}
