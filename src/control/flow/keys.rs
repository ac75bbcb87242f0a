//! Control fields as keys of the sorter.

use std::sync::Arc;

use super::Shape;
use crate::control::operate::Setting;
use crate::control::syntax::SortField;
use crate::copybook::{self, CopybookOptions, SourceFormat};
use crate::diag::{DataPlace, Diagnostic, Result, Source, Span, codes};
use crate::encoding::CodePage;
use crate::expr::{Compiler, FieldRef, Scope};
use crate::key::{FormatContext, InvalidKeys, Key, KeyPart, KeyedBlock, Keys, Order, SortFormat};
use crate::record::{Block, RecordFormat};

/// The name that control fields have as fields of a record.
const NAME: &str = "RECORD-BYTES";

/// How keys of blocks are made.
#[derive(Clone, Debug)]
pub(super) struct Keying {
    pub key: Key,
    /// Bytes that a record must have; 0 if short ones are filled.
    reach: usize,
}

impl Keying {
    /// No key: records stay in the order in which they come.
    pub fn none() -> Self {
        Keying { key: Key::default(), reach: 0 }
    }

    /// The key that control fields make. With `fill`, missing bytes of short records are these.
    pub fn new(
        fields: &[SortField],
        chalt: bool,
        fill: Option<u8>,
        setting: &Setting,
        shape: Shape,
    ) -> Result<Self> {
        let record = Bytes::new(shape.length.max(1), setting.page)?;
        let parts = fields.iter().map(|field| part(field, chalt, setting, &record));
        let key = Key::new(parts.collect::<Result<_>>()?);
        let reach = if fill.is_none() && shape.variable { key.reach() } else { 0 };
        Ok(Keying { key: fill.map_or(key.clone(), |fill| key.filled(fill)), reach })
    }

    /// The block with its keys.
    pub fn keyed(&self, mut block: Block, dd: &str) -> Result<KeyedBlock> {
        block.note_fingerprint();
        if self.key.bits() == 0 {
            return Ok(KeyedBlock { block, keys: Keys::default() });
        }
        if self.reach > 0
            && let Some((slot, record)) = block.slots().find(|(_, record)| record.len() < self.reach)
        {
            return Err(self.short(&block, slot, record, dd));
        }
        let keys = self.key.of_block(&block, dd)?;
        Ok(KeyedBlock { block, keys })
    }

    fn short(&self, block: &Block, slot: u32, record: &[u8], dd: &str) -> Box<Diagnostic> {
        let place = DataPlace { dataset: dd.to_owned(), bytes: record.to_vec(), ..DataPlace::default() };
        let _ = (block, slot);
        Diagnostic::error(
            codes::CTL104,
            format!(
                "a record of {} bytes is too short for the control fields, which reach to byte {}",
                record.len(),
                self.reach
            ),
        )
        .in_data(place)
        .note("ICE015A VARIABLE RECORD TOO SHORT")
        .hint("OPTION VLSHRT sorts short records as if they went on with X'00'")
    }
}

/// The key that control fields make of records of a shape; short records are filled.
pub(in crate::control) fn key_of(fields: &[SortField], setting: &Setting, shape: Shape) -> Result<Key> {
    Keying::new(fields, false, Some(0), setting, shape).map(|keying| keying.key)
}

/// A record as one field of so many bytes, of which control fields are parts.
struct Bytes {
    scope: Scope,
    length: usize,
}

impl Bytes {
    fn new(length: usize, page: CodePage) -> Result<Self> {
        let text = format!("01 {NAME} PIC X({length}).\n");
        let options = CopybookOptions { format: SourceFormat::Free, ..CopybookOptions::default() };
        let (layout, diagnostics) = copybook::parse(&Source::new("control fields", text), &options);
        let Some(layout) = layout else {
            let why = diagnostics.list().first().map(|first| first.message.clone()).unwrap_or_default();
            return Err(Diagnostic::error(codes::RUN010, format!("a record of {length} bytes: {why}"))
                .hint("this is a defect of offhost; please report it"));
        };
        let format = RecordFormat { layout: Arc::new(layout), page };
        Ok(Bytes { scope: Scope::single("RECORD", format), length })
    }

    /// Bytes from a position (from 1).
    fn field(&self, position: u32, length: u32) -> Result<FieldRef> {
        let text = format!("{NAME}({position}:{length})");
        Compiler::new(&self.scope).field(&Span::whole("control fields", text))
    }
}

fn part(field: &SortField, chalt: bool, setting: &Setting, record: &Bytes) -> Result<KeyPart> {
    let has_bits = field.bit > 0 || field.bits > 0;
    let bits = u32::from(field.bit) + u32::from(field.bits);
    let length = field.length + bits.div_ceil(8);
    let end = u64::from(field.position) + u64::from(length);
    if field.position == 0 || length == 0 || end - 1 > record.length as u64 {
        return Err(outside(field, end - 1, record.length));
    }
    let bytes = record.field(field.position, length)?;
    let order = if field.descending { Order::Descending } else { Order::Ascending };
    let made = if has_bits {
        KeyPart::with_bits(bytes, order, u32::from(field.bit), field.length * 8 + u32::from(field.bits))
    } else {
        let context = FormatContext {
            alternate: Some(Arc::new(setting.altseq.as_deref().copied().unwrap_or_else(identity))),
            century: u16::try_from(setting.century).unwrap_or_default(),
        };
        let altered = chalt && field.format == SortFormat::Character;
        let format = if altered { SortFormat::Alternate } else { field.format };
        KeyPart::with_format(bytes, order, format, &context)
    };
    let made = made.map_err(|why| {
        Diagnostic::error(codes::CTL103, format!("this cannot be a control field: {why}"))
            .at(&field.span, "")
            .note("ICE018A INVALID OR MISSING FIELD FORMAT")
            .hint("choose a format that goes with the length of the field")
    })?;
    // A sort validates nothing: what is no number goes to the end, in the order of its bytes.
    Ok(made.with_invalid(InvalidKeys::Highest))
}

fn identity() -> [u8; 256] {
    std::array::from_fn(|byte| byte as u8)
}

fn outside(field: &SortField, end: u64, length: usize) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::CTL103,
        format!("the control field reaches to byte {end}, but records have {length} bytes there"),
    )
    .at(&field.span, "")
    .note("ICE021A FIELD OUTSIDE RANGE")
    .hint("positions are those after INREC; of variable-length records the data begin at 5")
}
