//! The format of `tests/cases/**/*.case`, read without the library's help.
//!
//! ```text
//! # manual: z/OS DFSORT Application Programming Guide, "SUM control statement"
//! # what: what the case shows, in a sentence
//! # covers: 2.4 sum, 3.3 first-kept
//! command: sort --run-date 2026-03-21
//! --- cards
//!   SORT FIELDS=(1,3,CH,A)
//! --- in SORTIN recfm=FB,lrecl=10
//! ABC  100
//! --- out SORTOUT pass recfm=FB,lrecl=10
//! ABC  100
//! --- rc 0
//! --- says ICE054I
//! ```
//!
//! | section | what |
//! |---|---|
//! | `cards` | the control file |
//! | `text DD` | a DD of card images, as it is |
//! | `in DD attributes` | records of an input; a DD that comes twice is concatenated |
//! | `before DD attributes` | what an output holds before the run |
//! | `out DD [pass] attributes` | records an output must hold; behind `pass` the attributes are given to the program too |
//! | `absent DD` | an output that the run must not make |
//! | `rc n` | the exit status, 0 by default |
//! | `says` | texts that stdout or stderr must hold, behind the word or one a line |
//!
//! A record is a line, padded with blanks to the record length if fixed and without RDW if variable. A `|` at the end
//! marks trailing blanks; a line of nothing but `|` is an empty or blank record, and lines without anything are none.
//! `\xHH` is a byte, `\P{-00123}` a packed number, `\Z{-123}` a zoned one (sign `+`, `-` or none for F), `\Bn{-5}` a
//! binary one of n bytes, `\\` and `\|` are themselves.

use std::path::{Path, PathBuf};

use crate::harness::{ebcdic, packed};

/// A case.
pub struct Case {
    /// `manual`, `what` and `covers` lines, in order.
    pub notes: Vec<(String, String)>,
    /// The command and its options.
    pub command: Vec<String>,
    /// Everything below.
    pub sections: Vec<Section>,
}

/// A section: its words and its lines.
pub struct Section {
    /// `in`, `out`, ….
    pub kind: String,
    /// The DD or what else follows the kind.
    pub words: Vec<String>,
    /// Lines up to the next section.
    pub lines: Vec<String>,
}

/// The shape of the records of a section.
#[derive(Clone, Copy)]
struct Shape {
    variable: bool,
    length: Option<usize>,
}

impl Case {
    /// Reads a case file.
    pub fn read(path: &Path) -> Result<Case, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let mut case = Case { notes: Vec::new(), command: Vec::new(), sections: Vec::new() };
        for line in text.lines() {
            case.take(line)?;
        }
        case.check()?;
        Ok(case)
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        if let Some(head) = line.strip_prefix("--- ") {
            let mut words = head.split_whitespace().map(str::to_owned);
            let kind = words.next().ok_or("a section without a name")?;
            let words: Vec<String> =
                if kind == "says" { vec![head["says".len()..].trim().to_owned()] } else { words.collect() };
            self.sections.push(Section { kind, words, lines: Vec::new() });
        } else if let Some(section) = self.sections.last_mut() {
            section.lines.push(line.to_owned());
        } else if let Some(note) = line.strip_prefix("# ") {
            let (kind, text) = note.split_once(": ").ok_or_else(|| format!("{line:?} is no note"))?;
            self.notes.push((kind.to_owned(), text.to_owned()));
        } else if let Some(command) = line.strip_prefix("command: ") {
            self.command = command.split_whitespace().map(str::to_owned).collect();
        } else if !line.trim().is_empty() {
            return Err(format!("{line:?} stands before any section"));
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        for wanted in ["manual", "what"] {
            self.note(wanted).ok_or_else(|| format!("no `# {wanted}:`"))?;
        }
        for (kind, _) in &self.notes {
            if !["manual", "what", "covers"].contains(&kind.as_str()) {
                return Err(format!("`# {kind}:` is no note"));
            }
        }
        if self.command.is_empty() {
            return Err("no `command:`".to_owned());
        }
        let known = ["cards", "text", "in", "before", "out", "absent", "rc", "says"];
        if let Some(section) = self.sections.iter().find(|section| !known.contains(&section.kind.as_str())) {
            return Err(format!("`--- {}` is no section", section.kind));
        }
        let judges = ["out", "absent", "rc", "says"];
        if !self.sections.iter().any(|section| judges.contains(&section.kind.as_str())) {
            return Err("nothing is expected".to_owned());
        }
        Ok(())
    }

    /// The first note of a kind.
    pub fn note(&self, kind: &str) -> Option<&str> {
        self.notes.iter().find(|(found, _)| found == kind).map(|(_, text)| text.as_str())
    }

    /// The identifiers behind `covers`.
    pub fn covers(&self) -> impl Iterator<Item = &str> {
        let lines = self.notes.iter().filter(|(kind, _)| kind == "covers");
        lines.flat_map(|(_, text)| text.split(',').map(str::trim))
    }

    /// Sections of a kind.
    pub fn of<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Section> {
        self.sections.iter().filter(move |section| section.kind == kind)
    }

    /// The code page of the data.
    pub fn code_page(&self) -> &str {
        let at = self.command.iter().position(|word| word == "--code-page");
        at.and_then(|at| self.command.get(at + 1)).map_or("cp037", String::as_str)
    }
}

impl Section {
    /// The DD.
    pub fn dd(&self) -> Result<&str, String> {
        self.words.first().map(String::as_str).ok_or_else(|| format!("`--- {}` without a DD", self.kind))
    }

    /// Its lines as one text.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// The attributes that the program is told: all of an input, of an output those behind `pass`.
    pub fn passed(&self) -> String {
        let told = self.kind == "in" || self.words.get(1).is_some_and(|word| word == "pass");
        if told { self.attributes() } else { String::new() }
    }

    fn attributes(&self) -> String {
        let words = self.words.iter().skip(1).filter(|word| *word != "pass");
        words.map(|word| format!(",{word}")).collect()
    }

    fn shape(&self) -> Result<Shape, String> {
        let mut shape = Shape { variable: false, length: None };
        for attribute in self.attributes().split(',').filter(|attribute| !attribute.is_empty()) {
            match attribute.split_once('=') {
                Some(("recfm", form)) => shape.variable = form.starts_with('V'),
                Some(("lrecl", length)) => {
                    shape.length = Some(length.parse().map_err(|_| attribute.to_owned())?)
                }
                _ => {}
            }
        }
        Ok(shape)
    }

    /// The bytes of its records as a file has them.
    pub fn bytes(&self, code_page: &str) -> Result<Vec<u8>, String> {
        let shape = self.shape()?;
        let mut bytes = Vec::new();
        for line in self.lines.iter().filter(|line| !line.is_empty()) {
            let record = record(line, code_page).map_err(|error| format!("{error} in {line:?}"))?;
            let longest = shape.length.map(|length| if shape.variable { length - 4 } else { length });
            if longest.is_some_and(|longest| record.len() > longest) {
                return Err(format!("{line:?} has {} bytes", record.len()));
            }
            if shape.variable {
                bytes.extend(u16::try_from(record.len() + 4).unwrap().to_be_bytes());
                bytes.extend([0, 0]);
            }
            let fill = if shape.variable { 0 } else { longest.unwrap_or(0).saturating_sub(record.len()) };
            bytes.extend(&record);
            bytes.extend(vec![0x40; fill]);
        }
        Ok(bytes)
    }
}

/// The bytes of a line.
fn record(line: &str, code_page: &str) -> Result<Vec<u8>, String> {
    let barred = line.ends_with('|') && !line.ends_with("\\|");
    let mut rest = if barred { &line[..line.len() - 1] } else { line.trim_end_matches(' ') };
    let mut bytes = Vec::new();
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '\\' {
            rest = escape(rest, code_page, &mut bytes)?;
        } else {
            bytes.push(byte(c, code_page)?);
        }
    }
    Ok(bytes)
}

/// What stands behind a backslash; gives what follows it.
fn escape<'l>(rest: &'l str, code_page: &str, bytes: &mut Vec<u8>) -> Result<&'l str, String> {
    let kind = rest.chars().next().ok_or("a backslash at the end")?;
    if kind == '\\' || kind == '|' {
        bytes.push(byte(kind, code_page)?);
        return Ok(&rest[1..]);
    }
    if kind == 'x' {
        let digits = rest.get(1..3).ok_or("half a byte")?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|error| error.to_string())?);
        return Ok(&rest[3..]);
    }
    let (head, behind) = rest.split_once('}').ok_or("no `}`")?;
    let (kind, number) = head.split_once('{').ok_or("no `{`")?;
    let digits = number.trim_start_matches(['+', '-']);
    let value: i128 = number.parse().map_err(|_| format!("{number:?} is no number"))?;
    let sign = number.chars().next().filter(|c| !c.is_ascii_digit());
    match kind {
        "P" => bytes.extend(packed_as_written(digits, value, sign)?),
        "Z" => bytes.extend(zoned_as_written(digits, sign)),
        _ => {
            let width: usize = kind.strip_prefix('B').and_then(|n| n.parse().ok()).ok_or("unknown escape")?;
            bytes.extend(&value.to_be_bytes()[16 - width..]);
        }
    }
    Ok(behind)
}

fn packed_as_written(digits: &str, value: i128, sign: Option<char>) -> Result<Vec<u8>, String> {
    if digits.len().is_multiple_of(2) {
        return Err(format!("{digits} has an even number of digits"));
    }
    let mut bytes = packed(value, digits.len(), true);
    let last = bytes.last_mut().unwrap();
    *last = *last & 0xF0 | sign_nibble(sign);
    Ok(bytes)
}

fn zoned_as_written(digits: &str, sign: Option<char>) -> Vec<u8> {
    let mut bytes = ebcdic(digits);
    let last = bytes.last_mut().unwrap();
    *last = *last & 0x0F | sign_nibble(sign) << 4;
    bytes
}

fn sign_nibble(sign: Option<char>) -> u8 {
    match sign {
        Some('-') => 0xD,
        Some(_) => 0xC,
        None => 0xF,
    }
}

/// Characters of cp037 that are neither letters, digits nor known to the harness.
const FURTHER: &[(char, u8, u8)] = &[
    // Character, cp037, cp1047.
    ('[', 0xBA, 0xAD),
    (']', 0xBB, 0xBD),
    ('^', 0xB0, 0x5F),
    ('{', 0xC0, 0xC0),
    ('}', 0xD0, 0xD0),
    ('\\', 0xE0, 0xE0),
    ('~', 0xA1, 0xA1),
    ('`', 0x79, 0x79),
    ('¬', 0x5F, 0xB0),
    ('¢', 0x4A, 0x4A),
];

/// A character in the code page.
fn byte(c: char, code_page: &str) -> Result<u8, String> {
    if code_page == "ascii" || code_page == "iso8859-1" || code_page == "latin1" {
        return u8::try_from(c).map_err(|_| format!("{c:?} is not in {code_page}"));
    }
    if let Some((_, cp037, cp1047)) = FURTHER.iter().find(|(further, ..)| *further == c) {
        return Ok(if code_page == "cp1047" { *cp1047 } else { *cp037 });
    }
    if c.is_ascii() && !c.is_ascii_control() {
        return Ok(ebcdic(&c.to_string())[0]);
    }
    Err(format!("{c:?} has no byte here; write \\xHH"))
}

/// Every case file below a folder, by name.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "case") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
