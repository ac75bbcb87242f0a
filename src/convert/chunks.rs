//! A text file in pieces of whole lines.

use std::io::Read;

use memchr::{memchr_iter, memchr2_iter, memrchr};

use crate::diag::Result;
use crate::sys::PathError;

/// Bytes of a piece.
const SIZE: usize = 1 << 20;
/// The longest line; a longer one is a sign that the file is something else.
const LONGEST_LINE: usize = 64 << 20;

/// Whole lines of a text.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// The lines, the last one perhaps without its end.
    pub text: Vec<u8>,
    /// Number of the first line, from 1.
    pub line: u64,
    /// Where it begins in the file.
    pub offset: u64,
}

/// Cuts a text into pieces of whole lines.
pub struct Chunks<R> {
    input: R,
    name: String,
    /// True if a line end inside quotation marks ends no line, as in CSV.
    quoted: bool,
    rest: Vec<u8>,
    line: u64,
    offset: u64,
    ended: bool,
}

impl<R: Read> Chunks<R> {
    /// A text with its name, for messages. `quoted` as in CSV.
    pub fn new(input: R, name: &str, quoted: bool) -> Self {
        Chunks { input, name: name.to_owned(), quoted, rest: Vec::new(), line: 1, offset: 0, ended: false }
    }

    /// The next piece, or `None` at the end.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        let mut text = std::mem::take(&mut self.rest);
        let end = loop {
            if self.ended {
                break text.len();
            }
            let before = text.len();
            text.reserve(SIZE);
            let read = (&mut self.input).take(SIZE as u64).read_to_end(&mut text);
            self.ended = read.path_error("read", std::path::Path::new(&self.name))? == 0;
            if let Some(end) = self.last_line_end(&text).filter(|_| !self.ended) {
                break end + 1;
            }
            if text.len() > LONGEST_LINE && before > 0 {
                break text.len();
            }
        };
        self.rest = text.split_off(end);
        if text.is_empty() {
            return Ok(None);
        }
        let chunk = Chunk { line: self.line, offset: self.offset, text };
        self.line += memchr_iter(b'\n', &chunk.text).count() as u64;
        self.offset += chunk.text.len() as u64;
        Ok(Some(chunk))
    }

    fn last_line_end(&self, text: &[u8]) -> Option<usize> {
        if !self.quoted {
            return memrchr(b'\n', text);
        }
        let (mut inside, mut last) = (false, None);
        for at in memchr2_iter(b'"', b'\n', text) {
            match text[at] {
                b'"' => inside = !inside,
                _ if !inside => last = Some(at),
                _ => {}
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_lines() {
        let row = "a,\"b\nc \"\"d\"\" \",e\n";
        let text = row.repeat(200_000);
        let mut chunks = Chunks::new(text.as_bytes(), "t", true);
        let (mut all, mut count) = (Vec::new(), 0);
        while let Some(chunk) = chunks.next_chunk().unwrap() {
            assert_eq!(chunk.offset, all.len() as u64);
            assert_eq!(chunk.line, 1 + 2 * (all.len() / row.len()) as u64);
            assert!(chunk.text.len().is_multiple_of(row.len()));
            all.extend(chunk.text);
            count += 1;
        }
        assert!(all == text.as_bytes() && count > 2);
        let mut last = Chunks::new(&b"x\ny"[..], "t", false);
        let pieces: Vec<_> =
            std::iter::from_fn(|| last.next_chunk().unwrap()).map(|chunk| chunk.text).collect();
        assert_eq!(pieces, [&b"x\n"[..], b"y"]);
    }
}
