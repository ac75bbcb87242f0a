//! A number as a report shows it, and how to tell that it cannot.

use crate::encoding::CodePage;
use crate::encoding::edited::EditMask;

/// An edited picture with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    mask: EditMask,
    text: String,
}

impl Picture {
    /// A mask, and the PICTURE that it is of.
    pub fn new(mask: EditMask, text: &str) -> Self {
        Picture { mask, text: text.to_owned() }
    }

    /// The PICTURE, for messages and documents.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes.
    pub fn length(&self) -> usize {
        self.mask.length()
    }

    /// Decimals; negative for P on the right.
    pub fn scale(&self) -> i8 {
        self.mask.scale()
    }

    /// True if a negative number looks different.
    pub fn signed(&self) -> bool {
        self.mask.signed()
    }

    /// Digits before the decimal point.
    pub fn integer_digits(&self) -> i32 {
        i32::from(self.mask.digits()) - i32::from(self.mask.scale())
    }

    /// True if nothing of an integer at the picture's scale is lost: neither digits nor the sign.
    #[inline]
    pub fn shows(&self, value: i128) -> bool {
        let limit = crate::decimal::pow10(u32::from(self.mask.digits()));
        limit.is_none_or(|limit| -limit < value && value < limit) && (value >= 0 || self.mask.signed())
    }

    /// Edits an integer at the picture's scale into as many bytes as the picture has.
    #[inline]
    pub fn edit(&self, value: i128, out: &mut [u8], page: CodePage) {
        self.mask.encode(value, out, page);
    }
}
