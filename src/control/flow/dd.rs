//! A DD as it is typed: `NAME=path,recfm=FB,lrecl=80,disp=mod`.

use std::path::{Path, PathBuf};

use super::Shape;
use crate::dataset::{DatasetFormat, FormatOptions, Recfm, WORD};
use crate::diag::{Diagnostic, Result, codes};
use crate::encoding::CodePage;

/// What is done with what an output held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disposition {
    /// It is replaced (NEW, OLD, SHR).
    #[default]
    Replace,
    /// It is added to (MOD).
    Extend,
}

/// A DD: a name, a file, and what is known of its records.
#[derive(Clone, Debug)]
pub struct Dd {
    /// The name, in upper case.
    pub name: String,
    /// The file; `None` is DUMMY.
    pub path: Option<PathBuf>,
    /// What is stated of its records, with `recfm` stripped of its control character.
    pub options: FormatOptions,
    /// What is done with what it held.
    pub disposition: Disposition,
    /// Code page, if not that of the run.
    pub page: Option<CodePage>,
}

impl Dd {
    /// Reads what is typed. Options are taken from the right, so that a path may contain commas and equals signs.
    pub fn parse(text: &str) -> std::result::Result<Dd, String> {
        let (name, mut rest) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` is no DD; write NAME=path,recfm=FB,lrecl=80"))?;
        if !is_name(name) {
            return Err(format!("`{name}` is no name of a DD: 1 to 8 letters, digits, #, @ or $"));
        }
        let mut dd = Dd {
            name: name.to_ascii_uppercase(),
            path: None,
            options: FormatOptions::default(),
            disposition: Disposition::default(),
            page: None,
        };
        let mut suffix = String::new();
        while let Some((before, option)) = rest.rsplit_once(',') {
            // The form of descriptor words has a comma of its own.
            if matches!(option, "payload" | "loose") {
                suffix = format!(",{option}{suffix}");
            } else if let Some((key, value)) = option.split_once('=')
                && dd.is_option(key)
            {
                dd.set(&key.to_ascii_lowercase(), &format!("{value}{suffix}"))?;
                suffix.clear();
            } else {
                break;
            }
            rest = before;
        }
        let path = format!("{rest}{suffix}");
        if path.is_empty() {
            return Err(format!("DD {} has no path; write {}=path", dd.name, dd.name));
        }
        let dummy = ["DUMMY", "NULLFILE"].iter().any(|word| path.eq_ignore_ascii_case(word));
        dd.path = (!dummy && path != "/dev/null").then(|| PathBuf::from(path));
        Ok(dd)
    }

    fn is_option(&self, key: &str) -> bool {
        const KEYS: [&str; 11] = [
            "recfm",
            "lrecl",
            "blksize",
            "disp",
            "code-page",
            "rdw",
            "bdw",
            "line-end",
            "empty-lines",
            "skip-head",
            "skip-tail",
        ];
        KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
    }

    fn set(&mut self, key: &str, value: &str) -> std::result::Result<(), String> {
        let number =
            || value.parse::<u64>().map_err(|_| format!("{key} of DD {} is `{value}`: no number", self.name));
        match key {
            "recfm" => self.options.recfm = Some(plain_recfm(value)),
            "lrecl" => self.options.lrecl = Some(number()?),
            "blksize" => self.options.blksize = Some(number()?),
            "skip-head" => self.options.skip_head = Some(number()?),
            "skip-tail" => self.options.skip_tail = Some(number()?),
            "rdw" => self.options.rdw = Some(value.to_owned()),
            "bdw" => self.options.bdw = Some(value.to_owned()),
            "line-end" => self.options.line_end = Some(value.to_owned()),
            "empty-lines" => self.options.empty_lines = Some(value.to_owned()),
            "code-page" => {
                let page = value.parse().map_err(|_| format!("`{value}` is no code page that is known"))?;
                self.page = Some(page);
            }
            _ => {
                self.disposition = match value.to_ascii_lowercase().as_str() {
                    "mod" => Disposition::Extend,
                    "new" | "old" | "shr" => Disposition::Replace,
                    _ => {
                        return Err(format!(
                            "disp of DD {} is `{value}`: use new, old, shr or mod",
                            self.name
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    /// True if nothing is read from or kept in it.
    pub fn is_dummy(&self) -> bool {
        self.path.is_none()
    }

    /// The path for messages.
    pub fn shown(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new("DUMMY"))
    }

    /// How the records of an input lie, and what they are like. `known` fills in what is not stated.
    pub fn input(&self, known: Option<Shape>, page: CodePage) -> Result<(DatasetFormat, Shape)> {
        let mut options = self.options.clone();
        if let Some(known) = known {
            let stated = options.recfm.is_some();
            let recfm = options.recfm.get_or_insert_with(|| word_of(known).to_owned());
            let variable = Recfm::parse(recfm).map(|(recfm, _)| recfm.word_length() > 0);
            if options.lrecl.is_none() && (!stated || variable == Some(known.variable)) {
                options.lrecl = Some(known.length as u64);
            }
        }
        self.resolve(&options, page)
    }

    /// How the records of an output lie, and what they are like, if records of shape `made` are made for it.
    pub fn output(&self, made: Shape, page: CodePage) -> Result<(DatasetFormat, Shape)> {
        let mut options = self.options.clone();
        let recfm = options.recfm.get_or_insert_with(|| word_of(made).to_owned());
        let recfm = Recfm::parse(recfm).map_or(Recfm::Fixed, |(recfm, _)| recfm);
        if options.lrecl.is_none() {
            let data = if made.variable { made.length.saturating_sub(WORD) } else { made.length };
            options.lrecl = Some((data.max(1) + recfm.word_length()) as u64);
        }
        let (format, shape) = self.resolve(&options, page)?;
        if recfm == Recfm::Text && made.variable {
            let shape = Shape { variable: true, length: format.lrecl + WORD };
            return Ok((format.unpadded(), shape));
        }
        Ok((format, shape))
    }

    fn resolve(&self, options: &FormatOptions, page: CodePage) -> Result<(DatasetFormat, Shape)> {
        let format = options.format(None, self.page.unwrap_or(page)).map_err(|error| {
            Diagnostic::error(codes::CTL103, format!("DD {}: {}", self.name, error.message))
                .in_file(self.shown().display().to_string())
                .hint(error.hint)
        })?;
        // Lines have no length of their own unless one is stated.
        let format =
            if format.recfm == Recfm::Text && options.lrecl.is_none() { format.unpadded() } else { format };
        let shape = match format.fixed_length() {
            Some(length) => Shape { variable: false, length },
            None => Shape { variable: true, length: format.lrecl + WORD },
        };
        Ok((format, shape))
    }
}

fn word_of(shape: Shape) -> &'static str {
    if shape.variable { "VB" } else { "FB" }
}

/// A record format without what is only data or advice to the access method: A and M of control characters, S of FBS.
fn plain_recfm(word: &str) -> String {
    let upper = word.to_ascii_uppercase();
    let plain = upper.strip_suffix(['A', 'M']).filter(|rest| !rest.is_empty()).unwrap_or(&upper);
    match plain {
        "FS" | "FBS" => plain.trim_end_matches('S').to_owned(),
        "" => upper,
        _ => plain.to_owned(),
    }
}

fn is_name(name: &str) -> bool {
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '#' | '@' | '$');
    (1..=8).contains(&name.len()) && name.chars().all(valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_from_the_right() {
        let dd = Dd::parse("sortin=a=b,c.dat,recfm=FBA,lrecl=133,disp=mod").unwrap();
        assert_eq!((dd.name.as_str(), dd.shown()), ("SORTIN", Path::new("a=b,c.dat")));
        assert_eq!((dd.options.recfm.as_deref(), dd.options.lrecl), (Some("FB"), Some(133)));
        assert_eq!(dd.disposition, Disposition::Extend);
        let dd = Dd::parse("IN=x.dat,recfm=VB,rdw=little,payload").unwrap();
        assert_eq!((dd.shown(), dd.options.rdw.as_deref()), (Path::new("x.dat"), Some("little,payload")));
        assert!(Dd::parse("IN=DUMMY,lrecl=80").unwrap().is_dummy());
        for bad in ["IN", "=x", "TOOLONGNAME=x", "IN=", "IN=x,lrecl=a", "IN=x,disp=sideways"] {
            assert!(Dd::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_not_stated_is_as_made() {
        let page = CodePage::default();
        let made = Shape { variable: true, length: 104 };
        let shape = |text: &str| Dd::parse(text).unwrap().output(made, page).unwrap().1;
        assert_eq!(shape("OUT=x"), made);
        assert_eq!(shape("OUT=x,recfm=VB,lrecl=200"), Shape { variable: true, length: 200 });
        assert_eq!(shape("OUT=x,recfm=FB"), Shape { variable: false, length: 100 });
        let told = Shape { variable: false, length: 80 };
        assert_eq!(Dd::parse("IN=x").unwrap().input(Some(told), page).unwrap().1, told);
        assert!(Dd::parse("IN=x").unwrap().input(None, page).is_err());
    }
}
