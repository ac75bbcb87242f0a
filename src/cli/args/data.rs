//! What can be typed about a data file: shared by the verbs that read one.

use std::path::PathBuf;

use clap::Args;

use super::copybook::CopybookArgs;
use crate::convert::ReadOptions;
use crate::dataset::{FormatOptions, HeaderOptions};

/// A data file and how it is to be read.
#[derive(Debug, Args)]
pub(in crate::cli) struct DataArgs {
    /// The copybook of its records.
    #[arg(short, long, value_name = "FILE", help_heading = "Copybook")]
    pub copybook: PathBuf,
    #[command(flatten)]
    pub source: CopybookArgs,
    #[command(flatten)]
    pub framing: FramingArgs,
    #[command(flatten)]
    pub meaning: MeaningArgs,
}

/// What is around the records.
#[derive(Debug, Args)]
#[command(next_help_heading = "Record format")]
pub(in crate::cli) struct FramingArgs {
    /// F, FB, V, VB, VS, VBS, U or text; FB if not given.
    #[arg(long, value_name = "RECFM")]
    pub recfm: Option<String>,
    /// Record length; of V and VS with the 4 bytes of the RDW. From the copybook if not given.
    #[arg(long, value_name = "BYTES")]
    pub lrecl: Option<u64>,
    /// Longest block; of V and VS with the 4 bytes of the BDW.
    #[arg(long, value_name = "BYTES")]
    pub blksize: Option<u64>,
    /// Record descriptor words: big or little, and `,payload` if the length does not count them.
    #[arg(long, value_name = "FORM")]
    pub rdw: Option<String>,
    /// Block descriptor words, in the same words; there are none if not given.
    #[arg(long, value_name = "FORM")]
    pub bdw: Option<String>,
    /// End of lines: auto, lf, crlf, nel (X'15') or nel25 (X'25').
    #[arg(long, value_name = "END")]
    pub line_end: Option<String>,
    /// Empty lines: keep or skip.
    #[arg(long, value_name = "WHAT")]
    pub empty_lines: Option<String>,
    /// Bytes of the file before the first record.
    #[arg(long, value_name = "BYTES")]
    pub skip_head: Option<u64>,
    /// Bytes of the file behind the last record.
    #[arg(long, value_name = "BYTES")]
    pub skip_tail: Option<u64>,
    /// Bytes of each record before what the copybook describes.
    #[arg(long, value_name = "BYTES")]
    pub record_skip_head: Option<u64>,
    /// Bytes of each record behind what the copybook describes.
    #[arg(long, value_name = "BYTES")]
    pub record_skip_tail: Option<u64>,
    /// A header before each record: `length=5,keep=0:1,size=3:1` (keep=OFFSET:VALUE marks a record, size=OFFSET:BYTES[:little]
    /// holds its length).
    #[arg(long, value_name = "HEADER", value_parser = header)]
    pub header: Option<HeaderOptions>,
    /// `computed`: a record ends where the copybook and its counters say.
    #[arg(long, value_name = "RULE")]
    pub length: Option<String>,
    /// The field that holds the length of the record.
    #[arg(long, value_name = "FIELD")]
    pub length_field: Option<String>,
    /// Added to the length that a field or a header states.
    #[arg(long, value_name = "BYTES", allow_hyphen_values = true)]
    pub length_adjust: Option<i64>,
    /// The length for each text of the field: `A=40,B=72`.
    #[arg(long, value_name = "TEXT=BYTES,..", value_parser = lengths)]
    pub length_map: Option<std::vec::Vec<(String, u64)>>,
    /// The length as an expression on fields: `A-LEN + B-LEN + 8`.
    #[arg(long, value_name = "EXPRESSION")]
    pub length_expression: Option<String>,
    /// Length of the first record, if it differs.
    #[arg(long, value_name = "BYTES")]
    pub length_first: Option<u64>,
    /// Length of the last record, if it differs.
    #[arg(long, value_name = "BYTES")]
    pub length_last: Option<u64>,
}

/// What the bytes mean beyond the copybook.
#[derive(Debug, Args)]
#[command(next_help_heading = "Meaning of the bytes")]
pub(in crate::cli) struct MeaningArgs {
    /// Code page: cp037, cp1047, cp273, ascii ...
    #[arg(long, value_name = "PAGE", default_value = "cp037")]
    pub code_page: String,
    /// Code page of a field or group; may be given several times.
    #[arg(long, value_name = "FIELD=PAGE", value_parser = pair)]
    pub field_page: Vec<(String, String)>,
    /// Kinds of records: `NAME: CONDITION`, asked in turn, where the condition may be first, last or otherwise; NAME alone takes
    /// all that are left. NAME is a 01 level, or a view that makes the difference.
    #[arg(long = "record", value_name = "NAME: CONDITION")]
    pub records: Vec<String>,
    /// A redefinition (or the item redefined) that is there only if the condition holds.
    #[arg(long = "view", value_name = "NAME: CONDITION")]
    pub views: Vec<String>,
    /// A kind of record whose parent is the last record of another kind, known by its key.
    #[arg(long = "parent", value_name = "CHILD: PARENT(KEY)")]
    pub parents: Vec<String>,
    /// Tables with DEPENDING ON: `counted` take the room of their occurrences, `maximum` all of it.
    #[arg(long, value_name = "ROOM")]
    pub odo: Option<String>,
    /// A table whose counter is a text: `TABLE:A=0,B=1`.
    #[arg(long = "counter", value_name = "TABLE:TEXT=N,..")]
    pub counters: Vec<String>,
    /// Numbers that are none: error (stop), null, zero or raw (X'..'); for a class of them blank=, low=, high= or invalid=.
    #[arg(long, value_name = "POLICY,..")]
    pub bad_numbers: Option<String>,
    /// A sign in an unsigned field: plus (a plus is no error), error, or accept.
    #[arg(long, value_name = "WHAT")]
    pub unsigned_sign: Option<String>,
    /// Blanks around the digits of DISPLAY numbers do not count.
    #[arg(long)]
    pub zoned_blanks: bool,
    /// Sign letters of zoned numbers in ASCII: ibm ({A-I }J-R), mf (p-y), realia, strict, or the EBCDIC page the text came from.
    #[arg(long, value_name = "LETTERS")]
    pub overpunch: Option<String>,
    /// Numeric-edited fields: the number they show, lenient (as other programs may write it), or their text.
    #[arg(long, value_name = "number|lenient|text")]
    pub edited: Option<String>,
    /// COMP-1 and COMP-2: ibm-hex, ibm-hex-le, ieee-be or ieee-le.
    #[arg(long, value_name = "FORM")]
    pub float: Option<String>,
    /// Byte order of PIC N: big or little.
    #[arg(long, value_name = "ORDER")]
    pub national: Option<String>,
}

/// Which records and fields are wanted.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is wanted")]
pub(in crate::cli) struct WantedArgs {
    /// Only these fields (a group means all that is in it).
    #[arg(long, value_name = "FIELD,..", value_delimiter = ',')]
    pub fields: Vec<String>,
    /// Unnamed fields (FILLER) too.
    #[arg(long)]
    pub filler: bool,
    /// Only records for which this holds: a COBOL condition on fields.
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// Leave out so many records at the start.
    #[arg(long, value_name = "RECORDS", default_value_t = 0)]
    pub skip: u64,
    /// At most so many records.
    #[arg(long, value_name = "RECORDS")]
    pub take: Option<u64>,
}

impl DataArgs {
    /// The options as the library takes them.
    pub fn options(&self, wanted: Option<&WantedArgs>) -> ReadOptions {
        read_options(&self.framing, &self.meaning, wanted)
    }
}

/// The options of a file, whether or not it has a copybook.
pub(in crate::cli) fn read_options(
    framing: &FramingArgs,
    meaning: &MeaningArgs,
    wanted: Option<&WantedArgs>,
) -> ReadOptions {
    ReadOptions {
        format: framing.options(),
        length_expression: framing.length_expression.clone(),
        code_page: Some(meaning.code_page.clone()),
        field_pages: meaning.field_page.clone(),
        overpunch: meaning.overpunch.clone(),
        float: meaning.float.clone(),
        national: meaning.national.clone(),
        odo: meaning.odo.clone(),
        counters: meaning.counters.clone(),
        bad_numbers: meaning.bad_numbers.clone(),
        zoned_blanks: meaning.zoned_blanks,
        unsigned_sign: meaning.unsigned_sign.clone(),
        edited: meaning.edited.clone(),
        records: meaning.records.clone(),
        views: meaning.views.clone(),
        parents: meaning.parents.clone(),
        fields: wanted.map(|wanted| wanted.fields.clone()).unwrap_or_default(),
        fillers: wanted.is_some_and(|wanted| wanted.filler),
    }
}

impl FramingArgs {
    /// The options as the library takes them.
    pub fn options(&self) -> FormatOptions {
        FormatOptions {
            recfm: self.recfm.clone(),
            lrecl: self.lrecl,
            blksize: self.blksize,
            rdw: self.rdw.clone(),
            bdw: self.bdw.clone(),
            line_end: self.line_end.clone(),
            empty_lines: self.empty_lines.clone(),
            skip_head: self.skip_head,
            skip_tail: self.skip_tail,
            record_skip_head: self.record_skip_head,
            record_skip_tail: self.record_skip_tail,
            header: self.header,
            length: self.length.clone(),
            length_field: self.length_field.clone(),
            length_adjust: self.length_adjust,
            length_map: self.length_map.clone(),
            length_first: self.length_first,
            length_last: self.length_last,
            rule: None,
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write FIELD=PAGE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn lengths(text: &str) -> Result<Vec<(String, u64)>, String> {
    let one = |pair: &str| {
        let (text, bytes) = pair.split_once('=')?;
        Some((text.trim().to_owned(), bytes.trim().parse().ok()?))
    };
    text.split(',').map(one).collect::<Option<_>>().ok_or_else(|| "write TEXT=BYTES,TEXT=BYTES".to_owned())
}

/// `length=5,keep=0:1,size=3:1:little`.
fn header(text: &str) -> Result<HeaderOptions, String> {
    let bad = |part: &str| format!("`{part}` is not understood; write length=5,keep=0:1,size=3:1");
    let mut options = HeaderOptions::default();
    for part in text.split(',') {
        let (name, value) = part.split_once('=').ok_or_else(|| bad(part))?;
        let numbers: Vec<&str> = value.split(':').collect();
        let number =
            |at: usize| numbers.get(at).and_then(|text| text.parse::<u64>().ok()).ok_or_else(|| bad(part));
        match (name, numbers.len()) {
            ("length", 1) => options.length = number(0)?,
            ("keep", 2) => {
                options.keep = Some((number(0)?, u8::try_from(number(1)?).map_err(|_| bad(part))?))
            }
            ("size", 2) => options.size = Some((number(0)?, number(1)?, false)),
            ("size", 3) if numbers[2] == "little" => options.size = Some((number(0)?, number(1)?, true)),
            _ => return Err(bad(part)),
        }
    }
    Ok(options)
}
