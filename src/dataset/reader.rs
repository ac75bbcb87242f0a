//! Reading a dataset in blocks of whole records.

use std::path::{Path, PathBuf};

use super::format::{DatasetFormat, Recfm};
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::record::Block;
use crate::sys::{Fs, Meta, PathError, ReadFile};

/// Bytes of a record descriptor word.
const RDW: usize = 4;

/// A dataset open for reading.
pub struct Reader {
    dataset: String,
    path: PathBuf,
    format: DatasetFormat,
    file: Box<dyn ReadFile>,
    opened: Meta,
    /// Bytes read but not yet part of a block: the torn end of the last buffer.
    rest: Vec<u8>,
    /// File offset of the first byte of `rest`.
    offset: u64,
    next_number: u64,
    ended: bool,
}

impl Reader {
    /// Opens a dataset. A fixed-length file whose size is not a multiple of its record length is refused here, before
    /// any record is read.
    pub fn open(fs: &dyn Fs, dataset: &str, path: &Path, format: DatasetFormat) -> Result<Reader> {
        let file = fs.open(path).path_error(&format!("read dataset {dataset} at"), path)?;
        let opened = file.meta().path_error("read", path)?;
        if format.recfm == Recfm::Fixed && !opened.length.is_multiple_of(format.lrecl as u64) {
            return Err(not_a_multiple(dataset, path, opened.length, format.lrecl as u64));
        }
        Ok(Reader {
            dataset: dataset.to_owned(),
            path: path.to_owned(),
            format,
            file,
            opened,
            rest: Vec::new(),
            offset: 0,
            next_number: 1,
            ended: false,
        })
    }

    /// Size of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.opened.length
    }

    /// Bytes delivered so far.
    pub fn bytes_read(&self) -> u64 {
        self.offset
    }

    /// Name of the dataset.
    pub fn dataset(&self) -> &str {
        &self.dataset
    }

    /// The next block, or `None` at the end.
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        while !self.ended {
            let block = match self.format.recfm {
                Recfm::Fixed => self.fixed_block()?,
                Recfm::Variable => self.variable_block()?,
                Recfm::Text => self.text_block()?,
            };
            if self.ended {
                self.check_unchanged()?;
            }
            if !block.is_empty() {
                self.next_number += block.len() as u64;
                return Ok(Some(block));
            }
        }
        Ok(None)
    }

    fn fixed_block(&mut self) -> Result<Block> {
        let lrecl = self.format.lrecl;
        let bytes = self.fill((Block::SIZE / lrecl).max(1) * lrecl)?;
        if !bytes.len().is_multiple_of(lrecl) {
            let whole = bytes.len() / lrecl;
            return Err(self.torn(whole * lrecl, whole as u64, &bytes[whole * lrecl..]));
        }
        let block = Block::fixed(bytes, lrecl, self.next_number, self.offset);
        self.offset += block.size() as u64;
        Ok(block)
    }

    fn variable_block(&mut self) -> Result<Block> {
        let bytes = self.fill(Block::SIZE)?;
        let mut spans = Vec::with_capacity(bytes.len() / (self.format.lrecl / 2 + RDW).max(8));
        let mut at = 0;
        while let Some(word) = bytes.get(at..at + RDW) {
            let length = usize::from(u16::from_be_bytes([word[0], word[1]]));
            if length < RDW || word[2] != 0 || word[3] != 0 {
                return Err(self.bad_rdw(at, spans.len() as u64, word));
            }
            if length - RDW > self.format.lrecl {
                return Err(self.too_long(at, spans.len() as u64, word, length - RDW));
            }
            if at + length > bytes.len() {
                break;
            }
            spans.push(((at + RDW) as u32, (at + length) as u32));
            at += length;
        }
        if self.ended && at < bytes.len() {
            return Err(self.torn(at, spans.len() as u64, &bytes[at..]));
        }
        self.keep_rest(&bytes[at..]);
        let block = Block::spans(bytes, spans, self.next_number, self.offset);
        self.offset += at as u64;
        Ok(block)
    }

    fn text_block(&mut self) -> Result<Block> {
        let bytes = self.fill(Block::SIZE)?;
        let mut padded = Vec::with_capacity(bytes.len() * 2);
        let mut at = 0;
        while at < bytes.len() {
            let line_end = bytes[at..].iter().position(|&byte| byte == b'\n').map(|length| at + length);
            let (end, next) = match line_end {
                Some(end) => (end, end + 1),
                None if self.ended => (bytes.len(), bytes.len()),
                None => break,
            };
            let line = bytes[at..end].strip_suffix(b"\r").unwrap_or(&bytes[at..end]);
            if line.len() > self.format.lrecl {
                return Err(self.long_line(at, (padded.len() / self.format.lrecl) as u64, line));
            }
            padded.extend_from_slice(line);
            padded.resize(padded.len() + self.format.lrecl - line.len(), self.format.page.space());
            at = next;
        }
        if bytes.len() - at > self.format.lrecl + 1 {
            let number = (padded.len() / self.format.lrecl) as u64;
            return Err(self.long_line(at, number, &bytes[at..]));
        }
        self.keep_rest(&bytes[at..]);
        let block = Block::fixed(padded, self.format.lrecl, self.next_number, self.offset);
        self.offset += at as u64;
        Ok(block)
    }

    /// The rest of the last buffer and as much from the file as makes `size` bytes. Notes the end of the file.
    fn fill(&mut self, size: usize) -> Result<Vec<u8>> {
        let left = usize::try_from(self.opened.length.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let mut bytes = Vec::with_capacity(size.min(left.saturating_add(1)).max(self.rest.len()));
        bytes.append(&mut self.rest);
        // A record may be longer than a block; then the rest alone fills it, and a block more is read.
        let wanted = size.saturating_sub(bytes.len()).max(1 << 16);
        let enough = bytes.len() + wanted;
        while bytes.len() < enough && !self.ended {
            let left = enough - bytes.len();
            self.ended = self.file.read_into(&mut bytes, left).path_error("read", &self.path)? == 0;
        }
        Ok(bytes)
    }

    fn keep_rest(&mut self, rest: &[u8]) {
        self.rest.clear();
        self.rest.extend_from_slice(rest);
    }

    /// A file that somebody writes to while we read it would give a mixture of old and new.
    fn check_unchanged(&self) -> Result<()> {
        let now = self.file.meta().path_error("read", &self.path)?;
        if (now.length, now.modified) == (self.opened.length, self.opened.modified) {
            return Ok(());
        }
        Err(Diagnostic::error(codes::DAT016, format!("dataset {} changed while it was read", self.dataset))
            .in_file(self.path.display().to_string())
            .hint("let the program that writes it finish first"))
    }

    fn place(&self, at: usize, index: u64, bytes: &[u8]) -> DataPlace {
        DataPlace {
            dataset: self.dataset.clone(),
            record: Some(self.next_number + index),
            offset: Some(self.offset + at as u64),
            bytes: bytes.to_vec(),
            ..DataPlace::default()
        }
    }

    fn torn(&self, at: usize, index: u64, tail: &[u8]) -> Box<Diagnostic> {
        Diagnostic::error(
            codes::DAT004,
            format!("the file ends inside a record: {} bytes are left over", tail.len()),
        )
        .in_data(self.place(at, index, tail))
        .note(format!("file {}", self.path.display()))
        .hint("the transfer was cut short, or the record format is another one")
    }

    fn bad_rdw(&self, at: usize, index: u64, word: &[u8]) -> Box<Diagnostic> {
        let shown = crate::diag::hex(word);
        Diagnostic::error(codes::DAT003, format!("{shown} is not a record descriptor word"))
            .in_data(self.place(at, index, word))
            .note("it is two bytes of length, at least 4 because it counts itself, and two bytes of zero")
            .hint("check that the file was transferred in binary with its RDWs and that recfm is V or VB")
    }

    fn too_long(&self, at: usize, index: u64, word: &[u8], length: usize) -> Box<Diagnostic> {
        let lrecl = self.format.lrecl;
        Diagnostic::error(codes::DAT003, format!("a record of {length} bytes is longer than LRECL {lrecl}"))
            .in_data(self.place(at, index, word))
            .hint("check lrecl (data bytes, without the descriptor word) and the copybook")
    }

    fn long_line(&self, at: usize, index: u64, line: &[u8]) -> Box<Diagnostic> {
        let lrecl = self.format.lrecl;
        Diagnostic::error(
            codes::DAT015,
            format!("a line of {} bytes is longer than LRECL {lrecl}", line.len()),
        )
        .in_data(self.place(at, index, line))
        .hint("check lrecl, and that the file is text")
    }
}

fn not_a_multiple(dataset: &str, path: &Path, size: u64, lrecl: u64) -> Box<Diagnostic> {
    let (whole, left) = (size / lrecl, size % lrecl);
    Diagnostic::error(
        codes::DAT002,
        format!("the size of {dataset}, {size} bytes, is not a multiple of LRECL {lrecl}"),
    )
    .in_data(DataPlace {
        dataset: dataset.to_owned(),
        record: Some(whole + 1),
        offset: Some(whole * lrecl),
        ..DataPlace::default()
    })
    .note(format!("file {}: {whole} records and {left} bytes left over", path.display()))
    .hint("check lrecl and the copybook; a text transfer adds line ends, a cut transfer loses bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::CodePage;
    use crate::sys::RealFs;
    use crate::sys::fault::{Fault, FaultFs};

    fn read(bytes: &[u8], recfm: Recfm, lrecl: usize) -> Result<Vec<Vec<u8>>> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let format = DatasetFormat { recfm, lrecl, page: CodePage::LATIN1 };
        // The fault layer also cuts every read short.
        let fs = FaultFs::new(RealFs, Fault::Once, 0);
        let mut reader = Reader::open(&fs, "TEST", file.path(), format)?;
        let mut records = Vec::new();
        while let Some(block) = reader.next_block()? {
            records.extend(block.records().map(<[u8]>::to_vec));
        }
        assert_eq!(reader.bytes_read(), bytes.len() as u64);
        Ok(records)
    }

    fn vb(records: &[Vec<u8>]) -> Vec<u8> {
        let rdw =
            |record: &Vec<u8>| [&((record.len() + RDW) as u16).to_be_bytes()[..], &[0, 0], record].concat();
        records.iter().flat_map(rdw).collect()
    }

    #[test]
    fn fixed_records_of_any_size() {
        let bytes: Vec<u8> = (0..3_000_000u32).map(|n| n as u8).collect();
        for lrecl in [1, 80, 100, 3_000_000, 1_500_000] {
            assert_eq!(read(&bytes, Recfm::Fixed, lrecl).unwrap(), bytes.chunks(lrecl).collect::<Vec<_>>());
        }
        assert!(read(b"", Recfm::Fixed, 80).unwrap().is_empty());
        let error = read(b"12345", Recfm::Fixed, 2).unwrap_err();
        assert_eq!(error.code, codes::DAT002);
        assert!(error.to_string().contains("record 3, file offset 4"), "{error}");
    }

    #[test]
    fn variable_records_across_block_borders() {
        let records: Vec<Vec<u8>> = (0..3000usize).map(|n| vec![n as u8; n * 7 % 2500]).collect();
        assert_eq!(read(&vb(&records), Recfm::Variable, 2500).unwrap(), records);
    }

    #[test]
    fn torn_and_impossible_descriptor_words() {
        let good = vb(&[b"abc".to_vec(), b"defg".to_vec()]);
        for cut in 1..good.len() {
            let result = read(&good[..cut], Recfm::Variable, 10);
            assert_eq!(result.is_ok(), cut == 7, "cut at {cut}");
        }
        for (bad, code) in [
            ([0, 3, 0, 0], codes::DAT003),
            ([0, 5, 0, 1], codes::DAT003),
            ([0, 0, 0, 0], codes::DAT003),
            ([0xFF, 0xFF, 0, 0], codes::DAT003),
            ([0, 9, 0, 0], codes::DAT004),
        ] {
            let mut bytes = good.clone();
            bytes.extend(bad);
            let error = read(&bytes, Recfm::Variable, 10).unwrap_err();
            assert_eq!(error.code, code);
            assert!(error.to_string().contains("record 3, file offset 15"), "{error}");
        }
    }

    #[test]
    fn lines_are_padded_and_checked() {
        assert_eq!(read(b"ab\r\n\ncde", Recfm::Text, 3).unwrap(), [b"ab ", b"   ", b"cde"]);
        assert_eq!(read(b"abcd\n", Recfm::Text, 3).unwrap_err().code, codes::DAT015);
        assert_eq!(read(&[b'x'; 200_000], Recfm::Text, 3).unwrap_err().code, codes::DAT015);
    }

    #[test]
    fn only_regular_files() {
        let format = DatasetFormat { recfm: Recfm::Fixed, lrecl: 1, page: CodePage::LATIN1 };
        for path in ["/dev/zero", "/"] {
            assert!(Reader::open(&RealFs, "TEST", Path::new(path), format).is_err(), "{path}");
        }
    }
}
