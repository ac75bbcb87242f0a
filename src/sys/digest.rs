//! SHA-256 as text: how texts, inputs and lines of journals are known again.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::cost::HASHING;
use super::{Fs, PathError};
use crate::diag::Result;

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// SHA-256 of bytes, hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::digest(bytes).as_slice())
}

/// SHA-256 of the bytes of a file, hexadecimal.
///
/// # Errors
/// If the file cannot be read.
pub fn sha256_of_file(fs: &dyn Fs, path: &Path) -> Result<String> {
    let mut file = fs.open(path).path_error("read", path)?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece).path_error("read", path)? {
            0 => return Ok(hexadecimal(hash.finalize().as_slice())),
            count => HASHING.of(|| hash.update(&piece[..count])),
        }
    }
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
