//! What can be typed to look at records.

use std::path::PathBuf;

use clap::Args;

use super::copybook::CopybookArgs;
use super::data::{FramingArgs, MeaningArgs, WantedArgs, read_options};
use crate::convert::ReadOptions;

const EXAMPLES: &str = "\
Examples:
  offhost cat cust.dat -c cust.cpy                             the records, a screen at a time
  offhost cat cust.dat -c cust.cpy --where \"BALANCE < 0\" --across --fields ID,NAME,BALANCE
  offhost cat cust.dat -c cust.cpy --skip 41 --take 1 --hex    record 42 with the bytes of every field
  offhost cat r.dat -c r.cpy --view \"DETAIL: TYPE = 'D'\"       a redefinition that is shown only where it applies
  offhost cat tx.vb -c tx.cpy --recfm V --record \"HDR: TYPE = 'H'\" --record \"DTL: TYPE = 'D'\"
  offhost cat cust.dat --lrecl 300                             without a copybook: bytes and characters
  offhost cat cust.dat -c cust.cpy -v --offsets --no-pager     PICTURE, USAGE and place of every field

A number that is none is shown as ?? and its bytes, whatever --bad-numbers says, and never ends the reading; in a view of
storage beside the one that counts it is shown as `..` and its bytes. A byte that is no printable character is shown as
\u{2039}HH\u{203A}. For programs there are JSON Lines: offhost convert DATA -c COPYBOOK --to jsonl.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Cat {
    /// The file to look at.
    pub input: PathBuf,
    /// The copybook of its records; without one their bytes are shown.
    #[arg(short, long, value_name = "FILE", help_heading = "Copybook")]
    pub copybook: Option<PathBuf>,
    #[command(flatten)]
    pub source: CopybookArgs,
    #[command(flatten)]
    pub framing: FramingArgs,
    #[command(flatten)]
    pub meaning: MeaningArgs,
    #[command(flatten)]
    pub wanted: WantedArgs,
    #[command(flatten)]
    pub look: LookArgs,
}

/// How records are laid out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Look")]
pub(in crate::cli) struct LookArgs {
    /// A line a field; so it is if the fields of a record do not fit across.
    #[arg(long, conflicts_with = "across")]
    pub down: bool,
    /// A line a record, a column a field.
    #[arg(long)]
    pub across: bool,
    /// The bytes of every field too.
    #[arg(long)]
    pub hex: bool,
    /// The place of every field in its record (OFFSET+LENGTH); across: of every record in its file.
    #[arg(long)]
    pub offsets: bool,
    /// Only the number of records.
    #[arg(long, conflicts_with_all = ["down", "across"])]
    pub count: bool,
    /// Straight to the terminal, without $PAGER.
    #[arg(long)]
    pub no_pager: bool,
    /// Refused: the records as JSON Lines come from `convert`.
    #[arg(long, hide = true)]
    pub json: bool,
}

impl Cat {
    /// The options as the library takes them. No number that is none ends the reading.
    pub fn options(&self) -> ReadOptions {
        let options = read_options(&self.framing, &self.meaning, Some(&self.wanted));
        ReadOptions { bad_numbers: Some("raw".to_owned()), ..options }
    }
}
