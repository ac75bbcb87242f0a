//! A key: its parts, and records' keys as bits.

use std::sync::Arc;

use super::bits::{Narrow, Wide};
use super::keys::Keys;
use super::part::{Form, InvalidKeys, KeyPart, Order, integer_limit, number_form, text_form};
use crate::copybook::{self, CopybookOptions, NumberShape, Shape, SourceFormat};
use crate::decimal::pow10;
use crate::diag::{Diagnostic, Result, Source, Span, codes};
use crate::encoding::CodePage;
use crate::expr::{Compiler, FieldRef, Frame, Scope};
use crate::record::{Block, Origin, RecordFormat};

/// An ordered list of key parts.
#[derive(Clone, Debug, Default)]
pub struct Key {
    parts: Vec<KeyPart>,
    bits: u32,
    /// What stands for the bytes of a part that a record is too short for; such records are errors without it.
    fill: Option<u8>,
}

impl Key {
    /// A key of these parts.
    pub fn new(parts: Vec<KeyPart>) -> Self {
        let bits = parts.iter().map(KeyPart::width).sum();
        Key { parts, bits, fill: None }
    }

    /// The first so many bytes of a record, as they are.
    pub fn of_bytes(length: usize) -> Result<Key> {
        let text = format!("01 RECORD-BYTES PIC X({length}).\n");
        let options = CopybookOptions { format: SourceFormat::Free, ..CopybookOptions::default() };
        let (layout, _) = copybook::parse(&Source::new("bytes of a key", text), &options);
        let Some(layout) = layout else {
            return Err(Diagnostic::error(codes::RUN010, format!("a key of {length} bytes cannot be made"))
                .hint("this is a defect of offhost; please report it"));
        };
        let format = RecordFormat { layout: Arc::new(layout), page: CodePage::default() };
        let scope = Scope::single("RECORD", format);
        let field = Compiler::new(&scope).field(&Span::whole("bytes of a key", "RECORD-BYTES"))?;
        Ok(Key::new(vec![KeyPart::new(field, Order::Ascending)]))
    }

    /// The same key, where missing bytes at the end of short records are taken to be these.
    #[must_use]
    pub fn filled(self, fill: u8) -> Self {
        Key { fill: Some(fill), ..self }
    }

    /// Bytes that a record must have for all parts, as far as their places are known.
    pub fn reach(&self) -> usize {
        self.parts
            .iter()
            .filter_map(|part| part.field.fixed_range())
            .map(|range| range.end)
            .max()
            .unwrap_or(0)
    }

    /// Two keys over different records whose encodings can be compared with each other: corresponding parts are both
    /// numbers (compared by value) or both text (compared after padding). `spans` are the places of the left parts.
    pub fn pair(left: Vec<FieldRef>, right: Vec<FieldRef>, spans: &[Span]) -> Result<(Key, Key)> {
        let mut keys = (Vec::new(), Vec::new());
        for ((a, b), span) in left.into_iter().zip(right).zip(spans) {
            let ((left_form, left_bits), (right_form, right_bits)) = common_form(&a, &b, span)?;
            keys.0.push(KeyPart::with_form(a, left_form, left_bits));
            keys.1.push(KeyPart::with_form(b, right_form, right_bits));
        }
        Ok((Key::new(keys.0), Key::new(keys.1)))
    }

    /// As [`Key::pair`], also for text in different code pages, which is compared in the order of the left one.
    pub fn pair_by_value(left: Vec<FieldRef>, right: Vec<FieldRef>, spans: &[Span]) -> Result<(Key, Key)> {
        let mut keys = (Vec::new(), Vec::new());
        for ((a, b), span) in left.into_iter().zip(right).zip(spans) {
            let (left_page, right_page) = (a.format.page, b.format.page);
            let text = a.number().is_none() && b.number().is_none();
            let across = text && left_page != right_page;
            let ((left_form, left_bits), (right_form, right_bits)) = if across {
                let length = a.length_max().max(b.length_max());
                let table = Arc::new(translation(right_page, left_page));
                (text_form(length, None), text_form(length, Some(table)))
            } else {
                common_form(&a, &b, span)?
            };
            // What is no number has the same bits on both sides only if its bytes are as many.
            let invalid =
                if a.length_max() == b.length_max() { InvalidKeys::Lowest } else { InvalidKeys::Stop };
            keys.0.push(KeyPart::with_form(a, left_form, left_bits).with_invalid(invalid));
            keys.1.push(KeyPart::with_form(b, right_form, right_bits).with_invalid(invalid));
        }
        Ok((Key::new(keys.0), Key::new(keys.1)))
    }

    /// The parts, most significant first.
    pub fn parts(&self) -> &[KeyPart] {
        &self.parts
    }

    /// Bits of an encoded key; the same for every record.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Bytes of an encoded key, the last filled with zero bits.
    pub fn length(&self) -> usize {
        self.bits.div_ceil(8) as usize
    }

    /// True if a key fits into the 128 bits that [`Keys`] compare first.
    pub fn is_narrow(&self) -> bool {
        self.bits <= u128::BITS
    }

    /// Appends the encoded key of the record in this frame.
    #[inline]
    pub fn encode<F: Frame + ?Sized>(&self, frame: &F, out: &mut Vec<u8>) -> Result<()> {
        if self.is_narrow() {
            out.extend_from_slice(&self.encode_narrow(frame)?.to_be_bytes()[..self.length()]);
            return Ok(());
        }
        self.encode_wide(frame, out)
    }

    /// Encodes the keys of a block's records.
    pub fn of_block(&self, block: &Block, dataset: &str) -> Result<Keys> {
        let mut keys = Keys::with_capacity(block.len(), self.length());
        if self.bits == 0 {
            keys.push_empty(block.len());
            return Ok(keys);
        }
        let mut bytes = Vec::with_capacity(self.length());
        let (reach, mut whole) = (self.fill.map_or(0, |_| self.reach()), Vec::new());
        for (slot, mut record) in block.slots() {
            if record.len() < reach {
                whole.clear();
                whole.extend_from_slice(record);
                whole.resize(reach, self.fill.unwrap_or_default());
                record = &whole;
            }
            let frame = BlockFrame { block, dataset, slot, record };
            if self.is_narrow() {
                keys.push_narrow(self.encode_narrow(&frame)?);
            } else {
                bytes.clear();
                self.encode_wide(&frame, &mut bytes)?;
                keys.push_wide(&bytes);
            }
        }
        Ok(keys)
    }

    #[inline]
    fn encode_narrow<F: Frame + ?Sized>(&self, frame: &F) -> Result<u128> {
        let mut sink = Narrow::default();
        self.parts.iter().try_for_each(|part| part.encode(frame, &mut sink))?;
        Ok(sink.aligned(self.bits))
    }

    fn encode_wide<F: Frame + ?Sized>(&self, frame: &F, out: &mut Vec<u8>) -> Result<()> {
        let mut sink = Wide::new(out);
        self.parts.iter().try_for_each(|part| part.encode(frame, &mut sink))?;
        sink.finish();
        Ok(())
    }
}

/// A record of a block, which says where it comes from only when it is asked.
struct BlockFrame<'a> {
    block: &'a Block,
    dataset: &'a str,
    slot: u32,
    record: &'a [u8],
}

impl Frame for BlockFrame<'_> {
    #[inline]
    fn record(&self, _slot: usize) -> &[u8] {
        self.record
    }

    fn origin(&self, _slot: usize) -> Origin<'_> {
        self.block.origin(self.dataset, self.slot)
    }
}

type FormBits = (Form, u32);

/// The byte of the page `to` for each byte of the page `from`. No two bytes become one: those whose character the other page
/// does not have take the bytes that are left.
fn translation(from: CodePage, to: CodePage) -> [u8; 256] {
    let mut table = [None; 256];
    let mut taken = [false; 256];
    for byte in 0..=255u8 {
        if let Some(found) = to.byte(from.char(byte)).filter(|found| !taken[usize::from(*found)]) {
            table[usize::from(byte)] = Some(found);
            taken[usize::from(found)] = true;
        }
    }
    let mut left = (0..=255u8).filter(|byte| !taken[usize::from(*byte)]);
    table.map(|found| found.or_else(|| left.next()).unwrap_or_default())
}

fn common_form(a: &FieldRef, b: &FieldRef, span: &Span) -> Result<(FormBits, FormBits)> {
    let refuse = |why: String| {
        Err(Diagnostic::error(codes::JOB015, why)
            .at(span, format!("{} against {}", a.name(), b.name()))
            .hint("match numbers with numbers and text with text of the same code page"))
    };
    match (a.number(), b.number()) {
        (None, None) if a.format.page != b.format.page => {
            refuse(format!("{} and {} are in different code pages", a.name(), b.name()))
        }
        (None, None) => match (a.shape, b.shape) {
            (Shape::Float(x), Shape::Float(y)) if x == y => {
                let part = KeyPart::new(a.clone(), super::Order::Ascending);
                Ok(((part.form.clone(), part.bits), (part.form, part.bits)))
            }
            (Shape::Float(_), _) | (_, Shape::Float(_)) => {
                refuse(format!("{} and {} are not both floating point of one length", a.name(), b.name()))
            }
            _ => {
                let form = text_form(a.length_max().max(b.length_max()), None);
                Ok((form.clone(), form))
            }
        },
        (Some(x), Some(y)) => {
            let scale = i16::from(x.scale.max(y.scale));
            let raised = |shape: NumberShape| {
                let raise = u32::try_from(scale - i16::from(shape.scale)).ok()?;
                integer_limit(shape).checked_mul(pow10(raise)?).filter(|limit| *limit < i128::MAX / 4)
            };
            match (raised(x), raised(y)) {
                (Some(p), Some(q)) => {
                    let (limit, signed) = (p.max(q), x.signed || y.signed);
                    Ok((number_form(x, scale, limit, signed), number_form(y, scale, limit, signed)))
                }
                _ => refuse(format!("{} and {} together have more than 37 digits", a.name(), b.name())),
            }
        }
        (Some(_), None) => refuse(format!("{} is a number, {} is text", a.name(), b.name())),
        (None, Some(_)) => refuse(format!("{} is text, {} is a number", a.name(), b.name())),
    }
}
