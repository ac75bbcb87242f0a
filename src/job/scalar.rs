//! Where the characters of a YAML scalar stand in its file: quoted, folded, escaped or indented.

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// Plain, or the lines of a block.
    Plain,
    /// In apostrophes.
    Single,
    /// In quotes.
    Double,
}

/// Goes through a scalar of a file.
struct Walk<'t> {
    text: &'t str,
    at: usize,
    style: Style,
}

/// The offset in the file of each byte of a scalar that begins at `start` and has this value. `None` if the file has something else
/// there.
pub(super) fn places(text: &str, start: usize, value: &str) -> Option<Vec<usize>> {
    let rest = text.get(start..)?;
    let (style, at) = match rest.chars().next()? {
        '\'' => (Style::Single, start + 1),
        '"' => (Style::Double, start + 1),
        '|' | '>' => (Style::Plain, start + rest.find('\n')?),
        _ => (Style::Plain, start),
    };
    // The lines of a block may begin with a quote themselves.
    let tries = [Walk { text, at, style }, Walk { text, at: start, style: Style::Plain }];
    tries.into_iter().find_map(|walk| walk.places(value))
}

impl Walk<'_> {
    fn places(mut self, value: &str) -> Option<Vec<usize>> {
        let mut places = Vec::with_capacity(value.len());
        for c in value.chars() {
            let (place, length) = if c.is_whitespace() { self.blank(c) } else { self.mark(c)? };
            let step = usize::from(length == c.len_utf8());
            places.extend((0..c.len_utf8()).map(|byte| place + byte * step));
        }
        Some(places)
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes so many bytes; where they were, and how many.
    fn pass(&mut self, length: usize) -> (usize, usize) {
        self.at += length;
        (self.at - length, length)
    }

    /// A blank or line end of the value: an escape that means it, the next blank or line end, or nothing, where there is none.
    fn blank(&mut self, wanted: char) -> (usize, usize) {
        if let Some((c, length)) = self.escape()
            && c == wanted
        {
            return self.pass(length);
        }
        let length = self.rest().chars().next().filter(|c| c.is_whitespace()).map_or(0, char::len_utf8);
        self.pass(length)
    }

    /// Any other character: behind whatever blanks, line ends and indentation stand before it.
    fn mark(&mut self, wanted: char) -> Option<(usize, usize)> {
        self.pass_blanks();
        while self.style == Style::Double
            && (self.rest().starts_with("\\\n") || self.rest().starts_with("\\\r\n"))
        {
            self.pass(1);
            self.pass_blanks();
        }
        let (c, length) = match self.escape() {
            Some(escape) => escape,
            None if self.style == Style::Single && self.rest().starts_with("''") => ('\'', 2),
            None => self.rest().chars().next().map(|c| (c, c.len_utf8()))?,
        };
        (c == wanted).then(|| self.pass(length))
    }

    fn pass_blanks(&mut self) {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start().len();
        self.pass(length);
    }

    /// The escape that stands there, and its length (YAML 1.2, "Escaped Characters").
    fn escape(&self) -> Option<(char, usize)> {
        let escape = self.rest().strip_prefix('\\').filter(|_| self.style == Style::Double)?;
        let c = escape.chars().next()?;
        let plain = match c {
            '0' => '\0',
            'a' => '\x07',
            'b' => '\x08',
            't' | '\t' => '\t',
            'n' => '\n',
            'v' => '\x0B',
            'f' => '\x0C',
            'r' => '\r',
            'e' => '\x1B',
            ' ' | '"' | '/' | '\\' => c,
            'N' => '\u{85}',
            '_' => '\u{A0}',
            'L' => '\u{2028}',
            'P' => '\u{2029}',
            'x' | 'u' | 'U' => {
                let digits = match c {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let code = u32::from_str_radix(escape.get(1..=digits)?, 16).ok()?;
                return Some((char::from_u32(code)?, digits + 2));
            }
            _ => return None,
        };
        Some((plain, 2))
    }
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn characters_are_found_however_the_scalar_is_written() {
        let cases = [
            ("|\n  A = 'x'\n    OR B\n", "A = 'x'\n  OR B\n"),
            (">-\n  A = 1\n  OR B\n", "A = 1 OR B"),
            (">\n  A\n\n  B\n", "A\nB\n"),
            ("A = 1\n    OR B\n", "A = 1 OR B"),
            ("'A = ''x''\n   OR B'", "A = 'x' OR B"),
            ("\"A\\tB \\\n   \\x41 \\u00e9é \\\" B\"", "A\tB A éé \" B"),
            ("'x' = A\n  OR B\n", "'x' = A OR B"),
        ];
        for (text, value) in cases {
            let whole = format!("k: {text}");
            let found = places(&whole, 3, value).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found.len(), value.len(), "{text}");
            for (at, c) in value.char_indices().filter(|(_, c)| !c.is_whitespace()) {
                let there = &whole[found[at]..];
                let escaped = there.starts_with('\\') || there.starts_with("''");
                assert!(escaped || there.starts_with(c), "{text}: {c} at {}", found[at]);
            }
        }
        assert_eq!(places("k: abc", 3, "abd"), None);
        assert_eq!(places("k: ", 9, "abd"), None);
    }
}
