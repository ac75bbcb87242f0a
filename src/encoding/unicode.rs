//! National (UTF-16) and UTF-8 fields as text. As in the code pages, every byte string has one text and that text these
//! bytes: what is not well-formed is shown as escapes ([`is_escape`](super::is_escape)).

use super::{ByteOrder, escape};

/// A national field (PIC N, USAGE NATIONAL) as text: half a surrogate pair and an odd last byte become escapes, and so
/// does a pair that is itself a character used for escapes.
pub fn decode_utf16(bytes: &[u8], order: ByteOrder) -> String {
    let (units, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for decoded in char::decode_utf16(units.iter().map(|unit| order.u16(*unit))) {
        match decoded {
            Ok(character) if super::is_escape(character) => {
                let mut pair = [0; 2];
                text.extend(character.encode_utf16(&mut pair).iter().map(|unit| escape::of_unit(*unit)));
            }
            Ok(character) => text.push(character),
            Err(lone) => text.push(escape::of_unit(lone.unpaired_surrogate())),
        }
    }
    text.extend(odd.iter().map(|byte| escape::of_byte(*byte)));
    text
}

/// Text as a national field.
pub fn encode_utf16(text: &str, order: ByteOrder) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() * 2);
    for character in text.chars() {
        if let Some(byte) = escape::byte_of(character) {
            bytes.push(byte);
        } else if let Some(unit) = escape::unit_of(character) {
            bytes.extend_from_slice(&order.bytes(unit));
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                bytes.extend_from_slice(&order.bytes(*unit));
            }
        }
    }
    bytes
}

/// A UTF-8 field (PIC U, USAGE UTF-8) as text: bytes that are not well-formed become an escape each, and so do the four
/// of a character that is itself used for escapes of bytes.
pub fn decode_utf8(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let escapes =
        |bytes: &[u8], text: &mut String| text.extend(bytes.iter().map(|byte| escape::of_byte(*byte)));
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.find(|character| escape::byte_of(character).is_some()) {
            let (before, from) = rest.split_at(at);
            text.push_str(before);
            let length = from.chars().next().map_or(0, char::len_utf8);
            escapes(&from.as_bytes()[..length], &mut text);
            rest = &from[length..];
        }
        text.push_str(rest);
        escapes(chunk.invalid(), &mut text);
    }
    text
}

/// Text as a UTF-8 field.
pub fn encode_utf8(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match escape::byte_of(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_texts() {
        assert_eq!(decode_utf16(&[0, 0x31, 0xD8, 0x3D, 0xDE, 0], ByteOrder::Big), "1\u{1F600}");
        assert_eq!(decode_utf16(&[0x31, 0, 0x7A], ByteOrder::Little), "1\u{10F87A}");
        assert_eq!(decode_utf16(&[0xDC, 0x01, 0xD8, 0x02], ByteOrder::Big), "\u{10F401}\u{10F002}");
        assert_eq!(decode_utf8(b"a\xC3\xA4\xC3b"), "a\u{E4}\u{10F8C3}b");
    }

    /// Every code unit, alone and beside the two kinds of surrogates, in both orders.
    #[test]
    fn every_unit_comes_back() {
        for unit in 0..=u16::MAX {
            for order in [ByteOrder::Big, ByteOrder::Little] {
                for units in [[unit, 0xD800], [0xDBFC, unit], [unit, 0xDC00], [0xDC00, unit]] {
                    let bytes: Vec<u8> = units.iter().flat_map(|unit| order.bytes(*unit)).collect();
                    assert_eq!(encode_utf16(&decode_utf16(&bytes, order), order), bytes, "{units:04X?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(encode_utf8(&decode_utf8(&bytes)), &bytes[..]);
            for order in [ByteOrder::Big, ByteOrder::Little] {
                prop_assert_eq!(encode_utf16(&decode_utf16(&bytes, order), order), &bytes[..]);
            }
        }

        /// Characters near the escapes, whole and cut.
        #[test]
        fn escapes_in_the_data_come_back(
            texts in prop::collection::vec("[\u{10EFFE}-\u{10FA00}a-c]{1,4}", 1..5), cut in 0usize..4,
        ) {
            let utf8: Vec<u8> = texts.concat().into_bytes();
            let utf8 = &utf8[..utf8.len().saturating_sub(cut)];
            prop_assert_eq!(encode_utf8(&decode_utf8(utf8)), utf8);
            let utf16: Vec<u8> = texts.concat().encode_utf16().flat_map(u16::to_be_bytes).collect();
            let utf16 = &utf16[..utf16.len().saturating_sub(cut)];
            prop_assert_eq!(encode_utf16(&decode_utf16(utf16, ByteOrder::Big), ByteOrder::Big), utf16);
        }
    }
}
