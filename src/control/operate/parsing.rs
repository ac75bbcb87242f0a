//! PARSE: fields at places that only the record knows.

use super::justify::quote;
use super::{Parsed, Setting, Shape};
use crate::control::syntax::{ParseEnd, ParseField, ParseStart};
use crate::dataset::WORD;
use crate::diag::Result;

/// PARSE, compiled.
#[derive(Clone, Debug)]
pub struct ParseProgram {
    fields: Vec<Field>,
    blank: u8,
    /// Where the data of a record begin.
    first: usize,
}

#[derive(Clone, Debug)]
struct Field {
    number: Option<u16>,
    length: usize,
    absolute: Option<usize>,
    add: isize,
    starts: Vec<ParseStart>,
    ends: Vec<ParseEnd>,
    quote: Option<u8>,
}

/// Where a search ended: the first byte of what was found, and the first behind it.
type Found = (usize, usize);

impl ParseProgram {
    /// Compiles the fields of one PARSE, repetition included, for records of a shape.
    pub fn compile(fields: &[ParseField], setting: &Setting, shape: Shape) -> Result<Self> {
        let mut all = Vec::new();
        for field in fields {
            let quote = quote(field.pair, setting.page);
            for index in 0..field.repeat.max(1) {
                let step = u16::try_from(index).unwrap_or(u16::MAX);
                all.push(Field {
                    number: field.number.map(|number| number.saturating_add(step)),
                    length: field.length as usize,
                    absolute: field.absolute.map(|position| (position as usize).saturating_sub(1)),
                    add: field.add as isize,
                    starts: field.starts.clone(),
                    ends: field.ends.clone(),
                    quote,
                });
            }
        }
        let first = if shape.variable { WORD } else { 0 };
        Ok(ParseProgram { fields: all, blank: setting.page.space(), first })
    }

    /// Numbers and lengths of the fields it puts aside.
    pub fn fields(&self) -> Vec<(u16, u32)> {
        let length = |field: &Field| u32::try_from(field.length).unwrap_or(u32::MAX);
        self.fields.iter().filter_map(|field| Some((field.number?, length(field)))).collect()
    }

    /// Makes its fields blank: what they are for records that it does not see.
    pub fn clear(&self, parsed: &mut Parsed) {
        self.blank_from(0, parsed);
    }

    /// Makes its fields from one on blank.
    fn blank_from(&self, first: usize, parsed: &mut Parsed) {
        for field in self.fields.iter().skip(first) {
            if let Some(number) = field.number {
                parsed.set(number, &[], field.length, self.blank);
            }
        }
    }

    /// Puts the fields of a record aside (with its RDW if variable).
    pub fn run(&self, record: &[u8], parsed: &mut Parsed) {
        let mut at = self.first;
        for (index, field) in self.fields.iter().enumerate() {
            if let Some(position) = field.absolute {
                at = position.max(self.first);
            }
            at = at.saturating_add_signed(field.add).max(self.first);
            let Some((value, next)) = self.field(field, record, at) else {
                // Nothing is taken for the fields behind it either, wherever they begin.
                return self.blank_from(index, parsed);
            };
            if let Some(number) = field.number {
                parsed.set(number, value, field.length, self.blank);
            }
            at = next;
        }
    }

    /// The value of a field that is looked for from a place, and where the next begins; `None` if its start is not there.
    fn field<'a>(&self, field: &Field, record: &'a [u8], at: usize) -> Option<(&'a [u8], usize)> {
        let start = match field.starts.as_slice() {
            [] => at,
            starts => self.earliest(starts, field.quote, record, at, Self::start)?,
        };
        let Some(rest) = record.get(start..) else {
            return Some((&record[record.len()..], record.len().max(at)));
        };
        if field.ends.is_empty() {
            return Some((rest, start + field.length));
        }
        Some(match self.earliest(&field.ends, field.quote, record, start, Self::end) {
            Some((end, next)) => (&record[start..end], next),
            None => (rest, record.len()),
        })
    }

    /// What the first place gives at which one of several fits; of several at one place the first in the cards counts.
    fn earliest<W, T>(
        &self,
        wanted: &[W],
        quote: Option<u8>,
        record: &[u8],
        from: usize,
        fits: impl Fn(&Self, &W, &[u8], usize) -> Option<T>,
    ) -> Option<T> {
        let mut quoted = false;
        for at in from..record.len() {
            if !quoted && let Some(found) = wanted.iter().find_map(|one| fits(self, one, record, at)) {
                return Some(found);
            }
            quoted ^= quote == Some(record[at]);
        }
        None
    }

    /// Where the field starts if the start fits at a place.
    fn start(&self, start: &ParseStart, record: &[u8], at: usize) -> Option<usize> {
        match start {
            ParseStart::After(text) => text_at(text, record, at).map(|(_, end)| end),
            ParseStart::At(text) => text_at(text, record, at).map(|(start, _)| start),
            ParseStart::AfterBlanks => self.blanks_at(record, at).map(|(_, end)| end),
            ParseStart::AtBlanks => self.blanks_at(record, at).map(|(start, _)| start),
            ParseStart::AtNonBlank => (record[at] != self.blank).then_some(at),
        }
    }

    /// Where the field ends if the end fits at a place, and where the next field begins.
    fn end(&self, end: &ParseEnd, record: &[u8], at: usize) -> Option<Found> {
        match end {
            ParseEnd::Before(text) => text_at(text, record, at),
            ParseEnd::At(text) => text_at(text, record, at).map(|(_, end)| (end, end)),
            ParseEnd::BeforeBlanks => self.blanks_at(record, at),
            ParseEnd::AtBlanks => self.blanks_at(record, at).map(|(_, end)| (end, end)),
        }
    }

    /// All blanks in a row.
    fn blanks_at(&self, record: &[u8], at: usize) -> Option<Found> {
        let blanks = record[at..].iter().take_while(|byte| **byte == self.blank).count();
        (blanks > 0).then_some((at, at + blanks))
    }
}

#[inline]
fn text_at(text: &[u8], record: &[u8], at: usize) -> Option<Found> {
    record[at..].starts_with(text).then(|| (at, at + text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::syntax::{Dialect, Options, Pairing};
    use crate::diag::{Source, Span};

    fn field(number: u16, length: u32, starts: Vec<ParseStart>, ends: Vec<ParseEnd>) -> ParseField {
        ParseField {
            number: Some(number),
            length,
            absolute: None,
            add: 0,
            starts,
            ends,
            pair: Pairing::None,
            repeat: 1,
            span: Span::new(&Source::new("cards", "PARSE"), 0..5),
        }
    }

    fn ignored(ends: Vec<ParseEnd>) -> ParseField {
        ParseField { number: None, ..field(0, 0, Vec::new(), ends) }
    }

    fn after(text: &str) -> Vec<ParseStart> {
        vec![ParseStart::After(text.as_bytes().to_vec())]
    }

    fn at(text: &str) -> Vec<ParseStart> {
        vec![ParseStart::At(text.as_bytes().to_vec())]
    }

    fn before(text: &str) -> Vec<ParseEnd> {
        vec![ParseEnd::Before(text.as_bytes().to_vec())]
    }

    fn end_at(text: &str) -> Vec<ParseEnd> {
        vec![ParseEnd::At(text.as_bytes().to_vec())]
    }

    fn program(fields: &[ParseField], variable: bool) -> ParseProgram {
        let clock = jiff::civil::date(2026, 3, 21).at(0, 0, 0, 0);
        let setting = Setting::new("latin1".parse().unwrap(), clock, Dialect::Dfsort, &Options::default());
        ParseProgram::compile(fields, &setting, Shape { variable, length: 100 }).unwrap()
    }

    /// The values of a record, each with a bar behind it, in the order of the fields.
    fn values(fields: &[ParseField], record: &str) -> String {
        let (fixed, variable) = (program(fields, false), program(fields, true));
        let mut parsed = Parsed::new();
        fixed.run(record.as_bytes(), &mut parsed);
        let shown = |parsed: &Parsed| {
            let value = |(number, _)| String::from_utf8(parsed.get(number).to_vec()).unwrap() + "|";
            fixed.fields().into_iter().map(value).collect::<String>()
        };
        let text = shown(&parsed);
        fixed.clear(&mut parsed);
        assert!(shown(&parsed).bytes().all(|byte| byte == b' ' || byte == b'|'));
        if fields.iter().all(|field| field.absolute.is_none()) {
            variable.run(&[b"RDW,", record.as_bytes()].concat(), &mut parsed);
            assert_eq!(shown(&parsed), text);
        }
        text
    }

    #[test]
    fn records_are_parsed_as_in_the_published_examples() {
        // Application Programming Guide, SORT example 8.
        let values_with_commas = [
            field(0, 11, vec![], before(",")),
            field(1, 5, vec![], before(",")),
            field(2, 6, vec![], vec![]),
        ];
        assert_eq!(values(&values_with_commas, "Marketing,96218,+27365   "), "Marketing  |96218|+27365|");
        assert_eq!(values(&values_with_commas, "Development,52,-158   "), "Development|52   |-158  |");
        // OUTREC example 13: values in quotes.
        let quoted = [
            ParseField { absolute: Some(2), ..field(1, 13, vec![], before("\",\"")) },
            ignored(before("\",\"")),
            field(3, 6, vec![], before("\",\"")),
            field(4, 6, vec![], before("\",\"")),
            field(5, 12, vec![], before("\"")),
        ];
        assert_eq!(
            values(&quoted, "\"Buffy Summers\",\"F\",\"+725.8\",\"-27.3\",\"Sunnydale\"    "),
            "Buffy Summers|+725.8|-27.3 |Sunnydale   |"
        );
        // OUTFIL example 25: values behind keywords.
        let keywords = [
            field(0, 11, after("LAST-> "), before(" ")),
            field(1, 11, after("FIRST-> "), before(" ")),
            field(2, 7, after("INITIAL-> "), before(" ")),
            field(3, 7, after("SCORE-> "), vec![]),
        ];
        assert_eq!(
            values(&keywords, "     LAST-> Clark   FIRST-> Oscar     INITIAL-> D   SCORE-> +98.2        "),
            "Clark      |Oscar      |D      |+98.2  |"
        );
        assert_eq!(
            values(&keywords, "  LAST-> Roberts  FIRST-> Harriet   INITIAL->    SCORE-> -152.6     "),
            "Roberts    |Harriet    |       |-152.6 |"
        );
        // Copy with OUTREC, PARSE and BUILD.
        let columns = [
            ParseField { absolute: Some(6), ..field(0, 5, vec![ParseStart::AfterBlanks], before(",")) },
            ignored(before(",")),
            field(1, 10, vec![], before(",")),
            field(2, 7, vec![], vec![]),
        ];
        assert_eq!(values(&columns, "FLIGHT   12,x,Chicago,+1.5   "), "12   |Chicago   |+1.5   |");
    }

    #[test]
    fn what_is_missing_makes_blanks() {
        let three =
            || [field(1, 2, at("B"), before("-")), field(2, 2, at("D"), vec![]), field(3, 2, vec![], vec![])];
        assert_eq!(values(&three(), "aBc-Defg"), "Bc|De|fg|");
        // No end: the rest. No start: neither this nor any field behind it.
        assert_eq!(values(&three(), "aBcDefg"), "Bc|  |  |");
        assert_eq!(values(&three(), "aBc-efg"), "Bc|  |  |");
        assert_eq!(values(&three(), ""), "  |  |  |");
        assert_eq!(values(&three(), "aBc-D"), "Bc|D |  |");
        let again =
            [field(1, 2, at("X"), vec![]), ParseField { absolute: Some(2), ..field(2, 2, vec![], vec![]) }];
        assert_eq!(values(&again, "abcd"), "  |  |");
        assert_eq!(values(&again, "aXbcd"), "Xb|Xb|");
    }

    #[test]
    fn starts_and_ends_of_every_kind() {
        let blanks = |starts, ends| [field(1, 4, starts, ends), field(2, 3, vec![], vec![])];
        let cases = [
            (blanks(vec![ParseStart::AfterBlanks], before(",")), "ab  cd,ef", "cd  |ef |"),
            (blanks(vec![ParseStart::AtBlanks], before(",")), "ab  cd,ef", "  cd|ef |"),
            (blanks(vec![ParseStart::AtNonBlank], before(",")), "  cd,ef", "cd  |ef |"),
            (blanks(vec![], vec![ParseEnd::BeforeBlanks]), "ab   cd", "ab  |cd |"),
            (blanks(vec![], vec![ParseEnd::AtBlanks]), "ab   cd", "ab  |cd |"),
            (blanks(vec![], end_at("b")), "abc", "ab  |c  |"),
            (blanks([at("x"), at("b")].concat(), before(",")), "abxc,d", "bxc |d  |"),
            (blanks(vec![], [before(";"), end_at(",")].concat()), "a,b;c", "a,  |b;c|"),
            (blanks(vec![], [before(";;"), before(";")].concat()), "a;;b", "a   |b  |"),
        ];
        for (fields, record, expected) in cases {
            assert_eq!(values(&fields, record), expected, "{record} {:?}", fields[0]);
        }
    }

    #[test]
    fn positions_repetition_and_pairs() {
        let skip = |add| ParseField { add, ..field(2, 2, vec![], vec![]) };
        let first = || field(1, 3, vec![], vec![]);
        assert_eq!(values(&[first(), skip(2)], "abcdefgh"), "abc|fg|");
        assert_eq!(values(&[first(), skip(-2)], "abcdefgh"), "abc|bc|");
        assert_eq!(values(&[first(), skip(-9)], "abcdefgh"), "abc|ab|");
        assert_eq!(values(&[first(), skip(90)], "abcdefgh"), "abc|  |");
        let repeated = ParseField { repeat: 3, ..field(10, 2, vec![], before(",")) };
        assert_eq!(values(&[repeated, field(20, 1, vec![], vec![])], "a,bcd,,e"), "a |bc|  |e|");
        let skipped = ParseField { repeat: 2, ..ignored(before(",")) };
        assert_eq!(values(&[skipped, field(20, 1, vec![], vec![])], "a,bcd,e"), "e|");
        let pair =
            |pair| [ParseField { pair, ..field(1, 7, vec![], before(",")) }, field(2, 2, vec![], vec![])];
        assert_eq!(values(&pair(Pairing::Quote), "\"a, b\",c"), "\"a, b\" |c |");
        assert_eq!(values(&pair(Pairing::Apostrophe), "'a, b',c"), "'a, b' |c |");
        assert_eq!(values(&pair(Pairing::None), "'a, b',c"), "'a     | b|");
        assert_eq!(values(&pair(Pairing::Quote), "\"a, b,c"), "\"a, b,c|  |");
    }
}
