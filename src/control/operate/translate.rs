//! TRAN and HEX.

use super::Setting;
use crate::control::syntax::Translation;
use crate::encoding::CodePage;

/// A translation of bytes.
#[derive(Clone, Debug)]
pub(super) enum Translator {
    /// Byte by byte.
    Table([u8; 256]),
    /// Each byte as characters of so many bits.
    Spread { bits: u32, digits: [u8; 16] },
    /// Characters of so many bits put together; the value of each character.
    Gather { bits: u32, values: [u8; 256] },
}

impl Translator {
    /// What a translation does to bytes in the code page of the data.
    pub fn new(translation: Translation, setting: &Setting) -> Self {
        let page = setting.page;
        match translation {
            Translation::Upper => Translator::Table(page.translation(|c| c.to_ascii_uppercase())),
            Translation::Lower => Translator::Table(page.translation(|c| c.to_ascii_lowercase())),
            Translation::AltSeq => match &setting.altseq {
                Some(table) => Translator::Table(**table),
                None => Translator::Table(std::array::from_fn(|byte| byte as u8)),
            },
            Translation::ToAscii => Translator::Table(to_latin(host(page))),
            Translation::ToEbcdic => {
                let mut back = [0; 256];
                for (byte, latin) in to_latin(host(page)).into_iter().enumerate() {
                    back[usize::from(latin)] = byte as u8;
                }
                Translator::Table(back)
            }
            Translation::Hex => Translator::Spread { bits: 4, digits: digits(page) },
            Translation::Bit => Translator::Spread { bits: 1, digits: digits(page) },
            Translation::Unhex => Translator::Gather { bits: 4, values: values(page) },
            Translation::Unbit => Translator::Gather { bits: 1, values: values(page) },
        }
    }

    /// Bytes that it makes of so many.
    pub fn length(&self, length: usize) -> usize {
        match self {
            Translator::Table(_) => length,
            Translator::Spread { bits, .. } => length * (8 / *bits as usize),
            Translator::Gather { bits, .. } => length.div_ceil(8 / *bits as usize),
        }
    }

    /// Appends the translation of bytes.
    pub fn put(&self, field: &[u8], out: &mut Vec<u8>) {
        match self {
            Translator::Table(table) => out.extend(field.iter().map(|byte| table[usize::from(*byte)])),
            Translator::Spread { bits, digits } => {
                let mask = (1u8 << bits) - 1;
                for byte in field {
                    let parts = (0..8 / bits).rev().map(|part| byte >> (part * bits) & mask);
                    out.extend(parts.map(|part| digits[usize::from(part)]));
                }
            }
            Translator::Gather { bits, values } => {
                let count = 8 / *bits as usize;
                let mask = (1u8 << bits) - 1;
                for chunk in field.chunks(count) {
                    let filled = chunk.iter().map(|byte| values[usize::from(*byte)] & mask);
                    let byte = filled.chain(std::iter::repeat(0)).take(count);
                    out.push(byte.fold(0, |all: u8, part| all << bits | part));
                }
            }
        }
    }
}

/// The EBCDIC page of a translation from or to ASCII.
fn host(page: CodePage) -> CodePage {
    if page.is_ebcdic() { page } else { CodePage::CP037 }
}

/// The byte of each character in ISO 8859-1; characters that it does not have take the places that are left.
fn to_latin(page: CodePage) -> [u8; 256] {
    let latin = |byte: u8| u8::try_from(u32::from(page.char(byte))).ok();
    let mut taken = [false; 256];
    (0..=255).filter_map(latin).for_each(|to| taken[usize::from(to)] = true);
    let mut free = (0..=255u8).filter(|to| !taken[usize::from(*to)]);
    std::array::from_fn(|byte| latin(byte as u8).or_else(|| free.next()).unwrap_or(byte as u8))
}

/// The characters of hexadecimal digits.
fn digits(page: CodePage) -> [u8; 16] {
    std::array::from_fn(|digit| {
        char::from_digit(digit as u32, 16).and_then(|c| page.byte(c.to_ascii_uppercase())).unwrap_or(0)
    })
}

/// The values of characters as hexadecimal digits; 0 of all others.
fn values(page: CodePage) -> [u8; 256] {
    std::array::from_fn(|byte| page.char(byte as u8).to_digit(16).unwrap_or(0) as u8)
}
