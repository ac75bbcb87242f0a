//! INSPECT: characters of a text counted, replaced and converted (Language Reference, "INSPECT statement").

use std::borrow::Cow;
use std::ops::Range;

use super::arithmetic::Fault;
use super::compile::Compiler;
use super::fields::See;
use super::function::TextPart;
use super::operand::FieldRef;
use super::phrase::{self, How, Phrase, Region};
use super::scope::Frame;
use super::syntax::{Node, NodeKind};
use crate::copybook::{NumberShape, Shape, SignPlace, Usage};
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::{CodePage, zoned};

/// A compiled INSPECT. Tallying comes first, then replacing, then converting.
#[derive(Clone, Debug, Default)]
pub struct Inspect {
    tallying: Vec<Item>,
    replacing: Vec<Item>,
    converting: Option<Item>,
    counters: usize,
    /// Where a number has its sign, and its code page.
    sign: Option<(SignPlace, CodePage)>,
}

#[derive(Clone, Debug)]
struct Item {
    how: How,
    what: TextPart,
    by: TextPart,
    /// True if `by` is as long as it has to be.
    fills: bool,
    /// The number of the counter.
    counter: usize,
    before: Option<TextPart>,
    after: Option<TextPart>,
}

/// An item with its texts at hand, and the part of the text that it is about.
struct Ready<'f> {
    how: How,
    what: Cow<'f, [u8]>,
    by: Cow<'f, [u8]>,
    counter: usize,
    range: Range<usize>,
    over: bool,
}

impl Compiler<'_> {
    /// Checks that a field is one that INSPECT may look into: text, or the digits of a number of USAGE DISPLAY.
    pub fn inspected(&self, field: &FieldRef, span: &Span) -> Result<Inspect> {
        if let Shape::Number(NumberShape { usage: Usage::Zoned(place), signed, .. }) = field.shape {
            let sign = signed.then_some((place, field.format.page));
            return Ok(Inspect { sign, ..Inspect::default() });
        }
        let node = Node { kind: super::parse(span)?.kind, span: span.clone() };
        self.part(&node, field.format.page)?;
        Ok(Inspect::default())
    }

    /// Adds a phrase of TALLYING; answers where the counter's name stands.
    pub fn tallying(&self, inspect: &mut Inspect, text: &Span, page: CodePage) -> Result<Span> {
        let (counter, phrases) = phrase::tallying(text)?;
        for phrase in phrases {
            let item = self.item(phrase, inspect.counters, page)?;
            inspect.tallying.push(item);
        }
        inspect.counters += 1;
        Ok(counter)
    }

    /// Adds phrases of REPLACING.
    pub fn replacing(&self, inspect: &mut Inspect, text: &Span, page: CodePage) -> Result<()> {
        for phrase in phrase::replacing(text)? {
            let item = self.item(phrase, 0, page)?;
            inspect.replacing.push(item);
        }
        Ok(())
    }

    /// Sets what CONVERTING does.
    pub fn converting(&self, inspect: &mut Inspect, text: &Span, page: CodePage) -> Result<()> {
        let (from, to, region) = phrase::converting(text)?;
        let phrase = Phrase { how: How::All, what: Some(from), by: Some(to), region };
        inspect.converting = Some(self.item(phrase, 0, page)?);
        Ok(())
    }

    fn item(&self, phrase: Phrase, counter: usize, page: CodePage) -> Result<Item> {
        let Region { before, after } = phrase.region;
        let part = |node: Option<&Node>| match node {
            Some(node) => self.part(node, page),
            None => Ok(TextPart::Literal(Vec::new())),
        };
        let optional = |node: Option<&Node>| node.map(|node| self.part(node, page)).transpose();
        let fills = matches!(&phrase.by, Some(Node { kind: NodeKind::Figurative(_), .. }));
        let item = Item {
            how: phrase.how,
            what: part(phrase.what.as_ref())?,
            by: part(phrase.by.as_ref())?,
            fills,
            counter,
            before: optional(before.as_ref())?,
            after: optional(after.as_ref())?,
        };
        if let (Some(by), false) = (&phrase.by, fills) {
            let wanted = if item.how == How::Characters { Some(1) } else { item.what.fixed_length() };
            if let (Some(wanted), Some(given)) = (wanted, item.by.fixed_length())
                && wanted != given
            {
                let message = format!("{} has {given} bytes, it takes the place of {wanted}", by.span.text());
                return Err(Diagnostic::error(codes::EXP006, message)
                    .at(&by.span, "")
                    .hint("INSPECT keeps the length of the text; FUNCTION SUBSTITUTE need not"));
            }
        }
        Ok(item)
    }
}

impl Inspect {
    /// The fields that are read, but for the text and the counters.
    pub fn reads<'e>(&'e self, see: See<'_, 'e>) {
        for item in self.tallying.iter().chain(&self.replacing).chain(&self.converting) {
            item.what.reads(see);
            item.by.reads(see);
            item.before.iter().chain(&item.after).for_each(|text| text.reads(see));
        }
    }

    /// True if it may change the text.
    pub fn changes(&self) -> bool {
        !self.replacing.is_empty() || self.converting.is_some()
    }

    /// True if it does nothing.
    pub fn is_empty(&self) -> bool {
        self.tallying.is_empty() && !self.changes()
    }

    /// Counts in `text`, in the order of the counters, and then changes it. A number with a sign is looked into as the unsigned one of
    /// the same digits: a sign of its own byte is passed over, one in a digit is put back in the end (Language Reference, "INSPECT
    /// statement", comparison rules).
    pub fn run<F: Frame + ?Sized>(
        &self,
        frame: &F,
        text: &mut [u8],
    ) -> std::result::Result<Vec<i128>, Fault> {
        let Some((place, page)) = self.sign else { return self.run_text(frame, text) };
        let last = text.len().saturating_sub(1);
        let at = match place {
            SignPlace::TrailingSeparate => return self.run_text(frame, &mut text[..last]),
            SignPlace::LeadingSeparate => return self.run_text(frame, text.get_mut(1..).unwrap_or_default()),
            SignPlace::Trailing => last,
            SignPlace::Leading => 0,
        };
        let Some(carrier) = text.get(at).copied() else { return self.run_text(frame, text) };
        text[at] = zoned::without_sign(carrier, page);
        let counts = self.run_text(frame, text)?;
        text[at] = zoned::with_sign_of(carrier, text[at], page);
        Ok(counts)
    }

    fn run_text<F: Frame + ?Sized>(
        &self,
        frame: &F,
        text: &mut [u8],
    ) -> std::result::Result<Vec<i128>, Fault> {
        let mut counts = vec![0; self.counters];
        let mut items = ready(&self.tallying, frame, text)?;
        cycle(text, &mut items, |_, item, _| counts[item.counter] += 1);
        let mut items = ready(&self.replacing, frame, text)?;
        cycle(text, &mut items, |text, item, at| match item.how {
            How::Characters => text[at] = item.by.first().copied().unwrap_or(text[at]),
            _ => text[at..at + item.by.len()].copy_from_slice(&item.by),
        });
        if let Some(item) = &self.converting {
            convert(&item.ready(frame, text)?, text);
        }
        Ok(counts)
    }
}

fn ready<'f, F: Frame + ?Sized>(
    items: &'f [Item],
    frame: &'f F,
    text: &[u8],
) -> std::result::Result<Vec<Ready<'f>>, Fault> {
    items.iter().map(|item| item.ready(frame, text)).collect()
}

impl Item {
    fn ready<'f, F: Frame + ?Sized>(
        &'f self,
        frame: &'f F,
        text: &[u8],
    ) -> std::result::Result<Ready<'f>, Fault> {
        let what = self.what.bytes(frame)?;
        let mut by = self.by.bytes(frame)?;
        let wanted = if self.how == How::Characters { 1 } else { what.len() };
        if self.fills {
            by = Cow::Owned(by.iter().copied().cycle().take(wanted).collect());
        }
        let replaces = !matches!(&self.by, TextPart::Literal(bytes) if bytes.is_empty());
        if replaces && by.len() != wanted {
            let message = format!("INSPECT puts {} bytes in the place of {wanted}", by.len());
            let error = Diagnostic::error(codes::DAT024, message);
            return Err(Fault::Data(error.hint("give both fields the same length")));
        }
        // Each delimiter is looked for in the whole text.
        let start = match &self.after {
            None => 0,
            Some(after) => {
                let after = after.bytes(frame)?;
                memchr::memmem::find(text, &after).map_or(text.len(), |at| at + after.len())
            }
        };
        let end = match &self.before {
            None => text.len(),
            Some(before) => memchr::memmem::find(text, &before.bytes(frame)?).unwrap_or(text.len()),
        };
        Ok(Ready {
            how: self.how,
            what,
            by,
            counter: self.counter,
            range: start..end.max(start),
            over: false,
        })
    }
}

impl Ready<'_> {
    /// Bytes that it finds at a place; 0 if it finds nothing.
    fn found(&self, text: &[u8], at: usize) -> usize {
        if self.over || !self.range.contains(&at) {
            return 0;
        }
        match self.how {
            How::Characters => 1,
            _ if text[at..self.range.end].starts_with(&self.what) => self.what.len(),
            _ => 0,
        }
    }
}

/// From left to right: the first item that finds something there has it, and the next look is behind it.
fn cycle(text: &mut [u8], items: &mut [Ready<'_>], mut hit: impl FnMut(&mut [u8], &Ready<'_>, usize)) {
    let mut at = 0;
    while at < text.len() && !items.is_empty() {
        let found = items.iter().position(|item| item.found(text, at) > 0);
        for (number, item) in items.iter_mut().enumerate() {
            let own = found == Some(number);
            item.over |= match item.how {
                How::Leading => item.range.contains(&at) && !own,
                How::First => own,
                How::All | How::Characters => false,
            };
        }
        let Some(number) = found else {
            at += 1;
            continue;
        };
        let item = &items[number];
        hit(text, item, at);
        at += if item.how == How::Characters { 1 } else { item.what.len() };
    }
}

fn convert(item: &Ready<'_>, text: &mut [u8]) {
    let mut table: [u8; 256] = std::array::from_fn(|byte| byte as u8);
    // The first of two that are the same counts.
    for (from, to) in item.what.iter().zip(item.by.iter()).rev() {
        table[usize::from(*from)] = *to;
    }
    text[item.range.clone()].iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]);
}
