//! Descriptor words: the four bytes before a record (RDW), a segment (SDW) or a block (BDW) that hold its length.
//!
//! z/OS writes a big-endian length that counts the word itself, and two bytes of zero (DFSMS Using Data Sets, "Format-V
//! records"). Transfer programs write other forms.

/// Bytes of a descriptor word.
pub const WORD: usize = 4;

/// Bit 0 of a block descriptor word: the other 31 bits are the length (large block interface).
const EXTENDED: u32 = 0x8000_0000;

/// Order of the bytes of a descriptor word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Length in bytes 0 and 1, high byte first, as z/OS writes it.
    #[default]
    Big,
    /// The four bytes reversed: length in bytes 2 and 3, low byte first.
    Little,
    /// Only the two bytes of the length reversed: in bytes 0 and 1, low byte first.
    Swapped,
}

/// The form of descriptor words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Order of bytes.
    pub order: Order,
    /// True if the length counts the four bytes of the word.
    pub counts_itself: bool,
    /// True if the two bytes that should be zero may hold anything when read.
    pub loose: bool,
}

/// What a segment is of its record: the control code of a segment descriptor word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The whole record.
    Whole,
    /// The first of several segments.
    First,
    /// The last of several.
    Last,
    /// One between the first and the last.
    Middle,
}

impl Word {
    /// As z/OS writes them.
    pub const IBM: Word = Word { order: Order::Big, counts_itself: true, loose: false };

    /// Reads the words of an option: `big`, `little` or `swapped`, `payload` and `loose`, with commas between. The error
    /// is the word that is not one of them.
    pub fn parse(text: &str) -> Result<Word, String> {
        let mut word = Word::IBM;
        for part in text.split(',').map(str::trim) {
            match part.to_ascii_lowercase().as_str() {
                "big" => word.order = Order::Big,
                "little" => word.order = Order::Little,
                "swapped" => word.order = Order::Swapped,
                "payload" => word.counts_itself = false,
                "loose" => word.loose = true,
                _ => return Err(part.to_owned()),
            }
        }
        Ok(word)
    }

    /// Data bytes of the record behind a record descriptor word; `None` if it cannot be one. Without the loose form the
    /// bytes beside the length must be zero. A length that counts only the data is not zero, or a stretch of zeros would
    /// be records without end.
    #[inline]
    pub fn record(self, bytes: [u8; WORD]) -> Option<usize> {
        let value = self.value(bytes);
        if value & 0xFFFF != 0 && !self.loose {
            return None;
        }
        self.data((value >> 16) as usize)
    }

    /// Data bytes and kind of the segment behind a segment descriptor word.
    #[inline]
    pub fn segment(self, bytes: [u8; WORD]) -> Option<(usize, Segment)> {
        let value = self.value(bytes);
        if value & 0xFCFF != 0 && !self.loose {
            return None;
        }
        let segment = match value >> 8 & 3 {
            0 => Segment::Whole,
            1 => Segment::First,
            2 => Segment::Last,
            _ => Segment::Middle,
        };
        Some((self.data((value >> 16) as usize)?, segment))
    }

    /// Bytes of the block behind a block descriptor word, which is never empty.
    #[inline]
    pub fn block(self, bytes: [u8; WORD]) -> Option<usize> {
        let value = self.value(bytes);
        let length = match value & EXTENDED {
            0 if value & 0xFFFF != 0 && !self.loose => return None,
            0 => value >> 16,
            _ => value & !EXTENDED,
        };
        self.data(length as usize).filter(|length| *length > 0)
    }

    /// The descriptor word of a record of so many data bytes; `None` beyond [`Word::record_max`].
    pub fn of_record(self, data: usize) -> Option<[u8; WORD]> {
        self.of_segment(data, Segment::Whole).filter(|_| self.counts_itself || data > 0)
    }

    /// The descriptor word of a segment.
    pub fn of_segment(self, data: usize, segment: Segment) -> Option<[u8; WORD]> {
        let length = u16::try_from(data + self.own()).ok()?;
        let code = match segment {
            Segment::Whole => 0,
            Segment::First => 1,
            Segment::Last => 2,
            Segment::Middle => 3,
        };
        Some(self.bytes(u32::from(length) << 16 | code << 8))
    }

    /// The descriptor word of a block of so many bytes behind the word: the extended form where 15 bits are too few.
    pub fn of_block(self, data: usize) -> [u8; WORD] {
        let length = (data + self.own()) as u32;
        self.bytes(if length < 1 << 15 { length << 16 } else { length | EXTENDED })
    }

    /// Most data bytes that a record descriptor word can state.
    pub fn record_max(self) -> usize {
        usize::from(u16::MAX) - self.own()
    }

    fn own(self) -> usize {
        if self.counts_itself { WORD } else { 0 }
    }

    #[inline]
    fn data(self, length: usize) -> Option<usize> {
        if self.counts_itself { length.checked_sub(WORD) } else { Some(length).filter(|length| *length > 0) }
    }

    #[inline]
    fn value(self, bytes: [u8; WORD]) -> u32 {
        match self.order {
            Order::Big => u32::from_be_bytes(bytes),
            Order::Little => u32::from_le_bytes(bytes),
            Order::Swapped => u32::from_be_bytes(swapped(bytes)),
        }
    }

    fn bytes(self, value: u32) -> [u8; WORD] {
        match self.order {
            Order::Big => value.to_be_bytes(),
            Order::Little => value.to_le_bytes(),
            Order::Swapped => swapped(value.to_be_bytes()),
        }
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.order {
            Order::Big => "big",
            Order::Little => "little",
            Order::Swapped => "swapped",
        })?;
        f.write_str(if self.counts_itself { "" } else { ",payload" })?;
        f.write_str(if self.loose { ",loose" } else { "" })
    }
}

fn swapped([a, b, c, d]: [u8; WORD]) -> [u8; WORD] {
    [b, a, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DFSMS Using Data Sets, "Format-V records"; the other forms are the same numbers in other bytes.
    #[test]
    fn forms_of_words() {
        let word = |text: &str| Word::parse(text).unwrap();
        assert_eq!(Word::IBM.record([0, 9, 0, 0]), Some(5));
        assert_eq!(Word::IBM.record([0, 4, 0, 0]), Some(0));
        assert_eq!(Word::IBM.record([0, 3, 0, 0]), None);
        assert_eq!(Word::IBM.record([0, 9, 0, 1]), None);
        assert_eq!(word("big,loose").record([0, 9, 7, 1]), Some(5));
        assert_eq!(word("little,payload").record([0, 0, 9, 0]), Some(9));
        assert_eq!(word("swapped").record([9, 0, 0, 0]), Some(5));
        assert_eq!(word("payload").record([0, 0, 0, 0]), None);
        assert_eq!(Word::IBM.block([0x80, 1, 0, 4]), Some(65_536));
        assert_eq!(Word::IBM.block([0, 4, 0, 0]), None);
        assert_eq!(Word::IBM.segment([0, 9, 3, 0]), Some((5, Segment::Middle)));
        assert_eq!(Word::IBM.segment([0, 9, 4, 0]), None);
        assert_eq!(Word::parse("big, tall"), Err("tall".to_owned()));
    }

    #[test]
    fn what_is_written_is_read() {
        for order in ["big", "little", "swapped"] {
            for counts in ["", ",payload"] {
                let word = Word::parse(&format!("{order}{counts}")).unwrap();
                for data in [1, 100, 32_000, 65_000] {
                    assert_eq!(word.record(word.of_record(data).unwrap()), Some(data));
                    assert_eq!(word.block(word.of_block(data)), Some(data));
                    for segment in [Segment::Whole, Segment::First, Segment::Middle, Segment::Last] {
                        let bytes = word.of_segment(data, segment).unwrap();
                        assert_eq!(word.segment(bytes), Some((data, segment)));
                    }
                }
                assert_eq!(word.record(word.of_record(word.record_max()).unwrap()), Some(word.record_max()));
                assert_eq!(word.of_record(word.record_max() + 1), None);
                assert_eq!(Word::parse(&word.to_string()), Ok(word));
            }
        }
    }
}
