//! Alphanumeric-edited and national-edited items: characters with `B`, `0` and `/` between them (Language Reference,
//! "Simple insertion editing").

use crate::encoding::CodePage;

/// A run of equal symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextCell {
    /// So many characters of the data (`X`, `A`, `9` or `N`).
    Data(usize),
    /// A character put in, so many times.
    Insert(char, usize),
}

/// The mask of a text item with insertions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMask {
    cells: Box<[TextCell]>,
    national: bool,
}

impl TextMask {
    /// A mask; a national character has two bytes (UTF-16, high byte first).
    pub fn new(cells: Vec<TextCell>, national: bool) -> Self {
        TextMask { cells: cells.into(), national }
    }

    /// True if its characters are national ones.
    pub fn national(&self) -> bool {
        self.national
    }

    /// Bytes.
    pub fn length(&self) -> usize {
        let characters = self.cells.iter().map(|cell| match cell {
            TextCell::Data(count) | TextCell::Insert(_, count) => *count,
        });
        characters.fold(0usize, usize::saturating_add).saturating_mul(self.unit())
    }

    /// Bytes of the data alone.
    pub fn data_length(&self) -> usize {
        let data = self.cells.iter().map(|cell| if let TextCell::Data(count) = cell { *count } else { 0 });
        data.fold(0usize, usize::saturating_add).saturating_mul(self.unit())
    }

    /// Edits data into `out`, which has [`TextMask::length`] bytes: from the left, cut or filled with blanks.
    pub fn encode(&self, data: &[u8], out: &mut [u8], page: CodePage) {
        let space = self.character(' ', page);
        let mut from = data.chunks_exact(self.unit());
        let mut to = out.chunks_exact_mut(self.unit());
        for cell in &self.cells {
            let (count, insert) = match cell {
                TextCell::Data(count) => (*count, None),
                TextCell::Insert(c, count) => (*count, Some(self.character(*c, page))),
            };
            for place in to.by_ref().take(count) {
                let blank = &space[..place.len()];
                match &insert {
                    Some(character) => place.copy_from_slice(&character[..place.len()]),
                    None => place.copy_from_slice(from.next().unwrap_or(blank)),
                }
            }
        }
    }

    /// Appends the data without what was put in.
    pub fn decode(&self, bytes: &[u8], data: &mut Vec<u8>) {
        let mut rest = bytes;
        for cell in &self.cells {
            let (count, wanted) = match cell {
                TextCell::Data(count) => (*count, true),
                TextCell::Insert(_, count) => (*count, false),
            };
            let (here, behind) = rest.split_at(rest.len().min(count.saturating_mul(self.unit())));
            if wanted {
                data.extend_from_slice(here);
            }
            rest = behind;
        }
    }

    /// True if what the mask puts in is where it puts it.
    pub fn is_canonical(&self, bytes: &[u8], page: CodePage) -> bool {
        let mut data = Vec::with_capacity(self.data_length());
        self.decode(bytes, &mut data);
        let mut again = vec![0; self.length()];
        self.encode(&data, &mut again, page);
        again == bytes
    }

    fn unit(&self) -> usize {
        if self.national { 2 } else { 1 }
    }

    fn character(&self, c: char, page: CodePage) -> [u8; 2] {
        if self.national {
            [0, u8::try_from(c).unwrap_or(b' ')]
        } else {
            [page.byte(c).unwrap_or(page.space()); 2]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insertions_come_and_go() {
        let mask = TextMask::new(
            vec![TextCell::Data(2), TextCell::Insert('/', 1), TextCell::Data(2), TextCell::Insert(' ', 2)],
            false,
        );
        let page = CodePage::CP037;
        let edited = |data: &str| {
            let mut out = vec![0; mask.length()];
            mask.encode(&page.encode(data).unwrap(), &mut out, page);
            assert!(mask.is_canonical(&out, page));
            let mut back = Vec::new();
            mask.decode(&out, &mut back);
            (page.decode(&out), page.decode(&back))
        };
        assert_eq!(edited("ABCD"), ("AB/CD  ".into(), "ABCD".into()));
        assert_eq!(edited("ABCDE"), ("AB/CD  ".into(), "ABCD".into()));
        assert_eq!(edited("A"), ("A /    ".into(), "A   ".into()));
        assert!(!mask.is_canonical(&page.encode("ABCDEFG").unwrap(), page));
        let national = TextMask::new(vec![TextCell::Data(1), TextCell::Insert('0', 1)], true);
        let mut out = [0; 4];
        national.encode(&[0x20, 0xAC], &mut out, page);
        assert_eq!((out, national.length(), national.data_length()), ([0x20, 0xAC, 0, 0x30], 4, 2));
    }
}
