//! Framing against a slow, obvious twin, against torn and hostile bytes, and against files of other people's systems.

use std::path::Path;

use super::*;
use crate::diag::Result;
use crate::encoding::CodePage;
use crate::record::{Block, FrameNote};
use crate::sys::fault::{Fault, FaultFs};
use crate::sys::{Fs, RealFs};

mod codec;
mod hostile;
mod random;
mod settings;
mod twin;

/// Options from pairs of name and value, as a command line would have them.
fn options(pairs: &[(&str, &str)]) -> FormatOptions {
    let mut options = FormatOptions::default();
    for (name, value) in pairs {
        let text = || Some((*value).to_owned());
        let number = || Some(value.parse().unwrap());
        match *name {
            "recfm" => options.recfm = text(),
            "lrecl" => options.lrecl = number(),
            "blksize" => options.blksize = number(),
            "rdw" => options.rdw = text(),
            "bdw" => options.bdw = text(),
            "line-end" => options.line_end = text(),
            "empty-lines" => options.empty_lines = text(),
            "skip-head" => options.skip_head = number(),
            "skip-tail" => options.skip_tail = number(),
            "record-skip-head" => options.record_skip_head = number(),
            "record-skip-tail" => options.record_skip_tail = number(),
            "length" => options.length = text(),
            "length-field" => options.length_field = text(),
            "length-adjust" => options.length_adjust = Some(value.parse().unwrap()),
            "length-first" => options.length_first = number(),
            "length-last" => options.length_last = number(),
            _ => panic!("{name}"),
        }
    }
    options
}

/// A format without a copybook, lines as they are.
fn format(pairs: &[(&str, &str)]) -> DatasetFormat {
    options(pairs).format(None, CodePage::CP037).unwrap().unpadded()
}

/// What reading a file gives.
#[derive(Debug, Default)]
struct Read {
    records: Vec<Vec<u8>>,
    /// The file put together from frames, data and tails.
    rebuilt: Vec<u8>,
    /// The file as a writer writes it, given the frames that are not what it would write anyway.
    converted: Vec<u8>,
    /// How many of those there were.
    notes: usize,
    skipped: u64,
}

/// Reads a file in short reads, takes it apart and puts it together.
fn read(folder: &Path, bytes: &[u8], format: &DatasetFormat) -> Result<Read> {
    let path = folder.join("in");
    std::fs::write(&path, bytes).unwrap();
    // The fault layer also cuts every read short.
    let fs = FaultFs::new(RealFs, Fault::Once, 0);
    let mut reader = Reader::open(&fs, "TEST", &path, format.clone())?;
    let mut read = Read::default();
    let mut framer = Framer::new(format.clone());
    let out = folder.join("out");
    let _ = std::fs::remove_file(&out);
    let mut writer = Writer::new("TEST", &out, format.clone(), RealFs.create_new(&out).unwrap());
    while let Some(block) = reader.next_frames()? {
        for (slot, record) in block.slots() {
            let frame = block.frame(slot);
            let (mut offset, mut pieces) = (None, Vec::new());
            for (bytes, data) in frame.parts() {
                pieces.extend_from_slice(data);
                read.rebuilt.extend_from_slice(bytes);
                offset.get_or_insert(read.rebuilt.len() as u64);
                read.rebuilt.extend_from_slice(data);
            }
            assert_eq!(offset, Some(block.offset(slot)));
            read.rebuilt.extend_from_slice(frame.after());
            if framer.would_write(&frame) {
                writer.write_record(record)?;
            } else {
                let note = FrameNote::from(&frame).to_string().parse().unwrap();
                // The pieces are the record, but for lines that have been padded.
                assert!(writer.write_framed(&pieces, &note)?);
                read.notes += 1;
            }
            read.records.push(record.to_vec());
        }
        read.rebuilt.extend_from_slice(block.tail());
        writer.write_unframed(block.tail())?;
    }
    read.skipped = reader.skipped();
    assert_eq!(reader.bytes_read(), bytes.len() as u64);
    let (written, _) = writer.finish()?;
    read.converted = std::fs::read(&out).unwrap();
    assert_eq!(written.bytes, read.converted.len() as u64);
    assert_eq!(written.records, read.records.len() as u64);
    Ok(read)
}

/// Writes records in the frames of a format.
fn write<'a>(
    folder: &Path,
    records: impl IntoIterator<Item = &'a Vec<u8>>,
    format: &DatasetFormat,
) -> Result<Vec<u8>> {
    let path = folder.join("written");
    let _ = std::fs::remove_file(&path);
    let mut writer = Writer::new("TEST", &path, format.clone(), RealFs.create_new(&path).unwrap());
    records.into_iter().try_for_each(|record| writer.write_record(record))?;
    writer.finish()?;
    Ok(std::fs::read(&path).unwrap())
}
