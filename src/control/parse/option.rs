//! OPTION, and the options that SORT, MERGE and SUM may carry.

use super::parser::Parser;
use crate::control::deck::Word;
use crate::control::message;
use crate::control::syntax::{Options, Overflow, YearWindow};
use crate::diag::{Result, codes};

/// Options that tune the product, name its resources or its printing: accepted without effect.
const WITHOUT_EFFECT: &[&str] = &[
    "ABCODE",
    "ABEND",
    "ARESALL",
    "ARESINV",
    "AVGRLEN",
    "BALANCE",
    "BALN",
    "BMSG",
    "BSAM",
    "CHECK",
    "CHKPT",
    "CKPT",
    "CINV",
    "COBEXIT",
    "CORE",
    "CPU",
    "CRCT",
    "DB2SQL",
    "DEBUG",
    "DIAG",
    "DSA",
    "DSPSIZE",
    "DYNALLOC",
    "DYNAPCT",
    "DYNATAPE",
    "DYNSPC",
    "E15",
    "E35",
    "EFS",
    "ELAP",
    "EQUCOUNT",
    "ESTAE",
    "EXCPVR",
    "EXITCK",
    "EXPMAX",
    "EXPOLD",
    "EXPRES",
    "EXTCOUNT",
    "FASTSRT",
    "FILES",
    "FILSZ",
    "FLAG",
    "FMTOUT",
    "FSZEST",
    "GENER",
    "HBSI",
    "HBSO",
    "HIPRLIM",
    "HIPRMAX",
    "IDRCPCT",
    "INCOR",
    "IO",
    "IOERR",
    "IOMAXBF",
    "KEYLEN",
    "L6",
    "L7",
    "LIST",
    "LISTX",
    "LOCALE",
    "MAINSIZE",
    "MAXLIM",
    "MAXSORT",
    "MEMLIMIT",
    "MINLIM",
    "MINWKSP",
    "MODULE",
    "MOSIZE",
    "MOWRK",
    "MSG",
    "MSGDD",
    "MSGDDN",
    "MSGPRT",
    "MSGCON",
    "NOABEND",
    "NOBLKSET",
    "NOCHECK",
    "NOCHKPT",
    "NOCINV",
    "NOCINT",
    "NODYNALLOC",
    "NOESTAE",
    "NOINC",
    "NOIOERR",
    "NOLIST",
    "NOLISTX",
    "NOLOCALE",
    "NOMOWRK",
    "NOMSG",
    "NOMSGDD",
    "NOOUTREL",
    "NOOUTSEC",
    "NORESET",
    "NORELEASE",
    "NOSDB",
    "NOSMF",
    "NOSOLRF",
    "NOSTIMER",
    "NOSZERO",
    "NOTMPLIST",
    "NOTPRINT",
    "NOVERIFY",
    "NOVSAMIO",
    "NOWRKREL",
    "NOWRKSEC",
    "NOXCF",
    "NOZSORT",
    "NVSAMEMT",
    "NZSORT",
    "ODMAXBF",
    "OUTREL",
    "OUTSEC",
    "PARASORT",
    "PRINT",
    "PRINT121",
    "RELEASE",
    "RESALL",
    "RESET",
    "RESINV",
    "RLSOUT",
    "SDB",
    "SDBMSG",
    "SIZE",
    "SMF",
    "SOLRF",
    "SPANINC",
    "STIMER",
    "STORAGE",
    "SVC",
    "SYNCTIME",
    "SZERO",
    "TEXIT",
    "TMAXLIM",
    "TMPLIST",
    "TRACE",
    "TUNE",
    "USEWKDD",
    "VERIFY",
    "VIO",
    "VSAMBSP",
    "VSAMEMT",
    "VSAMIO",
    "VSCORE",
    "VSCORET",
    "WRKADR",
    "WRKREL",
    "WORK",
    "WRKSEC",
    "XCF",
    "ZIIP",
    "ZSORT",
    "SORTSIZE",
    "SORTEST",
    "BLKSET",
    "CFW",
    "NOCFW",
    "CTRx",
    "PEER",
    "PEERAGE",
];

/// Options that mean something, for hints.
const WITH_EFFECT: &[&str] = &[
    "CENTWIN", "CHALT", "CMP", "COPY", "EQUALS", "NOCHALT", "NOEQUALS", "NOVLLONG", "NOVLSCMP", "NOVLSHRT",
    "NULLOUT", "NZDPRINT", "OVFLO", "PAD", "SKIPREC", "SORTDD", "SORTIN", "SORTOUT", "STOPAFT", "TRUNC",
    "VLLONG", "VLSCMP", "VLSHRT", "VLTEST", "Y2PAST", "ZDPRINT",
];

/// Records that can be skipped or taken.
const RECORDS_MAX: u64 = 1 << 62;

/// What OPTION says.
#[derive(Clone, Debug, Default)]
pub struct OptionStatement {
    /// COPY.
    pub copy: bool,
    /// What it changes, in order.
    pub changes: Vec<Change>,
}

/// One thing that an option changes. Options of several sources are applied one after the other, the strongest last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the fields of Options")]
pub enum Change {
    Equals(bool),
    Skip(u64),
    StopAfter(u64),
    Window(YearWindow),
    Vlshrt(bool),
    Vlscmp(bool),
    Vllong(bool),
    Zdprint(bool),
    Chalt(bool),
    Overflow(Overflow),
    Pad(Overflow),
    Trunc(Overflow),
    NullOut(Overflow),
    Sortin(String),
    Sortout(String),
    Prefix(String),
    Vltest(u8),
    CompareBytes(bool),
}

impl Change {
    /// True for what SYSIN may say without effect.
    pub fn is_of_dfsparm(&self) -> bool {
        matches!(self, Change::Sortin(_) | Change::Sortout(_) | Change::Prefix(_))
    }

    /// Makes the change.
    pub fn apply(&self, options: &mut Options) {
        match self.clone() {
            Change::Equals(on) => options.equals = Some(on),
            Change::Skip(records) => options.skip = records,
            Change::StopAfter(records) => options.stop_after = Some(records),
            Change::Window(window) => options.window = Some(window),
            Change::Vlshrt(on) => options.vlshrt = on,
            Change::Vlscmp(on) => options.vlscmp = on,
            Change::Vllong(on) => options.vllong = on,
            Change::Zdprint(on) => options.zdprint = Some(on),
            Change::Chalt(on) => options.chalt = on,
            Change::Overflow(code) => options.overflow = Some(code),
            Change::Pad(code) => options.pad = Some(code),
            Change::Trunc(code) => options.trunc = Some(code),
            Change::NullOut(code) => options.null_out = Some(code),
            Change::Sortin(name) => options.sortin = Some(name),
            Change::Sortout(name) => options.sortout = Some(name),
            Change::Prefix(name) => options.prefix = Some(name),
            Change::Vltest(level) => options.vltest = Some(level),
            Change::CompareBytes(on) => options.compare_bytes = Some(on),
        }
    }
}

impl Parser<'_> {
    /// OPTION.
    pub fn option_statement(&mut self) -> Result<OptionStatement> {
        let mut statement = OptionStatement::default();
        self.operands(|parser, word| {
            if word.text == "COPY" {
                statement.copy = true;
                return Ok(());
            }
            if parser.option(&word, &mut statement.changes)? {
                return Ok(());
            }
            let known: Vec<&'static str> = WITH_EFFECT.iter().chain(WITHOUT_EFFECT).copied().collect();
            let error = parser.unknown(&word, "OPTION", message::OPTION_OPERAND, &known);
            Err(
                if error
                    .hint
                    .as_deref()
                    .is_some_and(|hint| hint.starts_with("did") || hint.starts_with("a comma"))
                {
                    error
                } else {
                    error.hint(format!("options with an effect are {}", WITH_EFFECT.join(", ")))
                },
            )
        })?;
        Ok(statement)
    }

    /// Reads an option if the word is one.
    pub fn option(&mut self, word: &Word, changes: &mut Vec<Change>) -> Result<bool> {
        let change = match word.text.as_str() {
            "EQUALS" => Change::Equals(true),
            "NOEQUALS" => Change::Equals(false),
            "VLSHRT" => Change::Vlshrt(true),
            "NOVLSHRT" => Change::Vlshrt(false),
            "VLSCMP" => Change::Vlscmp(true),
            "NOVLSCMP" => Change::Vlscmp(false),
            "VLLONG" => Change::Vllong(true),
            "NOVLLONG" => Change::Vllong(false),
            "ZDPRINT" => Change::Zdprint(true),
            "NZDPRINT" | "NOZDPRINT" => Change::Zdprint(false),
            "CHALT" => Change::Chalt(true),
            "NOCHALT" => Change::Chalt(false),
            name if WITHOUT_EFFECT.contains(&name) => {
                self.skip_value()?;
                return Ok(true);
            }
            name if WITH_EFFECT.contains(&name) && name != "COPY" => {
                self.cursor.equals()?;
                self.option_value(word)?
            }
            _ => return Ok(false),
        };
        changes.push(change);
        Ok(true)
    }

    fn option_value(&mut self, word: &Word) -> Result<Change> {
        let parenthesis = word.text != "VLTEST" && self.cursor.eat('(');
        let change = match word.text.as_str() {
            "SKIPREC" => Change::Skip(self.cursor.number_in("a number of records", 0..=RECORDS_MAX)?),
            "STOPAFT" => Change::StopAfter(self.cursor.number_in("a number of records", 1..=RECORDS_MAX)?),
            "Y2PAST" | "CENTWIN" => Change::Window(self.window()?),
            "OVFLO" => Change::Overflow(self.return_code()?),
            "PAD" => Change::Pad(self.return_code()?),
            "TRUNC" => Change::Trunc(self.return_code()?),
            "NULLOUT" => Change::NullOut(self.return_code()?),
            "SORTIN" => Change::Sortin(self.ddname()?),
            "SORTOUT" => Change::Sortout(self.ddname()?),
            "SORTDD" => Change::Prefix(self.ddname()?),
            "CMP" => Change::CompareBytes(self.choice(&[("CLC", true), ("CPD", false)])?),
            _ => Change::Vltest(self.vltest()?),
        };
        if parenthesis {
            self.cursor.expect(')')?;
        }
        Ok(change)
    }

    /// A year, or years back.
    fn window(&mut self) -> Result<YearWindow> {
        let start = self.cursor.at();
        match self.cursor.number()? {
            back @ 0..=100 => Ok(YearWindow::Sliding(u16::try_from(back).unwrap_or(0))),
            year @ 1000..=3000 => Ok(YearWindow::Fixed(u16::try_from(year).unwrap_or(0))),
            _ => Err(self.cursor.wrong(
                start,
                "a century window is 0 to 100 years back, or the year 1000 to 3000 it starts with",
                "neither",
            )),
        }
    }

    /// `RC0`, `RC4` or `RC16`.
    pub fn return_code(&mut self) -> Result<Overflow> {
        self.choice(&[("RC0", Overflow::Silent), ("RC4", Overflow::Warn), ("RC16", Overflow::Stop)])
    }

    /// The name of a DD.
    pub fn ddname(&mut self) -> Result<String> {
        let start = self.cursor.at();
        let word = self.cursor.word()?;
        let name = word.text;
        if name.len() > 8
            || name.starts_with(|c: char| c.is_ascii_digit())
            || name.bytes().any(|c| c.is_ascii_lowercase())
        {
            let message = format!("{name} is no name of a DD statement");
            let error =
                self.cursor.known_error(start, codes::CTL005, message::LONG_NAME, message, "no ddname");
            return Err(
                error.hint("a ddname has 1 to 8 characters A-Z, 0-9, $, #, @ and begins with no digit")
            );
        }
        Ok(name)
    }

    /// `n` or `(n,ON|OFF)`.
    fn vltest(&mut self) -> Result<u8> {
        let parenthesis = self.cursor.eat('(');
        let level = self.cursor.small("a level of VLTEST", 0..=15)?;
        if parenthesis {
            if self.cursor.comma() {
                self.choice(&[("ON", ()), ("OFF", ())])?;
            }
            self.cursor.expect(')')?;
        }
        Ok(u8::try_from(level).unwrap_or(0))
    }
}
