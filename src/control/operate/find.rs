//! FINDREP.

use super::{Setting, Shape};
use crate::control::syntax::{FindReplace, Replacement};
use crate::dataset::WORD;
use crate::diag::{DataPlace, Diagnostic, Result, Span, codes};

/// FINDREP, compiled.
#[derive(Clone, Debug)]
pub struct Find {
    pairs: Vec<Replacement>,
    /// True for bytes that something searched begins with.
    begins: Box<[bool; 256]>,
    start: usize,
    end: usize,
    limit: usize,
    truncate: bool,
    fixed_columns: bool,
    output: Shape,
    blank: u8,
    span: Span,
}

impl Find {
    /// Compiles it for records of a shape.
    pub fn compile(find: &FindReplace, setting: &Setting, shape: Shape) -> Result<Self> {
        let first = if shape.variable { WORD } else { 0 };
        let start = find.start.map_or(0, |start| (start as usize).saturating_sub(1));
        let mut begins = Box::new([false; 256]);
        let pairs: Vec<Replacement> =
            find.pairs.iter().filter(|pair| !pair.find.is_empty()).cloned().collect();
        for byte in pairs.iter().filter_map(|pair| pair.find.first()) {
            begins[usize::from(*byte)] = true;
        }
        Ok(Find {
            pairs,
            begins,
            start: start.max(first),
            end: find.end.map_or(usize::MAX, |end| end as usize),
            limit: find.limit.map_or(usize::MAX, |limit| limit as usize),
            truncate: find.truncate,
            fixed_columns: find.fixed_columns,
            output: Shape { length: find.max_length.map_or(shape.length, |max| max as usize), ..shape },
            blank: setting.page.space(),
            span: find.span.clone(),
        })
    }

    /// What records are like afterwards.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// Appends the changed record; the RDW of a variable one is right.
    pub fn apply(&self, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let begin = out.len();
        if self.fixed_columns {
            self.overlay(record, out);
        } else {
            self.replace(record, out);
        }
        self.fit(record, begin, out)
    }

    /// The next thing found at or behind `at`: its place and what it becomes.
    #[inline]
    fn next(&self, record: &[u8], mut at: usize) -> Option<(usize, &Replacement)> {
        let end = self.end.min(record.len());
        let searched = record.get(..end)?;
        while let Some(rest) = searched.get(at..) {
            at += rest.iter().position(|byte| self.begins[usize::from(*byte)])?;
            let here = &searched[at..];
            // Of several that fit, the first in the cards counts.
            if let Some(pair) = self.pairs.iter().find(|pair| here.starts_with(&pair.find)) {
                return Some((at, pair));
            }
            at += 1;
        }
        None
    }

    fn replace(&self, record: &[u8], out: &mut Vec<u8>) {
        let (mut copied, mut at) = (0, self.start);
        for _ in 0..self.limit {
            let Some((found, pair)) = self.next(record, at) else { break };
            out.extend_from_slice(&record[copied..found]);
            out.extend_from_slice(&pair.replace);
            copied = found + pair.find.len();
            at = copied;
        }
        out.extend_from_slice(&record[copied..]);
    }

    /// Puts what is found over the bytes that are there: what is shorter is padded with blanks, what is longer covers
    /// what follows.
    fn overlay(&self, record: &[u8], out: &mut Vec<u8>) {
        let begin = out.len();
        out.extend_from_slice(record);
        let mut at = self.start;
        for _ in 0..self.limit {
            let Some((found, pair)) = self.next(record, at) else { break };
            let length = pair.find.len().max(pair.replace.len());
            let end = begin + found + length;
            if end > out.len() {
                out.resize(end, self.blank);
            }
            let (text, rest) = out[begin + found..end].split_at_mut(pair.replace.len());
            text.copy_from_slice(&pair.replace);
            rest.fill(self.blank);
            at = found + length;
        }
    }

    /// Gives the record its length.
    fn fit(&self, record: &[u8], begin: usize, out: &mut Vec<u8>) -> Result<()> {
        let length = self.output.length;
        if out.len() - begin > length {
            let lost = &out[begin + length..];
            if !self.truncate && lost.iter().any(|byte| *byte != self.blank) {
                return Err(self.overrun(record, lost.len()));
            }
            out.truncate(begin + length);
        }
        if !self.output.variable {
            out.resize(begin + length, self.blank);
        } else if let Some(word) = out.get(begin..begin + WORD).map(<[u8]>::len) {
            let length = u16::try_from(out.len() - begin).unwrap_or(u16::MAX);
            out[begin..begin + word].copy_from_slice(&[(length >> 8) as u8, length as u8, 0, 0]);
        }
        Ok(())
    }

    fn overrun(&self, record: &[u8], lost: usize) -> Box<Diagnostic> {
        let message = format!("FINDREP moves {lost} bytes that are not all blank behind the end of a record");
        let place = DataPlace { bytes: record.to_vec(), ..DataPlace::default() };
        let (line, column) = self.span.position();
        Diagnostic::error(codes::CTL121, message)
            .in_data(place)
            .note(format!("FINDREP stands in line {line}, column {column} of {}", self.span.source().name()))
            .hint("MAXLEN=n makes room; OVERRUN=TRUNC gives up what does not fit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::syntax::{Dialect, Options};
    use crate::diag::Source;

    fn setting() -> Setting {
        let clock = jiff::civil::date(2026, 3, 21).at(0, 0, 0, 0);
        Setting::new("latin1".parse().unwrap(), clock, Dialect::Dfsort, &Options::default())
    }

    fn cards(pairs: &[(&str, &str)]) -> FindReplace {
        let pair = |(find, replace): &(&str, &str)| Replacement {
            find: find.as_bytes().to_vec(),
            replace: replace.as_bytes().to_vec(),
        };
        FindReplace {
            pairs: pairs.iter().map(pair).collect(),
            start: None,
            end: None,
            limit: None,
            max_length: None,
            truncate: false,
            fixed_columns: false,
            span: Span::new(&Source::new("cards", "FINDREP"), 0..7),
        }
    }

    fn fixed(find: &FindReplace, record: &str, length: usize) -> Result<String> {
        let find = Find::compile(find, &setting(), Shape { variable: false, length }).unwrap();
        let mut padded = record.as_bytes().to_vec();
        padded.resize(length, b' ');
        let mut out = b"before".to_vec();
        find.apply(&padded, &mut out)?;
        assert_eq!(out.len(), 6 + find.output().length);
        Ok(String::from_utf8_lossy(&out[6..]).trim_end().to_owned())
    }

    fn variable(find: &FindReplace, text: &str, length: usize) -> Result<String> {
        let find = Find::compile(find, &setting(), Shape { variable: true, length }).unwrap();
        let record = [&[0, (text.len() + 4) as u8, 0, 0], text.as_bytes()].concat();
        let mut out = Vec::new();
        find.apply(&record, &mut out)?;
        assert_eq!(out[..4], [0, out.len() as u8, 0, 0]);
        Ok(String::from_utf8_lossy(&out[4..]).into_owned())
    }

    #[test]
    fn records_change_as_in_the_published_examples() {
        // Application Programming Guide, INREC example 11, OUTREC example 15, OUTFIL example 27.
        let balance =
            FindReplace { fixed_columns: true, limit: Some(1), ..cards(&[("BALANCE", "BALANCE 1000")]) };
        assert_eq!(fixed(&balance, "MNTHLY STMT BALANCE 2000", 40).unwrap(), "MNTHLY STMT BALANCE 1000");
        let stars = cards(&[("*", " ")]);
        assert_eq!(fixed(&stars, "01*  * * * DAISY  * * * *", 40).unwrap(), "01         DAISY");
        let halves = cards(&[("AM", "IN THE MORNING"), ("PM", "IN THE EVENING")]);
        let halves = FindReplace { max_length: Some(70), ..halves };
        assert_eq!(
            fixed(&halves, "COFFEE AT 12:28 AM, TOAST AT 06:15 PM", 40).unwrap(),
            "COFFEE AT 12:28 IN THE MORNING, TOAST AT 06:15 IN THE EVENING"
        );
    }

    #[test]
    fn scanning_goes_on_behind_what_was_put() {
        let cases: [(FindReplace, &str, &str); 12] = [
            (cards(&[("A", "AA")]), "ABA", "AABAA"),
            (cards(&[("AB", "B")]), "AABB", "ABB"),
            (cards(&[("ABC", "1"), ("AB", "2")]), "ABCAB", "12"),
            (cards(&[("AB", "2"), ("ABC", "1")]), "ABCAB", "2C2"),
            (cards(&[("X", "")]), "XAXBX", "AB"),
            (FindReplace { limit: Some(2), ..cards(&[("X", "")]) }, "XAXBX", "ABX"),
            (FindReplace { start: Some(3), ..cards(&[("X", "y")]) }, "XXXX", "XXyy"),
            (FindReplace { end: Some(3), ..cards(&[("X", "y")]) }, "XXXX", "yyyX"),
            (FindReplace { end: Some(3), ..cards(&[("XX", "y")]) }, "XXXX", "yXX"),
            (FindReplace { start: Some(90), ..cards(&[("X", "y")]) }, "XXXX", "XXXX"),
            (FindReplace { fixed_columns: true, ..cards(&[("XYZ", "a")]) }, "-XYZ-XYZ", "-a  -a"),
            (FindReplace { fixed_columns: true, ..cards(&[("X", "abc")]) }, "-XXXXXX-", "-abcabc-"),
        ];
        for (find, before, after) in cases {
            assert_eq!(fixed(&find, before, 12).unwrap(), after, "{:?} {before}", find.pairs);
        }
    }

    #[test]
    fn fixed_records_may_lose_blanks_only() {
        let longer = cards(&[("A", "1234")]);
        assert_eq!(fixed(&longer, "A", 8).unwrap(), "1234");
        assert_eq!(fixed(&longer, "A--- ", 8).unwrap(), "1234---");
        assert_eq!(fixed(&longer, "A------", 8).unwrap_err().code.id(), "CTL121");
        let cut = FindReplace { truncate: true, ..longer.clone() };
        assert_eq!(fixed(&cut, "A------", 8).unwrap(), "1234----");
        let wide = FindReplace { max_length: Some(10), ..longer };
        assert_eq!(fixed(&wide, "A------", 8).unwrap(), "1234------");
        let narrow = FindReplace { max_length: Some(4), ..cards(&[("A", "B")]) };
        assert_eq!(fixed(&narrow, "A", 8).unwrap(), "B");
        let over_the_end = FindReplace { fixed_columns: true, ..cards(&[("A", "1234")]) };
        assert!(fixed(&over_the_end, "------A", 8).is_err());
    }

    #[test]
    fn variable_records_change_their_length() {
        let longer = cards(&[("A", "1234")]);
        assert_eq!(variable(&longer, "-A-A", 20).unwrap(), "-1234-1234");
        assert_eq!(variable(&cards(&[("A", "")]), "-A-A", 8).unwrap(), "--");
        assert_eq!(variable(&longer, "-A-A", 12).unwrap_err().code.id(), "CTL121");
        assert_eq!(variable(&longer, "-A    ", 12).unwrap(), "-1234   ");
        let cut = FindReplace { truncate: true, ..longer };
        assert_eq!(variable(&cut, "-A-A", 12).unwrap(), "-1234-12");
        // The RDW is never searched.
        assert_eq!(variable(&cards(&[("\0", "!")]), "\0", 12).unwrap(), "!");
        assert_eq!(
            variable(&FindReplace { start: Some(1), ..cards(&[("\0", "!")]) }, "\0", 12).unwrap(),
            "!"
        );
        assert_eq!(
            variable(&FindReplace { fixed_columns: true, ..cards(&[("A", "ab")]) }, "-A", 12).unwrap(),
            "-ab"
        );
    }
}
