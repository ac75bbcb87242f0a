//! Which code page: bytes that differ between pages, and whether their characters make sense where they stand.

use super::fit::weights;
use crate::encoding::CodePage;

/// What the bytes of text say of their code page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFinding {
    /// The likeliest page.
    pub likely: CodePage,
    /// Pages, the likeliest among them, in which every text byte of this file is the same character: they cannot be told apart.
    pub equal: Vec<CodePage>,
    /// Other pages that are nearly as likely.
    pub close: Vec<CodePage>,
    /// The bytes that were decisive: byte, its character in the likely page, how often.
    pub decisive: Vec<(u8, char, u64)>,
}

/// Text bytes with what stands around them.
#[derive(Clone)]
pub(super) struct Bytes {
    counts: [u64; 256],
    /// Bytes between two letters, lower-case letters, or at the edge of a word.
    inside: [u64; 256],
    /// Balanced pairs of shift-out and shift-in, and shifts without partner.
    pub shifts: (u64, u64),
}

/// Pages in the order in which they are met in the wild.
const USUAL: [&str; 12] = [
    "cp037", "cp1140", "cp500", "cp1148", "cp1047", "cp273", "cp1141", "cp285", "cp297", "cp280", "cp284",
    "cp277",
];

/// Shortest stretch that is taken for text where nobody says what is.
const TEXT_RUN: usize = 6;

/// The stretches of a record that look like text: no controls, nearly all letters, digits and blanks, and such at both ends,
/// so that the bytes of packed and binary numbers do not count as characters.
pub(super) fn text_runs(record: &[u8]) -> impl Iterator<Item = &[u8]> {
    let plain = |byte: &u8| *byte == 0x40 || (0xF0..=0xF9).contains(byte) || is_ebcdic_letter(*byte);
    let control = |byte: &u8| (*byte < 0x40 && !matches!(*byte, 0x0E | 0x0F)) || *byte == 0xFF;
    record.split(control).filter_map(move |run| {
        let (first, last) = (run.iter().position(plain)?, run.iter().rposition(plain)?);
        let text = &run[first..=last];
        let count = text.iter().filter(|byte| plain(byte)).count();
        (text.len() >= TEXT_RUN && count * 5 >= text.len() * 4).then_some(text)
    })
}

impl Bytes {
    pub fn new() -> Self {
        Bytes { counts: [0; 256], inside: [0; 256], shifts: (0, 0) }
    }

    /// Adds a text field in an EBCDIC page.
    pub fn add(&mut self, text: &[u8]) {
        let letter = |byte: Option<&u8>| byte.is_some_and(|byte| is_ebcdic_letter(*byte));
        let mut shifted = false;
        for (index, &byte) in text.iter().enumerate() {
            match byte {
                0x0E if !shifted => shifted = true,
                0x0F if shifted => {
                    shifted = false;
                    self.shifts.0 += 1;
                }
                0x0E | 0x0F => self.shifts.1 += 1,
                _ if shifted => {}
                _ => {
                    self.counts[usize::from(byte)] += 1;
                    let near =
                        [index.wrapping_sub(1), index + 1].into_iter().filter(|at| letter(text.get(*at)));
                    self.inside[usize::from(byte)] += near.count() as u64;
                }
            }
        }
        self.shifts.1 += u64::from(shifted);
    }

    /// The EBCDIC pages, weighed.
    pub fn finding(&self) -> PageFinding {
        let double = self.shifts.0 > 0 && self.shifts.1 * 20 < self.shifts.0;
        let rank =
            |page: &CodePage| USUAL.iter().position(|name| *name == page.name()).unwrap_or(USUAL.len());
        let mut pages: Vec<(f64, CodePage)> = CodePage::all()
            .filter(|page| page.is_ebcdic() && double == page.is_double_byte())
            .map(|page| (self.sense(page), page))
            .collect();
        pages.sort_by(|left, right| right.0.total_cmp(&left.0).then(rank(&left.1).cmp(&rank(&right.1))));
        let best = pages.first().map_or(0.0, |(sense, _)| *sense);
        // Of pages that make nearly the same sense the most usual one is likely.
        let likely =
            pages.iter().filter(|(sense, _)| best - sense < 2.0).map(|(_, page)| *page).min_by_key(rank);
        let likely = likely.unwrap_or(CodePage::CP037);
        let present = || (0u8..=255).filter(|byte| self.counts[usize::from(*byte)] > 0);
        let same = |page: &CodePage| {
            page.is_double_byte() == likely.is_double_byte()
                && present().all(|b| page.char(b) == likely.char(b))
        };
        let mut equal: Vec<CodePage> = pages.iter().map(|(_, page)| *page).filter(same).collect();
        equal.sort_by_key(rank);
        let near = |(sense, page): &&(f64, CodePage)| !same(page) && best - sense < 2.0;
        let close = pages.iter().filter(near).map(|(_, page)| *page).take(8).collect();
        let differs = |byte: &u8| {
            CodePage::all().filter(|p| p.is_ebcdic()).take(16).any(|p| p.char(*byte) != likely.char(*byte))
        };
        let mut decisive: Vec<(u8, char, u64)> = present()
            .filter(differs)
            .map(|byte| (byte, likely.char(byte), self.counts[usize::from(byte)]))
            .filter(|(_, c, _)| !c.is_control() && !crate::encoding::is_escape(*c))
            .collect();
        decisive.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        decisive.truncate(6);
        PageFinding { likely, equal, close, decisive }
    }

    /// The sense that the bytes make in a page: letters beside letters, signs elsewhere, no controls.
    fn sense(&self, page: CodePage) -> f64 {
        let weights = weights(page);
        let mut sense = 0.0;
        for byte in 0u8..=255 {
            let at = usize::from(byte);
            let count = self.counts[at] as f64;
            if count == 0.0 || byte < 0x40 {
                continue;
            }
            let beside = self.inside[at] as f64 / (2.0 * count);
            let c = page.char(byte);
            // What is rare says as much as what is frequent.
            let much = (1.0 + count).ln();
            let value = match weights[at] {
                0 => -3.0,
                2 if c.is_ascii_alphanumeric() => 1.5,
                2 => 0.6 - 0.6 * beside,
                _ if c.is_alphabetic() => -0.4 + 1.6 * beside,
                _ if matches!(
                    c,
                    '<' | '>' | '|' | '[' | ']' | '{' | '}' | '\\' | '^' | '~' | '`' | '€' | '§' | '£'
                ) =>
                {
                    0.3 - 0.6 * beside
                }
                _ => -0.2 - 0.4 * beside,
            };
            sense += value * much;
        }
        sense
    }
}

/// Letters that stand at one place in all EBCDIC pages for Latin script.
fn is_ebcdic_letter(byte: u8) -> bool {
    matches!(byte, 0x81..=0x89 | 0x91..=0x99 | 0xA2..=0xA9 | 0xC1..=0xC9 | 0xD1..=0xD9 | 0xE2..=0xE9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(page: &str, text: &str) -> PageFinding {
        let mut bytes = Bytes::new();
        let page: CodePage = page.parse().unwrap();
        text.split(' ').for_each(|word| bytes.add(&page.encode(word).unwrap()));
        bytes.finding()
    }

    #[test]
    fn german_letters_tell_the_german_page() {
        let found = finding("cp273", "Müller Jäger Größe schön Straße für Köln Übung Ärger");
        assert_eq!(found.likely.name(), "cp273");
        assert!(found.equal.iter().any(|page| page.name() == "cp1141"));
        assert!(!found.equal.contains(&CodePage::CP037));
    }

    #[test]
    fn plain_text_says_nothing() {
        let found = finding("cp500", "HELLO WORLD 12345");
        assert_eq!(found.likely, CodePage::CP037);
        assert!(found.equal.len() > 30);
    }

    #[test]
    fn shifts_need_a_page_with_double_bytes() {
        let found = finding("cp939", "A日本B 日本 語");
        assert!(found.likely.is_double_byte());
    }
}
