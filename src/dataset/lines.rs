//! Text: a record is a line.

use memchr::{memchr, memchr3};

use super::format::LineEnd;
use super::split::{Found, Splitter, Stretch};
use crate::diag::Result;
use crate::record::{Apart, Block};

/// The mark that DOS and its heirs put behind the last line of a file.
const END_OF_FILE: u8 = 0x1A;

impl Splitter {
    /// The lines that are whole in this stretch, padded to LRECL if the format says so.
    pub(super) fn lines(&mut self, stretch: Stretch<'_>) -> Result<Found> {
        let (bytes, lines, lrecl) = (stretch.bytes, self.format.framing.lines, self.format.lrecl);
        let mut found = Found::default();
        let (mut padded, mut apart) = (Vec::new(), Apart::default());
        let mut at = 0;
        // Padding may make many bytes of few; a block of it is enough.
        while at < bytes.len() && padded.len() <= Block::SIZE {
            let (end, next) = match self.line_end(bytes, at) {
                Some(found) => found,
                None if stretch.at_end => (text_end(bytes, at), bytes.len()),
                None => break,
            };
            let index = (found.spans.len() + apart.ends.len()) as u64;
            if end - at > lrecl {
                return Err(stretch.fault.long_line(at, index, &bytes[at..end], lrecl));
            }
            let only_mark = end == at && next == bytes.len() && bytes[at] == END_OF_FILE;
            if !(only_mark || end == at && lines.skip_empty) {
                if lines.padded {
                    padded.extend_from_slice(&bytes[at..end]);
                    padded.resize(padded.len() + lrecl - (end - at), self.format.page.space());
                    apart.pieces.push((at as u32, end as u32));
                    apart.ends.push((apart.pieces.len() as u32, next as u32));
                } else {
                    found.spans.push((at as u32, end as u32));
                    found.ends.push(next as u32);
                }
            }
            at = next;
        }
        if padded.len() <= Block::SIZE && bytes.len() - at > lrecl + 2 {
            let index = (found.spans.len() + apart.ends.len()) as u64;
            return Err(stretch.fault.long_line(at, index, &bytes[at..], lrecl));
        }
        found.used = at;
        found.apart = lines.padded.then_some((padded, apart));
        Ok(found)
    }

    /// Where the line that begins at `at` ends, and where the next one begins.
    fn line_end(&mut self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let rest = &bytes[at..];
        let single = |byte: u8| memchr(byte, rest).map(|length| (at + length, at + length + 1));
        match self.format.framing.lines.end {
            LineEnd::Lf => single(b'\n'),
            LineEnd::Nel => single(0x15),
            LineEnd::Nel25 => single(0x25),
            LineEnd::CrLf => memchr::memmem::find(rest, b"\r\n").map(|length| (at + length, at + length + 2)),
            LineEnd::Auto if self.format.page.is_ebcdic() => {
                let known = match self.line_end {
                    Some(known) => known,
                    None => match rest[memchr3(0x15, 0x25, b'\n', rest)?] {
                        0x15 => LineEnd::Nel,
                        0x25 => LineEnd::Nel25,
                        _ => LineEnd::Lf,
                    },
                };
                self.line_end = Some(known);
                single(known.bytes(self.format.page)[0])
            }
            LineEnd::Auto => {
                let (end, next) = single(b'\n')?;
                let carriage = end > at && bytes[end - 1] == b'\r';
                self.line_end.get_or_insert(if carriage { LineEnd::CrLf } else { LineEnd::Lf });
                Some((end - usize::from(carriage), next))
            }
        }
    }
}

/// Where the last line ends if it has no line end: before the marks of the end of the file.
fn text_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().rposition(|&byte| byte != END_OF_FILE).map_or(at, |last| at + last + 1)
}
