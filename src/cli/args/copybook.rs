//! What can be typed about a copybook: shared by the verbs that read one.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::copybook::{
    Area, Arith, BinarySize, CompilerOptions, CopybookOptions, CurrencySign, Dialect, Nsymbol, Numproc,
    PointerSize, SourceFormat, Trunc,
};

/// How a copybook is to be read.
#[derive(Clone, Debug, PartialEq, Args)]
#[command(next_help_heading = "Copybook")]
pub(in crate::cli) struct CopybookArgs {
    /// Where COPY finds its members, after the folder of the copybook; may be given several times.
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    pub include: Vec<PathBuf>,
    /// Source format; found out from the text if not given.
    #[arg(long, value_enum, default_value_t = Format::Auto, hide_possible_values = true)]
    pub format: Format,
    /// Where the records are: those of a `file` share one area, those of `storage` lie one after the other.
    #[arg(long, value_enum, default_value_t = AreaOf::File, hide_possible_values = true)]
    pub area: AreaOf,
    /// Read debugging lines (D in column 7).
    #[arg(long)]
    pub debug_lines: bool,
    /// Read the copybook of a program with DECIMAL-POINT IS COMMA.
    #[arg(long)]
    pub decimal_point_is_comma: bool,
    /// A CURRENCY SIGN, and the symbol that stands for it in a PICTURE: `EUR=E`, or `$`; may be given several times.
    #[arg(long, value_name = "SIGN[=SYMBOL]", value_parser = currency)]
    pub currency: Vec<CurrencySign>,
    #[command(flatten)]
    pub compiler: Compiler,
}

impl CopybookArgs {
    /// A copybook of Enterprise COBOL whose members are in these folders.
    pub fn plain(include: &[PathBuf]) -> Self {
        CopybookArgs {
            include: include.to_vec(),
            format: Format::Auto,
            area: AreaOf::File,
            debug_lines: false,
            decimal_point_is_comma: false,
            currency: Vec::new(),
            compiler: Compiler {
                dialect: DialectOf::Ibm,
                binary_size: None,
                trunc: TruncOf::Std,
                numproc: NumprocOf::Nopfd,
                arith: ArithOf::Extend,
                nsymbol: NsymbolOf::National,
                pointer: PointerOf::Bits31,
            },
        }
    }

    /// The options as the library takes them.
    pub fn options(&self) -> CopybookOptions {
        let format = match self.format {
            Format::Auto => SourceFormat::Auto,
            Format::Fixed => SourceFormat::Fixed,
            Format::Free => SourceFormat::Free,
        };
        let area = match self.area {
            AreaOf::File => Area::File,
            AreaOf::Storage => Area::WorkingStorage,
        };
        CopybookOptions {
            format,
            area,
            compiler: self.compiler.options(),
            debug_lines: self.debug_lines,
            decimal_point_is_comma: self.decimal_point_is_comma,
            currency: self.currency.clone(),
        }
    }
}

/// Source format of a copybook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// Found out from the text.
    Auto,
    /// Columns 7 and 8-72.
    Fixed,
    /// No columns.
    Free,
}

/// How several 01 levels lie in storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AreaOf {
    /// FILE SECTION: all begin at offset 0.
    File,
    /// WORKING-STORAGE: one after the other.
    Storage,
}

/// The compiler that the data comes from.
#[derive(Clone, Debug, PartialEq, Args)]
#[command(next_help_heading = "Compiler options")]
pub(in crate::cli) struct Compiler {
    /// The compiler: sizes and byte order of binary items, alignment.
    #[arg(long, value_enum, default_value_t = DialectOf::Ibm)]
    pub dialect: DialectOf,
    /// Bytes of binary items; the dialect's own if not given.
    #[arg(long, value_enum, value_name = "SIZES")]
    pub binary_size: Option<BinarySizeOf>,
    /// TRUNC: `bin` makes every binary item like COMP-5.
    #[arg(long, value_enum, default_value_t = TruncOf::Std)]
    pub trunc: TruncOf,
    /// NUMPROC: which signs of decimal items are right.
    #[arg(long, value_enum, default_value_t = NumprocOf::Nopfd)]
    pub numproc: NumprocOf,
    /// ARITH: digits above 18 (compat) or 31 (extend) are read with a warning.
    #[arg(long, value_enum, default_value_t = ArithOf::Extend)]
    pub arith: ArithOf,
    /// NSYMBOL: what PIC N without USAGE is.
    #[arg(long, value_enum, default_value_t = NsymbolOf::National)]
    pub nsymbol: NsymbolOf,
    /// Bits of an address: LP(32) has 31, LP(64) has 64.
    #[arg(long, value_enum, default_value_t = PointerOf::Bits31, value_name = "BITS")]
    pub pointer: PointerOf,
}

/// The compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DialectOf {
    /// IBM Enterprise COBOL for z/OS.
    Ibm,
    /// GnuCOBOL on x86.
    #[value(name = "gnucobol")]
    GnuCobol,
    /// Micro Focus on x86.
    MicroFocus,
}

/// Bytes of binary items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum BinarySizeOf {
    /// 2, 4 or 8.
    #[value(name = "2-4-8")]
    Words,
    /// 1, 2, 4 or 8.
    #[value(name = "1-2-4-8")]
    Powers,
    /// As few as the digits need.
    #[value(name = "1--8")]
    Fewest,
}

/// TRUNC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TruncOf {
    /// Cut to the PICTURE on store.
    Std,
    /// The same; the program promises that it makes no difference.
    Opt,
    /// The full range of the bytes.
    Bin,
}

/// NUMPROC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum NumprocOf {
    /// Every sign the hardware knows.
    Nopfd,
    /// Preferred signs only.
    Pfd,
    /// As OS/VS COBOL.
    Mig,
}

/// ARITH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ArithOf {
    /// 18 digits.
    Compat,
    /// 31 digits.
    Extend,
}

/// NSYMBOL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum NsymbolOf {
    /// UTF-16.
    National,
    /// Double-byte characters of the code page.
    Dbcs,
}

/// LP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PointerOf {
    /// 4 bytes.
    #[value(name = "31")]
    Bits31,
    /// 8 bytes.
    #[value(name = "64")]
    Bits64,
}

impl Compiler {
    fn options(&self) -> CompilerOptions {
        CompilerOptions {
            dialect: match self.dialect {
                DialectOf::Ibm => Dialect::Ibm,
                DialectOf::GnuCobol => Dialect::GnuCobol,
                DialectOf::MicroFocus => Dialect::MicroFocus,
            },
            binary_size: self.binary_size.map(|size| match size {
                BinarySizeOf::Words => BinarySize::Words,
                BinarySizeOf::Powers => BinarySize::Powers,
                BinarySizeOf::Fewest => BinarySize::Fewest,
            }),
            trunc: match self.trunc {
                TruncOf::Std => Trunc::Std,
                TruncOf::Opt => Trunc::Opt,
                TruncOf::Bin => Trunc::Bin,
            },
            numproc: match self.numproc {
                NumprocOf::Nopfd => Numproc::NoPfd,
                NumprocOf::Pfd => Numproc::Pfd,
                NumprocOf::Mig => Numproc::Mig,
            },
            arith: match self.arith {
                ArithOf::Compat => Arith::Compat,
                ArithOf::Extend => Arith::Extend,
            },
            nsymbol: match self.nsymbol {
                NsymbolOf::National => Nsymbol::National,
                NsymbolOf::Dbcs => Nsymbol::Dbcs,
            },
            pointer: match self.pointer {
                PointerOf::Bits31 => PointerSize::Bits31,
                PointerOf::Bits64 => PointerSize::Bits64,
            },
        }
    }
}

fn currency(text: &str) -> Result<CurrencySign, String> {
    let (sign, symbol) = text.split_once('=').unwrap_or((text, text));
    CurrencySign::new(sign, symbol)
}
