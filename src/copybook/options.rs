//! How a copybook is to be read: what the compiler that wrote the data took from its options.

use schemars::JsonSchema;
use serde::Deserialize;

/// How the lines of a copybook are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceFormat {
    /// Fixed, unless the text is clearly free.
    #[default]
    Auto,
    /// Columns 1-6 sequence number, 7 indicator, 8-72 text, the rest ignored.
    Fixed,
    /// Text from column 1 to the end of the line.
    Free,
}

/// How several 01 and 77 levels of one copybook lie in storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Area {
    #[default]
    /// FILE SECTION: the records of a file share one area, all begin at offset 0.
    File,
    /// WORKING-STORAGE: each has storage of its own; here they lie end to end.
    WorkingStorage,
}

/// How to read a copybook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopybookOptions {
    /// How lines are laid out.
    pub format: SourceFormat,
    /// How several records lie in storage.
    pub area: Area,
    /// The compiler and its options.
    pub compiler: CompilerOptions,
    /// Debugging lines (D in column 7) are read.
    pub debug_lines: bool,
    /// DECIMAL-POINT IS COMMA: comma and period change places in numbers and PICTUREs.
    pub decimal_point_is_comma: bool,
    /// The CURRENCY SIGN clauses; `$` for `$` if there are none.
    pub currency: Vec<CurrencySign>,
}

/// `CURRENCY SIGN IS 'sign' WITH PICTURE SYMBOL 'symbol'` (Language Reference, "CURRENCY SIGN clause").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencySign {
    /// What stands in a PICTURE.
    pub symbol: char,
    /// What stands in the data: one or more characters.
    pub sign: String,
}

impl CurrencySign {
    /// Takes a sign and its symbol.
    ///
    /// # Errors
    /// The symbol is not one character, or one that means something else in a PICTURE; the sign is empty, too long,
    /// or holds digits or what a number may hold.
    pub fn new(sign: &str, symbol: &str) -> std::result::Result<Self, String> {
        let mut characters = symbol.chars().flat_map(char::to_uppercase);
        let (Some(symbol), None) = (characters.next(), characters.next()) else {
            return Err(format!("`{symbol}` is not one character; write SIGN=SYMBOL"));
        };
        if symbol.is_ascii_digit() || symbol.is_whitespace() || "ABCDEGNPRSVXZ*+-/,.;()\"='".contains(symbol)
        {
            return Err(format!("`{symbol}` means something else in a PICTURE"));
        }
        let number = |c: char| c.is_ascii_digit() || "+-.,*".contains(c);
        if sign.trim().is_empty() || sign.chars().count() > MAX_CURRENCY || sign.contains(number) {
            return Err(format!(
                "a currency sign has 1 to {MAX_CURRENCY} characters, none of them a digit or one of + - . , *"
            ));
        }
        Ok(CurrencySign { symbol, sign: sign.to_owned() })
    }
}

/// Most characters of a currency sign.
const MAX_CURRENCY: usize = 20;

/// The compiler and those of its options that change lengths, offsets or the meaning of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CompilerOptions {
    /// Whose sizes, byte orders and alignment.
    pub dialect: Dialect,
    /// Bytes of binary items; the dialect's own if not given.
    pub binary_size: Option<BinarySize>,
    /// TRUNC: what a binary item holds.
    pub trunc: Trunc,
    /// NUMPROC: which signs of a decimal item are right.
    pub numproc: Numproc,
    /// ARITH: how many digits are usual; more are read with a warning.
    pub arith: Arith,
    /// NSYMBOL: what PIC N without USAGE is.
    pub nsymbol: Nsymbol,
    /// LP or ADDR: the size of addresses.
    pub pointer: PointerSize,
}

/// The compiler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// IBM Enterprise COBOL for z/OS.
    #[default]
    Ibm,
    /// GnuCOBOL on x86: COMP-5 and its kin little-endian, binary items of 1, 2, 4 or 8 bytes.
    #[serde(rename = "gnucobol")]
    GnuCobol,
    /// Micro Focus on x86: COMP-5 little-endian, binary items of 1 to 8 bytes, SYNCHRONIZED without effect.
    MicroFocus,
}

/// How many bytes the binary items take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum BinarySize {
    /// 2, 4 or 8 for up to 4, 9 and 18 digits.
    #[serde(rename = "2-4-8")]
    Words,
    /// The same, and 1 for up to 2 digits.
    #[serde(rename = "1-2-4-8")]
    Powers,
    /// As few as hold all numbers of the PICTURE.
    #[serde(rename = "1--8")]
    Fewest,
}

/// TRUNC of Enterprise COBOL (Programming Guide, "TRUNC").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trunc {
    /// Cut to the PICTURE on store.
    #[default]
    Std,
    /// The program promises that its numbers fit the PICTURE; they are cut as with STD.
    Opt,
    /// Every binary item is like COMP-5.
    Bin,
}

/// NUMPROC of Enterprise COBOL (Programming Guide, "NUMPROC").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Numproc {
    /// Every sign the hardware knows.
    #[default]
    #[serde(rename = "nopfd")]
    NoPfd,
    /// Preferred signs only.
    Pfd,
    /// As OS/VS COBOL had it.
    Mig,
}

/// ARITH of Enterprise COBOL (Programming Guide, "ARITH").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Arith {
    /// Up to 18 digits.
    Compat,
    /// Up to 31 digits.
    #[default]
    Extend,
}

impl Arith {
    /// Most digits of a decimal item.
    pub fn digits(self) -> u64 {
        match self {
            Arith::Compat => 18,
            Arith::Extend => 31,
        }
    }
}

/// NSYMBOL of Enterprise COBOL (Programming Guide, "NSYMBOL").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nsymbol {
    /// PIC N is USAGE NATIONAL.
    #[default]
    National,
    /// PIC N is USAGE DISPLAY-1.
    Dbcs,
}

/// LP of Enterprise COBOL for z/OS, ADDR elsewhere (Programming Guide, "LP").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PointerSize {
    /// LP(32): 4 bytes; a PROCEDURE-POINTER has 8.
    #[default]
    #[serde(rename = "31")]
    Bits31,
    /// LP(64): 8 bytes, INDEX too.
    #[serde(rename = "64")]
    Bits64,
}

impl CompilerOptions {
    /// Bytes of INDEX: an integer for GnuCOBOL, whatever the size of its addresses.
    pub(super) fn index_length(&self) -> u64 {
        if self.dialect == Dialect::GnuCobol { 4 } else { self.address_length() }
    }

    /// Bytes of POINTER, FUNCTION-POINTER and OBJECT REFERENCE.
    pub(super) fn address_length(&self) -> u64 {
        match self.pointer {
            PointerSize::Bits31 => 4,
            PointerSize::Bits64 => 8,
        }
    }

    /// Bytes of a binary item (COMP-5 if `native`) of so many digits.
    pub(super) fn binary_length(&self, digits: u64, signed: bool, native: bool) -> u8 {
        let own = match self.dialect {
            Dialect::Ibm => BinarySize::Words,
            Dialect::GnuCobol => BinarySize::Powers,
            Dialect::MicroFocus => BinarySize::Fewest,
        };
        let mut size = self.binary_size.unwrap_or(own);
        // GnuCOBOL leaves COMP-5 alone when it is told -fbinary-size=2-4-8.
        if native && self.dialect == Dialect::GnuCobol && size == BinarySize::Words {
            size = BinarySize::Powers;
        }
        match (size, digits) {
            (BinarySize::Fewest, _) => fewest_bytes(digits, signed),
            (BinarySize::Powers, 0..=2) => 1,
            (_, 0..=4) => 2,
            (_, 5..=9) => 4,
            (_, 10..=18) => 8,
            _ => 16,
        }
    }
}

/// The fewest bytes that hold every number of so many digits.
pub(super) fn fewest_bytes(digits: u64, signed: bool) -> u8 {
    let top = 10_u128.checked_pow(u32::try_from(digits).unwrap_or(u32::MAX)).unwrap_or(u128::MAX);
    let fits = |bytes: &u8| {
        let bits = u32::from(*bytes) * 8 - u32::from(signed);
        1_u128.checked_shl(bits).is_none_or(|limit| top <= limit)
    };
    (1..16).find(fits).unwrap_or(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_compilers() {
        let sizes = |options: CompilerOptions, signed, native| {
            (1..=18).map(|digits| options.binary_length(digits, signed, native)).collect::<Vec<_>>()
        };
        let of = |dialect| CompilerOptions { dialect, ..CompilerOptions::default() };
        let ibm = [2, 2, 2, 2, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8];
        assert_eq!(sizes(of(Dialect::Ibm), true, false), ibm);
        assert_eq!(sizes(of(Dialect::Ibm), true, true), ibm);
        // From FUNCTION LENGTH in programs compiled with cobc -std=default and -std=mf.
        let gnu = [1, 1, 2, 2, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8];
        assert_eq!(sizes(of(Dialect::GnuCobol), false, false), gnu);
        let unsigned = [1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6, 7, 7, 8, 8];
        let signed = [1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8];
        assert_eq!(sizes(of(Dialect::MicroFocus), false, true), unsigned);
        assert_eq!(sizes(of(Dialect::MicroFocus), true, false), signed);
        let told = CompilerOptions { binary_size: Some(BinarySize::Words), ..of(Dialect::GnuCobol) };
        assert_eq!((sizes(told, true, false), sizes(told, true, true)), (ibm.to_vec(), gnu.to_vec()));
        assert_eq!(of(Dialect::Ibm).binary_length(38, true, false), 16);
    }
}
