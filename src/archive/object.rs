//! A content on its way into the archive and out of it.

use std::io::{self, Read, Write};
use std::path::Path;

use lz4_flex::frame::{BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use sha2::{Digest, Sha256};

use crate::diag::{Diagnostic, Result, codes};
use crate::sys::hash::Xxh3;
use crate::sys::publish::content_hash;
use crate::sys::{Fs, PathError, ReadFile, WriteFile, hexadecimal};

/// Bytes that are copied at a time.
const PIECE: usize = 1 << 20;

/// What is known of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub bytes: u64,
    /// XXH3 (128 bits), as journals and catalog have it.
    pub hash: String,
    pub sha256: String,
}

/// Counts and hashes what passes.
struct Hashes {
    bytes: u64,
    hash: Xxh3,
    sha256: Sha256,
}

impl Hashes {
    fn new() -> Hashes {
        Hashes { bytes: 0, hash: Xxh3::new(), sha256: Sha256::new() }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
        self.sha256.update(bytes);
    }

    fn content(self) -> Content {
        let sha256 = hexadecimal(self.sha256.finalize().as_slice());
        Content { bytes: self.bytes, hash: content_hash(self.hash.digest128()), sha256 }
    }
}

/// Compresses what is read into a file, which is on the disk when this returns.
pub(super) fn pack(
    from: &mut dyn Read,
    shown: &Path,
    part: &Path,
    file: Box<dyn WriteFile>,
) -> Result<Content> {
    let info = FrameInfo::new().block_size(BlockSize::Max1MB).content_checksum(true);
    let mut frame = FrameEncoder::with_frame_info(info, file);
    let (mut hashes, mut piece) = (Hashes::new(), vec![0; PIECE]);
    loop {
        match from.read(&mut piece).path_error("read", shown)? {
            0 => break,
            count => {
                hashes.take(&piece[..count]);
                frame.write_all(&piece[..count]).path_error("write", part)?;
            }
        }
    }
    let mut file = frame.finish().map_err(io::Error::from).path_error("write", part)?;
    file.flush().path_error("write", part)?;
    file.sync().path_error("sync", part)?;
    Ok(hashes.content())
}

/// Writes a content out of its object; refuses one that is not what its name says.
pub(super) fn unpack(
    object: Box<dyn ReadFile>,
    path: &Path,
    sha256: &str,
    to: &mut dyn Write,
    shown: &Path,
) -> Result<Content> {
    let mut frame = FrameDecoder::new(object);
    let (mut hashes, mut piece) = (Hashes::new(), vec![0; PIECE]);
    loop {
        let count = frame.read(&mut piece).map_err(|error| damaged(path, &error.to_string()))?;
        if count == 0 {
            break;
        }
        hashes.take(&piece[..count]);
        to.write_all(&piece[..count]).path_error("write", shown)?;
    }
    let content = hashes.content();
    if content.sha256 == sha256 { Ok(content) } else { Err(damaged(path, "its content has another hash")) }
}

fn damaged(path: &Path, why: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::ARC001, format!("an object of the archive is damaged: {why}"))
        .in_file(path.display().to_string())
        .hint("put back a copy of it; offhost archive verify finds every damaged object")
}

/// True if a file can be opened at all; only then it is worth asking for its content.
pub(super) fn is_there(fs: &dyn Fs, path: &Path) -> bool {
    fs.meta(path).is_ok_and(|meta| meta.is_file)
}
