//! The data division of a whole program: what is left of its text for a copybook reader.
//!
//! Division and section headers, FD and SD entries, and EXEC statements are left out, as is all that stands before the
//! data division and from the procedure division on. SPECIAL-NAMES says how numbers are written.

use crate::copybook::card::Glyph;
use crate::copybook::{CopybookOptions, CurrencySign};

use super::textword::{Kind, TextWord, split, text};

/// What SPECIAL-NAMES says.
#[derive(Debug, Default)]
pub(in crate::copybook) struct SpecialNames {
    decimal_point_is_comma: bool,
    currency: Vec<CurrencySign>,
}

impl SpecialNames {
    /// The options with what the program says; options that were given stay.
    pub(in crate::copybook) fn apply(self, options: &CopybookOptions) -> CopybookOptions {
        let mut options = options.clone();
        options.decimal_point_is_comma |= self.decimal_point_is_comma;
        if options.currency.is_empty() {
            options.currency = self.currency;
        }
        options
    }
}

/// The data description entries of a program; any other text as it is.
pub(super) fn data_division(glyphs: Vec<Glyph>) -> (Vec<Glyph>, SpecialNames) {
    let words = split(&glyphs);
    let mut names = SpecialNames::default();
    let mut sentences = words.split_inclusive(|word| word.kind == Kind::Period).peekable();
    if !sentences.clone().any(|sentence| header(&glyphs, sentence).is_some()) {
        return (glyphs, names);
    }
    // Entries before the first section are data only if nothing of a program stands before them.
    let mut in_data = sentences
        .peek()
        .is_some_and(|first| header(&glyphs, first).is_none() && begins_entry(&glyphs, first));
    let mut out = Vec::new();
    for sentence in sentences {
        match header(&glyphs, sentence).as_deref() {
            Some("PROCEDURE") => break,
            Some(header) => in_data = !matches!(header, "IDENTIFICATION" | "ID" | "ENVIRONMENT"),
            None if in_data && !is_left_out(&glyphs, sentence) => {
                let (first, last) = (sentence[0].start, sentence[sentence.len() - 1].end);
                // The line end before the entry says that it begins a line.
                let start = if first > 0 { first - 1 } else { first };
                out.extend(glyphs[start..start + 1].iter().map(|glyph| Glyph::line_end(glyph.start())));
                out.extend_from_slice(&glyphs[first..last]);
            }
            None if !in_data => special_names(&glyphs, sentence, &mut names),
            None => {}
        }
    }
    (out, names)
}

/// The first word of a division or section header of a program.
fn header(glyphs: &[Glyph], sentence: &[TextWord]) -> Option<String> {
    let [name, kind, ..] = sentence else { return None };
    let (name, kind) = (text(glyphs, *name), text(glyphs, *kind));
    let known = match kind.as_str() {
        "DIVISION" => matches!(name.as_str(), "IDENTIFICATION" | "ID" | "ENVIRONMENT" | "DATA" | "PROCEDURE"),
        "SECTION" => matches!(name.as_str(), "FILE" | "WORKING-STORAGE" | "LOCAL-STORAGE" | "LINKAGE"),
        _ => false,
    };
    known.then_some(name)
}

fn begins_entry(glyphs: &[Glyph], sentence: &[TextWord]) -> bool {
    sentence.first().is_some_and(|word| glyphs[word.start].c.is_ascii_digit())
}

fn is_left_out(glyphs: &[Glyph], sentence: &[TextWord]) -> bool {
    let first = sentence.first().map(|word| text(glyphs, *word));
    first.is_some_and(|first| matches!(first.as_str(), "FD" | "SD" | "EXEC" | "."))
}

/// `DECIMAL-POINT IS COMMA` and `CURRENCY [SIGN] [IS] 'sign' [[WITH] PICTURE SYMBOL 'symbol']`.
fn special_names(glyphs: &[Glyph], sentence: &[TextWord], names: &mut SpecialNames) {
    let words: Vec<String> = sentence
        .iter()
        .filter(|word| word.kind != Kind::Comma)
        .map(|word| match word.kind {
            Kind::Literal => glyphs[word.start..word.end].iter().map(|glyph| glyph.c).collect(),
            _ => text(glyphs, *word),
        })
        .filter(|word: &String| !matches!(word.as_str(), "IS" | "SIGN" | "WITH"))
        .collect();
    names.decimal_point_is_comma |= words.windows(2).any(|pair| pair == ["DECIMAL-POINT", "COMMA"]);
    let bare = |literal: &String| literal.trim_matches(['\'', '"']).to_owned();
    for (index, _) in words.iter().enumerate().filter(|(_, word)| *word == "CURRENCY") {
        let Some(sign) = words.get(index + 1).map(bare) else { continue };
        let symbol = match words.get(index + 2..index + 5) {
            Some([picture, symbol, literal]) if picture == "PICTURE" && symbol == "SYMBOL" => bare(literal),
            _ => sign.clone(),
        };
        names.currency.extend(CurrencySign::new(&sign, &symbol));
    }
}
