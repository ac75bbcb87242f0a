//! What a PARSE put aside of one record.

/// The values of `%nn` of one record. Its buffer serves record after record.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    bytes: Vec<u8>,
    /// Start and length of each value by its number; length 0 if there is none.
    places: Vec<(usize, usize)>,
}

impl Parsed {
    /// Nothing put aside.
    pub fn new() -> Self {
        Parsed::default()
    }

    /// The value of `%number`; empty if nothing was put aside under it.
    #[inline]
    pub fn get(&self, number: u16) -> &[u8] {
        let (start, length) = self.places.get(usize::from(number)).copied().unwrap_or((0, 0));
        self.bytes.get(start..start + length).unwrap_or_default()
    }

    /// Puts a value aside under `%number`, cut to `length` or padded with `pad` up to it.
    #[inline]
    pub fn set(&mut self, number: u16, value: &[u8], length: usize, pad: u8) {
        let start = self.room(usize::from(number), length);
        let kept = value.len().min(length);
        let (text, rest) = self.bytes[start..start + length].split_at_mut(kept);
        text.copy_from_slice(&value[..kept]);
        rest.fill(pad);
    }

    /// Makes all values of this byte.
    #[inline]
    pub fn fill(&mut self, byte: u8) {
        // Filling no bytes at no address takes the processor a hundred times as long as asking.
        if !self.bytes.is_empty() {
            self.bytes.fill(byte);
        }
    }

    /// Where the value goes: where the one before it was if that had the same length.
    fn room(&mut self, number: usize, length: usize) -> usize {
        if number >= self.places.len() {
            self.places.resize(number + 1, (0, 0));
        }
        let (start, had) = self.places[number];
        if had == length && length > 0 {
            return start;
        }
        let start = self.bytes.len();
        self.bytes.resize(start + length, 0);
        self.places[number] = (start, length);
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_or_padded_and_keep_their_room() {
        let mut parsed = Parsed::new();
        assert_eq!(parsed.get(7), b"");
        for text in [&b"abcdef"[..], b"x", b""] {
            parsed.set(7, text, 3, b' ');
            parsed.set(900, text, 5, b'.');
        }
        assert_eq!((parsed.get(7), parsed.get(900)), (&b"   "[..], &b"....."[..]));
        assert_eq!(parsed.bytes.len(), 8);
        parsed.set(7, b"abcdef", 3, b' ');
        assert_eq!(parsed.get(7), b"abc");
    }
}
