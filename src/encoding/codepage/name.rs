//! Names of code pages, with their options.

use std::fmt;
use std::str::FromStr;

use super::{CodePage, LATIN1_NAME};
use crate::encoding::zoned::Overpunch;

impl FromStr for CodePage {
    type Err = ();

    /// Reads a name in any case: the number of a page with or without `cp`, `ibm` or `ccsid` before it (`cp037`,
    /// `37`, `IBM-1047`), or `latin-1`, `iso-8859-1`, `ascii`; after commas its options:
    ///
    /// | option | pages | meaning |
    /// |---|---|---|
    /// | `swaplfnl` | EBCDIC | X'15' is U+000A, X'25' is U+0085 |
    /// | `ibm` | not EBCDIC | signs `{ABCDEFGHI` and `}JKLMNOPQR` in zoned numbers; so it is without an option |
    /// | `ibm-273` | not EBCDIC | the same translated through that page: `ä` and `ü` for the braces |
    /// | `microfocus`, `gnucobol` | not EBCDIC | plain digits and `p` to `y` |
    /// | `realia` | not EBCDIC | plain digits and X'20' to X'29' |
    /// | `strict` | not EBCDIC | plain digits only |
    fn from_str(name: &str) -> Result<Self, ()> {
        let name = name.trim().to_ascii_lowercase();
        let mut parts = name.split(',').map(str::trim);
        let mut page = plain(parts.next().unwrap_or_default()).ok_or(())?;
        for option in parts {
            page = match option {
                "swaplfnl" if page.is_ebcdic() => page.with_line_ends_swapped(true),
                _ if page.is_ebcdic() => return Err(()),
                option => page.with_overpunch(overpunch(option).ok_or(())?),
            };
        }
        Ok(page)
    }
}

/// The page of a name without options.
fn plain(name: &str) -> Option<CodePage> {
    if matches!(name, LATIN1_NAME | "latin1" | "iso-8859-1" | "iso8859-1" | "ascii" | "us-ascii") {
        return Some(CodePage::LATIN1);
    }
    let prefix = ["cp", "ibm", "ccsid"].iter().find_map(|prefix| name.strip_prefix(prefix));
    let digits = prefix.map_or(name, |rest| rest.strip_prefix(['-', '_', ' ']).unwrap_or(rest));
    let plain_number = (2..=5).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u16 = digits.parse().ok().filter(|_| plain_number)?;
    let wanted = format!("cp{number:03}");
    CodePage::all().find(|page| page.name() == wanted)
}

fn overpunch(option: &str) -> Option<Overpunch> {
    match option {
        "ibm" => Some(Overpunch::IBM),
        "microfocus" | "gnucobol" => Some(Overpunch::MicroFocus),
        "realia" => Some(Overpunch::Realia),
        "strict" => Some(Overpunch::Strict),
        host => Overpunch::translated(plain(host)?),
    }
}

impl fmt::Display for CodePage {
    /// The name with the options that differ from the usual; it reads back to the same page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if self.swap {
            f.write_str(",swaplfnl")?;
        }
        match self.overpunch {
            Overpunch::IBM => Ok(()),
            Overpunch::Ibm { .. } => {
                let host = CodePage::all().find(|page| Overpunch::translated(*page) == Some(self.overpunch));
                host.map_or(Ok(()), |host| write!(f, ",{}", host.name().replace("cp", "ibm-")))
            }
            Overpunch::MicroFocus => f.write_str(",microfocus"),
            Overpunch::Realia => f.write_str(",realia"),
            Overpunch::Strict => f.write_str(",strict"),
        }
    }
}

impl fmt::Debug for CodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodePage({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::super::NAMES;
    use super::*;

    #[test]
    fn names_in_many_spellings() {
        for name in ["cp037", "037", "37", "ibm-37", "ibm037", "IBM37", " Cp037 ", "ibm-037", "ccsid 37"] {
            assert_eq!(name.parse(), Ok(CodePage::CP037), "{name}");
        }
        for name in ["latin-1", "ASCII", "iso-8859-1", "latin1"] {
            assert_eq!(name.parse(), Ok(CodePage::LATIN1), "{name}");
        }
        assert_eq!("IBM1047".parse(), Ok(CodePage::CP1047));
        for name in [
            "",
            "cp",
            "cp38",
            "7",
            "cp+37",
            "cp0000037",
            "37,",
            "37,x",
            "37,realia",
            "ascii,swaplfnl",
            "ascii,1026",
        ] {
            assert_eq!(name.parse::<CodePage>(), Err(()), "{name}");
        }
    }

    #[test]
    fn every_name_reads_back() {
        assert_eq!(NAMES.len(), CodePage::all().count());
        for page in CodePage::all() {
            assert_eq!(page.to_string().parse(), Ok(page));
            let swapped = page.with_line_ends_swapped(true);
            assert_eq!(swapped.to_string().parse(), Ok(swapped));
            assert!(!page.description().is_empty() && !page.source().is_empty());
            for overpunch in Overpunch::translated(page).into_iter().chain([
                Overpunch::MicroFocus,
                Overpunch::Realia,
                Overpunch::Strict,
            ]) {
                let page = CodePage::LATIN1.with_overpunch(overpunch);
                assert_eq!(page.to_string().parse(), Ok(page));
            }
        }
        let german: CodePage = "latin-1,cp273".parse().unwrap();
        assert_eq!(german.overpunch(), Overpunch::Ibm { plus: 0xE4, minus: 0xFC });
        assert_eq!(german.to_string(), "latin-1,ibm-273");
        assert_eq!("cp1047,swaplfnl".parse(), Ok(CodePage::CP1047.with_line_ends_swapped(true)));
    }

    #[test]
    fn constants_have_their_names() {
        let constants = [
            (CodePage::CP037, "cp037"),
            (CodePage::CP500, "cp500"),
            (CodePage::CP1047, "cp1047"),
            (CodePage::CP1140, "cp1140"),
            (CodePage::LATIN1, "latin-1"),
        ];
        for (page, name) in constants {
            assert_eq!(page.name(), name);
        }
        assert_eq!(CodePage::default(), CodePage::CP037);
    }
}
