//! How well the bytes of a record fit a 01 level: valid numbers, text that reads, counters in range.

use std::ops::Range;

use crate::codec::BadClass;
use crate::codec::{Content, Leaf, Node, Seen, Table, Tree};
use crate::copybook::{FieldId, Shape, Usage};
use crate::encoding::CodePage;
use crate::record::locate;

/// What was counted. A byte weighs as much as it can prove: most in decimal numbers, little in binary ones, nothing where
/// anything goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Weight of the bytes that are what they should be.
    pub good: u64,
    /// Weight of all.
    pub total: u64,
    /// Number fields.
    pub numbers: u64,
    /// Those that hold a number.
    pub valid: u64,
    /// Those all blank, all X'00' and all X'FF'.
    pub unfilled: [u64; 3],
    /// Text bytes that are printable in the code page.
    pub printable: u64,
    /// Text bytes.
    pub text: u64,
    /// Counters of tables that are no number or out of range.
    pub counters_bad: u64,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: &Tally) {
        self.good += other.good;
        self.total += other.total;
        self.numbers += other.numbers;
        self.valid += other.valid;
        self.unfilled.iter_mut().zip(other.unfilled).for_each(|(mine, more)| *mine += more);
        self.printable += other.printable;
        self.text += other.text;
        self.counters_bad += other.counters_bad;
    }

    /// Number fields that hold something else than a number or nothing.
    pub fn invalid(&self) -> u64 {
        self.numbers - self.valid - self.unfilled.iter().sum::<u64>()
    }

    /// The good part of the weight, drawn to three quarters where there is little.
    pub fn share(&self) -> f64 {
        (self.good as f64 + 1.5) / (self.total as f64 + 2.0)
    }
}

/// A record as one 01 level.
#[derive(Clone, Debug, Default)]
pub(super) struct Fit {
    pub tally: Tally,
    /// Where the last field ends.
    pub end: usize,
    /// Where the last field of the views that fit best ends.
    pub least: usize,
    /// For each item with redefinitions that is in no table: its field, and that of the view that fits best, if one does.
    pub views: Vec<(FieldId, Option<FieldId>)>,
    /// Where text stands.
    pub texts: Vec<Range<usize>>,
}

impl Fit {
    /// How well the length of the record is explained, 0 to 1. `padded` says that bytes behind the fields are no surprise.
    pub fn length_fit(&self, length: usize, padded: bool) -> f64 {
        let (least, end) = (self.least.min(self.end).max(1), self.end.max(1));
        if length == end || length == least {
            1.0
        } else if length > least && (length < end || padded) {
            0.97
        } else if length > end {
            0.2 + 0.6 * end as f64 / length as f64
        } else {
            0.1 + 0.7 * length as f64 / least as f64
        }
    }

    /// True if every number is one or nothing, and the counters are right.
    pub fn is_clean(&self) -> bool {
        self.tally.invalid() == 0 && self.tally.counters_bad == 0 && self.tally.share() > 0.45
    }
}

const STRONG: u64 = 6;
const TEXT: u64 = 2;

/// Measures records against the 01 levels of a tree.
pub(super) struct Judge<'t> {
    tree: &'t Tree,
    pages: Vec<(CodePage, [u8; 256])>,
    counters: Vec<Option<Range<usize>>>,
    scratch: Vec<u8>,
    tally: Tally,
    views: Vec<(FieldId, Option<FieldId>)>,
    texts: Vec<Range<usize>>,
}

/// A counter that says nothing.
struct Broken;

impl<'t> Judge<'t> {
    pub fn new(tree: &'t Tree) -> Self {
        Judge {
            tree,
            pages: Vec::new(),
            counters: vec![None; tree.counters.len()],
            scratch: Vec::new(),
            tally: Tally::default(),
            views: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// A record as the 01 level at this position.
    pub fn fit(&mut self, kind: usize, record: &[u8]) -> Fit {
        self.counters.fill(None);
        self.tally = Tally::default();
        self.views.clear();
        self.texts.clear();
        let Some(root) = self.tree.records.get(kind) else { return Fit::default() };
        // Bytes that are skipped in every record stand before its fields.
        let layout = &self.tree.format.layout;
        let head = layout.roots().map(|(_, field)| field.offset).min().unwrap_or(0);
        let result = match &root.content {
            Content::Group(members, _) if root.table.is_none() => self.members(members, head, record, true),
            _ => self.item(root, head, record, true),
        };
        let (end, least) = match result {
            Ok(ends) => ends,
            Err(Broken) => {
                self.tally.counters_bad += 1;
                self.tally.total += record.len() as u64 * STRONG;
                (root.length, root.length)
            }
        };
        Fit {
            tally: self.tally,
            end,
            least,
            views: std::mem::take(&mut self.views),
            texts: std::mem::take(&mut self.texts),
        }
    }

    fn members(
        &mut self,
        nodes: &'t [Node],
        start: usize,
        record: &[u8],
        outside: bool,
    ) -> Result<(usize, usize), Broken> {
        let (mut at, mut least) = (start, start);
        for node in nodes.iter().filter(|node| !node.redefines) {
            at += node.slack;
            let (end, short) = if node.redefinitions.is_empty() {
                self.item(node, at, record, outside)?
            } else {
                self.storage(nodes, node, at, record, outside)?
            };
            (at, least) = (end, short);
        }
        Ok((at, least))
    }

    /// The view that fits best counts.
    fn storage(
        &mut self,
        nodes: &'t [Node],
        object: &'t Node,
        at: usize,
        record: &[u8],
        outside: bool,
    ) -> Result<(usize, usize), Broken> {
        let views: Vec<&'t Node> =
            std::iter::once(object).chain(object.redefinitions.iter().map(|&index| &nodes[index])).collect();
        let (before, counters, seen) =
            (self.tally, self.counters.clone(), (self.views.len(), self.texts.len()));
        let mut shares: Vec<(f64, usize)> = Vec::with_capacity(views.len());
        let mut longest = at;
        for (index, view) in views.iter().enumerate() {
            self.tally = Tally::default();
            let share = match self.item(view, at, record, false) {
                Ok((end, _)) => {
                    longest = longest.max(end);
                    let missing = end.saturating_sub(record.len()) as f64 / (end - at).max(1) as f64;
                    let extra = if record.len() > end { 0.0 } else { 0.01 };
                    let numbers = if self.tally.invalid() > 0 { 0.5 } else { 1.0 };
                    self.tally.share() * numbers * (1.0 - 0.5 * missing) + extra
                }
                Err(Broken) => -1.0,
            };
            shares.push((share, index));
            self.counters.clone_from(&counters);
            self.views.truncate(seen.0);
            self.texts.truncate(seen.1);
        }
        (self.tally, self.counters) = (before, counters);
        shares.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
        let best = views[shares[0].1];
        if outside {
            let clear = shares.get(1).is_none_or(|second| shares[0].0 > second.0 + 0.04);
            self.views.push((object.id, clear.then_some(best.id)));
        }
        let (end, least) = self.item(best, at, record, outside)?;
        Ok((longest.max(end), least))
    }

    fn item(
        &mut self,
        node: &'t Node,
        at: usize,
        record: &[u8],
        outside: bool,
    ) -> Result<(usize, usize), Broken> {
        let Some(table) = &node.table else { return self.occurrence(node, at, record, outside) };
        let count = self.count(table, record)?;
        let (mut end, mut present) = (at, 0);
        while present < count && (end < record.len() || present == 0) {
            end = self.occurrence(node, end, record, false)?.0;
            present += 1;
        }
        end += (count - present) * node.length;
        if self.tree.maximum {
            end = end.max(at + node.length * table.max);
        }
        Ok((end, end))
    }

    fn occurrence(
        &mut self,
        node: &'t Node,
        at: usize,
        record: &[u8],
        outside: bool,
    ) -> Result<(usize, usize), Broken> {
        match &node.content {
            Content::Group(members, _) => self.members(members, at, record, outside),
            Content::Leaf(leaf) => {
                let end = at + leaf.length;
                if let Some(slot) = node.counter {
                    self.counters[slot] = Some(at..end);
                }
                if !node.hidden {
                    self.field(leaf, at, record.get(at..end.min(record.len())).unwrap_or_default());
                }
                Ok((end, end))
            }
        }
    }

    fn count(&mut self, table: &Table, record: &[u8]) -> Result<usize, Broken> {
        let Some((counter, slot)) = table.counter else { return Ok(table.max) };
        let format = &self.tree.format;
        let place = match self.counters[slot].clone() {
            Some(place) => place,
            None => locate(&format.layout, format.page, record, counter, &[]).map_err(|_| Broken)?,
        };
        let Some(bytes) = record.get(place) else { return Ok(table.min) };
        let count = self.tree.counters[slot].count(bytes, &table.texts).map_err(|_| Broken)?;
        usize::try_from(count).ok().filter(|count| *count <= table.max).ok_or(Broken)
    }

    fn field(&mut self, leaf: &Leaf, at: usize, bytes: &[u8]) {
        if bytes.is_empty() || bytes.len() < leaf.length && !leaf.is_cuttable() {
            return;
        }
        let shape = self.tree.format.layout.field(leaf.id).shape;
        match shape {
            Shape::Text | Shape::Group => {
                self.texts.push(at..at + bytes.len());
                self.text(leaf.page, bytes);
            }
            Shape::Edited(_) if leaf.is_text() => self.text(leaf.page, bytes),
            Shape::Number(number) => {
                let weight = match number.usage {
                    Usage::Binary(form) if form.native => 0,
                    Usage::Binary(_) => 1,
                    _ => STRONG,
                };
                self.number(leaf, bytes, weight);
                if let (Usage::Binary(_), Ok((value, _))) = (number.usage, leaf.integer(number, bytes)) {
                    let most = 10i128.checked_pow(u32::from(number.digits)).unwrap_or(i128::MAX);
                    if weight == 1 && value.checked_abs().is_none_or(|value| value >= most) {
                        self.tally.good = self.tally.good.saturating_sub(bytes.len() as u64);
                        self.tally.valid -= 1;
                    }
                }
            }
            Shape::Edited(_) => self.number(leaf, bytes, TEXT),
            Shape::Float(_) => self.number(leaf, bytes, 0),
            Shape::National | Shape::Dbcs | Shape::Utf8 => self.wide(leaf, bytes),
            Shape::Address => {}
        }
    }

    fn number(&mut self, leaf: &Leaf, bytes: &[u8], weight: u64) {
        self.scratch.clear();
        let seen = leaf.append(bytes, &mut self.scratch);
        let size = bytes.len() as u64;
        self.tally.numbers += 1;
        self.tally.total += weight * size;
        match seen {
            Seen::Canonical | Seen::Odd => {
                self.tally.valid += 1;
                self.tally.good += weight * size;
            }
            Seen::Bad(class, _) => {
                let slot = match class {
                    BadClass::Blank => 0,
                    BadClass::Low => 1,
                    BadClass::High => 2,
                    BadClass::Invalid => return,
                };
                self.tally.unfilled[slot] += 1;
                self.tally.good += weight * size / 2;
            }
        }
    }

    fn wide(&mut self, leaf: &Leaf, bytes: &[u8]) {
        self.scratch.clear();
        let seen = leaf.append(bytes, &mut self.scratch);
        self.tally.total += bytes.len() as u64;
        let text = std::str::from_utf8(&self.scratch).unwrap_or_default();
        let odd =
            text.chars().filter(|c| c.is_control() || crate::encoding::is_escape(*c) || *c == '\u{FFFD}');
        if seen == Seen::Canonical && odd.count() == 0 {
            self.tally.good += bytes.len() as u64;
        }
    }

    fn text(&mut self, page: CodePage, bytes: &[u8]) {
        let index = self.pages.iter().position(|(known, _)| *known == page).unwrap_or_else(|| {
            self.pages.push((page, weights(page)));
            self.pages.len() - 1
        });
        let weights = &self.pages[index].1;
        let (mut good, mut printable) = (0, 0);
        for &byte in bytes {
            let weight = u64::from(weights[usize::from(byte)]);
            good += weight;
            printable += u64::from(weight > 0 && byte != 0);
        }
        self.tally.good += good;
        self.tally.total += TEXT * bytes.len() as u64;
        self.tally.printable += printable;
        self.tally.text += bytes.len() as u64;
    }
}

/// What a byte of text speaks for a code page: 2 for letters, digits and usual signs, 1 for other characters and for
/// bytes of nothing, 0 for controls.
pub(super) fn weights(page: CodePage) -> [u8; 256] {
    let mut weights = [0; 256];
    for (byte, weight) in (0u8..=255).zip(weights.iter_mut()) {
        let c = page.char(byte);
        *weight = match c {
            _ if byte == 0 => 1,
            'A'..='Z' | 'a'..='z' | '0'..='9' => 2,
            ' ' | '.' | ',' | '-' | '/' | '&' | '(' | ')' | '\'' | '#' | '@' | ':' | '*' | '+' | '_'
            | '$' | '%' | '=' | ';' | '"' | '?' | '!' => 2,
            _ if c.is_control() || crate::encoding::is_escape(c) => 0,
            _ => 1,
        };
    }
    weights
}
