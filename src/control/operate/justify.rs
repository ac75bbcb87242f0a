//! JFY and SQZ.

use super::Setting;
use crate::control::syntax::{Justify, Pairing, Shift};
use crate::diag::Result;
use crate::encoding::CodePage;

/// JFY or SQZ, compiled.
#[derive(Clone, Debug)]
pub struct JustifyProgram {
    length: usize,
    squeeze: bool,
    shift: Shift,
    /// Bytes that are taken for blanks.
    blanks: Box<[bool; 256]>,
    blank: u8,
    lead: Vec<u8>,
    mid: Vec<u8>,
    trail: Vec<u8>,
    quote: Option<u8>,
}

impl JustifyProgram {
    /// Compiles an item.
    pub fn compile(justify: &Justify, setting: &Setting) -> Result<Self> {
        let blank = setting.page.space();
        let mut blanks = Box::new([false; 256]);
        for byte in justify.preblank.iter().chain([&blank]) {
            blanks[usize::from(*byte)] = true;
        }
        Ok(JustifyProgram {
            length: justify.length.unwrap_or(justify.from.length()) as usize,
            squeeze: justify.squeeze,
            shift: justify.shift,
            blanks,
            blank,
            lead: justify.lead.clone(),
            mid: justify.mid.clone(),
            trail: justify.trail.clone(),
            quote: quote(justify.pair, setting.page),
        })
    }

    /// Bytes of the result.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Appends the result for the bytes of the field.
    pub fn put(&self, field: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.lead);
        if self.squeeze {
            self.squeezed(field, out);
        } else {
            let text = self.text(field);
            out.extend(text.iter().map(|byte| if self.is_blank(*byte) { self.blank } else { *byte }));
        }
        out.extend_from_slice(&self.trail);
        let made = out.len() - start;
        match (self.shift, made.checked_sub(self.length)) {
            (Shift::Left, _) => out.resize(start + self.length, self.blank),
            (Shift::Right, Some(surplus)) => drop(out.drain(start..start + surplus)),
            (Shift::Right, None) => {
                out.resize(start + self.length, self.blank);
                out[start..].rotate_right(self.length - made);
            }
        }
    }

    #[inline]
    fn is_blank(&self, byte: u8) -> bool {
        self.blanks[usize::from(byte)]
    }

    /// The field without blanks around.
    fn text<'a>(&self, field: &'a [u8]) -> &'a [u8] {
        let first = field.iter().position(|byte| !self.is_blank(*byte));
        let last = field.iter().rposition(|byte| !self.is_blank(*byte));
        match (first, last) {
            (Some(first), Some(last)) => &field[first..=last],
            _ => &[],
        }
    }

    /// Blanks inside go as well, but those between quotes stay, as do bytes that would be taken for blanks.
    fn squeezed(&self, field: &[u8], out: &mut Vec<u8>) {
        let (mut quoted, mut gap, mut any) = (false, false, false);
        for byte in field {
            if !quoted && self.is_blank(*byte) {
                gap = any;
                continue;
            }
            if gap {
                out.extend_from_slice(&self.mid);
                gap = false;
            }
            quoted ^= self.quote == Some(*byte);
            any = true;
            out.push(*byte);
        }
    }
}

/// The quote of PAIR, in the code page of the data.
pub(super) fn quote(pair: Pairing, page: CodePage) -> Option<u8> {
    match pair {
        Pairing::None => None,
        Pairing::Apostrophe => page.byte('\''),
        Pairing::Quote => page.byte('"'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::syntax::{Dialect, Options, Place};

    fn base(squeeze: bool, shift: Shift, length: Option<u32>) -> Justify {
        Justify {
            from: Place::Record { position: 1, length: 0 },
            squeeze,
            shift,
            length,
            preblank: Vec::new(),
            lead: Vec::new(),
            mid: Vec::new(),
            trail: Vec::new(),
            pair: Pairing::None,
        }
    }

    fn put(justify: &Justify, field: &str) -> String {
        let clock = jiff::civil::date(2026, 3, 21).at(0, 0, 0, 0);
        let setting = Setting::new("cp037".parse().unwrap(), clock, Dialect::Dfsort, &Options::default());
        let encode = |bytes: &[u8]| setting.page.encode(std::str::from_utf8(bytes).unwrap()).unwrap();
        let justify = Justify {
            from: Place::Record { position: 1, length: u32::try_from(field.len()).unwrap() },
            preblank: encode(&justify.preblank),
            lead: encode(&justify.lead),
            mid: encode(&justify.mid),
            trail: encode(&justify.trail),
            ..justify.clone()
        };
        let program = JustifyProgram::compile(&justify, &setting).unwrap();
        let mut out = vec![1, 2, 3];
        program.put(&encode(field.as_bytes()), &mut out);
        assert_eq!(out.len(), 3 + program.length());
        setting.page.decode(&out[3..])
    }

    #[test]
    fn text_is_justified_and_squeezed() {
        let text = |text: &str| text.as_bytes().to_vec();
        let (left, right) = (Shift::Left, Shift::Right);
        let jfy = |shift, length| base(false, shift, length);
        let sqz = |shift, length| base(true, shift, length);
        let cases = [
            (jfy(left, None), "  a b  ", "a b    "),
            (jfy(right, None), "  a b  ", "    a b"),
            (jfy(left, Some(2)), "  a b  ", "a "),
            (jfy(right, Some(2)), "  a b  ", " b"),
            (jfy(right, Some(9)), "  a b  ", "      a b"),
            (Justify { lead: text("<"), trail: text(">"), ..jfy(left, None) }, "  ab   ", "<ab>   "),
            (Justify { lead: text("("), trail: text(")"), ..jfy(right, Some(7)) }, "123  ", "  (123)"),
            (Justify { lead: text("<"), trail: text(">"), ..jfy(left, None) }, "      ", "<>    "),
            (Justify { preblank: text("<>"), ..jfy(left, None) }, "<a<b>  ", "a b    "),
            (sqz(left, None), " a  b c ", "abc     "),
            (sqz(right, None), " a  b c ", "     abc"),
            (Justify { mid: text("-"), ..sqz(left, Some(10)) }, " a  b c ", "a-b-c     "),
            (
                Justify { mid: text(","), lead: text("["), trail: text("]"), ..sqz(left, None) },
                " a  b   ",
                "[a,b]   ",
            ),
            (Justify { preblank: text("()"), mid: text(","), ..sqz(left, None) }, "(a)(b)", "a,b   "),
            // Application Programming Guide, OUTFIL example 22: values with commas made of columns.
            (
                Justify { mid: text(","), pair: Pairing::Apostrophe, ..sqz(left, None) },
                "'John Lewis'   -12.83  'Research' ",
                "'John Lewis',-12.83,'Research'    ",
            ),
            (
                Justify { preblank: text("-"), pair: Pairing::Quote, ..sqz(left, None) },
                "\"a - b\" - c",
                "\"a - b\"c   ",
            ),
            (sqz(left, None), "    ", "    "),
            (jfy(right, None), "", ""),
        ];
        for (justify, field, expected) in cases {
            assert_eq!(put(&justify, field), expected, "{justify:?} {field:?}");
        }
    }
}
